"""Bringing a plan home: merged with what is planned here, judged by the rules of every action, and taken back."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import msgspec

from penelope_admin.absent import mapped
from penelope_admin.detect import texts
from penelope_admin.domain import plans as rules
from penelope_admin.domain.features import NOTHING_SAID, Acknowledgement
from penelope_admin.domain.plans import Conflict, Content, Item, Merged, NoticePlan, Origin, Plan, Side
from penelope_admin.domain.text import written_out
from penelope_admin.domain.times import plural
from penelope_admin.errors import BadInputError, ConflictError, RefusedError
from penelope_admin.gateways import plans as files
from penelope_admin.policy import Policy
from penelope_admin.services.plans import applying, asking, facts, here
from penelope_admin.services.plans.applying import Memory, Step
from penelope_admin.services.plans.asking import Acknowledged, Ask
from penelope_admin.services.plans.taking import base_contents
from penelope_admin.services.work import Context, Done, Work
from penelope_admin.store import audit
from penelope_admin.store.rows import plans as plan_rows

Choices = Mapping[tuple[str, str], Side]
Bases = Mapping[str, plan_rows.BaseRow]
_KEPT = re.compile(r" ?Nothing was (?:changed|saved)\.")
"""What errors say of everything; of one item among others it would be wrong."""
_REFUSALS = (BadInputError, ConflictError, RefusedError)


@dataclass(frozen=True, slots=True)
class Refusal:
    """An item that the rules do not let anybody plan, and why."""

    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class Brought:
    """What came, or would come, of a plan.

    Attributes:
        changed: what is added, changed or removed here, in words.
        conflicts: what only a person can decide; it stays as it is here.
        refused: what the rules refuse; the rest does not depend on it.
        asked: what the person who brings it in must acknowledge first; without that it is left out.
        warnings: what in the texts looks like client data.
        no_base: the plan and this database have nothing in common to begin from, so that whatever differs is asked.
        other_rules: other rules were in force where it was made.
        kept: it was written.
        facts_as_of: in a planning copy, since when what is known would be, or is, that of the plan (UTC); None where
            it stays as it is.
        facts_left: what of that could not be taken over, in sentences.
    """

    changed: tuple[str, ...]
    conflicts: tuple[Conflict, ...]
    refused: tuple[Refusal, ...]
    asked: tuple[Ask, ...]
    warnings: tuple[str, ...]
    no_base: bool
    other_rules: bool
    kept: bool
    facts_as_of: datetime | None = None
    facts_left: tuple[str, ...] = ()


class _UndoneError(Exception):
    """Nothing of what was tried is kept."""

    def __init__(self, brought: Brought) -> None:
        super().__init__()
        self.brought = brought


class _TriedError(Exception):
    """An item would do if everything were acknowledged of it; that was only tried."""


def bring_home(
    context: Context,
    plan: Plan,
    file_sha256: str,
    policy_sha256: str,
    choices: Choices | None = None,
    *,
    acknowledged: Acknowledged | None = None,
    for_all: Side | None = None,
    partly: bool = False,
    only_look: bool = False,
) -> Done[Brought]:
    """Merge a plan with what is planned here: all of it in one transaction with one entry in the log, or nothing.

    Nothing is switched, sent, approved or recorded as having happened. Where nothing changes, nothing is written.

    Args:
        file_sha256: of the whole file; it is kept in the log.
        choices: by item and field, for what only a person can decide.
        acknowledged: what the person acknowledges of each item, here and now.
        for_all: the same as `choices`, for everything that those leave open.
        partly: keep the rest where something stays in conflict, is refused, or is not acknowledged.

    Raises:
        RefusedError: this is practice.
    """
    try:
        with context.writing() as work:
            brought = _bring(work, plan, file_sha256, choices or {}, for_all, acknowledged or {})
            brought = replace(brought, other_rules=plan.policy_sha256 != policy_sha256)
            stands = (brought.conflicts or brought.refused or brought.asked) and not partly
            if only_look or stands or not brought.kept:
                raise _UndoneError(replace(brought, kept=False))
            trace = work.trace
        return Done(brought, work.changes, trace)
    except _UndoneError as undone:
        return Done(undone.brought, frozenset())


def _bring(
    work: Work, plan: Plan, file_sha256: str, choices: Choices, for_all: Side | None, acknowledged: Acknowledged
) -> Brought:
    here.refuse_practice(work)
    left_out = facts.follow(work, plan, file_sha256)
    plan = rules.from_where_it_is_recorded(plan, work.agency.facts_from)
    now = here.find(work)
    items, foreign = _told_apart(work, plan, now)
    base, is_base = _base(work, plan.origin, items)
    merged = _merge(base, now, items, choices, for_all)
    done, refused, asked = _apply_all(work, merged, acknowledged)
    asked += _asked_in_conflict(work, _merge(base, now, items, choices, "plan"), merged)
    written = {step.uid for step, _ in done}
    # What was refused would change something and was not written: it is left to be done.
    settled = {item.id for item in merged if not item.conflicts and (item.id in written or not item.changes)}
    is_changed = _record(work, plan, file_sha256, done, *_keep_bases(work, plan, items, settled))
    return Brought(
        changed=tuple(_in_words(work.policy, step) for step, _ in done),
        conflicts=tuple(conflict for item in merged for conflict in item.conflicts),
        refused=(*foreign, *refused),
        asked=tuple(asked),
        warnings=_warnings(work, merged, written),
        no_base=not is_base,
        other_rules=False,
        kept=is_changed or left_out is not None,
        facts_as_of=work.agency.facts_as_of if left_out is not None else None,
        facts_left=left_out or (),
    )


def _told_apart(work: Work, plan: Plan, now: Mapping[str, Content]) -> tuple[list[Item], list[Refusal]]:
    """A plan's items, without those whose numbers are of something else here: these are refused."""
    others = {item.id for item in plan.items if item.id in now and rules.kind_of(now[item.id]) != item.kind}
    foreign = [
        Refusal(rules.title_of(now[uid], work.policy), "The plan has something else under its number.")
        for uid in others
    ]
    return [item for item in plan.items if item.id not in others], foreign


