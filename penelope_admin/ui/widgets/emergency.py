"""What helps at once when production stands still: the number, the words, who is awake, and a timer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from penelope_admin import services
from penelope_admin.clock import find_zone
from penelope_admin.domain.letters import emergency_script
from penelope_admin.domain.support import Opening, first_to_open, opening
from penelope_admin.domain.times import duration_in_words
from penelope_admin.gateways import zones
from penelope_admin.ui import format as words
from penelope_admin.ui.operations import untold
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.basics import Badge, Card, button, clear, label, put, stacked
from penelope_admin.ui.widgets.flow import Flow

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from penelope_admin.domain.agency import Profile
    from penelope_admin.services.calendar.support import SupportView

TICK_MS = 1000
DAY_AND_NIGHT = "Answered day and night when a server is down."
ANSWERED = f"{DAY_AND_NIGHT} Leave a voicemail: that opens a critical incident."
CALL_NOBODY = "This is Support's real number. In practice, call nobody."
SCRIPT_HEADING = "What to say:"


def emergency_number(shell: Shell) -> str:
    """The emergency line's number; empty where the policy has none."""
    return next((channel.number or "" for channel in shell.policy.channels if channel.key == "emergency"), "")


def closed_now(openings: Sequence[Opening], zone: ZoneInfo) -> str:
    """That every team is closed, and which opens first and when; empty if one is there."""
    if any(item.open for item in openings):
        return ""
    first = first_to_open(openings)
    if first is None or first.opens_at is None:
        return "All support teams are closed."
    return f"All support teams are closed. {first.team.name} opens {words.moment(first.opens_at, zone)}."


class EmergencyCard(Card):
    """Needs no agency and no database to show the number; what they add comes when it is there."""

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self.shell = shell
        self.began = shell.app.clock.now()
        self._zone = shell.zone if shell.settings.agency else find_zone(zones.system_zone() or "UTC")
        self.number = label(emergency_number(shell), "big", selectable=True)
        self.number.setAccessibleName(f"Emergency line: {self.number.text()}")
        self._openings: tuple[Opening, ...] = ()
        self._awake = stacked(gap="xxs")
        self.timer_label = label("", "strong")
        self.script = label(emergency_script(shell.agency_name, ""), selectable=True)
        word = shell.policy.critical.subject_word
        self.add(self.number, ANSWERED)
        if shell.app.is_training:
            self.add(label(CALL_NOBODY, "dangerText"))
        self.add(self._awake, self.timer_label, label(SCRIPT_HEADING, "caption"), self.script)
        self.copy = button("Copy the script", lambda: shell.copy(self.script.text(), "Script"))
        self.print = button("Print the script …", self.print_script)
        self.add(Flow(self.copy, self.print))
        self._mail = f"In an email, the subject begins with “{word}”."
        self.add(label(self._mail, "muted"))
        self._show_awake(tuple(opening(team, self.began) for team in shell.policy.support_teams), self._zone)
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self._tick_on)
        self._timer.start()
        self.tick()
        shell.operations.preview(
            lambda context: (context.read(services.calendar.support.load), context.read(services.agency.find)),
            lambda facts: self._show(*facts),
            untold,  # what is shown holds without it
        )

    def _show(self, support: SupportView, profile: Profile | None) -> None:
        self._show_awake(support.openings, support.zone)
        if profile is not None:
            self.script.setText(emergency_script(profile.name, profile.telephone))

    def _show_awake(self, openings: tuple[Opening, ...], zone: ZoneInfo) -> None:
        if openings == self._openings:
            return
        self._openings = openings
        clear(self._awake)
        there = [item.team.name for item in openings if item.open]
        if there:
            put(self._awake, Flow(Badge(f"Open now: {', '.join(there)}", "positive")))
        else:
            put(self._awake, closed_now(openings, zone))

    def print_script(self) -> None:
        """Print the number and what to say, for the desk of whoever will call."""
        from penelope_admin.ui.printing import print_script

        number = f"Emergency line: {self.number.text()}\n  {ANSWERED}"
        script = f"{SCRIPT_HEADING}\n  {self.script.text()}"
        print_script(self, self.shell, "Emergency", f"{number}\n\n{script}\n\n{self._mail}")

    def _tick_on(self) -> None:
        window = self.window()
        if (window.parentWidget() or window).isVisible():  # a window that was closed asks no clock
            self.tick()

    def tick(self) -> None:
        """Say for how long this has been open."""
        now = self.shell.app.clock.now()
        since = words.clock(self.began.astimezone(self._zone).time())
        self.timer_label.setText(f"Timer: {duration_in_words(now - self.began)} since {since}")
