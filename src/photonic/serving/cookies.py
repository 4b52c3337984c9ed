"""The cookies of a browser that is signed in: its session, and its mark as a device that succeeded before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.access.control import SESSION_SECONDS
from photonic.serving.callers import below_root

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection
    from starlette.responses import Response

    from photonic.access.outcome import SignedIn
    from photonic.access.policy import AccessPolicy

DEVICE_SECONDS = 365 * 86_400


def set_session(response: Response, policy: AccessPolicy, signed_in: SignedIn, request: HTTPConnection) -> None:
    """Give the browser its cookies, which outlast the browser; the service ends a session by its own clock."""
    path, secure = _path(request), _is_secure(request)
    response.set_cookie(
        policy.session_cookie(secure=secure),
        signed_in.cookie,
        max_age=round(SESSION_SECONDS),
        path=path,
        secure=secure,
        httponly=True,
        samesite="lax",
    )
    if signed_in.device_cookie is not None:
        response.set_cookie(
            policy.device_cookie(secure=secure),
            signed_in.device_cookie,
            max_age=DEVICE_SECONDS,
            path=path,
            secure=secure,
            httponly=True,
            samesite="strict",
        )


def clear_session(response: Response, policy: AccessPolicy, request: HTTPConnection) -> None:
    """Take the session's cookie back; the device stays known."""
    secure = _is_secure(request)
    response.delete_cookie(
        policy.session_cookie(secure=secure), path=_path(request), secure=secure, httponly=True, samesite="lax"
    )


def _path(request: HTTPConnection) -> str:
    return below_root(request.scope, "/")


def _is_secure(request: HTTPConnection) -> bool:
    return request.scope.get("scheme") in {"https", "wss"}
