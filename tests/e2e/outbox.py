"""Many messages through a real mail server that fails often, by senders that are killed: for a test and a benchmark."""

from __future__ import annotations

import io
import os
import random
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path
from unittest import mock

import msgspec

from penelope_admin.cli import run
from penelope_admin.clock import SystemClock
from penelope_admin.files import resource
from penelope_admin.policy import load
from penelope_admin.services import agency, requests
from penelope_admin.services.requests import RequestInput, delivery, outbox
from penelope_admin.services.work import Context
from tests.cli.terminal import CHECKOUT, environment
from tests.postoffice import PostOffice
from tests.services.house import open_context, settle

STILL_WAITING = 1
"""What `outbox flush` returns while something is left."""


@dataclass(frozen=True)
class Outcome:
    """What the mail server saw, and what the outbox says.

    Attributes:
        delivered: the Message-IDs of what was accepted, in order, repeated ones too.
        expected: those of the messages that were queued.
        states: of the messages and of their requests, afterwards.
        rounds: how many senders were started.
        seconds: from the first sender to the last.
    """

    delivered: list[str]
    expected: set[str]
    states: set[tuple[str, str]]
    rounds: int
    seconds: float

    @property
    def repeated(self) -> int:
        """How often a message was accepted that the server had accepted before: it knows it by its Message-ID."""
        return len(self.delivered) - len(set(self.delivered))


def queue(context: Context, server_port: int, count: int) -> None:
    """Put so many messages into the outbox of an agency that uses the server on this port, without signing in."""
    known = context.read(agency.need_profile)
    mine = msgspec.structs.replace(known, smtp_host="localhost", smtp_port=server_port, delivery="smtp")
    context.write(agency.update, mine)
    for number in range(count):
        wish = RequestInput(kind="question", title=f"Question {number}", reason="How does this work?")
        context.write(delivery.hand_over, context.write(requests.draft, wish).value.request.id, "smtp")


def send_through_kills(home: Path, count: int, kills: int, seed: int) -> Outcome:
    """Send what waits with senders of which some are killed, until nothing waits any more."""
    settle(home)
    chance = random.Random(seed)
    with PostOffice(user="", fail_one_in=3, seed=seed) as office:
        context = open_context(home, load(resource("policy.toml")), SystemClock())
        queue(context, office.port, count)
        expected = {message.message_id for message in context.read(outbox.find_all)}
        variables = environment(**office.authority.environment(home))
        start, rounds = time.monotonic(), 0
        while True:
            rounds += 1
            stop_at = (
                len(office.received) + chance.randint(1, max(1, count // (2 * kills))) if rounds <= kills else None
            )
            delay = chance.uniform(0, 0.05)
            if stop_at is not None:
                _kill_sender(home, dict(variables), office, stop_at, delay)
            elif flush(home, variables) == 0:
                break
        seconds = time.monotonic() - start
        delivered = [str(message_from_bytes(message.data)["Message-ID"]) for message in office.received]
        found = {view.request.id: view.request.status for view in context.read(requests.find_all)}
        states = {(message.state, found[message.request_id]) for message in context.read(outbox.find_all)}
        context.store.close()
    return Outcome(delivered, expected, states, rounds, seconds)


def flush(home: Path, variables: Mapping[str, str]) -> int:
    """One `outbox flush` that is left alone, in this process; gives back its exit code."""
    with mock.patch.dict(os.environ, variables), redirect_stdout(io.StringIO()):
        code = run(["--home", str(home), "outbox", "flush"])
    assert code in (0, STILL_WAITING), code
    return code


def _kill_sender(home: Path, variables: dict[str, str], office: PostOffice, stop_at: int, delay: float) -> None:
    """One `outbox flush` in a process of its own, killed some time after the server has accepted so many."""
    command = [sys.executable, "-m", "penelope_admin", "--home", str(home), "outbox", "flush"]
    with subprocess.Popen(command, cwd=CHECKOUT, env=variables, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None and len(office.received) < stop_at:
            time.sleep(0.001)
        time.sleep(delay)
        process.kill()
        process.wait()
