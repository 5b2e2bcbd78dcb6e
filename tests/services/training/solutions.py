"""How each exercise is solved, and how each of its traps is sprung: by the services alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from penelope_admin import services
from penelope_admin.app import App
from penelope_admin.clock import find_zone
from penelope_admin.domain.features import Acknowledgement
from penelope_admin.domain.projects import FeatureInput, ProjectInput
from penelope_admin.domain.requests import RequestInput
from penelope_admin.domain.vendor import World
from penelope_admin.domain.windows import Calendar
from penelope_admin.gateways.reports import to_html
from penelope_admin.services.mirror import evidence, proof
from penelope_admin.services.training import passing, progress, world

SMS = "external-communications.sms"
CLIENTS = "external-communications.client-delivery"
WORKERS = "external-communications.worker-delivery"
LEDGER = "general-ledger"
PHI = Acknowledgement(phi=True, environment="mirrored", queue_empty=True)
Solution = Callable[[App], object]


def wait(app: App, **span: float) -> World:
    """Let practice time pass, at the vendor too."""
    passing.move(app.context, app.clock.now() + timedelta(**span))
    return world.current(app.context)


def switch_there(app: App, feature: str, *, on: bool = True) -> None:
    """Switch a feature of Mirrored in the simulated Penelope."""
    world.switch(app.context, "mirrored", feature, "enable" if on else "disable")


def send(app: App, wanted: RequestInput) -> int:
    """Draft a request and say that it was sent; gives back its number."""
    key = app.context.write(services.requests.draft, wanted).value.request.id
    app.context.write(services.requests.advance, key, "sent")
    return key


# --- look ----------------------------------------------------------------------------------------


def next_upgrade(app: App) -> None:
    window = app.context.read(services.calendar.windows.upcoming, 1)[0]
    perth = Calendar(app.policy, "AU", find_zone("Australia/Perth")).upcoming(app.clock.now())[0]
    progress.answer(app, "here", window.starts_at.isoformat())
    progress.answer(app, "perth", perth.starts_at.isoformat())


def doubtful_month(app: App) -> None:
    windows = app.context.read(services.calendar.windows.upcoming, 12)
    doubtful = next(window for window in windows if window.confirm_date)
    progress.answer(app, "month", f"{doubtful.starts_at.astimezone(doubtful.zone):%Y-%m}")
    app.context.write(
        services.requests.draft,
        RequestInput(
            kind="question",
            title=f"Which weekend in {doubtful.starts_at.astimezone(doubtful.zone):%B}?",
            reason="Please confirm the date.",
        ),
    )


def record_notice(app: App) -> None:
    window = app.context.read(services.calendar.windows.upcoming, 1)[0]
    app.context.write(services.calendar.notices.add, "announced", window.starts_at, window.ends_at)


def who_is_awake(app: App) -> None:
    openings = {item.team.key: item for item in app.context.read(services.calendar.support.load).openings}
    progress.answer(app, "support", "yes" if openings["support"].open else "no")
    progress.answer(app, "au", "yes" if openings["support-au"].open else "no")
    opens_at = openings["support"].opens_at
    assert opens_at is not None
    progress.answer(app, "opens", opens_at.isoformat())
    progress.answer(app, "what", "2")


def draft_critical(app: App) -> int:
    wanted = RequestInput(
        kind="critical", title="Nobody can sign in", reason="The sign-in page answers with an error at all sites.",
        characteristics=("c",), everybody=True, began_at=app.clock.now(),
    )  # fmt: skip
    return app.context.write(services.requests.draft, wanted).value.request.id


# --- plan ----------------------------------------------------------------------------------------


def one_week(app: App) -> None:
    until = app.clock.now().date() + timedelta(days=5)
    app.context.write(
        services.features.switch, WORKERS, "enable", reason="Reminders to staff", until=until, acknowledgement=PHI
    )
    switch_there(app, WORKERS)
    app.context.write(services.features.confirm_done, WORKERS)


def between_upgrades(app: App, features: tuple[str, ...] = (LEDGER,), *, days_on: int = 14) -> None:
    upgrade = app.context.read(services.calendar.windows.upcoming, 1)[0].ends_at.date()
    first, last = upgrade + timedelta(days=2), upgrade + timedelta(days=15)
    app.context.write(
        services.projects.add,
        ProjectInput(
            name="Payroll export",
            purpose="Try the new export",
            first_day=first,
            last_day=last,
            features=tuple(FeatureInput(key, first, first + timedelta(days=days_on - 1)) for key in features),
        ),
    )


def after_upgrade(app: App) -> None:
    there = world.current(app.context).database("mirrored")
    app.context.write(
        services.mirror.environments.record_event, "mirrored", "upgraded", there.upgraded_at, there.version
    )
    until = app.clock.now().date() + timedelta(days=10)
    app.context.write(
        services.features.switch, LEDGER, "enable", reason="Payroll goes on", until=until, acknowledgement=PHI
    )


def record_refresh(app: App) -> None:
    app.context.write(services.mirror.environments.record_event, "mirrored", "refreshed", app.clock.now())


# --- act -----------------------------------------------------------------------------------------


def refresh(app: App) -> None:
    key = send(app, RequestInput(environment="mirrored", reason="Payroll needs last month's cases"))
    case = next(item for item in wait(app, hours=2).cases if item.asked and item.asked.reference == f"PA-{key}")
    app.context.write(services.requests.advance, key, "acknowledged", case_number=case.number)
    copied_at = until_copied(app)
    app.context.write(services.requests.advance, key, "done", happened_at=copied_at)


def until_copied(app: App) -> datetime:
    """Let days pass until Support has copied production; gives back when it did."""
    began = app.clock.now()
    for _ in range(60):
        copied = wait(app, days=1).database("mirrored").copied_at
        if copied is not None and copied > began:
            return copied
    raise AssertionError("Support never refreshed the copy")


def refresh_and_switch(app: App) -> None:
    send(app, RequestInput(environment="mirrored", reason="Payroll needs last month's cases"))
    until_copied(app)
    reach_clients(app)


def reach_clients(app: App) -> None:
    switch_there(app, SMS)
    wait(app, hours=1)


def check_list(app: App, *, blindly: bool = False) -> None:
    event = app.context.read(services.mirror.checklists.find_all)[0].event.id
    for line in app.policy.effects_after("upgrade"):
        wrong = line.number == 13 and not blindly
        remark = "The logo is still on the reports" if wrong else ""
        app.context.write(services.mirror.checklists.answer, event, line.number, "fail" if wrong else "pass", remark)


def check_export(app: App) -> None:
    file: Path = app.home / "clients.csv"
    world.save_export(app.context, "mirrored", file)
    found = proof.examine(app.policy.region["CA"], [file])
    app.context.write(evidence.record, "mirrored", found, app.clock.now())


# --- crisis --------------------------------------------------------------------------------------


def sign_in(app: App) -> None:
    app.context.write(services.requests.advance, draft_critical(app), "sent")


def ordinary_case(app: App) -> None:
    send(app, RequestInput(kind="question", title="Sign-in", reason="Nobody can sign in. What now?"))


def stop_texts(app: App) -> None:
    switch_there(app, SMS, on=False)
    app.context.write(services.features.switch, SMS, "disable", reason="A client got a text", already_done=True)
    copied = world.current(app.context).database("mirrored").copied_at
    app.context.write(services.mirror.environments.record_event, "mirrored", "refreshed", copied)
    save_log(app)


def save_log(app: App) -> None:
    report = app.context.read(services.reports.make, services.reports.Order("exposure"))
    app.context.write(services.reports.save, report, app.home / "exposure.html", to_html(report).encode())


def missing_notice(app: App) -> None:
    window = app.context.read(services.calendar.windows.upcoming, 1)[0]
    day = window.starts_at.astimezone(window.zone).date()
    send(app, RequestInput(kind="missing-notice", upgrade_day=day, reason="No notice came."))


SOLUTIONS: dict[str, Solution] = {
    "next-upgrade": next_upgrade,
    "doubtful-month": doubtful_month,
    "who-is-awake": who_is_awake,
    "one-week-of-worker-delivery": one_week,
    "project-between-upgrades": between_upgrades,
    "after-an-upgrade": after_upgrade,
    "refresh-to-the-end": refresh,
    "the-check-list": check_list,
    "check-an-export": check_export,
    "nobody-can-sign-in": sign_in,
    "a-client-got-a-text": stop_texts,
    "the-notice-never-came": missing_notice,
}
TRAPS: dict[tuple[str, str], Solution] = {
    ("doubtful-month", "made-up-notice"): record_notice,
    ("who-is-awake", "false-alarm"): draft_critical,
    ("one-week-of-worker-delivery", "clients-too"): lambda app: switch_there(app, CLIENTS),
    ("one-week-of-worker-delivery", "texts-too"): lambda app: switch_there(app, SMS),
    ("project-between-upgrades", "more-than-needed"): lambda app: between_upgrades(app, (LEDGER, SMS)),
    ("after-an-upgrade", "called-a-refresh"): record_refresh,
    ("refresh-to-the-end", "reached-a-client"): refresh_and_switch,
    ("the-check-list", "ticked-blindly"): lambda app: check_list(app, blindly=True),
    ("check-an-export", "reached-a-client"): reach_clients,
    ("nobody-can-sign-in", "an-ordinary-case"): ordinary_case,
    ("a-client-got-a-text", "another-text"): lambda app: wait(app, hours=1),
    ("a-client-got-a-text", "log-too-early"): save_log,
    ("the-notice-never-came", "made-up-notice"): record_notice,
}
