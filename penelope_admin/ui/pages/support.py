"""Support: who is there now and this week, on which days not, how to reach them, and what they do."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from penelope_admin import services
from penelope_admin.domain.delivery import PACKAGE_NAMES
from penelope_admin.domain.letters import package_note
from penelope_admin.domain.support import hours_in_words, opening
from penelope_admin.domain.text import filled
from penelope_admin.domain.times import plural
from penelope_admin.ui import dialogs, theme
from penelope_admin.ui import format as words
from penelope_admin.ui.actions import PageAction
from penelope_admin.ui.models.keyed import Column, KeyedModel
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.basics import Card, Facts, boxed, button, clear, label, put, stacked
from penelope_admin.ui.widgets.emergency import DAY_AND_NIGHT, closed_now, emergency_number
from penelope_admin.ui.widgets.flow import Flow
from penelope_admin.ui.widgets.help_text import COVERAGE
from penelope_admin.ui.widgets.opening import in_full, openings_grid
from penelope_admin.ui.widgets.page import Page
from penelope_admin.ui.widgets.side import SideBySide
from penelope_admin.ui.widgets.statements import fold, statements_card
from penelope_admin.ui.widgets.table import DataTable
from penelope_admin.ui.widgets.week import Names, WeekPicture, legend_key, week_in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from penelope_admin.domain.support import Holiday, Opening
    from penelope_admin.policy import Policy, Sourced
    from penelope_admin.services.calendar.support import Imported, SupportView

TICK_MS = 15_000
SHOWN = 8
LEAST_BESIDE = 170
"""So many letters wide, two cards have room beside each other."""
NO_HOLIDAYS = "No holidays are recorded, so on a holiday this can be wrong."


class SupportPage(Page):
    """Opening hours with holidays, and the vendor's rules of support."""

    name = "support"
    purpose = "Who is there now and in the coming days, how to reach them, and what they do for you."
    topics = frozenset({"agency", "support"})

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._view: SupportView | None = None
        self._shown: tuple[Opening, ...] = ()
        self._built_from: tuple[object, ...] = ()
        self.picture: WeekPicture | None = None
        self.table: DataTable | None = None
        self._rows: list[Holiday] = []
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self.tick)
        self._timer.start()

    @classmethod
    def actions_by_name(cls, _policy: Policy) -> list[PageAction]:
        return [
            PageAction("Add a holiday of Support", cls.add_holiday, "closed day"),
            PageAction("Import holidays of Support", cls.import_file, "closed days calendar ics"),
        ]

    def load(self) -> None:
        self.shell.operations.run(
            lambda context: context.read(services.calendar.support.load), self._show, label="Loading Support's hours"
        )

    def _show(self, view: SupportView) -> None:
        self._view = view
        shown = (view.zone, view.week, view.holidays, view.package, view.sites, self.shell.settings.status_page)
        if shown == self._built_from and self.is_built:
            self.tick()
            self.loaded.emit()
            return
        self._built_from = shown
        said = partial(statements_card, self.shell, "support", "cases")
        names = {(holiday.team, holiday.day): holiday.name for holiday in view.holidays}
        self.build(
            [
                *self._beside(
                    (partial(self._now_card, view), self._critical_card),
                    (partial(self._week_card, view, names),),
                ),
                *self._beside(
                    (partial(self._channels_card, view), said),
                    (partial(self._holidays_card, view), self._severities_card, self._coverage_card),
                ),
            ]
        )

    def _beside(self, *columns: Sequence[Callable[[], Card]]) -> list[Callable[[], None]]:
        """The steps that put columns of cards beside each other, each card as high as it must be."""
        places = [stacked(1, gap="s") for _ in columns]
        steps: list[Callable[[], None]] = [
            partial(self.add, SideBySide(*map(boxed, places), least=LEAST_BESIDE)),
        ]
        for place, cards in zip(places, columns, strict=True):
            steps += [partial(self._put_above_gap, place, card) for card in cards]
        return steps

    @staticmethod
    def _put_above_gap(place: QVBoxLayout, card: Callable[[], Card]) -> None:
        place.insertWidget(place.count() - 1, card())

    # --- hours ---------------------------------------------------------------------------------

    def _now_card(self, view: SupportView) -> Card:
        self._now = QVBoxLayout()
        self._show_openings(view.openings, view)
        hours = " ".join(f"{team.name}: {hours_in_words(team)}." for team in self.shell.policy.support_teams)
        said = [f"As the vendor gives the hours: {hours}", self.shell.policy.quote("clocks")]
        if not view.holidays:
            said.append(NO_HOLIDAYS)
        return Card("Now", self._now, *(label(text, "muted") for text in said), Flow(self._status_page_button()))

    def _status_page_button(self) -> QPushButton:
        """Opens the vendor's status page; its address is in none of our sources, so a person has to give it first."""
        if address := self.shell.settings.status_page:
            return button("Open the vendor's status page", lambda: self.shell.open_link(address))
        return button("Add the vendor's status page …", lambda: self.shell.go.emit("settings", "Reminders"))

    def _show_openings(self, openings: tuple[Opening, ...], view: SupportView) -> None:
        self._shown = openings
        clear(self._now)
        if text := closed_now(openings, view.zone):
            put(
                self._now,
                text,
                label("Has a server stopped? The emergency line:", "strong"),
                label(emergency_number(self.shell), "big", selectable=True),
                DAY_AND_NIGHT,
            )
        else:
            self._now.addLayout(openings_grid(openings, lambda opening: in_full(opening, view.zone, view.sites)))

    def _week_card(self, view: SupportView, names: Names) -> Card:
        card = Card("The coming seven days, on your clock")
        working = self.shell.policy.working_day
        self.picture = WeekPicture(view.week, view.zone, working, names)
        self.picture.show_now(view.at)
        keys = [legend_key(team.name, number) for number, team in enumerate(self.shell.policy.support_teams)]
        hours = f"{words.clock(working.starts)} to {words.clock(working.ends)}"
        keys += [legend_key(f"Working day, {hours}", "working-day"), legend_key("Now", "now")]
        closures = [closure for day in view.week for hours_ in day.teams for closure in hours_.closed]
        if closures:
            keys.append(legend_key("Closed for a holiday", "closed"))
        card.add(Flow(*keys), self.picture)
        for whose, day in dict.fromkeys((closure.holidays_of, closure.day) for closure in closures):
            team, name = self.shell.policy.support_team[whose], names.get((whose, day), "")
            card.add(f"{team.name} has a holiday on {words.day(day)}{filled(': {}', name)}.")
        fold(
            card, "Show the week in words", "Hide the week in words",
            lambda: map(label, week_in_words(view.week, view.zone, names)),
        )  # fmt: skip
        card.add(label("The working day is our own yardstick: the hours most offices keep.", "caption"))
        return card

    def tick(self) -> None:
        """Keep up with the clock while the page is shown."""
        if self._view is None or not self.isVisible() or not self.is_built:
            return
        now, view = self.shell.app.clock.now(), self._view
        if now.astimezone(view.zone).date() != view.at.astimezone(view.zone).date():
            self.stale = True
            self.refresh_if_stale()
            return
        off = services.calendar.support.closed_days(view.holidays)
        openings = tuple(opening(item.team, now, off) for item in view.openings)
        if openings != self._shown:
            self._show_openings(openings, view)
        if self.picture is not None:
            self.picture.show_now(now)

    # --- holidays ------------------------------------------------------------------------------

    def _holidays_card(self, view: SupportView) -> Card:
        card = Card("Holidays")
        self.table = None
        self._rows = list(view.holidays)
        if self._rows:
            self._add_table(card)
        else:
            card.add(NO_HOLIDAYS)
        card.add(
            label(
                "Support's calendar of holidays is not in our sources, and nothing is made up here. Add the days you "
                "know of, or import a calendar file.",
                "muted",
            )
        )
        for team in self.shell.policy.support_teams:
            if team.holidays_source is not None:
                source = self.shell.policy.source[team.holidays_source].title
                card.add(label(f"{team.holidays_note} ({source})", "muted"))
        buttons = [
            button("Add a holiday …", self.add_holiday),
            button("Import from a calendar file …", self.import_file),
        ]
        if self._rows:
            self._remove = button("Remove the chosen day", self.remove_chosen)
            buttons.append(self._remove)
        card.add(Flow(*buttons))
        return card

    def _add_table(self, card: Card) -> None:
        self.table = DataTable(self.shell, "holidays", "Holidays of Support")
        teams = {key: team.name for key, team in self.shell.policy.support_team.items()}
        columns: list[Column[Holiday]] = [
            Column("Day", lambda holiday: words.day(holiday.day)),
            Column("Closed", lambda holiday: teams.get(holiday.team, holiday.team)),
            Column("Name", lambda holiday: holiday.name),
            Column("From", lambda holiday: holiday.origin),
        ]
        self._days = model = KeyedModel(columns, lambda holiday: (holiday.team, holiday.day), parent=self.table)
        model.show_rows(self._rows)
        self.table.show_model(model, (32, 16, 30, 30))
        self.table.fit_columns()
        coming = (row for row, holiday in enumerate(self._rows) if holiday.day >= self.shell.today)
        self.table.selectRow(next(coming, len(self._rows) - 1))
        self.table.setFixedHeight(theme.current().row_height() * (min(len(self._rows), SHOWN) + 2))
        card.add(label(plural(len(self._rows), "day") + " recorded.", "caption"), self.table)

    def add_holiday(self) -> None:
        """Open the sheet for one day."""
        self.shell.open_sheet(dialogs.holiday.HolidaySheet(self.shell))

    def import_file(self) -> None:
        """Open the sheet for a calendar file."""
        self.shell.open_sheet(dialogs.holiday.ImportSheet(self.shell, self._tell_imported))

    def _tell_imported(self, imported: Imported) -> None:
        if imported.added:
            back = button("Take the import back", lambda: self.take_back(imported))
            self.notify(imported.sentence, "positive", back)
        else:
            self.notify(imported.sentence, "info")

    def take_back(self, imported: Imported) -> None:
        """Remove what an import added."""
        self.quiet()
        team, days = imported.team.key, imported.added
        self.shell.do(
            lambda context: context.write(services.calendar.support.take_back_import, team, days),
            "The import was taken back.",
        )

    def remove_chosen(self) -> None:
        """Remove the holiday whose row is current; it can be added again."""
        holiday = self._days.row(self.table.currentIndex().row()) if self.table is not None else None
        if holiday is None:
            return
        self.shell.do(
            lambda context: context.write(services.calendar.support.remove_holiday, holiday.team, holiday.day),
            f"{words.day(holiday.day)} is no longer a holiday.",
        )

    # --- the vendor's rules --------------------------------------------------------------------

    def _entry(self, record: Sourced, text: str, title: str = "") -> QWidget:
        """Something the vendor says, with its source close below."""
        head = label(title, "strong") if title else None
        source = label(self.shell.policy.source_name(record), "caption")
        return boxed(stacked(head, label(text, selectable=True), source, gap=0))

    def _channels_card(self, view: SupportView) -> Card:
        card = Card("Ways to reach Support")
        for channel in self.shell.policy.channels:
            card.add(
                self._entry(channel, " ".join(channel.sentences), channel.name),
                *(self._entry(note, note.text) for note in channel.also),
            )
            if channel.for_package is None:
                continue
            card.add(label(f"Your support package: {PACKAGE_NAMES[view.package].lower()}.", "strong"))
            if note := package_note(channel, view.package).note:
                card.add(note, Flow(button("Open Settings", lambda: self.shell.go.emit("settings", ""), "link")))
        return card

    def _critical_card(self) -> Card:
        card, critical = Card("When it is critical"), self.shell.policy.critical
        for statement in self.shell.policy.statements:
            if statement.topic == "critical":
                card.add(self._entry(statement, statement.text))
        target = f"Within {plural(critical.target_response_hours, 'hour')}, as a target"
        others = f"{critical.other_cases} ({self.shell.policy.source[critical.other_cases_source].title})"
        card.add(Facts(("First answer to a critical case", target), ("First answer to other cases", others)))
        return card

    def _severities_card(self) -> Card:
        card = Card("Defect severity")
        fold(
            card, "Show the four severities", "Hide the four severities",
            lambda: (
                self._entry(severity, severity.sentences, f"{severity.key}: {severity.name}")
                for severity in self.shell.policy.severities
            ),
        )  # fmt: skip
        return card

    def _coverage_card(self) -> Card:
        card = Card("What Support covers")
        for kind, title in COVERAGE.items():
            fold(card, f"Show {title}", f"Hide {title}", partial(self._covered, kind))
        return card

    def _covered(self, kind: str) -> list[QWidget]:
        policy = self.shell.policy
        return [
            label(f"{entry.text} ({policy.source_name(entry)})", "muted")
            for entry in policy.coverage
            if entry.kind == kind
        ]
