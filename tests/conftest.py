"""What all tests share: the shipped policy, and how hypothesis looks for counter-examples."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

from penelope_admin import files
from penelope_admin.policy import Policy, load

# No deadline: a busy machine is no bug. In continuous integration every run tries the same examples.
settings.register_profile("house", deadline=None, print_blob=True, derandomize="CI" in os.environ)
settings.load_profile("house")


@pytest.fixture(scope="session")
def policy() -> Policy:
    """The policy as it is shipped."""
    return load(files.resource("policy.toml"))
