"""`python -m penelope_admin`: the command line, which opens the window when no command is given."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the program with the process's arguments."""
    from penelope_admin.cli import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
