"""The sheet that asks Support for a refresh: why, when, what is wanted back, and the letter it becomes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QComboBox, QPlainTextEdit, QVBoxLayout

from penelope_admin import services
from penelope_admin.domain.features import availability, full_name
from penelope_admin.ui import theme
from penelope_admin.ui.desk import Desk
from penelope_admin.ui.widgets.basics import Banner, Tick, clear, label
from penelope_admin.ui.widgets.dates import OptionalDate
from penelope_admin.ui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from penelope_admin.domain.requests import Letter
    from penelope_admin.services.agency import Profile
    from penelope_admin.services.context import Context, Done
    from penelope_admin.services.requests import Drafted, RefreshWish

LOOK_AFTER_MS = 250


def open_refresh_sheet(desk: Desk, environment: str = "") -> None:
    """Open the sheet once it is known which databases the agency has."""

    def show(profile: Profile | None) -> None:
        keys = [key for key in profile.environments if desk.policy.environment[key].refreshable] if profile else []
        if keys:
            desk.open_sheet(RefreshSheet(desk, keys, environment or ("mirrored" if "mirrored" in keys else keys[0])))
        else:
            desk.said.emit("There is no database that could be refreshed. Settings says which ones you have.")

    desk.operations.run(lambda context: services.agency.find(context), show)


class RefreshSheet(Sheet):
    """Drafts the request; nothing is sent from here."""

    def __init__(self, desk: Desk, environments: list[str], chosen: str) -> None:
        super().__init__(desk, "Request a refresh", "Draft the request", wide=True)
        policy, now = desk.policy, desk.app.clock.now()
        today = now.astimezone(desk.zone).date()
        self._keys = environments
        self.add(
            label("A refresh overwrites the database with a copy of production. Support schedules it; you ask them.")
        )
        self._warnings = QVBoxLayout()
        self._warnings.setSpacing(theme.current().space("xs"))
        self.add(self._warnings)
        self.environment = QComboBox()
        self.environment.addItems([policy.environment[key].name for key in environments])
        self.environment.setCurrentIndex(environments.index(chosen))
        self.field("Database to be overwritten", self.environment)
        self.reason = QPlainTextEdit()
        self.reason.setTabChangesFocus(True)
        self.reason.setPlaceholderText("For example: new payroll project, needs current data")
        self.reason.setMaximumHeight(4 * theme.current().row_height())
        self.field("Why is it needed?", self.reason, "Support reads this. No client details, please.")
        self.earliest = OptionalDate("Not before", today + timedelta(days=7), today)
        self.latest = OptionalDate("Not after", today + timedelta(days=21), today)
        self.add(self.earliest, self.latest)
        self._wanted = QVBoxLayout()
        self._wanted.setSpacing(0)
        self._ticks: dict[str, Tick] = {}
        self.add(label("Which features are wanted back afterwards?", "strong"), self._wanted)
        self.letter = QPlainTextEdit()
        self.letter.setReadOnly(True)
        self.letter.setTabChangesFocus(True)
        self.letter.setMinimumHeight(6 * theme.current().row_height())
        self.field("What Support will read", self.letter)
        self._timer = QTimer(self, interval=LOOK_AFTER_MS, singleShot=True)
        self._timer.timeout.connect(self._look)
        self.environment.currentIndexChanged.connect(self._environment_changed)
        self.reason.textChanged.connect(self._timer.start)
        for field in (self.earliest, self.latest):
            field.tick.toggled.connect(self._timer.start)
            field.field.dateChanged.connect(self._timer.start)
        self._environment_changed()
        self.reason.setFocus()

    def _environment_changed(self) -> None:
        clear(self._wanted)
        self._ticks = {}
        key = self._keys[self.environment.currentIndex()]
        for feature in self.desk.policy.features:
            if availability(feature, key) == "re-enableable":
                tick = Tick(full_name(self.desk.policy, feature))
                tick.toggled.connect(self._timer.start)
                self._wanted.addWidget(tick)
                self._ticks[feature.key] = tick
        if not self._ticks:
            self._wanted.addWidget(label("None can be named: the vendor's list is for the mirrored database.", "muted"))
        self._look()

    def wish(self) -> RefreshWish:
        """What is filled in."""
        return services.requests.RefreshWish(
            self._keys[self.environment.currentIndex()],
            self.reason.toPlainText(),
            self.earliest.day,
            self.latest.day,
            tuple(key for key, tick in self._ticks.items() if tick.isChecked()),
        )

    def _look(self) -> None:
        """Show the letter and the warnings that belong to what is filled in."""
        if self.deed is not None:
            self.deed.setEnabled(bool(self.reason.toPlainText().strip()))
        wish = self.wish()
        self.desk.operations.run(lambda context: _preview(context, wish), self._show)

    def _show(self, found: tuple[Letter, tuple[str, ...]]) -> None:
        letter, warnings = found
        self.letter.setPlainText(letter.whole_text)
        clear(self._warnings)
        for warning in warnings:
            self._warnings.addWidget(Banner(warning, "caution"))

    def submit(self) -> None:
        """Draft it."""
        self.set_working(True)
        wish = self.wish()
        self.desk.operations.run(
            lambda context: services.requests.draft_refresh(context, wish), self._saved, self.fail, "Saving"
        )

    def _saved(self, done: Done[Drafted]) -> None:
        self.accept()
        self.desk.go.emit("requests", str(done.value.request.id))
        self.desk.said.emit(f"{done.value.request.reference} is drafted. Send it to Support, then say so.")


def _preview(context: Context, wish: RefreshWish) -> tuple[Letter, tuple[str, ...]]:
    return services.requests.preview(context, wish), services.requests.warnings_for(context, wish)
