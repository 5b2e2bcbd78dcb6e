"""Databases: each environment, what happened to it, what was found after the last event, and what is planned."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from penelope_admin import services
from penelope_admin.domain.features import full_name
from penelope_admin.domain.mirror import SCRIPT_EFFECTS, in_force
from penelope_admin.ui import format as words
from penelope_admin.ui import theme
from penelope_admin.ui.desk import Desk
from penelope_admin.ui.widgets.basics import Badge, Banner, Card, Facts, button, label, label_line
from penelope_admin.ui.widgets.checklist import CheckListCard
from penelope_admin.ui.widgets.flow import Flow
from penelope_admin.ui.widgets.page import Page
from penelope_admin.ui.widgets.statements import fold, statements_card

if TYPE_CHECKING:
    from datetime import datetime

    from penelope_admin.domain.checklists import CheckList
    from penelope_admin.domain.mirror import Answer, Event, EventKind, Question
    from penelope_admin.services.environments import EnvironmentView
    from penelope_admin.services.evidence import Proof
    from penelope_admin.services.work import Context

_HAPPENED: dict[EventKind, str] = {
    "refreshed": "Refreshed",
    "upgraded": "Upgraded",
    "script-run": "Script run by the vendor's services",
    "restored": "A backup was restored; what it missed is not known",
    "checked": "Data checked",
    "not-upgraded": "Said not to be upgraded yet",
    "upgrade-unknown": "Not known whether upgraded",
    "corrected": "Correction of",
    "doubted": "Not known whether on",
}
_FOUND = {"real": "real contact details", "de-identified": "no real contact details", "cannot-tell": "could not tell"}


class _Found(NamedTuple):
    """What the page shows."""

    views: list[EnvironmentView]
    lists: list[CheckList]
    proofs: list[Proof]


class DatabasesPage(Page):
    """Every environment the agency has, the copies first."""

    name = "databases"
    title = "Databases"
    purpose = "Your databases: when each was refreshed and upgraded, and whether it may hold real contact details."
    topics = frozenset({"agency", "environments", "features", "notices", "requests"})

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.check_list: CheckListCard | None = None
        self._views: dict[str, EnvironmentView] = {}
        self._found: _Found | None = None
        self.add_action(button("Make a report …", lambda: self.make_report()))
        self.add_action(button("Request a refresh …", lambda: self.request_refresh(), "primary"))

    def load(self) -> None:
        """Ask for the environments."""
        self.desk.operations.run(_find, self._show, label="Loading the databases")

    def _show(self, found: _Found) -> None:
        before, self._found = self._found, found
        if self.check_list is not None and self._only_answers_differ(before, found):
            self.check_list.take(found.lists[0])
            self.loaded.emit()
            return
        self.check_list = None
        self._views = {view.environment.key: view for view in found.views}
        ordered = sorted(
            found.views, key=lambda view: (view.environment.key != "mirrored", not view.environment.refreshable)
        )
        steps: list[Callable[[], object]] = []
        for view in ordered:
            steps.append(partial(self._add_card, view, found.proofs))
            if view.environment.key == "mirrored":
                steps += self._mirror_cards(found)
        steps.append(lambda: self.add(statements_card(self.desk, "What the vendor says", "mirror", "databases")))
        self.build(steps)

    def _only_answers_differ(self, before: _Found | None, found: _Found) -> bool:
        """Whether the newest check-list got answers and all else is as it is shown."""
        return (
            self.is_built
            and before is not None
            and self.check_list is not None
            and before._replace(lists=[]) == found._replace(lists=[])
            and before.lists[1:] == found.lists[1:]
            and self.check_list.can_take(found.lists[0])
        )

    def _mirror_cards(self, found: _Found) -> list[Callable[[], object]]:
        """The check-list, a few lines at a time."""
        steps: list[Callable[[], object]] = []
        if found.lists:
            card = self.check_list = CheckListCard(self.desk, found.lists[0])
            card.placing.connect(self.settle)
            steps.append(lambda: self.add(card))
            steps += card.steps()
        return steps

    def _add_card(self, view: EnvironmentView, proofs: list[Proof]) -> None:
        self.add(self._card(view, [proof for proof in proofs if proof.event.environment == view.environment.key]))

    def _card(self, view: EnvironmentView, proofs: list[Proof]) -> Card:
        item, known = view.environment, view.posture
        card = Card(item.name)
        badge = Badge("May hold real contacts", "danger") if known.may_be_real else Badge("De-identified", "positive")
        if item.key == "production":
            badge = Badge("Live data", "info")
        if view.unsettled:
            badge = Badge("No longer yours", "danger")
        card.add(Flow(badge), label(known.sentence))
        if known.queue_sentence:
            card.add(label(known.queue_sentence))
        if view.unsettled:
            card.add(
                Banner(f"Not settled. {' '.join(view.unsettled)}", "danger"),
                Flow(
                    *([button("What is on now? …", lambda: self.ask_what_is_on(view))] if view.not_off else []),
                    button("It was deleted …", lambda: self.ask_deleted(view)),
                ),
            )
        if known.exceptions:
            groups = ", ".join(known.exceptions)
            card.add(label(f"Workers in these user groups keep their real addresses: {groups}.", "muted"))
        if item.refreshable:
            card.add(label(known.check_sentence, "muted"))
        if view.question is not None:
            card.add(self._question(view, view.question))
        if view.losses:
            card.add(self._losses(view))
        card.add(self._facts(view), Flow(*self._deeds_of(view)))
        if view.events:
            fold(card, "History", "Hide the history", self._history(view))
        if proofs:
            fold(card, "Checks of its data", "Hide the checks", *(self._proof(proof) for proof in proofs))
        return card

    def _facts(self, view: EnvironmentView) -> Facts:
        item, known = view.environment, view.posture
        facts = Facts()
        if item.refreshable:
            facts.add("Last refresh", self._when(known.last_refresh))
        facts.add("Last upgrade", self._when(known.last_upgrade))
        facts.add("Version", view.version or "Not recorded")
        facts.add("Upgraded", item.upgraded)
        facts.add("Data", item.data)
        facts.add("Source", self.desk.policy.source_name(item))
        return facts

    def _deeds_of(self, view: EnvironmentView) -> list[QPushButton]:
        if view.unsettled:
            return [
                button("Record an upgrade …", lambda: self.record(view.environment.key, "upgraded")),
                button("Check de-identification …", lambda: self.check_data(view.environment.key)),
            ]
        deeds = [button("Record an upgrade …", lambda: self.record(view.environment.key, "upgraded"))]
        if view.environment.refreshable:
            deeds = [
                button("Request a refresh …", lambda: self.request_refresh(view.environment.key)),
                button("Record a refresh …", lambda: self.record(view.environment.key, "refreshed")),
                *deeds,
                button("Record a script …", lambda: self.record(view.environment.key, "script-run")),
                button("Check de-identification …", lambda: self.check_data(view.environment.key)),
            ]
        return deeds

    # --- what is asked and what was lost ---------------------------------------------------------

    def _question(self, view: EnvironmentView, question: Question) -> QWidget:
        """Was it upgraded in the last window? Three answers, and none is assumed."""
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.current().space("xs"))
        day = words.day(question.window.astimezone(self.desk.zone).date())
        text = f"Was this database upgraded in the window of {day}?"
        said = question.last_answer
        if said is not None:
            answer = "not yet" if said.kind == "not-upgraded" else "nobody knew"
            text += f" As of {words.day(said.at.astimezone(self.desk.zone).date())}: {answer}."
        column.addWidget(Banner(text, "info" if said else "caution"))
        column.addLayout(
            Flow(
                button("Yes, at …", lambda: self.record(view.environment.key, "upgraded", question.window)),
                button("Not yet", lambda: self.answer(question, "not-upgraded")),
                button("I don't know", lambda: self.answer(question, "upgrade-unknown")),
            )
        )
        return box

    def answer(self, question: Question, said: Answer) -> None:
        """Record an answer about the last window; another can be given later."""
        self.desk.operations.run(
            lambda context: context.write(services.environments.answer, question.environment, question.window, said),
            lambda _: self.desk.said.emit("Recorded. You can say otherwise as soon as you know."),
        )

    def _losses(self, view: EnvironmentView) -> QWidget:
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(label("Turned off by the last upgrade or refresh, and not planned again", "strong"))
        for loss in view.losses:
            column.addWidget(label(loss.sentence))
        if view.environment.key == services.features.MIRRORED:
            column.addLayout(Flow(button("Plan these again …", self.plan_again)))
        return box

    def plan_again(self) -> None:
        """Open the sheet that plans what the last event ended."""
        from penelope_admin.ui.dialogs.event import open_plan_again

        open_plan_again(self.desk)

    # --- what happened ---------------------------------------------------------------------------

    def _history(self, view: EnvironmentView) -> QWidget:
        """Everything recorded about a database, the newest first; mistakes can be taken back, not wiped out."""
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        standing = {event.id for event in in_force(view.events)}
        for event in sorted(view.events, key=lambda event: event.id, reverse=True):
            text = self._happened(event)
            if event.id in standing:
                back = button("Recorded by mistake …", partial(self.ask_to_correct, event, text), "link")
                back.setAccessibleName(f"Recorded by mistake: {text}")
                column.addLayout(Flow(label_line(text), back))
            else:
                taken_back = "" if event.kind == "corrected" else ", taken back"
                column.addWidget(label(f"{text}{taken_back}", "muted"))
        return box

    def _happened(self, event: Event) -> str:
        """One event in a line: what, when, more, and by whom it was recorded."""
        policy = self.desk.policy
        if event.feature:
            feature = policy.feature.get(event.feature)
            what = f"{full_name(policy, feature) if feature else event.feature} switched {event.outcome}"
        else:
            what = _HAPPENED[event.kind]
        known: dict[str, str] = {**_FOUND, **{str(key): text for key, text in SCRIPT_EFFECTS.items()}}
        outcome = known.get(event.outcome or "", "") if event.kind in {"checked", "script-run"} else ""
        more = ", ".join(part for part in (outcome, event.version, event.remark) if part)
        by = f", recorded by {event.by}" if event.by else ""
        return f"{what} {self._when(event.at)}{f' ({more})' if more else ''}{by}"

    def _proof(self, proof: Proof) -> QWidget:
        taken_back = "" if proof.stands else " Taken back."
        return label(
            f"{self._when(proof.event.at)}: {proof.sentence} ({proof.source}, confidence {proof.confidence}, "
            f"checked by {proof.event.by}){taken_back}",
            "body" if proof.stands else "muted",
        )

    def ask_to_correct(self, event: Event, text: str) -> None:
        """Open the sheet that takes back an event that was recorded by mistake."""
        from penelope_admin.ui.dialogs.event import CorrectSheet

        self.desk.open_sheet(CorrectSheet(self.desk, event, text))

    def _when(self, instant: datetime | None) -> str:
        return words.moment(instant, self.desk.zone) if instant else "Not recorded"

    # --- what can be done ------------------------------------------------------------------------

    def request_refresh(self, environment: str = "") -> None:
        """Open the sheet that asks Support for a refresh."""
        from penelope_admin.domain.requests import Wish
        from penelope_admin.ui.dialogs.request import open_request_sheet

        open_request_sheet(self.desk, "refresh", Wish(environment=environment or None))

    def record(self, environment: str, kind: EventKind, window: datetime | None = None) -> None:
        """Open the sheet that records what happened to a database."""
        from penelope_admin.ui.dialogs.event import EventSheet

        if environment in self._views:
            self.desk.open_sheet(EventSheet(self.desk, self._views[environment], kind, window))

    def ask_what_is_on(self, view: EnvironmentView) -> None:
        """Open the sheet that records what is on in a database, and what is off."""
        from penelope_admin.ui.dialogs.seen import open_seen

        open_seen(self.desk, view.environment.key)

    def ask_deleted(self, view: EnvironmentView) -> None:
        """Open the sheet that says that a database that is no longer the agency's was deleted."""
        from penelope_admin.ui.dialogs.leave import SettleSheet

        self.desk.open_sheet(SettleSheet(self.desk, view))

    def check_data(self, environment: str) -> None:
        """Open the sheet that checks an export or a connection for real contact details."""
        from penelope_admin.ui.dialogs.proof import ProofSheet

        self.desk.open_sheet(ProofSheet(self.desk, environment))

    def make_report(self) -> None:
        """Open the sheet that makes a report."""
        from penelope_admin.ui.dialogs.report import ReportSheet

        self.desk.open_sheet(ReportSheet(self.desk))

    def show_subject(self, subject: str) -> None:
        """Bring the check-list into view."""
        if subject.startswith("check-list") and self.check_list is not None:
            self._scroll_to(self.check_list)
            self.check_list.focus_first()

    def refocus(self, name: str) -> None:
        """Go back to the line of the check-list that had the focus; if it was answered, to the next that is open."""
        if name.startswith("Line ") and self.check_list is not None:
            self.check_list.focus_first(after=int(name.removeprefix("Line ").partition(":")[0]) - 1)
        else:
            super().refocus(name)

    def _scroll_to(self, card: QWidget) -> None:
        self.area.verticalScrollBar().setValue(card.y())


def _find(context: Context) -> _Found:
    return _Found(
        context.read(services.environments.find_all),
        context.read(services.checklists.find_all),
        context.read(services.evidence.find_all),
    )
