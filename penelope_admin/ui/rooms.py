"""The pages of the window, by name; known without Qt, so that a wrong name is refused before anything opens."""

from __future__ import annotations

from typing import NamedTuple

from penelope_admin.errors import BadInputError


class Room(NamedTuple):
    """A page of the navigation.

    Attributes:
        name: its module's.
        words: what else people look for when they mean it.
        package: where its module is in `ui`.
    """

    name: str
    title: str
    class_name: str
    words: str = ""
    at_bottom: bool = False
    package: str = "pages"


ROOMS = (
    Room("overview", "Overview", "OverviewPage"),
    Room("windows", "Upgrade windows", "WindowsPage", "outage downtime maintenance schedule calendar"),
    Room("features", "Features", "FeaturesPage", "switch toggle turn on off modules"),
    Room("databases", "Databases", "DatabasesPage", "sandbox clone copy mirror mirrored training refresh"),
    Room("projects", "Projects", "ProjectsPage"),
    Room("requests", "Requests", "RequestsPage"),
    Room("support", "Support", "SupportPage"),
    Room("activity", "Activity", "ActivityPage"),
    Room("practice", "Practice", "PracticePage", at_bottom=True),
    Room("settings", "Settings", "SettingsPage", at_bottom=True),
    Room("help", "Help", "HelpPage", at_bottom=True),
)
TRAINING_ROOMS = (
    Room("mailbox", "Mailbox", "MailboxPage", package="training"),
    Room("penelope", "Look into Penelope", "PenelopePage", package="training"),
)
"""What only training has; its modules load there alone."""
BY_NAME = {room.name: room for room in (*ROOMS, *TRAINING_ROOMS)}
FORMER_NAMES = {"mirror": "databases"}
"""What pages were called before: scripts and settings files may still say so."""
PAGE_KEYS = dict(zip((room.name for room in ROOMS if room.name != "practice"), "1234567890", strict=True))
"""With Ctrl each of these leads to a page; as on the keyboard, 0 is the tenth. Practice is a window and needs none."""


def rooms_of(*, is_training: bool) -> tuple[Room, ...]:
    """The pages of a window, in their order."""
    if not is_training:
        return ROOMS
    above = tuple(room for room in ROOMS if not room.at_bottom)
    return (*above, *TRAINING_ROOMS, *ROOMS[len(above) :])


def current_name(name: str) -> str:
    """What a page is called today."""
    return FORMER_NAMES.get(name, name)


def check_page(name: str | None, *, is_training: bool) -> None:
    """Refuse the name of a page that does not exist; None names none.

    Raises:
        BadInputError: there is no such page.
    """
    names = [room.name for room in rooms_of(is_training=is_training)]
    if name is not None and current_name(name) not in names:
        raise BadInputError(f'There is no page "{name}". Pages are {", ".join(names)}.')
