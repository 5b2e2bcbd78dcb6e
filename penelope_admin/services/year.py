"""The coming twelve months in one picture: upgrades, refreshes, features that are on, and projects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, TypeVar

from dateutil.relativedelta import relativedelta

from penelope_admin.absent import present
from penelope_admin.domain.features import FeatureState, OnRole, feature_name, on_role
from penelope_admin.domain.requests import reference_of
from penelope_admin.domain.times import plural
from penelope_admin.domain.windows import Window
from penelope_admin.domain.year import Bar, BarKind, Mark, MarkKind, YearView
from penelope_admin.services import projects
from penelope_admin.services.calendar.windows import coming_year, touching
from penelope_admin.services.mirror.environments import refreshed_days, shown
from penelope_admin.services.work import Work

if TYPE_CHECKING:
    from penelope_admin.domain.projects import Project
    from penelope_admin.policy import Policy

B = TypeVar("B", Mark, Bar)
MOST_PROJECTS = 12
"""So many projects have a bar of their own."""
_BARS: dict[str, BarKind] = {"planned": "project", "started": "started"}
_WINDOWS: dict[MarkKind, str] = {
    "computed": "upgrade, computed",
    "uncertain": "upgrade, confirm the date",
    "announced": "upgrade, announced",
    "emergency": "emergency maintenance",
}


def load(work: Work, only: int | None = None, tried: Project | None = None) -> YearView:
    """The months from the current one to that of the last window of `coming_year`.

    Args:
        only: of the projects, show this one and the days of its features; by default the first ones.
        tried: that project as it would be, in the place of what is kept.
    """
    last_day = coming_year(work)[-1].last_day + relativedelta(day=31)
    empty = YearView(work.today.replace(day=1), last_day, work.today, work.zone, (), ())
    chosen = present(tried) or [p for p in work.projects if only in (None, p.id)]
    windows = [_mark(window, work.today) for window in touching(work, empty.first_day, last_day)]
    marks = _seen([*windows, *_refreshes(work, chosen)], empty)
    turn_marks, turn_bars = _turns(work, empty, chosen)
    marks += turn_marks
    bars = [*_features(work, empty), *_projects(chosen), *turn_bars]
    if only is not None:
        bars += [bar for project in chosen for bar in _planned(work.policy, project)]
    return replace(
        empty,
        marks=tuple(sorted(marks, key=lambda mark: mark.first_day)),
        bars=tuple(sorted(_seen(bars, empty), key=lambda bar: (bar.first_day, bar.name))),
    )


def _turns(work: Work, empty: YearView, chosen: Sequence[Project]) -> tuple[list[Mark], list[Bar]]:
    """The refreshes that the next turns of projects want, and their days."""
    open_ones = [project for project in chosen if project.is_open]
    turns = [turn for project in open_ones for turn in projects.turns_until(work, project, empty.last_day)]
    marks = [_refresh_by(turn) for turn in turns if turn.refresh_by and turn.refresh_by <= empty.last_day]
    return marks, [Bar("turn", turn.first_day, turn.last_day, f"“{turn.name}” again") for turn in turns]


def _mark(window: Window, today: date) -> Mark:
    kind: MarkKind = "uncertain" if window.confirm_date and window.last_day >= today else "computed"
    if window.kind != "mass-upgrade":
        kind = window.kind
    return Mark(kind, window.first_day, window.last_day, _WINDOWS[kind])


def _refreshes(work: Work, chosen: list[Project]) -> list[Mark]:
    """Refreshes that were recorded, that Support has scheduled, and that projects want."""
    done = [Mark("refreshed", day, day, f"refresh of {environment.name}") for environment, day in refreshed_days(work)]
    scheduled = [
        Mark("refresh-wanted", day, day, f"{reference_of(number)}, refresh scheduled")
        for number, day in work.scheduled_refreshes()
    ]
    planned = [_refresh_by(project) for project in chosen if project.awaits_refresh]
    return [*done, *scheduled, *planned]


def _seen(items: list[B], year: YearView) -> list[B]:
    return [item for item in items if item.last_day >= year.first_day and item.first_day <= year.last_day]


def _refresh_by(project: Project) -> Mark:
    day = project.refresh_by or project.first_day
    return Mark("refresh-wanted", day, day, f"refresh for “{project.name}” at the latest")


def _features(work: Work, year: YearView) -> Iterator[Bar]:
    """What is on or about to be, each in every environment of the agency."""
    upgrade = work.calendar.next_upgrade(work.now).last_day
    for state in work.states(*shown(work)):
        if state.was_seen_on:
            yield _feature(work, state, None, upgrade, year)
        elif state.use is not None and not state.is_expired(year.today):
            yield _feature(work, state, state.use[1], upgrade, year)


def _feature(work: Work, state: FeatureState, until: date | None, upgrade: date, year: YearView) -> Bar:
    """A feature's bar, to its end date; of one that is on or seen on, to the upgrade that switches it off at most."""
    is_on, where = state.as_seen == "on", work.policy.environment[state.environment]
    is_cut = is_on and where.upgrade_switches_off and (until is None or until > upgrade)
    if is_cut:
        until = upgrade
    began = state.seen_at if state.was_seen_on else state.since
    since = began.astimezone(year.zone).date() if is_on and began else year.today
    last = max(until or year.last_day, year.today)  # what is on beyond its end date is on today too
    role: OnRole = on_role(work.policy, state, work.posture(state.environment)) if is_on else "info"
    name = _feature_name(work, state, role, is_cut=is_cut)
    if state.is_overdue(year.today):
        name = f"{name}, overdue"
    return Bar("on" if is_on else "planned", since, last, name, until is not None, role=role)


def _feature_name(work: Work, state: FeatureState, role: OnRole, *, is_cut: bool) -> str:
    """What stands on a feature's bar: its name, how it ends, where it is, and what it risks."""
    name = feature_name(work.policy, state.feature)
    if state.was_seen_on:
        name = f"{name}, locked and seen on"
    if is_cut:
        name = f"{name}, until the upgrade if made then"
    if state.environment != work.usual_copy:
        name = f"{name} ({work.policy.environment[state.environment].name})"
    return f"{name}, contacts may be real" if role != "info" and not state.was_seen_on else name


def _projects(chosen: list[Project]) -> list[Bar]:
    """A bar for each of the next projects, and one for all that come after those."""
    coming = projects.in_order(chosen)
    more = coming[MOST_PROJECTS:]
    bars = [
        Bar(_BARS[one.state], one.first_day, one.last_day, f"Project “{one.name}”", project=one.id)
        for one in coming[:MOST_PROJECTS]
    ]
    if more:
        last = max(project.last_day for project in more)
        bars.append(Bar("project", more[0].first_day, last, plural(len(more), "more project")))
    return bars


def _planned(policy: Policy, project: Project) -> list[Bar]:
    """The days on which a project needs its features."""
    return [
        Bar("planned", use.first_day, use.last_day, f"Needs {feature_name(policy, use.feature)}")
        for use in project.features
        if project.is_open
    ]
