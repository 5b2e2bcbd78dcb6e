"""What counts as a contact that reaches somebody: addresses by their domains, numbers by their numbering plans."""

from __future__ import annotations

import base64
import binascii
import functools
import random
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol

import phonenumbers
from phonenumbers import PhoneMetadata

from penelope_admin.detect import texts
from penelope_admin.detect.plain import printable
from penelope_admin.errors import BadInputError


class Region(Protocol):
    """How a country's telephone numbers are written.

    Attributes:
        key: the country in ISO 3166, "CA".
        telephone_shapes: lengths of the groups of digits, as numbers are written within the country; none where that is
            not known, and then any groups with as many digits may be one.
        telephone_digits: the fewest and the most digits of one.
        trunk_zero: whether one starts with a zero, and `no_trunk_before` what those without it start with.
    """

    @property
    def key(self) -> str: ...
    @property
    def calling_code(self) -> int: ...
    @property
    def telephone_shapes(self) -> tuple[tuple[int, ...], ...]: ...
    @property
    def telephone_digits(self) -> tuple[int, int]: ...
    @property
    def trunk_zero(self) -> bool: ...
    @property
    def no_trunk_before(self) -> str: ...
    def __hash__(self) -> int: ...


@dataclass(frozen=True, slots=True)
class OwnMail:
    """Addresses that are the agency's own, so that nobody else is reached by them.

    Attributes:
        domains: all of whose addresses are; in small letters.
        mailboxes: test mailboxes, in small letters, with whatever comes after a "+" in them.
    """

    domains: frozenset[str] = frozenset()
    mailboxes: frozenset[str] = frozenset()

    @classmethod
    def read(cls, text: str) -> OwnMail:
        """Domains and mailboxes as people write them, with blanks, commas or semicolons between.

        Raises:
            BadInputError: something is neither, or a mail provider's domain, where anybody may have an address.
        """
        words = [word.casefold().removeprefix("@") for word in re.split(r"[\s,;]+", text) if word]
        domains, mailboxes = set(), set()
        for word in words:
            local, at, domain = word.rpartition("@")
            _check_own(word, local, domain)
            if at:
                mailboxes.add(f"{local.partition('+')[0]}@{domain}")
            else:
                domains.add(domain)
        return cls(frozenset(domains), frozenset(mailboxes))

    @property
    def written(self) -> str:
        """All of them in one line, by name."""
        return ", ".join([*sorted(self.domains), *sorted(self.mailboxes)])

    def __bool__(self) -> bool:
        return bool(self.domains or self.mailboxes)

    def has(self, address: str) -> bool:
        """Whether an address is among them."""
        local, _, domain = address.casefold().rpartition("@")
        if f"{local.partition('+')[0]}@{domain}" in self.mailboxes:
            return True
        return any(domain == own or domain.endswith(f".{own}") for own in self.domains)


def _check_own(word: str, local: str, domain: str) -> None:
    """
    Raises:
        BadInputError: it is no domain or mailbox, or anybody may have one there.
    """
    if kind_of_domain(domain) == "none" or ("@" in word and not local) or "@" in local:
        raise BadInputError(
            f'"{word}" is neither a mail domain (agency.ca) nor a mailbox (test@agency.ca). Nothing was saved.'
        )
    if not local and not texts.own_domains(f"x@{domain}"):
        raise BadInputError(f"At {word} anybody may have an address. Nothing was saved. Name the mailbox: test@{word}.")


def nobody() -> OwnMail:
    """The addresses of no agency."""
    return OwnMail()


# --- what stands around numbers ---

CALLING = (
    r"(?is)\b(?:(?:tel|telephone|phone|ph|call|called|calling|calls|cell|mobile|mob|fax|ring|rang|text|texted|sms|dial|"
    r"reach|reached|contact|appel\w*|joindre)\b[^0-9\n]{0,20}"
    r"|(?:home|work|office|day|daytime|days|evening|evenings|night|nights|emergency|mother|father|mom|mum|dad|parents?|"
    r"wife|husband|spouse|partner|sister|brother|daughter|son|guardian|grandmother|grandfather|grandma|grandpa|aunt|"
    r"uncle|friend|neighbou?r|maison|travail|domicile|soir|jour|mère|mere|père|pere|urgence)\b[^0-9a-z\n]{0,4})$"
)
"""What stands before bare digits in a text that are a telephone number; RE2 reads it."""

