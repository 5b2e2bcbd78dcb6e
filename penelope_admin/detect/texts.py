"""What in a text looks like client data, so that a person can look again before the text leaves the program.

When in doubt it is a hit: a false alarm costs one click, a miss costs somebody's privacy.

The search works on a plain copy in which every script's digits are 0 to 9, every dash is "-", and what cannot be
seen is left out. Whatever has been judged, hit or harmless, is struck out of the copy, so that each search sees only
what those before it left over.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Literal

import phonenumbers

from penelope_admin.detect.plain import spell, units

HitKind = Literal["email", "telephone", "date-of-birth", "identity-number"]
HIT_NAMES: dict[HitKind, str] = {
    "email": "email address",
    "telephone": "telephone number",
    "date-of-birth": "date of birth",
    "identity-number": "health-card or social-insurance number",
}


@dataclass(frozen=True, slots=True)
class Hit:
    """Where in a text something looks like client data: `text[start:end]`. It never holds the text itself."""

    kind: HitKind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Own:
    """What is the agency's own or the vendor's, and so no client's.

    Attributes:
        addresses: email addresses, the agency's and Support's.
        domains: mail domains all of whose addresses are the agency's or the vendor's; see `own_domains`.
        telephones: as written anywhere, "(866) 732-3560 ext. 2, then 2".
        numbers: other digits known to be harmless: case numbers, references, versions, defect numbers.
    """

    addresses: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    telephones: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()


# --- the plain copy ---

_PLAINLY = re.compile(r"[\t\n\r !-$'-<>-[\]-_a-~]*")
"""A text that is written the ASCII way, without anything that may start a code: "&", "%", "=" or a backslash."""
_STRUCK = "\0"  # the plain copy has no control characters of its own but line feeds


def _plain_copy(text: str) -> tuple[str, list[tuple[int, int]]]:
    """The text the ASCII way, and for each of its characters where in `text` what it comes from starts and ends."""
    if _PLAINLY.fullmatch(text):
        return text.replace("\r", "\n").replace("\t", " "), [(place, place + 1) for place in range(len(text))]
    plain: list[str] = []
    origins: list[tuple[int, int]] = []
    for start, end, character in units(text):
        for part in spell(character):
            if not unicodedata.category(part).startswith("M"):
                plain.append(part)
                origins.append((start, end))
            # An accent joins its letter; any other mark is left out.
            elif plain and len(joined := unicodedata.normalize("NFC", plain[-1] + part)) == 1:
                plain[-1] = joined
    return "".join(plain), origins


class _Search:
    """A text under search: the plain copy, what is struck out of it so far, the hits, and by what they are judged."""

    def __init__(self, text: str, own: Own, region: str, today: date) -> None:
        self._text, self.region, self.today = text, region, today
        self.whole, self._origins = _plain_copy(text)
        self.rest = self.whole
        self.own = _OwnForms.of(own, region, self.whole)
        self._hits: list[Hit] = []

    @property
    def is_north_american(self) -> bool:
        """Whether numbers of the region have ten digits, and seven without their area."""
        return phonenumbers.country_code_for_region(self.region) == _NORTH_AMERICA

    def parsed(self, run: str) -> phonenumbers.PhoneNumber | None:
        """What digits are as a telephone number of the region; None if they cannot be one."""
        return _parsed(run, self.region)

    def is_near_birth(self, start: int, end: int) -> bool:
        """Whether a word for birth stands near. After the date, a blank line ends what belongs to it."""
        before, after = self.whole[max(0, start - _NEAR) : start], self.whole[end : end + _NEAR]
        return bool(_BIRTH.search(before) or _BIRTH.search(after.partition("\n\n")[0]))

    def strike(self, start: int, end: int) -> None:
        """Take a span of the plain copy out of further searches."""
        self.rest = self.rest[:start] + _STRUCK * (end - start) + self.rest[end:]

    def hit(self, kind: HitKind, start: int, end: int) -> None:
        """Note a span of the plain copy as a hit, and strike it out."""
        last = self._origins[end - 1][1]
        while last < len(self._text) and unicodedata.category(self._text[last]).startswith("M"):
            last += 1  # the frame around a digit, say, goes with it
        self._hits.append(Hit(kind, self._origins[start][0], last))
        self.strike(start, end)

    def hits(self) -> Iterator[Hit]:
        """The hits by start. Two may share a character that became several (½ is 1/2): the first keeps it."""
        last = 0
        for hit in sorted(self._hits, key=lambda hit: (hit.start, hit.end)):
            if hit.end > last:
                yield Hit(hit.kind, max(hit.start, last), hit.end)
                last = hit.end


def find_hits(text: str, own: Own, region: str, today: date) -> tuple[Hit, ...]:
    """What in the text looks like client data, by start and without overlaps.

    Args:
        text: any text; the time taken grows with its length.
        own: what is to be passed over.
        region: whose telephone numbers are written without a country code; a country in ISO 3166.
        today: tells dates of birth from days that are planned or just past.
    """
    search = _Search(text, own, region, today)
    _find_addresses(search)
    _find_lettered_numbers(search)
    _strike_harmless(search)
    _find_dates(search)
    _find_parts_of_births(search)
    _find_wrapped_numbers(search)
    _find_oddly_divided(search)
    _find_digits(search)
    return tuple(search.hits())


# --- what is the agency's own ---

# Mail providers where anybody may have an address. These go with any ending: yahoo.ca, hotmail.co.uk.
_PROVIDERS = frozenset(
    name
    for names in (
        "aol fastmail gmail gmx googlemail hotmail hushmail icloud live mac mail me msn outlook pm proton protonmail",
        "tutanota yahoo yandex ymail zoho",
    )
    for name in names.split()
)
_PROVIDER_DOMAINS = frozenset(
    domain
    for domains in (
        "bell.net bellaliant.net cogeco.ca eastlink.ca mts.net mymts.net nb.sympatico.ca rogers.com sasktel.net",
        "shaw.ca sympatico.ca telus.net videotron.ca",
        "att.net bellsouth.net charter.net comcast.net cox.net earthlink.net sbcglobal.net verizon.net",
        "adam.com.au bigpond.com bigpond.net.au dodo.com.au iinet.net.au internode.on.net optusnet.com.au tpg.com.au",
        "westnet.com.au orcon.net.nz slingshot.co.nz vodafone.co.nz xtra.co.nz",
        "blueyonder.co.uk btinternet.com btopenworld.com ntlworld.com plus.com sky.com talktalk.net tiscali.co.uk",
        "virginmedia.com",
    )
    for domain in domains.split()
)


def own_domains(*addresses: str) -> tuple[str, ...]:
    """The domains of the addresses, each once, without those where anybody may have an address.

    What has no "@" or no domain with a dot is passed over.
    """
    written = (_comparable(address).rpartition("@") for address in addresses)
    domains = (domain.strip(" .<>") for _, at, domain in written if at)
    return tuple(dict.fromkeys(filter(_is_own_domain, domains)))  # a set that keeps its order


def _is_own_domain(domain: str) -> bool:
    """Whether it is a domain, and none of a mail provider."""
    name, _, ending = domain.partition(".")
    is_provider = name in _PROVIDERS and all(len(part) <= 3 for part in ending.split("."))  # noqa: PLR2004
    return bool(name and ending) and not is_provider and domain not in _PROVIDER_DOMAINS


@dataclass(frozen=True, slots=True)
class _OwnForms:
    """`Own` in the form the searches compare with.

    Attributes:
        digits: whole runs of digits that are harmless.
        words: whole numbers and references as written, in small letters.
        telephones: full telephone numbers with any punctuation.
    """

    addresses: frozenset[str]
    domains: tuple[str, ...]
    digits: frozenset[str]
    words: frozenset[str]
    telephones: tuple[re.Pattern[str], ...]

    @classmethod
    def of(cls, own: Own, region: str, text: str) -> _OwnForms:
        """What matters in a text, given as its plain copy: of thousands of numbers hardly any stands there."""
        letters, figures = _joined(text), _digits(text)
        addresses = {_address_of(match) for text in own.addresses for match in _ADDRESS.finditer(_plain_copy(text)[0])}
        domains = (_comparable(domain).strip(" .@") for domain in own.domains)
        near = (number for number in own.numbers if _may_stand_in(number, letters, figures))
        numbers = [_comparable(number).strip(" #") for number in near]
        digits = {_digits(run.group()) for number in numbers for run in _RUN.finditer(number)}
        words = {word for number in numbers for word in (number, _joined(number)) if word}
        telephones, whole = _own_telephones(own.telephones, region)
        return cls(
            frozenset(addresses), tuple(filter(None, domains)), frozenset(digits | whole), frozenset(words), telephones
        )

    def has_address(self, address: str) -> bool:
        domain = address.rpartition("@")[2]
        return address in self.addresses or any(domain == own or domain.endswith("." + own) for own in self.domains)


_FIGURES = re.compile(r"\d+")


def _may_stand_in(number: str, letters: str, figures: str) -> bool:
    """Whether a text, given as its letters with digits and as its digits alone, could hold a number or a part of it."""
    if not number.isascii():
        return True
    return _joined(number) in letters or any(run in figures for run in _FIGURES.findall(number))


@functools.lru_cache(maxsize=8)  # the same few for every text, and they cost more than most texts
def _own_telephones(telephones: tuple[str, ...], region: str) -> tuple[tuple[re.Pattern[str], ...], frozenset[str]]:
    """Patterns of the long numbers, and the whole digits of the short ones and of those without their area."""
    patterns, whole = set(), set()
    code = phonenumbers.country_code_for_region(region)
    for text in telephones:
        for run in _RUN.finditer(_plain_copy(text)[0]):
            for home in {region, "US"}:  # the vendor's numbers are American, whoever writes them
                number = _parsed(run.group(), home)
                if number is None:
                    continue
                digits = phonenumbers.national_significant_number(number)
                if len(digits) >= _SURE_DIGITS:
                    patterns.add(rf"(?<!\d)(?:(?:00|011|0011)?(?:{code}|1)0?|0)?{_OWN_GAP.join(digits)}(?!\d)")
                else:  # it could stand by chance within a longer number
                    whole |= {
                        before + digits for before in ("", "0", f"{code}", f"{code}0", f"00{code}", f"0011{code}")
                    }
                whole.add(digits[phonenumbers.length_of_geographical_area_code(number) :])
    return tuple(map(re.compile, sorted(patterns))), frozenset(whole)


def _comparable(text: str) -> str:
    return _plain_copy(text)[0].casefold()


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def _joined(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()


# --- email addresses ---

_LOCAL = r"(?:\"[^\"\n]{1,64}\"|[^\s@\"<>()\[\],;:“”„«»‹›\0]{1,64})"
_OPENS, _CLOSES = r"\s?[\[({<]\s?", r"\s?[\])}>]\s?"
_AT = rf"(?:\s?@\s?|%40|&#64;|{_OPENS}(?:at|@|arobase){_CLOSES})"
_DOT = rf"(?:\.|{_OPENS}(?:dot|point|\.){_CLOSES}|\s(?:dot|point)\s)"
_LABEL = r"\w+(?:-+\w+)*"
_ADDRESS = re.compile(
    rf"(?P<local>{_LOCAL})(?:"
    rf"@(?P<tight>{_LABEL}(?:{_DOT}{_LABEL})*|\[[\d.:a-f]+\])"
    rf"|{_AT}(?P<loose>{_LABEL}(?:{_DOT}{_LABEL})+)"  # "two @ once" is none: a loose "@" needs a dot after it
    rf"|(?:\sat\s|[_-]at[_-])(?P<spoken>{_LABEL}(?:\s?{_DOT}{_LABEL})*(?:\sdot\s{_LABEL}|_dot_{_LABEL}"
    r"|\.(?:com|net|org|edu|gov|ca|uk|au|nz|us|fr)\b)))",
    re.IGNORECASE,
)
_WRAPPING = re.compile(r"^\W+")
_ANY_DOT = re.compile(_DOT, re.IGNORECASE)


def _find_addresses(search: _Search) -> None:
    for match in _ADDRESS.finditer(search.rest):
        if search.own.has_address(_address_of(match)):
            search.strike(*match.span())
        else:
            search.hit("email", *match.span())


def _address_of(match: re.Match[str]) -> str:
    """An address in the form in which two are compared, without quotes and other signs it is wrapped in."""
    domain = _ANY_DOT.sub(".", match["tight"] or match["loose"] or match["spoken"])
    return f"{_WRAPPING.sub('', match['local'])}@{domain}".casefold()


# --- numbers with letters ---

_HEALTH_CARD_QUEBEC = re.compile(r"(?<![^\W_])[A-Z]{4}[ -]?\d\d(\d\d)[ -]?(\d\d)\d\d(?!\d)", re.IGNORECASE)
_NATIONAL_INSURANCE = re.compile(
    r"(?<![^\W_])[A-Z]{2}([ .-]?)\d\d[ .-]?\d\d[ .-]?\d\d[ .-]?[A-Z](?![^\W_])", re.IGNORECASE
)
_HEALTH_INDEX_NZ = re.compile(
    r"(?<![^\W_])([A-HJ-NP-Z]{3})([ -]?)(\d{4}|\d\d[ -]?[A-HJ-NP-Z]{2})(?![^\W_])", re.IGNORECASE
)
_MBI = "[AC-HJKMNP-RT-Y]"
_MEDICARE_US = re.compile(  # Centers for Medicare and Medicaid Services, "Understanding the MBI"
    rf"(?<![^\W_])[1-9]{_MBI}[{_MBI[1:-1]}\d]\d-?{_MBI}[{_MBI[1:-1]}\d]\d-?{_MBI}{{2}}\d\d(?![^\W_])", re.IGNORECASE
)
_CARD = re.compile(
    r"\b(?:health|santé|sante|soleil|OHIP|RAMQ|MHSC|PHIN|PHN|AHCIP|MCP|Medicaid|Medicare|MBI|NHS|NHI|NINO"
    r"|national insurance|social (?:insurance|security)|assurance[ -]maladie)\b"
    r"(?:[ -]?(?:care|card|number|no|num|id|is|insurance|plan|record|carte|numéro)\b\.?){0,3}[ :#.(]{0,3}"
    r"(?P<number>(?=(?:[^\W_]| (?=[\dA-Z])){0,14}?(?:\d[ -]?){5})"
    r"[A-Z]{0,3}[ -]?\d[\dA-Z]{0,12}(?:[ -][\dA-Z]{1,5}){0,4})(?![^\W_])",
    re.IGNORECASE,
)
"""A word for a card or scheme, and the number that follows it, however it is written."""
_SMALL_WORDS = frozenset(
    {"am", "an", "as", "at", "be", "by", "do", "go", "he", "if", "in", "is", "it", "me", "my", "no", "of", "on", "or"}
)
_INDEX_SIGNS: dict[str, int] = dict(zip("0123456789ABCDEFGHJKLMNPQRSTUVWXYZ", (*range(10), *range(1, 25)), strict=True))


def _find_lettered_numbers(search: _Search) -> None:
    kinds: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], bool], str | int], ...] = (
        (_HEALTH_CARD_QUEBEC, _is_quebec_card, 0),
        (_NATIONAL_INSURANCE, _is_no_prose, 0),
        (_MEDICARE_US, bool, 0),
        (_CARD, bool, "number"),
        (_HEALTH_INDEX_NZ, partial(_is_health_index, region=search.region), 0),
    )
    for pattern, is_number, group in kinds:
        for match in pattern.finditer(search.rest):
            if is_number(match):
                _hit_number(search, match, group)


def _is_quebec_card(match: re.Match[str]) -> bool:
    """Whether there is a day of birth in it; women's months count from 51."""
    month, day = int(match[1]) % 50, int(match[2])
    return match.group()[:4].casefold() != "case" and month in range(1, 13) and day in range(1, _LAST_OF_MONTH + 1)


