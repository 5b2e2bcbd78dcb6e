"""The sheet for a site: its name, its clock, and whether it works through the nights."""

from __future__ import annotations

from penelope_admin import services
from penelope_admin.domain.sites import Site
from penelope_admin.gateways import zones
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.agency_form import ZoneField
from penelope_admin.ui.widgets.basics import Tick, label
from penelope_admin.ui.widgets.fields import text_line
from penelope_admin.ui.widgets.sheet import Sheet


class SiteSheet(Sheet):
    """A new site, or one that is there already."""

    help_topic = "settings"

    def __init__(self, shell: Shell, site: Site | None) -> None:
        title, action = "Change a site", "Save the site"
        if site is None:
            title, action = "Add a site", "Add the site"
        super().__init__(shell, title, action)
        self._site, start = site, site or Site(0, "", shell.zone.key)
        self.name = self.field("Name", text_line(start.name), "As your staff call it.")
        self.zone = ZoneField()
        agency = shell.settings.agency
        if agency is not None and agency.region in shell.policy.region:
            self.zone.addItems(zones.zones_of(shell.policy.region[agency.region]))
        self.zone.setCurrentText(start.zone)
        self.field("Time zone", self.zone, "Upgrades are shown on this clock too, where it differs from the agency's.")
        around = "People work here around the clock, also during upgrades"
        self.around_the_clock = Tick(around, start.around_the_clock)
        hint = "Each upgrade then has a hand-over sheet: who is on shift, and how to get through."
        self.add(self.around_the_clock, label(hint, "caption"))
        self.need(self.name, "a name")

    def submit(self) -> None:
        before, all_night = self._site, self.around_the_clock.isChecked()
        name, zone = self.name.text(), self.zone.currentText().strip()
        if before is None:
            self.save(
                lambda context: context.write(services.sites.add, name, zone, around_the_clock=all_night),
                said=lambda done: f"{done.value.name} is added.",
            )
        else:
            after = Site(before.id, name, zone, all_night)
            self.save(
                lambda context: context.write(services.sites.change, before, after),
                said=lambda done: f"{done.value.name} is changed.",
            )
