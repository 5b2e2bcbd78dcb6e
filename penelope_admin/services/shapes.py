"""The JSON that scripts rely on, one function for each thing; `json_types` has its types. Keys are only ever added."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

from penelope_admin.domain import requests as request_rules

if TYPE_CHECKING:
    from penelope_admin.detect.verdicts import ColumnFinding, FileFinding, Finding, Proposal
    from penelope_admin.domain.checklists import CheckList, Line
    from penelope_admin.domain.conflicts import Overlap
    from penelope_admin.domain.delivery import Outgoing
    from penelope_admin.domain.mirror import Event
    from penelope_admin.domain.notice_words import ProposedWindow
    from penelope_admin.domain.projects import Clash
    from penelope_admin.domain.sites import Site
    from penelope_admin.domain.support import Holiday, Opening
    from penelope_admin.domain.versions import Version
    from penelope_admin.domain.windows import Notice, NoticeKind, Window
    from penelope_admin.gateways.kept_files import KeptFile
    from penelope_admin.services.ahead import Frame
    from penelope_admin.services.calendar.conflicts import CalendarState, ConflictsView
    from penelope_admin.services.calendar.incoming import Incoming, Outcome
    from penelope_admin.services.calendar.support import SupportView
    from penelope_admin.services.features import FeatureView
    from penelope_admin.services.json_types import (
        CalendarStateJson,
        CheckListJson,
        ClashJson,
        ColumnJson,
        ConflictsJson,
        DatabaseJson,
        EntryJson,
        EventJson,
        FeatureJson,
        FileJson,
        FindingJson,
        HolidayJson,
        IncomingJson,
        KeptFileJson,
        LineJson,
        MessageJson,
        NoticeJson,
        OpeningJson,
        OverlapJson,
        OverviewJson,
        ProjectJson,
        ProposalJson,
        ProposedWindowJson,
        RecordedJson,
        ReminderJson,
        ReplyJson,
        RequestJson,
        RequestWithLetterJson,
        SiteJson,
        VersionJson,
        WhatIfJson,
        WindowJson,
    )
    from penelope_admin.services.mirror.environments import EnvironmentView
    from penelope_admin.services.overview import Overview
    from penelope_admin.services.projects import ProjectView
    from penelope_admin.services.reminders import Told
    from penelope_admin.services.requests import RequestView
    from penelope_admin.services.requests.replies import Found
    from penelope_admin.store.audit import Entry

NO_OVERVIEW = {"agency": None}
"""The overview before an agency is set up."""


def to_json(value: object) -> str:
    """A shape as text that ends in a newline. Instants are ISO 8601 with their offset, days YYYY-MM-DD."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=_moment) + "\n"


def _moment(value: object) -> str:
    if isinstance(value, date):  # an instant is one, too
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")


def event(item: Event) -> EventJson:
    """Something that happened to a database."""
    return {
        "id": item.id,
        "kind": item.kind,
        "at": item.at,
        "version": item.version,
        "remark": item.remark,
        "corrects": item.corrects,
        "window": item.window,
        "feature": item.feature,
        "outcome": item.outcome,
        "by": item.by,
    }


def notice(item: Notice, replaced_by: str | None = None) -> NoticeJson:
    """A notice of the vendor's, and the newer one that counts in its place."""
    return {
        "id": item.id,
        "kind": item.kind,
        "starts_at": item.starts_at,
        "ends_at": item.ends_at,
        "version": item.version,
        "origin": item.origin or None,
        "downtime_minutes": item.downtime,
        "replaces": item.replaces,
        "month": item.month,
        "replaced_by": replaced_by,
        "reason": item.reason or None,
    }


def incoming(found: Incoming, clear: Sequence[Outcome | None], recorded: Sequence[Notice]) -> IncomingJson:
    """What a message announces, and which notices were recorded of it."""
    keys = {(item.kind, item.starts_at): item.id for item in recorded}
    pairs = zip(found.proposals, clear, strict=True)
    return {
        "origin": found.origin or None,
        "sender": found.sender or None,
        "windows": [_proposed(item, made, keys) for item, made in pairs],
        "unread": list(found.unread),
    }


def _proposed(
    item: ProposedWindow, made: Outcome | None, keys: Mapping[tuple[NoticeKind, datetime], str]
) -> ProposedWindowJson:
    wish = made.wish if made is not None else None
    return {
        "words": item.words,
        "kind": item.kind,
        "readings": [{"starts_at": span.starts_at, "ends_at": span.ends_at} for span in item.spans],
        "version": item.version or None,
        "downtime_minutes": item.downtime,
        "reason": item.reason or None,
        "certain": item.is_certain,
        "doubts": list(item.doubts),
        "known": made is not None and made.is_known,
        "replaces": wish.replaces if wish is not None else None,
        "contradicts_rule": made is not None and made.window.defies_rule,
        "recorded": keys.get((wish.kind, wish.starts_at)) if wish is not None else None,
    }


