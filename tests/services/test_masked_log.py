"""The activity log is masked by construction: whatever a fact is called, and whoever wrote it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from penelope_admin.services import backups, privacy, requests
from penelope_admin.services.backups import Restoring
from penelope_admin.services.calendar import support
from penelope_admin.services.requests import mailbox
from penelope_admin.services.work import Context
from penelope_admin.store.engine import database_url
from tests.keyrings import in_memory
from tests.services.house import agency_at_work, change_agency, log, one_entry
from tests.services.test_client_data import drafted

PERSON = "jane.doe@home.example, (204) 786-1234, born 12 March 1984"
MASKED = "[email address], [telephone number], born [date of birth]"


def recorded(context: Context, **facts: object) -> str:
    """What the log keeps of facts."""
    with context.writing() as work:
        work.record("test.recorded", "test", after=facts)
    return log(context)[-1].after or ""


@given(key=st.text(st.characters(codec="ascii", categories=["Ll"]), min_size=1).filter(lambda k: k not in privacy.OURS))
def test_a_fact_of_a_name_nobody_thought_of_is_masked(key: str) -> None:
    with agency_at_work() as context:
        kept = recorded(context, **{key: PERSON, f"{key}-list": [PERSON], f"{key}-more": {key: [PERSON]}})
    assert kept.count(MASKED) == 3
    assert "jane" not in kept


def test_a_thing_that_is_no_text_is_masked_as_it_would_be_written(context: Context) -> None:
    assert "jane" not in recorded(context, file=Path("/tmp/jane.doe@home.example.csv"))


def test_what_is_ours_stays_as_it_is(context: Context) -> None:
    head = "1234567890" * 6 + "abcd"
    kept = recorded(
        context, head=head, first=date(1984, 3, 12), status="sent", features=["sms 2019-01-01 to 2019-02-02"]
    )
    for part in (head, "1984-03-12", "sms 2019-01-01 to 2019-02-02"):
        assert part in kept


def test_before_an_agency_is_set_up_the_log_is_masked_too(fresh: Context) -> None:
    assert "786-1234" not in recorded(fresh, name=PERSON)


def test_the_subject_is_masked(context: Context) -> None:
    with context.writing() as work:
        work.record("test.recorded", PERSON)
    assert log(context)[-1].subject == MASKED


def test_a_defect_s_number_is_masked_in_the_log(context: Context) -> None:
    key = drafted(context, "defect", "How?")
    context.write(requests.advance, key, "sent")
    context.write(requests.advance, key, "acknowledged", case_number="00123456")
    for number in ("jane@client.example", "(204) 786-1234", "PEN-4711"):
        context.write(requests.record_defect, key, number, "S2")
    kept = [entry.after or "" for entry in log(context)[-3:]]
    assert ['"[email address]"' in kept[0], '"[telephone number]"' in kept[1], '"PEN-4711"' in kept[2]] == [True] * 3
    assert "786-1234" not in "".join(f"{entry.before}{entry.after}" for entry in log(context))
    assert context.read(requests.find, key).request.defect_number == "PEN-4711"


def test_names_of_imported_holidays_and_of_their_file_are_masked_in_the_log(context: Context, tmp_path: Path) -> None:
    file = tmp_path / "from jane.doe@home.example.ics"
    file.write_text(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:20261225\r\n"
        "SUMMARY:Closed, call (204) 786-1234\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    team = context.policy.holiday_teams[0].key
    done = support.import_holidays(context, team, file).value
    context.write(support.take_back_import, team, done.added)
    imported, removed = log(context)[-2:]
    assert (imported.action, removed.action) == ("holidays.imported", "holidays.removed")
    for entry in (imported, removed):
        assert "[email address]" in entry.subject
        assert "2026-12-25 Closed, call [telephone number]" in f"{entry.before}{entry.after}"
        assert "jane" not in f"{entry}"


def test_names_of_backups_are_masked_in_the_log(context: Context, tmp_path: Path) -> None:
    target = tmp_path / "for jane.doe@home.example.db"
    backups.make(context, target)
    assert log(context)[-1].subject == "for [email address]"
    url = database_url(context.home, None)
    backups.restore(Restoring(url, context.home, context.clock, context.policy, "ada"), target)
    entry = log(context)[-1]
    assert entry.action == "backup.restored"
    assert "jane" not in f"{entry}"


def test_the_agency_s_own_mailbox_may_stand_in_the_log(context: Context) -> None:
    change_agency(context, smtp_host="mail.riverside.example", smtp_user="info@elsewhere.example")
    with in_memory(), one_entry(context, "mail.password-kept", "smtp info@elsewhere.example@mail.riverside.example"):
        mailbox.keep_password(context, "smtp", "secret")


def test_an_old_own_address_is_still_named_when_it_is_changed(context: Context) -> None:
    with one_entry(context, "agency.changed", "Riverside Family Services") as facts:
        change_agency(context, own_address="new@elsewhere.example", telephone="(204) 555-0100")
    assert facts[0]["own_address"] == "admin@riverside.example"
    assert facts[1]["telephone"] == "(204) 555-0100"


def test_the_agency_is_read_at_most_once_for_an_entry(context: Context) -> None:
    asked: list[str] = []
    with context.writing() as work:
        sa.event.listen(work.connection, "before_cursor_execute", lambda *_: asked.append(_[2]))
        work.record("a.b", PERSON, {"x": PERSON, "y": [PERSON] * 5}, {"z": PERSON})
    assert len([statement for statement in asked if "FROM agency" in statement]) == 1
    assert len([statement for statement in asked if "FROM request" in statement]) == 1


@pytest.mark.parametrize("subject", ["PA-12", "mirrored/external-communications.sms", "notice 5", "outbox"])
def test_an_entry_of_our_own_words_costs_no_look_at_the_agency(context: Context, subject: str) -> None:
    asked: list[str] = []
    with context.writing() as work:
        sa.event.listen(work.connection, "before_cursor_execute", lambda *_: asked.append(_[2]))
        work.record("a.b", subject, {"status": "sent"}, {"reason": "", "attempts": 3})
    assert not [statement for statement in asked if "FROM agency" in statement]


def test_nothing_of_the_servers_words_enters_the_log_unmasked(context: Context) -> None:
    assert "problem" not in privacy.OURS
    assert PERSON not in recorded(context, problem=PERSON)
