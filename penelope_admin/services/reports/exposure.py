"""The PHI exposure log: which features were on while contact details could be real, and what was recorded of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from penelope_admin.absent import mapped
from penelope_admin.domain.exposure import Exposure, Stretch, Use, exposure
from penelope_admin.domain.feature_life import in_words
from penelope_admin.domain.mirror import (
    FEATURE_EVENTS,
    SCRIPT_EFFECTS,
    Event,
    EventKind,
    in_force,
)
from penelope_admin.domain.second_person import Switch, during, off_sentence
from penelope_admin.domain.text import filled
from penelope_admin.domain.times import duration_in_words, plural, wall
from penelope_admin.gateways.reports import Section, Text, Word
from penelope_admin.services.agency import find_second_person
from penelope_admin.services.mirror import evidence
from penelope_admin.services.reports.parts import VERDICTS, Reader, day_in_words, tabled
from penelope_admin.services.work import Work
from penelope_admin.store import audit
from penelope_admin.store.rows import events as event_rows

_WHY_NOT_KNOWN = {
    "as-of": "Nothing was recorded before",
    "doubted": "A line of the check-list failed, or somebody was no longer sure",
    "locked-on": "Seen on {at} although it is locked; nobody recorded a switch",
    "due": "A refresh that was due may have come since {at}",
    "corrected": "The entry for {at} was marked as a mistake: what was on is not known",
    "restored": "A backup was restored {at}: what happened since it was made is not known",
    "refreshed": "Refreshed {at}: production's settings came with the data",
    "upgraded": "Upgraded {at}: whether that switched features off is not known",
}
_BY_HAND = ("", "By hand, on the check-list")
_VERDICTS_INSIDE = {key: word.text.lower() for key, word in VERDICTS.items()}
_EFFECTS = dict[str, str](SCRIPT_EFFECTS.items())


@dataclass
class _Switch:
    """What the activity log says of a feature's time of being on."""

    reasons: list[str] = field(default_factory=list)
    until: str | None = None
    by: str = ""
    planned_by: str | None = None
    approved_by: str | None = None


@dataclass(frozen=True)
class _Past:
    """Everything recorded of a copy, for an exposure log; of each check of data how sure it was, and of what."""

    events: list[Event]
    recorded_at: dict[int, datetime]
    switches: dict[tuple[str, datetime], _Switch]
    checks: dict[int, tuple[str, str]]

    def during(self, period: Exposure) -> list[Event]:
        """The events of the period."""
        return [event for event in self.events if period.starts <= event.at < period.ends]

    @property
    def corrected(self) -> dict[int, Text]:
        """Of each event that was recorded by mistake, what corrects it."""
        return {
            event.corrects: Word(f"No: corrected by no. {event.id}", "caution")
            for event in self.events
            if event.corrects is not None
        }


def exposure_sections(reader: Reader, first: date, last: date) -> list[Section]:
    """What is recorded of a period, given by its local days."""
    work, here = reader.work, reader.environment.key
    past = _read_past(work, here)
    starts = wall(first, time(0), work.zone)
    ends = max(starts, min(work.now, wall(last + timedelta(days=1), time(0), work.zone)))
    period = exposure(work.policy, here, work.history(here), starts, ends)
    off = find_second_person(work).switched_off(starts, ends)
    return [
        _in_short(reader, period, past, off),
        _second_person(reader, off),
        _overlaps(reader, period, past),
        _unknown(reader, period),
        _details(reader, period),
        _uses(reader, period, past),
        _recorded(reader, period, past),
        _checks(reader, period, past),
        _limits(reader),
    ]


def _read_past(work: Work, environment: str) -> _Past:
    """Events, and what the log adds to them: reasons and approvals."""
    events = [event for event in work.events if event.environment == environment]
    checks = {each.event.id: (each.confidence.capitalize(), each.source) for each in evidence.find_all(work)}
    return _Past(events, event_rows.read_recorded_at(work.connection), _read_switches(work, environment), checks)


