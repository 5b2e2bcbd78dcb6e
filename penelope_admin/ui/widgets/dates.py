"""Fields for dates and times, in the person's own zone and format, with the weekday in them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import takewhile
from zoneinfo import ZoneInfo

from PySide6.QtCore import QDate, QDateTime, QEvent, QLocale, QPointF, QSize, Qt, QTime, QTimeZone, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QShowEvent, QTextCharFormat
from PySide6.QtWidgets import QApplication, QCalendarWidget, QCheckBox, QDateTimeEdit, QToolButton, QWidget

from penelope_admin.domain.times import style
from penelope_admin.domain.typed_dates import read_typed
from penelope_admin.ui import format as words
from penelope_admin.ui import theme
from penelope_admin.ui.widgets.basics import in_a_row
from penelope_admin.ui.widgets.fields import LeavesWheel

_MONTHS, _LONGEST_MONTH = 12, 31
_WEEK, _WEEKS = 7, 6
_BETWEEN = frozenset(" ,.-/:")
_ALT = Qt.KeyboardModifier.AltModifier
_CHORDS = frozenset((Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_AltGr, Qt.Key.Key_CapsLock))
_HALF_DAY = 12
_EARLIEST, _LATEST = date(1970, 1, 1), date(2100, 12, 31)


def to_qdate(day: date) -> QDate:
    """Qt's form of a date."""
    return QDate(day.year, day.month, day.day)


def from_qdate(day: QDate) -> date:
    """The date in Qt's form."""
    return date(day.year(), day.month(), day.day())


def _typed_by(event: QKeyEvent) -> str:
    """What a key types: nothing with Ctrl, but what it does with AltGr, which is Ctrl and Alt; nor with Backspace."""
    is_chord = event.modifiers() & Qt.KeyboardModifier.ControlModifier and not event.modifiers() & _ALT
    return "" if is_chord or not event.text().isprintable() else event.text()


class _Calendar(QCalendarWidget):
    """The calendar that opens from a field: in our colours, and as large as its words need."""

    def __init__(self) -> None:
        super().__init__()
        tokens = theme.current()
        self.setLocale(words.locale())
        self.setFirstDayOfWeek(QLocale().firstDayOfWeek())
        self.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        self.setHorizontalHeaderFormat(QCalendarWidget.HorizontalHeaderFormat.ShortDayNames)
        day, header = QTextCharFormat(), QTextCharFormat()
        day.setForeground(tokens.colour("text"))
        header.setForeground(tokens.colour("muted"))
        header.setBackground(tokens.colour("surface"))
        for weekday in Qt.DayOfWeek:
            self.setWeekdayTextFormat(weekday, day)
        self.setHeaderTextFormat(header)
        for name, icon in (("qt_calendar_prevmonth", "back"), ("qt_calendar_nextmonth", "forward")):
            arrow = self.findChild(QToolButton, name)
            if arrow is not None:
                arrow.setIcon(theme.icon(icon, "text"))
        measure = self.fontMetrics()
        cell = QSize(measure.horizontalAdvance("Wed") + tokens.space("m"), measure.height() + tokens.space("s"))
        rows = _WEEKS + 1  # the weekdays' names
        self.setMinimumSize(_WEEK * cell.width() + tokens.space("s"), rows * cell.height() + 2 * tokens.space("l"))
        self.setContentsMargins(1, 1, 1, 1)  # its frame's, or it would be painted over
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)

    def showEvent(self, event: QShowEvent) -> None:
        """Take the keys: Qt hands them over once, and they are lost while the field cannot be used."""
        super().showEvent(event)
        self.setFocus()


