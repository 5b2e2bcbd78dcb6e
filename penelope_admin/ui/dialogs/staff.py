"""The sheets for a notice to the staff: as text, by email, and as a web page that can be kept up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QTextEdit

from penelope_admin import services
from penelope_admin.domain.staff import where_it_stands
from penelope_admin.domain.times import plural
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.basics import Banner, Result, button, label
from penelope_admin.ui.widgets.fields import text_line
from penelope_admin.ui.widgets.files import ask_target
from penelope_admin.ui.widgets.flow import Flow
from penelope_admin.ui.widgets.marked import MarkedText
from penelope_admin.ui.widgets.privacy import OutgoingText
from penelope_admin.ui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from penelope_admin.domain.delivery import Outgoing
    from penelope_admin.domain.windows import Window
    from penelope_admin.services.calendar.staff import Form
    from penelope_admin.services.requests.staff_mail import StaffParcel

PAGE = (
    "A web page for your intranet or a shared folder needs nothing from outside. It tells the time at each site and on "
    "each reader's own clock, and counts down. Kept up to date, it tells of what comes next, and is written again "
    "whenever something of it changes."
)

MEANING = (
    "It goes into the outbox and leaves as soon as the mail server answers, with its formatting and as plain text. "
    "Nobody sees who else gets it. It is held back if the window moves before."
)


def open_staff_sheet(shell: Shell, window: Window) -> None:
    """Open the sheet with the words for a window."""
    staff = services.calendar.staff
    shell.operations.run(
        lambda context: (
            context.read(staff.in_form, [window], "text"),
            context.read(staff.in_form, [window], "html"),
            context.read(staff.mailed).get(window.key),
        ),
        lambda forms: shell.open_sheet(StaffSheet(shell, window, *forms)),
    )  # fmt: skip


class StaffSheet(Sheet):
    """What the staff is told of a window, and how it gets to them."""

    help_topic = "windows"

    def __init__(self, shell: Shell, window: Window, text: str, html: str, mailed: Outgoing | None = None) -> None:
        super().__init__(shell, "Tell the staff", "Copy as an email", wide=True)
        self._window, self._html = window, html
        shown = MarkedText("Notice", 1)
        shown.show_text(text)
        self.field("Notice", shown)
        self.outcome = Result()
        hint = "Or that of a mailing list. Kept on this computer."
        self.to = self.field("Your staff's addresses (optional)", text_line(shell.settings.staff_addresses), hint)
        if mailed is not None:
            self.add(f"By email: {where_it_stands(mailed, window.zone)}")
        if mailed is not None and mailed.state == "waiting":
            self.add(Flow(button("Cancel sending", lambda: self.take_back(mailed.id))))
        self.add(
            Flow(
                button("Send by our mail server …", self.preview_mail),
                button("Open in mail program", self.open_mail),
                button("Save as text …", lambda: self.write("text")),
                button("Save as an email …", lambda: self.write("html")),
            ),
            PAGE,
            Flow(
                button("Save a web page …", lambda: self.write("page")),
                button("Keep a web page up to date …", self.keep),
            ),
            self.outcome,
        )  # fmt: skip

    def submit(self) -> None:
        """Put it into the clipboard, formatted for programs that take that, and close."""
        page = QTextEdit()  # a QMimeData made here would be the clipboard's after Python has ended, and crash Qt
        page.setHtml(self._html)
        page.selectAll()
        page.copy()
        self.accept()
        self.shell.said.emit("Staff notice copied.")

    def preview_mail(self) -> None:
        """Look at the mail as it would leave; a sheet of its own shows it, and sends it."""
        mail, key, to, shell = services.requests.staff_mail, self._window.key, self.to.text(), self.shell
        shell.remember(staff_addresses=to)
        self.save(
            lambda context: context.read(mail.parcel_for, key, to),
            then=lambda parcel: shell.open_sheet(SendStaffSheet(shell, parcel)),
            label="Looking at the text",
        )

    def take_back(self, key: int) -> None:
        """Take the notice out of the outbox before it leaves."""
        self.save(lambda context: context.write(services.requests.outbox.cancel, key), "The notice was taken back.")

    def open_mail(self) -> None:
        """Have the system's mail program open a mail with it; a person sends it there."""
        staff, window, to = services.calendar.staff, self._window, self.to.text()
        self.forget_error()
        self.shell.remember(staff_addresses=to)
        self.shell.operations.run(
            lambda context: context.read(staff.mail_link, window, to), self._opened_mail, self.fail
        )

    def _opened_mail(self, link: str) -> None:
        if self.shell.open_link(link):
            self.outcome.notify("It opens in your mail program. Look at it and send it there.", "info")
        else:
            self.outcome.notify("No mail program answered. Copy the notice as an email instead.", "caution")

    def write(self, form: Form) -> None:
        """Ask where to, and save it once."""
        staff, window = services.calendar.staff, self._window
        name, kind = ("penelope-notice.txt", "Text") if form == "text" else ("penelope-notice.html", "Web page")
        target = ask_target(self, "Save the notice", name, kind)
        if target is not None:
            self.shell.operations.run(
                lambda context: context.read(staff.save, [window], form, target),
                lambda path: self.outcome.notify(f"Saved: {path}", "positive"),
                self.fail,
                "Saving",
            )

    def keep(self) -> None:
        """Ask where to, write the page, and keep it up to date from now on."""
        from penelope_admin.gateways.lists import KeptFile

        target = ask_target(self, "Keep a web page up to date", "penelope.html", "Web page")
        if target is not None:
            kept_file = KeptFile(str(target), "staff-notice", ())
            self.shell.operations.run(
                lambda context: services.calendar.kept.keep(context, kept_file),
                lambda page: self.outcome.notify(
                    f"Saved, and kept up to date: {page.path}. Add the dates to a calendar lists such files.",
                    "positive",
                ),
                self.fail,
                "Saving",
            )


class SendStaffSheet(Sheet):
    """Nothing leaves before a person has seen what does, and to whom."""

    help_topic = "windows"
    records = True

    def __init__(self, shell: Shell, parcel: StaffParcel) -> None:
        super().__init__(shell, "Send the notice to the staff", "Send it", wide=True)
        self._parcel = parcel
        self.add(
            label(f"To {plural(len(parcel.to), 'address', 'addresses')}: {', '.join(parcel.to)}", selectable=True),
            f"From: {parcel.letter.sender}",
            label(MEANING, "muted"),
        )
        if parcel.outside:
            self.add(Banner(parcel.outside, "caution"))
        self.text = OutgoingText("Message", 10)
        self.text.changed.connect(self.update_enabled)
        self.text.show_text(parcel.letter.whole_text, parcel.hits, parcel.warnings)
        self.add(self.text)

    def update_enabled(self) -> None:
        self.ask_for({"the tick about client data": self.text.may_leave})

    def submit(self) -> None:
        """Put it into the outbox."""
        parcel, anyway = self._parcel, self.text.send_anyway
        self.save(
            lambda context: context.write(services.requests.staff_mail.send, parcel, send_anyway=anyway),
            "The notice was put into the outbox.",
        )
