"""What the staff is told as HTML: for a mail, and as a page of its own that needs nothing from outside.

The page says everything without scripts. With them it adds each reader's own time and counts down; its policy lets no
other script run, and nothing be loaded.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterator, Sequence
from datetime import datetime
from html import escape

from penelope_admin.domain.staff import NOT_CONFIRMED, StaffNotice
from penelope_admin.domain.text import filled, yes_or_no
from penelope_admin.domain.times import moment_in_words, style
from penelope_admin.files import resource
from penelope_admin.gateways.reports import document

_AS_OF = '<p class="small">As of '
_MAIL = "font-family: sans-serif; font-size: 11pt; line-height: 1.4;"


def mail_html(notice: StaffNotice, mark: str = "") -> str:
    """A notice for a mail: headings, lines and a table, with what mail programs show of style.

    Args:
        mark: what stands above it, for training.
    """
    rows = "".join(
        f'<tr><td style="padding: 2px 16px 2px 0;">{escape(who)}</td><td>{escape(when)}</td></tr>'
        for who, when in notice.sites
    )
    parts = [
        filled("<p><b>{}</b></p>", escape(mark)),
        f'<p style="font-size: 14pt;"><b>{escape(notice.says)}</b></p>',
        f"<p><b>{escape(notice.when)}</b></p>",
        filled("<table>{}</table>", rows),
        *(f"<p>{escape(sentence)}</p>" for sentence in _sentences(notice)),
        f"<p>{escape(notice.agency)}</p>",
    ]
    return document(notice.title, "", parts, attributes=f' style="{_MAIL}"')


def _sentences(notice: StaffNotice) -> Iterator[str]:
    yield notice.expect
    if notice.for_the_shift:
        yield notice.for_the_shift
    yield from (f"Please note: {note}" for note in notice.notes)


def page_html(notices: Sequence[StaffNotice], agency: str, made_at: datetime, mark: str = "") -> str:
    """A page about one or several windows, to be put on an intranet or a shared folder.

    Args:
        notices: at least one, the first window first.
        made_at: since when it says what it says, UTC.
        mark: what stands above it, for training.
    """
    script = resource("staff-page.js").read_text("utf-8")
    sha = b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode()
    title = f"{filled('{}: ', mark)}Penelope at {agency}"
    flags = (("month-first", style().month_first), ("twelve-hours", style().twelve_hours))
    data = "".join(f' data-{name}="yes"' for name, is_so in flags if is_so)
    rules = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{sha}'"
    parts = (
        filled('<p class="mark">{}</p>', escape(mark)),
        *(_article(notice) for notice in notices),
        f"<footer><p>{escape(agency)}</p>",
        f"{_AS_OF}{escape(moment_in_words(made_at, notices[0].zone))}.</p></footer>",
        f"<script>{script}</script>",
    )
    more = (f'<meta http-equiv="Content-Security-Policy" content="{rules}">',)
    return document(title, resource("staff-page.css").read_text("utf-8"), parts, more=more, attributes=data)


def _article(notice: StaffNotice) -> str:
    """A window: when it is at each site, and below what scripts fill in."""
    rows = [f'<tr><th scope="row">{escape(who)}</th><td>{escape(when)}</td></tr>' for who, when in notice.sites]
    facts = {
        "starts": f"{notice.starts_at:%Y-%m-%dT%H:%M:%SZ}",
        "ends": f"{notice.ends_at:%Y-%m-%dT%H:%M:%SZ}",
        "certain": yes_or_no(notice.is_certain),
    }
    data = "".join(f' data-{name}="{value}"' for name, value in facts.items())
    parts = [
        f"<article{data}>",
        f"<h1>{escape(notice.says)}</h1>",
        f'<p class="when">{escape(notice.when)}</p>',
        "" if notice.is_certain else f'<p class="doubt">{NOT_CONFIRMED}</p>',
        '<p class="left" hidden></p>',
        filled('<table aria-label="At each site">{}</table>', "".join(rows)),
        '<p class="own" hidden></p>',
        *(f"<p>{escape(sentence)}</p>" for sentence in _sentences(notice) if NOT_CONFIRMED not in sentence),
        "</article>",
    ]
    return "\n".join(filter(None, parts))


def says_the_same(page: str, other: str) -> bool:
    """Whether two pages differ in nothing but when they were made."""
    before, others = (text.partition(_AS_OF) for text in (page, other))
    return before[0] == others[0] and before[2].partition("\n")[2] == others[2].partition("\n")[2]
