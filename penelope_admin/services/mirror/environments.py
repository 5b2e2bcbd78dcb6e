"""The agency's environments: what happened to each, and what that says of its contact details."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import pairwise

from penelope_admin.absent import mapped, present
from penelope_admin.domain import features as rules
from penelope_admin.domain.feature_life import followed, spans
from penelope_admin.domain.leaving import unsettled
from penelope_admin.domain.mirror import (
    ANSWERS,
    SCRIPT_EFFECTS,
    Answer,
    Event,
    EventKind,
    Posture,
    Question,
    ScriptEffect,
    find_environment,
    in_force,
    last_version,
    open_question,
)
from penelope_admin.domain.requests import check_target
from penelope_admin.domain.text import clean_line, filled
from penelope_admin.domain.times import check_instant, day_in_words, in_words
from penelope_admin.errors import BadInputError, needed
from penelope_admin.policy import Environment
from penelope_admin.services.work import Work
from penelope_admin.store.audit import Entry
from penelope_admin.store.rows import events as event_rows

_ENDING = frozenset({"refreshed", "upgraded"})
"""Events after which the register starts anew."""
_RECORDED = _ENDING | {"script-run"}
"""Events that a person records by themselves; the others follow from something else that is done."""


@dataclass(frozen=True, slots=True)
class Loss:
    """A feature that an upgrade or a refresh ended, with the reason and last day it had."""

    feature: str
    name: str
    was: str
    reason: str | None
    until: date | None

    @property
    def sentence(self) -> str:
        """ "SMS was on, needed until Friday 4 December 2026, for “Payroll test”"."""
        until = filled(", needed until {}", mapped(self.until, in_words))
        return f"{self.name} was {self.was}{until}{filled(', for “{}”', self.reason)}."


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event that was recorded, what is known now, and what it ended."""

    event_id: int
    posture: Posture
    losses: tuple[Loss, ...] = ()


@dataclass(frozen=True, slots=True)
class EnvironmentView:
    """An environment the agency has, as a page shows it.

    Attributes:
        on, planned: names of the features that are on, or to be switched on.
        not_off: names of those that are on or not known, and not planned.
        question: whether it was upgraded in the last window, if that is still to be said.
        losses: what upgrades and refreshes ended and nobody has switched or planned since.
        seen_on: names of locked features that somebody saw on.
        unsettled: why it is shown although it is no longer the agency's, in sentences; none for the agency's own.
    """

    environment: Environment
    posture: Posture
    version: str | None
    events: tuple[Event, ...]
    on: tuple[str, ...]
    planned: tuple[str, ...]
    not_off: tuple[str, ...]
    question: Question | None
    losses: tuple[Loss, ...]
    seen_on: tuple[str, ...]
    unsettled: tuple[str, ...] = ()


def find_all(work: Work) -> list[EnvironmentView]:
    """The agency's environments, then those that are no longer its own and not settled; each in the policy's order."""
    questions = {question.environment: question for question in open_questions(work)}
    left = all_unsettled(work)
    return [
        *(_view(work, key, questions) for key in work.agency.environments),
        *(replace(_view(work, key, questions), unsettled=sentences) for key, sentences in left.items()),
    ]


def _view(work: Work, key: str, questions: dict[str, Question]) -> EnvironmentView:
    events = [event for event in work.events if event.environment == key]
    policy, states = work.policy, work.states(key)
    return EnvironmentView(
        policy.environment[key],
        work.posture(key),
        last_version(work.telling(key)),
        tuple(events),
        tuple(rules.full_name(policy, feature) for feature in rules.on_now(policy, states)),
        rules.names_of(policy, (state for state in states if state.plan_to_enable)),
        rules.names_of(policy, (state for state in states if state.state != "off" and state.pending is None)),
        questions.get(key),
        still_lost(work, key),
        rules.names_of(policy, (state for state in states if state.was_seen_on)),
    )


