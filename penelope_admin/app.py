"""The composition root: the only place that wires policy, store, clock, services and window together."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from penelope_admin.clock import Clock, SystemClock, ZoneData, age_warning, use_zone_data, zone_data
from penelope_admin.errors import BadInputError, DamagedError, NotSetUpError, PolicyError, RefusedError, StoreError
from penelope_admin.files import (
    KEPT_FILES,
    default_home,
    exists,
    is_for_training,
    prepare_home,
    resource,
    storable,
    write_private,
)
from penelope_admin.invocation import command
from penelope_admin.policy import Policy, checked_bytes, load

if TYPE_CHECKING:
    from datetime import date, datetime

    from penelope_admin.gateways.reports import PdfWriter
    from penelope_admin.mail.post import Post
    from penelope_admin.services.backups import Restoring
    from penelope_admin.services.reports import Order, Saved
    from penelope_admin.services.reports.papers import PaperKind
    from penelope_admin.services.work import Context, Done
    from penelope_admin.store.engine import Address

HOME_VARIABLE = "PENELOPE_ADMIN_HOME"
POLICY_FILE = "policy.toml"
_OWN_POLICY = (
    f"the one that came along: {resource(POLICY_FILE)}. If a key or a table is missing in yours, it was made for an "
    "earlier version: copy what is missing from there."
)


def account_name() -> str:
    """The account as the system knows it, and not as variables such as LOGNAME say: an approval rests on it.

    Raises:
        KeyError, OSError: the system has no name for it.
    """
    if sys.platform == "win32":
        return os.getlogin()
    import pwd

    return pwd.getpwuid(os.geteuid()).pw_name


class App:
    """One run of the program on one data folder.

    Cheap to make: the policy is read and checked at once, so that a bad one stops everything; the database
    is opened on first use, in whichever thread asks, and once.

    Attributes:
        is_training: nothing that this program does leaves it.
        begins: a database is made where there is none. The terminal lets only those commands do so that begin.
    """

    is_training = False
    begins = True

    def __init__(self, home: Path | str | None = None, database: str | None = None, clock: Clock | None = None) -> None:
        """Read the policy, and choose the time zone data that counts.

        Args:
            home: the data folder; by default from the environment, else the platform's.
            database: a URL, for a team's server; by default a file in the data folder.

        Raises:
            PolicyError: the policy file cannot be used; nothing was started.
            BadInputError: the data folder cannot be looked into, or is one of training.
        """
        self.home = home_folder(home)
        if is_for_training(self.home) and not self.is_training:
            raise BadInputError(
                f"{self.home} holds the practice agency, in which nothing is real. Nothing was changed. "
                f"To open it: {command('training')}. To work with your own agency, choose another data folder."
            )
        self.clock: Clock = clock or SystemClock()
        self._database = database
        use_zone_data(self.home)
        self.warn: Callable[[str], object] = partial(print, file=sys.stderr)
        try:
            self.policy: Policy = load(self.policy_file)
        except PolicyError as error:
            if self.policy_file == resource(POLICY_FILE):
                raise
            raise PolicyError(f"{error} Correct that file, or delete it to use {_OWN_POLICY}") from error

    @property
    def policy_file(self) -> Path:
        """The agency's own policy file where there is one in the data folder, else the one that came along."""
        own = self.home / POLICY_FILE
        return own if exists(own) else resource(POLICY_FILE)

    @cached_property
    def policy_sha256(self) -> str:
        """The SHA-256 of the policy file in force, so that two machines can tell whether they have the same rules."""
        import hashlib  # nobody needs it before a plan is taken along

        return hashlib.sha256(self.policy_file.read_bytes()).hexdigest()

    @cached_property
    def actor(self) -> str:
        """Who the activity log names: the user this program runs as."""
        try:
            return storable(account_name())[:120]
        except (KeyError, OSError):
            return "unknown user"

    def time_data_warning(self, today: date) -> str | None:
        """What to say of time zone data that is old by a day; None while there is nothing to say."""
        return age_warning(zone_data()[0], today)

    @property
    def post(self) -> Post:
        """By what mail leaves and comes."""
        from penelope_admin.mail.post import NETWORK

        return NETWORK

    @cached_property
    def context(self) -> Context:
        """The open database with everything services need; the copy of the day is made on the way.

        Raises:
            StoreError: the database cannot be used.
            BadInputError: the data folder cannot be used.
            NotSetUpError: there is no database, and this run begins none.
        """
        if not self.begins and not self.has_database:
            raise self.nothing_there("--agency NAME --region REGION")
        from penelope_admin.services import backups
        from penelope_admin.services.work import Context
        from penelope_admin.store.backup import tidy
        from penelope_admin.store.open import open_store

        prepare_home(self.home)
        tidy(self.home)
        self._check_not_lost()
        store = open_store(self._url, self.clock.now(), self.home / backups.FOLDER, for_training=self.is_training)
        with store.closed_on_failure():
            context = Context(store, self.clock, self.policy, self.actor, self.home, self.post, self.refresh_kept_files)
            self._make_copy_of_the_day(context)
        return context

    def nothing_there(self, options: str) -> NotSetUpError:
        """What to say where there are no data yet.

        Args:
            options: those of `init` that help whoever asked for some.
        """
        return NotSetUpError(
            f"There is no data in {self.place} yet, and none was made there. If your agency is set up already, name "
            f"its folder with --home. If not: {command(f'init {options}')}"
        )

    @property
    def place(self) -> str:
        """Where the data are, for people: the folder, or the database that was named instead, without a password."""
        if self._database is None:
            return str(self.home)
        from penelope_admin.store.engine import shown

        return shown(self._url)

    def _make_copy_of_the_day(self, context: Context) -> None:
        from penelope_admin.services import backups

        try:
            backups.daily(context, self._own_file)
        except DamagedError:
            raise
        except (StoreError, BadInputError) as error:  # nobody is kept from looking up a date by a full disk
            self.warn(f"Today's backup was not made. {error}")

    def refresh_kept_files(self, context: Context | None = None) -> None:
        """Bring the files up to date that are kept so for others, if there are any.

        What of them cannot be written is told with them, and by Overview; it undoes nothing that was done.
        """
        if not (self.home / KEPT_FILES).exists():
            return
        from penelope_admin.services.calendar import kept  # few agencies have any

        try:
            kept.refresh(context or self.context)
        except BadInputError as error:
            self.warn(str(error))

    @property
    def _own_file(self) -> Path | None:
        """The database's file in the data folder; None when another database was named."""
        from penelope_admin.store.engine import sqlite_file

        return sqlite_file(self._url) if self._database is None else None

    def _check_not_lost(self) -> None:
        """See `backups.check_not_lost`; a database that was named may well be a new one."""
        from penelope_admin.services import backups

        if self._own_file is not None:
            backups.check_not_lost(self.home, self._own_file)

    @property
    def _url(self) -> Address:
        from penelope_admin.store.engine import database_url

        return database_url(self.home, self._database)

    @property
    def has_database(self) -> bool:
        """Whether there is anything to open; asking does not make it.

        Raises:
            DamagedError: there is nothing, and there was.
        """
        if self._database is None and not exists(self.home):
            return False  # known without what reads a database, which takes a while to load
        from penelope_admin.store.engine import sqlite_file

        file = sqlite_file(self._url)
        if file is None or exists(file):
            return True
        self._check_not_lost()
        return False

    @property
    def restoring(self) -> Restoring:
        """What a restore needs, also when the database cannot be opened."""
        from penelope_admin.services.backups import Restoring

        prepare_home(self.home)
        return Restoring(self._url, self.home, self.clock, self.policy, self.actor, self.is_training)

    def use_policy(self, source: Path | None) -> None:
        """Use another policy file from the next start; None for the one that came along.

        Raises:
            PolicyError: the file cannot be used; nothing was changed.
            BadInputError: it cannot be copied into the data folder, or taken out of it.
        """
        own = self.home / POLICY_FILE
        if source is None:
            try:
                own.unlink(missing_ok=True)
            except OSError as error:
                raise BadInputError(
                    f"{own} could not be removed ({error.strerror}), and stays in use. Make {self.home} writable, and "
                    "try again."
                ) from error
            return
        try:
            write_private(own, checked_bytes(source))
        except PolicyError as error:
            raise PolicyError(f"{error} Nothing was changed. Correct it by {_OWN_POLICY}") from error

    def import_zone_data(self, file: Path) -> ZoneData:
        """Take newer time zone data from a `tzdata` wheel; it counts from now on.

        Raises:
            BadInputError: the file is no such wheel, or not newer; nothing was changed.
        """
        from penelope_admin.gateways.zones import import_wheel

        return import_wheel(file, self.home, self.clock.now().date())

    def write_report(self, order: Order, target: Path, to_pdf: PdfWriter) -> Done[Saved]:
        """Make a report and save it as what the file's ending says: .html or .pdf.

        Raises:
            BadInputError: another ending, a period that makes no sense, or a file that cannot be written.
            DisplayError: the PDF could not be made.
        """
        from penelope_admin.gateways.reports import to_html
        from penelope_admin.services import reports

        ending = reports.check_ending(target)
        report = self.context.read(reports.make, order)
        data = self._as_file(to_html(report), report.footer, report.made_at, report.paper, ending, to_pdf)
        return self.context.write(reports.save, report, target, data)

    def write_paper(self, kind: PaperKind, target: Path, to_pdf: PdfWriter, key: int | None = None) -> Path:
        """Make a page to print and save it as what the file's ending says: .html or .pdf.

        Raises:
            BadInputError: another ending, no such project or check-list, or a file that cannot be written.
            DisplayError: the PDF could not be made.
        """
        from penelope_admin.services import reports
        from penelope_admin.services.reports import papers

        ending = reports.check_ending(target)
        paper = self.context.read(papers.make, kind, key)
        write_private(target, self._as_file(paper.html, paper.footer, paper.made_at, paper.size, ending, to_pdf))
        return target

    def _as_file(self, page: str, footer: str, made_at: datetime, size: str, ending: str, to_pdf: PdfWriter) -> bytes:
        """The bytes of a page in the form that a file's ending names; one of training says so."""
        from penelope_admin.domain.training import NOTE
        from penelope_admin.gateways.reports import stamped

        if self.is_training:
            page, footer = stamped(page, NOTE), f"{NOTE}. {footer}"
        return to_pdf(page, footer, made_at, size) if ending == ".pdf" else page.encode("utf-8")

    def interrupt(self, thread: int) -> None:
        """Stop what a thread is doing in the database, if it is open."""
        context = self.__dict__.get("context")
        if context is not None:
            context.store.interrupt(thread)

    def forget_database(self) -> None:
        """Close the database; the next use opens it again. For after a restore."""
        context = self.__dict__.pop("context", None)
        if context is not None:
            context.store.close()


