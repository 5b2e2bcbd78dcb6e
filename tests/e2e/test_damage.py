"""Bytes changed at random: no bug report, and nothing that matters is another without being named.

The full run, with its figures, is `python -m tests.bench.damage`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench import damage
from tests.effort import examples


@pytest.fixture(autouse=True)
def no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PENELOPE_ADMIN_HOME", raising=False)


def test_bits_of_the_database_that_are_others_are_named_and_no_bug(tmp_path: Path) -> None:
    figures = damage.flips(tmp_path, examples(5, long=250), seed=100)
    assert (figures["bugs"], figures["silent"]) == (0, 0), figures
    assert figures["named"] > 0


def test_backups_with_changed_bytes_are_refused_or_named_and_no_bug(tmp_path: Path) -> None:
    figures = damage.backups(tmp_path, examples(8, long=250), seed=100)
    assert (figures["bugs"], figures["silent"]) == (0, 0), figures
    assert figures["exit 2"] > 0
