"""Mail settings and passwords, the outbox, and replies read from files."""

from __future__ import annotations

import io
import sys
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.cli.terminal import Terminal
from tests.each import each
from tests.keyrings import Memory
from tests.postoffice import DROP, Fault, PostOffice
from tests.services.house import everything

SECRET = "pässwort-Quokka-77"
SERVERS = (
    "--own-address", "admin@riverside.example", "--smtp-host", "mail.riverside.example", "--smtp-port", "465",
    "--smtp-security", "tls", "--smtp-user", "ada", "--imap-host", "imap.riverside.example", "--imap-port", "143",
    "--imap-security", "starttls", "--imap-user", "ada", "--imap-folder", "Support", "--telephone", "204-555-0100",
    "--delivery", "smtp",
)  # fmt: skip
REPLY_KEYS = [
    "request", "case_number", "found_by", "certain", "requests", "case_numbers", "sender", "from_support", "days",
    "recorded",
]  # fmt: skip
NUMBER = "00481516"


@pytest.fixture
def posting(agency: Terminal) -> Terminal:
    """With mail servers; nothing connects to them here."""
    assert agency("agency", "set", *SERVERS).code == 0
    return agency


def typing(monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    """What stands on stdin, which Python takes for Windows' own encoding there."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(line.encode()), "cp1252"))


# --- settings ----------------------------------------------------------------------------------


def test_mail_servers_are_set_and_shown(posting: Terminal) -> None:
    found = posting("agency", "show", "--json").json()
    assert {name: found[name] for name in found if name.startswith(("smtp", "imap", "tele", "deli"))} == {
        "telephone": "204-555-0100", "delivery": "smtp", "smtp_host": "mail.riverside.example", "smtp_port": 465,
        "smtp_security": "tls", "smtp_user": "ada", "imap_host": "imap.riverside.example", "imap_port": 143,
        "imap_security": "starttls", "imap_user": "ada", "imap_folder": "Support",
    }  # fmt: skip
    assert "smtp host: mail.riverside.example" in posting("agency", "show").lines()


def test_a_server_can_be_taken_out_again(posting: Terminal) -> None:
    assert posting("agency", "set", "--imap-host", "", "--delivery", "mail-program", "--smtp-user", "").code == 0
    found = posting("agency", "show", "--json").json()
    assert (found["imap_host"], found["smtp_user"], found["smtp_host"]) == ("", "", "mail.riverside.example")


@each(
    "arguments",
    [
        ("--delivery", "smtp"),
        ("--delivery", "fax"),
        ("--smtp-port", "0"),
        ("--smtp-port", "seventy"),
        ("--smtp-security", "none"),
        ("--imap-security", "none"),
        ("--smtp-host", "two words"),
        ("--imap-host", "imap.riverside.example"),
        ("--imap-host", "imap.riverside.example", "--imap-user", "ada", "--imap-folder", ""),
        ("--telephone", "two\nlines"),
        ("--telephone", "ask at the desk"),
    ],
)
def test_mail_settings_that_cannot_work_change_nothing(agency: Terminal, arguments: tuple[str, ...]) -> None:
    before = agency("agency", "show", "--json").json()
    ran = agency("agency", "set", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err
    assert agency("agency", "show", "--json").json() == before


# --- passwords ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "end"), [("smtp", "\n"), ("imap", "\r\n"), ("smtp", "")])
def test_a_password_on_stdin_is_kept_in_the_keyring_and_never_shown(
    posting: Terminal, ring: Memory, monkeypatch: pytest.MonkeyPatch, kind: str, end: str
) -> None:
    typing(monkeypatch, f"{SECRET}{end}")
    ran = posting("agency", "password", kind)
    assert (ran.code, ran.out) == (0, f"The password for {kind} is in the keyring.\n")
    assert list(ring.kept.values()) == [SECRET]
    printed = [ran.out, ran.err]
    for arguments in (("agency", "show"), ("agency", "show", "--json"), ("audit", "list"), ("audit", "list", "--json")):
        printed += [posting(*arguments).out, posting(*arguments).err]
    assert SECRET not in "\n".join([*printed, *everything(posting.home)])
    for path in posting.home.rglob("*"):
        assert path.is_dir() or SECRET.encode() not in path.read_bytes()


def test_a_password_can_be_forgotten(posting: Terminal, ring: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    typing(monkeypatch, f"{SECRET}\n")
    posting("agency", "password", "smtp")
    ran = posting("agency", "password", "smtp", "--forget")
    assert (ran.code, ran.out) == (0, "The password for smtp is forgotten.\n")
    assert ring.kept == {}


@pytest.mark.parametrize("line", ["", "\n", "x" * 1001 + "\n", "tab\there\n"], ids=lambda line: ascii(line)[:12])
def test_what_can_be_no_password_is_refused_without_showing_it(
    posting: Terminal, ring: Memory, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    typing(monkeypatch, line)
    ran = posting("agency", "password", "smtp")
    assert (ran.code, ran.out) == (2, "")
    assert not line.strip() or line.strip() not in ran.err
    assert ring.kept == {}


def test_the_mark_that_windows_puts_before_utf_8_is_no_part_of_a_password(
    posting: Terminal, ring: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(f"\ufeff{SECRET}\r\n".encode()), "utf-8"))
    assert posting("agency", "password", "smtp").code == 0
    assert list(ring.kept.values()) == [SECRET]


def test_a_password_that_is_no_utf_8_is_refused_cleanly(
    posting: Terminal, ring: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"p\xe4ss\n"), "utf-8"))
    ran = posting("agency", "password", "smtp")
    assert (ran.code, ran.out) == (2, "")
    assert "not UTF-8 text. No password was changed" in ran.err
    assert ring.kept == {}


def test_a_server_that_takes_no_passwords_is_told_when_it_is_set(posting: Terminal) -> None:
    ran = posting("agency", "set", "--smtp-host", "smtp.office365.com")
    assert ran.code == 0
    assert "Microsoft 365" in ran.err
    assert "You can send with your mail program instead" in ran.err
    assert "agency set --delivery mail-program" in ran.err
    assert posting("agency", "set", "--smtp-host", "mail.riverside.example").err == ""


def test_without_a_server_there_is_no_password_to_keep(
    agency: Terminal, ring: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    typing(monkeypatch, f"{SECRET}\n")
    ran = agency("agency", "password", "smtp")
    assert (ran.code, ran.out) == (2, "")
    assert "No server for sending is set" in ran.err
    assert SECRET not in ran.err
    assert ring.kept == {}


# --- the outbox --------------------------------------------------------------------------------


def test_an_empty_outbox_says_so(agency: Terminal) -> None:
    ran = agency("outbox", "list")
    assert (ran.code, ran.out, ran.err) == (0, "", "The outbox is empty.\n")
    assert agency("outbox", "list", "--json").json() == []


def test_flushing_an_empty_outbox_does_nothing(agency: Terminal) -> None:
    ran = agency("outbox", "flush")
    assert (ran.code, ran.out) == (0, "Sent 0, failed 0, still waiting 0.\n")


def test_a_request_that_waits_in_the_outbox_is_tried_again_and_given_out_in_no_second_way(
    posting: Terminal, ring: Memory
) -> None:
    posting("agency", "set", "--support-address", "support@vendor.example")
    posting("requests", "new", "question", "--title", "How does it count?", "--text", "Two lists differ.")
    first, again = (posting("requests", "send", "1") for _ in range(2))
    assert "It waits in the outbox." in first.err
    assert (again.code, again.out, again.err) == (first.code, first.out, first.err)
    assert [entry["action"] for entry in posting("audit", "list", "--json").json()].count("request.handed-over") == 0


def test_a_message_that_is_not_there_cannot_be_taken_back(agency: Terminal) -> None:
    ran = agency("outbox", "cancel", "1")
    assert (ran.code, ran.out) == (2, "")
    assert "There is no message 1" in ran.err


# --- replies -----------------------------------------------------------------------------------


@pytest.fixture
def asked(agency: Terminal) -> Terminal:
    """With request 1 sent."""
    agency("requests", "new", "question", "--title", "How does it count?", "--text", "Two lists differ.")
    assert agency("requests", "advance", "1", "sent").code == 0
    return agency


def reply(folder: Path, subject: str = "RE: How does it count? [PA-1]", *numbers: str, sender: str = "") -> Path:
    """An email of Support's, as a file."""
    message = EmailMessage()
    message["From"] = sender or "Support <support@vendor.example>"
    message["Subject"] = subject
    message.set_content("Hello, Zanzibar-Quokka.\n" + "".join(f"Case Number: {number}\n" for number in numbers))
    file = folder / "reply.eml"
    file.write_bytes(message.as_bytes())
    return file


def test_a_reply_is_shown_first_and_recorded_when_accepted(asked: Terminal, tmp_path: Path) -> None:
    file = reply(tmp_path, "RE: How does it count? [PA-1]", NUMBER)
    ran = asked("requests", "import-reply", file)
    assert ran.code == 0
    assert NUMBER in ran.out
    assert ran.err == "Nothing has been recorded yet; --accept does it.\n"
    assert asked("requests", "show", "1", "--json").json()["status"] == "sent"
    ran = asked("requests", "import-reply", file, "--accept")
    assert (ran.code, ran.err) == (0, "")
    assert ran.lines()[-1] == f"Request 1 has the case number {NUMBER}."
    found = asked("requests", "show", "1", "--json").json()
    assert (found["status"], found["case_number"]) == ("acknowledged", NUMBER)
    assert "Zanzibar-Quokka" not in "\n".join(everything(asked.home))


def test_the_day_a_reply_names_is_told_with_the_command_that_records_it(asked: Terminal, tmp_path: Path) -> None:
    asked("refresh", "request", "--reason", "Test")
    asked("requests", "advance", "2", "sent")
    file = tmp_path / "reply.txt"
    file.write_text(f"Subject: [PA-2]\n\nCase Number: {NUMBER}\nIt is scheduled for 4 December 2028 at 8 pm ET.\n")
    ran = asked("requests", "import-reply", file, "--accept")
    assert "It names “4 December 2028 at 8 pm ET”. Here that is Monday 4 December 2028." in ran.out
    (day,) = asked("requests", "import-reply", file, "--json").json()["days"]
    assert day == {"said": "4 December 2028 at 8 pm ET", "readings": ["2028-12-04"], "doubt": None}
    assert "requests advance 2 scheduled --on 2028-12-04" in ran.err
    assert asked("requests", "advance", "2", "scheduled", "--on", "2028-12-04").code == 0


def test_a_later_reply_with_a_known_case_number_says_whose_it_is_and_nothing_is_to_be_recorded(
    asked: Terminal, tmp_path: Path
) -> None:
    asked("requests", "import-reply", reply(tmp_path, "[PA-1]", NUMBER), "--accept")
    later = reply(tmp_path, "No reference", NUMBER)
    for more in ((), ("--accept",)):
        ran = asked("requests", "import-reply", later, *more)
        assert (ran.code, ran.err) == (0, "")
        assert ran.out == f"It gives case number {NUMBER}. PA-1 has this number already.\n"


@each("accept", [False, True])
def test_a_reply_in_json_has_these_keys_and_values(asked: Terminal, tmp_path: Path, accept: bool) -> None:
    file = reply(tmp_path, "RE: How does it count? [PA-1]", NUMBER)
    found = asked("requests", "import-reply", file, "--json", *(["--accept"] if accept else [])).json()
    assert list(found) == REPLY_KEYS
    assert found == {
        "request": 1, "case_number": NUMBER, "found_by": "subject", "certain": True, "requests": [1],
        "case_numbers": [NUMBER], "sender": "support@vendor.example", "from_support": True, "days": [],
        "recorded": accept,
    }  # fmt: skip


@each(
    "subject, numbers",
    [("No reference", (NUMBER,)), ("[PA-1]", ()), ("[PA-1]", (NUMBER, "00999999")), ("[PA-7]", (NUMBER,))],
)
def test_what_is_in_doubt_is_not_recorded_and_exits_with_1(
    asked: Terminal, tmp_path: Path, subject: str, numbers: tuple[str, ...]
) -> None:
    file = reply(tmp_path, subject, *numbers)
    for more in ((), ("--accept",), ("--json",), ("--json", "--accept")):
        ran = asked("requests", "import-reply", file, *more)
        assert ran.code == 1
        assert ran.out
    assert "Say which with --request ID --case NUMBER --accept" in asked("requests", "import-reply", file).err
    assert asked("requests", "show", "1", "--json").json()["case_number"] is None


def test_what_is_in_doubt_can_be_said(asked: Terminal, tmp_path: Path) -> None:
    file = reply(tmp_path, "No reference", NUMBER, "00999999")
    ran = asked("requests", "import-reply", file, "--request", "1", "--case", "00999999", "--accept")
    assert ran.code == 0
    assert asked("requests", "show", "1", "--json").json()["case_number"] == "00999999"


def test_a_reply_from_elsewhere_is_pointed_out(asked: Terminal, tmp_path: Path) -> None:
    file = reply(tmp_path, "[PA-1]", NUMBER, sender="someone@else.example")
    ran = asked("requests", "import-reply", file)
    assert ran.code == 0
    assert "It does not come from Support's address (someone@else.example)." in ran.err


def test_a_number_for_a_request_that_has_one_is_refused(asked: Terminal, tmp_path: Path) -> None:
    asked("requests", "advance", "1", "acknowledged", "--case", "1")
    file = reply(tmp_path, "[PA-1]", NUMBER)
    ran = asked("requests", "import-reply", file, "--request", "1", "--case", NUMBER, "--accept")
    assert (ran.code, ran.out) == (1, "")
    assert "a different question is a new case" in ran.err


@each("content", [b"", b"\xff\xfe\x00", None])
def test_a_file_that_is_no_reply_is_refused(asked: Terminal, tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "reply.eml"
    if content is not None:
        file.write_bytes(content)
    ran = asked("requests", "import-reply", file, "--accept")
    assert ran.code in (1, 2)
    assert ran.err
    assert asked("requests", "show", "1", "--json").json()["case_number"] is None


# --- what may have arrived ---------------------------------------------------------------------


@pytest.fixture
def sending(agency: Terminal, office: PostOffice) -> Terminal:
    """With that mail server, and a draft."""
    server = ("--smtp-host", "localhost", "--smtp-port", str(office.port))
    assert agency("agency", "set", "--own-address", "admin@riverside.example", *server).code == 0
    assert agency("requests", "new", "question", "--title", "A report", "--text", "How?").out == "1\n"
    return agency


def test_a_notice_to_the_staff_is_shown_and_sent_only_with_a_yes(sending: Terminal, office: PostOffice) -> None:
    everybody = ("all@riverside.example", "night@riverside.example")
    to = ("staff-notice", "--send-to", ",".join(everybody))
    shown = sending(*to)
    assert shown.out.startswith(f"To: {', '.join(everybody)}\nPenelope is expected to be upgraded: ")
    assert "Nothing has been sent yet; --yes does it." in shown.err
    assert office.received == []
    office.faults.append(Fault("connect", DROP, times=1))
    assert sending(*to, "--yes").code == 1
    assert sending(*to, "--yes").code == 1  # it waits already
    (waiting,) = sending("outbox", "list", "--json").json()
    assert (waiting["request"], waiting["window"], waiting["state"]) == (None, "2026-12", "waiting")
    assert "staff notice 2026-12 to all@" in sending("outbox", "list").out
    assert sending("outbox", "cancel", "1").out == "Message 1 is taken back.\n"
    assert "Sent: " in sending(*to, "--yes").err
    assert [received.recipients for received in office.received] == [everybody]


@pytest.mark.parametrize("answer", ["sent", "drafted"])
def test_the_terminal_asks_whether_it_arrived_and_takes_both_answers(
    sending: Terminal, office: PostOffice, answer: str
) -> None:
    office.faults.append(Fault("reply", DROP, times=1))
    ran = sending("requests", "send", "1", "--via", "smtp")
    assert "Support may have it." in ran.err
    assert "Nothing was sent" not in ran.err
    office.faults.append(Fault("rcpt", "550 5.1.1 Nobody here", times=1))
    assert sending("outbox", "flush").code == 1
    assert "Support may have it." in sending("requests", "show", "1").out
    found = sending("requests", "show", "1", "--json").json()
    assert (found["status"], found["may_have_arrived"]) == ("queued", True)
    assert found["next_steps"] == ["sent", "drafted", "cancelled"]
    ran = sending("requests", "send", "1", "--via", "smtp")
    assert ran.code == 1
    assert "If it arrived: penelope-admin requests advance 1 sent" in ran.err
    assert sending("requests", "advance", "1", answer).code == 0
    found = sending("requests", "show", "1", "--json").json()
    assert (found["status"], found["may_have_arrived"]) == (answer, False)


def test_taking_back_what_may_have_arrived_names_the_two_commands(sending: Terminal, office: PostOffice) -> None:
    office.faults.append(Fault("dot", DROP, times=1))
    sending("requests", "send", "1", "--via", "smtp")
    ran = sending("outbox", "cancel", "1")
    assert ran.code == 0
    for words in ("Support may have it.", "requests advance 1 sent", "requests advance 1 drafted"):
        assert words in ran.out


def test_a_refusal_of_passwords_names_the_option_that_uses_the_mail_program(
    sending: Terminal, office: PostOffice
) -> None:
    office.faults.append(Fault("mail", "550 5.7.30 Basic authentication is not supported for Client Submission."))
    ran = sending("requests", "send", "1", "--via", "smtp")
    assert ran.code == 1
    for words in (
        "accepts no passwords",
        "You can send with your mail program instead",
        "--via eml",
        "--delivery mail-program",
    ):
        assert words in ran.err
    assert "Check user name" not in ran.err
