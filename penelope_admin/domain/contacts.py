"""What in a table looks like a real person's contact details, and what all of it together says.

Readers count, with the patterns given here; the judgement is a pure function over their counts. No value stays: what is
told about a contact is a masked sample, and whether one is repeated is known from keyed hashes alone.

A contact counts as real if it could be reached: an email address outside the reserved domains, a telephone number that
the numbering plan allows and that is neither kept for fiction nor an obvious filler. In doubt it is not de-identified.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any, Literal

import phonenumbers
from phonenumbers import PhoneMetadata

from penelope_admin.domain import phi
from penelope_admin.policy import Region

ProofVerdict = Literal["real", "de-identified", "cannot-tell"]
Confidence = Literal["high", "medium", "low"]
NameKind = Literal["email", "telephone", "number", "other"]
"""What a column's name says it holds; "number" is any number, amount or date that is no telephone number."""

MAX_NAME = 80
"""Characters of a column's name that are kept."""
MAX_FILE_NAME = 120
"""Characters of a file's name that are kept."""
MAX_SAMPLES = 3
"""Masked samples per column."""
MAX_DISTINCT = 4096
"""Distinct contacts told apart in a column. So many are people; more would only cost memory."""
LEAST_DISTINCT, MAX_DISTINCT_IN_ALL = 100, 400_000
"""At least so many in each column, and not many more than so many in all of a table: each takes 150 bytes."""
MAX_REPEATS = 20
"""One contact in more rows than this may be a placeholder or an office, as families are smaller, or a person with many
visits. Nobody can tell."""
REAL_PEOPLE = 20
"""So many distinct contacts that are not repeated are people, however many rows are de-identified: an export that was
de-identified has none. Fewer may be staff or vendors mentioned in a note, so that a person has to look."""
SURE_PEOPLE = 50
"""From here on the verdict "real" has a high confidence."""
REAL_SHARE = 0.5
"""In a small export, where two or more distinct contacts fill half of a column, that is what the column holds."""
UNCLEAR_SHARE = 0.05
"""How much of a contact column may be neither a contact nor recognisably de-identified. Beyond it nobody can tell."""
MIN_DOUBTS, DOUBT_SHARE = 3, 0.02
"""Where so many of the values read carefully, and such a share of them, may reach a person, nobody can tell. A few are
the invoices and versions that notes are full of."""
MAX_LOOKS, LOOKS_IN_ALL = 400, 4000
"""Values that are read carefully in a column, and in all columns of a table."""
UNREAD_SHARE = 0.01
"""Where more rows than this could not be read, what was read does not stand for the file."""
BARE_SHARE = 0.9
"""Ten digits may be any number. Where nearly all values of a column are dialable, they are telephone numbers: of random
ten-digit numbers at most four in ten are."""
BARE_VALUES = 5
"""Fewer values than this are no "nearly all"."""
CHANCE_SHARE = 0.6
"""Of numbers that only happen to be as long as telephone numbers, fewer than half are dialable. Where it is more than
this, they may be telephone numbers, whatever they are called."""
SURE_VALUES = 100
"""De-identified values without which that verdict rests on too little for a high confidence."""
FILLED_SHARE = 0.01
"""Where fewer rows than this have a de-identified value, that verdict has a low confidence."""


# --- what is found ---


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an examination is.

    Attributes:
        done: bytes of a file, or rows of a table whose size is not known.
        total: of the same; None if it is not known.
        what: the file or table.
    """

    done: int
    total: int | None
    what: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A column that was glanced at: whether to examine it, and why."""

    file: str
    column: str
    examine: bool
    why: str


