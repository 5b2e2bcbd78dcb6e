"""`python -m tests.bench.detect [PART]... [--rows N] [--show N]`: wrong verdicts by class.

A file of people is right if it is "real", tolerable if nobody can tell, and wrong if it is called de-identified.
"""

from __future__ import annotations

import argparse
import csv
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from penelope_admin.services.mirror import proof
from tests.bench.detect import files, harmless, more, people, presidio, third, tickets
from tests.regions import REGION

PEOPLE_ROWS = 300
FEW, FEW_AMONG = 40, 5000
NOTES = (
    "Seen today with her sister. {} Back on Monday.", "{}", "Spoke for a while about school.\n{}\nWill follow up.",
    "Client asked for a letter; {}, as agreed.", "- {}",
)  # fmt: skip
PLACES = {"number": ("home_phone", "field7", "notes"), "address": ("email_address", "field7", "notes")}


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def write(file: Path, columns: dict[str, Sequence[str]]) -> Path:
    """A CSV file of columns that are equally long."""
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    return file


def clean(rows: int) -> list[str]:
    """Addresses that were de-identified."""
    return [f"user{number}@example.com" for number in range(rows)]


class Board:
    """Verdicts by class."""

    def __init__(self, show: int) -> None:
        self.show, self.found = show, dict[str, Counter[str]]()
        self.wrong: dict[str, list[str]] = {}

    def add(self, group: str, verdict: str, case: str, right: Iterable[str]) -> None:
        """Count a verdict; what is not right is kept to be shown."""
        self.found.setdefault(group, Counter())[verdict] += 1
        if verdict not in right:
            self.wrong.setdefault(group, []).append(f"{verdict}: {case}")

    def print(self) -> None:
        """The table, and some of what was wrong."""
        for group, counts in self.found.items():
            told = ", ".join(f"{verdict} {count}" for verdict, count in sorted(counts.items()))
            say(f"{group:44} {sum(counts.values()):5}  {told}")
        for group, cases in self.wrong.items():
            for case in cases[: self.show]:
                say(f"  {group}: {case}")


def judged(file: Path, region: str) -> Any:
    return proof.examine(REGION[region], [file])


def of_people(scratch: Path, board: Board, ways: dict[str, Any], pool: Callable[[str], Any], what: str) -> None:
    """Every way of writing, in every region and place."""
    for name, way in ways.items():
        for region in people.REGIONS:
            chance = random.Random(f"{name} {region}")
            values = [way(item, chance) for item in pool(region)[:PEOPLE_ROWS]]
            for place in PLACES[what]:
                told = [chance.choice(NOTES).replace("{}", value) for value in values] if place == "notes" else values
                ids = [str(number) for number in range(PEOPLE_ROWS)]
                file = write(scratch / "x.csv", {"id": ids, "email": clean(PEOPLE_ROWS), place: told})
                verdict = judged(file, region).verdict
                board.add(f"people, {what}s, {place}", verdict, f"{name} ({region}): {told[0]!r}", ("real",))


