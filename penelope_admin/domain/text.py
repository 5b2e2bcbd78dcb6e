"""What text the program takes from people: bounded, and free of characters that could smuggle something in."""

from __future__ import annotations

import re
import unicodedata

from penelope_admin.errors import BadInputError

MAX_LINE = 300
MAX_TEXT = 4000
FEWEST_DIGITS = 3
"""No telephone number has fewer."""
# Signs that turn the direction of what follows, by which one text can look like another.
_BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_CASE_NUMBER = re.compile(r"#?[A-Za-z0-9][A-Za-z0-9._/-]{0,39}")
_HOST = re.compile(r"[A-Za-z0-9:]([A-Za-z0-9.:-]*[A-Za-z0-9])?")
_WEB_ADDRESS = re.compile(r"https://[^\s<>\"'\\/@]+(/[^\s<>\"']*)?")
_TELEPHONE = re.compile(rf"(\D*\d){{{FEWEST_DIGITS}}}.*")
_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+", re.ASCII)


def clean_line(text: str, what: str, *, required: bool = True, limit: int = MAX_LINE) -> str:
    """One line of text without surrounding space; safe to put into a mail header.

    Args:
        what: the field's name for messages, with a capital: "The reason".

    Raises:
        BadInputError: empty although required, too long, or with line breaks, control characters or
            what mail programs would unpack to them.
    """
    line = _bounded(text.strip(), what, required, limit)
    if "=?" in line and "?=" in line:  # RFC 2047: what stands between could unpack to a line break and a header
        raise BadInputError(
            f'{what} holds "=?" and "?=", which mail programs unpack. Nothing was saved. Take them out.'
        )
    return line


def clean_text(text: str, what: str, *, required: bool = True, limit: int = MAX_TEXT) -> str:
    """Text of several lines, line ends made alike, no line with trailing space.

    Raises:
        BadInputError: as for `clean_line`, but line breaks and tabs are welcome.
    """
    lines = [line.rstrip() for line in text.replace("\t", " ").splitlines()]
    whole = "\n".join(lines).strip()
    _bounded(whole.replace("\n", " "), what, required, limit)
    return whole


def _bounded(text: str, what: str, required: bool, limit: int) -> str:
    """The text, unless it is empty although required, too long, or holds a control character."""
    if required and not text:
        raise BadInputError(f"{what} is empty. Nothing was saved. Fill it in and try again.")
    if len(text) > limit:
        raise BadInputError(f"{what} is longer than {limit} characters. Nothing was saved. Shorten it.")
    # These texts go into headers of mails, into terminals and onto paper: none of them may end a line of its own will.
    for character in text:
        if _is_control(character):
            raise BadInputError(
                f"{what} holds a line break or a control character ({unicodedata.name(character, hex(ord(character)))})"
                ". Nothing was saved. Take it out and try again."
            )
    return text


def clean_case_number(text: str) -> str:
    """A case number as Support writes it.

    Raises:
        BadInputError: it has other characters than letters, digits, "-", ".", "_", "/" and a leading "#".
    """
    number = text.strip()
    if not _CASE_NUMBER.fullmatch(number):
        raise BadInputError(
            "A case number has 1 to 40 letters and digits, as in Support's automatic reply. Nothing was saved."
        )
    return number


def case_key(number: str) -> str:
    """What is alike in two spellings of one number: neither a leading "#" nor capitals make a difference."""
    return number.strip().removeprefix("#").casefold()


def clean_address(text: str, what: str) -> str:
    """An email address, or nothing.

    Raises:
        BadInputError: it is no address.
    """
    return _formed(text, what, _ADDRESS, MAX_LINE, "does not look like an email address (name@example.org)")


def clean_telephone(text: str, what: str) -> str:
    """A telephone number as people write it, or nothing.

    Raises:
        BadInputError: it has too few digits to be dialled.
    """
    too_few = f"has fewer than {FEWEST_DIGITS} digits, so nobody could dial it (204-555-0100)"
    return _formed(text, what, _TELEPHONE, 60, too_few)


def clean_host(text: str, what: str) -> str:
    """The name or IP address of a server, or nothing.

    Raises:
        BadInputError: it holds other characters than letters, digits, dots, hyphens and colons.
    """
    return _formed(text, what, _HOST, 255, "does not look like the name of a server (mail.example.org)")


def clean_web_address(text: str, what: str) -> str:
    """An https address, or nothing.

    Raises:
        BadInputError: it does not start with https:// or holds a space.
    """
    return _formed(text, what, _WEB_ADDRESS, 500, "must start with https:// and hold no spaces")


def _formed(text: str, what: str, pattern: re.Pattern[str], limit: int, complaint: str) -> str:
    """A line that has the form it should have, or nothing."""
    line = clean_line(text, what, required=False, limit=limit)
    if line and not pattern.fullmatch(line):
        raise BadInputError(f"{what} {complaint}. Nothing was saved.")
    return line


def filled(template: str, value: object) -> str:
    """A template with a value in its place, or nothing where there is no value: ", case 4711"."""
    return template.format(value) if value else ""


def yes_or_no(is_so: bool) -> str:
    """An answer as logs and tables write it."""
    return "yes" if is_so else "no"


def capitalized(text: str) -> str:
    """A text that begins with a capital, for the start of a sentence."""
    return f"{text[:1].upper()}{text[1:]}"


def uncapitalized(text: str) -> str:
    """A sentence as it goes on within another."""
    return f"{text[:1].lower()}{text[1:]}"


def written_out(text: str) -> str:
    """A text in one line, its control characters written out: what others wrote steers no terminal, forges no line."""
    return "".join(c.encode("unicode_escape").decode() if _is_control(c) else c for c in text)


def shortened(text: str, most: int) -> str:
    """A text as it is, or its beginning with a sign that there is more."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def one_line(text: str, most: int) -> str:
    """What others wrote as one line of so many printable characters at most, for a name or a title."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:most].strip()


def search_words(text: str) -> list[str]:
    """The words of a search, each once.

    Raises:
        BadInputError: it is longer than any search: a database takes no condition for each of so many words.
    """
    if len(text) > MAX_LINE:
        raise BadInputError(f"The search is longer than {MAX_LINE} characters. Nothing was looked for. Shorten it.")
    # Half a character, as some keyboards send it, is no text that a database takes.
    return list(dict.fromkeys(text.encode("utf-8", "replace").decode().split()))


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} or character in _BIDI_CONTROLS
