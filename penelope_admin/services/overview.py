"""What the first page answers: the next upgrade, what it switches off, what is waiting, is Support there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from penelope_admin import files
from penelope_admin.domain import features as feature_rules
from penelope_admin.domain.agency import Profile
from penelope_admin.domain.delivery import Outgoing
from penelope_admin.domain.mirror import untold
from penelope_admin.domain.projects import BY_URGENCY
from penelope_admin.domain.requests import Request, answer_due
from penelope_admin.domain.ribbon import Ribbon
from penelope_admin.domain.sites import Site
from penelope_admin.domain.support import Opening, opening
from penelope_admin.domain.times import duration_in_words, moment_in_words
from penelope_admin.domain.versions import coming_sentence, notes_address
from penelope_admin.domain.waiting import KEPT_FILES, Waiting, overdue, waiting
from penelope_admin.domain.windows import Window
from penelope_admin.errors import BadInputError
from penelope_admin.services.agency import find_second_person
from penelope_admin.services.calendar import support
from penelope_admin.services.calendar.windows import LOOKED_AT, upcoming
from penelope_admin.services.features import held_plans
from penelope_admin.services.mirror import checklists
from penelope_admin.services.mirror.environments import all_unsettled, open_questions, refreshed_days
from penelope_admin.services.mirror.ribbons import read_ribbon
from penelope_admin.services.work import Work
from penelope_admin.store.rows import outbox as outbox_rows
from penelope_admin.store.rows import replies as reply_rows

_WAITS_IN_PLANNING = frozenset({"project", "draft", "notice", "damaged"})
"""What waits for whoever plans, in a planning copy too."""
_BEHIND = timedelta(hours=1)
"""Clocks of a team's computers may differ by so much."""


@dataclass(frozen=True, slots=True)
class Incident:
    """A critical incident that Support has not answered yet; `due` in UTC, as the target response has it."""

    request_id: int
    reference: str
    title: str
    due: datetime
    case_number: str | None

    def countdown(self, now: datetime) -> str:
        """ "1 hour 12 minutes left", or for how long the target has passed."""
        if now < self.due:
            return f"{duration_in_words(self.due - now)} left"
        return f"the target passed {duration_in_words(now - self.due)} ago"


@dataclass(frozen=True, slots=True)
class Overview:
    """The answers, for one instant (UTC).

    Attributes:
        next_window: the window in progress or the next one; it may be emergency maintenance.
        next_upgrade: the same of regular upgrades alone.
        waiting: what waits, the most urgent first; all of it, or the first of it.
        more: how many more wait that are not among them.
        ribbon: the life of the usual copy; None where the agency has none whose features are switched.
        coming: which version the next upgrade brings, in a sentence, and the address of its `release_notes`; may be
            empty.
    """

    agency: Profile
    now: datetime
    next_window: Window
    next_upgrade: Window
    switches_off: tuple[str, ...]
    waiting: tuple[Waiting, ...]
    support: tuple[Opening, ...]
    incidents: tuple[Incident, ...]
    ribbon: Ribbon | None
    coming: str
    release_notes: str
    sites: tuple[Site, ...]
    more: int

    @property
    def countdown(self) -> str:
        """When the next window is: "in 21 days 3 hours", or how long it still lasts."""
        return countdown(self.next_window, self.now)


def countdown(window: Window, now: datetime) -> str:
    """ "in 21 days 3 hours", or how long the window still lasts."""
    if window.in_progress:
        return f"in progress, ends within {duration_in_words(window.ends_at - now)}"
    return f"in {duration_in_words(window.starts_at - now)}"


def load(work: Work, most: int | None = None) -> Overview | None:
    """Everything the first page shows; None before an agency is set up.

    Args:
        most: of what waits no more than so many; the rest is counted, and what each request says is not looked at.
    """
    policy, now = work.policy, work.now
    profile = work.find_agency()
    if profile is None:
        return None
    next_window, upgrade = work.calendar.upcoming(now)[0], work.calendar.next_upgrade(now)
    if most is None or work.is_planning_copy:  # there fewer things wait
        requests, left_out = work.telling_requests, 0
    else:
        requests, left_out = work.telling_first(most)
    left = all_unsettled(work)
    mirrors = [key for key in (*work.agency.environments, *left) if key in policy.mirrors]
    off = support.closed_days(support.holidays(work))
    every = [*_clock_behind(work), *_waiting(work, requests, left), *_not_written(work)]
    every.sort(key=lambda item: BY_URGENCY.index(item.urgency))
    shown = every[:most]
    return Overview(
        agency=profile,
        now=now,
        next_window=next_window,
        next_upgrade=upgrade,
        switches_off=feature_rules.off_by_upgrade(policy, work.states(*mirrors)),
        waiting=tuple(shown),
        more=len(every) - len(shown) + left_out,
        incidents=tuple(
            Incident(request.id, request.reference, request.title, due, request.case_number)
            for request in requests
            if (due := answer_due(policy.critical, request)) is not None
        ),
        support=tuple(opening(team, now, off) for team in policy.support_teams),
        ribbon=read_ribbon(work, mirrors[0]) if mirrors else None,
        coming=coming_sentence(upgrade, now),
        release_notes=notes_address(profile.release_notes_url, upgrade.version),
        sites=work.sites,
    )


