"""The clock of training: it goes on while a window is open, can be paused and put forward, and never goes back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from penelope_admin.clock import Clock, SystemClock
from penelope_admin.domain.times import EARLIEST, check_instant
from penelope_admin.errors import BadInputError
from penelope_admin.files import locked, read_within, write_private
from penelope_admin.invocation import way

FILE = "clock.json"
HEARTBEAT = timedelta(seconds=30)
"""How often an open window says that it is still there, in real time."""
_LEASE = 2 * HEARTBEAT
"""A window that was killed said so no more: its time goes on for so long at most."""
_MAX_BYTES = 4096


class _State(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is kept.

    Attributes:
        run: grows with every new beginning.
        at: the practice time at `since`, or now where nothing runs.
        paused: somebody stopped it.
        since, beat: real time, from when on it goes on, and of the last sign of the window for which it does; None
            while no window is open.
    """

    run: int
    at: datetime
    paused: bool = False
    since: datetime | None = None
    beat: datetime | None = None


class SimulatedClock:
    """Practice time, shared by all programs on one practice folder.

    It stands still unless a window is open: then it goes on as fast as real time, until somebody pauses it.

    Attributes:
        real: the clock by which it goes on.
    """

    def __init__(self, file: Path, real: Clock | None = None) -> None:
        """Read the clock.

        Args:
            file: where it is kept.
            real: the clock by which it goes on.

        Raises:
            BadInputError: there is no clock in that file, or it cannot be read.
        """
        self._file, self.real = file, real or SystemClock()
        self._lock = threading.RLock()
        self._seen: tuple[int, int] | None = None
        self._state, self._last = _State(0, EARLIEST), EARLIEST
        self._read()

    def now(self) -> datetime:
        """The practice time, in UTC; within a run never earlier than before."""
        with self._lock:
            state = self._read()
            self._last = max(self._last, self._at(state))
            return self._last

    @property
    def is_paused(self) -> bool:
        """Whether somebody stopped it."""
        with self._lock:
            return self._read().paused

    def pause(self, paused: bool) -> None:
        """Stop it, or let it go on where it stopped."""
        self._change(lambda state, _: msgspec.structs.replace(state, paused=paused))

    def move(self, to: datetime) -> None:
        """Put it forward.

        Raises:
            BadInputError: that has passed already, or is outside the years the program computes with.
        """
        at = check_instant(to)

        def forward(state: _State, _: datetime) -> _State:
            if at < state.at:
                raise BadInputError(
                    "Practice time never goes back. Nothing was changed. Choose a later time, or start again: "
                    + way("training reset", "Help, Practice: start again")
                )
            return msgspec.structs.replace(state, at=at)

        self._change(forward)

    def go_on(self) -> None:
        """A window is open, and still is: to be said at least every `HEARTBEAT`."""
        self._change(lambda state, real: msgspec.structs.replace(state, beat=real))

    def stand_still(self) -> None:
        """The window was closed."""
        self._change(lambda state, _: msgspec.structs.replace(state, beat=None))

    def _at(self, state: _State) -> datetime:
        if state.paused or state.since is None or state.beat is None:
            return state.at
        gone = min(self.real.now(), state.beat + _LEASE) - state.since
        return state.at + max(gone, timedelta())

    def _change(self, change: Callable[[_State, datetime], _State]) -> None:
        """Change what is kept, which is told the real time; it counts on from the time that it is by then."""
        with self._lock, locked(self._file.with_suffix(".lock")):
            state = self._read()
            by_then = msgspec.structs.replace(state, at=max(self._at(state), self._last))
            real = self.real.now()
            after = change(by_then, real)
            self._write(msgspec.structs.replace(after, since=after.beat and real))

    def _read(self) -> _State:
        """What is kept now; another program may have changed it."""
        try:
            status = self._file.stat()
            seen = (status.st_mtime_ns, status.st_ino)
            if seen != self._seen:
                state = _load(self._file)
                if state.run != self._state.run:
                    self._last = state.at
                self._state, self._seen = state, seen
        except OSError as error:
            raise _unreadable(self._file) from error
        return self._state

    def _write(self, state: _State) -> None:
        write_private(self._file, msgspec.json.encode(state) + b"\n")
        self._seen = None


def start_clock(file: Path, at: datetime) -> None:
    """Begin a new run, which may begin earlier than the last one got.

    Raises:
        BadInputError: it cannot be kept there.
    """
    with locked(file.with_suffix(".lock")):
        try:
            run = _load(file).run + 1
        except (OSError, BadInputError):
            run = 1  # there was none, or none that can be read
        write_private(file, msgspec.json.encode(_State(run, check_instant(at))) + b"\n")


def _load(file: Path) -> _State:
    try:
        state = msgspec.json.decode(read_within(file, _MAX_BYTES), type=_State)
        for instant in (state.at, state.since, state.beat):
            if instant is not None:
                check_instant(instant)
    except (ValueError, BadInputError) as error:
        raise _unreadable(file) from error
    return state


def _unreadable(file: Path) -> BadInputError:
    return BadInputError(
        f"The practice clock {file} cannot be read. Nothing was changed. Start practice again: "
        + way("training reset", "Help, Practice: start again")
    )
