"""What stands before a feature is on: an end date, warnings, and a second person where the agency wants one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import msgspec
import pytest

from penelope_admin.clock import FixedClock
from penelope_admin.domain.features import Acknowledgement, FeatureState, Pending
from penelope_admin.errors import ConflictError, PenelopeAdminError, RefusedError
from penelope_admin.services import agency, features, overview, requests, shapes
from penelope_admin.services.mirror import environments
from penelope_admin.services.requests import RequestInput, delivery
from penelope_admin.services.work import Context
from tests.each import each
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
    waiting,
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
    return context.write(
        features.switch, feature, "enable", reason="Reminders", until=until, acknowledgement=given
    ).value


def confirm_done(context: Context, feature: str = SMS) -> FeatureState:
    return context.write(features.confirm_done, feature).value


def say_done(context: Context, feature: str = SMS, until: date | None = None) -> FeatureState:
    return context.write(
        features.switch, feature, "enable", reason="Reminders", until=until, acknowledgement=SURE, already_done=True
    ).value


def pending_of(context: Context, feature: str = SMS) -> Pending:
    pending = context.read(features.find, feature).state.pending
    assert pending is not None
    return pending


# --- end dates ---------------------------------------------------------------------------------


@each("feature", RE_ENABLEABLE)
@each("already_done", [False, True])
def test_what_has_a_high_phi_risk_is_not_switched_on_without_an_end_date(
    context: Context, feature: str, already_done: bool
) -> None:
    def switch() -> FeatureState:
        return context.write(
            features.switch, feature, "enable", reason="x", acknowledgement=SURE, already_done=already_done
        ).value

    if feature in HIGH_RISK:
        with nothing_saved(context), pytest.raises(RefusedError, match="needs an end date"):
            switch()
    else:
        assert switch().feature == feature


def test_the_end_date_of_what_is_on_cannot_be_taken_away(context: Context) -> None:
    say_done(context, until=SOON)
    with nothing_saved(context), pytest.raises(RefusedError, match="needs an end date"):
        context.write(features.switch, SMS, "enable", reason="Longer", acknowledgement=SURE)
    changed = context.write(features.switch, SMS, "enable", reason="Longer", until=LATER, acknowledgement=SURE).value
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
            alone = context.read(features.warnings_for, second, until=SOON)
            assert not any(warning.startswith(TOGETHER) for warning in alone)
        (say_done if on else plan)(context, first, until=SOON)
        warning, *others = context.read(features.warnings_for, second, until=SOON)
        assert warning.startswith(TOGETHER)
        assert tuple(others) == alone
        assert context.read(features.warnings_for, "ms-exchange", until=SOON) == ()
        assert plan(context, second).pending is not None
        context.write(environments.record_event, "mirrored", "upgraded", context.now())
        assert context.read(features.warnings_for, second, until=SOON) == alone


def test_what_is_about_to_be_switched_off_is_warned_about_as_long_as_it_is_on(context: Context) -> None:
    say_done(context, until=SOON)
    context.write(features.switch, SMS, "disable", reason="Over")
    assert len(context.read(features.warnings_for, "action-triggers", until=SOON)) == 1
    context.write(features.confirm_done, SMS)
    assert context.read(features.warnings_for, "action-triggers", until=SOON) == ()


def test_what_is_locked_has_no_warnings_but_its_refusal(context: Context) -> None:
    for feature in (*LOCKED, *NOT_LISTED):
        assert context.read(features.warnings_for, feature) == ()


# --- a second person ---------------------------------------------------------------------------


def test_a_plan_is_approved_by_somebody_else_and_then_done(careful: Context, bob: Context) -> None:
    planned = plan(careful)
    assert careful.read(features.find, SMS).waits_for_approval
    assert shapes.feature(careful.read(features.find, SMS))["planned_by"] == "ada"
    with one_entry(bob, "feature.approved", f"mirrored/{SMS}") as facts:
        done = bob.write(features.approve, SMS, version=planned.version)
    assert done.changes == {"environments", "features"}
    assert pending_of(careful).approved_by == "bob"
    assert (facts[0]["approved_by"], facts[1]["approved_by"], facts[1]["planned_by"]) == (None, "bob", "ada")
    assert not careful.read(features.find, SMS).waits_for_approval
    assert careful.write(features.confirm_done, SMS).value.state == "on"


@pytest.mark.parametrize("actor", ["ada", "Ada", " ADA "])
def test_nobody_approves_a_plan_of_their_own(careful: Context, opened: Open, actor: str) -> None:
    plan(careful)
    own = opened(actor)
    with nothing_saved(careful), pytest.raises(RefusedError, match="Whoever planned this cannot approve it"):
        own.write(features.approve, SMS)


@pytest.mark.parametrize(
    "step",
    [confirm_done, say_done, lambda context, feature=SMS: say_done(context, feature, SOON)],
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
    bob.write(features.approve, SMS)
    plan(careful, until=LATER)
    assert pending_of(careful).approved_by is None
    with nothing_saved(careful), pytest.raises(RefusedError, match="A second person"):
        careful.write(features.confirm_done, SMS)
    bob.write(features.approve, SMS)
    assert bob.write(features.confirm_done, SMS).value.until == LATER


def test_an_approval_covers_no_later_end_date(careful: Context, bob: Context) -> None:
    plan(careful)
    bob.write(features.approve, SMS)
    with nothing_saved(careful), pytest.raises(RefusedError, match="A second person"):
        say_done(careful, until=SOON + timedelta(days=1))
    assert say_done(careful, until=SOON - timedelta(days=1)).state == "on"


def test_an_approval_given_for_de_identified_contacts_covers_no_real_ones(
    careful: Context, bob: Context, clock: FixedClock
) -> None:
    upgraded(careful)
    plan(careful)
    bob.write(features.approve, SMS)
    clock.instant = NOW + timedelta(hours=1)
    careful.write(environments.record_event, "mirrored", "script-run", clock.now())
    with nothing_saved(careful), pytest.raises(RefusedError, match="A second person"):
        say_done(careful)
    with nothing_saved(careful), pytest.raises(ConflictError, match=r"That was not so when .*SMS was planned"):
        careful.write(features.confirm_done, SMS)


@pytest.mark.parametrize("second_person", [False, True])
@pytest.mark.parametrize("real", [False, True])
def test_an_approval_is_asked_for_exactly_where_real_people_could_be_reached(
    context: Context, second_person: bool, real: bool
) -> None:
    change_agency(context, second_person=second_person)
    if not real:
        upgraded(context)
    for feature in RE_ENABLEABLE:
        plan(context, feature)
        if second_person and real and feature != "general-ledger":
            assert context.read(features.find, feature).waits_for_approval
            with nothing_saved(context), pytest.raises(RefusedError, match="A second person"):
                context.write(features.confirm_done, feature)
        else:
            assert not context.read(features.find, feature).waits_for_approval
            assert context.write(features.confirm_done, feature).value.state == "on"


def test_switching_off_needs_nobody_else(careful: Context, bob: Context) -> None:
    plan(careful)
    bob.write(features.approve, SMS)
    careful.write(features.confirm_done, SMS)
    careful.write(features.switch, SMS, "disable", reason="Over")
    with nothing_saved(careful), pytest.raises(ConflictError, match="needs no approval"):
        bob.write(features.approve, SMS)
    assert careful.write(features.confirm_done, SMS).value.state == "off"


def test_nobody_alone_gives_a_feature_that_is_on_a_later_end(careful: Context, bob: Context) -> None:
    plan(careful)
    bob.write(features.approve, SMS)
    careful.write(features.confirm_done, SMS)
    with nothing_saved(careful), pytest.raises(RefusedError, match="A second person must approve a later end"):
        careful.write(features.switch, SMS, "enable", reason="Longer", until=LATER, acknowledgement=SURE)
    sooner = SOON - timedelta(days=1)
    done = careful.write(features.switch, SMS, "enable", reason="Shorter", until=sooner, acknowledgement=SURE).value
    assert (done.reason, done.until) == ("Shorter", sooner)


def test_there_is_nothing_to_approve_without_a_plan_or_twice(careful: Context, bob: Context, opened: Open) -> None:
    with nothing_saved(careful), pytest.raises(ConflictError, match="is planned"):
        bob.write(features.approve, SMS)
    plan(careful)
    bob.write(features.approve, SMS)
    with nothing_saved(careful), pytest.raises(ConflictError, match="bob has approved this already"):
        opened("eve").write(features.approve, SMS)


def test_a_plan_that_changed_since_it_was_looked_at_is_not_approved(careful: Context, bob: Context) -> None:
    seen = plan(careful).version
    plan(careful, until=LATER)
    with nothing_saved(careful), pytest.raises(ConflictError, match="Somebody else changed this feature"):
        bob.write(features.approve, SMS, version=seen)


@pytest.mark.parametrize("feature", [*LOCKED, *NOT_LISTED])
def test_what_is_locked_or_not_listed_cannot_be_approved(bob: Context, feature: str) -> None:
    with nothing_saved(bob), pytest.raises(PenelopeAdminError):
        bob.write(features.approve, feature)


def test_what_waits_for_somebody_else_says_so_on_the_first_page(careful: Context, bob: Context) -> None:
    plan(careful)
    found = careful.read(overview.load)
    assert found is not None
    (item,) = [item for item in found.waiting if item.subject == SMS]
    assert "ada planned it. Somebody else must approve" in item.text
    seen = bob.read(overview.load)
    assert seen is not None
    assert any("ada planned it. Approve it if you agree." in item.text for item in seen.waiting), "to the one who may"
    bob.write(features.approve, SMS)
    found = careful.read(overview.load)
    assert found is not None
    (item,) = [item for item in found.waiting if item.subject == SMS]
    assert "then say that it is done" in item.text


# --- and when Support is asked -----------------------------------------------------------------

ASK = RequestInput("feature-change", reason="x", features=(SMS,), change="enable", acknowledgement=SURE)


def test_support_is_not_asked_to_switch_on_what_nobody_approved(careful: Context, bob: Context) -> None:
    with nothing_saved(careful), pytest.raises(RefusedError, match="A second person must approve this first"):
        careful.write(requests.draft, ASK)
    plan(careful)
    with nothing_saved(careful), pytest.raises(RefusedError, match="A second person must approve this first"):
        careful.write(requests.draft, ASK)
    bob.write(features.approve, SMS)
    assert careful.write(requests.draft, ASK).value.request.features == (SMS,)


def test_a_draft_is_not_changed_into_such_a_request(careful: Context) -> None:
    other = RequestInput("feature-change", reason="x", features=("dss",), change="enable", acknowledgement=SURE)
    key = careful.write(requests.draft, other).value.request.id
    with nothing_saved(careful), pytest.raises(RefusedError, match="A second person must approve this first"):
        careful.write(requests.redraft, key, ASK)


def test_support_may_be_asked_without_a_second_person_where_nobody_real_could_be_reached(careful: Context) -> None:
    upgraded(careful)
    assert careful.write(requests.draft, ASK).value.request.id


def test_the_same_name_in_a_domain_is_no_second_person(careful: Context, opened: Open) -> None:
    plan(careful)
    for same in ("OFFICE\\ada", "ada@office.example"):
        with nothing_saved(careful), pytest.raises(RefusedError, match="Whoever planned this cannot approve it"):
            opened(same).write(features.approve, SMS)


def test_the_setting_stays_while_a_plan_waits_for_a_second_person(careful: Context) -> None:
    plan(careful)
    with nothing_saved(careful), pytest.raises(ConflictError, match="Have the plan approved or cancel it"):
        change_agency(careful, second_person=False)
    careful.write(features.cancel, SMS)
    change_agency(careful, second_person=False)


def test_a_plan_whose_last_day_has_passed_is_not_confirmed(context: Context, clock: FixedClock) -> None:
    plan(context)
    clock.instant = NOW + timedelta(days=12)
    with nothing_saved(context), pytest.raises(ConflictError, match="has expired: its last day was"):
        context.write(features.confirm_done, SMS)
    with nothing_saved(context), pytest.raises(ConflictError, match="has expired: its last day was"):
        context.write(features.switch, SMS, "enable", reason="x", acknowledgement=SURE, already_done=True)


def test_an_expired_plan_says_so_everywhere_and_tells_nobody_to_switch_on(context: Context, clock: FixedClock) -> None:
    plan(context)
    assert not context.read(features.find, SMS).expired
    clock.instant = NOW + timedelta(days=12)
    view = context.read(features.find, SMS)
    assert view.expired.startswith("The plan to switch on External Communications: SMS has expired")
    assert shapes.feature(view)["expired"] is True
    found = context.read(overview.load)
    assert found is not None
    (item,) = [item for item in found.waiting if item.kind == "change"]
    assert item.text == view.expired == view.obstacle
    assert "Cancel the plan, or plan it again." in item.text


def _script_ran(context: Context) -> None:
    context.write(environments.record_event, "mirrored", "script-run", context.now())


def _refresh_is_due(context: Context) -> None:
    key = context.write(requests.draft, RequestInput(reason="x")).value.request.id
    context.write(requests.advance, key, "sent")
    context.write(requests.advance, key, "acknowledged", case_number="1")
    context.write(requests.advance, key, "scheduled", scheduled_for=NOW.date())


def _dropped(context: Context) -> None:
    known = context.read(agency.need_profile)
    context.write(agency.update, msgspec.structs.replace(known, environments=("training-b",)), ["mirrored"])


@pytest.mark.parametrize("happens", [_script_ran, _refresh_is_due, _dropped])
def test_nobody_is_told_to_switch_on_what_could_not_be_said_to_be_done(
    context: Context, happens: Callable[[Context], None]
) -> None:
    upgraded(context)
    plan(context)
    assert not context.read(features.find, SMS).obstacle
    happens(context)
    view = context.read(features.find, SMS)
    assert "do not switch it on" in view.obstacle.casefold()
    assert "Cancel the plan" in view.obstacle
    found = context.read(overview.load)
    assert found is not None
    assert [item.text for item in found.waiting if item.kind == "change"] == [view.obstacle]
    with nothing_saved(context), pytest.raises((ConflictError, RefusedError)) as refused:
        context.write(features.confirm_done, SMS)
    assert str(refused.value).startswith(view.obstacle)


def test_a_plan_that_is_not_to_be_carried_out_is_not_approved_either(careful: Context, bob: Context) -> None:
    upgraded(careful)
    plan(careful)
    _script_ran(careful)
    with nothing_saved(careful), pytest.raises(ConflictError, match="Do not switch it on"):
        bob.write(features.approve, SMS)


def test_what_is_on_although_its_plan_has_expired_can_be_recorded_with_a_new_last_day(
    context: Context, clock: FixedClock
) -> None:
    plan(context)
    clock.instant = NOW + timedelta(days=12)
    later = SOON + timedelta(days=5)
    context.write(features.switch, SMS, "enable", reason="x", until=later, acknowledgement=SURE, already_done=True)
    state = context.read(features.find, SMS).state
    assert (state.state, state.until, state.pending) == ("on", later, None)


def test_an_expired_plan_is_neither_approved_nor_a_reason_to_ask_support(
    careful: Context, bob: Context, clock: FixedClock
) -> None:
    plan(careful)
    bob.write(features.approve, SMS)
    clock.instant = NOW + timedelta(days=12)
    with nothing_saved(careful), pytest.raises(RefusedError, match="A second person must approve"):
        careful.write(requests.draft, ASK)
    plan(careful, until=SOON + timedelta(days=20))
    clock.instant = NOW + timedelta(days=40)
    with nothing_saved(careful), pytest.raises(ConflictError, match="has expired"):
        bob.write(features.approve, SMS)


def test_an_expired_plan_can_be_cancelled_and_planned_again(context: Context, clock: FixedClock) -> None:
    plan(context)
    clock.instant = NOW + timedelta(days=12)
    context.write(features.switch, SMS, "enable", reason="Again", until=SOON + timedelta(days=9), acknowledgement=SURE)
    assert not context.read(features.find, SMS).expired
    context.write(features.cancel, SMS)
    assert context.read(features.find, SMS).state.pending is None


def test_a_request_drafted_for_de_identified_contacts_is_not_given_out_once_they_may_be_real(context: Context) -> None:
    upgraded(context)
    wish = RequestInput(
        "feature-change", reason="Test", features=(SMS,), change="enable", acknowledgement=Acknowledgement(True)
    )
    key = context.write(requests.draft, wish).value.request.id
    context.write(environments.record_event, "mirrored", "refreshed", NOW)
    for via in ("eml", "text", "phone"):
        with nothing_saved(context), pytest.raises(ConflictError, match="That was not so when PA-1 was drafted"):
            context.write(delivery.hand_over, key, "portal" if via == "text" else via)


def test_what_is_on_while_contacts_may_be_real_is_urgent_on_the_overview(context: Context) -> None:
    upgraded(context)
    context.write(features.switch, SMS, "enable", reason="x", until=SOON, acknowledgement=SURE, already_done=True)
    assert not waiting(context, "exposed")
    context.write(environments.record_event, "mirrored", "script-run", NOW)
    assert waiting(context, "exposed") == [
        "External Communications: SMS is on while contact details in Mirrored may be real. Switch it off, unless you "
        "intend to contact real people."
    ]


@pytest.mark.parametrize("feature", LOCKED)
def test_no_letter_about_a_locked_feature_is_even_shown(context: Context, feature: str) -> None:
    wish = RequestInput("feature-change", reason="Please", features=(feature,), change="enable", acknowledgement=SURE)
    with pytest.raises(RefusedError):
        context.read(requests.preview, wish)
