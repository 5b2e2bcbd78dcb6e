"""Service calls run in the worker; the main thread goes on."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from functools import partial

import pytest
import sqlalchemy as sa
from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from penelope_admin import services
from penelope_admin.app import App
from penelope_admin.errors import BadInputError
from penelope_admin.services.work import Context
from penelope_admin.ui.garbage import WORTH_IT, Collector
from penelope_admin.ui.operations import SHOW_PROGRESS_AFTER_MS, Operations
from penelope_admin.ui.widgets.sheet import Sheet
from tests.ui.conftest import WAIT_MS, Desktop, looks


@pytest.fixture
def operations(demo: App, qtbot: QtBot) -> Iterator[Operations]:
    made = Operations(demo)
    yield made
    made.finish()


def fail_with(error: Exception) -> Callable[[Context], None]:
    def call(_context: Context) -> None:
        raise error

    return call


def test_a_result_arrives_in_the_main_thread(operations: Operations, qtbot: QtBot) -> None:
    threads: list[threading.Thread] = []
    operations.run(
        lambda _: threads.append(threading.current_thread()), lambda _: threads.append(threading.current_thread())
    )
    qtbot.waitUntil(lambda: len(threads) == 2, timeout=WAIT_MS)
    assert threads[0] is not threading.main_thread()
    assert threads[1] is threading.main_thread()


class Circle(QObject):
    """Something of Qt's that only the garbage collector frees."""

    def __init__(self) -> None:
        super().__init__()
        self.own = self


def test_what_qt_shows_ends_in_the_main_thread_whatever_the_worker_makes(operations: Operations, qtbot: QtBot) -> None:
    ended: list[threading.Thread] = []
    gc.enable()
    collector = Collector(operations)
    Circle().destroyed.connect(lambda: ended.append(threading.current_thread()), Qt.ConnectionType.DirectConnection)
    made: list[list[list[object]]] = []
    operations.run(lambda _: [[] for _ in range(100 * WORTH_IT)], made.append)
    qtbot.waitUntil(lambda: bool(made), timeout=WAIT_MS)
    assert not ended
    collector.collect()
    assert ended == [threading.main_thread()]


def test_what_a_call_uses_ends_in_the_main_thread_though_the_worker_had_it_last(
    operations: Operations, qtbot: QtBot
) -> None:
    ended: list[threading.Thread] = []
    used, answers = QObject(), list[str]()
    used.destroyed.connect(lambda: ended.append(threading.current_thread()), Qt.ConnectionType.DirectConnection)
    operations.run(lambda _, used=used: used.objectName(), answers.append)  # type: ignore[misc]
    del used
    operations.run(lambda _: "next", answers.append)
    qtbot.waitUntil(lambda: len(answers) == 2, timeout=WAIT_MS)
    assert ended == [threading.main_thread()]


def test_what_a_call_beside_the_worker_uses_ends_in_the_main_thread_too(operations: Operations, qtbot: QtBot) -> None:
    ended: list[threading.Thread] = []
    used, answers = QObject(), list[str]()
    used.destroyed.connect(lambda: ended.append(threading.current_thread()), Qt.ConnectionType.DirectConnection)
    assert operations._app.context  # what goes on beside the worker waits until it is open
    operations.run_aside("one", lambda _, used=used: used.objectName(), answers.append, pytest.fail)  # type: ignore[misc]
    del used
    qtbot.waitUntil(lambda: len(answers) == 1, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: "one" not in {thread.name for thread in threading.enumerate()}, timeout=WAIT_MS)
    assert not ended
    operations.run_aside("one", lambda _: "next", answers.append, pytest.fail)
    qtbot.waitUntil(lambda: len(answers) == 2, timeout=WAIT_MS)
    assert ended == [threading.main_thread()]


def test_a_window_at_rest_looks_for_no_garbage(operations: Operations) -> None:
    ended: list[bool] = []
    collector = Collector(operations)
    gc.collect()
    Circle().destroyed.connect(lambda: ended.append(True), Qt.ConnectionType.DirectConnection)
    collector.collect()
    assert not ended
    gc.collect()
    assert ended


def test_what_a_deed_changed_is_announced(operations: Operations, qtbot: QtBot) -> None:
    with qtbot.waitSignal(operations.changed, timeout=WAIT_MS) as blocker:
        operations.run(lambda context: context.write(services.features.cancel, "ms-exchange"), lambda _: None)
    assert blocker.args == [frozenset({"features", "environments"})]


def test_an_expected_error_goes_to_its_caller(operations: Operations, qtbot: QtBot) -> None:
    errors: list[Exception] = []
    operations.run(fail_with(BadInputError("no")), lambda _: None, errors.append)
    qtbot.waitUntil(lambda: bool(errors), timeout=WAIT_MS)
    assert str(errors[0]) == "no"


def test_a_bug_is_never_swallowed(operations: Operations, qtbot: QtBot) -> None:
    taken: list[Exception] = []
    with qtbot.waitSignal(operations.failed, timeout=WAIT_MS) as blocker:
        operations.run(fail_with(KeyError("a bug")), lambda _: None, taken.append)
    assert isinstance(blocker.args[0], KeyError)
    assert not taken


