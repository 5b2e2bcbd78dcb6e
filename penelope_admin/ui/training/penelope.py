"""Look into Penelope: what an administrator would see in each of the agency's simulated databases, and switch there.

What is seen here is recorded nowhere: telling Penelope Admin is the administrator's part, as with the real one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import msgspec
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPushButton, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from penelope_admin import services
from penelope_admin.domain.features import STATE_AFTER, Change, feature_name
from penelope_admin.domain.text import filled
from penelope_admin.domain.times import plural
from penelope_admin.domain.vendor import is_down, people, shown_on
from penelope_admin.topics import EVERYTHING
from penelope_admin.ui import format as words
from penelope_admin.ui.actions import PageAction
from penelope_admin.ui.models.keyed import Column
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.basics import (
    Badge,
    Card,
    Edges,
    Facts,
    Result,
    boxed,
    button,
    clear,
    in_a_row,
    label,
    label_line,
    put,
    scrolled,
    stacked,
)
from penelope_admin.ui.widgets.fields import ChoiceField
from penelope_admin.ui.widgets.files import ask_target
from penelope_admin.ui.widgets.flow import Flow
from penelope_admin.ui.widgets.list_detail import ListDetail, parts_list
from penelope_admin.ui.widgets.page import Page
from penelope_admin.ui.widgets.rows_table import RowsTable

if TYPE_CHECKING:
    from penelope_admin.domain.vendor import Database, World
    from penelope_admin.policy import Feature, Policy

T = TypeVar("T")
SIDE_BY_SIDE_FROM = 100
"""So many letters wide, contact details have room beside the names of the parts."""


class DatabaseView(NamedTuple):
    """What is looked at."""

    world: World
    database: Database


class _FittingTable(RowsTable[T]):
    """A table in which, where there is little room, some columns make place for the others."""

    def __init__(self, may_go: Sequence[int], *arguments: Any, **named: Any) -> None:
        """
        Args:
            may_go: columns that can be missed, the first to go first.
            arguments, named: as for `RowsTable`.
        """
        super().__init__(*arguments, **named)
        self._may_go = tuple(may_go)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose by the new width."""
        super().resizeEvent(event)
        self._choose_columns()

    def fit_columns(self, *, only_grow: bool = False) -> None:
        """Choose by the new widths."""
        super().fit_columns(only_grow=only_grow)
        self._choose_columns()

    def _choose_columns(self) -> None:
        header = self.horizontalHeader()
        for column in self._may_go:
            self.showColumn(column)  # Qt measures a hidden one as narrower than it is
        columns = range(self.rows.columnCount())
        widths = [max(self.sizeHintForColumn(column), header.sectionSizeHint(column)) for column in columns]
        for column in self._may_go:
            is_too_wide = sum(widths) > self.viewport().width()
            self.setColumnHidden(column, is_too_wide)
            if is_too_wide:
                widths[column] = 0


