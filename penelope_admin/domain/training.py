"""The words by which whatever leaves training is known for it: pages, calendars and letters."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from penelope_admin.errors import RefusedError

if TYPE_CHECKING:
    from penelope_admin.domain.letters import Letter

WORD = "TRAINING"
NOTE = f"{WORD}: nothing here is real"
LETTER_NOTE = f"{WORD}: this is practice, and is not to be sent to Support."


def check_stays_inside(*, is_training: bool) -> None:
    """Refuse to look into a database that is not of this program: training reaches nothing outside of it.

    Raises:
        RefusedError: this is training.
    """
    if is_training:
        raise RefusedError(
            "Training reaches no database outside of it. Nothing was looked at. Save an export on the page Look into "
            "Penelope, and check that file."
        )


def marked_json(value: object) -> object:
    """What is printed as JSON, each object of it with a key more: whoever reads the others finds them as ever."""
    if isinstance(value, list):
        return [marked_json(item) for item in value]
    return {WORD.lower(): True, **value} if isinstance(value, dict) else value


def marked_text(text: str) -> str:
    """A text that says in its first line that it is of training."""
    return f"{LETTER_NOTE}\n\n{text}"


def marked_letter(letter: Letter) -> Letter:
    """A letter that says so in its subject and in its first line."""
    from penelope_admin.domain.letters import LONGEST_SUBJECT  # whoever only wants the word does without

    subject = f"{WORD}: {letter.subject}"[:LONGEST_SUBJECT]
    return replace(letter, subject=subject, body=marked_text(letter.body))
