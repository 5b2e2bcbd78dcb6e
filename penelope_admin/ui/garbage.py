"""Collects garbage in Qt's thread alone.

Python collects in whichever thread happens to make the next object, so in the worker too. What Qt shows may be part of
that garbage, and would end there, where Qt lets nothing of the kind end: the window crashes soon after.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

EVERY_MS = 10_000
WORTH_IT = 1_000
"""So many new objects are worth a look, which takes some milliseconds; a window at rest makes fewer."""


class Collector(QObject):
    """Looks every few seconds, if enough was made since. Nothing else in this process collects from now on."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self, interval=EVERY_MS)
        self._timer.timeout.connect(self.collect)
        self._timer.start()

    def collect(self) -> None:
        """Collect if it is worth it."""
        if gc.get_count()[0] >= WORTH_IT:
            gc.collect()
