"""A request on its way out: every way there is, the draft file, and what is noted about it."""

from __future__ import annotations

import stat
from dataclasses import replace
from datetime import date, timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from penelope_admin.clock import FixedClock
from penelope_admin.domain.delivery import VIA_NAMES, Via
from penelope_admin.domain.requests import RequestInput, RequestKind, Status
from penelope_admin.errors import BadInputError, ConflictError
from penelope_admin.services import requests, shapes
from penelope_admin.services.requests import delivery, outbox
from penelope_admin.services.work import Context
from tests.each import each
from tests.services.conftest import Open
from tests.services.house import NOW, change_agency, drafted, everything, nothing_saved, one_entry
from tests.wishes import KINDS, WISHES

BY_HAND: tuple[Via, ...] = ("mail-program", "eml", "portal", "phone")


def parsed(raw: bytes) -> EmailMessage:
    return BytesParser(policy=policy.default).parsebytes(raw)


# --- the ways ----------------------------------------------------------------------------------


@each("kind", KINDS)
@each("via", BY_HAND)
def test_what_a_person_sends_changes_nothing_but_the_way(context: Context, via: Via, kind: RequestKind) -> None:
    key = drafted(context, kind)
    before = context.read(requests.find, key).request
    with one_entry(context, "request.handed-over", f"PA-{key}") as facts:
        done = context.write(delivery.hand_over, key, via)
    assert done.changes == {"requests"}
    assert facts == [None, {"via": via, "sent_anyway_despite": []}]
    after = context.read(requests.find, key).request
    assert replace(after, via=before.via, version=before.version) == before
    assert not done.value.queued
    assert done.value.parcel.via == via
    assert done.value.parcel.letter == context.read(requests.find, key).letter
    assert context.read(outbox.find_all) == []


def test_a_draft_file_is_given_out_as_an_unsent_message(context: Context) -> None:
    key = drafted(context)
    handed = context.write(delivery.hand_over, key, "eml").value
    assert handed.draft is not None
    message = parsed(handed.draft)
    assert (message["X-Unsent"], message["To"], message["From"]) == (
        "1", "support@vendor.example", "admin@riverside.example",
    )  # fmt: skip
    assert message.get_content().replace("\r\n", "\n") == handed.parcel.letter.body
    assert handed.link is None


def test_the_mail_program_is_given_a_link(context: Context) -> None:
    handed = context.write(delivery.hand_over, drafted(context), "mail-program").value
    assert handed.draft is None
    assert handed.link is not None
    parts = urlsplit(handed.link)
    assert (parts.scheme, unquote(parts.path)) == ("mailto", "support@vendor.example")
    assert parse_qs(parts.query)["subject"] == [handed.parcel.letter.subject]


def test_a_letter_too_long_for_a_link_gives_none(context: Context) -> None:
    wish = replace(WISHES["question"], reason="Long. " * 400)
    key = context.write(requests.draft, wish).value.request.id
    assert context.write(delivery.hand_over, key, "mail-program").value.link is None


def test_the_portal_is_given_subject_and_text_to_paste(context: Context) -> None:
    handed = context.write(delivery.hand_over, drafted(context), "portal").value
    assert (handed.link, handed.draft) == (None, None)
    assert handed.parcel.text == handed.parcel.letter.whole_text
    assert handed.parcel.text.startswith("How are waiting lists counted? - Riverside Family Services [PA-1]\n\nHello,")


def test_the_telephone_is_given_words_to_say(context: Context) -> None:
    handed = context.write(delivery.hand_over, drafted(context, "critical"), "phone").value
    assert "1-469-874-0792 ext. 3" in handed.parcel.text
    assert "This is Riverside Family Services, a customer of Penelope." in handed.parcel.text


def test_without_a_word_a_request_goes_the_agency_s_way(context: Context) -> None:
    change_agency(context, delivery="portal")
    key = drafted(context)
    assert context.read(requests.find, key).via == "portal"
    assert context.read(delivery.parcel, key).via == "portal"
    assert context.write(delivery.hand_over, key).value.parcel.via == "portal"
    assert context.read(requests.find, key).request.via is None


def test_the_way_it_was_given_out_is_its_own_from_then_on(context: Context) -> None:
    key, other = drafted(context), drafted(context)
    context.write(delivery.hand_over, key, "phone")
    assert context.read(requests.find, key).via == shapes.request(context.read(requests.find, key))["via"] == "phone"
    assert context.read(delivery.parcel, key).via == "phone"
    assert context.read(requests.find, other).via == "mail-program"
    context.write(delivery.hand_over, key, "mail-program")
    assert context.read(requests.find, key).via == "mail-program"


