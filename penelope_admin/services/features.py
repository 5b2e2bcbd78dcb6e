"""Switching features: plan a change, say that it was made in Penelope, take it back.

Nothing here reaches Penelope: the administrator switches there, or Support does. The register says
what was done and why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

from penelope_admin.domain import features as rules
from penelope_admin.domain.checklists import LineAnswer
from penelope_admin.domain.features import Acknowledgement, Change, FeatureState, OnRole, SwitchContext, Verdict
from penelope_admin.domain.mirror import Posture
from penelope_admin.domain.text import clean_line
from penelope_admin.errors import BadInputError, check_version
from penelope_admin.policy import Feature
from penelope_admin.services.mirror import checklists
from penelope_admin.services.mirror.environments import all_unsettled, need_environment, need_known, shown
from penelope_admin.services.work import Work


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
        role: how it is marked while it is on.
        seen_on: of a locked feature that somebody saw on: who did, when, and what to do.
    """

    feature: Feature
    name: str
    state: FeatureState
    enable: Verdict
    overdue: bool
    environment_name: str
    expired: str
    obstacle: str
    queue_said: str
    through: tuple[str, ...]
    role: OnRole
    seen_on: str

    @property
    def waits_for_approval(self) -> bool:
        """Planned, but a second person has not approved it yet."""
        return not self.obstacle and rules.waits_for_approval(self.enable, self.state)

    @property
    def until(self) -> date | None:
        """The last day it is, or is to be, on."""
        if self.state.state == "on":
            return self.state.until
        return (self.state.pending or self.state).until

    @property
    def steps(self) -> tuple[str, ...]:
        """What to do in Penelope for the planned change (to switch on, when none is planned)."""
        is_on_wanted = self.state.pending is None or self.state.plan_to_enable
        steps = self.feature.steps if is_on_wanted else self.feature.steps_off
        return tuple(step.replace("{environment}", self.environment_name) for step in steps)


@dataclass(frozen=True, slots=True)
class FeaturesView:
    """All features of an environment, with what is known of its contact details.

    Attributes:
        unsettled: what is to be settled of an environment that is no longer the agency's.
        mirrors: the copies among which one chooses, where the page of features shows them.
    """

    environment: str
    posture: Posture
    features: tuple[FeatureView, ...]
    today: date
    around: SwitchContext
    unsettled: tuple[str, ...]
    mirrors: tuple[str, ...] = ()


def find_all(work: Work, environment: str | None = None) -> FeaturesView:
    """Every feature of an environment; here and below the usual copy is meant where none is named."""
    key = need_known(work, environment).key
    posture, around = work.posture(key), switch_context(work, key)
    states = work.states(key)
    views = [_view(work, state, states, posture, around) for state in states]
    return FeaturesView(key, posture, tuple(views), work.today, around, all_unsettled(work).get(key, ()))


def _view(
    work: Work, state: FeatureState, states: list[FeatureState], posture: Posture, around: SwitchContext
) -> FeatureView:
    feature = work.policy.feature[state.feature]
    return FeatureView(
        feature=feature,
        name=rules.full_name(work.policy, feature),
        state=rules.as_shown(work.policy, state, states),
        through=rules.on_through(work.policy, state, states),
        seen_on=rules.seen_on_sentence(work.policy, state, work.zone),
        enable=rules.can_switch(work.policy, state, "enable", posture, around=around),
        overdue=state.is_overdue(work.today),
        environment_name=work.policy.environment[state.environment].name,
        expired=rules.expired_sentence(work.policy, state) if state.is_expired(work.today) else "",
        queue_said=rules.queue_said(work.policy, state, posture, around),
        role=rules.on_role(work.policy, state, posture),
        obstacle=str(rules.plan_obstacle(work.policy, state, posture, around) or ""),
    )


def find_mirror(work: Work, environment: str | None = None) -> FeaturesView | None:
    """The features of a copy in which they are switched; None where there is none of which to tell.

    Args:
        environment: its key; by default, and where it is not the agency's any more, the first.
    """
    mirrors = tuple(key for key in shown(work) if key in work.policy.mirrors)
    if not mirrors:
        return None
    return replace(find_all(work, environment if environment in mirrors else mirrors[0]), mirrors=mirrors)


def find(work: Work, feature: str, environment: str | None = None) -> FeatureView:
    """One feature of an environment."""
    item = rules.find_feature(work.policy, feature)
    return next(view for view in find_all(work, environment).features if view.feature.key == item.key)


def switch_context(work: Work, environment: str) -> SwitchContext:
    """What else counts, and is to be told, when a feature of an environment is to be switched."""
    return replace(_what_counts(work, environment), next_upgrade=work.calendar.next_upgrade(work.now).first_day)


