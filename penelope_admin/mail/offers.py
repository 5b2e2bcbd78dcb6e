"""Which request a reply of Support's belongs to, and which case number it gives: an offer, never a decision.

Nothing in a reply is trusted. What could be meant in two ways is not chosen between: the offer lists it, and its
sentence says what is doubtful.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from penelope_admin.domain.text import case_key
from penelope_admin.domain.times import listed
from penelope_admin.grouping import grouped

_LISTED = 5
_NAMES_NONE = "The reply names no request."
_FoundBy = Literal["message", "subject", "case-number"] | None
MAX_NUMBERS = 20
"""More case numbers than anybody would choose from are not listed."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An email as it was read; everything in it was written by others.

    Attributes:
        sender: the address as far as known, in lower case, or "".
        subjects: the message's own subject first, "" if it has none, then those of quoted messages.
        refers_to: the Message-IDs of In-Reply-To and References, with angle brackets, as written.
        text: lines divided by "\n"; those of quoted messages may start with ">".
        calendars: what calendar programs are to take from it (iCalendar), as it stands.
    """

    sender: str
    subjects: tuple[str, ...]
    refers_to: tuple[str, ...]
    text: str
    calendars: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownRequest:
    """A request the program knows; `message_ids` are those of the messages sent for it."""

    request_id: int
    reference: str
    case_number: str | None
    message_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """What a reply seems to say.

    Attributes:
        request_id: None if no request was found, or more than one could be meant.
        case_number: None if no number was found, or more than one could be meant.
        found_by: what named the request: an answered message, its reference in a subject or the text, or its number.
        requests: all that could be meant, best first.
        numbers: all case numbers found, best first, at most `MAX_NUMBERS`.
        sentence: what was found and what is doubtful, for people.
        conflicts: the reply contradicts itself or what is recorded; to be shown as a warning.
        is_known: the request has the case number already.
    """

    request_id: int | None
    case_number: str | None
    found_by: _FoundBy
    requests: tuple[int, ...]
    numbers: tuple[str, ...]
    sentence: str
    conflicts: bool
    is_known: bool


def offer(reply: Reply, requests: Sequence[KnownRequest]) -> Offer:
    """Which of the known requests the reply belongs to, and which case number it gives it.

    Only names that stand in the reply count: the id of a message sent for a request, or a request's reference. Where
    there is none, the one request that has the reply's case number is meant.
    """
    found_by, ids, request_conflict, about_request = _request(reply, requests)
    case_number, numbers, about_number = _case_number(reply)
    with_it = _carrying(case_number, requests)
    if about_request == _NAMES_NONE and len(with_it) == 1:
        found_by, ids, about_request = "case-number", (with_it[0].request_id,), ""
    request_id = ids[0] if found_by else None
    chosen = next((request for request in requests if request.request_id == request_id), None)
    others, record_conflict, about_records = _compare(case_number, chosen, with_it)
    return Offer(
        request_id,
        case_number,
        found_by,
        _distinct((*ids, *others)),
        numbers,
        " ".join(filter(None, (about_request, about_number, about_records))),
        request_conflict or record_conflict,
        chosen in with_it,
    )


# --- the request ---

# A token of its own: not the end of "SPA-12" or of a web address, not the start of "PA-12-b" or "PA-12.5".
_REFERENCE = re.compile(r"""(?<![^\s\[\](){}<>"'“”‘’„«»,;:*|：【「（])PA-[0-9]{1,9}(?![\w@/-]|\.\w)""")

_Meant = tuple[_FoundBy, tuple[int, ...], bool, str]
"""What named the one request that is meant, all that could be meant, whether the reply contradicts itself, and why."""


def _request(reply: Reply, requests: Sequence[KnownRequest]) -> _Meant:
    names = {request.request_id: request.reference for request in requests}
    answered = _answered(reply, requests)
    place, named, unknown = _named(reply, requests)
    strangers = f"The {place} names {_listed(unknown)}, but no such request is known." if unknown else ""
    if answered:
        in_subject = named if place != "text" else ()
        return _by_message(answered, in_subject, names, strangers)
    if len(named) == 1:
        return "subject", named, False, f"The {place} names {_names(named, names)}."
    if named:
        return None, named, False, f"The {place} names {_names(named, names)}: choose one."
    return None, (), False, strangers or _NAMES_NONE


def _by_message(
    answered: tuple[int, ...], in_subject: tuple[int, ...], names: dict[int, str], strangers: str
) -> _Meant:
    """Which request a reply means that answers messages of ours; its subject may say otherwise."""
    if in_subject and not set(answered) & set(in_subject):
        sentence = (
            f"The reply answers a message that was sent for {_names(answered, names)}, but its subject names "
            f"{_names(in_subject, names)}: choose one."
        )
        return None, _distinct(answered + in_subject), True, sentence
    if len(answered) == 1:
        sentence = f"The reply answers a message that was sent for {_names(answered, names)}."
        return "message", answered, False, f"{sentence} {strangers}".rstrip()
    ids = _distinct((*(request for request in in_subject if request in answered), *answered))
    return None, ids, False, f"The reply answers messages that were sent for {_names(ids, names)}: choose one."


def _answered(reply: Reply, requests: Sequence[KnownRequest]) -> tuple[int, ...]:
    """The requests whose messages the reply refers to."""
    sent = ((message_id.strip(), request.request_id) for request in requests for message_id in request.message_ids)
    by_message = grouped(sent)
    by_message.pop("", None)
    return _distinct(request for message_id in reply.refers_to for request in by_message.get(message_id.strip(), ()))


def _named(reply: Reply, requests: Sequence[KnownRequest]) -> tuple[str, tuple[int, ...], tuple[str, ...]]:
    """Where references stand, the known requests they name, and the unknown references.

    The next place is only looked at if the one before names no request at all, not even an unknown one.
    """
    by_reference = grouped((request.reference, request.request_id) for request in requests)
    places = (("subject", reply.subjects[:1]), ("quoted subject", reply.subjects[1:]), ("text", (reply.text,)))
    for place, texts in places:
        references = dict.fromkeys(token for text in texts for token in _REFERENCE.findall(text))
        if references:
            named = _distinct(request for token in references for request in by_reference.get(token, ()))
            return place, named, tuple(token for token in references if token not in by_reference)
    return "", (), ()


# --- the case number ---

_SHORTEST = 3
_LONGEST = 40
_LONGEST_SUFFIX = 4
_DIGITS = 4
"""Fewer make no case number where only the word "case" stands before them."""
_DIGITS_IN_PROSE = 6
_NUMBER = r"(?=[A-Za-z._/-]{0,40}[0-9])[A-Za-z0-9][A-Za-z0-9._/-]{0,60}"
_START = r"(?<![\w/?&=@.])"
_QUOTE = r"""[\[("'“‘«<]?"""
_LABEL = r"(?:(?:number|num|nr|id|ref|reference)s?(?![A-Za-z])[ ]?\.?|nos?[ ]?[.:]|[#№])"

# Gaps are at most one character, for `_flat` makes them so. The number itself is only looked ahead at: it may be the
# label of the next one ("Case: Case 4815").
_LABELLED = re.compile(
    rf"""
    {_START} (?:case|ticket|incident|request)s? [ \n-]? (?:(?:reference|ref\.?) [ \n])? {_LABEL}
    (?: [ ](?:for|of) [ ] [^\n.:\#0-9]{{1,60}}? (?=:|[ ](?:is|was|are)\b) )?  # "case number for your request is"
    [ \n]? (?:(?:is|was|are)\b|[=–—-])? [ \n]? (?:now[ ])? :? [ \n]? {_QUOTE} (?=\#?({_NUMBER}))
    """,
    re.IGNORECASE | re.VERBOSE,
)
_CREATED = re.compile(
    rf"""
    {_START} (?:case|ticket|incident|request)
    (?: [ \n] (?:has|been|was|is|now|created|opened|logged|registered|raised|assigned|received|updated|closed|resolved
      |with|under|as|the|a|an|and|following|for|you|your|request|case|ticket) ){{1,10}}
    [ \n]? (?: [:\#] | (?:(?:reference|ref\.?) [ \n])? {_LABEL} ) [ \n]? :? [ ]? {_QUOTE} (?=\#?({_NUMBER}))
    """,
    re.IGNORECASE | re.VERBOSE,
)
_BARE = re.compile(
    rf"{_START}(?:(?:case|ticket|incident)(?: ?:[ \n]?| (?:is )?){_QUOTE}|request [(\[])(?=#?({_NUMBER}))",
    re.IGNORECASE,
)
_WHOLE_NUMBER = re.compile(_NUMBER)
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_NEXT_IN_LIST = re.compile(rf"[ \n]?(?:,|;|&|and\b|or\b)[ \n]?(?:and )?#?({_NUMBER})")
_PROSE = re.compile(r"\b(?:in|any|this|that|worst|best|each|every|which|test|use|no)[ \n-]$", re.IGNORECASE)
_NOT_A_NUMBER = re.compile(
    r"PA-[0-9]+"  # the program's own reference
    r"|[0-9]{1,4}([./-])[0-9]{1,2}\1[0-9]{1,4}(T[0-9]*)?"  # a date
    r"|[0-9]{1,2}[/-][0-9]{1,2}"  # a date, or 24/7
    r"|[0-9]+(st|nd|rd|th|am|pm|h|x)",
    re.IGNORECASE,
)


def _case_number(reply: Reply) -> tuple[str | None, tuple[str, ...], str]:
    """The case number, all that were found, and a sentence. What the sender wrote outranks what is quoted."""
    own_text, quoted_text = split(reply.text)
    own = _numbers_in([*map(_flat, reply.subjects[:1]), own_text])
    quoted = _numbers_in([*map(_flat, reply.subjects[1:]), quoted_text])
    where, best = ("It", own) if own else ("Older text quoted in it", quoted)
    numbers = _distinct_numbers((*own, *quoted))[:MAX_NUMBERS]
    if not best:
        return None, (), "No case number was found in it."
    if len(best) > 1:
        return None, numbers, f"{where} holds more than one case number: {_listed(best)}. Choose one."
    return best[0], numbers, f"{where} gives case number {best[0]}."


def _numbers_in(texts: Iterable[str]) -> tuple[str, ...]:
    """The distinct case numbers in flat texts, in the order they stand there."""
    return _distinct_numbers(number for text in texts for _, number in sorted(_candidates(text)))


def _candidates(text: str) -> Iterator[tuple[int, str]]:
    """The case numbers in a flat text with their places; more than once where more than one rule finds them."""
    for pattern, digits in ((_LABELLED, 1), (_CREATED, _DIGITS)):
        for match in pattern.finditer(text):
            yield from _series(text, match.start(1), digits)
    for match in _BARE.finditer(text):
        yield from _series(text, match.start(1), _digits_after_bare(text, match))


def _digits_after_bare(text: str, match: re.Match[str]) -> int:
    """How many digits make a case number of what follows the word "case" alone."""
    start = match.start()
    if text[max(0, start - 1) : start] in ("[", "("):
        return 1
    if not _PROSE.search(text[max(0, start - 10) : start]):
        return _DIGITS
    return _LONGEST if ":" in match[0] else _DIGITS_IN_PROSE  # "in that case: 555-0199" is none


def _series(text: str, place: int, digits: int) -> Iterator[tuple[int, str]]:
    """The number at a place with at least so many digits, and those of its kind listed after it."""
    first = ""
    for _ in range(MAX_NUMBERS):
        number = _number_at(text, place, digits)
        if not number or (first and len(number) != len(first)):
            return
        halves = number.split("/")  # "00481516/00481517" are two
        if len({len(half) for half in halves}) > 1 or len(halves[0]) < _DIGITS:
            halves = [number]
        yield from ((place, half) for half in halves)
        following = _NEXT_IN_LIST.match(text, place + len(number))
        if not following:
            return
        first, digits, place = first or number, _DIGITS, following.start(1)


def _number_at(text: str, place: int, digits: int) -> str | None:
    """The case number that starts at a place, unless it is too short, too long, a date or an ordinary word."""
    match = _WHOLE_NUMBER.match(text, place)
    if not match or _goes_on(text[match.end() : match.end() + 2]):
        return None
    token = _without_words(match[0].rstrip("._/-"))
    counted = sum(character.isdigit() for character in token)
    fits = _SHORTEST <= len(token) <= _LONGEST and counted >= digits
    if not fits or (digits > 1 and _YEAR.fullmatch(token)) or _NOT_A_NUMBER.fullmatch(token):
        return None
    return token


def _without_words(token: str) -> str:
    """The token without a word stuck to its end: "00481516.Please" is a missing space, "0048-UK" a number."""
    while True:
        stem = token.rstrip(string.ascii_letters)
        word = token[len(stem) :]
        short = len(word) <= _LONGEST_SUFFIX and word.isupper() and not stem.endswith(".")
        if not word or short or not stem.endswith((".", "_", "/", "-")) or not re.search("[0-9]", stem):
            return token
        token = stem.rstrip("._/-")


def _goes_on(following: str) -> bool:
    """Whether what follows a token is part of it, so that it is none: an address, a time, a digit of another script.

    Languages written without spaces may put any letter of theirs after it.
    """
    if not following:
        return False
    plain = unicodedata.normalize("NFKD", following[0])[:1]
    time_or_address = following[0] == "@" or (following[0] == ":" and following[1:].isdigit())
    return time_or_address or (plain.isascii() and plain.isalnum()) or unicodedata.category(following[0])[0] == "N"


# --- the text ---

_QUOTED_HEAD = ("from:", "von:", "de:", "de :")
_HEAD_GOES_ON = (
    "sent:", "date:", "to:", "subject:", "gesendet:", "an:", "betreff:", "envoyé", "date :", "objet :",
)  # fmt: skip
_DIVIDER = re.compile(r"-{2,}.{0,40}(?:message|nachricht|mail)\b.{0,20}-{2,}|begin forwarded message:", re.IGNORECASE)
_ATTRIBUTION = re.compile(r"(?:on|am|le) .{5,250}\b(?:wrote|schrieb|a écrit)\b.{0,80}:", re.IGNORECASE)


def split(text: str) -> tuple[str, str]:
    """What the sender wrote, and what is quoted, both flat.

    What is above the sender's first word divides nothing: a message forwarded without a remark is read as its own text.
    """
    lines = [(_is_quoted(line), flat) for line in text.splitlines() if (flat := _flat(line.lstrip("> \t\u00a0")))]
    own: list[str] = []
    quoted: list[str] = []
    below = False
    for place, (marked, line) in enumerate(lines):
        divides = not below and _divides(lines, place)
        if divides and own:
            below = True
        elif divides and not line.casefold().startswith(_QUOTED_HEAD):
            continue
        (quoted if below or marked else own).append(line)
    return "\n".join(own), "\n".join(quoted)


def _is_quoted(line: str) -> bool:
    """Whether a line is marked; mailbox files mark lines that start with "From " in the same way."""
    return line.lstrip(" \t\u00a0").startswith(">") and not line.startswith(">From ")


def _divides(lines: Sequence[tuple[bool, str]], place: int) -> bool:
    """Whether a quoted message starts at this line and fills the rest of the text."""
    line = lines[place][1][:400]
    start = line[:20].casefold()
    if start.startswith(_QUOTED_HEAD):
        return any(following.casefold().startswith(_HEAD_GOES_ON) for _, following in lines[place + 1 : place + 5])
    if start.startswith(("--", "begin")):
        return _DIVIDER.fullmatch(line) is not None
    if not start.startswith(("on ", "am ", "le ")):
        return False
    for end in (place + 1, place + 2):  # the line may be broken
        whole = " ".join(part[:400] for _, part in lines[place:end])
        if _ATTRIBUTION.fullmatch(whole):
            return not (end < len(lines) and lines[end][0])  # else ">" marks what is quoted, and answers may follow
    return False


def _flat(text: str) -> str:
    """Text with bold markers and runs of space made one space, and no line empty."""
    lines = (" ".join(line.split()) for line in re.sub(r"\*{1,2}", " ", text).splitlines())
    return "\n".join(filter(None, lines))


# --- against what is recorded ---


def _compare(
    case_number: str | None, chosen: KnownRequest | None, with_it: Sequence[KnownRequest]
) -> tuple[tuple[int, ...], bool, str]:
    """Other requests with that number, whether it contradicts what is recorded, and a sentence."""
    if case_number is None:
        return (), False, ""
    others = [request for request in with_it if request is not chosen]
    has_another = chosen is not None and chosen not in with_it and bool(chosen.case_number)
    contradicts = has_another or (chosen is not None and bool(others))
    sentences = (_of_its_own(chosen, with_it), _of_others(case_number, others, instead=chosen is not None))
    return tuple(request.request_id for request in others), contradicts, " ".join(filter(None, sentences))


def _of_its_own(request: KnownRequest | None, with_it: Sequence[KnownRequest]) -> str:
    if request is None or not request.case_number:
        return ""
    if request in with_it:
        return f"{request.reference} has this number already."
    return (
        f"{request.reference} has case number {request.case_number} already, and a different question is a new case: "
        "make sure which one is meant."
    )


def _of_others(case_number: str, others: Sequence[KnownRequest], *, instead: bool) -> str:
    if not others:
        return ""
    carried_by = _listed([request.reference for request in others])
    return f"Case number {case_number} is recorded for {carried_by}{' instead' if instead else ''}."


def _carrying(case_number: str | None, requests: Sequence[KnownRequest]) -> list[KnownRequest]:
    """The requests that have a case number, however it is written there."""
    key = case_key(case_number or "")
    return [request for request in requests if request.case_number and case_key(request.case_number) == key]


def _distinct(items: Iterable[int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(items))


def _distinct_numbers(numbers: Iterable[str]) -> tuple[str, ...]:
    first: dict[str, str] = {}
    for number in numbers:
        first.setdefault(case_key(number), number)
    return tuple(first.values())


def _names(requests: Iterable[int], names: dict[int, str]) -> str:
    return _listed([names[request] for request in requests])


def _listed(items: Sequence[str]) -> str:
    """The items as "A", "A and B" or "A, B and C"; those after the fifth are counted."""
    more = [f"{len(items) - _LISTED} more"] if len(items) > _LISTED else []
    return listed([*items[:_LISTED], *more])
