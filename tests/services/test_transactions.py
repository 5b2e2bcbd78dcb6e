"""A deed is saved with its activity entry, or not at all; and two programs may work on one file."""

from __future__ import annotations

import dataclasses
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import timedelta
from functools import cached_property
from pathlib import Path

import msgspec
import pytest

from penelope_admin.errors import BadInputError, ConflictError, StoreError
from penelope_admin.gateways import settings
from penelope_admin.services import activity, agency, backups, features, requests
from penelope_admin.services.calendar import notices
from penelope_admin.services.mirror import checklists, environments, evidence
from penelope_admin.services.requests import RequestInput, delivery, outbox, replies
from penelope_admin.services.work import KEPT_OF, Context, Work
from tests.services.conftest import Open
from tests.services.house import NOW, PROFILE, SOON, SURE, change_agency, database, log, nothing_saved, settle, upgraded
from tests.services.test_evidence import finding

DEEDS: dict[str, Callable[[Context], object]] = {
    "update": lambda c: c.write(agency.update, msgspec.structs.replace(PROFILE, name="Another", version=2)),
    "plan": lambda c: c.write(features.switch, "general-ledger", "enable", reason="x", acknowledgement=SURE),
    "record": lambda c: c.write(
        features.switch, "general-ledger", "enable", reason="x", acknowledgement=SURE, already_done=True
    ),
    "confirm": lambda c: c.write(features.confirm_done, "ms-exchange"),
    "cancel": lambda c: c.write(features.cancel, "ms-exchange"),
    "upgraded": lambda c: c.write(environments.record_event, "mirrored", "upgraded", NOW),
    "refreshed": lambda c: c.write(environments.record_event, "mirrored", "refreshed", NOW),
    "script": lambda c: c.write(environments.record_event, "mirrored", "script-run", NOW),
    "corrected": lambda c: c.write(environments.correct_event, 1),
    "plan again": lambda c: c.write(features.plan_again, {"general-ledger": ("x", None)}, acknowledgement=SURE),
    "approved": lambda c: dataclasses.replace(c, actor="bob").write(features.approve, "ms-exchange"),
    "check-list": lambda c: c.write(checklists.answer, 1, 1, "fail"),
    "checked": lambda c: c.write(evidence.record, "training-b", finding("real"), NOW),
    "draft": lambda c: c.write(requests.draft, RequestInput(reason="x", features=("general-ledger",))),
    "sent": lambda c: c.write(requests.advance, 1, "sent"),
    "done": lambda c: c.write(requests.advance, 2, "done"),
    "dropped": lambda c: c.write(requests.drop_wanted, 1),
    "remark": lambda c: c.write(requests.remark, 1, "x"),
    "defect": lambda c: c.write(requests.record_defect, 2, "PEN-4711", "S2"),
    "handed over": lambda c: c.write(delivery.hand_over, 1, "phone"),
    "queued": lambda c: c.write(delivery.hand_over, 1, "smtp"),
    "taken back": lambda c: c.write(outbox.cancel, 1),
    "queued cancelled": lambda c: c.write(requests.advance, 3, "cancelled"),
    "reply taken": lambda c: c.write(replies.take, 4, "00481516"),
    "notice": lambda c: c.write(notices.add, "announced", NOW, NOW + timedelta(hours=3)),
    "notice removed": lambda c: c.write(notices.remove, "1"),
    "backup": lambda c: backups.make(c, c.home / "backup.db"),
}


def make_busy(context: Context) -> None:
    """Something to change in every table that people's deeds change."""
    change_agency(context, smtp_host="mail.riverside.example")
    upgraded(context)
    context.write(features.switch, "ms-exchange", "enable", reason="x", until=SOON, acknowledgement=SURE)
    for _ in range(4):
        context.write(requests.draft, RequestInput(reason="x", features=("general-ledger",)))
    context.write(requests.advance, 2, "sent")
    context.write(requests.advance, 2, "acknowledged", case_number="1")
    context.write(delivery.hand_over, 3, "smtp")
    context.write(requests.advance, 4, "sent")
    context.write(notices.add, "emergency", NOW, NOW + timedelta(hours=1))


@pytest.fixture
def busy(opened: Open, tmp_path: Path) -> Context:
    """An agency in which all of that is."""
    settle(tmp_path / "home", make_busy)
    return opened()


