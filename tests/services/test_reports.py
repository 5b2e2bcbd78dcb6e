"""Reports: what they say of the mirrored database, that the log keeps them, and how they are checked later."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from penelope_admin import __version__
from penelope_admin.clock import FixedClock, zone_data
from penelope_admin.detect.verdicts import ColumnFinding, FileFinding, Finding, ProofVerdict
from penelope_admin.errors import BadInputError, StoreError
from penelope_admin.gateways.reports import Report, Word, to_html
from penelope_admin.services import agency, features, reports, requests
from penelope_admin.services.mirror import checklists, environments, evidence
from penelope_admin.services.reports import Order
from penelope_admin.services.requests import RequestInput
from penelope_admin.services.work import Context
from tests.each import each
from tests.services.conftest import Open
from tests.services.house import NOW, SURE, change_agency, database, log, nothing_saved, one_entry, upgraded

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
SMS, LEDGER = "external-communications.sms", "general-ledger"
TODAY = date(2026, 12, 1)
EXPOSED = "On while contact details could be real"
NOT_KNOWN = "Not known whether on, while contact details could be real"
RECORDED = "Everything recorded about the mirrored database"


def words(text: str | Word) -> str:
    return text.text if isinstance(text, Word) else text


def section(report: Report, title: str) -> str:
    """Everything a section says, row by row."""
    found = next(section for section in report.sections if section.title == title)
    rows = found.table.rows or ((found.table.nothing,),) if found.table else ()
    lines = [*found.says, *found.points, *(f"{name}: {words(value)}" for name, value in found.facts), *found.notes]
    return "\n".join([*map(words, lines), *(" | ".join(map(words, row)) for row in rows)])


def state(context: Context) -> Report:
    return context.read(reports.make, Order("state"))


def exposed(context: Context, first: date | None = None, last: date | None = None) -> Report:
    return context.read(reports.make, Order("exposure", first, last))


def switch_on(context: Context, feature: str = SMS, reason: str = "Reminder test") -> None:
    context.write(
        features.switch, feature, "enable", reason=reason, until=context.now().date() + 5 * DAY, acknowledgement=SURE,
        already_done=True,
    )  # fmt: skip


def switch_off(context: Context, feature: str = SMS) -> None:
    context.write(features.switch, feature, "disable", reason="Over", already_done=True)


# --- every report ------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [state, exposed])
def test_a_report_says_whose_it_is_when_and_by_whom_it_was_made_and_by_which_program(
    context: Context, make: Callable[[Context], Report]
) -> None:
    about = dict(make(context).about)
    assert about["Agency"] == "Riverside Family Services"
    assert about["Made"] == "Tuesday 1 December 2026, 09:00 (Resolute)"
    assert (about["By"], about["Program"]) == ("ada", f"Penelope Admin {__version__}")
    assert about["Times"] == f"Those of the zone America/Resolute, by {zone_data()[0].name}"


@pytest.mark.parametrize("make", [state, exposed])
def test_a_report_prints_the_newest_entry_of_the_log(context: Context, make: Callable[[Context], Report]) -> None:
    upgraded(context)
    newest = log(context)[-1]
    report = make(context)
    assert (report.number, report.head) == (newest.seq, newest.hash)
    assert dict(report.about)["Activity log"] == f"Entry {newest.seq}, SHA-256 {newest.hash}"
    assert f"report check {newest.hash}" in section(report, "How this report can be checked")


@pytest.mark.parametrize("make", [state, exposed])
def test_making_a_report_changes_nothing(context: Context, make: Callable[[Context], Report]) -> None:
    with nothing_saved(context):
        make(context)


@pytest.mark.parametrize("make", [state, exposed])
def test_with_the_clock_standing_still_a_report_is_the_same_to_the_letter(
    context: Context, make: Callable[[Context], Report]
) -> None:
    switch_on(context)
    assert to_html(make(context)) == to_html(make(context))


@pytest.mark.parametrize("make", [state, exposed])
def test_what_looks_like_client_data_is_masked_wherever_somebody_typed_it(
    context: Context, tmp_path: Path, make: Callable[[Context], Report]
) -> None:
    file = tmp_path / "jane.doe@clients.example.csv"
    file.write_text("x", "utf-8")
    secret = "jane.doe@clients.example"
    context.write(environments.record_event, "mirrored", "upgraded", NOW - DAY, "4.26", f"Told by {secret}")
    (newest,) = context.read(checklists.find_all)
    context.write(checklists.answer, newest.event.id, 1, "pass", f"Wrote to {secret}", checklists.read_file(file))
    context.write(environments.record_event, "mirrored", "refreshed", NOW, "", f"For {secret}")
    switch_on(context, reason=f"Texts to {secret}")
    context.write(requests.draft, RequestInput(kind="question", title=f"About {secret}", reason="x"))
    html = to_html(make(context))
    assert "jane" not in html
    assert "[email address]" in html


def test_an_agency_without_a_mirrored_database_gets_no_report(context: Context) -> None:
    context.write(
        agency.update,
        msgspec.structs.replace(context.read(agency.need_profile), environments=("training-b",)),
        ["mirrored"],
    )
    context.write(agency.settle, "mirrored", "Support says that it was deleted")
    for order in (Order("state"), Order("exposure")):
        with pytest.raises(BadInputError, match="has no Mirrored database"):
            context.read(reports.make, order)


def test_before_an_agency_is_set_up_there_is_no_report(fresh: Context) -> None:
    with pytest.raises(BadInputError, match="No agency is set up yet"):
        fresh.read(reports.make, Order("state"))


def test_many_features_and_long_words_fit(context: Context) -> None:
    with context.writing() as work:
        for number in range(200):
            outcome = "on" if number % 2 else "off"
            at = NOW - number * HOUR
            work.add_event("mirrored", "switched", at, feature=SMS, outcome=outcome, remark="x" * 300)
        work.record("test.switched", "mirrored")
    html = to_html(exposed(context))
    assert html.count("SMS switched on") == 100
    assert "x" * 25 not in html


# --- the state of the mirror -------------------------------------------------------------------


def test_the_state_says_what_contact_details_are_and_who_keeps_real_ones(context: Context) -> None:
    context.write(environments.record_event, "mirrored", "upgraded", NOW - DAY, "4.26.11")
    found = section(state(context), "Contact details in the mirrored database")
    assert found.startswith("Contact details are de-identified: upgraded on Monday 30 November 2026,")
    assert "keep their real addresses all the same: System Admin, External Admin, ACSO." in found
    assert "Last refresh: Not recorded\nLast upgrade: 30 November 2026, 09:00 CST\nVersion: 4.26.11" in found


def test_the_state_warns_of_what_is_on_while_contact_details_may_be_real(context: Context) -> None:
    switch_on(context)
    found = section(state(context), "Contact details in the mirrored database")
    assert found.startswith("May hold real contact details: no refresh")
    assert "On now, while contact details may be real: External Communications: SMS." in found


def test_what_is_on_stands_with_reason_person_since_and_end_and_overdue_is_marked(
    context: Context, clock: FixedClock
) -> None:
    switch_on(context)
    context.write(features.switch, "ms-exchange", "enable", reason="Pilot", until=TODAY + DAY, acknowledgement=SURE)
    assert section(state(context), "Features recorded as on or planned").splitlines()[-2:] == [
        "External Communications: SMS | On | Reminder test | 6 December 2026 | 1 December 2026, 09:00 CST, ada | High",
        "MS Exchange | Not known, planned to be switched on | Pilot | 2 December 2026 | Planned by ada | High",
    ]
    clock.instant = NOW + 6 * DAY
    assert "SMS | On, overdue | Reminder test" in section(state(context), "Features recorded as on or planned")


def test_what_stays_off_and_what_is_locked_are_told_apart(context: Context) -> None:
    lines = section(state(context), "Features not recorded as on or planned").splitlines()
    assert "DSS | Not known | Not on the vendor's list. Ask Support" in lines
    assert "Engage | Not known | Locked: cannot be enabled" in lines
    upgraded(context)
    lines = section(state(context), "Features not recorded as on or planned").splitlines()
    assert "Engage | Off | Locked: cannot be enabled" in lines


def test_after_a_refresh_what_is_locked_is_not_known_in_the_exposure_log(context: Context) -> None:
    context.write(environments.record_event, "mirrored", "upgraded", NOW - 2 * DAY)
    context.write(environments.record_event, "mirrored", "refreshed", NOW - DAY)
    not_known = section(exposed(context, TODAY - DAY), NOT_KNOWN)
    for name in ("ClientConnect", "Engage", "ORS/SRS", "Credit Card", "DSS"):
        assert name in not_known


def test_the_check_list_stands_line_by_line_with_what_each_answer_rests_on(context: Context, tmp_path: Path) -> None:
    title = "Check-list after the last upgrade"
    assert section(state(context), "Check-list") == "No upgrade and no refresh is recorded, so there is no check-list."
    upgraded(context)
    (newest,) = context.read(checklists.find_all)
    (tmp_path / "logo.png").write_bytes(b"logo")
    sha256 = hashlib.sha256(b"logo").hexdigest()
    context.write(
        checklists.answer, newest.event.id, 13, "fail", "Still there", checklists.read_file(tmp_path / "logo.png")
    )
    found = section(state(context), title)
    rests = f"Still there. File logo.png, SHA-256 {sha256}"
    assert f"| Fail | {rests} | 1 December 2026, 09:00 CST, ada" in found
    assert found.count("Not checked") == 14


def proof(verdict: ProofVerdict, at: datetime, context: Context) -> None:
    """Record what a check of a file found, as the check itself does."""
    column = ColumnFinding("Email", 900, 880, 0, 871, 0.01, ("j***@c***.example",), verdict, "Different addresses.")
    file = FileFinding("clients.csv", 912, 2, "ab" * 32, (column,), verdict)
    context.write(evidence.record, "mirrored", Finding(verdict, "high", "It looks so.", (file,)), at, "Export of June")


def test_the_last_check_of_data_stands_with_counts_and_never_a_value(context: Context, clock: FixedClock) -> None:
    assert section(state(context), "Last check of its data") == "No check of exported data is recorded."
    upgraded(context)
    clock.instant += HOUR
    proof("real", clock.instant, context)
    report = state(context)
    assert section(report, "Last check of its data") == (
        "It looks so.\nVerdict: Looks real\nConfidence: High\nWhat was checked: 1 file or table, 912 rows\n"
        "Data as of: 1 December 2026, 10:00 CST\nRecorded by: ada\nNote: Export of June"
    )
    assert section(report, "clients.csv") == (
        f"Rows: 912, of which 2 could not be read\nSHA-256: {'ab' * 32}\nEmail | 900 | 880 | 0 | 871 | Looks real"
    )
    assert "***" not in to_html(report)


def test_a_check_from_before_the_last_refresh_is_not_said_to_hold_now(context: Context, clock: FixedClock) -> None:
    stale = "No data from after the copy's last change has been checked."
    proof("de-identified", NOW, context)
    assert stale not in section(state(context), "Last check of its data")
    clock.instant += HOUR
    context.write(environments.record_event, "mirrored", "refreshed", clock.instant)
    assert stale in section(state(context), "Last check of its data")


def test_open_requests_stand_with_case_number_and_status_and_ended_ones_do_not(context: Context) -> None:
    for _ in range(2):
        context.write(requests.draft, RequestInput(reason="x"))
    context.write(requests.advance, 1, "cancelled")
    context.write(requests.advance, 2, "sent")
    context.write(requests.advance, 2, "acknowledged", case_number="00481516")
    found = section(state(context), "Open requests to Support")
    assert found == "PA-2 | refresh of Mirrored | Case number received | 00481516 | – | 1 December 2026".replace(
        "–", ""
    )


def test_what_nobody_has_said_yet_is_asked(context: Context, clock: FixedClock) -> None:
    clock.instant = NOW + 20 * DAY
    found = section(state(context), "Open questions")
    assert "Was Mirrored upgraded in the window of Saturday 12 December 2026?" in found
    assert "The state of 12 features of the mirrored database is not known." in found


def test_what_an_upgrade_ended_and_nobody_planned_again_is_an_open_question(context: Context) -> None:
    switch_on(context)
    upgraded(context)
    assert (
        "On or planned before the last upgrade or refresh, and not since: External Communications: SMS was on, "
        "needed until"
    ) in section(state(context), "Open questions")


def test_what_was_switched_on_and_off_since_an_upgrade_is_no_open_question(context: Context, clock: FixedClock) -> None:
    for switch in (switch_on, upgraded, switch_on, switch_off):
        switch(context)
        clock.instant += HOUR
    assert "SMS" not in section(state(context), "Open questions")


def test_what_an_upgrade_of_another_copy_does_to_its_features_is_not_known(context: Context, clock: FixedClock) -> None:
    context.write(features.record_seen, "training-b", {LEDGER: "on"})
    clock.instant += HOUR
    context.write(environments.record_event, "training-b", "upgraded", clock.instant)
    clock.instant += HOUR
    report = context.read(reports.make, Order("exposure", environment="training-b"))
    assert "whether that switched features off is not known" in section(
        report, "Features, when they were on or nobody knows"
    )


def test_the_agencys_other_copies_stand_in_brief_and_production_is_none(context: Context) -> None:
    titles = [found.title for found in state(context).sections if found.inner]
    assert titles == ["Training (option B)"]
    assert "Contact details: De-identified" in section(state(context), "Training (option B)")
    assert "De-identified, says the help centre" in section(state(context), "Training (option B)"), "no more is known"


# --- the exposure log --------------------------------------------------------------------------


def test_a_feature_that_was_on_while_details_could_be_real_is_an_exposure(context: Context, clock: FixedClock) -> None:
    switch_on(context)
    clock.instant = NOW + 3 * HOUR
    switch_off(context)
    report = exposed(context)
    assert section(report, EXPOSED) == (
        "External Communications: SMS | 1 December 2026, 09:00 CST | Now | 3 hours | Reminder test | "
        "ada; no approval recorded"
    )
    assert section(report, "In short").startswith("1 time a feature was recorded as on")


def test_a_feature_on_after_an_upgrade_is_no_exposure_and_this_is_said_plainly(
    context: Context, clock: FixedClock
) -> None:
    upgraded(context)
    switch_on(context)
    clock.instant = NOW + DAY
    report = exposed(context, TODAY + DAY)
    assert section(report, EXPOSED) == "Nothing recorded: no feature was on while contact details could be real."
    assert section(report, NOT_KNOWN).startswith("None: whenever contact details could be real")
    assert "No exposure is recorded in this period." in section(report, "In short")
    assert "| On |" in section(report, "Features, when they were on or nobody knows")


def test_after_a_refresh_nobody_knows_and_that_is_not_left_out(context: Context, clock: FixedClock) -> None:
    context.write(environments.record_event, "mirrored", "upgraded", NOW - DAY)
    context.write(environments.record_event, "mirrored", "refreshed", NOW)
    clock.instant = NOW + 2 * HOUR
    found = section(exposed(context, TODAY), NOT_KNOWN)
    assert found.endswith(
        "Now | 2 hours | Refreshed 1 December 2026, 09:00 CST: production's settings came with the data"
    )
    assert "nothing can be ruled out" in section(exposed(context, TODAY), "In short")


def test_a_report_speaks_of_one_instant_though_the_clock_goes_on(context: Context) -> None:
    switch_on(context)

    class Going(FixedClock):
        def now(self) -> datetime:
            self.instant += timedelta(seconds=1)
            return super().now()

    report = exposed(replace(context, clock=Going(NOW + HOUR)))
    assert "CST | Now | 1 hour |" in section(report, EXPOSED)


def test_who_approved_stands_beside_who_switched(opened: Open, context: Context) -> None:
    change_agency(context, second_person=True)
    context.write(features.switch, SMS, "enable", reason="Test", until=TODAY, acknowledgement=SURE)
    opened("grace").write(features.approve, SMS)
    context.write(features.confirm_done, SMS)
    context.clock.instant = NOW + HOUR  # type: ignore[attr-defined]
    assert section(exposed(context), EXPOSED).endswith("| Test | ada; approved by grace")


def test_a_reason_that_was_changed_later_stands_beside_the_first(context: Context, clock: FixedClock) -> None:
    switch_on(context, reason="Pilot")
    clock.instant = NOW + HOUR
    switch_on(context, reason="Second pilot")
    assert "| Pilot; later: Second pilot |" in section(exposed(context), EXPOSED)


def test_a_mistake_and_its_correction_are_both_shown_and_the_mistake_does_not_count(
    context: Context, clock: FixedClock
) -> None:
    switch_on(context)
    switched = next(event for event in _events(context) if event.kind == "switched")
    clock.instant = NOW + HOUR
    context.write(environments.correct_event, switched.id, "Wrong database")
    report = exposed(context)
    assert section(report, EXPOSED).startswith("Nothing recorded")
    mistake, correction = section(report, RECORDED).splitlines()[1:]
    assert "SMS switched on" in mistake
    assert mistake.endswith("No: corrected by no. 2")
    assert "Correction of no. 1 | Wrong database | ada, 1 December 2026, 10:00 CST" in correction


def test_checks_of_data_stand_with_their_verdicts(context: Context) -> None:
    context.write(environments.record_event, "mirrored", "upgraded", NOW - DAY)
    (newest,) = context.read(checklists.find_all)
    context.clock.instant = NOW  # type: ignore[attr-defined]
    context.write(checklists.answer, newest.event.id, 1, "fail", "Found real ones")
    context.clock.instant = NOW + HOUR  # type: ignore[attr-defined]
    found = section(exposed(context), "Checks of its data")
    assert found == "1 December 2026, 09:00 CST | Looks real |  | By hand, on the check-list | ada | Yes"


def test_a_check_that_was_recorded_by_mistake_stands_and_does_not_count(context: Context, clock: FixedClock) -> None:
    proof("real", NOW - HOUR, context)
    context.write(environments.correct_event, _events(context)[-1].id, "Wrong file")
    clock.instant = NOW + HOUR
    assert section(exposed(context), "Checks of its data") == (
        "1 December 2026, 08:00 CST | Looks real | High | 1 file or table, 912 rows | ada | No: corrected by no. 2"
    )
    assert section(state(context), "Last check of its data") == "No check of exported data is recorded."


def test_a_refresh_that_was_due_counts_as_real_as_on_every_page(context: Context, clock: FixedClock) -> None:
    upgraded(context)
    switch_on(context)
    context.write(requests.draft, RequestInput(reason="x"))
    for step, facts in (
        ("sent", {}), ("acknowledged", {"case_number": "1"}), ("scheduled", {"scheduled_for": TODAY + 2 * DAY}),
    ):  # fmt: skip
        context.write(requests.advance, 1, step, **facts)  # type: ignore[arg-type]
    clock.instant = NOW + 3 * DAY
    report = exposed(context)
    assert "SMS | 3 December 2026, 00:00 CST | Now | 1 day 9 hours" in section(report, EXPOSED)
    assert "A refresh was due that day, and nobody recorded how it went, 3 December 2026" in section(
        report, "When contact details could be real"
    )


def test_the_period_is_the_last_ninety_days_unless_it_is_named(context: Context) -> None:
    assert dict(exposed(context).about)["Period"] == "Thursday 3 September 2026 to Tuesday 1 December 2026"
    named = exposed(context, date(2026, 10, 1), date(2026, 10, 31))
    assert dict(named.about)["Period"] == "Thursday 1 October 2026 to Saturday 31 October 2026"
    assert (named.first, named.last) == (date(2026, 10, 1), date(2026, 10, 31))


def test_a_time_before_the_agency_was_set_up_is_pointed_out(context: Context) -> None:
    assert "The agency was set up in this program on 1 December 2026" in section(exposed(context), "In short")
    assert "Nothing about the mirrored database was recorded for this period." in section(exposed(context), "In short")


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (None, TODAY + DAY, "is in the future"),
        (TODAY, TODAY - DAY, "comes after"),
        (date(1969, 12, 31), TODAY, "before 1970"),
        (date.min, date.min, "before 1970"),
        (None, date.min, "comes after"),
    ],
)
def test_a_period_that_makes_no_sense_is_refused(context: Context, first: date | None, last: date, said: str) -> None:
    with pytest.raises(BadInputError, match=said):
        exposed(context, first, last)


# --- saving and checking -----------------------------------------------------------------------


def test_saving_makes_one_entry_with_period_printed_hash_and_the_files_own(context: Context, tmp_path: Path) -> None:
    report = exposed(context)
    with one_entry(context, "report.made", "exposure") as facts:
        done = context.write(reports.save, report, tmp_path / "log.html", b"page")
    assert facts[1] == {
        "first": "2026-09-03", "last": "2026-12-01", "entry": report.number, "head": report.head, "file": "log.html",
        "file_sha256": hashlib.sha256(b"page").hexdigest(),
    }  # fmt: skip
    assert done.value.sha256 == facts[1]["file_sha256"]
    assert (tmp_path / "log.html").read_bytes() == b"page"
    assert stat.S_IMODE((tmp_path / "log.html").stat().st_mode) == 0o600


def test_a_report_that_cannot_be_written_leaves_no_entry(context: Context, tmp_path: Path) -> None:
    with nothing_saved(context), pytest.raises(BadInputError, match="could not be written"):
        context.write(reports.save, state(context), tmp_path / "nowhere" / "log.html", b"page")


def test_a_report_that_the_log_cannot_keep_is_not_written(context: Context, tmp_path: Path) -> None:
    report = state(context)
    with closing(sqlite3.connect(database(context.home))) as connection:
        connection.execute(
            "CREATE TRIGGER disk_fails BEFORE INSERT ON audit_entry BEGIN SELECT RAISE(ABORT, 'disk'); END"
        )
    with pytest.raises(StoreError):
        context.write(reports.save, report, tmp_path / "log.html", b"page")
    assert not (tmp_path / "log.html").exists()


@each("name, ending", [("a.html", ".html"), ("A.PDF", ".pdf")])
def test_the_ending_says_the_form(name: str, ending: str) -> None:
    assert reports.check_ending(Path(name)) == ending


@each("name", ["a", "a.docx", "a.html.txt", ".pdf"])
def test_other_endings_are_refused(name: str) -> None:
    with pytest.raises(BadInputError, match=re.escape("neither in .html nor in .pdf")):
        reports.check_ending(Path(name))


def test_the_printed_hash_is_found_again_with_the_report_that_printed_it(context: Context, tmp_path: Path) -> None:
    report = state(context)
    saved = context.write(reports.save, report, tmp_path / "a.html", b"page").value
    upgraded(context)
    found = context.read(reports.check, f" {report.head.upper()}\n")
    assert found.holds
    assert found.entry is not None
    assert found.entry.seq == report.number
    assert [json.loads(entry.after or "")["file_sha256"] for entry in found.printed_by] == [saved.sha256]


def test_a_files_own_hash_leads_to_the_entry_that_tells_of_it(context: Context, tmp_path: Path) -> None:
    saved = context.write(reports.save, state(context), tmp_path / "a.html", b"page").value
    found = context.read(reports.check, saved.sha256)
    assert found.holds
    assert found.entry is None
    assert found.file_of == log(context)[-1]


def test_a_hash_the_log_does_not_hold_is_not_found(context: Context) -> None:
    assert not context.read(reports.check, "a" * 64).holds


def test_a_hash_in_a_broken_log_does_not_hold(context: Context) -> None:
    upgraded(context)
    report = state(context)
    with closing(sqlite3.connect(database(context.home))) as connection:
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("UPDATE audit_entry SET who = 'eve' WHERE seq = 1")
        connection.commit()
    found = context.read(reports.check, report.head)
    assert found.entry is not None
    assert (found.holds, found.verified.first_broken) == (False, 1)


@pytest.mark.parametrize("text", ["", "a" * 63, "g" * 64, "%" * 64])
def test_what_is_no_hash_is_bad_input(context: Context, text: str) -> None:
    with pytest.raises(BadInputError, match="64 digits and letters"):
        context.read(reports.check, text)


def _events(context: Context) -> list[environments.Event]:
    return [event for view in context.read(environments.find_all) for event in view.events]