def _read_switches(work: Work, environment: str) -> dict[tuple[str, datetime], _Switch]:
    """What only the log tells: why and by whom each feature was switched, and who approved it."""
    switches: dict[tuple[str, datetime], _Switch] = {}
    for entry in audit.of_kind(work.connection, "feature.", f"{environment}/"):
        before, after = entry.facts
        if after.get("since") and after.get("state") in ("on", "off"):
            key = entry.subject.partition("/")[2], datetime.fromisoformat(after["since"])
            _note_switch(switches.setdefault(key, _Switch()), before, after)
    return switches


def _note_switch(switch: _Switch, before: dict[str, str], after: dict[str, str]) -> None:
    """Add what one entry says of a feature while it was on; a reason that was changed later stays beside the first."""
    reason = after.get("reason")
    if reason and reason not in switch.reasons:
        switch.reasons.append(reason)
    switch.until, switch.by = after.get("until"), after.get("by") or ""
    if before.get("state") != after["state"]:
        switch.planned_by, switch.approved_by = before.get("planned_by"), before.get("approved_by")


def _second_person(reader: Reader, off: list[tuple[Switch, datetime]]) -> Section:
    """The times in which nobody else had to approve although the agency had asked for that before."""
    work = reader.work
    rows = (
        (
            reader.stamp(switch.at),
            "Now" if end == work.now else reader.stamp(end),
            off_sentence(switch, work.zone),
        )
        for switch, end in off
    )
    columns = {"From": 20, "To": 20, "Who": 60}
    nothing = "Never in this period, after it had been switched on."
    return tabled("When the second person was switched off", columns, rows, nothing)


def _in_short(reader: Reader, period: Exposure, past: _Past, off: list[tuple[Switch, datetime]]) -> Section:
    real = [stretch for stretch in period.details if stretch.may_be_real]
    says = _exposed_in_short(period, off)
    if not real:
        says.append("As far as it is recorded, contact details were de-identified all the time.")
    elif len(period.details) == 1:
        says.append("Contact details could be real all the time.")
    if not past.during(period):
        says.append(f"Nothing about {reader.environment.spoken} was recorded for this period.")
    since = reader.work.set_up_at
    if since > period.starts:
        says.append(
            f"The agency was set up in this program on {reader.stamp(since)}; of the time before, only what was "
            "recorded later is known."
        )
    return Section("In short", tuple(says))


def _exposed_in_short(period: Exposure, off: list[tuple[Switch, datetime]]) -> list[Text]:
    """Whether features were on while contact details could be real, as far as it is known."""
    says: list[Text] = ["No feature was recorded as on while contact details could be real."]
    if period.exposed:
        times = plural(len(period.exposed), "time")
        says = [Word(f"{times} a feature was recorded as on while contact details could be real: see below.", "danger")]
    if alone := sum(during(off, use.since.at) for use in period.exposed):
        says.append(
            Word(
                f"{plural(alone, 'time')} a feature was switched on while the second person was switched off.", "danger"
            )
        )
    if period.not_known:
        says.append(
            Word(
                "For a part of the time it is not known whether features were on: nothing can be ruled out.", "caution"
            )
        )
    elif not period.exposed:
        says.append(Word("No exposure is recorded in this period.", "positive"))
    return says


def _overlaps(reader: Reader, period: Exposure, past: _Past) -> Section:
    rows = (
        (
            Word(reader.feature(use.feature), "danger"),
            *_span_cells(reader, period, use),
            _reason(reader, past, use),
            _people(past, use),
        )
        for use in sorted(period.exposed, key=lambda use: (use.starts, use.feature))
    )
    columns = {"Feature": 22, "From": 15, "To": 15, "For": 11, "Reason": 21, "By, approved by": 16}
    nothing = "Nothing recorded: no feature was on while contact details could be real."
    return tabled("On while contact details could be real", columns, rows, nothing)


def _unknown(reader: Reader, period: Exposure) -> Section:
    rows = (
        (_names(reader, uses), *_span_cells(reader, period, uses[0]), _why_not_known(reader, uses[0]))
        for uses in _alike(period.not_known)
    )
    columns = {"Features": 24, "From": 18, "To": 18, "For": 14, "Why it is not known": 26}
    nothing = "None: whenever contact details could be real, each feature's state was recorded."
    return tabled("Not known whether on, while contact details could be real", columns, rows, nothing)


