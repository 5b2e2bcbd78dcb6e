"""The same services from a terminal. Messages go to stderr, results to stdout; scripts depend on both."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

import click

from penelope_admin import __version__, services
from penelope_admin.app import HOME_VARIABLE, App, has_display, home_folder, run_window
from penelope_admin.clock import SystemClock, find_zone
from penelope_admin.domain.times import check_instant, moment_in_words, span_in_words
from penelope_admin.errors import BadInputError, PenelopeAdminError, RefusedError
from penelope_admin.files import write_private

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from penelope_admin.domain.mirror import EventKind
    from penelope_admin.domain.requests import Status
    from penelope_admin.domain.windows import Calendar, NoticeKind, Window

P = ParamSpec("P")
R = TypeVar("R")
BUG = 70
"""Exit code of a bug, so that scripts can tell it from a refusal."""

REGIONS = click.Choice(["AU", "NZ", "CA", "GB", "US"], case_sensitive=False)


class _Date(click.ParamType[date]):
    """A local date, YYYY-MM-DD."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Refuse everything but YYYY-MM-DD."""
        if isinstance(value, date):
            return value
        try:
            found = date.fromisoformat(value)
        except ValueError:
            found = None
        if found is None or found.isoformat() != value:  # 20261231 and 2026-W53-4 are ISO 8601 too
            self.fail(f'"{value}" is not a date. Dates look like 2026-12-31.', param, ctx)
        return found


class _Instant(click.ParamType[datetime]):
    """An instant with its offset, ISO 8601."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Refuse what has no offset or lies outside the years the program computes with."""
        if isinstance(value, datetime):
            return value
        try:
            return check_instant(datetime.fromisoformat(value))
        except BadInputError as error:
            self.fail(str(error), param, ctx)
        except ValueError:
            self.fail(f'"{value}" is not an instant. Instants look like 2026-12-31T20:00:00-05:00.', param, ctx)


DATE, INSTANT = _Date(), _Instant()
ID = click.IntRange(1, 2**31 - 1)
FILE = click.Path(dir_okay=False, path_type=Path)


class _Terminal:
    """What a command is given: the program, made on first use, so that usage errors come first."""

    def __init__(self, home: Path | None, database: str | None) -> None:
        self.home, self._database = home, database

    @functools.cached_property
    def app(self) -> App:
        return App(self.home, self._database)

    def close(self) -> None:
        """Let go of the database, if it was opened."""
        if "app" in self.__dict__:
            self.app.forget_database()


