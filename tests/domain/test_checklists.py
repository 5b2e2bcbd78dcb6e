"""The check-list after an upgrade: a line for each effect, and the newest answer to each counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penelope_admin.domain.checklists import (
    CheckList,
    Line,
    LineAnswer,
    Result,
    check_list,
    check_result,
    find_effect,
    ready_made_request,
    standing_of,
)
from penelope_admin.domain.mirror import Event
from penelope_admin.errors import BadInputError
from penelope_admin.policy import Policy
from tests.each import each

WINNIPEG = ZoneInfo("America/Resolute")
MAY = datetime(2026, 5, 4, 3, tzinfo=UTC)
"""The evening of the third in Resolute."""
UPGRADE = Event("mirrored", "upgraded", MAY, "4.26.5", id=7)
RESULTS: tuple[Result, ...] = ("pass", "fail", "cannot-tell")


def said(effect: int, result: Result, minutes: int = 0) -> LineAnswer:
    return LineAnswer(effect, result, MAY + timedelta(minutes=minutes), "ada")


def test_there_is_a_line_for_each_of_the_fifteen_effects_in_order(policy: Policy) -> None:
    found = check_list(policy, UPGRADE, ())
    assert [line.effect.number for line in found.lines] == list(range(1, 16))
    assert [line.effect.text for line in found.lines] == [effect.text for effect in policy.effects_after("upgrade")]
    assert found.unanswered == found.lines
    assert not found.is_finished


def test_every_line_says_how_to_look_and_what_to_ask_when_it_failed(policy: Policy) -> None:
    assert all(effect.check.endswith(".") and effect.ask for effect in policy.effects)
    assert len({effect.ask for effect in policy.effects}) == 15 + 4
    assert [effect.number for effect in policy.effects if effect.proven_by_data] == [1, 2]


@given(st.lists(st.tuples(st.integers(1, 15), st.sampled_from(RESULTS)), max_size=40))
def test_the_newest_answer_of_each_line_counts(policy: Policy, answers: list[tuple[int, Result]]) -> None:
    given_ = [said(effect, result, minutes) for minutes, (effect, result) in enumerate(answers)]
    found = check_list(policy, UPGRADE, given_)
    last: dict[int, Result] = {}
    for effect, result in answers:
        last[effect] = result
    assert {line.effect.number: line.answer.result for line in found.lines if line.answer} == last
    assert {line.effect.number for line in found.unanswered} == set(range(1, 16)) - set(last)
    assert {line.effect.number for line in found.failed} == {key for key, result in last.items() if result == "fail"}
    assert found.is_finished is (len(last) == 15)


def listed(policy: Policy, *results: Result) -> CheckList:
    return check_list(policy, UPGRADE, [said(number, result) for number, result in enumerate(results, start=1)])


@each(
    "results, standing",
    [
        ((), "15 of 15 lines still to check"),
        (("pass", "fail"), "13 of 15 lines still to check, 1 failed"),
        (("pass",) * 14, "1 of 15 lines still to check"),
        (("pass",) * 15, "All 15 lines checked, none failed"),
        (("fail", *["pass"] * 14), "All 15 lines checked, 1 failed"),
        (("cannot-tell", *["pass"] * 14), "All 15 lines answered, 1 not clear"),
        (("fail", *["cannot-tell"] * 13), "1 of 15 lines still to check, 1 failed, 13 not clear"),
    ],
)
def test_how_far_it_is_is_told_in_a_few_words(policy: Policy, results: tuple[Result, ...], standing: str) -> None:
    found = listed(policy, *results)
    assert found.standing == standing
    said_there = standing_of(found, WINNIPEG)
    assert said_there.startswith("Check-list after the upgrade of Sunday 3 May 2026: ")
    assert said_there.lower().endswith(f"{standing.lower()}.")


@each("number", [0, 16, -1, 10**9])
def test_there_is_no_other_line(policy: Policy, number: int) -> None:
    with pytest.raises(BadInputError, match=f"has no line {number}; it has 15"):
        find_effect(policy, number)


@each("text", ["", "Pass", "passed", "unknown", "\udcff"])
def test_there_is_no_other_result(text: str) -> None:
    with pytest.raises(BadInputError, match="Results are pass, fail, cannot-tell"):
        check_result(text)


@each("result", RESULTS)
def test_a_result_is_found_by_its_name(result: Result) -> None:
    assert check_result(result) == result


def test_a_ready_made_request_says_what_was_expected_when_and_how_it_was_looked_at(policy: Policy) -> None:
    for effect in policy.effects:
        failed = LineAnswer(effect.number, "fail", MAY, "ada", "Ten of ten")
        wish = ready_made_request(policy, UPGRADE, Line(effect, failed), WINNIPEG)
        assert (wish.kind, wish.environment, wish.title, wish.version) == ("defect", "mirrored", effect.ask, "4.26.5")
        for part in ("Sunday 3 May 2026 to version 4.26.5", effect.text, effect.check, "What we saw: Ten of ten"):
            assert part in wish.reason
        for answer in (None, LineAnswer(effect.number, "cannot-tell", MAY, "ada")):
            with pytest.raises(BadInputError, match="has not failed"):
                ready_made_request(policy, UPGRADE, Line(effect, answer), WINNIPEG)
