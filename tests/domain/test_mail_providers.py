"""Mail servers that take no passwords, or soon will not, are known by their names; the clock decides which is said."""

from __future__ import annotations

from datetime import date

from penelope_admin.domain.delivery import INSTEAD, password_notice
from penelope_admin.policy import MailKind, Policy
from tests.each import each

BEFORE, AFTER = date(2026, 12, 31), date(2027, 1, 1)


@each("host", ["smtp.office365.com", "SMTP.Office365.com.", " outlook.office365.com "])
def test_until_the_end_of_2026_microsoft_365_is_about_to_stop_taking_passwords_for_sending(
    policy: Policy, host: str
) -> None:
    said = password_notice(policy, "smtp", host, BEFORE)
    assert "stops taking passwords for sending (SMTP) at the end of December 2026" in said
    assert said.endswith(INSTEAD["smtp"])


def test_from_2027_on_microsoft_365_has_stopped_taking_passwords_for_sending(policy: Policy) -> None:
    said = password_notice(policy, "smtp", "smtp.office365.com", AFTER)
    assert "has taken no passwords for sending (SMTP) since the end of December 2026" in said


@each("today", [BEFORE, AFTER])
def test_microsoft_365_takes_no_passwords_for_reading_since_january_2023(policy: Policy, today: date) -> None:
    said = password_notice(policy, "imap", "outlook.office365.com", today)
    assert "has taken no passwords for reading mail (IMAP) since January 2023" in said
    assert said.endswith(INSTEAD["imap"])


@each(
    "kind, host",
    [
        ("smtp", "smtp.gmail.com"),
        ("smtp", "smtp.googlemail.com"),
        ("imap", "imap.gmail.com"),
    ],
)
def test_gmail_takes_app_passwords_only(policy: Policy, kind: MailKind, host: str) -> None:
    assert "Gmail takes app passwords only" in password_notice(policy, kind, host, BEFORE)


@each(
    "kind, host",
    [
        ("smtp", "smtp-mail.outlook.com"),
        ("imap", "imap-mail.outlook.com"),
        ("smtp", "riverside-example.mail.protection.outlook.com"),
    ],
)
def test_microsoft_s_other_servers_are_known_too(policy: Policy, kind: MailKind, host: str) -> None:
    assert "no passwords" in password_notice(policy, kind, host, BEFORE)


@each(
    "host",
    ["", "mail.riverside.example", "smtp.office365.com.evil.example", "mail.protection.outlook.com", "office365.com"],
)
def test_of_other_servers_nothing_is_said(policy: Policy, host: str) -> None:
    assert password_notice(policy, "smtp", host, AFTER) == ""
    assert password_notice(policy, "imap", host, AFTER) == ""
