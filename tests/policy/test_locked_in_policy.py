"""No policy file opens ClientConnect or Engage, however it is spelt."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penelope_admin.errors import PolicyError
from penelope_admin.policy import LOCKED_FEATURES, parse
from tests.each import each

OPEN = """availability = "re-enableable"
environments = ["mirrored"]
phi-risk = "high"
uses-contact-details = true
reaches = "Everybody."
steps = ["Sign in to {environment} and switch it on."]
steps-off = ["Sign in to {environment} and switch it off."]
"""
CLOSED = """availability = "locked"
environments = []
uses-contact-details = true
"""


def open_feature(key: str, name: str, part_of: str | None = None) -> str:
    """A re-enableable feature, as TOML."""
    part = f'part-of = "{part_of}"\n' if part_of else ""
    return (
        f'\n[[features]]\nkey = "{key}"\nname = "{name}"\n{part}meaning = "Anything."\nafter-upgrade = "Off"\n'
        f'{OPEN}source = "MIRROR"\n'
    )


def refused(text: str, reason: str) -> None:
    with pytest.raises(PolicyError) as caught:
        parse(text.encode(), "policy.toml")
    assert reason in str(caught.value)
    assert ", key features" in str(caught.value)


def edit(shipped: str, old: str, new: str) -> str:
    assert shipped.count(old) == 1
    return shipped.replace(old, new)


def test_the_feature_used_here_would_be_fine_under_another_name(shipped: str) -> None:
    policy = parse((shipped + open_feature("reminders", "Rappels énergiques")).encode(), "policy.toml")
    assert policy.feature["reminders"].availability == "re-enableable"


@pytest.fixture(params=sorted(LOCKED_FEATURES))
def locked(request: pytest.FixtureRequest) -> str:
    """The key of a locked feature."""
    return str(request.param)


def described(shipped: str, key: str) -> str:
    """What the shipped file says of a feature."""
    start = shipped.index(f'[[features]]\nkey = "{key}"')
    return shipped[start : shipped.index('source = "MIRROR"', start)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (CLOSED, OPEN),
        ('availability = "locked"', 'availability = "re-enableable"'),
        ('availability = "locked"', 'availability = "not-listed"'),
        ("environments = []", 'environments = ["mirrored"]'),
        ("environments = []", 'environments = ["preview"]'),
        ("environments = []", 'environments = []\nphi-risk = "high"'),
        ("environments = []", 'environments = []\nsteps = ["Switch it on."]'),
    ],
)
def test_a_locked_feature_cannot_be_described_as_open(shipped: str, locked: str, old: str, new: str) -> None:
    before = described(shipped, locked)
    assert old in before
    refused(edit(shipped, before, before.replace(old, new)), "cannot be enabled, and no policy may say otherwise")


def test_a_locked_feature_cannot_be_left_out(shipped: str, locked: str) -> None:
    start = shipped.index(described(shipped, locked))
    end = shipped.index('source = "MIRROR"\n', start) + len('source = "MIRROR"\n')
    refused(shipped[:start] + shipped[end:], f'the locked feature "{locked}" is missing')


def test_a_locked_feature_cannot_be_there_a_second_time_and_open(shipped: str, locked: str) -> None:
    refused(shipped + open_feature(locked, "A copy"), "no policy may say otherwise")


SPELLINGS = [
    ("CLIENTCONNECT", "A"),
    ("client-connect", "A"),
    ("client_connect", "A"),
    ("client.connect", "A"),
    ("Client Connect", "A"),
    ("my-clientconnect-2", "A"),
    (" engage", "A"),
    ("engage ", "A"),
    ("ENGAGE", "A"),
    ("e-n-g-a-g-e", "A"),
    ("engage.workflows", "A"),
    ("portal", "ClientConnect"),
    ("portal", "client connect"),
    ("portal", "Client·Connect (new)"),
    ("portal", "ＣｌｉｅｎｔＣｏｎｎｅｃｔ"),
    ("portal", "Client\u200bConnect"),
    ("portal", "Client\u00adConnect"),
    ("portal", "Clíéntcönnect"),
    ("portal", "𝐂𝐥𝐢𝐞𝐧𝐭𝐂𝐨𝐧𝐧𝐞𝐜𝐭"),
    ("workflows", "Engage"),
    ("workflows", "Ⓔngage"),
    ("workflows", "ENGAGE Workflows"),
    ("workflows", "E\u0301ngage"),
]


@each("key, name", SPELLINGS)
def test_a_locked_feature_cannot_come_back_under_another_spelling(shipped: str, key: str, name: str) -> None:
    refused(shipped + open_feature(key, name), "this feature can only be described under the key")


@each(
    "key, name",
    [
        ("portal", "Clientconn\u0435ct"),  # a Cyrillic e
        ("portal", "\u0421lientConnect"),  # a Cyrillic C
        ("workflows", "\u0395ngage"),  # a Greek E
        ("\u0435ngage", "Workflows"),
        ("workflows", "Eng\u0251ge"),  # a Latin alpha
    ],
)
def test_letters_that_pass_for_latin_ones_are_refused_in_a_feature_s_key_and_name(
    shipped: str, key: str, name: str
) -> None:
    refused(shipped + open_feature(key, name), "has letters that could pass for others")


@each(
    "name",
    [
        "C1ientConnect", "CIientConnect", "Cl1entC0nnect", "ClientConn3ct", "C|ientConnect", "Client+Connect",
        "Client2Connect", "Client | Connect", "Cl!en7c0nnec7", "Enga9e", "Eng4ge", "3ngage", "Eng@ge", "Enqaqe",
        "En6age", "EN9A9E 2",
    ],
)  # fmt: skip
def test_ascii_signs_that_pass_for_letters_do_not_open_a_locked_feature(shipped: str, name: str) -> None:
    refused(shipped + open_feature("portal", name), "this feature can only be described under the key")
    refused(shipped + open_feature(name, "Portal"), "this feature can only be described under the key")


@each(
    "steps",
    [
        '["Open ClientConnect, switch it on."]',
        '["Go to Settings.", "Open client connect and switch it on."]',
        '["Open the page Client", "Connect: switch it on."]',
        '["Switch C1ientC0nnect on."]',
        '["Open ＥＮＧＡＧＥ."]',
        '["Open Enga9e."]',
    ],
)
@each("field", ["steps", "steps-off"])
def test_no_step_of_a_feature_that_can_be_enabled_names_a_locked_one(shipped: str, field: str, steps: str) -> None:
    text = shipped + open_feature("reminders", "Reminders")
    start = text.rindex(f"\n{field} = ")
    end = text.index("\n", start + 1)
    refused(f"{text[:start]}\n{field} = {steps}{text[end:]}", "no step of a feature that can be enabled may name")


def test_no_step_has_letters_that_pass_for_latin_ones(shipped: str) -> None:
    text = shipped + open_feature("reminders", "Reminders")
    refused(text.replace('and switch it on."]\nsteps-off', 'and open \u0415ngage."]\nsteps-off'), "has letters that")


@each("whole", ["engage", "clientconnect", "Engage"])
def test_no_part_of_a_locked_feature_can_be_opened(shipped: str, whole: str) -> None:
    refused(shipped + open_feature("workflows", "Workflows", part_of=whole), "no part of")


def test_a_part_of_a_locked_feature_may_be_described_as_locked(shipped: str) -> None:
    part = open_feature("workflows", "Workflows", part_of="engage").replace(OPEN, CLOSED)
    assert parse((shipped + part).encode(), "policy.toml").feature["workflows"].availability == "locked"


def spelt(letter: str) -> st.SearchStrategy[str]:
    """Ways to write a letter that look the same to a hurried reader."""
    wide = chr(ord(letter) + 0xFEE0)
    forms = [letter, letter.upper(), wide, wide.upper(), unicodedata.normalize("NFC", letter + "\u0301")]
    return st.sampled_from(forms).flatmap(
        lambda form: st.sampled_from(["", " ", "-", "_", ".", "\u00a0", "\u200d", "\u2011", "/", "'"]).map(
            lambda gap: form + gap
        )
    )


@given(data=st.data(), locked=st.sampled_from(sorted(LOCKED_FEATURES)), in_key=st.booleans())
def test_no_spelling_of_a_locked_feature_gets_through(
    shipped: str, data: st.DataObject, locked: str, in_key: bool
) -> None:
    spelling = "".join(data.draw(spelt(letter)) for letter in locked)
    key, name = (spelling, "A feature") if in_key else ("a-feature", spelling)
    with pytest.raises(PolicyError):
        parse((shipped + open_feature(key, name)).encode(), "policy.toml")
