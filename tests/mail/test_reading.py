"""Replies as they come: mail files, Outlook messages and pasted text, honest, broken or hostile."""

from __future__ import annotations

import base64
import os
import quopri
import re
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penelope_admin.domain.text import clean_case_number
from penelope_admin.errors import BadInputError
from penelope_admin.mail import reading
from penelope_admin.mail.offers import KnownRequest, Offer, Reply, offer
from tests.each import each
from tests.effort import examples
from tests.ends import ends
from tests.mail import outlook

CORPUS = Path(__file__).parent / "corpus"
KNOWN = [
    KnownRequest(1, "PA-1", None, ("<pa-1.first@agency.example>",)),
    KnownRequest(7, "PA-7", "00480007", ()),
    KnownRequest(12, "PA-12", None, ("<pa-12.first@agency.example>", "<pa-12.second@agency.example>")),
    KnownRequest(13, "PA-13", "00471100", ("<pa-13.first@agency.example>",)),
]
FOUND = (12, "00481516")
EXPECTED: dict[str, tuple[int | None, str | None, str | None, bool]] = {
    "01-auto-reply.eml": (*FOUND, "message", False),
    "02-help-desk.eml": (12, "48151", "subject", False),
    "03-outlook-forward.eml": (*FOUND, "subject", False),
    "04-apple-mail-forward.eml": (*FOUND, "subject", False),
    "05-german-latin-1.eml": (*FOUND, "subject", False),
    "06-french-base64.eml": (*FOUND, "subject", False),
    "07-japanese.eml": (*FOUND, "message", False),
    "08-soft-breaks.eml": (*FOUND, "subject", False),
    "09-html-only.eml": (*FOUND, "message", False),
    "10-outlook-html-thread.eml": (12, "48151", "subject", False),
    "11-rich-text.txt": (*FOUND, "subject", False),
    "12-no-body.eml": (*FOUND, "subject", False),
    "13-bounce.eml": (12, None, "message", False),
    "14-invitation.eml": (*FOUND, "message", False),
    "15-out-of-office.eml": (12, None, "subject", False),
    "16-two-numbers.eml": (12, None, "subject", False),
    "17-older-case-below.eml": (*FOUND, "message", False),
    "18-forged-reference.eml": (None, "66600666", None, True),
    "19-unknown-reference.eml": (None, "00481516", None, False),
    "20-cut-off.eml": (*FOUND, "subject", False),
    "21-eight-bit-subject.eml": (*FOUND, "subject", False),
    "22-folded-references.eml": (12, "CS0001234", "message", False),
    "23-header-flood.eml": (12, "4815", "subject", False),
    "24-mailbox-format.eml": (*FOUND, "subject", False),
    "25-saved-as-text-utf-16.txt": (*FOUND, "subject", False),
    "26-utf-16-without-mark.txt": (*FOUND, "subject", False),
    "27-byte-order-mark.txt": (*FOUND, "subject", False),
    "28-mixed-line-ends.eml": (*FOUND, "subject", False),
    "29-pasted.txt": (*FOUND, "subject", False),
    "30-wrong-encoding.eml": (*FOUND, "subject", False),
    "31-forwarded-as-attachment.eml": (*FOUND, "message", False),
    "32-wrong-boundary.eml": (*FOUND, "subject", False),
    "33-attached-text.eml": (*FOUND, "subject", False),
    "34-answer-below-the-quote.eml": (*FOUND, "subject", False),
    "35-other-case-recorded.eml": (13, "00481516", "subject", True),
    "36-number-of-another-request.eml": (12, "00480007", "subject", True),
    "37-recorded-already.eml": (13, "00471100", "subject", False),
    "38-look-alikes.eml": (None, None, None, False),
    "39-two-requests.eml": (None, "00481516", None, False),
    "40-reference-in-the-text-only.eml": (12, "CS0001234", "subject", False),
}


def offered(data: bytes) -> Offer:
    return offer(reading.read(data), KNOWN)


def found_in(data: bytes) -> tuple[int | None, str | None]:
    found = offered(data)
    return found.request_id, found.case_number


