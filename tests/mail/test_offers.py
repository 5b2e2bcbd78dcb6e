"""Which request a reply belongs to and which case number it gives, from what literally stands in it."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from penelope_admin.domain.text import clean_case_number
from penelope_admin.mail.offers import MAX_NUMBERS, KnownRequest, Offer, Reply, offer
from tests.each import each
from tests.effort import examples
from tests.ends import ends

KNOWN = [
    KnownRequest(1, "PA-1", None, ("<pa-1.first@agency.example>",)),
    KnownRequest(7, "PA-7", "00480007", ()),
    KnownRequest(12, "PA-12", None, ("<pa-12.first@agency.example>", "<pa-12.second@agency.example>")),
    KnownRequest(13, "PA-13", "00471100", ("<pa-13.first@agency.example>",)),
]


def reply(subject: str = "", text: str = "", *ids: str, quoted: tuple[str, ...] = ()) -> Reply:
    return Reply("support@vendor.example", (subject, *quoted), ids, text)


def offered(subject: str = "", text: str = "", *ids: str, quoted: tuple[str, ...] = ()) -> Offer:
    return offer(reply(subject, text, *ids, quoted=quoted), KNOWN)


def names(text: str, reference: str) -> bool:
    """Whether a reference stands in a text, and not as part of a longer word."""
    around = re.finditer(rf"(.?){reference}(.?)", text, re.ASCII | re.DOTALL)
    return any(not (match[1] + match[2]).isalnum() for match in around)


def is_honest(found: Offer, read: Reply) -> bool:
    """Whether all that is offered literally stands in the reply."""
    ids = {message_id.strip() for message_id in read.refers_to}
    texts = (*read.subjects, read.text)
    named = {
        known.request_id
        for known in KNOWN
        if ids & set(known.message_ids) or any(names(text, known.reference) for text in texts)
    }
    by_number = {known.request_id for known in KNOWN if known.case_number in found.numbers}
    return (
        (found.request_id is None or found.request_id in named & set(found.requests))
        and set(found.requests) <= named | by_number
        and (found.case_number is None or found.case_number in found.numbers)
        and all(any(number in text for text in texts) and fits(number) for number in found.numbers)
        and len(set(found.numbers)) == len(found.numbers) <= MAX_NUMBERS
        and (found.found_by is None) is (found.request_id is None)
        and 0 < len(found.sentence) < 1200
    )


def fits(number: str) -> bool:
    return clean_case_number(number) == number and len(number) >= 3 and re.search("[0-9]", number) is not None


# --- case numbers ---


@each(
    "text, number",
    [
        ("Case Number: 00481516", "00481516"),
        ("Hello, your case is 00481516 about the refresh.", "00481516"),
        ("CASE NUMBER 00481516", "00481516"),
        ("Case #00481516", "00481516"),
        ("Case#4815", "4815"),
        ("Case # 00481516", "00481516"),
        ("case no. 4815", "4815"),
        ("Case No: 4815", "4815"),
        ("Case-Nr. 4815", "4815"),
        ("Your case number is 00481516.", "00481516"),
        ("Your case number is: #00481516!", "00481516"),
        ("Your case number for this question is 00481516.", "00481516"),
        ("the number of your case id is CS-00481, thank you", "CS-00481"),
        ("[Case 00481516] Refresh", "00481516"),
        ("[Case 815]", "815"),
        ("Case ID CS0001234", "CS0001234"),
        ("Case reference: 00481516", "00481516"),
        ("Case reference number: 00481516", "00481516"),
        ("Ticket #123", "123"),
        ("Ticket ID: 48151", "48151"),
        ("Your request (48151) has been received", "48151"),
        ("Incident INC0012345 was opened", "INC0012345"),
        ("New case created: 00481516", "00481516"),
        ("A case has been created for you with the reference number 00481516", "00481516"),
        ("Case 00481516: Refresh of the Mirrored database", "00481516"),
        ("Case: 00481516", "00481516"),
        ("In case 00481516 you asked for a refresh", "00481516"),
        ("Case Number:\n00481516", "00481516"),
        ("Case Number:\r\n\r\n  00481516", "00481516"),
        ("*Case Number:* *00481516*", "00481516"),
        ("**Case Number:**\n**00481516**", "00481516"),
        ("Case\u00a0Number\u00a0:\u00a0\u200900481516", "00481516"),
        ("Case Number – “00481516”", "00481516"),
        ("case number 00481516.Please keep it", "00481516"),
        ("case number 00481516-refresh", "00481516"),
        ("case number 00481516-UK", "00481516-UK"),
        ("case number AB/2026_00.7-1;", "AB/2026_00.7-1"),
        ("ケース Case 00481516を作成しました", "00481516"),
        ("Case Number: 00481516, 2026-12-01 10:00", "00481516"),
        ("Case #00481516 (case number 00481516, Case ID 00481516)", "00481516"),
        ("case number cs0001234, that is CS0001234: Case CS0001234", "cs0001234"),
    ],
)
def test_a_case_number_is_found_however_support_writes_it(text: str, number: str) -> None:
    assert offered(text=text).case_number == number
    assert offered(subject=text.replace("\r\n", " ").replace("\n", " ")).case_number == number


@each(
    "text",
    [
        "",
        "The case is open; the case of the agency",
        "in case 3 people come",
        "a bare case 815 in running text",
        "in case 2000 people come",
        "in case 2024 brings more",
        "case 2026",
        "worst case: 10000 dollars",
        "In that case: 1-800-555-0199",
        "Case number: not yet known",
        "Case number will follow by 10am",
        "case number: 3rd line of the list",
        "case number: 24/7",
        "case number: 2026-12-01",
        "case created: 12/01/2026",
        "case: 10:30",
        "case number 12",
        "case no one 3000 knows",
        "Ticket PA-12, case number PA-99",
        "00481516",
        "Call 416-555-0142",
        "showcase 00481516, casework #4815162, briefcase number 4815",
        "https://vendor.example/case/00481516?caseid=00481516",
        "Case Number: 0048１５１６",
        "Case Number: ００４８１５１６",
        "Case Number: 0048\u0661",
        "Case Number: 0048é",
        "Case number: support4815@vendor.example",
        "case number " + "4" * 41,
        "case number " + "4" * 70,
    ],
)
def test_what_is_no_case_number_is_not_taken_for_one(text: str) -> None:
    assert offered(text=text).numbers == ()
    assert offered(subject=text).numbers == ()


@each(
    "text",
    [
        "Case Number: 00481516\nCase Number: 00481517",
        "case numbers 00481516 and 00481517",
        "case number 00481516, 00481517",
        "case number 00481516/00481517",
        "Case #00481516 was split: ticket #00481517",
        "Your case is 00481516. Also case 00481517.",
    ],
)
def test_of_two_case_numbers_neither_is_chosen(text: str) -> None:
    found = offered("[PA-12]", text)
    assert (found.request_id, found.case_number, found.numbers) == (12, None, ("00481516", "00481517"))
    assert "more than one case number: 00481516 and 00481517" in found.sentence


@each(
    "text",
    [
        "Your case number is 00481516.\n> Case Number: 00400000",
        "Your case number is 00481516.\n > > Case Number:\n > > 00400000",
        "Case #00481516\n-----Original Message-----\nCase #00400000",
        "Case #00481516\n---------- Forwarded message ---------\nCase #00400000",
        "Case #00481516\nBegin forwarded message:\nCase #00400000",
        "Case #00481516\nOn Tue, Dec 1, 2026, Dana Reeve\n<dana@agency.example> wrote:\nCase #00400000",
        "Case #00481516\nOn 12/01/2026, Dana Reeve wrote:\n> Case #00400000",
        "On 12/01/2026, Dana Reeve wrote:\n> Case #00400000\n\nCase #00481516",
        "Hello\nOn 12/01/2026, Dana Reeve wrote:\n> Case #00400000\n\nCase #00481516",
        ">From now on, quote case 00481516.\n> Case #00400000",
        "Case #00481516\nAm 01.12.2026 um 10:00 schrieb Dana Reeve:\nCase #00400000",
        "Case #00481516\nLe 1 décembre 2026, Dana Reeve a écrit :\nCase #00400000",
        "Case #00481516\n\nFrom: Dana\nSent: Tuesday\nTo: Support\nSubject: Case 00400000\n\nCase #00400000",
        "Case #00481516\n\n*From:* Dana\n*Date:* Tuesday\n\nCase #00400000",
        "Case #00481516\n\nVon: Dana\nGesendet: Dienstag\n\nCase #00400000",
        "From: Support\nSent: Tuesday\nSubject: x\n\nCase #00481516\n\nFrom: Dana\nSent: Monday\n\nCase #00400000",
        "-----Original Message-----\nFrom: Support\nSent: Tuesday\n\nCase #00481516\n\n-----Original Message-----\n"
        "From: Dana\nSent: Monday\n\nCase #00400000",
    ],
)
def test_the_number_the_sender_wrote_outranks_older_ones_below(text: str) -> None:
    found = offered("[PA-12]", text)
    assert found.case_number == "00481516"
    assert found.numbers == ("00481516", "00400000")


def test_a_line_that_only_starts_like_a_quoted_header_divides_nothing() -> None:
    text = "From: here on, all is well.\nOn Friday we refresh.\n-- \nYour case number is 00481516, not 00400000."
    assert offered(text=text).case_number == "00481516"


def test_a_quoted_number_counts_if_the_sender_wrote_none() -> None:
    found = offered("[PA-12]", "See below.\n> Case Number: 00481516")
    assert found.case_number == "00481516"
    assert found.sentence.endswith("Older text quoted in it gives case number 00481516.")
    assert offered("[PA-12]", "See below.\n> Case Number: 00481516\n> Case #00481517").case_number is None
    assert offered("[PA-12]", "See below.", quoted=("Case 00481516 created",)).case_number == "00481516"


def test_the_subjects_number_stands_beside_the_texts() -> None:
    assert offered("Case 00481516", "Case Number: 00481516").case_number == "00481516"
    assert offered("Case 00481516", "Case Number: 00481517").numbers == ("00481516", "00481517")


def test_no_more_numbers_are_listed_than_anybody_reads() -> None:
    found = offered(text="\n".join(f"Case Number: {number}" for number in range(10_000, 10_100)))
    assert len(found.numbers) == MAX_NUMBERS
    assert "10000, 10001, 10002, 10003, 10004 and 95 more" in found.sentence


# --- requests ---


@each("written", ["<pa-12.first@agency.example>", " <pa-12.second@agency.example>\t"])
def test_an_answered_message_names_its_request(written: str) -> None:
    found = offered("Re: your question", "", "<other@vendor.example>", written)
    assert (found.request_id, found.found_by, found.requests) == (12, "message", (12,))
    assert found.sentence.startswith("The reply answers a message that was sent for PA-12.")


@each(
    "written",
    ["<PA-12.first@agency.example>", "pa-12.first@agency.example", "<pa-12.first@agency.example", "<>", "", " "],
)
def test_a_message_id_that_is_nearly_one_names_nothing(written: str) -> None:
    found = offered("Re: your question", "", written)
    assert (found.request_id, found.found_by, found.requests) == (None, None, ())
    assert found.sentence.startswith("The reply names no request.")


def test_a_request_without_messages_is_not_found_by_an_empty_id() -> None:
    known = [KnownRequest(1, "PA-1", None, ("", " "))]
    assert offer(reply("", "", "", " "), known).request_id is None


@each(
    "subject",
    [
        "Refresh [PA-12]",
        "PA-12",
        "Re:PA-12: refresh",
        "(PA-12)",
        "*PA-12*",
        "Refresh PA-12.",
        "“PA-12”, PA-12",
        "：PA-12、",
    ],
)
def test_a_reference_in_the_subject_names_its_request(subject: str) -> None:
    found = offered(subject)
    assert (found.request_id, found.found_by, found.requests, found.conflicts) == (12, "subject", (12,), False)


@each(
    "subject",
    ["SPA-12", "PA-12-b", "PA-12b", "PA-120", "X-PA-12", "PA-12.5", "PA-１２", "PA-1２", "PA‑12", "pa-12", "PA 12",
     "PA-012", "https://tickets.example/PA-12", "PA-12@agency.example", "_PA-12", "PA-12/3", "?ref=PA-12"],
)  # fmt: skip
def test_a_reference_within_something_longer_names_nothing(subject: str) -> None:
    assert offered(subject).requests == ()


def test_the_own_subject_comes_before_quoted_ones_and_those_before_the_text() -> None:
    assert offered("[PA-1]", "PA-13", quoted=("[PA-12]",)).requests == (1,)
    assert offered("Re:", "PA-13", quoted=("[PA-12]",)).requests == (12,)
    found = offered("Re:", "Our reference: PA-13")
    assert (found.requests, found.found_by) == ((13,), "subject")
    assert found.sentence.startswith("The text names PA-13.")
    assert offer(Reply("", (), (), "PA-13"), KNOWN).request_id == 13


def test_of_two_references_in_one_place_neither_is_chosen() -> None:
    found = offered("[PA-12] and [PA-1]", "Case Number: 00481516")
    assert (found.request_id, found.found_by, found.requests) == (None, None, (12, 1))
    assert found.sentence.startswith("The subject names PA-12 and PA-1: choose one.")
    assert not found.conflicts


def test_unknown_references_beside_a_known_one_are_passed_over() -> None:
    assert offered("[PA-99] [PA-12]").request_id == 12
    found = offered("[PA-99]", "", "<pa-12.first@agency.example>")
    assert (found.request_id, found.found_by, found.conflicts) == (12, "message", False)
    assert "The subject names PA-99, but no such request is known." in found.sentence


def test_where_the_subject_names_an_unknown_request_no_other_is_looked_for_below() -> None:
    found = offered("[PA-99]", "PA-12", quoted=("[PA-12]",))
    assert (found.request_id, found.requests) == (None, ())
    assert found.sentence.startswith("The subject names PA-99, but no such request is known.")


def test_an_answered_message_and_a_subject_that_contradict_each_other_leave_the_choice_open() -> None:
    found = offered("[PA-1] Case 00481516", "", "<pa-12.first@agency.example>")
    assert (found.request_id, found.found_by, found.requests, found.conflicts) == (None, None, (12, 1), True)
    assert found.sentence.startswith(
        "The reply answers a message that was sent for PA-12, but its subject names PA-1: choose one."
    )


def test_other_requests_named_in_the_text_do_not_contradict_the_answered_message() -> None:
    found = offered("Re:", "as for PA-1", "<pa-12.first@agency.example>")
    assert (found.request_id, found.requests, found.conflicts) == (12, (12,), False)


def test_answered_messages_of_two_requests_leave_the_choice_open_with_the_subjects_first() -> None:
    found = offered("[PA-12]", "", "<pa-1.first@agency.example>", "<pa-12.first@agency.example>")
    assert (found.request_id, found.requests, found.conflicts) == (None, (12, 1), False)
    assert found.sentence.startswith("The reply answers messages that were sent for PA-12 and PA-1: choose one.")


# --- against what is recorded ---


def test_a_number_that_is_recorded_already_is_said_to_be() -> None:
    found = offered("[PA-13] Case #00471100")
    assert (found.request_id, found.case_number, found.conflicts) == (13, "00471100", False)
    assert "PA-13 has this number already." in found.sentence


@each("recorded", ["#00481516", "00481516"])
def test_a_leading_number_sign_makes_no_other_number(recorded: str) -> None:
    found = offer(reply("[PA-1] Case #00481516"), [KnownRequest(1, "PA-1", recorded, ())])
    assert not found.conflicts


def test_another_number_than_the_recorded_one_is_a_conflict_that_says_so() -> None:
    found = offered("[PA-13] Case 00481516")
    assert (found.request_id, found.case_number, found.conflicts) == (13, "00481516", True)
    assert "PA-13 has case number 00471100 already, and a different question is a new case" in found.sentence


def test_a_number_that_another_request_carries_is_a_conflict_that_names_it() -> None:
    found = offered("[PA-12] Case 00480007")
    assert (found.request_id, found.case_number, found.conflicts) == (12, "00480007", True)
    assert found.requests == (12, 7)
    assert found.sentence.endswith("Case number 00480007 is recorded for PA-7 instead.")


def test_a_known_number_alone_means_the_request_that_has_it() -> None:
    found = offered("Case 00480007: scheduled")
    assert (found.request_id, found.found_by, found.requests) == (7, "case-number", (7,))
    assert (found.is_known, found.conflicts) == (True, False)
    assert found.sentence == "It gives case number 00480007. PA-7 has this number already."


def test_a_known_number_beside_the_reference_of_a_stranger_leaves_the_choice_open() -> None:
    found = offered("[PA-99] Case 00480007: scheduled")
    assert (found.request_id, found.requests, found.is_known) == (None, (7,), False)


def test_a_number_that_two_requests_have_leaves_the_choice_open() -> None:
    known = [KnownRequest(1, "PA-1", "00481516", ()), KnownRequest(2, "PA-2", "#00481516", ())]
    found = offer(reply("Case 00481516: scheduled"), known)
    assert (found.request_id, found.requests, found.is_known) == (None, (1, 2), False)


# --- whatever comes ---

pieces = st.sampled_from(
    ["case", "Case", "ticket", "request", "number", "no.", "id", "#", ":", " ", " ", "\n", "is", "for", "and", ",", "/",
     "-", ".", "_", "*", "[", "]", "(", "PA-1", "PA-12", "PA-13", "PA-99", "SPA-12", "00481516", "00480007", "4815",
     "12", "CS-1", "2026-12-01", "> ", "From:", "Sent:", "On Monday, a wrote:", "-----Original Message-----", "in",
     "１", "é", "\u00a0", "\u2028", "\u202e", "を", "created", "has been", "@", "\x00", "x"]
)  # fmt: skip
texts = st.lists(pieces | st.characters(), max_size=60).map("".join)
ids = st.lists(
    st.sampled_from([message_id for known in KNOWN for message_id in known.message_ids]) | st.text(max_size=20),
    max_size=3,
)


@settings(max_examples=examples(40, long=5000))
@given(subjects=st.lists(texts, max_size=3), refers_to=ids, text=texts)
def test_whatever_a_reply_says_only_what_stands_in_it_is_offered(
    subjects: list[str], refers_to: list[str], text: str
) -> None:
    read = Reply("", tuple(subjects), tuple(refers_to), text)
    assert is_honest(offer(read, KNOWN), read)


@each(
    "unit",
    ["case ", "case number ", "\n", "From:\n", "From:\nSent:\n", "On a wrote ", "On " + "wrote " * 66 + "\n", ">",
     "> ", "a", "case 1-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a ", "case has been ", "PA-1", "PA-1 ", "-", "-" * 399 + "\n",
     "--mail\n", "*", " ", "case #1234, ", "case number 1234/", "case id of of of of ", "[case 12345x]", "1-",
     "case number " + "a" * 50, "\u00a0", "case\u3000", "ticket", "#", "Case Number: 1234567\n"],
)  # fmt: skip
@each("around", ["case {}@", "{}", "x{}!"][: examples(1, long=3)])
def test_a_long_hostile_text_is_read_in_a_pass(unit: str, around: str) -> None:
    size = examples(50_000, long=200_000)
    text = around.format(unit * (size // len(unit)))[:size]
    with ends():
        offered(text[:1000], text, quoted=(text[:1000],) * 50)