def version(item: Version) -> VersionJson:
    """A version of Penelope, with what is known of it."""
    return {
        "version": item.name,
        "notices": [known.id for known in item.notices],
        "runs_in": list(item.runs_in),
        "note": item.note or None,
        "release_notes": item.address or None,
    }


def check_list(item: CheckList) -> CheckListJson:
    """What is to be checked after an upgrade or a refresh, and what was found."""
    return {
        "after": item.occasion,
        "event": event(item.event),
        "upgrade": event(item.event) if item.occasion == "upgrade" else None,
        "env": item.event.environment,
        "finished": item.is_finished,
        "lines": [_line(line) for line in item.lines],
    }


def _line(item: Line) -> LineJson:
    answer = item.answer
    evidence = answer.evidence if answer else None
    return {
        "line": item.effect.number,
        "text": item.effect.text,
        "result": answer.result if answer else None,
        "remark": answer.remark if answer else None,
        "file": evidence.name if evidence else None,
        "sha256": evidence.sha256 if evidence else None,
        "proof": answer.proof_id if answer else None,
        "at": answer.at if answer else None,
        "by": answer.by if answer else None,
    }


def opening(item: Opening, zone: ZoneInfo) -> OpeningJson:
    """Whether a team of Support is there, and when that changes, on a zone's wall clock."""
    return {
        "team": item.team.key,
        "open": item.open,
        "closes_at": item.closes_at.astimezone(zone) if item.closes_at else None,
        "opens_at": item.opens_at.astimezone(zone) if item.opens_at else None,
    }


def support(item: SupportView) -> list[OpeningJson]:
    """Every team."""
    return [opening(team, item.zone) for team in item.openings]


def reminder(item: Told, zone: ZoneInfo) -> ReminderJson:
    """A reminder, with instants in the agency's zone."""
    return {
        "kind": item.reminder.kind,
        "text": item.reminder.text,
        "due_at": item.reminder.due.astimezone(zone),
        "told_at": item.at.astimezone(zone) if item.at is not None else None,
    }


def holiday(item: Holiday) -> HolidayJson:
    """A day on which a team is closed."""
    return {"team": item.team, "day": item.day, "name": item.name, "origin": item.origin}


def site(item: Site) -> SiteJson:
    """A place at which the agency works."""
    return {"name": item.name, "zone": item.zone, "around_the_clock": item.around_the_clock}


def kept_file(item: KeptFile) -> KeptFileJson:
    """A file that is kept up to date."""
    return {
        "path": item.path,
        "contents": item.contents,
        "alarms_minutes": list(item.alarms),
        "problem": item.problem or None,
        "since": item.since,
    }


def conflicts(found: ConflictsView) -> ConflictsJson:
    """What windows and planned days overlap in the agency's own calendars. Titles are those of the calendars."""
    return {
        "windows": [
            {"window": window(item), "overlaps": [_overlap(overlap) for overlap in overlaps]}
            for item, overlaps in found.windows
        ],
        "planned": [
            {
                "kind": item.kind,
                "subject": item.subject,
                "name": item.name,
                "first_day": item.first_day,
                "last_day": item.last_day,
                "overlaps": [_overlap(overlap) for overlap in overlaps],
            }
            for item, overlaps in found.planned
        ],
        "calendars": [calendar_state(state) for state in found.calendars],
    }


def calendar_state(state: CalendarState) -> CalendarStateJson:
    """How it stands with a calendar of the agency's own."""
    link = state.link
    return {
        "path": link.path,
        "name": link.name,
        "site": link.site or None,
        "read": not link.problem,
        "problem": link.problem or None,
        "note": state.note or None,
        "read_at": link.read_at,
        "entries": state.entries,
        "left_out": state.left_out,
    }


def _overlap(item: Overlap) -> OverlapJson:
    found = item.occurrence
    return {
        "calendar": item.calendar,
        "site": item.site or None,
        "title": found.title if found else None,
        "starts_at": found.starts_at.astimezone(item.zone) if found else None,
        "ends_at": found.ends_at.astimezone(item.zone) if found else None,
        "all_day": found.all_day if found else None,
        "more": item.more,
    }


def clash(item: Clash) -> ClashJson:
    """Something in a project that does not go together."""
    return {"day": item.day, "urgency": item.urgency, "kind": item.kind, "feature": item.feature, "text": item.text}


