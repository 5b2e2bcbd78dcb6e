"""When could a copy have reached real people? What was on, laid over when contact details could be real.

All of it rests on what people recorded: a feature counts as switched from the instant it was recorded, and what
nobody knows is told apart from what was on, never left out.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from typing import Literal

from penelope_admin.domain.feature_life import Span, spans
from penelope_admin.domain.mirror import Event, laid_out, real_spans, that_differ
from penelope_admin.policy import Environment, Feature, Policy


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the period, from `starts` up to but without `ends` (UTC), in which contact details were alike.

    Attributes:
        since: when they became so, which may be before the period; None when it was so from the first.
    """

    starts: datetime
    ends: datetime
    may_be_real: bool
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Use:
    """A feature that was on, or of which nobody knows whether it was, from `starts` up to but without `ends` (UTC).

    Attributes:
        since: the event that made it so; `as-of` the earliest instant when nothing was recorded before.
    """

    feature: str
    state: Literal["on", "unknown"]
    starts: datetime
    ends: datetime
    since: Event


@dataclass(frozen=True, slots=True)
class Exposure:
    """What is known of a period.

    Attributes:
        details: when contact details could be real and when not; together they cover the period.
        uses: when features were on, or nobody knows.
        overlaps: the parts of `uses` in which contact details could be real.
    """

    starts: datetime
    ends: datetime
    details: tuple[Stretch, ...]
    uses: tuple[Use, ...]
    overlaps: tuple[Use, ...]

    @property
    def exposed(self) -> tuple[Use, ...]:
        """The overlaps in which a feature was recorded as on."""
        return tuple(use for use in self.overlaps if use.state == "on")

    @property
    def not_known(self) -> tuple[Use, ...]:
        """The overlaps in which nobody recorded whether a feature was on."""
        return tuple(use for use in self.overlaps if use.state == "unknown")


def exposure(
    policy: Policy,
    environment: str,
    events: Iterable[Event],
    starts: datetime,
    ends: datetime,
) -> Exposure:
    """What was on, and when contact details could be real, from the events that were not corrected.

    An upgrade switches everything off where the vendor says so; after one elsewhere, after a refresh, and before
    anything was recorded, nobody knows. That is so of every feature: that one cannot be enabled there, or is not on the
    vendor's list, does not say that it is off.

    Args:
        events: everything recorded, of any time and environment, and what was due.
        starts, ends: the period; instants in UTC.
    """
    history, place = list(events), policy.environment[environment]
    details = _stretches(real_spans(policy, environment, history), starts, ends)
    # Every feature of the policy is asked about, locked ones too: that one cannot be enabled is the vendor's word, and
    # the report says what is known.
    uses = tuple(
        Use(feature.key, state, first, last, since)
        for feature in policy.features
        for first, last, (state, since) in laid_out(_told_spans(policy, place, history, feature), starts, ends)
        if state != "off"
    )
    # Spans are half-open: what ends at the very instant at which the other begins does not overlap with it.
    overlaps = tuple(
        replace(use, starts=max(use.starts, stretch.starts), ends=min(use.ends, stretch.ends))
        for use in uses
        for stretch in details
        if stretch.may_be_real and max(use.starts, stretch.starts) < min(use.ends, stretch.ends)
    )
    return Exposure(starts, ends, details, uses, overlaps)


def _told_spans(
    policy: Policy, place: Environment, events: list[Event], feature: Feature
) -> list[tuple[datetime | None, Span]]:
    """What is told of a feature, and from when on; of a whole nothing while it is on through a part, which tells it."""
    own = spans(place, events, feature.key)
    parts = [spans(place, events, part.key) for part in policy.features if part.part_of == feature.key]
    marks: list[tuple[datetime | None, Span]] = []
    for at in sorted({event.at for _, event in chain(own, *parts)}):
        state, since = _span_at(own, at)
        is_told = state != "on" and any(_span_at(part, at)[0] == "on" for part in parts)
        marks.append((at, ("off" if is_told else state, since)))
    return that_differ(marks)


def _span_at(history: list[Span], at: datetime) -> Span:
    return history[bisect(history, at, key=lambda span: span[1].at) - 1]


def _stretches(marks: list[tuple[datetime | None, bool]], starts: datetime, ends: datetime) -> tuple[Stretch, ...]:
    """The parts of a period in which contact details could be real or not, from since when they could."""
    parts = laid_out([(at, (at, real)) for at, real in marks], starts, ends)
    return tuple(Stretch(first, last, real, since) for first, last, (since, real) in parts)
