"""The check-lists after an upgrade or refresh of the mirrored database: each line passed, failed or not to be told."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from penelope_admin.absent import mapped
from penelope_admin.domain.features import FeatureState, doubted, find_feature, seen
from penelope_admin.domain.mirror import Event
from penelope_admin.domain.requests import RequestInput
from penelope_admin.domain.text import filled, uncapitalized
from penelope_admin.domain.times import day_in_words
from penelope_admin.errors import BadInputError, needed
from penelope_admin.policy import Effect, Occasion, Policy

Result = Literal["pass", "fail", "cannot-tell"]
RESULT_NAMES: dict[Result, str] = {"pass": "Pass", "fail": "Fail", "cannot-tell": "Cannot tell"}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an answer rests on besides a remark: a file, by name and SHA-256 and never by content."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class LineAnswer:
    """What somebody said of one line; `at` in UTC.

    Attributes:
        proof_id: the check of data it rests on, if there is one.
        raised: the event by which a failed line made contact details count as real.
    """

    effect: int
    result: Result
    at: datetime
    by: str
    remark: str = ""
    evidence: Evidence | None = None
    proof_id: int | None = None
    raised: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """What is to be so, and the newest answer; None while nobody has looked.

    Attributes:
        seen_off: when all features of which it only says that they are off were seen so since; UTC, None if they were
            not. That is an answer to be offered, and none yet.
    """

    effect: Effect
    answer: LineAnswer | None = None
    seen_off: datetime | None = None

    @property
    def result(self) -> Result | None:
        """What the answer says; None while nobody has looked."""
        return mapped(self.answer, lambda answer: answer.result)


@dataclass(frozen=True, slots=True)
class CheckList:
    """The check-list of one upgrade or refresh.

    Attributes:
        is_past: the copy was upgraded or refreshed again since: what nobody looked at can be looked at no more.
    """

    event: Event
    lines: tuple[Line, ...]
    is_past: bool = False

    @property
    def occasion(self) -> Occasion:
        """What it follows."""
        return occasion_of(self.event)

    @property
    def unanswered(self) -> tuple[Line, ...]:
        """The lines nobody has looked at."""
        return self._answered(None)

    @property
    def failed(self) -> tuple[Line, ...]:
        """The lines that are not as they should be."""
        return self._answered("fail")

    def line(self, number: int) -> Line:
        """The line of this number; it is known to be there."""
        return next(line for line in self.lines if line.effect.number == number)

    def _answered(self, result: Result | None) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.result == result)

    @property
    def is_finished(self) -> bool:
        """Whether every line has an answer."""
        return not self.unanswered

    @property
    def is_over(self) -> bool:
        """Whether it asks for nothing any more."""
        return self.is_past or self.is_finished

    def result_name(self, line: Line) -> str:
        """What stands beside a line: its result, or that nobody has looked at it."""
        if line.result is not None:
            return RESULT_NAMES[line.result]
        return "Never checked" if self.is_past else "Open"

    @property
    def standing(self) -> str:
        """ "3 of 15 lines still to check, 1 failed"; a line that cannot be told is answered, not checked."""
        every, left, untold = len(self.lines), len(self.unanswered), len(self._answered("cannot-tell"))
        counted = ((len(self.failed), "failed"), (untold, "not clear"))
        said = [f"{number} {what}" for number, what in counted if number]
        if left:
            return ", ".join(
                [f"{left} of {every} lines {'never checked' if self.is_past else 'still to check'}", *said]
            )
        whole = f"All {every} lines {'answered' if untold else 'checked'}"
        return ", ".join([whole, *(said or ["none failed"])])


def occasion_of(event: Event) -> Occasion:
    """What a check-list follows that an event begins."""
    return "refresh" if event.kind == "refreshed" else "upgrade"


def check_list(
    policy: Policy,
    event: Event,
    answers: Iterable[LineAnswer],
    states: Collection[FeatureState] = (),
    *,
    is_past: bool = False,
) -> CheckList:
    """The check-list of an upgrade or a refresh, a line for each effect that the policy names after it.

    Args:
        answers: all that were given on it, oldest first; the last of each line counts.
        states: the register of its database, if nothing newer happened to that.
    """
    # Oldest first, so that the newest answer of a line is left.
    newest = {answer.effect: answer for answer in answers}
    effects = policy.effects_after(occasion_of(event))
    lines = (Line(effect, newest.get(effect.number), _seen_off(effect, event, states)) for effect in effects)
    return CheckList(event, tuple(lines), is_past)


def _seen_off(effect: Effect, event: Event, states: Iterable[FeatureState]) -> datetime | None:
    """When every feature of a line was seen off since an event; None unless that is all that the line asks."""
    named = [state for state in states if state.feature in effect.features]
    seen = [state.seen_at for state in named if state.state == "off" and state.seen_at and state.seen_at > event.at]
    # A line about a single feature asks for more than that: for its queue or its accounts.
    return min(seen) if len(seen) == len(named) > 1 else None


def offered_answer(line: Line, zone: ZoneInfo) -> str:
    """What answers an open line already, in a sentence with its source and day; empty if nothing does."""
    if line.answer is not None or line.seen_off is None:
        return ""
    return f"“What is on now?” says that all of them were off in Penelope on {day_in_words(line.seen_off, zone)}."


def find_effect(policy: Policy, number: int, after: Occasion = "upgrade") -> Effect:
    """The line of this number on the check-list after an upgrade or a refresh.

    Raises:
        BadInputError: the check-list has no such line.
    """
    effects = policy.effects_after(after)
    effect = next((effect for effect in effects if effect.number == number), None)
    return needed(effect, f"The check-list has no line {number}; it has {len(effects)}. Nothing was saved.")


def check_result(text: str) -> Result:
    """The result of this name.

    Raises:
        BadInputError: there is no such result.
    """
    result: Result | None = next((result for result in RESULT_NAMES if result == text), None)
    return needed(result, f'"{text}" is not a result. Results are {", ".join(RESULT_NAMES)}. Nothing was saved.')


def check_still_on(policy: Policy, effect: Effect, result: Result, still_on: Iterable[str]) -> frozenset[str]:
    """The keys of the features that were seen on.

    Raises:
        BadInputError: there is no such feature, the line is not about it, or the line did not fail.
    """
    keys = frozenset(find_feature(policy, key).key for key in still_on)
    if keys and result != "fail":
        raise BadInputError("Only of a line that failed it is said which features are on. Nothing was saved.")
    for key in sorted(keys - set(effect.features)):
        raise BadInputError(f"Line {effect.number} is not about {key}. Nothing was saved.")
    return keys


def answered(state: FeatureState, upgrade: Event, answer: LineAnswer, still_on: Collection[str]) -> FeatureState:
    """What the register says of a feature once a line was answered that says that it is off.

    What somebody recorded since the upgrade stays. A locked feature is never recorded as on: seen on, nobody knows any
    more, and Support is told.

    Args:
        still_on: the features that were seen on; where none is named, nobody knows of any.
    """
    remark = answer.remark or f"Line {answer.effect} of the check-list"
    # Only what nobody knew: a line that passes takes no plan away, and nobody's record of a switch.
    if answer.result == "pass" and state.is_unknown:
        return seen(state, "off", answer.at, answer.by, remark)
    # What was switched after the upgrade is no fault of the upgrade's, whatever its list says.
    is_switched_since = state.since is not None and state.since > upgrade.at
    if answer.result == "fail" and state.state != "on" and not is_switched_since:
        return _failed(state, answer, remark, still_on)
    return state


def _failed(state: FeatureState, answer: LineAnswer, remark: str, still_on: Collection[str]) -> FeatureState:
    """What the register says of a feature that is not on there, once its line failed."""
    if state.feature in still_on:
        return seen(state, "on", answer.at, answer.by, remark)
    # That a line failed says that something of it is not so, and not what is.
    if state.state == "off" and state.feature in (still_on or {state.feature}):
        return doubted(state)
    return state


def ready_made_request(policy: Policy, event: Event, line: Line, zone: ZoneInfo) -> RequestInput:
    """What to ask Support about a line that failed; the person reads and completes it before it is drafted.

    Raises:
        BadInputError: it has not failed.
    """
    effect, answer = line.effect, line.answer
    if answer is None or line.result != "fail":
        raise BadInputError(f"Line {effect.number} has not failed, so there is nothing to ask. Nothing was drafted.")
    day = day_in_words(event.at, zone)
    name = policy.environment[event.environment].name
    saw = filled("\n\nWhat we saw: {}", answer.remark)
    looked = f"How we looked: {effect.check}{saw}\n\n"
    asked = RequestInput("defect", event.environment, effect.ask, version=event.version or "")
    if occasion_of(event) == "refresh":
        reason = (
            f"Our {name} database was refreshed from production on {day} and not upgraded since. Before anything "
            f"is switched on in it, this should be so: {effect.text} We found that it is not.\n\n"
            f"{looked}Can you put it right, in {name} only, and tell us when?"
        )
        # No promise was broken, so it is not a defect: what production held has come along.
        return replace(asked, kind="question", version="", reason=reason)
    reason = (
        f"Our {name} database was upgraded on {day}{filled(' to version {}', event.version)}. Expected afterwards: "
        f"{effect.text} We found that this is not so.\n\n{looked}Please put it right and tell us when."
    )
    return replace(asked, reason=reason)


def passed_sentence(check_list: CheckList | None, zone: ZoneInfo) -> str:
    """On which day the last line of a check-list passed; empty unless all have."""
    if check_list is None or any(line.result != "pass" for line in check_list.lines):
        return ""
    # A list is passed by the answer that was given last, whichever line that was.
    last = max(line.answer.at for line in check_list.lines if line.answer is not None)
    begun, passed = (day_in_words(at, zone) for at in (check_list.event.at, last))
    title = f"The check-list after the {check_list.occasion} of {begun}"
    return f"{title} was passed on {passed}: somebody looked at each line."


def standing_of(check_list: CheckList, zone: ZoneInfo) -> str:
    """What is open on a check-list, with the event's day, as Overview says it."""
    day = day_in_words(check_list.event.at, zone)
    standing = f"Check-list after the {check_list.occasion} of {day}: {uncapitalized(check_list.standing)}."
    if check_list.occasion == "refresh":
        return f"{standing} What waited in production's queues may have come along."
    return standing
