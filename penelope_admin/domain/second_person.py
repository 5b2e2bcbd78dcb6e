"""The second person's approval: when it was asked for, and that nobody can switch it off alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from penelope_admin.domain.features import is_same_person
from penelope_admin.domain.times import day_in_words
from penelope_admin.errors import RefusedError

KEPT = "agency.second-person-kept"
"""The entry of the log that says that a waiver is not followed."""
SECOND_PERSON = frozenset({"agency.set-up", "agency.changed", KEPT, "backup.restored"})
"""The entries of the log that tell of a second person."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """Somebody asked to do without a second person; `at` in UTC. It counts once somebody else confirms it."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Switch:
    """The second person was switched on or off; `at` in UTC.

    Attributes:
        by: who did it; for off, the one who confirmed it.
        waiver: who had asked for off; None where the log knows of nobody.
    """

    on: bool
    at: datetime
    by: str
    waiver: Waiver | None = None


@dataclass(frozen=True, slots=True)
class SecondPerson:
    """What the activity log says of it: every switch, oldest first, and a waiver that waits to be confirmed."""

    history: tuple[Switch, ...] = ()
    waiver: Waiver | None = None

    @property
    def off(self) -> Switch | None:
        """Since when it is off where it once was on."""
        # Never switched on, it is no change to tell of.
        return self.history[-1] if self.history and not self.history[-1].on else None

    def switched_off(self, starts: datetime, ends: datetime) -> list[tuple[Switch, datetime]]:
        """Each time of a period in which it was off although it had been on before, with its end (UTC)."""
        # Each switch holds until the next one, and the last until the period ends.
        until = [*(switch.at for switch in self.history[1:]), ends]
        spans = [(switch, min(end, ends)) for switch, end in zip(self.history, until, strict=False) if not switch.on]
        return [(switch, end) for switch, end in spans if switch.at < end and end > starts]


def check_confirmed(waiver: Waiver, actor: str, zone: ZoneInfo) -> None:
    """Refuse that whoever asked to do without a second person confirms it too.

    Raises:
        RefusedError: it is the same person.
    """
    if is_same_person(waiver.by, actor):
        day = day_in_words(waiver.at, zone)
        raise RefusedError(
            f"You asked on {day} to do without a second person. Nothing was saved. Somebody else must confirm that, "
            "under their own account, on the same database."
        )


def off_sentence(off: Switch, zone: ZoneInfo) -> str:
    """Who switched it off and when, for Overview and reports."""
    day = day_in_words(off.at, zone)
    if off.waiver is None:
        return f"The second person was switched off by {off.by} on {day}, and nobody else approved that."
    asked = f"{off.waiver.by} asked for it on {day_in_words(off.waiver.at, zone)}"
    return f"The second person was switched off: {asked}, {off.by} approved it on {day}."


def waiver_sentence(waiver: Waiver, zone: ZoneInfo) -> str:
    """That somebody asked to do without, and what it waits for."""
    day = day_in_words(waiver.at, zone)
    return (
        f"{waiver.by} asked on {day} to do without a second person. It stays on until somebody else confirms that in "
        "Settings, under their own account."
    )


def during(off_spans: Iterable[tuple[Switch, datetime]], at: datetime) -> bool:
    """Whether an instant lies in one of the times in which it was off."""
    return any(switch.at <= at < end for switch, end in off_spans)
