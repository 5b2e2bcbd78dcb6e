"""What a window says where the time zone data at hand disagrees about it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from penelope_admin.clock import find_zone
from penelope_admin.domain.entries import window_entry
from penelope_admin.domain.sites import Site
from penelope_admin.domain.staff import staff_notice
from penelope_admin.domain.times import PLAIN, Style, use_style
from penelope_admin.domain.windows import THIS_COMPUTER, Calendar, Notice
from penelope_admin.policy import Policy
from tests.domain.instants import utc
from tests.zone_files import make_system, restored_zones, use_system

__all__ = ["restored_zones"]

pytestmark = pytest.mark.usefixtures("restored_zones")
NOW = utc(2026, 11, 24)
OLD = "this computer's own time zone data (2025b)"


def notes(policy: Policy, zone: str, *notices: Notice) -> list[str]:
    windows = Calendar(policy, "CA", find_zone(zone), notices).between(NOW, date(2026, 9, 1), count=5)
    return [" ".join(note for note in window.notes if note.startswith(THIS_COMPUTER)) for window in windows]


def test_a_window_that_older_data_would_show_at_another_hour_says_so(
    policy: Policy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_system(monkeypatch, make_system(tmp_path / "zones", "2025b"))
    told = f"The rules for Winnipeg changed; {OLD} is older and would show 20:00."
    # Manitoba's clocks went back for the last time in 2025: until then both agree.
    assert notes(policy, "America/Winnipeg") == ["", "", told, told, told]


def test_a_site_whose_hour_older_data_would_show_wrongly_is_told_of_too(
    policy: Policy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_system(monkeypatch, make_system(tmp_path / "zones", "2025b"))
    sites = [Site(1, "Lakeside", "America/Winnipeg"), Site(2, "Harbour", "America/Halifax")]
    calendar = Calendar(policy, "CA", find_zone("America/Toronto"), sites=sites)
    (december,) = calendar.between(NOW, date(2026, 12, 1), count=1)
    assert december.notes == (f"The rules for Winnipeg changed; {OLD} is older and would show 20:00.",)


def test_what_is_about_this_computers_data_goes_into_no_calendar_and_to_no_staff(
    policy: Policy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_system(monkeypatch, make_system(tmp_path / "zones", "2025b"))
    found = Calendar(policy, "CA", find_zone("America/Winnipeg")).between(NOW, date(2026, 12, 1), count=1)[0]
    assert any(note.startswith(THIS_COMPUTER) for note in found.notes)
    said = " ".join((*window_entry(found, "Upgrades").lines, staff_notice(found, "Prairie House").text))
    assert "time zone data" not in said


def test_the_note_about_older_clock_data_has_the_clock_that_everything_else_has(
    policy: Policy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_system(monkeypatch, make_system(tmp_path / "zones", "2025b"))
    use_style(Style(month_first=True, twelve_hours=True))
    try:
        assert notes(policy, "America/Winnipeg")[2].endswith("would show 8:00 PM.")
    finally:
        use_style(PLAIN)


def test_an_announced_window_says_so_too(policy: Policy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_system(monkeypatch, make_system(tmp_path / "zones", "2025b"))
    notice = Notice("1", "announced", utc(2026, 12, 13, 4), utc(2026, 12, 13, 6))
    assert notes(policy, "America/Winnipeg", notice)[3].endswith("would show 22:00.")


def test_where_all_data_agrees_nothing_is_said(policy: Policy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_system(monkeypatch, make_system(tmp_path / "zones", "2025b"))
    assert notes(policy, "America/Toronto") == [""] * 5


def test_where_only_one_copy_is_at_hand_nothing_is_said(policy: Policy) -> None:
    assert notes(policy, "America/Winnipeg") == [""] * 5


def test_the_day_is_named_where_older_data_would_show_another(
    policy: Policy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_system(monkeypatch, make_system(tmp_path / "zones", "2025b", **{"Africa/Abidjan": "Pacific/Honolulu"}))
    assert notes(policy, "Africa/Abidjan")[0] == (
        f"The rules for Abidjan changed; {OLD} is older and would show Saturday 12 September 2026, 15:00."
    )


def test_rules_of_the_vendor_s_own_zone_that_changed_count_too(
    policy: Policy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_system(monkeypatch, make_system(tmp_path / "zones", "2025b", **{"America/New_York": "America/Panama"}))
    assert notes(policy, "UTC") == [
        "The rules for New York changed; this computer's own time zone data (2025b) is older and would show 02:00.",
        "The rules for New York changed; this computer's own time zone data (2025b) is older and would show 02:00.",
        "",
        "",
        "",
    ]
