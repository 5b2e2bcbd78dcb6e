"""`python -m tests.bench.conflicts [how many]`: 24 windows in a large calendar, then so many malformed ones (10,000).

Each is read in a process of its own, as the program does it: seconds on the wall, and the peak memory of the largest.
"""

from __future__ import annotations

import random
import resource
import statistics
import sys
import tempfile
import time
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from penelope_admin.domain.conflicts import Span
from penelope_admin.domain.windows import Calendar
from penelope_admin.errors import BadInputError
from penelope_admin.files import resource as shipped
from penelope_admin.gateways import occurrences
from penelope_admin.policy import load
from tests.gateways.test_occurrences import calendar, malformed

EVENTS, REPEATED_OF = 50_000, 10
RUNS = 5
NOW = datetime(2026, 12, 1, tzinfo=UTC)
ZONE = ZoneInfo("America/Resolute")
RULES = (
    "FREQ=WEEKLY;BYDAY=MO,WE,FR", "FREQ=DAILY", "FREQ=MONTHLY;BYDAY=2SA", "FREQ=WEEKLY;INTERVAL=2", "FREQ=YEARLY",
    "FREQ=WEEKLY;UNTIL=20290101T000000Z",
)  # fmt: skip


def large() -> str:
    """A calendar of six years, in which one entry of ten comes back."""
    chance, first = random.Random(1), date(2021, 1, 1)

    def event(number: int) -> str:
        day = first + timedelta(days=chance.randrange(6 * 365))
        at = f"{day:%Y%m%d}T{chance.randrange(7, 22):02}{chance.choice(('00', '30'))}00"
        rule = f"\nRRULE:{chance.choice(RULES)}" if number % REPEATED_OF == 0 else ""
        return (
            f"UID:{number}@agency.example\nDTSTAMP:20260101T000000Z\nSUMMARY:Group {number}\nDURATION:PT1H\n"
            f"DTSTART;TZID=America/Winnipeg:{at}\nLOCATION:Room 3\nDESCRIPTION:What it is about\nSTATUS:CONFIRMED{rule}"
        )

    return calendar(*map(event, range(EVENTS)))


def measure(file: Path, spans: tuple[Span, ...]) -> tuple[float, float]:
    """What reading a file once takes, in seconds: on the wall, and of the processor."""
    occurrences.forget()
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    with suppress(BadInputError):  # that it is broken is an answer
        occurrences.read(file, ZONE, spans, file.parent)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - start, used


def main() -> int:
    """Print the figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    windows = Calendar(load(shipped("policy.toml")), "CA", ZONE).upcoming(NOW, 24)
    spans = tuple(Span(window.starts_at, window.ends_at) for window in windows)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "calendar.ics"
        file.write_text(large(), "utf-8")
        say(f"24 windows, {EVENTS:,} entries of which {EVENTS // REPEATED_OF:,} come back:")
        report([measure(file, spans) for _ in range(RUNS)])
        chance, taken = random.Random(2027), []
        for _ in range(count):
            file.write_bytes(malformed(chance))
            taken.append(measure(file, spans))
        say(f"{count:,} malformed calendars:")
        report(taken)
    return 0


def report(taken: list[tuple[float, float]]) -> None:
    """Print how long it took, and the most memory that any process of ours has taken so far."""
    for name, seconds in zip(("on the wall", "of the processor"), zip(*taken, strict=True), strict=True):
        say(f"  {name}: median {statistics.median(seconds):.2f} s, at most {max(seconds):.2f} s")
    say(f"  memory: {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024} MiB at most")


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