class TypedDate(LeavesWheel, QDateTimeEdit):
    """What both kinds of field share: "Sat 12 Dec 2026", with a calendar to choose from, months typed as digits too.

    It always holds a day that can be chosen. What was typed and is none is remembered, for `trouble` to tell.

    Qt is made to believe that it shows UTC, which has every hour of every day: it knows neither our zones nor our
    data, and would skip the hours that this computer's own clock skips.
    """

    def __init__(self, local: datetime, form: str) -> None:
        """
        Args:
            local: the wall clock's date and time to begin with.
            form: how it is written, in Qt's letters.
        """
        super().__init__()
        utc = QTimeZone(QTimeZone.Initialization.UTC)
        self.setTimeZone(utc)
        # Canada's is "a.m." to Qt, which then takes neither that nor "am" from the keys; all else here says "AM".
        self.setLocale(words.locale() if "." not in words.locale().amText() else QLocale("en_US"))
        self.setDisplayFormat(form)
        self.setDateRange(to_qdate(_EARLIEST), to_qdate(_LATEST))
        self.setDateTime(QDateTime(to_qdate(local.date()), QTime(local.hour, local.minute), utc))
        self.setCalendarPopup(True)
        self._has_calendar = False
        self._meant: dict[QDateTimeEdit.Section, str] = {}
        self._meaning: QDateTimeEdit.Section | None = None
        self._left_with = ""
        self._typed, self._begun_with = "", self.date()
        self._typing: tuple[int, int] | None = None  # in which section, and behind which letter
        self._spelling = False  # whether a letter was typed last
        self._whole = ""  # what was typed in one go, wherever that led
        self._begun_at = self.dateTime()  # what the field said before that

    def calendarWidget(self) -> QCalendarWidget:
        """Made when it is first wanted: it takes several times as long as the rest of the field."""
        if not self._has_calendar:
            self._has_calendar = True
            calendar_ = _Calendar()
            self.setCalendarWidget(calendar_)
            for chosen in (calendar_.clicked, calendar_.activated):
                chosen.connect(lambda _: self.forget_typed())
        return super().calendarWidget()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A press on the arrow opens the calendar, which Qt would make itself if there were none."""
        self.calendarWidget()
        self._whole = ""
        super().mousePressEvent(event)

    def _note(self, kind: QDateTimeEdit.Section, sign: str) -> None:
        """Remember what was typed for day, month or year."""
        section = QDateTimeEdit.Section
        takes = {
            section.DaySection: str.isdecimal,
            section.MonthSection: str.isalnum,
            section.YearSection: str.isdecimal,
        }
        if kind in takes and takes[kind](sign):
            before = self._meant.get(kind, "") if kind == self._meaning else ""
            self._meant[kind], self._meaning, self._left_with = before + sign, kind, ""

    @property
    def _typed_day(self) -> QDate:
        """The day that was typed, with what the field says for the rest; invalid where there is none."""
        section, shown = QDateTimeEdit.Section, self.date()
        if section.NoSection in self._meant:
            return QDate()
        day = self._meant.get(section.DaySection, str(shown.day()))
        month = self._meant.get(section.MonthSection, str(shown.month()))
        year = self._meant.get(section.YearSection, str(shown.year()))
        if not month.isdecimal():
            names = [self.locale().monthName(number).casefold() for number in range(1, _MONTHS + 1)]
            month = str(next((number for number, name in enumerate(names, 1) if name.startswith(month.casefold())), 0))
        is_year = year.isdecimal() and len(year) >= len("2026")
        return QDate(int(year[-4:]) if is_year else 0, int(month[-2:]), int(day[-2:]))

    def _take_whole(self) -> None:
        """What was typed in one go and begins with a day is taken as people mean it, wherever Qt has put its parts."""
        begun, section = self._begun_at, QDateTimeEdit.Section
        typed = read_typed(self._whole, begun.date().year(), month_first=style().month_first)
        if typed is None:
            return
        if typed.day is None:
            self._meant, self._meaning = {section.NoSection: self._whole.strip()}, None
            return
        super().setDateTime(begun)
        self._meant = {section.DaySection: str(typed.day.day), section.MonthSection: str(typed.day.month)}
        self._meant[section.YearSection] = str(typed.day.year)
        self._meaning = None
        if typed.clock is not None:
            hour, minute, is_after_noon = typed.clock
            if is_after_noon is not None or (style().twelve_hours and hour <= _HALF_DAY):
                after_noon = begun.time().hour() >= _HALF_DAY if is_after_noon is None else is_after_noon
                hour = hour % _HALF_DAY + _HALF_DAY * after_noon
            self.setTime(QTime(hour, minute))
        self._take_meant()

    def _take_meant(self) -> None:
        """Qt takes one part after the other, and what is no day on the way there, as 29 February, it makes another."""
        day = self._typed_day
        if self._meant and day != self.date() and self.minimumDate() <= day <= self.maximumDate():
            super().setDate(day)
            self._choose(self.currentSectionIndex())

    @property
    def trouble(self) -> str:
        """What was typed that is no day to be chosen here, with what the field says instead; empty if all is well."""
        left = self._left_with if self.hasAcceptableInput() else self.text()
        if not left and self._typed_day == self.date():
            return ""
        ends = (self.minimumDate(), self.maximumDate())
        first, last = (self.locale().toString(day, words.date_format()) for day in ends)
        typed, now = " ".join(self._meant.values()) or left, self.textFromDateTime(self.dateTime())
        return f"“{typed}” is not a day from {first} to {last}. The field took {now} instead."

    def forget_typed(self) -> None:
        """What the field says now is meant."""
        self.interpretText()
        self._meant, self._meaning, self._left_with, self._whole = {}, None, "", ""

    def stepBy(self, steps: int) -> None:
        """The arrows choose what is seen."""
        self.forget_typed()
        super().stepBy(steps)

    def setDate(self, day: QDate) -> None:
        """Another day, which nobody typed."""
        self.forget_typed()
        super().setDate(day)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Qt puts a whole date in the place of half of one."""
        if not self.hasAcceptableInput():
            self._left_with = self.text()
        super().focusOutEvent(event)

    def _leave_to_qt(self, event: QKeyEvent, here: int, *, is_digit: bool) -> None:
        if is_digit and self._is_fresh(here):
            self._choose(here)  # a click left a mere cursor, beside digits that leave no room for others
        self._typed, self._typing = "", None
        super().keyPressEvent(event)
        if is_digit:
            self._take_meant()
        if is_digit and self.currentSectionIndex() == here:
            self._typing = here, self.lineEdit().cursorPosition()

    def _leads_to(self, here: int, sign: str) -> int:
        """The section of a sign that is no digit: Qt drops the letters of "2dec", and leaves the field at a space.

        What stands between two parts leads on from what was typed, and a letter to the word beside a number, unless it
        is left over from a word that is complete.
        """
        if sign in _BETWEEN or (self._is_spelled(here) and sign.isdecimal()):
            is_begun = self._typed or self._is_spelled(here) or not self._is_fresh(here)
            return min(here + bool(is_begun), self.sectionCount() - 1)
        return self._word_beside(here) if sign.isalpha() and not self._spelling else here

    def _is_spelled(self, here: int) -> bool:
        """Whether a month was written in letters, and Qt did not go on by itself."""
        month = QDateTimeEdit.Section.MonthSection
        return self.sectionAt(here) == self._meaning == month and self._meant[month].isalpha()

    def _word_beside(self, here: int) -> int:
        """The section in which letters are meant that are typed in this one."""
        section = QDateTimeEdit.Section
        are_words = {section.MonthSection, section.AmPmSection}
        if here < self._day_at and self.sectionAt(here) == section.DaySection:  # the weekday
            return here
        near = (number for number in (here, here + 1, here - 1) if 0 <= number < self.sectionCount())
        return next((number for number in near if self.sectionAt(number) in are_words), here)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """F4 or Alt+Down opens the calendar; digits choose day and month, and lead on; everything else is Qt's.

        With Ctrl a digit types nothing: it is a way to another page, which a sheet keeps from being taken.
        """
        if event.key() == Qt.Key.Key_F4 or (event.key() == Qt.Key.Key_Down and event.modifiers() & _ALT):
            self._open_calendar()
            return
        if typed := _typed_by(event):
            if self.lineEdit().selectedText() == self.lineEdit().text():
                self._begin()
            self._begun_at = self._begun_at if self._whole else self.dateTime()
            self._whole += typed
        elif event.key() not in _CHORDS:
            self._whole = ""
        self._type(event)
        self._take_whole()

    def _type(self, event: QKeyEvent) -> None:
        """Have a key change the part of the field that it is meant for."""
        here, digit, section = self.currentSectionIndex(), _typed_by(event), QDateTimeEdit.Section
        led_to = self._leads_to(here, digit)
        self._spelling = digit.isalpha()
        if led_to != here:
            self._typed, self._typing = "", None
            self._choose(led_to)
            here = led_to
        kind = self.sectionAt(here)
        if digit in _BETWEEN:
            if kind == self._meaning == section.YearSection:  # a whole day, where a click chose the year alone
                self._meant[kind] += " "
            return
        self._note(kind, digit)
        is_digit = digit.isascii() and digit.isdecimal()
        if is_digit and kind == section.MonthSection:
            self._type_digit(digit, here, _MONTHS)
        elif is_digit and kind == section.DaySection:
            self._type_digit(digit, self._day_at, _LONGEST_MONTH)
        else:
            self._leave_to_qt(event, here, is_digit=is_digit)

    def _open_calendar(self) -> None:
        """As a click on the arrow does: Qt has no other way."""
        at = QPointF(self.width() - theme.current().space("m"), self.height() / 2)
        left, whole = Qt.MouseButton.LeftButton, self.mapToGlobal(at)
        for kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease):
            QApplication.sendEvent(self, QMouseEvent(kind, at, whole, left, left, Qt.KeyboardModifier.NoModifier))

    def _type_digit(self, digit: str, here: int, largest: int) -> None:
        """Choose the day or month that the digits typed so far mean, and go on once no other could follow."""
        if not self._typed:
            self._begun_with = self.date()  # the first of two digits may lead to before the earliest day, and away
        day = self._begun_with
        self._typed += digit
        if int(self._typed) > largest:
            self._typed = digit
        number = int(self._typed)
        if number and largest == _MONTHS:
            super().setDate(day.addMonths(number - day.month()))
        elif number:
            super().setDate(QDate(day.year(), day.month(), min(number, day.daysInMonth())))
        self._take_meant()
        if len(self._typed) > 1 or 10 * number > largest:
            self._typed, here = "", min(here + 1, self.sectionCount() - 1)
        self._choose(here)

    @property
    def _day_at(self) -> int:
        """Which section is the day's number: the weekday, which comes first, is called a day by Qt as well."""
        shown = [self.sectionAt(number) for number in range(self.sectionCount())]
        return len(shown) - 1 - shown[::-1].index(QDateTimeEdit.Section.DaySection)

    def _choose(self, number: int) -> None:
        """Go to a section and mark it; Qt can name only the first of a kind."""
        self.setCurrentSectionIndex(number)
        start, text = self.lineEdit().cursorPosition(), self.lineEdit().text()
        word = takewhile(str.isalnum, text[start:])
        self.lineEdit().setSelection(start, len("".join(word)))

    def focusNextPrevChild(self, following: bool) -> bool:
        """Tab leaves the field, as it leaves any other; Qt's own goes from part to part. The arrows do that."""
        return QWidget.focusNextPrevChild(self, following)

    def _is_fresh(self, here: int) -> bool:
        """Whether nothing was typed in a section since somebody came to it."""
        return self._typing != (here, self.lineEdit().cursorPosition())

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Begin behind the weekday, which follows from the rest."""
        super().focusInEvent(event)
        self._begin()

    def _begin(self) -> None:
        self._typed, self._meaning, self._whole = "", None, ""
        self._choose(1)

    def ask_again(self) -> None:
        """Have another day typed, from its beginning, wherever in the field the last one ended."""
        self.forget_typed()
        self.setFocus()
        self._begin()


class DateField(TypedDate):
    """A field for a date."""

    def __init__(self, day: date, earliest: date | None = None) -> None:
        super().__init__(datetime(day.year, day.month, day.day, tzinfo=UTC), words.date_format())
        if earliest is not None:
            self.setMinimumDate(to_qdate(earliest))


class OptionalDate(QWidget):
    """A date that may be left open: a tick and a field."""

    changed = Signal()

    def __init__(self, name: str, day: date, earliest: date, ticked: bool) -> None:
        super().__init__()
        self.tick = QCheckBox(name)
        self.tick.setChecked(ticked)
        self.field = DateField(day, earliest)
        self.field.setAccessibleName(name)
        self.field.setEnabled(ticked)
        self.tick.toggled.connect(self.field.setEnabled)
        self.tick.toggled.connect(self.changed)
        self.field.dateChanged.connect(self.changed)
        in_a_row((self.tick, 1), (self.field, 1), within=self)

    @property
    def day(self) -> date | None:
        """The date, or None when it is left open."""
        return from_qdate(self.field.date()) if self.tick.isChecked() else None

    def follow(self, day: QDate) -> None:
        """Begin with another date, as long as it is left open."""
        if not self.tick.isChecked():
            self.field.setDate(day)


class MomentField(TypedDate):
    """A field for a date and time on the wall clock of a zone."""

    def __init__(self, instant: datetime, zone: ZoneInfo) -> None:
        super().__init__(instant.astimezone(zone), f"{words.date_format()} {words.clock_format()}")
        self._zone, self._first = zone, instant
        self._untouched = self.dateTime()

    def show_instant(self, instant: datetime) -> None:
        """Show another instant, to the second, until somebody changes it."""
        self._first = instant
        local = instant.astimezone(self._zone)
        utc = QTimeZone(QTimeZone.Initialization.UTC)
        self._untouched = QDateTime(to_qdate(local.date()), QTime(local.hour, local.minute), utc)
        self.forget_typed()
        self.setDateTime(self._untouched)

    def show_in(self, zone: ZoneInfo) -> None:
        """Show the same instant on another zone's clock."""
        instant = self.instant
        self._zone = zone
        self.show_instant(instant)

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
        return datetime(day.year, day.month, day.day, clock.hour(), clock.minute(), tzinfo=self._zone).astimezone(UTC)
