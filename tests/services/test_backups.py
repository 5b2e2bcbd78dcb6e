"""Backups made and put back by the services, with what the log and the settings say afterwards."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from penelope_admin.clock import FixedClock
from penelope_admin.domain.exposure import exposure
from penelope_admin.domain.requests import awaits_word, doubt
from penelope_admin.errors import BadInputError, ReplacedError, StoreError
from penelope_admin.gateways import settings
from penelope_admin.policy import Policy
from penelope_admin.services import activity, agency, backups, features, requests
from penelope_admin.services.backups import Restoring
from penelope_admin.services.mirror import environments
from penelope_admin.services.requests import RequestInput
from penelope_admin.services.work import Context
from penelope_admin.store.engine import database_url
from tests.services.conftest import Open
from tests.services.house import (
    NOW,
    PROFILE,
    SURE,
    change_agency,
    database,
    log,
    nothing_saved,
    one_entry,
    open_context,
    settle,
)


def restoring(context: Context) -> Restoring:
    return Restoring(database_url(context.home, None), context.home, context.clock, context.policy, "ada")


def switch(context: Context, reason: str) -> None:
    context.write(features.switch, "general-ledger", "enable", reason=reason, acknowledgement=SURE, already_done=True)


def reason(context: Context) -> str | None:
    return context.read(features.find, "general-ledger").state.reason


def test_a_backup_is_private_and_is_logged(context: Context, tmp_path: Path) -> None:
    with one_entry(context, "backup.made", "monday.db"):
        assert backups.make(context, tmp_path / "monday.db") == tmp_path / "monday.db"
    assert stat.S_IMODE((tmp_path / "monday.db").stat().st_mode) == 0o600


def test_a_restore_brings_back_the_state_and_says_so_in_the_log(context: Context, tmp_path: Path) -> None:
    switch(context, "before")
    backups.make(context, tmp_path / "monday.db")
    switch(context, "after")
    kept = backups.restore(restoring(context), tmp_path / "monday.db").replaced
    assert kept is not None
    assert reason(context) == "before"
    entry = log(context)[-1]
    assert (entry.action, entry.subject, entry.who) == ("backup.restored", "monday.db", "ada")
    assert json.loads(entry.after or "") == {"from": "monday.db", "replaced": kept.name}
    assert context.read(activity.verify).first_broken is None


def tampered(context: Context, file: Path, *statements: str) -> Path:
    """A backup of which somebody changed rows behind the program's back."""
    backups.make(context, file)
    with closing(sqlite3.connect(file)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return file


def test_a_backup_whose_rows_are_not_what_its_log_says_is_restored_and_what_differs_is_named(
    context: Context, tmp_path: Path
) -> None:
    switch(context, "before")
    file = tampered(context, tmp_path / "monday.db", "UPDATE feature_state SET seen_at = NULL, by = 'eve'")
    done = backups.restore(restoring(context), file)
    assert done.differences == ("feature_state mirrored/general-ledger: by is eve; the log says ada.",)
    assert "changed behind the program's back before it was restored. feature_state mirrored/general" in done.warning
    assert context.read(features.find, "general-ledger").state.by == "eve"
    assert context.read(activity.verify).differences == done.differences
    facts = json.loads(log(context)[-1].after or "")
    assert (facts["differs"], facts["differences"]) == (1, list(done.differences))


def test_of_many_differences_in_a_backup_five_are_named_and_the_rest_counted(context: Context, tmp_path: Path) -> None:
    rows = [
        "INSERT INTO notice (id, kind, starts_at, ends_at, recorded_at, by) VALUES "
        f"({number}, 'announced', '2026-12-03 00:00:00.000000', '2026-12-03 04:00:00.000000', "
        "'2026-12-01 00:00:00.000000', 'eve')"
        for number in range(1, 9)
    ]
    done = backups.restore(restoring(context), tampered(context, tmp_path / "monday.db", *rows))
    assert len(done.differences) == 8
    assert "notice 5: it is there" in done.warning
    assert "notice 6" not in done.warning
    assert " And 3 more. " in done.warning
    facts = json.loads(log(context)[-1].after or "")
    assert (facts["differs"], len(facts["differences"])) == (8, 5)


def test_a_backup_that_is_what_its_log_says_is_restored_without_a_warning(context: Context, tmp_path: Path) -> None:
    switch(context, "before")
    backups.make(context, tmp_path / "monday.db")
    done = backups.restore(restoring(context), tmp_path / "monday.db")
    assert (done.differences, done.warning) == ((), "")


def test_what_a_restore_replaced_can_be_restored_again(context: Context, tmp_path: Path) -> None:
    switch(context, "before")
    backups.make(context, tmp_path / "monday.db")
    switch(context, "after")
    kept = backups.restore(restoring(context), tmp_path / "monday.db").replaced
    assert kept is not None
    assert kept.parent == context.home / "backups"
    backups.restore(restoring(context), kept)
    assert reason(context) == "after"


def test_another_program_that_has_the_database_open_sees_the_restored_state(
    context: Context, opened: Open, tmp_path: Path
) -> None:
    switch(context, "before")
    backups.make(context, tmp_path / "monday.db")
    other = opened("bob")
    switch(other, "after")
    backups.restore(restoring(context), tmp_path / "monday.db")
    assert reason(other) == "before"
    switch(other, "and on")
    assert context.read(activity.verify).first_broken is None


def test_the_settings_are_corrected_after_a_restore(context: Context, tmp_path: Path) -> None:
    backups.make(context, tmp_path / "monday.db")
    context.write(agency.update, msgspec.structs.replace(PROFILE, region="AU", zone="Australia/Sydney", version=1))
    backups.restore(restoring(context), tmp_path / "monday.db")
    assert settings.load(context.home).agency == settings.AgencyCopy(PROFILE.name, "CA", "America/Resolute")


def test_a_restore_works_where_there_is_no_database_yet(
    context: Context, tmp_path: Path, policy: Policy, clock: FixedClock
) -> None:
    switch(context, "before")
    backups.make(context, tmp_path / "monday.db")
    home = tmp_path / "new computer"
    home.mkdir()
    target = Restoring(database_url(home, None), home, clock, policy, "ada")
    assert backups.restore(target, tmp_path / "monday.db").replaced is None
    assert stat.S_IMODE(database(home).stat().st_mode) == 0o600
    there = open_context(home, policy, clock)
    assert reason(there) == "before"
    there.store.close()


def test_a_restore_works_over_a_damaged_database_which_is_kept(context: Context, tmp_path: Path) -> None:
    switch(context, "before")
    backups.make(context, tmp_path / "monday.db")
    context.store.close()
    database(context.home).write_bytes(b"rubbish" * 4000)
    kept = backups.restore(restoring(context), tmp_path / "monday.db").replaced
    assert kept is not None
    assert kept.read_bytes() == b"rubbish" * 4000
    again = open_context(context.home, context.policy, context.clock)
    assert reason(again) == "before"
    again.store.close()


def test_a_program_that_had_the_damaged_file_open_is_told_to_open_it_afresh(context: Context, tmp_path: Path) -> None:
    backups.make(context, tmp_path / "monday.db")
    database(context.home).unlink()
    with pytest.raises(ReplacedError, match="deleted or replaced"):
        switch(context, "lost")
    assert not database(context.home).exists()


def bad_backups(good: Path, folder: Path) -> dict[str, Path]:
    """Files that must not take the database's place."""

    def doctored(name: str, *statements: str) -> Path:
        copy = folder / f"{name}.db"
        copy.write_bytes(good.read_bytes())
        with closing(sqlite3.connect(copy)) as connection:
            for statement in statements:
                connection.execute(statement)
            connection.commit()
        return copy

    rubbish, other, torn = folder / "rubbish.db", folder / "other.db", folder / "torn.db"
    rubbish.write_bytes(b"rubbish" * 100)
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    torn.write_bytes(good.read_bytes()[:20_000])
    return {
        "missing": folder / "missing.db",
        "no database": rubbish,
        "other data": other,
        "half of it": torn,
        "newer": doctored("newer", "UPDATE alembic_version SET version_num = '9999'"),
        "no trigger": doctored("no-trigger", "DROP TRIGGER audit_entry_no_delete"),
        "further trigger": doctored(
            "further", "CREATE TRIGGER later AFTER INSERT ON audit_entry BEGIN DELETE FROM notice; END"
        ),
        "log tampered with": doctored(
            "tampered",
            "DROP TRIGGER audit_entry_no_update",
            "UPDATE audit_entry SET who = 'mallory'",
            "CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry\n"
            "       BEGIN SELECT RAISE(ABORT, 'the activity log is append-only'); END",
        ),
    }


def test_a_file_that_is_no_good_backup_replaces_nothing(context: Context, tmp_path: Path) -> None:
    switch(context, "kept")
    backups.make(context, tmp_path / "monday.db")
    for file in bad_backups(tmp_path / "monday.db", tmp_path).values():
        with nothing_saved(context), pytest.raises(BadInputError, match="Nothing was replaced"):
            backups.restore(restoring(context), file)
    assert not (context.home / "backups").exists()


def test_a_database_cannot_be_backed_up_onto_or_restored_from_itself(context: Context) -> None:
    with nothing_saved(context), pytest.raises(BadInputError):
        backups.make(context, database(context.home))
    with nothing_saved(context), pytest.raises(BadInputError):
        backups.restore(restoring(context), context.home / "." / database(context.home).name)


def test_a_backup_into_a_folder_that_is_not_there_is_refused_and_not_logged(context: Context, tmp_path: Path) -> None:
    with nothing_saved(context), pytest.raises(BadInputError, match="cannot be written"):
        backups.make(context, tmp_path / "nowhere" / "monday.db")


def test_a_backup_whose_name_is_no_text_is_made_and_logged(context: Context, tmp_path: Path) -> None:
    target = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.db"))
    try:
        backups.make(context, target)
    except BadInputError:
        pytest.skip("this file system takes only names that are text")
    assert log(context)[-1].subject == "\\udcff.db"
    backups.restore(restoring(context), target)
    assert log(context)[-1].action == "backup.restored"


def test_a_copy_is_made_once_a_day_and_fourteen_are_kept(context: Context, clock: FixedClock) -> None:
    names = set()
    for day in range(16):
        clock.instant = NOW + timedelta(days=day)
        made = backups.daily(context)
        assert made is not None
        assert backups.daily(context) is None
        names.add(made.name)
    kept = sorted(path.name for path in (context.home / "backups").iterdir())
    assert kept == sorted(names)[-14:]


def test_a_backup_folder_that_cannot_be_made_is_a_storage_error(context: Context) -> None:
    (context.home / "backups").write_text("a file in its place")
    with pytest.raises(StoreError, match="backup folder"):
        backups.daily(context)


def test_after_a_restore_nobody_knows_what_happened_to_the_copies(
    context: Context, tmp_path: Path, opened: Open
) -> None:
    context.write(environments.record_event, "mirrored", "upgraded", NOW)
    backups.make(context, tmp_path / "old.db")
    change_agency(context, second_person=True)
    context.write(environments.record_event, "mirrored", "refreshed", NOW)
    backups.restore(restoring(context), tmp_path / "old.db")
    postures = {view.environment.key: view.posture for view in opened().read(environments.find_all)}
    assert postures["mirrored"].may_be_real
    assert "a backup was restored on" in postures["mirrored"].sentence
    assert not postures["training-b"].may_be_real, "nothing that the vendor does to it brings real contacts"
    assert opened().read(agency.need_profile).second_person


def test_after_a_restore_nobody_knows_what_was_switched_on_since(
    context: Context, tmp_path: Path, opened: Open, clock: FixedClock, policy: Policy
) -> None:
    upgrade = NOW - timedelta(hours=1)
    context.write(environments.record_event, "mirrored", "upgraded", upgrade)
    switch(context, "before")
    backups.make(context, tmp_path / "old.db")
    clock.instant += timedelta(hours=1)
    context.write(features.record_seen, "mirrored", {"external-communications.sms": "on"})
    clock.instant += timedelta(hours=1)
    backups.restore(restoring(context), tmp_path / "old.db")

    def states() -> dict[str, str]:
        return {state.feature: state.state for state in opened().read(lambda work: work.states("mirrored"))}

    known = states()
    assert known.pop("general-ledger") == "on", "what reaches people is rather told once more than forgotten"
    assert set(known.values()) == {"unknown"}
    until = clock.now() + timedelta(minutes=1)
    told = exposure(policy, "mirrored", opened().read(lambda work: work.events), upgrade, until)
    assert {use.feature: use.state for use in told.uses if use.ends == until} == states()
    opened().write(environments.record_event, "mirrored", "upgraded", upgrade + timedelta(minutes=30))
    assert set(states().values()) - {"on"} == {"unknown"}, "the upgrade lies before what the backup missed"
    opened().write(environments.record_event, "mirrored", "upgraded", clock.now())
    assert set(states().values()) == {"unknown"}, "at one instant nobody can tell which came first"
    clock.instant += timedelta(hours=1)
    opened().write(environments.record_event, "mirrored", "upgraded", clock.now())
    assert set(states().values()) == {"off"}
    assert opened().read(activity.verify).differences == ()


def test_a_draft_that_was_sent_after_the_backup_is_no_ordinary_draft_after_the_restore(
    context: Context, tmp_path: Path, opened: Open
) -> None:
    kept, sent, cancelled = (
        context.write(requests.draft, RequestInput(reason=text)).value.request.id for text in ("a", "b", "c")
    )
    backups.make(context, tmp_path / "old.db")
    context.write(requests.advance, sent, "sent")
    context.write(requests.advance, sent, "acknowledged", case_number="4711")
    context.write(requests.advance, cancelled, "cancelled")
    backups.restore(restoring(context), tmp_path / "old.db")
    restored = opened()
    views = {view.request.id: view for view in restored.read(requests.find_all)}
    assert (views[kept].request.status, views[cancelled].request.status) == ("drafted", "drafted")
    assert doubt(views[sent].request).startswith("Support may have it. The database that the restored backup replaced")
    assert views[sent].request.status == "queued"
    assert awaits_word(views[sent].request, None)
    assert [entry.after for entry in log(restored) if entry.action == "requests.held"] == [f'{{"requests": [{sent}]}}']
    restored.write(requests.advance, sent, "sent")
    assert restored.read(requests.find, sent).request.status == "sent"


def test_a_draft_of_a_restored_backup_with_the_number_of_another_request_stays_a_draft(
    context: Context, tmp_path: Path, opened: Open, policy: Policy
) -> None:
    settle(tmp_path / "elsewhere")
    elsewhere = open_context(tmp_path / "elsewhere", policy, FixedClock(NOW + timedelta(hours=1)))
    key = elsewhere.write(requests.draft, RequestInput(reason="theirs")).value.request.id
    backups.make(elsewhere, tmp_path / "theirs.db")
    elsewhere.store.close()
    assert context.write(requests.draft, RequestInput(reason="ours")).value.request.id == key
    context.write(requests.advance, key, "sent")
    backups.restore(restoring(context), tmp_path / "theirs.db")
    assert opened().read(requests.find, key).request.status == "drafted"


def test_a_backup_replaces_a_backup_and_nothing_else_unasked(context: Context, tmp_path: Path) -> None:
    target = backups.make(context, tmp_path / "monday.db")
    switch(context, "later")
    before = target.read_bytes()
    assert backups.make(context, target).read_bytes() != before
    for content in (b"important", b"SQLite format 3\0" + b"x" * 4096, b""):
        target.write_bytes(content)
        with nothing_saved(context), pytest.raises(BadInputError, match="is no backup of Penelope Admin"):
            backups.make(context, target)
        assert target.read_bytes() == content
    assert backups.make(context, target, force=True).read_bytes() != b""


def test_a_database_of_another_program_is_not_replaced_unasked(context: Context, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection:
        connection.execute("CREATE TABLE recipe (name TEXT)")
    with pytest.raises(BadInputError, match="is no backup of Penelope Admin"):
        backups.make(context, tmp_path / "other.db")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no such files")
def test_no_backup_replaces_a_pipe_a_device_or_a_folder(context: Context, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name, goal in (("link", "pipe"), ("null", "/dev/null")):
        (tmp_path / name).symlink_to(goal)
    for name in ("pipe", "folder", "link", "null"):
        for force in (False, True):
            with nothing_saved(context), pytest.raises(BadInputError, match="is not a regular file"):
                backups.make(context, tmp_path / name, force=force)
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
    assert (tmp_path / "null").is_symlink()


@pytest.mark.usefixtures("impatient")
def test_while_another_program_writes_no_backup_is_made_and_that_is_what_is_said(
    context: Context, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(database(context.home), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with nothing_saved(context), pytest.raises(StoreError, match="Nothing of this was saved"):
            backups.make(context, tmp_path / "monday.db")
        other.execute("ROLLBACK")
    assert list(tmp_path.glob("*monday*")) == []
