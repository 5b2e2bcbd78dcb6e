"""The vendor's world on disk, and how it takes in what the agency sends and goes on with the clock."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from penelope_admin import services
from penelope_admin.clock import FixedClock
from penelope_admin.domain.delivery import Access, MailServer
from penelope_admin.domain.replies import Mark
from penelope_admin.domain.requests import RequestInput
from penelope_admin.domain.vendor import World, advance, injects
from penelope_admin.domain.vendor.people import CLIENTS
from penelope_admin.errors import BadInputError, RefusedError
from penelope_admin.mail.line import CancelToken
from penelope_admin.mail.offers import Offer
from penelope_admin.policy import Policy
from penelope_admin.services.calendar import staff
from penelope_admin.services.mirror import proof
from penelope_admin.services.requests import staff_mail
from penelope_admin.services.training import world as worlds
from penelope_admin.services.training.post import TrainingPost
from penelope_admin.services.work import Context
from tests.effort import examples
from tests.services.house import NOW, SURE, change_agency, open_context, settle


@pytest.fixture
def practice(tmp_path: Path, policy: Policy) -> Iterator[Context]:
    """An agency with a world of its own."""
    settle(tmp_path)
    context = open_context(tmp_path, policy, FixedClock(NOW))
    worlds.begin(context, 7)
    yield context
    context.store.close()


def pass_time(context: Context, **span: float) -> World:
    """Let time pass on the clock, and take the world along."""
    assert isinstance(context.clock, FixedClock)
    context.clock.instant += timedelta(**span)
    return worlds.current(context)


def test_a_notice_to_the_staff_is_in_the_practice_mailbox_once_and_reaches_nobody(practice: Context) -> None:
    inside = replace(practice, post=TrainingPost(lambda _: []))
    change_agency(inside, smtp_host="mail.agency.example")
    (window,) = inside.read(staff.coming)
    parcel = inside.read(staff_mail.parcel_for, window.key, "all@riverside.example, night@riverside.example")
    inside.write(staff_mail.send, parcel)
    assert worlds.current(inside).mails == ()
    services.requests.outbox.flush(inside, CancelToken())
    pass_time(inside, minutes=1)
    (mail,) = worlds.current(inside).mails
    assert (mail.sent, mail.to, mail.body) == (True, ", ".join(parcel.to), parcel.letter.body)
    assert mail.subject == parcel.letter.subject


def send(context: Context, request: RequestInput) -> int:
    """Draft a request and record that it was sent; gives back its number."""
    key = context.write(services.requests.draft, request).value.request.id
    context.write(services.requests.advance, key, "sent")
    return key


QUESTION = RequestInput(kind="question", title="Reports", reason="Can a report be moved?")


def look_into(context: Context, number: int) -> Offer:
    """What the program's own reading finds in the newest message but some."""
    file = context.home / "reply.eml"
    file.write_bytes(worlds.answers(context.home, date(2000, 1, 1))[number][1])
    return services.requests.replies.look_into(context, file).offer


# --- on disk ---


def test_what_is_kept_is_what_is_read_and_for_this_user_alone(practice: Context) -> None:
    world = worlds.current(practice)
    worlds.save(practice.home, world)
    assert worlds.load(practice.home) == world
    if os.name == "posix":
        assert stat.S_IMODE((practice.home / worlds.FILE).stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"seed": 1}',
        lambda data: data[:-40],
        lambda data: data.replace(b'"seed":7', b'"seed":-7'),
        lambda data: data.replace(b'"now":"2026-12-01T15:00:00Z"', b'"now":"2026-12-01T15:00:00"'),
        lambda data: data.replace(b'"seed":7', b'"seed":7,"more":1'),
    ],
)
def test_a_file_that_the_program_did_not_write_is_refused_and_left(practice: Context, damage: object) -> None:
    file = practice.home / worlds.FILE
    data = damage(file.read_bytes()) if callable(damage) else damage
    assert isinstance(data, bytes)
    file.write_bytes(data)
    with pytest.raises(BadInputError, match="Start practice again"):
        worlds.current(practice)
    assert file.read_bytes() == data


@given(data=st.data())
@settings(max_examples=examples(12, long=2000), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_file_that_was_tampered_with_is_refused_or_used_and_never_a_bug(
    practice: Context, data: st.DataObject
) -> None:
    file = practice.home / worlds.FILE
    whole = file.read_bytes()
    try:
        tampered = json.loads(whole)
        place: Any = tampered
        while isinstance(place, dict | list) and place:
            keys = sorted(place) if isinstance(place, dict) else range(len(place))
            key = data.draw(st.sampled_from(list(keys)))
            inner = place[key]
            if not isinstance(inner, dict | list) or not inner or data.draw(st.booleans()):
                place[key] = data.draw(VALUES)
                break
            place = inner
        file.write_bytes(json.dumps(tampered).encode())
        with suppress(BadInputError):
            practice.read(worlds._taken_on, worlds.current(practice))
            world = worlds.current(practice)
            advance(world, world.now + timedelta(days=60), practice.policy)
    finally:
        file.write_bytes(whole)


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=20), st.lists(st.integers(), max_size=3),
    st.sampled_from(["mirrored", "engage", "clientconnect", "production", "real", "upgrade", "month"]),
    st.sampled_from(["2026-13", "2099-12"]),
    st.sampled_from(["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-12-01T00:00:00Z"]),
)  # fmt: skip


