"""The schemas in docs/json, from the types of what commands print: `python -m tests.json_schemas` writes them anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypedDict, get_type_hints

import msgspec

from penelope_admin.domain.agency import Profile
from penelope_admin.services import json_types
from penelope_admin.services.shapes import NO_OVERVIEW


def _agency() -> Any:
    """What is set of the agency: all that its record has but how often it was changed."""
    kinds: Any = {**get_type_hints(Profile), "environments": list[str]}
    del kinds["version"]
    return TypedDict("AgencyJson", kinds)


def _ahead(name: str, shape: Any) -> Any:
    """A shape on a day to come, beside what that rests on."""
    return TypedDict(f"{name.capitalize()}AheadJson", {"what_if": json_types.WhatIfJson, name: shape})


PRINTED: dict[str, Any] = {
    "agency show": _agency(),
    "audit list": list[json_types.EntryJson],
    "calendar list": list[json_types.KeptFileJson],
    "check-data": json_types.FindingJson,
    "check-data --survey": list[json_types.ProposalJson],
    "checklist show": json_types.CheckListJson | None,
    "conflicts": json_types.ConflictsJson,
    "linked-calendars list": list[json_types.CalendarStateJson],
    "features": list[json_types.FeatureJson],
    "features --at": _ahead("features", list[json_types.FeatureJson]),
    "mirror show": list[json_types.DatabaseJson],
    "mirror show --at": _ahead("databases", list[json_types.DatabaseJson]),
    "next": json_types.WindowJson,
    "notices import": json_types.IncomingJson,
    "notices list": list[json_types.NoticeJson],
    "outbox list": list[json_types.MessageJson],
    "overview": json_types.OverviewJson,
    "overview --at": _ahead("overview", json_types.OverviewJson),
    "project list": list[json_types.ProjectJson],
    "project show": json_types.ProjectJson,
    "project show --at": _ahead("project", json_types.ProjectJson),
    "reminders list": list[json_types.ReminderJson],
    "requests import-reply": json_types.ReplyJson,
    "requests list": list[json_types.RequestJson],
    "requests show": json_types.RequestWithLetterJson,
    "support": list[json_types.OpeningJson],
    "holidays list": list[json_types.HolidayJson],
    "sites list": list[json_types.SiteJson],
    "time-data show": json_types.TimeDataJson,
    "training list": list[json_types.ExerciseJson],
    "versions list": list[json_types.VersionJson],
    "windows": list[json_types.WindowJson],
}
"""What each command prints with `--json`; `overview` before an agency is set up prints `NO_OVERVIEW`."""
FOLDER = Path(__file__).resolve().parents[1] / "docs" / "json"


def _sorted(value: Any) -> Any:
    """A schema whose lists of required keys stand in one order, whichever Python made it."""
    if isinstance(value, dict):
        return {key: sorted(item) if key == "required" else _sorted(item) for key, item in value.items()}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def schemas() -> dict[str, str]:
    """The text of each schema, by its file's name."""
    found = {}
    for command, printed in PRINTED.items():
        about = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "description": f"What {command} --json prints.",
        }
        schema = _sorted({**about, **msgspec.json.schema(printed)})
        found[f"{command.replace(' --', '-').replace(' ', '-')}.json"] = json.dumps(schema, indent=1) + "\n"
    return found


def check(command: str, out: str, *, in_training: bool = False) -> None:
    """Refuse what a command printed if it is not of its type, or has keys that the type does not name.

    In training each object of it says so, and no other does.
    """
    value = json.loads(out)
    if in_training:
        objects = value if isinstance(value, list) else [value] if value is not None else []
        assert all(item.pop("training") is True for item in objects)
    if value == NO_OVERVIEW:
        return
    converted = msgspec.to_builtins(msgspec.convert(value, PRINTED[command]))
    assert _keys(converted) == _keys(value), f"{command} prints other keys than its type has"


def _keys(value: Any) -> Any:
    """Where each key is."""
    if isinstance(value, dict):
        return {key: _keys(item) for key, item in value.items()}
    return [_keys(item) for item in value] if isinstance(value, list) else None


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for file in FOLDER.glob("*.json"):
        file.unlink()
    for name, text in schemas().items():
        (FOLDER / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
