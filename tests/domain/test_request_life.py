"""The life of a request to Support: the steps it may take, its dates, and what a finished refresh leaves to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penelope_admin.domain import requests
from penelope_admin.domain.features import FeatureState, Pending
from penelope_admin.domain.requests import Request, RequestKind, Status, Step
from penelope_admin.errors import BadInputError, ConflictError, RefusedError
from penelope_admin.policy import Policy
from tests.each import each
from tests.wishes import KINDS, WISHES, request_of

TODAY = date(2026, 5, 4)
DAY = timedelta(days=1)
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
REQUEST = Request(
    id=12,
    kind="refresh",
    environment="mirrored",
    status="drafted",
    reason="Tests of the new intake form.",
    earliest=date(2026, 5, 11),
    latest=date(2026, 5, 15),
    features=("external-communications.sms", "general-ledger"),
    case_number=None,
    scheduled_for=None,
    created_at=NOW,
)
STATUSES: tuple[Status, ...] = (
    "drafted", "queued", "sent", "acknowledged", "answered", "scheduled", "done", "cancelled",
)  # fmt: skip
# Where a request may go, as drawings: a line a state, a cross a step that a person may record, an o one that
# only sending and taking back take.
CARRIED_OUT = """
              drafted queued sent acknowledged answered scheduled done cancelled
drafted          -      o     x        -           -        -       -      x
queued           o      -     x        -           -        -       -      x
sent             x      -     -        x           -        -       -      x
acknowledged     -      -     -        -           -        x       x      x
answered         -      -     -        -           -        -       -      -
scheduled        -      -     -        -           -        x       x      x
done             -      -     -        -           -        -       -      -
cancelled        -      -     -        -           -        -       -      -
"""
ANSWERED = """
              drafted queued sent acknowledged answered scheduled done cancelled
drafted          -      o     x        -           -        -       -      x
queued           o      -     x        -           -        -       -      x
sent             x      -     -        x           -        -       -      x
acknowledged     -      -     -        -           x        -       x      x
answered         -      -     -        -           -        -       x      x
scheduled        -      -     -        -           -        -       -      -
done             -      -     -        -           -        -       -      -
cancelled        -      -     -        -           -        -       -      -
"""
CRITICAL = """
              drafted queued sent acknowledged answered scheduled done cancelled
