"""What is read back from the state folder: every table refuses what does not fit, and says where and what to do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from photonic.access.browser_sessions import SessionTable
from photonic.access.links import LinkScope, LinkTable
from photonic.access.permission import Role
from photonic.access.state_text import LONGEST_TEXT, moved_back, shortened
from photonic.access.tokens import TokenAges, TokenTable
from photonic.access.tries import DeviceTable
from photonic.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = bytes(range(32))
NOW = 5000.0


def written() -> dict[str, str]:
    """A text of each table, with two entries."""
    tokens, sessions, links, devices = TokenTable(), SessionTable(), LinkTable(KEY), DeviceTable()
    for name in ("stage", "bar"):
        tokens.add(name, Role.GUEST, 3600.0, "2026-01-02T03:04:05+00:00")
        cookie, _session = sessions.open(
            role=Role.GUEST,
            name=name,
            token_hash=tokens.records[-1].hash,
            device="Firefox",
            address="192.0.2.1",
            now=NOW,
            seconds=900.0,
            not_after=9000.0,
        )
        sessions.elevate(cookie, NOW, 600.0)
        links.make(LinkScope.parse(f"live:{name}"), Role.VIEWER, NOW, 60.0, made_by="stage")
        devices.add(Role.OPERATOR, NOW)
    tokens.ages.note(tokens.hashes, NOW)
    return {
        "tokens": tokens.to_json(),
        "ages": tokens.ages.to_json(NOW),
        "sessions": sessions.to_json(NOW),
        "links": links.to_json(NOW),
        "devices": devices.to_json(NOW),
    }


READERS: dict[str, Callable[[str], str]] = {
    "tokens": lambda text: TokenTable.from_json(text).to_json(),
    "ages": lambda text: TokenAges.from_json(text, NOW).to_json(NOW),
    "sessions": lambda text: SessionTable.from_json(text, NOW).to_json(NOW),
    "links": lambda text: LinkTable.from_json(text, KEY, NOW).to_json(NOW),
    "devices": lambda text: DeviceTable.from_json(text, NOW).to_json(NOW),
}
WRITTEN = written()
WRONG: list[Any] = [None, True, -1e13, 1e13, 10**400, "", "x" * 300, "a\n", [], {}, [None], {"a": 1}, "operator\n"]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where each value in a document is."""
    inner: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        inner = list(cast("dict[str, Any]", value).items())
    elif isinstance(value, list):
        inner = list(enumerate(cast("list[Any]", value)))
    return [path, *(found for key, each in inner for found in places(each, (*path, key)))]


def changed(document: Any, path: tuple[Any, ...], new: Any) -> Any:
    """The document with another value at a place."""
    if not path:
        return new
    copy: Any = document.copy()
    copy[path[0]] = changed(document[path[0]], path[1:], new)
    return copy


def document_at(name: str, path: tuple[Any, ...]) -> Any:
    value = json.loads(WRITTEN[name])
    for key in path:
        value = value[key]
    return value


@pytest.mark.parametrize("name", READERS)
def test_what_was_written_is_read_back(name: str) -> None:
    assert READERS[name](WRITTEN[name]) == WRITTEN[name]


@pytest.mark.parametrize("name", READERS)
def test_no_field_takes_every_value(name: str) -> None:
    document = json.loads(WRITTEN[name])
    for path in places(document):
        refused = 0
        for wrong in WRONG:
            try:
                READERS[name](json.dumps(changed(document, path, wrong)))
            except BadInput as error:
                refused += 1
                assert error.field is not None
                assert error.reason.startswith(f"{error.field} is damaged (")
        # `not_after`, `token_hash` and the like may be null, and texts that are only shown may be almost any.
        assert refused >= len(WRONG) - 5, path


@pytest.mark.parametrize("name", READERS)
def test_a_missing_and_an_unknown_field_are_refused(name: str) -> None:
    document = json.loads(WRITTEN[name])
    entries = next(value for value in document.values() if not isinstance(value, float))
    with pytest.raises(BadInput, match="damaged"):
        READERS[name](json.dumps({**document, "more": 1}))
    for field in document:
        with pytest.raises(BadInput, match=field):
            READERS[name](json.dumps({key: value for key, value in document.items() if key != field}))
    if isinstance(entries, list):
        list_name = next(key for key, value in document.items() if value is entries)
        with pytest.raises(BadInput, match=r"\[0\]"):
            READERS[name](json.dumps({**document, list_name: [{**entries[0], "more": 1}, *entries[1:]]}))
        with pytest.raises(BadInput, match="damaged"):
            READERS[name](json.dumps({**document, list_name: [entries[0], entries[0]]}))
        with pytest.raises(BadInput, match="damaged"):
            READERS[name](json.dumps({**document, list_name: [entries[0]] * 1001}))


@given(st.sampled_from(list(READERS)), st.integers(0, 4000), st.text(max_size=5), st.integers(0, 200))
@example("tokens", 0, "\ud800", 0)
@example("tokens", 30, "\\ud800", 0)
def test_damage_is_refused_or_read_as_something_that_can_be_written_and_read(
    name: str, at: int, inserted: str, removed: int
) -> None:
    text = WRITTEN[name]
    damaged = text[:at] + inserted + text[at + removed :]
    try:
        again = READERS[name](damaged)
    except BadInput:
        return
    assert READERS[name](again) == again


@pytest.mark.parametrize("text", ["", "null", "[" * 100_000, " " * (LONGEST_TEXT + 1), '{"tokens": [1e999]}', "\ud800"])
def test_texts_that_are_no_table_are_refused(text: str) -> None:
    for reader in READERS.values():
        with pytest.raises(BadInput, match="damaged"):
            reader(text)


def test_an_error_says_the_file_the_place_and_what_to_do_and_quotes_no_hash() -> None:
    document = json.loads(WRITTEN["tokens"])
    bad = document["tokens"][1]["hash"] + "0"
    with pytest.raises(
        BadInput, match=r"tokens\.json is damaged \(.*\$\.tokens\[1\]\.hash.*photonic token add"
    ) as caught:
        READERS["tokens"](json.dumps(changed(document, ("tokens", 1, "hash"), bad)))
    assert bad not in caught.value.reason


@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9), st.floats(-1e9, 1e9))
def test_times_are_moved_back_with_a_clock_that_was_set_back_and_never_forward(
    at: float, saved_at: float, now: float
) -> None:
    moved = moved_back(saved_at, now)(at)
    assert moved <= at
    if now >= saved_at:
        assert moved == at
    else:
        assert moved - now == pytest.approx(at - saved_at, abs=1e-5)


@given(st.text(st.characters(codec=None, categories=None)), st.integers(0, 50))
def test_a_text_of_a_browser_can_be_written_whatever_it_contains(text: str, length: int) -> None:
    short = shortened(text, length)
    assert len(short) <= length
    assert short.isprintable()
    short.encode()
