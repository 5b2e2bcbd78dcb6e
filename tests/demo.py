"""The practice agency outside of practice: some of what it did for tests, and all of its years for pictures.

Both come from the steps of its own history, and end at the instant at which practice begins.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

from msgspec.structs import replace

from penelope_admin import services
from penelope_admin.app import App
from penelope_admin.clock import FixedClock
from penelope_admin.domain.features import Acknowledgement
from penelope_admin.domain.requests import RequestInput
from penelope_admin.gateways.settings import AgencyCopy
from penelope_admin.mail.line import CancelToken, DeliveryError
from penelope_admin.services.training import history
from penelope_admin.services.training.home import SEED

YEARS = history.read()
NOW = YEARS.now
"""Friday 16:40 in Resolute."""
AGENCY = replace(YEARS.agency, imap_host="", imap_user="", own_mail="", release_notes_url="", support_package="unknown")
"""The agency, before it said all of itself; nobody looks into its mail folder, for there is none."""
COPY = AgencyCopy(AGENCY.name, AGENCY.region, AGENCY.zone)
"""What the settings file has of it."""

CRITICAL = RequestInput(
    kind="critical",
    title="Sign-in fails for everybody",
    reason="Since this afternoon the sign-in page answers with an error at all three sites.",
    characteristics=("c",),
    everybody=True,
    began_at=NOW - timedelta(minutes=70),
)
PHI = Acknowledgement(phi=True, environment="mirrored")


class ExampleError(Exception):
    """What bug sheets are opened with to be looked at."""


def open_demo(home: Path, clock: FixedClock | None = None) -> App:
    """The program on a demo agency's data folder, at the end of its three weeks unless told otherwise."""
    app = App(home, clock=clock or FixedClock(NOW))
    app.__dict__["actor"] = YEARS.people[0]
    return app


def make_demo(home: Path) -> App:
    """A data folder with three weeks of an agency's life in it: some of the practice agency's own, moved together."""
    clock = FixedClock(NOW - timedelta(days=24))
    app = open_demo(home, clock)
    context, made = app.context, history.Requests()
    context.write(services.agency.set_up, replace(AGENCY, environments=("production", "training-b", "mirrored")))

    def again(days: int, *steps: history.AnyStep) -> None:
        """What the practice agency did, so many days ago."""
        clock.instant = NOW - timedelta(days=days)
        for step in steps:
            context.write(partial(step.act, made))

    draft, sent, number, day, done = _steps("autumn copy")
    again(23, replace(draft, earliest=None, latest=None), sent)
    again(21, number, replace(day, day=date(2026, 11, 6)))
    again(14, done)
    clock.instant = datetime(2026, 11, 15, 16, tzinfo=UTC)
    for key in ("mirrored", "production"):
        upgraded = datetime(2026, 11, 15, 3, tzinfo=UTC)
        context.write(services.mirror.environments.record_event, key, "upgraded", upgraded, "4.26.11")
    for feature in ("general-ledger", "external-communications.worker-delivery", "ms-exchange"):
        context.write(partial(_steps(feature)[-1].act, made))
    again(1, *_steps("payroll copy")[:2], *_steps("course copy"))
    again(8, *_steps("closed cases")[:3])
    again(3, *_steps("closed cases")[3:])
    clock.instant = NOW
    add_waiting_question(app)
    return app


def _steps(about: str) -> list[Any]:
    """What the practice agency did about a request or a feature, in its order."""
    return [
        step for step in YEARS.steps if about in (getattr(step, name, "") for name in ("name", "request", "feature"))
    ]


def add_waiting_question(app: App) -> None:
    """A question that waits in the outbox, for the mail server is not found."""
    context = app.context
    made = history.Requests()
    context.write(partial(_steps("schedule question")[0].act, made))
    context.write(services.requests.delivery.hand_over, made["schedule question"], "smtp")
    offline = DeliveryError(
        f"The server {AGENCY.smtp_host} was not found. Check the network; it is tried again.", for_good=False
    )
    with (
        mock.patch("penelope_admin.mail.smtp.send", side_effect=offline),
        mock.patch("penelope_admin.mail.passwords.find", return_value="secret"),
    ):
        services.requests.outbox.flush(context, CancelToken())


def make_years(home: Path) -> App:
    """A data folder with all that the practice agency did, and the program on it."""
    clock = FixedClock(YEARS.instant(YEARS.begins))
    app = open_demo(home, clock)
    history.live(app.context, replace(YEARS, agency=AGENCY), SEED)
    context = app.context
    wish = RequestInput("question", title="Exporting the waiting list", reason="Can it be exported with its dates?")
    context.write(services.requests.advance, context.write(services.requests.draft, wish).value.request.id, "sent")
    add_waiting_question(app)
    add_answers(app)
    return app


def add_critical(app: App) -> int:
    """A critical incident that was opened 48 minutes ago; gives back its number."""
    context, clock = app.context, app.clock
    assert isinstance(clock, FixedClock)
    clock.instant = NOW - timedelta(minutes=48)
    incident = context.write(services.requests.draft, CRITICAL).value.request.id
    context.write(services.requests.advance, incident, "sent")
    clock.instant = NOW
    return incident


def add_work(app: App) -> None:
    """A check-list under way and a project that meets upgrades."""
    add_answers(app)
    app.context.write(partial(_steps("Payroll pilot")[0].act, history.Requests()))


def add_answers(app: App) -> None:
    """The newest check-list under way."""
    context = app.context
    upgrade = context.read(services.mirror.checklists.find_all)[0].event.id
    context.write(services.mirror.checklists.answer, upgrade, 4, "pass")
    context.write(
        services.mirror.checklists.answer, upgrade, 12, "pass", "Looked at five files that have some in production"
    )
    context.write(services.mirror.checklists.answer, upgrade, 7, "cannot-tell", "We do not use these scales")
    context.write(services.mirror.checklists.answer, upgrade, 14, "fail", "Invoice 1 of the test client still shows it")
