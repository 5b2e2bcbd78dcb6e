"""One item of a plan, done by the services that do it for a person too: their verdicts count, whoever planned it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import msgspec

from penelope_admin.absent import mapped
from penelope_admin.domain.features import NOTHING_SAID, Acknowledgement, FeatureState, Pending
from penelope_admin.domain.plans import Content, DraftPlan, FeaturePlan, HolidayPlan, Kind, NoticePlan, ProjectPlan
from penelope_admin.domain.projects import FeatureInput, Project, ProjectInput, ProjectState
from penelope_admin.domain.records import like
from penelope_admin.domain.recurring import parse
from penelope_admin.domain.requests import RequestInput, reference_of
from penelope_admin.errors import ConflictError, RefusedError
from penelope_admin.invocation import way
from penelope_admin.services import features, projects
from penelope_admin.services.calendar import notices, support
from penelope_admin.services.requests import drafts, follow, steps
from penelope_admin.services.work import Work
from penelope_admin.store.rows import plans as plan_rows
from penelope_admin.store.rows import projects as project_rows


class Memory(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an item has beside what travels, to put it back as it was.

    Attributes:
        state: of a project.
        pending: the plan of a feature, with what was acknowledged and approved.
        acknowledgement: what was said of the risk in a draft.
        origin: the file that a holiday came from.
    """

    state: ProjectState | None = None
    pending: Pending | None = None
    acknowledgement: Acknowledgement = NOTHING_SAID
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """What is to become of an item: None where it is not there.

    Attributes:
        memory: what it had before that does not travel, where it is put back.
        given: what the person who brings it in has acknowledged of it; no file says that.
    """

    kind: Kind
    uid: str
    before: Content | None
    after: Content | None
    memory: Memory | None = None
    acknowledgement: Acknowledgement = NOTHING_SAID


def remember(work: Work, step: Step) -> Memory:
    """What an item has now beside what travels."""
    content = step.before
    if isinstance(content, ProjectPlan):
        return Memory(state=_project(work, step.uid).state)
    if isinstance(content, FeaturePlan):
        return Memory(pending=work.state(content.environment, content.feature).pending)
    if isinstance(content, DraftPlan):
        request = steps.need(work, plan_rows.number_of(work.connection, "request", step.uid) or 0)
        return Memory(acknowledgement=drafts.acknowledged_in(request))
    if isinstance(content, HolidayPlan):
        same = (item for item in support.holidays(work) if (item.team, item.day) == (content.team, content.day))
        return Memory(origin=next((item.origin for item in same), ""))
    return Memory()


def version_of(work: Work, step: Step) -> int:
    """How often the row of an item was changed; 0 where rows are only added and removed."""
    content = step.before or step.after
    if isinstance(content, ProjectPlan):
        return _project(work, step.uid).version
    if isinstance(content, DraftPlan):
        return steps.need(work, plan_rows.number_of(work.connection, "request", step.uid) or 0).version
    if isinstance(content, FeaturePlan):
        return _state(work, content).version
    return 0


def apply(work: Work, step: Step) -> str:
    """Do what is to become of an item; gives back what the log calls it.

    Raises:
        BadInputError, RefusedError, ConflictError: the rules do not let anybody do it, or the item is over here.
    """
    subject: str = _APPLY[step.kind](work, step)
    return subject


def _project(work: Work, uid: str) -> Project:
    number = plan_rows.number_of(work.connection, "project", uid)
    return next(project for project in work.projects if project.id == number)


def _apply_project(work: Work, step: Step) -> str:
    number, content = plan_rows.number_of(work.connection, "project", step.uid), step.after
    if not isinstance(content, ProjectPlan):
        projects.cancel(work, number or 0)
        return f"project {number}"
    uses = tuple(like(FeatureInput, use, feature=key) for key, use in content.features.items())
    entered = like(ProjectInput, content, features=uses, recurs=mapped(content.recurs, parse))
    if number is None:
        number = projects.add(work, entered).id
        plan_rows.set_uid(work.connection, "project", number, step.uid)
        return f"project {number}"
    # Put back, or brought again, after it was cancelled: it has to be open again before it can be changed.
    was = step.memory.state if step.memory is not None else "planned"
    project = _project(work, step.uid)
    if was is not None and step.before is None and project.state == "cancelled":
        project_rows.update(work.connection, project, state=was)
        work.changed("projects")
    projects.change(work, number, entered)
    return f"project {number}"


