"""What breaks when a project is laid over the upgrade windows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penelope_admin.domain.features import FeatureState, Pending
from penelope_admin.domain.mirror import Posture
from penelope_admin.domain.projects import (
    Clash,
    FeatureInput,
    Project,
    ProjectFeature,
    ProjectInput,
    awaits,
    check_open,
    check_plan,
    check_start,
    check_started,
    find_clashes,
    input_of,
    merged,
    project_of,
    still_in_use,
    to_plan,
)
from penelope_admin.domain.windows import Calendar, Notice, Window
from penelope_admin.errors import BadInputError, ConflictError, RefusedError
from penelope_admin.policy import Policy
from tests.domain.instants import utc
from tests.each import each

WINNIPEG = ZoneInfo("America/Resolute")
NOW = utc(2026, 12, 1, 15)
TODAY = date(2026, 12, 1)
UPGRADE = date(2026, 12, 12)
DAY = timedelta(days=1)
CLEAN = Posture("de-identified", "Contact details are de-identified: upgraded on Saturday 14 November 2026.")
REAL = Posture("unknown", "May hold real contact details: no refresh or upgrade is recorded yet. Treated as real.")
SMS, LEDGER, TRIGGERS = "external-communications.sms", "general-ledger", "action-triggers"
DELIVERY = "external-communications.client-delivery"
CONTACT_USERS = (SMS, DELIVERY, "external-communications.worker-delivery", "ms-exchange", TRIGGERS)
LOCKED, NOT_LISTED = ("clientconnect", "engage"), ("ors-srs", "credit-card", "dss")


def project(first: date, last: date, *features: str | ProjectFeature, **more: object) -> Project:
    """A project whose features are needed all the time unless told."""
    uses = tuple(f if isinstance(f, ProjectFeature) else ProjectFeature(f, first, last) for f in features)
    return replace(Project("Reminder pilot", "Try reminders", first, last, "mirrored", features=uses, id=1), **more)  # type: ignore[arg-type]


def windows(policy: Policy, notices: tuple[Notice, ...] = (), now: datetime = NOW) -> list[Window]:
    """Two years of an agency in Resolute."""
    return Calendar(policy, "CA", WINNIPEG, notices).upcoming(now, 26)


def breaks(
    policy: Policy,
    planned: Project,
    posture: Posture = CLEAN,
    states: tuple[FeatureState, ...] = (),
    others: tuple[Project, ...] = (),
    notices: tuple[Notice, ...] = (),
    today: date = TODAY,
) -> tuple[Clash, ...]:
    return find_clashes(policy, planned, windows(policy, notices), posture, states, others, today)


def kind(found: tuple[Clash, ...], wanted: str) -> list[Clash]:
    return [item for item in found if item.kind == wanted]


def state(feature: str, reason: str = "Payroll test", until: date | None = None, **more: object) -> FeatureState:
    """On in the mirrored database."""
    return replace(FeatureState("mirrored", feature, "on", reason=reason, until=until), **more)  # type: ignore[arg-type]


# --- upgrades ----------------------------------------------------------------------------------


def test_a_project_without_features_and_refresh_between_upgrades_has_no_breaks(policy: Policy) -> None:
    assert breaks(policy, project(UPGRADE + 9 * DAY, UPGRADE + 12 * DAY)) == ()


def test_an_upgrade_in_the_middle_is_said_in_words_people_understand(policy: Policy) -> None:
    (found,) = breaks(policy, project(TODAY, UPGRADE + 8 * DAY, LEDGER))
    assert (found.day, found.urgency, found.feature) == (UPGRADE, "caution", LEDGER)
    assert found.text == (
        "The upgrade of Saturday 12 December 2026 switches General Ledger off in the middle of this project, "
        "if this database is upgraded then: plan to switch on again afterwards."
    )


def test_an_upgrade_on_the_first_and_on_the_last_day_is_said_as_such(policy: Policy) -> None:
    first = breaks(policy, project(UPGRADE, UPGRADE + 2 * DAY, LEDGER))
    assert [(item.urgency, "on the first day" in item.text) for item in first] == [("caution", True)]
    last = breaks(policy, project(TODAY, UPGRADE, LEDGER))
    assert [(item.urgency, "at the end" in item.text) for item in last] == [("info", True)]


def test_a_window_that_ends_at_midnight_does_not_reach_into_the_next_day(policy: Policy) -> None:
    assert windows(policy)[0].in_words.endswith("to midnight (Resolute)")
    assert kind(breaks(policy, project(UPGRADE + DAY, UPGRADE + 3 * DAY, LEDGER)), "upgrade") == []


def test_an_announced_window_takes_the_computed_one_s_place(policy: Policy) -> None:
    starts = utc(2026, 12, 6, 2)
    found = breaks(
        policy,
        project(TODAY, UPGRADE + DAY, LEDGER),
        notices=(Notice("1", "announced", starts, starts + timedelta(hours=4)),),
    )
    assert [item.day for item in kind(found, "upgrade")] == [date(2026, 12, 5)]


def test_emergency_maintenance_switches_nothing_off_and_is_told_once(policy: Policy) -> None:
    starts = utc(2026, 12, 20, 2)
    emergency = Notice("1", "emergency", starts, starts + timedelta(hours=2))
    found = breaks(policy, project(UPGRADE + DAY, UPGRADE + 9 * DAY, LEDGER, SMS), notices=(emergency,))
    assert [(item.day, item.urgency, item.feature) for item in found] == [(date(2026, 12, 19), "info", None)]


DAYS = st.integers(0, 420).map(lambda days: TODAY + timedelta(days=days))
SPANS = st.tuples(DAYS, DAYS).map(sorted).map(tuple)
FEATURES = st.lists(st.sampled_from((*CONTACT_USERS, LEDGER)), unique=True)


@given(whole=SPANS, features=FEATURES, data=st.data())
def test_every_upgrade_within_a_feature_s_use_yields_exactly_one_break_for_it(
    policy: Policy, whole: tuple[date, date], features: list[str], data: st.DataObject
) -> None:
    uses = tuple(ProjectFeature(key, *data.draw(SPANS)) for key in features)
    found = kind(breaks(policy, project(*whole, *uses)), "upgrade")
    expected = [
        (use.feature, day)
        for window in windows(policy)
        for use in uses
        if use.first_day <= (day := window.starts_at.astimezone(WINNIPEG).date()) <= use.last_day
    ]
    assert sorted((item.feature, item.day) for item in found if item.feature) == sorted(expected)
    untold = {
        first
        for window in windows(policy)
        if whole[0] <= (first := window.starts_at.astimezone(WINNIPEG).date()) <= whole[1]
    } - {day for _, day in expected}
    assert {item.day for item in found if not item.feature} == untold, (
        "an upgrade that switches nothing off is told too"
    )


@given(whole=SPANS, features=FEATURES, refresh=st.none() | DAYS, real=st.booleans())
def test_breaks_come_by_urgency_then_by_day_and_tell_no_less_when_they_are_said_together(
    policy: Policy, whole: tuple[date, date], features: list[str], refresh: date | None, real: bool
) -> None:
    found = breaks(policy, project(*whole, *features, refresh_by=refresh), REAL if real else CLEAN)
    keys = [(("danger", "caution", "info").index(item.urgency), item.day or date.min) for item in found]
    assert keys == sorted(keys)
    together = merged(policy, found)
    assert len(together) <= len(found)
    assert {(item.day, item.urgency, item.kind) for item in together} == {
        (item.day, item.urgency, item.kind) for item in found
    }
    for item in found:
        name = policy.feature[item.feature].name if item.feature else ""
        assert any(other.kind == item.kind and name in other.text for other in together)
    assert all("{" not in item.text for item in (*found, *together))


@given(whole=SPANS, features=FEATURES, refresh=st.none() | DAYS, days=st.integers(0, 500))
def test_as_days_pass_what_was_said_of_upgrades_goes_and_nothing_comes(
    policy: Policy, whole: tuple[date, date], features: list[str], refresh: date | None, days: int
) -> None:
    planned = project(*whole, *features, refresh_by=refresh)
    early = {item.text for item in kind(breaks(policy, planned), "upgrade")}
    late = breaks(policy, planned, today=TODAY + timedelta(days=days))
    assert {item.text for item in kind(late, "upgrade")} <= early
    assert all(item.day >= TODAY + timedelta(days=days) for item in kind(late, "upgrade") if item.day)


@each("over", ["ended", "cancelled"])
def test_what_is_over_breaks_nothing(policy: Policy, over: str) -> None:
    assert breaks(policy, project(TODAY, UPGRADE + DAY, SMS, refresh_by=TODAY, state=over), REAL) == ()


def test_what_several_features_share_is_told_once(policy: Policy) -> None:
    together = merged(policy, breaks(policy, project(TODAY, UPGRADE + DAY, SMS, DELIVERY, LEDGER)))
    (one,) = kind(together, "upgrade")
    names = "External Communications: SMS, External Communications: Client Delivery and General Ledger"
    assert f"switches {names} off" in one.text
    assert one.feature is None


# --- real contact details ----------------------------------------------------------------------


def test_between_a_refresh_and_the_next_upgrade_messages_would_reach_real_people(policy: Policy) -> None:
    planned = project(TODAY + 7 * DAY, UPGRADE + 8 * DAY, SMS, refresh_by=TODAY + 6 * DAY)
    found = breaks(policy, planned)
    assert found[0].urgency == "danger"
    assert found[0].text == (
        "Between the refresh and the upgrade of Saturday 12 December 2026 this copy holds real contact details; "
        "External Communications: SMS would reach real people. Switch on only after that upgrade, once it is recorded "
        "for this database."
    )


def test_after_the_upgrade_that_follows_the_refresh_only_the_if_is_left(policy: Policy) -> None:
    (found,) = kind(breaks(policy, project(UPGRADE + DAY, UPGRADE + 8 * DAY, SMS, refresh_by=TODAY)), "contacts")
    assert found.urgency == "info"
    assert "only if this database is upgraded then" in found.text


def test_a_refresh_on_the_day_of_an_upgrade_counts_as_after_it(policy: Policy) -> None:
    (found,) = kind(breaks(policy, project(UPGRADE + DAY, UPGRADE + 8 * DAY, SMS, refresh_by=UPGRADE)), "contacts")
    assert found.urgency == "danger"
    assert "the upgrade of Saturday 9 January 2027" in found.text


def test_a_copy_that_may_be_real_today_is_dangerous_until_the_next_upgrade(policy: Policy) -> None:
    (found,) = kind(breaks(policy, project(TODAY, UPGRADE - DAY, SMS), REAL), "contacts")
    assert found.urgency == "danger"
    assert REAL.sentence in found.text
    assert "No upgrade lies between today and the first day" in found.text
    (later,) = kind(breaks(policy, project(UPGRADE + DAY, UPGRADE + 2 * DAY, SMS), REAL), "contacts")
    assert later.urgency == "info"


def test_an_emergency_de_identifies_nothing(policy: Policy) -> None:
    starts = utc(2026, 12, 6, 2)
    emergency = Notice("1", "emergency", starts, starts + timedelta(hours=2))
    found = breaks(policy, project(TODAY + 7 * DAY, UPGRADE - DAY, SMS), REAL, notices=(emergency,))
    assert [item.urgency for item in kind(found, "contacts")] == ["danger"]


def test_without_any_upgrade_to_come_the_danger_stays(policy: Policy) -> None:
    for refresh_by, posture in ((TODAY, CLEAN), (None, REAL)):
        planned = project(TODAY + DAY, TODAY + 9 * DAY, SMS, refresh_by=refresh_by)
        (found,) = kind(find_clashes(policy, planned, [], posture, (), (), TODAY), "contacts")
        assert found.urgency == "danger"
        assert "after an upgrade" in found.text


@given(span=SPANS, feature=st.sampled_from((*CONTACT_USERS, LEDGER)), refresh=st.none() | DAYS, real=st.booleans())
def test_whoever_could_be_reached_before_an_upgrade_is_always_told_as_danger(
    policy: Policy, span: tuple[date, date], feature: str, refresh: date | None, real: bool
) -> None:
    found = kind(breaks(policy, project(*span, feature, refresh_by=refresh), REAL if real else CLEAN), "contacts")
    if feature == LEDGER or (refresh is None and not real):
        assert found == []
        return
    upgrades = [window.starts_at.astimezone(WINNIPEG).date() for window in windows(policy)]
    cleaned = next(day for day in upgrades if refresh is None or day > refresh)
    assert [item.urgency for item in found] == ["info" if span[0] > cleaned else "danger"]


# --- the refresh and the work of others --------------------------------------------------------


def test_a_refresh_meets_the_upgrades_until_its_last_day(policy: Policy) -> None:
    found = breaks(policy, project(UPGRADE + 9 * DAY, UPGRADE + 12 * DAY, refresh_by=UPGRADE))
    assert [
        "ask Support whether a copy can be made while it lasts" in item.text for item in kind(found, "refresh")
    ] == [True]
    early = breaks(policy, project(UPGRADE + 9 * DAY, UPGRADE + 12 * DAY, refresh_by=UPGRADE - DAY))
    assert kind(early, "refresh") == []


def test_a_refresh_wanted_by_a_day_that_passed_is_urgent(policy: Policy) -> None:
    planned = project(TODAY, TODAY + 3 * DAY, refresh_by=TODAY - DAY)
    assert [(item.urgency, item.day) for item in breaks(policy, planned)] == [("danger", TODAY - DAY)]


def test_a_refresh_after_a_feature_s_first_day_overwrites_what_was_done(policy: Policy) -> None:
    found = kind(breaks(policy, project(TODAY, TODAY + 9 * DAY, LEDGER, refresh_by=TODAY + 5 * DAY)), "refresh")
    assert [(item.feature, item.urgency) for item in found] == [(LEDGER, "caution")]
    without = kind(breaks(policy, project(TODAY, TODAY + 9 * DAY, refresh_by=TODAY + 5 * DAY)), "refresh")
    assert [(item.feature, item.urgency) for item in without] == [(None, "caution")]
    assert kind(breaks(policy, project(TODAY, TODAY + 9 * DAY, LEDGER, refresh_by=TODAY)), "refresh") == []


def test_work_that_the_refresh_overwrites_is_named(policy: Policy) -> None:
    planned = project(TODAY + 20 * DAY, TODAY + 30 * DAY, refresh_by=TODAY + 5 * DAY)
    elsewhere = state("ms-exchange", environment="training-b")
    (found,) = breaks(policy, planned, states=(state(LEDGER, until=TODAY + 9 * DAY), elsewhere))
    assert "General Ledger is on until" in found.text
    assert "Payroll test" in found.text
    assert breaks(policy, replace(planned, refresh_by=None), states=(state(LEDGER),)) == ()


def test_projects_in_one_database_overwrite_each_other_by_their_refreshes(policy: Policy) -> None:
    mine = project(UPGRADE + 9 * DAY, UPGRADE + 12 * DAY, refresh_by=TODAY + 5 * DAY)
    other = replace(project(TODAY, TODAY + 7 * DAY), id=2, name="Payroll")
    (found,) = breaks(policy, mine, others=(other, mine))
    assert "“Payroll” works in this database until Tuesday 8 December 2026" in found.text
    (back,) = breaks(policy, other, others=(replace(mine, name="Pilot"), other))
    assert "“Pilot” needs a refresh by Sunday 6 December 2026" in back.text


@each(
    "changed",
    [
        {"environment": "training-b"}, {"state": "ended"}, {"state": "cancelled"}, {"last_day": TODAY - DAY},
        {"first_day": TODAY + 6 * DAY},
    ],
)  # fmt: skip
def test_other_projects_elsewhere_over_or_at_another_time_are_not_overwritten(
    policy: Policy, changed: dict[str, object]
) -> None:
    mine = project(UPGRADE + 9 * DAY, UPGRADE + 12 * DAY, refresh_by=TODAY + 5 * DAY)
    other = project(TODAY - 3 * DAY, TODAY + 7 * DAY, id=2, **changed)
    assert kind(breaks(policy, mine, others=(other,)), "overwrites") == []


def test_once_the_refresh_is_done_it_overwrites_nothing_more(policy: Policy) -> None:
    done = project(TODAY, UPGRADE - DAY, refresh_by=TODAY, state="started", request_id=4, request_status="done")
    assert breaks(policy, done, states=(state(LEDGER),), others=(replace(done, id=2),)) == ()
    cancelled = replace(done, request_status="cancelled")
    assert ["PA-4, was cancelled" in item.text for item in breaks(policy, cancelled)] == [True]


@given(mine=SPANS, theirs=SPANS, refresh=DAYS)
def test_of_two_projects_each_is_told_of_the_refresh_that_hits_it(
    policy: Policy, mine: tuple[date, date], theirs: tuple[date, date], refresh: date
) -> None:
    asking = project(*mine, refresh_by=refresh)
    working = replace(project(*theirs), id=2)
    hit = theirs[0] <= refresh
    assert bool(kind(breaks(policy, asking, others=(working,)), "overwrites")) == hit
    assert bool(kind(breaks(policy, working, others=(asking,)), "overwrites")) == hit


# --- days and combinations ---------------------------------------------------------------------


def test_uncertain_dates_in_and_near_the_project_are_told(policy: Policy) -> None:
    uncertain = [window for window in windows(policy) if window.confirm_date]
    day = uncertain[0].starts_at.astimezone(WINNIPEG).date()
    for first in (day - 2 * DAY, day + 7 * DAY, day - 8 * DAY):
        found = kind(breaks(policy, project(first, first + DAY)), "confirm")
        assert [(item.day, item.urgency) for item in found] == [(day, "caution")]
    assert kind(breaks(policy, project(day + 8 * DAY, day + 9 * DAY)), "confirm") == []


def test_a_last_day_that_has_passed_is_urgent(policy: Policy) -> None:
    (found,) = breaks(policy, project(TODAY - 9 * DAY, TODAY - DAY, SMS, state="started"), REAL)
    assert (found.day, found.urgency) == (TODAY - DAY, "danger")


def test_a_feature_needed_before_or_after_its_project_is_told(policy: Policy) -> None:
    use = ProjectFeature(LEDGER, TODAY + DAY, TODAY + 8 * DAY)
    found = breaks(policy, project(TODAY + 2 * DAY, TODAY + 5 * DAY, use))
    assert [("before the first day" in i.text, "after the last day" in i.text) for i in found] == [
        (True, False), (False, True),
    ]  # fmt: skip


def test_a_feature_whose_end_date_comes_too_early_is_told(policy: Policy) -> None:
    known = project(TODAY, TODAY + 5 * DAY, LEDGER)
    (found,) = breaks(policy, known, states=(state(LEDGER, until=TODAY + 2 * DAY),))
    assert (found.day, found.urgency, found.feature) == (TODAY + 2 * DAY, "caution", LEDGER)
    for until in (None, TODAY + 5 * DAY, TODAY - DAY):
        assert breaks(policy, known, states=(state(LEDGER, until=until),)) == ()


def test_features_that_reach_more_together_are_told_while_both_are_on(policy: Policy) -> None:
    assert len(kind(breaks(policy, project(TODAY, TODAY + 5 * DAY, TRIGGERS, SMS)), "together")) == 1
    apart = ProjectFeature(TRIGGERS, TODAY + 3 * DAY, TODAY + 5 * DAY)
    early = ProjectFeature(SMS, TODAY, TODAY + 2 * DAY)
    assert kind(breaks(policy, project(TODAY, TODAY + 5 * DAY, apart, early)), "together") == []
    assert kind(breaks(policy, project(TODAY, TODAY + 5 * DAY, SMS, DELIVERY)), "together") == []


@each("wanted, on", [(TRIGGERS, SMS), (SMS, TRIGGERS)])
def test_features_that_are_on_for_something_else_count_too(policy: Policy, wanted: str, on: str) -> None:
    planned = project(TODAY + 3 * DAY, TODAY + 5 * DAY, wanted)
    assert len(kind(breaks(policy, planned, states=(state(on),)), "together")) == 1
    assert kind(breaks(policy, planned, states=(state(on, until=TODAY + DAY),)), "together") == []


# --- what may be planned -----------------------------------------------------------------------


def wish(*features: str, **more: object) -> ProjectInput:
    made = ProjectInput("Pilot", "Try", TODAY, TODAY + 9 * DAY, features=tuple(FeatureInput(key) for key in features))
    return replace(made, **more)  # type: ignore[arg-type]


def test_days_left_open_are_the_project_s(policy: Policy) -> None:
    given_days = FeatureInput(SMS, first_day=TODAY + DAY)
    made = project_of(policy, wish(features=(FeatureInput(LEDGER.upper()), given_days)), TODAY)
    assert made.features == (
        ProjectFeature(SMS, TODAY + DAY, TODAY + 9 * DAY),
        ProjectFeature(LEDGER, TODAY, TODAY + 9 * DAY),
    )
    assert set(input_of(made).features) == {given_days, FeatureInput(LEDGER)}


@each("key", LOCKED)
@each("environment", ["mirrored", "training-b", "preview"])
def test_locked_features_are_refused_in_every_copy(policy: Policy, key: str, environment: str) -> None:
    with pytest.raises(RefusedError, match=r"cannot be enabled|stays locked"):
        project_of(policy, wish(key, environment=environment), TODAY)


@each("key", NOT_LISTED)
def test_features_that_are_not_listed_are_refused_with_ask_support(policy: Policy, key: str) -> None:
    with pytest.raises(RefusedError, match=r"not on the vendor's list.*ask Support"):
        project_of(policy, wish(key), TODAY)


def test_listed_features_are_refused_where_the_list_does_not_reach(policy: Policy) -> None:
    with pytest.raises(RefusedError, match="Ask Support"):
        project_of(policy, wish(SMS, environment="training-b"), TODAY)


@each(
    "changed, error",
    [
        ({"environment": "production"}, RefusedError),
        ({"environment": "nowhere"}, BadInputError),
        ({"last_day": TODAY - DAY}, BadInputError),
        ({"first_day": TODAY - 9 * DAY, "last_day": TODAY - DAY}, BadInputError),
        ({"last_day": date.max}, BadInputError),
        ({"first_day": date.min}, BadInputError),
        ({"features": (FeatureInput("nothing"),)}, BadInputError),
        ({"features": (FeatureInput(SMS), FeatureInput(SMS))}, BadInputError),
        ({"features": (FeatureInput(SMS, TODAY, TODAY - DAY),)}, BadInputError),
        ({"features": (FeatureInput(SMS, TODAY - 9 * DAY, TODAY - DAY),)}, BadInputError),
    ],
)
def test_what_makes_no_project_is_refused(policy: Policy, changed: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error, match="Nothing was"):
        project_of(policy, wish(**changed), TODAY)


def test_days_that_passed_meanwhile_may_stay(policy: Policy) -> None:
    before = project_of(policy, wish(SMS), TODAY)
    after = project_of(policy, input_of(before), TODAY + 30 * DAY, before)
    assert after == before


def test_what_was_asked_for_stays_once_a_project_is_started(policy: Policy) -> None:
    started = project(TODAY, TODAY + 5 * DAY, state="started", refresh_by=TODAY)
    assert project_of(policy, replace(input_of(started), name="Other"), TODAY, started).name == "Other"
    with pytest.raises(ConflictError, match="stay as they are"):
        project_of(policy, replace(input_of(started), refresh_by=None), TODAY, started)


@each("over", ["ended", "cancelled"])
def test_what_is_over_goes_no_further(policy: Policy, over: str) -> None:
    known = project(TODAY, TODAY + 5 * DAY, state=over)
    for check in (check_open, check_plan, check_started, lambda known: check_start(known, TODAY)):
        with pytest.raises(ConflictError, match=over):
            check(known)
    with pytest.raises(ConflictError, match=over):
        project_of(policy, input_of(known), TODAY, known)


def test_the_path_is_planned_started_ended() -> None:
    known = project(TODAY, TODAY + 5 * DAY)
    check_start(known, TODAY)
    for check in (check_plan, check_started):
        with pytest.raises(ConflictError, match="not started yet"):
            check(known)
    with pytest.raises(ConflictError, match="has passed"):
        check_start(known, TODAY + 6 * DAY)
    started = replace(known, state="started")
    check_started(started)
    check_plan(started)
    with pytest.raises(ConflictError, match="started already"):
        check_start(started, TODAY)
    waits = replace(started, refresh_by=TODAY, request_id=7, request_status="sent")
    with pytest.raises(ConflictError, match="PA-7, is not done yet"):
        check_plan(waits)


# --- what is planned when ----------------------------------------------------------------------


def test_features_after_the_next_upgrade_are_planned_later(policy: Policy) -> None:
    late = ProjectFeature(LEDGER, UPGRADE + DAY, UPGRADE + 9 * DAY)
    known = project(TODAY, UPGRADE + 9 * DAY, SMS, late)
    now, later = to_plan(known, (), windows(policy), TODAY)
    assert ([item.feature for item in now], later) == ([SMS], (late,))
    now, later = to_plan(known, (), windows(policy), UPGRADE + DAY)
    assert ([item.feature for item in now], later) == ([SMS, LEDGER], ())


def test_what_is_on_planned_or_over_is_not_planned_again(policy: Policy) -> None:
    pending = Pending("enable", "x", None, False)
    states = (state(SMS), state(LEDGER, state="off", pending=pending), state(DELIVERY, environment="training-b"))
    past = ProjectFeature("ms-exchange", TODAY - 3 * DAY, TODAY - DAY)
    known = project(TODAY, TODAY + 3 * DAY, SMS, LEDGER, DELIVERY, past)
    now, later = to_plan(known, states, windows(policy), TODAY)
    assert ([item.feature for item in now], later) == ([DELIVERY], ())
    assert {entry.feature for entry in still_in_use(known, states)} == {SMS, LEDGER}


@given(span=SPANS, day=DAYS)
def test_each_missing_feature_is_planned_now_or_later_or_is_over(
    policy: Policy, span: tuple[date, date], day: date
) -> None:
    known = project(*span, SMS)
    now, later = to_plan(known, (), windows(policy), day)
    assert len(now) + len(later) == (day <= span[1])
    assert not later or any(day <= w.starts_at.astimezone(WINNIPEG).date() < span[0] for w in windows(policy))


# --- what waits --------------------------------------------------------------------------------


@each(
    "changed, urgency, says",
    [
        ({"state": "started"}, "info", "plan External Communications: SMS now"),
        ({"state": "started", "refresh_by": TODAY, "request_status": "sent"}, None, ""),
        ({"state": "started", "refresh_by": TODAY, "request_status": "done"}, "info", "plan"),
        ({"state": "started", "last_day": TODAY - DAY}, "caution", "End it"),
        ({"last_day": TODAY - DAY}, "info", "never started"),
        ({"first_day": TODAY}, "caution", "was due to begin"),
        ({"first_day": TODAY + DAY}, None, ""),
        ({"refresh_by": TODAY + 14 * DAY}, "caution", "Start it, so that the request"),
        ({"refresh_by": TODAY + 15 * DAY, "first_day": TODAY + DAY}, None, ""),
        ({"state": "ended", "last_day": TODAY - DAY}, None, ""),
        ({"state": "cancelled", "last_day": TODAY - DAY}, None, ""),
    ],
)
def test_a_project_waits_for_one_thing_at_a_time(
    policy: Policy, changed: dict[str, object], urgency: str | None, says: str
) -> None:
    known = project(TODAY - 9 * DAY, TODAY + 9 * DAY, ProjectFeature(SMS, TODAY, TODAY + 9 * DAY), **changed)
    found = awaits(policy, known, [], windows(policy)[:1], TODAY)
    assert (found is None) is (urgency is None)
    if found is not None:
        assert found[0] == urgency
        assert says in found[1]


def test_a_project_waits_for_nothing_once_its_features_are_on(policy: Policy) -> None:
    known = project(TODAY, TODAY + 9 * DAY, SMS, state="started")
    assert awaits(policy, known, [state(SMS)], windows(policy)[:1], TODAY) is None
