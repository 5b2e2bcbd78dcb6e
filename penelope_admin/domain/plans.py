"""Plans that travel: what can be planned on several machines, and how two versions of it become one.

Merging asks what both began from, never a clock: a field that one side alone changed takes that side's value, sets
merge by member, and where both sides say something else a person is asked. What is removed on one side and changed
on the other is asked too, so that nothing disappears unseen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, TypeAlias
from uuid import NAMESPACE_URL, uuid5

import msgspec
from msgspec import Meta, Struct

from penelope_admin.domain.features import STATE_AFTER, Change, State, environment_name, feature_name
from penelope_admin.domain.projects import MAX_NAME, MAX_PURPOSE
from penelope_admin.domain.recurring import PATTERN as RECURRENCE
from penelope_admin.domain.recurring import text_in_words
from penelope_admin.domain.requests import KINDS as KINDS_OF_REQUESTS
from penelope_admin.domain.requests import RequestKind
from penelope_admin.domain.sites import MOST_SITES
from penelope_admin.domain.text import MAX_LINE, MAX_TEXT, filled, written_out
from penelope_admin.domain.times import in_words
from penelope_admin.domain.windows import NoticeKind
from penelope_admin.policy import ContactDetails, Policy

# A plan comes as a file from anybody: whatever is read of it has a bound.
MAX_ITEMS = 2000
MAX_MEMBERS = 200
MAX_FACTS = 2000
"""Notices, features, or databases."""
MAX_SENTENCE = 1000
Kind = Literal["project", "feature-plan", "request-draft", "notice", "holiday"]
Side = Literal["here", "plan"]

_Key = Annotated[str, Meta(max_length=80)]
_Line = Annotated[str, Meta(max_length=MAX_LINE)]
_Instant = Annotated[datetime, Meta(tz=True)]
Uid = Annotated[str, Meta(pattern="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]


class _Content(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What somebody plans, without what became of it."""


class Days(_Content, frozen=True, rename={"first_day": "from", "last_day": "to"}):
    """When a feature of a project is needed, and why, where that is not the project's name."""

    first_day: date
    last_day: date
    reason: _Line = ""


class Member(_Content, frozen=True):
    """One of a set of which nothing more is said."""


_Members = Annotated[dict[_Key, Member], Meta(max_length=MAX_MEMBERS)]


class ProjectPlan(_Content, frozen=True, rename={"first_day": "from", "last_day": "to"}):
    """A project; its days are local ones of the agency."""

    name: Annotated[str, Meta(max_length=MAX_NAME)]
    purpose: Annotated[str, Meta(max_length=MAX_PURPOSE)]
    environment: _Key
    first_day: date
    last_day: date
    refresh_by: date | None = None
    recurs: Annotated[str, Meta(pattern=RECURRENCE)] | None = None
    features: Annotated[dict[_Key, Days], Meta(max_length=MAX_MEMBERS)] = {}


class FeaturePlan(_Content, frozen=True):
    """A change of a feature that is planned. Who acknowledged or approved what does not travel."""

    environment: _Key
    feature: _Key
    change: Change
    reason: _Line
    until: date | None = None


class DraftPlan(_Content, frozen=True):
    """A request that has not left, as `RequestInput` has it."""

    kind: RequestKind
    environment: _Key | None = None
    title: _Line = ""
    reason: Annotated[str, Meta(max_length=MAX_TEXT)] = ""
    earliest: date | None = None
    latest: date | None = None
    features: _Members = {}
    change: Change | None = None
    upgrade_day: date | None = None
    version: _Line = ""
    characteristics: _Members = {}
    began_at: _Instant | None = None


class NoticePlan(_Content, frozen=True):
    """A notice of the vendor's; instants in UTC.

    Attributes:
        replaces: the notice in whose place it counts.
        month: the first day of the month whose upgrade it is about; of emergency maintenance there is none.
    """

    kind: NoticeKind
    starts_at: _Instant
    ends_at: _Instant
    version: _Line = ""
    origin: _Line = ""
    downtime: Annotated[int, Meta(ge=1, le=7 * 24 * 60)] | None = None
    replaces: Uid | None = None
    month: date | None = None
    reason: _Line = ""


class HolidayPlan(_Content, frozen=True):
    """A day on which a team of Support is closed."""

    team: _Key
    day: date
    name: _Line = ""


class SiteFact(_Content, frozen=True):
    """A place at which the agency works."""

    name: Annotated[str, Meta(max_length=120)]
    zone: Annotated[str, Meta(max_length=64)]
    around_the_clock: bool = False


