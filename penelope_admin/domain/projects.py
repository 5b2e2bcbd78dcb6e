"""Projects: a wanted refresh and the features needed, laid over the upgrade windows to see what breaks.

A refresh copies production as it is, an upgrade switches features off and de-identifies contact details
(facts.md section 3). A copy is upgraded as required to match production, not necessarily in the same window,
so that what an upgrade does is said with an "if".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from penelope_admin.absent import mapped, present
from penelope_admin.domain.features import (
    LONGEST_USE,
    FeatureState,
    check_until,
    feature_name,
    find_feature,
    full_name,
    require_listed,
)
from penelope_admin.domain.mirror import Posture, find_environment
from penelope_admin.domain.records import like
from penelope_admin.domain.recurring import Recurrence, after_upgrade, first_days
from penelope_admin.domain.recurring import check as check_recurrence
from penelope_admin.domain.requests import OPEN as OPEN_REQUESTS
from penelope_admin.domain.requests import Status, overwritten_work
from penelope_admin.domain.text import capitalized
from penelope_admin.domain.times import agreeing, in_words, listed, plural
from penelope_admin.domain.windows import ANOTHER_DATE, Window
from penelope_admin.errors import BadInputError, ConflictError, RefusedError
from penelope_admin.policy import ContactDetails, Policy

ProjectState = Literal["planned", "started", "ended", "cancelled"]
Urgency = Literal["danger", "caution", "info"]
ClashKind = Literal["contacts", "upgrade", "confirm", "refresh", "overwrites", "dates", "together"]
STATE_NAMES: dict[ProjectState, str] = {
    "planned": "Planned",
    "started": "Started",
    "ended": "Closed",
    "cancelled": "Cancelled",
}
MAX_NAME, MAX_PURPOSE = 120, 300
REFRESH_TAKES = timedelta(days=14)
"""How long before its last useful day a wanted refresh should have been asked for; a guess of ours."""

WILL_BE_DRAFTED = timedelta(days=14)
"""So long before a request is drafted by itself, that is told."""
_AFTER_THE_LAST = timedelta(days=7)
"""So long what comes after an upgrade may come after the one that has ended."""
BY_URGENCY: tuple[Urgency, ...] = ("danger", "caution", "info")


@dataclass(frozen=True, slots=True)
class FeatureInput:
    """A feature that is needed; days left open are the project's, and so is a reason left empty."""

    feature: str
    first_day: date | None = None
    last_day: date | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ProjectInput:
    """What a person plans. Days are local ones of the agency.

    Attributes:
        environment: the key of the copy it takes place in; None means the usual one.
        refresh_by: the last day on which a refresh still helps; None when none is wanted.
        recurs: how it comes again; None when it is done once.
    """

    name: str
    purpose: str
    first_day: date
    last_day: date
    environment: str | None = None
    refresh_by: date | None = None
    features: tuple[FeatureInput, ...] = ()
    recurs: Recurrence | None = None


