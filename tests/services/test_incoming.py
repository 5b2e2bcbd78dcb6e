"""The vendor's messages: read, held against what is on record, and recorded once a person has confirmed them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from penelope_admin.domain.projects import ProjectInput
from penelope_admin.domain.windows import Notice
from penelope_admin.errors import BadInputError
from penelope_admin.services import projects
from penelope_admin.services.calendar import incoming, notices, windows
from penelope_admin.services.calendar.incoming import Incoming, Outcome
from penelope_admin.services.work import Context
from tests.gateways.test_calendars import calendar
from tests.mail import outlook
from tests.services.house import change_agency, nothing_saved, one_entry

STARTS, ENDS = datetime(2026, 12, 13, 2, tzinfo=UTC), datetime(2026, 12, 13, 6, tzinfo=UTC)
DAY = timedelta(days=1)
SUBJECT = "Mass Upgrades and Server Maintenance, Saturday 12 December 2026"
BODY = (
    "Hello,\n\nPenelope will be upgraded to version 4.26.12 in this window:\n\n"
    "Saturday 12 December 2026, 21:00 to Sunday 13 December 2026, 01:00 (New York), ET.\n\n"
    "Please plan for an outage of 3 hours within it.\n"
)
MOVED = (
    "Penelope will be upgraded to version 4.26.12: Saturday 19 December 2026, 21:00 to 01:00 ET. It replaces the "
    "window of Saturday 12 December 2026, 21:00 to 01:00 ET."
)
EMERGENCY = (
    "Emergency maintenance of Penelope due to bad data: Thursday 3 December 2026, 02:00 to 04:00 ET. Downtime: 1 hour."
)
MAIL = f"From: Support <support@vendor.example>\nMessage-ID: <a@b>\nSubject: {SUBJECT}\n\n{BODY}"
EVENT = "DTSTART:20261213T020000Z\nDTEND:20261213T060000Z\nSUMMARY:Upgrade of Penelope to version 4.26.12"


def outcomes(context: Context, found: Incoming) -> list[Outcome | None]:
    return [context.read(incoming.outcome, proposal, found.origin) for proposal in found.proposals]


def record(context: Context, text: str) -> list[Notice]:
    """Record all that a message announces."""
    found = incoming.look_into(context, text)
    confirmed = [made.notice for made in outcomes(context, found) if made is not None]
    return context.write(incoming.record, confirmed).value


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("notice.eml", MAIL.encode()),
        ("notice.msg", outlook.message({"0037": SUBJECT, "1000": BODY})),
        ("notice.txt", f"Subject: {SUBJECT}\n\n{BODY}".encode()),
        ("notice.ics", calendar(EVENT).encode()),
        (
            "invitation.eml",
            f"From: a@b.example\nSubject: {SUBJECT}\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n"
            f"--x\n\nSee the calendar.\n--x\nContent-Type: text/calendar\n\n{calendar(EVENT)}\n--x--\n".encode(),
        ),
    ],
)
def test_a_notice_is_read_from_whatever_file_it_comes_in(
    context: Context, tmp_path: Path, name: str, content: bytes
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    (made,) = outcomes(context, incoming.look_into(context, file))
    assert made is not None
    assert (made.notice.kind, made.notice.starts_at, made.notice.ends_at) == ("announced", STARTS, ENDS)
    assert made.notice.version == "4.26.12"
    assert made.notice.origin == ("Calendar notice.ics" if name.endswith(".ics") else SUBJECT)


@pytest.mark.parametrize(
    ("sender", "doubt"),
    [
        ("support@vendor.example", ""),
        ("notices@news.vendor.example", ""),
        ("support@vendor.example.evil.example", "It does not come from Support's address"),
        ("", "Who sent it is not known"),
    ],
)
def test_whoever_is_not_support_is_said_to_have_sent_it(context: Context, sender: str, doubt: str) -> None:
    found = incoming.look_into(context, f"From: {sender}\nSubject: {SUBJECT}\n\n{BODY}")
    assert found.doubt.startswith(doubt)
    assert bool(found.doubt) is bool(doubt)


def test_before_support_s_address_is_in_the_settings_nobody_knows_whether_support_sent_it(context: Context) -> None:
    change_agency(context, support_address="")
    assert incoming.look_into(context, MAIL).doubt.startswith("Nobody knows whether support@vendor.example is Support")


def test_looking_records_nothing(context: Context) -> None:
    with nothing_saved(context):
        outcomes(context, incoming.look_into(context, MAIL))


def test_what_is_confirmed_is_recorded_and_counts(context: Context) -> None:
    (made,) = record(context, MAIL)
    assert (made.version, made.origin, made.downtime) == ("4.26.12", SUBJECT, 180)
    (window,) = context.read(windows.upcoming, 1)
    assert (window.kind, window.notice) == ("announced", made)
    assert [detail for detail in window.details if "three" in detail or "3 hours" in detail] == [
        "Expect up to 3 hours offline within this window, a precaution that leaves room for troubleshooting and "
        "rollback."
    ]


def test_a_notice_that_is_on_record_is_not_offered_again_unless_it_says_more(context: Context) -> None:
    record(context, MAIL.replace("version 4.26.12", "the next version"))
    (known,) = outcomes(context, incoming.look_into(context, MAIL.replace("version 4.26.12", "the next version")))
    assert known is not None
    assert known.is_known
    assert not any(said.startswith("It replaces") for said in known.sentences)
    (more,) = outcomes(context, incoming.look_into(context, MAIL))
    assert more is not None
    assert not more.is_known
    context.write(incoming.record, [more.notice])
    assert [notice.replaces for notice in context.read(notices.find_all)] == [None, "1"]


def test_a_notice_that_moves_a_window_replaces_the_earlier_one_and_both_dates_are_told(context: Context) -> None:
    record(context, MAIL)
    (made,) = outcomes(context, incoming.look_into(context, MOVED))
    assert made is not None
    assert made.notice.replaces == "1"
    assert made.window.defies_rule
    assert "It replaces the notice of Saturday 12 December 2026, 20:00 to midnight (Resolute)." in made.sentences
    assert (
        "The notice contradicts the vendor's rule, which gives Saturday 12 December 2026, 20:00 to midnight (Resolute)."
        " The notice counts." in made.sentences
    )
    context.write(incoming.record, [made.notice])
    assert context.read(windows.upcoming, 2)[0].starts_at == STARTS + 7 * DAY
    assert len(context.read(notices.find_all)) == 2


def test_a_window_that_would_meet_a_project_says_so_before_it_is_recorded(context: Context) -> None:
    context.write(projects.add, ProjectInput("Payroll pilot", "Try it", date(2026, 12, 17), date(2026, 12, 22)))
    met = "It meets the project “Payroll pilot”: look at its dates."
    for text, is_met in ((MAIL, False), (MOVED, True)):
        (made,) = outcomes(context, incoming.look_into(context, text))
        assert made is not None
        assert (met in made.sentences) is is_met


def test_the_first_notice_of_an_upgrade_can_name_the_computed_day_that_it_leaves(context: Context) -> None:
    text = MOVED.replace("19 December 2026", "2 January 2027")
    (made,) = outcomes(context, incoming.look_into(context, text))
    assert made is not None
    assert made.notice.month == date(2026, 12, 1)
    context.write(incoming.record, [made.notice])
    found = context.read(windows.upcoming, 2)
    assert [(window.key, window.kind) for window in found] == [("2026-12", "announced"), ("2027-01", "mass-upgrade")]


def test_the_day_that_a_window_leaves_is_found_on_the_vendor_s_calendar_too(context: Context) -> None:
    """The vendor's Friday is Saturday in Sydney."""
    change_agency(context, region="AU", zone="Australia/Sydney")
    text = (
        "The Penelope upgrade is on Friday 18 December 2026, 09:00 to 14:00 ET instead of Friday 11 December 2026, "
        "09:00 to 14:00 ET."
    )
    (made,) = outcomes(context, incoming.look_into(context, text))
    assert made is not None
    assert made.notice.month == date(2026, 12, 1)


