"""Parameters of which ``make test`` takes the first ones, and ``make test-long`` the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable


def first_short(values: Iterable[object], short: int = 1) -> list[Any]:
    """The values of one parameter, the first ``short`` as they are, the others marked long."""
    return [_marked(value, long=number >= short) for number, value in enumerate(values)]


def first_rows_short(rows: Iterable[tuple[object, ...]], short: int = 1) -> list[Any]:
    """The values of several parameters, row by row, the first ``short`` as they are, the others marked long."""
    return [_marked(*row, long=number >= short) for number, row in enumerate(rows)]


def _marked(*values: object, long: bool) -> Any:
    return pytest.param(*values, marks=pytest.mark.long if long else ())
