"""One function per thing a user can do: one transaction, one entry in the activity log.

The modules load on first use, because they bring SQLAlchemy along: `from penelope_admin import services`
costs nothing, `context.write(services.features.switch, ...)` in a worker loads what it needs there.
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from penelope_admin.services import activity as activity
    from penelope_admin.services import agency as agency
    from penelope_admin.services import backups as backups
    from penelope_admin.services import checklists as checklists
    from penelope_admin.services import delivery as delivery
    from penelope_admin.services import environments as environments
    from penelope_admin.services import evidence as evidence
    from penelope_admin.services import features as features
    from penelope_admin.services import inbox as inbox
    from penelope_admin.services import mailbox as mailbox
    from penelope_admin.services import notices as notices
    from penelope_admin.services import outbox as outbox
    from penelope_admin.services import overview as overview
    from penelope_admin.services import projects as projects
    from penelope_admin.services import proof as proof
    from penelope_admin.services import replies as replies
    from penelope_admin.services import reports as reports
    from penelope_admin.services import requests as requests
    from penelope_admin.services import ribbons as ribbons
    from penelope_admin.services import support as support
    from penelope_admin.services import windows as windows
    from penelope_admin.services import work as work
    from penelope_admin.services import year as year


def __getattr__(name: str) -> ModuleType:
    if name.startswith("_"):
        raise AttributeError(name)
    return importlib.import_module(f"{__name__}.{name}")
