"""No two modules import each other, not for types and not late either; SQL is in the store alone."""

from __future__ import annotations

from tests.bench.figures import circles, executes


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert circles() == []


def test_no_statement_is_made_outside_of_the_store() -> None:
    assert executes() == 0
