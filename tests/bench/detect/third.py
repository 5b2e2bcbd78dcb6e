"""A third set: numbers from other countries, other scripts, spelled out; files in which contacts lie anywhere.

None of it may be called de-identified. Made after the second set was mended.
"""

from __future__ import annotations

import json
import random
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tests.bench.detect import harmless, people
from tests.bench.detect.people import bare, dialled, national, numbers

COUNT = 300


def script(zero: int) -> Callable[[Any, Any], str]:
    """The digits of another script, by its zero."""
    return people.translated("".join(chr(zero + digit) for digit in range(10)))


def one_of_many(number: Any, chance: random.Random) -> str:
    """Each digit in a script of its own."""
    zeros = (0x30, 0x660, 0x6F0, 0x966, 0x9E6, 0xE50, 0xFF10, 0x1D7CE)
    return "".join(chr(chance.choice(zeros) + int(sign)) if sign.isdigit() else sign for sign in national(number))


ZEROS = {
    "Bengali": 0x9E6, "Gurmukhi": 0xA66, "Gujarati": 0xAE6, "Tamil": 0xBE6, "Telugu": 0xC66, "Kannada": 0xCE6,
    "Malayalam": 0xD66, "Lao": 0xED0, "Tibetan": 0xF20, "Myanmar": 0x1040, "Khmer": 0x17E0, "Mongolian": 0x1810,
    "NKo": 0x7C0, "double": 0x1D7D8, "sans": 0x1D7E2, "mono": 0x1D7F6, "segmented": 0x1FBF0, "Javanese": 0xA9D0,
    "Cham": 0xAA50, "Osmanya": 0x104A0, "Adlam": 0x1E950,
}  # fmt: skip
ARABIC = "\u0627\u062a\u0635\u0644 \u0639\u0644\u0649 {} \u0645\u0633\u0627\u0621"
RUSSIAN = "\u0437\u0432\u043e\u043d\u0438\u0442\u0435 {} \u0432\u0435\u0447\u0435\u0440\u043e\u043c"
LOG = "2026-01-{} 10:30:{} INFO sms to={} ok"
NUMBER_WAYS: dict[str, Any] = {
    **{f"script {name}": script(zero) for name, zero in ZEROS.items()},
    "a script for each digit": one_of_many,
    "upper dots": lambda n, _: "\u02d9".join(people.groups(n)),
    "thin and hair blanks": lambda n, _: "\u2009\u200a".join(people.groups(n)),
    "combining enclosing": lambda n, _: "".join(f"{sign}\u20dd" if sign.isdigit() else sign for sign in dialled(n)),
    "small capitals around": lambda n, _: f"\u1d1b\u1d07\u029f {dialled(n)}",
    "after an emoji, no blank": lambda n, _: f"\U0001f4de{national(n)}",
    "in guillemets": lambda n, _: f"\u00ab{national(n)}\u00bb",
    "ideographic comma": lambda n, _: f"\u9023\u7d61\u3001{dialled(n)}\u3002",
    "in an Arabic sentence": lambda n, _: ARABIC.format(dialled(n)),
    "in a Russian sentence": lambda n, _: RUSSIAN.format(national(n)),
    "French keys": lambda n, _: f"t\u00e9l. dom. : {national(n)} ; urg.",
    "in a log line": lambda n, c: LOG.format(c.randrange(10, 29), c.randrange(10, 60), dialled(n)),
    "in XML, as an attribute": lambda n, _: f'<c n="{dialled(n)}"/>',
    "in a SQL row": lambda n, c: f"({c.randrange(999)},'A','{national(n)}',NULL,1)",
    "Python's tuple": lambda n, _: f"('{bare(n)}', None)",
    "scientific, small e": lambda n, _: f"{float(bare(n)):.9e}",
    "with a checkmark between": lambda n, _: "\u2713".join(people.groups(n)),
}
ADDRESS_WAYS: dict[str, Any] = {
    "spread by dashes": lambda a, _: "-".join(a),
    "spread by stars": lambda a, _: "*".join(a),
    "spread by two blanks": lambda a, _: "  ".join(a),
    "blank before the dot": lambda a, _: a.replace(".", " ."),
    "blank after the dot": lambda a, _: a.replace(".", ". "),
    "AT and DOT": lambda a, _: a.replace("@", " AT ").replace(".", " DOT "),
    "<at> <dot>": lambda a, _: a.replace("@", " <at> ").replace(".", " <dot> "),
    "full-width, also the dot": lambda a, _: a.replace("@", "\uff20").replace(".", "\uff0e"),
    "ideographic full stop": lambda a, _: a.replace(".", "\u3002"),
    "in braces of a template": lambda a, _: f"{{{{{a}}}}}",
    "in a log line": lambda a, _: f"2026-01-15 10:30:00 INFO mail to=<{a}>, relay=x, status=sent",
    "in a URL's user": lambda a, _: f"https://x.example/u/{a}/edit",
    "in Python's bytes": lambda a, _: f"b'{a}'",
    "accented name before": lambda a, _: f"Zo\u00eb R\u00e9my<{a}>",
    "in an Arabic sentence": lambda a, _: f"\u0627\u0643\u062a\u0628 \u0625\u0644\u0649 {a} \u0627\u0644\u0622\u0646",
    "decomposed": lambda a, _: unicodedata.normalize("NFD", f"caf\u00e9.{a}"),
    "italic letters": lambda a, _: "".join(
        chr(0x1D608 + ord(sign) - 97 + 26) if "a" <= sign <= "z" else sign for sign in a
    ),
}


