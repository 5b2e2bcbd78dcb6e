"""The agency's mail servers: what is taken and refused, and their passwords, which are in the keyring alone."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tries
from hypothesis import strategies as st

from penelope_admin.domain.delivery import VIA_NAMES, MailServer
from penelope_admin.errors import BadInputError
from penelope_admin.services import agency
from penelope_admin.services.requests import mailbox
from penelope_admin.services.work import Context
from tests.each import each
from tests.effort import examples
from tests.keyrings import Memory
from tests.services.house import PROFILE, change_agency, database, has_password, nothing_saved, one_entry

SECRET = "pässwort-Quokka-77"
SMTP = {"smtp_host": "mail.riverside.example", "smtp_port": 465, "smtp_security": "tls", "smtp_user": "ada"}
IMAP = {
    "imap_host": "imap.riverside.example", "imap_port": 143, "imap_security": "starttls", "imap_user": "ada",
    "imap_folder": "Support/Cases",
}  # fmt: skip
BAD: list[tuple[dict[str, Any], str]] = [
    ({"delivery": "fax"}, '"fax" is not a way to send'),
    ({"delivery": ""}, "is not a way to send"),
    ({"delivery": "smtp"}, "needs the server, the agency's own address and Support's address"),
    ({"delivery": "smtp", **SMTP, "own_address": ""}, "needs the server, the agency's own address"),
    ({"delivery": "smtp", **SMTP, "support_address": ""}, "needs the server, the agency's own address"),
    ({"delivery": "smtp", "smtp_host": "  "}, "needs the server, the agency's own address"),
    ({"smtp_port": 0}, "a number from 1 to 65535"),
    ({"smtp_port": 65536}, "a number from 1 to 65535"),
    ({"imap_port": -1}, "a number from 1 to 65535"),
    ({"smtp_security": "none"}, '"none" is none of starttls, tls'),
    ({"imap_security": ""}, "is none of starttls, tls"),
    ({"smtp_host": "mail riverside"}, "does not look like the name of a server"),
    ({"smtp_host": "https://mail.riverside.example"}, "does not look like the name of a server"),
    ({"smtp_host": "mail.riverside.example\r\nQUIT"}, "The server for sending"),
    ({"imap_host": "ada@mail.riverside.example", "imap_user": "ada"}, "The server for replies"),
    ({"smtp_host": "m" * 256}, "longer than 255"),
    ({"smtp_user": "ada\r\nRCPT TO:<x@else.example>"}, "The user for sending"),
    ({**IMAP, "imap_user": "ada\nLOGOUT"}, "The user for replies"),
    ({**IMAP, "imap_user": ""}, "needs the user of the mailbox"),
    ({**IMAP, "imap_user": "  "}, "needs the user of the mailbox"),
    ({**IMAP, "imap_folder": " "}, "The folder for replies is empty"),
    ({**IMAP, "imap_folder": "INBOX\r\nX"}, "The folder for replies"),
    ({"telephone": "204\n555"}, "telephone number"),
    ({"telephone": "5" * 61}, "longer than 60"),
]


def kept_files(context: Context) -> bytes:
    """Everything in the data folder."""
    return b"\n".join(path.read_bytes() for path in database(context.home).parent.rglob("*") if path.is_file())


# --- settings ----------------------------------------------------------------------------------


def test_a_new_agency_writes_by_the_mail_program_and_watches_nothing(context: Context) -> None:
    known = context.read(agency.need_profile)
    assert (known.delivery, known.smtp, known.imap, known.telephone) == ("mail-program", None, None, "")


def test_what_is_set_of_the_servers_is_found_again(context: Context) -> None:
    fields: dict[str, Any] = {**SMTP, **IMAP, "delivery": "smtp", "telephone": " 204-555-0100 "}
    with one_entry(context, "agency.changed", PROFILE.name) as facts:
        change_agency(context, **fields)
    found = context.read(agency.need_profile)
    assert found.smtp == MailServer("mail.riverside.example", 465, "tls", "ada")
    assert found.imap == MailServer("imap.riverside.example", 143, "starttls", "ada")
    assert (found.imap_folder, found.delivery, found.telephone) == ("Support/Cases", "smtp", "204-555-0100")
    for name, value in {**fields, "telephone": "204-555-0100"}.items():
        assert found.facts()[name] == facts[1][name] == value


@each("via", VIA_NAMES)
def test_every_way_can_be_the_usual_one(context: Context, via: str) -> None:
    change_agency(context, **SMTP, delivery=via)
    assert context.read(agency.need_profile).delivery == via


@each("host", ["mail.riverside.example", "localhost", "192.0.2.7", "2001:db8::7", " mail.example "])
def test_a_server_is_named_by_name_or_by_number(context: Context, host: str) -> None:
    change_agency(context, smtp_host=host)
    assert context.read(agency.need_profile).smtp_host == host.strip()


@pytest.mark.parametrize("port", [1, 65535])
def test_a_port_may_be_any_there_is(context: Context, port: int) -> None:
    change_agency(context, smtp_port=port, imap_port=port)
    assert context.read(agency.need_profile).imap_port == port


@each("fields, message", BAD)
def test_what_could_never_work_is_refused_with_what_is_wrong(
    context: Context, fields: dict[str, Any], message: str
) -> None:
    with nothing_saved(context), pytest.raises(BadInputError, match=message) as refused:
        change_agency(context, **fields)
    assert "Nothing was saved" in str(refused.value)


@each("fields, message", BAD[:3])
def test_a_set_up_is_held_to_the_same(fresh: Context, fields: dict[str, Any], message: str) -> None:
    with nothing_saved(fresh), pytest.raises(BadInputError, match=message):
        fresh.write(agency.set_up, msgspec.structs.replace(PROFILE, **fields))


@tries(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(12, long=300))
@given(
    name=st.sampled_from(["smtp_host", "smtp_user", "imap_user", "imap_folder", "telephone"]),
    text=st.text(st.characters(), max_size=40) | st.text("aé.:-@/ \r\n\0", max_size=12),
)
def test_no_server_user_or_folder_holds_a_line_break_or_a_control_character(
    context: Context, name: str, text: str
) -> None:
    before = context.read(agency.need_profile)
    try:
        change_agency(context, **{name: text})
    except BadInputError:
        assert context.read(agency.need_profile) == before
    else:
        kept = getattr(context.read(agency.need_profile), name)
        assert kept == text.strip()
        assert kept.isprintable() or not any(character in kept for character in "\r\n\0\t\x0b\x0c\x85\u2028\u2029")


# --- passwords ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["smtp", "imap"])
def test_a_password_is_in_the_keyring_and_in_no_file(context: Context, ring: Memory, kind: Any) -> None:
    change_agency(context, **SMTP, **IMAP)
    host = SMTP["smtp_host"] if kind == "smtp" else IMAP["imap_host"]
    assert not has_password(context, kind)
    with one_entry(context, "mail.password-kept", f"{kind} ada@{host}") as facts:
        done = mailbox.keep_password(context, kind, SECRET)
    assert done.changes == {"agency"}
    assert facts == [None, None]
    assert has_password(context, kind)
    assert list(ring.kept.values()) == [SECRET]
    files = kept_files(context)
    assert SECRET.encode() not in files
    assert b"Quokka" not in files


def test_a_password_can_be_forgotten(context: Context, ring: Memory) -> None:
    change_agency(context, **SMTP)
    mailbox.keep_password(context, "smtp", SECRET)
    with one_entry(context, "mail.password-forgotten", "smtp ada@mail.riverside.example") as facts:
        mailbox.keep_password(context, "smtp", None)
    assert facts == [None, None]
    assert ring.kept == {}
    assert not has_password(context, "smtp")


def test_each_server_has_a_password_of_its_own(context: Context, ring: Memory) -> None:
    change_agency(context, **SMTP, **IMAP)
    mailbox.keep_password(context, "smtp", SECRET)
    assert has_password(context, "smtp")
    assert not has_password(context, "imap")
    change_agency(context, smtp_user="bob")
    assert not has_password(context, "smtp")
    assert len(ring.kept) == 1


@pytest.mark.parametrize(("kind", "what"), [("smtp", "sending"), ("imap", "replies")])
def test_without_a_server_there_is_no_password_to_keep(context: Context, ring: Memory, kind: Any, what: str) -> None:
    with nothing_saved(context), pytest.raises(BadInputError, match=f"No server for {what} is set"):
        mailbox.keep_password(context, kind, SECRET)
    assert ring.kept == {}
    assert not has_password(context, kind)


@pytest.mark.parametrize("word", ["", "two\nlines", "x" * 1001], ids=lambda word: ascii(word)[:20])
def test_what_can_be_no_password_is_not_kept(context: Context, ring: Memory, word: str) -> None:
    change_agency(context, **SMTP)
    with nothing_saved(context), pytest.raises(BadInputError) as refused:
        mailbox.keep_password(context, "smtp", word)
    assert ring.kept == {}
    assert not word or word not in str(refused.value)
