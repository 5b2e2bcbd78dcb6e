"""Reports for people outside the program, and a way to check one later."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from penelope_admin import services
from penelope_admin.app import App
from penelope_admin.cli.terminal import DATE, FILE, agency_zone, print_list, with_app, with_environment
from penelope_admin.domain.times import moment_in_words

if TYPE_CHECKING:
    from penelope_admin.gateways.reports import Kind

OUTPUT = click.option("--output", type=FILE, required=True, help="Where to save it; ends in .html or .pdf.")


@click.group()
def report() -> None:
    """Reports to hand to a manager, an auditor or a privacy officer."""


@report.command("state")
@OUTPUT
@with_app
@with_environment
def report_state(app: App, environment: str, output: Path) -> None:
    """The state of the mirrored database, and of the other copies in brief."""
    _write(app, "state", output, environment)


@report.command("exposure")
@click.option("--from", "first", type=DATE, help="The period's first day; by default 90 days with the last.")
@click.option("--to", "last", type=DATE, help="The period's last day; by default today.")
@OUTPUT
@with_app
@with_environment
def report_exposure(app: App, environment: str, first: date | None, last: date | None, output: Path) -> None:
    """When features were on while contact details could be real."""
    _write(app, "exposure", output, environment, first, last)


def _write(
    app: App, kind: Kind, output: Path, environment: str, first: date | None = None, last: date | None = None
) -> None:
    from penelope_admin.gateways import settings
    from penelope_admin.ui.pdf import to_pdf

    person = settings.load(app.home).person
    saved = app.write_report(kind, output, to_pdf, first, last, person, environment).value
    click.echo(f"Saved: {saved.target}", err=True)
    click.echo(f"Activity log: entry {saved.number}, SHA-256 {saved.head}")
    click.echo(f"This file: SHA-256 {saved.sha256}")


@report.command("check")
@click.argument("parts", nargs=-1, required=True, metavar="HASH")
@with_app
def report_check(app: App, parts: tuple[str, ...]) -> int:
    """Check the hash that a report prints, or a report file's SHA-256, against the activity log.

    Exits with 1 if the log does not know it or is broken, or the database is not what the log says.
    """
    found, zone = app.context.read(services.reports.check, "".join(parts)), agency_zone(app)
    for entry, what in ((found.entry, "is the hash of"), (found.file_of, "is the SHA-256 of the report told of in")):
        if entry is not None:
            when = moment_in_words(entry.at, zone)
            click.echo(f"This {what} entry {entry.seq}: {when}, {entry.who}, {entry.action} {entry.subject}.")
    for entry in found.printed_by:
        click.echo(f"Printed on the report made {moment_in_words(entry.at, zone)} by {entry.who}, entry {entry.seq}.")
    if found.entry is None and found.file_of is None:
        click.echo("The activity log holds no entry with this hash, and tells of no report with this SHA-256.")
    if found.verified.first_broken is not None:
        click.echo(f"The activity log is broken at entry {found.verified.first_broken}.")
    else:
        click.echo(f"The activity log is whole: entries {found.verified.entries}.")
    if found.verified.differences:
        click.echo("The database is not what the log says:")
        print_list(found.verified.differences, "")
    return 0 if found.holds else 1


COMMANDS = (report,)
