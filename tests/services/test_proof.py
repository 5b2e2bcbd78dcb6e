"""An export is examined from end to end: what is found, what is told, and that no value is left anywhere."""

from __future__ import annotations

import csv
import gzip
import json
import sqlite3
import struct
import tempfile
import traceback
import zipfile
from contextlib import closing
from dataclasses import asdict
from functools import partial
from pathlib import Path
from random import Random

import openpyxl
import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.comments import Comment
from openpyxl.workbook.defined_name import DefinedName

from penelope_admin.detect import reading, tables
from penelope_admin.detect.counts import MAX_DISTINCT
from penelope_admin.detect.values import OwnMail
from penelope_admin.detect.verdicts import ColumnFinding, Finding, Progress
from penelope_admin.errors import BadInputError, CancelledError
from penelope_admin.services.mirror import proof
from tests.each import each
from tests.effort import examples
from tests.regions import REGION

PEOPLE = [f"zoe.planted{number}@gmail.com" for number in range(60)]
TELEPHONES = [f"(416) 967-{number}" for number in range(3100, 3160)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "clients.csv"


def write(file: Path, **columns: list[str]) -> Path:
    """A CSV file of columns of one length."""
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    return file


def column(found: Finding, name: str) -> ColumnFinding:
    return next(item for file in found.files for item in file.columns if item.name == name)


def test_people_s_addresses_and_numbers_are_real(file: Path) -> None:
    found = proof.examine(REGION["CA"], [write(file, email=PEOPLE, phone=TELEPHONES, city=["Toronto"] * 60)])
    assert (found.verdict, found.confidence) == ("real", "high")
    assert (column(found, "email").email_like, column(found, "phone").phone_like) == (60, 60)
    assert column(found, "email").distinct == 60
    assert not column(found, "city").bears


def test_reserved_addresses_and_fictional_numbers_are_de_identified(file: Path) -> None:
    emails = [f"user{number}@example.com" for number in range(200)]
    phones = [f"204-555-01{number % 100:02}" for number in range(200)]
    found = proof.examine(REGION["CA"], [write(file, email=emails, phone=phones)])
    assert (found.verdict, found.confidence) == ("de-identified", "high")
    assert sum(item.email_like + item.phone_like for item in found.files[0].columns) == 0


@each("value", ["test@agency.org", "416-967-1111", "4169671111"])
def test_one_contact_in_every_row_is_nobody_and_yet_nobody_can_tell(file: Path, value: str) -> None:
    name = "email" if "@" in value else "phone"
    found = proof.examine(REGION["CA"], [write(file, id=[str(n) for n in range(500)], **{name: [value] * 500})])
    assert (found.verdict, column(found, name).verdict) == ("cannot-tell", "cannot-tell")
    assert column(found, name).top_share == 1


@each("masked", ["j***@g***.com", "xxxx@gmail.com", "***-***-1234", "REDACTED", "000-000-0000", ""])
def test_masked_values_are_no_contacts(file: Path, masked: str) -> None:
    found = proof.examine(REGION["CA"], [write(file, email=[masked] * 50, home_phone=[masked] * 50)])
    assert found.verdict != "real"
    assert sum(item.email_like + item.phone_like for item in found.files[0].columns) == 0


def test_a_few_people_among_many_rows_still_show(file: Path) -> None:
    emails = [f"user{number}@example.com" for number in range(5000)]
    emails[1234] = PEOPLE[0]
    assert proof.examine(REGION["CA"], [write(file, email=emails)]).verdict == "cannot-tell"
    emails[2000:2060] = PEOPLE
    assert proof.examine(REGION["CA"], [write(file, email=emails)]).verdict == "real"


@each(
    "region, written",
    [
        ("CA", "(416) 967-1111"),
        ("CA", "416.967.1111"),
        ("CA", "1-416-967-1111"),
        ("CA", "+44 20 7183 8750"),
        ("CA", "+1 416 967 1111 ext. 5"),
        ("CA", "2026-01-05 416-967-1111"),
        ("CA", "416-967-1111 / 416-967-2222"),
        ("CA", "416\u00a0967\u20111111"),
        ("GB", "020 7183 8750"),
        ("GB", "+44 (0)20 7183 8750"),
        ("GB", "07400 123987"),
        ("AU", "(02) 9374 4000"),
        ("AU", "0412 345 987"),
        ("AU", "+61 2 9374 4000"),
        ("NZ", "09 353 4500"),
        ("NZ", "021 245 987"),
        ("US", "+61 2 9374 4000"),
        ("US", "011 44 20 7183 8750"),
    ],
)
def test_a_written_number_is_found_in_any_text(file: Path, region: str, written: str) -> None:
    found = proof.examine(REGION[region], [write(file, notes=[f"Please ring {written}, evenings."] * 3)])
    assert column(found, "notes").phone_like == 3


@each(
    "harmless",
    [
        "2026-01-05 10:30:00",
        "05/01/2026 10:30",
        "2026-01-05T10:30:00.000Z",
        "550e8400-e29b-41d4-a716-446655440000",
        "192.168.100.112",
        "-79.3831843",
        "4111 1111 1111 1111",
        "1,234,567.89",
        "C-4169671111",
        "a@b",
        "@home",
        "10:30 @ office.com",
        "046-454-286",
    ],
)
@each("region", ["CA", "GB", "AU"])
def test_other_numbers_and_signs_are_no_contacts(file: Path, region: str, harmless: str) -> None:
    found = proof.examine(REGION[region], [write(file, notes=[f"On {harmless} it was."] * 9, thing=[harmless] * 9)])
    assert all(item.email_like + item.phone_like == 0 for item in found.files[0].columns)


@given(number=st.integers(2_000_000_000, 9_999_999_999).map(str), region=st.sampled_from(["CA", "US"]))
@settings(max_examples=examples(12, long=500))
def test_digits_in_a_telephone_column_count_if_the_numbering_plan_allows_them(
    tmp_path_factory: pytest.TempPathFactory, number: str, region: str
) -> None:
    file = write(tmp_path_factory.mktemp("any") / "x.csv", phone=[number])
    # The library lets exchanges of the Dominican Republic begin with 0 and 1, which nobody could dial.
    valid = phonenumbers.is_valid_number(phonenumbers.parse(number, region)) and number[3] not in "01"
    found = column(proof.examine(REGION[region], [file]), "phone")
    assert found.phone_like == 1 or not valid or found.harmless == 1


@each(
    "note, expected",
    [
        ("Please call 2049423007 after six", 1),
        ("Mobile: 2049423007", 1),
        ("She rang (from work) 2049423007.", 1),
        ("Invoice 2049423007 was paid", 0),
        ("2049423007 is the file, do not call", 0),
    ],
)
def test_bare_digits_in_a_note_count_after_a_word_for_telephoning(file: Path, note: str, expected: int) -> None:
    found = proof.examine(REGION["CA"], [write(file, notes=["Nothing to say", note, "And no more"])])
    assert column(found, "notes").phone_like == expected


def test_repeated_and_single_values_are_counted_alike(file: Path) -> None:
    repeated = ["204-942-3007"] * 900 + ["204-555-0101"] * 300
    single = [f"204-942-{number}" for number in range(3000, 3040)]
    found = proof.examine(REGION["CA"], [write(file, mobile=repeated + single)])
    counted = column(found, "mobile")
    assert (counted.values, counted.phone_like, counted.harmless) == (1240, 940, 300)
    assert counted.top_share == pytest.approx(901 / 940, abs=0.001)


def test_ten_digits_that_are_ids_are_no_telephone_numbers(file: Path) -> None:
    numbers = [str(4_169_672_000 + 37 * number % 7000) for number in (77 * place % 100 for place in range(100))]
    found = proof.examine(REGION["CA"], [write(file, health_card=numbers, thing=numbers, Mobile=numbers)])
    assert [item.phone_like for item in found.files[0].columns] == [0, 100, 100]


def test_an_export_without_contacts_or_rows_tells_nothing(file: Path) -> None:
    assert proof.examine(REGION["CA"], [write(file, city=["Toronto"] * 9)]).verdict == "cannot-tell"
    assert proof.examine(REGION["CA"], [write(file, email=[])]).verdict == "cannot-tell"
    file.write_bytes(b"")
    assert proof.examine(REGION["CA"], [file]).verdict == "cannot-tell"


def test_rows_that_could_not_be_read_are_counted_and_searched(file: Path) -> None:
    rows = [f"user{number}@example.com,x" for number in range(1000)]
    file.write_text("email,note\n" + "\n".join([*rows, f"torn,{PEOPLE[0]},row"]) + "\n")
    found = proof.examine(REGION["CA"], [file])
    assert (found.files[0].rows, found.files[0].unread) == (1001, 1)
    assert column(found, proof.UNREAD).email_like == 1
    assert found.verdict == "cannot-tell"


def test_a_folder_s_files_are_judged_together_and_hashed(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", email=[f"user{number}@example.org" for number in range(200)])
    write(tmp_path / "b.csv", email=PEOPLE)
    found = proof.examine(REGION["CA"], [tmp_path])
    assert [(Path(file.path).name, file.verdict) for file in found.files] == [
        ("a.csv", "de-identified"),
        ("b.csv", "real"),
    ]
    assert found.verdict == "real"
    assert all(file.sha256 and len(file.sha256) == 64 for file in found.files)


RESERVED = [f"user{number}@example.com" for number in range(500)]
DIGITS = [f"{area}{number}" for area in ("416967", "204942") for number in range(3000, 3250)]


@each(
    "name",
    ["Home Number", "Work Number", "Emergency Number", "Home No", "Number", "Phone Code", "Mother ID", "Daytime"],
)
def test_bare_numbers_are_never_overlooked_because_of_a_column_s_name(file: Path, name: str) -> None:
    found = proof.examine(REGION["CA"], [write(file, email=RESERVED, **{name: DIGITS})])
    assert found.verdict != "de-identified"
    assert column(found, name).bears


@each("name", ["Daytime", "Thing"])
def test_bare_numbers_between_other_values_leave_it_open(file: Path, name: str) -> None:
    values = ["none" if number % 5 == 0 else digits for number, digits in enumerate(DIGITS)]
    assert proof.examine(REGION["CA"], [write(file, email=RESERVED, **{name: values})]).verdict == "cannot-tell"


@each(
    "written",
    [
        "Mother {0} evenings", "well {0} then", "{0}x22", "{0} ext 22", "{0}/{0}", "'{0}", "{0}.0", "{0} - {0}",
        "({0})", "{1}", "Mom:{1}",
    ],
)  # fmt: skip
@each("name", ["notes", "Thing", "phone", "Number"])
def test_bare_numbers_are_seen_however_they_are_written(file: Path, name: str, written: str) -> None:
    wide = {48 + digit: 0xFF10 + digit for digit in range(10)}
    values = [written.format(digits, digits.translate(wide)) for digits in DIGITS]
    found = proof.examine(REGION["CA"], [write(file, email=RESERVED, **{name: values})])
    assert found.verdict != "de-identified"
    assert name != "phone" or column(found, name).phone_like == 500


def test_numbers_that_a_text_calls_otherwise_and_random_ones_are_no_contacts(file: Path) -> None:
    numbers = [str(1_000_000_000 + number * 17_999_993 % 9_000_000_000) for number in range(500)]
    notes = [f"Invoice {digits} was paid" for digits in reversed(numbers)]
    found = proof.examine(REGION["CA"], [write(file, email=RESERVED, health_card=numbers, thing=numbers, notes=notes)])
    assert (found.verdict, found.confidence) == ("de-identified", "high")


@each("written", ["{} @gmail.com", "{}\uff20gmail.com", "{}%40gmail.com", "<{}@gmail.com>"])
def test_addresses_are_seen_however_they_are_written(file: Path, written: str) -> None:
    values = [written.format(address.partition("@")[0]) for address in PEOPLE]
    found = column(proof.examine(REGION["CA"], [write(file, text=values)]), "text")
    assert (found.email_like, found.distinct) == (60, 60)


def test_what_follows_an_at_in_prose_is_no_address(file: Path) -> None:
    notes = ["Seen @ office.com today", "thanks @jane.doe", "lunch @ noon. Then home"]
    assert column(proof.examine(REGION["CA"], [write(file, notes=notes)]), "notes").email_like == 0


def test_a_large_column_of_ids_is_judged_by_some_and_a_mixed_one_by_all(file: Path) -> None:
    ids = [str(2_049_420_000 + number) for number in range(5000)]
    texts = [f"Mom:{digits}" for digits in ids]
    found = proof.examine(REGION["CA"], [write(file, number=ids, code=texts)])
    assert [(item.values, item.bears) for item in found.files[0].columns] == [(5000, True), (5000, True)]
    assert column(found, "code").phone_like > 4900


def test_the_first_row_of_a_file_without_heading_names_no_column_and_is_examined(file: Path) -> None:
    file.write_text("Smith,John,Active,,\n" + "".join(f"Doe,Jane,Active,,{address}\n" for address in PEOPLE))
    found = proof.examine(REGION["CA"], [file])
    assert found.files[0].rows == 61
    assert [item.name for item in found.files[0].columns] == [f"Column {number}" for number in range(1, 6)]


# --- the survey and the choice ---


def test_a_column_that_was_left_out_keeps_the_finding_from_being_complete(file: Path) -> None:
    late = ["" if number % 2 else "none" for number in range(400)] + TELEPHONES + ["none"] * 40
    write(file, email=RESERVED, fallback=late)
    found = proof.examine(REGION["CA"], [file], {(str(file), "email")})
    assert found.verdict == "cannot-tell"
    assert "1 column was not examined: what it holds is not known." in found.sentence


def test_a_survey_can_be_stopped(file: Path, database: str) -> None:
    write(file, email=PEOPLE)
    with pytest.raises(CancelledError):
        proof.survey(REGION["CA"], [file], stop=lambda: True)
    with pytest.raises(CancelledError):
        proof.survey(REGION["CA"], database, stop=lambda: True)


def test_a_survey_says_which_columns_are_worth_it_and_why(file: Path) -> None:
    write(
        file,
        client_id=[str(number) for number in range(60)],
        email=PEOPLE,
        contact=TELEPHONES,
        remarks=["She came with her sister, who will be back on Monday."] * 60,
        city=["Toronto"] * 60,
    )
    assert [(item.column, item.examine, item.why) for item in proof.survey(REGION["CA"], [file])] == [
        ("client_id", False, "Its first rows hold nothing like contact details."),
        ("email", True, "Named like an email address."),
        ("contact", True, "Holds values like telephone numbers."),
        ("remarks", True, "Holds longer texts, in which anything may be mentioned."),
        ("city", False, "Its first rows hold nothing like contact details."),
    ]


def test_only_the_columns_chosen_are_examined(file: Path) -> None:
    write(file, email=PEOPLE, phone=[f"204-555-01{n:02}" for n in range(60)])
    found = proof.examine(REGION["CA"], [file], {(str(file), "phone")})
    assert [item.name for item in found.files[0].columns] == ["phone"]
    assert "1 column was not examined" in found.sentence
    with pytest.raises(BadInputError, match="None of the columns chosen"):
        proof.examine(REGION["CA"], [file], {(str(file), "fax")})


# --- databases ---


@each("value", ["555-0100", "555-0199", "555 0123", "5550142", "(204) 555-0100", "1-204-555-0123"])
def test_555_01xx_with_or_without_an_area_code_is_fictional(file: Path, value: str) -> None:
    found = proof.examine(REGION["CA"], [write(file, phone=[value] * 30_062)])
    assert (found.verdict, found.confidence) == ("de-identified", "high")
    assert column(found, "phone").harmless == 30_062


@each("value", ["555-0200", "555-1212", "967-1111", "555-01001", "555-010", "1555-0100"])
def test_other_numbers_without_an_area_code_are_not_fictional(file: Path, value: str) -> None:
    assert proof.examine(REGION["CA"], [write(file, phone=[value] * 500)]).verdict == "cannot-tell"


def test_555_01xx_means_nothing_outside_north_america(file: Path) -> None:
    assert proof.examine(REGION["NZ"], [write(file, phone=["555-0100"] * 500)]).verdict == "cannot-tell"


def test_a_real_number_beside_a_fictional_one_still_counts(file: Path) -> None:
    phones = [f"555-01{number:02} or (416) 967-31{number:02}" for number in range(60)]
    assert proof.examine(REGION["CA"], [write(file, phone=phones)]).verdict == "real"


@each("after", ["\u2026", "\u201d", "\u00a0", "\u2013", "\u200b", "\u3002", "\u00bb", ".\u2019"])
def test_an_address_is_seen_whatever_follows_it(file: Path, after: str) -> None:
    notes = [f"Write to \u201c{address}{after} later" for address in PEOPLE]
    found = proof.examine(REGION["CA"], [write(file, email=RESERVED, notes=(notes * 20)[: len(RESERVED)])])
    assert (found.verdict, column(found, "notes").email_like) == ("real", len(RESERVED))


@each(
    "region, written",
    [
        ("GB", "07400 {0:06} / 020 7183 {1:04}"), ("GB", "2026-01-15 07400 {0:06}"),
        ("NZ", "021 {0:07} / 09 377 {1:04}"),
        ("AU", "0412 {0:06}, 02 9374 {1:04}"), ("CA", "204-942{1:04}"), ("US", "Mail: jane.{0}&#64;gmail.com 5550100"),
    ],
)  # fmt: skip
def test_values_that_only_a_careful_reader_understands_are_never_de_identified(
    file: Path, region: str, written: str
) -> None:
    values = [written.format(123987 + 17 * number, 2000 + 7 * number) for number in range(len(RESERVED))]
    found = proof.examine(REGION[region], [write(file, email=RESERVED, notes=values)])
    assert found.verdict != "de-identified"


def test_a_few_people_in_a_named_column_are_seen_however_they_are_written(file: Path) -> None:
    phones = ["204-555-0100"] * 5000
    phones[::25] = [f"c/o Anna 204-942{number:04}" for number in range(2000, 2200)]
    assert proof.examine(REGION["CA"], [write(file, phone=phones)]).verdict != "de-identified"


def test_a_few_invoices_and_versions_among_notes_keep_nothing_from_being_de_identified(file: Path) -> None:
    notes = ["Nothing to say about it"] * len(RESERVED)
    notes[:6] = [
        "INV-2026-42387",
        "SQL Server 2019 (15.0.4168.2)",
        "Budget line 5764-293",
        "Case 20264417",
        "1 200 000",
        "x",
    ]
    found = proof.examine(REGION["CA"], [write(file, email=RESERVED, notes=notes)])
    assert (found.verdict, found.confidence) == ("de-identified", "high")


CLEAN = {"email": [f"user{number}@example.com" for number in range(200)]}


@pytest.mark.parametrize("torn", [b"PK\x03\x04 torn", b"a,b\n" + b"x," * 5000, b"SQLite format 3\0"])
def test_one_file_that_cannot_be_read_lowers_the_verdict_and_does_not_stop_the_check_of_its_folder(
    tmp_path: Path, torn: bytes
) -> None:
    write(tmp_path / "a.csv", **CLEAN)
    write(tmp_path / "z.csv", **CLEAN)
    assert proof.examine(REGION["CA"], [tmp_path]).verdict == "de-identified"
    (tmp_path / "m.csv").write_bytes(torn)
    found = proof.examine(REGION["CA"], [tmp_path])
    assert (found.verdict, len(found.files)) == ("cannot-tell", 2)
    assert [item.path for item in found.not_examined] == [str(tmp_path / "m.csv")]
    assert "1 file or table was not examined" in found.sentence
    assert {item.file for item in proof.survey(REGION["CA"], [tmp_path])} == {
        *(str(tmp_path / name) for name in ("a.csv", "z.csv"))
    }
    write(tmp_path / "b.csv", email=PEOPLE)
    assert proof.examine(REGION["CA"], [tmp_path]).verdict == "real"


def test_a_file_that_breaks_off_in_its_middle_is_not_examined_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "a.csv", **CLEAN)
    (tmp_path / "b.csv").write_text("email\n" + "a@example.com\n" * 30 + "x" * 3000, "utf-8")
    monkeypatch.setattr(tables, "BLOCK", 400)
    monkeypatch.setattr(tables, "MAX_ROW", 1000)
    found = proof.examine(REGION["CA"], [tmp_path])
    assert [(item.path, found.verdict) for item in found.not_examined] == [(str(tmp_path / "b.csv"), "cannot-tell")]


def test_where_nothing_can_be_read_the_reason_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"PK\x03\x04 torn")
    for examine in (proof.examine, proof.survey):
        with pytest.raises(BadInputError, match="is packed"):
            examine(REGION["CA"], [tmp_path])


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("clients.csv.gz", b"email\n", "not packed as its name says"), ("c.bin", bytes(99), "not a text file"),
        ("p.db", b"SQLite format 3\0", "not a text file"), ("clients.zip", b"PK\x03\x04", "packed"),
        ("old.xls", b"\xd0\xcf\x11\xe0", "broken or incomplete"),
        (".hidden.csv", b"email\n", "It is hidden."), (".env", b"a@b.ca", "It is hidden."),
        ("1/2/3/4/deep.csv", b"email\n", "It lies more than 3 folders deep."),
    ],
)  # fmt: skip
def test_what_else_is_in_a_folder_is_named_and_keeps_it_from_being_de_identified(
    tmp_path: Path, name: str, content: bytes, why: str
) -> None:
    write(tmp_path / "a.csv", **CLEAN)
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_bytes(content)
    found = proof.examine(REGION["CA"], [tmp_path])
    assert found.verdict == "cannot-tell"
    assert [why in item.why for item in found.not_examined] == [True]


