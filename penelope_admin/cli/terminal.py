"""What the commands share: values they take, the program they are given, and how results are printed."""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, cast, get_args

import click

from penelope_admin import services
from penelope_admin.app import App, app_for
from penelope_admin.clock import find_zone
from penelope_admin.domain.mirror import find_environment
from penelope_admin.domain.recurring import MOST_DRAFT_DAYS, USUAL_DRAFT_DAYS, Every, Recurrence
from penelope_admin.domain.text import filled, written_out
from penelope_admin.domain.times import check_instant, listed, moment_in_words
from penelope_admin.domain.training import NOTE, marked_json
from penelope_admin.errors import BadInputError, PenelopeAdminError, RefusedError
from penelope_admin.files import check_ending, write_private
from penelope_admin.gateways import settings
from penelope_admin.services import shapes

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from penelope_admin.domain.agency import Profile
    from penelope_admin.domain.features import Acknowledgement, Verdict
    from penelope_admin.domain.sites import Site
    from penelope_admin.domain.support import Opening
    from penelope_admin.services.ahead import Frame


Confirmed = Callable[[str], "Acknowledgement"]
"""Makes an acknowledgement of what the options confirm, for an environment that the same command line names."""
P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")


class _Date(click.ParamType[date]):
    """A local date, YYYY-MM-DD."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Refuse everything but YYYY-MM-DD."""
        if isinstance(value, date):
            return value
        try:
            day = date.fromisoformat(value)
        except ValueError:
            day = None
        if day is None or day.isoformat() != value:  # 20261231 and 2026-W53-4 are ISO 8601 too
            self.fail(f'"{value}" is not a date. Dates look like 2026-12-31.', param, ctx)
        return day


class _Instant(click.ParamType[datetime]):
    """An instant with its offset, ISO 8601."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Refuse what has no offset or lies outside the years the program computes with."""
        if isinstance(value, datetime):
            return value
        try:
            return check_instant(datetime.fromisoformat(value))
        except BadInputError as error:
            self.fail(str(error), param, ctx)
        except ValueError:
            self.fail(f'"{value}" is not an instant. Instants look like 2026-12-31T20:00:00-05:00.', param, ctx)


class _Region(click.ParamType[str]):
    """A region of the policy in use, in capitals or not."""

    name = "region"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """The regions there are, for the help."""
        try:
            return f"[{'|'.join(terminal_of(ctx).app.policy.region)}]"
        except PenelopeAdminError:
            return "REGION"  # help is there whatever the policy or the data folder is

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Refuse what is no region of the policy in use."""
        from penelope_admin.domain.windows import find_region

        try:
            return find_region(terminal_of(ctx or click.get_current_context()).app.policy, str(value)).key
        except BadInputError as error:
            self.fail(_KEPT.sub("", str(error)), param, ctx)  # bad usage: no other option's error says it either


class WholeNumber(click.ParamType[int]):
    """A whole number within bounds."""

    name = "number"

    def __init__(self, first: int, last: int) -> None:
        self._first, self._last = first, last

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Refuse what is no number in digits, or outside the bounds."""
        text = str(value).strip()
        if not re.fullmatch("[0-9]{1,19}", text) or not self._first <= int(text) <= self._last:
            self.fail(f'"{value}" is not a whole number from {self._first} to {self._last}.', param, ctx)
        return int(text)


class Capitals(click.Choice[str]):
    """Choices offered in capitals, and taken in small letters too."""

    def normalize_choice(self, choice: object, ctx: click.Context | None) -> str:
        """Compare in capitals."""
        return str(choice).upper()


MAX_SECRET = 4000
"""Bytes of a line on stdin that are read."""
DATE, INSTANT, REGION = _Date(), _Instant(), _Region()
ID = WholeNumber(1, 2**31 - 1)
KEY = click.argument("key", metavar="ID", type=ID)
PORT = WholeNumber(1, 65535)
REMARK = click.option("--remark", default="")
FILE = click.Path(dir_okay=False, path_type=Path)
OUTPUT = click.option(
    "--output", type=FILE,
    help="Write to this file. One that is there is replaced only if its name ends as the format's do.",
)  # fmt: skip
MESSAGE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
"""A mail or a text that somebody else wrote."""

