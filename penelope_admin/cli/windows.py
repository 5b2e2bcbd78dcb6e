"""When upgrades are: the overview, the windows, and the notices about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from penelope_admin import services
from penelope_admin.app import App
from penelope_admin.cli.terminal import (
    DATE,
    ID,
    INSTANT,
    JSON,
    MESSAGE,
    OUTPUT,
    REGION,
    AppGroup,
    WholeNumber,
    agency_zone,
    app_command,
    json_text,
    known_agency,
    listing,
    print_json,
    print_lines,
    print_list,
    print_local_times,
    put,
    showing_on_a_day,
    standing,
    terminal_of,
    warn,
)
from penelope_admin.clock import find_zone
from penelope_admin.domain.notice_text import RULE_STAYS, UNNAMED
from penelope_admin.domain.text import filled, written_out
from penelope_admin.domain.times import duration_in_words, moment_in_words, span_in_words
from penelope_admin.domain.windows import cancelled_in_words
from penelope_admin.errors import BadInputError, StoreError, needed
from penelope_admin.invocation import command
from penelope_admin.services import shapes

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from penelope_admin.domain.notice_words import ProposedWindow
    from penelope_admin.domain.versions import Version
    from penelope_admin.domain.waiting import Waiting, WaitingKind
    from penelope_admin.domain.windows import Calendar, Notice, Window
    from penelope_admin.services.calendar.incoming import Incoming, Outcome
    from penelope_admin.services.overview import Overview

_LEADS: Mapping[WaitingKind, str] = {
    **dict.fromkeys(("case-number", "draft", "outbox", "reply", "scheduled", "wanted-back"), "requests show {number}"),
    **dict.fromkeys(("overdue", "exposed"), "disable {subject} --env {env} --done --reason TEXT"),
    **dict.fromkeys(("left", "untold", "upgrade"), "mirror show"),
    "change": "features --env {env}",
    "check-list": "checklist show",
    "clock": "audit list",
    "notice": "requests new missing-notice --help",
    "project": "project show {number}",
    "staff-notice": "outbox list",
    "unknown": "seen --env {env} --help",
}
"""Where what waits leads, by its kind."""
_ENDINGS = {"table": ".txt", "json": ".json", "csv": ".csv", "ics": ".ics"}


def _time_data_warning(app: App) -> str | None:
    return app.time_data_warning(app.clock.now().date())


def _overview_to_json(view: Overview | None) -> object:
    if view is None:
        return shapes.NO_OVERVIEW
    return shapes.overview(view, _time_data_warning(terminal_of(click.get_current_context()).app))


@app_command()
@showing_on_a_day(
    "overview", lambda: services.overview.load, _overview_to_json, ahead=lambda: services.ahead.overview,
    before=lambda _: None,
)  # fmt: skip
def overview(app: App, view: Overview | None) -> None:
    """Show what the first page shows, now or on a day to come."""
    if view is None:
        _show_before_set_up(app)
        return
    click.echo(view.agency.name)
    if view.next_window.is_emergency:
        click.echo(f"\n{view.next_window.name}, {view.countdown}")
        _print_window(view.next_window, app.policy.schedule.source_zone_label)
    click.echo(f"\nNext upgrade, {services.overview.countdown(view.next_upgrade, view.now)}")
    _print_window(view.next_upgrade, app.policy.schedule.source_zone_label)
    if view.coming:
        click.echo(f"  {view.coming}{filled(' What is new: {}', view.release_notes)}")
    zone = view.next_window.zone
    for incident in view.incidents:
        click.echo(f"\nCRITICAL {incident.reference}, {incident.title}: {incident.countdown(view.now)}.")
        click.echo(f"  Support aims to answer by {moment_in_words(incident.due, zone)}.")
    click.echo(f"\nOn in {app.policy.mirrors_in_words}, and off again if it is upgraded then:")
    print_list(view.switches_off, "nothing that is recorded as on")
    click.echo("\nWaiting for you:")
    print_list([f"{item.text}{_lead_on(item)}" for item in view.waiting], "nothing")
    click.echo("\nSupport:")
    for item in view.support:
        click.echo(f"  {item.team.name}: {standing(item, zone)}")
        print_local_times(item.turns_at, zone, view.sites)
    print_lines(filled("\n{}", _time_data_warning(app)))


def _lead_on(item: Waiting) -> str:
    """The command that shows what waits, or that settles it."""
    number = (item.subject or "").removeprefix("project/")
    lead = _LEADS.get(item.kind, "").format(env=item.environment, subject=item.subject, number=number)
    return filled("\n    Next: {}", lead and command(lead))


def _show_before_set_up(app: App) -> None:
    click.echo(f"No agency is set up in {app.place} yet. The next upgrade windows:")
    for region in app.policy.regions:
        window = _calendar(app, region.key, None).upcoming(app.clock.now())[0]
        click.echo(f"  {region.name}: {window.in_words}")
    click.echo(f"Set up yours: {command('init --agency NAME --region REGION')}")


def _calendar(app: App, region: str | None, zone: str | None) -> Calendar:
    """The calendar asked for: the agency's own, with its notices, unless another region is named."""
    from penelope_admin.domain.windows import Calendar, find_region

    try:
        own = _own_calendar(app, region, zone)
    except StoreError as error:
        if region is None:
            raise
        warn(f"{error}\nThese windows are computed; notices you recorded are not among them.")
        own = None
    if own is not None:
        return own
    if region is None:
        raise BadInputError(f"No agency is set up yet: name a region with --region, or run {command('init')} first.")
    chosen = find_region(app.policy, region)
    return Calendar(app.policy, chosen.key, find_zone(zone or chosen.default_zone))