def _alike(uses: Iterable[Use]) -> list[list[Use]]:
    """By time; features of which nobody knows anything between the same instants stand together."""
    groups: dict[tuple[object, ...], list[Use]] = {}
    for use in sorted(uses, key=lambda use: use.starts):
        alone = use.feature if use.state == "on" else ""
        groups.setdefault((use.starts, use.ends, use.since.kind, use.since.at, alone), []).append(use)
    return list(groups.values())


def _names(reader: Reader, uses: Iterable[Use]) -> str:
    return ", ".join(reader.feature(use.feature) for use in uses)


def _why_not_known(reader: Reader, use: Use) -> str:
    return _WHY_NOT_KNOWN[use.since.kind].format(at=reader.stamp(use.since.at))


def _span_cells(reader: Reader, period: Exposure, span: Use | Stretch) -> tuple[str, str, str]:
    """From, to and how long; the period's own ends are named as such."""
    starts = reader.stamp(span.starts) if span.starts > period.starts else "Start of the period"
    ends = reader.stamp(span.ends) if span.ends < period.ends else "End of the period"
    if span.ends == reader.work.now:
        ends = "Now"
    return starts, ends, duration_in_words(span.ends - span.starts)


def _switch_of(past: _Past, use: Use) -> _Switch:
    return past.switches.get((use.feature, use.since.at), _Switch())


def _reason(reader: Reader, past: _Past, use: Use) -> str:
    """Why it was on; reasons given later follow the first."""
    return "; later: ".join(reader.typed(reason) for reason in _switch_of(past, use).reasons) or "None recorded"


def _people(past: _Past, use: Use) -> str:
    if use.since.kind == "seen":
        return f"Seen on by {use.since.by}; nobody recorded a switch"
    switch = _switch_of(past, use)
    by = switch.by or use.since.by or "nobody named"
    planned = filled(" (planned by {})", switch.planned_by != by and switch.planned_by)
    return f"{by}{planned}; {filled('approved by {}', switch.approved_by) or 'no approval recorded'}"


def _details(reader: Reader, period: Exposure) -> Section:
    """Why contact details could be real, or not."""
    rows = (
        (
            Word("Could be real", "danger") if stretch.may_be_real else Word("De-identified", "positive"),
            *_span_cells(reader, period, stretch),
            _because(reader, stretch),
        )
        for stretch in period.details
    )
    columns = {"Contact details": 18, "From": 18, "To": 18, "For": 14, "Because": 32}
    notes = ("What nobody knows counts as real.",)
    return tabled("When contact details could be real", columns, rows, "The period is empty.", notes=notes)


def _because(reader: Reader, stretch: Stretch) -> str:
    """The events by which contact details became so."""
    if stretch.since is None:
        return "No upgrade is recorded before: not known"
    kinds = {"refreshed", "upgraded", "script-run", "restored", "checked", "due"}
    history = in_force(reader.work.history(reader.environment.key))
    events = [event for event in history if event.at == stretch.since and event.kind in kinds]
    causes = "; ".join(dict.fromkeys(_event_text(reader, event) for event in events))
    return f"{causes}, {reader.stamp(stretch.since)}"


def _uses(reader: Reader, period: Exposure, past: _Past) -> Section:
    rows = (_use_row(reader, period, past, uses) for uses in _alike(period.uses))
    names = ", ".join(reader.feature(feature.key) for feature in reader.work.policy.features)
    nothing = "Nothing recorded: every one of them was off all the time."
    note = f"Looked at were all features that the vendor names: {names}."
    columns = {"Features": 22, "State": 9, "From": 16, "To": 16, "Why, last day": 21, "By, approved by": 16}
    return tabled("Features, when they were on or nobody knows", columns, rows, nothing, notes=(note,))


def _use_row(reader: Reader, period: Exposure, past: _Past, uses: list[Use]) -> tuple[Text, ...]:
    """Features between the same instants: why they were on, until when and by whom, or why nobody knows."""
    names, use = _names(reader, uses), uses[0]
    starts, ends, _ = _span_cells(reader, period, use)
    if use.state == "unknown":
        return names, "Not known", starts, ends, _why_not_known(reader, use), ""
    last_day = day_in_words(mapped(_switch_of(past, use).until, date.fromisoformat))
    why = f"{_reason(reader, past, use)}. {filled('Last day {}', last_day) or 'No end date'}"
    return names, Word("On", "caution"), starts, ends, why, _people(past, use)


