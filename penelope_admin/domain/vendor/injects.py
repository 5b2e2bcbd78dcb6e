"""What a facilitator or an exercise makes happen in the simulated world, now or soon."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Concatenate, ParamSpec

from msgspec import structs

from penelope_admin.absent import mapped
from penelope_admin.domain.features import find_feature
from penelope_admin.domain.vendor import databases, life, months
from penelope_admin.domain.vendor.course import Course
from penelope_admin.domain.vendor.records import Database, Moved, World
from penelope_admin.errors import BadInputError
from penelope_admin.policy import Policy

P = ParamSpec("P")
_FOR_GOOD = timedelta(days=365)
SMS = "external-communications.sms"


def _of_a_world(do: Callable[Concatenate[Course, P], None]) -> Callable[Concatenate[World, Policy, P], World]:
    """Something that is done to a world: a function that gives the world after it, and after what is due at once."""

    @wraps(do)
    def done(world: World, policy: Policy, /, *args: P.args, **kwargs: P.kwargs) -> World:
        course = Course(world, policy)
        do(course, *args, **kwargs)
        return life.advance(course.frozen(), world.now, policy)[0]

    return done


@_of_a_world
def announce_emergency(course: Course, in_hours: int, hours: int = 2) -> None:
    """Emergency maintenance is announced now, for a time that begins in some hours."""
    starts = course.now + timedelta(hours=in_hours)
    for due in months.emergency(course.policy, course.now, months.Span(starts, starts + timedelta(hours=hours))):
        course.add(due)


@_of_a_world
def move_next_upgrade(course: Course, days: int) -> None:
    """A notice comes now that moves the next upgrade by some days; every database follows.

    Raises:
        BadInputError: it would lie in the past.
    """
    (month, usual), later = course.next_window(), timedelta(days=days)
    moved = usual.later(later, months.vendor_zone(course.policy))
    if moved.starts_at <= course.now:
        raise BadInputError("The next upgrade cannot be moved into the past. Nothing was changed.")
    course.moved.append(Moved(month=month, starts_at=moved.starts_at, ends_at=moved.ends_at))
    # Copies follow production's window by as much as they would have followed the usual one.
    for due in [item for item in course.due if item.month == month and item.kind in ("down", "upgrade")]:
        course.drop(due)
        ends = mapped(due.ends_at, lambda at: at + later)
        course.add(structs.replace(due, at=due.at + later, ends_at=ends))
    version = months.version_of(months.first_of(month))
    course.add(months.notice(course.policy, course.now, month, moved, version, instead_of=usual))


@_of_a_world
def silence_next_notice(course: Course) -> None:
    """The notice of the next upgrade never comes."""
    month, _ = course.next_window()
    course.drop(*(due for due in course.due if due.kind == "notice" and due.month == month))


@_of_a_world
def refresh_now(course: Course, environment: str) -> None:
    """Support copies production over a database now.

    Raises:
        BadInputError: the agency has no such copy.
    """
    life.refresh(course, _need_copy(course, environment))


@_of_a_world
def upgrade_now(course: Course, environment: str) -> None:
    """A database is upgraded now, to production's version.

    Raises:
        BadInputError: the agency has no such database.
    """
    life.upgrade(course, course.need(environment), course.production.version)


@_of_a_world
def leave_undone(course: Course, environment: str, line: int) -> None:
    """What a line of the check-list after an upgrade says is not so in a copy.

    Raises:
        BadInputError: the agency has no such copy, or the check-list no such line.
    """
    database = _need_copy(course, environment)
    undone = databases.with_line_missed(database, course.policy, line)
    if databases.is_so(undone, line, "upgrade") is not False:
        raise BadInputError(f"The practice world knows nothing of line {line} of the check-list. Nothing was changed.")
    course.put(undone)


@_of_a_world
def set_feature(course: Course, environment: str, feature: str, *, on: bool) -> None:
    """Somebody switched a feature in Penelope, whoever it was. In a copy nothing locked is ever on.

    Raises:
        BadInputError: there is no such database or feature.
    """
    key = find_feature(course.policy, feature).key
    course.put(databases.with_feature(course.need(environment), course.policy, key, on=on))
    what = f"{course.policy.feature[key].name} was switched {'on' if on else 'off'}"
    course.happen("switched", what, environment=environment, feature=key)


@_of_a_world
def fill_queue(course: Course, environment: str, count: int) -> None:
    """So many messages wait for clients in a database.

    Raises:
        BadInputError: there is no such database.
    """
    course.put(course.need(environment).with_waiting(clients=min(count, databases.MOST_WAITING)))


@_of_a_world
def text_clients(course: Course, environment: str, count: int) -> None:
    """So many clients get texts from a copy with real contact details, because SMS is on there; one calls soon.

    Raises:
        BadInputError: the agency has no such copy.
    """
    database = structs.replace(_need_copy(course, environment), contacts="real")
    database = database.with_waiting(clients=min(count, databases.MOST_WAITING))
    database = databases.with_feature(database, course.policy, SMS, on=True)
    course.put(database)
    # At once, and not after the usual minutes: the exercise begins with the harm done.
    course.let_leave(database)


@_of_a_world
def stop_sign_in(course: Course) -> None:
    """Nobody can sign in to production any more, until Support has mended it."""
    course.put(structs.replace(course.production, down_until=course.now + _FOR_GOOD))
    course.happen("down", "Nobody can sign in", environment="production")


@_of_a_world
def write_letter(course: Course, sender: str, subject: str, text: str) -> None:
    """Somebody writes to the administrator."""
    course.write(subject, text, sender=sender)


def _need_copy(course: Course, environment: str) -> Database:
    database = course.need(environment)
    if not course.policy.environment[environment].refreshable:
        raise BadInputError(f"{course.policy.environment[environment].name} is not a copy. Nothing was changed.")
    return database
