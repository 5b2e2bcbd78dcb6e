"""Pages after years of use, beside the same pages of an agency that has just begun.

For each page: the processor's time of the main thread until its frame stands, and in its longest turn, and the time
until it has its content and after a change, on the wall and of the processor, when it is shown first and when it is
shown again.
"""

from __future__ import annotations

import gc
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from penelope_admin.app import App
from penelope_admin.gateways.settings import Settings, save
from penelope_admin.ui.main import make_window
from penelope_admin.ui.rooms import ROOMS
from penelope_admin.ui.window import MainWindow
from tests.bench.__main__ import fill_log
from tests.demo import COPY, make_demo
from tests.many import add_requests
from tests.ui.test_nothing_moves import TOPICS, add_events, add_projects

FEW, EVENTS, PROJECTS, REQUESTS, ENTRIES = 10, 2000, 500, 5000, 1_000_000
NEWEST = 500
"""After years of use most requests are done."""
QUIET_TURNS = 20
HOLD, CONTENT, CHANGE = 50, 300, 100
LIMITS = f"frame {HOLD}, longest turn {HOLD}, content {CONTENT}, change {CHANGE}"


class Taken(NamedTuple):
    """What a page took, in ms: of the processor for the main thread, and for the whole program, and on the wall.

    On a machine that does other things as well, the processor's time says more than the wall's.
    """

    page: str
    occasion: str
    frame: float
    turn: float
    content: float
    content_cpu: float
    change: float
    change_cpu: float

    @property
    def in_words(self) -> str:
        """A line of the table."""
        return (
            f"{self.page:10} {self.occasion:6} frame {self.frame:4.0f}  longest turn {self.turn:4.0f}  content "
            f"{self.content:5.0f} ({self.content_cpu:4.0f})  change {self.change:5.0f} ({self.change_cpu:4.0f}) ms"
        )

    @property
    def is_within(self) -> bool:
        """Whether the processor's time keeps every limit."""
        quick = max(self.frame, self.turn) <= HOLD and self.content_cpu <= CONTENT
        return quick and self.change_cpu <= CHANGE


def settle(application: QApplication, window: MainWindow) -> tuple[float, float, float]:
    """Wait until a page has its content: the longest turn of the main thread, all on the wall and of the processor."""
    longest, quiet, start, begun = 0.0, 0, time.perf_counter(), time.process_time()
    while quiet < QUIET_TURNS:
        turn = time.thread_time()
        application.processEvents()
        longest = max(longest, time.thread_time() - turn)
        busy = window.shell.operations.is_busy or not window.current.is_built
        quiet = 0 if busy else quiet + 1
        if busy:  # a window waits for events; one that asks without a pause takes Python from its own worker
            time.sleep(0.001)
    return 1000 * longest, 1000 * (time.perf_counter() - start), 1000 * (time.process_time() - begun)


def fill(app: App, events: int, projects: int, requests: int, newest: int, entries: int) -> None:
    """Years of use; of so many newest requests three of four are open."""
    add_events(app, events)
    add_projects(app, projects)
    add_requests(app.context, requests, newest)
    fill_log(app.context, entries)
    save(app.home, Settings(agency=COPY))


def measure(application: QApplication, app: App) -> Iterator[Taken]:
    """Show every page twice, each time with a change after it."""
    window = make_window(app, application)
    window.show()
    settle(application, window)
    window.start()
    settle(application, window)
    gc.freeze()  # as `ui.main` does
    for occasion in ("first", "again"):
        for room in ROOMS:
            start, begun = time.thread_time(), time.process_time()
            window.go(room.name)
            frame, own = 1000 * (time.thread_time() - start), 1000 * (time.process_time() - begun)
            longest, content, content_cpu = settle(application, window)
            window.shell.operations.changed.emit(TOPICS)
            turn, change, change_cpu = settle(application, window)
            yield Taken(
                room.name, occasion, frame, max(longest, turn), content + frame, content_cpu + own, change, change_cpu
            )
    gc.unfreeze()
    window.close()
    window.shell.operations.finish()


def main() -> int:
    """Measure an agency that has just begun, one after years of use, and one that never closed most of its requests."""
    application = QApplication.instance() or QApplication(["bench", "-style", "fusion"])
    assert isinstance(application, QApplication)
    sys.stdout.write(f"pages, to be within ms: {LIMITS}; in brackets the processor's time\n")
    few = (FEW,) * 5
    for counts in (few, (EVENTS, PROJECTS, REQUESTS, NEWEST, ENTRIES), (EVENTS, PROJECTS, REQUESTS, REQUESTS, ENTRIES)):
        sys.stdout.write("{} events, {} projects, {} requests, {} of them new, {} entries\n".format(*counts))
        with tempfile.TemporaryDirectory() as scratch:
            app = make_demo(Path(scratch) / "home")
            fill(app, *counts)
            for taken in measure(application, app):
                sys.stdout.write(f"  {taken.in_words}\n")
            app.forget_database()
    return 0


if __name__ == "__main__":
    sys.exit(main())