class TrainingApp(App):
    """The same program on the practice agency, with everything replaced by which it would reach anything real.

    It has a clock of its own, its mail goes to a simulated vendor, passwords stay in memory, and links are only shown.
    """

    is_training = True

    def __init__(self, home: Path, database: str | None = None) -> None:
        """Open the practice folder, which `services.training.home` made.

        Raises:
            BadInputError: a database was named, the folder has rules of its own, or the clock cannot be read.
        """
        from penelope_admin.services.training import clock

        if database is not None:
            raise BadInputError(
                "Training keeps its data in a folder of its own. Nothing was opened. Leave --database out."
            )
        if exists(home / POLICY_FILE):
            raise BadInputError(
                f"There is a file {POLICY_FILE} in the practice folder {home}, and training always uses the rules that "
                "came with the program. Nothing was opened. Move the file out of that folder."
            )
        super().__init__(home, clock=clock.SimulatedClock(home / clock.FILE))

    @cached_property
    def actor(self) -> str:
        """Who the activity log names: the same on every computer, for the log may be handed in."""
        return "learner"

    @cached_property
    def post(self) -> Post:
        """The mail of training."""
        from penelope_admin.services.training import post, world

        return post.TrainingPost(partial(world.answers, self.home))

    def time_data_warning(self, today: date) -> str | None:
        """Nothing: practice time says nothing of how old this computer's data is."""
        return None

    def use_policy(self, source: Path | None) -> None:
        """Refuse it: what is practised must hold for everybody.

        Raises:
            RefusedError: always.
        """
        raise RefusedError(
            "Training always uses the rules that came with the program. Nothing was changed. Choose your own rules in "
            "Penelope Admin itself."
        )


def app_for(home: Path | str | None = None, database: str | None = None) -> App:
    """The program on a data folder: on one of training, where nothing is real, as training.

    Raises:
        PolicyError, BadInputError: as for `App` and `TrainingApp`.
    """
    folder = home_folder(home)
    return TrainingApp(folder, database) if is_for_training(folder) else App(folder, database)


def home_folder(chosen: Path | str | None) -> Path:
    """The data folder: the one given, the environment's, or the platform's."""
    return Path(chosen or os.environ.get(HOME_VARIABLE) or default_home())
