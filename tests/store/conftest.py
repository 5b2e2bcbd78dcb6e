"""A data folder with a database in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from penelope_admin.store.engine import Store
from tests.store.files import opened, put_empty


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the database is to be."""
    return tmp_path / "penelope-admin.db"


@pytest.fixture
def store(file: Path) -> Iterator[Store]:
    """An open, empty database."""
    put_empty(file)
    with opened(file) as store:
        yield store
