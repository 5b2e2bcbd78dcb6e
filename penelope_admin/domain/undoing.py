"""What can be undone, and by what name: plans, never what left the machine or was recorded as having happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from penelope_admin.domain.activity import about_in_words
from penelope_admin.domain.text import filled
from penelope_admin.policy import Policy

NAMES: dict[str, str] = {
    "agency.changed": "change the settings",
    "feature.changed": "change the end or reason",
    "feature.disable-planned": "plan to switch off",
    "feature.enable-planned": "plan to switch on",
    "feature.plan-cancelled": "cancel the plan",
    "holiday.recorded": "add a holiday",
    "holiday.removed": "remove a holiday",
    "holidays.imported": "import holidays",
    "holidays.removed": "take back an import of holidays",
    "notice.recorded": "record a notice",
    "notice.removed": "remove a notice",
    "plan.brought-home": "bring a plan home",
    "plan.taken-back": "take back a plan",
    "project.cancelled": "cancel a project",
    "project.changed": "change a project",
    "project.ended": "end a project",
    "project.features-planned": "plan the features of a project",
    "project.planned": "plan a project",
    "project.skipped": "skip a turn",
    "project.started": "start a project",
    "request.cancelled": "cancel a draft",
    "request.drafted": "draft a request",
    "request.redrafted": "change a draft",
    "site.added": "add a site",
    "site.changed": "change a site",
    "site.removed": "remove a site",
    "version.noted": "change a note about a version",
}
"""By the action in the log; what is not named here cannot be undone."""

_WITHOUT_ABOUT = frozenset({"agency.changed", "plan.brought-home", "plan.taken-back"})

Values = Mapping[str, Any]
_NOT_KNOWN: Values = {"state": "unknown", "since": None}
"""What an entry of the register says that is not there."""


class Row(NamedTuple):
    """A row of a table as it was and as it became; None where it was not or is not there."""

    table: str
    before: Values | None
    after: Values | None


def _is_draft(before: Values | None, after: Values | None) -> bool:
    """Support has nothing of it: neither before nor afterwards."""
    return all(row is None or row["status"] in ("drafted", "cancelled") for row in (before, after))


def _is_plan(before: Values | None, after: Values | None) -> bool:
    """What is known of the feature itself stays; only what is planned with it becomes another."""
    # What a feature is was seen in Penelope: to undo an entry here changes nothing there.
    was, is_now = ((row["state"], row["since"]) for row in (before or _NOT_KNOWN, after or _NOT_KNOWN))
    return was == is_now


def _is_no_wish(before: Values | None, after: Values | None) -> bool:
    """Doing without a second person needs two people, and having one is no slip."""
    return before is not None and after is not None and before["second_person"] == after["second_person"]


_ALWAYS = frozenset((
    "holiday", "notice", "plan_base", "plan_import", "project", "project_feature", "request_feature", "request_step",
    "site", "version_note",
))  # fmt: skip
_IF = {"agency": _is_no_wish, "feature_state": _is_plan, "request": _is_draft}
"""The tables whose rows may be put back, and when; a change of any other makes the whole action stay."""


def can_undo(actions: Iterable[str], rows: Sequence[Row]) -> bool:
    """Whether an action with these entries can be undone."""
    named = set(actions)
    # All or nothing: an action of which a part cannot be put back would be left half done.
    return bool(named and rows) and named <= NAMES.keys() and all(_may_put_back(row) for row in rows)


def _may_put_back(row: Row) -> bool:
    if row.table in _IF:
        return _IF[row.table](row.before, row.after)
    return row.table in _ALWAYS


def name_of(policy: Policy, entries: Sequence[tuple[str, str]], rows: Iterable[Row]) -> str:
    """What is to be undone, within a sentence: "change a project (“Reminder pilot”)".

    Args:
        entries: action and subject of each, oldest first; the last one counts.
    """
    action = entries[-1][0]
    if action in _WITHOUT_ABOUT:
        return NAMES[action]
    # Several features planned at once are one action: the last is named, the others are counted.
    subjects = [subject for each, subject in entries if each == action]
    about = about_in_words(policy, action, subjects[-1], {})
    if action.startswith("project."):
        about = _project_name(rows) or about
    return f"{NAMES[action]} ({about}{filled(' and {} more', len(subjects) - 1)})"


def _project_name(rows: Iterable[Row]) -> str:
    """The name of the project that was changed; of two, of the one that was there before."""
    # By the old name, for that is what it is called again once this is undone.
    projects = [row for row in rows if row.table == "project"]
    values = (*(row.before for row in projects), *(row.after for row in projects))
    return next((f"“{row['name']}”" for row in values if row is not None), "")
