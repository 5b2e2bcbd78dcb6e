"""The pages of the window, by name; known without Qt, so that a wrong name is refused before anything opens."""

from __future__ import annotations

from typing import NamedTuple

from penelope_admin.errors import BadInputError


class Room(NamedTuple):
    """A page of the navigation: its module's name in `pages`, its class, and whether it sits at the bottom."""

    name: str
    title: str
    class_name: str
    at_bottom: bool = False


ROOMS = (
    Room("overview", "Overview", "OverviewPage"),
    Room("windows", "Upgrade windows", "WindowsPage"),
    Room("features", "Features", "FeaturesPage"),
    Room("databases", "Databases", "DatabasesPage"),
    Room("projects", "Projects", "ProjectsPage"),
    Room("requests", "Requests", "RequestsPage"),
    Room("support", "Support", "SupportPage"),
    Room("activity", "Activity", "ActivityPage"),
    Room("settings", "Settings", "SettingsPage", at_bottom=True),
    Room("help", "Help", "HelpPage", at_bottom=True),
)
FORMER_NAMES = {"mirror": "databases"}
"""What pages were called before: scripts and settings files may still say so."""
PAGE_KEYS = "1234567890"
"""With Ctrl each of these leads to a page, in their order; as on the keyboard, 0 is the tenth."""


def current_name(name: str) -> str:
    """What a page is called today."""
    return FORMER_NAMES.get(name, name)


def check_page(name: str | None) -> None:
    """Refuse the name of a page that does not exist; None names none.

    Raises:
        BadInputError: there is no such page.
    """
    if name is not None and current_name(name) not in {room.name for room in ROOMS}:
        raise BadInputError(f'There is no page "{name}". Pages are {", ".join(room.name for room in ROOMS)}.')
