"""What is waiting for the administrator, most urgent first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from penelope_admin.domain.features import FeatureState, full_name
from penelope_admin.domain.requests import Request, wanted_back
from penelope_admin.domain.times import in_words, plural
from penelope_admin.domain.windows import Window
from penelope_admin.policy import Policy

WaitingKind = Literal["overdue", "change", "case-number", "draft", "scheduled", "wanted-back", "upgrade", "notice"]
Urgency = Literal["danger", "caution", "info"]
_BY_URGENCY: tuple[Urgency, ...] = ("danger", "caution", "info")


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing to do, in a sentence.

    Attributes:
        subject: the feature's or request's key, so that a front end can lead there.
    """

    kind: WaitingKind
    urgency: Urgency
    text: str
    environment: str | None = None
    subject: str | None = None


def waiting(
    policy: Policy,
    states: Iterable[FeatureState],
    requests: Sequence[Request],
    next_window: Window,
    last_window: Window,
    now: datetime,
    since: datetime,
    last_upgrade: datetime | None = None,
    has_mirror: bool = True,
) -> list[Waiting]:
    """Everything that waits, from the register, the requests and the windows.

    Args:
        next_window: the regular window in progress or the next one, from a calendar that knows the notices.
        last_window: the one that ended last.
        since: when the agency was set up; nothing is asked about windows before.
        last_upgrade: the mirrored database's, as far as it is recorded.
        has_mirror: whether the agency has a mirrored database.
    """
    today = now.astimezone(next_window.zone).date()
    entries = list(states)
    found = [
        *_overdue(policy, entries, today),
        *_changes(policy, entries),
        *_requests(policy, requests, today),
        *_wanted_back(policy, requests, entries),
        *(_upgrade(last_window, since, last_upgrade) if has_mirror else ()),
        *_notices(policy, next_window, last_window, now, since),
    ]
    return sorted(found, key=lambda item: _BY_URGENCY.index(item.urgency))


def _overdue(policy: Policy, states: list[FeatureState], today: date) -> list[Waiting]:
    return [
        Waiting(
            "overdue",
            "danger",
            f"{full_name(policy, policy.feature[state.feature])} should have been switched off on "
            f"{in_words(state.until)}.",
            state.environment,
            state.feature,
        )
        for state in states
        if state.until is not None and state.is_overdue(today)
    ]


def _changes(policy: Policy, states: list[FeatureState]) -> list[Waiting]:
    return [
        Waiting(
            "change",
            "caution",
            f"Switch {full_name(policy, policy.feature[state.feature])} "
            f"{'on' if state.pending.change == 'enable' else 'off'} in Penelope, then say that it is done.",
            state.environment,
            state.feature,
        )
        for state in states
        if state.pending
    ]


def _requests(policy: Policy, requests: Sequence[Request], today: date) -> list[Waiting]:
    found = []
    for request in requests:
        what = f"{request.reference}, refresh of {policy.environment[request.environment].name}"
        if request.status == "drafted":
            found.append(Waiting("draft", "info", f"{what}: drafted, not sent yet.", subject=str(request.id)))
        elif request.status == "sent":
            found.append(
                Waiting("case-number", "caution", f"{what}: sent, no case number yet.", subject=str(request.id))
            )
        elif request.status == "scheduled" and request.scheduled_for and request.scheduled_for <= today:
            text = (
                f"{what}: it was due on {in_words(request.scheduled_for)}. Say when it was done, or name another day."
            )
            found.append(Waiting("scheduled", "danger", text, request.environment, str(request.id)))
    return found


def _upgrade(last_window: Window, since: datetime, last_upgrade: datetime | None) -> list[Waiting]:
    """Whether the mirrored database was upgraded in the last window: asked, never assumed."""
    if last_window.starts_at <= since or (last_upgrade is not None and last_upgrade >= last_window.starts_at):
        return []
    text = f"Was the mirrored database upgraded in the window of {in_words(_day(last_window))}? Record it once it was."
    return [Waiting("upgrade", "caution", text, "mirrored")]


def _wanted_back(policy: Policy, requests: Sequence[Request], states: list[FeatureState]) -> list[Waiting]:
    return [
        Waiting(
            "wanted-back",
            "info",
            f"After the refresh {request.reference} you wanted "
            f"{', '.join(full_name(policy, policy.feature[key]) for key in missing)} back on.",
            request.environment,
            str(request.id),
        )
        for request, missing in wanted_back(requests, states)
    ]


def _notices(policy: Policy, next_window: Window, last_window: Window, now: datetime, since: datetime) -> list[Waiting]:
    """A notice that has not come: before the next window, or for the one that just passed."""
    reminder = timedelta(days=policy.schedule.notice_reminder_days)
    found = []
    if last_window.kind == "mass-upgrade" and last_window.starts_at > since:
        found.append(
            Waiting(
                "notice",
                "caution",
                f"No notice is recorded for the upgrade of {in_words(_day(last_window))}. "
                "If none came, ask Support: they find out why.",
            )
        )
    if next_window.kind == "mass-upgrade" and now < next_window.starts_at <= now + reminder:
        days = (_day(next_window) - now.astimezone(next_window.zone).date()).days
        when = f"in {plural(days, 'day')}" if days else "today"
        found.append(Waiting("notice", "info", f"The upgrade is {when} and no notice is recorded."))
    return found


def _day(window: Window) -> date:
    return window.starts_at.astimezone(window.zone).date()
