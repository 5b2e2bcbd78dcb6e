"""The practice folder: made by the services themselves, the same each time, and never mixed with anything real."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from unittest import mock

import pytest

from penelope_admin import services
from penelope_admin.app import App, TrainingApp, app_for
from penelope_admin.clock import FixedClock
from penelope_admin.domain.requests import RequestInput
from penelope_admin.errors import BadInputError, RefusedError, StoreError
from penelope_admin.files import TRAINING_MARK, resource
from penelope_admin.mail.line import CancelToken
from penelope_admin.services.training import clock as clocks
from penelope_admin.services.training import history
from penelope_admin.services.training import home as homes
from penelope_admin.store.engine import DATABASE_FILE
from tests.practice import copy_practice
from tests.services.house import NOW, everything, settle


def test_practice_is_beside_the_data_folder_and_not_in_it(tmp_path: Path) -> None:
    folder = homes.folder_beside(tmp_path / "home")
    assert folder.parent == tmp_path
    assert folder != tmp_path / "home"


def test_the_practice_folder_of_a_practice_folder_is_itself(practice: TrainingApp) -> None:
    assert homes.folder_beside(practice.home) == practice.home


def test_all_five_databases_and_fourteen_months_are_there(practice: TrainingApp) -> None:
    agency = practice.context.read(services.agency.need_profile)
    assert agency.environments == ("production", "preview", "training-b", "migration", "mirrored")
    entries = practice.context.read(services.activity.newest, "", 100_000)
    assert entries[0].at - entries[-1].at > timedelta(days=14 * 30)
    upgrades = [entry for entry in entries if entry.action.endswith("upgraded") and entry.subject == "mirrored"]
    assert len(upgrades) == 14


def test_practice_begins_with_two_projects_open_cases_and_a_feature_that_is_overdue(practice: TrainingApp) -> None:
    context = practice.context
    assert [view.project.name for view in context.read(services.projects.find_all)] == [
        "Staff reminders", "Payroll pilot",
    ]  # fmt: skip
    requests = [view.request for view in context.read(services.requests.find_all)]
    assert {request.case_number for request in requests if request.status == "acknowledged"} == {"00511960", "00512088"}
    assert [item.subject for item in context.read(services.overview.find_overdue)] == ["general-ledger"]
    on = [view.feature.key for view in context.read(services.features.find_all).features if view.state.state == "on"]
    assert "general-ledger" in on
    assert "external-communications.worker-delivery" in on


def test_its_three_sites_have_clocks_of_their_own(practice: TrainingApp) -> None:
    found = practice.context.read(services.sites.find_all)
    assert {(site.name, site.zone, site.around_the_clock) for site in found} == {
        ("Lantern Bay", "America/Resolute", False),
        ("Cedar Landing", "America/Resolute", True),
        ("Port Alder", "America/Toronto", False),
    }
    (window,) = practice.context.read(services.calendar.windows.upcoming, 1)
    assert any("Port Alder" in there.in_words for there in window.local_times)


def test_what_was_done_holds_against_its_own_log(practice: TrainingApp) -> None:
    assert practice.context.read(services.activity.verify).holds


def test_the_same_seed_gives_the_same_log(tmp_path: Path, practice: TrainingApp) -> None:
    homes.reset(tmp_path / "again")
    again = TrainingApp(tmp_path / "again")
    one, other = (app.context.read(services.activity.verify) for app in (practice, again))
    again.forget_database()
    assert (one.head, one.entries) == (other.head, other.entries)


def test_another_seed_gives_another(tmp_path: Path, practice: TrainingApp) -> None:
    homes.reset(tmp_path / "other", seed=7)
    other = TrainingApp(tmp_path / "other")
    found = other.context.read(services.activity.verify)
    other.forget_database()
    assert found.holds
    assert found.head != practice.context.read(services.activity.verify).head
    assert homes.mark_of(other.home).seed == 7


def play(app: TrainingApp) -> str:
    """A whole story; gives back the head of its log."""
    context = app.context
    key = context.write(
        services.requests.draft, RequestInput(reason="Practice", earliest=date(2026, 12, 14))
    ).value.request.id
    context.write(services.requests.delivery.hand_over, key, "smtp")
    services.requests.outbox.flush(context, CancelToken())
    services.training.passing.move(context, context.now() + timedelta(days=1))
    services.requests.replies.watch(context, CancelToken())
    context.write(services.features.switch, "general-ledger", "disable", reason="Over", already_done=True)
    services.training.passing.move(context, services.training.world.next_upgrade(context))
    return context.read(services.activity.verify).head


def test_the_same_actions_give_the_same_log(practice: TrainingApp, practice_home: Path, tmp_path: Path) -> None:
    again = copy_practice(practice_home, tmp_path / "again-training")
    heads = play(practice), play(again)
    again.forget_database()
    assert heads[0] == heads[1]


def test_a_letter_is_answered_with_a_case_number_that_is_offered(practice: TrainingApp) -> None:
    play(practice)
    (found,) = practice.context.read(services.requests.found_numbers)
    assert found.request_id == max(view.request.id for view in practice.context.read(services.requests.find_all))


def test_a_new_beginning_forgets_what_was_done_also_for_who_has_it_open(practice: TrainingApp) -> None:
    before = practice.context.read(services.activity.verify).head
    practice.context.write(services.requests.remark, 1, "Something")
    services.training.passing.move(practice.context, practice.clock.now() + timedelta(days=400))
    began = homes.reset(practice.home)
    assert practice.context.read(services.activity.verify).head == before
    assert practice.clock.now() == began == history.read().now


def test_a_new_beginning_forgets_the_copies_of_the_days_that_come_again(practice: TrainingApp, real: App) -> None:
    assert practice.context
    practice.forget_database()
    folder = practice.home / "backups"
    kept = folder / "mine.db"
    shutil.copyfile(backup_of(real, real.home / "mine.db"), kept)
    assert len(list(folder.glob("*.db"))) == 2
    homes.reset(practice.home)
    assert list(folder.glob("*.db")) == [kept]


def test_a_new_beginning_mends_what_is_damaged(practice: TrainingApp) -> None:
    head = practice.context.read(services.activity.verify).head
    practice.forget_database()
    file = practice.home / DATABASE_FILE
    data = bytearray(file.read_bytes())
    data[4096:] = os.urandom(len(data) - 4096)
    file.write_bytes(data)
    homes.reset(practice.home)
    assert practice.context.read(services.activity.verify).head == head


def test_a_folder_that_lost_its_database_or_its_clock_begins_anew(practice: TrainingApp) -> None:
    practice.forget_database()
    (practice.home / "clock.json").unlink()
    homes.ensure(practice.home)
    assert TrainingApp(practice.home).clock.now() == history.read().now


def test_a_new_beginning_that_was_cut_off_is_made_again(practice: TrainingApp, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database is of the beginning by then, and clock and vendor are not."""
    context = practice.context
    services.training.passing.move(context, context.now() + timedelta(days=30))
    with monkeypatch.context() as patch:
        patch.setattr(clocks, "start_clock", mock.Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            homes.reset(practice.home)
    assert not homes.mark_of(practice.home).whole
    homes.ensure(practice.home)
    assert homes.mark_of(practice.home).whole
    assert practice.clock.now() == history.read().now


def test_two_programs_that_open_practice_for_the_first_time_make_it_once(tmp_path: Path) -> None:
    folder = tmp_path / "home-training"
    with ThreadPoolExecutor(2) as programs:
        list(programs.map(homes.ensure, [folder, folder]))
    app = TrainingApp(folder)
    assert app.context.read(services.activity.verify).holds
    app.forget_database()


def test_beside_the_root_of_a_disk_is_no_room() -> None:
    with pytest.raises(BadInputError, match="no room"):
        homes.folder_beside(Path(Path.cwd().anchor))


def test_what_is_whole_is_left_as_it_is(practice: TrainingApp) -> None:
    practice.context.write(services.requests.remark, 1, "Something")
    before = everything(practice.home)
    homes.ensure(practice.home)
    assert everything(practice.home) == before


@pytest.mark.skipif(os.name == "nt", reason="other rights there")
def test_everything_in_it_is_for_this_user_alone(practice: TrainingApp, practice_home: Path) -> None:
    assert practice.context
    for path in (practice_home, *practice_home.rglob("*")):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path


def test_the_file_says_where_it_is_wrong(tmp_path: Path) -> None:
    text = resource(history.WORLD_FILE).read_text("utf-8").replace('do = "notice"', 'do = "wonder"')
    (tmp_path / "world.toml").write_text(text, "utf-8")
    with pytest.raises(BadInputError, match="wonder"):
        history.read(tmp_path / "world.toml")


# --- nothing real comes in, nothing of it goes out ---


@pytest.fixture
def real(tmp_path: Path) -> App:
    """An agency of its own, as it is without training."""
    settle(tmp_path / "home")
    return App(tmp_path / "home", clock=FixedClock(NOW))


def backup_of(app: App, file: Path) -> Path:
    services.backups.make(app.context, file)
    app.forget_database()
    return file


def test_a_real_backup_is_not_restored_in_training(practice: TrainingApp, real: App, tmp_path: Path) -> None:
    backup = backup_of(real, tmp_path / "real.db")
    before = everything(practice.home)
    with pytest.raises(RefusedError, match=r"nothing real is taken in here\. Nothing was replaced"):
        services.backups.restore(practice.restoring, backup)
    assert everything(practice.home) == before


def test_a_backup_of_training_is_not_restored_over_a_real_agency(
    practice: TrainingApp, real: App, tmp_path: Path
) -> None:
    backup = backup_of(practice, tmp_path / "practice.db")
    before = everything(real.home)
    with pytest.raises(RefusedError, match=r"the practice agency.*Nothing was replaced"):
        services.backups.restore(real.restoring, backup)
    assert everything(real.home) == before


def test_a_backup_of_training_is_restored_in_training(practice: TrainingApp, tmp_path: Path) -> None:
    backup = backup_of(practice, tmp_path / "practice.db")
    practice.context.write(services.requests.remark, 1, "Something")
    services.backups.restore(practice.restoring, backup)
    practice.forget_database()
    newest = practice.context.read(services.activity.newest, "", 1)
    assert newest[0].action == "backup.restored"


def test_a_backup_from_before_there_was_training_is_a_real_one(real: App, practice: TrainingApp) -> None:
    """Its file has no mark at all, which is how every real one is."""
    assert real.context
    real.forget_database()
    with closing(sqlite3.connect(real.home / DATABASE_FILE)) as connection:
        assert connection.execute("PRAGMA application_id").fetchone() == (0,)
    services.backups.restore(real.restoring, backup_of(real, real.home / "old.db"))
    with pytest.raises(RefusedError):
        services.backups.restore(practice.restoring, real.home / "old.db")


def test_a_backup_of_training_never_takes_the_place_of_a_real_one(
    practice: TrainingApp, real: App, tmp_path: Path
) -> None:
    backup = backup_of(real, tmp_path / "kept.db")
    before = backup.read_bytes()
    for force in (False, True):
        with pytest.raises(RefusedError, match="a backup of a real agency"):
            services.backups.make(practice.context, backup, force=force)
    assert backup.read_bytes() == before


def test_a_real_database_in_the_practice_folder_is_neither_opened_nor_replaced(
    practice: TrainingApp, real: App
) -> None:
    practice.forget_database()
    shutil.copyfile(backup_of(real, real.home / "copy.db"), practice.home / DATABASE_FILE)
    before = everything(practice.home)
    with pytest.raises(StoreError, match="not one of training"):
        _ = practice.context
    with pytest.raises(RefusedError, match="not one of training"):
        homes.reset(practice.home)
    assert everything(practice.home) == before


def test_a_real_database_is_not_replaced_by_a_backup_of_training_wherever_it_is(
    practice: TrainingApp, real: App, tmp_path: Path
) -> None:
    backup = backup_of(practice, tmp_path / "practice.db")
    shutil.copyfile(backup_of(real, real.home / "copy.db"), practice.home / DATABASE_FILE)
    before = everything(practice.home)
    with pytest.raises(RefusedError, match="is not the practice agency's"):
        services.backups.restore(practice.restoring, backup)
    assert everything(practice.home) == before


def test_the_practice_database_is_not_opened_as_a_real_one(practice: TrainingApp, real: App) -> None:
    file = backup_of(practice, real.home / "copy.db")
    app = App(real.home, database=f"sqlite:///{file}")
    with pytest.raises(StoreError, match=r"the practice agency, in which nothing is real"):
        _ = app.context


def test_the_practice_folder_is_not_opened_as_a_real_one(practice: TrainingApp) -> None:
    with pytest.raises(BadInputError, match="holds the practice agency"):
        App(practice.home)


def test_a_data_folder_is_opened_as_what_it_is(practice: TrainingApp, real: App) -> None:
    assert app_for(practice.home).is_training
    assert not app_for(real.home).is_training


def test_training_takes_no_rules_of_an_agency_s_own(practice: TrainingApp) -> None:
    with pytest.raises(RefusedError, match="always uses the rules that came with the program"):
        practice.use_policy(resource("policy.toml"))
    shutil.copyfile(resource("policy.toml"), practice.home / "policy.toml")
    with pytest.raises(BadInputError, match=r"Move the file out"):
        TrainingApp(practice.home)


def test_training_takes_no_database_elsewhere(practice: TrainingApp, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="Leave --database out"):
        TrainingApp(practice.home, f"sqlite:///{tmp_path / 'x.db'}")


def test_a_mark_that_cannot_be_read_is_said_to_be_so(practice: TrainingApp) -> None:
    (practice.home / TRAINING_MARK).write_text("[]", "utf-8")
    with pytest.raises(BadInputError, match="cannot be read as a practice folder"):
        homes.mark_of(practice.home)
    homes.reset(practice.home)
    assert homes.mark_of(practice.home).seed == homes.SEED
