"""What there is in the simulated world: databases, cases, mail, and what is to come. Frozen, and bounded when read."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal, get_args

from msgspec import Meta, Struct, structs

from penelope_admin.domain.delivery import Via
from penelope_admin.domain.features import Change
from penelope_admin.domain.requests import RequestKind

Instant = Annotated[datetime, Meta(tz=True)]
Key = Annotated[str, Meta(min_length=1, max_length=60)]
Line = Annotated[str, Meta(max_length=1000)]
Text = Annotated[str, Meta(max_length=60_000)]
Few = Meta(max_length=40)
Count = Annotated[int, Meta(ge=0, le=9999)]
Month = Annotated[str, Meta(pattern="^(19[7-9][0-9]|20[0-9]{2})-(0[1-9]|1[0-2])$")]
""" "2026-12"."""

Contacts = Literal["real", "de-identified"]
Trace = Literal[
    "worker-contacts", "worker-accounts", "exchange-credentials", "ors-srs-credentials", "card-credentials",
    "dss-synchronization", "clientconnect-accounts", "engage-workflows", "attachments", "agency-logo", "billing-logo",
]  # fmt: skip
TRACES: tuple[Trace, ...] = get_args(Trace)
"""What a refresh brings from production and an upgrade of the mirrored database takes away, besides clients' contact
details, features and queues."""

DueKind = Literal[
    "month", "notice", "down", "upgrade", "refresh", "reply", "answer", "finished", "deliver", "triggers", "called",
]  # fmt: skip
"""What is to come: a month to be planned; a notice, an automatic reply or an answer to be written; a database to be out
of reach, upgraded or refreshed; what a case asks for to be finished; messages in a copy's queues to leave, or to be
made by triggers; a client to call about one."""

HappeningKind = Literal["mail", "down", "upgraded", "refreshed", "switched", "delivered", "repaired", "case-opened"]
Reached = Literal["clients", "workers", "calendars"]


class Record(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part of the world. Every instant is in UTC."""


class Queues(Record, frozen=True, kw_only=True):
    """What waits in a database, in numbers of messages or appointments."""

    clients: Count = 0
    external: Count = 0
    exchange: Count = 0
    exchange_errors: Count = 0
    triggers: Count = 0
    dss: Count = 0


EMPTY = Queues()


class Database(Record, frozen=True, kw_only=True):
    """One of the agency's databases as it is, whether anybody knows or not.

    Attributes:
        upgraded_at: when its last upgrade was done.
        copied_at: when production was copied over it last; None for what no copy was made of yet.
        on: keys of the features that are on, in the policy's order.
        traces: what is there as in production.
        down_until: nobody can sign in before; None while all is well.
    """

    key: Key
    version: Annotated[str, Meta(max_length=20)]
    upgraded_at: Instant | None = None
    copied_at: Instant | None = None
    contacts: Contacts = "real"
    on: Annotated[tuple[Key, ...], Few] = ()
    traces: Annotated[tuple[Trace, ...], Few] = ()
    waiting: Queues = EMPTY
    down_until: Instant | None = None

    def with_waiting(self, **counts: int) -> Database:
        """The same with so much in the queues that are named."""
        return structs.replace(self, waiting=structs.replace(self.waiting, **counts))


class Asked(Record, frozen=True, kw_only=True):
    """What a request asks for, as far as the vendor can tell from the letter or the call."""

    kind: RequestKind
    reference: Key
    environment: Key | None = None
    title: Line = ""
    features: Annotated[tuple[Key, ...], Few] = ()
    change: Change | None = None
    earliest: date | None = None
    latest: date | None = None
    upgrade_day: date | None = None

    @property
    def identity(self) -> tuple[str, str, str | None, str]:
        """What tells it from others. Once a backup was restored, another request may have its reference."""
        return self.reference, self.kind, self.environment, self.title


