"""What can change: a service says which topics it changed, and whoever shows one of them loads it again."""

from __future__ import annotations

from typing import Literal, get_args

Topic = Literal["agency", "environments", "features", "requests", "notices", "support", "projects"]

EVERYTHING: frozenset[Topic] = frozenset(get_args(Topic))
"""All of them: what the activity log speaks of, and what a restore replaces."""
