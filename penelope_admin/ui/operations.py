"""Runs service calls off the main thread: run this, then on success..., on failure...

The one place that knows of threads, progress, cancelling and errors. Calls run one after another in one
worker; their results arrive in the main thread. Whatever a call changed is announced as a set of topics, and
a page that shows one of them loads itself again.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QObject, QThreadPool, QTimer, Signal, Slot

from penelope_admin.errors import CancelledError, ConflictError, PenelopeAdminError, RefusedError, ReplacedError
from penelope_admin.topics import EVERYTHING

if TYPE_CHECKING:
    from penelope_admin.app import App
    from penelope_admin.services.context import Context

T = TypeVar("T")
SHOW_PROGRESS_AFTER_MS = 200


class Operations(QObject):
    """The queue of service calls of one window."""

    changed = Signal(frozenset)
    """The topics a call changed."""

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
        self._waiting: dict[int, tuple[Callable[[Any], None], Callable[[Exception], None] | None, str]] = {}
        self._aside: dict[int, tuple[str, Callable[[Any], None], Callable[[Exception], None]]] = {}
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

    def run_with_app(
        self,
        call: Callable[[App], T],
        on_success: Callable[[T], None],
        on_failure: Callable[[Exception], None] | None = None,
        label: str = "Working",
    ) -> None:
        """As `run`, for the few calls that work without an open database."""
        number = next(self._numbers)
        self._waiting[number] = (on_success, on_failure, label)
        if not self._progress.isActive():
            self._progress.start()

        def work() -> None:
            result: object = None
            error: BaseException | None = None
            self._worker = threading.get_ident()
            try:
                result = call(self._app)
            except ReplacedError as problem:
                self._app.forget_database()  # the next call opens what is there now
                error = problem
            except Exception as problem:
                error = problem
            self._finished.emit(number, result, error)

        self._pool.start(work)

    def run_aside(
        self,
        lane: str,
        call: Callable[[Context], T],
        on_success: Callable[[T], None],
        on_failure: Callable[[Exception], None],
    ) -> bool:
        """Call a service that waits for the network, in a thread of its own beside the worker.

        A server that never answers then holds up nothing else, and neither the strip nor closing the window waits
        for it: whatever such a call does must survive being cut off at any moment.

        Args:
            lane: what it is, for example "outbox"; one call at a time in each lane.

        Returns:
            False when the lane is taken, or the database is not open; then nothing was started.
        """
        context: Context | None = self._app.__dict__.get("context")  # opening it is the worker's business
        if context is None or any(lane == taken for taken, *_ in self._aside.values()):
            return False
        number = next(self._numbers)
        self._aside[number] = (lane, on_success, on_failure)

        def work() -> None:
            result: object = None
            error: BaseException | None = None
            try:
                result = call(context)
            except Exception as problem:
                error = problem
            with suppress(RuntimeError):  # the window was closed meanwhile
                self._finished.emit(number, result, error)

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
        if number in self._aside:
            self._deliver_aside(number, result, error)
            return
        on_success, on_failure, _ = self._waiting.pop(number)
        if not self._waiting:
            self._progress.stop()
            self.busy.emit("")
        if error is None:
            self._succeed(on_success, result)
        elif isinstance(error, CancelledError):
            pass  # the person asked for it
        elif on_failure is not None and isinstance(error, PenelopeAdminError):
            on_failure(error)
            if isinstance(error, ConflictError | RefusedError):
                self.changed.emit(EVERYTHING)  # what is shown was not what is kept
        else:
            self.failed.emit(error)

    def _deliver_aside(self, number: int, result: object, error: Exception | None) -> None:
        _, on_success, on_failure = self._aside.pop(number)
        if error is None:
            self._succeed(on_success, result)
        else:
            on_failure(error)
            if not isinstance(error, PenelopeAdminError):
                self.failed.emit(error)

    def _succeed(self, on_success: Callable[[Any], None], result: object) -> None:
        on_success(result)
        if changes := getattr(result, "changes", None):
            self.changed.emit(changes)

    def _show_progress(self) -> None:
        if self._waiting:
            self.busy.emit(next(iter(self._waiting.values()))[2])
