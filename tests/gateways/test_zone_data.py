"""Which time zone data counts, and newer data from a file."""

from __future__ import annotations

import zipfile
import zoneinfo
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from penelope_admin import clock
from penelope_admin.clock import ZoneData, age_warning, find_zone, may_tell_again, system_version, zone_data
from penelope_admin.errors import BadInputError
from penelope_admin.gateways.zones import import_wheel
from tests.each import each
from tests.effort import examples
from tests.zone_files import make_system, pack, restored_zones, use_system, wheel_files

__all__ = ["restored_zones"]

pytestmark = pytest.mark.usefixtures("restored_zones")
TODAY = date(2026, 11, 24)
DECEMBER = datetime(2026, 12, 13, 2, tzinfo=UTC)


def hour_in_winnipeg() -> int:
    """20 by the rules until October 2026, 21 by the new ones."""
    return DECEMBER.astimezone(find_zone("America/Winnipeg")).hour


# --- Which data counts -------------------------------------------------------------------------


def test_old_data_of_the_system_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_system(monkeypatch, make_system(tmp_path / "zones", "2025b"))
    assert [data.source for data in zone_data()] == ["package", "system"]
    assert hour_in_winnipeg() == 21


def test_newer_data_of_the_system_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_system(monkeypatch, make_system(tmp_path / "zones", "2099a"))
    assert [data.source for data in zone_data()] == ["system", "package"]
    assert hour_in_winnipeg() == 20


def test_data_that_does_not_say_its_release_never_counts_against_data_that_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_system(monkeypatch, make_system(tmp_path / "zones", None))
    assert zone_data()[-1].version is None
    assert hour_in_winnipeg() == 21


def test_libraries_that_ask_python_for_a_zone_get_the_same_rules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_system(monkeypatch, make_system(tmp_path / "zones", "2099a"))
    assert DECEMBER.astimezone(zoneinfo.ZoneInfo("America/Winnipeg")).hour == 20


@given(st.lists(st.from_regex(r"20[0-9]{2}[a-z]{1,2}", fullmatch=True), min_size=2))
def test_releases_are_ordered_by_year_and_then_by_letter_z_before_aa(versions: list[str]) -> None:
    ranked = sorted(versions, key=lambda version: ZoneData("system", Path(), version).age_rank)
    assert ranked == sorted(versions, key=lambda version: (version[:4], version[4:].rjust(2)))


@pytest.mark.parametrize(
    ("file", "text", "version"),
    [
        ("tzdata.zi", "# version 2025b\nR A", "2025b"),
        ("tzdata.zi", "# version 2025b-dirty\n", None),
        ("tzdata.zi", "version 2025b\n", None),
        ("tzdata.zi", "# version " + "2" * 10_000, None),
        ("+VERSION", "2026a\n", "2026a"),
        ("+VERSION", "\xff\xfe", None),
        ("other", "2026a\n", None),
    ],
)
def test_a_system_says_its_release_in_one_of_two_files(
    tmp_path: Path, file: str, text: str, version: str | None
) -> None:
    (tmp_path / file).write_text(text, "latin-1")
    assert system_version(tmp_path) == version


@each("name", ["a/" * 600 + "b", "A" * 65, "../../etc/passwd", "/etc/passwd", "", "\0", "America"])
def test_what_is_no_zone_is_refused_in_a_short_sentence(name: str) -> None:
    with pytest.raises(BadInputError, match="not a time zone") as caught:
        find_zone(name)
    assert len(str(caught.value)) < 250


# --- Newer data from a file --------------------------------------------------------------------


def test_newer_data_from_a_wheel_counts_at_once_and_after_the_next_start(tmp_path: Path) -> None:
    wheel = pack(tmp_path / "tzdata-2099.1-py2.py3-none-any.whl", wheel_files("2099a"))
    home = tmp_path / "home"
    assert import_wheel(wheel, home, date(2098, 12, 1)).name == "the imported time zone data (2099a)"
    assert hour_in_winnipeg() == 20
    clock.use_zone_data()  # another data folder
    assert hour_in_winnipeg() == 21
    assert clock.use_zone_data(home).source == "imported"
    assert hour_in_winnipeg() == 20


