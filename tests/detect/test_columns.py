"""A column's values are counted as what they are, however they are written and however many come at once."""

from __future__ import annotations

import base64
import binascii
import random
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penelope_admin.detect import picking, spans
from penelope_admin.detect import values as numbers
from penelope_admin.detect.columns import Scanner
from penelope_admin.detect.counts import Counts
from penelope_admin.detect.verdicts import ColumnFinding, judge_column
from tests.each import each
from tests.effort import examples
from tests.regions import REGION

TODAY = date(2026, 11, 20)
PROSE = st.text(st.sampled_from("abcdefghij KLMNO.,;:()-\n\u00e9\u2019"), max_size=60)


def counted(name: str, region: str, *batches: Sequence[str]) -> Counts:
    """What a column's batches hold."""
    scanner = Scanner(name, REGION[region], b"key", today=TODAY)
    for batch in batches:
        scanner.scan(spans.values_of([value.encode() for value in batch]))
    return scanner.counts


def judged(values: Iterable[str], region: str = "CA", name: str = "field7") -> ColumnFinding:
    return judge_column(name, counted(name, region, list(values)))


def kept(text: str) -> bool:
    """Whether a value is among those that are read carefully."""
    found, chosen = picking.worth_reading(spans.values_of([text.encode()]), 7, every=False, spoken=True)
    assert len(found) == chosen.sum()
    return bool(chosen[0])


CONTACTS = (
    *("jane@gmail.com", "jane at gmail dot com", "jane&#64;gmail.com", "j a @ g . c o", "jane.gmail.com"),
    *("204-942-3007", "\u0662\u0660\u0664942\u06633007"),
)


@given(PROSE, PROSE, st.sampled_from(CONTACTS))
def test_no_value_with_a_contact_is_passed_over(before: str, after: str, contact: str) -> None:
    assert kept(f"{before} {contact} {after}")


APART = b"Seen on 2026-01-15 at 10:30, for 45 minutes, ref 12345678. " + 6 * b"Nothing else was to be told of it. "


@given(PROSE, PROSE, st.sampled_from(CONTACTS))
def test_a_text_with_a_contact_is_read_among_many_whose_digits_lie_apart(before: str, after: str, contact: str) -> None:
    text = f"{before} with all that was told of it and more, {contact} {after}".encode()
    found = spans.values_of([APART, text, APART])
    _, chosen = picking.worth_reading(found, 7, every=False, spoken=True, run=9, some=1)
    assert chosen.tolist() == [True, True, False]


def test_of_texts_whose_digits_lie_apart_some_stand_for_all() -> None:
    found = spans.values_of([APART] * 1000)
    _, chosen = picking.worth_reading(found, 7, every=False, spoken=True, run=9, some=10)
    assert 5 <= chosen.sum() <= 10


@each("text", ["Ottawa", "12 Elm St", "at home and at ease.", "Zo\u00eb R\u00e9my", "", "A & B", "3.5"])
def test_what_can_hold_no_contact_is_passed_over(text: str) -> None:
    assert not kept(text)


def test_an_address_in_words_is_seen_after_a_value_with_many_lone_signs() -> None:
    texts = [b"a @ b @ c @ d @ e", b"jane at gmail dot com"]
    _, chosen = picking.worth_reading(spans.values_of(texts), 7, every=False, spoken=True)
    assert chosen.tolist() == [True, True]


FICTIONAL = {
    "CA": ("4165550123", "14165550199"),
    "GB": ("02079460012", "442079460012", "01632960123", "4407700900123"),
    "AU": ("0255501234", "61491570156", "1800160401"),
}
SIGNS = st.sampled_from(["", " ", "-", ".", ") ", " (", " - "])


