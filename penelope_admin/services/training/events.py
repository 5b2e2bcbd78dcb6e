"""What can happen in the practice world by a trainer's hand: before an exercise begins, or from an inject file."""

from __future__ import annotations

from datetime import time
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from penelope_admin.errors import BadInputError
from penelope_admin.policy import Weekday
from penelope_admin.policy.records import Record
from penelope_admin.policy.tables import TableFile

MAX_BYTES = 64 * 1024
Line = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=4000)]
Key = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Some = Annotated[int, msgspec.Meta(ge=1, le=500)]
Days = Annotated[int, msgspec.Meta(ge=0, le=400)]


class Happening(Record, frozen=True, kw_only=True, tag_field="do"):
    """Something that happens in the practice world."""


class Wait(Happening, frozen=True, kw_only=True, tag="wait"):
    """Time passes: days and hours; until the next such weekday and local time; or until the next upgrade is over, or is
    so many days away."""

    days: Days = 0
    hours: Days = 0
    weekday: Weekday | None = None
    at: time | None = None
    until: Literal["next-upgrade"] | None = None
    before_upgrade: Annotated[int, msgspec.Meta(ge=1, le=27)] | None = None


class Emergency(Happening, frozen=True, kw_only=True, tag="emergency"):
    """The vendor announces emergency maintenance by letter."""

    in_hours: Some
    hours: Annotated[int, msgspec.Meta(ge=1, le=48)] = 2


class MovedNotice(Happening, frozen=True, kw_only=True, tag="moved-notice"):
    """The vendor writes that the next upgrade takes place on another day."""

    days: Annotated[int, msgspec.Meta(ge=-14, le=14)]


class NoNotice(Happening, frozen=True, kw_only=True, tag="no-notice"):
    """The notice of the next upgrade never comes."""


class Refresh(Happening, frozen=True, kw_only=True, tag="refresh"):
    """Support copies production over a copy; `recorded`: the administrator has recorded it."""

    env: Key = "mirrored"
    recorded: bool = False


class Upgrade(Happening, frozen=True, kw_only=True, tag="upgrade"):
    """A database is upgraded; `recorded`: the administrator has recorded it."""

    env: Key = "mirrored"
    recorded: bool = False


class Defect(Happening, frozen=True, kw_only=True, tag="defect"):
    """The last upgrade of a copy left something undone: what line of the check-list says is not so there."""

    env: Key = "mirrored"
    line: Annotated[int, msgspec.Meta(ge=1, le=30)]


class Switch(Happening, frozen=True, kw_only=True, tag="switch"):
    """A feature is switched in Penelope; `recorded`: the register says so too."""

    env: Key = "mirrored"
    feature: str
    on: bool
    recorded: bool = False
    days: Days = 0


class ClientTexts(Happening, frozen=True, kw_only=True, tag="client-texts"):
    """Clients get texts from a copy."""

    env: Key = "mirrored"
    count: Some = 1


class Queue(Happening, frozen=True, kw_only=True, tag="queue"):
    """Messages wait in a copy's queue."""

    env: Key = "mirrored"
    count: Some = 1


class SignInFails(Happening, frozen=True, kw_only=True, tag="sign-in-fails"):
    """Nobody can sign in to production any more."""


class Letter(Happening, frozen=True, kw_only=True, tag="letter"):
    """Somebody writes to the administrator."""

    sender: Line
    subject: Line
    text: Text


Event = (
    Wait | Emergency | MovedNotice | NoNotice | Refresh | Upgrade | Defect | Switch | ClientTexts | Queue | SignInFails
    | Letter
)  # fmt: skip


class Inject(Record, frozen=True, kw_only=True):
    """What a trainer drops on the window."""

    schema: Literal[1]
    title: Line
    event: Annotated[tuple[Event, ...], msgspec.Meta(min_length=1, max_length=20)]


def load_inject(path: Path) -> Inject:
    """Read and check what a trainer drops on the window.

    Raises:
        BadInputError: it cannot be read, or is wrong. The message names file, line and key.
    """
    return TableFile.load(path, MAX_BYTES, "inject", "Nothing was changed.", BadInputError).read(Inject)
