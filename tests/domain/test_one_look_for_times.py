"""One look for times: the system's order and clock, made in one place for window, terminal, letters and reports."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penelope_admin.domain import times
from penelope_admin.domain.support import hours_in_words
from penelope_admin.domain.times import PLAIN, Style, use_style
from penelope_admin.policy import Policy
from tests.domain.instants import utc

WINNIPEG = ZoneInfo("America/Resolute")
AMERICAN = Style(month_first=True, twelve_hours=True)
NOW = utc(2026, 11, 29, 18)


@pytest.fixture(autouse=True)
def _plain_again() -> Iterator[None]:
    yield
    use_style(PLAIN)


def test_the_long_form_has_weekday_day_month_year_and_the_zone_s_name() -> None:
    assert times.moment_in_words(utc(2026, 12, 13, 2), WINNIPEG) == "Saturday 12 December 2026, 20:00 (Resolute)"
    use_style(AMERICAN)
    assert times.moment_in_words(utc(2026, 12, 13, 2), WINNIPEG) == "Saturday, December 12, 2026, 8:00 PM (Resolute)"


def test_lists_say_today_and_else_the_short_day() -> None:
    assert times.short_moment(utc(2026, 11, 30, 1), WINNIPEG, NOW) == "today, 19:00"
    assert times.short_moment(utc(2026, 12, 13, 1), WINNIPEG, NOW) == "Sat 12 Dec, 19:00"
    use_style(AMERICAN)
    assert times.short_moment(utc(2026, 12, 13, 1), WINNIPEG, NOW) == "Sat, Dec 12, 7:00 PM"


def test_lists_name_the_year_where_it_is_another() -> None:
    day, today = date(2027, 1, 2), date(2026, 12, 31)
    assert (times.short_day(day, today), times.shortest_day(day, today)) == ("Sat 2 Jan 2027", "2 Jan 2027")
    assert times.shortest_day(today, day.replace(year=2026)) == "Thu 31 Dec"
    use_style(AMERICAN)
    assert (times.short_day(day, today), times.shortest_day(day, today)) == ("Sat, Jan 2, 2027", "Jan 2, 2027")


def test_a_zone_without_a_name_for_its_time_is_called_by_its_place_and_never_by_an_offset() -> None:
    assert times.exact_moment(utc(2026, 12, 13, 2), WINNIPEG) == "12 December 2026, 20:00 CST"
    assert times.exact_moment(utc(2026, 12, 13, 2), ZoneInfo("America/Sao_Paulo")).endswith("(Sao Paulo)")


@given(st.times())
def test_a_clock_of_twelve_hours_can_be_read_back(clock: time) -> None:
    use_style(AMERICAN)
    words = times.clock_in_words(clock)
    named = {"midnight": time(0), "noon": time(12)}
    if words in named:
        assert clock.replace(second=0, microsecond=0) == named[words]
        return
    hour, minute, half = re.fullmatch(r"(\d+):(\d\d) ([AP]M)", words).groups()  # type: ignore[union-attr]
    assert (int(hour) % 12 + 12 * (half == "PM"), int(minute)) == (clock.hour, clock.minute)


def test_the_vendor_s_hours_are_written_like_every_other_time(policy: Policy) -> None:
    use_style(AMERICAN)
    assert all("PM" in hours_in_words(team) or "midnight" in hours_in_words(team) for team in policy.support_teams)


def test_the_name_of_a_day_is_made_in_one_place() -> None:
    """Nobody else writes a day or a clock: not by Python's letters, not by Qt's."""
    root = Path(times.__file__).parents[1]
    own = re.compile(r":%[HIdemBbY]|FormatType\.(Short|Long)Format|\.toString\(\"")
    machine = re.compile(r"%Y-?%m|%H%M")  # file names, calendars and JSON, which no person reads
    found = [
        f"{file.relative_to(root)}: {line.strip()}"
        for file in root.rglob("*.py")
        if file.name not in {"times.py", "format.py"}
        for line in file.read_text("utf-8").splitlines()
        if own.search(line) and not machine.search(line)
    ]
    assert found == []


@pytest.mark.skipif(shutil.which("localedef") is None, reason="no localedef here to make another country with")
def test_the_terminal_takes_the_system_s_order_and_clock(tmp_path: Path) -> None:
    made = subprocess.run(
        ["localedef", "-i", "en_US", "-f", "ISO-8859-1", str(tmp_path / "en_US.ISO-8859-1")],
        capture_output=True,
        check=False,
    )
    if made.returncode != 0:
        pytest.skip("localedef has no sources to make another country with")
    script = "from penelope_admin.gateways.conventions import system_style; print(system_style())"
    environment = os.environ | {"LOCPATH": str(tmp_path), "LC_ALL": "en_US.ISO-8859-1"}
    run = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, check=True, text=True)
    assert run.stdout.strip() == str(AMERICAN)


def test_a_system_that_names_no_country_gets_the_plain_form(monkeypatch: pytest.MonkeyPatch) -> None:
    from penelope_admin.gateways.conventions import system_style

    for name in ("C", "C.UTF-8", "POSIX", "xx_YY.UTF-8"):
        monkeypatch.setenv("LC_ALL", name)
        assert system_style() == PLAIN


def test_hours_that_go_past_midnight_name_both_days() -> None:
    starts = datetime(2026, 12, 12, 21, tzinfo=UTC)
    use_style(AMERICAN)
    assert times.short_hours(starts, starts + timedelta(hours=4), ZoneInfo("UTC")) == "Sat 9:00 PM to Sun 1:00 AM"
