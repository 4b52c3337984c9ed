"""The camera process: its threads, its dependence on the parent, its exit.

The main thread belongs to the driver. A reader thread receives commands from the link, a writer thread helps to send.
Nothing heavy is imported here: a camera process has to start within a fraction of a second.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import select
import signal
import sys
import threading
import time
from queue import SimpleQueue
from typing import TYPE_CHECKING

from photonic.errors import CameraError, ProtocolError
from photonic.worker.child.driving import DriverLoop
from photonic.worker.child.sender import LinkSender
from photonic.worker.link.codec import Decoder, LinkFrame
from photonic.worker.link.messages import CameraFault, CancelCapture, Command, Idle

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from photonic.worker.roles import Driver, ParentLink

EXIT_CAMERA = 3
EXIT_BUG = 4
EXIT_ORPHAN = 5
EXIT_PROTOCOL = 6

PR_SET_PDEATHSIG = 1
DRAIN_SECONDS = 1.0


def run_child(make_driver: Callable[[ParentLink], Driver], argv: Sequence[str]) -> int:
    """Run the camera process.

    Any failure exits the process from here, without the interpreter's cleanup, in which the library of a broken camera
    may hang: 3 the camera failed, 4 the driver has a bug, 5 the parent is gone, 6 invalid bytes on the link.

    Args:
        make_driver: Creates a driver for a link to the parent.
        argv: The command line; ``--fd N`` is the link, ``--parent PID`` the parent that has to be running.

    Returns: 0, after an orderly shutdown.
    """
    parser = argparse.ArgumentParser(prog=f"python -m {os.path.basename(os.path.dirname(argv[0]))}")  # noqa: PTH119, PTH120 - pathlib costs 5 ms
    parser.add_argument("--fd", type=int, required=True, help="descriptor of the link to the parent")
    parser.add_argument("--parent", type=int, help="process id of the parent")
    options = parser.parse_args(argv[1:])
    _tie_to_parent(options.parent)
    # Ctrl-C goes to the whole process group, and a service manager's SIGTERM to every process of the service. The
    # parent decides what they mean for the camera and for a photo in progress.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.set_blocking(options.fd, False)
    outbox = LinkSender(options.fd, clock=time.monotonic)
    outbox.start()
    # The first message: from now on the parent measures the silence between messages.
    outbox.send(Idle())
    commands: SimpleQueue[Command] = SimpleQueue()
    loop = DriverLoop(make_driver, outbox, commands, clock=time.monotonic)
    reading = threading.Thread(target=_read, args=(options.fd, commands, loop.cancel), name="link-reader", daemon=True)
    reading.start()
    try:
        loop.run()
    except CameraError as error:
        _end(loop, outbox, CameraFault(kind=error.kind, reason=error.reason, code=error.code), EXIT_CAMERA)
    except Exception as error:  # noqa: BLE001 - a driver's bug is reported, and the parent starts a new process
        sys.excepthook(type(error), error, error.__traceback__)
        reason = f"the driver failed with {type(error).__name__}: {error}"
        _end(loop, outbox, CameraFault(kind=CameraError(reason).kind, reason=reason), EXIT_BUG)
    outbox.drain(DRAIN_SECONDS)
    return 0


def _tie_to_parent(parent: int | None) -> None:
    """Have the kernel kill this process when its parent ends (prctl(2)); exit at once if it has ended already."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL) != 0:
        raise OSError(ctypes.get_errno(), "cannot tie the camera process to its parent (prctl)")
    if parent is not None and os.getppid() != parent:
        os._exit(EXIT_ORPHAN)


def _read(descriptor: int, commands: SimpleQueue[Command], cancel: Callable[[str], None]) -> None:
    """Receive commands until the link ends, which ends the process, whatever the driver is doing.

    A cancellation takes effect at once, although its command is answered in turn.
    """
    decoder: Decoder[Command] = Decoder(Command)
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    while True:
        poll.poll()
        try:
            count = os.readv(descriptor, [decoder.room()])
        except BlockingIOError:
            continue
        except OSError:
            os._exit(EXIT_ORPHAN)
        if count == 0:
            os._exit(EXIT_ORPHAN)
        try:
            items = decoder.received(count)
        except ProtocolError as error:
            print(f"camera process: {error}", file=sys.stderr, flush=True)  # noqa: T201 - the link is gone
            os._exit(EXIT_PROTOCOL)
        for item in items:
            if isinstance(item, CancelCapture):
                cancel(item.capture_id)
            if not isinstance(item, LinkFrame):
                commands.put(item)


def _end(loop: DriverLoop, outbox: LinkSender, fault: CameraFault, code: int) -> None:
    """Report the fault, close the camera as properly as possible, and exit."""
    outbox.send(fault)
    loop.close()
    outbox.drain(DRAIN_SECONDS)
    sys.stderr.flush()
    os._exit(code)
