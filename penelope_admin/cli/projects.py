"""Projects: a refresh and features for a piece of work, and what of it does not go together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import click

from penelope_admin import services
from penelope_admin.app import App
from penelope_admin.cli.requests import warn_of_client_data
from penelope_admin.cli.terminal import (
    DATE,
    ID,
    KEY,
    RECURS,
    AppGroup,
    Confirmed,
    WholeNumber,
    acknowledging,
    agency_zone,
    listing,
    naming_options,
    print_lines,
    recurrence,
    showing_on_a_day,
    warn,
    with_environment,
)
from penelope_admin.domain.recurring import in_words as recurs_in_words
from penelope_admin.domain.text import filled
from penelope_admin.domain.times import days_in_words, in_words
from penelope_admin.invocation import command
from penelope_admin.services import shapes

if TYPE_CHECKING:
    from penelope_admin.domain.projects import Clash, FeatureInput
    from penelope_admin.domain.recurring import Every
    from penelope_admin.services.projects import Closed, ProjectView, Started


class _FeatureUse(click.ParamType["FeatureInput"]):
    """A feature, its days and its reason, KEY[:FROM[:TO]][=REASON]; what is left out is the project's."""

    name = "feature"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> FeatureInput:
        """Refuse more than two days, and days that are none."""
        from penelope_admin.domain.projects import FeatureInput

        if isinstance(value, FeatureInput):
            return value
        use, _, reason = str(value).partition("=")
        key, *days = use.split(":")
        if not key.strip() or len(days) > 2:  # noqa: PLR2004 - the first day and the last
            self.fail(f'"{value}" is not KEY, KEY:FROM or KEY:FROM:TO, with =REASON after it if you like.', param, ctx)
        first, last = (*(DATE.convert(day, param, ctx) if day else None for day in days), None, None)[:2]
        return FeatureInput(key, first, last, reason)


FEATURE = _FeatureUse()
USE = "KEY[:FROM[:TO]][=REASON]"


@click.group(cls=AppGroup)
def project() -> None:
    """Plan work in a copy: a refresh, the features needed, and what does not go together."""


@project.command("list")
@listing(lambda app: app.context.read(services.projects.find_all), shapes.project)
def project_list(_: App, views: Sequence[ProjectView]) -> None:
    """List projects, open ones by their first day."""
    for view in views:
        item = view.project
        span = f"{item.first_day} to {item.last_day}{_dangers(view.merged)}"
        click.echo(f"{item.id}  {item.name}: {item.state}, {span}")
    if not views:
        click.echo(f"No projects yet. Plan one: {command('project add --help')}", err=True)


def _dangers(clashes: Iterable[Clash]) -> str:
    return filled(", DANGERS: {}", sum(clash.urgency == "danger" for clash in clashes))


@project.command("show")
@KEY
@showing_on_a_day("project", lambda: services.projects.find, shapes.project)
def project_show(_: App, view: ProjectView) -> None:
    """Show a project, its features, and its conflicts."""
    item = view.project
    click.echo(f"{item.id}  {item.name}: {item.state}")
    click.echo(f"  {item.purpose}")
    click.echo(f"  {view.environment_name}, {days_in_words(item.first_day, item.last_day)}")
    request = f", request {item.request_id}: {item.request_status}" if item.request_id else ""
    print_lines(filled("  Refresh needed by {}", item.refresh_by and f"{in_words(item.refresh_by)}{request}"))
    _tell_turns(view)
    for use in item.features:
        days = days_in_words(use.first_day, use.last_day)
        click.echo(f"  {view.feature_names[use.feature]}: {days}{filled(', for “{}”', use.reason)}")
    print_lines(*(f"  {_line(clash)}" for clash in view.merged))
    if not view.merged and item.is_open:
        click.echo("  Nothing stands in its way.")


def _tell_turns(view: ProjectView) -> None:
    """How it comes again, and when."""
    item = view.project
    if item.recurs is None:
        return
    drafted = filled("; its request will be drafted on {}", item.draft_day and in_words(item.draft_day))
    click.echo(f"  Repeats {recurs_in_words(item.recurs, item.first_day)}{drafted}")
    for turn, clashes in view.turns:
        click.echo(f"    {days_in_words(turn.first_day, turn.last_day)}{_dangers(clashes)}")


def _line(clash: Clash) -> str:
    return f"{clash.urgency.upper()}: {clash.text}"


