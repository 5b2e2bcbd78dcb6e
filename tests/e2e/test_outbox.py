"""The outbox against a real mail server, in processes of their own that are killed."""

from __future__ import annotations

import subprocess
import sys
from email import message_from_bytes
from pathlib import Path

import pytest

from penelope_admin.clock import SystemClock
from penelope_admin.domain.requests import awaits_word, where_it_stands
from penelope_admin.policy import Policy
from penelope_admin.services import requests
from penelope_admin.services.requests import outbox
from tests.cli.terminal import CHECKOUT, environment
from tests.e2e.outbox import flush, queue, send_through_kills
from tests.effort import examples
from tests.postoffice import Fault, PostOffice
from tests.services.house import open_context, settle

KILLED_BEFORE_BOOKING = """
import sys, time
from penelope_admin import services
from penelope_admin.cli import run

def never(*_):
    print("accepted", flush=True)
    time.sleep(60)

services.requests.outbox._book_success = never
run(["--home", sys.argv[1], "outbox", "flush"])
"""


@pytest.mark.parametrize("seed", range(examples(1, long=20)))
def test_every_message_arrives_though_the_server_fails_and_the_sender_is_killed(tmp_path: Path, seed: int) -> None:
    count = examples(4, long=8)
    outcome = send_through_kills(tmp_path / "home", count=count, kills=2, seed=seed)
    assert set(outcome.delivered) == outcome.expected
    assert len(outcome.expected) == count
    assert outcome.states == {("sent", "sent")}


def kill_before_booking(home: Path, variables: dict[str, str]) -> None:
    """A sender that is killed when the server has taken the message and nobody has noted it."""
    with subprocess.Popen(
        [sys.executable, "-c", KILLED_BEFORE_BOOKING, str(home)],
        cwd=CHECKOUT, env=variables, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "accepted\n"
        process.kill()


def test_a_kill_between_acceptance_and_bookkeeping_repeats_the_very_same_message(
    tmp_path: Path, policy: Policy
) -> None:
    home = tmp_path / "home"
    settle(home)
    with PostOffice(user="") as office:
        context = open_context(home, policy, SystemClock())
        queue(context, office.port, 1)
        variables = dict(environment(**office.authority.environment(tmp_path)))
        kill_before_booking(home, variables)
        (message,) = context.read(outbox.find_all)
        assert message.state == "sending"
        assert flush(home, variables) == 0
        first, second = office.received
        assert first.data == second.data
        assert message_from_bytes(first.data)["Message-ID"] == message.message_id
        assert context.read(requests.find, message.request_id).request.status == "sent"
        context.store.close()


def test_a_kill_after_acceptance_and_then_a_refusal_leaves_it_to_a_person_whether_it_arrived(
    tmp_path: Path, policy: Policy
) -> None:
    home = tmp_path / "home"
    settle(home)
    with PostOffice(user="") as office:
        context = open_context(home, policy, SystemClock())
        queue(context, office.port, 1)
        variables = dict(environment(**office.authority.environment(tmp_path)))
        kill_before_booking(home, variables)
        assert len(office.received) == 1
        office.faults.append(Fault("mail", "550 5.7.1 Not any more"))
        for _ in range(2):
            flush(home, variables)
            view = context.read(requests.find, context.read(outbox.find_all)[0].request_id)
            assert view.request.status == "queued"
            assert awaits_word(view.request, view.message)
            assert where_it_stands(view.request, view.message).startswith("Support may have it.")
        context.store.close()
