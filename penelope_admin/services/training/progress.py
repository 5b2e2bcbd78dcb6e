"""What a learner does with the exercises: begins one, answers, takes a hint, reaches the goal or falls into a trap.

All of it is kept in one file of the practice folder. Beginning an exercise puts the practice agency back to its
beginning first, so that everybody begins alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import msgspec
from msgspec import structs

from penelope_admin.absent import present
from penelope_admin.clock import Clock
from penelope_admin.domain.text import clean_text
from penelope_admin.domain.vendor import World
from penelope_admin.errors import BadInputError, needed
from penelope_admin.files import exists, read_within, write_private
from penelope_admin.policy import Policy
from penelope_admin.services import activity
from penelope_admin.services.json_types import ExerciseJson
from penelope_admin.services.training import exercises, handed, home, passing, scene, staging, world
from penelope_admin.services.training.checks import Outcome, Scene, check_form, is_right, is_sprung, outcome_of
from penelope_admin.services.training.exercises import Exercise, Question, Trap, find
from penelope_admin.services.training.records import (
    LONGEST_ANSWER,
    MOST_EXERCISES,
    MOST_LINES,
    Answer,
    Attempt,
    LogLine,
    Progress,
    Result,
)
from penelope_admin.services.work import Context, Done, Work
from penelope_admin.topics import EVERYTHING

FILE = "progress.json"
MAX_BYTES = 8 << 20
LONGEST_THOUGHT = 2000
_LONGEST_PAUSE = timedelta(minutes=5)
"""Who does nothing for longer has left the exercise for a while; that time is not counted."""


class Practice(Protocol):
    """What of the program is needed: `App` on a practice folder."""

    home: Path
    clock: Clock
    policy: Policy

    @property
    def context(self) -> Context:
        """The open database."""
        ...

    def forget_database(self) -> None:
        """Close it; the next use opens it again."""
        ...


@dataclass(frozen=True)
class Course:
    """What the pane shows.

    Attributes:
        exercises: those that are to be done, from the bottom of the ladder.
        exercise: the one under way; None when there is none.
        outcomes: its checks, as things stand.
        log: what the learner did, once the exercise has ended.
        thought: what was written after it.
        problem: why the results could not be written beside the start file of a class, and which files of a
            trainer's exercises are wrong.
    """

    exercises: tuple[Exercise, ...]
    results: Mapping[str, Result]
    exercise: Exercise | None = None
    attempt: Attempt | None = None
    outcomes: tuple[Outcome, ...] = ()
    log: tuple[LogLine, ...] = ()
    thought: str = ""
    problem: str = ""

    @property
    def trap(self) -> Trap | None:
        """The trap that ended it."""
        if self.exercise is None or self.attempt is None:
            return None
        return next((trap for trap in self.exercise.trap if trap.key == self.attempt.trap), None)

    @property
    def passed(self) -> bool:
        """Whether the goal of the exercise under way was reached."""
        return self.attempt is not None and self.attempt.passed

    @property
    def hints(self) -> tuple[str, ...]:
        """The hints that were shown."""
        return self.exercise.hints[: self.attempt.hints] if self.exercise and self.attempt else ()

    @property
    def position(self) -> int:
        """The place of the exercise under way among those that are to be done, from one; 0 when there is none."""
        return self.exercises.index(self.exercise) + 1 if self.exercise in self.exercises else 0

    @property
    def is_open(self) -> bool:
        """Whether an exercise is under way that has not ended."""
        return self.attempt is not None and not self.attempt.is_over

    @property
    def following(self) -> Exercise | None:
        """The exercise after the one under way."""
        return next((after for item, after in pairwise(self.exercises) if item == self.exercise), None)

    @property
    def first_open(self) -> Exercise | None:
        """The first exercise whose goal was not reached yet."""
        passed = {key for key, result in self.results.items() if result.passed}
        return next((item for item in self.exercises if item.key not in passed), None)


# --- what the learner does -----------------------------------------------------------------------


def refresh(practice: Practice) -> Course:
    """How the exercise under way stands; its checks and traps are judged anew.

    Raises:
        BadInputError: a file of exercises, or what is kept, cannot be read.
    """
    kept, library = read(practice.home), exercises.library(practice.home)
    chosen = tuple(item for item in library.exercises if not kept.exercises or item.key in kept.exercises)
    attempt = kept.current
    exercise = _under_way(practice, library, attempt)
    if attempt is None or exercise is None:
        return Course(chosen, kept.results, problem=" ".join(library.problems))
    try:
        there = world.current(practice.context)
        seen, log = practice.context.read(_seen, there, exercise, attempt)
    except BadInputError as error:  # of a trainer's exercise that asks for what there is not; others can be begun
        return Course(chosen, kept.results, problem=str(error))
    outcomes = tuple(outcome_of(seen, check) for check in exercise.check)
    after = _judged(exercise, _with_log(attempt, log), seen, outcomes)
    after = structs.replace(after, seen_at=passing.clock_in(practice.clock).real.now())
    kept, problem = _handed_in(practice.home, _kept(kept, attempt, after))
    write(practice.home, kept)
    return Course(
        chosen, kept.results, exercise, kept.current, outcomes, after.log if after.is_over else (),
        kept.thoughts.get(exercise.key, ""), " ".join((problem, *library.problems)).strip(),
    )  # fmt: skip


def _under_way(practice: Practice, library: exercises.Library, attempt: Attempt | None) -> Exercise | None:
    """The exercise of an attempt; None where it is no longer there, or practice was put back since."""
    if attempt is None or not practice.context.read(_is_still_on, attempt):
        return None
    return next((item for item in library.exercises if item.key == attempt.exercise), None)


def start(practice: Practice, key: str) -> Done[Course]:
    """Begin an exercise, for the first time or again.

    The practice agency is put back to its beginning; then happens what is given.

    Raises:
        BadInputError: what is kept cannot be read.
    """
    exercise, kept = find(key, practice.home), read(practice.home)
    practice.forget_database()
    home.reset(practice.home)
    for event in exercise.given:
        staging.happen(practice.context, event)
    clock = passing.clock_in(practice.clock)
    clock.pause(True)  # nobody loses time by reading; the learner lets it go on
    attempt = Attempt(
        exercise=exercise.key,
        began_at=clock.now(),
        first_entry=practice.context.read(activity.newest_number),
        seen_at=clock.real.now(),
    )
    write(practice.home, structs.replace(kept, current=attempt))
    return Done(refresh(practice), EVERYTHING)


def answer(practice: Practice, question: str, value: str) -> Course:
    """Answer a question of the exercise under way.

    Raises:
        BadInputError: no exercise is under way, or the answer has another form.
    """
    kept, attempt, exercise = _need_current(practice)
    asked = next((item for item in exercise.question if item.key == question), None)
    asked = needed(asked, f'This exercise asks nothing called "{question}". Nothing was saved.')
    text = value.strip()
    if not text or len(text) > LONGEST_ANSWER:
        raise BadInputError(f"An answer has 1 to {LONGEST_ANSWER} characters. Nothing was saved.")
    check_form(asked, text)
    seen, _ = practice.context.read(_seen, world.current(practice.context), exercise, attempt)
    answers = {**attempt.answers, question: Answer(value=text, right=is_right(seen, asked, text))}
    write(practice.home, structs.replace(kept, current=structs.replace(attempt, answers=answers)))
    return refresh(practice)


def hint(practice: Practice) -> Course:
    """Show the next hint, if there is one left.

    Raises:
        BadInputError: no exercise is under way.
    """
    kept, attempt, exercise = _need_current(practice)
    shown = min(attempt.hints + 1, len(exercise.hints))
    write(practice.home, structs.replace(kept, current=structs.replace(attempt, hints=shown)))
    return refresh(practice)


def keep_thought(practice: Practice, text: str) -> Course:
    """Keep what the learner wrote after an exercise. It stays in the practice folder.

    Raises:
        BadInputError: no exercise is under way, or it is too long.
    """
    kept, _, exercise = _need_current(practice)
    thought = clean_text(text, "Your answer", required=False, limit=LONGEST_THOUGHT)
    write(practice.home, structs.replace(kept, thoughts={**kept.thoughts, exercise.key: thought}))
    return refresh(practice)


def verdict_on(course: Course, question: Question) -> str:
    """What is said of the answer to a question: nothing while there is none or it is right."""
    answer = course.attempt.answers.get(question.key) if course.attempt is not None else None
    return "" if answer is None or answer.right else question.wrong


def shape(course: Course, exercise: Exercise) -> ExerciseJson:
    """An exercise for scripts, and what came of it."""
    result = course.results.get(exercise.key) or Result()
    return {
        "id": exercise.key,
        "title": exercise.title,
        "rung": exercise.rung,
        "minutes": exercise.minutes,
        "under_way": course.exercise == exercise,
        "passed": result.passed,
        "hints": result.hints,
        "traps": list(result.traps),
        "checks": [
            {"says": outcome.says, "met": outcome.is_met, "missing": outcome.missing or None}
            for outcome in course.outcomes
            if course.exercise == exercise
        ],
    }


def begin_anew(practice: Practice) -> Course:
    """Put aside what is kept of all exercises, for where it cannot be read any more.

    Raises:
        BadInputError: it cannot be put aside.
    """
    kept = practice.home / FILE
    try:
        kept.replace(kept.with_suffix(".old"))
    except OSError as error:
        raise BadInputError(f"{kept} cannot be put aside ({error.strerror}). Nothing was changed.") from error
    return refresh(practice)


# --- what is kept --------------------------------------------------------------------------------


def read(folder: Path) -> Progress:
    """What is kept in a practice folder.

    Raises:
        BadInputError: it cannot be read, or somebody changed it so that it makes no sense.
    """
    path = folder / FILE
    if not exists(path):
        return Progress()
    try:
        return msgspec.json.decode(read_within(path, MAX_BYTES), type=Progress)
    except (OSError, ValueError) as error:
        raise BadInputError(
            f"{path} cannot be read. Nothing was changed. Delete it, or begin all exercises anew in the window."
        ) from error


def write(folder: Path, kept: Progress) -> None:
    """Keep it, private to this user.

    Raises:
        BadInputError: it cannot be written; what was there before is unchanged.
    """
    write_private(folder / FILE, msgspec.json.encode(kept))


def _need_current(practice: Practice) -> tuple[Progress, Attempt, Exercise]:
    kept = read(practice.home)
    attempt = needed(kept.current, "No exercise is under way. Nothing was changed. Start one first.")
    return kept, attempt, find(attempt.exercise, practice.home)


def _is_still_on(work: Work, attempt: Attempt) -> bool:
    """Whether the practice agency is the one in which it began: somebody may have put it back since."""
    return attempt.began_at <= work.now and attempt.first_entry <= activity.newest_number(work)


def _seen(work: Work, there: World, exercise: Exercise, attempt: Attempt) -> tuple[Scene, tuple[LogLine, ...]]:
    """What the exercise looks at, and what was done since it began."""
    answers = [{"question": key, "value": it.value, "right": it.right} for key, it in attempt.answers.items()]
    seen = scene.gather(work, there, exercise, attempt.began_at, attempt.first_entry, answers)
    count = min(activity.newest_number(work) - attempt.first_entry, MOST_LINES)
    lines = [
        LogLine(number=entry.seq, at=entry.at, says=activity.in_words(work.policy, entry)[:1000], hash=entry.hash)
        for entry in activity.newest(work, "", count)
    ]
    lines += [
        LogLine(number=0, at=item.at, says=item.what)
        for item in there.happenings
        if item.kind not in ("mail", "case-opened") and item.at >= attempt.began_at
    ]
    lines.sort(key=lambda line: (line.at, line.number))
    return seen, tuple(lines[-MOST_LINES:])


def _with_log(attempt: Attempt, log: tuple[LogLine, ...]) -> Attempt:
    """The attempt with what is new in the log: while practice time stands still, only looks tell what came first."""
    earlier = set(attempt.log)
    added = tuple(line for line in log if line not in earlier)
    return structs.replace(attempt, log=(*attempt.log, *added)[-MOST_LINES:])


def _judged(exercise: Exercise, attempt: Attempt, seen: Scene, outcomes: tuple[Outcome, ...]) -> Attempt:
    """The attempt with what it came to; once it has ended, it stays so."""
    if attempt.is_over:
        return attempt
    sprung = next((trap.key for trap in exercise.trap if is_sprung(seen, trap)), None)
    return structs.replace(attempt, trap=sprung, passed=sprung is None and all(item.is_met for item in outcomes))


def _kept(kept: Progress, before: Attempt, after: Attempt) -> Progress:
    """What is kept with the attempt as it is now, and its result."""
    old = kept.results.get(after.exercise, Result())
    result = structs.replace(old, passed=old.passed or after.passed, hints=max(old.hints, after.hints))
    if not before.is_over:
        pause = min(max(after.seen_at - before.seen_at, timedelta()), _LONGEST_PAUSE)
        traps = (*old.traps, *present(after.trap))[-MOST_EXERCISES:]
        result = structs.replace(result, traps=traps, seconds=old.seconds + int(pause.total_seconds()))
        if after.passed or not old.passed:
            result = structs.replace(result, log=after.log)
    news = (result.passed, result.hints, result.traps) != (old.passed, old.hints, old.traps)
    results = {**kept.results, after.exercise: result}
    return structs.replace(kept, current=after, results=results, to_hand_in=kept.to_hand_in or news)


def _handed_in(folder: Path, kept: Progress) -> tuple[Progress, str]:
    """Write the results of a class's learner if there are new ones; else say why they could not be written."""
    if not kept.to_hand_in:
        return kept, ""
    try:
        handed.hand_in(folder, kept)
    except BadInputError as error:  # the stick is gone; it is tried again, and the pane says so
        return kept, str(error)
    return structs.replace(kept, to_hand_in=False), ""
