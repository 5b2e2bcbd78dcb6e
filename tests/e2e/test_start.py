"""How the program starts: lightly, and with a word to the user when it cannot."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from hatchling.build import build_wheel
from PySide6.QtCore import QObject

from penelope_admin import __main__ as program
from penelope_admin import invocation, services
from penelope_admin.app import App
from penelope_admin.domain.agency import Profile

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("sqlalchemy", "alembic", "click", "icalendar", "dateutil", "PySide6.QtSvg", "penelope_admin.store", "json")
"""What the first frame does without."""
LATE = ("alembic", "keyring", "numpy", "phonenumbers", "penelope_admin.detect", "penelope_admin.mail.line")
"""What looking at something does without."""


def start(*arguments: str, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the program as a person does, offscreen."""
    variables = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY")}
    variables |= {"QT_QPA_PLATFORM": "offscreen", "PENELOPE_ADMIN_HOME": str(home), **environment}
    command = [sys.executable, "-X", "importtime", str(ROOT / "main.py"), *arguments]
    return subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="module")
def agency_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which an agency is set up, as it stays."""
    app = App(tmp_path_factory.mktemp("agency") / "home")
    profile = Profile(
        name="Harbour Family Services", region="CA", zone="America/Resolute", environments=("production", "mirrored")
    )
    app.context.write(services.agency.set_up, profile)
    app.forget_database()
    return app.home


@pytest.fixture
def home(agency_home: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return shutil.copytree(agency_home, tmp_path / "home")


@pytest.fixture
def start_here(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Run the program in this process, for what needs no other; gives back its code and what it printed."""

    def run(*arguments: str, **environment: str) -> tuple[int, str, str]:
        for name in ("DISPLAY", "WAYLAND_DISPLAY"):
            monkeypatch.delenv(name, raising=False)
        for name, value in {"PENELOPE_ADMIN_HOME": str(home), **environment}.items():
            monkeypatch.setenv(name, value)
        code = program._run(list(arguments))
        return code, *capsys.readouterr()

    return run


def loaded(stderr: str) -> set[str]:
    """The modules Python said it loaded."""
    return {line.rsplit("|", 1)[1].strip() for line in stderr.splitlines() if line.startswith("import time:")}


def among(found: set[str], names: tuple[str, ...]) -> list[str]:
    """Those of some modules that were loaded, themselves or something in them."""
    return [name for name in names if any(module == name or module.startswith(f"{name}.") for module in found)]


def test_the_first_frame_needs_none_of_the_heavy_modules(home: Path) -> None:
    done = start("gui", "--exit-after", "first-frame", home=home)
    assert done.returncode == 0, done.stderr[-2000:]
    found = loaded(done.stderr)
    assert "penelope_admin.ui.pages.overview" in found
    assert not among(found, HEAVY)


def test_the_first_frame_of_a_planning_copy_needs_none_of_them_either(home: Path, tmp_path: Path) -> None:
    app, copy = App(home), App(tmp_path / "laptop")
    plan = app.context.read(services.plans.taking.take_along, app.policy_sha256)
    copy.context.write(services.plans.facts.start, plan, "0" * 64)
    for opened in (app, copy):
        opened.forget_database()
    done = start("gui", "--exit-after", "first-frame", home=copy.home)
    assert done.returncode == 0, done.stderr[-2000:]
    found = loaded(done.stderr)
    assert "penelope_admin.ui.widgets.planning" in found
    assert not among(found, HEAVY)


def test_settings_that_are_saved_before_the_window_leaves_load_none_of_them(home: Path) -> None:
    code = """import sys
from pathlib import Path
from PySide6.QtWidgets import QApplication
from penelope_admin.app import App
from penelope_admin.ui import main
from penelope_admin.ui.window import MainWindow
def leave_slowly(window):
    window.shell.remember(page="projects")
    window.shell.save_settings()
    window.shell.operations.finish()
    QApplication.processEvents()
    leave(window)
leave, MainWindow.quit = MainWindow.quit, leave_slowly
sys.exit(main.run(App(Path(sys.argv[1])), "first-frame"))"""
    variables = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-X", "importtime", "-c", code, str(home)]
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert '"page":"projects"' in (home / "settings.json").read_text().replace(" ", "")
    assert not among(loaded(done.stderr), HEAVY)