def is_honest(found: Offer, read: Reply) -> bool:
    """Whether what is offered literally stands in the reply that was read."""
    texts = (*read.subjects, read.text)
    named = {
        known.request_id
        for known in KNOWN
        if {message_id.strip() for message_id in read.refers_to} & set(known.message_ids)
        or any(re.search(rf"(?<![A-Za-z0-9]){known.reference}(?![A-Za-z0-9])", text) for text in texts)
        or known.case_number in found.numbers
    }
    return (found.request_id is None or found.request_id in named) and all(
        any(number in text for text in texts) and clean_case_number(number) == number for number in found.numbers
    )


def is_read_or_refused(data: bytes) -> bool:
    """Whether content is read as something bounded and honest, or refused in words."""
    try:
        read = reading.read(data)
    except BadInputError as error:
        return len(str(error)) > 30
    bounded = len(read.text) <= reading.MAX_TEXT and len(read.subjects) < 100 and len(read.refers_to) <= 1000
    printable = "\0" not in read.text + read.sender + "".join(read.subjects) and read.sender == read.sender.lower()
    return bounded and printable and is_honest(offer(read, KNOWN), read)


# --- messages as they come ---


@each("name", EXPECTED)
def test_odd_messages_are_offered_for_what_they_are(name: str) -> None:
    found = offer(reading.read_file(CORPUS / name), KNOWN)
    assert (found.request_id, found.case_number, found.found_by, found.conflicts) == EXPECTED[name]


def test_every_odd_message_has_its_expectation() -> None:
    assert {path.name for path in CORPUS.iterdir() if path.suffix} == set(EXPECTED)


@each("name", [name for name in EXPECTED if name not in ("05-german-latin-1.eml", "21-eight-bit-subject.eml")])
def test_the_source_of_a_message_can_be_pasted_too(name: str) -> None:
    raw = (CORPUS / name).read_bytes()
    encoding = {"25": "utf-16", "26": "utf-16-be", "07": "shift_jis"}.get(name[:2], "utf-8")
    found = offer(reading.read_text(raw.decode(encoding, "replace")), KNOWN)
    assert (found.request_id, found.case_number, found.found_by, found.conflicts) == EXPECTED[name]


def test_sender_subjects_ids_and_text_are_read_as_written() -> None:
    assert reading.read(
        b"From: =?utf-8?q?Support?= <Help@Vendor.Example>\r\nSubject: =?utf-8?q?Caf=C3?= =?utf-8?q?=A9?= time\r\n"
        b"In-Reply-To: <B@x>\r\nReferences: <a@x>\r\n <B@x>\r\nMessage-ID: <own@x>\r\n\r\nHello\r\n> Subject: older\r\n"
    ) == Reply("help@vendor.example", ("Café time", "older"), ("<B@x>", "<a@x>"), "Hello\n> Subject: older")


@each(
    "value, subject",
    [
        ("=?utf-8?q?a?= =?utf-8?q?b?= c", "ab c"),
        ("=?utf-8?q?a?= x =?utf-8?q?b?=", "a x b"),
        ("=?utf-8?q?a?= =?latin-1?q?=E9?=", "aé"),
        ("=?utf-8*en?Q?a_b?=", "a b"),
        ("=?utf-8?b?w6k=?=", "é"),
        ("=?utf-8?b?w6?=", "Ã"),
        ("=?utf-8?b?!?=", ""),
        ("=?nowhere?q?a=E9?=", "aé"),
        ("=?utf-7?q?+2AA-?=", "+2AA-"),
        ("=?punycode?q?a-b?=", "a-b"),
        ("=?utf-8?q?=3D=3Fut?= =?utf-8?q?f-8=3Fq=3Fx=3F=3D?=", "=?utf-8?q?x?="),
        ("=?utf-8?x?a?=", "=?utf-8?x?a?="),
        ("=?=?=?=?", "=?=?=?=?"),
        ("a\u202eb\u200b\x07c", "abc"),
    ],
)
def test_encoded_words_are_unpacked_once_and_never_in_vain(value: str, subject: str) -> None:
    read = reading.read(f"MIME-Version: 1.0\nSubject: {value}\n\ntext".encode())
    assert read.subjects == (subject,)


@each(
    "written, sender",
    [
        ("support@vendor.example", "support@vendor.example"),
        ('"support@else.example" <Support@Vendor.Example>', "support@vendor.example"),
        ("support@vendor.example (Support <3)", "support@vendor.example"),
        ("Support", ""),
        ("<>", ""),
    ],
)
def test_the_sender_is_the_address_or_nothing(written: str, sender: str) -> None:
    assert reading.read(f"MIME-Version: 1.0\nFrom: {written}\n\ntext".encode()).sender == sender


