"""Reads what the picture of a database's life is made of."""

from __future__ import annotations

import sqlalchemy as sa

from penelope_admin.clock import find_zone
from penelope_admin.domain.agency import Profile
from penelope_admin.domain.ribbon import Ribbon, ribbon
from penelope_admin.services import agency as agencies
from penelope_admin.services.environments import (
    read_all_unsettled,
    read_due_refreshes,
    read_posture,
    read_questions,
    read_telling,
)
from penelope_admin.services.register import read_states
from penelope_admin.services.windows import calendar
from penelope_admin.services.work import Context, local_today


def find_all(context: Context) -> dict[str, Ribbon]:
    """The picture of each database the agency has, or has not settled yet, by key.

    Raises:
        BadInputError: no agency is set up.
    """
    with context.store.reading() as connection:
        profile = agencies.need(context.policy, connection)
        keys = (*profile.environments, *read_all_unsettled(context, connection, profile))
        return {key: read_ribbon(context, connection, profile, key) for key in keys}


def read_ribbon(context: Context, connection: sa.Connection, profile: Profile, key: str) -> Ribbon:
    """The picture of one database, in the caller's transaction."""
    now, windows = context.now(), calendar(context, connection, profile)
    coming, upgrade = windows.upcoming(now)[0], windows.next_upgrade(now)
    questions = {question.environment: question for question in read_questions(context, connection, profile)}
    due = read_due_refreshes(connection, key, local_today(now, profile.zone))
    return ribbon(
        context.policy,
        key,
        read_telling(connection, key),
        read_posture(context, connection, profile, key),
        read_states(context.policy, connection, key),
        [coming, upgrade] if coming.is_emergency else [upgrade],
        now,
        find_zone(profile.zone),
        questions.get(key),
        max(due, default=None),
    )
