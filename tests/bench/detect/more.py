"""More ways of writing contacts, and more harmless columns: made after the detector, to see what it does not know yet.

Short names: n is a number, a an address, c chance, d digits.
"""

from __future__ import annotations

import string
from typing import Any

import phonenumbers
from faker import Faker
from phonenumbers import PhoneNumberFormat

from tests.bench.detect import people
from tests.bench.detect.people import bare, dialled, groups, national

D = string.digits
F = PhoneNumberFormat


def dg(c: Any, length: int) -> str:
    """Random digits."""
    return "".join(c.choices(D, k=length))


def chunk(d: str, sizes: list[int]) -> list[str]:
    """Digits in groups of these sizes, the last one with the rest."""
    out, start = [], 0
    for size in sizes:
        out.append(d[start : start + size])
        start += size
    return [part for part in (*out, d[start:]) if part]


f, ff = Faker("en_CA"), Faker("fr_CA")
f.seed_instance(3)
ff.seed_instance(3)

NUMBER_WAYS: dict[str, Any] = {
    "sci": lambda n, _: f"{float(bare(n)):.9E}",
    "float comma": lambda n, _: bare(n) + ",0",
    "(204)942-3007": lambda n, _: "({}){}-{}".format(*chunk(dialled(n), [3, 3])),
    "204)942-3007": lambda n, _: "{}){}-{}".format(*chunk(dialled(n), [3, 3])),
    "backslash": lambda n, _: "\\".join(groups(n)),
    "semicolon sep": lambda n, _: ";".join(groups(n)),
    "plus sep": lambda n, _: "+".join(groups(n)),
    "equals": lambda n, _: "=".join(groups(n)),
    "gt": lambda n, _: ">".join(groups(n)),
    "amp": lambda n, _: "&".join(groups(n)),
    "apos": lambda n, _: "'".join(groups(n)),
    "quote": lambda n, _: '"'.join(groups(n)),
    "caret": lambda n, _: "^".join(groups(n)),
    "tabs": lambda n, _: "\t".join(groups(n)),
    "crlf": lambda n, _: "\r\n".join(groups(n)),
    "five blanks": lambda n, _: "     ".join(groups(n)),
    " -- ": lambda n, _: " -- ".join(groups(n)),
    " | ": lambda n, _: " | ".join(groups(n)),
    "dash words": lambda n, _: " dash ".join(groups(n)),
    "wbr": lambda n, _: "<wbr>".join(groups(n)),
    "tags": lambda n, _: "".join(f"<td>{g}</td>" for g in groups(n)),
    "&#45;": lambda n, _: "&#45;".join(groups(n)),
    "&ndash;": lambda n, _: "&ndash;".join(groups(n)),
    "=E2=80=93": lambda n, _: "=E2=80=93".join(groups(n)),
    "%2D": lambda n, _: "%2D".join(groups(n)),
    "u2010": lambda n, _: "\u2010".join(groups(n)),
    "u2192": lambda n, _: "\u2192".join(groups(n)),
    "u00d7": lambda n, _: "\u00d7".join(groups(n)),
    "star black": lambda n, _: "\u2605".join(groups(n)),
    "emoji digits": lambda n, _: "".join(ch + "\ufe0f\u20e3" if ch.isdigit() else ch for ch in national(n)),
    "superscript": lambda n, _: national(n).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")),
    "circled": lambda n, _: national(n).translate(str.maketrans("0123456789", "⓪①②③④⑤⑥⑦⑧⑨")),
    "thai": lambda n, _: national(n).translate(str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")),
    "O for 0": lambda n, _: national(n).replace("0", "O"),
    "l for 1": lambda n, _: national(n).replace("1", "l"),
    "wa.me": lambda n, _: f"https://wa.me/{n.country_code}{bare(n)}",
    "sms:": lambda n, _: f"sms:+{n.country_code}{bare(n)}?body=hi",
    "sip": lambda n, _: f"sip:+{n.country_code}{bare(n)}@voip.example.com",
    "ext=": lambda n, _: phonenumbers.format_number(n, F.E164) + ";ext=5",
    "#prefix ph": lambda n, _: f"Ph#{dialled(n)}",
    "-home": lambda n, _: f"{national(n)}-home",
    "home-": lambda n, _: f"home-{dialled(n)}",
    "Xprefix long": lambda n, _: f"emergencycontact{dialled(n)}",
    "5+5": lambda n, _: " ".join(chunk(dialled(n), [5, 5])),
    "1 then rest": lambda n, _: "-".join(chunk(dialled(n), [1, 3, 3])),
    "2-4-4": lambda n, _: "-".join(chunk(dialled(n), [2, 4, 4])),
    "4-3-3": lambda n, _: " ".join(chunk(dialled(n), [4, 3, 3])),
    "name tab": lambda n, _: f"Smith, J.\t{dialled(n)}\tactive",
    "P/F": lambda n, c: f"P: {national(n)} F: {national(c.choice(people.numbers('CA')))}",
    "dob+phone": lambda n, _: f"12/03/1987 {dialled(n)}",
    "phone+dob": lambda n, _: f"{dialled(n)} 12/03/1987",
    "time after": lambda n, _: f"{dialled(n)} 10:30",
    "time directly": lambda n, _: f"10:30-{dialled(n)}",
    "in parens with id": lambda n, c: f"#{c.randrange(10**6)} ({dialled(n)})",
    "id slash": lambda n, c: f"{c.randrange(10**6)}/{dialled(n)}",
    "id slash nat": lambda n, c: f"{c.randrange(10**6)}/{national(n)}",
    "id underscore": lambda n, c: f"{c.randrange(10**6)}_{dialled(n)}",
    "id dash": lambda n, c: f"{c.randrange(10**4)}-{dialled(n)}",
    "json list": lambda n, _: f'["{dialled(n)}"]',
    "xml": lambda n, _: f"<phone type='h'>{dialled(n)}</phone>",
    "sql": lambda n, c: f"INSERT INTO p VALUES ({c.randrange(999)},'{dialled(n)}');",
    "vcard": lambda n, _: f"TEL;TYPE=HOME:{dialled(n)}",
    "ref before": lambda n, _: f"ref {dialled(n)}",
    "id before": lambda n, _: f"id: {national(n)}",
    "no. before": lambda n, _: f"No. {national(n)}",
    "three in one": lambda _, c: "/".join(dialled(c.choice(people.numbers("CA"))) for _ in range(3)),
    "same sep two": lambda n, c: "-".join(groups(n) + groups(c.choice(people.numbers("CA")))),
    "postcode before": lambda n, _: f"R3C 1A5 {dialled(n)}",
    "postcode before nat": lambda n, _: f"90210 {national(n)}",
    "house number": lambda n, _: f"12 Main St, 90210, {national(n)}",
    "amount after": lambda n, _: f"{dialled(n)} $40.00",
    "percent": lambda n, _: f"{dialled(n)}%",
    "trailing zeros": lambda n, _: f"{dialled(n)}.00",
    "padded": lambda n, _: dialled(n).zfill(15),
    "spaces padded": lambda n, _: dialled(n).rjust(20),
    "base ip like": lambda n, _: ".".join(chunk(dialled(n), [3, 3, 2])),
    "dots 3-3-2-2": lambda n, _: ".".join(chunk(dialled(n), [3, 3, 2, 2])),
    "uuid beside": lambda n, _: f"550e8400-e29b-41d4-a716-446655440000 {dialled(n)}",
    "uuid glued": lambda n, _: f"550e8400-e29b-41d4-a716-446655440000:{dialled(n)}",
    "ip beside": lambda n, _: f"10.1.2.3 {dialled(n)}",
    "rtl": lambda n, _: "\u202e" + dialled(n) + "\u202c",
    "zw inside": lambda n, _: "\u200b".join(dialled(n)),
    "variation": lambda n, _: "\ufe0f".join(dialled(n)),
    "combining": lambda n, _: "\u0336".join(dialled(n)),
}
ADDRESS_WAYS: dict[str, Any] = {
    "typo comma": lambda a, _: a.replace(".", ","),
    "double at": lambda a, _: a.replace("@", "@@"),
    "double dot": lambda a, _: a.replace(".", ".."),
    "no tld": lambda a, _: a.rpartition(".")[0],
    "hash": lambda a, _: a.replace("@", "#"),
    "space": lambda a, _: a.replace("@", " "),
    "quoted local": lambda a, _: '"' + a.replace("@", '"@'),
    "route": lambda a, _: f"SMTP:{a}",
    "name quoted": lambda a, _: f'"Doe, Jane" <{a}>',
    "json list": lambda a, _: f'["{a}","x"]',
    "csv in cell": lambda a, _: f"1,{a},active",
    "upper @": lambda a, _: a.replace("@", " AT ").replace(".", " DOT ").upper(),
    "_at_": lambda a, _: a.replace("@", "_at_").replace(".", "_dot_"),
    "-at-": lambda a, _: a.replace("@", "-at-"),
    "at-sign": lambda a, _: a.replace("@", " at-sign "),
    "{at}": lambda a, _: a.replace("@", "{at}").replace(".", "{dot}"),
    "chez": lambda a, _: a.replace("@", "(arobase)"),
    "u0040": lambda a, _: a.replace("@", "\\u0040"),
    "x40": lambda a, _: a.replace("@", "\\x40"),
    "double enc": lambda a, _: a.replace("@", "%2540"),
    "amp enc": lambda a, _: a.replace("@", "&amp;#64;"),
    "no semi": lambda a, _: a.replace("@", "&#64"),
    "padded entity": lambda a, _: a.replace("@", "&#0064;"),
    "zwj": lambda a, _: "\u200d".join(a),
    "fullwidth": lambda a, _: "".join(chr(ord(ch) + 0xFEE0) for ch in a),
    "math bold": lambda a, _: "".join(chr(0x1D41A + ord(ch) - 97) if "a" <= ch <= "z" else ch for ch in a),
    "trailing slash": lambda a, _: a + "/x",
    "nospam": lambda a, _: a.replace("@", "@nospam."),
    "newline in": lambda a, _: a.replace("@", "\n@"),
    "spaces each": lambda a, _: " ".join(a),
    "reversed": lambda a, _: a[::-1],
    "ldap": lambda a, _: f"cn={a},ou=x",
    "url user": lambda a, _: f"https://x.example/?email={a.replace('@', '%40')}&y=1",
}
HARMLESS: dict[str, Any] = {
    "credit card": lambda _, __, ___: f.credit_card_number(),
    "ean13": lambda _, __, ___: f.ean13(),
    "isbn10": lambda _, __, ___: f.isbn10(),
    "isbn13": lambda _, __, ___: f.isbn13(),
    "ssn": lambda _, __, ___: f.ssn(),
    "license": lambda _, __, ___: f.license_plate(),
    "bban": lambda _, __, ___: f.bban(),
    "swift": lambda _, __, ___: f.swift(),
    "uri": lambda _, __, ___: f.uri(),
    "user agent": lambda _, __, ___: f.user_agent(),
    "address": lambda _, __, ___: f.address(),
    "address one line": lambda _, __, ___: f.address().replace("\n", ", "),
    "text": lambda _, __, ___: f.text(200),
    "french": lambda _, __, ___: ff.text(200),
    "company": lambda _, __, ___: f.company(),
    "iso8601": lambda _, __, ___: f.iso8601(),
    "date words": lambda _, __, ___: f.date_time().strftime("%b %d, %Y %I:%M:%S %p"),
    "date dots": lambda _, __, ___: f.date_time().strftime("%d.%m.%Y %H:%M"),
    "date short": lambda _, __, ___: f.date_time().strftime("%m/%d/%y"),
    "date range": lambda _, __, ___: f.date_time().strftime("%d/%m/%Y") + " to " + f.date_time().strftime("%d/%m/%Y"),
    "rfc3339 tz": lambda _, __, ___: f.date_time().strftime("%Y-%m-%dT%H:%M:%S.%f-06:00"),
    "oracle date": lambda _, __, ___: f.date_time().strftime("%d-%b-%y %I.%M.%S.%f %p"),
    "ticks": lambda c, _, __: "6" + dg(c, 17),
    "excel serial": lambda c, _, __: f"{c.uniform(40000, 46000):.10f}",
    "float": lambda c, _, __: repr(c.uniform(0, 1e6)),
    "neg float": lambda c, _, __: repr(-c.uniform(0, 1e3)),
    "sci": lambda c, _, __: f"{c.uniform(1, 9):.6E}",
    "lat": lambda c, _, __: f"{c.uniform(42, 60):.7f}",
    "lon": lambda c, _, __: f"{-c.uniform(52, 140):.7f}",
    "point": lambda c, _, __: f"POINT({-c.uniform(52, 140):.6f} {c.uniform(42, 60):.6f})",
    "color": lambda _, __, ___: f.hex_color(),
    "rgb": lambda c, _, __: f"rgb({c.randrange(256)}, {c.randrange(256)}, {c.randrange(256)})",
    "case id": lambda c, _, __: f"CASE-{dg(c, 4)}-{dg(c, 6)}",
    "case yr": lambda c, _, __: f"{c.randrange(2018, 2027)}/{dg(c, 6)}",
    "yr-6": lambda c, _, __: f"{c.randrange(2018, 2027)}-{dg(c, 6)}",
    "12-digit": lambda c, _, __: dg(c, 12),
    "11-digit": lambda c, _, __: dg(c, 11),
    "9-3": lambda c, _, __: f"{dg(c, 9)}-{dg(c, 3)}",
    "8-2": lambda c, _, __: f"{dg(c, 8)}-{dg(c, 2)}",
    "4-4": lambda c, _, __: f"{dg(c, 4)}-{dg(c, 4)}",
    "4-4-4": lambda c, _, __: f"{dg(c, 4)}-{dg(c, 4)}-{dg(c, 4)}",
    "5-5-5": lambda c, _, __: f"{dg(c, 5)}-{dg(c, 5)}-{dg(c, 5)}",
    "3-6": lambda c, _, __: f"{dg(c, 3)}-{dg(c, 6)}",
    "2-7": lambda c, _, __: f"{dg(c, 2)}-{dg(c, 7)}",
    "6-4": lambda c, _, __: f"{dg(c, 6)}-{dg(c, 4)}",
    "OHIP": lambda c, _, __: f"{dg(c, 4)}-{dg(c, 3)}-{dg(c, 3)}-{c.choice('ABC')}{c.choice('ABC')}",
    "PHN": lambda c, _, __: f"9{dg(c, 3)} {dg(c, 3)} {dg(c, 3)}",
    "ABN": lambda c, _, __: f"{dg(c, 2)} {dg(c, 3)} {dg(c, 3)} {dg(c, 3)}",
    "TFN": lambda c, _, __: f"{dg(c, 3)} {dg(c, 3)} {dg(c, 3)}",
    "IRD": lambda c, _, __: f"{c.randrange(10, 140):03}-{dg(c, 3)}-{dg(c, 3)}",
    "NHS": lambda c, _, __: f"{dg(c, 3)} {dg(c, 3)} {dg(c, 4)}",
    "meeting": lambda c, _, __: f"{dg(c, 3)} {dg(c, 4)} {dg(c, 4)}",
    "transit": lambda c, _, __: f"{dg(c, 5)}-{dg(c, 3)} {dg(c, 7)}",
    "snowflake": lambda c, _, __: str(10**18 + c.randrange(10**17)),
    "nanoid": lambda c, _, __: "".join(c.choices(string.ascii_letters + D + "_-", k=21)),
    "ulid": lambda c, _, __: "01" + "".join(c.choices("0123456789ABCDEFGHJKMNPQRSTVWXYZ", k=24)),
    "oid": lambda c, _, __: f"{c.getrandbits(96):024x}",
    "hex8": lambda c, _, __: f"{c.getrandbits(32):08x}",
    "hex12": lambda c, _, __: f"{c.getrandbits(48):012X}",
    "0x": lambda c, _, __: f"0x{c.getrandbits(32):08X}",
    "cidr": lambda c, _, __: f"{f.ipv4()}/{c.randrange(8, 32)}",
    "ip list": lambda _, __, ___: f"{f.ipv4()}, {f.ipv4()}",
    "log": lambda c, _, __: (
        f"{f.ipv4()} - - [{f.date_time().strftime('%d/%b/%Y:%H:%M:%S')} +0000] "
        f'"GET /x/{c.randrange(10**6)} HTTP/1.1" 200 {c.randrange(10**6)}'
    ),
    "mixed note": lambda c, _, __: (
        f"{f.sentence()} Ref {dg(c, 8)}, paid ${c.randrange(1000)}.{dg(c, 2)} on {f.date()}."
    ),
    "note id10": lambda c, _, __: f"{f.sentence()} File no. {c.choice('123456789')}{dg(c, 9)}.",
    "score": lambda c, _, __: f"{c.randrange(100)}/{c.randrange(100)}/{c.randrange(100)}",
    "size": lambda c, _, __: f"{c.randrange(9999)}x{c.randrange(9999)}",
    "css": lambda c, _, __: f"width:{c.randrange(999)}px;height:{c.randrange(999)}px",
    "coords": lambda c, _, __: f"{c.randrange(10**6)},{c.randrange(10**6)}",
    "percent list": lambda c, _, __: "; ".join(f"{c.uniform(0, 100):.2f}" for _ in range(5)),
    "weekly hours": lambda c, _, __: "|".join(str(c.randrange(24)) for _ in range(7)),
    "telephone-less handle": lambda _, __, ___: "@" + f.user_name(),
    "twitter": lambda _, __, ___: f"thanks @{f.user_name()} for this",
    "scoped npm": lambda c, _, __: f"@{f.user_name()}/lib@1.{c.randrange(9)}.0",
    "git url": lambda _, n, __: f"git@host:{f.user_name()}/x{n}.git",
}
