"""Text that is in no table: lines of any file, the XML inside of packed documents, what a workbook has besides cells.

It comes in pieces of bounded size, as the values of one column.
"""

from __future__ import annotations

import codecs
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from typing import IO

PIECE = 1 << 20
"""Bytes of text that come together."""
OVERLAP = 400
"""Bytes that two pieces share where nothing divides the text; no contact is longer."""
MAX_PART = 4 << 20
"""Bytes of a part of a workbook that is neither a sheet nor its texts, and is read whole."""
_MARKUP = 64 << 10  # likewise of mark-up, where what is looked for begins with its tag
_DIVIDES = re.compile(rb"[\s,;<>{}|]")
_TAG = re.compile(rb"<[^<>]{0,65536}>")
_STYLES = re.compile(
    # All up to the next tag of its kind, which ends it.
    rb"<(?:\w{1,30}:)?rPr\b[^<>]{0,4000}(?<!/)>(?:[^<]*<(?!/?(?:\w{1,30}:)?rPr\b))*[^<]*</(?:\w{1,30}:)?rPr>"
)
"""How some letters of a text look."""
_WITHIN = re.compile(
    rb"</(?:\w{1,30}:)?t>(?=<(?:\w{1,30}:)?t[\s/>])"  # of a list: those of a text have runs between them
    rb"|</?(?:\w{1,30}:)?(r|t|rPr|span|a|hyperlink|ins|smartTag|proofErr|bookmark(?:Start|End)?|noBreakHyphen|s)"
    rb"(?:[\s/][^<>]{0,4000})?>"
)
"""Tags that divide no word: programs begin anew in the middle of a number that was corrected."""
_STANDS_FOR = {None: b"\n", b"noBreakHyphen": b"-", b"s": b" "}
_ATTRIBUTES = re.compile(rb"""=\s{0,9}(?:"([^"<>]{3,})"|'([^'<>]{3,})')""")
_TELLING = re.compile(rb"@|%40|(?:[0-9][^0-9]{0,6}){7}")  # attributes are many, and most say how things look
_LINK = re.compile(rb"""<Relationship\b[^<>]*TargetMode\s*=\s*["']External["'][^<>]*>""")
_FROM_SHEET = re.compile(
    rb"<(?:\w{1,30}:)?(?:f|formula[12]?|definedName|(?:odd|even|first)(?:Header|Footer))\b[^<>]*>([^<>]{3,})<"
    rb"|<(?:\w{1,30}:)?(?:hyperlink|dataValidation|customSheetView)\b([^<>]*)>"
)
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".emf", ".wmf", ".tif", ".tiff", ".svg", ".wdp")
_OURS = re.compile(
    r"\[content_types\]\.xml|docprops/app\.xml"
    r"|xl/(?:(?:table)?styles\.xml|calcchain\.(?:xml|bin)|theme/[\w/]+\.xml(?:\.rels)?|printersettings/\w+\.bin)"
)
"""Parts that hold colours, fonts, the order of sums, and counts."""
_OPEN_OURS = ("mimetype", "settings.xml", "meta-inf/manifest.xml")

_WIDE = re.compile(rb"(?:[\x20-\x7e\xa0-\xff]\x00){6,}")
_NARROW = re.compile(rb"[\x20-\x7e\xa0-\xff]{6,}")
_HOLDER = rb"(?:office:annotation|draw:frame|table:content-validation)\b"
_BESIDE_CELLS = re.compile(
    # A tag, and all up to the next one of its kind, which ends it or is one within it.
    rb"<" + _HOLDER + rb"[^<>]*(?<!/)>[^<]*(?:<(?!/?" + _HOLDER + rb")[^<]*)*"
    rb"|<table:(?:named-expression|content-validation)\b[^<>]*>"
    rb"|xlink:href=\"[^\"<>]{3,2000}\"|table:formula=\"[^\"<>]{3,4000}\""
)
"""What an OpenDocument sheet has beside the texts of its cells."""
_BINARY_CELLS = re.compile(
    r"xl/(?:worksheets/(?:sheet|binaryindex)\d+|workbook|styles|sharedstrings|metadata|comments\d*)\.bin"
)
PICTURES = "It holds pictures."
OTHERS = "It holds parts that are neither cells nor text, such as macros or embedded files."

Check = Callable[[], object]
_Reader = Callable[[IO[bytes], Check], Iterator[list[bytes]]]


def pieces(blocks: Iterator[bytes]) -> Iterator[list[bytes]]:
    """Text in lists of lines, each line no longer than a piece."""
    rest = b""
    for block in blocks:
        rest += block
        while len(rest) >= PIECE:
            if cut := rest.rfind(b"\n", 0, PIECE) + 1:
                yield rest[:cut].splitlines()
                rest = rest[cut:]
            else:
                end, after = PIECE, PIECE - OVERLAP
                for match in _DIVIDES.finditer(rest, PIECE - 4 * OVERLAP, PIECE):
                    end = after = match.end()
                yield [rest[:end]]
                rest = rest[after:]
    if rest.strip():
        yield rest.splitlines()


def decoder_of(first: bytes) -> codecs.IncrementalDecoder | None:
    """What turns UTF-16 and UTF-32 into text, by their first bytes; None for encodings that have ASCII in them."""
    name, sample = None, first[:4096]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if first.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        name = "utf-32"
    elif first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        name = "utf-16"
    elif max(even, odd) > len(sample) // 6 and min(even, odd) <= max(even, odd) // 8:
        name = "utf-16-le" if odd > even else "utf-16-be"
    return codecs.getincrementaldecoder(name)("replace") if name else None


