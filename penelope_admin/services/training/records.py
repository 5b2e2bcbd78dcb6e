"""What is kept of a learner's work: the exercise under way, and what came of each. Bounded when it is read."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

MOST_LINES = 500
"""Of the log in a result; an exercise takes some dozens."""
LONGEST_ANSWER = 60
MOST_EXERCISES = 200


class Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A part of what is kept. Instants are in UTC."""


class LogLine(Kept, frozen=True, kw_only=True):
    """An entry of the activity log, or with number 0 something that happened at the practice vendor."""

    number: Annotated[int, msgspec.Meta(ge=0)]
    at: Annotated[datetime, msgspec.Meta(tz=True)]
    says: Annotated[str, msgspec.Meta(max_length=1000)]
    hash: Annotated[str, msgspec.Meta(max_length=64)] = ""


class Answer(Kept, frozen=True, kw_only=True):
    """An answer, and whether it was right when it was given."""

    value: Annotated[str, msgspec.Meta(max_length=LONGEST_ANSWER)]
    right: bool


class Attempt(Kept, frozen=True, kw_only=True):
    """The exercise that is under way.

    Attributes:
        began_at: on the practice clock, UTC.
        first_entry: the activity log's newest entry then.
        hints: how many were shown.
        trap: the key of the one that was sprung.
        log: what was done so far, in the order in which it was noticed.
        seen_at: when it was looked at last, in real time, UTC.
    """

    exercise: Annotated[str, msgspec.Meta(max_length=40)]
    began_at: Annotated[datetime, msgspec.Meta(tz=True)]
    first_entry: Annotated[int, msgspec.Meta(ge=0)]
    seen_at: Annotated[datetime, msgspec.Meta(tz=True)]
    hints: Annotated[int, msgspec.Meta(ge=0, le=3)] = 0
    answers: Annotated[dict[str, Answer], msgspec.Meta(max_length=20)] = msgspec.field(default_factory=dict)
    trap: Annotated[str, msgspec.Meta(max_length=40)] | None = None
    log: Annotated[tuple[LogLine, ...], msgspec.Meta(max_length=MOST_LINES)] = ()
    passed: bool = False

    @property
    def is_over(self) -> bool:
        """Whether the goal was reached, or a trap was sprung."""
        return self.passed or self.trap is not None


class Result(Kept, frozen=True, kw_only=True):
    """What came of an exercise, over all attempts.

    Attributes:
        hints: the most that were shown in one attempt.
        traps: the keys of those that were sprung, each time anew.
        seconds: spent on it, in real time, without long pauses.
        log: of the attempt that reached the goal, else of the last one.
    """

    passed: bool = False
    hints: Annotated[int, msgspec.Meta(ge=0, le=3)] = 0
    traps: Annotated[tuple[str, ...], msgspec.Meta(max_length=MOST_EXERCISES)] = ()
    seconds: Annotated[int, msgspec.Meta(ge=0, le=10**8)] = 0
    log: Annotated[tuple[LogLine, ...], msgspec.Meta(max_length=MOST_LINES)] = ()


class Progress(Kept, frozen=True, kw_only=True):
    """The file.

    Attributes:
        exercises: the keys of those that are to be done; empty for all.
        to_hand_in: there are results that were not written there yet.
        thoughts: what the learner wrote after an exercise, by its key. They stay here.
    """

    schema: Literal[1] = 1
    exercises: Annotated[tuple[str, ...], msgspec.Meta(max_length=MOST_EXERCISES)] = ()
    to_hand_in: bool = False
    current: Attempt | None = None
    results: Annotated[dict[str, Result], msgspec.Meta(max_length=MOST_EXERCISES)] = msgspec.field(default_factory=dict)
    thoughts: Annotated[dict[str, str], msgspec.Meta(max_length=MOST_EXERCISES)] = msgspec.field(default_factory=dict)
