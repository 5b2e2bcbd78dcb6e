"""What upgrades, refreshes and projects overlap in the agency's own calendars, and which calendars are linked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from penelope_admin import services
from penelope_admin.app import App
from penelope_admin.cli.terminal import JSON, agency_zone, listing, print_json, print_list, warn, with_app
from penelope_admin.domain.text import filled, written_out
from penelope_admin.services import shapes

if TYPE_CHECKING:
    from penelope_admin.domain.conflicts import Overlap
    from penelope_admin.services.calendar.conflicts import CalendarState, ConflictsView

_CALENDAR = click.Path(path_type=Path)


@click.command()
@click.option(
    "--calendar", "named", type=_CALENDAR, multiple=True, metavar="FILE",
    help="Look into this calendar (.ics), or a folder of them, and not into the linked ones; may be repeated.",
)  # fmt: skip
@JSON
@with_app
def conflicts(app: App, named: tuple[Path, ...], as_json: bool) -> int:
    """Show what the coming 24 windows, refreshes and projects overlap in your own calendars.

    Ends with 1 if a calendar could not be read; what the others hold is shown all the same.
    """
    found = services.calendar.conflicts.load(app.context, named)
    if as_json:
        print_json(shapes.conflicts(found))
    else:
        _print(found)
    warn(*(f"{_heading(state)}: {written_out(state.in_words(found.zone))}" for state in found.unread))
    return int(bool(found.unread))


def _print(found: ConflictsView) -> None:
    for window, overlaps in found.windows:
        _print_overlaps(window.in_words, overlaps)
    for item, overlaps in found.planned:
        nothing = ("no entries of whole days", "no conflicts known")[item.first_day == item.last_day]
        _print_overlaps(item.in_words, overlaps, nothing)
    if not found.calendars:
        warn("No calendar is linked, so nothing is known of conflicts.")


def _print_overlaps(heading: str, overlaps: Sequence[Overlap], nothing: str = "no conflicts known") -> None:
    click.echo(heading)
    print_list([written_out(f"{item.who}: {item.in_words}") for item in overlaps], nothing)


def _heading(state: CalendarState) -> str:
    return written_out(f"{state.link.name}{filled(' ({})', state.link.site)}")


@click.group("linked-calendars")
def linked_calendars() -> None:
    """Your own calendars that are looked into for conflicts; they are only read."""


@linked_calendars.command("list")
@listing(lambda app: services.calendar.conflicts.load(app.context).calendars, shapes.calendar_state)
def linked_list(app: App, found: Sequence[CalendarState]) -> None:
    """List them, and how each stands."""
    zone = agency_zone(app)
    for state in found:
        click.echo(f"{_heading(state)}  {written_out(state.link.path)}")
        click.echo(f"    {written_out(state.in_words(zone))}")


@linked_calendars.command("add")
@click.argument("path", type=_CALENDAR, metavar="FILE_OR_FOLDER")
@click.option("--name", default="", metavar="TEXT", help="What it is called here; by default as the file is.")
@click.option("--site", default="", metavar="NAME", help="The site it belongs to; by default the whole agency.")
@with_app
def linked_add(app: App, path: Path, name: str, site: str) -> None:
    """Look into a calendar file (.ics), or a folder of them, from now on."""
    made = services.calendar.conflicts.link(app.context, path, name, site)
    click.echo(f"{written_out(made.name)} is linked.")


@linked_calendars.command("remove")
@click.argument("path", type=_CALENDAR, metavar="FILE_OR_FOLDER")
@with_app
def linked_remove(app: App, path: Path) -> None:
    """Look into it no longer; the file stays as it is."""
    services.calendar.conflicts.unlink(app.home, str(path))
    click.echo(f"{written_out(str(path))} is no longer linked.")


COMMANDS = (conflicts, linked_calendars)
