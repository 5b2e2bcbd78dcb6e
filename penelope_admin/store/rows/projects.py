"""The rows of projects and of the features they need."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from penelope_admin.domain.projects import Project, ProjectFeature
from penelope_admin.store import schema
from penelope_admin.store.engine import new_id
from penelope_admin.store.kinds import UnreadableError, optional
from penelope_admin.store.stored import check

_TABLE, _PART = schema.project, schema.project_feature


def read(connection: sa.Connection, environments: Collection[str], features: Collection[str]) -> list[Project]:
    """Every project, oldest first.

    Args:
        environments: the keys there are.
        features: the keys there are, in the order in which a project's are given back; others are left out.

    Raises:
        DamagedError: a project is in none of the environments, or its rows cannot be read.
    """
    order = {key: place for place, key in enumerate(features)}
    uses = [check(_PART, row) for row in connection.execute(sa.select(_PART))]
    parts: dict[int, list[ProjectFeature]] = {}
    for row in sorted((row for row in uses if row.feature in order), key=lambda row: order[row.feature]):
        parts.setdefault(row.project_id, []).append(ProjectFeature(row.feature, row.first_day, row.last_day))
    status = optional(schema.request.c.status, "request_status")
    asked = _TABLE.outerjoin(schema.request, _TABLE.c.request_id == schema.request.c.id)
    query = sa.select(_TABLE, status).select_from(asked).order_by(_TABLE.c.id)
    rows = [check(_TABLE, row) for row in connection.execute(query)]
    for row in rows:
        if row.environment not in environments:
            raise UnreadableError("project", "environment", "the key of no environment", str(row.id))
    return [Project(**row._mapping, features=tuple(parts.get(row.id, ()))) for row in rows]


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
        rows = [
            {"project_id": key, "feature": item.feature, "first_day": item.first_day, "last_day": item.last_day}
            for item in features
        ]
        connection.execute(sa.insert(_PART), rows)


def columns(project: Project) -> dict[str, object]:
    """What a person says of a project, without its features."""
    names = ("name", "purpose", "environment", "first_day", "last_day", "refresh_by")
    return {name: getattr(project, name) for name in names}
