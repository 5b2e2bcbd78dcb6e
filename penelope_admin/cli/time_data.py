"""Which time zone data is in force, and newer data from a file."""

from __future__ import annotations

from pathlib import Path

import click

from penelope_admin.app import App
from penelope_admin.cli.terminal import FILE, JSON, print_json, with_app
from penelope_admin.clock import ZoneData, zone_data
from penelope_admin.domain.times import in_words


@click.group("time-data")
def time_data() -> None:
    """The rules by which clocks change: which release of them counts here."""


@time_data.command("show")
@JSON
@with_app
def show(app: App, as_json: bool) -> None:
    """Show the data in force and what else is at hand, newest first."""
    in_force, *others = zone_data()
    warning = app.time_data_warning(app.clock.now().date())
    if as_json:
        print_json(
            {
                "in_force": _facts(in_force),
                "others": [_facts(data) for data in others],
                "warning": warning,
            }
        )
        return
    click.echo(f"In force: {_line(in_force)}")
    for data in others:
        click.echo(f"Not in force: {_line(data)}")
    if warning is not None:
        click.echo(warning)


def _facts(data: ZoneData) -> dict[str, object]:
    return {
        "source": data.source,
        "version": data.version,
        "published": data.published.isoformat() if data.published else None,
        "folder": str(data.folder),
    }


def _line(data: ZoneData) -> str:
    when = f", published on {in_words(data.published)}" if data.published else ""
    return f"{data.name}{when}\n  {data.folder}"


@time_data.command("import")
@click.argument("file", type=FILE)
@with_app
def import_(app: App, file: Path) -> None:
    """Take newer data from FILE, a wheel of the Python package tzdata, and keep it in the data folder."""
    click.echo(f"In force now: {app.import_zone_data(file).name}")


COMMANDS = (time_data,)
