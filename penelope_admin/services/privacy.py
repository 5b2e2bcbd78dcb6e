"""What looks like client data: in letters before they leave, and in what the activity log is to keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from penelope_admin.domain import phi
from penelope_admin.services.agency import Profile, find_in
from penelope_admin.services.context import local_today
from penelope_admin.store import schema

if TYPE_CHECKING:
    from penelope_admin.services.context import Context
    from penelope_admin.store.audit import Facts

TYPED = frozenset(
    {
        "reason",
        "pending_reason",
        "title",
        "remark",
        "origin",
        "warnings",
        "version",
        "product_version",
        "name",
        "purpose",
        "file",
    }
)
"""The facts of log entries that people typed, or that repeat what they typed."""


def find_hits(context: Context, connection: sa.Connection, profile: Profile, text: str) -> tuple[phi.Hit, ...]:
    """What in a text looks like client data; what is the agency's own or the vendor's does not."""
    today = local_today(context.now(), profile.zone)
    return phi.find_hits(text, _own(context, connection, profile), profile.region, today)


def masked(context: Context, connection: sa.Connection, text: str) -> str:
    """A text with the name of its kind in place of whatever looks like client data."""
    profile = find_in(context.policy, connection)
    return text if profile is None else phi.masked(text, find_hits(context, connection, profile, text))


def masked_facts(context: Context, connection: sa.Connection, facts: Facts | None) -> Facts | None:
    """Facts as the activity log may keep them; before an agency is set up there is nothing to mask."""
    typed = {key: facts[key] for key in TYPED & facts.keys() if facts[key]} if facts else {}
    profile = find_in(context.policy, connection) if typed else None
    if facts is None or profile is None:
        return facts

    def clean(value: object) -> object:
        if isinstance(value, list):
            return [clean(item) for item in value]
        return masked(context, connection, value) if isinstance(value, str) else value

    return {**facts, **{key: clean(value) for key, value in typed.items()}}


def _own(context: Context, connection: sa.Connection, profile: Profile) -> phi.Own:
    table = schema.request
    rows = connection.execute(sa.select(table.c.case_number, table.c.defect_number).distinct())
    telephones = (profile.telephone, *(channel.number for channel in context.policy.channels))
    return phi.Own(
        addresses=tuple(filter(None, (profile.support_address, profile.own_address))),
        domains=phi.own_domains(profile.support_address, profile.own_address),
        telephones=tuple(filter(None, telephones)),
        numbers=tuple({number for row in rows for number in row if number}),
    )