def _recorded(reader: Reader, period: Exposure, past: _Past) -> Section:
    """Every event of the period, also what was recorded by mistake."""
    own = sorted(past.during(period), key=lambda event: (event.at, event.id))
    rows = (
        (
            str(event.id or "–"),
            reader.stamp(event.at),
            _event_text(reader, event),
            reader.typed(event.remark),
            f"{event.by}, {reader.stamp(past.recorded_at.get(event.id), 'from the activity log')}",
            _standing(past, event),
        )
        for event in own
    )
    columns = {"No.": 6, "Happened": 18, "What": 22, "Note": 20, "Recorded by, at": 18, "Does it count?": 16}
    notes = ("A mistake is never deleted: a correction follows it, and both stay.",)
    title = f"Everything recorded about {reader.environment.spoken}"
    return tabled(title, columns, rows, "Nothing recorded.", notes=notes)


def _standing(past: _Past, event: Event) -> Text:
    if event.kind == "corrected":
        return "Takes back another"
    return past.corrected.get(event.id, "Yes")


def _event_text(reader: Reader, event: Event) -> str:
    if event.kind in FEATURE_EVENTS:
        return in_words(reader.work.policy, event)
    outcome = event.outcome or ""
    texts: dict[EventKind, str] = {
        "script-run": f"Script of the vendor's services; contact details: {_EFFECTS.get(outcome, '')}",
        "checked": f"Data checked: {_VERDICTS_INSIDE.get(outcome, '')}",
        "corrected": f"Correction of no. {event.corrects}",
        "refreshed": "Refreshed from production",
        "upgraded": f"Upgraded{filled(' to {}', reader.typed(event.version))}",
        "restored": "A backup was restored; what happened since it was made is not known",
        "not-upgraded": "Reported as not upgraded yet",
        "upgrade-unknown": "Not known whether it was upgraded",
        "as-of": "Known when the plan file was made",
        "due": "A refresh was due that day, and nobody recorded how it went",
    }
    return texts[event.kind]


def _checks(reader: Reader, period: Exposure, past: _Past) -> Section:
    checks = [event for event in past.during(period) if event.kind == "checked"]
    rows = (
        (reader.stamp(event.at), VERDICTS[event.outcome or ""], *past.checks.get(event.id, _BY_HAND), event.by,
         _standing(past, event))
        for event in checks
    )  # fmt: skip
    columns = {
        "Data as of": 18, "Verdict": 20, "Confidence": 12, "What was checked": 24, "By": 12, "Does it count?": 14,
    }  # fmt: skip
    return tabled("Checks of its data", columns, rows, "Nothing recorded: nobody checked its data.")


def _limits(reader: Reader) -> Section:
    policy = reader.work.policy
    others = [reader.feature(feature.key) for feature in policy.features if not feature.uses_contact_details]
    groups = ", ".join(policy.user_groups.keep_real_addresses)
    points: Iterable[str] = (
        "It rests on what people recorded. Penelope has no interface that could be asked, so what nobody recorded is "
        "not here, and what was recorded wrongly is here until somebody corrects it.",
        "A feature counts as switched from the instant this was recorded. It may have been switched earlier.",
        "That a feature was on while contact details could be real does not prove that anybody was reached. This "
        "program cannot tell.",
        "That nothing is recorded does not prove that nothing happened.",
        "A check of data proves no more than what was in the files that were checked.",
        "What waited in production's queues when a copy was made may have come along, and may have left the copy "
        "once a feature was on. That is our inference, and nothing here can show it.",
        f"After an upgrade, workers in these user groups keep their real addresses: {groups}.",
        filled("{}: what is sent by these is no contact detail; an upgrade does not de-identify it. Look at all the "
               "time they were on.", ", ".join(others)),
        "The activity log's chain of hashes shows later changes to it. It cannot show whether its end was cut off; "
        "the hash on an earlier report can.",
    )  # fmt: skip
    return Section("What this report can prove, and what it cannot", points=tuple(filter(None, points)))
