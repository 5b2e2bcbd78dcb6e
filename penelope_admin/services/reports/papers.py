"""What people print and take along: the year, a project sheet, a check-list to tick by hand, the windows for a wall.

It is for use inside the agency, shows what the window shows, and is no evidence: the activity log does not tell of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Literal

from penelope_admin.absent import mapped
from penelope_admin.domain.checklists import CheckList
from penelope_admin.domain.projects import STATE_NAMES, Urgency
from penelope_admin.domain.recurring import in_words as recurs_in_words
from penelope_admin.domain.requests import reference_of
from penelope_admin.domain.text import filled, shortened
from penelope_admin.domain.times import (
    day_in_words,
    days_in_words,
    hours_in_words,
    in_words,
    moment_in_words,
    month_in_words,
    place,
    plural,
    short_day,
)
from penelope_admin.domain.windows import Window
from penelope_admin.domain.year import lanes_of
from penelope_admin.errors import needed
from penelope_admin.gateways.pictures import box, legend, month_picture
from penelope_admin.gateways.reports import Section, Table, Text, page_html
from penelope_admin.invocation import way
from penelope_admin.policy import Feature
from penelope_admin.services import projects, year
from penelope_admin.services.calendar import windows
from penelope_admin.services.mirror import checklists
from penelope_admin.services.projects import ProjectView
from penelope_admin.services.work import Work

PaperKind = Literal["year", "project", "check-list", "windows"]
TITLES: dict[PaperKind, str] = {
    "year": "The coming twelve months",
    "project": "Project sheet",
    "check-list": "Check-list to tick by hand",
    "windows": "Upgrades of Penelope",
}
_SIGN_WIDTHS = (11, 22, 11, 22, 11, 23)
"""Three signs stand in a row, each beside what it means, so that the year with its signs fits one page."""
_FOOTER = 90
"""So many letters have room beside a page's number."""
URGENCIES: dict[Urgency, str] = {"danger": "DANGER", "caution": "To do", "info": "Note"}


@dataclass(frozen=True, slots=True)
class Paper:
    """A page to print. `made_at` in UTC; `size` is what is printed on where the agency is, "A4" or "Letter"."""

    html: str
    footer: str
    made_at: datetime
    size: str


def make(work: Work, kind: PaperKind, key: int | None = None) -> Paper:
    """A page to print, as things stand now.

    Args:
        key: the number of the project that a sheet is for, or whose year it is; of the event that a check-list
            follows, by default the newest.
    """
    title, about, sections = _PAPERS[kind](work, key)
    as_of = work.agency.facts_as_of
    copied = [("Known as of", moment_in_words(as_of, work.zone))] if as_of else []
    whole = (("Agency", work.agency.name), ("Printed", moment_in_words(work.now, work.zone)), *copied, *about)
    return Paper(
        page_html(title, whole, sections),
        shortened(f"{title}, {work.agency.name}", _FOOTER),
        work.now,
        work.policy.region[work.agency.region].paper,
    )


_Page = tuple[str, tuple[tuple[str, str], ...], tuple[Section, ...]]


# --- the year ----------------------------------------------------------------------------------


def _year(work: Work, key: int | None) -> _Page:
    about = (("Project", projects.find(work, key).project.name),) if key is not None else ()
    view = year.load(work, key)
    lanes = lanes_of(view.bars)
    rows = tuple((month_in_words(month), month_picture(view, lanes, month)) for month in view.months)
    signs = [part for sign in legend(view) for part in sign]
    width = len(_SIGN_WIDTHS)
    signs += [" "] * (-len(signs) % width)
    rows_of_signs = tuple(tuple(signs[start : start + width]) for start in range(0, len(signs), width))
    return (
        TITLES["year"],
        about,
        (
            Section("", table=Table("Months", ("Month", "Days"), (13, 87), rows, "")),
            Section(
                "", table=Table("Signs", ("Sign", "Means") * 3, _SIGN_WIDTHS, rows_of_signs, "Nothing is planned.")
            ),
            Section("In words", points=view.sentences),
        ),
    )


# --- a project ---------------------------------------------------------------------------------


def _project(work: Work, key: int | None) -> _Page:
    where = way("project list", "Projects")
    view = projects.find(work, needed(key, f"Name the project whose sheet you want. See: {where}"))
    project, policy = view.project, work.policy
    features = [policy.feature[use.feature] for use in project.features]
    facts = [
        ("Purpose", project.purpose),
        ("Days", days_in_words(project.first_day, project.last_day)),
        ("Database", view.environment_name),
        ("State", STATE_NAMES[project.state]),
        ("Refresh", _refresh(view)),
        *_again(view),
        ("Contact details", view.posture.sentence),
    ]
    return (
        project.name,
        (),
        (
            Section("The project", facts=tuple(facts)),
            Section("Features", table=_features(work, view), notes=(policy.ratings.note,)),
            Section("Conflicts", table=_conflicts(view)),
            *_steps("Switching on, in Penelope", view, ((feature, feature.steps) for feature in features)),
            *_steps("Switching off at the end", view, ((feature, feature.steps_off) for feature in features)),
            Section("Telephone numbers", facts=_numbers(work), notes=(policy.ratings.screens_note,)),
        ),
    )


def _again(view: ProjectView) -> list[tuple[str, str]]:
    """How it comes again, with the days on which it begins; nothing for what is done once."""
    project = view.project
    if project.recurs is None:
        return []
    days = ", ".join(in_words(turn.first_day) for turn, _ in view.turns)
    return [("Repeats", f"{recurs_in_words(project.recurs, project.first_day)}{filled(': {}', days)}")]


