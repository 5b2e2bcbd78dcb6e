"""Plan files: equal plans are equal bytes, and whatever else a file holds is refused in words."""

from __future__ import annotations

import hashlib
import json
import random
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from penelope_admin.domain import plans as rules
from penelope_admin.domain.plans import (
    AgencyFacts,
    Days,
    DraftPlan,
    Facts,
    FeatureFact,
    FeaturePlan,
    HolidayPlan,
    Item,
    Member,
    NoticeFact,
    NoticePlan,
    Origin,
    Plan,
    PostureFact,
    ProjectPlan,
    SiteFact,
)
from penelope_admin.errors import BadInputError
from penelope_admin.gateways import plans
from tests.each import each
from tests.effort import examples

NOW = datetime(2026, 12, 1, 15, tzinfo=UTC)
DAY = date(2026, 12, 7)
CONTENTS = (
    ProjectPlan(
        name="Pilot “A”", purpose="Try\u2028it", environment="mirrored", first_day=DAY, last_day=DAY,
        features={"dss": Days(first_day=DAY, last_day=DAY)},
    ),
    FeaturePlan(environment="mirrored", feature="dss", change="disable", reason="Not needed"),
    DraftPlan(kind="critical", title="Nobody can sign in", characteristics={"a": Member()}, began_at=NOW),
    NoticePlan(kind="emergency", starts_at=NOW, ends_at=NOW),
    HolidayPlan(team="support", day=DAY, name="Closed"),
)  # fmt: skip


FACTS = Facts(
    agency=AgencyFacts(
        store_id=str(UUID(int=7)), name="Riverside", region="CA", zone="America/Resolute",
        environments=("production", "mirrored"), as_of=NOW,
        sites=(SiteFact(name="Lakeside", zone="America/Vancouver", around_the_clock=True),),
    ),
    notices=(
        NoticeFact(id=str(UUID(int=8)), kind="announced", starts_at=NOW, ends_at=NOW, as_of=NOW, month=DAY),
        NoticeFact(
            id=str(UUID(int=9)), kind="announced", starts_at=NOW, ends_at=NOW, as_of=NOW, version="5", origin="email",
            downtime=180, replaces=str(UUID(int=8)),
        ),
    ),
    features=(
        FeatureFact(
            environment="mirrored", feature="dss", state="on", as_of=NOW, since=NOW, until=DAY, reason="Payroll"
        ),
    ),
    postures=(
        PostureFact(environment="mirrored", contact_details="real", sentence="Real.", as_of=NOW, queues="May wait."),
    ),
)  # fmt: skip


def a_plan(*contents: rules.Content) -> Plan:
    ids = [rules.own_id(content) or str(UUID(int=number)) for number, content in enumerate(contents)]
    items = (Item(rules.kind_of(c), i, c, c) for i, c in zip(ids, contents, strict=True))
    return Plan(
        origin=Origin(store_id=str(UUID(int=99)), seq=7, hash="0" * 64), made_at=NOW, by="ada",
        policy_sha256="1" * 64, items=tuple(sorted(items, key=lambda item: item.id)), facts=FACTS,
    )  # fmt: skip


def sealed(whole: dict[str, Any]) -> bytes:
    """A file as somebody with an editor could make it, check sum and all."""

    def canonical(value: object) -> bytes:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"

    rest = {key: value for key, value in whole.items() if key != "sha256"}
    return canonical({**rest, "sha256": hashlib.sha256(canonical(rest)).hexdigest()})


@pytest.fixture
def whole() -> dict[str, Any]:
    """What a good file says."""
    found: dict[str, Any] = json.loads(plans.to_bytes(a_plan(*CONTENTS)))
    return found


