"""One database: its life, what is asked about it, what can be done, what happened, and what was found."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from penelope_admin import services
from penelope_admin.domain.text import capitalized, filled, uncapitalized
from penelope_admin.ui import dialogs
from penelope_admin.ui import format as words
from penelope_admin.ui.models.keyed import Column
from penelope_admin.ui.pages.databases.history import Happened, ask_to_correct, history_columns, proof_columns
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.basics import Badge, Banner, Card, boxed, button, label, stacked
from penelope_admin.ui.widgets.flow import Flow
from penelope_admin.ui.widgets.foot import Choice, Foot, FootBar
from penelope_admin.ui.widgets.keyed import KeyedRows, Row, row_if
from penelope_admin.ui.widgets.ribbon import RibbonPicture
from penelope_admin.ui.widgets.rows_table import RowsTable
from penelope_admin.ui.widgets.side import SideBySide

if TYPE_CHECKING:
    from datetime import datetime

    from penelope_admin.domain.checklists import CheckList
    from penelope_admin.domain.mirror import Answer, EventKind, Question
    from penelope_admin.domain.ribbon import Ribbon
    from penelope_admin.services.mirror.environments import EnvironmentView
    from penelope_admin.services.mirror.evidence import Proof
    from penelope_admin.ui.theme import Role


LEAST_BESIDE = 170
"""So many letters wide, what was checked has what happened beside it."""
_ANSWERED: dict[EventKind, str] = {"not-upgraded": "not yet", "upgrade-unknown": "nobody knew"}


class CopyView(NamedTuple):
    """What is known of one database."""

    view: EnvironmentView
    ribbon: Ribbon
    lists: tuple[CheckList, ...]
    proofs: tuple[Proof, ...]
    happened: list[Happened]


class CopyDetail(QWidget):
    """The chosen database. Showing it again changes only what became another."""

    run_requested = Signal(int)
    """The check-list of an event is to be gone through."""

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self.shell = shell
        self.copy: CopyView  # from the first one on
        self.key = ""  # which database is shown; empty before there is one
        self._life = Card(" ")
        self._badge = KeyedRows()
        self._sentence = label()
        self._picture: RibbonPicture | None = None
        self._below_picture = KeyedRows("xs")
        self._asked = KeyedRows("xs")
        self.foot = FootBar(framed=False)
        self._picture_place = QVBoxLayout()
        self._life.add(self._badge, self._sentence, self._picture_place, self._below_picture, self.foot, self._asked)
        self.lists: RowsTable[CheckList] = RowsTable(
            shell, "check-lists", "Check-lists",
            (
                Column("After", lambda check_list: capitalized(check_list.occasion)),
                Column(
                    "Of",
                    lambda check_list: words.short_day(check_list.event.at.astimezone(shell.zone).date(), shell.today),
                ),
                Column("Checked", lambda check_list: check_list.standing),
            ),
            lambda check_list: check_list.event.id, most=3,
            empty="No check-list yet. Recording an upgrade or a refresh begins one.",
            choices=lambda check_list: [
                Choice("Open the check-list", partial(self.run_requested.emit, check_list.event.id))
            ],
        )  # fmt: skip
        self.lists.opened.connect(self._open_list)
        self._open_check_list = button("Open the check-list", self._open_list)
        self._lists_card = Card("Check-lists", self.lists, Flow(self._open_check_list))
        self.history: RowsTable[Happened] = RowsTable(
            shell, "history", "History", history_columns(shell), lambda row: row.event.id,
            empty="Nothing is recorded yet: record a refresh or an upgrade.", is_void=lambda row: not row.stands,
            most=10, stretch=1, choices=self._event_choices,
        )  # fmt: skip
        self._mistake = button("Recorded by mistake …", self._ask_to_correct)
        self.history.chose.connect(lambda: self._mistake.setEnabled(self._can_correct(self.history.chosen)))
        history_card = Card("History", self.history, Flow(self._mistake))
        self.proofs: RowsTable[Proof] = RowsTable(
            shell, "checks", "Checks of its data", proof_columns(shell), lambda proof: proof.id,
            empty="Nobody has checked its data yet.", is_void=lambda proof: not proof.stands, most=4,
        )  # fmt: skip
        self._proofs_card = Card(
            "Checks of its data", self.proofs, Flow(button("Check de-identification …", self.check_data))
        )
        self._facts, self._version = label("", "caption"), KeyedRows()
        self._checks = boxed(stacked(self._lists_card, (self._proofs_card, 1), gap="s"))
        below = SideBySide(self._checks, history_card, least=LEAST_BESIDE)
        stacked(self._life, below, self._facts, self._version, 1, within=self, gap="s")

    # --- what is shown ---------------------------------------------------------------------------

    def show_copy(self, copy: CopyView) -> None:
        """Show a database: another one, or the same after something changed."""
        self.copy, self.key = copy, copy.view.environment.key
        view, ribbon = copy.view, copy.ribbon
        self._life.head.setText(view.environment.name)
        self._life.setAccessibleName(view.environment.name)
        badges: list[tuple[str, Role]] = [(ribbon.badge, ribbon.role)]
        if view.unsettled:
            badges.append(("No longer yours", "danger"))
        self._badge.show_rows([Row("badges", badges, lambda: _flow(*(Badge(*badge) for badge in badges)))])
        self._sentence.setText(ribbon.sentence)
        if self._picture is None:
            self._picture = RibbonPicture(self.shell, ribbon)
            self._picture_place.addWidget(self._picture)
        self._picture.show_ribbon(ribbon)
        self._below_picture.show_rows(self._remarks(copy))
        self._asked.show_rows(self._questions(view))
        self.foot.show_foot(self._choices(copy))
        self._lists_card.setVisible(view.environment.upgrade_switches_off)
        self.lists.show_rows(copy.lists)
        self._open_check_list.setEnabled(bool(copy.lists))
        self.history.show_rows(copy.happened)
        self._proofs_card.setVisible(view.environment.refreshable)
        self._checks.setVisible(view.environment.upgrade_switches_off or view.environment.refreshable)
        self.proofs.show_rows(copy.proofs)
        self._facts.setText(self._facts_of(view))
        self._version.show_rows(row_if("version", view.version, self._version_link))

    @staticmethod
    def _remarks(copy: CopyView) -> list[Row]:
        """What the picture does not say: what it rests on, queues, and who keeps a real address."""
        posture = copy.view.posture
        groups = filled("Workers in these user groups keep their real addresses: {}.", ", ".join(posture.exceptions))
        muted = partial(label, kind="muted")
        return [
            *row_if("basis", copy.ribbon.basis, muted),
            *row_if("queue", posture.queue_sentence, label),
            *row_if("groups", groups, muted),
        ]

    def _version_link(self, version: str) -> QWidget:
        return _flow(
            button(f"Version {version} …", lambda: dialogs.version.open_version_sheet(self.shell, version), "link")
        )

    def _facts_of(self, view: EnvironmentView) -> str:
        item = view.environment
        return (
            f"Version: {view.version or 'not recorded'}. Data: {item.data}. Upgraded: {item.upgraded.lower()}. "
            f"({self.shell.policy.source_name(item)})"
        )

    # --- what is asked and what was lost ---------------------------------------------------------

    def _questions(self, view: EnvironmentView) -> list[Row]:
        """What somebody has to say: is it settled, was it upgraded, is what ended wanted again."""
        unsettled = view.unsettled and (view.unsettled, view.not_off)
        return [
            *row_if("unsettled", unsettled, lambda _: self._unsettled(view)),
            *row_if("question", view.question, self._question),
            *row_if("losses", view.losses, lambda _: self._losses(view)),
        ]

    def _unsettled(self, view: EnvironmentView) -> QWidget:
        ways = [button("It was deleted …", lambda: self.shell.open_sheet(dialogs.leave.SettleSheet(self.shell, view)))]
        if view.not_off:
            ways.insert(0, button("What is on now? …", self.ask_what_is_on))
        return _below(Banner(f"Not settled. {' '.join(view.unsettled)}", "danger"), _flow(*ways))

    def _question(self, question: Question) -> QWidget:
        """Was it upgraded in the last window? Three answers, and none is assumed."""
        role: Role = "caution"
        text = f"Was this database upgraded in the window of {words.day_of(question.window, self.shell.zone)}?"
        if (said := question.last_answer) is not None:
            role, text = "info", f"{text} As of {words.day_of(said.at, self.shell.zone)}: {_ANSWERED[said.kind]}."
        return _below(
            Banner(text, role),
            _flow(
                button("Yes, at …", lambda: self.record("upgraded", question.window)),
                button("Not yet", lambda: self.answer(question, "not-upgraded")),
                button("I don't know", lambda: self.answer(question, "upgrade-unknown")),
            ),
        )

    def answer(self, question: Question, said: Answer) -> None:
        """Record an answer about the last window; another can be given later."""
        self.shell.do(
            lambda context: context.write(
                services.mirror.environments.answer, question.environment, question.window, said
            ),
            "Recorded. You can say otherwise as soon as you know.",
        )

    def _losses(self, view: EnvironmentView) -> QWidget:
        parts: list[QWidget] = [label(loss.sentence) for loss in view.losses]
        if view.environment.upgrade_switches_off:
            parts.append(_flow(button("Turn features back on …", self.plan_again)))
        return _below(label("On or planned before the last upgrade or refresh, and not since", "strong"), *parts)

    def plan_again(self) -> None:
        """Open the sheet that plans what the last event ended."""
        dialogs.event.open_plan_again(self.shell, self.key)

    def ask_what_is_on(self) -> None:
        """Open the sheet that records what is on in the database, and what is off."""
        dialogs.seen.open_seen(self.shell, self.key)

    # --- what can be done ------------------------------------------------------------------------

    def _choices(self, copy: CopyView) -> Foot:
        """The next step, one other thing, and the rest."""
        item = copy.view.environment
        upgrade = Choice("Record an upgrade …", lambda: self.record("upgraded"))
        if not item.refreshable:
            return Foot(upgrade)
        refresh = Choice("Record a refresh …", lambda: self.record("refreshed"))
        script = Choice("Record a script …", lambda: self.record("script-run"))
        check = Choice("Check de-identification …", self.check_data)
        if copy.view.unsettled:
            return Foot(upgrade, check, (refresh, script))
        request = Choice("Request a refresh …", self.request_refresh)
        newest = next(iter(copy.lists), None)
        if newest is not None and not newest.is_finished:
            done = len(newest.lines) - len(newest.unanswered)
            name = f"Continue the check ({done} of {len(newest.lines)} done)" if done else "Start the check"
            day = words.day_of(newest.event.at, self.shell.zone)
            run = Choice(name, lambda: self.run_requested.emit(newest.event.id))
            question = f"Check-list after the {newest.occasion} of {day}: {uncapitalized(newest.standing)}."
            return Foot(run, request, (refresh, upgrade, script, check), question)
        return Foot(request, upgrade, (refresh, script, check))

    def request_refresh(self) -> None:
        """Open the sheet that asks Support for a refresh."""
        from penelope_admin.domain.requests import RequestInput

        dialogs.request.open_request_sheet(self.shell, "refresh", RequestInput(environment=self.key or None))

    def record(self, kind: EventKind, window: datetime | None = None) -> None:
        """Open the sheet that records what happened to the database.

        Args:
            window: the start of the upgrade window that was asked about.
        """
        self.shell.open_sheet(dialogs.event.EventSheet(self.shell, self.copy.view, kind, window))

    def check_data(self) -> None:
        """Open the sheet that checks an export or a connection for real contact details."""
        self.shell.open_sheet(dialogs.proof.ProofSheet(self.shell, self.key))

    # --- history and check-lists -----------------------------------------------------------------

    def _event_choices(self, row: Happened) -> list[Choice]:
        choices = []
        if self.lists.rows.row_of(row.event.id) >= 0:
            choices.append(Choice("Open its check-list", lambda: self.run_requested.emit(row.event.id)))
        if self._can_correct(row):
            choices.append(Choice("Recorded by mistake …", self._ask_to_correct))
        return choices

    @staticmethod
    def _can_correct(row: Happened | None) -> bool:
        return row is not None and row.stands and row.event.kind != "corrected" and not row.others

    def _ask_to_correct(self) -> None:
        row = self.history.chosen
        if row is not None and self._can_correct(row):
            ask_to_correct(self.shell, row.event)

    def open_newest(self) -> None:
        """Go through the newest check-list, if there is one."""
        newest = self.lists.rows.row(0)
        if newest is None:
            self.shell.said.emit("There is no check-list yet. Recording an upgrade or a refresh begins one.")
        self._run(newest)

    def _open_list(self) -> None:
        self._run(self.lists.chosen or self.lists.rows.row(0))

    def _run(self, check_list: CheckList | None) -> None:
        if check_list is not None:
            self.run_requested.emit(check_list.event.id)


def _flow(*items: QWidget) -> QWidget:
    return boxed(Flow(*items))


def _below(*items: QWidget) -> QWidget:
    return boxed(stacked(*items, gap="xs"))
