"""A browser that is signed in, without a visit to the sign-in page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from photonic.access.caller import Caller
from photonic.access.outcome import SignedIn

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext
    from tests.support.scenic import ScenicService


async def sign_in(context: BrowserContext, service: ScenicService, token: str, host: str) -> None:
    """Give the browser the cookie that the service gives whoever signs in with ``token`` at ``host``."""
    signed_in = service.access.sign_in(token, Caller("POST", "/sign-in", client="127.0.0.1"))
    assert isinstance(signed_in, SignedIn)
    name = service.access.policy.session_cookie(secure=False)
    cookie: Any = {"name": name, "value": signed_in.cookie, "domain": host, "path": "/", "sameSite": "Lax"}
    await context.add_cookies([cookie])
