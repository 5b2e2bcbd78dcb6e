"""Reads Support's replies: a mail file, an Outlook message or pasted text, whatever is in it.

Everything here is hostile until it is parsed. Python's mail parser takes minutes for some ten-megabyte files and raises
on others, so mail is taken apart by hand: each step is linear in the size, and what is broken is read as it stands.
"""

from __future__ import annotations

import binascii
import codecs
import html
import re
from collections import defaultdict
from dataclasses import dataclass, field, replace
from io import BytesIO
from itertools import dropwhile
from pathlib import Path
from typing import TYPE_CHECKING

from olefile.olefile import UNKNOWN_SIZE, OleFileIO, OleStream

from penelope_admin.errors import BadInputError
from penelope_admin.grouping import grouped
from penelope_admin.mail.offers import Reply

MAX_BYTES = 10_000_000
MAX_TEXT = 200_000
"""Characters of text that are kept; the case number stands at the top."""

_MAX_DECODED = 2_000_000
_MAX_HEAD = 256_000
_MAX_PARTS = 200
_MAX_DEPTH = 8
_MAX_SUBJECTS = 50
_MAX_SUBJECT = 1000
_MAX_FIELD = 20_000
_MAX_IDS = 1000
_MAX_CALENDARS = 8
_CALENDARS = ("text/calendar", "application/ics")
_OUTLOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_Fields = dict[str, list[str]]


def read_source(source: Path | str) -> Reply:
    """The reply in a file, or in text that was pasted.

    Raises:
        BadInputError: as for `read_file`.
    """
    if isinstance(source, Path):
        return read_file(source)
    return read_text(source)


def read_file(path: Path) -> Reply:
    """The reply in a file: `.eml`, `.msg` or text, told apart by what is in it.

    Raises:
        BadInputError: the file cannot be read, or as for `read`.
    """
    try:
        if not path.is_file():  # opening a pipe would wait for somebody to write
            raise BadInputError(f"{path.name} is not a file. Choose the reply you saved, or paste its text.")
        with path.open("rb") as file:
            return read(file.read(MAX_BYTES + 1))
    except (OSError, ValueError) as error:
        raise BadInputError(
            f"{path.name} cannot be read ({error}). Choose another copy of the reply, or paste its text."
        ) from error


def read_text(text: str) -> Reply:
    """The reply in text that was pasted, with or without the header lines mail programs print.

    Raises:
        BadInputError: as for `read`.
    """
    return read(text[: MAX_BYTES + 1].encode("utf-8", "replace"))


def read(data: bytes) -> Reply:
    """The reply in a file's content.

    Raises:
        BadInputError: it is larger than `MAX_BYTES`, empty, or no message that could be read.
    """
    if len(data) > MAX_BYTES:
        raise BadInputError("The reply is larger than 10 MB. Save it without its attachments, or paste its text.")
    if data.startswith(_OUTLOOK):
        reply = _from_outlook(data)
    elif _is_mail(raw := _as_utf8(data)):
        reply = _from_mail(raw)
    else:
        reply = _from_text(_loose(raw[: 4 * MAX_TEXT]))
    if not reply.text.strip() and not any(reply.subjects):
        raise BadInputError("There is no text in this reply. Open it in your mail program and paste its text.")
    return reply


# --- characters ---

# Nothing of these is seen, and mail programs put them into the middle of words.
_UNSEEN = dict.fromkeys(
    code
    for first, last in ((0, 8), (14, 31), (127, 127), (0xAD, 0xAD), (0x61C, 0x61C), (0x200B, 0x200F), (0x202A, 0x202E))
    for code in range(first, last + 1)
) | dict.fromkeys([*range(0x2060, 0x2070), 0xFEFF])
_TEXT_CODECS = re.compile(
    r"(ascii|utf-?(?:8|16|32)|iso|cp|koi|big5|gb|euc|shift|mac|johab|hz|tis|latin)", re.IGNORECASE
)
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_MANY = 0.1


