"""A help text to read: of a page, of the keyboard, or everything the vendor says."""

from __future__ import annotations

import html

from PySide6.QtCore import QSize, QTimer
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QTextBrowser

from penelope_admin.files import resource
from penelope_admin.policy import Policy, Sourced
from penelope_admin.ui import theme

ROWS = 16
TOPICS = (
    ("overview", "Overview"),
    ("windows", "Upgrade windows"),
    ("features", "Features"),
    ("databases", "Databases"),
    ("projects", "Projects"),
    ("requests", "Requests"),
    ("support", "Support"),
    ("activity", "Activity"),
    ("settings", "Settings"),
    ("practice", "Practice"),
    ("mailbox", "Practice: Mailbox"),
    ("penelope", "Practice: Look into Penelope"),
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
COVERAGE_TITLES = {
    "covered": "What Support does",
    "not-covered": "What Support does not do",
    "professional-services": "What Professional Services does",
}


class HelpText(QTextBrowser):
    """One text at a time."""

    def __init__(self, policy: Policy) -> None:
        super().__init__()
        self._policy = policy
        self.setOpenLinks(False)
        self.setAccessibleName("Help text")

    def sizeHint(self) -> QSize:
        """Room for some paragraphs."""
        return QSize(theme.current().size("sheet"), theme.current().row_height() * ROWS)

    def show_topic(self, topic: str) -> None:
        """Show another text; of what has none of its own, how everything is found.

        Args:
            topic: a topic's key, or with a heading to begin at: "requests#When production stands still".
        """
        key, _, heading = topic.partition("#")
        if key == VENDOR:
            self.setHtml(vendor_html(self._policy))
        else:
            known = {known for known, _ in TOPICS}
            self.setMarkdown(resource(f"help/{key if key in known else 'keyboard'}.md").read_text("utf-8"))
        if heading:
            QTimer.singleShot(0, self, lambda: self._begin_at(heading))  # once the text is laid out

    def _begin_at(self, heading: str) -> None:
        block = self.document().firstBlock()
        while block.isValid() and block.text() != heading:
            block = block.next()
        if block.isValid():
            bar = self.verticalScrollBar()
            bar.setValue(bar.value() + self.cursorRect(QTextCursor(block)).top())


def vendor_html(policy: Policy) -> str:
    """Everything the policy knows, with its sources."""

    def item(text: str, record: Sourced) -> str:
        return f"<li>{html.escape(text)} <i>({html.escape(policy.source_name(record))})</i></li>"

    parts = ["<p>In our own words, each with where it comes from.</p>"]
    for topic, title in STATEMENT_TOPICS.items():
        entries = "".join(item(s.text, s) for s in policy.statements if s.topic == topic)
        parts.append(f"<h3>{title}</h3><ul>{entries}</ul>")
    effects = "".join(item(effect.text, effect) for effect in policy.effects_after("upgrade"))
    parts.append(f"<h3>What an upgrade does to {html.escape(policy.mirrors_in_words)}</h3><ol>{effects}</ol>")
    checks = "".join(item(effect.text, effect) for effect in policy.effects_after("refresh"))
    parts.append(f"<h3>What to look at after a refresh, before anything is switched on</h3><ol>{checks}</ol>")
    environments = "".join(item(f"{e.name}: {e.data}. Upgraded: {e.upgraded.lower()}.", e) for e in policy.environments)
    parts.append(f"<h3>Databases</h3><ul>{environments}</ul>")
    channels = "".join(
        item(f"{c.name}: {' '.join(c.sentences)}", c) + "".join(item(note.text, note) for note in c.also)
        for c in policy.channels
    )
    parts.append(f"<h3>Ways to reach Support</h3><ul>{channels}</ul>")
    severities = "".join(item(f"{s.key}, {s.name}: {s.sentences}", s) for s in policy.severities)
    parts.append(f"<h3>Defect severity</h3><ul>{severities}</ul>")
    for kind, title in COVERAGE_TITLES.items():
        entries = "".join(item(entry.text, entry) for entry in policy.coverage if entry.kind == kind)
        parts.append(f"<h3>{title}</h3><ul>{entries}</ul>")
    notes = " ".join(team.holidays_note for team in policy.support_teams if team.holidays_note)
    parts.append(f"<h3>Holidays and first answers</h3><p>{html.escape(f'{notes} {policy.critical.other_cases}')}</p>")
    readings = [policy.schedule.reading, *(rule.because for rule in policy.confirm_rules)]
    readings += [statement.text for statement in policy.statements if statement.topic == "readings"]
    readings += [policy.ratings.note, policy.ratings.meanings_note, policy.ratings.screens_note, policy.checking.note]
    entries = "".join(f"<li>{html.escape(text)}</li>" for text in readings)
    parts.append(f"<h3>How we read what is left open</h3><ul>{entries}</ul>")
    return "".join(parts)
