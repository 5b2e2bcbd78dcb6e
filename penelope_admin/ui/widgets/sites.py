"""The agency's sites in Settings: a table, and what can be done with the chosen one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penelope_admin import services
from penelope_admin.domain.sites import Site
from penelope_admin.ui import dialogs
from penelope_admin.ui.models.keyed import Column
from penelope_admin.ui.widgets.basics import Card, button
from penelope_admin.ui.widgets.flow import Flow
from penelope_admin.ui.widgets.foot import Choice
from penelope_admin.ui.widgets.rows_table import RowsTable

if TYPE_CHECKING:
    from penelope_admin.ui.shell import Shell


class SitesCard(Card):
    """Which sites there are."""

    def __init__(self, shell: Shell) -> None:
        super().__init__("Sites")
        self.shell = shell
        self.add(
            "Does your agency work at several places? Then every upgrade, Support's hours and the notice to your "
            "staff also show the local time of each site whose clock differs from the agency's."
        )
        self.table: RowsTable[Site] = RowsTable(
            shell, "sites", "Sites",
            (
                Column("Name", lambda site: site.name), Column("Time zone", lambda site: site.zone),
                Column("Around the clock", lambda site: "Yes" if site.around_the_clock else ""),
            ),
            lambda site: site.id, empty="No sites. An agency at one place needs none.", stretch=0,
            choices=lambda site: (
                Choice("Change …", lambda: self.open_site(site)), Choice("Remove", lambda: self.remove(site))
            ),
        )  # fmt: skip
        self.change_button = button("Change …", lambda: self.table.with_chosen(self.open_site))
        self.remove_button = button("Remove", lambda: self.table.with_chosen(self.remove), "danger")
        self.table.chose.connect(self._update_enabled)
        self.table.opened.connect(lambda: self.table.with_chosen(self.open_site))
        self.add(
            self.table,
            Flow(button("Add a site …", lambda: self.open_site(None)), self.change_button, self.remove_button),
        )
        self._update_enabled()

    def show_sites(self, sites: tuple[Site, ...]) -> None:
        """Show what is kept."""
        self.table.show_rows(sites)

    def _update_enabled(self) -> None:
        for site_button in (self.change_button, self.remove_button):
            site_button.setEnabled(self.table.chosen is not None)

    def open_site(self, site: Site | None) -> None:
        """Open the sheet for a site, or for a new one."""
        self.shell.open_sheet(dialogs.site.SiteSheet(self.shell, site))

    def remove(self, site: Site) -> None:
        """Take a site away; that can be undone."""
        self.shell.do(lambda context: context.write(services.sites.remove, site), f"{site.name} is removed.")
