"""Dates, times and time zones as people write them, in the order in which they stand in a text.

What can be meant in more than one way is read in every way: 04/05/2026 as two days, "Central" as the zones of two
countries, "9:00" as a time that may be in the evening. The text has single spaces, and each step is linear in its
length.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from itertools import islice
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from penelope_admin.absent import present
from penelope_admin.clock import find_zone
from penelope_admin.domain.times import EARLIEST, LATEST, in_words, place
from penelope_admin.errors import BadInputError
from penelope_admin.policy import WEEKDAYS, Policy

MAX_TOKENS = 600


class Place(NamedTuple):
    """Whose messages are read: the rules, the agency's region and zone, and the current instant."""

    policy: Policy
    region: str
    zone: ZoneInfo
    now: datetime

    @property
    def vendor_zone(self) -> ZoneInfo:
        """The zone of the vendor's schedule."""
        return find_zone(self.policy.schedule.source_zone)

    @property
    def own_clocks(self) -> tuple[str, ...]:
        """The zones that may be meant where none is named: the vendor's, then the agency's."""
        return tuple(dict.fromkeys((self.vendor_zone.key, self.zone.key)))


# In English and, for Canada, in French.
_MONTHS = (
    r"jan(?:uary|vier)?", r"f(?:eb(?:ruary)?|ev(?:rier)?)", r"mar(?:ch|s)?", r"a(?:pr(?:il)?|vr(?:il)?)", r"ma[iy]",
    r"ju(?:ne?|in)", r"ju(?:ly?|il(?:let)?)", r"a(?:ug(?:ust)?|out)", r"sept?(?:emb(?:er|re))?", r"oct(?:ob(?:er|re))?",
    r"nov(?:emb(?:er|re))?", r"dec(?:emb(?:er|re))?",
)  # fmt: skip
_MONTH = rf"(?:{'|'.join(_MONTHS)})"
_FRENCH_WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
WEEKDAY = rf"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?|{'|'.join(_FRENCH_WEEKDAYS)})"
_DAY = r"(?:0?[1-9]|[12][0-9]|3[01])(?:st|nd|rd|th|er)?"
_UNACCENTED = str.maketrans("éèêÉÈÊûÛ", "eeeEEEuU")
"""A letter for each: what is found stands at the same place. The "à" of "21 h à 1 h" stays what it is."""
_YEAR = r"(?:19|20)[0-9]{2}"
_NO_TIME = r"(?![0-9:]|[ ]?[ap]\.?m)"
# "2026-12-12", "12/12/2026", "Sat 12/12", "Sat 12-13 December 2026" and "December 12, 2026 (Saturday)", in this order.
# What is found by another way has the same name with _2 behind it, here and below.
_DATE = rf"""
    (?: \b (?P<weekday>{WEEKDAY}) \b [.,]? [ ] (?:the[ ])? )?
    (?<![\w./-])
    (?: (?P<iso>{_YEAR}[-/][0-9]{{1,2}}[-/][0-9]{{1,2}}) (?![0-9])
      | (?P<numeric>[0-9]{{1,2}}(?P<sign>[/.-])[0-9]{{1,2}}(?P=sign)(?:{_YEAR}|(?<![.])[0-9]{{2}})) (?![\w/.-]*[0-9])
      | (?(weekday) (?P<no_year>[0-9]{{1,2}}/[0-9]{{1,2}}) (?![\w/.-]*[0-9]) | (?!) )
      | (?P<day>{_DAY}) (?: [ ]?(?:-|to|and|et|au)[ ]? (?P<last>{_DAY}) )? [ ]? (?:of[ ])?-? (?P<month>{_MONTH})\b
        [.,]? (?: [ -]? (?P<year>{_YEAR}) (?![0-9:]) )?
      | (?P<month_2>{_MONTH}) \.? [ ] (?P<day_2>{_DAY}) {_NO_TIME}
        (?: [ ]?(?:-|to|and)[ ]? (?P<last_2>{_DAY}) {_NO_TIME} (?![ ]{_MONTH}) )?
        (?: ,?[ ] (?P<year_2>{_YEAR}) (?![0-9:]) )?
    )
    (?: [ ]? \( (?P<weekday_2>{WEEKDAY}) \) )?
"""
_HALF = r"[ ]?(?P<half>[ap])\.?[ ]?m\b\.?"
# "9:30 PM", "21:30" and "21h30", the "9" of "9-11 PM", words, and "21 h 30" as an end of a range. Nothing within a
# longer number or a ratio, but "9 PM ET/6 PM PT".
_TIME = rf"""
    (?: (?<![\w:/.]) | (?<=[0-9]T) | (?<=[A-Z]T/) ) (?:
        (?P<hour_12>1[0-2]|0?[1-9]) (?: [:.](?P<minute_12>[0-5][0-9]) )? {_HALF}
      | (?P<hour_24>[01]?[0-9]|2[0-4]) [:h] (?P<minute_24>[0-5][0-9]) (?: :[0-5][0-9] )? (?![0-9:])
      | (?P<bare>1[0-2]|[1-9]) (?= [ ]?(?:-|to|until)[ ]? (?:1[0-2]|0?[1-9]) (?:[:.][0-5][0-9])? [ ]?[ap]\.?[ ]?m\b )
      | (?:12[ ])? (?P<word>noon|midday|midnight|midi|minuit)\b
      | (?P<hour_h>[01]?[0-9]|2[0-4]) [ ]?h (?:[ ]?(?P<minute_h>[0-5][0-9]))? (?= [ ](?:à|et|jusqu)[ '] )
      | (?: (?<=à[ ]) | (?<=[h0][ ]et[ ]) ) (?P<hour_h_2>[01]?[0-9]|2[0-4]) [ ]?h (?:[ ]?(?P<minute_h_2>[0-5][0-9]))?
        (?![a-z0-9])
    )
"""
_WORDS_OF_ZONES: dict[str, tuple[str, ...]] = {
    "eastern": ("America/New_York",),
    "central": ("America/Chicago", "America/Winnipeg"),
    "mountain": ("America/Denver", "America/Edmonton"),
    "pacific": ("America/Los_Angeles", "America/Vancouver"),
    "atlantic": ("America/Halifax",),
    "newfoundland": ("America/St_Johns",),
    "uk": ("Europe/London",),
}
_SHORT_NAMES: dict[str, tuple[str, ...]] = {
    "ET EST EDT HE HNE HAE": _WORDS_OF_ZONES["eastern"],
    "CT CDT HNC HAC": _WORDS_OF_ZONES["central"],
    "CST": ("America/Chicago", "America/Winnipeg", "America/Regina"),
    "MT MDT HNR HAR": _WORDS_OF_ZONES["mountain"],
    "MST": ("America/Denver", "America/Edmonton", "America/Phoenix"),
    "PT PST PDT HNP HAP": _WORDS_OF_ZONES["pacific"],
    "AST ADT HNA HAA": _WORDS_OF_ZONES["atlantic"],
    "NST NDT": _WORDS_OF_ZONES["newfoundland"],
    "UTC": ("UTC",),
    "GMT": ("UTC", "Europe/London"),
    "BST": _WORDS_OF_ZONES["uk"],
    "IST": ("Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"),
    "CET CEST": ("Europe/Paris",),
    "AKST AKDT": ("America/Anchorage",),
    "HST": ("Pacific/Honolulu",),
    "AEST AEDT AET": ("Australia/Sydney",),
    "ACST ACDT": ("Australia/Adelaide", "Australia/Darwin"),
    "AWST": ("Australia/Perth",),
    "NZST NZDT NZT": ("Pacific/Auckland",),
}
_ABBREVIATIONS = {name: zones for names, zones in _SHORT_NAMES.items() for name in names.split()}
"""What zones the usual short names mean; several where countries share a name. What the policy reads goes first."""
# Of "EST" the S is the standard time's, whatever the season, and so the N of "HNE"; "ET" names none.
_SEASON = re.compile(".+([SD])T|H([NA])[ECRPA]")
_NOT_BY_LETTER = {"IST": "", "BST": "D", "CEST": "D"}
"""The name of three zones, and names of daylight time whose S is the summer's."""
_FRENCH_PLACES = {
    "est": "eastern", "centre": "central", "rocheuses": "mountain", "pacifique": "pacific", "atlantique": "atlantic",
    "terre-neuve": "newfoundland",
}  # fmt: skip
_SEASONS = {
    "": "",
    **dict.fromkeys(("standard", "normale", "s", "n"), "S"),
    **dict.fromkeys(("daylight", "avancee", "d", "a"), "D"),
}
# "EST", "UTC+2", "Eastern standard time", "9 PM Central", "America/Toronto", the end of an ISO time; and what Windows
# calls a zone all year: "(UTC-05:00) Eastern Time".
_ZONE = rf"""
    (?: \b UTC [+-][0-9]{{2}}:[0-9]{{2}} \) [ ] )?
        (?P<named>{"|".join(_WORDS_OF_ZONES)}) (?:[ ](?P<season>standard|daylight))? [ ]time\b
  | (?-i: (?<![\w/]) (?P<short>{"|".join(sorted(_ABBREVIATIONS, key=len, reverse=True))})
        (?: [ ]? (?P<offset>[+-][0-9]{{1,2}}) (?: :?(?P<minutes>[0-5][0-9]) )? )? (?! \w | /(?!UTC|[0-9]) ) )
  | heure (?:[ ](?P<season_2>normale|avancee))? [ ](?:de[ ]l'|du[ ]|des[ ]|de[ ])
    (?P<french>{"|".join(_FRENCH_PLACES)}) \b
  | (?: (?<=[0-9m.][ ]) | (?<=[0-9m.][ ]\() ) (?P<named_2>{"|".join(_WORDS_OF_ZONES)}) \b
    (?! [ ](?!on\b|to\b|until\b|and\b)[a-z] )
  | (?-i: (?P<iana>[A-Z][a-z]{{2,10}}/[A-Z][A-Za-z_]{{2,20}}) )
  | (?: (?<=T[0-9]{{2}}:[0-9]{{2}}) | (?<=T[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}) )
    (?: (?P<offset_2>[+-][0-9]{{2}}) :(?P<minutes_2>[0-9]{{2}}) (?![0-9:]) | (?P<zulu>Z)\b )
"""