class PenelopePage(Page):
    """One database at a time, in parts. A switch acts at once, and in the simulated Penelope alone."""

    name = "penelope"
    purpose = "What you would see and switch in Penelope. It is simulated, and you still have to record all of it."
    topics = EVERYTHING

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.database = ChoiceField(name="Database")
        self.database.currentIndexChanged.connect(lambda _: self._choose())
        self.add(in_a_row(label_line("Database"), self.database, 1, gap="xs"))
        self.result = Result()
        self.add(self.result)
        shell.replaced.connect(self._forget)
        self.parts, self._stack = parts_list("Parts of Penelope", PARTS), QStackedWidget()
        self._panels: dict[str, QVBoxLayout] = {}
        for title in PARTS:
            self._stack.addWidget(self._panel(title))
        self.parts.currentRowChanged.connect(self._open_part)
        self.panes = ListDetail(
            shell, "penelope", self.parts, self._stack, "All of Penelope", shares=(1, 4),
            side_by_side_from=SIDE_BY_SIDE_FROM,
        )  # fmt: skip
        self._world: World | None = None
        self._built: dict[str, tuple[bool, Database, date]] = {}  # for what each part was made last
        self._switches: dict[str, tuple[Badge, QPushButton]] = {}
        self.add_panes(self.panes)
        self.parts.setCurrentRow(0)

    @classmethod
    def actions_by_name(cls, _policy: Policy) -> list[PageAction]:
        show = cls.show_subject
        return [PageAction(f"In Penelope: {title}", partial(show, subject=title), "look check see") for title in PARTS]

    def _panel(self, title: str) -> QScrollArea:
        self._panels[title] = stacked(gap="s")
        return scrolled(self._panels[title])

    def load(self) -> None:
        """Ask for the databases, as of now."""
        self.shell.operations.run(services.training.world.current, self._show, label="Opening Penelope")

    def _show(self, world: World) -> None:
        self._world = world
        keys = [database.key for database in world.databases]
        if keys != [self.database.itemData(number) for number in range(self.database.count())]:
            self.database.blockSignals(True)
            self.database.clear()
            for key in keys:
                self.database.addItem(self.shell.policy.environment[key].name, key)
            mirrors = (number for number, key in enumerate(keys) if key in self.shell.policy.mirrors)
            self.database.setCurrentIndex(next(mirrors, 0))
            self.database.blockSignals(False)
        self._fill()
        self.loaded.emit()

    def show_subject(self, subject: str) -> None:
        """Bring a part into view, by its name, or a database, by its key."""
        if subject in PARTS:
            self.parts.setCurrentRow(PARTS.index(subject))
            self.panes.open_detail()
        elif (number := self.database.findData(subject)) >= 0:
            self.database.setCurrentIndex(number)

    def _forget(self) -> None:
        """Begin anew with the copy that is meant, wherever somebody looked in an exercise before."""
        self._world = None
        self.database.clear()

    # --- its parts -----------------------------------------------------------------------------

    def _choose(self) -> None:
        self.result.quiet()
        self._fill()

    def _open_part(self, number: int) -> None:
        self.result.quiet()
        self._stack.setCurrentIndex(number)
        self._fill()

    def _fill(self) -> None:
        """Show the part in view: switches change in their place, all else is made anew where anything changed."""
        if self._world is None:
            return
        view = DatabaseView(self._world, self._world.database(self.database.currentData()))
        down = is_down(view.database, view.world.now)
        state = (down, msgspec.structs.replace(view.database, on=()), view.world.now.date())
        title = PARTS[self._stack.currentIndex()]
        if self._built.get(title) != state:
            self._built[title] = state
            self._build_part(title, view, down=down)
        on = shown_on(view.database, self.shell.policy)
        for key, (badge, button_) in self._switches.items():
            _show_switch(self.shell.policy, key, badge, button_, on=key in on)

    def _build_part(self, title: str, view: DatabaseView, *, down: bool) -> None:
        if title == "Features":
            self._switches.clear()
        column = self._panels[title]
        clear(column)
        put(column, self._no_entry(view) if down else _MAKERS[title](self, view), 1)

    def _name(self, database: Database) -> str:
        return self.shell.policy.environment[database.key].name

    def _no_entry(self, view: DatabaseView) -> Card:
        return Card(
            f"Penelope, {self._name(view.database)}",
            "This page cannot be reached.",
            label("The server does not answer. Try again later.", "muted"),
        )

    def _sign_in(self, view: DatabaseView) -> Card:
        database = view.database
        facts = Facts(("Signed in as", "System Administrator"), ("Version", database.version))
        for name, at in (("Last upgrade", database.upgraded_at), ("Copied from production", database.copied_at)):
            facts.add(name, words.moment(at, self.shell.zone) if at else "Never")
        facts.add("Agency logo", _left(database, "agency-logo", "Shown", "None"))
        return Card(f"Penelope, {self._name(database)}", facts)

    def _features(self, _: DatabaseView) -> Card:
        return Card(
            "System Setup: features",
            label("A switch acts at once in this simulated database. Record what you did on Features.", "muted"),
            *map(self._feature, self.shell.policy.features),
        )

    def _feature(self, feature: Feature) -> QWidget:
        badge, button_ = Badge("", "info"), button("", partial(self._press, feature.key))
        self._switches[feature.key] = badge, button_
        edges: Edges = ("l" if feature.part_of else 0, 0, 0, 0)
        return boxed(in_a_row((label(feature.name), 1), badge, button_, gap="s", edges=edges))

    def _press(self, feature: str) -> None:
        if self._world is not None:
            key = self.database.currentData()
            on = feature in shown_on(self._world.database(key), self.shell.policy)
            self.switch(key, feature, "disable" if on else "enable")

    def switch(self, environment: str, feature: str, change: Change) -> None:
        """Switch a feature in the simulated Penelope; what it refuses, it says why."""
        policy, name = self.shell.policy, feature_name(self.shell.policy, feature)
        where = self.shell.policy.environment[environment].name

        def done(world: World) -> None:
            before = shown_on((self._world or world).database(environment), policy)
            gone = {*before} - {feature, *shown_on(world.database(environment), policy)}
            also = ", ".join(policy.feature[key].name for key in before if key in gone)
            how = f"{STATE_AFTER[change]} in {where} now{filled(', and with it {}', also)}"
            self.result.notify(f"{name} is {how}. Record it on Features.", "positive", self._to("Features"))
            self._show(world)
            self.shell.operations.changed.emit(frozenset())  # nothing of the record; an exercise may wait for it

        self.shell.operations.run(
            lambda context: services.training.world.switch(context, environment, feature, change),
            done,
            self.result.fail,
            "Switching",
        )

    def _to(self, title: str, subject: str = "") -> QPushButton:
        """A button that leads to a page of the program, where what was seen or done is recorded."""
        return button(f"Go to {title}", lambda: self.shell.go.emit(title.lower(), subject))

    def _clients(self, view: DatabaseView) -> Card:
        table: _FittingTable[people.Client] = _FittingTable(
            (5, 1, 4), self.shell, "penelope.clients", "Client files",
            (
                Column("File", lambda client: client.number), Column("Name", lambda client: client.name),
                Column("Email", lambda client: client.email), Column("Mobile phone", lambda client: client.mobile),
                Column("Attached", lambda client: _counted(client.attachments, "None", "file", "files")),
                Column("Program", lambda client: client.program),
            ),
            lambda client: client.number, most=people.SHOWN, stretch=2,
        )  # fmt: skip
        table.show_rows(people.shown_clients(view.world, view.database))
        note = label("Invented people. Their details lead nowhere, whatever they look like.", "caption")
        return Card("Ten client files of different programs", table, note)

    def _accounts(self, view: DatabaseView) -> Card:
        table: _FittingTable[people.Worker] = _FittingTable(
            (4, 1), self.shell, "penelope.accounts", "User accounts",
            (
                Column("User group", lambda worker: worker.group),
                Column("Status", lambda worker: "Active" if worker.active else "Deactivated"),
                Column("Email", lambda worker: worker.email), Column("SMS", lambda worker: worker.mobile),
                Column("Name", lambda worker: worker.name),
            ),
            lambda worker: worker.name, most=20, stretch=2,
        )  # fmt: skip
        table.show_rows(people.workers(view.world, self.shell.policy, view.database))
        return Card("User accounts by user group", table)

    def _queues(self, view: DatabaseView) -> Card:
        waiting = view.database.waiting
        queues = (
            ("Communications queue, clients", waiting.clients),
            ("Communications queue, external", waiting.external),
            ("MS Exchange queue", waiting.exchange),
            ("Action Trigger queue", waiting.triggers),
            ("DSS queue", waiting.dss),
        )
        return Card("What waits to be sent", Facts(*((name, _counted(count)) for name, count in queues)))

    def _exchange(self, view: DatabaseView) -> Card:
        credentials = _left(view.database, "exchange-credentials", "Filled in: svc-calendar (production)", "Empty")
        errors = _counted(view.database.waiting.exchange_errors)
        facts = Facts(("Setting tab, credentials", credentials), ("Error tab", errors))
        reasons = (
            label(f"{words.moment(at, self.shell.zone)}: {reason}", "muted", selectable=True)
            for at, reason in people.errors(view.world, view.database)
        )
        return Card("System Setup: MS Exchange", facts, *reasons)

    def _others(self, view: DatabaseView) -> Card:
        return Card("Other settings", Facts(*((name, _left(view.database, *says)) for name, *says in _OTHER_SETTINGS)))

    def _export(self, view: DatabaseView) -> Card:
        name = self._name(view.database)
        return Card(
            "Export the client files",
            f"All {people.CLIENTS} client files of {name}, with their contact details, as a CSV file.",
            label("Then check that file as you would a real export: Check de-identification, on Databases.", "muted"),
            Flow(button("Save an export file …", self.save_export, "primary")),
        )

    def save_export(self) -> None:
        """Save the client files of the chosen database."""
        key = self.database.currentData()
        target = ask_target(self, "Save an export file", f"clients-{key}.csv", "Table")
        if target is not None:
            self.shell.operations.run(
                lambda context: services.training.world.save_export(context, key, target),
                lambda count: self.result.notify(
                    f"{plural(count, 'client file')} saved in {target}.", "positive", self._to("Databases", key)
                ),
                self.result.fail,
                "Exporting",
            )