def run(arguments: Sequence[str]) -> int:
    """Run one command line.

    Returns:
        The exit code: 0 done; 1 failed; 2 bad usage or input; 3 refused by policy; 4 database unusable.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    terminal: list[_Terminal] = []
    try:
        code = cli.main(list(arguments), prog_name="penelope-admin", standalone_mode=False, obj=terminal)
        return code if isinstance(code, int) else 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        click.echo("Stopped.", err=True)
        return 1
    except SystemExit:
        # click's way to say that whoever read our output has seen enough.
        return 0
    except Exception as error:
        return explain(error, terminal[0].home if terminal else None)
    finally:
        if terminal:
            terminal[0].close()


def explain(error: Exception, home: Path | str | None) -> int:
    """Say on stderr what went wrong; a bug's details go into a log file of the data folder.

    Returns:
        The exit code that belongs to the error.
    """
    if isinstance(error, PenelopeAdminError):
        click.echo(str(error), err=True)
        return error.exit_code
    from penelope_admin import crash

    now = SystemClock().now()
    try:
        details = f"The details are in {crash.keep(home_folder(home), error, now)}."
    except (PenelopeAdminError, OSError):
        details = crash.report(error, now)
    click.echo(f"A bug in Penelope Admin stopped this ({type(error).__name__}). {details}", err=True)
    return BUG


def _terminal(context: click.Context) -> _Terminal:
    return cast("list[_Terminal]", context.obj)[0]


def _with_app(command: Callable[..., R]) -> Callable[..., R]:
    """Give a command the program as its first argument."""

    @click.pass_context
    @functools.wraps(command)
    def wrapped(context: click.Context, *args: Any, **kwargs: Any) -> R:
        return command(_terminal(context).app, *args, **kwargs)

    return wrapped


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--home", type=click.Path(file_okay=False, path_type=Path), envvar=HOME_VARIABLE, help="Data folder.")
@click.option("--database", metavar="URL", help="A team's database; by default a file in the data folder.")
@click.version_option(__version__, prog_name="Penelope Admin")
@click.pass_context
def cli(context: click.Context, home: Path | None, database: str | None) -> int | None:
    """Plan Penelope upgrades, follow refreshes of the mirrored database, and switch its features safely.

    Without a command the window opens; where there is no display, the overview is printed.
    """
    context.obj.append(_Terminal(home, database))
    if context.invoked_subcommand is not None:
        return None
    if has_display():
        return run_window(_terminal(context).app)
    click.echo("No display was found; this is the overview. See --help for the commands.", err=True)
    context.invoke(overview)
    return 0


# --- the window and the first run --------------------------------------------------------------


@cli.command()
@click.option("--exit-after", type=click.Choice(["first-frame", "ready"]), help="Leave by itself, for measuring.")
@click.option("--page", metavar="NAME", help="The page to open.")
@_with_app
def gui(app: App, exit_after: str | None, page: str | None) -> int:
    """Open the window."""
    return run_window(app, exit_after, page)


@cli.command()
@click.option("--agency", "name", required=True, metavar="NAME")
@click.option("--region", type=REGIONS, required=True)
@click.option("--zone", metavar="ZONE", help="IANA name; by default this computer's, or the region's usual one.")
@click.option("--mirrored/--no-mirrored", default=True, help="Whether the agency has a mirrored database.")
@click.option("--env", "others", multiple=True, metavar="KEY", help="Another environment it has; may be repeated.")
@click.option("--support-address", default="", help="Where Support is written to.")
@_with_app
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


@cli.group()
def agency() -> None:
    """The agency: who it is, where, and which databases it has."""


@agency.command("show")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@_with_app
def agency_show(app: App, as_json: bool) -> None:
    """Show what is set."""
    profile = services.agency.need_profile(app.context)
    facts = profile.as_json()
    if as_json:
        _print_json(facts)
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
@_with_app
def agency_set(app: App, **wishes: Any) -> None:
    """Change what is named; the rest stays as it is."""
    import msgspec

    profile = services.agency.need_profile(app.context)
    changes = {name: value for name, value in wishes.items() if value not in (None, ())}
    done = services.agency.update(app.context, msgspec.structs.replace(profile, **changes)).value
    click.echo(f"{done.name}: region {done.region}, zone {done.zone}, databases {', '.join(done.environments)}.")


# --- when --------------------------------------------------------------------------------------


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@_with_app
def overview(app: App, as_json: bool = False) -> None:
    """Show what the first page shows."""
    found = services.overview.load(app.context)
    if found is None:
        if as_json:
            _print_json({"agency": None})
            return
        click.echo("No agency is set up yet. The next upgrade windows:")
        for region in app.policy.regions:
            window = _calendar(app, region.key, None).upcoming(app.clock.now())[0]
            click.echo(f"  {region.name}: {window.in_words}")
        click.echo("Set up yours: penelope-admin init --agency NAME --region REGION")
        return
    if as_json:
        _print_json(found.as_json())
        return
    click.echo(f"{found.agency.name}\n\nNext upgrade, {found.countdown}")
    _print_window(found.next_window)
    click.echo("\nOn in the mirrored database, and off again if it is upgraded then:")
    _print_list(found.switches_off, "nothing that is recorded as on")
    click.echo("\nWaiting for you:")
    _print_list([item.text for item in found.waiting], "nothing")
    click.echo("\nSupport:")
    for item in found.support:
        until = item.closes_at or item.opens_at
        when = f" {'until' if item.open else 'opens'} {moment_in_words(until, found.next_window.zone)}" if until else ""
        click.echo(f"  {item.team.name}: {'open' if item.open else 'closed,'}{when}")


def _calendar(app: App, region: str | None, zone: str | None) -> Calendar:
    """The calendar asked for: the agency's own, with its notices, unless another region is named."""
    from penelope_admin.domain.windows import Calendar, find_region
    from penelope_admin.services.agency import find

    known = find(app.context) if app.has_database else None
    if region is None and known is None:
        raise BadInputError("No agency is set up yet: name a region with --region, or run penelope-admin init first.")
    if known is not None and (region is None or region.upper() == known.region):
        notices = services.notices.find_all(app.context)
        return Calendar(app.policy, known.region, find_zone(zone or known.zone), notices)
    found = find_region(app.policy, region or "")
    return Calendar(app.policy, found.key, find_zone(zone or found.default_zone))


