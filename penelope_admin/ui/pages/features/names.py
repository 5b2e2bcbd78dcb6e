"""How features are found by *Find or do*: by their names, and by what people call them."""

from __future__ import annotations

from functools import partial
from typing import Protocol

from penelope_admin.domain.features import availability, full_name
from penelope_admin.policy import Policy
from penelope_admin.ui.actions import PageAction


class Asked(Protocol):
    """What of the page of features these actions need."""

    def ask_what_is_on(self) -> None: ...

    def ask(self, key: str, /) -> object: ...

    def show_subject(self, key: str, /) -> object: ...


ALSO_CALLED = {
    "external-communications": "email message mail contact clients",
    "external-communications.sms": "text message texting mobile telephone phone",
    "external-communications.client-delivery": "email message clients reminder",
    "external-communications.worker-delivery": "email message staff workers reminder",
    "ms-exchange": "calendar outlook microsoft 365 appointments sync",
    "action-triggers": "automatic automation workflow reminder",
    "general-ledger": "accounting finance export gl",
    "ors-srs": "outcome rating scale session questionnaire",
    "credit-card": "payment pay",
    "dss": "data exchange reporting australia",
    "clientconnect": "portal client connect",
    "engage": "video telehealth",
}
"""Other words by which people look for a feature, by its key."""


def feature_actions(policy: Policy) -> list[PageAction]:
    """Every feature: those that can be switched are, the others are shown."""
    found = [PageAction("What is on in the copy now?", _ask_what_is_on, "seen all off after refresh mirrored")]
    for feature in policy.features:
        name, more = full_name(policy, feature), ALSO_CALLED.get(feature.key, "")
        if any(availability(feature, key) == "re-enableable" for key in policy.mirrors):
            found.append(PageAction(f"Switch {name}", partial(_ask, feature.key), f"on off {more}"))
        else:
            found.append(PageAction(f"Look at {name}", partial(_look_at, feature.key), more))
    return found


def _ask_what_is_on(page: Asked) -> None:
    page.ask_what_is_on()


def _ask(key: str, page: Asked) -> None:
    page.ask(key)


def _look_at(key: str, page: Asked) -> None:
    page.show_subject(key)