def test_an_incident_may_go_every_way_and_keeps_the_agency_s(context: Context) -> None:
    key = drafted(context, "critical")
    for via in BY_HAND:
        context.write(delivery.hand_over, key, via)
    assert context.read(requests.find, key).via == "mail-program"
    assert context.read(requests.find, key).request.via is None


@each("via", ["fax", "SMTP", "text", " eml"])
def test_what_is_no_way_is_refused(context: Context, via: str) -> None:
    key = drafted(context)
    for deed in (delivery.parcel, delivery.hand_over):
        with nothing_saved(context), pytest.raises(BadInputError, match=r"is not a way to send\. Ways are smtp"):
            context.write(deed, key, via)


@each("via", VIA_NAMES)
def test_a_request_that_is_not_there_is_not_handed_over(context: Context, via: str) -> None:
    with nothing_saved(context), pytest.raises(BadInputError, match="There is no request 7"):
        context.write(delivery.hand_over, 7, via)


@pytest.mark.parametrize("via", VIA_NAMES)
def test_what_somebody_else_changed_meanwhile_is_not_handed_over(posting: Context, opened: Open, via: str) -> None:
    key = drafted(posting)
    seen = posting.read(requests.find, key).request.version
    opened("bob").write(requests.advance, key, "cancelled")
    with nothing_saved(posting), pytest.raises(ConflictError, match="Somebody else"):
        posting.write(delivery.hand_over, key, via, version=seen)


def test_looking_at_what_would_leave_saves_nothing(context: Context) -> None:
    key = drafted(context)
    with nothing_saved(context):
        for via in VIA_NAMES:
            parcel = context.read(delivery.parcel, key, via)
            assert (parcel.via, parcel.hits, parcel.warnings) == (via, (), ())


# --- the outbox --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_the_agency_s_own_server_gets_the_message_by_the_outbox(posting: Context, kind: RequestKind) -> None:
    key = drafted(posting, kind)
    with one_entry(posting, "request.queued", "PA-1") as facts:
        handed = posting.write(delivery.hand_over, key, "smtp").value
    assert facts == [None, {"via": "smtp", "sent_anyway_despite": []}]
    assert handed.queued
    (message,) = posting.read(outbox.find_all)
    assert (message.request_id, message.state, message.attempts, message.next_attempt_at) == (key, "waiting", 0, NOW)
    assert (message.sender, message.recipient) == ("admin@riverside.example", "support@vendor.example")
    assert message.message_id.endswith("@riverside.example>")
    view = posting.read(requests.find, key)
    assert view.request.status == "queued"
    assert view.message == message
    assert shapes.request(view)["next_steps"] == ["sent", "cancelled"]
    assert [step.status for step in view.request.steps] == ["drafted", "queued"]


def test_cancelling_a_request_takes_its_message_out_of_the_outbox(posting: Context) -> None:
    key = drafted(posting)
    posting.write(delivery.hand_over, key, "smtp")
    posting.write(requests.advance, key, "cancelled")
    assert [message.state for message in posting.read(outbox.find_all)] == ["cancelled"]
    assert posting.read(requests.find, key).request.status == "cancelled"


def test_a_request_in_the_outbox_that_was_sent_another_way_is_not_sent_twice(posting: Context) -> None:
    key = drafted(posting)
    posting.write(delivery.hand_over, key, "smtp")
    posting.write(requests.advance, key, "sent", remark="By telephone, the server is down")
    assert [message.state for message in posting.read(outbox.find_all)] == ["cancelled"]
    assert posting.read(requests.find, key).request.status == "sent"


def test_a_message_taken_back_makes_the_request_a_draft_again(posting: Context) -> None:
    key = drafted(posting)
    posting.write(delivery.hand_over, key, "smtp")
    with one_entry(posting, "request.taken-back", "PA-1"):
        posting.write(outbox.cancel, 1)
    assert posting.read(requests.find, key).request.status == "drafted"
    posting.write(delivery.hand_over, key, "smtp")
    states = [message.state for message in posting.read(outbox.find_all)]
    assert states == ["cancelled", "waiting"]


def test_a_request_in_the_outbox_is_not_put_there_again(posting: Context) -> None:
    key = drafted(posting)
    posting.write(delivery.hand_over, key, "smtp")
    with nothing_saved(posting), pytest.raises(ConflictError, match="cancel sending to change it"):
        posting.write(delivery.hand_over, key, "smtp")


def test_only_a_draft_can_be_put_into_the_outbox(posting: Context) -> None:
    key = drafted(posting)
    posting.write(requests.advance, key, "sent")
    with nothing_saved(posting), pytest.raises(ConflictError, match="it cannot become queued"):
        posting.write(delivery.hand_over, key, "smtp")


