"""The coming twelve months: what is on them, and where it comes from."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from penelope_admin.clock import FixedClock
from penelope_admin.domain.projects import ProjectInput
from penelope_admin.domain.year import Bar, Mark
from penelope_admin.errors import BadInputError
from penelope_admin.services import features, projects, requests, year
from penelope_admin.services.calendar import notices, windows
from penelope_admin.services.mirror import environments
from penelope_admin.services.requests import RequestInput
from penelope_admin.services.work import Context
from tests.services.house import SURE, nothing_saved, upgraded

SMS, LEDGER = "external-communications.sms", "general-ledger"
TODAY, UPGRADE, LAST = date(2026, 12, 1), date(2026, 12, 12), date(2027, 11, 30)
LEDGER_BAR = "General Ledger, until the upgrade if made then, contacts may be real"


def marks(context: Context, *kinds: str) -> list[Mark]:
    return [mark for mark in context.read(year.load).marks if mark.kind in kinds]


def test_what_is_on_beyond_its_last_day_is_called_overdue(context: Context, clock: FixedClock) -> None:
    upgraded(context)
    context.write(
        features.switch, LEDGER, "enable", reason="Payroll", until=TODAY, acknowledgement=SURE, already_done=True
    )
    clock.instant += timedelta(days=3)
    (bar,) = context.read(year.load).bars
    assert bar.name.endswith(", overdue")


def test_a_year_has_twelve_months_and_an_upgrade_in_each(context: Context) -> None:
    with nothing_saved(context):
        found = context.read(year.load)
    assert (found.first_day, found.today, found.last_day) == (TODAY, TODAY, LAST)
    assert [month.month for month in found.months] == [12, *range(1, 12)]
    assert [mark.first_day.month for mark in found.marks] == [12, *range(1, 12)]
    assert found.marks[0] == Mark("computed", date(2026, 12, 12), date(2026, 12, 12), "upgrade, computed")
    assert {mark.kind for mark in found.marks} == {"computed", "uncertain"}
    assert found.bars == ()


def test_it_ends_with_the_month_of_the_twelfth_upgrade_in_the_list(context: Context, clock: FixedClock) -> None:
    clock.instant = datetime(2026, 12, 20, 12, tzinfo=UTC)  # December's is over
    starts = datetime(2027, 1, 6, 2, tzinfo=UTC)
    context.write(notices.add, "emergency", starts, starts + timedelta(hours=2))
    found, listed = context.read(year.load), context.read(windows.coming_year)
    assert (found.first_day, found.last_day, len(found.months)) == (TODAY, date(2027, 12, 31), 13)
    assert [mark.first_day for mark in found.marks][1:] == [window.first_day for window in listed]
    assert [window.is_emergency for window in listed].count(False) == 12


def test_it_begins_with_the_whole_current_month_in_the_agency_s_zone(context: Context, clock: FixedClock) -> None:
    clock.instant = datetime(2027, 1, 1, 3, tzinfo=UTC)  # still December in Resolute
    assert context.read(year.load).first_day == TODAY
    clock.instant = datetime(2027, 1, 31, 12, tzinfo=UTC)
    assert context.read(year.load).first_day == date(2027, 1, 1)


def test_notices_and_emergencies_are_marks_of_their_own(context: Context) -> None:
    starts = datetime(2026, 12, 6, 2, tzinfo=UTC)
    context.write(notices.add, "announced", starts, starts + timedelta(hours=5))
    context.write(notices.add, "emergency", starts + timedelta(days=3), starts + timedelta(days=3, hours=1))
    assert [(mark.kind, mark.first_day, mark.last_day) for mark in marks(context, "announced", "emergency")] == [
        ("announced", date(2026, 12, 5), date(2026, 12, 6)), ("emergency", date(2026, 12, 8), date(2026, 12, 8)),
    ]  # fmt: skip
    assert TODAY + timedelta(days=11) not in [mark.first_day for mark in marks(context, "computed")]


def test_refreshes_are_those_done_scheduled_and_wanted(context: Context) -> None:
    context.write(environments.record_event, "mirrored", "refreshed", context.now())
    key = context.write(requests.draft, RequestInput(environment="training-b", reason="Course")).value.request.id
    context.write(requests.advance, key, "sent")
    context.write(requests.advance, key, "acknowledged", case_number="1")
    context.write(requests.advance, key, "scheduled", scheduled_for=date(2027, 1, 5))
    context.write(
        projects.add, ProjectInput("Pilot", "Try", date(2027, 2, 1), date(2027, 2, 9), refresh_by=date(2027, 1, 30))
    )
    assert [(mark.kind, mark.first_day) for mark in marks(context, "refreshed", "refresh-wanted")] == [
        ("refreshed", TODAY), ("refresh-wanted", date(2027, 1, 5)), ("refresh-wanted", date(2027, 1, 30)),
    ]  # fmt: skip


def test_a_refresh_recorded_by_mistake_or_long_ago_is_no_mark(context: Context) -> None:
    context.write(environments.record_event, "mirrored", "refreshed", context.now())
    context.write(environments.record_event, "mirrored", "refreshed", context.now() - timedelta(days=40))
    context.write(environments.correct_event, 1)
    assert marks(context, "refreshed") == []


def test_bars_are_features_in_use_and_open_projects(context: Context) -> None:
    for key, until, done in ((LEDGER, date(2027, 1, 9), True), (SMS, date(2026, 12, 20), False)):
        context.write(features.switch, key, "enable", reason="x", until=until, acknowledgement=SURE, already_done=done)
    context.write(projects.add, ProjectInput("Pilot", "Try", date(2027, 2, 1), date(2027, 2, 9)))
    context.write(projects.add, ProjectInput("Over", "Try", date(2027, 2, 1), date(2027, 2, 9)))
    context.write(projects.cancel, 2)
    assert context.read(year.load).bars == (
        Bar("planned", TODAY, date(2026, 12, 20), "External Communications: SMS"),
        Bar("on", TODAY, UPGRADE, LEDGER_BAR, role="caution"),
        Bar("project", date(2027, 2, 1), date(2027, 2, 9), "Project “Pilot”", project=1),
    )


def test_what_has_no_end_lasts_to_the_upgrade_and_what_is_overdue_until_today(
    context: Context, clock: FixedClock
) -> None:
    context.write(features.switch, LEDGER, "enable", reason="x", acknowledgement=SURE, already_done=True)
    assert [(bar.last_day, bar.has_end) for bar in context.read(year.load).bars] == [(UPGRADE, True)]
    context.write(features.switch, LEDGER, "enable", reason="x", until=TODAY, acknowledgement=SURE)
    clock.instant += timedelta(days=5)
    assert [(bar.last_day, bar.has_end) for bar in context.read(year.load).bars] == [(TODAY + timedelta(days=5), True)]


def test_the_sentences_tell_all_that_is_painted(context: Context) -> None:
    context.write(features.switch, LEDGER, "enable", reason="x", acknowledgement=SURE, already_done=True)
    found = context.read(year.load)
    assert len(found.sentences) == len(found.marks) + len(found.bars)
    assert found.sentences[0] == "Saturday 12 December 2026: upgrade, computed."
    assert found.sentences[-1] == (f"{LEDGER_BAR}: Tuesday 1 December 2026 to Saturday 12 December 2026.")


def test_before_set_up_there_is_no_year(fresh: Context) -> None:
    with pytest.raises(BadInputError):
        fresh.read(year.load)


def test_the_picture_of_the_last_year_ends_with_the_calendar(context: Context, clock: FixedClock) -> None:
    clock.instant = datetime(2100, 6, 15, 12, tzinfo=UTC)
    assert [mark.first_day.year for mark in marks(context, "computed")][-1:] == [2100]


def test_in_a_year_beyond_the_calendar_it_is_said_that_it_has_ended(context: Context, clock: FixedClock) -> None:
    clock.instant = datetime(2200, 1, 1, tzinfo=UTC)
    with pytest.raises(BadInputError, match="the calendar of this program ends in 2100"):
        context.read(year.load)
