"""From an older revision to the newest: everything is kept, a copy is made first, and a failure changes nothing."""

from __future__ import annotations

import functools
import shutil
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from threading import Barrier

import pytest
import sqlalchemy as sa

from penelope_admin.errors import StoreError
from penelope_admin.store import backup, migrate, schema
from penelope_admin.store.engine import Store, revision_of
from penelope_admin.store.open import open_store
from tests.store.files import NOW, counts, opened, raw, url_of, write

NEXT = '''
"""A table more."""

import sqlalchemy as sa
from alembic import op

revision = "next"
down_revision = "{newest}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("extra", sa.Column("id", sa.Integer, primary_key=True))
    op.execute("INSERT INTO extra SELECT id FROM notice")
    {end}
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The backup folder."""
    return tmp_path / "backups"


@pytest.fixture
def old(file: Path) -> Path:
    """A database of today, with three deeds in it."""
    with opened(file) as store:
        write(store, 3)
    return file


def tomorrow(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, end: str = "pass") -> None:
    """The program's next release: one migration more."""
    folder = tmp_path / "migrations"
    shutil.copytree(migrate._FOLDER, folder)
    (folder / "versions" / "next.py").write_text(NEXT.format(newest=schema.REVISION, end=end), "utf-8")
    monkeypatch.setattr(migrate, "_FOLDER", folder)
    monkeypatch.setattr(schema, "REVISION", "next")
    # What a fresh database looks like is kept for the whole process: that of today's release is another.
    monkeypatch.setattr(backup, "fresh_objects", functools.cache(backup.fresh_objects.__wrapped__))


def state_of(store: Store) -> tuple[str | None, bool]:
    with store.reading() as connection:
        return revision_of(connection), sa.inspect(connection).has_table("extra")


def test_an_older_database_is_migrated_with_everything_in_it(
    old: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tomorrow(monkeypatch, tmp_path)
    store = open_store(url_of(old), NOW, folder)
    try:
        assert state_of(store) == ("next", True)
        assert counts(store) == (3, 3, None)
        with store.reading() as connection:
            assert connection.execute(sa.text("SELECT count(*) FROM extra")).scalar() == 3
    finally:
        store.close()


def test_a_copy_of_the_older_database_is_kept(
    old: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = schema.REVISION
    tomorrow(monkeypatch, tmp_path)
    open_store(url_of(old), NOW, folder).close()
    (kept,) = folder.iterdir()
    assert kept.name == "2026-12-01T12h00m00s000000-before-migration.db"
    with raw(kept) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(before,)]
        assert connection.execute("SELECT count(*) FROM notice").fetchone() == (3,)


def test_a_first_schema_that_was_edited_has_another_revision() -> None:
    """Else a database from before would be taken for one of today, and fail where it is read."""
    tables = "\n".join(sorted(map(str, backup.fresh_objects())))
    digest = sha256(tables.encode()).hexdigest()[:8]
    assert f"first_schema_{digest}" == schema.REVISION


def test_a_new_database_leaves_no_copy(file: Path, folder: Path) -> None:
    open_store(url_of(file), NOW, folder).close()
    assert not folder.exists()


def test_a_database_of_today_leaves_no_copy(old: Path, folder: Path) -> None:
    open_store(url_of(old), NOW, folder).close()
    assert not folder.exists()


@pytest.mark.parametrize("end", ["raise ZeroDivisionError", 'op.execute("INSERT INTO nowhere VALUES (1)")'])
def test_a_migration_that_fails_leaves_the_database_as_it_was(
    old: Path, folder: Path, tmp_path: Path, end: str
) -> None:
    today = schema.REVISION
    with pytest.MonkeyPatch.context() as patched:
        tomorrow(patched, tmp_path, end)
        with pytest.raises((ZeroDivisionError, StoreError)):
            open_store(url_of(old), NOW, folder)
    with opened(old) as store:
        assert state_of(store) == (today, False)
        assert counts(store) == (3, 3, None)


def test_a_copy_that_cannot_be_made_stops_the_migration(old: Path, folder: Path, tmp_path: Path) -> None:
    folder.touch()
    today = schema.REVISION
    with pytest.MonkeyPatch.context() as patched:
        tomorrow(patched, tmp_path)
        with pytest.raises(StoreError, match=r"The backup folder .* cannot be made"):
            open_store(url_of(old), NOW, folder)
    with opened(old) as store:
        assert state_of(store) == (today, False)


def test_programs_that_migrate_at_once_do_it_once(
    old: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tomorrow(monkeypatch, tmp_path)
    barrier = Barrier(3)

    def start(_nth: int) -> tuple[str | None, bool]:
        barrier.wait()
        store = open_store(url_of(old), NOW, None)
        try:
            write(store)
            return state_of(store)
        finally:
            store.close()

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(start, range(3))) == [("next", True)] * 3
    store = open_store(url_of(old), NOW)
    assert counts(store) == (6, 6, None)
    store.close()


def test_a_backup_of_an_older_program_is_migrated_when_it_is_restored(
    old: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "copy.db"
    with opened(old) as store:
        backup.copy_to(store, copy)
        write(store)
    tomorrow(monkeypatch, tmp_path)
    backup.restore(url_of(old), copy, folder, NOW)
    store = open_store(url_of(old), NOW)
    assert state_of(store) == ("next", True)
    assert counts(store) == (3, 3, None)
    store.close()


def test_a_percent_sign_in_the_program_s_folder_does_no_harm(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "100%(here)s"
    shutil.copytree(migrate._FOLDER, folder)
    monkeypatch.setattr(migrate, "_FOLDER", folder)
    with opened(file) as store:
        assert counts(store) == (0, 0, None)
