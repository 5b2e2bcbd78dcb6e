"""What the window's words need of Qt: the system's conventions, and texts that Qt does not read as markup.

How dates and times are written stands in `domain/times.py`; the short names here are the window's for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from PySide6.QtCore import QLocale

from penelope_admin.domain.text import filled
from penelope_admin.domain.times import PLAIN, Style, short_day, shortest_day, style
from penelope_admin.domain.times import clock_in_words as clock
from penelope_admin.domain.times import day_in_words as day_of
from penelope_admin.domain.times import days_in_words as days
from penelope_admin.domain.times import hours_in_words as hours
from penelope_admin.domain.times import in_words as day
from penelope_admin.domain.times import moment_in_words as moment
from penelope_admin.domain.times import short_hours as brief
from penelope_admin.domain.times import short_moment as stamp
from penelope_admin.domain.times import span_in_words as span

__all__ = ("brief", "clock", "day", "day_of", "days", "hours", "moment", "short_day", "shortest_day", "span", "stamp")

_BREAKS = re.compile(r"(?<=[^\s./@][./@])(?=\w)")


def locale() -> QLocale:
    """English words with the conventions of the system's country; where it names none, as in `PLAIN`."""
    territory = QLocale().territory()
    if territory == QLocale.Country.AnyTerritory:
        territory = QLocale.Country.UnitedKingdom
    return QLocale(QLocale.Language.English, territory)


def system_style() -> Style:
    """The order of day and month, and 12 or 24 hours, as the system has them set."""
    if QLocale().language() == QLocale.Language.C:
        return PLAIN
    kind = QLocale.FormatType
    long_day = locale().dateFormat(kind.LongFormat)
    own_clock = QLocale().timeFormat(kind.ShortFormat)  # people set 12 or 24 hours apart from their country
    return Style(long_day.find("M") < long_day.rfind("d"), "a" in own_clock.lower())


def date_format() -> str:
    """How fields write a date, in Qt's letters: "Sat 12 Dec 2026" or "Sat, Dec 12, 2026"."""
    return "ddd, MMM d, yyyy" if style().month_first else "ddd d MMM yyyy"


def clock_format() -> str:
    """How fields write a time, in Qt's letters."""
    return "h:mm AP" if style().twelve_hours else "HH:mm"


def still_needed(needed: Mapping[str, object]) -> str:
    """What is not given yet of what is needed, "a reason", in a sentence; empty once all is."""
    return filled("Still needed: {}.", ", ".join(what for what, entered in needed.items() if not entered))


def plain_tip(text: str) -> str:
    """A tool tip that shows the text as it is: Qt guesses which are markup, and opens the files that markup names."""
    if not text:
        return ""
    import html  # its tables of names are not needed for the first frame

    return f"<span>{html.escape(text)}</span>"


def breakable(text: str) -> str:
    """A text whose long words, such as the names of servers, may go on in the next line after a dot or a slash."""
    return "\u200b".join(_BREAKS.split(text))
