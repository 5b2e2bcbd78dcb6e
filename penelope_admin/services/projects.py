"""Projects: planned over the upgrade windows, started with one click, ended without pretending anything.

A refresh or an upgrade, once recorded, drops every plan of a feature. So starting a project that wants a
refresh drafts the request only, with its features wanted back; they are planned when the refresh is done.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from itertools import islice

from penelope_admin.absent import mapped
from penelope_admin.domain import projects as rules
from penelope_admin.domain.features import (
    NOTHING_SAID,
    Acknowledgement,
    FeatureState,
    SwitchContext,
    Verdict,
    can_switch,
    feature_name,
)
from penelope_admin.domain.mirror import Posture
from penelope_admin.domain.projects import (
    Clash,
    FeatureInput,
    Project,
    ProjectFeature,
    ProjectInput,
    ProjectState,
    Span,
)
from penelope_admin.domain.recurring import Recurrence
from penelope_admin.domain.requests import OPEN as OPEN_REQUESTS
from penelope_admin.domain.requests import Earlier, Request, RequestInput
from penelope_admin.domain.text import clean_line
from penelope_admin.domain.windows import Window
from penelope_admin.errors import BadInputError, ConflictError, RefusedError, check_version, needed
from penelope_admin.invocation import way
from penelope_admin.policy import Policy
from penelope_admin.services import features
from penelope_admin.services.agency import need_profile
from penelope_admin.services.calendar.windows import coming_year, last_known, touching
from penelope_admin.services.mirror.environments import need_environment
from penelope_admin.services.requests import Drafted, steps
from penelope_admin.services.requests.drafts import draft, earlier
from penelope_admin.services.work import Work
from penelope_admin.store.rows import plans as plan_rows
from penelope_admin.store.rows import projects as project_rows

_AFTERWARDS = timedelta(days=62)
"""How far the windows are looked at after a project's last day: the upgrade that follows is among them."""
_A_YEAR = timedelta(days=400)
"""So far ahead there is always a next turn of what comes once a year."""
MOST_TURNS = 4
"""So many turns of work that comes again are shown."""


@dataclass(frozen=True, slots=True)
class ProjectView:
    """A project as a page or the terminal shows it.

    Attributes:
        feature_names: by key, of its features.
        clashes: what does not go together, each feature by itself, the most urgent first.
        merged: the same in fewer sentences, for people.
        to_plan: the features that starting it, or planning them, would plan now.
        later: those to be planned after an upgrade that would drop the plan.
        posture: what is known of the contact details today.
        around: what else counts when its features are switched on.
        entries: what the register says of each of `to_plan`.
        in_use: those of its features that are on or planned.
        turns: the next turns of work that comes again, each with what clashes in it, as `merged`.
        earlier: a refresh of its database that is open already, where starting it would ask for another.
    """

    project: Project
    environment_name: str
    feature_names: dict[str, str]
    clashes: tuple[Clash, ...]
    merged: tuple[Clash, ...]
    to_plan: tuple[ProjectFeature, ...]
    later: tuple[ProjectFeature, ...]
    posture: Posture
    around: SwitchContext
    entries: tuple[FeatureState, ...]
    in_use: tuple[FeatureState, ...]
    today: date
    turns: tuple[tuple[Project, tuple[Clash, ...]], ...]
    earlier: Earlier | None

    def verdicts(self, policy: Policy, acknowledgement: Acknowledgement = NOTHING_SAID) -> tuple[Verdict, ...]:
        """What the rules say to each of `to_plan`."""
        around = self.around.together_with(item.feature for item in self.to_plan)
        return tuple(
            can_switch(policy, entry, "enable", self.posture, acknowledgement, item.last_day, around)
            for entry, item in zip(self.entries, self.to_plan, strict=True)
        )


