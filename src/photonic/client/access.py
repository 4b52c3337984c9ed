"""Who may use a service: who the client is, one-time codes, signed links. Used as ``CameraClient.access``."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from photonic.client.problem import parsed_body
from photonic.model.access import AccessAnswer, IssuedCode, MadeLink, SignedLinkList

if TYPE_CHECKING:
    from photonic.client.ask import Ask
    from photonic.model.access import LinkRoleName, RoleName

_STREAM = "stream.mjpg"


class AccessClient:
    """Lets others in; all but ``who`` are for operators. Every method raises ``ServiceError``.

    Args:
        ask: Sends a request to a route below ``/api/v1``.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    async def who(self) -> AccessAnswer:
        """Who the client is for the service, and what it may do."""
        return parsed_body(await self._ask("GET", "/access"), AccessAnswer)

    async def issue_code(self, role: RoleName, *, typed: bool = False) -> IssuedCode:
        """Issue a code that signs one browser in, once, within five minutes.

        Args:
            role: Of the browser that uses it.
            typed: A short code that people can type; otherwise a long one for a QR code.
        """
        return parsed_body(await self._ask("POST", "/access/codes", body={"role": role, "typed": typed}), IssuedCode)

    async def make_link(
        self, scope: str, *, ends_in_seconds: float, role: LinkRoleName | None = None, streams: int | None = None
    ) -> MadeLink:
        """Make a signed link.

        Args:
            scope: ``photo:ID``, ``session:ID`` or ``live:CAMERA``.
            ends_in_seconds: How long it opens, in running seconds of the service.
            role: ``None``: viewer for a live view, guest for photos.
            streams: How many live views may be open by it together; ``None``: 50.
        """
        wanted = {"scope": scope, "ends_in_seconds": ends_in_seconds, "role": role, "streams": streams}
        body = {name: value for name, value in wanted.items() if value is not None}
        return parsed_body(await self._ask("POST", "/links", body=body), MadeLink)

    async def links(self) -> SignedLinkList:
        """All links, the oldest first, without their signatures."""
        return parsed_body(await self._ask("GET", "/links"), SignedLinkList)

    async def revoke_link(self, link_id: str) -> None:
        """End a link, and the streams that it opened."""
        await self._ask("DELETE", f"/links/{quote(link_id, safe='')}")


def addresses(link: MadeLink) -> dict[str, str]:
    """What a link opens: whole addresses, by what they show.

    ``photo``, ``thumbnail``; ``zip``, ``list``; or ``stream``, ``snapshot``, ``page``.
    """
    kind, _colon, value = link.scope.partition(":")
    whole, _question, _query = link.address.partition("?")
    base, prefix, route = whole.rpartition("/api/v1/")
    name = quote(value, safe="")
    match kind:
        case "photo":
            routes = {"photo": route, "thumbnail": f"photos/{name}/thumbnail"}
        case "session":
            routes = {"zip": route, "list": f"sessions/{name}/photos"}
        case _:
            routes = {"stream": route, "snapshot": route.replace(_STREAM, "snapshot.jpg")}
    found = {what: f"{base}{prefix}{path}?{link.query}" for what, path in routes.items()}
    if kind == "live":
        camera = "" if route.startswith("camera/") else f"camera={name}&"
        found["page"] = f"{base}/view?{camera}{link.query}"
    return found
