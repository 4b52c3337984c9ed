"""The AsyncAPI document of the sockets: valid, and in agreement with the frame's header."""

from __future__ import annotations

import gzip
import json
import struct
from pathlib import Path
from typing import Any, cast

import pytest
from jsonschema import Draft202012Validator
from tests.support.schemas import complaints

from photonic.access.control import FORMER_COOKIE
from photonic.model.frame import Frame, Scale
from photonic.protocol import live
from photonic.service.http.asyncapi import asyncapi_document
from photonic.service.http.status_feed import MEDIA_TYPE, RECONNECT_AFTER_MS

ASYNCAPI = Path(__file__).parents[3] / "schemas" / "asyncapi-3.0.0.json.gz"
# The document of 0.1.0 as it was first served, without its texts.
EARLIER = Path(__file__).parent / "asyncapi_0.1.0.json"
TEXTS = {"description", "summary", "title", "meaning"}
ADDED = {
    "CameraStatus": ["reason_code", "reason_values"],
    "LiveStatus": ["reason_code", "reason_values"],
    "ViewerStatus": ["reason_code"],
    "Snapshot": ["saving"],
}
ADDED_SCHEMAS = ("SaveLevel", "SavingStatus", "SecondDiskStatus")
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


def structure(value: Any) -> Any:
    """The value without its texts."""
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        return {name: structure(one) for name, one in members.items() if not (name in TEXTS and isinstance(one, str))}
    if isinstance(value, list):
        return [structure(one) for one in cast("list[Any]", value)]
    return value


def test_it_differs_from_the_earlier_one_only_in_texts_and_added_fields() -> None:
    document = structure(asyncapi_document("0.1.0"))
    for schema, fields in ADDED.items():
        for field in fields:
            del document["components"]["schemas"][schema]["properties"][field]
    for schema in ADDED_SCHEMAS:
        del document["components"]["schemas"][schema]
    assert document == json.loads(EARLIER.read_bytes())


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


def test_the_template_has_the_values_of_the_code(document: dict[str, Any]) -> None:
    live_channels = [document["channels"][name] for name in ("live", "liveOfCamera")]
    plain_channels = [document["channels"][name] for name in ("plain", "plainOfCamera")]
    for channel in live_channels:
        header = channel["bindings"]["ws"]["headers"]["properties"]["Sec-WebSocket-Protocol"]
        assert header["const"] == live.SUBPROTOCOL
        assert live.SUBPROTOCOL in channel["description"]
    for channel in (*live_channels, *plain_channels):
        query = channel["bindings"]["ws"]["query"]["properties"]
        assert query["scale"]["enum"] == ["auto", *(scale.value for scale in Scale)]
    messages = document["components"]["messages"]
    assert messages["frame"]["x-header"]["size_bytes"] == live.HEADER.size
    assert f"{live.HEADER.size} bytes" in messages["frame"]["title"]
    assert messages["frame"]["x-header"]["fields"][0]["meaning"] == str(live.VERSION)
    assert messages["statusEvent"]["contentType"] == MEDIA_TYPE
    assert f"`retry: {RECONNECT_AFTER_MS}`" in document["channels"]["events"]["description"]
    assert document["components"]["securitySchemes"]["cookie"]["name"] == FORMER_COOKIE


def test_the_header_is_the_one_that_is_sent(document: dict[str, Any]) -> None:
    fields = document["components"]["messages"]["frame"]["x-header"]["fields"]
    names = [field["name"] for field in fields]
    layout = struct.Struct(">" + "".join(CODES[field["type"]] for field in fields))
    assert layout.size == live.HEADER.size
    frame = Frame(epoch=3, sequence=2**40 + 7, captured_us=2**50 + 1, jpeg=b"\xff\xd8\xff\xd9", scale=Scale.QUARTER)
    reported = dict(zip(names, layout.unpack_from(live.encode(frame)), strict=True))
    assert reported == {
        "version": live.VERSION,
        "flags": 2,
        "reserved": 0,
        "epoch": frame.epoch,
        "sequence": frame.sequence,
        "captured_us": frame.captured_us,
    }
