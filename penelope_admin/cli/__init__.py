"""The same services from a terminal. Messages go to stderr, results to stdout; scripts depend on both."""

from __future__ import annotations

import errno
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from penelope_admin import __version__
from penelope_admin.app import HOME_VARIABLE, home_folder
from penelope_admin.cli import (
    agency,
    calendar,
    features,
    log,
    mirror,
    plans,
    projects,
    proof,
    requests,
    support,
    training,
    windows,
)
from penelope_admin.cli.terminal import Terminal, terminal_of
from penelope_admin.clock import SystemClock, use_zone_data
from penelope_admin.domain.text import written_out
from penelope_admin.domain.times import use_style
from penelope_admin.errors import PenelopeAdminError
from penelope_admin.files import NO_ROOM
from penelope_admin.gateways.conventions import system_style
from penelope_admin.gateways.display import display_problem
from penelope_admin.invocation import command, remember_chosen

BUG = 70
"""Exit code of a bug, so that scripts can tell it from a refusal."""

_NO_ROOM = NO_ROOM | {errno.EIO}
"""What writing to stdout fails with where that is a file on a disk that is full or broken."""


def run(arguments: Sequence[str]) -> int:
    """Run one command line.

    Returns:
        The exit code: 0 done; 1 failed; 2 bad usage or input; 3 refused by policy; 4 database unusable.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    use_style(system_style())
    terminal = Terminal()
    try:
        code = cli.main(list(arguments), prog_name=command(), standalone_mode=False, obj=terminal)
        return code if isinstance(code, int) else 0
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return error.exit_code
    except click.ClickException as error:
        vars(error)["message"] = written_out(error.message)  # it repeats what was typed
        error.show()
        return error.exit_code
    except click.Abort:
        _tell_end("Stopped.")
        return 1
    except SystemExit:
        # click's way to say that whoever read our output has seen enough.
        return 0
    except Exception as error:
        return explain(error, terminal.home)
    finally:
        terminal.close()
        remember_chosen(None, None)
        _end_messages()


def _end_messages() -> None:
    """Messages that cannot be written are lost, and no reason for another exit code as Python ends."""
    try:
        if sys.stderr is not None:
            sys.stderr.flush()
    except OSError:
        with suppress(OSError):
            sys.stderr.close()


def _tell_end(text: str) -> None:
    """Say on stderr how a command ended, which its exit code says as well, where nothing can be written there."""
    with suppress(OSError):
        click.echo(text, err=True)


def explain(error: Exception, home: Path | str | None) -> int:
    """Say on stderr what went wrong; a bug's details go into a log file of the data folder.

    Returns:
        The exit code that belongs to the error.
    """
    if isinstance(error, PenelopeAdminError):
        _tell_end(written_out(str(error)))
        return error.exit_code
    if isinstance(error, OSError) and error.errno in _NO_ROOM and error.filename is None:
        _tell_end(f"The result could not be written ({error.strerror}). What was recorded is kept.")
        with suppress(OSError):
            sys.stdout.close()  # what it still holds would be tried again as Python ends, with an exit code of its own
        return 1
    from penelope_admin import crash

    now = SystemClock().now()
    try:
        details = f"The details are in {crash.keep(home_folder(home), error, now)}."
    except PenelopeAdminError:
        details = crash.report(error, now)
    _tell_end(f"A bug in Penelope Admin stopped this ({type(error).__name__}). {details}")
    return BUG


class _Folder(click.Path):
    """A folder; an empty name, as of a script's variable without a value, is none."""

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> Any:
        return super().convert(value, param, context) if value else None


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--home", type=_Folder(file_okay=False, path_type=Path), envvar=HOME_VARIABLE, help="Data folder.")
@click.option("--database", metavar="URL", help="A team's database; by default a file in the data folder.")
@click.option("--version", is_flag=True, help="Show the version, and which time zone data is in force.")
@click.pass_context
def cli(context: click.Context, home: Path | None, database: str | None, version: bool) -> int | None:
    """Plan Penelope upgrades, follow refreshes of the mirrored database, and switch its features safely.

    Without a command the window opens; where there is no display, the overview is printed.
    """
    terminal = terminal_of(context)
    is_typed = context.get_parameter_source("home") is click.core.ParameterSource.COMMANDLINE
    remember_chosen(home if is_typed else None, database)  # what the environment says, the next command hears too
    terminal.home, terminal.database = home, database
    if version:
        click.echo(f"Penelope Admin {__version__}, with {use_zone_data(home_folder(home)).name}")
        context.exit()
    if context.invoked_subcommand is not None:
        return None
    problem = display_problem()
    if not problem:
        from penelope_admin.ui.main import run as run_window

        return run_window(terminal.app)
    click.echo(f"{problem}; this is the overview. See --help for the commands.", err=True)
    with windows.overview.make_context("overview", [], parent=context) as overview:
        windows.overview.invoke(overview)
    return 0


for _module in (
    agency, windows, calendar, features, mirror, proof, projects, plans, requests, support, log, training,
):  # fmt: skip
    for _command in _module.COMMANDS:
        cli.add_command(_command)
