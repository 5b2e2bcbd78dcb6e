"""Requests of every kind: drafted with all their fields, refused with nothing saved, and walked to the end."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from penelope_admin.clock import FixedClock
from penelope_admin.domain.features import Acknowledgement, Decision
from penelope_admin.domain.requests import KINDS as FACTS
from penelope_admin.domain.requests import RequestInput, RequestKind
from penelope_admin.errors import BadInputError, RefusedError
from penelope_admin.services import agency, features, requests, shapes
from penelope_admin.services.mirror import environments
from penelope_admin.services.requests import Drafted
from penelope_admin.services.work import Context
from tests.each import each
from tests.services.house import LOCKED, NOW, PROFILE, RE_ENABLEABLE, SOON, log, nothing_saved, one_entry, upgraded
from tests.wishes import KINDS, SMS, SURE, WISHES

LOGGED: dict[RequestKind, dict[str, Any]] = {
    "refresh": {
        "environment": "mirrored", "text_given": ["reason"], "earliest": "2026-12-14",
        "latest": "2026-12-18",
    },
    "feature-change": {
        "environment": "mirrored", "text_given": ["reason"], "earliest": "2026-12-14",
        "latest": "2026-12-18", "change": "enable", "acknowledged_real": True,
        "queue_empty": False,
    },
    "missing-notice": {"upgrade_day": "2026-11-14", "text_given": ["reason"]},
    "question": {
        "environment": "training-b", "text_given": ["reason", "title"],
    },
    "defect": {
        "environment": "production", "product_version": "5.2.1", "text_given": ["reason", "title"],
    },
    "scheduled-call": {
        "text_given": ["reason", "title"],
        "earliest": "2026-12-14", "latest": "2026-12-18",
    },
    "script": {
        "environment": "mirrored", "text_given": ["reason", "title"], "earliest": "2026-12-14",
        "latest": "2026-12-18",
    },
    "critical": {
        "text_given": ["reason", "title"],
        "characteristics": "b,c", "began_at": "2026-12-01T14:40:00+00:00",
    },
}  # fmt: skip
ENABLE = replace(WISHES["feature-change"], acknowledgement=SURE)


def draft(context: Context, wish: RequestInput) -> Drafted:
    return context.write(requests.draft, wish).value


@pytest.fixture
def with_copies(context: Context) -> Context:
    """An agency with one of every copy there can be beside the others."""
    copies = ("preview", "training-a", "migration", "mirrored")
    context.write(agency.update, msgspec.structs.replace(PROFILE, environments=copies, version=1), ["training-b"])
    return context


# --- drafting ----------------------------------------------------------------------------------


@each("kind", KINDS)
def test_a_draft_of_any_kind_is_found_again_with_all_its_fields(context: Context, kind: RequestKind) -> None:
    wish = WISHES[kind]
    done = context.write(requests.draft, wish)
    assert done.changes == {"requests"}
    found = context.read(requests.find, done.value.request.id).request
    assert found == done.value.request
    assert (found.kind, found.status, found.environment, found.title) == (kind, "drafted", wish.environment, wish.title)
    assert (found.reason, found.earliest, found.latest) == (wish.reason, wish.earliest, wish.latest)
    assert set(found.features) == set(wish.features)
    assert (found.change, found.upgrade_day, found.product_version or "") == (
        wish.change, wish.upgrade_day, wish.version,
    )  # fmt: skip
    assert (found.characteristics, found.began_at) == (tuple(sorted(wish.characteristics)), wish.began_at)
    assert [(step.status, step.by, step.at) for step in found.steps] == [("drafted", "ada", NOW)]


@pytest.mark.parametrize("kind", KINDS)
def test_drafting_makes_one_entry_that_holds_what_was_asked_for(context: Context, kind: RequestKind) -> None:
    with one_entry(context, "request.drafted", "PA-1") as facts:
        drafted = draft(context, WISHES[kind])
    before, after = facts
    assert before is None
    assert after.pop("warnings") == len(drafted.warnings)
    assert sorted(after.pop("features")) == sorted(WISHES[kind].features)
    assert after == {"kind": kind, "status": "drafted", **LOGGED[kind]}


@each("kind", KINDS)
def test_the_preview_is_the_letter_the_draft_becomes(context: Context, kind: RequestKind) -> None:
    with nothing_saved(context):
        shown = context.read(requests.preview, WISHES[kind])
    assert context.read(requests.find, draft(context, WISHES[kind]).request.id).letter == shown


@each("kind", KINDS)
def test_a_wish_that_is_hardly_begun_can_be_previewed(context: Context, kind: RequestKind) -> None:
    with nothing_saved(context):
        assert context.read(requests.preview, RequestInput(kind=kind)).body.startswith("Hello,")


@each("kind", KINDS)
def test_only_what_can_be_scheduled_is_held_against_the_upgrade_windows(context: Context, kind: RequestKind) -> None:
    wish = WISHES[kind]
    if "dates" in FACTS[kind].fields:
        wish = replace(wish, earliest=date(2026, 12, 12), latest=date(2026, 12, 12))
    warned = any("upgrade window" in warning for warning in draft(context, wish).warnings)
    assert warned == ("dates" in FACTS[kind].fields)


@each("kind", KINDS)
def test_nothing_can_be_drafted_before_the_set_up(fresh: Context, kind: RequestKind) -> None:
    with nothing_saved(fresh), pytest.raises(BadInputError, match="No agency is set up yet"):
        draft(fresh, WISHES[kind])


# --- refusals ----------------------------------------------------------------------------------

BAD: list[tuple[RequestKind, dict[str, Any], str]] = [
    ("feature-change", {"change": None}, "needs the change"),
    ("feature-change", {"features": ()}, "needs the features"),
    ("feature-change", {"reason": " "}, "needs the reason"),
    ("feature-change", {"features": ("fax",)}, '"fax" is not a feature'),
    ("feature-change", {"environment": "preview"}, "has no Preview"),
    ("feature-change", {"environment": "nowhere"}, "is no environment"),
    ("feature-change", {"latest": date(2026, 12, 13)}, "is before the earliest"),
    ("feature-change", {"title": "x"}, "has no subject"),
    ("missing-notice", {"upgrade_day": None}, "needs the day of the upgrade"),
    ("missing-notice", {"environment": "mirrored"}, "has no environment"),
    ("missing-notice", {"reason": "null \0 character"}, "control character"),
    ("question", {"title": ""}, "needs the subject"),
    ("question", {"title": "two\nlines"}, "The subject holds a line break"),
    ("question", {"title": "x" * 121}, "longer than 120"),
    ("question", {"title": "=?utf-8?q?x?="}, "mail programs unpack"),
    ("question", {"reason": ""}, "needs the reason"),
    ("question", {"reason": "x" * 4001}, "longer than 4000"),
    ("question", {"environment": "migration"}, "has no Migration"),
    ("question", {"features": (SMS,)}, "has no features"),
    ("question", {"latest": date(2026, 12, 18)}, "has no pair of dates"),
    ("defect", {"environment": None}, "needs the environment"),
    ("defect", {"version": "5\n2"}, "The version holds a line break"),
    ("defect", {"version": "x" * 61}, "longer than 60"),
    ("defect", {"change": "enable"}, "has no change"),
    ("scheduled-call", {"title": " "}, "needs the subject"),
    ("scheduled-call", {"latest": date(2026, 11, 30), "earliest": None}, "has passed"),
    ("scheduled-call", {"environment": "mirrored"}, "has no environment"),
    ("script", {"title": ""}, "needs the subject"),
    ("script", {"features": (SMS,)}, "has no features"),
    ("script", {"environment": "migration"}, "has no Migration"),
    ("critical", {"characteristics": ("d",)}, '"d" is none of a, b, c'),
    ("critical", {"began_at": NOW + timedelta(seconds=1)}, "is in the future"),
    ("critical", {"began_at": NOW.replace(tzinfo=None)}, "."),
    ("critical", {"upgrade_day": date(2026, 11, 14)}, "has no day of the upgrade"),
    ("critical", {"environment": "production"}, "has no environment"),
]


@each("kind, fields, message", BAD)
def test_a_wish_that_cannot_be_met_saves_nothing(
    context: Context, kind: RequestKind, fields: dict[str, Any], message: str
) -> None:
    with nothing_saved(context), pytest.raises(BadInputError, match=message):
        draft(context, replace(WISHES[kind], **fields))


@each("kind", [kind for kind in KINDS if WISHES[kind].title and kind != "critical"])
def test_the_word_that_opens_an_incident_is_kept_out_of_other_subjects(context: Context, kind: RequestKind) -> None:
    for title in ("A critical question", "CRITICAL", "hypercritical"):
        with nothing_saved(context), pytest.raises(RefusedError, match=r"may cost \$250"):
            draft(context, replace(WISHES[kind], title=title))


def test_the_word_may_stand_in_the_text(context: Context) -> None:
    letter = context.read(requests.preview, replace(WISHES["question"], reason="This is not critical."))
    assert "critical" not in letter.subject.casefold()
    assert draft(context, replace(WISHES["question"], reason="This is not critical.")).request.id == 1


# --- feature changes ---------------------------------------------------------------------------


@each("change", ["enable", "disable"])
@each("environment", ["preview", "training-a", "migration", "mirrored"])
@each("feature", [*LOCKED, *(key.upper() for key in LOCKED), " ClientConnect "])
def test_a_locked_feature_is_in_no_feature_change(
    with_copies: Context, feature: str, environment: str, change: Any
) -> None:
    sure = Acknowledgement(phi=True, environment=environment, queue_empty=True)
    wish = replace(ENABLE, environment=environment, features=("dss", feature), change=change, acknowledgement=sure)
    with nothing_saved(with_copies), pytest.raises(RefusedError, match=r"cannot be enabled|stays locked"):
        draft(with_copies, wish)


def test_a_feature_change_names_the_whole_that_comes_with_a_part_unless_that_is_on(context: Context) -> None:
    wish = replace(ENABLE, features=(SMS,))
    assert any("is a part of" in said for said in context.read(requests.warnings_for, wish))
    whole = SMS.partition(".")[0]
    context.write(features.switch, whole, "enable", reason="Pilot", until=SOON, acknowledgement=SURE, already_done=True)
    assert not any("is a part of" in said for said in context.read(requests.warnings_for, wish))


@each("feature", ["dss", SMS, "engage"])
@each("change", ["enable", "disable"])
def test_no_feature_change_is_for_production(context: Context, feature: str, change: Any) -> None:
    sure = Acknowledgement(phi=True, environment="production", queue_empty=True)
    wish = replace(ENABLE, environment="production", features=(feature,), change=change, acknowledgement=sure)
    with (
        nothing_saved(context),
        pytest.raises(RefusedError, match="Feature changes and scripts are for copies, not for Production"),
    ):
        draft(context, wish)


@pytest.mark.parametrize("environment", ["training-a", "mirrored"])
@pytest.mark.parametrize("feature", RE_ENABLEABLE)
def test_what_can_expose_client_data_is_asked_for_only_with_its_acknowledgement(
    with_copies: Context, feature: str, environment: str
) -> None:
    upgraded(with_copies)  # so that no name is needed
    wish = replace(ENABLE, environment=environment, features=("dss", feature), acknowledgement=Acknowledgement())
    with nothing_saved(with_copies), pytest.raises(RefusedError, match=r"needs an acknowledgement of its .* PHI risk"):
        draft(with_copies, wish)
    drafted = draft(with_copies, replace(wish, acknowledgement=Acknowledgement(phi=True, queue_empty=True)))
    assert set(drafted.request.features) == {"dss", feature}


def test_where_contacts_may_be_real_the_copy_s_name_is_needed_too(context: Context) -> None:
    wish = replace(ENABLE, features=(SMS.upper(),), acknowledgement=Acknowledgement(phi=True, queue_empty=True))
    for typed in (None, "", "Training", "production"):
        wrong = replace(wish, acknowledgement=Acknowledgement(phi=True, environment=typed, queue_empty=True))
        with nothing_saved(context), pytest.raises(RefusedError, match='type "Mirrored" to confirm'):
            draft(context, wrong)
    named = draft(
        context, replace(wish, acknowledgement=Acknowledgement(phi=True, environment=" MIRRORED ", queue_empty=True))
    )
    assert named.request.features == (SMS,)
    assert any("May hold real contact details" in warning for warning in named.warnings)


def test_switching_off_is_asked_for_freely(context: Context) -> None:
    drafted = draft(
        context, replace(ENABLE, features=(SMS, "dss"), change="disable", acknowledgement=Acknowledgement())
    )
    assert set(drafted.request.features) == {SMS, "dss"}
    assert not any("contact details" in warning for warning in drafted.warnings)


def test_what_is_not_on_the_list_may_be_asked_of_support(with_copies: Context) -> None:
    for environment in ("preview", "migration", "mirrored"):
        wish = replace(
            ENABLE, environment=environment, features=("dss", "credit-card"), acknowledgement=Acknowledgement()
        )
        assert draft(with_copies, wish).request.environment == environment


def test_where_no_contacts_are_used_nothing_is_said_of_them(context: Context) -> None:
    drafted = draft(context, replace(ENABLE, features=("dss", "general-ledger")))
    assert not any("contact details" in warning for warning in drafted.warnings)


def test_what_has_to_be_said_first_can_be_asked_before_anything_is_drafted(context: Context) -> None:
    wish = replace(ENABLE, features=("dss", SMS, "Engage"), acknowledgement=Acknowledgement())
    with nothing_saved(context):
        found = [verdict.decision for verdict in context.read(requests.verdicts, wish)]
    assert found == [Decision.ALLOWED, Decision.NEEDS_ACKNOWLEDGEMENT, Decision.REFUSED]
    with pytest.raises(BadInputError, match='"fax" is not a feature'):
        context.read(requests.verdicts, replace(wish, features=("fax",)))
    assert [context.read(requests.verdicts, WISHES[kind]) for kind in KINDS if kind != "feature-change"] == [[]] * 7


def test_a_feature_named_twice_is_asked_for_once(context: Context) -> None:
    assert draft(context, replace(ENABLE, features=("dss", "DSS", " dss "))).request.features == ("dss",)


def test_a_finished_feature_change_is_no_refresh(context: Context) -> None:
    upgraded(context)
    key = draft(context, ENABLE).request.id
    context.write(requests.advance, key, "sent")
    context.write(requests.advance, key, "acknowledged", case_number="1")
    with nothing_saved(context), pytest.raises(BadInputError, match="done of a refresh only"):
        context.write(requests.advance, key, "done", happened_at=NOW)
    assert context.write(requests.advance, key, "done").changes == {"requests"}
    mirrored = next(view for view in context.read(environments.find_all) if view.environment.key == "mirrored")
    assert mirrored.posture.last_refresh is None
    assert mirrored.posture.contact_details == "de-identified"


# --- incidents ---------------------------------------------------------------------------------


@each(
    "fields, reasons",
    [
        ({"characteristics": ()}, ["None of the things that make a case critical applies."]),
        ({"everybody": False}, ["Some users can go on working"]),
        ({"characteristics": (), "everybody": False}, ["None of the things", "Some users can go on working"]),
    ],
)
def test_what_is_not_critical_is_refused_with_the_reasons_and_what_it_may_cost(
    context: Context, fields: dict[str, Any], reasons: list[str]
) -> None:
    with nothing_saved(context), pytest.raises(RefusedError) as refused:
        draft(context, replace(WISHES["critical"], **fields))
    for part in [*reasons, "may cost the agency $250", "Write a normal request instead", "Nothing was saved"]:
        assert part in str(refused.value)
    assert refused.value.exit_code == 3


def test_a_characteristic_named_twice_counts_once(context: Context) -> None:
    drafted = draft(context, replace(WISHES["critical"], characteristics=("c", "a", "c")))
    assert drafted.request.characteristics == ("a", "c")


def test_the_answer_to_an_incident_is_due_two_hours_after_it_was_sent(context: Context, clock: FixedClock) -> None:
    key = draft(context, WISHES["critical"]).request.id
    assert context.read(requests.find, key).answer_due is None
    clock.instant = sent_at = NOW + timedelta(minutes=5)
    context.write(requests.advance, key, "sent")
    clock.instant = NOW + timedelta(hours=1)
    context.write(requests.advance, key, "acknowledged", case_number="00123456")
    view = context.read(requests.find, key)
    assert view.answer_due == sent_at + timedelta(hours=2)
    assert shapes.request(view)["answer_due"] == view.answer_due
    context.write(requests.advance, key, "answered")
    assert context.read(requests.find, key).answer_due is None


def test_support_may_call_back_before_there_is_a_case_number(context: Context) -> None:
    key = draft(context, WISHES["critical"]).request.id
    context.write(requests.advance, key, "sent")
    answered = context.write(requests.advance, key, "answered", remark="They called back").value
    assert (answered.status, answered.case_number) == ("answered", None)


# --- the path ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_request_of_any_kind_walks_its_whole_path(context: Context, clock: FixedClock, kind: RequestKind) -> None:
    key = draft(context, replace(WISHES[kind], acknowledgement=SURE)).request.id
    for number, to in enumerate(FACTS[kind].path[1:], 1):
        clock.instant = NOW + timedelta(hours=number)
        known = len(log(context))
        request = context.write(
            requests.advance, key, to, case_number="00123456" if to == "acknowledged" else "",
            scheduled_for=date(2026, 12, 15) if to == "scheduled" else None, other_day=True,
        ).value  # fmt: skip
        assert request.date_of(to) == clock.now()
        assert log(context)[known:][-1].action == f"request.{to}"
        assert len(log(context)) == known + (2 if kind == "refresh" and to == "done" else 1)
    found = context.read(requests.find, key)
    assert found.request.status == "done"
    assert shapes.request(found)["next_steps"] == []
    assert tuple(step.status for step in found.request.steps) == FACTS[kind].path


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "refresh"])
def test_only_a_refresh_has_features_to_drop(context: Context, kind: RequestKind) -> None:
    key = draft(context, WISHES[kind]).request.id
    with nothing_saved(context), pytest.raises(BadInputError, match="PA-1 is not a refresh"):
        context.write(requests.drop_wanted, key)
