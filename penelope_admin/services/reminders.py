"""What the person is to be reminded of: found from what is recorded, told once, over any restart."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from penelope_admin.domain import reminders as rules
from penelope_admin.domain.reminders import Reminder
from penelope_admin.domain.waiting import Waiting, is_asked_about
from penelope_admin.gateways import settings
from penelope_admin.services import overview
from penelope_admin.services.mirror.environments import shown
from penelope_admin.services.work import Work
from penelope_admin.store.rows import calendar as rows
from penelope_admin.store.rows import requests as request_rows

COMING = 4
"""Windows ahead that are looked at, emergency maintenance among them."""
KEPT = timedelta(days=800)
"""How long it is remembered what was told."""


class ReminderView(NamedTuple):
    """A reminder, and when this account was told of it (UTC); None while it was not."""

    reminder: Reminder
    at: datetime | None


class TrayView(NamedTuple):
    """What the system's tray shows.

    Attributes:
        countdown: to the next upgrade or emergency maintenance, in a sentence; empty before set-up.
        due: what is to be told now.
        standing: what of all kinds there still is to be told, or was; without when.
    """

    countdown: str
    overdue: tuple[Waiting, ...]
    due: tuple[Reminder, ...]
    standing: frozenset[tuple[str, str]]


def for_tray(work: Work) -> TrayView:
    """What is to be shown without being asked for. Changes nothing."""
    if work.find_agency() is None:
        return TrayView("", (), (), frozenset())
    (window,) = work.calendar.upcoming(work.now)
    countdown = f"{window.name} {overview.countdown(window, work.now)}"
    reminders = find(work)
    standing = frozenset(item.reminder.about for item in reminders)
    return TrayView(countdown, tuple(overview.find_overdue(work)), tuple(_ripe(work, reminders)[0]), standing)


def find(work: Work) -> list[ReminderView]:
    """What this person is to be reminded of, as things are now, and what of it was told; by day."""
    reminders = sorted(_all(work), key=lambda item: (item.due, item.key))
    told_at = rows.read_told(work.connection, work.actor) if reminders else {}
    return [ReminderView(item, told_at.get(item.key)) for item in reminders]


def take_due(work: Work, about: tuple[str, str] | None = None) -> list[Reminder]:
    """What is to be told now, or of one matter. It counts as told from now on: it was read, or the caller shows it."""
    due, settled = _ripe(work, [item for item in find(work) if about in (None, item.reminder.about)])
    if settled:
        rows.insert_told(work.connection, [item.key for item in settled], work.actor, work.now)
        rows.forget_told(work.connection, work.now - KEPT)
    return due


def _ripe(work: Work, reminders: list[ReminderView]) -> tuple[list[Reminder], list[Reminder]]:
    told_keys = {item.reminder.key for item in reminders if item.at is not None}
    return rules.ripe([item.reminder for item in reminders], told_keys, work.now)


def days_before(own: settings.Settings) -> tuple[int, ...]:
    """The days before a window on which this person wants to be told; the file may say anything."""
    chosen = rules.DAYS_BEFORE if own.reminder_days is None else own.reminder_days
    return tuple(sorted({day for day in chosen if 0 < day <= rules.MOST_DAYS}, reverse=True))


def _all(work: Work) -> list[Reminder]:
    """Of every kind that is not silenced here."""
    profile = work.find_agency()
    if profile is None:
        return []
    own = settings.load(work.home)
    policy, now, zone = work.policy, work.now, work.zone
    requests = request_rows.read_reminding(work.connection, work.today)
    upgrade = work.calendar.next_upgrade(now)
    days = profile.notice_days or policy.schedule.notice_reminder_days
    reminders = [
        *rules.of_windows(work.calendar.upcoming(now, COMING), now, days_before(own)),
        *rules.of_refreshes(policy, requests, zone),
        *rules.of_incidents(policy, requests, now),
    ]
    if not is_asked_about(upgrade, requests):
        reminders += rules.of_missing_notice(upgrade, days, now)
    if not work.is_planning_copy:
        reminders += rules.of_features(policy, work.states(*shown(work)), zone, now)
    return [item for item in reminders if item.kind not in own.silent_reminders]
