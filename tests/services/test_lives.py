"""Whatever two people record of their copies, and in whatever order: the places that tell of it agree."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from penelope_admin.clock import FixedClock
from penelope_admin.domain.exposure import exposure
from penelope_admin.domain.features import Acknowledgement, Change, State, on_through
from penelope_admin.domain.mirror import EventKind
from penelope_admin.domain.requests import Happened
from penelope_admin.errors import PenelopeAdminError
from penelope_admin.gateways import plans as plan_files
from penelope_admin.services import features, requests
from penelope_admin.services.mirror import checklists, environments, ribbons
from penelope_admin.services.plans import facts, taking
from penelope_admin.services.requests import RequestInput
from penelope_admin.services.work import Context, Work
from tests.effort import examples
from tests.services.house import LOCKED, NOT_LISTED, PROFILE, RE_ENABLEABLE, agency_at_work, open_context

Deed = Callable[[Context], object]
LATE = 20 * 24 * 3600
"""How long after it happened something is recorded, at most, in seconds."""

copies = st.sampled_from(PROFILE.environments)
every_feature = st.sampled_from(RE_ENABLEABLE + NOT_LISTED + LOCKED)
some_features = st.sampled_from(RE_ENABLEABLE * 3 + NOT_LISTED + LOCKED)
kinds = st.sampled_from(["upgraded", "refreshed", "script-run"])


def happened(copy: str, kind: EventKind, ago: timedelta) -> Deed:
    return lambda context: context.write(environments.record_event, copy, kind, context.now() - ago)


def happened_at_once(copy: str, kind: EventKind, nth: int) -> Deed:
    """At the very instant of something else."""

    def happen(context: Context) -> object:
        events = context.read(lambda work: work.events)
        return events and context.write(environments.record_event, copy, kind, events[nth % len(events)].at)

    return happen


def corrected(nth: int) -> Deed:
    def correct(context: Context) -> object:
        events = context.read(lambda work: work.events)
        return events and context.write(environments.correct_event, events[nth % len(events)].id, "Another day")

    return correct


def restored() -> Deed:
    return lambda context: context.write(environments.doubt_all)


def switched(copy: str, feature: str, change: Change, days: int, done: bool) -> Deed:
    def switch(context: Context) -> object:
        return context.write(
            features.switch, feature, change, reason="Pilot", environment=copy, already_done=done,
            until=context.now().date() + timedelta(days=days) if change == "enable" else None,
            acknowledgement=Acknowledgement(phi=True, environment=copy, queue_empty=True),
        )  # fmt: skip

    return switch


def done(copy: str, feature: str) -> Deed:
    return lambda context: context.write(features.confirm_done, feature, copy)


def seen(copy: str, found: dict[str, State]) -> Deed:
    return lambda context: context.write(features.record_seen, copy, found)


def answered(nth: int, line: int, result: str, still_on: set[str]) -> Deed:
    def answer(context: Context) -> object:
        lists = context.read(checklists.find_all)
        if not lists:
            return None
        event, named = lists[nth % len(lists)].event.id, still_on if result == "fail" else ()
        return context.write(checklists.answer, event, line, result, "Looked", None, named)

    return answer


def to_be_refreshed(copy: str, days: int) -> Deed:
    """Support names the day of a refresh; it passes without a word, unless somebody gives one."""

    def schedule(context: Context) -> None:
        number = context.write(requests.draft, RequestInput(environment=copy, reason="Pilot")).value.request.id
        context.write(requests.advance, number, "sent")
        context.write(requests.advance, number, "acknowledged", case_number=str(number))
        day = context.read(lambda work: work.today) + timedelta(days=days)
        context.write(requests.advance, number, "scheduled", scheduled_for=day)

    return schedule


def told_of_refreshes(happened: Happened) -> Deed:
    def tell(context: Context) -> None:
        for request in context.read(lambda work: work.requests):
            with suppress(PenelopeAdminError):
                context.write(requests.advance, request.id, "cancelled", happened=happened, happened_at=context.now())
            if happened != "unknown":
                made = happened == "yes"
                context.write(
                    requests.settle_doubt, request.id, was_made=made, happened_at=context.now() if made else None
                )

    return tell


def seconds(least: int, most: int) -> st.SearchStrategy[timedelta]:
    return st.integers(least, most).map(lambda count: timedelta(seconds=count))


changes = st.sampled_from(["enable", "enable", "disable"])
found = st.dictionaries(every_feature, st.sampled_from(["on", "off", "unknown"]), min_size=1, max_size=3)
results = st.sampled_from(["pass", "fail", "cannot-tell"])
lines = st.integers(1, 15) | st.just(15)  # the last one is about all features
deeds = st.one_of(
    st.builds(happened, copies, kinds, seconds(0, LATE)),
    st.builds(happened_at_once, copies, kinds, st.integers(0, 20)),
    st.builds(corrected, st.integers(0, 20)),
    st.builds(restored),
    st.builds(to_be_refreshed, copies, st.integers(0, 9)),
    st.builds(told_of_refreshes, st.sampled_from(["yes", "no", "unknown"])),
    st.builds(switched, copies, some_features, changes, st.integers(0, 30), st.booleans()),
    st.builds(done, copies, some_features),
    st.builds(seen, copies, found),
    st.builds(answered, st.integers(0, 3), lines, results, st.sets(every_feature, max_size=2)),
)
lives = st.lists(st.tuples(seconds(0, 12 * 24 * 3600) | st.just(timedelta(0)), deeds), max_size=12)


def told_apart(work: Work, copy: str) -> list[tuple[str, object, object]]:
    """What the register, the exposure log and the ribbon say of a copy now, where two of them disagree."""
    ends = work.now + timedelta(seconds=1)
    found = exposure(work.policy, copy, work.history(copy), work.now - timedelta(days=500), ends)
    by_log = {use.feature: use for use in found.uses if use.ends == ends}
    posture, drawn = work.posture(copy), ribbons.read_ribbon(work, copy)
    said: list[tuple[str, object, object]] = [
        ("exposure log", found.details[-1].may_be_real, posture.may_be_real),
        ("ribbon", drawn.role, posture.role),
        ("stretch", drawn.stretches[-1].contacts, posture.contact_details),
        (
            "on",
            {use.feature for use in drawn.uses if use.how == "on"},
            {key for key in by_log if by_log[key].state == "on"},
        ),
    ]
    states = work.states(copy)
    for state in states:
        use = by_log.get(state.feature)
        if use is None and on_through(work.policy, state, states):
            continue  # the part that is on tells it
        said.append((state.feature, state.state, use.state if use else "off"))
    return [(what, one, other) for what, one, other in said if one != other]


def known(work: Work) -> dict[tuple[str, str], State]:
    """What is known of the features of every copy."""
    states = (state for copy in PROFILE.environments for state in work.states(copy))
    return {(state.environment, state.feature): state.state for state in states}


@settings(max_examples=examples(12, long=300), deadline=None)
@given(lives)
def test_register_exposure_log_and_ribbon_never_disagree_and_a_planning_copy_says_the_same(
    life: list[tuple[timedelta, Deed]],
) -> None:
    with agency_at_work() as context:
        now = context
        for nth, (later, deed) in enumerate(life):
            now = replace(now, clock=FixedClock(now.now() + later), actor=("ada", "eve")[nth % 2])
            with suppress(PenelopeAdminError):  # what is refused is as good a step as any
                deed(now)
            for copy in PROFILE.environments:
                assert now.read(told_apart, copy) == []
        plan = plan_files.from_bytes(plan_files.to_bytes(now.read(taking.take_along, "1" * 64)), "a.pa-plan")
        with tempfile.TemporaryDirectory() as folder:
            laptop = open_context(Path(folder), now.policy, now.clock)
            laptop.write(facts.start, plan, "2" * 64)
            assert laptop.read(known) == now.read(known)
            laptop.store.close()
