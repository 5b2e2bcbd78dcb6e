"""`make bench`: start-up and memory against a bare window, a century of windows, practice, a long activity log, pages
after years of use (`tests.bench.screens`), toggles, a team on PostgreSQL (`tests.bench.team`), and the check of exports
(`tests.bench.proof`, which can be run with less than its 1,000 MB); the last two and the pages can be run alone. What
reading 10,000 damaged notices takes is measured by `tests.bench.incoming` alone, and likewise large and malformed
calendars by `tests.bench.conflicts`.

Every figure is a median; start-up and memory are ratios to the bare window's, run in turn with it.
"""

from __future__ import annotations

import compileall
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from penelope_admin import services
from penelope_admin.clock import find_zone
from penelope_admin.domain.windows import Calendar
from penelope_admin.files import resource as shipped
from penelope_admin.gateways.settings import Settings, save
from penelope_admin.policy import Policy, load
from penelope_admin.services.mirror import environments
from penelope_admin.services.training import home as homes
from penelope_admin.services.training import passing
from penelope_admin.services.work import Context
from penelope_admin.store import audit, schema
from tests.bench import proof, team
from tests.demo import COPY, NOW, make_demo
from tests.e2e.outbox import send_through_kills
from tests.services.house import agency_at_work
from tests.services.test_many_events import switched, toggle

ROOT = Path(__file__).resolve().parents[2]
RUNS = 15
TEN_YEARS = 20_000
LONG_LOG = 1_000_000
MESSAGES = 1000


def run(arguments: list[str], home: Path) -> tuple[float, float]:
    """Run a program to its end: seconds on the wall, and its peak memory in MiB."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PENELOPE_ADMIN_HOME": str(home)}
    command = [sys.executable, "-S", str(ROOT / "tests" / "bench" / "measure.py"), sys.executable, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    seconds, kib, status, _ = done.stdout.split()
    if status != "0":
        raise SystemExit(f"{arguments} ended with status {status}: {done.stderr}")
    return float(seconds), float(kib) / 1024


def alternate(name: str, ours: list[str], home: Path) -> None:
    """Print the medians of our window and the bare one, run in turn, and their ratios."""
    bare = [str(ROOT / "tests" / "bench" / "bare_window.py")]
    results: dict[str, list[tuple[float, float]]] = {"ours": [], "bare": []}
    for number in range(RUNS + 1):
        for key, arguments in (("ours", ours), ("bare", bare)):
            figures = run(arguments, home)
            if number:  # the first of each warms the disk's cache
                results[key].append(figures)
    (our_time, our_memory), (bare_time, bare_memory) = (
        tuple(statistics.median(column) for column in zip(*results[key], strict=True)) for key in ("ours", "bare")
    )
    say(f"{name}: time {our_time / bare_time:.2f} times the bare window ({our_time:.3f} s to {bare_time:.3f} s)")
    say(f"{name}: peak memory {our_memory / bare_memory:.2f} times ({our_memory:.0f} MiB to {bare_memory:.0f} MiB)")


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def median_ms(deed: Callable[[], object], runs: int = RUNS) -> float:
    """The median of a call's time in milliseconds."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        deed()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def fill_log(context: Context, entries: int) -> None:
    """Add entries to the log, chained as the program chains them, until it has this many."""
    with context.store.writing() as connection:
        seq, previous = audit.head(connection)
        rows = []
        for number in range(seq + 1, entries + 1):
            entry: dict[str, object] = {
                "seq": number,
                "at": context.now(),
                "who": "j.okafor",
                "action": "feature.enable-planned",
                "subject": f"mirrored/external-communications.sms {number}",
                "before": '{"state": "off"}',
                "after": '{"reason": "Test of the appointment reminders", "state": "on"}',
                "previous_hash": previous,
                "changed": None,
            }
            previous = audit.hash_of(entry)
            rows.append({**entry, "hash": previous})
            if len(rows) == 10_000:
                connection.execute(sa.insert(schema.audit_entry), rows)
                rows = []
        if rows:
            connection.execute(sa.insert(schema.audit_entry), rows)


