"""Remote control of the simulated camera: press its button, drain its battery, inject faults, read its journal.

The protocol is JSON lines over TCP on the loopback. Each request, such as ``{"do": "press"}``, gets one line in reply:
``{"ok": true, ...}`` or ``{"ok": false, "error": "..."}``.
"""

from __future__ import annotations

import asyncio
import json
import socket
import time
from typing import TYPE_CHECKING, Any, Self

from photonic.errors import BadInput, ServiceError
from photonic.simulator.fault_syntax import read_fault, read_name
from photonic.simulator.faults import Fault, FaultName, FaultStart
from photonic.simulator.refusals import Refused
from photonic.simulator.script import read_script

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

    from photonic.simulator.body import Body
    from photonic.simulator.controlled import ControlledBody
    from photonic.simulator.journal import Journal

LONGEST_LINE = 64 * 1024
ANSWER_SECONDS = 5.0


class ControlServer:
    """Serves control requests inside its ``async with`` block; ``port`` 0 picks any free one."""

    def __init__(self, camera: ControlledBody, body: Body, journal: Journal, *, port: int) -> None:
        self._camera = camera
        self._body = body
        self._journal = journal
        self._server: asyncio.Server | None = None
        self._requests: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "press": self._press,
            "battery": self._battery,
            "dial": self._dial,
            "fault": self._fault,
            "clear": self._clear,
            "script": self._script,
            "card": self._card,
            "unplug": self._unplug,
            "plug": self._plug,
            "state": self._state,
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

    def _press(self, _request: dict[str, Any]) -> dict[str, Any]:
        self._camera.press()
        return {}

    def _battery(self, request: dict[str, Any]) -> dict[str, Any]:
        self._camera.charge(float(request["percent"]))
        return {}

    def _dial(self, request: dict[str, Any]) -> dict[str, Any]:
        code, dials = int(request["property"]), self._body.dials
        dials.turn(code, dials.read(code, int(request["value"]).to_bytes(4, "little")))
        return {}

    def _fault(self, request: dict[str, Any]) -> dict[str, Any]:
        self._camera.arm(read_fault({key: value for key, value in request.items() if key != "do"}))
        return {}

    def _clear(self, request: dict[str, Any]) -> dict[str, Any]:
        self._camera.clear(None if request.get("name") is None else read_name(request))
        return {}

    def _script(self, request: dict[str, Any]) -> dict[str, Any]:
        text = request.get("toml")
        if not isinstance(text, str):
            raise BadInput(f"toml: must be a string, not {text!r}", field="toml")
        script = read_script(text, str(request.get("name", "script")))
        script.load(self._camera, time.monotonic() - self._body.faults.started_at)
        return {"faults": len(script.faults), "mix": script.mix is not None}

    def _card(self, request: dict[str, Any]) -> dict[str, Any]:
        for key, name, on in (
            ("inside", FaultName.CARD_MISSING, False),
            ("locked", FaultName.CARD_READ_ONLY, True),
        ):
            if request.get(key) is None:
                continue
            if not isinstance(request[key], bool):
                raise BadInput(f"{key}: must be true or false, not {request[key]!r}", field=key)
            self._switch(name, on=request[key] is on)
        return {}

    def _unplug(self, _request: dict[str, Any]) -> dict[str, Any]:
        self._switch(FaultName.UNPLUG, on=True)
        return {}

    def _plug(self, _request: dict[str, Any]) -> dict[str, Any]:
        self._switch(FaultName.UNPLUG, on=False)
        return {}

    def _switch(self, name: FaultName, *, on: bool) -> None:
        if on:
            self._camera.arm(Fault(name))
        else:
            self._camera.clear(name)

    def _state(self, _request: dict[str, Any]) -> dict[str, Any]:
        now = time.monotonic()
        exposure = self._body.dials.exposure
        return {
            "iso": exposure.iso,
            "f_number": exposure.f_number,
            "shutter_seconds": exposure.seconds,
            "properties": {f"{code:#06x}": str(known.value) for code, known in self._body.dials.properties.items()},
            "available_shots": self._body.room.shots,
            "battery_percent": self._body.power.battery_percent,
            "viewfinder": self._body.viewfinder.on,
            "focus": self._body.lens.position,
            "frames": self._body.viewfinder.counter,
            "faults": self._body.faults.names(now),
            "on": [fault.facts() for fault in self._body.faults.on(now)],
            "waiting": [fault.facts() for fault in self._body.faults.waiting()],
            "card": self._body.store.has_card,
            "card_locked": self._body.store.card_locked,
            "asleep": self._body.power.asleep(now),
        }

    def _read_journal(self, request: dict[str, Any]) -> dict[str, Any]:
        return {"entries": self._journal.since(int(request.get("since", 0)))}


