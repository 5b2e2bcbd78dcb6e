"""A deed is saved with its activity entry, or not at all; and two programs may work on one file."""

from __future__ import annotations

import dataclasses
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from penelope_admin.errors import ConflictError, StoreError
from penelope_admin.services import (
    activity,
    agency,
    backups,
    checklists,
    delivery,
    environments,
    evidence,
    features,
    notices,
    outbox,
    replies,
    requests,
)
from penelope_admin.services.context import Context
from penelope_admin.services.requests import Wish
from tests.services.conftest import Open
from tests.services.house import NOW, PROFILE, SOON, SURE, change_agency, database, log, nothing_saved, upgraded
from tests.services.test_evidence import finding

DEEDS: dict[str, Callable[[Context], object]] = {
    "update": lambda c: agency.update(c, msgspec.structs.replace(PROFILE, name="Another", version=2)),
    "plan": lambda c: features.switch(c, "general-ledger", "enable", reason="x", acknowledgement=SURE),
    "record": lambda c: features.switch(
        c, "general-ledger", "enable", reason="x", acknowledgement=SURE, already_done=True
    ),
    "confirm": lambda c: features.confirm_done(c, "ms-exchange"),
    "cancel": lambda c: features.cancel(c, "ms-exchange"),
    "upgraded": lambda c: environments.record_event(c, "mirrored", "upgraded", NOW),
    "refreshed": lambda c: environments.record_event(c, "mirrored", "refreshed", NOW),
    "script": lambda c: environments.record_event(c, "mirrored", "script-run", NOW),
    "corrected": lambda c: environments.correct_event(c, 1),
    "plan again": lambda c: features.plan_again(c, {"general-ledger": ("x", None)}, acknowledgement=SURE),
    "approved": lambda c: features.approve(dataclasses.replace(c, actor="bob"), "ms-exchange"),
    "check-list": lambda c: checklists.answer(c, 1, 1, "fail"),
    "checked": lambda c: evidence.record(c, "training-b", finding("real"), NOW),
    "draft": lambda c: requests.draft(c, Wish(reason="x", features=("general-ledger",))),
    "sent": lambda c: requests.advance(c, 1, "sent"),
    "done": lambda c: requests.advance(c, 2, "done"),
    "dropped": lambda c: requests.drop_wanted(c, 1),
    "remark": lambda c: requests.remark(c, 1, "x"),
    "defect": lambda c: requests.record_defect(c, 2, "PEN-4711", "S2"),
    "handed over": lambda c: delivery.hand_over(c, 1, "phone"),
    "queued": lambda c: delivery.hand_over(c, 1, "smtp"),
    "taken back": lambda c: outbox.cancel(c, 1),
    "queued cancelled": lambda c: requests.advance(c, 3, "cancelled"),
    "reply taken": lambda c: replies.take(c, 4, "00481516"),
    "notice": lambda c: notices.add(c, "announced", NOW, NOW + timedelta(hours=3)),
    "notice removed": lambda c: notices.remove(c, "1"),
    "backup": lambda c: backups.make(c, c.home / "backup.db"),
}


@pytest.fixture
def busy(context: Context) -> Context:
    """An agency with something to change in every table that people's deeds change."""
    change_agency(context, smtp_host="mail.riverside.example")
    upgraded(context)
    features.switch(context, "ms-exchange", "enable", reason="x", until=SOON, acknowledgement=SURE)
    for _ in range(4):
        requests.draft(context, Wish(reason="x", features=("general-ledger",)))
    requests.advance(context, 2, "sent")
    requests.advance(context, 2, "acknowledged", case_number="1")
    delivery.hand_over(context, 3, "smtp")
    requests.advance(context, 4, "sent")
    notices.add(context, "emergency", NOW, NOW + timedelta(hours=1))
    return context


def refuse_entries(home: Path) -> None:
    """From now on the database takes no activity entry, as if the disk failed at the deed's last step."""
    with closing(sqlite3.connect(database(home))) as connection:
        connection.execute(
            "CREATE TRIGGER disk_fails BEFORE INSERT ON audit_entry BEGIN SELECT RAISE(ABORT, 'disk'); END"
        )


@pytest.mark.parametrize("deed", DEEDS)
def test_a_deed_that_cannot_be_logged_is_not_done(busy: Context, deed: str) -> None:
    refuse_entries(busy.home)
    with nothing_saved(busy), pytest.raises(StoreError, match="Nothing"):
        DEEDS[deed](busy)


@pytest.mark.parametrize("deed", DEEDS)
def test_the_same_deed_is_done_and_logged_when_the_log_works(busy: Context, deed: str) -> None:
    known = len(log(busy))
    DEEDS[deed](busy)
    assert len(log(busy)) == known + (2 if deed == "done" else 1)
    assert activity.verify(busy).first_broken is None


def test_a_set_up_that_cannot_be_logged_leaves_no_agency_and_no_settings(fresh: Context) -> None:
    refuse_entries(fresh.home)
    with nothing_saved(fresh), pytest.raises(StoreError):
        agency.set_up(fresh, PROFILE)
    assert not (fresh.home / "settings.json").exists()


def test_what_one_program_saves_the_other_sees(context: Context, opened: Open) -> None:
    other = opened("bob")
    features.switch(context, "ms-exchange", "enable", reason="Ada's", until=SOON, acknowledgement=SURE)
    assert features.confirm_done(other, "ms-exchange").value.reason == "Ada's"
    assert features.find(context, "ms-exchange").state.by == "bob"


def test_of_two_programs_only_one_sets_up_the_agency(fresh: Context, opened: Open) -> None:
    other = opened("bob")
    agency.set_up(other, msgspec.structs.replace(PROFILE, name="Bob's"))
    with pytest.raises(ConflictError):
        agency.set_up(fresh, PROFILE)
    found = agency.find(fresh)
    assert found is not None
    assert found.name == "Bob's"


def test_deeds_of_two_programs_at_once_all_end_up_in_one_whole_log(context: Context, opened: Open) -> None:
    def work(worker: Context, feature: str) -> None:
        for number in range(15):
            features.switch(
                worker, feature, "enable", reason=f"{worker.actor} {number}", until=SOON, acknowledgement=SURE,
                already_done=True,
            )  # fmt: skip

    workers = {"ms-exchange": opened("bob"), "action-triggers": opened("eve")}
    with ThreadPoolExecutor(2) as pool:
        for outcome in [pool.submit(work, worker, feature) for feature, worker in workers.items()]:
            outcome.result()
    entries = log(context)
    assert len(entries) == 1 + 30
    assert {who: sum(entry.who == who for entry in entries) for who in ("bob", "eve")} == {"bob": 15, "eve": 15}
    assert activity.verify(context).first_broken is None


def test_of_two_programs_that_plan_on_the_same_entry_at_once_one_is_told(context: Context, opened: Open) -> None:
    def plan(worker: Context) -> bool:
        try:
            features.switch(
                worker, "ms-exchange", "enable", reason=worker.actor, until=SOON, acknowledgement=SURE, version=0
            )
        except ConflictError:
            return False
        return True

    workers = [opened("bob"), opened("eve")]
    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(plan, workers)) == [False, True]
    assert len(log(context)) == 2
