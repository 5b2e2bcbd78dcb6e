"""The notice to the staff by the agency's own mail server: what is shown leaves once, to everybody named, or not."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penelope_admin.clock import FixedClock
from penelope_admin.domain.delivery import Outgoing
from penelope_admin.domain.sites import Site
from penelope_admin.errors import BadInputError, ConflictError, RefusedError
from penelope_admin.services import activity, overview, sites
from penelope_admin.services.calendar import notices, staff
from penelope_admin.services.requests import outbox, staff_mail
from penelope_admin.services.requests.outbox import Round
from penelope_admin.services.requests.staff_mail import StaffParcel
from penelope_admin.services.work import Context
from tests.postoffice import DROP, Fault, PostOffice
from tests.services.house import change_agency, log, nothing_saved
from tests.services.test_outbox import (
    MINUTE,
    another_computer,
    flush,
    killed_while_sending,
    nobody_listens,
    parsed,
    queued,
    sending,
    use,
)

__all__ = ("another_computer", "sending")
UPGRADE = "2026-12"
ALL = "night@riverside.example, all@riverside.example"
DAY = timedelta(days=1)


def looked_at(context: Context, to: str = ALL) -> StaffParcel:
    return context.read(staff_mail.parcel_for, UPGRADE, to)


def put_in(context: Context, to: str = ALL) -> None:
    """A notice about the next upgrade waits in the outbox."""
    context.write(staff_mail.send, looked_at(context, to))


def newest(context: Context) -> Outgoing:
    return context.read(staff_mail.find, UPGRADE)[0]


def told(context: Context) -> list[str]:
    """What Overview says of notices to the staff."""
    found = context.read(overview.load).waiting
    return [item.text for item in found if item.kind == "staff-notice"]


def moved(context: Context) -> None:
    """The vendor moves the upgrade by a day."""
    (window,) = context.read(staff.coming)
    context.write(notices.add, "announced", window.starts_at + DAY, window.ends_at + DAY)


def actions(context: Context) -> list[str]:
    return [entry.action for entry in log(context) if entry.action.startswith("staff-notice.")]


# --- what leaves -------------------------------------------------------------------------------


def test_everybody_gets_what_was_shown_as_text_and_html_and_sees_nobody_else(
    sending: Context, office: PostOffice
) -> None:
    parcel = looked_at(sending)
    put_in(sending)
    assert flush(sending) == Round(sent=1)
    (received,) = office.received
    assert received.recipients == ("night@riverside.example", "all@riverside.example")
    assert b"night@" not in received.data
    assert b"all@" not in received.data
    mail = parsed(received.data)
    assert (mail["From"], mail["To"]) == ("admin@riverside.example", "admin@riverside.example")
    assert mail["Subject"] == parcel.letter.subject
    assert mail.get_content_type() == "multipart/alternative"
    parts = {part.get_content_type(): part.get_content().replace("\r\n", "\n") for part in mail.iter_parts()}
    assert parts == {"text/plain": parcel.letter.body, "text/html": parcel.html}
    assert (newest(sending).state, newest(sending).problem) == ("sent", "")
    assert told(sending) == []


def test_the_log_says_how_many_got_it_and_holds_no_address(sending: Context) -> None:
    put_in(sending)
    flush(sending)
    assert actions(sending) == ["staff-notice.queued", "staff-notice.sent"]
    said = " ".join(str(entry) for entry in log(sending))
    assert "night@" not in said
    assert '"taken_for": 2' in said
    assert sending.read(activity.verify).differences == ()


def test_it_waits_beside_requests_and_each_is_sent_once(sending: Context, office: PostOffice) -> None:
    queued(sending)
    put_in(sending)
    assert flush(sending) == Round(sent=2)
    assert flush(sending, now=True) == Round()
    assert [len(received.recipients) for received in office.received] == [1, 2]


@pytest.mark.parametrize(
    ("to", "says"),
    [("", "Name your staff's addresses"), ("nobody", "does not look like an email address"),
     ("a@riverside.example\r\nBcc:eve@elsewhere.example", "does not look like"),
     ("<a@riverside.example>", "does not look like"),
     (" ".join(f"a{number}@riverside.example" for number in range(51)), "50 addresses at most")],
)  # fmt: skip
def test_what_is_no_list_of_addresses_is_refused_before_anything_is_shown(sending: Context, to: str, says: str) -> None:
    with pytest.raises(BadInputError, match=says):
        looked_at(sending, to)


def test_addresses_outside_of_the_agency_are_pointed_out(sending: Context) -> None:
    assert looked_at(sending).outside == ""
    outside = looked_at(sending, "a@Riverside.Example b@riverside.exmaple, c@riverside.example.evil.example").outside
    assert outside.startswith("Not at riverside.example: b@riverside.exmaple, c@riverside.example.evil.example.")
    assert looked_at(sending, "b@riverside.exmaple").outside.startswith("None of them is at riverside.example.")


@given(st.lists(st.sampled_from(["a@x.example", "A@x.example", "b@x.example", ";", ",", "\n"]), max_size=12))
def test_each_address_counts_once_in_the_order_in_which_it_was_typed(words: list[str]) -> None:
    found = [address.casefold() for address in staff.addresses_in(" ".join(words))]
    typed = [word.casefold() for word in words if "@" in word]
    assert found == list(dict.fromkeys(typed))


def test_without_a_server_or_an_address_of_its_own_it_says_what_is_missing(context: Context) -> None:
    with nothing_saved(context), pytest.raises(BadInputError, match="No server for sending is set"):
        put_in(context)
    change_agency(context, own_address="")
    with pytest.raises(BadInputError, match="no address of its own"):
        looked_at(context)


def test_what_looks_like_client_data_leaves_only_if_somebody_says_so(sending: Context) -> None:
    sending.write(sites.add, "Jane Doe 204-555-0198", "America/Vancouver")
    parcel = looked_at(sending)
    assert parcel.warnings
    with nothing_saved(sending), pytest.raises(RefusedError, match="may hold client data"):
        sending.write(staff_mail.send, parcel)
    sending.write(staff_mail.send, parcel, send_anyway=True)
    assert flush(sending) == Round(sent=1)


# --- what was shown is what leaves -------------------------------------------------------------


def test_a_notice_that_is_another_by_now_is_not_put_into_the_outbox(sending: Context) -> None:
    parcel = looked_at(sending)
    moved(sending)
    with nothing_saved(sending), pytest.raises(ConflictError):
        sending.write(staff_mail.send, parcel)


@pytest.mark.parametrize("change", [moved, lambda context: context.write(sites.add, "Coast", "America/Vancouver")])
def test_a_notice_is_held_back_when_the_window_moved_or_it_would_tell_something_else(
    sending: Context, office: PostOffice, change: object
) -> None:
    put_in(sending)
    assert callable(change)
    change(sending)
    assert flush(sending) == Round(failed=1)
    assert office.received == []
    assert newest(sending).problem.startswith("It was held back. The window was moved, or more is known of it.")
    assert told(sending) == [f"The notice to the staff about the upgrade of December 2026: {newest(sending).problem}"]
    put_in(sending)
    assert flush(sending) == Round(sent=1)
    assert told(sending) == []


def test_nobody_is_told_of_a_window_that_is_over(sending: Context, office: PostOffice, clock: FixedClock) -> None:
    put_in(sending)
    clock.instant += 20 * DAY
    assert flush(sending) == Round(failed=1)
    assert office.received == []
    assert told(sending) == []
    with pytest.raises(BadInputError, match="This window is over"):
        looked_at(sending)


# --- what goes wrong ---------------------------------------------------------------------------


def test_it_is_tried_again_after_a_pause_and_says_why_it_waits(
    sending: Context, office: PostOffice, clock: FixedClock
) -> None:
    office.faults.append(Fault("mail", "451 later", times=1))
    put_in(sending)
    assert flush(sending) == Round(waiting=1)
    (said,) = told(sending)
    assert "451 later" in said
    assert flush(sending) == Round()
    clock.instant += 2 * MINUTE
    assert flush(sending) == Round(sent=1)


def test_without_a_network_it_waits_and_that_is_no_trouble(context: Context) -> None:
    with nobody_listens() as port:
        use(context, port)
        put_in(context)
        outbox.flush(context, outbox.CancelToken(), offline=True)
    (found,) = [item for item in context.read(overview.load).waiting if item.kind == "staff-notice"]
    assert (found.urgency, found.subject) == ("info", UPGRADE)


def test_those_whom_the_server_refuses_are_named_and_the_others_have_it(sending: Context, office: PostOffice) -> None:
    office.faults.append(Fault("rcpt", "550 no such user", times=1))
    put_in(sending)
    assert flush(sending) == Round(sent=1)
    assert [received.recipients for received in office.received] == [("all@riverside.example",)]
    said = "The mail server did not take it for night@riverside.example: 550 no such user."
    assert (newest(sending).state, newest(sending).problem) == ("sent", said)
    assert told(sending) == [f"The notice to the staff about the upgrade of December 2026: {said}"]


def test_it_waits_while_the_server_takes_it_for_nobody_yet_and_fails_when_for_nobody_ever(
    sending: Context, office: PostOffice, clock: FixedClock
) -> None:
    office.faults += [Fault("rcpt", "550 no such user", times=1), Fault("rcpt", "450 later", times=1)]
    put_in(sending)
    assert flush(sending) == Round(waiting=1)
    clock.instant += 2 * MINUTE
    office.faults.append(Fault("rcpt", "550 no such user"))
    assert flush(sending) == Round(failed=1)
    assert actions(sending)[-1] == "staff-notice.not-sent"
    assert newest(sending).state == "failed"
    assert "refuses the recipient night@riverside.example" in newest(sending).problem
    assert "refuses the recipient an address: 550" in str(log(sending)[-1])


def test_what_may_have_arrived_is_never_sent_again_by_itself(
    sending: Context, office: PostOffice, clock: FixedClock
) -> None:
    office.faults.append(Fault("reply", DROP, times=1))
    put_in(sending)
    flush(sending)
    assert len(office.received) == 1
    clock.instant += DAY
    assert flush(sending, now=True) == Round()
    assert len(office.received) == 1
    assert newest(sending).problem.endswith("It may have arrived. It is not sent again automatically.")
    assert actions(sending)[-1] == "staff-notice.in-doubt"
    assert len(told(sending)) == 1


def test_a_run_that_was_killed_leaves_a_doubt_and_no_second_message(sending: Context, office: PostOffice) -> None:
    put_in(sending)
    killed_while_sending(sending)
    assert flush(sending, now=True) == Round()
    assert office.received == []
    assert newest(sending).problem == (
        "The program ended while it was being sent. It may have arrived. It is not sent again automatically."
    )


def test_what_waited_in_a_backup_is_held_and_says_why(sending: Context, office: PostOffice) -> None:
    put_in(sending)
    sending.write(outbox.hold_all, "It waited in the backup.")
    assert flush(sending, now=True) == Round()
    assert (newest(sending).state, newest(sending).problem) == ("failed", "It waited in the backup.")


# --- taking back -------------------------------------------------------------------------------


def test_it_can_be_taken_back_before_it_leaves_and_only_then_another_be_sent(
    sending: Context, office: PostOffice
) -> None:
    put_in(sending)
    with nothing_saved(sending), pytest.raises(ConflictError, match="waits already"):
        put_in(sending)
    sending.write(outbox.cancel, newest(sending).id)
    assert flush(sending, now=True) == Round()
    assert (office.received, actions(sending)[-1]) == ([], "staff-notice.taken-back")
    with pytest.raises(ConflictError, match="is cancelled; it cannot be taken back"):
        sending.write(outbox.cancel, newest(sending).id)
    put_in(sending)
    assert flush(sending) == Round(sent=1)


def test_what_its_message_says_is_read_back_as_it_was_written(context: Context) -> None:
    """Whatever a site is called: what leaves is held against what is known, letter by letter."""
    change_agency(context, smtp_host="localhost", name="Ø " + "x" * 200)
    for name in ("Ünïcode ☃", "From me", "a" * 110):
        context.write(sites.add, name, "America/Vancouver")
    assert Site(1, "Ünïcode ☃", "America/Vancouver") in context.read(sites.find_all)
    put_in(context)
    with context.reading() as work:
        content = outbox.outbox_rows.read_content(work.connection, newest(context).id)
        staff_mail.check_still_right(work, newest(context), content)
    assert isinstance(parsed(content), EmailMessage)
