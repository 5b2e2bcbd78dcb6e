"""Reads resources/policy.toml into frozen records and refuses any file that is malformed or contradictory.

This is the only reader of that file. The records hold what facts.md and the vendor's pages say;
the functions in `domain/` decide with them.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from functools import cached_property
from pathlib import Path
from typing import Literal

import msgspec

from penelope_admin.clock import find_zone
from penelope_admin.errors import BadInputError, PolicyError

MAX_POLICY_BYTES = 512 * 1024
LOCKED_FEATURES = frozenset({"clientconnect", "engage"})
"""The one rule no policy file may change: these features cannot be enabled."""

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)
Availability = Literal["re-enableable", "not-listed", "locked"]
PhiRisk = Literal["high", "elevated"]
ContactDetails = Literal["unknown", "real", "de-identified"]
Occasion = Literal["upgrade", "refresh"]
OCCASIONS: tuple[Occasion, ...] = ("upgrade", "refresh")
"""What a check-list follows."""
SupportPackage = Literal["unknown", "legacy", "current"]
CoverageKind = Literal["covered", "not-covered", "professional-services"]
MailKind = Literal["smtp", "imap"]
COVERAGE_KINDS: tuple[CoverageKind, ...] = ("covered", "not-covered", "professional-services")
_FEWEST_DIGITS, _MOST_DIGITS = 7, 15
"""Of telephone numbers; the most are those of ITU-T E.164."""
_MOST_SHAPES = 60
SEVERITY_KEYS = ("S1", "S2", "S3", "S4")
SHOWN_STATEMENTS = (
    "only-what-is-needed", "upgrade-does-not-refresh", "no-opting-out", "no-shorter-outage", "clocks",
)  # fmt: skip
"""The keys of statements that are shown where they matter."""


class _Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """A part of the policy. Every record that states a fact names its `source`."""


class Source(_Record, frozen=True, kw_only=True):
    """A document the policy was built from."""

    key: str
    title: str
    publisher: Literal["vendor", "help-centre", "penelope-admin"]


class Sourced(_Record, frozen=True, kw_only=True):
    """A record with a source, and the help-centre article where there is one."""

    source: str
    article: str | None = None


class Schedule(Sourced, frozen=True, kw_only=True):
    """The rule of the monthly upgrade; hours and days are wall-clock in `source_zone`."""

    name: str
    source_zone: str
    source_zone_label: str
    anchor_weekday: Weekday
    anchor_occurrence: int
    outage_hours: int
    notice_reminder_days: int
    reading: str
    reading_source: str


class Region(Sourced, frozen=True, kw_only=True):
    """When a region is upgraded, and how its telephone numbers are written.

    Attributes:
        key: the country's in ISO 3166, "CA".
        day_offset: days from the anchor day; `starts` and `ends` are wall-clock times in the schedule's zone.
        telephone_shapes: lengths of the groups of digits, as numbers are written within the country.
        telephone_digits: the fewest and the most digits of one.
        trunk_zero: whether one starts with a zero, and `no_trunk_before` what those without it start with.
    """

    key: str
    name: str
    default_zone: str
    calling_code: int
    telephone_shapes: tuple[tuple[int, ...], ...]
    telephone_digits: tuple[int, int]
    telephone_source: str
    trunk_zero: bool
    no_trunk_before: str = ""
    day_offset: int
    starts: time
    ends: time


class ConfirmRule(Sourced, frozen=True, kw_only=True):
    """Months whose upgrade date another reading would put elsewhere."""

    regions: tuple[str, ...]
    month_starts_on: Weekday
    because: str


class ContactDetailsRule(_Record, frozen=True, kw_only=True):
    """What an environment's contact details are before any event, after a refresh and after an upgrade."""

    initially: ContactDetails
    after_refresh: ContactDetails
    after_upgrade: ContactDetails

    @property
    def is_always_de_identified(self) -> bool:
        """Whether nothing that the vendor does to it brings real contact details."""
        return {self.initially, self.after_refresh, self.after_upgrade} == {"de-identified"}


class Environment(Sourced, frozen=True, kw_only=True):
    """A database of the agency."""

    key: str
    name: str
    data: str
    upgraded: str
    refreshable: bool
    optional: bool
    asked_after_window: bool
    contact_details: ContactDetailsRule
    excludes: tuple[str, ...] = ()


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


class Ratings(_Record, frozen=True, kw_only=True):
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


