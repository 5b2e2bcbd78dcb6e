"""Requests to Support, and the outbox they leave by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from penelope_admin import services
from penelope_admin.absent import mapped
from penelope_admin.app import App
from penelope_admin.cli.terminal import (
    DATE,
    ID,
    INSTANT,
    JSON,
    KEY,
    MESSAGE,
    OUTPUT,
    RECURS,
    REMARK,
    AppGroup,
    Capitals,
    Confirmed,
    acknowledging,
    agency_zone,
    listing,
    options_missing,
    print_json,
    print_lines,
    put,
    recurrence,
    say_saved,
    showing,
    warn,
    with_environment,
)
from penelope_admin.domain.requests import KINDS, reference_of
from penelope_admin.domain.text import filled
from penelope_admin.domain.times import in_words, moment_in_words
from penelope_admin.errors import BadInputError, ConflictError, OtherDayError, RefusedError, SameCaseError
from penelope_admin.files import check_ending
from penelope_admin.invocation import command
from penelope_admin.services import shapes

if TYPE_CHECKING:
    from penelope_admin.domain.delivery import Outgoing
    from penelope_admin.domain.recurring import Every
    from penelope_admin.domain.requests import Request, RequestInput, Status
    from penelope_admin.mail.offers import Offer
    from penelope_admin.services.requests import Drafted, RequestView
    from penelope_admin.services.requests.delivery import Handed
    from penelope_admin.services.requests.replies import ReplyView

HAPPENED = click.option(
    "--happened", type=click.Choice(["yes", "no", "unknown"]),
    help="Whether a refresh that was due, and is moved or cancelled now, was made.",
)  # fmt: skip
COPIED = click.option("--at", "happened_at", type=INSTANT, help="When production was copied, if it was.")
STEPS = ("drafted", "sent", "acknowledged", "answered", "scheduled", "done", "cancelled")
OTHER_DAY = click.option(
    "--other-day", is_flag=True, help="The copy was made on another day than agreed, or before it was asked for here."
)
SAME_CASE = click.option("--same-case", is_flag=True, help="Support put this request and another on one case.")


@contextmanager
def _naming_option() -> Iterator[None]:
    """Name the option that says yes, where another request has the case number, or a refresh was made another day."""
    try:
        yield
    except SameCaseError as error:
        raise SameCaseError(f"{error} In the terminal, --same-case says so.") from error
    except OtherDayError as error:
        raise OtherDayError(f"{error} In the terminal, --other-day says so.") from error


@click.group(cls=AppGroup)
def refresh() -> None:
    """Ask for a refresh of a database from production."""


@refresh.command("request")
@click.option("--reason", required=True, metavar="TEXT")
@click.option("--earliest", type=DATE)
@click.option("--latest", type=DATE)
@click.option("--re-enable", "features", multiple=True, metavar="FEATURE", help="Turn back on afterwards; repeatable.")
@RECURS
@with_environment
def refresh_request(app: App, /, recurs: Every | None, draft_days: int | None, **facts: Any) -> None:
    """Draft a refresh request; prints its id. Nothing is sent. One that repeats is counted from --latest."""
    from penelope_admin.domain.requests import RequestInput

    entered, again = RequestInput(**facts), recurrence(recurs, draft_days)
    if again is None:
        _draft(app, entered)
    else:
        _tell_drafted(app, app.context.write(services.projects.repeat_refresh, entered, again).value)


def _draft(app: App, entered: RequestInput) -> None:
    _tell_drafted(app, app.context.write(services.requests.draft, entered).value)


def _tell_drafted(app: App, drafted: Drafted) -> None:
    warn(*drafted.warnings)
    warn_of_client_data(app, drafted.request.id)
    click.echo(drafted.request.id)


def warn_of_client_data(app: App, key: int) -> None:
    """Say what in a request looks like client data."""
    parcel = app.context.read(services.requests.delivery.parcel, key)
    warn(*(f"It may hold client data. {warning}" for warning in parcel.warnings))


@click.group(cls=AppGroup)
def requests() -> None:
    """Requests to Support, of every kind."""


@requests.command("new")
@click.argument("kind", type=click.Choice(tuple(KINDS)))
@click.option("--title", default="", metavar="TEXT", help="The subject.")
@click.option("--text", "--reason", "reason", default="", metavar="TEXT", help="What Support is to read.")
@click.option("--env", "environment", metavar="KEY", help="The database it is about.")
@click.option("--earliest", type=DATE, help="Not before this day.")
@click.option("--latest", type=DATE, help="Not after this day.")
@click.option("--feature", "--re-enable", "features", multiple=True, metavar="FEATURE", help="May be repeated.")
@click.option("--change", type=click.Choice(["enable", "disable"]), help="What is to be done with the features.")
@click.option("--upgrade-day", type=DATE, help="The day of the upgrade whose notice did not come.")
@click.option("--version", default="", metavar="TEXT", help="The version of Penelope.")
@click.option(
    "--characteristic", "characteristics", multiple=True, metavar="a|b|c", help="What makes it critical; repeatable."
)
@click.option("--all-users", "everybody", is_flag=True, help="No user can reasonably go on.")
@click.option("--began", "began_at", type=INSTANT, help="Since when.")
@acknowledging
def requests_new(app: App, confirmed: Confirmed, characteristics: tuple[str, ...], **facts: Any) -> None:
    """Draft a request; prints its id. Nothing is sent.

    \b
    refresh: --text [--env] [--earliest] [--latest] [--re-enable].
    feature-change: --change --feature --text [--env] [--earliest] [--latest] [--acknowledge-phi] [--queue-empty].
    missing-notice: --upgrade-day [--text].
    question: --title --text [--env].
    defect: --title --text --env [--version].
    scheduled-call: --title --text [--earliest] [--latest].
    script: --title --text [--env] [--earliest] [--latest].
    critical: --title --text --characteristic --all-users [--began].
    """
    from penelope_admin.domain.requests import RequestInput

    # The environment was named on this very command line, by the option or by leaving it out.
    acknowledgement = confirmed(facts["environment"] or app.context.read(services.mirror.environments.usual))
    letters = tuple(letter.lower() for letter in characteristics)
    entered = RequestInput(**facts, characteristics=letters, acknowledgement=acknowledgement)
    try:
        _draft(app, entered)
    except RefusedError as error:
        missing = [
            item for item in app.context.read(services.requests.verdicts, entered) if not item.needs_nothing_more
        ]
        if not any(item.reasons[0] in str(error) for item in missing):  # refused for something else
            raise
        raise RefusedError(f"{error}{options_missing(missing, acknowledgement)}") from error


@requests.command("edit")
@KEY
@click.option("--title", metavar="TEXT", help="Another subject.")
@click.option("--text", "--reason", "reason", metavar="TEXT", help="Another text.")
def requests_edit(app: App, key: int, **changes: str | None) -> None:
    """Change what a draft says, before it leaves."""
    from penelope_admin.domain.features import Acknowledgement
    from penelope_admin.domain.requests import input_of

    request = app.context.read(services.requests.find, key).request
    # What is asked for stays as it was, so what was acknowledged for it does too.
    kept = Acknowledgement(phi=True, environment=request.environment, queue_empty=bool(request.queue_empty))
    named = {name: value for name, value in changes.items() if value is not None}
    entered = replace(input_of(request), acknowledgement=kept, **named)  # type: ignore[arg-type]
    app.context.write(services.requests.redraft, key, entered, request.version)
    click.echo(f"Request {key} is changed.")
    warn_of_client_data(app, key)


@requests.command("list")
@listing(lambda app: app.context.read(services.requests.find_all), shapes.request)
def requests_list(_: App, views: Sequence[RequestView]) -> None:
    """List requests, the newest first."""
    for view in views:
        day, case = view.request.scheduled_for, filled(", case {}", view.request.case_number)
        scheduled = filled(", scheduled for {}", day and in_words(day))
        click.echo(f"{view.request.id}  {view.summary}: {view.request.status}{case}{scheduled}")
    if not views:
        click.echo(f"No requests yet. Draft one: {command('requests new KIND --help')}", err=True)


@requests.command("show")
@KEY
@showing(lambda app, key: app.context.read(services.requests.find, key), shapes.request_with_letter)
def requests_show(app: App, view: RequestView) -> None:
    """Show a request, its path so far, its remarks and its text."""
    zone, request, due = agency_zone(app), view.request, view.answer_due
    click.echo(f"{request.reference}, {view.summary}: {request.status}")
    brought = _brought_by_steps(request)
    for number, step in enumerate(request.steps):
        details = f"{brought.get(number, '')}{filled(' ({})', step.remark)}"
        click.echo(f"  {moment_in_words(step.at, zone)}: {step.status} by {step.by}{details}")
    print_lines(
        *(f"  {moment_in_words(note.at, zone)}, {note.by}: {note.text}" for note in request.remarks),
        request.defect_number and f"  Defect {request.defect_number}, severity {request.defect_severity}",
        *(
            f"  Nobody knows whether it was made when it was due on {day.isoformat()}. If it was: "
            f"{command(f'requests made {request.id} yes')}. If not: {command(f'requests made {request.id} no')}"
            for day in request.doubted
        ),
        filled("  Support aims to answer by {}", due and moment_in_words(due, zone)),
        _in_outbox(view),
    )
    click.echo(
        f"\nTo: {view.letter.to or '(Support’s address is not set)'}\nSubject: {view.letter.whole_text}", nl=False
    )


def _in_outbox(view: RequestView) -> str | None:
    from penelope_admin.domain.requests import where_it_stands

    if view.message is None:
        return None
    standing = view.message.problem
    if view.request.status == "queued":
        standing = where_it_stands(view.request, view.message)
    return f"  Message {view.message.id} in the outbox: {view.message.state}. {standing}".rstrip()


def _brought_by_steps(request: Request) -> dict[int, str]:
    """What steps of the path brought: the first reply the case number, the last of its days the one Support named."""
    replies = [number for number, step in enumerate(request.steps) if step.status in ("acknowledged", "answered")]
    named = [number for number, step in enumerate(request.steps) if step.status == "scheduled"]
    day = request.scheduled_for
    return {
        **dict.fromkeys(named[-1:], filled(", for {}", day and in_words(day))),
        **dict.fromkeys(replies[:1], filled(", case {}", request.case_number)),
    }


@requests.command("send")
@KEY
@click.option(
    "--via", type=click.Choice(["smtp", "eml", "text", "phone"]), help="By default the agency's way, or text."
)
@OUTPUT
@click.option("--send-anyway", is_flag=True, help="You checked: what looks like client data is not.")
def requests_send(app: App, key: int, via: str | None, output: Path | None, send_anyway: bool) -> int:
    """Send a request by the agency's mail server, or give out what you send yourself.

    smtp puts it into the outbox and tries at once; without a way, what is in the outbox is tried again. text is for the
    portal, eml a draft for a mail program, phone what to dial and to say.
    """
    view = app.context.read(services.requests.find, key)
    if view.request.status == "queued" and via in (None, "smtp") and output is None:
        return _flush(app, key)
    if via == "phone" and view.phone.offered:
        warn(view.phone.note)
    way = via or _usual_way(view)
    if output is not None:
        _check_output(output, way)
    hand_over, by = services.requests.delivery.hand_over, "portal" if way == "text" else way
    done = app.context.write(hand_over, key, by, send_anyway=send_anyway, target=output).value
    if done.queued:
        return _flush(app, key)
    _tell_given_out(view, done, output)
    return 0


def _tell_given_out(view: RequestView, done: Handed, output: Path | None) -> None:
    """What is to be sent, unless it is in a file, and what to say once it is."""
    if output is None:
        put(done.draft or done.parcel.text, None)
    else:
        say_saved(output)
    if view.request.status == "drafted":
        warn(f"Once it is sent: {command(f'requests advance {view.request.id} sent')}")


def _usual_way(view: RequestView) -> str:
    """The agency's way; a request that has left is given out as text alone."""
    if view.request.status == "drafted" and view.via in ("smtp", "eml", "phone"):
        return view.via
    return "text"


