"""A malformed or contradictory policy file is refused with one message: file, line, key, reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from penelope_admin.errors import PolicyError
from penelope_admin.policy import MAX_POLICY_BYTES, load, parse
from tests.each import each

FILE = "agency/policy.toml"
HERE = "# here"
"""Stands in the line that the message must name."""


def refusal(raw: bytes) -> str:
    """The message for a policy file."""
    with pytest.raises(PolicyError) as caught:
        parse(raw, FILE)
    assert caught.value.exit_code == 2
    return str(caught.value)


def marked_line(text: str) -> int:
    """The line that holds the mark."""
    (line,) = (number for number, line in enumerate(text.split("\n"), start=1) if HERE in line)
    return line


def spoil(shipped: str, old: str, new: str) -> str:
    """The shipped file with one passage replaced."""
    assert old in shipped, "the case no longer fits the shipped file"
    return shipped.replace(old, new, 1)


TOGETHER = 'features = ["action-triggers", "external-communications"]'
MALFORMED = {
    "text for a number": (
        "outage-hours = 3",
        'outage-hours = "three" # here',
        "schedule.outage-hours",
        "must be a whole number, and is a text in quotation marks",
    ),
    "a fraction for a whole number": (
        "outage-hours = 3",
        "outage-hours = 3.0 # here",
        "schedule.outage-hours",
        "must be a whole number, and is a number",
    ),
    "truth for a number": (
        "day-offset = -1",
        "day-offset = true # here",
        "regions[1].day-offset",
        "must be a whole number, and is true or false",
    ),
    "a number for text": (
        'name = "New Zealand"',
        "name = 64 # here",
        "regions[2].name",
        "must be a text in quotation marks, and is a whole number",
    ),
    "text for a time": (
        "opens = 08:00:00",
        'opens = "08:00" # here',
        "support-teams[1].opens",
        "must be a time of day, and is a text in quotation marks",
    ),
    "a date for a time": (
        "opens = 08:00:00",
        "opens = 2026-12-13 # here",
        "support-teams[1].opens",
        "must be a time of day, and is a day",
    ),
    "an instant for a time": (
        "opens = 08:00:00",
        "opens = 2026-12-13T08:00:00Z # here",
        "support-teams[1].opens",
        "must be a time of day, and is a day with a time",
    ),
    "a table for text": (
        'name = "New Zealand"',
        'name = { full = "New Zealand" } # here',
        "regions[2].name",
        "must be a text in quotation marks, and is a table",
    ),
    "text for a list": (
        'days = ["monday", "tuesday", "wednesday", "thursday", "friday"]',
        'days = "weekdays" # here',
        "support-teams[1].days",
        "must be a list, and is a text in quotation marks",
    ),
    "a number in a list of texts": (
        'steps = [\n    "Sign in',
        'steps = [ # here\n    7, "Sign in',
        "features[1].steps[1]",
        "must be a text in quotation marks, and is a whole number",
    ),
    "an unknown weekday": (
        'anchor-weekday = "saturday"',
        'anchor-weekday = "saturnday" # here',
        "schedule.anchor-weekday",
        "'saturnday' is not one of the values allowed here",
    ),
    "an unknown availability": (
        'availability = "not-listed"',
        'availability = "perhaps" # here',
        "features[8].availability",
        "'perhaps' is not one of the values allowed here",
    ),
    "an unknown rating": (
        'phi-risk = "elevated"',
        'phi-risk = "none" # here',
        "features[4].phi-risk",
        "'none' is not one of the values allowed here",
    ),
    "an unknown topic": (
        'topic = "upgrades"',
        'topic = "gossip" # here',
        "statements[1].topic",
        "'gossip' is not one of the values allowed here",
    ),
    "coverage of an unknown kind": (
        'kind = "not-covered"',
        'kind = "perhaps" # here',
        "coverage[11].kind",
        "'perhaps' is not one of the values allowed here",
    ),
    "an unknown publisher": (
        'publisher = "vendor"',
        'publisher = "hearsay" # here',
        "sources[1].publisher",
        "'hearsay' is not one of the values allowed here",
    ),
    "an unknown value in an inline table": (
        'contact-details = { initially = "unknown", after-refresh = "real", after-upgrade = "de-identified" }',
        'contact-details = { initially = "unknown", after-refresh = "fake", after-upgrade = "real" } # here',
        "environments[6].contact-details.after-refresh",
        "'fake' is not one of the values allowed here",
    ),
    "an unknown weekday in a list": (
        'days = ["monday", "tuesday", "wednesday", "thursday", "friday"]',
        'days = ["monday", "doomsday"] # here',
        "support-teams[1].days[2]",
        "'doomsday' is not one of the values allowed here",
    ),
    "another schema": ("schema = 1", "schema = 2 # here", "schema", "2 is not one of the values allowed here"),
    "a missing key of a table": (
        '[schedule]\nname = "Mass Upgrades and Server Maintenance"\n',
        "[schedule] # here\n",
        "schedule.name",
        'lacks the required field "name"',
    ),
    "a missing key in a list": (
        '[[regions]]\nkey = "NZ"\nname = "New Zealand"\n',
        '[[regions]] # here\nkey = "NZ"\n',
        "regions[2].name",
        'lacks the required field "name"',
    ),
    "a missing key of an inline table": (
        'contact-details = { initially = "unknown", after-refresh = "real", after-upgrade = "de-identified" }',
        'contact-details = { initially = "unknown", after-refresh = "real" } # here',
        "environments[6].contact-details.after-upgrade",
        'lacks the required field "after-upgrade"',
    ),
    "a missing key of a table in a list's entry": (
        '[[support-teams.also-open]]\nzone = "Australia/Sydney"\n',
        "[[support-teams.also-open]] # here\n",
        "support-teams[3].also-open[1].zone",
        'lacks the required field "zone"',
    ),
    "an environment that says not whether it is asked about": (
        '[[environments]]\nkey = "mirrored"\nname = "Mirrored"\n'
        'data = "A duplicate of production at the time of the copy, for ongoing or one-off projects"\n'
        'upgraded = "As required to match production"\n'
        "asked-after-window = true\n",
        '[[environments]] # here\nkey = "mirrored"\nname = "Mirrored"\n'
        'data = "A duplicate of production at the time of the copy, for ongoing or one-off projects"\n'
        'upgraded = "As required to match production"\n',
        "environments[6].asked-after-window",
        'lacks the required field "asked-after-window"',
    ),
    "an environment that is asked about in words": (
        "asked-after-window = true",
        'asked-after-window = "yes" # here',
        "environments[4].asked-after-window",
        "must be true or false, and is a text in quotation marks",
    ),
    "an effect that nobody can check": (
        '[[effects]]\nnumber = 6\ntext = "The Action Trigger queue is empty."\n'
        'check = "Open the Action Trigger queue and see that nothing waits."\n',
        '[[effects]] # here\nnumber = 6\ntext = "The Action Trigger queue is empty."\n',
        "effects[6].check",
        'lacks the required field "check"',
    ),
    "an effect that nobody can ask about": (
        '[[effects]]\nnumber = 6\ntext = "The Action Trigger queue is empty."\n'
        'check = "Open the Action Trigger queue and see that nothing waits."\n'
        'ask = "The Action Trigger queue is not empty after the upgrade"\n',
        '[[effects]] # here\nnumber = 6\ntext = "The Action Trigger queue is empty."\n'
        'check = "Open the Action Trigger queue and see that nothing waits."\n',
        "effects[6].ask",
        'lacks the required field "ask"',
    ),
    "an effect proven in words": (
        "proven-by-data = true",
        'proven-by-data = "yes" # here',
        "effects[1].proven-by-data",
        "must be true or false, and is a text in quotation marks",
    ),
    "a combination without a warning": (
        f'[[combinations]]\n{TOGETHER}\nwarning = "Action Triggers and External Communications together send messages '
        "without anybody pressing a button: whatever meets a trigger's conditions in this copy is written to at "
        'once."\n',
        f"[[combinations]] # here\n{TOGETHER}\n",
        "combinations[1].warning",
        'lacks the required field "warning"',
    ),
    "an unknown key of a table": (
        "[critical]\n",
        "[critical]\npanic = true # here\n",
        "critical.panic",
        'unknown field "panic"',
    ),
    "an unknown key in a list": (
        'key = "CA"\n',
        'key = "CA"\ncapital = "Ottawa" # here\n',
        "regions[3].capital",
        'unknown field "capital"',
    ),
    "an unknown table": ("[ratings]\n", "[colours] # here\n[ratings]\n", "colours", 'unknown field "colours"'),
    "an unknown key at the top": ("schema = 1\n", "schema = 1\nversion = 9 # here\n", "version", "unknown field"),
    "a key in capitals": ("outage-hours = 3", "Outage-Hours = 3 # here", "schedule.Outage-Hours", "unknown field"),
    "a key with an underscore": (
        "outage-hours = 3",
        "outage_hours = 3 # here",
        "schedule.outage_hours",
        "unknown field",
    ),
}
CONTRADICTORY = {
    "a schedule zone that does not exist": (
        'source-zone = "America/New_York"',
        'source-zone = "America/New York" # here',
        "schedule.source-zone",
        '"America/New York" is not a time zone',
    ),
    "a region's zone that does not exist": (
        'default-zone = "Pacific/Auckland"',
        'default-zone = "Pacific/Aukland" # here',
        "regions[2].default-zone",
        '"Pacific/Aukland" is not a time zone',
    ),
    "a team's zone that does not exist": (
        'name = "AU Support"\nzone = "Australia/Sydney"',
        'name = "AU Support"\nzone = "AEST" # here',
        "support-teams[2].zone",
        '"AEST" is not a time zone',
    ),
    "a team's second zone that does not exist": (
        '[[support-teams.also-open]]\nzone = "Australia/Sydney"',
        '[[support-teams.also-open]]\nzone = "AEST" # here',
        "support-teams[3].also-open[1].zone",
        '"AEST" is not a time zone',
    ),
    "a zone that is a path": (
        'default-zone = "Pacific/Auckland"',
        'default-zone = "../zoneinfo/Pacific/Auckland" # here',
        "regions[2].default-zone",
        "is not a time zone",
    ),
    "an empty zone": (
        'default-zone = "Pacific/Auckland"',
        'default-zone = "" # here',
        "regions[2].default-zone",
        '"" is not a time zone',
    ),
    "a fifth Saturday": (
        "anchor-occurrence = 2",
        "anchor-occurrence = 5 # here",
        "schedule.anchor-occurrence",
        "must be at most 4",
    ),
    "a zeroth Saturday": (
        "anchor-occurrence = 2",
        "anchor-occurrence = 0 # here",
        "schedule.anchor-occurrence",
        "must be at least 1",
    ),
    "no outage": ("outage-hours = 3", "outage-hours = 0 # here", "schedule.outage-hours", "must be at least 1"),
    "a day and more of outage": (
        "outage-hours = 3",
        "outage-hours = 25 # here",
        "schedule.outage-hours",
        "must be at most 24",
    ),
    "a number beyond 64 bits": (
        "outage-hours = 3",
        f"outage-hours = {10**30} # here",
        "schedule.outage-hours",
        "must be at most 24",
    ),
    "no reminder": (
        "notice-reminder-days = 7",
        "notice-reminder-days = 0 # here",
        "schedule.notice-reminder-days",
        "must be at least 1",
    ),
    "a reminder a month before": (
        "notice-reminder-days = 7",
        "notice-reminder-days = 28 # here",
        "schedule.notice-reminder-days",
        "must be at most 27",
    ),
    "an outage longer than the window": (
        'starts = 21:00:00\nends = 01:00:00\nsource = "FAQ"\n\n[[regions]]\nkey = "GB"',
        'starts = 21:00:00\nends = 23:59:00 # here\nsource = "FAQ"\n\n[[regions]]\nkey = "GB"',
        "regions[3].ends",
        "the 3-hour outage does not fit into the window",
    ),
    "a window across midnight shorter than the outage": (
        'starts = 21:00:00\nends = 01:00:00\nsource = "FAQ"\n\n[[regions]]\nkey = "GB"',
        'starts = 23:00:00\nends = 01:59:00 # here\nsource = "FAQ"\n\n[[regions]]\nkey = "GB"',
        "regions[3].ends",
        "the 3-hour outage does not fit into the window",
    ),
    "a window that ends when it starts": (
        "starts = 09:00:00\nends = 14:00:00",
        "starts = 09:00:00\nends = 09:00:00 # here",
        "regions[1].ends",
        "a window cannot end when it starts",
    ),
    "a day more than a week away": (
        "day-offset = -1",
        "day-offset = -7 # here",
        "regions[1].day-offset",
        "must be at least -6",
    ),
    "a region that is no country": (
        '[[regions]]\nkey = "AU"',
        '[[regions]]\nkey = "Oz" # here',
        "regions[1].key",
        '"Oz" is not two capital letters',
    ),
    "a calling code of no country": (
        "calling-code = 64",
        "calling-code = 6400 # here",
        "regions[2].calling-code",
        "must be at most 999",
    ),
    "numbers of two digits": (
        "telephone-digits = [8, 11]",
        "telephone-digits = [2, 11] # here",
        "regions[2].telephone-digits",
        "must be 7 to 15, the fewest first",
    ),
    "the most digits first": (
        "telephone-digits = [8, 11]",
        "telephone-digits = [11, 8] # here",
        "regions[2].telephone-digits",
        "must be 7 to 15, the fewest first",
    ),
    "a shape of too few digits": (
        "telephone-shapes = [\n    [2, 8]",
        "telephone-shapes = [ # here\n    [2, 3]",
        "regions[1].telephone-shapes",
        "[2, 3] is not a number of 9 to 10 digits",
    ),
    "a shape of a negative length": (
        "telephone-shapes = [\n    [2, 8]",
        "telephone-shapes = [ # here\n    [-2, 12]",
        "regions[1].telephone-shapes",
        "[-2, 12] is not a number of 9 to 10 digits",
    ),
    "letters that numbers start with": (
        'no-trunk-before = "1"',
        'no-trunk-before = "x" # here',
        "regions[1].no-trunk-before",
        "must be a digit from 1 to 9",
    ),
    "a rule for an unknown region": (
        'regions = ["AU", "NZ"]',
        'regions = ["AU", "FR"] # here',
        "confirm-rules[2].regions",
        '"FR" is no region',
    ),
    "production missing": (
        '[[environments]]\nkey = "production"',
        '[[environments]] # here\nkey = "prod"',
        "environments",
        'the environment "production" is missing',
    ),
    "a refreshable production": (
        "refreshable = false",
        "refreshable = true # here",
        "environments[1].refreshable",
        "production is never the target of a refresh",
    ),
    "an environment that excludes an unknown one": (
        'excludes = ["training-b"]',
        'excludes = ["training-c"] # here',
        "environments[3].excludes",
        '"training-c" is no environment',
    ),
    "a part of an unknown feature": (
        'part-of = "external-communications"',
        'part-of = "communications" # here',
        "features[2].part-of",
        '"communications" is not a feature that can have parts',
    ),
    "a part of itself": (
        'part-of = "external-communications"',
        'part-of = "external-communications.sms" # here',
        "features[2].part-of",
        "is not a feature that can have parts",
    ),
    "a part of a part": (
        'name = "Client Delivery"\npart-of = "external-communications"',
        'name = "Client Delivery"\npart-of = "external-communications.sms" # here',
        "features[3].part-of",
        "is not a feature that can have parts",
    ),
    "a loop of parts": (
        'key = "external-communications"\n',
        'key = "external-communications"\npart-of = "external-communications.sms" # here\n',
        "features[1].part-of",
        "is not a feature that can have parts",
    ),
    "a re-enableable feature without a rating": (
        'availability = "re-enableable"\nenvironments = ["mirrored"]\nphi-risk = "high"\n',
        'availability = "re-enableable" # here\nenvironments = ["mirrored"]\n',
        "features[1].availability",
        "needs environments, phi-risk, reaches, steps and steps-off",
    ),
    "a re-enableable feature that reaches nobody": (
        'availability = "re-enableable"\nenvironments = ["mirrored"]\nphi-risk = "high"\nuses-contact-details = true\n'
        'reaches = "Clients and staff whose contact details are in this copy can be written to, as far as the parts '
        'below are on."',
        'availability = "re-enableable" # here\nenvironments = ["mirrored"]\nphi-risk = "high"\n'
        'uses-contact-details = true\nreaches = ""',
        "features[1].availability",
        "needs environments, phi-risk, reaches, steps and steps-off",
    ),
    "a re-enableable feature that nowhere is": (
        'availability = "re-enableable"\nenvironments = ["mirrored"]',
        'availability = "re-enableable" # here\nenvironments = []',
        "features[1].availability",
        "needs environments, phi-risk, reaches, steps and steps-off",
    ),
    "a feature off the list that has a place": (
        'availability = "not-listed"\nenvironments = []',
        'availability = "not-listed" # here\nenvironments = ["mirrored"]',
        "features[8].availability",
        "not-listed contradicts the environments or the phi-risk given",
    ),
    "a feature off the list that has a rating": (
        'availability = "not-listed"\n',
        'availability = "not-listed" # here\nphi-risk = "high"\n',
        "features[8].availability",
        "not-listed contradicts the environments or the phi-risk given",
    ),
    "a feature to be switched in production": (
        'environments = ["mirrored"]',
        'environments = ["mirrored", "production"] # here',
        "features[1].environments",
        '"production" is not an environment where features are switched',
    ),
    "a feature of an unknown environment": (
        'environments = ["mirrored"]',
        'environments = ["mirror"] # here',
        "features[1].environments",
        '"mirror" is not an environment where features are switched',
    ),
    "a combination with an unknown feature": (
        TOGETHER,
        'features = ["action-triggers", "fax"] # here',
        "combinations[1].features",
        '"fax" is no feature of this policy',
    ),
    "a combination with a feature's name for its key": (
        TOGETHER,
        'features = ["Action Triggers", "external-communications"] # here',
        "combinations[1].features",
        '"Action Triggers" is no feature of this policy',
    ),
    "a combination of one feature": (
        TOGETHER,
        'features = ["action-triggers"] # here',
        "combinations[1].features",
        "a combination is of two features at least",
    ),
    "a combination of a feature with itself": (
        TOGETHER,
        'features = ["action-triggers", "action-triggers"] # here',
        "combinations[1].features",
        "a combination is of two features at least",
    ),
    "a combination of nothing": (
        TOGETHER,
        "features = [] # here",
        "combinations[1].features",
        "a combination is of two features at least",
    ),
    "effects out of order": (
        "number = 2\n",
        "number = 3 # here\n",
        "effects[2].number",
        "effects after the same event are numbered from 1; expected 2",
    ),
    "a check-list after a refresh that guards nothing there is": (
        'guards = ["action-triggers"]',
        'guards = ["telegrams"] # here',
        "effects[19].guards",
        '"telegrams" is no feature that is guarded after a refresh',
    ),
    "an upgrade's effect that guards a feature": (
        'ask = "A feature is still on after the upgrade"\n',
        'ask = "A feature is still on after the upgrade"\nguards = ["ms-exchange"] # here\n',
        "effects[15].guards",
        '"ms-exchange" is no feature that is guarded after a refresh',
    ),
    "a sentence on queues that does not say since when": (
        'queues = "{since}, so what waited',
        'queues = "What waited # here',
        "checking.queues",
        "{since} is missing",
    ),
    "a team that closes before it opens": (
        "closes = 20:00:00",
        "closes = 08:00:00 # here",
        "support-teams[1].closes",
        "a team must close after it opens",
    ),
    "a team whose second hours close before they open": (
        "opens = 13:00:00\ncloses = 16:00:00",
        "opens = 13:00:00\ncloses = 12:00:00 # here",
        "support-teams[3].also-open[1].closes",
        "a team must close after it opens",
    ),
    "a team that never works": (
        'days = ["monday", "tuesday", "wednesday", "thursday", "friday"]',
        "days = [] # here",
        "support-teams[1].days",
        "must have entries, at least 1",
    ),
    "holidays of an unknown team": (
        'holidays-of = "support"\n',
        'holidays-of = "head-office" # here\n',
        "support-teams[3].holidays-of",
        '"head-office" is no support team of this policy',
    ),
    "second hours with the holidays of an unknown team": (
        'holidays-of = "support-au"\n',
        'holidays-of = "AU" # here\n',
        "support-teams[3].also-open[1].holidays-of",
        '"AU" is no support team of this policy',
    ),
    "a note on holidays from nowhere": (
        'AU Support."\nholidays-source = "OURS"\n',
        'AU Support." # here\n',
        "support-teams[3].holidays-note",
        "holidays-note and holidays-source come together",
    ),
    "a working day that ends before it starts": (
        "ends = 17:00:00\n",
        "ends = 09:00:00 # here\n",
        "working-day.ends",
        "a working day must end after it starts",
    ),
    "a severity of another name": (
        '[[severities]]\nkey = "S1"',
        '[[severities]] # here\nkey = "S0"',
        "severities",
        "the severities are S1, S2, S3, S4, in this order",
    ),
    "an answer before the question": (
        "target-response-hours = 2",
        "target-response-hours = 0 # here",
        "critical.target-response-hours",
        "must be at least 1",
    ),
    "a number that is not there": (
        'number = "1-469-874-0792 ext. 3"\nrules = ["A voicemail at {number} opens a critical incident."]',
        'rules = ["A voicemail at {number} opens a critical incident."] # here',
        "channels[6].rules",
        "a rule speaks of {number}, but there is none",
    ),
}
SECOND_KEY = {
    "regions": 'key = "NZ"',
    "environments": 'key = "preview"',
    "features": 'key = "external-communications.sms"',
    "support-teams": 'key = "support-au"',
    "channels": 'key = "portal"',
}
FIRST_KEY = {
    "regions": "AU",
    "environments": "production",
    "features": "external-communications",
    "support-teams": "support",
    "channels": "chat",
}
SOURCED = {
    "schedule.source": ('source = "FAQ"\nreading', 'source = "NEWS" # here\nreading'),
    "schedule.reading-source": ('reading-source = "OURS"', 'reading-source = "NEWS" # here'),
    "regions[1].source": ('ends = 14:00:00\nsource = "FAQ"', 'ends = 14:00:00\nsource = "NEWS" # here'),
    "regions[1].telephone-source": ('telephone-source = "OURS"', 'telephone-source = "NEWS" # here'),
    "confirm-rules[1].source": ('earlier."\nsource = "OURS"', 'earlier."\nsource = "NEWS" # here'),
    "environments[1].source": (
        'after-upgrade = "real" }\nsource = "MIRROR"',
        'after-upgrade = "real" }\nsource = "NEWS" # here',
    ),
    "features[1].source": (
        'article = "External Communications"\nsource = "MIRROR"',
        'article = "External Communications"\nsource = "NEWS" # here',
    ),
    "ratings.source": ('not the vendor\'s."\nsource = "OURS"', 'not the vendor\'s."\nsource = "NEWS" # here'),
    "ratings.screens-source": ('screens-source = "HELP"', 'screens-source = "NEWS" # here'),
    "combinations[1].source": ('written to at once."\nsource = "OURS"', 'written to at once."\nsource = "NEWS" # here'),
    "effects[14].source": (
        'documents is still there after the upgrade"\nsource = "MIRROR"',
        'documents is still there after the upgrade"\nsource = "NEWS" # here',
    ),
    "user-groups.source": ('"Volunteer"]\nsource = "MIRROR"', '"Volunteer"]\nsource = "NEWS" # here'),
    "support-teams[1].source": ('calendar."\nsource = "SUPPORT"', 'calendar."\nsource = "NEWS" # here'),
    "channels[6].source": (
        'incident."]\nsource = "SUPPORT"\n\n[critical]',
        'incident."]\nsource = "NEWS" # here\n\n[critical]',
    ),
    "critical.source": (
        'other-cases-source = "OURS"\nsource = "SUPPORT"',
        'other-cases-source = "OURS"\nsource = "NEWS" # here',
    ),
    "critical.other-cases-source": ('other-cases-source = "OURS"', 'other-cases-source = "NEWS" # here'),
    "working-day.source": ('"friday"]\nsource = "OURS"', '"friday"]\nsource = "NEWS" # here'),
    "support-teams[3].holidays-source": ('holidays-source = "OURS"', 'holidays-source = "NEWS" # here'),
    "severities[2].source": ('not recorded."]\nsource = "HELP"', 'not recorded."]\nsource = "NEWS" # here'),
    "coverage[24].source": ('account manager."\nsource = "HELP"', 'account manager."\nsource = "NEWS" # here'),
    "critical.charge-source": ('charge-source = "HELP"', 'charge-source = "NEWS" # here'),
    "statements[1].source": ('that schedule."\nsource = "FAQ"', 'that schedule."\nsource = "NEWS" # here'),
}
CASES = [
    *MALFORMED.values(),
    *CONTRADICTORY.values(),
    *((*edit, key, 'the source "NEWS" is not among [[sources]]') for key, edit in SOURCED.items()),
    *(
        (key, f'key = "{FIRST_KEY[table]}" # here', f"{table}[2].key", "is there twice")
        for table, key in SECOND_KEY.items()
        if table != "regions"
    ),
    *((key, 'key = " " # here', f"{table}[2].key", "a key cannot be empty") for table, key in SECOND_KEY.items()),
]


@each("old, new, key, reason", CASES)
def test_a_bad_file_gets_one_message_with_file_line_and_key(
    shipped: str, old: str, new: str, key: str, reason: str
) -> None:
    text = spoil(shipped, old, new)
    message = refusal(text.encode())
    assert message.startswith(f"{FILE}, line {marked_line(text)}, key {key}: ")
    assert reason in message
    assert message.endswith(". The policy is not used.")
    assert "\n" not in message


@each("old, new, key, reason", CASES[::7])
def test_the_line_is_right_with_windows_line_ends_too(shipped: str, old: str, new: str, key: str, reason: str) -> None:
    text = spoil(shipped, old, new)
    assert refusal(text.replace("\n", "\r\n").encode()).startswith(f"{FILE}, line {marked_line(text)}, key {key}: ")


def test_a_region_that_is_there_twice_is_named(shipped: str) -> None:
    copy = shipped[shipped.index('[[regions]]\nkey = "NZ"') : shipped.index('[[regions]]\nkey = "CA"')]
    text = spoil(shipped, "# Months in which", copy.replace('key = "NZ"', 'key = "NZ" # here') + "# Months in which")
    message = refusal(text.encode())
    assert (
        message == f'{FILE}, line {marked_line(text)}, key regions[6].key: "NZ" is there twice. The policy is not used.'
    )


@each("kind", ["covered", "not-covered", "professional-services"])
def test_something_is_said_of_every_kind_of_coverage(shipped: str, kind: str) -> None:
    other = "covered" if kind != "covered" else "not-covered"
    message = refusal(shipped.replace(f'kind = "{kind}"', f'kind = "{other}"').encode())
    assert f'key coverage: nothing is "{kind}"' in message


@each("key, reason", [("FAQ", '"FAQ" is there twice'), (" ", "a key cannot be empty")])
def test_a_source_s_key_is_its_own(shipped: str, key: str, reason: str) -> None:
    extra = f'[[sources]]\nkey = "{key}" # here\ntitle = "Another"\npublisher = "vendor"\n\n'
    text = spoil(shipped, '[[sources]]\nkey = "MIRROR"', f'{extra}[[sources]]\nkey = "MIRROR"')
    assert refusal(text.encode()).startswith(f"{FILE}, line {marked_line(text)}, key sources[2].key: {reason}")


@each("table", ["sources", "regions", "environments", "features", "effects", "channels", "severities"])
def test_a_list_that_is_missing_altogether_is_named(shipped: str, table: str) -> None:
    assert f'key {table}: this table lacks the required field "{table}"' in refusal(_without(shipped, table).encode())


def test_a_statement_that_is_shown_somewhere_must_be_there(shipped: str) -> None:
    text = spoil(shipped, 'key = "no-opting-out"\n', "")
    assert 'key statements: one statement must have the key "no-opting-out"' in refusal(text.encode())


@each("occasion", ["upgrade", "refresh"])
def test_neither_check_list_may_be_missing(shipped: str, occasion: str) -> None:
    head, mark, rest = shipped.partition('[[effects]]\nafter = "refresh"')
    first, last = head.index("[[effects]]"), rest.index("[user-groups]")
    if occasion == "upgrade":
        text = head[:first] + mark + rest
    else:
        text = head + rest[last:]
    assert f'key effects: nothing is to be looked at after = "{occasion}"' in refusal(text.encode())


def _without(text: str, table: str) -> str:
    kept, keeping = [], True
    for line in text.split("\n"):
        if line.startswith("["):
            keeping = not line.startswith((f"[[{table}]]", f"[[{table}.", f"[{table}]"))
        if keeping:
            kept.append(line)
    return "\n".join(kept)


@each("table", ["schedule", "ratings", "user-groups", "critical", "working-day"])
def test_a_table_that_is_missing_is_named(shipped: str, table: str) -> None:
    assert refusal(_without(shipped, table).encode()).startswith(f"{FILE}, line 1, key {table}: ")


@each("separator", ["\u2028", "\u0085"])
def test_exotic_line_separators_in_a_text_do_not_shift_the_line(shipped: str, separator: str) -> None:
    text = spoil(shipped, "Mass Upgrades and", f"Mass{separator}Upgrades and")
    text = spoil(text, "outage-hours = 3", "outage-hours = 99 # here")
    assert f"line {marked_line(text)}, key schedule.outage-hours" in refusal(text.encode())


@each("quotes", ['"""', "'''"])
def test_a_text_of_several_lines_that_looks_like_tables_does_not_shift_the_line(shipped: str, quotes: str) -> None:
    prose = f"because = {quotes}\n[[environments]]\ndata = 1\n[schedule]\n{quotes}"
    text = spoil(shipped, 'because = "This month starts on a Sunday', f'{prose}\n# "This month starts on a Sunday')
    text = spoil(text, 'data = "Its own data"', "data = 1 # here")
    assert f"line {marked_line(text)}, key environments[2].data" in refusal(text.encode())