@dataclass(frozen=True, slots=True)
class Started:
    """What a click has made: the request's draft, or the plans; both can be missing.

    Attributes:
        next_turn: of work that comes again, planned with it.
        earlier: a refresh of the same database that was open already when the request was drafted.
    """

    project: Project
    request: Request | None
    planned: tuple[FeatureState, ...]
    later: tuple[ProjectFeature, ...]
    next_turn: Project | None = None
    earlier: Earlier | None = None


@dataclass(frozen=True, slots=True)
class Turned:
    """What has become by itself of work that comes again.

    Attributes:
        request: drafted for its refresh; a person looks at it and sends it.
        earlier: as of `Started`.
        problem: why nothing was done; empty when something was.
    """

    project: Project
    request: Request | None = None
    problem: str = ""
    earlier: Earlier | None = None


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


def find_all(work: Work) -> list[ProjectView]:
    """Every project: open ones by first day, then those that are over, the newest first."""
    around = {key: features.switch_context(work, key) for key in {project.environment for project in work.projects}}
    return [_view(work, project, around[project.environment]) for project in _ordered(work.projects)]


def listing(work: Work) -> tuple[Project, ...]:
    """Every project in the order of `find_all`, without what gets in its way: that is looked at one by one."""
    need_profile(work)
    return tuple(_ordered(work.projects))


def _ordered(projects: Sequence[Project]) -> list[Project]:
    return [*in_order(projects), *(project for project in reversed(projects) if not project.is_open)]


def in_order(projects: Iterable[Project]) -> list[Project]:
    """The open ones, by their first day."""
    return sorted((project for project in projects if project.is_open), key=lambda p: (p.first_day, p.id))


def find(work: Work, key: int) -> ProjectView:
    """One project."""
    project = _need(work, key)
    return _view(work, project, features.switch_context(work, project.environment))


def preview(work: Work, entered: ProjectInput, key: int | None = None) -> tuple[Clash, ...]:
    """What clashes before a project is saved, as `merged`; its texts are not looked at.

    Raises:
        BadInputError, RefusedError, ConflictError: as for `add` and `change`.
    """
    return find_clashes(work, _project_of(work, entered, mapped(key, partial(_need, work))))


def find_clashes(work: Work, project: Project) -> tuple[Clash, ...]:
    """What does not go together in a project, as `merged`: of many projects that is quicker than all of `find`."""
    return rules.merged(work.policy, _clashes(work, project))


def try_dates(work: Work, key: int, first_day: date, last_day: date) -> tuple[Project, tuple[Clash, ...]]:
    """A project as it would be on other days, and what clashes there, as `merged`. Nothing is kept.

    Raises:
        BadInputError, RefusedError, ConflictError: as for `change`.
    """
    before = _need(work, key)
    tried = _project_of(work, rules.moved(before, first_day, last_day), before)
    return tried, find_clashes(work, tried)


def find_quietest(work: Work, entered: ProjectInput, key: int | None) -> tuple[Span, str]:
    """Of the days after each of the next twelve upgrade windows those on which a project as long meets the least.

    Args:
        entered: what is planned; its own days say how long it is, and where its other days lie in it.

    Returns:
        The span, and why, in sentences.

    Raises:
        BadInputError, RefusedError, ConflictError: as for `add` and `change`.
    """
    before = mapped(key, partial(_need, work))
    plan = _project_of(work, entered, before)
    length = plan.last_day - plan.first_day
    spans = []
    for window in [window for window in coming_year(work) if not window.is_emergency]:
        first = rules.first_after(window)
        there = rules.moved(plan, first, first + length)
        spans.append(Span(window, there, find_clashes(work, _project_of(work, there, before))))
    return rules.quietest(spans), rules.why_quietest(spans)


def _need(work: Work, key: int, version: int | None = None) -> Project:
    stored = next((project for project in work.projects if project.id == key), None)
    project = needed(stored, f"There is no project {key}. Nothing was changed. See: {way('project list', 'Projects')}")
    check_version(version, project.version, "project")
    return project


