"""The JSON of things that no command of a test prints as a whole."""

from __future__ import annotations

import json

import pytest

from penelope_admin.domain.checklists import Evidence, LineAnswer, check_list
from penelope_admin.domain.windows import Notice
from penelope_admin.policy import Policy
from penelope_admin.services import shapes
from tests.domain.test_checklists import MAY, UPGRADE
from tests.domain.test_window_notices import utc


def test_a_notice_in_json_has_its_instants_with_offset() -> None:
    told = Notice("7", "emergency", utc(2026, 12, 2, 4), utc(2026, 12, 2, 5), "4.10")
    assert json.loads(shapes.to_json(shapes.notice(told))) == {
        "id": "7",
        "kind": "emergency",
        "starts_at": "2026-12-02T04:00:00+00:00",
        "ends_at": "2026-12-02T05:00:00+00:00",
        "version": "4.10",
        "origin": None,
        "downtime_minutes": None,
        "replaces": None,
        "month": None,
        "replaced_by": None,
        "reason": None,
    }


def test_in_json_a_line_has_its_evidence_by_name_and_hash(policy: Policy) -> None:
    answer = LineAnswer(4, "pass", MAY, "ada", "Nothing waits", Evidence("queue.png", "ab" * 32))
    found = shapes.check_list(check_list(policy, UPGRADE, [answer]))
    lines = found["lines"]
    assert isinstance(lines, list)
    assert (found["env"], found["finished"], len(lines)) == ("mirrored", False, 15)
    assert lines[3] == {
        "line": 4, "text": policy.effects[3].text, "result": "pass", "remark": "Nothing waits", "file": "queue.png",
        "sha256": "ab" * 32, "proof": None, "at": MAY, "by": "ada", "seen_off": None,
    }  # fmt: skip
    assert lines[0]["result"] is None


@pytest.mark.parametrize("is_past", [True, False])
def test_in_json_an_unfinished_check_list_says_whether_it_still_asks_for_anything(
    policy: Policy, is_past: bool
) -> None:
    found = shapes.check_list(check_list(policy, UPGRADE, [], is_past=is_past))
    assert (found["finished"], found["past"]) == (False, is_past)


def test_what_has_no_json_form_is_a_bug_and_not_printed() -> None:
    with pytest.raises(TypeError, match="set has no JSON form"):
        shapes.to_json({"a": {1}})
