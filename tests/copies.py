"""The shipped policy with two copies whose features are switched, neither of them called "mirrored"."""

from __future__ import annotations

from pathlib import Path

from penelope_admin.files import resource

FIRST, SECOND = "project-copy", "migration"


def two_copies() -> str:
    """The mirrored database has another key and other words; the migration database, after it, is treated like it."""
    text = resource("policy.toml").read_text("utf-8")
    changes = (
        ('key = "mirrored"\nname = "Mirrored"', f'key = "{FIRST}"\nname = "Project copy"', 1),
        ('in-sentences = "the mirrored database"', 'in-sentences = "the project copy"', 1),
        ('environments = ["mirrored"]', f'environments = ["{FIRST}", "{SECOND}"]', 7),
    )
    for before, after, times in changes:
        assert text.count(before) == times, before
        text = text.replace(before, after)
    head, *middle, migration, rest = text.split("[[environments]]\n")
    first, end = rest.split("\n\n", 1)
    assert f'key = "{SECOND}"' in migration
    migration = migration.replace("upgrade-switches-off = false", "upgrade-switches-off = true")
    migration = migration.replace('after-upgrade = "unknown"', 'after-upgrade = "de-identified"')
    return "[[environments]]\n".join([head, *middle, f"{first}\n\n", f"{migration}{end}"])


def use_two_copies(home: Path) -> None:
    """Put that policy into a data folder, as an agency may."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    (home / "policy.toml").write_text(two_copies(), "utf-8")
