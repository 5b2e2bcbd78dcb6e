"""What the window shows and asks before anybody could be reached: nothing is dropped, moved or switched in silence."""

from __future__ import annotations

from datetime import date, timedelta

from PySide6.QtWidgets import QPushButton

from penelope_admin import services
from penelope_admin.domain.requests import RequestInput
from penelope_admin.ui.dialogs.leave import LeaveSheet, SettleSheet
from penelope_admin.ui.dialogs.request import RequestSheet
from penelope_admin.ui.dialogs.seen import SeenSheet
from penelope_admin.ui.dialogs.step import DoubtSheet, StepSheet
from penelope_admin.ui.pages.databases import DatabasesPage
from penelope_admin.ui.pages.features import FeaturesPage
from penelope_admin.ui.pages.features.listing import state_of
from penelope_admin.ui.widgets.basics import Badge
from tests.demo import NOW
from tests.services.house import change_agency
from tests.ui.conftest import Desktop, button, looks, texts

SMS, LEDGER = "external-communications.sms", "general-ledger"


def go_on(desktop: Desktop, days: int) -> None:
    desktop.clock.instant = NOW + timedelta(days=days)


def untick_mirrored(desktop: Desktop) -> LeaveSheet:
    page = desktop.settings()
    assert page.form is not None
    page.form.environments["mirrored"].setChecked(False)
    page.saves["Agency"].click()
    return desktop.sheet(LeaveSheet)


def test_what_is_on_while_contacts_may_be_real_is_red_in_list_detail_ribbon_and_year(desktop: Desktop) -> None:
    context = desktop.app.context
    context.write(services.mirror.environments.record_event, "mirrored", "refreshed", context.now())
    context.write(services.features.record_seen, "mirrored", {SMS: "on", LEDGER: "on"})
    desktop.settle()
    page = desktop.page(FeaturesPage)
    page.choose(SMS)
    views = {view.feature.key: view for view in page.model.items}
    assert [state_of(views[key]) for key in (SMS, LEDGER)] == [
        ("On", "danger", "danger"), ("On", "caution", "caution"),
    ]  # fmt: skip
    badges = [badge for badge in page.detail.findChildren(Badge) if badge.accessibleName() == "On"]
    assert {badge.property("role") for badge in badges} == {"danger"}
    ribbon = context.read(services.mirror.ribbons.read_ribbon, "mirrored")
    assert {use.feature: use.role for use in ribbon.uses} == {SMS: "danger", LEDGER: "caution"}
    year = context.read(services.year.load)
    on = {bar.name: bar.role for bar in year.bars if bar.kind == "on"}
    assert [on[name] for name in sorted(on)] == ["danger", "caution"]
    assert all("contacts may be real" in name for name in on)


@looks
def test_unticking_a_database_with_something_on_asks_first_and_saves_nothing_by_itself(desktop: Desktop) -> None:
    sheet = untick_mirrored(desktop)
    desktop.reads(sheet, "Recorded as on: External Communications: Worker Delivery, General Ledger", "Planned:")
    sheet.safe.click()
    desktop.settle()
    assert "mirrored" in desktop.app.context.read(services.agency.need_profile).environments


def test_one_that_is_no_longer_ours_stays_in_view_until_it_is_settled(desktop: Desktop) -> None:
    sheet = untick_mirrored(desktop)
    sheet.primary.click()
    desktop.settle()
    assert "mirrored" not in desktop.app.context.read(services.agency.need_profile).environments
    desktop.reads(desktop.go("overview"), "Mirrored is no longer yours, and not settled")
    desktop.reads(desktop.page(FeaturesPage), "Mirrored is no longer yours, and not settled", "General Ledger")
    page = desktop.page(DatabasesPage)
    desktop.reads(page, "No longer yours", "Not settled.")
    button(page, "It was deleted …").click()
    settle = desktop.sheet(SettleSheet)
    assert not settle.primary.isEnabled()
    settle.reason.setText("Support confirmed it")
    settle.primary.click()
    desktop.settle()
    assert "no longer yours" not in texts(desktop.go("overview"))
    desktop.reads(desktop.go("features"), "Your agency has no mirrored database")


def test_that_all_features_of_a_database_that_is_no_longer_ours_are_off_is_said_in_one_sheet(desktop: Desktop) -> None:
    context = desktop.app.context
    context.write(services.mirror.environments.record_event, "mirrored", "refreshed", NOW - timedelta(hours=1))
    sheet = untick_mirrored(desktop)
    sheet.primary.click()
    desktop.settle()
    page = desktop.go("databases")
    button(page, "What is on now? …").click()
    off = desktop.sheet(SeenSheet)
    off.all_off.click()
    off.primary.click()
    desktop.settle()
    states = context.read(services.features.find_all, "mirrored").features
    assert {view.state.state for view in states} == {"off"}


