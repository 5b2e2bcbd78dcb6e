"""The window, the first run, the agency with its sites, what people are reminded of, and time zone data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click
import msgspec

from penelope_admin import services
from penelope_admin.app import App
from penelope_admin.cli.plans import start_from_plan
from penelope_admin.cli.terminal import (
    FILE,
    PORT,
    REGION,
    AppGroup,
    WholeNumber,
    agency_zone,
    app_command,
    asked_secret,
    listing,
    print_lines,
    showing,
    warn,
)
from penelope_admin.clock import ZoneData, find_zone, zone_data
from penelope_admin.domain.agency import Profile
from penelope_admin.domain.text import filled, yes_or_no
from penelope_admin.domain.times import in_words, moment_in_words
from penelope_admin.errors import BadInputError
from penelope_admin.invocation import command
from penelope_admin.policy import MOST_NOTICE_DAYS
from penelope_admin.services import shapes

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from penelope_admin.domain.sites import Site
    from penelope_admin.policy import SupportPackage
    from penelope_admin.services.reminders import ReminderView
    from penelope_admin.services.requests.mailbox import Kind


@app_command()
@click.option("--exit-after", type=click.Choice(["first-frame", "ready"]), help="Exit after this, for measuring.")
@click.option("--page", metavar="NAME", help="The page to open.")
@click.option("--background", is_flag=True, help="Start in the system's tray, without a window.")
def gui(app: App, exit_after: str | None, page: str | None, background: bool) -> int:
    """Open the window."""
    from penelope_admin.ui.main import run

    return run(app, exit_after, page, background=background)


_PACKAGE = click.option(
    "--support-package", type=click.Choice(["unknown", "legacy", "current"]),
    help="The agency's support package; new telephone calls are for legacy ones only.",
)  # fmt: skip


@app_command()
@click.option("--agency", "name", metavar="NAME", help="Required, like the region, unless a plan file gives both.")
@click.option("--region", type=REGION)
@click.option("--zone", metavar="ZONE", help="IANA name; by default this computer's, or the region's usual one.")
@click.option("--mirrored/--no-mirrored", default=True, help="Whether the agency has a mirrored database.")
@click.option("--env", "others", multiple=True, metavar="KEY", help="Another environment it has; may be repeated.")
@click.option("--support-address", default="", help="Support's email address.")
@click.option(
    "--from-plan", "plan_file", type=FILE, metavar="FILE",
    help="Make a planning copy: it knows what the plan file tells of your agency, and brings its plan in.",
)  # fmt: skip
@_PACKAGE
def init(
    app: App,
    name: str | None,
    region: str | None,
    zone: str | None,
    mirrored: bool,
    others: tuple[str, ...],
    support_address: str,
    plan_file: Path | None,
    support_package: SupportPackage | None,
) -> int:
    """Set up the agency: the first-run wizard in one line."""
    app.begins = True
    if plan_file is not None:
        if any((name, region, zone, others, support_address, support_package)):
            raise BadInputError("The plan file says all that is known of the agency. Nothing was saved. Name it alone.")
        return start_from_plan(app, plan_file)
    if name is None or region is None:
        raise click.UsageError("Missing option '--agency' or '--region'.")
    from penelope_admin.domain.windows import find_region
    from penelope_admin.gateways.zones import suggested_zone

    profile = Profile(
        name=name,
        region=region,
        zone=zone or suggested_zone(find_region(app.policy, region)),
        environments=(*others, *(app.policy.mirrors[:1] if mirrored else ())),
        support_address=support_address,
        support_package=support_package or "unknown",
    )
    services.agency.check(app.policy, profile)  # before there is a database: what is refused leaves nothing behind
    done = app.context.write(services.agency.set_up, profile).value
    names = ", ".join(app.policy.environment[key].name for key in done.environments)
    click.echo(f"{done.name} is set up: region {done.region}, zone {done.zone}, databases {names}.")
    return 0


@click.group(cls=AppGroup)
def agency() -> None:
    """The agency: who it is, where, and which databases it has."""


@agency.command("show")
@showing(lambda app: app.context.read(services.agency.need_profile), Profile.facts)
def agency_show(app: App, profile: Profile) -> None:
    """Show what is set."""
    from penelope_admin.domain.second_person import off_sentence, waiver_sentence

    for name, value in profile.facts().items():
        if value is not None or not name.startswith("facts_"):  # of planning copies alone
            click.echo(f"{name.replace('_', ' ')}: {_fact(value)}")
    second = app.context.read(services.agency.find_second_person)
    zone = agency_zone(app)
    if second.waiver is not None:
        click.echo(waiver_sentence(second.waiver, zone))
    if second.off is not None:
        click.echo(off_sentence(second.off, zone))
    for view in app.context.read(services.mirror.environments.find_all):
        if view.unsettled:
            click.echo(f"no longer ours: {view.environment.key}. {' '.join(view.unsettled)}")


def _fact(value: object) -> object:
    if isinstance(value, bool):
        return yes_or_no(value)
    if isinstance(value, list):
        value = ", ".join(value)
    return value or "(not set)"


@agency.command("set")
@click.option("--name", metavar="NAME")
@click.option("--region", type=REGION)
@click.option("--zone", metavar="ZONE")
@click.option(
    "--env", "environments", multiple=True, metavar="KEY", help="All it has, each with --env; replaces the list."
)
@click.option(
    "--no-longer-ours", multiple=True, metavar="KEY",
    help="Drop this database although something of it is on or not known; it stays listed until that is settled.",
)  # fmt: skip
@click.option("--support-address", help="Support's email address.")
@_PACKAGE
@click.option("--own-address", help="The sender of drafts.")
@click.option("--portal-url", help="The Community portal.")
@click.option(
    "--release-notes-url",
    help="Address of the vendor's release notes; {version} stands for the version.",
)
@click.option(
    "--notice-days", type=WholeNumber(1, MOST_NOTICE_DAYS),
    help="How many days before an upgrade Overview points out that it has no notice.",
)  # fmt: skip
@click.option("--own-mail", help="Own mail domains and test mailboxes, which a check of data tells from people's.")
@click.option(
    "--around-the-clock/--no-around-the-clock", default=None, help="Whether people work during upgrades, at night."
)
@click.option("--telephone", help="The agency's own number, where Support calls back.")
@click.option(
    "--delivery", type=click.Choice(["smtp", "mail-program", "eml", "portal", "phone"]), help="The usual way."
)
@click.option(
    "--second-person/--no-second-person", default=None,
    help="Whether somebody else must approve switching on where contact details may be real; for a team's database. "
    "Switching it off needs somebody else too.",
)  # fmt: skip
@click.option("--smtp-host", metavar="HOST", help="The agency's server for sending.")
@click.option("--smtp-port", type=PORT)
@click.option("--smtp-security", type=click.Choice(["starttls", "tls"]))
@click.option("--smtp-user", help="The user to sign in as; empty for none.")
@click.option("--imap-host", metavar="HOST", help="The server with the folder watched for replies.")
@click.option("--imap-port", type=PORT)
@click.option("--imap-security", type=click.Choice(["starttls", "tls"]))
@click.option("--imap-user")
@click.option("--imap-folder", metavar="NAME")
def agency_set(app: App, no_longer_ours: tuple[str, ...], **named: Any) -> None:
    """Change what is named; the rest stays as it is."""
    from penelope_admin.domain.mirror import find_environment

    profile = app.context.read(services.agency.need_profile)
    changes = {name: value for name, value in named.items() if value not in (None, ())}
    dropped = {find_environment(app.policy, key).key for key in no_longer_ours}
    kept = changes.get("environments", profile.environments)
    changes["environments"] = tuple(key for key in kept if key.strip().lower() not in dropped)
    if changes.get("second_person") and app.context.read(services.agency.find_second_person).waiver is not None:
        app.context.write(services.agency.keep_second_person)
    done = app.context.write(services.agency.update, msgspec.structs.replace(profile, **changes), dropped).value
    _tell_set(app, done, changes)


def _tell_set(app: App, done: Profile, changes: dict[str, Any]) -> None:
    """What the agency is now, and what is to be known of what was changed."""
    if changes.get("second_person") is False and done.second_person:
        warn(
            "The second person stays on until somebody else confirms this, under their own account, with: "
            f"{command('agency set --no-second-person')}"
        )
    click.echo(f"{done.name}: region {done.region}, zone {done.zone}, databases {', '.join(done.environments)}.")
    if changes.keys() & {"smtp_host", "imap_host"}:
        by_default = f"To send with it by default: {command('agency set --delivery mail-program')}"
        warn(*(f"{notice} {by_default}" for notice in app.context.read(services.requests.mailbox.notices)))


@agency.command("settle")
@click.argument("key", metavar="KEY")
@click.option("--reason", required=True, metavar="TEXT", help="How you know; it is kept in the activity log.")
def agency_settle(app: App, key: str, reason: str) -> None:
    """Say that nothing is left to settle of a database that is no longer yours, because it was deleted."""
    app.context.write(services.agency.settle, key, reason)
    click.echo(f"{key}: settled.")


@agency.command("password")
@click.argument("kind", type=click.Choice(["smtp", "imap"]))
@click.option("--forget", is_flag=True, help="Take it out of the keyring.")
def agency_password(app: App, kind: str, forget: bool) -> None:
    """Keep a mail server's password in this computer's keyring; asks for it, or reads one line from stdin."""
    word = None if forget else asked_secret("Password", "No password was changed.")
    services.requests.mailbox.keep_password(app.context, cast("Kind", kind), word)
    click.echo(f"The password for {kind} is {'forgotten' if forget else 'in the keyring'}.")


# --- its sites ---

_ALL_NIGHT = click.option(
    "--around-the-clock/--no-around-the-clock", default=None, help="Whether people work there during upgrades."
)


@click.group(cls=AppGroup)
def sites() -> None:
    """The places at which the agency works, each with its own clock. One place needs none."""


@sites.command("list")
@listing(lambda app: app.context.read(services.sites.find_all), shapes.site)
def sites_list(_: App, sites: Sequence[Site]) -> None:
    """List them by name."""
    for site in sites:
        click.echo(f"{site.name}  {site.zone}{'  around the clock' if site.around_the_clock else ''}")


@sites.command("add")
@click.argument("name")
@click.option("--zone", required=True, metavar="ZONE", help="IANA name of its time zone.")
@_ALL_NIGHT
def sites_add(app: App, name: str, zone: str, around_the_clock: bool | None) -> None:
    """Record a site; windows then show its local time where it is another than the agency's."""
    site = app.context.write(services.sites.add, name, zone, around_the_clock=bool(around_the_clock)).value
    click.echo(f"{site.name} is added.")