def _is_no_prose(match: re.Match[str]) -> bool:
    """Whether a national insurance number is none like "at 12 34 56 a"."""
    written = match.group()
    return match[1] == "" or written.isupper() or written[:2].casefold() not in _SMALL_WORDS


def _hit_number(search: _Search, match: re.Match[str], group: str | int) -> None:
    if _joined(match[group]) in search.own.words or _digits(match[group]) in search.own.digits:
        search.strike(*match.span(group))
    else:
        search.hit("identity-number", *match.span(group))


def _is_health_index(match: re.Match[str], region: str) -> bool:
    """Whether three letters and four signs are a New Zealand health index number, and not "SQL2019" or "Dec 2026"."""
    letters = match[1]
    if match[2] and (not letters.isupper() or letters.casefold() in _MONTHS):
        return False
    if region == "NZ" and not match[2] and letters.isupper() and not _YEARS.fullmatch(match[3]):
        return True  # even with a wrong check digit
    return _is_checked(_joined(match.group()).upper())


def _is_checked(signs: str) -> bool:
    """Whether the last of a health index number's signs fits the others: for ZAC5361 it is 1."""
    values = [_INDEX_SIGNS[sign] for sign in signs]
    total = sum(value * weight for value, weight in zip(values, range(7, 1, -1), strict=False))
    if signs[-1].isdigit():
        return total % 11 != 0 and (11 - total % 11) % 10 == values[-1]
    return any(modulus - total % modulus == values[-1] for modulus in (23, 24))  # the standard once said 24


