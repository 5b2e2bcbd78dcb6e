"""What is looked for among many things, by what they say of themselves."""

from datetime import date

from penelope_admin.absent import first, having
from penelope_admin.domain.support import Holiday

DAYS = [Holiday("hub", date(2026, 12, day), name, "") for day, name in ((24, "Eve"), (25, "Day"), (26, "Day"))]


def test_those_that_have_every_fact_come_in_their_order() -> None:
    assert having(DAYS, name="Day") == DAYS[1:]
    assert having(iter(DAYS), name="Day", day=date(2026, 12, 26)) == DAYS[2:]
    assert having(DAYS, name="Day", team="other") == []


def test_the_first_is_none_where_nothing_has_the_facts() -> None:
    assert first(DAYS, name="Day") == DAYS[1]
    assert first(DAYS, name="Night") is None
