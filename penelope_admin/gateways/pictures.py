"""Pictures for paper, as SVG: black and white, told apart by shape, line and word, never by colour."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from datetime import date
from html import escape

from penelope_admin.domain.text import shortened
from penelope_admin.domain.times import in_words, month_in_words
from penelope_admin.domain.year import BAR_NAMES, DAYS, MARK_NAMES, BarKind, MarkKind, YearView, days_in
from penelope_admin.gateways.reports import Picture

WIDTH, LINE = 560, 16
"""A month's width and the height of one of its lines, in dots of which an inch has 96: both papers have room for it."""
_SCALE = 3
"""So many times finer than on a screen, for printers."""
_LETTER = 5.6
"""The width of a letter of a bar's name, about."""
_LEAST_LETTERS = 4
_INK, _GREY, _PALE, _PAPER = "#000000", "#5a5a5a", "#dddddd", "#ffffff"
_SIGNS: dict[MarkKind, tuple[str, str, str, str]] = {
    "refreshed": ("disc", "R", _INK, _PAPER),
    "refresh-wanted": ("disc", "R", _PAPER, _INK),
    "emergency": ("lozenge", "!", _INK, _PAPER),
    "announced": ("box", "U", _INK, _PAPER),
    "uncertain": ("box", "?", _PAPER, _INK),
}
"""The shape, letter and colours of marks."""
_DASHED = ' stroke-dasharray="4 2"'
_DOTTED = ' stroke-dasharray="1.5 2.5"'
_DASHES: dict[MarkKind | BarKind, str] = {
    **dict.fromkeys(("uncertain", "planned", "project"), _DASHED), "turn": _DOTTED
}  # fmt: skip
_BARS: dict[BarKind, tuple[str, float]] = {"on": (_PALE, 1.2), "started": (_PAPER, 2.4)}
"""How a bar is filled, and how thick its line is; others are like paper, with a thin one."""
_BOLD = ' font-weight="bold"'


def box() -> Picture:
    """A box to tick by hand."""
    inside = f'<rect x="1" y="1" width="11" height="11" fill="none" stroke="{_INK}" stroke-width="1.3"/>'
    return _picture(inside, 13, 13, "[ ]")


def month_picture(year: YearView, lanes: Sequence[int], month: date) -> Picture:
    """A month of the year's picture: its days, the marks on them, and a line for each bar that lies in it."""
    bars = [(lane, bar, days) for lane, bar in zip(lanes, year.bars, strict=True) if (days := days_in(bar, month))]
    used = sorted({lane for lane, _, _ in bars})
    height = (2 + len(used)) * LINE
    last = calendar.monthrange(month.year, month.month)[1]
    parts = [_days(month, last, height)]
    if (year.today.year, year.today.month) == (month.year, month.month):
        x = _x(year.today.day)
        parts.append(f'<line x1="{x:.1f}" y1="0" x2="{x:.1f}" y2="{height}" stroke="{_INK}" stroke-width="2"/>')
    parts += [_bar(bar.kind, bar.name, days, (2 + used.index(lane)) * LINE) for lane, bar, days in bars]
    parts += [_mark(mark.kind, days, LINE) for mark in year.marks if (days := days_in(mark, month))]
    return _picture("".join(parts), WIDTH, height, _description(year, month))


def legend(year: YearView) -> list[tuple[Picture, str]]:
    """The signs that a year's picture has, with what they mean."""
    marks, bars = {mark.kind for mark in year.marks}, {bar.kind for bar in year.bars}
    entries = [
        (_picture(_mark(kind, (1, 1), 0, _x(1) + LINE + 4), LINE + 8, LINE, name), name)
        for kind, name in MARK_NAMES.items()
        if kind in marks
    ]
    entries += [
        (_picture(_bar(kind, "", (1, 3), 0), int(_x(4)), LINE, name), name)
        for kind, name in BAR_NAMES.items()
        if kind in bars
    ]
    return entries


def _description(year: YearView, month: date) -> str:
    """What a month's picture shows, for those who cannot see it."""
    marks = [f"{in_words(mark.first_day)}: {mark.text}" for mark in year.marks if days_in(mark, month)]
    bars = [bar.name for bar in year.bars if days_in(bar, month)]
    return f"{month_in_words(month)}. {'; '.join([*marks, *bars]) or 'Nothing'}."


