"""Turns resources/tokens.toml into Qt's palette, style sheet, fonts and icons, for light and dark."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from functools import cache
from typing import Literal, NamedTuple, cast

from PySide6.QtCore import QByteArray, QRectF, QSize, QTimer
from PySide6.QtGui import QColor, QFont, QFontMetrics, QGuiApplication, QIcon, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from penelope_admin.files import resource

MIDDLE_LIGHTNESS = 128
Role = Literal["info", "positive", "caution", "danger", "locked"]
Scheme = Literal["system", "light", "dark"]


class Tokens(NamedTuple):
    """The tokens of one scheme: colours as #RRGGBB, sizes in pixels, type as factors."""

    colours: dict[str, str]
    space: dict[str, int]
    size: dict[str, int]
    type: dict[str, float]
    row_lines: float
    compact_row_lines: float


@cache
def read_tokens(dark: bool) -> Tokens:
    """The tokens of the dark or light scheme."""
    table = tomllib.loads(resource("tokens.toml").read_text("utf-8"))
    colours = table["dark" if dark else "light"]
    return Tokens(
        {**colours, "info": colours["accent"]},
        table["space"],
        table["size"],
        table["type"],
        table["table"]["row-lines"],
        table["table"]["compact-row-lines"],
    )


def _nothing() -> None:
    """Nobody has to prepare for a new look."""


class Theme:
    """The look of this run. One per application; `current()` gives it to whoever paints."""

    def __init__(self, application: QApplication, scheme: Scheme, compact: bool) -> None:
        self._application = application
        # The platform's own palette tells; the scheme's enum would cost a tenth of the time to the first frame.
        self._platform_dark = application.palette().window().color().lightness() < MIDDLE_LIGHTNESS
        self._base_size = application.font().pointSizeF()
        self.scheme: Scheme = scheme
        self.before_change: Callable[[], None] = _nothing
        self.after_change: Callable[[], None] = _nothing
        self.compact = compact
        self._dressed: list[QWidget] = []
        self._is_changing = False
        self._sheet = ""
        application.styleHints().colorSchemeChanged.connect(self._system_changed)
        self._apply()

    def dress(self, window: QWidget) -> None:
        """Give a window the style sheet, and each later one; what is put into it takes it over.

        Qt styles a widget again at every step by which it comes nearer to its window. What is put together outside
        of a window that has the style sheet is styled once, when it comes in: a page in a third of the time.
        """
        self._dressed.append(window)
        window.setStyleSheet(self._sheet)

    def let_go(self) -> None:
        """Tell the window no more of a new look: it closes."""
        self.before_change = self.after_change = _nothing
        self._is_changing = False
        self._dressed.clear()

    def set(self, scheme: Scheme, compact: bool) -> None:
        """Change scheme or density while the window is open."""
        self.scheme, self.compact = scheme, compact
        self._change()

    def _change(self) -> None:
        """Apply the new look once what `before_change` lets go of is gone: Qt styles every widget there is again."""
        if not self._is_changing:
            self._is_changing = True
            self.before_change()
            QTimer.singleShot(0, self._finish_change)

    def _finish_change(self) -> None:
        self._apply()
        if self._is_changing:  # else the window that had prepared is closed
            self._is_changing = False
            self.after_change()

    def _system_changed(self) -> None:
        from PySide6.QtCore import Qt

        self._platform_dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
        if self.scheme == "system" and self.dark != self._platform_dark:
            self._change()

    def _apply(self) -> None:
        self.dark = self.scheme == "dark" or (self.scheme == "system" and self._platform_dark)
        self.tokens = read_tokens(self.dark)
        self._application.setPalette(self._palette())
        sheet = self._style_sheet()
        if sheet != self._sheet:  # Qt reads it and styles every widget again, changed or not
            self._sheet = sheet
            for window in self._dressed:
                window.setStyleSheet(sheet)

    def _palette(self) -> QPalette:
        group, colour = QPalette.ColorRole, self.colour
        palette = QPalette()
        for role, name in (
            (group.Window, "page"),
            (group.WindowText, "text"),
            (group.Base, "surface"),
            (group.AlternateBase, "page"),
            (group.Text, "text"),
            (group.Button, "surface"),
            (group.ButtonText, "text"),
            (group.ToolTipBase, "surface"),
            (group.ToolTipText, "text"),
            (group.PlaceholderText, "muted"),
            (group.Highlight, "accent"),
            (group.HighlightedText, "on-accent"),
            (group.Link, "accent"),
            (group.Mid, "border"),
        ):
            palette.setColor(role, colour(name))
        for role in (group.WindowText, group.Text, group.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, role, colour("muted"))
        return palette

    def _style_sheet(self) -> str:
        tokens = self.tokens
        values = {
            **tokens.colours,
            **{f"{name}-px": f"{pixels}px" for name, pixels in {**tokens.space, **tokens.size}.items()},
            **{
                f"{name}-image": resource(f"icons/{name}-{'dark' if self.dark else 'light'}.svg").as_posix()
                for name in ("check", "down", "up")
            },
            "line-px": f"{max(tokens.space['l'], QFontMetrics(self._application.font()).height())}px",
            **{f"{name}-pt": f"{self._base_size * factor:.1f}pt" for name, factor in tokens.type.items()},
        }
        text = resource("style.qss").read_text("utf-8")
        return re.sub(r"@([a-z-]+)", lambda match: values[match[1]], text)

    def colour(self, name: str) -> QColor:
        """A colour by its token."""
        return QColor(self.tokens.colours[name])

    def space(self, name: str) -> int:
        """A distance by its token, in pixels."""
        return self.tokens.space[name]

    def size(self, name: str) -> int:
        """A size by its token, in pixels."""
        return self.tokens.size[name]

    def font(self, name: str, bold: bool = False) -> QFont:
        """A font of the type scale, for what paints its own text."""
        font = QFont(self._application.font())
        font.setPointSizeF(self._base_size * self.tokens.type[name])
        if bold:
            font.setWeight(QFont.Weight.DemiBold)
        return font

    def row_height(self) -> int:
        """The height of a table's row."""
        lines = self.tokens.compact_row_lines if self.compact else self.tokens.row_lines
        return round(QFontMetrics(self._application.font()).height() * lines)


_theme: list[Theme] = []


def install(application: QApplication, scheme: Scheme, compact: bool) -> Theme:
    """Give the application its look."""
    _theme[:] = [Theme(application, scheme, compact)]
    return _theme[0]


def current() -> Theme:
    """The look of this run."""
    return _theme[0]


def icon(name: str, colour: str) -> QIcon:
    """One of our icons in a colour of the tokens."""
    theme, ratio = current(), cast("QApplication", QApplication.instance()).devicePixelRatio()
    return _draw(name, theme.tokens.colours[colour], theme.size("icon"), ratio)


@cache
def _draw(name: str, colour: str, side: int, ratio: float) -> QIcon:
    from PySide6.QtGui import QPainter, QPixmap
    from PySide6.QtSvg import QSvgRenderer

    drawing = resource(f"icons/{name}.svg").read_bytes().replace(b"currentColor", colour.encode())
    pixmap = QPixmap(QSize(side, side) * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(QColor(0, 0, 0, 0))
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(drawing)).render(painter, QRectF(0, 0, side, side))
    painter.end()
    return QIcon(pixmap)
