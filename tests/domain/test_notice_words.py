"""What windows a message announces: read as they are written, offered as a choice where they can mean two things."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from penelope_admin.domain.moments import Place
from penelope_admin.domain.notice_words import (
    Announcement,
    ProposedWindow,
    merge_announcements,
    read_notice,
    told_apart,
)
from penelope_admin.domain.times import wall
from penelope_admin.domain.vendor import months
from penelope_admin.domain.windows import LONGEST_WINDOW, Calendar
from penelope_admin.policy import Policy
from tests.domain.instants import utc
from tests.each import each
from tests.effort import examples
from tests.ends import ends

NEW_YORK, SYDNEY = ZoneInfo("America/New_York"), ZoneInfo("Australia/Sydney")
NOW = utc(2026, 11, 29, 12)
DECEMBER = (utc(2026, 12, 13, 2), utc(2026, 12, 13, 6))
MOVED = (utc(2026, 12, 20, 2), utc(2026, 12, 20, 6))
UPGRADE = "Mass Upgrades and Server Maintenance"


@pytest.fixture
def here(policy: Policy) -> Place:
    """An agency in Vancouver, whose clock is three hours behind the vendor's."""
    return Place(policy, "CA", ZoneInfo("America/Vancouver"), NOW)


def only(found: Announcement) -> ProposedWindow:
    """The one window of a message."""
    (proposal,) = found.proposals
    return proposal


def spans(proposal: ProposedWindow) -> list[tuple[datetime, datetime]]:
    return [span[:2] for span in proposal.spans]


# --- one window, written in many ways ----------------------------------------------------------


@each(
    "body",
    [
        "Saturday 12 December 2026, 21:00 to Sunday 13 December 2026, 01:00 (New York), ET.",
        "Saturday, December 12, 2026, 9:00 PM to Sunday, December 13, 2026, 1:00 AM ET",
        "Saturday, December 12th, 2026 from 9pm to 1am ET",
        "Sat, Dec 12, 2026 9:00 p.m. – 1:00 a.m. (ET)",
        "12 Dec 2026 21:00-01:00 EST",
        "the 12th of December 2026, 21:00–01:00 Eastern Time",
        "2026-12-12 21:00 - 2026-12-13 01:00 America/New_York",
        "2026-12-12T21:00:00-05:00 to 2026-12-13T01:00:00-05:00",
        "2026-12-13T02:00:00Z until 2026-12-13T06:00:00Z",
        "2026/12/12, 9 PM ET to 2026/12/13, 1 AM ET",
        "12/13/2026 2:00 AM to 6:00 AM UTC",
        "Start: 12 December 2026 21:00 ET\nEnd: 13 December 2026 01:00 ET",
        "Date: Saturday, December 12, 2026\nTime: 9:00 PM - 1:00 AM ET",
        "> * December 12-13, 2026, 9 PM - 1 AM ET",
        "from 9 PM ET on Saturday, December 12, 2026 to 1 AM ET on Sunday, December 13, 2026",
        "Saturday, December 12, 2026, 9:00 PM - 1:00 AM ET (6:00 PM - 10:00 PM PT)",
        "Saturday, December 12, 2026, 21:00 to 01:00 New York time",
        "All times are Eastern Time.\n\nSaturday December 12, 2026, 9:00 p.m. to 1:00 a.m.",
        "Date Saturday, December 12, 2026\n\nTime 9:00 PM - 1:00 AM EST",
        "Saturday, December 12th between 9 PM – 1 AM ET (you may experience an outage of up to 3 hours)",
        "12/12/2026 starting at 9:00 PM ET and ending at 1:00 AM ET",
        "Saturday December 12 2026 @ 9:00pm - Sunday December 13 2026 @ 1:00am Eastern",
        "Start time: 9 PM Eastern, Saturday, December 12, 2026. End time: 1 AM Eastern, Sunday, December 13, 2026.",
        "It begins on December 12, 2026 at 9 PM ET and should be completed by December 13, 2026 at 1 AM ET.",
        "Saturday, December 12, 2026\n9:00 PM to 1:00 AM (Eastern)",
        "12-Dec-2026 21:00 ET to 13-Dec-2026 01:00 ET",
        "From: Saturday, December 12, 2026, 9 PM ET\nTo: Sunday, December 13, 2026, 1 AM ET",
        "Saturday, December 12, 2026 between 9:00 PM and 1:00 AM ET",
        "It is done between 9 PM and 1 AM ET on Saturday, December 12, 2026.",
        "Sat 12/12 9PM-1AM ET",
        "Saturday, December 12, 2026, 9 PM to 1 AM EST (GMT-5)",
        "Saturday, December 12, 2026, 9 PM ET/6 PM PT to 1 AM ET/10 PM PT",
        "9:00PM ET on Saturday 12/12 until 1:00AM ET on Sunday 12/13",
        "le samedi 12 décembre 2026, de 21 h à 1 h (heure de l'Est)",
        "le samedi 12 décembre 2026 de 21 h à 1 h HE",
        "du samedi 12 décembre 2026 à 21 h 00 au dimanche 13 décembre 2026 à 1 h 00 HNE",
        "le 12 décembre 2026, entre 21h00 et 01h00, heure normale de l’Est",
        "Start Dec 12, 2026 09:00 PM EST\n\nEnd Dec 13, 2026 01:00 AM EST\n\nLast updated 11/20/2026 3:45 PM.",
        "Please finish by 5 PM ET on Friday, December 11, 2026. It starts Saturday, December 12, 2026 at 9 PM ET and "
        "ends Sunday, December 13, 2026 at 1 AM ET.",
        "Saturday, December 12, 9 PM - 1 AM ET",  # only in 2026 it is a Saturday
    ],
)
def test_a_window_is_read_however_it_is_written(here: Place, body: str) -> None:
    proposal = only(read_notice(UPGRADE, f"Hello,\n\nPenelope will be upgraded:\n\n{body}\n\nSupport", here))
    assert (spans(proposal), proposal.doubts, proposal.kind) == ([DECEMBER], (), "announced")


