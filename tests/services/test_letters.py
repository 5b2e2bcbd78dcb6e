"""Whatever a person types, a request's draft has exactly the headers it should have."""

from __future__ import annotations

from contextlib import suppress
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from penelope_admin.domain.text import clean_text
from penelope_admin.errors import BadInputError
from penelope_admin.services import agency, requests
from penelope_admin.services.context import Context
from penelope_admin.services.requests import Wish
from tests.services.house import PROFILE

HEADERS = sorted(
    ["From", "To", "Subject", "Date", "X-Unsent", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"]
)
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
once = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
ENCODED_WORD = "x =?utf-8?q?=0D=0ABcc:_a=40else.example?= y"


def parsed(raw: bytes) -> EmailMessage:
    return BytesParser(policy=policy.default).parsebytes(raw)


def set_agency(context: Context, name: str, address: str) -> None:
    known = agency.find(context)
    assert known is not None
    agency.update(context, msgspec.structs.replace(known, name=name, support_address=address))


def assert_harmless(context: Context, key: int, reason: str) -> None:
    """The draft's headers are the expected ones, say what is kept, and the body holds the reason."""
    message = parsed(requests.draft_file(context, key))
    known = agency.find(context)
    assert known is not None
    assert sorted(message.keys()) == (HEADERS if known.support_address else [h for h in HEADERS if h != "To"])
    assert str(message["From"]) == "admin@riverside.example"
    assert str(message["To"] or "") == known.support_address
    assert str(message["Subject"]) == f"Refresh of the Mirrored database - {known.name} [PA-{key}]"
    assert message.get_content_type() == "text/plain"
    assert not message.is_multipart()
    assert clean_text(reason, "The reason") in message.get_content().replace("\r\n", "\n")


@once
@given(name=typed)
@example(name=ENCODED_WORD)
def test_no_header_can_come_from_the_agencys_name(context: Context, name: str) -> None:
    try:
        set_agency(context, name, "support@vendor.example")
    except BadInputError:
        return
    key = requests.draft(context, Wish(reason="Fresh data")).value.request.id
    assert_harmless(context, key, "Fresh data")


@once
@given(address=addresses)
@example(address="=?utf-8?q?a=0ABcc?=@vendor.example")
@example(address="=?utf-8?q?a=40b?=@vendor.example")
def test_no_header_can_come_from_supports_address(context: Context, address: str) -> None:
    try:
        set_agency(context, PROFILE.name, address)
    except BadInputError:
        return
    key = requests.draft(context, Wish(reason="Fresh data")).value.request.id
    assert_harmless(context, key, "Fresh data")


@once
@given(reason=typed)
@example(reason="x\n.\nBcc: a@else.example\n\nFrom here on")
@example(reason=ENCODED_WORD)
def test_no_header_can_come_from_the_reason(context: Context, reason: str) -> None:
    try:
        key = requests.draft(context, Wish(reason=reason)).value.request.id
    except BadInputError:
        return
    assert_harmless(context, key, reason)


@once
@given(remark=typed, case_number=typed)
def test_no_header_can_come_from_a_remark_or_a_case_number(context: Context, remark: str, case_number: str) -> None:
    key = requests.draft(context, Wish(reason="Fresh data")).value.request.id
    try:
        requests.advance(context, key, "sent", remark=remark)
    except BadInputError:
        requests.advance(context, key, "sent")
    with suppress(BadInputError):
        requests.advance(context, key, "acknowledged", case_number=case_number, remark=remark)
    assert_harmless(context, key, "Fresh data")


def test_a_name_that_mail_programs_would_unpack_to_a_header_is_refused(context: Context) -> None:
    with pytest.raises(BadInputError, match="mail programs unpack"):
        set_agency(context, ENCODED_WORD, "support@vendor.example")


def test_without_supports_address_the_draft_has_no_recipient(context: Context) -> None:
    set_agency(context, PROFILE.name, "")
    key = requests.draft(context, Wish(reason="Fresh data")).value.request.id
    assert parsed(requests.draft_file(context, key))["To"] is None