def _raw_blocks(stream: IO[bytes]) -> Iterator[bytes]:
    return iter(lambda: stream.read(PIECE), b"")


def blocks_of_xml(stream: IO[bytes]) -> Iterator[bytes]:
    """What is in a part of XML, piece by piece and in UTF-8.

    Raises:
        ValueError: it is none: damaged, or encrypted.
    """
    decoder = None
    for number, data in enumerate(_raw_blocks(stream)):
        if not number:
            decoder = decoder_of(data)
        text = data if decoder is None else decoder.decode(data).encode("utf-8", "replace")
        if not number and not text.lstrip(codecs.BOM_UTF8 + b" \t\r\n").startswith(b"<"):
            raise ValueError("this is no XML")
        yield text


def texts_of_xml(data: bytes) -> list[bytes]:
    """What stands between the tags of XML and in their attributes, in UTF-8."""
    attributes = [value for pair in _ATTRIBUTES.findall(data) for value in pair if _TELLING.search(value)]
    # Tags within a word are left out, others end it: "204-</t></r><r><t>942" is one number, two cells are two.
    joined = _WITHIN.sub(lambda tag: _STANDS_FOR.get(tag[1], b""), _STYLES.sub(b"", data))
    return [*attributes, *(part for part in _TAG.sub(b"\n", joined).splitlines() if part.strip())]


def beside_cells(
    archive: zipfile.ZipFile, sheets: Sequence[str], strings: str, check: Check
) -> Iterator[tuple[list[bytes], str]]:
    """What a workbook holds besides its cells: links, comments, text boxes, headers, names, formulas.

    Args:
        sheets, strings: parts that are read as cells.
        check: is asked now and then whether to go on.

    Yields:
        Texts; or a sentence why a part was not examined.
    """
    for part in archive.infolist():
        name = part.filename.lower()
        if part.filename in sheets:
            yield from _through(archive, part, _from_sheet, check)
        elif _BINARY_CELLS.fullmatch(name):
            yield from _through(archive, part, texts_of_binary, check)
        elif part.filename != strings and not part.is_dir() and not _OURS.fullmatch(name):
            yield from _small_part(archive, part, check)


def beside_open_cells(archive: zipfile.ZipFile, check: Check) -> Iterator[tuple[list[bytes], str]]:
    """As `beside_cells`, for a sheet of OpenDocument: notes, links, text boxes, formulas, headers, names."""
    for part in archive.infolist():
        name = part.filename.lower()
        if name == "content.xml":
            yield from _through(archive, part, _from_content, check)
        elif part.file_size and name not in _OPEN_OURS and not name.endswith(".rdf"):
            yield from _small_part(archive, part, check)


def _small_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo, check: Check) -> Iterator[tuple[list[bytes], str]]:
    """The texts of a part of XML that is read whole; of one that names others, its links."""
    name = part.filename.lower()
    check()
    if name.endswith(_PICTURES):
        yield [], PICTURES
    elif not name.endswith((".xml", ".rels", ".vml")):
        yield [], OTHERS
    elif part.file_size > MAX_PART:
        yield [], f"Its part {part.filename[:80]} is too large to be read."
    else:
        with archive.open(part) as stream:
            data = b"".join(blocks_of_xml(stream))
        if name.endswith(".rels"):
            data = b"".join(_LINK.findall(data))
        yield texts_of_xml(data), ""


def _through(
    archive: zipfile.ZipFile, part: zipfile.ZipInfo, reader: _Reader, check: Check
) -> Iterator[tuple[list[bytes], str]]:
    """The texts of a part that may be large."""
    with archive.open(part) as stream:
        for texts in reader(stream, check):
            yield texts, ""


def texts_of_binary(stream: IO[bytes], check: Check) -> Iterator[list[bytes]]:
    """Texts in a file that is no text, as far as they tell of a contact: in one or two bytes a character."""
    for part in _stretches(_raw_blocks(stream), check, OVERLAP):
        wide = (match.replace(b"\0", b"").decode("latin-1").encode() for match in _WIDE.findall(part))
        narrow = (match.decode("latin-1").encode() for match in _NARROW.findall(part))
        if texts := [text for text in (*wide, *narrow) if _TELLING.search(text)]:
            yield texts


def _stretches(blocks: Iterator[bytes], check: Check, shared: int) -> Iterator[bytes]:
    """Some pieces, each with the end of the one before: what is looked for may be divided."""
    rest = b""
    for data in blocks:
        check()
        rest += data
        yield rest
        rest = rest[-shared:]


def _from_content(stream: IO[bytes], check: Check) -> Iterator[list[bytes]]:
    """What an OpenDocument sheet has beside the text of its cells."""
    for part in _stretches(blocks_of_xml(stream), check, _MARKUP):
        if texts := [text for match in _BESIDE_CELLS.findall(part) for text in texts_of_xml(b"<x " + match)]:
            yield texts


def _from_sheet(stream: IO[bytes], check: Check) -> Iterator[list[bytes]]:
    """Formulas, links and headers of a sheet, which may be large."""
    for part in _stretches(blocks_of_xml(stream), check, _MARKUP):
        if pairs := _FROM_SHEET.findall(part):
            yield [first or b" ".join(texts_of_xml(b"<x " + second + b">")) for first, second in pairs]
