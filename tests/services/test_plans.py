"""Plans between two laptops: nothing is lost, the rules of every action count, and all of it can be taken back."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from penelope_admin import services
from penelope_admin.clock import FixedClock
from penelope_admin.domain.features import Acknowledgement
from penelope_admin.domain.plans import (
    Days,
    DraftPlan,
    FeaturePlan,
    Item,
    Member,
    Plan,
    ProjectPlan,
    Side,
    kind_of,
    own_id,
)
from penelope_admin.domain.projects import FeatureInput, ProjectInput, input_of
from penelope_admin.domain.requests import RequestInput
from penelope_admin.domain.windows import NoticeKind
from penelope_admin.errors import BadInputError, ConflictError, RefusedError
from penelope_admin.gateways import plans as files
from penelope_admin.policy import Policy
from penelope_admin.services import agency, features, projects
from penelope_admin.services.calendar import notices, support
from penelope_admin.services.mirror import environments
from penelope_admin.services.plans import bringing, taking
from penelope_admin.services.plans.asking import Acknowledged
from penelope_admin.services.plans.bringing import Brought
from penelope_admin.services.requests import drafts, follow, steps
from penelope_admin.services.work import Context
from tests.each import each
from tests.effort import examples
from tests.gateways.test_plans import mutated_value, sealed
from tests.services.house import (
    NOW,
    PROFILE,
    SOON,
    SURE,
    change_agency,
    everything,
    log,
    nothing_saved,
    one_entry,
    open_context,
)

POLICY = "1" * 64
FIRST, LAST = date(2026, 12, 14), date(2027, 1, 8)
LEDGER, SMS = "general-ledger", "external-communications.sms"
PLANNED = ProjectInput("Pilot", "Try reminders", FIRST, LAST)


@pytest.fixture
def machine(tmp_path: Path, policy: Policy) -> Iterator[Callable[[str], Context]]:
    """Makes a data folder of its own, with the agency in it, for an account."""
    made: list[Context] = []

    def make(name: str) -> Context:
        context = open_context(tmp_path / name, policy, FixedClock(NOW), name)
        context.write(agency.set_up, PROFILE)
        made.append(context)
        return context

    yield make
    for context in made:
        context.store.close()


@pytest.fixture
def desk(machine: Callable[[str], Context]) -> Context:
    return machine("ada")


@pytest.fixture
def laptop(machine: Callable[[str], Context]) -> Context:
    return machine("eve")


def take(context: Context, *numbers: int) -> Plan:
    """A plan as it comes out of its file."""
    plan = context.read(taking.take_along, POLICY, numbers)
    return files.from_bytes(files.to_bytes(plan), "x.pa-plan")


def bring(
    context: Context, plan: Plan, side: Side | None = None, *, partly: bool = False, given: Acknowledged | None = None
) -> Brought:
    return bringing.bring_home(context, plan, "2" * 64, POLICY, for_all=side, partly=partly, acknowledged=given).value


def names(context: Context) -> list[str]:
    return [project.name for project in context.read(projects.listing)]


def change(context: Context, key: int, **fields: object) -> None:
    known = context.read(projects.find, key).project
    context.write(projects.change, key, replace(input_of(known), **fields))  # type: ignore[arg-type]


def fill(context: Context) -> None:
    """One of everything that can travel."""
    context.write(projects.add, replace(PLANNED, features=(FeatureInput(LEDGER), FeatureInput(SMS))))
    context.write(drafts.draft, RequestInput("question", title="Reports", reason="Why are files missing?"))
    context.write(features.switch, LEDGER, "disable", reason="Not needed")
    context.write(notices.add, "emergency", NOW + timedelta(days=2), NOW + timedelta(days=2, hours=1), "4.2", "email")
    context.write(support.add_holiday, "support", date(2026, 12, 25), "Christmas")


def verified(context: Context) -> bool:
    found = context.read(services.activity.verify)
    return found.holds and not found.differences


def test_a_plan_brought_back_to_where_it_was_made_changes_nothing(desk: Context) -> None:
    fill(desk)
    plan = take(desk)
    assert sorted(item.kind for item in plan.items) == [
        "feature-plan", "holiday", "notice", "project", "request-draft"
    ]  # fmt: skip
    with nothing_saved(desk):
        assert bring(desk, plan) == Brought((), (), (), (), (), no_base=False, other_rules=False, kept=False)


def test_everything_planned_is_there_on_the_laptop_with_one_entry_in_its_log(desk: Context, laptop: Context) -> None:
    fill(desk)
    plan = take(desk)
    with one_entry(laptop, "plan.brought-home", "5 items") as facts:
        brought = bring(laptop, plan)
    assert brought.kept
    assert len(brought.changed) == 5
    assert brought.refused == ()
    assert facts[1]["file_sha256"] == "2" * 64
    assert facts[1]["items"] == [
        "project 1",
        "mirrored/general-ledger",
        "PA-1",
        "notice 1",
        "support 2026-12-25",
    ]
    assert [item.plan for item in take(laptop).items] == [item.plan for item in plan.items]
    assert verified(laptop)


def test_bringing_the_same_plan_twice_is_bringing_it_once(desk: Context, laptop: Context) -> None:
    fill(desk)
    plan = take(desk)
    bring(laptop, plan)
    with nothing_saved(laptop):
        assert not bring(laptop, plan).kept


def test_what_was_planned_on_the_laptop_comes_home_beside_what_changed_meanwhile(
    desk: Context, laptop: Context
) -> None:
    fill(desk)
    bring(laptop, take(desk))
    change(laptop, 1, purpose="Try reminders again", features=(FeatureInput(LEDGER),))
    laptop.write(projects.add, replace(PLANNED, name="From the train"))
    change(desk, 1, name="Pilot of the winter")
    desk.write(drafts.draft, RequestInput("question", title="Meanwhile", reason="Drafted on the desk"))
    brought = bring(desk, take(laptop))
    assert (brought.conflicts, brought.refused) == ((), ())
    home = desk.read(projects.find, 1).project
    assert (home.name, home.purpose) == ("Pilot of the winter", "Try reminders again")
    assert [use.feature for use in home.features] == [LEDGER]
    assert sorted(names(desk)) == ["From the train", "Pilot of the winter"]
    assert verified(desk)


def test_what_both_changed_is_asked_and_nothing_is_kept_before(desk: Context, laptop: Context) -> None:
    fill(desk)
    bring(laptop, take(desk))
    change(laptop, 1, name="There", purpose="New purpose")
    change(desk, 1, name="Here")
    plan = take(laptop)
    with nothing_saved(desk):
        (asked,) = bring(desk, plan).conflicts
    assert (asked.field, asked.base, asked.here, asked.plan) == ("name", "Pilot", "Here", "There")
    brought = bring(desk, plan, partly=True)
    assert brought.kept
    home = desk.read(projects.find, 1).project
    assert (home.name, home.purpose) == ("Here", "New purpose")


@pytest.mark.parametrize(("side", "name"), [("here", "Here"), ("plan", "There")])
def test_a_choice_settles_a_conflict(desk: Context, laptop: Context, side: Side, name: str) -> None:
    fill(desk)
    bring(laptop, take(desk))
    change(laptop, 1, name="There")
    change(desk, 1, name="Here")
    bring(desk, take(laptop), side)
    assert names(desk) == [name]


def test_a_feature_s_reason_travels_with_its_days_and_is_asked_about_where_both_changed_it(
    desk: Context, laptop: Context
) -> None:
    desk.write(projects.add, replace(PLANNED, features=(FeatureInput(LEDGER), FeatureInput(SMS))))
    bring(laptop, take(desk))
    change(laptop, 1, features=(FeatureInput(LEDGER, reason="Payroll"), FeatureInput(SMS)))
    bring(desk, take(laptop))
    assert [use.reason for use in desk.read(projects.find, 1).project.features] == ["", "Payroll"]
    bring(laptop, take(desk))
    change(laptop, 1, features=(FeatureInput(LEDGER, reason="There"), FeatureInput(SMS)))
    change(desk, 1, features=(FeatureInput(LEDGER, reason="Here"), FeatureInput(SMS)))
    (asked,) = bring(desk, take(laptop)).conflicts
    assert asked.field == f"features/{LEDGER}"


def test_what_was_given_up_on_the_laptop_is_given_up_at_home(desk: Context, laptop: Context) -> None:
    fill(desk)
    bring(laptop, take(desk))
    laptop.write(projects.cancel, 1)
    laptop.write(follow.advance, 1, "cancelled")
    laptop.write(features.cancel, LEDGER)
    laptop.write(notices.remove, "1")
    laptop.write(support.remove_holiday, "support", date(2026, 12, 25))
    brought = bring(desk, take(laptop))
    assert all(line.endswith(": removed") for line in brought.changed)
    assert take(desk).items == ()
    assert desk.read(projects.find, 1).project.state == "cancelled"


def test_what_was_given_up_there_and_changed_here_is_asked(desk: Context, laptop: Context) -> None:
    fill(desk)
    bring(laptop, take(desk))
    laptop.write(projects.cancel, 1)
    change(desk, 1, name="Here")
    (asked,) = bring(desk, take(laptop)).conflicts
    assert asked.field == ""
    assert names(desk) == ["Here"]
    assert desk.read(projects.find, 1).project.state == "planned"


def test_a_draft_that_was_sent_from_the_laptop_is_not_cancelled_at_home(desk: Context, laptop: Context) -> None:
    fill(desk)
    bring(laptop, take(desk))
    laptop.write(follow.advance, 1, "sent")
    assert bring(desk, take(laptop)).changed == ()


def plan_sms(context: Context, reason: str = "Pilot", until: date = SOON) -> None:
    context.write(features.switch, SMS, "enable", reason=reason, until=until, acknowledgement=SURE)


def test_a_plan_to_switch_on_asks_whoever_brings_it_home_and_nothing_is_kept_before(
    desk: Context, laptop: Context
) -> None:
    plan_sms(laptop)
    with nothing_saved(desk):
        brought = bring(desk, take(laptop))
    (ask,) = brought.asked
    assert (ask.features, ask.environment, ask.place) == ((SMS,), "mirrored", "Mirrored")
    assert "acknowledgement of its high PHI risk" in ask.missing
    assert "May hold real contact details" in ask.posture
    assert ask.checks
    assert brought.refused == ()


def test_what_is_acknowledged_at_home_is_planned_there_by_whoever_brought_it(desk: Context, laptop: Context) -> None:
    plan_sms(laptop)
    plan = take(laptop)
    (ask,) = bring(desk, plan).asked
    with one_entry(desk, "plan.brought-home", "1 item") as facts:
        assert bring(desk, plan, given={ask.item: SURE}).asked == ()
    assert facts[1]["acknowledged"] == [f"mirrored/{SMS}"]
    pending = desk.read(features.find, SMS).state.pending
    assert pending is not None
    assert (pending.by, pending.reason, pending.until) == ("ada", "Pilot", SOON)
    assert (pending.acknowledged_real, pending.queue_empty, pending.approved_by) == (True, True, None)
    assert verified(desk)


@pytest.mark.parametrize("short", [{"phi": False}, {"environment": "Training A"}, {"queue_empty": False}])
def test_half_an_acknowledgement_is_none(desk: Context, laptop: Context, short: dict[str, object]) -> None:
    plan_sms(laptop)
    plan = take(laptop)
    (ask,) = bring(desk, plan).asked
    half = replace(SURE, **short)  # type: ignore[arg-type]
    with nothing_saved(desk):
        assert bring(desk, plan, partly=True, given={ask.item: half}).asked == (ask,)


def test_an_acknowledgement_of_one_item_says_nothing_of_another(desk: Context, laptop: Context) -> None:
    plan_sms(laptop)
    laptop.write(features.switch, LEDGER, "enable", reason="Payroll", until=SOON, acknowledgement=SURE)
    plan = take(laptop)
    sms = next(ask for ask in bring(desk, plan).asked if ask.features == (SMS,))
    brought = bring(desk, plan, partly=True, given={sms.item: SURE})
    assert [ask.features for ask in brought.asked] == [(LEDGER,)]
    assert desk.read(features.find, LEDGER).state.pending is None
    assert desk.read(features.find, SMS).state.pending is not None


def test_what_would_be_refused_in_any_case_asks_for_no_acknowledgement(desk: Context, laptop: Context) -> None:
    plan_sms(laptop, until=date(2026, 12, 2))
    plan = take(laptop)
    brought = bring(replace(desk, clock=FixedClock(NOW + timedelta(days=5))), plan)
    assert brought.asked == ()
    (refusal,) = brought.refused
    assert "has passed" in refusal.reason


def test_a_request_to_switch_on_asks_for_the_same(desk: Context, laptop: Context) -> None:
    asking = RequestInput("feature-change", reason="Payroll", features=(LEDGER,), change="enable", acknowledgement=SURE)
    laptop.write(drafts.draft, asking)
    plan = take(laptop)
    (ask,) = bring(desk, plan).asked
    assert ask.features == (LEDGER,)
    assert bring(desk, plan, given={ask.item: SURE}).kept
    assert [item.plan for item in take(desk).items] == [item.plan for item in plan.items]


def test_a_conflict_about_a_plan_asks_for_both_at_once(desk: Context, laptop: Context) -> None:
    plan_sms(desk)
    bring(laptop, take(desk), given={own_id(sms_plan()) or "": SURE})
    plan_sms(laptop, "There")
    plan_sms(desk, "Here")
    plan = take(laptop)
    brought = bring(desk, plan)
    ((conflict,), (ask,)) = brought.conflicts, brought.asked
    assert (conflict.field, ask.item) == ("reason", conflict.item)
    bring(desk, plan, "plan", given={ask.item: SURE})
    assert desk.read(features.find, SMS).state.pending == replace(
        laptop.read(features.find, SMS).state.pending, by="ada"  # type: ignore[type-var]
    )  # fmt: skip


def sms_plan() -> FeaturePlan:
    return FeaturePlan(environment="mirrored", feature=SMS, change="enable", reason="Pilot", until=SOON)


def test_what_was_not_acknowledged_on_the_laptop_does_not_come_home_as_given_up(desk: Context, laptop: Context) -> None:
    plan_sms(desk)
    plan = take(desk)
    assert bring(laptop, plan, partly=True).changed == ()
    assert bring(desk, take(laptop)).changed == ()
    assert desk.read(features.find, SMS).state.pending is not None


def feature_plan(context: Context, key: str, change: str, environment: str = "mirrored") -> Plan:
    content = FeaturePlan(environment=environment, feature=key, change=change, reason="Why")  # type: ignore[arg-type]
    item = Item("feature-plan", own_id(content) or "", None, content)
    return msgspec.structs.replace(take(context), items=(item,))


@each(
    "key, environment, why",
    [
        ("clientconnect", "mirrored", "ClientConnect cannot be enabled"),
        ("Engage", "mirrored", "Engage cannot be enabled"),
        ("dss", "mirrored", "list"),
        ("no-such", "mirrored", "not a feature"),
        (LEDGER, "migration", "igration"),
        (LEDGER, "nowhere", "nowhere"),
    ],
)
def test_what_nobody_may_plan_no_file_plans(desk: Context, key: str, environment: str, why: str) -> None:
    with nothing_saved(desk):
        (refusal,) = bring(desk, feature_plan(desk, key, "enable", environment)).refused
    assert why in refusal.reason


@pytest.mark.parametrize("key", ["clientconnect", "Engage"])
def test_no_project_and_no_draft_of_a_file_names_what_is_locked(desk: Context, key: str) -> None:
    days = Days(first_day=FIRST, last_day=LAST)
    contents = (
        ProjectPlan(
            name="A", purpose="a", environment="mirrored", first_day=FIRST, last_day=LAST, features={key: days}
        ),
        DraftPlan(kind="refresh", environment="mirrored", reason="Why", features={key: Member()}),
        DraftPlan(
            kind="feature-change", environment="mirrored", reason="Why", change="enable", features={key: Member()}
        ),
    )
    items = tuple(
        Item(kind_of(content), str(UUID(int=number)), None, content) for number, content in enumerate(contents)
    )
    with nothing_saved(desk):
        brought = bring(desk, msgspec.structs.replace(take(desk), items=items), partly=True)
    assert len(brought.refused) == 3
    assert all(key.lower() in item.reason.lower() for item in brought.refused)


def test_what_is_on_is_not_changed_by_a_plan(desk: Context) -> None:
    desk.write(environments.record_event, "mirrored", "upgraded", NOW)
    given = Acknowledgement(phi=True, environment="mirrored", queue_empty=True)
    desk.write(features.switch, LEDGER, "enable", reason="a", acknowledgement=given, already_done=True)
    with nothing_saved(desk):
        (refusal,) = bring(desk, feature_plan(desk, LEDGER, "enable")).refused
    assert "is on already" in refusal.reason


def test_days_that_have_passed_are_refused_with_their_reason_and_the_rest_is_kept_when_asked(
    desk: Context, laptop: Context
) -> None:
    laptop.write(projects.add, replace(PLANNED, name="Late", first_day=date(2026, 12, 1), last_day=date(2026, 12, 2)))
    laptop.write(projects.add, PLANNED)
    plan, later = take(laptop), replace(desk, clock=FixedClock(NOW + timedelta(days=5)))
    (refusal,) = bring(later, plan).refused
    assert "“Late”" in refusal.title
    assert "has passed" in refusal.reason
    assert names(later) == []
    assert bring(later, plan, partly=True).kept
    assert names(later) == ["Pilot"]
    assert verified(later)


def test_texts_that_look_like_client_data_are_told_without_being_repeated(desk: Context, laptop: Context) -> None:
    laptop.write(projects.add, replace(PLANNED, purpose="Ask jane.roe@gmail.com"))
    (warning,) = bring(desk, take(laptop)).warnings
    assert "jane" not in warning
    assert "jane" not in "".join(f"{entry.before}{entry.after}{entry.subject}" for entry in log(desk))


def test_a_plan_whose_base_is_not_known_here_asks_for_whatever_differs(desk: Context, laptop: Context) -> None:
    fill(desk)
    plan = take(desk)
    change(desk, 1, name="Here")
    elsewhere = msgspec.structs.replace(plan, origin=msgspec.structs.replace(plan.origin, hash="f" * 64))
    brought = bring(desk, elsewhere)
    assert brought.no_base
    assert [conflict.field for conflict in brought.conflicts] == ["name"]


def test_going_home_again_after_taking_along_again_asks_nothing(desk: Context, laptop: Context) -> None:
    fill(desk)
    for name in ("Once", "Twice", "Three times"):
        bring(laptop, take(desk))
        change(laptop, 1, name=name)
        assert bring(desk, take(laptop)).conflicts == ()
        assert names(desk) == [name]


def test_chosen_projects_go_along_alone(desk: Context, laptop: Context) -> None:
    fill(desk)
    desk.write(projects.add, replace(PLANNED, name="Other"))
    bring(laptop, take(desk, 2))
    assert names(laptop) == ["Other"]
    change(laptop, 1, purpose="Changed there")
    bring(desk, take(laptop))
    assert sorted(names(desk)) == ["Other", "Pilot"]
    assert desk.read(projects.find, 2).project.purpose == "Changed there"


def test_a_project_that_is_not_there_or_over_cannot_go_along(desk: Context) -> None:
    fill(desk)
    desk.write(projects.cancel, 1)
    for number in (1, 7):
        with pytest.raises(BadInputError, match=f"no open project {number}"):
            take(desk, number)


def test_a_plan_that_was_brought_home_is_taken_back_whole(desk: Context, laptop: Context) -> None:
    fill(desk)
    bring(laptop, take(desk))
    before = take(desk).items
    change(laptop, 1, name="There", features=())
    laptop.write(follow.advance, 1, "cancelled")
    laptop.write(features.cancel, LEDGER)
    laptop.write(projects.add, replace(PLANNED, name="New"))
    laptop.write(support.add_holiday, "support", date(2026, 12, 26))
    bring(desk, take(laptop))
    assert take(desk).items != before
    with one_entry(desk, "plan.taken-back", "5 items"):
        desk.write(bringing.take_back)
    assert take(desk).items == before
    assert verified(desk)
    with nothing_saved(desk), pytest.raises(BadInputError, match="no plan that was brought home"):
        desk.write(bringing.take_back)


def test_a_plan_taken_back_on_the_laptop_does_not_undo_the_desk(desk: Context, laptop: Context) -> None:
    fill(desk)
    bring(laptop, take(desk))
    change(desk, 1, name="Newer")
    bring(laptop, take(desk))
    laptop.write(bringing.take_back)
    assert bring(desk, take(laptop)).changed == ()
    assert names(desk) == ["Newer"]


def test_a_plan_of_which_something_was_changed_since_is_not_taken_back(desk: Context, laptop: Context) -> None:
    fill(desk)
    bring(laptop, take(desk))
    change(laptop, 1, name="Since")
    with nothing_saved(laptop), pytest.raises(ConflictError, match="“Pilot” was changed since"):
        laptop.write(bringing.take_back)


def test_an_approved_plan_that_is_taken_back_is_as_it_was(desk: Context, laptop: Context) -> None:
    given = Acknowledgement(phi=True, environment="mirrored", queue_empty=True)
    desk.write(features.switch, SMS, "enable", reason="Pilot", until=date(2026, 12, 11), acknowledgement=given)
    known = desk.read(features.find, SMS).state.pending
    plan = take(desk)
    gone = tuple(Item(item.kind, item.id, item.base, None) for item in plan.items)
    bring(desk, msgspec.structs.replace(plan, items=gone))
    assert desk.read(features.find, SMS).state.pending is None
    desk.write(bringing.take_back)
    assert desk.read(features.find, SMS).state.pending == known


def announce(context: Context, kind: NoticeKind, days: int, **facts: Any) -> str:
    """Record a notice of a window some days from now; gives back its id."""
    starts = NOW + timedelta(days=days)
    return context.write(notices.add, kind, starts, starts + timedelta(hours=4), **facts).value.id


def windows(context: Context) -> list[tuple[object, ...]]:
    """The coming windows and what is known of each, by whatever numbers."""
    found = context.read(lambda work: work.calendar.upcoming(work.now, 6))
    return [(item.key, item.starts_at, item.kind, item.version, item.outage, item.details) for item in found]


@pytest.mark.parametrize("attempt", range(6))  # items come in the order of random numbers
def test_of_the_notices_of_one_window_the_newest_counts_at_home_too(
    desk: Context, laptop: Context, attempt: int
) -> None:
    for days in (11, 12, 10):
        announce(laptop, "announced", days)
    first = announce(laptop, "emergency", 3, downtime=45, reason="A leak")
    announce(laptop, "emergency", 4, replaces=first)
    laptop.write(notices.cancel, date(2027, 1, 1), "Email")
    assert bring(desk, take(laptop)).refused == (), attempt
    assert windows(desk) == windows(laptop)
    assert verified(desk)


@pytest.mark.parametrize("attempt", range(4))
def test_notices_that_replace_each_other_are_given_up_at_home_in_one_go(
    desk: Context, laptop: Context, attempt: int
) -> None:
    announce(desk, "announced", 11)
    announce(desk, "announced", 12)
    announce(desk, "emergency", 4, replaces=announce(desk, "emergency", 3))
    bring(laptop, take(desk))
    for notice in sorted(laptop.read(notices.find_all), key=lambda item: -int(item.id)):
        laptop.write(notices.remove, notice.id)
    assert bring(desk, take(laptop)).refused == (), attempt
    assert desk.read(notices.find_all) == []


def test_notices_and_holidays_that_a_plan_removed_come_back_as_they_were(desk: Context, laptop: Context) -> None:
    announce(desk, "announced", 31, month=date(2026, 12, 1), downtime=90)
    announce(desk, "emergency", 3, downtime=45, reason="A leak")
    desk.write(support.add_holiday, "support", date(2026, 12, 25), "Christmas", "holidays.ics")
    before, holidays = windows(desk), desk.read(support.holidays)
    bring(laptop, take(desk))
    for notice in laptop.read(notices.find_all):
        laptop.write(notices.remove, notice.id)
    laptop.write(support.remove_holiday, "support", date(2026, 12, 25))
    bring(desk, take(laptop))
    assert windows(desk) != before
    desk.write(bringing.take_back)
    assert (windows(desk), desk.read(support.holidays)) == (before, holidays)


def test_a_plan_is_taken_back_though_a_window_of_it_has_passed_meanwhile(desk: Context, laptop: Context) -> None:
    announce(laptop, "emergency", 1)
    laptop.write(projects.add, PLANNED)
    bring(desk, take(laptop))
    clock = desk.clock
    assert isinstance(clock, FixedClock)
    clock.instant += timedelta(days=2)
    assert desk.write(bringing.take_back).value == 2


def test_a_plan_that_was_taken_back_can_be_brought_home_again(desk: Context, laptop: Context) -> None:
    fill(laptop)
    plan = take(laptop)
    bring(desk, plan)
    desk.write(bringing.take_back)
    again = bring(desk, plan)
    assert (again.refused, len(again.changed)) == ((), 5)
    assert names(desk) == ["Pilot"]
    assert desk.read(steps.need, 1).status == "drafted"
    assert verified(desk)


def test_a_changed_draft_that_asks_for_a_risky_feature_is_taken_back(desk: Context, laptop: Context) -> None:
    asked = RequestInput("feature-change", "mirrored", reason="Pilot", features=(SMS,), change="enable")
    desk.write(drafts.draft, replace(asked, acknowledgement=SURE))
    plan = take(desk)
    bring(laptop, plan, given={plan.items[0].id: SURE})
    laptop.write(drafts.redraft, 1, replace(asked, reason="Another pilot", acknowledgement=SURE))
    plan = take(laptop)
    bring(desk, plan, given={plan.items[0].id: SURE})
    assert desk.read(steps.need, 1).reason == "Another pilot"
    desk.write(bringing.take_back)
    assert desk.read(steps.need, 1).reason == "Pilot"


def test_practice_takes_nothing_along(desk: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk.store, "for_training", True)
    with pytest.raises(RefusedError, match="In practice"):
        take(desk)


def test_texts_that_nothing_is_done_with_any_more_are_kept_nowhere(desk: Context, laptop: Context) -> None:
    fill(desk)
    change(desk, 1, purpose="Typed by mistake")
    bring(laptop, take(desk))
    change(desk, 1, purpose="As it should be")
    bring(laptop, take(desk))
    laptop.write(bringing.take_back)
    change(desk, 1, purpose="As it is now")
    bring(laptop, take(desk), "plan")
    bring(laptop, take(desk))
    laptop.write(bringing.take_back)
    kept = [line for line in everything(laptop.home) if line.startswith('INSERT INTO "plan_import"')]
    assert len(kept) == 3
    assert not any("Typed by mistake" in line or "As it should be" in line for line in kept)


def test_what_is_refused_when_it_was_half_written_leaves_nothing_behind(desk: Context, laptop: Context) -> None:
    """A draft's subject is looked at once it has a number."""
    laptop.write(drafts.draft, RequestInput("question", title="Why =? here", reason="Why?"))
    laptop.write(projects.add, PLANNED)
    change_agency(desk, name="Riverside ?= Services")
    brought = bring(desk, take(laptop), partly=True)
    assert ["The subject with the agency's name" in item.reason for item in brought.refused] == [True]
    assert names(desk) == ["Pilot"]
    assert desk.read(lambda work: work.requests) == []
    assert verified(desk)


