"""Calendar programs other than ours: what each reads out of a calendar file, by the rules in the file alone.

`icalendar` comes with the program. `libical` (Debian's libical3) and `ical.js` (npm) are used where they are installed;
the latter is found by Node from the checkout, or in the folder that NODE_PATH names.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import functools
import json
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import icalendar


class Read(NamedTuple):
    """An entry as a reader has it: instants in seconds since 1970, whole days as midnight in UTC."""

    starts: int
    ends: int
    sequence: int
    status: str
    summary: str


Reader = Callable[[Sequence[str]], Sequence[Mapping[str, Read]]]
"""Gives the entries of each calendar by their UIDs."""


def _read_with_icalendar(text: str) -> dict[str, Read]:
    """The library that writes our files reads them with its own time zones unless it is told not to."""
    calendar: Any = icalendar.Calendar.from_ical(text)
    found = {}
    for event in calendar.walk("VEVENT"):
        instants = []
        for name in ("DTSTART", "DTEND"):
            value = event[name].dt
            if not isinstance(value, datetime):
                value = datetime(value.year, value.month, value.day, tzinfo=UTC)
            instants.append(int(value.timestamp()))
        found[str(event["UID"])] = Read(
            *instants, int(event.get("SEQUENCE", 0)), str(event.get("STATUS", "")), str(event["SUMMARY"])
        )
    return found


# --- libical ------------------------------------------------------------------------------------

_VEVENT = 4
"""ICAL_VEVENT_COMPONENT."""


class _Time(ctypes.Structure):
    """struct icaltimetype."""

    _fields_ = (
        *((name, ctypes.c_int) for name in ("year", "month", "day", "hour", "minute", "second", "is_date", "daylight")),
        ("zone", ctypes.c_void_p),
    )


@functools.cache
def libical() -> ctypes.CDLL | None:
    """The library; None where it is not installed."""
    name = ctypes.util.find_library("ical")
    if name is None:
        return None
    found = ctypes.CDLL(name)
    pointer, text = ctypes.c_void_p, ctypes.c_char_p
    for function, gives, takes in (
        ("icalparser_parse_string", pointer, (text,)),
        ("icalcomponent_get_first_component", pointer, (pointer, ctypes.c_int)),
        ("icalcomponent_get_next_component", pointer, (pointer, ctypes.c_int)),
        ("icalcomponent_get_dtstart", _Time, (pointer,)),
        ("icalcomponent_get_dtend", _Time, (pointer,)),
        ("icaltime_as_timet_with_zone", ctypes.c_long, (_Time, pointer)),
        ("icalcomponent_get_uid", text, (pointer,)),
        ("icalcomponent_get_summary", text, (pointer,)),
        ("icalcomponent_get_sequence", ctypes.c_int, (pointer,)),
        ("icalcomponent_get_status", ctypes.c_int, (pointer,)),
        ("icalproperty_status_to_string", text, (ctypes.c_int,)),
        ("icalrestriction_check", ctypes.c_int, (pointer,)),
        ("icalcomponent_as_ical_string", text, (pointer,)),
        ("icalcomponent_free", None, (pointer,)),
    ):
        known = getattr(found, function)
        known.restype, known.argtypes = gives, takes
    return found


def _read_with_libical(text: str) -> dict[str, Read]:
    """By the C library that GNOME's, KDE's and many other calendars are made of."""
    library = libical()
    assert library is not None
    whole = library.icalparser_parse_string(text.encode("utf-8"))
    assert whole
    found = {}
    event = library.icalcomponent_get_first_component(whole, _VEVENT)
    while event:
        instants = [
            library.icaltime_as_timet_with_zone(time, time.zone)
            for time in (library.icalcomponent_get_dtstart(event), library.icalcomponent_get_dtend(event))
        ]
        status = library.icalproperty_status_to_string(library.icalcomponent_get_status(event)) or b""
        found[library.icalcomponent_get_uid(event).decode()] = Read(
            *instants, library.icalcomponent_get_sequence(event), status.decode(),
            library.icalcomponent_get_summary(event).decode(),
        )  # fmt: skip
        event = library.icalcomponent_get_next_component(whole, _VEVENT)
    library.icalcomponent_free(whole)
    return found


def objections(text: str) -> list[str]:
    """What of a calendar libical holds against the standards for calendars and for publishing them."""
    library = libical()
    assert library is not None
    whole = library.icalparser_parse_string(text.encode("utf-8"))
    library.icalrestriction_check(whole)
    said = library.icalcomponent_as_ical_string(whole).decode()
    library.icalcomponent_free(whole)
    return [line for line in said.replace("\r\n ", "").splitlines() if line.startswith("X-LIC-ERROR")]


# --- ical.js ------------------------------------------------------------------------------------

_SCRIPT = """
const ICAL = require('ical.js').default || require('ical.js');
const read = (text) => {
  const whole = new ICAL.Component(ICAL.parse(text));
  ICAL.TimezoneService.reset();
  for (const zone of whole.getAllSubcomponents('vtimezone')) ICAL.TimezoneService.register(zone);
  const found = {};
  for (const one of whole.getAllSubcomponents('vevent')) {
    const event = new ICAL.Event(one);
    found[event.uid] = [event.startDate.toUnixTime(), event.endDate.toUnixTime(), event.sequence || 0,
      one.getFirstPropertyValue('status') || '', event.summary];
  }
  return found;
};
process.stdout.write(JSON.stringify(JSON.parse(require('fs').readFileSync(0, 'utf-8')).map(read)));
"""


@functools.cache
def has_ical_js() -> bool:
    """Whether Node is there, and finds ical.js."""
    node = shutil.which("node")
    return node is not None and _node("require.resolve('ical.js')", "").returncode == 0


def _node(script: str, text: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["node", "-e", script], input=text.encode("utf-8"), capture_output=True, timeout=60, check=False
    )


def read_with_ical_js(texts: Sequence[str]) -> list[dict[str, Read]]:
    """By the library of Thunderbird's and many web calendars."""
    done = _node(_SCRIPT, json.dumps(list(texts)))
    assert done.returncode == 0, done.stderr
    return [{uid: Read(*read) for uid, read in one.items()} for one in json.loads(done.stdout)]


READERS: dict[str, tuple[Reader, Callable[[], bool]]] = {
    "icalendar": (lambda texts: [_read_with_icalendar(text) for text in texts], lambda: True),
    "libical": (lambda texts: [_read_with_libical(text) for text in texts], lambda: libical() is not None),
    "ical.js": (read_with_ical_js, has_ical_js),
}
"""Each reader, and whether it is installed."""
