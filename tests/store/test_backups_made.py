"""Copies of the database: whole, private, consistent, and no more than needed."""

from __future__ import annotations

import os
import sqlite3
import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
import sqlalchemy as sa

from penelope_admin.errors import BadInputError, StoreError
from penelope_admin.store import backup
from penelope_admin.store.engine import Store, make_engine
from tests.store.files import NOW, counts, is_sound, opened, raw, without_triggers, write

DAY = timedelta(days=1)
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps no such file modes")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where backups go; not there yet."""
    return tmp_path / "backups"


def test_a_copy_holds_everything_and_can_be_opened(store: Store, tmp_path: Path) -> None:
    write(store, 5)
    backup.copy_to(store, tmp_path / "copy.db")
    with opened(tmp_path / "copy.db") as copy:
        assert counts(copy) == counts(store) == (5, 5, None)


def test_a_copy_is_one_file_and_leaves_nothing_beside_it(store: Store, folder: Path) -> None:
    folder.mkdir()
    write(store)
    backup.copy_to(store, folder / "copy.db")
    assert [each.name for each in folder.iterdir()] == ["copy.db"]
    with raw(folder / "copy.db") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert connection.execute("SELECT count(*) FROM notice").fetchone() == (1,)


@POSIX
def test_a_copy_is_private_even_where_files_are_not(store: Store, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    target.touch(0o666)
    before = os.umask(0)
    try:
        backup.copy_to(store, target)
    finally:
        os.umask(before)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_a_copy_takes_the_place_of_an_older_one(store: Store, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    write(store)
    backup.copy_to(store, target)
    write(store)
    backup.copy_to(store, target)
    with opened(target) as copy:
        assert counts(copy) == (2, 2, None)


def test_what_is_not_written_yet_is_not_copied(store: Store, tmp_path: Path) -> None:
    write(store)
    with store.writing() as connection:
        connection.execute(sa.text("DELETE FROM notice"))
        backup.copy_to(store, tmp_path / "copy.db")
    with opened(tmp_path / "copy.db") as copy:
        assert counts(copy) == (1, 1, None)


def test_copies_made_while_others_write_are_each_of_one_moment(store: Store, tmp_path: Path) -> None:
    """A deed and its entry are written together, so every copy must have as many of one as of the other."""
    enough = Event()
    write(store, 20)

    def keep_writing() -> int:
        number = 0
        with opened(store.file or Path()) as other:
            while not enough.is_set():
                write(other, 3)
                number += 3
        return number

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(keep_writing)
        seen = set()
        try:
            for nth in range(200):
                target = tmp_path / f"{nth % 4}.db"
                backup.copy_to(store, target)
                with opened(target) as copy:
                    deeds, entries, broken = counts(copy)
                assert (deeds, broken) == (entries, None)
                seen.add(deeds)
                if len(seen) >= 5:
                    break
        finally:
            enough.set()
        written = writing.result()
    assert len(seen) >= 5  # it was written to in between
    assert counts(store) == (20 + written, 20 + written, None)


@pytest.mark.parametrize("name", ["penelope-admin.db", "./penelope-admin.db", "sub/../penelope-admin.db"])
def test_a_copy_cannot_take_the_place_of_the_database(store: Store, tmp_path: Path, name: str) -> None:
    (tmp_path / "sub").mkdir()
    with pytest.raises(BadInputError, match=r"A backup cannot be the database itself\. Nothing was written"):
        backup.copy_to(store, tmp_path / name)


def test_a_copy_cannot_take_the_place_of_the_database_by_a_link(store: Store, tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(tmp_path / "penelope-admin.db")
    with pytest.raises(BadInputError, match="A backup cannot be the database itself"):
        backup.copy_to(store, tmp_path / "link.db")


def test_a_copy_into_a_missing_folder_is_refused(store: Store, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"cannot be written \(No such file or directory\)\. Nothing was replaced"):
        backup.copy_to(store, tmp_path / "absent" / "copy.db")


def test_a_copy_in_the_place_of_a_folder_is_refused_and_leaves_nothing(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "copy.db"
    (folder / "inside").mkdir(parents=True)
    before = {each.name for each in tmp_path.iterdir()}
    with pytest.raises(BadInputError, match=r"cannot be written \(Is a directory\)"):
        backup.copy_to(store, folder)
    assert {each.name for each in tmp_path.iterdir()} == before


@pytest.mark.usefixtures("impatient")
def test_a_copy_of_a_database_that_stays_locked_is_given_up_and_leaves_nothing(file: Path, tmp_path: Path) -> None:
    with opened(file) as store:
        write(store)
    with opened(file) as store:
        store.engine.dispose()
        target = tmp_path / "copy.db"
        with raw(file) as other:
            other.execute("PRAGMA locking_mode=EXCLUSIVE")
            other.execute("BEGIN EXCLUSIVE")
            with pytest.raises(StoreError, match="is locked by another program"):
                backup.copy_to(store, target)
        assert not [each for each in tmp_path.iterdir() if "copy" in each.name]
        backup.copy_to(store, target)
        assert is_sound(target)


def test_a_kept_copy_is_named_after_the_instant_and_its_purpose(store: Store, folder: Path) -> None:
    now = datetime(2026, 12, 1, 9, 8, 7, 65, tzinfo=UTC)
    kept = backup.keep(store, folder, now, "replaced")
    assert kept == folder / "2026-12-01T09h08m07s000065-replaced.db"
    assert is_sound(kept)


@POSIX
def test_the_backup_folder_is_private(store: Store, folder: Path) -> None:
    before = os.umask(0)
    try:
        backup.keep(store, folder, NOW, "replaced")
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_file_in_the_place_of_the_backup_folder_is_reported(store: Store, folder: Path) -> None:
    folder.touch()
    with pytest.raises(StoreError, match=r"The backup folder .* cannot be made \(File exists\)"):
        backup.keep(store, folder, NOW, "replaced")
    with pytest.raises(StoreError, match=r"The backup folder .* cannot be made \(File exists\)"):
        backup.daily(store, folder, NOW)


# --- every day


def test_each_day_has_one_copy(store: Store, folder: Path) -> None:
    write(store)
    first = backup.daily(store, folder, NOW)
    assert first == folder / "2026-12-01-daily.db"
    write(store)
    assert backup.daily(store, folder, NOW + timedelta(hours=11)) is None
    with opened(first) as copy:
        assert counts(copy) == (1, 1, None)
    second = backup.daily(store, folder, NOW + timedelta(hours=12))
    assert second == folder / "2026-12-02-daily.db"
    with opened(second) as copy:
        assert counts(copy) == (2, 2, None)


def test_the_newest_fourteen_daily_copies_are_kept_and_nothing_else_is_touched(store: Store, folder: Path) -> None:
    folder.mkdir()
    others = {"2020-01-01T00h00m00s000000-replaced.db", "holiday-daily.txt", "daily.db"}
    for name in others:
        (folder / name).touch()
    days = [NOW + nth * DAY for nth in range(20)]
    for day in days:
        backup.daily(store, folder, day)
    kept = {f"{day:%Y-%m-%d}-daily.db" for day in days[-14:]}
    assert {each.name for each in folder.iterdir()} == kept | others


def test_a_day_left_out_does_not_cost_a_copy(store: Store, folder: Path) -> None:
    days = [NOW + nth * 10 * DAY for nth in range(14)]
    for day in days:
        backup.daily(store, folder, day)
    assert len(list(folder.iterdir())) == 14


def spoil_a_row(file: Path) -> None:
    """Something only SQLite's own check finds: an entry of the log that breaks a rule of its table."""
    with raw(file) as connection:
        connection.execute("PRAGMA ignore_check_constraints=ON")
        connection.execute("UPDATE notice SET ends_at = starts_at")


def spoil_a_reference(file: Path) -> None:
    with raw(file) as connection:
        connection.execute("INSERT INTO request_step (request_id, at, status, 'by') VALUES (9, '2026', 'done', 'x')")


def spoil_a_page(file: Path) -> None:
    with raw(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        page = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'ix_notice_starts_at'").fetchone()[0]
    with file.open("r+b") as stream:
        stream.seek(4096 * (page - 1))
        stream.write(os.urandom(4096))


@pytest.mark.parametrize("spoil", [spoil_a_row, spoil_a_reference, spoil_a_page])
def test_a_damaged_database_is_not_copied_and_pushes_no_good_copy_out(file: Path, folder: Path, spoil: object) -> None:
    with opened(file) as store:
        write(store, 3)
        for nth in range(14):
            backup.daily(store, folder, NOW - nth * DAY)
    before = {each.name for each in folder.iterdir()}
    assert len(before) == 14
    spoil(file)  # type: ignore[operator]
    with opened(file) as store, pytest.raises(StoreError, match="is damaged"):
        backup.daily(store, folder, NOW + DAY)
    assert {each.name for each in folder.iterdir()} == before


def test_a_database_on_a_server_has_no_copies_here(tmp_path: Path) -> None:
    """Any engine whose URL names no file stands for a server."""
    engine = make_engine(sa.make_url("sqlite://"))
    server = Store(engine)
    with pytest.raises(BadInputError, match=r"kept by a server\. Back it up and restore it there"):
        backup.copy_to(server, tmp_path / "copy.db")
    assert backup.daily(server, tmp_path, NOW) is None
    with pytest.raises(BadInputError, match="kept by a server"):
        backup.restore(sa.make_url("postgresql://db.example/x"), tmp_path / "copy.db", tmp_path, NOW)
    engine.dispose()


def test_a_log_that_was_tampered_with_is_copied_as_it_is(store: Store, file: Path, folder: Path) -> None:
    """The copy is evidence; verifying the log is another thing, and `restore` does it."""
    write(store, 3)
    with raw(file) as connection:
        without_triggers(connection)
        connection.execute("UPDATE audit_entry SET who = 'eve' WHERE seq = 2")
    kept = backup.daily(store, folder, NOW)
    assert kept is not None
    with closing(sqlite3.connect(kept)) as connection, connection:
        assert connection.execute("SELECT who FROM audit_entry WHERE seq = 2").fetchone() == ("eve",)
    connection.close()
