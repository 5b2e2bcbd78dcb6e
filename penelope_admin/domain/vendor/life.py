"""How the simulated world goes on: from one instant to a later one, whatever the steps in between."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta

from msgspec import structs

from penelope_admin.domain.features import STATE_AFTER, Change
from penelope_admin.domain.support import NO_HOLIDAYS, Holidays
from penelope_admin.domain.times import EARLIEST, LATEST, check_instant
from penelope_admin.domain.vendor import answers, databases, months
from penelope_admin.domain.vendor.course import Course
from penelope_admin.domain.vendor.records import TRACES, Case, Database, Due, DueKind, Happening, Incoming, Moved, World
from penelope_admin.errors import BadInputError
from penelope_admin.policy import LOCKED_FEATURES, Policy


def new_world(
    policy: Policy,
    seed: int,
    started: datetime,
    *,
    region: str,
    environments: Sequence[str],
    agency: str,
    support_address: str,
    own_address: str,
) -> World:
    """A world that begins at an instant: production in full use, every copy as its last upgrade left it.

    Args:
        environments: keys of the agency's databases; production is always one.
    """
    now = check_instant(started)
    calendar = months.vendor_calendar(policy, region)
    last = calendar.last_ended(now)
    month = last.key
    version = months.version_of(months.first_of(month))
    own = tuple(key for key in policy.environment if key in environments or key == "production")
    world = World(
        seed=seed, started=now, now=now, region=region, agency=agency, support_address=support_address,
        own_address=own_address,
        databases=tuple(_first(policy, key, version, last.ends_at) for key in own),
    )  # fmt: skip
    course = Course(world, policy)
    # What the rule put before the beginning is over, and was not moved.
    course.moved.append(Moved(month=month, starts_at=last.starts_at, ends_at=last.ends_at))
    coming = months.after(month)
    while months.planned_at(coming) <= now:
        _plan(course, coming)
        coming = months.after(coming)
    return course.frozen()


def _first(policy: Policy, key: str, version: str, at: datetime) -> Database:
    """A database as its last upgrade left it."""
    if key == "production":
        return Database(key=key, version=version, upgraded_at=at, on=tuple(policy.feature), traces=TRACES)
    contacts = policy.environment[key].contact_details
    database = Database(key=key, version=version, copied_at=at - timedelta(days=20), traces=TRACES)
    database = databases.upgraded(database, policy, at, version)
    return structs.replace(database, contacts="de-identified") if contacts.is_always_de_identified else database


def with_databases(world: World, policy: Policy, environments: Iterable[str]) -> World:
    """A world that also has databases which the agency got meanwhile; what is planned holds for them too."""
    missing = {*environments} - {database.key for database in world.databases}
    fresh = [key for key in policy.environment if key in missing]
    if not fresh:
        return world
    course = Course(world, policy)
    # Production is upgraded every month, so that its upgrades say which months are planned.
    planned = [
        due.month for due in course.due if due.month and (due.kind, due.environment) == ("upgrade", "production")
    ]
    for key in fresh:
        at = course.production.upgraded_at or world.started
        course.put(_first(policy, key, course.production.version, at))
        for month in planned:
            dues = months.upgrade_of(world.seed, policy.environment[key], course.window(month), month, policy)
            _add_coming(course, dues)
    return course.frozen()


def _add_coming(course: Course, dues: Iterable[Due]) -> None:
    for due in dues:
        if due.at > course.now:
            course.add(due)


def agree(
    world: World,
    policy: Policy,
    environment: str,
    on: Iterable[str],
    refreshed_at: datetime | None,
    upgraded_at: datetime | None,
) -> World:
    """A world that has just begun, in which a copy is as somebody recorded it.

    Args:
        on: keys of the features that are on.
        refreshed_at, upgraded_at: of the newest; None where none is recorded.
    """
    course = Course(world, policy)
    database = course.database(environment)
    if database is None:
        return world
    # Only a refresh after the last upgrade shows: an earlier one is undone by it.
    if refreshed_at is not None and (upgraded_at is None or upgraded_at < refreshed_at):
        database = databases.refreshed(database, course.production, policy, world.seed, refreshed_at)
        # What is on was recorded, and is not for chance to choose.
        database = structs.replace(database, on=())
    database = structs.replace(
        database, copied_at=refreshed_at or database.copied_at, upgraded_at=upgraded_at or database.upgraded_at
    )
    for key in on:
        database = databases.with_feature(database, policy, key, on=True)
    course.put(database)
    return course.frozen()


def adopt(
    world: World, policy: Policy, case: Case, scheduled_for: date | None, holidays: Holidays = NO_HOLIDAYS
) -> World:
    """A world in which the vendor goes on with a case that was opened before it began.

    Args:
        scheduled_for: the day that Support has named for a refresh.
    """
    course = Course(world, policy, holidays)
    answers.adopt(course, case, scheduled_for)
    return course.frozen()


def advance(
    world: World, until: datetime, policy: Policy, holidays: Holidays = NO_HOLIDAYS
) -> tuple[World, tuple[Happening, ...]]:
    """The world at a later instant, and what happened until then.

    The same world comes out in one step or in many.

    Args:
        holidays: on which days Support is closed.

    Raises:
        BadInputError: the instant lies before the world's own, or outside the years the program computes with.
    """
    end = check_instant(until)
    if end < world.now:
        raise BadInputError("Practice time never goes back. Nothing was changed. Choose a later time.")
    course = Course(world, policy, holidays)
    for _ in _passing(course, end):
        pass
    course.now = end
    return course.frozen(), course.happened


def _passing(course: Course, end: datetime = LATEST) -> Iterator[Due]:
    """What is due until an instant, one after the other, each as it is done."""
    # What is done may bring more that is due before the end: the next is always the first of the list.
    while course.due and course.due[0].at <= end:
        due = course.due.pop(0)
        course.now = max(course.now, due.at)
        _HANDLERS[due.kind](course, due)
        yield due


def next_event(world: World, policy: Policy, holidays: Holidays = NO_HOLIDAYS) -> datetime:
    """When something happens next that can be seen afterwards: in the mailbox, or by looking into a database."""
    course = Course(world, policy, holidays)
    for due in _passing(course):
        # What nobody can see, such as a queue that fills, is no reason to stop the clock.
        if due.kind in _SEEN or any(happened.kind in ("mail", "delivered") for happened in course.happened):
            return due.at
    return world.now


def next_upgrade(world: World, policy: Policy) -> datetime:
    """When the window of production's next upgrade is over."""
    course = Course(world, policy)
    for due in _passing(course):
        if due.kind == "upgrade" and due.environment == "production" and due.month is not None:
            return max(due.at, course.window(due.month).ends_at)
    return world.now


