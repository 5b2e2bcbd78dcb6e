"""Tells the press of a key from the echo of one that is held down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QKeyEvent

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    Mixed = QWidget
else:
    Mixed = object  # Qt takes but one class of its own among those that a class is made of
_SAME_INSTANT_MS = 1


class HearsPresses(Mixed):
    """A widget that looks at presses and releases of keys.

    Qt says of an echo that it is one, but on X11 not always: it then comes as a release and a press of one instant.
    """

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._released: dict[int, int] = {}

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """A key came up, or seems to."""
        self._released[event.key()] = event.timestamp()
        super().keyReleaseEvent(event)

    def is_echo(self, event: QKeyEvent) -> bool:
        """Whether a press is no press of its own."""
        if event.isAutoRepeat():
            return True
        at, before = event.timestamp(), self._released.get(event.key(), 0)
        return bool(at and before) and at - before <= _SAME_INSTANT_MS
