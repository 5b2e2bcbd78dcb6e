"""Reads the cells of a workbook in a process of its own: a small file can take all memory there is, or end the process.

The workbook comes in on stdin. Out come lines of JSON: how many sheets there are; for each its name, then its rows in
lists; and at last that this was all. What is missing at the end was not read.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from io import BytesIO
from itertools import islice

from penelope_admin.apart import speak

ROWS = 100
"""Rows in a line."""
DONE, PASSWORD, BROKEN = "done", "password", "broken"
"""How it ended."""


def lines(data: bytes) -> Iterator[object]:
    """What is told of a workbook."""
    from python_calamine import CalamineError, PasswordError, SheetTypeEnum, load_workbook

    try:
        workbook = load_workbook(BytesIO(data))
        kinds = (SheetTypeEnum.WorkSheet, SheetTypeEnum.MacroSheet, SheetTypeEnum.DialogSheet)
        sheets = [number for number, sheet in enumerate(workbook.sheets_metadata) if sheet.typ in kinds]
        yield len(sheets)
        for number in sheets:
            sheet = workbook.get_sheet_by_index(number)
            yield sheet.name
            rows = iter(sheet.iter_rows())
            while some := list(islice(rows, ROWS)):
                yield some
    except PasswordError:
        yield {"ended": PASSWORD}
    except (CalamineError, OSError, ValueError):
        yield {"ended": BROKEN}
    else:
        yield {"ended": DONE}


def main() -> int:
    """Read stdin, and write what it holds to stdout.

    Returns:
        The exit status.
    """
    speak(lambda stream: lines(stream.read()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
