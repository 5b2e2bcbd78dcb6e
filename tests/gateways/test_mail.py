"""A letter as a draft file and as a link for the mail program."""

from __future__ import annotations

from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penelope_admin.domain.requests import Letter
from penelope_admin.errors import BadInputError
from penelope_admin.gateways import mail

NOW = datetime(2026, 12, 1, 15, 30, tzinfo=UTC)
LETTER = Letter(
    "support@vendor.example", "Refresh of the Mirrored database [PA-1]", "Hello,\n\nplease.\n", "admin@agency.example"
)
lines = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=300)
words = st.text('abcdefgh éß漢\U0001f600–’,;:()[]<>"\\', min_size=1, max_size=40) | lines
subjects = words.map(lambda text: f"Refresh {text} [PA-1]").filter(lambda text: "=?" not in text)
bodies = st.lists(lines, max_size=12).map(lambda parts: "\n".join(parts) + "\n")


def letter(**fields: str) -> Letter:
    known = {"to": LETTER.to, "subject": LETTER.subject, "body": LETTER.body, "sender": LETTER.sender}
    return Letter(**{**known, **fields})


def parsed(raw: bytes) -> EmailMessage:
    return BytesParser(policy=policy.default).parsebytes(raw)


def test_a_draft_opens_unsent_with_everything_filled_in() -> None:
    message = parsed(mail.draft(LETTER, NOW))
    assert message["X-Unsent"] == "1"
    assert message["To"] == "support@vendor.example"
    assert message["From"] == "admin@agency.example"
    assert message["Subject"] == "Refresh of the Mirrored database [PA-1]"
    assert parsedate_to_datetime(str(message["Date"])) == NOW
    assert message.get_content().replace("\r\n", "\n") == LETTER.body


def test_a_draft_without_addresses_has_no_empty_headers() -> None:
    message = parsed(mail.draft(letter(to="", sender=""), NOW))
    assert message["To"] is None
    assert message["From"] is None


@given(body=bodies)
def test_any_body_comes_out_of_the_draft_as_it_went_in(body: str) -> None:
    message = parsed(mail.draft(letter(body=body), NOW))
    assert message.get_content().replace("\r\n", "\n") == body
    assert len(message.keys()) == 8


@given(body=bodies, agency=subjects)
def test_lines_of_a_draft_end_in_crlf_and_are_short_and_its_headers_are_ascii(body: str, agency: str) -> None:
    raw = mail.draft(letter(body=body, subject=agency), NOW)
    head, _, text = raw.partition(b"\r\n\r\n")
    assert head.isascii()
    assert text.decode("utf-8")
    assert raw.count(b"\n") == raw.count(b"\r") == raw.count(b"\r\n")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998  # the limit of the mail format


@pytest.mark.parametrize(
    "subject",
    [
        "Actualisation de la base – Centre d’aide à la famille [PA-1]",
        "Refresh of the Mirrored database - Centre jeunesse de la Montérégie – services à l’enfance et à la f. [PA-1]",
        "更新 " * 40 + "[PA-1]",
        "Refresh of the Mirrored database - " + "A very long agency name " * 12 + "[PA-1]",
        'A "quoted", <bracketed>; (commented) name',
    ],
)
def test_a_subject_that_is_long_or_not_ascii_reads_the_same(subject: str) -> None:
    assert str(parsed(mail.draft(letter(subject=subject), NOW))["Subject"]) == subject


@given(subject=subjects)
def test_any_subject_reads_as_it_was_written(subject: str) -> None:
    assert str(parsed(mail.draft(letter(subject=subject), NOW))["Subject"]) == subject


@pytest.mark.parametrize(
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
    ids=ascii,
)
def test_a_header_that_is_more_than_its_field_is_refused_by_the_draft_itself(fields: dict[str, str]) -> None:
    with pytest.raises(BadInputError):
        mail.draft(letter(**fields), NOW)


@pytest.mark.parametrize("fields", [{"subject": "a\r\nb"}, {"to": "a@x.example?bcc=b@x.example"}, {"to": "a b@x.org"}])
def test_a_link_refuses_what_the_draft_refuses(fields: dict[str, str]) -> None:
    with pytest.raises(BadInputError):
        mail.mailto(letter(**fields))


@given(
    subject=lines.map(lambda text: f"Refresh {text} [PA-1]").filter(lambda text: "=?" not in text),
    body=st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=120).map("a\n{}\n".format),
)
def test_a_link_carries_address_subject_and_body_and_nothing_else(subject: str, body: str) -> None:
    try:
        link = mail.mailto(letter(subject=subject, body=body))
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
    link = mail.mailto(letter(to="o'neil+a&b=c%d#e@vendor.example"))
    assert link is not None
    assert unquote(urlsplit(link).path) == "o'neil+a&b=c%d#e@vendor.example"
    assert list(parse_qs(urlsplit(link).query)) == ["subject", "body"]


def test_a_letter_that_is_too_long_for_a_link_gives_none() -> None:
    fits = next(n for n in range(2000, 0, -1) if mail.mailto(letter(body="x" * n)) is not None)
    assert len(mail.mailto(letter(body="x" * fits)) or "") == mail.MAILTO_LIMIT
    assert mail.mailto(letter(body="x" * (fits + 1))) is None
    assert mail.mailto(letter(body="é" * fits)) is None
