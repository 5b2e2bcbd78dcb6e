"""What happened to an environment last? From that: are its contact details real or de-identified?

A refresh copies production as it is; de-identification is promised after an upgrade (facts.md
section 3). What nobody knows counts as real.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import groupby
from operator import itemgetter
from typing import Literal, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from penelope_admin.absent import mapped
from penelope_admin.domain.text import filled
from penelope_admin.domain.times import day_in_words, short_day, wall
from penelope_admin.errors import needed
from penelope_admin.policy import ContactDetails, ContactDetailsRule, Environment, Policy

T = TypeVar("T")
EventKind = Literal[
    "refreshed", "upgraded", "script-run", "restored", "checked", "switched", "seen", "doubted", "locked-on",
    "not-upgraded", "upgrade-unknown", "corrected", "as-of", "due",
]  # fmt: skip
"""`as-of` is what was known elsewhere when a plan file was made; a planning copy has no other events. Of a feature it
is recorded that it was `switched`, what somebody who looked has `seen`, that somebody `doubted` what was known, and of
a locked one that it was `locked-on`. `due` is never recorded: see `with_due`."""
FEATURE_EVENTS: frozenset[EventKind] = frozenset({"switched", "seen", "doubted", "locked-on"})
"""What is recorded of a single feature."""
SAID_OF_STATE: tuple[EventKind, EventKind] = ("seen", "switched")
"""What says whether a feature is on, and nothing else. In the alphabet no other kind stands between them."""
ScriptEffect = Literal["unchanged", "unknown", "de-identified"]
Answer = Literal["not-upgraded", "upgrade-unknown"]
ANSWERS: frozenset[EventKind] = frozenset({"not-upgraded", "upgrade-unknown"})
SCRIPT_EFFECTS: dict[ScriptEffect, str] = {
    "unknown": "not known, or changed otherwise",
    "unchanged": "left as they were",
    "de-identified": "de-identified",
}
"""What a script of the vendor's services did to contact details, in words."""
VERDICT_NAMES: dict[str, str] = {"real": "Real", "de-identified": "De-identified", "cannot-tell": "Cannot tell"}
"""What a check of data answers, wherever it is said: on the command line, on badges, in the history."""

# What says something of the data. At the same instant the event that leaves more doubt counts last.
_ORDER: tuple[EventKind, ...] = ("as-of", "upgraded", "script-run", "restored", "due", "checked", "refreshed")
_CHANGE_DATA: frozenset[EventKind] = frozenset({"refreshed", "upgraded", "script-run", "restored"})
QUEUES_WAIT = "queues-wait"
"""The outcome of an event `as-of` that tells of queues, and not of contact details."""
_KNOWN_THEN: dict[str, ContactDetails] = {"real": "real", "de-identified": "de-identified"}
"""What else its outcome says; of every other nothing is known."""


class Event(msgspec.Struct, frozen=True):
    """Something that happened to an environment at an instant in UTC. Thousands of them are read and compared at once.

    Attributes:
        version: of Penelope, after an upgrade or a refresh.
        corrects: for `corrected`, the id of the event that was recorded by mistake.
        window: the start (UTC) of the upgrade window that an upgrade, or an answer about it, belongs to.
        feature: what was switched or seen in Penelope, or doubted.
        outcome: `switched`, `seen`: on or off; `script-run`: what it did to contact details; `checked`: the verdict
            on data that was taken from the environment at `at`; `as-of`: what contact details were, or that queues may
            wait.
        remark: for `as-of`, what was said then, in a sentence.
        by: who recorded it.
    """

    environment: str
    kind: EventKind
    at: datetime
    version: str | None = None
    remark: str = ""
    id: int = 0
    corrects: int | None = None
    window: datetime | None = None
    feature: str | None = None
    outcome: str | None = None
    by: str = ""


PostureRole = Literal["danger", "info", "positive"]


