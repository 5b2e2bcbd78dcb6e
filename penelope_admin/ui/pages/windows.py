"""Upgrade windows: the year as a picture, the coming twelve as a list, and the chosen one beside them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QIcon, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import QLayout, QMenu, QScrollArea, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from penelope_admin import services
from penelope_admin.absent import mapped
from penelope_admin.domain.features import environment_name
from penelope_admin.domain.projects import in_short
from penelope_admin.domain.staff import where_it_stands
from penelope_admin.domain.times import place
from penelope_admin.domain.waiting import KEPT_FILES
from penelope_admin.domain.windows import Notice, Window, cancelled_in_words
from penelope_admin.ui import dialogs, theme
from penelope_admin.ui import format as words
from penelope_admin.ui.actions import PageAction
from penelope_admin.ui.models.items import ItemsModel
from penelope_admin.ui.models.table import Index
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.basics import (
    Badge,
    Card,
    Facts,
    boxed,
    button,
    clear,
    held_in,
    label,
    put,
    scrolled,
    settle,
    stacked,
)
from penelope_admin.ui.widgets.conflicts import LINK_THEM, conflict_lines
from penelope_admin.ui.widgets.files import TakesMessages, ask_target
from penelope_admin.ui.widgets.flow import Flow
from penelope_admin.ui.widgets.list_detail import ListDetail
from penelope_admin.ui.widgets.page import Page
from penelope_admin.ui.widgets.statements import statements_card
from penelope_admin.ui.widgets.steady import SETTLED_AFTER
from penelope_admin.ui.widgets.table import DataTable

if TYPE_CHECKING:
    from penelope_admin.domain.delivery import Outgoing
    from penelope_admin.domain.mirror import Event
    from penelope_admin.domain.projects import Clash, Project
    from penelope_admin.domain.year import YearView
    from penelope_admin.policy import Policy
    from penelope_admin.services.calendar.conflicts import ConflictsView
    from penelope_admin.ui.theme import Role

LINES_AT_LEAST = 12
"""So many lines high is the list at least: its head, and ten of the twelve windows."""
SIDE_BY_SIDE_FROM = 120
"""Characters: the list has three columns."""
LARGE_FROM = 170
"""Characters: on a page that is so wide, and high enough for year and list, the detail stands beside both."""
NO_RELEASE_NOTES = "What a version brings is in the release notes. Keep their address in Settings to open them here."
DATE, HERE, THERE = range(3)
Flag = tuple[str, str, str]
"""An icon, its colour, and what it means."""


def flags_of(window: Window, *, overlaps: bool = False) -> list[Flag]:
    """What is to be noticed of a window."""
    flags: dict[Flag, bool] = {
        ("pending", "accent", "in progress now"): window.in_progress,
        ("danger", "danger", "emergency maintenance"): window.is_emergency,
        ("positive", "positive", "from a notice you recorded"): window.kind == "announced" and not window.defies_rule,
        ("caution", "caution", "from a notice, which differs from the vendor's rule"): window.defies_rule,
        ("caution", "caution", "confirm the date"): window.confirm_date,
        ("activity", "accent", "clocks change: local time differs from here on"): window.clocks_change,
        ("info", "muted", "unusual gap to the vendor's time"): window.unusual_gap,
        ("windows", "caution", "entries of your calendars at this time"): overlaps,
    }
    return [flag for flag, is_so in flags.items() if is_so]


class WindowsModel(ItemsModel[Window]):
    """The coming windows, oldest first."""

    def __init__(self, here: str) -> None:
        super().__init__(("Date", f"{here} time", "Vendor's time"), lambda window: window.key)
        self.today: date | None = None
        self.conflicts: ConflictsView | None = None

    def noticed(self, item: Window) -> list[Flag]:
        """What icons tell beside its date."""
        return flags_of(item, overlaps=self.conflicts is not None and bool(self.conflicts.of_window(item)))

    def text(self, item: Window, column: int) -> str:
        """What a cell says."""
        if column == DATE:
            return words.short_day(item.first_day, self.today)
        return words.brief(item.starts_at, item.ends_at, item.zone if column == HERE else item.source_zone)

    def tip(self, item: Window, column: int) -> str:
        """The date with what its icons mean."""
        if column != DATE:
            return self.text(item, column)
        return ", ".join((self.text(item, column), *(meaning for _, _, meaning in self.noticed(item))))

    def icon(self, item: Window, column: int) -> object:
        """The flags, beside the date."""
        return _side_by_side(self.noticed(item)) if column == DATE else None


def _side_by_side(flags: Sequence[Flag]) -> QIcon | None:
    """Icons as one."""
    if not flags:
        return None
    side, gap = theme.current().size("flag"), theme.current().space("xxs")
    ratio = 2  # sharp on every screen
    picture = QPixmap(QSize(len(flags) * (side + gap) - gap, side) * ratio)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    for number, (icon, colour, _) in enumerate(flags):
        theme.icon(icon, colour).paint(painter, number * (side + gap), 0, side, side)
    painter.end()
    return QIcon(picture)


class _FlagsAfterTheDate(QStyledItemDelegate):
    """Dates stand below each other, with or without flags."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        """Put the icons after the words."""
        super().initStyleOption(option, index)
        option.decorationPosition = QStyleOptionViewItem.Position.Right


class _Listing(QWidget):
    """What stands beside the detail. The divider between them asks nobody how high words are that wrap."""

    def minimumSizeHint(self) -> QSize:
        """So high that nothing is cut off at this width."""
        return super().minimumSizeHint().expandedTo(QSize(0, self.heightForWidth(self.width())))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width has another height."""
        super().resizeEvent(event)
        self.updateGeometry()


