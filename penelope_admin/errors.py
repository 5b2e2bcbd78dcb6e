"""The errors a user can meet: each says what happened, what was kept and what to do."""

from __future__ import annotations

from typing import TypeVar

T = TypeVar("T")


class PenelopeAdminError(Exception):
    """Root of the family. `str(error)` is a message for the user, never a traceback.

    Attributes:
        exit_code: what the command line returns for this error.
    """

    exit_code = 1


class BadInputError(PenelopeAdminError):
    """Something the user typed or chose cannot be used; nothing was changed."""

    exit_code = 2


class NotSetUpError(BadInputError):
    """There is no agency yet; nothing was changed."""


class PolicyError(PenelopeAdminError):
    """A policy file is malformed, contradicts itself or opens what must stay locked; it is not used."""

    exit_code = 2


class RefusedError(PenelopeAdminError):
    """The rules forbid it: locked, not on the list, or an acknowledgement is missing."""

    exit_code = 3


class SameCaseError(RefusedError):
    """Another request has this case number, and nobody said that Support put both on one case."""


class OtherDayError(RefusedError):
    """A copy was made on another day than agreed or before it was asked for, and nobody said that it is so."""


class ConflictError(PenelopeAdminError):
    """The thing changed, or is in a state in which this step is not possible; nothing was saved."""


class StoreError(PenelopeAdminError):
    """The database cannot be used: locked, corrupt, newer than the program, read-only, no space."""

    exit_code = 4


class DamagedError(StoreError):
    """The database file is no database, or a broken one; only a backup helps."""


class ReadOnlyError(StoreError):
    """The database, or a file that SQLite keeps beside it, may not be written to; nothing was saved."""


class BesideError(StoreError):
    """SQLite cannot keep beside the database what programs share that have it open; alone one can do without."""


class ReplacedError(StoreError):
    """The database file is not the one that was opened; opening it afresh helps."""


class DisplayError(PenelopeAdminError):
    """No window can be shown on this system."""


class CancelledError(PenelopeAdminError):
    """Somebody stopped it; nothing was changed."""


def needed(value: T | None, otherwise: str) -> T:
    """What was looked for.

    Raises:
        BadInputError: it is not there; `otherwise` is the message then.
    """
    if value is None:
        raise BadInputError(otherwise)
    return value


def check_version(looked_at: int | None, version: int, what: str) -> None:
    """Refuse to write over what somebody else changed since a person looked at it.

    Args:
        looked_at: the version they saw; None where that does not matter.

    Raises:
        ConflictError: it is another by now.
    """
    if looked_at is not None and looked_at != version:
        raise changed_meanwhile(what)


def changed_meanwhile(what: str) -> ConflictError:
    """What is raised when a row is not the one that was looked at."""
    return ConflictError(f"Somebody else changed this {what} meanwhile. Nothing was saved. Look at it again.")
