"""Starting practice again: agency, vendor and clock are as they were at the beginning."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from penelope_admin import services
from penelope_admin.topics import EVERYTHING
from penelope_admin.ui.widgets.basics import label
from penelope_admin.ui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from penelope_admin.app import App
    from penelope_admin.services.work import Done
    from penelope_admin.ui.shell import Shell


class AgainSheet(Sheet):
    """What is forgotten, and that nothing real is."""

    help_topic = "practice"

    def __init__(self, shell: Shell, on_success: Callable[[], None]) -> None:
        super().__init__(shell, "Start practice again?", "Start again", danger=True)
        self._on_success = on_success
        self.add(
            "The practice agency, its mailbox and the clock go back to where practice began. What you did since is "
            "gone.",
            label("Nothing real is touched. How the window looks stays as it is.", "muted"),
        )

    def submit(self) -> None:
        self.save_with_app(
            start_again,
            said="Practice has started again.",
            then=lambda _: self._on_success(),
            label="Starting practice again",
        )


def start_again(app: App) -> Done[datetime]:
    """Begin anew, with a window open."""
    from penelope_admin.services.work import Done

    began = services.training.home.reset(app.home)
    services.training.passing.clock_in(app.clock).go_on()
    return Done(began, EVERYTHING)
