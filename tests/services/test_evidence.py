"""Proofs from data: what a check found is kept with counts, answers the check-list, and can be taken back."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from penelope_admin.clock import FixedClock
from penelope_admin.detect.verdicts import ColumnFinding, FileFinding, Finding, ProofVerdict
from penelope_admin.domain.mirror import Posture
from penelope_admin.errors import BadInputError
from penelope_admin.services import backups
from penelope_admin.services.mirror import checklists, environments, evidence
from penelope_admin.services.work import Context
from tests.each import each
from tests.services.house import NOW, everything, log, nothing_saved, one_entry

DAY = timedelta(days=1)
VERDICTS: tuple[ProofVerdict, ...] = ("real", "de-identified", "cannot-tell")
RESULTS = {"real": "fail", "de-identified": "pass", "cannot-tell": "cannot-tell"}
SAMPLE = "j***@s***.example"


def finding(verdict: ProofVerdict, path: str = "clients.csv", rows: int = 31_204) -> Finding:
    """What a check of one file found."""
    column = ColumnFinding("Email", rows, 300, 0, 290, 0.01, (SAMPLE,), verdict, "Many different addresses")
    file = FileFinding(path, rows, 0, "ab" * 32, (column,), verdict=verdict)
    return Finding(verdict, "high", f"The data says: {verdict}.", (file,))


def record(
    context: Context, verdict: ProofVerdict, at: datetime | None = None, effects: tuple[int, ...] = (1,)
) -> Posture:
    """Record what a check of the mirrored database found, as of now unless told."""
    return context.write(evidence.record, "mirrored", finding(verdict), at or context.now(), effects=effects).value


def result(context: Context, effect: int = 1) -> str | None:
    """What the newest check-list says of a line."""
    found = context.read(checklists.newest)
    assert found is not None
    answer = found.lines[effect - 1].answer
    return answer.result if answer else None


def event_of(context: Context, proof: int = 0) -> int:
    return context.read(evidence.find_all)[proof].event.id


@pytest.fixture
def upgraded(context: Context, clock: FixedClock) -> Context:
    """The mirrored database was upgraded yesterday."""
    context.write(environments.record_event, "mirrored", "upgraded", NOW - DAY)
    return context


@pytest.mark.parametrize("verdict", VERDICTS)
def test_a_finding_is_kept_with_its_verdict_counts_and_source(upgraded: Context, verdict: ProofVerdict) -> None:
    done = upgraded.write(
        evidence.record, "mirrored", finding(verdict, "/home/ada/exports/clients.csv"), NOW, "Monthly"
    )
    assert done.changes == {"environments", "features"}
    assert done.value.contact_details == ("real" if verdict == "real" else "de-identified")
    assert done.value.last_check is not None
    assert done.value.last_check.outcome == verdict
    (proof,) = upgraded.read(evidence.find_all)
    assert (proof.verdict, proof.confidence, proof.sentence, proof.stands) == (
        verdict, "high", f"The data says: {verdict}.", True,
    )  # fmt: skip
    assert (proof.source, proof.event.at, proof.event.remark, proof.event.by) == (
        "1 file or table, 31,204 rows", NOW, "Monthly", "ada",
    )  # fmt: skip
    (file,) = proof.files
    assert (file["path"], file["rows"], file["sha256"]) == ("clients.csv", 31_204, "ab" * 32)
    (column,) = file["columns"]  # type: ignore[misc]
    assert (column["name"], column["values"], column["email_like"]) == ("Email", 31_204, 300)  # type: ignore[index]
    assert proof.verdict == verdict


def test_neither_samples_nor_folders_are_kept(upgraded: Context, tmp_path: Path) -> None:
    upgraded.write(evidence.record, "mirrored", finding("real", "/home/ada/secret-folder/clients.csv"), NOW)
    backups.make(upgraded, tmp_path / "backup.db")
    assert not any(SAMPLE in row or "secret-folder" in row for row in everything(upgraded.home))
    upgraded.store.close()
    for place in (*upgraded.home.rglob("*"), tmp_path / "backup.db"):
        if place.is_file():
            assert SAMPLE.encode() not in place.read_bytes(), place
            assert b"secret-folder" not in place.read_bytes(), place


def test_the_log_has_the_check_and_the_answer(upgraded: Context) -> None:
    known = len(log(upgraded))
    record(upgraded, "real", effects=(1, 2))
    added = log(upgraded)[known:]
    assert [(entry.action, entry.subject) for entry in added] == [
        ("environment.checked", "mirrored"), ("checklist.fail", "mirrored/1"), ("checklist.fail", "mirrored/2"),
    ]  # fmt: skip


@pytest.mark.parametrize("verdict", VERDICTS)
@pytest.mark.parametrize("effects", [(1,), (2,), (1, 2), ()])
def test_it_answers_the_lines_it_speaks_of(upgraded: Context, verdict: ProofVerdict, effects: tuple[int, ...]) -> None:
    record(upgraded, verdict, effects=effects)
    for effect in (1, 2):
        assert result(upgraded, effect) == (RESULTS[verdict] if effect in effects else None)
    found = upgraded.read(checklists.newest)
    assert found is not None
    proofs = {line.answer.proof_id for line in found.lines if line.answer}
    assert proofs == ({upgraded.read(evidence.find_all)[0].id} if effects else set())


@each("effect", [0, 3, 15, 16])
def test_only_lines_about_contact_details_can_be_proven_by_data(upgraded: Context, effect: int) -> None:
    with nothing_saved(upgraded), pytest.raises(BadInputError):
        record(upgraded, "de-identified", effects=(1, effect))


def test_data_from_before_the_upgrade_says_nothing_of_the_time_after_it(upgraded: Context) -> None:
    assert record(upgraded, "real", NOW - 2 * DAY).contact_details == "de-identified"
    assert result(upgraded) is None
    assert record(upgraded, "real", NOW - DAY).contact_details == "real"
    assert result(upgraded) == "fail"


def test_data_from_between_two_upgrades_answers_the_first_ones_list(upgraded: Context, clock: FixedClock) -> None:
    clock.instant = NOW + DAY
    upgraded.write(environments.record_event, "mirrored", "upgraded", NOW + DAY)
    record(upgraded, "de-identified", NOW)
    newest, first = upgraded.read(checklists.find_all)
    assert newest.unanswered == newest.lines
    assert [line.effect.number for line in first.lines if line.answer] == [1]


def test_data_from_after_a_refresh_says_nothing_of_the_upgrade(upgraded: Context, clock: FixedClock) -> None:
    upgraded.write(environments.record_event, "mirrored", "refreshed", NOW)
    clock.instant = NOW + DAY
    assert record(upgraded, "real").contact_details == "real"
    assert result(upgraded) is None


def test_without_an_upgrade_a_finding_is_kept_all_the_same(context: Context) -> None:
    assert record(context, "de-identified").contact_details == "unknown"
    assert record(context, "real").contact_details == "real"
    assert len(context.read(evidence.find_all)) == 2


def test_a_finding_of_another_environment_answers_no_line(upgraded: Context) -> None:
    known = upgraded.write(evidence.record, "training-b", finding("real"), NOW).value
    assert known.may_be_real
    assert result(upgraded) is None
    assert upgraded.read(environments.find_all)[-1].posture.contact_details == "de-identified"


@pytest.mark.parametrize("verdict", VERDICTS)
def test_a_finding_recorded_by_mistake_is_void_once_corrected(upgraded: Context, verdict: ProofVerdict) -> None:
    record(upgraded, verdict)
    with one_entry(upgraded, "environment.corrected", "mirrored"):
        known = upgraded.write(environments.correct_event, event_of(upgraded), "The wrong file").value
    assert (known.contact_details, known.last_check) == ("de-identified", None)
    (proof,) = upgraded.read(evidence.find_all)
    assert not proof.stands
    assert result(upgraded) is None


def test_a_check_that_cannot_tell_takes_nothing_back(upgraded: Context, clock: FixedClock) -> None:
    record(upgraded, "real")
    clock.instant = NOW + DAY
    assert record(upgraded, "cannot-tell").contact_details == "real"


def test_older_data_takes_back_nothing_that_newer_data_showed(upgraded: Context) -> None:
    record(upgraded, "real", NOW)
    assert record(upgraded, "de-identified", NOW - DAY / 2).contact_details == "real"
    assert result(upgraded) == "fail"


@pytest.fixture
def shown(tmp_path: Path) -> Path:
    """A file that shows otherwise."""
    file = tmp_path / "second-export.txt"
    file.write_text("Reserved addresses only")
    return file


def test_where_data_showed_real_people_a_word_alone_does_not_pass_the_line(upgraded: Context, shown: Path) -> None:
    found = upgraded.read(checklists.newest)
    assert found is not None
    record(upgraded, "real")
    with nothing_saved(upgraded), pytest.raises(BadInputError, match="Name a file that shows otherwise"):
        upgraded.write(checklists.answer, found.event.id, 1, "pass", "ok")
    upgraded.write(checklists.answer, found.event.id, 1, "pass", "", checklists.read_file(shown))
    assert upgraded.read(environments.find_all)[-1].posture.contact_details == "de-identified"


def test_data_taken_in_the_minute_of_the_upgrade_comes_after_it(context: Context) -> None:
    context.write(environments.record_event, "mirrored", "upgraded", NOW - DAY + timedelta(seconds=40))
    assert record(context, "real", NOW - DAY).contact_details == "real"
    assert result(context) == "fail"


def test_a_check_that_is_not_sure_leaves_the_line_untold(upgraded: Context) -> None:
    unsure = dataclasses.replace(finding("de-identified"), confidence="medium")
    upgraded.write(evidence.record, "mirrored", unsure, NOW)
    assert result(upgraded) == "cannot-tell"


def test_a_file_named_after_a_client_is_kept_without_the_number(upgraded: Context) -> None:
    named = finding("de-identified")
    file = dataclasses.replace(named.files[0], path="/home/ada/Doe 416-967-1111.csv")
    upgraded.write(evidence.record, "mirrored", dataclasses.replace(named, files=(file,)), NOW)
    assert not any("967-1111" in row or "/home/ada" in row for row in everything(upgraded.home))


def test_a_line_failed_by_hand_and_by_data_passes_at_once(upgraded: Context, clock: FixedClock, shown: Path) -> None:
    found = upgraded.read(checklists.newest)
    assert found is not None
    upgraded.write(checklists.answer, found.event.id, 1, "fail")
    clock.instant = NOW + DAY
    record(upgraded, "real")
    kept = checklists.read_file(shown)
    upgraded.write(checklists.answer, found.event.id, 1, "pass", "Support ran it again", kept)
    assert upgraded.read(environments.find_all)[-1].posture.contact_details == "de-identified"


def test_real_contacts_found_in_both_kinds_of_data_stay_real_until_both_lines_pass(
    upgraded: Context, shown: Path
) -> None:
    found = upgraded.read(checklists.newest)
    assert found is not None
    record(upgraded, "real", effects=(1, 2))
    for line, expected in ((1, "real"), (2, "de-identified")):
        upgraded.write(
            checklists.answer, found.event.id, line, "pass", "Support ran it again", checklists.read_file(shown)
        )
        assert upgraded.read(environments.find_all)[-1].posture.contact_details == expected


def test_a_later_check_that_finds_nobody_takes_nothing_back_either(upgraded: Context, clock: FixedClock) -> None:
    record(upgraded, "real")
    clock.instant = NOW + DAY
    assert record(upgraded, "de-identified").contact_details == "real"
    assert result(upgraded) == "fail"


def test_after_a_script_that_de_identified_a_check_proves_it(upgraded: Context, clock: FixedClock) -> None:
    record(upgraded, "real")
    clock.instant = NOW + DAY
    upgraded.write(environments.record_event, "mirrored", "script-run", NOW + DAY / 2, outcome="de-identified")
    known = record(upgraded, "de-identified")
    assert known.contact_details == "de-identified"
    assert known.last_check is not None


@each(
    "environment, at",
    [
        ("mirrored", NOW + timedelta(seconds=1)),
        ("preview", NOW),
        ("staging", NOW),
        ("mirrored", NOW.replace(tzinfo=None)),
    ],
)
def test_a_time_ahead_or_an_environment_the_agency_lacks_is_refused(
    upgraded: Context, environment: str, at: datetime
) -> None:
    with nothing_saved(upgraded), pytest.raises(BadInputError):
        upgraded.write(evidence.record, environment, finding("real"), at)


def test_the_newest_proof_comes_first(upgraded: Context) -> None:
    for verdict in VERDICTS:
        record(upgraded, verdict)
    assert [proof.verdict for proof in upgraded.read(evidence.find_all)] == list(VERDICTS[::-1])
