"""A backup in the place of the database: checked first, and what it replaces is kept."""

from __future__ import annotations

import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from penelope_admin.errors import BadInputError, StoreError
from penelope_admin.store import backup, schema
from penelope_admin.store.engine import Store
from tests.effort import examples
from tests.store.files import NOW, counts, is_sound, opened, put_empty, raw, url_of, without_triggers, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The backup folder."""
    return tmp_path / "backups"


@pytest.fixture
def copy(file: Path, tmp_path: Path) -> Path:
    """A backup with three deeds; the database has gone on to five."""
    target = tmp_path / "elsewhere" / "copy.db"
    target.parent.mkdir()
    put_empty(file)
    with opened(file) as store:
        write(store, 3)
        backup.copy_to(store, target)
        write(store, 2)
    return target


def restore(file: Path, source: Path, folder: Path) -> Path | None:
    return backup.restore(url_of(file), source, folder, NOW)


@contextmanager
def nothing_replaced(file: Path, folder: Path, reason: str) -> Iterator[None]:
    """The block is refused, and the database and the backup folder are as before."""
    with opened(file) as store:
        before = counts(store)
    with pytest.raises(BadInputError, match=reason) as caught:
        yield
    assert "Nothing was replaced" in str(caught.value)
    with opened(file) as store:
        assert counts(store) == before
    assert not folder.exists()


def test_a_restored_database_is_that_of_the_backup(file: Path, copy: Path, folder: Path) -> None:
    restore(file, copy, folder)
    with opened(file) as store:
        assert counts(store) == (3, 3, None)
        write(store)
        assert counts(store) == (4, 4, None)
    assert is_sound(file)


def test_what_is_replaced_is_kept_and_can_be_restored_again(file: Path, copy: Path, folder: Path) -> None:
    replaced = restore(file, copy, folder)
    assert replaced == folder / "2026-12-01T12h00m00s000000-replaced.db"
    assert backup.restore(url_of(file), replaced, folder, NOW + timedelta(seconds=1)) is not None
    with opened(file) as store:
        assert counts(store) == (5, 5, None)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps no such file modes")
def test_the_restored_database_and_what_it_replaced_are_private(file: Path, copy: Path, folder: Path) -> None:
    copy.chmod(0o644)
    replaced = restore(file, copy, folder)
    assert replaced is not None
    assert {stat.S_IMODE(each.stat().st_mode) for each in (file, replaced)} == {0o600}


def test_a_backup_can_be_restored_where_there_is_no_database(copy: Path, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    fresh = tmp_path / "new" / "penelope-admin.db"
    assert restore(fresh, copy, folder) is None
    with opened(fresh) as store:
        assert counts(store) == (3, 3, None)
    if sys.platform != "win32":
        assert stat.S_IMODE(fresh.stat().st_mode) == 0o600


def test_the_backup_itself_is_left_as_it_is(file: Path, copy: Path, folder: Path) -> None:
    before = copy.read_bytes()
    restore(file, copy, folder)
    assert copy.read_bytes() == before
    assert [each.name for each in copy.parent.iterdir()] == [copy.name]


def test_what_another_program_writes_while_the_old_database_is_kept_is_not_lost(
    file: Path, copy: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = backup.copy_to

    def write_after(store: Store, target: Path) -> None:
        kept(store, target)
        with opened(file) as other:
            write(other)

    monkeypatch.setattr(backup, "copy_to", write_after)
    with pytest.raises(StoreError, match=r"has just written to the database\. Nothing was replaced\. Try again"):
        restore(file, copy, folder)
    with opened(file) as store:
        assert counts(store) == (6, 6, None)
    monkeypatch.undo()
    restore(file, copy, folder)
    with opened(file) as store:
        assert counts(store) == (3, 3, None)


def test_another_program_that_has_the_database_open_sees_the_restored_state(
    file: Path, copy: Path, folder: Path
) -> None:
    with opened(file) as other:
        assert counts(other) == (5, 5, None)
        restore(file, copy, folder)
        assert counts(other) == (3, 3, None)
        write(other)
        with opened(file) as store:
            assert counts(store) == counts(other) == (4, 4, None)
        with other.reading() as connection:
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


@pytest.mark.usefixtures("impatient")
def test_a_database_that_another_program_is_writing_to_is_not_replaced(file: Path, copy: Path, folder: Path) -> None:
    with raw(file) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="is locked by another program"):
            restore(file, copy, folder)
    with opened(file) as store:
        assert counts(store) == (5, 5, None)


def test_a_file_copied_by_hand_while_the_program_was_closed_can_be_restored(
    file: Path, copy: Path, folder: Path, tmp_path: Path
) -> None:
    by_hand = tmp_path / "by hand.db"
    shutil.copyfile(file, by_hand)
    restore(file, copy, folder)
    backup.restore(url_of(file), by_hand, folder, NOW + timedelta(seconds=1))
    with opened(file) as store:
        assert counts(store) == (5, 5, None)


# --- what is refused


@pytest.mark.parametrize("content", [b"", b"Dear Support,", b"SQLite format 2\x00" + bytes(4096), b"SQLite format 3"])
def test_what_is_no_database_is_refused(file: Path, copy: Path, folder: Path, content: bytes) -> None:
    copy.write_bytes(content)
    with nothing_replaced(file, folder, "is not a backup of Penelope Admin"):
        restore(file, copy, folder)


def test_a_missing_backup_is_refused(file: Path, copy: Path, folder: Path) -> None:
    with nothing_replaced(file, folder, r"cannot be read \(No such file or directory\)"):
        restore(file, copy.with_name("absent.db"), folder)


def test_a_folder_is_refused(file: Path, copy: Path, folder: Path) -> None:
    with nothing_replaced(file, folder, r"cannot be read \(Is a directory\)"):
        restore(file, copy.parent, folder)


def test_the_database_itself_is_refused(file: Path, copy: Path, folder: Path) -> None:
    with nothing_replaced(file, folder, "cannot be restored from itself"):
        restore(file, file, folder)


@pytest.mark.parametrize("kept", [100, 4096, 0.3, 0.5, 0.9])
def test_a_backup_cut_short_is_refused(file: Path, copy: Path, folder: Path, kept: float) -> None:
    whole = copy.read_bytes()
    copy.write_bytes(whole[: int(kept * len(whole)) if kept < 1 else int(kept)])
    with nothing_replaced(
        file, folder, r"cannot be restored\. The database .* is damaged.* in the data folder, under backups"
    ):
        restore(file, copy, folder)


def test_a_backup_with_any_page_full_of_garbage_is_refused(file: Path, copy: Path, folder: Path) -> None:
    """No page may be unchecked, whether the program would look at it or not."""
    whole, size = copy.read_bytes(), 4096
    for page in range(len(whole) // size):
        copy.write_bytes(whole[: page * size] + b"\xa5" * size + whole[(page + 1) * size :])
        with pytest.raises(BadInputError, match="Nothing was replaced"):
            restore(file, copy, folder)
    assert not folder.exists()
    copy.write_bytes(whole)
    restore(file, copy, folder)


def test_a_backup_of_a_newer_program_is_refused(file: Path, copy: Path, folder: Path) -> None:
    with raw(copy) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with nothing_replaced(file, folder, r"that this one does not know \(revision 9999\)"):
        restore(file, copy, folder)


def test_a_database_of_another_program_is_refused(file: Path, copy: Path, folder: Path) -> None:
    copy.unlink()
    with raw(copy) as connection:
        connection.execute("CREATE TABLE recipe (name)")
    with nothing_replaced(file, folder, "holds other data, not Penelope Admin's"):
        restore(file, copy, folder)


def alter(sql: str, *, keep_triggers: bool = False) -> Callable[[Path], None]:
    """A change of a backup that its own protection would refuse."""

    def change(copy: Path) -> None:
        with raw(copy) as connection:
            kept = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
            without_triggers(connection)
            connection.execute("PRAGMA ignore_check_constraints=ON")
            connection.execute("PRAGMA writable_schema=ON")
            connection.executescript(sql)
            if keep_triggers:
                for _name, definition in kept:
                    connection.execute(definition)

    return change


ENGAGE_ON = (
    "INSERT INTO feature_state (environment, feature, state, version) VALUES ('mirrored', '{feature}', 'on', 1);"
)
WITHOUT_LOCK = (
    "UPDATE sqlite_master SET sql = replace(sql, \"lower(feature) NOT IN ('clientconnect', 'engage') OR\", '1 OR') "
    "WHERE name IN ('feature_state', 'request_feature');"
)
TAMPERED = {
    "a changed entry": (
        alter("UPDATE audit_entry SET who = 'eve' WHERE seq = 2", keep_triggers=True),
        "activity log in .* is broken at entry 2",
    ),
    "an entry taken out": (
        alter("DELETE FROM audit_entry WHERE seq = 1", keep_triggers=True),
        "activity log in .* is broken at entry 1",
    ),
    "an entry with a time that is none": (
        alter("UPDATE audit_entry SET at = 'once' WHERE seq = 3", keep_triggers=True),
        "activity log in .* is broken at entry 3",
    ),
    "no triggers": (alter(""), "does not have the tables of Penelope Admin"),
    "one trigger less": (
        lambda copy: drop(copy, "TRIGGER audit_entry_no_update"),
        "does not have the tables of Penelope Admin",
    ),
    "an index less": (
        lambda copy: drop(copy, "INDEX ix_notice_starts_at"),
        "does not have the tables of Penelope Admin",
    ),
    "a table more": (
        alter("CREATE TABLE extra (a)", keep_triggers=True),
        "does not have the tables of Penelope Admin",
    ),
    "a trigger more": (
        alter(
            "CREATE TRIGGER evil AFTER INSERT ON notice BEGIN DELETE FROM notice; END",
            keep_triggers=True,
        ),
        "does not have the tables of Penelope Admin",
    ),
    "a view more": (alter("CREATE VIEW evil AS SELECT 1", keep_triggers=True), "does not have the tables"),
    "no lock on features": (alter(WITHOUT_LOCK, keep_triggers=True), "does not have the tables of Penelope Admin"),
    "a locked feature on": (
        alter(ENGAGE_ON.format(feature="engage"), keep_triggers=True),
        r"is damaged \(CHECK constraint failed in feature_state\)",
    ),
    "a locked feature on, in capitals": (
        alter(ENGAGE_ON.format(feature="ClientConnect"), keep_triggers=True),
        r"is damaged \(CHECK constraint failed in feature_state\)",
    ),
    "a locked feature planned": (
        alter(
            "INSERT INTO feature_state (environment, feature, state, pending_change, version) "
            "VALUES ('mirrored', 'engage', 'off', 'enable', 1);",
            keep_triggers=True,
        ),
        r"is damaged \(CHECK constraint failed in feature_state\)",
    ),
    "a locked feature on, and no lock": (
        alter(WITHOUT_LOCK + ENGAGE_ON.format(feature="engage"), keep_triggers=True),
        "does not have the tables of Penelope Admin",
    ),
    "a locked feature asked for": (
        alter("INSERT INTO request_feature (request_id, feature) VALUES (1, 'engage')", keep_triggers=True),
        r"is damaged \(CHECK constraint failed in request_feature\)",
    ),
    "a step of no request": (
        alter(
            "INSERT INTO request_step (request_id, at, status, 'by') VALUES (9, '2026-01-01', 'done', 'eve')",
            keep_triggers=True,
        ),
        "is damaged",
    ),
    "an unknown state": (
        alter("UPDATE notice SET kind = 'rumour'", keep_triggers=True),
        "is damaged: kind in row 1 of the table notice is none of the words known there",
    ),
    "an end before the start": (
        alter("UPDATE notice SET ends_at = starts_at", keep_triggers=True),
        r"is damaged \(CHECK constraint failed in notice\)",
    ),
    "no revision": (alter("DELETE FROM alembic_version", keep_triggers=True), "holds other data"),
}


def drop(copy: Path, what: str) -> None:
    with raw(copy) as connection:
        connection.execute(f"DROP {what}")


@pytest.mark.parametrize(("tamper", "reason"), TAMPERED.values(), ids=TAMPERED.keys())
def test_a_backup_that_was_tampered_with_is_refused(
    file: Path, copy: Path, folder: Path, tamper: Callable[[Path], None], reason: str
) -> None:
    tamper(copy)
    with nothing_replaced(file, folder, reason):
        restore(file, copy, folder)


def test_a_backup_whose_trigger_does_nothing_is_refused(file: Path, copy: Path, folder: Path) -> None:
    with raw(copy) as connection:
        connection.execute("DROP TRIGGER audit_entry_no_update")
        connection.execute("CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry BEGIN SELECT 1; END")
    with nothing_replaced(file, folder, "does not have the tables of Penelope Admin"):
        restore(file, copy, folder)


def test_altering_a_backup_as_these_tests_do_is_no_reason_by_itself(file: Path, copy: Path, folder: Path) -> None:
    alter("", keep_triggers=True)(copy)
    restore(file, copy, folder)
    with opened(file) as store:
        assert counts(store) == (3, 3, None)


# --- over something broken


@pytest.mark.parametrize("kept", [0, 100, 5000])
def test_a_damaged_database_is_set_aside_as_it_is_and_replaced(file: Path, copy: Path, folder: Path, kept: int) -> None:
    broken = b"\x00not a database\x00" if kept == 0 else file.read_bytes()[:kept]
    file.write_bytes(broken)
    aside = restore(file, copy, folder)
    assert aside == folder / "2026-12-01T12h00m00s000000-damaged.db"
    assert aside.read_bytes() == broken
    with opened(file) as store:
        assert counts(store) == (3, 3, None)
    if sys.platform != "win32":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_damaged_database_is_set_aside_with_its_write_ahead_log(file: Path, copy: Path, folder: Path) -> None:
    """Another program still has it open; otherwise SQLite would apply the old log to the new file."""
    log = file.with_name(f"{file.name}-wal")
    with raw(file) as other:
        other.execute("INSERT INTO environment (key) VALUES ('mirrored')")
        before = log.read_bytes()
        assert before
        file.write_bytes(b"\x00not a database\x00" * 4096)
        aside = restore(file, copy, folder)
        assert aside is not None
        assert aside.with_name(f"{aside.name}-wal").read_bytes() == before
        with opened(file) as store, store.reading() as connection:
            assert connection.execute(sa.select(schema.environment)).all() == []
    with opened(file) as store:
        assert counts(store) == (3, 3, None)
    assert is_sound(file)


def test_a_log_that_is_left_over_is_not_applied_to_the_restored_database(
    file: Path, copy: Path, folder: Path, tmp_path: Path
) -> None:
    """The program was killed: its write-ahead log is still there, and the file beside it got damaged."""
    saved = tmp_path / "saved"
    saved.mkdir()
    with opened(file) as store:
        write(store, 4)
        for each in (file, file.with_name(f"{file.name}-wal")):
            shutil.copyfile(each, saved / each.name)
    for each in saved.iterdir():
        shutil.copyfile(each, file.with_name(each.name))
    file.write_bytes(b"\xa5" * file.stat().st_size)
    assert restore(file, copy, folder) == folder / "2026-12-01T12h00m00s000000-damaged.db"
    with opened(file) as store:
        assert counts(store) == (3, 3, None)
    assert is_sound(file)


def test_a_database_with_a_damaged_page_can_be_replaced(file: Path, copy: Path, folder: Path) -> None:
    """It still opens, and is kept with its damage."""
    whole, size = file.read_bytes(), 4096
    for page in range(2, len(whole) // size, examples(5, long=1)):
        file.write_bytes(whole[: page * size] + b"\xa5" * size + whole[(page + 1) * size :])
        for beside in (f"{file.name}-wal", f"{file.name}-shm"):
            file.with_name(beside).unlink(missing_ok=True)
        kept = backup.restore(url_of(file), copy, folder, NOW + timedelta(seconds=page))
        assert kept is not None
        assert kept.exists()
        with opened(file) as store:
            assert counts(store) == (3, 3, None)


def test_a_database_of_a_newer_program_is_not_replaced(file: Path, copy: Path, folder: Path) -> None:
    with raw(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="that this one does not know"):
        restore(file, copy, folder)
    with raw(file) as connection:
        assert connection.execute("SELECT count(*) FROM notice").fetchone() == (5,)


def test_a_database_whose_log_is_broken_can_be_replaced_and_is_kept_as_evidence(
    file: Path, copy: Path, folder: Path
) -> None:
    alter("UPDATE audit_entry SET who = 'eve' WHERE seq = 2", keep_triggers=True)(file)
    kept = restore(file, copy, folder)
    assert kept is not None
    with opened(kept) as replaced:
        assert counts(replaced) == (5, 5, 2)
    with opened(file) as store:
        assert counts(store) == (3, 3, None)


def test_the_rows_of_a_restored_database_are_those_of_the_backup(store: Store, tmp_path: Path, folder: Path) -> None:
    with store.writing() as connection:
        connection.execute(sa.insert(schema.environment).values(key="mirrored"))
    backup.copy_to(store, tmp_path / "copy.db")
    with store.writing() as connection:
        connection.execute(sa.delete(schema.environment))
        connection.execute(sa.insert(schema.environment).values(key="preview"))
    backup.restore(store.engine.url, tmp_path / "copy.db", folder, NOW)
    with store.reading() as connection:
        assert connection.execute(sa.select(schema.environment.c.key)).scalars().all() == ["mirrored"]


def test_without_room_for_its_copy_nothing_is_replaced(file: Path, copy: Path, folder: Path) -> None:
    resource = pytest.importorskip("resource", reason="files cannot be kept small here")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with opened(file) as store:
        known = counts(store)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(StoreError, match=r"There is no room for a copy of .* Nothing was replaced. Make room"):
            restore(file, copy, folder)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    with opened(file) as store:
        assert counts(store) == known