def _merge(
    base: Mapping[str, Content],
    now: Mapping[str, Content],
    items: Sequence[Item],
    choices: Choices,
    for_all: Side | None,
) -> list[Merged]:
    """What becomes of each item, with the choices that were made; `for_all` decides what they leave open."""
    planned = {item.id: item.plan for item in items if item.plan is not None}
    unsure = [item.id for item in items if item.plan is None and item.id not in base]
    merged = rules.merge(base, now, planned, choices, unsure)
    if for_all is None:
        return merged
    return rules.merge(base, now, planned, {**rules.everything(merged, for_all), **choices}, unsure)


def _apply_all(
    work: Work, merged: Sequence[Merged], acknowledged: Acknowledged
) -> tuple[list[tuple[Step, str]], list[Refusal], list[Ask]]:
    """Do what becomes of all items, what is removed first; what the rules refuse is left out, and named."""
    kinds, replaced = list(rules.KINDS), _replaced(merged)

    def turn(item: Merged) -> tuple[bool, int, int]:
        """What is removed first; of notices each behind what it replaces, or, to be removed, before it."""
        behind = _behind(item.id, replaced)
        return item.after is not None, kinds.index(item.kind), behind if item.after is not None else -behind

    done: list[tuple[Step, str]] = []
    left: list[Ask | Refusal] = []
    with work.as_one():
        for item in sorted(merged, key=turn):
            if not item.changes:
                continue
            try:
                done.append(_apply(work, item, acknowledged.get(item.id, NOTHING_SAID)))
            except _REFUSALS as error:
                left.append(_why_not(work, item, error))
    return done, [item for item in left if isinstance(item, Refusal)], [item for item in left if isinstance(item, Ask)]


def _replaced(merged: Iterable[Merged]) -> dict[str, str]:
    """Which notice each of some notices replaces, by UUID."""
    contents = {item.id: item.after or item.here for item in merged}
    return {
        uid: notice.replaces
        for uid, notice in contents.items()
        if isinstance(notice, NoticePlan) and notice.replaces is not None
    }


def _behind(uid: str, replaced: Mapping[str, str]) -> int:
    """Behind how many others a notice stands; in a file that somebody changed they may go round in a circle."""
    seen = {uid}
    while (earlier := replaced.get(uid)) is not None and earlier not in seen:
        seen.add(earlier)
        uid = earlier
    return len(seen)


def _why_not(work: Work, item: Merged, error: Exception) -> Ask | Refusal:
    """What is to be acknowledged of an item that was refused, if that is all; or why it is refused in any case."""
    try:
        if isinstance(error, RefusedError) and (ask := _ask(work, item)) is not None:
            return ask
    except _REFUSALS as in_any_case:
        error = in_any_case
    return Refusal(item.title(work.policy), written_out(_KEPT.sub("", str(error)).strip()))