NUMBERING = (
    r"(?is)\b(?:id|identifier|case|ref|reference|file|card|health|invoice|receipt|order|account|acct|claim|policy|permit|"
    r"licen[cs]e|member|tracking|serial|batch|ticket|sin|hcn|phn|ohip|nhs|nhi|dossier|facture)\b"
    r"(?:[ .:#]{0,2}(?:no|num|nr|number|numero)\b)?[^0-9a-z\n]{0,6}$"
)
"""What stands before bare digits in a text that are some other number; RE2 reads it."""


# --- email addresses ---

DomainKind = Literal["deliverable", "reserved", "none"]
_RESERVED_ENDINGS = frozenset({"example", "invalid", "test", "localhost", "local", "localdomain", "internal", "lan"})
_RESERVED_NAMES = frozenset({"example.com", "example.net", "example.org"})  # RFC 2606
_FILE_ENDINGS = frozenset({
    "png", "jpg", "jpeg", "gif", "svg", "webp", "bmp", "ico", "tif", "tiff", "pdf", "css", "js", "ts", "html", "htm",
    "php", "xml", "json", "csv", "tsv", "txt", "log", "bak", "tmp", "doc", "docx", "xls", "xlsx", "ppt", "pptx",
    "exe", "dll",
})  # fmt: skip
_LABEL = re.compile(r"(?!-)[^\W_](?:[\w-]{0,61}[^\W_])?")
_ENDING = re.compile(r"xn--[a-z0-9-]{2,59}|[^\W\d_]{2,24}")


def kind_of_domain(domain: str) -> DomainKind:
    """Whether mail to a domain could arrive, never will because the name is reserved, or it is no domain."""
    name = domain.casefold().rstrip(".")
    labels = name.split(".")
    if labels[-1] in _RESERVED_ENDINGS or ".".join(labels[-2:]) in _RESERVED_NAMES:
        return "reserved"
    if labels[-1] in _FILE_ENDINGS or len(labels) < 2 or len(name) > 253:  # noqa: PLR2004 - "icon@2x.png"
        return "none"
    if not _ENDING.fullmatch(labels[-1]) or not all(map(_LABEL.fullmatch, labels)):
        return "none"
    return "deliverable"


def is_masked_local(local: str) -> bool:
    """Whether an address's first part was blanked: "xxxx", "----", "j***"."""
    return "*" in local or (len(local) > 1 and set(local.casefold()) <= set("x.-_#"))


def mask_email(local: str, domain: str) -> str:
    """An address of which no part can be read back: "j***@g***.com"."""
    name, _, ending = domain.rpartition(".")
    shown = ending if re.fullmatch("[A-Za-z]{1,3}", ending) else "***"
    return f"{_first(local)}***@{_first(name)}***.{shown}"


def _first(text: str) -> str:
    return text[0] if re.match("(?s)[A-Za-z0-9]..", text) else ""


# --- telephone numbers ---

MIN_DIGITS, MAX_DIGITS = 7, 17
"""No telephone number has fewer or more, its prefixes included."""
_TYPES = (  # those `phonenumbers` judges by
    *("fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost"),
    *("personal_number", "voip", "pager", "uan", "voicemail"),
)

_SAME = "|".join(f"{digit}{{6}}" for digit in range(10))
_RISING = "0123456|1234567|2345678|3456789|4567890|7654321|8765432|9876543|6543210"
_FILLER = rf"\d*(?:{_SAME}|{_RISING})"
_FICTIONAL = {
    1: r"\d{3}55501\d\d",  # 555-0100 to 555-0199 in every area
    44: (  # Ofcom, "Telephone numbers for drama use"
        r"11[3-8]4960\d{3}|1[2-6]14960\d{3}|1914980\d{3}|2079460\d{3}|2890180\d{3}|2896496\d{3}|2920180\d{3}"
        r"|1632960\d{3}|7700900\d{3}|8081570\d{3}|9098790\d{3}|3069990\d{3}"
    ),
    61: (  # ACMA, "Phone numbers for use in TV shows, films and creative works"
        r"[2378](?:5550|7010)\d{4}|49157\d{4}|1800160401|1[38]009757(?:0[7-9]|1[01])"
    ),
}


