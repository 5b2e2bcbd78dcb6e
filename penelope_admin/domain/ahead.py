"""What if it were another day? What is scheduled is taken for granted, and followed by the same rules as what happened.

A copy is upgraded as required to match production, and a date may be read in two ways (facts.md section 5). So
everything here is said with an "as assumed", and where one reading of a date gives another answer, nobody knows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Literal
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from penelope_admin.domain.checklists import occasion_of
from penelope_admin.domain.feature_life import after_event
from penelope_admin.domain.features import FeatureState, is_impossible, names_of, unknown_again
from penelope_admin.domain.mirror import Event, Posture, Question, by_doubt, is_answered, own_events
from penelope_admin.domain.requests import reference_of
from penelope_admin.domain.text import filled, uncapitalized
from penelope_admin.domain.times import LATEST, agreeing, day_in_words, in_words, listed, wall
from penelope_admin.domain.windows import ANOTHER_DATE, Window
from penelope_admin.errors import BadInputError
from penelope_admin.policy import Environment, Policy

LONGEST = relativedelta(years=10)
NOON = time(12)
NAMED = 4
"""So many windows are named; of more their number is told, with the first and the last."""
BY_HAND = (
    "Nobody switches anything until then: what is on stays on, past its last day too, until an upgrade or a refresh "
    "ends it."
)
UNFORESEEN = "What the vendor announces until then: notices that move an upgrade, emergency maintenance."

Basis = Literal["assumption", "record", "today"]
"""What is said of contact details rests on an assumed event, on what is recorded until today, or the day is today."""
_SAID_AS: dict[Basis, tuple[str, str]] = {
    "assumption": ("As assumed", "Assumed"),
    "record": ("As of today", "As of today"),
}

READINGS: tuple[timedelta, ...] = (timedelta(0), -ANOTHER_DATE, ANOTHER_DATE)
"""How far from its computed date an upgrade may lie whose date is to be confirmed."""


@dataclass(frozen=True, slots=True)
class Refresh:
    """A refresh that Support has scheduled: the request's number, the database, and the local day."""

    number: int
    environment: str
    day: date


@dataclass(frozen=True, slots=True)
class Assumed:
    """An event that nobody recorded, on its local day.

    Attributes:
        is_certain: the date of its window is not one to be confirmed.
    """

    event: Event
    day: date
    is_certain: bool = True


