"""Versions: gathered from notices and databases, with release notes and the agency's own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from penelope_admin.errors import BadInputError
from penelope_admin.services import overview
from penelope_admin.services.calendar import notices, versions
from penelope_admin.services.mirror import environments
from penelope_admin.services.work import Context
from tests.each import each
from tests.services.house import NOW, change_agency, nothing_saved, one_entry

STARTS, ENDS = datetime(2026, 12, 13, 2, tzinfo=UTC), datetime(2026, 12, 13, 6, tzinfo=UTC)
ADDRESS = "https://vendor.example/notes/{version}"


def test_a_version_is_known_from_its_notice_its_databases_and_its_note(context: Context) -> None:
    context.write(notices.add, "announced", STARTS, ENDS, "4.26.12")
    context.write(environments.record_event, "mirrored", "upgraded", NOW - timedelta(days=20), version="4.26.11")
    context.write(versions.note, "4.27", "Ask about the new forms")
    change_agency(context, release_notes_url=ADDRESS)
    found = context.read(versions.find_all)
    assert [version.name for version in found] == ["4.27", "4.26.12", "4.26.11"]
    assert [version.note for version in found] == ["Ask about the new forms", "", ""]
    assert [[notice.id for notice in version.notices] for version in found] == [[], ["1"], []]
    assert [version.runs_in for version in found] == [(), (), ("mirrored",)]
    assert found[1].address == "https://vendor.example/notes/4.26.12"


def test_a_notice_that_was_replaced_brings_no_version_any_more(context: Context) -> None:
    context.write(notices.add, "announced", STARTS, ENDS, "4.26.12")
    context.write(notices.add, "announced", STARTS, ENDS, "4.26.13")
    assert [version.name for version in context.read(versions.find_all)] == ["4.26.13"]


def test_a_note_is_kept_in_place_of_the_one_before_and_taken_away_by_nothing(context: Context) -> None:
    with one_entry(context, "version.noted", "version 4.26.12") as facts:
        context.write(versions.note, "4.26.12", "First\nof two lines")
    assert facts[1] == {"version": "4.26.12", "text_given": ["note"]}
    with one_entry(context, "version.noted", "version 4.26.12") as facts:
        context.write(versions.note, " 4.26.12 ", "Second")
    assert facts[1] == {"version": "4.26.12", "text_changed": ["note"]}
    assert context.read(versions.find, "4.26.12").note == "Second"
    with one_entry(context, "version.noted", "version 4.26.12") as facts:
        context.write(versions.note, "4.26.12", " ")
    assert facts[1] == {"version": "4.26.12", "text_removed": ["note"]}
    assert context.read(versions.find_all) == []


@each("version, text", [("", "x"), ("4" * 61, "x"), ("4.26\n", "x\x00"), ("4.26.12", "x" * 4001), ("4.26.12", "")])
def test_a_note_that_cannot_be_kept_is_refused(context: Context, version: str, text: str) -> None:
    with nothing_saved(context), pytest.raises(BadInputError):
        context.write(versions.note, version, text)


def test_overview_says_which_version_comes_and_where_its_release_notes_are(context: Context) -> None:
    change_agency(context, release_notes_url=ADDRESS)
    context.write(notices.add, "announced", STARTS, ENDS, "4.26.12")
    found = context.read(overview.load)
    assert found is not None
    assert found.coming == "4.26.12 comes on Saturday 12 December 2026."
    assert found.release_notes == "https://vendor.example/notes/4.26.12"
