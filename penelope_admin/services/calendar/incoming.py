"""The vendor's notices as they come: a message or a calendar is read, held against what is known, and recorded.

Of a message nothing is kept but what a person confirms of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import NamedTuple, get_args

from msgspec import Struct, structs

from penelope_admin.domain.moments import Place
from penelope_admin.domain.notice_words import (
    Announcement,
    NotOurs,
    ProposedWindow,
    Span,
    merge_announcements,
    read_notice,
    told_apart,
)
from penelope_admin.domain.replies import is_from_support, sender_doubt
from penelope_admin.domain.text import clean_line
from penelope_admin.domain.windows import Calendar, Notice, Window, WindowNotice
from penelope_admin.errors import BadInputError
from penelope_admin.gateways import calendars
from penelope_admin.mail import reading
from penelope_admin.mail.offers import Reply
from penelope_admin.services.calendar import notices
from penelope_admin.services.work import Context, Work
from penelope_admin.store import audit

LONGEST_ORIGIN = 200
KINDS: tuple[WindowNotice, ...] = get_args(WindowNotice)
NOT_OURS = "notice.not-ours"
"""What the log calls the answer that a window is not the agency's."""


class Outcome(NamedTuple):
    """What recording a window would do.

    Attributes:
        notice: what would be recorded.
        window: as it would be shown, with the notice it replaces and how it stands to the vendor's rule.
        is_known: a notice on record says all of it already.
        confirms: it settles a date that was to be confirmed.
        projects: the names of the open projects that it meets.
    """

    notice: Notice
    window: Window
    is_known: bool
    confirms: bool
    projects: tuple[str, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is to be known of it."""
        settled = ("It settles the date that was to be confirmed.",) if self.confirms else ()
        met = (f"It meets the project “{name}”: look at its dates." for name in self.projects)
        return (*settled, *met, *self.window.details)

    @property
    def standing(self) -> str:
        """Whether it is on record."""
        return "This notice is recorded already." if self.is_known else "Not recorded yet."


class Incoming(Struct, frozen=True):
    """What a message announces.

    Attributes:
        origin: where it comes from, as it would be kept with each notice.
        unread: what looks like a date or a time and belongs to no window, as it stands.
        sender: the address that it names; it can be forged.
        doubt: what to say of the sender; nothing when it is Support.
    """

    proposals: tuple[ProposedWindow, ...]
    unread: tuple[str, ...]
    origin: str
    sender: str = ""
    doubt: str = ""

    @property
    def needs_a_person(self) -> bool:
        """Whether nothing was found, or something is in doubt of which nobody said that it is not the agency's."""
        return not self.proposals or any(not each.is_certain and each.not_ours is None for each in self.proposals)

    @property
    def names_penelope(self) -> bool:
        """Whether it does, as far as anybody is asked about its windows; that it does not is said once for them all."""
        asked = [each for each in self.proposals if each.not_ours is None]
        return not asked or any(each.names_penelope for each in asked)


def look_into(context: Context, source: Path | str) -> Incoming:
    """The windows that a message announces: a file, or text that was pasted. Nothing is recorded.

    Raises:
        BadInputError: it cannot be read, or is too large or empty.
    """
    return context.read(_read, reading.read_source(source), source.name if isinstance(source, Path) else "")


def _read(work: Work, reply: Reply, name: str) -> Incoming:
    here = Place(work.policy, work.agency.region, work.zone, work.now)
    subject = next(filter(None, reply.subjects), "")
    announcements: list[Announcement] = []
    if calendars.is_calendar(reply.text):
        announcements.append(calendars.read_announced(reply.text, here))
        subject = f"Calendar {name}".strip()
    else:
        for text in reply.calendars:
            with suppress(BadInputError):  # a calendar that is broken takes nothing from the message around it
                announcements.append(calendars.read_announced(text, here))
        announcements.append(read_notice(subject, reply.text, here))
    whole = merge_announcements(announcements)
    doubt = sender_doubt(reply.sender, is_from_support(work.agency.support_address, reply.sender))
    return Incoming(
        told_apart(_with_what_is_known(work, whole.proposals)), whole.unread, _origin(subject), reply.sender, doubt
    )


def _origin(subject: str) -> str:
    """A subject as the origin of a notice, if it can be kept as it is."""
    try:
        return clean_line(subject, "The origin", required=False, limit=LONGEST_ORIGIN)
    except BadInputError:
        return ""


def outcome(work: Work, proposal: ProposedWindow, origin: str = "") -> Outcome | None:
    """What recording a window would do; None where a person has to say first what is meant, or said it is not ours."""
    if not proposal.is_certain or proposal.kind is None or proposal.not_ours is not None:
        return None
    return weigh(work, proposal, proposal.spans[0], proposal.kind, origin)


def weigh(work: Work, proposal: ProposedWindow, span: Span, kind: WindowNotice, origin: str) -> Outcome:
    """What recording a window would do, if it is meant in one of its readings and of a kind."""
    same = notices.known_as(work.calendar, kind, span.starts_at, span.ends_at)
    replaces, month = _moved(work.calendar, proposal.instead_of, kind)
    replaces = replaces or notices.replaced_unnamed(work.calendar, same, kind, span.starts_at, month)
    newest = max((int(notice.id) for notice in notices.find_all(work)), default=0)
    notice = Notice(
        str(newest + 1), kind, span.starts_at, span.ends_at, proposal.version or None, origin, proposal.downtime,
        replaces, month and month.replace(day=1), proposal.reason if kind == "emergency" else "",
    )  # fmt: skip
    if same is not None and not notices.says_more(same, structs.asdict(notice)):
        return _outcome(work, notice, work.calendar, same, is_known=True)
    notice = structs.replace(notice, **notices.left_open(same, structs.asdict(notice)))
    return _outcome(work, notice, work.calendar.with_notice(notice), notice, is_known=False)


def _outcome(work: Work, notice: Notice, then: Calendar, counting: Notice, *, is_known: bool) -> Outcome:
    """What a calendar with a notice says of it."""
    window = then.window_of(work.now, counting)
    met = (
        project for project in work.projects if project.is_open and window.meets(project.first_day, project.last_day)
    )
    return Outcome(notice, window, is_known, then.settles(counting), tuple(project.name for project in met))


def _moved(calendar: Calendar, days: Sequence[date], kind: WindowNotice) -> tuple[str | None, date | None]:
    """The notice that a window replaces, or the month whose computed upgrade it moves, by a day that it names."""
    for notice in calendar.counting:
        if notice.kind == kind and not calendar.days_of(notice.starts_at).isdisjoint(days):
            return notice.id, None
    for day in days if kind == "announced" else ():
        usual, counting = calendar.upgrade_of(day)
        if counting is None and day in calendar.days_of(usual.starts_at):
            return None, day
    return None, None


def say_not_ours(work: Work, answers: Sequence[tuple[ProposedWindow, str]]) -> None:
    """Keep in the log that windows are not the agency's; of the same window no later message asks again.

    Args:
        answers: each with the reason; where it is empty, that the message names other regions.

    Raises:
        BadInputError: nothing says why, or a window has neither times nor a day by which it would be known again.
    """
    for proposal, reason in answers:
        why = clean_line(reason or proposal.elsewhere, "The reason")
        if not proposal.spans and proposal.day is None:
            raise BadInputError("A window without a day would not be known again. Nothing was saved.")
        facts = {**_known_by(work, proposal), "names_us": proposal.names_us, "reason": why}
        work.record(NOT_OURS, "a window", after=facts)


def _known_by(work: Work, proposal: ProposedWindow) -> dict[str, object]:
    """By what a window is known again in the log: its kind and times in every reading, or the day where it has none."""
    times: dict[str, object] = {"first_day": str(proposal.day)}
    if proposal.spans:
        starts, ends, _ = zip(*proposal.spans, strict=True)
        times = {"starts_at": [start.isoformat() for start in starts], "ends_at": [end.isoformat() for end in ends]}
    return {"region": work.agency.region, "kind": proposal.kind, **times}


def _with_what_is_known(work: Work, proposals: Sequence[ProposedWindow]) -> tuple[ProposedWindow, ...]:
    """The same, each with the newest answer that it is not the agency's, and with the notice that counts for it."""
    answers = audit.of_actions(work.connection, [NOT_OURS]) if proposals else []
    return tuple(
        structs.replace(item, not_ours=_answer_to(work, item, answers), recorded=_recorded(work.calendar, item))
        for item in proposals
    )


def _recorded(calendar: Calendar, item: ProposedWindow) -> Notice | None:
    times = {span[:2] for span in item.spans}
    counting = (
        notice
        for notice in calendar.counting
        if (notice.starts_at, notice.ends_at) in times or (not times and item.day in calendar.days_of(notice.starts_at))
    )
    return next(counting, None)


def _answer_to(work: Work, item: ProposedWindow, answers: Sequence[audit.Entry]) -> NotOurs | None:
    """None also where it was recorded after all, or the message now names the agency's region."""
    if any(notices.known_as(work.calendar, kind, *span[:2]) for kind in KINDS for span in item.spans):
        return None
    for entry in reversed(answers):
        said = entry.facts[1]
        if said.items() >= _known_by(work, item).items() and (said.get("names_us") or not item.names_us):
            return NotOurs(entry.at, entry.who, str(said.get("reason")))
    return None


def record(work: Work, confirmed: Sequence[Notice]) -> list[Notice]:
    """Record what a person confirmed of a message: all of it, or nothing.

    Raises:
        BadInputError: as for `notices.add`.
    """
    facts = [structs.asdict(notice) for notice in confirmed]
    return [notices.add(work, **{name: said[name] for name in said if name != "id"}) for said in facts]
