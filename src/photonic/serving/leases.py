"""Ends streams whose right has ended: a stream outlives the request that was allowed to start it.

Each stream holds a lease for as long as it runs. ``check``, called every second, asks access control again for every
lease, so that whatever ends a right (a token removed, a session ended, a link revoked, a time over) ends its streams.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.access.permission import Permission
from photonic.errors import EndOfStream
from photonic.serving.shutdown_scope import ShutdownScope

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from photonic.access.control import AccessControl
    from photonic.access.principal import Principal
    from photonic.access.usage import Held
    from photonic.serving.shares import ShareRefused, Shares

CHECK_EVERY_SECONDS = 1.0


class AccessEnded(EndOfStream):
    """The viewer's right to the stream has ended."""


@dataclass(frozen=True, slots=True)
class StreamLease:
    """What bounds one stream: the end of the service, and the end of the viewer's right.

    Args:
        leases: The rights of all running streams.
        service: Ends every stream when the service stops.
        principal: The viewer.
        shares: Limits the streams of each principal, and of all viewers.
        permission: What the stream's route needs.
    """

    leases: Leases
    service: ShutdownScope
    principal: Principal
    shares: Shares
    permission: Permission = Permission.WATCH

    def hold(self, *, views: bool) -> Held | ShareRefused:
        """Hold the stream, before it begins; see ``Shares.stream``."""
        return self.shares.stream(self.principal, views=views)

    @asynccontextmanager
    async def bound(self) -> AsyncGenerator[None]:
        """Cancel the body when the service stops or the right ends, and raise ``EndOfStream``."""
        async with self.service.bound(), self.right():
            yield

    @asynccontextmanager
    async def right(self) -> AsyncGenerator[None]:
        """Cancel the body when the right ends, and raise ``AccessEnded``; the end of the service does not end it."""
        async with self.leases.held(self.principal, self.permission):
            yield

    def viewer(self) -> Principal | None:
        """The viewer with the role that it has now; ``None``: its right has ended."""
        return self.leases.current(self.principal)

    @property
    def service_stops(self) -> bool:
        """Whether the service is stopping."""
        return self.service.begun


class Leases:
    """The rights of all running streams."""

    def __init__(self, control: AccessControl) -> None:
        self._control = control
        self._held: dict[ShutdownScope, tuple[Principal, Permission]] = {}

    @asynccontextmanager
    async def held(self, principal: Principal, permission: Permission) -> AsyncGenerator[None]:
        """Cancel the body when the principal loses the permission, and raise ``AccessEnded``."""
        scope = ShutdownScope(AccessEnded)
        self._held[scope] = principal, permission
        try:
            async with scope.bound():
                yield
        finally:
            del self._held[scope]

    def current(self, principal: Principal) -> Principal | None:
        """The principal as it is now; ``None``: its right has ended."""
        return self._control.current(principal)

    def check(self) -> None:
        """End every stream whose right has ended."""
        for scope, (principal, permission) in list(self._held.items()):
            now = self._control.current(principal)
            if now is None or not now.may(permission):
                scope.end(f"the access of {principal.name} has ended: sign in again")