class AgencyFacts(_Content, frozen=True, kw_only=True):
    """Who the agency is, where, and which databases it has.

    Attributes:
        store_id: of the database in which it is recorded; what was planned there may have come from another.
        seq, hash: of the newest entry of its log.
    """

    store_id: Uid
    seq: Annotated[int, Meta(ge=0, lt=2**31)] = 0
    hash: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")] | None = None
    name: _Line
    region: Annotated[str, Meta(max_length=8)]
    zone: Annotated[str, Meta(max_length=64)]
    environments: Annotated[tuple[_Key, ...], Meta(max_length=40)]
    as_of: _Instant
    sites: Annotated[tuple[SiteFact, ...], Meta(max_length=MOST_SITES)] = ()
    around_the_clock: bool = False


class NoticeFact(NoticePlan, frozen=True, kw_only=True):
    """A notice of the vendor's that was known then."""

    id: Uid
    as_of: _Instant


class FeatureFact(_Content, frozen=True):
    """What the register says of a feature; what is planned is an item."""

    environment: _Key
    feature: _Key
    state: State
    as_of: _Instant
    since: _Instant | None = None
    until: date | None = None
    reason: _Line = ""
    only_seen: bool = False


class PostureFact(_Content, frozen=True):
    """What is known of a database's contact details.

    Attributes:
        sentence: the state and why.
        queues: why production's queues may wait in it and nobody has seen them empty; empty where that is not so.
        version: of Penelope there, as far as anybody recorded it.
    """

    environment: _Key
    contact_details: ContactDetails
    sentence: Annotated[str, Meta(max_length=MAX_SENTENCE)]
    as_of: _Instant
    queues: Annotated[str, Meta(max_length=MAX_SENTENCE)] = ""
    version: Annotated[str, Meta(max_length=60)] = ""


class Facts(_Content, frozen=True):
    """What was known where a plan was taken along. It is read, never merged, and never travels back."""

    agency: AgencyFacts
    notices: Annotated[tuple[NoticeFact, ...], Meta(max_length=MAX_FACTS)] = ()
    features: Annotated[tuple[FeatureFact, ...], Meta(max_length=MAX_FACTS)] = ()
    postures: Annotated[tuple[PostureFact, ...], Meta(max_length=MAX_FACTS)] = ()


Content: TypeAlias = ProjectPlan | FeaturePlan | DraftPlan | NoticePlan | HolidayPlan
Items: TypeAlias = Mapping[str, Content]
"""By UUID."""
KINDS: dict[Kind, type[Content]] = {
    "project": ProjectPlan,
    "feature-plan": FeaturePlan,
    "request-draft": DraftPlan,
    "notice": NoticePlan,
    "holiday": HolidayPlan,
}
_KIND_OF = {record_type: kind for kind, record_type in KINDS.items()}
_LONGEST_ABOUT = 60
_NOTHING = (None, "")
# Fields whose members have names, so that each can be compared with itself.
_SETS = frozenset({"features", "characteristics"})
WHOLE = ""
"""In a field's place: the whole item."""


class Origin(Struct, frozen=True, kw_only=True):
    """The database that items are from, and the newest entry of its log at that time."""

    store_id: str
    seq: int
    hash: str


class Item(Struct, frozen=True):
    """A row of a plan file.

    Attributes:
        id: the UUID by which it is known on every machine.
        base: what it was when the plan was taken along; None when it is new.
        plan: what it is now; None when it was removed.
    """

    kind: Kind
    id: str
    base: Content | None
    plan: Content | None


class Plan(Struct, frozen=True, kw_only=True):
    """A plan file's content.

    Attributes:
        made_at: in UTC.
        by: the account that made it.
        policy_sha256: of the rules that were in force where it was made.
        facts: what was known there; None from a planning copy, whose facts are another's.
    """

    origin: Origin
    made_at: datetime
    by: str
    policy_sha256: str
    items: tuple[Item, ...]
    facts: Facts | None = None


def from_where_it_is_recorded(plan: Plan, home: str | None) -> Plan:
    """A plan as its agency's own database has it, also where that keeps what it brought from another beside that.

    A planning copy begins from there: what it gives back is compared with what was there then.

    Args:
        home: the UUID of the database that a planning copy is of; a plan from anywhere else stays as it is.
    """
    recorded = plan.facts.agency if plan.facts is not None else None
    if recorded is None or recorded.hash is None or recorded.store_id != home or home == plan.origin.store_id:
        return plan
    origin = Origin(store_id=recorded.store_id, seq=recorded.seq, hash=recorded.hash)
    items = (Item(item.kind, item.id, item.plan, item.plan) for item in plan.items if item.plan is not None)
    return msgspec.structs.replace(plan, origin=origin, items=tuple(items))


