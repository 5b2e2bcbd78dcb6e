"""The copies of production: what happened to each, its check-lists, and what checks of its data found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penelope_admin.services.lazy import modules_of

if TYPE_CHECKING:
    from penelope_admin.services.mirror import checklists as checklists
    from penelope_admin.services.mirror import environments as environments
    from penelope_admin.services.mirror import evidence as evidence
    from penelope_admin.services.mirror import proof as proof
    from penelope_admin.services.mirror import ribbons as ribbons

__getattr__ = modules_of(__name__)
