"""The unit of work: one transaction with what its use cases share, and the context that opens it.

A use case is a function of an open `Work` and its input: it reads, decides and writes. Whoever calls it opens the
work, `context.write(features.switch, ...)` or `context.read(features.find_all)`, so that use cases compose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cache, cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, Generic, NamedTuple, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from penelope_admin.clock import Clock, find_zone
from penelope_admin.domain.agency import Profile
from penelope_admin.domain.feature_life import as_seen_on, unless_doubted
from penelope_admin.domain.features import FeatureState
from penelope_admin.domain.mirror import SAID_OF_STATE, Event, EventKind, Posture, posture, with_due
from penelope_admin.domain.planning import planning_copy_refusal
from penelope_admin.domain.projects import Project
from penelope_admin.domain.records import like
from penelope_admin.domain.requests import Request
from penelope_admin.domain.second_person import SECOND_PERSON
from penelope_admin.domain.sites import Site
from penelope_admin.domain.text import case_key
from penelope_admin.domain.times import EARLIEST
from penelope_admin.domain.training import WORD
from penelope_admin.domain.windows import Calendar
from penelope_admin.errors import NotSetUpError, PolicyError, RefusedError
from penelope_admin.gateways import settings
from penelope_admin.grouping import grouped
from penelope_admin.invocation import way
from penelope_admin.mail.post import NETWORK, Post
from penelope_admin.policy import LOCKED_FEATURES, Policy
from penelope_admin.store import audit, journal
from penelope_admin.store.engine import Connection, Store
from penelope_admin.store.rows import agency as agency_rows
from penelope_admin.store.rows import answers as answer_rows
from penelope_admin.store.rows import calendar as calendar_rows
from penelope_admin.store.rows import events as event_rows
from penelope_admin.store.rows import features as feature_rows
from penelope_admin.store.rows import projects as project_rows
from penelope_admin.store.rows import requests as request_rows
from penelope_admin.topics import Topic

if TYPE_CHECKING:
    from penelope_admin.detect.texts import Hit
    from penelope_admin.services.privacy import Search

P = ParamSpec("P")
T = TypeVar("T")
LONGEST_SUBJECT = 200


class Entry(NamedTuple):
    """An entry that a use case added to the activity log."""

    seq: int
    hash: str
    action: str
    subject: str


class Trace(NamedTuple):
    """What a use case left behind: its entries, and the rows that they tell of. `undoing` puts back what it can."""

    entries: tuple[Entry, ...] = ()
    rows: tuple[journal.Change, ...] = ()


@dataclass(frozen=True)
class Done(Generic[T]):
    """What a use case gave, and which topics it changed: whoever shows one of them loads it again."""

    value: T
    changes: frozenset[Topic]
    trace: Trace = field(default=Trace(), repr=False, compare=False)


@dataclass(frozen=True)
class Context:
    """Where services work: the open store, the clock, the rules, and who is asking. Opens transactions.

    Attributes:
        when_changed: called after each transaction that changed something; what it does must not fail for that.
    """

    store: Store
    clock: Clock
    policy: Policy = field(repr=False)
    actor: str
    home: Path
    post: Post = field(default=NETWORK, repr=False)
    when_changed: Callable[[Context], None] | None = field(default=None, repr=False)

    def now(self) -> datetime:
        """The current instant in UTC."""
        return self.clock.now()

    @property
    def mark(self) -> str:
        """The word that marks whatever leaves training; empty elsewhere."""
        return WORD if self.store.for_training else ""

    @contextmanager
    def reading(self) -> Iterator[Work]:
        """A transaction that sees one consistent state.

        Raises:
            StoreError: the database cannot be used.
        """
        with self.store.reading() as connection:
            yield Work(self, connection)

    @contextmanager
    def writing(self) -> Iterator[Work]:
        """A transaction of which all is kept when the block ends, or nothing.

        Raises:
            StoreError: the database cannot be used; nothing was saved.
        """
        with self.store.writing() as connection:
            work = Work(self, connection, may_write=True)
            yield work
            if "agency" in work.changes:
                work.copy_agency()  # within, so that nothing is saved when this cannot be written
        if work.changes and self.when_changed is not None:
            self.when_changed(self)

    def copy_agency(self) -> bool:
        """Put what the first frame shows of the agency into the settings file, from which the next start reads it.

        Returns:
            Whether there is an agency.
        """
        with self.reading() as work:
            return work.copy_agency()

    def read(self, use_case: Callable[Concatenate[Work, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """What a use case gives that only looks.

        Raises:
            StoreError: the database cannot be used.
        """
        with self.reading() as work:
            return use_case(work, *args, **kwargs)

    def write(self, use_case: Callable[Concatenate[Work, P], T], /, *args: P.args, **kwargs: P.kwargs) -> Done[T]:
        """What a use case gives, and what it changed, once all of it is kept.

        Raises:
            StoreError: the database cannot be used; nothing was saved.
        """
        with self.writing() as work:
            value = use_case(work, *args, **kwargs)
            trace = work.trace
        return Done(value, work.changes, trace)


class Work:
    """One open transaction. What its use cases share is read once, and kept until one of them changes it.

    Attributes:
        context: what opened it.
        connection: for the functions of `store.rows`, which alone know what it is.
        database: the database's file; None for a server.
        for_training: the agency is the practice agency, in which nothing is real.
        now: the one instant (UTC) of everything that is done here.
        changes: the topics that were changed so far.
    """

    def __init__(self, context: Context, connection: Connection, *, may_write: bool = False) -> None:
        self.context, self.connection = context, connection
        self.policy, self.actor, self.home, self.post = context.policy, context.actor, context.home, context.post
        self.database, self.for_training = context.store.file, context.store.for_training
        self.now = context.now()
        self.changes: frozenset[Topic] = frozenset()
        self._may_write = may_write
        self._is_one = False
        self._entries: tuple[Entry, ...] = ()

    @property
    def trace(self) -> Trace:
        """What was done so far."""
        return Trace(self._entries, journal.changes(self.connection))

    def go_on(self, now: datetime, actor: str) -> None:
        """Be at a later instant (UTC), and somebody else, in one transaction: what hangs on the day is read anew."""
        self.now, self.actor = now, actor
        self._forget("_due_refreshes", "_states", "_text_search", "_log_search")

    def concerns(self, *topics: Topic) -> None:
        """Say what also shows what was written, though nothing of its own was."""
        self.changes |= frozenset(topics)

    def changed(self, *topics: Topic) -> None:
        """Say what was written. What is kept of it is read again when it is asked for."""
        self.concerns(*topics)
        for topic in topics:
            self._forget(*KEPT_OF.get(topic, ()))

    @contextmanager
    def as_one(self) -> Iterator[None]:
        """What use cases do inside gets no entries of their own: whoever calls them records all of it in one."""
        self._is_one = True
        try:
            yield
        finally:
            self._is_one = False

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """What is done inside is undone when it fails, and the transaction can go on without it."""
        changes, entries = self.changes, self._entries
        try:
            with journal.attempt(self.connection):
                yield
        except BaseException:
            self.changes, self._entries = changes, entries
            for names in KEPT_OF.values():
                self._forget(*names)
            raise

    def _forget(self, *names: str) -> None:
        for name in names:
            self.__dict__.pop(name, None)

    # --- the agency ---

    @cached_property
    def _row(self) -> agency_rows.AgencyRow | None:
        row = agency_rows.read(self.connection)
        if row is None:
            return None
        # What is on in a database that the rules do not know must not drop out of sight.
        unknown = sorted({*row.profile.environments, *row.left} - self.policy.environment.keys())
        if unknown:
            raise PolicyError(
                f'The rules in use name no database with the key "{unknown[0]}", but this agency\'s records are about '
                "one. Nothing was changed or left out. Use rules that name it: import them, or remove policy.toml from "
                "the data folder to go back to those that come with the program."
            )
        order = tuple(self.policy.environment)
        own = tuple(sorted(row.profile.environments, key=order.index))
        profile = msgspec.structs.replace(row.profile, environments=own)
        return replace(row, profile=profile, left=tuple(sorted(row.left, key=order.index)))

    def find_agency(self) -> Profile | None:
        """The agency, or None before it is set up."""
        return self._row.profile if self._row is not None else None

    @property
    def _agency_row(self) -> agency_rows.AgencyRow:
        """The agency's row; one that says nothing before it is set up."""
        return self._row or _NOBODY

    def copy_agency(self) -> bool:
        """Put what the first frame shows of the agency into the settings; gives back whether there is an agency."""
        profile = self.find_agency()
        if profile is None:
            return False
        settings.keep_agency(self.home, like(settings.AgencyCopy, profile, around_the_clock=self.around_the_clock))
        return True

    @property
    def _set_up(self) -> agency_rows.AgencyRow:
        if self._row is None:
            raise NotSetUpError(
                "No agency is set up yet. "
                + way(
                    "init --agency NAME --region REGION", "Choose “Set up your agency”.", "Start the window, or run: "
                )
            )
        return self._row

    @property
    def agency(self) -> Profile:
        """The agency.

        Raises:
            BadInputError: it is not set up yet.
        """
        return self._set_up.profile

    @property
    def is_planning_copy(self) -> bool:
        """Whether this was made from a plan file: what is known here is what was known elsewhere, then."""
        return self._agency_row.profile.facts_as_of is not None

    @property
    def keeps_record(self) -> bool:
        """Whether the agency is set up and its record is kept here."""
        return self._row is not None and not self.is_planning_copy

    def refuse_in_planning_copy(self) -> None:
        """Refuse what is done where the agency's record is kept, and nowhere else.

        Raises:
            RefusedError: this is a planning copy.
        """
        as_of = self._agency_row.profile.facts_as_of
        if as_of is not None:
            raise RefusedError(f"{planning_copy_refusal(as_of.astimezone(self.zone).date())} Nothing was changed.")

    @property
    def sites(self) -> tuple[Site, ...]:
        """The agency's sites, by name."""
        return self._set_up.sites

    @property
    def around_the_clock(self) -> bool:
        """Whether people work through upgrades, somewhere in the agency."""
        return self.agency.around_the_clock or any(site.around_the_clock for site in self.sites)

    @property
    def left(self) -> tuple[str, ...]:
        """The keys of the environments that are no longer the agency's and that nobody has settled, in policy's order.

        What of them is still to be settled, if anything, is told by `environments.unsettled_of`.
        """
        return self._agency_row.left

    @property
    def usual_copy(self) -> str:
        """The key of the copy that is meant where none is named: the first whose features are switched."""
        own = (*self._agency_row.profile.environments, *self.left, *self.policy.mirrors)
        return next(key for key in own if key in self.policy.mirrors)

    @property
    def set_up_at(self) -> datetime:
        """When the agency was set up, UTC."""
        return self._set_up.set_up_at

    @property
    def zone(self) -> ZoneInfo:
        """The agency's zone."""
        return find_zone(self.agency.zone)

    @property
    def today(self) -> date:
        """The agency's local day."""
        return self.now.astimezone(self.zone).date()

    @cached_property
    def calendar(self) -> Calendar:
        """The agency's upgrade windows, with the notices it recorded."""
        return self.calendar_in(self.zone)

    def calendar_in(self, zone: ZoneInfo) -> Calendar:
        """The same, shown in another zone."""
        return Calendar(
            self.policy,
            self.agency.region,
            zone,
            calendar_rows.read_notices(self.connection),
            self.sites,
            around_the_clock=self.around_the_clock,
        )

    # --- its environments ---

    @cached_property
    def events(self) -> list[Event]:
        """Everything recorded about environments, oldest first."""
        return event_rows.read_all(self.connection)

    @cached_property
    def _telling(self) -> list[Event]:
        if "events" in self.__dict__:
            return [event for event in self.events if event.kind not in SAID_OF_STATE]
        return event_rows.read_telling(self.connection, self.policy.environment)

    def telling(self, environment: str) -> list[Event]:
        """What is recorded about an environment but how its features were switched and seen, and what was due there."""
        return self._with_due(environment, self._telling)

    def history(self, environment: str) -> list[Event]:
        """Everything recorded about an environment, and what was due there."""
        return self._with_due(environment, self.events)

    def _with_due(self, environment: str, events: list[Event]) -> list[Event]:
        own = [event for event in events if event.environment == environment]
        due = self.due_refreshes(environment)
        return with_due(environment, own, due, self.zone) if due else own

    @cached_property
    def answers(self) -> list[answer_rows.AnswerRow]:
        """All answers on check-lists, oldest first."""
        return answer_rows.read(self.connection)

    def add_event(self, environment: str, kind: EventKind, at: datetime, **facts: Any) -> int:
        """Add a row to an environment's record; gives back its number. It never changes.

        Args:
            facts: version, remark, corrects, window, feature, outcome, as `Event` has them.

        Raises:
            RefusedError: this is a planning copy.
        """
        self.refuse_in_planning_copy()
        number = event_rows.insert(self.connection, environment, kind, at, recorded_at=self.now, by=self.actor, **facts)
        self.changed("environments")
        self.concerns("features")
        return number

    def due_refreshes(self, environment: str) -> list[date]:
        """The local days that have come on which a refresh was to be made, and nobody knows how it went."""
        return self._due_refreshes.get(environment, [])

    @cached_property
    def _due_refreshes(self) -> dict[str | None, list[date]]:
        """By environment, oldest first. A request with several days in doubt is brief as often."""
        # A day that is in doubt counts each time; that a request is scheduled, once.
        scheduled = {(brief.environment, brief.number, brief.scheduled_refresh) for brief in self._refresh_briefs}
        due = [(environment, day) for environment, _, day in scheduled if day and day <= self.today]
        due += [(brief.environment, brief.doubted) for brief in self._refresh_briefs if brief.doubted]
        return grouped(sorted(due, key=lambda item: item[1]))

    def scheduled_refreshes(self) -> list[tuple[int, date]]:
        """The refreshes that Support has scheduled: the request's number, and the local day."""
        return sorted(
            {(brief.number, brief.scheduled_refresh) for brief in self._refresh_briefs if brief.scheduled_refresh}
        )

    def open_refreshes(self, environment: str) -> dict[int, date]:
        """The requests for a refresh that are neither done nor cancelled, with the local day each was drafted on.

        Not for a unit of work that has read what waits alone (`telling_first`).
        """
        return {
            brief.number: brief.refresh_since.astimezone(self.zone).date()
            for brief in self._refresh_briefs
            if brief.environment == environment and brief.refresh_since
        }

    def posture(self, environment: str) -> Posture:
        """What is known of an environment's contact details."""
        return posture(self.policy, environment, self.telling(environment), self.zone)

    # --- the register of features ---

    @cached_property
    def _recorded_states(self) -> dict[str, list[FeatureState]]:
        return feature_rows.read(self.connection, self.policy.environment, self.policy.features)

    @cached_property
    def logged(self) -> list[audit.Entry]:
        """What the log alone says, oldest first: of second persons, and its newest entry."""
        return audit.of_actions_and_newest(self.connection, SECOND_PERSON)

    @cached_property
    def _states(self) -> dict[str, list[FeatureState]]:
        return {}  # of each environment, once somebody asks

    def states(self, *environments: str) -> list[FeatureState]:
        """What is known of every feature in some environments, in the policy's order.

        Raises:
            DamagedError: the register says of ClientConnect or Engage that they are on, or are to be, or it cannot be
                read.
        """
        for environment in environments:
            if environment not in self._states:
                history = cache(partial(self.history, environment))  # few ask for it, and then for every feature
                entries = self._recorded_states[environment]
                self._states[environment] = [self._as_known(state, history) for state in entries]
        return [state for environment in environments for state in self._states[environment]]

    def _as_known(self, state: FeatureState, history: Callable[[], list[Event]]) -> FeatureState:
        """A feature as the register has it, with what only the record says of it."""
        environment = self.policy.environment[state.environment]
        if state.feature in LOCKED_FEATURES and state.is_unknown:
            was_seen = any(event.kind == "locked-on" for event in self.telling(environment.key))
            # Whether it was seen off since stands in the whole record alone.
            return as_seen_on(environment, state, history()) if was_seen else state
        if state.state == "off" and self.due_refreshes(environment.key):
            return unless_doubted(environment, state, history())
        return state

    def recorded_states(self, environment: str) -> list[FeatureState]:
        """What the register says of every feature, from what was recorded of it alone."""
        return self._recorded_states[environment]

    def state(self, environment: str, feature: str) -> FeatureState:
        """What is known of one feature."""
        return next(state for state in self.states(environment) if state.feature == feature)

    def write_state(self, before: FeatureState, after: FeatureState) -> FeatureState:
        """Put a new entry of the register in the place of the one that was read.

        Raises:
            ConflictError: the entry changed since it was read.
            RefusedError: it would say that a locked feature is on, or is to be; or this is a planning copy, and it
                would say more than what is planned.
        """
        is_approved = after.pending is not None and after.pending.approved_by is not None
        if is_approved or replace(after, pending=before.pending) != before:
            self.refuse_in_planning_copy()
        entries = self._recorded_states[before.environment]
        place = [entry.feature for entry in entries].index(before.feature)
        # A plan is put to what is recorded, which stays as it is whatever else is known.
        is_plan = after.pending != before.pending and replace(after, pending=before.pending) == before
        row = replace(entries[place], pending=after.pending) if is_plan else after
        entries[place] = feature_rows.write(self.connection, before, row)
        self._forget("_states")
        self.concerns("features", "environments")
        return replace(after, version=entries[place].version)

    # --- projects ---

    @cached_property
    def projects(self) -> tuple[Project, ...]:
        """Every project, oldest first, its features in the policy's order."""
        return tuple(project_rows.read(self.connection, self.policy.environment, self.policy.feature))

    # --- requests ---

    @cached_property
    def requests(self) -> list[Request]:
        """Every request, oldest first, without its remarks."""
        return request_rows.read(self.connection, remarks=False)

    @cached_property
    def telling_requests(self) -> list[Request]:
        """The requests that can wait for somebody, or tell what else does; see `rows.requests.read_telling`."""
        return request_rows.read_telling(self.connection)

    def telling_first(self, most: int) -> tuple[list[Request], int]:
        """Of `telling_requests` those that what waits begins with; see `rows.requests.read_telling_first`."""
        requests, left_out = request_rows.read_telling_first(self.connection, self.today, most)
        # All refreshes that are scheduled or in doubt are among them, though not all that are open.
        self.__dict__["_refresh_briefs"] = request_rows.briefs_of(requests)
        return requests, left_out

    @cached_property
    def _refresh_briefs(self) -> list[request_rows.Brief]:
        """Of the refreshes that are open or in doubt, at least."""
        for name in ("telling_requests", "requests"):
            if name in self.__dict__:
                return request_rows.briefs_of(self.__dict__[name])
        if self._may_write:  # the look for client data will need all of them
            return self._briefs
        return request_rows.read_briefs(self.connection, refreshes=True)

    @cached_property
    def _briefs(self) -> list[request_rows.Brief]:
        if "requests" in self.__dict__:
            return request_rows.briefs_of(self.requests)
        return request_rows.read_briefs(self.connection)

    def with_case(self, number: str) -> list[Request]:
        """The requests that have a case number, however it is written there, read in full; few ever do."""
        folded = case_key(number)
        held = {brief.number for brief in self._briefs if brief.case_number and case_key(brief.case_number) == folded}
        return [request for key in sorted(held) for request in request_rows.read(self.connection, key)]

    # --- the activity log, and client data ---

    def record(
        self, action: str, subject: str, before: audit.Facts | None = None, after: audit.Facts | None = None
    ) -> None:
        """Add an entry to the activity log, after the rows that it tells of were changed.

        Nothing can be taken out of the log again: `privacy` says what of the facts it may have. Defects' numbers count
        as typed: nobody checks their form.
        """
        if self._is_one:
            return
        from penelope_admin.services import privacy

        def mask(text: str) -> str:
            return text if privacy.is_plain(text) else self._log_search.masked(text)

        about = mask(subject)[:LONGEST_SUBJECT]
        was, is_now = privacy.logged_facts(mask, action, before or {}, after or {})
        newest = self._entries[-1][:2] if self._entries else None
        head = audit.append(
            self.connection, newest, at=self.now, who=self.actor, action=action, subject=about,
            before=was or None, after=is_now or None,
        )  # fmt: skip
        self._entries += (Entry(*head, action, about),)
        self._forget("logged")

    def find_hits(self, text: str) -> tuple[Hit, ...]:
        """What in a text looks like client data; what is the agency's own or the vendor's does not."""
        return self._text_search.find_hits(text)

    def masked(self, text: str) -> str:
        """A text with the name of its kind in place of whatever looks like client data."""
        return self._text_search.masked(text)

    @cached_property
    def _text_search(self) -> Search:
        return self._search([number for brief in self._briefs for number in (brief.case_number, brief.defect_number)])

    @cached_property
    def _log_search(self) -> Search:
        if "_briefs" in self.__dict__ or "requests" in self.__dict__:
            return self._search([brief.case_number for brief in self._briefs])
        return self._search(request_rows.read_case_numbers(self.connection))

    def _search(self, numbers: Sequence[str | None]) -> Search:
        # 45 ms of detection with all forms of telephone numbers; whoever only looks does without.
        from penelope_admin.services.privacy import Search

        profile = self.find_agency()
        return Search(self.policy, profile, self.today if profile else self.now.date(), numbers)


_NOBODY = agency_rows.AgencyRow(Profile(name="", region="", zone="", environments=()), (), EARLIEST)
KEPT_OF: dict[Topic, tuple[str, ...]] = {
    "agency": ("_row", "calendar", "_due_refreshes", "_states", "_text_search", "_log_search"),
    "notices": ("calendar",),
    "environments": ("events", "_telling", "answers", "_states"),
    "features": ("_recorded_states", "logged", "_states"),
    "projects": ("projects",),
    "requests": (
        "requests", "telling_requests", "_briefs", "_refresh_briefs", "_due_refreshes", "_states", "projects",
        "_text_search", "_log_search",
    ),
}  # fmt: skip
"""What a unit of work keeps of each topic."""
