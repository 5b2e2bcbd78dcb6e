"""What is noted about a request: dated remarks, and the defect that came of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from penelope_admin.clock import FixedClock
from penelope_admin.domain.requests import RequestKind, Status
from penelope_admin.domain.text import clean_text
from penelope_admin.errors import BadInputError, ConflictError
from penelope_admin.services import requests, shapes
from penelope_admin.services.work import Context
from tests.each import each
from tests.effort import examples
from tests.services.conftest import Open
from tests.services.house import NOW, drafted, nothing_saved, one_entry
from tests.wishes import KINDS

once = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(12, long=300))


def a_case(context: Context, kind: RequestKind = "defect") -> int:
    """A request with a case number."""
    key = drafted(context, kind)
    context.write(requests.advance, key, "sent")
    context.write(requests.advance, key, "acknowledged", case_number="00123456")
    return key


# --- remarks -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_remark_is_kept_with_the_date_and_the_name(context: Context, clock: FixedClock, kind: RequestKind) -> None:
    key = drafted(context, kind)
    clock.instant = NOW + timedelta(minutes=7)
    with one_entry(context, "request.remarked", "PA-1") as facts:
        done = context.write(requests.remark, key, " They asked for a list.\r\nSent it. ")
    assert done.changes == {"requests"}
    assert facts == [None, {"text_given": ["remark"]}]
    (note,) = context.read(requests.find, key).request.remarks
    assert note == done.value
    assert (note.at, note.by, note.text) == (clock.now(), "ada", "They asked for a list.\nSent it.")


def test_there_may_be_any_number_of_remarks_in_the_order_they_came(
    context: Context, clock: FixedClock, opened: Open
) -> None:
    key, other = drafted(context, "defect"), drafted(context, "defect")
    for number in range(12):
        clock.instant = NOW + timedelta(minutes=number)
        (opened("bob") if number % 2 else context).write(requests.remark, key, f"Number {number}")
    found = context.read(requests.find, key).request
    assert [note.text for note in found.remarks] == [f"Number {number}" for number in range(12)]
    assert {note.by for note in found.remarks} == {"ada", "bob"}
    assert context.read(requests.find, other).request.remarks == ()
    assert found.version == 1


@pytest.mark.parametrize("end", ["done", "cancelled"])
def test_a_request_that_has_ended_can_still_be_remarked_on(context: Context, end: Status) -> None:
    key = a_case(context)
    context.write(requests.advance, key, end)
    context.write(requests.remark, key, "It came back in January.")
    found = context.read(requests.find, key).request
    assert (found.status, [note.text for note in found.remarks]) == (end, ["It came back in January."])


@each("text", ["", " \n ", "x" * 4001, "bell \a", "\u202eturned"])
def test_what_is_no_remark_is_refused(context: Context, text: str) -> None:
    key = drafted(context, "defect")
    with nothing_saved(context), pytest.raises(BadInputError, match="The note"):
        context.write(requests.remark, key, text)


def test_a_request_that_is_not_there_has_no_remarks(context: Context) -> None:
    with nothing_saved(context), pytest.raises(BadInputError, match="There is no request 7"):
        context.write(requests.remark, 7, "x")


@once
@given(text=st.text(st.characters(), max_size=80))
def test_any_remark_is_refused_or_found_again(context: Context, text: str) -> None:
    key = drafted(context, "defect")
    try:
        context.write(requests.remark, key, text)
    except BadInputError:
        assert context.read(requests.find, key).request.remarks == ()
    else:
        assert context.read(requests.find, key).request.remarks[0].text == clean_text(text, "The remark")


def test_a_remark_with_a_step_belongs_to_the_step(context: Context) -> None:
    key = drafted(context, "defect")
    context.write(requests.advance, key, "sent", remark="By the portal")
    found = context.read(requests.find, key).request
    assert found.remarks == ()
    assert found.steps[-1].remark == "By the portal"


# --- defects -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_defect_is_kept_with_its_severity(context: Context, kind: RequestKind) -> None:
    key = a_case(context, kind)
    with one_entry(context, "request.defect", "PA-1") as facts:
        done = context.write(requests.record_defect, key, " PEN-4711 ", " s2 ")
    assert done.changes == {"requests"}
    assert facts == [{"number": None, "severity": None}, {"number": "PEN-4711", "severity": "S2"}]
    found = context.read(requests.find, key)
    assert found.request == done.value
    assert shapes.request(found)["defect"] == {"number": "PEN-4711", "severity": "S2"}


def test_a_new_severity_replaces_the_old_one(context: Context) -> None:
    key = a_case(context)
    context.write(requests.record_defect, key, "PEN-4711", "S3")
    with one_entry(context, "request.defect", "PA-1") as facts:
        context.write(requests.record_defect, key, "PEN-4712", "S1")
    assert facts == [{"number": "PEN-4711", "severity": "S3"}, {"number": "PEN-4712", "severity": "S1"}]
    found = context.read(requests.find, key).request
    assert (found.defect_number, found.defect_severity) == ("PEN-4712", "S1")


def test_a_defect_may_be_confirmed_after_the_end(context: Context) -> None:
    key = a_case(context)
    context.write(requests.advance, key, "done")
    context.write(requests.record_defect, key, "PEN-4711", "S4")
    assert context.read(requests.find, key).request.status == "done"


@each("steps", [(), ("sent",), ("cancelled",)])
def test_without_a_case_number_there_is_no_defect(context: Context, steps: tuple[Status, ...]) -> None:
    key = drafted(context, "defect")
    for to in steps:
        context.write(requests.advance, key, to)
    with nothing_saved(context), pytest.raises(ConflictError, match="has no case number yet"):
        context.write(requests.record_defect, key, "PEN-4711", "S2")


@pytest.mark.parametrize("severity", ["", "S0", "S5", "2", "high", "S 2", "S1, S2"])
def test_a_severity_is_one_of_four(context: Context, severity: str) -> None:
    key = a_case(context)
    with nothing_saved(context), pytest.raises(BadInputError, match="one of S1, S2, S3, S4"):
        context.write(requests.record_defect, key, "PEN-4711", severity)


@pytest.mark.parametrize("number", ["", "  ", "two\nlines", "x" * 61], ids=ascii)
def test_what_is_no_defect_number_is_refused(context: Context, number: str) -> None:
    key = a_case(context)
    with nothing_saved(context), pytest.raises(BadInputError, match="The defect's number"):
        context.write(requests.record_defect, key, number, "S2")


def test_a_defect_of_what_somebody_else_changed_meanwhile_is_not_saved(context: Context, opened: Open) -> None:
    key = a_case(context)
    seen = context.read(requests.find, key).request.version
    opened("bob").write(requests.advance, key, "answered")
    with nothing_saved(context), pytest.raises(ConflictError, match="Somebody else"):
        context.write(requests.record_defect, key, "PEN-4711", "S2", version=seen)


def test_a_request_that_is_not_there_has_no_defects(context: Context) -> None:
    with nothing_saved(context), pytest.raises(BadInputError, match="There is no request 7"):
        context.write(requests.record_defect, 7, "PEN-4711", "S2")
