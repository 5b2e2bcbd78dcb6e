"""The papers of a class: a task sheet, an answer sheet, a decision card, and the results. All say TRAINING."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from penelope_admin.domain.features import full_name
from penelope_admin.domain.times import plural
from penelope_admin.gateways.reports import Section, Table, Text, Word, page_html
from penelope_admin.grouping import grouped
from penelope_admin.policy import Availability, Policy
from penelope_admin.services.training.exercises import Exercise, paragraphs
from penelope_admin.services.training.records import Result

CARD = "Refreshed or upgraded last?"
NO_FILE = "no result file"
_ANSWERS: dict[Availability, str] = {
    "re-enableable": "May be switched on again", "not-listed": "Only through Support", "locked": "Never in this copy",
}  # fmt: skip
_UNKNOWN = "As the program shows it; see the last hint."
_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Sheet:
    """A paper: the name of its file, its HTML, and what stands at the foot of each page."""

    name: str
    html: str
    footer: str


@dataclass(frozen=True, slots=True)
class Row:
    """One learner's result in one exercise.

    Attributes:
        result: None where there is none.
        note: what is to be known of the file it comes from.
    """

    learner: str
    exercise: str
    title: str
    result: Result | None
    note: str = ""


def make_all(
    policy: Policy, agency: str, chosen: Sequence[Exercise], answers: Mapping[tuple[str, str], str]
) -> tuple[Sheet, ...]:
    """The hand-outs of a class.

    Args:
        answers: the right answers in words, by the keys of exercise and question.
    """
    about = (("For", "TRAINING: nothing in here is real"), ("Practice agency", agency))
    return (
        _sheet("task-sheet.pdf", "Tasks", (*about, ("Name", " ")), [_task(item) for item in chosen]),
        _sheet(
            "answer-sheet.pdf", "Answers, for the trainer", about, [_answer(policy, item, answers) for item in chosen]
        ),
        _sheet("decision-card.pdf", CARD, (), card(policy)),
    )


def _sheet(name: str, title: str, about: tuple[tuple[str, str], ...], sections: Iterable[Section]) -> Sheet:
    return Sheet(name, page_html(f"TRAINING: {title}", about, tuple(sections)), f"TRAINING. {title}")


def _task(item: Exercise) -> Section:
    """What a learner reads before, and room to write."""
    return Section(
        f"{item.rung.capitalize()}: {item.title}",
        says=paragraphs(item.situation),
        facts=(
            ("Goal", item.goal),
            *((question.ask, " ") for question in item.question),
            ("Time", f"About {plural(item.minutes, 'minute')}"),
            ("Notes", " "),
        ),
    )


def _answer(policy: Policy, item: Exercise, answers: Mapping[tuple[str, str], str]) -> Section:
    """What a trainer reads: how it is done, what goes wrong, and the rule behind it."""
    debriefing = item.debriefing
    return Section(
        f"{item.rung.capitalize()}: {item.title}",
        says=paragraphs(debriefing.text),
        facts=(
            ("Reached when", " ".join(f"{check.says}." for check in item.check)),
            *((question.ask, answers.get((item.key, question.key), _UNKNOWN)) for question in item.question),
            ("Last hint", item.hints[-1]),
            *(("Trap", " ".join(trap.explains.split())) for trap in item.trap),
            *((f"Expert, step {number}", step) for number, step in enumerate(debriefing.expert, 1)),
            ("Rule", f"{debriefing.rule} ({policy.source_name(debriefing)})"),
            ("To talk about", debriefing.question),
        ),
    )


def card(policy: Policy) -> tuple[Section, ...]:
    """One page that answers a question: may I switch this on in the copy?"""
    groups = ", ".join(policy.user_groups.keep_real_addresses)
    features = [feature for feature in policy.features if feature.part_of is None]
    rows: tuple[tuple[Text, ...], ...] = (
        (
            Word("Upgraded last", "positive"),
            f"De-identified. Staff in {groups} keep their real addresses.",
            "Work through the check-list. Then switch on what the project needs, with a last day.",
        ),
        (
            Word("Refreshed last", "danger"),
            "Real people. What waited in production's queues may have come along.",
            "Switch on nothing that sends. If a project cannot wait: look into the queue first, and know who gets it.",
        ),
        (
            Word("Nobody knows", "danger"),
            "Count them as real.",
            "Look into Penelope, take an export and check it, ask Support. Record what you find.",
        ),
    )
    table = Table(
        CARD, ("What happened last", "Contact details", "Before you switch anything on"), (20, 36, 44), rows, ""
    )
    return (
        Section(f"What happened to {policy.mirrors_in_words} last?", table=table),
        Section(
            "What may be switched on at all",
            facts=tuple(
                (says, ", ".join(full_name(policy, item) for item in features if item.availability == answer))
                for answer, says in _ANSWERS.items()
            ),
        ),
        Section(
            "In this order",
            points=(
                "What happened last: look at the record, and into Penelope.",
                "Who would be reached: clients, staff, calendars?",
                "Only what the project needs, with a reason and a last day.",
                "Plan here, switch in Penelope, say that it is done.",
                "A client was written to? Switch it off in Penelope first. Everything else comes after.",
            ),
            notes=(
                "The vendor promises de-identification after an upgrade and says nothing of it after a refresh. That "
                "queues may come along is our inference.",
            ),
        ),
    )


def results_sheet(rows: Iterable[Row], problems: Sequence[str]) -> Sheet:
    """The results of a class: a table for each learner, and what is wrong with files."""
    columns = ("Exercise", "Reached", "Hints", "Traps", "Minutes")
    sections = []
    learners = grouped((row.learner, row) for row in rows)
    for learner, own in learners.items():
        lines = tuple((row.title, *_shown(row.result)) for row in own)
        says = f"{sum(row.result is not None and row.result.passed for row in own)} of {len(own)} reached."
        if all(row.result is None and row.note == NO_FILE for row in own):
            says += " No result file was handed in."
        table = Table(learner, columns, (44, 14, 10, 20, 12), lines, "No exercise.")
        sections.append(Section(learner, says=(says,), table=table))
    if problems:
        sections.append(Section("Files that were left out", points=tuple(problems)))
    return _sheet("results.pdf", "Results", (("Learners", str(len(learners))),), sections)


def _shown(result: Result | None) -> tuple[Text, ...]:
    if result is None:
        return "not begun", "", "", ""
    passed = Word("yes", "positive") if result.passed else "no"
    return passed, str(result.hints), ", ".join(result.traps), str(minutes(result))


def cells(result: Result | None) -> tuple[object, ...]:
    """Passed, hints, traps and minutes for a table; empty where an exercise was not begun."""
    if result is None:
        return False, "", "", ""
    return result.passed, result.hints, " ".join(result.traps), minutes(result)


def minutes(result: Result) -> int:
    """How long it took, in whole minutes; what was begun took one at least."""
    return max(1, round(result.seconds / _MINUTE))
