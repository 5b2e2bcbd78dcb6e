"""Switching features: plan a change, say that it was made in Penelope, take it back.

Nothing here reaches Penelope: the administrator switches there, or Support does. The register says
what was done and why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

import sqlalchemy as sa

from penelope_admin.domain import features as rules
from penelope_admin.domain.agency import Profile
from penelope_admin.domain.features import Acknowledgement, Change, FeatureState, Surroundings, Verdict
from penelope_admin.domain.mirror import Posture
from penelope_admin.domain.text import clean_line
from penelope_admin.domain.windows import Window
from penelope_admin.errors import BadInputError
from penelope_admin.policy import Feature
from penelope_admin.services import agency as agencies
from penelope_admin.services.checklists import DOUBTED, read_lists
from penelope_admin.services.environments import (
    add_event,
    need_environment,
    need_known,
    read_all_unsettled,
    read_posture,
    read_unsettled,
)
from penelope_admin.services.register import facts, read_state, read_states, write_state
from penelope_admin.services.windows import calendar
from penelope_admin.services.work import Context, Done, changed_meanwhile, local_today
from penelope_admin.topics import Topic

MIRRORED = rules.MIRRORED
CHANGED: frozenset[Topic] = frozenset({"features", "environments"})
NewState = Callable[[sa.Connection, Profile, FeatureState], FeatureState]


@dataclass(frozen=True, slots=True)
class FeatureView:
    """A feature in an environment, as a page or the terminal shows it.

    Attributes:
        enable: what the rules say to switching it on, nothing acknowledged yet.
        overdue: on, although its end date has passed.
        expired: planned to be switched on, although its last day has passed; says so in a sentence.
        obstacle: why its plan is not to be carried out as things are now, in sentences; that it has expired, too.
        queue_said: what is known of the queues that a refresh may have filled, for whoever approves its plan.
        through: names of the parts that are on, if it is on for no other reason.
    """

    feature: Feature
    name: str
    state: FeatureState
    enable: Verdict
    overdue: bool
    environment_name: str
    expired: str = ""
    obstacle: str = ""
    queue_said: str = ""
    through: tuple[str, ...] = ()

    @property
    def waits_for_approval(self) -> bool:
        """Planned, but a second person has not approved it yet."""
        return not self.obstacle and rules.waits_for_approval(self.enable, self.state)

    @property
    def until(self) -> date | None:
        """The last day it is, or is to be, on."""
        pending = self.state.pending
        return pending.until if pending and self.state.state != "on" else self.state.until

    @property
    def steps(self) -> tuple[str, ...]:
        """What to do in Penelope for the planned change (to switch on, when none is planned)."""
        off = self.state.pending is not None and self.state.pending.change == "disable"
        steps = self.feature.steps_off if off else self.feature.steps
        return tuple(step.replace("{environment}", self.environment_name) for step in steps)

    def as_json(self) -> dict[str, object]:
        """As the command line prints it."""
        state, pending = self.state, self.state.pending
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
            "until": self.until.isoformat() if self.until else None,
            "reason": pending.reason if pending else state.reason,
            "by": state.by,
            "planned_by": pending.by if pending else None,
            "approved_by": pending.approved_by if pending else None,
            "waits_for_approval": self.waits_for_approval,
            "expired": bool(self.expired),
            "obstacle": self.obstacle or None,
        }


@dataclass(frozen=True, slots=True)
class FeaturesView:
    """All features of an environment, with what is known of its contact details.

    Attributes:
        unsettled: what is to be settled of an environment that is no longer the agency's.
    """

    environment: str
    posture: Posture
    features: tuple[FeatureView, ...]
    next_window: Window
    today: date
    around: Surroundings
    unsettled: tuple[str, ...] = ()


def find_all(context: Context, environment: str = MIRRORED) -> FeaturesView:
    """Every feature of an environment.

    Raises:
        BadInputError: no agency is set up, or it does not have the environment.
    """
    with context.store.reading() as connection:
        profile = agencies.need(context.policy, connection)
        key = need_known(context, connection, profile, environment).key
        known = read_posture(context, connection, profile, key)
        today = local_today(context.now(), profile.zone)
        window = calendar(context, connection, profile).next_upgrade(context.now())
        states = read_states(context.policy, connection, key)
        around = _around(context, connection, profile, key, states, window, known)
        ours = key in profile.environments
        views = [
            FeatureView(
                feature=context.policy.feature[state.feature],
                name=rules.full_name(context.policy, context.policy.feature[state.feature]),
                state=rules.as_shown(context.policy, state, states),
                through=rules.on_through(context.policy, state, states),
                enable=rules.can_switch(context.policy, state, "enable", known, around=around),
                overdue=state.is_overdue(today),
                environment_name=context.policy.environment[key].name,
                expired=rules.expired_sentence(context.policy, state) if state.is_expired(today) else "",
                queue_said=rules.queue_said(context.policy, state, known, around),
                obstacle=str(rules.plan_obstacle(context.policy, state, known, around) or ""),
            )
            for state in states
        ]
        left = () if ours else read_unsettled(context, connection, profile, key)
        return FeaturesView(key, known, tuple(views), window, today, around, left)


def find_mirrored(context: Context) -> FeaturesView | None:
    """The features of the mirrored database; None before the set-up, and where there is none of which to tell."""
    profile = agencies.find(context)
    if profile is None:
        return None
    if MIRRORED not in profile.environments:
        with context.store.reading() as connection:
            if MIRRORED not in read_all_unsettled(context, connection, profile):
                return None
    return find_all(context)


def read_around(
    context: Context, connection: sa.Connection, profile: Profile, environment: str, known: Posture
) -> Surroundings:
    """What else counts when a feature of an environment is to be switched, in the caller's transaction.

    Args:
        known: of the environment, as it was read in this transaction.
    """
    states = read_states(context.policy, connection, environment)
    window = calendar(context, connection, profile).next_upgrade(context.now())
    return _around(context, connection, profile, environment, states, window, known)


def read_held(
    context: Context, connection: sa.Connection, profile: Profile, states: Iterable[FeatureState]
) -> dict[tuple[str, str], str]:
    """The plans to switch on that are not to be carried out now, by environment and feature, with the reason.

    In the caller's transaction. Plans that only wait for a second person say so in the same way.
    """
    planned = [state for state in states if state.pending and state.pending.change == "enable"]
    held: dict[tuple[str, str], str] = {}
    for key in dict.fromkeys(state.environment for state in planned):
        known = read_posture(context, connection, profile, key)
        around = read_around(context, connection, profile, key, known)
        for state in (state for state in planned if state.environment == key):
            if why := rules.plan_waits(context.policy, state, known, around):
                held[key, state.feature] = why
    return held


def _around(
    context: Context,
    connection: sa.Connection,
    profile: Profile,
    environment: str,
    states: Iterable[FeatureState],
    window: Window,
    known: Posture,
) -> Surroundings:
    today = local_today(context.now(), profile.zone)
    in_use = frozenset(state.feature for state in states if state.use is not None and not state.is_expired(today))
    upgrade_day = window.starts_at.astimezone(window.zone).date()
    looked: dict[str, set[int]] = {"pass": set(), "fail": set()}
    for found in read_lists(context, connection) if known.queues_from is not None else ():
        for line in found.lines if found.event.id == known.queues_from else ():
            if line.answer is not None and line.answer.result in looked:
                looked[line.answer.result].add(line.effect.number)
    passed, failed = (frozenset(numbers) for numbers in looked.values())
    ours = environment in profile.environments
    return Surroundings(in_use, upgrade_day, profile.second_person, today, passed, failed, ours)


def find(context: Context, feature: str, environment: str = MIRRORED) -> FeatureView:
    """One feature of an environment.

    Raises:
        BadInputError: there is no such feature or environment.
    """
    item = rules.find_feature(context.policy, feature)
    return next(view for view in find_all(context, environment).features if view.feature.key == item.key)


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

    Switching on what is on already changes its reason and end date. That a feature was seen off is a fact, which may be
    recorded of every one, also of those that are locked or not on the list.

    Args:
        until: the last day it is needed, in the agency's zone; only for switching on. When a plan is recorded
            as done without one, the plan's own counts.
        acknowledgement: what the person has confirmed.
        already_done: it was switched in Penelope already.
        version: of the entry the person looked at, to notice somebody else's change.

    Raises:
        BadInputError: no such feature or environment, no reason, or an end date that has passed.
        RefusedError: locked, not on the list, or an acknowledgement is missing.
        ConflictError: it is that way already, the opposite is planned, a plan has expired, or somebody else changed it.
    """
    item = rules.find_feature(context.policy, feature)
    wish = _Wish(change, reason, until, acknowledgement, already_done)
    deed = "switched" if already_done else "planned"
    return _change(context, item.key, environment, f"feature.{change}-{deed}", partial(_wished, context, wish), version)


