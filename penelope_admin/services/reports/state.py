"""The report on the state of a copy, and in brief on the agency's other ones."""

from __future__ import annotations

from datetime import date
from typing import Any

from penelope_admin.domain import features as rules
from penelope_admin.domain.checklists import RESULT_NAMES, LineAnswer
from penelope_admin.domain.features import FeatureState
from penelope_admin.domain.leaving import still_open_sentence
from penelope_admin.domain.mirror import Posture, PostureRole, last_version
from penelope_admin.domain.requests import OPEN, STATUS_NAMES, summary
from penelope_admin.domain.second_person import off_sentence, waiver_sentence
from penelope_admin.domain.text import filled
from penelope_admin.domain.times import in_words, plural
from penelope_admin.gateways.reports import Role, Section, Table, Text, Word
from penelope_admin.policy import PhiRisk
from penelope_admin.services.agency import find_second_person
from penelope_admin.services.mirror import checklists, evidence
from penelope_admin.services.mirror.environments import all_unsettled, open_questions, still_lost
from penelope_admin.services.reports.parts import VERDICTS, Reader, day_in_words, tabled

_RESULTS: dict[str, Role] = {"pass": "positive", "fail": "danger", "cannot-tell": "caution"}
_STATES: dict[str, str] = {"on": "On", "off": "Off", "unknown": "Not known"}
_STATE_CELLS: dict[str, Text] = {**_STATES, "unknown": Word("Not known", "caution")}
_BADGES: dict[PostureRole, Word] = {
    "danger": Word("May hold real contact details", "danger"),
    "info": Word("De-identified, says the help centre", "info"),
    "positive": Word("De-identified", "positive"),
}
_RISKS: dict[PhiRisk | None, Text] = {None: "", "high": Word("High", "danger"), "elevated": Word("Elevated", "caution")}
_AVAILABILITY: dict[str, Text] = {
    "re-enableable": "May be switched on",
    "not-listed": "Not on the vendor's list. Ask Support",
    "locked": Word("Locked: cannot be enabled", "locked"),
}


def state_sections(reader: Reader) -> list[Section]:
    """Everything that is recorded of the copy now."""
    work, here = reader.work, reader.environment.key
    posture = work.posture(here)
    states = work.states(here)
    left = all_unsettled(work)
    shown = (*reader.work.agency.environments, *left)
    copies = [_copy(reader, key) for key in shown if key != here and work.policy.environment[key].refreshable]
    return [
        *_left(reader, left),
        _contact_details(reader, posture, states),
        _second_person(reader),
        _in_use(reader, states),
        _not_in_use(reader, states),
        *_last_proof(reader),
        _newest_list(reader),
        _open_requests(reader),
        _questions(reader, states),
        Section("Other copies", ("What is recorded of each." if copies else "The agency has no other.",)),
        *copies,
    ]


def _left(reader: Reader, left: dict[str, tuple[str, ...]]) -> list[Section]:
    """What is still open of databases that the agency has no more; nothing where nothing is."""
    if not left:
        return []
    names = reader.work.policy.environment
    points = tuple(Word(still_open_sentence(names[key].name, left[key]), "danger") for key in left)
    return [Section("Databases that are no longer the agency's", points=points)]


def _second_person(reader: Reader) -> Section:
    """Whether somebody else approves, and who switched that off."""
    second = find_second_person(reader.work)
    if second.off is not None:
        says: Text = Word(off_sentence(second.off, reader.work.zone), "danger")
    elif reader.work.agency.second_person:
        says = "Where contact details may be real, somebody else must approve what is switched on."
    else:
        says = "The agency asks for nobody else's approval."
    waits = [Word(waiver_sentence(second.waiver, reader.work.zone), "caution")] if second.waiver is not None else []
    return Section("Second person", (says, *waits))


def _contact_details(reader: Reader, posture: Posture, states: list[FeatureState]) -> Section:
    policy, item = reader.work.policy, reader.environment
    dangerous = [
        reader.feature(state.feature)
        for state in states
        if posture.may_be_real and state.state == "on" and policy.feature[state.feature].uses_contact_details
    ]
    says: list[Text] = [Word(posture.sentence, posture.role)]
    if posture.queue_sentence:
        says.append(Word(posture.queue_sentence, "danger"))
    if dangerous:
        says.append(Word(f"On now, while contact details may be real: {', '.join(dangerous)}.", "danger"))
    if posture.exceptions:
        groups = ", ".join(posture.exceptions)
        says.append(f"Workers in these user groups keep their real addresses all the same: {groups}.")
    version = _version(reader, item.key)
    facts: tuple[tuple[str, Text], ...] = (
        ("Last refresh", reader.stamp(posture.last_refresh)),
        ("Last upgrade", reader.stamp(posture.last_upgrade)),
        ("Version", version),
        ("Last check of its data", posture.check_sentence),
        ("What it is", f"{item.data}. Upgraded: {item.upgraded[0].lower()}{item.upgraded[1:]}."),
    )
    return Section(f"Contact details in {item.spoken}", tuple(says), facts)