@pytest.mark.parametrize(
    ("behind", "unread"),
    [
        ("on Sunday, December 13", ()),
        ("(Sunday, December 13)", ()),
        ("on Monday, December 14", ("on Monday, December 14",)),
        (". Reports are back on Sunday, December 13", ("Reports are back on Sunday, December 13",)),
    ],
)
def test_the_day_on_which_a_window_ends_is_read_with_it_and_no_other_one(
    here: Place, behind: str, unread: tuple[str, ...]
) -> None:
    found = read_notice(UPGRADE, f"Penelope: Saturday, December 12, 2026 from 9 PM to 1 AM ET {behind}.", here)
    assert (spans(only(found)), only(found).doubts, found.unread) == ([DECEMBER], (), unread)


def test_lines_that_a_mail_program_broke_are_put_together_again(here: Place) -> None:
    body = (
        "We will do the upgrade, and the new window for this is on Saturday 19\nDecember 2026, 21:00 to 01:00 ET. "
        "It replaces the window of Saturday 12\n> December 2026, 21:00 to Sunday 13 December 2026, 01:00 ET.\n"
    )
    proposal = only(read_notice(UPGRADE, body, here))
    assert (spans(proposal), proposal.instead_of, proposal.is_certain) == ([MOVED], (date(2026, 12, 12),), True)


def test_the_words_are_quoted_as_they_stand(here: Place) -> None:
    proposal = only(read_notice(UPGRADE, "We do it\non  Saturday, December 12, 2026, 9pm\u20131am ET, as ever.", here))
    assert proposal.words == "on Saturday, December 12, 2026, 9pm-1am ET"


@each(
    "written, hours",
    [("9-11 PM", (21, 23)), ("9:00-11:00", None), ("9:00 to 13:00", (9, 13)), ("09:00 - 11:00", (9, 11)),
     ("9 to 1 AM", None), ("8 PM to midnight", (20, 24)), ("noon - 2 PM", (12, 14))],
)  # fmt: skip
def test_the_half_of_the_day_is_never_guessed(here: Place, written: str, hours: tuple[int, int] | None) -> None:
    proposal = only(read_notice(UPGRADE, f"Saturday 12 December 2026, {written} ET", here))
    midnight = datetime(2026, 12, 12, tzinfo=NEW_YORK)
    expected = [tuple(midnight + timedelta(hours=hour) for hour in hours)] if hours else []
    assert spans(proposal) == expected
    assert bool(proposal.doubts) is (hours is None)


# --- doubts ------------------------------------------------------------------------------------


