"""Faults from a file: what is read, and that each error names its place."""

from __future__ import annotations

from itertools import islice
from random import Random
from typing import TYPE_CHECKING

import pytest

from photonic.errors import BadInput
from photonic.simulator.fault_kinds import FaultName
from photonic.simulator.faults import Fault, Faults, FaultStart
from photonic.simulator.mix import Ingredient, Mix
from photonic.simulator.script import Script, read_script, read_script_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WHOLE = """
[[fault]]
name = "late_twin"
capture = 2
amount = 3

[[fault]]
name = "unplug"
time = 12.5
seconds = 4
every = 60

[mix]
seed = 7
every = [5, 20]
seconds = [0.5, 4]

[[mix.fault]]
name = "mute"
weight = 2

[[mix.fault]]
name = "truncated_frame"
seconds = [1, 2]
amount = [0.1, 0.9]
times = 3
"""
MIX = "[mix]\nevery = [1, 2]\nseconds = [1, 2]\n"


def test_a_script_has_faults_and_a_mix() -> None:
    assert read_script(WHOLE, "f.toml") == Script(
        (
            Fault(FaultName.LATE_TWIN, FaultStart.CAPTURE, 2, amount=3),
            Fault(FaultName.UNPLUG, FaultStart.TIME, 12.5, 4, every=60),
        ),
        Mix(
            (
                Ingredient(FaultName.MUTE, 2),
                Ingredient(FaultName.TRUNCATED_FRAME, 1, (1, 2), (0.1, 0.9), 3),
            ),
            (5, 20),
            (0.5, 4),
            seed=7,
        ),
    )


def test_an_empty_script_is_none() -> None:
    assert read_script("", "f.toml") == Script()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[[fault]", "not valid TOML"),
        ("[[faults]]", "faults: unknown field"),
        ("fault = 3", r"fault: must be an array of tables; write \[\[fault\]\]"),
        ("fault = [3]", "fault 1: must be a table"),
        ("[fault]\nname='mute'", r"fault: must be an array of tables; write \[\[fault\]\]"),
        ("[[fault]]", "fault 1: name: missing"),
        ("[[fault]]\nname='mute'\n[[fault]]\nname='muet'", "fault 2: name: unknown fault 'muet'. Did you mean mute"),
        ("[[fault]]\nname='mute'\nseconds='2'", "fault 1: seconds: must be a number, not '2'"),
        ("[[fault]]\nname='mute'\nseconds=-2", "fault 1: seconds: must be more than 0"),
        ("[[fault]]\nname='mute'\nlength=2", "fault 1: length: unknown field"),
        ("[[fault]]\nname='mute'\ntime=1979-05-27", "fault 1: time: must be a number"),
        ("mix = 3", "mix: must be a table"),
        ("[mix]\nseconds = [1, 2]", "mix: every: missing"),
        ("[mix]\nevery = [1, 2]", "mix: seconds: missing"),
        (MIX, "mix: fault: missing"),
        (MIX + "seed = 'x'", "mix: seed: must be a whole number"),
        (MIX + "speed = 2", "mix: speed: unknown field"),
        (MIX.replace("[1, 2]", "[2, 1]"), "mix: every: 2 is greater than 1"),
        (MIX.replace("[1, 2]", "[0, 1]"), "mix: every: must be at least 0.01"),
        (MIX.replace("[1, 2]", "[1]"), r"mix: every: must be \[least, most\]"),
        (MIX.replace("[1, 2]", "['a', 'b']"), "mix: every: must be a number"),
        (MIX + "[[mix.fault]]\nname='mute'\nweight=0", "mix.fault 1: weight: must be more than 0"),
        (MIX + "[[mix.fault]]\nname='mute'\namount=[1, 2]", "mix.fault 1: amount: mute takes no amount"),
        (MIX + "[[mix.fault]]\nname='mute'\nframe=1", "mix.fault 1: frame: unknown field"),
        (MIX + "[[mix.fault]]\nweight=1", "mix.fault 1: name"),
    ],
)
def test_an_error_says_where_it_is(text: str, complaint: str) -> None:
    with pytest.raises(BadInput, match=rf"^f\.toml: {complaint}"):
        read_script(text, "f.toml")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe")
    (tmp_path / "long.toml").write_bytes(b"#" * 1_000_001)
    for name in ("missing.toml", "binary.toml", "long.toml", "."):
        with pytest.raises(BadInput, match=str(tmp_path)):
            read_script_file(tmp_path / name)


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "faults.toml"
    path.write_text(WHOLE, encoding="utf-8")
    assert read_script_file(path) == read_script(WHOLE, "f.toml")


class Camera:
    """Passes the script's faults to a set of faults."""

    def __init__(self) -> None:
        self.faults = Faults()

    def arm(self, fault: Fault) -> None:
        self.faults.arm(fault, 100.0)

    def follow(self, faults: Iterator[Fault]) -> None:
        self.faults.follow(faults)


def test_a_mix_begins_when_it_is_loaded() -> None:
    script = read_script(MIX + "seed = 3\n[[mix.fault]]\nname='mute'\n[[fault]]\nname='drip'", "f.toml")
    camera = Camera()
    script.load(camera, 100.0)
    assert camera.faults.names(100.0) == ["drip"]
    assert script.mix is not None
    assert camera.faults.waiting() == list(islice(script.mix.draw(Random(3), 100.0), 1))
    assert 101 <= camera.faults.waiting()[0].number <= 102