def _version(reader: Reader, key: str) -> str:
    return reader.typed(last_version(reader.work.telling(key))) or "Not recorded"


def _in_use(reader: Reader, states: list[FeatureState]) -> Section:
    today = reader.work.today
    posture = reader.work.posture(reader.environment.key)
    rows = (
        _use_row(reader, state, parts, posture, today)
        for state, parts in _with_parts(reader, states)
        if state.state == "on" or state.pending or parts
    )
    columns = {"Feature": 21, "State": 17, "Reason": 21, "Last day": 13, "Since, by": 16, "PHI risk": 12}
    notes = (reader.work.policy.ratings.note,)
    nothing = "Nothing is recorded as on or planned."
    return tabled("Features recorded as on or planned", columns, rows, nothing, notes=notes)


def _with_parts(reader: Reader, states: list[FeatureState]) -> list[tuple[FeatureState, tuple[str, ...]]]:
    """Each feature, with the parts that are on where it is on for no other reason."""
    return [(state, rules.on_through(reader.work.policy, state, states)) for state in states]


def _use_row(
    reader: Reader, state: FeatureState, parts: tuple[str, ...], posture: Posture, today: date
) -> tuple[Text, ...]:
    pending, risk = state.pending, reader.work.policy.feature[state.feature].phi_risk
    if parts and not pending:
        role = rules.on_role(reader.work.policy, state, posture)
        return reader.feature(state.feature), Word(rules.through_in_words(parts), role), "", "", "", _RISKS[risk]
    seen = "Seen on " if state.only_seen else ""
    return (
        reader.feature(state.feature),
        _state_cell(state, rules.on_role(reader.work.policy, state, posture), today),
        reader.typed((pending or state).reason),
        day_in_words((pending or state).until) or "None set",
        f"Planned by {pending.by or 'somebody'}" if pending else f"{seen}{reader.stamp(state.since)}, {state.by or ''}",
        _RISKS[risk],
    )


def _state_cell(state: FeatureState, role: Role, today: date) -> Text:
    """On or planned, and whether it should be no more."""
    pending, now = state.pending, _STATES[state.state]
    if state.is_expired(today):
        return Word(f"{now}, the plan to switch it on has expired", "danger")
    if pending is not None:
        approved = filled(", approved by {}", pending.approved_by)
        return Word(f"{now}, planned to be switched {rules.STATE_AFTER[pending.change]}{approved}", "caution")
    if state.is_overdue(today):
        return Word("On, overdue", "danger")
    return Word("On", role)


def _not_in_use(reader: Reader, states: list[FeatureState]) -> Section:
    policy = reader.work.policy
    rows = (
        (
            reader.feature(state.feature),
            _seen_or_not(reader, state),
            _AVAILABILITY[rules.availability(policy.feature[state.feature], state.environment)],
        )
        for state, parts in _with_parts(reader, states)
        if state.state != "on" and state.pending is None and not parts
    )
    columns = {"Feature": 40, "Recorded state": 20, "May it be switched on?": 40}
    return tabled("Features not recorded as on or planned", columns, rows, "Every feature is recorded so.")


def _seen_or_not(reader: Reader, state: FeatureState) -> Text:
    if state.was_seen_on:
        return Word(f"Seen on {reader.stamp(state.seen_at)}; no switch is recorded", "danger")
    return _STATE_CELLS[state.state]


def _last_proof(reader: Reader) -> list[Section]:
    """The newest check of the copy's data that stands: counts for each column, and never a value."""
    title = "Last check of its data"
    here = reader.environment.key
    proofs = [proof for proof in evidence.find_all(reader.work) if proof.stands and proof.event.environment == here]
    proof = max(proofs, key=lambda proof: (proof.event.at, proof.id), default=None)
    if proof is None:
        return [Section(title, ("No check of exported data is recorded.",))]
    facts: tuple[tuple[str, Text], ...] = (
        ("Verdict", VERDICTS[proof.verdict]),
        ("Confidence", proof.confidence.capitalize()),
        ("What was checked", proof.source),
        ("Data as of", reader.stamp(proof.event.at)),
        ("Recorded by", proof.event.by),
        ("Note", reader.typed(proof.event.remark)),
    )
    files = [_file_section(reader, file) for file in proof.files]
    says: list[Text] = [reader.typed(proof.sentence)]
    if reader.work.posture(here).last_check is None:
        says.append(Word("No data from after the copy's last change has been checked.", "danger"))
    return [Section(title, tuple(says), facts), *files]