def test_a_file_that_is_too_large_is_not_read(practice: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worlds, "MAX_BYTES", 1000)
    with pytest.raises(BadInputError, match="cannot be read"):
        worlds.load(practice.home)


# --- the beginning ---


def test_a_world_begins_as_the_records_say(tmp_path: Path, policy: Policy) -> None:
    settle(tmp_path)
    clock = FixedClock(NOW)
    context = open_context(tmp_path, policy, clock)
    context.write(services.mirror.environments.record_event, "mirrored", "refreshed", NOW - timedelta(days=2))
    context.write(
        services.features.switch, "general-ledger", "enable", reason="Test", until=date(2026, 12, 4),
        acknowledgement=SURE, already_done=True,
    )  # fmt: skip
    key = send(context, RequestInput(reason="A project needs current data"))
    context.write(services.requests.advance, key, "acknowledged", case_number="00512088")
    context.write(services.requests.advance, key, "scheduled", scheduled_for=date(2026, 12, 3))
    world = worlds.begin(context, 7)
    mirrored = world.database("mirrored")
    assert (mirrored.contacts, mirrored.on, mirrored.copied_at) == (
        "real",
        ("general-ledger",),
        NOW - timedelta(days=2),
    )
    send(context, QUESTION)
    later = pass_time(context, days=3)
    assert later.cases[1].number > "00512088"
    copied = later.database("mirrored").copied_at
    assert copied is not None
    assert copied.date() == date(2026, 12, 3)
    assert "Your case number is 00512088." in later.mails[-1].body
    context.store.close()


def test_a_database_that_the_agency_gets_later_is_there_and_upgraded_with_the_others(practice: Context) -> None:
    change_agency(practice, environments=("production", "mirrored", "training-b", "migration"))
    world = worlds.current(practice)
    assert {database.key for database in world.databases} == {"production", "mirrored", "training-b", "migration"}
    later = pass_time(practice, days=16)
    assert later.database("migration").version == later.database("production").version == "4.26.12"


# --- what is sent, and what comes back ---


def test_a_request_that_was_sent_by_any_way_is_answered_with_a_case_number_that_is_offered(practice: Context) -> None:
    key = send(practice, QUESTION)
    pass_time(practice, minutes=10)
    offer = look_into(practice, -1)
    assert offer.request_id == key
    assert offer.case_number is not None
    practice.write(services.requests.replies.take, key, offer.case_number)
    pass_time(practice, days=4)
    assert look_into(practice, -1).sentence.endswith("has this number already.")


def test_a_call_stands_in_the_mailbox_with_its_words_and_is_answered_by_mail(practice: Context) -> None:
    change_agency(practice, delivery="phone")
    send(practice, QUESTION)
    world = pass_time(practice, minutes=10)
    called, answered = world.mails
    assert (called.to, called.sent) == ("Telephone", True)
    assert "This is Riverside Family Services" in called.body
    assert "Your case number is" in answered.body


def test_what_is_sent_between_two_looks_reaches_the_vendor_when_it_was_sent(practice: Context) -> None:
    send(practice, QUESTION)
    world = pass_time(practice, days=30)
    sent = next(mail for mail in world.mails if mail.sent)
    assert sent.at == NOW
    assert world.cases[0].closed


def test_the_watched_folder_brings_each_answer_once_however_far_back_it_is_looked(practice: Context) -> None:
    post = TrainingPost(partial(worlds.answers, practice.home))
    send(practice, QUESTION)
    pass_time(practice, minutes=10)
    access, stop = Access(MailServer("mail.example", 993, "tls"), ""), CancelToken()
    worlds.change(practice, lambda world, policy: injects.write_letter(world, policy, "a@b.example", "Old", "Text"))
    first, mark = post.new_messages(access, "INBOX", Mark(0, 0), date(2026, 11, 1), stop)
    pass_time(practice, days=30)
    later, _ = post.new_messages(access, "INBOX", mark, date(2026, 12, 10), stop)
    again, _ = post.new_messages(access, "INBOX", mark, date(2026, 11, 1), stop)
    assert len(first) == 2
    assert any(b"Thank you for your question" in message for message in again)
    assert later == again[-len(later) :]
    assert not set(first) & set(again)


def test_a_letter_by_anybody_is_mail_that_can_be_read(practice: Context) -> None:
    sender, subject = "Front desk\nBcc: x <desk@house.example>", "A client\r\ncalled"
    worlds.change(practice, lambda world, policy: injects.write_letter(world, policy, sender, subject, "Text"))
    mail = worlds.answers(practice.home, date(2026, 11, 1))[-1][1]
    assert b"Subject: A client called\n" in mail
    assert b"\nBcc:" not in mail


