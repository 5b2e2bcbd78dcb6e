"""The check-lists after an upgrade or refresh: their lines are answered one by one, with what each answer rests on."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Collection, Iterable
from pathlib import Path

import sqlalchemy as sa

from penelope_admin.clock import find_zone
from penelope_admin.domain import checklists as rules
from penelope_admin.domain.checklists import CheckList, Evidence, LineAnswer
from penelope_admin.domain.mirror import Event, in_force
from penelope_admin.domain.requests import Wish
from penelope_admin.domain.text import clean_line
from penelope_admin.errors import BadInputError
from penelope_admin.files import without_waiting
from penelope_admin.policy import Effect
from penelope_admin.services import agency as agencies
from penelope_admin.services.environments import CHANGED, add_event, correct_in, read_telling
from penelope_admin.services.register import facts, read_states, write_state
from penelope_admin.services.work import Context, Done
from penelope_admin.store import schema

LARGEST_EVIDENCE = 1 << 30
DOUBTED = "feature.doubted"
"""The log's word for a feature of which nobody knows any more whether the upgrade switched it off."""
LISTED = "mirrored"
"""The environment whose upgrades have the effects that the vendor names, and whose features are switched here."""
_BEGIN = frozenset({"upgraded", "refreshed"})
"""Events that a check-list follows."""


def find_all(context: Context) -> list[CheckList]:
    """The check-list of every upgrade and refresh of the mirrored database that was not corrected, newest first."""
    with context.store.reading() as connection:
        return read_lists(context, connection)


def newest(context: Context) -> CheckList | None:
    """The check-list of the latest upgrade or refresh; None before there was one."""
    return next(iter(find_all(context)), None)


def read_lists(context: Context, connection: sa.Connection) -> list[CheckList]:
    """`find_all` in the caller's transaction."""
    events = [event for event in in_force(read_telling(connection, LISTED)) if event.kind in _BEGIN]
    # Of both at the same instant the refresh counts last, as it does for contact details.
    events.sort(key=lambda event: (event.at, event.kind == "refreshed", event.id), reverse=True)
    answers = _read_answers(connection)
    return [rules.check_list(context.policy, event, answers.get(event.id, ())) for event in events]


def _read_answers(connection: sa.Connection) -> dict[int, list[LineAnswer]]:
    """All answers, oldest first, by the event they belong to; those that rest on a corrected check say nothing."""
    table, proof = schema.check_answer, schema.proof
    standing = {event.id for event in in_force(read_telling(connection, LISTED))}
    void = {
        row.id for row in connection.execute(sa.select(proof.c.id, proof.c.event_id)) if row.event_id not in standing
    }
    found: dict[int, list[LineAnswer]] = {}
    for row in connection.execute(sa.select(table).order_by(table.c.id)):
        if row.proof_id in void or (row.raised is not None and row.raised not in standing):
            continue  # what it rests on was recorded by mistake
        evidence = Evidence(row.file_name, row.file_sha256) if row.file_name else None
        found.setdefault(row.event_id, []).append(
            LineAnswer(row.effect, row.result, row.at, row.by, row.remark, evidence, row.proof_id, row.raised)
        )
    return found


def _name_of(path: Path) -> str:
    """A file's name as it can be kept and shown: it may be of any bytes, and hold what is not printed."""
    return "".join(letter if letter.isprintable() else "?" for letter in path.name)[-300:]


def read_file(path: Path) -> Evidence:
    """What is kept of a file that serves as evidence: its name and SHA-256.

    Raises:
        BadInputError: it is no regular file, or cannot be read.
    """
    try:
        with open(path, "rb", opener=without_waiting) as file:
            facts = os.fstat(file.fileno())
            if not stat.S_ISREG(facts.st_mode):
                raise BadInputError(f"{path.name} is not a file that could be evidence. Nothing was saved.")
            if facts.st_size > LARGEST_EVIDENCE:
                raise BadInputError(f"{path.name} is larger than 1 GiB. Nothing was saved. Name a smaller file.")
            return Evidence(_name_of(path), hashlib.file_digest(file, "sha256").hexdigest())
    except OSError as error:
        raise BadInputError(f"{path} cannot be read ({error.strerror}). Nothing was saved.") from error


def answer(
    context: Context,
    event: int,
    effect: int,
    result: str,
    remark: str = "",
    file: Path | None = None,
    still_on: Collection[str] = (),
) -> Done[CheckList]:
    """Say of one line whether it is so. Answers are added, never changed.

    A line about contact details that failed makes them count as real, until it passes. "Cannot tell" takes nothing
    back: what nobody knows counts as real. A line that says that features are off sets the register: when it failed,
    nobody knows of them any more, or the person names those that are on; when it passes, what was not known is off.

    Args:
        event: the number of the upgrade or refresh whose check-list it is.
        still_on: keys of features that were seen on, of a line that failed.
        file: what the answer rests on; only its name and SHA-256 are kept.

    Raises:
        BadInputError: no such check-list, line, result or feature, a file that cannot be read, or a failed line that is
            to pass without a remark or a file.
    """
    evidence = read_file(file) if file is not None else None
    wanted = rules.check_result(result)
    note = clean_line(remark, "The remark", required=False)
    with context.store.writing() as connection:
        agencies.need(context.policy, connection)
        found = _need_list(context, connection, event)
        line = rules.find_effect(context.policy, effect, found.occasion)
        named = rules.check_still_on(context.policy, line, wanted, still_on)
        if evidence is not None:
            from penelope_admin.services.privacy import masked

            evidence = Evidence(masked(context, connection, evidence.name), evidence.sha256)
        given = LineAnswer(line.number, wanted, context.now(), context.actor, note, evidence)
        answer_in(context, connection, found, given)
        _set_register(context, connection, found.event, line, given, named)
        return Done(_need_list(context, connection, event), CHANGED)