def last_upgrades(work: Work) -> list[Event]:
    """The newest upgrade on record of each of the agency's copies in which features are switched, where it has one."""
    copies = [key for key in work.policy.mirrors if key in work.agency.environments]
    upgrades = [[event for event in in_force(work.telling(key)) if event.kind == "upgraded"] for key in copies]
    return [events[-1] for events in upgrades if events]


def told_by(work: Work, entry: Entry) -> Event | None:
    """The event that an entry of the log tells of; None once it was taken back."""
    named = entry.action, entry.facts[1].get("at")
    events = in_force(work.telling(entry.subject))
    return next((event for event in events if (f"environment.{event.kind}", event.at.isoformat()) == named), None)


def refreshed_days(work: Work) -> Iterator[tuple[Environment, date]]:
    """The local days on which databases were refreshed."""
    for key, environment in work.policy.environment.items():
        for event in in_force(work.telling(key)):
            if event.kind == "refreshed":
                yield environment, event.at.astimezone(work.zone).date()


def open_questions(work: Work) -> list[Question]:
    """For each environment whether it was upgraded in the window that ended last, where nobody has said so yet.

    A planning copy asks nothing: it is answered where the record is kept.
    """
    if work.is_planning_copy:
        return []
    window = work.calendar.last_ended(work.now)
    asked = (
        open_question(work.policy.environment[key], work.telling(key), window.starts_at, work.set_up_at)
        for key in work.agency.environments
    )
    return present(*asked)


def still_lost(work: Work, key: str) -> tuple[Loss, ...]:
    """What upgrades and refreshes ended, also those recorded by mistake, and nobody has switched or planned since."""
    events = [event for event in work.events if event.environment == key]
    lost = _unsettled(events, losses_of(work, [event.id for event in events if event.kind in _ENDING]))
    in_use = {state.feature for state in work.states(key) if state.use is not None}
    losses = (lost[feature.key] for feature in work.policy.features if feature.key in lost.keys() - in_use)
    return tuple(loss for loss in losses if loss.was == "planned" or _ended_last_use(work, key, loss.feature))


def _unsettled(events: Iterable[Event], losses: Mapping[int, Iterable[Loss]]) -> dict[str | None, Loss]:
    """The last loss of each feature that was neither switched nor seen on since."""
    lost: dict[str | None, Loss] = {}
    for event in events:
        if event.kind == "switched" or event.outcome == "on":
            lost.pop(event.feature, None)
        lost |= {loss.feature: loss for loss in losses.get(event.id, ())}
    return lost


def _ended_last_use(work: Work, key: str, feature: str) -> bool:
    """Whether an upgrade or a refresh is what ended the last time that a feature was on."""
    changes = pairwise(spans(work.policy.environment[key], work.events, feature))
    ends = [after for (state, _), (_, after) in changes if state == "on"]
    return bool(ends) and ends[-1].kind in _ENDING


def losses_of(work: Work, events: list[int]) -> dict[int, list[Loss]]:
    """What each of some events ended, in the policy's order; nothing of those that ended nothing."""
    losses = {}
    for number, rows in event_rows.read_losses(work.connection, events).items():
        by_feature = {row.feature: row for row in rows}
        losses[number] = [
            Loss(feature.key, rules.full_name(work.policy, feature), row.was, row.reason, row.until)
            for feature in work.policy.features
            if (row := by_feature.get(feature.key)) is not None
        ]
    return losses


def usual(work: Work) -> str:
    """The key of the copy that is meant where none is named."""
    return work.usual_copy


def need_environment(work: Work, key: str | None, more: Collection[str] = ()) -> Environment:
    """An environment the agency has, or one of some more; the usual copy where none is named."""
    environment = find_environment(work.policy, key if key is not None else work.usual_copy)
    if environment.key not in (*work.agency.environments, *more):
        raise BadInputError(
            f"{work.agency.name} has no {environment.name} database, as far as its settings say. Nothing was changed."
        )
    return environment


def need_known(work: Work, key: str | None) -> Environment:
    """An environment the agency has, or one that is no longer its own and that nobody has settled.

    Where none is named, the usual copy is meant.
    """
    return need_environment(work, key, work.left)


