"""What may be switched, at what PHI risk, and why not.

The rules are facts.md section 3, kept in resources/policy.toml. ClientConnect and Engage are
locked whatever the policy says; "not on the list" (ask Support) is another answer than "never".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import Enum
from typing import Literal
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from penelope_admin.absent import mapped
from penelope_admin.domain.mirror import Posture
from penelope_admin.domain.text import filled
from penelope_admin.domain.times import day_in_words, in_words, listed
from penelope_admin.errors import BadInputError, ConflictError, RefusedError, needed
from penelope_admin.policy import LOCKED_FEATURES, Availability, Effect, Environment, Feature, PhiRisk, Policy

State = Literal["on", "off", "unknown"]
Change = Literal["enable", "disable"]
OnRole = Literal["info", "caution", "danger"]
STATE_AFTER: dict[Change, State] = {"enable": "on", "disable": "off"}
"""What a feature is once the change is made."""
LOCKED_ON = "feature.locked-on"
"""The log's word for a locked feature that somebody saw on."""
# Nobody plans so far ahead; what lies further away is a year that was mistyped.
LONGEST_USE = relativedelta(years=5)


class Decision(Enum):
    """What the rules say when a feature is to be switched."""

    ALLOWED = "allowed"
    NEEDS_ACKNOWLEDGEMENT = "needs acknowledgement"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What the person has confirmed.

    Attributes:
        phi: that switching this on can expose PHI.
        environment: the environment's name or key as they typed it, for copies that may hold real contacts.
        queue_empty: they looked at what a refresh may have brought along in the feature's queue, and nothing waits.
    """

    phi: bool = False
    environment: str | None = None
    queue_empty: bool = False


NOTHING_SAID = Acknowledgement()


@dataclass(frozen=True, slots=True)
class SwitchContext:
    """What else counts when a feature is to be switched on.

    Attributes:
        in_use: keys of the features that are on or planned in the same environment.
        next_upgrade: the local day of the next regular upgrade.
        second_person: the agency wants a second person's approval where real people could be reached.
        today: the agency's local day; without it no plan has expired.
        looked_at: lines that passed on the check-list after the refresh that counts, by number.
        found_wrong: those that failed there.
        ours: the environment is the agency's; where it is no longer, nothing is switched on.
        looked_at_home: this is a planning copy. Nobody there can look into a database: that is asked, and warned of
            here, where the plan is brought home.
        together: keys of the features that are to be switched on at once.
    """

    in_use: frozenset[str] = frozenset()
    next_upgrade: date | None = None
    second_person: bool = False
    today: date = date.min
    looked_at: frozenset[int] = frozenset()
    found_wrong: frozenset[int] = frozenset()
    ours: bool = True
    looked_at_home: bool = False
    together: frozenset[str] = frozenset()

    def together_with(self, features: Iterable[str]) -> SwitchContext:
        """What counts for features, by key, that are to be switched on at once: each of them beside the others."""
        return replace(self, together=frozenset(features))


NOWHERE = SwitchContext()


@dataclass(frozen=True, slots=True)
class Verdict:
    """May this feature be switched, and what has to be said first.

    Attributes:
        reasons: why, or why not, in sentences.
        reaches: who can be reached once it is on; None when nobody can.
        needs_name: the environment's name must be typed, because contact details may be real.
        needs_until: an end date is asked for, because the PHI risk is high.
        needs_approval: a second person must approve the plan before it counts as done.
        warnings: what else to know before it is on; nothing here stands in the way.
        notes: likewise, and harmless.
        queue_checks: what must be seen to be so in the copy first, because a refresh may have brought other things.
    """

    decision: Decision
    availability: Availability
    phi_risk: PhiRisk | None
    reasons: tuple[str, ...]
    reaches: str | None = None
    needs_name: bool = False
    needs_until: bool = False
    needs_approval: bool = False
    warnings: tuple[str, ...] = ()
    queue_checks: tuple[Effect, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def remarks(self) -> list[tuple[str, Literal["caution", "info"]]]:
        """What else to know, each sentence with how it is marked."""
        return [*((text, "caution") for text in self.warnings), *((text, "info") for text in self.notes)]

    @property
    def needs_nothing_more(self) -> bool:
        """No acknowledgement would help: it is allowed, or refused for good."""
        return self.decision is not Decision.NEEDS_ACKNOWLEDGEMENT

    @property
    def allowed(self) -> bool:
        """Nothing stands in the way."""
        return self.decision is Decision.ALLOWED

    def until_said(self, *missing: str) -> Verdict:
        """The same, not allowed before what is missing was said; as it is where nothing is."""
        if not missing:
            return self
        # What is missing comes first: who has room for one reason shows the first.
        return replace(self, decision=Decision.NEEDS_ACKNOWLEDGEMENT, reasons=(*missing, *self.reasons))

    def require(self) -> None:
        """Raise what stands in the way, if anything does.

        Raises:
            RefusedError: the feature cannot be switched, or an acknowledgement is missing.
        """
        if not self.allowed:
            raise RefusedError(" ".join((*self.reasons, "Nothing was changed.")))


@dataclass(frozen=True, slots=True)
class Pending:
    """A change somebody means to make in Penelope.

    Attributes:
        acknowledged_real: contact details could be real when the risk was acknowledged.
        by: who planned it; None for plans older than that fact.
        approved_by: the second person who approved it.
        queue_empty: the planner looked at the feature's queue after a refresh, and nothing waited.
    """

    change: Change
    reason: str
    until: date | None
    acknowledged_real: bool
    by: str | None = None
    approved_by: str | None = None
    queue_empty: bool = False

    def is_approved(self, until: date | None) -> bool:
        """Whether a second person approved having it on until this day, where contact details may be real."""
        # Approved was this plan with this end: a shorter use is part of it, a longer one nobody has approved.
        covered = self.until is None or (until is not None and until <= self.until)
        return self.change == "enable" and self.approved_by is not None and self.acknowledged_real and covered


@dataclass(frozen=True, slots=True)
class FeatureState:
    """What the register says of a feature in an environment. Instants are in UTC.

    Attributes:
        since: when its switch was recorded, or what an upgrade did to it; of what was only seen so, when it first was.
            Of what is not known: when a refresh was due that may have come since it was known to be off.
        seen_at: when somebody last looked in Penelope and saw that it is so; None when nobody said so since. Of a
            locked feature that is not known: when `by` saw it on, which the register itself never says.
        only_seen: nobody recorded a switch: at the latest at `since`, when `by` looked, it was so.
    """

    environment: str
    feature: str
    state: State = "unknown"
    pending: Pending | None = None
    since: datetime | None = None
    until: date | None = None
    reason: str | None = None
    by: str | None = None
    version: int = 0
    seen_at: datetime | None = None
    only_seen: bool = False

    def is_overdue(self, today: date) -> bool:
        """On, although its end date has passed."""
        return self.state == "on" and self.until is not None and self.until < today

    def is_expired(self, today: date) -> bool:
        """Planned to be switched on until a last day that has passed: nobody is to switch it on any more."""
        return self.planned_until is not None and self.planned_until < today

    @property
    def plan_to_enable(self) -> Pending | None:
        """The plan to switch it on, if that is what is planned."""
        return self.pending if self.pending is not None and self.pending.change == "enable" else None

    @property
    def planned_until(self) -> date | None:
        """The last day that it is planned to be on."""
        # A plan to switch off has none and never expires: off is the safe state, however late it comes.
        return mapped(self.plan_to_enable, lambda plan: plan.until)

    @property
    def is_unknown(self) -> bool:
        """Nobody knows whether it is on, nor has planned to switch it."""
        return self.state == "unknown" and self.pending is None

    @property
    def was_seen_on(self) -> bool:
        """A locked feature that somebody saw on; nobody's switch is recorded."""
        return self.state == "unknown" and self.seen_at is not None

    @property
    def as_seen(self) -> State:
        """What it was when somebody last looked."""
        return "on" if self.was_seen_on else self.state

    @property
    def use(self) -> tuple[str | None, date | None] | None:
        """What it is on for, or planned to be on for, and until when; None when it is neither."""
        if self.state == "on":
            return self.reason, self.until
        return mapped(self.plan_to_enable, lambda plan: (plan.reason, plan.until))

    @property
    def use_name(self) -> Literal["on", "planned"]:
        """What its use is called, where it has one."""
        return "on" if self.state == "on" else "planned"

    def is_in_use(self, today: date) -> bool:
        """On or about to be, with no end date or one still to come: work in progress."""
        return self.use is not None and (self.use[1] is None or self.use[1] >= today)


