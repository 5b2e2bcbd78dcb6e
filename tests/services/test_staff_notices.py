"""Notices to the staff: which windows they tell of, in which form, and the page that is kept up to date."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penelope_admin.app import App
from penelope_admin.errors import BadInputError, NotSetUpError
from penelope_admin.gateways.lists import KeptFile
from penelope_admin.services.calendar import kept, notices, publishing, staff
from penelope_admin.services.work import Context
from tests.services.house import NOW, agency_at_work
from tests.services.test_kept_files import app, emergency

__all__ = ("app",)
STARTS = datetime(2026, 12, 2, 4, tzinfo=UTC)


def told(context: Context, form: staff.Form = "text") -> str:
    return context.read(lambda work: staff.in_form(work, staff.coming(work), form))


def test_the_staff_is_told_of_what_comes_next(context: Context) -> None:
    assert told(context).startswith("Penelope is expected to be upgraded: Saturday 12 December 2026")
    context.write(notices.add, "emergency", STARTS, STARTS + timedelta(hours=1))
    assert told(context).startswith("Emergency maintenance of Penelope: Tuesday 1 December 2026, 22:00 to 23:00")
    page = told(context, "page")
    assert page.index("Emergency maintenance") < page.index("Penelope is expected to be upgraded")
    assert page.count("<article") == 2
    assert "Opting out" in page or "opt out" in page


def test_emergencies_after_the_next_upgrade_are_for_later(context: Context) -> None:
    late = datetime(2026, 12, 20, 4, tzinfo=UTC)
    context.write(notices.add, "emergency", late, late + timedelta(hours=1))
    assert told(context, "page").count("<article") == 1


def test_a_window_is_named_by_the_day_on_which_it_starts(context: Context) -> None:
    (found,) = context.read(staff.on_day, date(2027, 1, 9))
    assert "Saturday 9 January 2027" in context.read(staff.in_form, [found], "text")
    with pytest.raises(BadInputError, match="No window starts on 2027-01-10"):
        context.read(staff.on_day, date(2027, 1, 10))


@pytest.mark.parametrize("form", staff.ENDINGS)
def test_it_is_saved_under_a_name_of_its_kind_only(context: Context, tmp_path: Path, form: staff.Form) -> None:
    windows = context.read(staff.coming)
    file = tmp_path / f"notice{staff.ENDINGS[form]}"
    context.read(staff.save, windows, form, file)
    assert file.read_text("utf-8") == context.read(staff.in_form, windows, form)
    assert file.stat().st_mode & 0o777 == 0o600
    other = tmp_path / "diary.docx"
    other.touch()
    with pytest.raises(BadInputError, match="is there already"):
        context.read(staff.save, windows, form, other)


def test_without_an_agency_there_is_nothing_to_tell(fresh: Context) -> None:
    with pytest.raises(NotSetUpError):
        told(fresh)


def test_a_page_that_is_kept_tells_of_an_emergency_at_once_and_is_left_alone_while_nothing_changes(
    app: App, tmp_path: Path
) -> None:
    file = tmp_path / "staff.html"
    kept.keep(app.context, KeptFile(str(file), "staff-notice"))
    before = file.read_bytes()
    app.clock.instant += timedelta(hours=1)  # type: ignore[attr-defined]
    app.refresh_kept_files()
    assert file.read_bytes() == before
    assert b"09:00 (Resolute)" in before
    emergency(app)
    assert b"Emergency maintenance of Penelope" in file.read_bytes()
    assert b"10:00 (Resolute)" in file.read_bytes()
    assert app.clock.now() > NOW


# --- by mail -----------------------------------------------------------------------------------


def link(context: Context, to: str) -> str:
    (window,) = context.read(staff.coming)
    return context.read(staff.mail_link, window, to)


def test_a_mail_to_the_staff_is_opened_with_all_addresses_and_the_words(context: Context) -> None:
    made = urlsplit(link(context, " all@riverside.example; night@riverside.example,\n ada@riverside.example "))
    assert unquote(made.path) == "all@riverside.example,night@riverside.example,ada@riverside.example"
    fields = parse_qs(made.query)
    assert fields["subject"] == [
        "Penelope is expected to be upgraded: Saturday 12 December 2026, 20:00 to midnight (Resolute)"
    ]
    assert fields["body"][0].replace("\r\n", "\n") == told(context)


@pytest.mark.parametrize(
    "to", ["nobody", "a@b", "a@riverside.example?bcc=eve@elsewhere.example", "a@riverside.example&subject=x",
           "<a@b.example>",
           "a@riverside.example\rBcc:eve@elsewhere.example", "a@riverside.example%0ABcc:eve@elsewhere.example"],
)  # fmt: skip
def test_what_is_no_address_opens_nothing_and_reaches_nobody_else(context: Context, to: str) -> None:
    with pytest.raises(BadInputError):
        link(context, to)


@given(words=st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_whatever_is_typed_a_link_has_two_fields_and_addresses_that_are_some(words: str) -> None:
    with agency_at_work() as context, suppress(BadInputError):
        made = urlsplit(link(context, f"a@riverside.example {words}"))
        assert parse_qs(made.query).keys() == {"subject", "body"}
        assert all("@" in address for address in unquote(made.path).split(","))
        assert "\n" not in unquote(made.path)


def test_too_many_addresses_are_a_matter_for_a_mailing_list(context: Context) -> None:
    for count, says in ((staff.MOST_ADDRESSES + 1, "50 addresses at most"), (staff.MOST_ADDRESSES, "too long")):
        with pytest.raises(BadInputError, match=says):
            link(context, " ".join(f"somebody.{number}@riverside.example" for number in range(count)))


def test_what_the_vendor_gave_as_reason_is_masked_where_it_looks_like_client_data(context: Context) -> None:
    context.write(
        notices.add, "emergency", STARTS, STARTS + timedelta(hours=1), reason="Jane's record, 204-555-0198, is damaged"
    )
    for form in staff.ENDINGS:
        said = told(context, form)
        assert "reason: Jane" in said.replace("&#x27;", "'")
        assert "0198" not in said
    assert "0198" not in publishing.calendar_text(context)
