"""The agency: who it is, where, and which environments it has."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from penelope_admin.clock import find_zone
from penelope_admin.domain.agency import Profile
from penelope_admin.domain.delivery import PACKAGE_NAMES, SECURITY_NAMES, VIA_NAMES
from penelope_admin.domain.leaving import require_said
from penelope_admin.domain.mirror import find_environment
from penelope_admin.domain.second_person import KEPT, SECOND_PERSON, SecondPerson, Switch, Waiver, check_confirmed
from penelope_admin.domain.text import clean_address, clean_host, clean_line, clean_telephone, clean_web_address
from penelope_admin.domain.versions import clean_notes_address
from penelope_admin.domain.windows import find_region
from penelope_admin.errors import BadInputError, ConflictError
from penelope_admin.invocation import way
from penelope_admin.policy import MOST_NOTICE_DAYS, Policy
from penelope_admin.services.mirror.environments import unsettled_of
from penelope_admin.services.work import Work
from penelope_admin.store.rows import agency as agency_rows
from penelope_admin.store.rows import features as feature_rows

_LAST_PORT = 65535
_ASKED = "second_person_off_asked"


def find(work: Work) -> Profile | None:
    """The agency, or None before it is set up."""
    return work.find_agency()


def need_profile(work: Work) -> Profile:
    """The agency."""
    return work.agency


def check(policy: Policy, profile: Profile) -> None:
    """Refuse what `set_up` would refuse of the agency itself; needs no database.

    Raises:
        BadInputError: a field cannot be used.
    """
    _checked(policy, profile)


def set_up(work: Work, profile: Profile) -> Profile:
    """The first-run set-up.

    Raises:
        BadInputError: a field cannot be used; nothing was saved.
        ConflictError: there is an agency already; it is left as it is.
    """
    clean = _checked(work.policy, profile)
    if (there := work.find_agency()) is not None:
        how = way("agency set", "Settings")
        raise ConflictError(f"{there.name} is set up here already. Nothing was changed. To change it: {how}.")
    agency_rows.insert(work.connection, clean, work.now)
    work.changed("agency", "environments", "features")
    work.record("agency.set-up", clean.name, after=clean.facts())
    return work.agency


def update(work: Work, profile: Profile, no_longer_ours: Collection[str] = ()) -> Profile:
    """Change what the agency says about itself.

    An environment that is left out stays listed as no longer the agency's until nothing of it is to be settled. Doing
    without a second person is only asked for by this, until somebody else saves the same wish.

    Args:
        no_longer_ours: keys of environments that are left out although something of them is not settled.

    Raises:
        BadInputError: a field cannot be used; nothing was saved.
        RefusedError: something of an environment that is left out is not settled, and nobody said that it is no longer
            the agency's, or whoever asked to do without a second person confirms it too.
    """
    work.refuse_in_planning_copy()
    before, clean = work.agency, _checked(work.policy, profile)
    if before.version != clean.version:
        raise ConflictError("Somebody else changed these settings meanwhile. Nothing was saved. Load them again.")
    more: dict[str, object] = {}
    if before.second_person and not clean.second_person:
        clean, more = _without_second_person(work, clean)
    not_settled = leaving(work, clean)
    require_said(work.policy, not_settled, {find_environment(work.policy, key).key for key in no_longer_ours})
    agency_rows.update(work.connection, clean, before.version + 1)
    work.changed("agency", "environments", "features")
    after: dict[str, object] = {**clean.facts(), **more}
    if not_settled:
        after["not_settled"] = {key: list(sentences) for key, sentences in not_settled.items()}
    work.record("agency.changed", clean.name, before=before.facts(), after=after)
    return work.agency


def leaving(work: Work, profile: Profile) -> dict[str, tuple[str, ...]]:
    """What is not settled of the environments that a changed profile leaves out, in sentences, by key.

    Raises:
        BadInputError: a field cannot be used.
    """
    clean = _checked(work.policy, profile)
    left_out = [key for key in work.agency.environments if key not in clean.environments]
    by_key = {key: unsettled_of(work, key) for key in left_out}
    return {key: sentences for key, sentences in by_key.items() if sentences}


def settle(work: Work, key: str, reason: str) -> None:
    """Say that nothing is to be settled any more of an environment that is no longer the agency's.

    For one that the vendor has deleted: nobody can look there. It is not listed any more; what was recorded stays.

    Args:
        reason: how the person knows; kept in the activity log.

    Raises:
        BadInputError: it is the agency's, or no reason was given.
    """
    environment = find_environment(work.policy, key)
    why = clean_line(reason, "The reason")
    if environment.key not in work.left:
        raise BadInputError(
            f"{environment.name} is not among the databases that are no longer yours. Nothing was changed."
        )
    before = {"not_settled": list(unsettled_of(work, environment.key))}
    agency_rows.forget_environment(work.connection, environment.key)
    work.changed("agency", "environments", "features")
    work.record("environment.settled", environment.key, before, {"reason": why})


# --- the second person -------------------------------------------------------------------------


def _without_second_person(work: Work, profile: Profile) -> tuple[Profile, dict[str, object]]:
    """What is saved when somebody wants to do without a second person, and what the log keeps of that.

    Raises:
        ConflictError: a plan may wait for a second person.
        RefusedError: whoever asked for it confirms it too.
    """
    _check_nothing_unapproved(work)
    waiver = find_second_person(work).waiver
    if waiver is None:
        return msgspec.structs.replace(profile, second_person=True), {_ASKED: True}
    check_confirmed(waiver, work.actor, work.zone)
    return profile, {"second_person_off_asked_by": waiver.by}


def find_second_person(work: Work) -> SecondPerson:
    """When a second person's approval was asked for, and whether somebody wants to do without, by the activity log."""
    history: list[Switch] = []
    waiver: Waiver | None = None
    restored: Switch | None = None

    def catch_up(is_on: object) -> None:
        """Where it is on although it was off: an old backup has not taken it away."""
        if is_on and restored is not None and history and not history[-1].on:
            history.append(restored)

    telling = [entry for entry in work.logged if entry.action in SECOND_PERSON]
    for entry in telling:
        before, after = entry.facts
        is_on = bool(after.get("second_person"))
        catch_up(before.get("second_person"))
        if entry.action == "backup.restored":
            restored = Switch(True, entry.at, entry.who)
        elif entry.action == KEPT:
            waiver = None
        elif after.get(_ASKED):
            waiver = Waiver(entry.who, entry.at)
        elif is_on != bool(before.get("second_person")):
            history.append(Switch(is_on, entry.at, entry.who, None if is_on else waiver))
            waiver = None
    catch_up(work.agency.second_person)
    return SecondPerson(tuple(history), waiver if work.agency.second_person else None)


