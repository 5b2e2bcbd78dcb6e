"""The regions of the shipped policy, and one that it does not have."""

from __future__ import annotations

from pathlib import Path

from penelope_admin.files import resource
from penelope_admin.policy import load

SHIPPED = resource("policy.toml").read_text("utf-8")
REGION = load(resource("policy.toml")).region
REGION_KEYS = tuple(REGION)
IRELAND = """
[[regions]]
key = "IE" # here
name = "Ireland"
default-zone = "Europe/Dublin"
calling-code = 353
trunk-zero = true
telephone-digits = [8, 10]
telephone-shapes = [[3, 3, 4], [3, 7], [2, 3, 4], [2, 7]]
telephone-source = "OURS"
day-offset = 0
starts = 21:00:00
ends = 01:00:00
source = "FAQ"

"""


def with_ireland(region: str = IRELAND) -> str:
    """The shipped policy with a sixth region."""
    before = "# Months in which another reading"
    assert SHIPPED.count(before) == 1
    return SHIPPED.replace(before, region + before)


def use_ireland(home: Path, region: str = IRELAND) -> None:
    """Put that policy into a data folder, as an agency may."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    (home / "policy.toml").write_text(with_ireland(region), "utf-8")