@cli.command("next")
@click.option("--region", type=REGIONS, help="Another region than the agency's.")
@click.option("--zone", metavar="ZONE", help="Show it in this IANA zone.")
@click.option("--at", type=INSTANT, help="As if it were this instant.")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@_with_app
def next_window(app: App, region: str | None, zone: str | None, at: datetime | None, as_json: bool) -> None:
    """Show the upgrade window in progress, or the next one."""
    window = _calendar(app, region, zone).upcoming(at or app.clock.now())[0]
    if as_json:
        _print_json(window.as_json())
    else:
        _print_window(window)


@cli.command()
@click.option("--region", type=REGIONS, help="Another region than the agency's.")
@click.option("--zone", metavar="ZONE", help="Show them in this IANA zone.")
@click.option("--from", "first", type=DATE, help="First day; by default today.")
@click.option("--count", type=click.IntRange(1, 2400), help="How many; by default 12.")
@click.option("--until", type=DATE, help="Last day on which one may start.")
@click.option("--format", "form", type=click.Choice(["table", "json", "csv", "ics"]), default="table")
@click.option("--output", type=FILE, help="Write to this file.")
@_with_app
def windows(
    app: App,
    region: str | None,
    zone: str | None,
    first: date | None,
    count: int | None,
    until: date | None,
    form: str,
    output: Path | None,
) -> None:
    """List upgrade windows, oldest first."""
    from penelope_admin.gateways import exports

    if count is not None and until is not None:
        raise click.UsageError("Give --count or --until, not both.")
    calendar, now = _calendar(app, region, zone), app.clock.now()
    start = first or now.astimezone(calendar.zone).date()
    found = calendar.between(now, start, until=until, count=count)
    if form == "json":
        text = _json([window.as_json() for window in found])
    elif form == "csv":
        text = exports.windows_csv(found)
    elif form == "ics":
        text = exports.windows_ics(found, app.policy.schedule.name, now)
    else:
        text = "".join(_window_line(window) for window in found)
    _put(text, output)


def _window_line(window: Window) -> str:
    mark = {"announced": " [announced]", "emergency": " [emergency]"}.get(window.kind, "")
    mark += " [in progress]" if window.in_progress else ""
    return f"{window.in_words}{mark}\n" + "".join(f"    {note}\n" for note in window.notes)


def _print_window(window: Window) -> None:
    click.echo(f"  {window.in_words}{', in progress' if window.in_progress else ''}")
    click.echo(f"  {window.in_vendor_words}, the vendor's time")
    for note in window.notes:
        click.echo(f"  {note}")


# --- features ----------------------------------------------------------------------------------


