"""The agency: who it is, where, and which environments it has."""

from __future__ import annotations

import json
from collections.abc import Collection

import msgspec
import sqlalchemy as sa

from penelope_admin.clock import find_zone
from penelope_admin.domain.agency import Profile
from penelope_admin.domain.delivery import PACKAGE_NAMES, SECURITY_NAMES, VIA_NAMES
from penelope_admin.domain.leaving import require_said
from penelope_admin.domain.mirror import find_environment
from penelope_admin.domain.second_person import OffWish, SecondPerson, Switch, check_confirmed
from penelope_admin.domain.text import clean_address, clean_host, clean_line, clean_web_address
from penelope_admin.domain.windows import find_region
from penelope_admin.errors import BadInputError, ConflictError, PolicyError
from penelope_admin.gateways import settings
from penelope_admin.invocation import command
from penelope_admin.policy import Policy
from penelope_admin.services.work import Context, Done
from penelope_admin.store import schema

_LAST_PORT = 65535
_ASKED = "second_person_off_asked"
_KEPT = "agency.second-person-kept"


def find(context: Context) -> Profile | None:
    """The agency, or None before it is set up."""
    with context.store.reading() as connection:
        return find_in(context.policy, connection)


def find_in(policy: Policy, connection: sa.Connection) -> Profile | None:
    """The agency, in the caller's transaction; None before it is set up."""
    row = connection.execute(sa.select(schema.agency)).first()
    if row is None:
        return None
    kept = _read_environments(policy, connection, ours=True)
    facts = {name: getattr(row, name) for name in Profile.__struct_fields__ if name != "environments"}
    return Profile(**facts, environments=tuple(key for key in policy.environment if key in kept))


def _read_environments(policy: Policy, connection: sa.Connection, *, ours: bool) -> set[str]:
    """Raises PolicyError where the rules do not know one: what is on in it must not drop out of sight."""
    table = schema.environment
    keys = set(connection.execute(sa.select(table.c.key).where(table.c.ours == sa.literal(ours))).scalars())
    unknown = sorted(keys - policy.environment.keys())
    if unknown:
        raise PolicyError(
            f'The rules in use name no database with the key "{unknown[0]}", but this agency\'s records are about one. '
            "Nothing was changed or left out. Use rules that name it: import them, or remove policy.toml from the data "
            "folder to go back to those that come with the program."
        )
    return keys


def read_left(policy: Policy, connection: sa.Connection) -> tuple[str, ...]:
    """The keys of the environments that are no longer the agency's and that nobody has settled, in the policy's order.

    What of them is still to be settled, if anything, is told by `environments.read_unsettled`.
    """
    left = _read_environments(policy, connection, ours=False)
    return tuple(key for key in policy.environment if key in left)


def need(policy: Policy, connection: sa.Connection) -> Profile:
    """The agency, in the caller's transaction.

    Raises:
        BadInputError: it is not set up yet.
    """
    profile = find_in(policy, connection)
    if profile is None:
        raise BadInputError(
            f"No agency is set up yet. Start the window, or run: {command('init --agency NAME --region REGION')}"
        )
    return profile


def need_profile(context: Context) -> Profile:
    """The agency.

    Raises:
        BadInputError: it is not set up yet.
    """
    with context.store.reading() as connection:
        return need(context.policy, connection)


def check(policy: Policy, profile: Profile) -> None:
    """Refuse what `set_up` would refuse of the agency itself; needs no database.

    Raises:
        BadInputError: a field cannot be used.
    """
    _checked(policy, profile)


def set_up(context: Context, profile: Profile) -> Done[Profile]:
    """The first-run set-up.

    Raises:
        BadInputError: a field cannot be used; nothing was saved.
        ConflictError: there is an agency already; it is left as it is.
    """
    wanted = _checked(context.policy, profile)
    with context.store.writing() as connection:
        if (known := find_in(context.policy, connection)) is not None:
            raise ConflictError(f"{known.name} is set up here already. Nothing was changed. Use Settings to change it.")
        connection.execute(
            sa.insert(schema.agency).values(id=1, created_at=context.now(), version=1, **_columns(wanted))
        )
        _write_environments(connection, wanted)
        context.record(connection, "agency.set-up", wanted.name, after=wanted.as_json())
    return _saved(context, wanted, 1)


