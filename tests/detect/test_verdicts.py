"""What counts as a real contact, what is told about one, and what the counts of a whole export say."""

from __future__ import annotations

import re
from datetime import date

import phonenumbers
from hypothesis import given
from hypothesis import strategies as st

from penelope_admin.detect.counts import REAL_PEOPLE, Counts, Tally
from penelope_admin.detect.names import NameKind, Naming, kind_of_name
from penelope_admin.detect.values import kind_of_domain, mask_email, mask_phone, numbering, read_run
from penelope_admin.detect.verdicts import MAX_REPEATS, NotExamined, judge_all, judge_column, judge_file
from tests.each import each
from tests.regions import REGION

NAMING = Naming("CA", date(2026, 11, 20))
LETTERS = st.text("abcdefghijklmnopqrstuvwxyzäöü0123456789.-+_", min_size=1, max_size=30)


def counts_of(values: int, emails: int, different: int, *, each: int = 1, harmless: int = 0) -> Counts:
    """A column of values in which so many different addresses were seen."""
    counts = Counts(values=values, emails=emails, harmless=harmless)
    for number in range(different):
        counts.contacts.add(str(number).encode(), each, "j***@g***.com")
    return counts


@each(
    "name, kind",
    [
        ("email", "email"),
        ("E-mail Address", "email"),
        ("clientEmail2", "email"),
        ("Courriel", "email"),
        ("mailing_street", "other"),
        ("email_updated_date", "number"),
        ("Home_Phone", "telephone"),
        ("mobileNo", "telephone"),
        ("Téléphone cellulaire", "telephone"),
        ("contact number", "telephone"),
        ("phone_id", "number"),
        ("case_no", "number"),
        ("health card", "number"),
        ("createdAt", "number"),
        ("Notes", "other"),
        ("", "other"),
    ],
)
def test_a_column_s_name_says_what_it_holds(name: str, kind: NameKind) -> None:
    assert kind_of_name(name) == kind


@each(
    "domain, kind",
    [
        ("gmail.com", "deliverable"),
        ("mail.agency.org.au", "deliverable"),
        ("bücher.de", "deliverable"),
        ("xn--bcher-kva.de", "deliverable"),
        ("notexample.com", "deliverable"),
        ("EXAMPLE.COM", "reserved"),
        ("mail.example.org", "reserved"),
        ("agency.example", "reserved"),
        ("a.invalid", "reserved"),
        ("b.test", "reserved"),
        ("localhost", "reserved"),
        ("office.local", "reserved"),
        ("nodots", "none"),
        ("10.0.0.1", "none"),
        ("-a.com", "none"),
        ("a..com", "none"),
        ("", "none"),
    ],
)
def test_an_address_can_be_delivered_to_unless_its_domain_is_reserved_or_none(domain: str, kind: str) -> None:
    assert kind_of_domain(domain) == kind


@each("region", ["AU", "NZ", "CA", "GB", "US"])
def test_the_example_numbers_of_every_plan_can_be_dialled(region: str) -> None:
    code = REGION[region].calling_code
    for kind in (phonenumbers.PhoneNumberType.FIXED_LINE, phonenumbers.PhoneNumberType.MOBILE):
        example = phonenumbers.example_number_for_type(region, kind)
        assert example is not None
        national = phonenumbers.national_significant_number(example)
        assert re.search(numbering(code).dialable, national)
        assert re.search(numbering(code).dialable, ("1" if code == 1 else "0") + national)


@each(
    "region, digits",
    [
        ("CA", "4165550100"),
        ("US", "12125550199"),
        ("CA", "9999999999"),
        ("CA", "0000000000"),
        ("CA", "1234567890"),
        ("GB", "01632960123"),
        ("GB", "02079460000"),
        ("GB", "07700900999"),
        ("GB", "01134960123"),
        ("AU", "0255501234"),
        ("AU", "0370101234"),
        ("AU", "0491570156"),
        ("AU", "0400000000"),
        ("NZ", "0219999999"),
    ],
)
def test_numbers_kept_for_fiction_and_fillers_reach_nobody(region: str, digits: str) -> None:
    assert re.search(numbering(REGION[region].calling_code).fictional, digits)


@each("digits", ["4169671111", "4165551234", "4165550200", "2125559999"])
def test_other_numbers_with_555_are_not_fictional(digits: str) -> None:
    assert not re.search(numbering(1).fictional, digits)


