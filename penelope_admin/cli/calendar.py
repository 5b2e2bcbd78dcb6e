"""Calendars for other programs, written once or kept up to date, and the agency's own, looked into for conflicts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from penelope_admin import services
from penelope_admin.app import App
from penelope_admin.cli.terminal import (
    DATE,
    FILE,
    JSON,
    OUTPUT,
    AppGroup,
    agency_zone,
    app_command,
    listing,
    print_json,
    print_list,
    put,
    say_saved,
    warn,
)
from penelope_admin.domain.entries import ALARMS
from penelope_admin.domain.text import filled, written_out
from penelope_admin.domain.times import moment_in_words
from penelope_admin.gateways.lists import Contents, KeptFile
from penelope_admin.services import shapes

if TYPE_CHECKING:
    from penelope_admin.domain.conflicts import Overlap
    from penelope_admin.domain.windows import Window
    from penelope_admin.services.calendar.conflicts import CalendarState, ConflictsView
    from penelope_admin.services.calendar.staff import Form
    from penelope_admin.services.work import Work

_MINUTES = {"d": 24 * 60, "h": 60, "m": 1}
_LONGEST = 365 * 24 * 60
_BEFORE = re.compile(r"([0-9]{1,5})([dhm])")


class _Before(click.ParamType[int]):
    """How long before something, in minutes: 7d, 12h, 30m."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Refuse what is no such time, or more than a year."""
        match = _BEFORE.fullmatch(str(value))
        if not match or not 0 < (minutes := int(match[1]) * _MINUTES[match[2]]) <= _LONGEST:
            message = f'"{value}" is not a time before. Such times look like 7d, 12h or 30m, at most a year.'
            self.fail(message, param, ctx)
        return minutes


@click.group(cls=AppGroup)
def calendar() -> None:
    """Calendar files for other programs: what is known, what changed and what was cancelled since."""


@calendar.command("write")
@click.argument("file", type=FILE)
@click.option(
    "--keep", is_flag=True, help="Write it again whenever something of it changes, for people to subscribe to."
)
@click.option(
    "--windows",
    "contents",
    flag_value="windows",
    default="everything",
    help="Upgrades and emergency maintenance alone.",
)
@click.option(
    "--alarm", "alarms", multiple=True, type=_Before(), metavar="TIME",
    help="How long before to remind: 7d, 12h, 30m; may be repeated. By default 7d, 1d and 1h.",
)  # fmt: skip
@click.option("--no-alarms", is_flag=True, help="Remind of nothing.")
def calendar_write(
    app: App, file: Path, keep: bool, contents: Contents, alarms: tuple[int, ...], no_alarms: bool
) -> None:
    """Write windows, ends of features, planned refreshes and projects to an iCalendar FILE."""
    if alarms and no_alarms:
        raise click.UsageError("Give --alarm or --no-alarms, not both.")
    if not alarms and not no_alarms:
        alarms = ALARMS
    if keep:
        _keep(app, KeptFile(str(file), contents, alarms))
        return
    services.calendar.publishing.save(app.context, file, services.calendar.kept.KINDS[contents], alarms)
    say_saved(file)


def _kept_files(app: App) -> Sequence[KeptFile]:
    app.refresh_kept_files()
    return services.calendar.kept.find_all(app.home)


@calendar.command("list")
@listing(_kept_files, shapes.kept_file)
def calendar_list(app: App, files: Sequence[KeptFile]) -> None:
    """List the files that are kept up to date, and how each stands; writes what has changed."""
    for item in files:
        click.echo(f"{written_out(item.path)}  {item.contents}{_problem(app, item)}")


def _problem(app: App, item: KeptFile) -> str:
    if not item.problem or item.since is None:
        return "  up to date"
    return f"\n    not written since {moment_in_words(item.since, agency_zone(app))}: {written_out(item.problem)}"


@calendar.command("forget")
@click.argument("file", type=FILE)
def calendar_forget(app: App, file: Path) -> None:
    """Keep FILE up to date no longer; the file stays as it is."""
    services.calendar.kept.forget(app.home, str(file))
    click.echo(f"{written_out(str(file))} is kept up to date no longer.")


@app_command("staff-notice")
@click.option(
    "--format", "form", type=click.Choice(["text", "html", "page"]), default="text", show_default=True,
    help="A text, HTML for a mail, or a web page of its own.",
)  # fmt: skip
@click.option("--on", "day", type=DATE, help="Of the window that starts on this day; by default the next one.")
@OUTPUT
@click.option("--keep", is_flag=True, help="A page: write it again whenever something of it changes.")
@click.option(
    "--send-to", "to", metavar="ADDRESSES",
    help="Show the email to these addresses, with commas between them, instead. Nobody sees who else gets it.",
)  # fmt: skip
@click.option("--yes", is_flag=True, help="With --send-to: send it by the agency's mail server.")
@click.option("--send-anyway", is_flag=True, help="You checked: what looks like client data is not.")
def staff_notice(
    app: App, form: str, day: date | None, output: Path | None, keep: bool, to: str | None, yes: bool, send_anyway: bool
) -> int:
    """Tell the staff of the next upgrade or emergency maintenance, in the time of each site."""
    if to is not None or yes or send_anyway:
        if to is None or (keep, output, form) != (False, None, "text"):
            raise click.UsageError("--send-to goes with --on, --yes and --send-anyway, and these two with it alone.")
        return _send(app, day, to, yes=yes, send_anyway=send_anyway)
    if keep:
        if output is None or (form, day) != ("page", None):
            raise click.UsageError("--keep needs --format page and --output, and tells of what comes next.")
        _keep(app, KeptFile(str(output), "staff-notice", ()))
        return 0
    staff, chosen = services.calendar.staff, cast("Form", form)
    put(app.context.read(lambda work: staff.in_form(work, _windows(work, day), chosen)), output, staff.ENDINGS[chosen])
    return 0


