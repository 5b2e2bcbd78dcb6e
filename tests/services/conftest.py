"""A data folder, a clock that stands still, and an agency at work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from penelope_admin.clock import FixedClock
from penelope_admin.policy import Policy
from penelope_admin.services.work import Context
from penelope_admin.store import journal
from tests.services.house import NOW, change_agency, open_context, settle

Open = Callable[..., Context]


@pytest.fixture(autouse=True)
def told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every change that a transaction makes to a row is told by an entry of the log that comes after it.

    What is not would be named as changed behind the program's back, whichever deed it was.
    """
    noting = journal.noting

    @contextmanager
    def watched(connection: sa.Connection) -> Iterator[None]:
        with noting(connection):
            yield
            assert journal.take(connection) is None, "a row was changed, and no entry of the log tells of it"

    monkeypatch.setattr(journal, "noting", watched)


@pytest.fixture
def clock() -> FixedClock:
    """Stands at NOW until a test sets it."""
    return FixedClock(NOW)


@pytest.fixture
def opened(tmp_path: Path, policy: Policy, clock: FixedClock) -> Iterator[Open]:
    """Opens contexts on the test's data folder, as many as are asked for."""
    contexts: list[Context] = []

    def give(actor: str = "ada", rules: Policy = policy) -> Context:
        contexts.append(open_context(tmp_path / "home", rules, clock, actor))
        return contexts[-1]

    yield give
    for context in contexts:
        context.store.close()


@pytest.fixture
def fresh(opened: Open) -> Context:
    """A context before any agency is set up."""
    return opened()


@pytest.fixture
def context(opened: Open, tmp_path: Path) -> Context:
    """A context in which the agency is set up."""
    settle(tmp_path / "home")
    return opened()


@pytest.fixture
def posting(context: Context) -> Context:
    """The agency has a mail server of its own; nothing connects to it."""
    change_agency(context, smtp_host="mail.riverside.example")
    return context
