"""The life of a request to Support: its kinds, what each asks for, and its path as a table of transitions.

Every contact becomes a case with a number; a different question is a new case (facts.md section 4).
A refresh is a ticket of its own which Support schedules; the program asks, it never orders.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import takewhile
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from penelope_admin.absent import mapped, present
from penelope_admin.domain.delivery import OPEN_STATES, WAITS_FOR_NETWORK, Outgoing, Via
from penelope_admin.domain.features import (
    LONGEST_USE,
    NOTHING_SAID,
    STATE_AFTER,
    Acknowledgement,
    Change,
    FeatureState,
    environment_name,
    feature_name,
)
from penelope_admin.domain.records import like
from penelope_admin.domain.text import case_key, filled
from penelope_admin.domain.times import in_words, moment_in_words
from penelope_admin.errors import BadInputError, ConflictError, OtherDayError, RefusedError, SameCaseError
from penelope_admin.policy import LOCKED_FEATURES, Critical, Environment, Policy

RequestKind = Literal[
    "refresh", "feature-change", "missing-notice", "question", "defect", "scheduled-call", "script", "critical"
]
Status = Literal["drafted", "queued", "sent", "acknowledged", "answered", "scheduled", "done", "cancelled"]
Severity = Literal["S1", "S2", "S3", "S4"]
Field = Literal[
    "environment", "title", "reason", "dates", "features", "change", "upgrade-day", "version", "characteristics",
    "began",
]  # fmt: skip
Happened = Literal["yes", "no", "unknown"]
"""Whether a refresh that was due was made."""
SEVERITIES: tuple[Severity, ...] = ("S1", "S2", "S3", "S4")
Transitions = Mapping[Status, tuple[Status, ...]]
_PATH: tuple[Status, ...] = ("drafted", "sent", "acknowledged", "answered", "scheduled", "done")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of request.

    Attributes:
        name: as headings say it.
        meaning: what it is for, in a sentence.
        fields: what it asks for; those in `required` must be filled in.
    """

    name: str
    meaning: str
    fields: tuple[Field, ...]
    required: frozenset[Field]
    transitions: Transitions

    @property
    def path(self) -> tuple[Status, ...]:
        """The steps on the way from the draft to the end, as they are drawn."""
        return tuple(step for step in _PATH if step in self.transitions)

    @property
    def takes_a_day(self) -> bool:
        """Whether Support names a day for it."""
        return "scheduled" in self.transitions

    @property
    def is_done_to_database(self) -> bool:
        """Whether Support carries it out in a database, on a day: a refresh, a switch, a script."""
        return "environment" in self.required and self.takes_a_day


_START: Transitions = {
    # A person may send it by another way than this program's, so that a draft can be sent without having been queued.
    "drafted": ("queued", "sent", "cancelled"),
    "queued": ("sent", "drafted", "cancelled"),
    # Back to a draft: what was thought to be sent may turn out not to have left the mail program.
    "sent": ("acknowledged", "drafted", "cancelled"),
    "done": (),
    "cancelled": (),
}
_CARRIED_OUT: Transitions = {
    **_START,
    # Support may carry it out without having named a day.
    "acknowledged": ("scheduled", "done", "cancelled"),
    # Another day is a step of its own, or the path would forget the first one.
    "scheduled": ("scheduled", "done", "cancelled"),
}
_ANSWERED: Transitions = {
    **_START,
    "acknowledged": ("answered", "done", "cancelled"),
    "answered": ("done", "cancelled"),
}
# Support may call back about a voicemail before any case number is known.
_CRITICAL: Transitions = {**_ANSWERED, "sent": ("acknowledged", "answered", "drafted", "cancelled")}
_BY_OUTBOX: frozenset[tuple[Status, Status]] = frozenset({("drafted", "queued"), ("queued", "drafted")})

