"""Remote control of the simulated camera: press its button, drain its battery, inject faults, read its journal.

``device_control`` has the protocol, and what every simulated device lets be done to it.
"""

from __future__ import annotations

import json
import socket
import time
from typing import TYPE_CHECKING, Any

from photonic.errors import BadInput, ServiceError
from photonic.simulator.device_control import DeviceControl
from photonic.simulator.faults import FaultName, FaultStart

if TYPE_CHECKING:
    from pathlib import Path

    from photonic.simulator.body import Body
    from photonic.simulator.controlled import ControlledBody
    from photonic.simulator.journal import Journal

ANSWER_SECONDS = 5.0


class ControlServer(DeviceControl):
    """Serves the control requests of a body, which has a button, a battery, dials and a card."""

    def __init__(self, camera: ControlledBody, body: Body, journal: Journal, *, port: int) -> None:
        started_at = body.faults.started_at
        super().__init__(camera, journal, port=port, state=self._body_state, started_at=started_at)
        self._camera = camera
        self._body = body
        self._requests |= {
            "press": self._press,
            "battery": self._battery,
            "dial": self._dial,
            "card": self._card,
        }

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

    def _body_state(self) -> dict[str, Any]:
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


class ControlClient:
    """A blocking client for tests and scripts.

    Each call raises ``BadInput`` if the camera refuses the request, and ``ServiceError`` if it does not answer.
    """

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)

    @classmethod
    def at(cls, address: str) -> ControlClient:
        """The client of the camera that is controlled at ``address``, as host:port."""
        host, _, port = address.rpartition(":")
        return cls(host, int(port))

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
