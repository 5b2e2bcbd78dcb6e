"""The command palette: every page and deed by name, with the keyboard alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem

from penelope_admin.domain.features import availability, full_name
from penelope_admin.domain.requests import KINDS, RequestKind
from penelope_admin.ui import theme
from penelope_admin.ui.dialogs.critical import CriticalSheet
from penelope_admin.ui.dialogs.project import open_project_sheet
from penelope_admin.ui.dialogs.reply import ReplySheet
from penelope_admin.ui.dialogs.request import name_in_words, open_request_sheet
from penelope_admin.ui.pages.activity import ActivityPage
from penelope_admin.ui.pages.databases import DatabasesPage
from penelope_admin.ui.pages.features import FeaturesPage
from penelope_admin.ui.pages.settings import SettingsPage
from penelope_admin.ui.pages.support import SupportPage
from penelope_admin.ui.pages.windows import WindowsPage
from penelope_admin.ui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from penelope_admin.domain.mirror import EventKind
    from penelope_admin.ui.window import MainWindow

P = TypeVar("P")


class Palette(Sheet):
    """Type a few letters of each word, Enter does the first."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window.desk, "What do you want to do?")
        self._window = window
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search pages and actions")
        self.search.setAccessibleName("Search pages and actions")
        self.search.installEventFilter(self)
        self.found = QListWidget()
        self.found.setAccessibleName("Found")
        self.found.itemActivated.connect(self._chosen)
        self.found.setMinimumHeight(theme.current().row_height() * 12)
        self.add(self.search, self.found)
        self.search.textChanged.connect(self._filter)
        self.search.returnPressed.connect(self._do_current)
        self._deeds = dict(self._every_deed())
        self._filter("")
        self.search.setFocus()

    def _typed(self) -> tuple[str, ...]:
        return ()  # letters looked for are nothing to lose

    def _every_deed(self) -> list[tuple[str, Callable[[], None]]]:
        from penelope_admin.ui.rooms import ROOMS

        window, desk = self._window, self.desk
        deeds: list[tuple[str, Callable[[], None]]] = [
            (f"Go to {room.title}", partial(window.go, room.name)) for room in ROOMS
        ]
        deeds += [
            *((_deed_name(kind), partial(open_request_sheet, desk, kind)) for kind in KINDS if kind != "critical"),
            ("Open a critical incident", lambda: desk.open_sheet(CriticalSheet(desk))),
            ("Enter Support's reply", lambda: desk.open_sheet(ReplySheet(desk))),
            ("Send what waits in the outbox", lambda: window.postman.send(now=True)),
            ("Record a notice", lambda: self._on("windows", WindowsPage, WindowsPage.record_notice)),
            ("Add all upgrade windows to a calendar", lambda: self._on("windows", WindowsPage, _save_all)),
            ("Add a holiday of Support", lambda: self._on("support", SupportPage, SupportPage.add_holiday)),
            ("Import holidays of Support", lambda: self._on("support", SupportPage, SupportPage.import_file)),
            ("Verify the activity log", lambda: self._on("activity", ActivityPage, ActivityPage.verify)),
            ("Export the activity log", lambda: self._on("activity", ActivityPage, ActivityPage.export)),
            ("Back up now", lambda: self._on("settings", SettingsPage, SettingsPage.back_up)),
            ("Restore a backup", lambda: self._on("settings", SettingsPage, SettingsPage.restore)),
            ("Help for this page", window.open_help),
        ]
        for key, item in desk.policy.environment.items():
            if item.refreshable and key == "mirrored":
                deeds += [
                    ("Record a refresh of the mirrored database", lambda: self._record("refreshed")),
                    ("Record an upgrade of the mirrored database", lambda: self._record("upgraded")),
                    ("Record a script of the vendor's services", lambda: self._record("script-run")),
                    ("Check de-identification", lambda: self._on("databases", DatabasesPage, _check_data)),
                    ("Plan a project", partial(open_project_sheet, desk)),
                    ("Make a report", lambda: self._on("databases", DatabasesPage, DatabasesPage.make_report)),
                ]
        for feature in desk.policy.features:
            if availability(feature, "mirrored") == "re-enableable":
                name = full_name(desk.policy, feature)
                deeds.append((f"Switch {name}", partial(self._switch, feature.key)))
        return deeds

    def _on(self, name: str, kind: type[P], deed: Callable[[P], None]) -> None:
        self._window.go(name)
        page = self._window.page(name)
        if isinstance(page, kind):
            deed(page)

    def _record(self, kind: EventKind) -> None:
        self._on("databases", DatabasesPage, lambda page: page.when_loaded(lambda: page.record("mirrored", kind)))

    def _switch(self, key: str) -> None:
        self._on("features", FeaturesPage, lambda page: page.when_loaded(lambda: page.ask(key)))

    def _filter(self, text: str) -> None:
        self.found.clear()
        for name in self._deeds:
            if all(word in name.casefold() for word in text.casefold().split()):
                self.found.addItem(QListWidgetItem(name))
        self.found.setCurrentRow(0)

    def _do_current(self) -> None:
        item = self.found.currentItem()
        if item is not None:
            self._chosen(item)

    def _chosen(self, item: QListWidgetItem) -> None:
        deed = self._deeds[item.text()]
        self.accept()
        deed()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The arrow keys move in the list while the words are typed."""
        if watched is self.search and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()), 0)
            if step and self.found.count():
                self.found.setCurrentRow((self.found.currentRow() + step) % self.found.count())
                return True
        return super().eventFilter(watched, event)


def _check_data(page: DatabasesPage) -> None:
    page.check_data("mirrored")


def _deed_name(kind: RequestKind) -> str:
    return "Request a refresh" if kind == "refresh" else f"New request: {name_in_words(kind)}"


def _save_all(page: WindowsPage) -> None:
    page.when_loaded(lambda: page.save_calendar(page.shown_windows))
