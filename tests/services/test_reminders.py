"""Reminders from a real data folder: found from what is recorded, kept as told over restarts and for each account."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import settings as tries
from hypothesis import strategies as st

from penelope_admin.clock import FixedClock
from penelope_admin.domain.requests import RequestInput
from penelope_admin.files import resource
from penelope_admin.gateways import settings
from penelope_admin.policy import load
from penelope_admin.services import agency, features, reminders, requests
from penelope_admin.services.work import Context
from tests.effort import examples
from tests.services.conftest import Open
from tests.services.house import NOW, SOON, SURE, open_context, settle
from tests.wishes import WISHES

DAY = timedelta(days=1)


def taken(context: Context) -> list[str]:
    """The texts that are told now."""
    return [item.text for item in context.write(reminders.take_due).value]


def choose(context: Context, **fields: object) -> None:
    known = settings.load(context.home)
    settings.save(context.home, msgspec.structs.replace(known, **fields))


def test_before_there_is_an_agency_nothing_is_told(fresh: Context) -> None:
    assert fresh.read(reminders.find) == []
    assert not fresh.read(reminders.for_tray).due


def test_a_reminder_is_told_once_over_a_restart(context: Context, opened: Open, clock: FixedClock) -> None:
    clock.instant = NOW + 5 * DAY
    assert context.read(reminders.for_tray).due
    assert any("Upgrade in 6 days" in text for text in taken(context))
    context.store.close()
    again = opened()
    assert not again.read(reminders.for_tray).due
    assert taken(again) == []


def test_each_account_is_told_for_itself(context: Context, opened: Open, clock: FixedClock) -> None:
    clock.instant = NOW + 5 * DAY
    said = taken(context)
    assert taken(opened("grace")) == said != []


def test_nothing_is_written_to_the_log_for_it(context: Context, clock: FixedClock) -> None:
    clock.instant = NOW + 5 * DAY
    assert context.write(reminders.take_due).changes == frozenset()


def test_other_days_can_be_chosen(context: Context) -> None:
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


def test_of_a_feature_in_a_database_that_is_no_longer_the_agencys_it_is_reminded_too(context: Context) -> None:
    context.write(
        features.switch, "action-triggers", "enable", reason="x", until=SOON, acknowledgement=SURE, already_done=True
    )
    profile = msgspec.structs.replace(context.read(agency.need_profile), environments=("training-b",))
    context.write(agency.update, profile, ["mirrored"])
    ends = [item.reminder.target for item in context.read(reminders.find) if item.reminder.kind == "feature-end"]
    assert ends == ["action-triggers"]


def with_a_reminder_of_each_kind(context: Context) -> None:
    """A feature that ends, a refresh that is due and a critical incident, beside the upgrades."""
    wish = RequestInput("refresh", "mirrored", reason="New data")
    key = context.write(requests.draft, wish).value.request.id
    context.write(requests.advance, key, "sent")
    context.write(requests.advance, key, "acknowledged", case_number="00123456")
    context.write(requests.advance, key, "scheduled", scheduled_for=date(2026, 12, 8))
    done = {"acknowledgement": SURE, "already_done": True}
    context.write(features.switch, "general-ledger", "enable", reason="Test", until=SOON, **done)
    key = context.write(requests.draft, replace(WISHES["critical"], began_at=NOW)).value.request.id
    context.write(requests.advance, key, "sent")


@tries(max_examples=examples(4, long=1000), deadline=None)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("look"), st.integers(0, 30)),  # awake for so many hours more
            st.tuples(st.just("sleep"), st.integers(0, 300)),
            st.tuples(st.just("restart"), st.integers(0, 5)),
            st.tuples(st.just("clock"), st.integers(-100, 100)),
        ),
        max_size=25,
    )
)
def test_none_is_told_twice_and_none_is_lost_over_real_restarts(actions: list[tuple[str, int]]) -> None:
    policy = load(resource("policy.toml"))
    with tempfile.TemporaryDirectory() as folder:
        home, clock, said = Path(folder), FixedClock(NOW), list[str]()
        settle(home, with_a_reminder_of_each_kind)
        context = open_context(home, policy, clock)
        for action, hours in actions:
            clock.instant += timedelta(hours=hours)
            if action == "restart":
                context.store.close()
                context = open_context(home, policy, clock)
            if action in ("look", "restart"):
                said += [item.key for item in context.write(reminders.take_due).value]
                newest = {
                    item.reminder.about: item
                    for item in context.read(reminders.find)
                    if item.reminder.due <= clock.instant
                }
                assert all(item.at is not None for item in newest.values()), "lost"
        context.store.close()
        assert len(said) == len(set(said)), "told twice"
