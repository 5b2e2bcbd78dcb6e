"""Mirror: each environment, its last refresh and upgrade, and what that says of its contact details."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from penelope_admin import services
from penelope_admin.domain.mirror import in_force
from penelope_admin.ui import format as words
from penelope_admin.ui.desk import Desk
from penelope_admin.ui.widgets.basics import Badge, Card, Facts, button, label, label_line
from penelope_admin.ui.widgets.flow import Flow
from penelope_admin.ui.widgets.page import Page
from penelope_admin.ui.widgets.statements import fold, statements_card

if TYPE_CHECKING:
    from datetime import datetime

    from penelope_admin.domain.mirror import EventKind
    from penelope_admin.services.environments import EnvironmentView


class MirrorPage(Page):
    """Every environment the agency has, the copies first."""

    name = "mirror"
    title = "Mirror"
    purpose = "Your databases: when each was refreshed and upgraded, and whether it may hold real contact details."
    topics = frozenset({"agency", "environments", "features"})

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.add_action(button("Request a refresh …", lambda: self.request_refresh(), "primary"))

    def load(self) -> None:
        """Ask for the environments."""
        self.desk.operations.run(
            lambda context: services.environments.find_all(context), self._show, label="Loading the databases"
        )

    def _show(self, found: list[EnvironmentView]) -> None:
        ordered = sorted(found, key=lambda view: (view.environment.key != "mirrored", not view.environment.refreshable))
        steps: list[Callable[[], object]] = [partial(self._add_card, view) for view in ordered]
        steps.append(lambda: self.add(statements_card(self.desk, "What the vendor says", "mirror", "databases")))
        self.build(steps)

    def _add_card(self, view: EnvironmentView) -> None:
        self.add(self._card(view))

    def _card(self, view: EnvironmentView) -> Card:
        item, known = view.environment, view.posture
        card = Card(item.name)
        badge = Badge("May hold real contacts", "danger") if known.may_be_real else Badge("De-identified", "positive")
        if item.key == "production":
            badge = Badge("Live data", "info")
        card.add(Flow(badge), label(known.sentence))
        if known.exceptions:
            groups = ", ".join(known.exceptions)
            card.add(label(f"Workers in these user groups keep their real addresses: {groups}.", "muted"))
        facts = Facts()
        if item.refreshable:
            facts.add("Last refresh", self._when(known.last_refresh))
        facts.add("Last upgrade", self._when(known.last_upgrade))
        facts.add("Version", view.version or "Not recorded")
        facts.add("Upgraded", item.upgraded)
        facts.add("Data", item.data)
        facts.add("Source", self.desk.policy.source_name(item))
        card.add(facts)
        deeds = [button("Record an upgrade …", lambda: self.record(item.key, "upgraded"))]
        if item.refreshable:
            deeds.insert(0, button("Record a refresh …", lambda: self.record(item.key, "refreshed")))
            deeds.insert(0, button("Request a refresh …", lambda: self.request_refresh(item.key)))
        card.add(Flow(*deeds))
        if view.events:
            fold(card, "History", "Hide the history", self._history(view))
        if item.key == "mirrored":
            effects = [label(f"{effect.number}.  {effect.text}", "muted") for effect in self.desk.policy.effects]
            fold(card, "What an upgrade does to this database", "Hide what an upgrade does", *effects)
        return card

    def _history(self, view: EnvironmentView) -> QWidget:
        """Everything recorded about a database, the newest first; mistakes can be taken back, not wiped out."""
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        standing = {event.id for event in in_force(view.events)}
        names = {"refreshed": "Refreshed", "upgraded": "Upgraded", "corrected": "Correction of"}
        for event in sorted(view.events, key=lambda event: event.id, reverse=True):
            more = ", ".join(part for part in (event.version, event.remark) if part)
            text = f"{names[event.kind]} {self._when(event.at)}{f' ({more})' if more else ''}"
            if event.id in standing:
                back = button("Recorded by mistake", partial(self.correct, event.id), "link")
                column.addLayout(Flow(label_line(text), back))
            else:
                taken_back = "" if event.kind == "corrected" else ", taken back"
                column.addWidget(label(f"{text}{taken_back}", "muted"))
        return box

    def correct(self, event_id: int) -> None:
        """Take back an event that was recorded by mistake; it can be recorded again."""
        self.desk.operations.run(
            lambda context: services.environments.correct_event(context, event_id),
            lambda done: self.desk.said.emit(f"Taken back. {done.value.sentence}"),
        )

    def _when(self, instant: datetime | None) -> str:
        return words.moment(instant, self.desk.zone) if instant else "Not recorded"

    def request_refresh(self, environment: str = "") -> None:
        """Open the sheet that asks Support for a refresh."""
        from penelope_admin.domain.requests import Wish
        from penelope_admin.ui.dialogs.request import open_request_sheet

        open_request_sheet(self.desk, "refresh", Wish(environment=environment or None))

    def record(self, environment: str, kind: EventKind) -> None:
        """Open the sheet that records what happened to a database."""
        from penelope_admin.ui.dialogs.event import EventSheet

        self.desk.open_sheet(EventSheet(self.desk, environment, kind))