@dataclass(frozen=True, slots=True)
class ColumnFinding:
    """What one column holds.

    Attributes:
        values: values that are not empty.
        email_like: values with an email address that could be delivered to.
        phone_like: values with a telephone number that could be dialled.
        distinct: different contacts among them, at least; counted up to `MAX_DISTINCT`.
        top_share: the most frequent contact's share of those counted, 0 to 1.
        samples: masked, at most `MAX_SAMPLES`.
        people: distinct contacts that are not repeated often.
        harmless: values that are recognisably de-identified: reserved, fictional, filled in or masked.
        bears: whether it has a say in the verdict; a column without any contacts has none.
    """

    name: str
    values: int
    email_like: int
    phone_like: int
    distinct: int
    top_share: float
    samples: tuple[str, ...]
    verdict: ProofVerdict
    why: str
    people: int = 0
    harmless: int = 0
    bears: bool = False

    def as_json(self) -> dict[str, Any]:
        """The form in which it is kept and handed to scripts."""
        found = asdict(self)
        for name in ("people", "harmless", "bears"):
            del found[name]
        return {**found, "samples": list(self.samples)}


@dataclass(frozen=True, slots=True)
class FileFinding:
    """What one file, sheet or database table holds.

    Attributes:
        path: the file's name as given, or schema.table.
        rows: rows without the heading, with those that could not be read.
        unread: rows that could not be told into columns. Their text was searched as a whole.
        sha256: of the file's bytes; None for a database table.
        left_out: columns that nobody asked to examine.
    """

    path: str
    rows: int
    unread: int
    sha256: str | None
    columns: tuple[ColumnFinding, ...]
    verdict: ProofVerdict
    left_out: int = 0

    def as_json(self) -> dict[str, Any]:
        """The form in which it is kept and handed to scripts."""
        return {
            "path": self.path,
            "rows": self.rows,
            "unread": self.unread,
            "sha256": self.sha256,
            "verdict": self.verdict,
            "columns": [column.as_json() for column in self.columns],
        }


@dataclass(frozen=True, slots=True)
class NotExamined:
    """A file or table that was not looked at, and why, in a sentence."""

    path: str
    why: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What all that was examined says together, in a sentence a person understands.

    Attributes:
        left_out: columns of tables of which none was examined.
        not_examined: what could not be looked at; nobody knows what it holds.
    """

    verdict: ProofVerdict
    confidence: Confidence
    sentence: str
    files: tuple[FileFinding, ...]
    left_out: int = 0
    not_examined: tuple[NotExamined, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether all there is was examined: nothing was left out, and nothing could not be read."""
        return (
            not self.left_out and not self.not_examined and not any(file.left_out or file.unread for file in self.files)
        )

    def as_json(self) -> dict[str, Any]:
        """The form in which it is kept and handed to scripts."""
        return {
            "verdict": self.verdict,
            "confidence": self.confidence,
            "sentence": self.sentence,
            "files": [file.as_json() for file in self.files],
            "not_examined": [asdict(item) for item in self.not_examined],
        }


CALLING = (
    r"(?is)\b(?:(?:tel|telephone|phone|ph|call|called|calling|calls|cell|mobile|mob|fax|ring|rang|text|texted|sms|dial|"
    r"reach|reached|contact|appel\w*|joindre)\b[^0-9\n]{0,20}"
    r"|(?:home|work|office|day|daytime|days|evening|evenings|night|nights|emergency|mother|father|mom|mum|dad|parents?|"
    r"wife|husband|spouse|partner|sister|brother|daughter|son|guardian|grandmother|grandfather|grandma|grandpa|aunt|"
    r"uncle|friend|neighbou?r|maison|travail|domicile|soir|jour|mère|mere|père|pere|urgence)\b[^0-9a-z\n]{0,4})$"
)
"""What stands before bare digits in a text that are a telephone number; RE2 reads it."""

NUMBERING = (
    r"(?is)\b(?:id|identifier|case|no|num|nr|number|numbers|ref|reference|file|card|health|invoice|receipt|order|account|"
    r"acct|claim|policy|permit|licen[cs]e|member|tracking|code|key|serial|batch|ticket|sin|hcn|phn|ohip|nhs|nhi|"
    r"numero|dossier|facture)\b[^0-9a-z\n]{0,6}$"
)
"""What stands before bare digits in a text that are some other number; RE2 reads it."""


