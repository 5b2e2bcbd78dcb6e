"""A database of the first release, brought to today's revision with everything in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from penelope_admin.clock import FixedClock
from penelope_admin.domain.requests import RequestKind
from penelope_admin.policy import Policy
from penelope_admin.services import agency, delivery, environments, features, requests
from penelope_admin.services.work import Context
from penelope_admin.store import audit, schema
from penelope_admin.store.engine import Store, open_store, revision_of
from tests.services.house import change_agency, log
from tests.store import first_release
from tests.store.files import NOW, definitions, is_sound, opened, raw, url_of
from tests.wishes import DRAFTED_AT, KINDS, WISHES


@pytest.fixture
def old(file: Path) -> Path:
    """The first release's database."""
    engine = sa.create_engine(url_of(file))
    with engine.begin() as connection:
        first_release.make(connection)
    engine.dispose()
    return file


@pytest.fixture
def store(old: Path, tmp_path: Path) -> Iterator[Store]:
    """The same, opened by the program of today."""
    store = open_store(url_of(old), NOW, tmp_path / "backups")
    yield store
    store.close()


@pytest.fixture
def context(store: Store, tmp_path: Path, policy: Policy) -> Context:
    """The services on it."""
    return Context(store, FixedClock(DRAFTED_AT), policy, "ada", tmp_path)


def test_it_is_of_today_s_revision_afterwards(store: Store) -> None:
    with store.reading() as connection:
        assert revision_of(connection) == schema.REVISION != "0001"


@pytest.mark.parametrize("table", first_release.ROWS)
def test_every_row_is_as_it_was(store: Store, table: str) -> None:
    with store.reading() as connection:
        assert first_release.read(connection, table) == first_release.ROWS[table]


def test_the_log_is_whole_and_goes_on(context: Context) -> None:
    with context.store.reading() as connection:
        assert audit.first_broken(connection) is None
    context.write(requests.draft, WISHES["defect"])
    entries = log(context)
    assert [entry.action for entry in entries[:3]] == ["request.drafted"] * 3
    assert {entry.action for entry in entries[3:-1]} == {"log.rows-noted"}
    assert entries[-1].action == "request.drafted"
    with context.store.reading() as connection:
        assert audit.first_broken(connection) is None


def test_it_has_the_same_tables_as_a_database_made_today(store: Store, old: Path, tmp_path: Path) -> None:
    with opened(tmp_path / "fresh.db"):
        pass
    assert definitions(old) == definitions(tmp_path / "fresh.db")
    with raw(old) as connection:
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        assert not {name for name in names if name.startswith("kept_")}
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    assert is_sound(old)


def test_new_numbers_go_on_behind_the_highest(context: Context) -> None:
    key = context.write(requests.draft, WISHES["defect"]).value.request.id
    assert key == first_release.LAST_REQUEST + 1
    with context.store.reading() as connection:
        newest = sa.select(sa.func.max(schema.request_step.c.id))
        assert connection.execute(newest).scalar() == first_release.LAST_STEP + 1


def test_a_copy_of_the_old_one_is_kept(store: Store, tmp_path: Path) -> None:
    (kept,) = (tmp_path / "backups").iterdir()
    with raw(kept) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("0001",)]
        assert connection.execute("SELECT count(*) FROM request").fetchone() == (6,)


def test_the_program_reads_what_the_first_release_wrote(context: Context) -> None:
    found = {view.request.id: view.request for view in context.read(requests.find_all)}
    assert {key: request.status for key, request in found.items()} == {
        2: "drafted", 3: "sent", 5: "acknowledged", 6: "scheduled", 7: "done", 9: "cancelled",
    }  # fmt: skip
    assert {request.kind for request in found.values()} == {"refresh"}
    sent = found[3]
    assert (sent.reason, sent.features, sent.title) == ("Reason – 3\nmore", ("external-communications.sms",), "")
    assert [(step.status, step.remark) for step in sent.steps] == [("drafted", ""), ("sent", "By email – twice")]
    assert (found[6].case_number, str(found[6].scheduled_for)) == ("00123456", "2026-12-08")
    assert found[7].wanted_back == ("general-ledger", "ms-exchange")
    profile = context.read(agency.need_profile)
    assert (profile.name, profile.version, profile.delivery, profile.smtp, profile.imap) == (
        "Foyer d’accueil – Est", 3, "mail-program", None, None,
    )  # fmt: skip
    assert context.read(features.find, "general-ledger").state.reason == "Export"
    assert context.read(environments.find_all)[-1].posture.contact_details == "de-identified"


def test_the_requests_of_the_first_release_walk_on(context: Context) -> None:
    assert context.write(requests.advance, 2, "sent").value.version == 3
    assert context.write(requests.advance, 3, "acknowledged", case_number="1").value.status == "acknowledged"
    assert context.write(requests.advance, 6, "done").value.status == "done"
    context.write(requests.remark, 9, "Asked again.")
    assert context.write(delivery.hand_over, 5, "portal").value.parcel.text


@pytest.mark.parametrize("kind", KINDS)
def test_requests_of_every_kind_can_be_drafted_in_it(context: Context, kind: RequestKind) -> None:
    change_agency(context, environments=("mirrored", "training-b"))
    key = context.write(requests.draft, WISHES[kind]).value.request.id
    assert context.read(requests.find, key).request.kind == kind
