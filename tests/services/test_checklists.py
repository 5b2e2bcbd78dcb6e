"""The check-list as people fill it in: answers are added, evidence stays where it is, failures have consequences."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penelope_admin.clock import FixedClock
from penelope_admin.domain.checklists import CheckList, LineAnswer
from penelope_admin.domain.mirror import EventKind
from penelope_admin.errors import BadInputError
from penelope_admin.services import backups, features, overview, reports, requests, shapes
from penelope_admin.services.mirror import checklists, environments
from penelope_admin.services.reports import Order
from penelope_admin.services.work import Context
from tests.each import each
from tests.effort import examples
from tests.services.house import (
    LOCKED,
    NOW,
    SOON,
    SURE,
    agency_at_work,
    database,
    everything,
    log,
    mirrored,
    nothing_saved,
    one_entry,
)
from tests.services.test_reports import section

DAY = timedelta(days=1)
ABOUT_CONTACTS = (1, 2)


def upgraded(context: Context, version: str = "4.26.11") -> int:
    """The mirrored database was upgraded now; the number of the event."""
    return context.write(environments.record_event, "mirrored", "upgraded", context.now(), version).value.event_id


def newest(context: Context) -> CheckList:
    found = context.read(checklists.newest)
    assert found is not None
    return found


def line(context: Context, effect: int) -> LineAnswer | None:
    return newest(context).lines[effect - 1].answer


def answers(context: Context) -> list[tuple[int, str]]:
    """Every answer that was ever given."""
    with closing(sqlite3.connect(database(context.home))) as connection:
        return connection.execute("SELECT effect, result FROM check_answer ORDER BY id").fetchall()


# --- the list ----------------------------------------------------------------------------------


def test_an_upgrade_of_the_mirrored_database_starts_a_check_list_of_fifteen_lines(context: Context) -> None:
    assert context.read(checklists.find_all) == []
    assert context.read(checklists.newest) is None
    number = upgraded(context)
    found = newest(context)
    assert (found.event.id, len(found.lines), len(found.unanswered)) == (number, 15, 15)


@pytest.mark.parametrize(("key", "kind"), [("training-b", "upgraded"), ("production", "upgraded")])
def test_no_other_upgrade_starts_one(context: Context, key: str, kind: str) -> None:
    context.write(environments.record_event, key, kind, NOW)  # type: ignore[arg-type]
    assert context.read(checklists.find_all) == []


def test_each_upgrade_has_a_list_of_its_own_and_the_newest_comes_first(context: Context, clock: FixedClock) -> None:
    first = upgraded(context)
    context.write(checklists.answer, first, 4, "pass")
    clock.instant = NOW + 30 * DAY
    second = upgraded(context)
    late = context.write(environments.record_event, "mirrored", "upgraded", NOW + DAY).value.event_id
    assert [found.event.id for found in context.read(checklists.find_all)] == [second, late, first]
    assert newest(context).unanswered == newest(context).lines
    assert len(context.read(checklists.find_all)[2].unanswered) == 14


@pytest.mark.parametrize("kind", ["upgraded", "refreshed"])
def test_a_list_of_a_copy_that_was_changed_since_asks_for_nothing_any_more(
    context: Context, clock: FixedClock, kind: EventKind
) -> None:
    begun = upgraded(context)
    context.write(checklists.answer, begun, 4, "pass")
    assert not newest(context).is_over
    clock.instant += timedelta(days=1)
    changed = context.write(environments.record_event, "mirrored", kind, clock.instant).value.event_id
    past = context.read(checklists.need_list, begun)
    assert (past.is_over, past.is_finished, past.standing) == (True, False, "14 of 15 lines never checked")
    assert [past.result_name(line) for line in past.lines[2:5]] == ["Never checked", "Pass", "Never checked"]
    assert [found.is_past for found in context.read(checklists.find_all)] == [False, True]
    context.write(checklists.answer, begun, 5, "pass")
    assert context.read(checklists.need_list, begun).standing == "13 of 15 lines never checked", "noted late, it counts"
    context.write(environments.correct_event, changed, "It was another copy")
    assert newest(context).standing == "13 of 15 lines still to check"


def test_a_corrected_upgrade_takes_its_list_away(context: Context) -> None:
    number = upgraded(context)
    context.write(checklists.answer, number, 4, "pass")
    context.write(environments.correct_event, number, "It was the training database")
    assert context.read(checklists.find_all) == []
    with nothing_saved(context), pytest.raises(BadInputError, match="no check-list of an upgrade"):
        context.write(checklists.answer, number, 5, "pass")
    assert answers(context) == [(4, "pass")]


# --- answers -----------------------------------------------------------------------------------


def test_an_answer_is_kept_with_who_when_and_why(context: Context, clock: FixedClock) -> None:
    number = upgraded(context)
    clock.instant = NOW + DAY
    with one_entry(context, "checklist.pass", "mirrored/4") as facts:
        done = context.write(checklists.answer, number, 4, "pass", "Nothing waits")
    assert done.changes == {"environments", "features"}
    assert line(context, 4) == LineAnswer(4, "pass", NOW + DAY, "ada", "Nothing waits")
    assert done.value == newest(context)
    before, after = facts
    assert before is None
    assert (after["event_id"], after["effect"], after["result"], after["text_given"]) == (
        number, 4, "pass", ["remark"],
    )  # fmt: skip


@settings(max_examples=examples(6, long=100))
@given(given_=st.lists(st.tuples(st.integers(1, 15), st.sampled_from(["pass", "fail", "cannot-tell"])), max_size=8))
def test_the_newest_answer_counts_and_none_is_ever_edited_away(given_: list[tuple[int, str]]) -> None:
    with agency_at_work() as context:
        number = upgraded(context)
        kept: list[tuple[int, str]] = []
        for effect, result in given_:
            context.write(checklists.answer, number, effect, result, "Looked again")
            assert answers(context)[: len(kept)] == kept
            kept.append((effect, result))
        assert answers(context) == kept
        found = newest(context)
        assert {item.effect.number: item.answer.result for item in found.lines if item.answer} == dict(kept)
        failing = {effect for effect in ABOUT_CONTACTS if last_said(kept, effect) == "fail"}
        assert mirrored(context).posture.contact_details == ("real" if failing else "de-identified")


def last_said(kept: list[tuple[int, str]], effect: int) -> str | None:
    """The last answer that decides something: what nobody can tell takes nothing back."""
    return next((result for key, result in reversed(kept) if key == effect and result != "cannot-tell"), None)


@each(
    "upgrade, effect, result, remark",
    [
        (99, 1, "pass", ""),
        (None, 16, "pass", ""),
        (None, 0, "pass", ""),
        (None, 1, "ok", ""),
        (None, 1, "pass", "a\nb"),
    ],
)
def test_what_makes_no_sense_is_not_kept(
    context: Context, upgrade: int | None, effect: int, result: str, remark: str
) -> None:
    number = upgraded(context)
    with nothing_saved(context), pytest.raises(BadInputError):
        context.write(checklists.answer, upgrade or number, effect, result, remark)


# --- a failed line -----------------------------------------------------------------------------


@pytest.mark.parametrize("effect", ABOUT_CONTACTS)
def test_a_failed_line_about_contact_details_makes_them_real_until_it_passes(context: Context, effect: int) -> None:
    number = upgraded(context)
    assert mirrored(context).posture.contact_details == "de-identified"
    context.write(checklists.answer, number, effect, "fail")
    assert mirrored(context).posture.contact_details == "real"
    with nothing_saved(context), pytest.raises(BadInputError, match="Say in a remark what has changed"):
        context.write(checklists.answer, number, effect, "pass")
    context.write(checklists.answer, number, effect, "pass", "Support ran the script again")
    assert mirrored(context).posture.contact_details == "de-identified"
    context.write(checklists.answer, number, effect, "fail")
    assert mirrored(context).posture.contact_details == "real"


@pytest.mark.parametrize("effect", range(3, 16))
def test_other_failed_lines_leave_contact_details_as_they_are(context: Context, effect: int) -> None:
    context.write(checklists.answer, upgraded(context), effect, "fail")
    assert mirrored(context).posture.contact_details == "de-identified"
    assert [item.effect.number for item in newest(context).failed] == [effect]


def test_a_line_that_failed_twice_is_taken_back_by_one_pass(context: Context) -> None:
    number = upgraded(context)
    for _ in range(2):
        context.write(checklists.answer, number, 1, "fail")
    context.write(checklists.answer, number, 1, "pass", "Done again by Support")
    assert mirrored(context).posture.contact_details == "de-identified"


def test_details_stay_real_while_the_other_line_about_them_fails(context: Context) -> None:
    number = upgraded(context)
    for effect in ABOUT_CONTACTS:
        context.write(checklists.answer, number, effect, "fail")
    context.write(checklists.answer, number, 1, "pass", "Clients are fine now")
    assert mirrored(context).posture.contact_details == "real"
    context.write(checklists.answer, number, 2, "pass", "Workers too")
    assert mirrored(context).posture.contact_details == "de-identified"


def test_who_cannot_tell_takes_no_failure_back(context: Context) -> None:
    number = upgraded(context)
    context.write(checklists.answer, number, 1, "fail")
    context.write(checklists.answer, number, 1, "cannot-tell")
    assert mirrored(context).posture.contact_details == "real"
    with nothing_saved(context), pytest.raises(BadInputError, match="failed before"):
        context.write(checklists.answer, number, 1, "pass")
    context.write(checklists.answer, number, 1, "pass", "Looked at ten files")
    assert mirrored(context).posture.contact_details == "de-identified"


def test_any_failed_line_needs_a_remark_or_a_file_to_pass(context: Context, tmp_path: Path) -> None:
    number = upgraded(context)
    (tmp_path / "shot.png").write_bytes(b"x")
    context.write(checklists.answer, number, 9, "fail")
    context.write(checklists.answer, number, 9, "cannot-tell")
    with nothing_saved(context), pytest.raises(BadInputError, match="Line 9 failed before"):
        context.write(checklists.answer, number, 9, "pass")
    context.write(checklists.answer, number, 9, "pass", evidence=checklists.read_file(tmp_path / "shot.png"))
    assert newest(context).failed == ()


def test_a_failure_that_was_corrected_in_the_record_can_be_raised_again(context: Context) -> None:
    number = upgraded(context)
    context.write(checklists.answer, number, 1, "fail")
    raised = next(event for event in context.read(environments.find_all)[-1].events if event.kind == "checked")
    context.write(environments.correct_event, raised.id, "Looked at the wrong database")
    assert mirrored(context).posture.contact_details == "de-identified"
    context.write(checklists.answer, number, 1, "fail")
    assert mirrored(context).posture.contact_details == "real"
    context.write(checklists.answer, number, 1, "pass", "All fine")
    assert mirrored(context).posture.contact_details == "de-identified"


def test_an_upgrade_after_a_failed_line_de_identifies_again(context: Context, clock: FixedClock) -> None:
    context.write(checklists.answer, upgraded(context), 1, "fail")
    clock.instant = NOW + DAY
    upgraded(context)
    assert mirrored(context).posture.contact_details == "de-identified"


@each("effect", range(1, 16))
def test_the_ready_made_request_about_a_failed_line_can_be_drafted(context: Context, effect: int) -> None:
    number = upgraded(context)
    context.write(checklists.answer, number, effect, "fail")
    with nothing_saved(context):
        wish = context.read(checklists.input_for, number, effect)
    drafted = context.write(requests.draft, wish).value
    assert drafted.warnings == ()
    found = drafted.request
    assert (found.kind, found.environment, found.title, found.product_version) == (
        "defect", "mirrored", context.policy.effects[effect - 1].ask, "4.26.11",
    )  # fmt: skip


def test_there_is_no_ready_made_request_for_what_is_not_there(context: Context) -> None:
    number = upgraded(context)
    for upgrade, effect in ((number, 16), (number + 1, 1)):
        with pytest.raises(BadInputError):
            context.read(checklists.input_for, upgrade, effect)


# --- evidence ----------------------------------------------------------------------------------

CONTENT = b"PEPPERMINT-7391 the content of a screen-shot"


def test_of_a_file_only_name_and_sha_256_are_kept(context: Context, tmp_path: Path) -> None:
    file = tmp_path / "folder-of-evidence" / "queue.png"
    file.parent.mkdir()
    file.write_bytes(CONTENT)
    context.write(checklists.answer, upgraded(context), 4, "pass", evidence=checklists.read_file(file))
    kept = line(context, 4)
    assert kept is not None
    assert kept.evidence is not None
    assert (kept.evidence.name, kept.evidence.sha256) == ("queue.png", hashlib.sha256(CONTENT).hexdigest())
    backups.make(context, tmp_path / "backup.db")
    context.store.close()
    places = [*(path for path in context.home.rglob("*") if path.is_file()), tmp_path / "backup.db"]
    assert len(places) > 1
    for place in places:
        assert b"PEPPERMINT" not in place.read_bytes(), place
        assert b"folder-of-evidence" not in place.read_bytes(), place
    assert "queue.png" in "".join(everything(context.home))
    assert file.read_bytes() == CONTENT


def test_a_large_file_is_read_in_pieces(tmp_path: Path) -> None:
    with (tmp_path / "video.mkv").open("wb") as file:
        file.truncate(64 * 1024 * 1024)
    assert checklists.read_file(tmp_path / "video.mkv").sha256.startswith("3b6a07d0d404fab4")


@pytest.mark.parametrize("kind", ["folder", "pipe", "missing", "unreadable", "device", "loop"])
def test_what_is_no_file_that_can_be_read_is_no_evidence(context: Context, tmp_path: Path, kind: str) -> None:
    number = upgraded(context)
    path = tmp_path / kind
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)  # nobody writes into it: waiting for that would never end
    elif kind == "device":
        path = Path("/dev/zero")
    elif kind == "loop":
        path.symlink_to(path)
    elif kind == "unreadable":
        path.write_bytes(b"x")
        path.chmod(0)
        if os.access(path, os.R_OK):
            pytest.skip("this user may read everything")
    with nothing_saved(context), pytest.raises(BadInputError, match="Nothing was saved"):
        context.write(checklists.answer, number, 4, "pass", evidence=checklists.read_file(path))


def test_a_file_larger_than_a_gib_is_no_evidence(tmp_path: Path) -> None:
    with (tmp_path / "video.mkv").open("wb") as file:
        file.truncate(checklists.LARGEST_EVIDENCE + 1)
    with pytest.raises(BadInputError, match="larger than 1 GiB"):
        checklists.read_file(tmp_path / "video.mkv")


@pytest.mark.parametrize("name", [b"caf\xe9.png", b"two\nlines.png", b"x" * 200 + b".png", "\u202egnp.exe".encode()])
def test_a_file_s_name_is_kept_whatever_it_is_made_of(context: Context, tmp_path: Path, name: bytes) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
    path.write_bytes(CONTENT)
    context.write(checklists.answer, upgraded(context), 4, "pass", evidence=checklists.read_file(path))
    kept = line(context, 4)
    assert kept is not None
    assert kept.evidence is not None
    assert kept.evidence.name.isprintable()
    assert kept.evidence.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert [shapes.check_list(found) for found in context.read(checklists.find_all)]


def test_a_file_s_name_that_looks_like_client_data_is_masked_in_the_log(context: Context, tmp_path: Path) -> None:
    file = tmp_path / "jane.miller@somewhere.example.com.png"
    file.write_bytes(CONTENT)
    context.write(checklists.answer, upgraded(context), 4, "pass", evidence=checklists.read_file(file))
    assert "jane.miller" not in (log(context)[-1].after or "")


# --- real again --------------------------------------------------------------------------------


def test_a_line_that_fails_again_after_a_script_makes_the_copy_real_again(context: Context, clock: FixedClock) -> None:
    upgraded(context)
    found = context.read(checklists.newest)
    assert found is not None
    context.write(checklists.answer, found.event.id, 1, "fail")
    clock.instant += timedelta(hours=1)
    context.write(environments.record_event, "mirrored", "script-run", clock.now(), outcome="de-identified")
    clock.instant += timedelta(hours=1)
    context.write(checklists.answer, found.event.id, 1, "fail", "Still the same")
    assert context.read(environments.find_all)[-1].posture.contact_details == "real"


def test_correcting_the_event_of_a_failed_line_takes_the_answer_away_too(context: Context) -> None:
    upgraded(context)
    found = context.read(checklists.newest)
    assert found is not None
    context.write(checklists.answer, found.event.id, 1, "fail")
    raised = max(event.id for event in context.read(environments.find_all)[-1].events)
    context.write(environments.correct_event, raised, "The wrong database")
    again = context.read(checklists.newest)
    assert again is not None
    assert again.lines[0].answer is None


def test_a_computer_whose_clock_is_behind_does_not_lose_a_failed_line(context: Context, clock: FixedClock) -> None:
    upgraded(context)
    found = context.read(checklists.newest)
    assert found is not None
    clock.instant -= timedelta(minutes=5)
    context.write(checklists.answer, found.event.id, 1, "fail")
    assert context.read(environments.find_all)[-1].posture.contact_details == "real"


# --- lines that say that features are off -------------------------------------------------------

OFF = 15
SMS, LEDGER = "external-communications.sms", "general-ledger"


def register_of(context: Context) -> dict[str, str]:
    return {view.feature.key: view.state.state for view in context.read(features.find_all).features}


def kinds_waiting(context: Context) -> set[str]:
    found = context.read(overview.load)
    assert found is not None
    return {item.kind for item in found.waiting}


def test_a_failed_line_about_features_makes_them_not_known_and_a_task(context: Context) -> None:
    number = upgraded(context)
    assert set(register_of(context).values()) == {"off"}
    context.write(checklists.answer, number, OFF, "fail", "Something is still on")
    assert set(register_of(context).values()) == {"unknown"}
    assert "unknown" in kinds_waiting(context)


def test_the_features_that_were_seen_on_are_on_and_the_others_stay_as_they_are(context: Context) -> None:
    number = upgraded(context)
    context.write(checklists.answer, number, OFF, "fail", "Seen in System Setup", still_on=[SMS, "dss"])
    states = register_of(context)
    assert {key for key, state in states.items() if state == "on"} == {"external-communications", SMS, "dss"}
    assert set(states.values()) == {"on", "off"}
    state = context.read(features.find, SMS).state
    assert (state.since, state.reason, state.by) == (NOW, "Seen in System Setup", "ada")


def test_a_feature_that_was_seen_on_after_an_upgrade_is_on_from_that_look_and_in_doubt_before(
    context: Context, clock: FixedClock
) -> None:
    number = upgraded(context)
    clock.instant = NOW + DAY
    context.write(checklists.answer, number, OFF, "fail", "Seen in System Setup", still_on=[LEDGER])
    state = context.read(features.find, LEDGER).state
    assert (state.state, state.since, state.only_seen) == ("on", NOW + DAY, True)
    told = [event for event in context.read(lambda work: work.events) if event.feature == LEDGER]
    assert [(event.kind, event.at, event.outcome) for event in told] == [
        ("doubted", NOW, None), ("seen", NOW + DAY, "on"),
    ]  # fmt: skip


@pytest.mark.parametrize("locked", LOCKED)
def test_a_locked_feature_that_was_seen_on_is_not_known_and_never_on(context: Context, locked: str) -> None:
    number = upgraded(context)
    context.write(checklists.answer, number, OFF, "fail", "Seen", still_on=[locked])
    states = register_of(context)
    assert {key for key, state in states.items() if state == "unknown"} == {locked}
    assert "on" not in states.values()


@pytest.mark.parametrize(("effect", "feature"), [(9, "dss"), (10, "clientconnect"), (11, "engage")])
def test_a_failed_line_about_one_feature_puts_that_one_in_doubt(context: Context, effect: int, feature: str) -> None:
    context.write(checklists.answer, upgraded(context), effect, "fail", "Still active")
    assert {key for key, state in register_of(context).items() if state == "unknown"} == {feature}


def test_what_somebody_recorded_since_the_upgrade_stays(context: Context, clock: FixedClock) -> None:
    number = upgraded(context)
    clock.instant = NOW + DAY
    context.write(features.switch, LEDGER, "enable", reason="x", acknowledgement=SURE, already_done=True)
    context.write(
        features.switch, "ms-exchange", "enable", reason="x", until=SOON, acknowledgement=SURE, already_done=True
    )
    context.write(features.switch, "ms-exchange", "disable", reason="x", already_done=True)
    context.write(checklists.answer, number, OFF, "fail", "Something is still on")
    states = register_of(context)
    assert (states.pop(LEDGER), states.pop("ms-exchange")) == ("on", "off")
    assert set(states.values()) == {"unknown"}


def test_once_the_line_passes_what_was_not_known_is_off(context: Context, clock: FixedClock) -> None:
    number = upgraded(context)
    context.write(checklists.answer, number, OFF, "fail", "Something is still on")
    clock.instant = NOW + DAY
    context.write(checklists.answer, number, OFF, "pass", "Support switched it off")
    assert set(register_of(context).values()) == {"off"}
    assert context.read(features.find, "engage").state.since == NOW + DAY


def test_a_plan_survives_the_doubt(context: Context) -> None:
    number = upgraded(context)
    context.write(features.switch, SMS, "enable", reason="x", until=SOON, acknowledgement=SURE)
    context.write(checklists.answer, number, OFF, "fail", "Something is still on")
    state = context.read(features.find, SMS).state
    assert (state.state, state.pending is not None) == ("unknown", True)


def test_the_line_of_a_list_that_something_newer_has_overtaken_sets_nothing(
    context: Context, clock: FixedClock
) -> None:
    number = upgraded(context)
    clock.instant = NOW + DAY
    upgraded(context)
    context.write(checklists.answer, number, OFF, "fail", "Then it was on")
    assert set(register_of(context).values()) == {"off"}


@pytest.mark.parametrize(
    ("effect", "result", "still_on"), [(OFF, "pass", SMS), (1, "fail", SMS), (OFF, "fail", "fax"), (11, "fail", "dss")]
)
def test_features_are_named_on_a_failed_line_about_them_only(
    context: Context, effect: int, result: str, still_on: str
) -> None:
    number = upgraded(context)
    with nothing_saved(context), pytest.raises(BadInputError):
        context.write(checklists.answer, number, effect, result, still_on=[still_on])


def test_the_exposure_log_does_not_take_the_upgrade_s_word_for_a_feature_in_doubt(
    context: Context, clock: FixedClock
) -> None:
    number = upgraded(context)
    clock.instant = NOW + DAY
    context.write(checklists.answer, number, 1, "fail", "Real addresses")
    context.write(checklists.answer, number, OFF, "fail", "Something is still on")
    clock.instant = NOW + 2 * DAY
    report = context.read(reports.make, Order("exposure", NOW.date() + DAY))
    not_known = section(report, "Not known whether on, while contact details could be real")
    assert "Engage" in not_known
    assert "A line of the check-list failed, or somebody was no longer sure" in not_known


# --- a list that was overwritten ----------------------------------------------------------------


def test_a_check_list_that_a_refresh_has_overwritten_does_not_nag(context: Context, clock: FixedClock) -> None:
    number = upgraded(context)
    context.write(checklists.answer, number, 4, "fail", "Not empty")
    assert "check-list" in kinds_waiting(context)
    clock.instant = NOW + DAY
    refresh = context.write(environments.record_event, "mirrored", "refreshed", clock.instant).value.event_id
    waiting = context.read(overview.load)
    assert waiting is not None
    (nag,) = [item.text for item in waiting.waiting if item.kind == "check-list"]
    assert "refresh" in nag
    assert "Not empty" not in section(context.read(reports.make, Order("state")), "Check-list after the last refresh")
    context.write(environments.correct_event, refresh, "Not this database")
    assert "check-list" in kinds_waiting(context)
    context.write(environments.record_event, "training-b", "refreshed", clock.instant)
    assert "check-list" in kinds_waiting(context)