_READING = frozenset({"conflicts", "overview", "next", "windows", "features", "support", "list", "show", "verify"})
"""The names of commands that only look; `check-data` and `report` are not among them, since they may record."""

_KEPT = re.compile(r" ?Nothing (of this )?was (changed|saved|sent|replaced)(; what was saved before is kept)?\.")
JSON = click.option("--json", "as_json", is_flag=True, help="For scripts.")
AT = click.option("--at", "day", type=DATE, help="What if it were this day; reads only, at most ten years ahead.")


def print_frame(frame: Frame) -> None:
    """Say first that what follows is of a day to come, and what it rests on."""
    head, _, rest = frame.heading.partition(" from ")
    click.echo(f"{head.upper()} from {rest}")
    for title, sentences in (("Assumed", frame.assumed), ("Ends by then", frame.ended), ("Not known", frame.unknown)):
        if sentences:
            click.echo(f"\n{title}:")
            print_list(sentences, "")
    click.echo("\nWith that:\n")


def acknowledgement(phi: bool, environment: str, queue_empty: bool) -> Acknowledgement:
    """What the options confirm; the environment is named by the same command line."""
    from penelope_admin.domain.features import Acknowledgement

    return Acknowledgement(phi=phi, environment=environment if phi else None, queue_empty=queue_empty)


def acknowledging(command: Callable[..., R]) -> Callable[..., R]:
    """Give a command the options that confirm, as `confirmed`, which makes the acknowledgement for an environment."""

    @click.option("--acknowledge-phi", is_flag=True, help="You accept the PHI risk, also where contacts may be real.")
    @click.option(
        "--queue-empty", is_flag=True,
        help="You looked in the copy since its refresh: nothing of production's waits in the feature's queue.",
    )  # fmt: skip
    @functools.wraps(command)
    def wrapped(*args: Any, acknowledge_phi: bool, queue_empty: bool, **kwargs: Any) -> R:
        def confirmed(environment: str) -> Acknowledgement:
            return acknowledgement(acknowledge_phi, environment, queue_empty)

        return command(*args, confirmed=confirmed, **kwargs)

    return wrapped


@contextmanager
def naming_options(
    acknowledgement: Acknowledgement, verdicts: Callable[[], Iterable[Verdict]], *, dated: bool = True
) -> Iterator[None]:
    """Where a switch is refused, name the options that say what it still needs.

    Args:
        dated: an end date was given.
    """
    try:
        yield
    except RefusedError as error:
        raise RefusedError(f"{error}{options_missing(verdicts(), acknowledgement, dated=dated)}") from error


def options_missing(verdicts: Iterable[Verdict], acknowledgement: Acknowledgement, *, dated: bool = True) -> str:
    """Which options say what a refused switch still needs; empty when none of them would help.

    Args:
        verdicts: what the rules say while nothing is acknowledged.
        dated: an end date was given, or none can be.
    """
    verdicts = list(verdicts)
    if any(verdict.needs_nothing_more for verdict in verdicts):
        return ""
    looks = not acknowledgement.queue_empty and any(verdict.queue_checks for verdict in verdicts)
    needed = {
        "--until DATE": not dated and any(verdict.needs_until for verdict in verdicts),
        "--acknowledge-phi": verdicts and not acknowledgement.phi,
        "--queue-empty": looks,
    }
    missing = [option for option, is_missing in needed.items() if is_missing]
    if len(missing) == 1:
        return f" In the terminal, {missing[0]} says all of that."
    return filled(" In the terminal, {} say all of that.", listed(missing))


class Terminal:
    """What a command is given: the program, made on first use, so that usage errors come first."""

    home: Path | None = None
    database: str | None = None

    @functools.cached_property
    def app(self) -> App:
        app = app_for(self.home, self.database)
        app.begins = app.is_training
        if app.is_training:
            click.echo(NOTE, err=True)
        say_planning_copy(app)
        return app

    def close(self) -> None:
        """Let go of the database, if it was opened."""
        if "app" in self.__dict__:
            self.app.forget_database()


