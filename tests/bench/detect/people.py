"""Real contacts of five regions, and the many ways in which people and programs write them.

A way is a function of a contact and a source of chance. Those of numbers get the number, those of addresses the
address; none of them knows anything of the program.
"""

from __future__ import annotations

import base64
import functools
import html
import random
import urllib.parse
from collections.abc import Callable

import phonenumbers
from faker import Faker
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

REGIONS = ("CA", "US", "GB", "AU", "NZ")
LOCALES = {"CA": "en_CA", "US": "en_US", "GB": "en_GB", "AU": "en_AU", "NZ": "en_NZ"}
DOMAINS = [
    "gmail.com",
    "hotmail.com",
    "outlook.com",
    "yahoo.ca",
    "sympatico.ca",
    "shaw.ca",
    "telus.net",
    "btinternet.com",
    "sky.com",
    "bigpond.com",
    "optusnet.com.au",
    "xtra.co.nz",
    "icloud.com",
    "live.co.uk",
    "comcast.net",
    "proton.me",
    "hey.com",
    "gmx.de",
    "web.de",
    "free.fr",
    "rogers.com",
    "hartfordschools.org",
    "stmarys.school.nz",
    "nhs.net",
]
NOT_REAL = ("555", "4960", "7946", "960", "7700", "5550", "7010", "49157", "000", "999", "123456", "1570", "8790")
POOL = 600

Chance = random.Random


