"""What is waiting for the administrator, most urgent first."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any, Literal
from zoneinfo import ZoneInfo

from penelope_admin.domain.checklists import CheckList, standing_of
from penelope_admin.domain.delivery import WAITS_FOR_NETWORK, Outgoing
from penelope_admin.domain.features import (
    FeatureState,
    due_doubt,
    expired_sentence,
    feature_name,
    is_impossible,
    names_of,
    not_known,
    seen_on_sentence,
)
from penelope_admin.domain.leaving import still_open_sentence
from penelope_admin.domain.mirror import EventKind, Question
from penelope_admin.domain.projects import BY_URGENCY, Project, Urgency, awaits
from penelope_admin.domain.requests import OPEN, Request, awaits_word, doubt, summary, wanted_back, where_it_stands
from penelope_admin.domain.second_person import SecondPerson, off_sentence, waiver_sentence
from penelope_admin.domain.staff import about_window
from penelope_admin.domain.times import day_in_words, in_words, listed, plural
from penelope_admin.domain.windows import ANOTHER_DATE, Window
from penelope_admin.policy import Policy

WaitingKind = Literal[
    "overdue", "change", "case-number", "draft", "outbox", "reply", "scheduled", "wanted-back", "upgrade", "notice",
    "check-list", "project", "exposed", "left", "unknown", "untold", "damaged",
    "second-person", "kept-file", "staff-notice", "clock",
]  # fmt: skip
_NONE: Mapping[Any, Any] = MappingProxyType({})
_NOBODY = SecondPerson()
KEPT_FILES = "kept-files"
"""The subject of what waits for files that are kept up to date."""
_NAMED = 3
"""Of more features than these the number is told instead of the names."""
_ANSWERED: dict[EventKind, str] = {
    "not-upgraded": "was not upgraded yet",
    "upgrade-unknown": "may have been upgraded; nobody knew",
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing to do, in a sentence.

    Attributes:
        subject: the feature's or request's key, so that a front end can lead there.
    """

    kind: WaitingKind
    urgency: Urgency
    text: str
    environment: str | None = None
    subject: str | None = None


def waiting(
    policy: Policy,
    states: Collection[FeatureState],
    requests: Sequence[Request],
    next_window: Window,
    last_window: Window,
    now: datetime,
    since: datetime,
    questions: Iterable[Question] = (),
    lists: Iterable[CheckList] = (),
    messages: Collection[Outgoing] = (),
    coming: Collection[str] = (),
    offered: Mapping[int, str] = _NONE,
    held: Mapping[tuple[str, str], str] = _NONE,
    may_be_real: Collection[str] = (),
    projects: Sequence[Project] = (),
    left: Mapping[str, Sequence[str]] = _NONE,
    doubted: Collection[tuple[int, date]] = (),
    second_person: SecondPerson = _NOBODY,
    untold: Mapping[str, str] = _NONE,
    notice_days: int | None = None,
) -> list[Waiting]:
    """Everything that waits, from the register, the requests and the windows.

    Args:
        next_window: the regular window in progress or the next one, from a calendar that knows the notices.
        last_window: the one that ended last.
        since: when the agency was set up; nothing is asked about windows before.
        questions: about upgrades in windows that have passed.
        lists: check-lists that may have something open: the newest of each environment.
        messages: of the outbox, oldest first; of the notices to the staff, each window's newest alone.
        coming: the keys of the windows that are not over.
        held: plans to switch on that are not to be carried out now, by environment and feature, with the reason.
        may_be_real: the environments, without production, whose contact details may be real.
        projects: the agency's; what their refreshes promised back is theirs to plan.
        left: what is not settled of environments that are no longer the agency's, in sentences, by key.
        doubted: numbers of refresh requests, each with a day on which it was due; nobody knows whether it was made.
        untold: what is to be found out of a database of whose contact details nobody knows anything, by its key.
        offered: case numbers found in the watched folder that nobody took yet, by the request's number.
        notice_days: so many days before an upgrade, a missing notice is told; None for the policy's.
    """
    # The window knows the agency's zone, and whose day it is now.
    today = now.astimezone(next_window.zone).date()
    # What cannot be is told as damage alone, never also as a step to take.
    entries = [entry for entry in states if not is_impossible(entry)]
    items = [
        *_damaged(policy, states),
        *overdue(policy, entries, today),
        *_exposed(policy, entries, may_be_real),
        *_left(policy, entries, left),
        *(Waiting("untold", "caution", asked, key) for key, asked in untold.items()),
        *_seen_on(policy, entries, next_window.zone),
        *_unknown(policy, entries, left, next_window.zone),
        *_changes(policy, entries, held, today),
        *_requests(policy, requests, today, {message.request_id: message for message in messages}, offered),
        *_doubted(policy, requests, may_be_real, doubted),
        *_to_staff(messages, coming),
        *_wanted_back(policy, requests, entries, {project.request_id for project in projects if project.is_open}),
        *_projects(policy, projects, entries, next_window, today),
        *(_upgrade(policy, question, next_window.zone) for question in questions),
        *_second_person(second_person, next_window.zone),
        *_check_lists(lists, next_window.zone),
        *_notices(
            timedelta(days=notice_days or policy.schedule.notice_reminder_days),
            (last_window, next_window),
            requests,
            now,
            since,
        ),
    ]
    # The sort keeps the order above among those that are equally urgent.
    return sorted(items, key=lambda item: BY_URGENCY.index(item.urgency))