def test_another_request_under_a_number_that_was_used_before_reaches_the_vendor_too(practice: Context) -> None:
    send(practice, QUESTION)
    world = pass_time(practice, days=1)
    asked = world.cases[0].asked
    assert asked is not None
    restored = msgspec.structs.replace(world.cases[0], asked=msgspec.structs.replace(asked, title="Before the restore"))
    worlds.save(practice.home, msgspec.structs.replace(world, cases=(restored,)))
    assert len(pass_time(practice, days=1).cases) == 2


def test_a_draft_does_not_reach_the_vendor(practice: Context) -> None:
    practice.write(services.requests.draft, QUESTION)
    assert pass_time(practice, days=1).cases == ()


def test_looking_often_makes_the_same_world_as_looking_once(practice: Context) -> None:
    send(practice, RequestInput(reason="A project needs current data"))
    before = worlds.load(practice.home)
    for _ in range(20):
        often = pass_time(practice, days=1)
    worlds.save(practice.home, before)
    assert worlds.current(practice) == often


def test_holidays_that_are_recorded_hold_for_the_vendor_too(practice: Context) -> None:
    for day in (2, 3, 4):
        practice.write(services.calendar.support.add_holiday, "support", date(2026, 12, day))
    send(practice, QUESTION)
    answered = [mail for mail in pass_time(practice, days=10).mails if not mail.sent and "[Case" in mail.subject]
    assert answered[0].at.date() in (date(2026, 12, 1), date(2026, 12, 7))


# --- looking into Penelope ---


def test_switching_there_is_not_recorded_here(practice: Context) -> None:
    world = worlds.switch(practice, "mirrored", "general-ledger", "enable")
    assert world.database("mirrored").on == ("general-ledger",)
    register = practice.read(services.features.find_all)
    assert not any(view.state.state == "on" for view in register.features)


def test_what_is_locked_there_is_refused_and_nothing_is_kept(practice: Context) -> None:
    before = (practice.home / worlds.FILE).read_bytes()
    with pytest.raises(RefusedError, match="cannot be enabled"):
        worlds.switch(practice, "mirrored", "clientconnect", "enable")
    assert (practice.home / worlds.FILE).read_bytes() == before


@pytest.mark.parametrize("region", ["CA", "US", "AU", "NZ", "GB"])
def test_a_check_judges_an_export_rightly_after_a_refresh_and_after_an_upgrade(practice: Context, region: str) -> None:
    rules = practice.policy
    said = []
    for happen in (injects.refresh_now, injects.upgrade_now):
        worlds.change(practice, lambda world, policy, happen=happen: happen(world, policy, "mirrored"))  # type: ignore[misc]
        target = practice.home / f"{happen.__name__}.csv"
        assert worlds.save_export(practice, "mirrored", target) == CLIENTS
        said.append(proof.examine(rules.region[region], [target]))
    assert [finding.verdict for finding in said] == ["real", "de-identified"]
    assert [finding.confidence for finding in said] == ["high", "high"]


def test_an_export_is_as_old_as_practice_time_says_when_it_was_saved(practice: Context) -> None:
    pass_time(practice, days=400)
    target = practice.home / "export.csv"
    worlds.save_export(practice, "mirrored", target)
    assert target.stat().st_mtime == practice.now().timestamp()


def test_what_is_a_day_of_birth_is_told_by_the_day_that_a_check_is_given(practice: Context) -> None:
    region, target = practice.policy.region["CA"], practice.home / "copy.db"
    with closing(sqlite3.connect(target)) as copy:
        copy.execute('CREATE TABLE client ("Seen 2029-05-01" TEXT)')
    url = f"sqlite:///{target}"
    last = [proof.survey(region, url, today=date(year, 6, 1))[-1].column for year in (2029, 2032)]
    assert last == ["Seen 2029-05-01", "Seen [date of birth]"]


def test_no_invented_contact_leads_anywhere(practice: Context) -> None:
    worlds.change(practice, lambda world, policy: injects.refresh_now(world, policy, "mirrored"))
    target = practice.home / "export.csv"
    worlds.save_export(practice, "mirrored", target)
    for line in target.read_text("utf-8").splitlines()[1:]:
        word, *_, email, mobile, home, _day = line.split(",")
        assert word == "TRAINING"
        assert email.endswith(".zz")
        assert mobile[7:11] == home[7:11] == "555-"
        assert min(int(mobile[11:]), int(home[11:])) >= 6000


def test_an_export_never_replaces_a_file_of_another_kind(practice: Context) -> None:
    with pytest.raises(BadInputError, match=r"does not end in \.csv"):
        worlds.save_export(practice, "mirrored", practice.home / worlds.FILE)


def test_a_world_of_ten_years_is_still_read(practice: Context) -> None:
    send(practice, QUESTION)
    world = pass_time(practice, days=3650)
    assert worlds.load(practice.home) == world
    assert len(msgspec.json.encode(world)) < worlds.MAX_BYTES / 10
