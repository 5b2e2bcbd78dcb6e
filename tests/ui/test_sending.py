"""From a draft to a case number in the window, with real mail servers, good ones and bad ones."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from penelope_admin import services
from penelope_admin.app import App
from penelope_admin.domain.replies import FoundNumber
from penelope_admin.domain.requests import KINDS, RequestInput, RequestKind, Status
from penelope_admin.services.work import Context
from penelope_admin.ui.dialogs.case import CaseNumberSheet, SameCaseSheet
from penelope_admin.ui.dialogs.critical import CriticalSheet, WaysSheet
from penelope_admin.ui.dialogs.reply import ReplySheet
from penelope_admin.ui.dialogs.request import RequestSheet
from penelope_admin.ui.dialogs.send import SendSheet
from penelope_admin.ui.dialogs.step import StepSheet
from penelope_admin.ui.pages.requests import RequestsPage
from penelope_admin.ui.widgets.dates import to_qdate
from tests.demo import CRITICAL, NOW
from tests.postoffice import PostOffice, RawServer, silent
from tests.ui.conftest import WAIT_MS, Desktop, button, looks, texts
from tests.ui.test_sheets import question

WITH_A_NUMBER = "The reminder went to 204-555-0198 twice."


def use_server(context: Context, port: int) -> None:
    """The agency sends by the server on this port, without signing in."""
    known = context.read(services.agency.need_profile)
    mine = msgspec.structs.replace(known, smtp_host="localhost", smtp_port=port, smtp_user="")
    context.write(services.agency.update, mine)


def drafted(context: Context, reason: str = "How is that done?", **more: object) -> int:
    """A question, drafted."""
    wish = RequestInput(kind="question", title="A report", reason=reason)
    return context.write(services.requests.draft, wish).value.request.id


def status(desktop: Desktop, key: int) -> str:
    return desktop.app.context.read(services.requests.find, key).request.status


def test_a_request_is_drafted_sent_by_the_mail_server_and_shown_as_sent(desktop: Desktop, office: PostOffice) -> None:
    use_server(desktop.app.context, office.port)
    sheet = question(desktop)
    desktop.bot.waitUntil(sheet.primary.isEnabled, timeout=WAIT_MS)
    sheet.submit()
    desktop.bot.waitUntil(lambda: not desktop.window.sheets, timeout=WAIT_MS)
    desktop.settle()
    key = max(view.request.id for view in desktop.app.context.read(services.requests.find_all))
    desktop.do(desktop.request(key), "Send to Support …")
    send = desktop.sheet(SendSheet)
    desktop.bot.waitUntil(send.primary.isEnabled, timeout=WAIT_MS)
    assert "Can reports be moved?" in send.text.text.toPlainText()
    send.submit()
    desktop.bot.waitUntil(lambda: status(desktop, key) == "sent", timeout=WAIT_MS)
    assert b"Moving reports" in office.received[-1].data
    desktop.reads(desktop.window.current, "Sent by")


def test_what_looks_like_client_data_needs_a_tick_and_new_hits_need_a_new_one(desktop: Desktop) -> None:
    key = drafted(desktop.app.context, WITH_A_NUMBER)
    view = desktop.app.context.read(services.requests.find, key)
    sheet = SendSheet(desktop.window.shell, view)
    desktop.window.shell.open_sheet(sheet)
    sheet.way.setCurrentIndex(sheet.way.findData("portal"))
    desktop.reads(sheet, "looks like a telephone number")
    assert not sheet.primary.isEnabled()
    assert sheet.text.tick is not None
    sheet.text.tick.setChecked(True)
    assert sheet.primary.isEnabled()
    marked = sheet.text.text.extraSelections()
    assert [mark.cursor.selectedText() for mark in marked] == ["204-555-0198"]
    sheet.way.setCurrentIndex(sheet.way.findData("phone"))
    desktop.settle()
    assert not sheet.primary.isEnabled()


def test_the_window_lives_while_a_mail_server_never_answers(desktop: Desktop) -> None:
    context = desktop.app.context
    with RawServer(silent) as server:
        use_server(context, server.port)
        key = drafted(context)
        context.write(services.requests.delivery.hand_over, key, "smtp")
        desktop.window.postman.send()
        desktop.bot.waitUntil(
            lambda: context.read(services.requests.find, key).message.state == "sending",  # type: ignore[union-attr]
            timeout=WAIT_MS,
        )
        turns: list[None] = []
        timer = QTimer(desktop.window, interval=1)
        timer.timeout.connect(lambda: turns.append(None))
        timer.start()
        for name in ("overview", "features", "requests"):
            desktop.go(name)
            desktop.window.look_around()
            desktop.settle()
        desktop.bot.waitUntil(lambda: len(turns) >= 50, timeout=WAIT_MS)
        assert context.read(services.requests.find, key).message.state == "sending"  # type: ignore[union-attr]
        desktop.window.close()
        desktop.bot.waitUntil(
            lambda: context.read(services.requests.find, key).message.state == "waiting",  # type: ignore[union-attr]
            timeout=WAIT_MS,
        )


@looks
def test_the_next_try_is_named_while_it_is_to_come_and_not_when_it_has_passed(desktop: Desktop) -> None:
    waiting = next(v for v in desktop.app.context.read(services.requests.find_all) if v.request.status == "queued")
    desktop.reads(desktop.request(waiting.request.id), "Next try:")
    desktop.clock.instant += timedelta(days=9)
    assert "Next try:" not in texts(desktop.request(waiting.request.id))


def test_a_waiting_message_can_be_taken_back(desktop: Desktop) -> None:
    view = next(
        view for view in desktop.app.context.read(services.requests.find_all) if view.request.status == "queued"
    )
    detail = desktop.request(view.request.id)
    assert "It waits in the outbox." in texts(detail)
    desktop.do(detail, "Cancel sending")
    desktop.bot.waitUntil(lambda: status(desktop, view.request.id) == "drafted", timeout=WAIT_MS)


def test_a_dropped_reply_is_read_and_offered_but_recorded_only_on_demand(desktop: Desktop, tmp_path: Path) -> None:
    page = desktop.go("requests")
    reply = tmp_path / "reply.eml"
    reply.write_text("From: support@vendor.example\nSubject: Re: Refresh [PA-2]\n\nYour case number is 00484210.\n")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(reply))])
    move, left, none = Qt.DropAction.MoveAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    event = QDropEvent(QPointF(9, 9), move | Qt.DropAction.CopyAction, data, left, none)
    page.dropEvent(event)
    assert event.dropAction() == Qt.DropAction.CopyAction, "what is moved may be removed where it came from"
    sheet = desktop.sheet(ReplySheet)
    desktop.bot.waitUntil(lambda: sheet.number.currentText() == "00484210", timeout=WAIT_MS)
    assert sheet.request.currentData() == 2
    assert desktop.app.context.read(services.requests.find, 2).request.case_number is None
    sheet.submit()
    desktop.bot.waitUntil(lambda: status(desktop, 2) == "acknowledged", timeout=WAIT_MS)


@looks
def test_what_can_only_be_moved_is_not_taken(desktop: Desktop, tmp_path: Path) -> None:
    """The program it comes from would remove it, and a reply is not kept here."""
    page = desktop.go("requests")
    reply = tmp_path / "reply.eml"
    reply.write_text("Subject: Re: Refresh [PA-2]\n\nYour case number is 00484210.\n")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(reply))])
    move, left, none = Qt.DropAction.MoveAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    for event in (
        QDragEnterEvent(QPoint(9, 9), move, data, left, none),
        QDropEvent(QPointF(9, 9), move, data, left, none),
    ):
        event.ignore()
        QApplication.sendEvent(page, event)
        assert not event.isAccepted()
    desktop.settle()
    assert not desktop.window.sheets


@pytest.mark.parametrize("status_", ["acknowledged", "cancelled"])
def test_a_later_reply_with_a_known_case_number_leads_to_its_request(desktop: Desktop, status_: Status) -> None:
    context = desktop.app.context
    context.write(services.requests.advance, 2, "acknowledged", case_number="00484210")
    if status_ != "acknowledged":
        context.write(services.requests.advance, 2, status_)
    sheet = ReplySheet(desktop.window.shell, "Subject: Case 00484210\n\nWe have scheduled it for Friday.")
    desktop.window.shell.open_sheet(sheet)
    desktop.bot.waitUntil(lambda: sheet.primary.text() == "Open PA-2", timeout=WAIT_MS)
    assert sheet.request.currentData() == 2
    desktop.click(sheet.primary)
    desktop.settle()
    assert not desktop.window.sheets
    assert "PA-2" in texts(desktop.window.current)
    assert status(desktop, 2) == status_


def test_the_day_a_reply_names_stands_in_its_sheet_and_is_recorded_with_the_number(desktop: Desktop) -> None:
    text = "Your case number is 00484210. Your refresh is scheduled for {} at 8 pm ET."
    sheet = ReplySheet(desktop.window.shell)
    desktop.window.shell.open_sheet(sheet)
    sheet.pasted.setPlainText(f"Subject: Re: Refresh [PA-2]\n\n{text.format('04/12/2027')}")
    desktop.reads(sheet, "Day and month can be read in two ways")
    assert (sheet.day.currentText(), sheet.day.count()) == ("No day", 3)
    sheet.pasted.setPlainText(f"Subject: Re: Refresh [PA-2]\n\n{text.format('Friday 10 December 2027')}")
    desktop.bot.waitUntil(lambda: sheet.primary.text() == "Record number and day", timeout=WAIT_MS)
    sheet.request.setCurrentIndex(sheet.request.findData(None))
    assert not sheet.day.isVisible()
    sheet.request.setCurrentIndex(sheet.request.findData(2))
    desktop.click(sheet.primary)
    desktop.bot.waitUntil(lambda: status(desktop, 2) == "scheduled", timeout=WAIT_MS)


@looks
def test_a_reply_is_dropped_anywhere_on_its_sheet(desktop: Desktop, tmp_path: Path) -> None:
    file = tmp_path / "reply.eml"
    file.write_text("From: support@vendor.example\nSubject: Re: Refresh [PA-2]\n\nYour case number is 00484210.\n")
    sheet = ReplySheet(desktop.window.shell)
    desktop.window.shell.open_sheet(sheet)
    desktop.settle()
    assert desktop.drop(sheet, file)
    desktop.bot.waitUntil(lambda: sheet.number.currentText() == "00484210", timeout=WAIT_MS)
    assert sheet.request.currentData() == 2


@looks
def test_an_incident_that_is_not_critical_becomes_a_normal_request(desktop: Desktop) -> None:
    sheet = CriticalSheet(desktop.window.shell)
    desktop.window.shell.open_sheet(sheet)
    sheet.ticks["b"].setChecked(True)
    assert "250" not in texts(sheet)
    sheet.some.setChecked(True)
    sheet.subject.setText("Slow reports")
    sheet.reason.setPlainText("Reports take an hour.")
    desktop.reads(sheet, "$250")
    assert not sheet.primary.isEnabled()
    desktop.click(button(sheet, "Write a normal request …"))
    other = desktop.sheet(RequestSheet)
    assert (other.subject.text(), other.reason.toPlainText()) == ("Slow reports", "Reports take an hour.")


def test_a_critical_incident_shows_three_ways_and_starts_a_clock(desktop: Desktop) -> None:
    sheet = CriticalSheet(desktop.window.shell)
    desktop.window.shell.open_sheet(sheet)
    sheet.ticks["c"].setChecked(True)
    sheet.everybody.setChecked(True)
    sheet.subject.setText(CRITICAL.title)
    sheet.reason.setPlainText(CRITICAL.reason)
    assert sheet.primary.isEnabled()
    sheet.submit()
    desktop.bot.waitUntil(
        lambda: bool(desktop.window.sheets) and isinstance(desktop.window.sheets[-1], WaysSheet), timeout=WAIT_MS
    )
    ways = desktop.window.sheets[-1]
    desktop.reads(ways, "Portal ticket", "Email", "Voicemail", "1-469-874-0792 ext. 3", "Open now: Support")
    assert isinstance(ways, WaysSheet)
    assert ways.primary.isEnabled()
    ways.submit()
    desktop.bot.waitUntil(lambda: not desktop.window.sheets, timeout=WAIT_MS)
    overview = desktop.go("overview")
    desktop.reads(overview, f"{CRITICAL.title}", "2 hours left")


def test_the_clock_starts_with_the_contact_and_not_with_the_note(desktop: Desktop) -> None:
    context = desktop.app.context
    key = context.write(services.requests.draft, CRITICAL).value.request.id
    sheet = WaysSheet(desktop.window.shell, context.read(services.requests.find, key))
    desktop.window.shell.open_sheet(sheet)
    desktop.settle()
    sheet.opened_at.setDateTime(sheet.opened_at.dateTime().addSecs(-40 * 60))
    sheet.submit()
    desktop.bot.waitUntil(lambda: status(desktop, key) == "sent", timeout=WAIT_MS)
    assert context.read(services.requests.find, key).answer_due == NOW + timedelta(minutes=80)
    desktop.reads(desktop.go("overview"), "1 hour 20 minutes left")


def test_an_incident_called_sent_on_its_card_is_asked_when_that_was(desktop: Desktop) -> None:
    context = desktop.app.context
    key = context.write(services.requests.draft, CRITICAL).value.request.id
    desktop.do(desktop.request(key), "I sent it")
    sheet = desktop.sheet(StepSheet)
    assert sheet.at is not None
    sheet.at.setDateTime(sheet.at.dateTime().addDays(1))
    sheet.submit()
    desktop.reads(sheet, "The time of the contact is in the future.")
    sheet.at.setDateTime(sheet.at.dateTime().addDays(-1).addSecs(-600))
    sheet.submit()
    desktop.bot.waitUntil(lambda: status(desktop, key) == "sent", timeout=WAIT_MS)
    assert context.read(services.requests.find, key).answer_due == NOW + timedelta(minutes=110)


def test_a_case_number_of_another_request_is_asked_about_in_each_sheet(desktop: Desktop) -> None:
    context = desktop.app.context
    view = context.read(services.requests.find, 2)
    sheet = StepSheet(desktop.window.shell, view, "acknowledged")
    desktop.window.shell.open_sheet(sheet)
    sheet.case_number.setText("00483977")  # request 4 has it
    assert not sheet.same_case.isVisibleTo(sheet)
    sheet.submit()
    desktop.reads(sheet, "PA-4, defect", "Support is handling both requests under this case.")
    sheet.same_case.setChecked(True)
    sheet.case_number.setText("00483978")
    assert not sheet.same_case.isChecked(), "that was said of another number"
    sheet.case_number.setText("00483977")
    sheet.same_case.setChecked(True)
    sheet.submit()
    desktop.bot.waitUntil(lambda: sheet not in desktop.window.sheets, timeout=WAIT_MS)
    assert context.read(services.requests.find, 2).request.case_number == "00483977"
    other = CaseNumberSheet(desktop.window.shell, context.read(services.requests.find, 4))
    desktop.window.shell.open_sheet(other)
    other.number.setText("#00483977")
    other.submit()
    desktop.reads(other, "PA-2", "Support is handling both requests under this case.")


def test_an_offer_with_the_number_of_another_request_is_asked_about(desktop: Desktop) -> None:
    context = desktop.app.context
    number = FoundNumber(1, 2, "00483977", "help@vendor.example", NOW, True)
    page = desktop.page(RequestsPage)
    page.detail.choices.take_number(number)
    sheet = desktop.sheet(SameCaseSheet)
    desktop.reads(sheet, "PA-4, defect")
    assert context.read(services.requests.find, 2).request.case_number is None
    sheet.submit()
    desktop.bot.waitUntil(lambda: sheet not in desktop.window.sheets, timeout=WAIT_MS)
    assert context.read(services.requests.find, 2).request.case_number == "00483977"


def test_the_day_support_named_is_warned_about_and_can_be_saved(desktop: Desktop) -> None:
    context = desktop.app.context
    context.write(services.requests.advance, 2, "acknowledged", case_number="00481599")
    sheet = StepSheet(desktop.window.shell, context.read(services.requests.find, 2), "scheduled")
    desktop.window.shell.open_sheet(sheet)
    assert sheet.day is not None
    sheet.day.setDate(to_qdate(date(2026, 12, 12)))
    desktop.reads(sheet, "This day meets an upgrade window")
    sheet.day.setDate(to_qdate(date(2026, 11, 30)))
    desktop.reads(sheet, "You asked for a day not before Tuesday 1 December 2026.")
    sheet.submit()
    desktop.bot.waitUntil(lambda: sheet not in desktop.window.sheets, timeout=WAIT_MS)
    assert context.read(services.requests.find, 2).request.scheduled_for == date(2026, 11, 30)


def test_enter_presses_the_button_that_has_the_focus(desktop: Desktop) -> None:
    key = drafted(desktop.app.context)
    sheet = SendSheet(desktop.window.shell, desktop.app.context.read(services.requests.find, key))
    desktop.window.shell.open_sheet(sheet)
    desktop.bot.waitUntil(sheet.primary.isEnabled, timeout=WAIT_MS)
    assert sheet.focusWidget() is sheet.way
    sheet.safe.setFocus()
    desktop.bot.keyClick(sheet.safe, Qt.Key.Key_Return)
    desktop.bot.waitUntil(lambda: sheet not in desktop.window.sheets, timeout=WAIT_MS)
    assert status(desktop, key) == "drafted"


def test_enter_starts_no_clock(desktop: Desktop) -> None:
    key = desktop.app.context.write(services.requests.draft, CRITICAL).value.request.id
    sheet = WaysSheet(desktop.window.shell, desktop.app.context.read(services.requests.find, key))
    desktop.window.shell.open_sheet(sheet)
    desktop.settle()
    desktop.bot.keyClick(sheet, Qt.Key.Key_Return)
    desktop.settle()
    assert status(desktop, key) == "drafted"


@looks
def test_an_acknowledgement_counts_for_the_features_it_was_given_for(desktop: Desktop) -> None:
    start = RequestInput(
        kind="feature-change", features=("external-communications.sms",), change="enable", reason="Pilot"
    )
    sheet = desktop.request_sheet("feature-change", start)
    desktop.bot.waitUntil(lambda: sheet.asked is not None, timeout=WAIT_MS)
    before = sheet.asked
    assert before is not None
    before.acknowledged.setChecked(True)
    desktop.bot.waitUntil(sheet.primary.isEnabled, timeout=WAIT_MS)
    sheet._ticks["external-communications.sms"].setChecked(False)
    sheet._ticks["ms-exchange"].setChecked(True)
    desktop.bot.waitUntil(lambda: sheet.asked is not before, timeout=WAIT_MS)
    assert sheet.asked is not None
    assert not sheet.asked.acknowledged.isChecked()
    desktop.bot.waitUntil(lambda: not sheet.primary.isEnabled(), timeout=WAIT_MS)
    desktop.reads(sheet, "staff calendars")


@looks
def test_escape_asks_once_before_it_drops_what_was_typed(desktop: Desktop) -> None:
    sheet = desktop.request_sheet("question")
    desktop.bot.keyClicks(sheet.subject, "Reports")
    desktop.bot.keyClick(sheet, Qt.Key.Key_Escape)
    desktop.reads(sheet, "What is filled in is not saved.")
    desktop.bot.keyClick(sheet, Qt.Key.Key_Escape)
    desktop.bot.waitUntil(lambda: sheet not in desktop.window.sheets, timeout=WAIT_MS)


@looks
def test_closing_a_sheet_by_its_frame_asks_once_too(desktop: Desktop) -> None:
    sheet = desktop.request_sheet("question")
    desktop.bot.keyClicks(sheet.subject, "Reports")
    assert not sheet.close()
    desktop.reads(sheet, "What is filled in is not saved. Close it once more to drop it.")
    assert sheet.close()
    desktop.bot.waitUntil(lambda: sheet not in desktop.window.sheets, timeout=WAIT_MS)


def test_saving_one_part_of_settings_loses_nothing_of_the_other(desktop: Desktop) -> None:
    page = desktop.settings()
    assert page.form is not None
    assert page.mail is not None
    page.form.name.setText("Harbour Families")
    page.mail.smtp.host.setText("post.harbour.example")
    page.save_mail()
    desktop.settle()
    assert page.form.name.text() == "Harbour Families"
    page.save()
    desktop.settle()
    kept = desktop.app.context.read(services.agency.need_profile)
    assert (kept.name, kept.smtp_host) == ("Harbour Families", "post.harbour.example")


def test_a_case_number_that_was_entered_wrong_is_put_right(desktop: Desktop) -> None:
    view = desktop.app.context.read(services.requests.find, 4)
    sheet = CaseNumberSheet(desktop.window.shell, view)
    desktop.window.shell.open_sheet(sheet)
    sheet.number.setText("00483978")
    sheet.submit()
    desktop.bot.waitUntil(lambda: sheet not in desktop.window.sheets, timeout=WAIT_MS)
    assert desktop.app.context.read(services.requests.find, 4).request.case_number == "00483978"


def test_what_was_called_sent_by_mistake_is_a_draft_again(desktop: Desktop) -> None:
    desktop.do(desktop.request(2), "It was not sent")
    desktop.bot.waitUntil(lambda: status(desktop, 2) == "drafted", timeout=WAIT_MS)


@looks
@pytest.mark.parametrize("kind", ["question", "defect", "scheduled-call", "missing-notice"])
def test_the_word_that_opens_an_incident_stays_out_of_other_subjects(desktop: Desktop, kind: RequestKind) -> None:
    sheet = desktop.request_sheet(kind)
    if kind == "missing-notice":
        assert not hasattr(sheet, "subject")
        return
    sheet.subject.setText("A critical question")
    sheet.reason.setPlainText("Something")
    desktop.reads(sheet, "opens a critical incident")
    assert not sheet.primary.isEnabled()


def test_the_demo_s_password_is_asked_for_and_never_kept_here(desktop: Desktop, demo: App) -> None:
    database = (demo.home / "penelope-admin.db").read_bytes()
    assert b"secret" not in database


def send_sheet(desktop: Desktop, key: int, way: str) -> SendSheet:
    """The sheet that sends a request, at one of the ways and with its text."""
    sheet = SendSheet(desktop.window.shell, desktop.app.context.read(services.requests.find, key))
    desktop.window.shell.open_sheet(sheet)
    choose_way(desktop, sheet, way)
    return sheet


def choose_way(desktop: Desktop, sheet: SendSheet, way: str) -> None:
    sheet.way.setCurrentIndex(sheet.way.findData(way))
    desktop.bot.waitUntil(sheet.primary.isEnabled, timeout=WAIT_MS)


def test_one_s_own_failed_hand_over_is_not_called_somebody_else_s_change(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desktop.window.shell, "open_link", lambda link: link.startswith("https:"))
    sheet = send_sheet(desktop, 3, "mail-program")
    for _ in range(2):
        sheet.submit()
        desktop.settle()
        desktop.reads(sheet, "No mail program answered.")
        assert "meanwhile" not in texts(sheet)
    choose_way(desktop, sheet, "portal")
    assert "No mail program answered." not in texts(sheet), "an old error stays when another way is chosen"
    sheet.submit()
    desktop.bot.waitUntil(lambda: sheet not in desktop.window.sheets, timeout=WAIT_MS)
    assert desktop.app.context.read(services.requests.find, 3).via == "portal"


def test_what_somebody_else_did_change_is_said_and_the_text_as_it_is_now_is_shown(desktop: Desktop) -> None:
    sheet = send_sheet(desktop, 3, "portal")
    wish = RequestInput(environment="training-b", reason="Course moved to February")
    desktop.app.context.write(services.requests.redraft, 3, wish)
    sheet.submit()
    desktop.reads(sheet, "Somebody else changed this request meanwhile.")
    desktop.bot.waitUntil(lambda: "February" in sheet.text.text.toPlainText(), timeout=WAIT_MS)
    desktop.reads(sheet, "Somebody else changed this request meanwhile.")


def test_nobody_is_asked_whether_they_sent_what_no_mail_program_took(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desktop.window.shell, "open_link", lambda _link: False)
    detail = desktop.request(3)
    desktop.do(detail, "Send to Support …")
    sheet = desktop.sheet(SendSheet)
    choose_way(desktop, sheet, "mail-program")
    sheet.submit()
    desktop.reads(sheet, "No mail program answered.")
    sheet.reject()
    desktop.settle()
    assert "Did you send it" not in texts(desktop.request(3))
    assert "Send to Support …" in desktop.possible(desktop.request(3))


def test_a_case_number_that_is_typed_is_not_completed_to_the_one_that_was_found(desktop: Desktop) -> None:
    sheet = ReplySheet(desktop.window.shell, "Re: [PA-4]\n\nCase Number: 00484210The")
    desktop.window.shell.open_sheet(sheet)
    desktop.bot.waitUntil(lambda: sheet.number.currentText() == "00484210The", timeout=WAIT_MS)
    sheet.activateWindow()
    desktop.bot.waitUntil(sheet.isActiveWindow, timeout=WAIT_MS)
    sheet.number.setFocus()
    desktop.bot.keyClick(sheet.number, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    desktop.bot.keyClicks(sheet.number, "00484210")
    assert sheet.number.currentText() == "00484210"


def test_what_is_in_the_clipboard_is_asked_about_although_no_browser_opened_the_portal(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desktop.window.shell, "open_link", lambda _link: False)
    desktop.do(desktop.request(3), "Send to Support …")
    sheet = desktop.sheet(SendSheet)
    choose_way(desktop, sheet, "portal")
    sheet.submit()
    desktop.reads(sheet, "The text is in the clipboard")
    sheet.reject()
    desktop.reads(desktop.request(3), "Did you send the ticket in the portal?")


def test_a_call_is_recorded_by_itself_and_all_of_its_script_is_in_sight(desktop: Desktop) -> None:
    QApplication.clipboard().setText("mine")
    sheet = send_sheet(desktop, 3, "phone")
    assert "Ask for the case number" in sheet.text.text.toPlainText()
    desktop.bot.waitUntil(lambda: sheet.text.text.verticalScrollBar().maximum() == 0, timeout=WAIT_MS)
    assert sheet.primary.text() == "I have called"
    desktop.click(sheet.primary)
    desktop.bot.waitUntil(lambda: status(desktop, 3) == "sent", timeout=WAIT_MS)
    assert QApplication.clipboard().text() == "mine"
    (given,) = desktop.app.context.read(services.requests.inbox.open_request, 3).hand_overs
    assert given.via == "phone"


def test_a_call_about_what_was_sent_already_changes_nothing_but_is_written_down(demo: App) -> None:
    before = demo.context.read(services.requests.find, 4).request.status
    demo.context.write(services.requests.delivery.record_call, 4)
    opened = demo.context.read(services.requests.inbox.open_request, 4)
    assert opened.view.request.status == before
    assert [given.via for given in opened.hand_overs] == ["phone"]


@looks
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "critical"])
def test_a_request_s_sheet_begins_with_its_first_field(desktop: Desktop, kind: RequestKind) -> None:
    sheet = desktop.request_sheet(kind)
    assert sheet.focusWidget() is sheet._fields()[0]


@looks
def test_what_is_too_long_is_refused_and_stays_as_it_was_typed(desktop: Desktop) -> None:
    sheet = question(desktop)
    sheet.subject.setText("word " * 2000)
    desktop.bot.waitUntil(sheet.primary.isEnabled, timeout=WAIT_MS)
    sheet.submit()
    desktop.reads(sheet, "The subject is longer than 120 characters. Nothing was saved.")
    assert sheet.subject.text() == "word " * 2000