@pytest.fixture(scope="module")
def opened(agency_home: Path, tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    """The window, opened by its own name until it is ready; as it leaves, it says in what state Python is."""
    code = """import builtins, gc, linecache, os, sys
own = builtins.__import__
def look(code):
    rooms = (f"{os.sep}penelope_admin{os.sep}", f"{os.sep}sqlalchemy{os.sep}")
    kept = [name for name in linecache.cache if any(room in name for room in rooms)]
    print(builtins.__import__ is own, kept, gc.isenabled())
    sys.stdout.flush()
    leave(code)
leave, os._exit = os._exit, look
from penelope_admin.__main__ import window
sys.argv = ["x", "--exit-after", "ready"]
window()"""
    home = shutil.copytree(agency_home, tmp_path_factory.mktemp("opened") / "home")
    variables = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PENELOPE_ADMIN_HOME": str(home)}
    command = [sys.executable, "-X", "importtime", "-c", code]
    return subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)


def test_the_window_s_own_name_opens_the_window(opened: subprocess.CompletedProcess[str]) -> None:
    assert opened.returncode == 0, opened.stderr[-2000:]
    assert "penelope_admin.ui.window" in loaded(opened.stderr)


def test_the_window_leaves_python_s_own_import_in_place_no_module_s_source_in_memory_and_no_thread_collecting(
    opened: subprocess.CompletedProcess[str],
) -> None:
    assert opened.stdout.splitlines()[-1:] == ["True [] False"], opened.stderr[-2000:]


def test_everything_is_loaded_once_the_window_is_ready(opened: subprocess.CompletedProcess[str]) -> None:
    found = loaded(opened.stderr)
    assert {"sqlalchemy", "penelope_admin.store.engine"} <= found
    assert "PySide6.QtNetwork" not in found  # the system is asked about the network later


@pytest.fixture(scope="module")
def looked(agency_home: Path) -> subprocess.CompletedProcess[str]:
    """The overview in a terminal, and then the outbox's module."""
    code = """import sys
from penelope_admin.cli import run
code = run(["overview"])
sys.stderr.write("then the outbox\\n")
import penelope_admin.services.requests.outbox
sys.exit(code)"""
    variables = {**os.environ, "PENELOPE_ADMIN_HOME": str(agency_home)}
    command = [sys.executable, "-X", "importtime", "-c", code]
    return subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)


def test_whoever_only_looks_loads_neither_detection_nor_migrations_nor_mail_servers_and_the_outbox_no_detection(
    looked: subprocess.CompletedProcess[str],
) -> None:
    assert looked.returncode == 0, looked.stderr[-2000:]
    overview, _, outbox = looked.stderr.partition("then the outbox\n")
    assert "penelope_admin.services.work" in loaded(overview)
    assert not among(loaded(overview), LATE)
    assert "penelope_admin.services.requests.outbox" in loaded(outbox)
    assert not among(loaded(outbox), ("phonenumbers",))


TRAINING = ("penelope_admin.services.training", "penelope_admin.ui.training", "penelope_admin.domain.vendor")


def test_nothing_of_training_is_loaded_where_nobody_practises(
    opened: subprocess.CompletedProcess[str], looked: subprocess.CompletedProcess[str]
) -> None:
    for done in (opened, looked):
        assert "penelope_admin.app" in loaded(done.stderr)
        assert not among(loaded(done.stderr), TRAINING)


def test_practice_opens_beside_a_data_folder_without_touching_it(tmp_path: Path, practice_home: Path) -> None:
    shutil.copytree(practice_home, tmp_path / "home-training")
    done = start("training", "--exit-after", "ready", home=tmp_path / "home")
    assert done.returncode == 0, done.stderr[-2000:]
    assert [path.name for path in tmp_path.iterdir()] == ["home-training"]
    assert "penelope_admin.ui.training.dress" in loaded(done.stderr)


