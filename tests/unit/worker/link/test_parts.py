"""The name of a part identifies one object."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from photonic.worker.link import parts
from photonic.worker.link.card_messages import CardObject

FILM = CardObject(folder="/DCIM", name="MVI_1.MOV", size_bytes=5, taken_at=1)


@pytest.mark.parametrize(
    "change", [{"folder": "/other"}, {"name": "MVI_2.MOV"}, {"size_bytes": 6}, {"taken_at": None}], ids=str
)
def test_another_object_has_another_part(change: dict[str, object]) -> None:
    other = msgspec.structs.replace(FILM, **change)
    assert parts.part_path(Path("/s"), FILM) == parts.part_path(Path("/s"), FILM)
    assert parts.part_path(Path("/s"), FILM) != parts.part_path(Path("/s"), other)


def test_a_part_from_before_the_machine_started_is_not_continued(monkeypatch: pytest.MonkeyPatch) -> None:
    before = parts.part_path(Path("/s"), FILM)
    monkeypatch.setattr(parts, "_boot_id", lambda: "another run of the machine")
    assert parts.part_path(Path("/s"), FILM) != before


def test_a_name_is_safe_whatever_the_camera_calls_the_file() -> None:
    strange = msgspec.structs.replace(FILM, name="../\udcff/" + "x" * 300 + ".MOV")
    path = parts.part_path(Path("/s"), strange)
    assert path.parent == Path("/s")
    assert path.name.startswith(parts.PREFIX)
    assert len(path.name) < 200
