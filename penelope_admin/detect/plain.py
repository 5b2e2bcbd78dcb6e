"""The ASCII way of writing a text, so that texts and tables are searched alike: one notion of digit, dash and blank.

What a character is decides, not a list of examples: every script's digits become 0 to 9, dashes "-", blanks and signs
blanks, and what cannot be seen is left out. What is beyond ASCII afterwards is a letter. Characters written as codes of
HTML, links or quoted-printable are those they stand for.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator

LINE_ENDS = frozenset("\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")
_ALIKE = {
    **dict.fromkeys("\u2212\u2043\u02d7\u30fc\u2500\u00af", "-"),
    **dict.fromkeys("\u00b7\u2022\u2219\u22c5\u30fb\u3002\u06d4", "."),
    **dict.fromkeys("\u2044\u2215\u29f8", "/"),
    **dict.fromkeys("\t\u115f\u1160\u2800", " "),  # the last three show as nothing, yet count as letters or symbols
    **dict.fromkeys("\u2018\u2019\u201b\u2032\u02bc`", "'"),
}
_BY_CATEGORY = {"Pd": "-", "Zs": " ", "P": " ", "S": " ", "C": ""}
_CODED = re.compile(
    r"&(?:amp;)?(?:#0{0,5}[0-9]{1,7}(?:;|(?![0-9]))|#[xX][0-9a-fA-F]{1,6};?|[a-zA-Z]{2,31};)"
    r"|%(?:25)?(?:2[0-9a-fA-F]|3[0-9a-fA-F]|40|5[fFbBdD]|7[bBdDeE])|(?:%[c-fC-F89abAB][0-9a-fA-F]){2,4}"
    r"|=(?:40(?=[\w-]{1,63}\.\w)|20(?=[^\w])|2[dDeE]|\r?\n)|(?:=[C-F89AB][0-9A-F]){2,4}"
    r"|\\(?:u00|x)[2-7][0-9a-fA-F]"
)
"""Characters as HTML, links, quoted-printable and programs write them."""
_NO_SIGNS = str.maketrans("", "", "%=\\x")
_SIGNS = "&%=\\"
_TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9]{0,15}(\s[^<>@]{0,500})?/?>")
_TELLING = re.compile(r"(?:\d\D{0,6}){7}")


def spell(character: str) -> str:
    """One character the ASCII way where there is one; nothing if it cannot be seen. Accents stay, as marks too."""
    if " " <= character < "\x7f" and character != "`":
        return character
    if character in LINE_ENDS:
        return "\n"
    if (digit := unicodedata.digit(character, None)) is not None:
        return str(digit)
    return "".join(map(_spell_part, unicodedata.normalize("NFKC", character)))


def _spell_part(part: str) -> str:
    if part in _ALIKE:
        return _ALIKE[part]
    category = unicodedata.category(part)
    if part.isascii() and category[0] in "PS":
        return part
    return _BY_CATEGORY.get(category, _BY_CATEGORY.get(category[0], part))


def printable(text: str) -> str:
    """The text with blanks for what steers a terminal or cannot be seen."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


class _Table(dict[int, str]):
    """What each character becomes; looked up once."""

    def __missing__(self, code: int) -> str:
        spelling = spell(chr(code))
        if unicodedata.category(chr(code))[0] == "M":
            spelling = ""  # after normalizing, such a mark has no letter to join
        self[code] = spelling
        return spelling


_TABLE = _Table()


def decoded(code: str) -> str:
    """The characters that a code stands for, as `_CODED` finds it; a code that is none stays as it is."""
    if code[0] == "&":
        return html.unescape(html.unescape(code))
    if code[0] == "=" and code.endswith("\n"):
        return ""
    digits = code.replace("%25", "%").replace("\\u00", "\\x").translate(_NO_SIGNS)
    return bytes.fromhex(digits).decode("utf-8", "replace").replace("\ufffd", " ")


def units(text: str) -> Iterator[tuple[int, int, str]]:
    """The characters of a text, and where each starts and ends in it; a code counts as the characters it stands for."""
    last = 0
    if any(sign in text for sign in _SIGNS):
        for match in _CODED.finditer(text):
            for index in range(last, match.start()):
                yield index, index + 1, text[index]
            for character in decoded(match.group()):
                yield match.start(), match.end(), character
            last = match.end()
    for index in range(last, len(text)):
        yield index, index + 1, text[index]


def _untagged(tag: re.Match[str]) -> str:
    """What is left of a tag: its attributes, if a number may be in them."""
    attributes = tag[1] or ""
    return f" {attributes} " if _TELLING.search(attributes) else " "


def plain(text: str) -> str:
    """The text the ASCII way, without HTML's tags, but with what in them may be a number."""
    if any(sign in text for sign in _SIGNS):
        text = _CODED.sub(lambda match: decoded(match.group()), text)
    if "<" in text:
        text = _TAG.sub(_untagged, text)
    return unicodedata.normalize("NFC", text).translate(_TABLE)
