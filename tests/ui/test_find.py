"""Find or do: whatever a person thinks of is found by its name or by another word, and help is beside what is done."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from penelope_admin.domain.features import full_name
from penelope_admin.files import resource
from penelope_admin.ui.actions import Action, matching
from penelope_admin.ui.dialogs.critical import CriticalSheet
from penelope_admin.ui.dialogs.palette import KEYS_ROLE, Palette
from penelope_admin.ui.pages.help import HelpPage
from penelope_admin.ui.pages.settings import PARTS
from penelope_admin.ui.rooms import ROOMS
from penelope_admin.ui.widgets.help_panel import HelpSheet
from penelope_admin.ui.widgets.help_text import TOPICS
from tests.ui.conftest import WAIT_MS, Desktop, looks


@pytest.fixture
def palette(desktop: Desktop) -> Palette:
    desktop.bot.keyClick(desktop.window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    return desktop.sheet(Palette)


def listed(palette: Palette) -> list[str]:
    return [palette.matches.item(row).text() for row in range(palette.matches.count())]


@looks
def test_what_a_person_thinks_of_is_found_by_other_words_too(palette: Palette) -> None:
    for typed, first in (
        ("text message", "Switch External Communications: SMS"),
        ("outlook calendar", "Add the dates to a calendar"),
        ("accounting", "Switch General Ledger"),
        ("telehealth", "Look at Engage"),
        ("server down", "Emergency: open a critical incident"),
        ("audit tampered", "Verify the activity log"),
        ("dark", "Setting: Appearance"),
        ("help req", "Help: Requests"),
        ("databases", "Go to Databases"),
        ("refresh ask", "Request a refresh"),
        ("refresh", "Request a refresh"),
        ("backup", "Back up now"),
        ("sandbox", "Go to Databases"),
        ("outage", "Go to Upgrade windows"),
        ("staff", "Tell the staff"),
        ("staff notice", "Copy a staff notice"),
    ):
        palette.search.setText(typed)
        assert listed(palette)[0] == first


@looks
@pytest.mark.parametrize("typed", ["PA-4", "00483977", "closed cases", "once for each"])
def test_a_request_is_found_by_its_reference_its_case_number_and_any_word(
    desktop: Desktop, palette: Palette, typed: str
) -> None:
    desktop.bot.keyClicks(palette.search, typed)
    wanted = "PA-4: defect: Intake report leaves out closed cases"
    desktop.bot.waitUntil(lambda: wanted in listed(palette), timeout=WAIT_MS)
    row = listed(palette).index(wanted)
    assert palette.matches.item(row).data(KEYS_ROLE) == "00483977"
    palette.matches.setCurrentRow(row)
    desktop.bot.keyClick(palette.search, Qt.Key.Key_Return)
    desktop.settle()
    assert desktop.window.current.name == "requests"
    desktop.reads(desktop.window.current, wanted)


@looks
def test_every_page_feature_setting_and_help_topic_can_be_reached(desktop: Desktop, palette: Palette) -> None:
    names = listed(palette)
    assert {f"Go to {room.title}" for room in ROOMS} <= set(names)
    assert {f"Help: {title}" for _, title in TOPICS} <= set(names)
    assert {f"Setting: {title}" for title in PARTS} <= set(names)
    policy = desktop.app.policy
    for feature in policy.features:
        assert any(full_name(policy, feature) in name for name in names)
    assert len(names) == len(set(names))


def test_everything_that_is_listed_can_be_done(desktop: Desktop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("penelope_admin.invocation.start_apart", lambda *_: None)
    asks_for_a_file = ("Add all", "Save the", "Export", "Back up", "Restore", "Import", "Print", "Bring a plan")
    one_of_each = {action.name.split()[0]: action for action in desktop.window.actions_by_name()}
    for action in one_of_each.values():
        if action.name.startswith(asks_for_a_file):
            continue
        action.run()
        desktop.settle()
        while desktop.window.sheets:
            desktop.window.sheets[-1].reject()
        desktop.window.close_help()


@looks
def test_shortcuts_are_shown_and_every_page_has_one_up_to_the_tenth(desktop: Desktop, palette: Palette) -> None:
    keys = {palette.matches.item(row).text(): palette.matches.item(row).data(KEYS_ROLE) for row in range(len(ROOMS))}
    assert keys["Go to Overview"] == "Ctrl+1"
    assert keys["Go to Help"] == "Ctrl+0"
    palette.reject()
    desktop.window.activateWindow()
    desktop.bot.waitUntil(desktop.window.isActiveWindow, timeout=WAIT_MS)
    desktop.bot.keyClick(desktop.window, Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
    desktop.settle()
    assert desktop.window.current.name == "help"


@looks
def test_shortcuts_are_in_view_in_a_narrow_list_too(palette: Palette) -> None:
    palette.matches.setFixedWidth(200)
    rows = range(palette.matches.count())
    assert all(palette.matches.visualRect(palette.matches.model().index(row, 0)).width() <= 200 for row in rows)


@looks
def test_what_finds_nothing_says_what_can_be_looked_for(desktop: Desktop, palette: Palette) -> None:
    palette.search.setText("zzzz")
    assert listed(palette) == []
    assert palette.empty.isVisible()
    assert "a request (“PA-12” or its case number)" in palette.empty.text()
    desktop.bot.keyClick(palette.search, Qt.Key.Key_Return)
    assert palette in desktop.window.sheets


@looks
def test_the_field_above_the_navigation_opens_it_with_what_was_typed(desktop: Desktop) -> None:
    field = desktop.window.find_field
    assert field.isVisible()
    assert "Ctrl+K" in field.placeholderText()
    desktop.click(field)
    desktop.sheet().reject()
    field.setFocus()
    desktop.bot.keyClick(field, Qt.Key.Key_S)
    palette = desktop.sheet(Palette)
    assert palette.search.text() == "s"
    assert field.text() == ""
    desktop.bot.keyClicks(palette.search, "ms")
    assert palette.search.text() == "sms"


def test_an_action_called_by_the_words_comes_before_one_known_by_them() -> None:
    known = [Action("Switch SMS", print, "message"), Action("Send the message", print)]
    assert [action.name for action in matching(known, "message")] == ["Send the message", "Switch SMS"]
    assert matching(known, "") == known


def test_what_was_done_to_a_request_is_not_undone_by_looking_for_the_request() -> None:
    undo = Action("Undo: draft a request (PA-1)", print, "take back", only_by="undo take back")
    assert matching([undo], "PA-1") == []
    assert matching([undo], "und") == matching([undo], "take back") == matching([undo], "") == [undo]


@looks
def test_help_opens_beside_the_page_follows_it_and_closes_with_esc(desktop: Desktop) -> None:
    window = desktop.window
    window.resize(1080, 760)
    desktop.go("requests")
    desktop.bot.keyClick(window, Qt.Key.Key_F1)
    assert window.current.name == "requests"
    assert window._help is not None
    assert window._help.isVisible()
    assert "any word of it into the filter" in window._help.text.toPlainText()
    desktop.go("activity")
    assert "Everything done in this program" in window._help.text.toPlainText()
    desktop.bot.keyClick(window, Qt.Key.Key_Escape)
    assert not window._help.isVisible()


@looks
def test_where_there_is_no_room_help_takes_the_page_s_place(desktop: Desktop) -> None:
    desktop.window.resize(720, 520)
    desktop.go("support")
    desktop.window.open_help()
    page = desktop.window.current
    assert isinstance(page, HelpPage)
    assert page.topic == "support"


@looks
def test_f1_opens_the_fitting_help_in_a_sheet_and_loses_nothing(desktop: Desktop) -> None:
    desktop.go("overview")
    sheet = desktop.request_sheet("question")
    sheet.subject.setText("Half a ques")
    desktop.bot.keyClick(sheet.subject, Qt.Key.Key_F1)
    over = desktop.sheet(HelpSheet)
    assert "any word of it into the filter" in over.text.toPlainText()
    over.reject()
    assert sheet in desktop.window.sheets
    assert sheet.subject.text() == "Half a ques"


@looks
def test_every_sheet_s_help_is_a_topic_there_is(desktop: Desktop) -> None:
    from penelope_admin.ui.widgets.sheet import Sheet

    desktop.window.actions_by_name()  # which loads what the pages open
    known = {key for key, _ in TOPICS}

    def below(kind: type[Sheet]) -> list[type[Sheet]]:
        return [kind, *(deeper for sub in kind.__subclasses__() for deeper in below(sub))]

    texts = {key: resource(f"help/{key}.md").read_text("utf-8") for key in known}
    for kind in below(Sheet):
        topic, _, heading = kind.help_topic.partition("#")
        assert not topic or f"# {heading}" in texts[topic]


@looks
def test_f1_works_where_a_text_is_typed(desktop: Desktop) -> None:
    sheet = CriticalSheet(desktop.window.shell)
    desktop.window.shell.open_sheet(sheet)
    field = next(made for made in sheet.findChildren(QLineEdit))
    desktop.bot.keyClick(field, Qt.Key.Key_F1)
    over = desktop.sheet(HelpSheet)
    bar = over.text.verticalScrollBar()
    desktop.bot.waitUntil(lambda: 0 < bar.value() == bar.maximum(), timeout=WAIT_MS)  # it is the last of the text
