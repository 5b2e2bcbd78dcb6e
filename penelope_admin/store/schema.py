"""The tables, as SQLAlchemy knows them. Migrations build them; a test holds the two together.

Plain tables and no mapped classes: the object mapper alone would cost 11 MB of memory and half of the
time SQLAlchemy takes to load, and the records of `domain/` are what the program works with anyway.
"""

from __future__ import annotations

from typing import Any, get_args
from uuid import uuid4

import sqlalchemy as sa

from penelope_admin.domain.delivery import Security, Via
from penelope_admin.domain.mirror import EventKind
from penelope_admin.domain.requests import RequestKind, Status
from penelope_admin.store.kinds import Choice, Instant, Recurring, make_strict

__all__ = ["REVISION", "Instant", "metadata"]

REVISION = "first_schema_7295a258"
"""The newest migration. A database of another revision is migrated or, when newer, refused."""

LOCKED_CHECK = "lower(feature) NOT IN ('clientconnect', 'engage') OR (state = 'off' AND pending_change IS NULL)"
"""The database's own lock: no row may ever say that ClientConnect or Engage is on or is to be switched on."""

# The words of enumerations. They are looked at when a value is written and when it is read, and not by the database:
# a new one would rebuild its table. Locks and spans are the database's, too.
_WAYS, _SECURITIES, _EVENTS = get_args(Via), get_args(Security), [kind for kind in get_args(EventKind) if kind != "due"]
_KINDS, _STEPS = get_args(RequestKind), get_args(Status)
_OUTCOMES = ("unchanged", "unknown", "de-identified", "real", "cannot-tell", "on", "off", "queues-wait")


def _identity(name: str = "uid") -> sa.Column[str]:
    """A random UUID, by which a row is known on every machine; its number is its own database's."""
    return sa.Column(name, sa.String(36), unique=True, index=True, default=lambda: str(uuid4()))


metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _table(name: str, *parts: sa.schema.SchemaItem, **named: Any) -> sa.Table:
    return sa.Table(name, metadata, *parts, **named)


agency = _table(
    "agency",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(300), nullable=False),
    sa.Column("region", sa.String(8), nullable=False),
    sa.Column("zone", sa.String(64), nullable=False),
    sa.Column("support_address", sa.String(300), nullable=False, server_default=""),
    sa.Column("own_address", sa.String(300), nullable=False, server_default=""),
    sa.Column("portal_url", sa.String(500), nullable=False, server_default=""),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("telephone", sa.String(60), nullable=False, server_default=""),
    sa.Column("delivery", Choice(*_WAYS, length=20), nullable=False, server_default="mail-program"),
    sa.Column("smtp_host", sa.String(255), nullable=False, server_default=""),
    sa.Column("smtp_port", sa.Integer, nullable=False, server_default="587"),
    sa.Column("smtp_security", Choice(*_SECURITIES, length=10), nullable=False, server_default="starttls"),
    sa.Column("smtp_user", sa.String(300), nullable=False, server_default=""),
    sa.Column("imap_host", sa.String(255), nullable=False, server_default=""),
    sa.Column("imap_port", sa.Integer, nullable=False, server_default="993"),
    sa.Column("imap_security", Choice(*_SECURITIES, length=10), nullable=False, server_default="tls"),
    sa.Column("imap_user", sa.String(300), nullable=False, server_default=""),
    sa.Column("imap_folder", sa.String(300), nullable=False, server_default="INBOX"),
    sa.Column("second_person", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("support_package", sa.String(10), nullable=False, server_default="unknown"),
    sa.Column("release_notes_url", sa.String(500), nullable=False, server_default=""),
    sa.Column("own_mail", sa.String(1000), nullable=False, server_default=""),
    sa.Column("around_the_clock", sa.Boolean, nullable=False, server_default=sa.false()),
    _identity("store_id"),
    sa.Column("facts_as_of", Instant),
    sa.Column("facts_from", sa.String(36)),
    sa.Column("notice_days", sa.Integer),
    # No row says whose it is: a database is of one agency.
    sa.CheckConstraint("id = 1", name="single"),
)
"""No passwords: those are in the system's keyring. `store_id` is this database's own, made when it is set up.

`facts_as_of` and `facts_from` are those of a planning copy alone: when, and from which database, what is known came.
`notice_days` are those before an upgrade in which a missing notice is told; by default the policy's.
"""

