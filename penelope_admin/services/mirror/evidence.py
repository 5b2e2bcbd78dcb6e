"""Proofs from data: what a check found is kept as an event, with counts and never a value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from penelope_admin.domain.checklists import CheckList, LineAnswer, Result, find_effect
from penelope_admin.domain.mirror import Event, Posture, in_force
from penelope_admin.domain.records import like
from penelope_admin.domain.text import clean_line
from penelope_admin.domain.times import plural
from penelope_admin.errors import BadInputError
from penelope_admin.services.mirror import checklists
from penelope_admin.services.mirror.environments import check_happened, need_known
from penelope_admin.services.work import Work
from penelope_admin.store.kinds import UnreadableError
from penelope_admin.store.rows import answers as answer_rows

if TYPE_CHECKING:
    from penelope_admin.detect.verdicts import Finding, ProofVerdict


_KEPT = ("name", "values", "email_like", "phone_like", "distinct", "top_share", "verdict", "why")
"""What is kept of a column: never a sample."""


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
    verdict: str
    confidence: str
    sentence: str
    files: tuple[dict[str, object], ...]
    stands: bool


def record(
    work: Work, environment: str, finding: Finding, as_of: datetime, remark: str = "", effects: Sequence[int] = (1,)
) -> Posture:
    """Keep what a check of data found. Real-looking contacts make the environment's posture real.

    Of a copy that has check-lists it also answers lines of that of the last upgrade before the data was taken. A
    check that found none answers nothing while real ones are on record since that upgrade: that takes a person.

    Args:
        as_of: when the data was taken from the environment, an aware instant, not in the future.
        effects: numbers of the lines that the data speaks of; only such that data can prove.

    Raises:
        BadInputError: a time that lies ahead, or a line that data cannot prove.
    """
    key = need_known(work, environment).key
    instant = _not_before_upgrade(work, key, check_happened(work, as_of))
    note = clean_line(remark, "The note", required=False)
    lines = [find_effect(work.policy, number) for number in effects]
    if any(not line.proven_by_data for line in lines):
        raise BadInputError("An export can prove the lines about contact details only. Nothing was saved.")
    number = work.add_event(key, "checked", instant, outcome=finding.verdict, remark=note)
    facts = {"source": source_of(finding), "verdict": finding.verdict, "confidence": finding.confidence}
    kept = {**facts, "sentence": finding.sentence}
    proof_id = answer_rows.insert_proof(work.connection, number, kept, _files_of(work, finding))
    work.record("environment.checked", key, after={"at": instant, "proof": proof_id, **facts, "remark": note})
    if key in work.policy.mirrors:
        _answer_lines(work, number, finding, [line.number for line in lines], note, proof_id)
    return work.posture(key)


def answerable(work: Work, environment: str, verdict: ProofVerdict, as_of: datetime) -> CheckList | None:
    """The check-list whose lines a check of data can answer; none where real contacts were found since its upgrade.

    Args:
        as_of: when the data was taken, an aware instant.
    """
    key = need_known(work, environment).key
    check_list = checklists.list_proven_by(checklists.find_all(work), key, _not_before_upgrade(work, key, as_of))
    return None if check_list is None or _is_contradicted(work.events, check_list.event, verdict) else check_list


def _answer_lines(work: Work, number: int, finding: Finding, lines: Sequence[int], note: str, proof_id: int) -> None:
    """Answer lines of the check-list that a check speaks of, if it can."""
    check = next(event for event in work.events if event.id == number)
    check_list = answerable(work, check.environment, finding.verdict, check.at)
    if check_list is None:
        return
    raised = number if finding.verdict == "real" else None
    for line in lines:
        answer = LineAnswer(line, _result(finding), work.now, work.actor, note, None, proof_id, raised)
        checklists.add_answer(work, check_list, answer)


def _not_before_upgrade(work: Work, key: str, instant: datetime) -> datetime:
    """The instant, or that of an upgrade later in the same minute: people say to the minute when they took data."""
    upgrades = (event.at for event in in_force(work.telling(key)) if event.kind == "upgraded")
    return next((at for at in upgrades if instant < at < instant + timedelta(minutes=1)), instant)


def _result(finding: Finding) -> Result:
    """What a check says of a line. Only one that is sure passes it: what it did not see, it cannot vouch for."""
    if finding.verdict == "real":
        return "fail"
    if finding.verdict == "de-identified" and finding.confidence == "high":
        return "pass"
    return "cannot-tell"


def _is_contradicted(events: Sequence[Event], upgrade: Event, verdict: ProofVerdict) -> bool:
    """Whether real contacts were found since an upgrade, which a check that found none cannot take back."""
    own = (event for event in in_force(events) if (event.environment, event.kind) == (upgrade.environment, "checked"))
    return verdict != "real" and any(event.outcome == "real" and event.at >= upgrade.at for event in own)


def _files_of(work: Work, finding: Finding) -> list[dict[str, object]]:
    """What is kept of files: counts, hashes, names without what looks like client data. No samples, no folders."""
    return [
        {
            "path": work.masked(file.path.replace("\\", "/").rpartition("/")[2]),
            "rows": file.rows,
            "unread": file.unread,
            "sha256": file.sha256,
            "verdict": file.verdict,
            "columns": [{name: getattr(column, name) for name in _KEPT} for column in file.columns],
        }
        for file in finding.files
    ]


def source_of(finding: Finding) -> str:
    """What was checked, in a few words: "2 files, 31,204 rows"."""
    rows = sum(file.rows for file in finding.files)
    return f"{plural(len(finding.files), 'file or table', 'files or tables')}, {plural(rows, 'row')}"


def find_all(work: Work) -> list[Proof]:
    """Every recorded check of data, the newest first.

    Raises:
        DamagedError: one of them belongs to no event.
    """
    standing = {event.id for event in in_force(work.events)}
    by_id = {event.id: event for event in work.events}
    proofs = []
    for row in answer_rows.read_proofs(work.connection):
        event = by_id.get(row.event_id)
        if event is None:
            raise UnreadableError("proof", "event_id", "the number of no event", str(row.id))
        proofs.append(like(Proof, row, event=event, stands=event.id in standing))
    return proofs
