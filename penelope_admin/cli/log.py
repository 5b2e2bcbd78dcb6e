"""The activity log, and copies of the database."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from penelope_admin import services
from penelope_admin.app import App
from penelope_admin.cli.terminal import FILE, WholeNumber, agency_zone, listing, print_list, warn, with_app
from penelope_admin.domain.text import filled, written_out
from penelope_admin.domain.times import moment_in_words
from penelope_admin.services import shapes

if TYPE_CHECKING:
    from penelope_admin.services.activity import Verified
    from penelope_admin.store.audit import Entry


@click.group()
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
@with_app
def audit_verify(app: App) -> int:
    """Check the chain of hashes, and hold every table against the log.

    Prints the first broken entry, and what was changed, added or removed behind the program's back; exits 1 if there is
    anything of that.
    """
    found = app.context.read(services.activity.verify)
    print_verified(found, f", head {found.head}")
    return int(not found.holds)


def print_verified(found: Verified, more: str = "") -> None:
    """Say whether the log is whole, and what is not as it says."""
    if found.first_broken is not None:
        click.echo(f"The activity log is broken at entry {found.first_broken}.")
    else:
        click.echo(f"The activity log is whole: entries {found.entries}{more}.")
    if found.differences:
        click.echo("The database is not what the log says:")
        print_list(found.differences, "")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Also replace a file that is no backup of this program.")
@with_app
def backup(app: App, file: Path, force: bool) -> None:
    """Write a consistent copy of the database, while the program runs.

    A file that is there is replaced only if it is a backup of this program.
    """
    click.echo(f"Saved: {written_out(str(services.backups.make(app.context, file, force=force)))}")


@click.command()
@click.argument("file", type=FILE)
@with_app
def restore(app: App, file: Path) -> None:
    """Put a backup in the place of the database; it is checked first, and what it replaces is kept.

    A backup whose rows are not what its own log says is restored, too; then what differs is named.
    """
    done = services.backups.restore(app.restoring, file)
    app.forget_database()
    app.refresh_kept_files()
    click.echo(written_out(f"Restored from {file}.{filled(' What it replaced is kept in {}.', done.replaced)}"))
    warn(written_out(done.warning or ""), services.backups.LOOK_AT_DRAFTS)


COMMANDS = (audit, backup, restore)