def update(context: Context, profile: Profile, no_longer_ours: Collection[str] = ()) -> Done[Profile]:
    """Change what the agency says about itself.

    An environment that is left out stays listed as no longer the agency's until nothing of it is to be settled. Doing
    without a second person is only asked for by this, until somebody else saves the same wish.

    Args:
        no_longer_ours: keys of environments that are left out although something of them is not settled.

    Raises:
        BadInputError: a field cannot be used; nothing was saved.
        ConflictError: somebody changed it since it was loaded.
        RefusedError: something of an environment that is left out is not settled, and nobody said that it is no longer
            the agency's; or whoever asked to do without a second person confirms it too.
    """
    wanted = _checked(context.policy, profile)
    with context.store.writing() as connection:
        known = need(context.policy, connection)
        if known.version != wanted.version:
            raise ConflictError("Somebody else changed these settings meanwhile. Nothing was saved. Load them again.")
        more: dict[str, object] = {}
        if known.second_person and not wanted.second_person:
            wanted, more = _without_second_person(context, connection, known, wanted)
        version = known.version + 1
        connection.execute(sa.update(schema.agency).values(version=version, **_columns(wanted)))
        still_open = _read_leaving(context, connection, known, wanted)
        require_said(context.policy, still_open, {find_environment(context.policy, key).key for key in no_longer_ours})
        _write_environments(connection, wanted)
        after: dict[str, object] = {**wanted.as_json(), **more}
        if still_open:
            after["not_settled"] = {key: list(sentences) for key, sentences in still_open.items()}
        context.record(connection, "agency.changed", wanted.name, before=known.as_json(), after=after)
    return _saved(context, wanted, version)


def leaving(context: Context, profile: Profile) -> dict[str, tuple[str, ...]]:
    """What is not settled of the environments that a changed profile leaves out, in sentences, by key.

    Raises:
        BadInputError: a field cannot be used, or no agency is set up.
    """
    wanted = _checked(context.policy, profile)
    with context.store.reading() as connection:
        return _read_leaving(context, connection, need(context.policy, connection), wanted)


def _read_leaving(
    context: Context, connection: sa.Connection, known: Profile, wanted: Profile
) -> dict[str, tuple[str, ...]]:
    from penelope_admin.services.environments import read_unsettled

    left_out = [key for key in known.environments if key not in wanted.environments]
    found = {key: read_unsettled(context, connection, known, key) for key in left_out}
    return {key: sentences for key, sentences in found.items() if sentences}


def settle(context: Context, key: str, reason: str) -> Done[None]:
    """Say that nothing is to be settled any more of an environment that is no longer the agency's.

    For one that the vendor has deleted: nobody can look there. It is not listed any more; what was recorded stays.

    Args:
        reason: how the person knows; kept in the activity log.

    Raises:
        BadInputError: there is no such environment, it is the agency's, or no reason was given.
    """
    environment = find_environment(context.policy, key)
    why = clean_line(reason, "The reason")
    with context.store.writing() as connection:
        from penelope_admin.services.environments import read_unsettled

        profile = need(context.policy, connection)
        if environment.key not in read_left(context.policy, connection):
            raise BadInputError(
                f"{environment.name} is not among the databases that are no longer yours. Nothing was changed."
            )
        before = {"not_settled": list(read_unsettled(context, connection, profile, environment.key))}
        connection.execute(sa.delete(schema.environment).where(schema.environment.c.key == environment.key))
        context.record(connection, "environment.settled", environment.key, before, {"reason": why})
    return Done(None, frozenset({"agency", "environments", "features"}))


def _without_second_person(
    context: Context, connection: sa.Connection, known: Profile, wanted: Profile
) -> tuple[Profile, dict[str, object]]:
    """What is saved when somebody wants to do without a second person, and what the log keeps of that.

    Raises:
        ConflictError: a plan may wait for a second person.
        RefusedError: whoever asked for it confirms it too.
    """
    _check_nothing_unapproved(connection)
    wish = read_second_person(connection, known).wish
    if wish is None:
        return msgspec.structs.replace(wanted, second_person=True), {_ASKED: True}
    check_confirmed(wish, context.actor, find_zone(known.zone))
    return wanted, {"second_person_off_asked_by": wish.by}


def read_second_person(connection: sa.Connection, profile: Profile) -> SecondPerson:
    """When a second person's approval was asked for, from the activity log, in the caller's transaction."""
    log = schema.audit_entry
    telling = ("agency.set-up", "agency.changed", _KEPT, "backup.restored")
    history: list[Switch] = []
    wish: OffWish | None = None
    restored: Switch | None = None
    for entry in connection.execute(sa.select(log).where(log.c.action.in_(telling)).order_by(log.c.seq)):
        if entry.action == "backup.restored":
            restored = Switch(True, entry.at, entry.who)
            continue
        before, after = json.loads(entry.before or "{}"), json.loads(entry.after or "{}")
        was, now = bool(before.get("second_person")), bool(after.get("second_person"))
        if entry.action == _KEPT:
            wish = None
        elif after.get(_ASKED):
            wish = OffWish(entry.who, entry.at)
        elif was != now:
            history.append(Switch(now, entry.at, entry.who, None if now else wish))
            wish = None
    if profile.second_person and history and not history[-1].on and restored is not None:
        history.append(restored)  # an old backup does not take it away
    return SecondPerson(tuple(history), wish if profile.second_person else None)


