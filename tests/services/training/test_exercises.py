"""Every exercise can be solved, every trap can be sprung, and what came of it is kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from penelope_admin.app import TrainingApp
from penelope_admin.clock import FixedClock
from penelope_admin.domain.requests import RequestInput
from penelope_admin.errors import BadInputError
from penelope_admin.files import resource
from penelope_admin.services import features, requests
from penelope_admin.services.mirror import environments
from penelope_admin.services.training import exercises, passing, progress, world
from penelope_admin.services.training.progress import Course
from tests.practice import copy_practice
from tests.services.training.solutions import LEDGER, PHI, SOLUTIONS, TRAPS, WORKERS, between_upgrades, wait


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, practice_home: Path) -> Iterator[TrainingApp]:
    """The program on one practice folder for all of these: each exercise begins with everything anew."""
    app = copy_practice(practice_home, tmp_path_factory.mktemp("exercises") / "home-training")
    yield app
    app.forget_database()


@pytest.fixture
def practice(shared: TrainingApp) -> TrainingApp:
    """The same, without what came of exercises before."""
    (shared.home / progress.FILE).unlink(missing_ok=True)
    return shared


KEYS = [item.key for item in exercises.load_all()]


def begun(practice: TrainingApp, key: str) -> Course:
    return progress.start(practice, key).value


def missing(course: Course) -> list[str]:
    return [outcome.missing for outcome in course.outcomes if outcome.missing]


@pytest.mark.parametrize("key", KEYS)
def test_each_exercise_begins_open_and_is_solved_through_services(practice: TrainingApp, key: str) -> None:
    before = begun(practice, key)
    assert (before.passed, before.trap) == (False, None)
    assert missing(before)
    SOLUTIONS[key](practice)
    after = progress.refresh(practice)
    assert missing(after) == []
    assert after.passed
    assert after.results[key].passed


@pytest.mark.parametrize(("key", "trap"), list(TRAPS), ids="/".join)
def test_each_trap_ends_its_exercise_with_an_explanation(practice: TrainingApp, key: str, trap: str) -> None:
    begun(practice, key)
    TRAPS[key, trap](practice)
    after = progress.refresh(practice)
    assert after.trap is not None
    assert after.trap.key == trap
    assert not after.passed
    assert after.results[key].traps == (trap,)


def test_every_trap_there_is_has_a_way_to_spring_it() -> None:
    assert {(item.key, trap.key) for item in exercises.load_all() for trap in item.trap} == set(TRAPS)


def test_a_refresh_that_was_made_meanwhile_may_be_recorded_with_its_day(practice: TrainingApp) -> None:
    begun(practice, "after-an-upgrade")
    copied_at = world.current(practice.context).database("mirrored").copied_at
    assert copied_at is not None
    practice.context.write(environments.record_event, "mirrored", "refreshed", copied_at)
    assert progress.refresh(practice).trap is None
    SOLUTIONS["after-an-upgrade"](practice)
    assert progress.refresh(practice).passed


def test_a_feature_that_goes_on_for_an_exercise_has_the_last_day_that_the_exercise_needs(practice: TrainingApp) -> None:
    begun(practice, "after-an-upgrade")
    state = practice.context.read(features.find, "general-ledger", "mirrored").state
    assert state.until is not None
    assert state.until >= practice.clock.now().date()


def test_a_project_that_has_its_feature_on_some_of_its_days_is_not_enough(practice: TrainingApp) -> None:
    begun(practice, "project-between-upgrades")
    between_upgrades(practice, days_on=2)
    said = "Your project has General Ledger on some of its days alone. Finance needs it on all of them."
    assert missing(progress.refresh(practice)) == [said]


def test_planning_again_more_than_the_project_needs_keeps_the_exercise_open(practice: TrainingApp) -> None:
    begun(practice, "after-an-upgrade")
    there = world.current(practice.context).database("mirrored")
    practice.context.write(environments.record_event, "mirrored", "upgraded", there.upgraded_at, there.version)
    for feature in (LEDGER, WORKERS):
        practice.context.write(features.switch, feature, "enable", reason="It goes on", acknowledgement=PHI)
    said = "External Communications: Worker Delivery is planned, too. The payroll test does not need it."
    assert missing(progress.refresh(practice)) == [said]
    practice.context.write(features.cancel, WORKERS, "mirrored")
    assert progress.refresh(practice).passed


def test_a_notice_that_came_may_be_recorded(practice: TrainingApp) -> None:
    begun(practice, "doubtful-month")
    came = wait(practice, days=12).mails
    assert any("upgrade" in mail.subject.lower() for mail in came)
    TRAPS["doubtful-month", "made-up-notice"](practice)
    assert progress.refresh(practice).trap is None


def test_an_ordinary_request_that_is_only_drafted_has_kept_nobody_waiting(practice: TrainingApp) -> None:
    begun(practice, "nobody-can-sign-in")
    practice.context.write(requests.draft, RequestInput(kind="question", title="Sign-in", reason="What now?"))
    assert progress.refresh(practice).trap is None
    SOLUTIONS["nobody-can-sign-in"](practice)
    assert progress.refresh(practice).passed


def test_where_a_request_stands_is_said_in_the_words_of_its_page(practice: TrainingApp) -> None:
    begun(practice, "the-notice-never-came")
    day = practice.context.read(lambda work: work.calendar.next_upgrade(work.now).first_day)
    practice.context.write(requests.draft, RequestInput(kind="missing-notice", upgrade_day=day))
    assert missing(progress.refresh(practice)) == ["PA-10 has not reached Support yet: drafted."]


def test_after_a_trap_the_goal_is_not_reached_any_more(practice: TrainingApp) -> None:
    begun(practice, "doubtful-month")
    TRAPS["doubtful-month", "made-up-notice"](practice)
    progress.refresh(practice)
    SOLUTIONS["doubtful-month"](practice)
    assert not progress.refresh(practice).passed


def test_starting_again_begins_with_the_same_agency(practice: TrainingApp) -> None:
    first = begun(practice, "one-week-of-worker-delivery")
    SOLUTIONS["one-week-of-worker-delivery"](practice)
    assert progress.refresh(practice).passed
    again = begun(practice, "one-week-of-worker-delivery")
    assert again.attempt is not None
    assert first.attempt is not None
    assert again.attempt.began_at == first.attempt.began_at
    assert missing(again) == missing(first)
    assert again.results["one-week-of-worker-delivery"].passed


def test_the_same_seed_and_actions_leave_the_same_log(practice: TrainingApp) -> None:
    hashes = []
    for _ in range(2):
        begun(practice, "after-an-upgrade")
        SOLUTIONS["after-an-upgrade"](practice)
        log = progress.refresh(practice).results["after-an-upgrade"].log
        hashes.append([line.hash for line in log if line.hash])
    assert hashes[0] == hashes[1]
    assert hashes[0]


def test_nothing_moves_on_while_the_learner_reads(practice: TrainingApp) -> None:
    begun(practice, "a-client-got-a-text")
    practice.clock.go_on()
    assert practice.clock.is_paused


def test_hints_come_one_by_one_and_are_counted(practice: TrainingApp) -> None:
    item = exercises.find("next-upgrade")
    begun(practice, item.key)
    assert progress.hint(practice).hints == item.hints[:1]
    for _ in range(5):
        course = progress.hint(practice)
    assert course.hints == item.hints
    assert course.results[item.key].hints == 3


def test_an_answer_that_was_right_stays_right_when_time_goes_on(practice: TrainingApp) -> None:
    begun(practice, "who-is-awake")
    SOLUTIONS["who-is-awake"](practice)
    wait(practice, days=1)
    assert missing(progress.refresh(practice)) == []


def test_a_wrong_answer_is_told_without_the_right_one(practice: TrainingApp) -> None:
    begun(practice, "who-is-awake")
    course = progress.answer(practice, "support", "yes")
    question = course.exercise.question[0] if course.exercise else None
    assert question is not None
    assert progress.verdict_on(course, question) == question.wrong
    assert "no" not in progress.verdict_on(course, question).split()


def test_a_question_to_support_about_anything_else_does_not_ask_about_the_doubtful_date(practice: TrainingApp) -> None:
    begun(practice, "doubtful-month")
    asked = RequestInput(kind="question", title="Which browser do we need?", reason="Please tell us.")
    practice.context.write(requests.draft, asked)
    assert "Your question does not name the first month that is marked." in missing(progress.refresh(practice))
    SOLUTIONS["doubtful-month"](practice)
    assert progress.refresh(practice).passed


def test_a_question_that_is_not_asked_cannot_be_answered(practice: TrainingApp) -> None:
    begun(practice, "who-is-awake")
    with pytest.raises(BadInputError, match="asks nothing called"):
        progress.answer(practice, "weather", "yes")


def test_without_an_exercise_there_is_nothing_to_answer(practice: TrainingApp) -> None:
    with pytest.raises(BadInputError, match="No exercise is under way"):
        progress.hint(practice)


def test_long_pauses_are_not_counted_as_time_spent(practice: TrainingApp) -> None:
    real = passing.clock_in(practice.clock).real
    assert isinstance(real, FixedClock)
    progress.start(practice, "who-is-awake")
    for pause in (timedelta(minutes=2), timedelta(hours=14), timedelta(minutes=1)):
        real.instant += pause
        course = progress.refresh(practice)
    assert course.results["who-is-awake"].seconds == 8 * 60


def test_the_log_of_the_debriefing_tells_what_was_done_here_and_there(practice: TrainingApp) -> None:
    begun(practice, "one-week-of-worker-delivery")
    SOLUTIONS["one-week-of-worker-delivery"](practice)
    lines = progress.refresh(practice).log
    assert sorted(bool(line.number) for line in lines) == [False, True, True]
    assert any("Worker Delivery was switched on in Mirrored" in line.says for line in lines)
    assert any("switching on was planned" in line.says for line in lines)


def test_what_a_learner_thinks_is_kept_here_and_handed_to_nobody(practice: TrainingApp) -> None:
    begun(practice, "who-is-awake")
    assert progress.keep_thought(practice, "On the intranet, I think.").thought == "On the intranet, I think."
    assert "intranet" not in str(progress.read(practice.home).results)


def test_putting_practice_back_leaves_the_exercise_and_keeps_results(practice: TrainingApp) -> None:
    begun(practice, "who-is-awake")
    SOLUTIONS["who-is-awake"](practice)
    progress.refresh(practice)
    practice.forget_database()
    from penelope_admin.services.training import home

    home.reset(practice.home)
    course = progress.refresh(practice)
    assert course.exercise is None
    assert course.results["who-is-awake"].passed


def test_an_exercise_that_asks_for_what_there_is_not_leaves_the_ladder_open(practice: TrainingApp) -> None:
    folder = practice.home / exercises.FOLDER
    folder.mkdir(exist_ok=True)
    text = resource(f"{exercises.SHIPPED}/next-upgrade.toml").read_text("utf-8")
    own = folder / "mars.toml"
    own.write_text(text.replace('key = "next-upgrade"', 'key = "mars"', 1).replace('"AU"', '"MM"'), "utf-8")
    try:
        course = begun(practice, "mars")
        assert course.exercise is None
        assert "MM" in course.problem
        assert "mars" in [item.key for item in course.exercises]
    finally:
        own.unlink()


def test_the_ladder_leads_to_the_next_exercise(practice: TrainingApp) -> None:
    course = begun(practice, KEYS[0])
    assert (course.position, course.following.key if course.following else "") == (1, KEYS[1])
    assert course.first_open == course.exercise
    assert begun(practice, KEYS[-1]).following is None


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b'{"schema": 2}', b'{"schema": 1, "colour": 1}', b"\xff\xfe", b"{" * 100_000]
)
def test_a_damaged_file_of_progress_is_named(practice: TrainingApp, raw: bytes) -> None:
    (practice.home / progress.FILE).write_bytes(raw)
    with pytest.raises(BadInputError, match=r"progress\.json cannot be read"):
        progress.refresh(practice)


def test_progress_is_private_and_holds_no_more_than_it_says(practice: TrainingApp) -> None:
    begun(practice, "next-upgrade")
    file = practice.home / progress.FILE
    assert file.stat().st_mode & 0o777 == 0o600
    assert set(msgspec.json.decode(file.read_bytes())["results"]) == {"next-upgrade"}
