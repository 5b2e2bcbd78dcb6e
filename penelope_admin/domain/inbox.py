"""How a request is followed: the stops of its path, what happened to it, and the one step that comes next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from penelope_admin.domain.delivery import VIA_NAMES, Outgoing, Via
from penelope_admin.domain.requests import (
    KINDS,
    OPEN,
    STATUS_NAMES,
    Request,
    RequestKind,
    Status,
    awaits_word,
    legal_steps,
)
from penelope_admin.domain.times import plural

Next = Literal["settle-doubt", "send", "was-it-sent", "retry", "wait", "did-it-arrive", "nothing"] | Status
"""What comes next: a step of the path, or what has to be said or done before there can be one."""

_ORDER = {status: number for number, status in enumerate(STATUS_NAMES)}
_RUNNING: frozenset[Status] = frozenset({"drafted", "queued", "sent", "acknowledged"})
_AFTER: dict[tuple[Status | None, Status], str] = {
    ("queued", "drafted"): "A draft again",
    ("sent", "drafted"): "Not sent after all: a draft again",
    ("queued", "queued"): "Support may have it",
    ("scheduled", "scheduled"): "Another day",
}
"""What a step says that leads back, or nowhere, by the one before it; others have the name of their status."""
_AGES = ((365, "year"), (30, "month"), (7, "week"), (1, "day"))


@dataclass(frozen=True, slots=True)
class PathStep:
    """A step on the path as it is drawn.

    Attributes:
        day: local; of a refresh or call that is scheduled the day Support named, of others when it was recorded.
        reached: it was taken, and nothing took it back.
    """

    status: Status
    day: date | None
    reached: bool
    current: bool


def stops(request: Request, zone: ZoneInfo) -> tuple[PathStep, ...]:
    """The path of a request: filled up to now and hollow after."""
    taken = _taken(request)
    order = list(KINDS[request.kind].path)
    if request.status == "queued":
        order.insert(1, "queued")
    # It ends where it was: what it never reached is not drawn.
    if request.status == "cancelled":
        order = [*(status for status in order if status in taken), "cancelled"]
    return tuple(
        PathStep(status, _day_of(request, status, taken, zone), status in taken, status == request.status)
        for status in order
    )


def _taken(request: Request) -> dict[Status, datetime]:
    """When each step was taken, without those that a later one took back."""
    taken: dict[Status, datetime] = {}
    for step in request.steps:
        # A step back, to a draft for example, takes back all that lay ahead of it on the path.
        taken = {status: at for status, at in taken.items() if _ORDER[status] < _ORDER[step.status]}
        taken[step.status] = step.at
    return taken


def _day_of(request: Request, status: Status, taken: dict[Status, datetime], zone: ZoneInfo) -> date | None:
    if status not in taken:
        return None
    if status == "scheduled":
        return request.scheduled_for
    return taken[status].astimezone(zone).date()


def next_step(request: Request, message: Outgoing | None, *, doubted: bool, handed_over: bool) -> Next:
    """The one step that comes next.

    Args:
        message: its newest in the outbox, if there ever was one.
        doubted: nobody knows whether it was made on a day on which it was due.
        handed_over: its text was given out since it was last drafted, and nobody has said that it was sent.
    """
    # First of all: as long as this is open, nobody knows whether the copy holds real contact details.
    if doubted:
        return "settle-doubt"
    if request.status not in OPEN:
        return "nothing"
    if request.status == "drafted":
        return "was-it-sent" if handed_over else "send"
    if request.status == "queued":
        return _in_the_outbox(request, message)
    # A step may lead back to a draft or aside to cancelled; what comes next leads on along the path.
    forward = (step for step in legal_steps(request) if step in KINDS[request.kind].path)
    return next(step for step in forward if _ORDER[step] > _ORDER[request.status])


def _in_the_outbox(request: Request, message: Outgoing | None) -> Next:
    if awaits_word(request, message):
        return "did-it-arrive"
    return "wait" if message is not None and message.state == "sending" else "retry"


def is_running(kind: RequestKind, status: Status) -> bool:
    """Whether it is a critical incident that nobody at Support has answered: it stands above all others."""
    return kind == "critical" and status in _RUNNING


@dataclass(frozen=True, slots=True)
class HandOver:
    """A request's text was given out, for a person to send; `at` in UTC."""

    at: datetime
    by: str
    via: Via


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened to a request; `at` in UTC. `text` is what was noted with it, and may be empty."""

    at: datetime
    by: str
    title: str
    text: str = ""


def thread(request: Request, hand_overs: Iterable[HandOver]) -> tuple[Happening, ...]:
    """What happened to a request, the earliest first: its steps, hand-overs and notes."""
    happenings = [Happening(it.at, it.by, f"Text given out: {VIA_NAMES[it.via]}") for it in hand_overs]
    happenings += [Happening(note.at, note.by, "Note", note.text) for note in request.remarks]
    before = [None, *(step.status for step in request.steps)]
    for earlier, step in zip(before, request.steps, strict=False):
        title = _AFTER.get((earlier, step.status), STATUS_NAMES[step.status])
        happenings.append(Happening(step.at, step.by, title, step.remark))
    return tuple(sorted(happenings, key=lambda happening: happening.at))


def is_handed_over(request: Request, hand_overs: Iterable[HandOver]) -> bool:
    """Whether the text of a draft was given out since it became one, so that it is to be asked if it was sent."""
    since = request.date_of("drafted")
    return request.status == "drafted" and any(since is None or hand_over.at >= since for hand_over in hand_overs)


def age_in_words(age: timedelta) -> str:
    """ "3 weeks", for lists; what is younger than a day is "today" there."""
    for days, noun in _AGES:
        if age.days >= days:
            return plural(age.days // days, noun)
    return "today"
