"""The rows of answers on check-lists, and of checks of data."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, TypedDict

import msgspec
import sqlalchemy as sa

from penelope_admin.absent import present
from penelope_admin.domain.checklists import Evidence, LineAnswer
from penelope_admin.domain.records import like
from penelope_admin.store import schema
from penelope_admin.store.engine import new_id
from penelope_admin.store.kinds import UnreadableError, optional

_TABLE, _PROOF = schema.check_answer, schema.proof


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """An answer, the event to whose check-list it belongs, and the events on which it rests."""

    event_id: int
    answer: LineAnswer
    rests_on: tuple[int, ...]


def read(connection: sa.Connection) -> list[AnswerRow]:
    """All answers, oldest first."""
    proof_event = optional(_PROOF.c.event_id, "proof_event")  # nothing without a check of data
    query = sa.select(_TABLE, proof_event).outerjoin_from(_TABLE, _PROOF, _TABLE.c.proof_id == _PROOF.c.id)
    answers = []
    for row in connection.execute(query.order_by(_TABLE.c.id)):
        # The database itself sees to it that a name never comes without a hash.
        evidence = Evidence(row.file_name, row.file_sha256) if row.file_name else None
        answer = LineAnswer(row.effect, row.result, row.at, row.by, row.remark, evidence, row.proof_id, row.raised)
        answers.append(AnswerRow(row.event_id, answer, tuple(present(row.proof_event, row.raised))))
    return answers


def insert(connection: sa.Connection, event: int, answer: LineAnswer) -> None:
    """Add an answer to the check-list of an event."""
    names = ("effect", "result", "remark", "at", "by", "proof_id", "raised")
    values = {"event_id": event, **{name: getattr(answer, name) for name in names}}
    if (file := answer.evidence) is not None:
        values |= {"file_name": file.name, "file_sha256": file.sha256}
    connection.execute(sa.insert(_TABLE), values)


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
class ProofRow:
    """A check of data as it is stored: the event it was recorded as, and counts for each file and column."""

    id: int
    event_id: int
    source: str
    verdict: str
    confidence: str
    sentence: str
    files: tuple[dict[str, object], ...]


def read_proofs(connection: sa.Connection) -> list[ProofRow]:
    """Every recorded check of data, the newest first.

    Raises:
        DamagedError: what one found is not what a check leaves.
    """
    rows = connection.execute(sa.select(_PROOF).order_by(_PROOF.c.id.desc()))
    return [like(ProofRow, row, files=_kept_files(row)) for row in rows]


def _kept_files(row: sa.Row[Any]) -> tuple[dict[str, object], ...]:
    files = json.loads(row.details)
    try:
        msgspec.convert(files, list[_KeptFile])
    except msgspec.ValidationError:
        raise UnreadableError("proof", "details", "not what a check leaves", str(row.id)) from None
    return tuple(files)


def insert_proof(connection: sa.Connection, event: int, facts: dict[str, str], files: list[dict[str, object]]) -> int:
    """Keep what a check of data found; gives back its number.

    Args:
        facts: source, verdict, confidence and sentence.
    """
    details = json.dumps(files, ensure_ascii=False)
    return new_id(connection.execute(sa.insert(_PROOF).values(event_id=event, details=details, **facts)))
