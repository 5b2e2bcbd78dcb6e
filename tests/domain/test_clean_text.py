"""Text from people: bounded, and unable to smuggle a line into a mail's header."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTPUTF8

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penelope_admin.domain.text import (
    MAX_LINE,
    MAX_TEXT,
    clean_address,
    clean_case_number,
    clean_line,
    clean_telephone,
    clean_text,
    clean_web_address,
)
from penelope_admin.errors import BadInputError
from tests.each import each

CONTROLS = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))]
LINE_ENDS = ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]
BIDI = [chr(code) for code in (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))]
SURROGATES = ["\ud800", "\udbff", "\udc00", "\udfff"]
UNFIT = [*CONTROLS, *LINE_ENDS, *BIDI, *SURROGATES]
CLEANERS: list[Callable[[str], str]] = [
    lambda text: clean_line(text, "The reason"),
    clean_case_number,
    lambda text: clean_address(text, "The address"),
    lambda text: clean_web_address(text, "The portal"),
]
ANY_TEXT = st.text(st.characters(exclude_categories=()) | st.sampled_from([*CONTROLS, *BIDI, "a", " "]), max_size=30)


def is_unfit(character: str) -> bool:
    """Whether a character may not stand in a header."""
    return (
        unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
        or unicodedata.bidirectional(character) in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
        or character in "\u061c\u200e\u200f"
    )


def test_no_control_line_end_bidi_mark_or_surrogate_gets_into_a_line() -> None:
    for character in UNFIT:
        with pytest.raises(BadInputError, match=r"The reason holds a line break or a control character \("):
            clean_line(f"before{character}after", "The reason")


@each("where", ["{}name@example.org", "na{}me@example.org", "name@exam{}ple.org"])
def test_no_such_character_gets_into_an_address(where: str) -> None:
    for character in UNFIT:
        with suppress(BadInputError):
            assert clean_address(where.format(character), "The address") == "name@example.org"
            assert character.isspace()  # taken off at the start, like a space


@given(ANY_TEXT)
def test_whatever_is_taken_as_a_line_is_fit_for_a_header(text: str) -> None:
    try:
        line = clean_line(text, "The reason")
    except BadInputError:
        assert not text.strip() or any(is_unfit(character) for character in text.strip())
        return
    assert line == text.strip()
    assert not any(is_unfit(character) for character in line)
    assert len(line.splitlines()) == 1
    message = EmailMessage(policy=SMTPUTF8)
    message["Subject"] = line
    assert message["Subject"] == line


@given(ANY_TEXT, st.sampled_from(CLEANERS))
def test_every_cleaner_gives_one_line_without_controls_or_refuses(text: str, clean: Callable[[str], str]) -> None:
    for attempt in (text, f"x{text}", f"https://{text}", f"a@b.{text}"):
        try:
            cleaned = clean(attempt)
        except BadInputError:
            continue
        assert not any(is_unfit(character) for character in cleaned)


@given(ANY_TEXT)
def test_whatever_is_taken_as_text_has_no_controls_but_line_ends(text: str) -> None:
    try:
        cleaned = clean_text(text, "The reason")
    except BadInputError:
        return
    assert not any(is_unfit(character) for character in cleaned if character != "\n")
    assert cleaned == cleaned.strip()
    assert clean_text(cleaned, "The reason") == cleaned


@each("text", ["=?utf-8?q?=0ABcc:_a@b.example?=", "a =? b ?= c", "=?utf-8?b?Cg==?="])
def test_what_mail_programs_would_unpack_is_refused_in_a_line(text: str) -> None:
    with pytest.raises(BadInputError, match="which mail programs unpack. Nothing was saved"):  # noqa: RUF043
        clean_line(text, "The reason")


def test_what_mail_programs_would_not_unpack_is_taken() -> None:
    for line in ("1 =? 2", "really?=", "2+2=4?"):
        assert clean_line(line, "The reason") == line
    assert clean_text("a =?utf-8?q?x?= b", "The reason") == "a =?utf-8?q?x?= b"


def test_what_is_ordinary_in_any_script_is_taken() -> None:
    for line in ("Tests for project Ωmega", "Überprüfung – “Herbst”", "日本語", "עברית", "🙂", "a\u00a0b", "e\u0301"):
        assert clean_line(line, "The reason") == line


def test_space_around_a_line_is_taken_off() -> None:
    assert clean_line("  tests \r\n", "The reason") == "tests"


@each("text", ["", "   ", "\n", "\u00a0"])
def test_an_empty_line_is_refused_only_where_something_is_required(text: str) -> None:
    with pytest.raises(BadInputError, match=r"The reason is empty\. Nothing was saved\."):
        clean_line(text, "The reason")
    assert clean_line(text, "The remark", required=False) == ""


def test_a_line_may_be_as_long_as_the_limit_and_no_longer() -> None:
    assert clean_line("x" * MAX_LINE + " ", "The reason") == "x" * MAX_LINE
    with pytest.raises(BadInputError, match="The reason is longer than 300 characters"):
        clean_line("x" * (MAX_LINE + 1), "The reason")
    with pytest.raises(BadInputError, match="longer than 5 characters"):
        clean_line("123456", "The reason", limit=5)


@each("line_end", ["\n", "\r\n", "\r", "\u2028", "\x0b", "\x85"])
def test_line_ends_in_a_text_are_made_alike(line_end: str) -> None:
    assert clean_text(f" one  {line_end}{line_end}two\t{line_end}", "The reason") == "one\n\ntwo"


def test_a_tab_in_a_text_becomes_a_space() -> None:
    assert clean_text("one\ttwo", "The reason") == "one two"


@each("character", ["\x00", "\x1b", "\x7f", "\u202e", "\ud800"])
def test_other_controls_in_a_text_are_refused(character: str) -> None:
    with pytest.raises(BadInputError, match="The reason holds a line break or a control character"):
        clean_text(f"one\ntwo{character}three", "The reason")


def test_a_text_may_be_as_long_as_the_limit_and_no_longer() -> None:
    assert len(clean_text("x\n" * (MAX_TEXT // 2), "The reason")) == MAX_TEXT - 1
    with pytest.raises(BadInputError, match="longer than 4000 characters"):
        clean_text("x\n" * (MAX_TEXT // 2 + 1), "The reason")


def test_an_empty_text_is_refused_only_where_something_is_required() -> None:
    with pytest.raises(BadInputError, match="The reason is empty"):
        clean_text(" \n\t\n", "The reason")
    assert clean_text(" \n\t\n", "The remark", required=False) == ""


@each("number", ["01234567", "#4711", "CAS-2026-000123", "5003Z000", "a", "AB_1/2.3", "x" * 40, " 77 "])
def test_case_numbers_as_support_writes_them_are_taken(number: str) -> None:
    assert clean_case_number(number) == number.strip()


@each(
    "number",
    ["", " ", "#", "##1", "-1", "12 34", "x" * 41, "1\n2", "1\r\nBcc: a@b.c", "<b>", "１２３", "é", "1;2", "\u202e1"],
)
def test_other_case_numbers_are_refused(number: str) -> None:
    with pytest.raises(BadInputError, match="A case number has 1 to 40 letters and digits"):
        clean_case_number(number)


@each(
    "address",
    ["", "name@example.org", "first.last+tag@mail.example.co.uk", "o'brien@example.org", " a@b.ca ", "a_b@1-2.org"],
)
def test_addresses_or_none_are_taken(address: str) -> None:
    assert clean_address(address, "The address") == address.strip()


@each(
    "address",
    [
        "name",
        "name@",
        "@example.org",
        "name@example",
        "na me@example.org",
        "a@b.org, c@d.org",
        "a@b.org;c@d.org",
        "Name <a@b.org>",
        "a@@b.org",
        "a@b..org",
        "a@b.org.",
        "a@bé.org",
        "é@b.org",
        '"a b"@c.org',
        "x" * 65 + "@b.org",
        "a@" + "x" * 64 + ".org",
        "a@b.org\nBcc: c@d.org",
    ],
)
def test_what_is_no_single_plain_address_is_refused(address: str) -> None:
    with pytest.raises(BadInputError, match="The address"):
        clean_address(address, "The address")


@each("number", ["", "911", " +1 (204) 555-0100 ", "0161 496 0000, extension 12", "ext. 204"])
def test_telephone_numbers_are_taken_as_people_write_them(number: str) -> None:
    assert clean_telephone(number, "The number") == number.strip()


@each("number", ["none", "ask at the desk", "-", "+", "12", "n/a 7"])
def test_a_telephone_number_that_nobody_could_dial_is_refused(number: str) -> None:
    with pytest.raises(BadInputError, match="The number has fewer than 3 digits"):
        clean_telephone(number, "The number")


@given(st.from_regex(r"[A-Za-z0-9._%+-]{1,64}@[a-z0-9-]{1,20}\.[a-z]{2,10}", fullmatch=True))
def test_an_ordinary_address_is_taken_as_it_is(address: str) -> None:
    assert clean_address(address, "The address") == address


@each(
    "address",
    ["", "https://example.org", "https://example.org/a/b?c=d&e=f#g", "https://[::1]:8443/", " https://x.org/ü "],
)
def test_https_addresses_or_none_are_taken(address: str) -> None:
    assert clean_web_address(address, "The portal") == address.strip()


@each(
    "address",
    [
        "http://example.org",
        "HTTPS//example.org",
        "https://",
        "https:///path",
        "ftp://example.org",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://good.example@evil.example",
        "https://exa mple.org",
        "https://example.org/a b",
        "https://example.org/<script>",
        'https://example.org/"',
        "https://good.example\\@evil.example",
        "https://example.org/\nhttps://evil.example",
        "x https://example.org",
        "https://example.org/" + "x" * 500,
    ],
)
def test_what_is_no_https_address_is_refused(address: str) -> None:
    with pytest.raises(BadInputError, match="The portal"):
        clean_web_address(address, "The portal")