KINDS: Mapping[RequestKind, Kind] = {
    "refresh": Kind(
        "Refresh",
        "Copy production over another database.",
        ("environment", "reason", "dates", "features"),
        frozenset({"environment", "reason"}),
        _CARRIED_OUT,
    ),
    "feature-change": Kind(
        "Feature change",
        "Ask Support to switch features on or off in a copy.",
        ("environment", "change", "features", "reason", "dates"),
        frozenset({"environment", "change", "features", "reason"}),
        _CARRIED_OUT,
    ),
    "missing-notice": Kind(
        "Missing upgrade notice",
        "No notice came for an upgrade; Support finds out why.",
        ("upgrade-day", "reason"),
        frozenset({"upgrade-day"}),
        _ANSWERED,
    ),
    "question": Kind(
        "Question",
        "How something works, or what Support can do.",
        ("title", "environment", "reason"),
        frozenset({"title", "reason"}),
        _ANSWERED,
    ),
    "defect": Kind(
        "Defect",
        "Something does not work as it should. Steps to repeat it help most.",
        ("title", "environment", "version", "reason"),
        frozenset({"title", "environment", "reason"}),
        _ANSWERED,
    ),
    "scheduled-call": Kind(
        "Scheduled call",
        "A call at an agreed time; this is how the hour of consultation is used.",
        ("title", "reason", "dates"),
        frozenset({"title", "reason"}),
        _CARRIED_OUT,
    ),
    "script": Kind(
        "Script by Tailored Services",
        "Ask the vendor's Tailored Services for a script that works on a copy.",
        ("title", "environment", "reason", "dates"),
        frozenset({"title", "environment", "reason"}),
        _CARRIED_OUT,
    ),
    "critical": Kind(
        "Critical incident",
        "Production has stopped, or nobody can reasonably work in it.",
        ("title", "characteristics", "began", "reason"),
        frozenset({"title", "characteristics", "reason"}),
        _CRITICAL,
    ),
}
STATUS_NAMES: dict[Status, str] = {
    "drafted": "Drafted",
    "queued": "In the outbox",
    "sent": "Sent",
    "acknowledged": "Case number received",
    "answered": "Answered",
    "scheduled": "Scheduled",
    "done": "Done",
    "cancelled": "Cancelled",
}
OPEN: frozenset[Status] = frozenset(STATUS_NAMES) - {"done", "cancelled"}
UNANSWERED: frozenset[Status] = frozenset({"sent", "acknowledged"})


EARLIEST_CONTACT = timedelta(days=1)
"""How long before its draft a request may have reached Support: one calls first and writes down later."""


@dataclass(frozen=True, slots=True)
class RequestInput:
    """What is to be asked for. Dates are local; which fields count is said by the kind.

    Attributes:
        environment: what it is about; for what is done to a database, None means the usual copy.
        features: keys of the features wanted back after a refresh, or to be switched.
        upgrade_day: the local day of the upgrade whose notice did not come.
        version: of Penelope, where the defect is seen.
        characteristics: letters of what makes an incident critical: "a", "b", "c".
        everybody: no user at all can reasonably go on.
        began_at: since when, an aware instant.
        acknowledgement: of the PHI risk of features to be switched on.
    """

    kind: RequestKind = "refresh"
    environment: str | None = None
    title: str = ""
    reason: str = ""
    earliest: date | None = None
    latest: date | None = None
    features: tuple[str, ...] = ()
    change: Change | None = None
    upgrade_day: date | None = None
    version: str = ""
    characteristics: tuple[str, ...] = ()
    everybody: bool = False
    began_at: datetime | None = None
    acknowledgement: Acknowledgement = NOTHING_SAID


