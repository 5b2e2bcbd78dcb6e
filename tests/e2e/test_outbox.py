"""The outbox against a real mail server, in processes of their own that are killed."""

from __future__ import annotations

import subprocess
import sys
from email import message_from_bytes
from pathlib import Path

import pytest

from penelope_admin.clock import SystemClock
from penelope_admin.policy import Policy
from penelope_admin.services import outbox, requests
from tests.cli.terminal import CHECKOUT, environment
from tests.e2e.outbox import queue, send_through_kills
from tests.postoffice import PostOffice
from tests.services.house import open_context, settle

KILLED_BEFORE_BOOKING = """
import sys, time
from penelope_admin import services
from penelope_admin.cli import run

def never(*_):
    print("accepted", flush=True)
    time.sleep(60)

services.outbox._book_success = never
run(["--home", sys.argv[1], "outbox", "flush"])
"""


@pytest.mark.parametrize("seed", range(3))
def test_every_message_arrives_though_the_server_fails_and_the_sender_is_killed(tmp_path: Path, seed: int) -> None:
    outcome = send_through_kills(tmp_path / "home", count=24, kills=3, seed=seed)
    assert set(outcome.delivered) == outcome.expected
    assert len(outcome.expected) == 24
    assert outcome.states == {("sent", "sent")}


def test_a_kill_between_acceptance_and_bookkeeping_repeats_the_very_same_message(
    tmp_path: Path, policy: Policy
) -> None:
    home = tmp_path / "home"
    settle(home)
    with PostOffice(user="") as office:
        context = open_context(home, policy, SystemClock())
        queue(context, office.port, 1)
        variables = environment(**office.authority.environment(tmp_path))
        with subprocess.Popen(
            [sys.executable, "-c", KILLED_BEFORE_BOOKING, str(home)],
            cwd=CHECKOUT, env=variables, stdout=subprocess.PIPE, text=True,
        ) as process:  # fmt: skip
            assert process.stdout is not None
            assert process.stdout.readline() == "accepted\n"
            process.kill()
        (message,) = outbox.find_all(context)
        assert message.state == "sending"
        done = subprocess.run(
            [sys.executable, "-m", "penelope_admin", "--home", str(home), "outbox", "flush"],
            cwd=CHECKOUT, env=variables, capture_output=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        first, second = office.received
        assert first.data == second.data
        assert message_from_bytes(first.data)["Message-ID"] == message.message_id
        assert requests.find(context, message.request_id).request.status == "sent"
        context.store.close()