def test_a_locked_feature_that_is_not_known_says_so_and_can_be_marked_as_off_or_told_to_support(
    desktop: Desktop,
) -> None:
    desktop.app.context.write(
        services.mirror.environments.record_event, "mirrored", "refreshed", NOW - timedelta(hours=1)
    )
    page = desktop.page(FeaturesPage)
    page.choose("engage")
    desktop.reads(page.detail, "Not known", "Should you see it on in this copy, tell Support at once.")
    button(page, "Engage: Tell Support it is on …").click()
    letter = desktop.sheet(RequestSheet)
    assert letter.subject.text() == "Engage is on in the Mirrored database"
    letter.reject()
    button(page, "Engage: Mark as off").click()
    desktop.settle()
    assert desktop.app.context.read(services.features.find, "engage").state.state == "off"
    assert "engage" not in page.table.switches


def test_an_expired_plan_offers_to_cancel_or_to_plan_again_and_no_steps(desktop: Desktop) -> None:
    go_on(desktop, 30)
    page = desktop.page(FeaturesPage)
    page.choose("ms-exchange")
    row = page.detail
    desktop.reads(row, "The plan to switch on MS Exchange has expired", "Plan expired")
    names = {item.text() for item in row.findChildren(QPushButton)}
    assert {"Plan it again …", "Cancel the plan"} <= names
    assert not any("steps" in name.lower() for name in names)
    button(row, "Cancel the plan").click()
    desktop.settle()
    assert desktop.app.context.read(services.features.find, "ms-exchange").state.pending is None


def due_refresh(desktop: Desktop) -> int:
    context = desktop.app.context
    key = context.write(services.requests.draft, RequestInput(reason="New data")).value.request.id
    context.write(services.requests.advance, key, "sent")
    context.write(services.requests.advance, key, "acknowledged", case_number="9")
    context.write(services.requests.advance, key, "scheduled", scheduled_for=date(2026, 11, 21))
    go_on(desktop, 3)
    return key


def test_a_due_refresh_is_moved_only_with_an_answer_and_settled_later(desktop: Desktop) -> None:
    key = due_refresh(desktop)
    detail = desktop.request(key)
    desktop.do(detail, "Another day …")
    sheet = desktop.sheet(StepSheet)
    assert sheet.happened is not None
    assert not sheet.primary.isEnabled()
    sheet.happened.choice.setCurrentIndex(sheet.happened.choice.findData("unknown"))
    desktop.reads(sheet, "contact details in this database count as real")
    assert sheet.primary.isEnabled()
    sheet.primary.click()
    desktop.settle()
    desktop.reads(detail, "nobody knows whether it was made then")
    desktop.do(detail, "Say whether it was made …")
    doubt = desktop.sheet(DoubtSheet)
    assert not doubt.primary.isEnabled()
    doubt.choice.setCurrentIndex(doubt.choice.findData(False))
    doubt.primary.click()
    desktop.settle()
    assert desktop.app.context.read(services.requests.find, key).request.doubted == ()


def test_a_cancelled_refresh_that_was_made_is_recorded_with_its_time(desktop: Desktop) -> None:
    key = due_refresh(desktop)
    desktop.do(desktop.request(key), "Cancel the request …")
    sheet = desktop.sheet(StepSheet)
    assert sheet.happened is not None
    sheet.happened.choice.setCurrentIndex(sheet.happened.choice.findData("yes"))
    assert not sheet.primary.isEnabled(), "today is another day than agreed"
    copied = sheet.happened.copied
    copied.at.show_instant(desktop.app.clock.now() - timedelta(days=2))
    assert sheet.primary.isEnabled(), texts(copied)
    sheet.primary.click()
    desktop.settle()
    assert desktop.app.context.read(services.requests.find, key).request.status == "done"


def test_the_wish_to_do_without_a_second_person_is_shown_and_can_be_taken_back(desktop: Desktop) -> None:
    context = desktop.app.context
    context.write(services.features.cancel, "ms-exchange")
    change_agency(context, second_person=True)
    page = desktop.settings()
    assert page.form is not None
    page.form.second_person.setChecked(False)
    page.saves["Agency"].click()
    desktop.settle()
    desktop.reads(page, "to do without a second person. It stays on until somebody else confirms that")
    assert context.read(services.agency.need_profile).second_person
    button(page, "Take that back").click()
    desktop.settle()
    assert "to do without a second person. It stays on" not in texts(page)