# --- what is never client data ---

_GAP = r"[ .\-/()\[\]~]{0,4}"
_OWN_GAP = r"[ .\-/()\[\]~>\n]{0,4}"  # a line may end in it
_RUN = re.compile(rf"[+(\[]{{0,3}}\d(?:{_GAP}\d)*")
_HARMLESS = re.compile(
    r"(?<![\d:])\d{1,2}:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?![\d:])"  # a clock time
    r"|\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b"  # a GUID, as in an error message
    r"|\b0x[0-9a-f]+\b"
    r"|\bKB\d{6,7}\b"  # an update of Windows
    r"|\b(?:v|ver|versions?|release|build|rev|revision)[ .:#]{0,2}"
    r"(?!\d\d?\.\d\d?\.(?:19|20)\d\d\b)\d+(?:\.\d+){1,4}(?![\d-])"  # a version, unless it could be a day
    r"|^[ >]*[1-9]\d?[.)] "  # the number of a list item
    r"|\((?:build )?\d{1,3}\.\d\.\d{3,5}\.\d{1,3}\)"  # a product's build
    r"|(?-i:\b[A-Z]{2,6})[-#]?(?:19|20)\d\d-\d{3,6}\b"  # INV-2026-42387
    r"|(?-i:\b(?:(?!TEL|PH|MOB|CELL|FAX|SMS|HOME|WORK)[A-Z]{2,6}-?|[ABDEFGIJKLNOQRSUVXYZ]))\d{4,8}\b",  # R3529070
    re.IGNORECASE | re.MULTILINE,
)
_COUNTED = re.compile(
    r"\b(?:budget|ledger|gl|fund|cost (?:centre|center)|account|hash|invoice|receipt|purchase order|order|po|form|build"
    r"|release|period|job|batch|row|error|event|revision|ticket|case|incident|defect|dossier|facture)s?\b"
    r"(?:[ -]?(?:line|id|no|num|nr|number|numéro|code|key)\b\.?){0,2}[^\d\n]{0,4}$",
    re.IGNORECASE,
)
"""What stands before a number that counts something of an office's, unless it is written as a person's would be."""
_INTERNET_ADDRESS = re.compile(r"(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}")
_VERSION = re.compile(r"\d{1,3}\.0(?:\.\d{1,5}){1,2}")  # no telephone number has a lone 0 in second place
_YEARS = re.compile(r"(?:(?:19|20)\d\d(?:[ .\-/()]{1,4}(?=\d)|$))+")
_MILLIONS = re.compile(r"\d \d{3} \d{3}")


