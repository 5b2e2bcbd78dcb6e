"""Versions of Penelope: their order, where their release notes are, and what is said of the one that comes."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penelope_admin.domain.versions import clean_notes_address, coming_sentence, newest_first, notes_address
from penelope_admin.domain.windows import Calendar, Notice
from penelope_admin.errors import BadInputError
from penelope_admin.policy import Policy
from tests.domain.instants import utc
from tests.each import each

STARTS = utc(2026, 12, 13, 2)
WINNIPEG = ZoneInfo("America/Resolute")


@each(
    "template, address",
    [
        ("https://vendor.example/notes/{version}", "https://vendor.example/notes/4.26.12%2F..%20a"),
        ("https://vendor.example/notes?v={version}#{version}", "https://vendor.example/notes?v=4.26.12%2F..%20a#4.26.12%2F..%20a"),
        ("https://vendor.example/notes", "https://vendor.example/notes"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_version_stands_in_its_place_of_the_address_and_cannot_change_the_rest(template: str, address: str) -> None:
    assert notes_address(clean_notes_address(template), "4.26.12/.. a") == address


@each(
    "template",
    ["http://vendor.example/{version}", "https://{version}.example/", "https://vendor.example/{Version}",
     "https://vendor.example/{", "https://vendor.example/{version", "javascript:alert(1)", "https://a@b.example/"],
)  # fmt: skip
def test_an_address_that_is_none_is_refused(template: str) -> None:
    with pytest.raises(BadInputError, match="Nothing was saved"):
        clean_notes_address(template)


@given(version=st.text(max_size=60))
def test_no_version_leads_to_another_server(version: str) -> None:
    found = notes_address("https://vendor.example/notes/{version}", version.encode("utf-8", "replace").decode())
    assert found.startswith("https://vendor.example/notes/")
    assert "/" not in found.removeprefix("https://vendor.example/notes/")


def test_versions_are_sorted_by_their_numbers() -> None:
    assert sorted(["4.26.12", "4.26.9", "beta", "4.26", "10.1", "4.26.12b"], key=newest_first) == [
        "beta", "4.26", "4.26.9", "4.26.12", "4.26.12b", "10.1",
    ]  # fmt: skip


@given(versions=st.lists(st.text(max_size=30), max_size=6))
def test_any_versions_can_be_sorted(versions: list[str]) -> None:
    found = sorted(versions, key=newest_first)
    assert all(newest_first(early) <= newest_first(late) for early, late in pairwise(found))


@each(
    "before, sentence",
    [
        (timedelta(days=20), "4.26.12 comes on Saturday 12 December 2026."),
        (timedelta(days=5), "4.26.12 comes on Saturday."),
        (timedelta(hours=2), "4.26.12 comes today."),
        (timedelta(0), ""),
    ],
)
def test_the_version_that_comes_is_told_until_its_window_begins(
    policy: Policy, before: timedelta, sentence: str
) -> None:
    told = Notice("1", "announced", STARTS, STARTS + timedelta(hours=4), "4.26.12")
    window = Calendar(policy, "CA", WINNIPEG, [told]).next_upgrade(STARTS - before)
    assert coming_sentence(window, STARTS - before) == sentence


def test_nothing_is_said_of_a_version_that_no_notice_names(policy: Policy) -> None:
    assert not coming_sentence(Calendar(policy, "CA", WINNIPEG).next_upgrade(STARTS), STARTS - timedelta(days=1))