def _x(day: int) -> float:
    return (day - 1) * (WIDTH - 2) / DAYS + 1


def _days(month: date, last: int, height: int) -> str:
    """The numbers of the days, with Saturdays and Sundays marked by a line below, and what is beyond the month."""
    parts = []
    for day in range(1, last + 1):
        weekend = date(month.year, month.month, day).weekday() >= calendar.SATURDAY
        middle = (_x(day) + _x(day + 1)) / 2
        parts.append(_words(middle, LINE - 5, str(day), _GREY, 9.5, anchor="middle"))
        if weekend:
            parts.append(
                f'<line x1="{_x(day) + 3:.1f}" y1="{LINE - 2}" x2="{_x(day + 1) - 3:.1f}" y2="{LINE - 2}" '
                f'stroke="{_GREY}" stroke-width="1"/>'
            )
    if last < DAYS:
        beyond = _x(last + 1)
        parts.append(f'<rect x="{beyond:.1f}" y="0" width="{WIDTH - beyond:.1f}" height="{height}" fill="{_PALE}"/>')
    return "".join(parts)


def _mark(kind: MarkKind, days: tuple[int, int], top: float, right: float | None = None) -> str:
    """A box for an upgrade, filled once a notice came and dashed while to be confirmed; a lozenge, a disc."""
    left, end = _x(days[0]) + 1, right or _x(days[1] + 1) - 1
    x, y, half = (left + end) / 2, top + LINE / 2, LINE / 2 - 1.5
    shape, letter, fill, ink = _SIGNS.get(kind, ("box", "U", _PAPER, _INK))
    dashed = _DASHES.get(kind, "")
    points = f"{x:.1f},{y - half} {x + half:.1f},{y} {x:.1f},{y + half} {x - half:.1f},{y}"
    drawn = {
        "disc": f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{half}" fill="{fill}" stroke="{_INK}" stroke-width="1.3"/>',
        "lozenge": f'<polygon points="{points}" fill="{fill}" stroke="{_INK}"/>',
        "box": f'<rect x="{left:.1f}" y="{top + 1.5}" width="{end - left:.1f}" height="{LINE - 3}" fill="{fill}" '
        f'stroke="{_INK}" stroke-width="1.5"{dashed}/>',
    }
    return drawn[shape] + _words(x, y + 3.5, letter, ink, 10, anchor="middle", weight=_BOLD)


def _bar(kind: BarKind, name: str, days: tuple[int, int], top: float) -> str:
    """Grey for a feature that is on, a thick line for a project under way; dashed: planned; dotted: comes again."""
    left, width = _x(days[0]) + 1, _x(days[1] + 1) - _x(days[0]) - 2
    fill, thick = _BARS.get(kind, (_PAPER, 1.2))
    dashed = _DASHES.get(kind, "")
    shape = (
        f'<rect x="{left:.1f}" y="{top + 2}" width="{width:.1f}" height="{LINE - 4}" fill="{fill}" '
        f'stroke="{_INK}" stroke-width="{thick}"{dashed}/>'
    )
    if kind == "planned":  # a stripe at its beginning tells a feature's plan from a project's
        shape += f'<rect x="{left:.1f}" y="{top + 2}" width="4" height="{LINE - 4}" fill="{_INK}" stroke="none"/>'
    room = int((width - 12) / _LETTER)
    if not name or room < min(len(name), _LEAST_LETTERS):
        return shape
    return shape + _words(left + 8, top + LINE / 2 + 3, shortened(name, room), _INK, 9)


def _words(x: float, y: float, text: str, colour: str, size: float, *, anchor: str = "start", weight: str = "") -> str:
    written = "".join(letter if letter.isprintable() else " " for letter in text)  # XML has no other letters
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-family="sans-serif" font-size="{size}" fill="{colour}" '
        f'text-anchor="{anchor}"{weight}>{escape(written)}</text>'
    )


def _picture(inside: str, width: int, height: int, text: str) -> Picture:
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width * _SCALE}" height="{height * _SCALE}" '
        f'viewBox="0 0 {width} {height}"><rect width="{width}" height="{height}" fill="#ffffff"/>{inside}</svg>'
    )
    return Picture(svg, width, height, text)
