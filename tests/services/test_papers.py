"""What is printed to take along: all that is needed stands on it, and it can be read without colour."""

from __future__ import annotations

import re
from base64 import b64decode
from datetime import date, datetime, timedelta
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penelope_admin.domain.projects import FeatureInput, ProjectInput
from penelope_admin.domain.recurring import Recurrence
from penelope_admin.domain.year import Bar, Mark, YearView, lanes_of
from penelope_admin.errors import BadInputError, NotSetUpError
from penelope_admin.gateways.pictures import LINE, WIDTH, legend, month_picture
from penelope_admin.policy import Policy
from penelope_admin.services import projects, sites
from penelope_admin.services.calendar import notices, windows
from penelope_admin.services.mirror import environments
from penelope_admin.services.reports import papers
from penelope_admin.services.reports.papers import PaperKind
from penelope_admin.services.work import Context
from tests.domain.test_projects import WINNIPEG
from tests.services.house import NOW, change_agency, nothing_saved, upgraded

SMS, LEDGER = "external-communications.sms", "general-ledger"
KINDS: tuple[PaperKind, ...] = ("year", "project", "check-list", "windows")


@pytest.fixture
def at_work(context: Context) -> Context:
    """An upgrade was recorded, and a project is planned over the next."""
    upgraded(context)
    days = date(2026, 12, 7), date(2026, 12, 20)
    entered = ProjectInput(
        "Pilot <A>", "Try it & see", *days, features=(FeatureInput(SMS, reason="Texts to us"), FeatureInput(LEDGER))
    )
    context.write(projects.add, entered)
    return context


def page(context: Context, kind: PaperKind, key: int | None = None) -> str:
    return context.read(papers.make, kind, key if key or kind != "project" else 1).html.replace("<wbr>", "")


