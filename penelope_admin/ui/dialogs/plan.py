"""Plans that travel: taking one along, and bringing one home with a choice for each thing both sides changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QRadioButton, QVBoxLayout, QWidget

from penelope_admin import services
from penelope_admin.domain import plans as rules
from penelope_admin.domain.features import NOTHING_SAID
from penelope_admin.domain.text import filled, written_out
from penelope_admin.domain.times import plural
from penelope_admin.gateways import plans as files
from penelope_admin.ui import format as words
from penelope_admin.ui import theme
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.acknowledging import AcknowledgingFields, contacts_role
from penelope_admin.ui.widgets.basics import Banner, Card, Tick, WithWords, button, label, put, ticked
from penelope_admin.ui.widgets.files import ask_source, ask_target
from penelope_admin.ui.widgets.flow import Flow
from penelope_admin.ui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from penelope_admin.app import App
    from penelope_admin.domain.plans import Conflict, Plan, Side
    from penelope_admin.domain.projects import Project
    from penelope_admin.services.plans.asking import Ask
    from penelope_admin.services.plans.bringing import Brought, Choices
    from penelope_admin.services.work import Done

Failure = Callable[[Exception], None]
MOST_ASKED = 60
"""More than anybody decides one by one."""
_FEWER = "choose “Some of the projects” where the plan is taken along, and bring home a file for some at a time."
KINDS = f"Plans (*{files.ENDING});;All files (*)"
BRING = ("Bring this plan home?", "Bring it home")
_LONGEST_LIST = 30


class TakeAlongSheet(Sheet):
    """What goes along: everything that is planned, or some of the projects."""

    help_topic = "projects"

    def __init__(self, shell: Shell, projects: Sequence[Project]) -> None:
        super().__init__(shell, "Take a plan along", "Choose a file …")
        introduction = (
            "What is planned here goes into a file that you open on another computer with “Bring a plan home”. "
            "Nothing is changed here."
        )
        if not shell.planning_day:
            introduction += (
                " What is known of your agency and its databases goes along: a laptop without an agency can start from "
                "the file."
            )
        self.add(introduction)
        self.everything, self.chosen, group = QRadioButton(), QRadioButton(), QButtonGroup(self)
        for circle, text in (
            (self.everything, "Everything: projects, planned changes, drafts, and notices and holidays to come"),
            (self.chosen, "Some of the projects"),
        ):
            group.addButton(circle)
            self.add(WithWords(circle, text))
        self.everything.setChecked(True)
        self.ticks = {project.id: Tick(project.name, edited=self.update_enabled) for project in projects}
        self._list = self.added(QWidget())
        put(QVBoxLayout(self._list), *self.ticks.values())
        self.chosen.setEnabled(bool(self.ticks))
        self.chosen.toggled.connect(self.update_enabled)
        self.update_enabled()

    def update_enabled(self) -> None:
        self._list.setVisible(self.chosen.isChecked())
        self.ask_for({"a project": self.everything.isChecked() or self._numbers()})
        if self.isVisible():
            self.grow()

    def _numbers(self) -> tuple[int, ...]:
        return () if self.everything.isChecked() else ticked(self.ticks)

    def submit(self) -> None:
        """Ask where to, and write it."""
        target = ask_target(self, "Take a plan along", f"plan{files.ENDING}", "Plans")
        if target is None:
            return
        numbers = self._numbers()

        def write(app: App) -> int:
            plan = app.context.read(services.plans.taking.take_along, app.policy_sha256, numbers)
            files.write(plan, target)
            return len(plan.items)

        self.save_with_app(
            write, said=lambda count: f"{plural(count, 'item')} written to {target.name}.", label="Writing the plan"
        )


def ask_and_bring(shell: Shell, parent: QWidget) -> None:
    """Ask for a plan file, and show what it would do."""
    ask_source(parent, "Bring a plan home", KINDS, partial(open_bring, shell))


def open_bring(shell: Shell, source: Path) -> None:
    """Look at a plan file, and open the sheet that shows what it would do."""

    def read_plan(app: App) -> tuple[Plan, str, Brought]:
        plan, digest = files.read(source)
        bring = services.plans.bringing.bring_home
        return plan, digest, bring(app.context, plan, digest, app.policy_sha256, only_look=True).value

    shell.operations.run_with_app(
        read_plan,
        lambda parts: shell.open_sheet(BringSheet(shell, *parts)),
        lambda error: shell.warned.emit(str(error)),
        "Looking at the plan",
    )


class BringSheet(Sheet):
    """What a plan changes here, what only a person can decide or acknowledge, and what the rules refuse."""

    help_topic = "projects"

    def __init__(self, shell: Shell, plan: Plan, digest: str, brought: Brought) -> None:
        does = bool(brought.changed or brought.conflicts or brought.asked or brought.facts_as_of)
        title, action = ("Bring this plan in?", "Bring it in") if shell.planning_day else BRING
        super().__init__(shell, title, action if does else "", wide=True)
        self._plan, self._digest, self._brought = plan, digest, brought
        self.choices: dict[tuple[str, str], dict[Side, QRadioButton]] = {}
        self.asked: dict[str, AskCard] = {}
        self.add(label(f"Made by {written_out(plan.by)} on {words.moment(plan.made_at, shell.zone)}.", "muted"))
        if not does and not brought.refused:
            self.add("Everything in this plan is here already. Nothing has to change.")
        self._show_origin(brought)
        self._show_list("This changes:", brought.changed)
        self._show_conflicts(brought.conflicts)
        self._show_asked(brought.asked)
        refused = [f"{item.title}: {item.reason}" for item in brought.refused]
        self._show_list("Not possible here, and left out:", refused)
        self._show_list("May hold client data:", brought.warnings)
        if does:
            self.add(label("Nothing is switched, sent or approved. It can be taken back afterwards.", "muted"))
        self.update_enabled()

    def _show_origin(self, brought: Brought) -> None:
        """What is to be known of where the plan comes from, before what it changes."""
        if brought.facts_as_of is not None:
            when = words.moment(brought.facts_as_of, self.shell.zone)
            self.add(Banner(f"What is known of your agency and its databases becomes that of {when}.", "info"))
        self._show_list("Left out:", brought.facts_left)
        if brought.other_rules:
            self.add(Banner("Other rules were in force where this plan was made. Those here count.", "info"))
        if brought.no_base and brought.conflicts:
            self.add(Banner("This plan and this database have nothing in common: whatever differs is asked.", "info"))

    def _show_list(self, title: str, lines: Sequence[str]) -> None:
        if not lines:
            return
        card = Card(title, *lines[:_LONGEST_LIST])
        if len(lines) > _LONGEST_LIST:
            card.add(label(f"… and {len(lines) - _LONGEST_LIST} more", "muted"))
        self.add(card)

    def _show_conflicts(self, conflicts: Sequence[Conflict]) -> None:
        if len(conflicts) > MOST_ASKED:
            self.add(Banner(
                f"{len(conflicts)} things were changed on both sides. They stay as they are here; the rest is brought "
                f"home. To decide about them, {_FEWER}", "caution",
            ))  # fmt: skip
            return
        if len(conflicts) > 1:
            here = button("Keep all that is here", partial(self._choose_all, "here"))
            plan = button("Take all of the plan", partial(self._choose_all, "plan"))
            self.add(label("Changed on both sides. You decide:", "strong"), Flow(here, plan))
        self.add(*(self._conflict(conflict) for conflict in conflicts))

    def _show_asked(self, asked: Sequence[Ask]) -> None:
        if not asked:
            return
        if len(asked) > MOST_ASKED:
            self.add(Banner(
                f"{len(asked)} plans and drafts would switch something on. They are left out. To confirm them, "
                f"{_FEWER}", "caution",
            ))  # fmt: skip
            return
        self.add(label("No file acknowledges a risk. Confirm it here, or the plan is left out.", "strong"))
        for ask in asked:
            card = self.asked[ask.item] = AskCard(self.shell, ask)
            card.fields.edited.connect(self.update_enabled)
            self.add(card)

    def _conflict(self, conflict: Conflict) -> Card:
        """What it was, what it is here and in the plan, with a choice that nobody has made yet."""
        policy = self.shell.policy
        field = rules.field_in_words(policy, conflict.field)
        title = rules.title_of(conflict.content, policy)
        card = Card(f"{title}{filled(': {}', field)}")
        across = QGridLayout()
        across.setHorizontalSpacing(theme.current().space("m"))
        card.add(across)
        group = QButtonGroup(self)
        buttons: dict[Side, QRadioButton] = {}
        sides = (("Before", conflict.base), ("Here", conflict.here), ("In the plan", conflict.plan))
        for column, (name, value) in enumerate(sides):
            across.setColumnStretch(column, 1)
            across.addWidget(label(name, "caption"), 0, column)
            across.addWidget(label(rules.value_in_words(policy, value)), 1, column, Qt.AlignmentFlag.AlignTop)
        choices: tuple[tuple[Side, str, object], ...] = (
            ("here", "Keep what is here", conflict.here), ("plan", "Take the plan's", conflict.plan)
        )  # fmt: skip
        for column, (side, name, value) in enumerate(choices, start=1):
            choice = buttons[side] = QRadioButton(name)
            choice.setAccessibleName(f"{title} {field}: {name}: {rules.value_in_words(policy, value)}")
            group.addButton(choice)
            choice.toggled.connect(self.update_enabled)
            across.addWidget(choice, 2, column)
        self.choices[conflict.item, conflict.field] = buttons
        return card

    def _choose_all(self, side: Side) -> None:
        for buttons in self.choices.values():
            buttons[side].setChecked(True)

    def _chosen(self) -> Choices:
        return {
            key: side for key, sides in self.choices.items() for side, choice in sides.items() if choice.isChecked()
        }

    def update_enabled(self) -> None:
        cards, brought = self.asked.values(), self._brought
        confirms = any(card.is_confirmed for card in cards)
        does = bool(brought.changed or brought.conflicts or brought.facts_as_of or confirms)
        self.ask_for({
            "a choice wherever both sides changed": len(self._chosen()) == len(self.choices),
            "the rest of what you began to confirm": not any(card.is_half_confirmed for card in cards),
        }, ready=does)  # fmt: skip

    def submit(self) -> None:
        """Merge it as it was decided; what the rules refuse, or nobody acknowledged, was shown and is left out."""
        plan, digest, chosen = self._plan, self._digest, self._chosen()
        acknowledgements = {item: card.fields.acknowledgement for item, card in self.asked.items() if card.is_confirmed}

        def bring(app: App) -> Done[Brought]:
            return services.plans.bringing.bring_home(
                app.context, plan, digest, app.policy_sha256, chosen, acknowledged=acknowledgements, partly=True
            )

        def brought(done: Done[Brought]) -> None:
            if done.value.facts_as_of is not None:
                self.shell.said.emit("What is known here is newer now.")
            if done.value.changed:
                self.shell.said.emit(f"The plan is merged: {plural(len(done.value.changed), 'item')} changed.")
            if new := self._not_shown(done.value):
                self.shell.warned.emit(f"Left as it is here: {' '.join(new)}")

        self.save_with_app(bring, then=brought, label="Bringing the plan home")

    def _not_shown(self, done: Brought) -> list[str]:
        """What was refused or came into conflict only now: by a choice, or because something changed meanwhile."""
        refused = [f"{item.title}: {item.reason}" for item in done.refused if item not in self._brought.refused]
        asked = {(item.item, item.field) for item in self._brought.conflicts}
        left = [item for item in done.conflicts if (item.item, item.field) not in asked]
        refused += [f"{item.title}: {item.missing}" for item in done.asked if item.item not in self.asked]
        titles = dict.fromkeys(f"{rules.title_of(item.content, self.shell.policy)} was changed." for item in left)
        return [*refused, *titles]


def ask_and_start(shell: Shell, parent: QWidget, on_success: Callable[[], None], fail: Failure) -> None:
    """Ask for a plan file, make a planning copy of it, and show what it brings along."""

    def take(source: Path) -> None:
        shell.operations.run_with_app(
            lambda app: app.context.write(services.plans.facts.start, *files.read(source)),
            partial(started, source),
            fail,
            "Reading the plan file",
        )

    def started(source: Path, done: Done[tuple[str, ...]]) -> None:
        on_success()
        if done.value:
            shell.warned.emit(f"Left out: {' '.join(done.value)}")
        open_bring(shell, source)

    ask_source(parent, "Start from a plan file", KINDS, take)


class AskCard(Card):
    """What is to be acknowledged of one item; untouched, the item is left out."""

    def __init__(self, shell: Shell, ask: Ask) -> None:
        super().__init__(ask.title)
        self._policy, self._ask = shell.policy, ask
        self.add(ask.why, *(label(said, "dangerText") for said in ask.reaches))
        may_be_real = ask.place is not None
        self.add(Banner(ask.posture, contacts_role(may_be_real)))
        what = f"I accept the PHI risk of {', '.join(ask.names)} in this database"
        self.fields = AcknowledgingFields(what, ask.checks, ask.place or "", may_be_real=may_be_real)
        self._still = label("", "muted")
        self.add(self.fields, self._still)
        self.fields.edited.connect(self._show_missing)
        self._show_missing()

    @property
    def is_confirmed(self) -> bool:
        """Whether all of it was acknowledged."""
        return all(self._needed.values())

    @property
    def is_half_confirmed(self) -> bool:
        """Whether something was, but not all."""
        return self.fields.acknowledgement != NOTHING_SAID and not self.is_confirmed

    @property
    def _needed(self) -> dict[str, object]:
        return self.fields.needed(self._policy, self._ask.environment)

    def _show_missing(self) -> None:
        is_begun = self.is_confirmed or self.is_half_confirmed
        self._still.setText(words.still_needed(self._needed) if is_begun else "Left out unless you confirm.")


def take_back(shell: Shell) -> None:
    """Take back the plan that was brought home last; what stands in the way is told."""
    shell.operations.run(
        lambda context: context.write(services.plans.bringing.take_back),
        lambda done: shell.said.emit(f"Taken back: {plural(done.value, 'item')}."),
        lambda error: shell.warned.emit(str(error)),
        "Taking the plan back",
    )
