"""A day as people type it: in every usual form, and never another one."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from penelope_admin.domain.typed_dates import TypedDay, read_typed
from tests.each import each

FORMS = ("{0.day} {0:%b} {0.year}", "{0:%B} {0.day}, {0.year}", "{0:%Y-%m-%d}", "{0:%d.%m.%Y}", "{0:%a %d %b} {0.year}")
ORDERS = {True: "{0.month}/{0.day}/{0.year}", False: "{0.day}-{0.month}-{0.year}"}


@given(st.dates(date(1970, 1, 1), date(2100, 12, 31)), st.booleans())
def test_every_day_is_read_in_every_form(day: date, month_first: bool) -> None:
    for form in (*FORMS, ORDERS[month_first]):
        assert read_typed(form.format(day), 2000, month_first=month_first) == TypedDay(day), form


@each("text, clock", [("2 dec 9:05", (9, 5, None)), ("dec 2, 9 pm", (9, 0, True)), ("2/12 10:00 a.m.", (10, 0, False))])
def test_a_time_behind_it_is_read_too(text: str, clock: tuple[int, int, bool | None]) -> None:
    assert read_typed(text, 2026, month_first=False) == TypedDay(date(2026, 12, 2), clock)


@each("text", ["", "2", "dec", "2 d", "20", "9:15", "8 pm", "2 foo", "hello 2"])
def test_what_has_no_day_and_month_is_left_to_the_field(text: str) -> None:
    assert read_typed(text, 2026, month_first=False) is None


@each("text", ["30 feb", "31/4", "29.2.2027", "2 dec 2026 soon", "2 dec 25:00"])
def test_a_day_that_there_is_not_and_what_is_no_time_are_told_apart_from_it(text: str) -> None:
    assert read_typed(text, 2026, month_first=False) == TypedDay(None)


@given(st.text(max_size=60))
def test_whatever_is_typed_is_read_or_left(text: str) -> None:
    read_typed(text, 2026, month_first=True)