def test_what_was_imported_is_private_and_only_the_newest_is_kept(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for version in ("2099a", "2099b"):
        import_wheel(pack(tmp_path / "w.whl", wheel_files(version)), home, date(2099, 1, 1))
    kept = list((home / "time-data").iterdir())
    assert [folder.name for folder in kept] == ["2099b"]
    files = [file for file in kept[0].rglob("*") if file.is_file()]
    assert len(files) > 400
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


def test_no_code_in_a_wheel_is_run_or_kept(tmp_path: Path) -> None:
    files = wheel_files("2099a")
    files["tzdata/__init__.py"] += f"open({str(tmp_path / 'run')!r}, 'w')\n".encode()
    import_wheel(pack(tmp_path / "w.whl", files), tmp_path / "home", date(2099, 1, 1))
    assert not (tmp_path / "run").exists()
    assert not list((tmp_path / "home").rglob("*.py"))


def test_a_path_in_a_wheel_does_not_leave_the_data_folder(tmp_path: Path) -> None:
    files = wheel_files("2099a")
    utc = files["tzdata/zoneinfo/UTC"]
    escapes = ("tzdata/zoneinfo/../../../escaped", "/escaped", "tzdata/zoneinfo/a/../../../../../escaped")
    import_wheel(pack(tmp_path / "w.whl", files | dict.fromkeys(escapes, utc)), tmp_path / "home", date(2099, 1, 1))
    assert not list(tmp_path.rglob("escaped"))


@pytest.mark.parametrize("version", ["2026f", "2026b", "2024a"])
def test_data_that_is_not_newer_is_refused(tmp_path: Path, version: str) -> None:
    with pytest.raises(BadInputError, match="in force already"):
        import_wheel(pack(tmp_path / "w.whl", wheel_files(version)), tmp_path / "home", TODAY)
    assert not (tmp_path / "home").exists()


def test_a_release_of_a_year_that_is_far_ahead_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="cannot exist yet"):
        import_wheel(pack(tmp_path / "w.whl", wheel_files("2099a")), tmp_path / "home", TODAY)


def without(name: str) -> dict[str, bytes]:
    return {path: data for path, data in wheel_files("2027a").items() if path != name}


@pytest.mark.parametrize(
    ("files", "why"),
    [
        (without("tzdata/__init__.py"), "not a wheel of time zone data"),
        (without("tzdata/zoneinfo/zone.tab"), "not a wheel of time zone data"),
        (without("tzdata/zoneinfo/America/Winnipeg"), "lacks 1 time zone, America/Winnipeg among them"),
        (wheel_files("2027a") | {"tzdata/__init__.py": b"IANA_VERSION = 1"}, "does not say which release"),
        (wheel_files("2027a") | {"tzdata/zoneinfo/Europe/London": b"TZif2" + b"\xff" * 80}, "cannot be read"),
        (wheel_files("2027a") | {"tzdata/zoneinfo/Europe/London": b"TZif"}, "cannot be read"),
        (wheel_files("2027a") | {"tzdata/zoneinfo/Big": b"\0" * (2**20 + 1)}, "damaged"),
        (wheel_files("2027a") | {"tzdata/zoneinfo/Bomb": b"\0" * 9 * 2**20}, "too large"),
        (wheel_files("2027a") | {f"tzdata/{n}": b"" for n in range(2001)}, "too large"),
    ],
)
def test_a_wheel_that_is_not_whole_or_too_large_is_refused_and_nothing_is_changed(
    tmp_path: Path, files: dict[str, bytes], why: str
) -> None:
    before = zone_data()
    with pytest.raises(BadInputError, match=why):
        import_wheel(pack(tmp_path / "w.whl", files), tmp_path / "home", TODAY)
    assert not (tmp_path / "home").exists()
    assert zone_data() == before


def test_a_wheel_whose_files_are_not_those_in_its_list_is_refused(tmp_path: Path) -> None:
    files = wheel_files("2027a")
    changed = files | {"tzdata/zoneinfo/Europe/London": files["tzdata/zoneinfo/UTC"]}
    with pytest.raises(BadInputError, match="Europe/London is not what its list of files says"):
        import_wheel(pack(tmp_path / "w.whl", changed, hashed=files), tmp_path / "home", TODAY)