def test_a_draft_that_support_may_have_does_not_travel(desk: Context) -> None:
    desk.write(drafts.draft, RequestInput("question", title="Reports", reason="Why?"))
    with desk.writing() as work:
        steps.hold_draft(work, 1, "It may have been sent.")
        work.record("requests.held", "requests", after={"requests": [1]})
    assert take(desk).items == ()


def test_a_project_that_was_started_since_is_not_taken_back(desk: Context, laptop: Context) -> None:
    desk.write(projects.add, PLANNED)
    bring(laptop, take(desk))
    laptop.write(projects.start, 1)
    with nothing_saved(laptop), pytest.raises(ConflictError, match="“Pilot” was changed since"):
        laptop.write(bringing.take_back)


def test_a_draft_that_was_sent_since_is_not_taken_back(desk: Context, laptop: Context) -> None:
    desk.write(drafts.draft, RequestInput("question", title="Reports", reason="Why?"))
    bring(laptop, take(desk))
    laptop.write(follow.advance, 1, "sent")
    with nothing_saved(laptop), pytest.raises(ConflictError, match="Reports was changed since"):
        laptop.write(bringing.take_back)


def test_items_changed_at_random_are_merged_asked_or_refused_in_words(desk: Context, laptop: Context) -> None:
    """Behind a check sum that is right: whoever made the file may have wanted harm."""
    fill(desk)
    plan_sms(desk)
    whole = json.loads(files.to_bytes(desk.read(taking.take_along, POLICY)))
    dice, brought, refused = random.Random(20261202), 0, 0
    for _ in range(examples(60, long=10_000)):
        changed = sealed({**whole, "items": mutated_value(whole["items"], dice)})
        try:
            plan = files.from_bytes(changed, "x.pa-plan")
        except BadInputError:
            refused += 1
            continue
        for context in (desk, laptop):
            done = bringing.bring_home(context, plan, "2" * 64, POLICY, for_all="plan", only_look=True).value
            assert all(item.title and item.reason for item in done.refused)
        brought += 1
    assert brought
    assert refused
