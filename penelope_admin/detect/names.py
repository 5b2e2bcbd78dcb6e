"""What columns are called and what that says of their values; names as they may be shown and kept."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Literal

from penelope_admin.detect import texts
from penelope_admin.detect.plain import printable

NameKind = Literal["email", "telephone", "number", "other"]
"""What a column's name says it holds; "number" is any number, amount or date that is no telephone number."""

MAX_NAME = 80
"""Characters of a column's name that are kept."""

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
_KINDS: tuple[tuple[NameKind, frozenset[str], frozenset[str]], ...] = (
    ("email", _EMAIL_WORDS, _NOT_EMAIL),
    ("telephone", _PHONE_WORDS, _NOT_PHONE),
    ("number", _NUMBER_WORDS, frozenset()),
)
"""What says each kind, unless there are others of these words; the first that fits."""
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
_MOST_DIGITS = 4  # of a column's name: "Address 2024"
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
    words = _words_of(name)
    if "contact" in words and words & {"no", "num", "nr", "number", "numero"}:
        words.add("phone")
    return next((kind for kind, any_of, none_of in _KINDS if words & any_of and not words & none_of), "other")


@dataclass(frozen=True, slots=True)
class Naming:
    """By what client data in names is found.

    Attributes:
        region: whose telephone numbers are written without a country code.
        today: tells dates of birth from others.
    """

    region: str
    today: date

    def clean(self, name: str, position: int, what: str = "Column") -> str:
        """A column's or table's name as it may be shown and kept: one bounded line, client data in it masked.

        Args:
            position: from 1; names the column if nothing is left.
            what: is named.
        """
        line = " ".join(printable(name[:500]).split())[: 4 * MAX_NAME]
        return texts.masked(line, self._hits(line))[:MAX_NAME].strip() or f"{what} {position}"

    def clean_all(self, names: Sequence[str], what: str = "Column") -> tuple[str, ...]:
        """Names as `clean` gives them, each once: a name that comes again gets a number."""
        unique: dict[str, int] = {}  # each with the last number that was tried for it
        for position, name in enumerate(names, 1):
            clean = base = self.clean(name, position, what)
            while clean in unique:
                unique[base] += 1
                clean = f"{base[: MAX_NAME - 8]} ({unique[base]})"
            unique[clean] = 1
        return tuple(unique)

    def columns(self, first: Sequence[str], width: int) -> tuple[tuple[str, ...], bool]:
        """The names of so many columns, and whether the table's first row gives them."""
        if self.is_heading(first):
            return self.clean_all(first), True
        return self.clean_all([""] * width), False

    def is_heading(self, row: Sequence[str]) -> bool:
        """Whether a table's first row names its columns. Data have contacts, dates, numbers or the same value twice.

        In doubt it is data: a client's name must not become a column's.
        """
        filled = [" ".join(value.split()) for value in row if value.strip()]
        if not filled or len({value.casefold() for value in filled}) < len(filled):
            return False
        if len(filled) < min(_FILLED_HEADING * len(row), len(row) - 1):
            return False
        with_heading_word = sum(not _words_of(value).isdisjoint(_HEADING_WORDS) for value in filled)
        if with_heading_word < max(1, _HEADING_SHARE * len(filled)):
            return False
        return not any(map(self._is_datum, filled))

    def _is_datum(self, value: str) -> bool:
        """Whether a value is hardly a column's name: a number, an address, a long text, or looks like client data."""
        if sum(map(str.isdigit, value)) > _MOST_DIGITS or "@" in value or len(value) > 2 * MAX_NAME:
            return True
        return value.replace(".", "").replace(",", "").isdigit() or bool(self._hits(value))

    def _hits(self, text: str) -> tuple[texts.Hit, ...]:
        return texts.find_hits(text, texts.Own(), self.region, self.today)
