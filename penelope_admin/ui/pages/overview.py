"""Overview: when is the next upgrade, what does it switch off, what is waiting, is Support there."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout

from penelope_admin import services
from penelope_admin.clock import age_warning, may_tell_again, zone_data
from penelope_admin.domain.times import place
from penelope_admin.domain.windows import Window
from penelope_admin.errors import BadInputError
from penelope_admin.topics import EVERYTHING
from penelope_admin.ui import format as words
from penelope_admin.ui import theme
from penelope_admin.ui.widgets.basics import Badge, Card, button, clear, label
from penelope_admin.ui.widgets.countdown import Ring, countdown_text
from penelope_admin.ui.widgets.flow import Flow
from penelope_admin.ui.widgets.opening import openings_grid
from penelope_admin.ui.widgets.page import Page

if TYPE_CHECKING:
    from penelope_admin.domain.waiting import Waiting
    from penelope_admin.services.overview import Incident, Overview
    from penelope_admin.ui.desk import Desk

TICK_MS = 15_000


class OverviewPage(Page):
    """The first page. Its first card needs no database, so it is there at once."""

    name = "overview"
    title = "Overview"
    purpose = "Your next upgrade, and what is waiting for you."
    topics = EVERYTHING

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._window: Window | None = None
        self._next = Card("Next upgrade")
        self._day, self._hours = label("", "lead"), label()
        self._vendor, self._countdown, self._ring = label("", "muted"), label("", "big"), Ring()
        self._notes = QVBoxLayout()
        inner = QHBoxLayout()
        inner.setSpacing(theme.current().space("l"))
        text = QVBoxLayout()
        text.setSpacing(theme.current().space("xxs"))
        for part in (self._countdown, self._day, self._hours, self._vendor):
            text.addWidget(part)
        text.addLayout(self._notes)
        inner.addLayout(text, 1)
        inner.addWidget(self._ring)
        self._next.add(inner)
        self._emergency = QVBoxLayout()
        self._maintenance: tuple[QLabel, Window] | None = None
        self._urgent = QVBoxLayout()
        self._urgent.setSpacing(theme.current().space("s"))
        self._clocks: list[tuple[QLabel, Incident]] = []
        self.add(self._urgent, self._emergency, self._next)
        self._rest = QVBoxLayout()
        self._rest.setSpacing(theme.current().space("s"))
        self.add(self._rest)
        self.content.addStretch(1)
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._timer.start()
        if (window := self._known_window()) is not None:
            self._show_window(window)
        else:
            self._next.hide()

    def _known_window(self) -> Window | None:
        """The next upgrade as the settings file's copy knows it; None before set-up, or for a clock far ahead."""
        calendar = self.desk.calendar()
        try:
            return calendar.next_upgrade(self.desk.app.clock.now()) if calendar is not None else None
        except BadInputError:
            return None  # the whole overview says why

    def load(self) -> None:
        """Ask for the whole overview."""
        self.desk.operations.run(
            lambda context: context.read(services.overview.load), self._show, label="Loading the overview"
        )

    def _show(self, found: Overview | None) -> None:
        if found is None:
            self._show_welcome()
        else:
            self._next.show()
            self._show_incidents(found)
            self._show_emergency(found)
            self._show_window(found.next_upgrade)
            self._show_rest(found)
        self._tell_old_zone_data()
        self.loaded.emit()

    def _tell_old_zone_data(self) -> None:
        """Once a month, say that the rules for clocks may have changed since."""
        today = self.desk.app.clock.now().astimezone(self.desk.zone).date()
        warning = age_warning(zone_data()[0], today)
        if warning is None or not may_tell_again(self.desk.settings.time_data_told, today):
            return
        self.say(warning, "caution", button("Open Settings", lambda: self.desk.go.emit("settings", "time-data")))
        if self.desk.settings.time_data_told != today:
            self.desk.remember(time_data_told=today)

    def _show_welcome(self) -> None:
        clear(self._rest)
        card = Card("Welcome")
        card.add(
            label("Once your agency is set up, your next upgrade and what is waiting for you stand here."),
            Flow(button("Set up the agency …", self.set_up, "primary")),
        )
        self._rest.addWidget(card)

    def set_up(self) -> None:
        """Open the first-run sheet."""
        from penelope_admin.ui.dialogs.wizard import Wizard

        self.desk.open_sheet(Wizard(self.desk))

    def _show_emergency(self, found: Overview) -> None:
        """Emergency maintenance that comes before the next upgrade, in a card of its own."""
        clear(self._emergency)
        self._maintenance = None
        window = found.next_window
        if not window.is_emergency:
            return
        card, clock = Card(window.name), label("", "big")
        self._maintenance = (clock, window)
        card.add(
            clock,
            label(words.day(window.starts_at.astimezone(window.zone).date()), "lead"),
            label(words.hours(window.starts_at, window.ends_at, window.zone)),
            label(self._vendors_time(window), "muted"),
            *(label(note, "strong") for note in window.notes),
            *(label(detail, "caption") for detail in window.details),
        )
        self._emergency.addWidget(card)

    def _vendors_time(self, window: Window) -> str:
        span = words.span(window.starts_at, window.ends_at, window.source_zone)
        read = f"{self.desk.policy.schedule.source_zone_label}, read as {place(window.source_zone.key)}'s clock"
        return f"The vendor's time ({read}): {span}"

    def _show_window(self, window: Window) -> None:
        self._window = window
        zone = window.zone
        self._day.setText(words.day(window.starts_at.astimezone(zone).date()))
        self._hours.setText(words.hours(window.starts_at, window.ends_at, zone))
        self._vendor.setText(self._vendors_time(window))
        clear(self._notes)
        told = ["As the notice says."] if window.notice is not None else []
        for note in (*told, *window.notes):
            self._notes.addWidget(label(note, "strong"))
        for detail in window.details:
            self._notes.addWidget(label(detail, "caption"))
        self._tick()

    def _show_incidents(self, found: Overview) -> None:
        """The clock of each critical incident that Support has not answered, before everything else."""
        clear(self._urgent)
        self._clocks = []
        for incident in found.incidents:
            card = Card(f"Critical incident {incident.reference}: {incident.title}")
            clock = label(incident.countdown(found.now), "big")
            self._clocks.append((clock, incident))
            case = f"Case {incident.case_number}." if incident.case_number else "No case number yet."
            awake = [opening.team.name for opening in found.support if opening.open]
            who = f"Open now: {', '.join(awake)}." if awake else "No team has opening hours now."
            due = words.moment(incident.due, self.desk.zone)
            card.add(
                clock,
                label(f"Support aims to answer by {due}. {case}"),
                label(f"{who} Incidents in which a server is down are answered around the clock.", "muted"),
                Flow(button("Go there", partial(self.desk.go.emit, "requests", str(incident.request_id)), "primary")),
            )
            self._urgent.addWidget(card)

    def _tick(self) -> None:
        now = self.desk.app.clock.now()
        for clock, incident in self._clocks:
            clock.setText(incident.countdown(now))
        shown = [window for window in (self._window, self._maintenance and self._maintenance[1]) if window]
        if any(now >= window.ends_at for window in shown):
            self.stale = True
            self.refresh_if_stale()
            return
        if self._maintenance is not None:
            clock, emergency = self._maintenance
            clock.setText(countdown_text(now, emergency.starts_at, emergency.ends_at))
        if self._window is None:
            return
        self._countdown.setText(countdown_text(now, self._window.starts_at, self._window.ends_at))
        self._ring.show_share(now, self._window.starts_at)

    def _show_rest(self, found: Overview) -> None:
        clear(self._rest)
        waiting = Card("Waiting for you")
        grid = self._grid()
        for number, item in enumerate(found.waiting):
            self._add_waiting(grid, number, item)
        waiting.add(grid)
        if not found.waiting:
            waiting.add(label("Nothing is waiting for you.", "muted"))
        off = Card("The upgrade switches off")
        for name in found.switches_off:
            off.add(label(name))
        if found.switches_off:
            off.add(
                label(
                    "These are on in the mirrored database. If it is upgraded then, plan them again afterwards.",
                    "muted",
                )
            )
        else:
            off.add(label("Nothing that is recorded as on in the mirrored database.", "muted"))
        support = Card("Support now")
        support.add(openings_grid(found.support, self.desk.zone))
        self._rest.addWidget(waiting)
        self._rest.addWidget(off)
        self._rest.addWidget(support)

    @staticmethod
    def _grid() -> QGridLayout:
        made = QGridLayout()
        made.setHorizontalSpacing(theme.current().space("s"))
        made.setColumnStretch(1, 1)
        return made

    def _add_waiting(self, grid: QGridLayout, number: int, item: Waiting) -> None:
        names = {"danger": "Urgent", "caution": "To do", "info": "Note"}
        pages = {
            "notice": "windows", "overdue": "features", "change": "features", "upgrade": "databases",
            "check-list": "databases", "project": "projects", "exposed": "features",
            "left": "databases", "untold": "databases", "unknown": "features", "damaged": "settings",
            "second-person": "settings",
        }  # fmt: skip
        page = pages.get(item.kind, "requests")
        grid.addWidget(Badge(names[item.urgency], item.urgency), number, 0)
        grid.addWidget(label(words.breakable(item.text)), number, 1)
        grid.addWidget(button("Go there", lambda: self.desk.go.emit(page, item.subject or ""), "link"), number, 2)
