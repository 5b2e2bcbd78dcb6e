"""Overview: when is the next upgrade, may the copy hold real people's contacts, what is waiting, is Support there."""

from __future__ import annotations

from datetime import date, datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from penelope_admin import services
from penelope_admin.absent import mapped
from penelope_admin.clock import may_tell_again
from penelope_admin.domain.text import filled
from penelope_admin.domain.times import place
from penelope_admin.domain.windows import Window
from penelope_admin.errors import BadInputError
from penelope_admin.topics import EVERYTHING
from penelope_admin.ui import dialogs, theme
from penelope_admin.ui import format as words
from penelope_admin.ui.actions import PageAction
from penelope_admin.ui.widgets.basics import (
    Badge,
    Card,
    TextKind,
    boxed,
    button,
    in_a_row,
    label,
    set_primary,
    stacked,
)
from penelope_admin.ui.widgets.countdown import Ring, countdown_text
from penelope_admin.ui.widgets.flow import Flow
from penelope_admin.ui.widgets.keyed import KeyedRows, Row
from penelope_admin.ui.widgets.page import Page
from penelope_admin.ui.widgets.side import SideBySide

if TYPE_CHECKING:
    from penelope_admin.domain.projects import Urgency
    from penelope_admin.domain.ribbon import Ribbon
    from penelope_admin.domain.support import Opening
    from penelope_admin.domain.waiting import Waiting
    from penelope_admin.policy import Policy
    from penelope_admin.services.overview import Incident, Overview
    from penelope_admin.ui.shell import Shell
    from penelope_admin.ui.widgets.ribbon import RibbonPicture

TICK_MS = 15_000
MOST_WAITING = 12
"""So many of the things that wait have a row; the rest is a number."""
MOST_CONFLICTS = 3
"""Likewise of what the next upgrade overlaps."""
COMPUTED = "This date is computed. Notices you recorded may say another: they cannot be read now."
LEAST_BESIDE = 90
"""What waits has the rest beside it where there is room for so many letters."""
_NAMES: dict[Urgency, str] = {"danger": "Urgent", "caution": "To do", "info": "Note"}
_PAGES = {
    "notice": "windows", "overdue": "features", "change": "features", "upgrade": "databases",
    "check-list": "databases", "project": "projects", "exposed": "features", "left": "databases",
    "untold": "databases", "unknown": "features", "damaged": "settings", "second-person": "settings",
    "kept-file": "windows", "staff-notice": "windows", "clock": "activity",
}  # fmt: skip
"""Where each kind of thing that waits is settled; the others on Requests."""


def _subject(item: Waiting) -> str:
    """What the page that an item leads to is to show; a feature with the copy that it is of."""
    if _PAGES.get(item.kind) == "features" and item.environment:
        return f"{item.environment}/{item.subject}"
    return item.subject or ""


