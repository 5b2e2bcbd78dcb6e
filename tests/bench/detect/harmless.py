"""Columns without anybody's contacts: masked ones in many styles, numbers and codes that exports are made of."""

from __future__ import annotations

import hashlib
import ipaddress
import random
import string
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from faker import Faker

from tests.bench.detect.people import DOMAINS, LOCALES, addresses, numbers, plain

Chance = random.Random
Column = Callable[[Chance, int, str], str]
"""Of a source of chance, the row's number, and the region."""

FICTION = {
    "CA": ("204-555-01{:02}", "(416) 555-01{:02}", "+1 604 555 01{:02}", "60455501{:02}"),
    "US": ("212-555-01{:02}", "(310) 555-01{:02}", "+1-202-555-01{:02}", "1 (800) 555-01{:02}"),
    "GB": ("020 7946 00{:02}", "(01632) 9600{:02}", "+44 7700 9001{:02}", "077009009{:02}"),
    "AU": ("(02) 5550 12{:02}", "07 7010 34{:02}", "0491 570 1{:02}", "+61 2 5550 99{:02}"),
    "NZ": ("000 000 0000", "021 999 9999", "(09) 000-0000", "+64 21 000 000"),
}
START = datetime(2021, 3, 1, tzinfo=UTC)


def always(text: str) -> Column:
    return lambda *_: text


def fiction(index: int) -> Column:
    return lambda chance, _, region: FICTION[region][index].format(chance.randrange(100))


def ends_shown(mask: str) -> Column:
    return lambda chance, *_: mask + "".join(chance.choices(string.digits, k=4))


# --- masked ---

MASKED_MAIL: dict[str, Column] = {
    "user at example.com": lambda _, number, __: f"user{number}@example.com",
    "tag at example.org": lambda chance, *_: f"{uuid.UUID(int=chance.getrandbits(128))}@example.org",
    "agency.example": lambda _, number, __: f"client.{number}@agency.example",
    ".invalid": lambda _, number, __: f"p{number}@deidentified.invalid",
    ".test": lambda _, number, __: f"p{number}@mail.test",
    "one no-reply at example.com": always("noreply@example.com"),
    "localhost": lambda _, number, __: f"u{number}@localhost",
    "stars": lambda chance, *_: f"{chance.choice(string.ascii_lowercase)}***@{chance.choice('ghoy')}****.com",
    "stars before the domain": lambda chance, *_: f"*****@{chance.choice(DOMAINS)}",
    "x before the domain": lambda chance, *_: f"xxxxx@{chance.choice(DOMAINS)}",
    "x everywhere": always("xxxx@xxxx.xxx"),
    "XXXX@XXXX.XXX": always("XXXX@XXXX.XXX"),
    "REDACTED": always("REDACTED"),
    "[redacted]": always("[redacted]"),
    "<removed>": always("<removed>"),
    "de-identified": always("De-identified"),
    "masked": always("***MASKED***"),
    "hash": lambda _, number, __: hashlib.sha256(str(number).encode()).hexdigest(),
    "hash at a reserved domain": lambda _, n, __: f"{hashlib.md5(str(n).encode()).hexdigest()}@example.com",
    "stars only": always("*****"),
    "dashes": always("-----"),
    "stars and at": always("***@***.***"),
    "accented reserved": lambda _, number, __: f"ren\u00e9{number}@example.com",
}
MASKED_PHONES: dict[str, Column] = {
    "fictional, national": fiction(0),
    "fictional, brackets": fiction(1),
    "fictional, plus": fiction(2),
    "fictional, other": fiction(3),
    "XXX-XXX-XXXX": always("XXX-XXX-XXXX"),
    "(xxx) xxx-xxxx": always("(xxx) xxx-xxxx"),
    "###-###-####": always("###-###-####"),
    "***-***-####": ends_shown("***-***-"),
    "xxx-xxx-####": ends_shown("xxx-xxx-"),
    "******####": ends_shown("******"),
    "nines": always("999-999-9999"),
    "zeros": always("000-000-0000"),
    "ones": always("1111111111"),
    "N/A": always("N/A"),
    "REDACTED": always("REDACTED"),
    "[phone removed]": always("[phone removed]"),
    "token": lambda chance, *_: "PH_" + "".join(chance.choices(string.ascii_uppercase, k=8)),
    "hash": lambda _, number, __: hashlib.sha1(str(number).encode()).hexdigest(),
    "dashes": always("---"),
    "dots": always("..."),
    "unicode stars": always("\u2022\u2022\u2022-\u2022\u2022\u2022-\u2022\u2022\u2022\u2022"),
    "1234567890": always("1234567890"),
}