@dataclass(frozen=True, slots=True)
class Ending:
    """A feature that an assumed event ends: what the register says of it before."""

    by: Assumed
    before: FeatureState


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What is taken for granted from `now` to `then` (UTC).

    Attributes:
        readings: what would happen, in its order, for each way in which dates may be read; the first is as computed.
        doubtful: the windows until then, and around then, whose date is to be confirmed.
        refreshes: those that Support has scheduled and that are made by then.
    """

    now: datetime
    then: datetime
    zone: ZoneInfo
    readings: tuple[tuple[Assumed, ...], ...]
    doubtful: tuple[Window, ...]
    refreshes: tuple[Refresh, ...]

    @property
    def all(self) -> tuple[Assumed, ...]:
        """What would happen if every date is as computed."""
        return self.readings[0]

    @property
    def upgraded(self) -> tuple[str, ...]:
        """The environments that are assumed to be upgraded."""
        return tuple(dict.fromkeys(item.event.environment for item in self.all if item.event.kind == "upgraded"))

    def newest_of(self, environment: str) -> tuple[tuple[Event, ...], ...]:
        """For each reading the last upgrade and the last refresh of an environment: all that its posture asks for."""
        return tuple(_newest(reading, environment) for reading in self.readings)

    def without_upgrades(self, environment: str) -> tuple[Assumed, ...]:
        """What is left for an environment that is upgraded in none of the windows."""
        return tuple(a for a in self.all if (a.event.environment, a.event.kind) == (environment, "refreshed"))


def _newest(items: Iterable[Assumed], environment: str) -> tuple[Event, ...]:
    # Of hundreds of assumed upgrades only the last says how a copy stands: an earlier one is overtaken by it.
    newest = {item.event.kind: item.event for item in items if item.event.environment == environment}
    return tuple(newest.values())


def check_day(day: date, today: date) -> date:
    """A day to look ahead to.

    Raises:
        BadInputError: it has passed, or lies more than ten years ahead.
    """
    if day < today:
        raise BadInputError(
            f"{in_words(day)} has passed. A look ahead starts today: choose today or a later day. "
            "What happened is in the history of each database."
        )
    if day > today + LONGEST or day >= LATEST.date():
        raise BadInputError("A look ahead reaches ten years at most. Choose a day nearer to today.")
    return day


def instant_of(day: date, now: datetime, zone: ZoneInfo) -> datetime:
    """The instant that stands for a day: its noon here, or now if that has passed already."""
    return max(now, wall(day, NOON, zone))


def assume(
    environments: Iterable[Environment],
    windows: Iterable[Window],
    refreshes: Iterable[Refresh],
    events: Iterable[Event],
    now: datetime,
    then: datetime,
    zone: ZoneInfo,
) -> Assumptions:
    """What is taken for granted: each upgrade window to come, and each refresh that Support has scheduled.

    Args:
        environments: the agency's; those that are upgraded in or after regular windows count.
        windows: from a week before `now` to a week after `then` at least; emergencies are left out.
        refreshes: scheduled ones; a day that has come by `now` is in doubt already, and one that is the day of `then`
            has not passed.
        events: what is recorded: in a window that an upgrade was recorded for nothing more is assumed.
    """
    regular = [window for window in windows if not window.is_emergency]
    # Both ends are left out: of a day that has come somebody may know, and of the last one nobody knows the hour.
    counted = tuple(r for r in refreshes if now.astimezone(zone).date() < r.day < then.astimezone(zone).date())
    seen = _upgrades_seen(environments, events)
    doubtful = _doubtful(regular, seen, now)
    # Where no date is in doubt, the computed one is the only reading.
    readings = READINGS if doubtful else READINGS[:1]
    return Assumptions(
        now,
        then,
        zone,
        tuple(_events(seen, regular, counted, now, then, zone, reading) for reading in readings),
        tuple(w for w in doubtful if w.starts_at - ANOTHER_DATE <= then),
        counted,
    )


def _upgrades_seen(environments: Iterable[Environment], events: Iterable[Event]) -> dict[str, list[Event]]:
    """The upgrades that are recorded of each environment that is upgraded in or after regular windows."""
    upgrades = [event for event in events if event.kind in ("upgraded", "corrected")]
    keys = [environment.key for environment in environments if environment.asked_after_window]
    return {key: own_events(key, upgrades) for key in keys}


def _doubtful(windows: Sequence[Window], seen: Mapping[str, Sequence[Event]], now: datetime) -> tuple[Window, ...]:
    """The windows whose date may be another, unless every environment's upgrade in them is recorded."""
    unsure = (window for window in windows if window.confirm_date and now < window.ends_at + ANOTHER_DATE)
    return tuple(
        window for window in unsure if not all(is_answered(window.starts_at, events) for events in seen.values())
    )


def _events(
    seen: Mapping[str, Sequence[Event]],
    windows: Sequence[Window],
    refreshes: Sequence[Refresh],
    now: datetime,
    then: datetime,
    zone: ZoneInfo,
    reading: timedelta,
) -> tuple[Assumed, ...]:
    """What would happen if doubtful dates lie so far from where they were computed."""
    happenings, spans = [], []
    for window in windows:
        # Only a date that is to be confirmed can be another; all are read alike, for one calendar gives them all.
        moved = reading if window.confirm_date else timedelta(0)
        starts, ends = window.starts_at + moved, window.ends_at + moved
        spans.append((starts, ends))
        for key, events in seen.items():
            if now < ends <= then and not is_answered(window.starts_at, events):
                # At its start: what was recorded since then in a window under way counts after it, which leaves doubt.
                event = Event(key, "upgraded", starts, window=window.starts_at)
                happenings.append(Assumed(event, starts.astimezone(zone).date(), not window.confirm_date))
    for refresh in refreshes:
        event = Event(refresh.environment, "refreshed", _end_of(refresh.day, spans, zone))
        happenings.append(Assumed(event, refresh.day))
    return tuple(sorted(happenings, key=lambda item: by_doubt(item.event)))


