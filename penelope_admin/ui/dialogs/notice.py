"""The sheets that record an upgrade notice, and that a month has no upgrade."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from penelope_admin import services
from penelope_admin.clock import find_zone
from penelope_admin.domain.times import exact_moment, month_in_words, place, shown_twice, wall
from penelope_admin.domain.windows import LONGEST_WINDOW, Notice, Window, WindowNotice, cancelled_in_words
from penelope_admin.ui import format as words
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.basics import Banner, Tick, label
from penelope_admin.ui.widgets.dates import MomentField
from penelope_admin.ui.widgets.fields import ChoiceField, NumberField, text_line
from penelope_admin.ui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from penelope_admin.domain.notice_words import ProposedWindow
    from penelope_admin.services.work import Done

KINDS: tuple[tuple[str, WindowNotice], ...] = (("Regular upgrade", "announced"), ("Emergency maintenance", "emergency"))
_QUOTES: dict[WindowNotice, str] = {"announced": "no-shorter-outage", "emergency": "no-opting-out"}


class NoticeSheet(Sheet):
    """What the vendor announced. It starts from the window that was chosen."""

    help_topic = "windows"

    def __init__(
        self, shell: Shell, window: Window | None, proposed: ProposedWindow | None = None, origin: str = ""
    ) -> None:
        """Make it.

        Args:
            window: the one that was chosen, to start from.
            proposed: what was read of a message that a person has to complete.
            origin: where that message came from.
        """
        super().__init__(shell, "Record a notice", "Record the notice")
        self.add("A notice outranks the computed date: lists, countdown and warnings follow it.")
        self.kind = self.field("What does it announce?", ChoiceField(KINDS))
        self.kind.currentIndexChanged.connect(self._kind_changed)
        self._said = self.added(label("", "muted"))
        self.kind.currentIndexChanged.connect(self._show_quote)
        self._show_quote()
        zone = shell.zone
        start, end = self._first_times(window, proposed)
        self._start = start
        source = find_zone(shell.policy.schedule.source_zone)
        clocks = [(shell.time_name, zone)]
        if source.key != zone.key:
            clocks.append((f"{shell.policy.schedule.source_zone_label}, {place(source.key)}'s clock", source))
        self.clock = self.field("Which clock does it use?", ChoiceField(clocks))
        self.starts = self.field("Starts", MomentField(start, zone))
        self.ends = self.field("Ends", MomentField(end, zone))
        self._elsewhere = self.added(label("", "muted"))
        self.clock.currentIndexChanged.connect(self._clock_changed)
        self.starts.dateTimeChanged.connect(self._start_changed)
        self.ends.dateTimeChanged.connect(self._show_elsewhere)
        self._show_elsewhere()
        self._further_fields(origin)
        self._notice = window.notice if window else None
        self._usual: date | None = None  # the day of an upgrade of which no notice is recorded
        if window is not None and not window.is_emergency and self._notice is None:
            self._usual = window.starts_at.astimezone(zone).date()
        when = words.span(window.starts_at, window.ends_at, zone) if window else ""
        no_more = "; the notice recorded for that no longer counts" if self._notice else ""
        self.moves = self.added(Tick(f"It moves the window of {when}{no_more}."))
        self._replaces = self.added(label(f"It takes the place of the window of {when}{no_more}.", "muted"))
        self._key = window.key if window is not None and not window.is_emergency else ""
        self._kind_changed()
        self.starts.dateTimeChanged.connect(self._show_what_moves)
        self._fill_in(proposed)

    def _further_fields(self, origin: str) -> None:
        """What a notice may say besides its times."""
        self.downtime = NumberField(0, LONGEST_WINDOW // timedelta(minutes=1))
        self.downtime.setSpecialValueText("Not named")
        self.downtime.setSuffix(" minutes")
        self.field("Expected downtime (optional)", self.downtime, "If the notice names one.")
        self.version = self.field("Version (optional)", text_line(), "If the notice names one.")
        hint = "Why the maintenance is needed, if the notice says so."
        self.reason = self.field("Reason (optional)", text_line(), hint)
        hint = "For example: email of 2 December, or inside Penelope."
        self.origin = self.field("Where did it come from?", text_line(origin), hint)

    def _fill_in(self, proposed: ProposedWindow | None) -> None:
        """What was read of a message, above the fields and in them."""
        if proposed is None:
            return
        self.content.insertWidget(0, label(f"“{proposed.words}”", "strong", selectable=True))
        self.kind.choose(proposed.kind)
        self.version.setText(proposed.version)
        self.reason.setText(proposed.reason)
        self.downtime.setValue(proposed.downtime or 0)

    def _first_times(self, window: Window | None, proposed: ProposedWindow | None) -> tuple[datetime, datetime]:
        """What the times begin with. Those of a message are to be typed: as they stand then, they are refused."""
        if proposed is not None and proposed.day is not None:
            midnight = wall(proposed.day, time(0), self.shell.zone)
            return midnight, midnight
        if window is not None:
            return window.starts_at, window.ends_at
        now = self.shell.app.clock.now()
        return now, now + timedelta(hours=self.shell.policy.schedule.outage_hours)

    def _clock_changed(self) -> None:
        """The same instants on the other clock."""
        for field in (self.starts, self.ends):
            field.show_in(self.clock.currentData())
        self._show_elsewhere()

    def _start_changed(self) -> None:
        """The end follows the start, and stays as long after it as it was."""
        moved, self._start = self.starts.instant - self._start, self.starts.instant
        if moved:
            self.ends.show_instant(self.ends.instant + moved)
        self._show_elsewhere()

    def _show_elsewhere(self) -> None:
        """What was typed, on the clock that was not chosen, and which hour is taken where clocks go back."""
        starts, ends, zone = self.starts.instant, self.ends.instant, self.clock.currentData()
        others = [self.clock.itemData(row) for row in range(self.clock.count()) if row != self.clock.currentIndex()]
        said = [f"That is {words.span(starts, ends, other)}." for other in others if starts < ends]
        twice = [exact_moment(moment, zone) for moment in (starts, ends) if shown_twice(moment, zone)]
        said += [f"Clocks go back then and show this time twice: {exact} is taken." for exact in twice]
        self._elsewhere.setText(" ".join(said))

    def _kind_changed(self) -> None:
        kind = self.kind.currentData()
        self.reason.setEnabled(kind == "emergency")
        self._show_what_moves()

    def _show_what_moves(self) -> None:
        """Ask whether the chosen window is moved where another is nearer; where it is the nearest, it is replaced."""
        kind, months = self.kind.currentData(), self.shell.calendar()
        has_notice = self._notice is not None and self._notice.kind == kind
        can_move = has_notice or (self._usual is not None and kind == "announced")
        is_nearest = months is not None and months.key_near(self.starts.instant) == self._key
        self.moves.setVisible(can_move and not (is_nearest and kind == "announced"))
        self._replaces.setVisible(can_move and is_nearest and kind == "announced")

    def _show_quote(self) -> None:
        """What the vendor says of such a window: of an emergency that nobody can opt out."""
        self._said.setText(self.shell.policy.quote(_QUOTES[self.kind.currentData()]))

    def submit(self) -> None:
        """Record it."""
        kind, starts, ends = self.kind.currentData(), self.starts.instant, self.ends.instant
        reason = self.reason.text() if kind == "emergency" else ""
        version, origin, downtime = self.version.text(), self.origin.text(), self.downtime.value() or None
        replaces = month = None
        if self.moves.isVisibleTo(self) and self.moves.isChecked():
            replaces, month = self._notice.id if self._notice else None, self._usual
        self.save(
            lambda context: context.write(
                services.calendar.notices.add, kind, starts, ends, version, origin, downtime, replaces, month, reason
            ),
            said=_summary,
        )


class CancelSheet(Sheet):
    """That the vendor makes no upgrade in the month of a window."""

    help_topic = "windows"

    def __init__(self, shell: Shell, window: Window, mailed: str = "") -> None:
        """Make it.

        Args:
            window: an upgrade, computed or announced.
            mailed: where the notice to the staff stands that tells of it; empty without one.
        """
        self._month = date.fromisoformat(f"{window.key}-01")
        in_words = month_in_words(self._month)
        super().__init__(shell, f"No upgrade in {in_words}", "Record that there is none")
        self.add(
            "Record this if the vendor says so. Lists, countdown, calendars and warnings then leave this window out:",
            label(window.in_words, "strong"),
        )
        if mailed:
            self.add(Banner(f"Your staff was told of this window. Tell them that there is none. {mailed}", "caution"))
        hint = "For example: email of 2 December, or inside Penelope."
        self.origin = self.field("Where is that known from?", text_line(), hint)

    def submit(self) -> None:
        """Record it."""
        month, origin = self._month, self.origin.text()
        self.save(
            lambda context: context.write(services.calendar.notices.cancel, month, origin),
            said=lambda done: cancelled_in_words(month, done.value),
        )


def _summary(done: Done[Notice]) -> str:
    if done.value.replaces is None:
        return "Notice recorded."
    return "Notice recorded. It replaces the earlier one, which counts again if you remove this one."
