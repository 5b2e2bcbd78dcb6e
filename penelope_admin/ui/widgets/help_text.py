"""A help text to read: of a page, of the keyboard, or everything the vendor says."""

from __future__ import annotations

import html
from collections.abc import Iterator

from PySide6.QtCore import QSize, QTimer
from PySide6.QtGui import QResizeEvent, QTextBlock, QTextCharFormat, QTextCursor, QTextFormat
from PySide6.QtWidgets import QTextBrowser

from penelope_admin.domain.text import capitalized
from penelope_admin.files import resource
from penelope_admin.policy import CoverageKind, Policy, Sourced
from penelope_admin.ui import theme
from penelope_admin.ui.rooms import BY_NAME, PAGE_KEYS, TRAINING_ROOMS

ROWS = 16
LETTERS = 110
TOPICS = (
    *((name, BY_NAME[name].title) for name in (*PAGE_KEYS, "practice") if name != "help"),
    *((room.name, f"Practice: {room.title}") for room in TRAINING_ROOMS),
    ("keyboard", "Keyboard and command line"),
)
VENDOR = "vendor"
STATEMENT_TOPICS = {
    "upgrades": "Regular upgrades",
    "emergency": "Emergency maintenance",
    "mirror": "The mirrored database",
    "databases": "Other databases",
    "support": "When Support is there",
    "cases": "Cases and defects",
    "critical": "Critical cases",
}
COVERAGE: dict[CoverageKind, str] = {
    "covered": "what Support does",
    "not-covered": "what Support does not do",
    "professional-services": "what Professional Services does",
}
"""What each kind is, within a sentence."""


class HelpText(QTextBrowser):
    """One text at a time."""

    def __init__(self, policy: Policy) -> None:
        super().__init__()
        self._policy = policy
        self.setOpenLinks(False)
        self.setLineWrapMode(QTextBrowser.LineWrapMode.FixedPixelWidth)
        self.setAccessibleName("Help text")

    def sizeHint(self) -> QSize:
        """Room for some paragraphs."""
        return QSize(theme.current().size("sheet"), theme.current().row_height() * ROWS)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A line that is too long cannot be read well; more room stays empty."""
        most = LETTERS * self.fontMetrics().averageCharWidth()
        self.setLineWrapColumnOrWidth(min(self.viewport().width(), most))
        super().resizeEvent(event)

    def show_topic(self, topic: str) -> None:
        """Show another text; of what has none of its own, how everything is found.

        Args:
            topic: a topic's key, or with a heading to begin at: "requests#When production stands still".
        """
        key, _, heading = topic.partition("#")
        if key == VENDOR:
            self.setHtml(vendor_html(self._policy))
        else:
            keys = {name for name, _ in TOPICS}
            self.setMarkdown(resource(f"help/{key if key in keys else 'keyboard'}.md").read_text("utf-8"))
        self._set_headings()
        if heading:
            QTimer.singleShot(0, self, lambda: self._begin_at(heading))  # once the text is laid out

    def _blocks(self) -> Iterator[QTextBlock]:
        block = self.document().firstBlock()
        while block.isValid():
            yield block
            block = block.next()

    def _set_headings(self) -> None:
        """Headings in the window's sizes, nearer to what follows than to what was before; lists not far in."""
        space = theme.current().space
        self.document().setIndentWidth(space("l"))
        for block in self._blocks():
            if not (level := block.blockFormat().headingLevel()):
                continue
            room, size, cursor = block.blockFormat(), QTextCharFormat(), QTextCursor(block)
            room.setTopMargin(space("l") if block.blockNumber() else 0)
            room.setBottomMargin(space("xxs"))
            size.setProperty(QTextFormat.Property.FontSizeAdjustment, 2 if level == 1 else 1)  # 1.5 and 1.2 times
            cursor.setBlockFormat(room)
            cursor.select(QTextCursor.SelectionType.BlockUnderCursor)
            cursor.mergeCharFormat(size)

    def _begin_at(self, heading: str) -> None:
        block = next((block for block in self._blocks() if block.text() == heading), None)
        if block is not None:
            bar = self.verticalScrollBar()
            bar.setValue(bar.value() + self.cursorRect(QTextCursor(block)).top())


def vendor_html(policy: Policy) -> str:
    """Everything the policy knows, with its sources."""
    intro = "<p>In our own words, each with where it comes from.</p>"
    return "".join([intro, *_statements(policy), *_databases(policy), *_support(policy), _readings(policy)])


def _statements(policy: Policy) -> Iterator[str]:
    for topic, title in STATEMENT_TOPICS.items():
        yield _section(title, *(_item(policy, s.text, s) for s in policy.statements if s.topic == topic))


def _databases(policy: Policy) -> Iterator[str]:
    upgrade = (_item(policy, effect.text, effect) for effect in policy.effects_after("upgrade"))
    yield _section(f"What an upgrade does to {policy.mirrors_in_words}", *upgrade, tag="ol")
    refresh = (_item(policy, effect.text, effect) for effect in policy.effects_after("refresh"))
    yield _section("What to look at after a refresh, before anything is switched on", *refresh, tag="ol")
    said = ((e, f"{e.name}: {e.data}. Upgraded: {e.upgraded.lower()}.") for e in policy.environments)
    yield _section("Databases", *(_item(policy, text, environment) for environment, text in said))


def _support(policy: Policy) -> Iterator[str]:
    ways: list[str] = []
    for channel in policy.channels:
        ways.append(_item(policy, f"{channel.name}: {' '.join(channel.sentences)}", channel))
        ways += [_item(policy, note.text, note) for note in channel.also]
    yield _section("Ways to reach Support", *ways)
    yield _section(
        "Defect severity", *(_item(policy, f"{s.key}, {s.name}: {s.sentences}", s) for s in policy.severities)
    )
    for kind, title in COVERAGE.items():
        entries = (_item(policy, entry.text, entry) for entry in policy.coverage if entry.kind == kind)
        yield _section(capitalized(title), *entries)
    notes = " ".join(team.holidays_note for team in policy.support_teams if team.holidays_note)
    yield f"<h3>Holidays and first answers</h3><p>{html.escape(f'{notes} {policy.critical.other_cases}')}</p>"


def _readings(policy: Policy) -> str:
    texts = [policy.schedule.reading, *(rule.because for rule in policy.confirm_rules)]
    texts += [statement.text for statement in policy.statements if statement.topic == "readings"]
    texts += [policy.ratings.note, policy.ratings.meanings_note, policy.ratings.screens_note, policy.checking.note]
    return _section("How we read what is left open", *(f"<li>{html.escape(text)}</li>" for text in texts))


def _section(title: str, *items: str, tag: str = "ul") -> str:
    return f"<h3>{html.escape(title)}</h3><{tag}>{''.join(items)}</{tag}>"


def _item(policy: Policy, text: str, record: Sourced) -> str:
    """A text, with where it comes from."""
    return f"<li>{html.escape(text)} <i>({html.escape(policy.source_name(record))})</i></li>"
