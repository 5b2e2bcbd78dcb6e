"""Windows and log entries as files other programs read: CSV and iCalendar."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from penelope_admin.domain.windows import Window

# Full-width signs are formulas to some spreadsheets too.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
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
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def windows_csv(windows: Sequence[Window]) -> str:
    """Windows with the columns of their JSON form; the notes are joined to one cell."""
    rows = ({**window.as_json(), "notes": " ".join(window.notes)} for window in windows)
    return csv_text(_WINDOW_COLUMNS, ([row[column] for column in _WINDOW_COLUMNS] for row in rows))


def windows_ics(windows: Iterable[Window], name: str, now: datetime) -> str:
    """Windows as a calendar. Times are in UTC, so that every calendar shows them right in its own zone.

    Args:
        name: what the upgrades are called.
        now: when the file is made, UTC.
    """
    from icalendar import Alarm, Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", "-//Penelope Admin//Upgrade windows//EN")
    calendar.add("version", "2.0")
    for window in windows:
        event = Event()
        # The same window gets the same UID each time, so that importing again moves it.
        event.add("uid", f"{window.region.lower()}-{window.key}@penelope-admin.invalid")
        event.add("dtstamp", now)
        event.add("dtstart", window.starts_at)
        event.add("dtend", window.ends_at)
        event.add("summary", f"Penelope: {'emergency maintenance' if window.kind == 'emergency' else 'upgrade window'}")
        event.add("description", "\n".join([name, window.in_words, window.in_vendor_words, *window.notes]))
        event.add("transp", "TRANSPARENT")
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", "Penelope upgrade tomorrow")
        alarm.add("trigger", timedelta(days=-1))
        event.add_component(alarm)
        calendar.add_component(event)
    text: bytes = calendar.to_ical()
    return text.decode("utf-8")