class Days(NamedTuple):
    """The days that words may mean, with the last of a range; how it is unclear, in a sentence."""

    days: tuple[date, ...]
    last: tuple[date, ...] = ()
    doubt: str = ""


class Clock(NamedTuple):
    """A time of day; unclear ones may be in the morning or in the evening."""

    clock: time
    is_unclear: bool = False
    is_midnight: bool = False
    needs_half: bool = False
    is_24_hours: bool = False


_NAMED_CLOCKS = {
    **dict.fromkeys(("midnight", "minuit"), Clock(time(0), is_midnight=True)),
    **dict.fromkeys(("noon", "midday", "midi"), Clock(time(12))),
}
_HALVES = {"a": 0, "p": 12}


class Token(NamedTuple):
    kind: Literal["date", "time", "zone"]
    start: int
    end: int
    day: Days | None = None
    clock: Clock | None = None
    zones: tuple[str, ...] = ()
    season: str = ""


def find_tokens(text: str, here: Place) -> list[Token]:
    """Dates, times and zones in the order they stand there, none within another."""
    # "Winnipeg time" and "(Winnipeg)" name a zone too, of the places that this agency knows.
    places = {place(key).casefold(): key for key in _known_zones(here)}
    names = "|".join(re.escape(name) for name in sorted(places, key=len, reverse=True))
    zone = rf"{_ZONE} | \( (?P<place>{names}) \) | \b (?P<place_2>{names})(?:'s)? [ ](?:time|clock)\b"
    whole = re.compile(rf"(?P<date>{_DATE})|(?P<time>{_TIME})|(?P<zone>{zone})", re.IGNORECASE | re.VERBOSE | re.ASCII)
    tokens = (_token(match, places, here) for match in whole.finditer(text.translate(_UNACCENTED)))
    # A name of a zone that the database does not have says nothing.
    return list(islice((token for token in tokens if token.zones or token.kind != "zone"), MAX_TOKENS))


