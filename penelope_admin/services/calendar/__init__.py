"""Upgrade windows, the notices that move them, and when Support is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penelope_admin.services.lazy import modules_of

if TYPE_CHECKING:
    from penelope_admin.services.calendar import conflicts as conflicts
    from penelope_admin.services.calendar import incoming as incoming
    from penelope_admin.services.calendar import kept as kept
    from penelope_admin.services.calendar import notices as notices
    from penelope_admin.services.calendar import publishing as publishing
    from penelope_admin.services.calendar import staff as staff
    from penelope_admin.services.calendar import support as support
    from penelope_admin.services.calendar import versions as versions
    from penelope_admin.services.calendar import windows as windows

__getattr__ = modules_of(__name__)
