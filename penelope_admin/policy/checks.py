"""What the shape of the records cannot say: a policy that contradicts itself, or opens what must stay locked."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterable, Iterator
from datetime import time
from functools import cache
from itertools import product

from penelope_admin.clock import find_zone
from penelope_admin.errors import BadInputError
from penelope_admin.policy.lines import KeyPath
from penelope_admin.policy.records import (
    COVERAGE_KINDS,
    LOCKED_FEATURES,
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

Trouble = tuple[KeyPath, str]
"""Where a policy is wrong, and why."""
_FEWEST_DIGITS, _MOST_DIGITS = 7, 15
"""Of telephone numbers; the most are those of ITU-T E.164."""
_OF_COPIES: frozenset[RequestAbout] = frozenset({"refresh", "feature-change", "script"})


def find_contradictions(policy: Policy) -> Iterator[Trouble]:
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


def _those(*rules: tuple[object, KeyPath, str]) -> Iterator[Trouble]:
    """Of the troubles that there may be, those that there are: each comes with whether it is so."""
    return ((path, reason) for is_so, path, reason in rules if is_so)


_PUNCTUATION = re.compile(r"[\W_]+")


def _plain(text: str) -> str:
    """Only the letters and digits of a name, without accents, capitals and full-width forms."""
    return _PUNCTUATION.sub("", unicodedata.normalize("NFKD", text).casefold())


_LETTERS = str.maketrans("iq", "lg")
_DIGITS = str.maketrans("0134679", "oleagtg")
_SIGNS = str.maketrans("|!@+", "llat")
"""What a hurried reader takes for letters that locked features' names have: C1ientConn3ct, Enga9e."""


