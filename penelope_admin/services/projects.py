"""Projects: planned over the upgrade windows, started with one click, ended without pretending anything.

A refresh or an upgrade, once recorded, drops every plan of a feature. So starting a project that wants a
refresh drafts the request only, with its features wanted back; they are planned when the refresh is done.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

import sqlalchemy as sa

from penelope_admin.domain import projects as rules
from penelope_admin.domain.agency import Profile
from penelope_admin.domain.features import (
    Acknowledgement,
    FeatureState,
    Surroundings,
    Verdict,
    can_switch,
    full_name,
)
from penelope_admin.domain.mirror import Posture
from penelope_admin.domain.projects import Break, Project, ProjectFeature, ProjectState, ProjectWish
from penelope_admin.domain.requests import OPEN as OPEN_REQUESTS
from penelope_admin.domain.requests import Request, Wish
from penelope_admin.domain.text import clean_line
from penelope_admin.domain.windows import Window
from penelope_admin.errors import BadInputError
from penelope_admin.invocation import command
from penelope_admin.policy import Policy
from penelope_admin.services import agency as agencies
from penelope_admin.services.environments import need_environment, read_posture
from penelope_admin.services.features import plan_in, read_around
from penelope_admin.services.notices import LONGEST
from penelope_admin.services.register import read_states
from penelope_admin.services.windows import calendar, last_known
from penelope_admin.services.work import Context, Done, changed_meanwhile, local_today
from penelope_admin.store import schema
from penelope_admin.store.engine import new_id
from penelope_admin.store.kinds import Choice, UnreadableError
from penelope_admin.store.rows import check
from penelope_admin.topics import Topic

CHANGED: frozenset[Topic] = frozenset({"projects"})
_AFTERWARDS = timedelta(days=62)
"""How far the windows are looked at after a project's last day: the upgrade that follows is among them."""


@dataclass(frozen=True, slots=True)
class ProjectView:
    """A project as a page or the terminal shows it.

    Attributes:
        feature_names: by key, of its features.
        breaks: what does not go together, each feature by itself, the most urgent first.
        told: the same in fewer sentences, for people.
        to_plan: the features that starting it, or planning them, would plan now.
        later: those to be planned after an upgrade that would drop the plan.
        posture: what is known of the contact details today.
        around: what else counts when its features are switched on.
        entries: what the register says of each of `to_plan`.
        in_use: those of its features that are on or planned.
        today: the agency's local day.
    """

    project: Project
    environment_name: str
    feature_names: dict[str, str]
    breaks: tuple[Break, ...]
    told: tuple[Break, ...]
    to_plan: tuple[ProjectFeature, ...]
    later: tuple[ProjectFeature, ...]
    posture: Posture
    around: Surroundings
    entries: tuple[FeatureState, ...]
    in_use: tuple[FeatureState, ...]
    today: date

    def verdicts(self, policy: Policy, acknowledgement: Acknowledgement | None = None) -> tuple[Verdict, ...]:
        """What the rules say to each of `to_plan`."""
        return tuple(
            can_switch(policy, entry, "enable", self.posture, acknowledgement, item.last_day, self.around)
            for entry, item in zip(self.entries, self.to_plan, strict=True)
        )

    def as_json(self) -> dict[str, object]:
        """As the command line prints it."""
        project = self.project
        return {
            "id": project.id,
            "name": project.name,
            "purpose": project.purpose,
            "env": project.environment,
            "state": project.state,
            "first_day": project.first_day.isoformat(),
            "last_day": project.last_day.isoformat(),
            "refresh_by": project.refresh_by.isoformat() if project.refresh_by else None,
            "request": project.request_id,
            "awaits_refresh": project.awaits_refresh,
            "features": [
                {
                    "key": item.feature,
                    "first_day": item.first_day.isoformat(),
                    "last_day": item.last_day.isoformat(),
                }
                for item in project.features
            ],
            "to_plan": [item.feature for item in self.to_plan],
            "later": [item.feature for item in self.later],
            "in_use": [state.feature for state in self.in_use],
            "breaks": [item.as_json() for item in self.breaks],
        }


@dataclass(frozen=True, slots=True)
class Started:
    """What a click has made: the request's draft, or the plans; both can be missing."""

    project: Project
    request: Request | None
    planned: tuple[FeatureState, ...]
    later: tuple[ProjectFeature, ...]


@dataclass(frozen=True, slots=True)
class Closed:
    """A project that is over, and what it leaves behind: the program switches nothing off by itself.

    Attributes:
        in_use: its features that are on or planned.
        open_request: the number of its refresh request, if that is still open.
    """

    project: Project
    in_use: tuple[FeatureState, ...]
    open_request: int | None


# --- looking -----------------------------------------------------------------------------------


