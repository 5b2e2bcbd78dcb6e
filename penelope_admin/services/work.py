"""What every service is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

import sqlalchemy as sa

from penelope_admin.clock import Clock
from penelope_admin.errors import ConflictError
from penelope_admin.policy import Policy
from penelope_admin.store import audit
from penelope_admin.store.engine import Store
from penelope_admin.topics import Topic

P = ParamSpec("P")
T = TypeVar("T")
LONGEST_SUBJECT = 200


@dataclass(frozen=True)
class Context:
    """Where services work: the open store, the clock, the rules, and who is asking."""

    store: Store
    clock: Clock
    policy: Policy = field(repr=False)
    actor: str
    home: Path

    def now(self) -> datetime:
        """The current instant in UTC."""
        return self.clock.now()

    def read(self, use_case: Callable[Concatenate[Any, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """What a use case that only looks gives, in a transaction that sees one consistent state.

        Raises:
            StoreError: the database cannot be used.
        """
        return use_case(self, *args, **kwargs)

    def write(self, use_case: Callable[Concatenate[Any, P], Done[T]], /, *args: P.args, **kwargs: P.kwargs) -> Done[T]:
        """What a use case that changes something gives, once all of it is kept; else nothing of it is.

        Raises:
            StoreError: the database cannot be used.
        """
        return use_case(self, *args, **kwargs)

    def record(
        self,
        connection: sa.Connection,
        action: str,
        subject: str,
        before: audit.Facts | None = None,
        after: audit.Facts | None = None,
    ) -> None:
        """Add the entry of this deed to the activity log, in the deed's own transaction.

        What looks like client data is masked, in all that is not known to be ours: nothing can be taken out of the
        log again.
        """
        from penelope_admin.services.privacy import masked_for_log

        about, was, is_now = masked_for_log(self, connection, subject, before, after)
        audit.append(
            connection, at=self.now(), who=self.actor, action=action, subject=about[:LONGEST_SUBJECT], before=was,
            after=is_now,
        )  # fmt: skip


@dataclass(frozen=True)
class Done(Generic[T]):
    """What a deed gave, and which topics it changed: whoever shows one of them loads it again."""

    value: T
    changes: frozenset[Topic]


Work = Context


def local_today(now: datetime, zone_name: str) -> date:
    """The date in a zone."""
    from penelope_admin.clock import find_zone

    return now.astimezone(find_zone(zone_name)).date()


def changed_meanwhile(what: str) -> ConflictError:
    """What is raised when a row is not the one that was looked at."""
    return ConflictError(f"Somebody else changed this {what} meanwhile. Nothing was saved. Look at it again.")
