"""Plan files: canonical JSON that carries its own base and check sum, bounded, and hostile until it was read."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any, cast
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from penelope_admin.absent import mapped
from penelope_admin.domain import plans
from penelope_admin.domain.plans import KINDS, MAX_ITEMS, Content, Facts, Item, Origin, Plan, Uid
from penelope_admin.domain.records import like
from penelope_admin.domain.text import written_out
from penelope_admin.errors import BadInputError, DamagedError
from penelope_admin.files import is_in_the_way, write_private

ENDING = ".pa-plan"
FORMAT = "penelope-admin-plan/1"
LARGEST = 1 << 20
"""Bytes of a file."""
_FORMAT = re.compile(r"penelope-admin-plan/(\d{1,6})(\.\d{1,6})?", re.ASCII)
_AGAIN = "Take the plan along again on the computer it came from, with this version of the program."
_Hash = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class Head(Struct, forbid_unknown_fields=True):
    """The newest entry of a log."""

    seq: Annotated[int, Meta(ge=0, lt=2**31)]
    hash: _Hash


class Row(Struct, forbid_unknown_fields=True):
    """An item as a file has it."""

    kind: plans.Kind
    id: Uid
    base: dict[str, Any] | None
    plan: dict[str, Any] | None


class PlanFile(Struct, forbid_unknown_fields=True):
    """A plan file, format 1."""

    format: str
    store_id: Uid
    head: Head
    made_at: Annotated[datetime, Meta(tz=True)]
    by: Annotated[str, Meta(max_length=120)]
    policy_sha256: _Hash
    items: Annotated[list[Row], Meta(max_length=MAX_ITEMS)]
    sha256: _Hash
    facts: Facts | UnsetType = UNSET


def _canonical(value: object) -> bytes:
    return msgspec.json.encode(value, order="sorted")


def to_bytes(plan: Plan) -> bytes:
    """A plan as it is written: equal plans are equal bytes.

    Raises:
        BadInputError: there is more in it than a file may hold.
    """
    whole: dict[str, Any] = {
        "format": FORMAT,
        "store_id": plan.origin.store_id,
        "head": {"seq": plan.origin.seq, "hash": plan.origin.hash},
        "made_at": plan.made_at.astimezone(UTC),
        "by": plan.by,
        "policy_sha256": plan.policy_sha256,
        "items": sorted(plan.items, key=lambda item: item.id),
    }
    if plan.facts is not None:
        whole["facts"] = plan.facts
    data = _canonical({**whole, "sha256": hashlib.sha256(_canonical(whole) + b"\n").hexdigest()}) + b"\n"
    if len(plan.items) > MAX_ITEMS or len(data) > LARGEST:
        raise BadInputError(
            f"There is more than a plan file may hold ({MAX_ITEMS} items, 1 MiB). Nothing was written. "
            "Choose some of the projects."
        )
    return data


def write(plan: Plan, path: Path) -> str:
    """Write a plan file, mode 0600; gives back its SHA-256. One that is there is replaced by another plan file only.

    Raises:
        BadInputError: it cannot be written, or what is there is not a plan file.
    """
    data = to_bytes(plan)
    if is_in_the_way(path):
        try:
            read(path)
        except BadInputError as error:
            raise BadInputError(
                f"{path} is there already and is not a plan file. It was left as it is. Choose another name."
            ) from error
    write_private(path, data)
    return hashlib.sha256(data).hexdigest()


def read(path: Path) -> tuple[Plan, str]:
    """What a plan file says, and the SHA-256 of the whole file.

    Raises:
        BadInputError: it cannot be read, is none or damaged, or a newer version made it.
    """
    try:
        if path.exists() and not path.is_file():  # a folder, a pipe or a device, which may have no end
            raise _none(str(path))
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise BadInputError(f"{path} cannot be read ({error.strerror}). Nothing was changed.") from error
    return from_bytes(data, str(path)), hashlib.sha256(data).hexdigest()


def from_bytes(data: bytes, name: str) -> Plan:
    """What the bytes of a plan file say.

    Raises:
        BadInputError: they are none or damaged, or a newer version made them.
    """
    if len(data) > LARGEST:
        raise BadInputError(f"{name} is larger than 1 MiB, so it is not a plan file. Nothing was changed.")
    try:
        raw = msgspec.json.decode(data)
        match = _FORMAT.fullmatch(raw["format"])
    except (LookupError, TypeError, ValueError, RecursionError) as error:  # it may hold anything
        raise _none(name) from error
    if match is None:
        raise _none(name)
    if match[1] != "1":
        raise BadInputError(
            f"{name} was made by a newer version of Penelope Admin. Nothing was changed. "
            "Update this one, then try again."
        )
    _check_whole(raw, data, name)
    try:
        return _plan(msgspec.convert(raw, PlanFile), name)
    except (ValueError, OverflowError, RecursionError) as error:  # msgspec's refusals are such
        raise BadInputError(
            f"The plan file {name} is not as this version of Penelope Admin makes it: {written_out(str(error))[:200]}. "
            f"Nothing was changed. {_AGAIN}"
        ) from error


def _check_whole(raw: dict[str, Any], data: bytes, name: str) -> None:
    """Refuse what was changed since it was written.

    Raises:
        BadInputError: it was.
    """
    try:
        if _canonical(raw) + b"\n" != data:
            raise _damaged(name, "it is not written as this program writes it")
        content = {key: value for key, value in raw.items() if key != "sha256"}
        if raw.get("sha256") != hashlib.sha256(_canonical(content) + b"\n").hexdigest():
            raise _damaged(name, "its check sum is another")
    except (ValueError, OverflowError, RecursionError) as error:
        raise _damaged(name, written_out(str(error))[:200]) from error


def _plan(file: PlanFile, name: str) -> Plan:
    items = tuple(_item(row, name) for row in file.items)
    if len({item.id for item in items}) != len(items):
        raise _damaged(name, "an item is in it twice")
    facts = file.facts or None
    if facts is not None and _is_told_twice(facts):
        raise _damaged(name, "something known is in it twice")
    origin = like(Origin, file.head, file)
    return like(Plan, file, origin=origin, made_at=file.made_at.astimezone(UTC), items=items, facts=facts)


def _is_told_twice(facts: Facts) -> bool:
    lists: tuple[list[object], ...] = (
        [notice.id for notice in facts.notices],
        [(feature.environment, feature.feature) for feature in facts.features],
        [posture.environment for posture in facts.postures],
        list(facts.agency.environments),
        [site.name.casefold() for site in facts.agency.sites],
    )
    return any(len(set(keys)) != len(keys) for keys in lists)


def _item(row: Row, name: str) -> Item:
    base, plan = (mapped(content, partial(msgspec.convert, type=KINDS[row.kind])) for content in (row.base, row.plan))
    for content in (base, plan):
        if content is not None and plans.own_id(content) not in (None, row.id):
            raise _damaged(name, f"the item {row.id} is not what its number says")
    if base is None and plan is None:
        raise _damaged(name, f"the item {row.id} says nothing")
    return Item(row.kind, str(UUID(row.id)), base, plan)


def content_to_text(content: Content) -> str:
    """An item's content as text."""
    return _canonical(content).decode()


def content_of_text(kind: str, text: str) -> Content:
    """The content that text holds, as `content_to_text` writes it.

    Raises:
        DamagedError: it is none.
    """
    try:
        return msgspec.json.decode(text, type=KINDS[cast("plans.Kind", kind)])
    except (ValueError, KeyError) as error:
        raise DamagedError("The database is damaged: what was brought here from elsewhere cannot be read.") from error


def _none(name: str) -> BadInputError:
    return BadInputError(f"{name} is not a plan file of Penelope Admin. Nothing was changed.")


def _damaged(name: str, why: str) -> BadInputError:
    return BadInputError(f"The plan file {name} is damaged: {why}. Nothing was changed. {_AGAIN}")


def schema() -> dict[str, Any]:
    """The JSON schema of a plan file."""
    (whole, *contents), parts = msgspec.json.schema_components(
        (PlanFile, *KINDS.values()), ref_template="#/$defs/{name}"
    )
    row = parts["Row"]
    kinds = [{"$ref": content["$ref"]} for content in contents]
    row["properties"] |= {side: {"anyOf": [{"type": "null"}, *kinds]} for side in ("base", "plan")}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **whole, "$defs": parts}
