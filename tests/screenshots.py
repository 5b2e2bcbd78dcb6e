"""Renders every page and sheet, light and dark, from the practice agency at its fixed instant: `make screenshots`."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from unittest.mock import patch
from uuid import uuid4

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import msgspec
from PySide6.QtCore import QLocale, QPoint, QSize
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from penelope_admin import services
from penelope_admin.app import App, TrainingApp
from penelope_admin.clock import FixedClock
from penelope_admin.domain.plans import FeaturePlan, Item, Plan, ProjectPlan, own_id
from penelope_admin.domain.projects import ProjectInput, input_of
from penelope_admin.domain.recurring import Recurrence
from penelope_admin.domain.reminders import KINDS
from penelope_admin.domain.requests import UNANSWERED, RequestInput
from penelope_admin.gateways.settings import Settings, load, save
from penelope_admin.services.calendar.conflicts import CalendarState
from penelope_admin.services.requests import RequestView
from penelope_admin.services.work import Context
from penelope_admin.topics import EVERYTHING
from penelope_admin.ui import theme
from penelope_admin.ui.main import make_window
from penelope_admin.ui.rooms import ROOMS
from penelope_admin.ui.training.dress import Dress
from penelope_admin.ui.widgets.countdown import DRAWN_AFTER_MS
from penelope_admin.ui.window import MainWindow
from tests.demo import AGENCY, COPY, CRITICAL, NOW, ExampleError, add_critical, make_years
from tests.gateways.test_occurrences import calendar
from tests.practice import copy_practice, make_practice
from tests.services.training.solutions import SOLUTIONS, TRAPS

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "screenshots"
LOOKED_AFTER_MS = 350
NOTICE = """From: Support <support@vendor.example>
Subject: Changed: Mass Upgrades and Server Maintenance, Saturday 19 December 2026

Penelope will be upgraded to version 4.26.12 in this window:

Saturday 19 December 2026, 21:00 to Sunday 20 December 2026, 01:00 (New York), ET. It replaces the window of Saturday 12
December 2026, 21:00 to Sunday 13 December 2026, 01:00 (New York).

Please plan for an outage of 3 hours within it.
"""
DOUBTFUL_NOTICE = """Subject: Penelope upgrades in 2027

The next upgrades to version 4.27:

