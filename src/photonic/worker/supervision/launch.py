"""What a supervisor is told of its camera."""

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
    """What a camera process is started with.

    ``driver``: its module, run with ``python -m``. ``configure``: its first command, whose request number does not
    matter. ``environment``: added to the parent's own. ``memory``: how large it may grow.
    """

    driver: str
    configure: Configure
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    memory: MemoryLimits = field(default_factory=MemoryLimits)

    def bus(self) -> Bus:
        """Where the camera is plugged in, as its address says."""
        address = self.configure.address
        return UsbBus() if address == AUTO or address.startswith("usb:") else NoBus()


@contextmanager
def granted() -> Generator[None]:
    """Around what a camera process takes of this computer. Raises ``CameraError`` (BLOCKED) where it is refused.

    A full disk, no more files or processes: that passes, and the service has to be there then.
    """
    try:
        yield
    except OSError as error:
        raise CameraError(
            f"this computer lets no camera process start ({error}); see to its disk space, memory and limits",
            kind=FailureKind.BLOCKED,
        ) from error
