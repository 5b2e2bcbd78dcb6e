"""What the simulated Support answers: the automatic reply, and what each kind of case leads to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta

from msgspec import structs

from penelope_admin.absent import mapped, present
from penelope_admin.domain.features import STATE_AFTER, State, availability, feature_name, full_name
from penelope_admin.domain.letters import seen_on
from penelope_admin.domain.requests import RequestKind
from penelope_admin.domain.text import filled
from penelope_admin.domain.times import in_words, listed, moment_in_words, span_in_words
from penelope_admin.domain.vendor.course import Course
from penelope_admin.domain.vendor.databases import put_right, shown_on, with_feature
from penelope_admin.domain.vendor.dice import between, pick, share
from penelope_admin.domain.vendor.hours import after_open_hours, at_work, local_day
from penelope_admin.domain.vendor.months import first_of, month_of, notice, vendor_zone, version_of
from penelope_admin.domain.vendor.records import Asked, Case, Database, Due, Incoming
from penelope_admin.policy import Effect, Feature, Occasion

_REPLY_MINUTES = 2, 9
_ANSWER_MINUTES = 40, 420
"""Of Support's opening hours, until an answer comes."""
_WORKING_DAYS = 2, 5
"""Between a case about a refresh or a script and the day on which it is done."""
_FIRST_CASE = 490_000
_CONFIRMED = 0.7
"""How often what is reported turns out to be a defect."""


def receive(course: Course, incoming: Incoming) -> str:
    """Take in a letter or a call, and see to what follows; gives back the number of its case.

    The same message twice is one message. What is written again about an open case belongs to that case.
    """
    # A different question is a new case, the same one is not (facts.md section 4).
    case = next((case for case in course.cases if _is_same(case, incoming)), None)
    if case is not None and incoming.message_id and case.message_id == incoming.message_id:
        return case.number
    if case is None:
        number = _next_number(course, incoming.subject)
        case = Case(
            number=number, opened_at=course.now, subject=incoming.subject, asked=incoming.asked,
            message_id=incoming.message_id,
        )  # fmt: skip
        course.happen("case-opened", f"Case {number} was opened: {incoming.subject}", case=number)
        course.add(Due(at=_answered_at(course, case), kind="answer", case=number))
    course.keep(structs.replace(case, message_id=incoming.message_id or case.message_id))
    course.file(incoming, case)
    minutes = between(*_REPLY_MINUTES, course.seed, "reply", case.number)
    at = course.now + timedelta(minutes=minutes)
    course.add(Due(at=at, kind="reply", case=case.number))
    return case.number


def _next_number(course: Course, subject: str) -> str:
    """The number of a new case: other agencies had some since the last one of this."""
    # Numbers grow, with gaps: of those in between nobody here hears.
    last = max((int(case.number) for case in course.cases if case.number.isdecimal()), default=_FIRST_CASE)
    return f"{last + between(3, 90, course.seed, 'case', last, subject):08}"


def adopt(course: Course, case: Case, scheduled_for: date | None) -> None:
    """Take over a case that was opened before the world began, and see to what is still to follow.

    Args:
        scheduled_for: the day on which a refresh is to be made, where Support has named one.
    """
    course.keep(case)
    asked = case.asked
    if scheduled_for is not None and asked is not None:
        _schedule_refresh(course, case, asked.environment, scheduled_for)
    elif not case.closed:
        course.add(Due(at=_answered_at(course, case), kind="answer", case=case.number))


def _is_same(case: Case, incoming: Incoming) -> bool:
    if incoming.message_id and case.message_id == incoming.message_id:
        return True
    mine, theirs = case.asked, incoming.asked
    return not case.closed and mine is not None and theirs is not None and mine.identity == theirs.identity


def _answered_at(course: Course, case: Case) -> datetime:
    """When somebody answers: critical cases at any hour within the target, all others in Support's hours."""
    # Critical server-down cases are answered around the clock, all others in opening hours (facts.md section 4).
    if case.asked is not None and case.asked.kind == "critical":
        most = 60 * course.policy.critical.target_response_hours - 10
        return course.now + timedelta(minutes=between(20, most, course.seed, "critical", case.number))
    work = timedelta(minutes=between(*_ANSWER_MINUTES, course.seed, "answer", case.number))
    return after_open_hours(course.team, course.now, work, course.holidays)


def reply(course: Course, case: Case) -> None:
    """The automatic reply with the case number; it comes at any hour."""
    course.write(
        f"RE: {case.subject}",
        f"Thank you for writing to Support. Your case number is {case.number}.\n\n"
        "This is an automatic reply. Somebody will look at your case during our opening hours. Please name the number "
        "when you write or call about it.\n\nPenelope Support\n",
        case=case,
        automatic=True,
    )


def answer(course: Course, case: Case) -> None:
    """What a person at Support answers, and what they then see to."""
    asked = case.asked
    if asked is None:
        _answer(course, case, _GENERAL, closed=True)
        return
    _ANSWERS[asked.kind](course, case, asked)


