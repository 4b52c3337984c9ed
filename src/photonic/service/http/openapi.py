"""The OpenAPI document: what FastAPI derives from the routes, with the ways in and with every status that is sent.

Most refusals come before a route: from the connection, the gate, the limits. A route cannot list them, so they are
added here, from what each route needs and accepts.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from photonic.access.permission import Permission
from photonic.serving.problems import MEDIA_TYPE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from photonic.serving.route_permissions import Declared, PermittedRoute

PROBLEM = "Problem"
_PROBLEM_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "description": "RFC 9457; some types have further members",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "description": "urn:photonic:problem: and a name"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "what is wrong, why, and what to do"},
    },
}
_OF_ALL = {
    400: "Not a valid request, or not for this host",
    403: "A page of another site, or a role that is too small",
    422: "Invalid; nothing was changed",
    429: "Too many open requests of this sender; see Retry-After",
    431: "The head of the request is too large",
    500: "An error of the service, which is in its log",
    503: "Too many connections, or not available at the moment",
}
_UNAUTHORIZED = {401: "No right: sign in, or send a token"}
_OF_BODIES = {408: "The body did not arrive in time", 413: "The body is too large"}
_OF_CAMERAS = {
    404: "Unknown",
    409: "Not possible at the moment",
    501: "This camera does not support it",
    502: "The camera failed",
    504: "Not done before the deadline",
    507: "No space for the photo",
}
_NOT_FOUND = {404: "Unknown"}
_OTHER: Mapping[tuple[str, str], Mapping[int, str]] = {
    ("post", "/capture"): {
        202: "Accepted or exposed, with answer_at or Prefer: respond-async",
        406: "Only image/jpeg is accepted, and there will be no JPEG",
    },
    ("post", "/sequences"): {200: "The idempotency key has started it before"},
    ("get", "/photos/{photo_id}"): {206: "A part", 304: "Not modified", 416: "No such part"},
    ("get", "/photos/{photo_id}/thumbnail"): {304: "Not modified", 507: "The photo root cannot be read"},
    ("delete", "/photos/{photo_id}"): {409: "Not possible at the moment", 507: "The disk refuses"},
    ("post", "/photos/{photo_id}/restore"): {409: "Not possible at the moment", 507: "The disk refuses"},
    ("delete", "/captures/{capture_id}"): {409: "It has ended, or cannot be stopped any more"},
}
"""Statuses of single routes, by method and end of the path."""


def with_access(document: Mapping[str, Any], table: Iterable[PermittedRoute], session_cookie: str) -> dict[str, Any]:
    """The document with security schemes, the ways into each operation, and every status.

    Args:
        document: What FastAPI has derived; it is not changed.
        table: What each route needs.
        session_cookie: The name of the cookie of a browser session.
    """
    whole: dict[str, Any] = copy.deepcopy(dict(document))
    components = whole.setdefault("components", {})
    components["securitySchemes"] = _schemes(session_cookie)
    components.setdefault("schemas", {})[PROBLEM] = dict(_PROBLEM_SCHEMA)
    needed = {(method, row.path): row.declared for row in table for method in row.methods or ()}
    for path, operations in whole["paths"].items():
        for method, operation in operations.items():
            declared = needed[method.upper(), path]
            operation["security"] = _security(declared)
            for status, description in _statuses(method, path, operation, declared).items():
                operation["responses"].setdefault(str(status), _response(status, description))
            invalid = operation["responses"].get("422")
            if invalid is not None:  # FastAPI documents its own form, which is never sent
                operation["responses"]["422"] = _response(422, _OF_ALL[422])
    return whole


def _schemes(session_cookie: str) -> dict[str, Any]:
    return {
        "bearer": {"type": "http", "scheme": "bearer", "description": "a token"},
        "basic": {"type": "http", "scheme": "basic", "description": "a token as password; any user name"},
        "session": {"type": "apiKey", "in": "cookie", "name": session_cookie, "description": "from the sign-in page"},
        "link": {"type": "apiKey", "in": "query", "name": "signature", "description": "a signed link"},
    }


def _security(declared: Declared) -> list[dict[str, list[str]]]:
    """The ways in, any of which is enough; the empty one: without any, also on loopback where that is trusted."""
    if declared.permission is Permission.OPEN:
        return []
    names = ["bearer", "basic", "session", *(["link"] if declared.links else [])]
    return [{name: []} for name in names]


def _statuses(method: str, path: str, operation: Mapping[str, Any], declared: Declared) -> dict[int, str]:
    found = dict(_OF_ALL)
    if declared.permission is not Permission.OPEN:
        found |= _UNAUTHORIZED
    if method in {"post", "put", "patch", "delete"} or "requestBody" in operation:
        found |= _OF_BODIES
    if "/camera" in path:
        found |= _OF_CAMERAS
    if "{" in path or any(parameter["name"] == "camera" for parameter in operation.get("parameters", ())):
        found |= _NOT_FOUND
    for (other, end), statuses in _OTHER.items():
        if method == other and path.endswith(end):
            found |= statuses
    return found


def _response(status: int, description: str) -> dict[str, Any]:
    if status < 400:
        return {"description": description}
    return {
        "description": description,
        "content": {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{PROBLEM}"}}},
    }
