"""The chosen feature: what it is, what is known of it, and what can be done now."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QScrollArea, QWidget

from penelope_admin.absent import mapped
from penelope_admin.domain.features import STATE_AFTER, Decision, due_doubt, through_in_words
from penelope_admin.domain.text import filled
from penelope_admin.ui import format as words
from penelope_admin.ui.pages.features.listing import state_of
from penelope_admin.ui.widgets.basics import Badge, ButtonKind, Card, button, held_in, label, scrolled, stacked
from penelope_admin.ui.widgets.flow import Flow
from penelope_admin.ui.widgets.statements import statements_card
from penelope_admin.ui.widgets.switch import risk_badge

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from penelope_admin.domain.features import Pending, State
    from penelope_admin.services.features import FeatureView
    from penelope_admin.ui.shell import Shell
    from penelope_admin.ui.theme import Role

Action = tuple[str, str, ButtonKind]
_BADGES: dict[str, Role] = {"danger": "danger", "caution": "caution", "accent": "info"}


class FeatureDetail(QScrollArea):
    """One feature. It is made anew only when something of that feature changed."""

    requested = Signal(str, str)
    """What is to be done, and with the feature of which key; the page does it."""

    emptied = Signal()
    """What had the focus is gone, and nothing can be done now."""

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self._view: FeatureView | None = None
        self.card = Card(" ")
        self.card.setAccessibleName("The chosen feature")
        scrolled(stacked(self.card, statements_card(shell, "mirror"), 1, gap="s"), self)

    def show_view(self, view: FeatureView) -> None:
        """Show a feature."""
        if view == self._view:
            return
        name = mapped(held_in(self, self.window().focusWidget()), QWidget.accessibleName)
        is_other = self._view is None or self._view.feature.key != view.feature.key
        self._view = view
        self._buttons: list[QPushButton] = []
        self.card.empty()
        self.card.head.setText(view.name)
        self._fill(view)
        for before, after in pairwise([self, *self._buttons]):
            QWidget.setTabOrder(before, after)  # before what stands below, though they were made after it
        if is_other:
            self.verticalScrollBar().setValue(0)
        if name:
            self._focus_again(name)

    def _focus_again(self, name: str) -> None:
        """On the button of that name, else on what can be done now."""
        again = next((b for b in self._buttons if b.accessibleName() == name), next(iter(self._buttons), None))
        if again is None:
            self.emptied.emit()
            return
        again.show()  # what was put into a layout just now is not yet shown
        again.setFocus()
        self.ensureWidgetVisible(again)

    def _fill(self, view: FeatureView) -> None:
        card = self.card
        card.add(
            label(view.feature.meaning, "muted"),
            self._badges(view),
            _sentence(view, self._shell.zone),
            Flow(*(self._button(view, *action) for action in _actions(view))),
        )
        if view.feature.reaches:
            card.add(f"While it is on: {view.feature.reaches}")
        card.add(label(f"After an upgrade: {view.feature.after_upgrade}.", "muted"))
        notes = {
            "re-enableable": f"{self._shell.policy.ratings.note} {self._shell.policy.ratings.meanings_note}",
            "not-listed": "Not on the vendor's list of what may be re-enabled: only Support can say whether it is "
            "possible.",
            "locked": f"The vendor rules it out in {self._shell.policy.mirrors_in_words}.",
        }
        card.add(label(notes[view.enable.availability], "caption"))

    def _button(self, view: FeatureView, text: str, action: str, kind: ButtonKind) -> QPushButton:
        button_ = button(text, lambda: self.requested.emit(action, view.feature.key), kind)
        button_.setAccessibleName(f"{view.name}: {text}")
        self._buttons.append(button_)
        return button_

    @staticmethod
    def _badges(view: FeatureView) -> Flow:
        text, colour, icon = state_of(view)
        badges = Flow(Badge(text, _BADGES.get(colour, "locked"), icon))
        if view.enable.phi_risk:
            badges.addWidget(risk_badge(view.enable.phi_risk))
        if view.enable.availability == "locked":
            badges.addWidget(Badge("Cannot be enabled", "locked", "locked"))
        elif view.enable.availability == "not-listed":
            badges.addWidget(Badge("Only through Support", "locked", "support"))
        return badges


def _actions(view: FeatureView) -> list[Action]:
    """What can be done with a feature as it is now: the words, the action, and how it looks."""
    if view.enable.availability != "re-enableable":
        return _actions_with_support(view)
    if view.obstacle:
        return [*_enabling(view, "Plan it again …", "primary"), _action("Cancel the plan", "cancel")]
    if view.state.pending is not None:
        steps = "Approval …" if view.waits_for_approval else "Show steps …"
        return [_action(steps, "steps", "primary"), _action("Cancel the plan", "cancel")]
    if view.through:
        return []
    if view.state.state == "on":
        return [_action("Switch off …", "disable"), _action("Change reason or end date …", "enable")]
    facts = _FACTS["unknown"] if view.state.state == "unknown" else []
    return [*facts, *_enabling(view, "Switch on …")]


def _enabling(view: FeatureView, text: str, kind: ButtonKind = "plain") -> list[Action]:
    """Switching it on, unless that is refused."""
    if view.enable.decision is Decision.REFUSED:
        return []
    return [_action(text, "enable", kind)]


def _actions_with_support(view: FeatureView) -> list[Action]:
    """Of a feature that is not switched here: what was seen of it, and the way to Support."""
    facts, tell = _FACTS[view.state.state], _action("Tell Support it is on …", "tell")
    if view.enable.availability == "locked":
        return [*(fact for fact in facts if fact != _SEEN_ON), tell]
    if view.state.state == "on":
        return [*facts, tell]
    return [*facts, _action("Ask Support to enable it …", "ask")]


def _action(text: str, action: str, kind: ButtonKind = "plain") -> Action:
    return text, action, kind


_SEEN_OFF, _SEEN_ON = _action("Mark as off", "seen-off"), _action("Mark as on", "seen-on")
_FACTS: dict[State, list[Action]] = {"unknown": [_SEEN_OFF, _SEEN_ON], "on": [_SEEN_OFF], "off": [_SEEN_ON]}
"""What can be recorded as seen, by what is known."""


def _sentence(view: FeatureView, zone: ZoneInfo) -> str:
    pending = view.state.pending
    if view.obstacle:
        return view.obstacle
    if view.through:
        return f"{through_in_words(view.through)}."
    if pending is not None:
        return _plan_sentence(pending)
    return _state_sentence(view, zone)


def _state_sentence(view: FeatureView, zone: ZoneInfo) -> str:
    state = view.state
    began = ", as seen on {}" if state.only_seen else " since {}"
    since = filled(began, mapped(state.since, lambda at: words.day_of(at, zone)))
    seen = ""
    if state.seen_at and state.seen_at != state.since:
        seen = f" Last looked at on {words.day_of(state.seen_at, zone)}."
    if state.state == "on":
        until = filled(", until {}", mapped(state.until, words.day)) or ", no end date"
        support = " Should it not be on, tell Support." if view.enable.availability == "not-listed" else ""
        return f"On{since}{until}{filled(', for “{}”', state.reason)}.{seen}{support}"
    if state.state == "off":
        return f"Off{since}.{seen}"
    if why := due_doubt([state], zone):
        return f"Unknown. {why}"
    if view.enable.availability == "re-enableable":
        return "Unknown. Check in Penelope."
    return view.seen_on or (
        "Unknown. A refresh brings production's setting along, so it may be on. Should you see it on in this copy, "
        "tell Support at once."
    )


def _plan_sentence(pending: Pending) -> str:
    until = filled(", until {}", mapped(pending.until, words.day))
    approved = filled(" Approved by {}.", pending.approved_by)
    return f"To be switched {STATE_AFTER[pending.change]}{until}, for “{pending.reason}”.{approved}"