def test_a_notice_settles_a_date_that_was_to_be_confirmed(context: Context) -> None:
    """August 2027 starts on a Sunday."""
    text = "The Penelope upgrade: Saturday 14 August 2027, 21:00 to 01:00 ET"
    computed = next(window for window in context.read(windows.upcoming, 12) if window.key == "2027-08")
    (made,) = outcomes(context, incoming.look_into(context, text))
    assert made is not None
    assert computed.confirm_date
    assert made.sentences[0] == "It settles the date that was to be confirmed."
    context.write(incoming.record, [made.notice])
    settled = next(window for window in context.read(windows.upcoming, 12) if window.key == "2027-08")
    assert not settled.confirm_date


def test_emergency_maintenance_is_recorded_beside_the_next_upgrade_with_its_reason(context: Context) -> None:
    (made,) = record(context, EMERGENCY)
    assert (made.kind, made.downtime) == ("emergency", 60)
    assert made.reason.startswith("Emergency maintenance of Penelope due to bad data")
    first, upgrade = context.read(windows.upcoming, 2)
    assert (first.kind, upgrade.kind) == ("emergency", "mass-upgrade")
    assert any(detail.startswith("Reason, as the notice says: ") for detail in first.details)
    assert not any("3 hours" in detail for detail in first.details)


REGIONS = (
    "Penelope will be upgraded:\nAustralia: Friday 11 December 2026, 09:00 to 14:00 ET\n"
    "Canada: Saturday 12 December 2026, 21:00 to 01:00 ET"
)


