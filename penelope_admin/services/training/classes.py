"""A class: start files for its learners with hand-outs, and their results gathered. Everything is files; no network."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from msgspec import structs

from penelope_admin.absent import mapped
from penelope_admin.domain.text import clean_line
from penelope_admin.domain.training import WORD
from penelope_admin.errors import BadInputError
from penelope_admin.files import PRIVATE_FOLDER, exists, read_within, resource, write_private
from penelope_admin.gateways.exports import csv_text
from penelope_admin.gateways.reports import PdfWriter
from penelope_admin.policy import Policy
from penelope_admin.services.training import exercises, handed, handouts, history, home, progress, scene, staging, world
from penelope_admin.services.training.checks import answer_in_words
from penelope_admin.services.training.exercises import Exercise
from penelope_admin.services.training.handed import LONGEST_NAME, RESULT_ENDING, START_ENDING, Results, Start
from penelope_admin.services.training.handouts import NO_FILE, Row
from penelope_admin.services.training.records import Progress, Result

Answers = dict[tuple[str, str], str]
"""Right answers in words, by the keys of exercise and question."""
MOST_LEARNERS = 200
MAX_LIST_BYTES = 64 * 1024
MOST_RESULTS = 400
_STEM = 40
COLUMNS = ("learner", "exercise", "title", "passed", "hints", "traps", "minutes", "note")


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was written for a class."""

    starts: tuple[Path, ...]
    handouts: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Collected:
    """The results of a class.

    Attributes:
        problems: files that were damaged, edited or belong to another class, each in a sentence that names it.
    """

    rows: tuple[Row, ...]
    problems: tuple[str, ...]


# --- before --------------------------------------------------------------------------------------


def prepare(
    folder: Path,
    policy: Policy,
    learners: Path,
    output: Path,
    to_pdf: PdfWriter,
    keys: Sequence[str] = (),
    seed: int = home.SEED,
    answers: Answers | None = None,
) -> Prepared:
    """Write a start file for each learner, and the hand-outs.

    Args:
        folder: the practice folder, in which a trainer's own exercises are.
        learners: a text file with a name on each line.
        output: where to; made if it is missing.
        keys: which exercises, by default all; in the order of the ladder.
        answers: to their questions, for the answer sheet: see `right_answers`.

    Raises:
        BadInputError: a name, an exercise or a file is wrong, or there is a class in that folder already; then nothing
            was written.
        DisplayError: the PDFs could not be made.
    """
    names = read_learners(learners)
    chosen = chosen_exercises(folder, keys)
    own = _own_texts(folder, chosen)
    if exists(output) and any(output.glob(f"*{START_ENDING}")):
        raise BadInputError(f"{output} holds the files of a class already. They were left as they are. Choose another.")
    scenario, agency = scenario_of(chosen), history.read()
    group = hashlib.sha256("\0".join([scenario, str(seed), *names]).encode()).hexdigest()
    paper = policy.region[agency.agency.region].paper
    papers = handouts.make_all(policy, agency.agency.name, chosen, answers or {})
    pdfs = [(sheet.name, to_pdf(sheet.html, sheet.footer, agency.now, paper)) for sheet in papers]
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInputError(f"{output} cannot be used ({error.strerror}). Nothing was written.") from error
    starts = []
    for number, name in enumerate(names, 1):
        start = Start(
            group=group, learner=name, number=number, seed=seed, exercises=tuple(item.key for item in chosen),
            scenario=scenario, own=own,
        )  # fmt: skip
        starts.append(output / f"{number:02}-{_stem(name)}{START_ENDING}")
        write_private(starts[-1], handed.to_bytes(start))
    for name, data in pdfs:
        write_private(output / name, data)
    return Prepared(tuple(starts), tuple(output / name for name, _ in pdfs))


def right_answers(policy: Policy, scratch: Path, chosen: Iterable[Exercise], seed: int = home.SEED) -> Answers:
    """What learners with this seed should answer to the questions of exercises, in words.

    Args:
        scratch: an empty folder, in which practice is begun once for each exercise that asks something.

    Raises:
        BadInputError, StoreError: practice cannot be begun there.
    """
    answers: Answers = {}
    for exercise in (item for item in chosen if item.question):
        home.reset(scratch, seed)
        with home.opened(scratch, policy) as context:
            for event in exercise.given:
                staging.happen(context, event)
            there = world.current(context)
            with context.reading() as work:
                seen = scene.gather(work, there, exercise, work.now, 0)
            answers |= {(exercise.key, asked.key): answer_in_words(seen, asked) for asked in exercise.question}
    return answers


