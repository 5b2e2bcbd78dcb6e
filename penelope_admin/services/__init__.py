"""One function per thing a user can do: one transaction, one entry in the activity log. The rooms are by subject.

What every one of them may raise is said here, and the single functions need not say so: a `NotSetUpError` before an
agency is set up; a `BadInputError` for the number or key of what is not there, or not the agency's; a `ConflictError`
where somebody else changed what was looked at; a `RefusedError` in a planning copy, for what belongs to the record; and
a `StoreError` where the database cannot be used.

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
