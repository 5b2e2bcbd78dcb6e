"""Text that may hold client data: it does not leave by accident, and the activity log never holds it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from penelope_admin.domain.delivery import VIA_NAMES
from penelope_admin.domain.projects import FeatureInput, ProjectInput
from penelope_admin.domain.requests import RequestKind
from penelope_admin.errors import RefusedError
from penelope_admin.services import features, projects, requests
from penelope_admin.services.calendar import notices, versions
from penelope_admin.services.mirror import environments
from penelope_admin.services.requests import delivery, outbox
from penelope_admin.services.work import Context
from tests.each import each
from tests.services.house import change_agency, database, nothing_saved, one_entry
from tests.wishes import KINDS, SURE, WISHES

TELEPHONE, EMAIL, BORN = "(204) 555-0134", "jane.doe@home.example", "12 March 1984"
PLANTED = f"Jane, {TELEPHONE}, {EMAIL}, born {BORN}."
MASKED = "Jane, [telephone number], [email address], born [date of birth]."
TITLED = [kind for kind in KINDS if WISHES[kind].title]


def drafted(context: Context, kind: RequestKind = "question", reason: str = PLANTED, **more: str) -> int:
    wish = replace(WISHES[kind], reason=reason, acknowledgement=SURE, **more)  # type: ignore[arg-type]
    return context.write(requests.draft, wish).value.request.id


def logged(context: Context) -> str:
    """Every entry of the activity log as it stands in the file, without its hashes, in which any digits may stand."""
    columns = '"at", who, action, subject, "before", "after", changed'
    with closing(sqlite3.connect(database(context.home))) as connection:
        return "\n".join(str(row) for row in connection.execute(f"SELECT {columns} FROM audit_entry"))


def assert_log_is_clean(context: Context) -> None:
    """Also of the name, which no search finds."""
    text = logged(context)
    for part in ("Jane", TELEPHONE, "555-0134", EMAIL, "jane.doe", BORN, "March 1984"):
        assert part not in text


# --- nothing leaves by accident ----------------------------------------------------------------


@each("kind", KINDS)
@each("via", VIA_NAMES)
def test_what_may_hold_client_data_is_not_handed_over(posting: Context, via: str, kind: RequestKind) -> None:
    key = drafted(posting, kind)
    with nothing_saved(posting), pytest.raises(RefusedError) as refused:
        posting.write(delivery.hand_over, key, via)
    message = str(refused.value)
    assert refused.value.exit_code == 3
    for words in ("Nothing was sent", "a telephone number", "an email address", "a date of birth", "sent anyway"):
        assert words in message
    for part in (TELEPHONE, EMAIL, BORN):
        assert part not in message


def test_no_draft_file_is_written_of_it(context: Context, tmp_path: Path) -> None:
    key = drafted(context)
    with nothing_saved(context), pytest.raises(RefusedError):
        context.write(delivery.hand_over, key, "eml", target=tmp_path / "request.eml")
    assert not (tmp_path / "request.eml").exists()
    context.write(delivery.hand_over, key, "eml", target=tmp_path / "request.eml", send_anyway=True)
    assert (tmp_path / "request.eml").exists()


@each("kind", TITLED)
def test_the_subject_is_looked_at_too(context: Context, kind: RequestKind) -> None:
    key = drafted(context, kind, "Please call.", title=f"About {EMAIL}")
    with nothing_saved(context), pytest.raises(RefusedError, match="Line 1: looks like an email address"):
        context.write(delivery.hand_over, key, "portal")


@each("kind", TITLED)
def test_what_would_be_said_on_the_telephone_is_looked_at_too(context: Context, kind: RequestKind) -> None:
    parcel = context.read(delivery.parcel, drafted(context, kind, title=f"About {EMAIL}"), "phone")
    found = {parcel.text[hit.start : hit.end] for hit in parcel.hits}
    assert found == {TELEPHONE, EMAIL, BORN}


@pytest.mark.parametrize("via", VIA_NAMES)
def test_a_person_who_looked_can_send_it_anyway_and_the_log_says_what_but_not_the_text(
    posting: Context, via: str
) -> None:
    key = drafted(posting)
    parcel = posting.read(delivery.parcel, key, via)
    action = "request.queued" if via == "smtp" else "request.handed-over"
    with one_entry(posting, action, "PA-1") as facts:
        handed = posting.write(delivery.hand_over, key, via, send_anyway=True).value
    assert facts[1]["via"] == via
    assert facts[1]["sent_anyway_despite"] == [{"kind": hit.kind, "at": hit.start} for hit in parcel.hits]
    assert [hit["kind"] for hit in facts[1]["sent_anyway_despite"]] == ["telephone", "email", "date-of-birth"]
    assert handed.parcel.text[facts[1]["sent_anyway_despite"][0]["at"] :].startswith(TELEPHONE)
    assert handed.queued == (via == "smtp")
    assert_log_is_clean(posting)


def test_sending_anyway_what_is_clean_is_nothing_special(context: Context) -> None:
    key = drafted(context, reason="How does it count?")
    with one_entry(context, "request.handed-over", "PA-1") as facts:
        context.write(delivery.hand_over, key, "eml", send_anyway=True)
    assert facts[1] == {"via": "eml", "sent_anyway_despite": []}


def test_a_wish_is_looked_at_before_it_is_drafted(context: Context) -> None:
    wish = replace(WISHES["question"], reason=PLANTED)
    with nothing_saved(context):
        shown = context.read(delivery.preview_input, wish)
    text = shown.letter.whole_text
    assert [text[hit.start : hit.end] for hit in shown.hits] == [TELEPHONE, EMAIL, BORN]
    assert len(shown.warnings) == 3


def test_the_agency_s_own_addresses_and_numbers_are_no_client_data(context: Context) -> None:
    change_agency(context, telephone=TELEPHONE)
    key = drafted(context, "defect", f"Write to admin@riverside.example or call {TELEPHONE}.")
    assert context.read(delivery.parcel, key).warnings == ()
    context.write(requests.advance, key, "sent")
    context.write(requests.advance, key, "acknowledged", case_number="204555013")
    context.write(requests.record_defect, key, "2045550134", "S1")
    other = drafted(context, "question", "As in case 204555013 and defect 2045550134.")
    assert context.read(delivery.parcel, other).warnings == ()


# --- the log never holds it --------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_draft_keeps_the_text_in_the_request_and_the_log_says_that_it_was_given(
    context: Context, kind: RequestKind
) -> None:
    title = {"title": f"About {EMAIL}"} if WISHES[kind].title else {}
    with one_entry(context, "request.drafted", "PA-1") as facts:
        key = drafted(context, kind, **title)
    assert facts[1]["text_given"] == ["reason", *title]
    found = context.read(requests.find, key).request
    assert found.reason == PLANTED
    assert found.title == title.get("title", "")
    assert_log_is_clean(context)


def walk(context: Context, key: int) -> None:
    context.write(requests.advance, key, "sent", remark=PLANTED)
    context.write(requests.advance, key, "acknowledged", case_number="00123456", remark=PLANTED)
    context.write(requests.advance, key, "done", remark=PLANTED)


def remark(context: Context, key: int) -> None:
    context.write(requests.remark, key, PLANTED)


def cancel(context: Context, key: int) -> None:
    context.write(requests.advance, key, "cancelled", remark=PLANTED)


def hand_over(context: Context, key: int) -> None:
    for via in VIA_NAMES:
        context.write(delivery.hand_over, key, via, send_anyway=True)
    context.write(outbox.cancel, 1)


DEEDS: list[Callable[[Context, int], None]] = [walk, remark, cancel, hand_over]


@pytest.mark.parametrize("kind", KINDS)
def test_no_deed_brings_client_data_into_the_log(posting: Context, kind: RequestKind) -> None:
    if kind == "refresh":
        posting.write(environments.record_event, "mirrored", "upgraded", posting.now())
    for deed in DEEDS:
        key = drafted(posting, kind)
        deed(posting, key)
        assert_log_is_clean(posting)
        found = posting.read(requests.find, key).request
        if deed is remark:
            assert found.remarks[0].text == PLANTED
        if deed in (walk, cancel):
            assert found.steps[-1].remark == PLANTED


def plan_feature(context: Context) -> None:
    context.write(features.switch, "general-ledger", "enable", reason=PLANTED, acknowledgement=SURE)


def cancel_plan(context: Context) -> None:
    plan_feature(context)
    context.write(features.cancel, "general-ledger")


def warn_of_work(context: Context) -> None:
    plan_feature(context)
    drafted(context, "refresh")


def record_event(context: Context) -> None:
    context.write(environments.record_event, "mirrored", "upgraded", context.now(), remark=PLANTED)


def record_notice(context: Context) -> None:
    context.write(notices.add, "announced", context.now(), context.now() + timedelta(hours=3), origin=PLANTED)


def redraft(context: Context) -> None:
    key = drafted(context)
    context.write(
        requests.redraft, key, replace(WISHES["question"], reason=f"Again: {PLANTED}", title=f"About {EMAIL}")
    )
    context.write(requests.redraft, key, WISHES["question"])


def plan_project(context: Context) -> None:
    today = context.now().date()
    uses = (FeatureInput("general-ledger", reason=PLANTED),)
    known = context.write(projects.add, ProjectInput("Payroll", PLANTED, today, today, features=uses)).value
    context.write(projects.change, known.id, ProjectInput("Payroll", f"Not {PLANTED}", today, today))


def note_version(context: Context) -> None:
    context.write(versions.note, "4.26.12", PLANTED)


@pytest.mark.parametrize(
    "deed",
    [
        plan_feature, cancel_plan, warn_of_work, record_event, record_notice, redraft, plan_project, note_version,
    ],
)  # fmt: skip
def test_whatever_people_write_elsewhere_stays_out_of_the_log_too(
    context: Context, deed: Callable[[Context], None]
) -> None:
    deed(context)
    assert '"text_' in logged(context)
    assert_log_is_clean(context)


def test_what_was_corrected_in_a_draft_is_nowhere_in_the_database_s_file_any_more(context: Context) -> None:
    key = drafted(context, reason=f"{PLANTED} " * 20)
    context.write(requests.redraft, key, WISHES["question"])
    context.store.close()
    for file in context.home.iterdir():
        assert b"jane.doe" not in file.read_bytes(), file


def test_nor_is_what_was_taken_out_of_the_outbox_before_it_was_ever_tried(posting: Context) -> None:
    key = drafted(posting, reason=f"{PLANTED} " * 20)
    posting.write(delivery.hand_over, key, "smtp", send_anyway=True)
    posting.write(outbox.cancel, 1)
    posting.write(requests.redraft, key, WISHES["question"])
    posting.store.close()
    for file in posting.home.iterdir():
        assert b"jane.doe" not in file.read_bytes(), file


def test_why_a_feature_was_switched_stays_in_the_log_masked_for_no_row_keeps_it(context: Context) -> None:
    with one_entry(context, "feature.disable-switched", "mirrored/general-ledger") as facts:
        context.write(features.switch, "general-ledger", "disable", reason=PLANTED, already_done=True)
    assert facts[1]["reason"] == MASKED


@pytest.mark.parametrize("region", ["AU", "NZ", "CA", "GB", "US"])
def test_in_every_region_the_log_stays_clean(context: Context, region: str) -> None:
    change_agency(context, region=region)
    walk(context, drafted(context))
    assert_log_is_clean(context)


def test_the_agency_s_own_address_may_stand_in_the_log(context: Context) -> None:
    why = "Write to admin@riverside.example."
    with one_entry(context, "feature.disable-switched", "mirrored/general-ledger") as facts:
        context.write(features.switch, "general-ledger", "disable", reason=why, already_done=True)
    assert facts[1]["reason"] == why
