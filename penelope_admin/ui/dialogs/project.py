"""The sheets of projects: planning one while seeing what breaks, going on with it, and closing it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from penelope_admin import services
from penelope_admin.absent import mapped
from penelope_admin.domain.features import availability, checks_of, full_name, why_not
from penelope_admin.domain.projects import FeatureInput, ProjectInput, in_short, input_of
from penelope_admin.domain.text import filled
from penelope_admin.ui import format as words
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.acknowledging import THESE, AcknowledgingFields
from penelope_admin.ui.widgets.basics import Banner, Tick, boxed, button, clear, label, stacked
from penelope_admin.ui.widgets.conflicts import DaysConflicts
from penelope_admin.ui.widgets.dates import DateField, OptionalDate, from_qdate, to_qdate
from penelope_admin.ui.widgets.fields import ChoiceField, text_line
from penelope_admin.ui.widgets.flow import Flow
from penelope_admin.ui.widgets.recurring import RecurrenceFields
from penelope_admin.ui.widgets.sheet import Sheet
from penelope_admin.ui.widgets.switch import risk_badge

if TYPE_CHECKING:
    from penelope_admin.domain.agency import Profile
    from penelope_admin.domain.features import Verdict
    from penelope_admin.domain.projects import Clash, Project, Span
    from penelope_admin.services.projects import Closed, ProjectView, Started
    from penelope_admin.services.work import Context, Done
    from penelope_admin.ui.theme import Role

BEGINS_IN, USUAL_LENGTH = timedelta(days=14), timedelta(days=14)


def open_project_sheet(shell: Shell, view: ProjectView | None = None) -> None:
    """Open the sheet once it is known which copies the agency has.

    Args:
        view: the project that is to be changed; none for a new one.
    """

    def show(profile: Profile | None) -> None:
        copies = [k for k in profile.environments if shell.policy.environment[k].refreshable] if profile else []
        if copies:
            shell.open_sheet(ProjectSheet(shell, copies, view))
        else:
            shell.said.emit("There is no copy of production. Settings says which databases you have.")

    shell.operations.run(lambda context: context.read(services.agency.find), show)


class _FeatureRow(QWidget):
    """A feature to tick, and, once it is ticked, days of its own."""

    def __init__(self, name: str, entered: FeatureInput | None, first: date, last: date, today: date) -> None:
        super().__init__()
        self.tick = Tick(name)
        start = entered or FeatureInput("")
        own_first, own_last = start.first_day, start.last_day
        earliest = min(today, first, own_first or first)
        self.first = OptionalDate("Not before", own_first or first, earliest, ticked=own_first is not None)
        self.last = OptionalDate("Not after", own_last or last, earliest, ticked=own_last is not None)
        for field in (self.first, self.last):
            field.tick.setAccessibleName(f"{name}: {field.tick.text()}")
            field.field.setAccessibleName(f"{name}: {field.tick.text()}")
        like = "Why, if not for the project as a whole (optional)"
        self.reason = text_line(start.reason, like, f"{name}: why (optional)")
        self._days = boxed(stacked(self.first, self.last, self.reason, gap=0, edges=("xl", 0, 0, 0)))
        stacked(self.tick, self._days, within=self, gap=0)
        self.tick.toggled.connect(self._days.setVisible)
        self.tick.setChecked(entered is not None)
        self._days.setVisible(entered is not None)

    def entered(self, key: str) -> FeatureInput | None:
        """What is filled in; None when the feature is not needed."""
        if not self.tick.isChecked():
            return None
        return FeatureInput(key, self.first.day, self.last.day, self.reason.text())


class ProjectSheet(Sheet):
    """Plans or changes a project; says while it is filled in what breaks. Nothing is asked for from here."""

    help_topic = "projects"

    def __init__(self, shell: Shell, environments: list[str], view: ProjectView | None = None) -> None:
        self._project = project = view.project if view else None
        self._key: int | None = None
        title, action = "Plan a project", "Plan the project"
        if project is not None:
            title, action, self._key = f"Change “{project.name}”", "Save the changes", project.id
        super().__init__(shell, title, action, wide=True)
        self._today = shell.today
        self._start = mapped(project, input_of) or self._new_input(environments)
        self.rows: dict[str, _FeatureRow] = {}
        self._trouble = ""
        self._timer = self.preview_later(self._refresh_preview)
        if project is None or project.state == "planned":
            self.add("Nothing is asked for and nothing is switched until you start the project.")
        self._add_texts()
        self._add_days(environments)
        self._features = stacked(gap=0)
        self.add(label("Which features are needed?", "strong"), self._features)
        self._calendars = DaysConflicts(shell)
        self.remarks = self.keep_room(self._calendars)
        self._environment_changed()
        self.name.setFocus()

    def _new_input(self, environments: list[str]) -> ProjectInput:
        first = self._today + BEGINS_IN
        usual = next((key for key in self.shell.policy.mirrors if key in environments), environments[0])
        return ProjectInput("", "", first, first + USUAL_LENGTH, usual)

    def _add_texts(self) -> None:
        self.name = text_line(self._start.name, "For example: Reminder pilot", edited=self._timer.start)
        self.field("Name", self.name)
        like = "For example: try appointment reminders with the intake team"
        self.purpose = text_line(self._start.purpose, like, edited=self._timer.start)
        hint = "Support reads this when a refresh is asked for. No client details, please."
        self.field("What is it for?", self.purpose, hint)

    def _add_days(self, environments: list[str]) -> None:
        names = ((self.shell.policy.environment[key].name, key) for key in environments)
        self.environment = self.field("Database", ChoiceField(names, self._start.environment))
        self.environment.currentIndexChanged.connect(self._environment_changed)
        self.first_day = self.field("First day", DateField(self._start.first_day))
        self.last_day = self.field("Last day", DateField(self._start.last_day))
        self._why = label("", "muted")
        self._why.hide()
        self.add(Flow(button("Find the quietest dates", self._find_quietest)), self._why)
        by = self._start.refresh_by
        today, usual = self._today, max(self._start.first_day - timedelta(days=1), self._today)
        self.refresh_by = self.added(
            OptionalDate("Needs a refresh by", by or usual, min(today, by or today), by is not None)
        )
        self.again = RecurrenceFields(self._start.recurs, self._start.first_day)
        self.add(self.again)
        days = (self.first_day.dateChanged, self.last_day.dateChanged)
        for signal in (*days, self.refresh_by.changed, self.again.changed):
            signal.connect(self._timer.start)
        for signal in (self.again.changed, self.refresh_by.tick.toggled, self.first_day.dateChanged):
            signal.connect(lambda *_: self._show_again())
        self._show_again()
        self.first_day.dateChanged.connect(self._keep_order)
        for field in (self.first_day, self.last_day):
            field.dateChanged.connect(self._lead_features)
        if self._project is not None and self._project.state == "started":
            self.environment.setEnabled(False)
            self.refresh_by.setEnabled(False)
            self.again.hide()
            self.add(label("It is started: its database and its refresh stay. Change the request instead.", "caption"))

    def _show_again(self) -> None:
        self.again.show_for(from_qdate(self.first_day.date()), has_refresh=self.refresh_by.tick.isChecked())
        self.grow()

    def _keep_order(self) -> None:
        """A last day before the first is never meant."""
        self.last_day.setDate(max(self.last_day.date(), self.first_day.date()))

    def _lead_features(self) -> None:
        """Days of a feature's own and of a refresh that nobody asked for follow the project's."""
        self.refresh_by.follow(self.first_day.date().addDays(-1))
        for row in self.rows.values():
            row.first.follow(self.first_day.date())
            row.last.follow(self.last_day.date())

    def _find_quietest(self) -> None:
        """Of the dates after the next twelve upgrades those with the least in the way; as many days as now."""
        entered, key = self.entered(), self._key
        self.preview(
            lambda context: context.read(services.projects.find_quietest, entered, key),
            lambda quietest: self._take_quietest(*quietest),
            self._show_trouble,
        )

    def _take_quietest(self, span: Span, why: str) -> None:
        self.last_day.setDate(to_qdate(max(span.last_day, from_qdate(self.last_day.date()))))
        self.first_day.setDate(to_qdate(span.first_day))
        self.last_day.setDate(to_qdate(span.last_day))
        if span.entered.refresh_by is not None:
            self.refresh_by.field.setDate(to_qdate(span.entered.refresh_by))
        for item in span.entered.features:
            row = self.rows[item.feature]
            for field, day in ((row.first.field, item.first_day), (row.last.field, item.last_day)):
                if day is not None:
                    field.setDate(to_qdate(day))
        self._why.setText(why)
        self._why.show()
        self.grow()

    def _environment_changed(self) -> None:
        clear(self._features)
        self.rows = {}
        chosen = {entered.feature: entered for entered in self._start.features}
        for feature in self.shell.policy.features:
            if availability(feature, self.environment.currentData()) != "re-enableable":
                continue
            name = full_name(self.shell.policy, feature)
            row = _FeatureRow(name, chosen.get(feature.key), self._start.first_day, self._start.last_day, self._today)
            for signal in (row.tick.toggled, row.first.changed, row.last.changed):
                signal.connect(self._timer.start)
            self._features.addWidget(row)
            self.rows[feature.key] = row
        if not self.rows:
            text = f"None to choose from: the vendor's list is for {self.shell.policy.mirrors_in_words}. Ask Support."
            self._features.addWidget(label(text, "muted"))
        self._refresh_preview()

    def entered(self) -> ProjectInput:
        """What is filled in."""
        return ProjectInput(
            self.name.text(),
            self.purpose.text(),
            from_qdate(self.first_day.date()),
            from_qdate(self.last_day.date()),
            self.environment.currentData(),
            self.refresh_by.day,
            tuple(entered for key, row in self.rows.items() if (entered := row.entered(key)) is not None),
            self.again.entered(from_qdate(self.first_day.date())),
        )

    def _refresh_preview(self) -> None:
        entered, key = self.entered(), self._key
        self._calendars.show_for(entered.first_day, entered.last_day)
        self.preview(
            lambda context: context.read(services.projects.preview, entered, key), self._show, self._show_trouble
        )

    def _show(self, clashes: tuple[Clash, ...]) -> None:
        self.remarks.show_sentences(*_in_the_way(clashes))
        if clashes and clashes[0].urgency == "danger":
            self.forget_enter()
        self._trouble = ""
        self.update_enabled()
        self.grow()

    def _show_trouble(self, error: Exception) -> None:
        self.remarks.show_sentences()
        self._trouble = str(error)
        self.update_enabled()

    def update_enabled(self) -> None:
        needed = {"a name": self.name.text().strip(), "what it is for": self.purpose.text().strip()}
        self.ask_for(needed, trouble=self._trouble)

    def submit(self) -> None:
        entered, project = self.entered(), self._project
        self.save(
            lambda context: _save(context, entered, project),
            said=lambda done: (
                f"“{done.value.name}” is saved.{' Start it when it is time.' if done.value.state == 'planned' else ''}"
            ),
            then=self._show_new,
        )

    def _show_new(self, done: Done[Project]) -> None:
        """Lead to what was planned; whoever changed a project is at it already."""
        if self._project is None:
            self.shell.go.emit("projects", f"project/{done.value.id}")


def _in_the_way(clashes: Sequence[Clash]) -> list[tuple[str, Role]]:
    """What stands in the way, each with how urgent it is; or that nothing does."""
    said: list[tuple[str, Role]] = [(item.text, item.urgency) for item in clashes]
    return said or [("Nothing stands in its way.", "positive")]


def _save(context: Context, entered: ProjectInput, project: Project | None) -> Done[Project]:
    if project is None:
        return context.write(services.projects.add, entered)
    return context.write(services.projects.change, project.id, entered, project.version)


class StartSheet(Sheet):
    """Starts a project, or plans its features: what will be done first, then what is asked of you."""

    help_topic = "projects"
    records = True

    def __init__(self, shell: Shell, view: ProjectView) -> None:
        self._view, project = view, view.project
        title = "Start" if project.state == "planned" else "Plan the features of"
        verdicts = view.verdicts(shell.policy)
        super().__init__(shell, f"{title} “{project.name}”", _action(view), danger=bool(verdicts))
        serious = ((item.text, item.urgency) for item in view.merged if item.urgency != "info")
        self.keep_room().show_sentences(*serious)
        if view.earlier is not None:
            from penelope_admin.ui.dialogs.request import earlier_banner  # few projects ask for a second refresh

            self.add(earlier_banner(self, view.earlier))
        self.add(*_what_follows(view))
        if verdicts:
            self._tell_the_risk(verdicts)
        self.asked = self.added(AcknowledgingFields(
            THESE, checks_of(verdicts), view.environment_name,
            may_be_real=any(verdict.needs_name for verdict in verdicts), queue_sentence=view.posture.queue_sentence,
            needed=bool(verdicts),
        ))  # fmt: skip
        self.asked.edited.connect(self.update_enabled)
        self.update_enabled()

    def _tell_the_risk(self, verdicts: Sequence[Verdict]) -> None:
        """Of each feature whom it reaches, then what holds for all of them."""
        view, policy = self._view, self.shell.policy
        for use, verdict in zip(view.to_plan, verdicts, strict=True):
            self.add(label(f"{view.feature_names[use.feature]}, until {words.day(use.last_day)}", "strong"))
            if verdict.phi_risk is not None:
                self.add(Flow(risk_badge(verdict.phi_risk)))
            if verdict.reaches:
                self.add(label(verdict.reaches, "dangerText"))
        for text, _ in dict.fromkeys(sentence for verdict in verdicts for sentence in verdict.remarks):
            self.add(label(text, "muted"))
        if any(verdict.needs_approval for verdict in verdicts):
            self.add("A second person must approve these plans before you switch anything on in Penelope.")
        self.add(policy.quote("only-what-is-needed"), label(policy.ratings.note, "caption"))

    def update_enabled(self) -> None:
        """Ask the rules whether what is confirmed is enough."""
        self.tell_why_not(why_not(self._view.verdicts(self.shell.policy, self.asked.acknowledgement)))

    def submit(self) -> None:
        """Do it, all or nothing."""
        project, acknowledgement = self._view.project, self.asked.acknowledgement
        action = services.projects.start if project.state == "planned" else services.projects.plan_features
        self.save(
            lambda context: context.write(action, project.id, acknowledgement, project.version), then=self._started
        )

    def _started(self, done: Done[Started]) -> None:
        request, planned = done.value.request, done.value.planned
        if request is not None:
            self.shell.go.emit("requests", str(request.id))
            self.shell.said.emit(f"{request.reference} is drafted. Nothing has been sent yet.")
        elif planned:
            self.shell.go.emit("features", f"{planned[0].environment}/{planned[0].feature}")
            self.shell.said.emit("Planned. Switch them on in Penelope, then say that it is done.")
        else:
            self.shell.said.emit(f"“{done.value.project.name}” is started.")


def _action(view: ProjectView) -> str:
    if view.project.awaits_refresh:
        return "Start it and draft the request"
    if view.project.state != "planned":
        return "Plan the features"
    if view.to_plan:
        return "Start it and plan the features"
    return "Start it"


def _what_follows(view: ProjectView) -> list[str]:
    """What the click does, and what it leaves for later."""
    later = ", ".join(view.feature_names[use.feature] for use in view.later)
    if view.project.awaits_refresh:
        then = filled(" Plan these features once it is done, for it drops every plan: {}.", later)
        return [f"A refresh request is drafted for you to look at and send.{then}", *_next_turn(view)]
    texts = ["These are planned, all or none. You switch them on in Penelope yourself."] if view.to_plan else []
    if later:
        texts.append(f"To be planned after the upgrade, which would drop the plans: {later}.")
    return [*(texts or ["Nothing is asked for and nothing is switched."]), *_next_turn(view)]


def _next_turn(view: ProjectView) -> list[str]:
    """That the next turn of what comes again is planned with this one."""
    if view.project.state != "planned" or not view.turns:
        return []
    return [f"Its next turn is planned with it: {words.day(view.turns[0][0].first_day)}."]


class KeepDatesSheet(Sheet):
    """Asks whether the days to which a project's bar was dragged are to be kept, and says what is in the way there."""

    help_topic = "projects"

    def __init__(self, shell: Shell, tried: Project, clashes: Sequence[Clash]) -> None:
        super().__init__(shell, f"Other dates for “{tried.name}”", "Keep these dates")
        self.safe.setText("Put them back")
        self._tried = tried
        self.add(f"{words.days(tried.first_day, tried.last_day)}: {in_short(clashes)}.")
        self.keep_room().show_sentences(*_in_the_way(clashes))

    def submit(self) -> None:
        tried = self._tried
        self.save(
            lambda context: context.write(services.projects.change, tried.id, input_of(tried), tried.version),
            said="The dates are kept.",
        )