def test_a_dotted_key_is_found_too(shipped: str) -> None:
    text = spoil(shipped, "schema = 1\n", "schema = 1\nschedule.outage-hours = 99 # here\n")
    table = text[text.index("[schedule]") : text.index("[[regions]]")]
    dotted = "".join(
        f"schedule.{line}\n" for line in table.split("\n")[1:] if "=" in line and "outage-hours" not in line
    )
    text = text.replace(table, "").replace("schema = 1\n", f"schema = 1\n{dotted}")
    assert f"line {marked_line(text)}, key schedule.outage-hours: must be" in refusal(text.encode())


SYNTAX = {
    "a list that is a table elsewhere": ("[ratings]", "[[schedule]] # here\n[ratings]", None),
    "a key twice": ("outage-hours = 3", "outage-hours = 3\noutage-hours = 3 # here", "outage-hours"),
    "a table twice": ("[ratings]", "[schedule] # here\n[ratings]", None),
    "a table that is a list elsewhere": ("[[confirm-rules]]", "[regions] # here\n\n[[confirm-rules]]", None),
    "no value": ("outage-hours = 3", "outage-hours = # here", "outage-hours"),
    "no equals sign": ("outage-hours = 3", "outage-hours 3 # here", None),
    "an open quote": ("outage-hours = 3", 'outage-hours = "3 # here', "outage-hours"),
    "an open bracket": ("[schedule]", "[schedule # here", None),
    "an impossible time": ("starts = 09:00:00", "starts = 25:00:00 # here", "starts"),
    "an impossible date": ("starts = 09:00:00", "starts = 2026-02-30 # here", "starts"),
    "a control character": ("outage-hours = 3", "outage-hours = \x00 # here", "outage-hours"),
    "a number of thousands of digits": ("outage-hours = 3", f"outage-hours = {'9' * 5000} # here", "outage-hours"),
    "lists nested too deep": ("outage-hours = 3", f"outage-hours = {'[' * 50_000} # here", "outage-hours"),
    "tables nested too deep": ("outage-hours = 3", f"outage-hours = {'{a=' * 50_000} # here", "outage-hours"),
    "a key of very many parts": ("outage-hours = 3", f"{'a.' * 100_000}a = 3 # here", None),
    "a quoted key of very many parts": ("outage-hours = 3", '"a" . ' * 50_000 + "a = 3 # here", None),
    "a table of very many parts": ("[ratings]", f"[{'a.' * 100_000}a] # here", None),
}


