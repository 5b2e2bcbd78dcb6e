"""What happened to each database, and what was found after the last upgrade or refresh."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from penelope_admin import services
from penelope_admin.absent import mapped
from penelope_admin.app import App
from penelope_admin.cli.terminal import (
    DATE,
    FILE,
    ID,
    INSTANT,
    KEY,
    REMARK,
    AppGroup,
    Confirmed,
    acknowledging,
    agency_zone,
    naming_options,
    print_lines,
    showing,
    showing_on_a_day,
    warn,
    with_environment,
)
from penelope_admin.domain import feature_life
from penelope_admin.domain.checklists import offered_answer
from penelope_admin.domain.text import filled
from penelope_admin.domain.times import in_words, moment_in_words
from penelope_admin.errors import BadInputError
from penelope_admin.invocation import command
from penelope_admin.services import shapes

if TYPE_CHECKING:
    from datetime import date
    from zoneinfo import ZoneInfo

    from penelope_admin.domain.checklists import CheckList
    from penelope_admin.domain.features import Verdict
    from penelope_admin.domain.mirror import Answer, Event, EventKind
    from penelope_admin.services.mirror.environments import EnvironmentView, Loss, Recorded


@click.group(cls=AppGroup)
def mirror() -> None:
    """What happened to each database, and whether its contact details may be real."""


@mirror.command("show")
@showing_on_a_day(
    "databases",
    lambda: services.mirror.environments.find_all,
    lambda views: [shapes.database(view) for view in views],
    ahead=lambda: services.ahead.databases,
)
def mirror_show(app: App, views: list[EnvironmentView]) -> None:
    """Show each environment."""
    zone = agency_zone(app)
    for view in views:
        _show(app, view, zone)


def _show(app: App, view: EnvironmentView, zone: ZoneInfo) -> None:
    posture = view.posture
    ways = (command(f"mirror {words} --env {view.environment.key}") for words in ("upgraded", "answer not-yet"))
    day = view.question and in_words(view.question.window.astimezone(zone).date())
    print_lines(
        f"{view.environment.name}: {posture.sentence}",
        filled("  {}", posture.queue_sentence),
        filled("  No longer yours, and not settled. {}", " ".join(view.unsettled)),
        filled("  Workers in these user groups keep real addresses: {}.", ", ".join(posture.exceptions)),
        filled("  Was it upgraded in the window of {}", day and f"{day}? Say so with: {' or: '.join(ways)}"),
        *(f"  Before the last upgrade or refresh: {loss.sentence}" for loss in view.losses),
    )
    for event in view.events:
        when = f"{moment_in_words(event.at, zone)}{filled(' ({})', event.remark)}"
        click.echo(f"  {event.id}  {_what_happened(app, event)}, {when}")


def _what_happened(app: App, event: Event) -> str:
    if event.feature:
        return feature_life.in_words(app.policy, event)
    return f"{event.kind}{filled(': {}', event.outcome)}"


@mirror.command("correct")
@KEY
@REMARK
def mirror_correct(app: App, key: int, remark: str) -> None:
    """Take back an event that was recorded by mistake; both stay in the record."""
    click.echo(app.context.write(services.mirror.environments.correct_event, key, remark).value.sentence)


_ANSWERS: dict[str, Answer] = {"not-yet": "not-upgraded", "unknown": "upgrade-unknown"}


@mirror.command("answer")
@click.argument("answer", type=click.Choice(tuple(_ANSWERS)))
@with_environment
def mirror_answer(app: App, answer: str, environment: str) -> None:
    """Say that a database was not upgraded yet in the last window, or that you do not know."""
    views = app.context.read(services.mirror.environments.find_all)
    question = next((view.question for view in views if view.environment.key == environment), None)
    if question is None:
        raise BadInputError(f"Nothing is asked about {environment} now. Nothing was saved.")
    done = app.context.write(services.mirror.environments.answer, environment, question.window, _ANSWERS[answer])
    click.echo(done.value.posture.sentence)


@mirror.command("plan-again")
@click.option(
    "--feature", "chosen", multiple=True, metavar="FEATURE", help="Only this one; repeatable. By default all."
)
@click.option("--until", type=DATE, help="Last day for all of them; by default the one each had.")
@with_environment
@acknowledging
def mirror_plan_again(
    app: App, environment: str, chosen: tuple[str, ...], until: date | None, confirmed: Confirmed
) -> None:
    """Plan again what the last upgrade or refresh ended."""
    from penelope_admin.domain.features import find_feature

    keys = {find_feature(app.policy, feature).key for feature in chosen}
    losses, acknowledgement = _lost(app, environment, keys), confirmed(environment)
    plans = {loss.feature: (loss.reason or "Planned again", until or loss.until) for loss in losses}

    def verdicts() -> list[Verdict]:
        views = app.context.read(services.features.find_all, environment).features
        return [view.enable for view in views if view.feature.key in plans]

    with naming_options(acknowledgement, verdicts):
        done = app.context.write(services.features.plan_again, plans, environment, acknowledgement)
    print_lines(*(f"{state.feature}: planned: enable" for state in done.value))
    warnings = services.features.warnings_for
    notes = (app.context.read(warnings, item, environment, until) for item, (_, until) in plans.items())
    warn(*dict.fromkeys(note for group in notes for note in group))


def _lost(app: App, environment: str, keys: set[str]) -> list[Loss]:
    """What the last upgrade or refresh ended: all of it, or the wanted features of it."""
    views = app.context.read(services.mirror.environments.find_all)
    losses = next((view.losses for view in views if view.environment.key == environment), ())
    if missing := keys - {loss.feature for loss in losses}:
        raise BadInputError(f"{min(missing)} is not among what the last upgrade or refresh ended. Nothing was changed.")
    if not losses:
        raise BadInputError(
            "No upgrade or refresh has ended a feature that is neither on nor planned now. Nothing was changed."
        )
    return [loss for loss in losses if loss.feature in (keys or {loss.feature})]


def _print_recorded(done: Recorded) -> None:
    print_lines(
        done.posture.sentence,
        filled("  {}", done.posture.queue_sentence),
        *(f"  Ended: {loss.sentence}" for loss in done.losses),
    )


def _event_command(name: str, kind: EventKind, says: str, option: Callable[[Any], Any]) -> None:
    @mirror.command(name, help=says)
    @click.option("--at", type=INSTANT, help="When, such as 2026-12-12T20:00-06:00; by default now.")
    @option
    @REMARK
    @with_environment
    def record(app: App, /, environment: str, at: datetime | None, **facts: Any) -> None:
        happened = services.mirror.environments.record_event
        _print_recorded(app.context.write(happened, environment, kind, at or app.clock.now(), **facts).value)
        if kind == "upgraded":
            click.echo(f"  {app.policy.quote('upgrade-does-not-refresh')}")
        if kind != "script-run" and environment in app.policy.mirrors:
            click.echo(f"  A check-list begins: {command('checklist show')}")


_DID = click.option(
    "--did", "outcome", type=click.Choice(["unknown", "unchanged", "de-identified"]), default="unknown",
    show_default=True, help="What it did to contact details, as the vendor's services say.",
)  # fmt: skip
_VERSION = click.option("--version", default="", help="The version it has now.")
_event_command("script", "script-run", "Record that a script of the vendor's services ran.", _DID)
_event_command("refreshed", "refreshed", "Record that a database was copied from production.", _VERSION)
_event_command("upgraded", "upgraded", "Record that a database was upgraded.", _VERSION)


@click.group(cls=AppGroup)
def checklist() -> None:
    """The check-list after an upgrade or a refresh of a copy whose features are switched."""


EVENT = click.option(
    "--event", "--upgrade", "number", type=ID, help="Number of the upgrade or refresh; by default the newest."
)


def _no_list(app: App) -> str:
    return f"There is no check-list yet: it starts when an upgrade of {app.policy.mirrors_in_words} is recorded."


def _find(app: App, number: int | None) -> CheckList | None:
    """The check-list of an upgrade, or the newest; None while there is none at all."""
    lists = app.context.read(services.mirror.checklists.find_all)
    checklist = next((item for item in lists if number in (None, item.event.id)), None)
    if checklist is None and number is not None:
        raise BadInputError(
            f"Event {number} is not an upgrade or refresh of {app.policy.mirrors_in_words} that is on record. "
            f"Nothing was changed. See: {command('mirror show')}"
        )
    return checklist


def _need(app: App, number: int | None) -> CheckList:
    checklist = _find(app, number)
    if checklist is None:
        raise BadInputError(f"{_no_list(app)} Nothing was changed.")
    return checklist


@checklist.command("show")
@EVENT
@showing(_find, lambda checklist: checklist and shapes.check_list(checklist))
def checklist_show(app: App, checklist: CheckList | None) -> None:
    """Show each line with its answer."""
    if checklist is None:
        warn(_no_list(app))
        return
    zone = agency_zone(app)
    when = moment_in_words(checklist.event.at, zone)
    click.echo(f"{checklist.occasion.capitalize()} of {when}: {checklist.standing}")
    for line in checklist.lines:
        more = line.answer.remark if line.answer else offered_answer(line, zone)
        said = f"{line.effect.number:>4}  {checklist.result_name(line):<13} {line.effect.text}"
        click.echo(f"{said}{filled(' ({})', more)}")
    sources = dict.fromkeys(app.policy.source_name(line.effect) for line in checklist.lines)
    click.echo(f"\nSource: {', '.join(sources)}")


@checklist.command("set")
@click.argument("line", type=ID)
@click.argument("result", type=click.Choice(["pass", "fail", "cannot-tell"]))
@EVENT
@click.option("--remark", default="", help="What you saw. No client details.")
@click.option("--file", type=FILE, help="Evidence: only its name and SHA-256 are kept.")
@click.option(
    "--still-on", multiple=True, metavar="FEATURE", help="A feature seen on, of a line that failed; repeatable."
)
def checklist_set(
    app: App, line: int, result: str, number: int | None, remark: str, file: Path | None, still_on: tuple[str, ...]
) -> None:
    """Answer a line."""
    event = _need(app, number).event.id
    evidence = mapped(file, services.mirror.checklists.read_file)
    done = app.context.write(services.mirror.checklists.answer, event, line, result, remark, evidence, still_on)
    click.echo(done.value.standing)


@checklist.command("request")
@click.argument("line", type=ID)
@EVENT
def checklist_request(app: App, line: int, number: int | None) -> None:
    """Draft a request to Support about a line that failed."""
    entered = app.context.read(services.mirror.checklists.input_for, _need(app, number).event.id, line)
    click.echo(app.context.write(services.requests.draft, entered).value.request.id)


COMMANDS = (mirror, checklist)
