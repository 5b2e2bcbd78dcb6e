"""What an agency says about itself, as fields: for the first run and for Settings."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QCompleter, QLineEdit, QListView, QStyledItemDelegate, QWidget

from penelope_admin.clock import find_zone
from penelope_admin.domain.agency import Profile
from penelope_admin.domain.delivery import PACKAGE_NAMES
from penelope_admin.domain.windows import Calendar
from penelope_admin.errors import PenelopeAdminError
from penelope_admin.gateways import zones
from penelope_admin.policy import MOST_NOTICE_DAYS
from penelope_admin.ui import format as words
from penelope_admin.ui import theme
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.basics import Banner, Piece, Tick, clear, label, labelled, put, stacked, ticked
from penelope_admin.ui.widgets.fields import ChoiceField, NumberField, text_line


class ZoneField(ChoiceField):
    """A time zone, typed or chosen. Typing lists the zones with these letters anywhere in them; the list is chosen from
    with the arrows and Enter, and what the arrows highlight is what is taken."""

    def __init__(self) -> None:
        super().__init__()
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self._offers = QCompleter(self.model(), self)
        self._offers.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        self._offers.setFilterMode(Qt.MatchFlag.MatchContains)
        self._offers.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setCompleter(self._offers)
        offered = QListView()
        self._offers.setPopup(offered)
        offered.setParent(self, offered.windowFlags())  # or it would be a window of its own, without the look
        offered.setStyleSheet(
            "/* Qt leaves frames of a drop-down without the look, unless they have some of their own */"
        )
        offered.setItemDelegate(QStyledItemDelegate(offered))
        self.editTextChanged.connect(self._follow)

    def _follow(self, text: str) -> None:
        """The arrows go on from the zone that is typed, not from the one chosen before."""
        index = self.findText(text, Qt.MatchFlag.MatchExactly)
        if index not in (-1, self.currentIndex()):
            self.setCurrentIndex(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """An arrow over half a name opens the list of what it could become."""
        typed = self.currentText()
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down) and self.findText(typed, Qt.MatchFlag.MatchExactly) == -1:
            self._offers.setCompletionPrefix(typed)
            self._offers.complete()
            return
        super().keyPressEvent(event)


class AgencyForm(QWidget):
    """Name, region, zone, databases, addresses; shows at once what region and zone mean."""

    edited = Signal()

    _suggested = ""
    """The zone that was filled in for the person."""

    def __init__(self, shell: Shell, profile: Profile | None) -> None:
        super().__init__()
        self._shell = shell
        self._profile = start = profile or Profile(name="", region="", zone="", environments=())
        self._filled_in: dict[str, Callable[[], Any]] = {}  # by the names of the profile's facts
        self._column = stacked(within=self, gap="xxs")
        self.name = self._line("name", "Agency name", "As Support knows it.")
        self.setFocusProxy(self.name)
        self.region = ChoiceField()
        self.region.setPlaceholderText("Choose a region")
        for region in shell.policy.regions:
            self.region.addItem(region.name, region.key)
        self._put(*labelled("Region", self.region, "Decides which upgrade window is yours."))
        self.zone = ZoneField()
        self._zone_hint = label("", "caption")
        self._put(*labelled("Time zone", self.zone), self._zone_hint)
        self._next = stacked()
        self._put(self._next)
        self._databases(profile)
        self._addresses()
        self.telephone = self._line("telephone", "Your telephone (optional)", "Where Support calls you back.")
        packages = ((name, package) for package, name in PACKAGE_NAMES.items())
        self.package = ChoiceField(packages, start.support_package)
        hint = "The vendor's inbound telephone line is for legacy packages only."
        self._put(*labelled("Support package", self.package, hint))
        all_night = "We work around the clock: people are at work during upgrades"
        self.around_the_clock = Tick(all_night, start.around_the_clock)
        hint = "The staff notice then tells the shift how to get through, and each upgrade has a hand-over sheet."
        self._put(self.around_the_clock, label(hint, "caption"))
        self._second_person(profile)
        self._fill(profile)
        self.region.currentIndexChanged.connect(self._region_changed)
        self.zone.currentTextChanged.connect(self._refresh_next_upgrade)
        ticks: tuple[QCheckBox | Tick, ...] = (*self.environments.values(), self.around_the_clock, self.second_person)
        for tick in ticks:
            tick.toggled.connect(self.edited)
        self.notice_days.valueChanged.connect(self.edited)
        self.package.currentIndexChanged.connect(self.edited)
        self._filled_in |= {
            "region": lambda: self.region.currentData() or "",
            "zone": lambda: self.zone.currentText().strip(),
            "environments": lambda: ticked(self.environments),
            "notice_days": self._chosen_notice_days,
            "around_the_clock": self.around_the_clock.isChecked,
            "second_person": self.second_person.isChecked,
            "support_package": self.package.currentData,
        }

    def _addresses(self) -> None:
        self.support_address = self._line(
            "support_address", "Support's email (optional)", "The vendor's page on contacting Support gives it."
        )
        self.own_address = self._line("own_address", "Your agency's email (optional)", "The sender of your requests.")
        self._line("portal_url", "Community portal (optional)", "The vendor's page links to it.", like="https://")
        self._notices()
        self._line(
            "own_mail",
            "Your own mail domains and test mailboxes (optional)",
            "A data check does not count addresses there as people's. For example: agency.ca, test@agency.ca.",
        )

    def _line(self, fact: str, name: str, hint: str, *, like: str = "") -> QLineEdit:
        """A field for one line of text; `like` shows how it begins."""
        editor = text_line(getattr(self._profile, fact), like)
        editor.textChanged.connect(self.edited)
        self._filled_in[fact] = editor.text
        self._put(*labelled(name, editor, hint))
        return editor

    def _origin(self) -> str:
        """Where the zone comes from."""
        zone = self.zone.currentText().strip()
        if zone in ("", self._profile.zone):
            return "Whose clock your upgrades are shown on."
        if zone != self._suggested:
            return "Chosen by you."
        origin = "From this computer" if zone == zones.system_zone() else "The usual time zone of this region"
        return f"{origin}. Please check."

    def _put(self, *parts: Piece) -> None:
        """Put what belongs together into the column, with a distance to what follows."""
        put(self._column, *parts)
        self._column.addSpacing(theme.current().space("xs"))

    def _databases(self, profile: Profile | None) -> None:
        self._column.addWidget(label("Which databases do you have?", "strong"))
        self.environments: dict[str, QCheckBox] = {}
        ticked = profile.environments if profile else ("production", self._shell.policy.mirrors[0])
        for item in self._shell.policy.environments:
            tick = QCheckBox(item.name)
            tick.setToolTip(words.plain_tip(f"{item.data}. Upgraded: {item.upgraded.lower()}."))
            tick.setChecked(item.key in ticked)
            tick.setEnabled(item.optional)
            self.environments[item.key] = tick
            self._column.addWidget(tick)
        for item in self._shell.policy.environments:
            for other in item.excludes:
                self.environments[item.key].toggled.connect(partial(self._exclude, other))
        self._column.addSpacing(theme.current().space("xs"))

    def _exclude(self, other: str, on: bool) -> None:
        if on:
            self.environments[other].setChecked(False)

    def _notices(self) -> None:
        """Where versions are described, and when a missing notice is told: by the policy so many days before."""
        self._line(
            "release_notes_url",
            "Release notes (optional)",
            "The vendor's page on upgrades links to them. Where each version has a page of its own, write {version} in "
            "its place.",
            like="https://",
        )
        self.notice_days = NumberField(1, MOST_NOTICE_DAYS)
        self.notice_days.setValue(self._profile.notice_days or self._shell.policy.schedule.notice_reminder_days)
        self.notice_days.setSuffix(" days before")
        self._put(*labelled("Tell me when no notice has come", self.notice_days, "You are told on Overview."))

    def _second_person(self, profile: Profile | None) -> None:
        self.second_person = Tick("A second person approves what is switched on where contact details may be real")
        if profile is None:
            return  # not asked on the first run
        self.second_person.setChecked(profile.second_person)
        hint = (
            "The second person opens the program under their own account, on the same database. So this makes sense "
            "with a team's database only. Switching it off needs somebody else too: unticked and saved, it stays on "
            "until they untick and save it."
        )
        self.second_person.box.setAccessibleDescription(hint)
        self._put(self.second_person, label(hint, "caption"))

    def _fill(self, profile: Profile | None) -> None:
        region = profile.region if profile is not None else self._region_here()
        self.region.setCurrentIndex(self.region.findData(region))
        self._offer_zones()
        if profile is not None:
            self.zone.setCurrentText(profile.zone)
        self._refresh_next_upgrade()

    def _region_here(self) -> str:
        """The key of the region this computer's zone lies in. Of a zone of none, UTC for one, nothing is guessed."""
        regions, here = self._shell.policy.regions, zones.system_zone()
        return next((region.key for region in regions if here in zones.zones_of(region)), "")

    def _region_changed(self) -> None:
        self._offer_zones()
        self._refresh_next_upgrade()

    def _offer_zones(self) -> None:
        """The zones of the region that is chosen, and which of them is most likely."""
        self.zone.clear()
        if (key := self.region.currentData()) is not None:
            region = self._shell.policy.region[key]
            self._suggested = zones.suggested_zone(region)
            self.zone.addItems(list(zones.zones_of(region)))
            self.zone.setCurrentText(self._suggested)

    def _refresh_next_upgrade(self) -> None:
        """Show what region and zone mean for the next upgrade."""
        clear(self._next)
        zone = self.zone.currentText().strip()
        is_chosen = self.region.currentData() and zone
        waits = label("Your next upgrade is shown here once region and time zone are chosen.", "muted")
        self._next.addWidget(self._next_upgrade(zone) if is_chosen else waits)
        self._zone_hint.setText(self._origin())
        self.edited.emit()

    def _next_upgrade(self, key: str) -> Banner:
        try:
            calendar = Calendar(self._shell.policy, self.region.currentData(), find_zone(key))
            window = calendar.upcoming(self._shell.app.clock.now())[0]
        except PenelopeAdminError as error:
            return Banner(str(error), "caution")
        return Banner(f"Your next upgrade, by the vendor's rule: {window.in_words}.", "info")

    def rebase(self, profile: Profile) -> None:
        """Go on from what is kept now, without touching what is filled in."""
        self._profile = profile

    @property
    def needed(self) -> dict[str, object]:
        """What must be filled in, in words, and what of it is."""
        return {
            "the agency's name": self.name.text().strip(), "a region": self.region.currentData(),
            "a time zone": self.zone.currentText().strip(),
        }  # fmt: skip

    def _chosen_notice_days(self) -> int | None:
        """None where they are the policy's, so that its change counts."""
        days = self.notice_days.value()
        return None if days == self._shell.policy.schedule.notice_reminder_days else days

    def entered(self) -> dict[str, Any]:
        """What is filled in, by the names of the profile's facts."""
        return {fact: read() for fact, read in self._filled_in.items()}

    def profile(self) -> Profile:
        """The agency with what is filled in; the service checks it. What other forms set stays as it is."""
        return msgspec.structs.replace(self._profile, **self.entered())
