"""Reports as HTML: every text escaped, every table with its headings, and nothing too long for a page."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from penelope_admin.gateways.reports import Report, Section, Table, Word, to_html

MADE = datetime(2026, 12, 1, 15, tzinfo=UTC)
VOID = {"meta", "wbr"}


class Page(HTMLParser):
    """What a reader finds on a page: its elements, and the text of each cell."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.cells: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.cells and {"td", "th"} & set(self.open):
            self.cells[-1] += data


def page(*sections: Section, about: tuple[tuple[str, str], ...] = ()) -> str:
    return to_html(Report("state", "State of the mirror", about, sections, MADE, "Footer", 7, "0" * 64))


def table(*rows: tuple[str | Word, ...]) -> Section:
    return Section("Features", table=Table("Features", ("Feature", "State"), (60, 40), rows, "Nothing recorded."))


@given(st.text(), st.text())
def test_whatever_was_typed_stays_text(cell: str, other: str) -> None:
    found = Page(page(table((cell, Word(other, "danger"))), about=(("Agency", cell),)))
    bare = Page(page(table(("x", Word("x", "danger"))), about=(("Agency", "x"),)))
    assert [tag for tag, _ in found.tags if tag != "wbr"] == [tag for tag, _ in bare.tags]
    assert not found.open


@given(st.text(alphabet=st.characters(blacklist_categories=["Cc", "Cs", "Zs", "Zl", "Zp"]), min_size=1, max_size=400))
def test_a_long_word_can_be_broken_and_loses_nothing(word: str) -> None:
    html = page(table((word, "on")))
    assert Page(html).cells[-2] == word
    pieces = html.split("<tr><td>")[1].split("</td>")[0].split("<wbr>")
    assert max(len(unescape(piece)) for piece in pieces) <= 24


def test_a_hash_may_be_broken_and_a_features_name_is_not() -> None:
    assert "fffffffff" not in page(table(("f" * 64, "on")))
    assert "<td>Communications</td>" in page(table(("Communications", "on")))


def test_tables_have_headings_that_say_what_they_head() -> None:
    found = Page(page(table(("SMS", "on")), Section("Facts", facts=(("Version", "4.26"),)), about=(("Agency", "A"),)))
    scopes = [attrs.get("scope") for tag, attrs in found.tags if tag == "th"]
    assert scopes == ["row", "col", "col", "row"]
    assert [attrs["aria-label"] for tag, attrs in found.tags if tag == "table"] == [
        "About this report", "Features", "Facts",
    ]  # fmt: skip
    assert ("html", {"lang": "en"}) in found.tags


def test_headings_go_down_one_step_at_a_time() -> None:
    found = Page(page(Section("Other copies"), Section("Training", inner=True)))
    assert [tag for tag, _ in found.tags if re.fullmatch("h[1-6]", tag)] == ["h1", "h2", "h3"]


def test_an_empty_table_says_so_in_words() -> None:
    assert "<p>Nothing recorded.</p>" in page(table())


def test_an_empty_cell_is_a_dash() -> None:
    assert Page(page(table(("SMS", "")))).cells[-1] == "–"


def test_a_role_is_a_colour_beside_the_word() -> None:
    assert '<b class="danger">Overdue</b>' in page(table(("SMS", Word("Overdue", "danger"))))


def test_a_page_needs_nothing_from_outside_and_runs_nothing() -> None:
    tags = {tag for tag, _ in Page(page(table(("SMS", "on")))).tags}
    assert not tags & {"script", "link", "img", "iframe", "a", "object"}


def test_the_same_report_gives_the_same_page() -> None:
    assert page(table(("SMS", "on"))) == page(table(("SMS", "on")))
