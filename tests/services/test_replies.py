"""Support's replies: looked into, taken by a person, and nothing of them kept but number, sender and date."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from email.message import EmailMessage
from pathlib import Path

import pytest
import sqlalchemy as sa

from penelope_admin.domain.requests import RequestKind, Status
from penelope_admin.domain.times import in_words
from penelope_admin.errors import BadInputError, ConflictError, SameCaseError
from penelope_admin.services import requests
from penelope_admin.services.requests import delivery, outbox, replies
from penelope_admin.services.requests.replies import ReplyView
from penelope_admin.services.work import Context
from penelope_admin.store import schema
from tests.each import each
from tests.services.house import NOW, change_agency, database, drafted, everything, log, nothing_saved, one_entry
from tests.wishes import WISHES

PLANTED = "Zanzibar-Quokka"
NUMBER = "00481516"


def sent(context: Context, kind: RequestKind = "question") -> int:
    key = drafted(context, kind)
    context.write(requests.advance, key, "sent")
    return key


def queued(context: Context) -> tuple[int, str]:
    """A request in the outbox, and its message's id."""
    key = drafted(context)
    context.write(delivery.hand_over, key, "smtp")
    return key, context.read(outbox.find_all)[-1].message_id


def reply(
    subject: str = "Your case", number: str = NUMBER, answers: str = "", sender: str = "help@vendor.example"
) -> bytes:
    """An email of Support's."""
    message = EmailMessage()
    message["From"] = f"Penelope Support <{sender}>"
    message["To"] = "admin@riverside.example"
    message["Subject"] = subject
    if answers:
        message["In-Reply-To"] = answers
    message.set_content(f"Hello,\n\n{PLANTED} thanks you.\n\n{f'Case Number: {number}' if number else ''}\n")
    return message.as_bytes()


def look(context: Context, folder: Path, data: bytes) -> ReplyView:
    """What is found in a reply that was saved as a file."""
    file = folder / "reply.eml"
    file.write_bytes(data)
    with nothing_saved(context):
        return replies.look_into(context, file)


def assert_text_is_not_kept(context: Context) -> None:
    assert PLANTED not in "\n".join(everything(context.home))
    for file in database(context.home).parent.iterdir():
        assert PLANTED.encode() not in file.read_bytes()


# --- looking into a reply ----------------------------------------------------------------------


def test_a_reply_to_a_message_names_its_request_whatever_the_subject_says(posting: Context, tmp_path: Path) -> None:
    drafted(posting)
    key, message_id = queued(posting)
    found = look(posting, tmp_path, reply(answers=message_id))
    assert (found.offer.request_id, found.offer.case_number, found.offer.found_by) == (key, NUMBER, "message")
    assert found.summaries == {key: "question: How are waiting lists counted?"}
    assert (found.sender, found.from_support) == ("help@vendor.example", True)
    assert not found.offer.conflicts


def test_a_reply_is_found_by_the_reference_in_its_subject(context: Context, tmp_path: Path) -> None:
    sent(context)
    key = sent(context, "defect")
    found = look(context, tmp_path, reply(f"RE: Calendar skips the first of the month [PA-{key}]"))
    assert (found.offer.request_id, found.offer.case_number, found.offer.found_by) == (key, NUMBER, "subject")
    assert found.summaries == {key: "defect: Calendar skips the first of the month"}


def test_a_reply_can_be_pasted(context: Context) -> None:
    key = sent(context)
    with nothing_saved(context):
        found = replies.look_into(context, f"Subject: Question [PA-{key}]\n\nYour case number is {NUMBER}.")
    assert (found.offer.request_id, found.offer.case_number) == (key, NUMBER)
    assert (found.sender, found.from_support) == ("", False)


def test_a_reply_to_nothing_known_names_no_request(context: Context, tmp_path: Path) -> None:
    sent(context)
    found = look(context, tmp_path, reply("Hello [PA-77]", answers="<other@riverside.example>"))
    assert (found.offer.request_id, found.summaries) == (None, {})
    assert found.offer.case_number == NUMBER


def test_a_reply_without_a_number_gives_none(context: Context, tmp_path: Path) -> None:
    key = sent(context)
    found = look(context, tmp_path, reply(f"[PA-{key}]", number=""))
    assert (found.offer.request_id, found.offer.case_number) == (key, None)


def test_a_number_recorded_for_another_request_is_a_conflict(context: Context, tmp_path: Path) -> None:
    first, second = sent(context), sent(context)
    context.write(replies.take, first, NUMBER)
    found = look(context, tmp_path, reply(f"[PA-{second}]"))
    assert found.offer.conflicts
    assert set(found.summaries) == {first, second}


