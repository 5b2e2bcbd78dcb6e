"""The life of a request to Support, and the letter it becomes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTPUTF8
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penelope_admin.domain import requests
from penelope_admin.domain.features import FeatureState, Pending
from penelope_admin.domain.requests import Request, Status, Step
from penelope_admin.domain.text import clean_line, clean_text
from penelope_admin.errors import BadInputError, ConflictError, RefusedError
from penelope_admin.policy import Policy

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
    re_enable=("external-communications.sms", "general-ledger"),
    case_number=None,
    scheduled_for=None,
    created_at=NOW,
)
STATUSES: tuple[Status, ...] = ("drafted", "sent", "acknowledged", "scheduled", "done", "cancelled")
# Where a request may go, as a drawing: a line a state, a cross a step that is possible.
DRAWING = """
              drafted sent acknowledged scheduled done cancelled
drafted          -      x       -           -      -       x
sent             -      -       x           -      -       x
acknowledged     -      -       -           x      x       x
scheduled        -      -       -           x      x       x
done             -      -       -           -      -       -
cancelled        -      -       -           -      -       -
"""


def drawn() -> dict[tuple[str, str], bool]:
    header, *lines = DRAWING.strip().split("\n")
    columns = header.split()
    return {
        (line.split()[0], to): mark == "x" for line in lines for to, mark in zip(columns, line.split()[1:], strict=True)
    }


@pytest.mark.parametrize(("status", "to"), [*product(STATUSES, STATUSES)])
def test_a_request_goes_where_the_table_lets_it(status: Status, to: Status) -> None:
    request = replace(REQUEST, status=status)
    if drawn()[status, to]:
        requests.check_step(request, to, "01234567")
        return
    with pytest.raises(ConflictError) as caught:
        requests.check_step(request, to, "01234567")
    legal = [other for other in STATUSES if drawn()[status, other]]
    ways = ", ".join(legal) if legal else "none: it has ended"
    assert str(caught.value) == (
        f"PA-12 is {status}; it cannot become {to}. Possible next steps: {ways}. Nothing was changed."
    )


def test_the_steps_that_are_offered_are_those_of_the_table() -> None:
    for status in STATUSES:
        assert {(status, to) for to in requests.legal_steps(status)} == {
            pair for pair, legal in drawn().items() if legal and pair[0] == status
        }


def test_a_request_is_open_while_it_can_go_on() -> None:
    assert {"drafted", "sent", "acknowledged", "scheduled"} == requests.OPEN


def test_every_state_has_a_name_and_the_usual_path_is_legal() -> None:
    assert set(requests.STATUS_NAMES) == set(STATUSES)
    for before, after in zip(requests.PATH, requests.PATH[1:], strict=False):
        assert drawn()[before, after]


@pytest.mark.parametrize("case_number", [None, ""])
def test_support_s_answer_needs_its_case_number(case_number: str | None) -> None:
    with pytest.raises(BadInputError, match="has a case number: give it too"):
        requests.check_step(replace(REQUEST, status="sent"), "acknowledged", case_number)


def test_other_steps_need_no_case_number() -> None:
    requests.check_step(REQUEST, "sent")
    requests.check_step(replace(REQUEST, status="acknowledged"), "scheduled")


def test_an_illegal_step_is_refused_before_its_case_number_is_missed() -> None:
    with pytest.raises(ConflictError, match="it cannot become acknowledged"):
        requests.check_step(REQUEST, "acknowledged")


def test_every_environment_but_production_can_be_refreshed(policy: Policy) -> None:
    for key, environment in policy.environment.items():
        if key == "production":
            with pytest.raises(RefusedError, match="Production is where refreshes come from, never their target"):
                requests.check_target(environment)
        else:
            requests.check_target(environment)


@pytest.mark.parametrize(
    ("earliest", "latest"),
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


@pytest.mark.parametrize(
    ("earliest", "latest", "message"),
    [
        (TODAY + DAY, TODAY, "The latest date lies before the earliest"),
        (TODAY - DAY, TODAY - 2 * DAY, "The latest date lies before the earliest"),
        (TODAY - DAY, None, "Sunday 3 May 2026 has passed"),
        (None, TODAY - DAY, "Sunday 3 May 2026 has passed"),
        (TODAY - 2 * DAY, TODAY - DAY, "Sunday 3 May 2026 has passed"),
    ],
)
def test_dates_that_cannot_be_met_are_refused(earliest: date | None, latest: date | None, message: str) -> None:
    with pytest.raises(BadInputError, match=message):
        requests.check_dates(earliest, latest, TODAY)


def test_a_request_s_letter_says_everything_support_needs(policy: Policy) -> None:
    letter = requests.compose(policy, REQUEST, "Prairie House", "support@vendor.example", "admin@prairie.example")
    assert letter.to == "support@vendor.example"
    assert letter.sender == "admin@prairie.example"
    assert letter.subject == "Refresh of the Mirrored database - Prairie House [PA-12]"
    assert letter.body == (
        "Hello,\n\n"
        "please refresh our Mirrored database from production.\n\n"
        "Agency: Prairie House\n"
        "Database to be overwritten: Mirrored\n"
        "When: between Monday 11 May 2026 and Friday 15 May 2026\n"
        "Our reference: PA-12\n\n"
        "Reason:\nTests of the new intake form.\n\n"
        "After the refresh we plan to have these features on again in that database:\n"
        "- External Communications: SMS\n"
        "- General Ledger\n\n"
        "Please tell us\n"
        "- the day and time of the copy before you start, and when it is done;\n"
        "- whether contact details in the copy are de-identified, or stay as in production until the next upgrade;\n"
        "- which features are on in the copy when you hand it over.\n\n"
        "Please do not enable ClientConnect or Engage.\n\n"
        "Thank you,\nPrairie House\n"
    )


def test_a_letter_can_be_pasted_as_a_whole(policy: Policy) -> None:
    letter = requests.compose(policy, REQUEST, "Prairie House", "")
    assert letter.whole_text == f"{letter.subject}\n\n{letter.body}"
    assert (letter.to, letter.sender) == ("", "")


@pytest.mark.parametrize(
    ("earliest", "latest", "words"),
    [
        (date(2026, 5, 11), date(2026, 5, 15), "between Monday 11 May 2026 and Friday 15 May 2026"),
        (date(2026, 5, 11), None, "not before Monday 11 May 2026"),
        (None, date(2026, 5, 15), "not after Friday 15 May 2026"),
        (None, None, "as soon as it suits you"),
    ],
)
def test_a_letter_says_when(policy: Policy, earliest: date | None, latest: date | None, words: str) -> None:
    letter = requests.compose(policy, replace(REQUEST, earliest=earliest, latest=latest), "Prairie House", "")
    assert f"\nWhen: {words}\n" in letter.body


def test_a_letter_without_features_does_not_speak_of_them(policy: Policy) -> None:
    letter = requests.compose(policy, replace(REQUEST, re_enable=()), "Prairie House", "")
    assert "on again" not in letter.body


def cleaned(limit: int) -> st.SearchStrategy[str]:
    """Lines that the program has taken from somebody."""

    def taken(text: str) -> bool:
        try:
            return clean_line(text, "The name", limit=limit) == text
        except BadInputError:
            return False

    printable = st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"])
    return st.text(printable, min_size=1, max_size=limit).map(str.strip).filter(taken)


@given(agency=cleaned(40), reason=st.text(max_size=80), environment=st.sampled_from(["mirrored", "training-a"]))
def test_a_subject_is_one_line_and_a_body_whole_for_any_text(
    policy: Policy, agency: str, reason: str, environment: str
) -> None:
    try:
        reason = clean_text(reason, "The reason")
    except BadInputError:
        reason = "Tests."
    letter = requests.compose(policy, replace(REQUEST, reason=reason, environment=environment), agency, "a@b.example")
    assert letter.subject.splitlines() == [letter.subject]
    assert letter.subject.endswith(f"{agency} [PA-12]")
    assert f"\nReason:\n{reason}\n" in letter.body
    message = EmailMessage(policy=SMTPUTF8)
    message["Subject"], message["To"] = letter.subject, letter.to
    message.set_content(letter.body)
    assert message["Subject"] == letter.subject
    assert message.keys().count("Subject") == 1


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
    assert requests.overwritten_work(policy, states, None, TODAY) == [
        "External Communications: SMS is on until Tuesday 5 May 2026 for “Reminder tests”. "
        "A refresh overwrites the copy and the work done in it.",
        "MS Exchange is planned until Wednesday 6 May 2026 for “Calendar tests”. "
        "A refresh overwrites the copy and the work done in it.",
        "Action Triggers is on without an end date. A refresh overwrites the copy and the work done in it.",
    ]


@pytest.mark.parametrize(("days", "warned"), [(0, True), (1, True), (2, False)])
def test_work_that_ends_before_the_refresh_is_not_overwritten(policy: Policy, days: int, warned: bool) -> None:
    state = FeatureState("mirrored", "ms-exchange", "on", until=TODAY + DAY)
    found = requests.overwritten_work(policy, [state], TODAY + days * DAY, TODAY)
    assert bool(found) is warned
    assert not any("for “" in sentence for sentence in found)


def finished(number: int, *re_enable: str, day: int = 0, environment: str = "mirrored") -> Request:
    """A refresh that was done some days after today."""
    step = Step(NOW + day * DAY, "done", "sam")
    return replace(REQUEST, id=number, status="done", re_enable=re_enable, environment=environment, steps=(step,))


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


@pytest.mark.parametrize("status", ["drafted", "sent", "acknowledged", "scheduled", "cancelled"])
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
