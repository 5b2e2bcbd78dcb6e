"""The agency's sites, and what their clocks show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click
import msgspec

from penelope_admin import services
from penelope_admin.app import App
from penelope_admin.cli.terminal import listing, with_app
from penelope_admin.domain.text import filled
from penelope_admin.services import shapes

if TYPE_CHECKING:
    from penelope_admin.domain.sites import Site

_ALL_NIGHT = click.option(
    "--around-the-clock/--no-around-the-clock", default=None, help="Whether people work there during upgrades."
)


@click.group()
def sites() -> None:
    """The places at which the agency works, each with its own clock. One place needs none."""


@sites.command("list")
@listing(lambda app: app.context.read(services.sites.find_all), shapes.site)
def sites_list(_: App, found: Sequence[Site]) -> None:
    """List them by name."""
    for site in found:
        click.echo(f"{site.name}  {site.zone}{filled('  around the clock', site.around_the_clock)}")


@sites.command("add")
@click.argument("name")
@click.option("--zone", required=True, metavar="ZONE", help="IANA name of its time zone.")
@_ALL_NIGHT
@with_app
def sites_add(app: App, name: str, zone: str, around_the_clock: bool | None) -> None:
    """Record a site; windows then show its local time where it is another than the agency's."""
    made = app.context.write(services.sites.add, name, zone, around_the_clock=bool(around_the_clock)).value
    click.echo(f"{made.name} is added.")


@sites.command("edit")
@click.argument("name")
@click.option("--name", "new_name", metavar="TEXT", help="What it is called from now on.")
@click.option("--zone", metavar="ZONE", help="IANA name of its time zone.")
@_ALL_NIGHT
@with_app
def sites_edit(app: App, name: str, **named: str | bool | None) -> None:
    """Change what is named; the rest stays as it is."""
    site = app.context.read(services.sites.find, name)
    changes = {"name" if key == "new_name" else key: value for key, value in named.items() if value is not None}
    made = app.context.write(services.sites.change, site, msgspec.structs.replace(site, **changes)).value
    click.echo(f"{made.name} is changed.")


@sites.command("remove")
@click.argument("name")
@with_app
def sites_remove(app: App, name: str) -> None:
    """Take a site away that the agency has no more."""
    site = app.context.read(services.sites.find, name)
    app.context.write(services.sites.remove, site)
    click.echo(f"{site.name} is removed.")


COMMANDS = (sites,)