Australia and New Zealand: Friday, January 8, 9 AM - 2 PM ET
Canada, UK and US: 09/01/2027, 9 PM - 1 AM ET
February 13, 2027, 9 PM ET
"""
BACKUP = Path("/media/stick/penelope-admin-backup.db")
SIZES = {"": QSize(1080, 760), "-narrow": QSize(900, 600)}


def _nothing(*_: object) -> None:
    """What pictures need no answer of."""


def settle(window: MainWindow) -> None:
    """Wait until every service call is answered and everything is laid out."""
    application = QApplication.instance()
    assert application is not None
    start = time.monotonic()
    while time.monotonic() - start < 2 * DRAWN_AFTER_MS / 1000:
        application.processEvents()
    for _ in range(5):
        while window.shell.operations.is_busy or not window.current.is_built:
            application.processEvents()
        application.processEvents()


def shoot(widget: QWidget, name: str) -> None:
    """Save a picture."""
    widget.grab().save(str(FOLDER / f"{name}.png"))


def sheets(window: MainWindow) -> list[tuple[str, Callable[[], None]]]:
    """Every sheet, with what opens it."""

    from penelope_admin.domain.requests import KINDS
    from penelope_admin.ui.dialogs.ahead import AheadSheet
    from penelope_admin.ui.dialogs.bug import BugSheet
    from penelope_admin.ui.dialogs.case import DefectSheet
    from penelope_admin.ui.dialogs.event import EventSheet
    from penelope_admin.ui.dialogs.holiday import HolidaySheet, ImportSheet
    from penelope_admin.ui.dialogs.incoming import IncomingSheet
    from penelope_admin.ui.dialogs.notice import NoticeSheet
    from penelope_admin.ui.dialogs.paper import PaperSheet
    from penelope_admin.ui.dialogs.project import open_project_sheet
    from penelope_admin.ui.dialogs.proof import ProofSheet
    from penelope_admin.ui.dialogs.reply import ReplySheet
    from penelope_admin.ui.dialogs.report import ReportSheet
    from penelope_admin.ui.dialogs.request import open_request_sheet
    from penelope_admin.ui.dialogs.restore import RestoreSheet
    from penelope_admin.ui.dialogs.seen import SeenSheet
    from penelope_admin.ui.dialogs.send import SendSheet
    from penelope_admin.ui.dialogs.step import StepSheet
    from penelope_admin.ui.dialogs.switch import DisableSheet, EnableSheet, StepsSheet
    from penelope_admin.ui.dialogs.version import open_version_sheet

    shell, context = window.shell, window.shell.app.context
    register = context.read(services.features.find_all)
    view = {item.feature.key: item for item in register.features}
    mirrored = next(
        view for view in context.read(services.mirror.environments.find_all) if view.environment.key == "mirrored"
    )
    known = context.read(services.requests.find_all)
    sent = next(view for view in known if view.request.status == "sent")
    drafted = next(view for view in known if view.request.status == "drafted")
    defect = next(view for view in known if view.request.kind == "defect")
    refresh = next(view for view in known if view.request.kind == "refresh" and view.request.status in UNANSWERED)
    doubtful = _with_client_data(context)
    error = ExampleError("an example")
    return [
        ("switch-on", lambda: shell.open_sheet(EnableSheet(shell, view["external-communications.sms"], register))),
        ("switch-off", lambda: shell.open_sheet(DisableSheet(shell, view["general-ledger"]))),
        ("steps", lambda: shell.open_sheet(StepsSheet(shell, view["ms-exchange"]))),
        *((f"new-{kind}", partial(open_request_sheet, shell, kind)) for kind in KINDS if kind != "critical"),
        ("send", lambda: shell.open_sheet(SendSheet(shell, drafted))),
        ("send-doubtful", lambda: shell.open_sheet(SendSheet(shell, doubtful))),
        ("reply", lambda: shell.open_sheet(ReplySheet(shell, reply_to(sent)))),
        ("defect", lambda: shell.open_sheet(DefectSheet(shell, defect))),
        ("answered", lambda: shell.open_sheet(StepSheet(shell, defect, "answered"))),
        ("seen", lambda: shell.open_sheet(SeenSheet(shell, register))),
        ("about", partial(_open_about, window)),
        ("restore", lambda: shell.open_sheet(RestoreSheet(shell, BACKUP, NOW, _nothing, _nothing))),
        ("holiday", lambda: shell.open_sheet(HolidaySheet(shell))),
        ("notice", lambda: shell.open_sheet(NoticeSheet(shell, None))),
        ("read-notice", lambda: shell.open_sheet(IncomingSheet(shell, NOTICE))),
        ("read-doubtful-notice", lambda: shell.open_sheet(IncomingSheet(shell, DOUBTFUL_NOTICE))),
        ("version", partial(open_version_sheet, shell, "4.26.11")),
        ("record-refresh", lambda: shell.open_sheet(EventSheet(shell, mirrored, "refreshed"))),
        ("record-upgrade", lambda: shell.open_sheet(EventSheet(shell, mirrored, "upgraded"))),
        ("record-script", lambda: shell.open_sheet(EventSheet(shell, mirrored, "script-run"))),
        ("check-data", lambda: shell.open_sheet(ProofSheet(shell, "mirrored"))),
        ("project", partial(open_project_sheet, shell)),
        ("look-ahead", lambda: shell.open_sheet(AheadSheet(shell))),
        ("paper", lambda: shell.open_sheet(PaperSheet(shell, "windows"))),
        ("report", lambda: shell.open_sheet(ReportSheet(shell))),
        ("case-number", lambda: shell.open_sheet(StepSheet(shell, sent, "acknowledged"))),
        ("refresh-done", lambda: shell.open_sheet(StepSheet(shell, refresh, "done"))),
        ("cancel-request", lambda: shell.open_sheet(StepSheet(shell, sent, "cancelled"))),
        ("holiday", lambda: shell.open_sheet(HolidaySheet(shell))),
        ("import-holidays", lambda: shell.open_sheet(ImportSheet(shell, lambda _: None))),
        ("palette", window.open_palette),
        ("bug", lambda: shell.open_sheet(BugSheet(shell, error))),
    ]


def reply_to(view: RequestView) -> str:
    """What Support answers by itself."""
    return (
        f"From: Support <{AGENCY.support_address}>\nSubject: RE: {view.letter.subject}\n\n"
        "Thank you for writing to Support. Your case number is 00484210.\n"
    )


def _open_about(window: MainWindow) -> None:
    """With the rules where an installed program has them, and not where this one happens to be."""
    with patch.object(App, "policy_file", Path("/usr/share/penelope-admin/policy.toml")):
        window.open_about()


def _with_client_data(context: Context) -> RequestView:
    """A request somebody wrote too much into."""
    reason = "The reminder for Jane went to 204-555-0198 and jane.doe@mail.example although she was born 4 March 1987."
    wish = RequestInput(kind="defect", environment="production", title="Reminder sent twice", reason=reason)
    return context.read(services.requests.find, context.write(services.requests.draft, wish).value.request.id)


def shoot_critical(window: MainWindow, scheme: theme.Scheme) -> None:
    """An emergency, its questions, the three ways, and the clock; then an ordinary request, with help beside it."""
    from penelope_admin.ui.dialogs.critical import CriticalSheet, WaysSheet

    shell, app = window.shell, window.shell.app
    shoot_sheet(window, f"sheet-critical-{scheme}", lambda: shell.open_sheet(CriticalSheet(shell)))

    def filled_in() -> None:
        sheet = CriticalSheet(shell)
        sheet.ticks["c"].setChecked(True)
        sheet.everybody.setChecked(True)
        sheet.subject.setText(CRITICAL.title)
        sheet.reason.setPlainText(CRITICAL.reason)
        shell.open_sheet(sheet)

    shoot_sheet(window, f"sheet-critical-yes-{scheme}", filled_in)
    key = app.context.write(services.requests.draft, CRITICAL).value.request.id
    view = app.context.read(services.requests.find, key)
    shoot_sheet(window, f"sheet-critical-ways-{scheme}", lambda: shell.open_sheet(WaysSheet(shell, view)))
    app.context.write(services.requests.advance, key, "cancelled")
    add_critical(app)
    shell.operations.changed.emit(frozenset({"requests"}))
    for name in ("overview", "requests"):
        window.go(name)
        settle(window)
        shoot(window, f"{name}-critical-{scheme}")
    defect = next(view for view in app.context.read(services.requests.find_all) if view.request.kind == "defect")
    window.current.show_subject(str(defect.request.id))
    settle(window)
    shoot(window, f"requests-chosen-{scheme}")
    window.open_help()
    settle(window)
    shoot(window, f"help-beside-{scheme}")
    window.close_help()


def shoot_mail_settings(window: MainWindow, scheme: theme.Scheme) -> None:
    """The part of Settings about sending and replies."""
    from penelope_admin.ui.pages.settings import SettingsPage

    window.go("settings")
    settle(window)
    assert isinstance(window.current, SettingsPage)
    window.current.show_subject("Sending and replies")
    settle(window)
    shoot(window, f"settings-mail-{scheme}")


def shoot_sheet(window: MainWindow, name: str, opens: Callable[[], None]) -> None:
    """Open a sheet, take its picture, close it."""
    opens()
    settle(window)
    QTest.qWait(LOOKED_AFTER_MS)  # sheets look at what is typed after a moment
    settle(window)
    sheet = window.sheets[-1]
    shoot(sheet, name)
    sheet.reject()
    settle(window)


def shoot_all(application: QApplication, home: Path, scheme: theme.Scheme) -> None:
    """Every page in both sizes, and every sheet, in one scheme."""
    app = make_years(home)
    save(home, Settings(agency=COPY, scheme=scheme, silent_reminders=tuple(KINDS)))
    window = make_window(app, application)
    window.show()
    settle(window)
    window.start()
    settle(window)
    for suffix, size in SIZES.items():
        window.resize(size)
        for room in ROOMS:
            window.go(room.name)
            settle(window)
            shoot(window, f"{room.name}{suffix}-{scheme}")
    for name, opens in sheets(window):
        shoot_sheet(window, f"sheet-{name}-{scheme}", opens)
    shoot_mail_settings(window, scheme)
    shoot_critical(window, scheme)
    shoot_life(window, scheme)
    shoot_other_dates(window, scheme)
    shoot_check(window, scheme, home)
    shoot_lost(window, scheme)
    posture_after_refresh(window, scheme)
    shoot_plans(window, scheme)
    shoot_again(window, scheme)
    shoot_sites(window, scheme)
    shoot_conflicts(window, scheme, home.with_name(f"{scheme}-calendars"))
    plan = app.context.read(services.plans.taking.take_along, app.policy_sha256)
    window.close()
    window.shell.operations.finish()
    app.forget_database()
    shoot_planning_copy(application, plan, home.with_name(f"{scheme}-laptop"), scheme)


def shoot_planning_copy(application: QApplication, plan: Plan, home: Path, scheme: theme.Scheme) -> None:
    """A laptop on a train that knows the agency as of then, and has no network."""
    home.mkdir()
    save(home, Settings(scheme=scheme))
    app = App(home, clock=FixedClock(NOW + timedelta(days=2)))
    app.context.write(services.plans.facts.start, plan, "0" * 64)
    window = make_window(app, application)
    window.show()
    settle(window)
    window.start()
    settle(window)
    window.show_network(True)
    for name in ("overview", "databases"):
        window.go(name)
        settle(window)
        shoot(window, f"{name}-planning-copy-{scheme}")
    window.close()
    window.shell.operations.finish()
    app.forget_database()


def shoot_again(window: MainWindow, scheme: theme.Scheme) -> None:
    """Work that comes again, in its sheet and on its page, and what offers to undo."""
    from penelope_admin.ui.dialogs.project import open_project_sheet

    shell = window.shell
    first, last, by = date(2027, 1, 18), date(2027, 1, 22), date(2027, 1, 15)
    wish = ProjectInput(
        "Fresh data for payroll", "Train with current data", first, last, None, by, (), Recurrence("quarterly")
    )
    added: list[int] = []
    shell.operations.run(
        lambda context: context.write(services.projects.add, wish), lambda done: added.append(done.value.id)
    )
    window.go("projects")
    settle(window)
    window.current.show_subject(f"project/{added[0]}")
    settle(window)
    assert shell.history is not None
    shell.history.undo()
    settle(window)
    shell.history.redo()
    settle(window)
    window.current.show_subject(f"project/{added[0]}")
    settle(window)
    shoot(window, f"projects-again-{scheme}")
    view = shell.app.context.read(services.projects.find, added[0])
    shoot_sheet(window, f"sheet-project-again-{scheme}", lambda: open_project_sheet(shell, view))


def shoot_plans(window: MainWindow, scheme: theme.Scheme) -> None:
    """Taking a plan along, and bringing home one that was changed there while its project was changed here."""
    from penelope_admin.ui.dialogs.plan import BringSheet, TakeAlongSheet

    shell = window.shell
    context, policy_sha256 = shell.app.context, shell.app.policy_sha256
    known = [project for project in context.read(services.projects.listing) if project.state == "planned"]
    shoot_sheet(window, f"sheet-take-along-{scheme}", lambda: shell.open_sheet(TakeAlongSheet(shell, known)))
    taken = context.read(services.plans.taking.take_along, policy_sha256)
    name = known[0].name
    items = [
        Item(item.kind, item.id, item.base, msgspec.structs.replace(item.plan, name=f"{name}, evenings only"))
        if isinstance(item.plan, ProjectPlan) and item.plan.name == name
        else item
        for item in taken.items
    ]
    new = ProjectPlan("Training of new staff", "Practise intake", "mirrored", date(2027, 1, 11), date(2027, 1, 22))
    on = FeaturePlan(
        environment="mirrored", feature="ms-exchange", change="enable", reason="Rooms of the new site",
        until=date(2027, 1, 22),
    )  # fmt: skip
    added = (Item("project", str(uuid4()), None, new), Item("feature-plan", own_id(on) or "", None, on))
    plan = msgspec.structs.replace(taken, items=(*items, *added))
    wish = replace(input_of(known[0]), name=f"{name}, first part")
    context.write(services.projects.change, known[0].id, wish, known[0].version)
    brought = services.plans.bringing.bring_home(context, plan, "0" * 64, policy_sha256, only_look=True).value
    shoot_sheet(
        window, f"sheet-bring-home-{scheme}", lambda: shell.open_sheet(BringSheet(shell, plan, "0" * 64, brought))
    )


def shoot_sites(window: MainWindow, scheme: theme.Scheme) -> None:
    """An agency with three sites, of which one works around the clock: the pages and sheets that tell of them."""
    from penelope_admin.ui.dialogs.calendar import CalendarSheet
    from penelope_admin.ui.dialogs.hand_over import HandOverSheet
    from penelope_admin.ui.dialogs.site import SiteSheet
    from penelope_admin.ui.dialogs.staff import SendStaffSheet, StaffSheet
    from penelope_admin.ui.pages.settings import SettingsPage

    shell = window.shell
    context = shell.app.context
    for room in ("overview", "windows", "support", "settings"):
        window.go(room)
        window.current.load()
        settle(window)
        if isinstance(window.current, SettingsPage):
            window.current.show_subject("Sites")
            settle(window)
        shoot(window, f"sites-{room}-{scheme}")
    (upgrade,) = context.read(services.calendar.windows.upcoming, 1)
    shifts = context.read(services.sites.at_work, upgrade)
    notice = context.read(services.calendar.staff.in_form, [upgrade], "text")
    parcel = context.read(
        services.requests.staff_mail.parcel_for, upgrade.key, f"everybody@{AGENCY.own_address.partition('@')[2]}"
    )
    site = context.read(services.sites.find, "Cedar Landing")
    for key, opens in (
        ("site", lambda: shell.open_sheet(SiteSheet(shell, site))),
        ("hand-over", lambda: shell.open_sheet(HandOverSheet(shell, upgrade, shifts))),
        ("calendar", lambda: shell.open_sheet(CalendarSheet(shell))),
        ("tell-staff", lambda: shell.open_sheet(StaffSheet(shell, upgrade, notice, ""))),
        ("send-to-staff", lambda: shell.open_sheet(SendStaffSheet(shell, parcel))),
    ):
        shoot_sheet(window, f"sheet-{key}-{scheme}", opens)


def shoot_conflicts(window: MainWindow, scheme: theme.Scheme, folder: Path) -> None:
    """The agency's own calendars: what the next upgrade overlaps at its sites, and one that cannot be read."""
    from penelope_admin.ui.dialogs.linked_calendar import LinkSheet
    from penelope_admin.ui.pages.settings import SettingsPage

    shell = window.shell
    context = shell.app.context
    folder.mkdir()
    for name, site, text in (
        ("Groups", "", calendar("UID:1\nDTSTART:20261201T190000\nDURATION:PT2H30M\nRRULE:FREQ=DAILY\nSUMMARY:Drop-in")),
        (
            "Night shifts", "Cedar Landing",
            calendar("UID:2\nDTSTART:20261113T190000\nDURATION:PT12H\nRRULE:FREQ=WEEKLY;BYDAY=SA\nSUMMARY:Night team"),
        ),
        ("Payroll", "", "BEGIN:VCALENDAR"),
    ):  # fmt: skip
        (folder / f"{name}.ics").write_text(text, "utf-8")
        services.calendar.conflicts.link(context, folder / f"{name}.ics", name, site)
    found = services.calendar.conflicts.load(context)
    shell.calendar_check_requested.disconnect()  # what is shown has the same paths in every run
    shell.conflicts = replace(found, calendars=tuple(_at_home(state, folder) for state in found.calendars))
    shell.conflicts_changed.emit()
    window.resize(SIZES[""] + QSize(0, SIZES[""].height()))
    for room in ("overview", "windows", "settings"):
        window.go(room)
        settle(window)
        if isinstance(window.current, SettingsPage):
            window.resize(SIZES[""])
            window.current.show_subject("Linked calendars")
            settle(window)
            assert window.current.calendars is not None
            window.current.calendars.table.selectRow(2)
            settle(window)
        shoot(window, f"conflicts-{room}-{scheme}")
    known = context.read(services.sites.find_all)
    shoot_sheet(
        window,
        f"sheet-link-calendar-{scheme}",
        lambda: shell.open_sheet(LinkSheet(shell, Path("/home/ada/Calendars/Night shifts.ics"), known)),
    )


