"""Doing without a second person needs the second person, and shows for as long as it lasts."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from penelope_admin.clock import FixedClock
from penelope_admin.errors import ConflictError, RefusedError
from penelope_admin.services import agency, features, overview, reports
from penelope_admin.services.mirror import environments
from penelope_admin.services.reports import Order
from penelope_admin.services.work import Context
from penelope_admin.store import schema
from penelope_admin.store.rows import agency as agency_rows
from tests.services.conftest import Open
from tests.services.house import NOW, SOON, SURE, change_agency, nothing_saved, one_entry
from tests.services.test_reports import section

HOUR = timedelta(hours=1)
TITLE = "When the second person was switched off"


@pytest.fixture
def careful(context: Context) -> Context:
    """Ada's agency asks for a second person."""
    change_agency(context, second_person=True)
    return context


def is_on(context: Context) -> bool:
    return context.read(agency.need_profile).second_person


def told(context: Context) -> list[tuple[str, str]]:
    found = context.read(overview.load)
    assert found is not None
    return [(item.urgency, item.text) for item in found.waiting if item.kind == "second-person"]


def test_nobody_switches_the_second_person_off_alone(careful: Context, opened: Open) -> None:
    with one_entry(careful, "agency.changed", "Riverside Family Services") as facts:
        change_agency(careful, second_person=False)
    assert (facts[1]["second_person"], facts[1]["second_person_off_asked"]) == (True, True)
    assert is_on(careful)
    for same in (careful, opened("OFFICE\\ada"), opened("ada@office.example")):
        with nothing_saved(careful), pytest.raises(RefusedError, match="Somebody else must confirm that"):
            change_agency(same, second_person=False)
    assert is_on(careful)


def test_somebody_else_confirms_it(careful: Context, opened: Open) -> None:
    change_agency(careful, second_person=False)
    with one_entry(bob := opened("bob"), "agency.changed", "Riverside Family Services") as facts:
        change_agency(bob, second_person=False)
    assert (facts[1]["second_person"], facts[1]["second_person_off_asked_by"]) == (False, "ada")
    assert not is_on(careful)


def test_the_rest_of_what_is_saved_with_the_wish_is_saved(careful: Context) -> None:
    change_agency(careful, second_person=False, telephone="204 555 0142")
    assert careful.read(agency.need_profile).telephone == "204 555 0142"
    assert is_on(careful)


def test_other_changes_neither_confirm_the_wish_nor_take_it_back(careful: Context, opened: Open) -> None:
    change_agency(careful, second_person=False)
    change_agency(opened("bob"), telephone="204 555 0142")
    assert is_on(careful)
    assert careful.read(agency.find_second_person).waiver is not None


def test_the_wish_can_be_turned_down(careful: Context, opened: Open) -> None:
    with nothing_saved(careful), pytest.raises(ConflictError):
        careful.write(agency.keep_second_person)
    change_agency(careful, second_person=False)
    opened("bob").write(agency.keep_second_person)
    assert careful.read(agency.find_second_person).waiver is None
    change_agency(opened("bob"), second_person=False)
    assert is_on(careful)


def test_overview_shows_the_wish_and_then_who_switched_it_off_until_it_is_on_again(
    careful: Context, opened: Open, clock: FixedClock
) -> None:
    assert told(careful) == []
    change_agency(careful, second_person=False)
    assert told(careful) == [
        (
            "caution",
            "ada asked on Tuesday 1 December 2026 to do without a second person. It stays on until somebody else "
            "confirms that in Settings, under their own account.",
        )
    ]
    clock.instant = NOW + timedelta(days=1)
    change_agency(opened("bob"), second_person=False)
    off = (
        "The second person was switched off: ada asked for it on Tuesday 1 December 2026, bob approved it on Wednesday "
        "2 December 2026."
    )
    assert told(careful) == [("info", off)]
    assert off in section(careful.read(reports.make, Order("state")), "Second person")
    change_agency(careful, second_person=True)
    assert told(careful) == []
    assert off not in section(careful.read(reports.make, Order("state")), "Second person")


def test_who_never_asked_for_a_second_person_is_told_nothing(context: Context) -> None:
    assert told(context) == []
    assert "nobody else's approval" in section(context.read(reports.make, Order("state")), "Second person")
    assert "Never in this period" in section(context.read(reports.make, Order("exposure")), TITLE)


def test_off_an_enabled_feature_and_on_again_is_visible_in_the_exposure_log(
    careful: Context, opened: Open, clock: FixedClock
) -> None:
    careful.write(environments.record_event, "mirrored", "refreshed", NOW - HOUR)
    change_agency(careful, second_person=False)
    change_agency(opened("bob"), second_person=False)
    clock.instant = NOW + HOUR
    careful.write(
        features.switch, "action-triggers", "enable", reason="x", until=SOON, acknowledgement=SURE, already_done=True
    )
    clock.instant = NOW + 2 * HOUR
    change_agency(careful, second_person=True)
    clock.instant = NOW + 3 * HOUR
    report = careful.read(reports.make, Order("exposure", date(2026, 12, 1)))
    assert "1 time a feature was switched on while the second person was switched off." in section(report, "In short")
    spans = section(report, TITLE)
    assert "ada asked for it" in spans
    assert "1 December 2026, 09:00 CST | 1 December 2026, 11:00 CST" in spans


def test_what_a_restore_has_switched_on_again_is_on_from_then_until_it_is_off_again(
    careful: Context, opened: Open, clock: FixedClock
) -> None:
    def switch_off() -> None:
        clock.instant += HOUR
        change_agency(careful, second_person=False)
        change_agency(opened("bob"), second_person=False)

    switch_off()
    clock.instant += HOUR
    with careful.writing() as work:
        agency_rows.ask_for_second_person(work.connection)
        work.record("backup.restored", "older.db")
    switch_off()
    history = careful.read(agency.find_second_person).history
    assert [(switch.on, switch.at) for switch in history] == [
        (number % 2 == 0, NOW + number * HOUR) for number in range(4)
    ]


def test_what_was_switched_off_without_a_wish_says_that_nobody_approved(context: Context) -> None:
    """As this program does not do it, and somebody with the database in hand can."""
    change_agency(context, second_person=True)
    profile = context.read(agency.need_profile)
    with context.writing() as work:
        work.connection.execute(sa.update(schema.agency).values(second_person=False))
        before, after = profile.facts(), {**profile.facts(), "second_person": False}
        work.record("agency.changed", profile.name, before, after)
    ((urgency, text),) = told(context)
    assert (urgency, text) == (
        "info", "The second person was switched off by ada on Tuesday 1 December 2026, and nobody else approved that."
    )  # fmt: skip
