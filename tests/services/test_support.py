"""When Support is there, and the holidays somebody recorded, took back or imported."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from penelope_admin.clock import FixedClock
from penelope_admin.errors import BadInputError, StoreError
from penelope_admin.gateways import zones
from penelope_admin.services import overview, shapes
from penelope_admin.services.calendar import support
from penelope_admin.services.work import Context
from tests.services.conftest import Open
from tests.services.house import NOW, log, nothing_saved, one_entry
from tests.services.test_transactions import refuse_entries

CHRISTMAS = date(2026, 12, 25)
ON_CHRISTMAS = datetime(2026, 12, 25, 15, tzinfo=UTC)


def calendar(folder: Path, *days: str, more: str = "") -> Path:
    """A calendar file with all-day events."""
    events = "".join(f"BEGIN:VEVENT\nDTSTART;VALUE=DATE:{day}\nSUMMARY:Day {day}\nEND:VEVENT\n" for day in days)
    file = folder / "holidays.ics"
    file.write_text(f"BEGIN:VCALENDAR\n{events}{more}END:VCALENDAR\n")
    return file


# --- hours -------------------------------------------------------------------------------------


def test_the_view_has_every_team_and_the_agency_s_week(context: Context) -> None:
    found = context.read(support.load)
    assert (found.at, found.zone, found.holidays) == (NOW, ZoneInfo("America/Resolute"), ())
    assert [(item.team.key, item.open) for item in found.openings] == [
        ("support", True), ("support-au", False), ("chat", True),
    ]  # fmt: skip
    assert [day.day for day in found.week] == [date(2026, 12, 1) + timedelta(days=n) for n in range(7)]


def test_another_instant_and_zone_can_be_asked_for(context: Context) -> None:
    found = context.read(support.load, datetime(2026, 12, 31, 22, 30, tzinfo=UTC), ZoneInfo("Australia/Sydney"))
    assert found.week[0].day == date(2027, 1, 1)
    assert [item.open for item in found.openings] == [True, True, False]
    assert json.loads(shapes.to_json(shapes.support(found)))[1] == {
        "team": "support-au", "open": True, "closes_at": "2027-01-01T17:00:00+11:00", "opens_at": None,
    }  # fmt: skip


def test_before_there_is_an_agency_this_computer_s_zone_is_taken(
    fresh: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zones, "system_zone", lambda: "Pacific/Auckland")
    assert fresh.read(support.load).zone == ZoneInfo("Pacific/Auckland")
    monkeypatch.setattr(zones, "system_zone", lambda: None)
    assert fresh.read(support.load).zone == ZoneInfo("UTC")


def test_a_holiday_closes_its_team_and_the_chat_hours_that_follow_it(context: Context) -> None:
    context.write(support.add_holiday, "support", CHRISTMAS, "Christmas Day")
    found = {item.team.key: item for item in context.read(support.load, ON_CHRISTMAS).openings}
    assert (found["support"].open, found["chat"].open) == (False, False)
    assert found["support"].opens_at == datetime(2026, 12, 28, 13, tzinfo=UTC)
    assert found["chat"].opens_at == datetime(2026, 12, 28, 2, tzinfo=UTC)


def test_the_overview_knows_the_holidays_too(context: Context, clock: FixedClock) -> None:
    context.write(support.add_holiday, "support", CHRISTMAS)
    clock.instant = ON_CHRISTMAS
    found = context.read(overview.load)
    assert found is not None
    assert found.support == context.read(support.load).openings
    assert not found.support[0].open


# --- holidays ----------------------------------------------------------------------------------


def test_a_holiday_is_recorded_with_one_entry(context: Context) -> None:
    with one_entry(context, "holiday.recorded", "support-au 2026-12-25") as facts:
        done = context.write(support.add_holiday, "support-au", CHRISTMAS, "  Christmas Day ")
    assert done.value == support.Holiday("support-au", CHRISTMAS, "Christmas Day", "")
    assert done.changes == {"support"}
    assert facts == [None, {"name": "Christmas Day"}]
    assert context.read(support.holidays) == [done.value]


def test_holidays_come_by_day_and_the_same_day_may_be_one_of_both_teams(context: Context) -> None:
    for team, day in (("support", 26), ("support-au", 25), ("support", 25)):
        context.write(support.add_holiday, team, date(2026, 12, day))
    assert [(item.day.day, item.team) for item in context.read(support.holidays)] == [
        (25, "support"), (25, "support-au"), (26, "support"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("team", "day", "name", "says"),
    [
        ("nobody", CHRISTMAS, "", "there is support or support-au"),
        ("", CHRISTMAS, "", "not a support team"),
        ("chat", CHRISTMAS, "", "Chat follows the holidays of other teams"),
        ("support", date(1969, 12, 31), "", "outside the years"),
        ("support", date(2101, 1, 1), "", "outside the years"),
        ("support", date.max, "", "outside the years"),
        ("support", CHRISTMAS, "x" * 121, "The name"),
        ("support", CHRISTMAS, "two\nlines", "The name"),
        ("support", date(2026, 12, 24), "again", "a holiday of Support already"),
    ],
)
def test_what_cannot_be_a_holiday_is_refused(context: Context, team: str, day: date, name: str, says: str) -> None:
    context.write(support.add_holiday, "support", date(2026, 12, 24))
    with nothing_saved(context), pytest.raises(BadInputError, match=says):
        context.write(support.add_holiday, team, day, name)


def test_a_holiday_is_taken_back_with_one_entry(context: Context) -> None:
    context.write(support.add_holiday, "support", CHRISTMAS, "Christmas Day")
    context.write(support.add_holiday, "support-au", CHRISTMAS)
    with one_entry(context, "holiday.removed", "support 2026-12-25") as facts:
        assert context.write(support.remove_holiday, "support", CHRISTMAS).changes == {"support"}
    assert facts == [{"name": "Christmas Day"}, None]
    assert [item.team for item in context.read(support.holidays)] == ["support-au"]


@pytest.mark.parametrize(
    ("team", "day"), [("support", date(2026, 12, 24)), ("support-au", CHRISTMAS), ("x", CHRISTMAS)]
)
def test_a_holiday_that_is_not_there_cannot_be_taken_back(context: Context, team: str, day: date) -> None:
    context.write(support.add_holiday, "support", CHRISTMAS)
    with nothing_saved(context), pytest.raises(BadInputError, match="is not a holiday of"):
        context.write(support.remove_holiday, team, day)


def test_holidays_of_a_team_the_policy_no_longer_has_can_be_taken_back(context: Context, opened: Open) -> None:
    import msgspec

    context.write(support.add_holiday, "support", CHRISTMAS)
    teams = tuple(team for team in context.policy.support_teams if team.key == "support-au")
    other = opened(rules=msgspec.structs.replace(context.policy, support_teams=teams))
    assert [item.team for item in other.read(support.load).holidays] == ["support"]
    other.write(support.remove_holiday, "support", CHRISTMAS)
    assert other.read(support.holidays) == []


# --- calendar files ----------------------------------------------------------------------------


def test_an_import_records_the_days_with_one_entry(context: Context, tmp_path: Path) -> None:
    file = calendar(tmp_path, "20261225", "20270101")
    with one_entry(context, "holidays.imported", "support: holidays.ics") as facts:
        done = support.import_holidays(context, "support", file)
    assert (done.value.added, done.value.doubles, done.value.left_out) == ((CHRISTMAS, date(2027, 1, 1)), 0, 0)
    assert done.changes == {"support"}
    assert facts == [None, {"days": ["2026-12-25 Day 20261225", "2027-01-01 Day 20270101"]}]
    assert [item.origin for item in context.read(support.holidays)] == ["holidays.ics"] * 2
    assert done.value.sentence == "2 holidays of Support added."


def test_known_days_stay_as_they_are_and_other_events_are_counted(context: Context, tmp_path: Path) -> None:
    context.write(support.add_holiday, "support", CHRISTMAS, "Christmas Day")
    more = "BEGIN:VEVENT\nDTSTART:20261231T120000\nEND:VEVENT\n" * 3
    found = support.import_holidays(context, "support", calendar(tmp_path, "20261225", "20270101", more=more)).value
    assert (found.added, found.doubles, found.left_out) == ((date(2027, 1, 1),), 1, 3)
    assert found.sentence.startswith(
        "1 holiday of Support added. 1 day of the file was known already. 3 events left out: "
    )
    assert context.read(support.holidays)[0].name == "Christmas Day"


def test_a_file_without_news_changes_nothing(context: Context, tmp_path: Path) -> None:
    file = calendar(tmp_path, "20261225", "20261226")
    support.import_holidays(context, "support", file)
    with nothing_saved(context):
        done = support.import_holidays(context, "support", file)
    assert (done.value.added, done.changes) == ((), frozenset())
    assert done.value.sentence == "0 holidays of Support added. 2 days of the file were known already."


def test_a_year_back_and_five_years_ahead_are_taken(context: Context, tmp_path: Path) -> None:
    today = date(2026, 12, 1)
    edges = [today - timedelta(days=365), today + timedelta(days=5 * 365)]
    outside = [edges[0] - timedelta(days=1), edges[1] + timedelta(days=1)]
    file = calendar(tmp_path, *(f"{day:%Y%m%d}" for day in (*edges, *outside)))
    found = support.import_holidays(context, "support", file).value
    assert (list(found.added), found.left_out) == (edges, 2)


def test_the_days_are_those_of_the_team_s_own_zone(context: Context, tmp_path: Path) -> None:
    event = "BEGIN:VEVENT\nDTSTART:20261224T130000Z\nDTEND:20261225T130000Z\nEND:VEVENT\n"
    assert support.import_holidays(context, "support-au", calendar(tmp_path, more=event)).value.added == (CHRISTMAS,)
    assert support.import_holidays(context, "support", calendar(tmp_path, more=event)).value.added == ()


@pytest.mark.parametrize("team", ["chat", "nobody"])
def test_only_teams_with_holidays_of_their_own_can_be_imported_for(context: Context, tmp_path: Path, team: str) -> None:
    with nothing_saved(context), pytest.raises(BadInputError, match="support"):
        support.import_holidays(context, team, calendar(tmp_path, "20261225"))


def test_a_file_that_is_no_calendar_changes_nothing(context: Context, tmp_path: Path) -> None:
    (tmp_path / "x.ics").write_text("Dear Support")
    with nothing_saved(context), pytest.raises(BadInputError, match="not a calendar file"):
        support.import_holidays(context, "support", tmp_path / "x.ics")


def test_an_import_is_taken_back_as_a_whole_and_only_it(context: Context, tmp_path: Path) -> None:
    context.write(support.add_holiday, "support", CHRISTMAS)
    context.write(support.add_holiday, "support-au", date(2027, 1, 1))
    added = support.import_holidays(
        context, "support", calendar(tmp_path, "20261225", "20270101", "20270704")
    ).value.added
    context.write(support.remove_holiday, "support", date(2027, 7, 4))
    with one_entry(context, "holidays.removed", "support: holidays.ics") as facts:
        context.write(support.take_back_import, "support", added)
    assert facts[0] == {"days": ["2027-01-01 Day 20270101"]}
    assert [(item.team, item.day) for item in context.read(support.holidays)] == [
        ("support", CHRISTMAS), ("support-au", date(2027, 1, 1)),
    ]  # fmt: skip
    with nothing_saved(context), pytest.raises(BadInputError, match="removed already"):
        context.write(support.take_back_import, "support", added)


# --- one transaction ---------------------------------------------------------------------------

DEEDS: dict[str, Callable[[Context], object]] = {
    "add": lambda c: c.write(support.add_holiday, "support-au", CHRISTMAS),
    "remove": lambda c: c.write(support.remove_holiday, "support", CHRISTMAS),
    "import": lambda c: support.import_holidays(c, "support", c.home / "holidays.ics"),
    "take back": lambda c: c.write(support.take_back_import, "support", [CHRISTMAS]),
}


@pytest.mark.parametrize("works", [True, False])
@pytest.mark.parametrize("deed", DEEDS)
def test_a_deed_is_saved_with_its_entry_or_not_at_all(context: Context, deed: str, works: bool) -> None:
    calendar(context.home, "20270101")
    context.write(support.add_holiday, "support", CHRISTMAS)
    known = len(log(context))
    if works:
        DEEDS[deed](context)
        assert len(log(context)) == known + 1
    else:
        refuse_entries(context.home)
        with nothing_saved(context), pytest.raises(StoreError, match="Nothing"):
            DEEDS[deed](context)
