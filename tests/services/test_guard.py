"""What stands before a feature is on: an end date, warnings, and a second person where the agency wants one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import msgspec
import pytest

from penelope_admin.clock import FixedClock
from penelope_admin.domain.features import Acknowledgement, FeatureState, Pending
from penelope_admin.errors import ConflictError, PenelopeAdminError, RefusedError
from penelope_admin.services import agency, delivery, environments, features, overview, requests
from penelope_admin.services.context import Context
from penelope_admin.services.requests import Wish
from tests.services.conftest import Open
from tests.services.house import (
    EXTERNAL_COMMUNICATIONS,
    HIGH_RISK,
    LOCKED,
    NOT_LISTED,
    NOW,
    RE_ENABLEABLE,
    SOON,
    SURE,
    change_agency,
    nothing_saved,
    one_entry,
    upgraded,
)

SMS = "external-communications.sms"
LATER = date(2026, 12, 30)


@pytest.fixture
def careful(context: Context) -> Context:
    """An agency that wants a second person where contact details may be real; nobody knows if they are."""
    change_agency(context, second_person=True)
    return context


@pytest.fixture
def bob(careful: Context, opened: Open) -> Context:
    """Somebody else on the same database."""
    return opened("bob")


def plan(context: Context, feature: str = SMS, until: date = SOON, given: Acknowledgement = SURE) -> FeatureState:
    return features.switch(context, feature, "enable", reason="Reminders", until=until, acknowledgement=given).value


def say_done(context: Context, feature: str = SMS, until: date | None = None) -> FeatureState:
    return features.switch(
        context, feature, "enable", reason="Reminders", until=until, acknowledgement=SURE, already_done=True
    ).value


def pending_of(context: Context, feature: str = SMS) -> Pending:
    pending = features.find(context, feature).state.pending
    assert pending is not None
    return pending


# --- end dates ---------------------------------------------------------------------------------


@pytest.mark.parametrize("feature", RE_ENABLEABLE)
@pytest.mark.parametrize("already_done", [False, True])
def test_what_has_a_high_phi_risk_is_not_switched_on_without_an_end_date(
    context: Context, feature: str, already_done: bool
) -> None:
    def switch() -> FeatureState:
        return features.switch(
            context, feature, "enable", reason="x", acknowledgement=SURE, already_done=already_done
        ).value

    if feature in HIGH_RISK:
        with nothing_saved(context), pytest.raises(RefusedError, match="needs an end date"):
            switch()
    else:
        assert switch().feature == feature


def test_the_end_date_of_what_is_on_cannot_be_taken_away(context: Context) -> None:
    say_done(context, until=SOON)
    with nothing_saved(context), pytest.raises(RefusedError, match="needs an end date"):
        features.switch(context, SMS, "enable", reason="Longer", acknowledgement=SURE)
    changed = features.switch(context, SMS, "enable", reason="Longer", until=LATER, acknowledgement=SURE).value
    assert (changed.state, changed.until) == ("on", LATER)


# --- warnings ----------------------------------------------------------------------------------

TOGETHER = "Action Triggers and External Communications together"


@pytest.mark.parametrize("part", EXTERNAL_COMMUNICATIONS)
@pytest.mark.parametrize("on", [False, True])
def test_action_triggers_and_external_communications_are_warned_about_in_both_directions(
    context: Context, part: str, on: bool
) -> None:
    for first, second in ((part, "action-triggers"), ("action-triggers", part)):
        with nothing_saved(context):
            assert features.warnings_for(context, second, until=SOON) == ()
        (say_done if on else plan)(context, first, until=SOON)
        (warning,) = features.warnings_for(context, second, until=SOON)
        assert warning.startswith(TOGETHER)
        assert features.warnings_for(context, "ms-exchange", until=SOON) == ()
        assert plan(context, second).pending is not None
        environments.record_event(context, "mirrored", "upgraded", context.now())
        assert features.warnings_for(context, second, until=SOON) == ()


def test_what_is_about_to_be_switched_off_is_warned_about_as_long_as_it_is_on(context: Context) -> None:
    say_done(context, until=SOON)
    features.switch(context, SMS, "disable", reason="Over")
    assert len(features.warnings_for(context, "action-triggers", until=SOON)) == 1
    features.confirm_done(context, SMS)
    assert features.warnings_for(context, "action-triggers", until=SOON) == ()


def test_what_is_locked_has_no_warnings_but_its_refusal(context: Context) -> None:
    for feature in (*LOCKED, *NOT_LISTED):
        assert features.warnings_for(context, feature) == ()


# --- a second person ---------------------------------------------------------------------------


def test_a_plan_is_approved_by_somebody_else_and_then_done(careful: Context, bob: Context) -> None:
    planned = plan(careful)
    assert features.find(careful, SMS).waits_for_approval
    assert features.find(careful, SMS).as_json()["planned_by"] == "ada"
    with one_entry(bob, "feature.approved", f"mirrored/{SMS}") as facts:
        done = features.approve(bob, SMS, version=planned.version)
    assert done.changes == {"environments", "features"}
    assert pending_of(careful).approved_by == "bob"
    assert (facts[0]["approved_by"], facts[1]["approved_by"], facts[1]["planned_by"]) == (None, "bob", "ada")
    assert not features.find(careful, SMS).waits_for_approval
    assert features.confirm_done(careful, SMS).value.state == "on"


@pytest.mark.parametrize("actor", ["ada", "Ada", " ADA "])
def test_nobody_approves_a_plan_of_their_own(careful: Context, opened: Open, actor: str) -> None:
    plan(careful)
    own = opened(actor)
    with nothing_saved(careful), pytest.raises(RefusedError, match="Whoever planned this cannot approve it"):
        features.approve(own, SMS)


@pytest.mark.parametrize(
    "step",
    [features.confirm_done, say_done, lambda context, feature=SMS: say_done(context, feature, SOON)],
    ids=["confirm", "done", "done with a date"],
)
@pytest.mark.parametrize("who", ["ada", "bob"])
def test_nothing_counts_as_done_before_the_approval(
    careful: Context, opened: Open, who: str, step: Callable[[Context, str], object]
) -> None:
    plan(careful)
    other = opened(who)
    with nothing_saved(careful), pytest.raises(RefusedError, match="A second person must approve this"):
        step(other, SMS)


def test_what_nobody_planned_cannot_be_recorded_as_done(careful: Context) -> None:
    with nothing_saved(careful), pytest.raises(RefusedError, match="A second person must approve this"):
        say_done(careful, until=SOON)


def test_planning_again_drops_the_approval(careful: Context, bob: Context) -> None:
    plan(careful)
    features.approve(bob, SMS)
    plan(careful, until=LATER)
    assert pending_of(careful).approved_by is None
    with nothing_saved(careful), pytest.raises(RefusedError, match="A second person"):
        features.confirm_done(careful, SMS)
    features.approve(bob, SMS)
    assert features.confirm_done(bob, SMS).value.until == LATER


def test_an_approval_covers_no_later_end_date(careful: Context, bob: Context) -> None:
    plan(careful)
    features.approve(bob, SMS)
    with nothing_saved(careful), pytest.raises(RefusedError, match="A second person"):
        say_done(careful, until=SOON + timedelta(days=1))
    assert say_done(careful, until=SOON - timedelta(days=1)).state == "on"


def test_an_approval_given_for_de_identified_contacts_covers_no_real_ones(
    careful: Context, bob: Context, clock: FixedClock
) -> None:
    upgraded(careful)
    plan(careful)
    features.approve(bob, SMS)
    clock.instant = NOW + timedelta(hours=1)
    environments.record_event(careful, "mirrored", "script-run", clock.now())
    with nothing_saved(careful), pytest.raises(RefusedError, match="A second person"):
        say_done(careful)
    with nothing_saved(careful), pytest.raises(ConflictError, match=r"That was not so when .*SMS was planned"):
        features.confirm_done(careful, SMS)


@pytest.mark.parametrize("feature", RE_ENABLEABLE)
@pytest.mark.parametrize("second_person", [False, True])
@pytest.mark.parametrize("real", [False, True])
def test_an_approval_is_asked_for_exactly_where_real_people_could_be_reached(
    context: Context, feature: str, second_person: bool, real: bool
) -> None:
    change_agency(context, second_person=second_person)
    if not real:
        upgraded(context)
    plan(context, feature)
    if second_person and real and feature != "general-ledger":
        assert features.find(context, feature).waits_for_approval
        with nothing_saved(context), pytest.raises(RefusedError, match="A second person"):
            features.confirm_done(context, feature)
    else:
        assert not features.find(context, feature).waits_for_approval
        assert features.confirm_done(context, feature).value.state == "on"


def test_switching_off_needs_nobody_else(careful: Context, bob: Context) -> None:
    plan(careful)
    features.approve(bob, SMS)
    features.confirm_done(careful, SMS)
    features.switch(careful, SMS, "disable", reason="Over")
    with nothing_saved(careful), pytest.raises(ConflictError, match="needs no approval"):
        features.approve(bob, SMS)
    assert features.confirm_done(careful, SMS).value.state == "off"


def test_nobody_alone_gives_a_feature_that_is_on_a_later_end(careful: Context, bob: Context) -> None:
    plan(careful)
    features.approve(bob, SMS)
    features.confirm_done(careful, SMS)
    with nothing_saved(careful), pytest.raises(RefusedError, match="A second person must approve a later end"):
        features.switch(careful, SMS, "enable", reason="Longer", until=LATER, acknowledgement=SURE)
    sooner = SOON - timedelta(days=1)
    done = features.switch(careful, SMS, "enable", reason="Shorter", until=sooner, acknowledgement=SURE).value
    assert (done.reason, done.until) == ("Shorter", sooner)


def test_there_is_nothing_to_approve_without_a_plan_or_twice(careful: Context, bob: Context, opened: Open) -> None:
    with nothing_saved(careful), pytest.raises(ConflictError, match="is planned"):
        features.approve(bob, SMS)
    plan(careful)
    features.approve(bob, SMS)
    with nothing_saved(careful), pytest.raises(ConflictError, match="bob has approved this already"):
        features.approve(opened("eve"), SMS)


def test_a_plan_that_changed_since_it_was_looked_at_is_not_approved(careful: Context, bob: Context) -> None:
    seen = plan(careful).version
    plan(careful, until=LATER)
    with nothing_saved(careful), pytest.raises(ConflictError, match="Somebody else changed this feature"):
        features.approve(bob, SMS, version=seen)


@pytest.mark.parametrize("feature", [*LOCKED, *NOT_LISTED])
def test_what_is_locked_or_not_listed_cannot_be_approved(bob: Context, feature: str) -> None:
    with nothing_saved(bob), pytest.raises(PenelopeAdminError):
        features.approve(bob, feature)


def test_what_waits_for_somebody_else_says_so_on_the_first_page(careful: Context, bob: Context) -> None:
    plan(careful)
    found = overview.load(careful)
    assert found is not None
    (item,) = [item for item in found.waiting if item.subject == SMS]
    assert "ada planned it. Somebody else must approve" in item.text
    features.approve(bob, SMS)
    found = overview.load(careful)
    assert found is not None
    (item,) = [item for item in found.waiting if item.subject == SMS]
    assert "then say that it is done" in item.text


# --- and when Support is asked -----------------------------------------------------------------

ASK = Wish("feature-change", reason="x", features=(SMS,), change="enable", acknowledgement=SURE)


def test_support_is_not_asked_to_switch_on_what_nobody_approved(careful: Context, bob: Context) -> None:
    with nothing_saved(careful), pytest.raises(RefusedError, match="A second person must approve this first"):
        requests.draft(careful, ASK)
    plan(careful)
    with nothing_saved(careful), pytest.raises(RefusedError, match="A second person must approve this first"):
        requests.draft(careful, ASK)
    features.approve(bob, SMS)
    assert requests.draft(careful, ASK).value.request.features == (SMS,)


def test_a_draft_is_not_changed_into_such_a_request(careful: Context) -> None:
    other = Wish("feature-change", reason="x", features=("dss",), change="enable", acknowledgement=SURE)
    key = requests.draft(careful, other).value.request.id
    with nothing_saved(careful), pytest.raises(RefusedError, match="A second person must approve this first"):
        requests.redraft(careful, key, ASK)


def test_support_may_be_asked_without_a_second_person_where_nobody_real_could_be_reached(careful: Context) -> None:
    upgraded(careful)
    assert requests.draft(careful, ASK).value.request.id


def test_the_same_name_in_a_domain_is_no_second_person(careful: Context, opened: Open) -> None:
    plan(careful)
    for same in ("OFFICE\\ada", "ada@office.example"):
        with nothing_saved(careful), pytest.raises(RefusedError, match="Whoever planned this cannot approve it"):
            features.approve(opened(same), SMS)


def test_the_setting_stays_while_a_plan_waits_for_a_second_person(careful: Context) -> None:
    plan(careful)
    with nothing_saved(careful), pytest.raises(ConflictError, match="Have the plan approved or cancel it"):
        change_agency(careful, second_person=False)
    features.cancel(careful, SMS)
    change_agency(careful, second_person=False)


def test_a_plan_whose_last_day_has_passed_is_not_confirmed(context: Context, clock: FixedClock) -> None:
    plan(context)
    clock.instant = NOW + timedelta(days=12)
    with nothing_saved(context), pytest.raises(ConflictError, match="has expired: its last day was"):
        features.confirm_done(context, SMS)
    with nothing_saved(context), pytest.raises(ConflictError, match="has expired: its last day was"):
        features.switch(context, SMS, "enable", reason="x", acknowledgement=SURE, already_done=True)


def test_an_expired_plan_says_so_everywhere_and_tells_nobody_to_switch_on(context: Context, clock: FixedClock) -> None:
    plan(context)
    assert not features.find(context, SMS).expired
    clock.instant = NOW + timedelta(days=12)
    view = features.find(context, SMS)
    assert view.expired.startswith("The plan to switch on External Communications: SMS has expired")
    assert view.as_json()["expired"] is True
    found = overview.load(context)
    assert found is not None
    (item,) = [item for item in found.waiting if item.kind == "change"]
    assert item.text == view.expired == view.obstacle
    assert "Cancel the plan, or plan it again." in item.text


def _script_ran(context: Context) -> None:
    environments.record_event(context, "mirrored", "script-run", context.now())


def _refresh_is_due(context: Context) -> None:
    key = requests.draft(context, Wish(reason="x")).value.request.id
    requests.advance(context, key, "sent")
    requests.advance(context, key, "acknowledged", case_number="1")
    requests.advance(context, key, "scheduled", scheduled_for=NOW.date())


def _dropped(context: Context) -> None:
    known = agency.need_profile(context)
    agency.update(context, msgspec.structs.replace(known, environments=("training-b",)), ["mirrored"])


@pytest.mark.parametrize("happens", [_script_ran, _refresh_is_due, _dropped])
def test_nobody_is_told_to_switch_on_what_could_not_be_said_to_be_done(
    context: Context, happens: Callable[[Context], None]
) -> None:
    upgraded(context)
    plan(context)
    assert not features.find(context, SMS).obstacle
    happens(context)
    view = features.find(context, SMS)
    assert "do not switch it on" in view.obstacle.casefold()
    assert "Cancel the plan" in view.obstacle
    found = overview.load(context)
    assert found is not None
    assert [item.text for item in found.waiting if item.kind == "change"] == [view.obstacle]
    with nothing_saved(context), pytest.raises((ConflictError, RefusedError)) as refused:
        features.confirm_done(context, SMS)
    assert str(refused.value).startswith(view.obstacle)


def test_a_plan_that_is_not_to_be_carried_out_is_not_approved_either(careful: Context, bob: Context) -> None:
    upgraded(careful)
    plan(careful)
    _script_ran(careful)
    with nothing_saved(careful), pytest.raises(ConflictError, match="Do not switch it on"):
        features.approve(bob, SMS)


def test_what_is_on_although_its_plan_has_expired_can_be_recorded_with_a_new_last_day(
    context: Context, clock: FixedClock
) -> None:
    plan(context)
    clock.instant = NOW + timedelta(days=12)
    later = SOON + timedelta(days=5)
    features.switch(context, SMS, "enable", reason="x", until=later, acknowledgement=SURE, already_done=True)
    state = features.find(context, SMS).state
    assert (state.state, state.until, state.pending) == ("on", later, None)


def test_an_expired_plan_is_neither_approved_nor_a_reason_to_ask_support(
    careful: Context, bob: Context, clock: FixedClock
) -> None:
    plan(careful)
    features.approve(bob, SMS)
    clock.instant = NOW + timedelta(days=12)
    with nothing_saved(careful), pytest.raises(RefusedError, match="A second person must approve"):
        requests.draft(careful, ASK)
    plan(careful, until=SOON + timedelta(days=20))
    clock.instant = NOW + timedelta(days=40)
    with nothing_saved(careful), pytest.raises(ConflictError, match="has expired"):
        features.approve(bob, SMS)


def test_an_expired_plan_can_be_cancelled_and_planned_again(context: Context, clock: FixedClock) -> None:
    plan(context)
    clock.instant = NOW + timedelta(days=12)
    features.switch(context, SMS, "enable", reason="Again", until=SOON + timedelta(days=9), acknowledgement=SURE)
    assert not features.find(context, SMS).expired
    features.cancel(context, SMS)
    assert features.find(context, SMS).state.pending is None


def test_a_request_drafted_for_de_identified_contacts_is_not_given_out_once_they_may_be_real(context: Context) -> None:
    upgraded(context)
    wish = Wish(
        "feature-change", reason="Test", features=(SMS,), change="enable", acknowledgement=Acknowledgement(True)
    )
    key = requests.draft(context, wish).value.request.id
    environments.record_event(context, "mirrored", "refreshed", NOW)
    for via in ("eml", "text", "phone"):
        with nothing_saved(context), pytest.raises(ConflictError, match="That was not so when PA-1 was drafted"):
            delivery.hand_over(context, key, "portal" if via == "text" else via)


def test_what_is_on_while_contacts_may_be_real_is_urgent_on_the_overview(context: Context) -> None:
    upgraded(context)
    features.switch(context, SMS, "enable", reason="x", until=SOON, acknowledgement=SURE, already_done=True)
    assert not exposed(context)
    environments.record_event(context, "mirrored", "script-run", NOW)
    assert exposed(context) == [
        "External Communications: SMS is on while contact details in Mirrored may be real. Switch it off, unless you "
        "intend to contact real people."
    ]


def exposed(context: Context) -> list[str]:
    found = overview.load(context)
    assert found is not None
    return [item.text for item in found.waiting if item.kind == "exposed"]


@pytest.mark.parametrize("feature", LOCKED)
def test_no_letter_about_a_locked_feature_is_even_shown(context: Context, feature: str) -> None:
    wish = Wish("feature-change", reason="Please", features=(feature,), change="enable", acknowledgement=SURE)
    with pytest.raises(RefusedError):
        requests.preview(context, wish)
