"""Reports for people outside the program: the mirror's state, and when its features could have reached real people."""

from penelope_admin.services.reports.making import (
    ENDINGS,
    Order,
    Saved,
    check,
    check_ending,
    make,
    save,
)

__all__ = ["ENDINGS", "Order", "Saved", "check", "check_ending", "make", "save"]
