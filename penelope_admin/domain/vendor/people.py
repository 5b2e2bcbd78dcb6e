"""The invented people in the simulated databases, as Penelope shows them, and an export of them.

Nobody is reached by any of it, and still a check of data must see the difference. What stands for real contact details
is well-formed and leads nowhere: no top-level domain .zz exists or ever will, and of the telephone numbers that begin
with 555 only some for information are in use, far from those used here. Those that are kept for fiction a check knows:
they stand for de-identified ones.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from penelope_admin.domain.training import WORD
from penelope_admin.domain.vendor.dice import between, pick
from penelope_admin.domain.vendor.records import Database, World
from penelope_admin.policy import Policy

CLIENTS = 64
"""In every database; enough for a check to be sure."""
SHOWN = 10
_FIRST = (
    "Amara", "Bastien", "Celeste", "Dmitri", "Elowen", "Farid", "Greta", "Hollis", "Ines", "Jonah", "Kaya", "Leandro",
    "Maren", "Nadia", "Otis", "Priya", "Quinn", "Rosalind", "Soren", "Tamsin",
)  # fmt: skip
_LAST = (
    "Abernathy", "Bellweather", "Corvane", "Dunmore", "Eastlake", "Fairbourne", "Galloway", "Hathersage", "Inverness",
    "Jardine", "Kestrel", "Lindqvist", "Marchmont", "Northcote", "Oakshott", "Pemberly", "Quillfeather", "Ravensworth",
    "Stonebridge", "Tillinghast",
)  # fmt: skip
_PROGRAMS = ("Family counselling", "Youth outreach", "Housing support", "Elder care", "Intake")
_DOMAINS = ("lakepost.zz", "prairiemail.zz", "northbox.zz", "homewire.zz", "letterbird.zz")
_AREAS = ("204", "431", "613", "807", "867")
_OTHER_GROUPS = ("Finance", "Reports Only")


@dataclass(frozen=True, slots=True)
class Client:
    """A client's file."""

    number: str
    name: str
    program: str
    email: str
    mobile: str
    home: str
    attachments: int


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker's account."""

    name: str
    group: str
    email: str
    mobile: str
    active: bool


def _name(seed: int, kind: str, number: int) -> tuple[str, str]:
    """A first and a last name that no other of this kind has."""
    # Twenty first names and as many last ones, stepped through at different paces: no two people share both.
    start = between(0, len(_FIRST) - 1, seed, kind)
    first = _FIRST[(start + number) % len(_FIRST)]
    return first, _LAST[(start + 7 * number + number // len(_FIRST)) % len(_LAST)]


def clients(world: World, database: Database) -> tuple[Client, ...]:
    """Every client file of a database, with the contact details that it holds now."""
    return tuple(_client(world.seed, database, number) for number in range(CLIENTS))


def _client(seed: int, database: Database, number: int) -> Client:
    first, last = _name(seed, "clients", number)
    file = 1000 + 3 * number + between(0, 2, seed, "file", number)
    attachments = between(1, 4, seed, "attachments", number) if "attachments" in database.traces else 0
    # example.com and 555-01xx are reserved for examples and fiction: a check of data takes them for de-identified.
    email, mobile, home = f"client{file}@example.com", _fictional(number), _fictional(number + CLIENTS)
    if database.contacts == "real":
        email = f"{first}.{last}@{_DOMAINS[number % len(_DOMAINS)]}".lower()
        mobile, home = _telephone(seed, number), _telephone(seed, number + CLIENTS)
    return Client(f"C-{file}", f"{first} {last}", _PROGRAMS[number % len(_PROGRAMS)], email, mobile, home, attachments)


def _telephone(seed: int, number: int) -> str:
    """A number that looks like anybody's and that nobody can be given."""
    area = pick(_AREAS, seed, "area", number)
    return f"+1 {area}-555-{6000 + (between(0, 2999, seed, 'telephones') + 53 * number) % 3000}"


def _fictional(number: int) -> str:
    """A number that is kept for fiction."""
    return f"+1 {_AREAS[number // 100 % len(_AREAS)]}-555-{100 + number % 100:04}"


def shown_clients(world: World, database: Database) -> tuple[Client, ...]:
    """Ten client files of different programs, other ones each day."""
    files = clients(world, database)
    # Another ten each day, as a person who looks would not open the same files again.
    start = between(0, CLIENTS - 1, world.seed, "shown", world.now.date())
    return tuple(files[(start + 7 * number) % CLIENTS] for number in range(SHOWN))


def workers(world: World, policy: Policy, database: Database) -> tuple[Worker, ...]:
    """The user accounts of a database: two of each group that an upgrade treats in its own way, and of two others."""
    groups = policy.user_groups
    accounts = []
    names = (*groups.keep_real_addresses, *groups.deactivated, *_OTHER_GROUPS)
    for number, group in enumerate(group for name in names for group in (name, name)):
        first, last = _name(world.seed, "workers", number)
        # Effect 2 of an upgrade spares three groups (facts.md section 3): they are why Worker Delivery stays a risk.
        kept = group in groups.keep_real_addresses
        real = database.key == "production" or "worker-contacts" in database.traces or kept
        email, mobile = f"worker{number + 1}@example.com", _fictional(number)
        if real:
            domain = world.own_address.rpartition("@")[2] or "agency.example"
            email, mobile = f"{first}.{last}@{domain}".lower(), _telephone(world.seed, number + 2 * CLIENTS)
        active = group not in groups.deactivated or "worker-accounts" in database.traces
        accounts.append(Worker(f"{first} {last}", group, email, mobile, active))
    return tuple(accounts)


def errors(world: World, database: Database) -> tuple[tuple[datetime, str], ...]:
    """What the Error tab of MS Exchange shows: when, and what."""
    count = min(database.waiting.exchange_errors, SHOWN)
    last = database.copied_at or world.now
    reason = "The appointment was not taken: the calendar does not answer."
    if "exchange-credentials" not in database.traces:
        reason = "The appointment was not sent: no credentials are filled in."
    return tuple((last - timedelta(minutes=37 * (number + 1)), reason) for number in range(count))


def export(world: World, database: Database) -> str:
    """All client files of a database as CSV, as an export from Penelope has them; each says that it is of training."""
    opened = date(world.started.year - 3, 1, 10)
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n")
    names = ("Client number", "Name", "Program", "Email", "Mobile phone", "Home phone", "Opened on")
    table.writerow((WORD.capitalize(), *names))
    for number, client in enumerate(clients(world, database)):
        day = opened + timedelta(days=11 * number)
        facts = (client.number, client.name, client.program, client.email, client.mobile, client.home, day)
        table.writerow((WORD, *facts))
    return out.getvalue()
