"""What may take all memory or time there is runs in a process of its own: its limits, and what it says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from pathlib import Path
from typing import IO, Any

MAX_LINE = 32 << 20
"""Bytes that such a process may say at a time."""
_PATIENCE, _GLANCE = 5, 0.1  # times the processor's time; seconds
CAPS_MEMORY = sys.platform != "darwin"
"""Whether the system ends a process that takes more than it may. macOS refuses to be told so little, as every process
begins with more addresses than that; there `lines` looks how much memory it takes."""


def never() -> bool:
    """Nobody wants it to end."""
    return False


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
            OSError, ValueError: the system will not.
        """
        import resource

        if CAPS_MEMORY:
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # it would hold what is in the file


def speak(values: Callable[[IO[bytes]], Iterable[object]]) -> None:
    """What a process does that `lines` starts: within its limits it reads what it is given, and says values of it."""
    memory, seconds = map(int, sys.argv[-2:])
    limit(memory, seconds)
    # By their numbers: a program without a console has no sys.stdin and sys.stdout, though it was given pipes.
    with open(0, "rb", closefd=False) as stdin, open(1, "w", encoding="utf-8", closefd=False) as stdout:
        stdout.writelines(f"{json.dumps(value, default=str)}\n" for value in values(stdin))


def environment(**more: str) -> dict[str, str]:
    """That of this process for another one that is to find these modules, with more variables."""
    ours = str(Path(__file__).resolve().parents[1])
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (ours, os.environ.get("PYTHONPATH")))), **more}


def lines(
    command: Sequence[str], source: IO[bytes], memory: int, seconds: int, is_stopped: Callable[[], bool] = never
) -> Generator[Any]:
    """What a process says: a value of JSON in each line, up to its end or a line that is too long. Whether that was all
    is for it to say.

    Close the generator to end the process.

    Args:
        command: runs one of our modules, which calls `speak`; the two limits are put at its end.
        source: a file, which the process reads from its start as its standard input.
        memory: bytes; `seconds`: of the processor's time. It may wait five times as long.
        is_stopped: whether somebody wants it to end; asked from another thread.
    """
    source.seek(0)
    process = subprocess.Popen(  # noqa: S603 - our own program and our own module
        [*command, str(memory), str(seconds)],
        stdin=source,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(),
    )
    threading.Thread(target=_watch, args=(process, memory, seconds, is_stopped), daemon=True).start()
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    try:
        while (line := process.stdout.readline(MAX_LINE)).endswith(b"\n"):
            yield json.loads(line)
    finally:
        process.kill()
        process.stdout.close()
        process.wait()


def _watch(process: subprocess.Popen[bytes], memory: int, seconds: int, is_stopped: Callable[[], bool]) -> None:
    """End a process that somebody wants to end, that waits for more than its time, or takes too much memory."""
    until = time.monotonic() + _PATIENCE * seconds
    try:
        while process.poll() is None and not is_stopped() and time.monotonic() < until:
            if not CAPS_MEMORY and _memory_of(process.pid) > memory:
                return
            time.sleep(_GLANCE)
    finally:  # also where nobody can tell how much it takes
        process.kill()


def _memory_of(pid: int) -> int:
    """Bytes of memory that a process takes, as macOS and Linux tell alike; none once it has ended."""
    command = ["/bin/ps", "-o", "rss=", "-p", str(pid)]
    process = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - the system's own
    return int(process.stdout.strip() or 0) << 10
