"""What looks like client data is found wherever it stands, and what is the agency's own or harmless is not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penelope_admin.detect import texts
from penelope_admin.detect.texts import HIT_NAMES, Hit, HitKind, Own, find_hits, in_words, masked, own_domains
from tests.each import each
from tests.effort import examples
from tests.ends import ends

REGIONS = ("AU", "NZ", "CA", "GB", "US")
TODAY = date(2026, 11, 20)
NOBODY = Own()
OWN = Own(
    addresses=("Support <help@vendor.example>", "harbour.centre@gmail.com"),
    domains=("harbour.example",),
    telephones=("(866) 732-3560 ext. 2, then 2", "1-469-874-0792 ext. 3"),
    numbers=("PA-12", "48151623", "CAS-2026-000123", "#9007199254", "4.26.11", "ABC1235", "3.5.2019"),
)

# --- examples ---

ADDRESSES = [
    "jane@example.org",
    "Jane.Doe+letters@mail.example.co.uk",
    "o'brien@example.org",
    "o\u2019brien@example.org",
    "jürgen@bücher.example",
    "ju\u0308rgen@bu\u0308cher.example",
    "用户@例え.テスト",
    "jane@xn--bcher-kva.example",
    '"jane doe"@example.org',
    "jane@localserver",
    "jane@[192.0.2.1]",
    "jane＠example．org",
    "jane@example。org",
    "ja\u200bne@exa\u00admple.org",
    "jane @ example.org",
    "jane (at) example (dot) org",
    "jane[at]example.org",
    "jane {AT} example.org",
    "jane at example dot org",
    "jane@example dot org",
    "jane%40example.org",
    "x" * 64 + "@example.org",
    "a@evil-harbour.example",
    "a@harbour.example.evil.example",
    "harbour@gmail.com",
    "_@example.org",
]
TELEPHONES = {
    "CA": ["416-555-0142", "(416) 555-0142", "416.555.0142", "4165550142", "1 416 555 0142", "555-0142", "555 0142"],
    "US": ["(212) 555-0142 ext. 22", "212-555-0142 x22", "212/555-0142", "5550142", "1-212-555-0142"],
    "AU": [
        "(02) 9876 5432",
        "9876 5432",
        "98765432",
        "0412 345 678",
        "0412345678",
        "+61 (0)2 9876 5432",
        "1300 975 707",
    ],
    "NZ": ["09 123 4567", "(09) 123-4567", "123 4567", "021 123 4567", "0211234567", "0800 123 456"],
    "GB": ["020 7946 0018", "7946 0018", "(0117) 496 0123", "07700 900123", "0044 7700 900123", "01632 960 983"],
}
TELEPHONES_ANYWHERE = [
    "+1 416 555 0142",
    "+61 2 9876 5432",
    "+442079460018",
    "tel:+64-9-123-4567",
    "+45 20 30 40 50",
    "+33 6.12.34.56.78",
    "４１６－５５５－０１４２",
    "٤١٦-٥٥٥-٠١٤٢",
    "416\u00a0555\u00a00142",
    "416\u2011555\u20110142",
    "416 – 555 – 0142",
    "416\u00b7555\u00b70142",
    "4\u200b1\u200b6\u200b5\u200b5\u200b5\u200b0\u200b1\u200b4\u200b2",
    "41655\u00ad50142",
    "4\ufe0f\u20e31\ufe0f\u20e36\ufe0f\u20e35\ufe0f\u20e35\ufe0f\u20e35\ufe0f\u20e30\ufe0f\u20e31\ufe0f\u20e34\ufe0f\u20e32",
    "①④①⑥⑤⑤⑤⓪①④②",
    "416\x00555\x000142",
    "4 1 6 5 5 5 0 1 4 2",
    "416,555,0142",
    "416_555_0142",
    "416-555-\n0142",
    "416 555\n> 0142",
]
PAST_DAYS = [
    "1987-03-05",
    "1987/3/5",
    "1987.03.05",
    "05/03/1987",
    "03/25/1987",
    "3.5.1987",
    "3. 5. 1987",
    "5 / 3 / 1987",
    "05 03 1987",
    "5/3/87",
    "5-3-87",
    "87-03-05",
    "5 March 1987",
    "5th of March 1987",
    "5th day of March, 1987",
    "March 5, 1987",
    "march 5th 1987",
    "Thursday, March 5, 1987",
    "1987 March 5",
    "1987-Mar-05",
    "05MAR1987",
    "05-Mar-87",
    "5 Mar 87",
    "Mar 5 '87",
    "Mar. 5, ’87",
    "Mar 5, 87",
    "5 mars 1987",
    "5 AprI\u0307l 1987",
    "5 Apr\u0131l 1987",
    "le 1er août 1987",
    "19870305",
    "release 3.5.1987",
    "０５/０３/１９８７",
    "1987‐03‐05",
    "19\u200b87-03-05",
    "5 March\n1987",
    "1987-03-05T00:00:00Z",
    "29 February 1988",
    "20 November 1906",  # 120 years
    "2025-11-19",
]
BORN_RECENTLY = [
    "born 2026-03-02",
    "Born on 2 March 2026",
    "newborn (2026-03-02)",
    "DOB: 02/03/2026",
    "D.O.B. 2/3/26",
    "d.o.b 2.3.26",
    "DOB 02 03 26",
    "DOB 02032026",
    "DOB 020326",
    "DOB\t20260302",
    "Date of birth\n\n2026-03-02",
    "Name, DOB\nJane, 2026-03-02",
    "birthdate 26-3-2",
    "birthday is 2 March 2027",
    "née le 2 mars 2026",
    "ne\u0301 le 2 mars 2026",
    "b. 2 March 2026",
    "2026-03-02 (date of birth)",
    "on 2026-03-02 she was born",
    "b\u200born 2026-03-02",
]
IDENTITY_NUMBERS = [
    "046 454 286",
    "046-454-286",
    "046454286",
    "046.454.286",
    "078-05-1120",
    "078 05 1120",
    "1234-567-890",
    "1234 567 890 AB",
    "1234567890XY",
    "9123 456 789",
    "9123456789",
    "TREM 8712 1234",
    "TREM87521234",
    "trem 8712-1234",
    "2428 77813 2",
    "2428 77813 2/1",
    "24287781321",
    "123 456 782",
    "ZAC5361",
    "ZAC 5361",
    "zac5361",
    "ZBN77VL",
    "943 476 5919",
    "9434765919",
    "QQ123456C",
    "QQ 12 34 56 C",
    "qq123456c",
    "４-６-５-４-２-８-６-１-１",
    "046 454\n286",
    "1" * 40,
]
CLEAN_PROSE = [
    "Since version 4.26.11 the report takes 30 seconds instead of 3.",
    "It worked in 4.26.10.2 and fails in 4.27.0 (build 22631.3880).",
    "About 1,200 clients and 35 workers are affected, 12% of all.",
    "We have 1 200 000 rows in that table, and 2 500 in the other.",
    "We saw 500 errors on Monday and 503 errors on Tuesday, 1,703 in all.",
    "The errors are 500, 502, 503 and 504.",
    "The server at 192.168.100.112 answers, 10.0.0.5:8443 does not.",
    "The message is error 0x80070005 (access denied).",
    "Correlation id 550e8400-e29b-41d4-a716-446655440000, time 2026-11-19T09:30:15.123Z.",
    "It began after KB5034441 was installed on Windows 11 23H2.",
    "The browser is Chrome 131.0.6778.86 on Windows 10.0.19045, or Edge 130.0.2849.80.",
    "See https://support.vendor.example/articles/penelope-4-26?tab=2#step-3.",
    "Our ticket 48151623 is still open; so is #48151623.",
    "Please add this to case CAS-2026-000123 (see 9007199254).",
    "This belongs to [PA-12], and PA-12 to defect ABC1235.",
    "The window is Saturday 12 December 2026, 20:00 to midnight (Winnipeg).",
    "Please refresh between 2026-12-12 and 2026-12-19, best at 2026-12-12 09:00.",
    "Any day from 12/12/2026 to 19.12.2026 is fine.",
    "December 12, 2026 at 8 pm suits us; so does 12 Dec 2026, 09:00-14:00.",
    "On May 10, 20 users could not sign in.",
    "The last upgrade was on Sunday 18 October 2026 at 21:00 (UTC-04:00).",
    "The field for the date of birth is empty on 3 of 40 forms.",
    "The birthday letter is sent twice since 4.26.11.",
    "Our fiscal year 2026-2027 starts in April; reports for 2024/2025 are done.",
    "We pay $250 or 1,234.56 for it.",
    "Workers are @ home, two @ once, 24/7.",
    "Please look at support.vendor.example and at the log.",
    "1. Sign in.\n2. Open 12 files.\n3. Wait for 45 seconds.\n10) 48151623 appears.",
    "The file is backup_20261118.zip, 1.5 GB; the log has 3500 lines.",
    "Office 365 uses port 443, SMTP 587; TLS 1.2 or 1.3.",
    "The export of Q3 2026 has 12 columns and 4500 rows, page 12 of 35.",
    "SQL2019 and ISO2026 are no people; nor is Dec 2026.",
    "Call us at (866) 732-3560 ext. 2, then 2, or 1-469-874-0792 ext. 3, 24/7.",
    "Write to help@vendor.example, me@harbour.example or harbour.centre@gmail.com.",
]
LETTER = """Refresh of the Training database - Harbour Centre [PA-12]