# --- columns' names ---


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_EMAIL_WORDS = _words(
    """
    email emails mail emailaddress courriel courriels
    """
)
_PHONE_WORDS = _words(
    """
    phone phones telephone tel mobile mob cell cellphone cellular cellulaire portable fax telecopieur sms
    pager landline homephone workphone mobilephone phonenumber telno phoneno mobileno cellno
    """
)
_NUMBER_WORDS = _words(
    """
    id ids identifier case no num nr nbr number numero ref reference card health hcn phn ohip nhs nhi
    medicare account acct amount total balance fee cost price paid qty quantity date datetime time timestamp
    dob birth birthdate born created updated modified sin ssn tfn abn ird invoice receipt code key guid uuid
    zip zipcode postcode postal version file order latitude longitude lat lon lng hash epoch seq sequence
    """
)
_NOT_PHONE = _words(
    """
    id ids type date datetime time timestamp ext extension count flag code preferred status
    """
)
_NOT_EMAIL = _words(
    """
    id ids type date datetime time timestamp count flag code status mailing street
    """
)
_BESIDE_NUMBERS = _PHONE_WORDS | _words(
    """
    home work office business emergency urgent urgence mother father mom mum dad parent parents guardian spouse partner
    wife husband kin daytime day evening evenings night contact contacts caller neighbour neighbor friend relative
    maison domicile travail bureau jour soir mere pere conjoint tuteur
    """
)
_HEADING_WORDS = (
    _EMAIL_WORDS
    | _PHONE_WORDS
    | _NUMBER_WORDS
    | _words(
        """
        name names first last middle given family surname forename fname lname firstname lastname fullname nickname
        title salutation prefix suffix gender sex pronoun pronouns age language ethnicity marital
        address addresses street city town suburb province state country county region postal line unit apt
        status type kind category class group notes note comment comments remark remarks description details text
        message subject summary reason source referrer referral outcome result priority issue intake discharge plan
        goal goals risk level score diagnosis medication insurance employer occupation school grade education income
        contact contacts client clients person worker staff user username owner manager supervisor
        counsellor counselor therapist provider agency site location department program programme service services
        appointment visit session event activity start end begin finish opened closed due year month day
        hours duration rate currency payment method flag is has value values relationship relation website url
        nom noms prenom prenoms adresse rue ville pays statut type commentaire commentaires remarque remarques cree
        modifie naissance sexe langue genre numero dossier montant heure annee mois intervenant clinicien
        """
    )
)
"""What columns are called. Data hold such words too, but hardly in every other cell of a row."""
_HEADING_SHARE = 0.5
_FILLED_HEADING = 0.8


def _words_of(name: str) -> set[str]:
    """A name's words, and each two of them together, in small letters without accents."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = [word.casefold() for word in _WORD.findall(plain)]
    return set(words) | {first + second for first, second in pairwise(words)}


def is_beside_numbers(name: str) -> bool:
    """Whether a column's name says whose or which telephone it may be: "Home No", "Daytime", "Mother ID"."""
    return bool(_words_of(name) & _BESIDE_NUMBERS)


def kind_of_name(name: str) -> NameKind:
    """What a column's name says it holds: "Home_Phone", "contactNo", "E-mail", "Courriel", "health card"."""
    found = _words_of(name)
    if found & _EMAIL_WORDS and not found & _NOT_EMAIL:
        return "email"
    is_contact_number = "contact" in found and found & {"no", "num", "nr", "number", "numero"}
    if (found & _PHONE_WORDS or is_contact_number) and not found & _NOT_PHONE:
        return "telephone"
    return "number" if found & _NUMBER_WORDS else "other"


def clean_name(name: str, position: int, region: str, today: date, what: str = "Column") -> str:
    """A column's or table's name as it may be shown and kept: one bounded line, client data in it masked.

    Args:
        position: from 1; names the column if nothing is left.
        today: tells dates of birth from others.
        what: is named.
    """
    return _masked_line(name, MAX_NAME, region, today) or f"{what} {position}"


def _masked_line(name: str, length: int, region: str, today: date) -> str:
    seen = "".join(character if unicodedata.category(character)[0] not in "CZ" else " " for character in name[:500])
    line = " ".join(seen.split())[: 4 * length]
    return phi.masked(line, phi.find_hits(line, phi.Own(), region, today))[:length].strip()


