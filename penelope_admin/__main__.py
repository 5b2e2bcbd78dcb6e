"""`python -m penelope_admin`: the command line, which opens the window when no command is given."""

from __future__ import annotations

import gc
import os
import sys
from typing import NoReturn

from penelope_admin.invocation import HELPERS, RUN_HELPER


def main() -> None:
    """Run the program with the process's arguments."""
    # Nothing made while starting is garbage; collecting again and again would only hold the first frame up.
    gc.disable()
    sys.exit(_run(sys.argv[1:]))


def window() -> None:
    """Open the window, as its icon does: the same program without a terminal."""
    gc.disable()
    sys.exit(_run(["gui", *sys.argv[1:]]))


def _run(arguments: list[str]) -> int:
    """Open the window by the short way if that is all that is asked for, else ask the command line.

    The short way knows the plainest form of `gui` only, and spares the window the command line's imports. What it
    does not understand, `cli` understands or refuses.
    """
    if arguments[:1] == [RUN_HELPER] and arguments[1:] and arguments[1] in HELPERS:
        import importlib

        importlib.import_module(arguments[1]).main()
        return 0
    options = _plain_window_options(arguments)
    if options is not None:
        from penelope_admin.app import app_for
        from penelope_admin.ui.main import run as run_window

        try:
            app = app_for(options.get("--home"), options.get("--database"))
            _leave(run_window(app, options.get("--exit-after"), options.get("--page")))
        except Exception as error:
            from penelope_admin.cli import explain

            code = explain(error, options.get("--home"))
            _show_on_screen(error)
            return code
    gc.enable()
    from penelope_admin.cli import run

    return run(arguments)


def _show_on_screen(error: Exception) -> None:
    """Started from an icon nobody reads stderr: say it in a box, if Qt can show one."""
    if (sys.stderr is not None and sys.stderr.isatty()) or os.environ.get("QT_QPA_PLATFORM"):
        return
    from penelope_admin.errors import DisplayError
    from penelope_admin.gateways.display import display_problem

    if not display_problem() and not isinstance(error, DisplayError):
        from penelope_admin.ui.main import show_message

        show_message(str(error))


def _leave(code: int) -> NoReturn:
    """End the process at once. Everything is saved and closed by now; taking Qt and Python apart
    object by object would only keep the user waiting, and is where such programs like to crash."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # as in a program without a console
            stream.flush()
    os._exit(code)


def _plain_window_options(arguments: list[str]) -> dict[str, str] | None:
    """The options of `gui` when nothing else is on the line, or no word at all where there is a display; else None."""
    if not arguments:
        from penelope_admin.gateways.display import display_problem

        return None if display_problem() else {}
    if "gui" not in arguments:
        return None
    command = arguments.index("gui")
    before, after = arguments[:command], arguments[command + 1 :]
    options: dict[str, str] = {}
    for part, allowed in ((before, {"--home", "--database"}), (after, {"--exit-after", "--page"})):
        names = part[::2]
        if len(part) % 2 or len(set(names)) < len(names) or not allowed.issuperset(names):
            return None
        options |= zip(names, part[1::2], strict=True)
    return options if options.get("--exit-after", "ready") in ("first-frame", "ready") else None


if __name__ == "__main__":
    main()