def find_feature(policy: Policy, key: str) -> Feature:
    """The feature of this key.

    Raises:
        BadInputError: there is no such feature.
    """
    others = f"Features are {', '.join(policy.feature)}. Nothing was changed."
    return needed(policy.feature.get(key.strip().lower()), f'"{key}" is not a feature. {others}')


def full_name(policy: Policy, feature: Feature) -> str:
    """The name with that of the whole it is a part of: "External Communications: SMS"."""
    return f"{policy.feature[feature.part_of].name}: {feature.name}" if feature.part_of else feature.name


def feature_name(policy: Policy, key: str) -> str:
    """The full name of a feature; the key of one that this policy does not know: the vendor renames, agencies edit."""
    return full_name(policy, policy.feature[key]) if key in policy.feature else key


def names_of(policy: Policy, entries: Iterable[FeatureState]) -> tuple[str, ...]:
    """The full names of the features that entries of the register are about."""
    return tuple(feature_name(policy, entry.feature) for entry in entries)


def environment_name(policy: Policy, key: str | None) -> str:
    """The name of an environment; the key of one that this policy does not know, and nothing for none."""
    return policy.environment[key].name if key in policy.environment else key or ""


def availability(feature: Feature, environment: str) -> Availability:
    """Whether a feature may be switched on again in an environment, with this program's help.

    The vendor's list names the environments it is for, and what the vendor says of ClientConnect and Engage is about
    those. Elsewhere nothing is on the list, and this program keeps its own lock on what is locked.
    """
    # The vendor's "cannot be enabled" (facts.md section 3) stands in the code, too: an edited policy opens no lock.
    if feature.key in LOCKED_FEATURES or feature.availability == "locked":
        return "locked"
    if environment in feature.environments and feature.availability == "re-enableable":
        return "re-enableable"
    return "not-listed"


