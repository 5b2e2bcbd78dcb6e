"""What the vendor says about something, in our words, with its source."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtWidgets import QWidget

from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.basics import Card, boxed, button, label, put, stacked


def statements_card(shell: Shell, *topics: str) -> Card:
    """A card that folds open to the statements of some topics."""
    card = Card("What the vendor says")
    fold(
        card, "Show", "Hide",
        lambda: (
            label(f"{statement.text} ({shell.policy.source_name(statement)})", "muted")
            for statement in shell.policy.statements
            if statement.topic in topics
        ),
    )  # fmt: skip
    return card


def fold(card: Card, show: str, hide: str, make: Callable[[], Iterable[QWidget]]) -> None:
    """A button that shows and hides what follows in a card; few look there, so it is made once somebody does."""
    inside = stacked(gap="xs")
    folded = boxed(inside)
    folded.hide()

    def flip() -> None:
        if not inside.count():
            put(inside, *make())
        folded.setVisible(folded.isHidden())
        opener.setText(show if folded.isHidden() else hide)

    opener = button(show, flip, "link")
    card.add(opener, folded)