def overdue(policy: Policy, states: Iterable[FeatureState], today: date) -> Iterator[Waiting]:
    """Features that are on after their end date."""
    for state in states:
        if state.until is not None and state.is_overdue(today) and not is_impossible(state):
            text = f"{feature_name(policy, state.feature)} should have been switched off on {in_words(state.until)}."
            yield Waiting("overdue", "danger", text, state.environment, state.feature)


def _exposed(policy: Policy, states: list[FeatureState], may_be_real: Collection[str]) -> Iterator[Waiting]:
    """Features that are on and can reach people where contact details may be real, whatever was acknowledged then."""
    for state in states:
        reaches_people = policy.feature[state.feature].uses_contact_details
        if state.state == "on" and state.environment in may_be_real and reaches_people:
            name, place = feature_name(policy, state.feature), policy.environment[state.environment].name
            text = (
                f"{name} is on while contact details in {place} may be real. Switch it off, unless you intend to "
                "contact real people."
            )
            yield Waiting("exposed", "danger", text, state.environment, state.feature)


def _left(policy: Policy, states: list[FeatureState], left: Mapping[str, Sequence[str]]) -> Iterator[Waiting]:
    """Databases that are no longer the agency's and that nobody may forget yet."""
    on = {state.environment for state in states if state.state == "on"}
    for key, sentences in left.items():
        text = still_open_sentence(policy.environment[key].name, sentences)
        yield Waiting("left", "danger" if key in on else "caution", text, key)


def _second_person(second_person: SecondPerson, zone: ZoneInfo) -> Iterator[Waiting]:
    """That somebody wants to do without a second person, or that it is off where it once was on."""
    if second_person.waiver is not None:
        yield Waiting("second-person", "caution", waiver_sentence(second_person.waiver, zone))
    elif second_person.off is not None:
        yield Waiting("second-person", "info", off_sentence(second_person.off, zone))


def _seen_on(policy: Policy, states: list[FeatureState], zone: ZoneInfo) -> Iterator[Waiting]:
    """Locked features that somebody saw on."""
    for state in filter(lambda state: state.was_seen_on, states):
        yield Waiting("unknown", "danger", seen_on_sentence(policy, state, zone), state.environment, state.feature)


def _unknown(policy: Policy, states: list[FeatureState], left: Collection[str], zone: ZoneInfo) -> Iterator[Waiting]:
    """What nobody knows of a copy whose features are switched is a task: somebody looks, and records it."""
    # Not of every copy: what is off there after an upgrade the vendor says of such copies alone (facts.md section 3).
    for key in policy.mirrors:
        unknown = not_known(policy, [state for state in states if state.environment == key])
        if unknown and key not in left:
            what = _not_known(names_of(policy, unknown), policy.environment[key].name)
            text = f"{what}. {due_doubt(unknown, zone) or 'Check in Penelope.'}"
            yield Waiting("unknown", "caution", text, key, unknown[0].feature)


def _not_known(names: Sequence[str], where: str) -> str:
    if len(names) > _NAMED:
        return f"The state of {len(names)} features in {where} is unknown"
    return f"The state of {listed(names)} in {where} is unknown"


def _damaged(policy: Policy, states: Iterable[FeatureState]) -> Iterator[Waiting]:
    """Entries that cannot be: they are a sign of damage, and never a step to take."""
    for state in filter(is_impossible, states):
        name, place = feature_name(policy, state.feature), policy.environment[state.environment].name
        text = (
            f"The database says that {name} is on or planned in {place}. This program never writes that: the file is "
            "damaged, or somebody changed it. Look in Penelope whether it is on, tell Support if it is, and restore a "
            "backup."
        )
        yield Waiting("damaged", "danger", text, state.environment, state.feature)


