"""The time zones of a country, and the one to suggest."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import tzlocal

from penelope_admin.clock import find_zone
from penelope_admin.gateways import zones
from penelope_admin.policy import Policy
from tests.each import each
from tests.regions import REGION_KEYS

SetZone = Callable[[str], None]


@pytest.fixture
def computer_in(monkeypatch: pytest.MonkeyPatch) -> SetZone:
    """Puts this computer into a time zone."""

    def put(name: str) -> None:
        monkeypatch.setenv("TZ", name)
        # The library remembers its first answer for the whole process.
        monkeypatch.setitem(tzlocal.get_localzone_name.__globals__, "_cache_tz_name", None)

    return put


@each("region", REGION_KEYS)
def test_a_regions_zones_start_with_its_usual_one_and_are_all_known(policy: Policy, region: str) -> None:
    found = zones.zones_of(policy.region[region])
    assert found[0] == policy.region[region].default_zone
    assert len(set(found)) == len(found)
    assert list(found[1:]) == sorted(found[1:])
    for name in found:
        assert find_zone(name).key == name


@each(
    "region, zone",
    [
        ("CA", "America/Winnipeg"),
        ("CA", "America/St_Johns"),
        ("CA", "America/Regina"),
        ("US", "America/Phoenix"),
        ("US", "Pacific/Honolulu"),
        ("AU", "Australia/Adelaide"),
        ("AU", "Australia/Lord_Howe"),
        ("NZ", "Pacific/Chatham"),
    ],
)
def test_a_region_has_all_zones_of_its_country_and_no_others(policy: Policy, region: str, zone: str) -> None:
    assert [key for key in REGION_KEYS if zone in zones.zones_of(policy.region[key])] == [region]


def test_the_united_kingdom_has_one_zone(policy: Policy) -> None:
    assert zones.zones_of(policy.region["GB"]) == ("Europe/London",)


@pytest.mark.parametrize(
    ("region", "computer", "suggested"),
    [
        ("CA", "America/Winnipeg", "America/Winnipeg"),
        ("AU", "Australia/Perth", "Australia/Perth"),
        ("GB", "America/Winnipeg", "Europe/London"),
        ("US", "Europe/Berlin", "America/New_York"),
        ("NZ", "UTC", "Pacific/Auckland"),
    ],
)
def test_the_computers_zone_is_suggested_where_it_lies_in_the_region(
    policy: Policy, computer_in: SetZone, region: str, computer: str, suggested: str
) -> None:
    computer_in(computer)
    assert zones.suggested_zone(policy.region[region]) == suggested


@pytest.mark.parametrize("name", ["Mars/Olympus", "XYZ-3", "/nowhere/at/all", "../../etc/passwd", "", ":"])
def test_a_zone_that_means_nothing_still_leads_to_a_suggestion_of_the_region(
    policy: Policy, computer_in: SetZone, name: str
) -> None:
    computer_in(name)
    for region in policy.regions:
        assert zones.suggested_zone(region) in zones.zones_of(region)