def line_of(address: str) -> str:
    return f'{{"name":"x","mail":"{address}"}}'


@each(
    "name, encoding",
    [
        *((name, "utf-8") for name in ("x.json", "x.jsonl", "x.xml", "x.sql", "x.vcf", "x.html", "x.bak", "x.dat")),
        *((name, "utf-16") for name in ("x.txt", "x.tab", "x.log", "README")),
    ],
)
def test_text_of_any_other_kind_is_examined_as_text(tmp_path: Path, name: str, encoding: str) -> None:
    write(tmp_path / "a.csv", **CLEAN)
    (tmp_path / name).write_text("\n".join(map(line_of, PEOPLE)), encoding)
    found = proof.examine(REGION["CA"], [tmp_path])
    assert (found.verdict, found.not_examined) == ("real", ())
    (tmp_path / name).write_text("\n".join(map(line_of, CLEAN["email"])), encoding)
    assert proof.examine(REGION["CA"], [tmp_path]).verdict == "de-identified"


@pytest.mark.parametrize("line_end", ["\n", ""])
def test_what_gzip_packed_is_examined_as_text(tmp_path: Path, line_end: str) -> None:
    text = line_end.join(line_of(f"zoe.planted{number}@gmail.com") for number in range(24_000))
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(text[:900_000].encode()) + gzip.compress(text[900_000:].encode()))
    found = proof.examine(REGION["CA"], [tmp_path])
    assert (found.verdict, column(found, reading.TEXT).distinct) == ("real", MAX_DISTINCT)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(text.encode())[:-9])
    with pytest.raises(BadInputError, match="broken or incomplete"):
        proof.examine(REGION["CA"], [tmp_path])


