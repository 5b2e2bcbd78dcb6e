"""Notices to the staff as HTML: for a mail, and as a page that needs nothing from outside and no scripts."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from datetime import timedelta
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penelope_admin.domain.sites import Site
from penelope_admin.domain.staff import StaffNotice, staff_notice
from penelope_admin.domain.times import Style, use_style
from penelope_admin.domain.windows import Calendar, Notice, Window
from penelope_admin.gateways.staff_pages import mail_html, page_html, says_the_same
from penelope_admin.policy import Policy
from tests.domain.instants import utc
from tests.each import each

NOW = utc(2026, 12, 1, 15)
SITES = (Site(1, "Coast clinic", "America/Vancouver"), Site(2, "East & West", "America/St_Johns"))


class Words(HTMLParser):
    """What a reader without scripts sees."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: list[str] = []
        self._unseen: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"meta", "br"} and (
            self._unseen or tag in {"script", "style", "head"} or "hidden" in dict(attrs)
        ):
            self._unseen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._unseen:
            self._unseen.pop()

    def handle_data(self, data: str) -> None:
        if not self._unseen and data.strip():
            self.seen.append(data.strip())


def notice_of(policy: Policy, *, emergency: bool = False, doubtful: bool = False) -> StaffNotice:
    told = [Notice("1", "emergency", utc(2026, 12, 2, 4), utc(2026, 12, 2, 6), downtime=60)] if emergency else []
    now = utc(2026, 10, 20) if doubtful else NOW
    calendar = Calendar(policy, "CA", ZoneInfo("America/Resolute"), told, SITES)
    (window,) = calendar.upcoming(now)
    assert window.confirm_date is doubtful
    return staff_notice(window, "Harbour")


@each("kind", ["regular", "emergency", "doubtful"])
def test_without_scripts_a_page_says_all_that_the_text_says(policy: Policy, kind: str) -> None:
    notice = notice_of(policy, emergency=kind == "emergency", doubtful=kind == "doubtful")
    seen = " ".join(Words(page_html([notice], "Harbour", NOW)).seen)
    for part in (
        notice.says,
        notice.when,
        notice.expect,
        *(when for _, when in notice.sites),
        *notice.notes,
        "Harbour",
    ):
        assert part in seen
    assert "East & West" in seen
    assert seen.count("The date is not confirmed yet.") == (1 if kind == "doubtful" else 0)


def test_a_page_asks_for_nothing_from_outside_and_lets_no_other_script_run(policy: Policy) -> None:
    page = page_html([notice_of(policy)], "Harbour", NOW)
    assert not re.search(r"(?:src|href|action|url|import)\s*[=(]", page, re.IGNORECASE)
    assert "http:" not in page
    assert "https:" not in page
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    sha = b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{sha}'" in page


@given(name=st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=40))
@pytest.mark.parametrize("make", ["mail", "page"])
def test_what_people_typed_is_text_and_no_markup(make: str, name: str) -> None:
    wild = f"<script>alert(1)</script>\"'&{name}"
    window = Window("CA", "mass-upgrade", ZoneInfo("America/Resolute"), NOW, NOW + timedelta(hours=4),
                    ZoneInfo("America/New_York"), notes=(wild,))  # fmt: skip
    notice = staff_notice(window, wild)
    page = mail_html(notice) if make == "mail" else page_html([notice], wild, NOW)
    assert page.count("<script>") == (make == "page")
    assert sum(wild in said for said in Words(page).seen) >= 2


def test_a_mail_has_a_row_for_each_site_and_no_script(policy: Policy) -> None:
    notice = notice_of(policy)
    mail = mail_html(notice)
    assert mail.count("<tr>") == len(SITES)
    assert "<script" not in mail
    assert notice.when in mail


@each("make", ["mail", "page"])
def test_what_is_of_training_says_so_first(policy: Policy, make: str) -> None:
    notice = notice_of(policy)
    page = mail_html(notice, "TRAINING") if make == "mail" else page_html([notice], "Harbour", NOW, "TRAINING")
    assert Words(page).seen[0] == "TRAINING"


def test_pages_that_differ_in_when_they_were_made_say_the_same(policy: Policy) -> None:
    notice = notice_of(policy)
    page = page_html([notice], "Harbour", NOW)
    assert says_the_same(page, page_html([notice], "Harbour", NOW + timedelta(days=1)))
    assert not says_the_same(page, page_html([notice, notice], "Harbour", NOW))
    assert not says_the_same(page, page_html([notice], "Lakeside", NOW))
    assert not says_the_same("", page)


def test_a_page_tells_scripts_how_dates_are_written_here(policy: Policy) -> None:
    use_style(Style(month_first=True, twelve_hours=True))
    try:
        assert '<body data-month-first="yes" data-twelve-hours="yes">' in page_html([notice_of(policy)], "A", NOW)
    finally:
        use_style(Style())
    assert "<body>" in page_html([notice_of(policy)], "A", NOW)
