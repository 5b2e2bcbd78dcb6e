"""The activity log held against the tables it speaks of: what was changed behind the program's back is named."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from penelope_admin.app import App
from penelope_admin.domain.features import Acknowledgement
from penelope_admin.domain.requests import RequestInput
from penelope_admin.errors import DamagedError
from penelope_admin.gateways.reports import to_html
from penelope_admin.services import activity, features, projects, reports, requests, sites
from penelope_admin.services.calendar import notices, support
from penelope_admin.services.mirror import environments
from penelope_admin.services.reports import Order
from penelope_admin.services.work import Context
from penelope_admin.store import audit, replay, schema
from tests import demo
from tests.services.conftest import Open
from tests.services.house import NOW, SOON, database, settle, upgraded
from tests.wishes import WISHES

HOUR = timedelta(hours=1)


def make_busy(context: Context) -> None:
    """Something in most tables."""
    context.write(environments.record_event, "mirrored", "upgraded", NOW - 2 * HOUR)
    context.write(environments.record_event, "mirrored", "refreshed", NOW - HOUR)
    known = Acknowledgement(phi=True, environment="mirrored", queue_empty=True)
    context.write(
        features.switch,
        "external-communications.sms",
        "enable",
        reason="Reminder test",
        until=SOON,
        acknowledgement=known,
    )
    context.write(
        features.switch, "general-ledger", "enable", reason="Export", acknowledgement=known, already_done=True
    )
    key = context.write(requests.draft, WISHES["question"]).value.request.id
    context.write(requests.advance, key, "sent")
    context.write(requests.advance, key, "acknowledged", case_number="00123456")
    context.write(requests.remark, key, "They called back.")
    context.write(notices.add, "announced", NOW + 40 * HOUR, NOW + 43 * HOUR, origin="Email")
    context.write(support.add_holiday, "support", SOON, "Closed")
    context.write(sites.add, "Coast", "America/Vancouver")
    assert context.read(activity.verify).holds


@pytest.fixture
def busy(opened: Open, tmp_path: Path) -> Context:
    """An agency in which all of that is."""
    settle(tmp_path / "home", make_busy)
    return opened()


def behind_its_back(context: Context, *statements: str) -> None:
    """What somebody with the file in hand can do: constraints are off, and triggers are put back afterwards."""
    with closing(sqlite3.connect(database(context.home))) as connection:
        kept = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in kept:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("PRAGMA ignore_check_constraints=ON")
        connection.execute("PRAGMA writable_schema=ON")
        for statement in statements:
            connection.execute(statement)
        for _, definition in kept:
            connection.execute(definition)
        connection.commit()


NAMED = {
    "an event taken out": (
        "DELETE FROM environment_event WHERE kind = 'refreshed'",
        "environment_event 2: it is missing; the log says that it is there (id 2, environment mirrored, kind",
    ),
    "an event added": (
        "INSERT INTO environment_event (environment, kind, at, remark, recorded_at, by) SELECT environment, "
        "'upgraded', '2026-12-01 14:59:00.000000', '', recorded_at, by FROM environment_event WHERE id = 2",
        "environment_event 4: it is there (id 4, environment mirrored, kind upgraded",
    ),
    "an event of another time": (
        "UPDATE environment_event SET at = '2026-11-01 00:00:00.000000' WHERE id = 2",
        "environment_event 2: at is 2026-11-01T00:00:00+00:00; the log says 2026-12-01T14:00:00+00:00.",
    ),
    "an event of no kind": (
        "UPDATE environment_event SET kind = 'rufreshed' WHERE id = 2",
        "environment_event 2: kind is none of the words known there; the log says refreshed.",
    ),
    "a feature's state": (
        "UPDATE feature_state SET state = 'on' WHERE feature = 'external-communications.sms'",
        "feature_state mirrored/external-communications.sms: state is on; the log says unknown.",
    ),
    "a locked feature's state": (
        "UPDATE feature_state SET state = 'on', feature = 'engage' WHERE feature = 'general-ledger'",
        "feature_state mirrored/engage: state is on or planned for a feature that is locked.",
    ),
    "an approval": (
        "UPDATE feature_state SET pending_approved_by = 'bob' WHERE pending_change = 'enable'",
        "feature_state mirrored/external-communications.sms: pending_approved_by is bob; the log says nothing.",
    ),
    "a case number": (
        "UPDATE request SET case_number = '00123457'",
        "request 1: case_number is 00123457; the log says 00123456.",
    ),
    "a status": ("UPDATE request SET status = 'done'", "request 1: status is done; the log says acknowledged."),
    "what somebody typed": (
        "UPDATE request_remark SET text = 'They never called.'",
        "request_remark 1: text is another text than the log's.",
    ),
    "a notice": ("DELETE FROM notice", "notice 1: it is missing"),
    "a holiday": ("UPDATE holiday SET day = '2026-12-10'", "holiday support/2026-12-11: it is missing"),
    "a project": (
        "INSERT INTO project VALUES (1, 'mirrored', 'Test', 'Test', '2026-12-01', '2026-12-02', NULL, NULL, 'planned', "
        "'2026-12-01 00:00:00.000000', 'eve', 1, NULL, NULL)",
        "project 1: it is there (id 1, environment mirrored, first_day 2026-12-01",
    ),
    "a site": ("UPDATE site SET zone = 'America/Toronto'", "site 1: zone is America/Toronto; the log says America/V"),
    "the agency": ("UPDATE agency SET region = 'AU'", "agency 1: region is AU; the log says CA."),
    "an environment": ("DELETE FROM environment WHERE key = 'training-b'", "environment training-b: it is missing"),
    "a value of no kind": (
        "UPDATE request SET created_at = x'00ff'",
        "request 1: created_at is no time from 1970 to 2100; the log says 2026-12-01T15:00:00+00:00.",
    ),
    "bytes that are no text": (
        "UPDATE request SET title = CAST(x'41ff42' AS TEXT)",
        "request 1: title is no text.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("statement", "says"), NAMED.values(), ids=NAMED.keys())
def test_what_was_changed_behind_the_program_s_back_is_named(busy: Context, statement: str, says: str) -> None:
    behind_its_back(busy, statement)
    found = busy.read(activity.verify)
    assert found.first_broken is None
    assert any(sentence.startswith(says) for sentence in found.differences), found.differences
    assert not found.holds


def test_what_was_changed_behind_its_back_stays_named_after_the_program_itself_has_written_the_row(
    busy: Context,
) -> None:
    """An entry vouches for what its deed changed, and not for the rest of the row."""
    behind_its_back(busy, NAMED["a case number"][0])
    busy.write(requests.advance, 1, "answered")
    busy.write(requests.advance, 1, "done")
    assert busy.read(activity.verify).differences == (NAMED["a case number"][1],)


def test_a_row_added_behind_its_back_stays_named_after_the_program_itself_has_written_it(busy: Context) -> None:
    behind_its_back(busy, NAMED["a project"][0])
    busy.write(projects.cancel, 1)
    (said,) = busy.read(activity.verify).differences
    assert said.startswith("project 1: it is there")
    assert said.endswith("the log knows nothing of it.")


def test_an_entry_notes_of_a_row_that_was_there_only_what_its_deed_made_another(busy: Context) -> None:
    busy.write(requests.advance, 1, "answered")
    with busy.store.reading() as connection:
        (entry, *_) = audit.page(connection)
    noted = json.loads(entry.changed or "")
    assert noted["request"]["1"].keys() == {"status", "version"}
    (step,) = noted["request_step"].values()
    assert {"id", "request_id", "status", "at", "by"} <= step.keys()


def test_a_row_that_is_written_and_stays_as_it_was_is_not_noted(busy: Context) -> None:
    with busy.store.writing() as connection:
        connection.execute(sa.update(schema.request).values(title=schema.request.c.title))
        audit.append(connection, at=NOW, who="ada", action="test.nothing", subject="x")
        (entry, *_) = audit.page(connection)
    assert entry.changed is None


def test_a_constraint_that_was_edited_out_is_named(busy: Context) -> None:
    behind_its_back(
        busy, "UPDATE sqlite_master SET sql = replace(sql, 'lower(feature) NOT IN', '1 OR lower(feature) NOT IN') "
        "WHERE name = 'feature_state'",
    )  # fmt: skip
    assert busy.read(activity.verify).differences == (
        "table feature_state: it is missing, added, or not as the program makes it.",
    )


def test_a_row_against_a_constraint_is_named_as_damage(busy: Context) -> None:
    behind_its_back(busy, "INSERT INTO request_feature VALUES (1, 'engage')")
    says = " ".join(busy.read(activity.verify).differences)
    assert "CHECK constraint failed in request_feature" in says
    assert "request_feature 1/engage: feature is a locked feature, or no text." in says


def test_a_log_out_of_which_its_rows_were_taken_knows_none_of_them(busy: Context) -> None:
    """Whoever takes out what it says of rows, and makes all hashes anew, has not made it say less than nothing."""
    behind_its_back(busy, "UPDATE audit_entry SET changed = NULL")
    with busy.store.reading() as connection:
        found = replay.differences(connection)
    assert {row.table for row in found} > {"agency", "environment_event", "request"}
    assert all(row.sentence.endswith("the log knows nothing of it.") for row in found)


@pytest.mark.parametrize("changed", ["[]", '{"request": []}', '{"request": {"1": "done"}}'])
def test_a_log_that_says_of_rows_what_no_action_leaves_is_damaged(busy: Context, changed: str) -> None:
    behind_its_back(busy, f"UPDATE audit_entry SET changed = '{changed}' WHERE seq = 3")
    damaged = pytest.raises(
        DamagedError, match="changed in row 3 of the table audit_entry is not what an action leaves"
    )
    with damaged, busy.store.reading() as connection:
        replay.differences(connection)


@pytest.mark.parametrize("kind", ["state", "exposure"])
def test_a_report_says_what_differs_instead_of_being_verified(busy: Context, kind: reports.Kind) -> None:
    assert "not verified" not in to_html(busy.read(reports.make, Order(kind)))
    behind_its_back(busy, "DELETE FROM environment_event WHERE kind = 'refreshed'")
    page = to_html(busy.read(reports.make, Order(kind)))
    assert "This report is not verified" in page
    assert "environment_event 2: it is missing" in page


def test_a_report_s_hash_does_not_check_out_where_the_database_was_changed(busy: Context) -> None:
    head = busy.read(activity.verify).head
    assert busy.read(reports.check, head).holds
    behind_its_back(busy, "UPDATE feature_state SET state = 'off' WHERE state = 'on'")
    found = busy.read(reports.check, head)
    assert found.entry is not None
    assert found.verified.first_broken is None
    assert not found.holds


LOCKED = {
    "on": "UPDATE feature_state SET state = 'on', feature = 'engage' WHERE feature = 'general-ledger'",
    "planned": "UPDATE feature_state SET feature = 'clientconnect' WHERE pending_change = 'enable'",
}


@pytest.mark.parametrize("statement", LOCKED.values(), ids=LOCKED.keys())
def test_a_locked_feature_that_is_on_or_planned_is_damage_and_no_step_to_take(busy: Context, statement: str) -> None:
    from penelope_admin.services import overview

    behind_its_back(busy, statement)
    for look in (features.find_all, environments.find_all, overview.load):
        with pytest.raises(DamagedError, match="table feature_state is on or planned for a feature that is locked"):
            busy.read(look)


def test_a_row_that_a_damaged_index_brings_unasked_is_damage(busy: Context) -> None:
    """One bit of the index is another: its entries are out of order, and a search brings one that was not asked for."""
    busy.store.engine.dispose()  # so that nothing is in a log beside the file, or in memory
    file = database(busy.home)
    whole = file.read_bytes()
    changed = re.sub(rb"mirrored(general-ledger(?!on))", rb"mirrnred\1", whole)
    assert changed != whole
    file.write_bytes(changed)
    with pytest.raises(DamagedError, match=r"row mirrnred/general-ledger .* is not what was asked for"):
        busy.read(features.find_all)
    assert not busy.read(activity.verify).holds


def test_a_locked_feature_in_a_request_is_damage(busy: Context) -> None:
    behind_its_back(busy, "INSERT INTO request_feature VALUES (1, 'ClientConnect')")
    with pytest.raises(DamagedError, match="row 1/ClientConnect of the table request_feature is a locked feature"):
        busy.read(requests.find_all)


def test_a_locked_feature_in_a_project_is_damage(busy: Context) -> None:
    behind_its_back(busy, NAMED["a project"][0], "INSERT INTO project_feature VALUES (1, 'engage', '2026-12-01', "
        "'2026-12-02', '')")  # fmt: skip
    with pytest.raises(DamagedError, match="row 1/engage of the table project_feature is a locked feature"):
        busy.read(projects.find_all)


def test_an_event_of_an_unknown_kind_is_damage_and_not_passed_over(busy: Context) -> None:
    behind_its_back(busy, "UPDATE environment_event SET kind = 'rufreshed' WHERE kind = 'refreshed'")
    for look in (features.find_all, environments.find_all):
        with pytest.raises(DamagedError, match="kind in row 2 of the table environment_event is none of the words"):
            busy.read(look)


def test_text_that_is_no_utf_8_is_damage_named_with_its_row_and_not_quoted(busy: Context) -> None:
    behind_its_back(busy, "UPDATE request SET reason = CAST(x'4a616e6520ff' AS TEXT)")
    with pytest.raises(DamagedError, match="reason in row 1 of the table request is no text") as caught:
        busy.read(requests.find_all)
    assert "Jane" not in str(caught.value)


def test_a_feature_that_the_policy_does_not_know_any_more_is_shown_by_its_key(context: Context) -> None:
    wish = RequestInput("refresh", "mirrored", reason="Data", features=("general-ledger",))
    key = context.write(requests.draft, wish).value.request.id
    behind_its_back(context, "UPDATE request_feature SET feature = 'renamed-by-the-vendor'")
    assert context.read(requests.find_all)[0].feature_names == ("renamed-by-the-vendor",)
    assert (
        "renamed-by-the-vendor" not in context.read(requests.find, key).letter.body
    )  # nobody asks for what nobody knows


def test_an_environment_that_the_policy_does_not_know_is_shown_by_its_key(context: Context) -> None:
    context.write(requests.draft, RequestInput("refresh", "mirrored", reason="Data"))
    behind_its_back(context, "UPDATE request SET environment = 'mirroree'")
    (found,) = context.read(requests.find_all)
    assert (found.environment_name, found.summary) == ("mirroree", "refresh of mirroree")


@pytest.fixture
def played(tmp_path: Path) -> Iterator[App]:
    """The demonstration's data folder: every service has been at work in it."""
    app = demo.make_demo(tmp_path / "home")
    yield app
    app.forget_database()


def test_all_that_the_program_itself_does_is_what_the_log_says(played: App) -> None:
    assert played.context.read(activity.verify) == played.context.read(activity.verify)
    assert played.context.read(activity.verify).holds


def test_events_are_neither_changed_nor_taken_out_nor_replaced(busy: Context) -> None:
    upgraded(busy)
    for statement in (
        "UPDATE environment_event SET kind = 'upgraded'",
        "DELETE FROM environment_event",
        "INSERT OR REPLACE INTO environment_event SELECT * FROM environment_event WHERE id = 2",
    ):
        with (
            closing(sqlite3.connect(database(busy.home))) as connection,
            pytest.raises(sqlite3.IntegrityError, match="events are never changed"),
        ):
            connection.execute(statement)


def test_an_index_whose_name_is_torn_is_named_and_no_bug(busy: Context) -> None:
    """Of one name the file says that it is bytes, and those cannot be sorted among words."""
    behind_its_back(busy, "UPDATE sqlite_master SET name = CAST(name AS BLOB) WHERE name = 'ix_notice_starts_at'")
    differences = busy.read(activity.verify).differences
    assert "index ix_notice_starts_at: it is missing, added, or not as the program makes it." in differences
