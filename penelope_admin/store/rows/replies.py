"""The rows of case numbers found in the watched folder, and of how far it was read."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from penelope_admin.domain.records import like
from penelope_admin.domain.replies import FoundNumber, Mark
from penelope_admin.store import schema

_OFFER, _WATCH = schema.reply_offer, schema.mail_watch
_OPEN = _OFFER.c.state == "open"


def read_open(connection: sa.Connection) -> list[FoundNumber]:
    """The case numbers that nobody took or dismissed yet, oldest first."""
    rows = connection.execute(sa.select(_OFFER).where(_OPEN).order_by(_OFFER.c.id))
    return [like(FoundNumber, row) for row in rows]


def read_offered(connection: sa.Connection) -> set[int]:
    """The requests for which a case number was found, whatever became of it."""
    return set(connection.execute(sa.select(_OFFER.c.request_id)).scalars())


def is_known(connection: sa.Connection, request: int, number: str) -> bool:
    """Whether a case number was found for a request before, whatever became of it."""
    same = sa.select(_OFFER.c.id).where(_OFFER.c.request_id == request, _OFFER.c.case_number == number)
    return connection.execute(same).first() is not None


def insert(connection: sa.Connection, request: int, number: str, sender: str, at: datetime) -> None:
    """Offer a case number for a request."""
    values = {"request_id": request, "case_number": number, "sender": sender, "found_at": at, "state": "open"}
    connection.execute(sa.insert(_OFFER).values(**values))


def dismiss(connection: sa.Connection, key: int) -> None:
    """Do not offer a case number any more."""
    connection.execute(sa.update(_OFFER).where(_OFFER.c.id == key).values(state="dismissed"))


def settle(connection: sa.Connection, request: int, case_number: str) -> None:
    """Offer nothing more for a request that has its case number."""
    of_request = _OFFER.c.request_id == request
    connection.execute(sa.update(_OFFER).where(of_request, _OPEN).values(state="dismissed"))
    # Also one that was dismissed before: somebody changed their mind.
    connection.execute(sa.update(_OFFER).where(of_request, _OFFER.c.case_number == case_number).values(state="taken"))


def read_mark(connection: sa.Connection, folder: str) -> Mark:
    """How far a folder was read; zeros before it ever was."""
    row = connection.execute(sa.select(_WATCH.c.validity, _WATCH.c.last).where(_WATCH.c.folder == folder)).first()
    return Mark(*(row or (0, 0)))


def keep_mark(connection: sa.Connection, folder: str, mark: Mark, at: datetime) -> None:
    """Remember how far a folder was read."""
    connection.execute(sa.delete(_WATCH).where(_WATCH.c.folder == folder))
    values = {"folder": folder, "validity": mark.validity, "last": mark.last, "looked_at": at}
    connection.execute(sa.insert(_WATCH).values(**values))
