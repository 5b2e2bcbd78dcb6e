"""Runs service calls off the main thread: run this, then on success..., on failure...

The one place that knows of threads, progress, cancelling and errors. Calls run one after another in one
worker; their results arrive in the main thread. Whatever a call changed is announced as a set of topics, and
a page that shows one of them loads itself again.

An answer belongs to whoever its callbacks would act on: the object of a bound method, and the objects of Qt that a
lambda or an inner function uses. If one of them is gone by then, a sheet that was closed or a page that was made anew,
neither callback is called. What was changed is announced all the same, and an error goes to `failed`.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from PySide6.QtCore import QObject, QThreadPool, QTimer, Signal, Slot
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from penelope_admin.errors import CancelledError, ConflictError, PenelopeAdminError, RefusedError, ReplacedError
from penelope_admin.topics import EVERYTHING

if TYPE_CHECKING:
    from penelope_admin.app import App
    from penelope_admin.services.work import Context

T = TypeVar("T")
P = TypeVar("P")
SHOW_PROGRESS_AFTER_MS = 200


def untold(_answer: object) -> None:
    """For what is done in passing: nobody waits for it, and whoever does something next is told what is wrong."""


class _Call(NamedTuple):
    """A call that is still to be answered."""

    call: Callable[[Any], object]
    owners: tuple[QObject, ...]
    on_success: Callable[[Any], None]
    on_failure: Callable[[Exception], None] | None
    label: str = ""
    lane: str = ""
    passing: bool = False
    if_gone: Callable[[Any], None] | None = None

    @property
    def is_awaited(self) -> bool:
        """Whether everybody it is for is still there."""
        return not any(map(_is_gone, self.owners))


class Operations(QObject):
    """The queue of service calls of one window."""

    changed = Signal(frozenset)
    """The topics a call changed."""

    done = Signal(object)
    """What a call gave, before it goes to whoever asked for it; and that it has gone there."""

    answered = Signal()

    busy = Signal(str)
    """What has been going on for more than 200 ms; empty when it ended."""

    failed = Signal(object)
    """An error nobody else takes care of."""

    _finished = Signal(int, object, object)

    def __init__(self, app: App) -> None:
        super().__init__()
        self._app = app
        self._pool = QThreadPool()
        self._pool.setMaxThreadCount(1)
        self._pool.setExpiryTimeout(-1)  # one thread for all: SQLite's connection stays in it
        self._numbers = itertools.count()
        self._waiting: dict[int, _Call] = {}
        self._aside: dict[int, _Call] = {}
        self._delivered: dict[str, tuple[object, ...]] = {}
        """The newest of each lane, the worker's too, until its next is answered, when its thread is long done with it:
        what a call uses, or an error comes from, a sheet perhaps, must not end there."""
        self._worker: int | None = None
        self._progress = QTimer(self, interval=SHOW_PROGRESS_AFTER_MS, singleShot=True)
        self._progress.timeout.connect(self._show_progress)
        self._finished.connect(self._deliver)

    def run(
        self,
        call: Callable[[Context], T],
        on_success: Callable[[T], None],
        on_failure: Callable[[Exception], None] | None = None,
        label: str = "Working",
    ) -> None:
        """Call a service in the worker.

        Args:
            call: gets the context; its result goes to `on_success`. A result with `changes` announces them.
            on_failure: gets one of the program's own errors; without it, `failed` is emitted. Bugs always
                go to `failed`.
            label: what is going on, for the progress strip.
        """
        self.run_with_app(lambda app: call(app.context), on_success, on_failure, label)

    def preview(
        self, call: Callable[[Context], T], on_success: Callable[[T], None], on_failure: Callable[[Exception], None]
    ) -> None:
        """As `run`, for a look at what is being filled in: once its owner is gone, what it would say helps nobody."""
        owners = _owners(on_success, on_failure)
        self._queue(_Call(lambda app: call(app.context), owners, on_success, on_failure, "Working", passing=True))

    def run_with_app(
        self,
        call: Callable[[App], T],
        on_success: Callable[[T], None],
        on_failure: Callable[[Exception], None] | None = None,
        label: str = "Working",
    ) -> None:
        """As `run`, for the few calls that work without an open database."""
        self._queue(_Call(call, _owners(on_success, on_failure), on_success, on_failure, label))

    def _queue(self, waiting: _Call) -> None:
        number = next(self._numbers)
        self._waiting[number] = waiting
        if not self._progress.isActive():
            self._progress.start()

        def work() -> None:
            self._worker = threading.get_ident()
            result, error = _outcome(waiting.call, self._app)
            if isinstance(error, ReplacedError):
                self._app.forget_database()  # the next call opens what is there now
            self._finished.emit(number, result, error)

        self._pool.start(work)

    def run_aside(
        self,
        lane: str,
        call: Callable[[Context], T],
        on_success: Callable[[T], None],
        on_failure: Callable[[Exception], None],
        if_gone: Callable[[T], None] | None = None,
    ) -> bool:
        """Call a service that waits for the network, in a thread of its own beside the worker.

        A server that never answers then holds up nothing else, and neither the strip nor closing the window waits
        for it: whatever such a call does must survive being cut off at any moment.

        Args:
            lane: what it is, for example "outbox"; one call at a time in each lane.
            if_gone: gets the result in the place of `on_success` once its owner is gone.

        Returns:
            False when the lane is taken, or the database is not open; then nothing was started.
        """
        context: Context | None = self._app.__dict__.get("context")  # opening it is the worker's business
        if context is None or any(lane == taken.lane for taken in self._aside.values()):
            return False
        number = next(self._numbers)
        owners = _owners(on_success, on_failure)
        self._aside[number] = _Call(call, owners, on_success, on_failure, lane=lane, if_gone=if_gone)

        def work() -> None:
            outcome = _outcome(call, context)
            with suppress(RuntimeError):  # the window was closed meanwhile
                self._finished.emit(number, *outcome)

        threading.Thread(target=work, name=lane, daemon=True).start()
        return True

    @property
    def is_busy(self) -> bool:
        """Whether a call is still to be answered."""
        return bool(self._waiting)

    def cancel(self) -> None:
        """Stop what the database is doing; the call fails with `CancelledError` and changes nothing."""
        if self._worker is not None:  # never a lane's thread: it may be booking what has left already
            self._app.interrupt(self._worker)

    def finish(self) -> None:
        """Wait until every call has ended, so that closing loses nothing."""
        self._pool.waitForDone()

    @Slot(int, object, object)
    def _deliver(self, number: int, result: object, error: Exception | None) -> None:
        is_aside = number in self._aside
        call = (self._aside if is_aside else self._waiting).pop(number)
        self._delivered[call.lane] = call, result, error
        if not (is_aside or self._waiting):
            self._progress.stop()
            self.busy.emit("")
        self._answer(call, result, error)

    def _answer(self, call: _Call, result: object, error: Exception | None) -> None:
        if error is None:
            self._succeed(call, result)
        elif isinstance(error, CancelledError) and not call.lane:
            pass  # the person asked for it
        elif isinstance(error, PenelopeAdminError):
            self._fail(call, error)
        else:
            if call.lane and call.on_failure is not None and call.is_awaited:
                call.on_failure(error)  # whoever shows that it is under way
            self.failed.emit(error)

    def _succeed(self, call: _Call, result: object) -> None:
        self.done.emit(result)
        try:
            if call.is_awaited:
                call.on_success(result)
            elif call.if_gone is not None:
                call.if_gone(result)
        finally:  # it happened, whatever became of those who asked for it
            self.answered.emit()
            if changes := getattr(result, "changes", None):
                self.changed.emit(changes)

    def _fail(self, call: _Call, error: PenelopeAdminError) -> None:
        if call.on_failure is not None and call.is_awaited:
            call.on_failure(error)
        elif call.is_awaited or not (call.passing or isinstance(error, CancelledError)):
            self.failed.emit(error)
        if isinstance(error, ConflictError | RefusedError) and call.on_failure is not None and not call.lane:
            self.changed.emit(EVERYTHING)  # what is shown was not what is kept

    def _show_progress(self) -> None:
        if self._waiting:
            self.busy.emit(next(iter(self._waiting.values())).label)


def _outcome(call: Callable[[P], object], argument: P) -> tuple[object, Exception | None]:
    """What a call gives, or the error it ends in."""
    try:
        return call(argument), None
    except Exception as error:
        return None, error


def _owners(*callbacks: Callable[..., object] | None) -> tuple[QObject, ...]:
    """Those that callbacks would act on."""
    return tuple(dict.fromkeys(owner for callback in callbacks for owner in _objects_in(callback, depth=3)))


def _objects_in(held: object, depth: int) -> Iterator[QObject]:
    """The objects of Qt that something is or holds: a method its own, a lambda or inner function those it uses.

    Args:
        depth: how far to follow functions that functions hold.
    """
    if isinstance(held, QObject):
        yield held
    elif callable(held) and depth:
        inside: list[object] = [getattr(held, "__self__", None), getattr(held, "__func__", None)]
        if isinstance(held, partial):
            inside += [held.func, *held.args, *held.keywords.values()]
        for cell in getattr(held, "__closure__", None) or ():
            with suppress(ValueError):  # a name that has no value yet
                inside.append(cell.cell_contents)
        for item in inside:
            yield from _objects_in(item, depth - 1)


def _is_gone(owner: QObject) -> bool:
    """Whether Qt has deleted it, or the sheet that it is or stands in was closed."""
    if not isValid(owner):
        return True
    return isinstance(owner, QWidget) and bool(getattr(owner.window(), "is_gone", False))