_SIGNS_BETWEEN = "[ ().-]{0,3}"
_FEW_GROUPS = 4
_MASKED_SIGNS = 40
_TRIES = 1000
_LOCAL_FICTION = {1: r"^55501\d\d$"}


KNOWN_CODES = (1, 44, 61, 64)
"""Of the countries in which agencies are: a number from another one is written without its country code too."""
_LOCAL_DIGITS = {1: 7, 61: 8, 64: 7}


def local_digits(region: Region) -> int:
    """How long a number without its area is; 0 where that is not the same everywhere."""
    return _LOCAL_DIGITS.get(region.calling_code, 0)


@functools.cache
def chance(code: int, length: int, *, zero: bool = False) -> float:
    """How many of random digits of this length are dialable within a country, 0 to 1.

    Args:
        zero: whether they start with one; else none does.
    """
    plan, dice = numbering(code), random.Random(length)  # noqa: S311
    is_dialable = re.compile(plan.dialable)
    tries = (
        ("0" if zero else dice.choice("123456789")) + "".join(dice.choices("0123456789", k=length - 1))
        for _ in range(_TRIES)
    )
    return max(1, sum(is_dialable.search(digits) is not None for digits in tries)) / _TRIES


def local_fiction(region: Region) -> str:
    """Digits that are kept for fiction without an area too, as a pattern; nothing where there are none."""
    return _LOCAL_FICTION.get(region.calling_code, "")


@dataclass(frozen=True, slots=True)
class Numbering:
    """A numbering plan as patterns over digits alone, for RE2 and `re` alike.

    Attributes:
        dialable: a number with or without the country code and the trunk prefix.
        fictional: those kept for fiction, and fillers such as 999-999-9999.
    """

    dialable: str
    fictional: str


@functools.cache
def numbering(code: int) -> Numbering:
    """The numbering plan of a country code; +1 has many countries."""
    plans = list(_plans(code))
    kinds = (getattr(plan, name) for plan in plans for name in _TYPES)
    patterns = {kind.national_number_pattern for kind in kinds if kind and kind.national_number_pattern}
    leading = {plan.leading_digits for plan in plans if plan.leading_digits}
    trunk, dialable = f"(?:{code}0?|0)?", "|".join(sorted(patterns)) or r"[^\d]"  # the last matches no digits
    if code == 1:
        trunk, dialable = "(?:10?)?", _north_american(dialable, leading)
    fictional = "|".join(filter(None, (_FICTIONAL.get(code), _FILLER)))
    return Numbering(f"^{trunk}(?:{dialable})$", f"^{trunk}(?:{fictional})$")


def _north_american(dialable: str, leading: set[str]) -> str:
    """The numbers of 25 countries, which differ in their areas only: a list of these is much faster than patterns."""
    is_number, is_country = re.compile(dialable).fullmatch, re.compile("|".join(sorted(leading))).fullmatch
    areas = filter(lambda area: is_country(area) or is_number(f"{area}2345678"), map(str, range(200, 1000)))
    return rf"(?:{'|'.join(areas)})[2-9]\d{{6}}"


def _plans(code: int) -> Iterator[PhoneMetadata]:
    """What is known of the countries that have a country code."""
    for region in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(code, ()):
        plan = PhoneMetadata.metadata_for_region(region)
        if region == "001":  # of no country
            plan = PhoneMetadata.metadata_for_nongeo_region(code)
        if plan:
            yield plan


@functools.cache
def plainly_fictional(code: int) -> str:
    """Numbers kept for fiction in any usual way of writing, as a pattern over whole values; nothing where none are.

    What is written otherwise, or is a filler, takes a closer look.
    """
    if code not in _FICTIONAL:
        return ""
    trunk = f"(?:{code}0?|0)?" if code != 1 else "1?"
    return f"^[+(]{{0,2}}{_spread(trunk)}(?:{_spread(_FICTIONAL[code])})$"


