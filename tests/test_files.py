"""What is written, and what is left as it is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn

import pytest

from penelope_admin.errors import BadInputError
from penelope_admin.files import CALENDARS_BY, check_ending, locked, read_within, write_private


def test_a_calendar_that_cannot_be_read_is_not_taken_for_one_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else's, in a folder where everybody may write."""
    file = tmp_path / "clinic.ics"
    file.write_text(f"BEGIN:VCALENDAR\nPRODID:{CALENDARS_BY}\n")
    check_ending(file, ".ics")

    def refusing(*_: object) -> NoReturn:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refusing)
    with pytest.raises(BadInputError, match="cannot be read"):
        check_ending(file, ".ics")


def test_of_what_is_no_file_nothing_is_read_and_nobody_waits_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, Path("/dev/zero")):
        with pytest.raises(OSError, match=r"regular file|directory"):
            read_within(path, 10)


def test_a_link_stays_one_and_whoever_reads_what_it_leads_to_has_the_new_content(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    target, link = tmp_path / "shared" / "upgrades.ics", tmp_path / "link.ics"
    target.write_text("old")
    link.symlink_to(target)
    write_private(link, b"new")
    assert (link.is_symlink(), target.read_bytes()) == (True, b"new")


def test_a_lock_that_cannot_be_taken_is_told_in_words(tmp_path: Path) -> None:
    with locked(tmp_path / "free"):
        pass
    with pytest.raises(BadInputError, match="cannot be written"), locked(tmp_path):
        pass
