"""Time zone data for tests: a computer with old data, and wheels as the tzdata package comes in."""

from __future__ import annotations

import functools
import hashlib
import shutil
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import tzdata

from penelope_admin import clock

PACKAGE = Path(tzdata.__file__).parent
CHANGING = {"America/Winnipeg": "America/Chicago"}
"""Manitoba as it was until October 2026: its clocks changed when Chicago's do."""


def make_system(folder: Path, version: str | None, **as_elsewhere: str) -> Path:
    """A folder as systems keep it, in which some zones have the rules of others."""
    shutil.copytree(PACKAGE / "zoneinfo", folder, ignore=shutil.ignore_patterns("__pycache__", "*.py"))
    source = "" if version is None else f"# version {version}\n"
    (folder / "tzdata.zi").write_text(f"{source}# This zic input file is in the public domain.\n", "utf-8")
    for name, other in (CHANGING | as_elsewhere).items():
        shutil.copyfile(PACKAGE / "zoneinfo" / other, folder / name)
    return folder


def use_system(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Let the program believe that this is where the computer keeps its data."""
    monkeypatch.setattr(clock, "_SYSTEM_PATH", (str(folder),))
    clock.use_zone_data()


@pytest.fixture
def restored_zones(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever data a test puts in force, the next one has the usual again."""
    yield
    monkeypatch.undo()
    clock.use_zone_data()


def wheel_files(version: str, **as_elsewhere: str) -> dict[str, bytes]:
    """What is in a wheel of a release: by default the zones of the package, Winnipeg's changing."""
    files = dict(_package_files())
    files["tzdata/__init__.py"] = f'__version__ = "1"\n\nIANA_VERSION = "{version}"\n'.encode()
    for name, other in (CHANGING | as_elsewhere).items():
        files[f"tzdata/zoneinfo/{name}"] = (PACKAGE / "zoneinfo" / other).read_bytes()
    return files


@functools.cache
def _package_files() -> dict[str, bytes]:
    zones = (file for file in (PACKAGE / "zoneinfo").rglob("*") if file.is_file() and "__pycache__" not in file.parts)
    return {f"tzdata/{file.relative_to(PACKAGE).as_posix()}": file.read_bytes() for file in zones}


def pack(target: Path, files: Mapping[str, bytes], hashed: Mapping[str, bytes] | None = None) -> Path:
    """A wheel with these files, and a list of hashes, which may be of others."""
    digests = {
        name: urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        for name, data in (hashed or files).items()
    }
    rows = [f"{name},sha256={digest},{len(files[name])}" for name, digest in digests.items() if name in files]
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as wheel:
        for name, data in files.items():
            wheel.writestr(name, data)
        wheel.writestr("tzdata-1.dist-info/RECORD", "\n".join([*rows, "tzdata-1.dist-info/RECORD,,"]))
    return target
