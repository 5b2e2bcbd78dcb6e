"""What entries of the activity log say, in sentences and in the words of the window instead of keys."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from penelope_admin.domain.delivery import VIA_NAMES
from penelope_admin.domain.features import environment_name, feature_name, full_name
from penelope_admin.domain.recurring import text_in_words
from penelope_admin.domain.requests import KINDS, STATUS_NAMES
from penelope_admin.domain.staff import about_window
from penelope_admin.domain.text import capitalized, filled, shortened, yes_or_no
from penelope_admin.domain.times import in_words, moment_in_words
from penelope_admin.policy import Policy

Facts = Mapping[str, Any]
LONGEST_QUOTE = 80

PHRASES: dict[str, str] = {
    "action.redone": "Done again: {what}",
    "action.undone": "Undone: {what}",
    "agency.changed": "The settings of {about} were changed",
    "agency.second-person-kept": "The second person stays on",
    "agency.set-up": "{about} was set up",
    "backup.made": "A backup was made: {about}",
    "backup.restored": "A backup was restored: {about}",
    "checklist.cannot-tell": "{about} was answered “can't tell”",
    "checklist.fail": "{about} failed",
    "checklist.pass": "{about} passed",
    "environment.checked": "The data of {about} was checked: {verdict}",
    "environment.corrected": "An event of {about} was marked as a mistake",
    "environment.not-upgraded": "{about} was not upgraded yet",
    "environment.refreshed": "{about} was refreshed",
    "environment.restored": "After a restore, what happened to {about} is not known",
    "environment.script-run": "A script of the vendor's services ran on {about}",
    "environment.settled": "{about} was deleted or is no longer listed",
    "environment.upgraded": "{about} was upgraded{to_version}",
    "environment.upgrade-unknown": "Nobody knows whether {about} was upgraded",
    "feature.approved": "The plan for {about} was approved by a second person",
    "feature.changed": "The end or reason of {about} was changed",
    "feature.disable-planned": "{about}: switching off was planned",
    "feature.disable-switched": "{about} was switched off",
    "feature.doubted": "Nobody knows any more whether {about} is on",
    "feature.enable-planned": "{about}: switching on was planned",
    "feature.enable-switched": "{about} was switched on",
    "feature.plan-cancelled": "The plan for {about} was cancelled",
    "feature.locked-on": "{about} was seen on although it is locked: Support has to be told",
    "feature.seen-off": "{about} was seen off",
    "feature.seen-on": "{about} was seen on",
    "feature.seen-unknown": "{about} became unknown",
    "feature.switched": "{about} was switched {state}, as planned",
    "features.seen-off": "All features of {about} were seen off",
    "holiday.recorded": "A holiday was added: {about}",
    "holiday.removed": "A holiday was removed: {about}",
    "holidays.imported": "Holidays were imported: {about}",
    "holidays.removed": "An import of holidays was taken back: {about}",
    "mail.password-forgotten": "The password was taken out of the keyring: {about}",
    "mail.password-kept": "The password was put into the keyring: {about}",
    "notice.not-ours": "A window of a notice was answered “not for us”",
    "notice.recorded": "A notice was recorded",
    "notice.removed": "A notice was removed",
    "outbox.held": "After a restore, messages in the outbox were held back",
    "plan.facts-taken": "What was known on another computer was taken over, as of {as_of}",
    "plan.brought-home": "A plan was brought home: {about}",
    "plan.taken-back": "A plan that was brought home was taken back: {about}",
    "project.cancelled": "{about} was cancelled",
    "project.changed": "{about} was changed",
    "project.ended": "{about} was ended",
    "project.features-planned": "The features of {about} were planned",
    "project.planned": "{about} was planned",
    "project.skipped": "A turn of {about} was left out",
    "project.started": "{about} was started",
    "reply.dismissed": "A reply was said not to belong to {about}",
    "reply.found": "A reply with a case number was found in the watched mail folder",
    "report.made": "A report was made: {about}",
    "request.acknowledged": "{about} received its case number, {case_number}",
    "request.answered": "Support answered {about}",
    "request.cancelled": "{about} was cancelled",
    "request.case-number": "The case number of {about} was corrected: {case_number}",
    "request.defect": "{about} has a defect: {number}, severity {severity}",
    "request.done": "{about} is done",
    "request.doubt-settled": "It was said whether the refresh {about} was made: {made}",
    "request.drafted": "{about} was drafted",
    "request.features-dropped": "The features of {about} are not needed any more",
    "request.handed-over": "The text of {about} was given out: {via}",
    "request.held": "{about} was held back and is a draft again",
    "request.in-doubt": "Support may have {about}",
    "request.not-sent": "{about} could not be sent and is a draft again",
    "request.queued": "{about} was put into the outbox",
    "request.redrafted": "The draft {about} was changed",
    "request.remarked": "A note was added to {about}",
    "request.scheduled": "Support scheduled {about} for {scheduled_for}",
    "request.sent": "{about} was sent",
    "request.taken-back": "{about} was taken out of the outbox",
    "requests.held": "After a restore, drafts wait for your word whether they were sent",
    "staff-notice.held": "The notice to the staff about {about} was held back",
    "staff-notice.in-doubt": "The notice to the staff about {about} may have arrived",
    "staff-notice.not-sent": "The notice to the staff about {about} could not be sent",
    "staff-notice.queued": "A notice to the staff about {about} was put into the outbox",
    "staff-notice.sent": "The notice to the staff about {about} was sent",
    "staff-notice.taken-back": "The notice to the staff about {about} was taken out of the outbox",
    "version.noted": "A note about a version was kept or removed",
    "site.added": "The site {about} was added",
    "site.changed": "The site {about} was changed",
    "site.removed": "The site {about} was removed",
}
"""What each action says; names in braces are what it is about, and facts of the entry."""

TAKEN_BACK = "{about} was not sent after all and is a draft again"
"""What the step back to a draft says of a request that was called sent."""

_QUOTED = ("name", "title", "reason", "remark", "problem")
# An entry of the register also holds the reason of what was before; a plan is told with its own.
_QUOTED_OF = dict.fromkeys(("feature.enable-planned", "feature.disable-planned"), ("pending_reason",))
_FACT_NAMES = {
    "approved_by": "Approved by",
    "began_at": "Since",
    "case_number": "Case number",
    "earliest": "Not before",
    "effect": "Line",
    "file_sha256": "SHA-256 of the file",
    "latest": "Not after",
    "other_day": "Made on another day than agreed",
    "pending": "Planned",
    "pending_reason": "Reason of the plan",
    "pending_until": "Planned until",
    "planned_by": "Planned by",
    "product_version": "Version of Penelope",
    "queue_empty": "Queue looked at",
    "recurs": "Repeats",
    "re_enable": "Turn back on afterwards",
    "sent_anyway_despite": "Sent although it looked like client data",
    "contact_details_may_be_real": "Contact details could be real",
    "text_changed": "Text changed",
    "text_given": "Text given",
    "text_removed": "Text removed",
    "via": "How",
}
_TEXTS = {
    "origin": "source",
    "pending_reason": "reason of the plan",
    "reasons": "reasons of its features",
    "remark": "note",
}
_NAMES: dict[str, dict[str, str]] = {
    "kind": {key: kind.name for key, kind in KINDS.items()},
    "pending": {"enable": "switch on", "disable": "switch off"},
    "status": {str(key): name for key, name in STATUS_NAMES.items()},
    **dict.fromkeys(("text_changed", "text_given", "text_removed"), _TEXTS),
    "verdict": {"real": "real contact details", "de-identified": "de-identified", "cannot-tell": "cannot tell"},
    "via": {str(key): name for key, name in VIA_NAMES.items()},
}
"""Keys in words, by the fact that holds them."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT = re.compile(rf"{_DAY.pattern}T[\d:.]+[+-]\d\d:\d\d", re.ASCII)


