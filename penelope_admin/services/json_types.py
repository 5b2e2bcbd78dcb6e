"""The types of the JSON that `shapes` makes; the schemas in `docs/json` are generated from them.

Instants are ISO 8601 with their offset, days YYYY-MM-DD. What is imported here is asked for types alone.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal, NotRequired, TypedDict

from penelope_admin.domain.checklists import Result
from penelope_admin.domain.delivery import OutgoingState, Via
from penelope_admin.domain.features import Change, State
from penelope_admin.domain.mirror import EventKind
from penelope_admin.domain.projects import ClashKind, ProjectState, Urgency
from penelope_admin.domain.reminders import ReminderKind
from penelope_admin.domain.requests import RequestKind, Severity, Status
from penelope_admin.domain.waiting import WaitingKind
from penelope_admin.domain.windows import NoticeKind, WindowKind, WindowNotice
from penelope_admin.policy import Availability, ContactDetails, Occasion, PhiRisk

ProofVerdict = Literal["real", "de-identified", "cannot-tell"]


class EventJson(TypedDict):
    id: int
    kind: EventKind
    at: datetime
    version: str | None
    remark: str
    corrects: int | None
    window: datetime | None
    feature: str | None
    outcome: str | None
    by: str


class NoticeJson(TypedDict):
    id: str
    kind: NoticeKind
    starts_at: datetime
    ends_at: datetime
    version: str | None
    origin: str | None
    downtime_minutes: int | None
    replaces: str | None
    month: date | None
    replaced_by: str | None
    reason: str | None


class ReadingJson(TypedDict):
    starts_at: datetime
    ends_at: datetime


class ProposedWindowJson(TypedDict):
    words: str
    kind: WindowNotice | None
    readings: list[ReadingJson]
    version: str | None
    downtime_minutes: int | None
    reason: str | None
    certain: bool
    doubts: list[str]
    known: bool
    replaces: str | None
    contradicts_rule: bool
    recorded: str | None
    not_ours: str | None


class IncomingJson(TypedDict):
    origin: str | None
    sender: str | None
    windows: list[ProposedWindowJson]
    unread: list[str]


class VersionJson(TypedDict):
    version: str
    notices: list[str]
    runs_in: list[str]
    note: str | None
    release_notes: str | None


class LineJson(TypedDict):
    line: int
    text: str
    result: Result | None
    remark: str | None
    file: str | None
    sha256: str | None
    proof: int | None
    at: datetime | None
    by: str | None
    seen_off: datetime | None


class CheckListJson(TypedDict):
    after: Occasion
    event: EventJson
    upgrade: EventJson | None
    env: str
    finished: bool
    past: bool
    lines: list[LineJson]


class OpeningJson(TypedDict):
    team: str
    open: bool
    closes_at: datetime | None
    opens_at: datetime | None


class ReminderJson(TypedDict):
    kind: ReminderKind
    text: str
    due_at: datetime
    told_at: datetime | None


class HolidayJson(TypedDict):
    team: str
    day: date
    name: str
    origin: str


class ClashJson(TypedDict):
    day: date | None
    urgency: Urgency
    kind: ClashKind
    feature: str | None
    text: str


class UseJson(TypedDict):
    key: str
    first_day: date
    last_day: date
    reason: str | None


class TurnJson(TypedDict):
    first_day: date
    last_day: date
    breaks: list[ClashJson]


class ProjectJson(TypedDict):
    id: int
    name: str
    purpose: str
    env: str
    state: ProjectState
    first_day: date
    last_day: date
    refresh_by: date | None
    request: int | None
    awaits_refresh: bool
    features: list[UseJson]
    to_plan: list[str]
    later: list[str]
    in_use: list[str]
    breaks: list[ClashJson]
    recurs: str | None
    draft_day: date | None
    turns: list[TurnJson]


class DefectJson(TypedDict):
    number: str | None
    severity: Severity | None


class StepJson(TypedDict):
    at: datetime
    status: Status
    by: str
    remark: str


class RemarkJson(TypedDict):
    at: datetime
    by: str
    text: str


class RequestJson(TypedDict):
    id: int
    reference: str
    kind: RequestKind
    summary: str
    env: str | None
    status: Status
    next_steps: list[Status]
    title: str
    reason: str
    earliest: date | None
    latest: date | None
    re_enable: list[str]
    features: list[str]
    change: Change | None
    upgrade_day: date | None
    version: str | None
    characteristics: list[str]
    began_at: datetime | None
    answer_due: datetime | None
    via: Via
    message: OutgoingState | None
    may_have_arrived: bool
    case_number: str | None
    scheduled_for: date | None
    defect: DefectJson | None
    created_at: datetime
    steps: list[StepJson]
    remarks: list[RemarkJson]
    doubted: list[date]


class RequestWithLetterJson(RequestJson):
    to: str
    subject: str
    text: str


class MessageJson(TypedDict):
    id: int
    request: int | None
    window: str | None
    message_id: str
    to: str
    state: OutgoingState
    attempts: int
    next_attempt_at: datetime | None
    problem: str | None
    created_at: datetime
    ended_at: datetime | None


class NamedDayJson(TypedDict):
    said: str
    readings: list[date]
    doubt: str | None


class ReplyJson(TypedDict):
    request: int | None
    case_number: str | None
    found_by: Literal["message", "subject", "case-number"] | None
    certain: bool
    requests: list[int]
    case_numbers: list[str]
    sender: str | None
    from_support: bool | None
    days: list[NamedDayJson]
    recorded: bool


class DatabaseJson(TypedDict):
    env: str
    name: str
    contact_details: ContactDetails
    sentence: str
    keep_real_addresses: list[str]
    queues_may_wait: bool
    queue_sentence: str
    last_refresh: datetime | None
    last_upgrade: datetime | None
    version: str | None
    on: list[str]
    last_check: str | None
    check_sentence: str
    asked_about: datetime | None
    lost: list[str]
    events: list[EventJson]
    ours: bool
    to_settle: list[str]


class FeatureJson(TypedDict):
    key: str
    name: str
    env: str
    state: State
    pending: Change | None
    availability: Availability
    phi_risk: PhiRisk | None
    reasons: list[str]
    since: datetime | None
    until: date | None
    reason: str | None
    by: str | None
    planned_by: str | None
    approved_by: str | None
    waits_for_approval: bool
    expired: bool
    obstacle: str | None
    seen: State | None
    seen_at: datetime | None


class LocalTimeJson(TypedDict):
    names: list[str]
    zone: str
    starts_at: datetime
    ends_at: datetime


class WindowJson(TypedDict):
    region: str
    kind: WindowKind
    zone: str
    starts_at: datetime
    ends_at: datetime
    starts_at_utc: datetime
    ends_at_utc: datetime
    source_zone: str
    source_starts_at: datetime
    in_progress: bool
    confirm_date: bool
    notes: list[str]
    sites: list[LocalTimeJson]


class IncidentJson(TypedDict):
    id: int
    reference: str
    title: str
    due: datetime
    case_number: str | None


class WaitingJson(TypedDict):
    kind: WaitingKind
    urgency: Urgency
    text: str
    environment: str | None
    subject: str | None


class OverviewJson(TypedDict):
    agency: str
    region: str
    zone: str
    next_window: WindowJson
    countdown: str
    next_upgrade: WindowJson
    incidents: list[IncidentJson]
    switches_off: list[str]
    waiting: list[WaitingJson]
    support: list[OpeningJson]
    time_data_warning: str | None
    facts_as_of: datetime | None
    coming: str | None
    release_notes: str | None


class AssumedJson(TypedDict):
    kind: EventKind
    env: str
    day: date
    window: datetime | None
    certain_date: bool


class EndsJson(TypedDict):
    kind: EventKind
    env: str
    day: date
    feature: str
    was: Literal["on", "planned"]


class WhatIfJson(TypedDict):
    as_of: datetime
    seen_from: datetime
    assumed: list[AssumedJson]
    ends: list[EndsJson]
    assumptions: list[str]
    not_known: list[str]


class EntryJson(TypedDict):
    seq: int
    at: datetime
    who: str
    action: str
    subject: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    hash: str


class SiteJson(TypedDict):
    name: str
    zone: str
    around_the_clock: bool


class KeptFileJson(TypedDict):
    path: str
    contents: Literal["everything", "windows", "staff-notice"]
    alarms_minutes: list[int]
    problem: str | None
    since: datetime | None


class OverlapJson(TypedDict):
    calendar: str
    site: str | None
    title: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    all_day: bool | None
    more: int


class WindowOverlapsJson(TypedDict):
    window: WindowJson
    overlaps: list[OverlapJson]


class PlannedOverlapsJson(TypedDict):
    kind: Literal["refresh", "project"]
    subject: str
    name: str
    first_day: date
    last_day: date
    overlaps: list[OverlapJson]


class CalendarStateJson(TypedDict):
    path: str
    name: str
    site: str | None
    read: bool
    problem: str | None
    note: str | None
    read_at: datetime | None
    entries: int
    left_out: int


class ConflictsJson(TypedDict):
    windows: list[WindowOverlapsJson]
    planned: list[PlannedOverlapsJson]
    calendars: list[CalendarStateJson]


class ColumnJson(TypedDict):
    name: str
    values: int
    email_like: int
    phone_like: int
    distinct: int
    top_share: float
    samples: list[str]
    verdict: ProofVerdict
    why: str


class FileJson(TypedDict):
    path: str
    rows: int
    unread: int
    sha256: str | None
    verdict: ProofVerdict
    columns: list[ColumnJson]


class NotExaminedJson(TypedDict):
    path: str
    why: str


class RecordedJson(TypedDict):
    env: str
    as_of: datetime


class FindingJson(TypedDict):
    verdict: ProofVerdict
    confidence: Literal["high", "medium", "low"]
    sentence: str
    files: list[FileJson]
    not_examined: list[NotExaminedJson]
    recorded: NotRequired[RecordedJson]


class ProposalJson(TypedDict):
    file: str
    column: str
    examine: bool
    why: str


class ZoneDataJson(TypedDict):
    source: str
    version: str
    published: date | None
    folder: str


class TimeDataJson(TypedDict):
    in_force: ZoneDataJson
    others: list[ZoneDataJson]
    warning: str | None


class ReachedJson(TypedDict):
    says: str
    met: bool
    missing: str | None


class ExerciseJson(TypedDict):
    id: str
    title: str
    rung: Literal["look", "plan", "act", "crisis"]
    minutes: int
    under_way: bool
    passed: bool
    hints: int
    traps: list[str]
    checks: list[ReachedJson]
