"""What a status page publishes: read within bounds, made into messages, and never trusted."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penelope_admin.errors import BadInputError
from penelope_admin.gateways.status_page import LONGEST_NAME, MAX_BYTES, MAX_ENTRIES, check_address, read
from tests.each import each
from tests.effort import examples

MAINTENANCE = {
    "id": "k1",
    "name": "Penelope 4.26.12 upgrade",
    "status": "scheduled",
    "impact": None,
    "updated_at": "2026-11-20T10:00:00Z",
    "scheduled_for": "2026-12-12T21:00:00.000-05:00",
    "scheduled_until": "2026-12-13T01:00:00.000-05:00",
    "incident_updates": [{"body": "All regions.\nPlan for it."}],
}


def answer(*items: Any, name: str = "scheduled_maintenances") -> bytes:
    return json.dumps({"page": {"id": "x"}, name: items}).encode()


def test_an_entry_becomes_a_message_with_its_instants_in_one_reading() -> None:
    (entry,) = read(answer(MAINTENANCE))
    assert entry.name == "Penelope 4.26.12 upgrade"
    assert entry.text == (
        "Subject: Penelope 4.26.12 upgrade\n\nFrom 2026-12-13 02:00 UTC to 2026-12-13 06:00 UTC.\n"
        "All regions.\nPlan for it.\n"
    )


def test_a_change_of_an_entry_is_another_one() -> None:
    later = MAINTENANCE | {"updated_at": "2026-11-21T10:00:00Z"}
    assert read(answer(MAINTENANCE))[0].key != read(answer(later))[0].key


def test_an_incident_needs_no_time() -> None:
    (entry,) = read(answer({"id": "i", "name": "Slow pages"}, name="incidents"))
    assert entry.text == "Subject: Slow pages\n\n\n"


def test_entries_that_are_none_take_nothing_from_the_others() -> None:
    said = read(answer(MAINTENANCE, {"name": 7}, "x", MAINTENANCE | {"scheduled_for": "soon"}))
    assert len(said) == 1


def test_more_entries_than_a_page_has_are_left_out() -> None:
    said = read(answer(*[MAINTENANCE] * (MAX_ENTRIES + 5)))
    assert len(said) == MAX_ENTRIES


def test_a_name_is_one_line_of_bounded_length() -> None:
    (entry,) = read(answer(MAINTENANCE | {"name": "A\nBcc: x\x1b[31m\u202e" + "z" * 9000}))
    assert entry.text.splitlines()[0].startswith("Subject: A Bcc: x [31m")
    assert len(entry.name) <= LONGEST_NAME


@each(
    "data", [b"", b"{", b"[]", b"{}", b"\xff\xfe", b"null", b'{"incidents": 3}', b"[" * 100_000, b" " * (MAX_BYTES + 1)]
)
def test_what_is_no_answer_is_refused_with_a_message(data: bytes) -> None:
    with pytest.raises(BadInputError, match="Nothing was taken from it"):
        read(data)


@settings(max_examples=examples(40, long=10_000))
@given(st.binary(max_size=60), st.integers(0, 400))
def test_a_damaged_answer_is_read_or_refused(noise: bytes, place: int) -> None:
    whole = answer(MAINTENANCE)
    with suppress(BadInputError):
        read(whole[:place] + noise + whole[place + len(noise) :])


@each("text", ["https://status.example.com", " https://status.example.com/ ", "http://127.0.0.1:80"])
def test_an_address_is_kept_without_what_is_not_needed(text: str) -> None:
    assert check_address(text) == text.strip().rstrip("/")


def test_no_address_is_none() -> None:
    assert check_address("  ") == ""


@each(
    "text",
    [
        *("status.example.com", "http://status.example.com", "https://", "https://a b", "javascript:alert(1)"),
        *("https://user:pass@status.example.com", "https://status.example.com/page", "https://status.example.com?x=1"),
        *("https://status.example.com:99999", "https://[::1", "file:///etc/passwd", "https://b\u00fccher.example"),
        "https://" + "a" * 400,
    ],
)
def test_what_is_no_such_address_is_refused(text: str) -> None:
    with pytest.raises(BadInputError, match="The address was not changed"):
        check_address(text)