@dataclass(frozen=True, slots=True)
class Step:
    """A step a request took; `at` in UTC."""

    at: datetime
    status: Status
    by: str
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something noted about a request; `at` in UTC."""

    at: datetime
    by: str
    text: str


def reference_of(number: int) -> str:
    """What the request of a number is called in subjects and lists: "PA-12"."""
    return f"PA-{number}"


@dataclass(frozen=True, slots=True)
class Request:
    """A request to Support. Instants in UTC; `earliest`, `latest`, `upgrade_day` and `scheduled_for` are local dates.

    Attributes:
        via: the way it is sent, where that is another than the agency's usual one.
        defect_number, defect_severity: of the defect Support attached to the case.
        acknowledged_real: for features to be switched on: contact details could be real when the risk was acknowledged.
        queue_empty: for features to be switched on: somebody looked at their queues after a refresh.
        doubted: local days on which it was due, was moved or cancelled, and nobody knows whether it was made then.
    """

    id: int
    kind: RequestKind
    environment: str | None
    status: Status
    reason: str
    created_at: datetime
    title: str = ""
    earliest: date | None = None
    latest: date | None = None
    features: tuple[str, ...] = ()
    change: Change | None = None
    upgrade_day: date | None = None
    product_version: str | None = None
    characteristics: tuple[str, ...] = ()
    began_at: datetime | None = None
    via: Via | None = None
    case_number: str | None = None
    scheduled_for: date | None = None
    defect_number: str | None = None
    defect_severity: Severity | None = None
    steps: tuple[Step, ...] = ()
    remarks: tuple[Remark, ...] = ()
    version: int = 0
    acknowledged_real: bool | None = None
    queue_empty: bool | None = None
    doubted: tuple[date, ...] = ()

    @property
    def reference(self) -> str:
        """What the request is called in subjects and lists: "PA-12"."""
        return reference_of(self.id)

    @property
    def is_impossible(self) -> bool:
        """Whether it names a locked feature: this program never writes that, so it is a sign of damage."""
        return not LOCKED_FEATURES.isdisjoint(self.features)

    @property
    def kind_facts(self) -> Kind:
        """What belongs to its kind."""
        return KINDS[self.kind]

    def date_of(self, status: Status) -> datetime | None:
        """When the request last took a step; None if it never did."""
        # A step can be taken twice: a request goes back to a draft and out again, a refresh gets another day.
        return max((step.at for step in self.steps if step.status == status), default=None)

    @property
    def refresh_day(self) -> date | None:
        """The local day for which Support has scheduled a refresh; None where it has not, and for all other kinds."""
        return self.scheduled_for if (self.kind, self.status) == ("refresh", "scheduled") else None

    def is_due(self, today: date) -> bool:
        """Whether it is a refresh whose day has come, and of which nobody has said how it went."""
        return self.refresh_day is not None and self.refresh_day <= today

    @property
    def wanted_back(self) -> tuple[str, ...]:
        """Features that shall be on again after the refresh this asks for."""
        return self.features if self.kind == "refresh" else ()


def summary(policy: Policy, request: Request) -> str:
    """What a request is about, in a few words, for headings and lists: "refresh of Mirrored"."""
    place = environment_name(policy, request.environment)
    if request.kind == "refresh":
        return f"refresh of {place}"
    if request.kind == "feature-change":
        # A row that names a locked one is damaged; it is told as that, and no subject repeats it.
        names = ", ".join(feature_name(policy, key) for key in request.features if key not in LOCKED_FEATURES)
        return f"switch {STATE_AFTER[request.change or 'disable']} {names} in {place}"
    if request.kind == "missing-notice" and request.upgrade_day:
        return f"no notice for the upgrade of {in_words(request.upgrade_day)}"
    if request.kind == "script":
        return f"script for {place}: {request.title}"
    return f"{request.kind_facts.name.lower()}: {request.title}"


HOW_TO_SETTLE = "Look in the sent mail of your mailbox, or ask Support, then say whether it arrived."


def doubt(request: Request) -> str:
    """Why Support may have a message that nobody saw the mail server take, in a sentence; empty if that is not so.

    The path keeps it: what may have left is another step "queued" after the one of its handing over, with the reason as
    its remark. Only a person can know more; the next step, whichever it is, settles it.
    """
    # Only the newest run of such steps: any other step after them has settled an older doubt.
    in_outbox = list(takewhile(lambda step: step.status == "queued", reversed(request.steps)))
    return f"Support may have it. {in_outbox[0].remark}".rstrip() if len(in_outbox) > 1 else ""


def lacks_number(request: Request) -> bool:
    """Whether a reply of Support's with a case number is still to come, or would show that a request arrived."""
    return request.case_number is None and (request.status in ("sent", "answered") or bool(doubt(request)))


