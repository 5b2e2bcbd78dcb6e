"""Exports as a case-management system writes them, made up: de-identified, and with contacts planted that look real.

What is planted is known without the program: addresses at mail providers by faker, telephone numbers that
`phonenumbers` calls valid, as it or faker writes them.
"""

from __future__ import annotations

import csv
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import phonenumbers
from faker import Faker

LOCALES = {"CA": ("en_CA", "fr_CA"), "US": ("en_US",), "GB": ("en_GB",), "AU": ("en_AU",), "NZ": ("en_NZ",)}
HEADING = [
    *("client_id", "case_no", "first_name", "last_name", "birth_date", "email", "home_phone", "mobile", "work_phone"),
    *("street", "city", "postcode", "created_at", "updated_at", "status", "amount", "notes", "referrer", "worker"),
    "health_card",
]
EMAIL, PHONES, NOTES = HEADING.index("email"), (6, 7, 8), HEADING.index("notes")
POOL = 1500
SENTENCES = 5000
AREAS = {
    "CA": (204, 236, 250, 306, 403, 416, 418, 506, 514, 519, 587, 604, 613, 647, 705, 709, 778, 807, 867, 902, 905),
    "US": (202, 212, 213, 305, 310, 312, 404, 415, 503, 512, 602, 617, 646, 702, 713, 718, 773, 800, 808, 907, 917),
}
FICTIONAL: dict[str, tuple[str, ...]] = {  # as the regulators publish them
    "CA": ("{area}-555-01{:02}", "({area}) 555-01{:02}", "+1 {area} 555 01{:02}", "{area}55501{:02}"),
    "US": ("{area}-555-01{:02}", "({area}) 555-01{:02}", "+1-{area}-555-01{:02}", "1 ({area}) 555-01{:02}"),
    "GB": ("020 7946 00{:02}", "(01632) 9600{:02}", "+44 7700 9001{:02}", "077009009{:02}", "+44 (0)113 496 03{:02}"),
    "AU": ("(02) 5550 12{:02}", "07 7010 34{:02}", "0491 570 1{:02}", "+61 2 5550 99{:02}", "+61 (0)491 572 6{:02}"),
    "NZ": ("000 000 0000", "021 999 9999", "+64 21 000 000", "n/a", "(09) 000-0000"),
}
RESERVED = ("example.com", "example.org", "mail.example.net", "agency.example", "deidentified.invalid", "masked.local")
PROVIDERS = (
    *("gmail.com", "hotmail.com", "outlook.com", "yahoo.ca", "sympatico.ca", "shaw.ca", "telus.net", "btinternet.com"),
    *("sky.com", "bigpond.com", "optusnet.com.au", "xtra.co.nz", "icloud.com", "live.co.uk", "comcast.net"),
)
FILLERS = ("555", "4960", "7946", "960", "7700", "5550", "7010", "49157", "000", "999")  # not planted, to be sure

Row = list[Any]


