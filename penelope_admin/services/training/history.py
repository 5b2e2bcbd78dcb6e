"""What the practice agency did before practice begins: read from a file, and done once by the services themselves."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from random import Random
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import msgspec

from penelope_admin.clock import FixedClock, find_zone
from penelope_admin.domain.agency import Profile
from penelope_admin.domain.features import Acknowledgement, Change
from penelope_admin.domain.projects import FeatureInput, ProjectInput
from penelope_admin.domain.requests import RequestInput, RequestKind, Status
from penelope_admin.domain.windows import Calendar
from penelope_admin.errors import BadInputError
from penelope_admin.files import resource
from penelope_admin.policy import Policy
from penelope_admin.services import agency, features, projects, requests, sites
from penelope_admin.services.calendar import notices, support
from penelope_admin.services.mirror import checklists, environments
from penelope_admin.services.work import Context, Work

WORLD_FILE = "training/world.toml"
_SOON = 12
"""A step is done up to so many minutes later than the file says, as the seed has it."""


class Site(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of the agency's places, with its clock."""

    name: str
    zone: str
    around_the_clock: bool = False


class _Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="do"):
    """Something somebody did; `at` is by the agency's clock, and `by` names them."""

    at: datetime
    by: str = ""


class _Draft(_Step, frozen=True, tag="draft"):
    """A request is drafted; other steps know it by `name`."""

    name: str
    kind: RequestKind
    environment: str | None = None
    title: str = ""
    reason: str = ""
    earliest: date | None = None
    latest: date | None = None
    features: tuple[str, ...] = ()
    change: Change | None = None
    version: str = ""
    upgrade_day: date | None = None


class _Advance(_Step, frozen=True, tag="advance"):
    request: str
    to: Status
    case: str = ""
    day: date | None = None


class _Remark(_Step, frozen=True, tag="remark"):
    request: str
    text: str


class _Defect(_Step, frozen=True, tag="defect"):
    request: str
    number: str
    severity: str


class _Switch(_Step, frozen=True, tag="switch"):
    """A feature of the mirrored database is planned to be switched, or with `done` was."""

    feature: str
    change: Change
    reason: str
    until: date | None = None
    done: bool = False


class _Answers(_Step, frozen=True, tag="answers"):
    """The newest check-list is gone through: all lines are so, but those that say otherwise."""

    remark: str = ""
    open: tuple[int, ...] = ()
    cannot_tell: tuple[int, ...] = ()


class _Project(_Step, frozen=True, tag="project"):
    name: str
    purpose: str
    first: date
    last: date
    refresh_by: date | None = None
    features: tuple[str, ...] = ()
    start: bool = False


class _End(_Step, frozen=True, tag="end"):
    """A project ends."""

    project: str


class _Holiday(_Step, frozen=True, tag="holiday"):
    team: str
    day: date
    name: str


class _Notice(_Step, frozen=True, tag="notice"):
    """A notice of a window; its times are the vendor's."""

    starts: datetime
    ends: datetime
    version: str = ""
    origin: str = ""


Step: TypeAlias = _Draft | _Advance | _Remark | _Defect | _Switch | _Answers | _Project | _End | _Holiday | _Notice


