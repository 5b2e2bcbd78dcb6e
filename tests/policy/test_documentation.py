"""What the documentation says of policy files: nothing is left out, and what it shows can be used."""

from __future__ import annotations

import re
from pathlib import Path

from penelope_admin.policy import parse
from penelope_admin.policy.records import Policy
from tests.regions import with_ireland

DOCUMENT = (Path(__file__).parents[2] / "docs" / "policy.md").read_text("utf-8")


def test_every_entry_of_a_policy_is_explained() -> None:
    explained = set(re.findall(r"^\| `\[+([a-z-]+)\]+` \|", DOCUMENT, re.MULTILINE))
    assert explained == {field.replace("_", "-") for field in Policy.__struct_fields__} - {"schema"}


def test_the_region_that_is_shown_can_be_used_as_it_stands() -> None:
    (region,) = re.findall(r"^```toml\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)
    assert parse(with_ireland(region).encode(), "policy.toml").region["IE"].name == "Ireland"
