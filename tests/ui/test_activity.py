"""Activity: a sentence for each entry, found by its words, and what is new on top without anything else moving."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from PySide6.QtTest import QAbstractItemModelTester

from penelope_admin import services
from penelope_admin.app import App
from penelope_admin.domain.projects import ProjectInput
from penelope_admin.domain.requests import RequestInput
from penelope_admin.services.activity import PAGE
from penelope_admin.store.audit import Entry
from penelope_admin.ui.models.activity import WHO, ActivityModel
from penelope_admin.ui.pages.activity import ActivityPage
from tests.ui.conftest import WAIT_MS, Desktop

PROJECT = ProjectInput(name="Winter course", purpose="Train", first_day=date(2027, 1, 11), last_day=date(2027, 1, 15))


@pytest.fixture
def page(desktop: Desktop) -> ActivityPage:
    desktop.window.resize(1080, 760)
    return desktop.page(ActivityPage)


def said(page: ActivityPage) -> list[str]:
    return [str(page.model.index(row, 2).data()) for row in range(page.model.rowCount())]


def test_the_log_is_called_by_what_it_holds_and_not_by_what_it_says_while_it_is_empty(page: ActivityPage) -> None:
    assert page.table.accessibleName() == "Activity log"


def test_every_row_is_a_sentence_and_speaks_no_keys(desktop: Desktop, page: ActivityPage) -> None:
    desktop.app.context.write(services.requests.advance, 2, "drafted")
    page.load()
    desktop.settle()
    assert said(page)[0] == "PA-2 was not sent after all and is a draft again"
    assert "General Ledger in Mirrored was switched on: “Payroll export test”" in said(page)
    for row in said(page):
        for key in ("request.", "feature.", "general-ledger", "enable-", "_"):
            assert key not in row


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("General Ledger switched", "General Ledger in Mirrored was switched on: “Payroll export test”"),
        ("case number received", "PA-4 received its case number, 00483977"),
        ("put into the outbox", "PA-5 was put into the outbox"),
    ],
)
def test_entries_are_found_by_the_words_of_their_sentences(
    desktop: Desktop, page: ActivityPage, typed: str, found: str
) -> None:
    desktop.bot.keyClicks(page.search, typed)
    desktop.bot.waitUntil(lambda: found in said(page) and page.model.rowCount() < 6, timeout=WAIT_MS)


def test_a_column_that_has_no_room_for_a_while_is_no_width_that_a_person_chose(
    desktop: Desktop, page: ActivityPage
) -> None:
    for width in (700, 1080):
        desktop.window.resize(width, 760)
        desktop.bot.waitUntil(lambda narrow=width < 1000: page.table.isColumnHidden(WHO) is narrow, timeout=WAIT_MS)
    assert not desktop.window.shell.settings.columns


def test_project_entries_show_at_once_without_reopening_the_page(desktop: Desktop, page: ActivityPage) -> None:
    desktop.window.shell.operations.run(
        lambda context: context.write(services.projects.add, PROJECT), lambda _: None, label="Saving"
    )
    desktop.bot.waitUntil(lambda: said(page)[0] == "Project 1 was planned: “Winter course”", timeout=WAIT_MS)


def test_what_is_new_comes_on_top_and_moves_neither_choice_nor_place(desktop: Desktop, page: ActivityPage) -> None:
    tester = QAbstractItemModelTester(page.model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    for number in range(60):
        desktop.app.context.write(services.requests.remark, 4, f"Note {number}")
    page.load()
    desktop.settle()
    row = 40
    page.table.selectRow(row)
    page.search.setFocus()
    page.table.scrollTo(page.model.index(row, 0))
    chosen, drawn = page.model.items[row], page.table.visualRect(page.model.index(row, 0)).top()
    desktop.window.shell.operations.run(
        lambda context: context.write(services.projects.add, PROJECT), lambda _: None, label="Saving"
    )
    desktop.bot.waitUntil(lambda: said(page)[0].startswith("Project 1"), timeout=WAIT_MS)
    now = page.table.currentIndex().row()
    assert page.model.items[now] == chosen
    assert page.search.hasFocus()
    assert page.table.visualRect(page.model.index(now, 0)).top() == drawn
    assert tester is not None


def test_what_another_computer_of_the_team_changed_shows_without_changing_the_page(
    desktop: Desktop, page: ActivityPage
) -> None:
    desktop.window._look_timer.timeout.emit()
    desktop.settle()
    other = App(desktop.app.home, clock=desktop.app.clock)
    other.context.write(
        services.requests.draft, RequestInput(kind="question", title="From the other desk", reason="How?")
    )
    other.forget_database()
    desktop.window._look_timer.timeout.emit()
    desktop.bot.waitUntil(lambda: "(Question) was drafted" in said(page)[0], timeout=WAIT_MS)


def test_what_was_changed_here_loads_once_and_not_again_when_looking_around(
    desktop: Desktop, page: ActivityPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = desktop.window
    window._look_timer.timeout.emit()
    desktop.settle()
    loads: Counter[str] = Counter()
    monkeypatch.setattr(window, "_show_changed", lambda _: loads.update(["all"]))
    window.shell.operations.run(
        lambda context: context.write(services.requests.remark, 4, "Mine"), lambda _: None, label="Saving"
    )
    desktop.settle()
    assert loads["all"] == 1
    window._look_timer.timeout.emit()
    desktop.settle()
    assert loads["all"] == 1


def test_a_long_log_is_loaded_by_the_screenful(
    desktop: Desktop, page: ActivityPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.bench.__main__ import fill_log

    fill_log(desktop.app.context, 5000)
    drawn: Counter[str] = Counter()
    sentence = ActivityModel.sentence
    run = desktop.window.shell.operations.run

    def told(model: ActivityModel, entry: Entry) -> str:
        drawn["sentences"] += 1
        return sentence(model, entry)

    def called(*arguments: object, **named: object) -> None:
        drawn["calls"] += 1
        run(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(ActivityModel, "sentence", told)
    monkeypatch.setattr(desktop.window.shell.operations, "run", called)
    page.load()
    desktop.settle()
    page.table.viewport().repaint()
    assert page.model.rowCount() == PAGE
    assert drawn["calls"] == 1
    assert drawn["sentences"] < 4 * PAGE
