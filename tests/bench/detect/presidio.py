"""Microsoft's Presidio beside ours, on the same texts, in one table.

It is no part of our development environment: `pip install --group bench` adds it. Its language models are not needed:
its recognisers of patterns and checksums run without them, and without the words around that they would weigh; so this
is what Presidio's patterns find, and not all that Presidio can. Answers it is hardly sure of are left out, as are those
about things that are no client data: links, days, and addresses of networks.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterable

from penelope_admin.detect.texts import Own, find_hits
from tests.bench.detect import tickets
from tests.bench.detect.people import REGIONS

SURE = 0.35
NO_CLIENT_DATA = frozenset({"URL", "DATE_TIME", "IP_ADDRESS", "MAC_ADDRESS", "UUID", "CRYPTO"})

Find = Callable[[str, str], bool]


def ours(text: str, region: str) -> bool:
    """Whether we mark anything in a text."""
    return bool(find_hits(text, Own(), region, tickets.TODAY))


def presidio() -> Find:
    """Whether Presidio's patterns mark anything in a text.

    Raises:
        ImportError: it is not installed.
    """
    from presidio_analyzer import RecognizerRegistry
    from presidio_analyzer.predefined_recognizers import PhoneRecognizer, SpacyRecognizer

    logging.disable()  # it says that it cannot look up a list in the internet, and goes on with its own
    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"])
    patterns = [one for one in registry.recognizers if not isinstance(one, (SpacyRecognizer, PhoneRecognizer))]
    recognizers = [*patterns, PhoneRecognizer(supported_regions=REGIONS)]

    def find(text: str, _: str) -> bool:
        return any(
            found.score >= SURE and found.entity_type not in NO_CLIENT_DATA
            for one in recognizers
            for found in one.analyze(text, one.supported_entities, None) or ()
        )

    return find


def measure(say: Callable[[str], None]) -> None:
    """How much each marks of what is a client's and of what is not, and how long it takes."""
    try:
        finders: dict[str, Find] = {"ours": ours, "Presidio": presidio()}
    except ImportError:
        say("presidio-analyzer is not installed: pip install --group bench")
        return
    held = list(tickets._held(random.Random(2026)))
    groups: dict[str, list[tuple[str, str]]] = {}
    for region, kind, text in held:
        group = {"number": "telephone numbers", "address": "email addresses"}.get(kind.partition(" ")[0], "")
        group = "email addresses" if kind.startswith("address") else group
        groups.setdefault(group or "cards, social insurance, births", []).append((region, text))
    chance = random.Random(150)
    groups["clean tickets"] = [("CA", tickets._clean(chance)) for _ in range(150)]
    say(f"{'marked':34} {'texts':>6} " + " ".join(f"{name:>10}" for name in finders))
    spent = dict.fromkeys(finders, 0.0)
    for group, texts in groups.items():
        counts = []
        for name, find in finders.items():
            started = time.process_time()
            counts.append(sum(find(text, region) for region, text in texts))
            spent[name] += time.process_time() - started
        say(f"{group:34} {len(texts):6} " + " ".join(f"{count:10}" for count in counts))
    say(f"{'milliseconds each':41} " + " ".join(f"{_each(spent[name], groups.values()):10.2f}" for name in finders))


def _each(seconds: float, groups: Iterable[list[tuple[str, str]]]) -> float:
    return 1000 * seconds / sum(map(len, groups))