def sentence(policy: Policy, action: str, subject: str, before: Facts, after: Facts) -> str:
    """What an entry says, without a full stop: "General Ledger in Mirrored was switched on: “Payroll test”".

    An action that nobody knows is named as it is: the log of a tampered database may say anything.
    """
    phrase = PHRASES.get(action, "{about}: {action}")
    if action == "request.drafted" and before.get("status") == "sent":
        phrase = TAKEN_BACK
    # Facts of after go before those of before: the sentence tells what became so.
    facts = {**before, **after}
    about = about_in_words(policy, action, subject, facts)
    words = {key: value_in_words(policy, key, value) for key, value in facts.items()}
    words |= {"about": about, "action": action.replace(".", ", ").replace("-", " ")}
    words["to_version"] = filled(" to {}", after.get("version"))
    # What an entry does not say is left open.
    said = phrase.format_map(defaultdict(lambda: "not said", words))
    said_with_it = _QUOTED_OF.get(action, _QUOTED)
    quoted = next((str(after[key]) for key in said_with_it if after.get(key) and str(after[key]) not in about), "")
    return f"{said}{filled(': “{}”', shortened(' '.join(quoted.split()), LONGEST_QUOTE))}"


def about_in_words(policy: Policy, action: str, subject: str, facts: Facts) -> str:
    """What an entry is about: a request, a feature of a database, a line of a check-list, a project."""
    if action.startswith("holiday."):
        subject = _holiday_in_words(policy, subject)
    place, _, part = subject.partition("/")
    if action.startswith("checklist.") and place in policy.environment:
        return f"Line {part} of the check-list of {environment_name(policy, place)}"
    if part in policy.feature and place in policy.environment:
        return f"{feature_name(policy, part)} in {environment_name(policy, place)}"
    if subject in policy.environment:
        return environment_name(policy, subject)
    if action.startswith("staff-notice."):
        return about_window(subject)
    if action.startswith("request.") and str(facts.get("kind")) in KINDS:
        return f"{subject} ({KINDS[facts['kind']].name})"
    return capitalized(subject) if action.startswith("project.") else subject