def _own_calendar(app: App, region: str | None, zone: str | None) -> Calendar | None:
    """The agency's own calendar; None before there is an agency, and where another region is named."""
    agency = known_agency(app)
    if agency is None or (region or agency.region).upper() != agency.region:
        return None
    return app.context.read(services.calendar.windows.agency_calendar, find_zone(zone) if zone else None)


@app_command("next")
@click.option("--region", type=REGION, help="Another region than the agency's.")
@click.option("--zone", metavar="ZONE", help="Show it in this IANA zone.")
@click.option("--at", type=INSTANT, help="As if it were this instant.")
@JSON
def next_window(app: App, region: str | None, zone: str | None, at: datetime | None, as_json: bool) -> None:
    """Show the window in progress, or the next one: an upgrade, or emergency maintenance that comes before it."""
    from penelope_admin.gateways.exports import window_facts

    calendar, now = _calendar(app, region, zone), at or app.clock.now()
    window = calendar.upcoming(now)[0]
    if as_json:
        print_json(window_facts(window))
        return
    if window.is_emergency:
        click.echo(f"  {window.name}:")
    _print_window(window, app.policy.schedule.source_zone_label)
    if window.is_emergency:
        upgrade = calendar.next_upgrade(now)
        click.echo(f"  Next upgrade: {_when(upgrade)}")


