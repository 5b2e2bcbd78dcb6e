"""Days that there are not, typed into every sheet that takes one: it says so, and keeps what is filled in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit

from penelope_admin import services
from penelope_admin.domain.requests import RequestKind
from penelope_admin.ui.dialogs.critical import CriticalSheet, WaysSheet
from penelope_admin.ui.dialogs.event import EventSheet
from penelope_admin.ui.dialogs.holiday import HolidaySheet
from penelope_admin.ui.dialogs.notice import NoticeSheet
from penelope_admin.ui.dialogs.project import ProjectSheet
from penelope_admin.ui.dialogs.report import ReportSheet
from penelope_admin.ui.dialogs.request import open_request_sheet
from penelope_admin.ui.dialogs.step import StepSheet
from penelope_admin.ui.dialogs.switch import EnableSheet
from penelope_admin.ui.widgets.dates import OptionalDate, TypedDate, from_qdate
from penelope_admin.ui.widgets.sheet import Sheet
from tests.demo import CRITICAL
from tests.ui.conftest import WAIT_MS, Desktop, looks, texts

BAD = {"30 2 2027": "30 2 2027", "15120099": "15 12 00", "31/4/2027": "31/4/2027", "someday": "someday", "\b\b": ""}
"""What is typed, and how what is told of it begins; two strokes of Backspace leave no day."""


def switching(desktop: Desktop) -> Sheet:
    register = desktop.app.context.read(services.features.find_all)
    view = next(view for view in register.features if view.feature.key == "external-communications.sms")
    return EnableSheet(desktop.window.shell, view, register)


def asking(kind: RequestKind) -> Callable[[Desktop], Sheet | None]:
    return lambda desktop: open_request_sheet(desktop.window.shell, kind)  # type: ignore[arg-type, func-returns-value]


def stepping(to: str) -> Callable[[Desktop], Sheet]:
    def make(desktop: Desktop) -> Sheet:
        view = desktop.app.context.read(services.requests.find, 2)
        return StepSheet(desktop.window.shell, view, to)  # type: ignore[arg-type]

    return make


def recording(desktop: Desktop) -> Sheet:
    views = desktop.app.context.read(services.mirror.environments.find_all)
    return EventSheet(desktop.window.shell, next(v for v in views if v.environment.key == "mirrored"), "upgraded")


def reporting(desktop: Desktop) -> ReportSheet:
    sheet = ReportSheet(desktop.window.shell)
    sheet.kind.setCurrentIndex(sheet.kind.findData("exposure"))
    return sheet


def opening(desktop: Desktop) -> Sheet:
    key = desktop.app.context.write(services.requests.draft, CRITICAL).value.request.id
    return WaysSheet(desktop.window.shell, desktop.app.context.read(services.requests.find, key))


def reporting_an_incident(desktop: Desktop) -> Sheet:
    sheet = CriticalSheet(desktop.window.shell)
    sheet.everybody.setChecked(True)
    for tick in sheet.ticks.values():
        tick.setChecked(True)
    return sheet


SHEETS: dict[str, Callable[[Desktop], Sheet | None]] = {
    "switch on": switching,
    "refresh": asking("refresh"),
    "missing notice": asking("missing-notice"),
    "project": lambda desktop: ProjectSheet(desktop.window.shell, ["mirrored"]),
    "event": recording,
    "holiday": lambda desktop: HolidaySheet(desktop.window.shell),
    "notice": lambda desktop: NoticeSheet(desktop.window.shell, None),
    "report": reporting,
    "incident": reporting_an_incident,
    "three ways": opening,
    "contacted": stepping("sent"),
    "scheduled": stepping("scheduled"),
    "done": stepping("done"),
}


def opened(desktop: Desktop, make: Callable[[Desktop], Sheet | None]) -> Sheet:
    """The sheet, with every day that may be left open asked for."""
    if (made := make(desktop)) is not None:
        desktop.window.shell.open_sheet(made)
    sheet = desktop.sheet()
    for optional in sheet.findChildren(OptionalDate):
        optional.tick.setChecked(True)
    return sheet


def type_into(desktop: Desktop, field: TypedDate, typed: str) -> None:
    field.setFocus()
    for sign in typed:
        if sign == "\b":
            desktop.bot.keyClick(field, Qt.Key.Key_Backspace)
        else:
            desktop.bot.keyClicks(field, sign)


@pytest.mark.parametrize("name", [pytest.param(name, marks=() if name == "three ways" else looks) for name in SHEETS])
def test_a_day_that_there_is_not_is_told_before_anything_is_kept_and_what_is_filled_in_stays(
    desktop: Desktop, name: str
) -> None:
    sheet = opened(desktop, SHEETS[name])
    fields = [field for field in sheet.findChildren(TypedDate) if field.isVisible()]
    assert fields
    lines = [line for line in sheet.findChildren(QLineEdit) if line.isVisible() and line.objectName() == ""]
    for line in lines:
        line.setText("Kept")
    for field in fields:
        for typed, told in BAD.items():
            sheet.forget_error()
            type_into(desktop, field, typed)
            sheet.allow(True)
            desktop.click(sheet.primary)
            desktop.reads(sheet, f"“{told}", "” is not a day from")
            assert QApplication.focusWidget() is field
    assert sheet in desktop.window.sheets
    assert {line.text() for line in lines} <= {"Kept"}


@looks
def test_the_right_day_is_typed_in_the_place_of_the_wrong_one_beside_which_a_time_stands(desktop: Desktop) -> None:
    sheet = opened(desktop, SHEETS["event"])
    field = sheet.findChildren(TypedDate)[0]
    type_into(desktop, field, "30 2 2026")
    desktop.click(sheet.primary)
    desktop.bot.keyClicks(field, "4 10 2026")
    assert from_qdate(field.date()) == date(2026, 10, 4)


def test_pressed_again_it_goes_on_with_what_the_field_says(desktop: Desktop) -> None:
    sheet = opened(desktop, SHEETS["holiday"])
    assert isinstance(sheet, HolidaySheet)
    type_into(desktop, sheet.day, "30 2 2027")
    desktop.click(sheet.primary)
    desktop.reads(
        sheet, "“30 2 2027” is not a day from", "The field took Sun 28 Feb 2027 instead. Correct it, or press again"
    )
    desktop.click(sheet.primary)
    desktop.bot.waitUntil(lambda: not desktop.window.sheets, timeout=WAIT_MS)


@pytest.mark.parametrize(("name", "first", "last", "told"), [
    ("notice", "starts", "ends", "A window ends after it starts"),
    ("report", "first", "last", "The last day is before the first"),
    ("project", "first_day", "last_day", "The project ends before it begins"),
    ("refresh", "earliest", "latest", "The latest date is before the earliest"),
])  # fmt: skip
@looks
def test_an_end_before_the_beginning_is_told_and_stays_to_be_corrected(
    desktop: Desktop, name: str, first: str, last: str, told: str
) -> None:
    sheet = opened(desktop, SHEETS[name])
    begins, ends = (getattr(side, "field", side) for side in (getattr(sheet, first), getattr(sheet, last)))
    before = from_qdate(begins.date()) - timedelta(days=1)
    type_into(desktop, ends, f"{before:%d%m%Y}")
    desktop.settle()
    if name == "notice":
        desktop.click(sheet.primary)
    desktop.reads(sheet, told)
    if name != "notice":  # the others say above the button, before it is pressed, why it cannot be
        assert sheet._why_not.text().startswith(told)
        assert not sheet.primary.isEnabled()
    assert (from_qdate(ends.date()), sheet in desktop.window.sheets) == (before, True)


def test_a_day_that_there_is_not_is_told_once_the_field_is_left_and_no_more_once_it_is_mended(desktop: Desktop) -> None:
    sheet = opened(desktop, SHEETS["holiday"])
    assert isinstance(sheet, HolidaySheet)
    sheet.activateWindow()
    desktop.bot.waitUntil(sheet.isActiveWindow, timeout=WAIT_MS)
    type_into(desktop, sheet.day, "30 2 2027")
    desktop.bot.keyClick(sheet.day, Qt.Key.Key_Tab)
    desktop.reads(sheet, "“30 2 2027” is not a day from", "The field took Sun 28 Feb 2027 instead. Correct it.")
    type_into(desktop, sheet.day, "1 3 2027")
    assert "is not a day from" not in texts(sheet)
    desktop.bot.keyClick(sheet.day, Qt.Key.Key_Tab)
    type_into(desktop, sheet.day, "30 2 2027")
    desktop.click(sheet.primary)
    desktop.reads(sheet, "Correct it, or press again")
    type_into(desktop, sheet.day, "2 3 2027")
    assert "is not a day from" not in texts(sheet)
    desktop.bot.keyClick(sheet.day, Qt.Key.Key_Tab)
    assert "is not a day from" not in texts(sheet)


@looks
def test_a_whole_day_typed_into_the_year_that_a_click_chose_is_told(desktop: Desktop) -> None:
    field = opened(desktop, SHEETS["holiday"]).findChildren(TypedDate)[0]
    field.setFocus()
    field.setCurrentSection(TypedDate.Section.YearSection)
    desktop.bot.keyClicks(field, "30 2 2027")
    assert "“30 2 2027” is not a day from" in field.trouble
    field.forget_typed()
    field.setCurrentSection(TypedDate.Section.YearSection)
    desktop.bot.keyClicks(field, "2028")
    assert (field.trouble, field.date().year()) == ("", 2028)