@dataclass(frozen=True, slots=True)
class Posture:
    """What is known of an environment's contact details.

    Attributes:
        sentence: the state and why, for people.
        exceptions: user groups whose workers keep real addresses although the rest is de-identified.
        last_check: the newest check of its data, if nothing happened to the data since.
        check_sentence: what that check found, or that there is none, for people.
        queue_sentence: why queues may wait, for people; empty when it is not so.
        queues_from: the refresh whose check-list says whether somebody has looked; None when none is recorded.
        badge: the state and how it is known, in few words: "De-identified by upgrade, not checked".
        is_hearsay: it counts as de-identified by what the help centre says of such a database alone.
    """

    contact_details: ContactDetails
    sentence: str
    exceptions: tuple[str, ...] = ()
    last_refresh: datetime | None = None
    last_upgrade: datetime | None = None
    last_check: Event | None = None
    check_sentence: str = ""
    queue_sentence: str = ""
    queues_from: int | None = None
    badge: str = ""
    is_hearsay: bool = False

    @property
    def may_be_real(self) -> bool:
        """Whether real people could be reached: yes, unless de-identification is known."""
        return self.contact_details != "de-identified"

    @property
    def queues_may_wait(self) -> bool:
        """What waited in production's queues may have come along, and no upgrade has cleared it since."""
        return bool(self.queue_sentence)

    @property
    def role(self) -> PostureRole:
        """How it is marked: hearsay is no danger, and is never painted as safe."""
        if self.may_be_real:
            return "danger"
        return "info" if self.is_hearsay else "positive"


def find_environment(policy: Policy, key: str) -> Environment:
    """The environment of this key.

    Raises:
        BadInputError: there is no such environment.
    """
    others = f"Environments are {', '.join(policy.environment)}. Nothing was changed."
    return needed(policy.environment.get(key.strip().lower()), f'"{key}" is no environment. {others}')


def in_force(events: Iterable[Event]) -> list[Event]:
    """What was not corrected, by time and number; corrections left out. Nothing is ever taken out of the record."""
    every = list(events)
    # An event and its correction both stay on record, and neither counts.
    corrected = {event.corrects for event in every if event.kind == "corrected"}
    left = [event for event in every if event.kind != "corrected" and event.id not in corrected]
    # By when it happened and not by when it was written down: what is recorded late belongs where it happened.
    return sorted(left, key=lambda event: (event.at, event.id))


def last_version(events: Iterable[Event]) -> str | None:
    """The version of Penelope that the last event tells of which it is recorded; None where none is."""
    return next((event.version for event in reversed(in_force(events)) if event.version), None)


def own_events(key: str, events: Iterable[Event]) -> list[Event]:
    """What was not corrected of an environment's own events, by time."""
    return [event for event in in_force(events) if event.environment == key]


def by_doubt(event: Event) -> tuple[datetime, int, int]:
    """What sorts events that say something of the data: by time, and at one instant what leaves more doubt last."""
    return event.at, _ORDER.index(event.kind), event.id


def with_due(key: str, events: Iterable[Event], days: Iterable[date], zone: ZoneInfo) -> list[Event]:
    """What is recorded, and behind it what may have come, as events of their own: refreshes that were due.

    Args:
        days: local days on which one was due, of which nobody said how it went.
    """
    history = list(events)
    for day in days:
        of_that_day = [event for event in own_events(key, history) if event.at.astimezone(zone).date() == day]
        if any(event.kind == "refreshed" for event in of_that_day):
            continue
        # Nobody knows at which hour it came: it may have undone whatever else happened on its day.
        instants = {wall(day, time(), zone), *(event.at for event in of_that_day)}
        history += [Event(key, "due", at) for at in sorted(instants)]
    return history


@dataclass(frozen=True, slots=True)
class _Reading:
    """Contact details after some events, and the event that made them so; None at first."""

    details: ContactDetails
    because: Event | None = None

    @property
    def kind(self) -> EventKind | None:
        return mapped(self.because, lambda event: event.kind)

    @property
    def since(self) -> datetime | None:
        return mapped(self.because, lambda event: event.at)


def _after(environment: Environment, before: _Reading, event: Event) -> _Reading:
    """How one event changes what is known."""
    rule = environment.contact_details
    by_kind: dict[EventKind, ContactDetails] = {
        "refreshed": rule.after_refresh,
        "upgraded": rule.after_upgrade,
        "as-of": _KNOWN_THEN.get(event.outcome or "", "unknown"),
    }
    if event.kind in by_kind:
        return _Reading(by_kind[event.kind], event)
    # One real contact is proof; that a check found none is none, for it saw an export and not the copy.
    if event.kind == "checked" and event.outcome == "real":
        return _Reading("real", event)
    if event.kind == "due" and before.details == "unknown":
        return _Reading("unknown", event)
    # Nobody de-identifies production: whoever recorded that meant a copy, and believing it would be dangerous.
    if event.kind == "script-run" and event.outcome == "de-identified" and environment.refreshable:
        return _Reading("de-identified", event)
    if before.details == "de-identified" and _leaves_unknown(rule, event):
        return _Reading("unknown", event)
    return before