def kept_name(path: str, region: str, today: date) -> str:
    """A file's or table's name as it may be kept: without its folders, one bounded line, client data in it masked.

    Args:
        path: as in a finding.
        today: tells dates of birth from others.
    """
    return _masked_line(path.replace("\\", "/").rpartition("/")[2], MAX_FILE_NAME, region, today) or "A file"


def clean_names(names: Sequence[str], region: str, today: date, what: str = "Column") -> tuple[str, ...]:
    """Names as `clean_name` gives them, each once: a name that comes again gets a number."""
    found: dict[str, None] = {}
    for position, name in enumerate(names, 1):
        clean = wanted = clean_name(name, position, region, today, what)
        number = 2
        while clean in found:
            clean = f"{wanted[: MAX_NAME - 8]} ({number})"
            number += 1
        found[clean] = None
    return tuple(found)


def is_heading(row: Sequence[str], region: str, today: date) -> bool:
    """Whether a table's first row names its columns. Data have contacts, dates, numbers or the same value twice.

    In doubt it is data: a client's name must not become a column's.
    """
    filled = [" ".join(value.split()) for value in row if value.strip()]
    if not filled or len({value.casefold() for value in filled}) < len(filled):
        return False
    if len(filled) < min(_FILLED_HEADING * len(row), len(row) - 1):
        return False
    known = sum(not _words_of(value).isdisjoint(_HEADING_WORDS) for value in filled)
    if known < max(1, _HEADING_SHARE * len(filled)):
        return False
    if any(sum(character.isdigit() for character in value) > 4 or "@" in value for value in filled):  # noqa: PLR2004
        return False
    if any(value.replace(".", "").replace(",", "").isdigit() or len(value) > 2 * MAX_NAME for value in filled):
        return False
    return not any(phi.find_hits(value, phi.Own(), region, today) for value in filled)


# --- email addresses ---

DomainKind = Literal["deliverable", "reserved", "none"]
_RESERVED_ENDINGS = frozenset({"example", "invalid", "test", "localhost", "local", "localdomain", "internal", "lan"})
_RESERVED_NAMES = frozenset({"example.com", "example.net", "example.org"})  # RFC 2606
_COMMON_ENDINGS = frozenset({"com", "net", "org", "edu", "gov", "ca", "us", "uk", "au", "nz", "fr", "eu"})
_LABEL = re.compile(r"(?!-)[^\W_](?:[\w-]{0,61}[^\W_])?")
_ENDING = re.compile(r"xn--[a-z0-9-]{2,59}|[^\W\d_]{2,24}")


def is_common_domain(domain: str) -> bool:
    """Whether a domain has an ending that most addresses have. What is written after "@" else is often just a name."""
    return domain.casefold().rstrip(".").rpartition(".")[2] in _COMMON_ENDINGS


def kind_of_domain(domain: str) -> DomainKind:
    """Whether mail to a domain could arrive, never will because the name is reserved, or it is no domain."""
    name = domain.casefold().rstrip(".")
    labels = name.split(".")
    if labels[-1] in _RESERVED_ENDINGS or ".".join(labels[-2:]) in _RESERVED_NAMES:
        return "reserved"
    if len(labels) < 2 or len(name) > 253 or not _ENDING.fullmatch(labels[-1]):  # noqa: PLR2004
        return "none"
    return "deliverable" if all(map(_LABEL.fullmatch, labels)) else "none"


def is_masked_local(local: str) -> bool:
    """Whether an address's first part was blanked: "xxxx", "----", "j***"."""
    return "*" in local or (len(local) > 1 and set(local.casefold()) <= set("x.-_#"))


def mask_email(local: str, domain: str) -> str:
    """An address of which no part can be read back: "j***@g***.com"."""
    name, _, ending = domain.rpartition(".")
    shown = ending if ending.isascii() and ending.isalpha() and len(ending) <= 3 else "***"  # noqa: PLR2004
    return f"{_first(local)}***@{_first(name)}***.{shown}"