@dataclass(frozen=True, slots=True)
class ProjectFeature:
    """A feature of a project and the days on which it is needed, first and last; a reason only if it has its own."""

    feature: str
    first_day: date
    last_day: date
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Project:
    """A piece of work in a copy of production. Days are local ones of the agency, `created_at` is in UTC.

    Attributes:
        refresh_by: the last day on which the wanted refresh still helps; None when none is wanted.
        request_id: of the request for that refresh, once the project was started.
        request_status: of that request.
        recurs: how it comes again; of work that does, the next turn has it, and those before have none any more.
    """

    name: str
    purpose: str
    first_day: date
    last_day: date
    environment: str
    refresh_by: date | None = None
    features: tuple[ProjectFeature, ...] = ()
    state: ProjectState = "planned"
    request_id: int | None = None
    request_status: Status | None = None
    created_at: datetime | None = None
    by: str = ""
    id: int = 0
    version: int = 0
    recurs: Recurrence | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is still to come or going on."""
        return self.state in ("planned", "started")

    @property
    def awaits_refresh(self) -> bool:
        """A refresh is wanted and has neither been done nor given up."""
        # Once started, its request tells how far it is; before that there is none.
        is_planned = self.refresh_by is not None and self.is_open
        return is_planned and (self.state == "planned" or self.request_status in OPEN_REQUESTS)

    @property
    def awaited_by(self) -> date | None:
        """The last day on which the refresh that it awaits still helps; None when it awaits none."""
        return self.refresh_by if self.awaits_refresh else None

    @property
    def draft_day(self) -> date | None:
        """The day from which the request for its refresh is drafted by itself; None where nobody asked for that."""
        if self.recurs is None or self.state != "planned" or self.refresh_by is None:
            return None
        return self.refresh_by - timedelta(days=self.recurs.draft_days)

    @property
    def last_use(self) -> date:
        """The last day on which it, or a refresh for it, is of use."""
        return min(present(self.last_day, self.refresh_by))


@dataclass(frozen=True, slots=True)
class Clash:
    """Something that does not go together, or that has to be thought of, in a sentence.

    Attributes:
        day: on which it happens, local; None when it is of no day.
        feature: the key of the feature it is about; None when it is about the whole project.
        pattern: the text with {name} in the feature's place, so that it can be said of several at once.
    """

    day: date | None
    urgency: Urgency
    text: str
    feature: str | None = None
    kind: ClashKind = "dates"
    pattern: str = ""


# --- what may be planned -----------------------------------------------------------------------


def project_of(policy: Policy, entered: ProjectInput, today: date, before: Project | None = None) -> Project:
    """The project that was entered, once all but its texts is in order.

    Args:
        before: the project it changes.

    Raises:
        BadInputError: no such environment or feature, a feature named twice, or days that make no span.
        RefusedError: production, or a feature that is locked or not on the vendor's list.
        ConflictError: the project has ended, or its refresh was asked for already and would change.
    """
    environment = find_environment(policy, entered.environment or policy.mirrors[0])
    if not environment.refreshable:
        raise RefusedError(f"Projects take place in copies, not in {environment.name}. Nothing was saved.")
    _check_span(entered.first_day, entered.last_day, "The project", today)
    base = before or Project("", "", date.min, date.min, environment.key)
    # Days that have passed may stay as they are: to correct a name must not take a new last day.
    if entered.last_day < today and entered.last_day != base.last_day:
        raise BadInputError(
            f"The last day, {in_words(entered.last_day)}, has passed. Nothing was saved. Choose a later one."
        )
    if entered.refresh_by is not None and entered.refresh_by != base.refresh_by:
        _check_span(entered.refresh_by, entered.refresh_by, "The day of the refresh", today)
    features = _features_of(policy, entered, environment.key, today, base)
    check_recurrence(entered.recurs)
    project = like(Project, entered, base, environment=environment.key, features=features)
    if before is not None:
        _check_change(before, project)
    return project


def _features_of(
    policy: Policy, entered: ProjectInput, environment: str, today: date, before: Project
) -> tuple[ProjectFeature, ...]:
    """The features that were entered, in the policy's order, once each of them may be had."""
    earlier = {replace(use, reason="") for use in before.features}
    uses: dict[str, ProjectFeature] = {}
    for item in entered.features:
        feature = find_feature(policy, item.feature)
        require_listed(policy, feature, environment)
        if feature.key in uses:
            raise BadInputError(f"{full_name(policy, feature)} is named twice. Nothing was saved. Name it once.")
        use = ProjectFeature(feature.key, item.first_day or entered.first_day, item.last_day or entered.last_day)
        _check_span(use.first_day, use.last_day, full_name(policy, feature), today)
        # As for the project's own days: what was in order once stays in order.
        if use not in earlier:
            check_until(use.last_day, today)
        uses[feature.key] = replace(use, reason=item.reason)
    return tuple(uses[feature.key] for feature in policy.features if feature.key in uses)


def _check_span(first: date, last: date, what: str, today: date) -> None:
    if last < first:
        raise BadInputError(f"{what} ends before it begins. Nothing was saved. Swap or correct the days.")
    if last > today + LONGEST_USE or first < today - LONGEST_USE:
        raise BadInputError(f"{what} is more than five years away. Nothing was saved. Choose days nearer to today.")