def test_what_is_written_is_read_and_written_as_the_same_bytes(tmp_path: Path) -> None:
    plan, path = a_plan(*CONTENTS), tmp_path / "x.pa-plan"
    digest = plans.write(plan, path)
    assert plans.read(path) == (plan, digest)
    assert path.stat().st_mode & 0o777 == 0o600
    assert plans.to_bytes(plans.read(path)[0]) == path.read_bytes()
    assert path.read_bytes().endswith(b"}\n")
    assert digest == hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_order_of_items_makes_no_other_file() -> None:
    plan = a_plan(*CONTENTS)
    turned = Plan(**{**{n: getattr(plan, n) for n in plan.__struct_fields__}, "items": plan.items[::-1]})
    assert plans.to_bytes(turned) == plans.to_bytes(plan)


def test_a_sealed_file_is_as_this_program_writes_it(whole: dict[str, Any]) -> None:
    assert sealed(whole) == plans.to_bytes(a_plan(*CONTENTS))


def test_another_major_format_was_made_by_a_newer_version(whole: dict[str, Any]) -> None:
    whole["format"] = "penelope-admin-plan/2"
    whole["what"] = 1.5
    with pytest.raises(BadInputError, match="made by a newer version"):
        plans.from_bytes(sealed(whole), "x.pa-plan")


@each("data", [b"", b"{}", b"[1]", b"\xff\xfe", b'"penelope-admin-plan/1"', b"[" * 200_000])
def test_what_is_no_plan_file_is_told_so(data: bytes) -> None:
    with pytest.raises(BadInputError, match="is not a plan file"):
        plans.from_bytes(data, "x.pa-plan")


CHANGES: dict[str, tuple[str, Any]] = {
    "an unknown field": ("more", "x"),
    "a number that is none": ("head", {"seq": 1.0, "hash": "0" * 64}),
    "a negative number": ("head", {"seq": -1, "hash": "0" * 64}),
    "a time without a zone": ("made_at", "2026-12-01T15:00:00"),
    "no UUID": ("store_id", "..-/"),
    "a long account": ("by", "a" * 121),
    "nothing for the items": ("items", None),
    "an unknown kind": ("items", [{"kind": "event", "id": str(UUID(int=1)), "base": None, "plan": {}}]),
    "an item that says nothing": ("items", [{"kind": "notice", "id": str(UUID(int=1)), "base": None, "plan": None}]),
    "an unknown field of an item": (
        "items",
        [{"kind": "holiday", "id": str(UUID(int=1)), "base": None, "plan": {"team": "a", "day": "2026-12-07", "x": 1}}],
    ),
    "a holiday by another's UUID": (
        "items",
        [{"kind": "holiday", "id": str(UUID(int=1)), "base": None, "plan": {"team": "a", "day": "2026-12-07"}}],
    ),
}


@pytest.mark.parametrize(("field", "value"), CHANGES.values(), ids=CHANGES.keys())
def test_what_does_not_belong_into_a_plan_file_is_refused(whole: dict[str, Any], field: str, value: object) -> None:
    with pytest.raises(BadInputError, match="Take the plan along again on the computer it came from"):
        plans.from_bytes(sealed({**whole, field: value}), "x.pa-plan")


def test_an_item_that_is_there_twice_is_refused(whole: dict[str, Any]) -> None:
    whole["items"].append(whole["items"][0])
    with pytest.raises(BadInputError, match="twice"):
        plans.from_bytes(sealed(whole), "x.pa-plan")


@pytest.mark.parametrize("part", ["notices", "features", "postures"])
def test_what_is_known_twice_is_refused(whole: dict[str, Any], part: str) -> None:
    whole["facts"][part].append(whole["facts"][part][0])
    with pytest.raises(BadInputError, match="something known is in it twice"):
        plans.from_bytes(sealed(whole), "x.pa-plan")


def test_a_file_without_facts_is_a_plan_and_says_nothing_of_them(whole: dict[str, Any]) -> None:
    del whole["facts"]
    assert plans.from_bytes(sealed(whole), "x.pa-plan").facts is None
    with pytest.raises(BadInputError, match="not as this version of Penelope Admin makes it"):
        plans.from_bytes(sealed({**whole, "facts": None}), "x.pa-plan")


