"""About: what runs here, where it keeps its data, and whose work it uses; all of it to copy."""

from __future__ import annotations

import platform
import sqlite3
from importlib import metadata
from typing import TYPE_CHECKING

from PySide6 import __version__ as pyside_version
from PySide6.QtCore import qVersion

from penelope_admin import __version__
from penelope_admin.clock import zone_data
from penelope_admin.domain.text import capitalized
from penelope_admin.ui import theme
from penelope_admin.ui.widgets.basics import Facts, button
from penelope_admin.ui.widgets.fields import LongText
from penelope_admin.ui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from penelope_admin.ui.shell import Shell

LIBRARIES = (
    "PySide6-Essentials", "SQLAlchemy", "alembic", "click", "defusedxml", "filelock", "icalendar", "keyring", "msgspec",
    "numpy", "olefile", "openpyxl", "phonenumberslite", "platformdirs", "pyarrow", "python-calamine", "python-dateutil",
    "recurring-ical-events", "tzdata", "tzlocal", "psycopg",
)  # fmt: skip
"""What the program is built on; the last one serves a team's database and may be missing."""


class AboutSheet(Sheet):
    """Everything that whoever helps will ask for."""

    help_topic = "settings"

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell, "About Penelope Admin", wide=True)
        self.add(
            "Helps you plan around Penelope's upgrades and keeps the record of your mirrored database. Not a product "
            "of Penelope's vendor."
        )
        facts = facts_of(shell)
        self.add(Facts(*facts))
        licences = LongText("\n".join(licences_in_use()))
        licences.setReadOnly(True)
        licences.setMinimumHeight(6 * theme.current().row_height())
        self.field("Licences", licences, "Penelope Admin's own licence is in the file LICENSE that came with it.")
        whole = "\n".join([*(f"{name}: {value}" for name, value in facts), "", *licences_in_use()])
        self.copy = button("Copy all", lambda: shell.copy(whole, "Everything"))
        self.add_button(self.copy)


def facts_of(shell: Shell) -> list[tuple[str, str]]:
    """What runs here, and where."""
    return [
        ("Version", __version__),
        ("System", platform.platform()),
        ("Python", platform.python_version()),
        ("Qt", f"{qVersion()}, PySide {pyside_version}"),
        ("SQLite", sqlite3.sqlite_version),
        ("Clock data", capitalized(zone_data()[0].name)),
        ("Data folder", str(shell.app.home)),
        ("Rules", str(shell.app.policy_file)),
        ("Logs", str(shell.app.home / "logs")),
    ]


def licences_in_use() -> list[str]:
    """Each library with its version and licence, as it says itself."""
    lines = []
    for name in LIBRARIES:
        try:
            library = metadata.metadata(name)
        except metadata.PackageNotFoundError:
            continue
        stated = [library[field] for field in ("License-Expression", "License") if field in library]
        licence = next(filter(None, stated), "see its own files")
        lines.append(f"{library['Name']} {library['Version']}: {licence.splitlines()[0]}")
    return lines
