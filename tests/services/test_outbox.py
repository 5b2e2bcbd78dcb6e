"""The outbox: what waits is sent once, in order, and nothing is lost, whatever mail server, clock and computers do."""

from __future__ import annotations

import contextlib
import json
import socket
import stat
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import keyring
import pytest
import sqlalchemy as sa
from filelock import FileLock
from hypothesis import settings as tries
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from keyring.backends import fail

from penelope_admin.clock import FixedClock
from penelope_admin.domain.delivery import Outgoing, Security, next_attempt
from penelope_admin.domain.requests import (
    Request,
    RequestInput,
    Status,
    awaits_word,
    doubt,
    legal_steps,
    where_it_stands,
)
from penelope_admin.errors import BadInputError, ConflictError, StoreError
from penelope_admin.mail import messages, smtp
from penelope_admin.mail.line import STEP_SECONDS, CancelToken, DeliveryError
from penelope_admin.services import activity, backups, overview, requests
from penelope_admin.services.backups import Restoring
from penelope_admin.services.requests import delivery, mailbox, outbox
from penelope_admin.services.requests.outbox import Round
from penelope_admin.services.work import Context
from penelope_admin.store import schema
from penelope_admin.store.engine import Store, database_url
from penelope_admin.store.open import open_store
from tests.each import each
from tests.effort import examples
from tests.keyrings import Memory, in_memory
from tests.mail.test_smtp import stopped_when
from tests.postoffice import (
    DROP,
    PASSWORD,
    PHASES,
    SILENCE,
    USER,
    Authority,
    Fault,
    Peer,
    Phase,
    PostOffice,
    RawServer,
    silent,
    without_encryption,
)
from tests.services.house import (
    NOW,
    agency_at_work,
    change_agency,
    database,
    everything,
    log,
    nothing_saved,
    one_entry,
)
from tests.store.files import raw

HANDED_OVER: tuple[Phase, ...] = ("text", "dot", "reply")
"""Where a connection that ends leaves open whether the server has the message: all of it is on its way at once."""
REFUSING: tuple[Phase, ...] = ("mail", "rcpt", "data", "dot")
MINUTE = timedelta(minutes=1)
pytestmark = pytest.mark.usefixtures("trusted")


@pytest.fixture
def strict(authority: Authority) -> Iterator[PostOffice]:
    """A mail server at which everybody must sign in."""
    with PostOffice(authority=authority) as office:
        yield office


@pytest.fixture
def sending(context: Context, office: PostOffice) -> Context:
    """The agency sends by the mail server that asks nobody to sign in."""
    use(context, office.port)
    return context


@pytest.fixture
def colleague(context: Context, tmp_path: Path) -> Iterator[Context]:
    """Another computer of the team, with a data folder of its own on the same database."""
    with another_computer(context, tmp_path / "colleague") as other:
        yield other


@contextlib.contextmanager
def another_computer(context: Context, home: Path) -> Iterator[Context]:
    home.mkdir()
    store = open_store(database_url(context.home, None), context.now())
    yield Context(store, context.clock, context.policy, "bob", home)
    store.close()


def use(context: Context, port: int, security: Security = "starttls", user: str = "") -> None:
    """The agency sends by the server on this port."""
    change_agency(context, smtp_host="localhost", smtp_port=port, smtp_security=security, smtp_user=user)


def drafted(context: Context, title: str = "A report") -> int:
    wish = RequestInput(kind="question", title=title, reason="How is that done?")
    return context.write(requests.draft, wish).value.request.id


def queued(context: Context, title: str = "A report") -> int:
    """A request whose message waits."""
    key = drafted(context, title)
    context.write(delivery.hand_over, key, "smtp")
    return key


def flush(context: Context, *, now: bool = False) -> Round:
    return outbox.flush(context, CancelToken(), now=now).value


def message(context: Context, key: int = 1) -> Outgoing:
    """The newest message of a request."""
    found = context.read(requests.find, key).message
    assert found is not None
    return found


def status(context: Context, key: int = 1) -> Status:
    return context.read(requests.find, key).request.status


def in_doubt(context: Context, key: int = 1) -> bool:
    """Whether Support may have a request although nobody saw the server take it."""
    return "Support may have it." in doubt(context.read(requests.find, key).request)


def content(context: Context, number: int = 1) -> bytes:
    """The bytes that are kept of a message."""
    with context.store.reading() as connection:
        table = schema.outgoing_message
        found = connection.execute(sa.select(table.c.content).where(table.c.id == number)).scalar_one()
    return str(found).encode("ascii")


def parsed(data: bytes) -> EmailMessage:
    found = message_from_bytes(data, policy=default)
    assert isinstance(found, EmailMessage)
    return found


def arrived(office: PostOffice) -> list[str]:
    """The Message-IDs the server accepted, in order."""
    return [str(parsed(received.data)["Message-ID"]) for received in office.received]


def killed_while_sending(context: Context) -> None:
    """A run of the program on this data folder claims the next message and is killed."""
    assert outbox._claim(context, outbox._my_name(context), 0, now=True) is not None


@contextlib.contextmanager
def nothing_logged(context: Context) -> Iterator[None]:
    before = log(context)
    yield
    assert log(context) == before


