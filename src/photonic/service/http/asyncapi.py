"""What goes over the sockets and the event stream, as an AsyncAPI 3 document made from the models that are sent.

https://www.asyncapi.com/docs/reference/specification/v3.0.0; the WebSocket binding is 0.1.0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.model.frame import Scale
from photonic.model.status import Snapshot
from photonic.protocol.live import HEADER, SUBPROTOCOL, VERSION
from photonic.service.http.security import COOKIE
from photonic.service.http.status_feed import MEDIA_TYPE, RECONNECT_AFTER_MS

if TYPE_CHECKING:
    from pydantic import JsonValue

    Document = dict[str, JsonValue]

SCHEMAS = "#/components/schemas/"
FRAME_HEADER: tuple[tuple[str, str, str], ...] = (
    ("version", "u8", f"{VERSION}"),
    ("flags", "u8", "bits 0-1: the scale (0 full, 1 half, 2 quarter); the others are 0"),
    ("reserved", "u16", "0"),
    ("epoch", "u32", "rises with each (re)start of the camera's live view"),
    ("sequence", "u64", "the frame's number; never repeats within a run of the service"),
    ("captured_us", "u64", "capture time in microseconds, on the clock of the snapshot's now_us"),
)
"""The fields before the JPEG, in order: name, type, meaning."""

_PREFIXES = (("", "/api/v1/camera"), ("OfCamera", "/api/v1/cameras/{camera_id}"))
_CLOSE_CODES = (
    "It is closed with a code and a reason: 1000 when live view was ended on purpose, 1008 for a caller who may not "
    "(token, origin, unknown camera) or who talks too much, 1012 when the service stops, 1013 for a viewer who took "
    "nothing for ten seconds. It is not closed for a capture, nor while the camera recovers."
)


def asyncapi_document(version: str) -> Document:
    """The document for a service of this version."""
    schema = Snapshot.model_json_schema(mode="serialization", ref_template=SCHEMAS + "{model}")
    definitions: Document = schema.pop("$defs", {})
    channels: Document = {}
    operations: Document = {}
    for suffix, prefix in _PREFIXES:
        address = f"{prefix}/liveview/stream"
        channels[f"live{suffix}"] = _live_channel(address)
        channels[f"plain{suffix}"] = _plain_channel(address)
        operations[f"sendLive{suffix}"] = _sending(
            f"live{suffix}", "A snapshot first, then frames and snapshots.", "snapshot", "frame"
        )
        operations[f"sendPlain{suffix}"] = _sending(f"plain{suffix}", "Frames, and nothing else.", "picture")
    channels["events"] = _events_channel()
    operations["sendEvents"] = _sending("events", "Snapshots as server-sent events.", "statusEvent")
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "photonic",
            "version": version,
            "description": (
                "The live sockets and the event stream of a photonic service. What clients say on them is not looked "
                "at. A client must not stumble over fields or messages that are not described here: a later service "
                "may send more. The requests are described at /openapi.json."
            ),
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "sockets": {"host": "127.0.0.1:8000", "protocol": "ws", "security": _security()},
            "streams": {"host": "127.0.0.1:8000", "protocol": "http", "security": _security()},
        },
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": _messages(),
            "schemas": {**definitions, "Snapshot": schema},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "only where a token is set"},
                "cookie": {"type": "httpApiKey", "name": COOKIE, "in": "cookie", "description": "the same token"},
            },
        },
    }


def _live_channel(address: str) -> Document:
    return {
        "address": address,
        "title": "Live view with status",
        "description": (
            f"A WebSocket whose client offers the subprotocol {SUBPROTOCOL}. Each frame is the newest one: a viewer "
            f"that is still being sent one misses the next. {_CLOSE_CODES}"
        ),
        "servers": [{"$ref": "#/servers/sockets"}],
        "messages": {
            "snapshot": {"$ref": "#/components/messages/snapshot"},
            "frame": {"$ref": "#/components/messages/frame"},
        },
        "bindings": {
            "ws": {
                "method": "GET",
                "query": _query(),
                "headers": {
                    "type": "object",
                    "required": ["Sec-WebSocket-Protocol"],
                    "properties": {"Sec-WebSocket-Protocol": {"type": "string", "const": SUBPROTOCOL}},
                },
                "bindingVersion": "0.1.0",
            }
        },
        **_parameters(address),
    }


def _plain_channel(address: str) -> Document:
    return {
        "address": address,
        "title": "Live view for existing clients",
        "description": (
            f"The same WebSocket without the subprotocol: each message is one whole JPEG, and no text is ever sent. "
            f"{_CLOSE_CODES}"
        ),
        "servers": [{"$ref": "#/servers/sockets"}],
        "messages": {"picture": {"$ref": "#/components/messages/picture"}},
        "bindings": {"ws": {"method": "GET", "query": _query(), "bindingVersion": "0.1.0"}},
        **_parameters(address),
    }


def _events_channel() -> Document:
    return {
        "address": "/api/v1/events",
        "title": "Status as server-sent events",
        "description": (
            "The snapshot now, on every change, and at least every second; `?camera=` names a camera, the default one "
            f"without it. The first line of the stream is `retry: {RECONNECT_AFTER_MS}`."
        ),
        "servers": [{"$ref": "#/servers/streams"}],
        "messages": {"statusEvent": {"$ref": "#/components/messages/statusEvent"}},
    }


def _messages() -> Document:
    return {
        "snapshot": {
            "name": "snapshot",
            "title": "The whole status of the camera, as text",
            "summary": "The first message, on every change, and at least every second.",
            "contentType": "application/json",
            "payload": {"$ref": f"{SCHEMAS}Snapshot"},
        },
        "frame": {
            "name": "frame",
            "title": f"One frame: a header of {HEADER.size} bytes, big-endian, then the JPEG",
            "contentType": "application/octet-stream",
            "payload": {"type": "string", "format": "binary"},
            "x-header": {
                "byte_order": "big-endian",
                "size_bytes": HEADER.size,
                "fields": [{"name": name, "type": kind, "meaning": meaning} for name, kind, meaning in FRAME_HEADER],
            },
        },
        "picture": {
            "name": "picture",
            "title": "One frame: one whole JPEG",
            "contentType": "image/jpeg",
            "payload": {"type": "string", "format": "binary"},
        },
        "statusEvent": {
            "name": "status",
            "title": "A server-sent event with the whole status of the camera as its data",
            "contentType": MEDIA_TYPE,
            "headers": {
                "type": "object",
                "required": ["event", "id"],
                "properties": {
                    "event": {"type": "string", "const": "status"},
                    "id": {"type": "string", "pattern": "^.+:[0-9]+$", "description": "boot_id and rev"},
                },
            },
            "payload": {"$ref": f"{SCHEMAS}Snapshot"},
        },
    }


def _sending(channel: str, summary: str, *messages: str) -> Document:
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": summary,
        "messages": [{"$ref": f"#/channels/{channel}/messages/{message}"} for message in messages],
    }


def _query() -> Document:
    scales: list[JsonValue] = ["auto", *(scale.value for scale in Scale)]
    return {
        "type": "object",
        "properties": {
            "max_fps": {"type": "number", "exclusiveMinimum": 0, "description": "so many frames a second at the most"},
            "scale": {"type": "string", "enum": scales, "description": "of the frames; auto: what the link carries"},
        },
    }


def _parameters(address: str) -> Document:
    if "{camera_id}" not in address:
        return {}
    return {"parameters": {"camera_id": {"description": "the camera's configured name, or its serial number"}}}


def _security() -> list[JsonValue]:
    return [{"$ref": "#/components/securitySchemes/bearer"}, {"$ref": "#/components/securitySchemes/cookie"}]
