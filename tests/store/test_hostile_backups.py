"""Backups made to do harm: refused within seconds and bounds of memory, and nothing is replaced."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from penelope_admin.errors import BadInputError, DamagedError, StoreError
from penelope_admin.store import backup, dialects
from penelope_admin.store.engine import Store
from tests.store.files import NOW, counts, opened, raw, url_of, without_triggers, write

QUICK = 20.0
"""Seconds on a computer that is busy; each takes one or two."""
ENDLESS = "WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r) SELECT max(x) AS {name} FROM r"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "backups"


@pytest.fixture
def copy(file: Path, tmp_path: Path) -> Path:
    """A backup with three deeds; the database has gone on to five."""
    target = tmp_path / "copy.db"
    with opened(file) as store:
        write(store, 3)
        backup.copy_to(store, target)
        write(store, 2)
    return target


@contextmanager
def refused(file: Path, folder: Path, reason: str) -> Iterator[None]:
    """The block is refused in good time; the database is as before and nothing is left over."""
    began = time.monotonic()
    with pytest.raises(BadInputError, match=reason) as caught:
        yield
    assert time.monotonic() - began < QUICK
    assert "Nothing was replaced" in str(caught.value)
    with opened(file) as store:
        assert counts(store) == (5, 5, None)
    assert not folder.exists()
    assert not list(file.parent.glob("penelope-admin-restoring-*"))


def restore(file: Path, source: Path, folder: Path) -> Path | None:
    return backup.restore(url_of(file), source, folder, NOW)


def altered(copy: Path, *statements: str) -> None:
    """Change a backup and keep its triggers."""
    with raw(copy) as connection:
        kept = connection.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        without_triggers(connection)
        connection.execute("PRAGMA ignore_check_constraints=ON")
        connection.execute("PRAGMA writable_schema=ON")
        for statement in statements:
            connection.execute(statement)
        for (definition,) in kept:
            connection.execute(definition)


# --- what is no file of ours


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_is_refused_at_once(file: Path, copy: Path, folder: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with refused(file, folder, "is no file but a pipe or a device"):
        restore(file, tmp_path / "pipe", folder)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there are no device files here")
def test_a_device_is_refused_at_once(file: Path, copy: Path, folder: Path) -> None:
    with refused(file, folder, "is no file but a pipe or a device"):
        restore(file, Path("/dev/zero"), folder)


def test_a_file_of_three_gigabytes_is_refused_before_it_is_copied(file: Path, copy: Path, folder: Path) -> None:
    with copy.open("r+b") as stream:
        stream.truncate(3 << 30)  # takes no room on the disk
    with refused(file, folder, "is larger than 1024 MiB"):
        restore(file, copy, folder)


# --- views, constraints and indexes that have no end


@pytest.mark.parametrize("name", ["alembic_version", "agency"])
def test_a_view_without_an_end_in_place_of_a_table_is_refused(file: Path, copy: Path, folder: Path, name: str) -> None:
    column = {"alembic_version": "version_num"}.get(name, "id")
    altered(copy, f"DROP TABLE {name}", f"CREATE VIEW {name} AS {ENDLESS.format(name=column)}")
    with refused(file, folder, "holds other data|does not have the tables"):
        restore(file, copy, folder)


def test_an_empty_database_with_such_a_view_alone_is_refused(file: Path, copy: Path, folder: Path) -> None:
    copy.unlink()
    with raw(copy) as connection:
        connection.execute(f"CREATE VIEW alembic_version AS {ENDLESS.format(name='version_num')}")
    with refused(file, folder, "holds other data"):
        restore(file, copy, folder)


def test_opening_a_database_with_such_a_view_ends(tmp_path: Path) -> None:
    file = tmp_path / "hang.db"
    with raw(file) as connection:
        connection.execute(f"CREATE VIEW alembic_version AS {ENDLESS.format(name='version_num')}")
    with pytest.raises(StoreError, match="holds other data"), opened(file):
        pass


def test_a_look_that_has_no_end_in_a_database_that_is_open_is_damage(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialects, "MOST_STEPS", 5_000_000)
    with pytest.raises(DamagedError, match="a look at it has no end"), store.reading() as connection:
        connection.exec_driver_sql(ENDLESS.format(name="x")).all()
    assert counts(store) == (0, 0, None)


GREEDY = {
    "a constraint": "UPDATE sqlite_master SET sql = replace(sql, 'CHECK (id = 1)', "
    "'CHECK (id = 1 OR length(hex(zeroblob(300000000))) > 0)') WHERE name = 'agency'",
    "an index": "CREATE INDEX greedy ON notice (length(hex(zeroblob(300000000 + id))))",
}


@pytest.mark.skipif(sys.platform != "linux", reason="memory is measured in kilobytes on Linux only")
def test_a_backup_that_wants_much_memory_gets_none_of_it(file: Path, copy: Path, folder: Path, tmp_path: Path) -> None:
    other = Path(shutil.copyfile(copy, tmp_path / "other.db"))
    with raw(other) as connection:
        connection.execute("CREATE INDEX greedy ON notice (length(hex(zeroblob(3 + id))))")
        connection.execute("PRAGMA writable_schema=ON")
        connection.execute("UPDATE sqlite_master SET sql = ? WHERE name = 'greedy'", (GREEDY["an index"],))
    altered(copy, GREEDY["a constraint"])
    program = """
        import resource, sys
        from pathlib import Path
        from penelope_admin.errors import BadInputError
        from penelope_admin.store import backup
        from tests.store.files import NOW, url_of
        live, folder, *sources = map(Path, sys.argv[1:])
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for source in sources:
            try:
                backup.restore(url_of(live), source, folder, NOW)
            except BadInputError as error:
                assert "does not have the tables" in str(error), error
                print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
    """
    ran = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), str(file), str(folder), str(copy), str(other)],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    first, both = map(int, ran.stdout.split())
    assert first <= both < 120_000, "kilobytes; half a gigabyte was asked for"


# --- values that are none


VALUES = {
    "a blob for a text": ("UPDATE notice SET origin = x'00' WHERE id = 1", "origin in row 1 of the table notice"),
    "an integer for a day": (
        "INSERT INTO request (kind, environment, status, title, reason, earliest, created_at, version) VALUES "
        "('refresh', 'mirrored', 'drafted', '', 'x', 20260101, '2026-12-01 00:00:00.000000', 1)",
        "earliest in row 1 of the table request is no day from 1970 to 2100",
    ),
    "the year 1": (
        "UPDATE notice SET starts_at = '0001-01-01 00:00:00.000000' WHERE id = 2",
        "starts_at in row 2 of the table notice is no time from 1970 to 2100",
    ),
    "the year 9999": (
        "INSERT INTO project VALUES (1, 'mirrored', 'a', 'b', '2026-12-01', '9999-12-31', NULL, NULL, 'planned', "
        "'2026-12-01 00:00:00.000000', 'ada', 1, NULL, NULL)",
        "last_day in row 1 of the table project is no day from 1970 to 2100",
    ),
    "work that comes again in a way that nobody knows": (
        "INSERT INTO project VALUES (1, 'mirrored', 'a', 'b', '2026-12-01', '2026-12-31', NULL, NULL, 'planned', "
        "'2026-12-01 00:00:00.000000', 'ada', 1, NULL, 'hourly/14')",
        "recurs in row 1 of the table project is no way in which work repeats",
    ),
    "a word for a number": ("UPDATE sqlite_sequence SET seq = 'abc'", "numbers to give next are damaged"),
    "a number that is too high for its kind": (
        "UPDATE notice SET recorded_at = 99999999999999999999 WHERE id = 1", "recorded_at in row 1 of the table notice",
    ),
    "a locked feature in capitals": (
        "INSERT INTO project_feature VALUES (1, 'ENGAGE', '2026-12-01', '2026-12-01', '')", "is damaged",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("statement", "reason"), VALUES.values(), ids=VALUES.keys())
def test_a_backup_with_a_value_that_is_none_is_refused(
    file: Path, copy: Path, folder: Path, statement: str, reason: str
) -> None:
    if "sqlite_sequence" in statement:
        altered(copy, "INSERT INTO sqlite_sequence VALUES ('project', 1)")
    altered(copy, statement)
    with refused(file, folder, reason):
        restore(file, copy, folder)


def test_a_value_that_is_far_too_long_is_refused(file: Path, copy: Path, folder: Path) -> None:
    altered(copy, "UPDATE notice SET origin = hex(zeroblob(40000000)) WHERE id = 1")
    with refused(file, folder, "a value in it is far too long"):
        restore(file, copy, folder)


def test_a_byte_that_is_no_utf_8_in_the_schema_of_a_backup_is_damage(file: Path, copy: Path, folder: Path) -> None:
    data = copy.read_bytes()
    at = data.index(b"CREATE TABLE agency")
    copy.write_bytes(data[: at + 8] + b"\xff" + data[at + 9 :])
    with refused(file, folder, f"The database {re.escape(str(copy))} is damaged"):  # by the name that somebody knows
        restore(file, copy, folder)


# --- a database that cannot be opened any more


def spoil_schema(file: Path) -> None:
    """One byte that is no UTF-8 in the schema's text."""
    data = file.read_bytes()
    at = data.index(b"CREATE TABLE agency")
    file.write_bytes(data[: at + 8] + b"\xff" + data[at + 9 :])