@each("old, new, key", SYNTAX.values())
def test_what_is_no_toml_gets_a_message_with_the_line(shipped: str, old: str, new: str, key: str | None) -> None:
    text = spoil(shipped, old, new)
    message = refusal(text.encode())
    place = f"{FILE}, line {marked_line(text)}" + (f", key {key}: " if key else ": ")
    assert message.startswith(place)
    assert message.endswith(". The policy is not used.")


def test_a_list_that_never_ends_is_reported_at_the_end(shipped: str) -> None:
    text = shipped + "\nlast = [\n1,\n2,"
    assert refusal(text.encode()).startswith(f"{FILE}, line {text.count(chr(10)) + 1}: ")


def test_bytes_that_are_no_utf_8_get_a_message_with_the_line(shipped: str) -> None:
    raw = shipped.encode().replace(b"outage-hours = 3", b"outage-hours = 3 # \xe9t\xe9", 1)
    line = raw[: raw.index(b"\xe9")].count(b"\n") + 1
    assert refusal(raw) == f"{FILE}, line {line}: not UTF-8 text. The policy is not used."


@each("raw", [b"", b"\n", b"# nothing\n"])
def test_an_empty_file_is_refused(raw: bytes) -> None:
    assert refusal(raw).startswith(f'{FILE}, line 1, key schema: this table lacks the required field "schema"')