def awaits_word(request: Request, message: Outgoing | None) -> bool:
    """Whether a person has to say if a request arrived: nothing tries to send it any more, and Support may have it."""
    # What is still tried may be settled by the mail server; nobody has to know better yet.
    is_tried = message is not None and message.state in OPEN_STATES
    return request.status == "queued" and bool(doubt(request)) and not is_tried


def where_it_stands(request: Request, message: Outgoing | None) -> str:
    """What has become of the message of a draft or of a request in the outbox, in sentences; empty if it has none."""
    problem = message.problem if message else ""
    if awaits_word(request, message):
        sentences = [doubt(request), problem, "It is not sent again automatically.", HOW_TO_SETTLE]
    elif message is None or message.state == "cancelled":
        sentences = []
    elif message.state == "failed":
        sentences = ["It was not sent and is a draft again.", problem]
    elif message.state == "sending":
        sentences = ["It is being sent.", doubt(request)]
    elif doubt(request):
        again = "It is tried again; Support can tell that it is the same message."
        sentences = [doubt(request), problem, again]
    elif problem == WAITS_FOR_NETWORK:
        sentences = [problem]
    else:
        sentences = ["It waits in the outbox.", problem]
    return " ".join(filter(None, sentences))


def legal_steps(request: Request) -> tuple[Status, ...]:
    """The steps a person may record next.

    Into the outbox, and back out of it, leads sending and taking back alone. But that a message did not arrive, where
    it may have, only a person can say.
    """
    # What the table has, less what the outbox takes by itself.
    following = request.kind_facts.transitions[request.status]
    by_outbox = _BY_OUTBOX - {("queued", "drafted")} if doubt(request) else _BY_OUTBOX
    return tuple(to for to in following if (request.status, to) not in by_outbox)


def check_step(request: Request, to: Status, case_number: str | None = None, *, by_outbox: bool = False) -> None:
    """Refuse a step the table does not have, or one that lacks the case number.

    Args:
        by_outbox: the outbox takes the step, not a person.

    Raises:
        ConflictError: an illegal step; the message names the legal ones.
        BadInputError: Support's answer is recorded without its case number.
    """
    # What waits in the outbox may leave at any moment: only the outbox itself takes it further, until it is taken back.
    legal = request.kind_facts.transitions[request.status] if by_outbox else legal_steps(request)
    if to not in legal:
        ways = ", ".join(legal) or "none: it has ended"
        hint = ""
        if request.status == "queued":
            hint = " It is in the outbox: cancel sending to change it."
        if doubt(request):
            hint = f" {doubt(request)} Say first whether it arrived."
        raise ConflictError(
            f"{request.reference} is {request.status}; it cannot become {to}. Possible next steps: {ways}.{hint} "
            "Nothing was changed."
        )
    if to == "acknowledged" and not case_number:
        raise BadInputError("Enter the case number from Support's answer. Nothing was changed.")


def check_case_is_its_own(policy: Policy, request: Request, number: str, others: Iterable[Request]) -> None:
    """Refuse a case number that another request has: each question is a case of its own.

    Args:
        others: the agency's requests, this one may be among them.

    Raises:
        SameCaseError: another one has it.
    """
    for other in others:
        if other.id != request.id and other.case_number and case_key(other.case_number) == case_key(number):
            raise SameCaseError(
                f"{other.reference}, {summary(policy, other)}, has the case number {other.case_number} already, and "
                "each question is a case of its own. Nothing was saved. Look at the number again; if Support put both "
                "on one case, say so."
            )


