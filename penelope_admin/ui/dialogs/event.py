"""The sheets of an environment's life: record what happened, and plan again what it ended."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from penelope_admin import services
from penelope_admin.domain.features import can_switch, checks_of, environment_name, why_not
from penelope_admin.domain.mirror import SCRIPT_EFFECTS
from penelope_admin.domain.text import filled
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.acknowledging import THESE, AcknowledgingFields, contacts_role
from penelope_admin.ui.widgets.basics import Banner, Tick, button, label, ticked
from penelope_admin.ui.widgets.dates import MomentField, OptionalDate
from penelope_admin.ui.widgets.fields import ChoiceField, text_line
from penelope_admin.ui.widgets.flow import Flow
from penelope_admin.ui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from datetime import datetime

    from penelope_admin.domain.mirror import Event, EventKind, ScriptEffect
    from penelope_admin.services.features import FeaturesView
    from penelope_admin.services.mirror.environments import EnvironmentView, Recorded
    from penelope_admin.services.work import Done

_ACTIONS: dict[EventKind, tuple[str, str]] = {
    "refreshed": ("Record a refresh of", "Record the refresh"),
    "upgraded": ("Record an upgrade of", "Record the upgrade"),
    "script-run": ("Record a script run in", "Record the script run"),
}
"""The title and the action."""
USUAL_USE = timedelta(days=14)


class EventSheet(Sheet):
    """When it happened, and what that does to contact details and to the register."""

    help_topic = "databases"
    records = True

    def __init__(self, shell: Shell, view: EnvironmentView, kind: EventKind, window: datetime | None = None) -> None:
        """
        Args:
            window: the start of the upgrade window that was asked about.
        """
        self._environment, self._kind, self._window = view.environment.key, kind, window
        title, action = _ACTIONS[kind]
        super().__init__(shell, f"{title} {view.environment.name}", action)
        self.add(self._consequence())
        if kind == "upgraded" and view.environment.refreshable:
            self.add(label(shell.policy.quote("upgrade-does-not-refresh"), "muted"))
        if ended := self._ended(view):
            self.add(Banner(ended, "caution"))
        self.outcome = ChoiceField()
        if kind == "script-run":
            self.outcome = ChoiceField((words.capitalize(), outcome) for outcome, words in SCRIPT_EFFECTS.items())
            hint = "As Tailored Services told you. If in doubt, choose “not known”."
            self.field("What it did to contact details", self.outcome, hint)
        self.at = MomentField(window or shell.app.clock.now(), shell.zone)
        self.field(f"When did it happen? ({shell.time_name})", self.at)
        self.version = text_line()
        if kind != "script-run":
            self.field("Version now (optional)", self.version)
        self.remark = self.field("Note (optional)", text_line(), "For example, how you know.")

    def _consequence(self) -> str:
        if self._kind == "refreshed":
            return (
                "A refresh overwrites everything in this copy: its data, its settings, and any work done in it. It "
                "copies real contact details and production's feature settings, and possibly what is waiting in "
                "production's queues. Every feature becomes “not known” until you record it"
                + (", and a check-list begins." if self._environment in self.shell.policy.mirrors else ".")
            )
        if self._kind == "script-run":
            return (
                "A script can change any data. Unless you know what it did to contact details, they count as real from "
                "then on."
            )
        if self._environment in self.shell.policy.mirrors:
            groups = ", ".join(self.shell.policy.user_groups.deactivated)
            return (
                "An upgrade de-identifies contact details and switches every feature off. It deactivates the worker "
                f"accounts in these user groups: {groups}. All features become “off”, a check-list begins, and what "
                "was on or planned can be planned again."
            )
        return "This records when it was upgraded, and to which version."

    def _ended(self, view: EnvironmentView) -> str:
        """What becomes of features that are on, seen on or planned; empty where nothing does."""
        if self._kind == "script-run":
            return ""
        turns_off = self._kind == "upgraded" and view.environment.upgrade_switches_off
        # Of what somebody saw on, an upgrade that switches nothing off says nothing.
        seen = view.seen_on if turns_off or self._kind == "refreshed" else ()
        ended = (*view.on, *(f"{name} (seen on)" for name in seen), *(f"{name} (planned)" for name in view.planned))
        return filled("This turns off: {}." if turns_off else "No longer known after this: {}.", ", ".join(ended))

    def submit(self) -> None:
        at, version, remark = self.at.instant, self.version.text(), self.remark.text()
        outcome: ScriptEffect | None = self.outcome.currentData()
        self.save(
            lambda context: context.write(
                services.mirror.environments.record_event, self._environment, self._kind, at, version, remark,
                window=self._window, outcome=outcome,
            ),
            said=lambda done: done.value.posture.sentence,
            then=self._offer_again,
        )  # fmt: skip

    def _offer_again(self, done: Done[Recorded]) -> None:
        if done.value.losses and self._environment in self.shell.policy.mirrors:
            open_plan_again(self.shell, self._environment)


class CorrectSheet(Sheet):
    """Taking back what was recorded by mistake: it cannot be undone, only recorded again."""

    help_topic = "databases"
    records = True

    def __init__(self, shell: Shell, event: Event, text: str) -> None:
        self._event, self._name = event, environment_name(shell.policy, event.environment)
        super().__init__(shell, f"Recorded by mistake: {self._name}", "Mark as a mistake", danger=True)
        self.add(label(text, "strong"), "The entry stays in the history, crossed out, and no longer counts.")
        if event.kind in ("upgraded", "refreshed") and event.environment in shell.policy.mirrors:
            self.add(Banner("Its check-list goes too, along with every answer on it.", "caution"))
        if event.kind == "checked" and event.outcome == "real":
            self.add(Banner("Contact details may count as de-identified afterwards.", "danger"))
        self.remark = self.field("What was wrong?", text_line(), "Kept in the history.")
        self.need(self.remark, "what was wrong")

    def submit(self) -> None:
        number, remark = self._event.id, self.remark.text()
        self.save(
            lambda context: context.write(services.mirror.environments.correct_event, number, remark),
            said=lambda done: f"{self._name}: marked as a mistake. {done.value.sentence}",
        )


def open_plan_again(shell: Shell, environment: str | None = None) -> None:
    """Open the sheet for what the newest upgrade or refresh of a copy, by default the usual one, ended."""
    shell.operations.run(
        lambda context: (
            context.read(services.mirror.environments.find_all),
            context.read(services.features.find_all, environment),
        ),
        lambda views: shell.open_sheet(PlanAgainSheet(shell, *views)),
    )


class PlanAgainSheet(Sheet):
    """What was lost, to be ticked and planned again: the person decides what, so nothing is ticked beforehand."""

    help_topic = "databases"

    def __init__(self, shell: Shell, views: list[EnvironmentView], features_view: FeaturesView) -> None:
        view = next(view for view in views if view.environment.key == features_view.environment)
        super().__init__(shell, "Turn features back on?", "Plan to switch these on again", danger=True)
        self._features_view, self._environment = features_view, view.environment
        self._losses = view.losses
        posture = features_view.posture
        self.add(Banner(posture.sentence, contacts_role(posture.may_be_real)))
        self._offer_again()
        self.add(label("This switches nothing: you do that in Penelope, and say so on the Features page.", "muted"))
        verdicts = [lost.enable for lost in features_view.features if lost.feature.key in self._ticks]
        self.asked = self.added(AcknowledgingFields(
            THESE, checks_of(verdicts), self._environment.name,
            may_be_real=posture.may_be_real, queue_sentence=posture.queue_sentence,
        ))  # fmt: skip
        self.asked.edited.connect(self.update_enabled)
        self.remarks = self.keep_room()
        self.update_enabled()

    def _offer_again(self) -> None:
        """A tick for each feature, a button for those that were on, and one last day for all of them."""
        today = self._features_view.today
        self._ticks = {loss.feature: Tick(loss.sentence, edited=self.update_enabled) for loss in self._losses}
        self.add(*self._ticks.values(), Flow(button("Tick what was on", self.tick_what_was_on)))
        last = max((loss.until for loss in self._losses if loss.until), default=today + USUAL_USE)
        self.until = OptionalDate("Last day for all of them", max(last, today), today, ticked=True)
        self.until.changed.connect(self.update_enabled)
        self.add(self.until)

    def tick_what_was_on(self) -> None:
        """Tick the features that were on; those that were only planned are left to the person."""
        for loss in self._losses:
            if loss.was == "on":
                self._ticks[loss.feature].setChecked(True)

    def _chosen(self) -> dict[str, str]:
        reasons = {loss.feature: loss.reason or "Planned again" for loss in self._losses}
        return {key: reasons[key] for key in ticked(self._ticks)}

    def update_enabled(self) -> None:
        """Ask the rules of each feature whether what is filled in is enough."""
        features_view, chosen = self._features_view, self._chosen()
        around = features_view.around.together_with(chosen)
        verdicts = [
            can_switch(
                self.shell.policy,
                view.state,
                "enable",
                features_view.posture,
                self.asked.acknowledgement,
                self.until.day,
                around,
            )
            for view in features_view.features
            if view.feature.key in chosen
        ]
        self.tell_why_not(why_not(verdicts) if chosen else "Tick what is to be switched on again.")
        self.remarks.show_sentences(*dict.fromkeys(sentence for verdict in verdicts for sentence in verdict.remarks))

    def submit(self) -> None:
        """Plan them, all or none."""
        acknowledgement, until = self.asked.acknowledgement, self.until.day
        plans = {key: (reason, until) for key, reason in self._chosen().items()}
        self.save(
            lambda context: context.write(services.features.plan_again, plans, self._environment.key, acknowledgement),
            said="Planned. The steps in Penelope are on the Features page.",
            then=lambda done: self.shell.go.emit("features", f"{done.value[0].environment}/{done.value[0].feature}"),
        )
