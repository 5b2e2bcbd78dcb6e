"""Of what to remind the administrator, and when. What was told already is known by a key that no restart changes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, time, timedelta
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from penelope_admin.domain.features import FeatureState, feature_name, is_impossible
from penelope_admin.domain.requests import Request, answer_due, summary
from penelope_admin.domain.times import duration_in_words, in_words, plural, span_in_words, wall
from penelope_admin.domain.windows import Window
from penelope_admin.policy import Policy

ReminderKind = Literal["window", "notice", "feature-end", "refresh", "critical"]
KINDS: dict[ReminderKind, str] = {
    "window": "An upgrade or emergency maintenance is near",
    "notice": "No notice of the next upgrade is recorded",
    "feature-end": "A feature has to be switched off, or should have been",
    "refresh": "A refresh is due",
    "critical": "Support's target for a critical incident is near",
}
"""The kinds, in words for settings."""
DAYS_BEFORE = (7, 1)
"""Days before a window on which it is told of, unless the person chose others."""
MOST_DAYS = 60
MORNING = time(9)
"""When what is due on a day is told of, by the agency's clock."""
CRITICAL_BEFORE = timedelta(minutes=30)


class Reminder(NamedTuple):
    """Something to be told once.

    Attributes:
        subject: what it is about; of several that are due about the same only the newest is told.
        step: tells reminders about the same subject apart, and is the same after any restart: "7 days before".
        due: from when on it is to be told, in UTC; it is told late rather than not at all.
        text: a sentence, true when it is told: now, or when it is due.
        page: where in the window to look, and at what there.
    """

    kind: ReminderKind
    subject: str
    step: str
    due: datetime
    text: str
    page: str = "overview"
    target: str = ""

    @property
    def about(self) -> tuple[str, str]:
        """The same for all steps of one matter."""
        return self.kind, self.subject

    @property
    def key(self) -> str:
        """By which it is known that it was told."""
        return f"{self.kind}/{self.subject}/{self.step}"


def of_windows(windows: Iterable[Window], now: datetime, days: Collection[int] = DAYS_BEFORE) -> Iterator[Reminder]:
    """Windows that have not begun. One that a notice moves to another day is told of again."""
    for window in (window for window in windows if window.starts_at > now):
        for number in days:
            due = window.starts_at - timedelta(days=number)
            text = (
                f"{window.name} in {duration_in_words(window.starts_at - max(now, due))}: "
                f"{span_in_words(window.starts_at, window.ends_at, window.zone)}."
            )
            # With the day, so that a window which was moved to another is a subject of its own.
            subject = f"{window.key} {window.first_day}"
            yield Reminder("window", subject, f"{plural(number, 'day')} before", due, text, "windows")


def of_missing_notice(window: Window, days: int, now: datetime) -> Iterator[Reminder]:
    """That the notice of a window has not come, so many days before it; nothing of a window that has one."""
    if window.kind != "mass-upgrade" or window.starts_at <= now:
        return
    text = f"No notice is recorded for the upgrade of {in_words(window.first_day)}. Its date is computed."
    due = window.starts_at - timedelta(days=days)
    yield Reminder("notice", f"{window.key} {window.first_day}", "missing", due, text)


def of_features(policy: Policy, states: Iterable[FeatureState], zone: ZoneInfo, now: datetime) -> Iterator[Reminder]:
    """On the day on which a feature is to be switched off, and on each day after it on which it is still on."""
    today = now.astimezone(zone).date()
    for state in states:
        if state.state != "on" or state.until is None or is_impossible(state):
            continue
        name = feature_name(policy, state.feature)
        where = policy.environment[state.environment].name
        # A missed end is told anew every morning, for it is the one thing here that can reach real people meanwhile.
        day = max(state.until, today)
        text = f"{name} in {where} has to be switched off today."
        if today > state.until:
            text = f"{name} in {where} should have been switched off on {in_words(state.until)}."
        elif today < state.until:
            text = f"{name} in {where} has to be switched off on {in_words(state.until)}."
        subject, due = f"{state.environment} {state.feature}", wall(day, MORNING, zone)
        yield Reminder("feature-end", subject, day.isoformat(), due, text, "features", state.feature)


def of_refreshes(policy: Policy, requests: Iterable[Request], zone: ZoneInfo) -> Iterator[Reminder]:
    """On the day for which Support scheduled a refresh."""
    for request in requests:
        if (day := request.refresh_day) is not None:
            what = f"{request.reference}, {summary(policy, request)}"
            text = f"{what}: it is due on {in_words(day)}. Say when it was done."
            step, due, key = day.isoformat(), wall(day, MORNING, zone), str(request.id)
            yield Reminder("refresh", request.reference, step, due, text, "requests", key)


def of_incidents(policy: Policy, requests: Iterable[Request], now: datetime) -> Iterator[Reminder]:
    """Shortly before Support's target for answering a critical incident, and when it has passed."""
    for request in requests:
        target = answer_due(policy.critical, request)
        if target is None:
            continue
        # Two reminders for each incident; once Support has answered there is no target any more, and neither is due.
        for step, due in (("soon", target - CRITICAL_BEFORE), ("passed", target)):
            left = target - max(now, due)
            said = "Support's target has passed without an answer. Call again"
            if left > timedelta():
                said = f"{duration_in_words(left)} are left of Support's target"
            text = f"{request.reference}: {said}."
            yield Reminder("critical", request.reference, step, due, text, "requests", str(request.id))


def ripe(
    reminders: Iterable[Reminder], told_keys: Collection[str], now: datetime
) -> tuple[list[Reminder], list[Reminder]]:
    """What is to be told now, and what is settled by that.

    Of all that is due about one subject the newest is told, and the older ones are settled with it: after a week's
    sleep nobody wants to hear of an upgrade twice. What was told is not told again, even if the clock was set back.

    Args:
        told_keys: the keys of what was told before.
    """
    due = [item for item in reminders if item.due <= now]
    # Sorted by due, the last of each subject overwrites those before it.
    newest = {item.about: item for item in sorted(due, key=lambda item: item.due)}
    fresh = [item for item in newest.values() if item.key not in told_keys]
    return fresh, [item for item in due if item.key not in told_keys]
