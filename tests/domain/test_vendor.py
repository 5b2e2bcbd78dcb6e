"""The simulated vendor: deterministic by seed, whatever the steps of time, and true to the rules of the program."""

from __future__ import annotations

import functools
from collections import Counter
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penelope_admin.domain.support import opening
from penelope_admin.domain.vendor import (
    Asked,
    Happening,
    Incoming,
    Mail,
    World,
    advance,
    injects,
    is_down,
    is_so,
    months,
    new_world,
    next_event,
    next_upgrade,
    receive,
    shown_on,
    switch,
)
from penelope_admin.domain.vendor.databases import is_so as truth
from penelope_admin.domain.vendor.hours import team_of
from penelope_admin.domain.windows import Calendar
from penelope_admin.errors import BadInputError, RefusedError
from penelope_admin.files import resource
from penelope_admin.policy import LOCKED_FEATURES, Policy, load
from tests.each import each
from tests.effort import examples
from tests.services.house import LOCKED, NOT_LISTED, RE_ENABLEABLE

START = datetime(2026, 11, 20, 22, 40, tzinfo=UTC)
"""A Friday evening: Support is still there."""
TEN_YEARS = START + timedelta(days=3653)
SMS = "external-communications.sms"


@functools.cache
def rules() -> Policy:
    """The shipped policy, for tests that hypothesis runs many times."""
    return load(resource("policy.toml"))


def world(seed: int = 7, region: str = "CA") -> World:
    """A world of an agency with the copies that differ most."""
    return new_world(
        rules(), seed, START, region=region, environments=("preview", "training-b", "migration", "mirrored"),
        agency="Lantern Bay", support_address="support@vendor.example", own_address="it@lanternbay.example",
    )  # fmt: skip


def after(made: World, **span: float) -> World:
    """The world so much later."""
    return advance(made, made.now + timedelta(**span), rules())[0]


def ask(made: World, **facts: object) -> World:
    """The world after a request reached Support."""
    asked = Asked(**{"kind": "refresh", "reference": "PA-1", "environment": "mirrored", **facts})  # type: ignore[arg-type]
    return receive(made, Incoming(subject=f"Something [{asked.reference}]", asked=asked), rules())[0]


def received(made: World) -> list[Mail]:
    """What came into the mailbox."""
    return [mail for mail in made.mails if not mail.sent]


def happened(made: World, kind: str, environment: str = "mirrored") -> list[Happening]:
    """What happened to a database."""
    return [item for item in made.happenings if item.kind == kind and item.environment == environment]


def fresh_copy(made: World) -> World:
    """The world after the mirrored database was refreshed."""
    return injects.refresh_now(made, rules(), "mirrored")


# --- time and chance ---


@given(seed=st.integers(0, 2**32), cuts=st.lists(st.integers(0, 90 * 24 * 60), max_size=6), sets=st.data())
@settings(max_examples=examples(12, long=600))
def test_the_same_world_comes_out_in_one_step_or_in_many(seed: int, cuts: list[int], sets: st.DataObject) -> None:
    made = ask(world(seed))
    made = switch(fresh_copy(made), rules(), "mirrored", sets.draw(st.sampled_from(RE_ENABLEABLE)), "enable")
    end = START + timedelta(days=90)
    at_once, all_at_once = advance(made, end, rules())
    happenings: tuple[Happening, ...] = ()
    for minutes in sorted(cuts):
        made, more = advance(made, START + timedelta(minutes=minutes), rules())
        happenings += more
    stepwise, more = advance(made, end, rules())
    assert stepwise == at_once
    assert happenings + more == all_at_once


def test_two_seeds_make_two_worlds_and_one_seed_makes_one() -> None:
    assert after(world(1), days=200) == after(world(1), days=200)
    assert after(world(1), days=200).mails != after(world(2), days=200).mails


