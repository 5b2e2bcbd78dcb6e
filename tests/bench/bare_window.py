"""The yardstick: a bare QMainWindow with an empty QTableView, left after its first frame."""

from __future__ import annotations

import sys

from PySide6.QtCore import QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QTableView


class Window(QMainWindow):
    """Closes itself once it was painted."""

    painted = False

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.painted:
            self.painted = True
            QTimer.singleShot(0, self.close)


if __name__ == "__main__":
    application = QApplication(sys.argv)
    window = Window()
    window.setCentralWidget(QTableView())
    window.show()
    sys.exit(application.exec())