def say_planning_copy(app: App) -> None:
    """Say of what day everything is that this planning copy knows, before any of it is shown."""
    agency = settings.load(app.home).agency
    if agency is not None and agency.facts_as_of is not None:
        from penelope_admin.domain.planning import planning_copy_sentence

        as_of = agency.facts_as_of.astimezone(find_zone(agency.zone))
        click.echo(planning_copy_sentence(as_of.date()), err=True)


def terminal_of(context: click.Context) -> Terminal:
    return cast("Terminal", context.obj)


class AppCommand(click.Command):
    """A command whose function is given the program as its first argument."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run it."""
        try:
            return ctx.invoke(cast("Callable[..., Any]", self.callback), terminal_of(ctx).app, **ctx.params)
        except PenelopeAdminError as error:
            if ctx.info_name in _READING:  # who only looked need not be told that nothing was changed
                error.args = (_KEPT.sub("", str(error)).strip(),)
            raise


class AppGroup(click.Group):
    """A group of such commands."""

    command_class = AppCommand


app_command = functools.partial(click.command, cls=AppCommand)


def showing(
    find: Callable[..., T], shape: Callable[[T], object]
) -> Callable[[Callable[[App, T], R]], Callable[..., R | None]]:
    """Make a command that shows: what `find` gives is printed by the function below, and with --json by its shape.

    Args:
        find: gets the program and the command's options.
    """

    def showing_with(command: Callable[[App, T], R]) -> Callable[..., R | None]:
        @JSON
        @functools.wraps(command)
        def wrapped(app: App, as_json: bool, **options: Any) -> R | None:
            value = find(app, **options)
            if not as_json:
                return command(app, value)
            print_json(shape(value))
            return None

        return wrapped

    return showing_with


def listing(
    find: Callable[..., Sequence[T]], shape: Callable[[T], object]
) -> Callable[[Callable[[App, Sequence[T]], None]], Callable[..., None]]:
    """As `showing`, for many things of one shape."""
    return showing(find, lambda values: [shape(item) for item in values])


def showing_on_a_day(
    name: str,
    find: Callable[[], Callable[..., T]],
    shape: Callable[[T], object],
    ahead: Callable[[], Callable[..., T]] | None = None,
    before: Callable[[App], T] | None = None,
) -> Callable[[Callable[[App, T], None]], Callable[..., None]]:
    """As `showing`, now or with --at on a day to come, which is said first, with all that it rests on.

    Args:
        name: of the shape in the JSON of a day to come.
        find: gives the use case, which only looks and gets the command's options.
        ahead: gives that for a day to come, where it is another.
        before: what is shown before there is any data, where something is.
    """

    def find_on(app: App, day: date | None, **options: Any) -> tuple[Frame | None, T]:
        if day is None and before is not None and not app.has_database:
            return None, before(app)
        if day is None:
            return None, app.context.read(find(), **options)
        return app.context.read(services.ahead.on_day, day, (ahead or find)(), **options)

    def to_json(seen: tuple[Frame | None, T]) -> object:
        frame, value = seen
        if frame is None:
            return shape(value)
        return {"what_if": shapes.what_if(frame), name: shape(value)}

    def showing_with(command: Callable[[App, T], None]) -> Callable[..., None]:
        @AT
        @showing(find_on, to_json)
        @functools.wraps(command)
        def wrapped(app: App, seen: tuple[Frame | None, T]) -> None:
            frame, value = seen
            if frame is not None:
                print_frame(frame)
            command(app, value)

        return wrapped

    return showing_with


ENV = click.option(
    "--env", "environment", metavar="KEY", callback=lambda _context, _option, key: key or None,
    help="The database; by default the mirrored one.",
)  # fmt: skip


def with_environment(command: Callable[Concatenate[App, P], R]) -> Callable[Concatenate[App, P], R]:
    """Give a command the option --env, as the policy spells it; where it is left out, the copy that is meant."""

    @ENV
    @functools.wraps(command)
    def wrapped(app: App, /, *args: P.args, **kwargs: P.kwargs) -> R:
        if named := kwargs["environment"]:
            kwargs["environment"] = find_environment(app.policy, str(named)).key
        else:
            kwargs["environment"] = app.context.read(services.mirror.environments.usual)
        return command(app, *args, **kwargs)

    return wrapped


