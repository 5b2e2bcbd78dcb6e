"""What the window and the system's tray remind of, and when."""

from __future__ import annotations

import click

from penelope_admin import services
from penelope_admin.app import App
from penelope_admin.cli.terminal import JSON, print_json, with_app
from penelope_admin.clock import find_zone
from penelope_admin.domain.times import moment_in_words
from penelope_admin.services import shapes


@click.group()
def reminders() -> None:
    """What you are reminded of while the program runs, in its window or in the system's tray."""


@reminders.command("list")
@JSON
@with_app
def reminders_list(app: App, as_json: bool) -> None:
    """List them by day, as things are now, with when you were told."""
    zone = find_zone(app.context.read(services.agency.need_profile).zone)
    found = app.context.read(services.reminders.find)
    if as_json:
        print_json([shapes.reminder(item, zone) for item in found])
        return
    for item in found:
        told = f" Told {moment_in_words(item.at, zone)}." if item.at is not None else ""
        click.echo(f"{moment_in_words(item.reminder.due, zone)}\n    {item.reminder.text}{told}")
    if not found:
        click.echo("There is nothing to remind you of.")


COMMANDS = (reminders,)