class ControlClient:
    """A blocking client for tests and scripts.

    Each call raises ``BadInput`` if the camera refuses the request, and ``ServiceError`` if it does not answer.
    """

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)

    def press(self) -> None:
        """Press the shutter button on the body."""
        self._ask({"do": "press"})

    def battery(self, percent: float) -> None:
        """Set the battery's charge, 0 to 100 percent."""
        self._ask({"do": "battery", "percent": percent})

    def dial(self, code: int, value: int) -> None:
        """Turn a dial on the body: set the property ``code`` to one of its values."""
        self._ask({"do": "dial", "property": code, "value": value})

    def fault(
        self,
        name: str,
        *,
        start: str = "now",
        number: float = 1,
        seconds: float | None = None,
        amount: float | None = None,
        times: int | None = None,
        every: float | None = None,
    ) -> None:
        """Inject a fault.

        Args:
            name: one of ``fault_kinds.FaultName``.
            start: ``now``, ``frame`` or ``capture`` (the ``number``-th from now), or ``time``.
            number: the number of the frame or capture, or seconds after the camera's start.
            seconds: how long it lasts; ``None``: until it is cleared.
            amount: its strength; ``None``: the fault's default.
            times: how often it takes effect; ``None``: the fault's default.
            every: repeats after this many frames, captures or seconds; ``None``: it does not repeat.
        """
        begins = {} if start == FaultStart.NOW else {start: number}
        fields = {"seconds": seconds, "amount": amount, "times": times, "every": every}
        self._ask(
            {"do": "fault", "name": name, **begins} | {key: value for key, value in fields.items() if value is not None}
        )

    def clear(self, name: str | None = None) -> None:
        """End a fault, active or waiting; ``None``: every fault and the mix."""
        self._ask({"do": "clear", "name": name})

    def script(self, toml: str | Path) -> None:
        """Add the faults of a TOML script (``simulator.script``), given as a string or as the path of a file.

        A time in a ``[[fault]]`` counts from the camera's start; a mix begins now and replaces an earlier one.
        """
        if isinstance(toml, str):
            self._ask({"do": "script", "toml": toml})
        else:
            self._ask({"do": "script", "toml": toml.read_text(encoding="utf-8"), "name": str(toml)})

    def card(self, *, inside: bool | None = None, locked: bool | None = None) -> None:
        """Insert or remove the card (its files stay), set or release its write lock; ``None`` changes nothing."""
        self._ask({"do": "card", "inside": inside, "locked": locked})

    def unplug(self) -> None:
        """Pull the cable: connections are cut and new ones refused."""
        self._ask({"do": "unplug"})

    def plug(self) -> None:
        """Plug the cable back in."""
        self._ask({"do": "plug"})

    def replug(self, port: str, number: int | None = None) -> None:
        """Of a body on USB: plug its cable into this port; ``number``: its device number, ``None``: the next one."""
        self._ask({"do": "replug", "port": port} | ({} if number is None else {"number": number}))

    def hub(self, *, plugged: bool) -> None:
        """Of a body behind a USB hub: pull the hub's cable, with every body on it, or plug it in."""
        self._ask({"do": "hub", "plugged": plugged})

    def place(self) -> dict[str, Any] | None:
        """Of a body on USB: its ``name`` (1-2.3) and device ``number``; ``None``: it is not on the bus."""
        return self._ask({"do": "place"})["place"]

    def state(self) -> dict[str, Any]:
        """The body's settings and activity; ``on`` and ``waiting`` list the faults."""
        return self._ask({"do": "state"})

    def journal(self, since: int = 0) -> list[dict[str, Any]]:
        """The camera's journal after entry ``since``; ``docs/reference/simulated-camera.md`` lists the events."""
        return self._ask({"do": "journal", "since": since})["entries"]

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            with socket.create_connection(self._address, ANSWER_SECONDS) as connection:
                connection.sendall(json.dumps(request).encode() + b"\n")
                with connection.makefile("rb") as lines:
                    answer: dict[str, Any] = json.loads(lines.readline() or b'{"ok": false, "error": "no answer"}')
        except OSError as error:
            raise ServiceError(f"the simulated camera's control port does not answer: {error}") from error
        if not answer.pop("ok"):
            raise BadInput(answer["error"])
        return answer
