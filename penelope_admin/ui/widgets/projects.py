"""The card of projects: what is planned, what breaks, and what to do next."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from penelope_admin.domain.projects import STATE_NAMES
from penelope_admin.ui import format as words
from penelope_admin.ui import theme
from penelope_admin.ui.desk import Desk
from penelope_admin.ui.widgets.basics import Badge, Banner, Card, button, label, line
from penelope_admin.ui.widgets.flow import Flow
from penelope_admin.ui.widgets.statements import fold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penelope_admin.services.projects import ProjectView
    from penelope_admin.ui.theme import Role

SHOWN = 4
"""How many of the things that break are banners; the rest folds open."""

_ROLES: dict[str, Role] = {"planned": "info", "started": "positive"}


def projects_card(desk: Desk, views: Sequence[ProjectView]) -> Card:
    """Every project, open ones first; those that are over fold open."""
    card = Card("Projects")
    card.add(
        label(
            "A project puts a refresh and the features it needs on the calendar, and says which upgrades get in its "
            "way before they do.",
            "muted",
        )
    )
    coming = [view for view in views if view.project.is_open]
    over = [view for view in views if not view.project.is_open]
    if not coming:
        card.add(label("No project is planned. Plan one before you ask for a refresh or switch features on for it."))
    for view in coming:
        card.add(line(), _project(desk, view))
    card.add(Flow(button("Plan a project …", partial(_plan, desk))))
    if over:
        fold(card, "Past projects", "Hide past projects", *(label(_summary(view), "muted") for view in over))
    return card


def _plan(desk: Desk, view: ProjectView | None = None) -> None:
    from penelope_admin.ui.dialogs.project import open_project_sheet

    open_project_sheet(desk, view)


def _go_on(desk: Desk, view: ProjectView) -> None:
    from penelope_admin.ui.dialogs.project import StartSheet

    desk.open_sheet(StartSheet(desk, view))


def _close(desk: Desk, view: ProjectView, *, ends: bool) -> None:
    from penelope_admin.ui.dialogs.project import CloseSheet

    desk.open_sheet(CloseSheet(desk, view, ends=ends))


def _summary(view: ProjectView) -> str:
    project = view.project
    span = f"{words.day(project.first_day)} to {words.day(project.last_day)}"
    return f"{project.name}: {STATE_NAMES[project.state].lower()}, {span}"


def _project(desk: Desk, view: ProjectView) -> QWidget:
    """One project: what it is, what breaks, what can be done."""
    project, box = view.project, Card()
    box.setObjectName("")
    box.setAccessibleName(_summary(view))
    box.body.setContentsMargins(0, 0, 0, 0)
    box.add(label(project.name, "strong"), Flow(Badge(STATE_NAMES[project.state], _ROLES.get(project.state, "locked"))))
    box.add(label(f"{words.day(project.first_day)} to {words.day(project.last_day)}, {view.environment_name}"))
    box.add(label(project.purpose, "muted"))
    if project.refresh_by is not None:
        box.add(label(_refresh(view)))
    if project.features:
        box.add(_features(view))
    banners = [Banner(item.text, item.urgency) for item in view.told]
    if banners:
        box.add(*banners[:SHOWN])
    if banners[SHOWN:]:
        fold(box, f"{len(banners) - SHOWN} more to know", "Show less", *banners[SHOWN:])
    box.add(Flow(*_deeds(desk, view)))
    return box


def _refresh(view: ProjectView) -> str:
    project = view.project
    if project.refresh_by is None or project.request_id is None:
        by = words.day(project.refresh_by) if project.refresh_by else ""
        return f"Refresh: wanted by {by}, not asked for yet"
    return f"Refresh: PA-{project.request_id}, {project.request_status}"


def _features(view: ProjectView) -> QWidget:
    """Each feature with its days and how far it is."""
    box = QWidget()
    column = QVBoxLayout(box)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(theme.current().space("xxs"))
    states = {state.feature: "on" if state.state == "on" else "planned" for state in view.in_use}
    for use in view.project.features:
        days = f"{words.short_day(use.first_day)} to {words.short_day(use.last_day)}"
        how = states.get(use.feature, "not planned yet")
        column.addWidget(label(f"{view.feature_names[use.feature]}: {days}, {how}"))
    return box


def _deeds(desk: Desk, view: ProjectView) -> list[QWidget]:
    name, planned = view.project.name, view.project.state == "planned"
    made = []
    if planned:
        made.append(button("Start …", partial(_go_on, desk, view), "primary"))
    elif view.to_plan:
        made.append(button("Plan the features …", partial(_go_on, desk, view), "primary"))
    made.append(button("Change …", partial(_plan, desk, view)))
    if not planned:
        made.append(button("End …", partial(_close, desk, view, ends=True)))
    made.append(button("Cancel the project …", partial(_close, desk, view, ends=False)))
    for item in made:
        item.setAccessibleName(f"{item.text().removesuffix(' …')}: {name}")
    return [*made]