def _waiting(work: Work, requests: Sequence[Request], left: Mapping[str, tuple[str, ...]]) -> list[Waiting]:
    """What waits for the administrator, by those requests.

    Args:
        left: what is not settled of databases no longer theirs.
    """
    policy, shown = work.policy, (*work.agency.environments, *left)
    states, copies = work.states(*shown), [key for key in shown if policy.environment[key].refreshable]
    messages = outbox_rows.read_of_unsent(work.connection)
    newest_lists = (checklists.newest(work, key) for key in policy.mirrors if key in shown)
    items = waiting(
        policy,
        states,
        requests,
        work.calendar.next_upgrade(work.now),
        work.calendar.last_ended(work.now),
        work.now,
        work.set_up_at,
        questions=open_questions(work),
        lists=filter(None, newest_lists),
        messages=messages,
        coming=_coming(work, messages),
        offered={item.request_id: item.case_number for item in reply_rows.read_open(work.connection)},
        held=held_plans(work, states),
        may_be_real={key for key in copies if work.posture(key).may_be_real},
        projects=work.projects,
        left=left,
        doubted=_doubted(work, requests),
        second_person=find_second_person(work),
        untold=_untold(work),
        notice_days=work.agency.notice_days,
    )
    if work.is_planning_copy:  # the rest is looked at, done and recorded where the record is kept
        items = [item for item in items if item.kind in _WAITS_IN_PLANNING]
    return items


def _coming(work: Work, messages: Iterable[Outgoing]) -> set[str]:
    """The keys of the windows that are not over, where a notice to the staff has a problem."""
    if not any(message.window_key and message.problem for message in messages):
        return set()
    return {window.key for window in upcoming(work, LOOKED_AT)}


def find_overdue(work: Work) -> list[Waiting]:
    """Features that are on after their end date. Reads them alone, for it is asked after every change of one."""
    if not work.keeps_record:
        return []
    return list(overdue(work.policy, work.states(*work.policy.environment), work.today))


def _clock_behind(work: Work) -> Iterable[Waiting]:
    """That it is earlier here than when the newest entry of the log was made: what is due is told by this clock."""
    newest = work.logged[-1:]
    if newest and newest[0].at - work.now > _BEHIND:
        here, there = moment_in_words(work.now, work.zone), moment_in_words(newest[0].at, work.zone)
        says = f"This computer's clock shows {here}, and the newest entry of the activity log was made on {there}."
        yield Waiting("clock", "danger", f"{says} Set the clock right: what is due is told by it.")


def _not_written(work: Work) -> Iterable[Waiting]:
    """Files that are kept up to date for others and could not be written."""
    if not (work.home / files.KEPT_FILES).exists():
        return
    from penelope_admin.services.calendar import kept  # few agencies have any

    try:
        kept_files = kept.find_all(work.home)
    except BadInputError as error:
        yield Waiting("kept-file", "caution", str(error), subject=KEPT_FILES)
        return
    for item in kept_files:
        if item.problem and item.since is not None:
            since = moment_in_words(item.since, work.zone)
            text = f"What others read in {item.path} is not up to date since {since}. {item.problem}"
            yield Waiting("kept-file", "caution", text, subject=KEPT_FILES)


def _untold(work: Work) -> dict[str, str]:
    """What is to be found out of each database; of one whose refresh was due the request asks already."""
    asked = {
        key: untold(work.policy.environment[key], work.posture(key))
        for key in work.agency.environments
        if not work.due_refreshes(key)
    }
    return {key: question for key, question in asked.items() if question}


def _doubted(work: Work, requests: Sequence[Request]) -> list[tuple[int, date]]:
    """Refreshes of which nobody knows whether they were made, without those of whose day one is recorded."""
    refreshed = {(environment.key, day) for environment, day in refreshed_days(work)}
    doubts = [(request, day) for request in requests for day in request.doubted]
    doubts.sort(key=lambda doubt: doubt[1])
    return [(request.id, day) for request, day in doubts if (request.environment, day) not in refreshed]
