"""The sheet that drafts a request: what its kind asks for, and the letter it becomes while it is filled in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from penelope_admin import services
from penelope_admin.domain import requests as rules
from penelope_admin.domain.features import Acknowledgement, availability, checks_of, full_name, why_not
from penelope_admin.domain.requests import KINDS, RequestInput, RequestKind
from penelope_admin.domain.text import uncapitalized
from penelope_admin.domain.times import LATEST
from penelope_admin.errors import PenelopeAdminError
from penelope_admin.ui import format as words
from penelope_admin.ui import theme
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.acknowledging import AcknowledgingFields
from penelope_admin.ui.widgets.basics import Banner, Tick, boxed, button, clear, label, stacked, ticked
from penelope_admin.ui.widgets.conflicts import DaysConflicts
from penelope_admin.ui.widgets.dates import DateField, OptionalDate, from_qdate
from penelope_admin.ui.widgets.fields import ChoiceField, LongText, text_line
from penelope_admin.ui.widgets.keyed import KeyedRows, Row
from penelope_admin.ui.widgets.privacy import OutgoingText
from penelope_admin.ui.widgets.recurring import RecurrenceFields
from penelope_admin.ui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from penelope_admin.domain.agency import Profile
    from penelope_admin.domain.features import Verdict
    from penelope_admin.domain.recurring import Recurrence
    from penelope_admin.domain.requests import Earlier, Request
    from penelope_admin.policy import Effect
    from penelope_admin.services.requests import Drafted
    from penelope_admin.services.requests.delivery import Preview
    from penelope_admin.services.work import Context, Done, Work

_INTRODUCTIONS: dict[RequestKind, str] = {
    "refresh": "A refresh overwrites the database with a copy of production. Support schedules it; you ask them.",
    "feature-change": "Support switches features only if you ask. Locked ones stay off whoever asks.",
    "missing-notice": "A notice comes before each upgrade. If none came, Support finds out why.",
    "question": "One question is one case. Ask another question with another request.",
    "defect": "Say what you did, what you expected and what happened instead. Support decides whether it is a defect.",
    "script": "The vendor's Tailored Services can provide scripts for a copy. They tell you what it costs.",
    "scheduled-call": "Calls are arranged by ticket. This is how you use your hour of consultation.",
}
_TEXT_LABELS: dict[RequestKind, tuple[str, str]] = {
    "refresh": ("Why is it needed?", "For example: new payroll project, needs current data"),
    "feature-change": ("Why is it needed?", "For example: the mirrored database is used for the calendar pilot"),
    "missing-notice": ("Anything to add?", "For example: our administrators changed in October"),
    "question": ("Your question", "For example: which reports use the new intake fields?"),
    "defect": ("What happens, and how to repeat it", "1. Open …  2. Press …  Expected: …  Instead: …"),
    "script": ("What should the script do?", "For example: shift all appointments of the pilot team by a year"),
    "scheduled-call": ("What do you want to talk about?", "For example: moving intake forms to the new version"),
}


def open_request_sheet(
    shell: Shell, kind: RequestKind, start: RequestInput | None = None, draft: Request | None = None
) -> None:
    """Open the sheet once it is known which databases the agency has.

    Args:
        start: what is filled in already.
        draft: the request that is to be changed; none for a new one.
    """

    def show(profile: Profile | None) -> None:
        if profile is None:
            shell.said.emit("Set up your agency first: Settings, or Welcome on Overview.")
            return
        keys = rules.offered_in(shell.policy, kind, profile.environments)
        if keys or "environment" not in KINDS[kind].required:
            RequestSheet(shell, kind, keys, start or RequestInput(kind=kind), draft)
        else:
            shell.said.emit("There is no copy of production. Settings says which databases you have.")

    shell.operations.run(lambda context: context.read(services.agency.find), show)


def open_missing_notice(shell: Shell, day: date) -> None:
    """Open the question why no notice came for the upgrade of a local day, written already."""
    open_request_sheet(shell, "missing-notice", RequestInput(kind="missing-notice", upgrade_day=day))


class RequestSheet(Sheet):
    """Drafts a request of any kind but a critical incident, or changes a draft; nothing is sent from here.

    It opens once what it begins with was looked at: what is to be known is there from the beginning.
    """

    help_topic = "requests"
    again: RecurrenceFields | None = None
    """How it comes again, where that is asked."""
    _is_open = False

    def __init__(
        self,
        shell: Shell,
        kind: RequestKind,
        environments: list[str],
        start: RequestInput,
        draft: Request | None,
    ) -> None:
        # Within a sentence, names of the vendor's teams keep their capitals.
        title, action = f"New request: {uncapitalized(KINDS[kind].name)}", "Draft the request"
        if draft is not None:
            title, action = f"Change {draft.reference}", "Save the draft"
        elif kind == "refresh":
            title = "Request a refresh"
        super().__init__(shell, title, action, wide=True)
        self._kind, self._start, self._keys, self._draft = kind, start, environments, draft
        self._filled_in: dict[str, Callable[[], Any]] = {}  # by the names of what is asked for
        self._ticks: dict[str, Tick] = {}
        self._verdicts: list[Verdict] = []
        self._earlier: Earlier | None = None
        self._timer = self.preview_later(self._refresh_preview)
        self.add(_INTRODUCTIONS[kind])
        self._calendars = DaysConflicts(shell)
        self.remarks = self.keep_room(self._calendars)
        add: dict[rules.Field, Callable[[], None]] = {
            "environment": self._add_environment,
            "title": self._add_title,
            "reason": self._add_reason,
            "dates": self._add_dates,
            "features": self._add_features,
            "change": self._add_change,
            "upgrade-day": self._add_upgrade_day,
            "version": self._add_version,
        }
        for field in KINDS[kind].fields:
            add[field]()
        self._asks = self.added(KeyedRows())
        self.asked: AcknowledgingFields | None = None
        """What is to be acknowledged, where Support is asked to switch something on."""
        self.letter = self.added(OutgoingText("What Support will read", 6, asks=False))
        self._environment_changed()

    # --- the fields, each only where the kind asks for it --------------------------------------

    def _add_environment(self) -> None:
        names = [(self.shell.policy.environment[key].name, key) for key in self._keys]
        if "environment" in KINDS[self._kind].required:
            usual = rules.usual_environment(self.shell.policy, self._kind, self._keys)
            self.environment = ChoiceField(names, self._start.environment or usual)
        else:
            self.environment = ChoiceField([("None in particular", None), *names], self._start.environment)
        self.environment.currentIndexChanged.connect(self._environment_changed)
        self.field("Database to be overwritten" if self._kind == "refresh" else "Database", self.environment)
        self._filled_in["environment"] = self.environment.currentData

    def _add_title(self) -> None:
        self.subject = text_line(self._start.title, edited=self._timer.start)
        self.field("Subject", self.subject, "A few words. No client details, please.")
        self._filled_in["title"] = self.subject.text

    def _add_reason(self) -> None:
        name, example = _TEXT_LABELS[self._kind]
        self.reason = LongText(self._start.reason)
        self.reason.setPlaceholderText(example)
        self.reason.setMaximumHeight(4 * theme.current().row_height())
        self.reason.textChanged.connect(self._timer.start)
        self.field(name, self.reason, "Support reads this. No client details, please.")
        self._filled_in["reason"] = self.reason.toPlainText

    def _add_dates(self) -> None:
        today = self.shell.today
        first, last = self._start.earliest, self._start.latest
        soon, later = today + timedelta(days=7), today + timedelta(days=21)
        self.earliest = OptionalDate("Not before", first or soon, min(today, first or today), ticked=first is not None)
        self.latest = OptionalDate("Not after", last or later, min(today, last or today), ticked=last is not None)
        for field in (self.earliest, self.latest):
            field.changed.connect(self._timer.start)
        self.add(self.earliest, self.latest)
        self._filled_in |= {"earliest": lambda: self.earliest.day, "latest": lambda: self.latest.day}
        if self._kind == "refresh" and self._draft is None:
            self.again = RecurrenceFields(None, last or later)
            self.again.changed.connect(self._timer.start)
            for signal in (self.again.changed, self.latest.field.dateChanged):
                signal.connect(lambda *_: self._show_again())
            self.add(self.again)
            self._show_again()

    def _show_again(self) -> None:
        if self.again is not None:
            self.again.show_for(from_qdate(self.latest.field.date()), has_refresh=True)
            self.grow()

    def _recurrence(self) -> Recurrence | None:
        """How the refresh comes again; None for what is asked for once."""
        return self.again.entered(from_qdate(self.latest.field.date())) if self.again is not None else None

    def _add_features(self) -> None:
        self._features = stacked(gap=0)
        what = "Turn back on afterwards" if self._kind == "refresh" else "Which features?"
        self.add(label(what, "strong"), self._features)

    def _add_change(self) -> None:
        ways = (("Switch on", "enable"), ("Switch off", "disable"))
        self.change = self.field("What should Support do?", ChoiceField(ways, self._start.change))
        self.change.currentIndexChanged.connect(self._timer.start)
        self._filled_in["change"] = self.change.currentData

    def _add_upgrade_day(self) -> None:
        now = self.shell.app.clock.now()
        calendar = self.shell.calendar()
        at, which = now, "the last upgrade"
        if calendar is not None and now < LATEST:
            at, following = calendar.last_ended(now).starts_at, calendar.next_upgrade(now).starts_at
            if following - now <= timedelta(days=self.shell.policy.schedule.notice_reminder_days):
                at, which = following, "the next upgrade"
        self.upgrade_day = DateField(self._start.upgrade_day or at.astimezone(self.shell.zone).date())
        self.upgrade_day.dateChanged.connect(self._timer.start)
        self.field("Day of the upgrade", self.upgrade_day, f"Filled in: {which}. Change it if you mean another.")
        self._filled_in["upgrade_day"] = lambda: from_qdate(self.upgrade_day.date())

    def _add_version(self) -> None:
        self.version = text_line(self._start.version, edited=self._timer.start)
        self.field("Penelope version (optional)", self.version, "As shown at sign-in.")
        self._filled_in["version"] = self.version.text

    def _environment_changed(self) -> None:
        if "features" in KINDS[self._kind].fields:
            self._offer_features()
        self._refresh_preview()

    def _offer_features(self) -> None:
        clear(self._features)
        self._ticks = {}
        key = self.environment.currentData()
        for feature in self.shell.policy.features:
            kind = availability(feature, key)
            if kind == "locked" or (self._kind == "refresh" and kind != "re-enableable"):
                continue
            more = " (not on the vendor's list: Support decides)" if kind == "not-listed" else ""
            name, on = f"{full_name(self.shell.policy, feature)}{more}", feature.key in self._start.features
            tick = Tick(name, on, self._timer.start)
            self._features.addWidget(tick)
            self._ticks[feature.key] = tick
        if not self._ticks:
            self._features.addWidget(
                label(f"None to choose from: the vendor's list is for {self.shell.policy.mirrors_in_words}.", "muted")
            )

    # --- what is filled in ---------------------------------------------------------------------

    def entered(self) -> RequestInput:
        """What is filled in."""
        return RequestInput(
            kind=self._kind,
            features=ticked(self._ticks),
            acknowledgement=self.asked.acknowledgement if self.asked is not None else Acknowledgement(),
            **{name: read() for name, read in self._filled_in.items()},
        )

    def _refresh_preview(self) -> None:
        """Show the letter, the warnings and the acknowledgements that belong to what is filled in."""
        entered, draft = self.entered(), self._draft.id if self._draft is not None else None
        self._calendars.show_for(entered.earliest, entered.latest)
        self.preview(lambda context: context.read(_read_consequences, entered, draft), self._show, self._show_trouble)

    def update_enabled(self) -> None:
        self._timer.start()  # looking says whether it is enough

    def _show_trouble(self, error: Exception) -> None:
        self._set_warnings([])
        self.tell_why_not(str(error))
        self._open()

    def _open(self) -> None:
        if not self._is_open:
            self._is_open = True
            self.shell.open_sheet(self)

    def _show(self, consequences: tuple[Preview, tuple[str, ...], list[Verdict], Earlier | None]) -> None:
        preview, warnings, self._verdicts, self._earlier = consequences
        if preview.hits or warnings:
            self.forget_enter()
        self.letter.show_text(preview.letter.whole_text, preview.hits, preview.warnings)
        asked_before = self.asked
        self._ask_for_acknowledgement()
        if self.asked is not asked_before:
            self._timer.start()  # what was acknowledged for other features counts no more
        trouble = trouble_with(self.shell, self.entered())
        if trouble is None and self._recurrence() is not None and self.latest.day is None:
            trouble = "Fill in “Not after”: the next refreshes are counted from it."
        self._set_warnings(warnings)
        self._tell_what_is_missing(trouble)
        self._open()
        self.grow()

    def _tell_what_is_missing(self, trouble: str | None) -> None:
        """Above the button: what is wrong with what is filled in, and which fields are empty or what the rules ask."""
        question = f"“{_TEXT_LABELS[self._kind][0]}”"
        names = [question if name == "reason" else f"the {name}" for name in rules.missing_fields(self.entered())]
        held = words.still_needed(dict.fromkeys(names)) or why_not(self._verdicts)
        self.tell_why_not(" ".join(filter(None, (trouble, held))), ready=trouble is None)

    def _set_warnings(self, texts: Iterable[str]) -> None:
        self.remarks.show_rows(Row(text, text, partial(self._warning, text)) for text in texts)

    def _warning(self, text: str) -> Banner:
        if self._earlier is None or self._earlier.sentence != text:
            return Banner(text, "caution")
        return earlier_banner(self, self._earlier)

    def _ask_for_acknowledgement(self) -> None:
        """What was confirmed counts for what it was asked for: of other features, or another copy, it is asked anew."""
        if not (any(verdict.phi_risk for verdict in self._verdicts) and self.change.currentData() == "enable"):
            self.asked = None
            self._asks.show_rows([])
            return
        entered = self.entered()
        checks = checks_of(self._verdicts)
        may_be_real = any(verdict.needs_name for verdict in self._verdicts)
        meant = (entered.environment, entered.features, checks, may_be_real)
        self._asks.show_rows([Row("risk", meant, partial(self._make_asked, checks, may_be_real=may_be_real))])

    def _make_asked(self, checks: Sequence[Effect], *, may_be_real: bool) -> QWidget:
        reached = dict.fromkeys(verdict.reaches for verdict in self._verdicts if verdict.reaches)
        what = "I have weighed the PHI risk of what Support will switch on."
        name = self.environment.currentText()
        self.asked = fields = AcknowledgingFields(what, checks, name, may_be_real=may_be_real)
        fields.edited.connect(self._timer.start)
        return boxed(stacked(label(" ".join(reached), "dangerText"), fields))

    def submit(self) -> None:
        entered, draft, recurs = self.entered(), self._draft, self._recurrence()
        became = "drafted" if draft is None else "changed"
        self.save(
            lambda context: save_input(context, entered, draft, recurs),
            said=lambda done: f"{done.value.request.reference} is {became}. Nothing has been sent yet.",
            then=lambda done: self.shell.go.emit("requests", str(done.value.request.id)),
        )


def earlier_banner(sheet: Sheet, earlier: Earlier) -> Banner:
    """That the same is asked for already, with the way from a sheet to that request."""

    def show() -> None:
        if sheet.may_drop("Choose it"):
            sheet.reject()
            sheet.shell.go.emit("requests", str(earlier.number))

    return Banner(earlier.sentence, "caution", button(f"Show PA-{earlier.number}", show))


def save_input(
    context: Context, entered: RequestInput, draft: Request | None, recurs: Recurrence | None = None
) -> Done[Drafted]:
    """Draft a request, once or to come again, or change the draft there is."""
    if recurs is not None:
        return context.write(services.projects.repeat_refresh, entered, recurs)
    if draft is None:
        return context.write(services.requests.draft, entered)
    return context.write(services.requests.redraft, draft.id, entered, draft.version)


def trouble_with(shell: Shell, entered: RequestInput) -> str | None:
    """Why it cannot be drafted yet; without a word where an empty field speaks for itself. None where it can."""
    today = shell.today
    try:
        rules.check_title(shell.policy.critical, entered)
        rules.check_dates(entered.earliest, entered.latest, today)
    except PenelopeAdminError as error:
        return str(error)
    try:
        rules.check_fields(entered)
    except PenelopeAdminError:
        return ""
    return None


def _read_consequences(
    work: Work, entered: RequestInput, draft: int | None
) -> tuple[Preview, tuple[str, ...], list[Verdict], Earlier | None]:
    """All in one unit of work, which reads what they share once."""
    return (
        services.requests.delivery.preview_input(work, entered),
        services.requests.warnings_for(work, entered, draft),
        services.requests.verdicts(work, entered),
        services.requests.earlier(work, entered, draft),
    )