def _check_output(output: Path, way: str) -> None:
    if way == "smtp":
        raise BadInputError("--output is for eml, text and phone; smtp sends. Nothing was sent.")
    check_ending(output, ".eml" if way == "eml" else ".txt")


@requests.command("advance")
@KEY
@click.argument("status", type=click.Choice(STEPS))
@click.option("--case", "case_number", default="", metavar="NUMBER", help="Support's case number.")
@click.option("--on", "scheduled_for", type=DATE, help="The day Support named.")
@click.option(
    "--at", "happened_at", type=INSTANT,
    help="sent: when Support was contacted, where the critical clock starts; a refresh that is done: when production "
    "was copied. By default now.",
)  # fmt: skip
@HAPPENED
@REMARK
@SAME_CASE
@OTHER_DAY
def requests_advance(app: App, key: int, status: Status, scheduled_for: date | None, **facts: Any) -> None:
    """Record the next step of a request's path."""
    with _naming_option():
        done = app.context.write(services.requests.advance, key, status, scheduled_for=scheduled_for, **facts)
    click.echo(f"Request {key} is {done.value.status}.")
    if scheduled_for:
        warn(*app.context.read(services.requests.warnings_for_day, key, scheduled_for))
    request = app.context.read(services.requests.find, key).request
    if request.kind == "script" and status == "done":
        warn(f"If the script ran, record what it did: {command('mirror script')} --env {request.environment}")


