"""How this system writes dates and times, asked without Qt: for the terminal, and for what is made from it."""

from __future__ import annotations

import locale

from penelope_admin.domain.times import PLAIN, Style

_NEUTRAL = ("C", "POSIX")


def system_style() -> Style:
    """The order of day and month, and 12 or 24 hours, as the environment's locale has them; `PLAIN` without one."""
    if not hasattr(locale, "nl_langinfo"):
        return PLAIN  # Windows: only the window is told
    before = locale.setlocale(locale.LC_TIME)
    try:
        if locale.setlocale(locale.LC_TIME, "").partition(".")[0] in _NEUTRAL:
            return PLAIN
        day, clock = locale.nl_langinfo(locale.D_FMT), locale.nl_langinfo(locale.T_FMT)
    except locale.Error:  # the environment names one that is not installed
        return PLAIN
    finally:
        locale.setlocale(locale.LC_TIME, before)
    month_first = day.startswith(("%m", "%D"))
    return Style(month_first, "%r" in clock or "%I" in clock)
