"""A database that is no longer the agency's stays in view until nothing of it is to be settled."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest

from penelope_admin.clock import FixedClock
from penelope_admin.errors import BadInputError, ConflictError, RefusedError
from penelope_admin.services import agency, features, overview, reports, requests, shapes, year
from penelope_admin.services.mirror import environments, evidence
from penelope_admin.services.reports import Order
from penelope_admin.services.requests import RequestInput
from penelope_admin.services.work import Context
from tests.services.house import NOW, SOON, SURE, change_agency, log, mirrored, nothing_saved, one_entry, upgraded
from tests.services.test_reports import section

SMS = "external-communications.sms"
HOUR = timedelta(hours=1)


@pytest.fixture
def exposed(context: Context) -> Context:
    """SMS is on in the mirrored database, and contact details may be real."""
    context.write(environments.record_event, "mirrored", "refreshed", NOW - HOUR)
    context.write(features.switch, SMS, "enable", reason="Test", until=SOON, acknowledgement=SURE, already_done=True)
    return context


def leave(context: Context) -> None:
    known = context.read(agency.need_profile)
    context.write(agency.update, msgspec.structs.replace(known, environments=("training-b",)), ["mirrored"])


def waiting(context: Context) -> dict[str, str]:
    found = context.read(overview.load)
    assert found is not None
    return {item.kind: item.text for item in found.waiting}


def test_an_environment_with_something_on_cannot_be_dropped_in_silence(exposed: Context) -> None:
    with nothing_saved(exposed), pytest.raises(RefusedError, match="Recorded as on: External Communications: SMS"):
        change_agency(exposed, environments=("training-b",))


def test_an_environment_with_something_planned_cannot_be_dropped_in_silence(context: Context) -> None:
    upgraded(context)
    context.write(features.switch, SMS, "enable", reason="Test", until=SOON, acknowledgement=SURE)
    with nothing_saved(context), pytest.raises(RefusedError, match="Planned: External Communications: SMS"):
        change_agency(context, environments=("training-b",))


def test_an_environment_of_which_nobody_knows_cannot_be_dropped_in_silence(context: Context) -> None:
    with nothing_saved(context), pytest.raises(RefusedError, match=r"12 features.*May hold real"):
        change_agency(context, environments=("training-b",))


def test_a_de_identified_training_copy_of_which_nobody_knows_is_not_dropped_in_silence(context: Context) -> None:
    with (
        nothing_saved(context),
        pytest.raises(RefusedError, match=r"Training \(option B\) is not settled.*12 features"),
    ):
        change_agency(context, environments=("mirrored",))
    known = context.read(agency.need_profile)
    context.write(agency.update, msgspec.structs.replace(known, environments=("mirrored",)), ["training-b"])
    assert "Training (option B) is no longer yours, and not settled" in waiting(context)["left"]


def test_that_everything_was_seen_off_is_said_once_and_settles_a_copy(context: Context) -> None:
    done = context.write(features.record_seen, "training-b", dict.fromkeys(context.policy.feature, "off"), "Looked")
    assert {(state.state, state.reason) for state in done.value} == {("off", "Looked")}
    assert {view.state.state for view in context.read(features.find_all, "training-b").features} == {"off"}
    change_agency(context, environments=("mirrored",))
    assert "left" not in waiting(context)


def test_that_everything_was_seen_off_cancels_no_plan(context: Context) -> None:
    upgraded(context)
    context.write(features.switch, SMS, "enable", reason="Test", until=SOON, acknowledgement=SURE)
    context.write(features.record_seen, "mirrored", dict.fromkeys(context.policy.feature, "off"))
    assert context.read(features.find, SMS).state.pending is not None


def test_an_environment_with_nothing_to_settle_is_just_dropped(context: Context) -> None:
    upgraded(context)
    change_agency(context, environments=("training-b",))
    assert [view.environment.key for view in context.read(environments.find_all)] == ["production", "training-b"]
    assert "left" not in waiting(context)
    assert context.read(features.find_mirror) is None


def test_what_is_dropped_although_it_is_not_settled_is_in_the_log(exposed: Context) -> None:
    leave(exposed)
    entry = log(exposed)[-1]
    assert entry.action == "agency.changed"
    assert '"not_settled"' in (entry.after or "")


def test_the_exposure_stays_in_view_everywhere(exposed: Context, clock: FixedClock) -> None:
    leave(exposed)
    assert "SMS is on while contact details in Mirrored may be real" in waiting(exposed)["exposed"]
    assert "Mirrored is no longer yours, and not settled. Recorded as on" in waiting(exposed)["left"]
    view = mirrored(exposed)
    assert (shapes.database(view)["ours"], view.on) == (False, ("External Communications: SMS",))
    register = exposed.read(features.find_mirror)
    assert register is not None
    assert register.unsettled == view.unsettled
    assert any("SMS" in bar.name for bar in exposed.read(year.load).bars)
    clock.instant = NOW + HOUR
    report = exposed.read(reports.make, Order("exposure", date(2026, 12, 1)))
    assert "External Communications: SMS" in section(report, "On while contact details could be real")
    state = exposed.read(reports.make, Order("state"))
    assert "Mirrored is no longer yours" in section(state, "Databases that are no longer the agency's")
    clock.instant = NOW + timedelta(days=20)
    assert "overdue" in waiting(exposed)


def test_what_is_no_longer_ours_can_be_settled_but_nothing_is_switched_on_there(exposed: Context) -> None:
    exposed.write(features.switch, "ms-exchange", "enable", reason="x", until=SOON, acknowledgement=SURE)
    leave(exposed)
    with nothing_saved(exposed), pytest.raises(RefusedError, match="no longer yours: nothing is switched on there"):
        exposed.write(features.switch, "general-ledger", "enable", reason="x", acknowledgement=SURE)
    with nothing_saved(exposed), pytest.raises(RefusedError, match="no longer yours"):
        exposed.write(features.confirm_done, "ms-exchange")
    with nothing_saved(exposed), pytest.raises(BadInputError, match="has no Mirrored database"):
        exposed.write(features.approve, "ms-exchange")
    for wish in (
        RequestInput(reason="x"),
        RequestInput("feature-change", reason="x", features=("dss",), change="disable"),
    ):
        with nothing_saved(exposed), pytest.raises(BadInputError, match="has no Mirrored database"):
            exposed.write(requests.draft, wish)
    told = RequestInput(kind="defect", environment="mirrored", title="SMS is on", reason="Please switch it off.")
    assert exposed.write(requests.draft, told).value.request.environment == "mirrored"
    exposed.write(features.cancel, "ms-exchange")
    exposed.write(features.switch, SMS, "disable", reason="Done", already_done=True)
    exposed.write(environments.record_event, "mirrored", "upgraded", exposed.now())
    assert "left" not in waiting(exposed)
    assert "mirrored" not in [view.environment.key for view in exposed.read(environments.find_all)]
    assert exposed.read(evidence.find_all) == []


def test_a_mistake_that_comes_to_light_later_brings_it_back(exposed: Context) -> None:
    leave(exposed)
    exposed.write(features.switch, SMS, "disable", reason="Done", already_done=True)
    number = exposed.write(environments.record_event, "mirrored", "upgraded", exposed.now()).value.event_id
    assert "left" not in waiting(exposed)
    exposed.write(environments.correct_event, number, "It was the training database")
    assert "left" in waiting(exposed)


def test_one_that_was_deleted_is_settled_with_a_reason(exposed: Context) -> None:
    with nothing_saved(exposed), pytest.raises(BadInputError, match="not among the databases"):
        exposed.write(agency.settle, "mirrored", "Deleted")
    leave(exposed)
    with nothing_saved(exposed), pytest.raises(BadInputError):
        exposed.write(agency.settle, "mirrored", " ")
    with one_entry(exposed, "environment.settled", "mirrored") as facts:
        exposed.write(agency.settle, "mirrored", "Support confirmed on the phone")
    assert facts[1] == {"reason": "Support confirmed on the phone"}
    assert "Recorded as on" in facts[0]["not_settled"][0]
    assert "left" not in waiting(exposed)
    with pytest.raises(BadInputError, match="has no Mirrored"):
        exposed.read(features.find_all)


def test_one_that_is_ours_again_is_as_it_was(exposed: Context) -> None:
    leave(exposed)
    change_agency(exposed, environments=("mirrored", "training-b"))
    assert mirrored(exposed).unsettled == ()
    assert exposed.read(features.find, SMS).state.state == "on"
    assert "left" not in waiting(exposed)


def test_somebody_else_s_change_is_noticed_before_anything_is_dropped(exposed: Context) -> None:
    known = exposed.read(agency.need_profile)
    change_agency(exposed, telephone="204 555 0142")
    stale = msgspec.structs.replace(known, environments=())
    with nothing_saved(exposed), pytest.raises(ConflictError):
        exposed.write(agency.update, stale, ["mirrored"])
