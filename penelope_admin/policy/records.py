"""The frozen records that a policy file becomes. They hold what the vendor's pages say; `domain/` decides with them."""

# Annotations are evaluated here: as mere text, msgspec would compile every one of them before the first frame.
from datetime import date, time
from functools import cached_property
from typing import Annotated, Literal, get_args

import msgspec
from msgspec import Meta

LOCKED_FEATURES = frozenset({"clientconnect", "engage"})
"""The one rule no policy file may change: these features cannot be enabled."""

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
Availability = Literal["re-enableable", "not-listed", "locked"]
PhiRisk = Literal["high", "elevated"]
ContactDetails = Literal["unknown", "real", "de-identified"]
Occasion = Literal["upgrade", "refresh"]
OCCASIONS: tuple[Occasion, ...] = get_args(Occasion)
"""What a check-list follows."""
SupportPackage = Literal["unknown", "legacy", "current"]
CoverageKind = Literal["covered", "not-covered", "professional-services"]
MailKind = Literal["smtp", "imap"]
RequestAbout = Literal["refresh", "feature-change", "script", "question", "defect"]
"""The kinds of request that are about a database."""
COVERAGE_KINDS: tuple[CoverageKind, ...] = get_args(CoverageKind)
MOST_NOTICE_DAYS = 27
"""Further ahead of an upgrade the one before it has not been yet."""
SEVERITY_KEYS = ("S1", "S2", "S3", "S4")
SHOWN_STATEMENTS = (
    "only-what-is-needed", "upgrade-does-not-refresh", "no-opting-out", "no-shorter-outage", "clocks",
)  # fmt: skip
"""The keys of statements that are shown where they matter."""


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """A part of the policy. Every record that states a fact names its `source`."""


class Source(Record, frozen=True, kw_only=True):
    """A document the policy was built from."""

    key: str
    title: str
    publisher: Literal["vendor", "help-centre", "penelope-admin"]


class Sourced(Record, frozen=True, kw_only=True):
    """A record with a source, and the help-centre article where there is one."""

    source: str
    article: str | None = None


class Schedule(Sourced, frozen=True, kw_only=True):
    """The rule of the monthly upgrade; hours and days are wall-clock in `source_zone`."""

    name: str
    source_zone: str
    source_zone_label: str
    anchor_weekday: Weekday
    anchor_occurrence: Annotated[int, Meta(ge=1, le=4)]  # not every month has a fifth
    outage_hours: Annotated[int, Meta(ge=1, le=24)]
    notice_reminder_days: Annotated[int, Meta(ge=1, le=MOST_NOTICE_DAYS)]
    reading: str
    reading_source: str


class Region(Sourced, frozen=True, kw_only=True):
    """When a region is upgraded, and how its telephone numbers are written.

    Attributes:
        key: the country's in ISO 3166, "CA".
        also_called: other names, as messages have them: "UK".
        day_offset: days from the anchor day; `starts` and `ends` are wall-clock times in the schedule's zone.
        telephone_shapes: lengths of the groups of digits, as numbers are written within the country; none where that is
            not known, and then numbers are told by their digits alone.
        telephone_digits: the fewest and the most digits of one.
        paper: what reports and lists are printed on there.
        trunk_zero: whether one starts with a zero, and `no_trunk_before` what those without it start with.
    """

    key: str
    name: str
    also_called: tuple[str, ...] = ()
    default_zone: str
    calling_code: Annotated[int, Meta(ge=1, le=999)]
    telephone_shapes: Annotated[tuple[tuple[int, ...], ...], Meta(max_length=60)] = ()
    telephone_digits: tuple[int, int]
    telephone_source: str
    trunk_zero: bool
    no_trunk_before: str = ""
    paper: Literal["A4", "Letter"] = "A4"
    day_offset: Annotated[int, Meta(ge=-6, le=6)]
    starts: time
    ends: time


class ConfirmRule(Sourced, frozen=True, kw_only=True):
    """Months whose upgrade date another reading would put elsewhere."""

    regions: tuple[str, ...]
    month_starts_on: Weekday
    because: str


class ContactDetailsRule(Record, frozen=True, kw_only=True):
    """What an environment's contact details are before any event, after a refresh and after an upgrade."""

    initially: ContactDetails
    after_refresh: ContactDetails
    after_upgrade: ContactDetails

    @property
    def is_always_de_identified(self) -> bool:
        """Whether nothing that the vendor does to it brings real contact details."""
        return {self.initially, self.after_refresh, self.after_upgrade} == {"de-identified"}


class Environment(Sourced, frozen=True, kw_only=True):
    """A database of the agency.

    Attributes:
        upgrade_switches_off: an upgrade of it has the effects listed: it switches features off, of which the vendor's
            list says what may be switched on again, and a check-list follows.
        requests: the kinds of request to Support that may be about it.
        in_sentences: how sentences call it; by default by its name.
    """

    key: str
    name: str
    data: str
    upgraded: str
    refreshable: bool
    optional: bool
    asked_after_window: bool
    upgrade_switches_off: bool
    requests: tuple[RequestAbout, ...]
    contact_details: ContactDetailsRule
    in_sentences: str | None = None
    excludes: tuple[str, ...] = ()

    @property
    def spoken(self) -> str:
        """How sentences call it: "the mirrored database"."""
        return self.in_sentences or self.name


