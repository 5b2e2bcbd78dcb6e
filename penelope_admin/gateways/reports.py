"""Reports as HTML: one page that browsers, printers, screen readers and the PDF writer read alike.

No script, nothing from outside, and every text escaped. Colours are those of the window's light scheme; a word stands
beside each of them.
"""

from __future__ import annotations

import re
import tomllib
from base64 import b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from html import escape
from typing import Literal

from penelope_admin.files import resource

Kind = Literal["state", "exposure"]
Role = Literal["info", "positive", "caution", "danger", "locked"]
PdfWriter = Callable[[str, str, datetime, str], bytes]
"""Makes a PDF of HTML, its footer, when it was made and the paper; the window has one."""
_LONGEST_WORD, _PIECE = 24, 8
"""A longer word may be broken every so many characters: names of files, what somebody typed."""
_HASH = re.compile("[0-9a-f]{64}[.]?")
"""A SHA-256 is read and compared as a whole: it is small and stays in one line."""


@dataclass(frozen=True, slots=True)
class Word:
    """A text with a role; the colour only repeats what the text says."""

    text: str
    role: Role


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing as SVG that this program made; `text` says what it shows. Sizes are in dots of which an inch has 96."""

    svg: str
    width: int
    height: int
    text: str


Text = str | Word | Picture


@dataclass(frozen=True, slots=True)
class Table:
    """A table; `widths` are per cent of the page. Without rows `nothing` is said in its place.

    Attributes:
        is_large: to be read from a wall.
    """

    name: str
    columns: tuple[str, ...]
    widths: tuple[int, ...]
    rows: tuple[tuple[Text, ...], ...]
    nothing: str
    is_large: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a report with a heading.

    Attributes:
        title: the heading; empty for none.
        says: paragraphs.
        facts: names with values.
        points: a list below.
        notes: small print at the end.
        inner: whether it belongs to the section before.
    """

    title: str
    says: tuple[Text, ...] = ()
    facts: tuple[tuple[str, Text], ...] = ()
    table: Table | None = None
    points: tuple[Text, ...] = ()
    notes: tuple[str, ...] = ()
    inner: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """A report as it is printed.

    Attributes:
        about: whose it is, when and by whom it was made: names with values.
        made_at: when, in UTC.
        footer: what stands at the bottom of each printed page.
        first, last: the period's local days; None for a report on one instant.
        paper: what it is printed on where the agency is.
        number, head: of the activity log's newest entry when the report was made.
    """

    kind: Kind
    title: str
    about: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    made_at: datetime
    footer: str
    number: int
    head: str
    paper: str = "A4"
    first: date | None = None
    last: date | None = None


def to_html(report: Report) -> str:
    """The whole page. The same report always gives the same text."""
    return page_html(report.title, report.about, report.sections)


def stamped(html: str, note: str) -> str:
    """A page that says above its title what it is of; for training, whose pages must be known for it."""
    return html.replace("<body>", f'<body>\n<p class="stamp">{escape(note)}</p>', 1)


def page_html(title: str, about: tuple[tuple[str, str], ...], sections: tuple[Section, ...]) -> str:
    """A page with a title, a table of what it is about, and its sections."""
    parts = (f"<h1>{_text(title)}</h1>", _facts("About this report", about), *map(_section, sections))
    return document(title, _style(), parts)


def document(title: str, style: str, parts: Iterable[str], *, more: Iterable[str] = (), attributes: str = "") -> str:
    """A whole page of HTML.

    Args:
        parts: what is in it; empty ones are left out.
        more: of its head.
        attributes: of its body.
    """
    lines = (
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        *more,
        f"<title>{escape(title)}</title>",
        f"<style>{style}</style>",
        "</head>",
        f"<body{attributes}>",
        *filter(None, parts),
        "</body>",
        "</html>\n",
    )
    return "\n".join(lines)


def _section(section: Section) -> str:
    level = 3 if section.inner else 2
    parts = [f"<h{level}>{_text(section.title)}</h{level}>"] if section.title else []
    parts += [f"<p>{_text(text, whole=True)}</p>" for text in section.says]
    if section.facts:
        parts.append(_facts(section.title, section.facts))
    if section.table is not None:
        parts.append(_table(section.table))
    if section.points:
        parts += ["<ul>", *(f"<li>{_text(point)}</li>" for point in section.points), "</ul>"]
    parts += [f'<p class="note">{_text(note)}</p>' for note in section.notes]
    return "\n".join(parts)


