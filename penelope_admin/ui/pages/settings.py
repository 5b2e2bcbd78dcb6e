"""Settings: the agency, how the window looks, where the data is, and which rules are used."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

import msgspec
from PySide6.QtCore import QMimeData, QTimer
from PySide6.QtWidgets import QPushButton, QStackedWidget, QVBoxLayout, QWidget

from penelope_admin import services
from penelope_admin.clock import zone_data
from penelope_admin.domain.features import is_same_person
from penelope_admin.domain.second_person import off_sentence, waiver_sentence
from penelope_admin.errors import ConflictError
from penelope_admin.files import resource
from penelope_admin.topics import EVERYTHING
from penelope_admin.ui import dialogs, theme
from penelope_admin.ui import format as words
from penelope_admin.ui.actions import PageAction
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.agency_form import AgencyForm
from penelope_admin.ui.widgets.basics import (
    Banner,
    Card,
    Facts,
    Result,
    boxed,
    button,
    clear,
    in_a_row,
    label,
    put,
    scrolled,
    show_text,
    stacked,
)
from penelope_admin.ui.widgets.fields import ChoiceField
from penelope_admin.ui.widgets.files import TakesDrops, ask_source, ask_target, dropped_file
from penelope_admin.ui.widgets.flow import Flow
from penelope_admin.ui.widgets.list_detail import ListDetail, parts_list
from penelope_admin.ui.widgets.mail_form import MailForm
from penelope_admin.ui.widgets.page import Page
from penelope_admin.ui.widgets.person import PersonField

if TYPE_CHECKING:
    from collections.abc import Callable

    from penelope_admin.clock import ZoneData
    from penelope_admin.domain.agency import Profile
    from penelope_admin.domain.second_person import SecondPerson
    from penelope_admin.domain.sites import Site
    from penelope_admin.gateways.settings import Density, Scheme
    from penelope_admin.policy import Policy
    from penelope_admin.services.requests.mailbox import Kind
    from penelope_admin.services.work import Context, Done
    from penelope_admin.ui.widgets.linked_calendars import LinkedCalendarsCard
    from penelope_admin.ui.widgets.sites import SitesCard

SCHEMES = (("Follow system", "system"), ("Light", "light"), ("Dark", "dark"))
DENSITIES = (("Comfortable", "comfortable"), ("Compact", "compact"))

PARTS = {
    "Agency": "name region time zone databases second person approval package night release notes",
    "Sites": "places local time zone clocks around the clock shift night add a site",
    "Linked calendars": "conflicts overlaps ics own calendar groups shifts closures payroll link a file",
    "Sending and replies": "mail server smtp imap keep password portal telephone address email outbox test connection",
    "Reminders": "notification tray background start with the computer autostart remind status page",
    "Appearance": "colours dark light scheme table spacing density theme",
    "Data": "folder backup",
    "Rules": "policy vendor use another file",
    "Time zone data": "clocks daylight saving import newer",
}
"""The parts of the page by their titles, with other words by which people look for them."""

SAVED_AS_A_WHOLE = AGENCY, MAIL = "Agency", "Sending and replies"
"""What is filled in there is kept by a button; elsewhere each change is kept at once."""

_SAVE = {AGENCY: "Save the agency", MAIL: "Save sending and replies"}
_SAVED = {AGENCY: "The agency is saved.", MAIL: "Sending and replies are saved."}
_LINES_WIDE = 48  # how many lines of text are as high as a form is wide at most
_FIRST = 1000  # all the room there is goes to the form, until it is as wide as it may be


class AgencyView(NamedTuple):
    """What is kept of the agency; nothing before there is one."""

    profile: Profile | None = None
    second_person: SecondPerson | None = None
    sites: tuple[Site, ...] = ()


class SettingsPage(TakesDrops, Page):
    """What can be set."""

    name = "settings"
    purpose = "Your agency, the window, and where everything is kept. Drop a backup, a rules file or a calendar here."
    topics = frozenset({"agency"})

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.setAcceptDrops(True)
        self.form: AgencyForm | None = None
        self.mail: MailForm | None = None
        self.sites: SitesCard | None = None
        self.calendars: LinkedCalendarsCard | None = None
        self.saves: dict[str, QPushButton] = {}  # by what they save
        self._view: AgencyView | None = None
        self.results = {title: Result() for title in PARTS}
        self._second_person = QVBoxLayout()
        self._panels: dict[str, QVBoxLayout] = {}
        self._feet = {title: QVBoxLayout() for title in SAVED_AS_A_WHOLE}
        self.parts, self._stack = parts_list("Parts of the settings", PARTS), QStackedWidget()
        for title in PARTS:
            self._stack.addWidget(self._panel(title))
        self.parts.currentRowChanged.connect(self._stack.setCurrentIndex)
        self.panes = ListDetail(shell, "settings", self.parts, self._stack, "All settings", shares=(1, 4))
        self.add_panes(self.panes)
        # One after the other, so that the page appears at once.
        self._turns: list[Callable[[], object]] = []
        for title, make in (
            ("Reminders", self._reminders), ("Appearance", self._appearance), ("Data", self._data),
            ("Rules", self._rules), ("Time zone data", self._zone_data),
        ):  # fmt: skip
            self._later(partial(self._make, title, make))
        self.parts.setCurrentRow(list(PARTS).index(shell.settings_part))
        self.parts.currentTextChanged.connect(lambda title: setattr(shell, "settings_part", title))

    @classmethod
    def actions_by_name(cls, _policy: Policy) -> list[PageAction]:
        """Copies and files, and what each part of the page sets."""
        return [
            PageAction("Back up now", cls.back_up, "backup copy save database"),
            PageAction("Restore a backup", cls.restore, "undo copy database"),
            *(
                PageAction(f"Setting: {name}", partial(cls.show_subject, subject=name), more)
                for name, more in PARTS.items()
            ),
        ]

    def source_in(self, data: QMimeData) -> Path | None:
        """A backup, rules, clock data or a calendar, by its ending."""
        return dropped_file(data, ".db", ".toml", ".whl", ".ics")

    def take_file(self, file: Path) -> None:
        """What its button does with a chosen file; the part comes into view."""
        part, take = {
            ".db": ("Data", self.restore_from), ".toml": ("Rules", self.use_policy),
            ".whl": ("Time zone data", self.take_zone_data), ".ics": ("Linked calendars", self.link_calendar),
        }[file.suffix.lower()]  # fmt: skip
        self._show_part(part)
        take(file)

    take_dropped = take_file

    def link_calendar(self, file: Path) -> None:
        """Open the sheet that links a calendar, once there is an agency whose it can be."""
        if self.calendars is not None:
            self.calendars.open_link(file)

    def _panel(self, title: str) -> QWidget:
        """The place of a part's card, with the word how the last change went below it.

        Of a part that is saved as a whole, that word and the button stay in sight, below what scrolls.
        """
        self._panels[title] = stacked()
        result, foot = self.results[title], self._feet.get(title)
        if foot is None:
            area = scrolled(stacked(self._panels[title], result, 1, gap="s"))
            return boxed(stacked((area, 1)))
        area = scrolled(stacked(self._panels[title], 1, gap="s"))
        return boxed(stacked((area, 1), result, foot, gap="s"))

    def _make(self, title: str, make: Callable[[], Card]) -> None:
        self._put(title, make())

    def _later(self, turn: Callable[[], object]) -> None:
        """Do something in a turn of the event loop of its own; the page has its data when all of them are done."""
        self._turns.append(turn)
        if self.is_built or len(self._turns) == 1:
            self.is_built = False
            QTimer.singleShot(0, self, self._next_turn)

    def _next_turn(self) -> None:
        self._turns.pop(0)()
        if self._turns:
            QTimer.singleShot(0, self, self._next_turn)
            return
        self.is_built = True
        if self._view is not None:
            self.loaded.emit()

    def _put(self, title: str, card: Card, *foot: QWidget) -> None:
        """Put a part's card in the place of the one before, and what saves it; nothing else is touched."""
        clear(self._panels[title])
        self._panels[title].addWidget(card)
        if foot:
            clear(self._feet[title])
            put(self._feet[title], *foot)

    def load(self) -> None:
        self.shell.operations.run(_find, self._show, label="Loading settings")

    def _show(self, view: AgencyView) -> None:
        if view.profile is None or not self._goes_on(AGENCY, self.form, view.profile):
            self._agency(view.profile)
        rest: list[Callable[[], None]] = [partial(self._finish, view)]
        if view.profile is not None:
            rest = [partial(self._show_mail, view.profile), partial(self._show_sites, view.sites), *rest]
        if self.mail is None or self._turns:  # what is left of an earlier answer comes first
            for turn in rest:
                self._later(turn)
            return
        for turn in rest:
            turn()
        if self.is_built:
            self.loaded.emit()

    def _finish(self, view: AgencyView) -> None:
        """The last of what is shown of an agency: whether a second person is asked."""
        if self._view is None or self._view.second_person != view.second_person or not self._second_person.count():
            self._show_second_person(view.second_person)
        self._view = view

    def _show_mail(self, profile: Profile) -> None:
        if not self._goes_on(MAIL, self.mail, profile):
            self._mail(profile)
        if self.mail is not None:
            self.mail.show_kept(profile)

    def _show_sites(self, sites: tuple[Site, ...]) -> None:
        if self.sites is None:
            from penelope_admin.ui.widgets.sites import SitesCard

            self.sites = SitesCard(self.shell)
            self._put("Sites", self.sites)
        self.sites.show_sites(sites)
        if self.calendars is None:
            from penelope_admin.ui.widgets.linked_calendars import LinkedCalendarsCard

            self.calendars = LinkedCalendarsCard(self.shell)
            self._put("Linked calendars", self.calendars)
        self.calendars.show_sites(sites)

    def _goes_on(self, part: str, form: AgencyForm | MailForm | None, profile: Profile) -> bool:
        """Let a form go on with what is kept now, if nothing in it has to change; it keeps what is being typed."""
        if form is None:
            return False
        if self.saves[part].isEnabled():  # something is not saved
            if profile.version == self.shell.saved_version:  # this window saved another part
                form.rebase(profile)
            return True  # somebody else's change is told when this is saved
        is_same = all(getattr(profile, fact) == value for fact, value in form.entered().items())
        if is_same:
            form.rebase(profile)
        return is_same

    @property
    def open_subject(self) -> str:
        """The part that stands in the place of the list."""
        return self.shell.settings_part if self.panes.detail_alone else ""

    def _set_aside(self) -> None:
        """Keep what is being filled in, for the form that takes this one's place."""
        for part, form in ((AGENCY, self.form), (MAIL, self.mail)):
            if form is not None and self.saves[part].isEnabled():
                self.shell.unsaved[part] = form.profile(), form.entered()

    def _taken_up(self, part: str, profile: Profile | None) -> Profile | None:
        """What was set aside, on top of what this window saved meanwhile; somebody else's change stays a conflict."""
        unsaved, entered = self.shell.unsaved.pop(part, (None, {}))
        if unsaved is None or profile is None or profile.version != self.shell.saved_version:
            return unsaved
        return msgspec.structs.replace(profile, **entered)

    def _make_save(self, part: str, save: Callable[[], None], *, unsaved: bool) -> QPushButton:
        self.saves[part] = save_button = button(_SAVE[part], save, "primary")
        save_button.setEnabled(unsaved)
        return save_button

    def _agency(self, profile: Profile | None) -> None:
        unsaved = self._taken_up(AGENCY, profile)
        self.form = form = AgencyForm(self.shell, unsaved or profile)
        save, why_not = self._make_save(AGENCY, self.save, unsaved=unsaved is not None), label("", "muted")
        why_not.hide()

        def update_enabled() -> None:
            show_text(why_not, words.still_needed(form.needed))
            save.setEnabled(why_not.isHidden())

        form.edited.connect(update_enabled)
        self._second_person = QVBoxLayout()
        person = PersonField(self.shell)
        self.person = person.line
        self.person.editingFinished.connect(person.keep)
        card = Card(AGENCY, _as_wide_as_useful(form), self._second_person, _as_wide_as_useful(person))
        self._put(AGENCY, card, why_not, save)

    def _show_second_person(self, second_person: SecondPerson | None) -> None:
        """That somebody wants to do without a second person, or that it was switched off."""
        clear(self._second_person)
        if second_person is not None and second_person.waiver is not None:
            own = is_same_person(second_person.waiver.by, self.shell.app.actor)
            keep = button("Take that back" if own else "Keep the second person", self.keep_second_person)
            put(
                self._second_person,
                Banner(waiver_sentence(second_person.waiver, self.shell.zone), "caution"),
                Flow(keep),
            )
        elif second_person is not None and second_person.off is not None:
            put(self._second_person, Banner(off_sentence(second_person.off, self.shell.zone), "caution"))

    def keep_second_person(self) -> None:
        """Turn down, or take back, the wish to do without a second person."""
        self.shell.do(lambda context: context.write(services.agency.keep_second_person), "The second person stays on.")

    def save(self) -> None:
        """Save what is filled in for the agency."""
        if self.form is None:
            return
        profile = self.form.profile()
        if not profile.version:
            self._save(AGENCY, lambda context: context.write(services.agency.set_up, profile))
            return
        self.shell.operations.run(
            lambda context: context.read(services.agency.leaving, profile),
            lambda still_open: self._save_leaving(profile, still_open),
            partial(self._not_saved, AGENCY),
            "Saving",
        )

    def _save_leaving(self, profile: Profile, still_open: dict[str, tuple[str, ...]]) -> None:
        """Save, once the person has seen what is not settled of the databases they drop."""

        def save() -> None:
            self._save(AGENCY, lambda context: context.write(services.agency.update, profile, still_open))

        if not still_open:
            save()
            return
        self.shell.open_sheet(dialogs.leave.LeaveSheet(self.shell, still_open, save))

    def save_mail(self) -> None:
        """Save how requests are sent."""
        if self.mail is not None:
            profile = self.mail.profile()
            self._save(MAIL, lambda context: context.write(services.agency.update, profile))

    def _save(self, part: str, use_case: Callable[[Context], Done[Profile]]) -> None:
        self.shell.operations.run(
            use_case, lambda done: self._saved(part, done.value), partial(self._not_saved, part), "Saving"
        )

    def _not_saved(self, part: str, error: Exception) -> None:
        """Say why; where somebody else was quicker, what they wrote can be loaded."""
        again = button("Load them again", self._load_again) if isinstance(error, ConflictError) else None
        self.results[part].notify(str(error), "danger", again)

    def _load_again(self) -> None:
        """Drop what is filled in, and show what is kept."""
        for result in self.results.values():
            result.quiet()
        self.form = self.mail = None
        self.load()

    def _saved(self, part: str, profile: Profile) -> None:
        self.shell.saved_version = profile.version
        save, form = self.saves[part], self.form if part == AGENCY else self.mail
        if form is not None and save.hasFocus():
            (form.focusWidget() or form).setFocus()  # the button is off from here on
        save.setEnabled(False)
        said = _SAVED[part]
        if isinstance(form, AgencyForm) and profile.second_person and not form.second_person.isChecked():
            said += " The second person stays on until somebody else confirms that."
        self.results[part].notify(said, "positive")

    def _mail(self, profile: Profile) -> None:
        unsaved = self._taken_up(MAIL, profile)
        self.mail = form = MailForm(unsaved or profile, self.shell.policy, self.shell.today)
        save = self._make_save(MAIL, self.save_mail, unsaved=unsaved is not None)
        form.edited.connect(lambda: save.setEnabled(True))
        form.password_entered.connect(partial(self._keep_password, form))
        form.test_requested.connect(partial(self._test_connection, form))
        self._put(MAIL, Card(MAIL, _as_wide_as_useful(form)), save)

    def _keep_password(self, form: MailForm, kind: Kind, password: str) -> None:
        """Put a password into the keyring, or out of it when it is empty."""
        fields = form.fields[kind]
        self.shell.operations.run(
            lambda context: services.requests.mailbox.keep_password(context, kind, password or None),
            lambda _: fields.password_kept(bool(password)),
            fields.result.fail,
            "Asking the keyring",
        )

    def _test_connection(self, form: MailForm, kind: Kind) -> None:
        """Connect and sign in, beside everything else; a server may take its time."""
        result = form.fields[kind].result
        started = self.shell.operations.run_aside(
            "test",
            lambda context: services.requests.mailbox.check(context, kind),
            lambda text: result.notify(text, "positive"),
            result.fail,
        )
        if started:
            result.notify("Trying to reach the server. This can take half a minute.", "info")
        else:
            result.notify("The other server is still being tried. Wait for what it says, then try again.", "info")

    def _reminders(self) -> Card:
        from penelope_admin.ui.widgets.reminder_form import ReminderForm

        return ReminderForm(self.shell, self.results["Reminders"])

    def _appearance(self) -> Card:
        card = Card("Appearance")
        self.scheme = ChoiceField(SCHEMES, self.shell.settings.scheme, "Colours")
        self.density = ChoiceField(DENSITIES, self.shell.settings.density, "Table spacing")
        for box in (self.scheme, self.density):
            box.currentIndexChanged.connect(lambda: self._appearance_changed())
            card.add(label(box.accessibleName(), "strong"), Flow(box))
        return card

    def _appearance_changed(self) -> None:
        scheme = cast("Scheme", self.scheme.currentData())
        density = cast("Density", self.density.currentData())
        self._set_aside()
        self.shell.settings_part = "Appearance"
        self.shell.remember(scheme=scheme, density=density)
        theme.current().set(scheme, density == "compact")

    def _data(self) -> Card:
        kept = f"{self.shell.app.home / 'backups'}; one a day, the newest 14 are kept"
        return Card(
            "Data",
            Facts(("Data folder", str(self.shell.app.home)), ("Backups", kept), columns=1),
            Flow(button("Back up now …", self.back_up), button("Restore a backup …", self.restore)),
            label("A restore checks the file first and keeps what it replaces.", "caption"),
        )

    def back_up(self) -> None:
        """Write a copy where the person wants it; how that went is said in the part that is about it."""
        self._show_part("Data")
        target = ask_target(self, "Back up", "penelope-admin-backup.db", "Backups")
        if target is not None:
            self.shell.operations.run(
                lambda context: services.backups.make(context, target),
                lambda _: self.results["Data"].notify(f"Saved: {target}", "positive"),
                self.results["Data"].fail,
                "Backing up",
            )

    def restore(self) -> None:
        """Put a backup in the place of the database."""
        self._show_part("Data")
        dialogs.restore.ask_and_restore(self.shell, self, self.results["Data"].quiet, self.results["Data"].fail)

    def restore_from(self, source: Path) -> None:
        """Say what a backup would replace, and restore it if that is wanted."""
        dialogs.restore.open_restore(self.shell, source, self.results["Data"].quiet, self.results["Data"].fail)

    def _rules(self) -> Card:
        source, buttons = "the file that came with this program", [button("Use another file …", self.choose_policy)]
        if self.shell.app.policy_file != resource("policy.toml"):
            source = "your own file"
            buttons.append(button("Use the built-in file again", partial(self.use_policy, None)))
        return Card(
            "Rules",
            f"The rules come from {source}. "
            "An agency may use its own when the vendor changes a rule; it counts from the next start.",
            Facts(("File in use", str(self.shell.app.policy_file)), columns=1),
            Flow(*buttons),
        )

    def choose_policy(self) -> None:
        """Check another policy file and use it from the next start."""
        ask_source(self, "Use another policy", "Policy (*.toml)", self.use_policy)

    def use_policy(self, source: Path | None) -> None:
        """Check a policy file and use it from the next start; or again the one that came along."""
        says = "The file is fine. It takes effect at the next start."
        if source is None:
            says = "The built-in file takes effect at the next start."
        self.shell.operations.run_with_app(
            lambda app: app.use_policy(source),
            lambda _: self._policy_changed(says),
            self.results["Rules"].fail,
            "Checking the file",
        )

    def _zone_data(self) -> Card:
        in_force, *others = zone_data()
        older = (("Older, not used", data.name) for data in others)
        return Card(
            "Time zone data",
            "Governments change their clocks. The newest rules on this computer count; without a network, import "
            "newer ones from a file: a wheel of the Python package tzdata.",
            Facts(("In use", in_force.name), *older, columns=1),
            Flow(button("Import newer data …", self.import_zone_data)),
        )

    def import_zone_data(self) -> None:
        """Take newer time zone data from a file; it counts at once."""
        ask_source(self, "Import time zone data", "Wheels of tzdata (*.whl)", self.take_zone_data)

    def take_zone_data(self, file: Path) -> None:
        """Check a file with time zone data and use it at once."""
        self.shell.operations.run_with_app(
            lambda app: app.import_zone_data(file),
            self._zone_data_imported,
            self.results["Time zone data"].fail,
            "Checking the file",
        )

    def _zone_data_imported(self, data: ZoneData) -> None:
        self.shell.operations.changed.emit(EVERYTHING)  # every time shown may be another now
        self._put("Time zone data", self._zone_data())
        self.results["Time zone data"].notify(f"In use now: {data.name}.", "positive")

    def show_subject(self, subject: str) -> None:
        """Bring a part of the page into view, by its title or as "time-data"."""
        title = "Time zone data" if subject == "time-data" else subject
        self.when_loaded(lambda: self._show_part(title))

    def _show_part(self, title: str) -> None:
        if title in PARTS:
            self.parts.setCurrentRow(list(PARTS).index(title))
            self.panes.open_detail()

    def _policy_changed(self, says: str) -> None:
        self._put("Rules", self._rules())
        self.results["Rules"].notify(says, "positive")


def _find(context: Context) -> AgencyView:
    profile = context.read(services.agency.find)
    if profile is None:
        return AgencyView()
    return AgencyView(profile, context.read(services.agency.find_second_person), context.read(services.sites.find_all))


def _as_wide_as_useful(form: QWidget) -> QWidget:
    """A form at the left of its card: on a large screen no field is much longer than what is typed into it."""
    form.setMaximumWidth(_LINES_WIDE * form.fontMetrics().lineSpacing())
    return boxed(in_a_row((form, _FIRST), 1))
