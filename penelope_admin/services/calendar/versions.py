"""Versions of Penelope: what is known of each, and what the agency notes about it."""

from __future__ import annotations

from penelope_admin.domain.mirror import last_version
from penelope_admin.domain.text import clean_text
from penelope_admin.domain.versions import Version, clean_version, newest_first, notes_address
from penelope_admin.errors import BadInputError
from penelope_admin.services.work import Work
from penelope_admin.store.rows import calendar as calendar_rows


def find_all(work: Work) -> list[Version]:
    """Every version that a notice names, that was recorded of a database or noted about, the newest first."""
    notes = calendar_rows.read_notes(work.connection)
    named = [notice for notice in work.calendar.counting if notice.version]
    runs = _running(work)
    names = {*notes, *runs.values(), *(notice.version for notice in named if notice.version)}
    template = work.agency.release_notes_url
    return [
        Version(
            name,
            tuple(notice for notice in named if notice.version == name),
            tuple(key for key, version in runs.items() if version == name),
            notes.get(name, ""),
            notes_address(template, name),
        )
        for name in sorted(names, key=newest_first, reverse=True)
    ]


def find(work: Work, name: str) -> Version:
    """What is known of one version; a version that nobody named yet can be noted about, too."""
    cleaned = clean_version(name)
    empty = Version(cleaned, address=notes_address(work.agency.release_notes_url, cleaned))
    return next((version for version in find_all(work) if version.name == cleaned), empty)


def _running(work: Work) -> dict[str, str]:
    """The version that was recorded last of each of the agency's databases, as far as one was."""
    versions = {key: last_version(work.telling(key)) for key in work.agency.environments}
    return {key: version for key, version in versions.items() if version is not None}


def note(work: Work, name: str, text: str) -> Version:
    """Keep what the agency notes about a version, in the place of what it noted before; nothing takes that away.

    Raises:
        BadInputError: the version or the note cannot be used, or nothing would change.
    """
    version, clean = clean_version(name), clean_text(text, "The note", required=False)
    before = calendar_rows.read_notes(work.connection).get(version, "")
    if clean == before:
        raise BadInputError(f"The note about {version} says that already. Nothing was changed.")
    calendar_rows.write_note(work.connection, version, clean, work.now, work.actor)
    work.changed("notices")
    facts = {"version": version, "note": clean or None}
    work.record("version.noted", f"version {version}", {"version": version, "note": before or None}, facts)
    return find(work, version)
