"""Above every page: what was large enough to stay in view until it is done or put away."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from penelope_admin.ui import theme
from penelope_admin.ui.widgets.basics import Banner, button, clear


class Notices(QFrame):
    """One notice with what can be done about it; takes no room while there is none."""

    def __init__(self) -> None:
        super().__init__()
        look = theme.current()
        self._across = QHBoxLayout(self)
        self._across.setContentsMargins(look.space("l"), look.space("s"), look.space("l"), 0)
        self.hide()

    def show_notice(self, text: str, action: str, do: Callable[[], object]) -> None:
        """Show it in place of the one before."""

        def done() -> None:
            self.put_away()
            do()

        clear(self._across)
        notice: QWidget = Banner(text, "info", button(action, done, "primary"))
        self._across.addWidget(notice, 1)
        self._across.addWidget(button("Close", self.put_away))
        self.show()

    @property
    def is_unread(self) -> bool:
        """Whether one is still shown."""
        return not self.isHidden()

    def put_away(self) -> None:
        """It was read."""
        clear(self._across)
        self.hide()