class Upgrades(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the monthly upgrades went.

    Attributes:
        late: months in which the mirrored database was upgraded a day later, by their first days.
        since: from which day on those of a database were recorded at all; of others, from the beginning.
        by: who recorded them, on the Monday after.
    """

    late: tuple[date, ...]
    since: dict[str, date]
    by: str


class History(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file: the agency, its sites, and fourteen months.

    Attributes:
        begins, ends: when the agency is set up, and when practice begins, by its own clock.
        people: whom the log names; the first does what names nobody.
    """

    begins: datetime
    ends: datetime
    people: tuple[str, ...]
    agency: Profile
    sites: tuple[Site, ...]
    upgrades: Upgrades
    steps: tuple[Step, ...]

    @property
    def zone(self) -> ZoneInfo:
        """The agency's zone."""
        return find_zone(self.agency.zone)

    def instant(self, local: datetime) -> datetime:
        """A time by the agency's clock, in UTC."""
        return local.replace(tzinfo=self.zone).astimezone(UTC)

    @property
    def now(self) -> datetime:
        """When practice begins, in UTC."""
        return self.instant(self.ends)


def read(file: Path | None = None) -> History:
    """The practice agency's history.

    Raises:
        BadInputError: the file is none; the message says where.
    """
    source = file or resource(WORLD_FILE)
    try:
        return msgspec.convert(tomllib.loads(source.read_text("utf-8")), History)
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise BadInputError(f"The practice agency cannot be read from {source}: {error}.") from error


def live(context: Context, history: History, seed: int) -> None:
    """Do everything, one instant after the other, in an empty database.

    Args:
        context: its clock is a `FixedClock`, which is left standing where practice begins.
    """
    chance = Random(seed)  # noqa: S311 - the same each time is what is wanted
    clock = context.clock
    if not isinstance(clock, FixedClock):
        raise TypeError("a history is lived by a clock that can be set")
    made = _Made({}, {})
    actions = sorted(_actions(context.policy, history, made, chance), key=lambda action: action[0])
    with context.store.writing() as connection:  # one transaction for all: a disk writes seventy of them for seconds
        for (at, by), together in groupby(actions, key=lambda action: action[:2]):
            clock.instant = at
            work = Work(replace(context, actor=by or history.people[0]), connection)
            for _at, _by, do in together:
                do(work)
    clock.instant = history.now


class _Made(msgspec.Struct):
    """Numbers of what was made, by the file's names."""

    requests: dict[str, int]
    projects: dict[str, int]


_Action: TypeAlias = tuple[datetime, str, Callable[[Work], object]]


def _actions(policy: Policy, history: History, made: _Made, chance: Random) -> Iterator[_Action]:
    """Everything that was done, each with its instant (UTC) and who did it."""
    yield history.instant(history.begins), "", lambda work: agency.set_up(work, history.agency)
    for place in history.sites:
        yield history.instant(history.begins), "", _site(place)
    yield from _upgrades(policy, history, chance)
    last: datetime | None = None
    at = history.instant(history.begins)
    for step in history.steps:
        if step.at != last:
            last, at = step.at, history.instant(step.at) + timedelta(minutes=chance.randrange(_SOON))
        yield at, step.by, _do(step, made, history)


def _upgrades(policy: Policy, history: History, chance: Random) -> Iterator[_Action]:
    """The regular upgrades of the years, recorded on the Mondays after them."""
    calendar = Calendar(policy, history.agency.region, history.zone)
    last = history.now
    for window in calendar.between(last, history.begins.date(), until=history.ends.date()):
        done = window.ends_at - timedelta(minutes=chance.randrange(20, 150))
        day = window.ends_at.astimezone(history.zone).date()
        version = f"4.{day:%y}.{day.month}"
        monday = datetime.combine(day + timedelta(days=1), datetime.min.time()).replace(hour=9)
        recorded = history.instant(monday) + timedelta(minutes=chance.randrange(_SOON))
        for key in history.agency.environments:
            if key in history.upgrades.since and day < history.upgrades.since[key]:
                continue
            is_late = key == "mirrored" and day.replace(day=1) in history.upgrades.late
            before = timedelta(days=3) if key in ("preview", "training-a") else timedelta()
            at = done - before + (timedelta(hours=22) if is_late else timedelta())
            yield recorded, history.upgrades.by, _upgraded(key, at, version)


def _site(place: Site) -> Callable[[Work], object]:
    return lambda work: sites.add(work, place.name, place.zone, around_the_clock=place.around_the_clock)


def _upgraded(key: str, at: datetime, version: str) -> Callable[[Work], object]:
    return lambda work: environments.record_event(work, key, "upgraded", at, version)


def _do(step: Step, made: _Made, history: History) -> Callable[[Work], object]:
    """What a step does."""
    return lambda work: _STEPS[type(step)](work, step, made, history)


def _draft(work: Work, step: _Draft, made: _Made, _history: History) -> None:
    asked = RequestInput(
        kind=step.kind, environment=step.environment, title=step.title, reason=step.reason, earliest=step.earliest,
        latest=step.latest, features=step.features, change=step.change, version=step.version,
        upgrade_day=step.upgrade_day,
    )  # fmt: skip
    made.requests[step.name] = requests.draft(work, asked).request.id


def _advance(work: Work, step: _Advance, made: _Made, _history: History) -> None:
    requests.advance(work, made.requests[step.request], step.to, case_number=step.case, scheduled_for=step.day)


def _remark(work: Work, step: _Remark, made: _Made, _history: History) -> None:
    requests.remark(work, made.requests[step.request], step.text)


def _defect(work: Work, step: _Defect, made: _Made, _history: History) -> None:
    requests.record_defect(work, made.requests[step.request], step.number, step.severity)


def _switch(work: Work, step: _Switch, _made: _Made, _history: History) -> None:
    sure = Acknowledgement(phi=True, environment="mirrored", queue_empty=True) if step.change == "enable" else None
    features.switch(
        work, step.feature, step.change, reason=step.reason, until=step.until, acknowledgement=sure,
        already_done=step.done,
    )  # fmt: skip


def _answers(work: Work, step: _Answers, _made: _Made, _history: History) -> None:
    found = checklists.newest(work)
    if found is None:
        raise ValueError(f"there is no check-list on {step.at}")
    for line in found.lines:
        number = line.effect.number
        if number in step.open:
            continue
        result = "cannot-tell" if number in step.cannot_tell else "pass"
        remark = step.remark if result == "cannot-tell" else ""
        checklists.answer(work, found.event.id, number, result, remark)


def _project(work: Work, step: _Project, made: _Made, _history: History) -> None:
    asked = ProjectInput(
        name=step.name, purpose=step.purpose, first_day=step.first, last_day=step.last, refresh_by=step.refresh_by,
        features=tuple(FeatureInput(key) for key in step.features),
    )  # fmt: skip
    made.projects[step.name] = projects.add(work, asked).id
    if step.start:
        sure = Acknowledgement(phi=True, environment="mirrored", queue_empty=True)
        projects.start(work, made.projects[step.name], sure)


def _end(work: Work, step: _End, made: _Made, _history: History) -> None:
    projects.end(work, made.projects[step.project])


def _holiday(work: Work, step: _Holiday, _made: _Made, _history: History) -> None:
    support.add_holiday(work, step.team, step.day, step.name)


def _notice(work: Work, step: _Notice, _made: _Made, _history: History) -> None:
    zone = find_zone(work.policy.schedule.source_zone)
    starts, ends = (moment.replace(tzinfo=zone) for moment in (step.starts, step.ends))
    notices.add(work, "announced", starts, ends, step.version, step.origin)


_STEPS: dict[type[Any], Callable[[Work, Any, _Made, History], None]] = {
    _Draft: _draft, _Advance: _advance, _Remark: _remark, _Defect: _defect, _Switch: _switch, _Answers: _answers,
    _Project: _project, _End: _end, _Holiday: _holiday, _Notice: _notice,
}  # fmt: skip