def test_time_never_goes_back() -> None:
    with pytest.raises(BadInputError, match="never goes back"):
        advance(world(), START - timedelta(seconds=1), rules())


ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.integers(0, 20 * 24)),
        st.tuples(st.sampled_from(["enable", "disable"]), st.sampled_from([*RE_ENABLEABLE, *NOT_LISTED, *LOCKED])),
        st.tuples(st.just("ask on"), st.sampled_from([*RE_ENABLEABLE, *NOT_LISTED, *LOCKED])),
        st.tuples(st.just("seen"), st.sampled_from([*RE_ENABLEABLE, *NOT_LISTED, *LOCKED])),
        st.tuples(st.sampled_from(["refresh", "upgrade"]), st.sampled_from(["mirrored", "migration", "training-b"])),
        st.tuples(st.just("undone"), st.integers(1, 15)),
    ),
    max_size=12,
)


def done(made: World, action: tuple[str, object], number: int) -> World:
    """The world after one of the actions above; what Penelope refuses changes nothing."""
    what, about = action
    if what == "wait":
        return after(made, hours=float(str(about)))
    if what in ("enable", "disable"):
        with suppress(RefusedError, BadInputError):
            made = switch(made, rules(), "mirrored", str(about), "enable" if what == "enable" else "disable")
        return made
    if what == "ask on":
        return ask(made, kind="feature-change", features=(str(about),), change="enable", reference=f"PA-{number + 1}")
    if what == "seen":
        return injects.set_feature(made, rules(), "mirrored", str(about), on=True)
    if what == "undone":
        return injects.leave_undone(made, rules(), "mirrored", int(str(about)))
    now = injects.refresh_now if what == "refresh" else injects.upgrade_now
    return now(made, rules(), str(about))


@given(seed=st.integers(0, 2**32), actions=ACTIONS)
@settings(max_examples=examples(20, long=1500))
def test_a_locked_feature_is_never_on_in_a_copy(seed: int, actions: list[tuple[str, object]]) -> None:
    made = world(seed)
    for number, action in enumerate(actions):
        made = done(made, action, number)
        for database in made.databases:
            if database.key != "production":
                assert LOCKED_FEATURES.isdisjoint(database.on)
                assert not any(
                    set(LOCKED_FEATURES) & {item.feature} for item in made.happenings if item.kind == "delivered"
                )


@given(seed=st.integers(0, 2**32), actions=ACTIONS, looks=st.data())
@settings(max_examples=examples(12, long=1000))
def test_the_same_actions_make_the_same_world_however_often_somebody_looks(
    seed: int, actions: list[tuple[str, object]], looks: st.DataObject
) -> None:
    once = often = ask(world(seed))
    for number, action in enumerate(actions):
        once = done(once, action, number)
        if action[0] == "wait":
            often = after(often, hours=looks.draw(st.integers(0, int(str(action[1])))))
            often = advance(often, once.now, rules())[0]
        else:
            often = done(often, action, number)
    assert often == once


@given(seed=st.integers(0, 2**32))
@settings(max_examples=examples(15, long=200))
def test_every_upgrade_of_production_lies_in_the_window_of_the_rule_or_in_the_one_a_notice_told(seed: int) -> None:
    made = after(world(seed), days=400)
    calendar = Calendar(rules(), "CA", ZoneInfo("America/New_York"))
    for item in happened(made, "upgraded", "production"):
        month = f"{item.at:%Y-%m}"
        span = months.real_window(seed, rules(), calendar, month)
        assert span.starts_at < item.at <= span.ends_at
        if months.is_moved(seed, month):
            assert any("replaces the window" in mail.body and mail.at < span.starts_at for mail in made.mails)
        else:
            assert span == months.window_of(calendar, month)


@given(seed=st.integers(0, 2**32), days=st.floats(0, 900))
@settings(max_examples=examples(12, long=500))
def test_answers_come_while_support_is_open_and_automatic_replies_at_any_hour(seed: int, days: float) -> None:
    made = after(world(seed), days=days)
    mails = [mail for mail in received(after(ask(made, kind="question", title="Reports"), days=6)) if mail.case]
    assert "Your case number is" in mails[0].body
    assert timedelta(minutes=1) < mails[0].at - made.now < timedelta(minutes=10)
    assert opening(team_of(rules(), "CA"), mails[1].at).open


# --- what an upgrade and a refresh do ---


