"""Switching features: plan a change, say that it was made in Penelope, take it back.

Nothing here reaches Penelope: the administrator switches there, or Support does. The register says
what was done and why.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import sqlalchemy as sa

from penelope_admin.domain import features as rules
from penelope_admin.domain.features import Acknowledgement, Change, FeatureState, Verdict
from penelope_admin.domain.mirror import Posture
from penelope_admin.domain.text import clean_line
from penelope_admin.domain.times import in_words
from penelope_admin.domain.windows import Window
from penelope_admin.errors import ConflictError
from penelope_admin.policy import Feature
from penelope_admin.services import agency as agencies
from penelope_admin.services.context import Context, Done, changed_meanwhile, local_today
from penelope_admin.services.environments import need_environment, read_posture
from penelope_admin.services.register import facts, read_state, read_states, write_state
from penelope_admin.services.windows import calendar

MIRRORED = "mirrored"


@dataclass(frozen=True, slots=True)
class FeatureView:
    """A feature in an environment, as a page or the terminal shows it.

    Attributes:
        enable: what the rules say to switching it on, nothing acknowledged yet.
        overdue: on, although its end date has passed.
    """

    feature: Feature
    name: str
    state: FeatureState
    enable: Verdict
    overdue: bool
    environment_name: str

    @property
    def steps(self) -> tuple[str, ...]:
        """What to do in Penelope for the planned change (to switch on, when none is planned)."""
        off = self.state.pending is not None and self.state.pending.change == "disable"
        steps = self.feature.steps_off if off else self.feature.steps
        return tuple(step.replace("{environment}", self.environment_name) for step in steps)

    def as_json(self) -> dict[str, object]:
        """As the command line prints it."""
        state, pending = self.state, self.state.pending
        until = pending.until if pending and state.state != "on" else state.until
        return {
            "key": self.feature.key,
            "name": self.name,
            "env": state.environment,
            "state": state.state,
            "pending": pending.change if pending else None,
            "availability": self.enable.availability,
            "phi_risk": self.enable.phi_risk,
            "reasons": [reason for reason in self.enable.reasons if reason],
            "since": state.since.isoformat() if state.since else None,
            "until": until.isoformat() if until else None,
            "reason": pending.reason if pending else state.reason,
            "by": state.by,
        }


@dataclass(frozen=True, slots=True)
class FeaturesView:
    """All features of an environment, with what is known of its contact details."""

    environment: str
    posture: Posture
    features: tuple[FeatureView, ...]
    next_window: Window
    today: date


def find_all(context: Context, environment: str = MIRRORED) -> FeaturesView:
    """Every feature of an environment.

    Raises:
        BadInputError: no agency is set up, or it does not have the environment.
    """
    with context.store.reading() as connection:
        profile = agencies.need(context.policy, connection)
        key = need_environment(context, profile, environment).key
        known = read_posture(context, connection, profile, key)
        today = local_today(context.now(), profile.zone)
        views = [
            FeatureView(
                feature=context.policy.feature[state.feature],
                name=rules.full_name(context.policy, context.policy.feature[state.feature]),
                state=state,
                enable=rules.can_switch(context.policy, state, "enable", known),
                overdue=state.is_overdue(today),
                environment_name=context.policy.environment[key].name,
            )
            for state in read_states(context.policy, connection, key)
        ]
        window = calendar(context, connection, profile).upcoming(context.now())[0]
        return FeaturesView(key, known, tuple(views), window, today)


def find(context: Context, feature: str, environment: str = MIRRORED) -> FeatureView:
    """One feature of an environment.

    Raises:
        BadInputError: there is no such feature or environment.
    """
    item = rules.find_feature(context.policy, feature)
    return next(view for view in find_all(context, environment).features if view.feature.key == item.key)


def until_note(until: date | None, next_window: Window) -> str | None:
    """What an end date after the next upgrade means; None when there is nothing to say."""
    upgrade_day = next_window.starts_at.astimezone(next_window.zone).date()
    if until is not None and until < upgrade_day:
        return None
    return f"The upgrade of {in_words(upgrade_day)} switches it off in any case, if this database is upgraded then."


def switch(
    context: Context,
    feature: str,
    change: Change,
    *,
    reason: str,
    until: date | None = None,
    environment: str = MIRRORED,
    acknowledgement: Acknowledgement | None = None,
    already_done: bool = False,
    version: int | None = None,
) -> Done[FeatureState]:
    """Plan to switch a feature, or record that it was switched in Penelope.

    Switching on what is on already changes its reason and end date.

    Args:
        until: the last day it is needed, in the agency's zone; only for switching on. When a plan is recorded
            as done without one, the plan's own counts.
        acknowledgement: what the person has confirmed.
        already_done: it was switched in Penelope already.
        version: of the entry the person looked at, to notice somebody else's change.

    Raises:
        BadInputError: no such feature or environment, no reason, or an end date that has passed.
        RefusedError: locked, not on the list, or an acknowledgement is missing.
        ConflictError: it is that way already, the opposite is planned, or somebody else changed it.
    """
    item = rules.find_feature(context.policy, feature)

    def new_state(connection: sa.Connection, profile: agencies.Profile, state: FeatureState) -> FeatureState:
        known = read_posture(context, connection, profile, state.environment)
        rules.can_switch(context.policy, state, change, known, acknowledgement).require()
        why = clean_line(reason, "The reason")
        today = local_today(context.now(), profile.zone)
        wish = until or (state.pending.until if already_done and state.pending else None)
        end = rules.check_until(wish, today) if change == "enable" else None
        if state.state == "on" and change == "enable" and state.pending is None:
            return replace(state, reason=why, until=end)
        planned = rules.plan(state, change, why, end, known)
        return rules.done(planned, context.now(), context.actor) if already_done else planned

    deed = "switched" if already_done else "planned"
    return _change(context, item.key, environment, f"feature.{change}-{deed}", new_state, version)


def confirm_done(
    context: Context, feature: str, environment: str = MIRRORED, version: int | None = None
) -> Done[FeatureState]:
    """Record that the planned change was made in Penelope.

    Raises:
        ConflictError: nothing is planned, or contact details may be real now and could not be when the
            plan was acknowledged.
        RefusedError: the feature is locked or not on the list.
    """
    item = rules.find_feature(context.policy, feature)

    def new_state(connection: sa.Connection, profile: agencies.Profile, state: FeatureState) -> FeatureState:
        pending = rules.require_pending(state)
        known = read_posture(context, connection, profile, state.environment)
        if pending.change == "enable" and known.may_be_real and not pending.acknowledged_real:
            raise ConflictError(
                f"{known.sentence} That was not so when this was planned. Nothing was recorded. "
                "Cancel the plan and plan it again."
            )
        given = Acknowledgement(phi=True, environment=state.environment)
        rules.can_switch(context.policy, state, pending.change, known, given).require()
        return rules.done(state, context.now(), context.actor)

    return _change(context, item.key, environment, "feature.switched", new_state, version)


def cancel(
    context: Context, feature: str, environment: str = MIRRORED, version: int | None = None
) -> Done[FeatureState]:
    """Take back a planned change.

    Raises:
        ConflictError: nothing is planned.
    """
    item = rules.find_feature(context.policy, feature)
    return _change(
        context, item.key, environment, "feature.plan-cancelled", lambda _c, _p, state: rules.cancel(state), version
    )


def _change(
    context: Context,
    feature: str,
    environment: str,
    action: str,
    new_state: Callable[[sa.Connection, agencies.Profile, FeatureState], FeatureState],
    version: int | None,
) -> Done[FeatureState]:
    with context.store.writing() as connection:
        profile = agencies.need(context.policy, connection)
        key = need_environment(context, profile, environment).key
        before = read_state(context.policy, connection, key, feature)
        if version is not None and version != before.version:
            raise changed_meanwhile("feature")
        after = write_state(connection, before, new_state(connection, profile, before))
        context.record(connection, action, f"{key}/{feature}", facts(before), facts(after))
    return Done(after, frozenset({"features"}))
