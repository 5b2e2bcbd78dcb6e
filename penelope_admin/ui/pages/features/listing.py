"""The list of features: a line for each, on a model that changes in place, with a switch where one may be switched."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHeaderView, QWidget

from penelope_admin.domain.features import STATE_AFTER
from penelope_admin.ui import format as words
from penelope_admin.ui import theme
from penelope_admin.ui.models.items import ItemsModel
from penelope_admin.ui.widgets.basics import in_a_row
from penelope_admin.ui.widgets.switch import Switch
from penelope_admin.ui.widgets.table import DataTable

if TYPE_CHECKING:
    from penelope_admin.domain.features import OnRole
    from penelope_admin.services.features import FeatureView
    from penelope_admin.ui.shell import Shell

HEADERS = ("Feature", "Risk", "State", "Until", "Switch")
NAME, RISK, STATE, UNTIL, SWITCH = range(5)
BELOW = {NAME: RISK, STATE: UNTIL}
"""In whose second line a column stands for which there is no room."""
NARROW_HEADERS = ("Feature, risk", "Risk", "State, until", "Until", "Switch")
_INDENT = "    "
_RISK_COLOURS = {"high": "danger", "elevated": "caution"}
_ON: dict[OnRole, tuple[str, str]] = {
    "info": ("accent", "features"), "caution": ("caution", "caution"), "danger": ("danger", "danger")
}  # fmt: skip
"""Colour and icon of what is on."""
_INSTEAD = {"not-listed": "Support", "locked": "Locked"}


def state_of(view: FeatureView) -> tuple[str, str, str]:
    """How a feature's state is said in a word or two, in which colour, and with which icon."""
    pending = view.state.pending
    if view.overdue:
        return "Overdue", "danger", "danger"
    if view.expired:
        return "Plan expired", "danger", "danger"
    if view.obstacle:
        return "Keep off", "danger", "danger"
    if view.waits_for_approval:
        return "To approve", "caution", "pending"
    if pending is not None:
        return f"Planned: {STATE_AFTER[pending.change]}", "accent", "pending"
    return {
        "on": ("On in part" if view.through else "On", *_ON[view.role]),
        "seen-on": ("Seen on", "danger", "danger"),
        "off": ("Off", "muted", "off"),
        "unknown": ("Not known", "caution", "caution"),
    }["seen-on" if view.seen_on else view.state.state]


class FeaturesModel(ItemsModel["FeatureView"]):
    """The features of one environment, in the policy's order."""

    def __init__(self, parent: QObject | None) -> None:
        super().__init__(HEADERS, lambda view: view.feature.key, parent)
        self._today: date | None = None
        self.is_narrow = False

    def fit(self, *, narrow: bool) -> None:
        """Say risk and last day below name and state, or in columns of their own."""
        self.is_narrow = narrow
        self.headers = NARROW_HEADERS if narrow else HEADERS
        self.show_rows(self.items, all_changed=True)
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, NAME, SWITCH)

    def take_of(self, views: Sequence[FeatureView], today: date) -> list[int]:
        """Show these; gives back the rows that are not as they were."""
        other_day, self._today = self._today != today, today
        return self.show_rows(views, all_changed=other_day)

    def text(self, item: FeatureView, column: int) -> str:
        """What a cell says, in two lines where it is narrow."""
        said = self._said(item, column)
        if not self.is_narrow or column not in BELOW:
            return said
        below = self._said(item, BELOW[column])
        indent = _INDENT if said.startswith(_INDENT) else ""
        return f"{said}\n{indent}{below}" if below else said

    def _said(self, item: FeatureView, column: int) -> str:
        if column == NAME:
            return f"{_INDENT if item.feature.part_of else ''}{item.feature.name}"
        if column == RISK:
            risk = (item.enable.phi_risk or "").capitalize()
            return f"{risk} risk" if risk and self.is_narrow else risk
        if column == STATE:
            return state_of(item)[0]
        if column == UNTIL:
            return words.shortest_day(item.until, self._today) if item.until else ""
        return _INSTEAD.get(item.enable.availability, "")

    def tip(self, item: FeatureView, column: int) -> str:
        """What a feature is, beside its name."""
        return f"{item.name}: {item.feature.meaning}" if column == NAME else self.text(item, column)

    def colour(self, item: FeatureView, column: int) -> str:
        """Colours for risk and state."""
        if column == RISK:
            return _RISK_COLOURS.get(item.enable.phi_risk or "", "text")
        if column == STATE:
            return state_of(item)[1]
        return "muted" if column == SWITCH else "text"

    def icon(self, item: FeatureView, column: int) -> object:
        """What tells states apart without colour."""
        if column == STATE:
            _, colour, icon = state_of(item)
            return theme.icon(icon, colour)
        is_locked = column == SWITCH and item.enable.availability == "locked"
        return theme.icon("locked", "muted") if is_locked else None


