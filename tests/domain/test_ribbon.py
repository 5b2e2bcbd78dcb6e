"""The picture of a copy's life shows what was recorded, in its order, and what nobody knows as not known."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from penelope_admin.domain.features import FeatureState, Pending
from penelope_admin.domain.mirror import Event, EventKind, Question, posture, untold, with_due
from penelope_admin.domain.ribbon import MOST, Ribbon, ribbon
from penelope_admin.domain.windows import Calendar, Notice
from penelope_admin.policy import Policy
from tests.domain.instants import utc
from tests.effort import examples

WINNIPEG = ZoneInfo("America/Resolute")
NOW, DAY = utc(2026, 11, 20, 22, 40), timedelta(days=1)
SMS = "external-communications.sms"


def life(policy: Policy, *events: Event, states: tuple[FeatureState, ...] = (), **more: object) -> Ribbon:
    """The ribbon of the mirrored database on a Friday in November."""
    windows = Calendar(policy, "CA", WINNIPEG).upcoming(NOW)[:1]
    known = posture(policy, "mirrored", events, WINNIPEG)
    return ribbon(policy, "mirrored", events, known, states, windows, NOW, WINNIPEG, **more)  # type: ignore[arg-type]


def event(kind: EventKind, at: datetime, number: int = 1, **more: object) -> Event:
    return Event("mirrored", kind, at, id=number, **more)  # type: ignore[arg-type]


def kinds(found: Ribbon) -> list[str]:
    return [part.kind for part in found.parts]


REFRESHED, UPGRADED = event("refreshed", utc(2026, 11, 3, 15), 1), event("upgraded", utc(2026, 11, 15, 3), 2)


def test_a_copy_s_life_goes_from_production_to_the_next_upgrade(policy: Policy) -> None:
    found = life(policy, REFRESHED, UPGRADED)
    assert kinds(found) == ["production", "refreshed", "upgraded", "now", "next"]
    assert [part.event for part in found.parts] == [None, 1, 2, None, None]
    assert [part.contacts for part in found.parts[1:3]] == ["real", "de-identified"]
    assert found.badge == "De-identified by upgrade, not checked"
    assert "Next upgrade: Saturday 12 December 2026, 20:00 to midnight (Resolute)." in found.sentences[5]
    assert [stretch.contacts for stretch in found.stretches] == ["real", "de-identified"]


def test_after_a_refresh_the_copy_is_drawn_as_real_up_to_now(policy: Policy) -> None:
    found = life(policy, UPGRADED, event("refreshed", NOW - DAY, 3))
    assert (found.role, found.stretches[-1].contacts, found.stretches[-1].ends) == ("danger", "real", NOW)
    assert found.badge == "May hold real contacts"


def test_a_copy_whose_life_begins_this_very_instant_is_drawn_all_the_same(policy: Policy) -> None:
    refreshed = Event("training-b", "refreshed", NOW, id=1)
    known = posture(policy, "training-b", [refreshed], WINNIPEG)
    found = ribbon(policy, "training-b", [refreshed], known, (), (), NOW, WINNIPEG)
    assert [stretch.contacts for stretch in found.stretches] == ["de-identified"]


def test_a_refresh_of_this_very_instant_is_drawn_as_real_before_you_are_here(policy: Policy) -> None:
    found = life(policy, UPGRADED, event("refreshed", NOW, 3))
    assert [stretch.contacts for stretch in found.stretches] == ["de-identified", "real"]
    assert (found.stretches[-1].starts, found.stretches[-1].ends) == (NOW, NOW)


def test_what_nobody_recorded_is_drawn_as_not_known(policy: Policy) -> None:
    unknown = tuple(FeatureState("mirrored", feature.key) for feature in policy.features)
    found = life(policy, states=unknown)
    assert kinds(found) == ["earlier", "now", "next"]
    assert [stretch.contacts for stretch in found.stretches] == ["unknown"]
    assert found.unknown_sentence == "The state of 12 features is unknown. Check in Penelope."
    assert untold(policy.environment["mirrored"], posture(policy, "mirrored", [], WINNIPEG)).startswith(
        "When was Mirrored last refreshed or upgraded?"
    )


def test_a_refresh_that_was_due_makes_the_rest_not_known(policy: Policy) -> None:
    found = life(policy, *with_due("mirrored", [REFRESHED, UPGRADED], [date(2026, 11, 18)], WINNIPEG))
    assert [stretch.contacts for stretch in found.stretches][-2:] == ["de-identified", "unknown"]
    assert found.stretches[-1].starts == utc(2026, 11, 18, 6)


def test_a_window_of_which_nobody_said_whether_it_was_used_is_a_question_on_the_ribbon(policy: Policy) -> None:
    found = life(policy, REFRESHED, question=Question("mirrored", utc(2026, 11, 15, 2)))
    assert kinds(found) == ["production", "refreshed", "asked", "now", "next"]
    assert found.parts[2].sentence == "Not known whether it was upgraded on Saturday 14 November 2026."


def test_emergency_maintenance_stands_beside_the_next_upgrade_and_never_instead_of_it(policy: Policy) -> None:
    notice = Notice("1", "emergency", utc(2026, 11, 22, 2), utc(2026, 11, 22, 4))
    months = Calendar(policy, "CA", WINNIPEG, (notice,))
    windows = [months.upcoming(NOW)[0], months.next_upgrade(NOW)]
    known = posture(policy, "mirrored", [], WINNIPEG)
    found = ribbon(policy, "mirrored", [], known, [], windows, NOW, WINNIPEG)
    assert kinds(found)[-2:] == ["emergency", "next"]


def test_a_feature_lasts_to_the_end_of_its_last_day_and_one_without_lasts_on(policy: Policy) -> None:
    on = FeatureState("mirrored", SMS, "on", since=NOW - DAY, until=date(2026, 12, 4))
    planned = FeatureState("mirrored", "ms-exchange", "off", Pending("enable", "Pilot", None, False, "x", None, False))
    found = life(policy, UPGRADED, states=(on, planned))
    assert [(use.how, use.since, use.until) for use in found.uses] == [
        ("on", NOW - DAY, utc(2026, 12, 5, 6)), ("planned", NOW, None),
    ]  # fmt: skip
    assert found.uses[0].sentence.endswith("SMS: on, until Friday 4 December 2026.")


def test_a_locked_feature_that_was_seen_on_is_drawn_as_a_danger_since_it_was_seen(policy: Policy) -> None:
    seen = FeatureState("mirrored", "engage", by="ada", seen_at=NOW - DAY)
    (use,) = life(policy, UPGRADED, states=(seen, FeatureState("mirrored", "clientconnect"))).uses
    assert (use.feature, use.how, use.since, use.until, use.role) == ("engage", "seen on", NOW - DAY, None, "danger")
    assert "was seen on in Mirrored on Thursday 19 November 2026 by ada. It is locked there" in use.sentence


def test_how_de_identification_is_known_is_said(policy: Policy) -> None:
    said = {
        None: "De-identified by upgrade, not checked",
        "de-identified": "De-identified by upgrade and checked on Mon 16 Nov",
        "cannot-tell": "De-identified by upgrade; the check on Mon 16 Nov cannot tell",
        "real": "May hold real contacts",
    }
    for outcome, words in said.items():
        check = [event("checked", utc(2026, 11, 16, 18), 3, outcome=outcome)] if outcome else []
        assert life(policy, UPGRADED, *check).badge == words
    assert life(policy).badge == "Not known, treated as real"
    again = [event("checked", utc(2026, 11, 14, 18), 3, outcome="de-identified"), UPGRADED]
    assert life(policy, *again).badge == "De-identified by upgrade, not checked"


@settings(max_examples=examples(20, long=3000))
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["refreshed", "upgraded", "script-run", "restored", "checked", "corrected"]),
            st.integers(1, 400),
            st.sampled_from(["real", "de-identified", "cannot-tell"]),
        ),
        max_size=30,
    )
)
def test_whatever_happened_the_ribbon_is_in_order_without_gaps_and_agrees_with_the_posture(
    policy: Policy, happened: list[tuple[EventKind, int, str]]
) -> None:
    events = [
        Event(
            "mirrored", kind, NOW - days * DAY, id=number, corrects=number - 1 if kind == "corrected" else None,
            outcome=outcome if kind == "checked" else "unknown" if kind == "script-run" else None,
        )
        for number, (kind, days, outcome) in enumerate(happened, 1)
    ]  # fmt: skip
    found = life(policy, *events)
    assert [part.at for part in found.parts] == sorted(part.at for part in found.parts)
    assert sum(part.event is not None and part.kind != "earlier" for part in found.parts) <= MOST
    assert all(early.ends == late.starts for early, late in pairwise(found.stretches))
    assert (found.stretches[0].starts, found.stretches[-1].ends) == (
        found.parts[found.parts[0].kind == "production"].at,
        NOW,
    )
    assert found.stretches[-1].contacts == posture(policy, "mirrored", events, WINNIPEG).contact_details
