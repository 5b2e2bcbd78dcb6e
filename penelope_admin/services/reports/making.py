"""Reports for people outside the program: the mirror's state, and when its features could have reached real people.

A report is read in one transaction and prints the newest entry's hash of the activity log, so that it can be held
against the log later. What people typed is shown as the log keeps it: masked where it looks like client data.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from penelope_admin import __version__
from penelope_admin.clock import zone_data
from penelope_admin.domain.text import clean_line
from penelope_admin.domain.times import EARLIEST, in_words, moment_in_words
from penelope_admin.errors import BadInputError
from penelope_admin.files import storable, write_private
from penelope_admin.gateways.reports import Kind, Report, Section, Text, Word
from penelope_admin.gateways.settings import MAX_NAME
from penelope_admin.services.activity import Verified, verify
from penelope_admin.services.mirror.environments import need_known
from penelope_admin.services.reports.exposure import exposure_sections
from penelope_admin.services.reports.parts import Reader
from penelope_admin.services.reports.state import state_sections
from penelope_admin.services.work import Work
from penelope_admin.store import audit

TITLES: dict[Kind, str] = {"state": "State of the mirror", "exposure": "PHI exposure log"}
USUAL = timedelta(days=89)
"""From the first day of the usual period to its last: 90 days with both."""
ENDINGS = (".html", ".pdf")
MOST_DIFFERENCES = 50


@dataclass(frozen=True, slots=True)
class Order:
    """Which report is wanted. The days are local ones, for the exposure log; by default the last 90.

    Attributes:
        person: who makes it, by name; the account stands beside it in any case.
        environment: the copy it is about; by default the usual one.
    """

    kind: Kind
    first: date | None = None
    last: date | None = None
    person: str = ""
    environment: str | None = None


@dataclass(frozen=True, slots=True)
class Saved:
    """A report that was saved, and the SHA-256 of its file."""

    target: Path
    number: int
    head: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What the log says of a hash.

    Attributes:
        entry: the entry that has it; None when there is none.
        file_of: the entry that tells of a report whose file has it; None when there is none.
        printed_by: entries that tell of reports on which it is printed.
        verified: the whole log, and the tables held against it.
    """

    entry: audit.Entry | None
    file_of: audit.Entry | None
    printed_by: tuple[audit.Entry, ...]
    verified: Verified

    @property
    def holds(self) -> bool:
        """Whether the log knows the hash and is unbroken, and nothing was changed behind its back."""
        return (self.entry is not None or self.file_of is not None) and self.verified.holds


def make(work: Work, order: Order) -> Report:
    """A report on what is recorded now.

    Raises:
        BadInputError: the period lies ahead or ends before it begins.
        RefusedError: this is a planning copy, which has no record to report on.
    """
    work.refuse_in_planning_copy()
    reader = Reader(work, need_known(work, order.environment))
    person = clean_line(order.person, "Your name", required=False, limit=MAX_NAME)
    if order.kind == "state":
        return _report(reader, order, person, state_sections(reader))
    first, last = _period(order, work.today)
    period = ("Period", f"{in_words(first)} to {in_words(last)}")
    report = _report(reader, order, person, exposure_sections(reader, first, last), period)
    return replace(report, first=first, last=last)


def _report(reader: Reader, order: Order, person: str, sections: list[Section], *period: tuple[str, str]) -> Report:
    work = reader.work
    number, head = audit.head(work.connection)
    about = [
        ("Agency", work.agency.name),
        ("Made", moment_in_words(work.now, work.zone)),
        ("By", f"{person} (account {work.actor})" if person else work.actor),
        *period,
        ("Times", f"Those of the zone {work.agency.zone}, by {zone_data()[0].name}"),
        ("Program", f"Penelope Admin {__version__}"),
        ("Activity log", f"Entry {number}, SHA-256 {head}"),
    ]
    return Report(
        kind=order.kind,
        title=TITLES[order.kind],
        about=tuple(about),
        sections=(*_differences(verify(work)), *sections, _checking(number, head)),
        made_at=work.now,
        footer=f"{TITLES[order.kind]}, {work.agency.name}, {in_words(work.today)}",
        number=number,
        head=head,
        paper=work.policy.region[work.agency.region].paper,
    )


