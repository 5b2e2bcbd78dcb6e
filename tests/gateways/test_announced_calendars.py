"""Windows out of the vendor's calendars: events with their clocks, and files made to do harm."""

from __future__ import annotations

from contextlib import suppress
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penelope_admin.domain.moments import Place
from penelope_admin.domain.notice_words import Announcement, ProposedWindow
from penelope_admin.errors import BadInputError
from penelope_admin.gateways.calendars import MAX_BYTES, is_calendar, read_announced
from penelope_admin.policy import Policy
from tests.domain.instants import utc
from tests.each import each
from tests.effort import examples
from tests.gateways.test_calendars import calendar

DECEMBER = (utc(2026, 12, 13, 2), utc(2026, 12, 13, 6))
UPGRADE = "SUMMARY:Upgrade of Penelope to version 4.26.12\nDESCRIPTION:Plan for an outage of\\n 3 hours\\, please."


@pytest.fixture
def here(policy: Policy) -> Place:
    """An agency in Vancouver."""
    return Place(policy, "CA", ZoneInfo("America/Vancouver"), utc(2026, 12, 1))


def spans(found: Announcement) -> list[list[tuple[object, object]]]:
    return [[(span.starts_at, span.ends_at) for span in proposal.spans] for proposal in found.proposals]


@each(
    "times",
    [
        "DTSTART:20261213T020000Z\nDTEND:20261213T060000Z",
        "DTSTART;TZID=America/New_York:20261212T210000\nDTEND;TZID=America/New_York:20261213T010000",
        "DTSTART;TZID=Eastern Standard Time:20261212T210000\nDURATION:PT4H",
    ],
)
def test_an_event_is_a_window_on_its_own_clock(here: Place, times: str) -> None:
    found = read_announced(calendar(f"{times}\n{UPGRADE}"), here)
    (proposal,) = found.proposals
    assert spans(found) == [[DECEMBER]]
    assert (proposal.kind, proposal.version, proposal.downtime) == ("announced", "4.26.12", 180)
    assert proposal.is_certain
    assert proposal.words == "Upgrade of Penelope to version 4.26.12 Plan for an outage of 3 hours, please."


@each(
    "more, doubt",
    [
        ("SUMMARY:Preview database of Penelope: upgrade", "It may be about another database than production: read it."),
        (
            "SUMMARY:Penelope upgrade for Australia",
            "Region in the notice: Australia. Region of your agency: Canada.",
        ),
        ("SUMMARY:Penelope upgrade\nSTATUS:TENTATIVE", "The calendar calls it tentative."),
        ("SUMMARY:Upgrade", "The message does not name Penelope: make sure that it is about it."),
    ],
)
def test_an_event_is_as_doubtful_as_a_mail_that_says_the_same(here: Place, more: str, doubt: str) -> None:
    (proposal,) = read_announced(calendar(f"DTSTART:20261213T020000Z\nDTEND:20261213T060000Z\n{more}"), here).proposals
    assert proposal.doubts == (doubt,)


@each("clock", ["", ";TZID=", ';TZID=" "'])
def test_an_event_without_a_clock_may_mean_the_vendor_s_or_the_agency_s(here: Place, clock: str) -> None:
    found = read_announced(calendar(f"DTSTART{clock}:20261212T210000\nDTEND:20261213T010000\n{UPGRADE}"), here)
    assert spans(found) == [[DECEMBER, (utc(2026, 12, 13, 4), utc(2026, 12, 13, 8))]]
    assert found.proposals[0].doubts == ("No time zone is named.",)


@each(
    "times",
    [
        "DTSTART;VALUE=DATE:20261212",
        "DTSTART;TZID=Nowhere/Land:20261212T210000\nDTEND;TZID=Nowhere/Land:20261213T010000",
        "DTSTART:20261212T210000Z\nDTEND:20261222T210000Z",
        "DTSTART:20261212T210000Z\nDTEND:20261212T210000Z",
        "DTSTART:99991231T210000Z\nDURATION:P3000000000D",
        "DTEND:20261212T210000Z",
        "DTSTART:soon",
    ],
)
def test_an_event_that_is_no_window_reaches_a_person(here: Place, times: str) -> None:
    (proposal,) = read_announced(calendar(f"{times}\n{UPGRADE}"), here).proposals
    assert proposal.spans == ()
    assert proposal.doubts[0].startswith("Its times cannot be read")


def test_what_is_cancelled_or_comes_back_is_not_proposed(here: Place) -> None:
    times = "DTSTART:20261213T020000Z\nDTEND:20261213T060000Z"
    text = calendar(f"{times}\nSUMMARY:One\nSTATUS:CANCELLED", f"{times}\nSUMMARY:Two\nRRULE:FREQ=MONTHLY")
    assert read_announced(text, here) == Announcement((), ("One (cancelled)", "Two (not a single event)"))


def test_several_events_are_several_windows(here: Place) -> None:
    events = [f"DTSTART:2026121{day}T020000Z\nDTEND:2026121{day}T060000Z\n{UPGRADE}" for day in range(3, 8)]
    assert len(read_announced(calendar(*events), here).proposals) == 5


@each("text", ["", "BEGIN:VCALENDAR", "END:VCALENDAR", "BEGIN:VCALENDAR\n" + "x" * MAX_BYTES])
def test_what_is_no_calendar_is_refused(here: Place, text: str) -> None:
    with pytest.raises(BadInputError, match="Nothing was changed"):
        read_announced(text, here)


def test_a_calendar_is_known_by_its_beginning() -> None:
    assert is_calendar("\ufeff\r\nbegin:vcalendar\n")
    assert not is_calendar("Hello,\nBEGIN:VCALENDAR")


_LINES = (
    "DTSTART:20261213T020000Z", "DTEND:20261213T060000Z", "DTSTART;TZID=:20261212T210000", "DURATION:PT4H",
    "DURATION:P99999999999W", "SUMMARY:Upgrade \\n\\", "DESCRIPTION:04/05/2026", "RRULE:", "STATUS:cancelled",
    "BEGIN:VALARM", "END:VALARM", "BEGIN:VEVENT", "END:VEVENT", "DTSTART:", ":", ";", " folded", "\u202e", "\x00",
)  # fmt: skip


@settings(max_examples=examples(25, long=5000))
@given(lines=st.lists(st.one_of(st.sampled_from(_LINES), st.text(max_size=20)), max_size=30))
def test_whatever_a_calendar_holds_it_is_read_or_refused_in_words(policy: Policy, lines: list[str]) -> None:
    here = Place(policy, "GB", ZoneInfo("Europe/London"), utc(2026, 12, 1))
    proposals: tuple[ProposedWindow, ...] = ()
    with suppress(BadInputError):
        proposals = read_announced(calendar("\n".join(lines)), here).proposals
    assert all(proposal.is_certain or proposal.doubts for proposal in proposals)