def _holiday_in_words(policy: Policy, subject: str) -> str:
    """ "support 2026-12-25" as people say it."""
    key, _, day = subject.partition(" ")
    team = policy.support_team.get(key)
    return f"{_text_in_words(policy, 'day', day)} ({team.name})" if team is not None else subject


def value_in_words(policy: Policy, key: str, value: object) -> str:
    """A fact as the window would say it."""
    if isinstance(value, bool):
        return yes_or_no(value)
    if value in (None, "", [], {}):
        return "nothing"
    if isinstance(value, list):
        return ", ".join(value_in_words(policy, key, item) for item in value)
    return _text_in_words(policy, key, str(value))


def _text_in_words(policy: Policy, key: str, text: str) -> str:
    """A key or a day in words; whatever else it is, as it is."""
    if text in policy.feature:
        return feature_name(policy, text)
    if key == "recurs":
        return text_in_words(text)
    if key == "environment" and text in policy.environment:
        return environment_name(policy, text)
    if _DAY.fullmatch(text):
        with suppress(ValueError):  # the log of a tampered database may say anything
            return in_words(date.fromisoformat(text))
    return _NAMES.get(key, {}).get(text, text)


def _local(value: object, zone: ZoneInfo) -> object:
    """An instant on the clock of a zone; whatever else it is, as it is."""
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        with suppress(ValueError, OverflowError):
            return moment_in_words(datetime.fromisoformat(value), zone)
    return value


def changes_in_words(policy: Policy, before: Facts, after: Facts, zone: ZoneInfo) -> str:
    """What an entry changed: "State: off to on. Until: Tuesday 1 December 2026." Empty when it says nothing.

    Args:
        zone: on whose clock instants are told.
    """
    said = []
    for key in {**before, **after}:
        old, new = _local(before.get(key), zone), _local(after.get(key), zone)
        # Empty and absent are one to a reader: neither has changed by becoming the other.
        if old == new or (not old and not new):
            continue
        name = _FACT_NAMES.get(key, key.replace("_", " ").capitalize())
        was = filled("{} to ", old and value_in_words(policy, key, old))
        said.append(f"{name}: {was}{value_in_words(policy, key, new)}")
    return filled("{}.", ". ".join(said))


@dataclass(frozen=True, slots=True)
class Meant:
    """What else a word of a search may mean: actions by what they say, and parts of subjects by their names."""

    actions: Collection[str]
    subjects: Collection[str]


def meaning(policy: Policy, word: str) -> Meant:
    """The keys behind a word as the window's sentences say it."""
    small = word.casefold()
    actions = [action for action, phrase in PHRASES.items() if small in _plain(phrase)]
    if small in _plain(TAKEN_BACK):
        actions.append("request.drafted")
    # The sentences of its answers name the line that they are about, and no check-list.
    if small in "check-list line":
        actions += [action for action in PHRASES if action.startswith("checklist.")]
    features = [f"/{feature.key}" for feature in policy.features if small in full_name(policy, feature).casefold()]
    places = [item.key for item in policy.environments if small in item.name.casefold()]
    return Meant(tuple(dict.fromkeys(actions)), (*features, *places))


def _plain(phrase: str) -> str:
    """The words of a phrase without what is filled in."""
    return re.sub(r"\{\w+\}", "", phrase).casefold()
