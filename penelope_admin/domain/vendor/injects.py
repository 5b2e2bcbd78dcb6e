"""What a facilitator or an exercise makes happen in the simulated world, now or soon."""

from __future__ import annotations

from datetime import timedelta

from msgspec import structs

from penelope_admin.domain.features import find_feature
from penelope_admin.domain.vendor import databases, life, months
from penelope_admin.domain.vendor.course import Course
from penelope_admin.domain.vendor.records import Database, Happening, Moved, World
from penelope_admin.errors import BadInputError
from penelope_admin.policy import Policy

_FOR_GOOD = timedelta(days=365)
SMS = "external-communications.sms"


def announce_emergency(world: World, policy: Policy, in_hours: int, hours: int = 2) -> World:
    """Emergency maintenance is announced now, for a time that begins in some hours."""
    course = Course(world, policy)
    starts = world.now + timedelta(hours=in_hours)
    for due in months.emergency(policy, world.now, months.Span(starts, starts + timedelta(hours=hours))):
        course.add(due)
    return _on(course, policy)


def move_next_upgrade(world: World, policy: Policy, days: int) -> World:
    """A notice comes now that moves the next upgrade by some days; every database follows.

    Raises:
        BadInputError: it would lie in the past.
    """
    course = Course(world, policy)
    month, usual = course.next_window()
    moved = usual.later(timedelta(days=days), months.vendor_zone(policy))
    if moved.starts_at <= world.now:
        raise BadInputError("The next upgrade cannot be moved into the past. Nothing was changed.")
    course.moved.append(Moved(month=month, starts_at=moved.starts_at, ends_at=moved.ends_at))
    # Copies follow production's window by as much as they would have followed the usual one.
    for due in [item for item in course.due if item.month == month and item.kind in ("down", "upgrade")]:
        course.drop(due)
        ends = due.ends_at + timedelta(days=days) if due.ends_at else None
        course.add(structs.replace(due, at=due.at + timedelta(days=days), ends_at=ends))
    version = months.version_of(months.first_of(month))
    course.add(months.notice(policy, world.now, month, moved, version, instead_of=usual))
    return _on(course, policy)


def silence_next_notice(world: World, policy: Policy) -> World:
    """The notice of the next upgrade never comes."""
    course = Course(world, policy)
    month, _ = course.next_window()
    course.drop(*(due for due in course.due if due.kind == "notice" and due.month == month))
    return course.frozen()


def refresh_now(world: World, policy: Policy, environment: str) -> World:
    """Support copies production over a database now.

    Raises:
        BadInputError: the agency has no such copy.
    """
    course = Course(world, policy)
    _need_copy(course, policy, environment)
    life.refresh(course, environment)
    return course.frozen()


def upgrade_now(world: World, policy: Policy, environment: str) -> World:
    """A database is upgraded now, to production's version.

    Raises:
        BadInputError: the agency has no such database.
    """
    course = Course(world, policy)
    _need(course, environment)
    life.upgrade(course, environment, course.production.version)
    return course.frozen()


def leave_undone(world: World, policy: Policy, environment: str, line: int) -> World:
    """What a line of the check-list after an upgrade says is not so in a copy.

    Raises:
        BadInputError: the agency has no such copy, or the check-list no such line.
    """
    course = Course(world, policy)
    database = _need_copy(course, policy, environment)
    undone = databases.with_line_missed(database, policy, line)
    if databases.is_so(undone, line, "upgrade") is not False:
        raise BadInputError(f"The practice world knows nothing of line {line} of the check-list. Nothing was changed.")
    course.put(undone)
    return course.frozen()


def set_feature(world: World, policy: Policy, environment: str, feature: str, *, on: bool) -> World:
    """Somebody switched a feature in Penelope, whoever it was. In a copy nothing locked is ever on.

    Raises:
        BadInputError: there is no such database or feature.
    """
    course = Course(world, policy)
    key = find_feature(policy, feature).key
    course.put(databases.with_feature(_need(course, environment), policy, key, on=on))
    what = f"{policy.feature[key].name} was switched {'on' if on else 'off'}"
    course.happen(Happening(at=world.now, kind="switched", environment=environment, feature=key, what=what))
    return course.frozen()


def fill_queue(world: World, policy: Policy, environment: str, count: int) -> World:
    """So many messages wait for clients in a database.

    Raises:
        BadInputError: there is no such database.
    """
    course = Course(world, policy)
    database = _need(course, environment)
    many = min(count, databases.MOST_WAITING)
    course.put(structs.replace(database, waiting=structs.replace(database.waiting, clients=many)))
    return course.frozen()


def text_clients(world: World, policy: Policy, environment: str, count: int) -> World:
    """So many clients get texts from a copy with real contact details, because SMS is on there; one calls soon.

    Raises:
        BadInputError: the agency has no such copy.
    """
    course = Course(world, policy)
    database = _need_copy(course, policy, environment)
    course.put(
        structs.replace(
            databases.with_feature(database, policy, SMS, on=True), contacts="real",
            waiting=structs.replace(database.waiting, clients=min(count, databases.MOST_WAITING)),
        )
    )  # fmt: skip
    # At once, and not after the usual minutes: the exercise begins with the harm done.
    course.let_leave(course.database(environment) or database)
    return course.frozen()


def stop_sign_in(world: World, policy: Policy) -> World:
    """Nobody can sign in to production any more, until Support has mended it."""
    course = Course(world, policy)
    course.put(structs.replace(course.production, down_until=world.now + _FOR_GOOD))
    course.happen(Happening(at=world.now, kind="down", environment="production", what="Nobody can sign in"))
    return course.frozen()


def write_letter(world: World, policy: Policy, sender: str, subject: str, text: str) -> World:
    """Somebody writes to the administrator."""
    course = Course(world, policy)
    course.write(subject, text, sender=sender)
    return course.frozen()


def _need(course: Course, environment: str) -> Database:
    database = course.database(environment)
    if database is None:
        raise BadInputError(f'The practice agency has no database "{environment}". Nothing was changed.')
    return database


def _need_copy(course: Course, policy: Policy, environment: str) -> Database:
    database = _need(course, environment)
    if not policy.environment[environment].refreshable:
        raise BadInputError(f"{policy.environment[environment].name} is no copy. Nothing was changed.")
    return database


def _on(course: Course, policy: Policy) -> World:
    """The world after what is due at this very instant happened too."""
    world = course.frozen()
    return life.advance(world, world.now, policy)[0]