@dataclass(frozen=True, slots=True)
class _Wish:
    change: Change
    reason: str
    until: date | None
    acknowledgement: Acknowledgement | None
    already_done: bool = False


def _wished(
    context: Context, wish: _Wish, connection: sa.Connection, profile: Profile, state: FeatureState
) -> FeatureState:
    """The register's entry after a wish, if the rules let it come true."""
    known = read_posture(context, connection, profile, state.environment)
    enable = wish.change == "enable"
    if wish.already_done and enable and wish.until is None:
        rules.require_current(context.policy, state, local_today(context.now(), profile.zone))
    planned_until = state.pending.until if wish.already_done and state.pending else None
    until = (wish.until or planned_until) if enable else None
    around = read_around(context, connection, profile, state.environment, known)
    verdict = rules.can_switch(context.policy, state, wish.change, known, wish.acknowledgement, until, around)
    seen_off = wish.already_done and not enable
    if not seen_off:
        verdict.require()
    why = clean_line(wish.reason, "The reason")
    end = rules.check_until(until, local_today(context.now(), profile.zone))
    if state.state == "on" and enable and state.pending is None:
        rules.check_extension(verdict, state, end)
        return replace(state, reason=why, until=end)
    given = wish.acknowledgement
    looked = bool(verdict.queue_checks) and given is not None and given.queue_empty
    planned = rules.plan(state, wish.change, why, end, known, context.actor, looked)
    if not wish.already_done:
        return planned
    rules.require_approval(verdict, state.pending, end)
    return rules.done(planned, context.now(), context.actor)


