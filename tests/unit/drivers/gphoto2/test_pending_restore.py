"""What still has to be restored on the camera, in a file that may be damaged in any way."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from photonic.drivers.gphoto2.pending_restore import LIMIT_BYTES, PendingRestore
from photonic.model.foreign_text import decoded


def test_what_was_taken_is_owed_to_that_camera_until_it_is_repaid(tmp_path: Path) -> None:
    pending_restore = PendingRestore(tmp_path / "borrowed.json", "17")
    pending_restore.record_settings({"iso": "100"})
    assert PendingRestore(tmp_path / "borrowed.json", "17").settings() == {"iso": "100"}
    assert PendingRestore(tmp_path / "borrowed.json", "18").settings() == {}
    pending_restore.settings_restored()
    assert pending_restore.settings() == {}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.text(max_size=9), st.binary(max_size=40).map(decoded), max_size=4))
def test_any_text_of_a_camera_is_owed_as_it_was(tmp_path: Path, back: dict[str, str]) -> None:
    PendingRestore(tmp_path / "borrowed.json", "42").record_settings(back)
    assert PendingRestore(tmp_path / "borrowed.json", "42").settings() == back
    assert PendingRestore(tmp_path / "borrowed.json", "43").settings() == {}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"serial": 17, "back": {}}',
        b'{"serial": "17", "back": {"iso": 7}}',
        b'{"serial": "17", "back": {}, "more": ' + b"[" * 30_000,
        b'{"serial": "\xff", "back": {}}',
        b'{"serial": "17", "back": {"iso": "' + b"1" * LIMIT_BYTES + b'"}}',
    ],
    ids=["empty", "null", "list", "nothing", "serial", "types", "depth", "encoding", "size"],
)
def test_a_damaged_file_says_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "borrowed.json").write_bytes(content)
    assert PendingRestore(tmp_path / "borrowed.json", "17").settings() == {}


@given(st.binary(max_size=100))
def test_any_bytes_say_nothing_and_raise_nothing(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "borrowed.json"
    path.write_bytes(content)
    assert PendingRestore(path, "17").settings() == {}


def test_settings_are_flushed_with_their_name_before_the_camera_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A camera keeps its settings when its host loses power; it lets go of a button."""
    steps: list[str] = []

    def flushed(descriptor: int) -> None:
        steps.append(
            "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else (tmp_path / "borrowed.new").read_text()
        )

    rename = Path.replace

    def renamed(old: Path, new: Path) -> Path:
        steps.append("renamed")
        return rename(old, new)

    monkeypatch.setattr(os, "fsync", flushed)
    monkeypatch.setattr(Path, "replace", renamed)
    pending_restore = PendingRestore(tmp_path / "borrowed.json", "17")
    pending_restore.record_press("release", "off")
    assert steps == ["renamed"]
    steps.clear()
    pending_restore.record_settings({"iso": "100"})
    assert steps[1:] == ["renamed", "folder"]
    assert '"iso": "100"' in steps[0]
    steps.clear()
    # A new file takes the place of the one that was flushed.
    pending_restore.record_press("focus", "off")
    assert steps[1:] == ["renamed", "folder"]
