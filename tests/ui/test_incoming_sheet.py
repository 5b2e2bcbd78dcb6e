"""Reading a notice: pasted, dropped or opened, compared with its words, and recorded once somebody says so."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from PySide6.QtCore import QMimeData
from PySide6.QtWidgets import QPushButton

from penelope_admin import services
from penelope_admin.domain.notice_text import RULE_STAYS
from penelope_admin.ui.dialogs.incoming import IncomingSheet
from penelope_admin.ui.dialogs.notice import NoticeSheet
from penelope_admin.ui.dialogs.request import RequestSheet
from penelope_admin.ui.dialogs.version import VersionSheet
from penelope_admin.ui.pages.windows import DATE, WindowsPage
from penelope_admin.ui.widgets.fields import LONGEST_PASTE
from tests.demo import NOW
from tests.ui.conftest import WAIT_MS, Desktop, button, looks, texts

SUBJECT = "Subject: Mass Upgrades, Saturday 12 December 2026\n\n"
CLEAR = f"{SUBJECT}Penelope will be upgraded to version 4.26.12: Saturday 12 December 2026, 21:00 to 01:00 ET."
DOUBTFUL = f"{SUBJECT}Penelope will be upgraded: 09/01/2027, 21:00 to 01:00 ET."
CANCELLED = f"{SUBJECT}The Penelope upgrade of Saturday 12 December 2026, 21:00 to 01:00 ET has been cancelled."
NO_END = f"{SUBJECT}Penelope will be upgraded to version 4.26.12 on Saturday 12 December 2026, 21:00 ET."


def page_of(desktop: Desktop) -> WindowsPage:
    desktop.window.resize(1200, 760)
    return desktop.page(WindowsPage)


def sheet_of(desktop: Desktop, source: Path | str) -> IncomingSheet:
    """The sheet once it has read a message."""
    page_of(desktop).read_notice(source)
    sheet = desktop.sheet(IncomingSheet)
    desktop.bot.waitUntil(lambda: "found" in texts(sheet) and not sheet._is_previewing, timeout=WAIT_MS)
    return sheet


def recorded(desktop: Desktop) -> int:
    return len(desktop.app.context.read(services.calendar.notices.find_all))


def test_a_window_that_is_clear_is_ticked_and_recorded_with_version_and_origin(desktop: Desktop) -> None:
    before = recorded(desktop)
    sheet = sheet_of(desktop, CLEAR)
    (window,) = sheet.windows
    assert window.is_ticked
    desktop.reads(sheet, "Saturday 12 December 2026, 20:00 to midnight (Resolute)", "Version: 4.26.12.")
    sheet.primary.click()
    desktop.settle()
    assert recorded(desktop) == before + 1
    page = page_of(desktop)
    page.choose("2026-12")
    desktop.reads(page, "Version: 4.26.12.", "Notice: Mass Upgrades, Saturday 12 December 2026.")
    (window,) = sheet_of(desktop, CLEAR).windows
    desktop.bot.waitUntil(lambda: window.outcome is not None, timeout=WAIT_MS)
    assert window.not_ours is not None
    assert window.not_ours.isHidden()  # it is on record
    assert "Still needed" not in texts(window.window())


def test_what_is_in_doubt_is_recorded_only_once_somebody_says_what_is_meant(desktop: Desktop) -> None:
    sheet = sheet_of(desktop, DOUBTFUL)
    (window,) = sheet.windows
    desktop.reads(sheet, "Day and month can be read in two ways")
    assert not sheet.primary.isEnabled()
    assert window.span.currentData() is None
    window.span.setCurrentIndex(1)
    desktop.bot.waitUntil(sheet.primary.isEnabled, timeout=WAIT_MS)
    sheet.primary.click()
    desktop.settle()
    assert (
        desktop.app.context.read(services.calendar.notices.find_all)[-1].starts_at == window.proposed.spans[0].starts_at
    )


def test_a_window_that_is_not_ours_is_answered_in_its_card_and_not_asked_again(desktop: Desktop) -> None:
    sheet = sheet_of(desktop, DOUBTFUL)
    (window,) = sheet.windows
    assert window.not_ours is not None
    window.not_ours.setChecked(True)
    assert not sheet.primary.isEnabled()  # without a reason
    window.why.setText("Another server")
    sheet.primary.click()
    desktop.settle()
    sheet = sheet_of(desktop, DOUBTFUL)
    desktop.reads(sheet, "Another server.", "1 window found. Compare")
    assert "Still needed" not in texts(sheet)
    (window,) = sheet.windows
    assert window.not_ours is None
    next(made for made in window.findChildren(QPushButton) if "does apply" in made.text()).click()
    window.span.setCurrentIndex(1)
    desktop.bot.waitUntil(lambda: window.is_ticked, timeout=WAIT_MS)
    assert window.not_ours is not None
    window.not_ours.setChecked(True)
    assert not window.is_ticked


def test_the_notice_of_a_window_that_is_cancelled_is_removed_where_the_message_is_read(desktop: Desktop) -> None:
    sheet_of(desktop, CLEAR).primary.click()
    desktop.settle()
    before = recorded(desktop)
    sheet = sheet_of(desktop, CANCELLED)
    desktop.reads(sheet, "A notice of this window is recorded: Saturday 12 December 2026, 20:00 to midnight")
    next(made for made in sheet.findChildren(QPushButton) if made.text() == "Remove this notice").click()
    desktop.reads(sheet, f"No notice of this window is recorded. {RULE_STAYS}")
    assert recorded(desktop) == before - 1
    assert sheet.focusWidget() is sheet.safe
    sheet.windows[0].span.setCurrentIndex(1)
    desktop.bot.waitUntil(lambda: sheet.windows[0].is_ticked, timeout=WAIT_MS)
    assert sheet.windows[0].record is not None
    sheet.windows[0].record.setChecked(False)
    assert "Nothing is ticked. There is nothing to record about a cancelled window." in texts(sheet)


@looks
def test_what_is_waited_for_is_said_before_a_message_is_read_and_after_one_that_announces_nothing(
    desktop: Desktop,
) -> None:
    page_of(desktop).read_notice()
    sheet = desktop.sheet(IncomingSheet)
    assert "Still needed: the message." in texts(sheet)
    sheet.pasted.setPlainText("Thank you for your message about Penelope.")
    desktop.reads(sheet, "No window was found", "Still needed: a window to record.")


@looks
def test_that_a_message_does_not_name_penelope_is_said_once_of_all_its_windows(desktop: Desktop) -> None:
    sheet = sheet_of(desktop, "Upgrades: 9 January 2027, 21:00 to 01:00 ET\n\n13 February 2027, 21:00 to 01:00 ET")
    assert len(sheet.windows) == 2
    assert texts(sheet).count("does not name Penelope") == 1


def test_an_answer_that_is_refused_leaves_nothing_recorded(desktop: Desktop) -> None:
    before = recorded(desktop)
    sheet = sheet_of(desktop, f"{CLEAR}\n\n{DOUBTFUL.removeprefix(SUBJECT)}")
    first, second = sheet.windows
    assert first.is_ticked
    assert second.not_ours is not None
    second.not_ours.setChecked(True)
    second.why.setText("=?another?=")
    sheet.primary.click()
    desktop.settle()
    desktop.reads(sheet, "Nothing was saved.")
    assert recorded(desktop) == before


@looks
def test_what_cannot_be_read_is_typed_by_hand_with_the_rest_filled_in(desktop: Desktop) -> None:
    sheet = sheet_of(desktop, NO_END)
    assert not sheet.primary.isEnabled()
    sheet.enter_by_hand(sheet.windows[0].proposed)
    by_hand = desktop.sheet(NoticeSheet)
    assert (by_hand.version.text(), by_hand.origin.text()) == ("4.26.12", "Mass Upgrades, Saturday 12 December 2026")
    by_hand.submit()
    desktop.settle()
    desktop.reads(by_hand, "A window ends after it starts")  # whoever does not type the times records nothing


@looks
def test_emergency_maintenance_whose_end_is_not_said_is_typed_by_hand_with_its_reason(desktop: Desktop) -> None:
    sheet = sheet_of(desktop, f"{SUBJECT}Emergency maintenance of Penelope starts Saturday 12 December 2026, 21:00 ET.")
    sheet.enter_by_hand(sheet.windows[0].proposed)
    by_hand = desktop.sheet(NoticeSheet)
    assert by_hand.kind.currentData() == "emergency"
    assert by_hand.reason.isEnabled()
    assert not by_hand.moves.isVisibleTo(by_hand)


@looks
def test_a_file_that_is_dropped_on_the_page_is_read(desktop: Desktop, tmp_path: Path) -> None:
    file = tmp_path / "notice.txt"
    file.write_text(CLEAR, "utf-8")
    assert desktop.drop(page_of(desktop), file)
    sheet = desktop.sheet(IncomingSheet)
    desktop.reads(sheet, "1 window found.")


@looks
def test_a_file_that_is_no_message_leaves_the_sheet_open_and_says_why(desktop: Desktop, tmp_path: Path) -> None:
    file = tmp_path / "notice.bin"
    file.write_bytes(bytes(range(256)) * 20)
    page_of(desktop).read_notice(file)
    sheet = desktop.sheet()
    desktop.bot.waitUntil(lambda: "not a message" in texts(sheet), timeout=WAIT_MS)


@looks
def test_a_missing_notice_leads_to_a_request_that_is_written_already(desktop: Desktop) -> None:
    overview = desktop.go("overview")
    named = "Go there: No notice is recorded for the upgrade of Saturday 14 November 2026."
    buttons = overview.findChildren(QPushButton)
    next(found for found in buttons if found.accessibleName().startswith(named)).click()
    sheet = desktop.sheet(RequestSheet)
    letter = sheet.letter.text.toPlainText
    desktop.bot.waitUntil(lambda: "for the upgrade of Saturday 14 November 2026" in letter(), timeout=WAIT_MS)
    assert len(desktop.window.sheets) == 1


def test_a_version_has_a_sheet_with_a_note_of_one_s_own(desktop: Desktop) -> None:
    desktop.app.context.write(services.calendar.versions.note, "4.26.12", "Ask about the forms")
    page_of(desktop).open_version("4.26.12")
    sheet = desktop.sheet(VersionSheet)
    assert sheet.note.toPlainText() == "Ask about the forms"
    sheet.note.setPlainText("Tell the trainers")
    sheet.primary.click()
    desktop.settle()
    assert desktop.app.context.read(services.calendar.versions.find, "4.26.12").note == "Tell the trainers"


def test_overview_says_once_which_version_comes_and_leads_to_what_is_new_in_it(desktop: Desktop) -> None:
    window = desktop.app.context.read(services.calendar.windows.agency_calendar).next_upgrade(NOW)
    desktop.app.context.write(services.calendar.notices.add, "announced", window.starts_at, window.ends_at, "4.26.12")
    overview = desktop.go("overview")
    overview.load()
    desktop.reads(overview, "Version: 4.26.12.")
    assert texts(overview).count("4.26.12") == 1
    assert button(overview, "What is new in 4.26.12").isEnabled()


def test_a_notice_that_contradicts_the_rule_is_marked_in_the_list_and_shows_both_dates(desktop: Desktop) -> None:
    window = desktop.app.context.read(services.calendar.windows.agency_calendar).next_upgrade(NOW)
    week = timedelta(days=7)
    desktop.app.context.write(
        services.calendar.notices.add, "announced", window.starts_at + week, window.ends_at + week
    )
    page = page_of(desktop)
    page.load()
    desktop.settle()
    page.choose(window.key)
    desktop.reads(page, "Differs from the rule", "Saturday 19 December 2026", "which gives Saturday 12 December 2026")
    assert "from a notice, which differs from the vendor's rule" in page.model.tip(page.model.items[0], DATE)


@looks
def test_a_word_without_an_end_that_is_pasted_holds_nothing_up(desktop: Desktop) -> None:
    page_of(desktop).read_notice("")
    sheet = desktop.sheet(IncomingSheet)
    data = QMimeData()
    data.setText("x" * 3_000_000)  # Qt takes minutes to find where to break it between words
    sheet.pasted.insertFromMimeData(data)
    assert len(sheet.pasted.toPlainText()) == LONGEST_PASTE
    sheet.forget_typing()
    sheet.reject()


def test_a_file_takes_the_place_of_what_was_pasted(desktop: Desktop, tmp_path: Path) -> None:
    sheet = sheet_of(desktop, DOUBTFUL)
    file = tmp_path / "notice.txt"
    file.write_text(CLEAR, "utf-8")
    assert desktop.drop(sheet, file)
    desktop.reads(sheet, "Version: 4.26.12.")
    assert sheet.pasted.toPlainText() == "", "or people would compare the wrong message"
    desktop.settle()
    assert "Version: 4.26.12." in texts(sheet)
