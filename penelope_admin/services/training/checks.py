"""Whether what an exercise asks for is reached, and what is missing; decided on shapes, as `--json` prints them.

Conditions look at values only. Who clicked what, and in which order, counts for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from zoneinfo import ZoneInfo

from penelope_admin.absent import mapped
from penelope_admin.domain.text import yes_or_no
from penelope_admin.domain.times import in_words, moment_in_words, month_in_words
from penelope_admin.errors import BadInputError
from penelope_admin.services.training.exercises import Check, Condition, Need, Of, Question, Reference, Scalar, Trap

Thing = dict[str, object]
"""Something that can be looked at: a shape of `--json`, or one like it."""

_NOTHING: tuple[object, ...] = (None, "", [], ())


@dataclass(frozen=True)
class Scene:
    """All that conditions can look at, at one moment.

    Attributes:
        things: shapes, by what they are of.
        began_at: when the exercise began on the practice clock, UTC.
        zone: the agency's, whose days count.
    """

    things: Mapping[Of, Sequence[Thing]]
    began_at: datetime
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Outcome:
    """A check, and what is missing; empty when it is met."""

    says: str
    missing: str

    @property
    def is_met(self) -> bool:
        """Whether nothing is missing."""
        return not self.missing


def outcome_of(scene: Scene, check: Check) -> Outcome:
    """Whether a check is met, and else what is missing in the world's terms."""
    fitting = _fitting(scene, check)
    passing = [thing for thing in fitting if not _failing(scene, check, thing)]
    if bool(passing) is not check.none:
        return Outcome(check.says, "")
    if check.none:
        return Outcome(check.says, _filled_in(scene, check.absent, passing[0]))
    if not fitting:
        return Outcome(check.says, check.absent)
    # Needs are in the order in which somebody gets to them: whatever got furthest is what they are working on.
    missing = [(check.need.index(_failing(scene, check, thing)[0]), thing) for thing in fitting]
    at, nearest = max(missing, key=lambda item: item[0])
    return Outcome(check.says, _filled_in(scene, check.need[at].otherwise, nearest))


def is_sprung(scene: Scene, trap: Trap) -> bool:
    """Whether all that the trap waits for is so."""
    return all(_holds(scene, condition) for condition in trap.when)


def is_right(scene: Scene, question: Question, value: str) -> bool:
    """Whether an answer is right.

    Args:
        value: ISO 8601 for moments and days, "2027-02" for a month, "yes" or "no", an option's number from one.
    """
    if question.kind == "choice":
        return value == str(question.right_option)
    right, zone = _right(scene, question)
    if question.kind == "yes-no":
        return value == yes_or_no(right is True)
    if question.kind == "moment":
        said = moment_of(value, zone)
        return said is not None and said == _instant(right)
    day = _day(right, zone)
    return day is not None and value == (day.isoformat() if question.kind == "day" else f"{day:%Y-%m}")


def moment_of(value: object, zone: ZoneInfo) -> datetime | None:
    """The moment that an answer names, without an offset on a zone's clock; None where it names none."""
    said = _instant(value)
    if said is None or said.tzinfo is not None:
        return said
    return said.replace(tzinfo=zone)


_FORMS = {
    "yes-no": (r"yes|no", "yes or no"),
    "choice": (r"[1-9]\d?", "the number of one of its answers"),
    "moment": (r"\d{4}-\d\d-\d\dT\d\d:\d\d.*", "a day and time like 2026-12-31T22:00"),
    "day": (r"\d{4}-\d\d-\d\d", "a day like 2026-12-31"),
    "month": (r"\d{4}-\d\d", "a month like 2026-12"),
}
"""What an answer to each kind of question looks like."""


def check_form(question: Question, value: str) -> None:
    """Refuse what is not an answer to a question, right or wrong.

    Raises:
        BadInputError: it has another form.
    """
    form, words = _FORMS[question.kind]
    if not re.fullmatch(form, value, re.ASCII):
        raise BadInputError(f'"{value}" is not an answer to "{question.ask}" Enter {words}. Nothing was saved.')


def answer_in_words(scene: Scene, question: Question) -> str:
    """The right answer to a question, for people."""
    if question.kind == "choice" and question.right_option is not None:
        return question.options[question.right_option - 1]
    right, zone = _right(scene, question)
    if question.kind == "month" and (day := _day(right, zone)) is not None:
        return month_in_words(day)
    return in_plain_words(right, zone)