def unsettled_of(work: Work, key: str) -> tuple[str, ...]:
    """What of an environment would be lost from view if it were forgotten now, in sentences."""
    return unsettled(work.policy, work.states(key), work.posture(key))


def all_unsettled(work: Work) -> dict[str, tuple[str, ...]]:
    """What is not settled of the environments that are no longer the agency's, by key; the settled are left out."""
    by_key = {key: unsettled_of(work, key) for key in work.left}
    return {key: sentences for key, sentences in by_key.items() if sentences}


def shown(work: Work) -> tuple[str, ...]:
    """The keys of the agency's environments, and of those that are no longer its own and not settled."""
    return (*work.agency.environments, *all_unsettled(work))


def record_event(
    work: Work,
    key: str,
    kind: EventKind,
    at: datetime,
    version: str = "",
    remark: str = "",
    *,
    window: datetime | None = None,
    outcome: ScriptEffect | None = None,
) -> Recorded:
    """Record that an environment was refreshed from production, upgraded, or changed by a script of the vendor's.

    After an upgrade the register says "off" of every feature; after a refresh it knows nothing, because
    production's settings came with the data. What was switched after the event, and what a newer event
    has overtaken, stays as it is. Plans are dropped in any case: they were acknowledged for what was known then.
    What ended is kept with the event, so that it can be planned again. An upgrade or a refresh of a copy whose
    features are switched starts a check-list.

    Args:
        at: an aware instant, not in the future.
        window: the start of the upgrade window it belongs to; by default the regular one in which `at` lies, if any.
        outcome: for a script, what it did to contact details; by default nobody knows.

    Raises:
        BadInputError: the time lies ahead, or a fact does not go with the kind.
        RefusedError: production cannot be refreshed.
    """
    environment = need_known(work, key)
    if kind not in _RECORDED:
        raise BadInputError(f'"{kind}" is not recorded this way. Nothing was saved.')
    if kind == "refreshed":
        check_target(environment)
    instant = check_happened(work, at)
    if kind == "upgraded" and window is None:
        window = _window_at(work, instant)
    facts = {
        "version": clean_line(version, "The version", required=False, limit=60) or None,
        "remark": clean_line(remark, "The note", required=False),
        "window": window,
        "outcome": _script_effect(kind, outcome),
    }
    is_overtaken = any(
        event.kind in _ENDING and event.at > instant for event in in_force(work.telling(environment.key))
    )
    number = work.add_event(environment.key, kind, instant, **facts)
    lost = _follow_record(work, environment, number) if kind in _ENDING and not is_overtaken else []
    after = {"environment": environment.key, "kind": kind, "at": instant, **facts, "features_reset": lost}
    work.record(f"environment.{kind}", environment.key, after=after)
    return Recorded(number, work.posture(environment.key), tuple(losses_of(work, [number]).get(number, ())))


def doubt_all(work: Work) -> None:
    """After a backup was restored: nobody knows what happened to the copies since it was made.

    What was off may have been switched on since. What was on stays on: nobody forgets that it reaches people.
    """
    if not work.keeps_record:
        return  # what is known in a planning copy has its date
    for key in (*work.agency.environments, *work.left):
        if work.policy.environment[key].refreshable:
            work.add_event(key, "restored", work.now)
            for state in work.recorded_states(key).copy():
                if state.state == "off":
                    work.write_state(state, rules.doubted(state))
            work.record("environment.restored", key)


def check_happened(work: Work, at: datetime) -> datetime:
    """An aware instant in UTC that has come.

    Raises:
        BadInputError: it lies ahead, or outside the years the program computes with.
    """
    instant = check_instant(at)
    if instant > work.now:
        day = day_in_words(instant, work.zone)
        raise BadInputError(f"{day} is in the future. Nothing was saved. Record it once it has happened.")
    return instant


def _window_at(work: Work, instant: datetime) -> datetime | None:
    """The start of the regular window in which an instant lies; None where it lies in none."""
    near = work.calendar.next_upgrade(instant)
    return near.starts_at if near.starts_at <= instant else None


