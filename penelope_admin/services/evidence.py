"""Proofs from data: what a check found is kept as an event, with counts and never a value."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypedDict

import msgspec
import sqlalchemy as sa

from penelope_admin.domain.checklists import LineAnswer, Result, find_effect
from penelope_admin.domain.mirror import Event, Posture, in_force
from penelope_admin.domain.text import clean_line
from penelope_admin.domain.times import plural
from penelope_admin.errors import BadInputError
from penelope_admin.services import agency as agencies
from penelope_admin.services.checklists import LISTED, answer_in, list_proven_by, read_lists
from penelope_admin.services.environments import (
    CHANGED,
    add_event,
    check_happened,
    need_known,
    read_events,
    read_posture,
)
from penelope_admin.services.privacy import masked
from penelope_admin.services.work import Context, Done
from penelope_admin.store import schema
from penelope_admin.store.engine import new_id
from penelope_admin.store.kinds import UnreadableError

if TYPE_CHECKING:
    from penelope_admin.detect.verdicts import Confidence, Finding, ProofVerdict


class _KeptColumn(TypedDict):
    name: str
    values: int
    email_like: int
    phone_like: int
    distinct: int
    verdict: str


class _KeptFile(TypedDict):
    path: str
    rows: int
    unread: int
    sha256: str | None
    columns: list[_KeptColumn]


@dataclass(frozen=True, slots=True)
class Proof:
    """A recorded check of data.

    Attributes:
        event: as of when, by whom; corrected if it was recorded by mistake.
        source: what was checked, in a few words.
        files: what was found in each file or table: counts for each column.
        stands: whether it was not corrected.
    """

    id: int
    event: Event
    source: str
    verdict: ProofVerdict
    confidence: Confidence
    sentence: str
    files: tuple[dict[str, object], ...]
    stands: bool

    def as_json(self) -> dict[str, object]:
        """As the command line prints it."""
        return {
            "id": self.id,
            "env": self.event.environment,
            "as_of": self.event.at.isoformat(),
            "by": self.event.by,
            "source": self.source,
            "verdict": self.verdict,
            "confidence": self.confidence,
            "sentence": self.sentence,
            "stands": self.stands,
            "files": list(self.files),
        }


def record(
    context: Context,
    environment: str,
    finding: Finding,
    as_of: datetime,
    remark: str = "",
    effects: Sequence[int] = (1,),
) -> Done[Posture]:
    """Keep what a check of data found. Real-looking contacts make the environment's posture real.

    Of the mirrored database it also answers lines of the check-list of the last upgrade before the data was taken. A
    check that found none answers nothing while real ones are on record since that upgrade: that takes a person.

    Args:
        as_of: when the data was taken from the environment, an aware instant, not in the future.
        effects: numbers of the lines that the data speaks of; only such that data can prove.

    Raises:
        BadInputError: not the agency's environment, a time that lies ahead, or a line that data cannot prove.
    """
    with context.store.writing() as connection:
        profile = agencies.need(context.policy, connection)
        key = need_known(context, connection, profile, environment).key
        instant = _not_before_upgrade(connection, key, check_happened(context, profile, as_of))
        note = clean_line(remark, "The remark", required=False)
        lines = [find_effect(context.policy, number) for number in effects]
        if any(not line.proven_by_data for line in lines):
            raise BadInputError("An export can prove the lines about contact details only. Nothing was saved.")
        number = add_event(context, connection, key, "checked", instant, outcome=finding.verdict, remark=note)
        proof_id = _write(context, connection, number, finding)
        context.record(
            connection, "environment.checked", key,
            after={"at": instant, "proof": proof_id, "source": source_of(finding), "verdict": finding.verdict,
                   "confidence": finding.confidence, "remark": note},
        )  # fmt: skip
        events = read_events(connection)
        check = next(event for event in events if event.id == number)
        found = list_proven_by(read_lists(context, connection), check, events) if key == LISTED else None
        if found is not None and not _is_contradicted(events, found.event, finding.verdict):
            for line in lines:
                given = LineAnswer(line.number, _result(finding), context.now(), context.actor, note, None, proof_id)
                answer_in(context, connection, found, given, number if finding.verdict == "real" else None)
        return Done(read_posture(context, connection, profile, key), CHANGED)


def _not_before_upgrade(connection: sa.Connection, key: str, instant: datetime) -> datetime:
    """The instant, or that of an upgrade later in the same minute: people say to the minute when they took data."""
    upgrades = (
        event.at for event in in_force(read_events(connection)) if (event.environment, event.kind) == (key, "upgraded")
    )
    return next((at for at in upgrades if instant < at < instant + timedelta(minutes=1)), instant)


def _result(finding: Finding) -> Result:
    """What a check says of a line. Only one that is sure passes it: what it did not see, it cannot vouch for."""
    if finding.verdict == "real":
        return "fail"
    return "pass" if finding.verdict == "de-identified" and finding.confidence == "high" else "cannot-tell"


def _is_contradicted(events: Sequence[Event], upgrade: Event, verdict: ProofVerdict) -> bool:
    """Whether real contacts were found since an upgrade, which a check that found none cannot take back."""
    own = (event for event in in_force(events) if (event.environment, event.kind) == (upgrade.environment, "checked"))
    return verdict != "real" and any(event.outcome == "real" and event.at >= upgrade.at for event in own)


def _write(context: Context, connection: sa.Connection, event: int, finding: Finding) -> int:
    """Keep counts, hashes, and names without what looks like client data. Masked samples and folders are not kept."""
    files = []
    for file in finding.as_json()["files"]:
        columns = [{key: value for key, value in column.items() if key != "samples"} for column in file["columns"]]
        name = masked(context, connection, file["path"].replace("\\", "/").rpartition("/")[2])
        files.append({**file, "path": name, "columns": columns})
    inserted = connection.execute(
        sa.insert(schema.proof).values(
            event_id=event,
            source=source_of(finding),
            verdict=finding.verdict,
            confidence=finding.confidence,
            sentence=finding.sentence,
            details=json.dumps(files, ensure_ascii=False),
        )
    )
    return new_id(inserted)


def source_of(finding: Finding) -> str:
    """What was checked, in a few words: "2 files, 31,204 rows"."""
    rows = sum(file.rows for file in finding.files)
    count = len(finding.files)
    return f"{plural(count, 'file or table', 'files or tables')}, {rows:,} {'row' if rows == 1 else 'rows'}"


def find_all(context: Context) -> list[Proof]:
    """Every recorded check of data, the newest first."""
    with context.store.reading() as connection:
        return read_proofs(connection)


def read_proofs(connection: sa.Connection) -> list[Proof]:
    """`find_all` in the caller's transaction."""
    events = read_events(connection)
    standing = {event.id for event in in_force(events)}
    by_id = {event.id: event for event in events}
    rows = connection.execute(sa.select(schema.proof).order_by(schema.proof.c.id.desc()))
    return [
        Proof(
            row.id, _event_of(row, by_id), row.source, row.verdict, row.confidence, row.sentence,
            _kept_files(row), row.event_id in standing,
        )
        for row in rows
    ]  # fmt: skip


def _event_of(row: sa.Row[Any], by_id: dict[int, Event]) -> Event:
    """The event that a check was recorded as.

    Raises:
        DamagedError: there is none.
    """
    if row.event_id not in by_id:
        raise UnreadableError("proof", "event_id", "the number of no event", str(row.id))
    return by_id[row.event_id]


def _kept_files(row: sa.Row[Any]) -> tuple[dict[str, object], ...]:
    """What a check found in each file, as `_write` kept it.

    Raises:
        DamagedError: it is not that.
    """
    files = json.loads(row.details)
    try:
        msgspec.convert(files, list[_KeptFile])
    except msgspec.ValidationError:
        raise UnreadableError("proof", "details", "not what a check leaves", str(row.id)) from None
    return tuple(files)