@cli.command()
@click.option("--env", "environment", default="mirrored", metavar="KEY", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@_with_app
def features(app: App, environment: str, as_json: bool) -> None:
    """Show each feature: its state, what is planned, whether it may be switched, and why not."""
    found = services.features.find_all(app.context, environment)
    if as_json:
        _print_json([view.as_json() for view in found.features])
        return
    click.echo(f"{found.posture.sentence}\n{app.policy.ratings.note}\n")
    for view in found.features:
        facts = view.as_json()
        kind = {"re-enableable": "may be re-enabled", "not-listed": "ask Support", "locked": "LOCKED"}
        risk = f", PHI risk {facts['phi_risk']}" if facts["phi_risk"] else ""
        plan = f", planned: {facts['pending']}" if facts["pending"] else ""
        until = f", until {facts['until']}" if facts["until"] else ""
        late = ", OVERDUE" if view.overdue else ""
        click.echo(f"{view.name}: {facts['state']}{plan}{until}{late} ({kind[view.enable.availability]}{risk})")


def _switch_options(command: Callable[..., R]) -> Callable[..., R]:
    for option in (
        click.option("--done", "already_done", is_flag=True, help="Record that it was switched in Penelope."),
        click.option("--env", "environment", default="mirrored", metavar="KEY", show_default=True),
        click.option("--reason", required=True, metavar="TEXT", help="Why; it is kept in the activity log."),
        click.argument("feature"),
    ):
        command = option(command)
    return command


@cli.command()
@click.option("--acknowledge-phi", is_flag=True, help="You accept the PHI risk, also where contacts may be real.")
@click.option("--until", type=DATE, help="Last day it is needed.")
@_switch_options
@_with_app
def enable(
    app: App,
    feature: str,
    reason: str,
    environment: str,
    already_done: bool,
    until: date | None,
    acknowledge_phi: bool,
) -> None:
    """Plan to switch a feature on, or with --done record that it was."""
    from penelope_admin.domain.features import Acknowledgement

    # The environment was named on this very command line, by the option or by leaving the default.
    given = Acknowledgement(phi=acknowledge_phi, environment=environment if acknowledge_phi else None)
    try:
        services.features.switch(
            app.context, feature, "enable", reason=reason, until=until, environment=environment,
            acknowledgement=given, already_done=already_done,
        )  # fmt: skip
    except RefusedError as error:
        if acknowledge_phi or services.features.find(app.context, feature, environment).enable.needs_nothing_more:
            raise
        raise RefusedError(f"{error} In the terminal, --acknowledge-phi says all of that.") from error
    _say_switched(app, feature, environment)


@cli.command()
@_switch_options
@_with_app
def disable(app: App, feature: str, reason: str, environment: str, already_done: bool) -> None:
    """Plan to switch a feature off, or with --done record that it was."""
    services.features.switch(
        app.context, feature, "disable", reason=reason, environment=environment, already_done=already_done
    )
    _say_switched(app, feature, environment)


@cli.command("cancel-plan")
@click.argument("feature")
@click.option("--env", "environment", default="mirrored", metavar="KEY", show_default=True)
@_with_app
def cancel_plan(app: App, feature: str, environment: str) -> None:
    """Take back a planned change of a feature."""
    services.features.cancel(app.context, feature, environment)
    _say_switched(app, feature, environment)


def _say_switched(app: App, feature: str, environment: str) -> None:
    """The feature's state after a change, and while one is planned, the steps to take in Penelope."""
    view = services.features.find(app.context, feature, environment)
    pending = view.state.pending
    plan = f", planned: {pending.change}" if pending else ""
    click.echo(f"{view.name}: {view.state.state}{plan}")
    if pending:
        for number, step in enumerate(view.steps, start=1):
            click.echo(f"  {number}. {step}")
        click.echo(f"  {app.policy.ratings.screens_note}")


# --- refreshes, requests, the mirror -----------------------------------------------------------


@cli.group()
def refresh() -> None:
    """Ask for a refresh of a database from production."""


@refresh.command("request")
@click.option("--env", "environment", default="mirrored", metavar="KEY", show_default=True)
@click.option("--reason", required=True, metavar="TEXT")
@click.option("--earliest", type=DATE)
@click.option("--latest", type=DATE)
@click.option("--re-enable", "wanted", multiple=True, metavar="FEATURE", help="Wanted back afterwards; repeatable.")
@_with_app
def refresh_request(
    app: App, environment: str, reason: str, earliest: date | None, latest: date | None, wanted: tuple[str, ...]
) -> None:
    """Draft a refresh request; prints its id. Nothing is sent."""
    wish = services.requests.RefreshWish(environment, reason, earliest, latest, wanted)
    drafted = services.requests.draft_refresh(app.context, wish).value
    for warning in drafted.warnings:
        click.echo(warning, err=True)
    click.echo(drafted.request.id)


@cli.group()
def requests() -> None:
    """Requests to Support, of every kind."""


@requests.command("list")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@_with_app
def requests_list(app: App, as_json: bool) -> None:
    """List requests, the newest first."""
    found = services.requests.find_all(app.context)
    if as_json:
        _print_json([view.as_json() for view in found])
        return
    for view in found:
        case = f", case {view.request.case_number}" if view.request.case_number else ""
        click.echo(f"{view.request.id}  refresh of {view.request.environment}: {view.request.status}{case}")
    if not found:
        click.echo("No requests yet. Draft one: penelope-admin refresh request --reason TEXT", err=True)


@requests.command("show")
@click.argument("key", metavar="ID", type=ID)
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@_with_app
def requests_show(app: App, key: int, as_json: bool) -> None:
    """Show a request, its path so far and its text."""
    view = services.requests.find(app.context, key)
    if as_json:
        _print_json({**view.as_json(), "to": view.letter.to, "subject": view.letter.subject, "text": view.letter.body})
        return
    zone = _agency_zone(app)
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
@_with_app
def requests_send(app: App, key: int, via: str, output: Path | None) -> None:
    """Give out a request's text, or a draft that a mail program opens; you send it."""
    if via == "eml":
        _put(services.requests.draft_file(app.context, key), output)
    else:
        _put(services.requests.find(app.context, key).letter.whole_text, output)
    click.echo(f"Once it is sent: penelope-admin requests advance {key} sent", err=True)


@requests.command("advance")
@click.argument("key", metavar="ID", type=ID)
@click.argument("status", type=click.Choice(["sent", "acknowledged", "scheduled", "done", "cancelled"]))
@click.option("--case", "case_number", default="", metavar="NUMBER", help="Support's case number.")
@click.option("--on", "scheduled_for", type=DATE, help="The day Support named.")
@click.option("--at", "happened_at", type=INSTANT, help="When production was copied; by default now.")
@click.option("--remark", default="")
@_with_app
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
@_with_app
def requests_cancel(app: App, key: int, remark: str) -> None:
    """Cancel a request. Tell Support, if it was sent."""
    services.requests.advance(app.context, key, "cancelled", remark=remark)
    click.echo(f"Request {key} is cancelled.")


@requests.command("drop-wanted")
@click.argument("key", metavar="ID", type=ID)
@_with_app
def requests_drop_wanted(app: App, key: int) -> None:
    """Say that the features a refresh should have brought back are not needed any more."""
    services.requests.drop_wanted(app.context, key)
    click.echo(f"Request {key}: nothing has to be switched on again.")


@cli.group()
def mirror() -> None:
    """What happened to each database, and whether its contact details may be real."""


@mirror.command("show")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@_with_app
def mirror_show(app: App, as_json: bool) -> None:
    """Show each environment."""
    found = services.environments.find_all(app.context)
    if as_json:
        _print_json([view.as_json() for view in found])
        return
    zone = _agency_zone(app)
    for view in found:
        click.echo(f"{view.environment.name}: {view.posture.sentence}")
        for event in view.events:
            remark = f" ({event.remark})" if event.remark else ""
            click.echo(f"  {event.id}  {event.kind} {moment_in_words(event.at, zone)}{remark}")


@mirror.command("correct")
@click.argument("key", metavar="ID", type=ID)
@click.option("--remark", default="")
@_with_app
def mirror_correct(app: App, key: int, remark: str) -> None:
    """Take back an event that was recorded by mistake; both stay in the record."""
    click.echo(services.environments.correct_event(app.context, key, remark).value.sentence)


def _event_command(kind: EventKind, says: str) -> None:
    @mirror.command(kind, help=says)
    @click.option("--env", "environment", default="mirrored", metavar="KEY", show_default=True)
    @click.option("--at", type=INSTANT, help="When; by default now.")
    @click.option("--version", default="", help="The version it has now.")
    @click.option("--remark", default="")
    @_with_app
    def record(app: App, environment: str, at: datetime | None, version: str, remark: str) -> None:
        done = services.environments.record_event(
            app.context, environment, kind, at or app.clock.now(), version, remark
        )
        click.echo(done.value.sentence)


_event_command("refreshed", "Record that a database was copied from production.")
_event_command("upgraded", "Record that a database was upgraded.")


@cli.group()
def notices() -> None:
    """Upgrade notices the vendor sent; they outrank the computed windows."""


@notices.command("list")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@_with_app
def notices_list(app: App, as_json: bool) -> None:
    """List the notices, oldest first."""
    found = services.notices.find_all(app.context)
    if as_json:
        _print_json([notice.as_json() for notice in found])
        return
    zone = _agency_zone(app)
    for notice in found:
        click.echo(f"{notice.id}  {notice.kind}: {span_in_words(notice.starts_at, notice.ends_at, zone)}")


@notices.command("add")
@click.option("--kind", type=click.Choice(["announced", "emergency"]), default="announced", show_default=True)
@click.option("--starts", type=INSTANT, required=True)
@click.option("--ends", type=INSTANT, required=True)
@click.option("--version", default="", help="The version it announces.")
@click.option("--origin", default="", help="Where it came from.")
@_with_app
def notices_add(app: App, kind: str, starts: datetime, ends: datetime, version: str, origin: str) -> None:
    """Record a notice; prints its id."""
    click.echo(services.notices.add(app.context, cast("NoticeKind", kind), starts, ends, version, origin).value.id)


@notices.command("remove")
@click.argument("key", metavar="ID")
@_with_app
def notices_remove(app: App, key: str) -> None:
    """Take back a notice that was recorded by mistake."""
    services.notices.remove(app.context, key)
    click.echo(f"Notice {key} is removed.")


# --- the log and the copies --------------------------------------------------------------------


@cli.group()
def audit() -> None:
    """The activity log."""


@audit.command("list")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@click.option("--search", default="", metavar="WORDS", help="Only entries with all these words.")
@click.option("--count", type=click.IntRange(1, 100_000), default=200, show_default=True)
@_with_app
def audit_list(app: App, as_json: bool, search: str, count: int) -> None:
    """List the newest entries, the newest first."""
    entries = services.activity.newest(app.context, search, count)
    if as_json:
        _print_json([services.activity.entry_json(entry) for entry in entries])
        return
    zone = _agency_zone(app)
    for entry in entries:
        when = moment_in_words(entry.at, zone)
        click.echo(f"{entry.seq}  {when}  {entry.who}  {entry.action}  {entry.subject}")


@audit.command("verify")
@_with_app
def audit_verify(app: App) -> int:
    """Check the chain of hashes; prints the first broken entry and exits 1 if there is one."""
    found = services.activity.verify(app.context)
    if found.first_broken is not None:
        click.echo(f"The activity log is broken at entry {found.first_broken}.")
        return 1
    click.echo(f"The activity log is whole: entries {found.entries}, head {found.head}.")
    return 0


@cli.command()
@click.argument("file", type=FILE)
@_with_app
def backup(app: App, file: Path) -> None:
    """Write a consistent copy of the database, while the program runs."""
    click.echo(f"Saved: {services.backups.make(app.context, file)}")


@cli.command()
@click.argument("file", type=FILE)
@_with_app
def restore(app: App, file: Path) -> None:
    """Put a backup in the place of the database; it is checked first, and what it replaces is kept."""
    replaced = services.backups.restore(app.restoring, file)
    app.forget_database()
    click.echo(f"Restored from {file}." + (f" What it replaced is kept in {replaced}." if replaced else ""))


def _agency_zone(app: App) -> ZoneInfo:
    """The agency's zone; UTC, and called so, before there is one."""
    profile = services.agency.find(app.context)
    return find_zone(profile.zone if profile else "UTC")


# --- output ------------------------------------------------------------------------------------


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _print_json(value: object) -> None:
    _put(_json(value), None)


def _print_list(items: Iterable[str], nothing: str) -> None:
    for item in list(items) or [nothing]:
        click.echo(f"  {item}")


def _put(content: str | bytes, output: Path | None) -> None:
    """Write a result to a file, private, or to stdout as it is: no line end is translated."""
    data = content.encode("utf-8") if isinstance(content, str) else content
    if output is not None:
        write_private(output, data)
        click.echo(f"Saved: {output}", err=True)
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
