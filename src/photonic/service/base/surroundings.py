"""Everything that the service gets from the machine and that a simulation replaces: clocks, ids, chance, processes.

Made once, by the composition root, and handed down: no part of the service reads a clock, makes an id, draws a number
or starts a process by itself (decision 0056). Files are the exception: they are used directly.
"""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.machine.timekeeping import Timekeeping
from photonic.worker.supervision.this_machine import ThisMachine

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx2

    from photonic.worker.host import Host


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the service runs on.

    Args:
        time: The clocks.
        new_id: Makes an id that is unique in all photo roots.
        jitter: Draws a number between two others, so that retries of many services do not coincide.
        host: Starts processes.
        webhooks: Sends to webhooks; ``None``: the network does.
    """

    time: Timekeeping
    new_id: Callable[[], str]
    jitter: Callable[[float, float], float]
    host: Host
    webhooks: httpx2.AsyncBaseTransport | None = None

    @classmethod
    def of_this_machine(cls) -> Surroundings:
        """The real ones."""
        return cls(Timekeeping.of_this_machine(), lambda: uuid.uuid4().hex, random.uniform, ThisMachine())
