"""A record of many years: switching a feature takes no longer for it, and the posture is the same as by reading all."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from penelope_admin.domain.mirror import SAID_OF_STATE, Event, EventKind, posture
from penelope_admin.services import features
from penelope_admin.services.mirror import environments
from penelope_admin.services.work import Context
from penelope_admin.store import journal, schema
from penelope_admin.store.rows import events as event_rows
from tests.services.house import NOW, SURE, agency_at_work, upgraded

MINUTE = timedelta(minutes=1)
OUTCOMES = {
    "script-run": ("unchanged", "unknown", "de-identified"),
    "checked": ("real", "de-identified", "cannot-tell"),
    "switched": ("on", "off"),
}
KINDS: tuple[EventKind, ...] = (
    "refreshed", "upgraded", "script-run", "restored", "checked", "switched", "not-upgraded", "upgrade-unknown",
    "corrected",
)  # fmt: skip


def switched(context: Context, count: int) -> None:
    """Switches on record, on and off in turn, written as rows; their log is left out."""
    rows = [
        {
            "environment": "mirrored", "kind": "switched", "at": NOW - timedelta(days=300) + nth * MINUTE,
            "feature": "general-ledger", "outcome": ("on", "off")[nth % 2], "recorded_at": NOW, "by": "ada",
            "remark": "",
        }
        for nth in range(count)
    ]  # fmt: skip
    with context.store.writing() as connection:
        for row in rows:
            connection.execute(sa.insert(schema.environment_event), row)
        journal.take(connection)


@contextmanager
def counting(context: Context) -> Iterator[list[int]]:
    """The statements of what happens inside, and the rows of events that they bring."""
    found = [0, 0]

    @sa.event.listens_for(context.store.engine, "before_cursor_execute")
    def _statement(_c: object, _cursor: object, statement: str, *_: object) -> None:
        found[0] += 1

    real = event_rows.Event

    def counted(*facts: Any) -> Event:
        found[1] += 1
        return real(*facts)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(event_rows, "Event", counted)
        yield found
    sa.event.remove(context.store.engine, "before_cursor_execute", _statement)


def toggle(context: Context) -> None:
    for change in ("enable", "disable"):
        context.write(
            features.switch, "general-ledger", change, reason="Export", acknowledgement=SURE, already_done=True  # type: ignore[arg-type]
        )  # fmt: skip


def test_a_toggle_reads_no_more_after_many_switches_than_after_few(context: Context) -> None:
    upgraded(context)
    toggle(context)
    with counting(context) as few:
        toggle(context)
    switched(context, 2000)
    with counting(context) as many:
        toggle(context)
    assert many == few
    assert many[1] <= 4


def test_a_toggle_in_a_refreshed_copy_reads_no_more_after_many_switches_either(context: Context) -> None:
    context.write(environments.record_event, "mirrored", "refreshed", NOW)
    toggle(context)
    with counting(context) as few:
        toggle(context)
    switched(context, 2000)
    with counting(context) as many:
        toggle(context)
    assert many == few


def steps_of(context: Context, deed: Callable[[], object]) -> int:
    """The steps that SQLite takes for a deed, to the nearest hundred."""
    steps = [0]

    def count() -> None:
        steps[0] += 1

    @sa.event.listens_for(context.store.engine, "checkout")
    def _watch(connection: sqlite3.Connection, *_: object) -> None:
        connection.set_progress_handler(count, 100)

    deed()
    sa.event.remove(context.store.engine, "checkout", _watch)
    return steps[0]


@pytest.mark.parametrize("last", ["upgraded", "refreshed"])
def test_a_toggle_has_the_database_do_no_more_after_many_switches_than_after_few(
    context: Context, last: EventKind
) -> None:
    """Rows that are looked at in the database and never reach the program cost time, too."""
    context.write(environments.record_event, "mirrored", last, NOW - timedelta(days=301))
    toggle(context)
    few = steps_of(context, lambda: toggle(context))
    switched(context, 2000)
    many = steps_of(context, lambda: toggle(context))
    assert few > 5
    assert many < few + 10


def test_no_other_kind_stands_between_those_that_say_nothing_but_a_feature_s_state() -> None:
    first, last = SAID_OF_STATE
    assert {kind for kind in get_args(EventKind) if first <= kind <= last} == set(SAID_OF_STATE)


def test_the_index_finds_what_tells_of_contact_details(context: Context) -> None:
    plans: list[str] = []
    with context.store.reading() as connection:

        def note(_connection: object, cursor: Any, statement: str, values: Any, *_: object) -> None:
            plan = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)
            plans.append(" ".join(row[3] for row in plan))

        sa.event.listen(connection, "after_cursor_execute", note)
        event_rows.read_telling(connection, ["mirrored"])
    (plan,) = plans
    assert plan.count("ix_environment_event_environment_kind_at (environment=? AND kind") == 2
    assert "SCAN" not in plan


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(KINDS), st.sampled_from(["mirrored", "preview"]), st.integers(0, 20), st.integers(0, 2),
        st.integers(0, 30),
    ),
    max_size=25,
)  # fmt: skip


@pytest.fixture(scope="module")
def shared() -> Iterator[Context]:
    """One database for many records, one at a time."""
    with agency_at_work() as context:
        yield context


@given(events=EVENTS)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_posture_is_the_same_as_by_reading_every_event(
    shared: Context, events: list[tuple[EventKind, str, int, int, int]]
) -> None:
    corrected: set[int] = set()
    known: dict[str, list[int]] = {}
    with shared.reading() as work, work.connection.begin_nested() as undone:
        for kind, place, minute, which, target in events:
            facts: dict[str, object] = {}
            if kind in OUTCOMES:
                facts["outcome"] = OUTCOMES[kind][which % len(OUTCOMES[kind])]
            if kind == "switched":
                facts["feature"] = "general-ledger"
            if kind == "corrected":
                left = [number for number in known.get(place, []) if number not in corrected]
                if not left:
                    continue
                facts["corrects"] = left[target % len(left)]
                corrected.add(left[target % len(left)])
            number = work.add_event(place, kind, NOW + minute * MINUTE, **facts)
            if kind != "corrected":
                known.setdefault(place, []).append(number)
        zone = ZoneInfo("America/Resolute")
        for key in ("mirrored", "preview"):
            everything = posture(shared.policy, key, event_rows.read_all(work.connection), zone)
            telling = event_rows.read_telling(work.connection, shared.policy.environment)
            assert posture(shared.policy, key, telling, zone) == everything
        undone.rollback()
    with shared.store.reading() as connection:
        assert connection.execute(sa.select(schema.environment_event.c.id)).first() is None
