"""What others wrote is shown as it is, and never read as markup: markup can name files to open."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6 import QtGui
from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox, QWidget

from penelope_admin.store.audit import Entry
from penelope_admin.ui.format import plain_tip
from penelope_admin.ui.main import show_message
from penelope_admin.ui.models.activity import ActivityModel
from penelope_admin.ui.models.keyed import Column, KeyedModel
from penelope_admin.ui.rooms import ROOMS
from tests.ui.conftest import Desktop, looks

FOREIGN = '<img src="//evil.example/p.png"><h1>Support is closed</h1> & "more" <b>'
TIP = Qt.ItemDataRole.ToolTipRole


def shown(tip: object) -> str:
    """What a person reads who hovers: Qt's own reading of the text, whatever it takes it for."""
    text = str(tip)
    document = QTextDocument()
    if QtGui.Qt.mightBeRichText(text):
        document.setHtml(text)
        assert "<img" not in document.toHtml()
    else:
        document.setPlainText(text)
    return document.toPlainText()


def tips(model: QAbstractItemModel) -> list[str]:
    return [shown(model.index(0, column).data(TIP)) for column in range(model.columnCount())]


@pytest.mark.parametrize("text", [FOREIGN, "R&D", "a < b", "&lt;", "plain", "<br>"])
def test_a_tool_tip_shows_the_text_as_it_is(qapp: QApplication, text: str) -> None:
    assert shown(plain_tip(text)) == text


def test_foreign_text_in_a_table_s_tool_tip_is_never_rendered_as_markup(qapp: QApplication) -> None:
    model: KeyedModel[tuple[str, str]] = KeyedModel(
        [Column("Day", lambda row: row[0]), Column("Name", lambda row: row[1])], hash
    )
    model.show_rows([("25 Dec", FOREIGN)])
    assert tips(model) == ["25 Dec", FOREIGN]
    assert model.index(0, 1).data() == FOREIGN


@looks
def test_foreign_text_in_the_log_s_tool_tips_is_never_rendered_as_markup(desktop: Desktop) -> None:
    model = ActivityModel(desktop.window.shell)
    at = datetime(2026, 11, 20, tzinfo=UTC)
    model.items = [Entry(7, at, FOREIGN, "holidays.imported", FOREIGN, None, '{"day": "<h1>closed</h1>"}', "", "")]
    _, who, said = tips(model)
    assert (who, said) == (FOREIGN, f"Holidays were imported: {FOREIGN}")


@looks
def test_no_label_and_no_tool_tip_of_any_page_guesses_whether_it_is_markup(desktop: Desktop) -> None:
    for room in ROOMS:
        page = desktop.go(room.name)
        for label in page.findChildren(QLabel):
            assert not label.text() or label.textFormat() == Qt.TextFormat.PlainText
        for widget in page.findChildren(QWidget):
            assert "<" not in shown(widget.toolTip())


def test_a_message_before_there_is_a_window_is_plain_text(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    formats: list[Qt.TextFormat] = []
    monkeypatch.setattr(QMessageBox, "exec", lambda box: formats.append(box.textFormat()))
    show_message(FOREIGN)
    assert formats == [Qt.TextFormat.PlainText]
