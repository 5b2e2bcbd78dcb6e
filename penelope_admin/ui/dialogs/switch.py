"""The sheets of a switch: switching on, switching off, and the steps to take in Penelope."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QLineEdit

from penelope_admin import services
from penelope_admin.absent import mapped
from penelope_admin.domain.features import Change, can_switch, full_name, is_same_person, why_not
from penelope_admin.domain.text import filled
from penelope_admin.ui import format as words
from penelope_admin.ui import theme
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.acknowledging import AcknowledgingFields, contacts_role
from penelope_admin.ui.widgets.basics import Banner, Tick, button, label
from penelope_admin.ui.widgets.dates import OptionalDate
from penelope_admin.ui.widgets.fields import text_line
from penelope_admin.ui.widgets.sheet import Sheet
from penelope_admin.ui.widgets.switch import risk_badge

if TYPE_CHECKING:
    from penelope_admin.domain.features import FeatureState, Pending, Verdict
    from penelope_admin.domain.mirror import Posture
    from penelope_admin.services.features import FeaturesView, FeatureView

USUAL_USE = timedelta(days=14)
WHY_IS_KEPT = "Kept in the activity log once it is done. No client details, please."
_APPROVING = "Approve only if you know the project and accept who could be reached."
_OWN_PLAN = (
    "Your agency wants somebody else to approve this. They open the program under their own account, on the same "
    "database, and find the plan on the Features page and on Overview."
)


class _SwitchSheet(Sheet):
    """What both ways have in common: a reason, and whether it was done in Penelope already."""

    help_topic = "features"

    _view: FeatureView
    reason: QLineEdit
    already_done: Tick

    def _send(self, change: Change, **more: Any) -> None:
        """Plan the change, or record that it was made."""
        state, reason, already = self._view.state, self.reason.text(), self.already_done.isChecked()
        self.save(
            lambda context: context.write(
                services.features.switch, state.feature, change, reason=reason, environment=state.environment,
                already_done=already, version=state.version, **more,
            ),
            then=lambda done: _show_steps(self.shell, done.value),
        )  # fmt: skip

    def _name_action(self, turned: str) -> None:
        """What the button does: plan it, or record what was done already; `turned` is "on" or "off"."""
        name = self._view.feature.name
        to_plan, to_record = f"Plan to switch {turned} {name}", f"Record that {name} is {turned}"
        self.primary.setText(to_record if self.already_done.isChecked() else to_plan)


class EnableSheet(_SwitchSheet):
    """Switching on: who could be reached first, then what is asked of you."""

    def __init__(self, shell: Shell, view: FeatureView, features_view: FeaturesView) -> None:
        self._view, self._features_view = view, features_view
        already_on = view.state.state == "on"
        title, verb, before = "Switch on", "Plan to switch on", ""
        if already_on:
            title, verb, before = "Change", "Change", view.state.reason or ""
        super().__init__(shell, f"{title} {view.name}", f"{verb} {view.feature.name}", danger=True)
        self._tell_the_risk(view, features_view.posture)
        self.reason = text_line(before, "For example: test of the appointment reminders")
        self.field("Why is it needed?", self.reason, WHY_IS_KEPT)
        until = max(view.state.until or features_view.today + USUAL_USE, features_view.today)
        self.until = self.added(OptionalDate("Last day it is needed", until, features_view.today, ticked=True))
        self.remarks = self.keep_room()
        what, asked = f"I accept the PHI risk of {view.name} in this database", view.enable
        self.asked = self.added(
            AcknowledgingFields(what, asked.queue_checks, view.environment_name, may_be_real=asked.needs_name)
        )
        self.asked.edited.connect(self.update_enabled)
        self.already_done = Tick("I have switched it on in Penelope already")
        if view.enable.needs_approval and not already_on:
            self.add("A second person must approve the plan before you switch it on in Penelope.")
        elif not already_on and not shell.planning_day:
            self.add(self.already_done)
        self.reason.textChanged.connect(self.update_enabled)
        for signal in (self.until.changed, self.already_done.toggled):
            signal.connect(self.update_enabled)
        self.update_enabled()
        self.reason.setFocus()

    def _tell_the_risk(self, view: FeatureView, posture: Posture) -> None:
        self.add(label(view.feature.reaches or "", "dangerText"))
        if view.feature.uses_contact_details:
            self.add(Banner(posture.sentence, contacts_role(posture.may_be_real)))
            if posture.exceptions:
                self.add(f"These user groups keep real addresses in any case: {', '.join(posture.exceptions)}.")
            self.add(label(posture.check_sentence, "muted"))
        if view.enable.queue_checks:
            self.add(Banner(posture.queue_sentence, "danger"))
        if view.enable.phi_risk is not None:
            self.add(risk_badge(view.enable.phi_risk))
        policy = self.shell.policy
        self.add(label(policy.ratings.note, "caption"), policy.quote("only-what-is-needed"))

    def update_enabled(self) -> None:
        """Ask the rules whether what is filled in is enough."""
        features_view = self._features_view
        verdict = can_switch(
            self.shell.policy, self._view.state, "enable", features_view.posture, self.asked.acknowledgement,
            self.until.day, features_view.around,
        )  # fmt: skip
        self.remarks.show_sentences(*verdict.remarks)
        if self._view.state.state != "on":
            self._name_action("on")
        self.tell_why_not(self._why_not_yet(verdict))

    def _why_not_yet(self, verdict: Verdict) -> str:
        """What stands in the way, or is to be filled in or ticked, before the action can be done; empty if it can."""
        if verdict.allowed and self.reason.text().strip():
            return ""
        if self._features_view.around.found_wrong & {check.number for check in verdict.queue_checks}:
            return verdict.reasons[0]
        if verdict.needs_until and self.until.day is None:
            return "Its PHI risk is high: give the last day it is needed."
        asked = self.asked.needed(self.shell.policy, self._view.state.environment)
        return words.still_needed({"a reason": self.reason.text().strip(), **asked}) or why_not([verdict])

    def submit(self) -> None:
        """Plan it, or record that it was done."""
        self._send("enable", until=self.until.day, acknowledgement=self.asked.acknowledgement)


class DisableSheet(_SwitchSheet):
    """Switching off reaches nobody: a reason is all it takes."""

    def __init__(self, shell: Shell, view: FeatureView) -> None:
        self._view = view
        super().__init__(shell, f"Switch off {view.name}", f"Plan to switch off {view.feature.name}")
        self.add("Once it is off, nothing leaves this database through it.")
        self.reason = self.field("Why?", text_line(like="For example: the test is over"), WHY_IS_KEPT)
        self.already_done = Tick("It is off in Penelope already")
        if not shell.planning_day:
            self.add(self.already_done)
        self.already_done.toggled.connect(self.update_enabled)
        self.need(self.reason, "a reason")
        self.reason.setFocus()

    def update_enabled(self) -> None:
        self._name_action("off")
        super().update_enabled()

    def submit(self) -> None:
        """Plan it, or record that it was done."""
        self._send("disable")


def _recorded(shell: Shell, state: FeatureState) -> str:
    feature, where = shell.policy.feature[state.feature], shell.policy.environment[state.environment].name
    return f"{full_name(shell.policy, feature)} is recorded as {state.state} in {where}."


def _show_steps(shell: Shell, state: FeatureState) -> None:
    """After planning, show what to do in Penelope."""
    if state.pending is None:
        shell.said.emit(_recorded(shell, state))
    elif shell.planning_day:
        shell.said.emit("Planned. It goes home with the plan.")
    else:
        shell.operations.run(
            lambda context: context.read(services.features.find, state.feature, state.environment),
            lambda view: open_plan(shell, view),
        )


def open_plan(shell: Shell, view: FeatureView) -> None:
    """The sheet a planned change needs next: a second person's approval, or the steps in Penelope."""
    plan = view.state.plan_to_enable
    if plan is not None and view.waits_for_approval:
        shell.open_sheet(ApproveSheet(shell, view, plan))
    else:
        shell.open_sheet(StepsSheet(shell, view))