def receive(world: World, incoming: Incoming, policy: Policy, holidays: Holidays = NO_HOLIDAYS) -> tuple[World, str]:
    """The world after a letter or a call reached Support now, and the number of its case."""
    course = Course(world, policy, holidays)
    number = answers.receive(course, incoming)
    return course.frozen(), number


def switch(world: World, policy: Policy, environment: str, feature: str, change: Change) -> World:
    """The world after the administrator switched a feature in Penelope.

    Raises:
        RefusedError: it is locked, or only Support can.
        BadInputError: there is no such database or feature, or nobody can sign in there.
    """
    course = Course(world, policy)
    database = course.need(environment)
    if is_down(database, world.now):
        raise BadInputError("Nobody can sign in to that database now. Nothing was changed. Try again later.")
    after = databases.switched(database, policy, feature, change)
    if after != database:
        course.put(after)
        how = STATE_AFTER[change]
        name = policy.environment[environment].name
        what = f"{policy.feature[feature].name} was switched {how} in {name}"
        course.happen("switched", what, environment=environment, feature=feature)
    return course.frozen()


def is_sound(world: World, policy: Policy) -> bool:
    """Whether a world that was read names only what the rules know, in the years the program computes with."""
    instants = [world.started, world.now, *(due.at for due in world.due), *(case.opened_at for case in world.cases)]
    instants += [at for moved in world.moved for at in (moved.starts_at, moved.ends_at)]
    return (
        world.region in policy.region
        and _has_sound_databases(world, policy)
        and all(EARLIEST <= at < LATEST for at in instants)
        and list(world.due) == sorted(world.due, key=lambda due: (due.at, due.order))
    )