def initial_state(feature: Feature, environment: str) -> FeatureState:
    """What is known of a feature before anything is recorded: nothing. That one is locked says nothing of its state."""
    return FeatureState(environment, feature.key)


def can_switch(
    policy: Policy,
    state: FeatureState,
    change: Change,
    posture: Posture,
    acknowledgement: Acknowledgement = NOTHING_SAID,
    until: date | None = None,
    around: SwitchContext = NOWHERE,
) -> Verdict:
    """May this feature be switched on (or off) in its environment?

    Args:
        state: the register's entry; says which feature and environment.
        posture: what is known of the environment's contact details.
        acknowledgement: what the person has confirmed so far.
        until: the last local day it is to be on.
        around: what else is on there, the next upgrade, and what the agency asks for.
    """
    feature = policy.feature[state.feature]
    kind = availability(feature, state.environment)
    if kind != "re-enableable":
        return Verdict(Decision.REFUSED, kind, None, (_refusal(policy, feature, state.environment, change),))
    # After the refusal: of what is not on the list nothing is planned here, not even that it is off.
    if change == "disable":
        return Verdict(Decision.ALLOWED, kind, feature.phi_risk, ("Switching off reaches nobody.",))
    # Switching off is allowed above, also in a database that is no longer the agency's: that is how it is settled.
    if not around.ours:
        where = policy.environment[state.environment].name
        return Verdict(Decision.REFUSED, kind, None, (f"{where} is no longer yours: nothing is switched on there.",))
    verdict = _if_acknowledged(policy, feature, state.environment, posture, acknowledgement)
    checks = queue_checks(policy, feature, posture, around)
    if not around.looked_at_home:
        verdict, checks = _if_looked(policy, verdict, checks, acknowledgement, around), ()
    warnings = (
        *(f"Whoever brings this plan home must look in the copy first, and confirm: {check.text}" for check in checks),
        *_together(policy, feature, around),
        *_off_by_next_upgrade(until, around.next_upgrade),
    )
    # The second person is asked for exactly where the name is typed: where real people could be reached.
    needs_approval = around.second_person and verdict.needs_name
    verdict = replace(verdict, needs_until=feature.phi_risk == "high", needs_approval=needs_approval, warnings=warnings)
    verdict = replace(verdict, notes=tuple(whole_notes(policy, {feature.key, *around.together}, around.in_use)))
    if verdict.needs_until and until is None:
        return verdict.until_said(f"{full_name(policy, feature)} needs an end date, because its PHI risk is high.")
    return verdict


def why_not(verdicts: Iterable[Verdict]) -> str:
    """What the first of several needs that is not allowed yet, in a sentence; empty where all are."""
    return next((verdict.reasons[0] for verdict in verdicts if not verdict.allowed), "")


def checks_of(verdicts: Iterable[Verdict]) -> tuple[Effect, ...]:
    """What must be seen to be so in the copy before any of several is switched on, each once."""
    return tuple({check.number: check for verdict in verdicts for check in verdict.queue_checks}.values())


def _off_by_next_upgrade(until: date | None, next_upgrade: date | None) -> Iterator[str]:
    """That an end date on or after the next upgrade, or none, promises more than the upgrade leaves."""
    if next_upgrade is not None and (until is None or until >= next_upgrade):
        # Copies are upgraded "as required" (facts.md section 3), not always in the window: hence the "if".
        yield f"The upgrade of {in_words(next_upgrade)} switches it off, if this database is upgraded then."


def _together(policy: Policy, feature: Feature, around: SwitchContext) -> list[str]:
    """The warnings about what this feature does together with others that are on or planned."""
    whole = {feature.key, feature.part_of}
    others = {policy.feature[key].part_of or key for key in around.in_use | around.together if key != feature.key}
    return [
        combination.warning
        for combination in policy.combinations
        if whole & set(combination.features) and set(combination.features) - whole <= others
    ]