@pytest.mark.parametrize("content", [b"", b"PK", b"not a wheel", b"\0" * (4 * 2**20 + 1)])
def test_a_file_that_is_no_wheel_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "w.whl").write_bytes(content)
    with pytest.raises(BadInputError, match="Nothing was changed"):
        import_wheel(tmp_path / "w.whl", tmp_path / "home", TODAY)


@pytest.mark.parametrize("packed_by", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_a_wheel_that_is_packed_as_none_is_refused_before_it_is_unpacked(tmp_path: Path, packed_by: int) -> None:
    with zipfile.ZipFile(tmp_path / "w.whl", "w", packed_by) as wheel:
        for name, data in {**wheel_files("2027a"), "tzdata-1.dist-info/RECORD": b"x" * 1000}.items():
            wheel.writestr(name, data)
    damaged = bytearray((tmp_path / "w.whl").read_bytes())
    place = damaged.rindex(b"RECORD", 0, damaged.index(b"PK\x01\x02")) + len(b"RECORD")
    damaged[place + 12 : place + 20] = b"\xff" * 8
    (tmp_path / "w.whl").write_bytes(damaged)
    with pytest.raises(BadInputError, match="is not a wheel of time zone data, or is damaged"):
        import_wheel(tmp_path / "w.whl", tmp_path / "home", TODAY)


def test_a_list_of_files_that_no_reader_takes_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "w.whl", "w") as wheel:
        wheel.writestr("tzdata-1.dist-info/RECORD", f"{'x' * 200_000},sha256=x,1")
    with pytest.raises(BadInputError, match="Nothing was changed"):
        import_wheel(tmp_path / "w.whl", tmp_path / "home", TODAY)


@pytest.mark.parametrize("name", ["nothing", ".", "/dev/zero"])
def test_a_name_that_is_no_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInputError, match="Nothing was changed"):
        import_wheel(tmp_path / name, tmp_path / "home", TODAY)


@pytest.fixture(scope="module")
def whole_wheel(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return pack(tmp_path_factory.mktemp("wheel") / "w.whl", wheel_files("2027a")).read_bytes()


@settings(max_examples=examples(12, long=600), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(places=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_wheel_with_changed_bytes_is_refused_or_gives_the_very_same_zones(
    tmp_path: Path, whole_wheel: bytes, places: list[tuple[float, int]]
) -> None:
    data = bytearray(whole_wheel)
    for place, byte in places:
        data[int(place * len(data))] = byte
    (tmp_path / "w.whl").write_bytes(data)
    clock.use_zone_data()
    try:
        import_wheel(tmp_path / "w.whl", tmp_path / "home", TODAY)
    except BadInputError:
        return
    assert hour_in_winnipeg() == 20


# --- Its age -----------------------------------------------------------------------------------


@each(
    "version, today, old",
    [
        ("2025b", date(2025, 12, 22), False),
        ("2025b", date(2025, 12, 23), True),
        ("2026f", date(2026, 11, 24), False),
        ("2026f", date(2027, 7, 28), False),
        ("2026f", date(2027, 7, 29), True),
        # When a release came out that this program does not know is not known to the day.
        ("2031c", date(2032, 9, 30), False),
        ("2031c", date(2032, 10, 1), True),
        (None, date(2099, 1, 1), False),
    ],
)
def test_data_more_than_nine_months_old_is_told(version: str | None, today: date, old: bool) -> None:
    warning = age_warning(ZoneData("package", Path(), version), today)
    assert (warning is not None) == old
    assert warning is None or str(version) in warning


@each(
    "told, today, again",
    [
        (None, date(2026, 11, 24), True),
        (date(2026, 11, 24), date(2026, 11, 24), True),
        (date(2026, 11, 24), date(2026, 11, 25), False),
        (date(2026, 11, 24), date(2026, 12, 23), False),
        (date(2026, 11, 24), date(2026, 12, 24), True),
        (date(2026, 1, 31), date(2026, 2, 28), True),
        (date(2026, 11, 24), date(2026, 11, 23), False),
    ],
)
def test_old_data_is_told_once_a_month(told: date | None, today: date, again: bool) -> None:
    assert may_tell_again(told, today) == again
