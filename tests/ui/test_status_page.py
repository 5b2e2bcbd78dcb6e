"""The vendor's status page, from a real server on this computer: told once, quiet when it fails, off at first."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from PySide6.QtWidgets import QPushButton, QWidget

from penelope_admin import services
from penelope_admin.errors import ConflictError
from penelope_admin.gateways import status_page
from penelope_admin.gateways.status_page import MAX_BYTES, UPCOMING
from penelope_admin.ui import status_watch
from penelope_admin.ui.dialogs.incoming import IncomingSheet
from penelope_admin.ui.status_watch import EVERY_MS, StatusWatch
from tests.gateways.test_status_page import MAINTENANCE
from tests.ui.conftest import WAIT_MS, Desktop, texts


class Page(ThreadingHTTPServer):
    """A status page; what it answers is set by the test. `cut` bytes fewer come than are promised."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status, self.cut = 200, 0
        self.headers: dict[str, str] = {}
        self.lists: dict[str, Any] = {"scheduled-maintenances": [], "incidents": []}
        self.body: bytes | None = None
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.released = threading.Event()
        self.released.set()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Page

    def do_GET(self) -> None:
        page = self.server
        page.asked.append((self.path, dict(self.headers)))
        page.released.wait(30)
        kind = "incidents" if "incidents" in self.path else "scheduled-maintenances"
        if page.headers.get("ETag") and self.headers.get("If-None-Match") == page.headers["ETag"]:
            self.send_response(304)
            self.end_headers()
            return
        body = page.body if page.body is not None else json.dumps({kind.replace("-", "_"): page.lists[kind]}).encode()
        self.send_response(page.status)
        for name, value in page.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) + page.cut))
        self.end_headers()
        with suppress(OSError):  # whoever asked has seen enough
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def page() -> Iterator[Page]:
    server = Page()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)  # looks so often for its end
    thread.start()
    yield server
    server.released.set()
    server.shutdown()
    server.server_close()


def watch(desktop: Desktop, page: Page) -> StatusWatch:
    """Look at the page, and wait for both answers."""
    desktop.window.shell.remember(status_page=page.address)
    desktop.window.watch_status_page()
    assert desktop.window.status is not None
    answered(desktop, desktop.window.status)
    return desktop.window.status


def answered(desktop: Desktop, status: StatusWatch) -> None:
    desktop.bot.waitUntil(lambda: not status._asked, timeout=WAIT_MS)
    desktop.settle()


def named(widget: QWidget, text: str) -> QPushButton:
    """The button with some words."""
    return next(found for found in widget.findChildren(QPushButton) if found.text() == text)


def told(desktop: Desktop) -> str:
    return texts(desktop.window._strip)


def test_without_an_address_nothing_is_asked(desktop: Desktop) -> None:
    assert desktop.window.status is None


def test_what_it_announces_is_offered_as_a_notice_is(desktop: Desktop, page: Page) -> None:
    page.lists["scheduled-maintenances"] = [MAINTENANCE | {"name": "Emergency maintenance of a disk"}]
    watch(desktop, page)
    assert "announces “Emergency maintenance of a disk”" in told(desktop)
    desktop.click(named(desktop.window._strip, "Look at it"))
    sheet = desktop.sheet(IncomingSheet)
    desktop.reads(sheet, "1 window found")


def test_it_is_told_once(desktop: Desktop, page: Page) -> None:
    page.lists["scheduled-maintenances"] = [MAINTENANCE]
    status = watch(desktop, page)
    desktop.click(named(desktop.window._strip, "Close"))
    status.check()
    answered(desktop, status)
    assert told(desktop) == ""


