"""A letter as a draft file, as a message for the mail server, and as a link for the mail program."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from penelope_admin.domain.letters import Letter
from penelope_admin.errors import BadInputError
from penelope_admin.mail import messages
from tests.each import each

NOW = datetime(2026, 12, 1, 15, 30, tzinfo=UTC)
LETTER = Letter(
    "support@vendor.example", "Refresh of the Mirrored database [PA-1]", "Hello,\n\nplease.\n", "admin@agency.example"
)
MESSAGE_ID = "<0123456789abcdef@agency.example>"
lines = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=300)
words = st.text('abcdefgh éß漢\U0001f600–’,;:()[]<>"\\', min_size=1, max_size=40) | lines
subjects = words.map(lambda text: f"Refresh {text} [PA-1]").filter(lambda text: "=?" not in text)
bodies = st.lists(lines, max_size=12).map(lambda parts: "\n".join(parts) + "\n")


def letter(**fields: str) -> Letter:
    known = {"to": LETTER.to, "subject": LETTER.subject, "body": LETTER.body, "sender": LETTER.sender}
    return Letter(**{**known, **fields})


def as_draft(written: Letter) -> bytes:
    return messages.draft(written, NOW)


def as_message(written: Letter) -> bytes:
    return messages.message(written, NOW, MESSAGE_ID)


def parsed(raw: bytes) -> EmailMessage:
    return BytesParser(policy=policy.default).parsebytes(raw)


Form = Callable[[Letter], bytes]
FORMS: tuple[Form, ...] = (as_draft, as_message)


def test_a_draft_opens_unsent_with_everything_filled_in() -> None:
    message = parsed(messages.draft(LETTER, NOW))
    assert message["X-Unsent"] == "1"
    assert message["To"] == "support@vendor.example"
    assert message["From"] == "admin@agency.example"
    assert message["Subject"] == "Refresh of the Mirrored database [PA-1]"
    assert parsedate_to_datetime(str(message["Date"])) == NOW
    assert message.get_content().replace("\r\n", "\n") == LETTER.body


def test_a_message_goes_out_with_its_id_and_is_no_draft() -> None:
    message = parsed(as_message(LETTER))
    assert message["Message-ID"] == MESSAGE_ID
    assert message["X-Unsent"] is None
    assert message["To"] == "support@vendor.example"
    assert message["From"] == "admin@agency.example"
    assert message["Subject"] == "Refresh of the Mirrored database [PA-1]"
    assert parsedate_to_datetime(str(message["Date"])) == NOW
    assert message.get_content_type() == "text/plain"
    assert message.get_content().replace("\r\n", "\n") == LETTER.body


def test_the_same_letter_makes_the_same_message_every_time() -> None:
    assert as_message(LETTER) == as_message(LETTER)


def test_a_message_is_dated_with_the_instant_whatever_its_zone() -> None:
    there = NOW.astimezone(timezone(timedelta(hours=-6)))
    message = parsed(messages.message(LETTER, there, MESSAGE_ID))
    assert parsedate_to_datetime(str(message["Date"])) == NOW


@each("fields", [{"to": ""}, {"sender": ""}, {"to": "", "sender": ""}])
def test_a_message_needs_both_addresses(fields: dict[str, str]) -> None:
    with pytest.raises(BadInputError, match="needs Support's address and the agency's own"):
        as_message(letter(**fields))


@each("sender", ["admin@agency.example", "o'neil+x@mail.agency.example"])
def test_a_message_s_id_is_of_the_sender_s_domain_and_used_once(sender: str) -> None:
    made = {messages.new_message_id(sender) for _ in range(200)}
    assert len(made) == 200
    for found in made:
        assert re.fullmatch(r"<[0-9a-f]{32}@" + re.escape(sender.partition("@")[2]) + ">", found)
    found = made.pop()
    assert parsed(messages.message(letter(sender=sender), NOW, found))["Message-ID"] == found


@each("sender", ["nobody", "a@b.example\r\nBcc: c@d.example", "a b@c.example", "a@b_c.example"])
def test_no_id_is_made_of_what_is_no_address(sender: str) -> None:
    with pytest.raises(BadInputError):
        messages.new_message_id(sender)


def test_a_draft_without_addresses_has_no_empty_headers() -> None:
    message = parsed(messages.draft(letter(to="", sender=""), NOW))
    assert message["To"] is None
    assert message["From"] is None


@pytest.mark.parametrize("made", FORMS)
@given(body=bodies)
@example(body="x\n.\n..\nFrom here on\n=\n=3D\n")
@example(body="é" * 2000 + "\n")
def test_any_body_comes_out_as_it_went_in(made: Form, body: str) -> None:
    message = parsed(made(letter(body=body)))
    assert message.get_content().replace("\r\n", "\n") == body
    assert len(message.keys()) == 8


@pytest.mark.parametrize("made", FORMS)
@given(body=bodies, subject=subjects)
def test_every_line_ends_in_crlf_is_short_and_is_ascii(made: Form, body: str, subject: str) -> None:
    raw = made(letter(body=body, subject=subject))
    assert raw.isascii()
    assert raw.count(b"\n") == raw.count(b"\r") == raw.count(b"\r\n")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998  # the limit of the mail format


@each(
    "subject",
    [
        "Actualisation de la base – Centre d’aide à la famille [PA-1]",
        "Refresh of the Mirrored database - Centre jeunesse de la Montérégie – services à l’enfance et à la f. [PA-1]",
        "更新 " * 40 + "[PA-1]",
        "Refresh of the Mirrored database - " + "A very long agency name " * 12 + "[PA-1]",
        'A "quoted", <bracketed>; (commented) name',
    ],
)
@each("made", FORMS)
def test_a_subject_that_is_long_or_not_ascii_reads_the_same(made: Form, subject: str) -> None:
    assert str(parsed(made(letter(subject=subject)))["Subject"]) == subject


@pytest.mark.parametrize("made", FORMS)
@given(subject=subjects)
def test_any_subject_reads_as_it_was_written(made: Form, subject: str) -> None:
    assert str(parsed(made(letter(subject=subject)))["Subject"]) == subject


@each(
    "fields",
    [
        {"subject": "Refresh\r\nBcc: a@else.example"},
        {"subject": "Refresh\nBcc: a@else.example"},
        {"subject": "Refresh \x00"},
        {"subject": "Refresh =?utf-8?q?=0D=0ABcc:_a=40else.example?="},
        {"subject": ""},
        {"to": "support@vendor.example\r\nBcc: a@else.example"},
        {"to": "support@vendor.example, a@else.example"},
        {"to": "Support <support@vendor.example>"},
        {"to": "=?utf-8?q?a=40b?=@vendor.example"},
        {"sender": "admin@agency.example\nBcc: a@else.example"},
    ],
)
@each("made", FORMS)
def test_a_header_that_is_more_than_its_field_is_refused_where_it_is_written(
    made: Form, fields: dict[str, str]
) -> None:
    with pytest.raises(BadInputError):
        made(letter(**fields))


fields_typed = st.one_of(
    st.text(st.characters(), max_size=60),
    st.lists(
        st.sampled_from(
            ["\r\n", "\n", "\r", "\0", "\u2028", "Bcc: a@else.example", "=?", "?=", " ", "é", "x@y.example"]
        ),
        max_size=6,
    ).map("".join),
)


@pytest.mark.parametrize("made", FORMS)
@given(name=st.sampled_from(["to", "subject", "sender"]), text=fields_typed)
def test_nothing_typed_into_a_field_becomes_a_header(made: Form, name: str, text: str) -> None:
    try:
        message = parsed(made(letter(**{name: text})))
    except BadInputError:
        return
    expected = {"From", "To", "Subject", "Date", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"}
    assert set(message.keys()) - {"X-Unsent", "Message-ID"} in (expected, expected - {"From"}, expected - {"To"})
    header = {"to": "To", "subject": "Subject", "sender": "From"}[name]
    assert str(message[header] or "") == text.strip()
    assert message.get_content().replace("\r\n", "\n") == LETTER.body


@each("fields", [{"subject": "a\r\nb"}, {"to": "a@x.example?bcc=b@x.example"}, {"to": "a b@x.org"}])
def test_a_link_refuses_what_the_draft_refuses(fields: dict[str, str]) -> None:
    with pytest.raises(BadInputError):
        messages.mailto(letter(**fields))


@given(
    subject=lines.map(lambda text: f"Refresh {text} [PA-1]").filter(lambda text: "=?" not in text),
    body=st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=120).map("a\n{}\n".format),
)
def test_a_link_carries_address_subject_and_body_and_nothing_else(subject: str, body: str) -> None:
    try:
        link = messages.mailto(letter(subject=subject, body=body))
    except BadInputError:
        return
    if link is None:
        return
    assert link.isascii()
    parts = urlsplit(link)
    assert (parts.scheme, unquote(parts.path), parts.fragment) == ("mailto", "support@vendor.example", "")
    assert parse_qs(parts.query, strict_parsing=True, keep_blank_values=True) == {
        "subject": [subject],
        "body": [body.replace("\n", "\r\n")],
    }


def test_an_address_with_signs_that_mean_something_in_links_survives() -> None:
    link = messages.mailto(letter(to="o'neil+a&b=c%d#e@vendor.example"))
    assert link is not None
    assert unquote(urlsplit(link).path) == "o'neil+a&b=c%d#e@vendor.example"
    assert list(parse_qs(urlsplit(link).query)) == ["subject", "body"]


def test_a_letter_that_is_too_long_for_a_link_gives_none() -> None:
    fits = next(n for n in range(2000, 0, -1) if messages.mailto(letter(body="x" * n)) is not None)
    assert len(messages.mailto(letter(body="x" * fits)) or "") == messages.MAILTO_LIMIT
    assert messages.mailto(letter(body="x" * (fits + 1))) is None
    assert messages.mailto(letter(body="é" * fits)) is None