@sites.command("edit")
@click.argument("site_name", metavar="NAME")
@click.option("--name", metavar="TEXT", help="What it is called from now on.")
@click.option("--zone", metavar="ZONE", help="IANA name of its time zone.")
@_ALL_NIGHT
def sites_edit(app: App, site_name: str, **named: str | bool | None) -> None:
    """Change what is named; the rest stays as it is."""
    site = app.context.read(services.sites.find, site_name)
    changes = {key: value for key, value in named.items() if value is not None}
    changed = app.context.write(services.sites.change, site, msgspec.structs.replace(site, **changes)).value
    click.echo(f"{changed.name} is changed.")


@sites.command("remove")
@click.argument("name")
def sites_remove(app: App, name: str) -> None:
    """Take a site away that the agency has no more."""
    site = app.context.read(services.sites.find, name)
    app.context.write(services.sites.remove, site)
    click.echo(f"{site.name} is removed.")


# --- what people are reminded of ---


@click.group(cls=AppGroup)
def reminders() -> None:
    """What you are reminded of while the program runs, in its window or in the system's tray."""


def _find_reminders(app: App) -> list[tuple[ReminderView, ZoneInfo]]:
    """What there is to be reminded of, each with the agency's zone."""
    zone = find_zone(app.context.read(services.agency.need_profile).zone)
    return [(item, zone) for item in app.context.read(services.reminders.find)]