@each("way", VIA_NAMES)
def test_nothing_of_an_ended_request_is_given_out(posting: Context, way: Via) -> None:
    key = drafted(posting)
    posting.write(requests.advance, key, "cancelled")
    with nothing_saved(posting), pytest.raises(ConflictError, match="nothing of it is to be sent any more"):
        posting.write(delivery.hand_over, key, way)


def test_a_draft_s_text_can_be_changed_though_its_dates_have_passed(posting: Context, clock: FixedClock) -> None:
    wish = RequestInput(reason="New data", earliest=date(2026, 12, 3), latest=date(2026, 12, 4))
    key = posting.write(requests.draft, wish).value.request.id
    clock.instant += timedelta(days=10)
    posting.write(requests.redraft, key, replace(wish, reason="New data, please"))
    assert posting.read(requests.find, key).request.reason == "New data, please"
    with nothing_saved(posting), pytest.raises(BadInputError, match="has passed"):
        posting.write(requests.redraft, key, replace(wish, latest=date(2026, 12, 5)))


def test_a_subject_that_only_the_agency_s_name_makes_dangerous_is_refused_when_drafting(posting: Context) -> None:
    change_agency(posting, name="Words ?= House")
    with nothing_saved(posting), pytest.raises(BadInputError, match="The subject with the agency's name"):
        posting.write(
            requests.draft, RequestInput(kind="question", title="What is =?utf-8?q?x", reason="It stands in a report.")
        )


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"smtp_host": ""}, "No server for sending is set"),
        ({"own_address": ""}, "needs Support's address and the agency's own"),
        ({"support_address": ""}, "needs Support's address and the agency's own"),
    ],
    ids=str,
)
def test_without_server_or_addresses_nothing_is_queued(posting: Context, fields: dict[str, str], message: str) -> None:
    change_agency(posting, **fields)
    key = drafted(posting)
    with nothing_saved(posting), pytest.raises(BadInputError, match=message):
        posting.write(delivery.hand_over, key, "smtp")


# --- the draft file ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_the_draft_file_is_private_and_holds_the_letter(context: Context, tmp_path: Path, kind: RequestKind) -> None:
    key = drafted(context, kind)
    target = tmp_path / "request.eml"
    with one_entry(context, "request.handed-over", "PA-1") as facts:
        done = context.write(delivery.hand_over, key, "eml", target=target)
    assert facts[1]["via"] == "eml"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert target.read_bytes() == done.value.draft
    assert str(parsed(target.read_bytes())["Subject"]) == context.read(requests.find, key).letter.subject


def test_a_draft_file_that_was_there_is_replaced_and_private_afterwards(context: Context, tmp_path: Path) -> None:
    target = tmp_path / "request.eml"
    target.write_text("old", "utf-8")
    target.chmod(0o644)
    context.write(delivery.hand_over, drafted(context), "eml", target=target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert parsed(target.read_bytes())["X-Unsent"] == "1"


def test_a_draft_file_that_cannot_be_written_is_an_error(context: Context, tmp_path: Path) -> None:
    with pytest.raises(BadInputError):
        context.write(delivery.hand_over, drafted(context), "eml", target=tmp_path / "missing" / "request.eml")


def test_without_supports_address_the_draft_has_no_recipient(context: Context) -> None:
    change_agency(context, support_address="")
    handed = context.write(delivery.hand_over, drafted(context), "eml").value
    assert parsed(handed.draft or b"")["To"] is None


# --- letters that are clean --------------------------------------------------------------------


def test_a_letter_without_client_data_gives_no_warning_anywhere(context: Context) -> None:
    change_agency(context, telephone="+1 204 555 0100")
    keys = {kind: drafted(context, kind) for kind in KINDS}
    for key in keys.values():
        steps: tuple[Status | None, ...] = (None, "sent", "acknowledged")
        for to in steps:
            if to is not None:
                context.write(requests.advance, key, to, case_number=f"0012345{key}" if to == "acknowledged" else "")
            for via in VIA_NAMES:
                parcel = context.read(delivery.parcel, key, via)
                assert parcel.warnings == (), parcel.text
    for region in ("AU", "NZ", "CA", "GB", "US"):
        change_agency(context, region=region)
        for kind, key in keys.items():
            for parcel in (
                context.read(delivery.parcel, key, "eml"),
                context.read(delivery.preview_input, WISHES[kind]),
            ):
                assert parcel.warnings == (), parcel.text


def test_the_log_and_the_outbox_hold_no_password(posting: Context) -> None:
    """There is no column for one; the settings say who signs in, the keyring how."""
    change_agency(posting, smtp_user="admin", imap_host="mail.riverside.example", imap_user="admin")
    assert not any("password" in line.lower() for line in everything(posting.home))
