"""After years of use every page keeps its limits: a frame, content, an answer to a change, and no long hold."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from penelope_admin.app import App
from tests.bench.screens import ENTRIES, EVENTS, NEWEST, PROJECTS, REQUESTS, fill, measure
from tests.demo import make_demo
from tests.effort import LONG


@pytest.fixture(scope="module")
def years(tmp_path_factory: pytest.TempPathFactory) -> App:
    """5,000 requests, 2,000 events, 500 projects and 1,000,000 log entries."""
    app = make_demo(tmp_path_factory.mktemp("years") / "home")
    fill(app, EVENTS, PROJECTS, REQUESTS, NEWEST, ENTRIES)
    return app


@pytest.mark.skipif(not LONG, reason="it takes a minute, and a machine that has nothing else to do; see make test-long")
def test_after_years_every_page_stands_and_answers_within_its_limits(
    qapp: QApplication, years: App, tmp_path: Path
) -> None:
    taken = list(measure(qapp, years))
    years.forget_database()
    assert [item.in_words for item in taken if not item.is_within] == []
