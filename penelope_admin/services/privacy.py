"""What looks like client data: in letters before they leave, and in what the activity log is to keep."""

from __future__ import annotations

import sqlalchemy as sa

from penelope_admin.domain import phi
from penelope_admin.services.agency import Profile
from penelope_admin.services.context import Context, local_today
from penelope_admin.store import schema


def find_hits(context: Context, connection: sa.Connection, profile: Profile, text: str) -> tuple[phi.Hit, ...]:
    """What in a text looks like client data; what is the agency's own or the vendor's does not."""
    today = local_today(context.now(), profile.zone)
    return phi.find_hits(text, _own(context, connection, profile), profile.region, today)


def masked(context: Context, connection: sa.Connection, profile: Profile, text: str) -> str:
    """A text as the activity log may keep it: nothing can be taken out of the log again."""
    return phi.masked(text, find_hits(context, connection, profile, text))


def _own(context: Context, connection: sa.Connection, profile: Profile) -> phi.Own:
    table = schema.request
    rows = connection.execute(sa.select(table.c.case_number, table.c.defect_number, table.c.product_version).distinct())
    telephones = (profile.telephone, *(channel.number for channel in context.policy.channels))
    return phi.Own(
        addresses=tuple(filter(None, (profile.support_address, profile.own_address))),
        domains=phi.own_domains(profile.support_address, profile.own_address),
        telephones=tuple(filter(None, telephones)),
        numbers=tuple({number for row in rows for number in row if number}),
    )
