"""From an older revision to the newest: everything is kept, a copy is made first, and a failure changes nothing."""

from __future__ import annotations

import functools
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier
from uuid import UUID

import pytest
import sqlalchemy as sa

from penelope_admin.errors import StoreError
from penelope_admin.store import audit, backup, migrate, replay, schema
from penelope_admin.store.engine import Store, make_engine, revision_of
from penelope_admin.store.open import open_store
from penelope_admin.store.rows import outbox
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
    assert kept.name == "2026-12-01T120000000000-before-migration.db"
    with raw(kept) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(before,)]
        assert connection.execute("SELECT count(*) FROM notice").fetchone() == (3,)


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


def first_release(file: Path) -> None:
    """A database as the first revision made it, with a row of each kind that is planned on several machines."""
    store = Store(make_engine(url_of(file)))
    migrate.upgrade(store, "first")
    store.close()
    at = "2026-12-01 12:00:00.000000"
    with raw(file) as connection:
        connection.execute(
            "INSERT INTO agency (id, name, region, zone, created_at, version) "
            f"VALUES (1, 'A', 'CA', 'America/Resolute', '{at}', 1)"
        )
        for number in (1, 2):
            connection.execute(
                "INSERT INTO notice (kind, starts_at, ends_at, recorded_at, by) VALUES ('emergency', "
                f"'2026-12-0{number} 12:00:00.000000', '2026-12-0{number} 13:00:00.000000', '{at}', 'ada')"
            )
            connection.execute(
                f"INSERT INTO request (kind, status, reason, created_at, version) "
                f"VALUES ('question', 'drafted', 'Why', '{at}', 1)"
            )
            connection.execute(
                "INSERT INTO project (environment, name, purpose, first_day, last_day, state, created_at, by, version) "
                f"VALUES ('mirrored', 'P', 'p', '2026-12-01', '2026-12-02', 'planned', '{at}', 'ada', 1)"
            )
        connection.commit()


def identities(file: Path) -> list[str]:
    with raw(file) as connection:
        found = [connection.execute("SELECT store_id FROM agency").fetchone()[0]]
        for table in ("notice", "request", "project"):
            found += [uid for (uid,) in connection.execute(f"SELECT uid FROM {table} ORDER BY id")]
    return found


def test_rows_of_the_first_release_get_a_uuid_each_and_the_database_its_own(file: Path) -> None:
    first_release(file)
    open_store(url_of(file), NOW).close()
    found = identities(file)
    assert [str(UUID(uid)) for uid in found] == found
    assert len(set(found)) == 7


def test_a_database_from_before_there_were_sites_has_none_and_can_have_some(file: Path) -> None:
    store = Store(make_engine(url_of(file)))
    migrate.upgrade(store, "versions")
    store.close()
    with raw(file) as connection:
        assert connection.execute("SELECT name FROM sqlite_master WHERE name = 'site'").fetchall() == []
    with opened(file) as store, store.writing() as connection:
        connection.execute(sa.insert(schema.site).values(name="Coast", zone="America/Vancouver"))
        assert connection.execute(sa.select(schema.site)).all() == [(1, "Coast", "America/Vancouver", False)]
        audit.append(connection, at=NOW, who="ada", action="site.added", subject="Coast")


def test_messages_from_before_staff_got_any_stay_their_requests_and_a_notice_has_its_place(file: Path) -> None:
    store = Store(make_engine(url_of(file)))
    migrate.upgrade(store, "recurring")
    store.close()
    at = "2026-12-01 12:00:00.000000"
    with raw(file) as connection:
        connection.execute(
            "INSERT INTO request (kind, status, reason, created_at, version) "
            f"VALUES ('question', 'queued', 'Why', '{at}', 1)"
        )
        connection.execute(
            "INSERT INTO outgoing_message (id, request_id, message_id, sender, recipient, content, state, "
            f"next_attempt_at, created_at, by) VALUES (7, 1, '<1@x>', 'a@x', 'b@x', 'x', 'sent', '{at}', '{at}', 'a')"
        )
        connection.commit()
    with opened(file) as store, store.writing() as connection:
        (known,) = outbox.read(connection)
        assert (known.id, known.request_id, known.recipient, known.window_key) == (7, 1, "b@x", None)
        notice = replace(known, request_id=None, message_id="<2@x>", window_key="2026-12")
        outbox.insert(connection, notice, b"x", "ada")
        assert [found.id for found in outbox.read(connection)] == [7, 8]
        audit.append(connection, at=NOW, who="ada", action="staff-notice.queued", subject="2026-12")


def test_what_a_restored_backup_of_the_first_release_holds_gets_a_uuid_too(
    file: Path, folder: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    first_release(copy)
    with opened(file):
        pass
    backup.restore(url_of(file), copy, folder, NOW)
    assert len(set(identities(file))) == 7
    store = open_store(url_of(file), NOW)
    try:
        with store.reading() as connection:
            assert replay.differences(connection) == []
    finally:
        store.close()


def test_notices_of_the_first_release_have_no_reason_and_the_days_of_its_agency_are_the_policy_s(file: Path) -> None:
    first_release(file)
    open_store(url_of(file), NOW).close()
    with raw(file) as connection:
        assert connection.execute("SELECT DISTINCT reason FROM notice").fetchall() == [("",)]
        assert connection.execute("SELECT notice_days FROM agency").fetchall() == [(None,)]
        assert connection.execute("SELECT count(*) FROM version_note").fetchone() == (0,)


def test_no_project_of_an_earlier_release_comes_again(file: Path) -> None:
    first_release(file)
    open_store(url_of(file), NOW).close()
    with raw(file) as connection:
        assert connection.execute("SELECT DISTINCT recurs FROM project").fetchall() == [(None,)]