class Incoming(Record, frozen=True, kw_only=True):
    """A letter or a call that reaches Support.

    Attributes:
        asked: None for a letter that belongs to no request of the program's.
        message_id: of the mail, with angle brackets; empty for other ways.
    """

    subject: Line
    body: Text = ""
    asked: Asked | None = None
    via: Via = "smtp"
    message_id: Line = ""


class Case(Record, frozen=True, kw_only=True):
    """A case at the vendor's. `closed` once nothing more is to be said or done."""

    number: Key
    opened_at: Instant
    subject: Line
    asked: Asked | None = None
    message_id: Line = ""
    closed: bool = False


class Mail(Record, frozen=True, kw_only=True):
    """A message in the practice mailbox.

    Attributes:
        sent: it was written by the agency; else it was received.
        to: an address, or the way of what was no mail.
        answers: the Message-ID of the message it answers; may be empty.
        case: the number of the case it belongs to.
        automatic: no person wrote it.
    """

    number: Annotated[int, Meta(ge=1)]
    at: Instant
    sent: bool
    sender: Line
    to: Line
    subject: Line
    body: Text
    message_id: Line = ""
    answers: Line = ""
    case: Key | None = None
    automatic: bool = False


class Due(Record, frozen=True, kw_only=True):
    """Something that is to come. Which fields count is said by its kind.

    Attributes:
        order: tells those of one instant apart, the earlier made first.
        month: of what belongs to a month's upgrade.
        starts_at, ends_at: of a window or an outage.
        lines: numbers of check-list lines that an upgrade misses.
        text, body: of a message to be written; `text` alone says what else to do.
    """

    at: Instant
    order: Annotated[int, Meta(ge=0)] = 0
    kind: DueKind
    month: Month | None = None
    environment: Key | None = None
    case: Key | None = None
    version: Annotated[str, Meta(max_length=20)] = ""
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    lines: Annotated[tuple[int, ...], Few] = ()
    text: Line = ""
    body: Text = ""


class Happening(Record, frozen=True, kw_only=True):
    """Something that happened, whether anybody saw it or not.

    Attributes:
        what: in a few words, for the log of a debriefing.
        mail: the number of the message, for `mail`.
        reached: who was written to, for `delivered`; `count` says how many.
        real: they are people, and not what de-identification left.
    """

    at: Instant
    kind: HappeningKind
    what: Line
    environment: Key | None = None
    feature: Key | None = None
    mail: int | None = None
    case: Key | None = None
    reached: Reached | None = None
    count: Count = 0
    real: bool = False


class Moved(Record, frozen=True, kw_only=True):
    """The window of a month's upgrade, where it is another than the seed has it."""

    month: Month
    starts_at: Instant
    ends_at: Instant


class World(Record, frozen=True, kw_only=True):
    """Everything that the vendor and the agency's databases are at an instant.

    Attributes:
        seed: what chance there is comes from it alone.
        due: what is to come, the next first.
        moved: windows that a facilitator moved.
        made: how many cases, messages and coming things were numbered so far.
    """

    seed: Annotated[int, Meta(ge=0, lt=2**62)]
    started: Instant
    now: Instant
    region: Key
    agency: Line
    support_address: Line
    own_address: Line
    databases: Annotated[tuple[Database, ...], Meta(min_length=1, max_length=12)]
    due: Annotated[tuple[Due, ...], Meta(max_length=2000)] = ()
    cases: Annotated[tuple[Case, ...], Meta(max_length=5000)] = ()
    mails: Annotated[tuple[Mail, ...], Meta(max_length=5000)] = ()
    happenings: Annotated[tuple[Happening, ...], Meta(max_length=20_000)] = ()
    moved: Annotated[tuple[Moved, ...], Meta(max_length=500)] = ()
    made: Annotated[int, Meta(ge=0)] = 0

    def database(self, key: str) -> Database:
        """The database of this key.

        Raises:
            KeyError: the agency has none.
        """
        return {item.key: item for item in self.databases}[key]