def _what_counts(work: Work, environment: str) -> SwitchContext:
    """What else decides whether a feature may be switched: everything but the next upgrade, which only warns."""
    states = work.recorded_states(environment)
    in_use = frozenset(state.feature for state in states if state.use is not None and not state.is_expired(work.today))
    passed, failed = _looked_at(work, work.posture(environment))
    return SwitchContext(
        in_use=in_use,
        second_person=work.agency.second_person,
        today=work.today,
        looked_at=passed,
        found_wrong=failed,
        ours=environment in work.agency.environments,
        looked_at_home=work.is_planning_copy,
    )


def _looked_at(work: Work, posture: Posture) -> tuple[frozenset[int], frozenset[int]]:
    """The lines that passed, and those that failed, on the check-list after the refresh that filled the queues."""
    if posture.queues_from is None:
        return frozenset(), frozenset()
    lists = (item for item in checklists.find_all(work) if item.event.id == posture.queues_from)
    lines = [line for item in lists for line in item.lines]
    passed = frozenset(line.effect.number for line in lines if line.result == "pass")
    return passed, frozenset(line.effect.number for line in lines if line.result == "fail")


def held_plans(work: Work, states: Iterable[FeatureState]) -> dict[tuple[str, str], str]:
    """The plans to switch on that are not to be carried out now, by environment and feature, with the reason.

    Plans that only wait for a second person say so in the same way.
    """

    @cache
    def counting(environment: str) -> tuple[Posture, SwitchContext]:
        return work.posture(environment), _what_counts(work, environment)

    waits = {
        (state.environment, state.feature): rules.plan_waits(
            work.policy, state, *counting(state.environment), work.actor
        )
        for state in states
        if state.plan_to_enable
    }
    return {key: why for key, why in waits.items() if why}


def warnings_for(
    work: Work, feature: str, environment: str | None = None, until: date | None = None
) -> tuple[str, ...]:
    """What else to know before a feature is on; nothing of it stands in the way."""
    item = rules.find_feature(work.policy, feature)
    key = need_known(work, environment).key
    state, around = work.state(key, item.key), switch_context(work, key)
    verdict = rules.can_switch(work.policy, state, "enable", work.posture(key), until=until, around=around)
    return tuple(text for text, _ in verdict.remarks)


# --- switching ---------------------------------------------------------------------------------


def switch(
    work: Work,
    feature: str,
    change: Change,
    *,
    reason: str,
    until: date | None = None,
    environment: str | None = None,
    acknowledgement: Acknowledgement = rules.NOTHING_SAID,
    already_done: bool = False,
    version: int | None = None,
) -> FeatureState:
    """Plan to switch a feature, or record that it was switched in Penelope.

    Switching on what is on already changes its reason and end date. That a feature was seen off is a fact, which may be
    recorded of every one, also of those that are locked or not on the list.

    Args:
        until: the last day it is needed, in the agency's zone; only for switching on. When a plan is recorded
            as done without one, the plan's own counts.
        version: of the entry the person looked at, to notice somebody else's change.

    Raises:
        BadInputError: no reason, or an end date that has passed.
        RefusedError: locked, not on the list, or an acknowledgement is missing.
        ConflictError: it is that way already, the opposite is planned, or a plan has expired.
    """
    before = _need_state(work, feature, environment, version)
    posture, around = work.posture(before.environment), _what_counts(work, before.environment)
    enable = change == "enable"
    until = _until(work, before, change, until, already_done=already_done)
    verdict = rules.can_switch(work.policy, before, change, posture, acknowledgement, until, around)
    if enable or not already_done:  # what was seen off is a fact
        verdict.require()
    why = clean_line(reason, "The reason")
    end = rules.check_until(until, work.today)
    if before.state == "on" and enable and before.pending is None:
        rules.check_extension(verdict, before, end)
        return _write(work, before, replace(before, reason=why, until=end), "feature.changed")
    looked = bool(verdict.queue_checks) and acknowledgement.queue_empty
    if looked and posture.queues_from is not None:
        # What was confirmed here is not asked again, on the check-list or for the next feature.
        said = f"Confirmed for {rules.feature_name(work.policy, before.feature)}."
        check_list = checklists.need_list(work, posture.queues_from)
        for check in verdict.queue_checks:
            checklists.add_answer(work, check_list, LineAnswer(check.number, "pass", work.now, work.actor, said))
    after = rules.plan(before, change, why, end, posture, work.actor, looked)
    if not already_done:
        return _write(work, before, after, f"feature.{change}-planned")
    rules.require_approval(verdict, before.pending, end)
    return _write(work, before, rules.done(after, work.now, work.actor), f"feature.{change}-switched")


def _until(work: Work, before: FeatureState, change: Change, until: date | None, *, already_done: bool) -> date | None:
    """The last day that counts: of what was switched on already, that of its plan where none is named."""
    if change == "disable":
        return None
    if until is not None or not already_done:
        return until
    rules.require_current(work.policy, before, work.today)
    return before.pending.until if before.pending else None


