"""One function per thing a user can do: one transaction, one entry in the activity log. The rooms are by subject.

Before an agency is set up, whatever needs it raises a `NotSetUpError`: the single functions need not say so.

The modules load on first use, because they bring SQLAlchemy along: `from penelope_admin import services`
costs nothing, `context.write(services.features.switch, ...)` in a worker loads what it needs there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from penelope_admin.services.lazy import modules_of

if TYPE_CHECKING:
    from penelope_admin.services import activity as activity
    from penelope_admin.services import agency as agency
    from penelope_admin.services import ahead as ahead
    from penelope_admin.services import backups as backups
    from penelope_admin.services import calendar as calendar
    from penelope_admin.services import features as features
    from penelope_admin.services import mirror as mirror
    from penelope_admin.services import overview as overview
    from penelope_admin.services import plans as plans
    from penelope_admin.services import projects as projects
    from penelope_admin.services import reminders as reminders
    from penelope_admin.services import reports as reports
    from penelope_admin.services import requests as requests
    from penelope_admin.services import sites as sites
    from penelope_admin.services import training as training
    from penelope_admin.services import undoing as undoing
    from penelope_admin.services import work as work
    from penelope_admin.services import year as year

__getattr__ = modules_of(__name__)