@contextlib.contextmanager
def nobody_listens() -> Iterator[int]:
    """A port that refuses connections."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield int(taken.getsockname()[1])


@contextlib.contextmanager
def under_way(context: Context, stop: CancelToken) -> Iterator[None]:
    """A round in another thread, as the window has it; over at the end."""
    problems: list[BaseException] = []

    def work() -> None:
        try:
            outbox.flush(context, stop)
        except BaseException as error:
            problems.append(error)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        yield
    finally:
        stop.set()
        worker.join(20)
    assert not worker.is_alive()
    assert not problems


@contextlib.contextmanager
def refusing_database(context: Context, deed: str) -> Iterator[None]:
    """The database refuses one kind of change."""
    with raw(database(context.home)) as connection:
        connection.execute(f"CREATE TRIGGER no BEFORE {deed} BEGIN SELECT RAISE(ABORT, 'no'); END")
        try:
            yield
        finally:
            connection.execute("DROP TRIGGER no")


# --- into the outbox ---------------------------------------------------------------------------


def test_request_step_message_and_log_entry_appear_together(sending: Context) -> None:
    key = drafted(sending)
    with one_entry(sending, "request.queued", "PA-1"):
        sending.write(delivery.hand_over, key, "smtp")
    assert status(sending) == "queued"
    assert [step.status for step in sending.read(requests.find, key).request.steps] == ["drafted", "queued"]
    assert message(sending).state == "waiting"


@pytest.mark.parametrize(
    "deed",
    ["INSERT ON outgoing_message", "INSERT ON request_step", "UPDATE ON request", "INSERT ON audit_entry"],
)
def test_when_one_part_of_queueing_fails_none_of_it_is_kept(sending: Context, deed: str) -> None:
    key = drafted(sending)
    with refusing_database(sending, deed), nothing_saved(sending), pytest.raises(StoreError):
        sending.write(delivery.hand_over, key, "smtp")
    assert sending.read(outbox.find_all) == []
    assert status(sending) == "drafted"


def test_no_two_messages_have_the_same_message_id(sending: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    queued(sending)
    monkeypatch.setattr(messages, "new_message_id", lambda _: message(sending).message_id)
    key = drafted(sending)
    with nothing_saved(sending), pytest.raises(StoreError):
        sending.write(delivery.hand_over, key, "smtp")


def test_a_second_message_of_a_request_is_refused_while_one_waits(sending: Context) -> None:
    key = queued(sending)
    with nothing_saved(sending), pytest.raises(ConflictError, match="cancel sending"):
        sending.write(delivery.hand_over, key, "smtp")


@pytest.mark.parametrize("state", ["waiting", "sending"])
def test_the_database_itself_has_one_open_message_for_each_request(sending: Context, state: str) -> None:
    queued(sending)
    claimed_by = "somebody" if state == "sending" else None
    with nothing_saved(sending), pytest.raises(StoreError), sending.store.writing() as connection:
        connection.execute(
            sa.insert(schema.outgoing_message).values(
                request_id=1, message_id="<2@riverside.example>", sender="", recipient="", content="", state=state,
                next_attempt_at=NOW, created_at=NOW, by="eve", claimed_by=claimed_by,
            )
        )  # fmt: skip


def test_the_message_that_is_kept_is_whole_and_bears_its_message_id(sending: Context) -> None:
    queued(sending, "Où est la liste ?")
    found = parsed(content(sending))
    assert found["Message-ID"] == message(sending).message_id
    assert (found["To"], found["From"]) == ("support@vendor.example", "admin@riverside.example")
    assert found["Subject"] == sending.read(requests.find, 1).letter.subject
    assert content(sending).isascii()


@pytest.mark.parametrize("domain", ["family-services.riverside-in-winnipeg.example", f"{'a' * 60}.{'b' * 60}.example"])
def test_a_long_domain_leaves_the_message_id_whole(sending: Context, office: PostOffice, domain: str) -> None:
    change_agency(sending, own_address=f"admin@{domain}")
    queued(sending)
    assert flush(sending) == Round(sent=1)
    assert f"\r\nMessage-ID: {message(sending).message_id}\r\n".encode() in office.received[0].data


# --- sent --------------------------------------------------------------------------------------


def test_what_waits_is_sent_and_message_and_request_say_so(
    sending: Context, office: PostOffice, clock: FixedClock
) -> None:
    key = queued(sending)
    kept, identifier = content(sending), message(sending).message_id
    clock.instant = NOW + timedelta(hours=1)
    with one_entry(sending, "request.sent", "PA-1") as facts:
        done = outbox.flush(sending, CancelToken())
    assert (done.value, done.changes) == (Round(sent=1), {"requests"})
    what = {"status": "sent", "message": 1, "message_id": identifier, "to": "support@vendor.example", "attempts": 1}
    assert facts == [{"status": "queued"}, what]
    (received,) = office.received
    assert (received.sender, received.recipients) == ("admin@riverside.example", ("support@vendor.example",))
    assert received.data == kept
    found = message(sending)
    assert (found.state, found.attempts, found.problem, found.ended_at) == ("sent", 1, "", clock.now())
    request = sending.read(requests.find, key).request
    assert request.status == "sent"
    assert (request.date_of("sent"), request.steps[-1].by) == (clock.now(), "ada")


def test_what_was_sent_is_not_sent_again(sending: Context, office: PostOffice, clock: FixedClock) -> None:
    queued(sending)
    flush(sending)
    clock.instant += timedelta(days=1)
    with nothing_saved(sending):
        done = outbox.flush(sending, CancelToken(), now=True)
    assert (done.value, done.changes) == (Round(), frozenset())
    assert len(office.received) == 1


def test_an_empty_outbox_connects_to_nobody(sending: Context, office: PostOffice) -> None:
    drafted(sending)
    with nothing_saved(sending):
        assert flush(sending, now=True) == Round()
    assert office.connections == 0


def test_messages_go_in_the_order_in_which_they_came(sending: Context, office: PostOffice) -> None:
    for number in range(5):
        queued(sending, f"Question {number}")
    assert flush(sending) == Round(sent=5)
    assert arrived(office) == [item.message_id for item in sending.read(outbox.find_all)]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_both_kinds_of_encryption_take_messages(context: Context, authority: Authority, security: Security) -> None:
    with PostOffice(authority=authority, user="", security=security) as office:
        use(context, office.port, security)
        queued(context)
        assert flush(context) == Round(sent=1)
    assert len(office.received) == 1


@pytest.mark.parametrize("deed", ["UPDATE ON request", "INSERT ON request_step", "INSERT ON audit_entry"])
def test_a_success_that_cannot_be_booked_whole_is_not_booked_and_the_same_bytes_go_again(
    sending: Context, office: PostOffice, deed: str
) -> None:
    queued(sending)
    with refusing_database(sending, deed), pytest.raises(StoreError):
        flush(sending)
    assert (message(sending).state, status(sending)) == ("sending", "queued")
    assert flush(sending) == Round(sent=1)
    first, second = office.received
    assert first.data == second.data
    assert (message(sending).state, status(sending)) == ("sent", "sent")


# --- tried again -------------------------------------------------------------------------------


@each(
    "attempts, minutes",
    [
        (0, 1), (1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 32), (7, 64), (8, 120), (9, 120), (64, 120), (10**9, 120),
    ],
)  # fmt: skip
def test_pauses_double_from_a_minute_to_two_hours(attempts: int, minutes: int) -> None:
    assert next_attempt(attempts, NOW) == NOW + minutes * MINUTE


def test_a_message_refused_for_now_waits_and_says_why(sending: Context, office: PostOffice) -> None:
    office.faults.append(Fault("rcpt", "451 4.3.0 Greylisted"))
    queued(sending)
    with nothing_logged(sending):
        done = outbox.flush(sending, CancelToken())
    assert (done.value, done.changes) == (Round(waiting=1), {"requests"})
    found = message(sending)
    assert (found.state, found.attempts, found.next_attempt_at, found.ended_at) == ("waiting", 1, NOW + MINUTE, None)
    assert "451 4.3.0 Greylisted" in found.problem
    assert status(sending) == "queued"


def test_a_message_is_not_tried_before_its_pause_is_over_and_tried_then(
    sending: Context, office: PostOffice, clock: FixedClock
) -> None:
    office.faults.append(Fault("rcpt", "451 Later"))
    queued(sending)
    flush(sending)
    for tried, minutes in enumerate([1, 2, 4, 8, 16, 32, 64, 120, 120], start=1):
        clock.instant += minutes * MINUTE - timedelta(seconds=1)
        with nothing_saved(sending):
            assert flush(sending) == Round()
        assert office.connections == tried
        clock.instant += timedelta(seconds=1)
        assert flush(sending) == Round(waiting=1)
        assert (office.connections, message(sending).attempts) == (tried + 1, tried + 1)


def test_who_says_now_does_not_wait_for_the_pause(sending: Context, office: PostOffice) -> None:
    office.faults.append(Fault("mail", "421 Later", times=2))
    queued(sending)
    assert flush(sending) == Round(waiting=1)
    assert flush(sending) == Round()
    assert flush(sending, now=True) == Round(waiting=1)
    assert flush(sending, now=True) == Round(sent=1)
    assert message(sending).attempts == 3


def test_a_message_that_went_at_last_has_no_problem_and_one_entry_with_its_attempts(
    sending: Context, office: PostOffice, clock: FixedClock
) -> None:
    office.faults.append(Fault("data", "452 Full", times=2))
    queued(sending)
    with one_entry(sending, "request.sent", "PA-1") as facts:
        for _ in range(3):
            flush(sending)
            clock.instant += timedelta(hours=2)
        clock.instant -= timedelta(hours=2)
    assert facts[1]["attempts"] == 3
    assert (message(sending).state, message(sending).problem) == ("sent", "")
    assert arrived(office) == [message(sending).message_id]


@pytest.mark.parametrize("phase", PHASES)
def test_a_connection_that_drops_loses_nothing_and_the_same_message_goes_again(
    context: Context, strict: PostOffice, ring: Memory, clock: FixedClock, phase: Phase
) -> None:
    use(context, strict.port, user=USER)
    mailbox.keep_password(context, "smtp", PASSWORD)
    strict.faults.append(Fault(phase, DROP, times=1))
    first, second = queued(context, "One"), queued(context, "Two")
    kept = [content(context, number) for number in (1, 2)]
    assert flush(context) == Round(sent=1, waiting=1)
    assert (message(context, first).state, status(context, first)) == ("waiting", "queued")
    assert message(context, first).problem
    assert in_doubt(context, first) == (phase in HANDED_OVER)
    clock.instant += MINUTE
    with one_entry(context, "request.sent", "PA-1"):
        assert flush(context) == Round(sent=1)
    assert (status(context, first), status(context, second)) == ("sent", "sent")
    one, two = kept
    again = [one] if phase == "reply" else []  # it was accepted, and nobody could know
    assert [received.data for received in strict.received] == [*again, two, one]
    assert set(arrived(strict)) == {item.message_id for item in context.read(outbox.find_all)}


def test_where_it_is_not_known_whether_the_server_took_it_the_message_says_so(
    sending: Context, office: PostOffice
) -> None:
    office.faults.append(Fault("reply", DROP, times=1))
    queued(sending)
    with one_entry(sending, "request.in-doubt", "PA-1") as facts:
        flush(sending)
    assert facts[1] == {
        "status": "queued", "message": 1, "because": "It was handed over to the mail server, and no answer came."
    }  # fmt: skip
    view = sending.read(requests.find, 1)
    said = where_it_stands(view.request, view.message)
    assert said.startswith("Support may have it. It was handed over to the mail server, and no answer came.")
    assert "Nothing was sent" not in said
    assert status(sending) == "queued"


def test_one_that_keeps_failing_does_not_stop_the_others(sending: Context, office: PostOffice) -> None:
    bad = queued(sending, "Never")
    for number in range(3):
        office.faults.append(Fault("dot", "450 Not this one", times=1))  # the first that comes: they go in order
        good = queued(sending, f"Question {number}")
        assert flush(sending, now=True) == Round(sent=1, waiting=1)
        assert status(sending, good) == "sent"
    assert (message(sending, bad).state, message(sending, bad).attempts) == ("waiting", 3)


def test_offline_everything_waits_and_says_why(context: Context) -> None:
    with nobody_listens() as port:
        use(context, port)
        keys = [queued(context), queued(context)]
        with nothing_logged(context):
            assert flush(context) == Round(waiting=2)
    for key in keys:
        assert (message(context, key).state, status(context, key)) == ("waiting", "queued")
        assert f"localhost accepts no connections on port {port}" in message(context, key).problem
        assert "Nothing was sent" in message(context, key).problem


# --- refused for good --------------------------------------------------------------------------


@pytest.mark.parametrize("phase", REFUSING)
def test_what_is_refused_for_good_fails_with_the_reason_and_is_a_draft_again(
    sending: Context, office: PostOffice, phase: Phase
) -> None:
    office.faults.append(Fault(phase, "554 5.7.1 We know you not"))
    queued(sending)
    with one_entry(sending, "request.not-sent", "PA-1") as facts:
        done = outbox.flush(sending, CancelToken())
    assert (done.value, done.changes) == (Round(failed=1), {"requests"})
    found = message(sending)
    assert (found.state, found.attempts, found.ended_at) == ("failed", 1, NOW)
    assert "554 5.7.1 We know you not" in found.problem
    assert facts == [{"status": "queued"}, {"status": "drafted", "message": 1, "problem": found.problem}]
    assert [step.status for step in sending.read(requests.find, 1).request.steps] == ["drafted", "queued", "drafted"]
    assert office.received == []


def test_what_failed_is_not_tried_again_by_itself(sending: Context, office: PostOffice, clock: FixedClock) -> None:
    office.faults.append(Fault("rcpt", "550 Nobody", times=1))
    queued(sending)
    flush(sending)
    clock.instant += timedelta(days=1)
    with nothing_saved(sending):
        assert flush(sending, now=True) == Round()
    assert office.received == []


def test_what_failed_can_be_queued_afresh_under_a_new_message_id(sending: Context, office: PostOffice) -> None:
    office.faults.append(Fault("rcpt", "550 Nobody", times=1))
    key = queued(sending)
    failed = message(sending)
    flush(sending)
    sending.write(delivery.hand_over, key, "smtp")
    assert flush(sending) == Round(sent=1)
    assert message(sending).message_id != failed.message_id
    assert arrived(office) == [message(sending).message_id]
    assert [item.state for item in sending.read(outbox.find_all)] == ["failed", "sent"]
    assert status(sending) == "sent"


def test_one_that_failed_for_good_does_not_stop_the_others(sending: Context, office: PostOffice) -> None:
    office.faults.append(Fault("mail", "553 No", times=1))
    keys = [queued(sending, f"Question {number}") for number in range(3)]
    assert flush(sending) == Round(sent=2, failed=1)
    assert [status(sending, key) for key in keys] == ["drafted", "sent", "sent"]


def test_a_failure_that_cannot_be_booked_whole_is_not_booked(sending: Context, office: PostOffice) -> None:
    office.faults.append(Fault("mail", "553 No"))
    queued(sending)
    with refusing_database(sending, "INSERT ON audit_entry"), pytest.raises(StoreError):
        flush(sending)
    assert (message(sending).state, status(sending)) == ("sending", "queued")
    assert flush(sending) == Round(failed=1)


@pytest.mark.parametrize(
    ("names", "end", "reason"),
    [
        (("else.example",), None, "its certificate is for another server"),
        (("localhost",), datetime(2020, 1, 2, tzinfo=UTC), "its certificate has expired"),
    ],
    ids=["another's", "expired"],
)
def test_a_server_whose_certificate_is_wrong_gets_nothing(
    context: Context, authority: Authority, names: tuple[str, ...], end: datetime | None, reason: str
) -> None:
    begin = datetime(2020, 1, 1, tzinfo=UTC) if end else None
    wrong = authority.context(*names, not_before=begin, not_after=end)
    with PostOffice(authority=authority, user="", context=wrong) as office:
        use(context, office.port)
        queued(context)
        assert flush(context) == Round(failed=1)
    assert reason in message(context).problem
    assert status(context) == "drafted"
    assert office.received == []


def test_a_server_nobody_vouches_for_gets_nothing(context: Context) -> None:
    with PostOffice(authority=Authority(), user="") as office:
        use(context, office.port)
        queued(context)
        assert flush(context) == Round(failed=1)
    assert "localhost cannot be trusted" in message(context).problem
    assert office.received == []


def test_a_server_without_encryption_hears_nothing_of_the_message(context: Context) -> None:
    with RawServer(without_encryption) as server:
        use(context, server.port)
        queued(context)
        assert flush(context) == Round(failed=1)
    assert "nothing is sent unencrypted" in message(context).problem
    assert status(context) == "drafted"
    for word in (b"riverside", b"MAIL", b"DATA", b"Subject"):
        assert word.lower() not in bytes(server.heard).lower()


# --- perhaps arrived ---------------------------------------------------------------------------


def perhaps_arrived(context: Context, office: PostOffice, clock: FixedClock, phase: Phase = "reply") -> int:
    """A request whose connection was lost after the message was handed over, and which was then refused for good."""
    office.faults[:] = [Fault(phase, DROP, times=1)]
    key = queued(context)
    flush(context)
    office.faults[:] = [Fault("rcpt", "550 5.1.1 Nobody here", times=1)]
    clock.instant += MINUTE
    assert flush(context) == Round(failed=1)
    return key


@pytest.mark.parametrize("phase", HANDED_OVER)
def test_a_connection_lost_after_handing_over_and_then_a_refusal_is_not_called_not_sent(
    sending: Context, office: PostOffice, clock: FixedClock, phase: Phase
) -> None:
    key = perhaps_arrived(sending, office, clock, phase)
    view = sending.read(requests.find, key)
    assert (message(sending).state, view.request.status) == ("failed", "queued")
    assert awaits_word(view.request, view.message)
    said = where_it_stands(view.request, view.message)
    assert said.startswith("Support may have it.")
    assert "550 5.1.1 Nobody here" in said
    assert "not sent." not in said.replace("It is not sent again automatically.", "")
    assert "Nothing was sent" not in said
    entry = log(sending)[-1]
    assert (entry.action, entry.subject) == ("request.in-doubt", "PA-1")
    assert json.loads(entry.after or "")["status"] == "queued"


@pytest.mark.parametrize(("answer", "becomes"), [("sent", "sent"), ("drafted", "drafted")])
def test_whether_it_arrived_is_a_task_with_two_answers(
    sending: Context, office: PostOffice, clock: FixedClock, answer: Status, becomes: Status
) -> None:
    key = perhaps_arrived(sending, office, clock)
    waits = [item for item in sending.read(overview.load).waiting if item.subject == str(key)]
    assert [(item.kind, item.urgency) for item in waits] == [("outbox", "danger")]
    assert "say whether it arrived" in waits[0].text
    clock.instant += timedelta(days=3)
    with nothing_saved(sending):
        assert flush(sending, now=True) == Round()
    with one_entry(sending, f"request.{answer}", "PA-1"):
        sending.write(requests.advance, key, answer)
    assert status(sending) == becomes
    assert not in_doubt(sending)


def test_before_an_attempt_is_in_doubt_nobody_can_say_that_it_did_not_arrive(sending: Context) -> None:
    key = queued(sending)
    with nothing_saved(sending), pytest.raises(ConflictError, match="cancel sending"):
        sending.write(requests.advance, key, "drafted")


def test_taking_back_what_may_have_arrived_leaves_the_answer_to_a_person(sending: Context, office: PostOffice) -> None:
    office.faults.append(Fault("dot", DROP, times=1))
    key = queued(sending)
    flush(sending)
    with one_entry(sending, "request.taken-back", "PA-1") as facts:
        sending.write(outbox.cancel, 1)
    assert facts[1] == {"status": "queued", "message": 1}
    view = sending.read(requests.find, key)
    assert awaits_word(view.request, view.message)
    assert flush(sending, now=True) == Round()


def test_what_a_killed_program_was_sending_is_let_go_so_that_a_person_can_take_it_back(sending: Context) -> None:
    key = queued(sending)
    killed_while_sending(sending)
    with pytest.raises(ConflictError, match="is being sent at this moment"):
        sending.write(outbox.cancel, 1)
    assert outbox.let_go(sending).value == 1
    sending.write(outbox.cancel, 1)
    assert doubt(sending.read(requests.find, key).request)
    assert outbox.let_go(sending).value == 0


@pytest.mark.parametrize("who", ["the same folder", "a colleague"])
def test_a_program_killed_while_sending_leaves_a_later_refusal_in_doubt(
    sending: Context, office: PostOffice, colleague: Context, clock: FixedClock, who: str
) -> None:
    queued(sending)
    killed_while_sending(sending)
    clock.instant += 11 * MINUTE
    office.faults.append(Fault("mail", "553 No", times=1))
    assert flush(sending if who == "the same folder" else colleague) == Round(failed=1)
    assert (status(sending), in_doubt(sending)) == ("queued", True)
    assert "The program ended while it was being sent" in doubt(sending.read(requests.find, 1).request)


def test_doubt_is_noted_once_however_often_the_connection_is_lost(sending: Context, office: PostOffice) -> None:
    office.faults.append(Fault("reply", DROP, times=5))
    queued(sending)
    for _ in range(5):
        flush(sending, now=True)
    assert [step.status for step in sending.read(requests.find, 1).request.steps] == ["drafted", "queued", "queued"]
    assert [entry.action for entry in log(sending)].count("request.in-doubt") == 1
    assert flush(sending, now=True) == Round(sent=1)
    assert (status(sending), in_doubt(sending)) == ("sent", False)


def test_doubt_outlasts_a_lack_of_the_password(context: Context, strict: PostOffice, ring: Memory) -> None:
    use(context, strict.port, user=USER)
    mailbox.keep_password(context, "smtp", PASSWORD)
    strict.faults.append(Fault("reply", DROP, times=1))
    queued(context)
    flush(context)
    mailbox.keep_password(context, "smtp", None)
    flush(context, now=True)
    view = context.read(requests.find, 1)
    said = where_it_stands(view.request, view.message)
    assert said.startswith("Support may have it.")
    assert "is not in this computer's keyring" in said


def test_the_answer_settles_only_the_message_it_is_about(
    sending: Context, office: PostOffice, clock: FixedClock
) -> None:
    key = perhaps_arrived(sending, office, clock)
    sending.write(requests.advance, key, "drafted")
    sending.write(delivery.hand_over, key, "smtp")
    office.faults[:] = [Fault("rcpt", "550 Nobody", times=1)]
    assert flush(sending) == Round(failed=1)
    assert (status(sending), in_doubt(sending)) == ("drafted", False)


def test_the_words_of_a_server_that_quotes_the_message_are_kept_masked(sending: Context, office: PostOffice) -> None:
    quoted = "554 5.7.1 spam: Jane, jane.doe@home.example, (204) 786-1234, born 12 March 1984"
    office.faults += [Fault("mail", f"451 {quoted}", times=1), Fault("rcpt", quoted, times=1)]
    queued(sending)
    for _ in range(2):
        flush(sending, now=True)
        assert "[email address], [telephone number], born [date of birth]" in message(sending).problem
    kept = "\n".join(everything(sending.home))
    for part in ("jane.doe", "786-1234", "March 1984"):
        assert part not in kept


# --- signing in --------------------------------------------------------------------------------


def test_the_password_comes_from_the_keyring(context: Context, strict: PostOffice, ring: Memory) -> None:
    use(context, strict.port, user=USER)
    mailbox.keep_password(context, "smtp", PASSWORD)
    queued(context)
    assert flush(context) == Round(sent=1)
    assert [received.user for received in strict.received] == [USER]
    assert PASSWORD not in "\n".join(everything(context.home))


def test_a_wrong_password_fails_with_the_servers_words_and_without_the_password(
    context: Context, strict: PostOffice, ring: Memory
) -> None:
    use(context, strict.port, user=USER)
    mailbox.keep_password(context, "smtp", "wrong-Quokka-77")
    queued(context)
    assert flush(context) == Round(failed=1)
    assert "does not let agency sign in: 535" in message(context).problem
    assert status(context) == "drafted"
    assert "Quokka" not in "\n".join(everything(context.home))


def no_password(context: Context) -> None:
    """The keyring is there and empty."""


def no_keyring(context: Context) -> None:
    keyring.set_keyring(fail.Keyring())


def no_server(context: Context) -> None:
    change_agency(context, smtp_host="")


@pytest.mark.parametrize(
    ("lack", "reason"),
    [
        (no_password, "The password for localhost is not in this computer's keyring"),
        (no_keyring, "this computer has no keyring"),
        (no_server, "No server for sending is set"),
    ],
)
def test_what_this_computer_lacks_is_said_of_every_message_and_no_attempt_is_counted(
    context: Context, strict: PostOffice, ring: Memory, lack: Callable[[Context], None], reason: str
) -> None:
    use(context, strict.port, user=USER)
    keys = [queued(context), queued(context)]
    lack(context)
    with nothing_logged(context):
        done = outbox.flush(context, CancelToken())
    assert (done.value, done.changes) == (Round(waiting=2), {"requests"})
    for key in keys:
        found = message(context, key)
        assert (found.state, found.attempts, found.next_attempt_at) == ("waiting", 0, NOW)
        assert reason in found.problem
        assert status(context, key) == "queued"
    assert strict.connections == 0


def test_what_was_said_already_is_not_said_again(context: Context, strict: PostOffice, ring: Memory) -> None:
    use(context, strict.port, user=USER)
    queued(context)
    flush(context)
    with nothing_saved(context):
        done = outbox.flush(context, CancelToken())
    assert (done.value, done.changes) == (Round(waiting=1), frozenset())


def test_a_freed_claim_is_told_even_when_nothing_can_be_sent(
    context: Context, strict: PostOffice, ring: Memory
) -> None:
    use(context, strict.port, user=USER)
    queued(context)
    flush(context)
    killed_while_sending(context)
    assert outbox.flush(context, CancelToken()).changes == {"requests"}
    assert message(context).state == "waiting"


def test_with_the_password_the_message_goes_at_once(context: Context, strict: PostOffice, ring: Memory) -> None:
    use(context, strict.port, user=USER)
    queued(context)
    flush(context)
    mailbox.keep_password(context, "smtp", PASSWORD)
    assert flush(context) == Round(sent=1)
    assert (message(context).attempts, message(context).problem) == (1, "")


def test_another_computer_of_the_team_sends_what_this_one_cannot(
    context: Context, strict: PostOffice, ring: Memory, colleague: Context
) -> None:
    use(context, strict.port, user=USER)
    queued(context)
    assert flush(context) == Round(waiting=1)
    with in_memory():
        mailbox.keep_password(colleague, "smtp", PASSWORD)
        with one_entry(colleague, "request.sent", "PA-1"):
            assert flush(colleague) == Round(sent=1)
    assert (message(context).state, status(context)) == ("sent", "sent")
    assert len(strict.received) == 1
    assert flush(context) == Round()


# --- stopped -----------------------------------------------------------------------------------


@pytest.mark.parametrize("phase", [None, *PHASES])
def test_stopping_during_an_attempt_ends_it_at_once_and_the_message_is_due(
    context: Context, strict: PostOffice, ring: Memory, phase: Phase | None
) -> None:
    """In each phase of a conversation with a server that falls silent; None never says a word, not even of TLS."""
    heard = threading.Event()

    def never(peer: Peer) -> None:
        heard.set()
        silent(peer)

    mute = Fault(phase or "connect", SILENCE, times=1)
    strict.faults.append(mute)
    stop = CancelToken()
    said: list[float] = []

    def met() -> bool:
        if not (heard.is_set() if phase is None else mute.times == 0):
            return False
        said.append(time.monotonic())
        return True

    with RawServer(never) as server:
        use(context, server.port if phase is None else strict.port, "tls" if phase is None else "starttls", USER)
        mailbox.keep_password(context, "smtp", PASSWORD)
        queued(context)
        queued(context)
        with stopped_when(met, stop):
            assert outbox.flush(context, stop).value == Round(waiting=1)
        assert time.monotonic() - said[0] < STEP_SECONDS / 2  # no wait ended by itself
    found = message(context)
    assert (found.state, found.attempts, found.next_attempt_at) == ("waiting", 0, NOW)
    assert "It was stopped" in found.problem
    assert in_doubt(context) == (phase in HANDED_OVER)
    assert log(context)[-1].action == ("request.in-doubt" if phase in HANDED_OVER else "request.queued")
    assert message(context, 2).attempts == 0
    assert status(context) == status(context, 2) == "queued"


def test_what_was_stopped_is_sent_by_the_next_round(sending: Context, office: PostOffice) -> None:
    mute = Fault("dot", SILENCE, times=1)
    office.faults.append(mute)
    queued(sending)
    stop = CancelToken()
    with stopped_when(lambda: mute.times == 0, stop):
        outbox.flush(sending, stop)
    assert flush(sending) == Round(sent=1)
    assert len(office.received) == 1


def test_a_round_that_is_stopped_before_it_begins_tries_nothing(sending: Context, office: PostOffice) -> None:
    queued(sending)
    stop = CancelToken()
    stop.set()
    with nothing_saved(sending):
        assert outbox.flush(sending, stop).value == Round()
    assert office.connections == 0


# --- several senders ---------------------------------------------------------------------------


def test_while_another_program_of_this_folder_sends_nothing_is_tried(sending: Context, office: PostOffice) -> None:
    queued(sending)
    with nothing_saved(sending), FileLock(sending.home / outbox.LOCK_FILE):
        done = outbox.flush(sending, CancelToken(), now=True)
    assert (done.value, done.changes) == (Round(busy=True), frozenset())
    assert office.connections == 0
    assert flush(sending) == Round(sent=1)


def test_a_claim_of_a_program_that_still_sends_is_left_alone(context: Context) -> None:
    heard, stop = threading.Event(), CancelToken()

    def never(peer: Peer) -> None:
        heard.set()
        silent(peer)

    with RawServer(never) as server:
        use(context, server.port)
        queued(context)
        with under_way(context, stop):
            assert heard.wait(60)
            assert flush(context, now=True) == Round(busy=True)
            assert message(context).state == "sending"
    assert message(context).state == "waiting"


def test_the_lock_is_private_and_let_go_of_after_every_round(sending: Context, office: PostOffice) -> None:
    queued(sending)
    with refusing_database(sending, "INSERT ON audit_entry"), pytest.raises(StoreError):
        flush(sending)
    lock = sending.home / outbox.LOCK_FILE
    with FileLock(lock, timeout=0):
        assert stat.S_IMODE(lock.stat().st_mode) == 0o600


def test_where_the_lock_cannot_be_had_nothing_is_sent(sending: Context, office: PostOffice) -> None:
    queued(sending)
    (sending.home / outbox.LOCK_FILE).mkdir()
    with nothing_saved(sending), pytest.raises(BadInputError, match=r"cannot be locked.*Nothing was sent"):
        flush(sending)
    assert office.connections == 0


def test_a_claim_left_by_an_earlier_run_of_ours_is_freed_at_once(
    sending: Context, office: PostOffice, colleague: Context
) -> None:
    queued(sending)
    killed_while_sending(sending)
    assert message(sending).state == "sending"
    assert flush(sending) == Round(sent=1)
    assert arrived(office) == [message(sending).message_id]


@pytest.mark.parametrize("now", [False, True])
def test_a_claim_of_another_computer_is_taken_over_only_after_ten_minutes(
    sending: Context, office: PostOffice, colleague: Context, clock: FixedClock, now: bool
) -> None:
    queued(sending)
    killed_while_sending(colleague)
    for minutes in (0, 9, 10):
        clock.instant = NOW + minutes * MINUTE
        with nothing_saved(sending):
            assert flush(sending, now=now) == Round()
    clock.instant = NOW + 10 * MINUTE + timedelta(seconds=1)
    assert flush(sending, now=now) == Round(sent=1)
    assert arrived(office) == [message(sending).message_id]


def test_who_comes_back_after_its_message_was_taken_over_books_nothing(
    sending: Context, office: PostOffice, colleague: Context, clock: FixedClock
) -> None:
    queued(sending)
    mine = outbox._my_name(colleague)
    claimed = outbox._claim(colleague, mine, 0, now=False)
    assert claimed is not None
    clock.instant += 11 * MINUTE
    assert flush(sending) == Round(sent=1)
    with nothing_saved(sending):
        outbox._book_success(colleague, mine, claimed, ())
        for for_good in (False, True):
            error = DeliveryError("Lost.", for_good=for_good)
            outbox._book_failure(colleague, mine, claimed, error, stopped=False, offline=False)
        assert outbox._content(colleague, mine, claimed) is None


def test_two_computers_of_one_name_and_folder_do_not_free_each_other_s_claims(
    sending: Context, office: PostOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with another_computer(sending, tmp_path / "other") as other:
        mine = outbox._my_name(sending)
        assert outbox._my_name(sending) == mine  # after every start
        # The folder of the other is reached under the very name of ours, as on two computers set up alike.
        monkeypatch.setattr(Path, "resolve", lambda *_, **__: Path("/data"))
        monkeypatch.setattr("platform.node", lambda: "office-pc")
        assert outbox._my_name(sending) != outbox._my_name(other)
        queued(sending)
        killed_while_sending(other)
        with nothing_saved(sending):
            assert flush(sending, now=True) == Round()
    name = sending.home / outbox.NAME_FILE
    assert stat.S_IMODE(name.stat().st_mode) == 0o600


def test_two_computers_at_once_send_each_message_once(sending: Context, office: PostOffice, colleague: Context) -> None:
    for number in range(12):
        queued(sending, f"Question {number}")
    with under_way(colleague, CancelToken()):
        flush(sending)
        deadline = time.monotonic() + 20  # a stop between the server's yes and the booking would rightly repeat one
        while any(item.state != "sent" for item in sending.read(outbox.find_all)) and time.monotonic() < deadline:
            time.sleep(0.01)
    assert sorted(arrived(office)) == sorted(item.message_id for item in sending.read(outbox.find_all))
    assert sending.read(activity.verify).first_broken is None


# --- taken back --------------------------------------------------------------------------------


def test_a_message_taken_back_is_never_sent(sending: Context, office: PostOffice) -> None:
    queued(sending)
    with one_entry(sending, "request.taken-back", "PA-1") as facts:
        done = sending.write(outbox.cancel, 1)
    assert (done.value.state, done.value.ended_at, done.changes) == ("cancelled", NOW, {"requests"})
    assert facts == [{"status": "queued"}, {"status": "drafted", "message": 1}]
    assert status(sending) == "drafted"
    assert flush(sending, now=True) == Round()
    assert office.connections == 0


def test_a_message_that_was_tried_in_vain_can_be_taken_back(sending: Context, office: PostOffice) -> None:
    office.faults.append(Fault("mail", "451 Later"))
    queued(sending)
    flush(sending)
    sending.write(outbox.cancel, 1)
    assert (message(sending).state, message(sending).problem, status(sending)) == ("cancelled", "", "drafted")


def test_what_is_being_sent_cannot_be_taken_back_by_anybody(sending: Context, colleague: Context) -> None:
    queued(sending)
    killed_while_sending(colleague)
    deeds: list[Callable[[], object]] = [
        lambda: sending.write(outbox.cancel, 1),
        lambda: sending.write(requests.advance, 1, "sent"),
        lambda: sending.write(requests.advance, 1, "cancelled"),
    ]
    for deed in deeds:
        with nothing_saved(sending), pytest.raises(ConflictError, match="is being sent at this moment"):
            deed()


@pytest.mark.parametrize("state", ["sent", "failed", "cancelled"])
def test_what_has_ended_cannot_be_taken_back(sending: Context, office: PostOffice, state: str) -> None:
    key = queued(sending)
    if state == "cancelled":
        sending.write(outbox.cancel, 1)
    else:
        office.faults.append(Fault("mail", "553 No", times=int(state == "failed")))
        flush(sending)
    if state != "sent":
        sending.write(delivery.hand_over, key, "smtp")  # the one that waits now is another
    with nothing_saved(sending), pytest.raises(ConflictError, match=f"Message 1 is {state}"):
        sending.write(outbox.cancel, 1)


def test_what_is_not_there_cannot_be_taken_back(sending: Context) -> None:
    with nothing_saved(sending), pytest.raises(BadInputError, match="There is no message 7"):
        sending.write(outbox.cancel, 7)


@pytest.mark.parametrize("to", ["sent", "cancelled"])
def test_a_persons_step_takes_the_message_back_and_it_is_never_sent(
    sending: Context, office: PostOffice, to: Status
) -> None:
    key = queued(sending)
    with one_entry(sending, f"request.{to}", "PA-1"):
        sending.write(requests.advance, key, to)
    assert (message(sending).state, status(sending)) == ("cancelled", to)
    assert flush(sending, now=True) == Round()
    assert office.connections == 0


# --- after a restore ---------------------------------------------------------------------------


def restore(context: Context, source: Path) -> None:
    url = database_url(context.home, None)
    backups.restore(Restoring(url, context.home, context.clock, context.policy, "ada"), source)


def test_what_was_changed_in_a_row_that_the_restore_itself_writes_is_named_then_and_later(
    sending: Context, tmp_path: Path
) -> None:
    queued(sending)
    backups.make(sending, tmp_path / "monday.db")
    with raw(tmp_path / "monday.db") as connection:
        connection.execute("UPDATE outgoing_message SET recipient = 'eve@elsewhere.example'")
    url = database_url(sending.home, None)
    target = Restoring(url, sending.home, sending.clock, sending.policy, "ada")
    done = backups.restore(target, tmp_path / "monday.db")
    assert done.differences == ("outgoing_message 1: recipient is another text than the log's.",)
    assert message(sending).state == "failed"
    assert sending.read(activity.verify).differences == done.differences


def test_what_waited_in_a_backup_is_not_sent_by_itself(sending: Context, office: PostOffice, tmp_path: Path) -> None:
    keys = [queued(sending, f"Question {number}") for number in range(3)]
    killed_while_sending(sending)
    states = [item.state for item in sending.read(outbox.find_all)]
    assert states == ["sending", "waiting", "waiting"]
    backups.make(sending, tmp_path / "monday.db")
    assert flush(sending) == Round(sent=3)
    restore(sending, tmp_path / "monday.db")
    assert flush(sending, now=True) == Round()
    assert len(office.received) == 3
    for key in keys:
        assert (message(sending, key).state, message(sending, key).ended_at) == ("failed", NOW)
        assert status(sending, key) == "queued"
        request = sending.read(requests.find, key).request
        assert doubt(request).startswith("Support may have it. It waited in the backup that was restored")
        assert legal_steps(request) == ("sent", "drafted", "cancelled")
    entry = log(sending)[-2]  # before the entry about the restore itself: nobody ever saw it otherwise
    assert (entry.action, entry.subject, json.loads(entry.after or "")) == (
        "outbox.held", "outbox", {"messages": [1, 2, 3]},
    )  # fmt: skip
    assert sending.read(activity.verify).first_broken is None


def test_what_a_restore_held_back_can_be_queued_afresh(sending: Context, office: PostOffice, tmp_path: Path) -> None:
    key = queued(sending)
    old = message(sending).message_id
    backups.make(sending, tmp_path / "monday.db")
    restore(sending, tmp_path / "monday.db")
    with nothing_saved(sending), pytest.raises(ConflictError, match="Say first whether it arrived"):
        sending.write(delivery.hand_over, key, "smtp")
    sending.write(requests.advance, key, "drafted")
    sending.write(delivery.hand_over, key, "smtp")
    assert flush(sending) == Round(sent=1)
    assert arrived(office) == [message(sending).message_id] != [old]


def test_a_backup_in_which_nothing_waited_holds_nothing_back(sending: Context, tmp_path: Path) -> None:
    queued(sending)
    flush(sending)
    backups.make(sending, tmp_path / "monday.db")
    queued(sending)
    restore(sending, tmp_path / "monday.db")
    assert log(sending)[-1].action == "backup.restored"
    assert (message(sending).state, status(sending)) == ("sent", "sent")


def test_what_is_restored_while_a_message_is_sent_stays_as_it_was_restored(
    sending: Context, office: PostOffice, tmp_path: Path
) -> None:
    queued(sending)
    backups.make(sending, tmp_path / "monday.db")
    office.on_accept = lambda _: restore(sending, tmp_path / "monday.db")
    flush(sending)
    assert len(office.received) == 1
    assert (message(sending).state, status(sending), in_doubt(sending)) == ("failed", "queued", True)
    assert log(sending)[-2].action == "outbox.held"


@pytest.mark.parametrize("there", [True, False])
def test_a_message_that_a_restore_took_out_just_before_it_was_sent_is_not_sent(
    sending: Context, office: PostOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    if not there:
        backups.make(sending, tmp_path / "monday.db")
    queued(sending)
    if there:
        backups.make(sending, tmp_path / "monday.db")
    claim = outbox._claim

    def claim_and_restore(*arguments: object) -> object:
        claimed = claim(*arguments)  # type: ignore[arg-type]
        monkeypatch.setattr(outbox, "_claim", claim)
        restore(sending, tmp_path / "monday.db")
        return claimed

    monkeypatch.setattr(outbox, "_claim", claim_and_restore)
    assert flush(sending) == Round()
    assert office.connections == 0


def test_references_and_messages_get_no_number_a_second_time_after_a_restore(sending: Context, tmp_path: Path) -> None:
    queued(sending)
    backups.make(sending, tmp_path / "monday.db")
    for _ in range(3):
        queued(sending)
    restore(sending, tmp_path / "monday.db")
    key = queued(sending)
    assert sending.read(requests.find, key).request.reference == "PA-5"
    assert message(sending, key).id == 5
    restore(sending, tmp_path / "monday.db")
    assert sending.read(requests.find, queued(sending)).request.reference == "PA-6"


# --- whatever happens --------------------------------------------------------------------------


class Life(RuleBasedStateMachine):
    """Two computers of a team on one database, and a server, a clock and people that do what they like."""

    def __init__(self, office: PostOffice) -> None:
        super().__init__()
        self.office = office
        self.own = contextlib.ExitStack()
        self.heard = len(office.received)
        self.queued: dict[str, tuple[int, bytes]] = {}
        """By Message-ID, whatever was ever put into the outbox: its request and its bytes."""
        self.said: set[int] = set()
        """Requests that a person said to be sent."""
        self.denied: set[str] = set()
        """Messages of which a person said that they did not arrive."""

    @initialize()
    def open(self) -> None:
        context = self.own.enter_context(agency_at_work())
        use(context, self.office.port)
        self.clock = context.clock
        other = self.own.enter_context(another_computer(context, context.home / "colleague"))
        self.computers = (context, other)
        drafted(context)

    def teardown(self) -> None:
        with self.own:
            if hasattr(self, "computers"):
                self.ends()

    def ends(self) -> None:
        """In the end, with a server that works, each computer frees what it left behind and sends what waits."""
        self.office.faults.clear()
        for computer in (*self.computers, self.computers[0]):
            flush(computer, now=True)
        assert not [item for item in self.messages() if item.state in ("waiting", "sending")]
        self.holds()

    def messages(self) -> list[Outgoing]:
        return self.computers[0].read(outbox.find_all)

    def requests(self) -> list[Request]:
        with self.computers[0].reading() as work:
            return work.requests

    def nth(self, number: int) -> Request:
        found = self.requests()
        return found[number % len(found)]

    @rule(who=st.booleans())
    def draft(self, who: bool) -> None:
        drafted(self.computers[who])

    @rule(who=st.booleans(), nth=st.integers(0, 99))
    def queue(self, who: bool, nth: int) -> None:
        context = self.computers[who]
        request = self.nth(nth)
        try:
            context.write(delivery.hand_over, request.id, "smtp")
        except ConflictError:
            assert request.status != "drafted"
        else:
            assert request.status == "drafted"
            new = message(context, request.id)
            assert new.message_id not in self.queued
            self.queued[new.message_id] = (request.id, content(context, new.id))

    @rule(
        who=st.booleans(),
        now=st.booleans(),
        faults=st.lists(
            st.builds(
                Fault,
                st.sampled_from([phase for phase in PHASES if phase != "auth"]),
                st.sampled_from([DROP, "451 Later", "554 Never"]),
                st.integers(1, 2),
            ),
            max_size=2,
        ),
    )
    def flush(self, who: bool, now: bool, faults: list[Fault]) -> None:
        context = self.computers[who]
        due = {item.id for item in self.messages() if item.state == "waiting" and item.next_attempt_at <= context.now()}
        self.office.faults[:] = [Fault(fault.phase, fault.how, fault.times) for fault in faults]
        before = len(self.office.received)
        done = flush(context, now=now)
        self.office.faults.clear()
        assert done.sent <= len(self.office.received) - before
        assert not done.busy
        if not faults:
            assert (done.failed, done.waiting) == (0, 0)
            assert {item.id for item in self.messages() if item.state == "sent"} >= due
        assert self.claimed(context) == 0

    def claimed(self, context: Context) -> int:
        """How many messages a computer has claimed."""
        table = schema.outgoing_message
        mine = (table.c.state == "sending") & (table.c.claimed_by == outbox._my_name(context))
        with context.store.reading() as connection:
            return int(connection.execute(sa.select(sa.func.count()).where(mine)).scalar_one())

    @rule(who=st.booleans(), now=st.booleans())
    def is_killed_while_sending(self, who: bool, now: bool) -> None:
        outbox._claim(self.computers[who], outbox._my_name(self.computers[who]), 0, now)

    @rule(who=st.booleans(), now=st.booleans())
    def is_killed_once_the_server_took_it(self, who: bool, now: bool) -> None:
        context = self.computers[who]
        claimed = outbox._claim(context, outbox._my_name(context), 0, now)
        if claimed is not None:
            access = outbox._access(context)
            data = content(context, claimed.id)
            smtp.send(access, claimed.sender, claimed.recipients, data, CancelToken())

    @rule(who=st.booleans())
    def is_restored(self, who: bool) -> None:
        self.computers[who].write(outbox.hold_all, "It waited in the backup.")
        assert not [item for item in self.messages() if item.state in ("waiting", "sending")]

    @rule(who=st.booleans(), nth=st.integers(0, 99))
    def take_back(self, who: bool, nth: int) -> None:
        found = self.messages()
        if found:
            one = found[nth % len(found)]
            try:
                self.computers[who].write(outbox.cancel, one.id)
            except ConflictError:
                assert one.state != "waiting"
            else:
                assert one.state == "waiting"
                left = in_doubt(self.computers[who], one.request_id)
                assert status(self.computers[who], one.request_id) == ("queued" if left else "drafted")

    @rule(who=st.booleans(), nth=st.integers(0, 99), to=st.sampled_from(["sent", "cancelled", "drafted"]))
    def say(self, who: bool, nth: int, to: Status) -> None:
        request = self.nth(nth)
        try:
            self.computers[who].write(requests.advance, request.id, to)
        except ConflictError:
            under_way = [item.request_id for item in self.messages() if item.state == "sending"]
            refused = to not in legal_steps(request) or request.status not in ("drafted", "queued")
            assert request.id in under_way or refused
        else:
            if to == "sent":
                self.said.add(request.id)
            if to == "drafted":
                self.denied |= {item.message_id for item in self.messages() if item.request_id == request.id}

    @rule(minutes=st.integers(-150, 150))
    def time_goes(self, minutes: int) -> None:
        """Or is set back: computers do that."""
        assert isinstance(self.clock, FixedClock)
        self.clock.instant += minutes * MINUTE

    @invariant()
    def holds(self) -> None:
        if not hasattr(self, "computers"):
            return
        context = self.computers[0]
        messages, found = self.messages(), {request.id: request for request in self.requests()}
        opened = [item.request_id for item in messages if item.state in ("waiting", "sending")]
        assert len(opened) == len(set(opened))
        newest = {item.request_id: item for item in messages}
        left = {key for key, request in found.items() if awaits_word(request, newest.get(key))}
        assert set(opened) | left == {key for key, request in found.items() if request.status == "queued"}
        assert not left & set(opened)
        taken = self.office.received[self.heard :]
        for received in taken:
            identifier = str(parsed(received.data)["Message-ID"])
            key, data = self.queued[identifier]
            assert received.data == data
            assert "queued" in [step.status for step in found[key].steps]
            assert received.recipients == ("support@vendor.example",)
        accepted = {str(parsed(received.data)["Message-ID"]) for received in taken}
        for item in messages:
            assert item.state != "sent" or item.message_id in accepted
        for key, request in found.items():  # what the server has is never called not sent, but by a person
            if request.status == "drafted" and key in newest and newest[key].message_id in accepted:
                assert newest[key].message_id in self.denied
        by_outbox = {self.queued[identifier][0] for identifier in accepted}
        for key, request in found.items():
            assert request.status != "sent" or key in by_outbox | self.said
        assert context.read(activity.verify).first_broken is None


def test_whatever_happens_nothing_is_lost_doubled_or_wrongly_called_sent(office: PostOffice) -> None:
    settings = tries(max_examples=examples(6, long=100), stateful_step_count=25)
    run_state_machine_as_test(lambda: Life(office), settings=settings)


def test_a_round_with_nothing_to_send_waits_for_nobody_who_writes(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Store, "writing", None)
    assert flush(context, now=True) == Round()
