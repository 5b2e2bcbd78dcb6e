"""Plan files: what is planned here goes along to another machine, and what was planned there comes home."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

import click

from penelope_admin import services
from penelope_admin.app import App
from penelope_admin.cli.terminal import (
    FILE,
    ID,
    AppGroup,
    acknowledgement,
    agency_zone,
    known_agency,
    print_lines,
    put,
    say_planning_copy,
    warn,
)
from penelope_admin.domain.text import filled, written_out
from penelope_admin.domain.times import moment_in_words, plural
from penelope_admin.errors import RefusedError
from penelope_admin.invocation import command
from penelope_admin.services import shapes

if TYPE_CHECKING:
    from penelope_admin.domain.features import Acknowledgement
    from penelope_admin.domain.plans import Conflict, Plan, Side
    from penelope_admin.policy import Policy
    from penelope_admin.services.plans.bringing import Brought


@click.group(cls=AppGroup)
def plan() -> None:
    """Take plans along to another machine, and bring home what was planned there."""


@plan.command("export")
@click.argument("file", type=FILE)
@click.option("--project", "projects", multiple=True, type=ID, metavar="ID", help="Only these; may be repeated.")
def plan_export(app: App, file: Path, projects: tuple[int, ...]) -> None:
    """Write what is planned here to a plan file: projects, planned changes, drafts, notices and holidays to come."""
    from penelope_admin.gateways import plans as files

    plan = app.context.read(services.plans.taking.take_along, app.policy_sha256, projects)
    files.write(plan, file)
    click.echo(f"{plural(len(plan.items), 'item')} written to {written_out(str(file))}.")


@plan.command("show")
@click.argument("file", type=FILE)
def plan_show(app: App, file: Path) -> None:
    """Look at a plan file: who made it, what is in it, and what bringing it in would do. Nothing is changed."""
    plan, digest = _read(file)
    made_at = moment_in_words(plan.made_at, agency_zone(app))
    _print_written_out(f"Made by {plan.by}, {made_at}. {plural(len(plan.items), 'item')}.")
    if plan.facts is not None:
        agency = plan.facts.agency
        _print_written_out(
            f"It knows {agency.name} ({agency.region}, {agency.zone}) as of then: {', '.join(agency.environments)}."
        )
    if known_agency(app) is None:
        from penelope_admin.domain.plans import title_of

        for item in plan.items:
            content = item.plan or item.base
            if content is not None:
                _print_written_out(f"{title_of(content, app.policy)}{': removed' if item.plan is None else ''}")
        return
    brought = services.plans.bringing.bring_home(app.context, plan, digest, app.policy_sha256, only_look=True).value
    _tell(app, brought)


@plan.command("import")
@click.argument("file", type=FILE)
@click.option("--yes", "partly", is_flag=True, help="Merge the rest although something is in conflict or refused.")
@click.option("--take", type=click.Choice(["here", "plan"]), help="Whose value counts where both changed it.")
@click.option(
    "--acknowledge-phi", "accepted", multiple=True, metavar="FEATURE",
    help="You accept the PHI risk of this feature, also where contacts may be real; may be repeated.",
)  # fmt: skip
@click.option(
    "--queue-empty", "looked", multiple=True, metavar="FEATURE",
    help="You looked in the copy since its refresh: nothing waits in this feature's queue; may be repeated.",
)  # fmt: skip
def plan_import(
    app: App, file: Path, partly: bool, take: Side | None, accepted: tuple[str, ...], looked: tuple[str, ...]
) -> int:
    """Merge a plan file with what is planned here. Exits with 1 while conflicts remain, with 3 where rules refuse.

    A plan to switch something on needs your acknowledgement here, as it did where it was made: none travels in a file.
    """
    plan, digest = _read(file)
    if known_agency(app) is None:
        raise app.nothing_there("--from-plan FILE")
    bring = functools.partial(
        services.plans.bringing.bring_home, app.context, plan, digest, app.policy_sha256, for_all=take
    )
    acknowledged = {}
    if accepted or looked:
        acknowledged = _acknowledged(app.policy, bring(only_look=True).value, accepted, looked)
    brought = bring(partly=partly, acknowledged=acknowledged).value
    _tell(app, brought)
    warn(_what_became_of(brought, partly=partly))
    if brought.refused or brought.asked:
        return RefusedError.exit_code
    return int(bool(brought.conflicts))


def _what_became_of(brought: Brought, *, partly: bool) -> str:
    if brought.kept and (brought.changed or brought.facts_as_of is None):
        count = plural(len(brought.changed), "item")
        return f"The plan is merged: {count} changed. To undo it: {command('plan take-back')}"
    if brought.conflicts:
        return "Nothing was changed. Decide with --take here or --take plan, or merge the rest with --yes."
    if brought.refused or brought.asked:
        return "Nothing was changed." if partly else "Nothing was changed. Merge the rest with --yes."
    return "" if brought.kept else "Nothing is to be changed: everything in the plan is here already."


def start_from_plan(app: App, file: Path) -> int:
    """Make a planning copy, and bring the plan in; what of it is refused here is named, and is left out."""
    plan, digest = _read(file)
    services.plans.facts.check(app.policy, plan, app.clock.now())  # what is refused leaves no database behind
    left_out = app.context.write(services.plans.facts.start, plan, digest).value
    profile = app.context.read(services.agency.need_profile)
    click.echo(f"{profile.name} is set up as a planning copy: region {profile.region}, zone {profile.zone}.")
    _print_written_out(*(f"LEFT OUT: {line}" for line in left_out))
    brought = services.plans.bringing.bring_home(app.context, plan, digest, app.policy_sha256, partly=True).value
    _tell(app, brought)
    say_planning_copy(app)
    return 0


def _acknowledged(
    policy: Policy, brought: Brought, accepted: tuple[str, ...], looked: tuple[str, ...]
) -> dict[str, Acknowledgement]:
    """What the options confirm of each item that needs it: of all features that it would switch on, or of none."""
    from penelope_admin.domain.features import find_feature

    risks, queues = ({find_feature(policy, key).key for key in named} for named in (accepted, looked))
    return {
        ask.item: acknowledgement(risks >= set(ask.features), ask.environment, queues >= set(ask.features))
        for ask in brought.asked
    }


@plan.command("take-back")
def plan_take_back(app: App) -> None:
    """Undo the plan that was merged last, as long as none of its items was changed since."""
    count = app.context.write(services.plans.bringing.take_back).value
    click.echo(f"{plural(count, 'item')} taken back.")


@plan.command("schema", cls=click.Command)
def plan_schema() -> None:
    """Print the JSON schema of plan files."""
    from penelope_admin.gateways import plans as files

    put(shapes.to_json(files.schema()), None)


def _read(file: Path) -> tuple[Plan, str]:
    from penelope_admin.gateways import plans as files

    return files.read(file)


def _print_written_out(*lines: str) -> None:
    """Print what a file says; it may hold anything."""
    print_lines(*map(written_out, lines))


def _tell_conflict(policy: Policy, conflict: Conflict) -> None:
    from penelope_admin.domain import plans as rules

    field = filled(", {}", conflict.field and rules.field_in_words(policy, conflict.field))
    _print_written_out(f"CONFLICT: {rules.title_of(conflict.content, policy)}{field}")
    for name, value in (("before", conflict.base), ("here", conflict.here), ("plan", conflict.plan)):
        _print_written_out(f"  {name}: {rules.value_in_words(policy, value)}")


def _tell_refused(brought: Brought) -> None:
    _print_written_out(*(f"REFUSED: {refusal.title}: {refusal.reason}" for refusal in brought.refused))
    for ask in brought.asked:
        _print_written_out(f"REFUSED: {ask.title}: {ask.missing}")
        options = ("--acknowledge-phi", "--queue-empty") if ask.checks else ("--acknowledge-phi",)
        arguments = " ".join(f"{option} {feature}" for feature in ask.features for option in options)
        warn(f"No file acknowledges anything. If you do, bring it home with: {arguments}")


def _tell(app: App, brought: Brought) -> None:
    _print_written_out(*brought.changed)
    for conflict in brought.conflicts:
        _tell_conflict(app.policy, conflict)
    if brought.facts_as_of is not None:
        warn(f"What is known here becomes that of {moment_in_words(brought.facts_as_of, agency_zone(app))}.")
    _print_written_out(*(f"LEFT OUT: {line}" for line in brought.facts_left))
    _tell_refused(brought)
    warn(
        *(written_out(f"It may hold client data. {warning}") for warning in brought.warnings),
        "Other rules were in force where this plan was made. Those here count." if brought.other_rules else None,
        "This plan and this database have nothing in common: whatever differs is asked."
        if brought.no_base and brought.conflicts
        else None,
    )


COMMANDS = (plan,)