def whole_notes(policy: Policy, keys: Collection[str], in_use: Iterable[str] = ()) -> list[str]:
    """Which wholes come on with parts that are to be switched on, in sentences; none that is on or planned anyway.

    Args:
        keys: of the features that are to be switched on at once.
        in_use: those that are on or planned.
    """
    there = {*keys, *with_wholes(policy, set(in_use).difference(keys))}
    return [
        f"{part.name} is a part of {policy.feature[part.part_of].name}: once it is on, so is the whole."
        for part in policy.features
        if part.key in keys and part.part_of and part.part_of not in there
    ]


def can_ask(
    policy: Policy,
    state: FeatureState,
    change: Change,
    posture: Posture,
    acknowledgement: Acknowledgement = NOTHING_SAID,
    around: SwitchContext = NOWHERE,
) -> Verdict:
    """May Support be asked to switch this feature?

    What is not on the vendor's list may be asked for: that is what "ask Support" means. Locked stays locked, and
    whoever switches it on, the same people can be reached afterwards, so the same acknowledgements are needed.
    """
    feature = policy.feature[state.feature]
    kind = availability(feature, state.environment)
    if kind != "not-listed":
        # Support is asked for a change, not for its end.
        verdict = can_switch(policy, state, change, posture, acknowledgement, date.max, around)
        return _if_approved(policy, state, verdict, around)
    # Nobody has rated what is not on the vendor's list, but what uses contact details reaches people all the same.
    if change == "enable" and (feature.phi_risk or feature.uses_contact_details):
        return _if_acknowledged(policy, feature, state.environment, posture, acknowledgement)
    reason = f"{full_name(policy, feature)} is not on the vendor's list here; Support decides."
    return Verdict(Decision.ALLOWED, kind, feature.phi_risk, (reason,))


def _if_approved(policy: Policy, state: FeatureState, verdict: Verdict, around: SwitchContext) -> Verdict:
    """A request to Support needs the same second person as the switch itself: an approved plan."""
    # An approval goes with its plan: once the plan's last day has passed it approves nothing any more.
    is_current = not state.is_expired(around.today)
    approved = is_current and state.pending is not None and state.pending.is_approved(state.pending.until)
    if not (around.second_person and verdict.needs_name) or approved:
        return verdict
    name = feature_name(policy, state.feature)
    missing = f"A second person must approve this first: plan {name}, have the plan approved, then ask Support."
    return replace(verdict, needs_approval=True).until_said(missing)


def _if_acknowledged(
    policy: Policy, feature: Feature, environment: str, posture: Posture, acknowledgement: Acknowledgement
) -> Verdict:
    """Allowed, if the person has said what must be said first."""
    needs_name = feature.uses_contact_details and posture.may_be_real
    missing = []
    if not acknowledgement.phi:
        risk = f"{feature.phi_risk or ''} PHI risk".lstrip()
        missing.append(f"{full_name(policy, feature)} needs an acknowledgement of its {risk}.")
    if needs_name and not is_named(policy, environment, acknowledgement.environment):
        missing.append(f'Contact details may be real: type "{policy.environment[environment].name}" to confirm.')
    why = posture.sentence if feature.uses_contact_details else feature.reaches or ""
    kind = availability(feature, environment)
    allowed = Verdict(Decision.ALLOWED, kind, feature.phi_risk, (why,), feature.reaches, needs_name)
    return allowed.until_said(*missing)


def queue_checks(policy: Policy, feature: Feature, posture: Posture, around: SwitchContext) -> tuple[Effect, ...]:
    """What is to be so in a copy before a feature is switched on there, and nobody has seen since its refresh."""
    whole = {feature.key, feature.part_of}
    return tuple(
        effect
        for effect in policy.effects_after("refresh")
        if posture.queues_may_wait and whole & set(effect.guards) and effect.number not in around.looked_at
    )


def queue_confirmation(checks: Iterable[Effect]) -> str:
    """What a person confirms about the queues, as the tick says it."""
    texts = " ".join(dict.fromkeys(check.text for check in checks))
    return f"I have looked in this copy since its last refresh, and this is true now: {texts}"