@reminders.command("list")
@listing(_find_reminders, lambda pair: shapes.reminder(*pair))
def reminders_list(_: App, reminders: Sequence[tuple[ReminderView, ZoneInfo]]) -> None:
    """List them by day, as things are now, with when you were told."""
    for item, zone in reminders:
        when_told = filled(" Told {}.", item.at and moment_in_words(item.at, zone))
        click.echo(f"{moment_in_words(item.reminder.due, zone)}\n    {item.reminder.text}{when_told}")
    if not reminders:
        click.echo("There is nothing to remind you of.")


# --- time zone data ---


@click.group("time-data", cls=AppGroup)
def time_data() -> None:
    """The rules by which clocks change: which release of them counts here."""


@time_data.command("show")
@showing(
    lambda app: (zone_data(), app.time_data_warning(app.clock.now().date())), lambda at_hand: shapes.time_data(*at_hand)
)
def time_data_show(_: App, at_hand: tuple[Sequence[ZoneData], str | None]) -> None:
    """Show the data in force and what else is at hand, newest first."""
    (in_force, *others), warning = at_hand
    print_lines(f"In force: {_line(in_force)}", *(f"Not in force: {_line(data)}" for data in others), warning)


def _line(data: ZoneData) -> str:
    when = filled(", published on {}", data.published and in_words(data.published))
    return f"{data.name}{when}\n  {data.folder}"


@time_data.command("import")
@click.argument("file", type=FILE)
def time_data_import(app: App, file: Path) -> None:
    """Take newer data from FILE, a wheel of the Python package tzdata, and keep it in the data folder."""
    click.echo(f"In force now: {app.import_zone_data(file).name}")


COMMANDS = (gui, init, agency, sites, reminders, time_data)