def find_all(context: Context) -> list[ProjectView]:
    """Every project: open ones by first day, then those that are over, the newest first.

    Raises:
        BadInputError: no agency is set up.
    """
    with context.store.reading() as connection:
        profile = agencies.need(context.policy, connection)
        known = read_projects(context.policy, connection)
        return [_view(context, connection, profile, project, known) for project in _ordered(known)]


def listing(context: Context) -> tuple[Project, ...]:
    """Every project in the order of `find_all`, without what gets in its way: that is looked at one by one.

    Raises:
        BadInputError: no agency is set up.
    """
    with context.store.reading() as connection:
        agencies.need(context.policy, connection)
        return tuple(_ordered(read_projects(context.policy, connection)))


def _ordered(known: list[Project]) -> list[Project]:
    over = [project for project in reversed(known) if not project.is_open]
    coming = sorted((project for project in known if project.is_open), key=lambda p: (p.first_day, p.id))
    return [*coming, *over]


def find(context: Context, key: int) -> ProjectView:
    """One project.

    Raises:
        BadInputError: there is no such project, or no agency is set up.
    """
    with context.store.reading() as connection:
        profile = agencies.need(context.policy, connection)
        return _view(
            context, connection, profile, _need(context, connection, key), read_projects(context.policy, connection)
        )


def preview(context: Context, wish: ProjectWish, key: int | None = None) -> tuple[Break, ...]:
    """What breaks before a project is saved, as `told`; its texts are not looked at.

    Args:
        key: of the project it changes.

    Raises:
        BadInputError, RefusedError, ConflictError: as for `add` and `change`.
    """
    with context.store.reading() as connection:
        profile = agencies.need(context.policy, connection)
        before = _need(context, connection, key) if key is not None else None
        project = _wanted(context, profile, wish, before)
        found = _breaks(context, connection, profile, project, read_projects(context.policy, connection))
        return rules.told(context.policy, found)


def read_projects(policy: Policy, connection: sa.Connection) -> list[Project]:
    """Every project, oldest first, its features in the policy's order, in the caller's transaction."""
    table, part, request = schema.project, schema.project_feature, schema.request
    order = list(policy.feature)
    uses = [check(part, row) for row in connection.execute(sa.select(part))]
    known = (row for row in uses if row.feature in policy.feature)
    features: dict[int, list[ProjectFeature]] = {}
    for row in sorted(known, key=lambda row: order.index(row.feature)):
        features.setdefault(row.project_id, []).append(ProjectFeature(row.feature, row.first_day, row.last_day))
    asked = table.outerjoin(request, table.c.request_id == request.c.id)
    status = sa.type_coerce(request.c.status, Choice(*OPEN_REQUESTS, "done", "cancelled"))  # nothing without a request
    query = sa.select(table, status.label("request_status")).select_from(asked).order_by(table.c.id)
    rows = [check(table, row) for row in connection.execute(query)]
    for row in rows:
        if row.environment not in policy.environment:
            raise UnreadableError("project", "environment", "the key of no environment", str(row.id))
    return [Project(**row._mapping, features=tuple(features.get(row.id, ()))) for row in rows]


def _need(context: Context, connection: sa.Connection, key: int, version: int | None = None) -> Project:
    found = next((project for project in read_projects(context.policy, connection) if project.id == key), None)
    if found is None:
        raise BadInputError(f"There is no project {key}. Nothing was changed. See: {command('project list')}")
    if version is not None and version != found.version:
        raise changed_meanwhile("project")
    return found


def _view(
    context: Context, connection: sa.Connection, profile: Profile, project: Project, known: list[Project]
) -> ProjectView:
    policy, today = context.policy, local_today(context.now(), profile.zone)
    states = read_states(policy, connection, project.environment)
    breaks = _breaks(context, connection, profile, project, known)
    now, later = _to_plan(context, connection, profile, project) if project.is_open else ((), ())
    entries = {state.feature: state for state in states}
    posture = read_posture(context, connection, profile, project.environment)
    return ProjectView(
        project=project,
        environment_name=policy.environment[project.environment].name,
        feature_names={item.feature: full_name(policy, policy.feature[item.feature]) for item in project.features},
        breaks=breaks,
        told=rules.told(policy, breaks),
        to_plan=now,
        later=later,
        posture=posture,
        around=read_around(context, connection, profile, project.environment, posture),
        entries=tuple(entries[item.feature] for item in now),
        in_use=rules.still_in_use(project, states),
        today=today,
    )


def _windows(context: Context, connection: sa.Connection, profile: Profile, project: Project) -> list[Window]:
    """The windows that have not ended, from today to well after the project and its refresh."""
    now, today = context.now(), local_today(context.now(), profile.zone)
    last = max(today, project.last_day, project.refresh_by or today, *(item.last_day for item in project.features))
    found = calendar(context, connection, profile).between(
        now, today - LONGEST - timedelta(days=1), until=last_known(last, _AFTERWARDS)
    )
    return [window for window in found if window.ends_at > now]