@each(
    "support, sender, known",
    [
        ("support@vendor.example", "noreply@vendor.example", True),
        ("support@vendor.example", "Noreply@Mail.VENDOR.example", True),
        ("support@vendor.example", "support@notvendor.example", False),
        ("support@vendor.example", "support@vendor.example.else.example", False),
        ("", "support@vendor.example", None),
    ],
)
def test_a_reply_is_from_support_if_its_sender_is_of_support_s_domain(
    context: Context, tmp_path: Path, support: str, sender: str, known: bool | None
) -> None:
    change_agency(context, support_address=support)
    assert look(context, tmp_path, reply(sender=sender)).from_support is known


def test_a_file_that_cannot_be_read_is_refused(context: Context, tmp_path: Path) -> None:
    with nothing_saved(context), pytest.raises(BadInputError):
        replies.look_into(context, tmp_path / "missing.eml")
    with nothing_saved(context), pytest.raises(BadInputError):
        replies.look_into(context, "")


def test_before_the_set_up_there_is_nothing_to_compare_with(fresh: Context) -> None:
    with nothing_saved(fresh), pytest.raises(BadInputError, match="No agency is set up yet"):
        replies.look_into(fresh, "Case number: 1234")


def test_the_summary_is_that_of_the_request_as_it_is_now(context: Context, tmp_path: Path) -> None:
    wish = replace(WISHES["question"], title="Other words")
    key = context.write(requests.draft, wish).value.request.id
    assert look(context, tmp_path, reply(f"[PA-{key}]")).summaries == {key: "question: Other words"}


# --- taking a number ---------------------------------------------------------------------------


def test_a_number_taken_for_a_sent_request_is_recorded(context: Context) -> None:
    key = sent(context)
    with one_entry(context, "request.acknowledged", "PA-1") as facts:
        done = context.write(replies.take, key, f" {NUMBER} ")
    assert done.changes == {"requests"}
    assert facts[1]["case_number"] == NUMBER
    found = context.read(requests.find, key).request
    assert found == done.value
    assert (found.status, found.case_number) == ("acknowledged", NUMBER)


def test_an_answer_proves_that_a_draft_was_sent(context: Context) -> None:
    key = drafted(context)
    known = len(log(context))
    request = context.write(replies.take, key, NUMBER).value
    assert [step.status for step in request.steps] == ["drafted", "sent", "acknowledged"]
    assert [entry.action for entry in log(context)[known:]] == ["request.sent", "request.acknowledged"]


def test_a_request_answered_already_only_gets_the_number(context: Context) -> None:
    key = sent(context, "critical")
    context.write(requests.advance, key, "answered")
    with one_entry(context, "request.case-number", "PA-1") as facts:
        request = context.write(replies.take, key, NUMBER).value
    assert facts[1] == {"case_number": NUMBER}
    assert (request.status, request.case_number) == ("answered", NUMBER)
    assert [step.status for step in request.steps] == ["drafted", "sent", "answered"]


def test_an_answer_to_what_waits_in_the_outbox_takes_it_out_of_there(posting: Context) -> None:
    key, _ = queued(posting)
    request = posting.write(replies.take, key, NUMBER).value
    assert [step.status for step in request.steps] == ["drafted", "queued", "sent", "acknowledged"]
    assert [message.state for message in posting.read(outbox.find_all)] == ["cancelled"]


def test_what_is_being_sent_at_this_moment_takes_no_number(posting: Context) -> None:
    key, _ = queued(posting)
    with posting.store.writing() as connection:
        claim = {"state": "sending", "claimed_by": "another", "claimed_until": NOW}
        connection.execute(sa.update(schema.outgoing_message).values(**claim))
    with nothing_saved(posting), pytest.raises(ConflictError, match="is being sent at this moment"):
        posting.write(replies.take, key, NUMBER)


@pytest.mark.parametrize("end", ["done", "cancelled"])
def test_a_request_that_has_ended_takes_no_number(context: Context, end: Status) -> None:
    key = sent(context, "critical")
    for to in ("answered", "done") if end == "done" else (end,):
        context.write(requests.advance, key, to)  # type: ignore[arg-type]
    with nothing_saved(context), pytest.raises(ConflictError, match="none: it has ended"):
        context.write(replies.take, key, NUMBER)


@pytest.mark.parametrize(
    ("number", "message"),
    [(NUMBER, "has this case number already"), ("00999999", f"has the case number {NUMBER}; a different question is")],
)
def test_a_request_that_has_a_number_keeps_it(context: Context, number: str, message: str) -> None:
    key = sent(context)
    context.write(replies.take, key, NUMBER)
    with nothing_saved(context), pytest.raises(ConflictError, match=message):
        context.write(replies.take, key, number)


@each("number", ["", "12 34", "1" * 42, "<b>", "1\n2"])
def test_what_is_no_case_number_is_not_taken(context: Context, number: str) -> None:
    key = sent(context)
    with nothing_saved(context), pytest.raises(BadInputError, match="A case number has"):
        context.write(replies.take, key, number)


