"""Requests: found by any word in a list, and followed to the end beside it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QTimer
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from penelope_admin import services
from penelope_admin.domain.delivery import WAITS_FOR_NETWORK
from penelope_admin.domain.requests import KINDS, RequestKind
from penelope_admin.errors import BadInputError
from penelope_admin.ui import dialogs
from penelope_admin.ui.actions import PageAction
from penelope_admin.ui.pages.requests.detail import RequestDetail
from penelope_admin.ui.pages.requests.listing import InboxModel, InboxView
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.basics import Banner, boxed, button, clear, in_a_row, label, stacked
from penelope_admin.ui.widgets.fields import ChoiceField, search_line
from penelope_admin.ui.widgets.files import TakesMessages
from penelope_admin.ui.widgets.list_detail import ListDetail
from penelope_admin.ui.widgets.page import Page

if TYPE_CHECKING:
    from penelope_admin.policy import Policy
    from penelope_admin.services.requests.inbox import Listing, Opened, Shown

SEARCH_AFTER_MS = 120
FIRST_LINES = 60
"""More than any screen shows at once."""
_SHOWN: tuple[tuple[Shown, str], ...] = (("open", "Open"), ("closed", "Closed"), ("all", "All"))


class RequestsPage(TakesMessages, Page):
    """The inbox. A change touches the lines and the parts of the detail that it changes, and nothing else."""

    name = "requests"
    purpose = "What you asked Support for, and where it stands. Paste or drop a reply anywhere here."
    topics = frozenset({"agency", "requests"})

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._timer = QTimer(self, interval=SEARCH_AFTER_MS, singleShot=True)
        self._timer.timeout.connect(self.find_matches)
        self._round = 0
        self._chosen: int | None = None
        self._choosing = False
        self._led: tuple[int, QWidget | None] | None = None  # to which request, and what had the focus then
        self.setAcceptDrops(True)
        self.add_action(button("Enter Support's reply …", lambda: self.enter_reply()))
        self.new = button("New request")
        self.new.setMenu(self._kinds_menu())
        self.add_action(self.new)
        self._watch = QVBoxLayout()
        self.model = InboxModel(shell, self)
        self.list = InboxView(self.model)
        self.detail = RequestDetail(shell)
        self.detail.note_added.connect(self._keep_note)
        self.panes = ListDetail(shell, "requests", self._listing(), self.detail, "All requests")
        self.panes.went_back.connect(self.list.setFocus)
        self.detail.foot.emptied.connect(self.panes.take_focus)
        self.add(self._watch)
        self.add_panes(self.panes)
        self.list.selectionModel().currentChanged.connect(self._row_chosen)
        self.list.clicked.connect(self.panes.open_detail)
        self.list.activated.connect(self.panes.open_detail)

    def _listing(self) -> QWidget:
        """The filter above the list."""
        self.search = search_line("Filter by any word …", "Filter the requests", self._timer.start)
        self.search.setAcceptDrops(False)
        self.shown = ChoiceField(((name, key) for key, name in _SHOWN), name="Which requests")
        self.shown.currentIndexChanged.connect(self.find_matches)
        self._count = label("", "caption")
        across = in_a_row((self.search, 1), self.shown)
        return boxed(stacked(across, (self.list, 1), self._count, gap="xs"))

    def _kinds_menu(self) -> QMenu:
        menu = QMenu(self.new)
        menu.setToolTipsVisible(True)
        for key, kind in KINDS.items():
            if key != "critical":
                action = menu.addAction(f"{kind.name} …")
                action.setToolTip(kind.meaning)
                action.triggered.connect(lambda _=False, key=key: self.new_request(key))
        return menu

    def new_request(self, kind: RequestKind) -> None:
        """Open the sheet that drafts a request."""
        dialogs.request.open_request_sheet(self.shell, kind)

    def enter_reply(self, source: Path | str | None = None) -> None:
        """Open the sheet that takes a reply."""
        self.shell.open_sheet(dialogs.reply.ReplySheet(self.shell, source))

    take_dropped = enter_reply

    # --- the list ------------------------------------------------------------------------------

    @classmethod
    def actions_by_name(cls, _policy: Policy) -> list[PageAction]:
        """New requests of every kind, and replies."""
        actions = [
            PageAction(
                "Request a refresh" if key == "refresh" else f"New request: {kind.name}",
                partial(cls.new_request, kind=key),
                f"ask support ticket case {kind.meaning}",
            )
            for key, kind in KINDS.items()
            if key != "critical"
        ]
        return [*actions, PageAction("Enter Support's reply", cls.enter_reply, "case number answer email paste")]

    def load(self) -> None:
        """Ask for what changed: in the list, and of the chosen request."""
        self.find_matches()
        if self._chosen is not None:
            self._open(self._chosen)

    def find_matches(self) -> None:
        """Ask for the requests that match; when there are none yet, for those in view first."""
        self._timer.stop()
        self._round += 1
        round_, shown, text, lines = self._round, self.shown.currentData(), self.search.text(), dict(self.model.lines)
        most = None if lines else FIRST_LINES
        self.shell.operations.run(
            lambda context: context.read(services.requests.inbox.listing, shown, text, lines, most=most),
            lambda listing: self._show(listing, round_, in_part=len(listing.order) == most),
            label="Loading the requests",
        )

    def _show(self, listing: Listing, round_: int, *, in_part: bool) -> None:
        if round_ != self._round:
            return  # an answer to words that were typed over
        self._choosing = True
        self.model.take(listing)
        self._choosing = False
        self._mark_chosen()
        if in_part:
            self.find_matches()
        else:
            self._show_count(listing)
        if self._chosen is None and self.panes.side_by_side and listing.order:
            self.choose(listing.order[0])
        clear(self._watch)
        if self.shell.watch_problem == WAITS_FOR_NETWORK:
            self._watch.addWidget(label("Looking for replies waits for the network.", "muted"))
        elif self.shell.watch_problem:
            self._watch.addWidget(Banner(f"Replies could not be looked for. {self.shell.watch_problem}", "caution"))
        self.loaded.emit()

    def _show_count(self, listing: Listing) -> None:
        """How many there are, and what belongs into an empty list."""
        count, total = len(listing.order), listing.total
        said = f"{count:,} of {total:,}" if count != total else f"{count:,} in all"
        self._count.setText(said if total else "")
        self.panes.show_detail(shown=total > 0)
        if total == 0:
            empty = "No requests yet. Here you follow what you ask Support for, from the draft to the end."
        elif self.search.text().strip():
            empty = "No request here has all these words. Choose “All” to search closed ones too."
        else:
            empty = "No open requests." if self.shown.currentData() == "open" else "No closed requests."
        self.list.empty_text = empty
        self.list.viewport().update()

    def _mark_chosen(self) -> None:
        """The chosen request stays chosen, wherever its line stands now, and also when it does not match."""
        row = self.model.row_of(self._chosen)
        if row == self.list.currentIndex().row() and (row < 0 or self.list.selectionModel().hasSelection()):
            return
        self._choosing = True
        if row < 0:
            self.list.selectionModel().clear()
        else:
            self.list.setCurrentIndex(self.model.index(row))
        self._choosing = False

    def _row_chosen(self, current: QModelIndex, _before: QModelIndex) -> None:
        if not self._choosing and current.isValid():
            self.choose(self.model.order[current.row()])

    def choose(self, key: int) -> None:
        """Show a request beside the list."""
        self._chosen = key
        self._mark_chosen()
        self._open(key)

    def _open(self, key: int) -> None:
        self.shell.operations.run(
            lambda context: context.read(services.requests.inbox.open_request, key),
            self._show_detail,
            lambda error: self._not_opened(key, error),
            label="Opening the request",
        )

    def _not_opened(self, key: int, error: Exception) -> None:
        """A request that a restore took away is not shown any more; whatever else went wrong is told."""
        if key == self._chosen and isinstance(error, BadInputError):
            self._chosen = None
            self.detail.show_nothing()
            self.panes.close_detail()
        else:
            self.shell.operations.failed.emit(error)

    def _show_detail(self, opened: Opened) -> None:
        if opened.view.request.id != self._chosen:
            return  # one that was chosen before
        self.detail.show_request(opened)
        if self._led is not None and self._led[0] == self._chosen:
            focus, self._led = self._led[1], None
            if self.window().focusWidget() is focus:  # nobody went on elsewhere meanwhile
                (self.detail.foot.next_button or self.list).setFocus()

    def show_subject(self, subject: str) -> None:
        """Show a request by its number, whatever the filter says; the focus goes to its next step."""
        if not subject.isdigit():
            return
        self._led = int(subject), self.window().focusWidget()
        self.choose(int(subject))
        self.panes.open_detail()

    # --- notes ---------------------------------------------------------------------------------

    def _keep_note(self, key: int, text: str) -> None:
        self.shell.operations.run(
            lambda context: context.write(services.requests.remark, key, text),
            lambda _: self.detail.note_kept(key, text),
            label="Saving",
        )