def _at_home(state: CalendarState, folder: Path) -> CalendarState:
    """A calendar as if it lay where a person keeps calendars."""
    link, ours = state.link, "/home/ada/Calendars"
    path, problem = (text.replace(str(folder), ours) for text in (link.path, link.problem))
    return replace(state, link=msgspec.structs.replace(link, path=path, problem=problem))


def shoot_life(window: MainWindow, scheme: theme.Scheme) -> None:
    """A guided run, its whole list, a project to start, and the year."""
    from penelope_admin.ui.dialogs.project import StartSheet, open_project_sheet
    from penelope_admin.ui.pages.databases import DatabasesPage

    shell = window.shell
    window.go("databases")
    settle(window)
    page = window.current
    assert isinstance(page, DatabasesPage)
    page.detail.open_newest()
    settle(window)
    shoot(window, f"databases-run-{scheme}")
    page.run_._show_list()
    settle(window)
    shoot(window, f"databases-check-list-{scheme}")
    page.close_run()
    window.go("windows")
    settle(window)
    window.current.show_subject("year")
    settle(window)
    shoot(window, f"windows-year-{scheme}")
    known = shell.app.context.read(services.projects.find_all)
    view = next(view for view in known if view.project.state == "planned")
    shoot_sheet(window, f"sheet-project-breaks-{scheme}", lambda: open_project_sheet(shell, view))
    shoot_sheet(window, f"sheet-project-start-{scheme}", lambda: shell.open_sheet(StartSheet(shell, view)))