def test_what_would_move_the_terminal_s_cursor_is_not_repeated(shipped: str) -> None:
    text = spoil(shipped, 'source-zone = "America/New_York"', r'source-zone = "\u001B[2J\nline" # here')
    message = refusal(text.encode())
    assert message.isprintable()
    assert f'line {marked_line(text)}, key schedule.source-zone: "?[2J?line" is not' in message


def test_a_missing_file_is_reported_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"absent\.toml: the policy cannot be read \(No such file"):
        load(tmp_path / "absent.toml")


def test_a_folder_is_reported_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"the policy cannot be read \(Is a directory\)"):
        load(tmp_path)


def test_a_file_as_large_as_allowed_is_read(tmp_path: Path, shipped: str) -> None:
    file = tmp_path / "policy.toml"
    raw = shipped.encode()
    file.write_bytes(raw + b"#" * (MAX_POLICY_BYTES - len(raw)))
    assert load(file).schema == 1


def test_a_file_one_byte_larger_is_refused(tmp_path: Path, shipped: str) -> None:
    file = tmp_path / "policy.toml"
    raw = shipped.encode()
    file.write_bytes(raw + b"#" * (MAX_POLICY_BYTES - len(raw) + 1))
    with pytest.raises(PolicyError, match=r"policy\.toml: larger than 512 KiB"):
        load(file)


