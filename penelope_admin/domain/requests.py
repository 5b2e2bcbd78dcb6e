"""The life of a support request, as a table of transitions, and the letter it becomes.

Every contact becomes a case with a number (facts.md section 4). A refresh is a ticket of its own
which Support schedules; the program asks, it never orders.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from penelope_admin.domain.features import FeatureState, full_name
from penelope_admin.domain.times import in_words
from penelope_admin.errors import BadInputError, ConflictError, RefusedError
from penelope_admin.policy import Environment, Policy

RequestKind = Literal["refresh"]
Status = Literal["drafted", "sent", "acknowledged", "scheduled", "done", "cancelled"]

PATH: tuple[Status, ...] = ("drafted", "sent", "acknowledged", "scheduled", "done")
TRANSITIONS: dict[Status, tuple[Status, ...]] = {
    "drafted": ("sent", "cancelled"),
    "sent": ("acknowledged", "cancelled"),
    "acknowledged": ("scheduled", "done", "cancelled"),
    "scheduled": ("scheduled", "done", "cancelled"),
    "done": (),
    "cancelled": (),
}
STATUS_NAMES: dict[Status, str] = {
    "drafted": "Drafted",
    "sent": "Sent",
    "acknowledged": "Case number received",
    "scheduled": "Scheduled",
    "done": "Done",
    "cancelled": "Cancelled",
}
OPEN: frozenset[Status] = frozenset(status for status, following in TRANSITIONS.items() if following)


@dataclass(frozen=True, slots=True)
class Step:
    """A step a request took; `at` in UTC."""

    at: datetime
    status: Status
    by: str
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """A request to Support. Instants in UTC; `earliest`, `latest` and `scheduled_for` are local dates."""

    id: int
    kind: RequestKind
    environment: str
    status: Status
    reason: str
    earliest: date | None
    latest: date | None
    re_enable: tuple[str, ...]
    case_number: str | None
    scheduled_for: date | None
    created_at: datetime
    steps: tuple[Step, ...] = ()
    version: int = 0

    @property
    def reference(self) -> str:
        """What the request is called in subjects and lists: "PA-12"."""
        return f"PA-{self.id}"

    def date_of(self, status: Status) -> datetime | None:
        """When the request last took a step; None if it never did."""
        return max((step.at for step in self.steps if step.status == status), default=None)


@dataclass(frozen=True, slots=True)
class Letter:
    """A support case's text; `to` is empty when the agency has not said where Support is written to."""

    to: str
    subject: str
    body: str
    sender: str = ""

    @property
    def whole_text(self) -> str:
        """Subject and body, for pasting into a portal."""
        return f"{self.subject}\n\n{self.body}"


def legal_steps(status: Status) -> tuple[Status, ...]:
    """Where a request in this state may go next."""
    return TRANSITIONS[status]


def check_step(request: Request, to: Status, case_number: str | None = None) -> None:
    """Refuse a step the table does not have, or one that lacks the case number.

    Raises:
        ConflictError: an illegal step; the message names the legal ones.
        BadInputError: Support's answer is recorded without its case number.
    """
    legal = legal_steps(request.status)
    if to not in legal:
        ways = ", ".join(legal) or "none: it has ended"
        raise ConflictError(
            f"{request.reference} is {request.status}; it cannot become {to}. Possible next steps: {ways}. "
            "Nothing was changed."
        )
    if to == "acknowledged" and not case_number:
        raise BadInputError("Support's answer has a case number: give it too. Nothing was changed.")


def check_target(environment: Environment) -> None:
    """Refuse a refresh of an environment that is never refreshed.

    Raises:
        RefusedError: it is production.
    """
    if not environment.refreshable:
        raise RefusedError(f"{environment.name} is where refreshes come from, never their target. Nothing was changed.")


def check_dates(earliest: date | None, latest: date | None, today: date) -> None:
    """Refuse dates that cannot be met.

    Raises:
        BadInputError: the latest date lies before the earliest or has passed.
    """
    if earliest and latest and latest < earliest:
        raise BadInputError("The latest date lies before the earliest. Nothing was saved. Swap or correct them.")
    last = latest or earliest
    if last and last < today:
        raise BadInputError(f"{in_words(last)} has passed. Nothing was saved. Choose today or later.")


def overwritten_work(policy: Policy, states: Iterable[FeatureState], earliest: date | None, today: date) -> list[str]:
    """What a refresh would overwrite: each open feature whose end is still to come, in a sentence.

    Args:
        states: the register of the environment to be refreshed.
        earliest: the first day the refresh may happen, None for today.
    """
    sentences = []
    for state in states:
        if state.use is None or not state.is_in_use(earliest or today):
            continue
        reason, until = state.use
        how = "on" if state.state == "on" else "planned"
        sentences.append(
            f"{full_name(policy, policy.feature[state.feature])} is {how} "
            f"{f'until {in_words(until)}' if until else 'without an end date'}"
            f"{f' for “{reason}”' if reason else ''}. A refresh overwrites the copy and the work done in it."
        )
    return sentences


def compose(policy: Policy, request: Request, agency: str, support_address: str, sender: str = "") -> Letter:
    """The text of the support case a request becomes.

    Args:
        agency: the agency's name.
        support_address: where Support is written to; may be empty.
        sender: the agency's own address; may be empty.
    """
    environment = policy.environment[request.environment]
    features = [full_name(policy, policy.feature[key]) for key in request.re_enable]
    lines = [
        "Hello,",
        "",
        f"please refresh our {environment.name} database from production.",
        "",
        f"Agency: {agency}",
        f"Database to be overwritten: {environment.name}",
        f"When: {_dates(request.earliest, request.latest)}",
        f"Our reference: {request.reference}",
        "",
        "Reason:",
        request.reason,
        "",
    ]
    if features:
        lines += [
            "After the refresh we plan to have these features on again in that database:",
            *(f"- {name}" for name in features),
            "",
        ]
    lines += [
        "Please tell us",
        "- the day and time of the copy before you start, and when it is done;",
        "- whether contact details in the copy are de-identified, or stay as in production until the next upgrade;",
        "- which features are on in the copy when you hand it over.",
        "",
        "Please do not enable ClientConnect or Engage.",
        "",
        "Thank you,",
        agency,
        "",
    ]
    subject = f"Refresh of the {environment.name} database - {agency} [{request.reference}]"
    return Letter(support_address, subject, "\n".join(lines), sender)


def _dates(earliest: date | None, latest: date | None) -> str:
    if earliest and latest:
        return f"between {in_words(earliest)} and {in_words(latest)}"
    if earliest:
        return f"not before {in_words(earliest)}"
    if latest:
        return f"not after {in_words(latest)}"
    return "as soon as it suits you"


def wanted_back(requests: Sequence[Request], states: Iterable[FeatureState]) -> list[tuple[Request, tuple[str, ...]]]:
    """Features that finished refreshes promised to have back, and that are neither on nor planned.

    Only the latest finished refresh of an environment counts.
    """
    settled = {(s.environment, s.feature) for s in states if s.state == "on" or s.pending}
    latest: dict[str, Request] = {}
    for request in sorted(requests, key=lambda request: (request.date_of("done") or request.created_at, request.id)):
        if request.status == "done":
            latest[request.environment] = request
    found = []
    for request in latest.values():
        missing = tuple(key for key in request.re_enable if (request.environment, key) not in settled)
        if missing:
            found.append((request, missing))
    return found