class Exports:
    """Writes them for one region. Hardly two rows are alike: names come again, as they do, and little else."""

    def __init__(self, region: str, seed: int = 2026) -> None:
        self.region = region
        self._random = random.Random(seed)
        self._fakers = [Faker(locale) for locale in LOCALES[region]]
        for faker in self._fakers:
            faker.seed_instance(seed)
        self._pool = [self._person(self._fakers[number % len(self._fakers)]) for number in range(POOL)]
        self._sentences = [self._fakers[number % len(self._fakers)].sentence(8) for number in range(SENTENCES)]
        self._contacts: list[tuple[str, str, str]] = []

    def _person(self, faker: Any) -> tuple[str, ...]:
        return faker.first_name(), faker.last_name(), faker.street_name(), faker.city(), faker.postcode()

    def row(self, number: int) -> Row:
        """One row without anybody's contact details."""
        choose, pick = self._random.choice, self._random.randrange
        first, last = choose(self._pool), choose(self._pool)
        areas = AREAS.get(self.region, (0,))
        phones = [choose(FICTIONAL[self.region]).format(pick(100), area=choose(areas)) for _ in PHONES]
        day, clock = (
            f"{pick(2019, 2027)}-{pick(1, 13):02}-{pick(1, 29):02}",
            f"{pick(24):02}:{pick(60):02}:{pick(60):02}",
        )
        notes = " ".join(choose(self._sentences) for _ in range(pick(2, 5)))
        if number % 3 == 0:
            notes += f" Seen on {day} at {clock[:5]}, {pick(90)} minutes, ref {pick(10**7, 10**8)}."
        if number % 50 == 0:
            notes += f' Wrote to "user{number}@{choose(RESERVED)}",\nthen rang {phones[0]}.'
        return [
            *(number, f"C-{pick(10**8):08}", first[0], last[1]),
            f"{pick(1930, 2016)}-{pick(1, 13):02}-{pick(1, 29):02}",
            f"user{number}@{choose(RESERVED)}",
            *phones,
            *(f"{pick(1, 10**4)} {last[2]}", first[3], first[4]),
            *(f"{day} {clock}", f"{day}T{clock}Z", choose(("open", "closed"))),
            *(f"{pick(10**6) / 100:.2f}", notes, last[0], f"w{pick(60)}", pick(10**9, 10**10)),
        ]

    def plant(self, row: Row, address: bool) -> None:
        """Put a contact that looks real into a row, in place of what is in a cell or within its notes."""
        in_notes = self._random.random() < 0.3
        contact = self.address() if address else self.telephone(bare=True)
        if in_notes:
            row[NOTES] = f"{row[NOTES]} Reach: {contact}, evenings."
        else:
            row[EMAIL if address else self._random.choice(PHONES)] = contact

    def people(self, number: int, row: Row) -> None:
        """Fill a row's contacts with ones that look real and come once; quicker than `plant`, for many rows."""
        if not self._contacts:
            self._contacts = [(self.address(), *self._opened(self.telephone(bare=True))) for _ in range(POOL)]
        address, start, end = self._random.choice(self._contacts)
        row[EMAIL] = f"{number}.{address}"
        for place in PHONES:
            row[place] = f"{start}{self._random.randrange(10**4):04}{end}"

    @staticmethod
    def _opened(number: str) -> tuple[str, str]:
        """What stands before and after the last four digits of a number, without its extension."""
        last = re.search(r"[0-9]{4}(?= ext|$)", number)
        return (number[: last.start()], number[last.end() :]) if last else (number[:-4], "")

    def address(self) -> str:
        """An address at a provider."""
        faker = self._random.choice(self._fakers)
        return f"{faker.user_name()}{self._random.randrange(10**4)}@{self._random.choice(PROVIDERS)}"

    def telephone(self, *, bare: bool) -> str:
        """A number that `phonenumbers` calls valid, in one of the ways people write it.

        Args:
            bare: whether it may be digits alone.
        """
        faker = self._random.choice(self._fakers)
        while True:
            number = self._parsed(faker.phone_number() if self.region in ("CA", "US") else self._digits())
            if number is None:
                continue
            national = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
            together = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
            ways = [national, together, national.replace("-", " "), f"{national} ext. 12", together.replace(" ", "-")]
            ways.append(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
            if bare:
                ways.append("".join(filter(str.isdigit, national)))
            return self._random.choice(ways)

    def _digits(self) -> str:
        return "0" + str(self._random.randrange(2 * 10**7, 10**10))

    def _parsed(self, text: str) -> phonenumbers.PhoneNumber | None:
        try:
            number = phonenumbers.parse(text, self.region)
        except phonenumbers.NumberParseException:
            return None
        kind = phonenumbers.number_type(number)
        likely = kind in (
            phonenumbers.PhoneNumberType.FIXED_LINE,
            phonenumbers.PhoneNumberType.MOBILE,
            phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
        )
        number.extension = None
        filled = any(part in str(number.national_number) for part in FILLERS)
        return number if likely and not filled and phonenumbers.is_valid_number(number) else None

    def rows(self, first: int, count: int, change: Callable[[int, Row], None] | None = None) -> Iterator[Row]:
        """So many rows, from a number on."""
        for number in range(first, first + count):
            row = self.row(number)
            if change is not None:
                change(number, row)
            yield row


def write(file: Path, rows: Iterator[Row]) -> None:
    """A CSV file with its heading."""
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADING)
        writer.writerows(rows)


def grow(file: Path, size: int) -> None:
    """Repeat a file's rows until it has this many bytes; memory and disk stay small while it is made."""
    with file.open("rb") as stream:
        stream.readline()
        rows = stream.read()
    with file.open("ab") as stream:
        while stream.tell() < size:
            stream.write(rows)
