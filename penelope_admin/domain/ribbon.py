"""One picture of a database's life: what happened to it, what that made of its contact details, what is on, what comes.

Only what was recorded is drawn; what nobody recorded is drawn as not known. It is a fold over the same events as the
posture (`domain/mirror.py`) and holds no rule of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from penelope_admin.absent import mapped
from penelope_admin.domain.features import (
    FeatureState,
    OnRole,
    due_doubt,
    feature_name,
    not_known,
    on_role,
    seen_on_sentence,
)
from penelope_admin.domain.mirror import (
    QUEUES_WAIT,
    VERDICT_NAMES,
    Event,
    Posture,
    PostureRole,
    Question,
    contact_spans,
    laid_out,
    own_events,
)
from penelope_admin.domain.text import filled
from penelope_admin.domain.times import day_in_words, in_words, plural, wall
from penelope_admin.domain.windows import Window
from penelope_admin.policy import ContactDetails, Policy

PartKind = Literal[
    "production", "earlier", "refreshed", "upgraded", "script-run", "restored", "checked", "as-of", "asked", "now",
    "next", "emergency",
]  # fmt: skip
MOST = 6
"""So many of the events are marks of their own; those before them are one mark together."""
_SHOWN = frozenset({"refreshed", "upgraded", "script-run", "restored", "checked", "as-of"})
_TITLES: dict[str, str] = {
    "refreshed": "Refreshed", "upgraded": "Upgraded", "script-run": "Script run", "restored": "Backup restored",
    "as-of": "Plan file",
}  # fmt: skip
STATES: dict[ContactDetails, str] = {
    "real": "Real contact details", "de-identified": "De-identified", "unknown": "Not known",
}  # fmt: skip
"""What a stretch of the ribbon says."""


@dataclass(frozen=True, slots=True)
class Part:
    """A mark on the ribbon, at an instant in UTC.

    Attributes:
        title: a word or two.
        sentence: the same with its day, for people who cannot see it.
        event: the number of the record it shows; None for what is no record.
        contacts: what contact details were from then on, for the mark's colour; None where it says nothing of them.
    """

    kind: PartKind
    at: datetime
    title: str
    sentence: str
    event: int | None = None
    contacts: ContactDetails | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """From `starts` to `ends` (UTC) contact details were of one state, as far as anybody knows."""

    starts: datetime
    ends: datetime
    contacts: ContactDetails


@dataclass(frozen=True, slots=True)
class Use:
    """A feature that is on, or planned to be; `until` is the end of its last day, None when it has none (UTC).

    Attributes:
        how: a locked one that somebody saw on is "seen on", and has no end.
        role: how it is marked.
    """

    feature: str
    name: str
    how: Literal["on", "planned", "seen on"]
    since: datetime
    until: datetime | None
    is_overdue: bool
    sentence: str
    role: OnRole


@dataclass(frozen=True, slots=True)
class Ribbon:
    """The picture of one environment at `now` (UTC).

    Attributes:
        badge: how it is known what contact details are, in few words.
        checked: what a check of its data found, or that there is none, in a sentence; empty for production.
        check_list: that its newest check-list was passed, in a sentence, which is no such check; empty when it was not.
        parts: by time; "you are here" is among them.
        stretches: one after the other, from the first part that is no other database's, the last to now.
        is_live: it is production itself.
        role: how the badge is marked; that production holds real contact details is no danger.
        unknown: how many features nobody knows to be on or off, and since when.
        unknown_why: that a refresh was due which may have changed them, and what to do; empty when none was.
    """

    environment: str
    name: str
    now: datetime
    sentence: str
    badge: str
    is_live: bool
    role: PostureRole
    parts: tuple[Part, ...]
    stretches: tuple[Stretch, ...]
    uses: tuple[Use, ...]
    unknown: int
    unknown_since: datetime | None
    unknown_why: str
    checked: str
    check_list: str

    @property
    def basis(self) -> str:
        """What looks the badge rests on, in sentences."""
        return " ".join(filter(None, (self.checked, self.check_list)))

    @property
    def unknown_title(self) -> str:
        """ "The state of 7 features is unknown"."""
        return f"The state of {plural(self.unknown, 'feature')} is unknown"

    @property
    def unknown_sentence(self) -> str:
        """The same, and what to do; empty when all are known."""
        return f"{self.unknown_title}. {self.unknown_why or 'Check in Penelope.'}" if self.unknown else ""

    @property
    def sentences(self) -> tuple[str, ...]:
        """All that the picture shows, in words."""
        unknown = filter(None, [self.unknown_sentence])
        return (self.sentence, *(part.sentence for part in self.parts), *(use.sentence for use in self.uses), *unknown)


def ribbon(
    policy: Policy,
    key: str,
    events: Collection[Event],
    posture: Posture,
    states: Sequence[FeatureState],
    windows: Sequence[Window],
    now: datetime,
    zone: ZoneInfo,
    question: Question | None = None,
    check_list: str = "",
) -> Ribbon:
    """The picture of an environment's life.

    Args:
        events: everything recorded about environments, and what was due.
        posture: the environment's posture, from the same events.
        states: what the register says of its features.
        windows: those that have not ended: the next upgrade, and an emergency before it.
        question: whether it was upgraded in the last window, if nobody has said so yet.
        check_list: that the newest check-list was passed, in a sentence; empty when it was not.
    """
    shown, spans = _shown(key, events), contact_spans(policy, key, events)
    parts = [*_past_parts(policy, key, shown, spans, now, zone)]
    if question is not None:
        asked = f"Not known whether it was upgraded on {day_in_words(question.window, zone)}."
        parts.append(Part("asked", question.window, "Upgraded?", asked))
    parts.append(Part("now", now, "You are here", f"You are here: {day_in_words(now, zone)}."))
    parts += [_window(policy, key, window) for window in windows if window.starts_at > now]
    # What happened at this very instant stands before "you are here", and what comes after it.
    parts.sort(key=lambda part: (part.at, part.kind in ("now", "next")))
    environment = policy.environment[key]
    # Elsewhere nothing is switched with this program's help, so nobody is asked to know the features.
    unknown = not_known(policy, states) if environment.upgrade_switches_off else []
    is_live = not environment.refreshable and posture.may_be_real
    return Ribbon(
        environment=key,
        name=environment.name,
        now=now,
        sentence=posture.sentence,
        badge=posture.badge,
        is_live=is_live,
        role="info" if is_live else posture.role,
        parts=tuple(parts),
        stretches=tuple(_stretches(spans, posture, parts[parts[0].kind == "production"].at, now)),
        uses=tuple(_use(policy, state, posture, now, zone) for state in states if state.use or state.was_seen_on),
        unknown=len(unknown),
        unknown_since=_last_ending(key, events) if unknown else None,
        unknown_why=due_doubt(unknown, zone),
        checked=posture.check_sentence if environment.refreshable else "",
        check_list=check_list,
    )


def _shown(key: str, events: Iterable[Event]) -> list[Event]:
    """The events that the ribbon shows."""
    return [event for event in own_events(key, events) if event.kind in _SHOWN and event.outcome != QUEUES_WAIT]


def _last_ending(key: str, events: Iterable[Event]) -> datetime | None:
    """When something last happened, or may have, that ends what was known of features."""
    ending = ("refreshed", "upgraded", "restored", "due")
    return max((event.at for event in own_events(key, events) if event.kind in ending), default=None)


def _past_parts(
    policy: Policy,
    key: str,
    events: Sequence[Event],
    spans: Sequence[tuple[datetime | None, ContactDetails]],
    now: datetime,
    zone: ZoneInfo,
) -> list[Part]:
    """What happened since the last refresh, as far as there is room, and what was before that."""
    # A refresh overwrites everything, and what is known as of a day outdates the rest: what was before says nothing.
    first = max((n for n, event in enumerate(events) if event.kind in ("refreshed", "as-of")), default=0)
    shown = events[max(first, len(events) - MOST) :]
    earlier = events[: len(events) - len(shown)]
    return [*_before(policy, key, earlier, shown, now), *(_part(event, spans, zone) for event in shown)]


def _before(policy: Policy, key: str, earlier: Sequence[Event], shown: Sequence[Event], now: datetime) -> list[Part]:
    """Where the ribbon comes from: production, what is left out, or nobody knows what."""
    first = shown[0].at if shown else now
    # It has no day of its own; a place in proportion keeps it on the ribbon and apart from the first event.
    at = first - max((now - first) / 6, timedelta(days=3))
    if not policy.environment[key].refreshable:
        return []
    if earlier:
        count = plural(len(earlier), "earlier event")
        return [Part("earlier", at, count, f"{count} before that: see the history.", earlier[-1].id)]
    if shown and shown[0].kind == "refreshed":
        return [Part("production", at, "Production", "The data came from production.")]
    return [Part("earlier", at, "Not known", "What happened before is not known.")]


def _part(event: Event, spans: Sequence[tuple[datetime | None, ContactDetails]], zone: ZoneInfo) -> Part:
    kind: PartKind = event.kind  # type: ignore[assignment]  # one of those told
    title = f"Checked: {VERDICT_NAMES[event.outcome or 'cannot-tell'].lower()}" if kind == "checked" else _TITLES[kind]
    day = day_in_words(event.at, zone)
    version = filled(", version {}", event.version)
    sentence = f"As of {day}: {event.remark}" if kind == "as-of" else f"{title} on {day}{version}."
    # The last state that had begun by then.
    begun = (contacts for at, contacts in reversed(spans) if at is not None and at <= event.at)
    return Part(kind, event.at, title, sentence, event.id, next(begun, None))


def _window(policy: Policy, key: str, window: Window) -> Part:
    """What comes; whether a copy is upgraded in a window is asked afterwards, never promised."""
    if window.is_emergency:
        return Part("emergency", window.starts_at, "Emergency", f"Emergency maintenance: {window.in_words}.")
    # Only of copies that are upgraded "as required" is it not known beforehand.
    asked = policy.environment[key].asked_after_window
    more = " It may be upgraded then; you are asked afterwards." if asked else ""
    return Part("next", window.starts_at, "Next upgrade", f"Next upgrade: {window.in_words}.{more}")


def _stretches(
    spans: Sequence[tuple[datetime | None, ContactDetails]], posture: Posture, starts: datetime, now: datetime
) -> list[Stretch]:
    marks = [(at, contacts) for at, contacts in spans if at is None or at <= now]
    if marks[-1][1] != posture.contact_details:  # on a day to come it may hang on a date that is not certain
        marks.append((now, posture.contact_details))
    # What was so from the first begins where the ribbon does, and what is so now lasts until now.
    stretches = [Stretch(*part) for part in laid_out(marks, starts, now)]
    # What became so at this very instant has no length in time, but "you are here" stands behind what did it.
    since, contacts = marks[-1]
    return stretches if stretches and since != now else [*stretches, Stretch(now, now, contacts)]


def _use(policy: Policy, state: FeatureState, posture: Posture, now: datetime, zone: ZoneInfo) -> Use:
    name, role = feature_name(policy, state.feature), on_role(policy, state, posture)
    if state.was_seen_on:
        sentence = seen_on_sentence(policy, state, zone)
        return Use(state.feature, name, "seen on", state.seen_at or now, None, False, sentence, role)
    _, until = state.use or (None, None)
    end = mapped(until, lambda day: wall(day + timedelta(days=1), time(), zone))
    when = filled("until {}", mapped(until, in_words)) or "no end date"
    overdue = state.is_overdue(now.astimezone(zone).date())
    late = ", overdue" if overdue else ""
    sentence = f"{name}: {state.use_name}, {when}{late}."
    if state.use_name == "planned":  # it has not begun: its bar starts at "you are here"
        return Use(state.feature, name, "planned", now, end, overdue, sentence, "info")
    return Use(state.feature, name, "on", state.since or now, end, overdue, sentence, "danger" if overdue else role)
