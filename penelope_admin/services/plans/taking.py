"""Taking a plan along: what is planned here, beside what it was where it came from."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from penelope_admin.domain.plans import Content, Item, Origin, Plan, kind_of
from penelope_admin.domain.records import like
from penelope_admin.errors import BadInputError
from penelope_admin.gateways import plans as files
from penelope_admin.invocation import way
from penelope_admin.services.plans import facts, here
from penelope_admin.services.work import Work
from penelope_admin.store import audit
from penelope_admin.store.rows import plans as plan_rows


def take_along(work: Work, policy_sha256: str, projects: Collection[int] = ()) -> Plan:
    """What is planned here, to be merged elsewhere. Nothing is changed.

    What was brought here from another database is told beside what it was there, so that it can go home. What is known
    of the agency goes along too, but from a planning copy.

    Args:
        projects: their numbers; by default everything is taken along.

    Raises:
        BadInputError: it is over.
        RefusedError: this is practice.
    """
    here.refuse_practice(work)
    now = here.find(work)
    kept = plan_rows.read_bases(work.connection)
    newest = max(kept.values(), key=lambda row: row.seq, default=None)
    if newest is None:
        seq, digest = audit.head(work.connection)
        origin = Origin(store_id=plan_rows.store_id(work.connection), seq=seq, hash=digest)
        base: Mapping[str, Content] = now
    else:
        origin = like(Origin, newest)
        base = base_contents(kept)
    chosen = {uid: now[uid] for uid in _chosen(work, now, projects)}
    items = [Item(kind_of(current), uid, base.get(uid), current) for uid, current in chosen.items()]
    if newest is not None and not projects:
        gone = ((uid, was) for uid, was in base.items() if uid not in now)
        items += [Item(kind_of(was), uid, was, None) for uid, was in gone if here.was_removed(work, uid, was)]
    return Plan(
        origin=origin, made_at=work.now, by=work.actor, policy_sha256=policy_sha256,
        items=tuple(sorted(items, key=lambda item: item.id)), facts=facts.gather(work),
    )  # fmt: skip


def base_contents(kept: Mapping[str, plan_rows.BaseRow]) -> dict[str, Content]:
    """What was brought from elsewhere, as it was there."""
    return {uid: files.content_of_text(row.kind, row.content) for uid, row in kept.items()}


def _chosen(work: Work, now: Mapping[str, Content], projects: Collection[int]) -> Collection[str]:
    """The UUIDs of what is to be taken along."""
    if not projects:
        return now
    uids = {number: uid for uid, number in plan_rows.numbers(work.connection, "project").items() if uid in now}
    for number in projects:
        if number not in uids:
            raise BadInputError(
                f"There is no open project {number}. Nothing was written. See: {way('project list', 'Projects')}"
            )
    return list(dict.fromkeys(uids[number] for number in projects))
