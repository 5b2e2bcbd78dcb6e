"""What waits for the administrator: each kind appears, and disappears when it is dealt with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Literal
from zoneinfo import ZoneInfo

from penelope_admin.domain.delivery import Outgoing, OutgoingState
from penelope_admin.domain.features import FeatureState, Pending
from penelope_admin.domain.mirror import Event, open_question
from penelope_admin.domain.requests import Request, RequestKind, Status, Step
from penelope_admin.domain.waiting import Waiting, waiting
from penelope_admin.domain.windows import Calendar, Notice
from penelope_admin.policy import Policy
from tests.each import each
from tests.wishes import KINDS, WISHES, request_of

LONDON = ZoneInfo("Europe/London")
DAY = timedelta(days=1)
NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
WINDOW = datetime(2026, 12, 13, 2, tzinfo=UTC)
TODAY = date(2026, 12, 1)
SMS = FeatureState("mirrored", "external-communications.sms", "off")
REQUEST = Request(
    id=12,
    kind="refresh",
    environment="mirrored",
    status="drafted",
    reason="Tests",
    created_at=NOW,
)


def list_of(
    policy: Policy,
    *,
    states: tuple[FeatureState, ...] = (),
    requests: tuple[Request, ...] = (),
    now: datetime = NOW,
    since: datetime = NOW - DAY,
    notices: tuple[Notice, ...] = (),
    last_upgrade: datetime | None = None,
    has_mirror: bool = True,
    messages: tuple[Outgoing, ...] = (),
    offered: Mapping[int, str] = MappingProxyType({}),
) -> list[Waiting]:
    """What waits for an agency in London."""
    months = Calendar(policy, "GB", LONDON, notices)
    windows = months.upcoming(now)[0], months.last_ended(now)
    events = [Event("mirrored", "upgraded", last_upgrade)] if last_upgrade else []
    question = open_question(policy.environment["mirrored"], events, windows[1].starts_at, since)
    return waiting(
        policy, states, requests, *windows, now, since,
        questions=[question] if question and has_mirror else [], messages=messages, offered=offered,
    )  # fmt: skip


def test_nothing_waits_when_all_is_done(policy: Policy) -> None:
    assert list_of(policy, states=(SMS, replace(SMS, state="on", until=TODAY))) == []


def test_a_feature_past_its_end_date_waits_to_be_switched_off(policy: Policy) -> None:
    state = replace(SMS, state="on", until=TODAY - DAY)
    assert list_of(policy, states=(state,)) == [
        Waiting(
            "overdue",
            "danger",
            "External Communications: SMS should have been switched off on Monday 30 November 2026.",
            "mirrored",
            "external-communications.sms",
        )
    ]
    assert list_of(policy, states=(replace(state, state="off"),)) == []
    assert list_of(policy, states=(replace(state, until=TODAY),)) == []


def test_today_is_the_agency_s_today(policy: Policy) -> None:
    """Half past eleven at night in London in July is tomorrow there, though not yet in UTC."""
    state = replace(SMS, state="on", until=date(2026, 7, 1))
    now = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    assert list_of(policy, states=(state,), now=now, since=now) == []
    (item,) = list_of(policy, states=(state,), now=now + timedelta(minutes=30), since=now)
    assert item.kind == "overdue"


@each("change, word", [("enable", "on"), ("disable", "off")])
def test_a_planned_change_waits_to_be_made(policy: Policy, change: str, word: str) -> None:
    state = replace(SMS, pending=Pending(change, "Tests", None, False))  # type: ignore[arg-type]
    assert list_of(policy, states=(state,)) == [
        Waiting(
            "change",
            "caution",
            f"Switch External Communications: SMS {word} in Penelope, then say that it is done.",
            "mirrored",
            "external-communications.sms",
        )
    ]
    assert list_of(policy, states=(replace(state, pending=None),)) == []


def test_a_draft_waits_to_be_sent_and_a_sent_request_for_its_case_number(policy: Policy) -> None:
    expected: dict[Status, list[Waiting]] = {
        "drafted": [Waiting("draft", "info", "PA-12, refresh of Mirrored: drafted, not sent yet.", None, "12")],
        "queued": [],
        "sent": [
            Waiting("case-number", "caution", "PA-12, refresh of Mirrored: sent, no case number yet.", None, "12")
        ],
        "acknowledged": [],
        "answered": [],
        "scheduled": [],
        "done": [],
        "cancelled": [],
    }
    for status, items in expected.items():
        assert list_of(policy, requests=(replace(REQUEST, status=status),)) == items


def message(state: OutgoingState, problem: str = "", number: int = 1, request_id: int = 12) -> Outgoing:
    """The newest message of request 12, or of another."""
    return Outgoing(
        number, request_id, f"<{number}@a.example>", "a@a.example", "b@b.example", state, 0, NOW, problem, NOW
    )


def of_request(policy: Policy, request: Request, *messages: Outgoing, offered: str | None = None) -> list[Waiting]:
    return list_of(policy, requests=(request,), messages=messages, offered={12: offered} if offered else {})


@each("kind", KINDS)
def test_a_draft_of_any_kind_waits_and_an_incident_s_most_urgently(policy: Policy, kind: RequestKind) -> None:
    (item,) = of_request(policy, request_of(WISHES[kind]))
    assert (item.kind, item.urgency) == ("draft", "danger" if kind == "critical" else "info")
    assert item.text.endswith(": drafted, not sent yet.")
    assert item.subject == "12"


def test_a_message_that_waits_without_trouble_asks_for_nothing(policy: Policy) -> None:
    queued = replace(REQUEST, status="queued")
    for state in ("waiting", "sending"):
        assert of_request(policy, queued, message(state)) == []


def test_a_message_that_could_not_leave_yet_waits_with_the_reason(policy: Policy) -> None:
    (item,) = of_request(policy, replace(REQUEST, status="queued"), message("waiting", "The server is busy."))
    assert item == Waiting(
        "outbox", "caution", "PA-12, refresh of Mirrored: it waits in the outbox. The server is busy.", None, "12"
    )


@each("problem, why", [("", "It has not left yet."), ("No network.", "No network.")])
def test_an_incident_in_the_outbox_is_always_urgent(policy: Policy, problem: str, why: str) -> None:
    incident = request_of(WISHES["critical"], status="queued")
    (item,) = of_request(policy, incident, message("waiting", problem))
    assert (item.kind, item.urgency) == ("outbox", "danger")
    assert item.text == f"PA-12, critical incident: Nobody can sign in: it waits in the outbox. {why}"


@each("kind", KINDS)
def test_a_message_that_failed_for_good_is_urgent(policy: Policy, kind: RequestKind) -> None:
    (item,) = of_request(policy, request_of(WISHES[kind]), message("failed", "The address was refused."))
    assert (item.kind, item.urgency) == ("outbox", "danger")
    assert item.text.endswith(": it could not be sent. The address was refused.")


def test_only_the_newest_message_of_a_request_counts(policy: Policy) -> None:
    older, newer = message("failed", "The address was refused.", 1), message("cancelled", "", 2)
    assert [item.kind for item in of_request(policy, REQUEST, older, newer)] == ["draft"]
    assert [item.kind for item in of_request(policy, REQUEST, message("failed", "x", 1, request_id=13))] == ["draft"]


def test_a_failed_message_of_a_request_sent_another_way_since_is_not_spoken_of(policy: Policy) -> None:
    sent = replace(REQUEST, status="sent")
    assert [item.kind for item in of_request(policy, sent, message("failed", "x"))] == ["case-number"]


def test_a_case_number_that_was_found_waits_to_be_taken(policy: Policy) -> None:
    (item,) = of_request(policy, replace(REQUEST, status="sent"), offered="00123456")
    assert item == Waiting(
        "reply",
        "caution",
        "PA-12, refresh of Mirrored: a reply names the case number 00123456. Take it, or dismiss it.",
        None,
        "12",
    )


def test_an_incident_answered_by_telephone_still_gets_its_case_number(policy: Policy) -> None:
    answered = request_of(WISHES["critical"], status="answered")
    assert of_request(policy, answered) == []
    assert [item.kind for item in of_request(policy, answered, offered="7")] == ["reply"]


@each(
    "request_",
    [
        replace(REQUEST, status="acknowledged", case_number="1"),
        replace(REQUEST, status="done"),
        replace(REQUEST, status="cancelled"),
    ],
)
def test_a_number_that_nobody_lacks_any_more_is_not_offered(policy: Policy, request_: Request) -> None:
    assert of_request(policy, request_, offered="00123456") == []


def test_a_scheduled_refresh_waits_from_its_day_on_until_somebody_says_how_it_went(policy: Policy) -> None:
    request = replace(REQUEST, status="scheduled", scheduled_for=TODAY)
    assert list_of(policy, requests=(request,)) == [
        Waiting(
            "scheduled",
            "danger",
            "PA-12, refresh of Mirrored: it is due on Tuesday 1 December 2026. "
            "Say when it was done, or name another day.",
            "mirrored",
            "12",
        )
    ]
    (passed,) = list_of(policy, requests=(replace(request, scheduled_for=TODAY - 30 * DAY),))
    assert "it was due on Sunday 1 November 2026." in passed.text
    assert list_of(policy, requests=(replace(request, scheduled_for=TODAY + DAY),)) == []
    assert list_of(policy, requests=(replace(request, status="done"),)) == []
    assert list_of(policy, requests=(replace(request, status="cancelled"),)) == []


def test_features_promised_after_a_refresh_wait_until_they_are_on(policy: Policy) -> None:
    done = replace(
        REQUEST,
        status="done",
        features=("external-communications.sms", "general-ledger"),
        steps=(Step(NOW, "done", "sam"),),
    )
    assert list_of(policy, requests=(done,)) == [
        Waiting(
            "wanted-back",
            "info",
            "After the refresh PA-12 you wanted External Communications: SMS, General Ledger back on.",
            "mirrored",
            "12",
        )
    ]
    ledger = FeatureState("mirrored", "general-ledger", "on")
    assert list_of(policy, requests=(done,), states=(ledger, replace(SMS, state="on"))) == []


def test_a_feature_promised_that_these_rules_do_not_name_waits_under_its_key(policy: Policy) -> None:
    done = replace(REQUEST, status="done", features=("of-other-rules",), steps=(Step(NOW, "done", "sam"),))
    (item,) = list_of(policy, requests=(done,))
    assert item.text == "After the refresh PA-12 you wanted of-other-rules back on."


def notices_of(policy: Policy, now: datetime, since: datetime, *notices: Notice) -> list[str]:
    items = list_of(policy, now=now, since=since, notices=notices, has_mirror=False)
    assert {item.kind for item in items} <= {"notice"}
    return [item.text for item in items]


def upgrades_of(policy: Policy, now: datetime, last_upgrade: datetime | None, *notices: Notice) -> list[str]:
    items = list_of(policy, now=now, since=WINDOW - 20 * DAY, last_upgrade=last_upgrade, notices=notices)
    return [item.text for item in items if item.kind == "upgrade"]


def test_after_a_window_it_is_asked_whether_the_mirror_was_upgraded_until_that_is_recorded(policy: Policy) -> None:
    tick, ended = timedelta(microseconds=1), WINDOW + timedelta(hours=4)
    question = (
        "Was Mirrored upgraded in the window of Sunday 13 December 2026? Say when, “not yet”, or that you do not know."
    )
    assert upgrades_of(policy, ended - tick, None) == []
    assert upgrades_of(policy, ended, None) == [question]
    assert upgrades_of(policy, ended, WINDOW - tick) == [question]
    assert upgrades_of(policy, ended, WINDOW) == []
    assert upgrades_of(policy, ended + 10 * DAY, ended + 5 * DAY) == []


def test_without_a_mirror_nothing_is_asked_about_its_upgrade(policy: Policy) -> None:
    now = WINDOW + DAY
    kinds = [item.kind for item in list_of(policy, now=now, since=WINDOW - DAY, has_mirror=False)]
    assert kinds == ["notice"]


def test_the_mirror_s_upgrade_is_not_asked_about_for_windows_before_the_agency_was_set_up(policy: Policy) -> None:
    assert list_of(policy, now=WINDOW + DAY, since=WINDOW) == []


def test_an_emergency_since_does_not_hide_what_is_asked_about_the_upgrade(policy: Policy) -> None:
    emergency = Notice("1", "emergency", WINDOW + 2 * DAY, WINDOW + 2 * DAY + timedelta(hours=1))
    now = WINDOW + 3 * DAY
    assert len(upgrades_of(policy, now, None, emergency)) == 1
    assert len(notices_of(policy, now, WINDOW - DAY, emergency)) == 1


def test_a_missing_notice_is_mentioned_from_a_week_before_the_upgrade_until_it_starts(policy: Policy) -> None:
    tick = timedelta(microseconds=1)
    texts = {
        7 * DAY + tick: [],
        7 * DAY: ["The upgrade is in 7 days and no notice is recorded."],
        2 * DAY: ["The upgrade is in 2 days and no notice is recorded."],
        timedelta(hours=12): ["The upgrade is in 1 day and no notice is recorded."],
        timedelta(hours=1): ["The upgrade is today and no notice is recorded."],
        tick: ["The upgrade is today and no notice is recorded."],
    }
    for before, expected in texts.items():
        assert notices_of(policy, WINDOW - before, WINDOW - 20 * DAY) == expected, before


def test_the_agency_may_want_to_hear_of_a_missing_notice_earlier_or_later(policy: Policy) -> None:
    windows = Calendar(policy, "GB", LONDON).upcoming(WINDOW - 10 * DAY)[0]
    last = Calendar(policy, "GB", LONDON).last_ended(WINDOW - 10 * DAY)

    def told(days: int | None, before: int) -> int:
        now = WINDOW - before * DAY
        return len(waiting(policy, (), (), windows, last, now, WINDOW - 20 * DAY, notice_days=days))

    assert [told(None, 7), told(None, 8), told(14, 14), told(14, 15), told(2, 2), told(2, 3)] == [1, 0, 1, 0, 1, 0]


def test_a_notice_that_came_is_not_missed(policy: Policy) -> None:
    came = Notice("1", "announced", WINDOW, WINDOW + timedelta(hours=4))
    assert notices_of(policy, WINDOW - DAY, WINDOW - 20 * DAY, came) == []
    assert notices_of(policy, WINDOW + DAY, WINDOW - 20 * DAY, came) == []


def test_an_upgrade_without_a_notice_is_asked_about_once_it_begins(policy: Policy) -> None:
    expected = [
        "No notice is recorded for the upgrade of Sunday 13 December 2026. "
        "If none came, ask Support: they find out why."
    ]
    ended = WINDOW + timedelta(hours=4)
    assert notices_of(policy, WINDOW, WINDOW - 20 * DAY) == expected
    assert notices_of(policy, ended - timedelta(seconds=1), WINDOW - 20 * DAY) == expected
    assert notices_of(policy, ended, WINDOW - 20 * DAY) == expected
    assert notices_of(policy, ended + 20 * DAY, WINDOW - 20 * DAY) == expected


def test_a_missing_notice_leads_to_its_window_and_once_it_begins_to_the_request(policy: Policy) -> None:
    subjects = [
        [item.subject for item in list_of(policy, now=now, since=WINDOW - 20 * DAY, has_mirror=False)]
        for now in (WINDOW - DAY, WINDOW)
    ]
    assert subjects == [["2026-12"], ["missing-notice/2026-12-13"]]


def test_upgrades_from_before_the_agency_was_set_up_are_not_asked_about(policy: Policy) -> None:
    assert notices_of(policy, WINDOW + DAY, WINDOW) == []
    assert notices_of(policy, WINDOW + DAY, WINDOW - timedelta(microseconds=1)) != []


def test_the_days_of_the_reminder_are_the_policy_s(policy: Policy) -> None:
    assert policy.schedule.notice_reminder_days == 7


def test_what_is_most_urgent_comes_first(policy: Policy) -> None:
    done = replace(REQUEST, id=11, status="done", features=("general-ledger",), steps=(Step(NOW, "done", "sam"),))
    items = list_of(
        policy,
        states=(
            replace(SMS, feature="ms-exchange", pending=Pending("enable", "Tests", None, False)),
            replace(SMS, state="on", until=TODAY - 30 * DAY),
        ),
        requests=(
            REQUEST,
            replace(REQUEST, id=13, status="sent"),
            replace(REQUEST, id=14, status="scheduled", scheduled_for=TODAY),
            done,
        ),
        now=WINDOW - DAY,
    )
    kinds = ["overdue", "scheduled", "change", "case-number", "draft", "wanted-back", "notice"]
    assert [item.kind for item in items] == kinds
    assert [item.urgency for item in items] == ["danger"] * 2 + ["caution"] * 2 + ["info"] * 3


def test_nobody_is_told_of_a_missing_notice_that_support_was_asked_about(policy: Policy) -> None:
    now, day = WINDOW + DAY, WINDOW.astimezone(LONDON).date()
    asked = Request(3, "missing-notice", None, "drafted", "", now, upgrade_day=day)

    def nags(*requests: Request) -> int:
        found = list_of(policy, now=now, since=WINDOW - DAY, has_mirror=False, requests=requests)
        return len([item for item in found if item.kind == "notice"])

    assert nags() == 1
    for status in ("drafted", "queued", "cancelled"):
        assert nags(replace(asked, status=status)) == 1, status
    for status in ("sent", "acknowledged", "answered", "done"):
        assert nags(replace(asked, status=status)) == 0, status
    for days in (-7, 1, 7):
        assert nags(replace(asked, status="sent", upgrade_day=day + days * DAY)) == 0, "the date of another reading"
    assert nags(replace(asked, status="sent", upgrade_day=day - 28 * DAY)) == 1, "that was another upgrade"


@each("key", ["clientconnect", "engage"])
@each("state, pending", [("on", None), ("off", Pending("enable", "x", None, True))])
def test_an_impossible_entry_is_told_as_damage_and_never_as_a_step_to_take(
    policy: Policy, key: str, state: Literal["on", "off"], pending: Pending | None
) -> None:
    entry = FeatureState("mirrored", key, state, pending, until=TODAY - DAY)
    (item,) = list_of(policy, states=(entry,))
    assert (item.kind, item.urgency) == ("damaged", "danger")
    assert "This program never writes that" in item.text
    assert "Switch" not in item.text


def test_a_request_that_names_a_locked_feature_is_told_as_damage(policy: Policy) -> None:
    (item,) = list_of(policy, requests=(replace(REQUEST, features=("engage",)),))
    assert item.urgency == "danger"
    assert "the file is damaged" in item.text
    assert "Engage" not in item.text
