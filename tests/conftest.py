"""What all tests share: the shipped policy, and how hypothesis looks for counter-examples."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

from penelope_admin import files
from penelope_admin.policy import Policy, load

# Expectations are written in English; a window takes over the language of whoever runs the tests, also for strftime.
os.environ["LC_ALL"] = "C.UTF-8"

# A busy machine is no bug, so nothing has a deadline. In continuous integration every run tries the same examples.
settings.register_profile(
    "house",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
    derandomize="CI" in os.environ,
)
settings.load_profile("house")


@pytest.fixture(scope="session")
def policy() -> Policy:
    """The policy as it is shipped."""
    return load(files.resource("policy.toml"))
