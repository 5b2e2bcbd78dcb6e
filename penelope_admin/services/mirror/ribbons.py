"""Reads what the picture of a database's life is made of."""

from __future__ import annotations

from penelope_admin.domain.checklists import passed_sentence
from penelope_admin.domain.ribbon import Ribbon, ribbon
from penelope_admin.services.mirror import checklists
from penelope_admin.services.mirror.environments import open_questions, shown
from penelope_admin.services.work import Work


def find_all(work: Work) -> dict[str, Ribbon]:
    """The picture of each database the agency has, or has not settled yet, by key."""
    return {key: read_ribbon(work, key) for key in shown(work)}


def read_ribbon(work: Work, key: str) -> Ribbon:
    """The picture of one database."""
    now, windows = work.now, work.calendar
    coming, upgrade = windows.upcoming(now)[0], windows.next_upgrade(now)
    questions = {question.environment: question for question in open_questions(work)}
    return ribbon(
        work.policy,
        key,
        work.telling(key),
        work.posture(key),
        work.states(key),
        [coming, upgrade] if coming.is_emergency else [upgrade],
        now,
        work.zone,
        questions.get(key),
        passed_sentence(checklists.newest(work, key), work.zone),
    )