def keep_second_person(work: Work) -> None:
    """Turn down, or take back, the wish to do without a second person.

    Raises:
        ConflictError: nobody has such a wish.
    """
    waiver = find_second_person(work).waiver
    if waiver is None:
        raise ConflictError("Nobody has asked to do without a second person. Nothing was changed.")
    work.record(KEPT, work.agency.name, {"second_person_off_asked_by": waiver.by}, {"second_person": True})
    work.changed("agency")


def _check_nothing_unapproved(work: Work) -> None:
    """Refuse to do without a second person while a plan may wait for one: whoever planned it could let it pass."""
    if (feature := feature_rows.find_unapproved(work.connection)) is not None:
        raise ConflictError(
            f"{feature} is planned and not approved. Nothing was saved. Have the plan approved or cancel it, then "
            "change this setting."
        )


# --- what can be said of an agency -------------------------------------------------------------


def _checked(policy: Policy, profile: Profile) -> Profile:
    from penelope_admin.detect.values import OwnMail  # 45 ms of detection; whoever only looks does without

    keys = {find_environment(policy, key).key for key in profile.environments} | {"production"}
    for key in keys:
        for other in policy.environment[key].excludes:
            if other in keys:
                raise BadInputError(
                    f"An agency has {policy.environment[key].name} or {policy.environment[other].name}, not both. "
                    "Nothing was saved."
                )
    clean = msgspec.structs.replace(
        profile,
        name=clean_line(profile.name, "The agency's name"),
        region=find_region(policy, profile.region).key,
        zone=find_zone(profile.zone).key,
        environments=tuple(key for key in policy.environment if key in keys),
        support_address=clean_address(profile.support_address, "Support's address"),
        own_address=clean_address(profile.own_address, "The agency's address"),
        portal_url=clean_web_address(profile.portal_url, "The portal's address"),
        release_notes_url=clean_notes_address(profile.release_notes_url),
        own_mail=OwnMail.read(
            clean_line(profile.own_mail, "The agency's own mail", required=False, limit=1000)
        ).written,
        telephone=clean_telephone(profile.telephone, "The agency's telephone number"),
        smtp_host=clean_host(profile.smtp_host, "The server for sending"),
        smtp_user=clean_line(profile.smtp_user, "The user for sending", required=False),
        imap_host=clean_host(profile.imap_host, "The server for replies"),
        imap_user=clean_line(profile.imap_user, "The user for replies", required=False),
        imap_folder=clean_line(profile.imap_folder, "The folder for replies", required=bool(profile.imap_host)),
    )
    _check_mail(clean)
    if clean.notice_days is not None and not 1 <= clean.notice_days <= MOST_NOTICE_DAYS:
        raise BadInputError(f"A missing notice can be told 1 to {MOST_NOTICE_DAYS} days ahead. Nothing was saved.")
    if clean.support_package not in PACKAGE_NAMES:
        names = ", ".join(PACKAGE_NAMES)
        raise BadInputError(f'"{clean.support_package}" is not a support package. They are {names}. Nothing was saved.')
    return clean


def _check_mail(profile: Profile) -> None:
    """Refuse ways and servers that could never work."""
    if profile.delivery not in VIA_NAMES:
        ways = ", ".join(VIA_NAMES)
        raise BadInputError(f'"{profile.delivery}" is not a way to send. Ways are {ways}. Nothing was saved.')
    for port, security in ((profile.smtp_port, profile.smtp_security), (profile.imap_port, profile.imap_security)):
        if not 1 <= port <= _LAST_PORT:
            raise BadInputError(f"A server's port is a number from 1 to {_LAST_PORT}. Nothing was saved.")
        if security not in SECURITY_NAMES:
            raise BadInputError(f'"{security}" is none of {", ".join(SECURITY_NAMES)}. Nothing was saved.')
    if profile.delivery == "smtp" and not (profile.smtp_host and profile.own_address and profile.support_address):
        raise BadInputError(
            "Sending by our mail server needs the server, the agency's own address and Support's address. "
            "Nothing was saved. Fill them in, or choose another way to send."
        )
    if profile.imap_host and not profile.imap_user:
        raise BadInputError("Watching for replies needs the user of the mailbox. Nothing was saved. Fill it in.")
