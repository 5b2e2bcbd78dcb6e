"""The table: even rows, a header that stays, widths that are remembered, an empty state inside."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QByteArray, QEvent, QPoint, Qt
from PySide6.QtGui import QFocusEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from penelope_admin.ui import theme
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.presses import HearsPresses


class DataTable(HearsPresses, QTableView):
    """A table of a page."""

    def __init__(self, shell: Shell, key: str, name: str, empty: str = "") -> None:
        """
        Args:
            key: names it in the settings.
            name: what it is called, for those who hear it.
            empty: what it says while it is empty.
        """
        super().__init__()
        self._shell, self._key, self._empty = shell, key, empty
        self._fitting = self._fits = False
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(theme.current().row_height())
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.setAccessibleName(name)

    def show_model(self, model: QAbstractItemModel, widths: tuple[int, ...]) -> None:
        """Show a model.

        Args:
            widths: of each column, in characters; the last column takes what is left.
        """
        self.setModel(model)
        self._stretch = model.columnCount() - 1  # the column that takes what is left
        header = self.horizontalHeader()
        header.setStretchLastSection(True)
        unit = self.fontMetrics().averageCharWidth()
        for column, width in enumerate(widths[:-1]):
            self.setColumnWidth(column, width * unit)
        if state := self._shell.settings.columns.get(self._key):
            header.restoreState(QByteArray.fromBase64(state.encode()))
        header.sectionResized.connect(self._resized)
        header.sortIndicatorChanged.connect(self._remember)

    def fit_columns(self, *, only_grow: bool = False) -> None:
        """Make every column wide enough for what it shows, unless the person chose widths.

        Args:
            only_grow: what is wide enough stays as it is, so that nothing moves without need.
        """
        if self._key in self._shell.settings.columns:
            return
        self._fits = self._fitting = True
        for column in range(self.model().columnCount()):
            if column != self._stretch:
                least = self.columnWidth(column) if only_grow else self.horizontalHeader().sectionSizeHint(column)
                self.setColumnWidth(column, max(least, self.sizeHintForColumn(column)))
        self._fitting = False

    def changeEvent(self, event: QEvent) -> None:
        """What is shown takes other room in the look of a window that the table came into."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and self._fits:
            self.fit_columns()

    def _resized(self, column: int, before: int, after: int) -> None:
        # What is fitted, hidden for want of room, shown again, or takes what is left, nobody chose.
        if column != self._stretch and not self._fitting and before and after:
            self._remember()

    def _remember(self) -> None:
        state = bytes(self.horizontalHeader().saveState().toBase64().data()).decode()
        if state != self._shell.settings.columns.get(self._key):
            self._shell.remember(columns={**self._shell.settings.columns, self._key: state})

    def set_empty_text(self, text: str) -> None:
        """What an empty table says."""
        if text != self._empty:
            self._empty = text
            self.viewport().update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Whoever comes with the keyboard stands on a row: the current one, else the uppermost in view."""
        super().focusInEvent(event)
        is_by_key = event.reason() not in (Qt.FocusReason.MouseFocusReason, Qt.FocusReason.PopupFocusReason)
        if is_by_key and self.model() is not None and not self.currentIndex().isValid():
            self.setCurrentIndex(self.indexAt(QPoint(0, 0)))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the rows, or what belongs there."""
        super().paintEvent(event)
        draw_if_empty(self, self._empty)


def draw_if_empty(view: QAbstractItemView, text: str) -> None:
    """Words in the place of the rows, where there are none."""
    if view.model() is None or view.model().rowCount():
        return
    painter, margin = QPainter(view.viewport()), theme.current().space("l")
    painter.setPen(theme.current().colour("muted"))
    area = view.viewport().rect().adjusted(margin, margin, -margin, -margin)
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, text)
