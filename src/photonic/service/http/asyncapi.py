"""The AsyncAPI 3 document of the live sockets and the event stream: ``asyncapi.json`` with the models inserted.

The template contains the text and the constants of the document; tests compare the constants with the code.
https://www.asyncapi.com/docs/reference/specification/v3.0.0; the WebSocket binding is 0.1.0.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from photonic.model.status import Snapshot

TEMPLATE = files("photonic.service.http") / "asyncapi.json"
SCHEMAS = "#/components/schemas/"


def asyncapi_document(version: str) -> dict[str, Any]:
    """The document for a service of this version."""
    document = json.loads(TEMPLATE.read_bytes())
    document["info"]["version"] = version
    snapshot = Snapshot.model_json_schema(mode="serialization", ref_template=SCHEMAS + "{model}")
    document["components"]["schemas"] = {**snapshot.pop("$defs", {}), "Snapshot": snapshot}
    return document