Hello,

please refresh our Training database from production.

Agency: Harbour Centre
Database to be overwritten: Training
When: between Saturday 12 December 2026 and Sunday 20 December 2026
Version: 4.26.11
Our reference: PA-12

Reason:
Birthday letters are tested from 09:00 to 14:00.

After the refresh we plan to have these features on again in that database:
- Email
- SMS

Please tell us
- the day and time of the copy before you start, and when it is done.

Case number: 48151623
Thank you,
Harbour Centre
me@harbour.example
"""


def kinds(text: str, own: Own = OWN, region: str = "CA") -> list[HitKind]:
    return [hit.kind for hit in find_hits(text, own, region, TODAY)]


def is_inside(hits: tuple[Hit, ...], start: int, end: int) -> bool:
    return any(hit.start <= start and end <= hit.end for hit in hits)


@each("region", REGIONS)
def test_an_email_address_is_a_hit(region: str) -> None:
    for address in ADDRESSES:
        assert kinds(f"Write to {address} today.", region=region) == ["email"], ascii(address)


@each("wrapped", ["{}.", "<{}>", "mailto:{}", "({})", "“{}”", "'{}'", "{}, and", "to={};", "{}\n"])
def test_an_email_address_ends_where_it_ends(wrapped: str) -> None:
    text = wrapped.format("jane@example.org")
    (hit,) = find_hits(text, NOBODY, "CA", TODAY)
    assert text[hit.start : hit.end].strip("'").removeprefix("to=") == "jane@example.org"


def test_one_address_does_not_hide_the_next() -> None:
    assert kinds("me @ jane@example.org") == ["email"]
    assert kinds("help@vendor.example,jane@example.org;a@b.org") == ["email", "email"]
    assert kinds("me@harbour.example/jane@example.org") == ["email"]


@each("region, number", [(region, number) for region in REGIONS for number in TELEPHONES[region]])
def test_a_telephone_number_as_the_region_writes_it_is_a_hit(region: str, number: str) -> None:
    text = f"Ring {number}, please."
    (hit,) = find_hits(text, OWN, region, TODAY)
    assert text[hit.start : hit.end] == number
    assert kinds(f"It is {number}.", region=region) in (["telephone"], ["identity-number"])


@each("region", REGIONS)
def test_a_telephone_number_in_any_disguise_is_a_hit(region: str) -> None:
    for number in TELEPHONES_ANYWHERE:
        text = f"Her number is {number}."
        hits = find_hits(text, OWN, region, TODAY)
        start = text.index(number) + 4 * number.startswith("tel:")
        assert is_inside(hits, start, len(text) - 1), ascii(number)


def test_six_digits_are_a_telephone_number_only_after_a_word_for_it() -> None:
    assert kinds("Her mobile is 960 983.", region="GB") == ["telephone"]
    assert kinds("The log has 960 983 lines.", region="GB") == []


@each("region", REGIONS)
def test_a_day_that_somebody_may_have_been_born_on_is_a_hit(region: str) -> None:
    for day in PAST_DAYS:
        assert kinds(f"She came, {day}, with it.", region=region) == ["date-of-birth"], ascii(day)


@each("text", BORN_RECENTLY)
def test_any_day_near_a_word_for_birth_is_a_hit(text: str) -> None:
    assert kinds(text) == ["date-of-birth"]
    assert kinds(f"A child ({text}) came.") == ["date-of-birth"]


@each(
    "day",
    [
        "2025-11-20",
        "2026-11-19",
        "2026-12-12",
        "12 December 2026",
        "20/11/2026",
        "1906-11-19",
        "1815-12-10",
        "2087-03-05",
    ],
)
def test_days_of_the_past_year_to_come_or_beyond_a_life_are_no_hits(day: str) -> None:
    assert kinds(f"It was {day}.") == []


def test_two_digits_for_the_year_mean_the_latest_that_has_been() -> None:
    assert kinds("It was 20/11/26.") == []
    assert kinds("It was 21/11/26.") == ["date-of-birth"]  # 1926


@each("reading", ["05/12/2025", "12/05/2025"])
def test_either_order_of_day_and_month_is_enough(reading: str) -> None:
    assert kinds(f"It was {reading}.") == ["date-of-birth"]  # 5 December was within a year, 12 May was not


@each("day", ["31/02/1987", "1987-13-45", "32 March 1987", "45/67/1987", "01-23-4567"])
def test_what_is_no_day_is_no_date_of_birth(day: str) -> None:
    assert "date-of-birth" not in kinds(f"It was {day}.")


@each("region", REGIONS)
def test_a_health_card_or_insurance_number_is_a_hit(region: str) -> None:
    for number in IDENTITY_NUMBERS:
        text = f"She gave {number}, she said."
        (hit,) = find_hits(text, OWN, region, TODAY)
        assert text[hit.start : hit.end] == number
        assert hit.kind in ("identity-number", "telephone")  # digits alone may be either


@each(
    "region, number",
    [
        ("CA", "046 454 286"),
        ("CA", "046454286"),
        ("CA", "1234-567-890 AB"),
        ("CA", "TREM 8712 1234"),
        ("US", "078-05-1120"),
        ("US", "078051120"),
        ("AU", "2428 77813 2"),
        ("AU", "123 456 782"),
        ("NZ", "ZAC5361"),
        ("NZ", "ABC1234"),  # wrong check digit, yet it looks like one there
        ("GB", "943 476 5919"),
        ("GB", "QQ 12 34 56 C"),
    ],
)
def test_a_number_in_its_usual_form_is_called_what_it_is(region: str, number: str) -> None:
    assert kinds(f"It is {number}.", region=region) == ["identity-number"]


@each("region", REGIONS)
def test_what_administrators_write_to_support_has_no_hits(region: str) -> None:
    for text in CLEAN_PROSE:
        assert kinds(text, region=region) == [], text


@each("region", REGIONS)
def test_a_letter_of_the_program_has_no_hits(region: str) -> None:
    assert kinds(LETTER, region=region) == []


# --- what is the agency's own ---


@each("region", REGIONS)
@each(
    "number",
    [
        "8667323560",
        "866-732-3560",
        "866.732.3560 24/7",
        "1 (866) 732-3560",
        "+1 866 732 3560",
        "+18667323560 ext. 2",
        "001-866-7323560",
        "0011 1 866 732 3560",
        "(866)\n732-3560",
        "８６６ ７３２ ３５６０",
        "469 874 0792",
        "+1-469-874-0792",
        "0014698740792",
    ],
)
def test_an_own_telephone_number_is_none_of_a_client_however_written(region: str, number: str) -> None:
    assert kinds(f"Please ring {number}, thank you.", region=region) == []


@each(
    "region, own, written",
    [
        ("AU", "(02) 9876 5432", ["+61 2 9876 5432", "0298765432", "+61 (0)2 9876 5432", "0061298765432", "9876 5432"]),
        ("AU", "13 12 34", ["131234", "13 1234"]),
        ("NZ", "+64 3 234 5678", ["03 234 5678", "234-5678", "(03) 2345678", "006432345678"]),
        ("GB", "020 7946 0018", ["+442079460018", "+44 (0)20 7946 0018", "7946 0018", "(020) 79460018"]),
        ("CA", "+1 204-555-0100", ["204.555.0100", "555-0100", "12045550100"]),
    ],
)
def test_the_agency_s_number_is_known_with_and_without_codes(region: str, own: str, written: list[str]) -> None:
    for number in written:
        assert kinds(f"Call {number}.", Own(telephones=(own,)), region) == []
        assert len(kinds(f"Call {number}.", NOBODY, region)) == 1


def test_a_client_s_number_that_ends_like_the_agency_s_is_a_hit() -> None:
    assert kinds("416-555-0100", Own(telephones=("204-555-0100",))) == ["telephone"]
    assert kinds("204-555-0100 and 416-555-0142", Own(telephones=("204-555-0100",))) == ["telephone"]
    assert kinds("555-0142 204-555-0100", Own(telephones=("204-555-0100",))) == ["telephone"]


@each(
    "address",
    [
        "HELP@Vendor.Example",
        "<help@vendor.example>",
        "help (at) vendor (dot) example",
        "a.b+c@harbour.example",
        "x@a.HARBOUR.example",
    ],
)
def test_own_addresses_and_domains_are_passed_over(address: str) -> None:
    assert kinds(f"Write to {address}.") == []


def test_an_own_number_excuses_only_itself() -> None:
    for text in ("48151623", "#48151623", "(48151623)", "case no. 4815-1623", "9007199254", "3.5.2019", "abc1235"):
        assert kinds(text, region="NZ") == []
    for text in ("481516234", "1-48151623", "48151623 416", "90071992541"):
        assert kinds(text, region="NZ") in (["telephone"], ["identity-number"])
    assert kinds("3/5/2019") == ["date-of-birth"]


def test_own_domains_are_those_where_not_anybody_has_an_address() -> None:
    assert own_domains("a@Harbour.Example", "Support <b@vendor.example>", "c@harbour.example") == (
        "harbour.example",
        "vendor.example",
    )
    for address in ("a@gmail.com", "a@hotmail.co.uk", "a@Yahoo.CA", "a@outlook.com.au", "a@shaw.ca", "a@xtra.co.nz"):
        assert own_domains(address) == ()
    for nothing in ("", "gmail.com", "a@", "@", "a@localhost"):
        assert own_domains(nothing) == ()
    assert own_domains("a@mail.harbour.example", "a@live.harbour.example") == (
        "mail.harbour.example",
        "live.harbour.example",
    )


# --- what is told about hits ---


def test_a_masked_text_names_kinds_and_keeps_the_rest() -> None:
    text = "Jane (jane@example.org, 416-555-0142),\nborn 5 March 1987, SIN 046 454 286."
    assert masked(text, find_hits(text, OWN, "CA", TODAY)) == (
        "Jane ([email address], [telephone number]),\n"
        "born [date of birth], SIN [health-card or social-insurance number]."
    )
    assert masked("Nothing.", ()) == "Nothing."


def test_hits_are_told_by_line_and_never_by_what_they_are() -> None:
    text = "Subject\n\na@b.org and c@d.org\n416-555-0142 046 454 286"
    assert in_words(text, find_hits(text, OWN, "CA", TODAY)) == [
        "Line 3: looks like an email address.",
        "Line 4: looks like a health-card or social-insurance number.",
    ]
    assert in_words("Born 1987-03-05", find_hits("Born 1987-03-05", OWN, "CA", TODAY)) == [
        "Line 1: looks like a date of birth."
    ]


# --- anywhere in any prose ---

WORDS = (
    "please",
    "the report",
    "of this worker",
    "shows nothing",
    "when we open it",
    "and",
    "wait",
    "for a while",
    "then",
)
PROSE = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)
BEFORE = st.sampled_from(["", " ", "(", ", ", ": ", "\n", " “", "- ", "\u00a0", " #", "\u200b "])
AFTER = st.sampled_from(["", " ", ")", ", ", ". ", "\n", "” ", "; ", "\u00a0", "! ", "? "])


def digits_of(length: int, first: str = "0123456789") -> st.SearchStrategy[str]:
    return st.builds(
        lambda head, tail: head + tail,
        st.sampled_from(first),
        st.text("0123456789", min_size=length - 1, max_size=length - 1),
    )


def grouped(digits: str, shape: tuple[int, ...], sign: str) -> str:
    parts, start = [], 0
    for length in shape:
        parts.append(digits[start : start + length])
        start += length
    return sign.join(parts)


def luhn_digit(digits: str) -> str:
    doubled = [int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits))]
    return str(-sum(value // 10 + value % 10 for value in doubled) % 10)


def with_index_check(letters: str, digits: str) -> str:
    """A health index number with its check digit; nothing if these letters and digits have none."""
    values = ["ABCDEFGHJKLMNPQRSTUVWXYZ".index(letter) + 1 for letter in letters] + [int(digit) for digit in digits]
    rest = sum(value * weight for value, weight in zip(values, range(7, 1, -1), strict=True)) % 11
    return f"{letters}{digits}{(11 - rest) % 10}" if rest else ""


@st.composite
def telephones(draw: st.DrawFn) -> tuple[str, str]:
    """A region and a telephone number in one of the forms that are usual there."""
    region = draw(st.sampled_from(REGIONS))
    kind = draw(st.sampled_from([phonenumbers.PhoneNumberType.FIXED_LINE, phonenumbers.PhoneNumberType.MOBILE]))
    form = draw(st.sampled_from(["E164", "INTERNATIONAL", "NATIONAL", "RFC3966"]))
    number = phonenumbers.example_number_for_type(region, kind)
    assert number is not None
    assert number.national_number is not None
    number.national_number = number.national_number // 10**5 * 10**5 + draw(st.integers(0, 10**5 - 1))
    written = phonenumbers.format_number(number, getattr(phonenumbers.PhoneNumberFormat, form)).removeprefix("tel:")
    return region, draw(disguised(written))


def disguised(number: str) -> st.SearchStrategy[str]:
    """The number with other digits and separators, or with something invisible in it."""
    disguises: list[Callable[[str], str]] = [
        lambda text: text,
        lambda text: text.translate({ord("0") + value: chr(0xFF10 + value) for value in range(10)}),
        lambda text: text.translate({ord("0") + value: chr(0x0660 + value) for value in range(10)}),
        lambda text: text.replace(" ", "\u00a0").replace("-", "\u2011"),
        lambda text: text.replace(" ", ".").replace("-", "."),
        lambda text: text.replace("-", " – "),
        "\u200b".join,
        lambda text: text[:6] + "\u00ad\u2060" + text[6:],
    ]
    return st.sampled_from(disguises).map(lambda change: change(number))


BIRTH_DAYS = st.dates(date(1927, 11, 21), TODAY - timedelta(days=366))
DAY_FORMS: list[Callable[[date], str]] = [
    lambda day: day.isoformat(),
    lambda day: f"{day.year}/{day.month}/{day.day}",
    lambda day: f"{day:%d/%m/%Y}",
    lambda day: f"{day:%m/%d/%Y}",
    lambda day: f"{day.day}.{day.month}.{day.year}",
    lambda day: f"{day.day}/{day.month}/{day:%y}",
    lambda day: f"{day.month}-{day.day}-{day:%y}",
    lambda day: f"{day.day} {day:%B} {day.year}",
    lambda day: f"{day:%B} {day.day}, {day.year}",
    lambda day: f"{day.day}th of {day:%B} {day.year}",
    lambda day: f"{day:%d%b%Y}".upper(),
    lambda day: f"{day:%b} {day.day} '{day:%y}",
    lambda day: f"{day:%Y%m%d}",
]
SIGNS = st.sampled_from(["", " ", "-", ".", "\u00a0", "\u2010"])
IDENTITIES = st.one_of(
    st.builds(lambda head, sign: grouped(head + luhn_digit(head), (3, 3, 3), sign), digits_of(8, "1234567"), SIGNS),
    st.builds(lambda digits, sign: grouped(digits, (3, 2, 4), sign), digits_of(9), SIGNS),
    st.builds(
        lambda digits, sign, code: grouped(digits, (4, 3, 3), sign) + code,
        digits_of(10, "123456789"),
        SIGNS,
        st.sampled_from(["", "AB", " XY"]),
    ),
    st.builds(lambda digits, sign: grouped(digits, (4, 3, 3), sign), digits_of(10, "9"), SIGNS),
    st.builds(lambda digits, sign: grouped(digits, (4, 5, 1), sign), digits_of(10, "23456"), SIGNS),
    st.builds(lambda digits, sign: grouped(digits, (3, 3, 3), sign), digits_of(9), SIGNS),
    st.builds(lambda digits, sign: grouped(digits, (3, 3, 4), sign), digits_of(10, "4567"), SIGNS),
    st.builds(
        lambda letters, day, woman, tail, sign: f"{letters}{sign}{day:%y}{day.month + 50 * woman}{sign}{day:%d}{tail}",
        st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=4, max_size=4),
        BIRTH_DAYS.filter(lambda day: day.month > 9),
        st.booleans(),
        digits_of(2),
        st.sampled_from(["", " "]),
    ),
    st.builds(with_index_check, st.text("ABCDEFGHJKLMNPQRSTUVWXYZ", min_size=3, max_size=3), digits_of(3)).filter(bool),
    st.builds(
        lambda letters, digits, last, sign: sign.join([letters, *(digits[at : at + 2] for at in (0, 2, 4)), last]),
        st.text("ABCEGHJKLMNPRSTWXYZ", min_size=2, max_size=2),
        digits_of(6),
        st.sampled_from("ABCD"),
        st.sampled_from(["", " "]),
    ),
)
PLANTED = st.one_of(
    st.tuples(st.sampled_from(REGIONS), st.emails()),
    telephones(),
    st.tuples(st.sampled_from(REGIONS), st.builds(lambda day, form: form(day), BIRTH_DAYS, st.sampled_from(DAY_FORMS))),
    st.tuples(st.sampled_from(REGIONS), IDENTITIES),
)


@given(PLANTED, PROSE, BEFORE, AFTER, PROSE)
def test_client_data_is_found_anywhere_in_prose(
    planted: tuple[str, str], prose: str, before: str, after: str, more: str
) -> None:
    region, value = planted
    text = f"{prose}{before if before or not prose else ' '}{value}{after if after or not more else ' '}{more}"
    start = len(text) - len(f"{value}{after if after or not more else ' '}{more}")
    hits = find_hits(text, OWN, region, TODAY)
    assert is_inside(hits, start, start + len(value))
    log = masked(text, hits)
    assert value not in log
    assert not any(character.isdigit() for character in log)
    assert find_hits(log, OWN, region, TODAY) == ()


@given(
    st.dates(TODAY - timedelta(days=366), TODAY + timedelta(days=366)),
    st.sampled_from(DAY_FORMS),
    st.sampled_from(
        ["born {}", "DOB: {}", "birthday, as we know, is on {}", "{}, her date of birth", "née {}", "d.o.b. {}"]
    ),
    PROSE,
)
def test_a_recent_day_of_birth_is_found_in_any_form(
    day: date, form: Callable[[date], str], near: str, prose: str
) -> None:
    written = form(day)
    text = f"{prose} {near.format(written)} {prose}"
    start = text.index(written)
    assert is_inside(find_hits(text, OWN, "CA", TODAY), start, start + len(written))


@given(
    telephones(), PROSE, st.sampled_from([" ", "\n", ": ", " ("]), st.sampled_from(["", ".", ")", ", ext. 5", "\n1. "])
)
def test_no_own_telephone_number_is_a_hit_in_any_spelling(
    telephone: tuple[str, str], prose: str, before: str, after: str
) -> None:
    region, written = telephone
    number = phonenumbers.parse(written.replace("\u200b", "").replace(" – ", "-"), region)
    for form in ("E164", "INTERNATIONAL", "NATIONAL"):
        plain = phonenumbers.format_number(number, getattr(phonenumbers.PhoneNumberFormat, form))
        assert find_hits(f"{prose}{before}{written}{after}", Own(telephones=(plain,)), region, TODAY) == ()
        assert find_hits(f"{prose}{before}{plain}{after}", Own(telephones=(written,)), region, TODAY) == ()


@given(st.emails(), st.sampled_from(["{}", "<{}>", "mailto:{}", "({})", "“{}”."]), st.sampled_from([str, str.upper]))
def test_no_own_address_is_a_hit(address: str, wrapped: str, spelled: Callable[[str], str]) -> None:
    text = f"Write to {wrapped.format(spelled(address))} today"
    domain = address.rpartition("@")[2]
    assert find_hits(text, Own(domains=(domain,)), "CA", TODAY) == ()
    assert find_hits(text, Own(addresses=(address,)), "CA", TODAY) == ()


@given(st.dates(TODAY, date(2100, 1, 1)), PROSE, st.sampled_from(REGIONS))
def test_no_day_to_come_with_four_digits_for_its_year_is_a_hit(day: date, prose: str, region: str) -> None:
    for written in (
        day.isoformat(),
        f"{day:%A} {day.day} {day:%B} {day.year}",
        f"{day:%d/%m/%Y}, 20:00",
        f"{day:%d.%m.%Y}",
    ):
        assert find_hits(f"{prose} {written} {prose}", OWN, region, TODAY) == ()


# --- any text at all ---

ANY_TEXT = st.text(
    st.characters(exclude_categories=()) | st.sampled_from("0123456789 @.-/()+'\n\u200b½①ab"), max_size=200
)


@given(ANY_TEXT, st.sampled_from(REGIONS))
def test_hits_lie_in_the_text_in_order_and_apart(text: str, region: str) -> None:
    own = Own(addresses=(text,), domains=(text,), telephones=(text,), numbers=(text,))
    for known in (NOBODY, OWN, own):
        last = 0
        hits = find_hits(text, known, region, TODAY)
        for hit in hits:
            assert last <= hit.start < hit.end <= len(text)
            last = hit.end
        assert len(in_words(text, hits)) <= len(hits)
        assert masked(text, hits).count("[") >= len(hits)
    own_domains(text, f"a@{text}")


@each(
    "text",
    [
        "1" * 10_000,
        "a@" * 5000,
        "(" * 10_000,
        "1 " * 5000,
        "1-" * 5000,
        "1.1." * 2500,
        "+(1" * 3333,
        "a" * 10_000 + "@",
        "a." * 5000,
        "a@" + "a-" * 5000,
        "%40" * 3333,
        "(at)" * 2500,
        "a dot " * 1666,
        '"' * 10_000,
        "5 March " * 1250,
        "1/1/87 " * 1400,
        "12:00" * 2000,
        "000 000\n" * 1250,
        "416-555-0142, " * 714,
        " " * 10_000,
        "\n" * 10_000,
        "\u0301" * 10_000,
        "\u200b" * 10_000,
        "\ufdfa" * 10_000,
        "born " * 2000,
    ],
)
def test_no_text_makes_the_search_slow(text: str) -> None:
    with ends():
        find_hits(text[-examples(5000, long=10_000) :], OWN, "CA", TODAY)


def test_every_kind_has_a_name() -> None:
    assert set(HIT_NAMES) == {"email", "telephone", "date-of-birth", "identity-number"}


@each("text", ["(20000101)", "[20000101", "born (20000101)", "since (19870305) x"])
def test_a_compact_date_behind_a_bracket_is_a_date_of_birth(text: str) -> None:
    assert [hit.kind for hit in find_hits(text, Own(), "CA", date(2026, 11, 22))] == ["date-of-birth"]


# --- cards, births and what is counted ---


@each(
    "text, region",
    [
        ("her MBI is 1EG4-TE5-MK73", "US"), ("1eg4te5mk72 on the card", "US"), ("Medicaid ID AB12345C", "US"),
        ("Medicaid no. 1234567", "US"), ("national insurance qq 12 34 56 a", "GB"), ("jw 12 34 56 c", "GB"),
        ("PEI health card 12345678", "CA"), ("NWT health care card N 7654321", "CA"), ("Manitoba health 654321", "CA"),
        ("carte sant\u00e9 12345678", "CA"), ("MHSC 123456", "CA"),
    ],
)  # fmt: skip
def test_a_card_s_number_is_seen_after_a_word_for_the_card(text: str, region: str) -> None:
    assert {hit.kind for hit in find_hits(f"Look at {text}, please.", Own(), region, TODAY)} == {"identity-number"}


@each(
    "text",
    [
        "born in March 1987",
        "DOB March 1987",
        "birth year 1987",
        "n\u00e9e en mars 1987",
        "date of birth: 1987",
        "d.o.b. 3/1987",
    ],
)
def test_months_and_years_of_birth_are_seen(text: str) -> None:
    assert [hit.kind for hit in find_hits(f"Client {text}.", Own(), "CA", TODAY)] == ["date-of-birth"]


@each("text", ["closed in March 2024", "the plan of 1987", "born to run 1920x1080", "since 2019"])
def test_other_months_and_years_are_none(text: str) -> None:
    assert find_hits(text, Own(), "CA", TODAY) == ()


@each("region", ["CA", "US", "GB", "AU", "NZ"])
@each(
    "text",
    [
        "invoice INV-2026-42387", "SQL Server 2019 (15.0.4168.2)", "Budget line 5764-293", "case 20264417",
        "receipt R8947413", "GL account 9328-9328-36", "PO-649310", "plan hash 678809899", "Case no. 20264417",
    ],
)  # fmt: skip
def test_what_an_office_counts_is_nobody_s(text: str, region: str) -> None:
    assert find_hits(f"See {text} today.", Own(), region, TODAY) == ()


@each(
    "text", ["account 204-942-3007", "case 2049423007", "invoice for +1 204 942 3007", "PH9423007", "case 046-454-286"]
)
def test_a_person_s_number_is_seen_whatever_it_is_called(text: str) -> None:
    assert len(find_hits(text, Own(), "CA", TODAY)) == 1


@each(
    "text, region",
    [
        ("03_9146_7079", "AU"), ("07346:378284", "GB"), ("04|405|8628", "NZ"), ("6,507,410,357", "US"),
        ("716&nbsp;764&nbsp;0219", "CA"), ("434%20809%208303", "US"), ("jane&#x40;gmail.com", "CA"),
        ("jane at gmail.com", "CA"), ("jane_at_gmail_dot_com", "CA"), ("jane=40gmail.com", "CA"),
    ],
)  # fmt: skip
def test_signs_and_codes_between_hide_nothing(text: str, region: str) -> None:
    (hit,) = find_hits(f"Look: {text} please", Own(), region, TODAY)
    assert text in f"Look: {text} please"[hit.start : hit.end]


@given(
    numbers=st.lists(st.from_regex(r"[#A-C]?[0-9.\- ]{1,8}[A-C]?", fullmatch=True), max_size=4),
    before=st.sampled_from(["Case ", "", "(204) ", "Born ", "x"]),
    between=st.sampled_from([" ", "-", ".", ""]),
    data=st.data(),
)
def test_leaving_out_own_numbers_that_a_text_does_not_hold_changes_nothing(
    numbers: list[str], before: str, between: str, data: st.DataObject
) -> None:
    held = data.draw(st.sampled_from([*numbers, "5550142", "204-942-3000", "04/03/1987"]))
    text = f"{before}{between.join(held)} and {held}, 416-555-0198."
    found = find_hits(text, Own(numbers=tuple(numbers)), "CA", TODAY)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(texts, "_may_stand_in", lambda *_: True)
        assert find_hits(text, Own(numbers=tuple(numbers)), "CA", TODAY) == found
