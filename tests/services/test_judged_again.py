"""A request is judged again before it leaves: much can have changed since it was drafted."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from datetime import date, timedelta
from unittest import mock

import msgspec
import pytest

from penelope_admin.clock import FixedClock
from penelope_admin.domain.features import Acknowledgement
from penelope_admin.domain.requests import RequestInput
from penelope_admin.errors import ConflictError, PenelopeAdminError
from penelope_admin.mail.line import CancelToken
from penelope_admin.policy import Policy
from penelope_admin.services import agency, features, overview, requests
from penelope_admin.services.mirror import environments
from penelope_admin.services.requests import delivery, outbox
from penelope_admin.services.work import Context
from tests.services.conftest import Open
from tests.services.house import LOCKED, NOW, SOON, SURE, change_agency, database, log, upgraded
from tests.store.files import raw

SMS = "external-communications.sms"
DAY = timedelta(days=1)


@pytest.fixture
def server() -> Iterator[mock.Mock]:
    """The agency's mail server takes everything; nothing connects to it."""
    with (
        mock.patch("penelope_admin.mail.smtp.send") as send,
        mock.patch("penelope_admin.mail.passwords.find", return_value=None),
    ):
        yield send


@pytest.fixture
def posting(posting: Context) -> Context:
    """Its contact details are de-identified."""
    upgraded(posting)
    return posting


def queued(context: Context, wish: RequestInput) -> int:
    key = context.write(requests.draft, wish).value.request.id
    context.write(delivery.hand_over, key, "smtp")
    return key


def held(context: Context, key: int, server: mock.Mock) -> str:
    """Nothing left, the request is a draft again, and it is a task that says why."""
    found = outbox.flush(context, CancelToken(), now=True).value
    assert (found.sent, found.failed) == (0, 1)
    assert not server.called
    view = context.read(requests.find, key)
    assert view.request.status == "drafted"
    assert view.message is not None
    assert view.message.state == "failed"
    assert log(context)[-1].action == "request.held"
    shown = context.read(overview.load)
    assert shown is not None
    (item,) = [item for item in shown.waiting if item.kind == "outbox"]
    assert (item.urgency, item.subject) == ("danger", str(key))
    assert view.message.problem in item.text
    return view.message.problem


def enabling(**more: object) -> RequestInput:
    return RequestInput(
        "feature-change", reason="x", features=(SMS,), change="enable",
        acknowledgement=Acknowledgement(phi=True, environment="mirrored", queue_empty=True), **more,  # type: ignore[arg-type]
    )  # fmt: skip


def test_what_is_still_right_leaves(posting: Context, server: mock.Mock) -> None:
    keys = [queued(posting, RequestInput(reason="x", features=(SMS,))), queued(posting, enabling())]
    assert outbox.flush(posting, CancelToken()).value.sent == 2
    assert {posting.read(requests.find, key).request.status for key in keys} == {"sent"}
    assert server.call_count == 2


def test_a_refresh_of_a_database_that_is_no_longer_ours_is_held(posting: Context, server: mock.Mock) -> None:
    key = queued(posting, RequestInput(reason="x"))
    known = posting.read(agency.need_profile)
    posting.write(agency.update, msgspec.structs.replace(known, environments=("training-b",)), ["mirrored"])
    assert held(posting, key, server).startswith("It was held back. Riverside Family Services has no Mirrored database")


def test_a_request_whose_last_day_has_passed_is_held(posting: Context, server: mock.Mock, clock: FixedClock) -> None:
    key = queued(posting, RequestInput(reason="x", latest=date(2026, 12, 3)))
    clock.instant = NOW + 4 * DAY
    assert "asks for, Thursday 3 December 2026, has passed" in held(posting, key, server)


def test_an_acknowledgement_that_is_stale_holds_the_request(
    posting: Context, server: mock.Mock, clock: FixedClock
) -> None:
    key = queued(posting, enabling())
    clock.instant = NOW + DAY
    posting.write(environments.record_event, "mirrored", "refreshed", clock.instant)
    assert "That was not so when PA-1 was drafted" in held(posting, key, server)


def test_a_feature_that_the_rules_do_not_list_any_more_holds_the_request(
    posting: Context, server: mock.Mock, policy: Policy
) -> None:
    key = queued(posting, RequestInput(reason="x", features=(SMS,)))
    sms = msgspec.structs.replace(policy.feature[SMS], availability="not-listed", environments=())
    others = tuple(sms if feature.key == SMS else feature for feature in policy.features)
    there = dataclasses.replace(posting, policy=msgspec.structs.replace(policy, features=others))
    assert "is not on the vendor's list" in held(there, key, server)


def test_a_plan_that_has_expired_holds_the_request_that_rests_on_its_approval(
    posting: Context, opened: Open, server: mock.Mock, clock: FixedClock
) -> None:
    posting.write(environments.record_event, "mirrored", "refreshed", NOW)
    change_agency(posting, second_person=True)
    posting.write(features.switch, SMS, "enable", reason="x", until=SOON, acknowledgement=SURE)
    opened("bob").write(features.approve, SMS)
    key = queued(posting, enabling())
    clock.instant = NOW + 20 * DAY
    assert "A second person must approve this first" in held(posting, key, server)


def put_in(context: Context, key: int, feature: str) -> None:
    """A row that no lock has let through: the database's own constraints are switched off."""
    with raw(database(context.home)) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute("INSERT INTO request_feature VALUES (?, ?)", (key, feature))
        connection.commit()


@pytest.mark.parametrize("feature", LOCKED)
@pytest.mark.parametrize("via", ["smtp", "eml", "mail-program", "portal", "phone"])
def test_a_refresh_whose_rows_name_a_locked_feature_never_becomes_a_letter_that_asks_for_it(
    posting: Context, feature: str, via: str
) -> None:
    key = posting.write(requests.draft, RequestInput(reason="x", features=("general-ledger",))).value.request.id
    put_in(posting, key, feature)
    with pytest.raises(PenelopeAdminError):
        posting.write(delivery.hand_over, key, via)
    try:
        letter = posting.read(requests.find, key).letter
    except PenelopeAdminError:
        return  # read as damage
    assert feature not in letter.whole_text.lower().replace("please do not enable clientconnect or engage.", "")


@pytest.mark.parametrize("feature", LOCKED)
def test_a_message_in_the_outbox_whose_rows_name_a_locked_feature_never_leaves(
    posting: Context, server: mock.Mock, feature: str
) -> None:
    key = queued(posting, RequestInput(reason="x", features=("general-ledger",)))
    put_in(posting, key, feature)
    with contextlib.suppress(PenelopeAdminError):  # read as damage
        assert outbox.flush(posting, CancelToken(), now=True).value.sent == 0
    assert not server.called


def test_a_draft_whose_last_day_has_passed_is_given_out_once_it_was_changed(
    posting: Context, clock: FixedClock
) -> None:
    wish = RequestInput(reason="x", latest=date(2026, 12, 3))
    key = posting.write(requests.draft, wish).value.request.id
    clock.instant = NOW + 4 * DAY
    with pytest.raises(ConflictError, match="Change the draft, or cancel it"):
        posting.write(delivery.hand_over, key, "portal")
    posting.write(requests.redraft, key, dataclasses.replace(wish, latest=date(2026, 12, 20)))
    posting.write(delivery.hand_over, key, "portal")
    assert posting.read(agency.need_profile).environments