def of_few(scratch: Path, board: Board, ways: dict[str, Any], pool: Callable[[str], Any], what: str) -> None:
    """Forty people in every way of writing among five thousand rows that are masked, or notes without contacts."""
    for name, way in ways.items():
        for region in people.REGIONS:
            chance = random.Random(f"few {name} {region}")
            masked = harmless.MASKED_PHONES["fictional, national"] if what == "number" else None
            for place in PLACES[what]:
                told = clean(FEW_AMONG)
                if place == "notes":
                    told = [
                        f"Seen on {harmless.moment('%Y-%m-%d')(chance, 0, '')}, ref {chance.randrange(10**6)}"
                        for _ in told
                    ]
                elif masked is not None:
                    told = [masked(chance, number, region) for number in range(FEW_AMONG)]
                for index, item in enumerate(pool(region)[:FEW]):
                    value = way(item, chance)
                    told[index * (FEW_AMONG // FEW)] = (
                        chance.choice(NOTES).replace("{}", value) if place == "notes" else value
                    )
                file = write(scratch / "x.csv", {"email": clean(FEW_AMONG), place: told})
                verdict = judged(file, region).verdict
                board.add(f"few, {what}s, {place}", verdict, f"{name} ({region}): {told[0]!r}", ("real", "cannot-tell"))


def of_readable(scratch: Path, board: Board) -> None:
    """Addresses that reach nobody and can be read."""
    for name, way in people.READABLE_WAYS.items():
        chance = random.Random(name)
        values = [way(item, chance) for item in people.addresses("CA")[:PEOPLE_ROWS]]
        verdict = judged(write(scratch / "x.csv", {"email": values}), "CA").verdict
        board.add("readable addresses", verdict, name, ("cannot-tell",))
    for name, column in harmless.UNDECIDED.items():
        chance = random.Random(name)
        values = [column(chance, number, "CA") for number in range(1000)]
        verdict = judged(write(scratch / "x.csv", {"email": values}), "CA").verdict
        board.add("nobody can tell", verdict, name, ("cannot-tell",))


def of_masked(scratch: Path, board: Board, rows: int) -> None:
    """Masked columns, alone and beside others."""
    for kind, styles in (("email_address", harmless.MASKED_MAIL), ("home_phone", harmless.MASKED_PHONES)):
        for name, column in styles.items():
            for region in people.REGIONS:
                chance = random.Random(f"{name} {region}")
                values = [column(chance, number, region) for number in range(rows)]
                verdict = judged(write(scratch / "x.csv", {"email": clean(rows), kind: values}), region).verdict
                board.add(f"masked, {kind}", verdict, f"{name} ({region}): {values[0]}", ("de-identified",))


def of_harmless(scratch: Path, board: Board, rows: int, columns: dict[str, Any] = harmless.HARMLESS) -> None:
    """Columns of other things, under a name that does not say so."""
    for name, column in columns.items():
        for region in people.REGIONS:
            chance = random.Random(f"{name} {region}")
            values = [column(chance, number, region) for number in range(rows)]
            file = write(scratch / "x.csv", {"email": clean(rows), "field7": values})
            board.add("harmless", judged(file, region).verdict, f"{name} ({region}): {values[0]}", ("de-identified",))


def of_third(scratch: Path, board: Board) -> None:
    """Numbers from abroad, and contacts that lie anywhere."""
    for group, cases in (("numbers from abroad", third.abroad()), ("contacts anywhere", third.anywhere())):
        for name, region, columns in cases:
            rows = len(next(iter(columns.values())))
            file = write(scratch / "x.csv", {"email": clean(rows), **columns})
            board.add(group, judged(file, region).verdict, f"{name} ({region})", ("real", "cannot-tell"))


def of_files(scratch: Path, board: Board) -> None:
    """Workbooks and folders."""
    for group, name, path, right in files.cases(scratch):
        board.add(group, proof.examine(REGION["CA"], [path]).verdict, name, right)


def of_a_million(scratch: Path, board: Board, rows: int) -> None:
    """One real contact among many masked ones: it must not be overlooked."""
    for region in people.REGIONS:
        for index, real in enumerate(harmless.REAL_AMONG):
            chance = random.Random(f"{region} {index}")
            column = (harmless.MASKED_PHONES["fictional, national"], harmless.MASKED_MAIL["user at example.com"])[index]
            values = [column(chance, number, region) for number in range(rows)]
            values[chance.randrange(rows)] = real(chance, region)
            verdict = judged(write(scratch / "x.csv", {("phone", "email")[index]: values}), region).verdict
            board.add(f"one real among {rows:,}", verdict, region, ("cannot-tell", "real"))


def main() -> None:
    """What is asked for, or all of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("parts", nargs="*")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--show", type=int, default=12)
    given = parser.parse_args()
    board, started = Board(given.show), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        parts: dict[str, Callable[[], None]] = {
            "people": lambda: (
                of_people(scratch, board, people.NUMBER_WAYS, people.numbers, "number"),
                of_people(scratch, board, people.ADDRESS_WAYS, people.addresses, "address"),
            )[0],
            "few": lambda: (
                of_few(scratch, board, people.NUMBER_WAYS, people.numbers, "number"),
                of_few(scratch, board, people.ADDRESS_WAYS, people.addresses, "address"),
            )[0],
            "readable": lambda: of_readable(scratch, board),
            "masked": lambda: of_masked(scratch, board, min(given.rows, 1000)),
            "harmless": lambda: of_harmless(scratch, board, given.rows),
            "million": lambda: of_a_million(scratch, board, 10 * given.rows),
            "more": lambda: (
                of_people(scratch, board, more.NUMBER_WAYS, people.numbers, "number"),
                of_people(scratch, board, more.ADDRESS_WAYS, people.addresses, "address"),
                of_harmless(scratch, board, min(given.rows, 4000), more.HARMLESS),
            )[0],
            "third": lambda: (
                of_people(scratch, board, third.NUMBER_WAYS, people.numbers, "number"),
                of_people(scratch, board, third.ADDRESS_WAYS, people.addresses, "address"),
                of_third(scratch, board),
            )[0],
            "files": lambda: of_files(scratch, board),
            "texts": lambda: tickets.measure(say),
            "presidio": lambda: presidio.measure(say),
        }
        for name in given.parts or parts:
            parts[name]()
    board.print()
    say(f"{time.process_time() - started:.0f} s of the processor's time")


if __name__ == "__main__":
    main()
