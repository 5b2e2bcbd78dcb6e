"""The exercises and a class from a terminal."""

from __future__ import annotations

from pathlib import Path

from penelope_admin.files import resource
from penelope_admin.services.training import exercises
from tests.cli.terminal import Terminal
from tests.each import each


def test_the_exercises_are_listed_from_the_bottom_of_the_ladder(practice: Terminal) -> None:
    listed = practice("training", "list", "--json").json()
    assert [item["id"] for item in listed] == [item.key for item in exercises.load_all()]
    assert not any(item["passed"] for item in listed)
    assert practice("training", "list").lines()[0].startswith("next-upgrade: When is Penelope offline next?")


def test_an_exercise_is_begun_answered_and_checked(practice: Terminal) -> None:
    begun = practice("training", "start", "who-is-awake")
    assert begun.code == 0
    assert begun.lines()[-1].endswith("training answer QUESTION ANSWER")
    assert practice("training", "check", "who-is-awake").code == 1
    assert practice("training", "answer", "support", "yes").code == 1
    hint = practice("training", "hint").lines()
    assert hint == [f"1. {exercises.find('who-is-awake').hints[0]}"]
    for question, value in (("support", "no"), ("au", "yes"), ("opens", "2026-11-23T07:00"), ("what", "2")):
        assert practice("training", "answer", question, value).code == 0
    done = practice("training", "check", "who-is-awake")
    assert done.code == 0
    assert "Goal reached." in done.out
    assert practice("training", "list", "--json").json()[2]["passed"]


def test_an_exercise_begins_with_its_story_and_says_what_the_terminal_lacks(practice: Terminal) -> None:
    begun = practice("training", "start", "a-client-got-a-text")
    assert begun.out.startswith("The intake manager writes:")
    assert "on its page Look into Penelope" in begun.err
    assert "Look into Penelope" not in practice("training", "start", "who-is-awake").err


@each("question, value", [("support", "maybe"), ("opens", "tomorrow"), ("what", "the second")])
def test_what_is_no_answer_is_refused_and_the_one_before_stays(practice: Terminal, question: str, value: str) -> None:
    right = {"support": "no", "opens": "2026-11-23T07:00", "what": "2"}
    practice("training", "start", "who-is-awake")
    assert practice("training", "answer", question, right[question]).code == 0
    refused = practice("training", "answer", question, value)
    assert (refused.code, refused.out) == (2, "")
    assert f'"{value}" is not an answer to' in refused.err
    met = [check["met"] for check in practice("training", "list", "--json").json()[2]["checks"]]
    assert met.count(True) == 1


def test_an_exercise_that_is_not_under_way_says_how_to_begin_it(practice: Terminal) -> None:
    said = practice("training", "check", "next-upgrade")
    assert said.code == 1
    assert "training start next-upgrade" in said.out
    assert practice("training", "check", "weather").code == 2


def test_an_inject_file_acts(practice: Terminal) -> None:
    said = practice("training", "inject", str(resource("training/injects/emergency-tonight.toml")))
    assert said.lines() == ["Emergency maintenance is announced for tonight"]


def test_a_class_is_prepared_and_opened(practice: Terminal, tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("Ada\n", "utf-8")
    folder = tmp_path / "class"
    chosen = ("--exercises", "the-check-list,nobody-can-sign-in")
    made = practice("training", "prepare", "--learners", str(tmp_path / "names.txt"), "--output", str(folder), *chosen)
    assert len(made.lines()) == 4
    assert all((folder / f"{name}.pdf").read_bytes().startswith(b"%PDF") for name in ("task-sheet", "decision-card"))
    assert practice("training", "open", str(folder / "01-ada.penelope-training")).lines()[0] == "Ada: 2 exercises"
    practice("training", "start", "nobody-can-sign-in")
    practice("training", "hint")
    assert (folder / "01-ada.penelope-result").exists()


def test_a_result_that_is_damaged_is_named_and_the_exit_code_says_so(practice: Terminal, tmp_path: Path) -> None:
    (tmp_path / "02-grace.penelope-result").write_text("{}", "utf-8")
    done = practice("training", "collect", str(tmp_path), "--output", str(tmp_path / "results.csv"))
    assert done.code == 1
    assert "02-grace.penelope-result" in done.err
    assert "02-grace.penelope-result" in (tmp_path / "results.csv").read_text("utf-8")
    assert (tmp_path / "results.pdf").read_bytes().startswith(b"%PDF")