def _known_zones(here: Place) -> tuple[str, ...]:
    regions = (region.default_zone for region in here.policy.regions)
    return tuple(dict.fromkeys((here.vendor_zone.key, here.zone.key, *regions)))


_Said = Mapping[str, str]
"""What the groups of a pattern found, by their names."""


def _token(match: re.Match[str], places: dict[str, str], here: Place) -> Token:
    start, end = match.span()
    # Of two ways in which one thing stands there, as in "Saturday 12 (Saturday)", the first goes last, and so counts.
    groups = reversed(match.groupdict().items())
    said = {name.removesuffix("_2"): text for name, text in groups if text}
    if "date" in said:
        return Token("date", start, end, day=_date(said, here))
    if "time" in said:
        return Token("time", start, end, clock=_time(said))
    zones, season = _zones(said, places, here)
    return Token("zone", start, end, zones=zones, season=season)


def _date(said: _Said, here: Place) -> Days:
    """The days that a date may mean."""
    weekday = said.get("weekday", "")
    if "iso" in said:
        year, month, day = map(int, re.split("[-/]", said["iso"]))
        return _checked(_days([(year, month, day)]), weekday)
    if "numeric" in said:
        first, second, written = re.split("[/.-]", said["numeric"])
        return _numeric(int(first), int(second), int(f"20{written}"[-4:]), weekday)  # "26" is 2026
    if "no_year" in said:
        first, second = map(int, said["no_year"].split("/"))
        days = {day for pair in ((first, second), (second, first)) for day in _in_years(None, *pair, weekday, here)}
        return _checked(tuple(sorted(days)), weekday, "The year is not named.")
    return _with_month(said, weekday, here)