def _breaks(
    context: Context,
    connection: sa.Connection,
    profile: Profile,
    project: Project,
    others: Iterable[Project],
) -> tuple[Break, ...]:
    return rules.lay_over(
        context.policy,
        project,
        _windows(context, connection, profile, project) if project.is_open else [],
        read_posture(context, connection, profile, project.environment),
        read_states(context.policy, connection, project.environment),
        others,
        local_today(context.now(), profile.zone),
    )


def _to_plan(
    context: Context, connection: sa.Connection, profile: Profile, project: Project
) -> tuple[tuple[ProjectFeature, ...], tuple[ProjectFeature, ...]]:
    """What to plan now and what later; nothing now while a refresh is to come."""
    states = read_states(context.policy, connection, project.environment)
    windows = _windows(context, connection, profile, project)
    now, later = rules.to_plan(project, states, windows, local_today(context.now(), profile.zone))
    return ((), (*now, *later)) if project.awaits_refresh else (now, later)


# --- planning ----------------------------------------------------------------------------------


def add(context: Context, wish: ProjectWish) -> Done[Project]:
    """Plan a project. Nothing is asked for and nothing is switched.

    Raises:
        BadInputError: no such environment or feature, a text or a day that cannot be used.
        RefusedError: production, or a feature that is locked or not on the vendor's list.
    """
    with context.store.writing() as connection:
        profile = agencies.need(context.policy, connection)
        project = _wanted(context, profile, _clean(wish))
        values = {**_columns(project), "state": "planned", "created_at": context.now(), "by": context.actor}
        key = new_id(connection.execute(sa.insert(schema.project).values(version=1, **values)))
        _write_features(connection, key, project.features)
        context.record(connection, "project.planned", _subject(key), after=_facts(project))
        return Done(_need(context, connection, key), CHANGED)


def change(context: Context, key: int, wish: ProjectWish, version: int | None = None) -> Done[Project]:
    """Change a project that is planned or started. What was drafted or planned for it stays as it is.

    Raises:
        BadInputError, RefusedError: as for `add`, or there is no such project.
        ConflictError: it is over, its refresh was asked for and would change, or somebody else changed it.
    """
    with context.store.writing() as connection:
        profile = agencies.need(context.policy, connection)
        before = _need(context, connection, key, version)
        project = _wanted(context, profile, _clean(wish), before)
        _write(connection, before, **_columns(project))
        _write_features(connection, key, project.features)
        context.record(connection, "project.changed", _subject(key), _facts(before), _facts(project))
        return Done(_need(context, connection, key), CHANGED)


def _clean(wish: ProjectWish) -> ProjectWish:
    return replace(
        wish,
        name=clean_line(wish.name, "The name", limit=rules.MAX_NAME),
        purpose=clean_line(wish.purpose, "The purpose", limit=rules.MAX_PURPOSE),
    )


def _wanted(context: Context, profile: Profile, wish: ProjectWish, before: Project | None = None) -> Project:
    """The project a wish comes to, in an environment the agency has."""
    today = local_today(context.now(), profile.zone)
    project = rules.project_of(context.policy, wish, today, before)
    need_environment(context, profile, project.environment)
    return project


def _columns(project: Project) -> dict[str, object]:
    names = ("name", "purpose", "environment", "first_day", "last_day", "refresh_by")
    return {name: getattr(project, name) for name in names}


def _facts(project: Project) -> dict[str, object]:
    """A project as the activity log keeps it."""
    uses = [f"{item.feature} {item.first_day} to {item.last_day}" for item in project.features]
    return {**_columns(project), "features": uses}


def _subject(key: int) -> str:
    return f"project {key}"


def _write(connection: sa.Connection, before: Project, **values: object) -> None:
    where = schema.project.c.id == before.id
    connection.execute(sa.update(schema.project).where(where).values(version=before.version + 1, **values))


def _write_features(connection: sa.Connection, key: int, features: tuple[ProjectFeature, ...]) -> None:
    table = schema.project_feature
    connection.execute(sa.delete(table).where(table.c.project_id == key))
    if features:
        rows = [
            {"project_id": key, "feature": item.feature, "first_day": item.first_day, "last_day": item.last_day}
            for item in features
        ]
        connection.execute(sa.insert(table), rows)


# --- the path ----------------------------------------------------------------------------------