def _strike_harmless(search: _Search) -> None:
    for pattern in (_HARMLESS, *search.own.telephones):
        for match in pattern.finditer(search.rest):
            search.strike(*match.span())


def _is_harmless(run: str) -> bool:
    """Whether a run of digits is an internet address, a version such as 115.0.5790.110, years, or 1 200 000."""
    return any(pattern.fullmatch(run) for pattern in (_INTERNET_ADDRESS, _VERSION, _YEARS, _MILLIONS))


# --- dates of birth ---

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan janvier janv",
            "february feb février fevrier févr fevr",
            "march mar mars",
            "april apr avril avr",
            "may mai",
            "june jun juin",
            "july jul juillet juil",
            "august aug août aout",
            "september sept sep septembre",
            "october oct octobre",
            "november nov novembre",
            "december dec décembre decembre déc",
        ),
        1,
    )
    for name in names.split()
}
_MONTH = rf"(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})(?![^\W\d_])"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th|er)?"
# "10 May, 20 users": after a comma two digits are a year only if they can be nothing else.
_YEAR = r"(?P<year>\d{4}|'\s?\d\d|[4-9]\d|(?<!,)(?<!,\s)\d\d)(?!\d|:\d|\s?[ap]\.?m\b|\s?h\b)"
_WORD_DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?<!\d){_DAY}[\s.,/-]{{0,3}}(?:(?:day\s)?of\s|de\s)?{_MONTH}[\s.,/-]{{0,3}}{_YEAR}",
        rf"(?<![^\W\d_]){_MONTH}[\s./-]{{0,3}}{_DAY}(?:\s?[,/.-]\s?|\s{{1,2}}){_YEAR}",
        rf"(?<!\d)(?P<year>\d{{4}})[\s.,/-]{{0,3}}{_MONTH}[\s./-]{{0,3}}{_DAY}(?!\d|:\d)",
    )
)
_DIGIT_DATE = re.compile(r"(?<!\d)(\d{4}|\d{1,2}) ?([-/. ]) ?(\d{1,2}) ?\2 ?(\d{4}|\d{1,2})(?!\d)(?!\2\d)")
_BIRTH = re.compile(
    r"born\b|(?<!\[date of )birth|naissance|\bb-?day|\bd\.? ?o\.? ?b\b|\bd\.?d\.?n\b|\b(?:née?|nee)\b|\bb\. ?$",
    re.IGNORECASE,
)
_NEAR = 40  # characters between a word for birth and a date that make the date one of birth
_LONGEST_LIFE = 120  # years
_LAST_OF_MONTH = 31
_YEARS_MEANT = range(1800, 2200)  # 01-23-4567 is no day


