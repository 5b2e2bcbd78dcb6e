"""Sheets: what asks before something is done. Their modules load on first use, as those of `services` do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penelope_admin.services.lazy import modules_of

if TYPE_CHECKING:
    from penelope_admin.ui.dialogs import about as about
    from penelope_admin.ui.dialogs import ahead as ahead
    from penelope_admin.ui.dialogs import bug as bug
    from penelope_admin.ui.dialogs import calendar as calendar
    from penelope_admin.ui.dialogs import case as case
    from penelope_admin.ui.dialogs import critical as critical
    from penelope_admin.ui.dialogs import event as event
    from penelope_admin.ui.dialogs import hand_over as hand_over
    from penelope_admin.ui.dialogs import holiday as holiday
    from penelope_admin.ui.dialogs import incoming as incoming
    from penelope_admin.ui.dialogs import leave as leave
    from penelope_admin.ui.dialogs import linked_calendar as linked_calendar
    from penelope_admin.ui.dialogs import notice as notice
    from penelope_admin.ui.dialogs import palette as palette
    from penelope_admin.ui.dialogs import paper as paper
    from penelope_admin.ui.dialogs import plan as plan
    from penelope_admin.ui.dialogs import project as project
    from penelope_admin.ui.dialogs import proof as proof
    from penelope_admin.ui.dialogs import reply as reply
    from penelope_admin.ui.dialogs import report as report
    from penelope_admin.ui.dialogs import request as request
    from penelope_admin.ui.dialogs import restore as restore
    from penelope_admin.ui.dialogs import seen as seen
    from penelope_admin.ui.dialogs import send as send
    from penelope_admin.ui.dialogs import site as site
    from penelope_admin.ui.dialogs import staff as staff
    from penelope_admin.ui.dialogs import step as step
    from penelope_admin.ui.dialogs import switch as switch
    from penelope_admin.ui.dialogs import version as version
    from penelope_admin.ui.dialogs import wizard as wizard

__getattr__ = modules_of(__name__)