def test_a_refresh_brings_contact_details_and_queues_of_production_and_an_upgrade_takes_them_away() -> None:
    before = world().database("mirrored")
    copy = fresh_copy(world()).database("mirrored")
    later = injects.upgrade_now(fresh_copy(world()), rules(), "mirrored").database("mirrored")
    assert [database.contacts for database in (before, copy, later)] == ["de-identified", "real", "de-identified"]
    assert copy.waiting.clients
    assert copy.waiting.triggers
    for line in range(1, 16):
        assert is_so(later, line, "upgrade") is True
        assert is_so(copy, line, "upgrade") is (line == 15)
    for line in range(1, 5):
        assert is_so(copy, line, "refresh") is False


@given(seed=st.integers(0, 2**32))
@settings(max_examples=examples(15, long=500))
def test_nothing_leaves_a_copy_as_long_as_nobody_switches_anything_on(seed: int) -> None:
    made = after(ask(ask(world(seed)), environment="migration", reference="PA-2"), days=60)
    assert happened(made, "refreshed")
    assert not [item for item in made.happenings if item.kind == "delivered"]


def test_every_line_of_both_check_lists_can_be_looked_at(policy: Policy) -> None:
    mirrored = world().database("mirrored")
    for occasion in ("upgrade", "refresh"):
        for effect in policy.effects_after(occasion):
            assert truth(mirrored, effect.number, occasion) is True


@each("line", range(1, 16))
def test_a_line_that_is_left_undone_is_put_right_once_support_is_told(line: int) -> None:
    made = injects.leave_undone(world(), rules(), "mirrored", line)
    assert is_so(made.database("mirrored"), line, "upgrade") is False
    effect = next(effect for effect in rules().effects_after("upgrade") if effect.number == line)
    later = after(ask(made, kind="defect", title=effect.ask), days=6)
    assert is_so(later.database("mirrored"), line, "upgrade") is True
    assert "put right" in received(later)[-1].body


def test_production_has_everything_on_and_hands_nothing_locked_to_a_copy() -> None:
    assert set(world().database("production").on) >= LOCKED_FEATURES
    for seed in range(20):
        assert set(fresh_copy(world(seed)).database("mirrored").on) <= {"general-ledger"}


def test_a_training_copy_stays_de_identified_whatever_is_done_to_it() -> None:
    copy = injects.refresh_now(world(), rules(), "training-b").database("training-b")
    assert copy.contacts == "de-identified"


@given(seed=st.integers(0, 2**32))
@settings(max_examples=examples(10, long=200))
def test_a_copy_is_upgraded_in_the_window_or_some_days_late_and_never_before_production(seed: int) -> None:
    made = after(world(seed), days=400)
    ours = {item.what.rpartition(" ")[2]: item.at for item in happened(made, "upgraded", "production")}
    for item in happened(made, "upgraded", "mirrored"):
        late = item.at - ours.get(item.what.rpartition(" ")[2], item.at)
        assert timedelta(0) <= late <= timedelta(days=3)


def test_a_year_has_late_copies_silent_months_moved_windows_and_emergencies_now_and_then() -> None:
    mails = [mail.subject for seed in range(12) for mail in received(after(world(seed), days=365))]
    kinds = Counter(subject.partition(",")[0] for subject in mails)
    assert 100 < kinds["Mass Upgrades and Server Maintenance"] < 144
    assert 3 < kinds["Changed: Mass Upgrades and Server Maintenance"] < 30
    assert 3 < kinds["Emergency maintenance"] < 30


# --- switching, and what leaves ---


@each("feature", LOCKED)
@each("environment", ["mirrored", "migration", "production"])
def test_a_locked_feature_cannot_be_switched_anywhere_and_it_says_why(feature: str, environment: str) -> None:
    with pytest.raises(RefusedError, match=r"cannot be enabled|stays locked"):
        switch(world(), rules(), environment, feature, "enable")


@each("feature", NOT_LISTED)
def test_what_is_not_on_the_list_is_a_matter_for_support(feature: str) -> None:
    with pytest.raises(RefusedError, match="ask Support"):
        switch(world(), rules(), "mirrored", feature, "enable")


