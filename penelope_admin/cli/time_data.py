"""Which time zone data is in force, and newer data from a file."""

from __future__ import annotations

from pathlib import Path

import click

from penelope_admin.app import App
from penelope_admin.cli.terminal import FILE, print_lines, showing, with_app
from penelope_admin.clock import ZoneData, zone_data
from penelope_admin.domain.text import filled
from penelope_admin.domain.times import in_words


@click.group("time-data")
def time_data() -> None:
    """The rules by which clocks change: which release of them counts here."""


_Found = tuple[list[ZoneData], str | None]
"""The data in force first, and what is to be said of its age."""


def _to_json(found: _Found) -> object:
    (in_force, *others), warning = found
    return {"in_force": _facts(in_force), "others": [_facts(data) for data in others], "warning": warning}


def _facts(data: ZoneData) -> dict[str, object]:
    published = data.published and data.published.isoformat()
    return {"source": data.source, "version": data.version, "published": published, "folder": str(data.folder)}


@time_data.command("show")
@showing(lambda app: (list(zone_data()), app.time_data_warning(app.clock.now().date())), _to_json)
def show(_: App, found: _Found) -> None:
    """Show the data in force and what else is at hand, newest first."""
    (in_force, *others), warning = found
    print_lines(f"In force: {_line(in_force)}", *(f"Not in force: {_line(data)}" for data in others), warning)


def _line(data: ZoneData) -> str:
    when = filled(", published on {}", data.published and in_words(data.published))
    return f"{data.name}{when}\n  {data.folder}"


@time_data.command("import")
@click.argument("file", type=FILE)
@with_app
def import_(app: App, file: Path) -> None:
    """Take newer data from FILE, a wheel of the Python package tzdata, and keep it in the data folder."""
    click.echo(f"In force now: {app.import_zone_data(file).name}")


COMMANDS = (time_data,)