def _view(work: Work, project: Project, around: SwitchContext) -> ProjectView:
    policy, states = work.policy, work.states(project.environment)
    clashes = _clashes(work, project)
    now, later = _to_plan(work, project)
    entries = {state.feature: state for state in states}
    return ProjectView(
        project=project,
        environment_name=policy.environment[project.environment].name,
        feature_names={item.feature: feature_name(policy, item.feature) for item in project.features},
        clashes=clashes,
        merged=rules.merged(policy, clashes),
        to_plan=now,
        later=later,
        posture=work.posture(project.environment),
        around=around,
        entries=tuple(entries[item.feature] for item in now),
        in_use=rules.still_in_use(project, states),
        today=work.today,
        turns=tuple((turn, _turn_clashes(work, project, turn)) for turn in coming_turns(work, project)),
        earlier=_earlier(work, project),
    )


def coming_turns(work: Work, project: Project) -> tuple[Project, ...]:
    """The next turns of open work that comes again, within a year."""
    if not project.is_open:
        return ()
    return tuple(islice(_turns(work, project), MOST_TURNS))


def _turns(work: Work, project: Project) -> Iterator[Project]:
    return turns_until(work, project, last_known(max(work.today, project.first_day), _A_YEAR))


def turns_until(work: Work, project: Project, until: date) -> Iterator[Project]:
    """The turns after the one that is planned that begin by a local day."""
    if project.recurs is None or until < project.first_day:
        return iter(())
    upgrades: Sequence[date] = ()
    if project.recurs.every == "after-upgrade":
        upgrades = rules.upgrade_days(touching(work, min(project.first_day, work.today), until))
    return rules.turns(project, upgrades, until)


def _turn_clashes(work: Work, project: Project, turn: Project) -> tuple[Clash, ...]:
    """What clashes in a turn to come, seen from the day its refresh is asked for: what is on now is over by then."""
    others = [other for other in work.projects if other.id != project.id]
    day, posture = max(work.today, turn.draft_day or work.today), work.posture(turn.environment)
    alone = replace(turn, recurs=None)
    return rules.merged(
        work.policy, rules.find_clashes(work.policy, alone, _windows(work, alone), posture, (), others, day)
    )


def _windows(work: Work, project: Project) -> list[Window]:
    """The windows that have not ended, from today to well after the project and its refresh; none once it is over."""
    if not project.is_open:
        return []
    today = work.today
    last = max(today, project.last_day, project.refresh_by or today, *(item.last_day for item in project.features))
    return [window for window in touching(work, today, last_known(last, _AFTERWARDS)) if window.ends_at > work.now]


def _clashes(work: Work, project: Project) -> tuple[Clash, ...]:
    return rules.find_clashes(
        work.policy,
        project,
        _windows(work, project),
        work.posture(project.environment),
        work.states(project.environment),
        work.projects,
        work.today,
    )


def _to_plan(work: Work, project: Project) -> tuple[tuple[ProjectFeature, ...], tuple[ProjectFeature, ...]]:
    """What to plan now and what later; nothing now while a refresh is to come, nothing at all once it is over."""
    if not project.is_open:
        return (), ()
    now, later = rules.to_plan(project, work.states(project.environment), _windows(work, project), work.today)
    if project.awaits_refresh:
        return (), (*now, *later)
    return now, later


# --- planning ----------------------------------------------------------------------------------


def add(work: Work, entered: ProjectInput) -> Project:
    """Plan a project. Nothing is asked for and nothing is switched.

    Raises:
        BadInputError: a text or a day cannot be used.
        RefusedError: production, or a feature that is locked or not on the vendor's list.
    """
    project = replace(_project_of(work, _clean(entered)), created_at=work.now, by=work.actor)
    key = project_rows.insert(work.connection, project)
    work.changed("projects")
    work.record("project.planned", f"project {key}", after=_facts(project))
    return replace(project, id=key, version=1)