def _find_dates(search: _Search) -> None:
    """Note dates of birth as hits; strike out other dates that can be nothing else."""
    for pattern in _WORD_DATES:
        for match in pattern.finditer(search.rest):
            month = re.sub("[İı]", "i", match["month"]).casefold()  # re takes both for an i, casefold neither
            if reading := _day(match["year"], _MONTHS[month], int(match["day"]), search.today):
                _judge_date(search, match.span(), [reading])
    for match in _DIGIT_DATE.finditer(search.rest):
        sign, start = match[2], match.start()
        if search.rest[max(0, start - 1) : start] == sign and search.rest[max(0, start - 2) : start - 1].isdigit():
            continue  # part of a longer chain of digits
        if readings := _readings(search, match, near_birth=search.is_near_birth(*match.span())):
            _judge_date(search, match.span(), readings, sure=sign != " ")


_MONTH_AND_YEAR = re.compile(
    rf"(?<![^\W\d_]){_MONTH}[\s.,/-]{{0,3}}(?:of\s)?(?P<year>(?:19|20)\d\d)(?!\d)", re.IGNORECASE
)
_YEAR_OF_BIRTH = re.compile(
    r"(?:born\b|(?<!\[date of )birth\w*|naissance|\bd\.? ?o\.? ?b\b\.?|\bd\.?d\.?n\b|\b(?:née?|nee)\b)\W{0,3}"
    r"(?:(?:year|in|on|about|around|circa|is|was|date|en|vers|of)\b\W{0,3}){0,3}"
    r"(?P<date>(?:\d{1,2} ?[/.-] ?)?(?:(?:19|20)\d\d|\d\d))(?!\d|[:/.-]\d)",
    re.IGNORECASE,
)


