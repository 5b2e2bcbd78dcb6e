"""Notices the vendor sent: recorded, taken back, and above the computed windows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from penelope_admin.domain.windows import NoticeKind
from penelope_admin.errors import BadInputError, ConflictError
from penelope_admin.services.calendar import notices, publishing, windows
from penelope_admin.services.work import Context
from tests.each import each
from tests.services.house import NOW, nothing_saved, one_entry

STARTS = datetime(2026, 12, 13, 3, 30, tzinfo=UTC)  # the computed window starts an hour and a half earlier
ENDS = STARTS + timedelta(hours=3)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def test_a_notice_takes_the_place_of_the_computed_window(context: Context) -> None:
    computed = context.read(windows.upcoming, 3)
    context.write(notices.add, "announced", STARTS, ENDS, "2026.12", "Email of 4 December")
    announced = context.read(windows.upcoming, 3)
    assert [window.kind for window in computed] == ["mass-upgrade"] * 3
    assert [window.kind for window in announced] == ["announced", "mass-upgrade", "mass-upgrade"]
    assert (announced[0].starts_at, announced[0].ends_at) == (STARTS, ENDS)
    assert [window.starts_at for window in announced[1:]] == [window.starts_at for window in computed[1:]]


def test_an_emergency_stands_beside_the_computed_window(context: Context) -> None:
    context.write(notices.add, "emergency", STARTS, ENDS)
    assert [window.kind for window in context.read(windows.upcoming, 3)] == [
        "mass-upgrade",
        "emergency",
        "mass-upgrade",
    ]


def test_a_removed_notice_lets_the_computed_window_back(context: Context) -> None:
    computed = context.read(windows.upcoming, 3)
    key = context.write(notices.add, "announced", STARTS, ENDS).value.id
    with one_entry(context, "notice.removed", f"notice {key}") as facts:
        context.write(notices.remove, key)
    assert context.read(windows.upcoming, 3) == computed
    assert facts[0] == {
        "kind": "announced", "starts_at": STARTS.isoformat(), "ends_at": ENDS.isoformat(), "version": None,
    }  # fmt: skip


def test_recording_a_notice_makes_one_activity_entry(context: Context) -> None:
    with one_entry(context, "notice.recorded", "notice 1") as facts:
        done = context.write(notices.add, "announced", STARTS, ENDS, "2026.12", "Email of 4 December")
    assert done.changes == {"notices"}
    assert (facts[1]["version"], facts[1]["text_given"]) == ("2026.12", ["origin"])


def test_notices_are_listed_oldest_first_whatever_order_they_came_in(context: Context) -> None:
    for days in (40, 0, 20):
        context.write(notices.add, "announced", STARTS + timedelta(days=days), ENDS + timedelta(days=days))
    starts = [notice.starts_at for notice in context.read(notices.find_all)]
    assert starts == [STARTS + timedelta(days=days) for days in (0, 20, 40)]


def test_the_agencys_calendar_knows_the_notices(context: Context) -> None:
    context.write(notices.add, "announced", STARTS, ENDS)
    found = context.read(windows.agency_calendar).between(NOW, NOW.date(), count=1)
    assert [window.kind for window in found] == ["announced"]


def test_a_second_notice_of_a_window_that_was_moved_leaves_the_next_months_alone(context: Context) -> None:
    starts = datetime(2027, 1, 7, 3, tzinfo=UTC)
    context.write(notices.add, "announced", starts, starts + 3 * HOUR, month=date(2026, 12, 12))
    before = [(window.key, window.starts_at) for window in context.read(windows.upcoming, 3)]
    context.write(notices.add, "announced", starts, starts + 3 * HOUR, "5.2")
    assert [(window.key, window.starts_at) for window in context.read(windows.upcoming, 3)] == before
    assert context.read(windows.upcoming)[0].version == "5.2"


@pytest.mark.parametrize("kind", ["announced", "emergency"])
def test_the_same_notice_is_not_recorded_twice(context: Context, kind: NoticeKind) -> None:
    context.write(notices.add, kind, STARTS, ENDS)
    with nothing_saved(context), pytest.raises(BadInputError, match="recorded already"):
        context.write(notices.add, kind, STARTS.astimezone(), ENDS)


DECEMBER, THERE_IS_NONE = date(2026, 12, 1), "No upgrade in December 2026, as a notice says: Email."


def test_a_month_without_an_upgrade_is_left_out_until_its_notice_is_removed(context: Context) -> None:
    computed = context.read(windows.upcoming, 3)
    with one_entry(context, "notice.recorded", "notice 1") as facts:
        said = context.write(notices.cancel, date(2026, 12, 31), "Email").value
    assert (facts[1]["kind"], facts[1]["month"]) == ("cancelled", "2026-12-01")
    assert [window.starts_at for window in context.read(windows.upcoming, 2)] == [
        window.starts_at for window in computed[1:]
    ]
    assert context.read(windows.upcoming)[0].details[-1] == THERE_IS_NONE
    assert context.read(windows.without_upgrade) == [(DECEMBER, said)]
    context.write(notices.remove, said.id)
    assert context.read(windows.upcoming, 3) == computed


def test_an_announced_upgrade_can_be_called_off_and_announced_again(context: Context) -> None:
    context.write(notices.add, "announced", STARTS, ENDS)
    called_off = context.write(notices.cancel, DECEMBER).value
    assert called_off.replaces == "1"
    assert context.read(windows.upcoming)[0].key == "2027-01"
    again = context.write(notices.add, "announced", STARTS, ENDS).value
    assert again.replaces == called_off.id
    assert context.read(windows.upcoming)[0].notice == again
    assert context.read(windows.without_upgrade) == []


@pytest.mark.parametrize("month", [DECEMBER, date(1969, 12, 31), date(2101, 1, 1)])
def test_a_month_is_called_off_once_and_within_the_calendar(context: Context, month: date) -> None:
    context.write(notices.cancel, DECEMBER)
    with nothing_saved(context), pytest.raises(BadInputError, match=r"recorded already|1970 to 2100"):
        context.write(notices.cancel, month)


def test_an_emergency_moves_no_month_without_an_upgrade(context: Context) -> None:
    key = context.write(notices.cancel, DECEMBER).value.id
    with nothing_saved(context), pytest.raises(BadInputError, match="of the other kind"):
        context.write(notices.add, "emergency", STARTS, ENDS, replaces=key)


def test_a_second_notice_of_a_window_keeps_what_it_does_not_say_itself(context: Context) -> None:
    context.write(notices.add, "announced", STARTS, ENDS, "4.2")
    context.write(notices.add, "announced", STARTS, ENDS, downtime=120)
    (window, *_) = context.read(windows.upcoming)
    assert (window.version, window.outage) == ("4.2", timedelta(hours=2))


def test_emergency_maintenance_that_is_prolonged_takes_the_place_of_what_began_then(context: Context) -> None:
    context.write(notices.add, "emergency", STARTS, ENDS)
    longer = context.write(notices.add, "emergency", STARTS, ENDS + HOUR).value
    assert longer.replaces == "1"
    assert [window.notice for window in context.read(windows.upcoming) if window.is_emergency] == [longer]


def test_each_emergency_has_a_key_of_its_own_though_another_had_moved_away_from_its_start(context: Context) -> None:
    context.write(notices.add, "emergency", STARTS, ENDS)
    context.write(notices.add, "emergency", STARTS + DAY, ENDS + DAY, replaces="1")
    context.write(notices.add, "emergency", STARTS, ENDS)
    keys = [window.key for window in context.read(windows.upcoming) if window.is_emergency]
    assert keys == ["emergency-20261213T0330Z-2", "emergency-20261213T0330Z"]
    assert publishing.calendar_text(context).count("emergency-20261213T0330Z") == 2


@each("length", [timedelta(0), timedelta(seconds=-1), timedelta(days=3, microseconds=1)])
def test_a_window_ends_after_it_starts_and_within_three_days(context: Context, length: timedelta) -> None:
    with nothing_saved(context), pytest.raises(BadInputError, match="within three days"):
        context.write(notices.add, "announced", STARTS, STARTS + length)


def test_a_time_without_a_zone_is_refused(context: Context) -> None:
    with nothing_saved(context), pytest.raises(BadInputError, match="has no time zone"):
        context.write(notices.add, "announced", STARTS.replace(tzinfo=None), ENDS)


def test_an_origin_of_two_lines_is_refused(context: Context) -> None:
    with nothing_saved(context), pytest.raises(BadInputError, match="The origin"):
        context.write(notices.add, "announced", STARTS, ENDS, origin="Subject: x\nBcc: y")


@pytest.mark.parametrize("key", ["7", "", "x", "1 OR 1=1"])
def test_a_notice_that_is_not_there_cannot_be_removed(context: Context, key: str) -> None:
    context.write(notices.add, "announced", STARTS, ENDS)
    with nothing_saved(context), pytest.raises(BadInputError, match="There is no notice"):
        context.write(notices.remove, key)


def test_windows_need_an_agency(fresh: Context) -> None:
    with pytest.raises(BadInputError, match="No agency is set up yet"):
        fresh.read(windows.upcoming)


def test_a_notice_keeps_the_downtime_it_names(context: Context) -> None:
    made = context.write(notices.add, "emergency", STARTS, ENDS, downtime=45).value
    assert context.read(notices.find_all) == [made]
    assert made.downtime == 45


@each("minutes", [0, -1, 181, 10**12])
def test_a_downtime_fits_into_its_window(context: Context, minutes: int) -> None:
    with nothing_saved(context), pytest.raises(BadInputError, match="The expected downtime"):
        context.write(notices.add, "emergency", STARTS, ENDS, downtime=minutes)


def test_a_newer_notice_replaces_the_earlier_one_and_the_log_says_which(context: Context) -> None:
    first = context.write(notices.add, "announced", STARTS, ENDS).value
    with one_entry(context, "notice.recorded", "notice 2") as facts:
        second = context.write(notices.add, "announced", STARTS + 7 * DAY, ENDS + 7 * DAY).value
    assert (second.replaces, facts[1]["replaces"]) == (first.id, int(first.id))
    assert context.read(windows.upcoming)[0].starts_at == STARTS + 7 * DAY
    assert [notice.id for notice in context.read(notices.find_all)] == ["1", "2"]


def test_a_replaced_notice_is_not_removed_before_the_one_that_replaces_it_and_counts_again_then(
    context: Context,
) -> None:
    context.write(notices.add, "announced", STARTS, ENDS)
    context.write(notices.add, "announced", STARTS + 7 * DAY, ENDS + 7 * DAY)
    with nothing_saved(context), pytest.raises(ConflictError, match="notice 2 replaces it"):
        context.write(notices.remove, "1")
    context.write(notices.remove, "2")
    assert context.read(windows.upcoming)[0].starts_at == STARTS


@pytest.mark.parametrize(
    ("kind", "replaces", "days", "says"),
    [
        ("announced", "7", 7, "There is no notice 7"),
        ("emergency", "2", 7, "of the other kind"),
        ("announced", "1", 7, "is replaced by notice 2"),
        ("announced", "2", 60, "more than 42 days"),
    ],
)
def test_a_notice_replaces_only_what_it_can(
    context: Context, kind: NoticeKind, replaces: str, days: int, says: str
) -> None:
    context.write(notices.add, "announced", STARTS, ENDS)
    context.write(notices.add, "announced", STARTS + DAY, ENDS + DAY)
    with nothing_saved(context), pytest.raises(BadInputError, match=says):
        context.write(notices.add, kind, STARTS + days * DAY, ENDS + days * DAY, replaces=replaces)


def test_a_first_notice_may_move_an_upgrade_so_far_that_another_is_nearer(context: Context) -> None:
    computed = context.read(windows.upcoming, 3)
    late = STARTS + 21 * DAY
    moved = context.write(notices.add, "announced", late, late + timedelta(hours=3), month=date(2026, 12, 31)).value
    found = context.read(windows.upcoming, 3)
    assert moved.month == date(2026, 12, 1)
    assert [window.starts_at for window in found] == [late, computed[1].starts_at, computed[2].starts_at]
    again = context.write(notices.add, "announced", late + DAY, late + 2 * DAY, month=date(2026, 12, 1)).value
    assert again.replaces == moved.id


@each(
    "kind, month, replaces, message",
    [
        ("announced", date(2026, 10, 1), None, "lies more than 42 days from this window"),
        ("emergency", date(2026, 12, 1), None, "Only a regular upgrade has a month"),
        ("announced", date(2026, 12, 1), "1", "no other notice beside it"),
    ],
)
def test_a_month_that_cannot_be_meant_is_refused(
    context: Context, kind: NoticeKind, month: date, replaces: str | None, message: str
) -> None:
    with nothing_saved(context), pytest.raises(BadInputError, match=message):
        context.write(notices.add, kind, STARTS, ENDS, replaces=replaces, month=month)