@each(
    "body, readings, doubt",
    [
        ("04/05/2027, 9 PM - 1 AM ET", 2, "Day and month can be read in two ways"),
        ("Tuesday 04/05/2027, 9 PM - 1 AM ET", 1, ""),
        ("05/05/2027, 9 PM - 1 AM ET", 1, ""),
        ("13/05/2027, 9 PM - 1 AM ET", 1, ""),
        ("December 12, 9 PM - 1 AM ET", 2, "The year is not named"),
        ("Fri 11/12, 9 PM - 1 AM ET", 2, "The year is not named"),
        ("Friday, 12 December 2026, 9 PM - 1 AM ET", 1, "The weekday does not fit"),
        ("12 December 2026, 9 PM - 1 AM", 2, "No time zone is named"),
        ("12 December 2026, 9 PM ET - 1 AM PT", 1, "Two time zones"),
        ("12 December 2026, 9 PM - 1 AM ET / 3 PM - 4 PM PT", 1, "Another time is named beside it"),
        ("11 July 2027, 9 PM - 1 AM EST", 2, "can be read in several ways"),
        ("12 December 2026, 9 PM - 1 AM CST", 2, "can be read in several ways"),
        ("12 July 2027, 9 PM - 1 AM Central Time", 1, ""),
        ("12 July 2027, midnight - 3 AM ET", 2, "can be read in several ways"),
        ("12 December 2026, 9 PM ET", 0, "No end is named"),
        ("12 December 2026", 0, "No time is named"),
        ("12 December 2026, 9:00 - 11:00 ET", 0, "in the morning or in the evening"),
        ("December 12 and 13, 2026, 9-11 PM ET", 1, "It may be one window, or one on each of these days"),
        ("7 November 2026, 9 PM - 1 AM ET", 1, "This window is over"),
        ("The window of 12 December 2026, 9 PM - 1 AM ET is cancelled", 1, "cancelled"),
        ("Is it on 12 December 2026, 9 PM - 1 AM ET?", 1, "It stands in a question"),
        ("Join our webinar on 12 December 2026, 9 PM - 10 PM ET", 1, "about something else"),
        ("12 December 2026, 9 PM - 1 AM ET for US customers", 1, "Region in the notice: United States"),
        ("12 December 2026, 9 PM - 1 AM Eastern Time (US & Canada)", 1, ""),
        ("7 November 2027, 1:30 AM - 4 AM ET", 2, "can be read in several ways"),
        ("6 November 2027, 9 PM - 1:30 AM ET", 2, "can be read in several ways"),
        ("14 March 2027, 2:30 AM - 4 AM ET", 2, "can be read in several ways"),
        ("9 January 2027, 8 PM - 11 PM CST (Winnipeg)", 2, "can be read in several ways"),
        ("9 PM ET on the 12th to 1 AM ET on the 13th December 2026", 1, "Another day is named within it"),
        ("12 December 2026, 9 PM - 1 AM ET is postponed until further notice", 1, "It may have been moved"),
        ("12 December 2026, 9 PM - 1 AM ET. To cancel these emails, unsubscribe.", 1, ""),
        ("12-Dec-2026 21:00-01:00 (EST/UTC-5)", 1, ""),
        ("9 January 2027, 02:00 - 06:00 BST", 2, "can be read in several ways"),
        ("12 December 2026, 8 PM - 11 PM IST", 3, "can be read in several ways"),
        ("12 December 2026, 8 PM - 11 PM PHT", 2, "“PHT” may be a time zone"),
        ("tentatively 12 December 2026, 9 PM - 1 AM ET", 1, "not settled"),
        ("12 December 2026, 9 PM - 1 AM ET. It has been completed successfully.", 1, "something that is done"),
        ("12 December 2026, 9 PM - 1 AM ET. You hear from us once it has been completed.", 1, ""),
        (
            "What is new?\n12 December 2026, 9 PM - 1 AM ET, for US and Canadian customers. See the proposed changes.",
            1,
            "",
        ),
        ("12 December 2026, 9 PM - 1 AM ET.\n\nResolved issues\nCancelled or tentative bookings are shown.", 1, ""),
        ("11 July 2027 9:00 PM-12 July 2027 1:00 AM (UTC-05:00) Eastern Time (US & Canada).", 1, ""),
        ("12 December 2026, 9 PM - 1 AM ET. It has been postponed.", 1, "It may have been moved"),
        ("12 December 2026, 9 PM - 1 AM ET will not be taking place", 1, "It may say that nothing is done then"),
        ("\nPreview sites\n12 December 2026, 9 PM - 1 AM ET", 1, "another database than production"),
        ("no upgrade on 12 December 2026, 9 PM - 1 AM ET", 1, "It may say that nothing is done then"),
        ("of the Preview database, 12 December 2026, 9 PM - 1 AM ET", 1, "another database than production"),
        ("we had to cancel it.\n\nWhen: 12 December 2026, 9 PM - 1 AM ET", 1, "something that is cancelled"),
        ("12 December 2026, 9 PM ET to 20 December 2026, 9 PM ET", 0, "too long for a window"),
    ],
)
def test_what_can_be_meant_in_two_ways_is_said_and_left_to_a_person(
    here: Place, body: str, readings: int, doubt: str
) -> None:
    proposal = only(read_notice(UPGRADE, f"The upgrade: {body}", here))
    assert len(proposal.spans) == readings
    assert (doubt in " ".join(proposal.doubts)) if doubt else not proposal.doubts
    assert proposal.is_certain is (not doubt)


