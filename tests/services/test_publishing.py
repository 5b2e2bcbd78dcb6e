"""Calendar files of all that is known: what is in them, what changed since, and what was withdrawn."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import icalendar
import pytest

from penelope_admin.clock import FixedClock
from penelope_admin.domain.entries import COMPUTED, EVERYTHING, WINDOWS
from penelope_admin.domain.projects import ProjectInput
from penelope_admin.domain.requests import RequestInput
from penelope_admin.errors import DamagedError, NotSetUpError
from penelope_admin.services import activity, features, projects, requests
from penelope_admin.services.calendar import notices, publishing, windows
from penelope_admin.services.work import Context
from tests.services.house import NOW, SOON, SURE, change_agency, log, upgraded
from tests.services.test_verified import behind_its_back

LEDGER = "general-ledger"
DAY = timedelta(days=1)
STARTS = datetime(2026, 12, 2, 4, tzinfo=UTC)
UPGRADE = date(2026, 12, 12)


def read(text: str) -> dict[str, Any]:
    """The events of a file by their titles."""
    events = icalendar.Calendar.from_ical(text).walk("VEVENT")
    return {str(event["SUMMARY"]): event for event in events}


def titles(context: Context) -> set[str]:
    return {title for title in read(publishing.calendar_text(context)) if "upgrade window" not in title}


def switched_on(context: Context) -> None:
    upgraded(context)
    on_until(context, SOON)


def on_until(context: Context, until: date) -> None:
    context.write(
        features.switch, LEDGER, "enable", reason="Payroll", until=until, acknowledgement=SURE, already_done=True
    )


def scheduled(context: Context) -> int:
    key = context.write(requests.draft, RequestInput(reason="Fresh data")).value.request.id
    context.write(requests.advance, key, "sent")
    context.write(requests.advance, key, "acknowledged", case_number="00123456")
    context.write(requests.advance, key, "scheduled", scheduled_for=SOON)
    return key


def test_a_calendar_has_all_that_the_program_knows(context: Context) -> None:
    switched_on(context)
    context.write(features.switch, "ms-exchange", "enable", reason="Pilot", until=SOON, acknowledgement=SURE)
    scheduled(context)
    context.write(projects.add, ProjectInput("Payroll pilot", "Try it", SOON, SOON + 9 * DAY))
    context.write(notices.add, "emergency", STARTS, STARTS + timedelta(hours=1))
    found = read(publishing.calendar_text(context))
    upgrades = [title for title in found if "upgrade window" in title]
    assert len(upgrades) >= 2  # of one title each, with and without doubt
    assert titles(context) == {
        "Penelope: emergency maintenance",
        "Penelope: last day of General Ledger in Mirrored",
        "Penelope: last day of MS Exchange in Mirrored",
        "Penelope: refresh of Mirrored",
        "Penelope: project Payroll pilot",
    }
    project = found["Penelope: project Payroll pilot"]
    assert (project["DTSTART"].dt, project["DTEND"].dt) == (SOON, SOON + 10 * DAY)
    planned = found["Penelope: last day of MS Exchange in Mirrored"]
    assert (str(planned["STATUS"]), str(found["Penelope: refresh of Mirrored"]["STATUS"])) == ("TENTATIVE", "CONFIRMED")
    assert "not recorded as on yet" in planned["DESCRIPTION"]


def test_a_calendar_of_windows_has_nothing_else(context: Context) -> None:
    switched_on(context)
    text = publishing.calendar_text(context, WINDOWS)
    assert all("upgrade window" in title for title in read(text))
    assert text.count("BEGIN:VEVENT") == 26  # two months back, two years ahead


def test_a_window_is_tentative_and_says_why_until_a_notice_tells_its_date(context: Context, clock: FixedClock) -> None:
    def december() -> icalendar.Event:
        text = publishing.calendar_text(context, WINDOWS)
        found = icalendar.Calendar.from_ical(text).walk("VEVENT")
        assert all(
            ("Confirm the date." in event["DESCRIPTION"]) == ("confirmed" in event["SUMMARY"]) for event in found
        )
        assert {str(event["STATUS"]) for event in found if COMPUTED in event["DESCRIPTION"]} == {"TENTATIVE"}
        return next(event for event in found if "2026-12@" in event["UID"])

    computed = december()
    clock.instant += timedelta(seconds=1)
    told = context.write(notices.add, "announced", datetime(2026, 12, 13, 2, tzinfo=UTC),
                         datetime(2026, 12, 13, 6, tzinfo=UTC)).value  # fmt: skip
    confirmed = december()
    context.write(notices.remove, told.id)
    again = december()
    assert [(str(event["SUMMARY"]), str(event["STATUS"])) for event in (computed, confirmed, again)] == [
        ("Penelope: upgrade window, computed", "TENTATIVE"),
        ("Penelope: upgrade window", "CONFIRMED"),
        ("Penelope: upgrade window, computed", "TENTATIVE"),
    ]
    first = computed["SEQUENCE"]
    assert [confirmed["SEQUENCE"], again["SEQUENCE"]] == [first + 1, first + 2]


def test_a_calendar_says_whose_it_is_and_how_often_to_look(context: Context) -> None:
    text = publishing.calendar_text(context).replace("\r\n ", "")
    for line in (
        "METHOD:PUBLISH", "X-WR-CALNAME:Penelope\\, Riverside Family Services",
        "REFRESH-INTERVAL;VALUE=DURATION:PT6H", "X-PUBLISHED-TTL:PT6H",
    ):  # fmt: skip
        assert f"\r\n{line}\r\n" in text


def test_alarms_are_those_that_were_chosen_and_of_whole_days_at_nine(context: Context) -> None:
    switched_on(context)
    found = read(publishing.calendar_text(context, alarms=(60, 1440, 7 * 1440)))
    window = next(event for title, event in found.items() if title == "Penelope: upgrade window, computed")
    assert [alarm["TRIGGER"].dt for alarm in window.walk("VALARM")] == [-7 * DAY, -DAY, -timedelta(hours=1)]
    day = found["Penelope: last day of General Ledger in Mirrored"]
    nine = timedelta(hours=9)
    assert [alarm["TRIGGER"].dt for alarm in day.walk("VALARM")] == [nine - 7 * DAY, nine - DAY]
    assert "VALARM" not in publishing.calendar_text(context, alarms=())


def test_an_entry_that_changed_counts_up_and_says_when_and_others_stay(context: Context, clock: FixedClock) -> None:
    switched_on(context)
    title = "Penelope: last day of General Ledger in Mirrored"
    before = read(publishing.calendar_text(context))
    clock.instant += timedelta(seconds=1)  # within the same minute
    on_until(context, SOON + 3 * DAY)
    after = read(publishing.calendar_text(context))
    assert after[title]["DTSTART"].dt == SOON + 3 * DAY
    assert after[title]["UID"] == before[title]["UID"]
    assert after[title]["SEQUENCE"] == before[title]["SEQUENCE"] + 1
    assert (before[title]["LAST-MODIFIED"].dt, after[title]["LAST-MODIFIED"].dt) == (NOW, clock.instant)
    others = before.keys() - {title}
    assert {key: after[key].to_ical() for key in others} == {key: before[key].to_ical() for key in others}


def test_what_was_withdrawn_is_cancelled_and_comes_back_as_the_same_entry(context: Context) -> None:
    switched_on(context)
    title = "Penelope: last day of General Ledger in Mirrored"
    there = read(publishing.calendar_text(context))[title]
    context.write(features.switch, LEDGER, "disable", reason="Done", already_done=True)
    gone = read(publishing.calendar_text(context))[f"Cancelled: {title}"]
    assert (str(gone["STATUS"]), gone["UID"], gone.walk("VALARM")) == ("CANCELLED", there["UID"], [])
    assert gone["SEQUENCE"] == there["SEQUENCE"] + 1
    assert read(publishing.calendar_text(context))[f"Cancelled: {title}"] == gone
    switched_on(context)
    back = read(publishing.calendar_text(context))[title]
    assert (str(back["STATUS"]), back["UID"], back["SEQUENCE"]) == ("CONFIRMED", there["UID"], gone["SEQUENCE"] + 1)


def test_the_entry_of_a_month_that_has_no_upgrade_is_cancelled(context: Context) -> None:
    before = icalendar.Calendar.from_ical(publishing.calendar_text(context, WINDOWS)).walk("VEVENT")
    (there,) = (event["UID"] for event in before if event["DTSTART"].dt.date() in (UPGRADE, UPGRADE + DAY))
    context.write(notices.cancel, UPGRADE)
    after = icalendar.Calendar.from_ical(publishing.calendar_text(context, WINDOWS)).walk("VEVENT")
    assert [event["UID"] for event in after if str(event.get("STATUS")) == "CANCELLED"] == [there]


def test_what_was_done_on_its_day_is_not_called_cancelled(context: Context, clock: FixedClock) -> None:
    key = scheduled(context)
    publishing.calendar_text(context)
    clock.instant = datetime(2026, 12, 11, 20, tzinfo=UTC)
    context.write(requests.advance, key, "done")
    assert titles(context) == {"Penelope: refresh of Mirrored"}


def test_one_window_alone_cancels_nothing_and_a_range_only_what_lies_in_it(context: Context) -> None:
    notice = context.write(notices.add, "emergency", STARTS, STARTS + timedelta(hours=1)).value
    first = context.read(windows.upcoming, 3)
    assert publishing.windows_text(context, first).count("BEGIN:VEVENT") == 3
    context.write(notices.remove, notice.id)
    later = context.read(windows.upcoming, 3)
    assert "Cancelled" not in publishing.windows_text(context, later[:1])
    assert "Cancelled" not in publishing.windows_text(context, later[1:])
    context.write(notices.add, "emergency", NOW + timedelta(hours=1), NOW + timedelta(hours=2))
    around = context.read(windows.upcoming, 3)
    assert "SUMMARY:Cancelled: Penelope: emergency maintenance" in publishing.windows_text(context, around)


def test_another_region_withdraws_the_windows_of_the_one_before(context: Context) -> None:
    publishing.calendar_text(context)
    change_agency(context, region="US")
    events = icalendar.Calendar.from_ical(publishing.calendar_text(context)).walk("VEVENT")
    to_come = [event for event in events if event["DTSTART"].dt > NOW]
    assert {(str(event["UID"])[:2], str(event["STATUS"]) == "CANCELLED") for event in to_come} == {
        ("ca", True), ("us", False),
    }  # fmt: skip


def test_after_a_restore_entries_are_newer_than_those_that_others_have(context: Context, clock: FixedClock) -> None:
    """What was counted since the backup is forgotten, and time has passed."""
    switched_on(context)
    for days in range(4):
        on_until(context, SOON + days * DAY)
        text = publishing.calendar_text(context)
    behind_its_back(context, "DELETE FROM published")
    clock.instant += timedelta(minutes=10)
    title = "Penelope: last day of General Ledger in Mirrored"
    assert read(publishing.calendar_text(context))[title]["SEQUENCE"] > read(text)[title]["SEQUENCE"]


def test_entries_long_past_are_forgotten(context: Context, clock: FixedClock) -> None:
    publishing.calendar_text(context)
    clock.instant += 900 * DAY
    publishing.calendar_text(context)
    with context.store.reading() as connection:
        count = connection.exec_driver_sql("SELECT count(*) FROM published WHERE content LIKE '%2026-10%'").scalar()
    assert count == 0


def test_names_that_look_like_client_data_do_not_go_out(context: Context) -> None:
    context.write(projects.add, ProjectInput("Call 204-555-0198", "Try it", SOON, SOON))
    text = publishing.calendar_text(context)
    assert "0198" not in text
    assert "Penelope: project Call" in text


def test_writing_a_calendar_is_no_action_of_the_log(context: Context) -> None:
    before = len(log(context))
    publishing.calendar_text(context)
    assert len(log(context)) == before
    assert context.read(activity.verify).holds


def test_a_damaged_entry_is_named(context: Context) -> None:
    publishing.calendar_text(context)
    behind_its_back(context, "UPDATE published SET content = '{}' WHERE uid LIKE 'ca-2026-12%'")
    with pytest.raises(DamagedError, match=r"content in row ca-2026-12@penelope-admin\.invalid of the table published"):
        publishing.calendar_text(context)


def test_without_an_agency_there_is_no_calendar(fresh: Context) -> None:
    with pytest.raises(NotSetUpError):
        publishing.calendar_text(fresh, EVERYTHING)


def test_a_window_that_ends_at_midnight_touches_no_other_day(context: Context) -> None:
    (upgrade,) = context.read(windows.upcoming, 1)
    assert upgrade.ends_at.astimezone(upgrade.zone).hour == 0
    (entry, *_) = (item for item in context.read(publishing.entries) if item.starts_at == upgrade.starts_at)
    assert (entry.first_day, entry.last_day) == (upgrade.first_day, upgrade.last_day) == (UPGRADE, UPGRADE)