class OpenHours(_Record, frozen=True, kw_only=True):
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
    days: tuple[Weekday, ...]
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
    target_response_hours: int
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
    servers: tuple[str, ...]
    kinds: tuple[MailKind, ...]
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


class Policy(_Record, frozen=True, kw_only=True, dict=True):
    """Everything the program knows about Penelope. Build it with `load`, never by hand."""

    schema: Literal[1]
    sources: tuple[Source, ...]
    schedule: Schedule
    regions: tuple[Region, ...]
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

    def source_name(self, record: Sourced) -> str:
        """Where a record comes from, in words: "From the help centre: MS Exchange"."""
        source = next(source for source in self.sources if source.key == record.source)
        if source.publisher == "help-centre":
            return f"From the help centre: {record.article}" if record.article else "From the help centre"
        return source.title


KeyPath = tuple[str | int, ...]

# Memory grows with the square of a dotted key's length, so one this long never reaches the TOML reader.
_DEEP_KEY = re.compile(r"""(?<![\w-])(?:(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*){16}""")


def load(path: Path) -> Policy:
    """Read and check a policy file.

    Raises:
        PolicyError: the file cannot be read, is no TOML, does not fit the records above,
            contradicts itself, or opens ClientConnect or Engage. The message names file, line and key.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_POLICY_BYTES + 1)
    except OSError as error:
        raise PolicyError(f"{path}: the policy cannot be read ({error.strerror}). Nothing was started.") from error
    if len(raw) > MAX_POLICY_BYTES:
        raise PolicyError(f"{path}: larger than {MAX_POLICY_BYTES // 1024} KiB; this is no policy file.")
    return parse(raw, str(path))


def parse(raw: bytes, name: str) -> Policy:
    """Check the bytes of a policy file; `name` stands for the file in messages.

    Raises:
        PolicyError: as for `load`.
    """
    try:
        text = raw.decode("utf-8")
        if deep := _DEEP_KEY.search(text):
            line = text.count("\n", 0, deep.start()) + 1
            raise PolicyError(f"{name}, line {line}: a key of too many parts. The policy is not used.")
        table = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise PolicyError(f"{name}, line {line}: not UTF-8 text. The policy is not used.") from error
    except (ValueError, RecursionError) as error:  # no TOML, a number of thousands of digits, or nested too deep
        raise PolicyError(_syntax_message(str(error), name, text)) from error

    def failed(path: KeyPath, reason: str) -> PolicyError:
        message = f"key {_dotted(path)}: {reason}"
        shown = "".join(letter if letter.isprintable() else "?" for letter in message)  # it goes to terminals too
        return PolicyError(f"{name}, line {_line_of(text, path)}, {shown}. The policy is not used.")

    try:
        # TOML gives instants and dates too; only wall-clock times fit, and msgspec says so.
        policy = msgspec.convert(table, Policy, builtin_types=(time, date, datetime))
    except msgspec.ValidationError as error:
        path, reason = _split_validation_error(str(error))
        raise failed(path, reason) from error
    for path, reason in _contradictions(policy):
        raise failed(path, reason)
    return policy


def _contradictions(policy: Policy) -> Iterator[tuple[KeyPath, str]]:
    """Everything the shape of the records cannot say, first trouble first."""
    yield from _locked_trouble(policy)
    yield from _source_trouble(policy)
    yield from _duplicate_trouble(policy)
    yield from _schedule_trouble(policy)
    yield from _environment_trouble(policy)
    yield from _feature_trouble(policy)
    yield from _support_trouble(policy)
    yield from _mail_trouble(policy)
    yield from _statement_trouble(policy)


def _plain(text: str) -> str:
    """Only the letters and digits of a name, without accents, capitals and full-width forms."""
    return "".join(letter for letter in unicodedata.normalize("NFKD", text).casefold() if letter.isalnum())


_LETTERS = str.maketrans("iq", "lg")
_DIGITS = str.maketrans("0134679", "oleagtg")
_SIGNS = str.maketrans("|!@+", "llat")
"""What a hurried reader takes for letters that locked features' names have: C1ientConn3ct, Enga9e."""


