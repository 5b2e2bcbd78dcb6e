"""Whether an export may hold real people's contact details."""

from __future__ import annotations

import gc
import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from penelope_admin import services
from penelope_admin.app import App
from penelope_admin.cli.terminal import (
    JSON,
    REGION,
    app_command,
    asked_secret,
    known_agency,
    print_json,
    print_lines,
    print_list,
)
from penelope_admin.domain.mirror import VERDICT_NAMES
from penelope_admin.domain.text import filled, written_out
from penelope_admin.domain.times import plural
from penelope_admin.domain.training import check_stays_inside
from penelope_admin.domain.windows import find_region
from penelope_admin.errors import BadInputError
from penelope_admin.invocation import command
from penelope_admin.services import shapes

if TYPE_CHECKING:
    from penelope_admin.detect.values import OwnMail
    from penelope_admin.detect.verdicts import Finding, Progress, Proposal
    from penelope_admin.policy import Region
    from penelope_admin.services.json_types import RecordedJson
    from penelope_admin.services.mirror.proof import Source


CANNOT_TELL = 5
"""The exit code where nobody can tell."""
URL_VARIABLE = "PENELOPE_ADMIN_CHECK_URL"


@app_command("check-data")
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(path_type=Path))
@click.option(
    "--url",
    metavar="URL",
    help="A database to read instead of files; it is opened for reading only. Other users of this computer may see a "
    f"password that is given here: with - the URL is asked for, or read as one line from stdin. {URL_VARIABLE} in the "
    "environment is taken if neither files nor --url are named.",
)
@click.option("--column", "columns", multiple=True, metavar="NAME", help="Examine this column only; may be repeated.")
@click.option("--region", type=REGION, help="Whose telephone numbers to expect; by default the agency's.")
@click.option("--survey", "only_survey", is_flag=True, help="Only list the columns, and which are worth examining.")
@click.option("--strict", is_flag=True, help="Exit with 1 also where nobody can tell, instead of 5.")
@click.option("--record", is_flag=True, help="Keep the finding as evidence, as of when the oldest file was written.")
@click.option("--env", "environment", metavar="KEY", help="With --record: the copy that the data was taken from.")
@JSON
def check_data(
    app: App,
    paths: tuple[Path, ...],
    url: str | None,
    columns: tuple[str, ...],
    region: str | None,
    only_survey: bool,
    strict: bool,
    record: bool,
    environment: str | None,
    as_json: bool,
) -> int:
    """Check whether an export may hold real contact details.

    PATH is a file, or a folder of them: tables, workbooks, any text. Exits with 0 only if it is de-identified,
    with 1 if contact details are real, and with 5 if nobody can tell.
    """
    if record != (environment is not None) or (record and only_survey):
        raise click.UsageError("--record and --env belong together: name the copy that the data was taken from.")
    if environment is not None:  # before hours are spent on it
        app.context.read(services.mirror.environments.need_known, environment)
    source = _url(app, url, paths) or paths
    home, own, today = _region(app, region), partial(_own, app), app.clock.now().date()
    proof = services.mirror.proof
    if only_survey:
        _show_survey(proof.survey(home, source, today=today), as_json)
        return 0
    chosen = None
    if columns:
        chosen = _chosen(proof.survey(home, source, today=today), columns)
    gc.freeze()  # what is loaded stays; to look for garbage in it again and again takes time
    with _Ticker() as ticker:
        finding = proof.examine(home, source, chosen, today=today, own=own, tell=ticker)
    recorded = None
    if environment is not None:
        recorded = _record(app, environment, finding, source)
    _tell(finding, recorded, as_json)
    return _exit_code(finding, strict)


def _exit_code(finding: Finding, strict: bool) -> int:
    if finding.verdict == "cannot-tell" and not strict:
        return CANNOT_TELL
    return int(finding.verdict != "de-identified")


def _tell(finding: Finding, event: RecordedJson | None, as_json: bool) -> None:
    if as_json:
        print_json(shapes.finding(finding, event))
    else:
        _show(finding)
        click.echo(_next_step(finding, event), err=True)


def _record(app: App, environment: str, finding: Finding, source: Source) -> RecordedJson:
    """Keep a finding, as of when the data is known to have been taken."""
    at = services.mirror.proof.taken_at(source, app.context.now())
    app.context.write(services.mirror.evidence.record, environment, finding, at)
    return {"env": environment, "as_of": at}