@app_command()
@click.option("--region", type=REGION, help="Another region than the agency's.")
@click.option("--zone", metavar="ZONE", help="Show them in this IANA zone.")
@click.option("--from", "first", type=DATE, help="First day; by default today.")
@click.option("--count", type=WholeNumber(1, 2400), help="How many; by default 12.")
@click.option("--until", type=DATE, help="Last day on which one may start.")
@click.option("--format", "form", type=click.Choice(["table", "json", "csv", "ics"]), help="By default table.")
@click.option("--json", "as_json", is_flag=True, help="For scripts; the same as --format json.")
@OUTPUT
def windows(
    app: App,
    region: str | None,
    zone: str | None,
    first: date | None,
    count: int | None,
    until: date | None,
    form: str | None,
    as_json: bool,
    output: Path | None,
) -> None:
    """List upgrade windows, oldest first."""
    from penelope_admin.domain.training import NOTE, WORD
    from penelope_admin.gateways import exports

    if count is not None and until is not None:
        raise click.UsageError("Give --count or --until, not both.")
    form = _form(form, as_json)
    calendar, now = _calendar(app, region, zone), app.clock.now()
    start = first or now.astimezone(calendar.zone).date()
    windows = calendar.between(now, start, until=until, count=count)
    mark = WORD if app.is_training else ""
    head = f"{NOTE}\n\n" if mark and output else ""
    written = {
        "json": lambda: json_text([exports.window_facts(window) for window in windows]),
        "csv": lambda: exports.windows_csv(windows, mark),
        "ics": lambda: _calendar_text(app, windows, mark, is_own=region is None and zone is None),
        "table": lambda: f"{head}{_table(windows, app.policy.quote('no-shorter-outage'))}",
    }
    put(written[form](), output, _ENDINGS[form])


def _form(named: str | None, as_json: bool) -> str:
    if as_json and named not in (None, "json"):
        raise click.UsageError(f"Give --json or --format {named}, not both.")
    return "json" if as_json else named or "table"


def _calendar_text(app: App, windows: list[Window], mark: str, *, is_own: bool) -> str:
    """The windows for a calendar; of the agency's own, what changed since it was last written is told."""
    if is_own:
        return services.calendar.publishing.windows_text(app.context, windows)
    from penelope_admin.gateways import exports

    return exports.windows_ics(windows, app.policy.schedule.name, app.clock.now(), mark)


def _table(windows: list[Window], no_shorter: str) -> str:
    """A line for each window with what is particular about it below; what is said of every computed one comes last."""
    lines = "".join(map(_window_lines, windows))
    computed = next((window for window in windows if window.kind == "mass-upgrade"), None)
    if computed is None:
        return lines
    usual = "".join(f"\nUpgrades without a notice: {detail}\n" for detail in computed.details)
    return lines + usual + filled("{}\n", no_shorter not in computed.details and no_shorter)


def _window_lines(window: Window) -> str:
    mark = {"announced": " [announced]", "emergency": " [emergency]"}.get(window.kind, "")
    below = [*(there.in_words for there in window.local_times), *window.notes]
    if window.kind != "mass-upgrade":
        below += window.details
    progress = " [in progress]" if window.in_progress else ""
    return f"{window.in_words}{mark}{progress}\n" + "".join(f"    {note}\n" for note in below)


def _when(window: Window) -> str:
    return f"{window.in_words}{', in progress' if window.in_progress else ''}"


def _print_window(window: Window, label: str) -> None:
    print_lines(
        f"  {_when(window)}",
        *(f"  {there.in_words}" for there in window.local_times),
        f"  {window.in_vendor_words}, the vendor's time ({label}, read as that clock)",
        *(f"  {note}" for note in (*window.notes, window.basis, *window.details)),
    )


@click.group(cls=AppGroup)
def notices() -> None:
    """Upgrade notices the vendor sent; they outrank the computed windows."""


def _notices(app: App) -> list[tuple[Notice, str | None]]:
    """The notices, each with the id of the one that replaces it."""
    calendar = app.context.read(services.calendar.windows.agency_calendar)
    newer = {notice: calendar.replaced_by(notice) for notice in app.context.read(services.calendar.notices.find_all)}
    return [(notice, other.id if other else None) for notice, other in newer.items()]


