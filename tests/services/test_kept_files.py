"""Files that are kept up to date for others: written again when something changed, and told when they cannot be."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from penelope_admin.app import App
from penelope_admin.clock import FixedClock
from penelope_admin.errors import BadInputError
from penelope_admin.files import KEPT_FILES, write_shared
from penelope_admin.gateways.lists import KEPT, MOST, KeptFile
from penelope_admin.services import activity, overview, requests, sites
from penelope_admin.services.calendar import kept, notices
from tests.services.house import NOW, settle

STARTS = datetime(2026, 12, 2, 4, tzinfo=UTC)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    """The program on an agency that was just set up."""
    settle(tmp_path / "home")
    made = App(tmp_path / "home", clock=FixedClock(NOW))
    yield made
    made.forget_database()


@pytest.fixture
def file(app: App, tmp_path: Path) -> Path:
    """A calendar that is kept up to date."""
    folder = tmp_path / "shared"
    folder.mkdir()
    kept.keep(app.context, KeptFile(str(folder / "penelope.ics"), "everything"))
    return folder / "penelope.ics"


def emergency(app: App) -> None:
    app.context.write(notices.add, "emergency", STARTS, STARTS + timedelta(hours=1))


def test_it_is_written_at_once_and_again_after_every_change(app: App, file: Path) -> None:
    assert b"emergency" not in file.read_bytes()
    emergency(app)
    assert b"SUMMARY:Penelope: emergency maintenance" in file.read_bytes()
    assert kept.find_all(app.home) == (KeptFile(str(file), "everything"),)


def test_a_file_in_which_nothing_changed_is_not_touched(app: App, file: Path) -> None:
    before = file.stat()
    app.context.write(sites.add, "Home", "America/Resolute")  # a site with the agency's own time adds nothing
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_others_may_read_it_and_a_mode_that_was_given_to_it_stays(app: App, file: Path) -> None:
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    file.chmod(0o664)
    emergency(app)
    assert stat.S_IMODE(file.stat().st_mode) == 0o664
    assert [path.name for path in file.parent.iterdir()] == ["penelope.ics"]


def test_a_folder_that_is_gone_keeps_nobody_from_working_and_is_told_until_it_is_back(app: App, file: Path) -> None:
    app.context.write(requests.draft, requests.RequestInput(reason="x"))
    aside = file.parent.rename(file.parent.with_name("aside"))
    emergency(app)
    (found,) = kept.find_all(app.home)
    assert (found.since, "could not be written" in found.problem) == (NOW, True)
    shown = app.context.read(overview.load)
    assert shown is not None
    *_, waiting, draft = shown.waiting  # the most urgent first
    assert (waiting.kind, waiting.urgency, draft.urgency) == ("kept-file", "caution", "info")
    assert waiting.text.startswith(f"What others read in {file} is not up to date since Tuesday 1 December 2026, 09:00")
    aside.rename(file.parent)
    app.refresh_kept_files()
    assert kept.find_all(app.home) == (KeptFile(str(file), "everything"),)
    assert b"emergency maintenance" in file.read_bytes()


def test_time_alone_brings_new_windows_in_once_somebody_looks(app: App, file: Path) -> None:
    before = file.read_bytes()
    app.clock.instant += timedelta(days=60)  # type: ignore[attr-defined]
    app.refresh_kept_files()
    assert b"ca-2028-12@" not in before
    assert b"ca-2028-12@" in file.read_bytes()


def test_it_can_be_dropped_and_stays_as_it_was(app: App, file: Path) -> None:
    kept.forget(app.home, str(file))
    before = file.read_bytes()
    emergency(app)
    assert file.read_bytes() == before
    with pytest.raises(BadInputError, match="is not kept up to date"):
        kept.forget(app.home, str(file))


def test_a_file_of_another_kind_is_not_replaced(app: App, tmp_path: Path) -> None:
    diary = tmp_path / "diary.txt"
    diary.write_text("dear", "utf-8")
    with pytest.raises(BadInputError, match=r"does not end in \.ics"):
        kept.keep(app.context, KeptFile(str(diary), "everything"))
    assert diary.read_text("utf-8") == "dear"
    with pytest.raises(BadInputError, match=r"does not end in \.html"):
        kept.keep(app.context, KeptFile(str(tmp_path / "new.ics"), "staff-notice"))
    assert not (app.home / KEPT_FILES).exists()


def test_the_same_file_is_kept_once_with_what_was_chosen_last(app: App, file: Path) -> None:
    kept.keep(app.context, KeptFile(str(file), "windows", (60,)))
    assert kept.find_all(app.home) == (KeptFile(str(file), "windows", (60,)),)


def test_there_is_a_bound(app: App, file: Path) -> None:
    KEPT.save(app.home, [KeptFile(str(file.with_name(f"{number}.ics")), "windows") for number in range(MOST)])
    with pytest.raises(BadInputError, match="20 files are kept up to date already"):
        kept.keep(app.context, KeptFile(str(file.with_name("more.ics")), "windows"))


@pytest.mark.parametrize("text", ["", "[", '[{"path": 7}]', '[{"path": "x.ics", "contents": "all"}]', "[" * 5000])
def test_a_list_of_files_that_cannot_be_read_is_told_and_keeps_nobody_from_working(app: App, text: str) -> None:
    warned: list[str] = []
    app.warn = warned.append
    (app.home / KEPT_FILES).write_text(text, "utf-8")
    emergency(app)
    assert app.context.read(activity.newest_number)
    assert "so no file is kept up to date" in warned[0]
    shown = app.context.read(overview.load)
    assert shown is not None
    assert any("cannot be read, so no file is kept" in item.text for item in shown.waiting)


def test_a_name_that_is_no_text_is_refused_and_nothing_is_written(app: App, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="has no name in UTF-8"):
        kept.keep(app.context, KeptFile(str(tmp_path / "dates\udcff.ics"), "windows"))
    assert not (app.home / KEPT_FILES).exists()
    assert not list(tmp_path.glob("*.ics"))


def test_what_another_program_begins_to_keep_while_files_are_written_stays_kept(
    app: App, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, third = (KeptFile(str(file.with_name(name)), "windows") for name in ("other.ics", "third.ics"))

    def write(path: Path, data: bytes) -> None:
        """What takes long on a network: another program chooses a file meanwhile."""
        KEPT.save(app.home, (*KEPT.load(app.home), other))
        write_shared(path, data)

    aside = file.parent.rename(file.parent.with_name("aside"))
    emergency(app)
    aside.rename(file.parent)
    monkeypatch.setattr(kept, "write_shared", write)
    kept.refresh(app.context)
    assert kept.find_all(app.home) == (KeptFile(str(file), "everything"), other)
    kept.forget(app.home, other.path)
    kept.keep(app.context, third)
    assert kept.find_all(app.home) == (KeptFile(str(file), "everything"), other, third)