@requests.command("cancel")
@KEY
@HAPPENED
@COPIED
@OTHER_DAY
@REMARK
def requests_cancel(app: App, key: int, **facts: Any) -> None:
    """Cancel a request. Tell Support, if it was sent."""
    with _naming_option():
        done = app.context.write(services.requests.advance, key, "cancelled", **facts)
    click.echo(f"Request {key} is {done.value.status}.")


@requests.command("made")
@KEY
@click.argument("answer", type=click.Choice(["yes", "no"]))
@COPIED
@OTHER_DAY
def requests_made(app: App, key: int, answer: str, **facts: Any) -> None:
    """Say whether a refresh was made, if nobody knew when it was moved or cancelled."""
    with _naming_option():
        app.context.write(services.requests.settle_doubt, key, was_made=answer == "yes", **facts)
    click.echo(f"Request {key}: noted.")


@requests.command("remark")
@KEY
@click.argument("text")
def requests_remark(app: App, key: int, text: str) -> None:
    """Note something about a request; it gets the date and your name."""
    app.context.write(services.requests.remark, key, text)
    click.echo(f"Request {key}: noted.")


@requests.command("case")
@KEY
@click.argument("number")
@SAME_CASE
def requests_case(app: App, key: int, number: str, same_case: bool) -> None:
    """Correct a case number that was entered wrong."""
    with _naming_option():
        request = app.context.write(services.requests.correct_case_number, key, number, same_case=same_case).value
    click.echo(f"Request {key} has the case number {request.case_number}.")