def century_of_windows(policy: Policy, zone: ZoneInfo) -> object:
    """1,200 windows with their notes."""
    return Calendar(policy, "CA", zone).upcoming(datetime(2000, 1, 1, tzinfo=UTC), 1200)


def toggles() -> None:
    """Switching a feature with few and with many switches on record, in turn."""
    with agency_at_work() as little, agency_at_work() as much:
        for context, many in ((little, 40), (much, 50_000)):
            context.write(environments.record_event, "mirrored", "upgraded", context.now() - timedelta(days=400))
            switched(context, many)
        taken: dict[str, list[float]] = {"40": [], "50,000": []}
        for _ in range(RUNS + 1):
            for times, context in zip(taken.values(), (little, much), strict=True):
                times.append(median_ms(partial(toggle, context), 1) / 2)
        medians = {name: statistics.median(times[1:]) for name, times in taken.items()}
        for name, figure in medians.items():
            say(f"A toggle after {name} more switches: {figure:.1f} ms")
        say(f"That is {medians['50,000'] / medians['40']:.2f} times")


def outbox_through_kills() -> None:
    """1,000 messages, a server that fails one connection in three, three senders killed."""
    with tempfile.TemporaryDirectory() as scratch:
        outcome = send_through_kills(Path(scratch) / "home", MESSAGES, kills=3, seed=2026)
    lost = len(outcome.expected - set(outcome.delivered))
    foreign = len(set(outcome.delivered) - outcome.expected)
    say(
        f"Outbox: {len(outcome.expected):,} messages in {outcome.seconds:.0f} s and {outcome.rounds} rounds, 3 of them "
        f"killed: {lost} lost, {foreign} unknown, {outcome.repeated} sent again under the same Message-ID; "
        f"afterwards all are {outcome.states}"
    )


def practice(policy: Policy) -> None:
    """The practice agency is made in a new folder, begun anew, and taken ten years on."""
    with tempfile.TemporaryDirectory() as scratch:
        new = (Path(scratch) / str(number) for number in range(RUNS))
        say(f"Practice: made in {median_ms(lambda: homes.ensure(next(new))):.0f} ms")
        folder = Path(scratch) / "0"
        say(f"Practice: begun anew in {median_ms(lambda: homes.reset(folder)):.0f} ms")

        def ten_years() -> None:
            with homes.opened(folder, policy) as context:
                passing.move(context, context.now() + timedelta(days=3653))

        homes.reset(folder)
        say(f"Practice: ten years on in {median_ms(ten_years, 1):.0f} ms")


def main() -> None:
    """Everything, in a data folder of its own."""
    compileall.compile_dir(ROOT / "penelope_admin", quiet=1)
    compileall.compile_file(ROOT / "tests" / "bench" / "bare_window.py", quiet=1)
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch) / "home"
        app = make_demo(home)
        save(home, Settings(agency=COPY))
        fill_log(app.context, TEN_YEARS)
        app.forget_database()
        gui = [str(ROOT / "main.py"), "gui", "--exit-after"]
        alternate("First frame", [*gui, "first-frame"], home)
        alternate("All data loaded", [*gui, "ready"], home)

        policy = load(shipped("policy.toml"))
        for zone in ("America/Winnipeg", "Australia/Lord_Howe"):
            century = median_ms(partial(century_of_windows, policy, find_zone(zone)))
            say(f"1,200 windows in {zone}: {century:.0f} ms")
        practice(policy)

        fill_log(app.context, LONG_LOG)
        context = app.context
        say(f"First page of {LONG_LOG:,} entries: {median_ms(lambda: context.read(services.activity.page)):.1f} ms")
        ahead = partial(context.read, services.ahead.load, NOW.date() + timedelta(days=3650))
        say(f"A look ahead of ten years: {median_ms(ahead):.0f} ms")
        slice_ms = median_ms(lambda: context.read(services.activity.page, "no such words"))
        say(f"One slice of a search that finds nothing: {slice_ms:.1f} ms (in the worker)")
        app.forget_database()
    subprocess.run([sys.executable, "-m", "tests.bench.screens"], cwd=ROOT, check=True)
    toggles()
    team.measure()
    outbox_through_kills()
    proof.measure()


if __name__ == "__main__":
    main()