def chosen_exercises(folder: Path, keys: Sequence[str]) -> tuple[Exercise, ...]:
    """The exercises of these keys, without any all of them, in the order of the ladder.

    Raises:
        BadInputError: there is none of that key, or a file of exercises is wrong.
    """
    for key in keys:
        exercises.find(key, folder)
    chosen = {key.strip().lower() for key in keys}
    return tuple(item for item in exercises.load_all(folder) if not chosen or item.key in chosen)


def read_learners(file: Path) -> tuple[str, ...]:
    """The names in a text file, one on each line; empty lines do not count.

    Raises:
        BadInputError: it cannot be read, holds no name or too many, or one that is too long or there twice.
    """
    try:
        text = read_within(file, MAX_LIST_BYTES).decode("utf-8-sig")
    except OSError as error:
        raise BadInputError(f"{file} cannot be read ({error.strerror}). Nothing was written.") from error
    except UnicodeDecodeError as error:
        raise BadInputError(f"{file} is not UTF-8 text. Nothing was written. Save it as UTF-8.") from error
    except ValueError as error:
        raise BadInputError(f"{file} is larger than {MAX_LIST_BYTES // 1024} KiB. Nothing was written.") from error
    names: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        name = clean_line(line, f"The name on line {number} of {file.name}", limit=LONGEST_NAME)
        if name.casefold() in {earlier.casefold() for earlier in names}:
            raise BadInputError(f"{file}, line {number}: this name is there twice. Nothing was written.")
        names.append(name)
    if not 1 <= len(names) <= MOST_LEARNERS:
        raise BadInputError(f"{file} must hold 1 to {MOST_LEARNERS} names, one on each line. Nothing was written.")
    return tuple(names)


def _own_texts(folder: Path, chosen: Iterable[Exercise]) -> dict[str, str]:
    """The texts of a trainer's own exercises among those chosen."""
    keys = {item.key for item in chosen}
    texts = {path.stem: path.read_text("utf-8") for path in exercises.files_of(folder) if path.stem in keys}
    if len(texts) > handed.MOST_OWN:
        raise BadInputError(f"A class can have {handed.MOST_OWN} exercises of your own. Nothing was written.")
    return texts


def scenario_of(chosen: Iterable[Exercise]) -> str:
    """The SHA-256 of the practice agency and of some exercises: the same only where they are the same."""
    digest = hashlib.sha256(resource(history.WORLD_FILE).read_bytes())
    for item in sorted(chosen, key=lambda item: item.key):
        digest.update(repr(item).encode())
    return digest.hexdigest()


def _stem(name: str) -> str:
    """A name as a part of a file's name, on every system."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_STEM] or "learner"


# --- during --------------------------------------------------------------------------------------


def open_start(practice: progress.Practice, file: Path) -> Start:
    """Begin what a start file says: practice anew, with its seed and its exercises. Earlier results are let go.

    Raises:
        BadInputError: the file was damaged or edited, or was made for other exercises than this program has; nothing
            was changed.
        StoreError: the practice folder cannot be written.
    """
    start = handed.read(file, Start)
    clean_line(start.learner, "The learner's name", limit=LONGEST_NAME)
    by_key = {item.key: item for item in (*exercises.load_all(), *_unpacked(start))}
    missing = [key for key in start.exercises if key not in by_key]
    chosen = [by_key[key] for key in start.exercises if key in by_key]
    if missing or scenario_of(chosen) != start.scenario:
        raise BadInputError(
            f"{file} was made for another version of the exercises than this program has. Nothing was changed. "
            "Use the same version of Penelope Admin as your trainer."
        )
    _check_own(practice.home, start)
    practice.forget_database()
    home.reset(practice.home, start.seed)
    for key, text in start.own.items():
        (practice.home / exercises.FOLDER).mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        write_private(practice.home / exercises.FOLDER / f"{key}.toml", text.encode("utf-8"))
    handed.begin(practice.home, start, file)
    progress.write(practice.home, Progress(exercises=start.exercises))
    return start


def _unpacked(start: Start) -> list[Exercise]:
    """A trainer's own exercises out of a start file, checked as any other."""
    shipped = {item.key for item in exercises.load_all()}
    own = [exercises.parse_text(text, key) for key, text in start.own.items()]
    for item in own:
        if item.key in shipped:
            raise BadInputError(f'There are two exercises "{item.key}". Nothing was changed. Ask your trainer.')
    return own