@each(
    "days",
    [
        "Saturday 12 - Sunday 13 December",
        "12th & 13th December",
        "12, 13 December",
        "12 or 13 December",
        "Sat 12th to Sun 13th December",
        "12+13 December",
        "from the 12th until the 13th of December",
    ],
)
def test_of_two_days_with_one_month_neither_is_taken_for_certain(here: Place, days: str) -> None:
    found = only(read_notice(UPGRADE, f"The upgrade: {days} 2026, 9 PM - 1 AM ET", here))
    assert "Another day is named before it." in found.doubts


def test_a_day_between_two_times_is_not_passed_over(here: Place) -> None:
    found = only(read_notice(UPGRADE, "The upgrade: 9pm Saturday 12 through 1am Sunday 13 December 2026 ET", here))
    assert "Another day is named within it." in found.doubts


@each("number", ["version 5.4.1, ", "build 12.3 on ", "room 9/4 on ", "9 PM ET, "])
def test_other_numbers_before_a_day_are_no_days(here: Place, number: str) -> None:
    body = f"The upgrade to {number}12 December 2026, 9 PM - 1 AM ET"
    assert not [said for said in only(read_notice(UPGRADE, body, here)).doubts if "Another day" in said]


@each(
    "said",
    [
        "has been moved by one week",
        "was moved. A new date follows",
        "has been brought forward by a week",
        "has been deferred",
        "is suspended",
        "has been put off until January",
        "has been withdrawn",
        "has been scrapped",
        "has been removed from the schedule",
        "will not be carried out",
        "won't be done",
        "will not occur",
    ],
)
def test_an_upgrade_that_is_called_off_or_moved_is_never_certain(here: Place, said: str) -> None:
    body = f"The Penelope upgrade on Saturday 12 December 2026, 9pm to 1am ET, {said}."
    assert not only(read_notice(UPGRADE, body, here)).is_certain


@each("said", ["We will not upgrade Penelope", "There will not be a Penelope upgrade", "We decided against an upgrade"])
def test_an_upgrade_that_there_will_not_be_is_never_certain(here: Place, said: str) -> None:
    assert not only(read_notice(UPGRADE, f"{said} on 12 December 2026, 9pm to 1am ET.", here)).is_certain


@each("said", ["Penelope will not be available", "Users cannot sign in", "Access will be suspended"])
def test_what_cannot_be_done_in_a_window_leaves_it_certain(here: Place, said: str) -> None:
    assert only(read_notice(UPGRADE, f"Upgrade. {said} on 12 December 2026, 9pm to 1am ET.", here)).is_certain


def test_the_season_of_a_clock_is_looked_at_where_the_window_ends_too(here: Place) -> None:
    body = "The upgrade: Saturday March 13, 2027, 9 PM to Sunday March 14, 2027, 3 AM EST"
    assert [ends_at.hour for _, ends_at in spans(only(read_notice(UPGRADE, body, here)))] == [7, 8]


@each("said", ["CA, UK and US", "CA/UK/US"])
def test_canada_is_named_by_its_two_letters(here: Place, said: str) -> None:
    assert only(read_notice(UPGRADE, f"The upgrade, {said}: 12 December 2026, 9 PM - 1 AM ET", here)).is_certain


def test_a_message_that_does_not_name_penelope_is_never_certain(here: Place) -> None:
    found = only(read_notice("Maintenance", "Upgrade: Saturday, December 12, 2026, 9 PM - 1 AM ET", here))
    assert found.doubts == ("The message does not name Penelope: make sure that it is about it.",)


@each(
    "said, doubt",
    [("CANCELLED", "The message speaks of something that is cancelled: read it, and do not record a window that is."),
     ("Preview database", "It may be about another database than production: read it.")],
)  # fmt: skip
def test_what_the_subject_says_is_in_doubt_with_the_window(here: Place, said: str, doubt: str) -> None:
    found = read_notice(f"{said}: {UPGRADE}", "Saturday, December 12, 2026, 9 PM - 1 AM ET", here)
    assert only(found).doubts == (doubt,)


