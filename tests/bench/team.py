"""`python -m tests.bench.team [minutes]`: how long one toggle takes when fifty people of a team work at once.

Each has a program of their own on one PostgreSQL server, switches a feature, and pauses for five seconds on average.
The programs are threads of a few processes, so that fifty fit into the memory of a small computer.
"""

from __future__ import annotations

import json
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from penelope_admin import services
from penelope_admin.app import App
from penelope_admin.domain.agency import Profile
from penelope_admin.domain.features import Acknowledgement, Change
from penelope_admin.errors import ConflictError
from penelope_admin.services.mirror import environments
from tests.postgresql import NoServerError, running

PROCESSES, EACH = 5, 10
PAUSE_SECONDS = 5.0
START_SECONDS = 5.0
"""Until every program has started."""
PEOPLE = "--people"
FEATURES = ("general-ledger", "external-communications.worker-delivery")
SURE = Acknowledgement(phi=True, environment="mirrored", queue_empty=True)
Taken = list[tuple[float, bool]]
"""Seconds of each toggle, and whether somebody had been there before."""


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def person(number: int, app: App, until: float, taken: Taken) -> None:
    """Toggle and pause until the time is over; time.time() is the same clock in every process."""
    chance = random.Random(number)
    context, feature = app.context, FEATURES[number % len(FEATURES)]
    context.read(services.features.find_all)  # nobody toggles what they have not looked at
    change: Change = "enable" if number % 2 else "disable"
    while (pause := chance.uniform(0, 2 * PAUSE_SECONDS)) + time.time() < until:
        time.sleep(pause)
        began = time.perf_counter()
        try:
            context.write(
                services.features.switch, feature, change, reason="Test", acknowledgement=SURE, already_done=True
            )  # fmt: skip
            was_first = True
        except ConflictError:
            was_first = False
        taken.append((time.perf_counter() - began, was_first))
        change = "disable" if change == "enable" else "enable"
    app.forget_database()


def people(first: int, home: Path, url: str, until: float) -> Taken:
    """Some of them, in this process."""
    taken: Taken = []
    threads = []
    for number in range(first, first + EACH):
        app = App(home / str(number), database=url)  # here, for a program reads its rules in its main thread
        app.__dict__["actor"] = f"person{number}"
        threads.append(threading.Thread(target=person, args=(number, app, until, taken)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return taken


def measure(minutes: float = 1.0) -> None:
    """Print the median and the 95th percentile, with few and with many switches on record."""
    try:
        with running() as url, tempfile.TemporaryDirectory() as scratch:
            _measure(url, Path(scratch), minutes)
    except NoServerError as error:
        say(f"A team of {PROCESSES * EACH} on PostgreSQL: not measured, {error}")


def _measure(url: str, home: Path, minutes: float) -> None:
    app = App(home / "first", database=url)
    app.context.write(
        services.agency.set_up,
        Profile(name="Team Agency", region="CA", zone="America/Winnipeg", environments=("production", "mirrored")),
    )
    long_ago = datetime.now(UTC) - timedelta(days=400)
    app.context.write(environments.record_event, "mirrored", "upgraded", long_ago)
    for many in (40, 10_000):
        with app.context.writing() as work:
            for nth in range(many):
                at, outcome = long_ago + timedelta(minutes=nth + 1), ("on", "off")[nth % 2]
                work.add_event("mirrored", "switched", at, feature=FEATURES[0], outcome=outcome)
        taken = _work(url, home, minutes * 60)
        seconds = sorted(second for second, _ in taken)
        p95 = seconds[int(len(seconds) * 0.95)]
        conflicts = sum(not was_first for _, was_first in taken)
        say(
            f"A team of {PROCESSES * EACH} on PostgreSQL, after {many:,} more switches: {len(taken)} toggles in "
            f"{minutes:g} minutes, median {statistics.median(seconds) * 1000:.0f} ms, 95th percentile "
            f"{p95 * 1000:.0f} ms, longest {seconds[-1] * 1000:.0f} ms; {conflicts} came second to somebody else"
        )
    app.forget_database()


def _work(url: str, home: Path, seconds: float) -> Taken:
    until = str(time.time() + seconds + START_SECONDS)
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.bench.team", PEOPLE, str(nth * EACH), str(home), url, until],
            stdout=subprocess.PIPE,
        )
        for nth in range(PROCESSES)
    ]
    printed = [worker.communicate()[0] for worker in workers]
    if any(worker.returncode for worker in workers):
        raise SystemExit(f"some of the team's programs failed: {[worker.returncode for worker in workers]}")
    return [(float(took), bool(was_first)) for part in printed for took, was_first in json.loads(part)]


if __name__ == "__main__":
    if PEOPLE in sys.argv:
        _, _, first, home, url, until = sys.argv
        say(json.dumps(people(int(first), Path(home), url, float(until))))
    else:
        measure(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)
