"""Upgrade windows: the coming twelve, why a date needs confirming, and ways to pass them on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QItemSelectionModel, QTimer
from PySide6.QtWidgets import QVBoxLayout

from penelope_admin import services
from penelope_admin.domain.times import place
from penelope_admin.domain.windows import Window
from penelope_admin.ui import format as words
from penelope_admin.ui import theme
from penelope_admin.ui.actions import PageAction
from penelope_admin.ui.desk import Desk
from penelope_admin.ui.models.rows import RowsModel
from penelope_admin.ui.widgets.basics import Badge, Card, Facts, button, clear, label
from penelope_admin.ui.widgets.files import ask_target
from penelope_admin.ui.widgets.flow import Flow
from penelope_admin.ui.widgets.page import Page
from penelope_admin.ui.widgets.statements import statements_card
from penelope_admin.ui.widgets.table import DataTable

if TYPE_CHECKING:
    from penelope_admin.policy import Policy
    from penelope_admin.services.year import YearView

SHOWN = 12
NO_RELEASE_NOTES = "What a version brings is in the release notes. Keep their address in Settings to open them here."
KINDS = {"mass-upgrade": "Calculated", "announced": "Notice", "emergency": "Emergency"}


class WindowsPage(Page):
    """The coming windows as a list, and the chosen one in full."""

    name = "windows"
    title = "Upgrade windows"
    purpose = (
        "The coming twelve upgrades in your time and the vendor's. A notice you record outranks the computed date."
    )
    topics = frozenset({"agency", "notices", "environments", "features", "requests", "projects"})

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._windows: list[Window] = []
        self._release_notes = ""
        self.add_action(button("Record a notice …", self.record_notice, "primary"))
        self._model = RowsModel(("Date", f"{place(desk.zone.key)} time", "Vendor's time", "Source", "Notes"))
        self.table = DataTable(desk, "windows", "The coming upgrade windows")
        self.table.show_model(self._model, (36, 26, 30, 17, 24))
        self.table.selectionModel().currentRowChanged.connect(lambda: self._show_chosen())
        self.table.setFixedHeight(theme.current().row_height() * (SHOWN + 2))
        self._detail = Card("Selected window")
        all_ = Flow(
            button("Add all to a calendar …", self.save_all),
            button("Save as CSV …", self.save_csv),
            button("Print …", self.print_all),
        )
        self._year = QVBoxLayout()
        self.add(self.table, all_, self._detail, self._year)
        self.add(statements_card(desk, "What the vendor says", "upgrades", "emergency"))
        self.content.addStretch(1)

    @classmethod
    def actions_by_name(cls, _policy: Policy) -> list[PageAction]:
        """Notices, calendars, and the list on paper."""
        return [
            PageAction("Record a notice", cls.record_notice, "upgrade date announced emergency maintenance email"),
            PageAction("Add all upgrade windows to a calendar", cls.save_all, "ics outlook dates export"),
            PageAction("Save the upgrade windows as CSV", cls.save_csv, "spreadsheet excel export"),
            PageAction("Print the upgrade windows", cls.print_all, "paper"),
            PageAction("See the year as a picture", lambda page: page.show_subject("year"), "calendar twelve months"),
        ]

    def load(self) -> None:
        """Ask for the coming windows."""
        self.desk.operations.run(
            lambda context: (
                context.read(services.windows.upcoming, SHOWN),
                context.read(services.year.load),
                context.read(services.agency.need_profile).release_notes_url,
            ),
            lambda found: self._show(*found),
            label="Computing the windows",
        )

    def _show(self, found: list[Window], year: YearView, release_notes: str) -> None:
        self._windows, self._release_notes = found, release_notes
        QTimer.singleShot(0, self, lambda: self._show_year(year))  # in a turn of its own, so that nothing is held up
        self._model.show_rows([self._cells(window) for window in found])
        self.table.fit_columns()
        first = self._model.index(0, 0)
        self.table.selectionModel().setCurrentIndex(
            first, QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        )
        self._show_chosen()
        self.loaded.emit()

    def _show_year(self, year: YearView) -> None:
        from penelope_admin.ui.widgets.year import year_card

        clear(self._year)
        self._year.addWidget(year_card(year))

    def show_subject(self, subject: str) -> None:
        """Bring the picture of the year into view."""
        if subject == "year" and (item := self._year.itemAt(0)) is not None and (card := item.widget()) is not None:
            self.area.verticalScrollBar().setValue(card.y())

    @staticmethod
    def _cells(window: Window) -> list[tuple[str, object]]:
        here, there = window.zone, window.source_zone
        start = window.starts_at
        flags = (["now"] if window.in_progress else []) + (["confirm the date"] if window.confirm_date else [])
        flags += (["clocks change"] if window.clocks_change else []) + (["unusual gap"] if window.unusual_gap else [])
        return [
            (words.day(start.astimezone(here).date()), start),
            (words.brief(start, window.ends_at, here), start),
            (words.brief(start, window.ends_at, there), start),
            (KINDS[window.kind], window.kind),
            (", ".join(flags).capitalize(), len(flags)),
        ]

    @property
    def shown_windows(self) -> list[Window]:
        """The windows of the list."""
        return list(self._windows)

    @property
    def chosen(self) -> Window | None:
        """The window whose row is current."""
        index = self.table.selectionModel().currentIndex()
        return self._windows[index.row()] if index.isValid() and index.row() < len(self._windows) else None

    def _show_chosen(self) -> None:
        self._detail.empty()
        window = self.chosen
        if window is None:
            return
        facts = Facts()
        facts.add(f"Your time ({place(window.zone.key)})", words.span(window.starts_at, window.ends_at, window.zone))
        label_ = self.desk.policy.schedule.source_zone_label
        facts.add(
            f"The vendor's time ({label_}, read as {place(window.source_zone.key)}'s clock)",
            words.span(window.starts_at, window.ends_at, window.source_zone),
        )
        self._detail.add(facts)
        if window.confirm_date:
            self._detail.add(Badge("Confirm the date", "caution"))
        if window.is_emergency:
            self._detail.add(Badge("Emergency maintenance", "danger"))
        if window.kind != "mass-upgrade":
            self._detail.add(Badge("From a notice you recorded", "info"))
        notes = QVBoxLayout()
        for note in window.notes:
            notes.addWidget(label(note))
        for detail in window.details:
            notes.addWidget(label(detail, "muted"))
        if not window.is_emergency:
            notes.addWidget(label(self.desk.policy.quote("no-shorter-outage"), "caption"))
            if not self._release_notes:
                notes.addWidget(label(NO_RELEASE_NOTES, "caption"))
        self._detail.add(notes)
        deeds = [
            button("Add to a calendar …", lambda: self.save_calendar([window])),
            button("Copy a staff notice", lambda: self.copy_staff_notice(window)),
        ]
        if self._release_notes and not window.is_emergency:
            deeds.append(button("Release notes", self.open_release_notes, "link"))
        if window.notice is not None:
            notice = window.notice
            deeds.append(button("Remove this notice", lambda: self.remove_notice(notice.id), "danger"))
        self._detail.add(Flow(*deeds))

    def open_release_notes(self) -> None:
        """Open the vendor's release notes in a browser."""
        if not self.desk.open_link(self._release_notes):
            self.say(f"No browser answered. The release notes are at {self._release_notes}", "caution")

    def record_notice(self) -> None:
        """Open the sheet for a notice."""
        from penelope_admin.ui.dialogs.notice import NoticeSheet

        self.desk.open_sheet(NoticeSheet(self.desk, self.chosen))

    def remove_notice(self, key: str) -> None:
        """Take back a notice; it can be recorded again."""
        self.desk.operations.run(
            lambda context: context.write(services.notices.remove, key),
            lambda _: self.desk.said.emit("Notice removed."),
        )

    def copy_staff_notice(self, window: Window) -> None:
        """Put a text for the staff into the clipboard."""
        from penelope_admin.domain.windows import staff_notice

        agency = self.desk.settings.agency
        name, all_night = (agency.name, agency.around_the_clock) if agency else ("", False)
        self.desk.copy(staff_notice(window, name, around_the_clock=all_night), "Staff notice")

    def save_calendar(self, windows: list[Window]) -> None:
        """Save windows as a calendar file that calendar programs open."""
        self._save("penelope-upgrades.ics", "Calendar", "ics", list(windows))

    def save_all(self) -> None:
        """Save every window of the list for a calendar."""
        self.save_calendar(self._windows)

    def save_csv(self) -> None:
        """Save the windows as a table."""
        self._save("penelope-upgrades.csv", "Table", "csv", list(self._windows))

    def _save(self, name: str, kind: str, form: Literal["ics", "csv"], windows: list[Window]) -> None:
        target = ask_target(self, "Save upgrade windows", name, kind)
        if target is None:
            return
        self.desk.operations.run(
            lambda context: services.windows.save(context, windows, form, target),
            lambda _: self.desk.said.emit(f"Saved: {target}"),
            label="Saving",
        )

    def print_all(self) -> None:
        """Print the windows with their notes."""
        from PySide6.QtGui import QTextDocument
        from PySide6.QtPrintSupport import QPrintDialog, QPrinter

        printer = QPrinter()
        dialog = QPrintDialog(printer, self)
        if dialog.exec() != QPrintDialog.DialogCode.Accepted:
            return
        lines = [self.title, ""]
        for window in self._windows:
            when = words.span(window.starts_at, window.ends_at, window.zone)
            lines += [f"{window.name}: {when}", *window.notes, *window.details, ""]
        document = QTextDocument()
        document.setPlainText("\n".join(lines))
        document.print_(printer)
