"""`sites`, and what other commands say of them."""

from __future__ import annotations

import json

from tests.cli.terminal import Terminal

COAST = ("sites", "add", "Coast clinic", "--zone", "America/Vancouver")
AT = ("--at", "2026-12-01T15:00:00Z")


def test_sites_are_added_changed_listed_and_removed(agency: Terminal) -> None:
    assert agency(*COAST).lines() == ["Coast clinic is added."]
    assert agency("sites", "edit", "coast CLINIC", "--name", "Coast", "--around-the-clock").lines() == [
        "Coast is changed."
    ]
    assert agency("sites", "list").lines() == ["Coast  America/Vancouver  around the clock"]
    assert agency("sites", "list", "--json").json() == [
        {"name": "Coast", "zone": "America/Vancouver", "around_the_clock": True}
    ]
    agency("sites", "edit", "Coast", "--no-around-the-clock", "--zone", "America/Toronto")
    assert agency("sites", "list").lines() == ["Coast  America/Toronto"]
    assert agency("sites", "remove", "Coast").lines() == ["Coast is removed."]
    assert agency("sites", "list").lines() == []


def test_a_site_that_is_not_there_is_bad_input(agency: Terminal) -> None:
    for command in (("edit", "Nowhere", "--zone", "America/Toronto"), ("remove", "Nowhere")):
        done = agency("sites", *command)
        assert (done.code, done.out) == (2, "")
        assert 'There is no site "Nowhere". Nothing was changed.' in done.err


def test_a_zone_that_is_none_is_bad_input(agency: Terminal) -> None:
    assert agency("sites", "add", "Coast", "--zone", "Vancouver Island").code == 2
    assert agency("sites", "list").lines() == []


def test_windows_show_the_local_time_of_sites_with_another_clock(agency: Terminal) -> None:
    before = agency("next", *AT).out
    agency(*COAST)
    told = "Coast clinic: Saturday 12 December 2026, 19:00 to 23:00 (Vancouver)"
    assert told not in before
    assert f"  {told}" in agency("next", *AT).lines()
    found = agency("next", *AT, "--json").json()["sites"]
    assert found == [
        {"names": ["Coast clinic"], "zone": "America/Vancouver", "starts_at": "2026-12-12T19:00:00-07:00",
         "ends_at": "2026-12-12T23:00:00-07:00"}
    ]  # fmt: skip
    span = ("--from", "2026-12-01", "--count", "1")
    assert f"    {told}" in agency("windows", *span).lines()
    assert told in agency("windows", *span, "--format", "csv").out
    assert "Coast clinic: Saturday 12 December" in agency("windows", *span, "--format", "ics").out


def test_in_a_zone_of_its_own_a_site_adds_nothing(agency: Terminal) -> None:
    agency(*COAST)
    zone = ("--zone", "America/Vancouver")
    assert "Coast clinic" not in agency("next", *AT, *zone).out
    assert agency("next", *AT, *zone, "--json").json()["sites"] == []


def test_supports_hours_show_it_too(agency: Terminal) -> None:
    agency(*COAST)
    said = agency("support", "--at", "2026-11-20T22:40:00Z").out
    assert "Coast clinic: Friday 20 November 2026, 18:00 (Vancouver)" in said


def test_where_people_work_around_the_clock_no_shorter_time_is_told_once(agency: Terminal) -> None:
    def told() -> int:
        return agency("windows", "--from", "2026-12-01").out.count("A shorter or exact time is not given")

    assert told() == 1
    agency(*COAST, "--around-the-clock")
    assert told() == 1
    assert "A shorter or exact time is not given" in agency("next", *AT).out
    assert json.loads(agency("agency", "show", "--json").out)["around_the_clock"] is False
