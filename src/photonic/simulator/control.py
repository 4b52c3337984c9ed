"""A hand on the simulated camera: press its button, drain its battery, have it misbehave, read its diary.

JSON lines over TCP on the loopback: ``{"do": "press"}`` and so on; each line is answered by one, ``{"ok": true, ...}``
or ``{"ok": false, "error": "..."}``.
"""

from __future__ import annotations

import asyncio
import json
import socket
import time
from typing import TYPE_CHECKING, Any, Self

from photonic.errors import BadInput, ServiceError
from photonic.simulator.body import Busy, Full
from photonic.simulator.faults import Fault, FaultName

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from photonic.simulator.body import Body
    from photonic.simulator.journal import Journal
    from photonic.simulator.server import CameraServer

LONGEST_LINE = 64 * 1024
ANSWER_SECONDS = 5.0


class ControlServer:
    """Takes orders while it is entered; ``port`` 0 takes any free one."""

    def __init__(self, camera: CameraServer, body: Body, journal: Journal, *, port: int) -> None:
        self._camera = camera
        self._body = body
        self._journal = journal
        self._server: asyncio.Server | None = None
        self._orders: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "press": self._press,
            "battery": self._battery,
            "fault": self._fault,
            "clear": self._clear,
            "state": self._state,
            "journal": self._read_journal,
        }
        self.port = port

    async def __aenter__(self) -> Self:
        """Raises ``BadInput`` when the port cannot be had."""
        try:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, limit=LONGEST_LINE)
        except OSError as error:
            raise BadInput(f"cannot listen on port {self.port} ({error.strerror})", field="control-port") from error
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                writer.write(json.dumps(self._obey(line)).encode() + b"\n")
                await writer.drain()
        except (OSError, ValueError) as error:
            self._journal.write(time.monotonic(), "control_lost", error=str(error))
        finally:
            writer.close()

    def _obey(self, line: bytes) -> dict[str, Any]:
        try:
            order: Any = json.loads(line)
            if not isinstance(order, dict) or order.get("do") not in self._orders:  # pyright: ignore[reportUnknownMemberType]
                return {"ok": False, "error": f"do is one of {', '.join(self._orders)}"}
            return {"ok": True, **self._orders[order["do"]](order)}  # pyright: ignore[reportUnknownArgumentType]
        except json.JSONDecodeError as error:
            return {"ok": False, "error": f"not JSON: {error}"}
        except (BadInput, KeyError, TypeError, ValueError) as error:
            return {"ok": False, "error": str(error)}
        except Busy:
            return {"ok": False, "error": "the camera is busy with a shot"}
        except Full:
            return {"ok": False, "error": "there is no room for a photo"}

    def _press(self, _order: dict[str, Any]) -> dict[str, Any]:
        self._camera.press()
        return {}

    def _battery(self, order: dict[str, Any]) -> dict[str, Any]:
        self._camera.charge(float(order["percent"]))
        return {}

    def _fault(self, order: dict[str, Any]) -> dict[str, Any]:
        fault = Fault.build(order["name"], order.get("start", "now"), order.get("number", 1), order.get("seconds"))
        self._camera.arm(fault)
        return {}

    def _clear(self, order: dict[str, Any]) -> dict[str, Any]:
        name = order.get("name")
        self._camera.clear(None if name is None else FaultName(name))
        return {}

    def _state(self, _order: dict[str, Any]) -> dict[str, Any]:
        now = time.monotonic()
        exposure = self._body.dials.exposure
        return {
            "iso": exposure.iso,
            "f_number": exposure.f_number,
            "shutter_seconds": exposure.seconds,
            "properties": {f"{code:#06x}": str(known.value) for code, known in self._body.dials.properties.items()},
            "available_shots": self._body.available_shots,
            "battery_percent": self._body.battery_percent,
            "viewfinder": self._body.viewfinder.on,
            "frames": self._body.viewfinder.counter,
            "faults": self._body.faults.names(now),
            "asleep": self._body.asleep(now),
        }

    def _read_journal(self, order: dict[str, Any]) -> dict[str, Any]:
        return {"entries": self._journal.since(int(order.get("since", 0)))}


class Control:
    """The other end, for tests and scripts; blocks. Each call raises ``BadInput`` where the camera says no, and
    ``ServiceError`` where it does not answer."""

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)

    def press(self) -> None:
        """Press the shutter button on the body."""
        self._ask({"do": "press"})

    def battery(self, percent: float) -> None:
        """Set the battery's charge."""
        self._ask({"do": "battery", "percent": percent})

    def fault(self, name: str, *, start: str = "now", number: int = 1, seconds: float | None = None) -> None:
        """Have the camera misbehave; see ``simulator.faults``."""
        self._ask({"do": "fault", "name": name, "start": start, "number": number, "seconds": seconds})

    def clear(self, name: str | None = None) -> None:
        """End a fault, or all."""
        self._ask({"do": "clear", "name": name})

    def state(self) -> dict[str, Any]:
        """What the body is set to and doing."""
        return self._ask({"do": "state"})

    def journal(self, since: int = 0) -> list[dict[str, Any]]:
        """The camera's diary, after entry ``since``."""
        return self._ask({"do": "journal", "since": since})["entries"]

    def _ask(self, order: dict[str, Any]) -> dict[str, Any]:
        try:
            with socket.create_connection(self._address, ANSWER_SECONDS) as connection:
                connection.sendall(json.dumps(order).encode() + b"\n")
                with connection.makefile("rb") as lines:
                    answer: dict[str, Any] = json.loads(lines.readline() or b'{"ok": false, "error": "no answer"}')
        except OSError as error:
            raise ServiceError(f"the simulated camera's control does not answer: {error}") from error
        if not answer.pop("ok"):
            raise BadInput(answer["error"])
        return answer
