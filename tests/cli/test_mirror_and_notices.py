"""`mirror` and `notices`."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.cli.terminal import Terminal, in_days
from tests.each import each

SMS = "external-communications.sms"

# --- the mirror --------------------------------------------------------------------------------

OPTING_OUT = (
    "Opting out of an emergency maintenance window is not possible. The vendor gives notice ahead as well as it can, "
    "and aims for times outside business hours."
)


def test_environments_in_json_have_these_keys(agency: Terminal) -> None:
    agency("mirror", "upgraded", "--at", "2024-01-10T03:00:00Z", "--version", "2024.1", "--remark", "As announced")
    agency("enable", SMS, "--reason", "x", "--until", in_days(30), "--acknowledge-phi", "--queue-empty", "--done")
    found = agency("mirror", "show", "--json").json()
    assert list(found[0]) == [
        "env", "name", "contact_details", "sentence", "keep_real_addresses", "queues_may_wait",
        "queue_sentence", "last_refresh", "last_upgrade", "version",
        "on", "last_check", "check_sentence", "asked_about", "lost", "events", "ours", "to_settle",
    ]  # fmt: skip
    assert [item["env"] for item in found] == ["production", "training-b", "mirrored"]
    mirrored = found[-1]
    assert (mirrored["contact_details"], mirrored["version"], mirrored["on"]) == (
        "de-identified", "2024.1", ["External Communications: SMS"],
    )  # fmt: skip
    assert mirrored["last_upgrade"] == "2024-01-10T03:00:00+00:00"
    assert mirrored["last_refresh"] is None


def test_recording_an_event_says_what_it_means(agency: Terminal) -> None:
    ran = agency("mirror", "refreshed", "--at", "2024-01-10T03:00:00Z")
    assert (
        ran.lines()[0]
        == "May hold real contact details: refreshed on Tuesday 9 January 2024, no upgrade recorded since."
    )
    assert agency("mirror", "upgraded").out.startswith("Contact details are de-identified: upgraded on ")
    assert "Mirrored: Contact details are de-identified" in agency("mirror", "show").out


@each(
    "arguments, code",
    [
        (("refreshed", "--env", "production"), 3),
        (("refreshed", "--at", "2099-01-01T00:00:00Z"), 2),
        (("upgraded", "--env", "preview"), 2),
        (("upgraded", "--env", "nowhere"), 2),
        (("upgraded", "--version", "x" * 61), 2),
        (("upgraded", "--at", "2024-01-01"), 2),
    ],
)
def test_an_event_that_cannot_be_is_refused(agency: Terminal, arguments: tuple[str, ...], code: int) -> None:
    ran = agency("mirror", *arguments)
    assert (ran.code, ran.out) == (code, "")
    assert agency("mirror", "show", "--json").json()[-1]["last_upgrade"] is None


def test_an_event_recorded_by_mistake_is_corrected_and_both_are_shown(agency: Terminal) -> None:
    agency("mirror", "upgraded", "--at", "2024-01-10T03:00:00Z")
    agency("mirror", "refreshed", "--at", "2024-01-12T03:00:00Z", "--remark", "Oops")
    events = agency("mirror", "show", "--json").json()[-1]["events"]
    keys = ["id", "kind", "at", "version", "remark", "corrects", "window", "feature", "outcome", "by"]
    assert [list(event) for event in events] == [keys] * 2
    wrong = next(event["id"] for event in events if event["kind"] == "refreshed")
    ran = agency("mirror", "correct", str(wrong), "--remark", "It was the training database")
    assert ran.out.startswith("Contact details are de-identified")
    shown = agency("mirror", "show", "--json").json()[-1]
    assert sorted(event["kind"] for event in shown["events"]) == ["corrected", "refreshed", "upgraded"]
    assert [event["corrects"] for event in shown["events"] if event["kind"] == "corrected"] == [wrong]
    assert shown["last_refresh"] is None
    out = agency("mirror", "show").out
    assert "refreshed, Thursday 11 January 2024, 21:00 (Resolute) (Oops)" in out
    assert "(It was the training database)" in out


@each("key", ["99", "0", "x", "9" * 30])
def test_an_event_that_is_not_there_is_not_corrected(agency: Terminal, key: str) -> None:
    ran = agency("mirror", "correct", key)
    assert (ran.code, ran.out) == (2, "")


# --- notices -----------------------------------------------------------------------------------

SPAN = ("--starts", "2029-12-08T22:00:00-05:00", "--ends", "2029-12-09T01:00:00-05:00")


def test_a_notice_prints_its_id_and_is_listed(agency: Terminal) -> None:
    assert agency("notices", "add", *SPAN, "--version", "2029.12", "--origin", "Email").out == "1\n"
    assert agency("notices", "list", "--json").json() == [
        {
            "id": "1", "kind": "announced", "starts_at": "2029-12-09T03:00:00+00:00",
            "ends_at": "2029-12-09T06:00:00+00:00", "version": "2029.12", "origin": "Email", "downtime_minutes": None,
            "replaces": None, "month": None, "replaced_by": None, "reason": None,
        }
    ]  # fmt: skip
    assert agency("notices", "list").lines() == [
        "1  announced: Saturday 8 December 2029, 21:00 to midnight (Resolute); version: 2029.12; origin: Email"
    ]


def test_a_notice_that_moves_a_window_replaces_the_earlier_one_and_both_stay_on_record(agency: Terminal) -> None:
    agency("notices", "add", *SPAN)
    moved = ("--starts", "2029-12-15T22:00:00-05:00", "--ends", "2029-12-16T01:00:00-05:00")
    ran = agency("notices", "add", *moved, "--version", "2029.12")
    assert (ran.out, ran.err) == ("2\n", "It replaces notice 1.\n")
    found = agency("notices", "list", "--json").json()
    assert [(item["id"], item["replaces"], item["replaced_by"]) for item in found] == [
        ("1", None, "2"), ("2", "1", None),
    ]  # fmt: skip
    assert [line.split("; ", 1)[1] for line in agency("notices", "list").lines()] == [
        "replaced by: 2", "version: 2029.12",
    ]  # fmt: skip
    december = ("windows", "--from", "2029-12-01", "--until", "2029-12-31")
    assert [item["starts_at_utc"] for item in agency(*december, "--format", "json").json()] == ["2029-12-16T03:00:00Z"]
    table = agency(*december).lines()
    assert "    Version: 2029.12." in table
    assert "    It replaces the notice of Saturday 8 December 2029, 21:00 to midnight (Resolute)." in table
    assert agency("notices", "remove", "1").code == 1
    assert agency("notices", "remove", "2").code == 0
    assert [item["starts_at_utc"] for item in agency(*december, "--format", "json").json()] == ["2029-12-09T03:00:00Z"]


def test_a_notice_can_be_named_that_is_moved_into_another_month(agency: Terminal) -> None:
    agency("notices", "add", *SPAN)
    late = ("--starts", "2030-01-05T22:00:00-05:00", "--ends", "2030-01-06T01:00:00-05:00")
    assert agency("notices", "add", *late, "--replaces", "9").code == 2
    assert agency("notices", "add", *late, "--replaces", "1", "--kind", "emergency").code == 2
    assert agency("notices", "add", *late, "--replaces", "1").code == 0
    found = agency("windows", "--from", "2029-12-01", "--until", "2030-01-31", "--format", "json").json()
    assert [(item["kind"], item["starts_at_utc"]) for item in found] == [
        ("announced", "2030-01-06T03:00:00Z"), ("mass-upgrade", "2030-01-13T02:00:00Z"),
    ]  # fmt: skip


EMERGENCY = (
    "notices", "add", "--kind", "emergency", "--starts", "2029-12-06T20:00:00-06:00", "--ends",
    "2029-12-06T22:00:00-06:00",
)  # fmt: skip


def test_an_emergency_is_called_one_and_the_next_upgrade_stands_beside_it(agency: Terminal) -> None:
    agency(*EMERGENCY, "--downtime", "45", "--origin", "Email of 5 December.")
    at = ("next", "--at", "2029-12-06T00:00:00Z")
    assert agency(*at).lines() == [
        "  Emergency maintenance:",
        "  Thursday 6 December 2029, 20:00 to 22:00 (Resolute)",
        "  Thursday 6 December 2029, 21:00 to 23:00 (New York), the vendor's time (ET, read as that clock)",
        "  As the notice says.",
        "  Expected downtime, as the notice says: 45 minutes.",
        "  " + OPTING_OUT,
        "  Notice: Email of 5 December.",
        "  Next upgrade: Saturday 8 December 2029, 20:00 to midnight (Resolute)",
    ]
    window = agency(*at, "--json").json()
    assert window["kind"] == "emergency"
    assert len(window) == 13


def test_the_overview_names_an_emergency_and_the_next_upgrade(agency: Terminal) -> None:
    starts = datetime.now().astimezone() + timedelta(minutes=30)
    agency(
        "notices", "add", "--kind", "emergency", "--starts", starts.isoformat(), "--ends",
        (starts + timedelta(hours=1)).isoformat(),
    )  # fmt: skip
    found = agency("overview", "--json").json()
    assert (found["next_window"]["kind"], found["next_upgrade"]["kind"]) == ("emergency", "mass-upgrade")
    lines = agency("overview").lines()
    first = next(number for number, line in enumerate(lines) if line.startswith("Emergency maintenance, in "))
    second = next(number for number, line in enumerate(lines) if line.startswith("Next upgrade, in "))
    assert first < second
    assert "  The notice's expected downtime is not recorded." in lines[first:second]
    assert not [line for line in lines[first:second] if "3 hours" in line]
    assert [line for line in lines[second:] if "3 hours" in line]


def test_a_notice_can_be_taken_back(agency: Terminal) -> None:
    agency("notices", "add", *SPAN)
    assert agency("notices", "remove", "1").out == "Notice 1 is removed.\n"
    assert agency("notices", "list", "--json").json() == []
    assert agency("notices", "remove", "1").code == 2


def test_a_month_without_an_upgrade_is_recorded_and_listed_and_no_window(agency: Terminal) -> None:
    ran = agency("notices", "cancel", "2029-12-24", "--origin", "Email")
    assert (ran.code, ran.out, ran.err) == (0, "1\n", "No upgrade in December 2029, as a notice says: Email.\n")
    assert agency("notices", "list").lines() == [
        "1  cancelled: Saturday 8 December 2029, 20:00 to midnight (Resolute); origin: Email"
    ]
    found = agency("windows", "--from", "2029-12-01", "--count", "1", "--json").json()
    assert found[0]["starts_at"].startswith("2030-01")
    assert agency("notices", "cancel", "2029-12-01").code == 2


@each(
    "arguments",
    [
        (),
        SPAN[:2],
        (*SPAN[:2], "--ends", SPAN[1]),
        (*SPAN[:2], "--ends", "2029-12-15T00:00:00Z"),
        ("--starts", "2029-12-08", *SPAN[2:]),
        (*SPAN, "--kind", "mass-upgrade"),
        (*SPAN, "--origin", "two\nlines"),
        (*SPAN, "--downtime", "0"),
        (*SPAN, "--downtime", "181"),
        (*SPAN, "--replaces", "1"),
    ],
)
def test_a_notice_that_cannot_be_is_refused(agency: Terminal, arguments: tuple[str, ...]) -> None:
    ran = agency("notices", "add", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert agency("notices", "list", "--json").json() == []


# --- the check-list ----------------------------------------------------------------------------


def test_no_check_list_yet_is_an_answer_and_no_error(agency: Terminal) -> None:
    ran = agency("checklist", "show")
    assert (ran.code, ran.out) == (0, "")
    assert ran.err.startswith("There is no check-list yet")
    assert agency("checklist", "show", "--json").json() is None
    assert agency("checklist", "set", "1", "pass").code == 2


def test_an_upgrade_that_is_not_there_has_no_check_list(agency: Terminal) -> None:
    agency("mirror", "upgraded", "--at", "2024-01-10T03:00:00Z")
    assert agency("checklist", "show").code == 0
    ran = agency("checklist", "show", "--upgrade", "99")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("Event 99 is not an upgrade or refresh of the mirrored database that is on record. See: ")


# --- what was ended, and what was failed ---------------------------------------------------------

LEDGER = "general-ledger"


def test_where_nothing_was_turned_off_there_is_nothing_to_plan_again(agency: Terminal) -> None:
    ran = agency("mirror", "plan-again", "--acknowledge-phi")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("No upgrade or refresh has ended a feature")


def test_of_what_has_ended_only_the_chosen_features_are_planned_again(agency: Terminal) -> None:
    agency("mirror", "upgraded", "--at", "2024-01-10T03:00:00Z")
    for key in (SMS, LEDGER):
        agency("enable", key, "--reason", "x", "--until", in_days(30), "--acknowledge-phi", "--done")
    agency("mirror", "upgraded")
    ran = agency("mirror", "plan-again", "--feature", "ms-exchange", "--acknowledge-phi")
    assert (ran.code, ran.out) == (2, "")
    assert "ms-exchange is not among what the last upgrade or refresh ended" in ran.err
    assert agency("mirror", "plan-again", "--feature", "fax", "--acknowledge-phi").code == 2
    assert agency("mirror", "plan-again", "--feature", LEDGER, "--acknowledge-phi").lines() == [
        "general-ledger: planned: enable"
    ]
    found = {item["key"]: item["pending"] for item in agency("features", "--json").json()}
    assert (found[LEDGER], found[SMS]) == ("enable", None)


def test_a_failed_line_names_the_features_that_are_still_on(agency: Terminal) -> None:
    agency("mirror", "upgraded")
    assert agency("checklist", "set", "15", "fail", "--still-on", SMS, "--remark", "Seen").code == 0
    assert agency("checklist", "set", "15", "pass", "--still-on", SMS, "--remark", "x").code == 2
    found = {item["key"]: item["state"] for item in agency("features", "--json").json()}
    assert (found[SMS], found[LEDGER]) == ("on", "off")
