"""Windows and log entries as files other programs read: CSV and iCalendar."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from penelope_admin.domain.times import changes, offset
from penelope_admin.domain.windows import Window

if TYPE_CHECKING:
    from icalendar import Timezone

_BEFORE = timedelta(days=400)
"""How long before the first window a calendar's rules for its zone begin: more than a year of them."""

_FORMULA_SIGNS = frozenset("=+-@＝＋－＠")
"""What a formula starts with; full-width signs do too in some spreadsheets."""
_LINE_SIGNS = ("\t", "\r", "\n")
_UNSEEN = "CZ"
"""The kinds of characters, by Unicode's first letter, that spreadsheets drop before a formula: blanks, marks of
direction and byte order, control characters."""
_WINDOW_COLUMNS = (
    "region", "kind", "zone", "starts_at", "ends_at", "starts_at_utc", "ends_at_utc", "source_zone",
    "source_starts_at", "in_progress", "confirm_date", "notes",
)  # fmt: skip


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table as CSV whose cells no spreadsheet takes for a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    return out.getvalue()


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"  # as in JSON
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_LINE_SIGNS) or _first_seen(text) in _FORMULA_SIGNS else text


def _first_seen(text: str) -> str:
    """A text's first character that can be seen; nothing if there is none."""
    return next((sign for sign in text if unicodedata.category(sign)[0] not in _UNSEEN), "")


def window_facts(window: Window) -> dict[str, object]:
    """A window for other programs: a row of the CSV, and an object of the JSON. Instants carry their zone's offset."""
    return {
        "region": window.region,
        "kind": window.kind,
        "zone": window.zone.key,
        "starts_at": window.starts_at.astimezone(window.zone).isoformat(),
        "ends_at": window.ends_at.astimezone(window.zone).isoformat(),
        "starts_at_utc": f"{window.starts_at:%Y-%m-%dT%H:%M:%SZ}",
        "ends_at_utc": f"{window.ends_at:%Y-%m-%dT%H:%M:%SZ}",
        "source_zone": window.source_zone.key,
        "source_starts_at": window.starts_at.astimezone(window.source_zone).isoformat(),
        "in_progress": window.in_progress,
        "confirm_date": window.confirm_date,
        "notes": list(window.notes),
    }


def windows_csv(windows: Sequence[Window]) -> str:
    """Windows with the columns of their JSON form; the notes are joined to one cell."""
    rows = ({**window_facts(window), "notes": " ".join(window.notes)} for window in windows)
    return csv_text(_WINDOW_COLUMNS, ([row[column] for column in _WINDOW_COLUMNS] for row in rows))


def windows_ics(windows: Iterable[Window], name: str, now: datetime, mark: str = "") -> str:
    """Windows as a calendar, in local times together with the rules of their zone as they are known here.

    Other programs may have older rules; with ours in the file they need not ask their own.

    Args:
        name: what the upgrades are called.
        now: when the file is made, UTC.
        mark: what every entry begins with, "TRAINING".
    """
    from icalendar import Alarm, Calendar, Event

    calendar, lead = Calendar(), f"{mark}: " if mark else ""
    calendar.add("prodid", "-//Penelope Admin//Upgrade windows//EN")
    calendar.add("version", "2.0")
    found = list(windows)
    if found:
        last = max(window.ends_at for window in found)
        calendar.add_component(_zone_rules(found[0].zone, found[0].starts_at, last))
    for window in found:
        event = Event()
        # The same window gets the same UID each time, so that importing again moves it.
        event.add("uid", f"{window.region.lower()}-{window.key}@penelope-admin.invalid")
        event.add("dtstamp", now)
        event.add("dtstart", _local(window.starts_at, window.zone))
        event.add("dtend", _local(window.ends_at, window.zone))
        what = "emergency maintenance" if window.is_emergency else "upgrade window"
        event.add("summary", f"{lead}Penelope: {what}")
        title = window.name if window.is_emergency else name
        lines = [title, window.in_words, window.in_vendor_words, *window.details, *window.notes]
        event.add("description", "\n".join(lines))
        event.add("transp", "TRANSPARENT")
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", f"{lead}Penelope: {what} tomorrow")
        alarm.add("trigger", timedelta(days=-1))
        event.add_component(alarm)
        calendar.add_component(event)
    text: bytes = calendar.to_ical()
    return text.decode("utf-8")


def _local(instant: datetime, zone: ZoneInfo) -> datetime:
    """An instant in a zone; in UTC where clocks go back and this is the second of two hours of the same name."""
    local = instant.astimezone(zone)
    return instant.astimezone(UTC) if local.fold else local


def _zone_rules(zone: ZoneInfo, first: datetime, last: datetime) -> Timezone:
    """A VTIMEZONE with every change of a zone's clocks from the one before `first` to `last`, and no others.

    Each change stands for itself, without a rule for the years to come: nobody knows those.
    """
    from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

    rules = Timezone()
    rules.add("tzid", zone.key)
    before = first - _BEFORE
    for change in (before, *changes(zone, before, last)):
        then = change.astimezone(zone)
        earlier = offset(zone, change - timedelta(seconds=1)) if change != before else offset(zone, change)
        rule = TimezoneDaylight() if then.dst() else TimezoneStandard()
        rule.add("dtstart", (change + earlier).replace(tzinfo=None))
        rule.add("tzoffsetfrom", earlier)
        rule.add("tzoffsetto", offset(zone, change))
        rule.add("tzname", then.tzname() or zone.key)
        rules.add_component(rule)
    return rules
