"""The exercises as records: read from TOML, and refused with file, line and key where they are wrong.

Those that come with the program are in resources/training/exercises; a trainer adds files of the same form to the
folder `exercises` in the practice folder. An exercise looks at what `--json` prints and at the practice vendor alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, get_args

import msgspec

from penelope_admin.absent import mapped
from penelope_admin.clock import find_zone
from penelope_admin.errors import BadInputError, needed
from penelope_admin.files import exists, resource
from penelope_admin.policy.lines import KeyPath
from penelope_admin.policy.records import Record, Sourced
from penelope_admin.policy.tables import TableFile
from penelope_admin.services.training.events import MAX_BYTES, Event, Key, Line, Text

MOST_FILES = 100
FOLDER = "exercises"
SHIPPED = f"training/{FOLDER}"
_UNUSED = "The exercise is not used."

Rung = Literal["look", "plan", "act", "crisis"]
RUNGS: tuple[Rung, ...] = get_args(Rung)
"""The ladder, from the bottom up."""
Source = Literal["FAQ", "MIRROR", "SUPPORT", "HELP", "OURS"]

Of = Literal[
    "answer", "window", "team", "database", "event", "feature", "check-list", "line", "project", "request", "notice",
    "entry", "there", "sent", "case", "mail",
]  # fmt: skip
"""What can be looked at: shapes of `--json`, the learner's answers, entries of the log since the exercise began; and at
the practice vendor what is so there, what left for people, its cases (the newest first), and the mailbox."""

KEYS: dict[Of, frozenset[str]] = {
    "answer": frozenset({"question", "value", "right"}),
    "window": frozenset(
        {"region", "kind", "zone", "starts_at", "ends_at", "in_progress", "confirm_date", "ours", "upgrade"}
    ),
    "team": frozenset({"team", "open", "closes_at", "opens_at"}),
    "database": frozenset(
        {
            "env", "name", "contact_details", "queues_may_wait", "last_refresh", "last_upgrade", "version", "on",
            "last_check", "asked_about", "lost",
        }
    ),
    "event": frozenset({"env", "kind", "at", "version", "feature", "outcome", "corrects"}),
    "feature": frozenset({"env", "key", "name", "state", "pending", "since", "until", "reason", "expired", "obstacle"}),
    "check-list": frozenset({"env", "after", "finished", "newest", "open_lines"}),
    "line": frozenset({"env", "after", "newest", "line", "text", "result", "remark", "at", "file", "proof"}),
    "project": frozenset(
        {
            "name", "env", "state", "first_day", "last_day", "refresh_by", "request", "awaits_refresh", "features",
            "to_plan", "later", "in_use", "breaks", "days", "new", "sends", "throughout",
        }
    ),
    "request": frozenset(
        {
            "reference", "kind", "ordinary", "env", "status", "title", "earliest", "latest", "re_enable", "features",
            "change", "upgrade_day", "characteristics", "began_at", "via", "case_number", "scheduled_for", "created_at",
            "stands", "doubtful_date",
        }
    ),
    "notice": frozenset({"kind", "starts_at", "ends_at", "version", "replaces", "month", "replaced_by"}),
    "entry": frozenset({"action", "subject", "at"}),
    "there": frozenset({"env", "on", "contacts", "version", "upgraded_at", "copied_at", "queued", "down_until"}),
    "sent": frozenset({"env", "feature", "reached", "count", "real", "at", "since"}),
    "case": frozenset({"number", "kind", "env", "opened_at", "closed"}),
    "mail": frozenset({"at", "sender", "subject", "case", "announces"}),
}  # fmt: skip
"""The keys that a condition may name, by what it looks at."""

Scalar = str | int | bool
Days = Annotated[int, msgspec.Meta(ge=-400, le=400)]


class Reference(Record, frozen=True, kw_only=True):
    """A value of something else that can be looked at: of the first one that has all of `where`."""

    of: Of
    where: dict[str, Scalar] = msgspec.field(default_factory=dict)
    key: str


class Need(Record, frozen=True, kw_only=True):
    """What a value must be. All that is said here must hold.

    Attributes:
        is_: exactly this; `not_`: anything but this; `one_of`: any of these.
        contains, lacks: of a list, or of a text.
        filled: whether there is anything.
        at_least_days, at_most_days: a day or instant, in local days from the one the exercise began on; a number of
            days as it is.
        since_start: an instant, not before the exercise began.
        same_as: the same as something else; same_day_as: on the same local day.
        otherwise: what is missing, in the world's terms. Keys in braces become what is so.
    """

    key: str
    is_: Scalar | None = msgspec.field(default=None, name="is")
    not_: Scalar | None = msgspec.field(default=None, name="not")
    one_of: tuple[Scalar, ...] = ()
    contains: Scalar | None = None
    lacks: Scalar | None = None
    filled: bool | None = None
    at_least_days: Days | None = None
    at_most_days: Days | None = None
    since_start: bool = False
    same_as: Reference | None = None
    same_day_as: Reference | None = None
    otherwise: str = ""


class Condition(Record, frozen=True, kw_only=True):
    """That there is something which has all of `where` and meets every `need`; with `none`, that there is nothing."""

    of: Of
    where: dict[str, Scalar] = msgspec.field(default_factory=dict)
    need: tuple[Need, ...] = ()
    none: bool = False


class Check(Condition, frozen=True, kw_only=True):
    """What is to be reached.

    Attributes:
        says: as the list in the pane says it.
        absent: what is missing when there is nothing that has all of `where`; with `none`, when there is something.
    """

    says: Line
    absent: Line


class Trap(Record, frozen=True, kw_only=True):
    """A state that ends the exercise. It is sprung when every condition of `when` holds.

    Attributes:
        key: names it in results.
        explains: what happened, and what it would have meant.
    """

    key: Key
    explains: Text
    when: Annotated[tuple[Condition, ...], msgspec.Meta(min_length=1, max_length=8)]


class Question(Record, frozen=True, kw_only=True):
    """Something the learner finds out and answers.

    Attributes:
        kind: a moment on the clock of `zone` (the agency's if none is named), a day, a month, yes or no, or one of
            `options`.
        right: where the answer is found; for a choice, `right_option` says which it is.
        wrong: what is said of a wrong answer, without giving the right one away.
    """

    key: Key
    ask: Line
    kind: Literal["moment", "day", "month", "yes-no", "choice"]
    zone: str | None = None
    options: tuple[Line, ...] = ()
    right: Reference | None = None
    right_option: int | None = None
    wrong: Line


class Debriefing(Sourced, frozen=True, kw_only=True):
    """What is said afterwards.

    Attributes:
        text: what it was about.
        rule: the rule in one sentence; `source` says where it stands, with the article of the help centre.
        expert: what an expert does, step by step.
        question: one to think about, answered in free words.
    """

    text: Text
    rule: Line
    source: Source
    expert: Annotated[tuple[Line, ...], msgspec.Meta(min_length=2, max_length=12)]
    question: Line


class Exercise(Record, frozen=True, kw_only=True):
    """An exercise. Texts are plain; `situation` may have several paragraphs.

    Attributes:
        key: the file's name without its ending.
        place: in the ladder, within its rung.
        minutes: what a newcomer takes.
        given: what happens before it begins.
    """

    schema: Literal[1]
    key: Key
    title: Line
    rung: Rung
    place: Annotated[int, msgspec.Meta(ge=1, le=999)]
    minutes: Annotated[int, msgspec.Meta(ge=1, le=120)]
    situation: Text
    goal: Text
    hints: tuple[Line, Line, Line]
    given: Annotated[tuple[Event, ...], msgspec.Meta(max_length=30)] = ()
    question: Annotated[tuple[Question, ...], msgspec.Meta(max_length=6)] = ()
    check: Annotated[tuple[Check, ...], msgspec.Meta(min_length=1, max_length=10)]
    trap: Annotated[tuple[Trap, ...], msgspec.Meta(max_length=6)] = ()
    debriefing: Debriefing

    @property
    def order(self) -> tuple[int, int, str]:
        """Where it stands in the ladder."""
        return RUNGS.index(self.rung), self.place, self.key


@dataclass(frozen=True, slots=True)
class Library:
    """The exercises that can be used, from the bottom of the ladder, and what is wrong with the other files."""

    exercises: tuple[Exercise, ...]
    problems: tuple[str, ...] = ()


def library(home: Path | None) -> Library:
    """The exercises that come with the program, and a trainer's own in a practice folder.

    A file of a trainer's that is wrong keeps nobody from the others; what is wrong with it names file, line and key.

    Raises:
        BadInputError: there are too many files.
    """
    by_key = {exercise.key: exercise for exercise in _shipped()}
    problems = []
    for path in mapped(home, files_of) or ():
        try:
            exercise = load(path)
            if exercise.key in by_key:
                raise BadInputError(f"{path}: that name is taken. The exercise is not used. Give it another.")
            by_key[exercise.key] = exercise
        except BadInputError as error:
            problems.append(str(error))
    return Library(tuple(sorted(by_key.values(), key=lambda exercise: exercise.order)), tuple(problems))


def load_all(home: Path | None = None) -> tuple[Exercise, ...]:
    """Every exercise, from the bottom of the ladder, if all files are right.

    Raises:
        BadInputError: one is not. The message names file, line and key.
    """
    exercises = library(home)
    if exercises.problems:
        raise BadInputError(exercises.problems[0])
    return exercises.exercises


@cache
def _shipped() -> tuple[Exercise, ...]:
    return tuple(load(path) for path in sorted(resource(SHIPPED).glob("*.toml")))


def files_of(home: Path) -> list[Path]:
    """The files of a trainer's own exercises in a practice folder.

    Raises:
        BadInputError: there are too many.
    """
    folder = home / FOLDER
    files = sorted(folder.glob("*.toml")) if exists(folder) else []
    if len(files) > MOST_FILES:
        raise BadInputError(f"{folder} holds more than {MOST_FILES} exercises. None of them is used. Take some out.")
    return files


def find(key: str, home: Path | None = None) -> Exercise:
    """The exercise of this key.

    Raises:
        BadInputError: there is none that can be used.
    """
    exercises = library(home).exercises
    exercise = next((exercise for exercise in exercises if exercise.key == key.strip().lower()), None)
    return needed(exercise, f'There is no exercise "{key}". There are: {", ".join(item.key for item in exercises)}.')


def load(path: Path) -> Exercise:
    """Read and check an exercise.

    Raises:
        BadInputError: it cannot be read, or is wrong. The message names file, line and key.
    """
    return parse(TableFile.load(path, MAX_BYTES, "exercise", _UNUSED, BadInputError), path.stem)


def parse_text(text: str, key: str) -> Exercise:
    """Check the text of an exercise that came along in another file.

    Raises:
        BadInputError: as for `load`.
    """
    return parse(TableFile(text.encode("utf-8"), f"{key}.toml", _UNUSED, BadInputError), key)


def parse(file: TableFile, stem: str) -> Exercise:
    """Check the bytes of an exercise whose file has this name, without its ending.

    Raises:
        BadInputError: as for `load`.
    """
    exercise = file.read(Exercise)
    if exercise.key != stem:
        raise file.wrong(("key",), f'the file must be called "{exercise.key}.toml"')
    for path, reason in _contradictions(exercise):
        raise file.wrong(path, reason)
    return exercise


def _contradictions(exercise: Exercise) -> Iterator[tuple[KeyPath, str]]:
    """What the shape of the records cannot say, first trouble first."""
    keys = [question.key for question in exercise.question]
    for index, question in enumerate(exercise.question):
        yield from _question_trouble(("question", index), question, keys[:index])
    for index, check in enumerate(exercise.check):
        yield from _condition_trouble(("check", index), check, keys)
        for nth, need in enumerate(check.need):
            if not need.otherwise and not check.none:
                yield ("check", index, "need", nth, "otherwise"), "say what is missing when this does not hold"
    traps: set[str] = set()
    for index, trap in enumerate(exercise.trap):
        if trap.key in traps:
            yield ("trap", index, "key"), f'"{trap.key}" is there twice'
        traps.add(trap.key)
        for nth, condition in enumerate(trap.when):
            yield from _condition_trouble(("trap", index, "when", nth), condition, keys)


def _question_trouble(path: KeyPath, question: Question, before: list[str]) -> Iterator[tuple[KeyPath, str]]:
    if question.key in before:
        yield (*path, "key"), f'"{question.key}" is there twice'
    zones: list[tuple[KeyPath, Scalar | None]] = [((*path, "zone"), question.zone)]
    if question.right is not None:
        zones.append(((*path, "right", "where", "zone"), question.right.where.get("zone")))
    for here, zone in zones:
        if zone is not None and not _is_zone(zone):
            yield here, f'"{zone}" is not a time zone of the IANA database'
    if question.kind == "choice":
        if question.right_option is None or not 1 <= question.right_option <= len(question.options):
            yield (*path, "right-option"), "must be the number of one of the options, counted from one"
    elif question.right is None:
        yield (*path, "right"), "say where the answer is found"
    else:
        yield from _reference_trouble((*path, "right"), question.right)


def _is_zone(name: object) -> bool:
    try:
        find_zone(str(name))
    except BadInputError:
        return False
    return True


def _condition_trouble(path: KeyPath, condition: Condition, questions: list[str]) -> Iterator[tuple[KeyPath, str]]:
    yield from _key_trouble((*path, "where"), condition.of, condition.where)
    asked = condition.where.get("question")
    if condition.of == "answer" and asked not in questions:
        yield (*path, "where", "question"), f'"{asked}" is not a question of this exercise'
    for nth, need in enumerate(condition.need):
        here: KeyPath = (*path, "need", nth)
        yield from _key_trouble((*here, "key"), condition.of, (need.key,))
        if need == Need(key=need.key, otherwise=need.otherwise):
            yield here, "says nothing of what the value must be"
        yield from _key_trouble((*here, "otherwise"), condition.of, re.findall(r"{(\w+)}", need.otherwise))
        for name, reference in (("same-as", need.same_as), ("same-day-as", need.same_day_as)):
            if reference is not None:
                yield from _reference_trouble((*here, name), reference)


def _reference_trouble(path: KeyPath, reference: Reference) -> Iterator[tuple[KeyPath, str]]:
    yield from _key_trouble((*path, "where"), reference.of, reference.where)
    yield from _key_trouble((*path, "key"), reference.of, (reference.key,))


def _key_trouble(path: KeyPath, of: Of, names: Iterable[str]) -> Iterator[tuple[KeyPath, str]]:
    for name in names:
        if name not in KEYS[of]:
            yield path, f'"{name}" is nothing that {of} has; it has {", ".join(sorted(KEYS[of]))}'


def paragraphs(text: str) -> tuple[str, ...]:
    """The paragraphs of a text, each in one line."""
    return tuple(" ".join(part.split()) for part in text.split("\n\n") if part.strip())
