"""What happened to a database, in words: one line for each event, for its table."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from penelope_admin.domain import feature_life
from penelope_admin.domain.mirror import SCRIPT_EFFECTS, VERDICT_NAMES, in_force
from penelope_admin.domain.text import filled
from penelope_admin.ui import dialogs
from penelope_admin.ui import format as words
from penelope_admin.ui.models.keyed import Column

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from penelope_admin.domain.mirror import Event, EventKind
    from penelope_admin.services.mirror.evidence import Proof
    from penelope_admin.ui.shell import Shell

HAPPENED: dict[EventKind, str] = {
    "refreshed": "Refreshed",
    "upgraded": "Upgraded",
    "script-run": "Script run by the vendor's services",
    "restored": "Backup restored; what happened since it was made is not known",
    "checked": "Data checked",
    "not-upgraded": "Reported as not upgraded yet",
    "upgrade-unknown": "Not known whether upgraded",
    "corrected": "Correction",
    "as-of": "Known when the plan file was made",
}
_OUTCOMES: dict[tuple[EventKind, str | None], str] = {
    **{("checked", verdict): name for verdict, name in VERDICT_NAMES.items()},
    **{("script-run", effect): name for effect, name in SCRIPT_EFFECTS.items()},
}


class Happened(NamedTuple):
    """An event, and whether it stands: one that was recorded by mistake is shown crossed out.

    Attributes:
        others: what else the same person saw of features at the same look.
    """

    event: Event
    stands: bool
    others: tuple[Event, ...]


def history(events: Sequence[Event]) -> list[Happened]:
    """Everything recorded about a database, the newest record first; a look at many features is one line."""
    standing = {event.id for event in in_force(events)}

    def line(event: Event) -> tuple[bool, datetime, str, int]:
        number = 0 if event.kind == "seen" else event.id
        return event.id in standing or event.kind == "corrected", event.at, event.by, number

    newest_first = sorted(events, key=lambda event: event.id, reverse=True)
    lines = ((key[0], group) for key, group in groupby(newest_first, key=line))
    return [Happened(event, stands, tuple(others)) for stands, (event, *others) in lines]


def in_words(shell: Shell, row: Happened) -> str:
    """A line of the history: "Upgraded, 5.6"."""
    if row.others:
        return feature_life.look_in_words(shell.policy, (row.event, *row.others))
    return ", ".join(filter(None, (what(shell, row.event), more(row.event))))


def what(shell: Shell, event: Event) -> str:
    """ "Upgraded"."""
    return feature_life.in_words(shell.policy, event) if event.feature else HAPPENED[event.kind]


def more(event: Event) -> str:
    """What else is known of it: what was found, the version, the note."""
    outcome = _OUTCOMES.get((event.kind, event.outcome), "")
    corrects = filled("of entry {}", event.corrects)
    return ", ".join(part for part in (corrects, outcome, event.version, event.remark) if part)


def in_a_line(shell: Shell, event: Event) -> str:
    """One event in a sentence, for the sheet that takes it back."""
    rest, by = filled(" ({})", more(event)), filled(", recorded by {}", event.by)
    return f"{what(shell, event)} {words.moment(event.at, shell.zone)}{rest}{by}"


def ask_to_correct(shell: Shell, event: Event) -> None:
    """Open the sheet that takes back what was recorded by mistake."""
    shell.open_sheet(dialogs.event.CorrectSheet(shell, event, in_a_line(shell, event)))


def history_columns(shell: Shell) -> list[Column[Happened]]:
    """The columns of the history."""
    return [
        Column("When", lambda row: words.stamp(row.event.at, shell.zone, shell.app.clock.now())),
        Column("What", lambda row: in_words(shell, row)),
        Column("Recorded by", lambda row: row.event.by),
        Column("Entry", lambda row: str(row.event.id)),
    ]


def proof_columns(shell: Shell) -> list[Column[Proof]]:
    """The columns of the checks of a database's data."""
    return [
        Column("As of", lambda row: words.stamp(row.event.at, shell.zone, shell.app.clock.now())),
        Column("Found", lambda row: VERDICT_NAMES[row.verdict]),
        Column("Confidence", lambda row: row.confidence),
        Column("Checked by", lambda row: row.event.by),
        Column("Source", lambda row: f"{row.source}: {row.sentence}"),
    ]
