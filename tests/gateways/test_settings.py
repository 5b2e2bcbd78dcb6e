"""The settings file: only a copy, so nothing in it can keep the program from starting."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tries
from hypothesis import strategies as st

from penelope_admin.errors import BadInputError
from penelope_admin.gateways import settings
from penelope_admin.gateways.settings import AgencyCopy, Settings

FULL = Settings(
    agency=AgencyCopy("Centre d’aide", "CA", "America/Toronto"),
    scheme="dark",
    density="compact",
    page="mirror",
    geometry="AdnQywADAAA=",
    columns={"requests": "AAAA/w=="},
)


def write(home: Path, data: bytes) -> None:
    (home / settings.FILE).write_bytes(data)


def test_without_a_file_there_are_the_defaults(tmp_path: Path) -> None:
    assert settings.load(tmp_path) == Settings()
    assert settings.load(tmp_path / "nowhere") == Settings()


def test_what_was_saved_is_loaded_again(tmp_path: Path) -> None:
    settings.save(tmp_path, FULL)
    assert settings.load(tmp_path) == FULL


def test_the_file_is_private_and_readable_json_in_utf_8(tmp_path: Path) -> None:
    settings.save(tmp_path, FULL)
    file = tmp_path / settings.FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_bytes().endswith(b"}\n")
    assert json.loads(file.read_text("utf-8"))["agency"]["name"] == "Centre d’aide"


def test_saving_again_replaces_the_file_and_leaves_nothing_else(tmp_path: Path) -> None:
    settings.save(tmp_path, FULL)
    settings.save(tmp_path, Settings())
    assert settings.load(tmp_path) == Settings()
    assert [path.name for path in tmp_path.iterdir()] == [settings.FILE]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"42",
        b"\xff\xfe{}",
        b'{"scheme": "pink"}',
        b'{"scheme": 1}',
        b'{"density": null}',
        b'{"page": ["overview"]}',
        b'{"columns": {"requests": 7}}',
        b'{"agency": "Riverside"}',
        b'{"agency": {"name": "Riverside"}}',
        b'{"agency": {"name": "Riverside", "region": "CA", "zone": null}}',
        b'{"page": "\xed\xa0\x80"}',
        b"[" * 100_000,
        b'{"page": "' + b"x" * 300_000 + b'"}',
        b'{"geometry": "' + b"A" * 10_000_000 + b'"}',
    ],
    ids=lambda data: repr(data[:40]),
)
def test_a_file_that_cannot_be_used_counts_as_none(tmp_path: Path, data: bytes) -> None:
    write(tmp_path, data)
    assert settings.load(tmp_path) == Settings()


@tries(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=200) | st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(
        st.sampled_from(["agency", "scheme", "page", "columns", "name", "region", "zone"]) | st.text(), inner
    ),
).map(lambda value: json.dumps(value).encode()))  # fmt: skip
def test_whatever_is_in_the_file_loading_gives_settings(tmp_path: Path, data: bytes) -> None:
    write(tmp_path, data)
    assert isinstance(settings.load(tmp_path), Settings)


def test_a_folder_in_the_files_place_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / settings.FILE).mkdir()
    assert settings.load(tmp_path) == Settings()


def test_settings_of_a_newer_version_are_read_as_far_as_they_are_known(tmp_path: Path) -> None:
    write(tmp_path, b'{"scheme": "dark", "hologram": true}')
    assert settings.load(tmp_path) == Settings(scheme="dark")


def test_settings_that_cannot_be_written_leave_the_old_ones(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="could not be written"):
        settings.save(tmp_path / "nowhere", FULL)
    (tmp_path / settings.FILE).mkdir()
    with pytest.raises(BadInputError, match="unchanged"):
        settings.save(tmp_path, FULL)
    assert [path.name for path in tmp_path.iterdir()] == [settings.FILE]
