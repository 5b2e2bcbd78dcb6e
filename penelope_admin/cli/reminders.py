"""What the window and the system's tray remind of, and when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from penelope_admin import services
from penelope_admin.app import App
from penelope_admin.cli.terminal import listing
from penelope_admin.clock import find_zone
from penelope_admin.domain.text import filled
from penelope_admin.domain.times import moment_in_words
from penelope_admin.services import shapes

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from penelope_admin.services.reminders import Told


@click.group()
def reminders() -> None:
    """What you are reminded of while the program runs, in its window or in the system's tray."""


def _find(app: App) -> list[tuple[Told, ZoneInfo]]:
    """What there is to be reminded of, each with the agency's zone."""
    zone = find_zone(app.context.read(services.agency.need_profile).zone)
    return [(item, zone) for item in app.context.read(services.reminders.find)]


@reminders.command("list")
@listing(_find, lambda pair: shapes.reminder(*pair))
def reminders_list(_: App, found: Sequence[tuple[Told, ZoneInfo]]) -> None:
    """List them by day, as things are now, with when you were told."""
    for item, zone in found:
        told = filled(" Told {}.", item.at and moment_in_words(item.at, zone))
        click.echo(f"{moment_in_words(item.reminder.due, zone)}\n    {item.reminder.text}{told}")
    if not found:
        click.echo("There is nothing to remind you of.")


COMMANDS = (reminders,)
