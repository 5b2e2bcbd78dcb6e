"""Versions of Penelope: which upgrade brings one, where it runs, and where its release notes are."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from urllib.parse import quote

from msgspec import Struct

from penelope_admin.domain.text import clean_line, clean_web_address
from penelope_admin.domain.times import in_words, weekday_in_words
from penelope_admin.domain.windows import Notice, Window
from penelope_admin.errors import BadInputError

PLACE = "{version}"
"""Stands for the version in the address of release notes."""
LONGEST_VERSION = 60
_HOST = re.compile(r"https://[^/]*")
_WEEK = timedelta(days=6)


class Version(Struct, frozen=True):
    """A version of Penelope, as far as it is known here.

    Attributes:
        notices: those that count and name it, by start.
        runs_in: the keys of the agency's databases of which it was recorded last.
        note: the agency's own; may be empty.
        address: of its release notes; empty where none is kept.
    """

    name: str
    notices: tuple[Notice, ...] = ()
    runs_in: tuple[str, ...] = ()
    note: str = ""
    address: str = ""


def clean_version(text: str) -> str:
    """A version as somebody writes it.

    Raises:
        BadInputError: it is empty, too long or has control characters.
    """
    return clean_line(text, "The version", limit=LONGEST_VERSION)


def clean_notes_address(text: str) -> str:
    """The https address of the release notes, or nothing; `{version}` may stand behind the name of the server.

    Raises:
        BadInputError: it is no such address, or has other braces.
    """
    what = "The address of the release notes"
    address = clean_web_address(text, what)
    # In the name of the server a version would choose whose server is opened.
    host = _HOST.match(address)
    if re.search("[{}]", address.replace(PLACE, "")) or (host is not None and PLACE in host[0]):
        raise BadInputError(
            f"{what} may have {PLACE} once or more behind the name of the server, and no other braces. "
            "Nothing was saved."
        )
    return address


def notes_address(template: str, version: str) -> str:
    """Where the release notes of a version are; without a place for it in the template, where all of them are."""
    return template.replace(PLACE, quote(version, safe="")) if version else template.partition(PLACE)[0]


def newest_first(version: str) -> tuple[tuple[int, str], ...]:
    """Sorts versions, the newest last: 4.26.9 comes before 4.26.12."""
    # A word comes before every number: 4.26.beta was there before 4.26.1.
    parts = re.findall(r"([0-9]{1,9})|([^0-9.]{1,20})", version)
    return tuple((int(number or -1), text) for number, text in parts)


def coming_sentence(window: Window, now: datetime) -> str:
    """ "4.26.12 comes on Saturday."; empty where no notice names a version, or the window has begun."""
    if not window.version or window.starts_at <= now:
        return ""
    day, today = (instant.astimezone(window.zone).date() for instant in (window.starts_at, now))
    if day == today:
        return f"{window.version} comes today."
    return f"{window.version} comes on {weekday_in_words(day) if day - today <= _WEEK else in_words(day)}."
