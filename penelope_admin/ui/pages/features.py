"""Features: what may be switched, what stays off, what is locked; told apart at a glance."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from PySide6.QtWidgets import QLabel

from penelope_admin import services
from penelope_admin.domain.features import Decision
from penelope_admin.domain.leaving import still_open_sentence
from penelope_admin.ui import format as words
from penelope_admin.ui import theme
from penelope_admin.ui.desk import Desk
from penelope_admin.ui.widgets.basics import Badge, Banner, Card, button, label, line
from penelope_admin.ui.widgets.flow import Flow
from penelope_admin.ui.widgets.page import Page
from penelope_admin.ui.widgets.statements import statements_card
from penelope_admin.ui.widgets.switch import Switch, SwitchRow, risk_badge

if TYPE_CHECKING:
    from penelope_admin.domain.features import Pending
    from penelope_admin.services.features import FeaturesView, FeatureView


class FeaturesPage(Page):
    """The register of the mirrored database."""

    name = "features"
    title = "Features"
    purpose = (
        "What is on in the mirrored database. You switch in Penelope; here you plan it, are warned, and keep record."
    )
    topics = frozenset({"agency", "environments", "features", "notices"})

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.rows: dict[str, SwitchRow] = {}
        self.switches: dict[str, Switch] = {}
        self._view: FeaturesView | None = None

    def load(self) -> None:
        """Ask for the register."""
        self.desk.operations.run(
            lambda context: context.read(services.features.find_mirrored), self._show, label="Loading the features"
        )

    def _show(self, found: FeaturesView | None) -> None:
        self.quiet()
        self.rows, self.switches, self._view = {}, {}, found
        self.build([self._show_no_mirror] if found is None else self._register(found))

    def _show_no_mirror(self) -> None:
        card = Card("No mirrored database")
        card.add(
            label("Your agency has no mirrored database, so there is nothing to switch here."),
            Flow(button("Change that in Settings", lambda: self.desk.go.emit("settings", ""))),
        )
        self.add(card)

    def _register(self, found: FeaturesView) -> Iterator[Callable[[], None]]:
        """The steps that fill the page: a card for each kind of feature, a row at a time."""
        known = found.posture
        self.say(f"{known.sentence} {known.queue_sentence}".strip(), "danger" if known.may_be_real else "positive")
        if found.unsettled:
            text = still_open_sentence(self.desk.policy.environment[found.environment].name, found.unsettled)
            yield lambda: self.add(Banner(text, "danger"))
        kinds = (
            (
                "re-enableable",
                "May be switched on again",
                f"{self.desk.policy.ratings.note} {self.desk.policy.ratings.meanings_note}",
            ),
            ("not-listed", "Only through Support", "Not on the vendor's list of what may be re-enabled."),
            ("locked", "Locked: cannot be enabled", "The vendor rules these out in the mirrored database."),
        )
        for kind, title, note in kinds:
            views = [view for view in found.features if view.enable.availability == kind]
            if not views:
                continue
            card = Card(title)
            card.add(label(note, "muted"))
            yield partial(self.add, card)
            for view in views:
                yield partial(self._add_row, card, view)
        yield lambda: self.add(statements_card(self.desk, "What the vendor says", "mirror"))

    def _add_row(self, card: Card, view: FeatureView) -> None:
        card.add(line(), self._row(view))

    def _row(self, view: FeatureView) -> SwitchRow:
        made = SwitchRow(
            view.feature.name,
            view.feature.meaning,
            _sentence(view, self.desk.zone),
            _badge(view),
            is_part=view.feature.part_of is not None,
        )
        self.rows[view.feature.key] = made
        if view.enable.availability == "locked":
            side = theme.current().size("icon")
            padlock = QLabel()
            padlock.setPixmap(theme.icon("locked", "locked").pixmap(side, side))
            padlock.setAccessibleName(f"{view.name}: locked")
            made.put_at_end(padlock)
            self._add_seen(made, view)
        elif view.enable.availability == "not-listed":
            self._add_seen(made, view)
        else:
            self._add_switch(made, view)
        return made

    def _add_seen(self, made: SwitchRow, view: FeatureView) -> None:
        """What is known of a feature that is not switched here, and what to do with what is seen of it."""
        made.put_at_end(label({"on": "On", "off": "Off", "unknown": "Not known"}[view.state.state]))
        if view.state.state != "off":
            off = button("Mark as off …", lambda: self._open_sheet(view, "disable", True), "link")
            tell = button("Tell Support …", lambda: self._tell_support(view), "link")
            for deed in (off, tell):
                deed.setAccessibleName(f"{view.name}: {deed.text()}")
                made.add_deed(deed)

    def _tell_support(self, view: FeatureView) -> None:
        """Open a request about a feature that was seen on, filled in already."""
        from penelope_admin.domain.letters import seen_on
        from penelope_admin.ui.dialogs.request import open_request_sheet

        wish = seen_on(self.desk.policy, view.feature, view.state.environment)
        open_request_sheet(self.desk, wish.kind, wish)

    def _add_switch(self, made: SwitchRow, view: FeatureView) -> None:
        switch = Switch(view.state.state, view.name)
        switch.clicked.connect(lambda _=False: self.ask(view.feature.key))
        self.switches[view.feature.key] = switch
        made.put_at_end(switch)
        if view.obstacle:
            if view.enable.decision is not Decision.REFUSED:
                made.add_deed(button("Plan it again …", lambda: self._open_sheet(view, "enable"), "primary"))
            made.add_deed(button("Cancel the plan", lambda: self._cancel(view)))
        elif view.state.pending is not None:
            deed = "Approve, or see what it waits for …" if view.waits_for_approval else "Show steps …"
            made.add_deed(button(deed, lambda: self._steps(view), "primary"))
            made.add_deed(button("Cancel the plan", lambda: self._cancel(view)))
        elif view.state.state == "on":
            made.add_deed(button("Change reason or end date …", lambda: self._open_sheet(view, "enable"), "link"))
        elif view.state.state == "unknown":
            made.add_deed(button("Mark as off …", lambda: self._open_sheet(view, "disable", True), "link"))

    def ask(self, key: str) -> None:
        """Open the sheet that switching a feature needs; nothing flips by itself."""
        view = self._find(key)
        if view is None:
            return
        if view.enable.decision is Decision.REFUSED and view.state.state != "on":
            self.say(" ".join(view.enable.reasons), "info")
        elif view.state.pending is not None and not view.obstacle:
            self._steps(view)
        else:
            self._open_sheet(view, "disable" if view.state.state == "on" else "enable")

    def show_subject(self, subject: str) -> None:
        """Bring a feature's row into view."""
        if subject in self.rows:
            self.area.ensureWidgetVisible(self.rows[subject])
            if subject in self.switches:
                self.switches[subject].setFocus()

    def _find(self, key: str) -> FeatureView | None:
        views = self._view.features if self._view else ()
        return next((view for view in views if view.feature.key == key), None)

    def _open_sheet(self, view: FeatureView, change: str, already_done: bool = False) -> None:
        from penelope_admin.ui.dialogs.switch import DisableSheet, EnableSheet

        if self._view is None:
            return
        if change == "enable":
            self.desk.open_sheet(EnableSheet(self.desk, view, self._view))
        else:
            self.desk.open_sheet(DisableSheet(self.desk, view, already_done))

    def _steps(self, view: FeatureView) -> None:
        from penelope_admin.ui.dialogs.switch import open_plan

        open_plan(self.desk, view)

    def _cancel(self, view: FeatureView) -> None:
        self.desk.operations.run(
            lambda context: context.write(services.features.cancel, view.feature.key, version=view.state.version),
            lambda _: self.desk.said.emit(f"The plan for {view.name} is cancelled."),
        )


