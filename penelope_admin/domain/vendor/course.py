"""The world while it changes: what every part of the simulated vendor adds to it, and the frozen world it becomes."""

from __future__ import annotations

from bisect import insort
from dataclasses import asdict
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from msgspec import structs

from penelope_admin.domain.delivery import VIA_NAMES
from penelope_admin.domain.support import NO_HOLIDAYS, Holidays
from penelope_admin.domain.text import filled
from penelope_admin.domain.times import plural
from penelope_admin.domain.vendor import hours
from penelope_admin.domain.vendor.databases import Delivery, can_deliver, delivered, triggers_run, with_triggered
from penelope_admin.domain.vendor.dice import between
from penelope_admin.domain.vendor.months import Span, after, month_of, real_window, vendor_calendar, vendor_zone
from penelope_admin.domain.vendor.records import Case, Database, Due, Happening, HappeningKind, Incoming, Mail, World
from penelope_admin.domain.windows import Calendar
from penelope_admin.errors import needed
from penelope_admin.policy import Policy

MOST_KEPT = 4000
"""Messages and happenings of which older ones are forgotten."""
_LEAVES_AFTER = timedelta(minutes=5)


class Course:
    """A world that is being changed. Whoever changes it calls `frozen` in the end.

    Attributes:
        now: the instant (UTC) of what happens at the moment.
        holidays: on which days Support is closed.
    """

    def __init__(self, world: World, policy: Policy, holidays: Holidays = NO_HOLIDAYS) -> None:
        self.policy, self.holidays = policy, holidays
        self.seed, self.region, self.now = world.seed, world.region, world.now
        self.team = hours.team_of(policy, world.region)
        self._world = world
        self._databases = {database.key: database for database in world.databases}
        self._cases = {case.number: case for case in world.cases}
        self.due, self.moved = list(world.due), list(world.moved)
        self._mails, self._happenings = list(world.mails), list(world.happenings)
        self._before = len(self._happenings)
        self._last_number = world.made

    @cached_property
    def calendar(self) -> Calendar:
        """The windows as the rule gives them."""
        return vendor_calendar(self.policy, self.region)

    @property
    def today(self) -> date:
        """Support's own day."""
        return hours.local_day(self.team, self.now)

    def working_day(self, first: date, ahead: int = 0) -> date:
        """Support's working day that is so many after a day; 0 is the day itself or the next one."""
        return hours.working_day(self.team, first, ahead, self.holidays)

    def frozen(self) -> World:
        """What became of the world."""
        return structs.replace(
            self._world, now=self.now, databases=tuple(self._databases.values()), due=tuple(self.due),
            cases=tuple(self._cases.values())[-MOST_KEPT:], mails=tuple(self._mails[-MOST_KEPT:]),
            happenings=tuple(self._happenings[-MOST_KEPT:]), moved=tuple(self.moved), made=self._last_number,
        )  # fmt: skip

    @property
    def happened(self) -> tuple[Happening, ...]:
        """What happened since it was taken up."""
        return tuple(self._happenings[self._before :])

    def number(self) -> int:
        """A number that nothing else has."""
        self._last_number += 1
        return self._last_number

    # --- what is to come ---

    def add(self, due: Due) -> None:
        """Put something into what is to come, after all else of the same instant."""
        insort(self.due, structs.replace(due, order=self.number()), key=lambda item: (item.at, item.order))

    def drop(self, *dropped: Due) -> None:
        """Take something out of what is to come."""
        self.due = [item for item in self.due if item not in dropped]

    def window(self, month: str) -> Span:
        """When a month's upgrade is truly made."""
        moved = next((item for item in reversed(self.moved) if item.month == month), None)
        if moved is not None:
            return Span(moved.starts_at, moved.ends_at)
        return real_window(self.seed, self.policy, self.calendar, month)

    def next_window(self) -> tuple[str, Span]:
        """The month whose upgrade is in progress or comes next, and its window."""
        # A month back, for a window may have been moved into the next month.
        month = month_of((self.now - timedelta(days=31)).date())
        while (span := self.window(month)).ends_at <= self.now:
            month = after(month)
        return month, span

    # --- databases ---

    def database(self, key: str | None) -> Database | None:
        """The database of this key; None where the agency has none."""
        return self._databases.get(key or "")

    def need(self, key: str) -> Database:
        """The database of this key.

        Raises:
            BadInputError: the agency has none.
        """
        return needed(self.database(key), f'The practice agency has no database "{key}". Nothing was changed.')

    def name_of(self, database: Database) -> str:
        """What a database is called."""
        return self.policy.environment[database.key].name

    @property
    def production(self) -> Database:
        """The live database."""
        return self._databases["production"]

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the agency's databases."""
        return tuple(self._databases)

    def put(self, database: Database) -> None:
        """Put a database as it is now in the place of what it was, and let leave what can."""
        self._databases[database.key] = database
        # What is on its way already is not sent on its way again by every further change.
        waits = {(item.kind, item.environment) for item in self.due}
        if database.key == "production":
            return  # what leaves the live database is meant to
        if can_deliver(database) and ("deliver", database.key) not in waits:
            self.add(Due(at=self.now + _LEAVES_AFTER, kind="deliver", environment=database.key))
        if triggers_run(database) and ("triggers", database.key) not in waits:
            self.add(Due(at=self._next_morning(), kind="triggers", environment=database.key))

    def _next_morning(self) -> datetime:
        local = self.now.astimezone(vendor_zone(self.policy))
        morning = local.replace(hour=10, minute=0, second=0, microsecond=0)
        return (morning if local < morning else morning + timedelta(days=1)).astimezone(self.now.tzinfo)

    def run_triggers(self, database: Database) -> None:
        """Have Action Triggers make messages, if they are still on."""
        if triggers_run(database):
            self.put(with_triggered(database, between(1, 3, self.seed, "triggered", database.key, self.now)))

    def let_leave(self, database: Database) -> None:
        """Let what waits in a copy leave it, by all that is on, and note whom it reached."""
        emptied, deliveries = delivered(database)
        self._databases[database.key] = emptied
        for delivery in deliveries:
            self._note(emptied, delivery)

    def _note(self, database: Database, delivery: Delivery) -> None:
        whom = {"clients": "clients", "workers": "workers", "calendars": "staff calendars"}[delivery.reached]
        to = whom if delivery.real else "addresses that lead nowhere"
        what = f"{plural(delivery.count, 'message')} left {self.name_of(database)}, to {to}"
        self.happen("delivered", what, environment=database.key, **asdict(delivery))
        # The lesson of an exposure: a client who was written to by mistake calls.
        if delivery.reached == "clients" and delivery.real:
            minutes = between(25, 150, self.seed, "called", self.now)
            self.add(Due(at=self.now + timedelta(minutes=minutes), kind="called", environment=database.key))

    # --- cases, mail, and what happened ---

    def case(self, number: str | None) -> Case | None:
        """The case of this number."""
        return self._cases.get(number or "")

    @property
    def cases(self) -> tuple[Case, ...]:
        """Every case."""
        return tuple(self._cases.values())

    def keep(self, case: Case) -> None:
        """Keep a case as it is now."""
        self._cases[case.number] = case

    def happen(self, kind: HappeningKind, what: str, **facts: Any) -> None:
        """Note what happened now.

        Args:
            what, facts: as `Happening` has them.
        """
        self._happenings.append(Happening(at=self.now, kind=kind, what=what[:1000], **facts))

    def write(
        self, subject: str, body: str, *, case: Case | None = None, sender: str = "", automatic: bool = False
    ) -> None:
        """Put a message into the agency's mailbox.

        Args:
            case: of the message it answers, if it answers one.
            sender: an address; by default Support's.
        """
        number, about = self.number(), case.number if case else None
        mail = Mail(
            number=number, at=self.now, sent=False, sender=sender or self._world.support_address,
            to=self._world.own_address, subject=subject[:1000], body=body, automatic=automatic, case=about,
            message_id=f"<{number}.{self.seed}@practice.example>", answers=case.message_id if case else "",
        )  # fmt: skip
        self._mails.append(mail)
        self.happen("mail", subject, mail=number, case=about)

    def wrote_lately(self, sender: str, span: timedelta) -> bool:
        """Whether somebody wrote within a span of time."""
        return any(mail.sender == sender and mail.at > self.now - span for mail in reversed(self._mails[-20:]))

    def file(self, incoming: Incoming, case: Case) -> None:
        """Keep a copy of what the agency sent, by whichever way."""
        is_mail = incoming.via not in ("portal", "phone")
        self._mails.append(
            Mail(
                number=self.number(), at=self.now, sent=True, sender=self._world.own_address,
                to=self._world.support_address if is_mail else VIA_NAMES[incoming.via], subject=incoming.subject,
                body=incoming.body, message_id=incoming.message_id, case=case.number,
            )
        )  # fmt: skip

    @property
    def reception(self) -> str:
        """Where the agency's front desk writes from."""
        domain = self._world.own_address.rpartition("@")[2]
        return filled("reception@{}", domain) or "reception"