drafted          -      o     x        -           -        -       -      x
queued           o      -     x        -           -        -       -      x
sent             x      -     -        x           x        -       -      x
acknowledged     -      -     -        -           x        -       x      x
answered         -      -     -        -           -        -       x      x
scheduled        -      -     -        -           -        -       -      -
done             -      -     -        -           -        -       -      -
cancelled        -      -     -        -           -        -       -      -
"""
DRAWINGS: dict[RequestKind, str] = {
    "refresh": CARRIED_OUT,
    "feature-change": CARRIED_OUT,
    "scheduled-call": CARRIED_OUT,
    "script": CARRIED_OUT,
    "missing-notice": ANSWERED,
    "question": ANSWERED,
    "defect": ANSWERED,
    "critical": CRITICAL,
}


def drawn(kind: RequestKind) -> dict[tuple[Status, Status], str]:
    """The mark of every step from a state to another."""
    header, *lines = DRAWINGS[kind].strip().split("\n")
    rows = [line.split() for line in lines]
    columns = header.split()
    return {(row[0], to): mark for row in rows for to, mark in zip(columns, row[1:], strict=True)}  # type: ignore[misc]


MARKS = {kind: drawn(kind) for kind in KINDS}


def reachable(kind: RequestKind) -> list[Status]:
    """The states a request of a kind can come to."""
    found: list[Status] = ["drafted"]
    for status in found:
        found += [to for to in STATUSES if MARKS[kind][status, to] != "-" and to not in found]
    return found


def made(kind: RequestKind, status: Status) -> Request:
    return request_of(WISHES[kind], status=status)


def refusal(kind: RequestKind, status: Status, to: Status, legal: str) -> str:
    ways = ", ".join(other for other in STATUSES if MARKS[kind][status, other] in legal) or "none: it has ended"
    hint = " It is in the outbox: cancel sending to change it." if status == "queued" else ""
    return f"PA-12 is {status}; it cannot become {to}. Possible next steps: {ways}.{hint} Nothing was changed."


def ways_sorted(message: str) -> str:
    """A refusal with the possible steps in the order of the states."""
    before, _, rest = message.partition("steps: ")
    ways, _, after = rest.partition(".")
    if ways.startswith("none"):
        return message
    named = sorted(ways.split(", "), key=[*STATUSES].index)
    return f"{before}steps: {', '.join(named)}.{after}"


def test_every_state_and_kind_is_drawn() -> None:
    assert set(requests.KINDS) == set(DRAWINGS)
    assert set(requests.STATUS_NAMES) == set(STATUSES)
    for kind, facts in requests.KINDS.items():
        assert set(facts.transitions) == set(reachable(kind))


@each("kind", KINDS)
@each("by_outbox, legal", [(False, "x"), (True, "xo")])
def test_a_request_goes_where_the_drawing_lets_a_person_or_the_outbox(
    kind: RequestKind, by_outbox: bool, legal: str
) -> None:
    for status, to in product(reachable(kind), STATUSES):
        if MARKS[kind][status, to] in legal:
            requests.check_step(made(kind, status), to, "01234567", by_outbox=by_outbox)
            continue
        with pytest.raises(ConflictError) as caught:
            requests.check_step(made(kind, status), to, "01234567", by_outbox=by_outbox)
        assert ways_sorted(str(caught.value)) == refusal(kind, status, to, legal)


@each("kind", KINDS)
def test_the_steps_that_are_offered_are_those_a_person_may_take(kind: RequestKind) -> None:
    for status in reachable(kind):
        offered = requests.legal_steps(made(kind, status))
        assert len(offered) == len(set(offered))
        assert set(offered) == {to for to in STATUSES if MARKS[kind][status, to] == "x"}


@given(st.sampled_from(KINDS), st.lists(st.tuples(st.sampled_from(STATUSES), st.booleans()), max_size=40))
def test_any_walk_stops_only_where_the_drawing_does(kind: RequestKind, walk: list[tuple[Status, bool]]) -> None:
    request = made(kind, "drafted")
    for to, by_outbox in walk:
        legal = MARKS[kind][request.status, to] in ("xo" if by_outbox else "x")
        try:
            requests.check_step(request, to, "01234567", by_outbox=by_outbox)
        except ConflictError:
            assert not legal
        else:
            assert legal
            request = replace(request, status=to)
    assert (request.status in requests.OPEN) == any(MARKS[kind][request.status, to] != "-" for to in STATUSES)


def test_a_request_is_open_while_it_can_go_on() -> None:
    assert set(STATUSES) - {"done", "cancelled"} == requests.OPEN


@each("kind", KINDS)
def test_the_path_that_is_drawn_is_legal_and_goes_from_draft_to_done(kind: RequestKind) -> None:
    path = requests.KINDS[kind].path
    assert (path[0], path[-1]) == ("drafted", "done")
    for before, after in pairwise(path):
        assert MARKS[kind][before, after] == "x"


@each("kind", KINDS)
@each("case_number", [None, ""])
def test_support_s_answer_needs_its_case_number(kind: RequestKind, case_number: str | None) -> None:
    with pytest.raises(BadInputError, match="Enter the case number from Support's answer"):
        requests.check_step(made(kind, "sent"), "acknowledged", case_number)


def test_other_steps_need_no_case_number() -> None:
    requests.check_step(REQUEST, "sent")
    requests.check_step(replace(REQUEST, status="acknowledged"), "scheduled")
    requests.check_step(made("critical", "sent"), "answered")


def test_an_illegal_step_is_refused_before_its_case_number_is_missed() -> None:
    with pytest.raises(ConflictError, match="it cannot become acknowledged"):
        requests.check_step(REQUEST, "acknowledged")


@each("kind", KINDS)
def test_a_defect_belongs_to_a_case(kind: RequestKind) -> None:
    requests.check_case(request_of(WISHES[kind], status="acknowledged", case_number="00123456"))
    with pytest.raises(ConflictError, match="PA-12 has no case number yet"):
        requests.check_case(made(kind, "sent"))


def test_every_environment_but_production_can_be_refreshed(policy: Policy) -> None:
    for key, environment in policy.environment.items():
        if key == "production":
            with pytest.raises(RefusedError, match="Production is where refreshes come from, never their target"):
                requests.check_target(environment)
        else:
            requests.check_target(environment)


@each(
    "earliest, latest",
    [
        (None, None),
        (TODAY, None),
        (None, TODAY),
        (TODAY, TODAY),
        (TODAY - DAY, TODAY),
        (TODAY, TODAY + DAY),
    ],
)
def test_dates_that_can_be_met_are_taken(earliest: date | None, latest: date | None) -> None:
    requests.check_dates(earliest, latest, TODAY)


@each(
    "earliest, latest, message",
    [
        (TODAY + DAY, TODAY, "The latest date is before the earliest"),
        (TODAY - DAY, TODAY - 2 * DAY, "The latest date is before the earliest"),
        (TODAY - DAY, None, "Sunday 3 May 2026 has passed"),
        (None, TODAY - DAY, "Sunday 3 May 2026 has passed"),
        (TODAY - 2 * DAY, TODAY - DAY, "Sunday 3 May 2026 has passed"),
    ],
)
def test_dates_that_cannot_be_met_are_refused(earliest: date | None, latest: date | None, message: str) -> None:
    with pytest.raises(BadInputError, match=message):
        requests.check_dates(earliest, latest, TODAY)


def test_work_whose_end_is_still_to_come_would_be_overwritten(policy: Policy) -> None:
    states = [
        FeatureState("mirrored", "external-communications.sms", "on", until=TODAY + DAY, reason="Reminder tests"),
        FeatureState(
            "mirrored", "ms-exchange", "off", Pending("enable", "Calendar tests", TODAY + 2 * DAY, True), until=None
        ),
        FeatureState("mirrored", "action-triggers", "on"),
        FeatureState("mirrored", "general-ledger", "on", until=TODAY - DAY, reason="Old"),
        FeatureState("mirrored", "dss", "off"),
    ]
    assert list(requests.overwritten_work(policy, states, TODAY)) == [
        "External Communications: SMS is on until Tuesday 5 May 2026 for “Reminder tests”. "
        "A refresh overwrites the copy and the work done in it.",
        "MS Exchange is planned until Wednesday 6 May 2026 for “Calendar tests”. "
        "A refresh overwrites the copy and the work done in it.",
        "Action Triggers is on without an end date. A refresh overwrites the copy and the work done in it.",
    ]


@each("days, warned", [(0, True), (1, True), (2, False)])
def test_work_that_ends_before_the_refresh_is_not_overwritten(policy: Policy, days: int, warned: bool) -> None:
    state = FeatureState("mirrored", "ms-exchange", "on", until=TODAY + DAY)
    found = list(requests.overwritten_work(policy, [state], TODAY + days * DAY))
    assert bool(found) is warned
    assert not any("for “" in sentence for sentence in found)


def finished(number: int, *re_enable: str, day: int = 0, environment: str = "mirrored") -> Request:
    """A refresh that was done some days after today."""
    step = Step(NOW + day * DAY, "done", "sam")
    return replace(REQUEST, id=number, status="done", features=re_enable, environment=environment, steps=(step,))


def test_what_a_finished_refresh_promised_is_wanted_back() -> None:
    request = finished(1, "ms-exchange", "general-ledger")
    assert requests.wanted_back([request], []) == [(request, ("ms-exchange", "general-ledger"))]


def test_what_is_on_or_planned_is_no_longer_wanted() -> None:
    request = finished(1, "ms-exchange", "general-ledger", "action-triggers")
    states = [
        FeatureState("mirrored", "ms-exchange", "on"),
        FeatureState("mirrored", "general-ledger", "unknown", Pending("enable", "x", None, True)),
        FeatureState("mirrored", "action-triggers", "off"),
        FeatureState("preview", "action-triggers", "on"),
    ]
    assert requests.wanted_back([request], states) == [(request, ("action-triggers",))]


def test_nothing_is_wanted_when_everything_is_back() -> None:
    assert requests.wanted_back([finished(1, "dss")], [FeatureState("mirrored", "dss", "on")]) == []
    assert requests.wanted_back([finished(1)], []) == []


@each("status", [status for status in STATUSES if status != "done"])
def test_a_refresh_that_is_not_done_wants_nothing_back(status: Status) -> None:
    assert requests.wanted_back([replace(REQUEST, status=status)], []) == []


def test_only_the_latest_finished_refresh_counts() -> None:
    older, newer = finished(1, "ms-exchange", day=1), finished(2, "general-ledger", day=2)
    assert requests.wanted_back([newer, older], []) == [(newer, ("general-ledger",))]


def test_the_latest_refresh_is_the_one_done_last_not_the_one_asked_for_last() -> None:
    asked_first, asked_last = finished(1, "ms-exchange", day=9), finished(2, "general-ledger", day=2)
    assert requests.wanted_back([asked_first, asked_last], []) == [(asked_first, ("ms-exchange",))]


def test_each_environment_has_a_latest_refresh_of_its_own() -> None:
    here, there = finished(1, "ms-exchange"), finished(2, "ms-exchange", environment="preview")
    assert requests.wanted_back([here, there], [FeatureState("preview", "ms-exchange", "on")]) == [
        (here, ("ms-exchange",))
    ]


def test_the_date_of_a_step_taken_twice_is_the_later_one() -> None:
    steps = (Step(NOW, "scheduled", "sam"), Step(NOW + DAY, "scheduled", "sam"), Step(NOW - DAY, "sent", "sam"))
    request = replace(REQUEST, steps=steps)
    assert request.date_of("scheduled") == NOW + DAY
    assert request.date_of("sent") == NOW - DAY
    assert request.date_of("done") is None


@each("kind", [kind for kind in KINDS if kind != "refresh"])
def test_only_refreshes_want_features_back(kind: RequestKind) -> None:
    request = request_of(WISHES[kind], status="done", features=("general-ledger",), steps=(Step(NOW, "done", "sam"),))
    assert request.wanted_back == ()
    assert requests.wanted_back([request], []) == []


def test_a_later_feature_change_does_not_hide_what_a_refresh_promised() -> None:
    refresh = finished(1, "ms-exchange", day=1)
    change = request_of(WISHES["feature-change"], id=2, status="done", steps=(Step(NOW + 2 * DAY, "done", "sam"),))
    assert requests.wanted_back([refresh, change], []) == [(refresh, ("ms-exchange",))]


@each(
    "kind, words",
    [
        ("refresh", "refresh of Mirrored"),
        ("feature-change", "switch on ORS/SRS, DSS in Mirrored"),
        ("missing-notice", "no notice for the upgrade of Saturday 14 November 2026"),
        ("question", "question: How are waiting lists counted?"),
        ("defect", "defect: Calendar skips the first of the month"),
        ("scheduled-call", "scheduled call: Planning of the new intake form"),
        ("script", "script for Mirrored: Shift the pilot's appointments"),
        ("critical", "critical incident: Nobody can sign in"),
    ],
)
def test_a_request_is_summed_up_in_a_few_words(policy: Policy, kind: RequestKind, words: str) -> None:
    assert requests.summary(policy, request_of(WISHES[kind], features=WISHES[kind].features[::-1])) == words


def test_a_request_about_what_the_policy_no_longer_knows_is_still_summed_up(policy: Policy) -> None:
    gone = request_of(WISHES["feature-change"], environment="sandbox", features=("fax", "dss"), change="disable")
    assert requests.summary(policy, gone) == "switch off fax, DSS in sandbox"
    assert requests.summary(policy, request_of(WISHES["refresh"], environment="sandbox")) == "refresh of sandbox"
