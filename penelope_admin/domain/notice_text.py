"""A message of the vendor's as plain text: its paragraphs, and what it says besides times.

What kind of maintenance, which version, how long an outage, why, and for which regions.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from typing import TypeVar

from penelope_admin.domain.moments import Place
from penelope_admin.domain.times import listed
from penelope_admin.domain.windows import WindowNotice
from penelope_admin.policy import Region

T = TypeVar("T")
MAX_TEXT = 60_000
"""Characters that are read; dates stand at the top of a notice."""
LONGEST_WORDS = 240
"""Of a quotation, and of a reason."""
DIVIDES = re.compile(r"[.!?;]\s|\n")
"""What sentences and lines end with."""

# Mail programs turn hyphens and apostrophes into typographic ones, and cells of tables into bars.
_ALIKE = str.maketrans({**dict.fromkeys("‐‑‒–—―−", "-"), **dict.fromkeys("\u00a0\u2007\u202f\t|", " "), "’": "'"})
# "> - Saturday": what stands before the words of a quoted list.
_BULLET = re.compile(r"^[> ]*(?:[-*•·] ?)?")
# "2. Australia", "Start time: 9 PM": such a line goes on from none.
_STARTS_ANEW = re.compile(r"[> ]*(?:[-*•·] ?|[0-9]{1,2}[.)] |[A-Z][\w ,/&]{0,40}:(?: |$))")
# "… 9 PM - 1 AM ET", and "Australia …" below: rows of a table.
_ROWS = re.compile(r"\b[A-Z]{1,3}T\)?\n[A-Z]")
_BROKEN = 55
"""Lines of a mail from this length on may have been broken."""
# "Subject:" is a header wherever it stands; "From:", "To:" and "Date:" may be the window's own.
_HEADER = re.compile(r"(?:from|to|date|(subject|sent|cc|reply-to|received|importance)) ?:", re.IGNORECASE)
_HEADER_DATE = re.compile(r"(?:sent|date|received) ?:", re.IGNORECASE)
# "On Friday, Support wrote:" stands above an answer, and is no window.
_WROTE = re.compile(r"(?:on .{5,200} wrote|le .{5,200} a écrit) ?:", re.IGNORECASE)


def plain_text(text: str) -> str:
    """Lines with single spaces, without quotation marks and bullets before them and without mail headers' dates.

    Lines that a mail program broke are put together again, or "Saturday 12" would stand without its month.
    """
    lines: list[str] = []
    whole = ""  # the line that may go on in the next
    for line in text[: 2 * MAX_TEXT].translate(_ALIKE).splitlines():
        bare = "".join(sign for sign in " ".join(line.split()) if sign.isprintable())
        said = _BULLET.sub("", bare, count=1)
        if len(whole) >= _BROKEN and said and not _starts_anew(bare, said, whole, lines[-1]):
            lines[-1] += f" {said}"
        else:
            lines.append(said)
        whole = said
    return "\n".join(_without_headers(lines)).strip()


def _starts_anew(bare: str, said: str, before: str, above: str) -> bool:
    """Whether a line goes on from none: not from the one before, nor from what that has become above."""
    is_header = _is_header(said) or _is_header(before) or _WROTE.fullmatch(above) is not None
    return is_header or _STARTS_ANEW.match(bare) is not None or _ROWS.search(f"{before}\n{said}") is not None


def _without_headers(lines: Sequence[str]) -> Iterator[str]:
    """The same with the dates of mail headers taken out: a message was sent then, and nothing is upgraded."""
    heads = [_is_header(line) for line in lines]
    for number, line in enumerate(lines):
        beside = heads[max(0, number - 1) : number] + heads[number + 1 : number + 2]
        # "Date: …" alone may well be the window's own; between other headers it is the mail's.
        is_header = (_HEADER_DATE.match(line) and any(beside)) or _WROTE.fullmatch(line)
        yield "" if is_header else line


def _is_header(line: str) -> bool:
    """Whether a line is one of those that mail programs print; "From: 9 PM" is none."""
    match = _HEADER.match(line)
    return match is not None and (match[1] is not None or "@" in line or not re.search("[0-9]", line))


class Message:
    """A subject and a text in one, with the borders of its paragraphs.

    Attributes:
        shared: what is said of every window: all of it where there is one, what stands above them where there are more.
    """

    def __init__(self, subject: str, body: str) -> None:
        self.subject = " ".join(subject.split())
        self.text = f"{self.subject}\n\n{body}" if self.subject else body
        self.shared = self.text

    @cached_property
    def kind(self) -> WindowNotice | None:
        """What the whole message speaks of."""
        return _kind_in(self.text)

    @cached_property
    def reason(self) -> str:
        """The sentence that says why, as it stands; upgrades need none."""
        sentences = _SENTENCES.split(self.text)
        # A cause says more than an effect, wherever in the message the two stand.
        causes = (said for pattern in (_REASON, _EFFECT) for said in sentences if pattern.search(said))
        return next(causes, "").strip()[:LONGEST_WORDS]

    def paragraph(self, place_: int) -> tuple[int, int]:
        """The borders of the paragraph around a place."""
        before, after = self.text[:place_].rpartition("\n\n")[2], self.text[place_:].partition("\n\n")[0]
        return place_ - len(before), place_ + len(after)


# --- what it says besides times ---

_EMERGENCY = re.compile(
    r"\bemergency\b|\b(?:unscheduled|unplanned|urgent|out-of-band) (?:\w+ )?(?:maintenance|upgrade|update|outage|work)"
    r"|\bd'urgence\b|\bmaintenance urgente\b",
    re.IGNORECASE,
)
# "This is not an emergency", "call the emergency line": the word without its meaning.
_NO_EMERGENCY = re.compile(
    r"\b(?:no|not|except|exclud\w+|does not include|other than|apart from)\b(?: \w+){0,3} emergency(?: \w+)?"
    r"|\bemergency (?:line|number|phone|contact|support|case)\w*|\b(?:ligne|numéro|téléphone) d'urgence",
    re.IGNORECASE,
)
_REGULAR = re.compile(
    r"\bmass upgrades?\b|\bupgrade[sd]?\b|\bserver maintenance\b|\b(?:scheduled|regular|monthly|planned) maintenance\b"
    r"|\bmise?s? à (?:niveau|jour)\b|\bmaintenance (?:planifi|prévu|mensuel|périodique)\w*",
    re.IGNORECASE,
)
_KINDS: dict[WindowNotice, re.Pattern[str]] = {"emergency": _EMERGENCY, "announced": _REGULAR}
# "version 5.2.1", "v5.2", "to 5.2.1"; in "from version 5.1" the first group says that it is the old one.
_VERSION = re.compile(
    r"\b(?:(from )?(?:penelope|version|release|v\.?|build)[ :]{0,2}(?:version |v)?"
    r"|to (?=[0-9]{1,4}(?:\.[0-9]{1,4}){2}))"
    r"([0-9]{1,4}(?:\.[0-9]{1,4}){1,4})(?![\w/]|\.[0-9])",
    re.IGNORECASE,
)
_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "eight": 8, "half an": 0.5, "an": 1}
_AMOUNT = rf"(?:[0-9]{{1,3}}(?:\.[0-9])?|{'|'.join(_NUMBERS)})[ -]?(?:hours?|heures?|hrs?|minutes?|mins?)\b"
# "2 hours and 30 minutes", "half an hour".
_LENGTH = rf"{_AMOUNT}(?: (?:and )?[0-9]{{1,2}} (?:minutes?|mins?)\b)?"
_OUTAGE = r"(?:downtime|outage|unavailab\w+|offline|down|interruption|indisponib\w+)"
# "an outage of up to 2 hours" and "2 hours of downtime"; no full stop, and no other number, between the two.
_DOWNTIME = re.compile(
    rf"\b{_OUTAGE}\b[^.0-9]{{0,60}}?\b(?P<after>{_LENGTH})|\b(?P<before>{_LENGTH}) (?:of )?(?:\w+ )?{_OUTAGE}\b",
    re.IGNORECASE,
)
_MINUTES = {"h": 60, "m": 1}
_PARTS = re.compile(rf"([0-9]+(?:\.[0-9])?|{'|'.join(_NUMBERS)})[ -]?(h|m)", re.IGNORECASE)
_REASON = re.compile(
    r"\b(?:due to|because|as a result of|in order to|caused by|reason|en raison d[eu']|afin d"
    r"|to (?:fix|address|resolve|correct|apply|repair|mitigate))\b",
    re.IGNORECASE,
)
_EFFECT = re.compile(r"\b(?:affect|impact)\w+", re.IGNORECASE)
# Behind the sign, so that a sentence keeps its own.
_SENTENCES = re.compile(r"(?<=[.!?])\s+|\n")
# "Mass Upgrades and Server Maintenance" is what the vendor calls Penelope's.
_ABOUT_PENELOPE = re.compile(r"\bpenelope\b|\bmass upgrades?\b", re.IGNORECASE)
_MOVED = "It may have been moved, and no second date is read: read it."
_COPY = "It may be about another database than production: read it."
_NOWHERE = "(?!)"
CANCELLED = "The message speaks of something that is cancelled: read it, and do not record a window that is."
RULE_STAYS = "The rule's date stays listed until you record the notice of another, or that the month has no upgrade."
"""What follows when a window is cancelled, whether or not a notice of it was recorded."""
UNNAMED = "The message does not name Penelope: make sure that it is about it."
_DOUBTS = {doubt: [re.compile(words, re.IGNORECASE) for words in places] for doubt, places in {
    "It may be about something else: read it.": (
        r"\b(?:webinar|meeting|conference|demo|training session|office hours|call (?:on|with))\b", _NOWHERE,
    ),
    "It may say that nothing is done then: read it.": (
        r"\bno (?:\w+ )?(?:upgrades?|maintenance|updates?|releases?)\b|\b(?:disregard|ignore|skip|on hold|in error)\b"
        r"|(?:\bnot|n't|\bno longer) (?:be )?(?:tak\w+ place|happen|proceed|go(?:ing)? (?:ahead|to)|appl"
        r"|upgrad|perform|carr(?:y|ied) out|done\b|occur|held\b|deploy|releas|install|undertak|conduct"
        r"|(?:an?|any) (?:\w+ ){0,3}(?:upgrade|update|maintenance|release))|\bn'aura pas lieu\b", _NOWHERE,
    ),
    "It stands in a question: read it.": (r"\?\s*$", _NOWHERE),
    _MOVED: (
        r"\b(?:postpon|delayed|deferred|put off\b|reschedul(?:ed|ing)|until further notice|report[ée]e?s?\b)"
        r"|\b(?:been|is|was|be) (?:now )?(?:moved|brought (?:back|forward)|pushed|shifted|slipped)\b",
        r"\b(?:been|is|was) (?:now )?(?:postpon|delayed|deferred|put off|rescheduled)"
        r"|\b(?:date|time|window) (?:has|was|is) changed",
    ),
    CANCELLED: (
        r"\bcancel(?:l?ed|l?ing|lation)\b|\bannul(?!e[rz]\b)|\b(?:withdrawn|scrapped|abandoned|decided against)\b"
        r"|\bremoved from the (?:schedule|calendar|plan)\b"
        r"|\b(?:upgrade|update|maintenance|release)\b[^.;\n]{0,80} (?:is|been|was) (?:now )?suspended\b",
        r"\b(?:been|is|was|be) (?:now )?cancell?ed|\bcancel(?:l?ed|l?ing|lation of) (?:the|this|it|our|tonight)\b"
        r"|\b(?:ha(?:d|ve|s) to|must|will) cancel\b|\bcalled off\b|\b(?:est|été|sera) annul"
        r"|\n\W{0,3}cancell?ed ?[:\]\n!-]",
    ),
    "The message speaks of something that is done: read it.": (
        r"\A\W*(?:completed|resolved)\b(?! by)",
        r"\b(?:has|have|was|were) (?:now |been |successfully ){0,2}completed\b|\bcompleted successfully\b"
        r"|\n\W{0,3}(?:completed|resolved) ?[:\]\n-]",
    ),
    "The message speaks of something that is not settled: read it.": (
        r"\btentativ|\bprovisional|\bproposed (?:date|day|time|window|upgrade|maintenance)|\bprovisoire|\bTB[CD]\b",
        r"\b(?:date|time|window)s? (?:is|are) (?:still )?(?:tentativ|provisional)|\btentative (?:date|time|window)"
        r"|\bto be confirmed\b|\bà confirmer\b",
    ),
}.items()}  # fmt: skip
"""Why a window is to be read: by words of its sentence or the subject, or by those above the window or beside it."""
READ_IT = frozenset((*_DOUBTS, _COPY))
"""What is to be read of a window wherever it stands in a message."""
# "Once it has been completed", "if it is cancelled": nothing of it has happened.
_LATER = re.compile(r"\b(?:once(?! again)|until|as soon as|if|when(?! ?:))\b[^.,!?;\n]{0,80}", re.IGNORECASE)
_COPIES = (
    r"\b(?:sandbox|uat)\b|\b(?:{}|test)\b(?:[^.;]{{0,30}}\b(?:database|environment|site|server)s?\b|[^.;,\n]{{0,12}}:)"
)
_NO_REGIONS = re.compile(r"\(US (?:&|and) Canada\)", re.IGNORECASE)
"""A part of a time zone's name."""