class ApproveSheet(Sheet):
    """A plan that a second person must approve; whoever planned it sees what it waits for."""

    help_topic = "features"
    records = True

    def __init__(self, shell: Shell, view: FeatureView, plan: Pending) -> None:
        self._view = view
        action, meaning = f"Approve switching on {view.feature.name}", _APPROVING
        if is_same_person(plan.by, shell.app.actor):
            action, meaning = "", _OWN_PLAN
        super().__init__(shell, f"{view.name} waits for a second person", action, danger=bool(action))
        self.add(label(view.feature.reaches or "", "dangerText"))
        self.add(*(Banner(reason, "danger") for reason in view.enable.reasons[-1:]))
        until = filled(", until {}", mapped(plan.until, words.day))
        where, planner = f"{view.environment_name}{until}", plan.by or "Somebody"
        self.add(f"{planner} planned to switch it on in {where}, for “{plan.reason}”.")
        if view.queue_said:
            self.add(view.queue_said)
        self.add(meaning)

    def submit(self) -> None:
        state = self._view.state
        self.save(
            lambda context: context.write(services.features.approve, state.feature, state.environment, state.version),
            said="Approved.",
        )


class StepsSheet(Sheet):
    """What to do in Penelope for a planned change, and a button to say that it is done."""

    help_topic = "features"
    records = True

    def __init__(self, shell: Shell, view: FeatureView) -> None:
        self._view = view
        turn = "on" if view.state.plan_to_enable else "off"
        super().__init__(shell, f"Switch {view.name} {turn} in Penelope", "I have done this", danger=turn == "on")
        self.safe.setText("Not yet")
        self.add("This program cannot reach Penelope: you switch there, or ask Support to. These are the steps:")
        self.add(*(f"{number}.  {step}" for number, step in enumerate(view.steps, start=1)))
        source = shell.policy.source_name(view.feature)
        article = filled(" From the help centre: {}.", view.feature.article)
        self.add(label(f"{shell.policy.ratings.screens_note} What may be re-enabled: {source}.{article}", "caption"))
        steps = "\n".join(f"{number}. {step}" for number, step in enumerate(view.steps, start=1))
        self.add_button(button("Copy the steps", lambda: shell.copy(steps, "Steps")))
        self.add_button(button("Print …", self.print_steps))
        self.column.setSpacing(theme.current().space("s"))

    def print_steps(self) -> None:
        """Print the steps, to take them to the computer where Penelope is."""
        from penelope_admin.ui.printing import print_steps

        print_steps(self, self.shell, self.windowTitle(), self._view.steps, self.shell.policy.ratings.screens_note)

    def submit(self) -> None:
        """Record that the change was made."""
        state = self._view.state
        self.save(
            lambda context: context.write(
                services.features.confirm_done, state.feature, state.environment, state.version
            ),
            said=lambda done: _recorded(self.shell, done.value),
        )
