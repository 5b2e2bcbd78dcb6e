"""Projects: what is planned in the copies as a list, and beside it the chosen one, what gets in its way, its year."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, QSize
from PySide6.QtWidgets import QLayout, QWidget

from penelope_admin import services
from penelope_admin.absent import mapped
from penelope_admin.domain.projects import STATE_NAMES
from penelope_admin.domain.recurring import in_words as recurs_in_words
from penelope_admin.domain.text import filled
from penelope_admin.ui import dialogs, theme
from penelope_admin.ui import format as words
from penelope_admin.ui.actions import PageAction
from penelope_admin.ui.models.keyed import Column
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.basics import Badge, Card, boxed, button, label, scrolled, set_primary, stacked
from penelope_admin.ui.widgets.conflicts import conflict_lines, nothing_on
from penelope_admin.ui.widgets.fields import search_line
from penelope_admin.ui.widgets.flow import Flow
from penelope_admin.ui.widgets.foot import Choice, Foot, FootBar
from penelope_admin.ui.widgets.keyed import KeyedRows, Line, Row
from penelope_admin.ui.widgets.list_detail import ListDetail
from penelope_admin.ui.widgets.page import Page
from penelope_admin.ui.widgets.rows_table import RowsTable
from penelope_admin.ui.widgets.try_dates import TryDates
from penelope_admin.ui.widgets.year import year_card

if TYPE_CHECKING:
    from penelope_admin.domain.projects import Project
    from penelope_admin.domain.year import YearView
    from penelope_admin.policy import Policy
    from penelope_admin.services.projects import ProjectView
    from penelope_admin.services.reports.papers import PaperKind
    from penelope_admin.services.work import Work
    from penelope_admin.ui.theme import Role

    _Detail = tuple[ProjectView, YearView]

_ROLES: dict[str, Role] = {"planned": "info", "started": "positive"}
EMPTY = "No project is planned. Plan one before you ask for a refresh or switch features on for it."


class ProjectsPage(Page):
    """Every project of the agency: the open ones by their days, then those that are over."""

    name = "projects"
    purpose = (
        "A project puts a refresh and the features it needs on the calendar, and says which upgrades get in its way."
    )
    topics = frozenset({"agency", "environments", "features", "notices", "projects", "requests"})

    @classmethod
    def actions_by_name(cls, _policy: Policy) -> list[PageAction]:
        """Planning, and going along with what is planned, are all that is done from elsewhere."""
        return [
            PageAction("Plan a project", cls.plan, "new pilot test course work"),
            PageAction("Print the project sheet", cls.print_sheet, "paper pdf steps boxes tick telephone"),
            PageAction("Take a plan along", cls.take_plan_along, "export laptop offline travel file"),
            PageAction(
                "Bring a plan home",
                lambda page: dialogs.plan.ask_and_bring(page.shell, page),
                "import laptop offline merge file",
            ),
            PageAction(
                "Take back the last plan", lambda page: dialogs.plan.take_back(page.shell), "undo import laptop merge"
            ),
        ]

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._projects: tuple[Project, ...] = ()
        self.view: ProjectView | None = None
        self._number_to_choose: int | None = None  # to be chosen once the list has it
        self._trying: TryDates | None = None
        self._tried_version = 0
        self._plan = button("Plan a project …", self.plan)
        self.add_action(self._plan)

    def _wrap(self, body: QWidget) -> None:
        """The head stands; list and detail scroll each by itself."""
        self.search = search_line("Find a project", "Find a project", self._show_list)
        self.table: RowsTable[Project] = RowsTable(
            self.shell, "projects", "Projects",
            (
                Column("Project", lambda project: project.name),
                Column("From", lambda project: words.short_day(project.first_day, self.shell.today)),
                Column("State", lambda project: STATE_NAMES[project.state]),
            ),
            lambda project: project.id, most=None, stretch=0, is_void=lambda project: project.state == "cancelled",
        )  # fmt: skip
        self.table.chose.connect(self._chosen)
        self.table.opened.connect(self._open)
        listing = boxed(stacked(self.search, (self.table, 1)))
        listing.setFocusProxy(self.table)
        self.area = scrolled(self._detail())
        self.foot = FootBar()
        self.foot.hide()
        right = boxed(stacked((self.area, 1), self.foot, gap="xs"))
        self.panes = ListDetail(self.shell, "projects-divider", listing, right, "Projects")
        self.foot.emptied.connect(self.panes.take_focus)
        self.content.addWidget(self.panes, 1)
        stacked(body, within=self)

    def minimumSizeHint(self) -> QSize:
        """What does not fit scrolls inside."""
        return QSize(theme.current().size("narrow") // 2, theme.current().size("narrow") // 2)

    def _detail(self) -> QLayout:
        self._card = Card(" ")
        self._badge, self._clashes, self._features = KeyedRows("xxs"), KeyedRows("xs"), KeyedRows("xxs")
        self._days, self._purpose, self._refresh, self._again = label(), label("", "muted"), label(), label()
        self._turns, self._conflicts = KeyedRows("xxs"), KeyedRows("xxs")
        self._card.add(
            self._badge, self._days, self._purpose, self._refresh, self._again, self._features, self._clashes,
            self._conflicts, self._turns,
        )  # fmt: skip
        self.shell.conflicts_changed.connect(self._show_conflicts)
        self._picture = KeyedRows()
        self._print = boxed(
            Flow(button("Print the sheet …", self.print_sheet), button("Print the year …", self.print_year))
        )
        self._card.hide()
        self._print.hide()
        return stacked(self._card, self._picture, self._print, 1, gap="s", edges=(0, 0, "xxs", 0))

    # --- plans that travel -------------------------------------------------------------------------

    def take_plan_along(self) -> None:
        """Write what is planned here to a file for another machine."""
        still_open = [item for item in self._projects if item.is_open]
        self.shell.open_sheet(dialogs.plan.TakeAlongSheet(self.shell, still_open))

    # --- what is shown ---------------------------------------------------------------------------

    def load(self) -> None:
        """Ask for the projects, and for what there is to say of the one that will be chosen."""
        chosen = self.table.chosen
        keys = (self._number_to_choose, chosen.id if chosen else None)
        self.shell.operations.run(
            lambda context: context.read(_find, *keys), lambda parts: self._show(*parts), label="Loading the projects"
        )

    def _show(self, projects: tuple[Project, ...], detail: _Detail | None) -> None:
        self._projects = projects
        set_primary(self._plan, not projects)  # else the chosen project's next step is
        with QSignalBlocker(self.table):  # or it would be asked for what came along
            self._show_list()
            if self._number_to_choose is not None and self.table.choose(self._number_to_choose):
                self._number_to_choose = None
            if self.table.chosen is None and projects and not self.search.text():
                self.table.choose(projects[0].id)
        if detail is not None and self._is_chosen(detail[0]):
            self._show_project(*detail)
        else:
            self._ask()

    def _show_list(self) -> None:
        """The projects that match every word typed."""
        sought = self.search.text().casefold().split()
        self.table.set_empty_text("No project has these words." if sought else EMPTY)
        self.panes.show_detail(shown=bool(self._projects))
        self.table.show_rows(
            [p for p in self._projects if all(word in f"{p.name} {p.purpose}".casefold() for word in sought)]
        )

    def _chosen(self) -> None:
        project = self.table.chosen
        if project is not None and (self.view is None or self.view.project.id != project.id):
            self._ask()

    def _open(self) -> None:
        self.panes.open_detail()
        self.foot.primary.setFocus()

    def _ask(self) -> None:
        """What gets in the way of the chosen project, and its year."""
        project = self.table.chosen
        if project is None:
            self.loaded.emit()
            return
        key = project.id
        self.shell.operations.run(
            lambda context: context.read(_read_detail, key),
            lambda detail: self._show_project(*detail),
            label="Loading the project",
        )

    def _is_chosen(self, view: ProjectView) -> bool:
        return self.table.chosen is not None and self.table.chosen.id == view.project.id

    def _show_project(self, view: ProjectView, year: YearView) -> None:
        if not self._is_chosen(view):
            return  # another one was chosen meanwhile
        other = self.view is None or self.view.project.id != view.project.id
        self.view = view
        project = view.project
        self._card.show()
        self._print.show()
        self._card.head.setText(project.name)
        self._card.setAccessibleName(project.name)
        state = STATE_NAMES[project.state]
        role = _ROLES.get(project.state, "locked")
        self._badge.show_rows([Row("state", project.state, lambda: boxed(Flow(Badge(state, role))))])
        self._days.setText(f"{words.days(project.first_day, project.last_day)}, {view.environment_name}")
        self._purpose.setText(project.purpose)
        self._refresh.setText(_refresh(view))
        self._refresh.setVisible(project.refresh_by is not None)
        self._features.show_lines((line, "body") for line in _features(view))
        self._clashes.show_banners((item.text, item.urgency) for item in view.merged)
        self._show_conflicts()
        self._again.setText(_again(view))
        self._again.setVisible(bool(self._again.text()))
        self._turns.show_lines(_turns(view))
        self.foot.show_foot(self._foot(view))
        self.foot.setVisible(project.is_open)
        if self._trying is None or other or not self._trying.is_trying or self._tried_version != project.version:
            self._tried_version = project.version
            self._picture.show_rows([Row("year", (year, project), partial(self._make_year, view, year))])
        if other:
            self.area.verticalScrollBar().setValue(0)
        self.loaded.emit()

    def _show_conflicts(self) -> None:
        """What the chosen project overlaps in the agency's own calendars, while it is open."""
        view = self.view
        lines: list[Line] = []
        if view is not None and view.project.is_open:
            project = view.project
            nothing = nothing_on(project.first_day, project.last_day)
            lines = conflict_lines(
                self.shell, lambda calendars: calendars.of_planned("project", str(project.id)), nothing=nothing
            )
        self._conflicts.show_lines(lines)

    def _make_year(self, view: ProjectView, year: YearView) -> QWidget:
        """The year; of an open project other dates can be tried in it."""
        self._trying = TryDates(self.shell, view, year) if view.project.is_open else None
        return self._trying or year_card(year)

    def _foot(self, view: ProjectView) -> Foot:
        """The next step of a project."""
        if not view.project.is_open:
            return Foot()
        planned = view.project.state == "planned"
        change = Choice("Change …", lambda: dialogs.project.open_project_sheet(self.shell, view))
        cancel = Choice("Cancel the project …", partial(self._close, view, ends=False))
        end = Choice("End …", partial(self._close, view, ends=True))
        if planned:
            skip = (Choice("Skip this turn", partial(self._skip, view)),) if view.turns else ()
            return Foot(Choice("Start …", partial(self._go_on, view)), change, (*skip, cancel))
        if view.to_plan:
            return Foot(Choice("Plan the features …", partial(self._go_on, view)), change, (end, cancel))
        return Foot(change, end, (cancel,))

    # --- what can be done ------------------------------------------------------------------------

    def plan(self) -> None:
        """Open the sheet that plans a project."""
        dialogs.project.open_project_sheet(self.shell)

    def _go_on(self, view: ProjectView) -> None:
        self.shell.open_sheet(dialogs.project.StartSheet(self.shell, view))

    def _skip(self, view: ProjectView) -> None:
        """Leave out this turn of what comes again."""
        project = view.project
        self.shell.do(
            lambda context: context.write(services.projects.skip, project.id, project.version),
            lambda done: f"It now begins on {words.day(done.value.first_day)}.",
        )

    def _close(self, view: ProjectView, *, ends: bool) -> None:
        self.shell.open_sheet(dialogs.project.CloseSheet(self.shell, view, ends=ends))

    def print_year(self) -> None:
        """Print the year of the chosen project, or save it as PDF."""
        self._put_on_paper("year")

    def print_sheet(self) -> None:
        """Print all of the chosen project on a sheet, or save it as PDF."""
        self._put_on_paper("project")

    def _put_on_paper(self, kind: PaperKind) -> None:
        if self.view is not None:
            dialogs.paper.open_paper(self.shell, kind, self.view.project.id, self.view.project.name)

    def show_subject(self, subject: str) -> None:
        """Choose a project: "project/12"."""
        number = subject.removeprefix("project/")
        if number.isdigit():
            self.search.clear()
            self._number_to_choose = None if self.table.choose(int(number)) else int(number)
            self.panes.open_detail()
            self.panes.take_focus()