def _first(text: str) -> str:
    return text[0] if len(text) > 2 and text[0].isascii() and text[0].isalnum() else ""  # noqa: PLR2004


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


_LOCAL_FICTION = {1: r"^55501\d\d$"}


def local_fiction(region: Region) -> str:
    """Digits that are kept for fiction without an area too, as a pattern; nothing where there are none."""
    return _LOCAL_FICTION.get(region.calling_code, "")


@dataclass(frozen=True, slots=True)
class Numbering:
    """A numbering plan as patterns over digits alone, for RE2 and `re` alike.

    Attributes:
        code: the country's.
        dialable: a number with or without the country code and the trunk prefix.
        fictional: those kept for fiction, and fillers such as 999-999-9999.
    """

    code: int
    dialable: str
    fictional: str


@functools.cache
def numbering(code: int) -> Numbering:
    """The numbering plan of a country code; +1 has many countries."""
    patterns: set[str] = set()
    leading: set[str] = set()
    for region in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(code, ()):
        if region == "001":
            plan = PhoneMetadata.metadata_for_nongeo_region(code)
        else:
            plan = PhoneMetadata.metadata_for_region(region)
        found = (getattr(plan, name) for name in _TYPES)
        patterns |= {kind.national_number_pattern for kind in found if kind and kind.national_number_pattern}
        leading |= {plan.leading_digits} if plan and plan.leading_digits else set()
    trunk = "1?" if code == 1 else f"(?:{code}0?|0)?"
    known = f"{_FICTIONAL[code]}|{_FILLER}" if code in _FICTIONAL else _FILLER
    dialable = "|".join(sorted(patterns)) or r"[^\d]"  # the last matches no digits
    if code == 1:  # a list of areas is much faster than the patterns of 25 countries, which differ in them only
        is_number, is_country = re.compile(dialable).fullmatch, re.compile("|".join(sorted(leading))).fullmatch
        areas = filter(lambda area: is_country(area) or is_number(f"{area}2345678"), map(str, range(200, 1000)))
        dialable = rf"(?:{'|'.join(areas)})[2-9]\d{{6}}"
    return Numbering(code, f"^{trunk}(?:{dialable})$", f"^{trunk}(?:{known})$")


def country_code(digits: str) -> int:
    """The country code that international digits start with; 0 if there is none."""
    for length in (1, 2, 3):
        if int(digits[:length] or 0) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
            return int(digits[:length])
    return 0