def project(item: ProjectView) -> ProjectJson:
    """A project with what stands in its way."""
    plan = item.project
    return {
        "id": plan.id,
        "name": plan.name,
        "purpose": plan.purpose,
        "env": plan.environment,
        "state": plan.state,
        "first_day": plan.first_day,
        "last_day": plan.last_day,
        "refresh_by": plan.refresh_by,
        "request": plan.request_id,
        "awaits_refresh": plan.awaits_refresh,
        "features": [
            {"key": use.feature, "first_day": use.first_day, "last_day": use.last_day, "reason": use.reason or None}
            for use in plan.features
        ],
        "to_plan": [use.feature for use in item.to_plan],
        "later": [use.feature for use in item.later],
        "in_use": [state.feature for state in item.in_use],
        "breaks": [clash(found) for found in item.breaks],
        "recurs": plan.recurs.text if plan.recurs else None,
        "draft_day": plan.draft_day,
        "turns": [
            {"first_day": turn.first_day, "last_day": turn.last_day, "breaks": [clash(found) for found in told]}
            for turn, told in item.turns
        ],
    }


def request(item: RequestView) -> RequestJson:
    """A request and its path."""
    facts = item.request
    has_defect = bool(facts.defect_number)
    return {
        "id": facts.id,
        "reference": facts.reference,
        "kind": facts.kind,
        "summary": item.summary,
        "env": facts.environment,
        "status": facts.status,
        "next_steps": list(request_rules.legal_steps(facts)),
        "title": facts.title,
        "reason": facts.reason,
        "earliest": facts.earliest,
        "latest": facts.latest,
        "re_enable": list(facts.wanted_back),
        "features": list(facts.features),
        "change": facts.change,
        "upgrade_day": facts.upgrade_day,
        "version": facts.product_version,
        "characteristics": list(facts.characteristics),
        "began_at": facts.began_at,
        "answer_due": item.answer_due,
        "via": item.via,
        "message": item.message.state if item.message else None,
        "may_have_arrived": bool(request_rules.doubt(facts)),
        "case_number": facts.case_number,
        "scheduled_for": facts.scheduled_for,
        "defect": {"number": facts.defect_number, "severity": facts.defect_severity} if has_defect else None,
        "created_at": facts.created_at,
        "steps": [{"at": step.at, "status": step.status, "by": step.by, "remark": step.remark} for step in facts.steps],
        "remarks": [{"at": note.at, "by": note.by, "text": note.text} for note in facts.remarks],
        "doubted": list(item.doubted),
    }


def reply(found: Found, request: int | None, case_number: str | None, *, certain: bool, recorded: bool) -> ReplyJson:
    """What was found in a reply, and what is meant after the words of whoever looked."""
    return {
        "request": request,
        "case_number": case_number,
        "found_by": found.offer.found_by,
        "certain": certain,
        "requests": list(found.offer.requests),
        "case_numbers": list(found.offer.numbers),
        "sender": found.sender or None,
        "from_support": found.from_support,
        "recorded": recorded,
    }


def request_with_letter(item: RequestView) -> RequestWithLetterJson:
    """The same with its letter, where one request is asked for."""
    return {**request(item), "to": item.letter.to, "subject": item.letter.subject, "text": item.letter.body}


def message(item: Outgoing) -> MessageJson:
    """A message in the outbox."""
    return {
        "id": item.id,
        "request": item.request_id,
        "message_id": item.message_id,
        "to": item.recipient,
        "state": item.state,
        "attempts": item.attempts,
        "next_attempt_at": item.next_attempt_at if item.state == "waiting" else None,
        "problem": item.problem or None,
        "created_at": item.created_at,
        "ended_at": item.ended_at,
    }


def database(item: EnvironmentView) -> DatabaseJson:
    """A database of the agency's, and what is known of its contact details."""
    posture = item.posture
    return {
        "env": item.environment.key,
        "name": item.environment.name,
        "contact_details": posture.contact_details,
        "sentence": posture.sentence,
        "keep_real_addresses": list(posture.exceptions),
        "queues_may_wait": posture.queues_may_wait,
        "queue_sentence": posture.queue_sentence,
        "last_refresh": posture.last_refresh,
        "last_upgrade": posture.last_upgrade,
        "version": item.version,
        "on": list(item.on),
        "last_check": posture.last_check.outcome if posture.last_check else None,
        "check_sentence": posture.check_sentence,
        "asked_about": item.question.window if item.question else None,
        "lost": [loss.feature for loss in item.losses],
        "events": [event(happened) for happened in item.events],
        "ours": not item.unsettled,
        "to_settle": list(item.unsettled),
    }