def _right(scene: Scene, question: Question) -> tuple[object, ZoneInfo]:
    """What is found where the answer is, and the zone on whose clock it is asked for."""
    right = mapped(question.right, partial(value_of, scene))
    return right, mapped(question.zone, ZoneInfo) or scene.zone


def value_of(scene: Scene, reference: Reference) -> object:
    """The value that a reference names; None when there is nothing to which all of it applies."""
    for thing in scene.things.get(reference.of, ()):
        if _has(thing, reference.where):
            return thing.get(reference.key)
    return None


def _holds(scene: Scene, condition: Condition) -> bool:
    passing = any(not _failing(scene, condition, thing) for thing in _fitting(scene, condition))
    return passing is not condition.none


def _fitting(scene: Scene, condition: Condition) -> list[Thing]:
    return [thing for thing in scene.things.get(condition.of, ()) if _has(thing, condition.where)]


def _has(thing: Thing, where: Mapping[str, Scalar]) -> bool:
    return all(_same(thing.get(key), expected) for key, expected in where.items())


def _failing(scene: Scene, condition: Condition, thing: Thing) -> list[Need]:
    return [need for need in condition.need if not _meets(scene, need, thing.get(need.key))]


def _meets(scene: Scene, need: Need, value: object) -> bool:
    """Whether all that is said of a value holds."""
    return _is_as_said(need, value) and _is_in_time(scene, need, value) and _is_like(scene, need, value)


def _is_as_said(need: Need, value: object) -> bool:
    inside = value if isinstance(value, list | tuple | str) else ()
    return not any((
        need.is_ is not None and not _same(value, need.is_),
        need.not_ is not None and _same(value, need.not_),
        need.one_of and not any(_same(value, expected) for expected in need.one_of),
        need.contains is not None and need.contains not in inside,
        need.lacks is not None and need.lacks in inside,
        need.filled is not None and (value in _NOTHING) is need.filled,
    ))  # fmt: skip


def _is_in_time(scene: Scene, need: Need, value: object) -> bool:
    days = _days(scene, value)
    return not any((
        need.since_start and not _is_since(scene, value),
        need.at_least_days is not None and (days is None or days < need.at_least_days),
        need.at_most_days is not None and (days is None or days > need.at_most_days),
    ))  # fmt: skip


def _is_like(scene: Scene, need: Need, value: object) -> bool:
    """Whether it is the same as, or of the same day as, something else that is named."""
    return not any((
        need.same_as is not None and not _same(value, value_of(scene, need.same_as)),
        need.same_day_as is not None and not _is_of_day(scene, value, need.same_day_as),
    ))  # fmt: skip


def _same(value: object, expected: object) -> bool:
    """Whether a value is the expected one; true is not 1."""
    return value == expected and isinstance(value, bool) is isinstance(expected, bool)


def _is_since(scene: Scene, value: object) -> bool:
    moment = _instant(value)
    return moment is not None and moment.tzinfo is not None and moment >= scene.began_at


def _is_of_day(scene: Scene, value: object, reference: Reference) -> bool:
    day = _day(value, scene.zone)
    return day is not None and day == _day(value_of(scene, reference), scene.zone)


def _days(scene: Scene, value: object) -> int | None:
    """A number of days as it is; of a day or instant, how long after the exercise began. None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    first = scene.began_at.astimezone(scene.zone).date()
    return mapped(_day(value, scene.zone), lambda day: (day - first).days)


def _instant(value: object) -> datetime | None:
    """An instant, also where it is written out; None for a day or anything else."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, str) and "T" in value:
        with suppress(ValueError):
            return datetime.fromisoformat(value)
    return None


def _day(value: object, zone: ZoneInfo) -> date | None:
    moment = moment_of(value, zone)
    if moment is not None:
        return moment.astimezone(zone).date()
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        with suppress(ValueError):
            return date.fromisoformat(value)
    return None


def _filled_in(scene: Scene, sentence: str, thing: Thing) -> str:
    """A sentence with what is so in place of the keys in braces."""
    return re.sub(r"{(\w+)}", lambda key: in_plain_words(thing.get(key[1]), scene.zone), sentence)


def in_plain_words(value: object, zone: ZoneInfo) -> str:
    """A value for people."""
    if value in _NOTHING:
        return "nothing"
    if isinstance(value, bool):
        return yes_or_no(value)
    if isinstance(value, list | tuple):
        return ", ".join(in_plain_words(item, zone) for item in value)
    moment = _instant(value)
    if moment is not None and moment.tzinfo is not None:
        return moment_in_words(moment, zone)
    return mapped(_day(value, zone), in_words) or str(value)
