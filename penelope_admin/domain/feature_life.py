"""What is known of each feature over time, from everything recorded of its environment: on, off or not known.

The register, the exposure log and a look ahead ask here what an event leaves of a feature. As of contact details, what
nobody knows is never told as the safe answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from msgspec import structs

from penelope_admin.domain.features import FeatureState, State, doubted, feature_name, locked_on, unknown_again
from penelope_admin.domain.mirror import Event, EventKind, own_events
from penelope_admin.domain.text import filled
from penelope_admin.domain.times import EARLIEST, listed
from penelope_admin.policy import Environment, Policy

Span = tuple[State, Event]
"""What a feature was from an event on."""
Use = tuple[str | None, date | None]
"""What a feature is on for, and until when."""
BY_THE_UPGRADE = "Switched off by the upgrade"
_OF_ALL: frozenset[EventKind] = frozenset({"upgraded", "refreshed", "restored", "due"})
_DOUBTS: frozenset[EventKind] = frozenset({"restored", "corrected", "due"})


def state_after(environment: Environment, event: Event, before: State) -> State:
    """What a feature is after an event that says something of it."""
    if event.kind in ("switched", "seen"):
        return "on" if event.outcome == "on" else "off"
    # What an upgrade leaves of features in other copies our sources do not say.
    if event.kind == "upgraded" and environment.upgrade_switches_off:
        return "off"
    # What was off may have been switched on unrecorded; what was on is not forgotten, for it reaches people. After a
    # refresh not even that is known: production's settings came along, and nobody tells which those were.
    return "on" if event.kind in _DOUBTS and before == "on" else "unknown"


def spans(environment: Environment, events: Iterable[Event], feature: str) -> list[Span]:
    """What a feature was, with the event that made or told it so; at first nothing is known.

    What was recorded of one instant is taken in the order in which it was recorded, but an upgrade switches off nothing
    that was on or not known at its very instant: which of them came first nobody can tell. What was recorded by mistake
    leaves a doubt: it may be so, of another day or by another's hand.

    Args:
        events: everything recorded, of any environment, and what was due.
    """
    history: list[Span] = [("unknown", Event(environment.key, "as-of", EARLIEST))]
    state, last = history[0]
    for event in _telling(environment.key, events, feature):
        after = state_after(environment, event, state)
        if (event.kind, event.at) == ("upgraded", last.at) and state != "off":
            after = "unknown"
        if after != state or _says_more(event, after):
            history.append((after, event))
        state = after
        # An upgrade that is recorded anew may stand where the mistaken one stood.
        if event.kind != "corrected" or event.feature is not None:
            last = event
    return history


def _telling(key: str, events: Iterable[Event], feature: str) -> list[Event]:
    """What says something of a feature, by time; what was recorded by mistake as a correction at its place."""
    every = list(events)
    mistakes = {event.corrects for event in every}
    own = (e for e in every if e.environment == key and (e.feature == feature or e.kind in _OF_ALL))
    telling = (structs.replace(event, kind="corrected") if event.id in mistakes else event for event in own)
    # What may have come at any hour of a day may have undone what happened then, and so stands behind it.
    return sorted(telling, key=lambda event: (event.at, event.kind == "due", event.id))


def _says_more(event: Event, state: State) -> bool:
    """Whether a feature that stays as it was is so for another reason from this event on."""
    # Switched on while it was on: somebody else may have recorded it, with another approval.
    return (event.kind, state) in {("upgraded", "off"), ("switched", "on"), ("locked-on", "unknown")}


def followed(before: FeatureState, span: Span, use: Use | None = None) -> FeatureState:
    """The register's entry in line with the record, without a plan; where it says the same already it keeps the rest.

    Args:
        use: what it was on for and until when, of a feature that counts as on again.
    """
    state, event = span
    if state == "unknown":
        return unknown_again(before)
    now = replace(before, pending=None, since=event.at, only_seen=event.kind == "seen")
    if state == before.state == "on" or (state, event.at) == (before.state, before.since):
        return now
    reason, until = (BY_THE_UPGRADE, None) if event.kind == "upgraded" else use or (None, None)
    seen_at = event.at if now.only_seen else None
    return replace(now, state=state, until=until, reason=reason, by=event.by, seen_at=seen_at)


def after_event(environment: Environment, state: FeatureState, event: Event) -> FeatureState:
    """The register's entry after an upgrade or a refresh that is newer than all it says."""
    return followed(state, (state_after(environment, event, state.state), event))


def as_seen_on(environment: Environment, state: FeatureState, events: Iterable[Event]) -> FeatureState:
    """A locked feature that is not known, with who saw it on and when; as it is where something ended that since."""
    end = {"refreshed", "upgraded"} if environment.upgrade_switches_off else {"refreshed"}
    own = [e for e in own_events(environment.key, events) if e.kind in end or e.feature == state.feature]
    return locked_on(state, own[-1].at, own[-1].by) if own and own[-1].kind == "locked-on" else state


def unless_doubted(environment: Environment, state: FeatureState, events: Iterable[Event]) -> FeatureState:
    """What is known of a feature that is off by the register: nothing, since what was due leaves a doubt."""
    last_state, event = spans(environment, events, state.feature)[-1]
    return state if last_state == "off" else replace(doubted(state), since=event.at)


def in_words(policy: Policy, event: Event) -> str:
    """What an event says of its feature: "External Communications: SMS switched on"."""
    said = {
        "switched": f"switched {event.outcome}",
        "seen": f"seen {event.outcome}",
        "doubted": "not known whether on",
        "locked-on": "seen on although it is locked",
    }
    return f"{feature_name(policy, event.feature or '')} {said[event.kind]}"


def look_in_words(policy: Policy, seen: Sequence[Event]) -> str:
    """What one look at several features found: "Features seen: General Ledger on, 11 off"."""
    on = [feature_name(policy, event.feature or "") for event in seen if event.outcome == "on"]
    off = len(seen) - len(on)
    return f"Features seen: {', '.join(filter(None, (filled('{} on', listed(on)), filled('{} off', off))))}"
