"""Reading the activity log: newest first, searched word by word, page by page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penelope_admin.store import audit
from penelope_admin.store.engine import Store
from tests.store.files import NOW, opened

ENTRIES: list[tuple[str, str, str, dict[str, str] | None, dict[str, str] | None]] = [
    ("ada", "agency.set-up", "Prairie House", None, {"zone": "America/Resolute"}),
    ("ada", "feature.planned", "mirrored/external-communications.sms", None, {"reason": "Reminder tests"}),
    ("Grace", "feature.enabled", "mirrored/external-communications.sms", {"state": "off"}, {"state": "on"}),
    ("grace", "notice.recorded", "100% sure", None, {"origin": "email_2026"}),
    ("ada", "notice.recorded", "100 percent sure", None, {"origin": "email-2026"}),
    ("ada", "request.drafted", r"back\slash and /slash", {"x": "y"}, None),
]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A log of six entries that differ."""
    with opened(tmp_path_factory.mktemp("page") / "penelope-admin.db") as store:
        for who, action, subject, before, after in ENTRIES:
            with store.writing() as connection:
                audit.append(connection, at=NOW, who=who, action=action, subject=subject, before=before, after=after)
        yield store


def found(
    log: Store, search: str = "", *, below: int | None = None, limit: int = 200, scan: int | None = None
) -> list[int]:
    """The numbers of the entries on a page."""
    with log.reading() as connection:
        return [entry.seq for entry in audit.page(connection, search=search, below=below, limit=limit, scan=scan)]


@pytest.mark.parametrize(
    ("search", "numbers"),
    [
        ("", [6, 5, 4, 3, 2, 1]),
        ("   ", [6, 5, 4, 3, 2, 1]),
        ("grace", [4, 3]),
        ("GRACE", [4, 3]),
        ("notice.recorded", [5, 4]),
        ("NOTICE", [5, 4]),
        ("prairie", [1]),
        ("resolute", [1]),
        ("off", [3]),
        ("sms tests", [2]),
        ("tests sms", [2]),
        ("  sms \t tests ", [2]),
        ("sms grace off", [3]),
        ("sms nobody", []),
        ("nobody", []),
        ("ada recorded", [5]),
    ],
)
def test_every_word_must_be_somewhere_in_an_entry(log: Store, search: str, numbers: list[int]) -> None:
    assert found(log, search) == numbers


@pytest.mark.parametrize(
    ("search", "numbers"),
    [
        ("100%", [4]),
        ("%", [4]),
        ("0% s", [4]),
        ("email_2026", [4]),
        ("_", [4]),
        ("l-2", [5]),
        ("back\\slash", [6]),
        ("\\", [6]),
        ("/slash", [6]),
        ("' OR 1=1 --", []),
        ('"', [6, 5, 4, 3, 2, 1]),
        ("a%e", []),
        ("g_ace", []),
    ],
)
def test_what_would_be_wildcards_stands_for_itself(log: Store, search: str, numbers: list[int]) -> None:
    assert found(log, search) == numbers


@given(st.text(alphabet="%_\\/'\" aeg0.-", max_size=8))
def test_a_search_finds_what_a_reader_would(log: Store, search: str) -> None:
    with log.reading() as connection:
        entries = audit.page(connection)
    expected = [
        entry.seq
        for entry in entries
        if all(
            any(word.lower() in (text or "").lower() for text in texts)
            for word in search.split()
            for texts in [(entry.who, entry.action, entry.subject, entry.before, entry.after)]
        )
    ]
    assert found(log, search) == expected


@pytest.mark.parametrize("search", ["\ud800", "\U0001f9ff", "x" * 300])
def test_a_strange_search_finds_nothing_and_breaks_nothing(log: Store, search: str) -> None:
    assert found(log, search) == []


@pytest.mark.parametrize("limit", [1, 2, 4, 6, 7])
def test_pages_follow_each_other_without_gap_or_repetition(log: Store, limit: int) -> None:
    numbers: list[int] = []
    below: int | None = None
    while page := found(log, below=below, limit=limit):
        assert len(page) <= limit
        numbers += page
        below = page[-1]
    assert numbers == [6, 5, 4, 3, 2, 1]


def test_pages_of_a_search_follow_each_other(log: Store) -> None:
    assert found(log, "ada", limit=2) == [6, 5]
    assert found(log, "ada", below=5, limit=2) == [2, 1]
    assert found(log, "ada", below=1, limit=2) == []


def test_a_look_back_ends_after_as_many_entries_as_asked(log: Store) -> None:
    assert found(log, "prairie", below=7, scan=5) == []
    assert found(log, "prairie", below=7, scan=6) == [1]
    assert found(log, below=5, scan=2) == [4, 3]


def test_a_look_back_from_the_newest_entry_ends_there_too(log: Store) -> None:
    assert found(log, "prairie", scan=5) == []
    assert found(log, "prairie", scan=6) == [1]
    assert found(log, scan=2) == [6, 5]
