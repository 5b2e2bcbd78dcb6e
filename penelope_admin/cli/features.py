"""What is on, and switching it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from penelope_admin import services
from penelope_admin.app import App
from penelope_admin.cli.terminal import (
    DATE,
    ENV,
    Confirmed,
    acknowledging,
    agency_zone,
    app_command,
    naming_options,
    print_lines,
    showing_on_a_day,
    together,
    warn,
    with_environment,
)
from penelope_admin.domain.features import (
    State,
    due_doubt,
    feature_name,
    find_feature,
    not_known,
    seen_on_sentence,
    through_in_words,
)
from penelope_admin.domain.text import clean_line, filled, uncapitalized
from penelope_admin.domain.times import day_in_words, in_words
from penelope_admin.errors import BadInputError
from penelope_admin.invocation import command
from penelope_admin.services import shapes

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from penelope_admin.services.features import FeaturesView, FeatureView


@app_command()
@showing_on_a_day(
    "features", lambda: services.features.find_all, lambda view: [shapes.feature(feature) for feature in view.features]
)
@ENV
def features(app: App, view: FeaturesView) -> None:
    """Show each feature with its key: its state, what is planned, whether it may be switched, and why not."""
    zone = agency_zone(app)
    print_lines(
        filled("This database is no longer yours, and not settled. {}", " ".join(view.unsettled)),
        view.posture.sentence,
        view.posture.queue_sentence,
        due_doubt(not_known(app.policy, [feature.state for feature in view.features]), zone),
        f"{app.policy.ratings.note}\n",
    )
    # What the vendor rules out is about such copies; elsewhere the lock is this program's own.
    locked = "LOCKED" if view.environment in app.policy.mirrors else "LOCKED in this program"
    width = max(map(len, app.policy.feature))
    for feature in view.features:
        line = f"{feature.feature.key:{width}}  {_line(feature, locked, zone)}"
        print_lines(line, filled("  {}", feature.obstacle), filled("  {}", feature.seen_on))


def _line(view: FeatureView, locked: str, zone: ZoneInfo) -> str:
    facts, state = shapes.feature(view), view.state
    kind = {"re-enableable": "may be re-enabled", "not-listed": "ask Support", "locked": locked}
    parts = (
        "SEEN ON" if view.seen_on else uncapitalized(through_in_words(view.through)) or facts["state"],
        filled("as seen on {}", state.since and state.only_seen and day_in_words(state.since, zone)),
        filled("planned: {}", facts["pending"]),
        "EXPIRED" if view.expired else "",
        filled("until {}", view.until and in_words(view.until)),
        "OVERDUE" if view.overdue else "",
    )
    facts_in_words, risk = ", ".join(filter(None, parts)), filled(", PHI risk {}", facts["phi_risk"])
    return f"{view.name}: {facts_in_words} ({kind[view.enable.availability]}{risk})"


_ALL = "all"


FEATURE = click.argument("feature")
_SWITCH = together(
    FEATURE,
    click.option("--reason", required=True, metavar="TEXT", help="The reason; it is kept in the activity log."),
    click.option("--done", "already_done", is_flag=True, help="Record that it was switched in Penelope."),
)


@app_command()
@click.option("--until", type=DATE, help="Last day it is needed.")
@_SWITCH
@with_environment
@acknowledging
def enable(app: App, feature: str, environment: str, confirmed: Confirmed, **facts: Any) -> None:
    """Plan to switch a feature on, or with --done record that it was. Switch on only what the project needs."""
    # The environment was named on this very command line, by the option or by leaving it out.
    acknowledgement = confirmed(environment)
    find, switch = services.features.find, services.features.switch
    verdicts, dated = lambda: [app.context.read(find, feature, environment).enable], facts["until"] is not None
    with naming_options(acknowledgement, verdicts, dated=dated):
        app.context.write(switch, feature, "enable", environment=environment, acknowledgement=acknowledgement, **facts)
    _say_switched(app, feature, environment)
    click.echo(app.policy.quote("only-what-is-needed"), err=True)


@app_command()
@_SWITCH
@with_environment
def disable(app: App, feature: str, reason: str, environment: str, already_done: bool) -> None:
    """Plan to switch a feature off, or with --done record that it is off.

    That you saw it off may be recorded of every feature, also of those that are locked or not on the vendor's list, and
    with "all" in the place of FEATURE of all of them at once.
    """
    if feature == _ALL:
        if not already_done:
            raise BadInputError("Features are planned one by one. Nothing was changed. With --done, all can be off.")
        all_off: dict[str, State] = dict.fromkeys(app.policy.feature, "off")
        app.context.write(services.features.record_seen, environment, all_off, clean_line(reason, "The reason"))
        click.echo(f"All features of {environment}: off")
        return
    app.context.write(
        services.features.switch, feature, "disable", reason=reason, environment=environment, already_done=already_done
    )
    _say_switched(app, feature, environment)


@app_command("seen")
@click.option("--on", "on", multiple=True, metavar="FEATURE", help="Seen on; repeat for more.")
@click.option("--off", "off", multiple=True, metavar="FEATURE", help='Seen off; "all" for the rest.')
@with_environment
def seen(app: App, on: tuple[str, ...], off: tuple[str, ...], environment: str) -> None:
    """Record what you saw in Penelope: facts, which need no reason. What you do not name stays as it is recorded."""
    if not on and not off:
        raise BadInputError("Name what you saw with --on and --off. Nothing was recorded.")
    named = (on, [key for key in off if key != _ALL])
    seen_on, seen_off = ([find_feature(app.policy, key).key for key in keys] for keys in named)
    if both := set(seen_on).intersection(seen_off):
        raise BadInputError(f"{', '.join(sorted(both))} cannot be on and off. Nothing was recorded.")
    rest = app.policy.feature if _ALL in off else seen_off
    seen_states: dict[str, State] = {**dict.fromkeys(rest, "off"), **dict.fromkeys(seen_on, "on")}
    states = app.context.write(services.features.record_seen, environment, seen_states).value
    zone = agency_zone(app)
    for state in states:
        sentence = f"{feature_name(app.policy, state.feature)}: {state.state}"
        click.echo(seen_on_sentence(app.policy, state, zone) or sentence)


@app_command("cancel-plan")
@FEATURE
@with_environment
def cancel_plan(app: App, feature: str, environment: str) -> None:
    """Take back a planned change of a feature."""
    app.context.write(services.features.cancel, feature, environment)
    _say_switched(app, feature, environment)


@app_command("approve")
@FEATURE
@with_environment
def approve(app: App, feature: str, environment: str) -> None:
    """Approve somebody else's plan to switch a feature on."""
    app.context.write(services.features.approve, feature, environment)
    _say_switched(app, feature, environment)


def _say_switched(app: App, feature: str, environment: str) -> None:
    """The feature's state after a change, what to know, and while it is planned, the steps to take in Penelope."""
    view = app.context.read(services.features.find, feature, environment)
    pending = view.state.pending
    click.echo(f"{view.name}: {view.state.state}{filled(', planned: {}', pending and pending.change)}")
    if view.state.use is not None:
        warn(*app.context.read(services.features.warnings_for, feature, environment, view.state.use[1]))
    if view.obstacle:
        click.echo(f"  {view.obstacle}")
    elif view.waits_for_approval:
        approval = f"  A second person must approve this first, with: {command(f'approve {feature}')}"
        print_lines(filled("  {}", view.queue_said), approval)
    elif pending:
        steps = (f"  {number}. {step}" for number, step in enumerate(view.steps, start=1))
        print_lines(*steps, f"  {app.policy.ratings.screens_note}")


COMMANDS = (features, enable, disable, seen, cancel_plan, approve)
