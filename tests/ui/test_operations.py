"""Service calls run in the worker; the main thread goes on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from penelope_admin import services
from penelope_admin.app import App
from penelope_admin.errors import BadInputError
from penelope_admin.services.context import Context
from penelope_admin.ui.operations import Operations
from tests.ui.conftest import Desktop

STALL_MS = 50
BEAT_MS = 2


@dataclass
class Heartbeat:
    """Notes how long the event loop kept a timer waiting."""

    timer: QTimer = field(default_factory=lambda: QTimer(interval=BEAT_MS))
    longest_ms: float = 0.0
    last: float = 0.0

    def start(self) -> None:
        self.last = time.perf_counter()
        self.timer.timeout.connect(self._beat)
        self.timer.start()

    def _beat(self) -> None:
        now = time.perf_counter()
        self.longest_ms = max(self.longest_ms, (now - self.last) * 1000 - BEAT_MS)
        self.last = now


@pytest.fixture
def operations(demo: App, qtbot: QtBot) -> Operations:
    return Operations(demo)


def fail_with(error: Exception) -> Callable[[Context], None]:
    def call(_context: Context) -> None:
        raise error

    return call


def test_a_result_arrives_in_the_main_thread(operations: Operations, qtbot: QtBot) -> None:
    threads: list[threading.Thread] = []
    operations.run(
        lambda _: threads.append(threading.current_thread()), lambda _: threads.append(threading.current_thread())
    )
    qtbot.waitUntil(lambda: len(threads) == 2)
    assert threads[0] is not threading.main_thread()
    assert threads[1] is threading.main_thread()


def test_what_a_deed_changed_is_announced(operations: Operations, qtbot: QtBot) -> None:
    with qtbot.waitSignal(operations.changed) as blocker:
        operations.run(lambda context: services.features.cancel(context, "ms-exchange"), lambda _: None)
    assert blocker.args == [frozenset({"features", "environments"})]


def test_an_expected_error_goes_to_its_caller(operations: Operations, qtbot: QtBot) -> None:
    errors: list[Exception] = []
    operations.run(fail_with(BadInputError("no")), lambda _: None, errors.append)
    qtbot.waitUntil(lambda: bool(errors))
    assert str(errors[0]) == "no"


def test_a_bug_is_never_swallowed(operations: Operations, qtbot: QtBot) -> None:
    taken: list[Exception] = []
    with qtbot.waitSignal(operations.failed) as blocker:
        operations.run(fail_with(KeyError("a bug")), lambda _: None, taken.append)
    assert isinstance(blocker.args[0], KeyError)
    assert not taken


def test_long_work_shows_progress_and_short_work_does_not(operations: Operations, qtbot: QtBot) -> None:
    said: list[str] = []
    operations.busy.connect(said.append)
    operations.run(lambda _: None, lambda _: None, label="Short")
    qtbot.waitUntil(lambda: not operations.is_busy)
    hold = threading.Event()
    operations.run(lambda _: hold.wait(10), lambda _: None, label="Long")
    qtbot.waitUntil(lambda: "Long" in said)
    hold.set()
    qtbot.waitUntil(lambda: said[-1] == "")
    assert "Short" not in said


def test_stopping_a_long_query_changes_nothing_and_tells_nobody(operations: Operations, qtbot: QtBot) -> None:
    started = threading.Event()

    def endless(context: Context) -> None:
        with context.store.writing() as connection:
            connection.execute(sa.text("DELETE FROM notice"))
            started.set()
            connection.execute(
                sa.text("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n")
            )

    failures: list[Exception] = []
    operations.failed.connect(failures.append)
    operations.run(endless, lambda _: None, failures.append)
    assert started.wait(10)

    def stopped() -> bool:
        operations.cancel()
        return not operations.is_busy

    qtbot.waitUntil(stopped, timeout=10_000)
    assert not failures


def test_calls_are_answered_in_order(operations: Operations, qtbot: QtBot) -> None:
    answers: list[int] = []
    for number in range(20):
        operations.run(lambda _, n=number: n, answers.append)  # type: ignore[misc]
    qtbot.waitUntil(lambda: len(answers) == 20)
    assert answers == list(range(20))


def test_the_event_loop_goes_on_while_services_sleep(desktop: Desktop) -> None:
    heart = Heartbeat()
    heart.start()
    hold = threading.Event()
    for name in ("overview", "windows", "features", "mirror", "requests", "activity", "settings", "help"):
        desktop.window.page(name)  # made before: what is measured is waiting for services
    heart.last, heart.longest_ms = time.perf_counter(), 0.0
    desktop.window.desk.operations.run(lambda _: hold.wait(0.4), lambda _: None)
    desktop.settle()
    assert heart.longest_ms < STALL_MS, f"the event loop was kept waiting for {heart.longest_ms:.0f} ms"


def test_closing_lets_a_deed_under_way_end(desktop: Desktop) -> None:
    hold = threading.Event()
    operations = desktop.window.desk.operations
    operations.run(lambda _: hold.wait(10), lambda _: None)
    operations.run(lambda context: services.features.cancel(context, "ms-exchange"), lambda _: None)
    desktop.window.close()
    hold.set()
    operations.finish()
    view = services.features.find(desktop.app.context, "ms-exchange")
    assert view.state.pending is None