def queue_said(policy: Policy, state: FeatureState, posture: Posture, around: SwitchContext) -> str:
    """What whoever approves a plan is to know of the queues that a refresh may have filled; empty where none are."""
    feature, pending = policy.feature[state.feature], state.pending
    # Asked with and without the check-list, to tell what it has settled from what is still open.
    everything = queue_checks(policy, feature, posture, replace(around, looked_at=frozenset()))
    still_open = queue_checks(policy, feature, posture, around)
    passed = " ".join(check.text for check in everything if check not in still_open)
    said = filled("The check-list after the refresh says: {} ", passed)
    by = (pending.by or "Somebody") if pending is not None and pending.queue_empty else ""
    if not still_open:
        looked = filled("{} looked when planning.", passed and by)
    elif by:
        looked = f"{by} confirmed when planning: “{queue_confirmation(still_open)}”"
    else:
        looked = f"Nobody has said that the queue was looked at: {' '.join(check.text for check in still_open)}"
    return f"{said}{looked}".strip()


def _if_looked(
    policy: Policy,
    verdict: Verdict,
    checks: tuple[Effect, ...],
    acknowledgement: Acknowledgement,
    around: SwitchContext,
) -> Verdict:
    """The same verdict, if the person has looked at the queues that a refresh may have filled.

    What was found wrong on the check-list is not confirmed away: the line is answered again.
    """
    # The vendor clears queues on an upgrade; that a refresh brings production's along is our inference (facts.md
    # section 3). So it is no fact that could be computed: somebody must have looked.
    missing = [
        f"Line {check.number} of the check-list after the refresh has failed: it should be that “{check.text}” Put it "
        "right, and answer the line again."
        for check in checks
        if check.number in around.found_wrong
    ]
    if not missing and checks and not acknowledgement.queue_empty:
        texts = " ".join(check.text for check in checks)
        source = policy.source_name(checks[0])
        missing = [
            f"Look in the copy first, because a refresh may have filled its queues, and confirm: {texts} ({source})"
        ]
    return replace(verdict, queue_checks=checks).until_said(*missing)


def refuse_locked(policy: Policy, feature: Feature, environment: str, change: Change = "enable") -> None:
    """Refuse everything about a locked feature.

    Raises:
        RefusedError: it is locked.
    """
    if availability(feature, environment) == "locked":
        raise RefusedError(f"{_refusal(policy, feature, environment, change)} Nothing was changed.")


def is_impossible(state: FeatureState) -> bool:
    """Whether an entry says of ClientConnect or Engage that it is on or is to be switched: a sign of damage."""
    return state.feature in LOCKED_FEATURES and (state.state == "on" or state.pending is not None)


def refuse_locked_entry(state: FeatureState) -> None:
    """Refuse to write an entry that cannot be.

    Raises:
        RefusedError: a locked feature would be on, or planned.
    """
    if is_impossible(state):
        raise RefusedError(f"{state.feature} is locked: it is never recorded as on or planned. Nothing was changed.")


def require_listed(policy: Policy, feature: Feature, environment: str) -> None:
    """Refuse a feature that may not be re-enabled in an environment, whatever is acknowledged.

    Raises:
        RefusedError: it is locked or not on the list there.
    """
    if availability(feature, environment) != "re-enableable":
        raise RefusedError(f"{_refusal(policy, feature, environment, 'enable')} Nothing was changed.")


def _refusal(policy: Policy, feature: Feature, environment: str, change: Change) -> str:
    """Why not, in a sentence that is true of this environment: the vendor speaks of the mirrored database only."""
    name, where = full_name(policy, feature), policy.environment[environment]
    locked = availability(feature, environment) == "locked"
    # The vendor's "never" and its list are about the mirrored database; of other copies our sources say nothing. The
    # lock there is this program's own, and is said to be.
    if where.upgrade_switches_off:
        return _refusal_in_mirror(name, where, locked, change)
    lock = f" In this program {name} stays locked, here too." if locked else ""
    if not where.refreshable:
        return f"An administrator switches {name} in {where.name} themselves; nothing of that is planned here.{lock}"
    return (
        f"The vendor's list of what may be re-enabled is for {policy.mirrors_in_words}; of "
        f"{where.name} our sources say nothing.{lock} Ask Support."
    )


def _refusal_in_mirror(name: str, where: Environment, locked: bool, change: Change) -> str:
    if locked:
        return f"{name} cannot be enabled in {where.spoken}. If you see it on there, tell Support at once."
    if change == "disable":
        return (
            f"{name} is not on the vendor's list of what is switched here; an upgrade switches it off. "
            "If you see it on, ask Support."
        )
    return f"{name} is not on the vendor's list of what may be re-enabled; ask Support if you need it."


def is_named(policy: Policy, environment: str, typed: str | None) -> bool:
    """Whether somebody typed an environment's name or key."""
    # The key counts as the name does: on a command line nobody writes capitals and spaces.
    names = {environment.casefold(), policy.environment[environment].name.casefold()}
    return typed is not None and typed.strip().casefold() in names


