"""Merging plans: by field and member against what both began from, and nothing is lost without having been shown."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from penelope_admin.domain import plans
from penelope_admin.domain.plans import WHOLE, Content, Days, FeaturePlan, HolidayPlan, Items, ProjectPlan, merge
from penelope_admin.policy import Policy
from tests.each import each
from tests.effort import examples

DAY = date(2026, 12, 7)
DAYS = st.integers(0, 3).map(lambda n: DAY + timedelta(days=n))
KEYS = [str(UUID(int=number)) for number in range(4)]


def project(**said: object) -> ProjectPlan:
    known = {"name": "Pilot", "purpose": "Try it", "environment": "mirrored", "first_day": DAY, "last_day": DAY}
    return ProjectPlan(**{**known, **said})  # type: ignore[arg-type]


PROJECTS = st.builds(
    ProjectPlan,
    name=st.sampled_from("abc"),
    purpose=st.sampled_from("abc"),
    environment=st.just("mirrored"),
    first_day=DAYS,
    last_day=DAYS,
    refresh_by=st.none() | DAYS,
    features=st.dictionaries(st.sampled_from(["sms", "ledger"]), st.builds(Days, first_day=DAYS, last_day=DAYS)),
)
STORES = st.dictionaries(st.sampled_from(KEYS), PROJECTS)


def apply(here: Items, merged: list[plans.Merged]) -> dict[str, Content]:
    """What is planned once what was merged is written."""
    after = {**here, **{item.id: item.after for item in merged}}
    return {key: content for key, content in after.items() if content is not None}


def whole(base: Items, here: Items, plan: Items) -> tuple[dict[str, Content], list[plans.Conflict]]:
    merged = merge(base, here, plan)
    return apply(here, merged), [conflict for item in merged for conflict in item.conflicts]


@given(store=STORES)
def test_a_plan_that_was_taken_along_and_brought_home_changes_nothing(store: Items) -> None:
    assert not any(item.changes or item.conflicts for item in merge(store, store, store))


def in_short(conflict: plans.Conflict) -> tuple[object, ...]:
    """All of a conflict but what its item is called, which may be merged itself."""
    return conflict.item, conflict.field, conflict.base, conflict.here, conflict.plan


@given(base=STORES, here=STORES, plan=STORES)
def test_importing_twice_is_importing_once(base: Items, here: Items, plan: Items) -> None:
    once, asked = whole(base, here, plan)
    twice, asked_again = whole(base, once, plan)
    assert twice == once
    assert [in_short(conflict) for conflict in asked_again] == [in_short(conflict) for conflict in asked]


@given(base=STORES, here=STORES, plan=STORES)
def test_what_is_chosen_once_is_not_asked_again(base: Items, here: Items, plan: Items) -> None:
    choices = plans.everything(merge(base, here, plan), "plan")
    after = apply(here, merge(base, here, plan, choices))
    assert not any(item.conflicts or item.changes for item in merge(base, after, plan))


def fields(content: Content | None) -> dict[str, object]:
    return plans._flat(content) or {WHOLE: None} if content is None else plans._flat(content)


@settings(max_examples=examples(60, long=2000))
@given(base=STORES, here=STORES, plan=STORES)
def test_no_value_is_lost_without_having_been_shown(base: Items, here: Items, plan: Items) -> None:
    after, asked = whole(base, here, plan)
    shown = {(conflict.item, conflict.field) for conflict in asked}
    for key in {*base, *here, *plan}:
        was, ours, theirs, now = (fields(side.get(key)) for side in (base, here, plan, after))
        for field in {*was, *ours, *theirs}:
            edits = [side.get(field) for side in (ours, theirs) if side.get(field) != was.get(field)]
            told = (key, field) in shown or (key, WHOLE) in shown
            is_untouched = key not in {*base, *plan}
            assert told or is_untouched or all(now.get(field) == value for value in edits), (key, field)


@given(base=STORES, one=STORES, two=STORES)
def test_two_plans_in_either_order_agree_where_they_do_not_conflict(base: Items, one: Items, two: Items) -> None:
    results = []
    for first, second in ((one, two), (two, one)):
        here, asked = whole(base, base, first)
        assert not asked
        results.append(whole(base, here, second))
    (forth, asked_forth), (back, asked_back) = results
    told = {(conflict.item, conflict.field) for conflict in (*asked_forth, *asked_back)}
    assert {(conflict.item, conflict.field) for conflict in asked_forth} == told
    for key in {*base, *one, *two}:
        if (key, WHOLE) in told:
            continue
        left, right = fields(forth.get(key)), fields(back.get(key))
        assert all(left.get(name) == right.get(name) for name in {*left, *right} if (key, name) not in told)


def test_members_of_a_set_are_merged_one_by_one() -> None:
    days = Days(first_day=DAY, last_day=DAY)
    base = {KEYS[0]: project(features={"sms": days})}
    here = {KEYS[0]: project(features={"sms": days, "ledger": days})}
    plan = {KEYS[0]: project(features={"email": days})}
    after, asked = whole(base, here, plan)
    assert (after, asked) == ({KEYS[0]: project(features={"ledger": days, "email": days})}, [])


def test_what_both_changed_is_asked_with_all_three_values() -> None:
    (item,) = merge(
        {KEYS[0]: project(name="was")}, {KEYS[0]: project(name="here")}, {KEYS[0]: project(name="there", purpose="New")}
    )
    (asked,) = item.conflicts
    assert (asked.field, asked.base, asked.here, asked.plan) == ("name", "was", "here", "there")
    assert item.after == project(name="here", purpose="New")


@each("removed_here", [True, False])
def test_what_is_removed_on_one_side_and_changed_on_the_other_is_asked(removed_here: bool) -> None:
    base, changed = {KEYS[0]: project()}, {KEYS[0]: project(name="New")}
    here, plan = ({}, changed) if removed_here else (changed, {})
    (item,) = merge(base, here, plan)
    assert [conflict.field for conflict in item.conflicts] == [WHOLE]
    assert not item.changes
    for side, wanted in (("here", here), ("plan", plan)):
        (chosen,) = merge(base, here, plan, {(KEYS[0], WHOLE): side})  # type: ignore[dict-item]
        assert (chosen.after, chosen.conflicts) == (wanted.get(KEYS[0]), ())


def test_without_a_common_base_whatever_differs_is_asked() -> None:
    (item,) = merge({}, {KEYS[0]: project()}, {KEYS[0]: project(name="New")})
    assert [conflict.field for conflict in item.conflicts] == ["name"]


def test_what_there_can_be_only_one_of_is_the_same_item_on_every_machine() -> None:
    plan = FeaturePlan(environment="mirrored", feature="dss", change="disable", reason="a")
    other = FeaturePlan(environment="mirrored", feature="dss", change="enable", reason="b")
    assert plans.own_id(plan) == plans.own_id(other)
    assert plans.own_id(HolidayPlan(team="support", day=DAY)) != plans.own_id(HolidayPlan(team="support-au", day=DAY))
    assert plans.own_id(project()) is None


@each("odd", ["\u202e", "\x1b[2J", "\n", "\u2028"])
def test_what_somebody_else_s_file_says_steers_no_terminal_and_forges_no_line(policy: Policy, odd: str) -> None:
    content = project(name=f"a{odd}b", environment=f"x{odd}", features={f"f{odd}": Days(first_day=DAY, last_day=DAY)})
    shown = plans.title_of(content, policy) + plans.value_in_words(policy, content)
    shown += plans.field_in_words(policy, f"features/f{odd}") + plans.value_in_words(policy, f"a{odd}")
    assert not any(character in shown for character in odd if not character.isprintable())
