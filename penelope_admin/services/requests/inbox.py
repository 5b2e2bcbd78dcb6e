"""The inbox of requests: a light line for each, found by any word, and one request in full when it is chosen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from penelope_admin.domain import requests as rules
from penelope_admin.domain.delivery import VIA_NAMES
from penelope_admin.domain.features import full_name
from penelope_admin.domain.inbox import HandOver, is_running
from penelope_admin.domain.replies import FoundNumber
from penelope_admin.domain.requests import KINDS, OPEN, STATUS_NAMES, Request, RequestKind, Status, reference_of
from penelope_admin.domain.text import search_words
from penelope_admin.domain.times import in_words
from penelope_admin.services.requests import follow, steps
from penelope_admin.services.requests.follow import RequestView
from penelope_admin.services.work import Work
from penelope_admin.store import audit
from penelope_admin.store.rows import inbox as inbox_rows
from penelope_admin.store.rows import replies as reply_rows

Shown = Literal["open", "closed", "all"]
_IN_SUMMARY: dict[RequestKind, str] = {"feature-change": "switch", "missing-notice": "no notice for the upgrade of"}
"""What a summary says of a kind besides its name."""


@dataclass(frozen=True, slots=True)
class Line:
    """A request as the list shows it.

    Attributes:
        since: when it took its last step, in UTC.
        in_doubt: it is in the outbox, and Support may have it.
        has_reply: a case number was found in the watched mail folder, and nobody took or dismissed it.
    """

    id: int
    version: int
    kind: RequestKind
    status: Status
    summary: str
    case_number: str | None
    since: datetime
    in_doubt: bool = False
    has_reply: bool = False

    @property
    def reference(self) -> str:
        """What it is called: "PA-12"."""
        return reference_of(self.id)

    @property
    def is_running(self) -> bool:
        """Whether it is a critical incident that is not answered."""
        return is_running(self.kind, self.status)


@dataclass(frozen=True, slots=True)
class Listing:
    """The requests that match, in the list's order, and the lines of those that are new or another than was known.

    Attributes:
        total: how many requests there are, matching or not.
    """

    order: tuple[int, ...]
    lines: Mapping[int, Line]
    total: int


@dataclass(frozen=True, slots=True)
class Opened:
    """A request in full.

    Attributes:
        hand_overs: when its text was given out, the earliest first.
        numbers: case numbers for it that nobody took or dismissed yet.
    """

    view: RequestView
    hand_overs: tuple[HandOver, ...]
    numbers: tuple[FoundNumber, ...]


def listing(
    work: Work,
    shown: Shown = "open",
    words: str = "",
    shown_lines: Mapping[int, Line] | None = None,
    *,
    most: int | None = None,
) -> Listing:
    """The requests of the list: running incidents first, then those with a reply, then the newest.

    Args:
        words: every one of them must be in a request: its reference, subject, state, case number, text or notes.
        shown_lines: the lines that the caller has; those that are still the same are not read again.
    """
    statuses = {"open": frozenset(OPEN), "closed": STATUS_NAMES.keys() - OPEN, "all": STATUS_NAMES.keys()}[shown]
    replies = {number.request_id for number in reply_rows.read_open(work.connection)}
    heads = inbox_rows.find(work.connection, statuses, _words(work, words))
    heads.sort(key=lambda head: (not is_running(head.kind, head.status), head.id not in replies, -head.id))
    heads = heads[:most]
    same = {key: (line.version, line.has_reply) for key, line in (shown_lines or {}).items()}
    changed = [head.id for head in heads if same.get(head.id) != (head.version, head.id in replies)]
    light = inbox_rows.read_light(work.connection, changed)
    return Listing(
        tuple(head.id for head in heads),
        {request.id: _line(work, request, since, request.id in replies) for request, since in light},
        inbox_rows.count(work.connection),
    )


def _words(work: Work, words: str) -> list[inbox_rows.Word]:
    """The words that are looked for, each with the keys that are shown by words that hold it."""
    texts = search_words(words)
    days = inbox_rows.read_upgrade_days(work.connection) if texts else []
    names = {key: f"{kind.name} {_IN_SUMMARY.get(key, '')}" for key, kind in KINDS.items()}

    def named(small: str, keys: Iterable[tuple[str, str]]) -> list[str]:
        return [key for key, name in keys if small in name.casefold()]

    return [
        inbox_rows.Word(
            text,
            named(small, names.items()),
            named(small, STATUS_NAMES.items()),
            named(small, ((item.key, item.name) for item in work.policy.environments)),
            named(small, ((item.key, full_name(work.policy, item)) for item in work.policy.features)),
            [day for day in days if small in in_words(day).casefold()],
        )
        for text in texts
        for small in [text.casefold()]
    ]


def _line(work: Work, light: Request, since: datetime, has_reply: bool) -> Line:
    # Few wait there, and what is said of them is in their steps.
    in_doubt = light.status == "queued" and bool(rules.doubt(steps.need(work, light.id)))
    return Line(
        light.id, light.version, light.kind, light.status, rules.summary(work.policy, light), light.case_number, since,
        in_doubt, has_reply,
    )  # fmt: skip


def open_request(work: Work, key: int) -> Opened:
    """One request in full, with what was given out of it and the case numbers found for it."""
    view = follow.find(work, key)
    numbers = tuple(number for number in follow.found_numbers(work) if number.request_id == key)
    hand_overs = _hand_overs(audit.about(work.connection, view.request.reference, "request.handed-over"))
    return Opened(view, hand_overs, numbers if view.is_open else ())


def _hand_overs(entries: Iterable[audit.Entry]) -> tuple[HandOver, ...]:
    ways = ((entry, str(entry.facts[1].get("via"))) for entry in entries)
    return tuple(HandOver(entry.at, entry.who, via) for entry, via in ways if via in VIA_NAMES)