def test_a_part_that_is_on_makes_its_whole_on_and_goes_off_with_it() -> None:
    whole = SMS.partition(".")[0]
    made = switch(fresh_copy(world()), rules(), "mirrored", SMS, "enable")
    assert set(shown_on(made.database("mirrored"), rules())) >= {SMS, whole}
    off = switch(made, rules(), "mirrored", whole, "disable")
    assert not {SMS, whole} & set(shown_on(off.database("mirrored"), rules()))
    assert not happened(after(off, days=5), "delivered")
    assert whole not in shown_on(switch(made, rules(), "mirrored", SMS, "disable").database("mirrored"), rules())


def test_texts_leave_a_refreshed_copy_for_real_clients_and_one_of_them_calls() -> None:
    made = switch(fresh_copy(world()), rules(), "mirrored", SMS, "enable")
    waiting = made.database("mirrored").waiting.clients
    later = after(made, hours=4)
    sent = happened(later, "delivered")[0]
    assert (sent.reached, sent.real, sent.count, sent.feature) == ("clients", True, waiting, SMS)
    assert later.database("mirrored").waiting.clients == 0
    assert any("client called" in mail.subject for mail in received(later))


def test_texts_that_leave_after_an_upgrade_reach_nobody() -> None:
    made = injects.fill_queue(world(), rules(), "mirrored", 5)
    later = after(switch(made, rules(), "mirrored", SMS, "enable"), hours=4)
    assert [(item.reached, item.real) for item in happened(later, "delivered")] == [("clients", False)]
    assert not any("client called" in mail.subject for mail in received(later))


def test_with_triggers_on_too_messages_leave_day_after_day() -> None:
    made = switch(fresh_copy(world()), rules(), "mirrored", SMS, "enable")
    later = after(switch(made, rules(), "mirrored", "action-triggers", "enable"), days=5)
    assert len(happened(later, "delivered")) >= 5
    stopped = after(switch(later, rules(), "mirrored", "action-triggers", "disable"), days=1)
    assert happened(after(stopped, days=5), "delivered") == happened(stopped, "delivered")


def test_without_credentials_appointments_end_in_the_error_tab() -> None:
    database = world().database("mirrored")
    made = injects.leave_undone(world(), rules(), "mirrored", 5)
    assert database.waiting.exchange_errors == 0
    assert made.database("mirrored").waiting.exchange_errors > 0


# --- cases ---


def test_a_refresh_is_scheduled_some_working_days_ahead_and_then_made() -> None:
    made = ask(world(), earliest=date(2026, 12, 1), latest=date(2026, 12, 8))
    later = after(made, days=20)
    copied = happened(later, "refreshed")[0]
    assert date(2026, 12, 1) <= copied.at.date() <= date(2026, 12, 8)
    said = [mail.body for mail in received(later) if mail.case]
    assert len(said) == 3
    for words, mail in zip(("automatic reply", "is scheduled for", "was refreshed"), said, strict=True):
        assert words in mail
    assert "as they are in production until the next upgrade" in said[2]
    assert later.cases[0].closed


def test_the_same_message_twice_is_one_case_and_a_second_letter_of_an_open_case_stays_with_it() -> None:
    letter = Incoming(
        subject="A question [PA-3]", message_id="<a@b>", asked=Asked(kind="question", reference="PA-3", title="Reports")
    )
    once, number = receive(world(), letter, rules())
    twice, again = receive(once, letter, rules())
    other, third = receive(once, Incoming(subject="Again [PA-3]", message_id="<c@b>", asked=letter.asked), rules())
    assert (again, third) == (number, number)
    assert twice == once
    assert len(other.cases) == 1


def test_support_switches_what_is_on_the_list_and_declines_the_rest() -> None:
    wanted = ("general-ledger", "dss", "clientconnect")
    later = after(ask(world(), kind="feature-change", features=wanted, change="enable"), days=5)
    assert later.database("mirrored").on == ("general-ledger",)
    said = received(later)[-1].body if received(later)[-1].case else received(later)[-2].body
    assert "We cannot switch on in that database: DSS and ClientConnect." in said


