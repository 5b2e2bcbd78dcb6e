"""Makes happen in the practice world what an exercise begins with, or what a trainer drops in.

What the vendor does, happens at the vendor. What is `recorded` is also put into the program's own record, by the
services that a person would use.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

from penelope_admin.domain.features import Acknowledgement
from penelope_admin.domain.mirror import EventKind
from penelope_admin.domain.times import wall
from penelope_admin.domain.vendor import World, injects
from penelope_admin.policy import WEEKDAYS, Policy
from penelope_admin.services import features
from penelope_admin.services.mirror import environments
from penelope_admin.services.training import passing, world
from penelope_admin.services.training.events import (
    ClientTexts,
    Defect,
    Emergency,
    Event,
    Happening,
    Inject,
    Letter,
    MovedNotice,
    NoNotice,
    Queue,
    Refresh,
    SignInFails,
    Switch,
    Upgrade,
    Wait,
    load_inject,
)
from penelope_admin.services.work import Context, Done, Work
from penelope_admin.topics import EVERYTHING

_WEEK = 7


def drop_in(context: Context, file: Path) -> Done[Inject]:
    """Make happen what an inject file says.

    Raises:
        BadInputError: the file is wrong (then nothing happens; the message names file, line and key).
    """
    inject = load_inject(file)
    for event in inject.event:
        happen(context, event)
    return Done(inject, EVERYTHING)


def happen(context: Context, event: Event) -> None:
    """Have one thing happen, now or, for what takes time, until then.

    Raises:
        BadInputError: practice time cannot go so far.
    """
    match event:
        case Wait():
            passing.move(context, _until(context, event))
        case Refresh() | Upgrade():
            _befall(context, event)
        case Switch():
            _switch(context, event)
        case _:
            change = _AT_THE_VENDOR[type(event)]
            world.change(context, lambda before, policy: change(before, policy, event))


_AT_THE_VENDOR: dict[type[Happening], Callable[[World, Policy, Any], World]] = {
    Emergency: lambda before, policy, it: injects.announce_emergency(before, policy, it.in_hours, it.hours),
    MovedNotice: lambda before, policy, it: injects.move_next_upgrade(before, policy, it.days),
    NoNotice: lambda before, policy, _: injects.silence_next_notice(before, policy),
    Defect: lambda before, policy, it: injects.leave_undone(before, policy, it.env, it.line),
    ClientTexts: lambda before, policy, it: injects.text_clients(before, policy, it.env, it.count),
    Queue: lambda before, policy, it: injects.fill_queue(before, policy, it.env, it.count),
    SignInFails: lambda before, policy, _: injects.stop_sign_in(before, policy),
    Letter: lambda before, policy, it: injects.write_letter(before, policy, it.sender, it.subject, it.text),
}
"""What changes the vendor's world alone."""


_BEFALLS: dict[type[Happening], tuple[EventKind, Callable[[World, Policy, str], World]]] = {
    Refresh: ("refreshed", injects.refresh_now),
    Upgrade: ("upgraded", injects.upgrade_now),
}


def _befall(context: Context, event: Refresh | Upgrade) -> None:
    """A database is refreshed or upgraded now."""
    kind, happens = _BEFALLS[type(event)]
    after = world.change(context, lambda before, policy: happens(before, policy, event.env))
    if event.recorded:
        version = after.database(event.env).version
        context.write(environments.record_event, event.env, kind, context.now(), version)


def _switch(context: Context, event: Switch) -> None:
    """A feature is switched in Penelope; where it is recorded, the register says so too."""
    world.change(
        context, lambda before, policy: injects.set_feature(before, policy, event.env, event.feature, on=event.on)
    )
    if event.recorded:
        context.write(_record_switch, event)


def _record_switch(work: Work, event: Switch) -> None:
    state = features.find(work, event.feature, event.env).state
    if state.state == "off" and not event.on:
        return
    if state.pending is not None:
        features.cancel(work, event.feature, event.env)
    features.switch(
        work,
        event.feature,
        "enable" if event.on else "disable",
        reason="Part of this exercise",
        until=work.today + timedelta(days=event.days) if event.on else None,
        environment=event.env,
        acknowledgement=Acknowledgement(phi=True, environment=event.env, queue_empty=True),
        already_done=state.state != "on",  # of what is on, reason and last day are others now
    )


def _until(context: Context, event: Wait) -> datetime:
    """How long to wait: until this instant (UTC)."""
    now = context.now()
    if event.until == "next-upgrade":
        now = max(now, world.next_upgrade(context))
    if event.before_upgrade is not None:
        now = max(now, context.read(_before_upgrade, event.before_upgrade))
    if event.weekday is not None or event.at is not None:
        now = context.read(_next_time, now, event)
    return now + timedelta(days=event.days, hours=event.hours)


def _before_upgrade(work: Work, days: int) -> datetime:
    window = work.calendar.next_upgrade(work.now)
    return window.starts_at - timedelta(days=days)


def _next_time(work: Work, now: datetime, event: Wait) -> datetime:
    """The next such weekday and time on the agency's clock."""
    local = now.astimezone(work.zone)
    at = event.at or time(local.hour, local.minute)
    for ahead in range(_WEEK + 1):
        day = local.date() + timedelta(days=ahead)
        moment = wall(day, at, work.zone).astimezone(UTC)
        if moment >= now and event.weekday in (None, WEEKDAYS[day.weekday()]):
            return moment
    return now