def _find_parts_of_births(search: _Search) -> None:
    """Note months and years beside a word for birth."""
    years = range(search.today.year - _LONGEST_LIFE, search.today.year + 1)
    for match in _MONTH_AND_YEAR.finditer(search.rest):
        if int(match["year"]) in years and search.is_near_birth(*match.span()):
            search.hit("date-of-birth", *match.span())
    for match in _YEAR_OF_BIRTH.finditer(search.rest):
        written = match["date"]
        if len(_digits(written)) > len("87") and written.casefold() not in search.own.words:
            search.hit("date-of-birth", *match.span("date"))


def _judge_date(search: _Search, span: tuple[int, int], readings: Sequence[date], *, sure: bool = True) -> None:
    if search.rest[slice(*span)].casefold() in search.own.words:
        search.strike(*span)
    elif any(_is_long_ago(reading, search.today) for reading in readings) or search.is_near_birth(*span):
        search.hit("date-of-birth", *span)
    elif sure:
        search.strike(*span)


def _readings(search: _Search, match: re.Match[str], *, near_birth: bool) -> list[date]:
    """The days that three numbers can mean, whichever of day, month and year comes first.

    Without a word for birth near it, 3.5.87 is a version, and 12/10/11 does not start with its year.
    """
    first, sign, second, third = match.groups()
    a, b, c = int(first), int(second), int(third)
    candidates: list[tuple[str, int, int]] = []
    if max(len(first), len(third)) == len("1987"):
        leads, ends = len(first) > len(third), len(third) > len(first)
    elif sign in ". ":
        leads = ends = False
        if near_birth and len(third) == len("87"):
            candidates = [(third, b, a)]
    else:
        leads, ends = len(first) == len("87") and (near_birth or a > _LAST_OF_MONTH), len(third) == len("87")
    if ends:
        candidates += [(third, b, a), (third, a, b)]
    if leads:
        candidates += [(first, b, c), (first, c, b)]
    days = (_day(year, month, day, search.today) for year, month, day in candidates)
    return [day for day in days if day]


def _day(year: str, month: int, day: int, today: date) -> date | None:
    """The day, if there is one; with two digits for the year the latest that is not to come."""
    number = int(_digits(year))
    if len(_digits(year)) <= len("87"):
        number += today.year // 100 * 100
        if (number, month, day) > (today.year, today.month, today.day):
            number -= 100
    elif number not in _YEARS_MEANT:
        return None
    try:
        return date(number, month, day)
    except ValueError:
        return None


