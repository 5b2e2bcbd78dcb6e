"""Tells the press of a key from the echo of one that is held down."""

from __future__ import annotations

from PySide6.QtGui import QKeyEvent

_SAME_INSTANT_MS = 1


class Presses:
    """Looks at presses and releases of keys.

    Qt says of an echo that it is one, but on X11 not always: it then comes as a release and a press of one instant.
    """

    def __init__(self) -> None:
        self._released: dict[int, int] = {}

    def release(self, event: QKeyEvent) -> None:
        """A key came up, or seems to."""
        self._released[event.key()] = event.timestamp()

    def is_echo(self, event: QKeyEvent) -> bool:
        """Whether a press is no press of its own."""
        if event.isAutoRepeat():
            return True
        at, before = event.timestamp(), self._released.get(event.key(), 0)
        return bool(at and before) and at - before <= _SAME_INSTANT_MS
