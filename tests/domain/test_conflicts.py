"""What a span overlaps: every entry that lies in it in whole or in part; of several days only whole days count."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from penelope_admin.domain.conflicts import MOST_SHOWN, Occurrence, Source, Span, bounded, days, meets, overlaps
from tests.domain.instants import utc

RESOLUTE, VANCOUVER = ZoneInfo("America/Resolute"), ZoneInfo("America/Vancouver")
WINDOW = Span(utc(2026, 12, 13, 2), utc(2026, 12, 13, 6))
HOUR = timedelta(hours=1)
INSTANTS = st.datetimes(datetime(2026, 12, 10), datetime(2026, 12, 16), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
LENGTHS = st.timedeltas(timedelta(0), timedelta(days=4))


def occurrence(
    starts_at: datetime, lasts: timedelta = HOUR, title: str = "Group", *, all_day: bool = False
) -> Occurrence:
    return Occurrence(starts_at, starts_at + lasts, all_day, title)


def source(*found: Occurrence, name: str = "Groups", site: str = "", more: int = 0) -> Source:
    return Source(name, site, VANCOUVER if site else RESOLUTE, found, (more,))


@given(starts=INSTANTS, lasts=LENGTHS, minutes=st.integers(1, 7000))
def test_a_span_meets_what_shares_a_moment_with_it(starts: datetime, lasts: timedelta, minutes: int) -> None:
    span = Span(WINDOW.starts_at, WINDOW.starts_at + timedelta(minutes=minutes))
    first, last = max(span.starts_at, starts), min(span.ends_at, starts + lasts)
    shared = first < last or (not lasts and span.starts_at <= starts < span.ends_at)
    assert meets(span, occurrence(starts, lasts)) == shared


def test_what_ends_as_a_window_starts_or_starts_as_it_ends_does_not_meet_it() -> None:
    assert not meets(WINDOW, occurrence(WINDOW.starts_at - HOUR))
    assert not meets(WINDOW, occurrence(WINDOW.ends_at))
    assert meets(WINDOW, occurrence(WINDOW.ends_at - timedelta(seconds=1)))


def test_of_one_day_every_entry_counts_and_of_several_only_what_lasts_whole_days() -> None:
    meeting = occurrence(utc(2026, 12, 8, 16))
    closed = occurrence(utc(2026, 12, 8, 6), timedelta(days=1), all_day=True)
    day, weeks = (
        days(date(2026, 12, 8), date(2026, 12, 8), RESOLUTE),
        days(date(2026, 12, 1), date(2026, 12, 18), RESOLUTE),
    )
    assert [meets(day, item) for item in (meeting, closed)] == [True, True]
    assert [meets(weeks, item) for item in (meeting, closed)] == [False, True]
    assert meets(weeks, occurrence(utc(2026, 12, 8, 16), timedelta(days=1)))


def test_days_are_whole_when_clocks_change() -> None:
    spring = days(date(2027, 3, 14), date(2027, 3, 14), RESOLUTE)
    assert (spring.starts_at, spring.ends_at) == (utc(2027, 3, 14, 6), utc(2027, 3, 15, 5))


def test_overlaps_stand_by_site_with_the_whole_agency_first_each_on_its_own_clock() -> None:
    at_site = source(occurrence(utc(2026, 12, 13, 3), title="Night shift"), name="Shifts", site="Coast")
    found = overlaps([WINDOW], [at_site, source(occurrence(utc(2026, 12, 13, 2)), more=3)])[0]
    assert [(item.who, item.in_words) for item in found] == [
        ("Whole agency", "Groups: Group, Saturday 12 December 2026, 20:00 to 21:00 (Resolute)"),
        ("Coast", f"Shifts: Night shift, {hour_in_vancouver()}"),
        ("Whole agency", "Groups: 3 more entries"),
    ]


def hour_in_vancouver() -> str:
    at = utc(2026, 12, 13, 3).astimezone(VANCOUVER)
    return f"Saturday 12 December 2026, {at:%H}:00 to {at.hour + 1}:00 (Vancouver)"


def test_days_are_told_as_days_and_an_entry_without_a_title_as_such() -> None:
    one = occurrence(utc(2026, 12, 12, 6), timedelta(days=1), "", all_day=True)
    three = occurrence(utc(2026, 12, 11, 6), timedelta(days=3), "Closed", all_day=True)
    assert [item.in_words for item in overlaps([WINDOW], [source(one, three)])[0]] == [
        "Groups: Closed, Friday 11 December 2026 to Sunday 13 December 2026",
        "Groups: no title, Saturday 12 December 2026, all day",
    ]


@given(count=st.integers(0, MOST_SHOWN + 20))
def test_of_too_many_entries_the_first_are_shown_and_the_others_counted(count: int) -> None:
    found = [occurrence(WINDOW.starts_at + timedelta(seconds=number)) for number in range(count)]
    kept, more = bounded([WINDOW], reversed(found))
    assert kept == tuple(found[:MOST_SHOWN])
    assert more == (max(0, count - MOST_SHOWN),)
