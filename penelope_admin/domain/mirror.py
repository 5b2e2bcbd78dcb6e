"""Refreshed or upgraded last? From that: are an environment's contact details real or de-identified?

A refresh copies production as it is; de-identification is promised after an upgrade (facts.md
section 3). What nobody knows counts as real.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from penelope_admin.domain.times import in_words
from penelope_admin.errors import BadInputError
from penelope_admin.policy import ContactDetails, Environment, Policy

EventKind = Literal["refreshed", "upgraded", "corrected"]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to an environment at an instant in UTC.

    Attributes:
        corrects: for `corrected`, the id of the event that was recorded by mistake.
    """

    environment: str
    kind: EventKind
    at: datetime
    version: str | None = None
    remark: str = ""
    id: int = 0
    corrects: int | None = None


@dataclass(frozen=True, slots=True)
class Posture:
    """What is known of an environment's contact details.

    Attributes:
        sentence: the state and why, for people.
        exceptions: user groups whose workers keep real addresses although the rest is de-identified.
    """

    contact_details: ContactDetails
    sentence: str
    exceptions: tuple[str, ...] = ()
    last_refresh: datetime | None = None
    last_upgrade: datetime | None = None

    @property
    def may_be_real(self) -> bool:
        """Whether real people could be reached: yes, unless de-identification is known."""
        return self.contact_details != "de-identified"


def find_environment(policy: Policy, key: str) -> Environment:
    """The environment of this key.

    Raises:
        BadInputError: there is no such environment.
    """
    environment = policy.environment.get(key.strip().lower())
    if environment is None:
        raise BadInputError(
            f'"{key}" is no environment. Environments are {", ".join(policy.environment)}. Nothing was changed.'
        )
    return environment


def in_force(events: Iterable[Event]) -> list[Event]:
    """The refreshes and upgrades that were not corrected, by time. Nothing is ever taken out of the record."""
    known = list(events)
    corrected = {event.corrects for event in known if event.kind == "corrected"}
    left = [event for event in known if event.kind != "corrected" and event.id not in corrected]
    return sorted(left, key=lambda event: event.at)


def posture(
    policy: Policy,
    environment_key: str,
    events: Iterable[Event],
    zone: ZoneInfo,
    refresh_due: date | None = None,
) -> Posture:
    """What an environment's contact details are now, from everything recorded about it.

    The latest event that was not corrected decides. A refresh and an upgrade at the same instant count as a
    refresh. A refresh that was due after the last upgrade, and that nobody has recorded as done or cancelled,
    may have happened: what nobody knows counts as real.

    Args:
        zone: for the dates in the sentence.
        refresh_due: the local day of a scheduled refresh that has come, if there is one.
    """
    environment = policy.environment[environment_key]
    rule = environment.contact_details
    own = [event for event in in_force(events) if event.environment == environment_key]
    refreshed = max((event.at for event in own if event.kind == "refreshed"), default=None)
    upgraded = max((event.at for event in own if event.kind == "upgraded"), default=None)
    refreshed_last = refreshed is not None and (upgraded is None or refreshed >= upgraded)
    if refreshed_last:
        details = rule.after_refresh
    else:
        details = rule.initially if upgraded is None else rule.after_upgrade
    upgrade_day = upgraded.astimezone(zone).date() if upgraded else None
    if refresh_due and rule.after_refresh != "de-identified" and not (upgrade_day and refresh_due < upgrade_day):
        day = in_words(refresh_due)
        sentence = f"May hold real contact details: a refresh was due on {day}, and nobody recorded how it went."
        return Posture("real" if details == "real" else "unknown", sentence, (), refreshed, upgraded)
    # The vendor names these groups for upgrades of the mirrored database only.
    spared = environment_key == "mirrored" and details == "de-identified" and upgraded is not None
    exceptions = policy.user_groups.keep_real_addresses if spared else ()
    return Posture(
        details,
        _sentence(details, refreshed, upgraded, refreshed_last, zone),
        exceptions,
        refreshed,
        upgraded,
    )


def _sentence(
    details: ContactDetails,
    refreshed: datetime | None,
    upgraded: datetime | None,
    refreshed_last: bool,
    zone: ZoneInfo,
) -> str:
    def day(moment: datetime) -> str:
        return in_words(moment.astimezone(zone).date())

    if refreshed_last and refreshed is not None:
        why = f"refreshed on {day(refreshed)}, not upgraded since"
    elif upgraded is not None:
        why = f"upgraded on {day(upgraded)}" + (", not refreshed since" if refreshed else "")
    else:
        why = ""
    if details == "de-identified":
        return f"Contact details are de-identified: {why or 'this database is a de-identified copy'}."
    if details == "real":
        return f"{'May hold' if why else 'Holds'} real contact details: {why or 'this is the live database'}."
    return f"May hold real contact details: {why or 'no refresh or upgrade is recorded yet'}. Treated as real."
