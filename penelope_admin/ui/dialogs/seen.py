"""What is on in the copy now: one sheet for what somebody saw of every feature in Penelope."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QRadioButton

from penelope_admin import services
from penelope_admin.domain.features import State, with_wholes
from penelope_admin.domain.text import filled
from penelope_admin.policy import LOCKED_FEATURES
from penelope_admin.ui import theme
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.basics import button, label, label_line
from penelope_admin.ui.widgets.flow import Flow
from penelope_admin.ui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from penelope_admin.domain.features import FeatureState
    from penelope_admin.services.features import FeaturesView, FeatureView
    from penelope_admin.services.work import Done

CHOICES: tuple[tuple[State, str], ...] = (("on", "On"), ("off", "Off"), ("unknown", "Don't know"))


def open_seen(shell: Shell, environment: str | None) -> None:
    """Open the sheet for an environment, without one for the usual copy, with what the register says of it now."""
    shell.operations.run(
        lambda context: context.read(services.features.find_all, environment),
        lambda features_view: shell.open_sheet(SeenSheet(shell, features_view)),
        label="Loading the features",
    )


class SeenSheet(Sheet):
    """On, off or don't know for each feature; facts, which need no reason."""

    help_topic = "features"
    records = True

    def __init__(self, shell: Shell, features_view: FeaturesView) -> None:
        self._features_view = features_view
        self._name = shell.policy.environment[features_view.environment].name
        super().__init__(shell, f"What is on in {self._name} now?", "Record what I saw")
        self.add("Look in Penelope, in this database, and record what you see. This switches nothing.")
        self.all_off = button("All off", self.choose_all_off)
        self.add(Flow(self.all_off))
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(theme.current().space("l"))
        self._grid.setVerticalSpacing(0)
        self._grid.setColumnStretch(0, 1)
        self.add(self._grid)
        for column, (_, title) in enumerate(CHOICES, start=1):
            self._grid.addWidget(label_line(title), 0, column, Qt.AlignmentFlag.AlignHCenter)
        self.choices: dict[str, dict[State, QRadioButton]] = {}
        self._through_parts = {view.feature.key for view in features_view.features if view.through}
        for row, view in enumerate(features_view.features, start=1):
            self._add_row(row, view)
        self._note = self.added(label("", "muted"))
        self._choices_changed()
        self._begun_with = self.chosen_states

    def _add_row(self, row: int, view: FeatureView) -> None:
        name = label_line(view.feature.name)
        if view.feature.part_of is not None:
            name.setContentsMargins(theme.current().space("l"), 0, 0, 0)
        self._grid.addWidget(name, row, 0)
        group = QButtonGroup(self)
        self.choices[view.feature.key] = buttons = {}
        for column, (state, title) in enumerate(CHOICES, start=1):
            choice = buttons[state] = QRadioButton()
            choice.setAccessibleName(f"{view.name}: {title}")
            choice.setChecked(view.state.as_seen == state)
            choice.toggled.connect(self._choices_changed)
            group.addButton(choice)
            self._grid.addWidget(choice, row, column, Qt.AlignmentFlag.AlignHCenter)

    def choose_all_off(self) -> None:
        """Every feature was seen off; one that differs can be changed after."""
        for choice in self.choices.values():
            choice["off"].setChecked(True)

    @property
    def chosen_states(self) -> dict[str, State]:
        """What is chosen for each feature."""
        return {
            key: next(state for state, choice in buttons.items() if choice.isChecked())
            for key, buttons in self.choices.items()
        }

    def _choices_changed(self) -> None:
        """A part that is on makes its whole on, as long as it is; of what is locked and on, Support is told."""
        self._let_tab_stop_at_the_chosen()
        states = self.chosen_states
        on = frozenset(key for key, state in states.items() if state == "on")
        for whole in with_wholes(self.shell.policy, on) - on:
            self._through_parts.add(whole)
            self.choices[whole]["on"].setChecked(True)
        for whole in self._through_parts - {self.shell.policy.feature[key].part_of for key in on}:
            self._through_parts.discard(whole)
            self.choices[whole]["off"].setChecked(True)
        locked = [self.shell.policy.feature[key].name for key in sorted(on & LOCKED_FEATURES)]
        warning = "{} should never be on here. Recording this opens a message to Support."
        self._note.setText(filled(warning, " and ".join(locked)))

    def _let_tab_stop_at_the_chosen(self) -> None:
        """Once a feature; Qt would stop at "On" first, whatever is chosen, and Space there would choose it."""
        for buttons in self.choices.values():
            for choice in buttons.values():
                policy = Qt.FocusPolicy.StrongFocus if choice.isChecked() else Qt.FocusPolicy.ClickFocus
                choice.setFocusPolicy(policy)

    def submit(self) -> None:
        states, environment = self.chosen_states, self._features_view.environment
        versions = {view.feature.key: view.state.version for view in self._features_view.features}
        self.save(
            lambda context: context.write(services.features.record_seen, environment, states, looked_at=versions),
            said=self._summary,
            then=self._tell_support,
        )

    def _summary(self, done: Done[tuple[FeatureState, ...]]) -> str:
        if not done.value:
            return "Nothing was recorded, because nothing was seen on or off."
        changed = sum(state != self._begun_with[key] for key, state in self.chosen_states.items())
        if not changed:
            return "Recorded: you looked, and nothing has changed."
        return f"Recorded: you looked, and {changed} of {len(self.choices)} changed."

    def _tell_support(self, _done: Done[tuple[FeatureState, ...]]) -> None:
        locked = [key for key, state in self.chosen_states.items() if state == "on" and key in LOCKED_FEATURES]
        if locked:
            tell_support(self.shell, locked[0], self._features_view.environment)


def tell_support(shell: Shell, feature: str, environment: str) -> None:
    """Open a request about a feature that was seen on, filled in already."""
    from penelope_admin.domain.letters import seen_on
    from penelope_admin.ui.dialogs.request import open_request_sheet

    entered = seen_on(shell.policy, shell.policy.feature[feature], environment)
    open_request_sheet(shell, entered.kind, entered)
