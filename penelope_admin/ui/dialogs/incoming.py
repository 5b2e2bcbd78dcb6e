"""The sheet that takes a notice of the vendor's, pasted, dropped or from a file, and shows the windows found in it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from penelope_admin import services
from penelope_admin.domain.notice_text import RULE_STAYS, UNNAMED
from penelope_admin.domain.times import exact_moment, plural
from penelope_admin.ui import format as words
from penelope_admin.ui.dialogs.notice import KINDS, NoticeSheet
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.basics import (
    Badge,
    Banner,
    Card,
    Tick,
    boxed,
    button,
    clear,
    label,
    labelled,
    put,
    stacked,
)
from penelope_admin.ui.widgets.fields import ChoiceField, text_line
from penelope_admin.ui.widgets.flow import Flow
from penelope_admin.ui.widgets.message_sheet import MessageSheet

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from penelope_admin.domain.notice_words import ProposedWindow, Span
    from penelope_admin.domain.windows import Notice, Window, WindowNotice
    from penelope_admin.services.calendar.incoming import Incoming, Outcome
    from penelope_admin.services.work import Context, Done


def _spans_in_words(proposed: ProposedWindow, zone: ZoneInfo) -> list[str]:
    """When a window may be; which hour is meant where clocks go back and show it twice."""
    texts = [words.span(span.starts_at, span.ends_at, zone) for span in proposed.spans]
    exact = [f"{exact_moment(span.starts_at, zone)} to {exact_moment(span.ends_at, zone)}" for span in proposed.spans]
    return [said if texts.count(said) == 1 else at for said, at in zip(texts, exact, strict=True)]


class FoundWindow(Card):
    """A window that the message announces: its words, what they mean, and whether it is to be recorded."""

    outcome: Outcome | None = None
    record: Tick | None = None
    not_ours: Tick | None = None

    def __init__(self, sheet: IncomingSheet, proposed: ProposedWindow, general_doubts: Sequence[str]) -> None:
        """
        Args:
            general_doubts: doubts that are said of the whole message already.
        """
        super().__init__()
        self._sheet, self.proposed, self._general_doubts = sheet, proposed, general_doubts
        if proposed.not_ours is None:
            self._ask()
            return
        self.add(label(f"“{proposed.words}”", "strong", selectable=True))
        self.add(label(proposed.not_ours.in_words(sheet.shell.zone), "muted"))
        self.add(Flow(button("It does apply to us", self._ask, "link")))

    def _ask(self) -> None:
        """Show what it may mean, and ask what is to become of it."""
        self.empty()
        sheet, proposed = self._sheet, self.proposed
        self.add(label(f"“{proposed.words}”", "strong", selectable=True))
        self.add(*(Banner(doubt, "caution") for doubt in proposed.doubts if doubt not in self._general_doubts))
        if proposed.may_be_cancelled:
            self.add(*self._if_cancelled())
        zone = sheet.shell.zone
        self.span = ChoiceField(
            ((said, row) for row, said in enumerate(_spans_in_words(proposed, zone))), name="When is it?"
        )
        self.kind = ChoiceField([("Choose what it is", None), *KINDS], proposed.kind, "What does it announce?")
        self._says = stacked(gap="xs")
        if proposed.spans and not proposed.is_certain:
            self.span.insertItem(0, "Choose what is meant", None)
            self.span.setCurrentIndex(0)
            self.add(self.span, self.kind)
        self.not_ours, self.why = Tick("Not for us"), text_line(proposed.elsewhere)
        why = boxed(stacked(*labelled("Why does it not apply?", self.why, "Kept in the activity log.")))
        why.hide()
        self.add(self._says, self.not_ours, why)
        if not proposed.is_certain:
            self.add(Flow(button("Enter it by hand …", partial(sheet.enter_by_hand, proposed), "link")))
        self.not_ours.toggled.connect(why.setVisible)
        self.not_ours.toggled.connect(self._chosen)
        self.why.textChanged.connect(sheet.update_enabled)
        for choice in (self.span, self.kind):
            choice.currentIndexChanged.connect(self._weigh)
        self._weigh(first=True)

    def _if_cancelled(self) -> tuple[str | Flow, ...]:
        """What to do about it if it is what the message says is cancelled."""
        notice, sheet = self.proposed.recorded, self._sheet
        if notice is None:
            return (f"No notice of this window is recorded. {RULE_STAYS}",)
        when = words.span(notice.starts_at, notice.ends_at, sheet.shell.zone)
        remove = button("Remove this notice", partial(sheet.remove_notice, notice), "danger")
        said = f"A notice of this window is recorded: {when}. If it is cancelled, remove it. {RULE_STAYS}"
        return said, Flow(remove)

    def _weigh(self, _row: int = 0, *, first: bool = False) -> None:
        """Ask what recording it would do, once it is known what is meant."""
        self.outcome = self.record = None
        clear(self._says)
        span, kind = self.meant
        if span is None or kind is None:
            self._sheet.update_enabled()
            return
        self._sheet.weigh(self, span, kind, first=first)

    def show_outcome(self, outcome: Outcome, *, first: bool) -> None:
        """What recording it would do; it is ticked where the message says it clearly, or the person has chosen."""
        clear(self._says)
        self.outcome, window = outcome, outcome.window
        badges = Flow(Badge(window.name, "danger" if window.is_emergency else "info"))
        if window.defies_rule:
            badges.addWidget(Badge("Differs from the rule", "caution"))
        self._says.addLayout(badges)
        when = words.span(window.starts_at, window.ends_at, window.zone)
        if self.not_ours is not None:
            self.not_ours.setHidden(outcome.is_known)
            self.not_ours.setChecked(self.refused and not outcome.is_known)
        if outcome.is_known:
            self._says.addWidget(label(f"{when}. {outcome.standing}"))
        else:
            ticked = (self.proposed.is_certain or not first) and not self.refused
            self.record = Tick(f"Record: {when}", ticked)
            self.record.toggled.connect(self._chosen)
            self._says.addWidget(self.record)
        put(self._says, *(label(said, "muted") for said in outcome.sentences))
        self._sheet.update_enabled()
        self._sheet.grow()

    def _chosen(self, on: bool) -> None:
        """What is not for the agency is not recorded, and the other way round."""
        for other in (self.record, self.not_ours):
            if on and other is not None and other is not self.sender():
                other.setChecked(False)
        self._sheet.update_enabled()
        self._sheet.grow()

    @property
    def meant(self) -> tuple[Span | None, WindowNotice | None]:
        """When it is and what, as far as that is chosen."""
        row = self.span.currentData()
        return None if row is None else self.proposed.spans[row], self.kind.currentData()

    @property
    def is_ticked(self) -> bool:
        """Whether it is to be recorded."""
        return self.record is not None and self.record.isChecked()

    @property
    def is_open(self) -> bool:
        """Whether it is neither on record nor answered."""
        return self.not_ours is not None and not (self.outcome is not None and self.outcome.is_known)

    @property
    def refused(self) -> bool:
        """Whether it is said not to be for the agency."""
        return self.not_ours is not None and self.not_ours.isChecked()


class IncomingSheet(MessageSheet):
    """Finds, offers, and records only what a person says yes to."""

    help_topic = "windows"

    def __init__(self, shell: Shell, source: Path | str | None, chosen: Window | None = None) -> None:
        """Make it.

        Args:
            source: a file that was dropped, or text; nothing to begin with an empty field.
            chosen: the window that a notice is about if it is typed.
        """
        super().__init__(shell, "Read a notice", "Record selected", wide=True)
        self._chosen = chosen
        self.ask_for_message(
            "The message",
            "The message is read, not stored. Only what you record is kept.",
            "Paste the vendor's message, with its subject line, or drop its file here",
            "Messages and calendars (*.eml *.msg *.ics *.txt)",
            button("Enter it by hand …", lambda: self.enter_by_hand(None)),
        )
        self.windows: list[FoundWindow] = []
        hint = "Kept with each notice from this message."
        self.origin = self.field("Where did it come from? (optional)", text_line(), hint)
        self.update_enabled()
        self.begin_with(source)

    # --- what is read ----------------------------------------------------------------------------

    def _forget(self) -> None:
        """Nothing was read, or nothing that could be: offer nothing either."""
        clear(self._findings)
        self.windows = []
        self.update_enabled()

    def _read_message(self, source: Path | str) -> None:
        self._source = source
        self._forget()
        self.forget_error()
        self.preview(lambda context: services.calendar.incoming.look_into(context, source), self._show, self.fail)

    def _show(self, message: Incoming) -> None:
        clear(self._findings)
        self._findings.addWidget(_count_banner(message.proposals))
        self._tell_doubt(message.doubt, message.sender)
        if not self.origin.isModified():
            self.origin.setText(message.origin)
        general_doubts = () if message.names_penelope else (UNNAMED,)
        put(self._findings, *(Banner(doubt, "caution") for doubt in general_doubts))
        self.windows = [FoundWindow(self, proposed, general_doubts) for proposed in message.proposals]
        put(self._findings, *self.windows)
        if message.unread:
            self._findings.addWidget(label(f"Not read: {'; '.join(f'“{said}”' for said in message.unread)}", "muted"))
        if not self.pasted.toPlainText():  # read from a file
            self.forget_typing()
        self.update_enabled()
        self.grow()

    def weigh(self, window: FoundWindow, span: Span, kind: WindowNotice, *, first: bool) -> None:
        """Ask what recording a window would do. It may be gone when that is answered, for another text was pasted."""
        proposed, origin = window.proposed, self.origin.text()
        number = id(proposed)

        def show(outcome: Outcome) -> None:
            for shown in self.windows:
                if id(shown.proposed) == number and shown.meant == (span, kind):
                    shown.show_outcome(outcome, first=first)

        self.preview(
            lambda context: context.read(services.calendar.incoming.weigh, proposed, span, kind, origin),
            show,
            self.fail,
        )

    # --- what can be done ------------------------------------------------------------------------

    def update_enabled(self) -> None:
        """Enable the action if something is to be recorded, and every answer says why."""
        refused = [window for window in self.windows if window.refused]
        is_said = all(window.why.text().strip() for window in refused)
        if refused or any(window.is_ticked for window in self.windows):
            self.ask_for({"why it does not apply": is_said})
        elif not self._findings.count():
            self.ask_for({"the message": ""})
        elif not self.windows:
            self.ask_for({"a window to record": ""})
        else:
            self.tell_why_not(self._why_nothing())

    def _why_nothing(self) -> str:
        """Why nothing is recorded of the windows that were found, as they are answered now."""
        waiting = [window for window in self.windows if window.is_open]
        if not waiting:
            return "There is nothing left to record."
        if all(window.proposed.may_be_cancelled for window in waiting):
            return "Nothing is ticked. There is nothing to record about a cancelled window."
        return words.still_needed({"a window to record": ""})

    def enter_by_hand(self, proposed: ProposedWindow | None) -> None:
        """Open the sheet with the fields of a notice, with what could be read filled in."""
        self.shell.open_sheet(NoticeSheet(self.shell, self._chosen, proposed, self.origin.text()))

    def remove_notice(self, notice: Notice) -> None:
        """Take back the notice of a window that is cancelled; that can be undone."""
        self.shell.operations.run(
            lambda context: context.write(services.calendar.notices.remove, notice.id),
            lambda _: self._removed(),
            self.fail,
        )

    def _removed(self) -> None:
        self.shell.said.emit("Notice removed.")
        self.safe.setFocus()
        self.forget_typing()
        self._read_message(self._source)

    def submit(self) -> None:
        """Record what is ticked."""
        from msgspec import structs

        origin = self.origin.text()
        notices = [
            structs.replace(window.outcome.notice, origin=origin)
            for window in self.windows
            if window.is_ticked and window.outcome is not None
        ]
        answers = [(window.proposed, window.why.text()) for window in self.windows if window.refused]
        self.save(partial(_keep, notices=notices, answers=answers), said=partial(_summary, answered=bool(answers)))


def _keep(context: Context, notices: list[Notice], answers: list[tuple[ProposedWindow, str]]) -> Done[list[Notice]]:
    """Keep the answers, which may be refused, and then the notices, which alone can be undone."""
    incoming = services.calendar.incoming
    if answers:
        context.write(incoming.say_not_ours, answers)
    return context.write(incoming.record, notices)


def _summary(done: Done[list[Notice]], *, answered: bool) -> str:
    replaced = [notice for notice in done.value if notice.replaces is not None]
    said = [f"{plural(len(done.value), 'notice')} recorded."] if done.value else []
    if replaced:
        said.append(f"{plural(len(replaced), 'earlier one no longer counts', 'earlier ones no longer count')}.")
    if answered:
        said.append("“Not for us” is kept in the activity log.")
    return " ".join(said)


def _count_banner(proposals: Sequence[ProposedWindow]) -> Banner:
    """How many windows, and whether something of them is to be said."""
    count = len(proposals)
    in_doubt = sum(not proposed.is_certain and proposed.not_ours is None for proposed in proposals)
    if not count:
        return Banner("No window was found in this message. If it announces one, enter it by hand.", "caution")
    if in_doubt:
        return Banner(f"{plural(count, 'window')} found, {in_doubt} unclear: choose what is meant.", "caution")
    return Banner(f"{plural(count, 'window')} found. Compare with the message, then record.", "positive")