def _next_step(finding: Finding, recorded: RecordedJson | None) -> str:
    """One sentence: what to do now."""
    are_named = any(column.bears for file in finding.files for column in file.columns)
    open_ = [*["what was not examined"] * bool(finding.not_examined), *["the columns named above"] * are_named]
    what = {
        "cannot-tell": f"Look at {' and '.join(open_)}, settle what they hold, and check again."
        if open_
        else "Check an export in which there are contact details.",
        "real": "Treat the contact details in that copy as real: let nothing be sent from it before they are "
        "de-identified.",
        "de-identified": "No contact in it could be reached; what the export leaves out was not looked at.",
    }[finding.verdict]
    if recorded is not None:
        return f"{what} Recorded as evidence for {recorded['env']}."
    return f"{what} Nothing was recorded; --record --env KEY keeps it as evidence."


def _url(app: App, url: str | None, paths: tuple[Path, ...]) -> str | None:
    """The database's URL, which may have a password in it, from where nobody else can read it; None for files."""
    if not paths and url is None:
        url = os.environ.get(URL_VARIABLE)
    elif not paths and url == "-":
        url = asked_secret("URL of the database", "Nothing was examined.").strip()
    if bool(paths) == bool(url):
        raise click.UsageError("Name files or folders to check, or a database with --url.")
    if url:
        check_stays_inside(is_training=app.is_training)
    return url


def _region(app: App, region: str | None) -> Region:
    if region is not None:
        return find_region(app.policy, region)
    profile = known_agency(app)
    if profile is None:
        raise BadInputError(
            f"No agency is set up yet: name a region with --region, or run {command('init')} first. "
            "Nothing was examined."
        )
    return find_region(app.policy, profile.region)


def _own(app: App) -> OwnMail:
    """The agency's own addresses; none before one is set up."""
    from penelope_admin.detect.values import OwnMail

    profile = known_agency(app)
    return OwnMail.read(profile.own_mail if profile else "")


def _chosen(proposals: tuple[Proposal, ...], columns: tuple[str, ...]) -> set[tuple[str, str]]:
    named = {name.strip().casefold() for name in columns}
    chosen = {(item.file, item.column) for item in proposals if item.column.casefold() in named}
    present = {name.casefold() for _, name in chosen}
    missing = len(named - present)
    if missing:
        raise BadInputError(
            f"{missing} of the columns named is in none of these tables. Nothing was examined. "
            "--survey lists the columns."
        )
    return chosen


class _Ticker:
    """Says on stderr how far it is, where a person looks on."""

    def __init__(self) -> None:
        self._shows, self._last = sys.stderr.isatty(), ""

    def __enter__(self) -> _Ticker:
        return self

    def __exit__(self, *_: object) -> None:
        if self._last:
            click.echo("\r\x1b[K", nl=False, err=True)

    def __call__(self, progress: Progress) -> None:
        if not self._shows:
            return
        share = f"{100 * progress.done // progress.total} %" if progress.total else f"{progress.done:,} rows"
        line = f"{written_out(progress.what)[-60:]}: {share}"
        if line != self._last:
            click.echo(f"\r\x1b[K{line}", nl=False, err=True)
            self._last = line


def _show_survey(proposals: tuple[Proposal, ...], as_json: bool) -> None:
    if as_json:
        print_json([shapes.proposal(item) for item in proposals])
        return
    last = ""
    for item in proposals:
        if item.file != last:
            click.echo(written_out(item.file))
            last = item.file
        click.echo(f"  {'examine' if item.examine else 'skip   '}  {item.column}: {item.why}")


def _show(finding: Finding) -> None:
    click.echo(f"{VERDICT_NAMES[finding.verdict]} ({finding.confidence} confidence)\n{finding.sentence}")
    for file in finding.files:
        unread = filled(", {:,} of them unread", file.unread)
        click.echo(
            f"\n{written_out(file.path)}: {VERDICT_NAMES[file.verdict].lower()} ({plural(file.rows, 'row')}{unread})"
        )
        telling = [column for column in file.columns if column.bears]
        for column in telling:
            samples = filled(" For example {}.", ", ".join(column.samples))
            click.echo(f"  {column.name}: {VERDICT_NAMES[column.verdict].lower()}. {column.why}{samples}")
        silent = len(file.columns) - len(telling)
        print_lines(
            filled(
                "  {}: nothing like contact details.",
                silent and plural(silent, "other column" if telling else "column"),
            )
        )
    if finding.not_examined:
        click.echo("\nNot examined:")
        print_list([written_out(f"{item.path}: {item.why}") for item in finding.not_examined], "nothing")


COMMANDS = (check_data,)