class Asker(QObject):
    """Somebody with answers coming, who may be gone by then."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[object] = []

    def take(self, answer: object) -> None:
        self.setObjectName("answered")  # as any use of a widget would: an error once Qt has deleted it
        self.answers.append(answer)


def through(call: Callable[[object], None]) -> Callable[[object], None]:
    """A function that holds another."""

    def inner(answer: object) -> None:
        call(answer)

    return inner


CALLBACKS: dict[str, Callable[[Asker], Callable[[object], None]]] = {
    "method": lambda asker: asker.take,
    "lambda": lambda asker: lambda answer: asker.take([answer]),
    "partial": lambda asker: partial(Asker.take, asker),
    "function in a function": lambda asker: through(through(asker.take)),
}


@pytest.mark.parametrize("kind", CALLBACKS)
def test_an_answer_for_somebody_who_is_gone_is_dropped(kind: str, operations: Operations, qtbot: QtBot) -> None:
    bugs: list[Exception] = []
    operations.failed.connect(bugs.append)
    hold, gone, here = threading.Event(), Asker(), Asker()
    operations.run(lambda _: hold.wait(30), CALLBACKS[kind](gone))
    operations.run(lambda _: None, CALLBACKS[kind](here))
    delete(gone)
    hold.set()
    qtbot.waitUntil(lambda: not operations.is_busy, timeout=WAIT_MS)
    assert not gone.answers
    assert here.answers
    assert not bugs


def test_what_changed_is_announced_also_when_whoever_asked_is_gone(operations: Operations, qtbot: QtBot) -> None:
    hold, asker = threading.Event(), Asker()

    def cancel(context: Context) -> object:
        hold.wait(30)
        return context.write(services.features.cancel, "ms-exchange")

    with qtbot.waitSignal(operations.changed, timeout=WAIT_MS) as blocker:
        operations.run(cancel, asker.take)
        delete(asker)
        hold.set()
    assert blocker.args == [frozenset({"features", "environments"})]


def test_an_error_for_somebody_who_is_gone_is_told_by_the_window(operations: Operations, qtbot: QtBot) -> None:
    hold, asker = threading.Event(), Asker()

    def fail(_context: Context) -> None:
        hold.wait(30)
        raise BadInputError("not saved")

    with qtbot.waitSignal(operations.failed, timeout=WAIT_MS) as blocker:
        operations.run(fail, asker.take, asker.take)
        delete(asker)
        hold.set()
    assert str(blocker.args[0]) == "not saved"


@looks
def test_a_closed_sheet_gets_no_answer_though_qt_still_has_it(desktop: Desktop) -> None:
    sheet, hold = Sheet(desktop.window.shell, "A sheet"), threading.Event()
    field = QLineEdit()
    sheet.add(field)
    operations = desktop.window.shell.operations
    operations.run(lambda _: hold.wait(30) and "", field.setText)
    operations.run(lambda _: "an answer", field.setText)
    sheet.reject()
    hold.set()
    desktop.settle()
    assert field.text() == ""


@looks
def test_what_a_look_at_a_half_typed_text_says_is_not_told_after_the_sheet_is_closed(desktop: Desktop) -> None:
    sheet, errors = Sheet(desktop.window.shell, "A sheet"), []
    operations = desktop.window.shell.operations
    operations.failed.connect(errors.append)
    operations.preview(fail_with(BadInputError("give a name")), sheet.fail, sheet.fail)
    sheet.reject()
    desktop.settle()
    assert not errors


def test_long_work_shows_progress_and_short_work_does_not(operations: Operations, qtbot: QtBot) -> None:
    said: list[str] = []
    operations.busy.connect(said.append)
    operations._progress.setInterval(WAIT_MS)  # on a busy machine nothing is short
    operations.run(lambda _: None, lambda _: None, label="Short")
    qtbot.waitUntil(lambda: not operations.is_busy, timeout=WAIT_MS)
    operations._progress.setInterval(SHOW_PROGRESS_AFTER_MS)
    hold = threading.Event()
    operations.run(lambda _: hold.wait(30), lambda _: None, label="Long")
    qtbot.waitUntil(lambda: "Long" in said, timeout=WAIT_MS)
    hold.set()
    qtbot.waitUntil(lambda: said[-1] == "", timeout=WAIT_MS)
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
    assert started.wait(30)

    def stopped() -> bool:
        operations.cancel()
        return not operations.is_busy

    qtbot.waitUntil(stopped, timeout=WAIT_MS)
    assert not failures


def test_calls_are_answered_in_order(operations: Operations, qtbot: QtBot) -> None:
    answers: list[int] = []
    for number in range(20):
        operations.run(lambda _, n=number: n, answers.append)  # type: ignore[misc]
    qtbot.waitUntil(lambda: len(answers) == 20, timeout=WAIT_MS)
    assert answers == list(range(20))


@looks
def test_the_event_loop_goes_on_while_a_service_is_at_work(desktop: Desktop) -> None:
    hold, turns, turns_at_work = threading.Event(), QTimer(interval=1), []
    operations = desktop.window.shell.operations
    operations.run(lambda _: hold.wait(WAIT_MS / 1000), lambda _: None)
    turns.timeout.connect(lambda: turns_at_work.append(operations.is_busy))
    turns.start()
    desktop.bot.waitUntil(lambda: len(turns_at_work) >= 50, timeout=WAIT_MS)
    turns.stop()
    assert all(turns_at_work)
    hold.set()
    desktop.settle()


def test_closing_lets_a_deed_under_way_end(desktop: Desktop) -> None:
    hold = threading.Event()
    operations = desktop.window.shell.operations
    operations.run(lambda _: hold.wait(30), lambda _: None)
    operations.run(lambda context: context.write(services.features.cancel, "ms-exchange"), lambda _: None)
    desktop.window.close()
    hold.set()
    operations.finish()
    view = desktop.app.context.read(services.features.find, "ms-exchange")
    assert view.state.pending is None
