"""Notices to the staff: which windows they tell of, and the forms in which they go out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Literal

import msgspec

from penelope_admin.domain.delivery import Outgoing
from penelope_admin.domain.letters import LONGEST_SUBJECT
from penelope_admin.domain.staff import StaffNotice, staff_notice
from penelope_admin.domain.text import clean_address, filled
from penelope_admin.domain.training import NOTE
from penelope_admin.domain.windows import Window
from penelope_admin.errors import BadInputError
from penelope_admin.files import check_ending, write_private
from penelope_admin.gateways import staff_pages
from penelope_admin.services.work import Work
from penelope_admin.store.rows import outbox as outbox_rows

Form = Literal["text", "html", "page"]
ENDINGS: dict[Form, str] = {"text": ".txt", "html": ".html", "page": ".html"}
_LOOKED_AT = 24
MOST_ADDRESSES = 50
LONGEST_SHOWN = 60
"""Letters of what is no address that are told of it."""
_BETWEEN = re.compile(r"[,;]")


def coming(work: Work) -> list[Window]:
    """Emergency maintenance before the next upgrade, and that upgrade; what is in progress is one of them."""
    windows: list[Window] = []
    for window in work.calendar.upcoming(work.now, _LOOKED_AT):
        windows.append(window)
        if not window.is_emergency:
            break
    return windows


def on_day(work: Work, day: date) -> list[Window]:
    """The windows that start on a local day.

    Raises:
        BadInputError: there is none.
    """
    windows = work.calendar.between(work.now, day, until=day)
    if not windows:
        raise BadInputError(f"No window starts on {day.isoformat()}. Nothing was written.")
    return windows


def in_form(work: Work, windows: Sequence[Window], form: Form) -> str:
    """What the staff is told of some windows; a text or a mail of the first alone."""
    agency, mark = work.agency.name, NOTE if work.for_training else ""
    notices = [_notice(work, window) for window in windows]
    if form == "page":
        return staff_pages.page_html(notices, agency, work.now, mark)
    if form == "html":
        return staff_pages.mail_html(notices[0], mark)
    return marked(notices[0], mark)


def _notice(work: Work, window: Window) -> StaffNotice:
    """What the staff is told of a window; what somebody typed is masked where it looks like client data."""
    notice = staff_notice(window, work.agency.name)
    if window.notice is None or not window.notice.reason:
        return notice
    return msgspec.structs.replace(notice, notes=tuple(work.masked(note) for note in notice.notes))


def mailed(work: Work) -> dict[str, Outgoing]:
    """Of each window, by its key, the notice that was put into the outbox last."""
    messages = outbox_rows.read_of_unsent(work.connection)
    return {message.window_key: message for message in messages if message.window_key}


def subject(work: Work, window: Window) -> str:
    """The subject of a mail that tells of a window."""
    title = _notice(work, window).title
    return (f"{NOTE}: {title}" if work.for_training else title)[:LONGEST_SUBJECT]


def addresses_in(text: str) -> tuple[str, ...]:
    """The addresses that somebody typed, each once.

    Raises:
        BadInputError: one of them is none, or there are too many.
    """
    typed: dict[str, str] = {}
    for address in _BETWEEN.sub(" ", text).split():
        typed.setdefault(address.casefold(), address)
    if len(typed) > MOST_ADDRESSES:
        raise BadInputError(f"Name {MOST_ADDRESSES} addresses at most, or a mailing list. Nothing was sent.")
    return tuple(clean_address(address, f"“{address[:LONGEST_SHOWN]}”") for address in typed.values())


def mail_link(work: Work, window: Window, to: str) -> str:
    """A link that opens the default mail program with the notice, to the agency's own people.

    Args:
        to: their addresses, with commas, semicolons or blanks between them.

    Raises:
        BadInputError: one of them is none, there are too many, or all of it is too long for a link.
    """
    from penelope_admin.mail.messages import mailto_all  # nothing of mail is needed for the other forms

    link = mailto_all(addresses_in(to), subject(work, window), in_form(work, [window], "text"))
    if link is None:
        raise BadInputError(
            "The notice with these addresses is too long for a link. Nothing was opened. Copy it as an email instead, "
            "or name a mailing list."
        )
    return link


def marked(notice: StaffNotice, mark: str) -> str:
    """A notice as text, with a line above it where it is of training."""
    return filled("{}\n\n", mark) + f"{notice.text}\n"


def save(work: Work, windows: Sequence[Window], form: Form, target: Path) -> Path:
    """Write it to a file, private to this user.

    Raises:
        BadInputError: the file cannot be written, or another kind of file is there; it is unchanged.
    """
    check_ending(target, ENDINGS[form])
    write_private(target, in_form(work, windows, form).encode("utf-8"))
    return target
