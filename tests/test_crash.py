"""A bug report says where in the program it happened, and nothing that anybody typed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from penelope_admin import __version__, crash
from penelope_admin.errors import BadInputError

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)


def failing() -> None:
    try:
        int("jane@mail.example")
    except ValueError as error:
        error.add_note("Jane Doe, 204-555-0198")
        try:
            raise KeyError("Jane Doe") from error
        except KeyError:
            raise BadInputError("Jane Doe is no date.")  # noqa: B904 - as happens by mistake


def test_it_tells_kinds_and_places_and_never_what_errors_quote(tmp_path: Path) -> None:
    with pytest.raises(BadInputError) as raised:
        failing()
    kept = crash.keep(tmp_path, raised.value, NOW).read_text("utf-8")
    assert kept == crash.report(raised.value, NOW)
    assert f"Penelope Admin {__version__}" in kept
    kinds = ("builtins.ValueError\n", "builtins.KeyError\n", "penelope_admin.errors.BadInputError\n")
    places = list(map(kept.index, kinds))
    assert places == sorted(places), "what came first stands first"
    assert kept.count("test_crash.py") >= 3
    assert "mail.example'" not in kept
    assert "is no date" not in kept.replace('raise BadInputError("Jane Doe is no date.")', "")
    assert "555-0198" not in kept.replace('error.add_note("Jane Doe, 204-555-0198")', "")


def test_an_error_that_hides_what_it_came_of_stands_alone() -> None:
    def hiding() -> None:
        try:
            int("Jane")
        except ValueError:
            raise OSError("Jane") from None

    with pytest.raises(OSError, match="Jane") as raised:
        hiding()
    report = crash.report(raised.value, NOW)
    assert "ValueError" not in report.replace("except ValueError", "")
    assert report.endswith("builtins.OSError\n")


def test_the_newest_twenty_are_kept(tmp_path: Path) -> None:
    for minute in range(25):
        crash.keep(tmp_path, ValueError(), NOW.replace(minute=minute))
    assert len(list((tmp_path / "logs").glob("bug-*.txt"))) == 20