@functools.cache
def numbers(region: str) -> tuple[PhoneNumber, ...]:
    """Valid numbers of people: mobile and fixed, none kept for fiction."""
    chance, found = Chance(f"people {region}"), dict[str, PhoneNumber]()
    while len(found) < POOL:
        length = chance.choice((10,) if region in ("CA", "US") else (8, 9, 10))
        digits = "".join(chance.choices("0123456789", k=length))
        number = PhoneNumber(country_code=phonenumbers.country_code_for_region(region), national_number=int(digits))
        kind = phonenumbers.number_type(number)
        likely = (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
        home = phonenumbers.region_code_for_number(number) in (region, "US" if region == "CA" else region)
        if kind in likely and home and digits[0] != "0" and not any(part in digits for part in NOT_REAL):
            found[digits] = number
    return tuple(found.values())


@functools.cache
def addresses(region: str) -> tuple[str, ...]:
    """Addresses as people choose them."""
    faker, chance = Faker(LOCALES[region]), Chance(f"mail {region}")
    faker.seed_instance(LOCALES[region])
    found = dict[str, None]()
    while len(found) < POOL:
        first, last = faker.first_name().lower(), faker.last_name().lower().replace("'", "").replace(" ", "")
        year, sign = chance.randrange(50, 100), chance.choice(("", ".", "_", "-"))
        local = chance.choice((f"{first}{sign}{last}", f"{first[0]}{last}{year}", f"{last}{sign}{first}{year}"))
        found[f"{local}@{chance.choice(DOMAINS)}"] = None
    return tuple(found)


# --- numbers ---

NumberWay = Callable[[PhoneNumber, Chance], str]


def national(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)


def dialled(number: PhoneNumber) -> str:
    """Its digits as dialled within the country."""
    return "".join(filter(str.isdigit, national(number)))


def bare(number: PhoneNumber) -> str:
    return phonenumbers.national_significant_number(number)


def groups(number: PhoneNumber) -> list[str]:
    return "".join(sign if sign.isdigit() else " " for sign in national(number)).split()


def joined(sign: str) -> NumberWay:
    return lambda number, _: sign.join(groups(number))


def around(text: str, inner: NumberWay | None = None) -> NumberWay:
    """The number within a text, where {} stands."""
    return lambda number, chance: text.replace("{}", (inner or plain)(number, chance))


def plain(number: PhoneNumber, _: Chance) -> str:
    return national(number)


def plain_digits(number: PhoneNumber, _: Chance) -> str:
    return dialled(number)


def translated(digits: str) -> NumberWay:
    table = str.maketrans("0123456789", digits)
    return lambda number, _: national(number).translate(table)


def beside(text: str, inner: NumberWay) -> NumberWay:
    """Beside a day ({day}), a clock time, another number ({other}) or an amount."""

    def write(number: PhoneNumber, chance: Chance) -> str:
        region = phonenumbers.region_code_for_number(number)
        other = chance.choice(numbers(region if region in REGIONS else "CA"))
        day = f"{chance.randrange(2019, 2027)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}"
        found = text.replace("{day}", day).replace("{eu}", "/".join(reversed(day.split("-"))))
        found = found.replace("{id}", str(chance.randrange(10, 9999))).replace("{other}", inner(other, chance))
        return found.replace("{}", inner(number, chance))

    return write


def two_groups(at: int) -> NumberWay:
    return lambda number, _: f"{dialled(number)[:at]}-{dialled(number)[at:]}"


def formatted(form: int, sign: str | None = None) -> NumberWay:
    def write(number: PhoneNumber, _: Chance) -> str:
        text = phonenumbers.format_number(number, form)
        return text if sign is None else text.replace(" ", sign).replace("-", sign)

    return write


def country(prefix: str, gap: str = "") -> NumberWay:
    return lambda number, _: f"{prefix}{number.country_code}{gap}{bare(number)}"


def bracketed(number: PhoneNumber, _: Chance) -> str:
    return f"+{number.country_code} (0){bare(number)[:3]} {bare(number)[3:]}"


def pieces(number: PhoneNumber, sign: str, size: int) -> str:
    digits = dialled(number)
    return sign.join(digits[index : index + size] for index in range(0, len(digits), size))


_INTERNATIONAL = PhoneNumberFormat.INTERNATIONAL
_E164 = PhoneNumberFormat.E164
NUMBER_WAYS: dict[str, NumberWay] = {
    "national": plain,
    "digits": plain_digits,
    "E.164": formatted(_E164),
    "international": formatted(_INTERNATIONAL),
    "RFC 3966": formatted(PhoneNumberFormat.RFC3966),
    "international, dots": formatted(_INTERNATIONAL, "."),
    "international, dashes": formatted(_INTERNATIONAL, "-"),
    "international, slashes": formatted(_INTERNATIONAL, "/"),
    "without its trunk zero": lambda number, _: bare(number),
    "country code without plus": country(""),
    "country code without plus, gap": country("", " "),
    "00 and country code": country("00"),
    "011 and country code": country("011 ", " "),
    "0011 and country code": country("0011 ", " "),
    "plus in brackets": lambda number, _: f"(+{number.country_code}) {bare(number)}",
    "+44 (0)": bracketed,
    "as a decimal": lambda number, _: f"{bare(number)}.0",
    "in thousands": lambda number, _: f"{int(bare(number)):,}",
    "with an apostrophe for Excel": lambda number, _: f"'{dialled(number)}",
    "as a formula for Excel": lambda number, _: f'="{dialled(number)}"',
    **{f"joined by {sign!r}": joined(sign) for sign in (" ", "-", ".", "/", "_", ",", ":", "|", "*", "~", "  ", " - ")},
    **{
        f"joined by U+{ord(sign):04X}": joined(sign)
        for sign in "\u00a0\u2011\u2013\u2014\u2212\u00b7\u2022\u202f\u00ad\u200b\u2060\u2009\u30fb\uff0d\u2044\u3000"
    },
    "in HTML's blanks": joined("&nbsp;"),
    "in HTML's dashes": joined("&#8209;"),
    "with blanks of a link": joined("%20"),
    "two groups, 3": two_groups(3),
    "two groups, 4": two_groups(4),
    "two groups, 6": two_groups(6),
    "in pairs": lambda number, _: pieces(number, " ", 2),
    "in pairs, dots": lambda number, _: pieces(number, ".", 2),
    "in threes": lambda number, _: pieces(number, " ", 3),
    "digit by digit": lambda number, _: " ".join(dialled(number)),
    "full-width": translated("０１２３４５６７８９"),
    "Arabic": translated("٠١٢٣٤٥٦٧٨٩"),
    "Persian": translated("۰۱۲۳۴۵۶۷۸۹"),
    "Devanagari": translated("०१२३४५६७८९"),
    "bold": translated("𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗"),
    **{
        f"after {before!r}": around(f"{before}{{}}{after}", plain_digits)
        for before, after in (
            ("c", ""), ("H:", ""), ("h ", ""), ("#", ""), ("*", "*"), ("m-", ""), ("\u2018", "\u2019"), ("\u2022", ""),
            ("\u2192", ""), ("=", ""), ("~", ""), ("@", ""), ("_", "_"), ("{", "}"), ("<b>", "</b>"), ("!", ""),
            ("\u2714 ", ""), ("\u260e", ""), ("\U0001f4f1 ", ""), ("tel:", ""), ("T:", ""), ("p.", ""), ("$", ""),
            ("\u201c", "\u201d"), ("\u200f", ""), ("mobile", ""), ("", "h"), ("", " (mob)"), ("", "\u2026"), ("&", ""),
        )
    },
    "in JSON, type first": around('{"type":"home","number":"{}"}', plain_digits),
    "in JSON, as a number": lambda number, _: f'{{"phone":{bare(number)},"ok":true}}',
    "after New number": around("New number {}", plain_digits),
    "after no:": around("no: {}", plain_digits),
    "after his number is": around("his number is {} since May", plain_digits),
    "after a key": around("phone1={};phone2=", plain_digits),
    "after an identifier": beside("{id}: {}", plain),
    "after a day": beside("{day} {}", plain),
    "after a day, digits": beside("{day} {}", plain_digits),
    "after a European day": beside("{eu} {}", plain),
    "before a day": beside("{} {day}", plain),
    "before a day, digits": beside("{} ({day})", plain_digits),
    "two by slash": beside("{} / {other}", plain),
    "two by comma": beside("{}, {other}", plain),
    "two by or": beside("{} or {other}", plain),
    "two by semicolon, digits": beside("{};{other}", plain_digits),
    "two by blank, digits": beside("{} {other}", plain_digits),
    "two by line": beside("{}\n{other}", plain),
    "after a clock time": beside("10:30 {}", plain),
    "after an amount": beside("$45.00 {}", plain),
    "extension x": around("{}x123"),
    "extension ext.": around("{} ext. 12"),
    "extension #": around("{} #4"),
    "a list of keys": beside("home={},work={other}", plain_digits),
    "after a name": around("Anna Kowalski {} sister"),
    "after a short name and a dash": around("Mum - {}"),
    "in square brackets": around("[{}]"),
    "with line feed inside": lambda number, _: "\n".join((national(number)[:5], national(number)[5:])),
    "asked to ring": around("Please ring {} before noon", plain_digits),
    "wrote": around("Left a message at {}.", plain),
}  # fmt: skip

# --- addresses ---

AddressWay = Callable[[str, Chance], str]


def within(text: str) -> AddressWay:
    return lambda address, _: text.replace("{}", address)


def quoted_printable(address: str, _: Chance) -> str:
    return address.replace("@", "=40")


def spread(at: str, dot: str = ".") -> AddressWay:
    return lambda address, _: address.replace("@", at).replace(".", dot) if dot != "." else address.replace("@", at)


def second(text: str) -> AddressWay:
    def write(address: str, chance: Chance) -> str:
        return text.replace("{other}", f"kim{chance.randrange(10**6)}@gmail.com").replace("{}", address)

    return write


ADDRESS_WAYS: dict[str, AddressWay] = {
    "plain": within("{}"),
    "capitals": lambda address, _: address.upper(),
    "plus tag": lambda address, _: address.replace("@", "+case@"),
    **{
        f"between {before!r} and {after!r}": within(f"{before}{{}}{after}")
        for before, after in (
            ("<", ">"), ("mailto:", ""), ("\u201c", "\u201d"), ("", "\u2026"), ("", "\u00a0(work)"), ("", "\u2013old"),
            ("", "\u200b"), ("", "\u3002"), ("\u2018", "\u2019"), ("(", ")"), ("[", "]"), ("'", "'"), ("", ";"),
            ("", "."),
            ("", ".\u2019"), ("\u00ab", "\u00bb"), ("E:", ""), ("email=", ""), ("\u2192", ""), ("\u2022", ""),
            ("|", "|"), ("*", "*"), ("", "!"), ("Name <", "> wrote"), ("#", ""), ("/", "/"), ("\u2709 ", ""),
            ("", "\u2014 she"),
            ("", "\u3001"), ("", "\uff0c"), ("", "\u2028"), ("\ufeff", ""), ("", " \U0001f600"), ("", "\U0001f600"),
            ("{", "}"), ("", "?subject=Hi"), ("", ":"), ("", "\\n"), ("<b>", "</b>"), ('{"email":"', '"}'),
            ("&lt;", "&gt;"),
        )
    },
    "entity for at": spread("&#64;"),
    "hexadecimal entity": spread("&#x40;"),
    "named entity": spread("&commat;"),
    "in a link": lambda address, _: urllib.parse.quote(address, safe=""),
    "quoted-printable": quoted_printable,
    "blanks around at": spread(" @ "),
    "blank before at": spread(" @"),
    "blank after at": spread("@ "),
    "full-width at": spread("\uff20"),
    "small at": spread("\ufe6b"),
    "(at)": spread("(at)"),
    "[at] [dot]": spread(" [at] ", " [dot] "),
    "at and dot": spread(" at ", " dot "),
    "at alone": spread(" at "),
    "no-break blanks": spread("\u00a0@\u00a0"),
    "zero-width inside": spread("\u200b@\u200b"),
    "soft hyphen inside": spread("\u00ad@"),
    "two by semicolon": second("{};{other}"),
    "two by blank": second("{} {other}"),
    "in a sentence": within("She reads {} every evening"),
    "escaped HTML": lambda address, _: html.escape(f'<a href="mailto:{address}">'),
    "accents before": within("\u00e9crire \u00e0 {} d\u00e8s lundi"),
    "Chinese around": within("\u8bf7\u5199\u4fe1\u81f3{}\u8c22\u8c22"),
}  # fmt: skip

# --- addresses of which the person can be read, though nobody is reached ---

READABLE_WAYS: dict[str, AddressWay] = {
    ".invalid behind": within("{}.invalid"),
    ".example behind": within("{}.example"),
    "= for at": lambda address, _: f"{address.replace('@', '=')}@example.com",
    "_ for at": lambda address, _: f"{address.replace('@', '_')}@example.com",
    ".at. for at": lambda address, _: f"{address.replace('@', '.at.')}@example.org",
    "base64": lambda address, _: base64.b64encode(address.encode()).decode(),
    "hexadecimal": lambda address, _: address.encode().hex(),
    "percent": lambda address, _: f"{address.replace('@', '%')}@example.net",
}
