"""What is planned in this database, as items that can travel."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from penelope_admin.domain import plans as rules
from penelope_admin.domain.features import STATE_AFTER
from penelope_admin.domain.plans import (
    Content,
    Days,
    DraftPlan,
    FeaturePlan,
    HolidayPlan,
    Member,
    NoticePlan,
    ProjectPlan,
)
from penelope_admin.domain.projects import Project
from penelope_admin.domain.records import like
from penelope_admin.domain.requests import Request
from penelope_admin.errors import RefusedError
from penelope_admin.services.calendar import notices, support
from penelope_admin.services.work import Work
from penelope_admin.store.rows import plans as plan_rows


def refuse_practice(work: Work) -> None:
    """Keep plans of the practice agency out of real ones, and real ones out of practice.

    Raises:
        RefusedError: this is practice.
    """
    if work.for_training:
        raise RefusedError("In practice no plan is taken along or brought in. Nothing was changed.")


_RECENT = timedelta(days=62)
"""Notices that ended longer ago say nothing any more of the last window and the next."""


def find(work: Work, *, also_past: bool = False) -> dict[str, Content]:
    """Everything that can travel, by UUID: open projects, planned changes, drafts, and notices and holidays to come.

    Args:
        also_past: notices and holidays that are over, too.
    """
    contents_by_uid: dict[str, Content] = {}
    for table, contents in _numbered(work).items():
        uids = plan_rows.numbers(work.connection, table)
        contents_by_uid |= {uid: contents[number] for uid, number in uids.items() if number in contents}
    for uid, notice in recent_notices(work).items():
        if also_past or notice.ends_at > work.now:
            contents_by_uid[uid] = notice
    for content in _known_by_what_they_are_of(work, also_past=also_past):
        if (own := rules.own_id(content)) is not None:
            contents_by_uid[own] = content
    return contents_by_uid


def _known_by_what_they_are_of(work: Work, *, also_past: bool) -> Iterator[Content]:
    """Planned changes of features, and holidays."""
    for state in work.states(*work.policy.environment):
        if state.pending is not None:
            yield like(FeaturePlan, state.pending, state)
    for holiday in support.holidays(work):
        if also_past or holiday.day >= work.today:
            yield like(HolidayPlan, holiday)


def _numbered(work: Work) -> dict[plan_rows.TableName, dict[int, Content]]:
    """What has a row of its own, by its number there; the other things are known by what they are of."""
    return {
        "project": {project.id: _project(project) for project in work.projects if project.is_open},
        "request": {draft.id: _draft(draft) for draft in work.telling_requests if draft.status == "drafted"},
    }


def was_removed(work: Work, uid: str, content: Content) -> bool:
    """Whether what is not planned any more was given up; what was carried out or has passed was not."""
    match content:
        case ProjectPlan():
            kept = {project.id for project in work.projects if project.state != "cancelled"}
            return plan_rows.number_of(work.connection, "project", uid) not in kept
        case DraftPlan():
            kept = {request.id for request in work.requests if request.status != "cancelled"}
            return plan_rows.number_of(work.connection, "request", uid) not in kept
        case FeaturePlan():
            return _is_not_so(work, content)
        case NoticePlan():
            return content.ends_at > work.now and plan_rows.number_of(work.connection, "notice", uid) is None
        case HolidayPlan():
            return content.day >= work.today


def _is_not_so(work: Work, plan: FeaturePlan) -> bool:
    """Whether a feature is known here, and is not as a plan would have it: the plan was not carried out."""
    if plan.environment not in work.policy.environment:
        return False
    goal = STATE_AFTER[plan.change]
    return any(state.feature == plan.feature and state.state != goal for state in work.states(plan.environment))


def _project(project: Project) -> ProjectPlan:
    uses = {use.feature: like(Days, use) for use in project.features}
    return like(ProjectPlan, project, recurs=project.recurs and project.recurs.text, features=uses)


def _draft(request: Request) -> DraftPlan:
    return like(
        DraftPlan, request, version=request.product_version or "",
        features=dict.fromkeys(request.features, Member()),
        characteristics=dict.fromkeys(request.characteristics, Member()),
    )  # fmt: skip


def recent_notices(work: Work) -> dict[str, NoticePlan]:
    """The notices that still say something, by UUID, each with what it replaces of these, oldest first."""
    uids = {str(number): uid for uid, number in plan_rows.numbers(work.connection, "notice").items()}
    recent = [item for item in notices.find_all(work) if item.id in uids and item.ends_at > work.now - _RECENT]
    kept, months = {item.id: uids[item.id] for item in recent}, work.calendar
    return {
        uids[item.id]: like(
            NoticePlan, item, version=item.version or "", replaces=kept.get(item.replaces or ""),
            month=None if item.is_emergency else months.month_of(item),
        )
        for item in recent
    }  # fmt: skip