def _changes(
    policy: Policy, states: list[FeatureState], held: Mapping[tuple[str, str], str], today: date
) -> list[Waiting]:
    return [
        Waiting("change", "caution", _change(policy, state, held, today), state.environment, state.feature)
        for state in states
        if state.pending is not None
    ]


def _change(policy: Policy, state: FeatureState, held: Mapping[tuple[str, str], str], today: date) -> str:
    """What a plan waits for: what stands in its way, somebody's approval, or the switch in Penelope."""
    name, pending = feature_name(policy, state.feature), state.pending
    if pending is None or pending.change == "disable":
        return f"Switch {name} off in Penelope, then say that it is done."
    if state.is_expired(today):
        return expired_sentence(policy, state)
    return held.get((state.environment, state.feature)) or f"Switch {name} on in Penelope, then say that it is done."


def _requests(
    policy: Policy,
    requests: Sequence[Request],
    today: date,
    messages: Mapping[int | None, Outgoing],
    offered: Mapping[int, str],
) -> Iterator[Waiting]:
    for request in requests:
        item = _request(request, today, messages.get(request.id), offered.get(request.id))
        if item is not None:
            kind, urgency, text = item
            # Of a critical incident that has not left, every hour counts, whatever holds it up.
            if request.kind == "critical" and kind in ("draft", "outbox"):
                urgency = "danger"
            environment = request.environment if kind == "scheduled" else None
            what = f"{request.reference}, {summary(policy, request)}"
            yield Waiting(kind, urgency, f"{what}: {text}", environment, str(request.id))


def _doubted(
    policy: Policy, requests: Sequence[Request], may_be_real: Collection[str], doubted: Collection[tuple[int, date]]
) -> Iterator[Waiting]:
    """Refreshes of which nobody knows whether they were made, as long as no upgrade has made that harmless."""
    by_id = {request.id: request for request in requests}
    for key, day in doubted:
        if (request := by_id.get(key)) is not None and request.environment in may_be_real:
            text = (
                f"{request.reference}, {summary(policy, request)}: nobody knows whether it was made when it was due on "
                f"{in_words(day)}. Ask Support, then say whether it was."
            )
            yield Waiting("scheduled", "danger", text, request.environment, str(request.id))


def _request(
    request: Request, today: date, message: Outgoing | None, offered: str | None
) -> tuple[WaitingKind, Urgency, str] | None:
    """What one request waits for, how urgently, in words."""
    # First, whatever else is so of it: a letter that asks for a locked feature must never leave.
    if request.is_impossible and request.status in OPEN:
        text = (
            "it names a locked feature, which this program never writes: the file is damaged. Never send it. Cancel it."
        )
        return "draft", "danger", text
    # Before the draft's own state: a reply shows that Support has it, whatever is recorded.
    if offered is not None and request.status in OPEN and request.case_number is None:
        return "reply", "caution", f"a reply names the case number {offered}. Take it, or dismiss it."
    if request.status in ("drafted", "queued"):
        return _not_sent(request, message)
    if request.status == "sent":
        return "case-number", "caution", "sent, no case number yet."
    # From its own day on: once the day has come, the copy may have been overwritten with real details.
    if request.status == "scheduled" and request.scheduled_for and request.scheduled_for <= today:
        due = "is" if request.scheduled_for == today else "was"
        day = in_words(request.scheduled_for)
        return "scheduled", "danger", f"it {due} due on {day}. Say when it was done, or name another day."
    return None


def _not_sent(request: Request, message: Outgoing | None) -> tuple[WaitingKind, Urgency, str] | None:
    """What a request waits for that nobody knows to have reached Support."""
    if awaits_word(request, message):
        return "outbox", "danger", where_it_stands(request, message)
    if request.status == "drafted":
        return _drafted(message)
    # Tried again, so nobody has to say anything yet; but Support may have it.
    if doubt(request):
        return "outbox", "caution", where_it_stands(request, message)
    if message is not None and message.problem == WAITS_FOR_NETWORK:
        return "outbox", "info", "it waits for the network."
    if message is None or not (message.problem or request.kind == "critical"):
        return None
    return "outbox", "caution", f"it waits in the outbox. {message.problem or 'It has not left yet.'}"


