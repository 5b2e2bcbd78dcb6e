"""The check-lists after an upgrade or refresh: their lines are answered one by one, with what each answer rests on."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from penelope_admin.absent import present
from penelope_admin.domain import checklists as rules
from penelope_admin.domain.checklists import CheckList, Evidence, Line, LineAnswer
from penelope_admin.domain.features import LOCKED_ON, FeatureState, log_facts
from penelope_admin.domain.mirror import Event, by_doubt, in_force
from penelope_admin.domain.requests import RequestInput
from penelope_admin.domain.text import clean_line
from penelope_admin.errors import BadInputError, needed
from penelope_admin.files import without_waiting
from penelope_admin.grouping import grouped
from penelope_admin.policy import Effect
from penelope_admin.services.mirror.environments import correct_event
from penelope_admin.services.work import Work
from penelope_admin.store.rows import answers as answer_rows

LARGEST_EVIDENCE = 1 << 30
DOUBTED = "feature.doubted"
"""The log's word for a feature of which nobody knows any more whether the upgrade switched it off."""
_BEGIN = frozenset({"upgraded", "refreshed"})
"""Events that a check-list follows."""


def find_all(work: Work) -> list[CheckList]:
    """The check-list of every upgrade and refresh that was not corrected, newest first.

    They are those of the copies whose features are switched: of their upgrades the vendor names the effects.
    """
    return list(_lists(work, work.policy.mirrors))


def _lists(work: Work, copies: Collection[str]) -> Iterator[CheckList]:
    """The check-lists of some copies, newest first, each made when it is asked for."""
    events = [event for event in _in_force(work) if event.kind in _BEGIN and event.environment in copies]
    events.sort(key=by_doubt, reverse=True)
    answers = _answers(work)
    newest_of = {event.environment: event for event in reversed(events)}
    for event in events:
        is_past = event is not newest_of[event.environment]
        states = () if is_past else work.recorded_states(event.environment)
        yield rules.check_list(work.policy, event, answers.get(event.id, ()), states, is_past=is_past)


def newest(work: Work, environment: str | None = None) -> CheckList | None:
    """The check-list of a copy's latest upgrade or refresh, by default the usual one's; None before there was one."""
    return next(_lists(work, (environment or work.usual_copy,)), None)


def _answers(work: Work) -> dict[int, list[LineAnswer]]:
    """All answers, oldest first, by the event they belong to; those that rest on what was corrected say nothing."""
    standing = _standing(work)
    return grouped((row.event_id, row.answer) for row in work.answers if standing.issuperset(row.rests_on))


def _in_force(work: Work) -> list[Event]:
    """What was not corrected of the copies that have check-lists."""
    return in_force(event for key in work.policy.mirrors for event in work.telling(key))


def _standing(work: Work) -> set[int]:
    """The numbers of the events that were not corrected."""
    return {event.id for event in _in_force(work)}


def _name_of(path: Path) -> str:
    """A file's name as it can be kept and shown: it may be of any bytes, and hold what is not printed."""
    return "".join(letter if letter.isprintable() else "?" for letter in path.name)[-300:]


def read_file(path: Path) -> Evidence:
    """What is kept of a file that serves as evidence: its name and SHA-256. For before a transaction: it may be large.

    Raises:
        BadInputError: it is not a regular file, or cannot be read.
    """
    try:
        with open(path, "rb", opener=without_waiting) as file:
            facts = os.fstat(file.fileno())
            if not stat.S_ISREG(facts.st_mode):
                raise BadInputError(f"{path.name} is a folder or a device, not a file. Nothing was saved.")
            if facts.st_size > LARGEST_EVIDENCE:
                raise BadInputError(f"{path.name} is larger than 1 GiB. Nothing was saved. Name a smaller file.")
            return Evidence(_name_of(path), hashlib.file_digest(file, "sha256").hexdigest())
    except OSError as error:
        raise BadInputError(f"{path} cannot be read ({error.strerror}). Nothing was saved.") from error


