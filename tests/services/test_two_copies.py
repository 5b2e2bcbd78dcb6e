"""Two copies whose features are switched, neither called "mirrored": each has its own register, lists and report."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from penelope_admin.clock import FixedClock
from penelope_admin.detect.verdicts import ColumnFinding, FileFinding, Finding
from penelope_admin.domain.features import Acknowledgement
from penelope_admin.domain.projects import FeatureInput, ProjectInput
from penelope_admin.domain.requests import RequestInput
from penelope_admin.errors import RefusedError
from penelope_admin.policy import load
from penelope_admin.services import agency, features, overview, projects, requests, year
from penelope_admin.services.mirror import checklists, environments, evidence
from penelope_admin.services.reports import Order, make
from penelope_admin.services.work import Context
from tests.copies import FIRST, SECOND, two_copies
from tests.services.conftest import Open
from tests.services.house import LOCKED, NOW, PROFILE, SOON

SMS = "external-communications.sms"
DAY = timedelta(days=1)


@pytest.fixture
def copies(opened: Open, tmp_path: Path) -> Context:
    """An agency with both of them, each upgraded yesterday."""
    file = tmp_path / "policy.toml"
    file.write_text(two_copies(), "utf-8")
    context = opened(rules=load(file))
    context.write(agency.set_up, msgspec.structs.replace(PROFILE, environments=(FIRST, SECOND)))
    for key in (FIRST, SECOND):
        context.write(environments.record_event, key, "upgraded", NOW - DAY)
    return context


def states(context: Context, environment: str | None = None) -> set[str]:
    return {view.state.state for view in context.read(features.find_all, environment).features}


def enable(context: Context, environment: str | None = None) -> None:
    sure = Acknowledgement(phi=True, environment=environment or FIRST, queue_empty=True)
    context.write(
        features.switch, SMS, "enable", reason="Pilot", until=SOON, environment=environment, acknowledgement=sure,
        already_done=True,
    )  # fmt: skip


def test_an_upgrade_of_either_switches_its_features_off_keeps_some_addresses_and_begins_a_check_list(
    copies: Context,
) -> None:
    for key in (FIRST, SECOND):
        assert states(copies, key) == {"off"}
        assert "System Admin" in copies.read(lambda work, key=key: work.posture(key)).exceptions
        found = copies.read(checklists.newest, key)
        assert found is not None
        assert found.event.environment == key


def test_where_none_is_named_the_first_is_meant(copies: Context) -> None:
    enable(copies)
    assert (states(copies, FIRST), states(copies, SECOND)) == ({"on", "off"}, {"off"})
    wish = RequestInput(reason="Fresh data")
    assert copies.write(requests.draft, wish).value.request.environment == FIRST
    plan = ProjectInput("Pilot", "Try it", NOW.date(), SOON, features=(FeatureInput(SMS),))
    assert copies.write(projects.add, plan).value.environment == FIRST


def test_an_agency_that_has_the_second_alone_means_the_second(copies: Context) -> None:
    copies.write(agency.update, msgspec.structs.replace(copies.read(agency.need_profile), environments=(SECOND,)))
    assert copies.read(environments.usual) == SECOND
    assert copies.write(requests.draft, RequestInput(reason="Fresh data")).value.request.environment == SECOND


@pytest.mark.parametrize("feature", LOCKED)
def test_what_is_locked_is_locked_in_both(copies: Context, feature: str) -> None:
    for key in (FIRST, SECOND):
        sure = Acknowledgement(phi=True, environment=key, queue_empty=True)
        with pytest.raises(RefusedError, match="cannot be enabled in"):
            copies.write(
                features.switch, feature, "enable", reason="x", until=SOON, environment=key, acknowledgement=sure
            )


def test_answers_and_data_of_one_say_nothing_of_the_other(copies: Context) -> None:
    column = ColumnFinding("Email", 9, 9, 0, 9, 0.01, (), "real", "Many different addresses")
    finding = Finding("real", "high", "Real.", (FileFinding("a.csv", 9, 0, "ab" * 32, (column,), verdict="real"),))
    assert copies.write(evidence.record, SECOND, finding, NOW).value.may_be_real
    first, second = copies.read(checklists.newest, FIRST), copies.read(checklists.newest, SECOND)
    assert first is not None
    assert second is not None
    assert [len(found.failed) for found in (first, second)] == [0, 1]
    assert not copies.read(lambda work: work.posture(FIRST)).may_be_real
    line = next(line.effect.number for line in first.lines if line.effect.features)
    copies.write(checklists.answer, second.event.id, line, "fail")
    assert (states(copies, FIRST), "unknown" in states(copies, SECOND)) == ({"off"}, True)


def test_a_refresh_of_the_second_is_told_as_its_own(copies: Context) -> None:
    enable(copies, SECOND)
    copies.write(environments.record_event, SECOND, "refreshed", NOW)
    assert (states(copies, FIRST), states(copies, SECOND)) == ({"off"}, {"unknown"})
    shown = copies.read(overview.load)
    assert shown is not None
    assert shown.ribbon is not None
    assert shown.ribbon.environment == FIRST
    assert [item.environment for item in shown.waiting if item.kind == "unknown"] == [SECOND]


def test_what_is_on_in_either_is_on_the_first_page_and_in_the_year(copies: Context) -> None:
    enable(copies, SECOND)
    shown = copies.read(overview.load)
    assert shown is not None
    assert shown.switches_off == ("External Communications: SMS",)
    (bar,) = (bar for bar in copies.read(year.load).bars if bar.kind == "on")
    assert bar.name == "External Communications: SMS (Migration)"


@pytest.mark.parametrize("kind", ["state", "exposure"])
def test_a_report_is_about_the_copy_it_is_asked_of(copies: Context, clock: FixedClock, kind: str) -> None:
    enable(copies, SECOND)
    clock.instant += DAY
    words = {key: repr(make_report(copies, kind, key).sections) for key in (FIRST, SECOND)}
    assert ["Pilot" in text for text in words.values()] == [False, True]
    assert "the project copy" in words[FIRST]


def make_report(context: Context, kind: str, environment: str):  # type: ignore[no-untyped-def]
    return context.read(make, Order(kind, environment=environment))  # type: ignore[arg-type]


def test_the_page_of_features_is_given_both_to_choose_from(copies: Context) -> None:
    for asked, shown in ((None, FIRST), (SECOND, SECOND), ("preview", FIRST)):
        found = copies.read(features.find_mirror, asked)
        assert found is not None
        assert (found.environment, found.mirrors) == (shown, (FIRST, SECOND))