class Conflict(Struct, frozen=True):
    """Something that only a person can decide. A value is None where there is none.

    Attributes:
        content: the item, by which it is called.
        field: its name, with the member after a slash for sets: "features/general-ledger"; `WHOLE` for the item.
    """

    item: str
    content: Content
    field: str
    base: object
    here: object
    plan: object


class Merged(Struct, frozen=True):
    """What becomes of an item.

    Attributes:
        here: what it is now; None where it is not here.
        after: what it is to be; None where it is to be removed. What is in conflict stays as it is here.
    """

    id: str
    kind: Kind
    here: Content | None
    after: Content | None
    conflicts: tuple[Conflict, ...] = ()

    @property
    def changes(self) -> bool:
        """Whether anything is to be written."""
        return self.after != self.here

    def title(self, policy: Policy) -> str:
        """What it is called, for people."""
        content = self.after or self.here
        return title_of(content, policy) if content else self.id


def kind_of(content: Content) -> Kind:
    """The kind that a content is of."""
    return _KIND_OF[type(content)]


def own_id(content: Content) -> str | None:
    """The UUID of what there can be only one of, whoever plans it; None for what gets a random one."""
    # Two people who plan the same feature, or the same holiday, mean one thing: by chance it would have two numbers.
    if isinstance(content, FeaturePlan):
        return named_id("feature-plan", content.environment, content.feature)
    if isinstance(content, HolidayPlan):
        return named_id("holiday", content.team, content.day.isoformat())
    return None


def named_id(*parts: str) -> str:
    """A UUID that is the same on every machine."""
    # Nobody has to ask another for it.
    return str(uuid5(NAMESPACE_URL, "penelope-admin:" + "/".join(parts)))


def title_of(content: Content, policy: Policy) -> str:
    """What an item is called, for people."""
    match content:
        case ProjectPlan():
            said = f"Project “{content.name}”"
        case FeaturePlan():
            feature, place = feature_name(policy, content.feature), environment_name(policy, content.environment)
            said = f"Plan to switch {STATE_AFTER[content.change]} {feature} in {place}"
        case DraftPlan():
            about = content.title or content.reason.partition("\n")[0][:_LONGEST_ABOUT]
            said = f"Draft, {KINDS_OF_REQUESTS[content.kind].name.lower()}: {about}"
        case NoticePlan():
            said = f"Notice ({content.kind}), {_in_words(content.starts_at)}"
        case HolidayPlan():
            said = f"Holiday of {content.team}, {in_words(content.day)}"
    return written_out(said)


_FIELD_NAMES = {
    "first_day": "First day",
    "last_day": "Last day",
    "refresh_by": "Refresh needed by",
    "recurs": "Repeats",
    "environment": "Database",
    "until": "Last day",
    "title": "Subject",
    "reason": "Text",
    "earliest": "Not before",
    "latest": "Not after",
    "upgrade_day": "Day of the upgrade",
    "began_at": "Since",
    "starts_at": "Start",
    "ends_at": "End",
}


def field_in_words(policy: Policy, field: str) -> str:
    """A field's name, for people; empty for the whole item."""
    name, slash, member = field.partition("/")
    if not slash:
        return _FIELD_NAMES.get(name, name.capitalize())
    if name == "features" and member in policy.feature:
        return feature_name(policy, member)
    return written_out(f"{name.capitalize()}: {member}")


def value_in_words(policy: Policy, value: object) -> str:
    """A value of a conflict, for people."""
    match value:
        case None:
            said = "not there"
        case Member():
            said = "there"
        case Days():
            why = filled(", for “{}”", value.reason)
            said = written_out(f"{in_words(value.first_day)} to {in_words(value.last_day)}{why}")
        case ProjectPlan() | FeaturePlan() | DraftPlan() | NoticePlan() | HolidayPlan():
            fields = {field_in_words(policy, name): part for name, part in _flat(value).items() if part not in _NOTHING}
            said = "; ".join(f"{name}: {value_in_words(policy, part)}" for name, part in fields.items())
        case datetime():
            said = _in_words(value)
        case date():
            said = in_words(value)
        case _:
            said = written_out(text_in_words(str(value)))
    return said