def check_contact(request: Request, at: datetime, now: datetime) -> None:
    """Refuse an instant at which Support cannot have been contacted about a request.

    Raises:
        BadInputError: it lies ahead, before the incident began, or well before the draft.
    """
    if at > now:
        raise BadInputError("The time of the contact is in the future. Nothing was saved. Correct it.")
    # One calls first and writes afterwards: of an incident the draft's time says nothing, its beginning does.
    if request.began_at is not None and at < request.began_at:
        raise BadInputError("The time of the contact is before the incident began. Nothing was saved. Correct it.")
    if request.began_at is None and at < request.created_at - EARLIEST_CONTACT:
        raise BadInputError(
            "The time of the contact is more than a day before the draft. Nothing was saved. Correct it."
        )


def copied_elsewhen(request: Request, at: datetime, zone: ZoneInfo) -> str:
    """Why a copy of production may be another than what was agreed on, in a sentence; empty if nothing says so."""
    agreed, day = present(request.scheduled_for, *request.doubted), at.astimezone(zone).date()
    if agreed and day not in agreed:
        days = " or ".join(in_words(each) for each in agreed)
        return f"{request.reference} was scheduled for {days}, and this copy was made on {in_words(day)}."
    asked = request.date_of("sent") or request.created_at
    if at < asked:
        return f"Support was asked for {request.reference} on {moment_in_words(asked, zone)}, after this copy was made."
    return ""


def check_copied(request: Request, at: datetime, zone: ZoneInfo, *, other_day: bool) -> None:
    """Refuse a copy of production that cannot have been made for a request for a refresh.

    Args:
        other_day: somebody says that it was made then, although something else was agreed.

    Raises:
        BadInputError: it was made well before the draft.
        OtherDayError: it was made on another day than agreed, or before it was asked for, and nobody says so.
    """
    if at < request.created_at - EARLIEST_CONTACT:
        raise BadInputError(
            f"That copy was made more than a day before {request.reference} was drafted. Nothing was saved. Correct "
            "the time; a refresh that was not asked for here is recorded with the database."
        )
    if not other_day and (doubt := copied_elsewhen(request, at, zone)):
        raise OtherDayError(f"{doubt} Nothing was saved. Correct the time, or say that it was made then.")


def day_warnings(request: Request, day: date) -> list[str]:
    """What to know of the day Support named, from what was asked for, in sentences."""
    warnings = []
    # Support names the day, so that it is only told and never refused.
    if request.earliest and day < request.earliest:
        early = in_words(request.earliest)
        warnings.append(f"You asked for a day not before {early}. Tell Support if this is too early.")
    if request.latest and day > request.latest:
        late = in_words(request.latest)
        warnings.append(f"You asked for a day not after {late}. Tell Support if this is too late.")
    return warnings


def asks_whether_it_happened(request: Request, to: Status, today: date) -> bool:
    """Whether a step leaves behind the day of a refresh that was due, so that it is to be said first if it was made."""
    return to in ("scheduled", "cancelled") and request.is_due(today)


def check_happened(
    request: Request, to: Status, today: date, happened: Happened | None, happened_at: datetime | None
) -> None:
    """Refuse to move or to cancel a refresh that was due before it was said whether it was made.

    Args:
        today: the agency's local day.
        happened_at: when production was copied, if it was made.

    Raises:
        RefusedError: it was not said.
        BadInputError: it was said although nothing is asked, or without the time of the copy.
    """
    # A refresh brings real contact details (facts.md section 3). To move its day, or to cancel it, must not hide one
    # that was made: it would leave a copy called de-identified that is not.
    asked = asks_whether_it_happened(request, to, today)
    if asked and happened is None and request.scheduled_for is not None:
        raise RefusedError(
            f"{request.reference} was due on {in_words(request.scheduled_for)}. Was the refresh made? Say yes, no, or "
            "that you do not know. Nothing was changed."
        )
    if happened is not None and not asked:
        raise BadInputError("Whether it was made is asked of a refresh only that was due. Nothing was saved.")
    if happened == "yes" and happened_at is None:
        raise BadInputError("Say when production was copied. Nothing was saved.")


def check_open(request: Request) -> None:
    """Refuse to give out a request that has ended.

    Raises:
        ConflictError: it is done or cancelled.
    """
    if request.status not in OPEN:
        raise ConflictError(
            f"{request.reference} is {request.status}; nothing of it is to be sent any more. Nothing was changed. "
            "A different question is a new request."
        )