def test_a_program_that_is_started_apart_runs_by_itself(
    tmp_path: Path, practice_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(practice_home, tmp_path / "home-training")
    before = (tmp_path / "home-training" / "clock.json").read_text("utf-8")
    monkeypatch.chdir(tmp_path)
    program = invocation.start_apart("--home", str(tmp_path / "home"), "training", "clock", "--forward", "1d")
    assert program.wait(60) == 0
    assert (tmp_path / "home-training" / "clock.json").read_text("utf-8") != before


def test_a_practice_folder_that_is_opened_by_name_is_practice_too(tmp_path: Path, practice_home: Path) -> None:
    shutil.copytree(practice_home, tmp_path / "home-training")
    done = start("gui", "--page", "mailbox", "--exit-after", "first-frame", home=tmp_path / "home-training")
    assert done.returncode == 0, done.stderr[-2000:]
    assert "penelope_admin.ui.training.dress" in loaded(done.stderr)


@pytest.mark.parametrize("platform", ["offscreen", ""])
def test_an_unknown_page_is_bad_input_without_a_display_too(
    start_here: Callable[..., tuple[int, str, str]], platform: str
) -> None:
    code, _, said = start_here("gui", "--page", "nowhere", QT_QPA_PLATFORM=platform)
    assert code == 2
    assert "Pages are overview, windows" in said


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="a window can always be shown there")
def test_without_a_display_the_window_is_refused_in_one_sentence(
    start_here: Callable[..., tuple[int, str, str]],
) -> None:
    code, _, said = start_here("gui", QT_QPA_PLATFORM="")
    assert code == 1
    assert "No display was found" in said


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="a window can always be shown there")
@pytest.mark.parametrize("variable", ["DISPLAY", "WAYLAND_DISPLAY"])
def test_a_dead_display_is_named_and_the_overview_printed(
    start_here: Callable[..., tuple[int, str, str]], variable: str
) -> None:
    code, printed, said = start_here(QT_QPA_PLATFORM="", **{variable: ":987"})
    assert code == 0
    assert "The display :987 could not be opened; this is the overview." in said
    assert "Harbour Family Services" in printed


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="a window can always be shown there")
@pytest.mark.parametrize("platform", ["", "xcb"])
def test_asking_for_the_window_on_a_dead_display_is_an_error_that_names_it(home: Path, platform: str) -> None:
    done = start("gui", home=home, QT_QPA_PLATFORM=platform, DISPLAY=":987")
    assert done.returncode == 1
    assert "The display :987 could not be opened, so no window can be opened." in done.stderr
    assert "PySide6" not in loaded(done.stderr)


@pytest.mark.parametrize("kind", ["scripts", "gui-scripts"])
def test_every_name_the_program_is_installed_under_leads_to_a_function(kind: str) -> None:
    named = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"][kind]
    assert named
    for name, target in named.items():
        assert callable(EntryPoint(name, target, kind).load())


def test_a_bad_policy_stops_the_window_before_it_opens(home: Path) -> None:
    (home / "policy.toml").write_text("schema = 2\n", "utf-8")
    done = start("gui", "--exit-after", "first-frame", home=home)
    assert done.returncode == 2
    assert "policy.toml, line 1" in done.stderr
    assert "delete it to use the one that came along" in done.stderr
    assert "PySide6.QtWidgets" not in loaded(done.stderr)


def test_calls_into_qt_keep_the_count_of_references_to_none() -> None:
    """PySide6 6.12.0 loses one at each call on Python 3.11, until the program aborts."""
    made, before = QObject(), sys.getrefcount(None)
    for _ in range(2000):
        made.setObjectName("x")
    assert sys.getrefcount(None) > before - 1000


def test_a_wheel_carries_the_resources_and_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    build_wheel(str(tmp_path))
    (wheel,) = tmp_path.glob("*.whl")
    unpacked = tmp_path / "unpacked"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(unpacked)
    code = "import sys; from penelope_admin.cli import run; sys.exit(run(['next', '--region', 'GB']))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(unpacked), "PENELOPE_ADMIN_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "(London)" in done.stdout
    assert (unpacked / "penelope_admin" / "_resources" / "help" / "overview.md").exists()
