"""Windows and log entries as files other programs read: CSV and iCalendar."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from penelope_admin.domain.entries import ALARMS, HOST, Entry, Published, window_entry
from penelope_admin.domain.text import filled
from penelope_admin.domain.times import changes, duration_in_words, offset
from penelope_admin.domain.windows import Window
from penelope_admin.files import CALENDARS_BY

if TYPE_CHECKING:
    from icalendar import Alarm, Event, Timezone, vText

_ASKED_FOR_EVERY = timedelta(hours=6)
"""How often those who subscribed to a calendar are asked to look for a newer one."""
_NINE_O_CLOCK = timedelta(hours=9)

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
    "source_starts_at", "in_progress", "confirm_date", "notes", "sites",
)  # fmt: skip


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]], mark: str = "") -> str:
    """A table as CSV whose cells no spreadsheet takes for a formula.

    Args:
        mark: what each row begins with, "TRAINING", in a column of that name: whoever reads the others by their names
            finds them as ever.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    before = [mark] if mark else []
    writer.writerow([*(word.lower() for word in before), *header])
    for row in rows:
        writer.writerow([*before, *(_cell(value) for value in row)])
    return out.getvalue()


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()  # as in JSON
    if value is None:
        return ""
    text = str(value)
    if text.startswith(_LINE_SIGNS) or _first_seen(text) in _FORMULA_SIGNS:
        return f"'{text}"
    return text


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
        "sites": [
            {
                "names": list(there.sites),
                "zone": there.zone.key,
                "starts_at": there.starts_at.astimezone(there.zone).isoformat(),
                "ends_at": there.ends_at.astimezone(there.zone).isoformat(),
            }
            for there in window.local_times
        ],
    }


def windows_csv(windows: Sequence[Window], mark: str = "") -> str:
    """Windows with the columns of their JSON form; the notes are joined to one cell, and so are the sites.

    `mark` as in `csv_text`.
    """
    rows = (
        {
            **window_facts(window),
            "notes": " ".join(window.notes),
            "sites": "; ".join(there.in_words for there in window.local_times),
        }
        for window in windows
    )
    return csv_text(_WINDOW_COLUMNS, ([row[column] for column in _WINDOW_COLUMNS] for row in rows), mark)


def windows_ics(windows: Sequence[Window], name: str, now: datetime, mark: str = "") -> str:
    """Windows as a calendar of which nobody keeps count: of a region that is no agency's.

    Args:
        name: what the upgrades are called.
        mark: what every entry begins with, "TRAINING".
    """
    zone = next((window.zone for window in windows), ZoneInfo("UTC"))
    return calendar_ics([Published(window_entry(window, name), None, now) for window in windows], zone, name, mark=mark)


def calendar_ics(
    published: Sequence[Published],
    zone: ZoneInfo,
    name: str,
    alarms: Iterable[int] = ALARMS,
    mark: str = "",
    organizer: str = f"calendar@{HOST}",
) -> str:
    """Entries as a calendar, in local times together with the rules of their zone as they are known here.

    Other programs may have older rules; with ours in the file they need not ask their own. The same entries give the
    same text.

    Args:
        zone: whose local times are written.
        alarms: how many minutes before it starts each entry reminds.
        mark: what every entry begins with, "TRAINING".
        organizer: the address of whoever publishes it, which the standard wants with each entry.
    """
    from icalendar import Calendar, vCalAddress, vDuration

    calendar, lead = Calendar(), filled("{}: ", mark)
    calendar.add("prodid", CALENDARS_BY)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _text_type()(f"{lead}{name}"))
    calendar.add("refresh-interval", _ASKED_FOR_EVERY, {"value": "DURATION"})
    calendar.add("x-published-ttl", vDuration(_ASKED_FOR_EVERY))
    instants = [at for item in published for at in (item.entry.starts_at, item.entry.ends_at) if at is not None]
    if instants:
        calendar.add_component(_zone_rules(zone, min(instants), max(instants)))
    minutes = sorted(set(alarms), reverse=True)
    publisher = vCalAddress(f"mailto:{organizer}")
    publisher.params["CN"] = name
    for item in published:
        event = _event(item, zone, minutes, lead)
        event.add("organizer", publisher)
        calendar.add_component(event)
    text: bytes = calendar.to_ical()
    return text.decode("utf-8")


def _event(item: Published, zone: ZoneInfo, alarms: Iterable[int], lead: str) -> Event:
    from icalendar import Event

    entry, event, title = item.entry, Event(), f"{lead}{item.entry.title}"
    # The same entry gets the same UID each time, so that importing again moves it.
    event.add("uid", entry.uid)
    event.add("dtstamp", item.changed_at)
    if item.sequence is not None:
        event.add("sequence", item.sequence)
        event.add("last-modified", item.changed_at)
    starts, ends = _span(entry, zone)
    event.add("dtstart", starts)
    event.add("dtend", ends)
    stands = "TENTATIVE" if entry.tentative else "CONFIRMED"
    if item.cancelled:
        title, stands = f"Cancelled: {title}", "CANCELLED"
    event.add("summary", _text_type()(title))
    event.add("description", _text_type()("\n".join(entry.lines)))
    event.add("status", stands)
    event.add("transp", "TRANSPARENT")
    if not item.cancelled:
        reminders = (_alarm(title, minutes, whole_days=entry.starts_at is None) for minutes in alarms)
        event.subcomponents += filter(None, reminders)
    return event


@cache
def _text_type() -> type[vText]:
    from icalendar import vText

    class Text(vText):
        """A text; icalendar's own would end a line at a backslash before a capital N ("C:\\New")."""

        def to_ical(self) -> bytes:
            return re.sub(r"\r\n?|\n", r"\\n", re.sub(r"([\\;,])", r"\\\1", self)).encode()

    return Text


def _span(entry: Entry, zone: ZoneInfo) -> tuple[date, date]:
    """The beginning of an entry and the end, which is no part of it any more: local times, or days."""
    if entry.starts_at is not None and entry.ends_at is not None:
        return _local(entry.starts_at, zone), _local(entry.ends_at, zone)
    return entry.first_day, entry.last_day + timedelta(days=1)


def _alarm(title: str, minutes: int, *, whole_days: bool) -> Alarm | None:
    """A reminder so long before; for whole days at nine in the morning, and none on the day itself."""
    from icalendar import Alarm

    before = timedelta(minutes=minutes)
    if whole_days and before < timedelta(days=1):
        return None
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    when = "tomorrow" if before == timedelta(days=1) else f"in {duration_in_words(before)}"
    alarm.add("description", _text_type()(f"{title}, {when}"))
    alarm.add("trigger", _NINE_O_CLOCK - before if whole_days else -before)
    return alarm


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
    earlier = offset(zone, before)
    for change in (before, *changes(zone, before, last)):
        then = change.astimezone(zone)
        rule = TimezoneDaylight() if then.dst() else TimezoneStandard()
        rule.add("dtstart", (change + earlier).replace(tzinfo=None))
        rule.add("tzoffsetfrom", earlier)
        earlier = offset(zone, change)
        rule.add("tzoffsetto", earlier)
        rule.add("tzname", then.tzname() or zone.key)
        rules.add_component(rule)
    return rules
