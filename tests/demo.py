"""A demo agency at a fixed instant, made with the services themselves: for pictures and tests."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from penelope_admin import services
from penelope_admin.app import App
from penelope_admin.clock import FixedClock
from penelope_admin.domain.features import Acknowledgement

NOW = datetime(2026, 11, 20, 22, 40, tzinfo=UTC)
"""Friday 16:40 in Winnipeg."""

PHI = Acknowledgement(phi=True, environment="mirrored")


def make_demo(home: Path) -> App:
    """A data folder with three weeks of an agency's life in it, and the program on it."""
    clock = FixedClock(NOW - timedelta(days=24))
    app = App(home, clock=clock)
    app.__dict__["actor"] = "j.okafor"
    context = app.context
    services.agency.set_up(
        context,
        services.agency.Profile(
            name="Harbour Family Services",
            region="CA",
            zone="America/Winnipeg",
            environments=("production", "training-a", "mirrored"),
            support_address="support@vendor.example",
            own_address="it@harbour.example",
            portal_url="https://community.vendor.example/",
        ),
    )
    clock.instant += timedelta(days=1)
    wish = services.requests.RefreshWish(
        reason="Monthly test of the intake form", re_enable=("external-communications.sms",)
    )
    first = services.requests.draft_refresh(context, wish).value.request.id
    services.requests.advance(context, first, "sent")
    clock.instant += timedelta(days=2)
    services.requests.advance(context, first, "acknowledged", case_number="00481516")
    services.requests.advance(context, first, "scheduled", scheduled_for=date(2026, 11, 3))
    clock.instant += timedelta(days=7)
    services.requests.advance(context, first, "done")
    clock.instant = datetime(2026, 11, 15, 16, tzinfo=UTC)
    services.environments.record_event(
        context, "mirrored", "upgraded", datetime(2026, 11, 15, 3, tzinfo=UTC), "4.26.11", "Seen at sign-in"
    )
    services.environments.record_event(
        context, "production", "upgraded", datetime(2026, 11, 15, 3, tzinfo=UTC), "4.26.11"
    )
    services.features.switch(
        context,
        "general-ledger",
        "enable",
        reason="Payroll test",
        until=date(2026, 11, 18),
        acknowledgement=PHI,
        already_done=True,
    )
    services.features.switch(
        context,
        "external-communications.worker-delivery",
        "enable",
        reason="Reminders to staff",
        until=date(2026, 12, 4),
        acknowledgement=PHI,
        already_done=True,
    )
    services.features.switch(
        context, "ms-exchange", "enable", reason="Calendar pilot", until=date(2026, 12, 10), acknowledgement=PHI
    )
    clock.instant = NOW - timedelta(days=1)
    second = services.requests.draft_refresh(
        context,
        services.requests.RefreshWish(
            reason="New payroll project, needs current data",
            earliest=date(2026, 12, 7),
            latest=date(2026, 12, 14),
            re_enable=("general-ledger",),
        ),
    )
    services.requests.advance(context, second.value.request.id, "sent")
    services.requests.draft_refresh(
        context,
        services.requests.RefreshWish(environment="training-a", reason="Course for new intake workers in January"),
    )
    clock.instant = NOW
    return app
