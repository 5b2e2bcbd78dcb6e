"""Undo and redo: rows become exactly what they were, unless anything about them happened since."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from penelope_admin.domain.projects import FeatureInput, ProjectInput, input_of
from penelope_admin.domain.recurring import Recurrence
from penelope_admin.domain.requests import RequestInput
from penelope_admin.domain.sites import Site
from penelope_admin.domain.undoing import NAMES
from penelope_admin.errors import BadInputError, ConflictError, PenelopeAdminError
from penelope_admin.gateways import settings as settings_file
from penelope_admin.services import activity, agency, features, overview, projects, sites, undoing
from penelope_admin.services.calendar import notices, support, versions
from penelope_admin.services.mirror import environments
from penelope_admin.services.plans import bringing, taking
from penelope_admin.services.requests import delivery, drafts, follow
from penelope_admin.services.undoing import Inverse
from penelope_admin.services.work import Context, Done, Work
from penelope_admin.store import schema
from penelope_admin.store.rows import replies
from tests.effort import examples
from tests.services.conftest import Open
from tests.services.house import (
    NOW,
    SOON,
    SURE,
    agency_at_work,
    change_agency,
    log,
    nothing_saved,
    one_entry,
    upgraded,
)
from tests.services.test_plans import POLICY, bring, machine

__all__ = ["machine"]

SMS, LEDGER, DAY = "external-communications.sms", "general-ledger", timedelta(days=1)
FIRST, LAST = date(2026, 12, 14), date(2027, 1, 8)
CHRISTMAS = date(2026, 12, 25)
PILOT = ProjectInput("Pilot", "Try reminders", FIRST, LAST, features=(FeatureInput(LEDGER),))
WITH_REFRESH = replace(PILOT, refresh_by=date(2026, 12, 18), recurs=Recurrence("monthly"))
QUESTION = RequestInput("question", title="Reports", reason="Why are files missing?")
Deed = Callable[[Context], Done[Any]]
Rows = dict[str, list[dict[str, Any]]]


def rows(context: Context) -> Rows:
    """All rows but the log, without the numbers that count how often a row was changed."""
    counted = {"agency", "feature_state", "project", "request"}
    with context.store.reading() as connection:
        return {
            table.name: [
                {name: value for name, value in row._mapping.items() if name != "version" or table.name not in counted}
                for row in connection.execute(sa.select(table).order_by(*table.primary_key))
            ]
            for table in schema.metadata.sorted_tables
            if table.name != "audit_entry"
        }


def inverse_of(context: Context, done: Done[Any]) -> Inverse:
    found = undoing.inverse_of(context.policy, done)
    assert found is not None
    return found


def whole_log_holds(context: Context) -> bool:
    found = context.read(activity.verify)
    return found.holds and not found.differences


# --- every action that can be undone ---------------------------------------------------------


def nothing(_context: Context) -> None:
    pass


def a_project(context: Context) -> None:
    context.write(projects.add, PILOT)


def a_started_project(context: Context) -> None:
    a_project(context)
    context.write(projects.start, 1, SURE)


def a_feature_that_is_not_planned(context: Context) -> None:
    context.write(projects.add, replace(PILOT, first_day=NOW.date(), last_day=SOON))
    context.write(projects.start, 1, SURE)
    context.write(features.cancel, LEDGER)


def a_project_that_comes_again(context: Context) -> None:
    context.write(projects.add, WITH_REFRESH)


def a_draft(context: Context) -> None:
    context.write(drafts.draft, QUESTION)


def a_plan(context: Context) -> None:
    context.write(features.switch, LEDGER, "enable", reason="Payroll", until=SOON, acknowledgement=SURE)


def it_on(context: Context) -> None:
    context.write(
        features.switch, LEDGER, "enable", reason="Payroll", until=SOON, acknowledgement=SURE, already_done=True
    )


def a_notice(context: Context) -> None:
    context.write(notices.add, "announced", NOW + 13 * DAY, NOW + 13.2 * DAY, "4.2", "email")


def a_holiday(context: Context) -> None:
    context.write(support.add_holiday, "support", CHRISTMAS, "Christmas")


def a_site(context: Context) -> None:
    context.write(sites.add, "Clinic", "America/Resolute")


def its_site(context: Context) -> Site:
    return context.read(sites.find, "Clinic")


def holidays_file(context: Context) -> Path:
    file = context.home / "closed.ics"
    file.write_text(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:20261225\r\n"
        "SUMMARY:Christmas\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:2\r\nDTSTART;VALUE=DATE:20270101\r\n"
        "SUMMARY:New Year\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    return file


def an_import(context: Context) -> None:
    support.import_holidays(context, "support", holidays_file(context))


def changed_agency(context: Context) -> Done[Any]:

    known = context.read(agency.need_profile)
    return context.write(agency.update, msgspec.structs.replace(known, telephone="+1 204 555 0100"))


DEEDS: dict[str, tuple[Callable[[Context], None], Deed]] = {
    "agency.changed": (nothing, changed_agency),
    "feature.changed": (
        it_on,
        lambda c: c.write(
            features.switch, LEDGER, "enable", reason="Payroll again", until=SOON - DAY, acknowledgement=SURE
        ),
    ),
    "feature.disable-planned": (it_on, lambda c: c.write(features.switch, LEDGER, "disable", reason="Over")),
    "feature.enable-planned": (
        nothing,
        lambda c: c.write(features.switch, LEDGER, "enable", reason="Payroll", until=SOON, acknowledgement=SURE),
    ),
    "feature.plan-cancelled": (a_plan, lambda c: c.write(features.cancel, LEDGER)),
    "holiday.recorded": (nothing, lambda c: c.write(support.add_holiday, "support", CHRISTMAS, "Christmas")),
    "holiday.removed": (a_holiday, lambda c: c.write(support.remove_holiday, "support", CHRISTMAS)),
    "holidays.imported": (nothing, lambda c: support.import_holidays(c, "support", holidays_file(c))),
    "holidays.removed": (
        an_import,
        lambda c: c.write(support.take_back_import, "support", [CHRISTMAS, date(2027, 1, 1)]),
    ),
    "notice.recorded": (
        nothing,
        lambda c: c.write(notices.add, "announced", NOW + 13 * DAY, NOW + 13.2 * DAY, "4.2", "email"),
    ),
    "notice.removed": (a_notice, lambda c: c.write(notices.remove, "1")),
    "project.cancelled": (a_project, lambda c: c.write(projects.cancel, 1)),
    "project.changed": (
        a_project,
        lambda c: c.write(projects.change, 1, replace(PILOT, name="Other", features=(FeatureInput(SMS),))),
    ),
    "project.ended": (a_started_project, lambda c: c.write(projects.end, 1)),
    "project.features-planned": (a_feature_that_is_not_planned, lambda c: c.write(projects.plan_features, 1, SURE)),
    "project.planned": (nothing, lambda c: c.write(projects.add, WITH_REFRESH)),
    "project.skipped": (a_project_that_comes_again, lambda c: c.write(projects.skip, 1)),
    "project.started": (a_project_that_comes_again, lambda c: c.write(projects.start, 1)),
    "request.cancelled": (a_draft, lambda c: c.write(follow.advance, 1, "cancelled")),
    "request.drafted": (
        nothing,
        lambda c: c.write(drafts.draft, RequestInput(reason="Fresh data", latest=SOON, features=(LEDGER,))),
    ),
    "site.added": (nothing, lambda c: c.write(sites.add, "Clinic", "America/Resolute")),
    "site.changed": (
        a_site,
        lambda c: c.write(sites.change, its_site(c), msgspec.structs.replace(its_site(c), around_the_clock=True)),
    ),
    "site.removed": (a_site, lambda c: c.write(sites.remove, its_site(c))),
    "version.noted": (a_notice, lambda c: c.write(versions.note, "4.2", "Looks at intake")),
    "request.redrafted": (a_draft, lambda c: c.write(drafts.redraft, 1, replace(QUESTION, title="Other reports"))),
}
OF_PLANS = {"plan.brought-home", "plan.taken-back"}


def test_every_action_that_has_a_name_is_tried_here() -> None:
    assert DEEDS.keys() | OF_PLANS == NAMES.keys()


@pytest.mark.parametrize("action", sorted(DEEDS))
def test_what_is_undone_is_as_it_was_and_done_again_as_it_became(context: Context, action: str) -> None:
    prepare, deed = DEEDS[action]
    prepare(context)
    before = rows(context)
    known = len(log(context))
    done = deed(context)
    assert log(context)[-1].action == action
    became = rows(context)
    assert became != before
    inverse = inverse_of(context, done)
    own = {entry.seq for entry in log(context)[known:]}
    back = context.write(undoing.put_back, inverse, own)
    assert (rows(context), back.changes) == (before, done.changes)
    assert log(context)[-1].action == "action.undone"
    again = context.write(undoing.put_back, back.value, {*own, *back.value.seqs}, again=True)
    assert rows(context) == became
    assert log(context)[-1].action == "action.redone"
    context.write(undoing.put_back, again.value, {*own, *back.value.seqs, *again.value.seqs})
    assert rows(context) == before
    assert undoing.inverse_of(context.policy, back) is None  # redo has a way of its own
    assert whole_log_holds(context)


def test_a_plan_that_was_brought_home_is_undone_as_one_and_so_is_taking_it_back(
    machine: Callable[[str], Context],
) -> None:
    desk, laptop = machine("ada"), machine("eve")
    a_project(desk)
    a_draft(desk)
    plan = desk.read(taking.take_along, POLICY)
    before = rows(laptop)
    done = bringing.bring_home(laptop, plan, "2" * 64, POLICY)
    became = rows(laptop)
    back = laptop.write(undoing.put_back, inverse_of(laptop, done), done_seqs(done))
    assert rows(laptop) == before
    laptop.write(undoing.put_back, back.value, (), again=True)
    assert rows(laptop) == became
    taken = laptop.write(bringing.take_back)
    laptop.write(undoing.put_back, inverse_of(laptop, taken), ())
    assert rows(laptop) == became
    assert whole_log_holds(laptop)
    assert bring(laptop, plan).kept is False


def done_seqs(done: Done[Any]) -> set[int]:
    return {entry.seq for entry in done.trace.entries}


def test_the_log_tells_what_was_undone_by_name(context: Context) -> None:
    inverse = inverse_of(context, context.write(projects.add, PILOT))
    with one_entry(context, "action.undone", "project 1") as facts:
        context.write(undoing.put_back, inverse, inverse.seqs)
    assert facts[1] == {"what": "plan a project (“Pilot”)"}
    assert context.read(activity.newest, "undone", 1)[0].action == "action.undone"


@pytest.mark.parametrize(
    ("deed", "name"),
    [
        ("feature.plan-cancelled", "cancel the plan (General Ledger in Mirrored)"),
        ("request.drafted", "draft a request (PA-1)"),
        ("project.started", "start a project (“Pilot”)"),
        ("agency.changed", "change the settings"),
    ],
)
def test_an_action_is_called_by_what_it_was_about(context: Context, deed: str, name: str) -> None:
    prepare, do = DEEDS[deed]
    prepare(context)
    assert inverse_of(context, do(context)).name == name


# --- what cannot be undone -------------------------------------------------------------------


@pytest.mark.parametrize(
    "deed",
    [
        lambda c: c.write(features.record_seen, "mirrored", {LEDGER: "on"}),
        lambda c: c.write(
            features.switch, LEDGER, "enable", reason="Payroll", until=SOON, acknowledgement=SURE, already_done=True
        ),
        lambda c: c.write(environments.record_event, "mirrored", "upgraded", NOW),
        lambda c: c.write(follow.advance, 1, "sent"),
        lambda c: c.write(follow.remark, 1, "Support called"),
        lambda c: c.write(delivery.hand_over, 1, "phone"),
    ],
)
def test_what_left_the_machine_or_was_recorded_as_having_happened_cannot_be_undone(
    context: Context, deed: Deed
) -> None:
    a_draft(context)
    done = deed(context)
    assert log(context)[-1].seq > 2
    assert undoing.inverse_of(context.policy, done) is None


def test_a_request_that_was_sent_is_not_undrafted_and_its_cancelling_stays(context: Context) -> None:
    inverse = inverse_of(context, context.write(drafts.draft, QUESTION))
    context.write(follow.advance, 1, "sent")
    with nothing_saved(context), pytest.raises(ConflictError, match=r"draft a request \(PA-1\)"):
        context.write(undoing.put_back, inverse, inverse.seqs)
    assert undoing.inverse_of(context.policy, context.write(follow.advance, 1, "cancelled")) is None


def test_a_draft_whose_text_was_given_out_stays(context: Context) -> None:
    inverse = inverse_of(context, context.write(drafts.draft, QUESTION))
    given = context.write(delivery.hand_over, 1, "phone")
    assert not undoing.changed_nothing(given)
    with nothing_saved(context), pytest.raises(ConflictError, match=r"draft a request \(PA-1\)"):
        context.write(undoing.put_back, inverse, inverse.seqs)


def number_found(work: Work) -> None:
    """A reply about PA-1 was read in the watched folder."""
    replies.insert(work.connection, 1, "00123456", "support@example.org", work.now)
    work.record("reply.found", "watched folder", after={"offered": [{"request": "PA-1", "case_number": "00123456"}]})


def test_a_draft_for_which_a_case_number_was_found_stays(context: Context) -> None:
    inverse = inverse_of(context, context.write(drafts.draft, QUESTION))
    context.write(number_found)
    with nothing_saved(context), pytest.raises(ConflictError, match=r"draft a request \(PA-1\)"):
        context.write(undoing.put_back, inverse, inverse.seqs)


def test_doing_without_a_second_person_is_never_done_by_undo(context: Context) -> None:

    known = context.read(agency.need_profile)
    done = context.write(agency.update, msgspec.structs.replace(known, second_person=True))
    assert undoing.inverse_of(context.policy, done) is None


def test_asking_to_do_without_a_second_person_is_not_undone(context: Context) -> None:
    known = context.read(agency.need_profile)
    context.write(agency.update, msgspec.structs.replace(known, second_person=True))
    known = context.read(agency.need_profile)
    done = context.write(agency.update, msgspec.structs.replace(known, second_person=False))
    assert undoing.inverse_of(context.policy, done) is None


def test_a_database_that_was_added_is_not_taken_away_by_undo(context: Context) -> None:

    known = context.read(agency.need_profile)
    done = context.write(agency.update, msgspec.structs.replace(known, environments=("mirrored",)), ["training-b"])
    assert undoing.inverse_of(context.policy, done) is None


def test_what_somebody_else_changed_since_is_refused_by_name(context: Context, opened: Open) -> None:
    inverse = inverse_of(context, context.write(projects.add, PILOT))
    bob = opened("bob")
    bob.write(projects.change, 1, replace(PILOT, name="Bob's pilot"))
    with nothing_saved(context), pytest.raises(ConflictError, match=r"plan a project \(“Pilot”\)"):
        context.write(undoing.put_back, inverse, inverse.seqs)
    bob.write(projects.change, 1, PILOT)  # the very same again is a change too
    with nothing_saved(context), pytest.raises(ConflictError):
        context.write(undoing.put_back, inverse, inverse.seqs)


def test_a_cancelled_plan_does_not_come_back_once_the_copy_was_refreshed(context: Context) -> None:
    upgraded(context)
    context.write(features.switch, SMS, "enable", reason="Reminders", until=SOON, acknowledgement=SURE)
    inverse = inverse_of(context, context.write(features.cancel, SMS))
    context.write(environments.record_event, "mirrored", "refreshed", NOW)
    with nothing_saved(context), pytest.raises(ConflictError, match="cancel the plan"):
        context.write(undoing.put_back, inverse, inverse.seqs)


def test_a_notice_that_another_one_replaces_stays(context: Context, opened: Open) -> None:
    inverse = inverse_of(
        context, context.write(notices.add, "announced", NOW + 13 * DAY, NOW + 13.2 * DAY)
    )  # fmt: skip
    opened("bob").write(notices.add, "announced", NOW + 14 * DAY, NOW + 14.2 * DAY)
    with nothing_saved(context), pytest.raises(ConflictError, match="record a notice"):
        context.write(undoing.put_back, inverse, inverse.seqs)


def test_a_notice_that_was_recorded_again_does_not_come_back_twice(context: Context, opened: Open) -> None:
    a_notice(context)
    inverse = inverse_of(context, context.write(notices.remove, "1"))
    opened("bob").write(notices.add, "emergency", NOW + 2 * DAY, NOW + 2.1 * DAY)  # takes the number
    a_notice(context)
    with nothing_saved(context), pytest.raises(ConflictError, match="remove a notice"):
        context.write(undoing.put_back, inverse, inverse.seqs)


def test_what_was_done_in_another_database_is_undone_in_none(context: Context) -> None:
    with agency_at_work() as other:
        inverse = inverse_of(other, other.write(projects.add, PILOT))
    a_draft(context)
    with nothing_saved(context), pytest.raises(ConflictError, match="another than the one"):
        context.write(undoing.put_back, inverse, inverse.seqs)


def test_what_fails_half_way_leaves_no_trace(context: Context) -> None:
    with context.writing() as work:
        with suppress(BadInputError), work.attempt():
            projects.add(work, PILOT)
            projects.start(work, 99)
        drafts.draft(work, QUESTION)
        assert [entry.action for entry in work.trace.entries] == ["request.drafted"]
        assert {row.table for row in work.trace.rows} == {"request", "request_step"}


# --- any order -------------------------------------------------------------------------------


class Window:
    """One window's stacks, as `ui.history` keeps them, beside what the rows were each time."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.done: list[tuple[Inverse, Rows]] = []
        self.undone: list[tuple[Inverse, Rows]] = []
        self.own: set[int] = set()

    def do(self, deed: Deed) -> None:
        before = rows(self.context)
        try:
            done = deed(self.context)
        except PenelopeAdminError:
            assert rows(self.context) == before
            return
        self.own.update(done_seqs(done))
        inverse = undoing.inverse_of(self.context.policy, done)
        if inverse is None:
            assert undoing.changed_nothing(done)
            assert rows(self.context) == before
            return
        self.done.append((inverse, before))
        self.undone.clear()

    def put_back(self, source: list[Any], target: list[Any], *, again: bool) -> None:
        if source:
            inverse, expected = source.pop()
            now = rows(self.context)
            other = self.context.write(undoing.put_back, inverse, self.own, again=again).value
            self.own.update(other.seqs)
            target.append((other, now))
            assert rows(self.context) == expected


