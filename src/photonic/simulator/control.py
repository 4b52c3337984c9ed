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
from photonic.simulator.fault_words import read_fault, read_name
from photonic.simulator.faults import Fault, FaultName, FaultStart
from photonic.simulator.refusals import Refused
from photonic.simulator.script import read_script

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
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
        except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
            return {"ok": False, "error": f"not JSON: {error}"}
        except (BadInput, Refused, KeyError, TypeError, ValueError, OverflowError) as error:
            return {"ok": False, "error": str(error)}

    def _press(self, _order: dict[str, Any]) -> dict[str, Any]:
        self._camera.press()
        return {}

    def _battery(self, order: dict[str, Any]) -> dict[str, Any]:
        self._camera.charge(float(order["percent"]))
        return {}

    def _dial(self, order: dict[str, Any]) -> dict[str, Any]:
        code, dials = int(order["property"]), self._body.dials
        dials.turn(code, dials.read(code, int(order["value"]).to_bytes(4, "little")))
        return {}

    def _fault(self, order: dict[str, Any]) -> dict[str, Any]:
        self._camera.arm(read_fault({key: value for key, value in order.items() if key != "do"}))
        return {}

    def _clear(self, order: dict[str, Any]) -> dict[str, Any]:
        self._camera.clear(None if order.get("name") is None else read_name(order))
        return {}

    def _script(self, order: dict[str, Any]) -> dict[str, Any]:
        text = order.get("toml")
        if not isinstance(text, str):
            raise BadInput(f"toml: takes a text, not {text!r}", field="toml")
        script = read_script(text, str(order.get("name", "script")))
        script.load(self._camera, time.monotonic() - self._body.faults.started_at)
        return {"faults": len(script.faults), "mix": script.mix is not None}

    def _card(self, order: dict[str, Any]) -> dict[str, Any]:
        for key, name, on in (
            ("inside", FaultName.CARD_MISSING, False),
            ("locked", FaultName.CARD_READ_ONLY, True),
        ):
            if order.get(key) is None:
                continue
            if not isinstance(order[key], bool):
                raise BadInput(f"{key}: takes true or false, not {order[key]!r}", field=key)
            self._switch(name, on=order[key] is on)
        return {}

    def _unplug(self, _order: dict[str, Any]) -> dict[str, Any]:
        self._switch(FaultName.UNPLUG, on=True)
        return {}

    def _plug(self, _order: dict[str, Any]) -> dict[str, Any]:
        self._switch(FaultName.UNPLUG, on=False)
        return {}

    def _switch(self, name: FaultName, *, on: bool) -> None:
        if on:
            self._camera.arm(Fault(name))
        else:
            self._camera.clear(name)

    def _state(self, _order: dict[str, Any]) -> dict[str, Any]:
        now = time.monotonic()
        exposure = self._body.dials.exposure
        return {
            "iso": exposure.iso,
            "f_number": exposure.f_number,
            "shutter_seconds": exposure.seconds,
            "properties": {f"{code:#06x}": str(known.value) for code, known in self._body.dials.properties.items()},
            "available_shots": self._body.room.shots,
            "battery_percent": self._body.battery_percent,
            "viewfinder": self._body.viewfinder.on,
            "focus": self._body.lens.position,
            "frames": self._body.viewfinder.counter,
            "faults": self._body.faults.names(now),
            "on": [fault.facts() for fault in self._body.faults.on(now)],
            "waiting": [fault.facts() for fault in self._body.faults.waiting()],
            "card": self._body.store.has_card,
            "card_locked": self._body.store.card_locked,
            "asleep": self._body.asleep(now),
        }

    def _read_journal(self, order: dict[str, Any]) -> dict[str, Any]:
        return {"entries": self._journal.since(int(order.get("since", 0)))}


class ControlClient:
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

    def dial(self, code: int, value: int) -> None:
        """Turn a dial on the body: give a property (its code) one of its values."""
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
        """Have the camera misbehave.

        ``name`` is one of ``fault_kinds.FaultName``. ``start`` is ``now``, ``frame`` or ``capture`` (the ``number``-th
        from now), or ``time`` (``number`` seconds after the camera's start). ``seconds`` ``None``: until it is cleared;
        ``amount`` and ``times`` ``None``: the usual ones of the fault; ``every``: again after so many frames, captures
        or seconds.
        """
        begins = {} if start == FaultStart.NOW else {start: number}
        fields = {"seconds": seconds, "amount": amount, "times": times, "every": every}
        self._ask(
            {"do": "fault", "name": name, **begins} | {key: value for key, value in fields.items() if value is not None}
        )

    def clear(self, name: str | None = None) -> None:
        """End a fault, begun or waiting; ``None``: all, and the mix."""
        self._ask({"do": "clear", "name": name})

    def script(self, toml: str | Path) -> None:
        """Load faults written in TOML (``simulator.script``), as a text or in a file, beside those that there are.

        A time in a ``[[fault]]`` counts from the camera's start; a mix begins now, and takes the place of another.
        """
        if isinstance(toml, str):
            self._ask({"do": "script", "toml": toml})
        else:
            self._ask({"do": "script", "toml": toml.read_text(encoding="utf-8"), "name": str(toml)})

    def card(self, *, inside: bool | None = None, locked: bool | None = None) -> None:
        """Pull the card out or put it in, what is on it stays; shut or open its lock; ``None``: leave it."""
        self._ask({"do": "card", "inside": inside, "locked": locked})

    def unplug(self) -> None:
        """Pull the cable: connections are cut, and refused."""
        self._ask({"do": "unplug"})

    def plug(self) -> None:
        """Put the cable back in."""
        self._ask({"do": "plug"})

    def state(self) -> dict[str, Any]:
        """What the body is set to and doing; ``on`` and ``waiting`` list the faults."""
        return self._ask({"do": "state"})

    def journal(self, since: int = 0) -> list[dict[str, Any]]:
        """The camera's diary, after entry ``since``; ``docs/reference/simulated-camera.md`` lists the events."""
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