def abroad() -> Iterator[tuple[str, str, dict[str, Sequence[str]]]]:
    """Numbers of one region where another's are expected: name, region, columns."""
    for home in people.REGIONS:
        for other in people.REGIONS:
            if {home, other} <= {"CA", "US"}:
                continue
            for name, way in (("national", national), ("dialled", dialled), ("bare", bare)):
                values = [way(number) for number in numbers(other)[:COUNT]]
                for place in ("home_phone", "field7", "notes"):
                    told = [f"Seen today. {value} Back on Monday." for value in values] if place == "notes" else values
                    yield f"{name} of {other}, {place}", home, {place: told}


def anywhere() -> Iterator[tuple[str, str, dict[str, Sequence[str]]]]:
    """Files in which contacts lie among other things."""
    for region in people.REGIONS:
        chance = random.Random(f"anywhere {region}")
        phones, mails = [national(number) for number in numbers(region)], people.addresses(region)
        kinds = [harmless.HARMLESS[name] for name in ("name", "day", "amount", "street", "invoice", "GUID", "IPv4")]

        def other(number: int, kinds: Any = kinds, chance: Any = chance, region: str = region) -> str:
            return str(chance.choice(kinds)(chance, number, region))

        fields = ("first_name", "city", "phone", "mail", "status", "code")
        facts = [(field, number) for number in range(COUNT) for field in fields]
        told: dict[str, Sequence[str]] = {"phone": phones, "mail": mails}
        yield (
            "fields and values",
            region,
            {
                "field": [field for field, _ in facts],
                "value": [told[field][number] if field in told else other(number) for field, number in facts],
            },
        )
        wandering = [[other(n) for n in range(COUNT)] for _ in range(6)]
        for number in range(COUNT):
            wandering[chance.randrange(6)][number] = phones[number]
        yield "a column at random", region, {f"f{index}": column for index, column in enumerate(wandering)}
        yield (
            "one in fifty",
            region,
            {
                "f": [phones[n // 50] if n % 50 == 0 else other(n) for n in range(50 * 40)],
            },
        )
        yield (
            "records in JSON",
            region,
            {
                "blob": [json.dumps({"n": other(n), "c": [{"t": "p", "v": phones[n]}]}) for n in range(COUNT)],
            },
        )
        yield (
            "two halves of a number",
            region,
            {
                "area": [dialled(number)[:4] for number in numbers(region)[:COUNT]],
                "phone": [dialled(number)[4:] for number in numbers(region)[:COUNT]],
            },
        )
        yield "identifiers that are numbers", region, {"case_id": [dialled(n) for n in numbers(region)[:COUNT]]}