class FeaturesTable(DataTable):
    """The list itself. Enter or Space asks for what a click on the switch asks for."""

    asked = Signal(str)
    """Somebody wants to switch the feature of this key."""

    def __init__(self, shell: Shell, model: FeaturesModel) -> None:
        super().__init__(shell, "features", "The features of the copy")
        self._features = model
        self.switches: dict[str, Switch] = {}
        self._needs = 0
        self.setModel(model)
        header, tokens = self.horizontalHeader(), theme.current()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        header.setSectionsClickable(False)
        header.setMinimumSectionSize(tokens.size("switch-width"))
        self._set_row_height()
        self.setIconSize(QSize(tokens.size("dot") + tokens.space("xxs"), tokens.size("dot") + tokens.space("xxs")))

    def take(self, views: Sequence[FeatureView], today: date) -> None:
        """Show these features; what did not change keeps its place, its switch and the focus."""
        changed = self._features.take_of(views, today)
        for row in changed:
            self._set_switch(row, self._features.items[row])
        if changed:
            self._fold(narrow=False)  # what all columns need is measured in columns
        self._fit()

    def _set_switch(self, row: int, view: FeatureView) -> None:
        key, cell = view.feature.key, self._features.index(row, SWITCH)
        if view.enable.availability != "re-enableable":
            return
        if self.indexWidget(cell) is None:
            switch = self.switches[key] = Switch(view.state.state, view.name)
            switch.clicked.connect(partial(self._ask, key))
            self.setIndexWidget(cell, _centred(switch))
        self.switches[key].show_state(view.state.state)

    def _ask(self, key: str, _checked: bool = False) -> None:
        self.selectRow(self._features.row_of(key))
        self.asked.emit(key)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show the columns for which there is room."""
        super().resizeEvent(event)
        self._fit()

    def _set_row_height(self) -> None:
        tokens = theme.current()
        height = max(tokens.row_height(), tokens.size("switch-height") + 4 * tokens.size("focus"))
        more = self.fontMetrics().lineSpacing() if self._features.is_narrow else 0
        self.verticalHeader().setDefaultSectionSize(height + more)

    def _fit(self) -> None:
        """Where there is no room for all columns, risk and last day stand below name and state."""
        if not self._features.is_narrow:
            hint = self.horizontalHeader().sectionSizeHint
            self._needs = sum(max(self.sizeHintForColumn(column), hint(column)) for column in range(SWITCH + 1))
        self._fold(narrow=self._needs > self.viewport().width())

    def _fold(self, *, narrow: bool) -> None:
        if narrow == self._features.is_narrow:
            return
        self._features.fit(narrow=narrow)
        for column in BELOW.values():
            self.setColumnHidden(column, narrow)
        self._set_row_height()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Space are for the chosen feature's switch; a held key asks once."""
        row = self.currentIndex().row()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and row >= 0:
            if not self.is_echo(event):
                self.asked.emit(self._features.items[row].feature.key)
            return
        super().keyPressEvent(event)


def _centred(widget: QWidget) -> QWidget:
    cell = QWidget()
    cell.setFocusProxy(widget)
    across = in_a_row(within=cell)
    across.addWidget(widget, 0, Qt.AlignmentFlag.AlignCenter)
    return cell