def answer(
    work: Work,
    event: int,
    effect: int,
    result: str,
    remark: str = "",
    evidence: Evidence | None = None,
    still_on: Collection[str] = (),
) -> CheckList:
    """Say of one line whether it is so. Answers are added, never changed.

    A line about contact details that failed makes them count as real, until it passes. "Cannot tell" takes nothing
    back: what nobody knows counts as real. A line that says that features are off sets the register: when it failed,
    nobody knows of them any more, or the person names those that are on; when it passes, what was not known is off.

    Args:
        event: the number of the upgrade or refresh whose check-list it is.
        still_on: keys of features that were seen on, of a line that failed.
        evidence: the file that the answer rests on, as `read_file` gives it.
        remark: where a line passes without one, what of the register is offered as its answer.

    Raises:
        BadInputError: a failed line is to pass without a remark or a file.
    """
    answered = rules.check_result(result)
    note = clean_line(remark, "The note", required=False)
    check_list = need_list(work, event)
    line = rules.find_effect(work.policy, effect, check_list.occasion)
    named = rules.check_still_on(work.policy, line, answered, still_on)
    if answered == "pass" and evidence is None:
        note = note or rules.offered_answer(check_list.line(line.number), work.zone)
    if evidence is not None:
        evidence = Evidence(work.masked(evidence.name), evidence.sha256)
    line_answer = LineAnswer(line.number, answered, work.now, work.actor, note, evidence)
    add_answer(work, check_list, line_answer)
    _set_register(work, check_list.event, line, line_answer, named)
    return need_list(work, event)


def add_answer(work: Work, check_list: CheckList, answer: LineAnswer) -> None:
    """Add an answer; where a failed line makes contact details count as real, also the event that says so.

    Args:
        answer: its `raised` is the event that says so already, if the answer comes from a check of data.
    """
    line = check_list.line(answer.effect)
    answers = _answers(work).get(check_list.event.id, [])
    failing = _failing(answers)
    if answer.result == "fail" and line.effect.proven_by_data and answer.raised is None:
        answer = replace(answer, raised=_count_as_real(work, check_list.event, answer.effect))
    elif answer.result == "pass":
        if answer.effect in failing:
            failed = (earlier for earlier in answers if (earlier.effect, earlier.result) == (answer.effect, "fail"))
            _need_reason(answer, any(earlier.proof_id for earlier in failed))
        _take_back_alarm(work, answers, failing, answer.effect)
    _write_answer(work, check_list, line, answer)


def _failing(answers: Iterable[LineAnswer]) -> set[int]:
    """The lines that failed and have not passed since; "cannot tell" takes nothing back."""
    decided = {answer.effect: answer.result for answer in answers if answer.result != "cannot-tell"}
    return {effect for effect, result in decided.items() if result == "fail"}


def _take_back_alarm(work: Work, answers: Iterable[LineAnswer], failing: set[int], effect: int) -> None:
    """Correct the events by which a line made contact details count as real, but those that another line rests on."""
    standing = _standing(work)
    raised = {answer.raised for answer in answers if answer.effect == effect} & standing
    held = {answer.raised for answer in answers if answer.effect in failing - {effect}}
    for number in sorted(present(*raised - held)):
        correct_event(work, number, f"Line {effect} of the check-list was answered again.")


def _set_register(work: Work, upgrade: Event, line: Effect, answer: LineAnswer, still_on: frozenset[str]) -> None:
    """Bring the register in line with an answer about features, as long as nothing newer happened to the database."""
    key = upgrade.environment
    if any(event.kind in _BEGIN and event.at > upgrade.at for event in in_force(work.telling(key))):
        return
    # What passes settles a doubt; what fails is held against what is recorded.
    for state in work.states(key) if answer.result == "pass" else work.recorded_states(key).copy():
        if state.feature not in line.features:
            continue
        after = rules.answered(state, upgrade, answer, still_on)
        if after != state:
            # What somebody saw of it since then is not doubted for the time before.
            is_seen_since = state.seen_at is not None and state.seen_at > upgrade.at
            write_seen(work, state, after, answer.at if is_seen_since else upgrade.at)


