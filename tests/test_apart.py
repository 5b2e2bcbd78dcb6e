"""What may take all memory there is ends, also where the system does not see to it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from penelope_admin import apart

resource = pytest.importorskip("resource", reason="Windows limits processes in another way")
PS = Path("/bin/ps")
GREEDY = "import sys, time; taken = b'x' * (200 << 20); print(1, flush=True); time.sleep(int(sys.argv[1])); print(2)"


def test_a_system_that_refuses_to_be_told_of_memory_is_told_of_time_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """As macOS does: there every helper ended before it had read anything, and no calendar could be read."""
    told: dict[int, int] = {}

    def refusing(kind: int, most: tuple[int, int]) -> None:
        if kind == resource.RLIMIT_AS:
            raise ValueError("current limit exceeds maximum limit")
        told[kind] = most[0]

    monkeypatch.setattr(apart, "CAPS_MEMORY", False)
    monkeypatch.setattr(resource, "setrlimit", refusing)
    apart.limit(400 << 20, 2)
    assert told == {resource.RLIMIT_CPU: 2, resource.RLIMIT_CORE: 0}


@pytest.mark.parametrize(
    ("module", "task", "said"),
    [
        ("penelope_admin.detect.sheets", [], {"ended": "broken"}),
        ("penelope_admin.gateways.occurrences", ['["", "UTC", []]'], {"broken": "no-calendar"}),
    ],
)
def test_a_helper_of_a_program_without_a_console_is_heard(module: str, task: list[str], said: object) -> None:
    """Started from its icon on Windows there is no sys.stdin and no sys.stdout: no calendar could be read."""
    start = f"import sys; sys.stdin = sys.stdout = None; from {module} import main; main()"
    command = [sys.executable, "-c", start, *task]
    with (Path(__file__)).open("rb") as source:
        assert list(apart.lines(command, source, 400 << 20, 20)) == [said]


@pytest.mark.skipif(not PS.exists(), reason="no ps")
def test_there_a_process_that_takes_too_much_memory_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(apart, "CAPS_MEMORY", False)
    (tmp_path / "empty").touch()
    with (tmp_path / "empty").open("rb") as source:
        assert 2 not in apart.lines([sys.executable, "-c", GREEDY, "50"], source, 100 << 20, 60)
        assert list(apart.lines([sys.executable, "-c", GREEDY, "0"], source, 400 << 20, 60)) == [1, 2]