def _check_own(folder: Path, start: Start) -> None:
    """Write over nobody's exercise."""
    for path in exercises.files_of(folder):
        if path.stem in start.own and path.read_text("utf-8", "replace") != start.own[path.stem]:
            raise BadInputError(
                f"{path} is another exercise than the one of that name in the start file. Nothing was changed. "
                "Move yours out of that folder, then open the start file again."
            )


# --- afterwards ----------------------------------------------------------------------------------


def collect(folder: Path) -> Collected:
    """Gather the results that lie in a folder, with the start files where they are there.

    Raises:
        BadInputError: the folder cannot be read, or holds nothing of a class.
    """
    if not folder.is_dir():
        raise BadInputError(f"{folder} is not a folder. Nothing was written.")
    problems: list[str] = []
    starts = {item.number: item for _, item in _whole(folder, START_ENDING, Start, problems)}
    results = _results(folder, starts, problems)
    titles = {item.key: item.title for item in exercises.load_all()}
    rows = [
        Row(result.learner, key, titles.get(key, key), mapped(result.results.get(key), _brief), path.name)
        for path, result in results
        for key in result.exercises
    ]
    handed_in = {result.number for _, result in results}
    for number, start in sorted(starts.items()):
        if number not in handed_in:
            rows += [Row(start.learner, key, titles.get(key, key), None, NO_FILE) for key in start.exercises]
    if not rows and not problems:
        raise BadInputError(f"{folder} holds no start and no result files. Nothing was written.")
    return Collected(tuple(rows), tuple(problems))


def _results(folder: Path, starts: Mapping[int, Start], problems: list[str]) -> list[tuple[Path, Results]]:
    """The result files, one of each learner; what was left out is said among the problems."""
    by_learner: dict[tuple[str, int], tuple[Path, Results]] = {}
    for path, result in _whole(folder, RESULT_ENDING, Results, problems):
        start, learner = starts.get(result.number), (result.group, result.number)
        if start is not None and _facts(start) != _facts(result):
            problems.append(f"{path.name} does not belong to the start files beside it. It was left out.")
        elif learner in by_learner:
            problems.append(f"{path.name} is of the same learner as {by_learner[learner][0].name}. It was left out.")
        else:
            by_learner[learner] = path, result
    return list(by_learner.values())


def _brief(result: Result) -> Result:
    """A result without its log, of which nothing is gathered."""
    return structs.replace(result, log=())


def _whole(folder: Path, ending: str, kind: type[handed.F], problems: list[str]) -> list[tuple[Path, handed.F]]:
    """The files of a kind that are whole; of the others it is noted what is wrong."""
    whole = []
    files = sorted(folder.glob(f"*{ending}"))
    if len(files) > MOST_RESULTS:
        raise BadInputError(f"{folder} holds more than {MOST_RESULTS} files of a class. Nothing was written.")
    for path in files:
        try:
            whole.append((path, handed.read(path, kind)))
        except BadInputError as error:  # it is named in the outcome, and keeps nobody's result from being gathered
            problems.append(str(error).replace(" Nothing was changed.", " It was left out."))
    return whole


def _facts(file: Start | Results) -> tuple[object, ...]:
    return file.group, file.learner, file.number, file.seed, file.exercises, file.scenario


def save_collected(
    collected: Collected, target: Path, to_pdf: PdfWriter, policy: Policy, made_at: datetime
) -> list[Path]:
    """Write the results as a table for spreadsheets and as a PDF, side by side.

    Args:
        target: the name of either; the other gets the same name with the other ending.

    Raises:
        BadInputError: it ends otherwise, or cannot be written.
        DisplayError: the PDF could not be made.
    """
    if target.suffix.lower() not in (".csv", ".pdf"):
        raise BadInputError(f"{target.name} ends neither in .csv nor in .pdf. Nothing was written. Choose one of them.")
    sheet = handouts.results_sheet(collected.rows, collected.problems)
    paper = policy.region[history.read().agency.region].paper
    pdf = to_pdf(sheet.html, sheet.footer, made_at, paper)
    table, printed = target.with_suffix(".csv"), target.with_suffix(".pdf")
    write_private(table, to_csv(collected).encode("utf-8"))
    write_private(printed, pdf)
    return [table, printed]


def to_csv(collected: Collected) -> str:
    """The results as a table whose cells no spreadsheet takes for a formula."""
    rows = [(row.learner, row.exercise, row.title, *handouts.cells(row.result), row.note) for row in collected.rows]
    return csv_text(COLUMNS, [*rows, *(("", "", "", "", "", "", "", problem) for problem in collected.problems)], WORD)
