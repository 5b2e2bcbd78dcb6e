"""What the first page answers: the next upgrade, what it switches off, what is waiting, is Support there."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from penelope_admin.domain import features as feature_rules
from penelope_admin.domain.support import Opening, opening
from penelope_admin.domain.times import duration_in_words
from penelope_admin.domain.waiting import Waiting, waiting
from penelope_admin.domain.windows import Window
from penelope_admin.services import agency as agencies
from penelope_admin.services import windows as window_service
from penelope_admin.services.context import Context
from penelope_admin.services.environments import read_posture
from penelope_admin.services.register import read_all
from penelope_admin.services.requests import read_requests

_LOOKED_AHEAD = 12
"""How many windows to look at for the next regular one; emergencies may come before it."""


@dataclass(frozen=True, slots=True)
class Overview:
    """The answers, for one instant (UTC)."""

    agency: agencies.Profile
    now: datetime
    next_window: Window
    switches_off: tuple[str, ...]
    waiting: tuple[Waiting, ...]
    support: tuple[Opening, ...]

    @property
    def countdown(self) -> str:
        """ "in 21 days 3 hours", or how long the window still lasts."""
        if self.next_window.in_progress:
            return f"in progress, ends within {duration_in_words(self.next_window.ends_at - self.now)}"
        return f"in {duration_in_words(self.next_window.starts_at - self.now)}"

    def as_json(self) -> dict[str, object]:
        """As the command line prints it."""
        zone = self.next_window.zone
        return {
            "agency": self.agency.name,
            "region": self.agency.region,
            "zone": self.agency.zone,
            "next_window": self.next_window.as_json(),
            "countdown": self.countdown,
            "switches_off": list(self.switches_off),
            "waiting": [asdict(item) for item in self.waiting],
            "support": [
                {
                    "team": item.team.key,
                    "open": item.open,
                    "closes_at": item.closes_at.astimezone(zone).isoformat() if item.closes_at else None,
                    "opens_at": item.opens_at.astimezone(zone).isoformat() if item.opens_at else None,
                }
                for item in self.support
            ],
        }


def load(context: Context) -> Overview | None:
    """Everything the first page shows; None before an agency is set up."""
    policy, now = context.policy, context.now()
    with context.store.reading() as connection:
        profile = agencies.find_in(policy, connection)
        if profile is None:
            return None
        calendar = window_service.calendar(context, connection, profile)
        states = read_all(policy, connection, profile.environments)
        coming = calendar.upcoming(now, _LOOKED_AHEAD)
        next_window = coming[0]
        mirrored = [state for state in states if state.environment == "mirrored"]
        return Overview(
            agency=profile,
            now=now,
            next_window=next_window,
            switches_off=tuple(feature_rules.full_name(policy, f) for f in feature_rules.on_now(policy, mirrored)),
            waiting=tuple(
                waiting(
                    policy,
                    states,
                    read_requests(connection),
                    next((window for window in coming if window.kind != "emergency"), next_window),
                    calendar.last_ended(now),
                    now,
                    window_service.created_at(connection),
                    read_posture(context, connection, profile, "mirrored").last_upgrade,
                    "mirrored" in profile.environments,
                )
            ),
            support=tuple(opening(team, now) for team in policy.support_teams),
        )
