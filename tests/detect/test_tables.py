"""Tables are read whatever state they are in, or refused with words; nothing in them is overlooked or quoted."""

from __future__ import annotations

import codecs
import os
import stat
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penelope_admin.detect import folders, reading, tables
from penelope_admin.detect.folders import find_files
from penelope_admin.detect.tables import open_tables
from penelope_admin.errors import BadInputError

TODAY = date(2026, 11, 20)
SECRET = "jane.secret@gmail.com"


def read(file: Path) -> tuple[list[str], list[list[bytes]], int, list[bytes]]:
    """A file's first table: names, rows, how many were unread, and their texts."""
    with open_tables(file, "CA", TODAY) as found:
        table = next(found)
        rows: list[list[bytes]] = []
        unread, texts = 0, []
        for batch in table.read(range(len(table.names))):
            rows += [list(row) for row in zip(*(column.to_pylist() for column in batch.columns), strict=True)]
            assert batch.rows == (len(batch.columns[0]) if batch.columns else 0)
            unread += batch.unread
            texts += batch.texts
    return list(table.names), rows, unread, texts


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "clients.csv"


def refused(file: Path) -> str:
    """The message with which a file is refused; it never holds what is in the file."""
    with pytest.raises(BadInputError) as caught:
        read(file)
    message = str(caught.value)
    assert SECRET not in message
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return message


@pytest.mark.parametrize(
    "data",
    [
        b"name,city\nJane,Bor\xc3\xa5s\n",
        codecs.BOM_UTF8 + b"name,city\r\nJane,Bor\xc3\xa5s\r\n",
        "name,city\nJane,Borås\n".encode("utf-16"),
        "name,city\nJane,Borås\n".encode("utf-16-le"),
        "name,city\nJane,Borås\n".encode("utf-16-be"),
        "name,city\nJane,Borås\n".encode("utf-32"),
        "name,city\nJane,Borås\n".encode("cp1252"),
        b"name;city\nJane;Bor\xc3\xa5s",
        b"name\tcity\nJane\tBor\xc3\xa5s",
        b"name|city\nJane|Bor\xc3\xa5s\n\n\n",
        b"sep=;\nname;city\nJane;Bor\xc3\xa5s\n",
        b"name,city\rJane,Bor\xc3\xa5s\r",
        b"\n\nname,city\nJa\0ne,Bor\xc3\xa5s\n",
        b'"name","city"\n"Jane","Bor\xc3\xa5s"\n',
    ],
)
def test_a_table_is_read_in_the_encodings_and_with_the_separators_there_are(file: Path, data: bytes) -> None:
    file.write_bytes(data)
    assert read(file) == (["name", "city"], [[b"Jane", "Borås".encode()]], 0, [])


def test_a_row_of_another_length_is_counted_and_its_text_kept_for_the_search(file: Path) -> None:
    file.write_bytes(b"name,city\nJane,Toronto\nJoe\nJim,Halifax,\xe9@gmail.com\nJill,Regina\n")
    _, rows, unread, texts = read(file)
    assert rows == [[b"Jane", b"Toronto"], [b"Jill", b"Regina"]]
    assert unread == 2
    assert b"\xc3\xa9@gmail.com" in texts[1]


def test_values_may_have_lines_and_quotation_marks(file: Path) -> None:
    file.write_bytes(b'name,note\nJane,"one\ntwo, ""three"""\nJoe,12" pipe\n')
    assert read(file)[1] == [[b"Jane", b'one\ntwo, "three"'], [b"Joe", b'12" pipe']]


def test_blocks_end_between_rows(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "BLOCK", 1000)
    wanted = [[str(number).encode(), b"a\nb,c" if number % 3 else b"x" * 300] for number in range(200)]
    file.write_bytes(b"id,text\n" + b"".join(b'%s,"%s"\n' % (row[0], row[1]) for row in wanted))
    names, rows, unread, _ = read(file)
    assert (names, rows, unread) == (["id", "text"], wanted, 0)


SIGNS = st.characters(exclude_categories=["Cs"], exclude_characters="\0\r" + tables._NO_TEXT.decode())


@given(
    rows=st.lists(
        st.tuples(*[st.text(SIGNS, max_size=12)] * 2),
        min_size=1,
        max_size=20,
    )
)
def test_what_was_written_is_read(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]) -> None:
    file = tmp_path_factory.mktemp("any") / "any.csv"
    quoted = ['"' + '","'.join(value.replace('"', '""') for value in row) + '"' for row in rows]
    file.write_text("name,city\n" + "\n".join(quoted) + "\n", encoding="utf-8", newline="")
    names, found, unread, _ = read(file)
    assert (names, unread) == (["name", "city"], 0)
    assert found == [[value.encode() for value in row] for row in rows]


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    file = tmp_path_factory.mktemp("any") / "any.csv"
    file.write_bytes(data)
    try:
        read(file)
    except BadInputError as error:
        assert str(file) in str(error)  # noqa: PT017


def test_an_unclosed_quotation_mark_costs_a_block_at_most(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "BLOCK", 4000)
    monkeypatch.setattr(tables, "MAX_ROW", 8000)
    file.write_text("name,city,note\n" + "Jane,Toronto,x\n" * 100 + 'Joe,"Hali,x\n' + f"Jim,{SECRET},x\n" * 5000)
    _, rows, unread, texts = read(file)
    assert len(rows) + unread == 5101
    assert len(rows) > 4000
    assert any(SECRET.encode() in text for text in texts)


