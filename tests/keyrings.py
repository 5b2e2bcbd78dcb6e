"""A keyring that lives as long as a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import keyring
from keyring.backend import KeyringBackend


class Memory(KeyringBackend):
    """Keeps passwords in memory."""

    priority = 0  # the system never picks it by itself

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@contextmanager
def in_memory() -> Iterator[Memory]:
    """The system's keyring is one in memory; afterwards the one from before is back."""
    before = keyring.core._keyring_backend
    ring = Memory()
    keyring.set_keyring(ring)
    try:
        yield ring
    finally:
        keyring.core._keyring_backend = before
