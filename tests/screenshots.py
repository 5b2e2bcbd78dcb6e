"""Renders every page and sheet, light and dark, from the demo agency at its fixed instant: `make screenshots`."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QLocale, QSize
from PySide6.QtWidgets import QApplication, QWidget

from penelope_admin import services
from penelope_admin.app import App
from penelope_admin.clock import FixedClock
from penelope_admin.gateways.settings import AgencyCopy, Settings, save
from penelope_admin.ui import theme
from penelope_admin.ui.main import make_window
from penelope_admin.ui.widgets.countdown import DRAWN_AFTER_MS
from penelope_admin.ui.window import ROOMS, MainWindow
from tests.demo import NOW, make_demo

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "screenshots"
SIZES = {"": QSize(1080, 760), "-narrow": QSize(900, 600)}


def settle(window: MainWindow) -> None:
    """Wait until every service call is answered and everything is laid out."""
    application = QApplication.instance()
    assert application is not None
    start = time.monotonic()
    while time.monotonic() - start < 2 * DRAWN_AFTER_MS / 1000:
        application.processEvents()
    for _ in range(5):
        while window.desk.operations.is_busy or not window.current.is_built:
            application.processEvents()
        application.processEvents()


def shoot(widget: QWidget, name: str) -> None:
    """Save a picture."""
    widget.grab().save(str(FOLDER / f"{name}.png"))


def sheets(window: MainWindow) -> list[tuple[str, Callable[[], None]]]:
    """Every sheet, with what opens it."""
    from penelope_admin.ui.dialogs.bug import BugSheet
    from penelope_admin.ui.dialogs.event import EventSheet
    from penelope_admin.ui.dialogs.notice import NoticeSheet
    from penelope_admin.ui.dialogs.refresh import open_refresh_sheet
    from penelope_admin.ui.dialogs.step import StepSheet
    from penelope_admin.ui.dialogs.switch import DisableSheet, EnableSheet, StepsSheet

    desk, context = window.desk, window.desk.app.context
    register = services.features.find_all(context)
    view = {item.feature.key: item for item in register.features}
    sent = services.requests.find(context, 2)
    error = ValueError("an example")
    return [
        ("switch-on", lambda: desk.open_sheet(EnableSheet(desk, view["external-communications.sms"], register))),
        ("switch-off", lambda: desk.open_sheet(DisableSheet(desk, view["general-ledger"]))),
        ("steps", lambda: desk.open_sheet(StepsSheet(desk, view["ms-exchange"]))),
        ("refresh", lambda: open_refresh_sheet(desk)),
        ("notice", lambda: desk.open_sheet(NoticeSheet(desk, None))),
        ("record-refresh", lambda: desk.open_sheet(EventSheet(desk, "mirrored", "refreshed"))),
        ("record-upgrade", lambda: desk.open_sheet(EventSheet(desk, "mirrored", "upgraded"))),
        ("case-number", lambda: desk.open_sheet(StepSheet(desk, sent, "acknowledged"))),
        ("refresh-done", lambda: desk.open_sheet(StepSheet(desk, sent, "done"))),
        ("cancel-request", lambda: desk.open_sheet(StepSheet(desk, sent, "cancelled"))),
        ("palette", window.open_palette),
        ("bug", lambda: desk.open_sheet(BugSheet(desk, error))),
    ]


def shoot_sheet(window: MainWindow, name: str, opens: Callable[[], None]) -> None:
    """Open a sheet, take its picture, close it."""
    opens()
    settle(window)
    sheet = window.sheets[-1]
    shoot(sheet, name)
    sheet.reject()
    settle(window)


def shoot_all(application: QApplication, home: Path, scheme: theme.Scheme) -> None:
    """Every page in both sizes, and every sheet, in one scheme."""
    app = make_demo(home)
    copy = AgencyCopy("Harbour Family Services", "CA", "America/Winnipeg")
    save(home, Settings(agency=copy, scheme=scheme))
    window = make_window(app, application)
    window.show()
    settle(window)
    window.start()
    settle(window)
    for suffix, size in SIZES.items():
        window.resize(size)
        for room in ROOMS:
            window.go(room.name)
            settle(window)
            shoot(window, f"{room.name}{suffix}-{scheme}")
    for name, opens in sheets(window):
        shoot_sheet(window, f"sheet-{name}-{scheme}", opens)
    posture_after_refresh(window, scheme)
    window.close()
    window.desk.operations.finish()
    app.forget_database()


def posture_after_refresh(window: MainWindow, scheme: theme.Scheme) -> None:
    """The worst moment: refreshed, not upgraded since."""
    from penelope_admin.ui.dialogs.switch import EnableSheet

    context = window.desk.app.context
    services.environments.record_event(context, "mirrored", "refreshed", NOW)
    register = services.features.find_all(context)
    view = next(item for item in register.features if item.feature.key == "external-communications.sms")
    desk = window.desk
    shoot_sheet(window, f"sheet-switch-on-real-{scheme}", lambda: desk.open_sheet(EnableSheet(desk, view, register)))
    window.desk.operations.changed.emit(frozenset({"environments", "features"}))
    for name in ("features", "mirror"):
        window.go(name)
        settle(window)
        shoot(window, f"{name}-real-{scheme}")


def shoot_first_run(application: QApplication, home: Path, scheme: theme.Scheme) -> None:
    """The empty program and its wizard."""
    home.mkdir()
    save(home, Settings(scheme=scheme))
    app = App(home, clock=FixedClock(NOW))
    window = make_window(app, application)
    window.show()
    settle(window)
    window.start()
    settle(window)
    shoot(window.sheets[-1], f"sheet-wizard-{scheme}")
    window.sheets[-1].reject()
    window.close()
    window.desk.operations.finish()
    app.forget_database()


def main() -> int:
    """Render everything into docs/screenshots."""
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom))
    application = QApplication(["screenshots", "-style", "fusion"])
    FOLDER.mkdir(parents=True, exist_ok=True)
    schemes: tuple[theme.Scheme, ...] = ("light", "dark")
    platform.platform = lambda *_: "Linux"  # the pictures are the same on every machine
    scratch = Path(tempfile.gettempdir()) / "penelope-admin-demo"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    for scheme in schemes:
        shoot_all(application, scratch / scheme, scheme)
        shoot_first_run(application, scratch / f"{scheme}-new", scheme)
    shutil.rmtree(scratch)
    sys.stdout.write(f"{len(list(FOLDER.glob('*.png')))} pictures in {FOLDER}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
