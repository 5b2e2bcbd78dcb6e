"""Whether a window can be shown here. Qt ends the process, without a word of help, where a display cannot be opened."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path


def display_problem() -> str:
    """Why no window can be shown, as the beginning of a sentence; empty where one can."""
    if sys.platform in ("win32", "darwin"):
        return ""
    named = os.environ.get("QT_QPA_PLATFORM", "")
    kinds = [choice.partition(":")[0] for choice in named.split(";") if choice] or ["wayland", "xcb"]
    if any(not kind.startswith(("wayland", "xcb")) for kind in kinds):
        return ""  # such as offscreen, which needs no display
    if os.environ.get("WAYLAND_SOCKET"):
        return ""  # opened already by whoever started us
    displays = _asked_displays(kinds)
    if not displays:
        return "No display was found"
    if any(opens(display) for display, opens in displays.items()):
        return ""
    return f"The display {' or '.join(displays)} could not be opened"


def _asked_displays(kinds: list[str]) -> dict[str, Callable[[str], bool]]:
    """The displays of some kinds that are named, each with how to ask whether it opens."""
    named = (
        ("wayland", os.environ.get("WAYLAND_DISPLAY", ""), _opens_wayland),
        ("xcb", os.environ.get("DISPLAY", ""), _opens_x),
    )
    return {
        display: opens for kind, display, opens in named if display and any(choice.startswith(kind) for choice in kinds)
    }


def _opens_wayland(display: str) -> bool:
    """Whether somebody listens; a name that is no path stands in the folder for such sockets."""
    import socket

    path = Path(os.environ.get("XDG_RUNTIME_DIR", "/")) / display
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as end:
        try:
            end.connect(str(path))
        except OSError:
            return False
    return True


def _opens_x(display: str) -> bool:
    """Whether the X server takes us, asked by the library that Qt uses."""
    import ctypes

    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return True  # what is missing is told when Qt is loaded
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    xcb.xcb_connection_has_error.argtypes = xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(os.fsencode(display), None)
    try:
        return bool(xcb.xcb_connection_has_error(connection) == 0)
    finally:
        xcb.xcb_disconnect(connection)
