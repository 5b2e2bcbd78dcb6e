"""The JSON that scripts rely on, one function for each thing; `json_types` has its types. Keys are only ever added."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, TypeVar, cast, get_args, get_type_hints
from zoneinfo import ZoneInfo

from penelope_admin.absent import mapped
from penelope_admin.domain import requests as request_rules
from penelope_admin.domain.features import log_facts
from penelope_admin.domain.records import like
from penelope_admin.services import json_types

if TYPE_CHECKING:
    from penelope_admin.clock import ZoneData
    from penelope_admin.detect.verdicts import FileFinding, Finding, Proposal
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
    from penelope_admin.gateways.lists import KeptFile
    from penelope_admin.services.ahead import Frame
    from penelope_admin.services.calendar.conflicts import CalendarState, ConflictsView
    from penelope_admin.services.calendar.incoming import Incoming, Outcome
    from penelope_admin.services.calendar.support import SupportView
    from penelope_admin.services.features import FeatureView
    from penelope_admin.services.mirror.environments import EnvironmentView
    from penelope_admin.services.overview import Overview
    from penelope_admin.services.projects import ProjectView
    from penelope_admin.services.reminders import ReminderView
    from penelope_admin.services.requests import RequestView
    from penelope_admin.services.requests.replies import ReplyView
    from penelope_admin.store.audit import Entry

J = TypeVar("J")
NO_OVERVIEW = {"agency": None}
"""The overview before an agency is set up."""


def to_json(value: object) -> str:
    """A shape as text that ends in a newline. Instants are ISO 8601 with their offset, days YYYY-MM-DD."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=_moment) + "\n"


def _moment(value: object) -> str:
    if isinstance(value, date):  # an instant is one, too
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")


@cache
def _may_be_absent(shape: Hashable) -> frozenset[str]:
    return frozenset(key for key, kind in get_type_hints(shape).items() if type(None) in get_args(kind))


def _of(shape: type[J], *records: object, **more: object) -> J:
    """A shape of records, as `like` makes one. Tests look at each command's output for keys too few or many.

    A record's empty text is null where the shape may have that; what is told is said as it is.
    """
    facts = cast("dict[str, object]", like(shape, *records, **more))
    nothing = {key: None for key in _may_be_absent(cast("Hashable", shape)) - more.keys() if facts[key] == ""}
    return cast("J", facts | nothing | {key: list(value) for key, value in facts.items() if isinstance(value, tuple)})


def event(item: Event) -> json_types.EventJson:
    """Something that happened to a database."""
    return _of(json_types.EventJson, item)


def notice(item: Notice, replaced_by: str | None = None) -> json_types.NoticeJson:
    """A notice of the vendor's, and the newer one that counts in its place."""
    return _of(json_types.NoticeJson, item, downtime_minutes=item.downtime, replaced_by=replaced_by)


def incoming(message: Incoming, clear: Sequence[Outcome | None], recorded: Sequence[Notice]) -> json_types.IncomingJson:
    """What a message announces, and which notices were recorded of it."""
    keys = {(item.kind, item.starts_at): item.id for item in recorded}
    windows = [_proposed(item, outcome, keys) for item, outcome in zip(message.proposals, clear, strict=True)]
    return _of(json_types.IncomingJson, message, windows=windows)


def _proposed(
    item: ProposedWindow, outcome: Outcome | None, keys: Mapping[tuple[NoticeKind, datetime], str]
) -> json_types.ProposedWindowJson:
    would_be: dict[str, object] = {"known": False, "replaces": None, "contradicts_rule": False, "recorded": None}
    if outcome is not None:
        would_be = {
            "known": outcome.is_known,
            "replaces": outcome.notice.replaces,
            "contradicts_rule": outcome.window.defies_rule,
            "recorded": keys.get((outcome.notice.kind, outcome.notice.starts_at)),
        }
    return _of(
        json_types.ProposedWindowJson,
        item,
        readings=[_of(json_types.ReadingJson, span) for span in item.spans],
        downtime_minutes=item.downtime,
        certain=item.is_certain,
        not_ours=item.not_ours and item.not_ours.reason,
        **would_be,
    )


def version(item: Version) -> json_types.VersionJson:
    """A version of Penelope, with what is known of it."""
    notices = [notice.id for notice in item.notices]
    return _of(json_types.VersionJson, item, version=item.name, notices=notices, release_notes=item.address or None)


def check_list(item: CheckList) -> json_types.CheckListJson:
    """What is to be checked after an upgrade or a refresh, and what was found."""
    happened = event(item.event)
    return {
        "after": item.occasion,
        "event": happened,
        "upgrade": happened if item.occasion == "upgrade" else None,
        "env": item.event.environment,
        "finished": item.is_finished,
        "past": item.is_past,
        "lines": [_line(line) for line in item.lines],
    }


