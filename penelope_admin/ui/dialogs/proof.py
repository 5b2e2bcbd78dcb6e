"""The sheet "Check de-identification": choose the data, confirm the columns, read the verdict, keep it as evidence."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QMimeData, QTimer
from PySide6.QtWidgets import QFileDialog, QProgressBar, QWidget

from penelope_admin import services
from penelope_admin.detect.values import OwnMail
from penelope_admin.domain.mirror import VERDICT_NAMES
from penelope_admin.domain.text import filled
from penelope_admin.domain.times import plural
from penelope_admin.domain.training import check_stays_inside
from penelope_admin.domain.windows import find_region
from penelope_admin.ui import format as words
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.theme import Role
from penelope_admin.ui.widgets.basics import (
    Badge,
    Banner,
    Tick,
    boxed,
    button,
    clear,
    label,
    label_line,
    line,
    put,
    stacked,
    ticked,
)
from penelope_admin.ui.widgets.dates import MomentField
from penelope_admin.ui.widgets.fields import text_line
from penelope_admin.ui.widgets.files import TakesDrops, dropped_files
from penelope_admin.ui.widgets.flow import Flow
from penelope_admin.ui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from datetime import datetime

    from penelope_admin.detect.verdicts import ColumnFinding, FileFinding, Finding, Progress, ProofVerdict, Proposal
    from penelope_admin.domain.checklists import CheckList
    from penelope_admin.domain.mirror import Event
    from penelope_admin.services.work import Context

T = TypeVar("T")
LANE = "check"
PROGRESS_EVERY_MS = 150
SHOWN_COLUMNS = 60
SHOWN_SKIPPED = 10
"""More columns than these are examined without being listed one by one."""
_ROLES: dict[ProofVerdict, Role] = {"real": "danger", "de-identified": "positive", "cannot-tell": "caution"}


class ProofSheet(TakesDrops, Sheet):
    """Four steps in one sheet. Values are looked at here, on this computer, and never kept."""

    help_topic = "databases"
    records = True

    def __init__(self, shell: Shell, environment: str) -> None:
        self._place = shell.policy.environment[environment]
        super().__init__(shell, f"Check de-identification of {self._place.name}", "Look at the columns", wide=True)
        self._paths: list[Path] = []
        self._address = ""
        self._ticks: dict[tuple[str, str], Tick] = {}
        self._step: Callable[[], None] = self._survey
        self._stop = threading.Event()
        self._progress: Progress | None = None
        self._offered: Event | None = None
        self.add(
            "An export of this database, or a connection that only reads, is searched for email addresses and "
            "telephone numbers of real people. It all happens on this computer; no value is kept, logged or sent."
        )
        self._body = self.added(stacked(gap="s"))
        self._bar = QProgressBar()
        self._bar.setAccessibleName("How far the check is")
        self._bar.hide()
        self._timer = QTimer(self, interval=PROGRESS_EVERY_MS)
        self._timer.timeout.connect(self._show_progress)
        self.content.addWidget(self._bar)
        self._ask_for_source()
        self.finished.connect(lambda _: self._stop.set())

    # --- the source ------------------------------------------------------------------------------

    def _ask_for_source(self) -> None:
        self._chosen = label("Nothing is chosen yet. You can also drop files or a folder here.", "muted")
        self.setAcceptDrops(True)
        like = "postgresql+psycopg://reader@server/database"
        self.url = text_line("", like, "Address of a database", self.update_enabled)
        self.url.setAcceptDrops(False)  # a file is an export, wherever it lands
        by_address = (
            label("Or the address of a database", "strong"),
            self.url,
            label("It is opened for reading only, and neither address nor password is kept.", "caption"),
        )
        self._put(
            label("Files", "strong"),
            Flow(button("Choose files …", self.choose_files), button("Choose a folder …", self.choose_folder)),
            self._chosen,
            *by_address,
        )
        for part in by_address:
            part.setVisible(not self.shell.app.is_training)  # training reaches no database outside of it
        self.update_enabled()

    def choose_files(self) -> None:
        """Take files of an export."""
        kinds = "All files (*);;Tables (*.csv *.tsv *.xlsx *.xls *.xlsb *.ods)"
        chosen, _ = QFileDialog.getOpenFileNames(self, "Choose the export", "", kinds)
        if chosen:
            self.take([Path(name) for name in chosen])

    def choose_folder(self) -> None:
        """Take a folder of an export."""
        chosen = QFileDialog.getExistingDirectory(self, "The folder of an export")
        if chosen:
            self.take([Path(chosen)])

    def source_in(self, data: QMimeData) -> list[Path]:
        """Files and folders, as long as it is asked for them."""
        if self._step != self._survey or self._working:
            return []
        return dropped_files(data)

    def take(self, paths: list[Path]) -> None:
        """Use these files and folders."""
        self._paths = paths
        self._chosen.setText(", ".join(path.name for path in paths))
        self.update_enabled()
        self.primary.setFocus()  # Enter goes on with them

    take_dropped = take

    def update_enabled(self) -> None:
        if self._step == self._survey:
            self.ask_for({"files, or the address of a database": self._paths or self.url.text().strip()})
        elif self._step == self._examine:
            self.ask_for({"a column": not self._ticks or ticked(self._ticks)})
        else:
            super().update_enabled()

    # --- the columns -----------------------------------------------------------------------------

    def _survey(self) -> None:
        self._address = self.url.text().strip()
        paths, url = self._paths, self._address

        def call(context: Context) -> tuple[Proposal, ...]:
            region = find_region(context.policy, context.read(services.agency.need_profile).region)
            if not paths:
                check_stays_inside(is_training=context.store.for_training)
            today, stop = context.now().date(), self._stop.is_set
            return services.mirror.proof.survey(region, paths or url, today=today, stop=stop)

        self._run(call, self._confirm)

    def _confirm(self, proposals: tuple[Proposal, ...]) -> None:
        """Show the columns and what they seem to hold; all of them are examined unless somebody says otherwise."""
        items: list[QWidget | Flow] = [
            label("Which columns should be checked?", "strong"),
            label(
                "Untick only what you know to hold no contact details: what you leave out makes the verdict less sure.",
                "muted",
            ),
            Flow(button("All", partial(self._tick_all, True)), button("None", partial(self._tick_all, False))),
        ]
        if not 0 < len(proposals) <= SHOWN_COLUMNS:
            items = [label(f"There are {plural(len(proposals), 'column')}; all of them are examined.")]
            proposals = ()
        self._ticks = {}
        before = ""
        for proposal in proposals:
            if proposal.file != before:
                before = proposal.file
                items.append(label(_short(proposal.file), "strong"))
            tick = Tick(f"{proposal.column}: {proposal.why}", True, self.update_enabled)
            self._ticks[proposal.file, proposal.column] = tick
            items.append(tick)
        self._put(*items)
        self._step = self._examine
        self._name_primary("Check the data")

    def _tick_all(self, on: bool) -> None:
        for tick in self._ticks.values():
            tick.setChecked(on)

    # --- the examination -------------------------------------------------------------------------

    def _examine(self) -> None:
        source = self._paths or self._address
        chosen = frozenset(ticked(self._ticks)) if self._ticks else None

        def show(progress: Progress) -> None:
            self._progress = progress

        def call(context: Context) -> tuple[Finding, datetime, CheckList | None]:
            profile = context.read(services.agency.need_profile)
            region, stop = find_region(context.policy, profile.region), self._stop.is_set
            own, today = partial(OwnMail.read, profile.own_mail), context.now().date()
            proof = services.mirror.proof
            finding = proof.examine(region, source, chosen, today=today, own=own, tell=show, stop=stop)
            taken_at = proof.taken_at(source, context.now())
            return finding, taken_at, self._find_list(context, finding, taken_at)

        self._run(call, lambda parts: self._show_finding(*parts))

    def _show_progress(self) -> None:
        progress = self._progress
        if progress is None:
            return
        text = progress.what
        if progress.total:
            text = f"{progress.what}: %p%"
            self._bar.setRange(0, 1000)
            self._bar.setValue(min(1000, round(1000 * progress.done / progress.total)))
        self._bar.setFormat(text)

    def _run(self, call: Callable[[Context], T], on_success: Callable[[T], None]) -> None:
        """Look beside the worker, so that the window and everything in it goes on; closing the sheet stops it."""
        self._progress = None

        def done(result: T) -> None:
            self._rest()
            on_success(result)

        def failed(error: Exception) -> None:
            self._rest()
            self.fail(error)

        self.set_working(True)
        if not self.shell.operations.run_aside(LANE, call, done, failed):
            self._put(Banner("Another check has not ended yet. Wait for it, then open this sheet again.", "caution"))
            return
        self._bar.setRange(0, 0)  # busy, until it is known how much there is
        self._bar.show()
        self._timer.start()

    def _rest(self) -> None:
        self._timer.stop()
        self._bar.hide()
        self.set_working(False)

    # --- the verdict -----------------------------------------------------------------------------

    def _show_finding(self, finding: Finding, taken_at: datetime, check_list: CheckList | None) -> None:
        words, role = VERDICT_NAMES[finding.verdict], _ROLES[finding.verdict]
        items: list[QWidget | Flow] = [
            Flow(Badge(words, role), label_line(f"Confidence: {finding.confidence}")),
            label(finding.sentence),
        ]
        if finding.verdict == "real":
            items.append(Banner(f"Saving this marks {self._place.name} as “real contacts”.", "danger"))
        for file in finding.files:
            items += _file_lines(file)
        items += _skipped_lines(finding)
        self.at = MomentField(taken_at, self.shell.zone)
        self.remark = text_line(name="Note (optional)")
        items += [
            line(),
            label(f"When was the data taken from {self._place.name}? ({self.shell.time_name})", "strong"),
            self.at,
            label("Note (optional)", "strong"),
            self.remark,
        ]
        self.at.setAccessibleName("When the data was taken")
        self._lines = stacked(gap="s")
        self._put(*items, boxed(self._lines))
        self._offer_lines(check_list)
        self._step = partial(self._record, finding)
        self._name_primary("Save result")
        self.forget_typing()
        self.at.dateTimeChanged.connect(self.preview_later(partial(self._refresh_lines, finding)).start)

    def _find_list(self, context: Context, finding: Finding, at: datetime) -> CheckList | None:
        """The check-list that data of this time can answer; only some copies have any."""
        return context.read(services.mirror.evidence.answerable, self._place.key, finding.verdict, at)

    def _refresh_lines(self, finding: Finding) -> None:
        at = self.at.instant
        self.preview(lambda context: self._find_list(context, finding, at), self._offer_lines, self.fail)

    def _offer_lines(self, check_list: CheckList | None) -> None:
        """The lines to answer, or that there are none; what was ticked stays so as long as it is the same list."""
        event = check_list.event if check_list is not None else None
        if self._lines.count() and event == self._offered:
            return
        self._offered, self._effects = event, {}
        clear(self._lines)
        if check_list is None:
            put(self._lines, label("No line of a check-list rests on this data.", "muted"))
        else:
            day = words.day_of(check_list.event.at, self.shell.zone)
            lines = [line.effect for line in check_list.lines if line.effect.proven_by_data]
            self._effects = {
                effect.number: Tick(f"{effect.number}.  {effect.text}", effect.number == 1) for effect in lines
            }
            title = f"Lines of the check-list after the upgrade of {day} that this data answers"
            put(self._lines, label(title, "strong"), *self._effects.values())
        self.grow()

    _effects: dict[int, Tick]

    def _record(self, finding: Finding) -> None:
        environment, at, remark = self._place.key, self.at.instant, self.remark.text()
        effects = ticked(self._effects)
        self.save(
            lambda context: context.write(services.mirror.evidence.record, environment, finding, at, remark, effects),
            said=lambda done: f"Kept. {done.value.sentence}",
        )

    # --- the sheet -------------------------------------------------------------------------------

    def submit(self) -> None:
        self._step()

    def _name_primary(self, action: str) -> None:
        self.primary.setText(action)
        self._why_not.hide()  # the next step keeps no room for what the one before asked for
        self.update_enabled()
        self.grow()
        QTimer.singleShot(0, self, lambda: next(iter(self._fields()), self.safe).setFocus())

    def _put(self, *items: QWidget | Flow) -> None:
        clear(self._body)
        put(self._body, *items)


def _short(path: str) -> str:
    """A file's name without its folders; a table of a database as it is."""
    return path.replace("\\", "/").rpartition("/")[2]