class Feature(Sourced, frozen=True, kw_only=True):
    """A feature an upgrade switches off, and whether and where it may be switched on again."""

    key: str
    name: str
    meaning: str
    after_upgrade: str
    availability: Availability
    environments: tuple[str, ...]
    uses_contact_details: bool
    part_of: str | None = None
    phi_risk: PhiRisk | None = None
    reaches: str | None = None
    steps: tuple[str, ...] = ()
    steps_off: tuple[str, ...] = ()


class Ratings(Record, frozen=True, kw_only=True):
    """Whose judgement the PHI ratings are, how far the steps can be trusted, and who described the features."""

    note: str
    source: str
    screens_note: str
    screens_source: str
    meanings_note: str
    meanings_source: str


class Checking(Sourced, frozen=True, kw_only=True):
    """Whose advice it is how to look, and what a refresh may have brought; `{since}` says since when."""

    note: str
    queues: str


class Effect(Sourced, frozen=True, kw_only=True):
    """A line of a check-list: what an upgrade does to the mirrored database, or what is to be so after a refresh.

    `check` says how to look, `ask` is the subject of a request to Support when it failed, and `proven_by_data` that
    a check of exported data can answer it. `features` are those of which nobody knows any more whether they are off
    when it failed, and `guards` names those, parts included, that are not switched on after a refresh before somebody
    has looked. These are ours, not the vendor's.
    """

    number: int
    text: str
    check: str
    ask: str
    after: Occasion = "upgrade"
    guards: tuple[str, ...] = ()
    proven_by_data: bool = False
    features: tuple[str, ...] = ()


class Combination(Sourced, frozen=True, kw_only=True):
    """Features that reach more people together than each does alone; a feature stands for its parts too."""

    features: tuple[str, ...]
    warning: str


class UserGroups(Sourced, frozen=True, kw_only=True):
    """User groups an upgrade treats differently."""

    keep_real_addresses: tuple[str, ...]
    deactivated: tuple[str, ...]


class OpenHours(Record, frozen=True, kw_only=True):
    """Further opening hours of a team on the same days, wall-clock in `zone`.

    `holidays_of` is the team on whose holidays they fall out; by default that of the team's first hours.
    `zone_label` is the source's word for the clock, which `zone` is our reading of.
    """

    zone: str
    zone_label: str
    opens: time
    closes: time
    holidays_of: str | None = None


class SupportTeam(Sourced, frozen=True, kw_only=True):
    """A support team and its opening hours, wall-clock in `zone`.

    `holidays_of` is the team on whose holidays they fall out, by default itself; where that is a reading of ours,
    the note says so. `zone_label` is the source's word for the clock, which `zone` is our reading of.
    """

    key: str
    name: str
    zone: str
    zone_label: str
    days: Annotated[tuple[Weekday, ...], Meta(min_length=1)]
    opens: time
    closes: time
    serves: str
    also_open: tuple[OpenHours, ...] = ()
    holidays_of: str | None = None
    holidays_note: str | None = None
    holidays_source: str | None = None

    @property
    def hours(self) -> tuple[OpenHours, ...]:
        """All opening hours of a working day, each with the team whose holidays it follows."""
        followed = self.holidays_of or self.key
        first = OpenHours(
            zone=self.zone, zone_label=self.zone_label, opens=self.opens, closes=self.closes, holidays_of=followed
        )
        return (first, *(msgspec.structs.replace(h, holidays_of=h.holidays_of or followed) for h in self.also_open))


class WorkingDay(Sourced, frozen=True, kw_only=True):
    """The agency's working day that opening hours are compared with, on its own wall clock."""

    starts: time
    ends: time
    days: tuple[Weekday, ...]


class Note(Sourced, frozen=True, kw_only=True):
    """Something to add that comes from another source."""

    text: str


class Channel(Sourced, frozen=True, kw_only=True):
    """A way to reach Support, with its rules; `{number}` in a rule stands for `number`.

    Attributes:
        also: what other sources say of it.
        for_package: the only support package it takes new matters from; None when it is for all.
    """

    key: str
    name: str
    rules: tuple[str, ...]
    number: str | None = None
    also: tuple[Note, ...] = ()
    for_package: SupportPackage | None = None

    @property
    def sentences(self) -> tuple[str, ...]:
        """The rules as they are shown."""
        return tuple(rule.replace("{number}", self.number or "") for rule in self.rules)


class Critical(Sourced, frozen=True, kw_only=True):
    """What makes a case critical and what follows from it."""

    definition: str
    characteristics: tuple[str, ...]
    target_response_hours: Annotated[int, Meta(ge=1)]
    subject_word: str
    false_alarm_charge_usd: int
    charge_source: str
    charge_article: str
    other_cases: str
    other_cases_source: str