def _ask(work: Work, item: Merged) -> Ask | None:
    """What is to be acknowledged of an item before it is planned here; None where nothing is.

    Raises:
        BadInputError, ConflictError, RefusedError: it would not do, whatever is acknowledged.
    """
    ask = asking.find(work, item)
    if ask is not None:
        try:
            with work.attempt():
                _apply(work, item, ask.everything())
                raise _TriedError
        except _TriedError:
            return ask
    return None


def _asked_in_conflict(work: Work, theirs: Sequence[Merged], merged: Sequence[Merged]) -> list[Ask]:
    """What is to be acknowledged of items in conflict if the plan's side is chosen: asked together with the choice."""
    in_conflict = {item.id for item in merged if item.conflicts}
    asked = []
    for item in theirs:
        if item.id in in_conflict and item.changes:
            with contextlib.suppress(*_REFUSALS), work.as_one():
                if (ask := _ask(work, item)) is not None:
                    asked.append(ask)
    return asked


def _base(work: Work, origin: Origin, items: Sequence[Item]) -> tuple[dict[str, Content], bool]:
    """What this database and a plan began from, and whether they have anything in common."""
    by_plan = {item.id: item.base for item in items if item.base is not None}
    if origin.store_id == plan_rows.store_id(work.connection):
        is_known = audit.has_entry(work.connection, origin.seq, origin.hash)
        return (by_plan if is_known else {}), is_known
    kept = {uid: row for uid, row in plan_rows.read_bases(work.connection).items() if row.store_id == origin.store_id}
    return _older_of_both(by_plan, kept, {item.id for item in items}, origin.seq), bool(kept)


def _older_of_both(by_plan: Mapping[str, Content], kept: Bases, named: Collection[str], seq: int) -> dict[str, Content]:
    """Of what a plan says of its origin, and what was kept of there before: the older is what both come from.

    Args:
        seq: how far the origin's log had come when the plan was made.
    """
    before = {uid: row for uid, row in kept.items() if row.seq < seq and uid in named}
    since = {uid: by_plan[uid] for uid, row in kept.items() if row.seq >= seq and uid in by_plan}
    return {**since, **base_contents(before)}


def _apply(work: Work, item: Merged, acknowledgement: Acknowledgement) -> tuple[Step, str]:
    """Do what becomes of an item; gives back how it is taken back, and what the log calls it."""
    step = Step(item.kind, item.id, item.here, item.after, acknowledgement=acknowledgement)
    memory = applying.remember(work, step)
    with work.attempt():
        subject = applying.apply(work, step)
    return Step(item.kind, item.id, item.after, item.here, memory, acknowledgement), subject


def _warnings(work: Work, merged: Iterable[Merged], written: Collection[str]) -> tuple[str, ...]:
    """What in the texts that a plan brings looks like client data, without repeating it."""
    warnings: list[str] = []
    for item in merged:
        if item.after is None or item.id not in written:
            continue
        for text in msgspec.structs.asdict(item.after).values():
            if type(text) is str:
                said = texts.in_words(text, work.find_hits(text))
                warnings += [f"{item.title(work.policy)}: {words}" for words in said]
    return tuple(warnings)


def _in_words(policy: Policy, back: Step) -> str:
    """What was done to an item, told by the step that takes it back."""
    content = back.before or back.after
    title = rules.title_of(content, policy) if content is not None else back.uid
    if back.after is None:
        return f"{title}: added"
    if back.before is None:
        return f"{title}: removed"
    fields = (rules.field_in_words(policy, field) for field in rules.fields_changed(back.after, back.before))
    return f"{title}: changed ({', '.join(fields)})"


def _keep_bases(
    work: Work, plan: Plan, items: Sequence[Item], settled: Collection[str]
) -> tuple[dict[str, plan_rows.BaseRow], dict[str, plan_rows.BaseRow]]:
    """Keep what a plan from elsewhere says of there, so that it can go home; what was kept before, and now.

    What stays in conflict, or was refused, keeps the base it had: it would look as if it had been removed here.
    """
    before = plan_rows.read_bases(work.connection)
    origin = plan.origin
    if origin.store_id == plan_rows.store_id(work.connection):
        return before, before
    after = {uid: row for uid, row in before.items() if row.store_id == origin.store_id}
    for item in items:
        row = after.get(item.id)
        if item.id in settled and item.base is not None and (row is None or row.seq < origin.seq):
            text = files.content_to_text(item.base)
            after[item.id] = plan_rows.BaseRow(item.id, item.kind, origin.store_id, origin.seq, origin.hash, text)
    _write_bases(work, before, after)
    return before, after