class _WindowCard(Card):
    """A window with its countdown."""

    hand_over = Signal(object)
    """The sheet of who works through the window is asked for."""

    def __init__(self, title: str, ring: Ring | None = None) -> None:
        super().__init__(title)
        self.window_: Window | None = None
        self._countdown, self._day, self._hours = label("", "big"), label("", "lead"), label()
        self._vendor, self._notes = label("", "muted"), KeyedRows("xxs")
        self._ring = ring
        text = stacked(self._countdown, self._day, self._hours, self._vendor, self._notes, gap="xxs")
        self.add(in_a_row((text, 1), ring, gap="l"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Text first, ring second: in a narrow card the words have the room."""
        super().resizeEvent(event)
        if self._ring is not None:
            self._ring.setVisible(self.width() >= theme.current().size("sheet"))

    def show_window(self, window: Window, vendor_clock: str) -> None:
        """Show a window in the agency's time and the vendor's."""
        self.window_ = window
        self._day.setText(words.day(window.first_day))
        self._hours.setText(words.hours(window.starts_at, window.ends_at, window.zone))
        here, there = (words.brief(window.starts_at, window.ends_at, z) for z in (window.zone, window.source_zone))
        same = f"The vendor's clock ({vendor_clock}) shows the same."
        self._vendor.setText(same if here == there else f"The vendor's time ({vendor_clock}): {window.in_vendor_words}")
        lines: list[tuple[str, TextKind]] = [(there.in_words, "body") for there in window.local_times]
        lines += [(note, "strong") for note in window.notes]
        lines.append((window.basis, "muted" if window.notice is None else "strong"))
        lines += [(detail, "caption") for detail in window.details]
        rows = [Row(line, line, partial(label, *line)) for line in lines]
        if window.around_the_clock:
            rows.append(Row("hand-over", window, partial(self._hand_over_link, window)))
        self._notes.show_rows(rows)

    def _hand_over_link(self, window: Window) -> QWidget:
        """Where people work through it: who is on shift."""
        return boxed(Flow(button("Hand-over sheet …", partial(self.hand_over.emit, window), "link")))

    def tick(self, now: datetime) -> bool:
        """Show the time left; whether the window is over."""
        if self.window_ is None:
            return False
        self._countdown.setText(countdown_text(now, self.window_.starts_at, self.window_.ends_at))
        if self._ring is not None:
            self._ring.show_share(now, self.window_.starts_at)
        return now >= self.window_.ends_at


class OverviewPage(Page):
    """The first page. The next upgrade needs no database, so it is there at once; the rest comes into its place."""

    name = "overview"
    purpose = "Your next upgrade, your copy of production, and what is waiting for you."
    topics = EVERYTHING

    @classmethod
    def actions_by_name(cls, _policy: Policy) -> list[PageAction]:
        """What the page has besides the main jobs."""
        return [PageAction("Look ahead", cls.look_ahead, "what if future date day tomorrow projection simulate plan")]

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._ahead: QPushButton | None = None
        self._refresh = button("Request a refresh …", self.request_refresh, "primary")
        self._actions = boxed(
            Flow(
                self._refresh,
                button("Switch a feature …", lambda: shell.go.emit("features", "")),
                button("Add the dates to my calendar …", self.add_dates),
            )
        )
        self._welcome = KeyedRows()
        self._urgent = KeyedRows()
        self._clocks: list[tuple[QLabel, Incident]] = []
        self._warned = ""  # what was said of old clock data
        self._life = Card("Your copy of production")
        self._badge_row, self._sentence = Flow(), label()
        self._badge: Badge | None = None
        self._picture: RibbonPicture | None = None
        self._life.add(self._badge_row, self._sentence)
        self._life.setMinimumHeight(theme.current().row_height() * 6)  # so that nothing moves when the picture comes
        self._next, self._emergency = _WindowCard("Next upgrade", Ring()), _WindowCard("Emergency")
        self._emergency.hide()
        self._coming = KeyedRows()
        self._conflicts = KeyedRows("xxs")
        self._next.add(self._coming, self._conflicts)
        shell.conflicts_changed.connect(self._show_conflicts)
        for window_card in (self._next, self._emergency):
            window_card.hand_over.connect(self.hand_over)
        self._waiting, self._off, self._support = Card("Waiting for you"), Card(), Card("Support now")
        self._off.head.setText("The upgrade switches off")
        self._off.head.show()
        self._rows, self._off_rows, self._support_rows = KeyedRows("xs"), KeyedRows("xxs"), KeyedRows()
        self._waiting.add(self._rows, 1)
        self._off.add(self._off_rows, 1)
        self._support.add(self._support_rows, 1)
        tasks = boxed(stacked(self._waiting, (self._support, 1), gap="s"))
        coming = boxed(stacked(self._emergency, self._next, (self._off, 1), gap="s"))
        self._below = SideBySide(tasks, coming, shares=(3, 2), least=LEAST_BESIDE)
        self.add(self._actions, self._welcome, self._urgent, self._life, self._below, 1)
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self._tick_on)
        self._timer.start()
        window = self._cached_window()
        if window is None:
            self._show_all(False)
        for card in (self._waiting, self._off, self._support):
            card.hide()
        if window is not None:
            self._next.show_window(window, self._vendor_clock(window))
            self._tick()

    def _show_all(self, is_set_up: bool) -> None:
        for part in (self._actions, self._life, self._below):
            part.setVisible(is_set_up)

    def _cached_window(self) -> Window | None:
        """The next upgrade as the settings file's copy knows it; None before set-up, or for a clock far ahead."""
        now = self.shell.app.clock.now()
        try:
            return mapped(self.shell.calendar(), lambda calendar: calendar.next_upgrade(now))
        except BadInputError:
            return None  # the whole overview says why

    def _vendor_clock(self, window: Window) -> str:
        return f"{self.shell.policy.schedule.source_zone_label}, read as {place(window.source_zone.key)}'s clock"

    # --- what is shown ---------------------------------------------------------------------------

    def load(self) -> None:
        self.shell.operations.run(
            lambda context: context.read(services.overview.load, MOST_WAITING), self._show, self._failed,
            "Loading the overview",
        )  # fmt: skip

    def _failed(self, error: Exception) -> None:
        """Say of the date that stands there since the first frame that it is the computed one."""
        if self._waiting.isHidden():  # nothing was loaded yet
            self._coming.show_rows([Row(COMPUTED, None, partial(label, COMPUTED, "strong"))])
        self.shell.operations.failed.emit(error)

    def _show(self, overview: Overview | None) -> None:
        self.in_place(partial(self._show_overview, overview))
        self.loaded.emit()

    def _show_overview(self, overview: Overview | None) -> None:
        self._show_all(overview is not None)
        self._welcome.show_rows([] if overview else [Row("welcome", None, self._make_welcome)])
        if overview is not None:
            self._offer_look_ahead()
            for card in (self._waiting, self._off, self._support):
                card.show()
            self._show_incidents(overview)
            self._show_life(overview.ribbon)
            self._next.show_window(overview.next_upgrade, self._vendor_clock(overview.next_upgrade))
            self._show_coming(overview.next_upgrade.version if overview.coming else "", overview.release_notes)
            self._show_conflicts()
            self._show_emergency(overview.next_window)
            self._show_waiting(overview.waiting, overview.more)
            self._show_off(overview.switches_off, overview.ribbon.unknown_sentence if overview.ribbon else "")
            self._show_support(overview.support, overview.now)
            self._tick()
        self._tell_old_zone_data()

    def _offer_look_ahead(self) -> None:
        """Beside the title, once there is something to look at; the first frame does without."""
        if self._ahead is None:
            self._ahead = button("Look ahead …", self.look_ahead)
            self.add_action(self._ahead)

    def _tell_old_zone_data(self) -> None:
        """Once a month, say that the rules for clocks may have changed since."""
        today = self.shell.today
        warning = self.shell.app.time_data_warning(today)
        if warning is None and self._warned:
            self.quiet()
            self._warned = ""
        if warning is None or warning == self._warned or not may_tell_again(self.shell.settings.time_data_told, today):
            return
        self._warned = warning
        self.notify(warning, "caution", button("Open Settings", lambda: self.shell.go.emit("settings", "time-data")))
        if self.shell.settings.time_data_told != today:
            self.shell.remember(time_data_told=today)

    def _make_welcome(self) -> Card:
        return Card(
            "Welcome",
            "Once your agency is set up, your next upgrade and what is waiting for you stand here.",
            Flow(button("Set up your agency (1 minute) …", self.set_up, "primary")),
        )

    def _show_incidents(self, overview: Overview) -> None:
        """The clock of each critical incident that Support has not answered, before everything else."""
        self._clocks = []
        awake = tuple(opening.team.name for opening in overview.support if opening.open)
        self._urgent.show_rows(
            Row(item.request_id, (item, awake, self.shell.zone), partial(self._make_incident, item, awake))
            for item in overview.incidents
        )
        set_primary(self._refresh, not overview.incidents)
        for item in overview.incidents:
            clock = self._urgent.row(item.request_id).findChild(QLabel, "big")
            if isinstance(clock, QLabel):
                self._clocks.append((clock, item))

    def _make_incident(self, incident: Incident, awake: tuple[str, ...]) -> Card:
        case = filled("Case {}.", incident.case_number) or "No case number yet."
        who = filled("Open now: {}.", ", ".join(awake)) or "No team has opening hours now."
        due = words.moment(incident.due, self.shell.zone)
        return Card(
            f"Critical incident {incident.reference}: {incident.title}",
            label("", "big"),
            f"Support aims to answer by {due}. {case}",
            label(f"{who} Incidents in which a server is down are answered around the clock.", "muted"),
            Flow(button("Go there", partial(self.shell.go.emit, "requests", str(incident.request_id)), "primary")),
        )

    def _show_life(self, ribbon: Ribbon | None) -> None:
        """The copy's life: may it hold real people's contacts, since when, and what comes."""
        self._life.setVisible(ribbon is not None)
        if ribbon is None:
            return
        from penelope_admin.ui.widgets.ribbon import RibbonPicture

        role = ribbon.role
        if self._badge is None:
            self._badge = Badge(ribbon.badge, role)
            self._badge_row.addWidget(self._badge)
        if self._picture is None:
            self._picture = RibbonPicture(self.shell, ribbon)
            self._life.add(self._picture)
            self._life.setMinimumHeight(0)
        self._life.head.setText(ribbon.name)
        self._badge.show_as(ribbon.badge, role)
        self._badge.setToolTip(words.plain_tip(ribbon.basis))
        # "Not checked" alone beside a check-list that was passed would not be understood.
        self._sentence.setText(f"{ribbon.sentence} {ribbon.basis}" if ribbon.check_list else ribbon.sentence)
        self._picture.show_ribbon(ribbon)

    def _show_coming(self, version: str, address: str) -> None:
        """What is new in the version that the next upgrade brings; the words above name it."""

        def make() -> QWidget:
            return boxed(Flow(button(f"What is new in {version}", partial(self.show_new, version, address))))

        self._coming.show_rows([Row(version, address, make)] if version else [])

    def _show_conflicts(self) -> None:
        """What the next upgrade overlaps in the agency's own calendars; no calendar, no words."""
        from penelope_admin.ui.widgets.conflicts import conflict_lines  # of no use to the first frame

        window, calendars = self._next.window_, self.shell.conflicts
        if window is None:
            return
        overlaps = calendars.of_window(window) if calendars is not None else ()
        if calendars is not None and not overlaps and not calendars.unread:
            self._conflicts.show_rows([])
            return
        self._conflicts.show_lines(conflict_lines(self.shell, lambda _: overlaps, MOST_CONFLICTS))

    def _show_emergency(self, window: Window) -> None:
        """Emergency maintenance stands beside the next upgrade, never instead of it."""
        self._emergency.setVisible(window.is_emergency)
        self._emergency.window_ = None
        if window.is_emergency:
            self._emergency.head.setText(window.name)
            self._emergency.show_window(window, self._vendor_clock(window))

    def _show_waiting(self, waiting: tuple[Waiting, ...], more: int) -> None:
        rows = [Row(item, None, partial(self._make_waiting, item)) for item in waiting]
        if more:
            rows.append(Row("more", more, partial(label, f"And {more} more, less urgent.", "muted")))
        if not waiting:
            rows = [Row("none", None, partial(label, "Nothing is waiting for you.", "muted"))]
        self._rows.show_rows(rows)

    def _lead_to(self, item: Waiting) -> None:
        """The page on which it is settled; for a notice that never came, the request to Support, written already."""
        from penelope_admin.domain.waiting import MISSING_NOTICE

        about, _, day = (item.subject or "").partition("/")
        if about != MISSING_NOTICE:
            self.shell.go.emit(_PAGES.get(item.kind, "requests"), _subject(item))
            return
        dialogs.request.open_missing_notice(self.shell, date.fromisoformat(day))

    def _make_waiting(self, item: Waiting) -> QWidget:
        go = button("Go there", partial(self._lead_to, item), "link")
        go.setAccessibleName(f"Go there: {item.text}")
        return boxed(in_a_row(self._urgency(item.urgency), (label(words.breakable(item.text)), 1), go, gap="s"))

    def _urgency(self, urgency: Urgency) -> QWidget:
        """A badge with the room of the widest, so that all sentences begin below each other."""
        holder = boxed(in_a_row(Badge(_NAMES[urgency], urgency), 1))
        holder.setMinimumWidth(self._widest_badge)
        return holder

    @cached_property
    def _widest_badge(self) -> int:
        return max(Badge(name, role).sizeHint().width() for role, name in _NAMES.items())

    def _show_off(self, names: tuple[str, ...], unknown: str) -> None:
        where = self.shell.policy.mirrors_in_words
        said = f"By what is recorded of {where}. If it is upgraded then, plan again what is still needed."
        if not names:
            said = f"Nothing that is recorded as on in {where}."
        said += filled(" {}", unknown)
        self._off_rows.show_lines([*((name, "body") for name in names), (said, "muted")])

    def _show_support(self, openings: tuple[Opening, ...], now: datetime) -> None:
        from penelope_admin.ui.widgets.opening import in_short, openings_grid

        def make() -> QWidget:
            return boxed(openings_grid(openings, lambda opening: in_short(opening, self.shell.zone, now)))

        rows = [Row("teams", (openings, self.shell.zone, self.shell.today), make)]
        if not any(opening.open for opening in openings):
            channel = next(channel for channel in self.shell.policy.channels if channel.key == "emergency")
            text = f"All closed. Production down for everybody? {channel.name}: {channel.number}"
            rows.append(Row("closed", text, partial(label, text, "strong", selectable=True)))
        self._support_rows.show_rows(rows)

    def _tick_on(self) -> None:
        if self.window().isVisible():  # a window that was closed asks no clock; its folder may be gone
            self._tick()

    def _tick(self) -> None:
        now = self.shell.app.clock.now()
        for clock, incident in self._clocks:
            clock.setText(incident.countdown(now))
        ended = [card.tick(now) for card in (self._next, self._emergency)]
        if any(ended):
            self.stale = True
            self.refresh_if_stale()

    # --- what can be done ------------------------------------------------------------------------

    def set_up(self) -> None:
        """Open the first-run sheet."""
        self.shell.open_sheet(dialogs.wizard.Wizard(self.shell))

    def request_refresh(self) -> None:
        """Open the sheet that asks Support for a refresh."""
        dialogs.request.open_request_sheet(self.shell, "refresh")

    def look_ahead(self) -> None:
        """Open the sheet that shows a day to come."""
        self.shell.open_sheet(dialogs.ahead.AheadSheet(self.shell))

    def show_new(self, version: str, address: str) -> None:
        """Open the release notes of a version; where their address is not kept, what is known of it here."""
        if address and self.shell.open_link(address):
            return
        dialogs.version.open_version_sheet(self.shell, version)

    def hand_over(self, window: Window) -> None:
        """Open the sheet of who works through a window, and where."""
        dialogs.hand_over.open_hand_over(self.shell, window)

    def add_dates(self) -> None:
        """Open the sheet that brings the dates into a calendar."""
        self.shell.open_sheet(dialogs.calendar.CalendarSheet(self.shell))