def _find(work: Work, *keys: int | None) -> tuple[tuple[Project, ...], _Detail | None]:
    """Every project, and what there is to say of the first of some that there is, or else of the first of all."""
    projects = services.projects.listing(work)
    numbers = [project.id for project in projects]
    key = next((key for key in (*keys, *numbers) if key in numbers), None)
    return projects, mapped(key, partial(_read_detail, work))


def _read_detail(work: Work, key: int) -> _Detail:
    """What there is to say of one project, and its year."""
    return services.projects.find(work, key), services.year.load(work, key)


def _refresh(view: ProjectView) -> str:
    project = view.project
    if project.refresh_by is None:
        return ""
    if project.request_id is None:
        yet = " yet" if project.is_open else ""
        return f"Refresh: needed by {words.day(project.refresh_by)}, not requested{yet}"
    return f"Refresh: PA-{project.request_id}, {project.request_status}"


def _again(view: ProjectView) -> str:
    """How it comes again, and when its request is drafted."""
    project = view.project
    if project.recurs is None or not project.is_open:
        return ""
    drafted = filled(" Its refresh request will be drafted on {}; you send it.", mapped(project.draft_day, words.day))
    return f"Repeats {recurs_in_words(project.recurs, project.first_day)}.{drafted}"


def _turns(view: ProjectView) -> list[Line]:
    """Each turn to come with its days, and the worst of what gets in its way, briefly."""
    lines: list[Line] = [("Next turns", "strong")] if view.turns else []
    for turn, clashes in view.turns:
        days = f"{words.short_day(turn.first_day, view.today)} to {words.short_day(turn.last_day, view.today)}"
        worst = "nothing stands in its way."
        if clashes:
            more = filled(" And {} more.", len(clashes) - 1)
            worst = f"{clashes[0].text.partition('. ')[0].rstrip('.')}.{more}"
        is_danger = bool(clashes) and clashes[0].urgency == "danger"
        lines.append((f"{days}: {worst}", "dangerText" if is_danger else "muted"))
    return lines


def _features(view: ProjectView) -> list[str]:
    """Each feature with its days and how far it is."""
    states = {}
    if view.project.state == "started":  # why nothing can be planned yet; before the start that is its sheet's matter
        waits = "refresh" if view.project.awaits_refresh else "upgrade"
        states = {use.feature: f"to be planned after the {waits}, which would drop the plan" for use in view.later}
    states |= {state.feature: "on" if state.state == "on" else "planned" for state in view.in_use}
    otherwise = "not planned yet" if view.project.is_open else ""
    lines = []
    for use in view.project.features:
        days = f"{words.short_day(use.first_day)} to {words.short_day(use.last_day)}"
        said = (days, states.get(use.feature, otherwise), filled("for “{}”", use.reason))
        lines.append(f"{view.feature_names[use.feature]}: {', '.join(filter(None, said))}")
    return lines
