"""A page of another origin: a small server whose pages a test writes."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

READS_WITHIN_SECONDS = 10


class OtherSite:
    """Pages by path; ``port`` on 127.0.0.1. ``asked`` lists the heads of the requests.

    ``asks_for_password``: it answers 401 to whoever sends no password.
    """

    def __init__(self) -> None:
        self.pages: dict[str, str] = {}
        self.headers: dict[str, str] = {}
        self.asked: list[str] = []
        self.asks_for_password = False
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request."""
        try:
            async with asyncio.timeout(READS_WITHIN_SECONDS):
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                self.asked.append(head)
                page = self.pages.get(head.split(" ")[1].partition("?")[0])
                body = (page or "").encode()
                headers = dict(self.headers)
                status = 200 if page is not None else 404
                if self.asks_for_password and "\r\nauthorization: " not in head.lower():
                    status, headers["WWW-Authenticate"] = 401, 'Basic realm="elsewhere"'
                more = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
                writer.write(
                    f"HTTP/1.1 {status} X\r\nContent-Type: text/html; charset=utf-8\r\n"
                    f"Content-Length: {len(body)}\r\nConnection: close\r\n{more}\r\n".encode()
                )
                writer.write(body)
                await writer.drain()
        except (OSError, EOFError, TimeoutError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def other_site(host: str = "127.0.0.1", port: int = 0) -> AsyncGenerator[OtherSite]:
    """The server, as long as the context lasts."""
    site = OtherSite()
    server = await asyncio.start_server(site.serve, host, port)
    site.port = server.sockets[0].getsockname()[1]
    try:
        yield site
    finally:
        server.close()
        await server.wait_closed()