def _end_of(day: date, windows: Iterable[tuple[datetime, datetime]], zone: ZoneInfo) -> datetime:
    """When a refresh of a day counts: after an upgrade that it may meet, for that leaves more doubt."""
    starts, ends = wall(day, time(), zone), wall(day + timedelta(days=1), time(), zone) - timedelta.resolution
    return max((late for early, late in windows if early <= ends and late >= starts), default=ends)


# --- what follows from it ----------------------------------------------------------------------


def fold(
    policy: Policy, states: Collection[FeatureState], assumed: Sequence[Assumed]
) -> tuple[list[FeatureState], list[Ending]]:
    """The register after what is assumed, in its order, and what it ended.

    Each event ends whatever was: so the first of an environment ends what is in use, and the last says what is left.
    """
    # Of hundreds of assumed events two say it all: the first ends what is on, the last says what is left.
    first = {item.event.environment: item for item in reversed(assumed)}
    last = {item.event.environment: item for item in assumed}
    # What is off and not planned has nothing to lose.
    endings = [
        Ending(first[state.environment], state)
        for state in states
        if state.environment in first and state.use is not None and not is_impossible(state)
    ]
    return [_after(policy, state, last.get(state.environment)) for state in states], endings


def _after(policy: Policy, state: FeatureState, item: Assumed | None) -> FeatureState:
    return after_event(policy.environment[state.environment], state, item.event) if item else state


def states_then(policy: Policy, states: Sequence[FeatureState], assumed: Assumptions) -> list[FeatureState]:
    """The register as it would be; where dates can be read so that it is another, nobody knows."""
    folded = (fold(policy, states, reading)[0] for reading in assumed.readings)
    agreed = []
    for state, *others in zip(*folded, strict=True):
        # One reading that gives another state is enough: what depends on a date that is not certain is not known.
        said = {(other.state, other.pending) for other in others}
        agreed.append(state if said <= {(state.state, state.pending)} else unknown_again(state))
    return agreed


def _depends_on_date(readings: Sequence[Posture]) -> Posture:
    """What is known where the readings of a date give different things: the worse of them may be so."""
    return replace(
        readings[0],
        contact_details="unknown",
        sentence="May hold real contact details: the date of an upgrade around it is not certain, and it depends "
        "on that date. Treated as real.",
        exceptions=(),
        badge="Not known, treated as real",
        queue_sentence=next(filter(None, (other.queue_sentence for other in readings)), ""),
    )


def posture_then(readings: Sequence[Posture], basis: Basis) -> Posture:
    """What would be known of contact details, of what each reading of the dates gives.

    Args:
        readings: the first is that of the computed dates.
        basis: what it rests on. What is only known of today is not called so on a later day.
    """
    posture = readings[0]
    # Each reading was judged as if its date were sure; where they agree the date does not matter.
    # Where the date decides it, no reading of the date is more right than another (facts.md section 5).
    if any(other.contact_details != posture.contact_details for other in readings):
        return _depends_on_date(readings)
    happened = posture.last_upgrade or posture.last_refresh
    if basis == "today" or (basis == "record" and (posture.may_be_real or not happened)):
        return posture
    said, (sentence, badge) = posture.sentence, _SAID_AS[basis]
    it = "it " if said.startswith(("May hold", "Holds")) else ""
    return replace(
        posture,
        sentence=f"{sentence}, {it}{uncapitalized(said)}",
        badge=f"{badge}: {uncapitalized(posture.badge)}" if posture.badge else "",
    )


# --- in words ----------------------------------------------------------------------------------


def heading(then: datetime, now: datetime, zone: ZoneInfo) -> str:
    """What frames everything that is said of a day to come."""
    day, seen_from = then.astimezone(zone).date(), now.astimezone(zone).date()
    return (
        f"Look ahead from {in_words(seen_from)}: as if it were {in_words(day)}. Nothing of this has happened, and "
        "nothing is changed."
    )