def feature(item: FeatureView) -> FeatureJson:
    """A feature of a database: what it is, what is planned, and whether it may be."""
    state, pending = item.state, item.state.pending
    return {
        "key": item.feature.key,
        "name": item.name,
        "env": state.environment,
        "state": state.state,
        "pending": pending.change if pending else None,
        "availability": item.enable.availability,
        "phi_risk": item.enable.phi_risk,
        "reasons": [reason for reason in item.enable.reasons if reason],
        "since": state.since,
        "until": item.until,
        "reason": pending.reason if pending else state.reason,
        "by": state.by,
        "planned_by": pending.by if pending else None,
        "approved_by": pending.approved_by if pending else None,
        "waits_for_approval": item.waits_for_approval,
        "expired": bool(item.expired),
        "obstacle": item.obstacle or None,
    }


def finding(item: Finding, recorded: RecordedJson | None = None) -> FindingJson:
    """What a check of data found, and as of when it was recorded for which copy."""
    shape: FindingJson = {
        "verdict": item.verdict,
        "confidence": item.confidence,
        "sentence": item.sentence,
        "files": [_file(file) for file in item.files],
        "not_examined": [{"path": other.path, "why": other.why} for other in item.not_examined],
    }
    return shape if recorded is None else {**shape, "recorded": recorded}


def _file(item: FileFinding) -> FileJson:
    return {
        "path": item.path,
        "rows": item.rows,
        "unread": item.unread,
        "sha256": item.sha256,
        "verdict": item.verdict,
        "columns": [_column(column) for column in item.columns],
    }


def _column(item: ColumnFinding) -> ColumnJson:
    return {
        "name": item.name,
        "values": item.values,
        "email_like": item.email_like,
        "phone_like": item.phone_like,
        "distinct": item.distinct,
        "top_share": item.top_share,
        "samples": list(item.samples),
        "verdict": item.verdict,
        "why": item.why,
    }


def proposal(item: Proposal) -> ProposalJson:
    """A column that was glanced at."""
    return {"file": item.file, "column": item.column, "examine": item.examine, "why": item.why}


def window(item: Window) -> WindowJson:
    """An upgrade window, in the words that its CSV has too."""
    from penelope_admin.gateways.exports import window_facts

    return cast("WindowJson", window_facts(item))


def overview(item: Overview, time_data_warning: str | None = None) -> OverviewJson:
    """What the first page shows."""
    return {
        "agency": item.agency.name,
        "region": item.agency.region,
        "zone": item.agency.zone,
        "next_window": window(item.next_window),
        "countdown": item.countdown,
        "next_upgrade": window(item.next_upgrade),
        "incidents": [
            {
                "id": incident.request_id,
                "reference": incident.reference,
                "title": incident.title,
                "due": incident.due,
                "case_number": incident.case_number,
            }
            for incident in item.incidents
        ],
        "switches_off": list(item.switches_off),
        "waiting": [
            {
                "kind": waiting.kind,
                "urgency": waiting.urgency,
                "text": waiting.text,
                "environment": waiting.environment,
                "subject": waiting.subject,
            }
            for waiting in item.waiting
        ],
        "support": [opening(team, item.next_window.zone) for team in item.support],
        "time_data_warning": time_data_warning,
        "facts_as_of": item.agency.facts_as_of,
        "coming": item.coming or None,
        "release_notes": item.release_notes or None,
    }


def what_if(item: Frame) -> WhatIfJson:
    """What is to be known of everything that is said of a day to come."""
    about = item.assumptions
    return {
        "as_of": about.then.astimezone(about.zone),
        "seen_from": about.now.astimezone(about.zone),
        "assumed": [
            {
                "kind": assumed.event.kind,
                "env": assumed.event.environment,
                "day": assumed.day,
                "window": assumed.event.window,
                "certain_date": assumed.is_certain,
            }
            for assumed in about.all
        ],
        "ends": [
            {
                "kind": ending.by.event.kind,
                "env": ending.before.environment,
                "day": ending.by.day,
                "feature": ending.before.feature,
                "was": "on" if ending.before.state == "on" else "planned",
            }
            for ending in item.endings
        ],
        "assumptions": list(item.assumed),
        "not_known": list(item.unknown),
    }


def entry(item: Entry) -> EntryJson:
    """An entry of the activity log; what was before and after as it was kept."""
    return {
        "seq": item.seq,
        "at": item.at,
        "who": item.who,
        "action": item.action,
        "subject": item.subject,
        "before": json.loads(item.before) if item.before else None,
        "after": json.loads(item.after) if item.after else None,
        "hash": item.hash,
    }
