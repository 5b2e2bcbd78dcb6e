"""What pages and sheets share: the program, the queue of service calls, and ways to lead elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog

from penelope_admin.clock import find_zone
from penelope_admin.domain.times import place
from penelope_admin.domain.windows import Calendar
from penelope_admin.errors import PenelopeAdminError
from penelope_admin.gateways import settings
from penelope_admin.gateways.settings import Settings
from penelope_admin.ui.operations import Operations

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from penelope_admin.app import App
    from penelope_admin.domain.agency import Profile
    from penelope_admin.runlog import RunLog
    from penelope_admin.services.calendar.conflicts import ConflictsView
    from penelope_admin.services.work import Context
    from penelope_admin.ui.history import History

T = TypeVar("T")

SETTINGS_SAVED_AFTER_MS = 500


class Shell(QObject):
    """What one window's pages share. Holds no data of the store; only the settings file's copy."""

    go = Signal(str, str)
    """Show a page; the second word says what on it, or is empty."""

    said = Signal(str)
    """A short word about something that went well."""

    offered = Signal(str, str, object)
    """The same, with the name of what can be done about it for a while, and a callable."""

    announced = Signal(str, str, object)
    """What stays in view until it is read, with the name of what can be done about it, and a callable."""

    warned = Signal(str)
    """What went wrong in passing and kept nobody from working."""

    sheet_opened = Signal(QDialog)

    help_requested = Signal(str)
    """Show a help text over a sheet; an empty word means that of the page."""

    replaced = Signal()
    """Another database stands in the place of the one before: what was begun or could be undone there is gone."""

    status_page_changed = Signal()
    """Another address of the vendor's status page is in the settings, or none any more."""

    send_now = Signal()
    """Try to send what waits in the outbox, whether its pause is over or not."""

    calendar_check_requested = Signal()
    """Look into the linked calendars now."""

    conflicts_changed = Signal()
    """What the linked calendars have at the times that are shown is another."""

    def __init__(self, app: App) -> None:
        super().__init__()
        self.app = app
        app.warn = self.warned.emit  # from the worker too: Qt brings it over
        self.policy = app.policy
        self.settings = settings.load(app.home)
        self.operations = Operations(app)
        self.watch_problem = ""  # why the last look for replies failed
        self.unsaved: dict[str, tuple[Profile, dict[str, Any]]] = {}  # in Settings, by part, when it was made anew
        self.history: History | None = None  # from the first frame on
        self.log: RunLog | None = None  # of a run on a screen
        self.conflicts: ConflictsView | None = None  # none while no calendar is linked, or none was looked into yet
        self.conflicts_problem = ""  # why the linked calendars are not known
        self.settings_part = "Agency"  # the part of Settings that was shown last
        self.saved_version = 0  # of the agency as this window saved it last
        self.on_shift: dict[tuple[str, str], str] = {}  # who works through a window at a site, as typed in this run
        self._save_timer = QTimer(self, interval=SETTINGS_SAVED_AFTER_MS, singleShot=True)
        self._save_timer.timeout.connect(self.save_settings)
        self._unsaved = False

    @property
    def agency_name(self) -> str:
        """What the agency is called; empty before it is set up."""
        return self.settings.agency.name if self.settings.agency else ""

    @property
    def zone(self) -> ZoneInfo:
        """The agency's zone, for showing times."""
        return find_zone(self.settings.agency.zone if self.settings.agency else "UTC")

    @property
    def time_name(self) -> str:
        """What the time on the agency's clock is called, within a sentence: "Winnipeg time"."""
        return f"{place(self.zone.key)} time"

    @property
    def today(self) -> date:
        """The local day of now."""
        return self.app.clock.now().astimezone(self.zone).date()

    @property
    def planning_day(self) -> date | None:
        """The local day of which all is that this planning copy knows; None where it is no planning copy."""
        agency = self.settings.agency
        if agency is None or agency.facts_as_of is None:
            return None
        return agency.facts_as_of.astimezone(self.zone).date()

    @property
    def planning_note(self) -> str:
        """What a planning copy is, in a sentence; empty where this is none."""
        if (day := self.planning_day) is None:
            return ""
        from penelope_admin.domain.planning import planning_copy_sentence  # few windows are one

        return planning_copy_sentence(day)

    def calendar(self) -> Calendar | None:
        """The upgrade windows as the settings file's copy knows them, without notices; None before set-up."""
        agency = self.settings.agency
        if agency is None:
            return None
        try:
            zone, all_night = find_zone(agency.zone), agency.around_the_clock
            return Calendar(self.policy, agency.region, zone, around_the_clock=all_night)
        except PenelopeAdminError:
            return None  # a copy that was tampered with; the database has the truth

    def remember(self, **changes: object) -> None:
        """Change the settings and write them soon, in the worker."""
        self.settings = msgspec.structs.replace(self.settings, **changes)
        self._unsaved = True
        self._save_timer.start()

    def reread_settings(self) -> None:
        """Take over the agency's copy after a service wrote it."""
        self.settings = msgspec.structs.replace(self.settings, agency=settings.load(self.app.home).agency)

    def save_settings(self) -> None:
        """Write what changed; a failure is told in passing: how the window looks hides nothing that a page says."""
        if not self._unsaved:
            return
        self._unsaved = False
        mine = self.settings
        self.operations.run_with_app(
            lambda app: _save(app, mine), lambda _: None, lambda error: self.said.emit(str(error)), "Saving settings"
        )

    def copy(self, text: str, what: str) -> None:
        """Put text into the clipboard and say so."""
        QGuiApplication.clipboard().setText(text)
        self.said.emit(f"{what} copied.")

    def do(self, call: Callable[[Context], T], said: str | Callable[[T], str], label: str = "Working") -> None:
        """Have a service do something, and say a word about it once it is done."""
        self.operations.run(
            call, lambda value: self.said.emit(said if isinstance(said, str) else said(value)), label=label
        )

    def open_link(self, link: str) -> bool:
        """Hand a link to the system: a mail program or a browser. Whether it took it. Training only tells of it."""
        if self.app.is_training:
            from penelope_admin.ui.training.links import would_open

            self.announced.emit(would_open(link), "Copy the link", lambda: self.copy(link, "Link"))
            return True
        # Qt would write a link that nobody takes, the whole letter in it, to stderr and so into the system's log.
        from PySide6.QtCore import QLoggingCategory, QUrl  # of no use to the first frame
        from PySide6.QtGui import QDesktopServices

        QLoggingCategory.setFilterRules("qt.qpa.services.warning=false")
        return QDesktopServices.openUrl(QUrl(link, QUrl.ParsingMode.StrictMode))

    def open_training(self) -> None:
        """Open practice: a program of its own, which shares nothing with this one but the screen."""
        from penelope_admin.invocation import start_apart

        try:
            start_apart("--home", str(self.app.home.absolute()), "training")
        except OSError as error:
            self.warned.emit(f"Practice could not be opened ({error.strerror}). Nothing was changed. Try again.")
            return
        self.said.emit("Practice opens in a window of its own.")

    def open_sheet(self, sheet: QDialog) -> None:
        """Show a sheet over the window, without stopping it."""
        self.sheet_opened.emit(sheet)


def _save(app: App, mine: Settings) -> None:
    from penelope_admin.files import prepare_home

    prepare_home(app.home)
    # The agency's copy belongs to the services; keep what they wrote last.
    settings.save(app.home, msgspec.structs.replace(mine, agency=settings.load(app.home).agency))
