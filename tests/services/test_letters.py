"""Whatever a person types, a request's draft and its message have exactly the headers they should have."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from penelope_admin.domain.letters import Letter
from penelope_admin.domain.requests import RequestKind
from penelope_admin.domain.text import clean_text
from penelope_admin.errors import BadInputError, RefusedError
from penelope_admin.services import agency, requests
from penelope_admin.services.requests import delivery
from penelope_admin.services.work import Context
from penelope_admin.store import schema
from tests.effort import examples
from tests.services.house import change_agency
from tests.wishes import KINDS, WISHES

HEADERS = ["From", "To", "Subject", "Date", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"]
X_UNSENT, MESSAGE_ID = "X-Unsent", "Message-ID"
SMUGGLERS = (
    "\r\nBcc: a@else.example\r\n", "\nBcc: a@else.example", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029",
    "\0", "\x7f", "\ud800", "=?utf-8?q?=0D=0ABcc:_a=40else.example?=", "=?utf-8?b?DQpCY2M6IGFAZWxzZS5leGFtcGxl?=",
    "=?", "?=", "=?utf-8?q?", "\u202e", "\ufeff", "\t", "é", "—", "漢字", "\U0001f600", ",", ";", ":", "<", ">", '"',
    "(", ")", "\\", "%0d%0a", "--", "[PA-1]", "x" * 80, " " * 20, "Content-Type: text/html",
)  # fmt: skip
typed = st.one_of(
    st.text(st.characters(), max_size=120),
    st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=200),
    st.lists(st.sampled_from(SMUGGLERS) | st.text(st.characters(), max_size=8), max_size=8).map("".join),
)
addresses = st.one_of(
    st.just("support@vendor.example"),
    st.builds("{}{}@{}vendor.example".format, typed, st.sampled_from(["a", "a.b", ""]), st.sampled_from(["", "x."])),
    st.builds("support@vendor.example{}".format, typed),
    st.from_regex(r"[\w.!#$%&'*+/=?^`{|}~-]{1,20}@[a-z]{1,5}\.example", fullmatch=True),
)
once = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(10, long=300))
ENCODED_WORD = "x =?utf-8?q?=0D=0ABcc:_a=40else.example?= y"


def parsed(raw: bytes) -> EmailMessage:
    return BytesParser(policy=policy.default).parsebytes(raw)


def drafted(context: Context, **fields: Any) -> int:
    """A question, or a refresh when that is asked for."""
    wish = WISHES[fields.pop("kind", "question")]
    return context.write(requests.draft, replace(wish, **fields)).value.request.id


def assert_harmless(context: Context, key: int) -> None:
    """Draft and message have exactly the headers they should, those say what is kept, and the body is the letter's."""
    letter = context.read(requests.find, key).letter
    draft = context.write(delivery.hand_over, key, "eml", send_anyway=True).value.draft or b""
    assert_headers(context, parsed(draft), letter, X_UNSENT)
    if not letter.to:
        return
    context.write(delivery.hand_over, key, "smtp", send_anyway=True)
    assert_headers(context, parsed(queued(context, key)), letter, MESSAGE_ID)


def assert_headers(context: Context, message: EmailMessage, letter: Letter, more: str) -> None:
    known = context.read(agency.need_profile)
    expected = [*HEADERS, more] if known.support_address else [*(h for h in HEADERS if h != "To"), more]
    assert sorted(message.keys()) == sorted(expected)
    assert str(message["From"]) == "admin@riverside.example"
    assert str(message["To"] or "") == known.support_address
    assert str(message["Subject"]) == letter.subject
    assert message.get_content_type() == "text/plain"
    assert not message.is_multipart()
    assert message.get_content().replace("\r\n", "\n") == letter.body


def queued(context: Context, key: int) -> bytes:
    """The request's message as it waits in the outbox."""
    query = sa.select(schema.outgoing_message.c.content).where(schema.outgoing_message.c.request_id == key)
    with context.store.reading() as connection:
        return str(connection.execute(query).scalar_one()).encode("ascii")


@once
@given(name=typed)
@example(name=ENCODED_WORD)
def test_no_header_can_come_from_the_agencys_name(posting: Context, name: str) -> None:
    try:
        change_agency(posting, name=name, support_address="support@vendor.example")
    except BadInputError:
        return
    key = drafted(posting, kind="refresh")
    named = "" if "critical" in name.casefold() else f" - {name.strip()}"
    assert posting.read(requests.find, key).letter.subject == f"Refresh of the Mirrored database{named} [PA-{key}]"
    assert_harmless(posting, key)


@once
@given(address=addresses)
@example(address="=?utf-8?q?a=0ABcc?=@vendor.example")
@example(address="=?utf-8?q?a=40b?=@vendor.example")
def test_no_header_can_come_from_supports_address(posting: Context, address: str) -> None:
    try:
        change_agency(posting, support_address=address)
    except BadInputError:
        return
    assert_harmless(posting, drafted(posting))


@once
@given(reason=typed)
@example(reason="x\n.\nBcc: a@else.example\n\nFrom here on")
@example(reason=ENCODED_WORD)
def test_no_header_can_come_from_the_text(posting: Context, reason: str) -> None:
    try:
        key = drafted(posting, reason=reason)
    except BadInputError:
        return
    assert f"\n{clean_text(reason, 'The text')}\n" in posting.read(requests.find, key).letter.body
    assert_harmless(posting, key)


@once
@given(kind=st.sampled_from([kind for kind in KINDS if WISHES[kind].title]), title=typed)
@example(kind="question", title=ENCODED_WORD)
@example(kind="critical", title="x\r\nBcc: a@else.example")
def test_no_header_can_come_from_the_subject(posting: Context, kind: RequestKind, title: str) -> None:
    try:
        key = drafted(posting, kind=kind, title=title)
    except (BadInputError, RefusedError):
        return
    assert title.strip() in posting.read(requests.find, key).letter.subject
    assert_harmless(posting, key)


@once
@given(version=typed)
def test_no_header_can_come_from_the_version(posting: Context, version: str) -> None:
    try:
        key = drafted(posting, kind="defect", version=version)
    except BadInputError:
        return
    assert_harmless(posting, key)


@once
@given(remark=typed, case_number=typed)
def test_no_header_can_come_from_a_remark_or_a_case_number(context: Context, remark: str, case_number: str) -> None:
    key = drafted(context)
    try:
        context.write(requests.advance, key, "sent", remark=remark)
    except BadInputError:
        context.write(requests.advance, key, "sent")
    with suppress(BadInputError):
        context.write(requests.advance, key, "acknowledged", case_number=case_number, remark=remark, same_case=True)
    handed = context.write(delivery.hand_over, key, "eml", send_anyway=True).value
    assert_headers(context, parsed(handed.draft or b""), handed.parcel.letter, X_UNSENT)


def test_a_name_that_mail_programs_would_unpack_to_a_header_is_refused(context: Context) -> None:
    with pytest.raises(BadInputError, match="mail programs unpack"):
        change_agency(context, name=ENCODED_WORD)