def test_load_names_the_file_it_read(tmp_path: Path, shipped: str) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(spoil(shipped, "outage-hours = 3", "outage-hours = 99"), "utf-8")
    with pytest.raises(PolicyError) as caught:
        load(file)
    assert str(caught.value).startswith(f"{file}, line ")


PROVIDER = """
[[mail-providers]]
key = "mine"
kinds = ["smtp"]
servers = ["smtp.mine.example"]
after = "It accepts no passwords."
source = "OURS"
"""


@each(
    "old, new, reason",
    [
        ('"smtp.mine.example"', '"Smtp.Mine.example"', "is not the name of a mail server in small letters"),
        ('"smtp.mine.example"', '"*"', "is not the name of a mail server in small letters"),
        ('"smtp.mine.example"', '"smtp.gmail.com"', "is there twice for smtp"),
        ('["smtp.mine.example"]', "[]", "must have entries, at least 1"),
        ('["smtp"]', '["pop"]', "is not one of the values allowed here"),
        ('after = "', 'before = "Soon."\nafter = "', "stops and before come together"),
        ('after = "', 'stops = 2027-01-01\nafter = "', "stops and before come together"),
        ('key = "mine"', 'key = "gmail"', "is there twice"),
        ('source = "OURS"', 'source = "HEARSAY"', "is not among [[sources]]"),
    ],
)
def test_a_mail_provider_that_makes_no_sense_is_refused(shipped: str, old: str, new: str, reason: str) -> None:
    parse((shipped + PROVIDER).encode(), FILE)
    message = refusal((shipped + spoil(PROVIDER, old, new)).encode())
    assert "mail-providers[" in message
    assert reason in message


def test_an_agency_s_own_policy_without_mail_providers_is_taken(shipped: str) -> None:
    start, end = shipped.index("[[mail-providers]]"), shipped.index("[[statements]]")
    assert parse((shipped[:start] + shipped[end:]).encode(), FILE).mail_providers == ()
