"""Settings: the agency, how the window looks, where the data is, and which rules are used."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

import msgspec
from PySide6.QtWidgets import QComboBox, QFileDialog, QWidget

from penelope_admin import services
from penelope_admin.clock import zone_data
from penelope_admin.domain.features import is_same_person
from penelope_admin.domain.second_person import off_sentence, wish_sentence
from penelope_admin.errors import ConflictError
from penelope_admin.files import resource
from penelope_admin.topics import EVERYTHING
from penelope_admin.ui import theme
from penelope_admin.ui.actions import PageAction
from penelope_admin.ui.desk import Desk
from penelope_admin.ui.widgets.agency_form import AgencyForm
from penelope_admin.ui.widgets.basics import Banner, Card, Facts, button, label
from penelope_admin.ui.widgets.files import ask_target
from penelope_admin.ui.widgets.flow import Flow
from penelope_admin.ui.widgets.mail_form import MailForm
from penelope_admin.ui.widgets.page import Page

if TYPE_CHECKING:
    from collections.abc import Callable

    from penelope_admin.app import App
    from penelope_admin.clock import ZoneData
    from penelope_admin.domain.agency import Profile
    from penelope_admin.domain.delivery import MailServer
    from penelope_admin.domain.second_person import SecondPerson
    from penelope_admin.gateways.settings import Density, Scheme
    from penelope_admin.policy import Policy
    from penelope_admin.services.mailbox import Kind
    from penelope_admin.services.work import Context, Done

SCHEMES = (("Follow system", "system"), ("Light", "light"), ("Dark", "dark"))
DENSITIES = (("Comfortable", "comfortable"), ("Compact", "compact"))

PARTS = {
    "Agency": "name region time zone databases second person approval package night",
    "Sending and replies": "mail server smtp imap password portal telephone address email outbox",
    "Appearance": "colours dark light scheme table spacing density theme",
    "Data": "folder backup",
    "Rules": "policy file vendor",
    "Time zone data": "clocks daylight saving import",
}
"""The parts of the page by their titles, with other words by which people look for them."""


class SettingsPage(Page):
    """What can be set."""

    name = "settings"
    title = "Settings"
    purpose = "Your agency, how the window looks, and where everything is kept."
    topics = frozenset({"agency"})

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.form: AgencyForm | None = None
        self._second_person: SecondPerson | None = None
        self.mail: MailForm | None = None

    @classmethod
    def actions_by_name(cls, _policy: Policy) -> list[PageAction]:
        """Copies and files, and what each part of the page sets."""
        return [
            PageAction("Back up now", cls.back_up, "backup copy save database"),
            PageAction("Restore a backup", cls.restore, "undo copy database"),
            *(PageAction(f"Setting: {name}", partial(_show_part, name), more) for name, more in PARTS.items()),
        ]

    def load(self) -> None:
        """Ask for the agency."""
        self.desk.operations.run(_find, self._show, label="Loading settings")

    def _show(self, found: tuple[Profile | None, SecondPerson | None]) -> None:
        profile, self._second_person = found
        self._set_aside()
        self.build(
            (
                lambda: self.add(self._agency(profile)),
                *([lambda: self.add(self._mail(profile))] if profile is not None else []),
                lambda: self.add(self._appearance()),
                lambda: self.add(self._data()),
                lambda: self.add(self._rules()),
                lambda: self.add(self._zone_data()),
            )
        )

    def refocus(self, name: str) -> None:
        """Put the focus back on the field that had it, too."""
        fields = (made for made in self.findChildren(QWidget) if made.accessibleName() == name)
        field = next((made for made in fields if made.isVisibleTo(self) and made.isEnabled()), None)
        if field is not None:
            field.setFocus()
        else:
            super().refocus(name)

    def _set_aside(self) -> None:
        """Keep what is being filled in, for the form that takes this one's place."""
        if self.form is not None and self.save_button.isEnabled():
            self.desk.unsaved_agency = self.form.profile()
        if self.mail is not None and self.save_mail_button.isEnabled():
            self.desk.unsaved_mail = self.mail.profile()

    def _taken_up(self, unsaved: Profile | None, profile: Profile | None, *, mail: bool) -> Profile | None:
        """What was set aside, on top of what this window saved meanwhile; somebody else's change stays a conflict."""
        if unsaved is None or profile is None or profile.version != self.desk.saved_version:
            return unsaved
        facts = msgspec.structs.asdict(unsaved)
        mine = {name: value for name, value in facts.items() if name != "version" and _is_of_mail(name) == mail}
        return msgspec.structs.replace(profile, **mine)

    def _agency(self, profile: Profile | None) -> Card:
        card = Card("Agency")
        unsaved = self._taken_up(self.desk.unsaved_agency, profile, mail=False)
        self.desk.unsaved_agency = None
        self.form = form = AgencyForm(self.desk, unsaved or profile)
        self.save_button = save = button("Save the agency", self.save, "primary")
        save.setEnabled(unsaved is not None)
        form.edited.connect(lambda: save.setEnabled(form.is_complete))
        card.add(form, Flow(save))
        self._add_second_person(card)
        return card

    def _add_second_person(self, card: Card) -> None:
        """That somebody wants to do without a second person, or that it was switched off."""
        known = self._second_person
        if known is not None and known.wish is not None:
            own = is_same_person(known.wish.by, self.desk.app.actor)
            keep = button("Take that back" if own else "Keep the second person", self.keep_second_person)
            card.add(Banner(wish_sentence(known.wish, self.desk.zone), "caution"), Flow(keep))
        elif known is not None and known.off is not None:
            card.add(Banner(off_sentence(known.off, self.desk.zone), "caution"))

    def keep_second_person(self) -> None:
        """Turn down, or take back, the wish to do without a second person."""
        self.desk.operations.run(
            lambda context: context.write(services.agency.keep_second_person),
            lambda _: self.desk.said.emit("The second person stays on."),
        )

    def save(self) -> None:
        """Save what is filled in for the agency."""
        if self.form is None:
            return
        profile = self.form.profile()
        if not profile.version:
            self._save(lambda context: context.write(services.agency.set_up, profile))
            return
        self.desk.operations.run(
            lambda context: context.read(services.agency.leaving, profile),
            lambda still_open: self._save_leaving(profile, still_open),
            self._not_saved,
            "Saving",
        )

    def _save_leaving(self, profile: Profile, still_open: dict[str, tuple[str, ...]]) -> None:
        """Save, once the person has seen what is not settled of the databases they drop."""

        def save() -> None:
            self._save(lambda context: context.write(services.agency.update, profile, still_open))

        if not still_open:
            save()
            return
        from penelope_admin.ui.dialogs.leave import LeaveSheet

        self.desk.open_sheet(LeaveSheet(self.desk, still_open, save))

    def _save(self, deed: Callable[[Context], Done[Profile]]) -> None:
        self.desk.operations.run(deed, lambda done: self._saved(done.value), self._not_saved, "Saving")

    def _not_saved(self, error: Exception) -> None:
        """Say why; where somebody else was quicker, what they wrote can be loaded."""
        again = button("Load them again", self._load_again) if isinstance(error, ConflictError) else None
        self.say(str(error), "danger", again)

    def _load_again(self) -> None:
        """Drop what is filled in, and show what is kept."""
        self.quiet()
        self.form = self.mail = None
        self.load()

    def _saved(self, profile: Profile) -> None:
        self.quiet()
        self.desk.saved_version = profile.version
        if self.form is not None and self.save_button.hasFocus():
            self.form.name.setFocus()  # the button is off from here on
        self.save_button.setEnabled(False)
        waits = self.form is not None and profile.second_person and not self.form.second_person.isChecked()
        more = " The second person stays on until somebody else confirms that." if waits else ""
        self.desk.said.emit(f"The agency is saved.{more}")

    def _mail(self, profile: Profile) -> Card:
        card = Card("Sending and replies")
        unsaved = self._taken_up(self.desk.unsaved_mail, profile, mail=True)
        self.desk.unsaved_mail = None
        today = self.desk.app.clock.now().astimezone(self.desk.zone).date()
        self.mail = form = MailForm(unsaved or profile, self.desk.policy, today)
        self.save_mail_button = save = button("Save sending and replies", self.save_mail, "primary")
        save.setEnabled(unsaved is not None)
        form.edited.connect(lambda: save.setEnabled(True))
        for kind, server, deeds in (
            ("smtp", profile.smtp, form.smtp_deeds),
            ("imap", profile.imap, form.imap_deeds),
        ):
            if server is not None:
                self._add_server_deeds(cast("Kind", kind), server, deeds)
        card.add(form, Flow(save))
        return card

    def _add_server_deeds(self, kind: Kind, server: MailServer, deeds: Flow) -> None:
        if server.user:
            deeds.addWidget(button("Password …", lambda: self.ask_password(kind, server)))
        deeds.addWidget(button("Test the connection", lambda: self.test_connection(kind)))

    def ask_password(self, kind: Kind, server: MailServer) -> None:
        """Open the sheet for a server's password."""
        from penelope_admin.ui.dialogs.password import PasswordSheet

        self.desk.operations.run(
            lambda context: services.mailbox.has_password(context, kind),
            lambda known: self.desk.open_sheet(PasswordSheet(self.desk, kind, server, known=known)),
            label="Asking the keyring",
        )

    def test_connection(self, kind: Kind) -> None:
        """Connect and sign in, beside everything else; a server may take its time."""
        started = self.desk.operations.run_aside(
            "test",
            lambda context: services.mailbox.check(context, kind),
            lambda text: self.say(text, "positive"),
            lambda error: self.say(str(error), "danger"),
        )
        if started:
            self.say("Trying to reach the server. This can take half a minute.", "info")

    def save_mail(self) -> None:
        """Save how requests are sent."""
        if self.mail is None:
            return
        profile = self.mail.profile()
        self.desk.operations.run(
            lambda context: context.write(services.agency.update, profile),
            lambda done: self._mail_saved(done.value),
            self._not_saved,
            "Saving",
        )

    def _mail_saved(self, profile: Profile) -> None:
        self.quiet()
        self.desk.saved_version = profile.version
        if self.mail is not None and self.save_mail_button.hasFocus():
            self.mail.delivery.setFocus()  # the button is off from here on
        self.save_mail_button.setEnabled(False)
        self.desk.said.emit("Sending and replies are saved.")

    def _appearance(self) -> Card:
        card = Card("Appearance")
        self.scheme, self.density = QComboBox(), QComboBox()
        for box, choices, chosen, name in (
            (self.scheme, SCHEMES, self.desk.settings.scheme, "Colours"),
            (self.density, DENSITIES, self.desk.settings.density, "Table spacing"),
        ):
            for title, key in choices:
                box.addItem(title, key)
            box.setCurrentIndex(box.findData(chosen))
            box.setAccessibleName(name)
            box.currentIndexChanged.connect(lambda: self._appearance_changed())
            card.add(label(name, "strong"), Flow(box))
        return card

    def _appearance_changed(self) -> None:
        scheme = cast("Scheme", self.scheme.currentData())
        density = cast("Density", self.density.currentData())
        self._set_aside()
        self.desk.remember(scheme=scheme, density=density)
        theme.current().set(scheme, density == "compact")

    def _data(self) -> Card:
        card = Card("Data")
        facts = Facts(1)
        facts.add("Data folder", str(self.desk.app.home))
        facts.add("Backups", f"{self.desk.app.home / 'backups'}; one a day, the newest 14 are kept")
        card.add(
            facts,
            Flow(button("Back up now …", self.back_up), button("Restore a backup …", self.restore)),
            label("A restore checks the file first and keeps what it replaces.", "caption"),
        )
        return card

    def back_up(self) -> None:
        """Write a copy where the person wants it."""
        target = ask_target(self, "Back up", "penelope-admin-backup.db", "Backups")
        if target is not None:
            self.desk.operations.run(
                lambda context: services.backups.make(context, target),
                lambda _: self.desk.said.emit(f"Saved: {target}"),
                label="Backing up",
            )

    def restore(self) -> None:
        """Put a backup in the place of the database."""
        from penelope_admin.ui.dialogs.restore import ask_and_restore

        ask_and_restore(self.desk, self, self.quiet, lambda error: self.say(str(error), "danger"))

    def _rules(self) -> Card:
        card = Card("Rules")
        own = self.desk.app.policy_file != resource("policy.toml")
        card.add(
            label(
                f"The rules come from {'your own file' if own else 'the file that came with this program'}. "
                "An agency may use its own when the vendor changes a rule; it counts from the next start.",
            )
        )
        facts = Facts(1)
        facts.add("File in use", str(self.desk.app.policy_file))
        card.add(facts)
        deeds = [button("Use another file …", self.choose_policy)]
        if own:
            deeds.append(button("Back to the file that came along", self.drop_policy))
        card.add(Flow(*deeds))
        return card

    def choose_policy(self) -> None:
        """Check another policy file and use it from the next start."""
        chosen, _ = QFileDialog.getOpenFileName(self, "Use another policy", "", "Policy (*.toml)")
        if chosen:
            source = Path(chosen)
            self._change_policy(
                lambda app: app.use_policy(source), "The file is in order; it counts from the next start."
            )

    def drop_policy(self) -> None:
        """Use the policy that came along again, from the next start."""
        self._change_policy(lambda app: app.use_policy(None), "The file that came along counts from the next start.")

    def _zone_data(self) -> Card:
        self.zone_card = card = Card("Time zone data")
        in_force, *others = zone_data()
        facts = Facts(1)
        facts.add("In use", in_force.name)
        for data in others:
            facts.add("Older, not used", data.name)
        card.add(
            label(
                "Governments change their clocks. The newest rules on this computer count; without a network, import "
                "newer ones from a file: a wheel of the Python package tzdata.",
            ),
            facts,
            Flow(button("Import newer data …", self.import_zone_data)),
        )
        return card

    def import_zone_data(self) -> None:
        """Take newer time zone data from a file; it counts at once."""
        chosen, _ = QFileDialog.getOpenFileName(self, "Import time zone data", "", "Wheels of tzdata (*.whl)")
        if chosen:
            self.desk.operations.run_with_app(
                lambda app: app.import_zone_data(Path(chosen)),
                self._zone_data_imported,
                lambda error: self.say(str(error), "danger"),
                "Checking the file",
            )

    def _zone_data_imported(self, data: ZoneData) -> None:
        self.desk.operations.changed.emit(EVERYTHING)  # every time shown may be another now
        self.say(f"In use now: {data.name}.", "positive")

    def show_subject(self, subject: str) -> None:
        """Bring a part of the page into view, by its title or as "time-data"."""
        title = "Time zone data" if subject == "time-data" else subject
        self.when_loaded(lambda: self._show_part(title))

    def _show_part(self, title: str) -> None:
        for card in self.findChildren(Card):
            if card.accessibleName() == title:
                self.area.verticalScrollBar().setValue(card.y())

    def _change_policy(self, call: Callable[[App], None], says: str) -> None:
        self.desk.operations.run_with_app(
            call,
            lambda _: self.say(says, "positive"),
            lambda error: self.say(str(error), "danger"),
            "Checking the file",
        )


def _show_part(title: str, page: SettingsPage) -> None:
    page.show_subject(title)


def _find(context: Context) -> tuple[Profile | None, SecondPerson | None]:
    profile = context.read(services.agency.find)
    return profile, context.read(services.agency.find_second_person) if profile is not None else None


def _is_of_mail(name: str) -> bool:
    """Whether a field of the profile is filled in under "Sending and replies"."""
    return name == "delivery" or name.startswith(("smtp_", "imap_"))
