"""The one place that knows what time it is, and which time zones there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from penelope_admin.errors import BadInputError


class Clock(Protocol):
    """Gives the current instant. Injected by `app.py`; tests and pictures inject a fixed one."""

    def now(self) -> datetime:
        """The current instant as an aware UTC datetime."""
        ...


class SystemClock:
    """The computer's clock."""

    def now(self) -> datetime:
        """The current instant as an aware UTC datetime."""
        return datetime.now(UTC)


@dataclass
class FixedClock:
    """A clock that stands still until it is set, for pictures, benchmarks and tests."""

    instant: datetime

    def now(self) -> datetime:
        """The instant it was set to, in UTC."""
        return self.instant.astimezone(UTC)


def find_zone(name: str) -> ZoneInfo:
    """The IANA time zone of this name.

    Raises:
        BadInputError: there is no such zone.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise BadInputError(
            f'"{name}" is not a time zone of the IANA database. Nothing was changed. '
            'Zones look like "America/Winnipeg" or "Australia/Sydney".'
        ) from error