def plan(
    state: FeatureState,
    change: Change,
    reason: str,
    until: date | None,
    posture: Posture,
    by: str,
    queue_empty: bool = False,
) -> FeatureState:
    """The register's entry once a change is planned; planning again replaces the plan and its approval.

    Raises:
        ConflictError: the feature is that way already, or the opposite change is planned.
    """
    target = STATE_AFTER[change]
    # Planned on and planned off at once, it would be open which of the two somebody carries out.
    if state.pending and state.pending.change != change:
        raise ConflictError(
            f"To {state.pending.change} {state.feature} is planned already. Cancel that first. Nothing was changed."
        )
    if state.state == target:
        raise ConflictError(f"{state.feature} is {target} already in {state.environment}. Nothing was changed.")
    return replace(state, pending=Pending(change, reason, until, posture.may_be_real, by, queue_empty=queue_empty))


def approve(state: FeatureState, by: str) -> FeatureState:
    """The register's entry once a second person has approved the plan.

    Raises:
        ConflictError: nothing is planned, only to switch it off is, or it is approved already.
        RefusedError: the one who approves has planned it.
    """
    pending = require_pending(state)
    if pending.change != "enable":
        raise ConflictError("Switching off needs no approval. Nothing was changed.")
    if pending.approved_by:
        raise ConflictError(f"{pending.approved_by} has approved this already. Nothing was changed.")
    if is_same_person(pending.by, by):
        raise RefusedError(
            "Whoever planned this cannot approve it. Nothing was changed. Somebody else opens the program under their "
            "own account, on the same database, and approves it there."
        )
    return replace(state, pending=replace(pending, approved_by=by))


def is_same_person(planner: str | None, approver: str) -> bool:
    """Whether a plan's author and somebody else are one person, in any domain; an unknown author may be anybody."""
    # DOMAIN\name, name@domain and name are what one account is called on different computers.
    names = [name.strip().casefold().rpartition("\\")[2].partition("@")[0] for name in (planner or "", approver)]
    return planner is None or names[0] == names[1]


def waits_for_approval(verdict: Verdict, state: FeatureState) -> bool:
    """Whether a plan to switch a feature on waits for a second person."""
    plan = state.plan_to_enable
    return verdict.needs_approval and plan is not None and not plan.approved_by


def check_extension(verdict: Verdict, state: FeatureState, until: date | None) -> None:
    """Refuse that one person alone gives a feature that is on a later end, where a second one must approve.

    Raises:
        RefusedError: the end is later than the one that was approved.
    """
    if verdict.needs_approval and state.until is not None and (until is None or until > state.until):
        raise RefusedError(
            f"A second person must approve a later end than {in_words(state.until)}, because contact details may be "
            "real. Nothing was changed. Switch it off, then plan it again and have the plan approved."
        )


def require_approval(verdict: Verdict, pending: Pending | None, until: date | None) -> None:
    """Refuse what a second person must approve first; an approval covers no later end date than the plan's.

    Raises:
        RefusedError: the approval is missing.
    """
    if verdict.needs_approval and not (pending and pending.is_approved(until)):
        raise RefusedError(
            "A second person must approve this, because contact details may be real. Nothing was recorded. "
            "Plan it, and have somebody else approve the plan."
        )


def done(state: FeatureState, at: datetime, by: str) -> FeatureState:
    """The register's entry once the planned change was made in Penelope.

    Raises:
        ConflictError: no change is planned.
    """
    pending = require_pending(state)
    return replace(
        state, state=STATE_AFTER[pending.change], pending=None, since=at, until=state.planned_until,
        reason=pending.reason, by=by, seen_at=None, only_seen=False,
    )  # fmt: skip


def seen(state: FeatureState, seen_state: State, at: datetime, by: str, reason: str | None = None) -> FeatureState:
    """The register's entry once somebody looked in Penelope: a fact, which needs neither a reason nor a permission.

    A plan that has come true is over, with its reason and its end; one that has not stays. A locked feature is never
    recorded as on: seen on, nobody knows any more, and Support is told.
    """
    if seen_state == "on" and state.feature in LOCKED_FEATURES:
        return locked_on(state, at, by)
    if seen_state == "unknown":
        # What nobody knew anyway stays as it is, with why nobody does.
        return doubted(state) if state.state != "unknown" or state.was_seen_on else state
    if seen_state == state.state:
        return replace(state, reason=reason or state.reason, seen_at=at)
    now = replace(state, state=seen_state, since=at, until=None, reason=reason, by=by, seen_at=at, only_seen=True)
    pending = state.pending
    # What is planned and not so yet stays planned: to look is not to decide.
    if pending is None or STATE_AFTER[pending.change] != seen_state:
        return now
    return replace(now, pending=None, until=pending.until, reason=reason or pending.reason)


def locked_on(state: FeatureState, at: datetime, by: str) -> FeatureState:
    """What is known of a locked feature that somebody saw on: no switch, but who saw it and when."""
    return replace(doubted(state), seen_at=at, by=by)