def test_a_critical_incident_is_answered_within_two_hours_at_night_and_then_over() -> None:
    made = injects.stop_sign_in(after(world(), hours=12), rules())
    assert is_down(made.database("production"), made.now)
    later = after(ask(made, kind="critical", environment=None, title="Sign-in"), hours=6)
    mails = [mail for mail in received(later) if mail.case]
    assert mails[1].at - made.now <= timedelta(hours=2)
    assert not is_down(later.database("production"), later.now)


def test_a_false_alarm_is_told_what_it_may_cost() -> None:
    later = after(ask(world(), kind="critical", environment=None, title="Sign-in"), hours=3)
    assert any("$250" in mail.body for mail in received(later))


def test_a_missing_notice_is_explained_and_comes_after_all() -> None:
    made = injects.silence_next_notice(world(), rules())
    later = after(ask(made, kind="missing-notice", environment=None, upgrade_day=date(2026, 12, 12)), days=5)
    bodies = [mail.body for mail in received(later)]
    window = "Saturday 12 December 2026, 21:00 to Sunday 13 December 2026, 01:00 (New York), ET."
    assert any("Your address was missing from our list" in body and window in body for body in bodies)
    assert any("Penelope will be upgraded to version 4.26.12" in body for body in bodies)


def test_a_question_about_an_upgrade_is_answered_with_its_window() -> None:
    later = after(
        ask(world(), kind="question", environment=None, title="Date of the upgrade around 12 December"), days=5
    )
    assert any("The window is Saturday 12 December 2026, 21:00" in mail.body for mail in received(later))


def test_queues_of_a_refreshed_copy_are_emptied_once_support_is_asked() -> None:
    for effect in rules().effects_after("refresh"):
        later = after(ask(fresh_copy(world()), kind="question", title=effect.ask), days=6)
        assert is_so(later.database("mirrored"), effect.number, "refresh") is True


def test_a_call_and_a_script_get_a_day_in_support_s_week() -> None:
    for kind in ("scheduled-call", "script"):
        later = after(ask(world(), kind=kind, title="Reports"), days=5)
        said = next(mail.body for mail in received(later) if mail.case and not mail.automatic)
        assert "We will call you on" in said or "It can run on" in said


def test_a_confirmed_defect_has_a_number_and_a_severity() -> None:
    bodies = [
        mail.body
        for seed in range(6)
        for mail in received(after(ask(world(seed), kind="defect", environment="production", title="Intake"), days=5))
        if mail.case
    ]
    assert any("logged it as defect PEN-2" in body and "severity S" in body for body in bodies)


# --- what a facilitator makes happen ---


def test_a_moved_window_moves_the_upgrades_and_a_notice_says_so() -> None:
    made = injects.move_next_upgrade(world(), rules(), 7)
    assert "It replaces the window of" in received(made)[-1].body
    assert next_upgrade(made, rules()) - next_upgrade(world(), rules()) == timedelta(days=7)


def test_a_notice_that_is_silenced_never_comes() -> None:
    made = injects.silence_next_notice(world(1), rules())
    assert not any("12 December 2026" in mail.subject for mail in received(after(made, days=24)))


def test_an_emergency_is_announced_and_production_is_out_of_reach_for_an_hour() -> None:
    made = injects.announce_emergency(world(), rules(), in_hours=20)
    assert "Emergency maintenance" in received(made)[-1].subject
    assert is_down(after(made, hours=20.5).database("production"), made.now + timedelta(hours=20.5))
    assert not is_down(after(made, hours=22).database("production"), made.now + timedelta(hours=22))


def test_the_next_event_is_when_the_world_is_another() -> None:
    made = world()
    for _ in range(10):
        at = next_event(made, rules())
        assert at > made.now
        before = advance(made, at - timedelta(seconds=1), rules())[1]
        assert {item.kind for item in before} <= {"down"}
        made = advance(made, at, rules())[0]


def test_ten_years_pass_and_the_world_stays_within_its_bounds() -> None:
    made, _ = advance(ask(world()), TEN_YEARS, rules())
    assert len(happened(made, "upgraded", "production")) == 120
    assert len(made.due) < 40
