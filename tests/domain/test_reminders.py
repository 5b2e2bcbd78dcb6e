"""Reminders: each is told once, however often the program sleeps, restarts, or finds the clock changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from penelope_admin.domain import reminders
from penelope_admin.domain.features import FeatureState
from penelope_admin.domain.reminders import Reminder, ripe
from penelope_admin.domain.requests import Request, Status, Step
from penelope_admin.domain.windows import Calendar, Notice
from penelope_admin.policy import Policy
from tests.each import each
from tests.effort import examples

RESOLUTE = ZoneInfo("America/Resolute")
NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
START = datetime(2026, 12, 13, 2, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LEDGER = FeatureState("mirrored", "general-ledger", "on", until=date(2026, 12, 4))


def request(kind: str, status: Status, **more: object) -> Request:
    sent = Step(NOW, "sent", "ada", "")
    return Request(
        id=7,
        kind=kind,
        environment="mirrored",
        status=status,
        reason="Tests",
        created_at=NOW,
        steps=(sent,),
        **more,  # type: ignore[arg-type]
    )


# --- what there is to tell ---------------------------------------------------------------------


def test_a_window_is_told_of_seven_days_and_one_day_before(policy: Policy) -> None:
    found = list(reminders.of_windows(Calendar(policy, "CA", RESOLUTE).upcoming(NOW), NOW))
    assert [item.due for item in found] == [START - 7 * DAY, START - DAY]
    assert found[0].text == "Upgrade in 7 days: Saturday 12 December 2026, 20:00 to midnight (Resolute)."


def test_a_window_that_is_told_of_late_says_how_long_it_is_from_now(policy: Policy) -> None:
    now = START - 3 * DAY - HOUR
    week, day = reminders.of_windows(Calendar(policy, "CA", RESOLUTE).upcoming(now), now)
    assert week.text.startswith("Upgrade in 3 days 1 hour: ")
    assert day.text.startswith("Upgrade in 1 day: ")


def test_a_window_that_has_begun_is_no_longer_told_of(policy: Policy) -> None:
    windows = Calendar(policy, "CA", RESOLUTE).upcoming(START + HOUR)
    assert list(reminders.of_windows(windows, START + HOUR)) == []


def test_a_window_that_a_notice_moves_is_told_of_again(policy: Policy) -> None:
    before = reminders.of_windows(Calendar(policy, "CA", RESOLUTE).upcoming(NOW), NOW)
    moved = Notice("n1", "announced", START + 2 * DAY, START + 2 * DAY + 4 * HOUR)
    after = reminders.of_windows(Calendar(policy, "CA", RESOLUTE, [moved]).upcoming(NOW), NOW)
    assert not {item.key for item in before} & {item.key for item in after}


def test_a_notice_that_confirms_the_window_changes_no_key(policy: Policy) -> None:
    before = reminders.of_windows(Calendar(policy, "CA", RESOLUTE).upcoming(NOW), NOW)
    same = Notice("n1", "announced", START, START + 4 * HOUR)
    after = reminders.of_windows(Calendar(policy, "CA", RESOLUTE, [same]).upcoming(NOW), NOW)
    assert [item.key for item in before] == [item.key for item in after]


def test_a_missing_notice_is_told_of_only_while_it_is_missing(policy: Policy) -> None:
    (computed,) = Calendar(policy, "CA", RESOLUTE).upcoming(NOW)
    (found,) = reminders.of_missing_notice(computed, 10, NOW)
    assert found.due == START - 10 * DAY
    same = Notice("n1", "announced", START, START + 4 * HOUR)
    (announced,) = Calendar(policy, "CA", RESOLUTE, [same]).upcoming(NOW)
    assert list(reminders.of_missing_notice(announced, 10, NOW)) == []


@each(
    "today, due, says",
    [
        (date(2026, 12, 2), date(2026, 12, 4), "has to be switched off on Friday 4 December 2026."),
        (date(2026, 12, 4), date(2026, 12, 4), "has to be switched off today."),
        (date(2026, 12, 6), date(2026, 12, 6), "should have been switched off on Friday 4 December 2026."),
    ],
)
def test_a_feature_is_told_of_on_its_last_day_and_on_each_day_after_it(
    policy: Policy, today: date, due: date, says: str
) -> None:
    now = datetime(today.year, today.month, today.day, 18, tzinfo=UTC)
    (found,) = reminders.of_features(policy, [LEDGER], RESOLUTE, now)
    assert found.due == datetime(due.year, due.month, due.day, 15, tzinfo=UTC), "nine in the morning there"
    assert found.text == f"General Ledger in Mirrored {says}"


def test_a_feature_that_is_off_or_has_no_end_is_not_told_of(policy: Policy) -> None:
    states = [replace(LEDGER, state="off"), replace(LEDGER, until=None)]
    assert list(reminders.of_features(policy, states, RESOLUTE, NOW)) == []


def test_a_scheduled_refresh_is_told_of_on_its_day(policy: Policy) -> None:
    scheduled = request("refresh", "scheduled", scheduled_for=date(2026, 12, 9))
    (found,) = reminders.of_refreshes(policy, [scheduled, replace(scheduled, status="done")], RESOLUTE)
    assert found.due == datetime(2026, 12, 9, 15, tzinfo=UTC)
    assert "it is due on Wednesday 9 December 2026" in found.text


def test_a_critical_incident_is_told_of_before_and_after_support_s_target(policy: Policy) -> None:
    incident = request("critical", "sent")
    found = list(reminders.of_incidents(policy, [incident], NOW + HOUR))
    target = NOW + timedelta(hours=policy.critical.target_response_hours)
    assert [item.due for item in found] == [target - timedelta(minutes=30), target]
    assert "30 minutes are left of Support's target" in found[0].text
    assert "has passed without an answer" in next(reminders.of_incidents(policy, [incident], target)).text


def test_an_incident_that_support_answered_is_not_told_of(policy: Policy) -> None:
    assert list(reminders.of_incidents(policy, [request("critical", "answered")], NOW)) == []


# --- once, and not lost ------------------------------------------------------------------------


def reminder(subject: str, step: str, due: datetime) -> Reminder:
    return Reminder("window", subject, step, due, "Soon.")


def test_after_a_long_sleep_only_the_newest_about_a_subject_is_told() -> None:
    week, day = reminder("a", "7", NOW - 7 * DAY), reminder("a", "1", NOW - DAY)
    assert ripe([week, day], (), NOW) == ([day], [week, day])


def test_what_was_told_is_not_told_again_when_the_clock_goes_back() -> None:
    week, day = reminder("a", "7", NOW), reminder("a", "1", NOW + 6 * DAY)
    told = {item.key for item in ripe([week, day], (), NOW + 7 * DAY)[1]}
    assert ripe([week, day], told, NOW + HOUR) == ([], [])


SUBJECTS = st.lists(st.integers(0, 40 * 24), min_size=1, max_size=6, unique=True)
ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("look"), st.integers(0, 30)),  # awake for so many hours more
        st.tuples(st.just("sleep"), st.integers(0, 300)),
        st.tuples(st.just("restart"), st.integers(0, 5)),
        st.tuples(st.just("clock"), st.integers(-100, 100)),
    ),
    max_size=60,
)


@settings(max_examples=examples(80, long=20_000))
@given(SUBJECTS, ACTIONS)
def test_none_is_told_twice_and_none_is_lost_over_sleep_restart_and_clock_changes(
    starts: list[int], actions: list[tuple[str, int]]
) -> None:
    """A window is told of at each look within its last week unless that was said, and again on its last day."""
    clock, kept, said = NOW, set[str](), list[str]()

    def known() -> list[Reminder]:
        windows = [NOW + 7 * DAY + start * HOUR for start in starts]
        return [
            reminder(str(start), str(days), start - days * DAY) for start in windows if start > clock for days in (7, 1)
        ]

    for action, hours in actions:
        clock += hours * HOUR
        if action not in ("look", "restart"):
            continue  # asleep: nobody looks
        before = set(kept)
        wanted, settled = ripe(known(), kept, clock)
        kept |= {item.key for item in settled}
        said += [item.key for item in wanted]
        for subject in {item.subject for item in known()}:
            due = [item for item in known() if item.subject == subject and item.due <= clock]
            last = max(due, key=lambda item: item.due, default=None)
            if last is not None:
                assert last.key in said or last.key in before, "lost"
    assert len(said) == len(set(said)), "told twice"