@notices.command("list")
@listing(_notices, lambda pair: shapes.notice(*pair))
def notices_list(app: App, notices: Sequence[tuple[Notice, str | None]]) -> None:
    """List the notices, oldest first."""
    zone = agency_zone(app)
    for notice, replaced_by in notices:
        facts = {
            "version": notice.version,
            "origin": notice.origin,
            "expected downtime": notice.downtime and duration_in_words(timedelta(minutes=notice.downtime)),
            "reason": notice.reason,
            "replaced by": replaced_by,
        }
        details = "".join(f"; {name}: {value}" for name, value in facts.items() if value)
        click.echo(f"{notice.id}  {notice.kind}: {span_in_words(notice.starts_at, notice.ends_at, zone)}{details}")


@notices.command("add")
@click.option("--kind", type=click.Choice(["announced", "emergency"]), default="announced", show_default=True)
@click.option("--starts", "starts_at", type=INSTANT, required=True)
@click.option("--ends", "ends_at", type=INSTANT, required=True)
@click.option("--version", default="", help="The version it announces.")
@click.option("--origin", default="", help="Where it came from.")
@click.option("--downtime", type=ID, metavar="MINUTES", help="The outage it names.")
@click.option("--replaces", metavar="ID", help="The notice whose window it moves; by default that of the same upgrade.")
@click.option("--month", type=DATE, metavar="DATE", help="A day in the month whose upgrade it moves.")
@click.option("--reason", default="", help="Why emergency maintenance is made, if the notice says so.")
def notices_add(app: App, **facts: Any) -> None:
    """Record a notice; prints its id. The earlier notice of the same upgrade stays on record and counts no more."""
    notice = app.context.write(services.calendar.notices.add, **facts).value
    click.echo(notice.id)
    if notice.replaces:
        click.echo(f"It replaces notice {notice.replaces}.", err=True)


@notices.command("cancel")
@click.argument("month", type=DATE, metavar="DATE")
@click.option("--origin", default="", help="Where that is known from.")
def notices_cancel(app: App, month: date, origin: str) -> None:
    """Record that the vendor makes no upgrade in the month of a day; prints the notice's id.

    What was listed for that month is left out. Removing the notice lists it again.
    """
    notice = app.context.write(services.calendar.notices.cancel, month, origin).value
    click.echo(notice.id)
    warn(cancelled_in_words(month, notice))


@notices.command("import")
@MESSAGE
@click.option("--yes", is_flag=True, help="Record the windows that can be read in one way only.")
@click.option(
    "--not-ours", "others", type=ID, multiple=True, metavar="NUMBER",
    help="The window of this number is not for your agency: kept in the log, not asked again; may be repeated.",
)  # fmt: skip
@click.option("--reason", default="", help="Why it is not, where the message does not say so.")
@JSON
def notices_import(app: App, file: Path, yes: bool, others: tuple[int, ...], reason: str, as_json: bool) -> int:
    """Find the windows that a message of the vendor's announces (.eml, .msg, .ics or plain text).

    Nothing is recorded without --yes, and nothing that is in doubt at all: that is for a person, and `notices add`.
    Exits with 1 when no window was found, or one is in doubt that nobody said is not yours.
    """
    incoming = services.calendar.incoming
    message = incoming.look_into(app.context, file)
    if others:
        app.context.write(incoming.say_not_ours, _numbered(message, others, reason))
        message = incoming.look_into(app.context, file)
    clear = [app.context.read(incoming.outcome, item, message.origin) for item in message.proposals]
    new = [outcome.notice for outcome in clear if outcome is not None and not outcome.is_known]
    recorded: list[Notice] = []
    if yes and new:
        recorded = app.context.write(incoming.record, new).value
    if as_json:
        print_json(shapes.incoming(message, clear, recorded))
    else:
        _print_incoming(message, clear, recorded, agency_zone(app))
    return int(message.needs_a_person)


def _numbered(message: Incoming, others: Sequence[int], reason: str) -> list[tuple[ProposedWindow, str]]:
    """The windows of these numbers, each with the reason why it is not the agency's."""
    windows = dict(enumerate(message.proposals, 1))
    return [
        (needed(windows.get(key), f"The message has no window {key}. Nothing was saved."), reason) for key in others
    ]


