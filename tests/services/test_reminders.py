"""Reminders from a real data folder: found from what is recorded, kept as told over restarts and for each account."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest

from penelope_admin.clock import FixedClock
from penelope_admin.domain.requests import RequestInput
from penelope_admin.gateways import settings
from penelope_admin.services import reminders, requests
from penelope_admin.services.work import Context
from tests.services.conftest import Open
from tests.services.house import NOW

DAY = timedelta(days=1)


def taken(context: Context) -> list[str]:
    """The texts that are told now."""
    return [item.text for item in context.write(reminders.take_due).value]


def choose(context: Context, **fields: object) -> None:
    known = settings.load(context.home)
    settings.save(context.home, msgspec.structs.replace(known, **fields))


def test_before_there_is_an_agency_nothing_is_told(fresh: Context) -> None:
    assert fresh.read(reminders.find) == []
    assert not fresh.read(reminders.look).is_due


def test_a_reminder_is_told_once_over_a_restart(context: Context, opened: Open, clock: FixedClock) -> None:
    clock.instant = NOW + 5 * DAY
    assert context.read(reminders.look).is_due
    assert any("Upgrade in 6 days" in text for text in taken(context))
    context.store.close()
    again = opened()
    assert not again.read(reminders.look).is_due
    assert taken(again) == []


def test_each_account_is_told_for_itself(context: Context, opened: Open, clock: FixedClock) -> None:
    clock.instant = NOW + 5 * DAY
    said = taken(context)
    assert taken(opened("grace")) == said != []


def test_nothing_is_written_to_the_log_for_it(context: Context, clock: FixedClock) -> None:
    clock.instant = NOW + 5 * DAY
    assert context.write(reminders.take_due).changes == frozenset()


def test_other_days_can_be_chosen(context: Context, clock: FixedClock) -> None:
    choose(context, reminder_days=(3, 14))
    steps = [item.reminder.step for item in context.read(reminders.find) if item.reminder.kind == "window"][:2]
    assert steps == ["14 days before", "3 days before"]


def test_days_in_the_file_that_make_no_sense_are_passed_over(context: Context) -> None:
    choose(context, reminder_days=(-1, 0, 10**9, 2))
    assert reminders.days_before(settings.load(context.home)) == (2,)


@pytest.mark.parametrize("kind", ["window", "notice"])
def test_a_kind_can_be_silenced(context: Context, clock: FixedClock, kind: str) -> None:
    clock.instant = NOW + 5 * DAY
    choose(context, silent_reminders=(kind,))
    assert kind not in {item.kind for item in context.write(reminders.take_due).value}


def test_what_was_told_is_listed_with_its_time(context: Context, clock: FixedClock) -> None:
    clock.instant = NOW + 5 * DAY
    context.write(reminders.take_due)
    week, day = [item for item in context.read(reminders.find) if item.reminder.kind == "window"][:2]
    assert (week.reminder.step, week.at) == ("7 days before", clock.instant)
    assert (day.reminder.step, day.at) == ("1 day before", None)


def test_of_a_missing_notice_nobody_is_reminded_once_support_was_asked(context: Context, clock: FixedClock) -> None:
    clock.instant = NOW + 5 * DAY
    assert "notice" in {item.reminder.kind for item in context.read(reminders.find)}
    wish = RequestInput("missing-notice", upgrade_day=date(2026, 12, 12))
    number = context.write(requests.draft, wish).value.request.id
    assert "notice" in {item.reminder.kind for item in context.read(reminders.find)}, "a draft asks nobody"
    context.write(requests.advance, number, "sent")
    assert "notice" not in {item.reminder.kind for item in context.read(reminders.find)}
