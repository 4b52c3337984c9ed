"""A QR code in a terminal: it fits, and a reader finds the address in it."""

from __future__ import annotations

import re
from io import BytesIO, StringIO, TextIOWrapper

import pytest
import segno

from photonic.cli.qr_code import COLUMNS_LIMIT, can_draw, drawn, shown

ADDRESS = "http://192.168.178.100:8000/sign-in#code=abcdefghijklmnopqrstuv"


class FakeTerminal(TextIOWrapper):
    """Says that it is a terminal."""

    def isatty(self) -> bool:
        return True


def terminal(encoding: str) -> FakeTerminal:
    return FakeTerminal(BytesIO(), encoding=encoding)


def modules(code: str) -> list[str]:
    """The rows of modules as texts: ``1`` is dark."""
    halves = {" ": "11", "▀": "01", "▄": "10", "█": "00"}
    rows: list[str] = []
    for line in re.sub(r"\x1b\[[0-9;]*m", "", code).splitlines():
        rows += ["".join(halves[character][half] for character in line) for half in (0, 1)]
    return rows


@pytest.mark.parametrize("address", [ADDRESS, "https://[2001:db8:1234:5678:9abc:def0:1234:5678]:65535" + ADDRESS[27:]])
def test_a_code_fits_a_terminal_and_holds_the_address(address: str) -> None:
    code = drawn(address)
    assert code is not None
    plain = re.sub(r"\x1b\[[0-9;]*m", "", code)
    assert max(map(len, plain.splitlines())) <= COLUMNS_LIMIT
    matrix = ["".join(map(str, row)) for row in segno.make(address, error="l", boost_error=False).matrix]
    found = modules(code)
    inner = [row[4:-4] for row in found[4 : 4 + len(matrix)]]
    assert inner == matrix
    assert all(set(row) == {"0"} for row in found[:4])


def test_the_colours_do_not_depend_on_the_terminals() -> None:
    code = drawn(ADDRESS)
    assert code is not None
    assert all(line.startswith("\x1b[97;40m") and line.endswith("\x1b[0m") for line in code.splitlines())


def test_an_address_that_is_too_long_is_not_drawn() -> None:
    assert drawn("http://" + "x" * 700) is None
    assert shown("http://" + "x" * 700, terminal("utf-8")) == "http://" + "x" * 700


@pytest.mark.parametrize("encoding", ["utf-8", "UTF-8", "utf8"])
def test_a_terminal_shows_the_code_and_the_address(encoding: str) -> None:
    assert can_draw(terminal(encoding))
    assert shown(ADDRESS, terminal(encoding)) == f"{drawn(ADDRESS)}\n{ADDRESS}"


@pytest.mark.parametrize("stream", [terminal("ascii"), terminal("latin-1"), StringIO()])
def test_anything_else_shows_the_address_as_text(stream: FakeTerminal | StringIO) -> None:
    assert shown(ADDRESS, stream) == ADDRESS