def test_printed_header_lines_give_subjects_and_ids_wherever_they_stand() -> None:
    read = reading.read_text(
        "Hello\n> Subject: Refresh of a database with a long name and a longer agency\n> name [PA-12]\n"
        "> In-Reply-To: <a@x>\n> References: <b@x>\n>  <c@x>\n*Subject:* bold\nThe subject: none\n"
    )
    assert read.subjects == ("", "Refresh of a database with a long name and a longer agency name [PA-12]", "bold")
    assert read.refers_to == ("<a@x>", "<b@x>", "<c@x>")
    assert read.sender == ""


def test_header_lines_at_the_start_of_a_text_are_its_own_and_leave_it() -> None:
    printed = "From:\tA <a@x.example>\nSent:\ttoday\nSubject:\tone\n  two\nReferences: <a@x>\n <b@x>\n"
    for text in (f"{printed}Hello", f"\n----- Forwarded by B -----\n{printed}\nHello"):
        read = reading.read_text(text)
        assert (read.sender, read.subjects, read.text.strip()) == ("a@x.example", ("one two",), "Hello")
        assert read.refers_to == ("<a@x>", "<b@x>")
    marked = reading.read_text("> *From:* A <a@x.example>\n> *Subject:* one\n>\n> Hello\n")
    assert (marked.sender, marked.subjects, marked.text) == ("a@x.example", ("one",), ">\n> Hello")


def test_text_that_starts_with_a_word_and_a_colon_is_no_header() -> None:
    assert reading.read_text("To: everybody\nHello").text == "To: everybody\nHello"
    assert reading.read_text("Note: Case Number: 4815\n\nHello").subjects == ("",)


def test_text_is_cut_after_what_is_kept() -> None:
    read = reading.read_text("€" * 300_000)
    assert read.text == "€" * reading.MAX_TEXT


# --- MIME ---


BASE64 = "Content-Transfer-Encoding: BASE64"


def mime(kind: str, body: str | bytes, *more: str) -> bytes:
    head = "\n".join(["MIME-Version: 1.0", "Subject: [PA-12]", f"Content-Type: {kind}", *more, "", ""])
    return head.encode() + (body.encode() if isinstance(body, str) else body)


@each(
    "kind, body, more",
    [
        ("text/plain; charset=utf-16", base64.b64encode("Case #4815".encode("utf-16")), [BASE64]),
        ("text/plain; charset=idna", "Case #4815", []),
        ("text/plain; charset=zlib", "Case #4815", []),
        ("text/plain; charset=\x00", "Case #4815", []),
        ("text/plain; charset=utf-8", b"Case #4815 \xff\xfe", []),
        ("text/plain", b"Q2FzZSAjND\ngxNQ==\nx", [BASE64]),
        ("text/plain", b"Case #4815", ["Content-Transfer-Encoding: x-uuencode"]),
        ("text/plain", b"Case #4815=", ["Content-Transfer-Encoding: quoted-printable"]),
        ("", "Case #4815", []),
        ("multipart/mixed", "Case #4815", []),
        ('multipart/mixed; boundary=""', "Case #4815", []),
        ("multipart/mixed; boundary=b", "--b\n\nCase #4815", []),
        ("multipart/mixed; boundary=b", "--bb\n\nno\n--b  \n\nCase #4815\n--b--\nno", []),
        ("multipart/mixed; boundary=b", "--b\nContent-Type: text/plain\n\n\n--b\n\nCase #4815\n--b--", []),
        ("multipart/alternative; boundary=b", "--b\nContent-Type: text/html\n\n<p>Case #4815\n--b--", []),
        ("multipart/alternative; boundary=b", "--b\n\n  \n--b\nContent-Type: text/html\n\n<p>Case #4815\n--b--", []),
        ("multipart/alternative; boundary=b", "--b\n\nCase #4815\n--b\nContent-Type: text/html\n\nCase #999", []),
        ("message/rfc822", "Subject: x\n\nCase #4815", []),
        ("text/html", "<p>Case<br>Number:<p>&#52;815", []),
        ("text/html", "<table><td>Case ID<td>4815</table>", []),
        ("text/html", "Case <!-- x --><b>#</b><i>48</i>15", []),
        ("text/html", "<script>Case #1111</script ><style>Case #2222</STYLE>Case #4815<!-- Case #3333", []),
        ("text/html", "<p>Case #4815</p><blockquote>Case #1111<p>Case #2222</blockquote>", []),
        ("text/html", "Case #4815 <script>Case #1111", []),
        ("text/html", "Case #4815 &#99999999999999; &#" + "9" * 5000 + ";", []),
    ],
)  # fmt: skip
def test_the_number_is_found_however_the_text_is_wrapped(kind: str, body: str | bytes, more: list[str]) -> None:
    assert found_in(mime(kind, body, *more)) == (12, "4815")


