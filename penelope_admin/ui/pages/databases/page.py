"""Databases: the copies as a short list, beside it the chosen one; guided runs take the page's place."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QStackedWidget, QWidget

from penelope_admin import services
from penelope_admin.ui import dialogs, theme
from penelope_admin.ui.actions import PageAction
from penelope_admin.ui.format import plain_tip
from penelope_admin.ui.pages.databases.copy import CopyDetail, CopyView
from penelope_admin.ui.pages.databases.history import ask_to_correct, history
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.basics import boxed, button, scrolled, settle, stacked
from penelope_admin.ui.widgets.page import Page
from penelope_admin.ui.widgets.side import SideBySide
from penelope_admin.ui.widgets.statements import statements_card

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from penelope_admin.domain.mirror import EventKind
    from penelope_admin.policy import Policy
    from penelope_admin.services.work import Context
    from penelope_admin.ui.pages.databases.run import GuidedRun

BESIDE_FROM = 115
"""So many letters wide, the list has room beside what is chosen."""
_BY_MISTAKE = "take back undo recorded by wrong correct remove delete"


class DatabasesPage(Page):
    """Every database the agency has, the copies first."""

    name = "databases"
    purpose = "Your databases: when each was refreshed and upgraded, and whether it may hold real contact details."
    topics = frozenset({"agency", "environments", "features", "notices", "requests"})

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._views: dict[str, CopyView] = {}
        self.add_action(button("Make a report …", self.make_report))
        self.copies = QListWidget()
        self.copies.setObjectName("copies")
        self.copies.setAccessibleName("Your databases")
        self.copies.currentItemChanged.connect(lambda: self._show_chosen())
        self.copies.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.detail = CopyDetail(shell)
        self.detail.run_requested.connect(self.open_run)
        shell.replaced.connect(self.close_run)
        self.detail.hide()
        self.add(
            SideBySide(boxed(stacked(self.copies, 1)), self.detail, shares=(1, 5), least=BESIDE_FROM),
            statements_card(shell, "mirror", "databases"),
            1,
        )

    def _wrap(self, body: QWidget) -> None:
        """The run takes the place of the page as long as it lasts."""
        self.area, self._places = scrolled(body), QStackedWidget()
        self._places.addWidget(self.area)
        stacked(self._places, within=self)

    # --- what is shown ---------------------------------------------------------------------------

    @classmethod
    def actions_by_name(cls, policy: Policy) -> list[PageAction]:
        """What is recorded of the copies whose features are switched, checked in them and reported of them."""
        events: list[PageAction] = []
        for copy in (policy.environment[key] for key in policy.mirrors):
            record = partial(cls.record, environment=copy.key)
            refreshed, upgraded = partial(record, kind="refreshed"), partial(record, kind="upgraded")
            events.append(PageAction(f"Record a refresh of {copy.spoken}", refreshed, "copied production"))
            events.append(PageAction(f"Record an upgrade of {copy.spoken}", upgraded, "version"))
            correct = partial(cls.correct_newest, environment=copy.key)
            events += [
                PageAction(f"Mark the {what} of {copy.spoken} as a mistake", partial(correct, kind=kind), _BY_MISTAKE)
                for kind, what in (("upgraded", "upgrade"), ("refreshed", "refresh"))
            ]
        script = partial(cls.record, environment=policy.mirrors[0], kind="script-run")
        return [
            *events,
            PageAction("Record a script of the vendor's services", script, "tailored"),
            PageAction("Go through the check-list", _run, "check list after upgrade refresh start continue print"),
            PageAction("Print the check-list to tick by hand", cls.print_check_list, "paper pdf boxes upgrade refresh"),
            PageAction("Check de-identification", cls.check_data, "data export proof phi privacy anonymous"),
            PageAction("Make a report", cls.make_report, "pdf html exposure state auditor evidence"),
        ]

    def print_check_list(self) -> None:
        """Print the newest check-list with boxes, or save it as PDF."""
        dialogs.paper.open_paper(self.shell, "check-list")

    def load(self) -> None:
        self.shell.operations.run(_find, self._show, label="Loading the databases")

    def _show(self, views: Sequence[CopyView]) -> None:
        self._views = {copy.view.environment.key: copy for copy in views}
        self._show_list()
        self.in_place(self._show_chosen)
        if self.is_running:
            event = self.run_.check_list.event.id
            again = [item for copy in views for item in copy.lists if item.event.id == event]
            if again:
                self.run_.take(again[0])
            else:
                self.close_run()
                self.notify("What this check-list followed was recorded by mistake, so the list is gone.", "info")
        self.loaded.emit()

    def _show_list(self) -> None:
        """The copies by name; the choice stays, and only another set of them is made anew."""
        keys = [self.copies.item(row).data(Qt.ItemDataRole.UserRole) for row in range(self.copies.count())]
        if keys != list(self._views):
            chosen = self.key
            self.copies.blockSignals(True)
            self.copies.clear()
            for key, copy in self._views.items():
                item = QListWidgetItem(copy.view.environment.name)
                item.setData(Qt.ItemDataRole.UserRole, key)
                self.copies.addItem(item)
            self.copies.setCurrentRow(0)
            self.choose(chosen)
            self.copies.blockSignals(False)
            self._fit_list()
        for row, copy in enumerate(self._views.values()):
            item, ribbon = self.copies.item(row), copy.ribbon
            role = ribbon.role
            item.setIcon(theme.icon(role, role))
            item.setToolTip(plain_tip(". ".join(filter(None, (ribbon.badge, ribbon.basis)))))
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{ribbon.name}: {ribbon.badge}")

    def _fit_list(self) -> None:
        side, frame = theme.current().size("icon"), 2 * theme.current().size("focus")
        self.copies.setIconSize(QSize(side, side))
        words, gap = self.copies.fontMetrics(), theme.current().space("xs")
        row = max(words.height(), side) + 2 * gap + 2
        self.copies.setFixedHeight(row * max(self.copies.count(), 1) + 2 * frame)
        names = [copy.view.environment.name for copy in self._views.values()]
        longest = max(map(words.horizontalAdvance, names), default=0)
        self.copies.setMinimumWidth(longest + side + 4 * gap + 2 * frame)

    @property
    def key(self) -> str:
        """Which database is chosen; empty before there is one."""
        return self.copies.currentIndex().data(Qt.ItemDataRole.UserRole) or ""

    @property
    def usual(self) -> str:
        """The copy that is meant where none is named: the chosen one, if its features are switched, or the first."""
        mirrors = self.shell.policy.mirrors
        return next((key for key in (self.key, *self._views) if key in mirrors), mirrors[0])

    def choose(self, key: str) -> None:
        """Choose a database."""
        if key in self._views:
            self.copies.setCurrentRow(list(self._views).index(key))

    def _show_chosen(self) -> None:
        copy = self._views.get(self.key)
        self.detail.setVisible(copy is not None)
        if copy is not None:
            self.detail.show_copy(copy)

    def show_subject(self, subject: str) -> None:
        """Bring a database, one of its events or a check-list into view."""
        if subject.startswith("check-list/"):
            self.open_run(int(subject.removeprefix("check-list/")))
            return
        self.close_run()
        key, _, event = subject.partition("/event/")
        self.choose(key)
        if event and self.detail.history.choose(int(event)):
            settle()
            self.area.ensureWidgetVisible(self.detail.history)
            self.detail.history.setFocus()

    # --- guided runs -----------------------------------------------------------------------------

    @cached_property
    def run_(self) -> GuidedRun:
        """The guided run, made when the first one begins."""
        from penelope_admin.ui.pages.databases.run import GuidedRun

        run = GuidedRun(self.shell)
        run.left.connect(self.close_run)
        self._places.addWidget(run)
        return run

    @property
    def is_running(self) -> bool:
        """Whether a guided run has the page's place."""
        return self._places.currentWidget() is not self.area

    def showEvent(self, event: QShowEvent) -> None:
        """Whoever comes back to a run goes on with its keys; the navigation has the focus until then."""
        super().showEvent(event)
        if self.is_running:
            QTimer.singleShot(0, self, self.run_.check.setFocus)

    def open_run(self, event: int) -> None:
        """Go through the check-list of an event."""
        lists = (item for copy in self._views.values() for item in copy.lists)
        check_list = next((item for item in lists if item.event.id == event), None)
        if check_list is not None:
            self._places.setCurrentWidget(self.run_)
            self.run_.start(check_list)

    def close_run(self) -> None:
        """Back to the databases; the run goes on where it was stopped."""
        if self.is_running:
            held = self.run_.isAncestorOf(self.window().focusWidget())
            self._places.setCurrentWidget(self.area)
            if held:  # whoever is elsewhere, at the next exercise for one, stays there
                self.detail.foot.primary.setFocus()

    # --- what can be done, also from elsewhere -----------------------------------------------------

    def record(self, environment: str, kind: EventKind, window: datetime | None = None) -> None:
        """Open the sheet that records what happened to a database."""
        if environment in self._views:
            self.choose(environment)
            self.detail.record(kind, window)

    def correct_newest(self, environment: str, kind: EventKind) -> None:
        """Open the sheet that takes back the newest event of a kind; says so where there is none."""
        self.choose(environment)
        rows = self.detail.copy.happened if environment in self._views else []
        event = next((row.event for row in rows if row.stands and row.event.kind == kind), None)
        if event is not None:
            ask_to_correct(self.shell, event)
        else:
            self.notify("There is none to mark as a mistake.", "info")

    def check_data(self, environment: str = "") -> None:
        """Open the sheet that checks an export or a connection for real contact details; else of the usual copy."""
        self.shell.open_sheet(dialogs.proof.ProofSheet(self.shell, environment or self.usual))

    def make_report(self) -> None:
        """Open the sheet that makes a report."""
        self.shell.open_sheet(dialogs.report.ReportSheet(self.shell))


def _run(page: DatabasesPage) -> None:
    page.choose(page.usual)
    page.detail.open_newest()


def _find(context: Context) -> list[CopyView]:
    with context.reading() as work:
        environments = services.mirror.environments.find_all(work)
        ribbons = services.mirror.ribbons.find_all(work)
        lists = services.mirror.checklists.find_all(work)
        proofs = services.mirror.evidence.find_all(work)
    views = [
        CopyView(
            view,
            ribbons[view.environment.key],
            tuple(item for item in lists if item.event.environment == view.environment.key),
            tuple(proof for proof in proofs if proof.event.environment == view.environment.key),
            history(view.events),
        )
        for view in environments
    ]
    return sorted(views, key=_order)


def _order(copy: CopyView) -> tuple[bool, bool]:
    """The mirrored database first, production last."""
    return not copy.view.environment.upgrade_switches_off, not copy.view.environment.refreshable