def _shapes(text: str) -> tuple[str, ...]:
    """The letters of a text as a hurried reader sees them; digits and signs may be letters, or stand between them."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    without_digits = "".join(sign for sign in plain if not sign.isdigit())
    readings = ((plain, _LETTERS | _DIGITS | _SIGNS), (plain, _LETTERS | _DIGITS), (without_digits, _LETTERS))
    return tuple(_plain(found.translate(table)) for found, table in readings)


def _locked_in(*texts: str) -> str | None:
    """The locked feature that one of these texts names, whatever the spelling."""
    shapes = [shape for text in texts for shape in _shapes(text)]
    names = {key: key.translate(_LETTERS) for key in sorted(LOCKED_FEATURES)}
    return next((key for key, name in names.items() if any(name in shape for shape in shapes)), None)


def _locked_trouble(policy: Policy) -> Iterator[tuple[KeyPath, str]]:
    """ClientConnect and Engage must be there and locked, under whatever spelling."""
    for index, feature in enumerate(policy.features):
        for field, text in (("key", feature.key), ("name", feature.name)):
            yield from _letter_trouble(("features", index, field), text)
        if feature.availability == "re-enableable":
            yield from _step_trouble(index, feature)
        whole = _locked_in(feature.part_of or "")
        if whole and feature.availability != "locked":
            yield ("features", index, "part-of"), f'no part of "{whole}" can be enabled'
        named = _locked_in(feature.key, feature.name)
        if named is None:
            continue
        path = ("features", index, "availability")
        if feature.key != named:
            yield ("features", index, "key"), f'this feature can only be described under the key "{named}"'
        elif feature.availability != "locked" or feature.environments or feature.phi_risk or feature.steps:
            yield path, f"{feature.name} cannot be enabled, and no policy may say otherwise"
    for key in sorted(LOCKED_FEATURES - policy.feature.keys()):
        yield ("features",), f'the locked feature "{key}" is missing'


def _letter_trouble(path: KeyPath, text: str) -> Iterator[tuple[KeyPath, str]]:
    if not _plain(text).isascii():
        yield path, f'"{text}" has letters that could pass for others; use Latin ones'


def _step_trouble(index: int, feature: Feature) -> Iterator[tuple[KeyPath, str]]:
    """The steps of what may be enabled cannot lead to what may not, nor a word of them go on in the next."""
    for field, steps in (("steps", feature.steps), ("steps-off", feature.steps_off)):
        path: KeyPath = ("features", index, field)
        for step in steps:
            yield from _letter_trouble(path, step)
        if named := _locked_in(" ".join(steps)):
            yield path, f'no step of a feature that can be enabled may name "{named}", which stays off'


def _sourced_records(policy: Policy) -> Iterator[tuple[KeyPath, str]]:
    """Every place that names a source, with the name."""
    yield ("schedule", "source"), policy.schedule.source
    yield ("schedule", "reading-source"), policy.schedule.reading_source
    yield ("ratings", "source"), policy.ratings.source
    yield ("ratings", "screens-source"), policy.ratings.screens_source
    yield ("ratings", "meanings-source"), policy.ratings.meanings_source
    yield ("checking", "source"), policy.checking.source
    yield ("user-groups", "source"), policy.user_groups.source
    yield ("critical", "source"), policy.critical.source
    yield ("critical", "charge-source"), policy.critical.charge_source
    yield ("critical", "other-cases-source"), policy.critical.other_cases_source
    yield ("working-day", "source"), policy.working_day.source
    lists: tuple[tuple[str, Iterable[Sourced]], ...] = (
        ("regions", policy.regions),
        ("confirm-rules", policy.confirm_rules),
        ("environments", policy.environments),
        ("features", policy.features),
        ("combinations", policy.combinations),
        ("effects", policy.effects),
        ("support-teams", policy.support_teams),
        ("channels", policy.channels),
        ("severities", policy.severities),
        ("coverage", policy.coverage),
        ("statements", policy.statements),
        ("mail-providers", policy.mail_providers),
    )
    for key, records in lists:
        for index, record in enumerate(records):
            yield (key, index, "source"), record.source
    for index, region in enumerate(policy.regions):
        yield ("regions", index, "telephone-source"), region.telephone_source
    for index, team in enumerate(policy.support_teams):
        if team.holidays_source is not None:
            yield ("support-teams", index, "holidays-source"), team.holidays_source
    for index, channel in enumerate(policy.channels):
        for nth, note in enumerate(channel.also):
            yield ("channels", index, "also", nth, "source"), note.source


def _source_trouble(policy: Policy) -> Iterator[tuple[KeyPath, str]]:
    known = {source.key for source in policy.sources}
    for path, name in _sourced_records(policy):
        if name not in known:
            yield path, f'the source "{name}" is not among [[sources]]'


def _duplicate_trouble(policy: Policy) -> Iterator[tuple[KeyPath, str]]:
    lists: tuple[tuple[str, Iterable[str]], ...] = (
        ("sources", (source.key for source in policy.sources)),
        ("regions", (region.key for region in policy.regions)),
        ("environments", (environment.key for environment in policy.environments)),
        ("features", (feature.key for feature in policy.features)),
        ("support-teams", (team.key for team in policy.support_teams)),
        ("channels", (channel.key for channel in policy.channels)),
        ("mail-providers", (provider.key for provider in policy.mail_providers)),
    )
    for name, keys in lists:
        seen: set[str] = set()
        for index, key in enumerate(keys):
            if not key.strip():
                yield (name, index, "key"), "a key cannot be empty"
            if key in seen:
                yield (name, index, "key"), f'"{key}" is there twice'
            seen.add(key)
    yield from _effect_trouble(policy)


def _effect_trouble(policy: Policy) -> Iterator[tuple[KeyPath, str]]:
    """Each check-list is numbered from 1, and that after a refresh guards features there are."""
    counts = dict.fromkeys(OCCASIONS, 0)
    for index, effect in enumerate(policy.effects):
        counts[effect.after] += 1
        if effect.number != counts[effect.after]:
            expected = counts[effect.after]
            yield ("effects", index, "number"), f"effects after the same event are numbered from 1; expected {expected}"
        for key in effect.guards:
            if effect.after != "refresh" or key not in policy.feature:
                yield ("effects", index, "guards"), f'"{key}" is no feature that is guarded after a refresh'
        for key in effect.features:
            if key not in policy.feature:
                yield ("effects", index, "features"), f'"{key}" is no feature of this policy'
    if "{since}" not in policy.checking.queues:
        yield ("checking", "queues"), "{since} is missing: since when the queues may hold something"
    for occasion, count in counts.items():
        if not count:
            yield ("effects",), f'nothing is to be looked at after = "{occasion}"'


def _zone_trouble(path: KeyPath, zone: str) -> Iterator[tuple[KeyPath, str]]:
    try:
        find_zone(zone)
    except BadInputError:
        yield path, f'"{zone}" is not a time zone of the IANA database'


def _schedule_trouble(policy: Policy) -> Iterator[tuple[KeyPath, str]]:
    schedule = policy.schedule
    yield from _zone_trouble(("schedule", "source-zone"), schedule.source_zone)
    if not 1 <= schedule.anchor_occurrence <= 4:  # noqa: PLR2004 - every month has four of each weekday
        yield ("schedule", "anchor-occurrence"), "must be 1 to 4: not every month has a fifth"
    for key, value, most in (
        ("outage-hours", schedule.outage_hours, 24),
        ("notice-reminder-days", schedule.notice_reminder_days, 27),
    ):
        if not 1 <= value <= most:
            yield ("schedule", key), f"must be 1 to {most}"
    if not policy.regions:
        yield ("regions",), "there must be a region"
    for index, region in enumerate(policy.regions):
        if not re.fullmatch("[A-Z]{2}", region.key, re.ASCII):
            yield ("regions", index, "key"), f'"{region.key}" is not two capital letters, as of a country in ISO 3166'
        yield from _telephone_trouble(index, region)
        yield from _zone_trouble(("regions", index, "default-zone"), region.default_zone)
        if not -6 <= region.day_offset <= 6:  # noqa: PLR2004 - a week has seven days
            yield ("regions", index, "day-offset"), "must be -6 to 6"
        if region.starts == region.ends:
            yield ("regions", index, "ends"), "a window cannot end when it starts"
        minutes = (_minutes(region.ends) - _minutes(region.starts)) % (24 * 60)
        if minutes < schedule.outage_hours * 60:
            yield (
                ("regions", index, "ends"),
                f"the {schedule.outage_hours}-hour outage does not fit into the window",
            )
    for index, rule in enumerate(policy.confirm_rules):
        for key in rule.regions:
            if key not in policy.region:
                yield ("confirm-rules", index, "regions"), f'"{key}" is no region of this policy'


def _telephone_trouble(index: int, region: Region) -> Iterator[tuple[KeyPath, str]]:
    fewest, most = region.telephone_digits
    if not 1 <= region.calling_code <= 999:  # noqa: PLR2004 - the longest of the world have three digits
        yield ("regions", index, "calling-code"), "must be 1 to 999"
    if not _FEWEST_DIGITS <= fewest <= most <= _MOST_DIGITS:
        yield ("regions", index, "telephone-digits"), f"must be {_FEWEST_DIGITS} to {_MOST_DIGITS}, the fewest first"
    if not 1 <= len(region.telephone_shapes) <= _MOST_SHAPES:
        yield ("regions", index, "telephone-shapes"), f"there must be 1 to {_MOST_SHAPES}"
    for shape in region.telephone_shapes:
        if not _fits(shape, fewest, most):
            yield ("regions", index, "telephone-shapes"), f"{list(shape)} is no number of {fewest} to {most} digits"
    if not re.fullmatch("[1-9]?", region.no_trunk_before, re.ASCII):
        yield ("regions", index, "no-trunk-before"), "must be a digit from 1 to 9"


def _fits(shape: tuple[int, ...], fewest: int, most: int) -> bool:
    """Whether groups of digits are as many as a telephone number has, and two to five as they are looked for."""
    return 2 <= len(shape) <= 5 and min(shape) >= 1 and fewest <= sum(shape) <= most  # noqa: PLR2004


def _minutes(clock_time: time) -> int:
    return clock_time.hour * 60 + clock_time.minute


def _environment_trouble(policy: Policy) -> Iterator[tuple[KeyPath, str]]:
    for key in ("production", "mirrored"):
        if key not in policy.environment:
            yield ("environments",), f'the environment "{key}" is missing'
    for index, environment in enumerate(policy.environments):
        if environment.key == "production" and environment.refreshable:
            yield ("environments", index, "refreshable"), "production is never the target of a refresh"
        for other in environment.excludes:
            if other not in policy.environment:
                yield ("environments", index, "excludes"), f'"{other}" is no environment of this policy'


def _feature_trouble(policy: Policy) -> Iterator[tuple[KeyPath, str]]:
    for index, feature in enumerate(policy.features):
        parent = policy.feature.get(feature.part_of) if feature.part_of else None
        if feature.part_of and (parent is None or parent.part_of):
            yield ("features", index, "part-of"), f'"{feature.part_of}" is not a feature that can have parts'
        if feature.availability == "re-enableable":
            needed = (feature.phi_risk, feature.reaches, feature.steps, feature.steps_off, feature.environments)
            if not all(needed):
                yield (
                    ("features", index, "availability"),
                    "what may be re-enabled needs environments, phi-risk, reaches, steps and steps-off",
                )
        elif feature.environments or feature.phi_risk:
            yield (
                ("features", index, "availability"),
                f"{feature.availability} contradicts the environments or the phi-risk given",
            )
        for key in feature.environments:
            if key not in policy.environment or key == "production":
                yield (
                    ("features", index, "environments"),
                    f'"{key}" is not an environment where features are switched',
                )
    for index, combination in enumerate(policy.combinations):
        for key in combination.features:
            if key not in policy.feature:
                yield ("combinations", index, "features"), f'"{key}" is no feature of this policy'
        if len(set(combination.features)) < 2:  # noqa: PLR2004 - together with itself is no combination
            yield ("combinations", index, "features"), "a combination is of two features at least"


def _statement_trouble(policy: Policy) -> Iterator[tuple[KeyPath, str]]:
    """What is shown in a certain place must be there, once."""
    keys = [statement.key for statement in policy.statements if statement.key]
    for key in SHOWN_STATEMENTS:
        if keys.count(key) != 1:
            yield ("statements",), f'one statement must have the key "{key}"'


def _support_trouble(policy: Policy) -> Iterator[tuple[KeyPath, str]]:
    for index, team in enumerate(policy.support_teams):
        for nth, hours in enumerate(team.hours):
            path: KeyPath = ("support-teams", index, *(("also-open", nth - 1) if nth else ()))
            yield from _zone_trouble((*path, "zone"), hours.zone)
            if hours.opens >= hours.closes:
                yield (*path, "closes"), "a team must close after it opens, on the same day"
            if hours.holidays_of not in policy.support_team:
                yield (*path, "holidays-of"), f'"{hours.holidays_of}" is no support team of this policy'
        if (team.holidays_note is None) != (team.holidays_source is None):
            yield ("support-teams", index, "holidays-note"), "holidays-note and holidays-source come together"
        if not team.days:
            yield ("support-teams", index, "days"), "a team must work on at least one day"
    if policy.working_day.starts >= policy.working_day.ends:
        yield ("working-day", "ends"), "a working day must end after it starts"
    if tuple(severity.key for severity in policy.severities) != SEVERITY_KEYS:
        yield ("severities",), f"the severities are {', '.join(SEVERITY_KEYS)}, in this order"
    for kind in COVERAGE_KINDS:
        if all(entry.kind != kind for entry in policy.coverage):
            yield ("coverage",), f'nothing is "{kind}"'
    if policy.critical.target_response_hours < 1:
        yield ("critical", "target-response-hours"), "must be at least 1"
    for index, channel in enumerate(policy.channels):
        if channel.number is None and any("{number}" in rule for rule in channel.rules):
            yield ("channels", index, "rules"), "a rule speaks of {number}, but there is none"


_SERVER_NAME = re.compile(r"(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)+")


def _mail_trouble(policy: Policy) -> Iterator[tuple[KeyPath, str]]:
    seen: set[tuple[MailKind, str]] = set()
    for index, provider in enumerate(policy.mail_providers):
        if not provider.servers or not provider.kinds:
            yield ("mail-providers", index, "servers"), "a mail provider needs servers and kinds"
        if (provider.stops is None) != (provider.before is None):
            yield ("mail-providers", index, "before"), "stops and before come together"
        for server in provider.servers:
            if not _SERVER_NAME.fullmatch(server):
                yield ("mail-providers", index, "servers"), f'"{server}" is no name of a mail server in small letters'
            for kind in provider.kinds:
                if (kind, server) in seen:
                    yield ("mail-providers", index, "servers"), f'"{server}" is there twice for {kind}'
                seen.add((kind, server))


def _syntax_message(message: str, name: str, text: str) -> str:
    """A TOML reader's complaint as "file, line, key: ..."."""
    lines = text.split("\n")
    if found := re.search(r"\(at (?:line (\d+), column \d+|end of document)\)", message):
        line = int(found[1]) if found[1] else len(lines)
        reason = message[: found.start()].strip()
    else:  # the reader gives no place; what is nested too deep or too long a number makes a long line
        line = max(range(len(lines)), key=lambda number: len(lines[number])) + 1
        reason = "nested too deep, or too long a number"
    key_match = re.match(r"\s*([\w.\-]+)\s*=", lines[line - 1])
    key = f", key {key_match[1]}" if key_match else ""
    return f"{name}, line {line}{key}: {reason}. The policy is not used."