def shoot_other_dates(window: MainWindow, scheme: theme.Scheme) -> None:
    """Other dates of a project, tried in its year."""
    from penelope_admin.ui.pages.projects import ProjectsPage

    before = window.size()
    window.resize(SIZES[""])
    window.go("projects")
    settle(window)
    page = window.current
    assert isinstance(page, ProjectsPage)
    page.show_subject("project/1")
    settle(window)
    trying = page._trying
    assert trying is not None
    trying.picture._try(date(2026, 12, 14), date(2027, 1, 28))
    settle(window)
    trying.picture.setFocus()
    page.area.verticalScrollBar().setValue(trying.mapTo(page.area.widget(), QPoint(0, 0)).y())
    settle(window)
    shoot(window, f"projects-try-dates-{scheme}")
    trying.put_back()
    window.resize(before)


def shoot_check(window: MainWindow, scheme: theme.Scheme, home: Path) -> None:
    """Checking an export: its columns, and what was found."""
    from penelope_admin.ui.dialogs.proof import ProofSheet

    export = home / "clients.csv"
    rows = [f"{n},2026-11-0{n % 9 + 1},client{n}@example.org,204-555-01{n:02}" for n in range(90)]
    rows += [f"{n},2026-10-0{n % 9 + 1},pat.{n}@gmail.com,(204) 942-{3000 + 7 * n}" for n in range(90, 120)]
    export.write_text("\n".join(["Client No,Opened,Email,Mobile", *rows]), encoding="utf-8")
    sheet = ProofSheet(window.shell, "mirrored")
    sheet.take([export])
    window.shell.open_sheet(sheet)
    for name in ("columns", "result"):
        sheet.submit()
        while sheet._timer.isActive():
            QTest.qWait(LOOKED_AFTER_MS)
        settle(window)
        shoot(sheet, f"sheet-check-data-{name}-{scheme}")
    sheet.reject()
    settle(window)