def plan_in(
    context: Context,
    connection: sa.Connection,
    profile: Profile,
    environment: str,
    feature: str,
    *,
    reason: str,
    until: date | None,
    acknowledgement: Acknowledgement | None,
) -> FeatureState:
    """Plan to switch a feature on, in the caller's transaction, with its own entry in the log.

    Raises:
        BadInputError, RefusedError, ConflictError: as for `switch`.
    """
    item = rules.find_feature(context.policy, feature)
    wish = _Wish("enable", reason, until, acknowledgement)
    return _change_in(
        context, connection, profile, item.key, environment, "feature.enable-planned", partial(_wished, context, wish)
    )


def warnings_for(
    context: Context, feature: str, environment: str = MIRRORED, until: date | None = None
) -> tuple[str, ...]:
    """What else to know before a feature is on; nothing of it stands in the way.

    Raises:
        BadInputError: there is no such feature or environment.
    """
    item = rules.find_feature(context.policy, feature)
    with context.store.reading() as connection:
        profile = agencies.need(context.policy, connection)
        key = need_known(context, connection, profile, environment).key
        state = read_state(context.policy, connection, key, item.key)
        known = read_posture(context, connection, profile, key)
        around = read_around(context, connection, profile, key, known)
        return rules.can_switch(context.policy, state, "enable", known, None, until, around).warnings


def plan_again(
    context: Context,
    wishes: Mapping[str, tuple[str, date | None]],
    environment: str = MIRRORED,
    acknowledgement: Acknowledgement | None = None,
) -> Done[tuple[FeatureState, ...]]:
    """Plan several features anew, all or none: what an upgrade or a refresh has ended.

    Args:
        wishes: reason and last day for each feature's key.

    Raises:
        BadInputError, RefusedError, ConflictError: as for `switch`; then none is planned.
    """
    if not wishes:
        raise BadInputError("No feature is chosen. Nothing was changed.")
    with context.store.writing() as connection:
        profile = agencies.need(context.policy, connection)
        key = need_environment(context, profile, environment).key
        planned = tuple(
            plan_in(
                context, connection, profile, key, feature,
                reason=reason, until=until, acknowledgement=acknowledgement,
            )
            for feature, (reason, until) in wishes.items()
        )  # fmt: skip
    return Done(planned, CHANGED)


def approve(
    context: Context, feature: str, environment: str = MIRRORED, version: int | None = None
) -> Done[FeatureState]:
    """Approve somebody else's plan to switch a feature on.

    Raises:
        ConflictError: nothing is planned, or it is approved already.
        RefusedError: the one who approves has planned it, or the feature cannot be switched on.
    """
    item = rules.find_feature(context.policy, feature)

    def new_state(connection: sa.Connection, profile: Profile, state: FeatureState) -> FeatureState:
        need_environment(context, profile, state.environment)
        rules.require_listed(context.policy, item, state.environment)
        known = read_posture(context, connection, profile, state.environment)
        around = read_around(context, connection, profile, state.environment, known)
        rules.require_no_obstacle(context.policy, state, known, around)
        return rules.approve(state, context.actor)

    return _change(context, item.key, environment, "feature.approved", new_state, version)


