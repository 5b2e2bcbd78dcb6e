"""A database that is no longer the agency's: what of it is to be settled before it may be forgotten."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from penelope_admin.domain.features import FeatureState, names_of
from penelope_admin.domain.mirror import Posture
from penelope_admin.domain.text import filled
from penelope_admin.domain.times import plural
from penelope_admin.errors import RefusedError
from penelope_admin.policy import Policy


def unsettled(policy: Policy, states: Collection[FeatureState], posture: Posture) -> tuple[str, ...]:
    """What would be lost from view if a database were forgotten now, in sentences; none when nothing would.

    Features of which nobody knows count in every copy, de-identified or not: a feature has more than contacts to leak.

    Args:
        states: the register of that database.
    """
    on = names_of(policy, (state for state in states if state.state == "on"))
    # A plan to switch off counts too: somebody meant to do it, and now nobody would see it any more.
    planned = names_of(policy, (state for state in states if state.pending is not None))
    seen_on = names_of(policy, (state for state in states if state.was_seen_on))
    unknown = sum(state.is_unknown and not state.was_seen_on for state in states)
    sentences = (
        filled("Recorded as on: {}. Switch off in Penelope, or have Support do it, and record that.", ", ".join(on)),
        filled("Seen on: {}. Tell Support, and record it once it is off.", ", ".join(seen_on)),
        filled("Planned: {}. Cancel the plan.", ", ".join(planned)),
        filled("Not known whether on: {}. Look in Penelope, and record it.", unknown and plural(unknown, "feature")),
        posture.sentence if posture.may_be_real else "",
    )
    return tuple(filter(None, sentences))


def require_said(policy: Policy, still_open: Mapping[str, Collection[str]], said: Collection[str]) -> None:
    """Refuse to drop a database in silence while something of it is not settled.

    Args:
        still_open: by the keys of the databases to be dropped, what of each is not settled.
        said: the keys of those of which the person said that they are no longer the agency's.

    Raises:
        RefusedError: of one of them it was not said.
    """
    for key, sentences in still_open.items():
        if sentences and key not in said:
            name = policy.environment[key].name
            raise RefusedError(
                f"{name} is not settled. {' '.join(sentences)} Nothing was saved. Settle that first, or say that "
                f"{name} is no longer yours: then it stays listed until it is settled."
            )


def still_open_sentence(name: str, sentences: Collection[str]) -> str:
    """What Overview says of a database that is no longer the agency's."""
    return f"{name} is no longer yours, and not settled. {' '.join(sentences)}"