def _period(order: Order, today: date) -> tuple[date, date]:
    last = order.last or today
    if last > today:
        raise BadInputError(f"{in_words(last)} is in the future. Nothing was written. Choose today or an earlier day.")
    first = order.first or max(last, EARLIEST.date() + USUAL) - USUAL
    if first > last:
        raise BadInputError(f"{in_words(first)} comes after {in_words(last)}. Nothing was written. Choose them again.")
    if first < EARLIEST.date():
        raise BadInputError(f"{in_words(first)} is before 1970. Nothing was written. Choose a later day.")
    return first, last


def check_ending(target: Path) -> str:
    """The file's ending, in small letters, if reports are made in that form.

    Raises:
        BadInputError: they are not.
    """
    ending = target.suffix.lower()
    if ending not in ENDINGS:
        raise BadInputError(
            f"{target.name} ends neither in .html nor in .pdf. Nothing was written. Choose one of them."
        )
    return ending


def save(work: Work, report: Report, target: Path, data: bytes) -> Saved:
    """Write a report to a file, private to this user, and say so in the log: both or neither.

    Raises:
        BadInputError: the file cannot be written; what was there before is unchanged.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    after = {
        "first": report.first,
        "last": report.last,
        "entry": report.number,
        "head": report.head,
        "file": storable(target.name),
        "file_sha256": sha256,
    }
    work.record("report.made", report.kind, after=after)
    write_private(target, data)
    return Saved(target, report.number, report.head, sha256)


def check(work: Work, text: str) -> Checked:
    """Whether the log still holds what a report printed, or tells of a report with this SHA-256; and is unbroken.

    Raises:
        BadInputError: it is no SHA-256.
    """
    digest = "".join(text.split()).lower()
    if len(digest) != len(audit.FIRST_HASH) or not set(digest) <= set("0123456789abcdef"):
        raise BadInputError(
            "That is neither a file nor a hash, which has 64 digits and letters from a to f, as reports print it. "
            "Nothing was checked."
        )
    reports = audit.telling_of(work.connection, "report.made", digest)
    facts = {entry.seq: entry.facts[1] for entry in reports}
    return Checked(
        audit.with_hash(work.connection, digest),
        next((entry for entry in reports if facts[entry.seq].get("file_sha256") == digest), None),
        tuple(entry for entry in reports if facts[entry.seq].get("head") == digest),
        verify(work),
    )


def _differences(verified: Verified) -> list[Section]:
    """A first section where the report rests on what was changed behind the log's back; none where it does not."""
    if verified.holds:
        return []
    warning = "This report is not verified: what it rests on was changed outside the program."
    says: list[Text] = [Word(warning, "danger")]
    if verified.first_broken is not None:
        says.append(f"The activity log is broken at entry {verified.first_broken}.")
    says += verified.differences[:MOST_DIFFERENCES]
    if (more := len(verified.differences) - MOST_DIFFERENCES) > 0:
        says.append(f"And {more} more. All of them: penelope-admin audit verify")
    return [Section("What differs from the activity log", tuple(says))]


def _checking(number: int, head: str) -> Section:
    return Section(
        "How this report can be checked",
        (
            f"The activity log's newest entry was number {number} when this report was made. Each entry is chained to "
            "the one before by its SHA-256, so this hash stands for everything recorded until then.",
            f"On the agency's data: penelope-admin report check {head}",
            "It says whether the log still holds this entry, whether its chain is unbroken, and whether the data is "
            "what the log says. The log also keeps the SHA-256 of each report's file, which the same command takes.",
        ),
    )
