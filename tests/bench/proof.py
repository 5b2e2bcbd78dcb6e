"""`python -m tests.bench.proof [MB] [speed]`: how fast an export is checked, in how much memory, and how well.

The floor is a plain pass of Python's own CSV reader over the same file, run in turn with the check.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from penelope_admin.services.mirror import proof
from tests.bench.exports import Exports, grow, write
from tests.regions import REGION

ROOT = Path(__file__).resolve().parents[2]
MEGABYTES = 1000
RUNS = 5
ROWS_PER_MB = 2380
ROWS = 1_000_000
PLANTED = 100_000
FLOOR = """
import csv, sys
with open(sys.argv[1], newline="", encoding="utf-8") as file:
    for row in csv.reader(file):
        pass
"""


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def run(*arguments: str, code: int = 0) -> tuple[float, float]:
    """Run a Python program on one core to its end: the processor's seconds, which others take none of, and its peak
    memory in MiB.
    """
    command = [sys.executable, "-S", str(ROOT / "tests" / "bench" / "measure.py"), sys.executable, *arguments]
    one_core = {"preexec_fn": lambda: os.sched_setaffinity(0, {0})} if hasattr(os, "sched_setaffinity") else {}
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, **one_core)  # type: ignore[call-overload]
    _, kib, status, seconds = done.stdout.splitlines()[-1].split()
    if os.waitstatus_to_exitcode(int(status)) != code:
        raise SystemExit(f"{arguments} ended with status {status}: {done.stderr}")
    return float(seconds), float(kib) / 1024


def distinct(file: Path, megabytes: int) -> None:
    """De-identified rows of which hardly two are alike."""
    write(file, Exports("CA").rows(1, megabytes * ROWS_PER_MB))


def of_people(file: Path, megabytes: int) -> None:
    """The same with contacts that look real in every row, each once."""
    exports = Exports("CA")
    write(file, exports.rows(1, megabytes * ROWS_PER_MB, exports.people))


def repeated(file: Path, megabytes: int) -> None:
    """De-identified rows that come again and again."""
    distinct(file, 60)
    grow(file, megabytes * 1_000_000)


KINDS = {"distinct": distinct, "people": of_people, "repeated": repeated}


def speed(scratch: Path, megabytes: int, kind: str) -> None:
    """A large file of 20 columns, by the command line and by the floor, in turn, each on one core."""
    file = scratch / "large.csv"
    KINDS[kind](file, megabytes)
    size = file.stat().st_size / 1_000_000
    ours, floor = [], []
    check = (str(ROOT / "main.py"), "--home", str(scratch / "home"), "check-data", str(file), "--region", "CA")
    for _ in range(RUNS):
        ours.append(run(*check, code=int(kind == "people")))
        floor.append(run("-c", FLOOR, str(file)))
    seconds, memory = (statistics.median(column) for column in zip(*ours, strict=True))
    plain = statistics.median(column for column, _ in floor)
    say(f"Check of {size:,.0f} MB of CSV, {kind}, one core: {seconds:.2f} s, {memory:.0f} MiB at most")
    ratios = sorted(one / other for (one, _), (other, _) in zip(ours, floor, strict=True))
    say(f"  {seconds / plain:.2f} times Python's csv reader alone, which took {plain:.2f} s")
    say(f"  single runs {ratios[0]:.2f} to {ratios[-1]:.2f} times")
    file.unlink()


def false_alarms(scratch: Path) -> None:
    """A million rows in which nobody's contact details are."""
    alarms, each = 0, ROWS // len(REGION)
    verdicts = set()
    for region in REGION:
        file = scratch / f"{region}.csv"
        write(file, Exports(region, seed=7).rows(1, each))
        found = proof.examine(REGION[region], [file])
        alarms += sum(column.email_like + column.phone_like for column in found.files[0].columns)
        verdicts.add(f"{found.verdict}, {found.confidence}")
        file.unlink()
    say(f"De-identified: {alarms} false alarms in {ROWS:,} rows ({100 * alarms / ROWS:.4f} %); verdicts: {verdicts}")


def recall(scratch: Path) -> None:
    """Contacts planted one to a row, half of them addresses, among as many rows without."""
    found, each = 0, PLANTED // len(REGION)
    verdicts = set()
    for region in REGION:
        exports, file = Exports(region, seed=11), scratch / f"{region}.csv"

        def change(number: int, row: list[object], exports: Exports = exports) -> None:
            if number % 2:
                exports.plant(row, address=number % 4 == 1)

        write(file, exports.rows(1, 2 * each, change))
        judged = proof.examine(REGION[region], [file])
        hits = sum(column.email_like + column.phone_like for column in judged.files[0].columns)
        say(f"  {region}: {hits:,} of {each:,}")
        found += min(hits, each)
        verdicts.add(judged.verdict)
        file.unlink()
    say(f"Planted: {found:,} of {PLANTED:,} found ({100 * found / PLANTED:.3f} %); verdicts: {verdicts}")


def measure(megabytes: int = MEGABYTES, *, only_speed: bool = False) -> None:
    """All of it, in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory() as scratch:
        if not only_speed:
            recall(Path(scratch))
            false_alarms(Path(scratch))
        for kind in KINDS:
            speed(Path(scratch), megabytes, kind)


if __name__ == "__main__":
    measure(int(sys.argv[1]) if len(sys.argv) > 1 else MEGABYTES, only_speed="speed" in sys.argv)
