"""Practice: what it is and the way into it; in practice itself, the agency that is practised with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penelope_admin import services
from penelope_admin.domain.times import place
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.basics import Card, Facts, button
from penelope_admin.ui.widgets.page import Page

if TYPE_CHECKING:
    from penelope_admin.services.training.history import History

SAFE = (
    "It opens in a window of its own, with a frame in another colour, and has a folder of its own. Your agency, your "
    "settings and your backups are not read.",
    "Mail stays inside. No server, browser or mail program is contacted, and no password is needed.",
    "What is locked stays locked, too. Try it, and you are told why.",
)
THERE = (
    "An invented agency with three sites, five databases and fourteen months of history.",
    "A clock that you can pause and put forward: by an hour, a day, or to the next upgrade.",
    "A vendor that answers your letters, upgrades and refreshes, and a Penelope to look into.",
    "Exercises, from a first look to a crisis, each with hints and a debriefing.",
)


class PracticePage(Page):
    """The way in. In training it tells whose agency this is, and starts again."""

    name = "practice"
    purpose = "Try everything with an invented agency. None of it is real."

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.open = button("Open practice", shell.open_training, "primary")
        if not shell.app.is_training:
            self.add_action(self.open)

    def load(self) -> None:
        """Say what it is; in training, ask for the agency."""
        if not self.shell.app.is_training:
            self._show(_card("Safe to try", SAFE), _card("What is there", THERE))
            return
        self.shell.operations.run_with_app(lambda _: services.training.history.read(), self._show_agency)

    def _show(self, *cards: Card) -> None:
        self.empty()
        self.add(*cards, 1)
        self.loaded.emit()

    def _show_agency(self, history: History) -> None:
        environments = self.shell.policy.environment
        facts = Facts(
            ("Name", history.agency.name),
            ("Sites, and whose time they have", ", ".join(f"{s.name} ({place(s.zone)})" for s in history.sites)),
            ("Databases", ", ".join(environments[key].name for key in history.agency.environments)),
            ("People in the activity log", f"{', '.join(history.people)}. What you do is logged as “learner”."),
            columns=1,
        )
        self._show(Card("The practice agency", facts), _card("Safe to try", SAFE[1:]))


def _card(title: str, says: tuple[str, ...]) -> Card:
    return Card(title, *says)
