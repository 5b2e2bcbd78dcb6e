"""A whole session of training touches nothing real: no socket, no keyring, no other program, no real data folder."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keyring
import msgspec
import pytest
from PySide6.QtGui import QDesktopServices
from PySide6.QtNetwork import QNetworkAccessManager
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from penelope_admin import services
from penelope_admin.app import TrainingApp
from penelope_admin.domain.requests import RequestInput
from penelope_admin.errors import RefusedError
from penelope_admin.gateways.settings import load, save
from penelope_admin.mail.line import CancelToken
from penelope_admin.policy import LOCKED_FEATURES
from penelope_admin.services.training import home as homes
from penelope_admin.ui.rooms import rooms_of
from tests.cli.terminal import Terminal
from tests.services.house import SURE, everything, has_password, settle
from tests.services.training.solutions import SOLUTIONS
from tests.ui.conftest import close, open_desktop

_NETWORK = ("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto")
_FILES = (
    "open", "os.listdir", "os.scandir", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod", "os.truncate",
    "os.link", "sqlite3.connect", "shutil.copyfile", "shutil.copytree", "shutil.rmtree",
)  # fmt: skip
_PROGRAMS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "webbrowser.open")


class Trap:
    """Notes what of the real world is touched, by Python's own audit events; they cannot be turned off by anybody."""

    def __init__(self) -> None:
        self.real: Path | None = None
        self.sprung: list[str] = []
        sys.addaudithook(self._heard)

    def _heard(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.real is None:
            return
        if event in _NETWORK and not self._is_local(arguments):
            self.sprung.append(f"{event} {arguments[1:]}")
        elif event in _PROGRAMS:
            self.sprung.append(f"{event} {arguments[:2]}")
        elif event in _FILES:
            for argument in arguments:
                text = argument.decode("utf-8", "replace") if isinstance(argument, bytes) else str(argument)
                if text == str(self.real) or text.startswith(f"{self.real}/"):
                    self.sprung.append(f"{event} {text}")

    @staticmethod
    def _is_local(arguments: tuple[Any, ...]) -> bool:
        """Python's own pairs of sockets within one process are none to the outside."""
        return bool(arguments) and getattr(arguments[0], "family", None) == getattr(socket, "AF_UNIX", -1)


@pytest.fixture(scope="module")
def audit() -> Trap:
    return Trap()


@pytest.fixture
def trap(audit: Trap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Trap]:
    """A real data folder is there, and nobody may touch it, nor the network, the keyring, or other programs."""

    def touched(what: str) -> Any:
        def spring(*_: Any, **__: Any) -> None:
            audit.sprung.append(what)
            raise AssertionError(f"{what} was touched")

        return spring

    settle(tmp_path / "home")
    for name in ("get_keyring", "get_password", "set_password", "delete_password"):
        monkeypatch.setattr(keyring, name, touched(f"keyring.{name}"))
    for name in ("connect", "connect_ex", "bind", "sendto"):
        monkeypatch.setattr(socket.socket, name, touched(f"socket.{name}"))
    for name in ("create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, touched(f"socket.{name}"))
    monkeypatch.setattr(QDesktopServices, "openUrl", touched("QDesktopServices"))
    monkeypatch.setattr(QNetworkAccessManager, "get", touched("QNetworkAccessManager"))
    audit.sprung.clear()
    audit.real = tmp_path / "home"
    yield audit
    audit.real = None


def test_the_trap_springs(trap: Trap, tmp_path: Path) -> None:
    (tmp_path / "home" / "settings.json").read_bytes()
    with pytest.raises(AssertionError):
        socket.create_connection(("198.51.100.1", 25))
    with pytest.raises(AssertionError):
        QDesktopServices.openUrl("https://example.org/")
    assert [text.partition(" ")[0] for text in trap.sprung] == ["open", "socket.create_connection", "QDesktopServices"]


def test_a_session_of_services_touches_nothing_real(trap: Trap, practice: TrainingApp, tmp_path: Path) -> None:
    context = practice.context
    context.write(services.features.switch, "general-ledger", "disable", reason="Over", already_done=True)
    context.write(services.features.switch, "action-triggers", "enable", reason="Try", acknowledgement=SURE,
                  until=services.training.world.next_upgrade(context).date())  # fmt: skip
    key = context.write(
        services.requests.draft, RequestInput(kind="question", title="Practice", reason="How does this work?")
    ).value.request.id
    context.write(services.requests.delivery.hand_over, key, "smtp")
    sent = services.requests.outbox.flush(context, CancelToken(), now=True).value
    assert (sent.sent, sent.failed, sent.waiting) == (1, 0, 0)
    for kind in ("smtp", "imap"):
        assert services.requests.mailbox.check(context, kind)
        services.requests.mailbox.keep_password(context, kind, "typed by a learner")
        assert has_password(context, kind)
        services.requests.mailbox.keep_password(context, kind, None)
        assert not has_password(context, kind)
    services.requests.mailbox.keep_password(context, "imap", "again")
    services.requests.replies.watch(context, CancelToken())
    services.training.passing.move(context, services.training.world.next_upgrade(context))
    services.backups.make(context, tmp_path / "kept.db")
    services.backups.restore(practice.restoring, tmp_path / "kept.db")
    practice.forget_database()
    services.training.progress.start(practice, "doubtful-month")
    services.training.progress.refresh(practice)
    services.training.world.save_export(practice.context, "mirrored", tmp_path / "clients.csv")
    practice.forget_database()
    homes.reset(practice.home)
    assert trap.sprung == []


def test_a_session_in_the_window_touches_nothing_real(
    trap: Trap, practice: TrainingApp, qtbot: QtBot, qapp: QApplication
) -> None:
    save(practice.home, msgspec.structs.replace(load(practice.home), status_page="https://status.vendor.example"))
    desktop = open_desktop(qtbot, qapp, practice)
    for room in rooms_of(is_training=True):
        desktop.go(room.name)
    assert desktop.window.dress is not None
    desktop.click(desktop.window.dress.bar.day)
    desktop.settle()
    shell = desktop.window.shell
    assert shell.open_link("https://community.vendor.example/")
    assert shell.open_link("mailto:support@vendor.example?subject=x&body=y")
    desktop.window.open_emergency()
    desktop.sheet().reject()
    desktop.window.postman.send(now=True)
    desktop.window.postman.watch()
    assert desktop.window.dress.bench is not None
    desktop.window.dress.bench.pane.start("after-an-upgrade")
    desktop.window.watch_status_page()
    desktop.settle()
    close(desktop)
    assert trap.sprung == []


def test_a_session_in_the_terminal_touches_nothing_real(
    trap: Trap,
    practice: TrainingApp,
    tmp_path: Path,
    capsysbinary: pytest.CaptureFixture[bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "PENELOPE_ADMIN_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    terminal = Terminal(tmp_path / "home", capsysbinary)
    assert terminal("training", "reset").code == 0
    assert terminal("training", "clock", "--to-next", "upgrade").code == 0
    terminal.home = practice.home
    for line in ("overview", "features", "requests list", "requests send 9 --via smtp", "audit verify", "support"):
        assert terminal(*line.split()).code == 0, line
    assert trap.sprung == []


@pytest.mark.parametrize("feature", sorted(LOCKED_FEATURES))
def test_what_is_locked_stays_locked_and_the_learner_hears_why(practice: TrainingApp, feature: str) -> None:
    before = everything(practice.home)
    for done in (False, True):
        with pytest.raises(RefusedError, match="cannot be enabled"):
            practice.context.write(
                services.features.switch, feature, "enable", reason="Try", acknowledgement=SURE, already_done=done
            )
    assert everything(practice.home) == before


def test_the_exercises_of_a_class_touch_nothing_real(trap: Trap, practice: TrainingApp, tmp_path: Path) -> None:
    training = services.training
    (tmp_path / "names.txt").write_text("Ada\n", "utf-8")
    to_pdf = lambda *_: b"%PDF"  # noqa: E731 - the window's writer is a program of its own
    made = training.classes.prepare(practice.home, practice.policy, tmp_path / "names.txt", tmp_path / "class", to_pdf)
    training.classes.open_start(practice, made.starts[0])
    for key in ("who-is-awake", "one-week-of-worker-delivery", "nobody-can-sign-in"):
        training.progress.start(practice, key)
        SOLUTIONS[key](practice)
        assert training.progress.refresh(practice).passed
    assert len(training.classes.collect(tmp_path / "class").rows) == 12
    assert trap.sprung == []