def start(
    context: Context, key: int, acknowledgement: Acknowledgement | None = None, version: int | None = None
) -> Done[Started]:
    """Start a project, all of it or nothing: draft the request for its refresh, or else plan its features.

    Features that are on or planned already stay as they are; those needed only after the next upgrade are left
    for `plan_features`, because the upgrade would drop their plans.

    Args:
        acknowledgement: what the person has confirmed, for all features that are planned now.

    Raises:
        BadInputError: there is no such project, or the day of the refresh has passed.
        RefusedError: an acknowledgement is missing, or a feature cannot be had any more.
        ConflictError: it was started before, is over, or somebody else changed it.
    """
    with context.store.writing() as connection:
        profile = agencies.need(context.policy, connection)
        before = _need(context, connection, key, version)
        rules.check_start(before, local_today(context.now(), profile.zone))
        need_environment(context, profile, before.environment)
        request = _ask_for_refresh(context, connection, before) if before.awaits_refresh else None
        request_id = request.id if request else None
        _write(connection, before, state="started", request_id=request_id)
        planned, later = _plan(context, connection, profile, before, acknowledgement)
        made = {"request": request.reference if request else None, "planned": [state.feature for state in planned]}
        context.record(
            connection, "project.started", _subject(key), {"state": before.state}, {"state": "started", **made}
        )
        return Done(
            Started(_need(context, connection, key), request, planned, later), _changes(request is not None, planned)
        )


def _ask_for_refresh(context: Context, connection: sa.Connection, project: Project) -> Request:
    wish = Wish(
        kind="refresh",
        environment=project.environment,
        reason=f"{project.name}: {project.purpose}",
        latest=project.refresh_by,
        features=tuple(item.feature for item in project.features),
    )
    from penelope_admin.services.requests import draft_in  # it brings mail along, which the first page does not need

    return draft_in(context, connection, wish).request


def _plan(
    context: Context,
    connection: sa.Connection,
    profile: Profile,
    project: Project,
    acknowledgement: Acknowledgement | None,
) -> tuple[tuple[FeatureState, ...], tuple[ProjectFeature, ...]]:
    """Plan what can be planned now, by the rules of every plan; gives back what is left for later too."""
    now, later = _to_plan(context, connection, profile, project)
    planned = tuple(
        plan_in(
            context, connection, profile, project.environment, item.feature,
            reason=project.name, until=item.last_day, acknowledgement=acknowledgement,
        )
        for item in now
    )  # fmt: skip
    return planned, later


def _changes(requests: bool, planned: tuple[FeatureState, ...]) -> frozenset[Topic]:
    more: set[Topic] = set()
    if requests:
        more.add("requests")
    if planned:
        more.add("features")
    return CHANGED | more


def plan_features(
    context: Context, key: int, acknowledgement: Acknowledgement | None = None, version: int | None = None
) -> Done[Started]:
    """Plan the features of a started project that are neither on nor planned, all or none.

    Raises:
        BadInputError: there is no such project, or nothing to plan now.
        RefusedError: an acknowledgement is missing, or a feature cannot be had any more.
        ConflictError: it is not started, its refresh is still to come, or somebody else changed it.
    """
    with context.store.writing() as connection:
        profile = agencies.need(context.policy, connection)
        before = _need(context, connection, key, version)
        rules.check_plan(before)
        planned, later = _plan(context, connection, profile, before, acknowledgement)
        if not planned:
            why = "Its other features come after the next upgrade, which would drop their plans." if later else ""
            raise BadInputError(
                f"“{before.name}” has nothing to plan now. {why} Nothing was changed.".replace("  ", " ")
            )
        _write(connection, before)
        made = {"planned": [state.feature for state in planned]}
        context.record(connection, "project.features-planned", _subject(key), after=made)
        return Done(Started(_need(context, connection, key), None, planned, later), _changes(False, planned))


def end(context: Context, key: int, version: int | None = None) -> Done[Closed]:
    """End a started project. Its features stay as they are; the answer says which are still on or planned.

    Raises:
        BadInputError: there is no such project.
        ConflictError: it is not started, is over, or somebody else changed it.
    """
    return _close(context, key, "ended", version)


def cancel(context: Context, key: int, version: int | None = None) -> Done[Closed]:
    """Give up a project that is planned or started. Its request and its features stay as they are.

    Raises:
        BadInputError: there is no such project.
        ConflictError: it is over, or somebody else changed it.
    """
    return _close(context, key, "cancelled", version)


def _close(context: Context, key: int, state: ProjectState, version: int | None) -> Done[Closed]:
    with context.store.writing() as connection:
        before = _need(context, connection, key, version)
        (rules.check_started if state == "ended" else rules.check_open)(before)
        _write(connection, before, state=state)
        left = rules.still_in_use(before, read_states(context.policy, connection, before.environment))
        facts = {"state": state, "features_in_use": [entry.feature for entry in left]}
        context.record(connection, f"project.{state}", _subject(key), {"state": before.state}, facts)
        is_asked = before.request_status in OPEN_REQUESTS
        return Done(Closed(_need(context, connection, key), left, before.request_id if is_asked else None), CHANGED)
