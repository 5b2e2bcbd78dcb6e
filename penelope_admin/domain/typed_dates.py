"""A day, and a time behind it, as people type them into a field in one go."""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

from penelope_admin.absent import present
from penelope_admin.domain.times import MONTHS

_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*[ .,]+)?"
_MONTH, _NUMBER, _YEAR = r"(?P<month>[a-z]{3,9})\.?", r"(?P<{}>[0-9]{{1,2}})", r"(?P<year>[0-9]{4})(?![0-9])"
_DAY = rf"{_NUMBER.format('day')}(?![0-9])(?:st|nd|rd|th)?"
# "2 dec 2026", "2dec", "dec 2, 2026", "2026-12-02", "2.12.2026", and "12/2/2026" in the order of the country.
_FORMS = tuple(
    re.compile(rf"{_WEEKDAY}{form}(?P<rest>.*)", re.IGNORECASE)
    for form in (
        rf"{_DAY}[ .,/-]*{_MONTH}(?:[ ,./-]*{_YEAR})?",
        rf"{_MONTH}[ .,/-]*{_DAY}(?:[ ,./-]+{_YEAR})?",
        rf"{_YEAR}-{_NUMBER.format('number')}-{_DAY}",
        rf"{_DAY}\.{_NUMBER.format('number')}(?:\.{_YEAR})?",
        rf"{_NUMBER.format('first')}(?P<sign>[/-]){_NUMBER.format('second')}(?:(?P=sign){_YEAR})?",
    )
)
_TIME = re.compile(
    r"[ ,]+(?P<hour>1?[0-9]|2[0-3]|0[0-9])(?:[:.h](?P<minute>[0-5][0-9]))? ?(?:(?P<half>[ap])\.?(?:m\.?)?)?",
    re.IGNORECASE,
)


class TypedDay(NamedTuple):
    """What was typed.

    Attributes:
        day: None where there is no such day, or something follows that is no time.
        clock: the hour, the minute, and whether that is a time of the afternoon where it says so; None without a time.
    """

    day: date | None
    clock: tuple[int, int, bool | None] | None = None


def read_typed(text: str, year: int, *, month_first: bool) -> TypedDay | None:
    """The day that a text begins with, if it has a day and a month; None while it has not.

    Args:
        year: where none is typed.
        month_first: "12/2" is 2 December.
    """
    for form in _FORMS:
        match = form.fullmatch(text.strip())
        if match is not None and (month := _month_of(match.groupdict(), month_first)) is not None:
            clock = _TIME.fullmatch(match["rest"].rstrip()) if match["rest"].strip() else None
            if match["rest"].strip() and clock is None:
                return TypedDay(None)
            return TypedDay(_day(int(match["year"] or year), *month), _clock(clock))
    return None


def _month_of(typed: dict[str, str | None], month_first: bool) -> tuple[int, int] | None:
    """The month and the day; None where a word is no month."""
    if word := typed.get("month"):
        months = [number for number, name in enumerate(MONTHS, 1) if name.casefold().startswith(word.casefold())]
        return (months[0], int(typed["day"] or 0)) if months else None
    if typed.get("sign"):
        first, second = present(typed["first"], typed["second"])
        return (int(first), int(second)) if month_first else (int(second), int(first))
    return int(typed["number"] or 0), int(typed["day"] or 0)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _clock(match: re.Match[str] | None) -> tuple[int, int, bool | None] | None:
    """A time that is complete: with its minutes, or with its half of the day."""
    if match is None or not (match["minute"] or match["half"]):
        return None
    half = match["half"]
    return int(match["hour"]), int(match["minute"] or 0), half.casefold() == "p" if half else None