def kind_of(message: Message, around: tuple[int, int]) -> WindowNotice | None:
    """What a message calls a window: in its own paragraph, else in the subject, the paragraph before, or anywhere."""
    own = message.paragraph(around[0])
    before = message.paragraph(max(0, own[0] - 3))
    texts = (message.text[own[0] : own[1]], message.subject, message.text[before[0] : before[1]])
    return next((kind for text in texts if (kind := _kind_in(text)) is not None), message.kind)


def _kind_in(text: str) -> WindowNotice | None:
    """None where a text names neither, or both."""
    plain = _NO_EMERGENCY.sub(" ", text)
    # "This emergency maintenance is no upgrade" names both, and which is meant is for a person to say.
    return _only([kind for kind, words in _KINDS.items() if words.search(plain)])


def _only(*collections: Collection[T]) -> T | None:
    """What is alone in the first of several collections that has one member only."""
    for members in collections:
        if len(members) == 1:
            return next(iter(members))
    return None


def version_of(message: Message, around: tuple[int, int], *, is_shared: bool) -> str:
    """The version that is named beside a window, or the only one of all windows that it may share."""
    # Two versions beside one window: one of them is the old one, and nothing says which.
    beside = _versions_in(message.text[slice(*around)])
    return _only(beside, _versions_in(message.shared) if is_shared else ()) or ""


