"""Refresh requests: drafted with what to know, walked along their path, and what they leave to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from penelope_admin.clock import FixedClock
from penelope_admin.domain import letters
from penelope_admin.domain.requests import Request, Status
from penelope_admin.domain.waiting import Waiting
from penelope_admin.errors import BadInputError, ConflictError, RefusedError, SameCaseError
from penelope_admin.mail.line import CancelToken
from penelope_admin.services import agency, features, overview, requests, shapes
from penelope_admin.services.calendar import notices
from penelope_admin.services.mirror import environments
from penelope_admin.services.requests import RequestInput, delivery, outbox
from penelope_admin.services.work import Context
from tests.each import each
from tests.services.conftest import Open
from tests.services.house import (
    EXTERNAL_COMMUNICATIONS,
    LOCKED,
    NOT_LISTED,
    NOW,
    PROFILE,
    SOON,
    SURE,
    change_agency,
    log,
    nothing_saved,
    one_entry,
    upgraded,
)

SMS = "external-communications.sms"
LEGAL: dict[Status, set[Status]] = {
    "drafted": {"sent", "cancelled"},
    "sent": {"acknowledged", "drafted", "cancelled"},
    "acknowledged": {"scheduled", "done", "cancelled"},
    "scheduled": {"scheduled", "done", "cancelled"},
    "done": set(),
    "cancelled": set(),
}
WAY_TO: dict[Status, tuple[Status, ...]] = {
    "drafted": (),
    "sent": ("sent",),
    "acknowledged": ("sent", "acknowledged"),
    "scheduled": ("sent", "acknowledged", "scheduled"),
    "done": ("sent", "acknowledged", "done"),
    "cancelled": ("cancelled",),
}
REAL_CONTACTS = "holds real contact details"


def draft(context: Context, **fields: Any) -> int:
    wish = RequestInput(**{"reason": "Fresh data for the training of March", **fields})
    return context.write(requests.draft, wish).value.request.id


def step(context: Context, key: int, to: Status, **more: Any) -> Request:
    facts: dict[str, dict[str, Any]] = {
        "acknowledged": {"case_number": "00123456"},
        "scheduled": {"scheduled_for": date(2026, 12, 9)},
        "done": {"other_day": True},
    }
    return context.write(requests.advance, key, to, **{**facts.get(to, {}), **more}).value


def walked(context: Context, status: Status, **fields: Any) -> int:
    """A request that has come as far as this."""
    key = draft(context, **fields)
    for to in WAY_TO[status]:
        step(context, key, to)
    return key


def waiting(context: Context, kind: str) -> list[Waiting]:
    found = context.read(overview.load)
    assert found is not None
    return [item for item in found.waiting if item.kind == kind]


# --- drafting ----------------------------------------------------------------------------------


def test_a_draft_is_found_again_with_everything_that_was_asked_for(context: Context) -> None:
    wish = RequestInput(
        environment="mirrored", reason=" Two\r\nlines ", earliest=date(2026, 12, 3), latest=date(2026, 12, 9),
        features=(SMS, "General-Ledger"),
    )  # fmt: skip
    done = context.write(requests.draft, wish)
    assert done.changes == {"requests"}
    found = context.read(requests.find, done.value.request.id).request
    assert found == done.value.request
    assert (found.status, found.environment, found.reason) == ("drafted", "mirrored", "Two\nlines")
    assert (found.earliest, found.latest, found.wanted_back) == (
        date(2026, 12, 3),
        date(2026, 12, 9),
        (SMS, "general-ledger"),
    )
    assert [(taken.status, taken.by, taken.at) for taken in found.steps] == [("drafted", "ada", NOW)]


def test_drafting_makes_one_activity_entry(context: Context) -> None:
    with one_entry(context, "request.drafted", "PA-1") as facts:
        draft(context, features=(SMS,))
    assert facts[0] is None
    assert facts[1]["features"] == [SMS]
    assert facts[1]["environment"] == "mirrored"


def test_a_draft_whose_dates_meet_an_upgrade_window_says_so(context: Context) -> None:
    meets = context.read(requests.warnings_for, RequestInput(earliest=date(2026, 12, 7), latest=date(2026, 12, 12)))
    assert any("meet an upgrade window: Saturday 12 December 2026, 20:00 to midnight (Resolute)" in w for w in meets)
    clear = context.read(requests.warnings_for, RequestInput(earliest=date(2026, 12, 13), latest=date(2026, 12, 31)))
    assert not any("upgrade window" in warning for warning in clear)


def test_a_draft_says_which_work_the_refresh_overwrites(context: Context) -> None:
    until = date(2026, 12, 10)
    context.write(
        features.switch, SMS, "enable", reason="Reminder test", until=until, acknowledgement=SURE, already_done=True
    )
    context.write(features.switch, "general-ledger", "enable", reason="Export", until=until, acknowledgement=SURE)
    before = context.read(requests.warnings_for, RequestInput(earliest=until))
    assert any("SMS is on until Thursday 10 December 2026 for “Reminder test”" in warning for warning in before)
    assert any("General Ledger is planned until Thursday 10 December 2026" in warning for warning in before)
    after = context.read(requests.warnings_for, RequestInput(earliest=until + timedelta(days=1)))
    assert not any("overwrites" in warning for warning in after)


def test_a_draft_warns_where_contact_details_become_real(context: Context) -> None:
    assert not any(
        REAL_CONTACTS in w for w in context.read(requests.warnings_for, RequestInput())
    )  # unknown counts as real
    upgraded(context)
    assert any(REAL_CONTACTS in warning for warning in context.read(requests.warnings_for, RequestInput()))
    training = context.read(requests.warnings_for, RequestInput(environment="training-b"))
    assert not any(REAL_CONTACTS in warning for warning in training)


def test_a_draft_comes_with_the_warnings_and_logs_how_many(context: Context) -> None:
    upgraded(context)
    wish = RequestInput(reason="x", earliest=date(2026, 12, 12))
    with one_entry(context, "request.drafted", "PA-1") as facts:
        drafted = context.write(requests.draft, wish).value
    assert drafted.warnings == context.read(requests.warnings_for, wish, 1)
    assert facts[1]["warnings"] == len(drafted.warnings) == 2


def test_a_second_refresh_of_the_same_copy_is_warned_of_while_the_first_is_open(context: Context) -> None:
    def told(**fields: Any) -> tuple[str, ...]:
        drafted = context.write(requests.draft, RequestInput(reason="x", **fields)).value
        return tuple(warning for warning in drafted.warnings if "requested already" in warning)

    assert told() == told(environment="training-b") == told(kind="question", title="How?") == ()
    (warning,) = told()
    assert "of Mirrored has been requested already: PA-1, drafted on Tuesday 1 December 2026, is still" in warning
    context.write(requests.advance, 1, "cancelled")
    assert "PA-4" in told()[0], "the newest that is open"
    context.write(requests.advance, 4, "cancelled")
    context.write(requests.advance, 5, "cancelled")
    assert told() == ()
    assert context.read(requests.earlier, RequestInput(reason="x"), 6) is None, "the draft that is changed is no other"


def test_what_was_asked_under_the_same_title_is_warned_of_while_it_is_open(context: Context) -> None:
    seen_on = letters.seen_on(context.policy, context.policy.feature["clientconnect"], "mirrored")
    assert context.read(requests.earlier, seen_on) is None
    context.write(requests.draft, seen_on)
    earlier = context.read(requests.earlier, seen_on)
    assert earlier is not None
    assert (earlier.number, earlier.sentence) == (
        1,
        "“ClientConnect is on in the Mirrored database” has been asked already: PA-1, drafted on Tuesday "
        "1 December 2026, is still open. Add to that one, unless this is another matter.",
    )
    assert context.write(requests.draft, seen_on).value.warnings[0] == earlier.sentence
    for other in ({"environment": "training-b"}, {"title": "Another"}, {"kind": "question"}):
        assert context.read(requests.earlier, replace(seen_on, **other)) is None  # type: ignore[arg-type]
    assert context.read(requests.earlier, seen_on, 2) == earlier, "the draft that is changed is no other"
    for number in (1, 2):
        context.write(requests.advance, number, "cancelled")
    assert context.read(requests.earlier, seen_on) is None


def test_production_is_never_the_target(context: Context) -> None:
    with nothing_saved(context), pytest.raises(RefusedError, match="never their target"):
        draft(context, environment="production")


@each(
    "fields",
    [
        {"reason": ""},
        {"reason": " \n "},
        {"reason": "x" * 4001},
        {"reason": "null \0 character"},
        {"environment": "migration"},
        {"environment": "nowhere"},
        {"earliest": date(2026, 12, 9), "latest": date(2026, 12, 8)},
        {"latest": date(2026, 11, 30)},
        {"earliest": date(2026, 11, 30)},
        {"features": ("fax",)},
    ],
)
def test_a_draft_that_cannot_be_met_is_refused(context: Context, fields: dict[str, Any]) -> None:
    with nothing_saved(context), pytest.raises(BadInputError):
        draft(context, **fields)


@each("feature", [*LOCKED, *(key.upper() for key in LOCKED)])
def test_a_locked_feature_cannot_be_wanted_back(context: Context, feature: str) -> None:
    with nothing_saved(context), pytest.raises(RefusedError, match="cannot be enabled"):
        draft(context, features=(SMS, feature))


@each("feature", NOT_LISTED)
def test_a_feature_that_is_not_on_the_list_cannot_be_wanted_back(context: Context, feature: str) -> None:
    with nothing_saved(context), pytest.raises(RefusedError, match="ask Support"):
        draft(context, features=(feature,))


def test_outside_the_mirrored_database_no_feature_can_be_wanted_back(context: Context) -> None:
    with nothing_saved(context), pytest.raises(RefusedError, match="is for the mirrored database"):
        draft(context, environment="training-b", features=(SMS,))


def test_nothing_can_be_drafted_before_the_set_up(fresh: Context) -> None:
    with nothing_saved(fresh), pytest.raises(BadInputError, match="No agency is set up yet"):
        draft(fresh)


# --- the letter --------------------------------------------------------------------------------


def test_the_letter_asks_for_the_refresh_and_says_what_not_to_enable(context: Context) -> None:
    key = draft(context, earliest=date(2026, 12, 3), features=(SMS,))
    letter = context.read(requests.find, key).letter
    assert letter.to == "support@vendor.example"
    assert letter.sender == "admin@riverside.example"
    assert letter.subject == "Refresh of the Mirrored database - Riverside Family Services [PA-1]"
    for line in (
        "Agency: Riverside Family Services",
        "Database to be overwritten: Mirrored",
        "When: not before Thursday 3 December 2026",
        "Fresh data for the training of March",
        "- External Communications: SMS",
        "Please do not enable ClientConnect or Engage.",
    ):
        assert line in letter.body.splitlines()


def test_the_preview_is_the_letter_the_draft_becomes(context: Context) -> None:
    draft(context)
    wish = RequestInput(reason="Once more", latest=date(2026, 12, 24), features=("MS-Exchange", SMS, "action-triggers"))
    shown = context.read(requests.preview, wish)
    key = context.write(requests.draft, wish).value.request.id
    assert context.read(requests.find, key).letter == shown


def test_a_preview_with_an_unknown_feature_is_refused(context: Context) -> None:
    with pytest.raises(BadInputError, match='"fax" is not a feature'):
        context.read(requests.preview, RequestInput(reason="x", features=("fax",)))


def test_a_preview_saves_nothing(context: Context) -> None:
    with nothing_saved(context):
        context.read(requests.preview, RequestInput(reason="x"))


# --- the path ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "to"), [(status, to) for status in LEGAL for to in sorted(LEGAL[status])])
def test_a_legal_step_is_taken_and_remembered(context: Context, clock: FixedClock, status: Status, to: Status) -> None:
    key = walked(context, status)
    clock.instant = NOW + timedelta(hours=1)
    before = context.read(requests.find, key).request
    after = step(context, key, to, remark="On the telephone")
    assert after == context.read(requests.find, key).request
    assert (after.status, after.version) == (to, before.version + 1)
    assert after.steps[:-1] == before.steps
    taken = after.steps[-1]
    assert (taken.status, taken.by, taken.at, taken.remark) == (to, "ada", clock.now(), "On the telephone")
    assert log(context)[-1].action == f"request.{to}"


@pytest.mark.parametrize("status", LEGAL)
def test_an_illegal_step_is_refused_with_the_legal_ones_named(context: Context, status: Status) -> None:
    key = walked(context, status)
    for to in LEGAL.keys() - LEGAL[status]:
        with nothing_saved(context), pytest.raises(ConflictError, match=f"PA-1 is {status}; it cannot") as refused:
            step(context, key, to)
        possible = str(refused.value).split("Possible next steps: ")[1].split(".")[0]
        assert possible == "none: it has ended" if not LEGAL[status] else set(possible.split(", ")) == LEGAL[status]


@pytest.mark.parametrize("status", LEGAL)
def test_a_request_names_its_next_steps(context: Context, status: Status) -> None:
    key = walked(context, status)
    assert set(shapes.request(context.read(requests.find, key))["next_steps"]) == LEGAL[status]  # type: ignore[call-overload]


def test_each_step_makes_one_activity_entry_that_holds_before_and_after(context: Context) -> None:
    key = walked(context, "sent")
    with one_entry(context, "request.acknowledged", "PA-1") as facts:
        step(context, key, "acknowledged", case_number=" #00123456 ", remark="By email")
    assert facts[0] == {"status": "sent", "case_number": None}
    assert facts[1] == {
        "status": "acknowledged", "case_number": "#00123456", "scheduled_for": None, "text_given": ["remark"],
    }  # fmt: skip


@pytest.mark.parametrize("number", ["", "  "])
def test_supports_answer_needs_its_case_number(context: Context, number: str) -> None:
    key = walked(context, "sent")
    with nothing_saved(context), pytest.raises(BadInputError, match="case number"):
        step(context, key, "acknowledged", case_number=number)


@each("number", ["12 34", "1" * 42, "12\n34", "<b>", "'; DROP TABLE request; --"])
def test_what_is_no_case_number_is_refused(context: Context, number: str) -> None:
    key = walked(context, "sent")
    with nothing_saved(context), pytest.raises(BadInputError, match="A case number has"):
        step(context, key, "acknowledged", case_number=number)


def test_the_case_number_stays_through_later_steps(context: Context) -> None:
    key = walked(context, "scheduled")
    assert step(context, key, "done").case_number == "00123456"


def test_scheduling_needs_the_day(context: Context) -> None:
    key = walked(context, "acknowledged")
    with nothing_saved(context), pytest.raises(BadInputError, match="Give the day"):
        context.write(requests.advance, key, "scheduled")


def test_a_scheduled_request_can_be_scheduled_anew(context: Context) -> None:
    key = walked(context, "scheduled")
    assert step(context, key, "scheduled", scheduled_for=date(2026, 12, 21)).scheduled_for == date(2026, 12, 21)


def test_a_remark_of_two_lines_takes_the_whole_step_back(context: Context) -> None:
    key = walked(context, "sent")
    with nothing_saved(context), pytest.raises(BadInputError, match="The note"):
        step(context, key, "acknowledged", remark="two\nlines")


def test_a_step_on_what_somebody_else_moved_on_saves_nothing(context: Context, opened: Open) -> None:
    key = draft(context)
    seen = context.read(requests.find, key).request.version
    step(opened("bob"), key, "sent")
    with nothing_saved(context), pytest.raises(ConflictError, match="Somebody else"):
        step(context, key, "cancelled", version=seen)


def test_a_request_that_is_not_there_has_no_steps(context: Context) -> None:
    with nothing_saved(context), pytest.raises(BadInputError, match="There is no request 7"):
        step(context, 7, "sent")
    with pytest.raises(BadInputError, match="There is no request 7"):
        context.read(requests.find, 7)


def test_requests_are_listed_newest_first(context: Context) -> None:
    keys = [draft(context, reason=reason) for reason in ("first", "second", "third")]
    assert [view.request.id for view in context.read(requests.find_all)] == keys[::-1]


# --- what a finished refresh does --------------------------------------------------------------


def test_a_refresh_that_is_done_is_recorded_as_the_environments_refresh(context: Context) -> None:
    upgraded(context)
    key = walked(context, "acknowledged")
    known = len(log(context))
    done = context.write(requests.advance, key, "done", happened_at=NOW)
    assert done.changes == {"requests", "environments", "features"}
    assert [entry.action for entry in log(context)[known:]] == ["environment.refreshed", "request.done"]
    mirrored = next(view for view in context.read(environments.find_all) if view.environment.key == "mirrored")
    assert mirrored.posture.contact_details == "real"
    assert mirrored.posture.last_refresh == NOW
    assert context.read(features.find, SMS).state.state == "unknown"


def test_without_a_time_of_the_copy_the_refresh_happened_now(context: Context, clock: FixedClock) -> None:
    key = walked(context, "acknowledged")
    clock.instant = datetime(2026, 12, 3, 4, 5, tzinfo=UTC)
    step(context, key, "done")
    mirrored = next(view for view in context.read(environments.find_all) if view.environment.key == "mirrored")
    assert mirrored.posture.last_refresh == clock.now()


@pytest.mark.parametrize("at", [NOW + timedelta(minutes=1), NOW.replace(tzinfo=None)])
def test_a_copy_in_the_future_or_without_a_zone_takes_the_whole_step_back(context: Context, at: datetime) -> None:
    key = walked(context, "acknowledged")
    with nothing_saved(context), pytest.raises(BadInputError):
        step(context, key, "done", happened_at=at)


def test_a_refresh_of_a_database_that_is_no_longer_ours_is_a_fact_all_the_same(context: Context) -> None:
    key = walked(context, "acknowledged", environment="mirrored")
    context.write(
        agency.update, msgspec.structs.replace(PROFILE, environments=("training-b",), version=1), ["mirrored"]
    )
    step(context, key, "done")
    views = {view.environment.key: view for view in context.read(environments.find_all)}
    assert views["mirrored"].posture.contact_details == "real"
    assert views["mirrored"].unsettled


def test_wanted_features_wait_once_the_refresh_is_done(context: Context) -> None:
    key = walked(context, "acknowledged", features=EXTERNAL_COMMUNICATIONS[1:3])
    assert waiting(context, "wanted-back") == []
    step(context, key, "done")
    items = waiting(context, "wanted-back")
    assert [(item.environment, item.subject) for item in items] == [("mirrored", "1")]
    assert items[0].text.endswith("External Communications: Client Delivery, External Communications: SMS back on.")


def test_a_wanted_feature_stops_waiting_once_it_is_planned_or_on(context: Context) -> None:
    walked(context, "done", features=EXTERNAL_COMMUNICATIONS[1:3])
    context.write(features.switch, SMS, "enable", reason="Back", until=SOON, acknowledgement=SURE)
    assert "Client Delivery back on" in waiting(context, "wanted-back")[0].text
    assert "SMS" not in waiting(context, "wanted-back")[0].text
    context.write(
        features.switch, EXTERNAL_COMMUNICATIONS[2], "enable", reason="Back", until=SOON, acknowledgement=SURE,
        already_done=True,
    )  # fmt: skip
    assert waiting(context, "wanted-back") == []


def test_wanted_features_stop_waiting_once_they_are_dropped(context: Context) -> None:
    key = walked(context, "done", features=(SMS, "general-ledger"))
    with one_entry(context, "request.features-dropped", "PA-1") as facts:
        assert context.write(requests.drop_wanted, key).changes == {"requests"}
    assert sorted(facts[0]["re_enable"]) == [SMS, "general-ledger"]
    assert facts[1] == {"re_enable": []}
    assert waiting(context, "wanted-back") == []


def test_a_draft_waits_to_be_sent_and_a_sent_one_for_its_case_number(context: Context) -> None:
    key = draft(context)
    assert [item.subject for item in waiting(context, "draft")] == ["1"]
    step(context, key, "sent")
    assert waiting(context, "draft") == []
    assert [item.subject for item in waiting(context, "case-number")] == ["1"]
    step(context, key, "acknowledged")
    assert waiting(context, "case-number") == []


# --- one case for each question ----------------------------------------------------------------


def test_a_case_number_that_another_request_has_is_not_accepted_silently(context: Context) -> None:
    first, second = walked(context, "acknowledged"), walked(context, "sent")
    number = context.read(requests.find, first).request.case_number or ""
    with nothing_saved(context), pytest.raises(SameCaseError, match=rf"^PA-{first}, refresh of Mirrored, has the case"):
        context.write(requests.advance, second, "acknowledged", case_number=f"#{number}".upper())
    with one_entry(context, "request.acknowledged", f"PA-{second}") as facts:
        context.write(requests.advance, second, "acknowledged", case_number=number, same_case=True)
    assert facts[1]["same_case"] is True


def test_a_request_keeps_its_own_number_through_later_steps_without_being_asked(context: Context) -> None:
    key = walked(context, "acknowledged")
    number = context.read(requests.find, key).request.case_number or ""
    assert context.write(requests.advance, key, "done", case_number=number).value.status == "done"


def test_a_number_is_not_put_right_to_that_of_another_request(context: Context) -> None:
    first, second = walked(context, "acknowledged"), walked(context, "sent")
    context.write(requests.advance, second, "acknowledged", case_number="00999")
    number = context.read(requests.find, first).request.case_number or ""
    with nothing_saved(context), pytest.raises(SameCaseError):
        context.write(requests.correct_case_number, second, number)
    assert context.write(requests.correct_case_number, second, number, same_case=True).value.case_number == number


# --- the day Support names ---------------------------------------------------------------------


def test_a_day_before_the_one_asked_for_is_warned_about_and_still_recorded(context: Context) -> None:
    key = walked(context, "acknowledged", earliest=date(2026, 12, 20), latest=date(2026, 12, 22))
    assert context.read(requests.warnings_for_day, key, date(2026, 12, 21)) == ()
    (early,) = context.read(requests.warnings_for_day, key, date(2026, 12, 18))
    assert early == "You asked for a day not before Sunday 20 December 2026. Tell Support if this is too early."
    (late,) = context.read(requests.warnings_for_day, key, date(2026, 12, 23))
    assert late == "You asked for a day not after Tuesday 22 December 2026. Tell Support if this is too late."
    step(context, key, "scheduled", scheduled_for=date(2026, 12, 18))
    assert context.read(requests.find, key).request.scheduled_for == date(2026, 12, 18)


def test_a_refresh_on_the_day_of_an_upgrade_is_warned_about(context: Context) -> None:
    key = walked(context, "acknowledged", earliest=date(2026, 12, 10))
    (warning,) = context.read(requests.warnings_for_day, key, date(2026, 12, 12))
    assert warning.startswith("This day meets an upgrade window: Saturday 12 December 2026, 20:00 to midnight")


@pytest.mark.parametrize("day", [date(2031, 12, 2), date.max])
def test_a_day_more_than_five_years_ahead_is_refused(context: Context, day: date) -> None:
    key = walked(context, "acknowledged")
    with nothing_saved(context), pytest.raises(BadInputError, match="more than five years ahead"):
        context.write(requests.advance, key, "scheduled", scheduled_for=day)


def test_days_at_the_ends_of_the_calendar_are_looked_at_without_trouble(context: Context) -> None:
    key = draft(context, earliest=date(1970, 1, 1), latest=date(2026, 12, 20))
    assert len(context.read(requests.warnings_for_day, key, date.min)) == 1
    assert len(context.read(requests.warnings_for_day, key, date.max)) == 1
    for dates in (
        {"latest": date.max},
        {"earliest": date.max},
        {"earliest": date(1970, 1, 1), "latest": date(2031, 12, 2)},
    ):
        with nothing_saved(context), pytest.raises(BadInputError, match="more than five years ahead"):
            draft(context, **dates)


# --- what was sent -----------------------------------------------------------------------------


def test_a_letter_that_has_left_is_shown_without_the_number_that_came_later(context: Context) -> None:
    key = walked(context, "sent")
    before = context.read(requests.find, key).letter
    context.write(requests.advance, key, "acknowledged", case_number="00481516")
    assert context.read(requests.find, key).letter == before
    assert "00481516" not in before.body
    assert "00481516" in context.read(delivery.parcel, key).letter.body, (
        "what is written to Support anew names the case"
    )


def test_a_letter_the_mail_server_took_is_shown_as_it_left(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    change_agency(context, smtp_host="mail.riverside.example")
    key = draft(context, reason="Süße neue Daten, bitte.")
    as_it_left = context.read(requests.find, key).letter
    context.write(delivery.hand_over, key, "smtp")
    monkeypatch.setattr("penelope_admin.mail.smtp.send", lambda *_: ())
    outbox.flush(context, CancelToken())
    change_agency(context, name="Another name", support_address="other@vendor.example")
    found = context.read(requests.find, key)
    assert (found.request.status, found.letter) == ("sent", as_it_left)


# --- missing notices ---------------------------------------------------------------------------


@each("day", [date(2026, 12, 25), date(2026, 11, 30), date.min, date.max])
def test_a_missing_notice_is_about_a_day_near_an_upgrade_window(context: Context, day: date) -> None:
    with nothing_saved(context), pytest.raises(BadInputError, match="No upgrade window lies near"):
        context.write(requests.draft, RequestInput("missing-notice", upgrade_day=day))


@pytest.mark.parametrize("day", [date(2026, 11, 14), date(2026, 12, 12), date(2026, 12, 19)])
def test_a_missing_notice_can_be_about_an_upgrade_or_the_weekend_of_another_reading(
    context: Context, day: date
) -> None:
    assert (
        context.write(requests.draft, RequestInput("missing-notice", upgrade_day=day)).value.request.upgrade_day == day
    )


def test_a_missing_notice_can_be_about_the_day_a_notice_named(context: Context) -> None:
    starts = datetime(2026, 12, 27, 3, tzinfo=UTC)
    key = context.write(
        notices.add, "announced", datetime(2026, 12, 13, 3, tzinfo=UTC), datetime(2026, 12, 13, 6, tzinfo=UTC)
    )
    context.write(notices.add, "announced", starts, starts + timedelta(hours=3), replaces=key.value.id)
    day = date(2026, 12, 26)
    assert (
        context.write(requests.draft, RequestInput("missing-notice", upgrade_day=day)).value.request.upgrade_day == day
    )