def _is_long_ago(day: date, today: date) -> bool:
    """Whether somebody alive may have been born on a day, more than a year ago."""
    now, rest = (today.month, today.day), (day.month, day.day)
    return (day.year + 1, *rest) < (today.year, *now) and (day.year + _LONGEST_LIFE, *rest) >= (today.year, *now)


# --- telephone numbers and numbers of digits only ---

_SURE_DIGITS = 9  # so many digits are a hit, whatever they are
_LOCAL_DIGITS = 7  # so many may be a telephone number without its area
_FEW_DIGITS = 6  # so many only after a word for telephoning
_NORTH_AMERICA = 1  # the country code where a number without its area has seven digits, elsewhere up to eight
_MOST_DIGITS = 17  # no telephone number has more
_EXTENSION = re.compile(r",? ?(?:extension|extn?|x|poste|#)[ .:]{0,2}\d{1,6}(?!\d)", re.IGNORECASE)
_VERSION_CODE = re.compile(r"[ -]?[A-Z]{2}(?![^\W_])")
_TELEPHONING = re.compile(
    r"(?<!\[)\b(?:tel|telephone|phone|ph|call|called|calling|cell|mobile|mob|fax|ring|rang|text|sms|dial)\b[^\d\n]{0,20}$",
    re.IGNORECASE,
)
_DECIMAL = re.compile(r"\d+\.\d{1,2}")
# Digits in groups that are told by their lengths: social insurance, social security, Ontario, Medicare.
_IDENTITY_SHAPES = frozenset({(3, 3, 3), (3, 2, 4), (4, 3, 3), (4, 5, 1), (4, 5, 1, 1)})
_NHS_SHAPE = (3, 3, 4)

_SMALL_GAP = r"(?:[-. )/]{1,3}|[-. )/]{0,3}\n[> ]{0,4})"
_WRAPPED = re.compile(
    r"(?<!\d)(?:"
    + "|".join(
        _SMALL_GAP.join(rf"\d{{{length}}}" for length in shape)
        for shape in ("334", "333", "324", "433", "244", "434", "344", "234", "451", "56")
    )
    + r")(?!\d)"
)
_ANY_GAPS = re.compile(r"(?<![\d:,])\d{1,5}([_,:|*;=])\d{2,6}(?:\1\d{2,6}){0,2}(?!\1?\d)")
_USUAL_LENGTHS = range(8, 12)
_ODD_GAPS = re.compile(r"(?<!\d)\d{3}([^\w\s\0]|_)\d{3}\1\d{4}(?!\d)")


def _find_wrapped_numbers(search: _Search) -> None:
    """Numbers in pieces, with a line end or a comma between them, whose pieces have the lengths of a known number."""
    for match in _WRAPPED.finditer(search.rest):
        if match.group().count("\n") == 1 and _digits(match.group()) not in search.own.digits:
            is_identity = _shape(match.group()) in _IDENTITY_SHAPES
            search.hit("identity-number" if is_identity else "telephone", *match.span())


def _find_oddly_divided(search: _Search) -> None:
    """Numbers with the same sign between all of their groups, and one that is seldom there: 204*942*3007."""
    for match in _ODD_GAPS.finditer(search.rest):
        if match[1] not in " .-/" and _digits(match.group()) not in search.own.digits:
            search.hit("telephone", *match.span())
    for match in _ANY_GAPS.finditer(search.rest):
        digits = _digits(match.group())
        if len(digits) in _USUAL_LENGTHS and digits not in search.own.digits and _is_one(search.parsed(digits)):
            search.hit("telephone", *match.span())


def _find_digits(search: _Search) -> None:
    for match in _RUN.finditer(search.rest):
        digits = _digits(match.group())
        if len(digits) >= _FEW_DIGITS and digits not in search.own.digits and not _is_harmless(match.group()):
            _judge_run(search, match, digits)


def _judge_run(search: _Search, match: re.Match[str], digits: str) -> None:
    run, (start, end) = match.group(), match.span()
    near_birth = search.is_near_birth(start, end)
    before = search.whole[max(0, start - _NEAR) : start]
    if day := _compact_day(run.lstrip("(["), search.today, near_birth):
        if near_birth or _is_long_ago(day, search.today):
            search.hit("date-of-birth", start, end)
    elif _is_counted(search, run, digits, before):
        search.strike(start, end)
    elif _looks_like_number(search, run, digits, before):
        if more := _EXTENSION.match(search.rest, end) or _VERSION_CODE.match(search.rest, end):
            end = more.end()
        if not set(")]") & set(run):
            start += len(run) - len(run.lstrip("(["))  # the bracket belongs to the sentence
        search.hit(_kind_of(search, run, digits), start, end)


