"""Whatever happens to the shipped file, it is either refused or still keeps ClientConnect and Engage locked."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from penelope_admin.domain.features import availability
from penelope_admin.errors import PolicyError
from penelope_admin.policy import LOCKED_FEATURES, Policy, parse
from tests.effort import examples


def check(raw: bytes) -> None:
    """Refused, or the locked features are there, locked, and nothing else goes by their name."""
    try:
        policy = parse(raw, "policy.toml")
    except PolicyError as error:
        message = str(error)
    else:
        keeps_locked(policy)
        return
    assert message.startswith("policy.toml, line ")


def keeps_locked(policy: Policy) -> None:
    for key in LOCKED_FEATURES:
        feature = policy.feature[key]
        assert feature.availability == "locked"
        assert not feature.environments
        assert not feature.steps
        assert all(availability(feature, environment) == "locked" for environment in policy.environment)
    for feature in policy.features:
        letters = re.sub(r"[^a-z]", "", f"{feature.name} {feature.part_of}".lower())
        if any(key in letters for key in LOCKED_FEATURES):
            assert feature.availability == "locked", feature


@settings(max_examples=examples(12, long=1000))
@given(data=st.data())
def test_no_change_of_lines_opens_a_locked_feature(shipped: str, data: st.DataObject) -> None:
    lines = shipped.split("\n")
    anywhere = st.integers(0, len(lines) - 1)
    for _ in range(data.draw(st.integers(1, 4))):
        place, other = data.draw(anywhere), data.draw(anywhere)
        match data.draw(st.sampled_from(["delete", "copy", "swap", "move block"])):
            case "delete":
                lines[place] = ""
            case "copy":
                lines[place] = lines[other]
            case "swap":
                lines[place], lines[other] = lines[other], lines[place]
            case "move block":
                block = lines[place : place + data.draw(st.integers(1, 12))]
                lines[other:other] = block
    check("\n".join(lines).encode())


@settings(max_examples=examples(12, long=1000))
@given(data=st.data())
def test_no_change_of_bytes_opens_a_locked_feature(shipped: str, data: st.DataObject) -> None:
    raw = bytearray(shipped.encode())
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(raw) - 1))
        raw[place : place + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=8))
    check(bytes(raw))


VALUE = re.compile(r'(?<= = )(?:"[^"\n]*"|\[[^\]]*\]|\d[\d:]*)$', re.MULTILINE)


@settings(max_examples=examples(20, long=2000))
@given(data=st.data())
def test_no_change_of_values_opens_a_locked_feature(shipped: str, data: st.DataObject) -> None:
    """Values of the file itself in other places: nearly always good TOML, and often a good policy."""
    start = shipped.index("[[features]]")
    values = list(VALUE.finditer(shipped, data.draw(st.sampled_from([0, start, shipped.index('key = "dss"')]))))
    text = shipped
    for place in sorted(
        data.draw(st.sets(st.integers(0, min(len(values) - 1, 120)), min_size=1, max_size=4)), reverse=True
    ):
        found = values[place]
        text = text[: found.start()] + data.draw(st.sampled_from(values))[0] + text[found.end() :]
    check(text.encode())


@given(st.binary(max_size=400))
def test_bytes_of_any_kind_are_refused(raw: bytes) -> None:
    check(raw)


@given(st.text(alphabet="[]{}=.,\"'#\n\\ ae1:-", max_size=200))
def test_anything_like_toml_is_refused(text: str) -> None:
    check(text.encode())


@given(data=st.data())
def test_a_file_cut_short_is_refused_or_complete(shipped: str, data: st.DataObject) -> None:
    raw = shipped.encode()
    check(raw[: data.draw(st.integers(0, len(raw)))])
