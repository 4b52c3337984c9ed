"""Remote control of a simulated device: inject faults, pull its cable, read its journal.

The protocol is JSON lines over TCP on the loopback. Each request, such as ``{"do": "unplug"}``, gets one line in reply:
``{"ok": true, ...}`` or ``{"ok": false, "error": "..."}``.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any, Protocol, Self

from photonic.errors import BadInput
from photonic.simulator.fault_syntax import read_fault, read_name
from photonic.simulator.faults import Fault, FaultName
from photonic.simulator.refusals import Refused
from photonic.simulator.script import FaultTarget, read_script

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from photonic.simulator.journal import Journal

LONGEST_LINE = 64 * 1024


class Controlled(FaultTarget, Protocol):
    """What every simulated device lets be done to it."""

    def clear(self, name: FaultName | None) -> None:
        """End a fault; ``None``: every fault."""
        ...


class DeviceControl:
    """Serves the control requests of any device inside its ``async with`` block; ``port`` 0 picks any free one.

    Args:
        device: What faults happen to.
        journal: The device's journal.
        port: The port.
        state: Describes the device, for ``state``.
        started_at: When it was started, in seconds of CLOCK_MONOTONIC.
    """

    def __init__(
        self,
        device: Controlled,
        journal: Journal,
        *,
        port: int,
        state: Callable[[], dict[str, Any]],
        started_at: float,
    ) -> None:
        self._device = device
        self._journal = journal
        self._state = state
        self._started_at = started_at
        self._server: asyncio.Server | None = None
        self._requests: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "fault": self._fault,
            "clear": self._clear,
            "script": self._script,
            "unplug": self._unplug,
            "plug": self._plug,
            "state": lambda _request: self._state(),
            "journal": self._read_journal,
        }
        self.port = port

    async def __aenter__(self) -> Self:
        """Raises ``BadInput`` when the port is in use or not permitted."""
        try:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, limit=LONGEST_LINE)
        except OSError as error:
            raise BadInput(
                f"cannot listen on port {self.port} ({error.strerror}); choose another with --control-port",
                field="control-port",
            ) from error
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
                writer.write(json.dumps(self._answer(line)).encode() + b"\n")
                await writer.drain()
        except (OSError, ValueError) as error:
            self._journal.write(time.monotonic(), "control_lost", error=str(error))
        finally:
            writer.close()

    def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            request: Any = json.loads(line)
            if not isinstance(request, dict) or request.get("do") not in self._requests:  # pyright: ignore[reportUnknownMemberType]
                return {"ok": False, "error": f"unknown request. Known values of do: {', '.join(self._requests)}"}
            return {"ok": True, **self._requests[request["do"]](request)}  # pyright: ignore[reportUnknownArgumentType]
        except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
            return {"ok": False, "error": f"not valid JSON: {error}"}
        except (BadInput, Refused, KeyError, TypeError, ValueError, OverflowError) as error:
            return {"ok": False, "error": str(error)}

    def _fault(self, request: dict[str, Any]) -> dict[str, Any]:
        self._device.arm(read_fault({key: value for key, value in request.items() if key != "do"}))
        return {}

    def _clear(self, request: dict[str, Any]) -> dict[str, Any]:
        self._device.clear(None if request.get("name") is None else read_name(request))
        return {}

    def _script(self, request: dict[str, Any]) -> dict[str, Any]:
        text = request.get("toml")
        if not isinstance(text, str):
            raise BadInput(f"toml: must be a string, not {text!r}", field="toml")
        script = read_script(text, str(request.get("name", "script")))
        script.load(self._device, time.monotonic() - self._started_at)
        return {"faults": len(script.faults), "mix": script.mix is not None}

    def _unplug(self, _request: dict[str, Any]) -> dict[str, Any]:
        self._switch(FaultName.UNPLUG, on=True)
        return {}

    def _plug(self, _request: dict[str, Any]) -> dict[str, Any]:
        self._switch(FaultName.UNPLUG, on=False)
        return {}

    def _switch(self, name: FaultName, *, on: bool) -> None:
        if on:
            self._device.arm(Fault(name))
        else:
            self._device.clear(name)

    def _read_journal(self, request: dict[str, Any]) -> dict[str, Any]:
        return {"entries": self._journal.since(int(request.get("since", 0)))}