def _leaves_unknown(rule: ContactDetailsRule, event: Event) -> bool:
    """Whether nobody can say after an event if details are still de-identified.

    What a restored backup of this program's data missed may be a refresh; only where none brings real ones is that no
    matter.
    """
    if event.kind == "restored":
        return not rule.is_always_de_identified
    if event.kind == "due":
        return rule.after_refresh != "de-identified"
    return event.kind == "script-run" and event.outcome == "unknown"


def _readings(environment: Environment, own: Iterable[Event]) -> list[_Reading]:
    """What is known at first, and after each of the environment's events that says something of its data."""
    telling = [event for event in own if event.kind in _ORDER and event.outcome != QUEUES_WAIT]
    readings = [_Reading(environment.contact_details.initially)]

    def order(event: Event) -> tuple[datetime, int, int]:
        # What an event would make of a copy that is de-identified says how much doubt it brings.
        leaves = _after(environment, _Reading("de-identified"), event).details
        return event.at, ("de-identified", "unknown", "real").index(leaves), _ORDER.index(event.kind)

    for event in sorted(telling, key=order):
        readings.append(_after(environment, readings[-1], event))
    return readings


def posture(policy: Policy, environment_key: str, events: Iterable[Event], zone: ZoneInfo) -> Posture:
    """What an environment's contact details are now, from everything recorded about it.

    The events that were not corrected are read by time, in whatever order they were recorded. A refresh and an
    upgrade at the same instant count as a refresh. A script of the vendor's services of which nobody knows what it
    did leaves de-identified details unknown, and so does a backup of this program's data that was restored; a check
    that found real contacts makes them real. A check that found none changes nothing: it proves no more than it saw.
    A refresh that was due after the last upgrade, and that nobody has recorded as done or cancelled, may have
    happened: what nobody knows counts as real.

    Args:
        events: everything recorded, and what was due (`with_due`).
        zone: for the dates in the sentence.
    """
    environment = policy.environment[environment_key]
    own = own_events(environment_key, events)
    reading = _readings(environment, own)[-1]
    last = {kind: max((event.at for event in own if event.kind == kind), default=None) for kind in _ORDER}
    hearsay = _is_hearsay(policy, environment, reading)
    if hearsay:
        how, sentence = ", says the help centre", _hearsay(reading, zone)
    else:
        how, sentence = _KNOWN_BY.get(reading.kind, ""), _sentence(environment, reading, zone)
    check = _last_check(own)
    queues = _queues(policy, environment, own, zone)
    return Posture(
        contact_details=reading.details,
        sentence=sentence,
        exceptions=_spared(policy, environment, reading),
        last_refresh=last["refreshed"],
        last_upgrade=last["upgraded"],
        last_check=check,
        check_sentence=_check_sentence(check, reading.details, zone),
        queue_sentence=queues.sentence,
        queues_from=queues.refresh,
        badge=_badge(environment, how, reading, check, zone),
        is_hearsay=hearsay and check is None,
    )


def _spared(policy: Policy, environment: Environment, reading: _Reading) -> tuple[str, ...]:
    """The user groups that keep real addresses."""
    # The vendor names them for upgrades of such copies only: not for a script, nor for others.
    if not environment.upgrade_switches_off or (reading.details, reading.kind) != ("de-identified", "upgraded"):
        return ()
    return policy.user_groups.keep_real_addresses


class _Queues(NamedTuple):
    """Why production's queues may be in a copy, in a sentence, and the refresh that brought them, if recorded."""

    sentence: str = ""
    refresh: int | None = None


_NO_QUEUES = _Queues()
"""Nothing waits there."""


def _queues(policy: Policy, environment: Environment, own: list[Event], zone: ZoneInfo) -> _Queues:
    """Whether what waited in production's queues may wait here too.

    A refresh brings it along, we think, and an upgrade clears it; no script and no check of the data does. What
    nobody knows counts as refreshed. Of an upgrade and a refresh at the same instant the refresh counts.
    """
    if not environment.refreshable:
        return _NO_QUEUES
    template = policy.checking.queues
    telling = [event for event in own if event.kind in ("as-of", "upgraded", "restored", "due", "refreshed")]
    if telling:
        return _brought_by(template, max(telling, key=by_doubt), telling, zone)
    # Nothing is recorded: whatever waits there came before this program did.
    if environment.contact_details.initially == "unknown":
        return _Queues(template.replace("{since}", "Its last refresh is not known"))
    return _NO_QUEUES