@requests.command("defect")
@KEY
@click.option("--number", required=True, help="The defect's number, as Support gave it.")
@click.option("--severity", required=True, type=Capitals(["S1", "S2", "S3", "S4"]))
def requests_defect(app: App, key: int, number: str, severity: str) -> None:
    """Record the defect Support confirmed and attached to the case."""
    request = app.context.write(services.requests.record_defect, key, number, severity).value
    click.echo(f"Request {key} has the defect {request.defect_number}, severity {request.defect_severity}.")


@requests.command("import-reply")
@MESSAGE
@click.option("--accept", is_flag=True, help="Record what was found.")
@click.option("--request", "key", type=ID, help="The request it belongs to, if that is not certain.")
@click.option("--case", "case_number", default="", metavar="NUMBER", help="The case number, if that is not certain.")
@SAME_CASE
@JSON
def requests_import_reply(
    app: App, file: Path, accept: bool, key: int | None, case_number: str, same_case: bool, as_json: bool
) -> int:
    """Find the case number in a reply of Support's (.eml, .msg or plain text) and the request it belongs to.

    Nothing is recorded without --accept. Exits with 1 when either is missing or in doubt.
    """
    reply = services.requests.replies.look_into(app.context, file)
    offer = reply.offer
    request_id, number = key or offer.request_id, case_number or offer.case_number
    settled = _settled(offer, request_id, number, both_said=bool(key and case_number))
    is_known = offer.is_known and settled == (offer.request_id, offer.case_number)
    certain, recorded = settled is not None, False
    if settled is not None and accept and not is_known:
        with _naming_option():
            app.context.write(services.requests.replies.take, *settled, same_case=same_case)
        recorded = True
    if as_json:
        print_json(shapes.reply(reply, request_id, number, certain=certain, recorded=recorded))
        return int(not certain)
    _print_reply(reply, request_id)
    if not certain:
        warn("Nothing was recorded. Say which with --request ID --case NUMBER --accept.")
    elif recorded:
        click.echo(f"Request {request_id} has the case number {number}.")
    elif not is_known:
        warn("Nothing has been recorded yet; --accept does it.")
    return int(not certain)


