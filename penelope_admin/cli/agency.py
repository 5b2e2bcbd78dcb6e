"""The window, the first run, and the agency."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from penelope_admin import services
from penelope_admin.app import App, run_window
from penelope_admin.cli.terminal import (
    REGIONS,
    print_json,
    with_app,
)

if TYPE_CHECKING:
    pass

R = TypeVar("R")


@click.command()
@click.option("--exit-after", type=click.Choice(["first-frame", "ready"]), help="Leave by itself, for measuring.")
@click.option("--page", metavar="NAME", help="The page to open.")
@with_app
def gui(app: App, exit_after: str | None, page: str | None) -> int:
    """Open the window."""
    return run_window(app, exit_after, page)


@click.command()
@click.option("--agency", "name", required=True, metavar="NAME")
@click.option("--region", type=REGIONS, required=True)
@click.option("--zone", metavar="ZONE", help="IANA name; by default this computer's, or the region's usual one.")
@click.option("--mirrored/--no-mirrored", default=True, help="Whether the agency has a mirrored database.")
@click.option("--env", "others", multiple=True, metavar="KEY", help="Another environment it has; may be repeated.")
@click.option("--support-address", default="", help="Where Support is written to.")
@with_app
def init(
    app: App, name: str, region: str, zone: str | None, mirrored: bool, others: tuple[str, ...], support_address: str
) -> None:
    """Set up the agency: the first-run wizard in one line."""
    from penelope_admin.domain.windows import find_region
    from penelope_admin.gateways.zones import suggested_zone

    profile = services.agency.Profile(
        name=name,
        region=region,
        zone=zone or suggested_zone(find_region(app.policy, region)),
        environments=(*others, *(("mirrored",) if mirrored else ())),
        support_address=support_address,
    )
    done = services.agency.set_up(app.context, profile).value
    names = ", ".join(app.policy.environment[key].name for key in done.environments)
    click.echo(f"{done.name} is set up: region {done.region}, zone {done.zone}, databases {names}.")


@click.group()
def agency() -> None:
    """The agency: who it is, where, and which databases it has."""


@agency.command("show")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@with_app
def agency_show(app: App, as_json: bool) -> None:
    """Show what is set."""
    profile = services.agency.need_profile(app.context)
    facts = profile.as_json()
    if as_json:
        print_json(facts)
        return
    for name, value in facts.items():
        shown = ", ".join(value) if isinstance(value, list) else value
        click.echo(f"{name.replace('_', ' ')}: {shown or '(not set)'}")


@agency.command("set")
@click.option("--name", metavar="NAME")
@click.option("--region", type=REGIONS)
@click.option("--zone", metavar="ZONE")
@click.option(
    "--env", "environments", multiple=True, metavar="KEY", help="All it has, each with --env; replaces the list."
)
@click.option("--support-address", help="Where Support is written to.")
@click.option("--own-address", help="The sender of drafts.")
@click.option("--portal-url", help="The Community portal.")
@with_app
def agency_set(app: App, **wishes: Any) -> None:
    """Change what is named; the rest stays as it is."""
    import msgspec

    profile = services.agency.need_profile(app.context)
    changes = {name: value for name, value in wishes.items() if value not in (None, ())}
    done = services.agency.update(app.context, msgspec.structs.replace(profile, **changes)).value
    click.echo(f"{done.name}: region {done.region}, zone {done.zone}, databases {', '.join(done.environments)}.")


COMMANDS = (
    gui,
    init,
    agency,
)
