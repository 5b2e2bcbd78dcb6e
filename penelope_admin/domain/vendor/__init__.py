"""The simulated vendor of training: a state, a time and a seed say what happens next.

`World` is frozen. `advance` takes it to a later instant, in whatever steps; `receive` takes in a letter, `switch` what
an administrator switches in the simulated Penelope, and `injects` what a facilitator makes happen. What an upgrade, a
window, Support's hours or a locked feature is, is asked of the policy and of the rooms of the real program.
"""

from penelope_admin.domain.vendor.databases import is_so, shown_on
from penelope_admin.domain.vendor.life import (
    adopt,
    advance,
    agree,
    is_down,
    is_sound,
    new_world,
    next_event,
    next_upgrade,
    receive,
    switch,
    with_databases,
)
from penelope_admin.domain.vendor.records import Asked, Case, Database, Happening, Incoming, Mail, Queues, World

__all__ = [
    "Asked", "Case", "Database", "Happening", "Incoming", "Mail", "Queues", "World", "adopt", "advance", "agree",
    "is_down", "is_so", "is_sound", "new_world", "next_event", "next_upgrade", "receive", "shown_on", "switch",
    "with_databases",
]  # fmt: skip
