"""Mail that is about to stop, and mail that may have arrived, in the window."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from penelope_admin import services
from penelope_admin.domain.requests import RequestInput
from penelope_admin.ui.dialogs.send import SendSheet
from penelope_admin.ui.widgets.page import Page
from tests.postoffice import DROP, Fault, PostOffice
from tests.ui.conftest import WAIT_MS, Desktop, looks, texts


def names(widget: QWidget) -> list[str]:
    """The buttons that can be seen."""
    return [found.text() for found in widget.findChildren(QPushButton) if found.isVisible()]


def queued(desktop: Desktop, office: PostOffice) -> int:
    """A question whose message waits."""
    context = desktop.app.context
    known = context.read(services.agency.need_profile)
    mine = msgspec.structs.replace(known, smtp_host="localhost", smtp_port=office.port, smtp_user="", delivery="smtp")
    context.write(services.agency.update, mine)
    key = context.write(
        services.requests.draft, RequestInput(kind="question", title="A report", reason="How?")
    ).value.request.id
    context.write(services.requests.delivery.hand_over, key, "smtp")
    return key


def flush(desktop: Desktop) -> None:
    from penelope_admin.mail.line import CancelToken

    services.requests.outbox.flush(desktop.app.context, CancelToken(), now=True)


@looks
def test_settings_say_it_as_soon_as_the_server_s_name_is_typed_and_before_anything_is_saved(desktop: Desktop) -> None:
    page = desktop.settings("Sending and replies")
    assert page.mail is not None
    before = desktop.app.context.read(services.agency.need_profile)
    assert not page.mail.smtp.notice.isVisibleTo(page)
    page.mail.smtp.host.setText("")
    desktop.bot.keyClicks(page.mail.smtp.host, "smtp.office365.com")
    assert page.mail.smtp.notice.isVisibleTo(page)
    assert "Microsoft 365" in page.mail.smtp.notice.text()
    assert "December 2026" in page.mail.smtp.host.accessibleDescription()
    assert not page.mail.imap.notice.isVisibleTo(page)
    page.mail.imap.host.setText("outlook.office365.com")
    assert "since January 2023" in page.mail.imap.notice.text()
    page.mail.smtp.host.setText("mail.riverside.example")
    assert not page.mail.smtp.notice.isVisibleTo(page)
    assert desktop.app.context.read(services.agency.need_profile) == before


def test_settings_offer_the_mail_program_with_one_click(desktop: Desktop) -> None:
    page = desktop.settings("Sending and replies")
    assert page.mail is not None
    page.mail.delivery.setCurrentIndex(page.mail.delivery.findData("smtp"))
    assert not page.mail.use_mail_program.isVisibleTo(page)
    page.mail.smtp.host.setText("smtp.gmail.com")
    assert page.mail.use_mail_program.isVisibleTo(page)
    page.mail.use_mail_program.click()
    assert page.mail.delivery.currentData() == "mail-program"
    assert not page.mail.use_mail_program.isVisibleTo(page)
    page.save_mail()
    desktop.settle()
    assert desktop.app.context.read(services.agency.need_profile).delivery == "mail-program"


@looks
def test_the_mail_form_says_that_mail_is_always_encrypted(desktop: Desktop) -> None:
    page = desktop.settings("Sending and replies")
    assert page.mail is not None
    said = texts(page.mail)
    assert said.count("Always encrypted.") == 2
    for banned in ("encrypted or not at all", "May be left empty"):
        assert banned not in said


@pytest.mark.parametrize("part", ["agency", "mail"])
def test_after_saving_in_settings_the_focus_stays_in_what_was_saved(desktop: Desktop, part: str) -> None:
    page = desktop.settings("Sending and replies")
    assert page.form is not None
    assert page.mail is not None
    (page.form.name if part == "agency" else page.mail.smtp.host).setText("post.harbour.example")
    save = page.saves["Agency"] if part == "agency" else page.saves["Sending and replies"]
    save.setFocus()
    desktop.click(save)
    desktop.settle()
    wanted = "Agency name" if part == "agency" else "How requests are usually sent"

    def focused() -> bool:
        widget = QApplication.focusWidget()
        return widget is not None and page.isAncestorOf(widget) and widget.accessibleName() == wanted

    desktop.bot.waitUntil(focused, timeout=WAIT_MS)


def test_a_refused_message_offers_the_mail_program_with_one_click(desktop: Desktop, office: PostOffice) -> None:
    office.faults.append(Fault("mail", "550 5.7.30 Basic authentication is not supported for Client Submission."))
    key = queued(desktop, office)
    flush(desktop)
    shown = desktop.request(key)
    assert "accepts no passwords" in texts(shown)
    assert "Check user name" not in texts(shown)
    desktop.do(shown, "Use mail program …")
    sheet = desktop.sheet(SendSheet)
    assert sheet.way.currentData() == "mail-program"


@pytest.mark.parametrize(("answer", "becomes"), [("It arrived", "sent"), ("It did not arrive", "drafted")])
def test_what_may_have_arrived_is_asked_with_two_answers_and_nothing_else_moves_it(
    desktop: Desktop, office: PostOffice, answer: str, becomes: str
) -> None:
    office.faults[:] = [Fault("reply", DROP)]
    key = queued(desktop, office)
    flush(desktop)
    office.faults[:] = [Fault("rcpt", "550 Nobody")]
    flush(desktop)
    shown = desktop.request(key)
    assert "Support may have it." in texts(shown)
    assert "not sent and is a draft" not in texts(shown)
    for name in ("Try to send it now", "Cancel sending", "Use mail program …"):
        assert name not in desktop.possible(shown)
    desktop.do(shown, answer)
    desktop.bot.waitUntil(
        lambda: desktop.app.context.read(services.requests.find, key).request.status == becomes, timeout=WAIT_MS
    )


def test_what_may_have_arrived_is_a_task_on_the_overview(desktop: Desktop, office: PostOffice) -> None:
    office.faults.append(Fault("dot", DROP))
    key = queued(desktop, office)
    flush(desktop)
    desktop.app.context.write(
        services.requests.outbox.cancel, desktop.app.context.read(services.requests.outbox.find_all)[-1].id
    )
    page = desktop.go("overview")
    assert isinstance(page, Page)
    page.load()
    desktop.reads(page, f"PA-{key}", "say whether it arrived")