def _as_utf8(data: bytes) -> bytes:
    """The content with every line ended by one newline; UTF-16 turned into UTF-8. What is no text is refused."""
    start = data[:2000]
    if charset := _unicode_of(data):
        data = data[: 2 * _MAX_DECODED].decode(charset, "replace").lstrip("\ufeff").encode("utf-8", "replace")
    elif sum(byte < ord("\t") or ord("\r") < byte < ord(" ") for byte in start) > _MANY * len(start):
        raise BadInputError("This file is not a message. Save the message from your mail program, or paste its text.")
    return data.replace(b"\r\r\n", b"\n").replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _unicode_of(data: bytes) -> str:
    """By which of Unicode's ways of writing the content is marked, or in half of its bytes empty; else nothing."""
    start = data[:2000]
    empty = max(1, len(start) // 4)
    if marked := next((name for bom, name in _BOMS if data.startswith(bom)), ""):
        return marked
    if start[1::2].count(0) > empty:
        return "utf-16-le"
    return "utf-16-be" if start[::2].count(0) > empty else ""


def _loose(raw: bytes, charset: str = "") -> str:
    """Text in the named character set, if that is one, or in the likeliest."""
    try:
        codec = codecs.lookup(charset or "utf-8")
        if codec.name in ("utf-8", "ascii") or not _TEXT_CODECS.match(codec.name):  # others unpack, or take long
            return raw.decode("utf-8")
        return raw.decode(codec.name, "replace")
    except UnicodeDecodeError as error:
        if len(raw) >= _MAX_HEAD and error.reason == "unexpected end of data":  # cut in the middle of a character
            return raw.decode("utf-8", "replace")
        return raw.decode("cp1252", "replace")
    except (LookupError, ValueError):
        return _loose(raw)


def _clean(text: str) -> str:
    """Text with plain line ends and nothing unseen, cut to what is kept."""
    return "\n".join(text[: 2 * MAX_TEXT].translate(_UNSEEN).splitlines())[:MAX_TEXT]


# --- headers ---

_NAME = re.compile(r"[!-9;-~]{1,80}")
_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bq])\?([^?]*)\?=", re.IGNORECASE)
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,900}>")
_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[A-Za-z0-9.-]{1,255}")
_MAIL_FIELDS = frozenset(
    ("received", "return-path", "mime-version", "content-type", "message-id", "dkim-signature", "delivered-to")
)


def _fields(head: str) -> _Fields:
    """The header fields by lower-case name, folded lines joined; what is no field is passed over."""
    lines = (line.partition(":") for line in re.sub(r"\n[ \t]+", " ", head).split("\n"))
    named = ((name.rstrip(), value.strip()) for name, colon, value in lines if colon)
    return grouped((name.lower(), value) for name, value in named if _NAME.fullmatch(name))


def _first(fields: _Fields, name: str) -> str:
    return fields.get(name, [""])[0]


def _words(value: str) -> str:
    """A header's value with its encoded words (RFC 2047) unpacked, once."""
    pieces: list[str] = []
    pending, pending_charset, end = b"", "", 0
    for match in _WORD.finditer(value[:_MAX_FIELD]):
        between = value[end : match.start()]
        charset = match[1].partition("*")[0].lower()
        raw = _unbase64(match[3].encode()) if match[2] in "bB" else binascii.a2b_qp(match[3].encode(), header=True)
        if end and not between.strip():  # what divides two words is no part of the text
            between = ""
        if between or charset != pending_charset:  # else a character may be divided between two words
            pieces += [_loose(pending, pending_charset), between]
            pending = b""
        pending, pending_charset, end = pending + raw, charset, match.end()
    return "".join((*pieces, _loose(pending, pending_charset), value[end:]))


def _subject(value: str) -> str:
    return " ".join(_words(value[:_MAX_FIELD]).translate(_UNSEEN).split())[:_MAX_SUBJECT]


def _sender(value: str) -> str:
    """The address of a From field: the one in angle brackets, or the first."""
    text = _words(value[:_MAX_SUBJECT])
    match = _ADDRESS.search(text, text.rfind("<") + 1) or _ADDRESS.search(text)
    return match[0].rstrip(".-").lower() if match else ""


