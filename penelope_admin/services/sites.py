"""The agency's sites: places with clocks of their own, some of which work through the nights."""

from __future__ import annotations

import msgspec

from penelope_admin.clock import find_zone
from penelope_admin.domain.sites import MOST_SITES, Shift, Site, shifts
from penelope_admin.domain.text import clean_line
from penelope_admin.domain.windows import Window
from penelope_admin.errors import BadInputError, ConflictError, needed
from penelope_admin.invocation import way
from penelope_admin.services.work import Work
from penelope_admin.store.rows import agency as agency_rows

LONGEST_NAME = 120


def find_all(work: Work) -> tuple[Site, ...]:
    """The agency's sites, by name."""
    return work.sites


def find(work: Work, name: str) -> Site:
    """The site of a name, in capitals or not."""
    where = way("sites list", "Settings, Sites")
    return needed(_named(work, name), f'There is no site "{name}". Nothing was changed. See: {where}')


def add(work: Work, name: str, zone: str, *, around_the_clock: bool = False) -> Site:
    """Record a site.

    Raises:
        BadInputError: the name is empty, too long or taken, there is no such zone, or there are too many sites.
    """
    work.refuse_in_planning_copy()
    if len(find_all(work)) >= MOST_SITES:
        raise BadInputError(f"There are {MOST_SITES} sites already, which is the most. Nothing was saved.")
    site = _checked(work, Site(0, name, zone, around_the_clock))
    site = msgspec.structs.replace(site, id=agency_rows.insert_site(work.connection, site))
    work.changed("agency")
    work.record("site.added", site.name, after=site.facts())
    return site


def change(work: Work, before: Site, after: Site) -> Site:
    """Change what is said of a site.

    Raises:
        BadInputError: the name is empty, too long or taken, or there is no such zone.
    """
    _check_unchanged(work, before)
    site = _checked(work, msgspec.structs.replace(after, id=before.id))
    agency_rows.update_site(work.connection, site)
    work.changed("agency")
    work.record("site.changed", site.name, before=before.facts(), after=site.facts())
    return site


def remove(work: Work, site: Site) -> None:
    """Take a site away that the agency has no more."""
    _check_unchanged(work, site)
    agency_rows.delete_site(work.connection, site.id)
    work.changed("agency")
    work.record("site.removed", site.name, before=site.facts())


def at_work(work: Work, window: Window) -> tuple[Shift, ...]:
    """Where people work through a window."""
    agency = work.agency
    all_night = agency.around_the_clock
    return shifts(window.starts_at, window.ends_at, (agency.name, work.zone), work.sites, around_the_clock=all_night)


def _check_unchanged(work: Work, site: Site) -> None:
    work.refuse_in_planning_copy()
    if site not in work.sites:
        raise ConflictError(f"Somebody else changed or removed {site.name} meanwhile. Nothing was changed. Look again.")


def _named(work: Work, name: str) -> Site | None:
    folded = name.strip().casefold()
    return next((site for site in find_all(work) if site.name.casefold() == folded), None)


def _checked(work: Work, site: Site) -> Site:
    clean = msgspec.structs.replace(
        site, name=clean_line(site.name, "The site's name", limit=LONGEST_NAME), zone=find_zone(site.zone).key
    )
    other = _named(work, clean.name)
    if other is not None and other.id != clean.id:
        raise BadInputError(f"There is a site {other.name} already. Nothing was saved. Choose another name.")
    return clean