_OTHER_SETTINGS = (
    ("ORS/SRS credentials", "ors-srs-credentials", "Filled in", "Empty"),
    ("Credit card credentials", "card-credentials", "Filled in (production)", "Empty"),
    ("DSS synchronization", "dss-synchronization", "Active", "Deactivated"),
    ("ClientConnect", "clientconnect-accounts", "38 accounts, 1 product key", "No accounts, no product keys"),
    ("ClientConnect notifications", "clientconnect-accounts", "Active", "Deactivated"),
    ("Engage communications and Workflows", "engage-workflows", "Active", "Deactivated"),
    ("Logo on billing documents", "billing-logo", "Printed", "None"),
    ("Attachments in client files", "attachments", "There", "None"),
)
_MAKERS = {
    "Sign-in page": PenelopePage._sign_in, "Features": PenelopePage._features, "Client files": PenelopePage._clients,
    "User accounts": PenelopePage._accounts, "Queues": PenelopePage._queues, "MS Exchange": PenelopePage._exchange,
    "Other settings": PenelopePage._others, "Export": PenelopePage._export,
}  # fmt: skip
PARTS = tuple(_MAKERS)
"""What can be looked at, by the names on the left."""


def _show_switch(policy: Policy, key: str, badge: Badge, button_: QPushButton, *, on: bool) -> None:
    """Show whether a feature is on, and what its button does."""
    if on:
        badge.show_as("On", "info", "features")
        button_.setText("Disable")
    else:
        badge.show_as("Off", "locked", "off")
        button_.setText("Enable")
    button_.setAccessibleName(f"{button_.text()} {feature_name(policy, key)}")


def _left(database: Database, trace: str, there: str, gone: str) -> str:
    """What is shown where something of production is left in a database, or else."""
    return there if trace in database.traces else gone


def _counted(count: int, none: str = "Empty", one: str = "entry", more: str = "entries") -> str:
    return plural(count, one, more) if count else none