def _check_change(before: Project, after: Project) -> None:
    check_open(before)
    # The request for the refresh has been drafted from these, and may be with Support already.
    asked = (before.environment, before.refresh_by) != (after.environment, after.refresh_by)
    if before.state == "started" and asked:
        raise ConflictError(
            "This project was started: its database and its refresh stay as they are. Nothing was saved. "
            "Change the request for the refresh instead, or cancel this project and plan another."
        )
    if before.state == "started" and after.recurs is not None:
        raise ConflictError(
            "This project was started. Nothing was saved. Its next turn, or another project, can repeat."
        )


def input_of(project: Project) -> ProjectInput:
    """What a project asks for, to begin from when it is changed; days that are the project's move with it."""
    features = tuple(
        like(
            FeatureInput, item,
            first_day=None if item.first_day == project.first_day else item.first_day,
            last_day=None if item.last_day == project.last_day else item.last_day,
        )
        for item in project.features
    )  # fmt: skip
    return like(ProjectInput, project, features=features)


def moved(project: Project, first_day: date, last_day: date) -> ProjectInput:
    """What a project would ask for on other days. If it is as long as before, all of its days move with it.

    If it becomes longer or shorter, days that are its first or last follow and others stay; a refresh that was asked
    for already stays in any case. What comes again is counted from its new first day.
    """
    by = first_day - project.first_day
    # Moved by three days, a feature needed from the second day on is needed from the second day on.
    base = _turn_of(project, by) if last_day - project.last_day == by else project
    entered = replace(input_of(base), first_day=first_day, last_day=last_day)
    if by and project.recurs is not None:
        entered = replace(entered, recurs=replace(project.recurs, day=None))
    # Once started, its refresh is a request that may be with Support: to move the project asks for nothing new there.
    return entered if project.state == "planned" else replace(entered, refresh_by=project.refresh_by)


def check_open(project: Project) -> None:
    """Refuse to go on with a project that is over.

    Raises:
        ConflictError: it has ended or was cancelled.
    """
    if not project.is_open:
        raise ConflictError(f"The project “{project.name}” is {project.state}. Nothing was changed. Plan a new one.")


def check_start(project: Project, today: date) -> None:
    """Refuse to start what was started, or what is over before it begins.

    Raises:
        ConflictError: it is not planned any more, or its last day has passed.
    """
    check_open(project)
    if project.state != "planned":
        raise ConflictError(f"The project “{project.name}” is started already. Nothing was changed.")
    if project.last_day < today:
        raise ConflictError(
            f"The last day of “{project.name}”, {in_words(project.last_day)}, has passed. Nothing was changed. "
            "Give it later dates first, or cancel it."
        )


def check_plan(project: Project) -> None:
    """Refuse to plan the features of a project that is not started, or whose refresh would drop the plans.

    Raises:
        ConflictError: it is so.
    """
    check_started(project)
    if project.awaits_refresh:
        raise ConflictError(
            f"The refresh of “{project.name}”, PA-{project.request_id}, is not done yet, and it would drop every plan. "
            "Nothing was changed. Plan the features once it is done or cancelled."
        )


def check_started(project: Project) -> None:
    """Refuse what only a started project can do.

    Raises:
        ConflictError: it is not started, or over.
    """
    check_open(project)
    if project.state != "started":
        raise ConflictError(
            f"The project “{project.name}” is not started yet. Nothing was changed. Start it, or cancel it."
        )


def still_in_use(project: Project, states: Iterable[FeatureState]) -> tuple[FeatureState, ...]:
    """The features of a project that the register has on or planned."""
    own = {item.feature for item in project.features}
    return tuple(s for s in states if s.environment == project.environment and s.feature in own and s.use is not None)


def to_plan(
    project: Project, states: Iterable[FeatureState], windows: Iterable[Window], today: date
) -> tuple[tuple[ProjectFeature, ...], tuple[ProjectFeature, ...]]:
    """The features of a project that are neither on nor planned nor over: what to plan now, and what later.

    Later means after an upgrade that lies before the feature's first day: once recorded, it drops every plan.

    Args:
        windows: the windows that have not ended, oldest first; the next one is enough.
    """
    # What is on or planned is seen to already, for whatever it was planned.
    settled = {state.feature for state in still_in_use(project, states)}
    missing = [item for item in project.features if item.feature not in settled and item.last_day >= today]
    # An upgrade between now and the first day would drop the plan, with what was acknowledged and approved for it.
    coming = (window.first_day for window in _upgrades(windows) if window.last_day >= today)
    upgrade = min(coming, default=date.max)
    later = tuple(item for item in missing if item.first_day > upgrade)
    return tuple(item for item in missing if item not in later), later