def test_nothing_is_taken_for_a_request_that_is_not_there(context: Context) -> None:
    with nothing_saved(context), pytest.raises(BadInputError, match="There is no request 7"):
        context.write(replies.take, 7, NUMBER)


# --- the day it names --------------------------------------------------------------------------

DECEMBER_4 = date(2026, 12, 4)
BOTH_WAYS = (date(2026, 4, 12), DECEMBER_4)


def look_at_days(context: Context, words: str) -> ReplyView:
    return replies.look_into(context, f"Subject: Re: Refresh [PA-1]\n\nCase Number: {NUMBER}\n\n{words}")


@pytest.mark.parametrize(
    ("zone", "words", "readings"),
    [
        ("America/Toronto", "Your refresh is scheduled for Friday 4 December 2026 at 8 pm ET.", [(DECEMBER_4,)]),
        ("Australia/Sydney", "Your refresh is scheduled for 3 December 2026 at 8 pm ET.", [(DECEMBER_4,)]),
        ("Australia/Sydney", "It is on 4 December 2026 at 8 pm.", [(DECEMBER_4, date(2026, 12, 5))]),
        ("America/Toronto", "It will be done on 04/12/2026.", [BOTH_WAYS]),
        ("America/Toronto", "It was scheduled for 3 December 2026, now it is 4 December 2026.", [(DECEMBER_4,)]),
        ("America/Toronto", "4 December 2026, or 11 December 2026?", [(DECEMBER_4,), (date(2026, 12, 11),)]),
        ("America/Toronto", "Done on 2 March 2020.\n> 4 December 2026, you wrote", []),
        ("America/Toronto", "It cannot be on 31 February 2027.", []),
    ],
)
def test_a_day_to_come_is_read_in_every_way_it_can_be_and_offered_only_if_there_is_one(
    context: Context, zone: str, words: str, readings: list[tuple[date, ...]]
) -> None:
    change_agency(context, zone=zone)
    sent(context, "refresh")
    found = look_at_days(context, words)
    assert [day.readings for day in found.days] == readings
    assert found.day == (readings[0][0] if [len(each) for each in readings] == [1] else None)
    assert all(in_words(day.readings[0]) in day.sentence for day in found.days)


def test_of_two_days_with_one_month_none_is_offered(context: Context) -> None:
    sent(context, "refresh")
    found = look_at_days(context, "We can do the refresh on 4 or 5 December 2026.")
    assert (len(found.days), found.day) == (1, None)


def test_no_day_is_offered_for_a_request_that_takes_none(context: Context) -> None:
    sent(context)
    assert look_at_days(context, "We will write again on 4 December 2026.").days == ()


def test_the_day_is_taken_with_the_number_or_after_it_and_offered_no_more(context: Context) -> None:
    words = "It is scheduled for 4 December 2026."
    first, second = sent(context, "refresh"), sent(context, "refresh")
    assert context.write(replies.take, first, NUMBER, scheduled_for=DECEMBER_4).value.status == "scheduled"
    assert look_at_days(context, words).days == ()
    context.write(replies.take, second, "00481517")
    taken = context.write(replies.take, second, "", scheduled_for=DECEMBER_4).value
    assert (taken.case_number, taken.scheduled_for) == ("00481517", DECEMBER_4)


def test_a_day_is_taken_with_the_number_that_is_known_however_it_is_written(context: Context) -> None:
    key = sent(context, "refresh")
    context.write(replies.take, key, "#ab12")
    assert context.write(replies.take, key, "AB12", scheduled_for=DECEMBER_4).value.case_number == "#ab12"
    with nothing_saved(context), pytest.raises(ConflictError, match="has this case number already"):
        context.write(replies.take, key, "AB12")


def test_a_day_before_the_request_is_refused_with_the_number(context: Context) -> None:
    key = sent(context, "refresh")
    with nothing_saved(context), pytest.raises(BadInputError, match="before the request"):
        context.write(replies.take, key, NUMBER, scheduled_for=BOTH_WAYS[0])


def test_nothing_of_a_reply_s_text_is_kept(context: Context, tmp_path: Path) -> None:
    key = sent(context)
    found = look(context, tmp_path, reply(f"{PLANTED} [PA-{key}]"))
    assert found.offer.case_number is not None
    context.write(replies.take, key, found.offer.case_number)
    assert_text_is_not_kept(context)


def test_a_number_of_another_request_is_taken_from_a_reply_only_if_somebody_says_so(context: Context) -> None:
    first, second = sent(context), sent(context)
    context.write(replies.take, first, NUMBER)
    with nothing_saved(context), pytest.raises(SameCaseError, match=f"PA-{first}"):
        context.write(replies.take, second, NUMBER)
    assert context.write(replies.take, second, NUMBER, same_case=True).value.case_number == NUMBER
