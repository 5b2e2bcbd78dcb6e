"""Projects: what is planned in the copies, what gets in its way, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penelope_admin import services
from penelope_admin.ui.actions import PageAction
from penelope_admin.ui.desk import Desk
from penelope_admin.ui.widgets.basics import button
from penelope_admin.ui.widgets.page import Page

if TYPE_CHECKING:
    from penelope_admin.policy import Policy
    from penelope_admin.services.projects import ProjectView


class ProjectsPage(Page):
    """Every project of the agency."""

    name = "projects"
    title = "Projects"
    purpose = (
        "A project puts a refresh and the features it needs on the calendar, and says which upgrades get in its way."
    )
    topics = frozenset({"agency", "environments", "features", "notices", "projects", "requests"})

    @classmethod
    def actions_by_name(cls, _policy: Policy) -> list[PageAction]:
        """Planning is all that is done from elsewhere."""
        return [PageAction("Plan a project", cls.plan, "new pilot test course work")]

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.add_action(button("Plan a project …", self.plan, "primary"))

    def load(self) -> None:
        """Ask for the projects."""
        self.desk.operations.run(lambda context: context.read(services.projects.find_all), self._show, label="Loading")

    def _show(self, views: list[ProjectView]) -> None:
        from penelope_admin.ui.widgets.projects import projects_card

        self.build([lambda: self.add(projects_card(self.desk, views))])

    def plan(self) -> None:
        """Open the sheet that plans a project."""
        from penelope_admin.ui.dialogs.project import open_project_sheet

        open_project_sheet(self.desk)
