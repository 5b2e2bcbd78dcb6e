"""Requests to Support: drafted, handed over, followed to the end, with remarks and the defect that came of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penelope_admin.domain.requests import RequestInput
from penelope_admin.services.lazy import modules_of
from penelope_admin.services.requests.drafts import (
    Drafted,
    check_still_right,
    draft,
    earlier,
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

if TYPE_CHECKING:
    from penelope_admin.services.requests import delivery as delivery
    from penelope_admin.services.requests import inbox as inbox
    from penelope_admin.services.requests import mailbox as mailbox
    from penelope_admin.services.requests import outbox as outbox
    from penelope_admin.services.requests import replies as replies
    from penelope_admin.services.requests import staff_mail as staff_mail

__all__ = [
    "Drafted", "RequestInput", "RequestView", "advance", "awaits_replies", "check_still_right",
    "correct_case_number", "draft", "drop_wanted", "earlier", "find", "find_all", "found_numbers", "has_mail",
    "preview", "record_defect", "redraft", "remark", "settle_doubt", "verdicts", "warnings_for", "warnings_for_day",
]  # fmt: skip

__getattr__ = modules_of(__name__)