def _split_validation_error(message: str) -> tuple[KeyPath, str]:
    """msgspec's "Expected `str`, got `int` - at `$.regions[2].name`" as path and reason."""
    reason, _, place = message.partition(" - at `")
    path: list[str | int] = []
    for key, index in re.findall(r"\.([\w\-]+)|\[(\d+)\]", place):
        path.append(int(index) if index else key)
    # A missing or unknown field is named in the reason, not in the path.
    if field := re.search(r"(?:unknown|required) field `([^`]+)`", reason):
        path.append(field[1])
    return tuple(path), reason.replace("Object ", "this table ", 1).replace("`", '"')


def _dotted(path: KeyPath) -> str:
    """A path as the message shows it, counting list entries from one: "regions[2].starts"."""
    text = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.lstrip(".") or "(whole file)"


def _line_of(text: str, path: KeyPath) -> int:
    """The line of the deepest part of `path` that the file has, counting from one.

    TOML readers keep no positions, so the tables' headers and keys are looked up again; this runs
    only when a file is refused.
    """
    best, best_depth = 1, 0
    here: tuple[str | int, ...] = ()
    counts: dict[tuple[str | int, ...], int] = {}
    in_text = False
    for number, line in enumerate(text.split("\n"), start=1):
        was_in_text, in_text = in_text, in_text ^ bool((line.count('"""') + line.count("'''")) % 2)
        if was_in_text:
            continue
        if header := re.match(r"\s*(\[\[?)\s*([\w.\-]+)\s*\]", line):
            here = ()
            for part in header[2].split("."):
                here += (part,)
                if here in counts:  # a table inside the newest entry of a list
                    here += (counts[here],)
            if header[1] == "[[":
                name = here[:-1] if isinstance(here[-1], int) else here
                counts[name] = counts.get(name, -1) + 1
                here = (*name, counts[name])
            candidates = [here, here[:-1]]  # an entry of a list, or the list itself
        elif entry := re.match(r"\s*([\w.\-]+)\s*=", line):
            candidates = [(*here, *entry[1].split("."))]
        else:
            continue
        for candidate in candidates:
            depth = len(candidate)
            if depth > best_depth and candidate == path[:depth]:
                best, best_depth = number, depth
    return best