def test_an_empty_file_is_an_empty_table(file: Path) -> None:
    file.write_bytes(b"")
    assert read(file) == ([], [], 0, [])
    file.write_bytes(b"\n\n \n")
    assert read(file)[1] in ([], [[b" "]])


def test_a_file_without_a_heading_has_numbered_columns_and_loses_no_row(file: Path) -> None:
    file.write_text(f"Jane,{SECRET}\nJoe,joe@gmail.com\n")
    names, rows, _, _ = read(file)
    assert names == ["Column 1", "Column 2"]
    assert len(rows) == 2


def test_only_the_columns_asked_for_are_given(file: Path) -> None:
    file.write_text("name,city,notes\nx,y,z\n")
    with open_tables(file, "CA", TODAY) as found:
        (batch,) = next(found).read([2, 0])
    assert [column.to_pylist() for column in batch.columns] == [[b"z"], [b"x"]]


def test_a_line_without_end_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_ROW", 1 << 20)
    monkeypatch.setattr(tables, "BLOCK", 1 << 18)
    file.write_text("a,b\n" + SECRET * 100_000)
    assert "line of more than 1 MiB" in refused(file)


def test_ten_thousand_columns_are_refused(file: Path) -> None:
    file.write_text(",".join(f"c{chr(97 + n % 26)}{n}" for n in range(10_000)) + "\n")
    assert "more than 4,000 columns" in refused(file)


@pytest.mark.parametrize(
    "data",
    [b"\0" * 5000, b"\x1f\x8b\x08rest", b"%PDF-1.7", b"PK\x03\x04rest", b"SQLite format 3\0", b"\xd0\xcf\x11\xe0"],
)
def test_what_is_no_text_is_refused(file: Path, data: bytes) -> None:
    file.write_bytes(data)
    assert str(file) in refused(file)


def test_a_pipe_a_device_and_nothing_at_all_are_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    for path in (tmp_path / "pipe.csv", Path("/dev/null"), tmp_path / "missing.csv", Path("a\0b.csv")):
        with pytest.raises(BadInputError):
            find_files([path])
    assert "not a regular file" in refused(tmp_path / "pipe.csv")
    assert str(tmp_path) in refused(tmp_path)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="may read everything")
def test_a_file_nobody_may_read_is_refused(file: Path) -> None:
    file.write_text("a\n")
    file.chmod(stat.S_IWUSR)
    assert "Permission" in refused(file)


def test_a_file_that_grows_meanwhile_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "BLOCK", 1000)
    file.write_text("name,mail\n" + f"Jane,{SECRET}\n" * 200)
    with open_tables(file, "CA", TODAY) as found:
        batches = next(found).read([0])
        next(batches)
        with file.open("a") as stream:
            stream.write("more,more\n")
        with pytest.raises(BadInputError, match="was changed while it was read"):
            list(batches)


# --- folders ---


def test_a_folder_gives_its_files_and_follows_no_link_out(tmp_path: Path) -> None:
    folder, outside = tmp_path / "export", tmp_path / "outside.csv"
    (folder / "a" / "b" / "c" / "d").mkdir(parents=True)
    outside.write_text("a\n")
    for name in (
        "x.CSV",
        "y.tsv",
        "z.xlsx",
        "notes.docx",
        ".hidden.csv",
        "~$z.xlsx",
        "a/b/c/deep.csv",
        "a/b/c/d/no.csv",
    ):
        (folder / name).write_text("a\n")
    (folder / "link.csv").symlink_to(outside)
    (folder / "up").symlink_to(tmp_path)
    assert [str(file.relative_to(folder)) for file in find_files([folder, folder / "y.tsv"])] == [
        *("a/b/c/deep.csv", "notes.docx", "x.CSV", "y.tsv", "z.xlsx"),
    ]


def test_a_folder_without_tables_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="holds no"):
        find_files([tmp_path])


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "MAX_FILES", 3)
    for number in range(4):
        (tmp_path / f"{number}.csv").write_text("a\n")
    with pytest.raises(BadInputError, match="more than 3 files"):
        find_files([tmp_path])


def test_rows_that_became_part_of_a_value_are_counted_as_unread(file: Path) -> None:
    file.write_text("name,note\n" + "Jane,x\n" * 10 + 'Joe,"never closed\n' + f"Jim,{SECRET}\n" * 500)
    _, rows, unread, _ = read(file)
    assert len(rows) == 11
    assert unread >= 500


def test_a_value_that_is_too_long_or_no_text_makes_its_row_unread() -> None:
    rows = [["short", b"ok\0"], ["123456789", b"\xff\xfe"], ["é" * 8, "1234567é".encode()]]
    batch = reading.batch_of(rows, [0, 1], 2, 3, longest=8)
    assert (batch.rows, batch.unread) == (1, 2)
    assert batch.columns[0].to_pylist() == [b"short", b"12345678", ("é" * 8).encode()]
    assert batch.columns[1].to_pylist() == [b"ok", b"", b"1234567\xc3"]
