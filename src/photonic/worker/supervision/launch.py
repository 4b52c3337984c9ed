"""How a camera process is started."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from photonic.errors import CameraError, FailureKind
from photonic.worker.supervision.bus import NoBus, UsbBus
from photonic.worker.supervision.memory import MemoryLimits
from photonic.worker.supervision.ownership import AUTO

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from photonic.worker.link.messages import Configure
    from photonic.worker.supervision.bus import Bus


@dataclass(frozen=True)
class Launch:
    """The parameters of a camera process.

    ``driver``: the module that is run with ``python -m``. ``configure``: the first command; its request number is
    ignored. ``environment``: added to the
    variables that every child process receives (``machine.environment``). ``memory``: how large the process may grow.
    """

    driver: str
    configure: Configure
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    memory: MemoryLimits = field(default_factory=MemoryLimits)

    def bus(self) -> Bus:
        """Where the camera is plugged in, according to its address."""
        address = self.configure.address
        return UsbBus() if address == AUTO or address.startswith("usb:") else NoBus()


@contextmanager
def granted() -> Generator[None]:
    """Turns an ``OSError`` while starting a camera process into a ``CameraError`` (BLOCKED).

    A full disk, or too many open files or processes, is temporary: the service waits instead of failing.
    """
    try:
        yield
    except OSError as error:
        raise CameraError(
            f"cannot start the camera process ({error}); check this computer's disk space, memory and process limits",
            kind=FailureKind.BLOCKED,
        ) from error