def _is_counted(search: _Search, run: str, digits: str, before: str) -> bool:
    """Whether a run of digits is an invoice, a budget line, a case: called so, and in no form that a person's has."""
    if "+" in run or not _COUNTED.search(before):
        return False
    shape = _shape(run)
    alone = len(shape) == 1 and len(digits) >= _SURE_DIGITS and "hash" not in before
    if shape in _IDENTITY_SHAPES or alone:
        return False
    number = search.parsed(run)
    if number is None or len(digits) < _SURE_DIGITS or not _is_one(number):
        return True
    usual = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    return len(shape) > len("ab") and shape != _shape(usual)


def _compact_day(run: str, today: date, near_birth: bool) -> date | None:
    """The day that 19870305 means; near a word for birth also 05031987, 050387 and 870305."""
    if not run.isdigit():
        return None
    if len(run) == len("19870305") and run[:2] in {"19", "20"}:
        day = _day(run[:4], int(run[4:6]), int(run[6:]), today)
        if day:
            return day
    if not near_birth or len(run) not in {len("050387"), len("05031987")}:
        return None
    a, b, year = int(run[:2]), int(run[2:4]), run[4:]
    day = _day(year, b, a, today) or _day(year, a, b, today)
    if day is None and len(run) == len("870305"):
        day = _day(run[:2], b, int(run[4:]), today)
    return day


def _looks_like_number(search: _Search, run: str, digits: str, before: str) -> bool:
    """Whether a run of at least six digits may point to a person, given the region and what stands before it."""
    if len(digits) >= _SURE_DIGITS or "+" in run or _TELEPHONING.search(before):
        return True
    if len(digits) < _LOCAL_DIGITS or _DECIMAL.fullmatch(run):
        return False
    return not search.is_north_american or (len(digits) == _LOCAL_DIGITS and digits[0] not in "01")


def _kind_of(search: _Search, run: str, digits: str) -> HitKind:
    """What digits are called that are a hit anyway. The same ten may be a telephone number and a health card."""
    if "+" in run or len(digits) < _SURE_DIGITS:
        return "telephone"
    shape = _shape(run)
    has_trunk_zero = digits[0] == "0" and not search.is_north_american
    is_identity_shape = shape in _IDENTITY_SHAPES or (search.region == "GB" and shape == _NHS_SHAPE)
    if is_identity_shape and not has_trunk_zero:
        return "identity-number"
    # In one group it has to be a number that is given out; in several its length has to be right.
    is_one = _is_one if len(shape) == 1 else phonenumbers.is_possible_number
    number = search.parsed(run)
    return "telephone" if number is not None and is_one(number) else "identity-number"


def _shape(run: str) -> tuple[int, ...]:
    """How many digits its groups have."""
    return tuple(map(len, re.findall(r"\d+", run)))


def _is_one(number: phonenumbers.PhoneNumber | None) -> bool:
    """Whether it is a number that is given out."""
    return number is not None and phonenumbers.is_valid_number(number)


def _parsed(run: str, region: str) -> phonenumbers.PhoneNumber | None:
    if len(_digits(run)) > _MOST_DIGITS:
        return None
    try:
        return phonenumbers.parse(run, region)
    except phonenumbers.NumberParseException:
        return None


# --- what is told about hits ---


def masked(text: str, hits: Sequence[Hit]) -> str:
    """The text with the name of its kind in place of every hit: "[telephone number]".

    Args:
        hits: as `find_hits` gives them for this very text.
    """
    parts, last = [], 0
    for hit in hits:
        parts += [text[last : hit.start], f"[{HIT_NAMES[hit.kind]}]"]
        last = hit.end
    return "".join([*parts, text[last:]])


def in_words(text: str, hits: Sequence[Hit]) -> list[str]:
    """A sentence for each line and kind, without what was found: "Line 5: looks like a telephone number."

    Args:
        hits: as `find_hits` gives them for this very text.
    """
    lines = ((text.count("\n", 0, hit.start) + 1, HIT_NAMES[hit.kind]) for hit in hits)
    sentences = (f"Line {line}: looks like {'an' if name[0] in 'aeiou' else 'a'} {name}." for line, name in lines)
    return list(dict.fromkeys(sentences))  # a set that keeps its order