def _refresh(view: ProjectView) -> str:
    project = view.project
    if project.refresh_by is None:
        return "None wanted"
    number = project.request_id
    asked = f"{reference_of(number)}, {project.request_status}" if number else "not asked for yet"
    return f"Wanted by {in_words(project.refresh_by)}; {asked}"


def _features(work: Work, view: ProjectView) -> Table:
    """Each feature with its days, whom it reaches, and what the rules say of it."""
    states = {state.feature: state.use_name for state in view.in_use}
    rows = []
    for use in view.project.features:
        feature = work.policy.feature[use.feature]
        risk = filled("PHI risk: {}.", feature.phi_risk)
        why = [filled("For “{}”.", use.reason), risk, feature.reaches or feature.meaning]
        days = f"{short_day(use.first_day)} to {short_day(use.last_day)} {use.last_day.year}"
        rows.append((view.feature_names[use.feature], days, " ".join(filter(None, why)), states.get(use.feature, "–")))
    return Table(
        "Features",
        ("Feature", "Needed", "What for, and why to take care", "Now"),
        (26, 22, 40, 12),
        tuple(rows),
        "None is needed.",
    )


def _conflicts(view: ProjectView) -> Table:
    rows = tuple(
        (box(), URGENCIES[clash.urgency], mapped(clash.day, in_words) or "", clash.text) for clash in view.merged
    )
    return Table(
        "Conflicts", ("Settled", "What", "Day", "Conflict"), (10, 11, 19, 60), rows, "Nothing stands in its way."
    )


def _steps(title: str, view: ProjectView, steps: Iterable[tuple[Feature, tuple[str, ...]]]) -> list[Section]:
    """A box for each step, feature by feature."""
    rows: list[tuple[Text, ...]] = []
    for feature, texts in steps:
        rows += [
            (box(), view.feature_names[feature.key], step.replace("{environment}", view.environment_name))
            for step in texts
        ]
    if not rows:
        return []
    return [Section(title, table=Table(title, ("Done", "Feature", "Step"), (8, 26, 66), tuple(rows), ""))]


def _numbers(work: Work) -> tuple[tuple[str, str], ...]:
    """Whom to call, and where Support calls back."""
    numbers = [
        (channel.name, f"{channel.number}. {' '.join(channel.sentences)}")
        for channel in work.policy.channels
        if channel.number
    ]
    own = work.agency.telephone or "not in Settings: ____________________"
    return (*numbers, ("Our own number", own))


# --- a check-list ------------------------------------------------------------------------------


def _check_list(work: Work, key: int | None) -> _Page:
    lists = checklists.find_all(work)
    check_list = needed(
        next((item for item in lists if key in (None, item.event.id)), None),
        f"There is no such check-list: it starts when an upgrade or a refresh of {work.policy.mirrors_in_words} is "
        "recorded. Nothing was printed.",
    )
    event = check_list.event
    about = (
        ("Database", work.policy.environment[event.environment].name),
        (check_list.occasion.capitalize(), moment_in_words(event.at, work.zone)),
        ("Checked by", "____________________________"),
    )
    return (
        f"Check-list after the {check_list.occasion} of {day_in_words(event.at, work.zone)}",
        about,
        (Section("Checks", table=_checks(check_list), says=(_HOW_TO_TICK,), notes=(_ENTER_AFTERWARDS,)),),
    )


_HOW_TO_TICK = "Tick one box in each line. No client details on this paper: write what you saw in general words."
_ENTER_AFTERWARDS = "Enter the answers under Databases afterwards: only there do they count."


def _checks(check_list: CheckList) -> Table:
    rows = tuple(
        (str(line.effect.number), f"{line.effect.text} How to check: {line.effect.check}", box(), box(), box(), " ")
        for line in check_list.lines
    )
    columns = ("No.", "Check", "Pass", "Fail", "Can't tell", "What you saw")
    return Table("Checks", columns, (5, 47, 7, 7, 9, 25), rows, "No checks.")


# --- the windows -------------------------------------------------------------------------------


def _windows(work: Work, _key: int | None) -> _Page:
    coming = windows.coming_year(work)
    here = place(work.agency.zone)
    rows = tuple((in_words(window.first_day), _hours(window), _to_note(window)) for window in coming)
    alike = groupby(coming, _at_sites)  # the first of each group says from when
    sites = tuple(f"From {short_day(next(group).first_day)}: {said}" for said, group in alike if said)
    table = Table(
        "Upgrades", ("Day", f"Hours in {here}", "To note"), (46, 27, 27), rows, "None is known.", is_large=True
    )
    call = tuple(
        f"Penelope down for everybody? {channel.name}: {channel.number}."
        for channel in work.policy.channels
        if channel.key == "emergency" and channel.number
    )
    outage = plural(work.policy.schedule.outage_hours, "hour")
    says = f"Save your work and sign out before an upgrade starts. Penelope may be away for up to {outage} of it."
    return (TITLES["windows"], (), (Section("To come", says=(says, *call), table=table, points=sites),))


def _hours(window: Window) -> str:
    return hours_in_words(window.starts_at, window.ends_at, window.zone).partition(" (")[0]


def _at_sites(window: Window) -> str:
    """The hours of a window at each site; empty where there are no others."""
    return "; ".join(
        f"{there.who}, {hours_in_words(there.starts_at, there.ends_at, there.zone)}" for there in window.local_times
    )


def _to_note(window: Window) -> str:
    """In a few words what is not as in other months."""
    said = {
        "EMERGENCY MAINTENANCE": window.is_emergency,
        "Date not confirmed": window.confirm_date,
        "Announced by the vendor": window.kind == "announced",
        "Another hour than before: clocks changed": window.clocks_change,
    }
    return ". ".join(text for text, is_so in said.items() if is_so) or " "


_PAPERS = {"year": _year, "project": _project, "check-list": _check_list, "windows": _windows}