def _in_words(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


# --- merging -----------------------------------------------------------------------------------


def merge(
    base: Items,
    here: Items,
    plan: Items,
    choices: Mapping[tuple[str, str], Side] | None = None,
    unsure: Collection[str] = (),
) -> list[Merged]:
    """What becomes of each item that a plan speaks of; what it does not speak of stays as it is.

    Args:
        base: what both began from; empty where they have nothing in common.
        here: what is planned here.
        plan: what the plan wants; what is in `base` only was removed there.
        choices: by item and field, whose value is taken where only a person can decide.
        unsure: items that were removed in the plan, and of which nobody knows what both began from.

    Returns:
        One for each item of `base` and `plan`, those that change nothing too.
    """
    decided = choices or {}
    merged = [
        _merge_item(key, base.get(key), here.get(key), plan.get(key), decided) for key in dict.fromkeys((*base, *plan))
    ]
    return merged + [_ask(key, None, here[key], None, decided) for key in unsure if key in here]


def _merge_item(
    key: str, base: Content | None, here: Content | None, plan: Content | None, choices: Mapping[tuple[str, str], Side]
) -> Merged:
    kind = kind_of(next(content for content in (plan, here, base) if content is not None))
    # Three versions are compared: what both began from, what is here, and what the plan wants.
    # Nothing was changed in the plan, or the same was changed on both sides.
    if plan in (base, here):
        return Merged(key, kind, here, here)
    # Only the plan's side changed it; to have removed it is a change as well.
    if here == base:
        return Merged(key, kind, here, plan)
    if here is None or plan is None:  # removed on one side, changed on the other
        return _ask(key, base, here, plan, choices)
    return _merge_fields(key, base, here, plan, choices)


def _merge_fields(
    key: str, base: Content | None, here: Content, plan: Content, choices: Mapping[tuple[str, str], Side]
) -> Merged:
    """What both sides changed, field by field: what only one of them changed is taken over, the rest is asked."""
    kind = kind_of(plan)
    fields: dict[str, object] = {}
    conflicts = []
    # Example: both began from until=1 May; here it became 8 May, in the plan the reason changed. Both are kept.
    was, ours, theirs = (_flat(content) for content in (base, here, plan))
    for field in dict.fromkeys((*was, *ours, *theirs)):
        # None stands for a member that is not there: taken out on one side and changed on the other is asked too.
        before, own, other = was.get(field), ours.get(field), theirs.get(field)
        fields[field] = own
        if other in (before, own):
            continue
        if own == before:
            fields[field] = other
        elif (side := choices.get((key, field))) is None:
            conflicts.append(Conflict(key, here, field, before, own, other))
        elif side == "plan":
            fields[field] = other
    return Merged(key, kind, here, _content(type(here), fields), tuple(conflicts))


def _ask(
    key: str, base: Content | None, here: Content | None, plan: Content | None, choices: Mapping[tuple[str, str], Side]
) -> Merged:
    """What becomes of an item of which only a person can say whether it is to be there."""
    content = next(content for content in (here, plan) if content is not None)
    kind, side = kind_of(content), choices.get((key, WHOLE))
    if side is not None:
        return Merged(key, kind, here, plan if side == "plan" else here)
    return Merged(key, kind, here, here, (Conflict(key, content, WHOLE, base, here, plan),))


def _flat(content: Content | None) -> dict[str, object]:
    """A content's fields, and each member of its sets as one of its own."""
    if content is None:
        return {}
    flat: dict[str, object] = {}
    for name, value in msgspec.structs.asdict(content).items():
        # Member by member, so that two people can each add a feature to one project without asking anybody.
        if name in _SETS:
            flat |= {f"{name}/{member}": said for member, said in value.items()}
        else:
            flat[name] = value
    return flat


def _content(kind: type[Content], fields: Mapping[str, object]) -> Content:
    """The content that has fields as `_flat` gives them; members that are None are none."""
    whole: dict[str, Any] = {}
    for field, value in fields.items():
        # "features/sms" is a member of a set, "until" a field.
        name, slash, member = field.partition("/")
        if not slash:
            whole[name] = value
        elif value is not None:
            whole.setdefault(name, {})[member] = value
    return kind(**whole)


def fields_changed(before: Content, after: Content) -> tuple[str, ...]:
    """The fields in which two versions of an item are not the same."""
    was, now = _flat(before), _flat(after)
    return tuple(field for field in dict.fromkeys((*was, *now)) if was.get(field) != now.get(field))


def everything(merged: Iterable[Merged], side: Side) -> dict[tuple[str, str], Side]:
    """The same choice for every conflict."""
    return {(conflict.item, conflict.field): side for item in merged for conflict in item.conflicts}