# --- work that comes again ---------------------------------------------------------------------


def turns(project: Project, upgrades: Iterable[date], until: date) -> Iterator[Project]:
    """The turns of work that comes again after the one that is planned: the same, as many days later.

    Args:
        upgrades: the last local day of each upgrade that may come before one.
        until: the last day on which a turn may begin.
    """
    if project.recurs is None:
        return
    for first_day, recurs in first_days(project.recurs, project.first_day, upgrades):
        if first_day > until:
            return
        yield replace(_turn_of(project, first_day - project.first_day), recurs=recurs)


def _turn_of(project: Project, later: timedelta) -> Project:
    """A project that is planned anew, so many days later."""
    return replace(
        project, id=0, version=0, state="planned", request_id=None, request_status=None,
        first_day=project.first_day + later, last_day=project.last_day + later,
        refresh_by=mapped(project.refresh_by, lambda day: day + later),
        features=tuple(
            replace(item, first_day=item.first_day + later, last_day=item.last_day + later)
            for item in project.features
        ),
    )  # fmt: skip


def upgrade_days(windows: Iterable[Window]) -> list[date]:
    """The last local day of each upgrade among windows; emergency maintenance is none."""
    return [window.last_day for window in _upgrades(windows)]


def is_due(project: Project, today: date) -> bool:
    """Whether the next turn of work that comes again is to be planned, and the request for this one drafted."""
    if project.recurs is None or project.state != "planned":
        return False
    return (project.draft_day or project.first_day) <= today


# --- what breaks -------------------------------------------------------------------------------


def find_clashes(
    policy: Policy,
    project: Project,
    windows: Iterable[Window],
    posture: Posture,
    states: Iterable[FeatureState],
    other_projects: Iterable[Project],
    today: date,
) -> tuple[Clash, ...]:
    """What does not go together in a project, the most urgent first, then by day; nothing for one that is over.

    Args:
        windows: those of the agency that have not ended, from today to a month or more after the last day, so
            that the upgrade that follows the refresh is among them; emergencies too.
        posture: of the project's environment today.
        states: the register; entries of other environments are ignored.
        other_projects: all others; itself, those that are over and those elsewhere are ignored.
        today: the agency's local day.
    """
    if not project.is_open:
        return ()
    # What happens in another database overwrites nothing here, and switches nothing off.
    here = [state for state in states if state.environment == project.environment]
    others = [other for other in other_projects if _shares_database(project, other)]
    coming = [window for window in windows if window.last_day >= today]
    # What reaches real people is looked at first, for of equals the sort below keeps this order.
    clashes = [
        *_contacts(policy, project, coming, posture, today),
        *_off_again(policy, project, coming),
        *_uncertain(project, coming),
        *_refresh(policy, project, coming, _asked_from(project, today)),
        *_overwrites(policy, project, here, others, today),
        *_overwritten(project, others, today),
        *_dates(policy, project, today),
        *_off_its_day(project, coming, today),
        *_too_short(policy, project, here, today),
        *_together(policy, project, here),
    ]
    # What is of no day is of the whole project, and stands first.
    return tuple(sorted(clashes, key=lambda item: (BY_URGENCY.index(item.urgency), item.day or date.min)))


def merged(policy: Policy, clashes: Sequence[Clash]) -> tuple[Clash, ...]:
    """The same in fewer sentences: what holds for several features is said once, and is then of no single one."""
    groups: dict[object, list[Clash]] = {}
    for item in clashes:
        # What has no pattern stays by itself; `id` tells even two equal ones apart.
        alike = (item.kind, item.day, item.urgency, item.pattern or id(item))
        groups.setdefault(alike, []).append(item)
    return tuple(_as_one(policy, group) for group in groups.values())