# --- no contacts ---


def digits(length: int, first: str = string.digits[1:]) -> Column:
    return lambda chance, *_: chance.choice(first) + "".join(chance.choices(string.digits, k=length - 1))


def moment(form: str) -> Column:
    return lambda chance, *_: (START + timedelta(seconds=chance.randrange(10**8))).strftime(form)


def epoch(chance: Chance) -> int:
    return int(START.timestamp()) + chance.randrange(10**8)


def guid(chance: Chance) -> uuid.UUID:
    return uuid.UUID(int=chance.getrandbits(128), version=4)


def mac(sign: str) -> Column:
    return lambda chance, *_: sign.join(f"{chance.randrange(256):02X}" for _ in range(6))


def iban(chance: Chance) -> str:
    return f"GB{chance.randrange(10, 99)}MIDL{chance.randrange(10**14):014}"


def spaced(text: str) -> str:
    return " ".join(text[index : index + 4] for index in range(0, len(text), 4))


HARMLESS: dict[str, Column] = {
    "IPv4": lambda chance, *_: str(ipaddress.IPv4Address(chance.getrandbits(32))),
    "IPv4 with port": lambda chance, *_: f"{ipaddress.IPv4Address(chance.getrandbits(32))}:{chance.randrange(9999)}",
    "private IPv4": lambda chance, *_: f"192.168.{chance.randrange(256)}.{chance.randrange(256)}",
    "IPv6": lambda chance, *_: str(ipaddress.IPv6Address(chance.getrandbits(128))),
    "MAC, colons": mac(":"),
    "MAC, dashes": mac("-"),
    "GUID": lambda chance, *_: str(guid(chance)),
    "GUID, capitals in braces": lambda chance, *_: f"{{{guid(chance)}}}".upper(),
    "GUID, hexadecimal": lambda chance, *_: guid(chance).hex,
    "SHA-256": lambda chance, *_: hashlib.sha256(chance.randbytes(8)).hexdigest(),
    "MD5": lambda chance, *_: hashlib.md5(chance.randbytes(8)).hexdigest(),
    "short commit": lambda chance, *_: hashlib.sha1(chance.randbytes(8)).hexdigest()[:10],
    "epoch seconds": lambda chance, *_: str(epoch(chance)),
    "epoch seconds with fraction": lambda chance, *_: f"{epoch(chance)}.{chance.randrange(10**6):06}",
    "epoch milliseconds": lambda chance, *_: str(epoch(chance) * 1000 + chance.randrange(1000)),
    "sequential ids": lambda _, number, __: str(1_000_000_000 + number),
    "sequential ids of ten, 4": lambda _, number, __: str(4_100_000_000 + 3 * number),
    "sequential ids, seven": lambda _, number, __: str(2_000_001 + number),
    "sequential ids, letters": lambda _, number, __: f"C-{10_000_000 + number}",
    "random ten digits": digits(10),
    "random nine digits": digits(9),
    "random eight digits": digits(8),
    "random twelve digits": digits(12),
    "sixteen digits in fours": lambda chance, *_: spaced("".join(chance.choices(string.digits, k=16))),
    "IBAN": lambda chance, *_: iban(chance),
    "IBAN in fours": lambda chance, *_: spaced(iban(chance)),
    "sort code and account": lambda chance, *_: f"{chance.randrange(100):02}-{chance.randrange(100):02}-"
    f"{chance.randrange(100):02} {chance.randrange(10**8):08}",
    "account starting 00": lambda chance, *_: f"00{chance.randrange(10**10):010}",
    "NZ bank account": lambda chance, *_: f"{chance.randrange(1, 39):02}-{chance.randrange(10**4):04}-"
    f"{chance.randrange(10**7):07}-{chance.randrange(100):02}",
    "day": moment("%Y-%m-%d"),
    "European day": moment("%d/%m/%Y"),
    "American day and time": moment("%m/%d/%Y %I:%M %p"),
    "instant": moment("%Y-%m-%dT%H:%M:%SZ"),
    "instant with fraction": moment("%Y-%m-%d %H:%M:%S.%f"),
    "compact day": moment("%Y%m%d"),
    "compact instant": moment("%Y%m%d%H%M%S"),
    "day in words": moment("%d %B %Y"),
    "HTTP day": moment("%a, %d %b %Y %H:%M:%S +0000"),
    "span of days": lambda chance, *_: " - ".join(moment("%Y-%m-%d")(chance, 0, "") for _ in range(2)),
    "amount": lambda chance, *_: f"{chance.randrange(10**7) / 100:.2f}",
    "amount, thousands": lambda chance, *_: f"${chance.randrange(10**9) / 100:,.2f}",
    "long decimal": lambda chance, *_: f"{chance.random():.15f}",
    "latitude, longitude": lambda chance, *_: f"{chance.uniform(42, 60):.6f}, {chance.uniform(-140, -52):.6f}",
    "percentages": lambda chance, *_: f"{chance.uniform(0, 100):.1f}% of {chance.randrange(1000)}",
    "invoice": lambda chance, *_: f"INV-{chance.randrange(2019, 2027)}-{chance.randrange(10**5):05}",
    "version": lambda chance, *_: ".".join(str(chance.randrange(limit)) for limit in (30, 10, 6000, 20)),
    "product build": lambda chance, *_: f"SQL Server 2019 (15.0.{chance.randrange(4000, 4400)}.{chance.randrange(9)})",
    "budget line": lambda chance, *_: f"{chance.randrange(1000, 9999)}-{chance.randrange(100, 999)}",
    "file name": lambda chance, number, _: f"scan_{moment('%Y%m%d')(chance, 0, '')}_{number:06}.pdf",
    "path": lambda chance, number, _: f"/data/{number % 100:02}/{guid(chance)}/page-{number}.tif",
    "URL": lambda chance, number, _: f"https://portal.agency.example/case/{number}?s={chance.randrange(10**8)}",
    "icon": lambda _, number, __: f"icon{number}@2x.png",
    "Message-ID": lambda chance, *_: f"<{chance.randbytes(8).hex()}.{chance.randrange(10**4)}@mail>",
    "postcode": lambda chance, *_: f"{chance.choice('ABCEGHJ')}{chance.randrange(10)}{chance.choice('ABCEG')} "
    f"{chance.randrange(10)}{chance.choice('ABCEG')}{chance.randrange(10)}",
    "ZIP+4": lambda chance, *_: f"{chance.randrange(10**5):05}-{chance.randrange(10**4):04}",
    "street": lambda chance, number, region: f"{chance.randrange(9999)} {_words(region, number)} St, #{number % 90}",
    "name": lambda _, number, region: _words(region, number),
    "ISBN": lambda chance, *_: f"978-{chance.randrange(10)}-{chance.randrange(10**4):04}-{chance.randrange(10**4):04}-"
    f"{chance.randrange(10)}",
    "tracking": lambda chance, *_: f"1Z{''.join(chance.choices(string.digits + 'ABCDEF', k=16))}",
    "base64": lambda chance, *_: "".join(chance.choices(string.ascii_letters + string.digits + "+/", k=24)) + "==",
    "score list": lambda chance, *_: ",".join(str(chance.randrange(30)) for _ in range(9)),
    "Penelope case": lambda chance, *_: f"Case {chance.randrange(2 * 10**7, 3 * 10**7)}",
    "JSON": lambda chance, number, _: f'{{"id":{number},"at":{epoch(chance)},"v":[{chance.randrange(99)},2]}}',
}  # fmt: skip

_FAKERS: dict[str, list[str]] = {}


def _words(region: str, number: int) -> str:
    if region not in _FAKERS:
        faker = Faker(LOCALES[region])
        faker.seed_instance(1)
        _FAKERS[region] = [faker.name() for _ in range(500)]
    return _FAKERS[region][number % 500]


# --- what nobody can tell ---

UNDECIDED: dict[str, Column] = {
    "client at one domain": lambda _, number, __: f"client{number}@harbourfamily.ca",
    "plus tags of one mailbox": lambda _, number, __: f"qa+{number}@harbourfamily.ca",
    "hashes at one domain": lambda chance, *_: f"{chance.randbytes(8).hex()}@noemail.com",
}
REAL_AMONG: tuple[Callable[[Chance, str], str], ...] = (
    lambda chance, region: plain(chance.choice(numbers(region)), chance),
    lambda chance, region: chance.choice(addresses(region)),
)