def _brought_by(template: str, last: Event, telling: list[Event], zone: ZoneInfo) -> _Queues:
    """Whether the last of some events leaves something in the queues, and why."""
    day = day_in_words(last.at, zone)
    # A planning copy has no events of its own: what it was told stands in their place, in the words of who knew.
    if last.kind == "as-of":
        waits = (event for event in reversed(telling) if event.outcome == QUEUES_WAIT and event.at == last.at)
        return next((_Queues(f"As of {day}: {event.remark}") for event in waits), _NO_QUEUES)
    if last.kind == "refreshed":
        return _Queues(template.replace("{since}", "Its last refresh copied production as it was"), last.id)
    if last.kind == "due":
        return _Queues(template.replace("{since}", "A refresh may have copied production as it is"))
    if last.kind == "restored":
        return _Queues(template.replace("{since}", "What the restored backup missed may be a refresh"))
    return _NO_QUEUES


def _last_check(own: list[Event]) -> Event | None:
    """The newest check of the data, unless a refresh, an upgrade or a script came after it."""
    # A script that left contact details as they were leaves the check as true as it was.
    changes = [event.at for event in own if event.kind in _CHANGE_DATA and event.outcome != "unchanged"]
    # At the same instant the export may have been taken before the change, so the check no longer counts.
    checks = (event for event in reversed(own) if event.kind == "checked")
    return next((event for event in checks if all(event.at > at for at in changes[-1:])), None)


_KNOWN_BY: dict[EventKind | None, str] = {"upgraded": " by upgrade", "script-run": " by script"}
"""How it is known that details are de-identified, where something that happened did it."""


def _badge(environment: Environment, how: str, reading: _Reading, check: Event | None, zone: ZoneInfo) -> str:
    """The state in few words. De-identified is never said without how it is known: nobody may have looked."""
    details = reading.details
    if reading.because is not None and reading.kind == "as-of" and environment.refreshable:
        what = {"unknown": "not known", "real": "may hold real contacts", "de-identified": "de-identified"}[details]
        return f"As of {short_day(reading.because.at.astimezone(zone).date())}: {what}"
    if details == "unknown":
        return "Not known, treated as real"
    # "Live data" is production's own, which is meant to be real; "may hold" is a warning.
    if details == "real":
        return "May hold real contacts" if environment.refreshable else "Live data"
    if check is None or check.outcome == "real":
        return f"De-identified{how}, not checked"
    day = short_day(check.at.astimezone(zone).date())
    if check.outcome == "cannot-tell":
        return f"De-identified{how}; the check on {day} cannot tell"
    return f"De-identified{how} and checked on {day}"


def _check_sentence(check: Event | None, details: ContactDetails, zone: ZoneInfo) -> str:
    if check is None:
        return "No check of its data is recorded since it last changed."
    answer = VERDICT_NAMES[check.outcome or ""].lower()
    answered = f"A check of its data as of {day_in_words(check.at, zone)} answered: {answer}."
    if check.outcome == "de-identified" and details != "de-identified":
        return f"{answered} It proves no more than it saw, so contact details count as real all the same."
    return answered


def _is_hearsay(policy: Policy, environment: Environment, reading: _Reading) -> bool:
    """Whether it counts as de-identified by what the help centre says of such a database alone."""
    done = reading.kind in ("script-run", "as-of")
    return reading.details == "de-identified" and not done and policy.is_hearsay(environment)


def _hearsay(reading: _Reading, zone: ZoneInfo) -> str:
    copied = filled(" It was {}.", _why(reading.because, zone))
    return (
        "Contact details should be de-identified: the vendor's help centre calls this database a de-identified copy. "
        f"Confirm it in Penelope.{copied}"
    )


def _sentence(environment: Environment, reading: _Reading, zone: ZoneInfo) -> str:
    """The state and why. "Treated as real" is said of what nobody knows."""
    if reading.because is not None and reading.kind == "as-of":
        return f"As of {day_in_words(reading.because.at, zone)}: {reading.because.remark}"
    why = _why(reading.because, zone)
    if reading.details == "de-identified":
        # Nobody knows more of refreshes than what was recorded.
        since = ", no refresh recorded since" if reading.kind == "upgraded" else ""
        return f"Contact details are de-identified: {why}{since}."
    # Certain it is of production alone: a copy may have been changed since in ways that nobody recorded.
    if reading.details == "real" and not (why and environment.refreshable):
        return "Holds real contact details: this is the live database."
    if reading.details == "real":
        return f"May hold real contact details: {why}."
    return f"May hold real contact details: {why or 'no refresh or upgrade is recorded yet'}. Treated as real."