def change(work: Work, key: int, entered: ProjectInput, version: int | None = None) -> Project:
    """Change a project that is planned or started. What was drafted or planned for it stays as it is.

    Raises:
        BadInputError, RefusedError: as for `add`.
        ConflictError: it is over, or its refresh was asked for and would change.
    """
    before = _need(work, key, version)
    return _rewrite(work, before, _project_of(work, _clean(entered), before), "project.changed")


def _rewrite(work: Work, before: Project, after: Project, action: str) -> Project:
    """Put what is said of a project in the place of what was."""
    project_rows.update(work.connection, before, **project_rows.columns(after))
    project_rows.replace_features(work.connection, before.id, after.features)
    work.changed("projects")
    work.record(action, f"project {before.id}", _facts(before), _facts(after))
    return _need(work, before.id)


def _clean(entered: ProjectInput) -> ProjectInput:
    return replace(
        entered,
        name=clean_line(entered.name, "The name", limit=rules.MAX_NAME),
        purpose=clean_line(entered.purpose, "What it is for", limit=rules.MAX_PURPOSE),
        features=tuple(
            replace(item, reason=clean_line(item.reason, "The reason", required=False)) for item in entered.features
        ),
    )


def _project_of(work: Work, entered: ProjectInput, before: Project | None = None) -> Project:
    """The project that was entered, in an environment the agency has."""
    meant = replace(entered, environment=entered.environment or work.usual_copy)
    project = rules.project_of(work.policy, meant, work.today, before)
    need_environment(work, project.environment)
    return project


def _facts(project: Project) -> dict[str, object]:
    """A project as the activity log keeps it."""
    uses = [f"{item.feature} {item.first_day} to {item.last_day}" for item in project.features]
    reasons = [f"{item.feature}: {item.reason}" for item in project.features if item.reason]
    said = project_rows.columns(project)
    more = {"recurs": said.pop("recurs"), "reasons": reasons}
    return {**said, "features": uses, **{name: value for name, value in more.items() if value}}


# --- the path ----------------------------------------------------------------------------------


def start(work: Work, key: int, acknowledgement: Acknowledgement = NOTHING_SAID, version: int | None = None) -> Started:
    """Start a project, all of it or nothing: draft the request for its refresh, or else plan its features.

    Features that are on or planned already stay as they are; those needed only after the next upgrade are left
    for `plan_features`, because the upgrade would drop their plans.

    Args:
        acknowledgement: what the person has confirmed, for all features that are planned now.

    Raises:
        BadInputError: the day of the refresh has passed.
        RefusedError: an acknowledgement is missing, a feature cannot be had any more, or this is a planning copy: how
            far a project is does not travel.
        ConflictError: it was started before, or is over.
    """
    work.refuse_in_planning_copy()
    return _start(work, _need(work, key, version), acknowledgement)


def _start(work: Work, before: Project, acknowledgement: Acknowledgement = NOTHING_SAID, because: str = "") -> Started:
    rules.check_start(before, work.today)
    need_environment(work, before.environment)
    earlier = _earlier(work, before)
    request = _ask_for_refresh(work, before)
    planned, later = _plan(work, before, acknowledgement)
    following = _set_started(work, before, request, planned, because)
    return Started(_need(work, before.id), request, planned, later, following, earlier)


def _earlier(work: Work, project: Project) -> Earlier | None:
    """The refresh that is open already, of a project that would ask for another."""
    if project.state != "planned" or not project.awaits_refresh or project.environment not in work.agency.environments:
        return None
    return earlier(work, _refresh_input(project))


def _set_started(
    work: Work, before: Project, request: Request | None, planned: Sequence[FeatureState] = (), because: str = ""
) -> Project | None:
    """Note that a project was started; gives back its next turn, where it comes again."""
    following = _plan_next(work, before)
    project_rows.update(work.connection, before, state="started", request_id=request and request.id)
    work.changed("projects")
    asked, features_planned = request and request.reference, [state.feature for state in planned]
    after = {"state": "started", "request": asked, "planned": features_planned}
    if because:
        after["because"] = because
    work.record("project.started", f"project {before.id}", {"state": before.state}, after)
    return following