site = _table(
    "site",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(120), nullable=False, unique=True),
    sa.Column("zone", sa.String(64), nullable=False),
    sa.Column("around_the_clock", sa.Boolean, nullable=False, server_default=sa.false()),
    sqlite_autoincrement=True,
)
"""The places at which the agency works, where that is more than one."""

environment = _table(
    "environment",
    sa.Column("key", sa.String(40), primary_key=True),
    sa.Column("ours", sa.Boolean, nullable=False, server_default=sa.true()),
)
"""The environments the agency has, and those that are no longer its own."""

environment_event = _table(
    "environment_event",
    sa.Column("id", sa.Integer, primary_key=True),
    # No reference to `environment`: what happened stays on record when a database is no longer the agency's.
    sa.Column("environment", sa.String(40), nullable=False),
    sa.Column("kind", Choice(*_EVENTS, length=20), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("version", sa.String(60)),
    sa.Column("remark", sa.Text, nullable=False, server_default=""),
    # `at` is when it happened, as somebody says; this is when they said so.
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Column("by", sa.String(120), nullable=False),
    sa.Column("corrects", sa.ForeignKey("environment_event.id"), unique=True),
    sa.Column("window", Instant),
    sa.Column("feature", sa.String(80)),
    sa.Column("outcome", Choice(*_OUTCOMES, length=20)),
    sa.CheckConstraint("(kind = 'corrected') = (corrects IS NOT NULL)", name="corrects"),
    sa.CheckConstraint(
        "(kind IN ('switched', 'seen', 'doubted', 'locked-on')) = (feature IS NOT NULL)", name="feature"
    ),
    sa.CheckConstraint(
        "feature IS NULL OR coalesce(outcome, kind) IN ('off', 'doubted', 'locked-on') OR "
        "lower(feature) NOT IN ('clientconnect', 'engage')",
        name="locked",
    ),
    sa.Index("ix_environment_event_environment_kind_at", "environment", "kind", "at"),
)
"""What happened to an environment. Nothing is ever changed here: a mistake is followed by a correction.

`window` is the start of the upgrade window that an upgrade, or an answer about it, belongs to.
"""

feature_loss = _table(
    "feature_loss",
    sa.Column("event_id", sa.ForeignKey("environment_event.id"), primary_key=True),
    sa.Column("feature", sa.String(80), primary_key=True),
    sa.Column("was", Choice("on", "planned", length=10), nullable=False),
    sa.Column("reason", sa.String(300)),
    sa.Column("until", sa.Date),
    sa.CheckConstraint("lower(feature) NOT IN ('clientconnect', 'engage')", name="locked"),
)
"""What was on or planned when an upgrade or a refresh ended it."""

proof = _table(
    "proof",
    sa.Column("id", sa.Integer, primary_key=True),
    # A check of data is an event of its own.
    sa.Column("event_id", sa.ForeignKey("environment_event.id"), nullable=False, unique=True),
    sa.Column("source", sa.String(300), nullable=False),
    sa.Column("verdict", Choice("real", "de-identified", "cannot-tell", length=20), nullable=False),
    sa.Column("confidence", Choice("high", "medium", "low", length=10), nullable=False),
    sa.Column("sentence", sa.Text, nullable=False),
    sa.Column("details", sa.Text, nullable=False),
)
"""What a check of data found: counts for each column, as JSON in `details`, and never a value."""

check_answer = _table(
    "check_answer",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("event_id", sa.ForeignKey("environment_event.id"), nullable=False, index=True),
    sa.Column("effect", sa.Integer, nullable=False),
    sa.Column("result", Choice("pass", "fail", "cannot-tell", length=20), nullable=False),
    sa.Column("remark", sa.Text, nullable=False, server_default=""),
    sa.Column("file_name", sa.String(300)),
    sa.Column("file_sha256", sa.String(64)),
    sa.Column("proof_id", sa.ForeignKey("proof.id")),
    sa.Column("raised", sa.ForeignKey("environment_event.id")),
    sa.Column("at", Instant, nullable=False),
    sa.Column("by", sa.String(120), nullable=False),
    # A file is known by what was in it: its name alone proves nothing.
    sa.CheckConstraint("(file_name IS NULL) = (file_sha256 IS NULL)", name="file"),
)
"""Answers on the check-list of an upgrade or refresh; the newest of each line counts. Of evidence name and hash."""

feature_state = _table(
    "feature_state",
    sa.Column("environment", sa.String(40), primary_key=True),
    sa.Column("feature", sa.String(80), primary_key=True),
    sa.Column("state", Choice("on", "off", "unknown", length=10), nullable=False),
    sa.Column("pending_change", Choice("enable", "disable", length=10)),
    sa.Column("pending_reason", sa.String(300)),
    sa.Column("pending_until", sa.Date),
    sa.Column("pending_acknowledged_real", sa.Boolean),
    sa.Column("since", Instant),
    sa.Column("until", sa.Date),
    sa.Column("reason", sa.String(300)),
    sa.Column("by", sa.String(120)),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("pending_by", sa.String(120)),
    sa.Column("pending_approved_by", sa.String(120)),
    sa.Column("pending_queue_empty", sa.Boolean),
    sa.Column("seen_at", Instant),
    sa.Column("only_seen", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.CheckConstraint(LOCKED_CHECK, name="locked"),
)

notice = _table(
    "notice",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("kind", Choice("announced", "emergency", "cancelled", length=20), nullable=False),
    sa.Column("starts_at", Instant, nullable=False, index=True),
    sa.Column("ends_at", Instant, nullable=False),
    sa.Column("version", sa.String(60)),
    sa.Column("origin", sa.String(300), nullable=False, server_default=""),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Column("by", sa.String(120), nullable=False),
    sa.Column("downtime", sa.Integer),
    sa.Column("replaces", sa.Integer),
    sa.Column("month", sa.Date),
    _identity(),
    sa.Column("reason", sa.String(300), nullable=False, server_default=""),
    sa.CheckConstraint("starts_at < ends_at", name="span"),
)
"""`downtime` is the outage a notice names, in minutes; `replaces` the id of the notice whose window it moves.

`month` is the first day of the month whose upgrade it moves, where somebody said so, or that has none.
"""

# Numbers are given once (`sqlite_autoincrement`): "PA-12" stands in letters, and must not come to mean another.
request = _table(
    "request",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("kind", Choice(*_KINDS, length=30), nullable=False),
    sa.Column("environment", sa.String(40)),
    sa.Column("status", Choice(*_STEPS, length=20), nullable=False, index=True),
    sa.Column("title", sa.String(300), nullable=False, server_default=""),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("earliest", sa.Date),
    sa.Column("latest", sa.Date),
    sa.Column("change", Choice("enable", "disable", length=10)),
    sa.Column("upgrade_day", sa.Date),
    sa.Column("product_version", sa.String(60)),
    sa.Column("characteristics", sa.String(60)),
    sa.Column("began_at", Instant),
    sa.Column("via", Choice(*_WAYS, length=20)),
    sa.Column("case_number", sa.String(60)),
    sa.Column("scheduled_for", sa.Date),
    sa.Column("defect_number", sa.String(60)),
    sa.Column("defect_severity", Choice("S1", "S2", "S3", "S4", length=2)),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("acknowledged_real", sa.Boolean),
    sa.Column("queue_empty", sa.Boolean),
    _identity(),
    sa.CheckConstraint(
        # Refreshes come from production, and features are switched in copies (facts.md section 3).
        "kind NOT IN ('refresh', 'feature-change') OR (environment IS NOT NULL AND environment <> 'production')",
        name="target",
    ),
    sa.CheckConstraint("(kind = 'feature-change') = (change IS NOT NULL)", name="change"),
    sa.CheckConstraint("(defect_number IS NULL) = (defect_severity IS NULL)", name="defect"),
    sqlite_autoincrement=True,
)
request_feature = _table(
    "request_feature",
    sa.Column("request_id", sa.ForeignKey("request.id"), primary_key=True),
    sa.Column("feature", sa.String(80), primary_key=True),
    sa.CheckConstraint("lower(feature) NOT IN ('clientconnect', 'engage')", name="locked"),
)

request_step = _table(
    "request_step",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("request_id", sa.ForeignKey("request.id"), nullable=False, index=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("status", Choice(*_STEPS, length=20), nullable=False),
    sa.Column("by", sa.String(120), nullable=False),
    sa.Column("remark", sa.Text, nullable=False, server_default=""),
)

request_remark = _table(
    "request_remark",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("request_id", sa.ForeignKey("request.id"), nullable=False, index=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("by", sa.String(120), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
)

refresh_doubt = _table(
    "refresh_doubt",
    sa.Column("request_id", sa.ForeignKey("request.id"), primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
)
"""Days on which refreshes were due that were moved or cancelled, and nobody knows whether they were made."""

outgoing_message = _table(
    "outgoing_message",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("request_id", sa.ForeignKey("request.id")),
    sa.Column("message_id", sa.String(200), nullable=False, unique=True),
    sa.Column("sender", sa.String(300), nullable=False),
    sa.Column("recipient", sa.Text, nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column(
        "state", Choice("waiting", "sending", "sent", "failed", "cancelled", length=10), nullable=False, index=True
    ),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("next_attempt_at", Instant, nullable=False),
    sa.Column("problem", sa.Text, nullable=False, server_default=""),
    sa.Column("claimed_by", sa.String(120)),
    sa.Column("claimed_until", Instant),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("by", sa.String(120), nullable=False),
    sa.Column("ended_at", Instant),
    sa.Column("window_key", sa.String(40)),
    sa.CheckConstraint("(state = 'sending') = (claimed_by IS NOT NULL)", name="claim"),
    sa.CheckConstraint("(request_id IS NULL) = (window_key IS NOT NULL)", name="belongs"),
    sqlite_autoincrement=True,
)
"""The outbox. `content` is the whole message as it goes over the line, so that every attempt is the same one.

A message belongs to a request, or is a notice to the staff about the upgrade window of `window_key`; such a one goes to
several addresses.
"""

# The migrations have the same clause for PostgreSQL; here it would load that dialect, 5 MB of it, for everybody.
# Two of one request on their way at once could open two cases of one matter.
for _name, _column in (("one_at_a_time", "request_id"), ("one_to_the_staff", "window_key")):
    sa.Index(
        f"ix_outgoing_message_{_name}",
        outgoing_message.c[_column],
        unique=True,
        sqlite_where=outgoing_message.c.state.in_(("waiting", "sending")),
    )

mail_watch = _table(
    "mail_watch",
    sa.Column("folder", sa.String(900), primary_key=True),
    sa.Column("validity", sa.BigInteger, nullable=False),
    sa.Column("last", sa.BigInteger, nullable=False),
    sa.Column("looked_at", Instant, nullable=False),
)
"""How far each watched mail folder was read."""

reminder_told = _table(
    "reminder_told",
    sa.Column("key", sa.String(200), primary_key=True),
    sa.Column("by", sa.String(120), primary_key=True),
    sa.Column("at", Instant, nullable=False),
)
"""What each account was reminded of, so that nobody is told twice."""

reply_offer = _table(
    "reply_offer",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("request_id", sa.ForeignKey("request.id"), nullable=False),
    sa.Column("case_number", sa.String(60), nullable=False),
    sa.Column("sender", sa.String(300), nullable=False),
    sa.Column("found_at", Instant, nullable=False),
    sa.Column("state", Choice("open", "taken", "dismissed", length=10), nullable=False),
    sa.UniqueConstraint("request_id", "case_number"),
)
"""Case numbers seen in the watched folder, until a person takes or dismisses them. Nothing else of a reply is kept."""

version_note = _table(
    "version_note",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("version", sa.String(60), nullable=False, unique=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("by", sa.String(120), nullable=False),
)
"""What the agency notes about a version of Penelope."""

holiday = _table(
    "holiday",
    sa.Column("team", sa.String(40), primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("name", sa.String(120), nullable=False, server_default=""),
    sa.Column("origin", sa.String(300), nullable=False, server_default=""),
)
"""Days on which a support team is closed, as the agency knows them."""

project = _table(
    "project",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("environment", sa.String(40), nullable=False),
    sa.Column("name", sa.String(120), nullable=False),
    sa.Column("purpose", sa.String(300), nullable=False),
    sa.Column("first_day", sa.Date, nullable=False),
    sa.Column("last_day", sa.Date, nullable=False),
    sa.Column("refresh_by", sa.Date),
    sa.Column("request_id", sa.ForeignKey("request.id")),
    sa.Column("state", Choice("planned", "started", "ended", "cancelled", length=10), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("by", sa.String(120), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    _identity(),
    sa.Column("recurs", Recurring(30)),
    sa.CheckConstraint("first_day <= last_day", name="span"),
    # As for requests: a project may have a refresh, and has features switched.
    sa.CheckConstraint("environment <> 'production'", name="target"),
    sqlite_autoincrement=True,
)
"""`refresh_by` is the last day on which the wanted refresh still helps; without it no refresh is wanted.

`recurs` is how it comes again, as `domain.recurring` writes it.
"""

project_feature = _table(
    "project_feature",
    sa.Column("project_id", sa.ForeignKey("project.id"), primary_key=True),
    sa.Column("feature", sa.String(80), primary_key=True),
    sa.Column("first_day", sa.Date, nullable=False),
    sa.Column("last_day", sa.Date, nullable=False),
    sa.Column("reason", sa.String(300), nullable=False, server_default=""),
    sa.CheckConstraint("first_day <= last_day", name="span"),
    sa.CheckConstraint("lower(feature) NOT IN ('clientconnect', 'engage')", name="locked"),
)

plan_base = _table(
    "plan_base",
    sa.Column("uid", sa.String(36), primary_key=True),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("store_id", sa.String(36), nullable=False),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Column("content", sa.Text, nullable=False),
)
"""What was brought here from another database, as it was there: what is planned here goes home beside it.

`store_id`, `seq` and `hash` say which database and the newest entry of its log; `content` is JSON.
"""

plan_import = _table(
    "plan_import",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("file_sha256", sa.String(64), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("by", sa.String(120), nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("taken_back_at", Instant),
    sqlite_autoincrement=True,
)
"""Plans that were brought in: `content` is JSON, each item they changed as it was before and afterwards."""

published = _table(
    "published",
    sa.Column("uid", sa.String(200), primary_key=True),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("changed_at", Instant, nullable=False),
    sa.Column("cancelled", sa.Boolean, nullable=False, server_default=sa.false()),
)
"""What was last written into calendar files, by UID: `content` is JSON, and `sequence` grows when that changes."""

audit_entry = _table(
    "audit_entry",
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("who", sa.String(120), nullable=False),
    sa.Column("action", sa.String(60), nullable=False, index=True),
    sa.Column("subject", sa.String(200), nullable=False, index=True),
    sa.Column("before", sa.Text),
    sa.Column("after", sa.Text),
    sa.Column("previous_hash", sa.String(64), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Column("changed", sa.Text),
)
"""`changed` holds the rows that an action changed, as they were afterwards; see `replay`."""

OURS = frozenset(
    {
        "key", "environment", "feature", "team", "region", "zone", "by", "who", "action", "pending_by",
        "pending_approved_by", "characteristics", "case_number", "file_sha256", "hash", "previous_hash", "uid",
        "store_id", "facts_from", "recurs", "window_key",
    }
)  # fmt: skip
"""Columns with words of the program's own. Every other text counts as typed: of those the log keeps no copy."""

for _declared in metadata.tables.values():
    make_strict(_declared, OURS)