def _reply(fields: _Fields, text: str) -> Reply:
    """A reply of its header fields and its text, in which headers of quoted messages may be printed."""
    text = _clean(text)
    subjects, ids = _printed_headers(text.split("\n"))
    own = [*fields.get("in-reply-to", ()), *fields.get("references", ())]
    refers_to = [message_id for value in own for message_id in _MESSAGE_ID.findall(value)]
    return Reply(
        _sender(_first(fields, "from")),
        (_subject(_first(fields, "subject")), *subjects),
        tuple(dict.fromkeys([*refers_to, *ids]))[:_MAX_IDS],
        text,
    )


# --- text as mail programs print it ---

_PRINTED = re.compile(r"(subject|in-reply-to|references)[ \t*]{0,3}:[ \t*]*(.*)", re.IGNORECASE)
_HEADER_LINE = re.compile(
    r"(from|sent|date|to|cc|bcc|subject|reply-to|in-reply-to|references|message-id|importance|attachments?|sender|x-[a-z-]{1,40})"
    r"[ \t*]{0,3}:[ \t*]*(.*)",
    re.IGNORECASE,
)
_FORWARDED = re.compile(r"-{2,}.{0,60}-{2,}|_{5,}|begin forwarded message:", re.IGNORECASE)
_WRAPPED = 50
"""Subjects from this length on may go on in the next line."""


def _bare(line: str) -> str:
    """A line without quote and bold markers."""
    return line.lstrip("> \t|*\u00a0").rstrip()


def _from_text(text: str) -> Reply:
    """A reply that is text: header lines at its start are its own."""
    lines = _clean(text).split("\n")
    own = list(dropwhile(lambda line: not _bare(line) or _FORWARDED.fullmatch(_bare(line)[:200]), lines))
    fields, count = _printed_at_start(own)
    if not fields.keys() & {"from", "subject"}:
        return _reply({}, text)
    return _reply(fields, "\n".join(own[count:]))


def _printed_at_start(lines: list[str]) -> tuple[_Fields, int]:
    """The header fields at the start of some lines, and how many lines they take."""
    fields: _Fields = {}
    name = ""
    for count, line in enumerate(lines):
        bare = _bare(line)
        if match := _HEADER_LINE.fullmatch(bare):
            name = match[1].lower()
            fields.setdefault(name, []).append(match[2])
        elif not (name and bare and line[:1] in (" ", "\t")):
            return fields, count
        elif len(fields[name][-1]) < _MAX_FIELD:
            fields[name][-1] += f" {bare}"
    return fields, len(lines)


def _printed_headers(lines: list[str]) -> tuple[list[str], list[str]]:
    """The subjects and the message ids of header lines that stand in a text."""
    subjects: list[str] = []
    with_ids: list[str] = []
    name = ""  # of the field that may go on in the next line
    for line in lines:
        bare = _bare(line)
        if match := _PRINTED.fullmatch(bare):
            name = match[1].lower()
            (subjects if name == "subject" else with_ids).append(match[2])
        elif name and name != "subject" and bare.startswith("<"):
            with_ids.append(bare)
        else:
            if name == "subject" and _goes_on(subjects[-1], bare):
                subjects[-1] += f" {bare}"
            name = ""
    ids = [message_id for text in with_ids for message_id in _MESSAGE_ID.findall(text)]
    return list(map(_subject, subjects[:_MAX_SUBJECTS])), ids


def _goes_on(subject: str, line: str) -> bool:
    """Whether the line below a printed subject is the rest of it, which did not fit."""
    return bool(line) and len(subject) >= _WRAPPED and not _HEADER_LINE.match(line)


# --- mail ---

_PARAMETER = r"""[;\s]{name}\s?=\s?(?:"([^"]{{1,200}})"|([^\s;"]{{1,200}}))"""
_BOUNDARY = re.compile(_PARAMETER.format(name="boundary"), re.IGNORECASE)
_CHARSET = re.compile(_PARAMETER.format(name="charset"), re.IGNORECASE)