def test_of_two_upgrades_that_are_near_each_other_a_person_says_which_is_meant(here: Place) -> None:
    body = "Group A: December 12, 2026, 9 PM - 1 AM ET\nGroup B: December 13, 2026, 9 PM - 1 AM ET"
    found = told_apart(read_notice(UPGRADE, body, here).proposals)
    assert [len(item.doubts) for item in found] == [1, 1]
    named = told_apart(read_notice(UPGRADE, body.replace("Group A", "Canada"), here).proposals)
    assert [item.is_certain for item in named] == [True, False]
    webinar = body.replace("Group B:", "Our webinar about it:")
    assert told_apart(read_notice(UPGRADE, webinar, here).proposals)[0].is_certain


@each(
    "text, doubt",
    [("The upgrade of {} is cancelled.\n\nOn Tue, Dec 1, 2026 we wrote:\n> We upgrade Penelope on {}.", "cancelled"),
     ("Australia: {} (Saturday, December 12, 2026, 1 AM to 6 AM AEDT)", "the notice: Australia"),
     ("Canada\t{}\nAustralia/NZ\tFriday, December 4, 2026, 9:00 AM to 2:00 PM ET", "Australia and New Zealand.")],
)  # fmt: skip
def test_a_doubt_of_a_window_stays_where_the_same_one_stands_again(here: Place, text: str, doubt: str) -> None:
    body = text.replace("{}", "Friday, December 11, 2026, 9:00 AM to 2:00 PM ET")
    found = read_notice(UPGRADE, body, here).proposals[-1]
    assert doubt in " ".join(found.doubts)


def test_a_zone_that_countries_share_is_a_choice_where_their_clocks_differ(here: Place) -> None:
    """From 2026 on Winnipeg stays on its summer time, and Chicago does not."""
    proposal = only(read_notice(UPGRADE, "The upgrade: 9 January 2027, 8 PM to midnight CT", here))
    zones = {span.zone.key for span in proposal.spans}
    starts = {wall(date(2027, 1, 9), time(20), ZoneInfo(key)) for key in ("America/Chicago", "America/Winnipeg")}
    assert {span.starts_at for span in proposal.spans} == starts
    assert zones <= {"America/Chicago", "America/Winnipeg"}
    assert proposal.is_certain is (len(starts) == 1)


def test_the_clock_of_the_policy_goes_first_where_a_literal_reading_differs(here: Place) -> None:
    proposal = only(read_notice(UPGRADE, "The upgrade: 11 July 2027, 9 PM - 1 AM EST", here))
    assert [span.starts_at for span in proposal.spans] == [utc(2027, 7, 12, 1), utc(2027, 7, 12, 2)]


def test_nothing_is_found_where_nothing_is_announced(here: Place) -> None:
    assert read_notice("Hello", "Thank you for your question. We will answer it soon.", here) == Announcement(())


def test_a_time_without_a_date_reaches_a_person(here: Place) -> None:
    found = read_notice("Upgrade", "This Saturday at 9 PM ET we upgrade.", here)
    assert (found.proposals, found.unread) == ((), ("This Saturday at 9 PM ET",))


def test_what_comes_late_in_a_long_message_is_said_to_be_unread(here: Place) -> None:
    found = read_notice(UPGRADE, f"{'Please read on. ' * 10_000}December 12, 2026, 9 PM - 1 AM ET", here)
    assert (found.proposals, found.unread) == ((), ("what comes after the first part of this long message",))


def test_the_dates_of_mail_headers_are_no_windows(here: Place) -> None:
    body = (
        "From: Support\nSent: Tuesday, December 1, 2026 10:31 AM\nTo: Admin\nSubject: Upgrade\n\n"
        "On Tue, Dec 1, 2026 at 10:31 AM Support <support@vendor.example> wrote:\n"
        "> Saturday, December 12, 2026, 9 PM - 1 AM ET"
    )
    found = read_notice(UPGRADE, body, here)
    assert (spans(only(found)), found.unread) == ([DECEMBER], ())


# --- several windows, and windows that move ----------------------------------------------------


def test_several_windows_of_a_message_are_all_read(here: Place) -> None:
    body = (
        "Penelope will be upgraded:\n- December 12, 2026, 9 PM - 1 AM ET, version 4.26.12\n"
        "- January 9, 2027, 9 PM - 1 AM ET, version 4.27.1\n- February 13, 2027, 9 PM - 1 AM ET, version 4.27.2"
    )
    found = read_notice(UPGRADE, body, here).proposals
    assert [(span.spans[0].starts_at.month, span.version) for span in found] == [
        (12, "4.26.12"), (1, "4.27.1"), (2, "4.27.2"),
    ]  # fmt: skip
    assert all(proposal.is_certain for proposal in found)