def shoot_lost(window: MainWindow, scheme: theme.Scheme) -> None:
    """What an upgrade has ended, and planning it again."""
    from penelope_admin.ui.dialogs.event import open_plan_again

    window.shell.app.context.write(services.mirror.environments.record_event, "mirrored", "upgraded", NOW, "4.26.12")
    window.shell.operations.changed.emit(frozenset({"environments", "features"}))
    window.go("databases")
    settle(window)
    window.current.area.verticalScrollBar().setValue(0)
    shoot(window, f"databases-lost-{scheme}")
    shoot_sheet(window, f"sheet-plan-again-{scheme}", lambda: open_plan_again(window.shell))


def posture_after_refresh(window: MainWindow, scheme: theme.Scheme) -> None:
    """The worst moment: refreshed, not upgraded since."""
    from penelope_admin.ui.dialogs.switch import EnableSheet

    context = window.shell.app.context
    context.write(services.mirror.environments.record_event, "mirrored", "refreshed", NOW)
    register = context.read(services.features.find_all)
    view = next(item for item in register.features if item.feature.key == "external-communications.sms")
    shell = window.shell
    shoot_sheet(window, f"sheet-switch-on-real-{scheme}", lambda: shell.open_sheet(EnableSheet(shell, view, register)))
    window.shell.operations.changed.emit(frozenset({"environments", "features"}))
    for name in ("features", "databases"):
        window.go(name)
        settle(window)
        window.current.area.verticalScrollBar().setValue(0)
        shoot(window, f"{name}-real-{scheme}")


