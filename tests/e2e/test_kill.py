"""The power fails: whatever was acknowledged is there afterwards, and the log is whole."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.terminal import CHECKOUT, Terminal, environment
from tests.effort import examples

CHANGES = """
import sys
from penelope_admin.cli import run

home, number = sys.argv[1], int(sys.argv[2])
while True:
    number += 1
    switch = ["enable", "--acknowledge-phi"] if number % 2 else ["disable"]
    if run(["--home", home, *switch, "general-ledger", "--done", "--reason", f"change {number}"]) != 0:
        sys.exit("refused")
    print("acknowledged", number, flush=True)
"""


def killed_while_changing(home: Path, known: int, acknowledged: int, delay: float) -> int:
    """Start the changes, kill the process some time after so many were acknowledged; gives the last acknowledged."""
    with subprocess.Popen(
        [sys.executable, "-c", CHANGES, str(home), str(known)],
        cwd=CHECKOUT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        last = known
        try:
            for line in process.stdout:
                if line.startswith("acknowledged "):
                    last = int(line.split()[1])
                    if last >= known + acknowledged:
                        break
            try:
                process.wait(delay)
            except subprocess.TimeoutExpired:
                process.kill()
        finally:
            process.kill()
        for line in process.stdout:  # what was still under way when it died
            if line.startswith("acknowledged ") and line.endswith("\n"):
                last = int(line.split()[1])
        said = process.stderr.read().splitlines()
        assert [line for line in said if not line.startswith(("The upgrade of ", "The vendor strongly"))] == []
    return last


@pytest.mark.parametrize("seed", range(examples(1, long=30)))
def test_every_acknowledged_change_survives_a_kill(terminal: Terminal, seed: int) -> None:
    chance = random.Random(seed)
    last = 0
    for _ in range(2):  # the second time on what the first kill left behind
        last = killed_while_changing(terminal.home, last, chance.randint(1, 6), chance.uniform(0, 0.05))
        verified = terminal("audit", "verify")
        assert verified.code == 0, verified.out
        entries = terminal("audit", "list", "--json", "--count", "10000").json()
        changes = [entry["after"] for entry in entries[::-1] if entry["action"].startswith("feature.")]
        reasons = [change["reason"] for change in changes]
        # One more may have been saved whose acknowledgement the kill cut off.
        assert reasons in ([f"change {n}" for n in range(1, last + extra + 1)] for extra in (0, 1))
        last = len(reasons)
        item = next(item for item in terminal("features", "--json").json() if item["key"] == "general-ledger")
        assert (item["state"], item["reason"]) == (changes[-1]["state"], changes[-1]["reason"])
        assert json.dumps(changes[-1]["since"]) == json.dumps(item["since"])