def _has_sound_databases(world: World, policy: Policy) -> bool:
    """Whether each is known and there once, with features that are known; what is locked is on in no copy."""
    on = {database.key: set(database.on) for database in world.databases}
    in_copies = set().union(*(features for key, features in on.items() if key != "production"))
    return (
        "production" in on
        and len(on) == len(world.databases)
        and on.keys() <= policy.environment.keys()
        and set().union(*on.values()) <= policy.feature.keys()
        and not LOCKED_FEATURES & in_copies
    )


def is_down(database: Database, now: datetime) -> bool:
    """Whether nobody can sign in to a database."""
    return database.down_until is not None and now < database.down_until


# --- what happens ------------------------------------------------------------------------------


def _plan_month(course: Course, due: Due) -> None:
    if due.month is not None:
        _plan(course, due.month)


def _plan(course: Course, month: str) -> None:
    """Put what a month brings into what is to come, and the planning of the next one."""
    if months.first_of(month) >= LATEST.date():
        return  # where the calendar ends, the vendor does too
    _add_coming(course, months.plan(course.seed, course.policy, course.calendar, course.keys, month))
    following = months.after(month)
    if (at := months.planned_at(following)) > course.now:
        course.add(Due(at=at, kind="month", month=following))


def _down(course: Course, database: Database, due: Due) -> None:
    course.put(structs.replace(database, down_until=due.ends_at))
    course.happen("down", f"{course.name_of(database)} is out of reach", environment=database.key)


def upgrade(course: Course, database: Database, version: str, lines: tuple[int, ...] = ()) -> None:
    """Upgrade a database now; of the check-list some lines may be missed."""
    course.put(databases.upgraded(database, course.policy, course.now, version, lines))
    what = f"{course.name_of(database)} was upgraded to {version}"
    course.happen("upgraded", what, environment=database.key)


def refresh(course: Course, database: Database, case: Case | None = None) -> None:
    """Copy production over a database now, and tell whoever asked for it."""
    copy = databases.refreshed(database, course.production, course.policy, course.seed, course.now)
    course.put(copy)
    what = f"{course.name_of(database)} was refreshed from production"
    course.happen("refreshed", what, environment=database.key)
    if case is not None:
        answers.refresh_done(course, case, copy)


def _called(course: Course, _: Due) -> None:
    if not course.wrote_lately(course.reception, timedelta(days=2)):
        answers.call_from_client(course)


_Handler = Callable[[Course, Due], None]


def _of_database(do: Callable[[Course, Database, Due], None]) -> _Handler:
    """What is done to a database, if the agency has it."""

    def done(course: Course, due: Due) -> None:
        if (database := course.database(due.environment)) is not None:
            do(course, database, due)

    return done


def _of_case(do: Callable[[Course, Case, Due], None]) -> _Handler:
    """What is done about a case, if it is known."""

    def done(course: Course, due: Due) -> None:
        if (case := course.case(due.case)) is not None:
            do(course, case, due)

    return done


_SEEN: frozenset[DueKind] = frozenset({"notice", "upgrade", "refresh", "reply", "answer", "finished"})
_HANDLERS: dict[DueKind, _Handler] = {
    "month": _plan_month,
    "notice": lambda course, due: course.write(due.text, due.body),
    "down": _of_database(_down),
    "upgrade": _of_database(lambda course, database, due: upgrade(course, database, due.version, due.lines)),
    "refresh": _of_database(lambda course, database, due: refresh(course, database, course.case(due.case))),
    "reply": _of_case(lambda course, case, _: answers.reply(course, case)),
    "answer": _of_case(lambda course, case, _: answers.answer(course, case)),
    "finished": _of_case(answers.finish),
    "deliver": _of_database(lambda course, database, _: course.let_leave(database)),
    "triggers": _of_database(lambda course, database, _: course.run_triggers(database)),
    "called": _called,
}
