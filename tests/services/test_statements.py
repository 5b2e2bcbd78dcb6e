"""What a use case costs: the statements that the database is asked, however much is recorded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from penelope_admin.domain.projects import FeatureInput, ProjectInput
from penelope_admin.domain.requests import RequestInput
from penelope_admin.services import features, overview, projects, requests
from penelope_admin.services.mirror import environments
from penelope_admin.services.work import Context
from tests.services.house import NOW, SOON, SURE, upgraded

SMS, LEDGER = "external-communications.sms", "general-ledger"
DAY = timedelta(days=1)
REFRESH = RequestInput(reason="Fresh data for the training", latest=SOON, features=(LEDGER,))


def statements(context: Context, use_case: Callable[[Context], object]) -> list[str]:
    """The statements of a use case; the word that begins its transaction is none."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("BEGIN"):
            asked.append(statement)

    sa.event.listen(context.store.engine, "before_cursor_execute", note)
    use_case(context)
    sa.event.remove(context.store.engine, "before_cursor_execute", note)
    return asked


def plan(context: Context) -> None:
    context.write(features.switch, SMS, "enable", reason="Reminders for the team", until=SOON, acknowledgement=SURE)


def refreshed(context: Context) -> None:
    context.write(environments.record_event, "mirrored", "refreshed", NOW - DAY)


def add_projects(context: Context, count: int) -> None:
    first = NOW.date()
    for number in range(count):
        uses = (FeatureInput(SMS, first, SOON), FeatureInput(LEDGER, first, SOON))
        context.write(projects.add, ProjectInput(f"Pilot {number}", "Try it", first, SOON, features=uses))


def nothing(_context: Context) -> None:
    pass


@pytest.mark.parametrize("before", [nothing, upgraded, refreshed])
def test_planning_a_feature_takes_ten_statements_at_most_also_where_it_answers_a_line_of_a_check_list(
    context: Context, before: Callable[[Context], object]
) -> None:
    before(context)
    asked = statements(context, plan)
    assert 0 < len(asked) <= 10
    assert sum("FROM agency" in statement for statement in asked) == 1


@pytest.mark.parametrize(
    "wish", [RequestInput(reason="Fresh data"), REFRESH, RequestInput("question", title="How?", reason="Where?")]
)
def test_drafting_a_request_takes_ten_statements_at_most(context: Context, wish: RequestInput) -> None:
    assert 0 < len(statements(context, lambda c: c.write(requests.draft, wish))) <= 10


def test_the_first_page_takes_twelve_statements_at_most_however_much_is_recorded(context: Context) -> None:
    few = len(statements(context, lambda c: c.read(overview.load)))
    refreshed(context)
    plan(context)
    context.write(requests.draft, REFRESH)
    add_projects(context, 3)
    assert few <= len(statements(context, lambda c: c.read(overview.load))) <= 12


def test_projects_take_as_many_statements_for_fifty_as_for_five(context: Context) -> None:
    refreshed(context)
    add_projects(context, 5)
    few = len(statements(context, lambda c: c.read(projects.find_all)))
    add_projects(context, 45)
    assert len(statements(context, lambda c: c.read(projects.find_all))) == few <= 12
    assert len(context.read(projects.find_all)) == 50