def _tell(breaks: Iterable[Clash]) -> None:
    warn(*map(_line, breaks))


@project.command("quietest")
@click.argument("key", metavar="[ID]", type=ID, required=False)
@click.option("--days", type=WholeNumber(1, 366), help="How long it is, for a project that is not planned yet.")
@click.option("--feature", "features", multiple=True, type=FEATURE, metavar="KEY", help="May be repeated.")
@with_environment
def project_quietest(
    app: App, key: int | None, days: int | None, features: tuple[FeatureInput, ...], environment: str
) -> None:
    """Of the days after the next twelve upgrades, those on which a project meets the least; and why.

    Of the project ID, or of one that is --days long. Nothing is kept.
    """
    from penelope_admin.domain.projects import ProjectInput, input_of

    if (key is None) == (days is None):
        raise click.UsageError("Name a project, or with --days how long one would be.")
    if key is not None:
        entered = input_of(app.context.read(services.projects.find, key).project)
    else:
        first = app.clock.now().astimezone(agency_zone(app)).date()
        entered = ProjectInput("-", "-", first, first + timedelta(days=(days or 1) - 1), environment, None, features)
    span, why = app.context.read(services.projects.find_quietest, entered, key)
    click.echo(f"{span.first_day} {span.last_day}")
    click.echo(why, err=True)
    _tell(span.clashes)


@project.command("add")
@click.option("--name", required=True, metavar="TEXT")
@click.option(
    "--purpose", required=True, metavar="TEXT", help="What it is for; Support reads it when a refresh is due."
)
@click.option("--from", "first_day", required=True, type=DATE, help="The first day.")
@click.option("--to", "last_day", required=True, type=DATE, help="The last day.")
@click.option("--refresh-by", type=DATE, help="A refresh is wanted, and no longer helps after this day.")
@click.option("--feature", "features", multiple=True, type=FEATURE, metavar=USE, help="May be repeated.")
@RECURS
@with_environment
def project_add(app: App, /, recurs: Every | None, draft_days: int | None, **facts: Any) -> None:
    """Plan a project; prints its id, and its conflicts. Nothing is asked for or switched."""
    from penelope_admin.domain.projects import ProjectInput

    entered = ProjectInput(**facts, recurs=recurrence(recurs, draft_days))
    added = app.context.write(services.projects.add, entered).value
    _tell(app.context.read(services.projects.find, added.id).merged)
    click.echo(added.id)


@project.command("change")
@KEY
@click.option("--name", metavar="TEXT")
@click.option("--purpose", metavar="TEXT")
@click.option("--from", "first_day", type=DATE, help="Another first day; features without days of their own move too.")
@click.option("--to", "last_day", type=DATE, help="Another last day.")
@click.option("--env", "environment", metavar="KEY")
@click.option("--refresh-by", type=DATE, help="The last day on which a refresh helps.")
@click.option("--no-refresh", is_flag=True, help="No refresh is wanted any more.")
@click.option("--feature", "features", multiple=True, type=FEATURE, metavar=USE, help="Replaces all.")
@click.option("--no-features", is_flag=True, help="None is needed any more.")
@RECURS
@click.option("--no-recurs", is_flag=True, help="It no longer repeats.")
def project_change(
    app: App,
    key: int,
    features: tuple[FeatureInput, ...],
    no_features: bool,
    no_refresh: bool,
    no_recurs: bool,
    recurs: Every | None,
    draft_days: int | None,
    **named: str | date | None,
) -> None:
    """Change a project that is not over; what is not named stays. Prints its conflicts."""
    from penelope_admin.domain.projects import input_of

    pairs = ((no_refresh, named["refresh_by"]), (no_features, features), (no_recurs, recurs), (no_recurs, draft_days))
    if any(map(all, pairs)):
        raise click.UsageError("Something is wanted and not wanted at the same time. Name one of the two.")
    project = app.context.read(services.projects.find, key).project
    entered = replace(input_of(project), **{name: value for name, value in named.items() if value is not None})  # type: ignore[arg-type]
    if no_refresh:
        entered = replace(entered, refresh_by=None)
    if features or no_features:
        entered = replace(entered, features=features)
    again = None if no_recurs else recurrence(recurs, draft_days, project.recurs)
    if again is not None and entered.first_day != project.first_day:
        again = replace(again, day=None)  # its day of the month is that of the day that was named
    app.context.write(services.projects.change, key, replace(entered, recurs=again), project.version)
    _tell(app.context.read(services.projects.find, key).merged)
    click.echo(f"Project {key} is changed.")