def _line(item: Line) -> json_types.LineJson:
    line = {"line": item.effect.number, "text": item.effect.text, "seen_off": item.seen_off}
    answer = item.answer
    if answer is None:
        return _empty(json_types.LineJson, **line)
    file = answer.evidence
    evidence = {"file": file and file.name, "sha256": file and file.sha256, "proof": answer.proof_id}
    return _of(json_types.LineJson, answer, **line, remark=answer.remark, **evidence)


def _empty(shape: type[J], **facts: object) -> J:
    """A shape that says nothing but these facts."""
    return cast("J", dict.fromkeys(shape.__annotations__) | facts)


def _at(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    return mapped(moment, lambda at: at.astimezone(zone))


def opening(item: Opening, zone: ZoneInfo) -> json_types.OpeningJson:
    """Whether a team of Support is there, and when that changes, on a zone's wall clock."""
    return {
        "team": item.team.key,
        "open": item.open,
        "closes_at": _at(item.closes_at, zone),
        "opens_at": _at(item.opens_at, zone),
    }


def support(item: SupportView) -> list[json_types.OpeningJson]:
    """Every team."""
    return [opening(team, item.zone) for team in item.openings]


def reminder(item: ReminderView, zone: ZoneInfo) -> json_types.ReminderJson:
    """A reminder, with instants in the agency's zone."""
    due, told_at = _at(item.reminder.due, zone), _at(item.at, zone)
    return _of(json_types.ReminderJson, item.reminder, due_at=due, told_at=told_at)


def holiday(item: Holiday) -> json_types.HolidayJson:
    """A day on which a team is closed."""
    return _of(json_types.HolidayJson, item)


def time_data(copies: Sequence[ZoneData], warning: str | None) -> json_types.TimeDataJson:
    """The time zone data at hand, the one in force first, and what is to be said of its age."""
    in_force, *others = (_of(json_types.ZoneDataJson, data, folder=str(data.folder)) for data in copies)
    return {"in_force": in_force, "others": others, "warning": warning}


def site(item: Site) -> json_types.SiteJson:
    """A place at which the agency works."""
    return _of(json_types.SiteJson, item)


def kept_file(item: KeptFile) -> json_types.KeptFileJson:
    """A file that is kept up to date."""
    return _of(json_types.KeptFileJson, item, alarms_minutes=item.alarms)


def conflicts(view: ConflictsView) -> json_types.ConflictsJson:
    """What windows and planned days overlap in the agency's own calendars. Titles are those of the calendars."""
    return {
        "windows": [
            {"window": window(item), "overlaps": [_overlap(overlap) for overlap in overlaps]}
            for item, overlaps in view.windows
        ],
        "planned": [
            _of(json_types.PlannedOverlapsJson, item, overlaps=[_overlap(overlap) for overlap in overlaps])
            for item, overlaps in view.planned
        ],
        "calendars": [calendar_state(state) for state in view.calendars],
    }


def calendar_state(state: CalendarState) -> json_types.CalendarStateJson:
    """How it stands with a calendar of the agency's own."""
    return _of(json_types.CalendarStateJson, state.link, state, read=not state.link.problem)


def _overlap(item: Overlap) -> json_types.OverlapJson:
    occurrence, said = item.occurrence, {"calendar": item.calendar, "site": item.site or None, "more": item.more}
    if occurrence is None:
        return _empty(json_types.OverlapJson, **said)
    starts_at, ends_at = occurrence.starts_at.astimezone(item.zone), occurrence.ends_at.astimezone(item.zone)
    return _of(json_types.OverlapJson, occurrence, title=occurrence.title, starts_at=starts_at, ends_at=ends_at, **said)


def clash(item: Clash) -> json_types.ClashJson:
    """Something in a project that does not go together."""
    return _of(json_types.ClashJson, item)


def project(item: ProjectView) -> json_types.ProjectJson:
    """A project with what stands in its way."""
    plan = item.project
    return _of(
        json_types.ProjectJson,
        plan,
        env=plan.environment,
        request=plan.request_id,
        features=[_of(json_types.UseJson, use, key=use.feature) for use in plan.features],
        to_plan=[use.feature for use in item.to_plan],
        later=[use.feature for use in item.later],
        in_use=[state.feature for state in item.in_use],
        breaks=[clash(each) for each in item.clashes],
        recurs=plan.recurs and plan.recurs.text,
        turns=[
            _of(json_types.TurnJson, turn, breaks=[clash(each) for each in clashes]) for turn, clashes in item.turns
        ],
    )


def request(item: RequestView) -> json_types.RequestJson:
    """A request and its path."""
    return _request(json_types.RequestJson, item)


def request_with_letter(item: RequestView) -> json_types.RequestWithLetterJson:
    """The same with its letter, where one request is asked for."""
    return _request(json_types.RequestWithLetterJson, item, item.letter, text=item.letter.body)


def _request(shape: type[J], item: RequestView, *records: object, **more: object) -> J:
    facts = item.request
    defect = {"number": facts.defect_number, "severity": facts.defect_severity} if facts.defect_number else None
    return _of(
        shape,
        facts,
        item,
        *records,
        env=facts.environment,
        next_steps=request_rules.legal_steps(facts),
        re_enable=facts.wanted_back,
        version=facts.product_version,
        via=item.via,
        message=item.message and item.message.state,
        may_have_arrived=bool(request_rules.doubt(facts)),
        defect=defect,
        steps=[_of(json_types.StepJson, step) for step in facts.steps],
        remarks=[_of(json_types.RemarkJson, note) for note in facts.remarks],
        **more,
    )


def reply(
    view: ReplyView, request: int | None, case_number: str | None, *, certain: bool, recorded: bool
) -> json_types.ReplyJson:
    """What was found in a reply, and what is meant after the words of whoever looked."""
    meant = {"request": request, "case_number": case_number, "certain": certain, "recorded": recorded}
    days = [_of(json_types.NamedDayJson, day) for day in view.days]
    return _of(json_types.ReplyJson, view, view.offer, case_numbers=view.offer.numbers, days=days, **meant)


def message(item: Outgoing) -> json_types.MessageJson:
    """A message in the outbox."""
    again = item.next_attempt_at if item.state == "waiting" else None
    said = {"next_attempt_at": again, "request": item.request_id, "window": item.window_key, "to": item.recipient}
    return _of(json_types.MessageJson, item, **said)


def database(item: EnvironmentView) -> json_types.DatabaseJson:
    """A database of the agency's, and what is known of its contact details."""
    posture = item.posture
    return _of(
        json_types.DatabaseJson,
        item,
        posture,
        env=item.environment.key,
        name=item.environment.name,
        keep_real_addresses=posture.exceptions,
        last_check=posture.last_check and posture.last_check.outcome,
        asked_about=item.question and item.question.window,
        lost=[loss.feature for loss in item.losses],
        events=[event(happened) for happened in item.events],
        ours=not item.unsettled,
        to_settle=item.unsettled,
    )


def feature(item: FeatureView) -> json_types.FeatureJson:
    """A feature of a database: what it is, what is planned, and whether it may be."""
    state = item.state
    kept = log_facts(state)
    return _of(
        json_types.FeatureJson,
        item,
        state,
        item.enable,
        key=item.feature.key,
        env=state.environment,
        state=state.state,
        seen=state.as_seen if state.seen_at else None,
        pending=kept["pending"],
        reasons=[reason for reason in item.enable.reasons if reason],
        reason=kept["pending_reason"] or state.reason,
        planned_by=kept["planned_by"],
        approved_by=kept["approved_by"],
        expired=bool(item.expired),
    )


def finding(item: Finding, recorded: json_types.RecordedJson | None) -> json_types.FindingJson:
    """What a check of data found, and as of when it was recorded for which copy."""
    not_examined = [_of(json_types.NotExaminedJson, other) for other in item.not_examined]
    shape = _of(json_types.FindingJson, item, files=[_file(file) for file in item.files], not_examined=not_examined)
    return shape if recorded is None else {**shape, "recorded": recorded}


def _file(item: FileFinding) -> json_types.FileJson:
    return _of(json_types.FileJson, item, columns=[_of(json_types.ColumnJson, column) for column in item.columns])


def proposal(item: Proposal) -> json_types.ProposalJson:
    """A column that was glanced at."""
    return _of(json_types.ProposalJson, item)


def window(item: Window) -> json_types.WindowJson:
    """An upgrade window, in the words that its CSV has too."""
    from penelope_admin.gateways.exports import window_facts

    return cast("json_types.WindowJson", window_facts(item))


def overview(item: Overview, time_data_warning: str | None = None) -> json_types.OverviewJson:
    """What the first page shows."""
    return _of(
        json_types.OverviewJson,
        item,
        item.agency,
        agency=item.agency.name,
        next_window=window(item.next_window),
        next_upgrade=window(item.next_upgrade),
        incidents=[_of(json_types.IncidentJson, incident, id=incident.request_id) for incident in item.incidents],
        waiting=[_of(json_types.WaitingJson, waiting) for waiting in item.waiting],
        support=[opening(team, item.next_window.zone) for team in item.support],
        time_data_warning=time_data_warning,
    )


def what_if(item: Frame) -> json_types.WhatIfJson:
    """What is to be known of everything that is said of a day to come."""
    about = item.assumptions
    return {
        "as_of": about.then.astimezone(about.zone),
        "seen_from": about.now.astimezone(about.zone),
        "assumed": [
            _of(
                json_types.AssumedJson, assumed, assumed.event,
                env=assumed.event.environment, certain_date=assumed.is_certain,
            )
            for assumed in about.all
        ],
        "ends": [
            _of(
                json_types.EndsJson, ending.by, ending.before, ending.by.event,
                env=ending.before.environment, was=ending.before.use_name,
            )
            for ending in item.endings
        ],
        "assumptions": list(item.assumed),
        "not_known": list(item.unknown),
    }  # fmt: skip


def entry(item: Entry) -> json_types.EntryJson:
    """An entry of the activity log; what was before and after as it was kept."""
    before, after = (mapped(kept, json.loads) for kept in (item.before, item.after))
    return _of(json_types.EntryJson, item, before=before, after=after)