def answers(context: Context, text: str) -> list[str]:
    """Why each window of a message is not the agency's; "" where nobody said that it is not."""
    found = incoming.look_into(context, text).proposals
    return [proposal.not_ours.reason if proposal.not_ours else "" for proposal in found]


def test_a_window_of_another_region_is_said_not_to_be_ours_once_and_the_log_keeps_why(context: Context) -> None:
    theirs, ours = incoming.look_into(context, REGIONS).proposals
    said = "Region in the notice: Australia. Region of your agency: Canada."
    assert (theirs.doubts, theirs.not_ours, ours.is_certain) == ((said,), None, True)
    with one_entry(context, "notice.not-ours", "a window") as facts:
        context.write(incoming.say_not_ours, [(theirs, "")])
    assert facts[1]["reason"] == said
    assert answers(context, REGIONS) == [said, ""]
    assert answers(context, REGIONS.replace("upgraded:", "upgraded. A reminder:")) == [said, ""]
    assert answers(context, REGIONS.replace("upgraded", "down for emergency maintenance")) == ["", ""]
    assert answers(context, REGIONS.replace("11 December", "18 December").replace("Friday ", "")) == ["", ""]


def test_an_answer_that_a_window_is_not_ours_does_not_hold_once_its_notice_names_our_region(context: Context) -> None:
    theirs, ours = incoming.look_into(context, REGIONS).proposals
    context.write(incoming.say_not_ours, [(theirs, "")])
    assert answers(context, REGIONS.replace("Australia", "Australia and Canada")) == ["", ""]
    context.write(incoming.say_not_ours, [(ours, "Another server")])
    assert answers(context, REGIONS)[1] == "Another server"
    context.write(
        incoming.record, [weighed.notice for weighed in outcomes(context, Incoming((ours,), (), "")) if weighed]
    )
    assert answers(context, REGIONS)[1] == ""
    change_agency(context, region="AU", zone="Australia/Sydney")
    assert answers(context, REGIONS)[0] == ""


def test_once_one_of_two_windows_is_said_not_to_be_ours_the_other_is_certain(context: Context) -> None:
    text = REGIONS.replace("Australia", "Group A").replace("Canada", "Group B")
    first, second = incoming.look_into(context, text).proposals
    assert [first.is_certain, second.is_certain] == [False, False]
    context.write(incoming.say_not_ours, [(first, "We are in group B")])
    assert incoming.look_into(context, text).proposals[1].is_certain


def test_an_answer_without_a_reason_is_refused(context: Context) -> None:
    (proposal,) = incoming.look_into(context, MAIL).proposals
    with nothing_saved(context), pytest.raises(BadInputError, match="reason"):
        context.write(incoming.say_not_ours, [(proposal, " ")])


def test_all_windows_of_a_message_are_recorded_or_none(context: Context) -> None:
    found = incoming.look_into(context, f"{MAIL}\n\nAnd January 9, 2027, 9 PM - 1 AM ET")
    confirmed = [made.notice for made in outcomes(context, found) if made is not None]
    assert len(confirmed) == 2
    with nothing_saved(context), pytest.raises(BadInputError, match="recorded already"):
        context.write(incoming.record, [*confirmed, confirmed[0]])
    assert len(context.write(incoming.record, confirmed).value) == 2


def test_a_broken_calendar_in_a_message_takes_nothing_from_its_text(context: Context) -> None:
    content = (
        f"From: a@b.example\nSubject: {SUBJECT}\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n"
        f"--x\n\n{BODY}\n--x\nContent-Type: text/calendar\n\nBEGIN:VCALENDAR\n--x--\n"
    )
    (made,) = outcomes(context, incoming.look_into(context, content))
    assert made is not None
    assert made.notice.starts_at == STARTS


@pytest.mark.parametrize(
    ("begins", "ends"), [("<s>", "</s>"), ("<span style='text-decoration: line-through'><b>x</b>", "</span>")]
)
def test_what_a_mail_has_struck_out_holds_no_longer(context: Context, begins: str, ends: str) -> None:
    old, new = ("Saturday 12 December 2026, 21:00 to 01:00 ET", "Saturday 19 December 2026, 21:00 to 01:00 ET")
    mail = f"Subject: {SUBJECT}\nContent-Type: text/html\n\n<p>The upgrade: {begins}{old}{ends} {new}"
    (proposal,) = incoming.look_into(context, f"From: a@b.example\n{mail}").proposals
    assert (proposal.spans[0].starts_at, proposal.instead_of) == (STARTS + 7 * DAY, (date(2026, 12, 12),))


def test_a_message_that_cannot_be_read_is_refused_in_words(context: Context, tmp_path: Path) -> None:
    file = tmp_path / "notice.bin"
    file.write_bytes(bytes(range(256)) * 20)
    with pytest.raises(BadInputError, match="not a message"):
        incoming.look_into(context, file)
