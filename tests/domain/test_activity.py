"""The activity log in sentences: every action has one, and none of them speaks keys."""

from __future__ import annotations

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penelope_admin.domain.activity import PHRASES, changes_in_words, meaning, sentence, value_in_words
from penelope_admin.policy import Policy
from tests.each import each
from tests.effort import examples

ZONE = ZoneInfo("Europe/London")
SERVICES = Path(__file__).parents[2] / "penelope_admin"
_ACTION = re.compile(
    r'"((?:agency|backup|checklist|environment|features?|holidays?|log|mail|notice|outbox|project|reply|report|requests?)'
    r'\.[a-z-]+)"'
)
COMPOSED = {
    "checklist": ("pass", "fail", "cannot-tell"),
    "environment": ("refreshed", "upgraded", "script-run", "not-upgraded", "upgrade-unknown"),
    "feature": (
        "enable-planned", "enable-switched", "disable-planned", "disable-switched", "seen-on", "seen-off",
        "seen-unknown",
    ),
    "project": ("ended", "cancelled"),
    "request": ("acknowledged", "answered", "scheduled", "done", "cancelled", "sent", "drafted"),
}  # fmt: skip
"""Actions whose second word the services fill in."""
NO_ACTIONS = {"outbox.lock", "outbox.name", "request.id", "project.id"}


def test_every_action_of_the_services_has_a_sentence() -> None:
    named = {
        action
        for file in (*SERVICES.glob("services/**/*.py"), *SERVICES.glob("store/*.py"))
        for action in _ACTION.findall(file.read_text("utf-8"))
    } - NO_ACTIONS
    assert len(named) > 30
    composed = {f"{first}.{second}" for first, seconds in COMPOSED.items() for second in seconds}
    assert (named | composed) - set(PHRASES) == set()


def test_a_request_taken_back_is_not_told_as_drafted(policy: Policy) -> None:
    said = sentence(policy, "request.drafted", "PA-2", {"status": "sent"}, {"status": "drafted"})
    assert said == "PA-2 was not sent after all and is a draft again"
    first = sentence(policy, "request.drafted", "PA-2", {}, {"status": "drafted", "kind": "refresh", "reason": "Data"})
    assert first == "PA-2 (Refresh) was drafted: “Data”"


@pytest.mark.parametrize(
    ("action", "subject", "after", "said"),
    [
        (
            "feature.enable-planned", "mirrored/ms-exchange", {"pending_reason": "Pilot", "reason": "Old"},
            "MS Exchange in Mirrored: switching on was planned: “Pilot”",
        ),
        ("holiday.recorded", "support 2026-12-25", {}, "A holiday was added: Friday 25 December 2026 (Support)"),
        ("environment.upgraded", "mirrored", {"version": "4.26.12"}, "Mirrored was upgraded to 4.26.12"),
        ("checklist.fail", "mirrored/14", {"remark": "Seen"}, "Line 14 of the check-list of Mirrored failed: “Seen”"),
        ("project.planned", "project 1", {"name": "Payroll"}, "Project 1 was planned: “Payroll”"),
        (
            "request.scheduled", "PA-1", {"scheduled_for": "2026-11-03"},
            "Support scheduled PA-1 for Tuesday 3 November 2026",
        ),
        ("request.handed-over", "PA-1", {"via": "portal"}, "The text of PA-1 was given out: The Community portal"),
        ("something.of-another-release", "PA-1", {}, "PA-1: something, of another release"),
    ],
)  # fmt: skip
def test_an_entry_is_a_sentence_in_the_field_s_words(
    policy: Policy, action: str, subject: str, after: dict[str, str], said: str
) -> None:
    assert sentence(policy, action, subject, {}, after) == said


def test_a_long_reason_is_cut_at_a_line_s_length_and_not_at_twelve_letters(policy: Policy) -> None:
    said = sentence(policy, "request.remarked", "PA-1", {}, {"remark": "word " * 60})
    assert 80 < len(said) < 120
    assert said.endswith("…”")


def test_what_changed_is_told_with_names_and_days(policy: Policy) -> None:
    before = {"state": "off", "pending": "enable", "until": None, "queue_empty": False}
    after = {"state": "on", "pending": None, "until": "2026-12-01", "queue_empty": True}
    assert changes_in_words(policy, before, after, ZONE) == (
        "State: off to on. Planned: switch on to nothing. Until: Tuesday 1 December 2026. Queue looked at: yes."
    )
    assert changes_in_words(policy, {}, {}, ZONE) == ""
    at = {"at": "2026-11-15T03:00:00+00:00"}
    assert changes_in_words(policy, {}, at, ZONE) == "At: Sunday 15 November 2026, 03:00 (London)."
    assert value_in_words(policy, "features", ["general-ledger", "ms-exchange"]) == "General Ledger, MS Exchange"


@each(
    "word, action",
    [("switched", "feature.enable-switched"), ("scheduled", "request.scheduled"), ("after", "request.drafted")],
)
def test_a_word_of_a_sentence_means_the_actions_that_say_it(policy: Policy, word: str, action: str) -> None:
    assert action in meaning(policy, word).actions


def test_a_feature_s_name_means_its_key(policy: Policy) -> None:
    assert meaning(policy, "Ledger").subjects == ("/general-ledger",)
    assert "mirrored" in meaning(policy, "MIRRORED").subjects


@given(
    action=st.sampled_from([*sorted(PHRASES), "x", "{about}.{0}", "a.b{c}"]),
    subject=st.text(max_size=40),
    facts=st.dictionaries(
        st.text(max_size=12),
        st.none()
        | st.booleans()
        | st.integers()
        | st.text(max_size=12)
        | st.sampled_from(("2026-99-99", "9999-12-31T23:59:59-12:00")),
    ),
)
@settings(max_examples=examples(20, long=3000))
def test_whatever_a_tampered_log_says_it_becomes_a_line(
    policy: Policy, action: str, subject: str, facts: dict[str, object]
) -> None:
    assert isinstance(sentence(policy, action, subject, facts, facts), str)
    assert isinstance(changes_in_words(policy, {}, facts, ZONE), str)


def test_what_a_tampered_log_says_of_a_kind_is_no_bug(policy: Policy) -> None:
    assert sentence(policy, "request.drafted", "PA-1", {}, {"kind": ["refresh"]}) == "PA-1 was drafted"
