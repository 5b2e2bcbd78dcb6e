"""What was done in this window and can be undone, and what was undone and can be done again."""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import QObject, Signal

from penelope_admin import services
from penelope_admin.errors import ConflictError

if TYPE_CHECKING:
    from penelope_admin.policy import Policy
    from penelope_admin.services.undoing import Inverse
    from penelope_admin.services.work import Done, Trace
    from penelope_admin.ui.operations import Operations

MOST = 50
"""So many actions are kept."""


class _Way(NamedTuple):
    """Undoing, or doing again: from where to where an action goes by it, and its words."""

    source: deque[Inverse]
    target: deque[Inverse]
    again: bool
    label: str
    said: str
    nothing: str
    back: str
    """What leads the other way."""


class History(QObject):
    """The actions of one window, newest last. Nothing of it is stored."""

    changed = Signal()
    """Another action is the next to be undone or done again."""

    said = Signal(str)
    """A short word."""

    offered = Signal(str, str, object)
    """The same, with the name of what can be done about it, and a callable."""

    warned = Signal(str)
    """Why something was not put back."""

    def __init__(self, policy: Policy, operations: Operations) -> None:
        super().__init__(operations)
        self._policy, self._operations = policy, operations
        self._done: deque[Inverse] = deque(maxlen=MOST)
        self._undone: deque[Inverse] = deque(maxlen=MOST)
        self._undo = _Way(self._done, self._undone, False, "Undoing", "Undone", "There is nothing to undo.", "Redo")
        self._redo = _Way(
            self._undone, self._done, True, "Doing it again", "Done again", "There is nothing to do again.", "Undo"
        )
        self._own: set[int] = set()
        self._queue: deque[_Way] = deque()  # what was asked for while another is under way
        self._is_working = False
        self._noted: Inverse | None = None

    @property
    def undo_name(self) -> str:
        """What undo would undo, within a sentence; empty when nothing."""
        return self._done[-1].name if self._done else ""

    @property
    def redo_name(self) -> str:
        """What redo would do again, within a sentence; empty when nothing."""
        return self._undone[-1].name if self._undone else ""

    def note(self, result: object) -> None:
        """Take note of what a call did, if it can be undone."""
        trace: Trace | None = getattr(result, "trace", None)
        if trace is None or not trace.entries:
            return
        done: Done[Any] = result  # type: ignore[assignment]
        self._noted = inverse = services.undoing.inverse_of(self._policy, done)
        if inverse is None and services.undoing.changed_nothing(done):
            self._own.update(entry.seq for entry in trace.entries)
        if inverse is not None:
            self._own.update(inverse.seqs)
            self._done.append(inverse)
            self._undone.clear()
            self.changed.emit()

    @property
    def noted(self) -> bool:
        """Whether the call that is answered right now can be undone."""
        return self._noted is not None

    def answered(self) -> None:
        """Whoever asked for a call has its answer: what is said from now on is not about it."""
        self._noted = None

    def clear(self) -> None:
        """Forget everything: the database is another."""
        for kept in (self._done, self._undone, self._own, self._queue):
            kept.clear()
        self.changed.emit()

    def undo(self) -> None:
        """Undo the newest action."""
        self._enqueue(self._undo)

    def redo(self) -> None:
        """Do again what was undone last."""
        self._enqueue(self._redo)

    def _enqueue(self, way: _Way) -> None:
        """One after the other: the next one begins from what the one before leaves."""
        self._queue.append(way)
        if not self._operations.is_busy:
            self._is_working = False  # a call that was stopped has no answer
        self._go_on()

    def _go_on(self) -> None:
        while self._queue and not self._is_working:
            way = self._queue.popleft()
            if way.source:
                self._start(way.source[-1], way)
            else:
                self.said.emit(way.nothing)

    def _start(self, inverse: Inverse, way: _Way) -> None:
        own = frozenset(self._own)
        self._is_working = True
        self._operations.run(
            lambda context: context.write(services.undoing.put_back, inverse, own, again=way.again),
            partial(self._put_back, inverse, way),
            partial(self._refused, inverse, way),
            way.label,
        )

    def _put_back(self, inverse: Inverse, way: _Way, done: Done[Inverse]) -> None:
        if inverse in way.source:  # it may have been cleared meanwhile
            way.source.remove(inverse)
            way.target.append(done.value)
            self._own.update(done.value.seqs)
            self.changed.emit()
            self.offered.emit(f"{way.said}: {inverse.name}.", way.back, self.undo if way.again else self.redo)
        self._end()

    def _refused(self, inverse: Inverse, way: _Way, error: Exception) -> None:
        if isinstance(error, ConflictError) and inverse in way.source:
            way.source.remove(inverse)  # it will never go
        self._queue.clear()
        self.changed.emit()
        self.warned.emit(str(error))
        self._end()

    def _end(self) -> None:
        self._is_working = False
        self._go_on()