def _parameter(pattern: re.Pattern[str], content: str) -> str:
    """The first value of a parameter, quoted or not; nothing where there is none."""
    match = pattern.search(content)
    return match[1] or match[2] if match else ""


def _is_mail(raw: bytes) -> bool:
    """Whether it starts with a mail's header, and not with lines that a mail program printed."""
    head, _ = _halves(_without_envelope(raw))
    first = head.partition(b"\n")[0].partition(b":")
    fields = _fields(_loose(head[:_MAX_HEAD]))
    return bool(first[1]) and b" " not in first[0].rstrip() and not _MAIL_FIELDS.isdisjoint(fields)


def _from_mail(raw: bytes) -> Reply:
    """The reply in a mail: its header, and what text there is in its parts."""
    head, body = _halves(_without_envelope(raw))
    fields = _fields(_loose(head[:_MAX_HEAD]))
    parts = _Parts()
    text = parts.text_of(fields, body, 0)
    if not text.strip():
        text = "\n".join(parts.text_of_enclosed(message) for message in parts.enclosed[:_MAX_DEPTH])
    return replace(_reply(fields, text), calendars=tuple(parts.calendars))


def _without_envelope(raw: bytes) -> bytes:
    """A mail without blank lines and the "From " line before its header."""
    raw = raw.lstrip()
    return raw.partition(b"\n")[2] if raw.startswith((b"From ", b">From ")) else raw


def _halves(raw: bytes) -> tuple[bytes, bytes]:
    """Header and body of a mail or a part of one."""
    if raw.startswith(b"\n"):
        return b"", raw[1:]
    head, _, body = raw.partition(b"\n\n")
    return head, body


@dataclass(slots=True)
class _Parts:
    """A walk through a mail's parts, which ends when enough was seen."""

    seen: int = 0
    decoded: int = 0
    enclosed: list[bytes] = field(default_factory=list)
    calendars: list[str] = field(default_factory=list)

    def text_of(self, fields: _Fields, body: bytes, depth: int) -> str:
        """The text of a part and those in it; "" for attachments and what is not text."""
        self.seen += 1
        if self.seen > _MAX_PARTS or depth > _MAX_DEPTH or self.decoded >= _MAX_DECODED:
            return ""
        content = f";{_first(fields, 'content-type')[:2000]}"
        kind = content[1:].partition(";")[0].strip().lower()
        if kind in ("message/rfc822", *_CALENDARS):
            self._set_aside(fields, content, kind, body)
            return ""
        if _first(fields, "content-disposition").lower().startswith("attachment"):
            return ""
        if kind.startswith("multipart/"):
            boundary = _parameter(_BOUNDARY, content)
            if boundary and (pieces := _pieces(body, boundary.encode())):
                return self._text_of_pieces(kind, pieces, depth)
        elif kind not in ("", "text", "text/plain", "text/html"):
            return ""
        return self._decoded_text(fields, content, kind, body)

    def _set_aside(self, fields: _Fields, content: str, kind: str, body: bytes) -> None:
        """Keep what is read by itself: messages in a message, and calendars."""
        if kind not in _CALENDARS:
            self.enclosed.append(body)
        elif len(self.calendars) < _MAX_CALENDARS:
            self.calendars.append(self._decoded_text(fields, content, kind, body))

    def _decoded_text(self, fields: _Fields, content: str, kind: str, body: bytes) -> str:
        """What a part of one piece says, as far as there is room for it."""
        encoding = _first(fields, "content-transfer-encoding").lower()
        raw = _decoded(body[: _MAX_DECODED - self.decoded], encoding)
        self.decoded += len(raw)
        text = _loose(raw, _parameter(_CHARSET, content))
        return _stripped(text) if kind == "text/html" else text

    def _text_of_pieces(self, kind: str, pieces: list[bytes], depth: int) -> str:
        plain, rich = "", ""
        joined: list[str] = []
        for piece in pieces:
            head, body = _halves(piece)
            fields = _fields(_loose(head[:_MAX_HEAD]))
            text = self.text_of(fields, body, depth + 1)
            joined.append(text)
            if not _first(fields, "content-type").strip().lower().startswith(("text/html", "multipart/")):
                plain = plain if plain.strip() else text
            elif text.strip():
                rich = text
        if kind == "multipart/alternative":
            return plain if plain.strip() else rich
        return "\n".join(joined)

    def text_of_enclosed(self, raw: bytes) -> str:
        """The text of a message within a message, below the header lines that say what it is about."""
        head, body = _halves(_without_envelope(raw))
        fields = _fields(_loose(head[:_MAX_HEAD]))
        names = ("from", "subject", "in-reply-to", "references")
        lines = [f"{name.capitalize()}: {_words(value)}" for name in names for value in fields.get(name, [])[:1]]
        return "\n".join([*lines, "", self.text_of(fields, body, 1)])


