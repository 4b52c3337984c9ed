"""Has the service check its stored photos. Used as ``CameraClient.verification``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.model.verification import VerificationRequest, VerificationStatus

if TYPE_CHECKING:
    from photonic.client.ask import Ask

ROUTE = "/verification"


class VerificationClient:
    """The checks of one camera's photos; ``ask`` sends a request to a route of the camera.

    Every method raises ``ServiceError``.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    async def status(self) -> VerificationStatus:
        """The check in progress, and the last one."""
        return VerificationStatus.model_validate_json(await self._ask("GET", ROUTE))

    async def request(self, *, repair: bool = False, adopt: bool = False) -> VerificationStatus:
        """Begin a check. ``repair``: of what is damaged; ``adopt``: list photos that no record mentions."""
        wanted = VerificationRequest(repair=repair, adopt=adopt)
        return VerificationStatus.model_validate_json(await self._ask("POST", ROUTE, body=wanted.model_dump()))
