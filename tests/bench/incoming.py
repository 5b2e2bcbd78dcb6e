"""`python -m tests.bench.incoming`: how long messages and calendars take that were changed at random, 10,000 of them.

They are read in a process of their own, so that its peak of memory is theirs. None may raise but a refusal in words.
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from penelope_admin.clock import FixedClock
from penelope_admin.errors import BadInputError
from penelope_admin.files import resource as shipped
from penelope_admin.policy import load
from penelope_admin.services.calendar import incoming
from tests.gateways.test_calendars import calendar
from tests.mail import outlook
from tests.services.house import NOW, PROFILE, open_context
from tests.services.test_incoming import BODY, EMERGENCY, EVENT, MAIL, MOVED, SUBJECT

COUNT = 10_000
LARGE = 2_000_000
_CORPUS = Path(__file__).resolve().parents[1] / "mail" / "corpus"
_BITS = (
    b"04/05/2026 ",
    b"21:00 to ",
    b"Saturday ",
    b"\n\n",
    b"\x00",
    b"\xff",
    b"=?",
    b"--x",
    b"BEGIN:VEVENT\n",
    b"ET ",
)


def seeds() -> list[bytes]:
    """Messages and calendars as they come."""
    known = [path.read_bytes() for path in sorted(_CORPUS.iterdir()) if path.suffix in (".eml", ".txt")]
    texts = (MAIL, MOVED, EMERGENCY, f"Subject: {SUBJECT}\n\n{BODY}", calendar(EVENT), calendar(*[EVENT] * 30))
    return [*known, *(text.encode() for text in texts), outlook.message({"0037": SUBJECT, "1000": BODY})]


def mutated(rng: random.Random, known: list[bytes]) -> Iterator[bytes]:
    """Changed at random without end: bytes replaced, pieces cut, doubled or put in; now and then very long."""
    while True:
        data = bytearray(rng.choice(known))
        for _ in range(rng.randint(1, 12)):
            place, length = rng.randrange(len(data) + 1), rng.randint(0, 60)
            change = rng.randrange(4)
            if change == 0 and place < len(data):
                data[place] = rng.randrange(256)
            elif change == 1:
                del data[place : place + length]
            elif change == 2:
                data[place:place] = data[place : place + length]
            else:
                data[place:place] = rng.choice(_BITS) * rng.randint(1, 20)
        if rng.random() < 0.005:
            data *= LARGE // max(1, len(data))
        yield bytes(data[:LARGE])


def main() -> None:
    """Print how many were read and refused, the slowest, and the peak of memory."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    with tempfile.TemporaryDirectory() as folder:
        from penelope_admin.services import agency

        context = open_context(Path(folder) / "home", load(shipped("policy.toml")), FixedClock(NOW), "ada")
        context.write(agency.set_up, PROFILE)
        file, before = Path(folder) / "notice", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        slowest, windows = 0.0, 0
        for data in (data for data, _ in zip(mutated(random.Random(1), seeds()), range(count), strict=False)):
            file.write_bytes(data)
            start = time.process_time()
            with suppress(BadInputError):
                windows += len(incoming.look_into(context, file).proposals)
            slowest = max(slowest, time.process_time() - start)
        context.store.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        f"{count} messages and calendars: {windows} windows proposed, the slowest took {slowest:.2f} s of the "
        f"processor; peak {peak / 1024:.0f} MiB, {(peak - before) / 1024:.0f} MiB of it for reading"
    )


if __name__ == "__main__":
    main()
