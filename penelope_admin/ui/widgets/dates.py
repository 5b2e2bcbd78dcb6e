"""Fields for dates and times, in the person's own zone and format."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from PySide6.QtCore import QDate, QDateTime, QTime, QTimeZone
from PySide6.QtWidgets import QCheckBox, QDateEdit, QDateTimeEdit, QHBoxLayout, QWidget

from penelope_admin.ui.format import locale


def to_qdate(day: date) -> QDate:
    """Qt's form of a date."""
    return QDate(day.year, day.month, day.day)


def from_qdate(day: QDate) -> date:
    """The date in Qt's form."""
    return date(day.year(), day.month(), day.day())


def date_field(day: date, earliest: date | None = None) -> QDateEdit:
    """A field for a date, with a calendar to choose from."""
    made = QDateEdit(to_qdate(day))
    made.setLocale(locale())
    made.setCalendarPopup(True)
    if earliest is not None:
        made.setMinimumDate(to_qdate(earliest))
    return made


class OptionalDate(QWidget):
    """A date that may be left open: a tick and a field."""

    def __init__(self, name: str, day: date, earliest: date, ticked: bool = False) -> None:
        super().__init__()
        self.tick = QCheckBox(name)
        self.tick.setChecked(ticked)
        self.field = date_field(day, earliest)
        self.field.setAccessibleName(name)
        self.field.setEnabled(ticked)
        self.tick.toggled.connect(self.field.setEnabled)
        across = QHBoxLayout(self)
        across.setContentsMargins(0, 0, 0, 0)
        across.addWidget(self.tick, 1)
        across.addWidget(self.field, 1)

    @property
    def day(self) -> date | None:
        """The date, or None when it is left open."""
        return from_qdate(self.field.date()) if self.tick.isChecked() else None


class MomentField(QDateTimeEdit):
    """A field for a date and time on the wall clock of a zone.

    Qt is made to believe that it shows UTC, which has every hour of every day: it knows neither our zones nor our
    data, and would skip the hours that this computer's own clock skips.
    """

    def __init__(self, instant: datetime, zone: ZoneInfo) -> None:
        local, utc = instant.astimezone(zone), QTimeZone(QTimeZone.Initialization.UTC)
        super().__init__()
        self.setTimeZone(utc)
        self.setDateTime(QDateTime(to_qdate(local.date()), QTime(local.hour, local.minute), utc))
        self._zone, self._first = zone, instant
        self._untouched = self.dateTime()
        self.setLocale(locale())
        self.setCalendarPopup(True)

    @property
    def changed_instant(self) -> datetime | None:
        """The aware instant, in UTC; None while nobody changed it, for a field that starts with the current time."""
        return None if self.dateTime() == self._untouched else self.instant

    @property
    def instant(self) -> datetime:
        """The aware instant, in UTC: to the second while nobody changed it, else to the minute."""
        moment = self.dateTime()
        if moment == self._untouched:
            return self._first
        day, clock = from_qdate(moment.date()), moment.time()
        local = datetime(day.year, day.month, day.day, clock.hour(), clock.minute(), tzinfo=self._zone)
        return local.astimezone(UTC)
