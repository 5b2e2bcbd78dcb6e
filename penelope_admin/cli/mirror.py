"""What happened to each database."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from penelope_admin import services
from penelope_admin.app import App
from penelope_admin.cli.terminal import (
    ID,
    INSTANT,
    agency_zone,
    print_json,
    with_app,
)
from penelope_admin.domain.times import moment_in_words

if TYPE_CHECKING:
    from penelope_admin.domain.mirror import EventKind


@click.group()
def mirror() -> None:
    """What happened to each database, and whether its contact details may be real."""


@mirror.command("show")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@with_app
def mirror_show(app: App, as_json: bool) -> None:
    """Show each environment."""
    found = services.environments.find_all(app.context)
    if as_json:
        print_json([view.as_json() for view in found])
        return
    zone = agency_zone(app)
    for view in found:
        click.echo(f"{view.environment.name}: {view.posture.sentence}")
        for event in view.events:
            remark = f" ({event.remark})" if event.remark else ""
            click.echo(f"  {event.id}  {event.kind} {moment_in_words(event.at, zone)}{remark}")


@mirror.command("correct")
@click.argument("key", metavar="ID", type=ID)
@click.option("--remark", default="")
@with_app
def mirror_correct(app: App, key: int, remark: str) -> None:
    """Take back an event that was recorded by mistake; both stay in the record."""
    click.echo(services.environments.correct_event(app.context, key, remark).value.sentence)


def _event_command(kind: EventKind, says: str) -> None:
    @mirror.command(kind, help=says)
    @click.option("--env", "environment", default="mirrored", metavar="KEY", show_default=True)
    @click.option("--at", type=INSTANT, help="When; by default now.")
    @click.option("--version", default="", help="The version it has now.")
    @click.option("--remark", default="")
    @with_app
    def record(app: App, environment: str, at: datetime | None, version: str, remark: str) -> None:
        done = services.environments.record_event(
            app.context, environment, kind, at or app.clock.now(), version, remark
        )
        click.echo(done.value.sentence)


_event_command("refreshed", "Record that a database was copied from production.")
_event_command("upgraded", "Record that a database was upgraded.")


COMMANDS = (mirror,)