def confirm_done(
    context: Context, feature: str, environment: str = MIRRORED, version: int | None = None
) -> Done[FeatureState]:
    """Record that the planned change was made in Penelope.

    Raises:
        ConflictError: nothing is planned, the plan has expired, or contact details may be real now and could not be
            when the plan was acknowledged.
        RefusedError: the feature is locked or not on the list, it lacks an end date, or a second person's approval.
    """
    item = rules.find_feature(context.policy, feature)

    def new_state(connection: sa.Connection, profile: Profile, state: FeatureState) -> FeatureState:
        pending = rules.require_pending(state)
        known = read_posture(context, connection, profile, state.environment)
        around = read_around(context, connection, profile, state.environment, known)
        rules.require_no_obstacle(context.policy, state, known, around)
        given = Acknowledgement(phi=True, environment=state.environment, queue_empty=pending.queue_empty)
        verdict = rules.can_switch(context.policy, state, pending.change, known, given, pending.until, around)
        verdict.require()
        rules.require_approval(verdict, pending, pending.until)
        return rules.done(state, context.now(), context.actor)

    return _change(context, item.key, environment, "feature.switched", new_state, version)


def record_seen(
    context: Context,
    environment: str,
    found: Mapping[str, rules.State],
    reason: str = "",
    looked_at: Mapping[str, int] | None = None,
) -> Done[tuple[FeatureState, ...]]:
    """Record what somebody saw of several features in Penelope: facts, which need no reason. All or none is kept.

    A part that is on makes its whole on. A locked feature that was seen on is not known any more.

    Args:
        found: on, off or not known, for each feature's key.
        reason: how the person knows, if they say; kept in the activity log.
        looked_at: the versions of the entries the person looked at, to notice somebody else's change.

    Returns:
        The entries that became another.

    Raises:
        BadInputError: there is no such feature or environment.
        ConflictError: somebody else changed one of them.
    """
    facts_ = {rules.find_feature(context.policy, feature).key: state for feature, state in found.items()}
    on = rules.with_wholes(context.policy, (feature for feature, state in facts_.items() if state == "on"))
    facts_ |= dict.fromkeys(on, "on")
    why = clean_line(reason, "The reason", required=False) or None
    changed = []
    with context.store.writing() as connection:
        profile = agencies.need(context.policy, connection)
        key = need_known(context, connection, profile, environment).key
        for state in read_states(context.policy, connection, key):
            if state.feature not in facts_:
                continue
            if looked_at is not None and looked_at.get(state.feature, state.version) != state.version:
                raise changed_meanwhile("feature")
            if (after := _see(context, connection, state, facts_[state.feature], why)) is not None:
                changed.append(after)
    return Done(tuple(changed), CHANGED)


def _see(
    context: Context, connection: sa.Connection, state: FeatureState, found: rules.State, reason: str | None = None
) -> FeatureState | None:
    """Record what was seen of a feature, with its own entry in the log; None where that is known already."""
    now = context.now()
    after = rules.seen(state, found, now, context.actor, reason)
    if after == state:
        return None
    kept = write_state(connection, state, after)
    action, known = DOUBTED, facts(after)
    if after.state == "unknown":
        known["doubted_since"] = now
    else:
        action = f"feature.seen-{after.state}"
        add_event(context, connection, state.environment, "switched", now, feature=state.feature, outcome=after.state)
    context.record(connection, action, f"{state.environment}/{state.feature}", facts(state), known)
    return kept


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
    new_state: NewState,
    version: int | None,
) -> Done[FeatureState]:
    with context.store.writing() as connection:
        profile = agencies.need(context.policy, connection)
        after = _change_in(context, connection, profile, feature, environment, action, new_state, version)
    return Done(after, CHANGED)


def _change_in(
    context: Context,
    connection: sa.Connection,
    profile: Profile,
    feature: str,
    environment: str,
    action: str,
    new_state: NewState,
    version: int | None = None,
) -> FeatureState:
    key = need_known(context, connection, profile, environment).key
    before = read_state(context.policy, connection, key, feature)
    if version is not None and version != before.version:
        raise changed_meanwhile("feature")
    after = write_state(connection, before, new_state(connection, profile, before))
    if after.state != before.state and after.since is not None:
        add_event(context, connection, key, "switched", after.since, feature=feature, outcome=after.state)
    if before.state == after.state == "on" and before.pending == after.pending:
        action = "feature.changed"
    context.record(connection, action, f"{key}/{feature}", facts(before), facts(after))
    return after