def _spread(pattern: str) -> str:
    """A pattern over digits with signs allowed after each: of "555\\d\\d" every "5" and every "\\d" is one."""
    return re.sub(r"\\d|\[[^]]*\]|\d(?![^{]*\})", lambda match: f"(?:{match.group()}{_SIGNS_BETWEEN})", pattern)


@functools.cache
def plainly_reserved(digits: int) -> str:
    """Addresses that reach nobody and in which nothing else can be read, as a pattern over whole values.

    "user17@example.com" is one; what is written otherwise takes a closer look.

    Args:
        digits: so many and more may be a telephone number.
    """
    word = f"[A-Za-z]+[0-9]{{0,{digits - 1}}}"
    names, endings = "|".join(map(re.escape, sorted(_RESERVED_NAMES))), "|".join(sorted(_RESERVED_ENDINGS))
    return rf"^{word}(?:[._-]{word})?@(?:(?:[a-z-]+\.)?(?:{names})|[a-z-]+\.(?:{endings}))$"


def country_code(digits: str) -> int:
    """The country code that international digits start with; 0 if there is none."""
    for length in (1, 2, 3):
        if int(digits[:length] or 0) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
            return int(digits[:length])
    return 0


Trust = Literal["sure", "loose"]


@dataclass(frozen=True, slots=True)
class Part:
    """Groups of digits that may be one number.

    Attributes:
        first, count: the groups.
        trust: "sure" if a telephone number is written like this, "loose" if only its digits fit.
    """

    first: int
    count: int
    trust: Trust


def read_run(lengths: tuple[int, ...], signs: tuple[int, ...], region: Region) -> tuple[Part, ...]:
    """Where numbers may be in a run of groups of digits.

    What stands between two groups divides the run into pieces, the strongest signs first; whatever piece has as many
    digits as a number may be one. "4711: (204) 942-3007" is divided at ": ", and
    "07400 123987 / 020 7183 8750" at " / ".

    Args:
        lengths: of the groups.
        signs: how strongly what stands between each two divides them, one fewer than groups.
    """
    run = _Run(lengths, signs, region)
    run.read(0, len(lengths))
    return tuple(Part(first, end - first, trust) for (first, end), trust in sorted(run.trusts.items()))


class _Run:
    """A run of groups of digits, and which of them may be numbers: from the first group to before the end one."""

    def __init__(self, lengths: tuple[int, ...], signs: tuple[int, ...], region: Region) -> None:
        self._lengths, self._signs, self._region = lengths, signs, region
        self.trusts: dict[tuple[int, int], Trust] = {}

    def read(self, first: int, end: int) -> None:
        """Note the numbers in a piece: it is one, or several one after the other, or what it is divided into."""
        shape, shapes = self._lengths[first:end], self._region.telephone_shapes
        if shape in shapes:
            self.trusts[first, end] = "sure"
            return
        if sum(shape) < self._region.telephone_digits[0]:
            return
        if self._may_be_one(shape):
            self.trusts[first, end] = "loose"
        if len(shape) == 1:
            return
        if tiles := _tiles(shape, shapes):  # two numbers, one after the other
            self.trusts |= {(first + place, first + place + length): "sure" for place, length in tiles}
            return
        self._divide(first, end)
        self._find_shapes(first, end)

    def _may_be_one(self, shape: tuple[int, ...]) -> bool:
        """Whether groups have as many digits as a number with its country's code and a prefix for abroad at most."""
        longest = self._region.telephone_digits[1] + len(str(self._region.calling_code)) + len("011")
        return sum(shape) <= longest and not is_date(shape) and _is_even(shape)

    def _divide(self, first: int, end: int) -> None:
        """Read what stands between the strongest signs."""
        strongest = max(self._signs[first : end - 1])
        start = first
        for index in range(first, end):
            if index == end - 1 or self._signs[index] == strongest:
                self.read(start, index + 1)
                start = index + 1

    def _find_shapes(self, first: int, end: int) -> None:
        """Note groups in the middle that are written like a number: "4711 204 942 3007"."""
        lengths, shapes = self._lengths, self._region.telephone_shapes
        place = first
        while place < end:
            size = next((n for n in (5, 4, 3, 2) if place + n <= end and lengths[place : place + n] in shapes), 0)
            if size:
                self.trusts.setdefault((place, place + size), "loose")
            place += size or 1


