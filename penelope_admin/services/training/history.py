"""What the practice agency did before practice begins: read from a file, and done once by the services themselves."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import TypeAlias
from zoneinfo import ZoneInfo

import msgspec

from penelope_admin.clock import FixedClock, find_zone
from penelope_admin.domain.agency import Profile
from penelope_admin.domain.features import Acknowledgement, Change
from penelope_admin.domain.projects import FeatureInput, ProjectInput
from penelope_admin.domain.records import like
from penelope_admin.domain.requests import RequestInput, RequestKind, Status
from penelope_admin.domain.vendor.months import version_of
from penelope_admin.domain.windows import Calendar
from penelope_admin.errors import BadInputError
from penelope_admin.files import resource
from penelope_admin.policy import Policy
from penelope_admin.services import agency, features, projects, requests, sites
from penelope_admin.services.calendar import notices, support
from penelope_admin.services.mirror import checklists, environments
from penelope_admin.services.work import Context, Work

WORLD_FILE = "training/world.toml"
_SURE = Acknowledgement(phi=True, environment="mirrored", queue_empty=True)
_SOON = 12
"""A step is done up to so many minutes later than the file says, as the seed has it."""


class Site(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of the agency's places, with its clock."""

    name: str
    zone: str
    around_the_clock: bool = False


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="do"):
    """Something somebody did; `at` is by the agency's clock, and `by` names them."""

    at: datetime
    by: str = ""


Requests: TypeAlias = dict[str, int]
"""Numbers of the requests that were drafted, by the file's names."""


class Draft(Step, frozen=True, tag="draft"):
    """A request is drafted; other steps know it by `name`."""

    name: str
    kind: RequestKind
    environment: str | None = None
    title: str = ""
    reason: str = ""
    earliest: date | None = None
    latest: date | None = None
    features: tuple[str, ...] = ()
    version: str = ""

    def act(self, numbers: Requests, work: Work) -> None:
        """Do it."""
        numbers[self.name] = requests.draft(work, like(RequestInput, self)).request.id


class Advance(Step, frozen=True, tag="advance"):
    """A request takes its next step."""

    request: str
    to: Status
    case: str = ""
    day: date | None = None

    def act(self, numbers: Requests, work: Work) -> None:
        """Do it."""
        requests.advance(work, numbers[self.request], self.to, case_number=self.case, scheduled_for=self.day)


class Remark(Step, frozen=True, tag="remark"):
    """Something is noted about a request."""

    request: str
    text: str

    def act(self, numbers: Requests, work: Work) -> None:
        """Do it."""
        requests.remark(work, numbers[self.request], self.text)


class Defect(Step, frozen=True, tag="defect"):
    """Support logged what was reported as a defect."""

    request: str
    number: str
    severity: str

    def act(self, numbers: Requests, work: Work) -> None:
        """Do it."""
        requests.record_defect(work, numbers[self.request], self.number, self.severity)


class Switch(Step, frozen=True, tag="switch"):
    """A feature of the mirrored database is planned to be switched, or with `done` was."""

    feature: str
    change: Change
    reason: str
    until: date | None = None
    done: bool = False

    def act(self, _numbers: Requests, work: Work) -> None:
        """Do it."""
        features.switch(
            work, self.feature, self.change, reason=self.reason, until=self.until, acknowledgement=_SURE,
            already_done=self.done,
        )  # fmt: skip


class Answers(Step, frozen=True, tag="answers"):
    """The newest check-list is gone through: all lines are so, but those that say otherwise."""

    remark: str = ""
    cannot_tell: tuple[int, ...] = ()

    def act(self, _numbers: Requests, work: Work) -> None:
        """Do it."""
        check_list = checklists.newest(work)
        if check_list is None:
            raise ValueError(f"there is no check-list on {self.at}")
        for number in (line.effect.number for line in check_list.lines):
            if number in self.cannot_tell:
                checklists.answer(work, check_list.event.id, number, "cannot-tell", self.remark)
            else:
                checklists.answer(work, check_list.event.id, number, "pass")