def test_a_small_file_that_unpacks_to_far_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "SMALL", 1 << 20)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"email\n" * (1 << 20)))
    with pytest.raises(BadInputError, match="unpacks to far too much"):
        proof.examine(REGION["CA"], [tmp_path])


def test_the_text_of_packed_documents_is_examined_and_pictures_in_them_are_named(tmp_path: Path) -> None:
    for name in ("a.odt", "b.docx"):
        with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("mimetype", "application/x")
            archive.writestr(
                "content.xml", "<a>" + "".join(f"<text:p>{address}</text:p>" for address in PEOPLE) + "</a>"
            )
        assert proof.examine(REGION["CA"], [tmp_path / name]).verdict == "real"
        with zipfile.ZipFile(tmp_path / name, "a") as archive:
            archive.writestr("Pictures/1.png", "x")
        found = proof.examine(REGION["CA"], [tmp_path / name])
        assert [item.why for item in found.not_examined] == ["It holds pictures or other files besides its text."]


RANDOM = Random(7).randbytes(100_000)
QUIET = struct.pack("<50000h", *(number % 200 - 100 for number in range(50_000)))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("scan.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF" + RANDOM),
        ("letters.gpg", RANDOM),
        ("letters.rar", b"Rar!\x1a\x07\1\0" + RANDOM),
        ("clients.csv", RANDOM[:600]),
        ("message.wav", b"RIFF\xac\x86\1\0WAVEfmt " + QUIET),
    ],
)
def test_what_is_no_text_is_named_and_nothing_beside_it_is_called_de_identified(
    tmp_path: Path, name: str, data: bytes
) -> None:
    """A scan or a packed file was read as text, in which nobody was found."""
    write(tmp_path / "masked.csv", email=[f"user{number}@example.com" for number in range(3000)])
    assert proof.examine(REGION["CA"], [tmp_path]).verdict == "de-identified"
    (tmp_path / name).write_bytes(data)
    found = proof.examine(REGION["CA"], [tmp_path])
    assert found.verdict == "cannot-tell"
    assert [(Path(item.path).name, "is not a text file" in item.why) for item in found.not_examined] == [(name, True)]