def check_case(request: Request) -> None:
    """Refuse what belongs to a case on a request that is none yet: a defect, or another case number.

    Raises:
        ConflictError: it has no case number.
    """
    if not request.case_number:
        raise ConflictError(
            f"{request.reference} has no case number yet. Enter it first, as Support's answer. Nothing was changed."
        )


def check_redraft(request: Request, entered: RequestInput) -> None:
    """Refuse to change what has left already, or to make another kind of request of it.

    Raises:
        ConflictError: it is no longer a draft.
        BadInputError: what was entered is of another kind.
    """
    if request.status != "drafted":
        raise ConflictError(
            f"{request.reference} is {request.status}; only drafts can be changed. Nothing was changed. "
            "Add a remark, or write to Support under its case number."
        )
    if entered.kind != request.kind:
        raise BadInputError(f"{request.reference} is of another kind. Nothing was changed. Draft a new request.")


def input_of(request: Request) -> RequestInput:
    """What a request asks for, to begin from when it is changed. Acknowledgements are asked for again."""
    # Not stored: an incident is drafted only where nobody at all can go on.
    everybody = request.kind == "critical"
    return like(RequestInput, request, version=request.product_version or "", everybody=everybody)


def check_target(environment: Environment) -> None:
    """Refuse a refresh of an environment that is never refreshed.

    Raises:
        RefusedError: it is production.
    """
    if not environment.refreshable:
        raise RefusedError(f"{environment.name} is where refreshes come from, never their target. Nothing was changed.")


def check_offered(environment: Environment, kind: RequestKind) -> None:
    """Refuse what Support does not do in an environment.

    Raises:
        RefusedError: it is production, or the policy does not name this kind of request for it.
    """
    if kind == "refresh":
        check_target(environment)
    if KINDS[kind].is_done_to_database and not environment.refreshable:
        raise RefusedError(
            f"Feature changes and scripts are for copies, not for {environment.name}. Nothing was saved. "
            "Ask a question instead."
        )
    # What Support may be asked about a database is the policy's to say, by each environment's `requests`.
    if kind not in environment.requests:
        raise RefusedError(
            f"A request of the kind “{KINDS[kind].name}” is not made about {environment.name}. Nothing was saved. "
            "Ask a question instead, or choose another database."
        )


def offered_in(policy: Policy, kind: RequestKind, environments: Sequence[str]) -> list[str]:
    """Those of some environments that a request of a kind may be about."""
    return [key for key in environments if kind in policy.environment[key].requests]


def usual_environment(policy: Policy, kind: RequestKind, environments: Sequence[str]) -> str | None:
    """Which of some environments a request of a kind is usually about; None when there is none."""
    # A question is mostly about production, which stands first; what is done to a database is done to a copy.
    mirrors = [key for key in policy.mirrors if key in environments and KINDS[kind].is_done_to_database]
    return next(iter([*mirrors, *environments]), None)


def check_dates(earliest: date | None, latest: date | None, today: date) -> None:
    """Refuse dates that cannot be met.

    Raises:
        BadInputError: the latest date is before the earliest, has passed, or is more than five years ahead.
    """
    if earliest and latest and latest < earliest:
        raise BadInputError("The latest date is before the earliest. Nothing was saved. Swap or correct them.")
    last = latest or earliest
    if last and last < today:
        raise BadInputError(f"{in_words(last)} has passed. Nothing was saved. Choose today or later.")
    if last and last > today + LONGEST_USE:
        raise BadInputError(
            f"{in_words(last)} is more than five years ahead. Nothing was saved. Choose an earlier day."
        )


def check_not_late(request: Request, today: date) -> None:
    """Refuse to let a request leave whose last day has passed.

    Raises:
        ConflictError: it has.
    """
    if request.status in ("drafted", "queued") and request.latest is not None and request.latest < today:
        raise ConflictError(
            f"The last day that {request.reference} asks for, {in_words(request.latest)}, has passed. Nothing was "
            "sent. Change the draft, or cancel it."
        )


