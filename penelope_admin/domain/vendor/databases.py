"""What an upgrade, a refresh and a switch do to a database, what leaves it, and how its check-list truly stands."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from msgspec import structs

from penelope_admin.domain.features import Change, find_feature, refuse_locked, require_listed, with_wholes
from penelope_admin.domain.vendor.dice import between, pick, share
from penelope_admin.domain.vendor.records import EMPTY, TRACES, Database, Queues, Reached, Trace
from penelope_admin.policy import LOCKED_FEATURES, Occasion, Policy

_ALSO_SWITCHED_OFF = frozenset({"migration", "training-a"})
"""Further copies whose upgrade switches features off: of those in `policy.mirrors` the vendor says so, of these two the
help centre does, and the simulated vendor keeps to that."""
_ALSO_DE_IDENTIFIED = frozenset({"migration"})
"""Of these the upgrade also de-identifies contact details and clears queues, as it does in the mirrors."""
_LEFT_ON = 0.3
"""How often a copy is handed over after a refresh with a feature on, as it is in production."""

_COMMUNICATIONS = "external-communications"
TRIGGERS = "action-triggers"
MOST_WAITING = 9999
_DELIVERIES: tuple[tuple[str, Reached], ...] = (
    (_COMMUNICATIONS, "clients"),
    (f"{_COMMUNICATIONS}.sms", "clients"),
    (f"{_COMMUNICATIONS}.client-delivery", "clients"),
    (f"{_COMMUNICATIONS}.worker-delivery", "workers"),
    ("ms-exchange", "calendars"),
)
"""By which feature messages leave a database, and for whom."""
_QUEUES: Mapping[Reached, str] = {"clients": "clients", "workers": "external", "calendars": "exchange"}


def production_queues(seed: int, at: datetime) -> Queues:
    """What waits in production on a day (UTC): always something."""
    day = at.date()
    sizes = {"clients": (6, 24), "external": (1, 6), "exchange": (3, 9), "exchange_errors": (1, 3), "triggers": (2, 7)}
    return Queues(dss=4, **{name: between(low, high, seed, "queue", name, day) for name, (low, high) in sizes.items()})


def upgraded(database: Database, policy: Policy, at: datetime, version: str, missed: Collection[int] = ()) -> Database:
    """A database after an upgrade.

    Args:
        missed: numbers of check-list lines that were to be so afterwards and are not.
    """
    done = structs.replace(database, version=version, upgraded_at=at, down_until=None)
    # Narrower than the switching off: of training option A the help centre names attachments, not contact details.
    if database.key in _ALSO_SWITCHED_OFF:
        done = structs.replace(done, on=(), traces=_ordered({*done.traces} - {"attachments"}))
    if database.key in {*policy.mirrors, *_ALSO_DE_IDENTIFIED}:
        done = structs.replace(done, on=(), traces=(), contacts="de-identified", waiting=EMPTY)
    for line in sorted(missed):
        done = with_line_missed(done, policy, line)
    return done


def with_line_missed(database: Database, policy: Policy, line: int) -> Database:
    """A database for which an upgrade missed one line of the check-list. Nothing locked is ever on."""
    if line == _CONTACTS_LINE:
        return structs.replace(database, contacts="real")
    if (gone := _LINES.get(line)) is None:
        able = [key for key, feature in policy.feature.items() if feature.availability == "re-enableable"]
        return structs.replace(database, on=tuple(able[:1]) or database.on)
    if gone.queues:
        return database.with_waiting(**{gone.queues[-1]: 3})
    return structs.replace(database, traces=_ordered({*database.traces, gone.trace}))


def refreshed(database: Database, production: Database, policy: Policy, seed: int, at: datetime) -> Database:
    """A database over which production was just copied."""
    copy = structs.replace(
        database, version=production.version, copied_at=at, on=_left_on(database.key, production, policy, seed, at)
    )
    # Training databases are de-identified copies (facts.md section 3): what waited in production does not come along.
    if policy.environment[database.key].contact_details.after_refresh == "de-identified":
        traces = tuple(trace for trace in TRACES if trace != "worker-contacts")
        return structs.replace(copy, contacts="de-identified", traces=traces, waiting=EMPTY, on=())
    return structs.replace(copy, contacts="real", traces=TRACES, waiting=production_queues(seed, at))


def _left_on(key: str, production: Database, policy: Policy, seed: int, at: datetime) -> tuple[str, ...]:
    """What is on when Support hands a copy over: mostly nothing, sometimes a feature that writes to nobody."""
    able = [
        feature.key
        for feature in policy.features
        if feature.key in production.on and key in feature.environments and not feature.uses_contact_details
    ]
    if not able or share(seed, "left-on", key, at) >= _LEFT_ON:
        return ()
    return (pick(able, seed, "which", key, at),)


def switched(database: Database, policy: Policy, feature: str, change: Change) -> Database:
    """A database in which the administrator switched a feature, as far as Penelope lets them.

    Raises:
        RefusedError: it is locked, or in this copy Support alone can.
        BadInputError: there is no such feature.
    """
    item = find_feature(policy, feature)
    refuse_locked(policy, item, database.key, change)
    if policy.environment[database.key].refreshable:
        require_listed(policy, item, database.key)
    return with_feature(database, policy, item.key, on=change == "enable")


def with_feature(database: Database, policy: Policy, feature: str, *, on: bool) -> Database:
    """A database with a feature on or off, its parts with it when it goes off; in a copy a locked one is never on."""
    keys = {*database.on, feature}
    # Switching a whole off takes its parts along; switching it on brings none.
    if not on:
        keys = {key for key in database.on if feature not in (key, policy.feature[key].part_of)}
    if database.key != "production":
        # The practice world keeps the lock as well: nobody is to learn that it can be opened.
        keys -= LOCKED_FEATURES
    return structs.replace(database, on=tuple(key for key in policy.feature if key in keys))


def shown_on(database: Database, policy: Policy) -> tuple[str, ...]:
    """The features that Penelope shows as on: a part that is on makes its whole on, as in the register."""
    on = with_wholes(policy, database.on)
    return tuple(key for key in policy.feature if key in on)


# --- what leaves -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Delivery:
    """What just left a database by a feature, and whether people got it or only what de-identification left."""

    feature: str
    reached: Reached
    count: int
    real: bool


def can_deliver(database: Database) -> bool:
    """Whether anything that is on sends what waits."""
    return any(feature in database.on for feature, _ in _DELIVERIES)


def triggers_run(database: Database) -> bool:
    """Whether Action Triggers add messages to the queues by themselves."""
    return TRIGGERS in database.on


def with_triggered(database: Database, count: int) -> Database:
    """A database in which triggers ran: what waited in their queue, and some more, is now messages to clients."""
    waiting = database.waiting
    clients = min(waiting.clients + waiting.triggers + count, MOST_WAITING)
    return database.with_waiting(clients=clients, triggers=0)


def delivered(database: Database) -> tuple[Database, tuple[Delivery, ...]]:
    """A database after everything that can leave has left, and what that was."""
    deliveries: list[Delivery] = []
    waiting = database.waiting
    # Several features empty the queue for clients: what leaves is told of the first of them that is on.
    for feature, reached in _DELIVERIES:
        if feature not in database.on:
            continue
        count = getattr(waiting, _QUEUES[reached])
        waiting = structs.replace(waiting, **{_QUEUES[reached]: 0})
        # Without credentials each appointment for a staff calendar ends in the Error tab.
        if reached == "calendars" and "exchange-credentials" not in database.traces:
            waiting = structs.replace(waiting, exchange_errors=min(waiting.exchange_errors + count, MOST_WAITING))
        elif count:
            # Three user groups of workers keep their addresses, whatever an upgrade does.
            real = reached != "clients" or database.contacts == "real"
            deliveries.append(Delivery(feature, reached, count, real))
    return structs.replace(database, waiting=waiting), tuple(deliveries)


# --- the check-lists ---------------------------------------------------------------------------


class _Gone(NamedTuple):
    """What is gone once a line holds: a trace of production, and what waits in some queues."""

    trace: Trace | None
    queues: tuple[str, ...] = ()


_CONTACTS_LINE, _FEATURES_LINE = 1, 15
_LINES: Mapping[int, _Gone] = {
    2: _Gone("worker-contacts"),
    3: _Gone("worker-accounts"),
    4: _Gone(None, ("external", "clients")),
    5: _Gone("exchange-credentials", ("exchange", "exchange_errors")),
    6: _Gone(None, ("triggers",)),
    7: _Gone("ors-srs-credentials"),
    8: _Gone("card-credentials"),
    9: _Gone("dss-synchronization", ("dss",)),
    10: _Gone("clientconnect-accounts"),
    11: _Gone("engage-workflows"),
    12: _Gone("attachments"),
    13: _Gone("agency-logo"),
    14: _Gone("billing-logo"),
}
"""Of the check-list after an upgrade. Where it is missed, something waits in the queue that is named last."""
_LINES_AFTER: Mapping[Occasion, Mapping[int, _Gone]] = {
    "upgrade": _LINES,
    "refresh": {1: _LINES[4], 2: _Gone(None, _LINES[5].queues), 3: _Gone(_LINES[5].trace), 4: _LINES[6]},
}


def is_so(database: Database, line: int, after: Occasion) -> bool | None:
    """Whether a line of a check-list truly holds in a database; None for a line this world knows nothing of."""
    if after == "upgrade" and line == _CONTACTS_LINE:
        return database.contacts == "de-identified"
    if after == "upgrade" and line == _FEATURES_LINE:
        return not database.on
    if (gone := _LINES_AFTER[after].get(line)) is None:
        return None
    return gone.trace not in database.traces and not any(getattr(database.waiting, name) for name in gone.queues)


def put_right(database: Database, line: int, after: Occasion) -> Database:
    """A database in which Support put one line of a check-list right."""
    if after == "upgrade" and line == _CONTACTS_LINE:
        return structs.replace(database, contacts="de-identified")
    if after == "upgrade" and line == _FEATURES_LINE:
        return structs.replace(database, on=())
    gone = _LINES_AFTER[after].get(line, _Gone(None))
    emptied = database.with_waiting(**dict.fromkeys(gone.queues, 0))
    return structs.replace(emptied, traces=_ordered({*database.traces} - {gone.trace}))


def _ordered(traces: Collection[Trace | None]) -> tuple[Trace, ...]:
    return tuple(trace for trace in TRACES if trace in traces)
