"""A thousand addresses against a service, as a process of its own: ``python -m tests.support.attackers``.

It guesses tokens and PINs, tries links that are no good, and holds connections that say nothing or not enough. It says
``ready`` when the connections are held, ends when its standard input does, and then prints the answers it counted.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import resource
import sys
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

ADDRESSES = 1000
SILENT, SLOW = 500, 1000
TRIES = 15_300
"""A third each: tokens, PINs, links."""
AT_ONCE = 40
EVERY_SECONDS = 0.0015
"""Between two tries: all of them last 23 seconds or more."""
AGAIN_SECONDS = 5.0
ANSWERED_WITHIN_SECONDS = 20.0
NICENESS = 10
"""What is measured is the service, not who gets the processor."""


def addresses() -> Iterator[str]:
    """Over and over."""
    return itertools.cycle(f"127.77.{number // 250}.{number % 250 + 1}" for number in range(ADDRESSES))


def tries(host: str, links: list[str]) -> Iterator[tuple[str, bytes]]:
    """What is tried in turn, each with its name."""

    def request(line: str, *more: str, body: str = "") -> bytes:
        lines = [f"{line} HTTP/1.1", f"Host: {host}", *more, "", body]
        return "\r\n".join(lines).encode()

    for number in itertools.count():
        yield "token", request("GET /api/v1/diagnosis/log", f"Authorization: Bearer wrong-token-{number:012}")
        body = json.dumps({"pin": f"{number % 10**8:08}"})
        sent = ("Content-Type: application/json", f"Content-Length: {len(body)}", "Connection: close")
        yield "pin", request("POST /api/v1/operator", *sent, body=body)
        link = links[number % len(links)]
        yield "link", request(f"GET /api/v1/photos/nothing?signature={link}", "Connection: close")


class Attack:
    """Counts the answers by what was tried."""

    def __init__(self, host: str, port: int, links: list[str]) -> None:
        self._host = host
        self._port = port
        self._from = addresses()
        self._tries = tries(f"{host}:{port}", links)
        self.answers: Counter[str] = Counter()

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(self._host, self._port, local_addr=(next(self._from), 0))

    async def guess(self, left: Iterator[int]) -> None:
        """Try, each time on a connection of its own, until nothing is left."""
        for _ in left:
            name, data = next(self._tries)
            try:
                async with asyncio.timeout(ANSWERED_WITHIN_SECONDS):
                    reader, writer = await self.connect()
                    writer.write(data)
                    status = (await reader.readline()).split()
                    writer.transport.abort()
                self.answers[f"{name} {status[1].decode() if len(status) > 1 else 'nothing'}"] += 1
            except (OSError, TimeoutError) as error:
                self.answers[f"{name} {type(error).__name__}"] += 1
            await asyncio.sleep(EVERY_SECONDS * AT_ONCE)

    async def hold(self, talk: Callable[[asyncio.StreamWriter], Awaitable[None]]) -> None:
        """Hold a connection for ever; a new one each time that the service closes it."""
        while True:
            with contextlib.suppress(OSError):
                reader, writer = await self.connect()
                talking = asyncio.ensure_future(talk(writer))
                try:
                    await reader.read()
                    self.answers["held connection closed"] += 1
                finally:
                    talking.cancel()
                    writer.transport.abort()
            await asyncio.sleep(AGAIN_SECONDS)


async def silent(_writer: asyncio.StreamWriter) -> None:
    """Say nothing."""


async def slow(writer: asyncio.StreamWriter) -> None:
    """Say a letter of the head now and then."""
    for letter in itertools.cycle("GET / HTTP/1.1\r\nX-Slow: aaaaaaaaaaaaaaaaaaaaaaaaa"):
        writer.write(letter.encode())
        await asyncio.sleep(2.0)


async def attack(host: str, port: int, links: list[str]) -> Counter[str]:
    """All of it, until standard input ends, and until all has been tried."""
    everything = Attack(host, port, links)
    async with asyncio.TaskGroup() as tasks:
        held = [
            tasks.create_task(everything.hold(talk))
            for talk in (*itertools.repeat(silent, SILENT), *itertools.repeat(slow, SLOW))
        ]
        say("ready")
        left = iter(range(TRIES))
        await asyncio.gather(*(everything.guess(left) for _ in range(AT_ONCE)))
        say("tried")
        await asyncio.to_thread(sys.stdin.read)
        for one in held:
            one.cancel()
    return everything.answers


def say(line: str) -> None:
    """Print a line now."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """HOST PORT LINK..."""
    os.nice(NICENESS)
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    host, port, *links = sys.argv[1:]
    say(json.dumps(asyncio.run(attack(host, int(port), links))))


if __name__ == "__main__":
    main()