_FIELD_NAMES: dict[Field, str] = {
    "upgrade-day": "day of the upgrade", "began": "time it began", "title": "subject", "dates": "pair of dates",
}  # fmt: skip


def _filled(entered: RequestInput) -> dict[Field, object]:
    """What each field holds, as true or not."""
    return {
        # What is done to a database means the usual copy if none is named.
        "environment": entered.environment is not None or KINDS[entered.kind].is_done_to_database,
        "title": entered.title.strip(),
        "reason": entered.reason.strip(),
        "dates": entered.earliest or entered.latest,
        "features": entered.features,
        "change": entered.change,
        "upgrade-day": entered.upgrade_day,
        "version": entered.version.strip(),
        "characteristics": entered.characteristics,
        "began": entered.began_at,
    }


def missing_fields(entered: RequestInput) -> list[str]:
    """What the kind needs and the input lacks, in words: "subject"."""
    asked_for = KINDS[entered.kind].required - {"characteristics"}  # for these `why_not_critical` asks
    return [
        _FIELD_NAMES.get(field, field) for field, value in _filled(entered).items() if field in asked_for and not value
    ]


def check_fields(entered: RequestInput) -> None:
    """Refuse input that lacks what its kind needs, or brings what it has no place for.

    Raises:
        BadInputError: the message names the field.
    """
    kind = KINDS[entered.kind]
    if missing := missing_fields(entered):
        raise BadInputError(
            f"A request of the kind “{kind.name}” needs the {missing[0]}. Nothing was saved. Fill it in."
        )
    for field, value in _filled(entered).items():
        if value and field not in kind.fields:
            name = _FIELD_NAMES.get(field, field)
            raise BadInputError(f"A request of the kind “{kind.name}” has no {name}. Nothing was saved. Leave it out.")
    if entered.everybody and "characteristics" not in kind.fields:
        raise BadInputError(
            f"Whether all users are affected is asked of critical incidents alone, not of the kind “{kind.name}”. "
            "Nothing was saved. Leave it out."
        )


def has_critical_word(critical: Critical, text: str) -> bool:
    """Whether Support would take an email with this in its subject for a critical incident.

    Letters that cannot be seen, and wide forms of the others, hide nothing: Support sees the word all the same.
    """
    # Cf are letters that cannot be seen, such as a soft hyphen; Mn are marks above and below letters.
    seen = "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) not in {"Cf", "Mn"})
    return critical.subject_word.casefold() in seen.casefold()


def check_title(critical: Critical, entered: RequestInput) -> None:
    """Keep the word that opens a critical incident out of the subjects of all other requests.

    Raises:
        RefusedError: it is there.
    """
    if entered.kind != "critical" and has_critical_word(critical, entered.title):
        raise RefusedError(
            f"An email with “{critical.subject_word}” in its subject opens a critical incident, and a false alarm may "
            f"cost ${critical.false_alarm_charge_usd}. Nothing was saved. Say it in other words, or open a "
            "critical incident."
        )


def letter_of(number: int) -> str:
    """How the characteristics of a critical case are called: "a", "b", "c"."""
    return "abcdefghijklmnopqrstuvwxyz"[number]


def why_not_critical(critical: Critical, characteristics: Iterable[str], everybody: bool) -> list[str]:
    """Why an incident is not critical as the vendor means it, in sentences; none when it is.

    Args:
        characteristics: letters of the vendor's characteristics that apply.
        everybody: no user can reasonably go on working in production.

    Raises:
        BadInputError: there is no such characteristic.
    """
    letters = {letter_of(number) for number in range(len(critical.characteristics))}
    chosen = set(characteristics)
    if unknown := chosen - letters:
        raise BadInputError(f'"{min(unknown)}" is none of {", ".join(sorted(letters))}. Nothing was saved.')
    reasons = []
    if not chosen:
        reasons.append("None of the things that make a case critical applies.")
    if not everybody:
        reasons.append("Some users can go on working; a critical case is one in which nobody reasonably can.")
    return reasons


