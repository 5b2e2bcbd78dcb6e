"""Penelope Admin's desktop entry: `python main.py` takes the same arguments as `penelope-admin`."""

from penelope_admin.__main__ import main

if __name__ == "__main__":
    main()
