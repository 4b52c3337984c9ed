"""The drain, as orders to its process: so many viewers, so many seconds."""

from __future__ import annotations

import json
import select
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from bench.machine import pin
from bench.viewers.drain.viewer import Transport
from bench.viewers.servers import HOST
from photonic.errors import PhotonicError

if TYPE_CHECKING:
    from collections.abc import Generator

    from bench.machine import Cores
    from bench.viewers.drain.tally import Tally
    from bench.viewers.servers import Server

PATHS = {
    Transport.WEBSOCKET: "/api/v1/camera/liveview/stream",
    Transport.MJPEG: "/api/v1/camera/liveview/stream.mjpg",
}
SLOW_BYTES_A_SECOND = 10_000
ENDS_WITHIN_SECONDS = 10.0
ANSWERS_WITHIN_SECONDS = 45.0


class Viewers:
    """A process full of viewers of one server."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._seconds = 0.0

    def tell(self, order: dict[str, Any]) -> None:
        """Give an order; its answer is to be read before the next one."""
        if self._process.stdin is not None:
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()

    def answer(self) -> Any:
        """The answer to the last order. Raises ``PhotonicError`` when it could not be carried out."""
        line = ""
        if self._process.stdout is not None:
            readable, _, _ = select.select([self._process.stdout], [], [], self._seconds + ANSWERS_WITHIN_SECONDS)
            if not readable:
                raise PhotonicError("the viewers' process does not answer")
            line = self._process.stdout.readline()
        self._seconds = 0.0
        answer: dict[str, Any] = json.loads(line) if line else {"error": "the viewers' process has ended"}
        if "error" in answer:
            raise PhotonicError(f"viewers: {answer['error']}")
        return answer

    def join(self, good: int, slow: int) -> None:
        """Connect; back when every good one has had a frame."""
        self.tell({"good": good, "slow": slow})
        self.answer()

    def begin(self, seconds: float, *, arrivals: bool = False) -> None:
        """Count for so long; ``tally`` has what came."""
        self._seconds = float(seconds)
        self.tell({"seconds": self._seconds, "arrivals": arrivals})

    def tally(self) -> Tally:
        """What came in the time that ``begin`` named."""
        return cast("Tally", self.answer())


@contextmanager
def viewers(
    server: Server, transport: Transport, cores: Cores, *, good: int, slow: int = 0, size_bytes: int = 0
) -> Generator[Viewers]:
    """So many viewers, joined, until the context ends. Over TLS, frames are counted by ``size_bytes``."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.viewers.drain"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        pin(process.pid, cores.others)
        told = Viewers(process)
        told.tell(
            {
                "host": HOST,
                "port": server.port,
                "path": PATHS[transport],
                "transport": transport.value,
                "token": server.token,
                "slow_bytes_a_second": SLOW_BYTES_A_SECOND,
                "tls_frame_bytes": size_bytes if server.kind.tls else 0,
            }
        )
        told.join(good, slow)
        yield told
    finally:
        try:
            process.communicate(timeout=ENDS_WITHIN_SECONDS)
        except (subprocess.TimeoutExpired, BrokenPipeError):
            process.kill()
            process.communicate()
