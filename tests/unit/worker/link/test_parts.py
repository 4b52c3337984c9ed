"""The name of a part identifies one object."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from photonic.worker.link import parts
from photonic.worker.link.card_messages import CardObject

BOOT = "this run of the machine"
FILM = CardObject(folder="/DCIM", name="MVI_1.MOV", size_bytes=5, taken_at=1)


@pytest.mark.parametrize(
    "change", [{"folder": "/other"}, {"name": "MVI_2.MOV"}, {"size_bytes": 6}, {"taken_at": None}], ids=str
)
def test_another_object_has_another_part(change: dict[str, object]) -> None:
    other = msgspec.structs.replace(FILM, **change)
    assert parts.part_path(Path("/s"), FILM, BOOT) == parts.part_path(Path("/s"), FILM, BOOT)
    assert parts.part_path(Path("/s"), FILM, BOOT) != parts.part_path(Path("/s"), other, BOOT)


def test_a_part_from_before_the_machine_started_is_not_continued() -> None:
    before = parts.part_path(Path("/s"), FILM, BOOT)
    assert parts.part_path(Path("/s"), FILM, "another run of the machine") != before


def test_a_name_is_safe_whatever_the_camera_calls_the_file() -> None:
    strange = msgspec.structs.replace(FILM, name="../\udcff/" + "x" * 300 + ".MOV")
    path = parts.part_path(Path("/s"), strange, BOOT)
    assert path.parent == Path("/s")
    assert path.name.startswith(parts.PREFIX)
    assert len(path.name) < 200
