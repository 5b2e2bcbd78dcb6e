"""Requests to Support."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

import click

from penelope_admin import services
from penelope_admin.app import App
from penelope_admin.cli.terminal import (
    DATE,
    FILE,
    ID,
    INSTANT,
    agency_zone,
    print_json,
    put,
    with_app,
)
from penelope_admin.domain.times import moment_in_words

if TYPE_CHECKING:
    from penelope_admin.domain.requests import Status

R = TypeVar("R")


@click.group()
def refresh() -> None:
    """Ask for a refresh of a database from production."""


@refresh.command("request")
@click.option("--env", "environment", default="mirrored", metavar="KEY", show_default=True)
@click.option("--reason", required=True, metavar="TEXT")
@click.option("--earliest", type=DATE)
@click.option("--latest", type=DATE)
@click.option("--re-enable", "wanted", multiple=True, metavar="FEATURE", help="Wanted back afterwards; repeatable.")
@with_app
def refresh_request(
    app: App, environment: str, reason: str, earliest: date | None, latest: date | None, wanted: tuple[str, ...]
) -> None:
    """Draft a refresh request; prints its id. Nothing is sent."""
    wish = services.requests.RefreshWish(environment, reason, earliest, latest, wanted)
    drafted = services.requests.draft_refresh(app.context, wish).value
    for warning in drafted.warnings:
        click.echo(warning, err=True)
    click.echo(drafted.request.id)


@click.group()
def requests() -> None:
    """Requests to Support, of every kind."""


@requests.command("list")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@with_app
def requests_list(app: App, as_json: bool) -> None:
    """List requests, the newest first."""
    found = services.requests.find_all(app.context)
    if as_json:
        print_json([view.as_json() for view in found])
        return
    for view in found:
        case = f", case {view.request.case_number}" if view.request.case_number else ""
        click.echo(f"{view.request.id}  refresh of {view.request.environment}: {view.request.status}{case}")
    if not found:
        click.echo("No requests yet. Draft one: penelope-admin refresh request --reason TEXT", err=True)


@requests.command("show")
@click.argument("key", metavar="ID", type=ID)
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@with_app
def requests_show(app: App, key: int, as_json: bool) -> None:
    """Show a request, its path so far and its text."""
    view = services.requests.find(app.context, key)
    if as_json:
        print_json({**view.as_json(), "to": view.letter.to, "subject": view.letter.subject, "text": view.letter.body})
        return
    zone = agency_zone(app)
    for step in view.request.steps:
        click.echo(
            f"{moment_in_words(step.at, zone)}: {step.status} by {step.by}{f' ({step.remark})' * bool(step.remark)}"
        )
    click.echo(
        f"\nTo: {view.letter.to or '(Support’s address is not set)'}\nSubject: {view.letter.whole_text}", nl=False
    )


@requests.command("send")
@click.argument("key", metavar="ID", type=ID)
@click.option("--via", type=click.Choice(["eml", "text"]), default="text", show_default=True)
@click.option("--output", type=FILE, help="Write to this file.")
@with_app
def requests_send(app: App, key: int, via: str, output: Path | None) -> None:
    """Give out a request's text, or a draft that a mail program opens; you send it."""
    if via == "eml":
        put(services.requests.draft_file(app.context, key), output)
    else:
        put(services.requests.find(app.context, key).letter.whole_text, output)
    click.echo(f"Once it is sent: penelope-admin requests advance {key} sent", err=True)


@requests.command("advance")
@click.argument("key", metavar="ID", type=ID)
@click.argument("status", type=click.Choice(["sent", "acknowledged", "scheduled", "done", "cancelled"]))
@click.option("--case", "case_number", default="", metavar="NUMBER", help="Support's case number.")
@click.option("--on", "scheduled_for", type=DATE, help="The day Support named.")
@click.option("--at", "happened_at", type=INSTANT, help="When production was copied; by default now.")
@click.option("--remark", default="")
@with_app
def requests_advance(
    app: App,
    key: int,
    status: str,
    case_number: str,
    scheduled_for: date | None,
    happened_at: datetime | None,
    remark: str,
) -> None:
    """Record the next step of a request's path."""
    services.requests.advance(
        app.context, key, cast("Status", status), case_number=case_number, scheduled_for=scheduled_for,
        happened_at=happened_at, remark=remark,
    )  # fmt: skip
    click.echo(f"Request {key} is {status}.")


@requests.command("cancel")
@click.argument("key", metavar="ID", type=ID)
@click.option("--remark", default="")
@with_app
def requests_cancel(app: App, key: int, remark: str) -> None:
    """Cancel a request. Tell Support, if it was sent."""
    services.requests.advance(app.context, key, "cancelled", remark=remark)
    click.echo(f"Request {key} is cancelled.")


@requests.command("drop-wanted")
@click.argument("key", metavar="ID", type=ID)
@with_app
def requests_drop_wanted(app: App, key: int) -> None:
    """Say that the features a refresh should have brought back are not needed any more."""
    services.requests.drop_wanted(app.context, key)
    click.echo(f"Request {key}: nothing has to be switched on again.")


COMMANDS = (
    refresh,
    requests,
)
