"""Which time zone this computer is in, which zones a country has, and newer zone data from a file."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import re
import shutil
import tempfile
import zipfile
import zlib
from base64 import urlsafe_b64encode
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from penelope_admin.clock import IMPORTED_FOLDER, VERSION, ZoneData, find_zone, imported_data, use_zone_data, zone_data
from penelope_admin.domain.times import plural
from penelope_admin.errors import BadInputError
from penelope_admin.files import PRIVATE_FILE, PRIVATE_FOLDER, prepare_home
from penelope_admin.policy import Region

_MAX_WHEEL, _MAX_FILES, _MAX_FILE, _MAX_ALL = 4 * 2**20, 2000, 2**20, 8 * 2**20
_ZONE_FILE = re.compile(r"tzdata/zoneinfo/((?:[A-Za-z0-9_+-]+/){0,2}[A-Za-z0-9_+-]+)")
_TABLE = "tzdata/zoneinfo/zone.tab"
_VERSION_LINE = re.compile(rb'^IANA_VERSION = "(\d{4}[a-z]{1,2})"\s*$', re.MULTILINE)


def zones_of(region: Region) -> tuple[str, ...]:
    """The zones of a region's country, the region's usual one first, then by name."""
    own = sorted(zone for country, zone in _zones_by_country() if country == region.key)
    return (region.default_zone, *(zone for zone in own if zone != region.default_zone))


def _zones_by_country() -> list[tuple[str, str]]:
    """Each country's code with each of its zones, from the newest data that has the table."""
    table = next(file for data in zone_data() if (file := data.folder / "zone.tab").is_file()).read_text("utf-8")
    rows = [line.split("\t") for line in table.splitlines() if not line.startswith("#")]
    return [(row[0], row[2]) for row in rows]


def system_zone() -> str | None:
    """The computer's zone by its IANA name, or None when it cannot be told."""
    import tzlocal

    try:
        return find_zone(tzlocal.get_localzone_name() or "").key
    except (BadInputError, LookupError, ValueError, OSError):
        return None


def suggested_zone(region: Region) -> str:
    """The computer's zone where it lies in the region, otherwise the region's usual one."""
    zone = system_zone()
    return zone if zone in zones_of(region) else region.default_zone


def import_wheel(file: Path, home: Path, today: date) -> ZoneData:
    """Take newer time zone data from a wheel of the Python package `tzdata`, and use it from now on.

    Only zone files and the table of countries are taken out of it; nothing in it is run.

    Args:
        home: the data folder, in which it is kept.
        today: no release can be newer than this day's year and the next.

    Raises:
        BadInputError: it is no such wheel, it is damaged, too large, or not newer than what is in force.
    """
    version, files = _read_wheel(file)
    in_force = zone_data()[0]
    if ZoneData("imported", home, version).age_rank <= in_force.age_rank:
        raise _refused(file, f"has release {version}, and {in_force.version} is in force already")
    if int(version[:4]) > today.year + 1:
        raise _refused(file, f"says that it is release {version}, which cannot exist yet")
    parent = prepare_home(home) / IMPORTED_FOLDER
    try:
        parent.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=parent) as scratch:
            for name, data in files.items():
                target = Path(scratch, version, "zoneinfo", name)
                target.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
                target.touch(mode=PRIVATE_FILE)
                target.write_bytes(data)
            if hasattr(os, "sync"):
                os.sync()  # once for all of them: hundreds of files are written
            Path(scratch, version).rename(parent / version)  # all of it appears in one step
    except OSError as error:
        raise BadInputError(f"{parent} could not be written ({error.strerror}). Nothing was changed.") from error
    for other in imported_data(home):
        if other.version != version:
            shutil.rmtree(other.folder.parent, ignore_errors=True)
    return use_zone_data(home)


def _refused(file: Path, why: str) -> BadInputError:
    return BadInputError(
        f"{file.name} {why}. Nothing was changed. Choose a newer wheel of the Python package tzdata, a file whose "
        "name looks like tzdata-2026.6-py2.py3-none-any.whl."
    )


def _read_wheel(file: Path) -> tuple[str, dict[str, bytes]]:
    """The release in a wheel and its files by their zone's name, each held against the wheel's own list of hashes."""
    try:
        if not file.is_file() or file.stat().st_size > _MAX_WHEEL:
            raise _refused(file, "is not a file, or is too large for time zone data")
        with zipfile.ZipFile(io.BytesIO(file.read_bytes())) as wheel:
            module, files, table = _unpacked(file, wheel)
    except OSError as error:
        raise BadInputError(f"{file} could not be read ({error.strerror}). Nothing was changed.") from error
    except (zipfile.BadZipFile, zlib.error, csv.Error, KeyError, ValueError, RuntimeError, EOFError) as error:
        raise _refused(file, "is not a wheel of time zone data, or is damaged") from error
    match = _VERSION_LINE.search(module)
    if match is None or not VERSION.fullmatch(version := match[1].decode()):
        raise _refused(file, "does not say which release it is")
    # Files beside the zones, such as "leapseconds", are left behind.
    kept = {name: data for name, data in files.items() if data.startswith(b"TZif")}
    _check_zones(file, kept)
    return version, {**kept, "zone.tab": table}


def _unpacked(file: Path, wheel: zipfile.ZipFile) -> tuple[bytes, dict[str, bytes], bytes]:
    """The module that tells the release, the files by their zone's name, and the table of zones."""
    entries = wheel.infolist()
    if len(entries) > _MAX_FILES or sum(entry.file_size for entry in entries) > _MAX_ALL:
        raise _refused(file, "is too large for time zone data")
    if any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries):
        raise ValueError("no wheel is packed like this")
    hashes = _hashes(wheel)
    module = _checked(file, wheel, "tzdata/__init__.py", hashes)
    zones = {match[1]: match[0] for entry in entries if (match := _ZONE_FILE.fullmatch(entry.filename))}
    files = {name: _checked(file, wheel, path, hashes) for name, path in zones.items()}
    return module, files, _checked(file, wheel, _TABLE, hashes)


def _hashes(wheel: zipfile.ZipFile) -> dict[str, str]:
    """The SHA-256 of each file, as the wheel's own list has them."""
    records = [entry for entry in wheel.infolist() if entry.filename.endswith(".dist-info/RECORD")]
    if len(records) != 1 or records[0].file_size > _MAX_FILE:
        raise ValueError("a wheel has one list of its files")
    rows = csv.reader(io.StringIO(wheel.read(records[0]).decode("utf-8")))
    return {row[0]: row[1].removeprefix("sha256=") for row in rows if len(row) > 1 and row[1].startswith("sha256=")}


def _checked(file: Path, wheel: zipfile.ZipFile, name: str, hashes: dict[str, str]) -> bytes:
    with wheel.open(name) as stream:
        data = stream.read(_MAX_FILE + 1)
    digest = urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    if len(data) > _MAX_FILE or hashes[name] != digest:
        raise _refused(file, f"is damaged: {name} is not what its list of files says")
    return data


def _check_zones(file: Path, zones: dict[str, bytes]) -> None:
    """Refuse data with a zone that cannot be read, or without one that the program knows: names are never dropped."""
    for name, data in zones.items():
        try:
            ZoneInfo.from_file(io.BytesIO(data), key=name)
        except (ValueError, IndexError, EOFError, OverflowError) as error:
            raise _refused(file, f"is damaged: the rules of {name} cannot be read") from error
    lost = {zone for _, zone in _zones_by_country()} - zones.keys()
    if lost:
        raise _refused(file, f"lacks {plural(len(lost), 'time zone')}, {min(lost)} among them")
