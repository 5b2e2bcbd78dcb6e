"""Tickets as agencies write them to Support: 150 clean ones, and sentences that each hold one thing of a client's."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from penelope_admin.detect.texts import Own, find_hits
from tests.bench.detect.people import ADDRESS_WAYS, NUMBER_WAYS, REGIONS, addresses, numbers

TODAY = date(2026, 11, 20)
CLEAN = (
    "Since build {v} the report {n} is empty for everybody.",
    "Error 0x{h} in step {s} of the import, see KB{k}.",
    "Please look at invoice INV-2026-{n5}; the total says {a}.",
    "We run SQL Server 2019 (15.0.{n4}.{s}) and see time-outs since {d}.",
    "Budget line {n4}-{n3} is missing from the export.",
    "Your case {c8} was closed too early.",
    "Case no. {c8}: nothing has changed since {d}.",
    "The job ran from {t} to {t} and wrote {n5} rows.",
    "Purchase order PO-{n6} and receipt R{n7} do not match.",
    "Workflow {g} hangs at 45 %.",
    "Server 10.{b}.{b}.{b} does not answer on port 8443.",
    "Upgrade to {v} on {d}, then restart of node {s}.",
    "GL account {n4}-{n4}-{n2} shows {a} in period {s}.",
    "Form revision {n4}.{s} lost {n2} of its questions.",
    "Ticket #{n6}, opened {d}, is still with the second level.",
    "The query took {n5} ms, 1 200 000 rows, plan hash {n9}.",
    "Order {n4}/{n4}, reference ABC-{n6}-X.",
    "Version {v}.{n4} was tested from {d} until {d}.",
    "Cost centre {n6}, fund {n3}-{n2}-{n4}.",
    "Screen resolution 1920x1080, Chrome {c}.0.{n4}.{n2}.",
)
HELD: dict[str, tuple[str, ...]] = {
    "MBI": ("Medicare 1EG4-TE5-MK73", "her MBI is 1EG4TE5MK72", "2AC3CD4EF56 on the card", "MBI 9XW7-VT3-RP24."),
    "Medicaid": ("Medicaid ID AB12345C", "her Medicaid number is 123456789A", "Medicaid no. 1234567"),
    "NINO": ("ab 12 34 56 c", "NINO ab123456c", "national insurance qq 12 34 56 a", "AB-12-34-56-D"),
    "PEI card": ("PEI health card 12345678", "health card 0123 4567 (PEI)"),
    "NWT card": ("NWT health card N1234567", "health care card D 7654321"),
    "Manitoba card": ("MHSC 123456, PHIN 123456789", "Manitoba health 654321 family"),
    "Ontario card": ("OHIP 1234-567-890-AB", "health card 9876 543 217"),
    "Quebec card": ("RAMQ TREM 8759 1412", "carte TREM87591412"),
    "BC card": ("PHN 9123 456 789",),
    "Alberta card": ("AHCIP 12345-6789", "PHN 123456789 in Alberta"),
    "SIN": ("SIN 046 454 286", "046-454-286"),
    "SSN": ("SSN 219-09-9999", "social 219 09 9999"),
    "NHS": ("NHS 943 476 5919", "NHS number 9434765919"),
    "NHI": ("NHI ZAC5361", "NHI number ZBN77VL"),
    "Medicare AU": ("Medicare 2123 45670 1",),
    "birth": (
        "born in March 1987", "DOB March 1987", "date of birth: 1987", "born 5 March 1987", "née en mars 1987",
        "DOB 1987-03-05", "birth year 1987", "b. 05/03/1987", "born 1987", "d.o.b. 3/87",
    ),
    "address, spoken": ("write to jane at gmail.com", "jane dot doe at gmail dot com", "jane (at) gmail.com"),
}  # fmt: skip


def _clean(chance: random.Random) -> str:
    def digits(length: int) -> str:
        return str(chance.randrange(10 ** (length - 1), 10**length))

    def day() -> str:
        return (TODAY - timedelta(days=chance.randrange(300))).isoformat()

    facts = {f"n{length}": digits(length) for length in range(2, 10)}
    facts |= {
        "n": digits(3), "s": str(chance.randrange(1, 30)), "h": f"{chance.getrandbits(32):08x}", "k": digits(7),
        "v": f"{chance.randrange(4, 9)}.{chance.randrange(30)}.{chance.randrange(9)}", "d": day(), "c": digits(3),
        "a": f"${chance.randrange(10**6) / 100:,.2f}", "t": f"{chance.randrange(24)}:{chance.randrange(60):02}",
        "c8": str(chance.randrange(20_000_000, 30_000_000)), "b": str(chance.randrange(256)),
        "g": "-".join(f"{chance.getrandbits(4 * n):0{n}x}" for n in (8, 4, 4, 4, 12)),
    }  # fmt: skip
    return " ".join(text.format(**facts) for text in chance.sample(CLEAN, 2))


def _held(chance: random.Random) -> Iterator[tuple[str, str, str]]:
    """Region, kind and text."""
    for kind, texts in HELD.items():
        region = {"NINO": "GB", "NHS": "GB", "NHI": "NZ", "Medicare AU": "AU", "MBI": "US", "Medicaid": "US"}.get(
            kind, "CA"
        )
        for text in texts:
            yield region, kind, f"Please look at this: {text}. It is urgent."
    for region in REGIONS:
        for name, way in NUMBER_WAYS.items():
            yield region, f"number {name}", f"Please look: {way(chance.choice(numbers(region)), chance)} thanks"
        for name, spell in ADDRESS_WAYS.items():
            yield region, f"address {name}", f"Please look: {spell(chance.choice(addresses(region)), chance)} thanks"


def measure(say: Callable[[str], None]) -> None:
    """Recall, false marks and time."""
    chance, missed, count = random.Random(2026), list[str](), 0
    started = time.process_time()
    for region, kind, text in _held(chance):
        count += 1
        if not find_hits(text, Own(), region, TODAY):
            missed.append(f"{kind} ({region}): {text!r}")
    spent = (time.process_time() - started) / count
    tickets = [_clean(chance) for _ in range(150)]
    flagged = [ticket for ticket in tickets if find_hits(ticket, Own(), "CA", TODAY)]
    say(
        f"texts: {count - len(missed)} of {count} held ({100 - 100 * len(missed) / count:.1f} %), {1000 * spent:.2f} ms"
    )
    say(f"texts: {len(flagged)} of {len(tickets)} clean tickets flagged")
    for line in missed[:40]:
        say(f"  missed {line}")
    for line in flagged[:15]:
        hits = [line[hit.start : hit.end] for hit in find_hits(line, Own(), "CA", TODAY)]
        say(f"  flagged {hits} in {line!r}")