@settings(max_examples=examples(20, long=1000))
@given(st.data(), st.sampled_from([*FICTIONAL]))
def test_what_is_harmless_at_first_sight_reaches_nobody_at_a_close_look(data: st.DataObject, region: str) -> None:
    digits = data.draw(st.sampled_from(FICTIONAL[region]))
    start = data.draw(st.sampled_from(["", "+", "(", "(+"]))
    values = [start + "".join(digit + data.draw(SIGNS) for digit in digits[:-1]) + digits[-1]]
    values.append(f"user{data.draw(st.integers(0, 10**8))}@{data.draw(st.sampled_from(['example.com', 'any.test']))}")
    quick = [judged(values, region, name) for name in ("home phone", "email")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(numbers, "plainly_fictional", lambda _: "")
        patch.setattr(numbers, "plainly_reserved", lambda _: "")
        close = [judged(values, region, name) for name in ("home phone", "email")]
    assert [column.harmless for column in quick] >= [column.harmless for column in close]
    assert [(column.email_like, column.phone_like, column.people) for column in close] == [(0, 0, 0)] * 2


@each(
    "value", ["2049423007@example.com", "jane_gmail.com@example.com", "jane@gmail.com.invalid", "a@example.com b@x.ca"]
)
def test_what_lets_a_contact_be_read_is_not_harmless_at_first_sight(value: str) -> None:
    assert not re.search(numbers.plainly_reserved(10), value)


@each("value", ["416-555-0123 / 204-942-3007", "416-555-01234", "20494230075550123", "x416-555-0123", "416-555-0223"])
def test_only_whole_values_are_harmless_at_first_sight(value: str) -> None:
    assert not re.search(numbers.plainly_fictional(1), value)


@each("sign", [" ", "  ", "-", "_", " * "])
def test_an_address_spread_out_is_an_address(sign: str) -> None:
    values = [sign.join(f"jane{number}x@gmail.com") for number in range(30)]
    assert judged(values).email_like == 30
    assert judged(f"Wrote to {value} Back on Monday." for value in values).email_like == 30


def test_numbers_of_another_country_leave_it_open() -> None:
    values = [f"{204 + 10 * (number % 3)}9{420000 + 7919 * number % 79999:06}" for number in range(300)]
    for region in ("GB", "AU", "NZ"):
        assert judged(values, region).bears


CODES = (base64.b64encode, base64.urlsafe_b64encode, binascii.hexlify)


@each("code", CODES)
@each("note", ["{}", "Her letter came back. {} On Monday again."])
def test_addresses_in_another_code_leave_it_open(code: Callable[[bytes], bytes], note: str) -> None:
    coded = [code(f"jane.roe{number}@gmail.com".encode()).decode() for number in range(30)]
    assert judged([note.replace("{}", value) for value in coded]).verdict == "cannot-tell"
    assert judged(coded, name="email").verdict == "cannot-tell"


@each("place", [0, 2500, 4999])
def test_one_line_of_code_among_thousands_of_masked_ones_leaves_it_open(place: int) -> None:
    lines = [f"user{number}@example.com" for number in range(5000)]
    lines.insert(place, base64.b64encode(b"Dear Jane, we write to jane.roe@gmail.com as agreed.").decode())
    assert judged(lines, name="text").verdict == "cannot-tell"


@each("code", CODES)
def test_what_reaches_nobody_reaches_nobody_in_another_code(code: Callable[[bytes], bytes]) -> None:
    found = counted("field7", "CA", [code(f"user{number}@example.com".encode()).decode() for number in range(30)])
    assert found.coded == 0


@given(st.binary(min_size=16, max_size=40))
def test_random_bytes_in_another_code_are_no_contacts(value: bytes) -> None:
    texts = [text for code in CODES for text in numbers.decoded(code(value))]
    assert not any("@" in text for text in texts) or b"@" in value


@each("region", ["CA", "GB", "AU", "NZ"])
def test_a_web_server_s_log_holds_no_numbers(region: str) -> None:
    lines = [
        f'10.{n % 256}.3.4 - - [11/Feb/2026:15:{n % 60:02}:19 +0000] "GET /x/{n} HTTP/1.1" 200 {600_000 + 37 * n}'
        for n in range(300)
    ]
    assert not judged(lines, region).bears


@each(
    "note",
    [
        "Seen 2026-01-15 at 10:30, rang 204-942-3007.",
        "Seen 15/1/2026 10:30:00 204-942-3007",
        "2026-01-15 204-942-3007, 10:30",
        "204-942-3007 (2026.01.15)",
    ],
)
def test_days_and_times_around_a_number_do_not_hide_it(note: str) -> None:
    counts = counted("notes", "CA", [note])
    assert counts.sure + counts.formed == 1


def test_values_that_come_again_count_each_time() -> None:
    batch = ["user@example.com", "user@example.com", "jane@gmail.com", ""] * 50
    counts = counted("email", "CA", batch, batch, ["kim@gmail.com"])
    assert (counts.values, counts.harmless, counts.emails, len(counts.contacts.seen)) == (301, 200, 101, 2)


@given(st.lists(st.sampled_from(["204-942-3007", "user@example.com", "x@gmail.com", "Ottawa", ""]), max_size=40))
def test_it_does_not_matter_how_values_come_in_batches(values: list[str]) -> None:
    together = counted("field7", "CA", values)
    apart = counted("field7", "CA", *([value] for value in values))
    for name in ("values", "emails", "formed", "harmless"):
        assert getattr(together, name) == getattr(apart, name)


def numbered(form: str, count: int = 200) -> list[str]:
    """Numbers that differ in their last digits, as people's do; "#" is a digit of theirs."""
    digits = random.Random(form)
    return ["".join(digits.choice("23456789") if sign == "#" else sign for sign in form) for _ in range(count)]


@each(
    "region, form",
    [("NZ", "64.9.3##.####"), ("GB", "+44 1962/2#####"), ("GB", "1978-2#####"), ("CA", "1.204.942.####")],
)
def test_in_a_column_of_telephones_no_number_is_taken_for_a_version_or_an_invoice(region: str, form: str) -> None:
    assert judged(numbered(form), region, "Phone").verdict == "real"


def test_one_fictional_number_among_real_ones_excuses_none_of_them() -> None:
    values = [*numbered("+44 1962-47####", 199), "020 7946 0123 ext 3"]
    assert judged(values, "GB", "Phone").verdict == "real"


@each("before", ["Rang her on ", "Mum: ", "tel "])
def test_in_a_note_an_area_code_that_looks_like_a_year_is_one_after_the_country_s(before: str) -> None:
    values = [f"{before}{number} about the visit" for number in numbered("+44 1992-26####")]
    assert judged(values, "GB", "Note").verdict == "real"


@each("text", ["INV-2026-42387", "Invoice 2026/42387 is paid", "(2026-42387)", "Chrome/97.0.4692.71", "v 5.1.22.3"])
def test_in_a_note_versions_and_invoices_reach_nobody(text: str) -> None:
    assert judged([text] * 200, "GB", "Note").phone_like == 0


@each("name", ["Home", "Work", "Emergency Contact", "Mother", "Home No", "Home Number", "field7"])
@each("region, form", [("NZ", "3## ####"), ("AU", "9### ####"), ("CA", "7##-####")])
def test_numbers_without_an_area_leave_it_open_whoever_they_are_of(name: str, region: str, form: str) -> None:
    assert judged(numbered(form), region, name).verdict == "cannot-tell"


@each("local", ["dora.scott0*", "*ella.smith0*", "maria*"])
def test_an_asterisk_in_an_address_that_can_be_read_masks_nothing(local: str) -> None:
    assert judged([f"{local}@bigpond.net.au"] * 60, "AU", "Email").verdict == "cannot-tell"


@each("local", ["j***", "*", "jane***", "j***.s***"])
def test_asterisks_in_the_place_of_an_address_mask_it(local: str) -> None:
    assert judged([f"{local}@bigpond.net.au"] * 60, "AU", "Email").verdict == "de-identified"