def test_one_byte_in_the_schema_is_damage_and_a_good_backup_still_helps(file: Path, copy: Path, folder: Path) -> None:
    with raw(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    spoil_schema(file)
    spoiled = file.read_bytes()
    with pytest.raises(DamagedError, match="is damaged"), opened(file):
        pass
    aside = restore(file, copy, folder)
    assert aside is not None
    assert aside.read_bytes() == spoiled
    with opened(file) as store:
        assert counts(store) == (3, 3, None)


@pytest.mark.parametrize("size", [512, 65536])
def test_a_backup_with_pages_of_another_size_is_restored(file: Path, copy: Path, folder: Path, size: int) -> None:
    with raw(copy) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute(f"PRAGMA page_size={size}")
        connection.execute("VACUUM")
    restore(file, copy, folder)
    with opened(file) as store:
        assert counts(store) == (3, 3, None)


# --- killed in between


def kill_at(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """As a kill would: what comes after does not happen."""

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(backup, name, killed)


@pytest.mark.parametrize("step", ["_keep_damaged", "_go_on_behind", "_put_in_place"])
def test_a_kill_never_leaves_a_folder_without_the_damaged_database(
    file: Path, copy: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    file.write_bytes(b"\x00not a database\x00" * 4096)
    with monkeypatch.context() as patched:
        kill_at(patched, step)
        with pytest.raises(KeyboardInterrupt):
            restore(file, copy, folder)
    assert file.read_bytes() == b"\x00not a database\x00" * 4096
    backup.restore(url_of(file), copy, folder, NOW + timedelta(seconds=1))
    with opened(file) as store:
        assert counts(store) == (3, 3, None)


@pytest.mark.parametrize("step", ["copy_to", "_go_on_behind", "_use_pages_like", "_copy"])
def test_a_kill_before_the_swap_leaves_the_database_as_it_was(
    file: Path, copy: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    with monkeypatch.context() as patched:
        kill_at(patched, step)
        with pytest.raises(KeyboardInterrupt):
            restore(file, copy, folder)
    with opened(file) as store:
        assert counts(store) == (5, 5, None)


KILLED = """
    import os, sys
    from pathlib import Path
    from penelope_admin.store import backup
    from tests.store.files import NOW, url_of
    live, source, folder = map(Path, sys.argv[1:])
    backup._go_on_behind = lambda *_: os._exit(9)
    backup.restore(url_of(live), source, folder, NOW)
"""


def test_what_a_killed_restore_left_is_removed_and_what_another_needs_is_not(
    file: Path, copy: Path, folder: Path
) -> None:
    command = [sys.executable, "-c", textwrap.dedent(KILLED), str(file), str(copy), str(folder)]
    assert subprocess.run(command, check=False, timeout=120).returncode == 9
    (left,) = file.parent.glob("penelope-admin-restoring-*")
    assert (left / "candidate.db").exists()
    with backup._scratch(file.parent) as going_on:
        backup.tidy(file.parent)
        assert not left.exists()
        assert going_on.exists()
    assert not list(file.parent.glob("penelope-admin-restoring-*"))


def test_a_restore_needs_no_temporary_folder_and_so_a_kill_leaves_nothing_there(
    file: Path, copy: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup.fresh_objects.cache_clear()  # what it compares with is made anew, too
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    restore(file, copy, folder)
    with opened(file) as store:
        assert counts(store) == (3, 3, None)


def test_a_limit_of_memory_holds_for_every_connection(store: Store) -> None:
    with pytest.raises(DamagedError, match="far too long"), store.reading() as connection:
        connection.exec_driver_sql("SELECT length(hex(zeroblob(60000000)))").all()
