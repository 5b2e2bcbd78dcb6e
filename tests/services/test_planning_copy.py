"""A planning copy: judged by what was known elsewhere, as of then; nothing happens there, no fact travels back."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penelope_admin.clock import FixedClock
from penelope_admin.domain import recurring
from penelope_admin.domain.plans import AgencyFacts, FeatureFact, Plan, PostureFact
from penelope_admin.domain.projects import FeatureInput, ProjectInput
from penelope_admin.domain.requests import RequestInput
from penelope_admin.domain.sites import Site
from penelope_admin.errors import BadInputError, ConflictError, PenelopeAdminError, RefusedError
from penelope_admin.files import resource
from penelope_admin.gateways import plans as files
from penelope_admin.gateways.lists import KeptFile
from penelope_admin.policy import Policy, load
from penelope_admin.services import activity, agency, features, overview, projects, sites
from penelope_admin.services.calendar import kept, notices, staff, support
from penelope_admin.services.calendar import windows as calendar_windows
from penelope_admin.services.mirror import environments
from penelope_admin.services.plans import bringing, facts, taking
from penelope_admin.services.reports import making
from penelope_admin.services.requests import delivery, drafts, follow, staff_mail
from penelope_admin.services.work import Context
from tests.each import each
from tests.effort import examples
from tests.gateways.test_plans import mutated_value, sealed
from tests.services.house import NOW, PROFILE, SOON, SURE, change_agency, log, nothing_saved, open_context, upgraded

COAST = Site(0, "Coast", "America/Vancouver", True)
POLICY = "1" * 64
LEDGER, SMS = "general-ledger", "external-communications.sms"
PILOT = ProjectInput("Pilot", "Try reminders", date(2026, 12, 14), date(2027, 1, 8), features=(FeatureInput(SMS),))


PROJECT = ProjectInput("Pilot", "Try reminders", date(2026, 12, 14), date(2027, 1, 8))


def take(context: Context) -> Plan:
    """A plan as it comes out of its file."""
    return files.from_bytes(files.to_bytes(context.read(taking.take_along, POLICY)), "x.pa-plan")


def start(context: Context, plan: Plan) -> tuple[str, ...]:
    return context.write(facts.start, plan, "2" * 64).value


def bring(context: Context, plan: Plan, **more: Any) -> bringing.Brought:
    return bringing.bring_home(context, plan, "2" * 64, POLICY, **more).value


@contextmanager
def two_machines(policy: Policy) -> Iterator[tuple[Context, Context]]:
    """A data folder in which an agency is recorded, and an empty one."""
    with TemporaryDirectory() as folder, ExitStack() as stack:
        made = [open_context(Path(folder) / who, policy, FixedClock(NOW), who) for who in ("ada", "eve")]
        for context in made:
            stack.callback(context.store.close)
        made[0].write(agency.set_up, PROFILE)
        yield made[0], made[1]


@pytest.fixture
def machines(policy: Policy) -> Iterator[tuple[Context, Context]]:
    with two_machines(policy) as made:
        yield made


@pytest.fixture
def desk(machines: tuple[Context, Context]) -> Context:
    return machines[0]


@pytest.fixture
def laptop(machines: tuple[Context, Context]) -> Context:
    return machines[1]


def verified(context: Context) -> bool:
    found = context.read(activity.verify)
    return found.holds and not found.differences


def test_a_planning_copy_knows_agency_notices_features_and_databases_as_of_then(desk: Context, laptop: Context) -> None:
    desk.write(environments.record_event, "mirrored", "refreshed", NOW - timedelta(days=3), "5.1")
    desk.write(features.record_seen, "mirrored", {LEDGER: "on", SMS: "off"})
    desk.write(sites.add, "Lakeside", "America/Vancouver", around_the_clock=True)
    first = NOW + timedelta(days=9)
    desk.write(notices.add, "announced", first, first + timedelta(hours=4), "5.2", "email")
    desk.write(
        notices.add, "announced", first + timedelta(days=1), first + timedelta(days=1, hours=4), "5.2", "again", 90
    )
    assert start(laptop, take(desk)) == ()
    known, there = laptop.read(agency.need_profile), desk.read(agency.need_profile)
    assert (known.name, known.region, known.zone, known.environments) == (
        there.name, there.region, there.zone, there.environments,
    )  # fmt: skip
    assert known.facts_as_of == NOW
    assert [(site.name, site.zone, site.around_the_clock) for site in laptop.read(sites.find_all)] == [
        ("Lakeside", "America/Vancouver", True)
    ]
    assert windows(laptop) == windows(desk)
    for key in (LEDGER, SMS):
        told, own = (context.read(features.find, key).state for context in (laptop, desk))
        assert (told.state, told.since, told.only_seen) == (own.state, own.since, True)
    posture = laptop.read(lambda work: work.posture("mirrored"))
    assert posture.contact_details == "real"
    assert posture.sentence.startswith("As of Tuesday 1 December 2026: May hold real contact details: refreshed")
    assert posture.badge.startswith("As of ")
    assert "As of Tuesday 1 December 2026: Its last refresh" in posture.queue_sentence
    views = laptop.read(environments.find_all)
    assert next(view.version for view in views if view.environment.key == "mirrored") == "5.1"
    assert verified(laptop)


def test_the_notice_that_was_recorded_last_counts_there_too(desk: Context, laptop: Context) -> None:
    for days in (9, 16, 10):
        starts = NOW + timedelta(days=days)
        desk.write(notices.add, "announced", starts, starts + timedelta(hours=4))
    start(laptop, take(desk))
    assert windows(laptop) == windows(desk)


def test_a_notice_recorded_there_that_one_from_home_overtakes_is_named(desk: Context, laptop: Context) -> None:
    start(laptop, take(desk))
    for context, days in ((laptop, 11), (desk, 10)):
        starts = NOW + timedelta(days=days)
        context.write(notices.add, "announced", starts, starts + timedelta(hours=4))
    for context in (desk, laptop):
        assert isinstance(context.clock, FixedClock)
        context.clock.instant += timedelta(hours=1)
    plan = take(desk)
    brought = bringing.bring_home(laptop, plan, "3" * 64, plan.policy_sha256).value
    (said,) = brought.facts_left
    assert "that was recorded here counts no more" in said
    assert windows(laptop)[0][1] == NOW + timedelta(days=10)


@pytest.mark.parametrize("has_brought", [True, False])
def test_what_a_planning_copy_gives_up_is_given_up_at_home_whatever_home_has_brought_from_elsewhere(
    desk: Context, laptop: Context, policy: Policy, tmp_path: Path, has_brought: bool
) -> None:
    ids = [desk.write(projects.add, replace(PROJECT, name=name)).value.id for name in ("A", "B")]
    if has_brought:
        other = open_context(tmp_path / "other", policy, FixedClock(NOW), "bob")
        other.write(agency.set_up, PROFILE)
        other.write(projects.add, replace(PROJECT, name="Of another"))
        bring(desk, take(other))
        other.store.close()
    plan = take(desk)
    laptop.write(facts.start, plan, "2" * 64)
    bring(laptop, plan)
    named = {project.name: project.id for project in laptop.read(projects.listing)}
    laptop.write(projects.change, named["A"], replace(PROJECT, name="A", purpose="Better"))
    laptop.write(projects.cancel, named["B"])
    brought = bring(desk, take(laptop))
    assert (brought.conflicts, brought.refused) == ((), ())
    assert desk.read(projects.find, ids[0]).project.purpose == "Better"
    assert desk.read(projects.find, ids[1]).project.state == "cancelled"


def test_a_month_without_an_upgrade_has_none_there_either(desk: Context, laptop: Context) -> None:
    desk.write(notices.cancel, date(2027, 1, 1), "Email")
    start(laptop, take(desk))
    assert windows(laptop) == windows(desk)
    assert date(2027, 1, 1) in dict(laptop.read(calendar_windows.without_upgrade))


def windows(context: Context) -> list[tuple[object, ...]]:
    found = context.read(lambda work: work.calendar.between(work.now, work.today, until=date(2027, 6, 1)))
    return [(window.kind, window.starts_at, window.ends_at, window.notes) for window in found]


LIFE = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(("refreshed", "upgraded", "script-run")), st.integers(0, 400)),
        st.tuples(st.just("seen"), st.sampled_from((LEDGER, SMS, "ms-exchange", "dss"))),
    ),
    max_size=6,
)


@settings(max_examples=examples(8, long=400), deadline=None)
@given(life=LIFE, effect=st.sampled_from((None, "unchanged", "de-identified")))
def test_every_verdict_is_that_of_where_the_facts_came_from(life: list[tuple[str, Any]], effect: Any) -> None:
    with two_machines(load(resource("policy.toml"))) as (desk, laptop):
        for what, more in life:
            if what == "seen":
                desk.write(features.record_seen, "mirrored", {more: "on"})
            else:
                outcome = effect if what == "script-run" else None
                at = NOW - timedelta(hours=more)
                desk.write(environments.record_event, "mirrored", what, at, outcome=outcome)
        assert start(laptop, take(desk)) == ()
        for key in PROFILE.environments:
            here, there = (context.read(features.find_all, key) for context in (laptop, desk))
            assert here.posture.may_be_real == there.posture.may_be_real
            for told, own in zip(here.features, there.features, strict=True):
                assert told.state.state == own.state.state
                verdicts = [
                    (view.enable.decision, view.enable.needs_name, view.enable.needs_until) for view in (told, own)
                ]
                assert verdicts[0] == verdicts[1]
                looks = [said for said in told.enable.warnings if said.startswith("Whoever brings this plan home")]
                assert (told.enable.queue_checks, len(looks)) == ((), len(own.enable.queue_checks))


Action = Callable[[Context], object]


def refreshed(context: Context) -> object:
    return context.write(environments.record_event, "mirrored", "refreshed", NOW)


def switched(context: Context) -> object:
    return context.write(features.switch, LEDGER, "disable", reason="Off", already_done=True)


def seen(context: Context) -> object:
    return context.write(features.record_seen, "mirrored", {SMS: "on"})


def done(context: Context) -> object:
    context.write(features.switch, LEDGER, "enable", reason="Payroll", until=SOON, acknowledgement=SURE)
    return context.write(features.confirm_done, LEDGER)


def approved(context: Context) -> object:
    context.write(features.switch, LEDGER, "enable", reason="Payroll", until=SOON, acknowledgement=SURE)
    return replace(context, actor="bob").write(features.approve, LEDGER)


def handed_over(context: Context) -> object:
    return context.write(delivery.hand_over, question(context), "eml")


def sent(context: Context) -> object:
    return context.write(follow.advance, question(context), "sent")


def settings_changed(context: Context) -> object:
    return change_agency(context, name="Other")


def site_added(context: Context) -> object:
    return context.write(sites.add, "Lakeside", "America/Vancouver")


def kept_for_others(context: Context) -> object:
    return kept.keep(context, KeptFile(str(context.home / "dates.ics"), "windows"))


def project_started(context: Context) -> object:
    return context.write(projects.start, context.write(projects.add, PILOT).value.id, SURE)


def reported(context: Context) -> object:
    return context.read(making.make, making.Order("state"))


def staff_told(context: Context) -> object:
    (window,) = context.read(staff.coming)
    parcel = context.read(staff_mail.parcel_for, window.key, "all@riverside.example")
    return context.write(staff_mail.send, parcel)


def question(context: Context) -> int:
    entered = RequestInput("question", title="Reports", reason="Why are files missing?")
    return context.write(drafts.draft, entered).value.request.id


REFUSED: list[Action] = [
    refreshed, switched, seen, done, approved, handed_over, sent, settings_changed, reported, site_added,
    project_started, kept_for_others, staff_told,
]  # fmt: skip


@pytest.mark.parametrize("act", REFUSED, ids=lambda act: act.__name__)
def test_what_happens_is_not_recorded_and_nothing_is_sent_in_a_planning_copy(
    desk: Context, laptop: Context, act: Action
) -> None:
    start(laptop, take(desk))
    with pytest.raises(RefusedError, match="This is a planning copy with what was known on Tuesday 1 December 2026"):
        act(laptop)
    assert laptop.read(features.find, LEDGER).state.state == "unknown"
    assert laptop.read(lambda work: [event.kind for event in work.telling("mirrored")]) == ["as-of", "as-of"]
    assert (
        laptop.read(lambda work: work.requests) == [] or laptop.read(lambda work: work.requests)[0].status == "drafted"
    )


def test_work_that_comes_again_is_drafted_where_the_agency_is_recorded(desk: Context, laptop: Context) -> None:
    desk.write(projects.add, replace(PILOT, recurs=recurring.parse("monthly/7"), refresh_by=date(2026, 12, 13)))
    plan = take(desk)
    start(laptop, plan)
    bring(laptop, plan)
    due = [replace(context, clock=FixedClock(NOW + timedelta(days=12))) for context in (desk, laptop)]
    assert [context.read(projects.has_due) for context in due] == [True, False]
    with nothing_saved(due[1]):
        assert due[1].write(projects.draft_due).value == ()


def test_everything_that_is_planned_can_be_planned_there_and_goes_home(desk: Context, laptop: Context) -> None:
    start(laptop, take(desk))
    laptop.write(projects.add, PILOT)
    laptop.write(features.switch, LEDGER, "enable", reason="Payroll", until=SOON, acknowledgement=SURE)
    laptop.write(notices.add, "emergency", NOW + timedelta(days=2), NOW + timedelta(days=2, hours=1))
    laptop.write(support.add_holiday, "support", date(2026, 12, 25))
    question(laptop)
    plan = take(laptop)
    asked = bring(desk, plan).asked
    brought = bring(desk, plan, acknowledged={ask.item: SURE for ask in asked})
    assert (len(brought.changed), brought.conflicts, brought.refused, brought.asked) == (5, (), (), ())
    assert [item.plan for item in take(desk).items] == [item.plan for item in plan.items]
    assert verified(desk)
    assert verified(laptop)


def test_nobody_on_a_train_is_to_say_that_they_looked_into_a_queue_and_at_home_it_is_asked(
    desk: Context, laptop: Context
) -> None:
    desk.write(environments.record_event, "mirrored", "refreshed", NOW - timedelta(days=3))
    start(laptop, take(desk))
    here = replace(SURE, queue_empty=False)
    laptop.write(features.switch, SMS, "enable", reason="Pilot", until=SOON, acknowledgement=here)
    assert laptop.read(features.find, SMS).obstacle == ""
    plan = take(laptop)
    (ask,) = bring(desk, plan).asked
    assert ask.checks
    assert bring(desk, plan, acknowledged={ask.item: here}).asked == (ask,)
    assert bring(desk, plan, acknowledged={ask.item: SURE}).kept


def test_what_was_known_never_travels_back(desk: Context, laptop: Context) -> None:
    first = NOW + timedelta(days=9)
    desk.write(notices.add, "announced", first, first + timedelta(hours=4))
    plan = take(desk)
    start(laptop, plan)
    home = take(laptop)
    assert home.facts is None
    with nothing_saved(desk):
        assert not bring(desk, home).kept
    desk.write(notices.remove, "1")
    assert not bring(desk, home).kept
    assert desk.read(notices.find_all) == []


def test_a_home_that_keeps_its_own_record_takes_no_facts_whatever_a_file_says(desk: Context, laptop: Context) -> None:
    plan = take(desk)
    assert plan.facts is not None
    forged = msgspec.structs.replace(
        plan.facts,
        agency=msgspec.structs.replace(plan.facts.agency, name="Other", as_of=NOW + timedelta(hours=1)),
        features=(FeatureFact(environment="mirrored", feature=SMS, state="on", as_of=NOW),),
    )
    with nothing_saved(desk):
        assert not bring(desk, msgspec.structs.replace(plan, facts=forged)).kept


def test_a_newer_plan_file_brings_newer_facts_once(desk: Context, laptop: Context) -> None:
    start(laptop, take(desk))
    laptop.write(features.switch, LEDGER, "enable", reason="Payroll", until=SOON, acknowledgement=SURE)
    laptop.write(projects.add, PILOT)
    later = FixedClock(NOW + timedelta(hours=5))
    desk, laptop = replace(desk, clock=later), replace(laptop, clock=later)
    upgraded(desk)
    desk.write(features.record_seen, "mirrored", {LEDGER: "on"})
    plan = take(desk)
    brought = bring(laptop, plan)
    assert (brought.kept, brought.facts_as_of, brought.changed) == (True, later.now(), ())
    assert laptop.read(lambda work: work.posture("mirrored")).contact_details == "de-identified"
    ledger = laptop.read(features.find, LEDGER).state
    assert (ledger.state, ledger.pending) == ("on", None)
    assert [project.name for project in laptop.read(projects.listing)] == ["Pilot"]
    with nothing_saved(laptop):
        assert bring(laptop, plan).facts_as_of is None
    assert bring(desk, take(laptop)).changed == ("Project “Pilot”: added",)
    assert verified(laptop)


def test_a_planning_copy_follows_also_once_what_was_planned_in_it_came_home(desk: Context, laptop: Context) -> None:
    start(laptop, take(desk))
    laptop.write(projects.add, PILOT)
    bring(desk, take(laptop))
    later = FixedClock(NOW + timedelta(hours=5))
    desk, laptop = replace(desk, clock=later), replace(laptop, clock=later)
    upgraded(desk)
    assert bring(laptop, take(desk)).facts_as_of == later.now()
    assert laptop.read(lambda work: work.posture("mirrored")).contact_details == "de-identified"
    assert laptop.read(features.find, LEDGER).state.state == "off"


@pytest.mark.parametrize("key", ["mirrored", "training-b", "production"])
def test_what_is_not_known_any_more_is_not_known_there_either(desk: Context, laptop: Context, key: str) -> None:
    desk.write(features.record_seen, key, {LEDGER: "on", SMS: "off"})
    start(laptop, take(desk))
    later = FixedClock(NOW + timedelta(hours=5))
    desk, laptop = replace(desk, clock=later), replace(laptop, clock=later)
    desk.write(features.record_seen, key, {LEDGER: "unknown", SMS: "unknown"})
    bring(laptop, take(desk))
    for feature in (LEDGER, SMS):
        assert laptop.read(features.find, feature, key).state.state == "unknown"


def test_facts_of_another_agency_are_not_mixed_in(desk: Context, laptop: Context) -> None:
    plan = take(desk)
    start(laptop, plan)
    assert plan.facts is not None
    elsewhere = "00000000-0000-0000-0000-000000000001"
    newer = msgspec.structs.replace(plan.facts.agency, as_of=NOW + timedelta(hours=1), store_id=elsewhere)
    other = msgspec.structs.replace(plan, facts=msgspec.structs.replace(plan.facts, agency=newer))
    with nothing_saved(laptop):
        assert bring(laptop, other).facts_as_of is None


def test_a_notice_that_was_withdrawn_there_goes_with_newer_facts(desk: Context, laptop: Context) -> None:
    first = NOW + timedelta(days=9)
    desk.write(notices.add, "announced", first, first + timedelta(hours=4))
    start(laptop, take(desk))
    desk.write(notices.remove, "1")
    bring(laptop, take(replace(desk, clock=FixedClock(NOW + timedelta(minutes=5)))))
    assert laptop.read(notices.find_all) == []
    assert windows(laptop) == windows(desk)


def test_only_what_can_be_done_there_waits_in_a_planning_copy(desk: Context, laptop: Context) -> None:
    desk.write(environments.record_event, "mirrored", "refreshed", NOW - timedelta(days=3))
    desk.write(features.record_seen, "mirrored", {SMS: "on"})
    start(laptop, take(desk))
    question(laptop)
    later = replace(laptop, clock=FixedClock(NOW + timedelta(days=14)))  # after an upgrade window
    found = later.read(overview.load)
    assert found is not None
    assert {item.kind for item in found.waiting} <= {"draft", "project", "notice"}
    assert later.read(overview.find_overdue) == []
    assert found.ribbon is not None
    assert found.ribbon.sentence.startswith("As of Tuesday 1 December 2026: ")
    assert "Plan file" in [part.title for part in found.ribbon.parts]


def test_an_agency_is_never_made_into_a_planning_copy(desk: Context) -> None:
    plan = take(desk)
    with nothing_saved(desk), pytest.raises(ConflictError, match="is set up here already"):
        start(desk, plan)


def test_a_plan_of_a_planning_copy_makes_no_other(desk: Context, laptop: Context, policy: Policy) -> None:
    start(laptop, take(desk))
    third = open_context(laptop.home.parent / "third", policy, FixedClock(NOW))
    try:
        with pytest.raises(BadInputError, match="says nothing of the agency"):
            start(third, take(laptop))
    finally:
        third.store.close()


def changed(plan: Plan, **parts: Any) -> Plan:
    assert plan.facts is not None
    return msgspec.structs.replace(plan, facts=msgspec.structs.replace(plan.facts, **parts))


@pytest.mark.parametrize("key", ["clientconnect", "engage"])
def test_no_facts_say_of_a_locked_feature_that_it_is_on(desk: Context, laptop: Context, key: str) -> None:
    fact = FeatureFact(environment="mirrored", feature=key, state="on", as_of=NOW)
    (said,) = start(laptop, changed(take(desk), features=(fact,)))
    assert f"{key} in mirrored: it is locked" in said
    assert laptop.read(features.find, key).state.state == "unknown"


def test_what_these_rules_do_not_know_is_left_out_by_name(desk: Context, laptop: Context) -> None:
    feature = FeatureFact(environment="mirrored", feature="fax", state="on", as_of=NOW)
    posture = PostureFact(environment="migration", contact_details="real", sentence="Real.", as_of=NOW)
    said = start(laptop, changed(take(desk), features=(feature,), postures=(posture,)))
    assert [line.split(":")[0] for line in said] == ["fax in mirrored", "migration"]
    assert verified(laptop)


BAD: dict[str, dict[str, Any]] = {
    "a database nobody knows": {"environments": ("mirrored", "nowhere")},
    "a zone nobody knows": {"zone": "America/Nowhere"},
    "a region nobody knows": {"region": "XX"},
    "no name": {"name": " "},
    "a day before all time": {"as_of": datetime(1, 1, 1, tzinfo=UTC)},
    "a day that lies ahead": {"as_of": NOW + timedelta(days=3)},
}


@each("fields", BAD.values())
def test_facts_that_cannot_be_used_leave_nothing_behind(desk: Context, laptop: Context, fields: dict[str, Any]) -> None:
    facts_ = take(desk).facts
    assert facts_ is not None
    told: AgencyFacts = msgspec.structs.replace(facts_.agency, **fields)
    with nothing_saved(laptop), pytest.raises(PenelopeAdminError):
        start(laptop, changed(take(desk), agency=told))


def test_one_entry_tells_of_the_facts_and_of_the_file(desk: Context, laptop: Context) -> None:
    start(laptop, take(desk))
    assert [entry.action for entry in log(laptop)] == ["agency.set-up", "plan.facts-taken"]
    assert f'"file_sha256": "{"2" * 64}"' in (log(laptop)[-1].after or "")


def test_an_older_file_changes_nothing_of_what_is_known_whichever_comes_first(desk: Context, laptop: Context) -> None:
    older = take(desk)
    later = FixedClock(NOW + timedelta(hours=5))
    desk, laptop = replace(desk, clock=later), replace(laptop, clock=later)
    upgraded(desk)
    start(laptop, take(desk))
    with nothing_saved(laptop):
        assert bring(laptop, older).facts_as_of is None


class _UndoneError(Exception):
    """Nothing of what was tried is kept."""


def test_facts_changed_at_random_are_taken_or_refused_in_words(desk: Context, laptop: Context) -> None:
    """Behind a check sum that is right: whoever made the file may have wanted harm."""
    desk.write(environments.record_event, "mirrored", "refreshed", NOW - timedelta(days=3), "5.1")
    desk.write(features.record_seen, "mirrored", {LEDGER: "on"})
    desk.write(notices.add, "announced", NOW + timedelta(days=9), NOW + timedelta(days=9, hours=4), "5.2", "email")
    whole = json.loads(files.to_bytes(desk.read(taking.take_along, POLICY)))
    dice, taken, refused = random.Random(20261201), 0, 0
    for _ in range(examples(60, long=10_000)):
        changed = sealed({**whole, "facts": mutated_value(whole["facts"], dice)})
        try:
            plan = files.from_bytes(changed, "x.pa-plan")
            with laptop.writing() as work:
                facts.start(work, plan, "2" * 64)
                overview.load(work)
                features.find_all(work)
                raise _UndoneError
        except _UndoneError:
            taken += 1
        except PenelopeAdminError:
            refused += 1
    assert taken
    assert refused


def test_a_planning_copy_knows_the_sites_and_who_works_at_night_follows_them_and_changes_none(
    machines: tuple[Context, Context],
) -> None:
    office, laptop = machines
    made = office.write(sites.add, COAST.name, COAST.zone, around_the_clock=True).value
    change_agency(office, around_the_clock=True)
    start(laptop, take(office))
    (known,) = laptop.read(sites.find_all)
    assert (known.name, known.zone, known.around_the_clock) == (COAST.name, COAST.zone, True)
    assert laptop.read(agency.need_profile).around_the_clock
    with nothing_saved(laptop), pytest.raises(RefusedError):
        laptop.write(sites.add, "East", "America/Toronto")
    with nothing_saved(laptop), pytest.raises(RefusedError):
        laptop.write(sites.remove, known)
    office.write(sites.remove, made)
    office.write(sites.add, "East", "America/Toronto")
    for context in machines:
        assert isinstance(context.clock, FixedClock)
        context.clock.instant += timedelta(hours=1)
    bring(laptop, take(office))
    assert [site.name for site in laptop.read(sites.find_all)] == ["East"]
    assert laptop.read(activity.verify).holds