def test_a_few_control_characters_and_ways_to_print_make_no_text_another_file(file: Path) -> None:
    lines = [f"\x1b[1m{address}\x1b[0m\x0c\x1c" for address in PEOPLE]
    file.write_text("\n".join(["email", "\x02\x03\x7f", *lines]))
    assert proof.examine(REGION["CA"], [file]).verdict == "real"


def test_an_encrypted_or_damaged_document_is_named_and_nothing_beside_it_is_called_de_identified(
    tmp_path: Path,
) -> None:
    write(tmp_path / "masked.csv", email=[f"user{number}@example.com" for number in range(3000)])
    listed = "<manifest:file-entry manifest:full-path='content.xml'><manifest:encryption-data/></manifest:file-entry>"
    for parts, why in ((["META-INF/manifest.xml"], "protected by a password"), ([], "broken or incomplete")):
        with zipfile.ZipFile(tmp_path / "letter.odt", "w") as archive:
            archive.writestr("content.xml", RANDOM)
            for part in parts:
                archive.writestr(part, listed)
        found = proof.examine(REGION["CA"], [tmp_path])
        assert found.verdict == "cannot-tell"
        assert [why in item.why for item in found.not_examined] == [True]


@pytest.mark.parametrize("place", ["comment", "link", "formula", "header", "name", "box", "author"])
def test_people_in_a_workbook_outside_of_its_cells_are_seen(tmp_path: Path, place: str) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["email"])
    for number, address in enumerate(PEOPLE):
        sheet.append([f"user{number}@example.com"])
        cell = sheet.cell(number + 2, 2)
        if place == "comment":
            cell.comment = Comment(f"Write to {address}", "x")
        elif place == "link":
            cell.hyperlink = f"mailto:{address}"
            cell.value = "write"
        elif place == "formula":
            cell.value = f'=HYPERLINK("mailto:{address}", "write")'
        elif place == "name":
            book.defined_names[f"n{number}"] = DefinedName(f"n{number}", attr_text=f'"{address}"')
    if place == "header":
        sheet.oddHeader.center.text = " ".join(PEOPLE[:5])  # type: ignore[union-attr]
    if place == "author":
        book.properties.creator = PEOPLE[0]
    file = tmp_path / "x.xlsx"
    book.save(file)
    if place == "box":
        with zipfile.ZipFile(file, "a") as archive:
            archive.writestr("xl/drawings/drawing1.xml", "".join(f"<a:t>{address}</a:t>" for address in PEOPLE))
    found = proof.examine(REGION["CA"], [file])
    assert found.verdict == ("cannot-tell" if place in ("header", "author") else "real")
    assert found.files[-1].path == f"{file}, besides cells"