@project.command("start")
@KEY
@acknowledging
def project_start(app: App, key: int, confirmed: Confirmed) -> None:
    """Start a project: draft the request for its refresh, or else plan its features. All of it or nothing."""
    _go_on(app, key, confirmed, services.projects.start)


@project.command("skip")
@KEY
def project_skip(app: App, key: int) -> None:
    """Leave out a turn of a project that repeats: it takes the days of the next one."""
    moved = app.context.write(services.projects.skip, key).value
    click.echo(f"Project {key} now begins on {in_words(moved.first_day)}.")


@project.command("draft-due")
def project_draft_due(app: App) -> int:
    """Draft the requests of projects that repeat whose day has come. Nothing is sent."""
    if not app.context.read(services.projects.has_due):
        click.echo("Nothing is due.", err=True)
        return 0
    done = app.context.write(services.projects.draft_due).value
    for turned in done:
        if turned.problem:
            click.echo(f"Project {turned.project.id} is left as it is. {turned.problem}", err=True)
        elif turned.request is not None:
            click.echo(f"Request {turned.request.id} is drafted for project {turned.project.id}.")
            warn(turned.earlier and turned.earlier.sentence)
        else:
            click.echo(f"The next turn of project {turned.project.id} is planned.")
    return int(any(turned.problem for turned in done))


@project.command("plan")
@KEY
@acknowledging
def project_plan(app: App, key: int, confirmed: Confirmed) -> None:
    """Plan the features of a started project that are neither on nor planned, once its refresh is done."""
    _go_on(app, key, confirmed, services.projects.plan_features)


def _go_on(app: App, key: int, confirmed: Confirmed, use_case: Callable[..., Started]) -> None:
    view = app.context.read(services.projects.find, key)
    # The database is named by the project, which is named on this very command line.
    acknowledgement = confirmed(view.project.environment)
    with naming_options(acknowledgement, lambda: view.verdicts(app.policy)):
        done = app.context.write(use_case, key, acknowledgement, view.project.version).value
    after = app.context.read(services.projects.find, key)
    click.echo(f"Project {key} is {done.project.state}.")
    if done.request is not None:
        number = done.request.id
        click.echo(f"Request {number} is drafted. Nothing is sent: {command(f'requests send {number}')}")
        warn(done.earlier and done.earlier.sentence)
        warn_of_client_data(app, number)
    if done.next_turn is not None:
        click.echo(f"Its next turn, project {done.next_turn.id}, begins on {in_words(done.next_turn.first_day)}.")
    for state in done.planned:
        click.echo(f"{after.feature_names[state.feature]}: planned until {state.pending and state.pending.until}")
    waits_for = "refresh" if done.project.awaits_refresh else "upgrade"
    later = f"to be planned after the {waits_for}: {command(f'project plan {key}')}"
    print_lines(*(f"{after.feature_names[use.feature]}: {later}" for use in done.later))
    _tell(after.merged)


@project.command("end")
@KEY
def project_end(app: App, key: int) -> None:
    """End a started project; says which of its features are still on. Nothing is switched."""
    _say_closed(app.context.read(services.projects.find, key), app.context.write(services.projects.end, key).value)


@project.command("cancel")
@KEY
def project_cancel(app: App, key: int) -> None:
    """Give up a project; says what it leaves behind. Nothing is switched, no request is cancelled."""
    _say_closed(app.context.read(services.projects.find, key), app.context.write(services.projects.cancel, key).value)


def _say_closed(view: ProjectView, closed: Closed) -> None:
    click.echo(f"Project {closed.project.id} is {closed.project.state}.")
    for state in closed.in_use:
        name, env = view.feature_names[state.feature], f" --env {state.environment}"
        if state.state == "on":
            click.echo(f"{name} is still on: {command(f'disable {state.feature} --reason …{env}')}", err=True)
        else:
            click.echo(f"{name} is still planned: {command(f'cancel-plan {state.feature}{env}')}", err=True)
    if closed.open_request is not None:
        number = closed.open_request
        click.echo(f"Request {number} is still open: {command(f'requests show {number}')}", err=True)


COMMANDS = (project,)
