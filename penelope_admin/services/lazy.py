"""Loads the modules of a room on first use: what is not called costs neither time nor memory."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import ModuleType


def modules_of(package: str) -> Callable[[str], ModuleType]:
    """What a package calls for a name that it does not have: the module of that name.

    Raises:
        AttributeError: there is no such module.
    """

    def load(name: str) -> ModuleType:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return importlib.import_module(f"{package}.{name}")
        except ModuleNotFoundError as error:
            if error.name != f"{package}.{name}":
                raise
            raise AttributeError(f"{package} has no {name}") from None

    return load