Trust = Literal["sure", "loose", "none"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What groups of digits can be.

    Attributes:
        trust: "sure" if a telephone number is written like this, "loose" if only its digits fit.
        windows: where numbers stand among more groups: the first one's index, and how many.
    """

    trust: Trust
    windows: tuple[tuple[int, int], ...] = ()


def read_shape(shape: tuple[int, ...], region: Region) -> Reading:
    """What digits in groups of these lengths can be, as written within the region.

    Groups that it does not write are trusted only in columns named after telephones: "2024-01-15 10" has ten digits.
    """
    shapes = region.telephone_shapes
    if shape in shapes:
        return Reading("sure")
    windows, first = [], 0
    while first < len(shape):  # "2024-01-15 416-967-1111": a number next to others
        length = next((n for n in (5, 4, 3, 2) if first + n <= len(shape) and shape[first : first + n] in shapes), 0)
        if length:
            windows.append((first, length))
        first += length or 1
    if windows and len(shape) > 2:  # noqa: PLR2004
        return Reading("none", tuple(windows))
    least, most = region.telephone_digits
    return Reading("loose" if least <= sum(shape) <= most and not is_date(shape) else "none")


def is_date(shape: tuple[int, ...]) -> bool:
    """Whether groups are written like a day: 2024-01-15, 15/1/2024."""
    year, day = 4, 2
    starts_with_year = shape[0] == year and max(shape[1:3], default=year) <= day
    ends_with_year = len(shape) > day and max(shape[:2]) <= day and shape[2] == year
    return starts_with_year or ends_with_year


def mask_phone(digits: str, region: Region, *, international: bool) -> str:
    """A number of which only the beginning and two digits can be read: "+1 416 ***-**11"."""
    code = country_code(digits) if international else region.calling_code
    national = digits[len(str(code)) :] if international and code else digits
    national = national.removeprefix("1" if code == 1 else "0")
    ends = national[-2:] if len(national) >= 9 else "**"  # noqa: PLR2004
    starts = national[:3] if code == 1 else national[:2]
    starts = starts if len(national) >= 9 else "***"  # noqa: PLR2004
    return f"+{code} {starts} ***-**{ends}"


def may_reach(text: str, region: Region, today: date) -> bool:
    """Whether a text may hold a contact, however it is written: what `phi` marks, if it could be delivered or dialled.

    Of a mark with more digits than a number has, nobody knows where a number starts: it may.

    Args:
        today: tells dates of birth from others.
    """
    return any(_reaches(text, hit, region) for hit in phi.find_hits(text, phi.Own(), region.key, today))


def _reaches(text: str, hit: phi.Hit, region: Region) -> bool:
    written = text[hit.start : hit.end]
    if hit.kind == "email":
        domain = written.rpartition("@")[2]
        return not domain or kind_of_domain(domain.strip(" <>()[].,;:\"'")) != "reserved"
    digits = "".join(str(unicodedata.digit(sign)) for sign in written if sign.isdigit())
    if len(digits) > MAX_DIGITS and not written.isdecimal():
        return True
    if hit.kind != "telephone" or (written.isdecimal() and re.search(NUMBERING, text[: hit.start])):
        return False
    plan = numbering(region.calling_code)
    return bool(re.search(plan.dialable, digits)) and not re.search(plan.fictional, digits)


# --- counts ---


def looks_of(columns: int) -> int:
    """How many values of each of so many columns are read as carefully as a text, which takes a while."""
    return max(MIN_DOUBTS, min(MAX_LOOKS, LOOKS_IN_ALL // max(1, columns)))


def most_of(columns: int) -> int:
    """How many distinct contacts are told apart in each of so many columns, so that all of them fit into memory."""
    return max(LEAST_DISTINCT, min(MAX_DISTINCT, MAX_DISTINCT_IN_ALL // max(1, columns)))


@dataclass(slots=True)
class Contacts:
    """How often each contact was seen, by keyed hash; once `most` are known, no more are counted."""

    most: int = MAX_DISTINCT
    seen: dict[bytes, int] = field(default_factory=dict)
    samples: list[str] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        return len(self.seen) >= self.most

    def add(self, key: bytes, times: int, sample: str) -> bool:
        """Count a contact.

        Args:
            key: its keyed hash.
            sample: masked.

        Returns:
            Whether there is room for more.
        """
        self.seen[key] = self.seen.get(key, 0) + times
        if len(self.samples) < MAX_SAMPLES and sample not in self.samples:
            self.samples.append(sample)
        return not self.is_full


@dataclass(slots=True)
class Counts:
    """What was counted in a column while its values went by.

    Attributes:
        values: values that are not empty.
        emails: values with a deliverable address.
        sure, loose: values with a dialable number in a telephone number's form; in any other form only.
        bare: values with dialable digits among other text, where nothing says that they are a telephone number.
        numbers: values with as many bare digits as a telephone number, dialable or not, but not fictional. In a column
            of numbers that holds nothing else, some of its values stand for all, in `loose` too.
        harmless: values with a reserved address, a fictional number, a filler or a mask.
        looked, doubts: values that nothing above explains and that were read as carefully as a text, some for all; and
            those of them in which a person may be reached.
        unclear: in a column named after contacts, values with an "@" or digits that are none of all that.
        contacts: the addresses, and the numbers in a telephone number's form.
        digits: the numbers in any other form.
    """

    values: int = 0
    emails: int = 0
    sure: int = 0
    loose: int = 0
    bare: int = 0
    numbers: int = 0
    harmless: int = 0
    unclear: int = 0
    looked: int = 0
    doubts: int = 0
    contacts: Contacts = field(default_factory=Contacts)
    digits: Contacts = field(default_factory=Contacts)


def takes_bare(kind: NameKind, counts: Counts) -> bool:
    """Whether digits without a telephone number's form are telephone numbers in this column."""
    if kind == "telephone":
        return True
    share = (counts.sure + counts.loose) / counts.values if counts.values else 0
    return kind != "number" and counts.values >= BARE_VALUES and share >= BARE_SHARE


def may_be_telephones(name: str, counts: Counts) -> int:
    """Dialable numbers that were not taken for telephone numbers, if there are more of them than by chance; else 0."""
    left = counts.bare if takes_bare(kind_of_name(name), counts) else counts.bare + counts.loose
    return left if is_beside_numbers(name) or left >= CHANCE_SHARE * counts.numbers else 0


# --- the judgement ---


def judge_column(name: str, counts: Counts) -> ColumnFinding:
    """What a column's counts say."""
    kind = kind_of_name(name)
    seen, samples, phones = dict(counts.contacts.seen), list(counts.contacts.samples), counts.sure
    if takes_bare(kind, counts):
        phones += counts.loose
        samples += counts.digits.samples
        for key, times in counts.digits.seen.items():
            seen[key] = seen.get(key, 0) + times
    people = sum(times <= MAX_REPEATS for times in seen.values())
    verdict, why, bears = _verdict(kind, counts, phones, people, len(seen), may_be_telephones(name, counts))
    return ColumnFinding(
        name,
        counts.values,
        counts.emails,
        phones,
        len(seen),
        round(max(seen.values(), default=0) / (sum(seen.values()) or 1), 4),
        tuple(dict.fromkeys(samples))[:MAX_SAMPLES],
        verdict,
        why,
        people,
        counts.harmless,
        bears,
    )


def _verdict(  # noqa: PLR0911
    kind: NameKind, counts: Counts, phones: int, people: int, distinct: int, doubtful: int
) -> tuple[ProofVerdict, str, bool]:
    """The verdict, why, and whether the column has a say."""
    found = max(counts.emails, phones)
    what = "contacts" if counts.emails and phones else "email addresses" if counts.emails else "telephone numbers"
    if people >= REAL_PEOPLE or (people > 1 and found >= REAL_SHARE * counts.values):
        return "real", f"Holds at least {people:,} different {what} that could be reached.", True
    if people:
        few = "one contact" if people == 1 else f"{people} contacts"
        return "cannot-tell", f"Holds {few} that could be a person's. Look at it.", True
    if found:
        few = "one contact that could be reached, many times" if distinct == 1 else f"{distinct} {what} that could be"
        more = "" if distinct == 1 else " reached, each of them many times"
        return "cannot-tell", f"Holds {few}{more}: a placeholder, an office or a person. Look at it.", True
    if doubtful:
        return "cannot-tell", "Holds digits that could be telephone numbers, more than by chance. Look at it.", True
    if counts.unclear > UNCLEAR_SHARE * counts.values:
        return "cannot-tell", f"{_are(counts.unclear, 'value')} neither a contact nor recognisably de-identified.", True
    if counts.doubts >= max(MIN_DOUBTS, DOUBT_SHARE * counts.looked):
        return "cannot-tell", "Holds what looks like contacts that are written in an unusual way. Look at it.", True
    if counts.harmless:
        return "de-identified", f"{_are(counts.harmless, 'value')} reserved, fictional or masked; none is real.", True
    if not counts.values:
        return "cannot-tell", "Is empty, so it says nothing.", False
    named = kind in ("email", "telephone")
    return "cannot-tell", "Nothing in it looks like an email address or telephone number.", named


def _are(number: int, what: str, one: str = "is", many: str = "are", plural: str = "") -> str:
    return f"{number:,} {what} {one}" if number == 1 else f"{number:,} {plural or f'{what}s'} {many}"


def judge_file(
    path: str, rows: int, unread: int, sha256: str | None, columns: Iterable[ColumnFinding], left_out: int = 0
) -> FileFinding:
    """What a file's columns say together."""
    found = tuple(columns)
    verdict = _together(found, rows, unread)
    return FileFinding(path, rows, unread, sha256, found, verdict, left_out)


def _together(columns: Collection[ColumnFinding], rows: int, unread: int) -> ProofVerdict:
    verdicts = {column.verdict for column in columns if column.bears}
    if "real" in verdicts or sum(column.people for column in columns) >= REAL_PEOPLE:
        return "real"
    if verdicts != {"de-identified"} or unread > UNREAD_SHARE * rows:
        return "cannot-tell"
    return "de-identified"


def judge(files: Sequence[FileFinding], left_out: int = 0, not_examined: Sequence[NotExamined] = ()) -> Finding:
    """The overall verdict. Files without any contact details have no say, unless none of them has.

    Args:
        left_out: columns of other tables, of which none was examined.
        not_examined: nobody knows what it holds, so that the rest cannot stand for it.
    """
    columns = [column for file in files for column in file.columns]
    rows, unread = sum(file.rows for file in files), sum(file.unread for file in files)
    verdict = _together(columns, rows, unread)
    if verdict == "de-identified" and any(file.unread > UNREAD_SHARE * file.rows for file in files):
        verdict = "cannot-tell"
    if verdict == "de-identified" and not_examined:
        verdict = "cannot-tell"
    people, harmless = sum(column.people for column in columns), sum(column.harmless for column in columns)
    elsewhere = left_out
    left_out += sum(file.left_out for file in files)
    confidence: Confidence = "low"
    if verdict == "real":
        confidence = "high" if people >= SURE_PEOPLE else "medium"
    elif verdict == "de-identified":
        confidence = "medium" if unread or left_out or harmless < SURE_VALUES else "high"
        if not any(_is_filled(file) for file in files):
            confidence = "low"
    sentence = _sentence(verdict, columns, rows, unread, left_out, len(not_examined))
    return Finding(verdict, confidence, sentence, tuple(files), elsewhere, tuple(not_examined))


def _is_filled(file: FileFinding) -> bool:
    """Whether a file has a column with more than a few de-identified values."""
    return any(column.harmless and column.harmless >= FILLED_SHARE * file.rows for column in file.columns)


def _sentence(
    verdict: ProofVerdict, columns: Collection[ColumnFinding], rows: int, unread: int, left_out: int, skipped: int
) -> str:
    emails, phones = sum(c.email_like for c in columns), sum(c.phone_like for c in columns)
    people, harmless = sum(c.people for c in columns), sum(c.harmless for c in columns)
    more = f" {unread:,} of {rows:,} rows could not be read." if unread else ""
    if left_out:
        unknown = "what it holds is not known" if left_out == 1 else "what they hold is not known"
        more += f" {_are(left_out, 'column', 'was', 'were')} not examined: {unknown}."
    if skipped:
        unknown = "what it holds is not known" if skipped == 1 else "what they hold is not known"
        more += f" {_are(skipped, 'file or table', 'was', 'were', 'files or tables')} not examined: {unknown}."
    if verdict == "real":
        counts = [
            f"{count:,} {noun if count == 1 else nouns}"
            for count, noun, nouns in (
                (emails, "email address", "email addresses"),
                (phones, "telephone number", "telephone numbers"),
            )
            if count
        ]
        return f"Real contact details: {' and '.join(counts)} could be reached.{more}"
    if verdict == "de-identified":
        where = sum(column.harmless > 0 for column in columns)
        return (
            f"De-identified: {harmless:,} value{'s' * (harmless > 1)} in {where:,} column{'s' * (where > 1)} "
            f"{'are' if harmless > 1 else 'is'} reserved, fictional or masked. No contact was found that could be "
            f"reached.{more}"
        )
    few = "one contact" if people == 1 else f"{people} contacts"
    why = "some contact details are neither real nor recognisably de-identified"
    if not rows:
        why = "there are no rows"
    elif people:
        why = f"{few} could be a person's. Look at the columns named below"
    elif emails or phones:
        why = "contacts that could be reached come many times each. Look at the columns named below"
    elif not any(column.bears for column in columns):
        why = "no column with contact details was found"
    elif skipped and all(column.verdict == "de-identified" for column in columns if column.bears):
        why = "not everything was examined"
    return f"Nobody can tell: {why}.{more}"
