"""The AsyncAPI 3 document of the live sockets and the event stream: ``asyncapi.json`` with the models inserted.

The template contains the text and the constants of the document; tests compare the constants with the code.
https://www.asyncapi.com/docs/reference/specification/v3.0.0; the WebSocket binding is 0.1.0.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from photonic.model.status import Snapshot

if TYPE_CHECKING:
    from starlette.datastructures import URL

TEMPLATE = files("photonic.service.http") / "asyncapi.json"
SCHEMAS = "#/components/schemas/"


def asyncapi_document(version: str) -> dict[str, Any]:
    """The document for a service of this version."""
    document = json.loads(TEMPLATE.read_bytes())
    document["info"]["version"] = version
    snapshot = Snapshot.model_json_schema(mode="serialization", ref_template=SCHEMAS + "{model}")
    document["components"]["schemas"] = {**snapshot.pop("$defs", {}), "Snapshot": snapshot}
    return document


def at_address(document: dict[str, Any], base_url: URL) -> dict[str, Any]:
    """The document with the address at which a client reached the service, including the prefix of a proxy."""
    secure = "s" if base_url.scheme in {"https", "wss"} else ""
    place = {"host": base_url.netloc, **({"pathname": base_url.path} if base_url.path != "/" else {})}
    servers: dict[str, dict[str, Any]] = document["servers"]
    here = {name: {**each, **place, "protocol": each["protocol"] + secure} for name, each in servers.items()}
    return {**document, "servers": here}