@each(
    "kind, body",
    [
        ("text/calendar", "Case #4815"),
        ("application/octet-stream", "Case #4815"),
        ("multipart/mixed; boundary=b", "--b\nContent-Disposition: ATTACHMENT\n\nCase #4815\n--b--"),
        ("multipart/mixed; boundary=b", "--b\n\nThanks\n--b\nContent-Type: message/rfc822\n\n\nCase #4815\n--b--"),
        ("multipart/mixed; boundary=b", "Case #4815\n--b\n\nThanks\n--b--\nCase #4816"),
        ("text/html", "<title>Case #4815</title>Thanks <img alt='Case #4815'>"),
    ],
)  # fmt: skip
def test_what_is_not_the_messages_text_is_not_read(kind: str, body: str) -> None:
    assert found_in(mime(kind, body)) == (12, None)


# --- Outlook ---


def msg(**more: str) -> bytes:
    return outlook.message({"0037": "RE: Refresh [PA-12]", "1000": "Your case number is 00481516.", **more})


@each("wide", [True, False])
@each("body", ["", "x" * 100 + "\r\n", "x\r\n" * 4000, "x\r\n" * 30_000])
def test_an_outlook_message_is_read(body: str, wide: bool) -> None:
    properties = {
        "0037": "RE: Größe [PA-12]",
        "1000": f"Case #00481516\r\n{body}",
        "0C1A": "Support",
        "0C1F": "/O=EXCHANGE/CN=SUPPORT",
        "5D01": "Support@Vendor.Example",
        "007D": "Received: x\r\nReferences: <a@x>\r\n\t<pa-12.first@agency.example>\r\n\r\n",
    }
    read = reading.read(outlook.message(properties, wide=wide))
    assert read.sender == "support@vendor.example"
    assert read.subjects == ("RE: Größe [PA-12]",)
    assert read.refers_to == ("<a@x>", "<pa-12.first@agency.example>")
    assert read.text.startswith("Case #00481516\nx" if body else "Case #00481516")
    assert len(read.text) == len(f"Case #00481516\r\n{body}".replace("\r\n", "\n").rstrip("\n"))


def test_an_outlook_message_may_have_its_subject_sender_and_ids_in_any_of_their_places() -> None:
    headers = "From: a@b.example\r\nSubject: [PA-12]\r\n"
    read = reading.read(outlook.message({"1000": "x", "007D": headers, "1042": "<i@x>", "1039": "<r@x>"}))
    assert (read.sender, read.subjects, read.refers_to) == ("a@b.example", ("[PA-12]",), ("<i@x>", "<r@x>"))
    assert reading.read(msg(**{"0C1F": "a@b.example"})).sender == "a@b.example"
    assert reading.read(msg(**{"0C1F": "/O=EXCHANGE"})).sender == ""


@each(
    "more",
    [
        {"__substg1.0_10130102": b"<meta charset='windows-1252'><p>Case\xa0#00481516"},
        {"__substg1.0_10130102": b"<p>Case #00481516"},
        {"__substg1.0_1013001F": "<p>Case #00481516".encode("utf-16-le")},
        {"__substg1.0_1000001E": b"\xfcber Case #00481516"},
    ],
)
def test_an_outlook_message_without_plain_text_is_read_from_what_it_has(more: dict[str, bytes]) -> None:
    assert found_in(outlook.message({"0037": "[PA-12]", "1000": ""}, more=more)) == FOUND