def _ask_for_refresh(work: Work, project: Project) -> Request | None:
    """The draft of its request; of work that comes again, the one that was drafted on another machine already."""
    if not project.awaits_refresh:
        return None
    uid = _uid_of_turn(work, project, "request")
    number = plan_rows.number_of(work.connection, "request", uid)
    if number is not None and (drafted := steps.need(work, number)).status == "drafted":
        return drafted
    request = draft(work, _refresh_input(project)).request
    if project.recurs and number is None:
        plan_rows.set_uid(work.connection, "request", request.id, uid)
    return request


def _refresh_input(project: Project) -> RequestInput:
    return RequestInput(
        kind="refresh",
        environment=project.environment,
        reason=f"{project.name}: {project.purpose}",
        latest=project.refresh_by,
        features=tuple(item.feature for item in project.features),
    )


def _plan(
    work: Work, project: Project, acknowledgement: Acknowledgement
) -> tuple[tuple[FeatureState, ...], tuple[ProjectFeature, ...]]:
    """Plan what can be planned now, by the rules of every plan; gives back what is left for later too."""
    now, later = _to_plan(work, project)
    planned = tuple(
        features.switch(
            work, item.feature, "enable", reason=item.reason or project.name, until=item.last_day,
            environment=project.environment, acknowledgement=acknowledgement,
        )
        for item in now
    )  # fmt: skip
    return planned, later


# --- work that comes again ---------------------------------------------------------------------


def _uid_of_turn(work: Work, project: Project, what: str) -> str:
    """The UUID of what follows from a turn: the same on each machine, so that nothing is there twice after a merge."""
    from penelope_admin.domain.plans import named_id  # whoever only looks does without

    return named_id("turn", what, plan_rows.uid_of(work.connection, "project", project.id))


def _following(work: Work, before: Project) -> Project | None:
    """The next turn that is not missed already."""
    return next((turn for turn in _turns(work, before) if turn.last_use >= work.today), None)


def _plan_next(work: Work, before: Project) -> Project | None:
    """Plan the next turn that is not missed already, and have that one come again in place of the one before."""
    following = _following(work, before)
    if following is None or before.recurs is None:
        return None
    uid = _uid_of_turn(work, before, "next")
    key = plan_rows.number_of(work.connection, "project", uid)
    project_rows.update(work.connection, before, recurs=None)
    if key is None:
        key = project_rows.insert(work.connection, replace(following, created_at=work.now, by=work.actor))
        plan_rows.set_uid(work.connection, "project", key, uid)
        work.record("project.planned", f"project {key}", after=_facts(following))
    else:
        work.record("project.changed", f"project {before.id}", {"recurs": before.recurs.text}, {"recurs": None})
    work.changed("projects")
    return _need(work, key)


def has_due(work: Work) -> bool:
    """Whether something that comes again is due."""
    return work.keeps_record and any(rules.is_due(project, work.today) for project in work.projects)


def draft_due(work: Work) -> tuple[Turned, ...]:
    """Draft the requests of work that comes again whose day has come, and plan its next turns. Nothing is sent.

    What the rules refuse is left as it is, and named. Of what was missed while nobody looked no request is drafted. A
    planning copy drafts none: that is done where the agency is recorded.
    """
    if work.is_planning_copy:
        return ()
    done: list[Turned] = []
    tried: set[int] = set()
    while due := next((p for p in work.projects if p.id not in tried and rules.is_due(p, work.today)), None):
        tried.add(due.id)
        try:
            with work.attempt():
                done.append(_take_turn(work, due))
        except (BadInputError, ConflictError, RefusedError) as error:
            done.append(Turned(due, problem=str(error)))
    return tuple(done)