def _pieces(body: bytes, boundary: bytes) -> list[bytes]:
    """What stands between the boundary's lines; the last piece may lack its end."""
    line = re.compile(rb"\n--" + re.escape(boundary) + rb"(--)?[ \t]*(?=\n|\Z)")
    pieces: list[bytes] = []
    start = -1
    body = b"\n" + body
    for match in line.finditer(body):
        if start >= 0:
            pieces.append(body[start : match.start()])
        start = match.end() + 1
        if match[1] or len(pieces) > _MAX_PARTS:
            return pieces
    if start >= 0:
        pieces.append(body[start:])
    return pieces


def _decoded(raw: bytes, encoding: str) -> bytes:
    if encoding.startswith("quoted-printable"):
        return binascii.a2b_qp(raw)
    if encoding.startswith("base64") and re.match(rb"\s*[A-Za-z0-9+/=]+\s*(\n|\Z)", raw[:2000]):  # else it only says so
        return _unbase64(raw)
    return raw


def _unbase64(raw: bytes) -> bytes:
    """What base64 stands for; a damaged end is dropped."""
    signs = re.sub(rb"[^A-Za-z0-9+/]", b"", raw)
    try:
        return binascii.a2b_base64(signs + b"=" * (-len(signs) % 4))
    except binascii.Error:
        return binascii.a2b_base64(signs[: len(signs) // 4 * 4])


# --- HTML ---

_HIDDEN = re.compile(r"<!--|<(style|script|title)\b", re.IGNORECASE)
_TAG = re.compile(r"<(?:(/?)([A-Za-z][A-Za-z0-9]{0,15})|[!?/])[^<>]*>")
_SPACES = {"td": " ", "th": " "}
_STRUCK = re.compile(r"<(?:s|del|strike)\b|<[^>]*\bline-through\b", re.IGNORECASE)
_BLOCKS = re.compile(r"address|article|blockquote|br|div|d[dlt]|h[1-6r]|li|[ou]l|p|pre|section|table|tr")


def _stripped(markup: str) -> str:
    """The text of HTML, a line for each block, quoted ones marked with ">".

    Python's own parser takes time with the square of the length for unclosed comments and the like.
    """
    markup = " ".join(_visible(markup).split())
    pieces: list[str] = []
    end, depth = 0, 0
    opened: defaultdict[str, list[bool]] = defaultdict(list)
    for tag in _TAG.finditer(markup):
        pieces.append(markup[end : tag.start()])
        end = tag.end()
        name = (tag[2] or "").lower()
        if name == "blockquote":
            depth = max(0, depth - 1) if tag[1] else min(depth + 1, _MAX_DEPTH)
        mark = "~~" if _strikes(tag, opened[name]) else ""
        space = "\n" + "> " * depth if _BLOCKS.fullmatch(name) else _SPACES.get(name, "")
        pieces.append(mark + space if tag[1] else space + mark)
    pieces.append(markup[end:])
    # No number that long stands for a character, and Python refuses to read numbers of thousands of digits.
    return html.unescape(re.sub(r"&#[xX]?[0-9A-Fa-f]{9,};?", " ", "".join(pieces)))


def _strikes(tag: re.Match[str], opened: list[bool]) -> bool:
    """Whether a tag begins or ends what is struck out, which still stands there and holds no longer.

    Args:
        opened: of each tag of its name that is open whether it strikes out; changed.
    """
    if tag[1]:
        return bool(opened) and opened.pop()
    opened.append(_STRUCK.match(tag[0]) is not None)
    return opened[-1]


def _visible(markup: str) -> str:
    """HTML without comments, styles, scripts and title."""
    pieces: list[str] = []
    end = 0
    while hidden := _HIDDEN.search(markup, end):
        pieces.append(markup[end : hidden.start()])
        closing = f"</{hidden[1]}[^<>]*>" if hidden[1] else "-->"
        ending = re.compile(closing, re.IGNORECASE).search(markup, hidden.end())
        if not ending:
            return "".join(pieces)
        end = ending.end()
    return "".join((*pieces, markup[end:]))


# --- Outlook ---

_PROPERTIES = {
    "subject": "0037",
    "body": "1000",
    "headers": "007D",
    "in-reply-to": "1042",
    "references": "1039",
    "address": "5D01",
    "sender address": "0C1F",
    "sender name": "0C1A",
}
if TYPE_CHECKING:
    _Base = OleFileIO[str]
else:
    _Base = OleFileIO
_IN_HEADER = 110
_SMALL_SECTOR = 6
_SECTOR_SIZES = {9: 512, 12: 4096}


class _Compound(_Base):
    """A compound file whose streams are no larger than a file may be, opened in linear time."""

    def _open(self, start: int, size: int = UNKNOWN_SIZE, force_FAT: bool = False) -> OleStream:  # noqa: N803 - its name
        if size > MAX_BYTES and size != UNKNOWN_SIZE:  # of unknown streams the library reads what is there
            raise OSError("a stream is larger than the file")
        return super()._open(start, size, force_FAT)

    def _check_duplicate_stream(self, first_sect: int, minifat: bool = False) -> None:
        """Nothing: the library would take time with the square of their number, for a mere remark."""


def _from_outlook(data: bytes) -> Reply:
    """The reply in an Outlook message, unless it is damaged."""
    try:
        _check_compound(data)
        with _Compound(BytesIO(data)) as file:
            properties = {name: _property(file, tag) for name, tag in _PROPERTIES.items()}
            text = properties["body"]
            if not text.strip():
                text = _stripped(_markup(file))
    except Exception as error:  # the library raises whatever comes up in damaged files
        raise BadInputError("This Outlook message is damaged. Open it in Outlook and paste its text.") from error
    fields = _fields(re.sub(r"\r\n?", "\n", properties["headers"][:_MAX_HEAD]))
    for name in ("subject", "in-reply-to", "references"):
        if properties[name].strip():
            fields[name] = [properties[name], *fields.get(name, [])]
    for name in ("address", "sender address", "sender name"):
        if "@" in properties[name]:
            fields.setdefault("from", [properties[name]])
    return _reply(fields, text)


def _check_compound(data: bytes) -> None:
    """Refuse a header that makes the library read more than there is."""
    size = _SECTOR_SIZES.get(int.from_bytes(data[30:32], "little"))
    small = int.from_bytes(data[32:34], "little")
    tables = int.from_bytes(data[44:48], "little")
    # Each entry takes four bytes.
    if not size or small != _SMALL_SECTOR or tables > _IN_HEADER + 2 * len(data) // (size * size // 4):
        raise ValueError("the header of the compound file is wrong")


def _property(file: _Compound, tag: str) -> str:
    for kind in ("001F", "001E"):
        if raw := _stream(file, f"__substg1.0_{tag}{kind}"):
            return raw.decode("utf-16-le", "replace") if kind == "001F" else _loose(raw)
    return ""


def _markup(file: _Compound) -> str:
    raw = _stream(file, "__substg1.0_10130102")
    if not raw:
        return _property(file, "1013")
    charset = re.search(rb"charset\s?=\s?[\"']?([\w-]{1,40})", raw[:4000])
    return _loose(raw, charset[1].decode() if charset else "")


def _stream(file: _Compound, name: str) -> bytes:
    return file.openstream(name).read(_MAX_DECODED) if file.exists(name) else b""
