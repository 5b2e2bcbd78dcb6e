"""Damage at random: bytes changed in the database and in backups. `python -m tests.bench.damage [rounds] [seed]`.

After each change the program's reading commands are run. None may end in a bug report (exit 70), and no posture, state
of a feature or case number may be another than before unless `audit verify` names something.
"""

from __future__ import annotations

import contextlib
import io
import json
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from penelope_admin import services
from penelope_admin.cli import BUG, run
from penelope_admin.store.engine import DATABASE_FILE
from tests import demo

Figures = Counter[str]
LOOKS: tuple[tuple[str, ...], ...] = (
    ("overview", "--json"),
    ("mirror", "show", "--json"),
    ("features", "--json"),
    ("requests", "list", "--json"),
    ("requests", "show", "2"),
    ("project", "list", "--json"),
    ("checklist", "show", "--json"),
    ("audit", "list", "--json", "--count", "500"),
    ("notices", "list", "--json"),
    ("sites", "list", "--json"),
    ("versions", "list", "--json"),
    ("reminders", "list", "--json"),
    ("staff-notice",),
    ("overview", "--at", "2027-03-01", "--json"),
)


def terminal(home: Path, *arguments: str) -> tuple[int, str]:
    """Run one command in this process: its exit code and what it printed."""
    data = io.BytesIO()
    out = io.TextIOWrapper(data, encoding="utf-8", write_through=True)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        code = run(["--home", str(home), *arguments])
        out.flush()
    return code, data.getvalue().decode("utf-8", "replace")


def make_home(folder: Path) -> Path:
    """A data folder with three weeks of work in it, a backup beside the copies, and today's copy made already."""
    home = folder / "home"
    app = demo.make_demo(home)
    demo.add_work(app)
    (home / "backups").mkdir(exist_ok=True)
    services.backups.make(app.context, folder / "good.db")
    app.forget_database()
    with closing(sqlite3.connect(home / DATABASE_FILE)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (home / "backups" / f"{datetime.now(UTC):%Y-%m-%d}-daily.db").write_bytes((folder / "good.db").read_bytes())
    return home


def facts(home: Path) -> tuple[object, ...]:
    """What nobody may change in silence: postures, states of features, case numbers; None where it is not shown."""
    found: list[object] = []
    for command, names in (
        (("mirror", "show", "--json"), ("env", "contact_details")),
        (("features", "--json"), ("key", "state", "pending")),
        (("requests", "list", "--json"), ("id", "status", "case_number")),
    ):
        code, out = terminal(home, *command)
        if code == BUG:
            raise AssertionError(command)
        found.append([[item[name] for name in names] for item in json.loads(out)] if code == 0 else None)
    return tuple(found)


def differ(before: tuple[object, ...], after: tuple[object, ...]) -> bool:
    """Whether something is shown, and as another than before."""
    return any(shown is not None and shown != was for was, shown in zip(before, after, strict=True))


def flip(data: bytes, chance: random.Random) -> bytes:
    """One bit that is another, somewhere where something is kept."""
    at = chance.randrange(len(data))
    while not data[at]:
        at = chance.randrange(len(data))
    changed = bytearray(data)
    changed[at] ^= 1 << chance.randrange(8)
    return bytes(changed)


def mutate(data: bytes, chance: random.Random) -> bytes:
    """A backup that is another: bits, bytes, a page, or its end."""
    kind = chance.randrange(5)
    if kind < 2:
        for _ in range(chance.choice((1, 1, 2, 8))):
            data = flip(data, chance)
        return data
    at = chance.randrange(len(data))
    if kind == 2:
        return data[:at] + chance.randbytes(chance.choice((1, 4, 64))) + data[at:]
    if kind == 3:
        size = chance.choice((1, 16, 4096))
        return (data[:at] + chance.randbytes(size) + data[at + size :])[: len(data)]
    return data[:at]


def flips(folder: Path, rounds: int, seed: int) -> Figures:
    """Bits of the database."""
    home = make_home(folder)
    whole = (home / DATABASE_FILE).read_bytes()
    before = facts(home)
    assert None not in before

    def spoil(chance: random.Random, work: Path, figures: Figures) -> tuple[object, ...] | None:
        (work / DATABASE_FILE).write_bytes(flip(whole, chance))
        for look in LOOKS:
            code, _ = terminal(work, *look)
            figures[f"exit {code}"] += 1
            figures["bugs"] += code == BUG
        return before

    return _rounds(home, folder, rounds, seed, spoil)


def backups(folder: Path, rounds: int, seed: int) -> Figures:
    """Backups that are restored."""
    home = make_home(folder)
    good = (folder / "good.db").read_bytes()
    restored = folder / "restored"
    shutil.copytree(home, restored)
    assert terminal(restored, "restore", str(folder / "good.db"))[0] == 0
    before = facts(restored)
    assert None not in before

    def spoil(chance: random.Random, work: Path, figures: Figures) -> tuple[object, ...] | None:
        source = folder / "mutated.db"
        source.write_bytes(mutate(good, chance))
        code, _ = terminal(work, "restore", str(source))
        figures[f"exit {code}"] += 1
        figures["bugs"] += code == BUG
        figures["accepted"] += code == 0
        return before if code == 0 else None

    return _rounds(home, folder, rounds, seed, spoil)


def _rounds(
    home: Path,
    folder: Path,
    rounds: int,
    seed: int,
    spoil: Callable[[random.Random, Path, Figures], tuple[object, ...] | None],
) -> Figures:
    """Spoil a copy of the data folder again and again, and look whether what differs then was named."""
    figures: Figures = Counter(rounds=rounds, bugs=0, silent=0, named=0)
    for number in range(rounds):
        work = folder / "work"
        shutil.rmtree(work, ignore_errors=True)
        shutil.copytree(home, work, ignore=shutil.ignore_patterns("*.db-shm"))
        chance = random.Random(seed + number)
        _judge(work, seed + number, spoil(chance, work, figures), figures)
        for report in (work / "logs").glob("bug-*.txt"):
            sys.stderr.write(f"seed {seed + number}: {report.read_text('utf-8')}\n")
    return figures


def _judge(work: Path, seed: int, before: tuple[object, ...] | None, figures: Figures) -> None:
    """Whether what is shown now as another than before was named; before is None where nothing was replaced."""
    if before is None:
        return
    code, _ = terminal(work, "audit", "verify")
    figures["bugs"] += code == BUG
    figures["named"] += code in (1, 4)
    try:
        is_other = differ(before, facts(work))
    except AssertionError:
        figures["bugs"] += 1
        return
    figures["shown as another"] += is_other
    if is_other and code == 0:
        figures["silent"] += 1
        figures[f"silent: seed {seed}"] += 1


def main(arguments: list[str]) -> int:
    """Both, with figures."""
    rounds = int(arguments[0]) if arguments else 1000
    seed = int(arguments[1]) if len(arguments) > 1 else 0
    is_bad = False
    for name, deed in (("bits of the database", flips), ("backups", backups)):
        with tempfile.TemporaryDirectory() as folder:
            began = time.monotonic()
            figures = deed(Path(folder), rounds, seed)
        print(f"{name}: {dict(figures)} in {time.monotonic() - began:.0f} s", flush=True)
        is_bad = is_bad or bool(figures["bugs"] or figures["silent"])
    return int(is_bad)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