class WindowsPage(TakesMessages, Page):
    """The picture of the year, the coming windows as a list, and the chosen one in full."""

    name = "windows"
    purpose = (
        "The coming twelve upgrades in your time and the vendor's. A notice you record outranks the computed date."
    )
    topics = frozenset({"agency", "notices", "environments", "features", "requests", "projects"})

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._release_notes = ""
        self._mailed: dict[str, Outgoing] = {}
        self._upgrades: list[Event] = []
        self._shown: tuple[object, ...] | None = None
        shell.conflicts_changed.connect(self._show_conflicts)
        self._year_view: tuple[YearView, YearView] | None = None
        self._year_card: Card | None = None
        self._tried: tuple[int, date, date] = (0, date.min, date.min)
        self._is_trying = False
        self.all = button("Save or print")
        self.all.setMenu(self._save_menu())
        self.add_action(self.all)
        self.add_action(button("Read a notice …", self.read_notice, "primary"))
        self.setAcceptDrops(True)
        self._year = stacked()
        self._year_box = boxed(self._year)
        self.model = WindowsModel(place(shell.zone.key))
        self.model.conflicts = shell.conflicts
        self.table = DataTable(shell, "windows", "The coming upgrade windows")
        self.table.setItemDelegateForColumn(DATE, _FlagsAfterTheDate(self.table))
        self.table.show_model(self.model, (22, 22, 28))
        self.table.selectionModel().currentRowChanged.connect(lambda: self._show_chosen())
        self.table.setMinimumHeight(LINES_AT_LEAST * theme.current().row_height())
        self.detail = Card("Selected window")
        self.without_upgrade = Card("Months without an upgrade")
        listing = _Listing()
        self._listed = stacked((self.table, 1), within=listing, gap="s")
        listing.setFocusProxy(self.table)
        self.panes = ListDetail(
            shell, "windows-detail", listing, self._detail_area(), "All windows",
            shares=(3, 2), side_by_side_from=SIDE_BY_SIDE_FROM,
        )  # fmt: skip
        self.panes.arranged.connect(self._fit_panes)
        self.panes.went_back.connect(self._show_panes)
        put(self.content, self._year_box, (self.panes, 1))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose by the new size where the year stands."""
        super().resizeEvent(event)
        self._place_year()

    def _place_year(self) -> None:
        """On a large screen it is as wide as the list, and leaves its height to the chosen window."""
        is_wide = self.width() >= LARGE_FROM * self.fontMetrics().averageCharWidth()
        year = self._year_card.heightForWidth(self.width() // 2) if self._year_card is not None else 0
        edges, gaps = self.column.contentsMargins(), 3 * self.column.spacing()
        around = self._head.sizeHint().height() + edges.top() + edges.bottom() + gaps
        needed = around + year + self.table.minimumHeight()
        place = self._listed if is_wide and needed <= self.height() else self.content
        if place.indexOf(self._year_box) < 0:
            place.insertWidget(0, self._year_box)

    def _fit_panes(self) -> None:
        """A detail in the list's place has all the page, so that nothing scrolls but the detail."""
        for part in (self.purpose_label, self._year_box):
            part.setHidden(self.panes.detail_alone)

    def _save_menu(self) -> QMenu:
        """What can be done with all of them."""
        menu = QMenu(self)
        menu.addAction("Add the dates to a calendar …", self.save_all)
        menu.addAction("Save as CSV …", self.save_csv)
        menu.addAction("Print …", self.print_all)
        menu.addAction("Print for a wall …", self.print_for_wall)
        menu.addAction("Print the year …", self.print_year)
        return menu

    def _detail_area(self) -> QScrollArea:
        statements = statements_card(self.shell, "upgrades", "emergency")
        return scrolled(stacked(self.detail, self.without_upgrade, statements, 1, gap="s"))

    @classmethod
    def actions_by_name(cls, _policy: Policy) -> list[PageAction]:
        """Notices, calendars, and the list on paper."""
        return [
            PageAction("Read a notice", cls.read_notice, "import vendor message email eml msg ics calendar paste drop"),
            PageAction("Record a notice", cls.record_notice, "upgrade date announced emergency maintenance by hand"),
            PageAction(
                "Record that a month has no upgrade",
                lambda page: page.do_with_chosen(page.cancel_upgrade),
                "cancelled called off skipped notice none",
            ),
            PageAction(
                "Tell the staff",
                lambda page: page.do_with_chosen(page.tell_staff),
                "upgrade notice message mail intranet web page shifts",
            ),
            PageAction(
                "Copy a staff notice",
                lambda page: page.do_with_chosen(page.copy_staff_notice),
                "upgrade message mail clipboard",
            ),
            PageAction(
                "Add the dates to a calendar", cls.save_all, "ics outlook export subscribe keep up to date windows"
            ),
            PageAction("Save the upgrade windows as CSV", cls.save_csv, "spreadsheet excel export"),
            PageAction("Print the upgrade windows", cls.print_all, "paper"),
            PageAction("Print the upgrade windows for a wall", cls.print_for_wall, "paper pdf poster large"),
            PageAction("Print the year", cls.print_year, "paper pdf picture twelve months"),
            PageAction("See the year as a picture", lambda page: page.show_subject("year"), "calendar twelve months"),
        ]

    def load(self) -> None:
        self.shell.operations.run(
            lambda context: (
                context.read(services.calendar.windows.coming_year),
                context.read(services.year.load),
                context.read(services.agency.need_profile).release_notes_url,
                context.read(services.calendar.staff.mailed),
                context.read(services.mirror.environments.last_upgrades),
                context.read(services.calendar.windows.without_upgrade),
            ),
            lambda parts: self._show(*parts),
            label="Computing the windows",
        )

    def _show(
        self,
        windows: list[Window],
        year: YearView,
        release_notes: str,
        mailed: dict[str, Outgoing],
        upgrades: list[Event],
        without_upgrade: list[tuple[date, Notice]],
    ) -> None:
        self._show_without_upgrade(without_upgrade)
        self._release_notes, self._mailed, self._upgrades = release_notes, mailed, upgrades
        self._show_year(year)
        self.model.today = year.today
        chosen = self.chosen or windows[0]
        self.model.show_rows(windows)
        self.choose(chosen.key)
        self._show_chosen()
        self._fit_list()
        self.loaded.emit()

    def _show_without_upgrade(self, months: list[tuple[date, Notice]]) -> None:
        """What the list leaves out, and the way to have it back."""
        self.without_upgrade.empty()
        for month, notice in months:
            remove = button("Remove this notice", partial(self.remove_notice, notice), "danger")
            self.without_upgrade.add(cancelled_in_words(month, notice), Flow(remove))
        self.without_upgrade.setVisible(bool(months))

    def _fit_list(self) -> None:
        """Columns as wide as they need; dates have room for as many icons as any of them has."""
        side = theme.current().size("flag")
        most = max((1, *(len(self.model.noticed(item)) for item in self.model.items)))
        self.table.setIconSize(QSize(most * (side + theme.current().space("xxs")), side))
        self.table.fit_columns()

    def _show_year(self, year: YearView) -> None:
        """Draw the picture anew if it is another, or something overlaps something else."""
        from penelope_admin.domain.year import with_overlaps
        from penelope_admin.ui.widgets.try_dates import MovableBars
        from penelope_admin.ui.widgets.year import year_card

        bare, year = year, with_overlaps(year, self.shell.conflicts.days if self.shell.conflicts else ())
        if (bare, year) == self._year_view:
            return
        self._year_view = bare, year
        clear(self._year)
        self.picture = MovableBars(year)
        self._year_card = year_card(year, self.picture)
        self._year.addWidget(self._year_card)
        self._place_year()
        self.picture.day_chosen.connect(self._day_chosen)
        self.picture.project_chosen.connect(lambda number: self.shell.go.emit("projects", f"project/{number}"))
        self.picture.moved.connect(self._try_dates)
        self.picture.dropped.connect(self._ask_to_keep)

    def _try_dates(self, number: int, first: date, last: date) -> None:
        """While a project's bar is dragged: what is in the way there, in the line below; the last question counts."""
        self._tried = (number, first, last)
        if not self._is_trying:
            self._is_trying = True
            self.shell.operations.preview(
                lambda context: context.read(services.projects.try_dates, number, first, last),
                lambda answer: self._tell_tried((number, first, last), in_short(answer[1])),
                lambda error: self._tell_tried((number, first, last), str(error)),
            )

    def _tell_tried(self, asked: tuple[int, date, date], text: str) -> None:
        self._is_trying = False
        self.shell.said.emit(f"{words.short_day(asked[1])} to {words.short_day(asked[2])}, not kept yet: {text}")
        if self._tried != asked:
            self._try_dates(*self._tried)

    def _ask_to_keep(self, number: int, first: date, last: date) -> None:
        """The bar was let go on other days: keep them, or put them back."""
        self.shell.operations.run(
            lambda context: context.read(services.projects.try_dates, number, first, last),
            lambda answer: self._open_keep(*answer),
            self._put_back,
            "Looking at these dates",
        )

    def _open_keep(self, tried: Project, clashes: Sequence[Clash]) -> None:
        sheet = dialogs.project.KeepDatesSheet(self.shell, tried, clashes)
        sheet.rejected.connect(self.picture.put_back)
        self.shell.open_sheet(sheet)

    def _put_back(self, error: Exception) -> None:
        self.picture.put_back()
        self.notify(str(error), "caution")

    def _day_chosen(self, day: date) -> None:
        """A click on an upgrade in the picture chooses its line."""
        for window in self.model.items:
            if window.first_day == day:
                self.choose(window.key)
                self.panes.open_detail()
                # Below a tall picture it would seem that nothing happened.
                self._show_panes()

    def _show_panes(self, turns: int = SETTLED_AFTER) -> None:
        """Bring list and detail into view. They have their height in one of the next turns."""
        settle()
        self.area.ensureWidgetVisible(self.panes)
        if turns:
            QTimer.singleShot(0, self, lambda: self._show_panes(turns - 1))

    def choose(self, key: str) -> None:
        """Show a window beside the list; the first one when it is not there any more."""
        row = max(0, self.model.row_of(key))
        if row != self.table.currentIndex().row():
            self.table.selectRow(row)

    def show_subject(self, subject: str) -> None:
        """Bring the picture of the year into view, the window of a month, "2026-12", or the calendars that are kept."""
        if subject == "year":
            self.area.verticalScrollBar().setValue(0)
        elif subject == KEPT_FILES:
            self.save_all()
        elif self.model.row_of(subject) >= 0:
            self.choose(subject)
            self.panes.open_detail()
            self.panes.take_focus()
            self._show_panes()

    @property
    def shown_windows(self) -> list[Window]:
        """The windows of the list."""
        return list(self.model.items)

    @property
    def chosen(self) -> Window | None:
        """The window whose line is chosen."""
        return self.model.row(self.table.currentIndex().row())

    def do_with_chosen(self, act: Callable[[Window], object]) -> None:
        """What is found by name is done with the chosen window: the next one, if nobody chose another."""
        if (window := self.chosen) is not None:
            act(window)

    def _add_captions(self, window: Window) -> None:
        usual = window.outage == timedelta(hours=self.shell.policy.schedule.outage_hours)
        if usual and not window.around_the_clock:  # else it is one of the details
            self.detail.add(label(self.shell.policy.quote("no-shorter-outage"), "caption"))
        if not self._release_notes:
            self.detail.add(label(NO_RELEASE_NOTES, "caption"))

    def _show_chosen(self) -> None:
        window = self.chosen
        if window is None:
            return
        conflicts = conflict_lines(self.shell, lambda calendars: calendars.of_window(window))
        mailed = self._mailed.get(window.key)
        upgrades = self._upgrades_beside(window)
        shown = window, self._release_notes, conflicts, mailed, upgrades
        if shown == self._shown:
            return
        self._shown = shown
        held = held_in(self.detail, self.window().focusWidget())
        self.detail.empty()
        self.detail.add(self._times(window), self._badges(window), *window.notes)
        if window.confirm_date:
            self.detail.add(
                Flow(
                    button("Ask Support about this date …", lambda: self.ask_about_date(window)),
                    button("I know the date …", self.record_notice),
                )
            )
        if window.kind == "mass-upgrade" and window == self._coming:
            self.detail.add(Flow(button("Ask Support about the notice …", lambda: self.ask_about_notice(window))))
        if mailed is not None:
            self.detail.add(f"Notice to the staff, by email: {where_it_stands(mailed, window.zone)}")
        self.detail.add(*(label(*line) for line in conflicts), *(label(said, "muted") for said in window.details))
        if not window.is_emergency:
            self._add_captions(window)
        if not conflicts:
            self.detail.add(label(LINK_THEM, "caption"))
        self.detail.add(self._ways_on(window), *map(self._last_upgrade, upgrades))
        if held is not None:  # what had the focus is gone with the rest
            self.panes.take_focus()

    def _upgrades_beside(self, window: Window) -> list[Event]:
        """The last upgrades on record stand beside the next one."""
        return self._upgrades if window == self._coming else []

    @property
    def _coming(self) -> Window | None:
        """The next upgrade."""
        return next((item for item in self.model.items if not item.is_emergency), None)

    def _times(self, window: Window) -> Facts:
        """When it is: here, on the vendor's clock, and at each site."""
        label_ = self.shell.policy.schedule.source_zone_label
        return Facts(
            (f"Your time ({place(window.zone.key)})", window.in_words),
            (f"The vendor's time ({label_}, read as {place(window.source_zone.key)}'s clock)", window.in_vendor_words),
            *((there.who, there.when) for there in window.local_times),
            columns=1,
        )

    def _last_upgrade(self, event: Event) -> QLayout:
        """When a copy was upgraded last, as it is recorded, and the way to take that back."""
        from penelope_admin.ui.pages.databases.history import ask_to_correct

        name = environment_name(self.shell.policy, event.environment)
        day = words.short_day(event.at.astimezone(self.shell.zone).date(), self.shell.today)
        mistake = button("Recorded by mistake …", lambda: ask_to_correct(self.shell, event), "link")
        mistake.setAccessibleName(f"The upgrade of {name} was recorded by mistake")
        return stacked(label(f"Last upgrade of {name} on record: {day}", "caption"), Flow(mistake))

    def _show_conflicts(self) -> None:
        """The linked calendars have other entries: icons beside dates, and words beside the list."""
        self.model.conflicts = self.shell.conflicts
        if self._year_view is not None:
            self._show_year(self._year_view[0])
        self.model.show_rows(self.model.items, all_changed=True)
        self._fit_list()
        self._show_chosen()

    @staticmethod
    def _badges(window: Window) -> Flow:
        badges: dict[tuple[str, Role], bool] = {
            ("Confirm the date", "caution"): window.confirm_date,
            ("Emergency maintenance", "danger"): window.is_emergency,
            ("From a notice you recorded", "info"): window.kind != "mass-upgrade",
            ("Differs from the rule", "caution"): window.defies_rule,
        }
        return Flow(*(Badge(*badge) for badge, is_so in badges.items() if is_so))

    def _ways_on(self, window: Window) -> Flow:
        ways = Flow(
            button("Add to a calendar …", lambda: self._save("penelope-upgrades.ics", "Calendar", "ics", [window])),
            button("Copy a staff notice", lambda: self.copy_staff_notice(window)),
            button("Tell the staff …", lambda: self.tell_staff(window)),
        )
        if window.version:
            ways.addWidget(button(f"Version {window.version} …", lambda: self.open_version(window.version), "link"))
        if window.around_the_clock:
            ways.addWidget(button("Hand-over sheet …", lambda: self.hand_over(window)))
        if self._release_notes and not window.is_emergency:
            ways.addWidget(button("Release notes", lambda: self.open_release_notes(window.version), "link"))
        if not window.is_emergency:
            ways.addWidget(button("No upgrade this month …", lambda: self.cancel_upgrade(window), "link"))
        if (notice := window.notice) is not None:
            ways.addWidget(button("Remove this notice", lambda: self.remove_notice(notice), "danger"))
        return ways

    def ask_about_date(self, window: Window) -> None:
        """Open the question to Support, written already: which date is meant."""
        from penelope_admin.domain.letters import date_question

        entered = date_question(window)
        dialogs.request.open_request_sheet(self.shell, entered.kind, entered)

    def ask_about_notice(self, window: Window) -> None:
        """Open the question to Support why no notice came, written already."""
        dialogs.request.open_missing_notice(self.shell, window.first_day)

    # --- notices that are dropped or pasted ------------------------------------------------------

    def read_notice(self, source: Path | str | None = None) -> None:
        """Open the sheet that finds the windows in a message."""
        self.shell.open_sheet(dialogs.incoming.IncomingSheet(self.shell, source, self.chosen))

    take_dropped = read_notice

    def open_version(self, version: str) -> None:
        """Open the sheet about a version."""
        dialogs.version.open_version_sheet(self.shell, version)

    def open_release_notes(self, version: str = "") -> None:
        """Open the vendor's release notes in a browser: those of a version, where each has its own."""
        from penelope_admin.domain.versions import notes_address

        address = notes_address(self._release_notes, version)
        if not self.shell.open_link(address):
            self.notify(f"No browser answered. The release notes are at {address}", "caution")

    def record_notice(self) -> None:
        """Open the sheet for a notice."""
        self.shell.open_sheet(dialogs.notice.NoticeSheet(self.shell, self.chosen))

    def cancel_upgrade(self, window: Window) -> None:
        """Open the sheet that says of the month of an upgrade that it has none."""
        if window.is_emergency:
            self.notify("Emergency maintenance is no upgrade. Choose the upgrade that there is not.", "info")
            return
        mailed = mapped(self._mailed.get(window.key), lambda message: where_it_stands(message, window.zone))
        self.shell.open_sheet(dialogs.notice.CancelSheet(self.shell, window, mailed or ""))

    def remove_notice(self, notice: Notice) -> None:
        """Take back a notice; that can be undone."""
        self.shell.do(lambda context: context.write(services.calendar.notices.remove, notice.id), "Notice removed.")

    def copy_staff_notice(self, window: Window) -> None:
        """Put a text for the staff into the clipboard."""
        self.shell.operations.run(
            lambda context: context.read(services.calendar.staff.in_form, [window], "text"),
            lambda text: self.shell.copy(text.rstrip(), "Staff notice"),
        )

    def tell_staff(self, window: Window) -> None:
        """Open the sheet with the notice to the staff, for a mail and as a web page."""
        dialogs.staff.open_staff_sheet(self.shell, window)

    def hand_over(self, window: Window) -> None:
        """Open the sheet of who works through a window, and where."""
        dialogs.hand_over.open_hand_over(self.shell, window)

    def save_all(self) -> None:
        """Open the sheet that brings the dates into a calendar."""
        self.shell.open_sheet(dialogs.calendar.CalendarSheet(self.shell))

    def save_csv(self) -> None:
        """Save the windows as a table."""
        self._save("penelope-upgrades.csv", "Table", "csv", self.shown_windows)

    def _save(self, name: str, kind: str, form: Literal["ics", "csv"], windows: list[Window]) -> None:
        target = ask_target(self, "Save upgrade windows", name, kind)
        if target is None:
            return
        self.shell.do(
            lambda context: services.calendar.publishing.save_windows(context, windows, form, target),
            f"Saved: {target}",
            "Saving",
        )

    def print_all(self) -> None:
        """Print the windows with their notes."""
        from penelope_admin.ui.printing import print_windows

        print_windows(self, self.shell, self.shown_windows)

    def print_for_wall(self) -> None:
        """Print the windows in large letters, or save them as PDF."""
        dialogs.paper.open_paper(self.shell, "windows")

    def print_year(self) -> None:
        """Print the picture of the year, or save it as PDF."""
        dialogs.paper.open_paper(self.shell, "year")