def _windows(work: Work, day: date | None) -> Sequence[Window]:
    """What is told of: what comes next, or what starts on a day."""
    if day is None:
        return services.calendar.staff.coming(work)
    return services.calendar.staff.on_day(work, day)


def _send(app: App, day: date | None, to: str, *, yes: bool, send_anyway: bool) -> int:
    """Show what would leave, and have it leave. Exits with 1 when it did not."""
    from penelope_admin.domain.staff import where_it_stands
    from penelope_admin.mail.line import CancelToken

    mail = services.requests.staff_mail
    parcel = app.context.read(lambda work: mail.parcel_for(work, _windows(work, day)[0].key, to))
    click.echo(f"To: {', '.join(parcel.to)}\n{parcel.letter.whole_text}")
    warn(*parcel.warnings, parcel.outside)
    if not yes:
        warn("Nothing has been sent yet; --yes does it.")
        return 0
    app.context.write(mail.send, parcel, send_anyway=send_anyway)
    services.requests.outbox.flush(app.context, CancelToken(), now=True)
    message = app.context.read(mail.find, parcel.key)[0]
    click.echo(where_it_stands(message, agency_zone(app)), err=True)
    return int(message.state != "sent" or bool(message.problem))


def _keep(app: App, file: KeptFile) -> None:
    kept = services.calendar.kept.keep(app.context, file)
    click.echo(f"Saved, and kept up to date: {written_out(kept.path)}", err=True)


# --- the agency's own calendars ---

_CALENDAR = click.Path(path_type=Path)


@app_command()
@click.option(
    "--calendar", "named", type=_CALENDAR, multiple=True, metavar="FILE",
    help="Look into this calendar (.ics), or a folder of them, and not into the linked ones; may be repeated.",
)  # fmt: skip
@JSON
def conflicts(app: App, named: tuple[Path, ...], as_json: bool) -> int:
    """Show what the coming 24 windows, refreshes and projects overlap in your own calendars.

    Ends with 1 if a calendar, or an entry of one, could not be read; what the others hold is shown all the same.
    """
    view = services.calendar.conflicts.load(app.context, named)
    if as_json:
        print_json(shapes.conflicts(view))
    else:
        _print(view)
    warn(*(f"{_heading(state)}: {written_out(state.in_words(view.zone))}" for state in view.unread))
    return int(bool(view.unread))


def _print(view: ConflictsView) -> None:
    for window, overlaps in view.windows:
        _print_overlaps(window.in_words, overlaps)
    for item, overlaps in view.planned:
        nothing = "no conflicts known" if item.first_day == item.last_day else "no all-day entries"
        _print_overlaps(item.in_words, overlaps, nothing)
    if not view.calendars:
        warn("No calendar is linked, so nothing is known of conflicts.")


def _print_overlaps(heading: str, overlaps: Sequence[Overlap], nothing: str = "no conflicts known") -> None:
    click.echo(heading)
    print_list([written_out(f"{filled('{}: ', item.site)}{item.in_words}") for item in overlaps], nothing)


def _heading(state: CalendarState) -> str:
    return written_out(f"{state.link.name}{filled(' ({})', state.link.site)}")


@click.group("linked-calendars", cls=AppGroup)
def linked_calendars() -> None:
    """Your own calendars that are looked into for conflicts; they are only read."""


@linked_calendars.command("list")
@listing(lambda app: services.calendar.conflicts.load(app.context).calendars, shapes.calendar_state)
def linked_list(app: App, states: Sequence[CalendarState]) -> None:
    """List them, and how each stands."""
    zone = agency_zone(app)
    for state in states:
        click.echo(f"{_heading(state)}  {written_out(state.link.path)}")
        click.echo(f"    {written_out(state.in_words(zone))}")


@linked_calendars.command("add")
@click.argument("path", type=_CALENDAR, metavar="FILE_OR_FOLDER")
@click.option("--name", default="", metavar="TEXT", help="Its name here; by default the file's.")
@click.option("--site", default="", metavar="NAME", help="The site it belongs to; by default the whole agency.")
def linked_add(app: App, path: Path, name: str, site: str) -> None:
    """Look into a calendar file (.ics), or a folder of them, from now on."""
    link = services.calendar.conflicts.link(app.context, path, name, site)
    click.echo(f"The calendar “{written_out(link.name)}” is linked.")


@linked_calendars.command("remove")
@click.argument("path", type=_CALENDAR, metavar="FILE_OR_FOLDER")
def linked_remove(app: App, path: Path) -> None:
    """Look into it no longer; the file stays as it is."""
    services.calendar.conflicts.unlink(app.home, str(path))
    click.echo(f"{written_out(str(path))} is no longer linked.")


COMMANDS = (calendar, staff_notice, conflicts, linked_calendars)