def shoot_first_run(application: QApplication, home: Path, scheme: theme.Scheme) -> None:
    """The empty program and its wizard."""
    home.mkdir()
    save(home, Settings(scheme=scheme))
    app = App(home, clock=FixedClock(NOW))
    window = make_window(app, application)
    window.show()
    settle(window)
    window.start()
    settle(window)
    shoot(window.sheets[-1], f"sheet-wizard-{scheme}")
    window.sheets[-1].reject()
    window.close()
    window.shell.operations.finish()
    app.forget_database()


def open_practice(
    application: QApplication, prepared: Path, home: Path, scheme: theme.Scheme
) -> tuple[TrainingApp, MainWindow]:
    """The window of training on a practice folder at its beginning."""
    app = copy_practice(prepared, home)
    save(home, msgspec.structs.replace(load(home), scheme=scheme))
    window = make_window(app, application)
    window.resize(SIZES[""])
    window.show()
    settle(window)
    window.start()
    settle(window)
    return app, window


def shoot_training(application: QApplication, prepared: Path, home: Path, scheme: theme.Scheme) -> None:
    """Practice: its frame and clock on a page, a sheet, what only it has, and a link that is not opened."""
    app, window = open_practice(application, prepared, home, scheme)
    for name in ("overview", "penelope"):
        window.go(name)
        settle(window)
        shoot(window, f"training-{name}-{scheme}")
    assert window.dress is not None
    assert window.dress.bench is not None
    for part in ("Features", "Client files"):
        for suffix, size in SIZES.items():
            window.resize(size)
            window.dress.bench.fold(bool(suffix))
            window.current.show_subject(part)
            settle(window)
            shoot(window, f"training-penelope-{part.split()[0].lower()}{suffix}-{scheme}")
    window.resize(SIZES[""])
    window.shell.open_link("mailto:support@vendor.example?subject=Refresh%20of%20the%20Mirrored%20database&body=x")
    window.dress.bench.fold(False)
    window.dress.move_by(timedelta(days=30))
    settle(window)
    window.go("mailbox")
    settle(window)
    shoot(window, f"training-mailbox-{scheme}")
    shoot_sheet(window, f"training-again-{scheme}", window.dress.ask_to_start_again)
    window.close()
    window.shell.operations.finish()
    app.forget_database()


