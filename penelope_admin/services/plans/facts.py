"""What is known of an agency, as of then: gathered for a plan file, and what a planning copy knows instead of a record.

It enters by the rows that every service reads: the agency, its notices, the register of features, and for each database
an event that says what was known of it. So planning is judged as ever. It never travels back: a planning copy gathers
nothing, and a home that keeps its own record takes nothing over.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from penelope_admin.absent import mapped
from penelope_admin.clock import find_zone
from penelope_admin.domain import plans as rules
from penelope_admin.domain.agency import Profile
from penelope_admin.domain.features import STATE_AFTER, FeatureState, is_impossible, queue_checks
from penelope_admin.domain.mirror import QUEUES_WAIT, last_version
from penelope_admin.domain.plans import AgencyFacts, FeatureFact, NoticeFact, NoticePlan, Plan, PostureFact, SiteFact
from penelope_admin.domain.records import like
from penelope_admin.domain.sites import Site
from penelope_admin.domain.text import clean_line, written_out
from penelope_admin.domain.times import check_instant, span_in_words
from penelope_admin.domain.windows import Notice
from penelope_admin.errors import BadInputError
from penelope_admin.gateways import plans as files
from penelope_admin.policy import Policy
from penelope_admin.services import agency, features, sites
from penelope_admin.services.calendar import notices
from penelope_admin.services.plans import here
from penelope_admin.services.work import Work
from penelope_admin.store import audit
from penelope_admin.store.rows import agency as agency_rows
from penelope_admin.store.rows import calendar as calendar_rows
from penelope_admin.store.rows import events as event_rows
from penelope_admin.store.rows import features as feature_rows
from penelope_admin.store.rows import plans as plan_rows

_AHEAD = timedelta(days=1)
"""So far the clocks of two computers may lie apart."""
_FAR = timedelta(days=3660)
"""No feature is on for so long, and no notice moves an upgrade so far."""


def gather(work: Work) -> rules.Facts | None:
    """What is known here, for a plan file; None in a planning copy, whose facts are another's."""
    profile, now = work.agency, work.now
    if work.is_planning_copy:
        return None
    seq, newest = audit.head(work.connection)
    return rules.Facts(
        agency=like(
            AgencyFacts,
            profile,
            store_id=plan_rows.store_id(work.connection),
            seq=seq,
            hash=newest,
            as_of=now,
            sites=tuple(like(SiteFact, site) for site in work.sites),
        ),
        notices=_notices(work),
        features=tuple(
            like(FeatureFact, state, as_of=now, reason=state.reason or "")
            for state in work.states(*profile.environments)
        ),
        postures=tuple(_posture(work, key) for key in profile.environments),
    )


def _notices(work: Work) -> tuple[NoticeFact, ...]:
    recent = list(here.recent_notices(work).items())[-rules.MAX_FACTS :]
    return tuple(like(NoticeFact, notice, id=uid, as_of=work.now) for uid, notice in recent)


def _posture(work: Work, key: str) -> PostureFact:
    posture, around = work.posture(key), features.switch_context(work, key)
    waits = any(queue_checks(work.policy, feature, posture, around) for feature in work.policy.features)
    return PostureFact(
        environment=key, contact_details=posture.contact_details, sentence=posture.sentence[: rules.MAX_SENTENCE],
        as_of=work.now, queues=posture.queue_sentence[: rules.MAX_SENTENCE] if waits else "",
        version=last_version(work.telling(key)) or "",
    )  # fmt: skip


# --- a planning copy ---------------------------------------------------------------------------


def check(policy: Policy, plan: Plan, now: datetime) -> None:
    """Refuse what `start` would refuse of a plan itself; needs no database.

    Raises:
        BadInputError: the plan says nothing of the agency, or what it says cannot be used.
    """
    agency.check(policy, _profile(_need(now, plan).agency))


def start(work: Work, plan: Plan, file_sha256: str) -> tuple[str, ...]:
    """Set up a planning copy: the agency and what was known of it, as of then. What is planned is brought in later.

    Returns:
        What could not be taken over, in sentences.

    Raises:
        BadInputError: the plan says nothing of the agency, or what it says cannot be used.
        ConflictError: there is an agency already; it is left as it is.
        RefusedError: this is practice.
    """
    here.refuse_practice(work)
    facts = _need(work.now, plan)
    agency.set_up(work, _profile(facts.agency))
    return _take(work, facts, plan, file_sha256)


