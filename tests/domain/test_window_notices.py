"""What the vendor announces outranks what is computed; emergencies stand beside it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from penelope_admin.domain.staff import staff_notice
from penelope_admin.domain.windows import Calendar, Notice, NoticeKind, warnings_for_dates
from penelope_admin.policy import Policy
from tests.domain.instants import utc
from tests.each import each

LONDON = ZoneInfo("Europe/London")
HOUR = timedelta(hours=1)
DECEMBER = date(2026, 12, 1)

OPTING_OUT = (
    "Opting out of an emergency maintenance window is not possible. The vendor gives notice ahead as well as it can, "
    "and aims for times outside business hours."
)


def notice(starts_at: datetime, kind: NoticeKind = "announced", *, name: str = "1", hours: int = 4) -> Notice:
    return Notice(name, kind, starts_at, starts_at + hours * HOUR)


def starts(policy: Policy, notices: list[Notice], now: datetime, count: int) -> list[tuple[str, datetime]]:
    """Kind and start of the upcoming windows."""
    found = Calendar(policy, "GB", LONDON, notices).upcoming(now, count)
    return [(window.kind, window.starts_at) for window in found]


def test_a_notice_takes_the_place_of_the_computed_window(policy: Policy) -> None:
    told = notice(utc(2026, 12, 13, 1))
    assert starts(policy, [told], utc(2026, 12, 1), 2) == [
        ("announced", utc(2026, 12, 13, 1)),
        ("mass-upgrade", utc(2027, 1, 10, 2)),
    ]


def test_a_notice_of_another_weekend_takes_the_place_of_the_nearest_window(policy: Policy) -> None:
    told = notice(utc(2026, 12, 6, 2))
    assert starts(policy, [told], utc(2026, 11, 20), 2) == [
        ("announced", utc(2026, 12, 6, 2)),
        ("mass-upgrade", utc(2027, 1, 10, 2)),
    ]


def test_a_notice_in_another_month_takes_the_place_of_the_nearest_window(policy: Policy) -> None:
    told = notice(utc(2026, 11, 30, 2))
    assert starts(policy, [told], utc(2026, 11, 20), 2) == [
        ("announced", utc(2026, 11, 30, 2)),
        ("mass-upgrade", utc(2027, 1, 10, 2)),
    ]
    told = notice(utc(2027, 1, 2, 2))
    assert starts(policy, [told], utc(2026, 11, 20), 3) == [
        ("mass-upgrade", utc(2026, 12, 13, 2)),
        ("announced", utc(2027, 1, 2, 2)),
        ("mass-upgrade", utc(2027, 2, 14, 2)),
    ]


def test_a_notice_that_has_ended_still_replaces_the_window_it_moved(policy: Policy) -> None:
    told = notice(utc(2026, 12, 6, 2))
    assert starts(policy, [told], utc(2026, 12, 7), 1) == [("mass-upgrade", utc(2027, 1, 10, 2))]


def test_two_notices_for_one_window_never_both_show_and_the_newer_counts(policy: Policy) -> None:
    told = [notice(utc(2026, 12, 13, 4), name="10"), notice(utc(2026, 12, 20, 1), name="9")]
    assert starts(policy, told, utc(2026, 12, 1), 2) == [
        ("announced", utc(2026, 12, 13, 4)),
        ("mass-upgrade", utc(2027, 1, 10, 2)),
    ]
    months = Calendar(policy, "GB", LONDON, told)
    assert [months.replaced_by(each) for each in told] == [None, told[0]]


def test_a_notice_can_move_a_window_further_than_to_the_nearest(policy: Policy) -> None:
    told = [notice(utc(2026, 12, 13, 1)), replace(notice(utc(2027, 1, 3, 2), name="2"), replaces="1")]
    assert starts(policy, told, utc(2026, 12, 1), 2) == [
        ("announced", utc(2027, 1, 3, 2)),
        ("mass-upgrade", utc(2027, 1, 10, 2)),
    ]
    (found,) = Calendar(policy, "GB", LONDON, told).upcoming(utc(2026, 12, 1))
    assert found.key == "2026-12"
    assert found.details[-1] == "It replaces the notice of Sunday 13 December 2026, 01:00 to 05:00 (London)."


def cancelled(name: str = "9", month: date = DECEMBER) -> Notice:
    """That a month has no upgrade, as it is recorded."""
    start = {12: utc(2026, 12, 13, 2), 1: utc(2027, 1, 10, 2)}[month.month]
    return replace(notice(start, name=name), kind="cancelled", origin="Email of 1 December.", month=month)


def test_a_month_that_has_no_upgrade_is_left_out_and_the_next_upgrade_says_so(policy: Policy) -> None:
    months = Calendar(policy, "GB", LONDON, [cancelled()])
    (window,) = months.upcoming(utc(2026, 12, 1))
    assert (window.key, window.details[-1]) == (
        "2027-01", "No upgrade in December 2026, as a notice says: Email of 1 December.",
    )  # fmt: skip
    assert months.last_ended(utc(2026, 12, 20)).key == "2026-11"
    (after,) = months.upcoming(utc(2027, 1, 20))
    assert not [said for said in after.details if said.startswith("No upgrade")]


def test_of_two_months_without_an_upgrade_the_next_one_names_both(policy: Policy) -> None:
    told = [cancelled(), cancelled("10", date(2027, 1, 1))]
    (window,) = Calendar(policy, "GB", LONDON, told).upcoming(utc(2026, 12, 1))
    assert window.key == "2027-02"
    assert [said.split(",")[0] for said in window.details[-2:]] == [
        "No upgrade in January 2027", "No upgrade in December 2026",
    ]  # fmt: skip


def test_what_the_vendor_said_last_of_a_month_counts(policy: Policy) -> None:
    announced = notice(utc(2026, 12, 20, 2), name="8")
    again = replace(notice(utc(2026, 12, 27, 2), name="10"), replaces="9")
    assert starts(policy, [announced, cancelled()], utc(2026, 12, 1), 1) == [("mass-upgrade", utc(2027, 1, 10, 2))]
    (window,) = Calendar(policy, "GB", LONDON, [announced, cancelled(), again]).upcoming(utc(2026, 12, 1))
    assert (window.key, window.starts_at) == ("2026-12", utc(2026, 12, 27, 2))
    assert window.details[-1] == "It replaces the notice that this month has no upgrade."


def test_an_emergency_in_a_month_without_an_upgrade_counts(policy: Policy) -> None:
    told = [cancelled(), notice(utc(2026, 12, 13, 2), "emergency", name="10")]
    assert starts(policy, told, utc(2026, 12, 1), 2) == [
        ("emergency", utc(2026, 12, 13, 2)),
        ("mass-upgrade", utc(2027, 1, 10, 2)),
    ]


def test_an_emergency_that_was_moved_counts_once(policy: Policy) -> None:
    told = [
        notice(utc(2026, 12, 2), "emergency"),
        replace(notice(utc(2026, 12, 3), "emergency", name="2"), replaces="1"),
        notice(utc(2026, 12, 4), "emergency", name="3"),
    ]
    assert [start.day for _, start in starts(policy, told, utc(2026, 12, 1), 3)] == [3, 4, 13]


def test_an_emergency_that_was_moved_keeps_its_key_so_that_calendars_move_it(policy: Policy) -> None:
    first = replace(notice(utc(2026, 12, 3, 4), "emergency"), id="1")
    moved = replace(notice(utc(2026, 12, 4, 4), "emergency"), id="2", replaces="1")
    again = replace(notice(utc(2026, 12, 5, 4), "emergency"), id="3", replaces="2")
    keys = set()
    for known in ([first], [first, moved], [first, moved, again]):
        (found,) = Calendar(policy, "GB", LONDON, known).upcoming(utc(2026, 12, 1), 1)
        assert found.starts_at == known[-1].starts_at
        keys.add(found.key)
    assert keys == {"emergency-20261203T0400Z"}


def test_an_emergency_says_its_own_downtime_and_not_that_of_upgrades(policy: Policy) -> None:
    told = replace(notice(utc(2026, 12, 2), "emergency", hours=2), version="4.10", origin="Email of 1 December")
    (found,) = Calendar(policy, "GB", LONDON, [told]).upcoming(utc(2026, 12, 1))
    assert (found.name, found.outage) == ("Emergency maintenance", None)
    assert found.details == (
        "The notice's expected downtime is not recorded.",
        OPTING_OUT,
        "Version: 4.10.",
        "Notice: Email of 1 December.",
    )
    (found,) = Calendar(policy, "GB", LONDON, [replace(told, downtime=90)]).upcoming(utc(2026, 12, 1))
    assert found.details[0] == "Expected downtime, as the notice says: 1 hour 30 minutes."


@each("hours, usual", [(2, False), (3, True), (4, True), (5, False), (12, False)])
def test_the_usual_outage_is_said_of_announced_windows_of_the_usual_length_only(
    policy: Policy, hours: int, usual: bool
) -> None:
    (found,) = Calendar(policy, "GB", LONDON, [notice(utc(2026, 12, 13), hours=hours)]).upcoming(utc(2026, 12, 1))
    assert found.details[0].startswith("Expect up to 3 hours offline") is usual
    assert (found.outage == timedelta(hours=3)) is usual


def test_a_downtime_that_a_regular_notice_names_outranks_the_usual_outage(policy: Policy) -> None:
    told = replace(notice(utc(2026, 12, 13, 2)), downtime=60)
    (found,) = Calendar(policy, "GB", LONDON, [told]).upcoming(utc(2026, 12, 1))
    assert found.details == ("Expected downtime, as the notice says: 1 hour.",)
    assert "The expected downtime is 1 hour within that time." in staff_notice(found, "Prairie House").text


def test_the_staff_is_told_of_an_emergency_in_words_of_its_own(policy: Policy) -> None:
    told = replace(notice(utc(2026, 12, 2, 20), "emergency", hours=2), downtime=45)
    (found,) = Calendar(policy, "GB", LONDON, [told]).upcoming(utc(2026, 12, 1))
    assert staff_notice(found, "Prairie House").text.split("\n") == [
        "Emergency maintenance of Penelope: Wednesday 2 December 2026, 20:00 to 22:00 (London).",
        "",
        "The expected downtime is 45 minutes within that time. Save your work and sign out before it starts.",
        "Please note: " + OPTING_OUT,
        "",
        "Prairie House",
    ]


def test_the_staff_is_told_why_emergency_maintenance_is_made(policy: Policy) -> None:
    told = replace(notice(utc(2026, 12, 2, 20), "emergency", hours=2), reason="A security risk.")
    (found,) = Calendar(policy, "GB", LONDON, [told]).upcoming(utc(2026, 12, 1))
    assert "Reason, as the notice says: A security risk." in found.details
    assert "Please note: The vendor's reason: A security risk." in staff_notice(found, "Prairie House").text.split("\n")


@each(
    "shift, hours, defies",
    [(0, 4, False), (0, 3, False), (1, 3, False), (1, 4, True), (-1, 4, True), (24 * 7, 4, True)],
)
def test_a_notice_outside_the_computed_window_contradicts_the_rule_and_both_dates_are_said(
    policy: Policy, shift: int, hours: int, defies: bool
) -> None:
    told = notice(utc(2026, 12, 13, 2) + shift * HOUR, hours=hours)
    (found,) = Calendar(policy, "GB", LONDON, [told]).upcoming(utc(2026, 12, 1))
    said = (
        "The notice contradicts the vendor's rule, which gives Sunday 13 December 2026, 02:00 to 06:00 (London). "
        "The notice counts."
    )
    assert (found.defies_rule, said in found.details) == (defies, defies)


def test_a_notice_that_names_the_usual_outage_leaves_the_usual_sentence(policy: Policy) -> None:
    told = replace(notice(utc(2026, 12, 13, 2)), downtime=180)
    (found,) = Calendar(policy, "GB", LONDON, [told]).upcoming(utc(2026, 12, 1))
    assert found.details[0].startswith("Expect up to 3 hours offline within this window, a precaution")


def test_dates_that_meet_an_emergency_are_not_said_to_meet_an_upgrade(policy: Policy) -> None:
    told = notice(utc(2026, 12, 2, 20), "emergency", hours=2)
    coming = Calendar(policy, "GB", LONDON, [told]).upcoming(utc(2026, 12, 1))
    (warning,) = warnings_for_dates(coming, date(2026, 12, 2), date(2026, 12, 2))
    assert warning == (
        "This day meets emergency maintenance: Wednesday 2 December 2026, 20:00 to 22:00 (London). "
        "Ask Support whether a copy can be made while it lasts."
    )


def test_an_emergency_stands_beside_the_computed_window(policy: Policy) -> None:
    told = notice(utc(2026, 12, 13, 3), "emergency")
    assert starts(policy, [told], utc(2026, 12, 1), 3) == [
        ("mass-upgrade", utc(2026, 12, 13, 2)),
        ("emergency", utc(2026, 12, 13, 3)),
        ("mass-upgrade", utc(2027, 1, 10, 2)),
    ]


def test_an_announced_window_needs_no_confirmation_and_brings_its_notice(policy: Policy) -> None:
    told = notice(utc(2026, 11, 15, 2))
    computed = Calendar(policy, "GB", LONDON).upcoming(utc(2026, 11, 5))[0]
    announced = Calendar(policy, "GB", LONDON, [told]).upcoming(utc(2026, 11, 5))[0]
    assert computed.confirm_date
    assert computed.notice is None
    assert not announced.confirm_date
    assert announced.notes == ()
    assert announced.notice is told


def test_an_announced_window_keeps_its_notes_about_clocks(policy: Policy) -> None:
    told = notice(utc(2026, 3, 15, 1))
    found = Calendar(policy, "GB", LONDON, [told]).upcoming(utc(2026, 3, 1))[0]
    assert [note.split()[0] for note in found.notes] == ["Clocks", "London"]


def test_an_announced_window_is_in_progress_by_its_own_hours(policy: Policy) -> None:
    told = notice(utc(2026, 12, 13, 4), hours=6)
    months = Calendar(policy, "GB", LONDON, [told])
    assert not months.upcoming(utc(2026, 12, 13, 3))[0].in_progress
    assert months.upcoming(utc(2026, 12, 13, 9))[0].in_progress
    assert months.upcoming(utc(2026, 12, 13, 10))[0].starts_at == utc(2027, 1, 10, 2)


def test_a_kind_and_a_version_are_those_of_the_notice(policy: Policy) -> None:
    told = Notice("7", "emergency", utc(2026, 12, 2, 4), utc(2026, 12, 2, 5), "4.10")
    found = Calendar(policy, "GB", LONDON, [told]).upcoming(utc(2026, 12, 1))[0]
    assert found.kind == "emergency"
    assert found.notice is not None
    assert found.notice.version == "4.10"


def test_a_range_counts_what_was_announced(policy: Policy) -> None:
    told = [notice(utc(2026, 12, 6, 2)), notice(utc(2026, 12, 20, 2), "emergency", name="2")]
    found = Calendar(policy, "GB", LONDON, told).between(utc(2026, 1, 1), date(2026, 12, 1), until=date(2026, 12, 31))
    assert [window.kind for window in found] == ["announced", "emergency"]


def test_what_started_before_a_range_is_not_in_it_although_it_ends_in_it(policy: Policy) -> None:
    told = notice(utc(2026, 12, 12, 20), hours=12)
    months = Calendar(policy, "GB", LONDON, [told])
    assert months.between(utc(2026, 1, 1), date(2026, 12, 13), until=date(2026, 12, 31)) == []


def test_the_last_window_that_ended_may_be_an_announced_one(policy: Policy) -> None:
    told = notice(utc(2026, 12, 6, 2))
    assert Calendar(policy, "GB", LONDON, [told]).last_ended(utc(2026, 12, 20)).kind == "announced"


def test_an_emergency_is_no_upgrade_that_ended(policy: Policy) -> None:
    told = [notice(utc(2026, 12, 13, 3), "emergency", hours=1), notice(utc(2026, 12, 20), "emergency", name="2")]
    assert Calendar(policy, "GB", LONDON, told).last_ended(utc(2026, 12, 21)).starts_at == utc(2026, 12, 13, 2)


def test_a_window_keeps_its_key_when_a_notice_moves_it(policy: Policy) -> None:
    now = utc(2026, 11, 20)
    computed = Calendar(policy, "GB", LONDON).upcoming(now)[0]
    for starts_at in (utc(2026, 12, 13, 1), utc(2026, 12, 6, 2), utc(2026, 11, 30, 2)):
        announced = Calendar(policy, "GB", LONDON, [notice(starts_at)]).upcoming(now)[0]
        assert announced.starts_at == starts_at
        assert announced.key == computed.key == "2026-12"


def test_an_emergency_has_a_key_of_its_own(policy: Policy) -> None:
    told = notice(utc(2026, 12, 13, 3), "emergency")
    found = Calendar(policy, "GB", LONDON, [told]).upcoming(utc(2026, 12, 1), 2)
    assert [window.key for window in found] == ["2026-12", "emergency-20261213T0300Z"]


def test_the_last_window_is_found_when_notices_have_moved_two_of_them_apart(policy: Policy) -> None:
    """October's window was put forward and November's is put off: 63 days and more lie between them."""
    told = [notice(utc(2026, 9, 27, 2)), notice(utc(2026, 11, 28, 2), name="2", hours=72)]
    months = Calendar(policy, "GB", LONDON, told)
    now = utc(2026, 11, 30, 23)
    assert now - utc(2026, 9, 27, 6) > timedelta(days=62)
    assert months.last_ended(now).starts_at == utc(2026, 9, 27, 2)


NOTICES = st.lists(
    st.builds(
        lambda offset, kind, hours: notice(utc(2026, 1, 1) + offset * HOUR, kind, hours=hours),
        st.integers(0, 24 * 400),
        st.sampled_from(["announced", "emergency"]),
        st.integers(1, 12),
    ),
    max_size=8,
)


@given(notices=NOTICES, offset=st.integers(0, 24 * 500), count=st.integers(1, 20))
def test_windows_come_in_order_and_none_is_lost(policy: Policy, notices: list[Notice], offset: int, count: int) -> None:
    """Computed windows without those that a notice is nearest to, for each the newest of these, and emergencies."""
    now = utc(2025, 12, 1) + offset * HOUR
    computed = Calendar(policy, "GB", LONDON).between(now, date(2025, 6, 1), until=date(2030, 12, 31))
    replaced = {
        min(computed, key=lambda window: abs(window.starts_at - told.starts_at)).starts_at: told
        for told in sorted(notices, key=lambda told: told.age)
        if told.kind == "announced"
    }
    everything = [
        *(
            (window.starts_at, window.ends_at, "mass-upgrade")
            for window in computed
            if window.starts_at not in replaced
        ),
        *((told.starts_at, told.ends_at, told.kind) for told in replaced.values()),
        *((told.starts_at, told.ends_at, told.kind) for told in notices if told.kind == "emergency"),
    ]
    expected = sorted(each for each in everything if each[1] > now)
    found = Calendar(policy, "GB", LONDON, notices).upcoming(now, count)
    assert [window.starts_at for window in found] == [starts_at for starts_at, _, _ in expected[:count]]
    if count < len(expected) and expected[count - 1][0] < expected[count][0]:
        shown = sorted((window.starts_at, window.ends_at, window.kind) for window in found)
        assert shown == expected[:count]


@given(notices=NOTICES, offset=st.integers(0, 24 * 500))
def test_there_always_is_a_last_window_and_it_has_ended(policy: Policy, notices: list[Notice], offset: int) -> None:
    now = utc(2025, 12, 1) + offset * HOUR
    months = Calendar(policy, "GB", LONDON, notices)
    last = months.last_ended(now)
    ended = [
        window.starts_at
        for window in months.between(now, date(2025, 6, 1), until=date(2028, 12, 31))
        if window.ends_at <= now and window.kind != "emergency"
    ]
    assert last.ends_at <= now
    assert last.starts_at == max(ended)


@given(notices=NOTICES)
def test_no_two_windows_at_different_times_have_the_same_key(policy: Policy, notices: list[Notice]) -> None:
    found = Calendar(policy, "GB", LONDON, notices).upcoming(utc(2025, 12, 1), 40)
    starts_by_key: dict[str, set[datetime]] = {}
    for window in found:
        starts_by_key.setdefault(window.key, set()).add(window.starts_at)
    assert {key: times for key, times in starts_by_key.items() if len(times) > 1} == {}


@given(notices=NOTICES, data=st.data())
def test_the_order_in_which_notices_came_does_not_matter(
    policy: Policy, notices: list[Notice], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(notices))
    now = utc(2025, 12, 1)
    spans = [
        [(window.starts_at, window.kind) for window in Calendar(policy, "GB", LONDON, order).upcoming(now, 30)]
        for order in (notices, shuffled)
    ]
    assert sorted(spans[0]) == sorted(spans[1])
    assert [starts_at for starts_at, _ in spans[0]] == [starts_at for starts_at, _ in spans[1]]
