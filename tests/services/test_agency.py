"""Setting up the agency and changing what it says about itself."""

from __future__ import annotations

import dataclasses
import stat
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tries
from hypothesis import strategies as st

from penelope_admin.domain.agency import Profile
from penelope_admin.errors import BadInputError, ConflictError, PolicyError
from penelope_admin.gateways import settings
from penelope_admin.gateways.settings import AgencyCopy
from penelope_admin.services import agency
from penelope_admin.services.work import Context
from tests.each import each
from tests.services.conftest import Open
from tests.services.house import PROFILE, log, nothing_saved, one_entry

BAD_FIELDS: list[dict[str, Any]] = [
    {"name": ""},
    {"name": "   "},
    {"name": "Riverside\nBcc: someone@else.example"},
    {"name": "Riverside\u2028Services"},
    {"name": "\u202eRiverside"},
    {"name": "Riverside =?utf-8?q?=0D=0ABcc:_someone=40else.example?="},
    {"name": "R" * 301},
    {"region": "FR"},
    {"region": ""},
    {"zone": "Mars/Olympus"},
    {"zone": ""},
    {"zone": "America"},
    {"zone": "../../etc/passwd"},
    {"environments": ("staging",)},
    {"environments": ("training-a", "training-b")},
    {"support_address": "nobody"},
    {"support_address": "support@vendor.example\r\nBcc: someone@else.example"},
    {"support_address": "a@vendor.example, b@vendor.example"},
    {"own_address": "Ada <ada@riverside.example>"},
    {"portal_url": "http://portal.example"},
    {"portal_url": "javascript:alert(1)"},
    {"release_notes_url": "javascript:alert(1)"},
    {"own_mail": "harbour"},
    {"own_mail": "gmail.com"},
    {"own_mail": "a@b@c.ca"},
    {"portal_url": "https://portal.example/ x"},
]


def changed(profile: Profile, **fields: Any) -> Profile:
    return msgspec.structs.replace(profile, **fields)


def test_before_the_set_up_there_is_no_agency(fresh: Context) -> None:
    assert fresh.read(agency.find) is None


def test_what_was_set_up_is_found_again(fresh: Context) -> None:
    done = fresh.write(agency.set_up, changed(PROFILE, portal_url="https://portal.example/cases"))
    assert fresh.read(agency.find) == done.value
    assert done.value.name == "Riverside Family Services"
    assert done.value.portal_url == "https://portal.example/cases"
    assert done.value.version == 1
    assert done.changes == {"agency", "environments", "features"}


def test_production_is_always_among_the_environments_and_they_keep_the_policys_order(fresh: Context) -> None:
    done = fresh.write(agency.set_up, changed(PROFILE, environments=("mirrored", "MIRRORED", "preview")))
    assert done.value.environments == ("production", "preview", "mirrored")


def test_setting_up_makes_one_activity_entry(fresh: Context) -> None:
    with one_entry(fresh, "agency.set-up", PROFILE.name) as facts:
        fresh.write(agency.set_up, PROFILE)
    before, after = facts
    assert before is None
    assert after["zone"] == "America/Resolute"
    assert after["environments"] == ["production", "training-b", "mirrored"]


def test_setting_up_refuses_to_overwrite(context: Context) -> None:
    with nothing_saved(context), pytest.raises(ConflictError, match="Riverside Family Services is set up here already"):
        context.write(agency.set_up, changed(PROFILE, name="Somebody else", zone="America/Toronto"))
    assert settings.load(context.home).agency == AgencyCopy("Riverside Family Services", "CA", "America/Resolute")


@each("fields", BAD_FIELDS)
def test_a_set_up_with_a_bad_field_saves_nothing(fresh: Context, fields: dict[str, Any]) -> None:
    with nothing_saved(fresh), pytest.raises(BadInputError):
        fresh.write(agency.set_up, changed(PROFILE, **fields))
    assert not (fresh.home / settings.FILE).exists()


@each("fields", BAD_FIELDS)
def test_an_update_with_a_bad_field_saves_nothing(context: Context, fields: dict[str, Any]) -> None:
    before = settings.load(context.home)
    with nothing_saved(context), pytest.raises(BadInputError):
        context.write(agency.update, changed(PROFILE, version=1, **fields))
    assert settings.load(context.home) == before


