"""The sheet that prints what people take along, or saves it as PDF; on both papers no row is split."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QPixmap, QTextDocument
from PySide6.QtWidgets import QApplication, QPushButton

from penelope_admin.services.reports import papers
from penelope_admin.services.reports.papers import PaperKind
from penelope_admin.ui.dialogs.paper import PaperSheet
from penelope_admin.ui.pages.databases import DatabasesPage
from penelope_admin.ui.pages.windows import WindowsPage
from tests.demo import add_work
from tests.ui.conftest import WAIT_MS, Desktop, looks
from tests.ui.test_printing import PAPERS, laid_out, printed  # noqa: F401 - a fixture
from tests.ui.test_projects import projects
from tests.ui.test_report import chosen  # noqa: F401 - a fixture


def opened(desktop: Desktop) -> PaperSheet:
    sheet = desktop.sheet(PaperSheet)
    desktop.settle()
    return sheet


def test_the_sheet_of_the_chosen_project_is_printed(desktop: Desktop, printed: list[str]) -> None:  # noqa: F811
    add_work(desktop.app)
    page = projects(desktop, 1)
    (button,) = (item for item in page.findChildren(QPushButton) if item.text() == "Print the sheet …")
    desktop.click(button)
    sheet = opened(desktop)
    desktop.click(sheet.primary)
    desktop.bot.waitUntil(lambda: not desktop.window.sheets, timeout=WAIT_MS)
    (paper,) = printed
    assert "Payroll pilot" in paper
    assert "Emergency line" in paper


@looks
def test_the_year_is_saved_as_pdf(desktop: Desktop, chosen: Path) -> None:  # noqa: F811
    page = desktop.page(WindowsPage)
    page.print_year()
    sheet = opened(desktop)
    desktop.click(sheet.as_pdf)
    desktop.bot.waitUntil(lambda: not desktop.window.sheets, timeout=WAIT_MS)
    assert (chosen / "penelope-year.pdf").read_bytes().startswith(b"%PDF")


@looks
def test_what_cannot_be_printed_is_said_on_the_sheet(desktop: Desktop) -> None:
    desktop.window.open_sheet(PaperSheet(desktop.window.shell, "project", 99))
    sheet = opened(desktop)
    desktop.click(sheet.primary)
    desktop.reads(sheet, "There is no project 99")
    assert sheet.primary.isEnabled()


@looks
def test_all_of_it_is_found_by_name_and_in_the_menu_file(desktop: Desktop) -> None:
    desktop.window._fill_menus()
    names = {action.text() for action in desktop.window._menus[0].actions()}
    assert {
        "Print the year", "Print the upgrade windows for a wall", "Print the project sheet",
        "Print the check-list to tick by hand",
    } <= names  # fmt: skip
    page = desktop.page(DatabasesPage)
    page.print_check_list()
    assert opened(desktop).windowTitle() == "Print a check-list"


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("kind", ["year", "project", "check-list", "windows"])
def test_pages_fit_the_paper_and_their_pictures_are_read(
    qapp: QApplication, demo_with_work: str, paper: str, kind: PaperKind
) -> None:
    html = PAGES[kind]
    document, height = laid_out(paper, html)
    assert document.idealWidth() <= document.pageSize().width() + 1
    assert document.pageCount() <= {"year": 3, "project": 4, "check-list": 3, "windows": 1}[kind]
    assert height > 0
    images = _images(document)
    assert images or kind == "windows"
    for name in images:
        found = document.resource(QTextDocument.ResourceType.ImageResource, QUrl(name))
        assert isinstance(found, QPixmap)
        assert not found.isNull()


PAGES: dict[PaperKind, str] = {}


@pytest.fixture
def demo_with_work(demo_home: Path, tmp_path: Path) -> str:
    """The pages of the demo agency at work, made once."""
    if not PAGES:
        import shutil

        from tests.demo import open_demo

        app = open_demo(shutil.copytree(demo_home, tmp_path / "home"))
        add_work(app)
        kinds: tuple[PaperKind, ...] = ("year", "project", "check-list", "windows")
        for kind in kinds:
            PAGES[kind] = app.context.read(papers.make, kind, 1 if kind == "project" else None).html
        app.forget_database()
    return str(tmp_path)


def _images(document: QTextDocument) -> list[str]:
    found, block = [], document.begin()
    while block.isValid():
        iterator = block.begin()
        while not iterator.atEnd():
            form = iterator.fragment().charFormat()
            if form.isImageFormat():
                found.append(form.toImageFormat().name())
            iterator += 1
        block = block.next()
    return found
