"""Reads resources/policy.toml into frozen records and refuses any file that is malformed or contradictory.

Nothing else reads that file.
"""

from __future__ import annotations

import re
import tomllib
from datetime import date, datetime, time
from pathlib import Path

import msgspec

from penelope_admin.errors import PolicyError
from penelope_admin.policy.checks import find_contradictions
from penelope_admin.policy.lines import KeyPath, dotted, line_of, split_validation_error, syntax_message
from penelope_admin.policy.records import (
    LOCKED_FEATURES,
    WEEKDAYS,
    Availability,
    Channel,
    ContactDetails,
    CoverageKind,
    Critical,
    Effect,
    Environment,
    Feature,
    MailKind,
    MailProvider,
    Occasion,
    OpenHours,
    PhiRisk,
    Policy,
    Region,
    Sourced,
    SupportPackage,
    SupportTeam,
    WorkingDay,
)

__all__ = [
    "LOCKED_FEATURES",
    "MAX_POLICY_BYTES",
    "WEEKDAYS",
    "Availability",
    "Channel",
    "ContactDetails",
    "CoverageKind",
    "Critical",
    "Effect",
    "Environment",
    "Feature",
    "MailKind",
    "MailProvider",
    "Occasion",
    "OpenHours",
    "PhiRisk",
    "Policy",
    "Region",
    "Sourced",
    "SupportPackage",
    "SupportTeam",
    "WorkingDay",
    "load",
    "parse",
]

MAX_POLICY_BYTES = 512 * 1024

# Memory grows with the square of a dotted key's length, so one this long never reaches the TOML reader.
_MOST_PARTS = 16
_DEEP_KEY = re.compile(rf"""(?<![\w-])(?:(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*){{{_MOST_PARTS}}}""")


def load(path: Path) -> Policy:
    """Read and check a policy file.

    Raises:
        PolicyError: the file cannot be read, is no TOML, does not fit the records above,
            contradicts itself, or opens ClientConnect or Engage. The message names file, line and key.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_POLICY_BYTES + 1)
    except OSError as error:
        raise PolicyError(f"{path}: the policy cannot be read ({error.strerror}). Nothing was started.") from error
    if len(raw) > MAX_POLICY_BYTES:
        raise PolicyError(f"{path}: larger than {MAX_POLICY_BYTES // 1024} KiB; this is no policy file.")
    return parse(raw, str(path))


def parse(raw: bytes, name: str) -> Policy:
    """Check the bytes of a policy file; `name` stands for the file in messages.

    Raises:
        PolicyError: as for `load`.
    """
    try:
        text = raw.decode("utf-8")
        if line := _deep_line(text):
            raise PolicyError(f"{name}, line {line}: a key of too many parts. The policy is not used.")
        table = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise PolicyError(f"{name}, line {line}: not UTF-8 text. The policy is not used.") from error
    except (ValueError, RecursionError) as error:  # no TOML, a number of thousands of digits, or nested too deep
        raise PolicyError(syntax_message(str(error), name, text)) from error

    def failed(path: KeyPath, reason: str) -> PolicyError:
        message = f"key {dotted(path)}: {reason}"
        shown = "".join(letter if letter.isprintable() else "?" for letter in message)  # it goes to terminals too
        return PolicyError(f"{name}, line {line_of(text, path)}, {shown}. The policy is not used.")

    try:
        # TOML gives instants and dates too; only wall-clock times fit, and msgspec says so.
        policy = msgspec.convert(table, Policy, builtin_types=(time, date, datetime))
    except msgspec.ValidationError as error:
        path, reason = split_validation_error(str(error))
        raise failed(path, reason) from error
    for path, reason in find_contradictions(policy):
        raise failed(path, reason)
    return policy


def _deep_line(text: str) -> int | None:
    """The number of the first line with a key of too many parts."""
    lines = enumerate(text.split("\n"), start=1)
    return next((at for at, line in lines if line.count(".") >= _MOST_PARTS and _DEEP_KEY.search(line)), None)