def _file_lines(file: FileFinding) -> list[QWidget | Flow]:
    """One file in a few lines: its verdict, and the columns that have anything to say."""
    words, role = VERDICT_NAMES[file.verdict], _ROLES[file.verdict]
    unread = filled(", {:,} could not be read", file.unread)
    telling = [column for column in file.columns if column.email_like or column.phone_like]
    quiet = len(file.columns) - len(telling)
    items: list[QWidget | Flow] = [
        line(),
        Flow(label_line(_short(file.path)), Badge(words, role), label_line(f"{plural(file.rows, 'row')}{unread}")),
        *(label(_column_words(column)) for column in telling[:SHOWN_COLUMNS]),
    ]
    if quiet:
        items.append(label(f"{plural(quiet, 'column')} without real-looking contact details.", "muted"))
    return items


def _skipped_lines(finding: Finding) -> list[QWidget | Flow]:
    """What was not looked at: the first few by name."""
    skipped = finding.not_examined
    if not skipped:
        return []
    shown = [label(f"{_short(item.path)}: {item.why}") for item in skipped[:SHOWN_SKIPPED]]
    if len(skipped) > SHOWN_SKIPPED:
        shown.append(label(f"And {len(skipped) - SHOWN_SKIPPED:,} more.", "muted"))
    return [line(), label("Not examined", "strong"), *shown]


def _column_words(column: ColumnFinding) -> str:
    counts = []
    if column.email_like:
        counts.append(plural(column.email_like, "email address", "email addresses"))
    if column.phone_like:
        counts.append(plural(column.phone_like, "telephone number"))
    samples = filled(" For example {}.", ", ".join(column.samples))
    return f"{column.name}: {' and '.join(counts)} in {plural(column.values, 'value')}. {column.why}{samples}"