def seen_on_sentence(policy: Policy, state: FeatureState, zone: ZoneInfo) -> str:
    """What somebody saw of a locked feature, and what to do; empty where nobody saw it on."""
    if not state.was_seen_on or state.seen_at is None:
        return ""
    name, place = feature_name(policy, state.feature), environment_name(policy, state.environment)
    return (
        f"{name} was seen on in {place} on {day_in_words(state.seen_at, zone)} by {state.by}. It is locked there, and "
        "nobody recorded a switch. Tell Support."
    )


def doubted(state: FeatureState) -> FeatureState:
    """The register's entry when nobody knows any more; what is planned stays."""
    # Reason and end belonged to what was known; beside "not known" they would say too much.
    return replace(unknown_again(state), pending=state.pending)


def with_wholes(policy: Policy, on: Iterable[str]) -> frozenset[str]:
    """Features that are on, and what they are parts of: a part that is on makes its whole on."""
    keys = frozenset(on)
    return keys | {whole for key in keys if (whole := policy.feature[key].part_of) is not None}


def on_through(policy: Policy, state: FeatureState, states: Iterable[FeatureState]) -> tuple[str, ...]:
    """The names of a feature's parts that are on, where nothing else says that it is on itself."""
    if state.state == "on":
        return ()
    parts = (policy.feature[part.feature] for part in states if part.state == "on")
    return tuple(part.name for part in parts if part.part_of == state.feature)


def not_known(policy: Policy, states: Collection[FeatureState]) -> list[FeatureState]:
    """The features of an environment of which somebody has to look whether they are on; no whole whose part is on."""
    unseen = (state for state in states if state.is_unknown and not state.was_seen_on)
    return [state for state in unseen if not on_through(policy, state, states)]


def due_doubt(unknown: Iterable[FeatureState], zone: ZoneInfo) -> str:
    """Why nobody's look counts for features that are not known, and what to do; empty where no refresh was due."""
    due = next((state.since for state in unknown if state.since is not None), None)
    return filled(
        "A refresh was due on {}. If it came after somebody last looked, it may have brought back what is on in "
        "production. Record whether it was made; if it was, look again.",
        due and day_in_words(due, zone),
    )


def as_shown(policy: Policy, state: FeatureState, states: Iterable[FeatureState]) -> FeatureState:
    """A feature as people are shown it: a part that is on makes its whole on, whatever is recorded of the whole."""
    return replace(doubted(state), state="on") if on_through(policy, state, states) else state


def through_in_words(parts: Sequence[str]) -> str:
    """How a whole is said to be on for no other reason than its parts: "On through SMS"; empty without parts."""
    return filled("On through {}", listed(parts))


def on_role(policy: Policy, state: FeatureState, posture: Posture) -> OnRole:
    """How a feature that is on is marked wherever it is shown: as what it risks, and never as safe or done."""
    if state.was_seen_on:
        return "danger"
    # Production holds real contacts by its nature; a feature that is on there is no danger of a copy.
    if not posture.may_be_real or not policy.environment[state.environment].refreshable:
        return "info"
    return "danger" if policy.feature[state.feature].uses_contact_details else "caution"


def cancel(state: FeatureState) -> FeatureState:
    """The register's entry without the planned change.

    Raises:
        ConflictError: no change is planned.
    """
    require_pending(state)
    return replace(state, pending=None)


def expired_sentence(policy: Policy, state: FeatureState) -> str:
    """What is said of a plan whose last day has passed."""
    name = feature_name(policy, state.feature)
    when = filled(": its last day was {}", mapped(state.planned_until, in_words))
    return f"The plan to switch on {name} has expired{when}. Do not switch it on. Cancel the plan, or plan it again."


def plan_obstacle(
    policy: Policy, state: FeatureState, posture: Posture, around: SwitchContext
) -> ConflictError | RefusedError | None:
    """Why a plan to switch on is not to be carried out as things are now; None when it may be.

    A second person's approval that is missing is none: the plan waits for it. The error's text is whole sentences.
    """
    plan = state.plan_to_enable
    if plan is None:
        return None
    if state.is_expired(around.today):
        return ConflictError(expired_sentence(policy, state))
    name = feature_name(policy, state.feature)
    # A refresh may have come between the plan and the switch: this risk is one that nobody has accepted.
    if posture.may_be_real and not plan.acknowledged_real:
        return ConflictError(
            f"{posture.sentence} That was not so when {name} was planned. Do not switch it on. "
            "Cancel the plan, or plan it again."
        )
    # What was acknowledged with the plan is not asked for again; whether it still is enough, the rules say anew.
    acknowledgement = Acknowledgement(phi=True, environment=state.environment, queue_empty=plan.queue_empty)
    verdict = can_switch(policy, state, "enable", posture, acknowledgement, plan.until, around)
    if verdict.allowed:
        return None
    then = "Cancel the plan." if verdict.needs_nothing_more else "You can also cancel the plan, or plan it again."
    return RefusedError(f"{name} is planned, but do not switch it on now. {verdict.reasons[0]} {then}")