def follow(work: Work, plan: Plan, file_sha256: str) -> tuple[str, ...] | None:
    """Take over what is known now where this planning copy came from; None where the plan brings nothing newer.

    Returns:
        What could not be taken over, in sentences.

    Raises:
        BadInputError: what it says cannot be used.
    """
    profile = work.agency
    if profile.facts_as_of is None or plan.facts is None or plan.facts.agency.store_id != profile.facts_from:
        return None
    if plan.facts.agency.as_of <= profile.facts_as_of:
        return None
    facts = _need(work.now, plan)
    after = _profile(facts.agency, profile)
    agency.check(work.policy, after)
    agency_rows.update(work.connection, after, profile.version + 1)
    for key in set(profile.environments) - set(after.environments):
        agency_rows.forget_environment(work.connection, key)
    work.changed("agency", "environments", "features")
    return _take(work, facts, plan, file_sha256)


def _need(now: datetime, plan: Plan) -> rules.Facts:
    """What a plan says of the agency."""
    if plan.facts is None:
        raise BadInputError(
            "This plan file says nothing of the agency: it was made in a planning copy. Nothing was changed. Take a "
            "plan along where your agency is recorded."
        )
    facts = plan.facts
    every: list[AgencyFacts | NoticeFact | FeatureFact | PostureFact] = [facts.agency, *facts.notices]
    every += [*facts.features, *facts.postures]
    if max(check_instant(fact.as_of) for fact in every) > now + _AHEAD:
        raise BadInputError(
            "By this computer's clock the plan file was made on a day in the future. Nothing was changed. Set the "
            "clock right, then try again."
        )
    days = [*(fact.until for fact in facts.features), *(fact.month for fact in facts.notices)]
    if any(day is not None and abs(day - now.date()) > _FAR for day in days):
        raise BadInputError("A day in the plan file is many years away. Nothing was changed. Have it made again.")
    return facts


def _profile(facts: AgencyFacts, before: Profile | None = None) -> Profile:
    blank = before or Profile(name="", region="", zone="", environments=())
    return like(Profile, facts, blank, facts_as_of=facts.as_of, facts_from=facts.store_id)


def _take(work: Work, facts: rules.Facts, plan: Plan, file_sha256: str) -> tuple[str, ...]:
    """Put what was known into the rows that tell of it, with one entry in the log."""
    left_out: list[str] = []
    _take_sites(work, facts.agency)
    left_out += _take_notices(work, facts, plan)
    for fact in facts.features:
        left_out += _take_feature(work, fact)
    for posture in facts.postures:
        left_out += _take_posture(work, posture)
    work.changed("agency", "notices", "environments", "features")
    after = {"as_of": facts.agency.as_of, "by": plan.by, "file_sha256": file_sha256, "left_out": left_out}
    work.record("plan.facts-taken", "plan file", after=after)
    return tuple(written_out(said) for said in left_out)


def _take_sites(work: Work, facts: AgencyFacts) -> None:
    """The sites there are there, in place of those that were known."""
    for site in work.sites:
        agency_rows.delete_site(work.connection, site.id)
    for fact in facts.sites:
        name = clean_line(fact.name, "The site's name", limit=sites.LONGEST_NAME)
        site = Site(0, name, find_zone(fact.zone).key, fact.around_the_clock)
        agency_rows.insert_site(work.connection, site)
    work.changed("agency")


