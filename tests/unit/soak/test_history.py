"""What a soak keeps: written as it comes, and read back the same."""

from __future__ import annotations

from io import BytesIO

import msgspec
import pytest
from soak.history import History, Note, read
from tests.unit.soak.scenes import asked, quiet, sample, saved


def test_everything_is_read_back_as_it_was() -> None:
    file = BytesIO()
    history = History(file)
    moments = [*quiet(), asked(), saved(), sample(1001)]
    for moment in moments:
        history.add(moment)
    assert history.moments == moments
    assert read(BytesIO(file.getvalue())) == moments


def test_a_note_has_its_time() -> None:
    history = History(BytesIO())
    history.note("a word")
    (note,) = history.moments
    assert isinstance(note, Note)
    assert note.at > 0


def test_a_line_that_is_none() -> None:
    with pytest.raises(msgspec.DecodeError):
        read([b'{"kind": "seen"}'])