def test_an_update_changes_the_fields_and_counts_the_version_up(context: Context) -> None:
    known = context.read(agency.find)
    assert known is not None
    wanted = changed(known, name="Hillside", zone="America/Regina", environments=("migration",))
    done = context.write(agency.update, wanted, ["mirrored", "training-b"])
    assert done.value == context.read(agency.find)
    assert done.value.version == 2
    assert done.value.environments == ("production", "migration")


def test_an_update_makes_one_activity_entry_that_holds_before_and_after(context: Context) -> None:
    with one_entry(context, "agency.changed", "Hillside") as facts:
        context.write(agency.update, changed(PROFILE, name="Hillside", version=1))
    before, after = facts
    assert (before["name"], after["name"]) == ("Riverside Family Services", "Hillside")
    assert before["zone"] == after["zone"] == "America/Resolute"


def test_an_update_of_what_somebody_else_changed_meanwhile_saves_nothing(context: Context, opened: Open) -> None:
    mine = context.read(agency.find)
    theirs = opened("bob").read(agency.find)
    assert mine is not None
    assert mine == theirs
    opened("bob").write(agency.update, changed(mine, name="Bob's"))
    with nothing_saved(context), pytest.raises(ConflictError, match="Somebody else"):
        context.write(agency.update, changed(mine, name="Ada's"))


def test_there_is_nothing_to_update_before_the_set_up(fresh: Context) -> None:
    with nothing_saved(fresh), pytest.raises(BadInputError, match="No agency is set up yet"):
        fresh.write(agency.update, PROFILE)


def test_the_set_up_copies_name_region_and_zone_into_a_private_settings_file(fresh: Context) -> None:
    fresh.write(agency.set_up, PROFILE)
    assert settings.load(fresh.home).agency == AgencyCopy("Riverside Family Services", "CA", "America/Resolute")
    assert stat.S_IMODE((fresh.home / settings.FILE).stat().st_mode) == 0o600


def test_an_update_corrects_the_copy_and_keeps_the_other_settings(context: Context) -> None:
    known = settings.load(context.home)
    settings.save(context.home, msgspec.structs.replace(known, scheme="dark", page="mirror"))
    context.write(agency.update, changed(PROFILE, region="US", zone="America/Chicago", version=1))
    assert settings.load(context.home) == settings.Settings(
        agency=AgencyCopy("Riverside Family Services", "US", "America/Chicago"), scheme="dark", page="mirror"
    )


def test_a_name_longer_than_the_logs_subject_is_kept_whole_in_the_agency(fresh: Context) -> None:
    name = "Riverside " * 29
    fresh.write(agency.set_up, changed(PROFILE, name=name))
    found = fresh.read(agency.find)
    assert found is not None
    assert found.name == name.strip()
    assert log(fresh)[-1].subject == name.strip()[:200]


@tries(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(st.characters(), max_size=320))
def test_any_name_is_refused_or_found_again_without_surrounding_space(context: Context, name: str) -> None:
    known = context.read(agency.find)
    assert known is not None
    try:
        context.write(agency.update, changed(known, name=name))
    except BadInputError:
        assert context.read(agency.find) == known
    else:
        found = context.read(agency.find)
        assert found is not None
        assert found.name == name.strip()


def test_a_second_person_is_asked_for_once_the_agency_says_so(context: Context) -> None:
    known = context.read(agency.need_profile)
    assert not known.second_person
    done = context.write(agency.update, changed(known, second_person=True))
    assert done.value.second_person
    assert context.read(agency.need_profile).second_person
    assert log(context)[-1].action == "agency.changed"


def test_rules_that_no_longer_name_one_of_its_databases_are_refused_and_hide_nothing(context: Context) -> None:
    fewer = tuple(item for item in context.policy.environments if item.key != "mirrored")
    others = dataclasses.replace(context, policy=msgspec.structs.replace(context.policy, environments=fewer))
    with nothing_saved(context), pytest.raises(PolicyError, match='no database with the key "mirrored"'):
        others.read(agency.need_profile)
