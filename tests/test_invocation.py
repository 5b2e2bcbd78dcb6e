"""Messages name a command line that works for whoever reads them; only our own modules are run as helpers."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from penelope_admin.invocation import HELPERS, RUN_HELPER, command, quoted, remember_chosen

ROOT = Path(__file__).resolve().parents[1]
PRINTED_FOR_OTHERS = {"making.py"}
"""What is handed on is read where nobody knows how the program is started."""


@pytest.mark.parametrize(
    ("started", "named"),
    [
        ("/usr/bin/penelope-admin", "penelope-admin init"),
        ("main.py", "bin/python main.py init"),
        (str(ROOT / "penelope_admin" / "__main__.py"), "bin/python -m penelope_admin init"),
        ("/elsewhere/main.py", "penelope-admin init"),
        ("/elsewhere/__main__.py", "penelope-admin init"),
    ],
)
def test_a_command_is_named_as_it_works_for_how_the_program_was_started(
    started: str, named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "argv", [started])
    monkeypatch.setattr(sys, "executable", str(ROOT / "bin" / "python"))
    assert command("init") == named


def test_python_is_named_in_full_where_its_name_finds_another_or_the_folder_is_gone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    main = str(ROOT / "main.py")
    monkeypatch.setattr(sys, "argv", [main])
    monkeypatch.setattr(sys, "executable", "/opt/somewhere/bin/python")
    monkeypatch.chdir(tmp_path)
    assert command("init") == f"/opt/somewhere/bin/python {main} init"

    def gone() -> str:
        raise FileNotFoundError

    monkeypatch.setattr(os, "getcwd", gone)
    assert command("init") == f"/opt/somewhere/bin/python {main} init"


@pytest.mark.parametrize(
    ("home", "database", "named"),
    [
        (None, None, "penelope-admin init"),
        ("/a b", None, "penelope-admin --home '/a b' init"),
        (None, "sqlite:////a/x.db", "penelope-admin --database sqlite:////a/x.db init"),
        ("/a", "postgresql://jane:secret@db/x", "penelope-admin --home /a --database URL init"),
    ],
)
def test_a_command_that_is_named_acts_on_the_data_of_the_one_that_names_it(
    home: str | None, database: str | None, named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["penelope-admin"])
    remember_chosen(Path(home) if home else None, database)
    try:
        assert command("init") == named
        assert command("--home /elsewhere overview") == "penelope-admin --home /elsewhere overview"
    finally:
        remember_chosen(None, None)


@pytest.mark.parametrize(
    ("platform", "path", "typed"),
    [
        ("linux", "/home/jane/our agency", "'/home/jane/our agency'"),
        ("darwin", "/Users/jane/Library/x", "/Users/jane/Library/x"),
        ("win32", "C:\\Users\\jane\\our agency", '"C:\\Users\\jane\\our agency"'),
        ("win32", "C:\\Users\\jane\\x", "C:\\Users\\jane\\x"),
    ],
)
def test_a_path_is_quoted_as_the_system_s_terminal_takes_it(
    platform: str, path: str, typed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert quoted(Path(path)) == typed


def test_a_program_in_a_folder_with_a_space_is_named_so_that_it_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / "our tools" / "python"
    monkeypatch.setattr(sys, "argv", [str(ROOT / "main.py")])
    monkeypatch.setattr(sys, "executable", str(python))
    assert command("init") == f"'{python}' {ROOT / 'main.py'} init"


def test_a_bundled_program_is_named_by_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "argv", ["/opt/Penelope/penelope-admin-bundle"])
    assert command("init") == "penelope-admin-bundle init"


def test_the_command_a_fresh_checkout_is_told_works_there(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "main.py", "--home", str(tmp_path / "home"), "overview"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    line = re.search(r"Set up yours: (.*) init --agency NAME --region REGION", told)
    assert line is not None
    assert f" main.py --home {tmp_path / 'home'}" in line[1]
    done = subprocess.run([*line[1].split(), "init", "--help"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.startswith(f"Usage: {line[1].partition(' --home ')[0]} init ")


def test_no_message_names_a_command_without_asking_how_the_program_was_started() -> None:
    found = []
    texts_of = {file: file.read_text("utf-8") for file in (ROOT / "penelope_admin").rglob("*.py")}
    for file, source in texts_of.items():
        if "penelope-admin " not in source:
            continue  # parsing takes long
        tree = ast.parse(source)
        documented = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        texts = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in documented)
        found += [
            f"{file.name}: {node.value}"
            for node in texts
            if isinstance(node.value, str) and re.search(r"\bpenelope-admin [a-z-]", node.value)
        ]
    assert [each for each in found if each.partition(":")[0] not in PRINTED_FOR_OTHERS] == []


def test_nothing_but_our_own_helpers_is_run() -> None:
    assert all(module.startswith("penelope_admin.") for module in HELPERS)
    done = subprocess.run(
        [sys.executable, "main.py", RUN_HELPER, "this"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "Beautiful" not in done.stdout
