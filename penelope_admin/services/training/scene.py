"""Gathers what exercises look at: the shapes of `--json`, and what is so at the practice vendor."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import cache, partial
from typing import TYPE_CHECKING, cast

from penelope_admin.absent import present
from penelope_admin.clock import find_zone
from penelope_admin.domain.requests import STATUS_NAMES
from penelope_admin.domain.times import month_in_words
from penelope_admin.domain.vendor import shown_on
from penelope_admin.domain.windows import Calendar
from penelope_admin.gateways.exports import window_facts
from penelope_admin.services import activity, features, projects, requests, shapes
from penelope_admin.services.calendar import notices, support
from penelope_admin.services.mirror import checklists, environments
from penelope_admin.services.training.checks import Scene, Thing
from penelope_admin.services.work import Work

if TYPE_CHECKING:
    from penelope_admin.domain.requests import Request
    from penelope_admin.domain.vendor import World
    from penelope_admin.domain.windows import Window
    from penelope_admin.policy import Policy
    from penelope_admin.services.training.exercises import Exercise, Of

MONTHS = 14
"""How many windows can be asked about."""
_ORDINARY = frozenset({"question", "defect", "scheduled-call"})
"""Kinds of requests that wait for office hours."""


def gather(
    work: Work, world: World, exercise: Exercise, began_at: datetime, first_entry: int, answers: Iterable[Thing] = ()
) -> Scene:
    """All that an exercise looks at, as it is now.

    Args:
        began_at: when it began on the practice clock, UTC.
        first_entry: the activity log's newest entry then.
        answers: the learner's.
    """
    kinds = _kinds(exercise)
    views = cache(partial(environments.find_all, work))
    check_lists = cache(partial(_check_lists, work))
    gatherers: Mapping[Of, Callable[[], Iterable[Mapping[str, object]]]] = {
        "answer": lambda: answers,
        "window": lambda: _windows(work, exercise),
        "team": lambda: shapes.support(support.load(work)),
        "database": lambda: map(shapes.database, views()),
        "event": lambda: (
            {**shapes.event(event), "env": view.environment.key} for view in views() for event in view.events
        ),
        "feature": lambda: (
            shapes.feature(item) for key in work.agency.environments for item in features.find_all(work, key).features
        ),
        "check-list": lambda: [facts for facts, _ in check_lists()],
        "line": lambda: [line for _, lines in check_lists() for line in lines],
        "project": lambda: _projects(work, began_at),
        "request": lambda: (
            {
                **shapes.request(view),
                "ordinary": view.request.kind in _ORDINARY,
                "stands": STATUS_NAMES[view.request.status].lower(),
                "doubtful_date": _doubtful_date(work, view.request),
            }
            for view in requests.find_all(work)
        ),
        "notice": lambda: map(shapes.notice, notices.find_all(work)),
        "entry": lambda: map(shapes.entry, activity.newest(work, "", activity.newest_number(work) - first_entry)),
        "there": lambda: _there(world, work.policy),
        "sent": lambda: _sent(world, began_at),
        "case": lambda: _cases(world),
        "mail": lambda: _mails(world),
    }
    things = {of: [dict(shape) for shape in find()] for of, find in gatherers.items() if of in kinds}
    return Scene(things, began_at, work.zone)


def _kinds(exercise: Exercise) -> set[Of]:
    """What the exercise names; the rest is not looked up."""
    conditions = [*exercise.check, *(condition for trap in exercise.trap for condition in trap.when)]
    needs = [need for condition in conditions for need in condition.need]
    references = present(
        *(question.right for question in exercise.question),
        *(need.same_as for need in needs),
        *(need.same_day_as for need in needs),
    )
    return {item.of for item in conditions} | {item.of for item in references}


def _windows(work: Work, exercise: Exercise) -> list[Thing]:
    """The agency's next windows, then those of other regions and zones that a question asks about."""
    windows = [_window(window, ours=True) for window in work.calendar.upcoming(work.now, MONTHS)]
    for question in exercise.question:
        if question.right is not None and {"region", "zone"} <= question.right.where.keys():
            where = question.right.where
            other = Calendar(work.policy, str(where["region"]), find_zone(str(where["zone"])))
            windows += [_window(window, ours=False) for window in other.upcoming(work.now, MONTHS)]
    return windows


def _window(window: Window, *, ours: bool) -> Thing:
    return {**window_facts(window), "ours": ours, "upgrade": not window.is_emergency}


def _doubtful_date(work: Work, request: Request) -> datetime | None:
    """The first upgrade whose date has to be confirmed and whose month a request names; None where it names none."""
    said = f"{request.title} {request.reason}"
    doubtful = (window.starts_at for window in work.calendar.upcoming(work.now, MONTHS) if window.confirm_date)
    months = ((at, month_in_words(at.astimezone(work.zone).date()).split()[0]) for at in doubtful)
    return next((at for at, month in months if re.search(rf"\b{month}\b", said)), None)


def _check_lists(work: Work) -> list[tuple[Thing, list[Thing]]]:
    """Every check-list with its lines, the newest of each database and occasion marked."""
    lists, seen = [], set()
    for item in checklists.find_all(work):  # the newest first
        whole = shapes.check_list(item)
        lines = [dict(line) for line in cast("list[Thing]", whole["lines"])]
        of = {"env": whole["env"], "after": whole["after"], "newest": (whole["env"], whole["after"]) not in seen}
        seen.add((whole["env"], whole["after"]))
        still_open = [line["line"] for line in lines if line["result"] is None]
        lists.append(({**whole, **of, "open_lines": still_open}, [{**line, **of} for line in lines]))
    return lists


def _projects(work: Work, began_at: datetime) -> Iterable[Thing]:
    for view in projects.find_all(work):
        plan = view.project
        yield {
            **shapes.project(view),
            "features": [use.feature for use in plan.features],
            "throughout": [
                use.feature for use in plan.features if (use.first_day, use.last_day) == (plan.first_day, plan.last_day)
            ],
            "breaks": [clash.kind for clash in view.clashes],
            "days": (plan.last_day - plan.first_day).days + 1,
            "new": plan.created_at is not None and plan.created_at >= began_at,
            "sends": any(work.policy.feature[use.feature].uses_contact_details for use in plan.features),
        }


# --- at the practice vendor ------------------------------------------------------------------


def _facts(record: object, *names: str) -> Thing:
    return {name: getattr(record, name) for name in names}


def _there(world: World, policy: Policy) -> Iterable[Thing]:
    for database in world.databases:
        waiting = database.waiting
        yield {
            **_facts(database, "contacts", "version", "upgraded_at", "copied_at", "down_until"),
            "env": database.key,
            "on": list(shown_on(database, policy)),
            "queued": waiting.clients + waiting.external + waiting.exchange + waiting.triggers,
        }


def _sent(world: World, began_at: datetime) -> Iterable[Thing]:
    for happening in world.happenings:
        if happening.kind == "delivered":
            yield {
                **_facts(happening, "feature", "reached", "count", "real", "at"),
                "env": happening.environment,
                "since": happening.at > began_at,
            }


def _mails(world: World) -> Iterable[Thing]:
    for mail in world.mails:
        if not mail.sent:
            announces = mail.case is None and mail.sender == world.support_address
            yield {**_facts(mail, "at", "sender", "subject", "case"), "announces": announces}


def _cases(world: World) -> Iterable[Thing]:
    for case in reversed(world.cases):
        asked = {"kind": case.asked and case.asked.kind, "env": case.asked and case.asked.environment}
        yield {**_facts(case, "number", "opened_at", "closed"), **asked}