def plan_again(
    work: Work,
    plans: Mapping[str, tuple[str, date | None]],
    environment: str | None = None,
    acknowledgement: Acknowledgement = rules.NOTHING_SAID,
) -> tuple[FeatureState, ...]:
    """Plan several features anew, all or none: what an upgrade or a refresh has ended.

    Args:
        plans: reason and last day for each feature's key.

    Raises:
        BadInputError, RefusedError, ConflictError: as for `switch`; then none is planned.
    """
    if not plans:
        raise BadInputError("No feature is chosen. Nothing was changed.")
    key = need_environment(work, environment).key
    return tuple(
        switch(
            work, feature, "enable", reason=reason, until=until, environment=key, acknowledgement=acknowledgement
        )
        for feature, (reason, until) in plans.items()
    )  # fmt: skip


def approve(work: Work, feature: str, environment: str | None = None, version: int | None = None) -> FeatureState:
    """Approve somebody else's plan to switch a feature on.

    Raises:
        ConflictError: nothing is planned, or it is approved already.
        RefusedError: the one who approves has planned it, or the feature cannot be switched on.
    """
    before = _need_state(work, feature, environment, version)
    need_environment(work, before.environment)
    rules.require_listed(work.policy, work.policy.feature[before.feature], before.environment)
    around = _what_counts(work, before.environment)
    rules.require_no_obstacle(work.policy, before, work.posture(before.environment), around)
    return _write(work, before, rules.approve(before, work.actor), "feature.approved")


def confirm_done(work: Work, feature: str, environment: str | None = None, version: int | None = None) -> FeatureState:
    """Record that the planned change was made in Penelope.

    Raises:
        ConflictError: nothing is planned, the plan has expired, or contact details may be real now and could not be
            when the plan was acknowledged.
        RefusedError: the feature is locked or not on the list, it lacks an end date, or a second person's approval.
    """
    before = _need_state(work, feature, environment, version)
    pending = rules.require_pending(before)
    posture, around = work.posture(before.environment), _what_counts(work, before.environment)
    rules.require_no_obstacle(work.policy, before, posture, around)
    acknowledgement = Acknowledgement(phi=True, environment=before.environment, queue_empty=pending.queue_empty)
    verdict = rules.can_switch(work.policy, before, pending.change, posture, acknowledgement, pending.until, around)
    verdict.require()
    rules.require_approval(verdict, pending, pending.until)
    return _write(work, before, rules.done(before, work.now, work.actor), "feature.switched")


def cancel(work: Work, feature: str, environment: str | None = None, version: int | None = None) -> FeatureState:
    """Take back a planned change.

    Raises:
        ConflictError: nothing is planned.
    """
    before = _need_state(work, feature, environment, version)
    return _write(work, before, rules.cancel(before), "feature.plan-cancelled")


def record_seen(
    work: Work,
    environment: str,
    states: Mapping[str, rules.State],
    reason: str = "",
    looked_at: Mapping[str, int] | None = None,
) -> tuple[FeatureState, ...]:
    """Record what somebody saw of several features in Penelope: facts, which need no reason. All or none is kept.

    A part that is on makes its whole on, of which nothing is recorded then. A locked feature that was seen on is not
    known any more. What was seen as it is recorded is kept too: that somebody looked.

    Args:
        states: on, off or not known, for each feature's key.
        reason: how the person knows, if they say; kept in the activity log.
        looked_at: the versions of the entries the person looked at, to notice somebody else's change.

    Returns:
        The entries of what was seen on or off, and of what is not known any more.
    """
    by_key = {rules.find_feature(work.policy, feature).key: state for feature, state in states.items()}
    told_by_parts = {work.policy.feature[feature].part_of for feature, state in by_key.items() if state == "on"}
    why = clean_line(reason, "The reason", required=False) or None
    changed = []
    for before in work.states(need_known(work, environment).key):
        if before.feature not in by_key or before.feature in told_by_parts:
            continue
        check_version((looked_at or {}).get(before.feature), before.version, "feature")
        after = rules.seen(before, by_key[before.feature], work.now, work.actor, why)
        if after != before:
            changed.append(checklists.write_seen(work, before, after, work.now))
    return tuple(changed)


def _need_state(work: Work, feature: str, environment: str | None, version: int | None) -> FeatureState:
    """What the register says of a feature, if it is what the person looked at."""
    item = rules.find_feature(work.policy, feature)
    state = work.state(need_known(work, environment).key, item.key)
    check_version(version, state.version, "feature")
    return state


def _write(work: Work, before: FeatureState, after: FeatureState, action: str) -> FeatureState:
    """Put an entry into the register, its switch into the database's record, and both into the log."""
    written = work.write_state(before, after)
    if written.state != before.state and written.since is not None:
        work.add_event(written.environment, "switched", written.since, feature=written.feature, outcome=written.state)
    work.record(action, f"{written.environment}/{written.feature}", rules.log_facts(before), rules.log_facts(written))
    return written