class Project(Step, frozen=True, tag="project"):
    """A project is planned, and with `start` begins."""

    name: str
    purpose: str
    first: date
    last: date
    refresh_by: date | None = None
    features: tuple[str, ...] = ()
    start: bool = False

    def act(self, _numbers: Requests, work: Work) -> None:
        """Do it."""
        uses = tuple(FeatureInput(key) for key in self.features)
        entered = ProjectInput(self.name, self.purpose, self.first, self.last, None, self.refresh_by, uses)
        project = projects.add(work, entered)
        if self.start:
            projects.start(work, project.id, _SURE)


class Holiday(Step, frozen=True, tag="holiday"):
    """A team of Support is away."""

    team: str
    day: date
    name: str

    def act(self, _numbers: Requests, work: Work) -> None:
        """Do it."""
        support.add_holiday(work, self.team, self.day, self.name)


class Notice(Step, frozen=True, tag="notice"):
    """A notice of a window; its times are the vendor's."""

    starts: datetime
    ends: datetime
    version: str = ""
    origin: str = ""

    def act(self, _numbers: Requests, work: Work) -> None:
        """Do it."""
        zone = find_zone(work.policy.schedule.source_zone)
        starts, ends = (moment.replace(tzinfo=zone) for moment in (self.starts, self.ends))
        notices.add(work, "announced", starts, ends, self.version, self.origin)


AnyStep: TypeAlias = Draft | Advance | Remark | Defect | Switch | Answers | Project | Holiday | Notice


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
    steps: tuple[AnyStep, ...]

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
    clock = context.clock
    if not isinstance(clock, FixedClock):
        raise TypeError("a history is lived by a clock that can be set")
    chance = Random(seed)  # noqa: S311 - the same each time is what is wanted
    actions = sorted(_actions(context.policy, history, chance), key=lambda action: action[0])
    with context.writing() as work:  # one transaction for all: a disk writes seventy of them for seconds
        for at, by, do in actions:
            work.go_on(at, by or history.people[0])
            do(work)
    clock.instant = history.now


_Action: TypeAlias = tuple[datetime, str, Callable[[Work], object]]


def _actions(policy: Policy, history: History, chance: Random) -> Iterator[_Action]:
    """Everything that was done, each with its instant (UTC) and who did it."""
    at, numbers = history.instant(history.begins), Requests()
    yield at, "", partial(agency.set_up, profile=history.agency)
    for place in history.sites:
        yield at, "", partial(sites.add, name=place.name, zone=place.zone, around_the_clock=place.around_the_clock)
    yield from _upgrades(policy, history, chance)
    last: datetime | None = None
    for step in history.steps:
        if step.at != last:
            last, at = step.at, history.instant(step.at) + timedelta(minutes=chance.randrange(_SOON))
        yield at, step.by, partial(step.act, numbers)


def _upgrades(policy: Policy, history: History, chance: Random) -> Iterator[_Action]:
    """The regular upgrades of the years, recorded on the Mondays after them."""
    calendar = Calendar(policy, history.agency.region, history.zone)
    for window in calendar.between(history.now, history.begins.date(), until=history.ends.date()):
        done = window.ends_at - timedelta(minutes=chance.randrange(20, 150))
        day = window.ends_at.astimezone(history.zone).date()
        monday = datetime.combine(day + timedelta(days=1), time(9))
        recorded = history.instant(monday) + timedelta(minutes=chance.randrange(_SOON))
        for key in history.agency.environments:
            if day < history.upgrades.since.get(key, day):
                continue
            is_late = key == "mirrored" and day.replace(day=1) in history.upgrades.late
            before = timedelta(days=3) if key in ("preview", "training-a") else timedelta()
            at = done - before + (timedelta(hours=22) if is_late else timedelta())
            upgraded = partial(environments.record_event, key=key, kind="upgraded", at=at, version=version_of(day))
            yield recorded, history.upgrades.by, upgraded