def _print_reply(reply: ReplyView, request_id: int | None) -> None:
    """What a reply says: the case number, and the days it names."""
    click.echo(" ".join((reply.offer.sentence, *(named.sentence for named in reply.days))))
    warn(reply.doubt)
    if reply.days:
        step = f"requests advance {request_id or 'ID'} scheduled --on {reply.day or 'DAY'}"
        warn(f"To record the day: {command(step)}")


def _settled(offer: Offer, request_id: int | None, number: str | None, *, both_said: bool) -> tuple[int, str] | None:
    """The request and its case number; nothing where one is missing, or in doubt and not said."""
    if request_id is None or number is None or (offer.conflicts and not both_said):
        return None
    return request_id, number


@requests.command("drop-wanted")
@KEY
def requests_drop_wanted(app: App, key: int) -> None:
    """Say that the features a refresh should have brought back are not needed any more."""
    app.context.write(services.requests.drop_wanted, key)
    click.echo(f"Request {key}: nothing has to be switched on again.")


# --- the outbox --------------------------------------------------------------------------------


@click.group(cls=AppGroup)
def outbox() -> None:
    """Messages on their way through the agency's mail server."""


@outbox.command("list")
@listing(lambda app: app.context.read(services.requests.outbox.find_all), shapes.message)
def outbox_list(app: App, messages: Sequence[Outgoing]) -> None:
    """List the messages, oldest first."""
    zone = agency_zone(app)
    for message in messages:
        waits = message.state == "waiting"
        again = filled(", next try {}", waits and moment_in_words(message.next_attempt_at, zone))
        about = mapped(message.request_id, reference_of) or f"staff notice {message.window_key}"
        why = filled(" ({})", message.problem)
        click.echo(f"{message.id}  {about} to {message.recipient}: {message.state}{again}{why}")
    if not messages:
        click.echo("The outbox is empty.", err=True)


@outbox.command("flush")
def outbox_flush(app: App) -> int:
    """Try to send everything that waits, now. Exits with 1 when something still waits or failed."""
    return _flush(app)


def _flush(app: App, key: int | None = None) -> int:
    """Send what waits and say how it went, of one request or of all."""
    from penelope_admin.mail.line import CancelToken

    done = services.requests.outbox.flush(app.context, CancelToken(), now=True).value
    if done.busy:
        raise ConflictError("Another program is sending already. What waits stays in the outbox.")
    if key is None:
        click.echo(f"Sent {done.sent}, failed {done.failed}, still waiting {done.waiting}.")
        return int(bool(done.failed or done.waiting))
    _tell_sent(app.context.read(services.requests.find, key))
    return 0


def _tell_sent(view: RequestView) -> None:
    """What became of a request that was to be sent."""
    from penelope_admin.domain.requests import awaits_word, where_it_stands

    message, key = view.message, view.request.id
    if awaits_word(view.request, message):
        raise ConflictError(f"{where_it_stands(view.request, message)} {_how_to_settle(key)}")
    if message is None or message.state == "sent":
        click.echo(f"Request {key} is sent.")
        return
    if message.state == "failed":
        raise ConflictError(
            f"Request {key} was not sent. {message.problem} It is a draft again. For a draft that your mail program "
            f"opens: {command(f'requests send {key} --via eml')}. To make that the usual way: "
            f"{command('agency set --delivery mail-program')}"
        )
    if message.state == "waiting":
        warn(f"Request {key}: {where_it_stands(view.request, message)}", f"To try again: {command('outbox flush')}")
    click.echo(f"Request {key} is queued.")


@outbox.command("cancel")
@KEY
def outbox_cancel(app: App, key: int) -> None:
    """Take a waiting message back; its request is a draft again, unless Support may have it."""
    from penelope_admin.domain.requests import doubt

    services.requests.outbox.let_go(app.context)
    message = app.context.write(services.requests.outbox.cancel, key).value
    if message.request_id is None:
        click.echo(f"Message {key} is taken back.")
        return
    request = app.context.read(services.requests.find, message.request_id).request
    if request.status == "drafted":
        click.echo(f"Message {key} is taken back. Request {request.id} is a draft again.")
    else:
        click.echo(f"Message {key} is taken back. {doubt(request)} {_how_to_settle(request.id)}")


def _how_to_settle(key: int) -> str:
    return (
        f"If it arrived: {command(f'requests advance {key} sent')}. "
        f"If it did not: {command(f'requests advance {key} drafted')}"
    )


COMMANDS = (refresh, requests, outbox)
