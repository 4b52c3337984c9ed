"""The models of a disk keep what was flushed, lose what may be lost, and invent nothing."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.crash.models import MODELS, PAGE_BYTES, DiskState, Moment
from tests.crash.operations import ROOT, Flushed, NamesChanged, Operation, Recording, Resized, Written

few = settings(max_examples=25)
FOLDERS = (ROOT, 1, 2)
FILES = tuple(range(3, 7))
NAMES = ("a", "b", "c")


@st.composite
def recordings(draw: st.DrawFn) -> Recording:
    """Two folders and some files, written, resized, linked, renamed, removed and flushed."""
    operations: list[Operation] = [NamesChanged(((ROOT, "x", 1),)), NamesChanged(((ROOT, "y", 2),))]
    names: dict[tuple[int, str], int] = {}
    for _each in range(draw(st.integers(0, 25))):
        kind = draw(st.sampled_from(("name", "move", "remove", "write", "write", "resize", "flush")))
        file = draw(st.sampled_from(FILES))
        place = (draw(st.sampled_from((1, 2))), draw(st.sampled_from(NAMES)))
        if kind == "name":
            names[place] = file
            operations.append(NamesChanged(((*place, file),)))
        elif kind in {"move", "remove"} and names:
            old = draw(st.sampled_from(sorted(names)))
            node = names.pop(old)
            gone: tuple[int, str, int | None] = (*old, None)
            if kind == "move":
                names[place] = node
                operations.append(NamesChanged((gone, (*place, node))))
            else:
                operations.append(NamesChanged((gone,)))
        elif kind == "write":
            data = bytes([draw(st.integers(1, 255))]) * draw(st.sampled_from((1, 600, PAGE_BYTES, 3 * PAGE_BYTES)))
            operations.append(Written(file, draw(st.sampled_from((0, 100, PAGE_BYTES))), data))
        elif kind == "resize":
            operations.append(Resized(file, draw(st.sampled_from((0, 300, 2 * PAGE_BYTES)))))
        elif kind == "flush":
            operations.append(Flushed(draw(st.sampled_from((*FOLDERS, *FILES))), len(operations)))
    return Recording(tuple(operations), frozenset(FOLDERS))


def states(model: str, recording: Recording, cut: int | None = None, seed: int = 0) -> list[DiskState]:
    cut = len(recording.operations) if cut is None else cut
    return list(MODELS[model](Moment(recording, cut), random.Random(seed)))


def as_seen(recording: Recording) -> dict[str, bytes]:
    """What programs see without a loss of power."""
    moment = Moment(recording, len(recording.operations))
    return contents(moment.state(moment.written))


def contents(state: DiskState) -> dict[str, bytes]:
    return {path: state.content(path) for path in state.files}


@pytest.mark.parametrize("model", MODELS)
@few
@given(recording=recordings(), seed=st.integers(0, 5))
def test_what_was_flushed_is_there_in_every_model(model: str, recording: Recording, seed: int) -> None:
    count = len(recording.operations)
    flushes = tuple(Flushed(node, count) for node in (*FOLDERS, *FILES))
    flushed = Recording((*recording.operations, *flushes), recording.folders)
    for state in states(model, flushed, seed=seed):
        assert contents(state) == as_seen(recording)
        assert state.folders == {"x", "y"}


@pytest.mark.parametrize("model", MODELS)
@few
@given(recording=recordings(), seed=st.integers(0, 5))
def test_no_byte_is_there_that_was_never_written(model: str, recording: Recording, seed: int) -> None:
    written: dict[tuple[int, int], set[int]] = {}
    for operation in recording.operations:
        if isinstance(operation, Written):
            for place in (operation.offset, operation.offset + len(operation.data) - 1):
                written.setdefault((operation.node, place), set())
    for operation in recording.operations:
        if isinstance(operation, Written):
            for (node, place), values in written.items():
                if node == operation.node and 0 <= place - operation.offset < len(operation.data):
                    values.add(operation.data[place - operation.offset])
    longest = {
        node: max(
            (
                operation.offset + len(operation.data) if isinstance(operation, Written) else operation.size_bytes
                for operation in recording.operations
                if isinstance(operation, Written | Resized) and operation.node == node
            ),
            default=0,
        )
        for node in FILES
    }
    for state in states(model, recording, seed=seed):
        for node, content in state.contents.items():
            assert len(content) <= longest[node]
            for (of_node, place), values in written.items():
                if of_node == node and place < len(content):
                    assert content[place] in values | {0}


@pytest.mark.parametrize("model", MODELS)
@few
@given(recording=recordings(), data=st.data())
def test_nothing_of_what_comes_after_the_loss_of_power_matters(model: str, recording: Recording, data: Any) -> None:
    cut = data.draw(st.integers(0, len(recording.operations)))
    shorter = Recording(recording.operations[:cut], recording.folders)
    assert states(model, recording, cut) == states(model, shorter)


@pytest.mark.parametrize("model", MODELS)
@few
@given(recording=recordings(), seed=st.integers(0, 5))
def test_a_flushed_file_keeps_its_content_whatever_becomes_of_its_names(
    model: str, recording: Recording, seed: int
) -> None:
    count = len(recording.operations)
    flushed = Recording((*recording.operations, *(Flushed(node, count) for node in FILES)), recording.folders)
    moment = Moment(flushed, len(flushed.operations))
    for state in states(model, flushed, seed=seed):
        for node, content in state.contents.items():
            assert content == moment.written(node)


def test_each_model_loses_what_it_is_named_after() -> None:
    """A file that was named and not flushed: seen in each way at least once."""
    new = b"n" * (3 * PAGE_BYTES + 100)
    operations = (NamesChanged(((ROOT, "f", 3),)), Written(3, 0, new))
    recording = Recording(operations, frozenset({ROOT}))
    seen = {
        model: {
            state.content("f") if "f" in state.files else None
            for seed in range(30)
            for state in states(model, recording, seed=seed)
        }
        for model in MODELS
    }
    assert seen["strict"] == {None}
    assert seen["ordered"] == {None, b"", new}
    assert seen["zeros"] == {b"", bytes(len(new))}
    assert any(content and new.startswith(content) and len(content) < len(new) for content in seen["torn"])
    assert any(content and len(content) == len(new) and len(set(content)) == 2 for content in seen["holes"])
    assert {None, b"", new} <= seen["reorder"]


def test_an_fsync_does_not_cover_what_was_written_while_it_ran() -> None:
    recording = Recording(
        (NamesChanged(((ROOT, "f", 3),)), Flushed(ROOT, 1), Written(3, 0, b"a"), Written(3, 1, b"b"), Flushed(3, 3)),
        frozenset({ROOT}),
    )
    (state,) = states("strict", recording)
    assert state.content("f") == b"a"


def test_a_rename_that_was_flushed_in_one_folder_only() -> None:
    """Strictly, the name may stand in both folders; in a journal it stands in one."""
    operations = (
        NamesChanged(((ROOT, "x", 1),)), NamesChanged(((ROOT, "y", 2),)), NamesChanged(((1, "a", 3),)),
        Flushed(ROOT, 2), Flushed(1, 3), NamesChanged(((1, "a", None), (2, "b", 3))), Flushed(2, 6),
    )  # fmt: skip
    recording = Recording(operations, frozenset({ROOT, 1, 2}))
    assert {tuple(sorted(state.files)) for state in states("strict", recording)} == {("x/a", "y/b")}
    for model in set(MODELS) - {"strict"}:
        assert {tuple(sorted(state.files)) for state in states(model, recording)} == {("y/b",)}, model