def find_second_person(context: Context) -> SecondPerson:
    """When a second person's approval was asked for, and whether somebody wants to do without.

    Raises:
        BadInputError: no agency is set up.
    """
    with context.store.reading() as connection:
        return read_second_person(connection, need(context.policy, connection))


def keep_second_person(context: Context) -> Done[None]:
    """Turn down, or take back, the wish to do without a second person.

    Raises:
        ConflictError: nobody has such a wish.
    """
    with context.store.writing() as connection:
        profile = need(context.policy, connection)
        wish = read_second_person(connection, profile).wish
        if wish is None:
            raise ConflictError("Nobody has asked to do without a second person. Nothing was changed.")
        context.record(
            connection, _KEPT, profile.name, {"second_person_off_asked_by": wish.by}, {"second_person": True}
        )
    return Done(None, frozenset({"agency"}))


def _check_nothing_unapproved(connection: sa.Connection) -> None:
    """Refuse to do without a second person while a plan may wait for one: whoever planned it could let it pass.

    Raises:
        ConflictError: such a plan is there.
    """
    table = schema.feature_state
    waiting = sa.select(table.c.feature).where(
        table.c.pending_change == "enable", table.c.pending_approved_by.is_(None)
    )
    if (feature := connection.execute(waiting).scalar()) is not None:
        raise ConflictError(
            f"{feature} is planned and not approved. Nothing was saved. Have the plan approved or cancel it, then "
            "change this setting."
        )


def _checked(policy: Policy, profile: Profile) -> Profile:
    from penelope_admin.detect.values import OwnMail  # takes long, and looking needs none of it

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
        release_notes_url=clean_web_address(profile.release_notes_url, "The address of the release notes"),
        own_mail=OwnMail.read(
            clean_line(profile.own_mail, "The agency's own mail", required=False, limit=1000)
        ).written,
        telephone=clean_line(profile.telephone, "The agency's telephone number", required=False, limit=60),
        smtp_host=clean_host(profile.smtp_host, "The server for sending"),
        smtp_user=clean_line(profile.smtp_user, "The user for sending", required=False),
        imap_host=clean_host(profile.imap_host, "The server for replies"),
        imap_user=clean_line(profile.imap_user, "The user for replies", required=False),
        imap_folder=clean_line(profile.imap_folder, "The folder for replies", required=bool(profile.imap_host)),
    )
    _check_mail(clean)
    if clean.support_package not in PACKAGE_NAMES:
        names = ", ".join(PACKAGE_NAMES)
        raise BadInputError(f'"{clean.support_package}" is no support package. They are {names}. Nothing was saved.')
    return clean


def _check_mail(profile: Profile) -> None:
    """Refuse ways and servers that could never work.

    Raises:
        BadInputError: the message says what is missing.
    """
    if profile.delivery not in VIA_NAMES:
        ways = ", ".join(VIA_NAMES)
        raise BadInputError(f'"{profile.delivery}" is no way to send. Ways are {ways}. Nothing was saved.')
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


def _columns(profile: Profile) -> dict[str, object]:
    return {key: value for key, value in profile.as_json().items() if key != "environments"}


def _write_environments(connection: sa.Connection, profile: Profile) -> None:
    """Write what the agency has; what it had before stays, as no longer its own."""
    left = set(connection.execute(sa.select(schema.environment.c.key)).scalars())
    rows = [{"key": key, "ours": True} for key in profile.environments]
    rows += [{"key": key, "ours": False} for key in sorted(left - set(profile.environments))]
    connection.execute(sa.delete(schema.environment))
    connection.execute(sa.insert(schema.environment), rows)


def _saved(context: Context, profile: Profile, version: int) -> Done[Profile]:
    saved = msgspec.structs.replace(profile, version=version)
    copy_to_settings(context, saved)
    return Done(saved, frozenset({"agency", "environments", "features"}))


def copy_to_settings(context: Context, profile: Profile) -> None:
    """Put the region and zone into the settings file, from which the next start reads them."""
    known = settings.load(context.home)
    copy = settings.AgencyCopy(profile.name, profile.region, profile.zone, profile.around_the_clock)
    if known.agency != copy:
        settings.save(context.home, msgspec.structs.replace(known, agency=copy))
