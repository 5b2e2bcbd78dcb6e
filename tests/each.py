"""Many values of one claim in one test, for those that need nothing of their own."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any

Test = Callable[..., None]


def each(names: str, values: Iterable[Any]) -> Callable[[Test], Test]:
    """What `pytest.mark.parametrize` does, as one test: no value has fixtures of its own; the one that fails is told.

    Args:
        names: the arguments that a value gives, with commas between them.
        values: what they are; a tuple for each time if there are several names.
    """
    keys, rows = [name.strip() for name in names.split(",")], list(values)
    assert rows, "a test of no values cannot fail"

    def decorate(test: Test) -> Test:
        @functools.wraps(test)
        def with_each(**fixtures: Any) -> None:
            __tracebackhide__ = True
            for row in rows:
                given = dict(zip(keys, row if len(keys) > 1 else (row,), strict=True))
                try:
                    test(**fixtures, **given)
                except BaseException as error:
                    error.add_note(f"where {', '.join(f'{key} = {value!r}' for key, value in given.items())}")
                    raise

        signature = inspect.signature(test)
        rest = [argument for name, argument in signature.parameters.items() if name not in keys]
        with_each.__signature__ = signature.replace(parameters=rest)  # type: ignore[attr-defined]
        return with_each

    return decorate