def test_a_text_that_was_changed_is_damage() -> None:
    data = plans.to_bytes(a_plan(*CONTENTS)).replace(b"Not needed", b"Not wanted")
    with pytest.raises(BadInputError, match="check sum"):
        plans.from_bytes(data, "x.pa-plan")


def test_more_than_a_mebibyte_is_not_read() -> None:
    with pytest.raises(BadInputError, match="1 MiB"):
        plans.from_bytes(b" " * ((1 << 20) + 1), "x.pa-plan")


def test_more_than_two_thousand_items_are_not_written() -> None:
    holiday = CONTENTS[-1]
    items = tuple(Item("holiday", str(UUID(int=number)), holiday, holiday) for number in range(2001))
    plan = a_plan()
    with pytest.raises(BadInputError, match="2000 items"):
        plans.to_bytes(Plan(**{**{n: getattr(plan, n) for n in plan.__struct_fields__}, "items": items}))


def test_a_file_that_is_no_plan_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "thesis.txt"
    path.write_text("years of work", "utf-8")
    with pytest.raises(BadInputError, match="not a plan file"):
        plans.write(a_plan(*CONTENTS), path)
    assert path.read_text("utf-8") == "years of work"


@each("name", ["thesis.txt/x.pa-plan", f"{'x' * 300}.pa-plan"])
def test_a_place_where_no_file_can_be_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", "utf-8")
    with pytest.raises(BadInputError, match="could not be written"):
        plans.write(a_plan(*CONTENTS), tmp_path / name)


def _mutated(data: bytes, dice: random.Random) -> bytes:
    """A file that somebody, or a disk, changed in a few places."""
    found = bytearray(data)
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(found))
        match dice.randrange(4):
            case 0:
                found[at] = dice.randrange(256)
            case 1:
                del found[at : at + dice.randint(1, 20)]
            case 2:
                found[at:at] = found[: dice.randint(1, 200)]
            case _:
                found[at:at] = dice.choice([b"{", b"[[[[", b'"', b"null", b"1e999", b"\\ud800", b"\x00", b"9" * 40])
        if not found:
            return b""
    return bytes(found)


def mutated_value(value: Any, dice: random.Random) -> Any:
    """The same behind a check sum that is right: one value somewhere is another."""
    odd = [None, True, -1, 2**70, 1.5, "", "x" * 5000, "\x00", "0001-01-01", "9999-12-31T23:59:59Z", [], {}, ["a"]]
    if isinstance(value, dict) and value and dice.random() < 0.9:
        key = dice.choice(sorted(value))
        return {**value, key: mutated_value(value[key], dice)}
    if isinstance(value, list) and value and dice.random() < 0.9:
        at = dice.randrange(len(value))
        return [*value[:at], mutated_value(value[at], dice), *value[at + 1 :]]
    return dice.choice(odd)


def test_files_changed_at_random_are_read_or_refused_in_words() -> None:
    dice, data = random.Random(20261201), plans.to_bytes(a_plan(*CONTENTS))
    whole, refused = json.loads(data), 0
    for number in range(examples(400, long=10_000)):
        key = dice.choice(sorted(whole))
        changed = _mutated(data, dice) if number % 2 else sealed({**whole, key: mutated_value(whole[key], dice)})
        try:
            plan = plans.from_bytes(changed, "x.pa-plan")
        except BadInputError:
            refused += 1
        else:
            assert plans.to_bytes(plan)
    assert refused


def test_the_schema_names_every_field_of_the_file(whole: dict[str, Any]) -> None:
    schema = plans.schema()
    assert set(schema["$defs"]["PlanFile"]["properties"]) == set(whole)
    assert schema["$defs"]["PlanFile"]["additionalProperties"] is False
    assert set(schema["$defs"]["ProjectPlan"]["properties"]) == {
        "name", "purpose", "environment", "from", "to", "refresh_by", "recurs", "features",
    }  # fmt: skip