def _badge(view: FeatureView) -> Badge | None:
    if view.overdue:
        return Badge("Overdue", "danger")
    if view.state.pending is not None:
        return _plan_badge(view, view.state.pending)
    if view.enable.availability == "locked":
        return Badge("Cannot be enabled", "locked", "locked")
    if view.enable.availability == "not-listed":
        return Badge("Ask Support", "locked", "support")
    return risk_badge(view.enable.phi_risk) if view.enable.phi_risk else None


def _plan_badge(view: FeatureView, pending: Pending) -> Badge:
    if view.expired:
        return Badge("Plan expired", "danger", "pending")
    if view.obstacle:
        return Badge("Do not switch on", "danger", "pending")
    if view.waits_for_approval:
        return Badge("Waits for approval", "caution", "pending")
    return Badge("Planned: on" if pending.change == "enable" else "Planned: off", "info", "pending")


def _sentence(view: FeatureView, zone: ZoneInfo) -> str:
    state, pending = view.state, view.state.pending
    if view.enable.availability != "re-enableable" and not pending:
        return _seen_sentence(view)
    if view.obstacle:
        return view.obstacle
    if pending is not None:
        until = f", until {words.day(pending.until)}" if pending.until else ""
        approved = f" Approved by {pending.approved_by}." if pending.approved_by else ""
        turn = "on" if pending.change == "enable" else "off"
        return f"To be switched {turn}{until}, for “{pending.reason}”.{approved}"
    if state.state == "on":
        since = f" since {words.day(state.since.astimezone(zone).date())}" if state.since else ""
        until = f", until {words.day(state.until)}" if state.until else ", no end date"
        return f"On{since}{until}, for “{state.reason}”."
    if state.state == "unknown":
        return "Unknown. Check in Penelope."
    return ""


def _seen_sentence(view: FeatureView) -> str:
    """What may be so of a feature that is not switched here, and what to do about it."""
    known = f"After an upgrade: {view.feature.after_upgrade}."
    if view.state.state == "unknown":
        known = f"A refresh brings production's setting along, so it may be on. {known}"
    if view.state.state != "off":
        known = f"Should you see it on in this copy, tell Support at once. {known}"
    return known