def _answer(course: Course, case: Case, text: str, *, closed: bool = False) -> None:
    course.write(
        f"RE: {case.subject} [Case {case.number}]",
        f"Hello,\n\n{text}\n\nYour case number is {case.number}.\n\nPenelope Support\n",
        case=case,
    )
    course.keep(structs.replace(case, closed=closed))


_GENERAL = (
    "Thank you for your question. The help centre has an article about it; if it leaves anything open, write to us "
    "again under this case."
)


# --- what is carried out on a day ---


def _refresh(course: Course, case: Case, asked: Asked) -> None:
    database = course.database(asked.environment)
    if database is None or not course.policy.environment[database.key].refreshable:
        _answer(course, case, "We cannot refresh that database: it is not a copy of production.", closed=True)
        return
    day = _free_day(course, case, asked)
    _schedule_refresh(course, case, database.key, day)
    name = course.name_of(database)
    text = (
        f"The refresh of your {name} database is scheduled for {in_words(day)}. Everything in it will be overwritten. "
        "We will tell you when the copy is made."
    )
    _answer(course, case, text)


def _schedule_refresh(course: Course, case: Case, environment: str | None, day: date) -> None:
    at = at_work(course.team, day, between(30, 300, course.seed, "refresh-time", case.number))
    course.add(Due(at=max(at, course.now), kind="refresh", environment=environment, case=case.number))


def _free_day(course: Course, case: Case, asked: Asked) -> date:
    """The working day on which something is done: some days ahead, as wished where that is possible, in no upgrade."""
    today = course.today
    ahead = between(*_WORKING_DAYS, course.seed, "ahead", case.number)
    first = max(today + timedelta(days=1), asked.earliest or today)
    day = course.working_day(max(first, course.working_day(today, ahead)))
    if asked.latest is not None and day > asked.latest:
        day = course.working_day(first)
    # No copy can be made of a database that is out of reach.
    busy = {local_day(course.team, due.at) for due in course.due if due.kind in ("down", "upgrade")}
    while day in busy:
        day = course.working_day(day + timedelta(days=1))
    return day


def refresh_done(course: Course, case: Case, database: Database) -> None:
    """The message about a copy that was just made."""
    name = course.name_of(database)
    zone, label = vendor_zone(course.policy), course.policy.schedule.source_zone_label
    details = "as they are in production until the next upgrade"
    if database.contacts == "de-identified":
        details = "de-identified"
    names = listed([feature_name(course.policy, key) for key in shown_on(database, course.policy)])
    on = filled("These features are on in it: {}.", names) or "All features are off in it."
    text = (
        f"Your {name} database was refreshed. The copy of production was made on "
        f"{moment_in_words(course.now, zone)}, {label}. Contact details in it are {details}. {on}"
    )
    _answer(course, case, text, closed=True)


def _feature_change(course: Course, case: Case, asked: Asked) -> None:
    database = course.database(asked.environment)
    if database is None:
        _answer(course, case, "There is no database of that name for your agency.", closed=True)
        return
    where, how = course.name_of(database), STATE_AFTER[asked.change or "disable"]
    features = present(*map(course.policy.feature.get, asked.features))
    # This vendor keeps to its list; what the real one does with the rest our sources do not say.
    able = [feature for feature in features if how == "off" or availability(feature, database.key) == "re-enableable"]
    _switch(course, case, database, able, how)
    done = listed([full_name(course.policy, feature) for feature in able])
    refused = listed([full_name(course.policy, feature) for feature in features if feature not in able])
    said = (
        filled(f"Switched {how} in your {where} database: {{}}.", done),
        filled("We cannot switch on in that database: {}.", refused),
    )
    _answer(course, case, " ".join(filter(None, said)) or "We found nothing to switch.", closed=True)


def _switch(course: Course, case: Case, database: Database, features: Iterable[Feature], how: State) -> None:
    for feature in features:
        database = with_feature(database, course.policy, feature.key, on=how == "on")
        what = f"Support switched {full_name(course.policy, feature)} {how} in {course.name_of(database)}"
        course.happen("switched", what, environment=database.key, case=case.number)
    course.put(database)


def _script(course: Course, case: Case, asked: Asked) -> None:
    day = _free_day(course, case, asked)
    text = (
        f"Tailored Services can write this script in {between(2, 8, course.seed, 'hours', case.number)} hours; your "
        f"account manager sends the price. It can run on {in_words(day)}. It leaves contact details as they are."
    )
    _answer(course, case, text, closed=True)


def _call(course: Course, case: Case, asked: Asked) -> None:
    day = _free_day(course, case, asked)
    at = at_work(course.team, day, 60 * between(1, 7, course.seed, "call", case.number))
    zone, label = vendor_zone(course.policy), course.policy.schedule.source_zone_label
    _answer(course, case, f"We will call you on {moment_in_words(at, zone)}, {label}, at your number.", closed=True)


# --- what is answered ---


def _missing_notice(course: Course, case: Case, asked: Asked) -> None:
    month = mapped(asked.upgrade_day, month_of) or course.next_window()[0]
    text = (
        "Your address was missing from our list, so the notice did not reach you. It is on the list now. "
        f"{_window_in_words(course, month)}"
    )
    _answer(course, case, text, closed=True)
    if course.window(month).ends_at > course.now:
        course.add(notice(course.policy, course.now, month, course.window(month), version_of(first_of(month))))