def _apply_draft(work: Work, step: Step) -> str:
    number, content = plan_rows.number_of(work.connection, "request", step.uid), step.after
    if content is None:
        request = steps.need(work, number or 0)
        if request.status != "drafted":
            raise ConflictError(f"{request.reference} is no longer a draft. Nothing was changed.")
        follow.advance(work, request.id, "cancelled")
        return request.reference
    if isinstance(content, DraftPlan):
        entered = like(
            RequestInput, content, features=tuple(content.features),
            characteristics=tuple(sorted(content.characteristics)), everybody=content.kind == "critical",
            acknowledgement=step.acknowledgement if step.memory is None else step.memory.acknowledgement,
        )  # fmt: skip
        if number is None:
            number = drafts.draft(work, entered).request.id
            plan_rows.set_uid(work.connection, "request", number, step.uid)
        elif step.memory is not None and step.before is None:
            _draft_again(work, number, "A plan that was brought home was taken back.")
        else:
            if step.before is None:
                _draft_again(work, number, "A plan was brought home.")
            drafts.redraft(work, number, entered)
    return reference_of(number or 0)


def _draft_again(work: Work, number: int, why: str) -> None:
    """Have a draft that was cancelled be one again; what went further than that stays as it is."""
    request = steps.need(work, number)
    if request.status == "cancelled" and {step.status for step in request.steps} <= {"drafted", "cancelled"}:
        steps.change(work, request, status="drafted")
        steps.add_step(work, number, "drafted", why)


def _apply_feature_plan(work: Work, step: Step) -> str:
    content = step.after or step.before
    if not isinstance(content, FeaturePlan):
        raise TypeError("a plan of a feature is one before or afterwards")
    state = _state(work, content)
    if step.memory is not None:
        work.write_state(state, replace(state, pending=step.memory.pending))
    elif step.after is None:
        features.cancel(work, content.feature, content.environment)
    else:
        if state.state == "on" and content.change == "enable":
            raise ConflictError(f"{content.feature} is on already in {content.environment}. Nothing was changed.")
        if state.pending is not None and state.pending.change != content.change:
            features.cancel(work, content.feature, content.environment)
        features.switch(
            work, content.feature, content.change, reason=content.reason, until=content.until,
            environment=content.environment, acknowledgement=step.acknowledgement,
        )  # fmt: skip
    return f"{content.environment}/{content.feature}"


def _state(work: Work, content: FeaturePlan) -> FeatureState:
    """What the register says of a feature; unknown keys are refused as typed ones are."""
    return features.find(work, content.feature, content.environment).state


def _apply_notice(work: Work, step: Step) -> str:
    number, content = plan_rows.number_of(work.connection, "notice", step.uid), step.after
    if step.before is not None and content is not None:
        raise RefusedError(
            "A notice is never changed. Nothing was saved. Remove it and record the other one: "
            + way("notices list", "Upgrade windows")
        )
    if isinstance(content, NoticePlan):
        if number is not None:
            raise ConflictError("This notice is recorded already, and its window is over. Nothing was saved.")
        replaced = _counting(work, content.replaces)
        added = notices.add(
            work, content.kind, content.starts_at, content.ends_at, content.version, content.origin, content.downtime,
            replaced, None if replaced else content.month, content.reason,
        )  # fmt: skip
        number = int(added.id)
        plan_rows.set_uid(work.connection, "notice", number, step.uid)
    else:
        notices.remove(work, str(number))
    return f"notice {number}"


def _counting(work: Work, uid: str | None) -> str | None:
    """The id of the notice that counts in the place of one; None where that is not known here."""
    number = plan_rows.number_of(work.connection, "notice", uid) if uid is not None else None
    notice = next((notice for notice in notices.find_all(work) if notice.id == str(number)), None)
    return (work.calendar.replaced_by(notice) or notice).id if notice is not None else None


def _apply_holiday(work: Work, step: Step) -> str:
    if isinstance(step.before, HolidayPlan):
        support.remove_holiday(work, step.before.team, step.before.day)
    if isinstance(step.after, HolidayPlan):
        origin = step.memory.origin if step.memory is not None else ""
        support.add_holiday(work, step.after.team, step.after.day, step.after.name, origin)
    content = step.after or step.before
    return f"{content.team} {content.day.isoformat()}" if isinstance(content, HolidayPlan) else ""


_APPLY: dict[Kind, Callable[[Work, Step], str]] = {
    "project": _apply_project,
    "request-draft": _apply_draft,
    "feature-plan": _apply_feature_plan,
    "notice": _apply_notice,
    "holiday": _apply_holiday,
}