def _with_month(said: _Said, weekday: str, here: Place) -> Days:
    """The days of a date whose month is written out; without a year the nearest ones, or those of its weekday."""
    month = next(n for n, name in enumerate(_MONTHS, 1) if re.fullmatch(name, said["month"], re.IGNORECASE))
    day, last = (int(re.sub("[^0-9]", "", text)) for text in (said["day"], said.get("last", "0")))
    # Notices often leave the year out. It is not guessed: where two are possible, both are offered.
    days = _in_years(said.get("year"), month, day, weekday, here)
    return _checked(days, weekday, "The year is not named.", _last_days(days, last))


def _in_years(named: str | None, month: int, day: int, weekday: str, here: Place) -> tuple[date, ...]:
    """The day of a year; where none is named, those of the date's weekday, and without one the two nearest."""
    if named:
        return _days([(int(named), month, day)])
    today = here.now.astimezone(here.zone).date()
    days = _days((year, month, day) for year in range(today.year - 1, today.year + 2))
    if weekday:
        return tuple(each for each in days if _is_weekday(each, weekday))
    return tuple(sorted(days, key=lambda each: abs(each - today)))[:2]


def _last_days(days: tuple[date, ...], last: int) -> tuple[date, ...]:
    """The last of several days of one month ("12-13 December") for each reading; none unless each reading has one."""
    # Half a reading is none: "30-31 February" has no last day, and is left to a person.
    lasts = tuple(each.replace(day=last) for each in days if _exists(each.year, each.month, last) and last > each.day)
    return lasts if len(lasts) == len(days) else ()


def _numeric(first: int, second: int, year: int, weekday: str) -> Days:
    """A date of three numbers: the day or the month may come first, unless only one is possible."""
    # 05/05 is one day whichever number comes first.
    days = tuple(dict.fromkeys(_days([(year, second, first), (year, first, second)])))
    # "Friday 04/12/2026": the weekday tells which number is the month, where it fits one reading alone.
    fitting = tuple(day for day in days if _is_weekday(day, weekday))
    if len(fitting) == 1:
        days = fitting
    return _checked(days, weekday, f"Day and month can be read in two ways: {' or '.join(map(in_words, days))}.")


