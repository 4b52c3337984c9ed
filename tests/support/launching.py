"""How a test starts the synthetic driver: an address that nobody else has, and the way to its module."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

from photonic.worker.link.messages import Configure, Profiles
from photonic.worker.supervision.launch import Launch
from photonic.worker.supervision.memory import MemoryLimits

DRIVER = "tests.support.driver"
CHECKOUT = Path(__file__).resolve().parents[2]


def environment() -> dict[str, str]:
    """What a process needs to find the driver's module."""
    return {"PYTHONPATH": os.pathsep.join(filter(None, (str(CHECKOUT), os.environ.get("PYTHONPATH"))))}


def address(**behaviour: object) -> str:
    """The address of a camera that behaves so (``tests.support.driver.Behaviour``); of its own: no lock is shared."""
    pairs = {"label": uuid.uuid4().hex[:12]} | behaviour
    return "fake:" + ";".join(f"{key}={value}" for key, value in pairs.items())


def launch(profiles: Profiles | None = None, memory: MemoryLimits | None = None, **behaviour: object) -> Launch:
    """What a supervisor of such a camera is given."""
    configure = Configure(request=0, address=address(**behaviour), profiles=profiles)
    return Launch(DRIVER, configure, environment(), memory or MemoryLimits())
