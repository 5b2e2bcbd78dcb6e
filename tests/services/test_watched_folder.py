"""The watched folder: case numbers found in it are offered, taken or dismissed, and nothing else of a reply is kept."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from penelope_admin.clock import FixedClock
from penelope_admin.domain.delivery import Access
from penelope_admin.domain.requests import Status
from penelope_admin.errors import BadInputError
from penelope_admin.mail import imap
from penelope_admin.mail.line import CancelToken
from penelope_admin.services import overview, requests
from penelope_admin.services.requests import delivery, mailbox, outbox, replies
from penelope_admin.services.work import Context
from tests.keyrings import Memory
from tests.services.house import NOW, change_agency, drafted, everything, nothing_saved, one_entry
from tests.services.test_replies import NUMBER, assert_text_is_not_kept, reply, sent


class Folder:
    """The watched folder, as far as the services see it."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self.asked: list[tuple[str, str, imap.Mark, date]] = []

    def look(
        self, access: Access, folder: str, mark: imap.Mark, since: date, stop: CancelToken
    ) -> tuple[list[bytes], imap.Mark]:
        """What came since the mark."""
        self.asked.append((access.password or "", folder, mark, since))
        return self.messages[mark.last :], imap.Mark(1, len(self.messages))


@pytest.fixture
def folder(context: Context, ring: Memory, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """The agency watches a folder, whose password is in the keyring."""
    change_agency(context, imap_host="mail.riverside.example", imap_user="admin", imap_folder="Support")
    mailbox.keep_password(context, "imap", "sesame-word")
    folder = Folder()
    monkeypatch.setattr(imap, "new_messages", folder.look)
    return folder


def offers(context: Context) -> list[tuple[str, str]]:
    """Every case number that was ever offered, and what became of it."""
    lines = [line for line in everything(context.home) if line.startswith('INSERT INTO "reply_offer"')]
    values = [line.partition("VALUES(")[2].split(",") for line in lines]
    return [(row[2].strip("'"), row[-1].strip("');")) for row in values]


def watch(context: Context) -> int:
    return replies.watch(context, CancelToken()).value


def test_a_number_found_in_the_folder_is_offered_and_changes_nothing_yet(context: Context, folder: Folder) -> None:
    key = sent(context)
    folder.messages.append(reply(f"[PA-{key}]"))
    with one_entry(context, "reply.found", "watched folder") as facts:
        done = replies.watch(context, CancelToken())
    assert (done.value, done.changes) == (1, {"requests"})
    assert facts[1] == {"offered": [{"request": "PA-1", "case_number": NUMBER}]}
    (waiting,) = context.read(requests.found_numbers)
    assert (waiting.request_id, waiting.case_number, waiting.sender) == (key, NUMBER, "help@vendor.example")
    assert (waiting.found_at, waiting.from_support) == (NOW, True)
    assert context.read(requests.find, key).request.status == "sent"
    assert_text_is_not_kept(context)


def test_a_reply_to_a_request_that_may_have_arrived_is_offered_and_a_person_takes_it(
    context: Context, folder: Folder
) -> None:
    change_agency(context, smtp_host="mail.riverside.example")
    key = drafted(context)
    context.write(delivery.hand_over, key, "smtp")
    assert not context.read(requests.awaits_replies)
    context.write(outbox.hold_all, "It waited in the backup.")
    assert context.read(requests.awaits_replies)
    folder.messages.append(reply(f"[PA-{key}]"))
    assert replies.watch(context, CancelToken()).value == 1
    assert context.read(requests.find, key).request.status == "queued"
    found = context.read(overview.load)
    assert found is not None
    assert [item.kind for item in found.waiting if item.subject == str(key)] == ["reply"]
    context.write(replies.take, key, NUMBER)
    assert context.read(requests.find, key).request.status == "acknowledged"


def test_an_offer_waits_on_the_first_page_until_it_is_taken(context: Context, folder: Folder) -> None:
    key = sent(context)
    folder.messages.append(reply(f"[PA-{key}]"))
    watch(context)
    found = context.read(overview.load)
    assert found is not None
    assert [(item.kind, item.subject) for item in found.waiting if item.kind not in ("unknown", "untold")] == [
        ("reply", "1")
    ]
    context.write(replies.take, key, NUMBER)
    found = context.read(overview.load)
    assert found is not None
    assert [item for item in found.waiting if item.kind not in ("unknown", "untold")] == []
    assert context.read(requests.found_numbers) == []
    assert offers(context) == [(NUMBER, "taken")]


def test_a_dismissed_offer_does_not_come_again(context: Context, folder: Folder) -> None:
    key = sent(context)
    folder.messages.append(reply(f"[PA-{key}]"))
    watch(context)
    with one_entry(context, "reply.dismissed", "PA-1") as facts:
        assert context.write(replies.dismiss, context.read(requests.found_numbers)[0].id).changes == {"requests"}
    assert facts == [{"case_number": NUMBER}, None]
    folder.messages.append(reply(f"RE: [PA-{key}]"))
    assert watch(context) == 0
    assert context.read(requests.found_numbers) == []
    assert offers(context) == [(NUMBER, "dismissed")]


def test_taking_one_number_settles_the_others_of_the_request(context: Context, folder: Folder) -> None:
    key, other = sent(context), sent(context)
    folder.messages += [reply(f"[PA-{key}]"), reply(f"[PA-{key}]", "00999999"), reply(f"[PA-{other}]", "00777777")]
    assert watch(context) == 3
    context.write(replies.take, key, "00999999")
    assert offers(context) == [(NUMBER, "dismissed"), ("00999999", "taken"), ("00777777", "open")]


def test_of_a_reply_with_several_numbers_a_person_chooses(context: Context, folder: Folder) -> None:
    key = sent(context)
    folder.messages.append(reply(f"[PA-{key}]", "00999999\nCase Number: 00777777"))
    assert watch(context) == 2
    assert {number.case_number for number in context.read(requests.found_numbers)} == {"00999999", "00777777"}


def test_a_settled_offer_cannot_be_dismissed(context: Context, folder: Folder) -> None:
    key = sent(context)
    folder.messages.append(reply(f"[PA-{key}]"))
    watch(context)
    context.write(replies.take, key, NUMBER)
    for offer in (1, 99):
        with nothing_saved(context), pytest.raises(BadInputError, match="settled already"):
            context.write(replies.dismiss, offer)


def test_the_folder_is_not_looked_into_while_no_request_lacks_a_number(context: Context, folder: Folder) -> None:
    drafted(context)
    context.write(replies.take, sent(context), NUMBER)
    with nothing_saved(context):
        assert watch(context) == 0
    assert folder.asked == []


def test_without_a_watched_folder_nobody_is_asked(context: Context, folder: Folder) -> None:
    change_agency(context, imap_host="")
    sent(context)
    with nothing_saved(context):
        assert watch(context) == 0
    assert folder.asked == []


def test_each_look_goes_on_where_the_last_one_ended(context: Context, folder: Folder, clock: FixedClock) -> None:
    sent(context)
    folder.messages.append(b"Subject: nothing\r\n\r\nnothing\r\n")
    watch(context)
    clock.instant = NOW + timedelta(days=20)
    watch(context)
    fortnight_before, first_day = date(2026, 11, 17), date(2026, 12, 1)
    assert folder.asked == [
        ("sesame-word", "Support", imap.Mark(0, 0), fortnight_before),
        ("sesame-word", "Support", imap.Mark(1, 1), first_day),
    ]


def test_a_folder_of_another_name_is_read_from_its_beginning(context: Context, folder: Folder) -> None:
    sent(context)
    watch(context)
    change_agency(context, imap_folder="Other")
    watch(context)
    assert [(asked[1], asked[2]) for asked in folder.asked] == [
        ("Support", imap.Mark(0, 0)),
        ("Other", imap.Mark(0, 0)),
    ]


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\xff\xfe\x00\x00\x00",
        reply("No reference"),
        reply("[PA-1]", number=""),
        reply("[PA-77]"),
        reply("[PA-1] [PA-2]"),
    ],
    ids=["empty", "garbage", "no reference", "no number", "unknown", "two requests"],
)
def test_what_is_in_doubt_is_not_offered_and_does_not_stop_the_rest(
    context: Context, folder: Folder, message: bytes
) -> None:
    sent(context)
    key = sent(context)
    folder.messages += [message, reply(f"[PA-{key}]")]
    assert watch(context) == 1
    assert [item.request_id for item in context.read(requests.found_numbers)] == [key]


def test_a_number_that_is_recorded_for_another_request_is_not_offered(context: Context, folder: Folder) -> None:
    context.write(replies.take, sent(context), NUMBER)
    key = sent(context)
    folder.messages.append(reply(f"[PA-{key}]"))
    assert watch(context) == 0


@pytest.mark.parametrize("end", ["done", "cancelled"])
def test_nothing_is_offered_for_a_request_that_has_ended(context: Context, folder: Folder, end: Status) -> None:
    sent(context)
    key = sent(context, "critical")
    context.write(requests.advance, key, "answered")
    context.write(requests.advance, key, end)
    folder.messages.append(reply(f"[PA-{key}]"))
    assert watch(context) == 0
    assert context.read(requests.found_numbers) == []


def test_without_the_password_the_folder_is_not_looked_into(context: Context, folder: Folder, ring: Memory) -> None:
    sent(context)
    ring.kept.clear()
    with nothing_saved(context), pytest.raises(BadInputError, match="not in the keyring"):
        watch(context)
    assert folder.asked == []
