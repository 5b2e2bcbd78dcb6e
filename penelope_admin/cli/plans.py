"""Plan files: what is planned here goes along to another machine, and what was planned there comes home."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from penelope_admin import services
from penelope_admin.app import App
from penelope_admin.cli.terminal import FILE, ID, print_json, with_app
from penelope_admin.domain.text import written_out
from penelope_admin.domain.times import plural
from penelope_admin.errors import RefusedError
from penelope_admin.invocation import command

if TYPE_CHECKING:
    from penelope_admin.domain.plans import Plan, Side
    from penelope_admin.policy import Policy
    from penelope_admin.services.plans.bringing import Brought


@click.group()
def plan() -> None:
    """Take plans along to another machine, and bring home what was planned there."""


@plan.command("export")
@click.argument("file", type=FILE)
@click.option("--project", "projects", multiple=True, type=ID, metavar="ID", help="Only these; may be repeated.")
@with_app
def plan_export(app: App, file: Path, projects: tuple[int, ...]) -> None:
    """Write what is planned here to a plan file: projects, planned changes, drafts, notices and holidays to come."""
    from penelope_admin.gateways import plans as files

    taken = app.context.read(services.plans.taking.take_along, app.policy_sha256, projects)
    files.write(taken, file)
    click.echo(f"{plural(len(taken.items), 'item')} written to {file}.")


@plan.command("show")
@click.argument("file", type=FILE)
@with_app
def plan_show(app: App, file: Path) -> int:
    """Look at a plan file: who made it, what is in it, and what bringing it in would do. Nothing is changed."""
    found, digest = _read(file)
    _say(f"Made by {found.by}, {found.made_at:%Y-%m-%d %H:%M} UTC. {plural(len(found.items), 'item')}.")
    if app.context.read(services.agency.find) is None:
        from penelope_admin.domain.plans import title_of

        for item in found.items:
            content = item.plan or item.base
            if content is not None:
                _say(f"{title_of(content, app.policy)}{'' if item.plan is not None else ': removed'}")
        return 0
    brought = services.plans.bringing.bring_home(app.context, found, digest, app.policy_sha256, only_look=True).value
    _tell(app.policy, brought)
    return 0


@plan.command("import")
@click.argument("file", type=FILE)
@click.option("--yes", "partly", is_flag=True, help="Merge the rest although something is in conflict or refused.")
@click.option("--take", type=click.Choice(["here", "plan"]), help="Whose value counts where both changed it.")
@with_app
def plan_import(app: App, file: Path, partly: bool, take: Side | None) -> int:
    """Merge a plan file with what is planned here. Exits with 1 while conflicts remain, with 3 where rules refuse."""
    found, digest = _read(file)
    brought = services.plans.bringing.bring_home(
        app.context, found, digest, app.policy_sha256, for_all=take, partly=partly
    ).value
    _tell(app.policy, brought)
    if brought.kept:
        click.echo(
            f"The plan is merged: {plural(len(brought.changed), 'item')} changed. To undo it: "
            f"{command('plan take-back')}",
            err=True,
        )
    elif brought.conflicts or brought.refused:
        click.echo(
            "Nothing was changed. Decide with --take here or --take plan, or merge the rest with --yes.", err=True
        )
    else:
        click.echo("Nothing is to be changed: everything in the plan is here already.", err=True)
    return RefusedError.exit_code if brought.refused else int(bool(brought.conflicts))


@plan.command("take-back")
@with_app
def plan_take_back(app: App) -> None:
    """Undo the plan that was merged last, as long as none of its items was changed since."""
    count = app.context.write(services.plans.bringing.take_back).value
    click.echo(f"{plural(count, 'item')} taken back.")


@plan.command("schema")
def plan_schema() -> None:
    """Print the JSON schema of plan files."""
    from penelope_admin.gateways import plans as files

    print_json(files.schema())


def _read(file: Path) -> tuple[Plan, str]:
    from penelope_admin.gateways import plans as files

    return files.read(file)


def _say(text: str) -> None:
    """Print what a file says; it may hold anything."""
    click.echo(written_out(text))


def _tell(policy: Policy, brought: Brought) -> None:
    from penelope_admin.domain import plans as rules

    for line in brought.changed:
        _say(line)
    for conflict in brought.conflicts:
        field = f", {rules.field_in_words(policy, conflict.field)}" if conflict.field else ""
        _say(f"CONFLICT: {rules.title_of(conflict.content, policy)}{field}")
        for name, value in (("before", conflict.base), ("here", conflict.here), ("plan", conflict.plan)):
            _say(f"  {name}: {rules.value_in_words(policy, value)}")
    for refusal in brought.refused:
        _say(f"REFUSED: {refusal.title}: {refusal.reason}")
    for warning in brought.warnings:
        click.echo(written_out(f"It may hold client data. {warning}"), err=True)
    if brought.other_rules:
        click.echo("Other rules were in force where this plan was made. Those here count.", err=True)
    if brought.no_base and brought.conflicts:
        click.echo("This plan and this database have nothing in common: whatever differs is asked.", err=True)


COMMANDS = (plan,)
