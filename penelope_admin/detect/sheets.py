"""Reads the cells of a workbook in a process of its own: a small file can take all memory there is, or end the process.

The workbook comes in on stdin. Out come lines of JSON: how many sheets there are; for each its name, then its rows in
lists; and at last that this was all. What is missing at the end was not read.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from io import BytesIO
from itertools import islice

ROWS = 100
"""Rows in a line."""
DONE, PASSWORD, BROKEN = "done", "password", "broken"
"""How it ended."""


if sys.platform == "win32":

    def limit(memory: int, seconds: int) -> None:
        """As below."""
        import ctypes
        from ctypes import wintypes

        size = ctypes.c_size_t

        class Limits(ctypes.Structure):  # JOBOBJECT_EXTENDED_LIMIT_INFORMATION
            _fields_ = (
                *(("process_time", ctypes.c_int64), ("job_time", ctypes.c_int64), ("flags", wintypes.DWORD)),
                *(("least", size), ("most", size), ("processes", wintypes.DWORD), ("affinity", size)),
                *(("priority", wintypes.DWORD), ("scheduling", wintypes.DWORD), ("io", ctypes.c_uint64 * 6)),
                *(("process_memory", size), ("job_memory", size), ("process_peak", size), ("job_peak", size)),
            )

        by_time, by_memory, kind = 0x2, 0x100, 9
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.CreateJobObjectW.restype = kernel.GetCurrentProcess.restype = wintypes.HANDLE
        job = wintypes.HANDLE(kernel.CreateJobObjectW(None, None))
        limits = Limits(process_time=seconds * 10**7, flags=by_time | by_memory, process_memory=memory)
        done = kernel.SetInformationJobObject(job, kind, ctypes.byref(limits), ctypes.sizeof(limits))
        if not done or not kernel.AssignProcessToJobObject(job, wintypes.HANDLE(kernel.GetCurrentProcess())):
            raise ctypes.WinError(ctypes.get_last_error())

else:

    def limit(memory: int, seconds: int) -> None:
        """Let the system end this process where it takes more memory in bytes, or more of the processor's time.

        Raises:
            OSError: the system will not.
        """
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # it would hold what is in the file


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
    memory, seconds = map(int, sys.argv[-2:])
    limit(memory, seconds)
    for line in lines(sys.stdin.buffer.read()):
        sys.stdout.write(json.dumps(line, default=str) + "\n")
    sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