def false_alarm_warning(critical: Critical) -> str:
    """What a needless critical incident may cost, and where the vendor says so."""
    return (
        f"A critical incident that turns out not to be one may cost the agency ${critical.false_alarm_charge_usd} "
        f"(from the help centre: {critical.charge_article}). Write a normal request instead."
    )


def answer_due(critical: Critical, request: Request) -> datetime | None:
    """When Support means to have answered a critical incident (UTC); None once it is answered, or before it is sent.

    Critical cases are answered around the clock, so closing hours do not stop this clock.
    """
    sent = request.date_of("sent")
    if request.kind != "critical" or request.status not in UNANSWERED or sent is None:
        return None
    # Clock hours, for critical cases are answered at any time (facts.md section 4).
    return sent + timedelta(hours=critical.target_response_hours)


class Earlier(NamedTuple):
    """A request for the same thing that is open already: its number, and a sentence."""

    number: int
    sentence: str


def earlier_refresh(name: str, drafted_on: Mapping[int, date], own: int | None) -> Earlier | None:
    """The newest refresh of a copy that is open already; None where this is the first.

    Args:
        name: of the copy.
        drafted_on: the numbers of those that are open, with the local day each was drafted on.
        own: the number of the draft that is changed.
    """
    said = f"A refresh of {name} has been requested already"
    return _earlier(said, drafted_on, own, "Change that one, unless you need two.")


def earlier_asked(title: str, drafted_on: Mapping[int, date], own: int | None) -> Earlier | None:
    """The newest request of the same kind, title and database that is open already; None where this is the first.

    Args:
        drafted_on: as for `earlier_refresh`, as is `own`.
    """
    return _earlier(
        f"“{title}” has been asked already", drafted_on, own, "Add to that one, unless this is another matter."
    )


def _earlier(said: str, drafted_on: Mapping[int, date], own: int | None, advice: str) -> Earlier | None:
    number = max(drafted_on.keys() - {own}, default=None)
    if number is None:
        return None
    day = in_words(drafted_on[number])
    return Earlier(number, f"{said}: {reference_of(number)}, drafted on {day}, is still open. {advice}")


def overwritten_work(policy: Policy, states: Iterable[FeatureState], earliest: date) -> Iterator[str]:
    """What a refresh would overwrite: each open feature whose end is still to come, in a sentence.

    Args:
        states: the register of the environment to be refreshed.
        earliest: the first day the refresh may happen.
    """
    for state in states:
        if state.use is None or not state.is_in_use(earliest):
            continue
        reason, until = state.use
        when = filled("until {}", mapped(until, in_words)) or "without an end date"
        yield (
            f"{feature_name(policy, state.feature)} is {state.use_name} {when}{filled(' for “{}”', reason)}. A refresh "
            "overwrites the copy and the work done in it."
        )


def wanted_back(requests: Sequence[Request], states: Iterable[FeatureState]) -> list[tuple[Request, tuple[str, ...]]]:
    """Features that finished refreshes promised to have back, and that are neither on nor planned.

    Only the latest finished refresh of an environment counts.
    """
    # On, or planned either way: somebody has seen to it.
    settled = {(s.environment, s.feature) for s in states if s.state == "on" or s.pending}
    promises = []
    for request in _latest_refreshes(requests):
        keys = (key for key in request.wanted_back if key not in LOCKED_FEATURES)
        if missing := tuple(key for key in keys if (request.environment, key) not in settled):
            promises.append((request, missing))
    return promises


def _latest_refreshes(requests: Iterable[Request]) -> Iterable[Request]:
    """The finished refresh of each environment that was finished last."""
    # By when it was done and not by its number: what was drafted first may be carried out last.
    done = (request for request in requests if request.status == "done" and request.kind == "refresh")
    in_order = sorted(done, key=lambda request: (request.date_of("done") or request.created_at, request.id))
    # A later refresh has overwritten what an earlier one was to bring back; of each environment the last one stays.
    return {request.environment: request for request in in_order}.values()