def agency_zone(app: App) -> ZoneInfo:
    """The agency's zone; UTC, and called so, before there is one."""
    profile = known_agency(app)
    return find_zone(profile.zone if profile else "UTC")


def known_agency(app: App) -> Profile | None:
    """The agency; None before there is one, for which no database is made."""
    if not app.has_database:
        return None
    return app.context.read(services.agency.find)


def json_text(value: object) -> str:
    """What a command says as JSON, which in training says so too."""
    if terminal_of(click.get_current_context()).app.is_training:
        value = marked_json(value)
    return shapes.to_json(value)


def print_json(value: object) -> None:
    put(json_text(value), None)


def standing(item: Opening, zone: ZoneInfo) -> str:
    """Whether a support team is there: "open until Tuesday, 1 December 2026, 17:00"."""
    if item.turns_at is None:
        return "closed for the next two months"
    return f"{'open until' if item.open else 'closed, opens'} {moment_in_words(item.turns_at, zone)}"


def print_local_times(moment: datetime | None, zone: ZoneInfo, sites: Sequence[Site]) -> None:
    """What the clocks of sites with another time show of a moment, below what it is the moment of."""
    from penelope_admin.domain.sites import elsewhere

    if moment is not None:
        print_lines(*(f"      {there.in_words}" for there in elsewhere(moment, zone, sites)))


def print_lines(*lines: str | None, err: bool = False) -> None:
    """Print each of some lines that says anything."""
    for line in filter(None, lines):
        click.echo(line, err=err)


def warn(*lines: str | None) -> None:
    """The same on stderr."""
    print_lines(*lines, err=True)


def print_list(items: Iterable[str], nothing: str) -> None:
    for item in list(items) or [nothing]:
        click.echo(f"  {item}")


def asked_secret(what: str, kept: str) -> str:
    """What is typed unseen where a person looks on, or else a line from stdin.

    Args:
        kept: what did not happen where it is not text.

    Raises:
        BadInputError: it is not text.
    """
    if sys.stdin.isatty():
        return str(click.prompt(what, hide_input=True, err=True))
    try:
        # Python would read it as Windows' own encoding there, and keep another password than was sent.
        return sys.stdin.buffer.readline(MAX_SECRET).decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise BadInputError(f"What came on stdin is not UTF-8 text. {kept} Send it as UTF-8.") from error


def put(content: str | bytes, output: Path | None, ending: str = "") -> None:
    """Write a result to a file, private, or to stdout as it is: no line end is translated.

    Args:
        ending: of the format's file names; a file that is there and has another is not replaced.

    Raises:
        BadInputError: it is not to be replaced, or cannot be written.
    """
    if isinstance(content, str):
        content = content.encode("utf-8")
    if output is not None:
        check_ending(output, ending)
        write_private(output, content)
        say_saved(output)
        return
    if sys.stdout is not None:  # whoever closed it wants to read nothing
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()


def say_saved(path: Path, err: bool = True) -> None:
    click.echo(f"Saved: {written_out(str(path))}", err=err)


def together(*decorators: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Several options as one, in the order in which help names them."""
    return lambda command: functools.reduce(lambda done, option: option(done), reversed(decorators), command)


RECURS = together(
    click.option(
        "--recurs", type=click.Choice(get_args(Every)),
        help="It repeats: on the same day of the month, or on the same weekday after each upgrade.",
    ),
    click.option(
        "--draft-days", type=click.IntRange(0, MOST_DRAFT_DAYS), metavar="N",
        help=f"Draft the request for its refresh so many days before; {USUAL_DRAFT_DAYS} unless told.",
    ),
)  # fmt: skip
"""The options that say how work comes again."""


def recurrence(recurs: Every | None, draft_days: int | None, current: Recurrence | None = None) -> Recurrence | None:
    """How work comes again by its options; what is not named stays as it is."""
    if recurs is not None and (current is None or current.every != recurs):
        current = Recurrence(recurs)
    if draft_days is None:
        return current
    if current is None:
        raise click.UsageError("--draft-days goes with --recurs.")
    return replace(current, draft_days=draft_days)
