"""The rows of projects and of the features they need."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import sqlalchemy as sa

from penelope_admin.absent import mapped
from penelope_admin.domain.projects import Project, ProjectFeature
from penelope_admin.domain.recurring import parse
from penelope_admin.store import schema
from penelope_admin.store.engine import new_id
from penelope_admin.store.kinds import UnreadableError, optional
from penelope_admin.store.stored import as_dicts, check_values

_TABLE, _PART = schema.project, schema.project_feature
_PART_COLUMNS = ("feature", "first_day", "last_day", "reason")
_COLUMNS = [column for column in _TABLE.columns if column.name != "uid"]


def read(connection: sa.Connection, environments: Collection[str], features: Collection[str]) -> list[Project]:
    """Every project, oldest first.

    Args:
        features: the keys there are, in the order in which a project's are given back; others are left out.

    Raises:
        DamagedError: a project is in none of the environments, or its rows cannot be read.
    """
    # One statement for projects with their features and requests, however many there are.
    joined = _TABLE.outerjoin(schema.request, _TABLE.c.request_id == schema.request.c.id)
    joined = joined.outerjoin(_PART, _PART.c.project_id == _TABLE.c.id)
    status = optional(schema.request.c.status, "request_status")
    parts = [optional(_PART.c[name], f"part_{name}") for name in _PART_COLUMNS]
    query = sa.select(*_COLUMNS, status, *parts).select_from(joined).order_by(_TABLE.c.id)
    projects: dict[int, dict[str, Any]] = {}
    uses: dict[int, list[ProjectFeature]] = {}
    for facts in as_dicts(connection.execute(query)):  # one for each feature, or for a project without any
        check_values(_TABLE, facts)
        key = facts["id"]
        part = {name: facts.pop(f"part_{name}") for name in _PART_COLUMNS}
        facts["recurs"] = mapped(facts["recurs"], parse)
        if facts["environment"] not in environments:
            raise UnreadableError("project", "environment", "the key of no environment", str(key))
        projects[key] = facts
        if part["feature"] is not None:
            check_values(_PART, {**part, "project_id": key})
            uses.setdefault(key, []).append(ProjectFeature(**part))
    return [Project(**facts, features=_in_order(uses.get(key, ()), list(features))) for key, facts in projects.items()]


def _in_order(uses: Iterable[ProjectFeature], keys: list[str]) -> tuple[ProjectFeature, ...]:
    return tuple(sorted((use for use in uses if use.feature in keys), key=lambda use: keys.index(use.feature)))


def insert(connection: sa.Connection, project: Project) -> int:
    """Store a project with its features; gives back its number."""
    values = {"state": project.state, "created_at": project.created_at, "by": project.by, **columns(project)}
    key = new_id(connection.execute(sa.insert(_TABLE).values(version=1, **values)))
    _insert_features(connection, key, project.features)
    return key


def update(connection: sa.Connection, before: Project, **values: Any) -> None:
    """Write some columns of a project that was read in this transaction."""
    connection.execute(sa.update(_TABLE).where(_TABLE.c.id == before.id).values(version=before.version + 1, **values))


def replace_features(connection: sa.Connection, key: int, features: tuple[ProjectFeature, ...]) -> None:
    """Put other features in the place of those a project has."""
    connection.execute(sa.delete(_PART).where(_PART.c.project_id == key))
    _insert_features(connection, key, features)


def _insert_features(connection: sa.Connection, key: int, features: tuple[ProjectFeature, ...]) -> None:
    if features:
        rows = [{"project_id": key, **{name: getattr(item, name) for name in _PART_COLUMNS}} for item in features]
        connection.execute(sa.insert(_PART), rows)


def columns(project: Project) -> dict[str, object]:
    """What a person says of a project, without its features."""
    names = ("name", "purpose", "environment", "first_day", "last_day", "refresh_by")
    return {**{name: getattr(project, name) for name in names}, "recurs": project.recurs and project.recurs.text}
