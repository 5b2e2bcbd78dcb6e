"""What the vendor says about something, in our words, with its source."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.basics import Card, button, label


def statements_card(shell: Shell, title: str, *topics: str) -> Card:
    """A card that folds open to the statements of some topics."""
    card = Card(title)
    shown = [
        label(f"{statement.text} ({shell.policy.source_name(statement)})", "muted")
        for statement in shell.policy.statements
        if statement.topic in topics
    ]
    fold(card, "Show", "Hide", *shown)
    return card


def fold(card: Card, show: str, hide: str, *hidden: QWidget) -> None:
    """A button that shows and hides what follows in a card."""

    def flip() -> None:
        opening = not all(widget.isVisibleTo(card) for widget in hidden)
        for widget in hidden:
            widget.setVisible(opening)
        opener.setText(hide if opening else show)

    opener = button(show, flip, "link")
    card.add(opener)
    for widget in hidden:
        widget.setVisible(False)
        card.add(widget)
