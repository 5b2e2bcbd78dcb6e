"""Without a network: one quiet mark, what waits says so without alarm, and everything else is as ever."""

from __future__ import annotations

import errno
import re
import socket
from collections.abc import Iterator

import msgspec
import pytest
from PySide6.QtNetwork import QNetworkInformation
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from penelope_admin import services
from penelope_admin.domain.requests import RequestInput
from penelope_admin.ui.network import Network
from penelope_admin.ui.rooms import ROOMS
from penelope_admin.ui.widgets.basics import Banner
from tests import keyrings
from tests.ui.conftest import WAIT_MS, Desktop, looks, texts


def refuse(*_: object, **__: object) -> None:
    raise OSError(errno.ENETUNREACH, "Network is unreachable")


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every socket is refused, and no name is found."""
    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse, raising=False)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    with keyrings.in_memory() as ring:
        ring.set_password("penelope-admin", "it@harbour.example", "secret")
        monkeypatch.setattr(ring, "get_password", lambda *_: "secret")
        yield


def wait_for_mail(desktop: Desktop) -> int:
    """A question whose message waits in the outbox, and a folder in which replies are looked for."""
    context = desktop.app.context
    known = context.read(services.agency.need_profile)
    mine = msgspec.structs.replace(known, imap_host="mail.harbour.example", imap_user="it@harbour.example")
    context.write(services.agency.update, mine)
    asked = RequestInput(kind="question", title="A report", reason="How?")
    key = context.write(services.requests.draft, asked).value.request.id
    context.write(services.requests.delivery.hand_over, key, "smtp")
    return key


def mark(desktop: Desktop) -> QLabel | None:
    return next((found for found in desktop.window.findChildren(QLabel) if found.text() == "No network"), None)


def reds(widget: QWidget) -> list[str]:
    """What is said on a page in the colour of danger or of caution."""
    banners = (banner for banner in widget.findChildren(Banner) if banner.isVisibleTo(widget))
    return [texts(banner) for banner in banners if banner.property("role") in ("danger", "caution")]


def problem_of(desktop: Desktop, key: int) -> str:
    messages = desktop.app.context.read(services.requests.outbox.find_all)
    return next((message.problem for message in messages if message.request_id == key), "")


def test_the_whole_window_works_with_every_socket_refused(desktop: Desktop, no_network: None) -> None:
    window = desktop.window
    key = wait_for_mail(desktop)
    names = {button: button.geometry() for button in window.findChildren(QPushButton)}
    window.show_network(True)
    QApplication.processEvents()
    assert {button: button.geometry() for button in names} == names  # nothing moves under the hand
    desktop.bot.waitUntil(lambda: problem_of(desktop, key) == "It waits for the network.", timeout=WAIT_MS)
    desktop.bot.waitUntil(lambda: window.shell.watch_problem == "It waits for the network.", timeout=WAIT_MS)
    shown = mark(desktop)
    assert shown is not None
    assert shown.text() == "No network"
    for room in ROOMS:
        page = desktop.go(room.name)
        assert not [said for said in reds(page) if re.search("network|server|connection|offline", said)], room.name
    detail = desktop.request(key)
    assert "It waits for the network." in texts(detail)
    desktop.reads(desktop.window.current, "Looking for replies waits for the network.")
    found = desktop.app.context.read(services.overview.load)
    assert found is not None
    (waits,) = (item for item in found.waiting if item.subject == str(key))
    assert (waits.urgency, waits.text.rpartition(": ")[2]) == ("info", "it waits for the network.")


def test_once_the_network_is_back_what_waited_is_tried_at_once(
    desktop: Desktop, no_network: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    desktop.window.show_network(True)
    tried: list[bool] = []
    monkeypatch.setattr(desktop.window.postman, "send", lambda *, now=False: tried.append(now))
    desktop.window.show_network(False)
    assert tried == [True]
    shown = mark(desktop)
    assert shown is not None
    assert not shown.isVisibleTo(desktop.window)


@looks
def test_only_a_network_that_the_system_calls_disconnected_is_gone(desktop: Desktop) -> None:
    reach = QNetworkInformation.Reachability
    network, said = Network(desktop.window), []
    network.changed.connect(said.append)
    for told in (reach.Unknown, reach.Online, reach.Local, reach.Site):
        network.heard(told)
    assert said == []
    for told in (reach.Disconnected, reach.Disconnected, reach.Unknown):
        network.heard(told)
    assert said == [True, False]


@looks
def test_where_the_system_says_nothing_nothing_is_claimed(desktop: Desktop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QNetworkInformation, "loadBackendByFeatures", lambda *_: False)
    network, said = Network(desktop.window), []
    network.changed.connect(said.append)
    network.listen()
    assert said == []
    shown = mark(desktop)
    assert shown is not None
    assert not shown.isVisible()


def test_without_the_system_s_word_a_mail_server_that_is_not_reached_is_told_as_ever(
    desktop: Desktop, no_network: None
) -> None:
    key = wait_for_mail(desktop)
    desktop.window.postman.send(now=True)
    desktop.bot.waitUntil(lambda: problem_of(desktop, key) != "", timeout=WAIT_MS)
    assert "waits for the network" not in problem_of(desktop, key)
