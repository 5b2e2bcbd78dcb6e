"""Practice time: it goes on while a window is open, can be paused and put forward, and never goes back."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penelope_admin.clock import FixedClock
from penelope_admin.errors import BadInputError
from penelope_admin.services.training.clock import FILE, SimulatedClock, start_clock
from tests.effort import examples

BEGINNING = datetime(2026, 11, 20, 22, 40, tzinfo=UTC)
REAL = datetime(2031, 5, 1, 12, tzinfo=UTC)
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


class Two:
    """Two programs on one clock, in one real time."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / FILE
        start_clock(self.file, BEGINNING)
        self.real = FixedClock(REAL)
        self.window, self.terminal = SimulatedClock(self.file, self.real), SimulatedClock(self.file, self.real)

    def wait(self, by: timedelta) -> None:
        self.real.instant += by


@pytest.fixture
def two(tmp_path: Path) -> Two:
    return Two(tmp_path)


def test_it_begins_where_it_was_told(two: Two) -> None:
    assert two.window.now() == BEGINNING


def test_it_stands_still_while_no_window_is_open(two: Two) -> None:
    two.wait(HOUR)
    assert two.terminal.now() == BEGINNING


def test_it_goes_on_as_real_time_does_while_a_window_is_open(two: Two) -> None:
    two.window.go_on()
    two.wait(40 * SECOND)
    assert two.window.now() == two.terminal.now() == BEGINNING + 40 * SECOND


def test_it_goes_on_where_it_stood_when_the_window_was_closed(two: Two) -> None:
    two.window.go_on()
    two.wait(40 * SECOND)
    two.window.stand_still()
    two.wait(HOUR)
    two.window.go_on()
    two.wait(SECOND)
    assert two.terminal.now() == BEGINNING + 41 * SECOND


def test_a_window_that_was_killed_lets_no_day_pass(two: Two) -> None:
    two.window.go_on()
    two.wait(24 * HOUR)
    assert two.terminal.now() == BEGINNING + timedelta(minutes=1)


def test_a_pause_holds_it_although_a_window_is_open(two: Two) -> None:
    two.window.go_on()
    two.wait(10 * SECOND)
    two.window.pause(True)
    two.wait(20 * SECOND)
    two.window.go_on()
    assert two.window.is_paused
    assert two.window.now() == BEGINNING + 10 * SECOND
    two.window.pause(False)
    two.wait(5 * SECOND)
    assert two.window.now() == BEGINNING + 15 * SECOND


def test_what_one_program_puts_forward_the_other_sees(two: Two) -> None:
    two.window.go_on()
    two.wait(10 * SECOND)
    two.terminal.move(BEGINNING + HOUR)
    assert two.window.now() == BEGINNING + HOUR
    two.wait(10 * SECOND)
    assert two.window.now() == BEGINNING + HOUR + 10 * SECOND


def test_it_never_goes_back(two: Two) -> None:
    two.window.move(BEGINNING + HOUR)
    with pytest.raises(BadInputError, match="never goes back"):
        two.terminal.move(BEGINNING)
    assert two.terminal.now() == BEGINNING + HOUR


def test_a_computer_s_clock_that_is_set_back_does_not_take_practice_time_along(two: Two) -> None:
    two.window.go_on()
    two.wait(40 * SECOND)
    before = two.window.now()
    two.wait(-2 * HOUR)
    assert two.window.now() == before


def test_a_new_beginning_may_be_earlier(two: Two) -> None:
    two.window.move(BEGINNING + HOUR)
    start_clock(two.file, BEGINNING)
    assert two.window.now() == two.terminal.now() == BEGINNING


@pytest.mark.parametrize("content", [b"", b"{}", b'{"run":1,"at":"2026-11-20T22:40:00"}', b"\xff", b"[" * 5000])
def test_a_clock_that_cannot_be_read_is_said_to_be_so(two: Two, content: bytes) -> None:
    two.file.write_bytes(content)
    with pytest.raises(BadInputError, match="cannot be read"):
        two.window.now()
    start_clock(two.file, BEGINNING)
    assert two.window.now() == BEGINNING


@given(
    st.lists(
        st.tuples(st.sampled_from(("wait", "back", "open", "close", "pause", "go on", "forward")), st.integers(0, 90))
    )
)
@settings(max_examples=examples(12, long=1000))
def test_whatever_happens_both_see_the_same_and_it_never_goes_back(steps: list[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        two = Two(Path(folder))
        last = BEGINNING
        for what, seconds in steps:
            by = timedelta(seconds=seconds)
            {
                "wait": lambda by=by: two.wait(by),
                "back": lambda by=by: two.wait(-by),
                "open": two.window.go_on,
                "close": two.window.stand_still,
                "pause": lambda: two.terminal.pause(True),
                "go on": lambda: two.window.pause(False),
                "forward": lambda by=by: two.terminal.move(two.terminal.now() + by),
            }[what]()
            assert two.window.now() >= last
            last = two.window.now()