CHOICES: list[Deed] = [
    *(deed for action, (_, deed) in sorted(DEEDS.items()) if action not in ("feature.changed", "holidays.imported")),
    lambda c: c.write(features.switch, SMS, "enable", reason="Reminders", until=SOON, acknowledgement=SURE),
    lambda c: c.write(projects.change, 1, replace(input_of(c.read(projects.find, 1).project), purpose="Other")),
]


@given(steps=st.lists(st.one_of(st.sampled_from(range(len(CHOICES))), st.sampled_from(["undo", "redo"])), max_size=10))
@settings(max_examples=examples(7, long=500))
def test_in_any_order_undo_and_redo_lead_where_one_was(steps: list[int | str]) -> None:
    with agency_at_work() as context:
        window = Window(context)
        for step in steps:
            if step == "undo":
                window.put_back(window.done, window.undone, again=False)
            elif step == "redo":
                window.put_back(window.undone, window.done, again=True)
            else:
                window.do(CHOICES[int(step)])
        while window.done:
            window.put_back(window.done, window.undone, again=False)
        while window.undone:
            window.put_back(window.undone, window.done, again=True)
        assert whole_log_holds(context)
        assert context.read(overview.load) is not None


def test_the_agency_s_settings_are_back_in_the_copy_that_the_next_start_reads(context: Context) -> None:
    change_agency(context, around_the_clock=False)

    known = context.read(agency.need_profile)
    done = context.write(agency.update, msgspec.structs.replace(known, name="Another name"))
    context.write(undoing.put_back, inverse_of(context, done), done_seqs(done))
    copied = settings_file.load(context.home).agency
    assert copied is not None
    assert copied.name == known.name
