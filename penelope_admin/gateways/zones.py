"""Which time zone this computer is in, and which zones a country has."""

from __future__ import annotations

from importlib import resources

from penelope_admin.clock import find_zone
from penelope_admin.errors import BadInputError
from penelope_admin.policy import Region


def zones_of(region: Region) -> tuple[str, ...]:
    """The zones of a region's country, the region's usual one first, then by name."""
    table = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8")
    rows = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    own = sorted(row[2] for row in rows if row[0] == region.key)
    return (region.default_zone, *(zone for zone in own if zone != region.default_zone))


def system_zone() -> str | None:
    """The computer's zone by its IANA name, or None when it cannot be told."""
    import tzlocal

    try:
        name = tzlocal.get_localzone_name()
        return find_zone(name).key if name else None
    except (BadInputError, LookupError, ValueError, OSError):
        return None


def suggested_zone(region: Region) -> str:
    """The computer's zone where it lies in the region, otherwise the region's usual one."""
    found = system_zone()
    return found if found in zones_of(region) else region.default_zone