def _script_effect(kind: EventKind, outcome: str | None) -> str | None:
    if kind != "script-run":
        if outcome is not None:
            raise BadInputError("Only a script is recorded with what it did to contact details. Nothing was saved.")
        return None
    if outcome is not None and outcome not in SCRIPT_EFFECTS:
        raise BadInputError(f'"{outcome}" is none of {", ".join(SCRIPT_EFFECTS)}. Nothing was saved.')
    return outcome or "unknown"


def answer(work: Work, key: str, window: datetime, said: Answer) -> Recorded:
    """Record "not yet" or "I don't know" about an upgrade in a window that has passed; it can be said again later.

    Args:
        window: the start of the window that was asked about, UTC.

    Raises:
        BadInputError: the answer is none, or nothing is asked about that window.
    """
    environment = need_environment(work, key)
    question = next((item for item in open_questions(work) if item.environment == environment.key), None)
    if said not in ANSWERS or question is None or question.window != window:
        raise BadInputError(
            f"Nothing is asked about {environment.name} and that window. Nothing was saved. Look at it again."
        )
    number = work.add_event(environment.key, said, work.now, window=window)
    after = {"environment": environment.key, "kind": said, "window": window}
    work.record(f"environment.{said}", environment.key, after=after)
    return Recorded(number, work.posture(environment.key))


def correct_event(work: Work, event_id: int, remark: str = "") -> Posture:
    """Take back an event that was recorded by mistake; both stay in the record.

    What the event had said of features is not known any more, unless something newer says it; those that were on when
    it ended them count as on again. What is planned stays so.

    Raises:
        BadInputError: it is a correction, or was corrected already.
    """
    mistake = next((event for event in in_force(work.events) if event.id == event_id), None)
    mistake = needed(mistake, f"There is no event {event_id} that could be corrected. Nothing was changed.")
    if mistake.outcome == "real" and not remark.strip():
        raise BadInputError("Real contact details were found. Nothing was changed. Say in a remark what was wrong.")
    facts = {"corrects": mistake.id, "remark": clean_line(remark, "The note", required=False)}
    work.add_event(mistake.environment, "corrected", mistake.at, **facts)
    environment, lost = work.policy.environment[mistake.environment], losses_of(work, [mistake.id]).get(mistake.id, [])
    uses = {loss.feature: (loss.reason, loss.until) for loss in lost if loss.was == "on"}
    for state in work.recorded_states(environment.key).copy():
        state_then = followed(state, spans(environment, work.events, state.feature)[-1], uses.get(state.feature))
        if (state_then.state, state_then.since) != (state.state, state.since):
            plan = state.pending  # what is planned stays so, unless it has come true
            came_true = plan is not None and rules.STATE_AFTER[plan.change] == state_then.state
            work.write_state(state, replace(state_then, pending=None if came_true else plan))
    before = {
        "kind": mistake.kind, "at": mistake.at, "version": mistake.version, "feature": mistake.feature,
        "outcome": mistake.outcome, "window": mistake.window,
    }  # fmt: skip
    after = {"environment": mistake.environment, "kind": "corrected", "at": mistake.at, **facts}
    work.record("environment.corrected", mistake.environment, before, after)
    return work.posture(mistake.environment)


def _follow_record(work: Work, environment: Environment, new: int) -> list[str]:
    """Bring the register in line with a new event; gives back the features that were on or planned, which it keeps."""
    lost = []
    for state in work.recorded_states(environment.key).copy():
        after = followed(state, spans(environment, work.events, state.feature)[-1])
        if not rules.is_impossible(state) and _keep_loss(work, new, state, stays_on=after.state == "on"):
            lost.append(state.feature)
        if after != state:
            work.write_state(state, after)
    return lost


def _keep_loss(work: Work, event_id: int, state: rules.FeatureState, *, stays_on: bool) -> bool:
    """Keep what an event ends of a feature; whether it ends anything, be it on or planned."""
    if state.use is not None and not stays_on:
        event_rows.keep_loss(work.connection, event_id, state)
    return state.pending is not None or (state.state == "on" and not stays_on)