def _write_bases(work: Work, before: Bases, after: Bases) -> None:
    changed = {row.uid: row for row in _only_in(after, before)}
    plan_rows.write_bases(work.connection, changed, before.keys() - after.keys())


class _Taken(msgspec.Struct, frozen=True):
    """An item as it is taken back: from what it became to what it was, as JSON.

    Attributes:
        version: of its row, as it became.
    """

    kind: rules.Kind
    uid: str
    version: int
    became: str | None
    was: str | None
    memory: Memory | None


class _Kept(msgspec.Struct, frozen=True):
    """All that takes a plan back: its items, and what was kept of elsewhere before and afterwards."""

    items: list[_Taken]
    bases_before: list[plan_rows.BaseRow]
    bases_after: list[plan_rows.BaseRow]


def _record(
    work: Work, plan: Plan, file_sha256: str, done: Sequence[tuple[Step, str]], before: Bases, after: Bases
) -> bool:
    """One entry for all of a plan, and what takes it back; whether there was anything to record."""
    if not done and before == after:
        return False
    items = [
        _Taken(step.kind, step.uid, applying.version_of(work, step), _text(step.before), _text(step.after), step.memory)
        for step, _ in done
    ]
    content = msgspec.json.encode(_Kept(items, _only_in(before, after), _only_in(after, before))).decode()
    plan_rows.insert_import(work.connection, file_sha256, work.now, work.actor, content)
    facts = {
        "file_sha256": file_sha256,
        "made_by": plan.by,
        "made_at": plan.made_at,
        "items": [name for _, name in done],
        "acknowledged": [name for step, name in done if step.acknowledgement.phi],
    }
    work.record("plan.brought-home", plural(len(done), "item"), after=facts)
    return True


def _only_in(bases: Bases, others: Bases) -> list[plan_rows.BaseRow]:
    """The bases that are not the same among others, by UUID."""
    return [row for uid, row in sorted(bases.items()) if others.get(uid) != row]


def _text(content: Content | None) -> str | None:
    return files.content_to_text(content) if content is not None else None


# --- taking back -------------------------------------------------------------------------------


def take_back(work: Work) -> int:
    """Take back the plan that was brought in last: each item becomes what it was. Gives back how many those are.

    Raises:
        BadInputError: no plan was brought in, or the last one was taken back already.
        ConflictError: an item was changed since.
        RefusedError: the rules do not let anybody put an item back as it was.
    """
    row = plan_rows.newest_import(work.connection)
    if row is None or row.taken_back_at is not None:
        raise BadInputError("There is no plan that was brought home and could be taken back. Nothing was changed.")
    kept = msgspec.json.decode(row.content, type=_Kept)
    steps = [(_step(taken), taken.version) for taken in reversed(kept.items)]
    _check_unchanged(work, steps)
    bases = plan_rows.read_bases(work.connection)
    with work.as_one():
        names = [applying.apply(work, step) for step, _ in steps]
    ours = {item.uid: item for item in kept.bases_after}
    left = {uid: item for uid, item in bases.items() if uid not in ours}
    _write_bases(work, bases, {**left, **{item.uid: item for item in kept.bases_before}})
    plan_rows.take_back_import(work.connection, row.id, work.now)
    work.record("plan.taken-back", plural(len(names), "item"), after={"file_sha256": row.file_sha256, "items": names})
    return len(names)


def _check_unchanged(work: Work, steps: Iterable[tuple[Step, int]]) -> None:
    """Refuse to take back over what somebody did since; each step comes with its row's version."""
    now = here.find(work, also_past=True)
    for step, version in steps:
        content = step.before or step.after
        if content is not None and (now.get(step.uid) != step.before or applying.version_of(work, step) != version):
            raise ConflictError(f"{rules.title_of(content, work.policy)} was changed since. Nothing was taken back.")


def _step(taken: _Taken) -> Step:
    read = partial(files.content_of_text, taken.kind)
    return Step(taken.kind, taken.uid, mapped(taken.became, read), mapped(taken.was, read), taken.memory)