@each(
    "groups, signs, region, parts",
    [
        ((3, 3, 4), (1, 1), "CA", [(0, 3, "sure")]),
        ((10,), (), "CA", [(0, 1, "loose")]),
        ((3, 7), (1,), "CA", [(0, 2, "loose")]),
        ((4, 2, 2), (1, 1), "CA", []),
        ((4, 2, 2, 3, 3, 4), (1, 1, 2, 1, 1), "CA", [(3, 3, "sure")]),
        ((4, 2, 2, 3, 3, 4), (2, 2, 2, 2, 2), "CA", [(3, 3, "loose")]),
        ((5, 6, 3, 4, 4), (2, 3, 2, 2), "GB", [(0, 2, "sure"), (2, 3, "sure")]),
        ((3, 3, 4, 3, 3, 4), (2, 2, 2, 2, 2), "CA", [(0, 3, "sure"), (3, 3, "sure")]),
        ((1,) * 10, (2,) * 9, "CA", [(0, 10, "loose")]),
        ((2, 1, 2, 2, 1, 2), (3,) * 5, "CA", []),
        ((2, 4, 4), (2, 2), "AU", [(0, 3, "sure")]),
    ],
)
def test_groups_of_digits_are_trusted_as_far_as_they_are_written_like_a_number(
    groups: tuple[int, ...], signs: tuple[int, ...], region: str, parts: list[tuple[int, int, str]]
) -> None:
    assert [(part.first, part.count, part.trust) for part in read_run(groups, signs, REGION[region])] == parts


@given(LETTERS, LETTERS, st.sampled_from(["com", "ca", "photography", "museum"]))
def test_a_masked_address_shows_two_characters_and_a_common_ending(local: str, name: str, ending: str) -> None:
    sample = mask_email(local, f"{name}.{ending}")
    shown = re.fullmatch(r"([a-z0-9]?)\*\*\*@([a-z0-9]?)\*\*\*\.(\w{2,3}|\*\*\*)", sample)
    assert shown is not None
    assert shown[1] in ("", local[0])
    assert not (shown[1] and len(local) < 3)
    assert not (shown[2] and len(name) < 3)


@given(
    st.from_regex(r"[1-9][0-9]{6,14}", fullmatch=True), st.sampled_from(["AU", "NZ", "CA", "GB", "US"]), st.booleans()
)
def test_a_masked_number_shows_its_beginning_and_two_digits(digits: str, region: str, international: bool) -> None:
    sample = mask_phone(digits, REGION[region], international=international)
    assert re.fullmatch(r"\+\d{1,3} (\d{2,3}|\*\*\*) \*\*\*-\*\*(\d\d|\*\*)", sample)
    assert sum(map(str.isdigit, sample)) <= 8


# --- names and headings ---


def test_a_name_is_bounded_and_client_data_in_it_masked() -> None:
    assert NAMING.clean("jane@gmail.com", 1) == "[email address]"
    assert NAMING.clean("Call 416-967-1111", 1) == "Call [telephone number]"
    assert NAMING.clean("\x00\n ", 3) == "Column 3"
    assert NAMING.clean(" First\tname\u202e ", 1) == "First name"
    assert len(NAMING.clean("a" * 10_000, 1)) == 80


def test_columns_of_one_name_are_told_apart() -> None:
    assert NAMING.clean_all(["email", "email", "", "email"]) == ("email", "email (2)", "Column 3", "email (3)")


@each(
    "row, heading",
    [
        (["id", "First name", "Phone 2"], True),
        (["Jane", "jane@gmail.com"], False),
        (["Jane", "416-967-1111"], False),
        (["Jane", "1987-03-05"], False),
        (["17", "Jane"], False),
        (["x", "x"], False),
        (["", " "], False),
        (["email", ""], True),
        (["Prénom", "Courriel", "Téléphone", "Langue"], True),
        (["clientId", "createdAt", "presenting issue", "Zzz"], True),
        (["Smith", "John", "Active", "", ""], False),
        (["Smith", "John", "Active"], False),
        (["Smith", "John", "Home", "Email", "Toronto"], False),
        (["Client list", "", "", ""], False),
    ],
)
def test_a_row_with_values_in_it_is_no_heading(row: list[str], heading: bool) -> None:
    assert NAMING.is_heading(row) is heading


