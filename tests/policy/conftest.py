"""The shipped policy file, to be spoilt."""

from __future__ import annotations

import pytest

from penelope_admin import files


@pytest.fixture(scope="session")
def shipped() -> str:
    """The text of the shipped policy file."""
    return files.resource("policy.toml").read_text("utf-8")