def shoot_exercises(application: QApplication, prepared: Path, home: Path, scheme: theme.Scheme) -> None:
    """The pane beside the pages: the ladder, an exercise under way, its goal reached, a trap, and the debriefing."""
    app, window = open_practice(application, prepared, home, scheme)
    assert isinstance(window.dress, Dress)
    assert window.dress.bench is not None
    pane, key, trap = window.dress.bench.pane, "one-week-of-worker-delivery", ("who-is-awake", "false-alarm")

    def begin(wanted: str, page: str) -> None:
        pane.start(wanted)
        window.go(page)
        settle(window)

    window.go("overview")
    pane.choose()
    settle(window)
    shoot(window, f"exercises-{scheme}")
    begin("who-is-awake", "support")
    shoot(window, f"exercise-questions-{scheme}")
    TRAPS[trap](app)
    pane.refresh()
    settle(window)
    shoot(window, f"exercise-trap-{scheme}")
    begin(key, "features")
    pane.hint()
    for suffix, size in SIZES.items():
        window.resize(size)
        window.dress.bench.fold(False)
        settle(window)
        shoot(window, f"exercise{suffix}-{scheme}")
    window.resize(SIZES[""])
    SOLUTIONS[key](app)
    window.shell.operations.changed.emit(EVERYTHING)
    pane.refresh()
    settle(window)
    shoot(window, f"exercise-reached-{scheme}")
    shoot_sheet(window, f"exercise-debriefing-{scheme}", pane.debrief)
    window.close()
    window.shell.operations.finish()
    app.forget_database()


def main() -> int:
    """Render everything into docs/screenshots."""
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom))
    application = QApplication(["screenshots", "-style", "fusion"])
    FOLDER.mkdir(parents=True, exist_ok=True)
    schemes: tuple[theme.Scheme, ...] = ("light", "dark")
    platform.platform = lambda *_: "Linux"  # the pictures are the same on every machine
    scratch = Path(tempfile.gettempdir()) / "penelope-admin-demo"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    for scheme in schemes:
        shoot_all(application, scratch / scheme, scheme)
        shoot_first_run(application, scratch / f"{scheme}-new", scheme)
        prepared = make_practice(scratch / "practice")
        shoot_training(application, prepared, scratch / f"{scheme}-practice", scheme)
        shoot_exercises(application, prepared, scratch / f"{scheme}-exercises", scheme)
    shutil.rmtree(scratch)
    sys.stdout.write(f"{len(list(FOLDER.glob('*.png')))} pictures in {FOLDER}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
