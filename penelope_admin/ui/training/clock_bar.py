"""The bar under the title of a training window: what time it is there, and ways to let time pass."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QPushButton

from penelope_admin import services
from penelope_admin.domain.training import WORD
from penelope_admin.ui import format as words
from penelope_admin.ui.widgets.basics import button, label_line, stacked
from penelope_admin.ui.widgets.flow import Flow

if TYPE_CHECKING:
    from penelope_admin.ui.shell import Shell


class ClockBar(QFrame):
    """Says that this is training, and has its clock."""

    def __init__(
        self,
        shell: Shell,
        move_by: Callable[[timedelta], None],
        move_to_next: Callable[[str], None],
        pause: Callable[[bool], None],
    ) -> None:
        super().__init__()
        self.setObjectName("trainingBar")
        self.setAccessibleName("Training: practice clock")
        self._shell, self._pause, self._is_working = shell, pause, False
        idle = self._unless_working
        self._word = label_line(WORD)
        self._word.setObjectName("trainingWord")
        self.time = label_line("")
        self.stop = button("Pause", self.press_pause, tip="Pause or resume practice time")
        hour, day = idle(lambda: move_by(timedelta(hours=1))), idle(lambda: move_by(timedelta(days=1)))
        self.hour = button("+1 hour", hour, tip="Let an hour pass", repeats=True)
        self.day = button("+1 day", day, tip="Let a day pass", repeats=True)
        self.next = button(
            "Next event", idle(lambda: move_to_next("event")), tip="Let time pass until something happens"
        )
        self.upgrade = button(
            "Next upgrade", idle(lambda: move_to_next("upgrade")), tip="Let time pass until the next upgrade is over"
        )
        stacked(Flow(self._word, self.time, *self.buttons), within=self, edges=("m", "xs", "m", "xs"))
        self.show_time()

    @property
    def buttons(self) -> tuple[QPushButton, ...]:
        """Its buttons, from left to right."""
        return self.stop, self.hour, self.day, self.next, self.upgrade

    def show_time(self) -> None:
        """Show what time it is, in the agency's zone."""
        clock = services.training.passing.clock_in(self._shell.app.clock)
        said = words.moment(clock.now(), self._shell.zone)
        if self.time.text() != said:
            self.time.setText(said)
            self.time.setAccessibleName(f"Practice time: {said}")
        self.stop.setText("Resume" if clock.is_paused else "Pause")

    def press_pause(self) -> None:
        """Pause or resume practice time."""
        self._pause(not services.training.passing.clock_in(self._shell.app.clock).is_paused)

    def set_working(self, working: bool) -> None:
        """Take no second press while time passes. The buttons stay as they are: a disabled one would lose the focus."""
        self._is_working = working

    def _unless_working(self, do: Callable[[], object]) -> Callable[[], None]:
        def pressed() -> None:
            if not self._is_working:
                do()

        return pressed
