"""Plans that travel: taken along, brought home, and taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penelope_admin.services.lazy import modules_of

if TYPE_CHECKING:
    from penelope_admin.services.plans import bringing as bringing
    from penelope_admin.services.plans import facts as facts
    from penelope_admin.services.plans import here as here
    from penelope_admin.services.plans import taking as taking

__getattr__ = modules_of(__name__)
