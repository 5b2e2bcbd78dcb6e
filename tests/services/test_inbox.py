"""The inbox: found by any word, in the right order, and read no more than is needed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from penelope_admin.clock import FixedClock
from penelope_admin.domain.inbox import is_handed_over
from penelope_admin.domain.requests import RequestInput
from penelope_admin.errors import BadInputError
from penelope_admin.services import requests
from penelope_admin.services.requests import delivery, inbox
from penelope_admin.services.requests.inbox import Line
from penelope_admin.services.work import Context
from tests.demo import CRITICAL
from tests.each import each
from tests.many import add_requests
from tests.services.test_statements import statements


@pytest.fixture
def three(context: Context) -> Context:
    """A refresh with a case number, a defect with a note, and a draft for SMS."""
    first = context.write(
        requests.draft, RequestInput(reason="For the payroll", features=("general-ledger",))
    ).value.request.id
    context.write(requests.advance, first, "sent")
    context.write(requests.advance, first, "acknowledged", case_number="00481516")
    wish = RequestInput(kind="defect", environment="production", title="École list is empty", reason="Since Monday.")
    second = context.write(requests.draft, wish).value.request.id
    context.write(requests.remark, second, "Way around it: the old report.")
    context.write(requests.draft, RequestInput(kind="question", title="A call", reason="When?"))
    return context


@each(
    "words, found",
    [
        ("pa-2", [2]),
        ("481516", [1]),
        ("payroll", [1]),
        ("REFRESH mirrored", [1]),
        ("ledger", [1]),
        ("école", [2]),
        ("ÉCOLE", [2]),
        ("around", [2]),
        ("case number", [1]),
        ("drafted", [3, 2]),
        ("defect production", [2]),
        ("ada", [3, 2, 1]),
        ("100%", []),
        ("nowhere", []),
    ],
)
def test_a_request_is_found_by_any_word_of_it(three: Context, words: str, found: list[int]) -> None:
    assert list(three.read(inbox.listing, "all", words).order) == found


def test_a_missing_notice_is_found_by_its_day(context: Context) -> None:
    key = context.write(
        requests.draft, RequestInput(kind="missing-notice", upgrade_day=date(2026, 12, 12))
    ).value.request.id
    assert context.read(inbox.listing, "open", "december").order == (key,)


def test_open_and_closed_are_told_apart(three: Context) -> None:
    three.write(requests.advance, 3, "cancelled")
    assert three.read(inbox.listing, "open").order == (2, 1)
    assert three.read(inbox.listing, "closed").order == (3,)
    assert three.read(inbox.listing, "all").total == 3


def test_a_running_incident_stands_on_top_until_it_is_answered(three: Context) -> None:
    incident = three.write(requests.draft, CRITICAL).value.request.id
    three.write(requests.draft, RequestInput(kind="question", title="Newer", reason="How?"))
    assert three.read(inbox.listing).order == (incident, 5, 3, 2, 1)
    three.write(requests.advance, incident, "sent")
    assert three.read(inbox.listing).order == (incident, 5, 3, 2, 1)
    three.write(requests.advance, incident, "answered")
    assert three.read(inbox.listing).order == (5, incident, 3, 2, 1)


def test_a_line_says_what_the_list_shows(three: Context) -> None:
    line = three.read(inbox.listing).lines[1]
    assert (line.reference, line.summary, line.status) == ("PA-1", "refresh of Mirrored", "acknowledged")
    assert (line.case_number, line.since) == ("00481516", three.now())


def test_only_lines_that_changed_are_read_again(three: Context, clock: FixedClock) -> None:
    known: dict[int, Line] = dict(three.read(inbox.listing, "all").lines)
    assert three.read(inbox.listing, "all", shown_lines=known).lines == {}
    clock.instant += timedelta(hours=1)
    three.write(requests.advance, 2, "sent")
    again = three.read(inbox.listing, "all", shown_lines=known)
    assert list(again.lines) == [2]
    assert again.lines[2].since == clock.instant


def counted(context: Context, call: Callable[[], object]) -> list[str]:
    """The statements that a call sends to the database."""
    sent: list[str] = []

    def note(_c: object, _k: object, statement: str, *_: object) -> None:
        sent.append(statement)

    sa.event.listen(context.store.engine, "before_cursor_execute", note)
    try:
        call()
    finally:
        sa.event.remove(context.store.engine, "before_cursor_execute", note)
    return sent


def test_the_list_costs_as_many_statements_for_many_requests_as_for_few_and_reads_no_letter(context: Context) -> None:
    add_requests(context, 10)
    few = counted(context, lambda: context.read(inbox.listing, "all"))
    add_requests(context, 700)
    many = counted(context, lambda: context.read(inbox.listing, "all"))
    assert len(few) == len(many)
    assert not [statement for statement in many if "reason" in statement]
    known = context.read(inbox.listing, "all").lines
    assert len(known) == 710
    context.write(requests.advance, 700, "cancelled")
    assert list(context.read(inbox.listing, "all", shown_lines=known).lines) == [700]


def test_a_text_that_was_given_out_is_on_record_with_its_way(three: Context) -> None:
    three.write(delivery.hand_over, 3, "portal")
    opened = three.read(inbox.open_request, 3)
    assert [(given.via, given.by) for given in opened.hand_overs] == [("portal", "ada")]
    assert is_handed_over(opened.view.request, opened.hand_overs)


def test_opening_what_is_not_there_is_refused(context: Context) -> None:
    with pytest.raises(BadInputError, match="no request 9"):
        context.read(inbox.open_request, 9)


def test_incidents_that_are_over_take_no_statement_each(context: Context) -> None:
    def cancelled() -> int:
        key = context.write(requests.draft, CRITICAL).value.request.id
        context.write(requests.advance, key, "cancelled")
        return len(statements(context, lambda c: c.read(inbox.listing, "all")))

    assert cancelled() == cancelled() == cancelled()


def test_a_search_that_is_too_long_for_the_database_is_refused(three: Context) -> None:
    with pytest.raises(BadInputError, match="The search is longer than 300 characters"):
        three.read(inbox.listing, "all", "word " * 2000)