def test_an_outlook_message_without_subject_and_text_is_refused() -> None:
    with pytest.raises(BadInputError, match="There is no text in this reply"):
        reading.read(outlook.message({"0C1A": "Support"}))


@each(
    "place, value",
    [
        (30, b"\xff\xff"),  # the size of sectors
        (32, b"\xff\xff"),  # the size of small sectors
        (44, b"\xff\xff\xff\x7f"),  # how many tables there are
        (48, b"\xff\xff\xff\x7f"),  # where the directory starts
        (60, b"\x00\x00\x00\x00"),  # where the small table starts
        (64, b"\xff\xff\xff\x7f"),  # how long the small table is
        (68, b"\x00\x00\x00\x00\xff\xff\xff\x7f"),  # more tables in a chain
        (76, b"\xf0\xff\xff\x7f"),  # where the table is
    ],
)
def test_an_outlook_message_with_a_wrong_header_is_read_or_refused_at_once(place: int, value: bytes) -> None:
    data = msg(**{"0C1A": "Support"})
    with ends():
        assert is_read_or_refused(data[:place] + value + data[place + len(value) :])


@each("small_tables", [b"", b"\xff\xff\xff\x7f"])
def test_an_outlook_message_whose_sectors_run_in_circles_ends(small_tables: bytes) -> None:
    data = bytearray(msg(**{"1000": "Case #4815 " * 1000}))
    data[64 : 64 + len(small_tables)] = small_tables
    table = (int.from_bytes(data[76:80], "little") + 1) * outlook.SECTOR
    for place in range(table, table + outlook.SECTOR, 4):
        data[place : place + 4] = (place % 7).to_bytes(4, "little")
    with ends():
        assert is_read_or_refused(bytes(data))