def _window_in_words(course: Course, month: str) -> str:
    span, zone = course.window(month), vendor_zone(course.policy)
    was = "was" if span.ends_at <= course.now else "is"
    words = span_in_words(span.starts_at, span.ends_at, zone)
    return f"The window {was} {words}, {course.policy.schedule.source_zone_label}."


def _question(course: Course, case: Case, asked: Asked) -> None:
    if (line := _line_named(course, asked, "refresh")) is not None:
        _put_right_later(course, case, line)
    elif "upgrade" in asked.title.casefold():
        _answer(course, case, _window_in_words(course, course.next_window()[0]), closed=True)
    else:
        _answer(course, case, _GENERAL, closed=True)


def _defect(course: Course, case: Case, asked: Asked) -> None:
    if (line := _line_named(course, asked, "upgrade")) is not None or _feature_named(course, asked):
        _put_right_later(course, case, line)
        return
    if share(course.seed, "confirmed", case.number) >= _CONFIRMED:
        _answer(course, case, "We could repeat what you see. It works as designed, so it is not a defect.", closed=True)
        return
    severity = pick([item.key for item in course.policy.severities[1:]], course.seed, "severity", case.number)
    number = f"PEN-{20_000 + between(0, 9_999, course.seed, 'defect', case.number)}"
    text = (
        f"We could repeat what you see and logged it as defect {number}, severity {severity}. It is attached to your "
        "case, so you will hear of it. We give no date for its resolution."
    )
    _answer(course, case, text)


def _line_named(course: Course, asked: Asked, after: Occasion) -> Effect | None:
    """The line of a check-list that a ready-made request is about."""
    return next((effect for effect in course.policy.effects_after(after) if effect.ask == asked.title), None)


def _feature_named(course: Course, asked: Asked) -> str | None:
    """The feature that was seen on, of a ready-made request."""
    place = asked.environment
    if place is None or place not in course.policy.environment:
        return None
    keys = (
        key for key, item in course.policy.feature.items() if seen_on(course.policy, item, place).title == asked.title
    )
    return next(keys, None)


def _put_right_later(course: Course, case: Case, line: Effect | None) -> None:
    day = course.working_day(course.today, 1)
    at = at_work(course.team, day, between(30, 240, course.seed, "right", case.number))
    course.add(Due(at=at, kind="finished", case=case.number, lines=tuple(item.number for item in present(line))))
    text = (
        f"You are right, that should not be so. We will put it right by {in_words(day)} and tell you when it is done."
    )
    _answer(course, case, text)


def _critical(course: Course, case: Case, _: Asked) -> None:
    # Production can be reached, so it is a false alarm, and is told as one.
    if course.production.down_until is None:
        charge = course.policy.critical.false_alarm_charge_usd
        text = (
            "We can sign in to your production database and see no outage. Please tell us what you see. A false alarm "
            f"may cost you ${charge}."
        )
        _answer(course, case, text)
        return
    at = course.now + timedelta(minutes=between(45, 160, course.seed, "repair", case.number))
    course.add(Due(at=at, kind="finished", case=case.number, environment="production"))
    text = "We see that nobody can sign in. Two engineers are working on it; you hear from us next in an hour."
    _answer(course, case, text)


def finish(course: Course, case: Case, due: Due) -> None:
    """Do what was promised, and say so."""
    if due.environment is not None:
        course.put(structs.replace(course.production, down_until=None))
        course.happen("repaired", "Production can be used again", environment=due.environment, case=case.number)
        _answer(course, case, "Production can be used again. We are sorry for the interruption.", closed=True)
        return
    asked = case.asked
    if asked is None or (database := course.database(asked.environment)) is None:
        return
    # A failed line after a refresh is asked about, one after an upgrade is reported as a defect: by that they are told.
    after: Occasion = "refresh" if asked.kind == "question" else "upgrade"
    for line in due.lines:
        database = put_right(database, line, after)
    if (feature := _feature_named(course, asked)) is not None:
        database = with_feature(database, course.policy, feature, on=False)
    course.put(database)
    course.happen("repaired", f"Support put right: {asked.title}", environment=database.key, case=case.number)
    name = course.name_of(database)
    _answer(course, case, f"It is put right in your {name} database. Please look for yourself.", closed=True)


def call_from_client(course: Course) -> None:
    """The front desk writes that a client got a message that makes no sense."""
    course.write(
        "A client called about a text",
        "Hello,\n\nA client called just now. She got a message from us about an appointment that does not exist. She "
        "is upset, and I could not find it in Penelope. Do you know where it came from?\n\nFront desk\n",
        sender=course.reception,
    )


_ANSWERS: dict[RequestKind, Callable[[Course, Case, Asked], None]] = {
    "refresh": _refresh,
    "feature-change": _feature_change,
    "missing-notice": _missing_notice,
    "question": _question,
    "defect": _defect,
    "scheduled-call": _call,
    "script": _script,
    "critical": _critical,
}