def assumed_sentences(policy: Policy, assumed: Assumptions) -> tuple[str, ...]:
    """What is taken for granted, in sentences."""
    # Databases that are upgraded in the same windows are told in one sentence.
    by_days: dict[tuple[date, ...], list[str]] = {}
    for key in assumed.upgraded:
        own = (item for item in assumed.all if (item.event.environment, item.event.kind) == (key, "upgraded"))
        by_days.setdefault(tuple(item.day for item in own), []).append(policy.environment[key].name)
    said = [
        f"{listed(names)} {agreeing(len(names), 'is', 'are')} upgraded {_when([in_words(day) for day in days])}."
        for days, names in by_days.items()
    ]
    said += [
        f"{reference_of(refresh.number)}: {policy.environment[refresh.environment].name} is refreshed on "
        f"{in_words(refresh.day)}, as Support has scheduled it."
        for refresh in assumed.refreshes
    ]
    return (*said, BY_HAND)


def _to_be_confirmed(days: Sequence[str]) -> str:
    """That the dates of some upgrades are not certain."""
    if len(days) == 1:
        return f"The date of the upgrade of {days[0]}: it is to be confirmed and may be a week off."
    named = listed(days) if len(days) <= NAMED else f"{len(days)} days from {days[0]} to {days[-1]}"
    return f"The dates of the upgrades of {named}: they are to be confirmed and may be a week off."


def _when(days: Sequence[str]) -> str:
    if len(days) == 1:
        return f"in the window of {days[0]}"
    if len(days) <= NAMED:
        return f"in each of the windows of {listed(days)}"
    return f"in each of the {len(days)} windows from {days[0]} to {days[-1]}"


def ended_sentences(policy: Policy, endings: Iterable[Ending]) -> tuple[str, ...]:
    """What the assumed upgrades and refreshes end, one sentence for each of them."""
    return tuple(
        _ended(policy, item, [ending.before for ending in group])
        for item, group in groupby(endings, key=lambda ending: ending.by)
    )


def _ended(policy: Policy, item: Assumed, states: Sequence[FeatureState]) -> str:
    event = item.event
    where, day = policy.environment[event.environment], in_words(item.day)
    was_on = names_of(policy, (state for state in states if state.state == "on"))
    planned = names_of(policy, (state for state in states if state.state != "on"))
    off = "switches off" if event.kind == "upgraded" and where.upgrade_switches_off else "overwrites"
    parts = (
        filled(f"{off} {{}}", listed(was_on)),
        filled(f"drops the {agreeing(len(planned), 'plan', 'plans')} for {{}}", listed(planned)),
    )
    return f"The {occasion_of(event)} of {where.name} on {day} {' and '.join(filter(None, parts))}."


def unknown_sentences(
    policy: Policy,
    assumed: Assumptions,
    otherwise: Mapping[str, tuple[Posture, Sequence[FeatureState]]],
    questions: Iterable[Question],
    not_scheduled: Iterable[tuple[int, str]],
    unasked: Iterable[tuple[str, date]],
) -> tuple[str, ...]:
    """What nobody can know today, in sentences.

    Args:
        otherwise: of environments that are assumed to be upgraded, what would be if they were not, where it differs.
        questions: about upgrades in windows that have passed; none of them is assumed.
        not_scheduled: refreshes that were asked for and have no day: the request's number, and the environment.
        unasked: projects that want a refresh nobody has asked for: the name, and the last day on which it helps.
    """
    said = []
    # Copies are upgraded "as required to match production" (facts.md section 3): no window promises them anything.
    for key, (posture, states) in otherwise.items():
        said.append(
            f"Whether {policy.environment[key].name} is upgraded as assumed: the vendor upgrades it as required. "
            f"If it is not: {posture.sentence}"
        )
        if on := names_of(policy, (state for state in states if state.state == "on")):
            said[-1] += f" Still on then: {listed(on)}."
    said += [
        f"Whether {policy.environment[question.environment].name} was upgraded in the window of "
        f"{day_in_words(question.window, assumed.zone)}: nobody has said so, and it is not assumed."
        for question in questions
    ]
    if days := [day_in_words(window.starts_at, assumed.zone) for window in assumed.doubtful]:
        said.append(_to_be_confirmed(days))
    said += [
        f"When {reference_of(number)} is carried out, which asks for a refresh of {policy.environment[key].name}: it "
        "has no day and is not counted. From then on contact details may be real."
        for number, key in not_scheduled
    ]
    said += [
        f"Whether the refresh comes that the project “{name}” wants by {in_words(by)}: it is not counted."
        for name, by in unasked
    ]
    return (*said, UNFORESEEN)
