"""When Support is there, and the holidays on which it is not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from penelope_admin import services
from penelope_admin.absent import mapped
from penelope_admin.app import App
from penelope_admin.cli.terminal import (
    DATE,
    FILE,
    INSTANT,
    AppGroup,
    app_command,
    listing,
    print_lines,
    print_local_times,
    showing,
    standing,
    warn,
)
from penelope_admin.clock import find_zone
from penelope_admin.domain.support import hours_in_words
from penelope_admin.domain.text import filled
from penelope_admin.domain.times import clock_in_words, in_words, moment_in_words, place
from penelope_admin.services import shapes

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from penelope_admin.domain.support import Holiday, Opening
    from penelope_admin.services.calendar.support import SupportView


def _load(app: App, at: datetime | None, zone: str | None) -> SupportView:
    here = mapped(zone, find_zone)
    if app.has_database:
        return app.context.read(services.calendar.support.load, at, here)
    return services.calendar.support.view(app.policy, at or app.clock.now(), here)


@app_command()
@click.option("--at", type=INSTANT, help="As if it were this instant.")
@click.option("--zone", metavar="ZONE", help="Show it in this IANA zone; by default the agency's, or this computer's.")
@showing(_load, shapes.support)
def support(app: App, view: SupportView) -> None:
    """Show whether each support team is there, and until when."""
    click.echo(moment_in_words(view.at, view.zone))
    for item in view.openings:
        click.echo(_line(item, view.zone))
        print_local_times(item.turns_at, view.zone, view.sites)
    hours = "; ".join(f"{item.team.name}: {hours_in_words(item.team)}" for item in view.openings)
    click.echo(f"As the vendor gives the hours: {hours}.\n{app.policy.quote('clocks')}")
    if not view.holidays:
        click.echo("No holidays are recorded, so on a holiday this can be wrong.")


def _line(item: Opening, zone: ZoneInfo) -> str:
    sentence = standing(item, zone)
    if item.turns_at is not None:
        mine, theirs = item.turns_at.astimezone(zone), item.turns_at.astimezone(item.their_zone)
        another_day = f"{in_words(theirs.date())}, " if mine.date() != theirs.date() else ""
        sentence += f", {another_day}{clock_in_words(theirs)} in {place(item.their_zone.key)}"
    return f"  {item.team.name}: {sentence}.\n      {item.team.serves}"


@click.group(cls=AppGroup)
def holidays() -> None:
    """Days on which a support team is closed. None are known until you record them.

    TEAM is a team's key, such as support or support-au; `support --json` has them all.
    """


@holidays.command("list")
@listing(lambda app: app.context.read(services.calendar.support.holidays) if app.has_database else (), shapes.holiday)
def holidays_list(_: App, holidays: Sequence[Holiday]) -> None:
    """List them, oldest first."""
    for holiday in holidays:
        more = ", ".join(filter(None, (holiday.name, holiday.origin)))
        click.echo(f"{holiday.day.isoformat()}  {holiday.team}{filled('  {}', more)}")


@holidays.command("add")
@click.argument("team")
@click.argument("day", metavar="DATE", type=DATE)
@click.option("--name", default="", metavar="TEXT", help="What the day is called.")
def holidays_add(app: App, team: str, day: date, name: str) -> None:
    """Record a day, on the team's own calendar, on which TEAM is closed: support or support-au, for example."""
    app.context.write(services.calendar.support.add_holiday, team, day, name)
    click.echo(f"{in_words(day)} is a holiday of {app.policy.support_team[team].name}.")


@holidays.command("remove")
@click.argument("team")
@click.argument("day", metavar="DATE", type=DATE)
def holidays_remove(app: App, team: str, day: date) -> None:
    """Take back a holiday that is none."""
    app.context.write(services.calendar.support.remove_holiday, team, day)
    click.echo(f"{in_words(day)} is no longer a holiday of {team}.")


@holidays.command("import")
@click.argument("team")
@click.argument("file", type=FILE)
def holidays_import(app: App, team: str, file: Path) -> None:
    """Record the closed days of a calendar file (.ics), from a year back to five years ahead."""
    done = services.calendar.support.import_holidays(app.context, team, file).value
    print_lines(*(day.isoformat() for day in done.added))
    warn(done.sentence)


COMMANDS = (support, holidays)
