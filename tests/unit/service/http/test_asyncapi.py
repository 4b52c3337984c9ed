"""The description of the sockets as a document: valid, and true of the frame's header."""

from __future__ import annotations

import gzip
import json
import struct
from pathlib import Path
from typing import Any, cast

import pytest
from jsonschema import Draft202012Validator
from tests.support.schemas import complaints

from photonic.model.frame import Frame, Scale
from photonic.protocol import live
from photonic.service.http.asyncapi import FRAME_HEADER, asyncapi_document

ASYNCAPI = Path(__file__).parents[3] / "schemas" / "asyncapi-3.0.0.json.gz"
CODES = {"u8": "B", "u16": "H", "u32": "I", "u64": "Q"}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return asyncapi_document("1.2.3")


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        own: list[str] = [members["$ref"]] if "$ref" in members else []
        return own + [found for one in members.values() for found in references(one)]
    if isinstance(value, list):
        return [found for one in cast("list[Any]", value) for found in references(one)]
    return []


def test_it_is_valid_by_the_standards_own_schema(document: dict[str, Any]) -> None:
    schema = json.loads(gzip.decompress(ASYNCAPI.read_bytes()))
    assert complaints(schema, document, draft_7=True) == []
    broken = {**document, "channels": {"live": {"adress": "x"}}}
    assert complaints(schema, broken, draft_7=True) != []


def test_its_schemas_are_schemas(document: dict[str, Any]) -> None:
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    found = references(document)
    assert len(found) > 20
    for reference in found:
        place = document
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]


def test_the_header_is_the_one_that_is_sent() -> None:
    names = [name for name, _kind, _meaning in FRAME_HEADER]
    layout = struct.Struct(">" + "".join(CODES[kind] for _name, kind, _meaning in FRAME_HEADER))
    assert layout.size == live.HEADER.size
    frame = Frame(epoch=3, sequence=2**40 + 7, captured_us=2**50 + 1, jpeg=b"\xff\xd8\xff\xd9", scale=Scale.QUARTER)
    told = dict(zip(names, layout.unpack_from(live.encode(frame)), strict=True))
    assert told == {
        "version": live.VERSION,
        "flags": 2,
        "reserved": 0,
        "epoch": frame.epoch,
        "sequence": frame.sequence,
        "captured_us": frame.captured_us,
    }
