"""What all tests share: the shipped policy, and how hypothesis looks for counter-examples."""

from __future__ import annotations

import gc
import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from penelope_admin import files
from penelope_admin.policy import Policy, load
from penelope_admin.store import dialects
from tests import quick
from tests.effort import examples

if TYPE_CHECKING:
    from penelope_admin.app import TrainingApp
    from tests.keyrings import Memory
    from tests.postoffice import Authority, PostOffice

# Expectations are written in English; a window takes over the language of whoever runs the tests, also for strftime.
os.environ["LC_ALL"] = "C.UTF-8"

WORTH_COLLECTING = 50_000  # new objects

quick.wait_for_no_disk()
quick.look_often()
quick.keep_files_in_memory()
quick.share_statements()
quick.share_migrations()
quick.share_policies()

# A busy machine is no bug, so nothing has a deadline. In continuous integration every run tries the same examples.
settings.register_profile(
    "house",
    deadline=None,
    max_examples=examples(20, long=500),
    database=None,  # what failed is printed with what repeats it
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
    derandomize="CI" in os.environ,
)
settings.load_profile("house")


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Ten thousand tests are no garbage: nothing is looked for while they are collected, nor among them later."""
    gc.disable()
    quick.share_compiled_tests(session.config)
    result = yield
    gc.freeze()
    return result


def pytest_runtest_logfinish() -> None:
    """Garbage is collected between tests, in Qt's thread alone, as in the window."""
    if gc.get_count()[0] >= WORTH_COLLECTING:
        gc.collect()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is heard through an audit hook comes last: it can never be taken away, and is asked 3000 times a test."""
    items.sort(key=lambda item: "trap" in getattr(item, "fixturenames", ()))


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Locks are waited for a moment only; ask for this before anything is opened."""
    monkeypatch.setattr(dialects, "BUSY_SECONDS", 0.05)


@pytest.fixture(scope="session")
def policy() -> Policy:
    """The policy as it is shipped."""
    return load(files.resource("policy.toml"))


@pytest.fixture(scope="session")
def practice_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A practice folder at its beginning, made once for all processes of a run; tests take copies."""
    from filelock import FileLock

    from tests.practice import make_practice

    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with FileLock(shared / "practice.lock"):
        return make_practice(shared / "practice-training")


@pytest.fixture
def practice(tmp_path: Path, practice_home: Path) -> Iterator[TrainingApp]:
    """The program on a practice folder of its own."""
    from tests.practice import copy_practice

    app = copy_practice(practice_home, tmp_path / "home-training")
    yield app
    app.forget_database()


@pytest.fixture(scope="session")
def authority() -> Authority:
    """Vouches for the mail servers of tests."""
    from tests.postoffice import Authority

    return Authority()


@pytest.fixture
def trusted(authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """This computer trusts the test authority only; gives back its certificate."""
    for name, value in authority.environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    return tmp_path / "trusted.pem"


@pytest.fixture
def office(authority: Authority, trusted: Path) -> Iterator[PostOffice]:
    """A mail server that asks nobody to sign in, and that this computer trusts."""
    from tests.postoffice import PostOffice

    with PostOffice(authority=authority, user="") as office:
        yield office


@pytest.fixture
def ring() -> Iterator[Memory]:
    """The system's keyring."""
    from tests.keyrings import in_memory

    with in_memory() as ring:
        yield ring
