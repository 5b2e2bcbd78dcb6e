"""The words by which a planning copy is known for one: on every page, before every result, and in every refusal."""

from __future__ import annotations

from datetime import date

from penelope_admin.domain.times import in_words


def planning_copy_sentence(as_of: date) -> str:
    """What a planning copy is, and of which local day what it knows is."""
    return f"Planning copy: agency, notices, features and databases are as of {in_words(as_of)}."


def planning_copy_refusal(as_of: date) -> str:
    """Why something is not done in a planning copy, and where it is."""
    return (
        f"This is a planning copy with what was known on {in_words(as_of)}: you plan here. What happens, and what goes "
        "to Support, is recorded on the computer it came from."
    )