def test_what_of_a_workbook_was_not_examined_is_named(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for values in (["email"], *([value] for value in CLEAN["email"])):
        book.active.append(values)
    book.save(tmp_path / "x.xlsx")
    assert proof.examine(REGION["CA"], [tmp_path / "x.xlsx"]).verdict == "de-identified"
    with zipfile.ZipFile(tmp_path / "x.xlsx", "a") as archive:
        archive.writestr("xl/media/image1.png", "x")
        archive.writestr("xl/vbaProject.bin", "x")
    found = proof.examine(REGION["CA"], [tmp_path / "x.xlsx"])
    assert (found.verdict, len(found.not_examined)) == ("cannot-tell", 2)


def test_a_workbook_with_a_logo_may_be_de_identified_and_the_logo_is_named(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for values in (["email"], *([value] for value in CLEAN["email"])):
        book.active.append(values)
    book.save(tmp_path / "x.xlsx")
    with zipfile.ZipFile(tmp_path / "x.xlsx", "a") as archive:
        archive.writestr("xl/media/image1.png", "x")
    found = proof.examine(REGION["CA"], [tmp_path / "x.xlsx"])
    assert (found.verdict, found.confidence) == ("de-identified", "medium")
    assert found.sentence.endswith("1 workbook holds pictures, at which nobody looked.")
    assert [item.why for item in found.not_examined] == ["It holds pictures."]


def test_a_link_in_a_folder_is_not_followed_and_named(tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    write(folder / "a.csv", **CLEAN)
    (folder / "link.csv").symlink_to(write(tmp_path / "b.csv", email=PEOPLE))
    found = proof.examine(REGION["CA"], [folder])
    assert (found.verdict, [item.why[:12] for item in found.not_examined]) == ("cannot-tell", ["It is a link"])


@pytest.mark.parametrize("name", ["~$a.xlsx", "._a.csv", "Thumbs.db", ".DS_Store", "desktop.ini"])
def test_what_other_programs_leave_in_a_folder_is_nobody_s_data(tmp_path: Path, name: str) -> None:
    write(tmp_path / "a.csv", **CLEAN)
    (tmp_path / name).write_text("x", "utf-8")
    assert proof.examine(REGION["CA"], [tmp_path]).verdict == "de-identified"


def test_one_table_of_a_database_that_cannot_be_read_lowers_the_verdict(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "x.db")
    connection.execute("CREATE TABLE client (email)")
    connection.executemany("INSERT INTO client VALUES (?)", [(value,) for value in CLEAN["email"]])
    connection.execute("CREATE VIEW broken AS SELECT abs(-9223372036854775808) AS x FROM client")
    connection.commit()
    connection.close()
    found = proof.examine(REGION["CA"], f"sqlite:///{tmp_path}/x.db")
    assert [(item.path, found.verdict) for item in found.not_examined] == [("broken", "cannot-tell")]


@pytest.fixture
def database(tmp_path: Path) -> str:
    with closing(sqlite3.connect(tmp_path / "copy.db")) as connection, connection:
        connection.execute("CREATE TABLE client (email TEXT, phone INTEGER, photo BLOB)")
        rows = [(address, 4_169_671_111 + n, b"\x89PNG\0\xff\xd8") for n, address in enumerate(PEOPLE)]
        connection.executemany("INSERT INTO client VALUES (?, ?, ?)", rows)
    connection.close()
    return f"sqlite:///{tmp_path / 'copy.db'}"


def test_a_database_s_tables_are_examined(database: str) -> None:
    found = proof.examine(REGION["CA"], database)
    assert found.verdict == "real"
    assert (found.files[0].path, found.files[0].rows, found.files[0].sha256) == ("client", 60, None)
    assert (column(found, "email").email_like, column(found, "phone").phone_like) == (60, 60)
    assert [item.examine for item in proof.survey(REGION["CA"], database)] == [
        True,
        True,
        True,
    ]  # a picture holds no text
    chosen = proof.examine(REGION["CA"], database, {("client", "photo")})
    assert chosen.verdict == "cannot-tell"


def made(file: Path, *statements: str, values: tuple[object, ...] = ()) -> str:
    """A SQLite file; the last statement takes the values."""
    with closing(sqlite3.connect(file)) as connection, connection:
        for statement in statements[:-1]:
            connection.execute(statement)
        connection.execute(statements[-1], values)
    connection.close()
    return f"sqlite:///{file}"


@pytest.mark.parametrize("value", ["zoe@gmail.com\0", b"zoe@gmail.com\0\0", "zoe@gmail.com".encode("utf-16-le")])
def test_zeros_in_a_database_s_value_hide_nothing(tmp_path: Path, value: object) -> None:
    url = made(tmp_path / "x.db", "CREATE TABLE t (email)", "INSERT INTO t VALUES (?)", values=(value,))
    assert column(proof.examine(REGION["CA"], url), "email").email_like == 1


@pytest.mark.parametrize("value", [b"\x89PNG\xff\xd8", "x" * (1 << 20)])
def test_what_is_no_text_or_too_long_counts_as_unread(tmp_path: Path, value: object) -> None:
    url = made(tmp_path / "x.db", "CREATE TABLE t (id, photo)", "INSERT INTO t VALUES (1, ?)", values=(value,))
    found = proof.examine(REGION["CA"], url)
    assert (found.files[0].rows, found.files[0].unread) == (1, 1)


def test_a_table_s_name_is_cleaned_and_masked_wherever_it_is_told(tmp_path: Path) -> None:
    name = "zoe.planted1@gmail.com \x1b[2J"
    url = made(tmp_path / "x.db", f'CREATE TABLE "{name}" (email)', f'INSERT INTO "{name}" VALUES (1)')
    told: list[Progress] = []
    found = proof.examine(REGION["CA"], url, tell=told.append)
    assert {found.files[0].path, told[0].what, proof.survey(REGION["CA"], url)[0].file} == {"[email address] [2J"}


# --- how it goes ---


def test_progress_is_told_and_stopping_stops(file: Path) -> None:
    write(file, email=PEOPLE)
    told: list[Progress] = []
    proof.examine(REGION["CA"], [file], tell=told.append)
    size = file.stat().st_size
    assert [(item.done, item.total) for item in told] == [(0, size), (size, size)]
    with pytest.raises(CancelledError):
        proof.examine(REGION["CA"], [file], stop=lambda: True)


# --- nothing is left ---


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where everything a process may write goes: its temporary folder and its working folder."""
    folder = tmp_path / "everything"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.chdir(folder)
    return folder


def values_in(text: str) -> list[str]:
    """Which planted values, or telling parts of them, are in a text."""
    digits = "".join(filter(str.isdigit, text))
    numbers = [number for number in TELEPHONES if "".join(filter(str.isdigit, number)) in digits]
    return [value for value in (*PEOPLE, "zoe.planted", "planted") if value in text] + numbers


def test_no_value_is_left_anywhere_however_it_ends(
    watched: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    good = write(tmp_path / "good.csv", email=PEOPLE, phone=TELEPHONES, notes=[f"Ring {t}!" for t in TELEPHONES])
    headless = tmp_path / "headless.csv"
    headless.write_text("\n".join(f"{a},{t}" for a, t in zip(PEOPLE, TELEPHONES, strict=True)))
    torn = tmp_path / "torn.csv"
    torn.write_bytes(good.read_bytes() + b'"' + "\n".join(PEOPLE).encode() + b"\xff\n")
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"PK\x03\x04" + "".join(PEOPLE).encode())
    said = [repr(proof.survey(REGION["CA"], [good, headless, torn]))]

    def tell(progress: Progress) -> None:
        said.append(repr(progress))

    for files in ([good], [headless], [torn]):
        found = proof.examine(REGION["CA"], files, tell=tell)
        assert found.verdict == "real"
        said.extend([json.dumps(asdict(found)), repr(found)])
    for path, stop in ((broken, False), (tmp_path / "planned.csv", False), (good, True)):
        with pytest.raises((BadInputError, CancelledError)) as caught:
            proof.examine(REGION["CA"], [path], stop=lambda stop=stop: stop)  # type: ignore[misc]
        said.append("".join(traceback.format_exception(caught.value)))
    printed = capfd.readouterr()
    everything = [*said, printed.out, printed.err, caplog.text]
    assert [values_in(text) for text in everything if values_in(text)] == []
    assert list(watched.iterdir()) == []


# --- the agency's own ---


@pytest.mark.parametrize(
    "written", ["client{}@harbourfamily.ca", "qa+{}@harbourfamily.ca", "{}.x@mail.harbourfamily.ca"]
)
def test_addresses_at_one_domain_are_settled_when_the_agency_names_it(file: Path, written: str) -> None:
    write(file, email=[written.format(number) for number in range(500)])
    assert proof.examine(REGION["CA"], [file]).verdict == "cannot-tell"
    for own in ("harbourfamily.ca", "qa@harbourfamily.ca"):
        found = proof.examine(REGION["CA"], [file], own=partial(OwnMail.read, own))
        assert found.verdict == ("cannot-tell" if "@" in own and "qa" not in written else "de-identified")
    write(file, email=[*(written.format(number) for number in range(500)), *PEOPLE])
    assert proof.examine(REGION["CA"], [file], own=partial(OwnMail.read, "harbourfamily.ca")).verdict == "real"
