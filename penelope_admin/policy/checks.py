"""What the shape of the records cannot say: a policy that contradicts itself, or opens what must stay locked."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterable, Iterator
from datetime import time
from functools import cache

from penelope_admin.clock import find_zone
from penelope_admin.errors import BadInputError
from penelope_admin.policy.lines import KeyPath
from penelope_admin.policy.records import (
    COVERAGE_KINDS,
    LOCKED_FEATURES,
    MOST_NOTICE_DAYS,
    OCCASIONS,
    SEVERITY_KEYS,
    SHOWN_STATEMENTS,
    Feature,
    MailKind,
    Policy,
    Record,
    Region,
    RequestAbout,
)

_FEWEST_DIGITS, _MOST_DIGITS = 7, 15
"""Of telephone numbers; the most are those of ITU-T E.164."""
_MOST_SHAPES = 60
_OF_COPIES: frozenset[RequestAbout] = frozenset({"refresh", "feature-change", "script"})


def find_contradictions(policy: Policy) -> Iterator[tuple[KeyPath, str]]:
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


_PUNCTUATION = re.compile(r"[\W_]+")


def _plain(text: str) -> str:
    """Only the letters and digits of a name, without accents, capitals and full-width forms."""
    folded = text.lower() if text.isascii() else unicodedata.normalize("NFKD", text).casefold()
    return _PUNCTUATION.sub("", folded)


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
        yield from _opened_trouble(index, feature, _locked_in(feature.key, feature.name))
    for key in sorted(LOCKED_FEATURES - policy.feature.keys()):
        yield ("features",), f'the locked feature "{key}" is missing'


def _opened_trouble(index: int, feature: Feature, named: str | None) -> Iterator[tuple[KeyPath, str]]:
    """What names a locked feature is that one, and locked."""
    if named is None:
        return
    if feature.key != named:
        yield ("features", index, "key"), f'this feature can only be described under the key "{named}"'
    elif feature.availability != "locked" or feature.environments or feature.phi_risk or feature.steps:
        yield ("features", index, "availability"), f"{feature.name} cannot be enabled, and no policy may say otherwise"


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


def _sources_in(record: Record, place: KeyPath = ()) -> Iterator[tuple[KeyPath, str]]:
    """Every place in a record, and in the records that it holds, that names a source, with the name."""
    for name, key in _fields(type(record)):
        value = getattr(record, name)
        if isinstance(value, str):
            if key.endswith("source"):
                yield (*place, key), value
        elif isinstance(value, Record):
            yield from _sources_in(value, (*place, key))
        elif isinstance(value, tuple) and value and isinstance(value[0], Record):
            for index, part in enumerate(value):
                yield from _sources_in(part, (*place, key, index))


@cache
def _fields(kind: type[Record]) -> tuple[tuple[str, str], ...]:
    return tuple(zip(kind.__struct_fields__, kind.__struct_encode_fields__, strict=True))


def _source_trouble(policy: Policy) -> Iterator[tuple[KeyPath, str]]:
    known = {source.key for source in policy.sources}
    for path, name in _sources_in(policy):
        if name not in known:
            yield path, f'the source "{name}" is not among [[sources]]'


def _unknown(
    path: KeyPath, keys: Iterable[str | None], known: Container[str], what: str
) -> Iterator[tuple[KeyPath, str]]:
    for key in keys:
        if key not in known:
            yield path, f'"{key}" is no {what} of this policy'


_KEYED = ("sources", "regions", "environments", "features", "support-teams", "channels", "mail-providers")


def _duplicate_trouble(policy: Policy) -> Iterator[tuple[KeyPath, str]]:
    for name in _KEYED:
        seen: set[str] = set()
        for index, record in enumerate(getattr(policy, name.replace("-", "_"))):
            if not record.key.strip():
                yield (name, index, "key"), "a key cannot be empty"
            if record.key in seen:
                yield (name, index, "key"), f'"{record.key}" is there twice'
            seen.add(record.key)
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
        yield from _unknown(("effects", index, "features"), effect.features, policy.feature, "feature")
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
        ("notice-reminder-days", schedule.notice_reminder_days, MOST_NOTICE_DAYS),
    ):
        if not 1 <= value <= most:
            yield ("schedule", key), f"must be 1 to {most}"
    if not policy.regions:
        yield ("regions",), "there must be a region"
    for index, region in enumerate(policy.regions):
        yield from _region_trouble(index, region, schedule.outage_hours)
    for index, rule in enumerate(policy.confirm_rules):
        yield from _unknown(("confirm-rules", index, "regions"), rule.regions, policy.region, "region")


def _region_trouble(index: int, region: Region, outage_hours: int) -> Iterator[tuple[KeyPath, str]]:
    if not re.fullmatch("[A-Z]{2}", region.key, re.ASCII):
        yield ("regions", index, "key"), f'"{region.key}" is not two capital letters, as of a country in ISO 3166'
    yield from _telephone_trouble(index, region)
    yield from _zone_trouble(("regions", index, "default-zone"), region.default_zone)
    if not -6 <= region.day_offset <= 6:  # noqa: PLR2004 - a week has seven days
        yield ("regions", index, "day-offset"), "must be -6 to 6"
    if region.starts == region.ends:
        yield ("regions", index, "ends"), "a window cannot end when it starts"
    minutes = (_minutes(region.ends) - _minutes(region.starts)) % (24 * 60)
    if minutes < outage_hours * 60:
        yield ("regions", index, "ends"), f"the {outage_hours}-hour outage does not fit into the window"


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
    if "production" not in policy.environment:
        yield ("environments",), 'the environment "production" is missing'
    if not policy.mirrors:
        yield ("environments",), "there is no copy with upgrade-switches-off = true"
    for index, environment in enumerate(policy.environments):
        if environment.key == "production" and environment.refreshable:
            yield ("environments", index, "refreshable"), "production is never the target of a refresh"
        if environment.upgrade_switches_off and not environment.refreshable:
            yield ("environments", index, "upgrade-switches-off"), "features are switched in copies of production alone"
        for kind in _OF_COPIES & set(environment.requests) if not environment.refreshable else ():
            yield ("environments", index, "requests"), f'"{kind}" is asked for in copies of production alone'
        path: KeyPath = ("environments", index, "excludes")
        yield from _unknown(path, environment.excludes, policy.environment, "environment")


def _feature_trouble(policy: Policy) -> Iterator[tuple[KeyPath, str]]:
    for index, feature in enumerate(policy.features):
        parent = policy.feature.get(feature.part_of) if feature.part_of else None
        if feature.part_of and (parent is None or parent.part_of):
            yield ("features", index, "part-of"), f'"{feature.part_of}" is not a feature that can have parts'
        yield from _availability_trouble(index, feature)
        for key in feature.environments:
            if key not in policy.environment or key == "production":
                yield (
                    ("features", index, "environments"),
                    f'"{key}" is not an environment where features are switched',
                )
    yield from _combination_trouble(policy)


def _availability_trouble(index: int, feature: Feature) -> Iterator[tuple[KeyPath, str]]:
    """What may be re-enabled says all that is asked and shown before that; what may not says none of it."""
    path: KeyPath = ("features", index, "availability")
    if feature.availability == "re-enableable":
        needed = (feature.phi_risk, feature.reaches, feature.steps, feature.steps_off, feature.environments)
        if not all(needed):
            yield path, "what may be re-enabled needs environments, phi-risk, reaches, steps and steps-off"
    elif feature.environments or feature.phi_risk:
        yield path, f"{feature.availability} contradicts the environments or the phi-risk given"


def _combination_trouble(policy: Policy) -> Iterator[tuple[KeyPath, str]]:
    for index, combination in enumerate(policy.combinations):
        yield from _unknown(("combinations", index, "features"), combination.features, policy.feature, "feature")
        if len(set(combination.features)) < 2:  # noqa: PLR2004 - together with itself is no combination
            yield ("combinations", index, "features"), "a combination is of two features at least"


def _statement_trouble(policy: Policy) -> Iterator[tuple[KeyPath, str]]:
    """What is shown in a certain place must be there, once."""
    keys = [statement.key for statement in policy.statements if statement.key]
    for key in SHOWN_STATEMENTS:
        if keys.count(key) != 1:
            yield ("statements",), f'one statement must have the key "{key}"'


def _support_trouble(policy: Policy) -> Iterator[tuple[KeyPath, str]]:
    yield from _team_trouble(policy)
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


def _team_trouble(policy: Policy) -> Iterator[tuple[KeyPath, str]]:
    for index, team in enumerate(policy.support_teams):
        for nth, hours in enumerate(team.hours):
            path: KeyPath = ("support-teams", index, *(("also-open", nth - 1) if nth else ()))
            yield from _zone_trouble((*path, "zone"), hours.zone)
            if hours.opens >= hours.closes:
                yield (*path, "closes"), "a team must close after it opens, on the same day"
            yield from _unknown((*path, "holidays-of"), (hours.holidays_of,), policy.support_team, "support team")
        if (team.holidays_note is None) != (team.holidays_source is None):
            yield ("support-teams", index, "holidays-note"), "holidays-note and holidays-source come together"
        if not team.days:
            yield ("support-teams", index, "days"), "a team must work on at least one day"


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