def test_what_is_named_beside_one_window_is_not_taken_for_another(here: Place) -> None:
    body = (
        "Penelope will be upgraded to version 4.26.12 on 12 December 2026, 9 PM - 1 AM ET, with a 2-hour outage. "
        "And on 9 January 2027, 9 PM - 1 AM ET."
    )
    found = read_notice(UPGRADE, body, here).proposals
    assert [(item.version, item.downtime) for item in found] == [("4.26.12", 120), ("", None)]
    assert found[1].words == "And on 9 January 2027, 9 PM - 1 AM ET"


def test_what_stands_in_a_window_s_own_paragraph_is_said_of_it(here: Place) -> None:
    body = "Version 4.27\n9 January 2027, 9 PM - 1 AM ET\n\nVersion 4.28\n13 February 2027, 9 PM - 1 AM ET"
    assert [item.version for item in read_notice(UPGRADE, body, here).proposals] == ["4.27", "4.28"]


def test_what_stands_above_all_windows_holds_for_each(here: Place) -> None:
    body = "Version 4.27, an outage of 3 hours:\n\n9 January 2027, 9 PM - 1 AM ET\n13 February 2027, 9 PM - 1 AM ET"
    found = read_notice(UPGRADE, body, here).proposals
    assert [(item.version, item.downtime) for item in found] == [("4.27", 180)] * 2


def test_a_window_of_another_region_is_said_to_be_one(here: Place) -> None:
    body = (
        "Australia and New Zealand: Friday, December 11, 2026, 9 AM - 2 PM ET\n"
        "Canada, UK and US: Saturday, December 12, 2026, 9 PM - 1 AM ET"
    )
    listed = "Canada:\n9 January 2027, 9 PM - 1 AM ET\nAU/NZ:\n8 January 2027, 9 AM - 2 PM ET\n"
    listed += "12 February 2027, 9 AM - 2 PM ET"
    assert [item.elsewhere != "" for item in read_notice(UPGRADE, listed, here).proposals] == [False, True, True]
    other, ours = read_notice(UPGRADE, body, here).proposals
    said = "Region in the notice: Australia and New Zealand. Region of your agency: Canada."
    assert (other.doubts, other.elsewhere, ours.names_us) == ((said,), said, True)
    assert (spans(ours), ours.is_certain) == ([DECEMBER], True)


@each(
    "body",
    [
        "It has been rescheduled from Saturday, December 12 to Saturday, December 19, 2026, 9 PM - 1 AM ET.",
        "Saturday 19 December 2026, 21:00 to 01:00 ET. It replaces the window of Saturday 12 December 2026, 21:00 to "
        "Sunday 13 December 2026, 01:00 (New York).",
        "Saturday, December 19, 2026, 9 PM - 1 AM ET, instead of December 12, 2026.",
        "The window on December 12, 2026 has been moved to December 19, 2026 at 9 PM - 1 AM ET.",
        "The upgrade of Saturday, December 12 was postponed to Saturday, December 19, 2026, 9 PM - 1 AM ET.",
        "New date: December 19, 2026, 9 PM - 1 AM ET\nOld date: December 12, 2026, 9 PM - 1 AM ET",
        "Original: Saturday, December 12, 2026, 9 PM - 1 AM ET\nNew: Saturday, December 19, 2026, 9 PM - 1 AM ET",
        "It is on ~~Saturday, December 12, 2026, 9 PM - 1 AM ET~~ Saturday, December 19, 2026, 9 PM - 1 AM ET",
        "le samedi 19 décembre 2026 de 21 h à 1 h HNE au lieu du samedi 12 décembre 2026",
        "La date du 12 décembre 2026 est reportée au 19 décembre 2026, de 21 h à 1 h HNE.",
        "The upgrade of December 12, 2026 will now take place on December 19, 2026, from 9 PM to 1 AM ET.",
        "The upgrade was planned for December 12, 2026, 9 PM ET.\nNew: Saturday, December 19, 2026, 9 PM - 1 AM ET.",
    ],
)
def test_a_window_that_moves_names_the_day_it_moves_from(here: Place, body: str) -> None:
    proposal = only(read_notice(f"Changed: {UPGRADE}", body, here))
    assert (spans(proposal), proposal.instead_of, proposal.is_certain) == ([MOVED], (date(2026, 12, 12),), True)


def test_a_window_that_holds_no_longer_is_never_certain(here: Place) -> None:
    proposal = only(read_notice(UPGRADE, "No longer on December 12, 2026, 9 PM - 1 AM ET.", here))
    assert not proposal.is_certain