def _facts(name: str, facts: tuple[tuple[str, Text], ...]) -> str:
    rows = [
        f'<tr><th scope="row" width="26%">{_text(what)}</th><td width="74%">{_text(value, whole=True)}</td></tr>'
        for what, value in facts
    ]
    return "\n".join([_opening(name), *rows, "</table>"])


def _table(table: Table) -> str:
    if not table.rows:
        return f"<p>{_text(table.nothing)}</p>"
    heads = "".join(
        f'<th scope="col" width="{width}%">{_text(name)}</th>'
        for name, width in zip(table.columns, table.widths, strict=True)
    )
    cell_tag = '<td class="large">' if table.is_large else "<td>"
    rows = ["".join(f"{cell_tag}{_text(cell)}</td>" for cell in row) for row in table.rows]
    return "\n".join(
        [
            _opening(table.name),
            f"<thead><tr>{heads}</tr></thead>",
            "<tbody>",
            *(f"<tr>{row}</tr>" for row in rows),
            "</tbody></table>",
        ]
    )


def _opening(name: str) -> str:
    return f'<table aria-label="{escape(name)}" border="1" cellspacing="0" cellpadding="4" width="100%">'


def _text(text: Text, *, whole: bool = False) -> str:
    """A text, escaped, with places to break what is long; an empty one as a dash.

    Args:
        whole: a hash stays in one line, for there is room.
    """
    if isinstance(text, Picture):
        data = b64encode(text.svg.encode("utf-8")).decode("ascii")
        return (
            f'<img src="data:image/svg+xml;base64,{data}" width="{text.width}" height="{text.height}" '
            f'alt="{escape(text.text)}">'
        )
    if isinstance(text, Word):
        return f'<b class="{text.role}">{_text(text.text, whole=whole)}</b>'
    return "".join(_breakable(part, whole=whole) for part in re.split(r"(\s+)", text)) or "–"


def _breakable(word: str, *, whole: bool) -> str:
    if whole and _HASH.fullmatch(word):
        return f'<span class="hash">{word}</span>'
    if len(word) <= _LONGEST_WORD:
        return escape(word)
    parts = (word[start : start + _PIECE] for start in range(0, len(word), _PIECE))
    return "<wbr>".join(escape(part) for part in parts)


@cache
def _style() -> str:
    """Little more than what Qt's rich text knows; the width is for browsers."""
    colours = tomllib.loads(resource("tokens.toml").read_text("utf-8"))["light"]
    shown = {"info": colours["accent"], **{role: colours[role] for role in ("positive", "caution", "danger", "locked")}}
    roles = " ".join(f".{role} {{ color: {colour}; }}" for role, colour in shown.items())
    return f"""
body {{ font-family: sans-serif; font-size: 10pt; color: {colours["text"]}; background-color: {colours["surface"]};
  max-width: 64em; }}
h1 {{ font-size: 18pt; margin-bottom: 12px; break-after: avoid; }}
h2 {{ font-size: 13pt; margin-top: 20px; margin-bottom: 8px; break-after: avoid; }}
h3 {{ font-size: 11pt; margin-top: 14px; margin-bottom: 6px; break-after: avoid; }}
tr {{ break-inside: avoid; }}
.hash {{ font-family: monospace; font-size: 6.5pt; white-space: nowrap; }}
table {{ margin-top: 8px; margin-bottom: 8px; border-collapse: collapse;
  border-color: {colours["border"]}; width: 100%; }}
th, td {{ border: 1px solid {colours["border"]}; text-align: left; vertical-align: top; font-size: 9pt; }}
th {{ background-color: {colours["page"]}; font-weight: bold; }}
.stamp {{ color: {colours["training"]}; font-size: 13pt; font-weight: bold; }}
td.large {{ font-size: 14pt; }}
.note {{ color: {colours["muted"]}; font-size: 9pt; }}
{roles}
"""
