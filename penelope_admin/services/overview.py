"""What the first page answers: the next upgrade, what it switches off, what is waiting, is Support there."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from penelope_admin.clock import find_zone
from penelope_admin.domain import features as feature_rules
from penelope_admin.domain.agency import Profile
from penelope_admin.domain.mirror import in_force, untold
from penelope_admin.domain.requests import answer_due
from penelope_admin.domain.ribbon import Ribbon
from penelope_admin.domain.support import Opening, opening
from penelope_admin.domain.times import duration_in_words
from penelope_admin.domain.waiting import Waiting, waiting
from penelope_admin.domain.windows import Window
from penelope_admin.services import agency as agencies
from penelope_admin.services import windows as window_service
from penelope_admin.services.checklists import LISTED, read_lists
from penelope_admin.services.environments import (
    read_all_unsettled,
    read_due_refreshes,
    read_events,
    read_posture,
    read_questions,
)
from penelope_admin.services.features import read_held
from penelope_admin.services.ledger import read_doubts, read_outgoing, read_requests, read_waiting
from penelope_admin.services.projects import read_projects
from penelope_admin.services.register import read_all
from penelope_admin.services.ribbons import read_ribbon
from penelope_admin.services.support import closed_days, read_holidays
from penelope_admin.services.work import Context, local_today


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
        ribbon: the mirrored database's life; None where the agency has none.
    """

    agency: Profile
    now: datetime
    next_window: Window
    next_upgrade: Window
    switches_off: tuple[str, ...]
    waiting: tuple[Waiting, ...]
    support: tuple[Opening, ...]
    incidents: tuple[Incident, ...] = ()
    ribbon: Ribbon | None = None

    @property
    def countdown(self) -> str:
        """When the next window is: "in 21 days 3 hours", or how long it still lasts."""
        return countdown(self.next_window, self.now)

    def as_json(self) -> dict[str, object]:
        """As the command line prints it."""
        zone = self.next_window.zone
        return {
            "agency": self.agency.name,
            "region": self.agency.region,
            "zone": self.agency.zone,
            "next_window": self.next_window.as_json(),
            "countdown": self.countdown,
            "next_upgrade": self.next_upgrade.as_json(),
            "incidents": [
                {
                    "id": item.request_id,
                    "reference": item.reference,
                    "title": item.title,
                    "due": item.due.isoformat(),
                    "case_number": item.case_number,
                }
                for item in self.incidents
            ],
            "switches_off": list(self.switches_off),
            "waiting": [asdict(item) for item in self.waiting],
            "support": [item.as_json(zone) for item in self.support],
        }


def countdown(window: Window, now: datetime) -> str:
    """ "in 21 days 3 hours", or how long the window still lasts."""
    if window.in_progress:
        return f"in progress, ends within {duration_in_words(window.ends_at - now)}"
    return f"in {duration_in_words(window.starts_at - now)}"


def load(context: Context) -> Overview | None:
    """Everything the first page shows; None before an agency is set up."""
    policy, now = context.policy, context.now()
    with context.store.reading() as connection:
        profile = agencies.find_in(policy, connection)
        if profile is None:
            return None
        calendar = window_service.calendar(context, connection, profile)
        next_window, next_upgrade = calendar.upcoming(now)[0], calendar.next_upgrade(now)
        left = read_all_unsettled(context, connection, profile)
        shown = (*profile.environments, *left)
        states = read_all(policy, connection, shown)
        off = closed_days(read_holidays(connection))
        requests = read_requests(connection)
        mirrored = [state for state in states if state.environment == "mirrored"]
        return Overview(
            agency=profile,
            now=now,
            next_window=next_window,
            next_upgrade=next_upgrade,
            switches_off=tuple(feature_rules.full_name(policy, f) for f in feature_rules.on_now(policy, mirrored)),
            waiting=tuple(
                waiting(
                    policy,
                    states,
                    requests,
                    next_upgrade,
                    calendar.last_ended(now),
                    now,
                    window_service.created_at(connection),
                    read_questions(context, connection, profile),
                    read_lists(context, connection)[:1] if LISTED in shown else [],
                    read_outgoing(connection),
                    {item.request_id: item.case_number for item in read_waiting(connection, profile)},
                    read_held(context, connection, profile, states),
                    {
                        key
                        for key in shown
                        if policy.environment[key].refreshable
                        and read_posture(context, connection, profile, key).may_be_real
                    },
                    read_projects(policy, connection),
                    left,
                    _read_doubted(connection, find_zone(profile.zone)),
                    agencies.read_second_person(connection, profile),
                    _read_untold(context, connection, profile),
                )
            ),
            incidents=tuple(
                Incident(request.id, request.reference, request.title, due, request.case_number)
                for request in requests
                if (due := answer_due(policy.critical, request)) is not None
            ),
            support=tuple(opening(team, now, off) for team in policy.support_teams),
            ribbon=read_ribbon(context, connection, profile, LISTED) if LISTED in shown else None,
        )


def _read_untold(context: Context, connection: sa.Connection, profile: Profile) -> dict[str, str]:
    """What is to be found out of each database; of one whose refresh was due the request asks already."""
    today = local_today(context.now(), profile.zone)
    asked = {
        key: untold(context.policy.environment[key], read_posture(context, connection, profile, key))
        for key in profile.environments
        if not read_due_refreshes(connection, key, today)
    }
    return {key: question for key, question in asked.items() if question}


def _read_doubted(connection: sa.Connection, zone: ZoneInfo) -> list[tuple[int, date]]:
    """Refreshes of which nobody knows whether they were made, without those of whose day one is recorded."""
    made = {
        (event.environment, event.at.astimezone(zone).date())
        for event in in_force(read_events(connection))
        if event.kind == "refreshed"
    }
    doubts = read_doubts(connection)
    return [(doubt.request_id, doubt.day) for doubt in doubts if (doubt.environment, doubt.day) not in made]