class Severity(Sourced, frozen=True, kw_only=True):
    """How much a confirmed defect weighs, as the vendor rates it."""

    key: str
    name: str
    meaning: str
    examples: tuple[str, ...] = ()

    @property
    def sentences(self) -> str:
        """The meaning with its examples."""
        return " ".join((self.meaning, *(("Examples:", *self.examples) if self.examples else ())))


class Coverage(Sourced, frozen=True, kw_only=True):
    """One thing Support does, does not do, or leaves to Professional Services."""

    kind: CoverageKind
    text: str


class MailProvider(Sourced, frozen=True, kw_only=True):
    """Mail servers that take no ordinary passwords, or soon will not.

    Attributes:
        servers: names in small letters; "*." at the beginning stands for any names before the rest.
        kinds: for sending (smtp), reading (imap), or both.
        stops: the first day on which they take none; without it, that day has long passed.
        before: what to say until then, in whole sentences.
        after: what to say from then on.
    """

    key: str
    servers: Annotated[tuple[str, ...], Meta(min_length=1)]
    kinds: Annotated[tuple[MailKind, ...], Meta(min_length=1)]
    after: str
    stops: date | None = None
    before: str | None = None

    def has_server(self, host: str) -> bool:
        """Whether a server is one of these."""
        name = host.strip().rstrip(".").casefold()
        return any(name.endswith(server[1:]) if server.startswith("*.") else name == server for server in self.servers)


class Statement(Sourced, frozen=True, kw_only=True):
    """One thing the vendor says, in our words, or how we read what it leaves open.

    `key` names the few that are also shown where they matter.
    """

    topic: Literal["upgrades", "emergency", "mirror", "databases", "support", "cases", "critical", "readings"]
    text: str
    key: str | None = None


class Policy(Record, frozen=True, kw_only=True, dict=True):
    """Everything the program knows about Penelope. Build it with `load`, never by hand."""

    schema: Literal[1]
    sources: tuple[Source, ...]
    schedule: Schedule
    regions: Annotated[tuple[Region, ...], Meta(min_length=1)]
    confirm_rules: tuple[ConfirmRule, ...]
    environments: tuple[Environment, ...]
    features: tuple[Feature, ...]
    combinations: tuple[Combination, ...]
    ratings: Ratings
    checking: Checking
    effects: tuple[Effect, ...]
    user_groups: UserGroups
    support_teams: tuple[SupportTeam, ...]
    working_day: WorkingDay
    channels: tuple[Channel, ...]
    critical: Critical
    severities: tuple[Severity, ...]
    coverage: tuple[Coverage, ...]
    statements: tuple[Statement, ...]
    mail_providers: tuple[MailProvider, ...] = ()

    @cached_property
    def region(self) -> dict[str, Region]:
        """Regions by key."""
        return {region.key: region for region in self.regions}

    @cached_property
    def environment(self) -> dict[str, Environment]:
        """Environments by key."""
        return {environment.key: environment for environment in self.environments}

    @cached_property
    def mirrors(self) -> tuple[str, ...]:
        """The keys of the copies of which an upgrade switches features off; the vendor calls such a copy mirrored."""
        return tuple(environment.key for environment in self.environments if environment.upgrade_switches_off)

    @property
    def mirrors_in_words(self) -> str:
        """What they are called in sentences: "the mirrored database"."""
        return " and ".join(self.environment[key].spoken for key in self.mirrors)

    @cached_property
    def feature(self) -> dict[str, Feature]:
        """Features by key."""
        return {feature.key: feature for feature in self.features}

    @cached_property
    def support_team(self) -> dict[str, SupportTeam]:
        """Support teams by key."""
        return {team.key: team for team in self.support_teams}

    @cached_property
    def holiday_teams(self) -> tuple[SupportTeam, ...]:
        """The teams whose holidays close something, in the order of the teams."""
        followed = {hours.holidays_of for team in self.support_teams for hours in team.hours}
        return tuple(team for team in self.support_teams if team.key in followed)

    @cached_property
    def statement(self) -> dict[str, Statement]:
        """The statements that are shown where they matter, by key."""
        return {statement.key: statement for statement in self.statements if statement.key}

    def effects_after(self, occasion: Occasion) -> tuple[Effect, ...]:
        """The lines of the check-list after an upgrade or a refresh."""
        return tuple(effect for effect in self.effects if effect.after == occasion)

    def quote(self, key: str) -> str:
        """A statement that is shown where it matters, with its source in brackets."""
        statement = self.statement[key]
        return f"{statement.text} ({self.source_name(statement)})"

    @cached_property
    def source(self) -> dict[str, Source]:
        """Sources by key."""
        return {source.key: source for source in self.sources}

    def is_hearsay(self, record: Sourced) -> bool:
        """Whether a record rests on the help centre alone: a weaker source, for the agency to confirm."""
        return self.source[record.source].publisher == "help-centre"

    def source_name(self, record: Sourced) -> str:
        """Where a record comes from, in words: "From the help centre: MS Exchange"."""
        if self.is_hearsay(record):
            return f"From the help centre: {record.article}" if record.article else "From the help centre"
        return self.source[record.source].title
