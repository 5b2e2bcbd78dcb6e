"""A refresh and its queues in the terminal, the support package, and the vendor's words where they matter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from penelope_admin.clock import SystemClock
from tests.cli.terminal import Terminal, in_days
from tests.each import each

SMS = "external-communications.sms"
ENABLE = ("enable", SMS, "--reason", "Pilot", "--until", in_days(30), "--acknowledge-phi")


@pytest.fixture
def refreshed(agency: Terminal) -> Terminal:
    """The mirrored database was refreshed, and nobody has looked into its queues."""
    assert agency("mirror", "refreshed", "--at", "2024-01-10T03:00:00Z").code == 0
    return agency


def test_recording_a_refresh_says_what_may_have_come_along_and_that_a_check_list_begins(agency: Terminal) -> None:
    out = agency("mirror", "refreshed", "--at", "2024-01-10T03:00:00Z").out
    assert "copied production as it was, so what waited in production's queues" in out
    assert "penelope-admin checklist show" in out


@each("command", [("mirror", "show"), ("features",)])
def test_where_contact_details_are_explained_the_queues_are_too(refreshed: Terminal, command: tuple[str, ...]) -> None:
    assert "our inference" in refreshed(*command).out


def test_enable_is_refused_with_3_until_somebody_looked_and_the_option_says_so(refreshed: Terminal) -> None:
    ran = refreshed(*ENABLE)
    assert (ran.code, ran.out) == (3, "")
    assert "The communications queue, client and external, is empty." in ran.err
    assert ran.err.rstrip().endswith("In the terminal, --queue-empty says all of that.")
    assert refreshed(*ENABLE, "--queue-empty").code == 0


def test_both_options_are_named_when_both_are_missing(refreshed: Terminal) -> None:
    ran = refreshed(*ENABLE[:-1])
    assert ran.code == 3
    assert "--acknowledge-phi and --queue-empty say all of that." in ran.err


def test_the_end_date_is_named_with_them_where_it_is_missing(refreshed: Terminal) -> None:
    ran = refreshed("enable", SMS, "--reason", "x")
    assert "--until DATE, --acknowledge-phi and --queue-empty say all of that." in ran.err
    more = ("--until", in_days(20), "--acknowledge-phi", "--queue-empty")
    assert refreshed("enable", SMS, "--reason", "x", *more).code == 0


def test_the_general_ledger_needs_no_look(refreshed: Terminal) -> None:
    assert refreshed("enable", "general-ledger", "--reason", "x", "--acknowledge-phi").code == 0


def test_a_line_that_passed_speaks_for_the_option(refreshed: Terminal) -> None:
    assert refreshed("checklist", "set", "1", "pass").out == "3 of 4 lines still to check\n"
    assert refreshed(*ENABLE).code == 0


def test_the_check_list_after_a_refresh_is_shown_by_default_and_the_upgrades_by_its_number(refreshed: Terminal) -> None:
    refreshed("mirror", "upgraded", "--at", "2024-01-08T03:00:00Z")
    shown = refreshed("checklist", "show").lines()
    assert shown[0].startswith("Refresh of Tuesday 9 January 2024, 21:00 (Resolute): 4 of 4 lines still to check")
    assert "Source: Our reading" in shown[-1]
    found = refreshed("checklist", "show", "--json").json()
    assert (found["after"], found["upgrade"], found["event"]["kind"]) == ("refresh", None, "refreshed")
    for option in ("--event", "--upgrade"):
        older = refreshed("checklist", "show", option, "2", "--json").json()
        assert (older["after"], older["upgrade"]["id"], len(older["lines"])) == ("upgrade", 2, 15)


def test_a_failed_line_becomes_a_question_to_support(refreshed: Terminal) -> None:
    refreshed("checklist", "set", "4", "fail", "--remark", "Three wait")
    assert refreshed("checklist", "request", "4").out == "1\n"
    assert refreshed("requests", "show", "1", "--json").json()["kind"] == "question"


def test_planning_again_takes_the_option_too_and_says_which_whole_comes_on_with_a_part(refreshed: Terminal) -> None:
    refreshed(*ENABLE, "--queue-empty")
    refreshed("mirror", "refreshed")
    ran = refreshed("mirror", "plan-again", "--acknowledge-phi")
    assert ran.code == 3
    assert "--queue-empty says" in ran.err
    done = refreshed("mirror", "plan-again", "--acknowledge-phi", "--queue-empty")
    assert done.code == 0
    assert "SMS is a part of External Communications" in done.err


def test_a_project_takes_the_option_too(refreshed: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    later = datetime(datetime.now(UTC).year + 5, 1, 20, 12, tzinfo=UTC)  # between two upgrades, whenever this runs
    monkeypatch.setattr(SystemClock, "now", lambda _: later)
    refreshed(
        "project", "add", "--name", "Pilot", "--purpose", "x", "--from", f"{later.date()}", "--to",
        f"{later.date() + timedelta(days=3)}", "--feature", SMS,
    )  # fmt: skip
    ran = refreshed("project", "start", "1", "--acknowledge-phi")
    assert ran.code == 3
    assert "--queue-empty says" in ran.err
    assert refreshed("project", "start", "1", "--acknowledge-phi", "--queue-empty").code == 0


def test_asking_support_to_switch_it_on_takes_the_option_too(refreshed: Terminal) -> None:
    wish = ("requests", "new", "feature-change", "--change", "enable", "--feature", SMS, "--text", "x")
    ran = refreshed(*wish, "--acknowledge-phi")
    assert ran.code == 3
    assert "--queue-empty says" in ran.err
    assert refreshed(*wish, "--acknowledge-phi", "--queue-empty").code == 0
    assert refreshed("requests", "edit", "1", "--text", "Another reason").code == 0


# --- the vendor's words where they matter ------------------------------------------------------


def test_enable_says_that_the_vendor_recommends_only_what_the_project_needs(refreshed: Terminal) -> None:
    err = refreshed("enable", "general-ledger", "--reason", "x", "--acknowledge-phi").err
    assert "strongly recommends switching on again only what the project needs" in err
    assert "(SaaS Mirrored Database)" in err


def test_mirror_upgraded_says_that_an_upgrade_does_not_refresh(agency: Terminal) -> None:
    assert "An upgrade does not refresh: " in agency("mirror", "upgraded").out


def test_support_is_shown_with_the_vendor_s_words_for_the_clocks_and_our_reading_beside_them(agency: Terminal) -> None:
    out = agency("support").out
    assert "As the vendor gives the hours: Support: Monday to Friday, 08:00 to 20:00 EST; " in out
    assert "AU Support: Monday to Friday, 09:00 to 17:00 AEST; " in out
    assert "EST is read as New York's clock and AEST as Sydney's" in out
    assert "an hour away" in out
    assert "(Our reading, where the vendor leaves a point open)" in out


def test_the_next_window_names_et_as_the_vendor_s_word(agency: Terminal) -> None:
    assert "(New York), the vendor's time (ET, read as that clock)" in agency("next").out


# --- the support package -----------------------------------------------------------------------


def new_question(agency: Terminal) -> None:
    agency("requests", "new", "question", "--title", "How?", "--text", "x")


def test_the_support_package_is_not_known_at_first_and_can_be_set(agency: Terminal) -> None:
    assert "support package: unknown" in agency("agency", "show").lines()
    assert agency("agency", "set", "--support-package", "legacy").code == 0
    assert agency("agency", "show", "--json").json()["support_package"] == "legacy"
    assert agency("agency", "set", "--support-package", "gold").code == 2


def test_the_support_package_can_be_given_on_the_first_run(terminal: Terminal) -> None:
    made = ("init", "--agency", "Hillside", "--region", "CA", "--support-package", "current")
    assert terminal(*made).code == 0
    assert terminal("agency", "show", "--json").json()["support_package"] == "current"


def test_while_the_package_is_not_known_the_telephone_is_offered_with_a_word(agency: Terminal) -> None:
    new_question(agency)
    ran = agency("requests", "send", "1", "--via", "phone")
    assert ran.code == 0
    assert "depends on your support package" in ran.err


def test_with_a_legacy_package_the_telephone_is_offered_without_a_word(agency: Terminal) -> None:
    agency("agency", "set", "--support-package", "legacy")
    new_question(agency)
    ran = agency("requests", "send", "1", "--via", "phone")
    assert ran.code == 0
    assert "support package" not in ran.err


def test_with_another_package_a_new_matter_does_not_go_by_telephone(agency: Terminal) -> None:
    agency("agency", "set", "--support-package", "current")
    new_question(agency)
    ran = agency("requests", "send", "1", "--via", "phone")
    assert (ran.code, ran.out) == (3, "")
    assert "legacy support package only" in ran.err
    agency("requests", "advance", "1", "sent")
    agency("requests", "advance", "1", "acknowledged", "--case", "00481516")
    assert agency("requests", "send", "1", "--via", "phone").code == 0, "its case has a number now"


def test_a_critical_incident_goes_by_voicemail_whatever_the_package(agency: Terminal) -> None:
    agency("agency", "set", "--support-package", "current")
    agency(
        "requests", "new", "critical", "--title", "Nobody gets in", "--text", "x", "--characteristic", "c",
        "--all-users",
    )  # fmt: skip
    assert "1-469-874-0792" in agency("requests", "send", "1", "--via", "phone").out


# --- scripts -----------------------------------------------------------------------------------


def test_a_script_by_tailored_services_is_asked_for_and_its_end_reminds_of_recording_it(agency: Terminal) -> None:
    wish = ("requests", "new", "script", "--title", "Shift dates", "--text", "By a year.")
    assert agency(*wish).out == "1\n"
    shown = agency("requests", "show", "1").out
    assert "Please pass this on to Tailored Services" in shown
    agency("requests", "advance", "1", "sent")
    agency("requests", "advance", "1", "acknowledged", "--case", "00481516")
    done = agency("requests", "advance", "1", "done")
    assert done.code == 0
    assert "penelope-admin mirror script --env mirrored" in done.err


def test_a_script_is_never_asked_for_production(agency: Terminal) -> None:
    wish = ("requests", "new", "script", "--title", "x", "--text", "x", "--env", "production")
    assert agency(*wish).code == 3
