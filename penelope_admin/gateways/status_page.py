"""Reads what the vendor's status page publishes, in the format of Statuspage. It comes from the network: it is hostile.

An entry becomes a message as a person would paste it, and is read as one: nothing is believed before somebody says so.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec

from penelope_admin.domain.text import one_line
from penelope_admin.errors import BadInputError

UPCOMING = "/api/v2/scheduled-maintenances/upcoming.json"
UNRESOLVED = "/api/v2/incidents/unresolved.json"
MAX_BYTES = 1 << 20
"""Of one answer; no page has so much to say."""
MAX_ENTRIES = 50
LONGEST_NAME, LONGEST_BODY, LONGEST_ADDRESS = 200, 5000, 300
_HOST = re.compile(r"[A-Za-z0-9.-]+|::1")
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


class Entry(NamedTuple):
    """Something that the page announces.

    Attributes:
        key: what it is known by, with when it was changed last: a change is news.
        text: it as a message, with its name as the subject.
    """

    key: str
    name: str
    text: str


class _Update(msgspec.Struct):
    body: str | None = None


class _Item(msgspec.Struct):
    id: str
    name: str
    updated_at: str | None = None
    scheduled_for: datetime | None = None
    scheduled_until: datetime | None = None
    incident_updates: list[_Update] = []


class _Answer(msgspec.Struct):
    scheduled_maintenances: list[msgspec.Raw] | None = None
    incidents: list[msgspec.Raw] | None = None


def check_address(text: str) -> str:
    """The address of a status page as it is kept: with https, without what follows the host; empty for none.

    Raises:
        BadInputError: it is no such address.
    """
    address = text.strip().rstrip("/")
    if address and not (len(address) <= LONGEST_ADDRESS and _is_address(address)):
        raise BadInputError(
            "The address of a status page starts with https:// and ends with its host: https://status.example.com. "
            "The address was not changed."
        )
    return address


def _is_address(text: str) -> bool:
    """Whether a text is a scheme that keeps what is read from being changed on its way, and a host, and no more."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if any((parts.username, parts.password, parts.query, parts.fragment, parts.path)) or port == 0:
        return False
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and host in _LOCAL)
    return is_safe and _HOST.fullmatch(host) is not None


def read(answer: bytes) -> list[Entry]:
    """The entries of an answer, as many as a page sensibly has; what is no entry is passed over.

    Raises:
        BadInputError: it is no answer of a status page.
    """
    if len(answer) > MAX_BYTES:
        raise _no_answer()
    try:
        page = msgspec.json.decode(answer, type=_Answer)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise _no_answer() from None
    items = page.incidents if page.scheduled_maintenances is None else page.scheduled_maintenances
    if items is None:
        raise _no_answer()
    entries: list[Entry] = []
    for raw in items[:MAX_ENTRIES]:
        try:
            entries.append(_entry(msgspec.json.decode(raw, type=_Item)))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, OverflowError):
            continue
    return entries


def _entry(item: _Item) -> Entry:
    name = one_line(item.name, LONGEST_NAME)
    body = next((update.body for update in item.incident_updates), None) or ""
    when = ""
    if item.scheduled_for is not None and item.scheduled_until is not None:
        when = f"From {_moment(item.scheduled_for)} to {_moment(item.scheduled_until)}.\n"
    text = f"Subject: {name}\n\n{when}{body[:LONGEST_BODY]}\n"
    return Entry(f"{item.id[:LONGEST_NAME]} {(item.updated_at or '')[:LONGEST_NAME]}", name, text)


def _moment(moment: datetime) -> str:
    """An instant as nobody can read it in two ways. One without a zone stays without one: a person says whose it is."""
    if moment.tzinfo is None:
        return f"{moment:%Y-%m-%d %H:%M}"
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _no_answer() -> BadInputError:
    return BadInputError("What the status page answered is none of its lists. Nothing was taken from it.")
