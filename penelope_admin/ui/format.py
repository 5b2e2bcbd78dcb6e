"""Times and dates in the system's own format, in English words, with the zone always named."""

from __future__ import annotations

import html
import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from PySide6.QtCore import QDate, QLocale, QTime

from penelope_admin.domain.times import place, short_weekday

_BREAKS = re.compile(r"(?<=[^\s./@][./@])(?=\w)")


def locale() -> QLocale:
    """English words with the conventions of the system's country: date order, 12 or 24 hours."""
    return QLocale(QLocale.Language.English, QLocale().territory())


def day(local: date, *, short: bool = False) -> str:
    """ "Saturday, 12 December 2026" (or its short form) in the system's order."""
    kind = QLocale.FormatType.ShortFormat if short else QLocale.FormatType.LongFormat
    return locale().toString(QDate(local.year, local.month, local.day), kind)


def clock(local: time) -> str:
    """ "20:00" or "8:00 PM"; the start of a day is "midnight"."""
    if local.hour == 0 and local.minute == 0:
        return "midnight"
    return locale().toString(QTime(local.hour, local.minute), QLocale.FormatType.ShortFormat)


def hours(starts: datetime, ends: datetime, zone: ZoneInfo) -> str:
    """ "20:00 to midnight (Winnipeg)"; the last day is named when it is another than the first."""
    first, last = starts.astimezone(zone), ends.astimezone(zone)
    at_midnight = last.time() == time(0) and last.date() == first.date() + timedelta(days=1)
    other = "" if last.date() == first.date() or at_midnight else f"{day(last.date())}, "
    return f"{clock(first.time())} to {other}{clock(last.time())} ({place(zone.key)})"


def brief(starts: datetime, ends: datetime, zone: ZoneInfo) -> str:
    """ "20:00 to midnight" or "Sat 21:00 to Sun 01:00", for tables whose header names the zone."""
    first, last = starts.astimezone(zone), ends.astimezone(zone)
    if last.date() == first.date() or (last.time() == time(0) and last.date() == first.date() + timedelta(days=1)):
        return f"{clock(first.time())} to {clock(last.time())}"
    return f"{short_weekday(first)} {clock(first.time())} to {short_weekday(last)} {clock(last.time())}"


def span(starts: datetime, ends: datetime, zone: ZoneInfo) -> str:
    """ "Saturday, 12 December 2026, 20:00 to midnight (Winnipeg)"."""
    return f"{day(starts.astimezone(zone).date())}, {hours(starts, ends, zone)}"


def moment(instant: datetime, zone: ZoneInfo) -> str:
    """ "Saturday, 12 December 2026, 20:00 (Winnipeg)"."""
    local = instant.astimezone(zone)
    return f"{day(local.date())}, {clock(local.time())} ({place(zone.key)})"


def stamp(instant: datetime, zone: ZoneInfo) -> str:
    """A short date and time, for tables whose header names the zone."""
    local = instant.astimezone(zone)
    time_ = locale().toString(QTime(local.hour, local.minute), QLocale.FormatType.ShortFormat)
    return f"{day(local.date(), short=True)} {time_}"


def plain_tip(text: str) -> str:
    """A tool tip that shows the text as it is: Qt guesses which are markup, and opens the files that markup names."""
    return f"<span>{html.escape(text)}</span>" if text else ""


def breakable(text: str) -> str:
    """A text whose long words, such as the names of servers, may go on in the next line after a dot or a slash."""
    return "\u200b".join(_BREAKS.split(text))
