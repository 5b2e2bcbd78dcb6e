"""The switch of a feature, and the badge of its risk."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton

from penelope_admin.domain.features import State
from penelope_admin.policy import PhiRisk
from penelope_admin.ui import theme
from penelope_admin.ui.widgets.basics import Badge


def risk_badge(risk: PhiRisk) -> Badge:
    """How much PHI is at stake, in our own rating."""
    return Badge(f"{risk.capitalize()} PHI risk", "danger" if risk == "high" else "caution")


# In words, the tip, line, ground and knob, how far to the right the knob stands, and how the line is drawn.
_STYLES: dict[State, tuple[str, str, str, str, str, float, Qt.PenStyle]] = {
    "on": ("on", "Switch off …", "accent", "accent", "on-accent", 1, Qt.PenStyle.SolidLine),
    "off": ("off", "Switch on …", "muted", "surface", "muted", 0, Qt.PenStyle.SolidLine),
    "unknown": ("not known", "Switch on …", "muted", "surface", "muted", 0.5, Qt.PenStyle.DashLine),
}


class Switch(QAbstractButton):
    """Shows on, off or not known; a click asks, it never flips by itself."""

    def __init__(self, state: State, name: str) -> None:
        super().__init__()
        tokens = theme.current()
        ring = 2 * tokens.size("focus")
        self.setFixedSize(QSize(tokens.size("switch-width") + 2 * ring, tokens.size("switch-height") + 2 * ring))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._name = name
        self.show_state(state)

    def show_state(self, state: State) -> None:
        """Show another state."""
        self._state = state
        words, tip = _STYLES[state][:2]
        self.setAccessibleName(f"{self._name}: {words}")
        self.setToolTip(tip)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the groove, the knob and the focus ring."""
        tokens = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        focus = tokens.size("focus")
        groove = QRectF(self.rect()).adjusted(2 * focus, 2 * focus, -2 * focus, -2 * focus)
        radius = groove.height() / 2
        *_, line, ground, knob, share, style = _STYLES[self._state]
        painter.setPen(QPen(tokens.colour(line), 1.5, style))
        painter.setBrush(tokens.colour(ground))
        painter.drawRoundedRect(groove, radius, radius)
        x = groove.left() + radius + share * (groove.width() - 2 * radius)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens.colour(knob))
        painter.drawEllipse(QPointF(x, groove.center().y()), radius - 4, radius - 4)
        if self.hasFocus():
            painter.setPen(QPen(tokens.colour("accent"), focus))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            outer = QRectF(self.rect()).adjusted(focus / 2, focus / 2, -focus / 2, -focus / 2)
            painter.drawRoundedRect(outer, outer.height() / 2, outer.height() / 2)