def test_a_message_in_french_is_read_as_one_in_english(here: Place) -> None:
    body = "Maintenance d'urgence de Penelope le 3 décembre 2026 entre 2 h et 4 h HNE, en raison de lenteurs."
    emergency = only(read_notice("Maintenance", f"{body} Interruption de 30 minutes.", here))
    assert (emergency.kind, emergency.downtime, emergency.is_certain) == ("emergency", 30, True)
    assert emergency.reason == body
    body = "Mise à niveau de Penelope (ligne d'urgence : 555-0100) :\n"
    body += "Australie : le 11 décembre 2026 de 9 h à 14 h HNE\nCanada : le 12 décembre 2026 de 21 h à 1 h HNE"
    other, ours = read_notice("Avis", body, here).proposals
    assert (other.elsewhere != "", spans(ours), ours.kind, ours.is_certain) == (True, [DECEMBER], "announced", True)
    assert not only(read_notice("ANNULÉ : mise à niveau", "12 décembre 2026, 21 h à 1 h HNE", here)).is_certain


# --- what else is said -------------------------------------------------------------------------


def test_emergency_maintenance_is_told_apart_with_its_downtime_and_reason(here: Place) -> None:
    body = (
        "Hello,\n\nWe have to do emergency maintenance because of extreme latency. It cannot wait for the next "
        "upgrade.\n\nTuesday 22 December 2026, 02:00 to 04:00 ET. Expected downtime: 1 hour and 30 minutes.\n"
    )
    proposal = only(read_notice("Emergency maintenance", body, here))
    assert (proposal.kind, proposal.downtime) == ("emergency", 90)
    assert proposal.reason == "We have to do emergency maintenance because of extreme latency."


def test_the_version_of_an_upgrade_is_not_that_of_emergency_maintenance_beside_it(here: Place) -> None:
    body = (
        "Penelope will be upgraded to version 4.26.12: Saturday, December 12, 2026, 9 PM - 1 AM ET.\n\n"
        "Emergency maintenance: Tuesday 22 December 2026, 02:00 to 04:00 ET.\n"
    )
    found = read_notice(UPGRADE, body, here).proposals
    assert [(item.kind, item.version) for item in found] == [("announced", "4.26.12"), ("emergency", "")]


def test_a_footnote_about_emergencies_makes_none_of_an_upgrade(here: Place) -> None:
    body = (
        "Penelope will be upgraded to version 4.26.12 on Saturday, December 12, 2026, 9 PM - 1 AM ET.\n\n"
        "This does not include any emergency maintenance. Emergency line: 555-0100."
    )
    proposal = only(read_notice(UPGRADE, body, here))
    assert (proposal.kind, proposal.version, proposal.reason) == ("announced", "4.26.12", "")


def test_a_kind_that_is_not_named_is_asked_for(here: Place) -> None:
    proposal = only(read_notice("Saturday", "Saturday, December 12, 2026, 9 PM - 1 AM ET", here))
    assert (proposal.kind, proposal.is_certain) == (None, False)


@each(
    "said, minutes",
    [
        ("Please plan for an outage of 3 hours within it.", 180),
        ("Expected downtime: 45 minutes.", 45),
        ("Expect a two-hour outage.", 120),
        ("Penelope is unavailable for up to 1.5 hours.", 90),
        ("A downtime of 9 hours.", None),  # longer than the window
        ("An outage of 1 hour, then an outage of 2 hours.", None),
        ("There may be an outage.", None),
    ],
)
def test_the_outage_is_read_in_minutes(here: Place, said: str, minutes: int | None) -> None:
    proposal = only(read_notice(UPGRADE, f"The upgrade: December 12, 2026, 9 PM - 1 AM ET. {said}", here))
    assert proposal.downtime == minutes


@each(
    "said, version",
    [
        ("Penelope will be upgraded to version 4.26.12", "4.26.12"),
        ("We upgrade from version 4.26.11 to 4.26.12", "4.26.12"),
        ("Release v4.27", "4.27"),
        ("Version 4.26.12 or version 4.26.13", ""),
        ("Write to us from 192.168.0.1", ""),
    ],
)
def test_the_version_is_read_unless_there_are_several(here: Place, said: str, version: str) -> None:
    proposal = only(read_notice(UPGRADE, f"{said}: upgrade on December 12, 2026, 9 PM - 1 AM ET.", here))
    assert proposal.version == version


def test_of_two_readings_of_one_window_the_one_that_says_more_is_kept(here: Place) -> None:
    plain = read_notice(UPGRADE, "December 12, 2026, 9 PM - 1 AM ET", here)
    more = read_notice(UPGRADE, "Version 4.26.12: December 12, 2026, 9 PM - 1 AM ET", here)
    assert only(merge_announcements([plain, more])).version == "4.26.12"


