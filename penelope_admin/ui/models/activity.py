"""The activity log as a table that loads itself piece by piece, however long it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QObject, Signal

from penelope_admin import services
from penelope_admin.ui import format as words
from penelope_admin.ui.models.table import Index, TableModel
from penelope_admin.ui.shell import Shell

if TYPE_CHECKING:
    from penelope_admin.services.activity import Page
    from penelope_admin.store.audit import Entry

HEADERS = ("When", "Who", "What happened")
WHO = 1
"""The column that gives way where there is little room: who it was also stands with the chosen entry."""


class ActivityModel(TableModel["Entry"]):
    """Entries from the newest down that match a search. Asks the worker for more as they are scrolled to.

    A search looks at a slice of the log at a time, so that new words typed meanwhile are never kept waiting. What was
    added since is put on top, and nothing below it changes.
    """

    counted = Signal(int, int, bool)
    """How many were found, how many there are in all, and whether everything was looked at."""

    def __init__(self, shell: Shell, parent: QObject | None = None) -> None:
        super().__init__(HEADERS, lambda entry: entry.seq, parent)
        self._shell = shell
        self._said: dict[int, str] = {}  # sentences by number, for what was drawn
        self._below: int | None = None
        self._search: str | None = None
        self._round = 0
        self._asking = False

    def search(self, text: str) -> None:
        """Show what matches: from the beginning if these are other words, else what was added since."""
        self._round += 1
        self._asking = False
        if text != self._search:
            self._search = text
            self._ask(None, self._begin)
        else:
            self._ask(None, self._catch_up)

    def sentence(self, entry: Entry) -> str:
        """What an entry says."""
        if entry.seq not in self._said:
            self._said[entry.seq] = services.activity.in_words(self._shell.policy, entry)
        return self._said[entry.seq]

    def canFetchMore(self, parent: Index) -> bool:
        """Whether more can be loaded."""
        return not parent.isValid() and self._below is not None and not self._asking

    def fetchMore(self, parent: Index) -> None:
        """Load more, in the worker, if there is more."""
        if self.canFetchMore(parent):
            self._ask(self._below, self._go_on)

    def _ask(self, below: int | None, take: Callable[[Page], None]) -> None:
        self._asking = True
        round_, search = self._round, self._search or ""
        self._shell.operations.run(
            lambda context: context.read(services.activity.page, search, below),
            lambda page: self._take(page, round_, take),
            label="Searching the log",
        )

    def _take(self, page: Page, round_: int, take: Callable[[Page], None]) -> None:
        if round_ != self._round:
            return  # an answer to words that were typed over
        self._asking = False
        take(page)
        looked_at_all = self._below is None
        self.counted.emit(len(self.items), page.total, looked_at_all)
        if not looked_at_all and take != self._catch_up and len(page.entries) < services.activity.PAGE:
            self._ask(self._below, self._go_on)  # the slice held too few: look further

    def _begin(self, page: Page) -> None:
        self.beginResetModel()
        self.items = list(page.entries)
        self._said.clear()
        self._below = page.below
        self.endResetModel()

    def _go_on(self, page: Page) -> None:
        if page.entries:
            count = len(self.items)
            self.beginInsertRows(QModelIndex(), count, count + len(page.entries) - 1)
            self.items.extend(page.entries)
            self.endInsertRows()
        self._below = page.below

    def _catch_up(self, page: Page) -> None:
        """Put what is new on top. Where that cannot be told, after a restore or a long time, begin again."""
        top = self.row(0)
        new = [entry for entry in page.entries if top is None or entry.seq > top.seq]
        if top is None or top not in page.entries:
            if page.entries or self.items:
                self._begin(page)
            return
        if new:
            self.beginInsertRows(QModelIndex(), 0, len(new) - 1)
            self.items[0:0] = new
            self.endInsertRows()

    def text(self, item: Entry, column: int) -> str:
        """When it was, who it was, or what happened."""
        if column == 0:
            return words.stamp(item.at, self._shell.zone, self._shell.app.clock.now())
        if column == WHO:
            return item.who
        return self.sentence(item)