def _file_section(reader: Reader, file: dict[str, Any]) -> Section:
    rows = [
        (
            reader.typed(column["name"]),
            str(column["values"]),
            str(column["email_like"]),
            str(column["phone_like"]),
            str(column["distinct"]),
            VERDICTS.get(column["verdict"], column["verdict"]),
        )
        for column in file["columns"]
    ]
    return Section(
        reader.typed(file["path"]),
        facts=(
            ("Rows", f"{file['rows']}, of which {file['unread']} could not be read"),
            ("SHA-256", file["sha256"] or "None: a table of a database"),
        ),
        table=Table(
            f"Counts in {reader.typed(str(file['path']))}",
            ("Column", "Values", "Like email", "Like telephone", "Different", "Verdict"),
            (30, 12, 12, 14, 12, 20),
            tuple(rows),
            "No column was examined.",
        ),
        inner=True,
    )


def _newest_list(reader: Reader) -> Section:
    check_list = checklists.newest(reader.work, reader.environment.key)
    if check_list is None:
        return Section("Check-list", ("No upgrade and no refresh is recorded, so there is no check-list.",))
    lines = ((line.effect, line.answer) for line in check_list.lines)
    rows = ((str(effect.number), effect.text, *_answer_cells(reader, answer)) for effect, answer in lines)
    when = f"{check_list.event.kind.capitalize()} {reader.stamp(check_list.event.at)}. {check_list.standing}."
    says: Text = Word(when, "danger") if check_list.failed else when
    columns = {"Line": 7, "What should be so": 31, "Result": 12, "Rests on": 32, "When, by": 18}
    return tabled(f"Check-list after the last {check_list.occasion}", columns, rows, "It has no lines.", (says,))


def _answer_cells(reader: Reader, answer: LineAnswer | None) -> tuple[Text, ...]:
    if answer is None:
        return Word("Not checked", "caution"), "", ""
    parts = [
        reader.typed(answer.remark),
        f"File {reader.typed(answer.evidence.name)}, SHA-256 {answer.evidence.sha256}" if answer.evidence else "",
        filled("Check of data no. {}", answer.proof_id),
    ]
    rests = ". ".join(part.rstrip(".") for part in parts if part)
    result = Word(RESULT_NAMES[answer.result], _RESULTS[answer.result])
    return result, rests or "Nothing noted", f"{reader.stamp(answer.at)}, {answer.by}"


def _open_requests(reader: Reader) -> Section:
    policy = reader.work.policy
    rows = tuple(
        (
            request.reference,
            reader.typed(summary(policy, request)),
            STATUS_NAMES[request.status],
            request.case_number or "None yet",
            day_in_words(request.scheduled_for),
            day_in_words(request.created_at.astimezone(reader.work.zone).date()),
        )
        for request in reader.work.requests
        if request.status in OPEN
    )
    columns = ("Request", "About", "Status", "Case number", "Scheduled for", "Drafted")
    table = Table("Open requests", columns, (10, 32, 16, 14, 14, 14), rows, "No request to Support is open.")
    return Section("Open requests to Support", table=table)


def _questions(reader: Reader, states: list[FeatureState]) -> Section:
    """What nobody has said yet."""
    work = reader.work
    points: list[Text] = []
    for question in open_questions(work):
        name = work.policy.environment[question.environment].name
        day = in_words(question.window.astimezone(work.zone).date())
        points.append(f"Was {name} upgraded in the window of {day}? Nobody has recorded it.")
    if unknown := rules.not_known(work.policy, states):
        what = f"The state of {plural(len(unknown), 'feature')} of {reader.environment.spoken} is not known."
        points.append(f"{what} {rules.due_doubt(unknown, work.zone)}".strip())
    points += [
        f"On or planned before the last upgrade or refresh, and not since: {reader.typed(loss.sentence)}"
        for loss in still_lost(work, reader.environment.key)
    ]
    if not points:
        return Section("Open questions", ("None.",))
    return Section("Open questions", points=tuple(points))


def _copy(reader: Reader, key: str) -> Section:
    work = reader.work
    posture = work.posture(key)
    on = [reader.feature(feature.key) for feature in rules.on_now(work.policy, work.states(key))]
    facts: tuple[tuple[str, Text], ...] = (
        ("Contact details", _BADGES[posture.role]),
        ("Why", posture.sentence),
        ("Queues", posture.queue_sentence),
        ("Last refresh", reader.stamp(posture.last_refresh)),
        ("Last upgrade", reader.stamp(posture.last_upgrade)),
        ("Version", _version(reader, key)),
        ("Recorded as on", ", ".join(on) or "Nothing"),
    )
    return Section(work.policy.environment[key].name, facts=tuple(fact for fact in facts if fact[1]), inner=True)
