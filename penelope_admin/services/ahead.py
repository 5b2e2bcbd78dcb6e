"""What if it were another day: what pages and commands would show then, if what is scheduled happens until then.

Use cases that look get a `Work` of that day, which keeps nothing: what is recorded, followed by what is assumed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Concatenate, ParamSpec, TypeVar

from penelope_admin.domain import ahead as rules
from penelope_admin.domain.ahead import Assumptions, Refresh
from penelope_admin.domain.features import FeatureState, feature_name, names_of, not_known
from penelope_admin.domain.mirror import Event, Posture, posture
from penelope_admin.domain.planning import planning_copy_sentence
from penelope_admin.domain.projects import Clash, Project, first_after
from penelope_admin.domain.requests import OPEN, Request, Step
from penelope_admin.domain.times import in_words
from penelope_admin.domain.waiting import Waiting, WaitingKind
from penelope_admin.domain.windows import ANOTHER_DATE, LONGEST_WINDOW, Calendar, Window
from penelope_admin.services import overview as overviews
from penelope_admin.services import projects
from penelope_admin.services.calendar.windows import last_known, touching
from penelope_admin.services.mirror import environments
from penelope_admin.services.mirror.environments import EnvironmentView
from penelope_admin.services.overview import Overview
from penelope_admin.services.work import Work
from penelope_admin.store.rows import answers as answer_rows
from penelope_admin.store.rows import requests as request_rows

P = ParamSpec("P")
T = TypeVar("T")

_A_TURN = timedelta(days=400)
"""Within so many days whatever comes again does."""
MOST_PROJECTS = 12
"""So many projects are told of; the rest is a number."""
FORESEEN: frozenset[WaitingKind] = frozenset(
    {"overdue", "exposed", "change", "scheduled", "wanted-back", "project", "unknown", "untold", "left", "damaged"}
)
"""What waits on a day to come by what is recorded now; what becomes of mail, notices and check-lists nobody knows."""


class WorkAhead(Work):
    """The unit of work of a day to come. It only looks: what would be written is refused.

    Attributes:
        assumed: what is taken for granted until then.
    """

    def __init__(self, base: Work, day: date) -> None:
        super().__init__(base.context, base.connection)
        self._base = base
        self._postures: dict[str, Posture] = {}
        self.now = rules.instant_of(rules.check_day(day, base.today), base.now, base.zone)
        self.assumed = self._assume()

    def _assume(self) -> Assumptions:
        base, now, then = self._base, self._base.now, self.now
        windows = touching(base, base.today - ANOTHER_DATE, last_known(self.today, ANOTHER_DATE + LONGEST_WINDOW))
        shown = [base.policy.environment[key] for key in self._shown]
        refreshes = [
            Refresh(brief.number, brief.environment, brief.scheduled_refresh)
            for brief in dict.fromkeys(replace(brief, doubted=None) for brief in base._refresh_briefs)
            if brief.environment and brief.scheduled_refresh
        ]
        events = [event for environment in shown for event in base.telling(environment.key)]
        return rules.assume(shown, windows, refreshes, events, now, then, base.zone)

    @property
    def _shown(self) -> tuple[str, ...]:
        return (*self._base.agency.environments, *self._base.left)

    # --- what is recorded, followed by what is assumed ---

    @cached_property
    def _row(self) -> Any:
        return self._base._row

    @cached_property
    def calendar(self) -> Calendar:
        """The agency's upgrade windows, as they are known today."""
        return self._base.calendar

    @cached_property
    def answers(self) -> list[answer_rows.AnswerRow]:
        """All answers on check-lists, oldest first."""
        return self._base.answers

    def _newest(self) -> list[Event]:
        return [event for key in self._shown for event in self.assumed.newest_of(key)[0]]

    @cached_property
    def events(self) -> list[Event]:
        """Everything recorded about environments, oldest first, and the last of what is assumed."""
        return [*self._base.events, *self._newest()]

    @cached_property
    def _telling(self) -> list[Event]:
        return [*self._base._telling, *self._newest()]

    @cached_property
    def _recorded_states(self) -> dict[str, list[FeatureState]]:
        keys = self.policy.environment
        return {key: rules.states_then(self.policy, self._base.recorded_states(key), self.assumed) for key in keys}

    @cached_property
    def _assumed(self) -> frozenset[int]:
        """The requests for the refreshes that are assumed to be made."""
        return frozenset(refresh.number for refresh in self.assumed.refreshes)

    def _as_made(self, request: Request) -> Request:
        if request.id not in self._assumed:
            return request
        done = Step(self.now, "done", "", "")
        return replace(request, status="done", steps=(*request.steps, done))

    @cached_property
    def requests(self) -> list[Request]:
        """Every request, oldest first, without its remarks; a refresh that is assumed to be made is done."""
        return [self._as_made(request) for request in self._base.requests]

    @cached_property
    def telling_requests(self) -> list[Request]:
        """The requests that can wait for somebody, or tell what else does."""
        return [self._as_made(request) for request in self._base.telling_requests]

    @cached_property
    def _refresh_briefs(self) -> list[request_rows.Brief]:
        return [
            replace(brief, scheduled_refresh=None, refresh_since=None) if brief.number in self._assumed else brief
            for brief in self._base._refresh_briefs
        ]

    @cached_property
    def projects(self) -> tuple[Project, ...]:
        """Every project, oldest first; nobody starts or ends one until then."""
        return tuple(
            replace(project, request_status="done") if project.request_id in self._assumed else project
            for project in self._base.projects
        )

    def posture(self, environment: str) -> Posture:
        """What would be known of an environment's contact details."""
        if environment not in self._postures:
            self._postures[environment] = self._posture(environment)
        return self._postures[environment]

    def _posture(self, environment: str) -> Posture:
        due = max(self.due_refreshes(environment), default=None)
        newest = self.assumed.newest_of(environment)
        # Most readings of the dates end in the same events.
        readings = [self._posture_after(environment, own) for own in dict.fromkeys(newest)]
        basis: rules.Basis = "today" if self.today == self._base.today else "record"
        posture = rules.posture_then(readings, "assumption" if newest[0] else basis)
        if due == self.today and due != self._base.today and posture.contact_details == "unknown":
            said = f"May hold real contact details: a refresh is scheduled for {in_words(due)}, this very day."
            return replace(posture, sentence=said)
        return posture

    def posture_without(self, environment: str) -> Posture:
        """The same if it is upgraded in none of the windows until then."""
        return self._posture_after(
            environment, tuple(item.event for item in self.assumed.without_upgrades(environment))
        )

    def _posture_after(self, environment: str, assumed: tuple[Event, ...]) -> Posture:
        events = self._with_due(environment, [*self._base._telling, *assumed])
        return posture(self.policy, environment, events, self.zone)

    def record(self, action: str, subject: str, before: object = None, after: object = None) -> None:
        """Refuse to keep anything: nothing of it has happened."""
        raise TypeError(f"a look ahead cannot keep {action} {subject}")


