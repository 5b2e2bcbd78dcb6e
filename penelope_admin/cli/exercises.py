"""The exercises of training, and what a trainer needs for a class; commands of the group `training`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from penelope_admin import services
from penelope_admin.app import App
from penelope_admin.cli.terminal import FILE, WholeNumber, app_command, print_lines, showing, warn
from penelope_admin.domain.text import filled, written_out
from penelope_admin.domain.times import plural
from penelope_admin.invocation import command

if TYPE_CHECKING:
    from penelope_admin.services.training.exercises import Exercise
    from penelope_admin.services.training.progress import Course

FOLDER = click.Path(file_okay=False, path_type=Path)


def _course(app: App) -> Course:
    course = services.training.progress.refresh(app)
    warn(written_out(course.problem))
    return course


@app_command("list")
@showing(_course, lambda course: [services.training.progress.shape(course, item) for item in course.exercises])
def list_exercises(_: App, course: Course) -> None:
    """List the exercises, from the bottom of the ladder, and what came of each."""
    for item in course.exercises:
        stands = ""
        if (result := course.results.get(item.key)) is not None:
            stands = ", goal reached" if result.passed else ", begun"
        click.echo(f"{item.key}: {item.title} ({item.rung}, about {plural(item.minutes, 'minute')}{stands})")


@app_command()
@click.argument("key", metavar="ID")
def start(app: App, key: str) -> None:
    """Begin an exercise. The practice agency is put back to its beginning first."""
    course, exercise = services.training.progress.start(app, key).value, services.training.exercises.find(key, app.home)
    for paragraph in services.training.exercises.paragraphs(exercise.situation):
        click.echo(f"{paragraph}\n")
    _show(course)
    if any(check.of in ("there", "sent") for check in exercise.check):
        warn(f"Penelope itself is simulated in the window alone, on its page Look into Penelope: {command('training')}")


@app_command()
@click.argument("key", metavar="ID")
def check(app: App, key: str) -> int:
    """Say what of an exercise is reached and what is missing; exits with 1 while its goal is not reached."""
    exercise = services.training.exercises.find(key, app.home)
    course = services.training.progress.refresh(app)
    if course.exercise != exercise:
        result = course.results.get(exercise.key)
        if result is not None and result.passed:
            click.echo("Goal reached before.")
            return 0
        click.echo(f"Not under way. To begin it: {command(f'training start {exercise.key}')}")
        return 1
    _show(course)
    return int(not course.passed)


@app_command()
@click.argument("question", metavar="QUESTION")
@click.argument("value", metavar="ANSWER")
def answer(app: App, question: str, value: str) -> int:
    """Answer a question of the exercise under way.

    Moments are ISO 8601, without an offset on the clock that is asked about; days are YYYY-MM-DD, months YYYY-MM;
    then there are yes, no, and the number of a choice.
    """
    course = services.training.progress.answer(app, question, value)
    _show(course)
    return int(course.attempt is None or not course.attempt.answers[question].right)


@app_command()
def hint(app: App) -> None:
    """Show the next hint of the exercise under way. That it was used is noted and costs nothing."""
    for number, text in enumerate(services.training.progress.hint(app).hints, 1):
        click.echo(f"{number}. {text}")


@app_command()
@click.argument("file", type=FILE)
def inject(app: App, file: Path) -> None:
    """Make happen what an inject file says: an emergency, a moved notice, texts to clients."""
    done = services.training.staging.drop_in(app.context, file)
    click.echo(written_out(done.value.title))


@app_command()
@click.option("--learners", type=FILE, required=True, help="A text file with a name on each line.")
@click.option("--output", type=FOLDER, required=True, help="A folder for the files; made if it is missing.")
@click.option("--exercises", "keys", multiple=True, metavar="ID", help="Which ones; by default all. May be repeated.")
@click.option(
    "--seed",
    type=WholeNumber(0, 2**31 - 1),
    default=1,
    show_default=True,
    help="The same number gives the same events.",
)
def prepare(app: App, learners: Path, output: Path, keys: tuple[str, ...], seed: int) -> None:
    """Write a start file for each learner of a class, and hand-outs to print."""
    from tempfile import TemporaryDirectory

    from penelope_admin.ui.pdf import to_pdf

    chosen = [part for key in keys for part in key.split(",") if part.strip()]
    classes = services.training.classes
    with TemporaryDirectory() as scratch:
        exercises = classes.chosen_exercises(app.home, chosen)
        answers = classes.right_answers(app.policy, Path(scratch) / "practice", exercises, seed)
    done = classes.prepare(app.home, app.policy, learners, output, to_pdf, chosen, seed, answers)
    print_lines(*(written_out(str(path)) for path in (*done.starts, *done.handouts)))


@app_command("open")
@click.argument("file", type=FILE)
def open_file(app: App, file: Path) -> None:
    """Begin what a start file of a class says. Results are written beside it as exercises end."""
    start_ = services.training.classes.open_start(app, file)
    click.echo(written_out(f"{start_.learner}: {plural(len(start_.exercises), 'exercise')}"))
    print_lines(*(f"  {key}" for key in start_.exercises))


@app_command()
@click.argument("folder", type=FOLDER)
@click.option("--output", type=FILE, required=True, help="Ends in .csv or .pdf; both are written, side by side.")
def collect(app: App, folder: Path, output: Path) -> int:
    """Gather the results of a class; exits with 1 if a file was left out because it is damaged or edited."""
    from penelope_admin.clock import SystemClock
    from penelope_admin.ui.pdf import to_pdf

    collected = services.training.classes.collect(folder)
    written = services.training.classes.save_collected(collected, output, to_pdf, app.policy, SystemClock().now())
    warn(*map(written_out, (*(f"Saved: {path}" for path in written), *collected.problems)))
    return int(bool(collected.problems))


def _show(course: Course) -> None:
    """How the exercise under way stands."""
    exercise = course.exercise
    if exercise is None:
        return
    click.echo(exercise.title)
    if course.trap is not None:
        click.echo(f"Ended: {' '.join(course.trap.explains.split())}")
    elif course.passed:
        click.echo("Goal reached.")
    else:
        click.echo(f"Goal: {exercise.goal}")
    for outcome in course.outcomes:
        print_lines(f"  [{'x' if outcome.is_met else ' '}] {outcome.says}", filled("      {}", outcome.missing))
    if course.passed or course.trap is not None:
        click.echo(f"Rule: {exercise.debriefing.rule}")
        return
    _show_questions(course, exercise)
    if exercise.question:
        click.echo(f"To answer: {command('training answer QUESTION ANSWER')}")


def _show_questions(course: Course, exercise: Exercise) -> None:
    for question in exercise.question:
        print_lines(
            f"  {question.key}: {question.ask}",
            *(f"      {number}. {option}" for number, option in enumerate(question.options, 1)),
            filled("      {}", services.training.progress.verdict_on(course, question)),
        )


COMMANDS = (list_exercises, start, check, answer, hint, inject, prepare, open_file, collect)
