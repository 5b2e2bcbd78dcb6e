"""Exercises are data: the twelve that come along are whole, and a file that is wrong is named with line and key."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from penelope_admin.errors import BadInputError
from penelope_admin.files import resource
from penelope_admin.policy import load as load_policy
from penelope_admin.policy.tables import TableFile
from penelope_admin.services.training import exercises
from penelope_admin.services.training.events import MAX_BYTES, Event, load_inject
from penelope_admin.services.training.exercises import RUNGS, Exercise, Need, Question, load, load_all, parse
from tests.each import each

ROOT = Path(__file__).resolve().parents[3]
KEYS = [item.key for item in load_all()]
SOURCE = resource(f"{exercises.SHIPPED}/doubtful-month.toml").read_text("utf-8")


def refused(text: str, stem: str = "doubtful-month") -> str:
    """What is said of an exercise with this text."""
    with pytest.raises(BadInputError) as caught:
        parse(TableFile(text.encode(), "mine.toml", "The exercise is not used.", BadInputError), stem)
    return str(caught.value)


def line_with(text: str, words: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if words in line)


def test_there_are_three_exercises_on_each_rung_of_the_ladder() -> None:
    assert [item.rung for item in load_all()] == [rung for rung in RUNGS for _ in range(3)]


@each("key", KEYS)
def test_each_exercise_has_three_different_hints_and_a_debriefing(key: str) -> None:
    item = exercises.find(key)
    assert len(set(item.hints)) == 3
    said = item.debriefing
    assert said.question.endswith("?")
    assert said.expert
    assert load_policy(resource("policy.toml")).source_name(said)


@each("key", KEYS)
def test_each_check_says_what_is_missing(key: str) -> None:
    for check in exercises.find(key).check:
        assert check.absent.endswith(".")
        assert all(need.otherwise.endswith((".", "?")) for need in check.need if not check.none)


def test_exercises_above_the_first_have_traps_that_explain_themselves() -> None:
    with_traps = [item for item in load_all() if item.trap]
    assert len(with_traps) == 11
    assert all(len(trap.explains) > 100 for item in with_traps for trap in item.trap)


@each(
    "before, after, says",
    [
        ('title = "Which month is doubtful?"\n', "", "required field"),
        ("minutes = 5", 'minutes = "five"', "key minutes: must be a whole number"),
        ("minutes = 5", "minutes = 0", "key minutes"),
        ('rung = "look"', 'rung = "climb"', "key rung: 'climb' is not one of the values allowed here"),
        ('of = "request"', 'of = "requests"', "key check[2].of"),
        ('where = { kind = "question" }', 'where = { colour = "red" }', 'key check[2].where: "colour" is nothing that'),
        (
            '{ key = "status", not',
            '{ key = "statos", not',
            'key check[2].need[3].key: "statos" is nothing that request',
        ),
        ('otherwise = "You cancelled your question."', 'otherwise = ""', "key check[2].need[3].otherwise: say what"),
        ("You cancelled your question.", "You lost {money}.", '"money" is nothing that request has'),
        ('{ key = "status", not = "cancelled", ', '{ key = "status", ', "key check[2].need[3]: says nothing"),
        ('where = { question = "month" }', 'where = { question = "year" }', '"year" is not a question of this'),
        ('key = "made-up-notice"', 'key = "Made up"', "key trap[1].key"),
        ("schema = 1", "schema = 1\ncolour = 2", 'unknown field "colour"'),
        ('key = "doubtful-month"', 'key = "another"', 'the file must be called "another.toml"'),
        ("confirm_date = true }, key", "confirm_date = true }, keys", "key question[1].right.keys"),
        ("schema = 1", "schema = ", "line 1, key schema"),
        (
            'kind = "month"',
            'kind = "month"\nzone = "Mars/Base"',
            'question[1].zone: "Mars/Base" is not a time zone',
        ),
    ],
)
def test_what_is_wrong_is_named_with_file_line_and_key(before: str, after: str, says: str) -> None:
    assert before in SOURCE
    said = refused(SOURCE.replace(before, after, 1))
    assert re.match(r"mine\.toml, line \d+", said)
    assert says in said
    assert said.endswith("The exercise is not used.")


def test_the_line_is_the_one_of_the_key() -> None:
    text = SOURCE.replace('key = "made-up-notice"', 'key = "Made up"')
    assert f"line {line_with(text, 'Made up')}," in refused(text)


def test_two_hints_are_too_few() -> None:
    shorter = re.sub(r"hints = \[.*?\n\]", 'hints = ["Look.", "Look again."]', SOURCE, flags=re.DOTALL)
    assert "key hints" in refused(shorter)


def test_a_trainers_own_exercise_stands_in_the_ladder(tmp_path: Path) -> None:
    folder = tmp_path / exercises.FOLDER
    folder.mkdir()
    own = SOURCE.replace('key = "doubtful-month"', 'key = "ours"').replace("place = 2", "place = 9")
    (folder / "ours.toml").write_text(own, "utf-8")
    assert [item.key for item in load_all(tmp_path)][3] == "ours"


def test_an_exercise_of_a_name_that_is_taken_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / exercises.FOLDER
    folder.mkdir()
    (folder / "doubtful-month.toml").write_text(SOURCE, "utf-8")
    with pytest.raises(BadInputError, match="that name is taken"):
        load_all(tmp_path)


def test_a_file_that_is_wrong_keeps_nobody_from_the_other_exercises(tmp_path: Path) -> None:
    folder = tmp_path / exercises.FOLDER
    folder.mkdir()
    (folder / "broken.toml").write_text("schema = 1\n", "utf-8")
    found = exercises.library(tmp_path)
    assert [item.key for item in found.exercises] == KEYS
    assert "broken.toml, line 1" in found.problems[0]
    assert exercises.find("next-upgrade", tmp_path).key == "next-upgrade"


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "doubtful-month.toml"
    file.write_bytes(SOURCE.encode() + b"#" * MAX_BYTES)
    with pytest.raises(BadInputError, match="larger than 64 KiB"):
        load(file)


def test_an_exercise_that_does_not_exist_is_named_with_those_that_do() -> None:
    with pytest.raises(BadInputError, match="next-upgrade"):
        exercises.find("upgrade")


@each("file", sorted(resource("training/injects").glob("*.toml")))
def test_the_inject_files_that_come_along_can_be_read(file: Path) -> None:
    assert load_inject(file).title


def test_an_inject_of_something_unknown_is_refused_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('schema = 1\ntitle = "Storm"\n\n[[event]]\ndo = "storm"\n', "utf-8")
    with pytest.raises(BadInputError, match=r"mine\.toml, line 5, key event\[1\]\.do"):
        load_inject(file)


def test_an_inject_that_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    for path in (tmp_path / "pipe.toml", tmp_path, tmp_path / "nowhere.toml"):
        with pytest.raises(BadInputError, match=r"cannot be read .*Nothing was changed\."):
            load_inject(path)


def test_a_pipe_among_a_trainer_s_exercises_keeps_nobody_from_the_others(tmp_path: Path) -> None:
    (tmp_path / exercises.FOLDER).mkdir()
    os.mkfifo(tmp_path / exercises.FOLDER / "mine.toml")
    library = exercises.library(tmp_path)
    assert len(library.exercises) > 10
    assert len(library.problems) == 1
    assert "cannot be read (it is not a regular file)" in library.problems[0]


def test_exercises_are_frozen() -> None:
    with pytest.raises(AttributeError):
        exercises.find("next-upgrade").title = "Another"  # type: ignore[misc]
    assert isinstance(exercises.find(" Next-Upgrade "), Exercise)


def test_what_a_hint_quotes_is_what_the_window_calls_it() -> None:
    shown = "\n".join(file.read_text("utf-8") for file in (ROOT / "penelope_admin").rglob("*.py"))
    quoted = {
        name for item in load_all() for hint in item.hints for name in re.findall("“([^”]+)”", hint)
    }  # fmt: skip
    assert len(quoted) > 10
    assert {name for name in quoted if name.lower() not in shown.lower()} == set()


def test_the_guide_for_trainers_names_all_that_an_exercise_may_say() -> None:
    guide = (ROOT / "docs" / "exercises.md").read_text("utf-8")
    happenings = [kind.__struct_config__.tag for kind in get_args(Event)]
    fields = [field.encode_name for kind in (Need, Question, Exercise) for field in msgspec.structs.fields(kind)]
    keys = [key for of, names in exercises.KEYS.items() for key in (of, *names)]
    words = (*happenings, *fields, *keys)
    forms = ("`{}`", "`[[{}]]`", "`[{}]`")
    assert [word for word in words if not any(form.format(word) in guide for form in forms)] == []
