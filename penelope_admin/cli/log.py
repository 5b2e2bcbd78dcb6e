"""The activity log, copies of the database, and what is handed out: reports, which the log can check, and papers."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from penelope_admin import services
from penelope_admin.app import App
from penelope_admin.cli.terminal import (
    DATE,
    FILE,
    ID,
    KEY,
    AppGroup,
    WholeNumber,
    agency_zone,
    app_command,
    listing,
    print_list,
    say_saved,
    together,
    warn,
    with_environment,
)
from penelope_admin.domain.text import filled, written_out
from penelope_admin.domain.times import moment_in_words
from penelope_admin.services import shapes

if TYPE_CHECKING:
    from penelope_admin.services.activity import Verified
    from penelope_admin.services.reports.papers import PaperKind
    from penelope_admin.store.audit import Entry


@click.group(cls=AppGroup)
def audit() -> None:
    """The activity log."""


@audit.command("list")
@click.option("--search", default="", metavar="WORDS", help="Only entries with all these words.")
@click.option("--count", type=WholeNumber(1, 100_000), default=200, show_default=True)
@listing(lambda app, search, count: app.context.read(services.activity.newest, search, count), shapes.entry)
def audit_list(app: App, entries: Sequence[Entry]) -> None:
    """List the newest entries, the newest first."""
    zone = agency_zone(app)
    for entry in entries:
        when = moment_in_words(entry.at, zone)
        click.echo(written_out(f"{entry.seq}  {when}  {entry.who}  {entry.action}  {entry.subject}"))


@audit.command("verify")
def audit_verify(app: App) -> int:
    """Check the chain of hashes, and hold every table against the log.

    Prints the first broken entry, and what was changed, added or removed behind the program's back; exits 1 if there is
    anything of that.
    """
    verified = app.context.read(services.activity.verify)
    print_verified(verified, f", head {verified.head}")
    return int(not verified.holds)


def print_verified(verified: Verified, more: str = "") -> None:
    """Say whether the log is whole, and what is not as it says."""
    if verified.first_broken is not None:
        click.echo(f"The activity log is broken at entry {verified.first_broken}.")
    else:
        click.echo(f"The activity log is whole: entries {verified.entries}{more}.")
    if verified.differences:
        click.echo("The database is not what the log says:")
        print_list(verified.differences, "")


@app_command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Also replace a file that is not a backup of this program.")
def backup(app: App, file: Path, force: bool) -> None:
    """Write a consistent copy of the database, while the program runs.

    A file that is there is replaced only if it is a backup of this program.
    """
    say_saved(services.backups.make(app.context, file, force=force), err=False)


@app_command()
@click.argument("file", type=FILE)
def restore(app: App, file: Path) -> None:
    """Put a backup in the place of the database; it is checked first, and what it replaces is kept.

    A backup whose rows are not what its own log says is restored, too; then what differs is named.
    """
    done = services.backups.restore(app.restoring, file)
    app.forget_database()
    app.refresh_kept_files()
    click.echo(written_out(f"Restored from {file}.{filled(' What it replaced is kept in {}.', done.replaced)}"))
    warn(written_out(done.warning), services.backups.LOOK_AT_DRAFTS)


# --- what is handed out ---

_OUTPUT = click.option("--output", type=FILE, required=True, help="Where to save it; ends in .html or .pdf.")


@click.group(cls=AppGroup)
def report() -> None:
    """Reports to hand to a manager, an auditor or a privacy officer."""


@report.command("state")
@_OUTPUT
@with_environment
def report_state(app: App, environment: str, output: Path) -> None:
    """The state of the mirrored database, and of the other copies in brief."""
    _write(app, output, kind="state", environment=environment)


@report.command("exposure")
@click.option("--from", "first", type=DATE, help="The period's first day; by default 90 days with the last.")
@click.option("--to", "last", type=DATE, help="The period's last day; by default today.")
@_OUTPUT
@with_environment
def report_exposure(app: App, /, output: Path, **options: Any) -> None:
    """When features were on while contact details could be real."""
    _write(app, output, kind="exposure", **options)


def _write(app: App, output: Path, **options: Any) -> None:
    from penelope_admin.gateways import settings
    from penelope_admin.ui.pdf import to_pdf

    order = services.reports.Order(**options, person=settings.load(app.home).person)
    saved = app.write_report(order, output, to_pdf).value
    say_saved(saved.target)
    click.echo(f"Activity log: entry {saved.number}, SHA-256 {saved.head}")
    click.echo(f"This file: SHA-256 {saved.sha256}")


@report.command("check")
@click.argument("parts", nargs=-1, required=True, metavar="HASH|FILE")
def report_check(app: App, parts: tuple[str, ...]) -> int:
    """Check a report against the activity log: the hash that it prints, its file, or its file's SHA-256.

    Exits with 1 if the log does not know it or is broken, or the database is not what the log says.
    """
    digest = "".join(parts)
    if os.path.isfile(file := " ".join(parts)):  # noqa: PTH113 - `Path` raises for what is too long to be a path
        digest = services.mirror.checklists.read_file(Path(file)).sha256
    check, zone = app.context.read(services.reports.check, digest), agency_zone(app)
    for entry, what in ((check.entry, "is the hash of"), (check.file_of, "is the SHA-256 of the report told of in")):
        if entry is not None:
            when = moment_in_words(entry.at, zone)
            click.echo(f"This {what} entry {entry.seq}: {when}, {entry.who}, {entry.action} {entry.subject}.")
    for entry in check.printed_by:
        click.echo(f"Printed on the report made {moment_in_words(entry.at, zone)} by {entry.who}, entry {entry.seq}.")
    if check.entry is None and check.file_of is None:
        click.echo("The activity log holds no entry with this hash, and tells of no report with this SHA-256.")
    print_verified(check.verified)
    return int(not check.holds)


@click.group(cls=AppGroup)
def paper() -> None:
    """What people print and take along; readable in black and white, on the paper of your region."""


def _paper_command(kind: PaperKind, says: str, *options: Callable[[Any], Any]) -> None:
    @paper.command(kind, help=says)
    @together(*options)
    @_OUTPUT
    def make(app: App, output: Path, key: int | None = None) -> None:
        from penelope_admin.ui.pdf import to_pdf

        say_saved(app.write_paper(kind, output, to_pdf, key))


_PROJECT = click.option("--project", "key", type=ID, help="Of one project alone.")
_EVENT = click.option("--event", "key", type=ID, help="Number of the upgrade or refresh; by default the newest.")
_paper_command("year", "The coming twelve months as a picture, and in words.", _PROJECT)
_paper_command("project", "A project's days, features, conflicts, steps to tick, and telephone numbers.", KEY)
_paper_command("check-list", "The check-list after an upgrade or a refresh, to be ticked by hand.", _EVENT)
_paper_command("windows", "The coming upgrade windows in large letters, for a wall.")


COMMANDS = (audit, backup, restore, report, paper)
