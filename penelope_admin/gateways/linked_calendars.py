"""Which calendars of the agency's own are linked: a small file of the data folder, for paths are this computer's own.

It holds no word of what is in them.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from penelope_admin.gateways import lists

FILE = "linked-calendars.json"
MOST = 20


class LinkedCalendar(msgspec.Struct, frozen=True):
    """A calendar file, or a folder of them, that is looked into again whenever it has changed.

    Attributes:
        site: the name of the site it belongs to, as it was last read; empty for the whole agency.
        site_id: the site's row, by which it is known when it gets another name; 0 for the whole agency.
        problem: why it could not be read when it was last looked at; empty if it could.
        read_at: when all of it was last read, UTC, as far as that was noted.
    """

    path: str
    name: str
    site: str = ""
    site_id: int = 0
    problem: str = ""
    read_at: datetime | None = None


CALENDARS = lists.FileList(
    FILE,
    LinkedCalendar,
    "so no linked calendar is looked at. Nothing was changed. Remove it, then link the calendars again.",
)
