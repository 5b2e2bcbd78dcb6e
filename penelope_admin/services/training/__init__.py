"""Training: a practice agency in a folder of its own, with its own clock and a simulated vendor; nothing is real."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penelope_admin.services.lazy import modules_of

if TYPE_CHECKING:
    from penelope_admin.services.training import classes as classes
    from penelope_admin.services.training import clock as clock
    from penelope_admin.services.training import exercises as exercises
    from penelope_admin.services.training import history as history
    from penelope_admin.services.training import home as home
    from penelope_admin.services.training import passing as passing
    from penelope_admin.services.training import post as post
    from penelope_admin.services.training import progress as progress
    from penelope_admin.services.training import staging as staging
    from penelope_admin.services.training import world as world

__getattr__ = modules_of(__name__)
