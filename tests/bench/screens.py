"""Pages after years of use, beside the same pages of an agency that has just begun.

For each page: the processor's time of the main thread until its frame stands, and in its longest turn, and the time on
the wall until it has its content, when it is shown first, when it is shown again, and after a change.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from penelope_admin.gateways.settings import AgencyCopy, Settings, save
from penelope_admin.ui.main import make_window
from penelope_admin.ui.window import MainWindow
from tests.bench.__main__ import fill_log
from tests.demo import make_demo
from tests.many import add_requests
from tests.ui.test_nothing_moves import TOPICS, add_events, add_projects

PAGES = ("overview", "databases", "projects", "requests", "activity")
FEW, EVENTS, PROJECTS, REQUESTS, ENTRIES = 10, 2000, 500, 5000, 1_000_000
NEWEST = 500
"""After years of use most requests are done."""
QUIET_TURNS = 20
LIMITS = "frame 50, longest turn 50, content 300, change 100"


def settle(application: QApplication, window: MainWindow) -> tuple[float, float]:
    """Wait until a page has its content: the longest turn of the main thread, and how long it all took; in ms."""
    longest, quiet, start = 0.0, 0, time.perf_counter()
    while quiet < QUIET_TURNS:
        turn = time.thread_time()
        application.processEvents()
        longest = max(longest, time.thread_time() - turn)
        busy = window.shell.operations.is_busy or not window.current.is_built
        quiet = 0 if busy else quiet + 1
        if busy:  # a window waits for events; one that asks without a pause takes Python from its own worker
            time.sleep(0.001)
    return 1000 * longest, 1000 * (time.perf_counter() - start)


def measure(application: QApplication, events: int, projects: int, requests: int, newest: int, entries: int) -> None:
    """Print a line for each page and occasion; of so many newest requests three of four are open."""
    with tempfile.TemporaryDirectory() as scratch:
        app = make_demo(Path(scratch) / "home")
        add_events(app, events)
        add_projects(app, projects)
        add_requests(app.context, requests, newest)
        fill_log(app.context, entries)
        save(app.home, Settings(agency=AgencyCopy("Harbour Family Services", "CA", "America/Resolute")))
        window = make_window(app, application)
        window.show()
        settle(application, window)
        window.start()
        settle(application, window)
        for occasion in ("first", "again"):
            for name in PAGES:
                start = time.thread_time()
                window.go(name)
                frame = 1000 * (time.thread_time() - start)
                longest, content = settle(application, window)
                window.shell.operations.changed.emit(TOPICS)
                turn, change = settle(application, window)
                sys.stdout.write(
                    f"{events:5} events {projects:4} projects {requests:5} requests, {newest:4} of them new  "
                    f"{name:10} {occasion:6} "
                    f"frame {frame:4.0f}  longest turn {longest:4.0f}  content {content:5.0f}  "
                    f"change {change:5.0f} (longest turn {turn:3.0f}) ms\n"
                )
        window.close()
        window.shell.operations.finish()
        app.forget_database()


def main() -> int:
    """Measure an agency that has just begun, one after years of use, and one that never closed most of its requests."""
    application = QApplication.instance() or QApplication(["bench", "-style", "fusion"])
    assert isinstance(application, QApplication)
    sys.stdout.write(f"pages, to be within ms: {LIMITS}\n")
    measure(application, FEW, FEW, FEW, FEW, FEW)
    measure(application, EVENTS, PROJECTS, REQUESTS, NEWEST, ENTRIES)
    measure(application, EVENTS, PROJECTS, REQUESTS, REQUESTS, ENTRIES)
    return 0


if __name__ == "__main__":
    sys.exit(main())
