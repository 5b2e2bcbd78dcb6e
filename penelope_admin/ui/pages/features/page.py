"""The page of features: what is known of the copy, the list, and the chosen feature beside it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout

from penelope_admin import services
from penelope_admin.domain.features import Decision, State, availability, due_doubt, full_name, not_known
from penelope_admin.domain.leaving import still_open_sentence
from penelope_admin.domain.times import listed, plural
from penelope_admin.ui import dialogs
from penelope_admin.ui.actions import PageAction
from penelope_admin.ui.dialogs.seen import open_seen, tell_support
from penelope_admin.ui.pages.features.detail import FeatureDetail
from penelope_admin.ui.pages.features.listing import FeaturesModel, FeaturesTable
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.basics import Banner, Card, button, clear, put
from penelope_admin.ui.widgets.fields import ChoiceField
from penelope_admin.ui.widgets.flow import Flow
from penelope_admin.ui.widgets.list_detail import ListDetail
from penelope_admin.ui.widgets.page import Page

if TYPE_CHECKING:
    from collections.abc import Callable

    from penelope_admin.policy import Policy
    from penelope_admin.services.features import FeaturesView, FeatureView
    from penelope_admin.ui.theme import Role


_SEEN: dict[str, State] = {"seen-on": "on", "seen-off": "off"}
_STATE_WORDS: dict[State, str] = {"on": "on", "off": "off", "unknown": "not known"}
_ALSO_CALLED = {
    "external-communications": "email message mail contact clients",
    "external-communications.sms": "text message texting mobile telephone phone",
    "external-communications.client-delivery": "email message clients reminder",
    "external-communications.worker-delivery": "email message staff workers reminder",
    "ms-exchange": "calendar outlook microsoft 365 appointments sync",
    "action-triggers": "automatic automation workflow reminder",
    "general-ledger": "accounting finance export gl",
    "ors-srs": "outcome rating scale session questionnaire",
    "credit-card": "payment pay",
    "dss": "data exchange reporting australia",
    "clientconnect": "portal client connect",
    "engage": "video telehealth",
}
"""Other words by which people look for a feature, by its key."""
SIDE_BY_SIDE_FROM = 120
"""Characters: the list has five columns."""


class FeaturesPage(Page):
    """The register of the mirrored database. A change touches the lines it changes, and nothing else."""

    name = "features"
    purpose = "What is on in the mirrored database. You switch in Penelope; here you plan, check and record it."
    topics = frozenset({"agency", "environments", "features", "notices", "requests"})

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._features_view: FeaturesView | None = None
        self.copies = ChoiceField(name="Database")
        self.copies.activated.connect(lambda: self.load())
        self.copies.hide()
        self._said: list[tuple[str, Role]] | None = None
        self._key_to_choose = ""
        self.seen = button("What is on now? …", self.ask_what_is_on)
        self.add_action(self.seen)
        self._about = QVBoxLayout()
        self.model = FeaturesModel(self)
        self.table = FeaturesTable(shell, self.model)
        self.table.asked.connect(self.ask)
        self.detail = FeatureDetail(shell)
        self.detail.requested.connect(self._do)
        self.panes = ListDetail(
            shell, "features-detail", self.table, self.detail, "All features",
            shares=(9, 4), side_by_side_from=SIDE_BY_SIDE_FROM,
        )  # fmt: skip
        self.detail.emptied.connect(self.panes.take_focus)
        self.table.selectionModel().currentRowChanged.connect(lambda: self._show_chosen())
        self.no_mirror = Card(
            "No mirrored database",
            "Your agency has no mirrored database, so there is nothing to switch here.",
            Flow(button("Change that in Settings", lambda: self.shell.go.emit("settings", ""))),
        )
        self.add(self.copies, self._about, self.no_mirror)
        self.add_panes(self.panes)
        self.no_mirror.hide()

    @classmethod
    def actions_by_name(cls, policy: Policy) -> list[PageAction]:
        """Every feature: those that can be switched are, the others are shown."""
        actions = [PageAction("What is on in the copy now?", cls.ask_what_is_on, "seen all off after refresh mirrored")]
        for feature in policy.features:
            name, more = full_name(policy, feature), _ALSO_CALLED.get(feature.key, "")
            if any(availability(feature, key) == "re-enableable" for key in policy.mirrors):
                actions.append(PageAction(f"Switch {name}", partial(cls.ask, key=feature.key), f"on off {more}"))
            else:
                actions.append(PageAction(f"Look at {name}", partial(cls.show_subject, subject=feature.key), more))
        return actions

    @property
    def chosen(self) -> FeatureView | None:
        """The feature whose line is chosen."""
        return self.model.row(self.table.currentIndex().row())

    def load(self) -> None:
        chosen: str | None = self.copies.currentData()
        self.shell.operations.run(
            lambda context: context.read(services.features.find_mirror, chosen),
            self._show,
            label="Loading the features",
        )

    def _show(self, features_view: FeaturesView | None) -> None:
        self._features_view = features_view
        self.no_mirror.setVisible(features_view is None)
        self.panes.setVisible(features_view is not None)
        self.seen.setVisible(features_view is not None)
        self._offer(features_view)
        self._tell(features_view)
        if features_view is not None:
            self.table.take(features_view.features, features_view.today)
            self._choose(self._key_to_choose or (self.chosen or features_view.features[0]).feature.key)
            self._key_to_choose = ""
            self._show_chosen()
        self.loaded.emit()

    def _offer(self, features_view: FeaturesView | None) -> None:
        """The copies to choose from; nothing is asked where there is one."""
        mirrors = features_view.mirrors if features_view is not None else ()
        if [self.copies.itemData(row) for row in range(self.copies.count())] != list(mirrors):
            self.copies.clear()
            for key in mirrors:
                self.copies.addItem(self.shell.policy.environment[key].name, key)
        if features_view is not None:
            self.copies.setCurrentIndex(self.copies.findData(features_view.environment))
        self.copies.setVisible(len(mirrors) > 1)

    def _tell(self, features_view: FeaturesView | None) -> None:
        """What is known of the whole copy, above the list; made anew only when it says something else."""
        said = _about(self.shell, features_view) if features_view is not None else []
        if said == self._said:
            return
        self._said = said
        clear(self._about)
        put(self._about, *(Banner(*one) for one in said))

    def _choose(self, key: str) -> None:
        row = self.model.row_of(key)
        if row >= 0 and row != self.table.currentIndex().row():
            self.table.selectRow(row)

    def choose(self, key: str) -> None:
        """Show a feature beside the list."""
        self._choose(key)
        self.panes.open_detail()

    def _show_chosen(self) -> None:
        if (view := self.chosen) is not None:
            self.detail.show_view(view)

    def show_subject(self, subject: str) -> None:
        """Choose a feature, "general-ledger", or that of a copy, "mirrored/general-ledger".

        "seen" opens the sheet that asks what is on.
        """
        environment, _, key = subject.rpartition("/")
        elsewhere = (
            self._features_view is not None
            and environment in self._features_view.mirrors
            and environment != self._features_view.environment
        )
        if key == "seen":
            self.ask_what_is_on()
        elif elsewhere:
            self._key_to_choose = key
            self.copies.setCurrentIndex(self.copies.findData(environment))
            self.load()
        elif self.model.row_of(key) >= 0:
            self.choose(key)
            self.panes.take_focus()
        else:
            self._key_to_choose = key

    def ask_what_is_on(self) -> None:
        """Open the sheet that records what is on in the copy, and what is off."""
        open_seen(self.shell, self._features_view.environment if self._features_view is not None else None)

    def ask(self, key: str) -> None:
        """Open the sheet that switching a feature needs; nothing flips by itself."""
        view = self._find(key)
        if view is None:
            return
        self.quiet()
        self._choose(key)
        if view.through:
            self.notify(f"{view.name} is on through its parts. Switch off {listed(view.through)} instead.", "info")
        elif view.enable.decision is Decision.REFUSED and view.state.state != "on":
            self.notify(" ".join(view.enable.reasons), "info")
        elif view.enable.availability != "re-enableable":
            self.panes.open_detail()
        elif view.state.pending is not None and not view.obstacle:
            self._do("steps", key)
        else:
            self._do("disable" if view.state.state == "on" else "enable", key)

    def _find(self, key: str) -> FeatureView | None:
        return next((view for view in self.model.items if view.feature.key == key), None)

    def _do(self, what: str, key: str) -> None:
        """What a button of the detail stands for."""
        view, features_view = self._find(key), self._features_view
        if view is None or features_view is None:
            return
        if what in _SEEN:
            self._mark(view, _SEEN[what])
        elif what == "cancel":
            self._cancel(view)
        elif what == "tell":
            tell_support(self.shell, key, view.state.environment)
        elif what == "ask":
            self._ask_support(view)
        else:
            self._open_sheet(view, features_view, what)

    def _open_sheet(self, view: FeatureView, features_view: FeaturesView, what: str) -> None:
        if what == "enable":
            self.shell.open_sheet(dialogs.switch.EnableSheet(self.shell, view, features_view))
        elif what == "disable":
            self.shell.open_sheet(dialogs.switch.DisableSheet(self.shell, view))
        else:
            dialogs.switch.open_plan(self.shell, view)

    def _ask_support(self, view: FeatureView) -> None:
        """Open the request that asks Support to enable it, filled in already."""
        from penelope_admin.domain.requests import RequestInput

        entered = RequestInput(
            "feature-change", environment=view.state.environment, features=(view.feature.key,), change="enable"
        )
        dialogs.request.open_request_sheet(self.shell, entered.kind, entered)

    def _mark(self, view: FeatureView, state: State) -> None:
        """Record what was seen; a fact needs neither a reason nor a sheet. It is taken back by recording another."""
        key, environment, before = view.feature.key, view.state.environment, view.state.as_seen

        def record(seen: State, tell: Callable[[str], None]) -> None:
            self.shell.operations.run(
                lambda context: context.write(services.features.record_seen, environment, {key: seen}),
                lambda _: tell(f"{view.name} is recorded as {_STATE_WORDS[seen]}."),
            )

        def take_back() -> None:
            record(before, lambda text: self.shell.said.emit(text))

        record(state, lambda text: self.shell.offered.emit(text, "Take back", take_back))

    def _cancel(self, view: FeatureView) -> None:
        state = view.state
        self.shell.do(
            lambda context: context.write(
                services.features.cancel, state.feature, state.environment, version=state.version
            ),
            f"The plan for {view.name} is cancelled.",
        )


def _about(shell: Shell, features_view: FeaturesView) -> list[tuple[str, Role]]:
    """What is known of the copy, of what may wait in it, and of how many features nobody knows anything."""
    posture = features_view.posture
    said: list[tuple[str, Role]] = [(f"{posture.sentence} {posture.queue_sentence}".strip(), posture.role)]
    if features_view.unsettled:
        name = shell.policy.environment[features_view.environment].name
        said.append((still_open_sentence(name, features_view.unsettled), "danger"))
    if unknown := not_known(shell.policy, [view.state for view in features_view.features]):
        what_to_do = due_doubt(unknown, shell.zone) or "Look in Penelope, then choose “What is on now?”."
        said.append((f"The state of {plural(len(unknown), 'feature')} is unknown. {what_to_do}", "caution"))
    return said
