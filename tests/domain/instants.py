"""Instants, short to write."""

from __future__ import annotations

from datetime import UTC, datetime


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """An aware instant in UTC."""
    return datetime(year, month, day, hour, minute, tzinfo=UTC)