def _as_one(policy: Policy, group: list[Clash]) -> Clash:
    if len(group) == 1:
        return group[0]
    names = listed([feature_name(policy, item.feature) for item in group if item.feature])
    return replace(group[0], text=group[0].pattern.replace("{name}", names), feature=None)


def _of(policy: Policy, key: str, day: date, urgency: Urgency, kind: ClashKind, pattern: str) -> Clash:
    name = feature_name(policy, key)
    return Clash(day, urgency, pattern.replace("{name}", name), key, kind, pattern)


def _shares_database(project: Project, other: Project) -> bool:
    is_itself = project.id != 0 and project.id == other.id
    return other.is_open and other.environment == project.environment and not is_itself


def _upgrades(windows: Iterable[Window]) -> list[Window]:
    """The windows in which copies are upgraded; emergency maintenance is none of them."""
    return [window for window in windows if not window.is_emergency]


def _named(window: Window) -> str:
    return f"the upgrade of {in_words(window.first_day)}"


def _contacts(
    policy: Policy, project: Project, windows: list[Window], posture: Posture, today: date
) -> Iterator[Clash]:
    """Whether messages would reach real people: the most important thing of all."""
    rule = policy.environment[project.environment].contact_details
    since = _real_since(project, rule.after_refresh, today)
    if since is None and not posture.may_be_real:
        return
    # Safe is what begins after the upgrade that follows the refresh: that one de-identifies what the refresh brought.
    after = (window for window in _upgrades(windows) if since is None or window.first_day > since)
    # Where an upgrade de-identifies nothing, to wait for one makes nothing safe.
    upgrade = next(after, None) if rule.after_upgrade == "de-identified" else None
    reaching = _reaching(upgrade, posture, refreshed=since is not None)
    for item in _coming_users(policy, project, today):
        urgency: Urgency = "danger"
        pattern = reaching
        # On the upgrade's own day nobody can say whether the copy was upgraded before or after the switch.
        if upgrade is not None and item.first_day > upgrade.last_day:
            urgency = "info"
            pattern = (
                f"{{name}} after {_named(upgrade)}: that is safe only if this database is upgraded then. Until it is "
                "recorded, contact details count as real."
            )
        yield _of(policy, item.feature, item.first_day, urgency, "contacts", pattern)


def _coming_users(policy: Policy, project: Project, today: date) -> Iterator[ProjectFeature]:
    """The project's features that use contact details, as far as their days are not over."""
    coming = (item for item in project.features if item.last_day >= today)
    return (item for item in coming if policy.feature[item.feature].uses_contact_details)


def _real_since(project: Project, after_refresh: ContactDetails, today: date) -> date | None:
    """The last day on which the wanted refresh brings real details; None when it brings none.

    It may come on that day, and then after an upgrade of that day: what nobody knows counts as real.
    """
    # Training copies are de-identified when they are made (facts.md section 3): their refresh brings nobody's address.
    if project.awaited_by is None or after_refresh == "de-identified":
        return None
    return max(project.awaited_by, today)


def _reaching(upgrade: Window | None, posture: Posture, *, refreshed: bool) -> str:
    reach = "{name} would reach real people."
    if upgrade is None:
        from_then_on = "From the refresh on this copy holds real contact details"
        until = from_then_on if refreshed else posture.sentence.rstrip(".")
        return f"{until}; {reach} Start {{name}} after an upgrade."
    if refreshed:
        return (
            f"Between the refresh and {_named(upgrade)} this copy holds real contact details; {reach} "
            "Switch on only after that upgrade, once it is recorded for this database."
        )
    return (
        f"{posture.sentence} No upgrade lies between today and the first day of {{name}}: {reach} "
        f"Switch on only after {_named(upgrade)}, once it is recorded for this database."
    )


def _off_again(policy: Policy, project: Project, windows: list[Window]) -> Iterator[Clash]:
    """Each upgrade within a feature's use, one break for each; and what else signs people out within the project."""
    for window in windows:
        switched_off = [item for item in project.features if window.meets(item.first_day, item.last_day)]
        if window.is_emergency or not switched_off:
            if window.meets(project.first_day, project.last_day):
                yield Clash(window.first_day, "info", _signed_out(window), kind="upgrade")
            continue
        for item in switched_off:
            urgency, pattern = _switched_off(window, item)
            yield _of(policy, item.feature, window.first_day, urgency, "upgrade", pattern)