def _drafted(message: Outgoing | None) -> tuple[WaitingKind, Urgency, str]:
    if message is not None and message.state == "failed":
        return "outbox", "danger", f"it could not be sent. {message.problem}"
    return "draft", "info", "drafted, not sent yet."


def _to_staff(messages: Iterable[Outgoing], coming: Collection[str]) -> Iterator[Waiting]:
    """Notices to the staff by mail that did not reach everybody."""
    for message in messages:
        # Once a window is over, nobody needs to hear of it any more.
        if message.window_key and message.window_key in coming and message.problem:
            text = f"The notice to the staff about {about_window(message.window_key)}: {message.problem}"
            urgency: Urgency = "info" if message.problem == WAITS_FOR_NETWORK else "caution"
            yield Waiting("staff-notice", urgency, text, subject=message.window_key)


def _upgrade(policy: Policy, question: Question, zone: ZoneInfo) -> Waiting:
    """Whether a database was upgraded in the last window: asked, never assumed; once answered, more quietly."""
    name = policy.environment[question.environment].name
    day = day_in_words(question.window, zone)
    said = question.last_answer
    if said is None:
        text = f"Was {name} upgraded in the window of {day}? Say when, “not yet”, or that you do not know."
        return Waiting("upgrade", "caution", text, question.environment)
    when = day_in_words(said.at, zone)
    text = f"{name} {_ANSWERED[said.kind]}, as of {when}. Record the upgrade of {day} once you know."
    return Waiting("upgrade", "info", text, question.environment)


def _check_lists(lists: Iterable[CheckList], zone: ZoneInfo) -> Iterator[Waiting]:
    """Check-lists with open or failed lines."""
    for check_list in lists:
        if check_list.failed or not check_list.is_finished:
            urgency: Urgency = "danger" if check_list.failed else "caution"
            subject = f"check-list/{check_list.event.id}"
            yield Waiting("check-list", urgency, standing_of(check_list, zone), check_list.event.environment, subject)


def _projects(
    policy: Policy, projects: Sequence[Project], states: list[FeatureState], next_window: Window, today: date
) -> Iterator[Waiting]:
    for project in projects:
        if (urgency_and_text := awaits(policy, project, states, [next_window], today)) is not None:
            yield Waiting("project", *urgency_and_text, project.environment, f"project/{project.id}")


def _wanted_back(
    policy: Policy, requests: Sequence[Request], states: list[FeatureState], of_projects: Collection[int | None]
) -> Iterator[Waiting]:
    for request, missing in wanted_back(requests, states):
        if request.id not in of_projects:
            names = ", ".join(feature_name(policy, key) for key in missing)
            text = f"After the refresh {request.reference} you wanted {names} back on."
            yield Waiting("wanted-back", "info", text, request.environment, str(request.id))


MISSING_NOTICE = "missing-notice"
"""What the subject of a thing that waits begins with where Support is to be asked for the notice of a day's upgrade."""


def _notices(
    reminder: timedelta, windows: Iterable[Window], requests: Sequence[Request], now: datetime, since: datetime
) -> Iterator[Waiting]:
    """A notice that has not come: before the next window, or for one that has begun or just passed."""
    for window in windows:
        if window.kind != "mass-upgrade" or is_asked_about(window, requests):
            continue
        # The vendor says when to ask: when no notice came before the last scheduled window (facts.md section 1). Of
        # windows from before the agency was set up nobody was meant to record a notice.
        if since < window.starts_at <= now:
            text = (
                f"No notice is recorded for the upgrade of {in_words(window.first_day)}. "
                "If none came, ask Support: they find out why."
            )
            yield Waiting("notice", "caution", text, subject=f"{MISSING_NOTICE}/{window.first_day.isoformat()}")
        elif now < window.starts_at <= now + reminder:
            days = (window.first_day - now.astimezone(window.zone).date()).days
            when = f"in {plural(days, 'day')}" if days else "today"
            yield Waiting("notice", "info", f"The upgrade is {when} and no notice is recorded.", subject=window.key)


def is_asked_about(window: Window, requests: Iterable[Request]) -> bool:
    """Whether Support was asked why the notice of a window has not come, or for the date of another reading."""
    return any(
        request.upgrade_day and abs(window.first_day - request.upgrade_day) <= ANOTHER_DATE
        for request in requests
        if request.kind == "missing-notice" and request.status not in ("drafted", "queued", "cancelled")
    )