def _why(because: Event | None, zone: ZoneInfo) -> str:
    if because is None:
        return ""
    day = day_in_words(because.at, zone)
    if because.kind == "script-run" and because.outcome == "de-identified":
        return f"a script of the vendor's services de-identified them on {day}"
    reasons: dict[EventKind, str] = {
        "due": f"a refresh was due on {day}, and nobody recorded how it went",
        "refreshed": f"refreshed on {day}, no upgrade recorded since",
        "upgraded": f"upgraded on {day}",
        "checked": f"a check of its data as of {day} found what look like real ones",
        "script-run": f"a script of the vendor's services ran on {day}, and nobody knows what it did to them",
        "restored": f"a backup was restored on {day}, and nobody knows what happened since it was made",
    }
    return reasons[because.kind]


def contact_spans(
    policy: Policy, environment_key: str, events: Iterable[Event]
) -> list[tuple[datetime | None, ContactDetails]]:
    """Since when contact details were of which state (None: from the first), read with what is known today."""
    readings = _readings(policy.environment[environment_key], own_events(environment_key, events))
    # Of several events at one instant the last counts.
    return that_differ({reading.since: reading.details for reading in readings}.items())


def that_differ(marks: Iterable[tuple[datetime | None, T]]) -> list[tuple[datetime | None, T]]:
    """The marks that say something else than those before them: since when what was so."""
    return [next(run) for _, run in groupby(marks, key=itemgetter(1))]


def laid_out(
    marks: Sequence[tuple[datetime | None, T]], starts: datetime, ends: datetime
) -> Iterator[tuple[datetime, datetime, T]]:
    """What holds from each mark to the next, cut down to a period; the first mark may stand before all time."""
    # Marks at 1, 5 and 9 in a period from 3 to 7: what holds from 1 is told of 3 to 5, what holds from 5 of 5 to 7.
    begins = [max(at or starts, starts) for at, _ in marks]
    for first, following, (_, what) in zip(begins, [*begins[1:], ends], marks, strict=True):
        last = min(following, ends)
        if first < last:
            yield first, last, what


def real_spans(policy: Policy, environment_key: str, events: Iterable[Event]) -> list[tuple[datetime | None, bool]]:
    """Since when contact details could be real and since when not: instants (None: from the first) with the answer.

    Read with what is known today, corrections and late entries included; for reports on a time that has passed.
    """
    # Unknown and real are one here: what nobody knows counts as real.
    spans = contact_spans(policy, environment_key, events)
    return that_differ((since, details != "de-identified") for since, details in spans)


def untold(environment: Environment, posture: Posture) -> str:
    """What is to be found out of an environment of which nobody knows what its contact details are; a question."""
    if not environment.refreshable or posture.contact_details != "unknown":
        return ""
    # Where an upgrade says nothing of contact details, its day was the answer: asking again would never end.
    if posture.last_upgrade is not None and environment.contact_details.after_upgrade == "unknown":
        return ""
    asked = f"When was {environment.name} last refreshed or upgraded?"
    if posture.last_refresh is None and posture.last_upgrade is None:
        return f"{asked} Until that is recorded, its contact details count as real."
    return f"{asked} {posture.sentence}"


@dataclass(frozen=True, slots=True)
class Question:
    """Was an environment upgraded in the window that starts at `window` (UTC)?

    Attributes:
        last_answer: "not yet" or "I don't know", if that is what was said last.
    """

    environment: str
    window: datetime
    last_answer: Event | None = None


def open_question(
    environment: Environment, events: Iterable[Event], window_starts_at: datetime, since: datetime
) -> Question | None:
    """Whether it is to be asked if an environment was upgraded in a window that has passed. Never assumed.

    Args:
        since: when the agency was set up; nothing is asked about windows before.
    """
    if not environment.asked_after_window or window_starts_at <= since:
        return None
    own = own_events(environment.key, events)
    if is_answered(window_starts_at, (event for event in own if event.kind == "upgraded")):
        return None
    said = (event for event in reversed(own) if event.kind in ANSWERS and event.window == window_starts_at)
    return Question(environment.key, window_starts_at, next(said, None))


def is_answered(window_starts_at: datetime, upgrades: Iterable[Event]) -> bool:
    """Whether the upgrades of an environment say that it was upgraded in a window, or after it."""
    # After it is enough: the copy has caught up, whenever that was, and nothing of the window is left to come.
    return any(event.at >= window_starts_at or event.window == window_starts_at for event in upgrades)