# --- the judgement ---


@each("rows, different", [(90, 3), (25, 1), (66, 3), (20_000, 100)])
def test_contacts_that_are_only_repeated_are_never_de_identified(rows: int, different: int) -> None:
    counts = counts_of(5000, rows, different, each=rows // different, harmless=5000 - rows)
    found = judge_all([judge_file("x.csv", 5000, 0, None, [judge_column("email", counts)])])
    assert found.verdict == "cannot-tell"
    assert "0 " not in found.sentence


@each(
    "name, dialable, doubtful",
    [
        ("Home Number", 5, True),
        ("Emergency No", 5, True),
        ("Mother ID", 5, True),
        ("Daytime", 5, True),
        ("Phone Code", 5, True),
        ("Number", 45, False),
        ("Number", 95, True),
        ("health card", 45, False),
        ("Thing", 45, False),
        ("Thing", 75, True),
    ],
)
def test_digits_that_could_be_dialled_more_than_by_chance_leave_it_open(
    name: str, dialable: int, doubtful: bool
) -> None:
    counts = Counts(values=100, loose=dialable, numbers=100)
    counts.add_class(b"", 10, Tally(dialable, 100, 0.45))
    column = judge_column(name, counts)
    assert (column.verdict, column.bears, column.phone_like) == ("cannot-tell", doubtful, 0)
    sure = judge_column("email", counts_of(1000, 0, 0, harmless=1000))
    assert (judge_all([judge_file("x.csv", 1000, 0, None, [sure, column])]).verdict == "cannot-tell") == doubtful


def test_dialable_digits_after_many_different_words_leave_it_open_too() -> None:
    counts = Counts(values=5000, loose=40, numbers=40)
    for number in range(8):
        counts.add_class(bytes([number]), 9, Tally(5, 5, 0.5))
    assert judge_column("notes", counts).bears
    counts.add_class(b"other", 9, Tally(20, 40, 0.5))
    assert not judge_column("notes", counts).bears


def test_one_reserved_address_among_empty_rows_says_little() -> None:
    column = judge_column("email", counts_of(1, 0, 0, harmless=1))
    assert judge_all([judge_file("x.csv", 10_000, 0, None, [column])]).confidence == "low"


def test_the_sentence_counts_values_and_columns() -> None:
    columns = [judge_column(name, counts_of(200, 0, 0, harmless=200)) for name in ("email", "mail")]
    found = judge_all([judge_file("x.csv", 200, 0, None, columns)])
    assert "400 values in 2 columns are reserved" in found.sentence
    one = judge_all([judge_file("x.csv", 1, 0, None, [judge_column("email", counts_of(1, 0, 0, harmless=1))])])
    assert "1 value in 1 column is reserved" in one.sentence


@each("knows_shapes, confidence", [(True, "high"), (False, "medium")])
def test_where_the_form_of_telephone_numbers_is_not_known_nothing_is_surely_de_identified(
    knows_shapes: bool, confidence: str
) -> None:
    files = [judge_file("x.csv", 1000, 0, None, [judge_column("email", counts_of(1000, 0, 0, harmless=1000))])]
    assert judge_all(files, knows_shapes=knows_shapes).confidence == confidence


def test_fifty_people_in_a_million_rows_are_real() -> None:
    found = judge_column("email", counts_of(1_000_000, 50, 50, harmless=999_950))
    assert found.verdict == "real"
    assert judge_all([judge_file("x.csv", 1_000_000, 0, None, [found])]).confidence == "high"


@each("people", range(1, REAL_PEOPLE))
def test_a_few_people_among_many_rows_are_for_a_person_to_look_at(people: int) -> None:
    found = judge_column("email", counts_of(1_000_000, people, people, harmless=1_000_000 - people))
    assert found.verdict == "cannot-tell"
    assert judge_all([judge_file("x.csv", 1_000_000, 0, None, [found])]).verdict == "cannot-tell"


def test_a_few_people_in_each_of_many_columns_are_real() -> None:
    column = judge_column("email", counts_of(1000, 5, 5, harmless=995))
    assert judge_all([judge_file(f"{n}.csv", 1000, 0, None, [column]) for n in range(4)]).verdict == "real"


def test_two_rows_with_two_people_are_real() -> None:
    assert judge_column("email", counts_of(2, 2, 2)).verdict == "real"


def test_one_address_in_every_row_is_no_person_and_yet_not_de_identified() -> None:
    found = judge_column("email", counts_of(20_000, 20_000, 1, each=20_000))
    assert (found.verdict, found.distinct, found.top_share, found.bears) == ("cannot-tell", 1, 1.0, True)


def test_many_addresses_that_are_all_repeated_are_neither() -> None:
    found = judge_column("email", counts_of(20_000, 20_000, 100, each=MAX_REPEATS + 1))
    assert found.verdict == "cannot-tell"


def test_values_nobody_understands_in_a_contact_column_are_not_de_identified() -> None:
    counts = Counts(values=100, harmless=80, unclear=20)
    assert judge_column("phone", counts).verdict == "cannot-tell"


@each("name, phones", [("home phone", 100), ("Column 3", 100), ("health card", 0), ("case_id", 0)])
def test_bare_digits_are_telephone_numbers_where_the_name_allows_it(name: str, phones: int) -> None:
    counts = Counts(values=100, loose=100)
    for number in range(100):
        counts.digits.add(str(number).encode(), 1, "+1 204 ***-**07")
    assert judge_column(name, counts).phone_like == phones


def test_bare_digits_that_are_dialable_now_and_then_are_no_telephone_numbers() -> None:
    assert judge_column("Column 3", Counts(values=100, loose=45)).phone_like == 0


def test_nothing_is_de_identified_if_nothing_was_found() -> None:
    empty = judge_file("x.csv", 0, 0, None, [judge_column("email", Counts())])
    silent = judge_file("y.csv", 10, 0, None, [judge_column("city", Counts(values=10))])
    for files in ([], [empty], [silent], [empty, silent]):
        assert judge_all(files).verdict == "cannot-tell"


def test_unread_rows_lower_the_confidence_and_many_leave_the_verdict_open() -> None:
    column = judge_column("email", counts_of(10_000, 0, 0, harmless=10_000))
    files = [judge_file("x.csv", 10_000, unread, None, [column]) for unread in (0, 1, 1000)]
    found = [(judge_all([file]).verdict, judge_all([file]).confidence) for file in files]
    assert found == [("de-identified", "high"), ("de-identified", "medium"), ("cannot-tell", "low")]


def test_one_real_file_among_others_decides() -> None:
    good = judge_file("a.csv", 10, 0, None, [judge_column("email", counts_of(10, 0, 0, harmless=10))])
    bad = judge_file("b.csv", 50, 0, None, [judge_column("email", counts_of(50, 50, 50))])
    assert judge_all([good, bad]).verdict == "real"


def test_columns_that_were_left_out_are_told_and_leave_the_verdict_open() -> None:
    column = judge_column("email", counts_of(1000, 0, 0, harmless=1000))
    found = judge_all([judge_file("a.csv", 1000, 0, None, [column], left_out=3)])
    assert found.verdict == "cannot-tell"
    assert "3 columns were not examined: what they hold is not known." in found.sentence


def test_what_was_not_examined_keeps_the_rest_from_being_de_identified() -> None:
    files = [judge_file("a.csv", 1000, 0, None, [judge_column("email", Counts(values=1000, harmless=1000))])]
    assert judge_all(files).verdict == "de-identified"
    found = judge_all(files, not_examined=[NotExamined("b.csv", "It is torn.")])
    assert found.verdict == "cannot-tell"
    assert found.sentence == (
        "Cannot tell: not everything was examined. 1 file or table was not examined: what it holds is not known."
    )
    assert found.not_examined == (NotExamined("b.csv", "It is torn."),)


def test_what_was_not_examined_takes_nothing_from_real_contacts() -> None:
    files = [judge_file("a.csv", 1000, 0, None, [judge_column("email", counts_of(1000, 1000, 1000))])]
    assert judge_all(files, not_examined=[NotExamined("b.csv", "It is torn.")]).verdict == "real"


def test_a_handful_of_values_shows_next_to_nothing() -> None:
    said = []
    for number in (1, 9, 10, 99, 100):
        column = judge_column("email", counts_of(number, 0, 0, harmless=number))
        said.append(judge_all([judge_file("x.csv", number, 0, None, [column])]).confidence)
    assert said == ["low", "low", "medium", "medium", "high"]