def _exists(year: int, month: int, day: int) -> bool:
    try:
        return EARLIEST.date() <= date(year, month, day) < LATEST.date()
    except ValueError:
        return False


def _days(parts: Iterable[tuple[int, int, int]]) -> tuple[date, ...]:
    return tuple(date(*part) for part in parts if _exists(*part))


def _is_weekday(day: date, name: str) -> bool:
    short = name[:3].lower()
    return any(names[day.weekday()].startswith(short) for names in (WEEKDAYS, _FRENCH_WEEKDAYS))


def _checked(days: tuple[date, ...], weekday: str, several: str = "", last: tuple[date, ...] = ()) -> Days:
    """Days with a doubt: where there are several of them, or where the weekday that stands there is another."""
    if len(days) > 1:
        return Days(days, last, several)
    if days and not _is_weekday(days[0], weekday):
        return Days(days, last, f"The weekday does not fit: {in_words(days[0])} is meant to be a {weekday}.")
    return Days(days, last)


def _time(said: _Said) -> Clock:
    if "word" in said:
        return _NAMED_CLOCKS[said["word"].lower()]
    if "hour_12" in said:
        hour = int(said["hour_12"]) % 12 + _HALVES[said["half"].lower()]
        return Clock(time(hour, int(said.get("minute_12", "0"))))
    if "bare" in said:
        return Clock(time(int(said["bare"]) % 12), needs_half=True)
    if "hour_h" in said:
        clock = time(int(said["hour_h"]) % 24, int(said.get("minute_h", "0")))
        return Clock(clock, is_midnight=said["hour_h"] == "24", is_24_hours=True)
    return _of_24_hours(said["hour_24"], int(said["minute_24"]))


def _of_24_hours(hours: str, minute: int) -> Clock:
    """ "21:00"; "9:00" may be in the evening, too."""
    hour = int(hours)
    # Nobody who counts twelve hours writes a zero before them, or more than twelve.
    clear = hour == 0 or hour > 12 or hours.startswith("0")  # noqa: PLR2004 - hours of half a day
    return Clock(time(hour % 24, minute), not clear, is_midnight=hour == 24, is_24_hours=clear)  # noqa: PLR2004


def _zones(said: _Said, places: dict[str, str], here: Place) -> tuple[tuple[str, ...], str]:
    """The zones that a name may mean, and "S" or "D" where it names standard or daylight time."""
    if "place" in said:
        return (places[said["place"].casefold()],), ""
    if "iana" in said:
        return _of_the_database(said["iana"]), ""
    if "zulu" in said:
        return ("UTC",), ""
    if "offset" in said:
        return fixed_zone(int(said["offset"]), said.get("minutes", "00")), ""
    if "short" in said:
        return _of_short_name(said["short"], here)
    named = said.get("named") or _FRENCH_PLACES[said["french"].lower()]
    return _WORDS_OF_ZONES[named.lower()], _SEASONS[said.get("season", "").lower()]


def _of_the_database(name: str) -> tuple[str, ...]:
    try:
        return (find_zone(name).key,)
    except BadInputError:
        return ()


def _of_short_name(short: str, here: Place) -> tuple[tuple[str, ...], str]:
    """What the policy reads a short name as goes first."""
    read = {here.policy.schedule.source_zone_label: here.policy.schedule.source_zone}
    read |= {hours.zone_label: hours.zone for team in here.policy.support_teams for hours in team.hours}
    zones = tuple(dict.fromkeys((*present(read.get(short)), *_ABBREVIATIONS[short])))
    season = _SEASON.fullmatch(short)
    letter = (season[1] or season[2]).lower() if season else ""
    return zones, _NOT_BY_LETTER.get(short, _SEASONS[letter])


def fixed_zone(hours: int, minutes: str) -> tuple[str, ...]:
    """The zone of whole hours from UTC; none where there is no such."""
    if minutes != "00" or not -12 <= hours <= 14:  # noqa: PLR2004 - the zones there are
        return ()
    # The database has these signs the other way round, as POSIX does: Etc/GMT+5 is five hours behind UTC.
    return (f"Etc/GMT{-hours:+d}" if hours else "UTC",)