def plan_waits(policy: Policy, state: FeatureState, posture: Posture, around: SwitchContext, reader: str) -> str:
    """What a plan to switch on waits for, or why it is not to be carried out; empty when its turn has come.

    Args:
        reader: the account that is told; whoever did not plan it may approve it.
    """
    if (obstacle := plan_obstacle(policy, state, posture, around)) is not None:
        return str(obstacle)
    plan, verdict = state.plan_to_enable, can_switch(policy, state, "enable", posture, around=around)
    if plan is None or not waits_for_approval(verdict, state):
        return ""
    name = feature_name(policy, state.feature)
    then = "Somebody else must approve." if is_same_person(plan.by, reader) else "Approve it if you agree."
    return f"{name} is to be switched on; {plan.by or 'somebody'} planned it. {then}"


def require_no_obstacle(policy: Policy, state: FeatureState, posture: Posture, around: SwitchContext) -> None:
    """Refuse to go on with a plan that is not to be carried out as things are now.

    Raises:
        ConflictError: it has expired, or contact details may be real now and could not be when it was planned.
        RefusedError: the rules say no, or something has to be put right first.
    """
    if (obstacle := plan_obstacle(policy, state, posture, around)) is not None:
        raise type(obstacle)(
            f"{obstacle} Nothing was recorded. If it is on in Penelope, switch it off there, or plan it again and then "
            "say that it is on."
        )


def require_current(policy: Policy, state: FeatureState, today: date) -> None:
    """Refuse to go on with a plan whose last day has passed.

    Raises:
        ConflictError: it has.
    """
    if state.is_expired(today):
        raise ConflictError(
            f"{expired_sentence(policy, state)} Nothing was recorded. If it is on in Penelope, switch it off there, or "
            "plan it again with a later last day and then say that it is on."
        )


def require_pending(state: FeatureState) -> Pending:
    """The planned change.

    Raises:
        ConflictError: there is none.
    """
    if state.pending is None:
        raise ConflictError(f"No change of {state.feature} is planned in {state.environment}. Nothing was changed.")
    return state.pending


_PLAN_FACTS = {
    "pending": "change",
    "pending_reason": "reason",
    "pending_until": "until",
    "contact_details_may_be_real": "acknowledged_real",
    "planned_by": "by",
    "approved_by": "approved_by",
    "queue_empty": "queue_empty",
}
"""What the activity log keeps of a planned change: its name there, and that in the plan."""


def log_facts(state: FeatureState) -> dict[str, object]:
    """An entry of the register as the activity log keeps it."""
    return {
        "state": state.state,
        **{name: getattr(state.pending, fact, None) for name, fact in _PLAN_FACTS.items()},
        "since": state.since,
        "until": state.until,
        "reason": state.reason,
        "by": state.by,
        "seen_at": state.seen_at,
    }


def unknown_again(state: FeatureState) -> FeatureState:
    """The register's entry when nobody knows any more: after a refresh production's settings came with its data."""
    # The version stays: somebody who read the row before must not write over it unseen.
    return FeatureState(state.environment, state.feature, version=state.version)


def check_until(until: date | None, today: date) -> date | None:
    """An end date that makes sense.

    Raises:
        BadInputError: it has passed, or is more than five years ahead.
    """
    if until is not None and until < today:
        raise BadInputError(f"The end date, {in_words(until)}, has passed. Nothing was saved. Choose today or later.")
    if until is not None and until > today + LONGEST_USE:
        raise BadInputError("The end date is more than five years ahead. Nothing was saved. Choose an earlier one.")
    return until


def on_now(policy: Policy, states: Iterable[FeatureState]) -> list[Feature]:
    """The features an upgrade will switch off that are on today, in the policy's order."""
    # A row that cannot be is told as damage; here it would promise that an upgrade settles it.
    on = {entry.feature for entry in states if entry.state == "on" and not is_impossible(entry)}
    return [feature for feature in policy.features if feature.key in on]


def off_by_upgrade(policy: Policy, states: Collection[FeatureState]) -> tuple[str, ...]:
    """The names of what an upgrade switches off: what is on, and after that what is locked and was seen on."""
    on = (full_name(policy, feature) for feature in on_now(policy, states))
    seen = names_of(policy, (state for state in states if state.was_seen_on))
    return (*on, *(f"{name} (seen on)" for name in seen))
