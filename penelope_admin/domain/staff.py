"""What the staff is told of an upgrade or of emergency maintenance: the same in a text, a mail and a page."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from msgspec import Struct

from penelope_admin.domain.delivery import OPEN_STATES, Outgoing
from penelope_admin.domain.sites import BEFORE_IT_STARTS
from penelope_admin.domain.text import uncapitalized
from penelope_admin.domain.times import duration_in_words, moment_in_words, month_in_words, plural
from penelope_admin.domain.windows import CONFIRM, THIS_COMPUTER, Window

NOT_CONFIRMED = "The date is not confirmed yet."
_FOR_THE_SHIFT = f"If you work then: {uncapitalized(' '.join(BEFORE_IT_STARTS))}"


class StaffNotice(Struct, frozen=True):
    """What the staff is told of a window.

    Attributes:
        says: what happens, without when: "Penelope will be upgraded".
        when: in the agency's time, in words.
        sites: names of sites with the same in their time; empty where all have the agency's.
        expect: how long Penelope will be away, and what to do before.
        for_the_shift: how those get through who work then; empty where nobody does.
        notes: what else is to be known of it.
        starts_at, ends_at: in UTC.
        zone: the agency's.
        is_certain: the date is confirmed, or nobody doubts it.
    """

    says: str
    when: str
    sites: tuple[tuple[str, str], ...]
    expect: str
    for_the_shift: str
    notes: tuple[str, ...]
    agency: str
    starts_at: datetime
    ends_at: datetime
    zone: ZoneInfo
    is_certain: bool

    @property
    def title(self) -> str:
        """What happens and when, in one line."""
        return f"{self.says}: {self.when}"

    @property
    def text(self) -> str:
        """All of it as plain text."""
        return "\n".join(
            [
                f"{self.title}.",
                *(f"{who}: {when}" for who, when in self.sites),
                "",
                self.expect,
                *filter(None, [self.for_the_shift]),
                *(f"Please note: {note}" for note in self.notes),
                "",
                self.agency,
            ]
        )


def staff_notice(window: Window, agency: str) -> StaffNotice:
    """What the staff is told of an upgrade or of emergency maintenance, in the time of each site.

    Where people work around the clock, it says how to get through; the vendor gives such services no shorter time.
    """
    # To confirm a date is the administrator's task; the staff are told that it is not certain.
    notes = [note for note in window.notes if not note.startswith((CONFIRM, THIS_COMPUTER))]
    if window.is_emergency:
        says = "Emergency maintenance of Penelope"
        if window.notice and window.notice.reason:
            notes.insert(0, f"The vendor's reason: {window.notice.reason.rstrip('.')}.")
        notes.append(window.rule)
    elif window.kind == "mass-upgrade":  # by the rule alone: the vendor may still move it, or call it off
        says = "Penelope is expected to be upgraded"
        if window.confirm_date:
            notes.insert(0, NOT_CONFIRMED)
    else:
        says = "Penelope will be upgraded"
    return StaffNotice(
        says=says,
        when=window.in_words,
        sites=tuple((there.who, there.when) for there in window.local_times),
        expect=f"{_unavailable(window)} Save your work and sign out before it starts.",
        for_the_shift=_FOR_THE_SHIFT if window.around_the_clock else "",
        notes=tuple(notes),
        agency=agency,
        starts_at=window.starts_at,
        ends_at=window.ends_at,
        zone=window.zone,
        is_certain=not window.confirm_date,
    )


def about_window(key: str) -> str:
    """The window of a key in words: "the upgrade of December 2026"."""
    try:
        return f"the upgrade of {month_in_words(date.fromisoformat(f'{key}-01'))}"
    except ValueError:
        return "emergency maintenance"


def where_it_stands(message: Outgoing, zone: ZoneInfo) -> str:
    """What has become of a notice that was sent by the mail server, in sentences."""
    to = plural(len(message.recipients), "address", "addresses")
    if message.state in OPEN_STATES:
        return f"It is in the outbox, for {to}. {message.problem}".strip()
    when = moment_in_words(message.ended_at or message.created_at, zone)
    ended = {"sent": "Sent", "cancelled": "Taken back"}.get(message.state, "Not sent")
    return f"{ended}: {when}, to {to}. {message.problem}".strip()


def _unavailable(window: Window) -> str:
    """For how long the staff should expect to be without Penelope."""
    if window.outage is None:
        return "Expect Penelope to be unavailable within that time."
    # Only what a notice names is called expected; what the vendor says of all upgrades is the most there can be.
    length = duration_in_words(window.outage)
    if window.notice is not None and window.notice.downtime is not None:
        return f"The expected downtime is {length} within that time."
    return f"Expect Penelope to be unavailable for up to {length} within that time."
