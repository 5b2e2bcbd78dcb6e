"""What an agency says about itself."""

from __future__ import annotations

from datetime import datetime

import msgspec

from penelope_admin.clock import find_zone
from penelope_admin.domain.delivery import MailServer, Security, Via
from penelope_admin.domain.letters import Writer
from penelope_admin.policy import MailKind, SupportPackage


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """What an agency says about itself.

    Attributes:
        region: one of the policy's region keys.
        zone: IANA name.
        environments: keys of the environments it has; production is always one.
        support_address: where Support is written to. The vendor's page gives it; our copy of the page has lost it.
        own_address: the agency's address in drafts.
        portal_url: the Community portal.
        release_notes_url: where the vendor tells what is in past and coming versions.
        own_mail: its own mail domains and test mailboxes, by which a check of data tells them from people's.
        notice_days: so many days before an upgrade, a missing notice is told; None for the policy's.
        around_the_clock: whether people work with Penelope at night and on weekends, when it is upgraded.
        telephone: the agency's own number, where Support calls back.
        delivery: how requests are usually sent.
        smtp_host: the agency's own server for sending; empty where it has none, as for `imap_host`.
        smtp_user: whom to sign in as; empty for a server that asks for nobody. Passwords are in the keyring.
        support_package: which the agency has with the vendor; it decides about the telephone.
        second_person: whether switching on needs somebody else's approval where contact details may be real.
        imap_host: the server on which the folder with Support's replies is watched.
        facts_as_of: in a planning copy, when what is known of the agency and its databases was taken along (UTC);
            None where it is recorded.
        facts_from: in a planning copy, the UUID of the database in which it is recorded.
        version: of the stored profile, to notice somebody else's change; 0 for a new one.
    """

    name: str
    region: str
    zone: str
    environments: tuple[str, ...]
    support_address: str = ""
    own_address: str = ""
    portal_url: str = ""
    telephone: str = ""
    delivery: Via = "mail-program"
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_security: Security = "starttls"
    smtp_user: str = ""
    imap_host: str = ""
    imap_port: int = 993
    imap_security: Security = "tls"
    imap_user: str = ""
    imap_folder: str = "INBOX"
    second_person: bool = False
    support_package: SupportPackage = "unknown"
    release_notes_url: str = ""
    own_mail: str = ""
    around_the_clock: bool = False
    facts_as_of: datetime | None = None
    facts_from: str | None = None
    notice_days: int | None = None
    version: int = 0

    def mail_server(self, kind: MailKind) -> MailServer:
        """The server for sending, or that with the watched folder; without a host where the agency named none."""
        if kind == "smtp":
            return MailServer(self.smtp_host, self.smtp_port, self.smtp_security, self.smtp_user)
        return MailServer(self.imap_host, self.imap_port, self.imap_security, self.imap_user)

    @property
    def smtp(self) -> MailServer | None:
        """The server for sending; None where the agency named none."""
        return self.mail_server("smtp") if self.smtp_host else None

    @property
    def imap(self) -> MailServer | None:
        """The server with the watched folder; None where the agency named none."""
        return self.mail_server("imap") if self.imap_host else None

    @property
    def writer(self) -> Writer:
        """Who writes the letters, and to whom."""
        zone = find_zone(self.zone)
        return Writer(self.name, zone, self.support_address, self.own_address, self.telephone)

    def facts(self) -> dict[str, object]:
        """What is set, as the activity log keeps it and the command line prints it."""
        facts = msgspec.structs.asdict(self)
        del facts["version"]
        return {**facts, "environments": list(self.environments)}
