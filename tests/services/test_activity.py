"""The activity log: paged, searched, exported and verified."""

from __future__ import annotations

import csv
import io
import json
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from penelope_admin.clock import FixedClock
from penelope_admin.errors import BadInputError
from penelope_admin.services import activity, features, shapes
from penelope_admin.services.calendar import notices
from penelope_admin.services.mirror import environments
from penelope_admin.services.work import Context
from tests.effort import examples
from tests.services.conftest import Open
from tests.services.house import NOW, SOON, SURE, database, everything, log
from tests.store.files import tamper

FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")


def switch(context: Context, reason: str, feature: str = "general-ledger") -> None:
    context.write(
        features.switch, feature, "enable", reason=reason, until=SOON, acknowledgement=SURE, already_done=True
    )


def test_a_long_log_comes_in_pages_without_gaps(context: Context) -> None:
    with context.writing() as work:
        for number in range(205):
            work.record("request.remarked", f"PA-{number}")
    seen: list[int] = []
    below: int | None = None
    sizes = []
    while True:
        page = context.read(activity.page, below=below)
        sizes.append(len(page.entries))
        seen += [entry.seq for entry in page.entries]
        assert page.total == 206
        if page.below is None:
            break
        below = page.below
    assert seen == list(range(206, 0, -1))
    assert sizes == [200, 6]


def test_an_empty_log_is_one_empty_page(fresh: Context) -> None:
    assert fresh.read(activity.page) == activity.Page((), None, 0)


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("apples", 2),
        ("APPLES", 2),
        ("apples pears", 1),
        ("pears apples", 1),
        ("apples plums", 0),
        ("general-ledger", 1),
        ("ada", 4),
        ("set-up", 1),
        ("%", 1),
        ("50%", 1),
        ("5_%", 0),
        ("  ", 4),
        ("'; DROP TABLE audit_entry; --", 0),
        ("\udcff", 0),
    ],
)
def test_a_search_finds_entries_that_hold_every_word(context: Context, search: str, found: int) -> None:
    switch(context, "apples", "general-ledger")
    switch(context, "apples and pears", "ms-exchange")
    switch(context, "50% of it", "action-triggers")
    assert len(context.read(activity.page, search).entries) == found
    assert len(context.read(activity.newest, search, 10)) == found
    assert context.read(activity.export_csv, search).count("\r\n") == found + 1


def test_the_newest_entries_come_first_and_no_more_than_asked_for(context: Context) -> None:
    for reason in ("one", "two", "three"):
        switch(context, reason)
    assert [json.loads(entry.after or "")["reason"] for entry in context.read(activity.newest, "", 2)] == [
        "three",
        "two",
    ]


def test_each_entry_names_who_and_when(context: Context, opened: Open, clock: FixedClock) -> None:
    clock.instant = NOW + timedelta(days=3)
    switch(opened("bob"), "Bob's")
    assert (log(context)[-1].who, log(context)[-1].at) == ("bob", clock.now())


def test_an_entry_as_json_keeps_the_values_of_before_and_after(context: Context) -> None:
    switch(context, "Ünïcode “quoted”")
    entry = log(context)[-1]
    found = shapes.entry(entry)
    assert list(found) == ["seq", "at", "who", "action", "subject", "before", "after", "hash"]
    assert found["after"]["reason"] == "Ünïcode “quoted”"  # type: ignore[index]
    assert shapes.entry(log(context)[0])["before"] is None


def test_the_export_holds_every_entry_and_its_hash(context: Context) -> None:
    switch(context, 'one, "two" three')
    rows = list(csv.DictReader(io.StringIO(context.read(activity.export_csv), newline="")))
    assert [row["hash"] for row in rows] == [entry.hash for entry in log(context)][::-1]
    assert json.loads(rows[0]["after"])["reason"] == 'one, "two" three'


def test_the_export_can_be_narrowed_by_a_search(context: Context) -> None:
    switch(context, "apples")
    switch(context, "pears")
    assert len(context.read(activity.export_csv, "pears").splitlines()) == 2


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(10, long=300))
@given(
    start=st.sampled_from(FORMULA_STARTS) | st.just(""), text=st.text(st.characters(exclude_categories=("Cc", "Cs")))
)
@example(start="=", text='cmd|"/c calc"!A0')
def test_no_cell_of_an_export_is_a_formula(context: Context, start: str, text: str) -> None:
    with suppress(BadInputError):
        switch(context, start + text)
        context.write(notices.add, "emergency", NOW, NOW + timedelta(hours=1), start + text, start + text)
    with suppress(BadInputError):
        context.write(environments.record_event, "mirrored", "refreshed", NOW, remark=start + text)
    exported = context.read(activity.export_csv)
    rows = list(csv.reader(io.StringIO(exported, newline=""), strict=True))
    assert len(rows) == len(log(context)) + 1
    for row in rows:
        assert len(row) == 9
        for cell in row:
            assert not cell.startswith(FORMULA_STARTS)


def test_the_log_of_many_deeds_is_whole(context: Context) -> None:
    for number in range(20):
        switch(context, f"reason {number}")
    found = context.read(activity.verify)
    assert (found.entries, found.first_broken, found.head) == (21, None, log(context)[-1].hash)


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("UPDATE audit_entry SET who = 'mallory' WHERE seq = 3", 3),
        ("UPDATE audit_entry SET after = replace(after, 'reason 1', 'reason 9') WHERE seq = 3", 3),
        ("UPDATE audit_entry SET at = '2020-01-01 00:00:00.000000' WHERE seq = 1", 1),
        ("DELETE FROM audit_entry WHERE seq = 2", 2),
        ("DELETE FROM audit_entry WHERE seq = 1", 1),
        ("UPDATE audit_entry SET hash = '0' WHERE seq = 4", 4),
        ("INSERT INTO audit_entry SELECT 6, at, who, action, subject, before, after, hash, hash, changed FROM"
         " audit_entry WHERE seq = 5", 6),
    ],
)  # fmt: skip
def test_the_first_entry_that_was_tampered_with_is_named(context: Context, statement: str, broken: int) -> None:
    for number in range(4):
        switch(context, f"reason {number}")
    tamper(database(context.home), statement)
    assert context.read(activity.verify).first_broken == broken


def test_reading_changes_nothing(context: Context) -> None:
    before = everything(context.home)
    context.read(activity.page, "x")
    context.read(activity.export_csv)
    context.read(activity.verify)
    assert everything(context.home) == before


@pytest.mark.parametrize("search", ["word " * 2000, "x" * 100_000])
def test_a_search_that_is_too_long_for_the_database_is_refused(context: Context, search: str) -> None:
    for look in (activity.page, activity.export_csv):
        with pytest.raises(BadInputError, match="The search is longer than 300 characters"):
            context.read(look, search)
