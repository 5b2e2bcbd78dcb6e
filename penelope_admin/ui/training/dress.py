"""How every window of training shows that it is one: frame, title and icon, and the bar with its clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QRect, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent, QRegion
from PySide6.QtWidgets import QDialog, QWidget

from penelope_admin import services
from penelope_admin.domain.training import NOTE, WORD
from penelope_admin.ui import theme
from penelope_admin.ui.actions import Action
from penelope_admin.ui.training.clock_bar import ClockBar
from penelope_admin.ui.widgets.basics import stacked

if TYPE_CHECKING:
    from penelope_admin.domain.vendor import Happening
    from penelope_admin.services.work import Context, Done
    from penelope_admin.ui.training.beside import Bench
    from penelope_admin.ui.window import MainWindow

_TICK_MS = 1000
_BEATS = 20
"""A sign of life after so many ticks: well within the time after which a window counts as gone."""


class Frame(QWidget):
    """A frame in the colour of training around a window, over whatever it shows; clicks go through it."""

    def __init__(self, host: QWidget, words: str = "") -> None:
        """Put it on.

        Args:
            words: what stands in a band at its top; without words there is none.
        """
        super().__init__(host)
        self._words = words
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        tokens = theme.current()
        side = tokens.size("frame")
        self._top = self.fontMetrics().height() + tokens.space("xs") if words else side
        host.setContentsMargins(side, self._top, side, side)
        host.installEventFilter(self)
        self._follow(host)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the size of the window, and above all in it."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.ChildAdded):
            host = self.parentWidget()
            if host is not None and watched is host:
                self._follow(host)
        return super().eventFilter(watched, event)

    def _follow(self, host: QWidget) -> None:
        self.setGeometry(host.rect())
        self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The frame, and its words."""
        tokens = theme.current()
        painter = QPainter(self)
        whole, side = self.rect(), tokens.size("frame")
        inside = whole.adjusted(side, self._top, -side, -side)
        painter.setClipRegion(QRegion(whole).subtracted(QRegion(inside)))
        painter.fillRect(whole, tokens.colour("training"))
        if self._words:
            painter.setPen(tokens.colour("on-accent"))
            painter.setFont(tokens.font("body", bold=True))
            painter.drawText(QRect(0, 0, whole.width(), self._top), Qt.AlignmentFlag.AlignCenter, self._words)


class Dress(QObject):
    """What shows that a window is of training, and lets practice time go on while it is open."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._shell = window, window.shell
        self._ticks = 0
        self.bench: Bench | None = None
        """The exercises, from the first frame on."""
        window.setWindowTitle(f"{WORD} – {window.windowTitle()}")
        self.bar = ClockBar(window.shell, self.move_by, self.move_to_next, self.pause)
        whole = QWidget()
        column = stacked(self.bar, within=whole, gap=0)
        if (inner := window.takeCentralWidget()) is not None:
            column.addWidget(inner, 1)
        window.setCentralWidget(whole)
        Frame(window)
        self._timer = QTimer(self, interval=_TICK_MS)
        self._timer.timeout.connect(self._tick)
        # Whatever changed may have changed the clock: an exercise that begins pauses it.
        window.shell.operations.changed.connect(lambda _: self.bar.show_time())
        window.installEventFilter(self)
        window.first_painted.connect(self._begin)

    def put_on(self, sheet: QDialog) -> None:
        """Show on a sheet, too, that it is of training."""
        if not sheet.findChildren(Frame):
            sheet.setWindowTitle(f"{WORD} – {sheet.windowTitle()}")
            Frame(sheet, NOTE)

    def actions(self) -> list[Action]:
        """What can be found and done by name."""
        words = "training practice clock time forward simulate"
        return [
            Action("Practice: forward one hour", lambda: self.move_by(timedelta(hours=1)), words),
            Action("Practice: forward one day", lambda: self.move_by(timedelta(days=1)), words),
            Action("Practice: to the next event", lambda: self.move_to_next("event"), words),
            Action("Practice: to the next upgrade", lambda: self.move_to_next("upgrade"), words),
            Action("Practice: pause or resume the clock", self.bar.press_pause, words),
            Action("Practice: start again …", self.ask_to_start_again, f"{words} reset begin anew"),
            *(self.bench.actions() if self.bench is not None else ()),
        ]

    def ask_to_start_again(self) -> None:
        """Ask whether everything that was done is to be forgotten."""
        from penelope_admin.ui.training.again import AgainSheet

        self._shell.open_sheet(AgainSheet(self._shell, self._begun_again))

    def _begun_again(self) -> None:
        self._shell.replaced.emit()
        self._passed()

    # --- time ---

    def move_by(self, by: timedelta) -> None:
        """Let so much time pass."""
        self._pass(lambda context: services.training.passing.later(context, by))

    def move_to_next(self, what: str) -> None:
        """Let time pass until the next upgrade is over, or until something happens."""
        world = services.training.world
        self._pass(world.next_upgrade if what == "upgrade" else world.next_event)

    def _pass(self, until: Callable[[Context], datetime]) -> None:
        self.bar.set_working(True)
        self._shell.operations.run(
            lambda context: services.training.passing.move(context, until(context)),
            lambda done: self._moved(done.value),
            self._failed,
            "Letting time pass",
        )

    def _moved(self, happened: tuple[Happening, ...]) -> None:
        self._passed()
        self._shell.said.emit(services.training.passing.summary(happened))

    def _passed(self) -> None:
        self.bar.set_working(False)
        self._shell.reread_settings()
        self._window.look_around()
        self._window.postman.watch()

    def _failed(self, error: Exception) -> None:
        self.bar.set_working(False)
        self._shell.operations.failed.emit(error)

    def pause(self, paused: bool) -> None:
        """Stop the clock, or let it go on."""
        self._shell.operations.run(
            lambda context: services.training.passing.clock_in(context.clock).pause(paused),
            lambda _: self.bar.show_time(),
            label="Setting the clock",
        )

    def _begin(self) -> None:
        from penelope_admin.ui.training.beside import Bench  # of no use to the first frame

        self.bench = Bench(self._window)
        self._window.ready.connect(self.bench.pane.refresh)
        self._window.looked_around.connect(self.bench.pane.refresh)  # a trainer may use the terminal
        self.beat()
        self._timer.start()
        self.bar.show_time()
        focus = self._window.focusWidget()
        if focus is None or self.bar.isAncestorOf(focus):
            self._window.find_field.setFocus()  # as in an ordinary window, although the bar comes before it

    def _tick(self) -> None:
        self.bar.show_time()
        self._ticks += 1
        if self._ticks % _BEATS == 0:
            self.beat()

    def beat(self) -> None:
        """Say that the window is still there, and let happen what is due by now."""
        self._shell.operations.run(_go_on, self._caught_up, label="Letting time pass")

    def _caught_up(self, done: Done[tuple[Happening, ...]]) -> None:
        if done.value:
            self._window.postman.watch()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The clock stands still once the window is closed."""
        if watched is self._window and event.type() == QEvent.Type.Close:
            self._timer.stop()
            self._shell.operations.run_with_app(
                lambda app: services.training.passing.clock_in(app.clock).stand_still(),
                lambda _: None,  # nobody waits for it
                label="Setting the clock",
            )
        return super().eventFilter(watched, event)


def _go_on(context: Context) -> Done[tuple[Happening, ...]]:
    """A sign of life, and what is due by now."""
    services.training.passing.clock_in(context.clock).go_on()
    return services.training.passing.catch_up(context)
