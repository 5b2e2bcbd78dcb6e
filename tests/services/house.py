"""A real data folder with an agency in it, and ways to look into its database."""

from __future__ import annotations

import functools
import json
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec

from penelope_admin.clock import Clock, FixedClock
from penelope_admin.domain.agency import Profile
from penelope_admin.domain.features import Acknowledgement
from penelope_admin.domain.requests import RequestKind
from penelope_admin.domain.waiting import WaitingKind
from penelope_admin.errors import BadInputError
from penelope_admin.files import resource, write_private
from penelope_admin.policy import MailKind, Policy, load
from penelope_admin.services import activity, agency, overview, requests
from penelope_admin.services.mirror import environments
from penelope_admin.services.requests import mailbox
from penelope_admin.services.work import Context
from penelope_admin.store.audit import Entry
from penelope_admin.store.engine import DATABASE_FILE, database_url
from penelope_admin.store.open import open_store
from tests.store.files import put_empty
from tests.wishes import WISHES

NOW = datetime(2026, 12, 1, 15, tzinfo=UTC)
"""A Tuesday: 09:00 in Resolute, 10:00 at the vendor's, eleven days before an upgrade."""
SOON = date(2026, 12, 11)
"""The end date of what is switched on: the day before the upgrade."""

PROFILE = Profile(
    name="Riverside Family Services",
    region="CA",
    zone="America/Resolute",
    environments=("mirrored", "training-b"),
    support_address="support@vendor.example",
    own_address="admin@riverside.example",
)
SURE = Acknowledgement(phi=True, environment="mirrored", queue_empty=True)
RE_ENABLEABLE = (
    "external-communications",
    "external-communications.sms",
    "external-communications.client-delivery",
    "external-communications.worker-delivery",
    "ms-exchange",
    "action-triggers",
    "general-ledger",
)
EXTERNAL_COMMUNICATIONS = RE_ENABLEABLE[:4]
HIGH_RISK = tuple(
    key for key in RE_ENABLEABLE if key not in {"external-communications.worker-delivery", "general-ledger"}
)
"""What needs an end date."""
NOT_LISTED = ("ors-srs", "credit-card", "dss")
LOCKED = ("clientconnect", "engage")


def open_context(home: Path, policy: Policy, clock: Clock, actor: str = "ada") -> Context:
    """The services' context on a data folder, which is made with an empty database if it is missing."""
    home.mkdir(exist_ok=True)
    if not database(home).exists():
        put_empty(database(home))
    return Context(open_store(database_url(home, None), clock.now()), clock, policy, actor, home)


@functools.cache
def _set_up(more: Callable[[Context], object] | None) -> dict[str, bytes]:
    """The files of a data folder in which the agency was just set up, and more was done."""
    with tempfile.TemporaryDirectory() as folder:
        context = open_context(Path(folder), load(resource("policy.toml")), FixedClock(NOW))
        context.write(agency.set_up, PROFILE)
        if more is not None:
            more(context)
        context.store.close()
        return {path.name: path.read_bytes() for path in Path(folder).iterdir() if path.is_file()}


def settle(home: Path, more: Callable[[Context], object] | None = None) -> None:
    """Make a data folder in which the agency is set up, as `agency.set_up` leaves it.

    Args:
        more: a function of a module, which does more in it at NOW; it is called once for all tests.
    """
    home.mkdir(exist_ok=True)
    for name, data in _set_up(more).items():
        write_private(home / name, data)


@contextmanager
def agency_at_work() -> Iterator[Context]:
    """An agency of its own, for tests that start afresh more often than once."""
    with tempfile.TemporaryDirectory() as folder:
        settle(Path(folder))
        context = open_context(Path(folder), load(resource("policy.toml")), FixedClock(NOW))
        try:
            yield context
        finally:
            context.store.close()


def change_agency(context: Context, **fields: Any) -> None:
    """Change what the agency says about itself; the rest stays."""
    known = context.read(agency.need_profile)
    context.write(agency.update, msgspec.structs.replace(known, **fields))


def has_password(context: Context, kind: MailKind) -> bool:
    """Whether a password is kept for a server; False where no server is set or no keyring answers."""
    try:
        server = mailbox.server(context.read(agency.need_profile), kind)
        return context.post.find_password(kind, server) is not None
    except BadInputError:
        return False


def drafted(context: Context, kind: RequestKind = "question") -> int:
    """The number of a request of this kind, drafted."""
    return context.write(requests.draft, WISHES[kind]).value.request.id


def waiting(context: Context, kind: WaitingKind) -> list[str]:
    """What Overview says of this kind is waiting."""
    view = context.read(overview.load)
    assert view is not None
    return [item.text for item in view.waiting if item.kind == kind]


def mirrored(context: Context) -> environments.EnvironmentView:
    """What is known of the mirrored database."""
    return next(view for view in context.read(environments.find_all) if view.environment.key == "mirrored")


def upgraded(context: Context) -> None:
    """The mirrored database was just upgraded: its contact details are de-identified."""
    context.write(environments.record_event, "mirrored", "upgraded", context.now())


def database(home: Path) -> Path:
    """The database's file."""
    return home / DATABASE_FILE


def everything(home: Path) -> list[str]:
    """Every row of every table, the activity log's too."""
    with closing(sqlite3.connect(database(home))) as connection:
        return list(connection.iterdump())


def _bytes(home: Path) -> list[bytes]:
    """The database's file and its journal, byte by byte."""
    return [file.read_bytes() for file in sorted(home.glob(f"{DATABASE_FILE}*")) if file.suffix != ".db-shm"]


@contextmanager
def nothing_saved(context: Context) -> Iterator[None]:
    """Whatever happens inside leaves neither data nor an activity entry."""
    before = _bytes(context.home)
    yield
    assert _bytes(context.home) == before, everything(context.home)[-1]


def log(context: Context) -> list[Entry]:
    """The whole activity log, oldest first."""
    return context.read(activity.newest, "", 100_000)[::-1]


@contextmanager
def one_entry(context: Context, action: str, subject: str) -> Iterator[list[Any]]:
    """What happens inside adds exactly this entry; its `before` and `after` are there afterwards."""
    known = len(log(context))
    facts: list[Any] = []
    yield facts
    added = log(context)[known:]
    assert [(entry.action, entry.subject, entry.who) for entry in added] == [(action, subject, context.actor)]
    assert added[0].at == context.now()
    facts += [json.loads(added[0].before or "null"), json.loads(added[0].after or "null")]
