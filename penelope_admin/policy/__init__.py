"""Reads resources/policy.toml into frozen records and refuses any file that is malformed or contradictory.

Nothing else reads that file.
"""

from __future__ import annotations

from pathlib import Path

from penelope_admin.errors import PolicyError
from penelope_admin.policy.checks import find_contradictions
from penelope_admin.policy.records import (
    LOCKED_FEATURES,
    MOST_NOTICE_DAYS,
    WEEKDAYS,
    Availability,
    Channel,
    ContactDetails,
    ContactDetailsRule,
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
    Weekday,
    WorkingDay,
)
from penelope_admin.policy.tables import TableFile

__all__ = [
    "LOCKED_FEATURES", "MAX_POLICY_BYTES", "MOST_NOTICE_DAYS", "WEEKDAYS", "Availability", "Channel",
    "ContactDetails", "ContactDetailsRule", "CoverageKind", "Critical", "Effect", "Environment", "Feature",
    "MailKind", "MailProvider", "Occasion", "OpenHours", "PhiRisk", "Policy", "Region", "Sourced", "SupportPackage",
    "SupportTeam", "Weekday", "WorkingDay", "checked_bytes", "load", "parse",
]  # fmt: skip

MAX_POLICY_BYTES = 512 * 1024
_UNUSED = "The policy is not used."


def load(path: Path) -> Policy:
    """Read and check a policy file.

    Raises:
        PolicyError: the file cannot be read, is no TOML, does not fit the records above,
            contradicts itself, or opens ClientConnect or Engage. The message names file, line and key.
    """
    return _checked(_file(path))


def checked_bytes(path: Path) -> bytes:
    """The bytes of a policy file, if it can be used: those that were checked, whatever becomes of it meanwhile.

    Raises:
        PolicyError: as for `load`.
    """
    file = _file(path)
    _checked(file)
    return file.raw


def parse(raw: bytes, name: str) -> Policy:
    """Check the bytes of a policy file; `name` stands for the file in messages.

    Raises:
        PolicyError: as for `load`.
    """
    return _checked(TableFile(raw, name, _UNUSED, PolicyError))


def _file(path: Path) -> TableFile:
    return TableFile.load(path, MAX_POLICY_BYTES, "policy", _UNUSED, PolicyError)


def _checked(file: TableFile) -> Policy:
    policy = file.read(Policy)
    for path, reason in find_contradictions(policy):
        raise file.wrong(path, reason)
    return policy