def _take_notices(work: Work, facts: rules.Facts, plan: Plan) -> list[str]:
    """Notices that are not known yet are added; those that came from there and are there no more go.

    Returns:
        Which of those that were recorded here count no more by that: nobody knows which was recorded last.
    """
    counted = work.calendar.in_force
    origin, kept = (
        rules.from_where_it_is_recorded(plan, facts.agency.store_id).origin,
        plan_rows.read_bases(work.connection),
    )
    numbers = plan_rows.numbers(work.connection, "notice")
    brought = {fact.id: fact for fact in facts.notices}
    gone = [uid for uid, row in kept.items() if row.kind == "notice" and uid in numbers and uid not in brought]
    for uid in gone:
        calendar_rows.delete_notice(work.connection, str(numbers[uid]))
    bases: dict[str, plan_rows.BaseRow] = {}
    for fact in _replaced_first(facts.notices):
        if fact.id not in numbers:
            numbers[fact.id] = _add_notice(work, fact, numbers)
            plan_rows.set_uid(work.connection, "notice", numbers[fact.id], fact.id)
        text = files.content_to_text(like(NoticePlan, fact))
        bases[fact.id] = plan_rows.BaseRow(fact.id, "notice", origin.store_id, origin.seq, origin.hash, text)
    plan_rows.write_bases(work.connection, bases, gone)
    work.changed("notices")
    return _overtaken(work, counted, {str(numbers[uid]) for uid in numbers.keys() - kept.keys() - brought.keys()})


def _overtaken(work: Work, counted: Iterable[Notice], ours: Collection[str]) -> list[str]:
    """Which of our notices that counted do so no more, in sentences."""
    still = {notice.id for notice in work.calendar.in_force}
    return [
        f"The notice of {span_in_words(notice.starts_at, notice.ends_at, work.zone)} that was recorded here counts no "
        "more, for one of the same upgrade came along. If yours is the newer one, remove it and record it again."
        for notice in counted
        if notice.id in ours and notice.id not in still
    ]


def _replaced_first(facts: Iterable[NoticeFact]) -> Iterator[NoticeFact]:
    """Notices, each behind the one that it replaces: of a window the one that is recorded last counts."""
    left = {fact.id: fact for fact in sorted(facts, key=lambda fact: fact.starts_at)}
    while left:
        # In a file that somebody changed they may replace each other in a circle: then any of them is the first.
        first = next((fact for fact in left.values() if fact.replaces not in left), next(iter(left.values())))
        yield left.pop(first.id)


def _add_notice(work: Work, fact: NoticeFact, numbers: Mapping[str, int]) -> int:
    said = notices.checked(
        fact.kind, fact.starts_at, fact.ends_at, fact.version, fact.origin, fact.downtime, fact.reason
    )
    fields = {**said, "replaces": numbers.get(fact.replaces or ""), "month": fact.month}
    return int(calendar_rows.insert_notice(work.connection, fields, work.now, work.actor))


def _take_feature(work: Work, fact: FeatureFact) -> list[str]:
    """Put a feature's state into the register; what is planned here stays, unless it has come true."""
    if fact.environment not in work.agency.environments or fact.feature not in work.policy.feature:
        return [f"{fact.feature} in {fact.environment}: the rules here know no such feature or database."]
    before = work.state(fact.environment, fact.feature)
    pending = before.pending
    if pending is not None and STATE_AFTER[pending.change] == fact.state:
        pending = None
    after = FeatureState(
        fact.environment, fact.feature, fact.state, pending, mapped(fact.since, check_instant), fact.until,
        clean_line(fact.reason, "The reason", required=False) or None, None, before.version, only_seen=fact.only_seen,
    )  # fmt: skip
    if is_impossible(after):
        return [f"{fact.feature} in {fact.environment}: it is locked, and never recorded as on."]
    if after != replace(before, by=None):
        feature_rows.write(work.connection, before, after)
    return []


def _take_posture(work: Work, fact: PostureFact) -> list[str]:
    """Note what was known of a database's contact details and queues."""
    if fact.environment not in work.agency.environments:
        return [f"{fact.environment}: the agency has no such database."]
    version = clean_line(fact.version, "The version", required=False, limit=60) or None
    sentences = {fact.contact_details: fact.sentence} | ({QUEUES_WAIT: fact.queues} if fact.queues else {})
    for outcome, sentence in sentences.items():
        remark = clean_line(sentence, "What is known", required=False, limit=rules.MAX_SENTENCE)
        event_rows.insert(
            work.connection, fact.environment, "as-of", fact.as_of, recorded_at=work.now, by=work.actor,
            version=version, remark=remark, outcome=outcome,
        )  # fmt: skip
    return []