def answer_in(
    context: Context, connection: sa.Connection, found: CheckList, given: LineAnswer, raised: int | None = None
) -> None:
    """Add an answer in the caller's transaction.

    Args:
        raised: the event that already says that contact details are real, if the answer comes from a check of data.
    """
    line = next(line for line in found.lines if line.effect.number == given.effect)
    answers = _read_answers(connection).get(found.event.id, [])
    decided = {known.effect: known.result for known in answers if known.result != "cannot-tell"}
    failing = {effect for effect, result in decided.items() if result == "fail"}
    if given.effect in failing and given.result == "pass":
        _need_reason(
            given, any(known.proof_id for known in answers if (known.effect, known.result) == (given.effect, "fail"))
        )
    standing = {event.id for event in in_force(read_telling(connection, LISTED))}
    raises = sorted({known.raised for known in answers if known.effect == given.effect and known.raised in standing})
    if given.result == "fail" and line.effect.proven_by_data and raised is None:
        raised = _count_as_real(context, connection, found.event, given.effect)
    elif given.result == "pass":
        held = {known.raised for known in answers if known.effect in failing - {given.effect}}
        for number in (number for number in raises if number not in held):
            correct_in(context, connection, number, f"Line {given.effect} of the check-list was answered again.")
    _write_answer(context, connection, found, given, raised)


def _set_register(
    context: Context,
    connection: sa.Connection,
    upgrade: Event,
    line: Effect,
    given: LineAnswer,
    still_on: frozenset[str],
) -> None:
    """Bring the register in line with an answer about features, as long as nothing newer happened to the database."""
    endings = in_force(read_telling(connection, LISTED))
    if any(event.kind in {"refreshed", "upgraded"} and event.at > upgrade.at for event in endings):
        return
    for state in read_states(context.policy, connection, LISTED):
        if state.feature not in line.features:
            continue
        after = rules.answered(state, upgrade, given, still_on)
        if after == state:
            continue
        write_state(connection, state, after)
        action, known = DOUBTED, facts(after)
        if after.state == "unknown":
            known["doubted_since"] = upgrade.at
        elif after.since is not None:
            action = f"feature.seen-{after.state}"
            add_event(context, connection, LISTED, "switched", after.since, feature=state.feature, outcome=after.state)
        context.record(connection, action, f"{LISTED}/{state.feature}", facts(state), known)


def _need_reason(given: LineAnswer, by_data: bool) -> None:
    """Refuse to pass a line that failed without a word why, or on a word alone where data showed real people.

    Raises:
        BadInputError: the remark or the file is missing.
    """
    if by_data and not given.evidence:
        raise BadInputError(
            f"Data showed real people on line {given.effect}. Nothing was saved. Name a file that shows otherwise, or "
            "record the script that de-identified them."
        )
    if not (given.remark or given.evidence):
        raise BadInputError(
            f"Line {given.effect} failed before. Nothing was saved. Say in a remark what has changed since."
        )


def _count_as_real(context: Context, connection: sa.Connection, event: Event, effect: int) -> int:
    """Add the event by which contact details count as real from now on, also where this computer's clock is behind."""
    because, at = f"Line {effect} of the check-list failed.", max(context.now(), event.at)
    return add_event(context, connection, LISTED, "checked", at, outcome="real", remark=because)


def _write_answer(
    context: Context, connection: sa.Connection, found: CheckList, given: LineAnswer, raised: int | None
) -> None:
    evidence = given.evidence
    facts = {
        "event_id": found.event.id, "effect": given.effect, "result": given.result, "remark": given.remark,
        "file_sha256": evidence.sha256 if evidence else None, "proof_id": given.proof_id, "raised": raised,
    }  # fmt: skip
    name = evidence.name if evidence else None
    connection.execute(sa.insert(schema.check_answer).values(at=given.at, by=given.by, file_name=name, **facts))
    before = next(line.answer for line in found.lines if line.effect.number == given.effect)
    context.record(
        connection, f"checklist.{given.result}", f"{LISTED}/{given.effect}",
        {"result": before.result} if before else None, {**facts, "file": name, "after": found.occasion},
    )  # fmt: skip


def wish_for(context: Context, event: int, effect: int) -> Wish:
    """A ready-made request to Support about a line that failed; nothing is drafted yet.

    Raises:
        BadInputError: no such check-list or line, or the line has not failed.
    """
    with context.store.reading() as connection:
        profile = agencies.need(context.policy, connection)
        found = _need_list(context, connection, event)
        number = rules.find_effect(context.policy, effect, found.occasion).number
        line = next(line for line in found.lines if line.effect.number == number)
        return rules.ready_made_request(context.policy, found.event, line, find_zone(profile.zone))


def _need_list(context: Context, connection: sa.Connection, event: int) -> CheckList:
    lists: Iterable[CheckList] = read_lists(context, connection)
    found = next((item for item in lists if item.event.id == event), None)
    if found is None:
        raise BadInputError(
            f"There is no check-list of an upgrade or refresh with the number {event}. Nothing was saved. "
            "Record it first, or look at its number in the history."
        )
    return found


def list_proven_by(lists: Iterable[CheckList], check: Event, events: Iterable[Event]) -> CheckList | None:
    """The check-list that a check of data answers: that of the last upgrade before, unless a refresh came between."""
    found = next((item for item in lists if item.occasion == "upgrade" and item.event.at <= check.at), None)
    refreshes = [event.at for event in in_force(events) if event.environment == LISTED and event.kind == "refreshed"]
    if found is None or any(found.event.at <= at <= check.at for at in refreshes):
        return None
    return found