def test_an_outlook_message_with_tables_that_run_in_circles_is_refused_at_once() -> None:
    tables = 4_000_000
    circle = b"".join(number.to_bytes(4, "little") for number in [*[1] * 127, 0])
    data = bytearray(outlook.compound({"a": circle.ljust(outlook.SMALL, b"\0")}))
    data[44:48] = tables.to_bytes(4, "little")
    data[68:76] = bytes(4) + (-(-(tables - 109) // 127)).to_bytes(4, "little")
    with pytest.raises(BadInputError, match="damaged"):
        reading.read(bytes(data))


def test_an_outlook_message_with_very_many_streams_is_read_soon() -> None:
    more = {f"stream {number}": b"x" for number in range(35_000)}
    with ends():
        assert found_in(outlook.message({"0037": "[PA-12]", "1000": "Case #00481516"}, more=more)) == FOUND


# --- files ---


def test_a_file_that_cannot_be_read_is_refused_by_name(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.eml", Path("a\0b.eml")):
        with pytest.raises(BadInputError, match=re.escape(path.name)):
            reading.read_file(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
def test_a_pipe_is_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "reply.eml")
    with pytest.raises(BadInputError, match="is not a file"):
        reading.read_file(tmp_path / "reply.eml")


@each("data", [b"", b"\n \r\n", b"\xef\xbb\xbf", b"\xff\xfe", b"MIME-Version: 1.0\n\n", b"\0"])
def test_an_empty_file_is_refused(data: bytes) -> None:
    with pytest.raises(BadInputError):
        reading.read(data)


@each("data", [b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8, bytes(range(32)) * 9, b"PK\3\4" + b"\1\2ab" * 99])
def test_what_is_no_text_is_refused(data: bytes) -> None:
    with pytest.raises(BadInputError, match="This file is not a message"):
        reading.read(data)


def test_a_file_of_ten_megabytes_is_read_and_a_larger_one_refused(tmp_path: Path) -> None:
    path = tmp_path / "large.eml"
    path.write_bytes(mime("text/plain", "Case #4815 " + "x" * reading.MAX_BYTES)[: reading.MAX_BYTES])
    assert offer(reading.read_file(path), KNOWN).case_number == "4815"
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(BadInputError, match="larger than 10 MB"):
        reading.read_file(path)
    with pytest.raises(BadInputError, match="larger than 10 MB"):
        reading.read_text("x" * (reading.MAX_BYTES + 1))


@cache
def bombs() -> dict[str, bytes]:
    """Megabytes each of what has brought down other readers."""
    part = "--b\nContent-Type: multipart/mixed; boundary=b\n\n"
    nested = "".join(f"multipart/mixed; boundary=b{n}\n\n--b{n}\nContent-Type: " for n in range(100_000))
    size = examples(2 << 20, long=reading.MAX_BYTES)
    units = {
        "lines": ("text/plain", "\n"),
        "the same boundary": ("multipart/mixed; boundary=b", part),
        "parts": ("multipart/mixed; boundary=b", "--b\n\nx\n"),
        "messages in messages": ("message/rfc822", "Content-Type: message/rfc822\n\n"),
        "comments": ("text/html", "<!--"),
        "tags": ("text/html", "<b>"),
        "open tags": ("text/html", "<a "),
        "quotes": ("text/html", "<blockquote>"),
        "character references": ("text/html", "&#"),
        "punycode": ("text/plain; charset=punycode", "a-"),
        "parameters": ("multipart/mixed" + '; a="' * 100_000, "x"),
        "subjects": ("text/plain", "Subject: x\n"),
        "ids": ("text/plain", "References: <a>\n"),
        "dashes": ("text/plain", "-" * 199 + "x\n"),
    }
    mails = {name: mime(kind, unit * ((size - 600_000) // len(unit))) for name, (kind, unit) in units.items()}
    heads = {
        "header lines": "X: y\n" * (size // 6),
        "one header": "Subject: " + "=?" * (size // 3),
        "encoded words": "Subject: " + "=?utf-8?q?a?= " * (size // 15),
        "folded lines": "Subject: x" + "\n a" * (size // 4),
        "references": "References: " + "<a" * (size // 3),
        "senders": "From: " + "a@" * (size // 3),
        "nested parts": "Content-Type: " + nested,
    }
    return {
        **mails,
        **{name: f"MIME-Version: 1.0\n{head}".encode() for name, head in heads.items()},
        "nothing": b" " * size,
        "UTF-16": b"\xff\xfe" + b"\n\0" * (size // 2 - 1),
        "one dash too many": b"-" * 199_999 + b"x",
    }


@each("name", bombs())
def test_hostile_megabytes_are_done_with_soon(name: str) -> None:
    with ends():
        assert is_read_or_refused(bombs()[name])


# --- whatever comes ---

fragments = st.sampled_from(
    [b"From: a@x\n", b"Subject: [PA-12]\n", b"Subject: =?utf-8?b?", b"?=", b"MIME-Version: 1.0\n", b"\n", b"\r", b"> ",
     b"Content-Type: multipart/mixed; boundary=b\n", b"--b\n", b"--b--", b"Content-Type: text/html; charset=", b"<p>",
     b"Content-Type: message/rfc822\n", b"Content-Transfer-Encoding: base64\n", b"Q2FzZSAjNDgxNQ==", b"utf-16", b"\0",
     b"Case Number: 00481516", b"<pa-12.first@agency.example>", b"References: ", b"<!--", b"&#x", b"&nbsp;", b"\n\n",
     b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\xff\xfe", b"=\n", b"=E9", b"PA-1", b"<blockquote>", b"</", b"-----",
     b"iso-2022-jp"]
)  # fmt: skip


@settings(max_examples=examples(40, long=5000))
@given(data=st.binary(max_size=400) | st.lists(fragments | st.binary(max_size=8), max_size=30).map(b"".join))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    assert is_read_or_refused(data)


@settings(max_examples=examples(40, long=5000))
@given(
    text=st.text(max_size=200)
    | st.lists(fragments.map(lambda raw: raw.decode("latin-1")) | st.text(max_size=5)).map("".join)
)
def test_any_pasted_text_is_read_or_refused(text: str) -> None:
    try:
        read = reading.read_text(text)
    except BadInputError:
        return
    assert is_honest(offer(read, KNOWN), read)


@cache
def corpus() -> list[bytes]:
    return [(CORPUS / name).read_bytes()[:6000] for name in sorted(EXPECTED)]


@st.composite
def damaged(draw: st.DrawFn, whole: bytes) -> bytes:
    """Content with bytes changed, pieces doubled, dropped or exchanged, lines of the header shuffled, or cut off."""
    data = bytearray(whole)
    for _ in range(draw(st.integers(1, 6))):
        start, end = sorted((draw(st.integers(0, len(data))), draw(st.integers(0, len(data)))))
        match draw(st.sampled_from(["change", "double", "drop", "cut", "shuffle", "insert"])):
            case "change":
                data[start : start + 4] = draw(st.binary(min_size=1, max_size=4))
            case "double":
                data[end:end] = data[start:end]
            case "drop":
                del data[start : min(end, start + 200)]
            case "cut":
                del data[max(end, 100) :]
            case "insert":
                data[start:start] = draw(fragments)
            case _:
                head, blank, body = bytes(data).partition(b"\r\n\r\n")
                data = bytearray(b"\r\n".join(draw(st.permutations(head.split(b"\r\n")[:40]))) + blank + body)
        del data[40_000:]
    return bytes(data)


@settings(max_examples=examples(40, long=5000))
@given(data=st.integers(0, len(EXPECTED) - 1).flatmap(lambda number: damaged(corpus()[number])))
def test_a_damaged_message_is_read_or_refused(data: bytes) -> None:
    assert is_read_or_refused(data)


@settings(max_examples=examples(40, long=5000))
@given(data=damaged(msg(**{"0C1A": "Support", "007D": "References: <pa-12.first@agency.example>\r\n" * 100})))
def test_a_damaged_outlook_message_is_read_or_refused(data: bytes) -> None:
    assert is_read_or_refused(data)


# --- replies whose right answer is known ---

PHRASES = [
    "Case Number: {}", "Your case number is {}.", "case no. {} was opened", "Thank you. [Case #{}]", "Ticket #{}",
    "Case ID: {}", "Case Number:\n{}", "*Case Number:* *{}*", "Case\u00a0Number\u00a0{}\u00a0",
    "A case has been created: #{}",
]  # fmt: skip
HARMLESS = [
    "In case 3 people come, or in case 2000 do, call 416-555-0142.",
    "See https://vendor.example/case/99999999?id=88888888.",
    "This is SPA-13, PA-1-x, PA-130, XPA-1 and https://tickets.example/PA-7.",
    "Case opened on 2026-12-01, due 12/01/2026 at 10:30.",
    "In that case: 1-800-555-0199.",
    "ref:_00D1a.5001b:ref",
    "Größe, 大きさ, taille",
]
OLDER = ["Case Number: {}", "as in case {}", "Subject: Case {} closed", "ticket #{} and ticket #{}"]
NEAR_IDS = [
    "<PA-13.first@agency.example>", "<pa-13.first@agency.example.org>", "<xpa-13.first@agency.example>",
    "pa-13.first@agency.example", "<pa-13. first@agency.example>", "<>",
]  # fmt: skip
DIVIDERS = [
    "-----Original Message-----", "On Tue, Dec 1, 2026, Dana Reeve wrote:", "Begin forwarded message:",
    "From: Dana Reeve\nSent: Tuesday, December 1, 2026\nTo: Support",
]  # fmt: skip
numbers = st.one_of(
    st.integers(480_000, 999_999).map("00{}".format),
    st.integers(1000, 9999).map("CS000{}".format),
    st.integers(48_000, 99_999).map(str),
    st.integers(10_000, 99_999).map("2026-{}".format),
)


@dataclass(frozen=True)
class Made:
    """A reply that was put together, and what it means."""

    data: bytes
    request_id: int
    number: str
    certain: bool


@st.composite
def made(draw: st.DrawFn) -> Made:
    request = draw(st.sampled_from([known for known in KNOWN if known.message_ids]))
    number, older, oldest = draw(st.lists(numbers, min_size=3, max_size=3, unique=True))
    evidence = draw(st.sampled_from(["message", "subject", "both", "quoted subject", "text"]))
    others = [known.reference for known in KNOWN if known is not request]
    where = draw(st.sampled_from(["subject", "text", "both"]))
    subject = draw(st.sampled_from(["Re: Refresh of the Mirrored database", "Automatic reply", "Größe der Datenbank"]))
    if where != "text":
        label = draw(st.sampled_from(["Case {}:", "[Case {}]", "Case #{}:", "New case created: {}"]))
        subject = f"{label.format(number)} {subject}"
    if evidence in ("subject", "both"):
        subject += f" [{request.reference}]"
    own = draw(st.lists(st.sampled_from(HARMLESS), max_size=3))
    if where != "subject":
        own.insert(draw(st.integers(0, len(own))), draw(st.sampled_from(PHRASES)).format(number))
    stray = draw(st.booleans())
    if stray and evidence != "text":  # other requests in the text mean nothing if there is better evidence
        own.append(f"This is like {draw(st.sampled_from(others))}.")
    quoted = [draw(st.sampled_from(OLDER)).format(older, oldest)] if draw(st.booleans()) else []
    quoted = quoted if own else []
    if evidence == "quoted subject":
        quoted.append(f"Subject: Refresh [{request.reference}]")
    if evidence == "text":
        (quoted if draw(st.booleans()) else own).append(f"Our reference: {request.reference}")
    ids = draw(st.lists(st.sampled_from([*NEAR_IDS, "<other@vendor.example>"]), max_size=3))
    if evidence in ("message", "both"):
        ids.insert(draw(st.integers(0, len(ids))), draw(st.sampled_from(request.message_ids)))
    text = written(draw, own, quoted)
    headers = {"From": "Support <support@vendor.example>", "Subject": subject}
    headers[draw(st.sampled_from(["References", "In-Reply-To"]))] = "\n ".join(ids)
    certain = bool(own) or not quoted
    return Made(packed(draw, headers, text, quoted), request.request_id, number, certain)


def written(draw: st.DrawFn, own: list[str], quoted: list[str]) -> str:
    """A text whose older part is marked in one of the usual ways."""
    top = "\n\n".join(own)
    if not quoted:
        return top
    below = "\n".join(quoted)
    if draw(st.booleans()):
        marked = "\n".join(f"> {line}" for line in below.split("\n"))
        return f"{top}\n\n{marked}\n"
    return f"{top}\n\n{draw(st.sampled_from(DIVIDERS))}\n{below}\n"


def packed(draw: st.DrawFn, headers: dict[str, str], text: str, quoted: list[str]) -> bytes:
    """The reply in one of the shapes in which replies come."""
    head = "".join(f"{name}: {word(draw, value)}\n" for name, value in headers.items())
    base = base64.encodebytes(text.encode()).decode()
    soft = quopri.encodestring(text.encode()).decode()
    html = "<html><body>" + "".join(f"<p>{escape(line)}</p>\n" for line in text.split("\n")) + "</body></html>"
    shape = draw(st.sampled_from(["plain", "base64", "soft", "html", "parts", "outlook", "pasted"]))
    start = f"{head}MIME-Version: 1.0\nContent-Type: "
    match shape:
        case "outlook":
            fields = "".join(
                f"{name}: {value}\r\n" for name, value in headers.items() if name not in ("From", "Subject")
            )
            return outlook.message(
                {
                    "0037": headers["Subject"],
                    "1000": text.replace("\n", "\r\n"),
                    "007D": fields,
                    "5D01": "a@vendor.example",
                }
            )
        case "pasted":
            plain = "".join(f"{name}: {value}\n" for name, value in headers.items())
            return f"{plain}\n{text}".encode(draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16"])))
        case "base64":
            mail = f"{start}text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n{base}"
        case "soft":
            mail = f"{start}text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n{soft}"
        case "html":
            mail = f"{start}text/html; charset=utf-8\n\n{html}"
        case "parts":
            mail = (
                f'{start}multipart/alternative; boundary="=_1"\n\n'
                f"--=_1\nContent-Type: text/plain; charset=utf-8\n\n{text}\n"
                f"--=_1\nContent-Type: text/html\n\n{html}\n--=_1--\n"
            )
        case _:
            mail = f"{start}text/plain; charset=utf-8\n\n{text}"
    return mail.replace("\n", draw(st.sampled_from(["\n", "\r\n", "\r"]))).encode()


def word(draw: st.DrawFn, value: str) -> str:
    """A header's value as it is, or as an encoded word."""
    if "<" in value or (value.isascii() and draw(st.booleans())):
        return value
    return f"=?utf-8?B?{base64.b64encode(value.encode()).decode()}?="


@settings(max_examples=examples(40, long=5000))
@given(reply=made())
def test_decoys_lead_to_no_other_request_and_no_other_number(reply: Made) -> None:
    found = offered(reply.data)
    assert found.request_id in (reply.request_id, None)
    assert found.case_number in (reply.number, None)
    if reply.certain:
        assert (found.request_id, found.case_number) == (reply.request_id, reply.number)
