"""Promises by the moment at which they were sent, flushes by what they flush, and states of a short recording."""

from __future__ import annotations

import random
import struct
from typing import TYPE_CHECKING

import pytest
from tests.crash import campaign, flushes, replay
from tests.crash.camera_traffic import OtherTraffic, card_deletions, settings_lent
from tests.crash.interpreter import Interpreter
from tests.crash.models import MODELS, DiskState
from tests.crash.operations import ROOT, Flushed, NamesChanged, Recording, Sent, Written
from tests.crash.promises import Promise, PromiseNotSent, Said, Story, placed, told

if TYPE_CHECKING:
    from pathlib import Path

ID = "0123456789abcdef" * 2
SAVED = Promise(Said.SAVED, "c1", frozenset({"h"}), b'{"saved"}')
DELETED = Promise(Said.DELETED, "c1", frozenset({"h"}), b'{"deleted"}')
RECORDING = Recording(
    (
        NamesChanged(((ROOT, ".staging", 1),)), NamesChanged(((1, ID, 2),)), NamesChanged(((2, "x.jpg", 3),)),
        Written(3, 0, b"photo"), Flushed(3, 4), NamesChanged(((ROOT, "a.jpg", 3),)), Flushed(ROOT, 6), Flushed(2, 6),
        Sent(b'HTTP/1.1 200\r\n\r\n{"saved"}'), Sent(b'{"deleted"}'),
    ),
    frozenset({ROOT, 1, 2}),
)  # fmt: skip


def test_a_promise_holds_from_the_moment_at_which_it_was_sent() -> None:
    promises = placed([SAVED, DELETED], RECORDING)
    assert [number for number, _promise in promises] == [8, 9]
    story = Story(tuple(promises))
    assert told(story, 8).last == {}
    assert told(story, 8).open == {"c1"}
    assert told(story, 9).last == {"c1": SAVED}
    assert told(story, 9).open == {"c1"}
    assert told(story, 10).last == {"c1": DELETED}
    assert told(story, 10).open == set()


def test_copies_on_the_card_and_settings_of_the_camera_are_told_like_promises() -> None:
    story = Story(copies_deleted=((2, "h"), (5, "i")), settings_lent=(1, 4))
    assert [told(story, cut).only_here for cut in (2, 3, 6)] == [[], ["h"], ["h", "i"]]
    assert [told(story, cut).lends for cut in (1, 2, 4, 5)] == [False, True, True, False]


def test_what_the_camera_was_asked_is_found_in_the_packets() -> None:
    delete = struct.pack("<IIIHII", 22, 6, 1, 0x100B, 7, 33)
    canon, other = struct.pack("<IIIHII", 22, 6, 1, 0x9105, 8, 34), struct.pack("<IIIHI", 18, 6, 1, 0x9116, 9)
    high, low = (struct.pack("<IIIIII", 24, 12, 7, 12, 0xD103, value) for value in (0x60, 0x58))
    packets = (delete, high, other, canon, low, b"short")
    recording = Recording(tuple(map(Sent, packets)), frozenset({ROOT}))
    assert card_deletions(recording, ["h", "i"]) == ((0, "h"), (3, "i"))
    assert settings_lent(recording) == (1, 4)
    with pytest.raises(OtherTraffic):
        card_deletions(recording, ["h"])
    with pytest.raises(OtherTraffic):
        settings_lent(Recording((Sent(high), Sent(high)), frozenset({ROOT})))


def test_half_of_the_moments_can_be_soon_after_some_operations() -> None:
    long = Recording(RECORDING.operations * 100, RECORDING.folders)
    cuts = [each.cut for each in campaign.states(long, Story(), 200, seed=3, near=[100])]
    assert len([cut for cut in cuts if 100 < cut <= 100 + max(campaign.SOON)]) >= len(cuts) // 2


def test_what_was_there_before_the_run_is_in_every_state() -> None:
    before = DiskState(frozenset({"d"}), {"a": 10, "d/b": 10, "d/c": 11}, {10: b"one", 11: b""})
    interpreter = Interpreter("/r")
    interpreter.begin_with(before)
    recording = interpreter.recording
    for each in campaign.states(recording, Story(), 30, seed=1):
        assert {path: each.state.content(path) for path in each.state.files} == {"a": b"one", "d/b": b"one", "d/c": b""}
        assert each.state.folders == before.folders
    assert flushes.counts(recording) == {}


def test_an_answer_that_was_not_recorded_is_an_error() -> None:
    with pytest.raises(PromiseNotSent):
        placed([DELETED, SAVED], RECORDING)


def test_flushes_are_known_by_what_they_flush() -> None:
    assert flushes.kinds(RECORDING) == {4: ".staging/ID/*", 6: "/", 7: ".staging/ID/"}


def test_a_flush_that_is_taken_out_covers_nothing() -> None:
    taken_out = flushes.without(RECORDING, ".staging/ID/*")
    assert taken_out.operations[4] == Flushed(3, 0)
    assert flushes.counts(taken_out) == flushes.counts(RECORDING)
    (state,) = MODELS["strict"](campaign.Moment(taken_out, 10), random.Random(0))
    assert state.content("a.jpg") == b""


def test_the_same_seed_gives_the_same_states_of_every_model() -> None:
    story = Story(tuple(placed([SAVED, DELETED], RECORDING)))
    first, second = (list(campaign.states(RECORDING, story, 60, seed=3)) for _each in range(2))
    assert first == second
    assert len(first) >= 60
    assert {each.model for each in first} == set(MODELS)
    assert {each.cut for each in first} >= {1, 5, 9}
    assert all(each.told.last for each in campaign.sample(first, 4, seed=1))
    assert len(campaign.sample(first, 4, seed=1)) == 4


def test_a_state_is_written_with_its_folders_and_links(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "earlier").touch()
    replay.write(DiskState(frozenset({"d", "d/e"}), {"a": 1, "d/e/b": 1, "c": 2}, {1: b"one", 2: b""}), root)
    assert {str(path.relative_to(root)) for path in root.rglob("*")} == {"a", "c", "d", "d/e", "d/e/b"}
    assert (root / "a").samefile(root / "d/e/b")
    assert (root / "d/e/b").read_bytes() == b"one"
    again = replay.read(root)
    assert again.files["a"] == again.files["d/e/b"]
    assert (again.folders, again.content("a"), again.content("c")) == (frozenset({"d", "d/e"}), b"one", b"")