class CloseSheet(Sheet):
    """Ends or cancels a project; says what it leaves behind and leads there. It switches nothing."""

    help_topic = "projects"

    def __init__(self, shell: Shell, view: ProjectView, *, ends: bool) -> None:
        self._view, self._ends, project = view, ends, view.project
        self.records = ends
        verb = "End" if ends else "Cancel"
        super().__init__(shell, f"{verb} “{project.name}”", f"{verb} the project")
        self.safe.setText("Keep it")
        self.add("It can be undone (Ctrl+Z) as long as this window is open.")
        if project.recurs is not None:
            self.add(
                Banner("It will not repeat after that. To leave out just one turn, choose Skip this turn.", "info")
            )
        for state in view.in_use:
            how = "on" if state.state == "on" else "planned"
            text = f"{view.feature_names[state.feature]} is still {how}, and stays so until you change it."
            self.add(Banner(text, "caution"))
        if project.awaits_refresh and project.request_id is not None:
            self.add(
                Banner(f"The request for its refresh, PA-{project.request_id}, stays open. Cancel it too.", "caution")
            )

    def submit(self) -> None:
        action, project = services.projects.end if self._ends else services.projects.cancel, self._view.project
        self.save(lambda context: context.write(action, project.id, project.version), then=self._closed)

    def _closed(self, done: Done[Closed]) -> None:
        closed = done.value
        if closed.in_use:
            self.shell.go.emit("features", f"{closed.in_use[0].environment}/{closed.in_use[0].feature}")
            self.shell.said.emit("Switch off what is not needed any more.")
        elif closed.open_request is not None:
            self.shell.go.emit("requests", str(closed.open_request))
        else:
            self.shell.said.emit(f"“{closed.project.name}” is {closed.project.state}.")