def _versions_in(text: str) -> set[str]:
    return {match[2] for match in _VERSION.finditer(text) if not match[1]}


def outage_of(message: Message, around: tuple[int, int]) -> int | None:
    """The outage that is named beside a window, or the only one of all windows, in minutes."""
    return _only(_outages_in(message.text[slice(*around)]), _outages_in(message.shared))


def _outages_in(text: str) -> set[int]:
    return {_minutes(match) for match in _DOWNTIME.finditer(text)}


def _minutes(match: re.Match[str]) -> int:
    """ "1 hour and 30 minutes" as minutes."""
    parts = _PARTS.findall((match["after"] or match["before"]).lower())
    return int(sum((_NUMBERS.get(amount) or float(amount)) * _MINUTES[unit] for amount, unit in parts))


def to_be_read(
    message: Message, sentence: str, around: tuple[int, int], here: Place, *, replaces: bool = False
) -> list[str]:
    """Why a person has to read a message before its window is believed, in sentences.

    Args:
        around: the borders of what is said of the window, with what stands above it.
        replaces: it is read which day the window holds instead of.
    """
    own = f"{message.subject}\n{sentence}"
    beside = _LATER.sub(" ", f"{message.subject}\n{message.text[slice(*around)]}")
    matches = [doubt for doubt, words in _DOUBTS.items() if words[0].search(own) or words[1].search(beside)]
    doubts = [doubt for doubt in matches if doubt != _MOVED or not replaces]
    if _names_a_copy(own, here):
        doubts.append(_COPY)
    if not _ABOUT_PENELOPE.search(message.text):
        doubts.append(UNNAMED)
    return doubts


def _names_a_copy(text: str, here: Place) -> bool:
    """Whether a text names databases, and not production."""
    others = "|".join(item.name.split()[0] for item in here.policy.environments if item.key != "production")
    named = re.search(_COPIES.format(others), text, re.IGNORECASE)
    return named is not None and not re.search(r"\bproduction\b", text, re.IGNORECASE)


def regions_in(sentence: str, here: Place) -> tuple[bool, str]:
    """Whether a window's sentence names the agency's region; if it names others alone, that in a sentence."""
    plain = _NO_REGIONS.sub("", sentence)
    named = {region.key: region.name for region in here.policy.regions if _names(region, plain)}
    if not named or here.region in named:
        return bool(named), ""
    ours = here.policy.region[here.region].name
    return False, f"Region in the notice: {listed([*named.values()])}. Region of your agency: {ours}."


def _names(region: Region, line: str) -> bool:
    """Whether a line names a region: by its name, or by a short name, whose capitals count ("tell us")."""
    short = "|".join(map(re.escape, region.also_called))
    return bool(
        re.search(rf"\b{re.escape(region.name)}", line, re.IGNORECASE)
        or (short and re.search(rf"\b(?:{short})(?!\w)", line))
    )
