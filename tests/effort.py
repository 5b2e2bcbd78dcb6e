"""How much the tests try: enough for every change, and far more in `make test-long`, which may take the night."""

from __future__ import annotations

import os

LONG = bool(os.environ.get("PENELOPE_ADMIN_LONG_TESTS"))


def examples(usual: int, *, long: int) -> int:
    """How many examples a test of random ones tries."""
    return long if LONG else usual