def _shapes(text: str) -> tuple[str, ...]:
    """The letters of a text as a hurried reader sees them; digits and signs may be letters, or stand between them."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    without_digits = "".join(sign for sign in plain if not sign.isdigit())
    readings = ((plain, _LETTERS | _DIGITS | _SIGNS), (plain, _LETTERS | _DIGITS), (without_digits, _LETTERS))
    return tuple(_plain(reading.translate(table)) for reading, table in readings)


def _locked_in(*texts: str) -> str | None:
    """The locked feature that one of these texts names, whatever the spelling."""
    shapes = [shape for text in texts for shape in _shapes(text)]
    names = {key: key.translate(_LETTERS) for key in sorted(LOCKED_FEATURES)}
    return next((key for key, name in names.items() if any(name in shape for shape in shapes)), None)


def _locked_trouble(policy: Policy) -> Iterator[Trouble]:
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


def _opened_trouble(index: int, feature: Feature, named: str | None) -> Iterator[Trouble]:
    """What names a locked feature is that one, and locked."""
    if named is None:
        return
    if feature.key != named:
        yield ("features", index, "key"), f'this feature can only be described under the key "{named}"'
    elif feature.availability != "locked" or feature.environments or feature.phi_risk or feature.steps:
        yield ("features", index, "availability"), f"{feature.name} cannot be enabled, and no policy may say otherwise"


def _letter_trouble(path: KeyPath, text: str) -> Iterator[Trouble]:
    if not _plain(text).isascii():
        yield path, f'"{text}" has letters that could pass for others; use Latin ones'


def _step_trouble(index: int, feature: Feature) -> Iterator[Trouble]:
    """The steps of what may be enabled cannot lead to what may not, nor a word of them go on in the next."""
    for field, steps in (("steps", feature.steps), ("steps-off", feature.steps_off)):
        path: KeyPath = ("features", index, field)
        for step in steps:
            yield from _letter_trouble(path, step)
        if named := _locked_in(" ".join(steps)):
            yield path, f'no step of a feature that can be enabled may name "{named}", which stays off'


def _sources_in(record: Record, place: KeyPath = ()) -> Iterator[Trouble]:
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


def _source_trouble(policy: Policy) -> Iterator[Trouble]:
    for path, name in _sources_in(policy):
        if name not in policy.source:
            yield path, f'the source "{name}" is not among [[sources]]'


def _unknown(
    path: KeyPath, keys: Iterable[str | None], names: Container[str], what: str, whose: str = " of this policy"
) -> Iterator[Trouble]:
    return ((path, f'"{key}" is no {what}{whose}') for key in keys if key not in names)


_KEYED = ("sources", "regions", "environments", "features", "support-teams", "channels", "mail-providers")


def _duplicate_trouble(policy: Policy) -> Iterator[Trouble]:
    for name in _KEYED:
        seen: set[str] = set()
        for index, record in enumerate(getattr(policy, name.replace("-", "_"))):
            path: KeyPath = (name, index, "key")
            yield from _those(
                (not record.key.strip(), path, "a key cannot be empty"),
                (record.key in seen, path, f'"{record.key}" is there twice'),
            )
            seen.add(record.key)
    yield from _effect_trouble(policy)


def _effect_trouble(policy: Policy) -> Iterator[Trouble]:
    """Each check-list is numbered from 1, and that after a refresh guards features there are."""
    counts = dict.fromkeys(OCCASIONS, 0)
    for index, effect in enumerate(policy.effects):
        path: KeyPath = ("effects", index)
        counts[effect.after] = expected = counts[effect.after] + 1
        numbered = f"effects after the same event are numbered from 1; expected {expected}"
        yield from _those((effect.number != expected, (*path, "number"), numbered))
        guarded = policy.feature if effect.after == "refresh" else {}
        yield from _unknown((*path, "guards"), effect.guards, guarded, "feature that is guarded after a refresh", "")
        yield from _unknown((*path, "features"), effect.features, policy.feature, "feature")
    since = "{since} is missing: since when the queues may hold something"
    yield from _those(
        ("{since}" not in policy.checking.queues, ("checking", "queues"), since),
        *((not counts[after], ("effects",), f'nothing is to be looked at after = "{after}"') for after in OCCASIONS),
    )


def _zone_trouble(path: KeyPath, zone: str) -> Iterator[Trouble]:
    try:
        find_zone(zone)
    except BadInputError:
        yield path, f'"{zone}" is not a time zone of the IANA database'


def _schedule_trouble(policy: Policy) -> Iterator[Trouble]:
    schedule = policy.schedule
    yield from _zone_trouble(("schedule", "source-zone"), schedule.source_zone)
    for index, region in enumerate(policy.regions):
        yield from _region_trouble(index, region, schedule.outage_hours)
    for index, rule in enumerate(policy.confirm_rules):
        yield from _unknown(("confirm-rules", index, "regions"), rule.regions, policy.region, "region")


def _region_trouble(index: int, region: Region, outage_hours: int) -> Iterator[Trouble]:
    path: KeyPath = ("regions", index)
    if not re.fullmatch("[A-Z]{2}", region.key, re.ASCII):
        yield (*path, "key"), f'"{region.key}" is not two capital letters, as of a country in ISO 3166'
    yield from _telephone_trouble(path, region)
    yield from _zone_trouble((*path, "default-zone"), region.default_zone)
    minutes = (_minutes(region.ends) - _minutes(region.starts)) % (24 * 60)
    yield from _those(
        (region.starts == region.ends, (*path, "ends"), "a window cannot end when it starts"),
        (minutes < outage_hours * 60, (*path, "ends"), f"the {outage_hours}-hour outage does not fit into the window"),
    )


def _telephone_trouble(path: KeyPath, region: Region) -> Iterator[Trouble]:
    (fewest, most), shapes = region.telephone_digits, region.telephone_shapes
    digits_fit = _FEWEST_DIGITS <= fewest <= most <= _MOST_DIGITS
    of_shapes: KeyPath = (*path, "telephone-shapes")
    trunk_fits = re.fullmatch("[1-9]?", region.no_trunk_before, re.ASCII)
    yield from _those(
        (not digits_fit, (*path, "telephone-digits"), f"must be {_FEWEST_DIGITS} to {_MOST_DIGITS}, the fewest first"),
        *(
            (not _fits(shape, fewest, most), of_shapes, f"{list(shape)} is not a number of {fewest} to {most} digits")
            for shape in shapes
        ),
        (not trunk_fits, (*path, "no-trunk-before"), "must be a digit from 1 to 9"),
    )


def _fits(shape: tuple[int, ...], fewest: int, most: int) -> bool:
    """Whether groups of digits are as many as a telephone number has, and two to five as they are looked for."""
    return 2 <= len(shape) <= 5 and min(shape) >= 1 and fewest <= sum(shape) <= most  # noqa: PLR2004


def _minutes(clock_time: time) -> int:
    return clock_time.hour * 60 + clock_time.minute


def _environment_trouble(policy: Policy) -> Iterator[Trouble]:
    yield from _those(
        ("production" not in policy.environment, ("environments",), 'the environment "production" is missing'),
        (not policy.mirrors, ("environments",), "there is no copy with upgrade-switches-off = true"),
    )
    for index, environment in enumerate(policy.environments):
        path: KeyPath = ("environments", index)
        if environment.refreshable:
            target = "production is never the target of a refresh"
            yield from _those((environment.key == "production", (*path, "refreshable"), target))
        else:
            switched = "features are switched in copies of production alone"
            yield from _those((environment.upgrade_switches_off, (*path, "upgrade-switches-off"), switched))
            for kind in _OF_COPIES & set(environment.requests):
                yield (*path, "requests"), f'"{kind}" is asked for in copies of production alone'
        yield from _unknown((*path, "excludes"), environment.excludes, policy.environment, "environment")


def _feature_trouble(policy: Policy) -> Iterator[Trouble]:
    wholes = {feature.key for feature in policy.features if not feature.part_of}
    copies = policy.environment.keys() - {"production"}
    for index, feature in enumerate(policy.features):
        path: KeyPath = ("features", index)
        if feature.part_of and feature.part_of not in wholes:
            yield (*path, "part-of"), f'"{feature.part_of}" is not a feature that can have parts'
        yield from _availability_trouble(index, feature)
        for key in feature.environments:
            switched = f'"{key}" is not an environment where features are switched'
            yield from _those((key not in copies, (*path, "environments"), switched))
    yield from _combination_trouble(policy)


def _availability_trouble(index: int, feature: Feature) -> Iterator[Trouble]:
    """What may be re-enabled says all that is asked and shown before that; what may not says none of it."""
    path: KeyPath = ("features", index, "availability")
    if feature.availability == "re-enableable":
        needed = (feature.phi_risk, feature.reaches, feature.steps, feature.steps_off, feature.environments)
        if not all(needed):
            yield path, "what may be re-enabled needs environments, phi-risk, reaches, steps and steps-off"
    elif feature.environments or feature.phi_risk:
        yield path, f"{feature.availability} contradicts the environments or the phi-risk given"


def _combination_trouble(policy: Policy) -> Iterator[Trouble]:
    for index, combination in enumerate(policy.combinations):
        yield from _unknown(("combinations", index, "features"), combination.features, policy.feature, "feature")
        if len(set(combination.features)) < 2:  # noqa: PLR2004 - together with itself is no combination
            yield ("combinations", index, "features"), "a combination is of two features at least"


def _statement_trouble(policy: Policy) -> Iterator[Trouble]:
    """What is shown in a certain place must be there, once."""
    keys = [statement.key for statement in policy.statements if statement.key]
    for key in SHOWN_STATEMENTS:
        if keys.count(key) != 1:
            yield ("statements",), f'one statement must have the key "{key}"'


def _support_trouble(policy: Policy) -> Iterator[Trouble]:
    yield from _team_trouble(policy)
    day, covered = policy.working_day, {entry.kind for entry in policy.coverage}
    severities = tuple(severity.key for severity in policy.severities)
    yield from _those(
        (day.starts >= day.ends, ("working-day", "ends"), "a working day must end after it starts"),
        (
            severities != SEVERITY_KEYS, ("severities",),
            f"the severities are {', '.join(SEVERITY_KEYS)}, in this order",
        ),
        *((kind not in covered, ("coverage",), f'nothing is "{kind}"') for kind in COVERAGE_KINDS),
    )  # fmt: skip
    for index, channel in enumerate(policy.channels):
        if channel.number is None and any("{number}" in rule for rule in channel.rules):
            yield ("channels", index, "rules"), "a rule speaks of {number}, but there is none"


def _team_trouble(policy: Policy) -> Iterator[Trouble]:
    for index, team in enumerate(policy.support_teams):
        path: KeyPath = ("support-teams", index)
        places = (path, *((*path, "also-open", nth) for nth in range(len(team.also_open))))
        for place, hours in zip(places, team.hours, strict=True):
            yield from _zone_trouble((*place, "zone"), hours.zone)
            closes = "a team must close after it opens, on the same day"
            yield from _those((hours.opens >= hours.closes, (*place, "closes"), closes))
            yield from _unknown((*place, "holidays-of"), (hours.holidays_of,), policy.support_team, "support team")
        lone_note = (team.holidays_note is None) != (team.holidays_source is None)
        yield from _those(
            (lone_note, (*path, "holidays-note"), "holidays-note and holidays-source come together"),
        )


_SERVER_NAME = re.compile(r"(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)+")


def _mail_trouble(policy: Policy) -> Iterator[Trouble]:
    seen: set[tuple[MailKind, str]] = set()
    for index, provider in enumerate(policy.mail_providers):
        servers: KeyPath = ("mail-providers", index, "servers")
        lone_day = (provider.stops is None) != (provider.before is None)
        yield from _those(
            (lone_day, ("mail-providers", index, "before"), "stops and before come together"),
        )
        for server in provider.servers:
            if not _SERVER_NAME.fullmatch(server):
                yield servers, f'"{server}" is not the name of a mail server in small letters'
        for kind, server in product(provider.kinds, provider.servers):
            yield from _those(((kind, server) in seen, servers, f'"{server}" is there twice for {kind}'))
            seen.add((kind, server))
