"""Sites of the agency: added, changed, removed, and what windows, Support's hours and the first frame say of them."""

from __future__ import annotations

import msgspec
import pytest

from penelope_admin.domain.sites import MOST_SITES, Site
from penelope_admin.errors import BadInputError, ConflictError, NotSetUpError
from penelope_admin.gateways import settings
from penelope_admin.services import activity, overview, sites
from penelope_admin.services.calendar import support, windows
from penelope_admin.services.work import Context
from tests.services.house import change_agency, nothing_saved, one_entry

COAST = ("Coast clinic", "America/Vancouver")


def names(context: Context) -> list[str]:
    return [site.name for site in context.read(sites.find_all)]


def test_a_site_is_added_with_one_entry_in_the_log(context: Context) -> None:
    with one_entry(context, "site.added", "Coast clinic") as facts:
        made = context.write(sites.add, *COAST, around_the_clock=True).value
    assert facts == [None, {"name": "Coast clinic", "zone": "America/Vancouver", "around_the_clock": True}]
    assert context.read(sites.find_all) == (made,)
    assert context.read(activity.verify).holds


def test_sites_are_told_by_name_whatever_the_order_in_which_they_came(context: Context) -> None:
    for name in ("north", "East", "Élan", "south"):
        context.write(sites.add, name, "America/Toronto")
    assert names(context) == sorted(names(context), key=str.casefold)
    assert context.read(sites.find, " NORTH ").name == "north"


def test_a_site_is_changed_and_removed_with_one_entry_each(context: Context) -> None:
    made = context.write(sites.add, *COAST).value
    with one_entry(context, "site.changed", "Coast"):
        changed = context.write(
            sites.change, made, msgspec.structs.replace(made, name="Coast", around_the_clock=True)
        ).value
    assert context.read(sites.find_all) == (Site(made.id, "Coast", "America/Vancouver", True),)
    with one_entry(context, "site.removed", "Coast"):
        context.write(sites.remove, changed)
    assert context.read(sites.find_all) == ()
    assert context.read(activity.verify).holds


@pytest.mark.parametrize(
    ("name", "zone"),
    [("", "America/Toronto"), ("A\nB", "America/Toronto"), ("x" * 121, "America/Toronto"), ("A", "Mars/Base"),
     ("COAST CLINIC", "America/Toronto")],
)  # fmt: skip
def test_a_site_that_cannot_be_used_saves_nothing(context: Context, name: str, zone: str) -> None:
    context.write(sites.add, *COAST)
    with nothing_saved(context), pytest.raises(BadInputError):
        context.write(sites.add, name, zone)


def test_a_site_may_keep_its_name_when_it_is_changed_and_not_take_another_ones(context: Context) -> None:
    made = context.write(sites.add, *COAST).value
    context.write(sites.add, "East", "America/Toronto")
    context.write(sites.change, made, msgspec.structs.replace(made, name="COAST CLINIC"))
    with pytest.raises(ConflictError, match="Coast clinic meanwhile"):
        context.write(sites.change, made, made)
    (known, _) = context.read(sites.find_all)
    with nothing_saved(context), pytest.raises(BadInputError, match="There is a site East already"):
        context.write(sites.change, known, msgspec.structs.replace(known, name="east"))


def test_there_are_no_more_than_a_hundred_sites(context: Context) -> None:
    for number in range(MOST_SITES):
        context.write(sites.add, f"Site {number}", "America/Toronto")
    with nothing_saved(context), pytest.raises(BadInputError, match="100 sites already"):
        context.write(sites.add, "One more", "America/Toronto")


def test_without_an_agency_there_are_no_sites(fresh: Context) -> None:
    for act in (lambda: fresh.read(sites.find_all), lambda: fresh.write(sites.add, *COAST)):
        with pytest.raises(NotSetUpError):
            act()


def test_windows_the_overview_and_supports_hours_know_the_sites(context: Context) -> None:
    made = context.write(sites.add, *COAST).value
    (window,) = context.read(windows.upcoming, 1)
    assert [there.in_words for there in window.local_times] == [
        "Coast clinic: Saturday 12 December 2026, 19:00 to 23:00 (Vancouver)"
    ]
    found = context.read(overview.load)
    assert found is not None
    assert found.next_upgrade.local_times == window.local_times
    assert found.sites == context.read(support.load).sites == (made,)


@pytest.mark.parametrize("where", ["site", "agency"])
def test_the_first_frame_knows_that_people_work_through_upgrades_somewhere(context: Context, where: str) -> None:
    def known() -> bool:
        copy = settings.load(context.home).agency
        assert copy is not None
        return copy.around_the_clock

    assert not known()
    if where == "agency":
        change_agency(context, around_the_clock=True)
    else:
        context.write(sites.add, *COAST, around_the_clock=True)
    assert known()
    (window,) = context.read(windows.upcoming, 1)
    assert window.around_the_clock
    assert [shift.place for shift in context.read(sites.at_work, window)] == [
        "Coast clinic" if where == "site" else "Riverside Family Services"
    ]