def _signed_out(window: Window) -> str:
    """What a window does to whoever works in the database, where it switches nothing off."""
    if window.is_emergency:
        return f"Emergency maintenance on {window.in_words} falls within this project. Expect to be signed out then."
    return (
        f"{capitalized(_named(window))} falls within this project. If this database is upgraded then, expect to be "
        "signed out, and data in it to be changed."
    )


def _switched_off(window: Window, item: ProjectFeature) -> tuple[Urgency, str]:
    upgrade = f"{capitalized(_named(window))} switches {{name}} off"
    condition = "if this database is upgraded then"
    # In this order, for a use of a single day begins and ends in the window.
    if window.first_day <= item.first_day:
        return "caution", f"{upgrade} on the first day of its use, {condition}: switch on after it."
    if window.last_day >= item.last_day:
        return "info", f"{upgrade} at the end of its use, {condition}."
    return "caution", f"{upgrade} in the middle of this project, {condition}: plan to switch on again afterwards."


def _uncertain(project: Project, windows: list[Window]) -> Iterator[Clash]:
    """Windows in or near the project, or before the refresh, whose date may be another."""
    # A window that may be a week off can reach into the project from a week away.
    first, last = project.first_day - ANOTHER_DATE, project.last_day + ANOTHER_DATE
    if project.awaited_by:
        first = min(first, project.awaited_by - ANOTHER_DATE)
    for window in windows:
        if window.confirm_date and window.meets(first, last):
            text = (
                f"The date of {_named(window)} is not certain; it may be a week off, and what is said here moves with "
                "it. Record the notice once it has come."
            )
            yield Clash(window.first_day, "caution", text, kind="confirm")


def _asked_from(project: Project, today: date) -> date:
    """The first day on which its refresh can come: none does before it is asked for."""
    return max(today, project.draft_day or today)


def _refresh(policy: Policy, project: Project, windows: list[Window], today: date) -> Iterator[Clash]:
    """What is wrong with the day of the wanted refresh, and the upgrades it could meet."""
    by = project.awaited_by
    # Done is no clash; that it was given up changes what the project can count on.
    if project.refresh_by and project.request_status == "cancelled":
        text = f"The request for the refresh, PA-{project.request_id}, was cancelled: this project goes on without it."
        yield Clash(None, "info", text, kind="refresh")
    if by is None:
        return
    if by < today:
        text = f"The refresh was needed by {in_words(by)}. That day has passed: choose another, or do without it."
        yield Clash(by, "danger", text, kind="refresh")
        return
    early = [item for item in project.features if item.first_day < by]
    for item in early:
        pattern = (
            f"{{name}}: needed from {in_words(item.first_day)}, but the refresh may come as late as {in_words(by)}: "
            "it would overwrite what was done by then, and every setting."
        )
        yield _of(policy, item.feature, by, "caution", "refresh", pattern)
    # Said of the features already where one of them begins earlier, and more exactly there.
    if by > project.first_day and not early:
        text = f"The refresh may come as late as {in_words(by)}, after the first day: it would overwrite what was done."
        yield Clash(by, "caution", text, kind="refresh")
    for window in _upgrades(windows):
        if window.meets(today, by):
            text = (
                f"The refresh may meet {_named(window)}: ask Support whether a copy can be made while it lasts. A copy "
                "made before is upgraded in it, if this database is upgraded then; a copy made after it waits for the "
                "next upgrade."
            )
            yield Clash(window.first_day, "caution", text, kind="refresh")


def _overwrites(
    policy: Policy, project: Project, states: list[FeatureState], others: list[Project], today: date
) -> Iterator[Clash]:
    """Work that the refresh of this project overwrites."""
    if project.awaited_by is None:
        return
    for text in overwritten_work(policy, states, _asked_from(project, today)):
        yield Clash(None, "caution", text, kind="overwrites")
    for other in others:
        if _may_overwrite(project, project.awaited_by, other, today):
            text = (
                f"The project “{other.name}” works in this database until {in_words(other.last_day)}. The refresh "
                "would overwrite its work."
            )
            yield Clash(other.first_day, "caution", text, kind="overwrites")