def _take_turn(work: Work, due: Project) -> Turned:
    if due.refresh_by is not None and due.last_use >= work.today:
        started = _start(work, due, because="its day came")
        return Turned(started.project, started.request, earlier=started.earlier)
    _plan_next(work, due)
    return Turned(_need(work, due.id))


def skip(work: Work, key: int, version: int | None = None) -> Project:
    """Leave out a turn of work that comes again: it takes the days of the next one.

    Raises:
        ConflictError: it does not come again, was started, or is over.
    """
    before = _need(work, key, version)
    rules.check_open(before)
    following = _following(work, before)
    if following is None or before.state != "planned":
        raise ConflictError(f"“{before.name}” has no next turn. Nothing was changed. Change its days instead.")
    return _rewrite(work, before, following, "project.skipped")


def repeat_refresh(work: Work, entered: RequestInput, recurs: Recurrence) -> Drafted:
    """Draft a refresh request, and plan the refreshes after it: a project for each, the next one now.

    Raises:
        BadInputError: it is for no refresh, or names no last day from which the next ones are counted.
        RefusedError, ConflictError: as for `add` and `drafts.draft`.
    """
    if entered.kind != "refresh" or entered.latest is None:
        raise BadInputError("Name the last day of the refresh: the next ones are counted from it. Nothing was saved.")
    drafted = draft(work, entered)
    request, day = drafted.request, entered.latest
    name = work.policy.environment[request.environment or ""].name
    uses = tuple(FeatureInput(key) for key in request.features)
    purpose = " ".join(request.reason.split())[: rules.MAX_PURPOSE]
    planned = add(work, ProjectInput(f"Refresh of {name}", purpose, day, day, request.environment, day, uses, recurs))
    _set_started(work, planned, request)
    return drafted


# --- going on ----------------------------------------------------------------------------------


def plan_features(
    work: Work, key: int, acknowledgement: Acknowledgement = NOTHING_SAID, version: int | None = None
) -> Started:
    """Plan the features of a started project that are neither on nor planned, all or none.

    Raises:
        BadInputError: nothing to plan now.
        RefusedError: an acknowledgement is missing, or a feature cannot be had any more.
        ConflictError: it is not started, or its refresh is still to come.
    """
    before = _need(work, key, version)
    rules.check_plan(before)
    planned, later = _plan(work, before, acknowledgement)
    if not planned:
        why = " Its other features come after the next upgrade, which would drop their plans." if later else ""
        raise BadInputError(f"“{before.name}” has nothing to plan now.{why} Nothing was changed.")
    project_rows.update(work.connection, before)
    work.changed("projects")
    work.record("project.features-planned", f"project {key}", after={"planned": [state.feature for state in planned]})
    return Started(_need(work, key), None, planned, later)


def end(work: Work, key: int, version: int | None = None) -> Closed:
    """End a started project. Its features stay as they are; the answer says which are still on or planned.

    Raises:
        ConflictError: it is not started, or is over.
    """
    work.refuse_in_planning_copy()
    before = _need(work, key, version)
    rules.check_started(before)
    return _close(work, before, "ended")


def cancel(work: Work, key: int, version: int | None = None) -> Closed:
    """Give up a project that is planned or started. Its request and its features stay as they are.

    Raises:
        ConflictError: it is over.
    """
    before = _need(work, key, version)
    rules.check_open(before)
    return _close(work, before, "cancelled")


def _close(work: Work, before: Project, state: ProjectState) -> Closed:
    project_rows.update(work.connection, before, state=state)
    work.changed("projects")
    left = rules.still_in_use(before, work.states(before.environment))
    after = {"state": state, "features_in_use": [entry.feature for entry in left]}
    work.record(f"project.{state}", f"project {before.id}", {"state": before.state}, after)
    is_asked = before.request_status in OPEN_REQUESTS
    return Closed(_need(work, before.id), left, before.request_id if is_asked else None)
