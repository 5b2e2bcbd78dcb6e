"""Says whether something ends: in one pass over what it is given, and not in more time the more hostile that is."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

ONE_PASS_S = 30
"""Far more than one pass over the largest input takes on a slow computer; two passes in each other take hours."""


@contextmanager
def ends() -> Iterator[None]:
    """What is done inside takes no more of this thread's own time than a pass; how busy the computer is counts not."""
    start = time.thread_time()
    yield
    assert time.thread_time() - start < ONE_PASS_S