def _overwritten(project: Project, others: list[Project], today: date) -> Iterator[Clash]:
    """This project's work that another's refresh overwrites."""
    for other in others:
        if (by := other.awaited_by) and _may_overwrite(other, by, project, today):
            text = (
                f"The project “{other.name}” needs a refresh by {in_words(by)}. It would overwrite the work of this "
                "project, and contact details may be real after it."
            )
            yield Clash(by, "caution", text, kind="overwrites")


def _may_overwrite(refreshed: Project, by: date, other: Project, today: date) -> bool:
    """Whether the refresh that a project awaits may come while another one works."""
    # A refresh that is late may still come on any day from today on.
    return other.first_day <= max(by, today) and other.last_day >= _asked_from(refreshed, today)


def _dates(policy: Policy, project: Project, today: date) -> Iterator[Clash]:
    """Days that do not fit."""
    if project.last_day < today:
        text = f"The last day, {in_words(project.last_day)}, has passed. End this project, or give it a later last day."
        yield Clash(project.last_day, "danger", text)
    for item in project.features:
        if item.last_day > project.last_day:
            pattern = f"{{name}}: needed until {in_words(item.last_day)}, after the last day of this project."
            yield _of(policy, item.feature, item.last_day, "caution", "dates", pattern)
        if item.first_day < project.first_day:
            pattern = f"{{name}}: needed from {in_words(item.first_day)}, before the first day of this project."
            yield _of(policy, item.feature, item.first_day, "caution", "dates", pattern)


def _off_its_day(project: Project, windows: list[Window], today: date) -> list[Clash]:
    """That work that follows each upgrade does not follow one any more: its window was moved."""
    rule = project.recurs
    if rule is None or rule.every != "after-upgrade" or project.first_day <= today + _AFTER_THE_LAST:
        return []
    days = [after_upgrade(day, project.first_day.weekday()) for day in upgrade_days(windows)]
    if not days or project.first_day in days:
        return []
    # The turn is told by the day it would have by the windows that are known now.
    nearest = min(days, key=lambda day: abs(day - project.first_day))
    text = f"No upgrade ends in the week before {in_words(project.first_day)}. By the windows known it is the turn of "
    return [Clash(project.first_day, "caution", f"{text}{in_words(nearest)}: change its days, if that is meant.")]


def _too_short(policy: Policy, project: Project, states: list[FeatureState], today: date) -> list[Clash]:
    """Features that are on or planned already, and not for as long as this project needs them."""
    needed = {item.feature: item for item in project.features}
    return [
        _of(
            policy, state.feature, until, "caution", "dates",
            f"{{name}}: in use until {in_words(until)} only, and needed here until "
            f"{in_words(needed[state.feature].last_day)}. Give it a later end date, or switch on again.",
        )
        for state in states
        if state.feature in needed and state.is_in_use(today)
        if state.use and (until := state.use[1]) and until < needed[state.feature].last_day
    ]  # fmt: skip


def _together(policy: Policy, project: Project, states: list[FeatureState]) -> Iterator[Clash]:
    """Features that reach more people together, of this project or beside others that are on for something else."""
    for combination in policy.combinations:
        wholes = set(combination.features)
        own = [item for item in project.features if _whole(policy, item.feature) in wholes]
        # From the first day on which all parts of the combination are on at once.
        days = [
            item.first_day
            for item in own
            if wholes <= {_whole(policy, key) for key in _in_use_beside(item, own, states)}
        ]
        if days:
            yield Clash(min(days), "caution", combination.warning, kind="together")


def _whole(policy: Policy, key: str) -> str:
    return policy.feature[key].part_of or key


def _in_use_beside(item: ProjectFeature, own: list[ProjectFeature], states: list[FeatureState]) -> set[str]:
    """What is on at the time of a feature's use, itself included."""
    # Only on days that both are on do they reach more people together.
    overlapping = {o.feature for o in own if o.first_day <= item.last_day and o.last_day >= item.first_day}
    return overlapping | {state.feature for state in states if state.is_in_use(item.first_day)}


