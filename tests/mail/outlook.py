"""Builds Outlook's message files (compound files, MS-CFB) by hand, as small as they may be."""

from __future__ import annotations

from collections.abc import Mapping

SECTOR = 512
SMALL_SECTOR = 64
SMALL = 4096
"""Streams shorter than this stand in the stream of small sectors."""
END = 0xFFFFFFFE
FREE = 0xFFFFFFFF
_FAT_SECTOR = 0xFFFFFFFD
_STREAM, _ROOT = 2, 5


def message(properties: Mapping[str, str], *, wide: bool = True, more: Mapping[str, bytes] | None = None) -> bytes:
    """An Outlook message with text properties ("0037": the subject) in UTF-16, or in UTF-8 if not wide.

    Args:
        more: other streams by name.
    """
    streams = {
        f"__substg1.0_{tag}{'001F' if wide else '001E'}": text.encode("utf-16-le" if wide else "utf-8")
        for tag, text in properties.items()
    }
    return compound({"__properties_version1.0": bytes(32), **streams, **(more or {})})


def compound(streams: Mapping[str, bytes]) -> bytes:
    """A compound file with these streams in its root."""
    sectors: list[bytes] = []
    chains: list[int] = []
    small, small_chains = bytearray(), list[int]()
    starts = {}
    for name, data in streams.items():
        if len(data) >= SMALL:
            starts[name] = _append(sectors, chains, data)
        else:
            starts[name] = len(small_chains) if data else END
            count = -(-len(data) // SMALL_SECTOR)
            small_chains += [*range(len(small_chains) + 1, len(small_chains) + count), *([END] if count else [])]
            small += data.ljust(count * SMALL_SECTOR, b"\0")
    root = _append(sectors, chains, bytes(small))
    small_table = _append(sectors, chains, _numbers(small_chains))
    directory = _append(sectors, chains, _directory(streams, starts, root, len(small)))
    tables = -(-len(sectors) // (SECTOR // 4 - 1))
    first_table = len(sectors)
    chains += [_FAT_SECTOR] * tables
    content = b"".join(sectors) + _numbers(chains).ljust(tables * SECTOR, b"\xff")
    header = bytearray(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + b"\x3e\0\x03\0\xfe\xff\x09\0\x06\0" + bytes(6))
    small_tables = -(-len(small_chains) * 4 // SECTOR)
    header += _numbers([0, tables, directory, 0, SMALL, small_table, small_tables, END, 0])
    header += _numbers(list(range(first_table, first_table + tables)))
    return bytes(header.ljust(SECTOR, b"\xff")) + content


def _append(sectors: list[bytes], chains: list[int], data: bytes) -> int:
    """Put a stream behind the sectors there are; its first sector."""
    if not data:
        return END
    first = len(sectors)
    sectors += [data[place : place + SECTOR].ljust(SECTOR, b"\0") for place in range(0, len(data), SECTOR)]
    chains += [*range(first + 1, len(sectors)), END]
    return first


def _directory(streams: Mapping[str, bytes], starts: Mapping[str, int], root: int, small: int) -> bytes:
    """The root and its streams, those as a balanced tree."""
    names = sorted(streams, key=lambda name: (len(name), name.upper()))
    around: dict[int, tuple[int, int]] = {}

    def middle(low: int, high: int) -> int:
        if low >= high:
            return FREE
        place = (low + high) // 2
        around[place] = (middle(low, place), middle(place + 1, high))
        return place + 1

    top = middle(0, len(names))
    entries = [_entry("Root Entry", _ROOT, (FREE, FREE), top, root, small)]
    entries += [
        _entry(name, _STREAM, around[place], FREE, starts[name], len(streams[name])) for place, name in enumerate(names)
    ]
    return b"".join(entries)


def _entry(name: str, kind: int, around: tuple[int, int], child: int, start: int, size: int) -> bytes:
    title = name.encode("utf-16-le")
    head = title.ljust(64, b"\0") + (len(title) + 2).to_bytes(2, "little") + bytes([kind, 1])
    return head + _numbers([*around, child]) + bytes(36) + _numbers([start, size, 0])


def _numbers(values: list[int]) -> bytes:
    return b"".join(value.to_bytes(4, "little") for value in values)