@dataclass(frozen=True, slots=True)
class Frame:
    """What is to be known of everything that is said of a day to come.

    Attributes:
        heading: that it is a look ahead, from when, to which day.
        assumed: what is taken for granted, in sentences.
        ended: what the assumed upgrades and refreshes end, in sentences.
        unknown: what nobody can know today, in sentences.
    """

    assumptions: Assumptions
    endings: tuple[rules.Ending, ...]
    heading: str
    assumed: tuple[str, ...]
    ended: tuple[str, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProjectAhead:
    """An open project on a day to come.

    Attributes:
        is_over: its last day has passed by then.
        clashes: of a project that has begun by then as it is known today, of others as it would be then.
    """

    project: Project
    is_over: bool
    clashes: tuple[Clash, ...]


@dataclass(frozen=True, slots=True)
class LookAhead:
    """A day to come on one page.

    Attributes:
        after_upgrade: the first day after the next upgrade, as it is known today.
        copies: the agency's databases, with what would be known of their contact details.
        on: names of what would be on in each of the copies whose features are switched here, by their key.
        unknown: likewise of what nobody would know.
        wanted: what projects need on that day.
        projects: the open ones by their days; `more_projects` is how many there are besides.
    """

    frame: Frame
    after_upgrade: date
    next_upgrade: Window
    copies: tuple[EnvironmentView, ...]
    on: dict[str, tuple[str, ...]]
    unknown: dict[str, tuple[str, ...]]
    needs: tuple[str, ...]
    waiting: tuple[Waiting, ...]
    projects: tuple[ProjectAhead, ...]
    more_projects: int


def on_day(
    work: Work, day: date, use_case: Callable[Concatenate[Work, P], T], /, *args: P.args, **kwargs: P.kwargs
) -> tuple[Frame, T]:
    """What a use case that only looks would give on a day to come, and what is to be known of it.

    Raises:
        BadInputError: the day has passed or is too far ahead.
    """
    then = WorkAhead(work, day)
    return _frame(work, then), use_case(then, *args, **kwargs)


def _frame(work: Work, then: WorkAhead) -> Frame:
    policy, assumed = work.policy, then.assumed
    states = work.states(*then._shown)
    endings = tuple(rules.fold(policy, states, assumed.all)[1])
    refreshes = [
        (project.name, project.refresh_by)
        for project in work.projects
        if project.state == "planned" and project.refresh_by and work.today <= project.refresh_by <= then.today
    ]
    as_of = work.agency.facts_as_of
    copied = [planning_copy_sentence(as_of.astimezone(work.zone).date())] if as_of else []
    return Frame(
        assumed,
        endings,
        rules.heading(then.now, work.now, work.zone),
        rules.assumed_sentences(policy, assumed),
        rules.ended_sentences(policy, endings),
        (
            *copied,
            *rules.unknown_sentences(
                policy,
                assumed,
                _otherwise(work, then),
                environments.open_questions(work),
                _not_scheduled(work),
                refreshes,
            ),
            *_later_turns(work, then.today),
        ),
    )


def _otherwise(work: Work, then: WorkAhead) -> dict[str, tuple[Posture, list[FeatureState]]]:
    """What would be of a database if it were not upgraded, where that would be another thing."""
    otherwise = {}
    for key in then.assumed.upgraded:
        without = then.posture_without(key)
        left = list(rules.fold(work.policy, work.states(key), then.assumed.without_upgrades(key))[0])
        if without.contact_details != then.posture(key).contact_details or any(s.state == "on" for s in left):
            otherwise[key] = (without, left)
    return otherwise


def _not_scheduled(work: Work) -> list[tuple[int, str]]:
    """Refreshes that Support was asked for and has named no day of."""
    open_ones = (r for r in work.telling_requests if r.kind == "refresh" and r.status in OPEN and r.status != "drafted")
    return [(r.id, r.environment) for r in open_ones if r.environment and r.scheduled_for is None]


def _later_turns(work: Work, until: date) -> list[str]:
    """That work comes again until a day, whose turns nobody has planned yet."""

    def comes_again(project: Project) -> bool:
        soon = min(until, last_known(project.first_day, _A_TURN))
        return next(projects.turns_until(work, project, soon), None) is not None

    return [
        f"Later turns of “{project.name}”, which repeats: only the turn that is planned is counted."
        for project in work.projects
        if project.is_open and project.recurs is not None and comes_again(project)
    ]


def overview(work: Work) -> Overview | None:
    """What the first page would show; of what waits only what follows from what is recorded."""
    view = overviews.load(work)
    if view is None:
        return None
    return replace(view, incidents=(), waiting=tuple(item for item in view.waiting if item.kind in FORESEEN))


def databases(work: Work) -> list[EnvironmentView]:
    """The databases as they would be, with the events on record; nobody knows their version after an upgrade."""
    return [
        replace(
            view,
            events=tuple(event for event in view.events if event.id),
            version=None if any(not event.id for event in view.events) else view.version,
            question=None,
        )
        for view in environments.find_all(work)
    ]


def load(work: Work, day: date) -> LookAhead:
    """A day to come on one page.

    Raises:
        BadInputError: the day has passed or is too far ahead.
    """
    then = WorkAhead(work, day)
    policy, mirrors = work.policy, [key for key in then._shown if key in work.policy.mirrors]
    view, planned = overview(then), projects.in_order(then.projects)

    return LookAhead(
        frame=_frame(work, then),
        after_upgrade=first_after(work.calendar.next_upgrade(work.now)),
        next_upgrade=then.calendar.next_upgrade(then.now),
        copies=tuple(databases(then)),
        on={key: names_of(policy, (state for state in then.states(key) if state.state == "on")) for key in mirrors},
        unknown={key: names_of(policy, not_known(policy, then.states(key))) for key in mirrors},
        needs=tuple(_needs(work, then.today)),
        waiting=view.waiting if view else (),
        projects=tuple(_project(work, then, project) for project in planned[:MOST_PROJECTS]),
        more_projects=max(0, len(planned) - MOST_PROJECTS),
    )


def _needs(work: Work, day: date) -> list[str]:
    """What open projects need on a day, in sentences."""
    return [
        f"“{project.name}” needs {feature_name(work.policy, use.feature)} until {in_words(use.last_day)}."
        for project in work.projects
        if project.is_open
        for use in project.features
        if use.first_day <= day <= use.last_day
    ]


def _project(work: Work, then: WorkAhead, project: Project) -> ProjectAhead:
    has_begun = project.first_day <= then.today
    clashes = projects.find_clashes(work if has_begun else then, project)
    return ProjectAhead(project, project.last_day < then.today, clashes)
