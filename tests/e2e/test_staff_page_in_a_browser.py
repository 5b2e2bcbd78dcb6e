"""The page for the staff in a real browser, without a screen, as readers in some places see it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from penelope_admin.domain.staff import staff_notice
from penelope_admin.domain.times import Style, place, span_in_words, use_style
from penelope_admin.domain.windows import Calendar, Notice
from penelope_admin.gateways.staff_pages import page_html
from penelope_admin.policy import Policy
from tests.effort import examples

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
HOURS = timedelta(hours=3)
ZONES = (
    "America/Vancouver", "Australia/Lord_Howe", "America/St_Johns", "Asia/Kabul", "Europe/London", "Pacific/Auckland",
)[: examples(2, long=6)]  # fmt: skip

pytestmark = pytest.mark.skipif(BROWSER is None, reason="Chromium is not installed")


def seen(page: Path, zone: str) -> str:
    """The page as a browser in a zone has it, once its scripts ran."""
    assert BROWSER is not None
    done = subprocess.run(
        [BROWSER, "--headless=new", "--no-sandbox", "--disable-gpu", "--dump-dom",
         f"--user-data-dir={page.with_suffix('.profile')}", page.as_uri()],
        env={**os.environ, "TZ": zone}, capture_output=True, timeout=120, check=True,
    )  # fmt: skip
    return done.stdout.decode("utf-8")


@pytest.mark.parametrize("zone", ZONES)
def test_each_reader_is_told_the_time_on_their_own_clock_and_how_long_it_is_until_then(
    policy: Policy, tmp_path: Path, zone: str
) -> None:
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    starts = [now + timedelta(days=40, hours=5, minutes=30), now - timedelta(minutes=1), now - timedelta(hours=4)]
    use_style(Style(month_first=zone == "America/Vancouver", twelve_hours=zone == "America/Vancouver"))
    try:
        page = seen(page_of(policy, tmp_path, starts), zone)
        told = [span_in_words(at, at + HOURS, ZoneInfo(zone)).rpartition(" (")[0] for at in starts]
    finally:
        use_style(Style())
    assert re.findall(r'<p class="own">(.*?)</p>', page) == [f"On your own clock ({place(zone)}): {at}" for at in told]
    to_come, going_on, over = re.findall(r'<p class="left">(.*?)</p>', page)
    assert re.fullmatch(r"In 40 days 5 hours\.", to_come)
    assert re.fullmatch(r"Going on now, for 2 hours 5\d minutes at most\.", going_on)
    assert over == "This is over."


def page_of(policy: Policy, tmp_path: Path, starts: list[datetime]) -> Path:
    """The page about some emergencies, which can be at any time."""
    notices = [Notice(str(number), "emergency", at, at + HOURS) for number, at in enumerate(starts)]
    calendar = Calendar(policy, "CA", ZoneInfo("America/Winnipeg"), notices)
    windows = {window.starts_at: window for window in calendar.upcoming(min(starts), 6)}
    page = page_html([staff_notice(windows[at], "Harbour") for at in starts], "Harbour", min(starts))
    file = tmp_path / "page.html"
    file.write_text(page, "utf-8")
    return file
