"""Numbers that stand in letters are given once: a restore of an older backup does not give them out again."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import settings as tries
from hypothesis import strategies as st

from penelope_admin.store import backup, schema
from penelope_admin.store.engine import Store, new_id
from tests.effort import examples
from tests.store.files import NOW, is_sound, opened, raw, url_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The backup folder."""
    return tmp_path / "backups"


@pytest.fixture
def three(file: Path, tmp_path: Path) -> Path:
    """A backup with three requests; the database has gone on to five."""
    return with_requests(file, tmp_path / "three.db", 3, 2)


def with_requests(file: Path, target: Path, before: int, after: int) -> Path:
    """A backup made between so many requests, each with a message that was taken back."""
    with opened(file) as store:
        for _ in range(before):
            ask(store)
        backup.copy_to(store, target)
        for _ in range(after):
            ask(store)
    return target


def ask(store: Store) -> tuple[int, int]:
    """The numbers that a new request and its message get."""
    with store.writing() as connection:
        asked = {"kind": "question", "status": "drafted", "reason": "x", "created_at": NOW, "version": 1}
        request = new_id(connection.execute(sa.insert(schema.request).values(**asked)))
        newest = connection.execute(sa.select(sa.func.count()).select_from(schema.outgoing_message)).scalar_one()
        written = {
            "request_id": request, "message_id": f"<{newest}@x.example>", "sender": "", "recipient": "", "content": "",
            "state": "cancelled", "next_attempt_at": NOW, "created_at": NOW, "by": "ada",
        }  # fmt: skip
        return request, new_id(connection.execute(sa.insert(schema.outgoing_message).values(**written)))


def next_numbers(file: Path) -> tuple[int, int]:
    with opened(file) as store:
        return ask(store)


def restore(file: Path, source: Path, folder: Path, minute: int = 0) -> Path | None:
    return backup.restore(url_of(file), source, folder, NOW + timedelta(minutes=minute))


def test_after_a_restore_numbers_go_on_behind_the_highest_ever_given(file: Path, three: Path, folder: Path) -> None:
    restore(file, three, folder)
    with raw(file) as connection:
        assert connection.execute("SELECT max(id) FROM request").fetchone() == (3,)
    assert next_numbers(file) == (6, 6)
    assert next_numbers(file) == (7, 7)
    assert is_sound(file)


def test_a_second_restore_forgets_no_number_either(file: Path, three: Path, folder: Path) -> None:
    for minute in range(3):
        restore(file, three, folder, minute)
    assert next_numbers(file) == (6, 6)
    restore(file, three, folder, 4)
    assert next_numbers(file) == (7, 7)


def test_a_backup_with_nothing_in_it_gives_no_number_again(file: Path, folder: Path, tmp_path: Path) -> None:
    restore(file, with_requests(file, tmp_path / "empty.db", 0, 2), folder)
    assert next_numbers(file) == (3, 3)


def test_a_backup_that_knows_of_more_numbers_than_the_database_is_gone_on_from(
    file: Path, three: Path, folder: Path, tmp_path: Path
) -> None:
    restore(file, three, folder)
    ahead = tmp_path / "ahead.db"
    with opened(file) as store:
        backup.copy_to(store, ahead)
    (tmp_path / "other").mkdir()
    other = tmp_path / "other" / "penelope-admin.db"
    assert next_numbers(other) == (1, 1)
    restore(other, ahead, folder, 1)
    assert next_numbers(other) == (6, 6)


def test_a_program_that_has_the_database_open_gives_no_number_again(file: Path, three: Path, folder: Path) -> None:
    with opened(file) as other:
        assert ask(other) == (6, 6)
        restore(file, three, folder)
        assert ask(other) == (7, 7)


def test_who_finds_the_restored_rows_finds_the_numbers_too(
    file: Path, three: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program may be killed right after the copy, or another be quicker."""
    copy = backup._copy

    def copy_and_die(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
        copy(source, target)
        if target.execute("PRAGMA database_list").fetchone()[2] == str(file):
            raise KeyboardInterrupt

    monkeypatch.setattr(backup, "_copy", copy_and_die)
    with pytest.raises(KeyboardInterrupt):
        restore(file, three, folder)
    with raw(file) as connection:
        assert connection.execute("SELECT max(id) FROM request").fetchone() == (3,)
    assert next_numbers(file) == (6, 6)


def test_the_backup_itself_keeps_its_numbers(file: Path, three: Path, folder: Path, tmp_path: Path) -> None:
    restore(file, three, folder)
    (tmp_path / "new").mkdir()
    fresh = tmp_path / "new" / "penelope-admin.db"
    restore(fresh, three, folder, 1)
    assert next_numbers(fresh) == (4, 4)


@pytest.mark.parametrize("broken", [b"\x00not a database\x00" * 100, b"", b"SQLite format 3\x00" + bytes(100)])
def test_over_a_damaged_database_numbers_go_on_as_the_backup_has_them(
    file: Path, three: Path, folder: Path, broken: bytes
) -> None:
    file.write_bytes(broken)
    restore(file, three, folder)
    assert next_numbers(file) == (4, 4)
    assert is_sound(file)


def test_a_database_that_is_damaged_only_elsewhere_still_says_its_numbers(
    file: Path, three: Path, folder: Path
) -> None:
    with raw(file) as connection:
        page, size = connection.execute(
            "SELECT rootpage, (SELECT page_size FROM pragma_page_size) FROM sqlite_master WHERE name = 'request'"
        ).fetchone()
    with file.open("r+b") as stream:
        stream.seek((page - 1) * size)
        stream.write(b"\xa5" * size)
    restore(file, three, folder)
    assert next_numbers(file) == (6, 6)


@pytest.fixture(scope="module")
def empty() -> Iterator[Path]:
    """A database without requests."""
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "empty.db"
        with opened(file):
            pass
        yield file


@tries(max_examples=examples(6, long=100))
@given(steps=st.lists(st.sampled_from(["ask", "ask", "back up"]) | st.integers(0, 3), min_size=3, max_size=12))
def test_in_whatever_order_backups_are_made_and_restored_no_number_comes_twice(
    empty: Path, steps: list[str | int]
) -> None:
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "penelope-admin.db"
        shutil.copyfile(empty, file)
        made: list[Path] = []
        given_out: list[tuple[int, int]] = []
        with opened(file) as store:
            for number, step in enumerate(steps):
                if step == "ask":
                    given_out.append(ask(store))
                elif step == "back up":
                    made.append(Path(place) / f"{number}.db")
                    backup.copy_to(store, made[-1])
                elif made and isinstance(step, int):
                    restore(file, made[step % len(made)], Path(place) / "backups", number)
        assert [numbers[0] for numbers in given_out] == list(range(1, len(given_out) + 1))
        assert [numbers[1] for numbers in given_out] == list(range(1, len(given_out) + 1))
