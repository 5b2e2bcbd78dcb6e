"""What whoever brings a plan home must acknowledge before it is planned here: no file ever says it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from penelope_admin.absent import mapped
from penelope_admin.domain.features import (
    Acknowledgement,
    Verdict,
    can_switch,
    checks_of,
    environment_name,
    feature_name,
    find_feature,
)
from penelope_admin.domain.plans import Content, DraftPlan, FeaturePlan, Merged
from penelope_admin.domain.requests import RequestInput
from penelope_admin.domain.text import filled, written_out
from penelope_admin.domain.times import in_words
from penelope_admin.policy import Effect, Policy
from penelope_admin.services import features
from penelope_admin.services.requests import drafts
from penelope_admin.services.work import Work

Acknowledged = Mapping[str, Acknowledgement]
"""What a person acknowledged of each item, by its UUID."""


@dataclass(frozen=True, slots=True)
class Ask:
    """An item that lets PHI be at stake, and what is asked of the person who brings it home.

    Attributes:
        features: keys of what would be switched on, or Support would be asked to switch on.
        names: the same, as people call them.
        environment: the database's key.
        place: the database's name, to be typed where its contact details may be real; None where they are not.
        why: the plan's reason and last day, in a sentence.
        reaches: who could be reached, in sentences.
        posture: what is known of its contact details, in a sentence.
        checks: lines about queues that somebody must have looked at.
        missing: what the rules say while nothing is acknowledged, in sentences.
    """

    item: str
    title: str
    features: tuple[str, ...]
    names: tuple[str, ...]
    environment: str
    place: str | None
    why: str
    reaches: tuple[str, ...]
    posture: str
    checks: tuple[Effect, ...]
    missing: str

    def everything(self) -> Acknowledgement:
        """All that can be acknowledged of it."""
        return Acknowledgement(phi=True, environment=self.environment, queue_empty=True)


def find(work: Work, item: Merged) -> Ask | None:
    """What is to be acknowledged of an item as it is to become; None where nothing is."""
    content = item.after
    verdicts = _verdicts(work, content)
    if not isinstance(content, FeaturePlan | DraftPlan) or all(verdict.allowed for verdict in verdicts):
        return None
    return _ask(work, item, content, verdicts)


def _ask(work: Work, item: Merged, content: FeaturePlan | DraftPlan, verdicts: Sequence[Verdict]) -> Ask:
    environment = content.environment or work.usual_copy
    needs_name = any(verdict.needs_name for verdict in verdicts)
    keys = _named(work.policy, content)
    return Ask(
        item=item.id,
        title=item.title(work.policy),
        features=keys,
        names=tuple(feature_name(work.policy, key) for key in keys),
        environment=environment,
        place=environment_name(work.policy, environment) if needs_name else None,
        why=_why(content),
        reaches=tuple(dict.fromkeys(verdict.reaches for verdict in verdicts if verdict.reaches)),
        posture=work.posture(environment).sentence,
        checks=checks_of(verdicts),
        missing=" ".join(dict.fromkeys(reason for verdict in verdicts for reason in verdict.reasons)),
    )


def _why(content: FeaturePlan | DraftPlan) -> str:
    last_day = content.until if isinstance(content, FeaturePlan) else None
    until = filled(", until {}", mapped(last_day, in_words))
    return written_out(f"For “{content.reason}”{until}.")


def _named(policy: Policy, content: FeaturePlan | DraftPlan) -> tuple[str, ...]:
    keys = (content.feature,) if isinstance(content, FeaturePlan) else tuple(content.features)
    return tuple(find_feature(policy, key).key for key in keys)


def _verdicts(work: Work, content: Content | None) -> list[Verdict]:
    """What the rules say to what an item would switch on, nothing acknowledged yet."""
    match content:
        case FeaturePlan(change="enable"):
            state = features.find(work, content.feature, content.environment).state
            posture, around = work.posture(state.environment), features.switch_context(work, state.environment)
            return [can_switch(work.policy, state, "enable", posture, until=content.until, around=around)]
        case DraftPlan(kind="feature-change", change="enable"):
            entered = RequestInput(
                content.kind, content.environment, features=tuple(content.features), change=content.change
            )
            return drafts.verdicts(work, entered)
        case _:
            return []