# --- where it would be quiet -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Span:
    """Days on which a project could be, right after an upgrade window, and what would get in its way there."""

    window: Window
    entered: ProjectInput
    clashes: tuple[Clash, ...]

    @property
    def first_day(self) -> date:
        """The day after the window."""
        return self.entered.first_day

    @property
    def last_day(self) -> date:
        """The last day of a project that is as long."""
        return self.entered.last_day


def counts_of(clashes: Iterable[Clash]) -> tuple[int, int, int]:
    """How many dangers there are, things to do, and notes."""
    kinds = [clash.urgency for clash in clashes]
    return kinds.count("danger"), kinds.count("caution"), kinds.count("info")


def in_short(clashes: Iterable[Clash]) -> str:
    """ "1 danger, 2 to do", or that nothing stands in the way."""
    names = (("danger", "dangers"), ("to do", "to do"), ("note", "notes"))
    said = [plural(count, *name) for count, name in zip(counts_of(clashes), names, strict=True) if count]
    return ", ".join(said) or "nothing in the way"


def first_after(window: Window) -> date:
    """The first day after a window."""
    return window.last_day + timedelta(days=1)


def quietest(spans: Sequence[Span]) -> Span:
    """The span with the fewest dangers, then the fewest things to do, then the fewest notes; the earliest of equals."""
    return min(spans, key=lambda span: (counts_of(span.clashes), span.first_day))


def why_quietest(spans: Sequence[Span]) -> str:
    """Why one of the spans is the quietest, in sentences; that it is quiet is not said where it is not."""
    best = quietest(spans)
    days = f"{in_words(best.first_day)} to {in_words(best.last_day)}"
    same = sum(counts_of(span.clashes) == counts_of(best.clashes) for span in spans) - 1
    others = len(spans) - 1 - same
    counted = ((others, "worse"), (same, "as good and later"))
    compared = [f"{count} {agreeing(count, 'is', 'are')} {how}" for count, how in counted if count]
    return (
        f"{days}, from the day after {_named(best.window)}: {in_short(best.clashes)}. Of the dates after the next "
        f"{plural(len(spans), 'upgrade')}, {listed(compared) or 'these are the only ones'}."
    )


# --- what waits --------------------------------------------------------------------------------


def awaits(
    policy: Policy, project: Project, states: Iterable[FeatureState], windows: Iterable[Window], today: date
) -> tuple[Urgency, str] | None:
    """What an open project waits for from a person: one thing, in a sentence; None for nothing.

    Args:
        states: the register of every environment.
        windows: as for `to_plan`; the next window is enough.
    """
    if not project.is_open:
        return None
    what = f"The project “{project.name}”"
    if project.state == "planned":
        return _wait_to_start(project, what, today)
    if project.last_day < today:
        return "caution", f"{what} was due to end on {in_words(project.last_day)}. End it, or give it a later last day."
    # The refresh would drop every plan that is made before it.
    if project.awaits_refresh or not (due := to_plan(project, states, windows, today)[0]):
        return None
    names = ", ".join(feature_name(policy, item.feature) for item in due)
    return "info", f"{what} can go on: plan {names} now."


def _wait_to_start(project: Project, what: str, today: date) -> tuple[Urgency, str] | None:
    if project.last_day < today:
        return "info", f"{what} was never started, and its last day has passed. Cancel it, or give it later dates."
    if (day := project.draft_day) is not None:
        if day <= today:
            return "caution", f"{what}: its refresh request was due to be drafted on {in_words(day)}. Start it."
        is_soon = day <= today + WILL_BE_DRAFTED
        return ("info", f"{what}: its refresh request will be drafted on {in_words(day)}.") if is_soon else None
    # Before its first day is looked at: a request that leaves too late is the one thing that cannot be made good.
    if project.refresh_by and project.refresh_by <= today + REFRESH_TAKES:
        by = in_words(project.refresh_by)
        return "caution", f"{what} needs a refresh by {by}. Start it, so that the request can be sent."
    if project.first_day <= today:
        return "caution", f"{what} was due to begin on {in_words(project.first_day)}. Start it, or change its days."
    return None