def refuse_entries(home: Path) -> None:
    """From now on the database takes no activity entry, as if the disk failed at the deed's last step."""
    with closing(sqlite3.connect(database(home))) as connection:
        connection.execute(
            "CREATE TRIGGER disk_fails BEFORE INSERT ON audit_entry BEGIN SELECT RAISE(ABORT, 'disk'); END"
        )


@pytest.mark.parametrize("deed", DEEDS)
def test_a_deed_that_cannot_be_logged_is_not_done_and_is_done_and_logged_when_the_log_works(
    busy: Context, deed: str
) -> None:
    known = len(log(busy))
    refuse_entries(busy.home)
    with nothing_saved(busy), pytest.raises(StoreError, match="Nothing"):
        DEEDS[deed](busy)
    with closing(sqlite3.connect(database(busy.home))) as connection:
        connection.execute("DROP TRIGGER disk_fails")
    DEEDS[deed](busy)
    assert len(log(busy)) == known + (2 if deed == "done" else 1)
    assert busy.read(activity.verify).first_broken is None


def test_a_set_up_that_cannot_be_logged_leaves_no_agency_and_no_settings(fresh: Context) -> None:
    refuse_entries(fresh.home)
    with nothing_saved(fresh), pytest.raises(StoreError):
        fresh.write(agency.set_up, PROFILE)
    assert not (fresh.home / "settings.json").exists()


def test_what_one_program_saves_the_other_sees(context: Context, opened: Open) -> None:
    other = opened("bob")
    context.write(features.switch, "ms-exchange", "enable", reason="Ada's", until=SOON, acknowledgement=SURE)
    assert other.write(features.confirm_done, "ms-exchange").value.reason == "Ada's"
    assert context.read(features.find, "ms-exchange").state.by == "bob"


def test_of_two_programs_only_one_sets_up_the_agency(fresh: Context, opened: Open) -> None:
    other = opened("bob")
    other.write(agency.set_up, msgspec.structs.replace(PROFILE, name="Bob's"))
    with pytest.raises(ConflictError):
        fresh.write(agency.set_up, PROFILE)
    found = fresh.read(agency.find)
    assert found is not None
    assert found.name == "Bob's"


def test_deeds_of_two_programs_at_once_all_end_up_in_one_whole_log(context: Context, opened: Open) -> None:
    def work(worker: Context, feature: str) -> None:
        for number in range(15):
            worker.write(
                features.switch, feature, "enable", reason=f"{worker.actor} {number}", until=SOON, acknowledgement=SURE,
                already_done=True,
            )  # fmt: skip

    workers = {"ms-exchange": opened("bob"), "action-triggers": opened("eve")}
    with ThreadPoolExecutor(2) as pool:
        for outcome in [pool.submit(work, worker, feature) for feature, worker in workers.items()]:
            outcome.result()
    entries = log(context)
    assert len(entries) == 1 + 30
    assert {who: sum(entry.who == who for entry in entries) for who in ("bob", "eve")} == {"bob": 15, "eve": 15}
    assert context.read(activity.verify).first_broken is None


def test_of_two_programs_that_plan_on_the_same_entry_at_once_one_is_told(context: Context, opened: Open) -> None:
    def plan(worker: Context) -> bool:
        try:
            worker.write(
                features.switch,
                "ms-exchange",
                "enable",
                reason=worker.actor,
                until=SOON,
                acknowledgement=SURE,
                version=0,
            )
        except ConflictError:
            return False
        return True

    workers = [opened("bob"), opened("eve")]
    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(plan, workers)) == [False, True]
    assert len(log(context)) == 2


def test_what_is_forgotten_when_a_topic_changes_is_what_a_unit_of_work_keeps() -> None:
    names = {name for names in KEPT_OF.values() for name in names}
    assert {name for name in names if not isinstance(vars(Work).get(name), cached_property)} == set()


def test_an_entry_of_an_attempt_that_failed_is_told_no_more(context: Context) -> None:
    def use(work: Work) -> tuple[str, str]:
        before = work.logged[-1].action
        with suppress(ConflictError), work.attempt():
            work.record("backup.restored", "x")
            assert work.logged[-1].action == "backup.restored"
            raise ConflictError("Somebody else was faster.")
        return before, work.logged[-1].action

    before, after = context.write(use).value
    assert before == after == "agency.set-up"


def test_what_cannot_be_copied_into_the_settings_is_not_saved(context: Context) -> None:
    (context.home / settings.FILE).unlink()
    (context.home / settings.FILE).mkdir()
    with nothing_saved(context), pytest.raises(BadInputError, match="is not a regular file"):
        change_agency(context, name="Riverside and Hill")
