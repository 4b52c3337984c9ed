"""The value of ``--body``, and the recorded bodies of the repository."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from photonic.cli.body_file import body_of, described_body, read_description
from photonic.errors import BadInput
from photonic.model.body_description import RecordedFrom
from photonic.simulator.makes import BodyKind

BODIES = Path(__file__).resolve().parents[3] / "bodies"
FILES = sorted(path for path in BODIES.glob("*.json") if path.name != "schema.json")


def test_a_make_is_a_simulated_body() -> None:
    assert body_of("nikon") == (BodyKind.NIKON, None)


def test_a_file_is_offered_as_the_recorded_body() -> None:
    kind, described = body_of(str(BODIES / "simulated-nikon.json"))
    assert kind is BodyKind.NIKON
    assert described is not None
    assert (described.model, described.vendor_id, described.product_id) == ("D750", 0x04B0, 0x0437)
    assert described.operations is not None
    assert 0x1001 in described.operations


def test_a_body_without_device_information_is_a_plain_one() -> None:
    described = described_body(read_description(BODIES / "virtual-usb.json"))
    assert (described.kind, described.operations) == (BodyKind.GENERIC, None)


@pytest.mark.parametrize(
    ("text", "reason"),
    [("{}", "not a recorded body: recorded_from: Field required"), ("[", "Invalid JSON"), ('{"format": 2}', "format")],
)
def test_what_is_no_recorded_body_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "body.json"
    path.write_text(text)
    with pytest.raises(BadInput, match=reason):
        body_of(str(path))


def test_a_file_that_is_not_there_is_refused_with_the_makes() -> None:
    with pytest.raises(BadInput, match="neither a file nor one of canon, nikon, generic"):
        body_of("no-such-file")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_recorded_bodies_follow_the_schema(path: Path) -> None:
    jsonschema.validate(json.loads(path.read_text()), json.loads((BODIES / "schema.json").read_text()))
    assert "012345678901" not in path.read_text()


def test_there_is_an_example_of_each_body_without_hardware() -> None:
    sources = {path.stem: read_description(path).recorded_from for path in FILES}
    assert {f"simulated-{kind}" for kind in BodyKind} | {"virtual-usb"} <= set(sources)
    assert RecordedFrom.VIRTUAL in sources.values()