def pictures(html: str) -> list[str]:
    return [b64decode(data).decode() for data in re.findall(r'src="data:image/svg\+xml;base64,([^"]*)"', html)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_says_whose_it_is_and_as_of_when_and_changes_nothing(at_work: Context, kind: PaperKind) -> None:
    with nothing_saved(at_work):
        html = page(at_work, kind)
    assert "Riverside Family Services" in html
    assert "Tuesday 1 December 2026, 09:00 (Resolute)" in html
    assert "<script" not in html


@pytest.mark.parametrize("kind", KINDS)
def test_pictures_on_paper_are_black_grey_and_white(at_work: Context, kind: PaperKind) -> None:
    for svg in pictures(page(at_work, kind)):
        for colour in re.findall(r"#([0-9a-f]{6})", svg):
            assert len({colour[0:2], colour[2:4], colour[4:6]}) == 1, "a grey has as much of each"


def test_a_project_sheet_has_all_that_is_needed_beside_penelope(at_work: Context, policy: Policy) -> None:
    html = page(at_work, "project")
    for words in (
        "Pilot &lt;A&gt;",
        "Try it &amp; see",
        "Monday 7 December 2026 to Sunday 20 December 2026",
        "Contact details are de-identified",
        "For “Texts to us”. PHI risk: high.",
        "switches External Communications: SMS and General Ledger off in the middle of this project",
        "(866) 732-3560 ext. 2, then 2",
        "1-469-874-0792 ext. 3",
    ):
        assert words in html
    steps = [*policy.feature[SMS].steps, *policy.feature[SMS].steps_off, *policy.feature[LEDGER].steps]
    assert steps
    boxes = html.count('alt="[ ]"')
    assert boxes == len(steps) + len(policy.feature[LEDGER].steps_off) + len(at_work.read(projects.find, 1).merged)
    assert "{environment}" not in html


def test_our_own_number_is_on_the_sheet_where_support_calls_back(at_work: Context) -> None:
    assert "not in Settings" in page(at_work, "project")
    change_agency(at_work, telephone="204-555-0142")
    assert "204-555-0142" in page(at_work, "project")


def test_a_check_list_has_three_boxes_for_each_check_and_says_how_to_look(at_work: Context, policy: Policy) -> None:
    html = page(at_work, "check-list")
    effects = policy.effects_after("upgrade")
    assert html.count('alt="[ ]"') == 3 * len(effects) == 45
    assert all(f"How to check: {effect.check}" in html for effect in effects)
    assert "only there do they count" in html
    event = at_work.write(environments.record_event, "mirrored", "refreshed", NOW).value.event_id
    assert "Check-list after the refresh" in page(at_work, "check-list")
    assert "Check-list after the refresh" in page(at_work, "check-list", event)


def test_the_windows_for_a_wall_are_large_and_say_in_words_what_is_to_note(at_work: Context) -> None:
    starts = datetime(2027, 1, 9, 2, tzinfo=NOW.tzinfo)
    at_work.write(notices.add, "announced", starts, starts + timedelta(hours=4))
    at_work.write(notices.add, "emergency", starts - timedelta(days=9), starts - timedelta(days=9, hours=-2))
    html = page(at_work, "windows")
    assert html.count('class="large"') == 3 * (windows.UPGRADES + 1)  # with the emergency
    for words in (
        "Saturday 12 December 2026",
        "Announced by the vendor",
        "EMERGENCY MAINTENANCE",
        "Date not confirmed",
    ):
        assert words in html
    assert "up to 3 hours" in html


def test_the_windows_for_a_wall_tell_the_hours_of_sites_with_another_clock_where_they_change(at_work: Context) -> None:
    assert "Coast" not in page(at_work, "windows")
    at_work.write(sites.add, "Coast", "America/Vancouver")
    at_work.write(sites.add, "Home", "America/Resolute")
    html = page(at_work, "windows")
    assert "From Sat 12 Dec: Home, 20:00 to midnight (Resolute); Coast, 19:00 to 23:00 (Vancouver)" in html
    assert html.count("Coast, ") == 3  # in winter, in summer, and in the next winter


def test_the_year_is_a_picture_for_each_month_with_its_signs_and_the_same_in_words(at_work: Context) -> None:
    html = page(at_work, "year")
    assert len(pictures(html)) == 12 + len({"computed", "uncertain", "project"})
    assert "Saturday 12 December 2026: upgrade, computed." in html
    assert "Project “Pilot &lt;A&gt;”: Monday 7 December 2026 to Sunday 20 December 2026." in html
    assert "Pilot &lt;A&gt;" in pictures(html)[0]
    assert "Needs General Ledger" in page(at_work, "year", 1)


def test_what_comes_again_is_dotted_in_the_year_and_told_on_its_sheet(at_work: Context) -> None:
    plain = "".join(pictures(page(at_work, "year")))
    first = date(2027, 1, 4)
    key = at_work.write(projects.add, ProjectInput("Again", "Try", first, first, recurs=Recurrence("monthly"))).value.id
    assert "1.5 2.5" not in plain
    assert "1.5 2.5" in "".join(pictures(page(at_work, "year")))
    assert "every month: Thursday 4 February 2027, Thursday 4 March 2027" in page(at_work, "project", key)


def test_what_is_not_there_is_named(context: Context, fresh: Context) -> None:
    for kind, key in (("project", 7), ("project", None), ("check-list", None), ("year", 7)):
        with pytest.raises(BadInputError):
            context.read(papers.make, kind, key)


def test_before_set_up_there_is_nothing_to_print(fresh: Context) -> None:
    for kind in ("year", "windows"):
        with pytest.raises(NotSetUpError):
            fresh.read(papers.make, kind)


@given(
    bars=st.lists(st.tuples(st.integers(-40, 400), st.integers(0, 200), st.text(max_size=60)), max_size=8),
    marks=st.lists(st.tuples(st.integers(0, 360), st.sampled_from(["computed", "uncertain", "emergency"])), max_size=8),
)
def test_a_month_s_picture_is_well_formed_and_nothing_lies_beyond_it(
    bars: list[tuple[int, int, str]], marks: list[tuple[int, str]]
) -> None:
    first, day = date(2026, 12, 1), timedelta(days=1)
    shown = tuple(Bar("on", first + a * day, first + (a + b) * day, name) for a, b, name in sorted(bars))
    signs = tuple(Mark(kind, first + n * day, first + n * day, "upgrade") for n, kind in marks)  # type: ignore[arg-type]
    year = YearView(first, first + 364 * day, first, WINNIPEG, signs, shown)
    for month in year.months:
        picture = month_picture(year, lanes_of(year.bars), month)
        tree = ElementTree.fromstring(picture.svg)
        for rect in tree.iter("{http://www.w3.org/2000/svg}rect"):
            left, width = float(rect.get("x", 0)), float(rect.get("width", 0))
            assert -1 <= left <= left + width <= WIDTH + 1
        assert picture.height % LINE == 0
    assert len(legend(year)) == len({mark.kind for mark in signs}) + bool(shown)