def test_what_could_not_be_looked_up_is_told_once_it_can(
    desktop: Desktop, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ConflictError("Another program is busy.")

    page.headers["ETag"] = '"1"'
    page.lists["scheduled-maintenances"] = [MAINTENANCE]
    with monkeypatch.context() as busy:
        busy.setattr(services.calendar.incoming, "look_into", fail)
        status = watch(desktop, page)
    assert (told(desktop), status.problems[UPCOMING]) == ("", "Another program is busy.")
    status.check()
    answered(desktop, status)
    assert "announces" in told(desktop)


def test_what_was_said_not_to_be_ours_is_not_told_of(desktop: Desktop, page: Page) -> None:
    found = services.calendar.incoming.look_into(
        desktop.app.context,
        status_page.read(json.dumps({"scheduled_maintenances": [MAINTENANCE]}).encode())[0].text,
    )
    desktop.app.context.write(services.calendar.incoming.say_not_ours, [(found.proposals[0], "Another server")])
    page.lists["scheduled-maintenances"] = [MAINTENANCE]
    watch(desktop, page)
    assert told(desktop) == ""


def test_one_address_is_looked_at_after_another(desktop: Desktop, page: Page) -> None:
    watch(desktop, page)
    status = watch(desktop, page)
    desktop.bot.waitUntil(lambda: desktop.window.findChildren(StatusWatch) == [status], timeout=WAIT_MS)


def test_an_incident_is_told_of(desktop: Desktop, page: Page) -> None:
    page.lists["incidents"] = [{"id": "i", "name": "Slow pages"}]
    watch(desktop, page)
    assert "tells of “Slow pages”, not solved yet" in told(desktop)


def test_what_has_not_changed_is_not_sent_again(desktop: Desktop, page: Page) -> None:
    page.headers = {"ETag": '"one"'}
    status = watch(desktop, page)
    status.check()
    answered(desktop, status)
    assert page.asked[-1][1]["If-None-Match"] == '"one"'
    assert status.problems == {}


@pytest.mark.parametrize(("status", "header", "pause"), [(429, "7200", 7_200_000), (503, "x", 0), (500, "", 0)])
def test_a_page_that_refuses_is_left_alone_for_longer(
    desktop: Desktop, page: Page, status: int, header: str, pause: int
) -> None:
    page.status, page.headers = status, {"Retry-After": header}
    found = watch(desktop, page)
    assert "could not be read" in found.problems[UPCOMING]
    assert found._timer.remainingTime() > max(1.5 * EVERY_MS, 0.9 * pause), "Qt may be a twentieth early"
    assert told(desktop) == "", "nobody is interrupted"


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"scheduled_maintenances": [', b"x" * (2 * MAX_BYTES)])
def test_an_answer_that_is_none_is_quietly_tried_again(desktop: Desktop, page: Page, body: bytes) -> None:
    page.body = body
    assert watch(desktop, page).problems
    assert told(desktop) == ""


def test_an_answer_that_is_cut_short_is_none(desktop: Desktop, page: Page) -> None:
    page.cut = 100
    page.headers = {"Connection": "close"}
    assert UPCOMING in watch(desktop, page).problems


def test_a_page_that_gives_no_answer_is_given_up(desktop: Desktop, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status_watch, "ANSWER_MS", 200)
    page.released.clear()
    assert UPCOMING in watch(desktop, page).problems


def test_once_it_goes_well_again_the_pause_is_the_usual_one(desktop: Desktop, page: Page) -> None:
    page.status = 500
    status = watch(desktop, page)
    page.status = 200
    for _ in range(2):
        status.check()
        answered(desktop, status)
    assert status.problems == {}
    assert status._timer.remainingTime() < 1.5 * EVERY_MS


def test_closing_the_window_ends_a_look_that_is_under_way(desktop: Desktop, page: Page) -> None:
    page.released.clear()
    desktop.window.shell.remember(status_page=page.address)
    desktop.window.watch_status_page()
    desktop.window.close()
    assert desktop.window.status is not None
    assert not desktop.window.status._asked


def test_support_leads_to_the_page_or_to_where_its_address_is_given(desktop: Desktop) -> None:
    desktop.click(named(desktop.go("support"), "Add the vendor's status page …"))
    desktop.settle()
    assert desktop.window.current.name == "settings"
