"""Lets practice time pass: the clock goes forward, and the simulated vendor does what is due until then."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from penelope_admin.clock import Clock
from penelope_admin.domain.times import plural
from penelope_admin.domain.vendor import Happening
from penelope_admin.errors import BadInputError
from penelope_admin.services.training import world
from penelope_admin.services.training.clock import SimulatedClock
from penelope_admin.services.work import Context, Done
from penelope_admin.topics import EVERYTHING


def clock_in(clock: Clock) -> SimulatedClock:
    """The practice clock.

    Raises:
        BadInputError: this is not training, whose time alone can be changed.
    """
    if not isinstance(clock, SimulatedClock):
        raise BadInputError("Only practice time can be changed. Nothing was changed. Open training first.")
    return clock


def move(context: Context, to: datetime) -> Done[tuple[Happening, ...]]:
    """Let time pass until an instant.

    Returns:
        What happened until then, whether anybody saw it or not.

    Raises:
        BadInputError: that has passed already, is outside the years the program computes with, or this is no training.
    """
    clock = clock_in(context.clock)
    clock.move(to)
    return Done(world.advance(context), EVERYTHING)


def catch_up(context: Context) -> Done[tuple[Happening, ...]]:
    """Let happen what is due by now, for time that passed by itself.

    Returns:
        What happened; where nothing did, nothing is said to have changed.
    """
    happened = world.advance(context)
    return Done(happened, EVERYTHING if happened else frozenset())


def summary(happened: Collection[Happening]) -> str:
    """What a learner is told of what happened: that there is mail, or something to be seen, and never what it is."""
    letters = sum(item.kind == "mail" for item in happened)
    said = [f"{plural(letters, 'new message')} in the mailbox."] if letters else []
    if letters < len(happened):
        said.append("Something changed in Penelope.")
    return " ".join(said) or "Nothing happened that anybody could see."


def later(context: Context, by: timedelta) -> datetime:
    """The instant that is so much later than now, UTC.

    Raises:
        BadInputError: that is outside the years the program computes with.
    """
    try:
        return context.now() + by
    except OverflowError as error:
        raise BadInputError("That is too far ahead. Nothing was changed. Choose a shorter span of time.") from error
