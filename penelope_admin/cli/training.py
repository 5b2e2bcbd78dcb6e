"""Training: the practice agency in its own folder, its new beginning, and its clock."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import click

from penelope_admin import services
from penelope_admin.app import App, home_folder
from penelope_admin.cli import exercises
from penelope_admin.cli.terminal import INSTANT, AppCommand, WholeNumber, agency_zone, terminal_of
from penelope_admin.domain.text import written_out
from penelope_admin.domain.times import moment_in_words
from penelope_admin.errors import BadInputError
from penelope_admin.gateways.display import display_problem
from penelope_admin.invocation import command, quoted

_DURATION = re.compile(r"(?:(\d{1,4})w)?(?:(\d{1,5})d)?(?:(\d{1,6})h)?(?:(\d{1,7})m)?")
_UNITS = ("weeks", "days", "hours", "minutes")


class _Duration(click.ParamType[timedelta]):
    """A span of time: 90m, 1h, 2d12h, 3w."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Refuse what is none, or no time at all."""
        if isinstance(value, timedelta):
            return value
        match = _DURATION.fullmatch(str(value).strip().lower())
        if not match or not any(numbers := [int(part or 0) for part in match.groups()]):
            self.fail(f'"{value}" is not a span of time. They look like 90m, 1h, 2d12h or 3w.', param, ctx)
        return timedelta(**dict(zip(_UNITS, numbers, strict=True)))


@click.group(invoke_without_command=True)
@click.option("--page", metavar="NAME", help="Open this page.")
@click.option("--exit-after", type=click.Choice(["first-frame", "ready"]), hidden=True)
@click.pass_context
def training(context: click.Context, page: str | None, exit_after: str | None) -> int | None:
    """Practise with an invented agency: nothing real is read, changed, sent or opened.

    Without a command its window opens. It has a folder of its own, beside the data folder; with --home FOLDER every
    other command works there too.
    """
    terminal = terminal_of(context)
    if terminal.database is not None:
        raise BadInputError("Training keeps its data in a folder of its own. Nothing was opened. Leave --database out.")
    folder = services.training.home.folder_beside(home_folder(terminal.home))
    terminal.home = folder
    if context.invoked_subcommand != "reset":
        services.training.home.ensure(folder)
    if context.invoked_subcommand is not None:
        return None
    if problem := display_problem():
        click.echo(f"{problem}; this is the practice clock. See training --help for the commands.", err=True)
        _show_clock(terminal.app)
        return 0
    from penelope_admin.ui.main import run as run_window

    return run_window(terminal.app, exit_after, page)


@training.command("reset")
@click.option("--seed", type=WholeNumber(0, 2**31 - 1), help="The same number gives the same events.")
@click.pass_context
def reset(context: click.Context, seed: int | None) -> None:
    """Begin practice anew: agency, vendor and clock are as they were; what was done is gone."""
    folder = home_folder(terminal_of(context).home)
    services.training.home.reset(folder, seed)
    _show_clock(terminal_of(context).app)
    click.echo(written_out(f"Practice folder: {folder}"))
    click.echo(written_out(f"Other commands work there with: {command(f'--home {quoted(folder)}')}"))


@training.command("clock", cls=AppCommand)
@click.option("--to", type=INSTANT, help="Until this instant.")
@click.option("--forward", type=_Duration(), help="By a span of time: 90m, 1h, 2d12h, 3w.")
@click.option("--to-next", type=click.Choice(["upgrade", "event"]), help="Until that is over, or happens.")
@click.option("--pause/--go-on", default=None, help="Whether it stands still while a window is open.")
def clock(app: App, to: datetime | None, forward: timedelta | None, to_next: str | None, pause: bool | None) -> None:
    """Show practice time, or let time pass. It never goes back."""
    if sum(choice is not None for choice in (to, forward, to_next)) > 1:
        raise click.UsageError("Give one of --to, --forward and --to-next.")
    context, passing, world = app.context, services.training.passing, services.training.world
    if pause is not None:
        passing.clock_in(app.clock).pause(pause)
    if forward is not None:
        to = passing.later(context, forward)
    elif to_next is not None:
        to = world.next_upgrade(context) if to_next == "upgrade" else world.next_event(context)
    happened = passing.move(context, to).value if to is not None else None
    _show_clock(app)
    if happened is not None:
        click.echo(passing.summary(happened))


def _show_clock(app: App) -> None:
    click.echo(f"Practice time: {moment_in_words(app.clock.now(), agency_zone(app))}")


for _command in exercises.COMMANDS:
    training.add_command(_command)

COMMANDS = (training,)