def _is_even(shape: tuple[int, ...]) -> bool:
    """Whether groups are few, or equally long but for the last: "20 49 42 30 07", unlike a list of scores."""
    return len(shape) <= _FEW_GROUPS or (len(set(shape[:-1])) == 1 and shape[-1] <= shape[0])


def _tiles(shape: tuple[int, ...], shapes: tuple[tuple[int, ...], ...]) -> list[tuple[int, int]]:
    """Known shapes that make up the whole, in order; none if they do not."""
    for length in range(min(5, len(shape)), 1, -1):
        if shape[:length] in shapes:
            if length == len(shape):
                return [(0, length)]
            if rest := _tiles(shape[length:], shapes):
                return [(0, length), *((place + length, size) for place, size in rest)]
    return []


def is_date(shape: tuple[int, ...]) -> bool:
    """Whether groups are written like a day: 2024-01-15, 15/1/2024."""
    year, day = 4, 2
    starts_with_year = shape[0] == year and max(shape[1:3], default=year) <= day
    ends_with_year = len(shape) > day and max(shape[:2]) <= day and shape[2] == year
    return starts_with_year or ends_with_year


def mask_text(text: str) -> str:
    """How a value is written, without its letters and digits: "***-*******"."""
    masked = re.sub(r"[^\W_]", "*", printable(text[:_MASKED_SIGNS])).strip()
    return masked if len(text) <= _MASKED_SIGNS else f"{masked}\u2026"


def mask_phone(digits: str, region: Region, *, international: bool) -> str:
    """A number of which only the beginning and two digits can be read: "+1 416 ***-**11"."""
    code = region.calling_code
    if international:
        code = country_code(digits)
        digits = digits[len(str(code or "")) :]
    trunk, area = ("1", 3) if code == 1 else ("0", 2)
    national = digits.removeprefix(trunk)
    if len(national) < 9:  # noqa: PLR2004 - of a shorter one so many digits would leave few to guess
        return f"+{code} *** ***-****"
    return f"+{code} {national[:area]} ***-**{national[-2:]}"


_CODED = re.compile(rb"[A-Za-z0-9+/_-]{12,}")
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def decoded(value: bytes) -> Iterator[str]:
    """What words of a value say in ASCII if they are base64 or hexadecimal: "amFuZUBnbWFpbC5jb20=" is an address."""
    for word in _CODED.findall(value):
        for decode, padding in ((base64.urlsafe_b64decode, b"=" * (-len(word) % 4)), (binascii.unhexlify, b"")):
            try:
                text = decode(word.translate(_URL_SAFE) + padding)
            except ValueError:
                continue
            if text.isascii():
                yield text.decode()


def may_reach(text: str, region: Region, today: date) -> bool:
    """Whether a text may hold a contact, however written: what `texts` marks, if it could be delivered or dialled.

    Args:
        today: tells dates of birth from others.
    """
    return any(_reaches(text, hit, region) for hit in texts.find_hits(text, texts.Own(), region.key, today))


def _reaches(text: str, hit: texts.Hit, region: Region) -> bool:
    written = text[hit.start : hit.end]
    if hit.kind == "email":
        domain = written.rpartition("@")[2]
        return domain == written or kind_of_domain(domain.strip(" <>()[].,;:\"'")) == "deliverable"
    if hit.kind != "telephone" or (written.isdecimal() and re.search(NUMBERING, text[: hit.start])):
        return False
    return _may_be_dialled(written, region)


def _may_be_dialled(written: str, region: Region) -> bool:
    """Whether somebody may be called by digits, whatever their script and groups."""
    groups = ["".join(str(unicodedata.digit(sign)) for sign in group) for group in re.findall(r"\d+", written)]
    plan = numbering(region.calling_code)
    lengths, signs = tuple(map(len, groups)), (2,) * (len(groups) - 1)
    numbers = ("".join(groups[part.first : part.first + part.count]) for part in read_run(lengths, signs, region))
    return any(re.search(plan.dialable, digits) and not re.search(plan.fictional, digits) for digits in numbers)