def write_seen(work: Work, before: FeatureState, after: FeatureState, doubted_since: datetime) -> FeatureState:
    """Put what was seen of a feature into the register, into the record, and both into the log.

    Args:
        doubted_since: since when nobody knows of it, where that is so.
    """
    kept = work.write_state(before, after)
    note = partial(work.add_event, after.environment, feature=after.feature)
    action = f"feature.seen-{after.state}"
    if before.state != "unknown" and (after.state == "unknown" or doubted_since < work.now):
        note("doubted", doubted_since)
    if after.was_seen_on:
        action = LOCKED_ON
        note("locked-on", work.now)
    elif after.state == "unknown":
        action = DOUBTED
    else:
        note("seen", work.now, outcome=after.state)
    work.record(action, f"{after.environment}/{after.feature}", log_facts(before), log_facts(after))
    return kept


def _need_reason(answer: LineAnswer, by_data: bool) -> None:
    """Refuse to pass a line that failed without a word why, or on a word alone where data showed real people.

    Raises:
        BadInputError: the remark or the file is missing.
    """
    if by_data and not answer.evidence:
        raise BadInputError(
            f"Data showed real people on line {answer.effect}. Nothing was saved. Name a file that shows otherwise, or "
            "record the script that de-identified them."
        )
    if not (answer.remark or answer.evidence):
        raise BadInputError(
            f"Line {answer.effect} failed before. Nothing was saved. Say in a remark what has changed since."
        )


def _count_as_real(work: Work, event: Event, effect: int) -> int:
    """Add the event by which contact details count as real from now on, also where this computer's clock is behind."""
    because, at = f"Line {effect} of the check-list failed.", max(work.now, event.at)
    return work.add_event(event.environment, "checked", at, outcome="real", remark=because)


def _write_answer(work: Work, check_list: CheckList, line: Line, answer: LineAnswer) -> None:
    answer_rows.insert(work.connection, check_list.event.id, answer)
    work.changed("environments")
    work.concerns("features")
    evidence = answer.evidence
    after = {
        "event_id": check_list.event.id, "effect": answer.effect, "result": answer.result, "remark": answer.remark,
        "file_sha256": evidence and evidence.sha256, "proof_id": answer.proof_id, "raised": answer.raised,
        "file": evidence and evidence.name, "after": check_list.occasion,
    }  # fmt: skip
    before = {"result": line.result} if line.result else None
    work.record(f"checklist.{answer.result}", f"{check_list.event.environment}/{answer.effect}", before, after)


def input_for(work: Work, event: int, effect: int) -> RequestInput:
    """A ready-made request to Support about a line that failed; nothing is drafted yet.

    Raises:
        BadInputError: the line has not failed.
    """
    zone, check_list = work.zone, need_list(work, event)
    number = rules.find_effect(work.policy, effect, check_list.occasion).number
    return rules.ready_made_request(work.policy, check_list.event, check_list.line(number), zone)


def need_list(work: Work, event: int) -> CheckList:
    """The check-list of an upgrade or refresh."""
    return needed(
        next((item for item in _lists(work, work.policy.mirrors) if item.event.id == event), None),
        f"There is no check-list of an upgrade or refresh with the number {event}. Nothing was saved. Record it first, "
        "or look at its number in the history.",
    )


def list_proven_by(lists: Iterable[CheckList], environment: str, at: datetime) -> CheckList | None:
    """The check-list that data answer: that of the last upgrade before, unless a refresh came between.

    Args:
        lists: of all upgrades and refreshes, newest first; of both at one instant the refresh.
        at: when the data were taken, an aware instant.
    """
    before = (item for item in lists if item.event.environment == environment and item.event.at <= at)
    last = next(before, None)
    return last if last is not None and last.occasion == "upgrade" else None
