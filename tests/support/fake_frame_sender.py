"""A frame sender that keeps what it is given, and is busy when a test says so."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from photonic.protocol.envelopes import bare

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable


class FakeFrameSender:
    """``holds``: bytes of an earlier message have not left; ``untaken``: how many.

    ``holds_after_send``: what is sent does not leave by itself.
    ``is_behind``: the kernel has taken it, and not sent it.
    """

    def __init__(self) -> None:
        self._on_free: Callable[[], None] | None = None
        self.picture = bare
        self.text = bare
        self.holds = self.holds_after_send = False
        self.untaken: int | None = None
        self.is_behind = False
        self.sent: list[tuple[str, bytes]] = []

    @property
    def busy(self) -> bool:
        return self.holds or self._on_free is None

    @property
    def pictures(self) -> list[bytes]:
        return [ready for what, ready in self.sent if what == "picture"]

    def send_picture(self, ready: bytes) -> None:
        self._send("picture", ready)

    def send_text(self, ready: bytes) -> None:
        self._send("words", ready)

    def untaken_bytes(self) -> int | None:
        return self.untaken

    def behind(self) -> bool:
        return self.is_behind

    def catch_up(self) -> None:
        """The kernel has sent what it was given."""
        self.is_behind = False
        if self._on_free is not None:
            self._on_free()

    @asynccontextmanager
    async def opened(self, *, on_busy: Callable[[], None], on_free: Callable[[], None]) -> AsyncGenerator[None]:
        self._on_busy, self._on_free = on_busy, on_free
        try:
            yield
        finally:
            self._on_free = None

    def hold(self) -> None:
        """What is sent does not leave."""
        self.holds = True
        self._on_busy()

    def free(self) -> None:
        """What was held has left."""
        self.holds = False
        if self._on_free is not None:
            self._on_free()

    def _send(self, what: str, ready: bytes) -> None:
        assert not self.busy
        self.sent.append((what, ready))
        if self.holds_after_send:
            self.hold()