@each("region", ["AU", "NZ", "CA", "GB", "US"])
def test_every_notice_of_the_simulated_vendor_is_read_as_it_was_meant(policy: Policy, region: str) -> None:
    zone = ZoneInfo(policy.region[region].default_zone)
    kinds = set()
    for number in range(examples(48, long=120)):
        month = f"{2027 + number // 12}-{number % 12 + 1:02}"
        for due in months.plan(7, policy, Calendar(policy, region, zone), ("production",), month):
            if due.kind != "notice":
                continue
            here = Place(policy, region, zone, due.at)
            proposal = only(read_notice(due.text, due.body, here))
            kind = "announced" if due.version else "emergency"
            assert spans(proposal) == [(due.starts_at, due.ends_at)], due.body
            assert (proposal.is_certain, proposal.kind, proposal.version) == (True, kind, due.version or "")
            kinds.add((kind, bool(proposal.instead_of)))
    assert kinds == {("announced", False), ("announced", True), ("emergency", False)}


# --- at random ---------------------------------------------------------------------------------

_FORMS = ("%A %d %B %Y", "%A, %B %d, %Y", "%d %b %Y", "%Y-%m-%d", "%b %d, %Y")


@given(
    day=st.dates(date(2027, 1, 1), date(2035, 12, 31)),
    start=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    minutes=st.integers(30, 12 * 60),
    form=st.sampled_from(_FORMS),
    half=st.booleans(),
)
def test_a_window_that_is_written_out_is_read_as_it_was_meant(
    policy: Policy, day: date, start: time, minutes: int, form: str, half: bool
) -> None:
    first = datetime.combine(day, start)
    last = first + timedelta(minutes=minutes)
    assume(half or not all(10 <= moment.hour <= 12 for moment in (first, last)))  # "11:00" may be in the evening
    clock = "%I:%M %p" if half else "%H:%M"
    text = f"The Penelope upgrade: {first:{form}}, {first:{clock}} to {last:{form}}, {last:{clock}} ET"
    here = Place(policy, "CA", NEW_YORK, NOW)
    proposal = only(read_notice("", text, here))
    starts, ends = wall(day, start, NEW_YORK), wall(last.date(), last.time(), NEW_YORK, latest=True)
    # An hour that comes twice, or is skipped, may be meant in two ways.
    assume(starts == wall(day, start, NEW_YORK, latest=True) and ends == wall(last.date(), last.time(), NEW_YORK))
    assert spans(proposal) == [(starts, ends)]
    assert proposal.is_certain


_PIECES = (
    "Saturday 12 December 2026", "04/05/2026", "9 PM", "21:00", " to ", "-", " ET ", "(New York)", "\n", "\n\n", ". ",
    "instead of ", "midnight", "version 4.26.12", "emergency maintenance", "upgrade", "outage of 3 hours", "31/31/2026",
    "December 32", "25:99", "UTC+99", "AEST", "2026-12-12T21:00:00Z", "because ", "=?utf-8?q?x?=", "\u202e", "\x1b[31m",
)  # fmt: skip


def letters(text: str) -> str:
    """Letters and digits alone: signs that look alike are read as one, and quotation marks and bullets are left out."""
    return "".join(sign for sign in text if sign.isalnum())


def is_sound(found: Announcement, text: str) -> bool:
    """Whether what is proposed is bounded, could be recorded, and quotes what stands there."""
    return all(
        len(proposal.words) <= 240
        and letters(proposal.words) in letters(text)
        and all(span.starts_at < span.ends_at <= span.starts_at + LONGEST_WINDOW for span in proposal.spans)
        and len(proposal.spans) <= 8
        and (proposal.is_certain or bool(proposal.doubts))
        for proposal in found.proposals
    )


@settings(max_examples=examples(25, long=5000))
@given(pieces=st.lists(st.one_of(st.sampled_from(_PIECES), st.text(max_size=12)), max_size=40))
def test_whatever_a_message_says_it_is_read_or_left(policy: Policy, pieces: list[str]) -> None:
    text = "".join(pieces)
    here = Place(policy, "AU", SYDNEY, NOW)
    assert is_sound(read_notice(text[:200], text, here), f"{text[:200]}{text}")


@each(
    "piece",
    [
        *_PIECES,
        "~~",
        "1 h à ",
        "between ",
        "le a écrit : ",
        "9 PM PHT ",
        "1",
        "a ",
        "12 ",
        "1/",
        "december ",
        "saturday ",
        "from ",
        "1:",
        "1.1.",
    ],
)
def test_a_long_message_takes_no_long_time(here: Place, piece: str) -> None:
    text = piece * (examples(40_000, long=100_000) // len(piece))
    with ends():
        assert len(read_notice(UPGRADE, text, here).proposals) <= 24
