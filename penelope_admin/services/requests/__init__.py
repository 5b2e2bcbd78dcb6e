"""Requests to Support: drafted, handed over, followed to the end, with remarks and the defect that came of them."""

from penelope_admin.domain.requests import Wish
from penelope_admin.services.requests.drafts import (
    Drafted,
    check_still_right,
    draft,
    preview,
    redraft,
    verdicts,
    warnings_for,
    warnings_for_day,
)
from penelope_admin.services.requests.due import awaits_replies, has_mail
from penelope_admin.services.requests.follow import (
    RequestView,
    advance,
    correct_case_number,
    drop_wanted,
    find,
    find_all,
    found_numbers,
    record_defect,
    remark,
    settle_doubt,
)

__all__ = [
    "Drafted",
    "RequestView",
    "Wish",
    "advance",
    "awaits_replies",
    "check_still_right",
    "correct_case_number",
    "draft",
    "drop_wanted",
    "find",
    "find_all",
    "found_numbers",
    "has_mail",
    "preview",
    "record_defect",
    "redraft",
    "remark",
    "settle_doubt",
    "verdicts",
    "warnings_for",
    "warnings_for_day",
]