def _print_incoming(message: Incoming, clear: list[Outcome | None], recorded: Sequence[Notice], zone: ZoneInfo) -> None:
    """Each window with the words it was read from, and what became of it."""
    keys = {(notice.kind, notice.starts_at): notice.id for notice in recorded}
    warn(written_out(message.doubt))
    notes = () if message.names_penelope else (UNNAMED,)
    print_lines(*notes)
    for number, (item, outcome) in enumerate(zip(message.proposals, clear, strict=True), 1):
        click.echo(f"{number}. “{written_out(item.words)}”")
        key = outcome and keys.get((outcome.notice.kind, outcome.notice.starts_at))
        print_lines(*(f"  {line}" for line in _what_became(number, item, outcome, key, zone) if line not in notes))
    print_lines(*(f"Not read: “{written_out(words)}”" for words in message.unread))
    if not message.proposals:
        warn(f"No window was found in it. If it announces one, record it: {command('notices add')}")


def _what_became(
    number: int, item: ProposedWindow, outcome: Outcome | None, key: str | None, zone: ZoneInfo
) -> Iterator[str]:
    """What is to be known of a window, and what became of it; `key` is of the notice as which it was recorded."""
    if item.not_ours is not None:
        yield written_out(item.not_ours.in_words(zone))
    elif outcome is not None:
        yield f"{outcome.window.name}: {outcome.window.in_words}"
        yield from map(written_out, outcome.sentences)
        yield filled("Recorded as notice {}.", key) or outcome.standing
    else:
        yield from map(written_out, item.doubts)
        if item.may_be_cancelled:
            yield _if_cancelled(item.recorded)
            yield RULE_STAYS
        yield f"Not recorded. Make sure what is meant, then record it: {command('notices add')}"
        not_ours = command(f"notices import FILE --not-ours {number} --reason TEXT")
        yield f"If it is not for your agency, say so: {not_ours}"


def _if_cancelled(recorded: Notice | None) -> str:
    """What to do about a window if it is what the message says is cancelled."""
    if recorded is None:
        return "No notice of it is recorded."
    return f"Its notice is recorded. If it is cancelled, remove that: {command(f'notices remove {recorded.id}')}"


@notices.command("remove")
@click.argument("key", metavar="ID")
def notices_remove(app: App, key: str) -> None:
    """Take back a notice that was recorded by mistake."""
    app.context.write(services.calendar.notices.remove, key)
    click.echo(f"Notice {key} is removed.")


@click.group(cls=AppGroup)
def versions() -> None:
    """Versions of Penelope: which upgrade brings one, where it runs, its release notes and yours."""


@versions.command("list")
@listing(lambda app: app.context.read(services.calendar.versions.find_all), shapes.version)
def versions_list(app: App, versions: Sequence[Version]) -> None:
    """List the versions that notices name, that run in a database, or that you noted about; the newest first."""
    zone = agency_zone(app)
    for item in versions:
        click.echo(item.name)
        for notice in item.notices:
            click.echo(f"  {notice.kind}: {span_in_words(notice.starts_at, notice.ends_at, zone)}")
        print_lines(
            filled("  recorded in: {}", ", ".join(app.policy.environment[key].name for key in item.runs_in)),
            filled("  release notes: {}", item.address),
            *(f"  note: {written_out(line)}" for line in item.note.splitlines()),
        )


@versions.command("note")
@click.argument("version", metavar="VERSION")
@click.option("--text", required=True, help="What you note about it, in place of an earlier note; empty removes it.")
def versions_note(app: App, version: str, text: str) -> None:
    """Keep a note of your own about a version."""
    noted = app.context.write(services.calendar.versions.note, version, text).value
    click.echo(f"The note about {written_out(noted.name)} is {'kept' if noted.note else 'removed'}.")


COMMANDS = (overview, next_window, windows, notices, versions)
