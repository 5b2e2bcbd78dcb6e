"""A class is files: start files, hand-outs and results, each whole or named as damaged."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penelope_admin.app import TrainingApp
from penelope_admin.errors import BadInputError
from penelope_admin.files import resource, write_private
from penelope_admin.policy import Policy
from penelope_admin.services.training import classes, exercises, handed, handouts, home, progress
from penelope_admin.services.training.classes import Collected, collect, open_start, prepare, read_learners, to_csv
from penelope_admin.services.training.handed import RESULT_ENDING, START_ENDING, Results, Start
from penelope_admin.services.training.history import History
from penelope_admin.services.training.records import Result
from tests.effort import examples
from tests.services.training.solutions import SOLUTIONS

KEYS = ("next-upgrade", "who-is-awake")
NAMES = ("Ada Lovelace", "Zoë Ångström", "李雷")


def no_pdf(html: str, footer: str, made: datetime, paper: str) -> bytes:
    """Stands for the window's writer of PDFs, which has tests of its own."""
    return f"{footer}|{paper}|{made:%Y}\n{html}".encode()


_LIVED: dict[int, bytes] = {}
_live = home._live


def live_once(scratch: Path, policy: Policy, agency: History, seed: int, target: Path) -> None:
    """A history is the same for the same seed, at which `test_home` looks; here each is lived once."""
    if seed not in _LIVED:
        _live(scratch, policy, agency, seed, target)
        _LIVED[seed] = target.read_bytes()
    write_private(target, _LIVED[seed])


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Classes begin with the seed of their start files; their histories are not lived for each test."""
    monkeypatch.setattr(home, "_live", live_once)


@pytest.fixture
def names(tmp_path: Path) -> Path:
    file = tmp_path / "names.txt"
    file.write_text("\n".join(NAMES), "utf-8")
    return file


@pytest.fixture
def stick(practice: TrainingApp, names: Path, tmp_path: Path) -> Path:
    """A folder with the files of a class of three."""
    folder = tmp_path / "class"
    prepare(practice.home, practice.policy, names, folder, no_pdf, KEYS, 7)
    return folder


def starts(stick: Path) -> list[Path]:
    return sorted(stick.glob(f"*{START_ENDING}"))


def play(practice: TrainingApp, file: Path, *keys: str) -> None:
    """Open a start file and solve some of its exercises."""
    open_start(practice, file)
    for key in keys:
        progress.start(practice, key)
        SOLUTIONS[key](practice)
        progress.refresh(practice)


# --- before --------------------------------------------------------------------------------------


def test_a_class_gets_a_start_file_for_each_learner_and_three_papers(stick: Path) -> None:
    assert [path.name for path in starts(stick)] == [
        f"01-ada-lovelace{START_ENDING}", f"02-zoe-angstrom{START_ENDING}", f"03-learner{START_ENDING}",
    ]  # fmt: skip
    papers = {path.name for path in stick.glob("*.pdf")}
    assert papers == {"task-sheet.pdf", "answer-sheet.pdf", "decision-card.pdf"}
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in stick.iterdir())


def test_every_paper_says_training_on_its_title_and_at_the_foot(stick: Path) -> None:
    for path in stick.glob("*.pdf"):
        text = path.read_text("utf-8")
        assert text.startswith("TRAINING. ")
        assert "<h1>TRAINING: " in text


def test_the_answer_sheet_has_what_the_task_sheet_leaves_out(stick: Path) -> None:
    tasks, answers = (stick / f"{name}-sheet.pdf" for name in ("task", "answer"))
    item = exercises.find("who-is-awake")
    assert item.title in tasks.read_text("utf-8")
    for secret in (item.hints[-1], item.debriefing.rule, item.debriefing.expert[0]):
        escaped = handouts.page_html("", (("x", secret),), ()).split("<td")[1].split(">", 1)[1].split("</td")[0]
        assert escaped in answers.read_text("utf-8")
        assert escaped not in tasks.read_text("utf-8")


def test_the_answer_sheet_can_have_the_right_answers(practice: TrainingApp) -> None:
    chosen = classes.chosen_exercises(practice.home, ("who-is-awake", "next-upgrade", "doubtful-month"))
    practice.forget_database()
    found = classes.right_answers(practice.policy, practice.home, chosen)
    assert found == {
        ("next-upgrade", "here"): "Saturday 12 December 2026, 20:00 (Resolute)",
        ("next-upgrade", "perth"): "Friday 11 December 2026, 22:00 (Perth)",
        ("doubtful-month", "month"): "August 2027",
        ("who-is-awake", "support"): "no",
        ("who-is-awake", "au"): "yes",
        ("who-is-awake", "opens"): "Monday 23 November 2026, 07:00 (Resolute)",
        ("who-is-awake", "what"): exercises.find("who-is-awake").question[3].options[1],
    }
    sheet = handouts.make_all(practice.policy, "Ours", chosen, found)[1]
    assert "Friday 11 December 2026, 22:00 (Perth)" in sheet.html


def test_the_same_class_prepared_twice_is_the_same_to_the_byte(
    practice: TrainingApp, names: Path, stick: Path, tmp_path: Path
) -> None:
    prepare(practice.home, practice.policy, names, tmp_path / "again", no_pdf, KEYS, 7)
    for path in stick.iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()


def test_a_folder_with_a_class_in_it_is_left_as_it_is(practice: TrainingApp, names: Path, stick: Path) -> None:
    before = {path: path.read_bytes() for path in stick.iterdir()}
    with pytest.raises(BadInputError, match="holds the files of a class already"):
        prepare(practice.home, practice.policy, names, stick, no_pdf, KEYS, 8)
    assert {path: path.read_bytes() for path in stick.iterdir()} == before


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "1 to 200 names"),
        (b"\n \n", "1 to 200 names"),
        ("\n".join(f"Learner {n}" for n in range(201)).encode(), "1 to 200 names"),
        (b"Ada\nada\n", "line 2: this name is there twice"),
        (b"A" * 81, "longer than 80 characters"),
        (b"Ada\x1b[2J", "control character"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"x\n" * 40_000, "larger than 64 KiB"),
    ],
)
def test_a_list_of_names_that_cannot_be_used_is_refused(tmp_path: Path, raw: bytes, says: str) -> None:
    file = tmp_path / "names.txt"
    file.write_bytes(raw)
    with pytest.raises(BadInputError, match=says):
        read_learners(file)


def test_a_list_that_is_no_file_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(BadInputError):
            read_learners(path)


def test_an_exercise_that_does_not_exist_stops_everything(practice: TrainingApp, names: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="no exercise"):
        prepare(practice.home, practice.policy, names, tmp_path / "class", no_pdf, ["weather"])
    assert not (tmp_path / "class").exists()


# --- during --------------------------------------------------------------------------------------


def test_opening_a_start_file_begins_practice_with_its_seed_and_exercises(practice: TrainingApp, stick: Path) -> None:
    open_start(practice, starts(stick)[0])
    assert home.mark_of(practice.home).seed == 7
    assert [item.key for item in progress.refresh(practice).exercises] == list(KEYS)


def test_results_are_written_beside_the_start_file_as_exercises_end(practice: TrainingApp, stick: Path) -> None:
    file = starts(stick)[0]
    open_start(practice, file)
    progress.start(practice, "who-is-awake")
    progress.hint(practice)
    SOLUTIONS["who-is-awake"](practice)
    progress.refresh(practice)
    result = handed.read(file.with_suffix(RESULT_ENDING), Results)
    assert (result.learner, result.number) == ("Ada Lovelace", 1)
    assert (result.results["who-is-awake"].passed, result.results["who-is-awake"].hints) == (True, 1)


def test_a_stick_that_is_gone_is_told_and_tried_again(practice: TrainingApp, stick: Path, tmp_path: Path) -> None:
    file = starts(stick)[0]
    open_start(practice, file)
    progress.start(practice, "who-is-awake")
    stick.rename(tmp_path / "gone")
    SOLUTIONS["who-is-awake"](practice)
    course = progress.refresh(practice)
    assert course.passed
    assert "could not be written" in course.problem
    (tmp_path / "gone").rename(stick)
    assert progress.refresh(practice).problem == ""
    assert handed.read(file.with_suffix(RESULT_ENDING), Results).results["who-is-awake"].passed


def test_a_learner_s_name_is_in_the_files_of_the_class_and_nowhere_else(practice: TrainingApp, stick: Path) -> None:
    play(practice, starts(stick)[0], "who-is-awake")
    practice.forget_database()
    for path in practice.home.rglob("*"):
        if path.is_file() and path.name not in (handed.COPY, handed.PLACE):
            assert b"lovelace" not in path.read_bytes().lower()


def test_what_a_learner_thinks_is_not_handed_in(practice: TrainingApp, stick: Path) -> None:
    play(practice, starts(stick)[0], "who-is-awake")
    progress.keep_thought(practice, "My secret thought")
    progress.hint(practice)
    assert b"secret" not in starts(stick)[0].with_suffix(RESULT_ENDING).read_bytes()


def edited(file: Path, before: str, after: str) -> None:
    text = file.read_text("utf-8")
    assert before in text
    file.write_text(text.replace(before, after, 1), "utf-8")


def test_a_start_file_that_was_edited_is_refused_and_practice_left_alone(practice: TrainingApp, stick: Path) -> None:
    file = starts(stick)[0]
    edited(file, '"seed": 7', '"seed": 8')
    with pytest.raises(BadInputError, match="damaged or edited"):
        open_start(practice, file)
    assert home.mark_of(practice.home).seed == home.SEED
    assert not (practice.home / handed.COPY).exists()


def test_a_start_file_for_other_exercises_than_these_is_refused(practice: TrainingApp, stick: Path) -> None:
    file = starts(stick)[0]
    start = handed.read(file, Start)
    file.write_bytes(handed.to_bytes(msgspec.structs.replace(start, scenario="0" * 64)))
    with pytest.raises(BadInputError, match="another version of the exercises"):
        open_start(practice, file)


def own_exercise(practice: TrainingApp, key: str = "ours") -> Path:
    folder = practice.home / exercises.FOLDER
    folder.mkdir(exist_ok=True)
    text = resource(f"{exercises.SHIPPED}/who-is-awake.toml").read_text("utf-8")
    file = folder / f"{key}.toml"
    file.write_text(text.replace('key = "who-is-awake"', f'key = "{key}"'), "utf-8")
    return file


def test_a_trainer_s_own_exercise_travels_in_the_start_file(practice: TrainingApp, names: Path, tmp_path: Path) -> None:
    file = own_exercise(practice)
    prepare(practice.home, practice.policy, names, tmp_path / "own", no_pdf, ["ours"])
    file.unlink()
    open_start(practice, starts(tmp_path / "own")[0])
    assert [item.key for item in progress.refresh(practice).exercises] == ["ours"]
    assert file.stat().st_mode & 0o777 == 0o600


def test_an_own_exercise_of_the_same_name_is_not_written_over(
    practice: TrainingApp, names: Path, tmp_path: Path
) -> None:
    file = own_exercise(practice)
    prepare(practice.home, practice.policy, names, tmp_path / "own", no_pdf, ["ours"])
    file.write_text(file.read_text("utf-8") + "# mine\n", "utf-8")
    with pytest.raises(BadInputError, match="is another exercise"):
        open_start(practice, starts(tmp_path / "own")[0])
    assert file.read_text("utf-8").endswith("# mine\n")


@pytest.mark.parametrize("key", ["../../evil", "who-is-awake", "UPPER", "a" * 60])
def test_a_start_file_cannot_bring_an_exercise_under_a_name_of_its_choice(
    practice: TrainingApp, stick: Path, key: str
) -> None:
    file = starts(stick)[0]
    text = resource(f"{exercises.SHIPPED}/who-is-awake.toml").read_text("utf-8")
    start = handed.read(file, Start)
    file.write_bytes(handed.to_bytes(msgspec.structs.replace(start, own={key: text})))
    before = {path for path in practice.home.rglob("*") if path.suffix == ".toml"}
    with pytest.raises(BadInputError):
        open_start(practice, file)
    assert {path for path in practice.home.rglob("*") if path.suffix == ".toml"} == before


# --- afterwards ----------------------------------------------------------------------------------


def test_results_are_gathered_learner_by_exercise(practice: TrainingApp, stick: Path) -> None:
    play(practice, starts(stick)[0], *KEYS)
    play(practice, starts(stick)[1], "who-is-awake")
    found = collect(stick)
    rows = list(csv.DictReader(io.StringIO(to_csv(found))))
    assert [(row["learner"], row["exercise"], row["passed"]) for row in rows] == [
        ("Ada Lovelace", "next-upgrade", "true"),
        ("Ada Lovelace", "who-is-awake", "true"),
        ("Zoë Ångström", "next-upgrade", "false"),
        ("Zoë Ångström", "who-is-awake", "true"),
        ("李雷", "next-upgrade", "false"),
        ("李雷", "who-is-awake", "false"),
    ]
    assert rows[0]["minutes"] == "1"
    assert rows[-1]["note"] == "no result file"
    assert found.problems == ()


@pytest.mark.parametrize(("before", "after"), [('"passed": true', '"passed": false'), ('"hints": 0', '"hints": 3')])
def test_a_result_that_was_edited_is_named_and_left_out(
    practice: TrainingApp, stick: Path, before: str, after: str
) -> None:
    play(practice, starts(stick)[0], "who-is-awake")
    file = starts(stick)[0].with_suffix(RESULT_ENDING)
    edited(file, before, after)
    found = collect(stick)
    assert len(found.problems) == 1
    assert file.name in found.problems[0]
    assert "damaged or edited" in found.problems[0]
    assert all(row.result is None for row in found.rows)


def test_a_result_of_another_class_is_named_and_left_out(
    practice: TrainingApp, names: Path, stick: Path, tmp_path: Path
) -> None:
    prepare(practice.home, practice.policy, names, tmp_path / "other", no_pdf, KEYS, 9)
    play(practice, starts(tmp_path / "other")[0], "who-is-awake")
    result = starts(tmp_path / "other")[0].with_suffix(RESULT_ENDING)
    (stick / result.name).write_bytes(result.read_bytes())
    assert "does not belong to the start files" in collect(stick).problems[0]


def test_two_results_of_one_learner_are_named(practice: TrainingApp, stick: Path) -> None:
    play(practice, starts(stick)[0], "who-is-awake")
    result = starts(stick)[0].with_suffix(RESULT_ENDING)
    (stick / f"copy{RESULT_ENDING}").write_bytes(result.read_bytes())
    assert "is of the same learner as" in collect(stick).problems[0]


@pytest.mark.parametrize("raw", [b"", b"{}", b"[" * 50_000, b'{"file": "start"}', b"\x00" * 100])
def test_what_is_no_result_is_named(stick: Path, raw: bytes) -> None:
    (stick / f"bad{RESULT_ENDING}").write_bytes(raw)
    assert f"bad{RESULT_ENDING} is no result file" in collect(stick).problems[0]


def test_a_folder_without_a_class_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="holds no start and no result files"):
        collect(tmp_path)
    with pytest.raises(BadInputError, match="is not a folder"):
        collect(tmp_path / "nowhere")


def test_no_cell_of_the_table_is_a_formula() -> None:
    row = handouts.Row('=HYPERLINK("http://x")', "+key", "@title", Result(traps=("-trap",)), "\t=1")
    cells = next(csv.reader(to_csv(Collected((row,), ("=damaged",))).splitlines()[1:]))
    assert all(not cell.startswith(("=", "+", "@", "-", "\t")) for cell in cells)


def test_both_forms_are_saved_side_by_side_and_no_other_file_is_replaced(
    practice: TrainingApp, stick: Path, tmp_path: Path
) -> None:
    found, made = collect(stick), datetime(2031, 5, 1, tzinfo=UTC)
    written = classes.save_collected(found, tmp_path / "results.pdf", no_pdf, practice.policy, made)
    assert [path.name for path in written] == ["results.csv", "results.pdf"]
    assert written[1].read_bytes().startswith(b"TRAINING. Results|Letter|2031")
    with pytest.raises(BadInputError, match="ends neither in"):
        classes.save_collected(found, tmp_path / "results.txt", no_pdf, practice.policy, made)


@settings(max_examples=examples(20, long=2000))
@given(st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
def test_no_file_is_taken_whatever_its_bytes_are(raw: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"x{RESULT_ENDING}"
        file.write_bytes(raw)
        for kind in (Start, Results):
            with pytest.raises(BadInputError):
                handed.read(file, kind)


def test_an_exercise_of_the_same_name_that_is_no_text_is_left_as_it_is(
    practice: TrainingApp, names: Path, tmp_path: Path
) -> None:
    file = own_exercise(practice)
    prepare(practice.home, practice.policy, names, tmp_path / "own", no_pdf, ["ours"])
    file.write_bytes(b"\xff")
    with pytest.raises(BadInputError, match="is another exercise"):
        open_start(practice, starts(tmp_path / "own")[0])
    assert file.read_bytes() == b"\xff"
