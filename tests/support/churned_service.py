"""A service as a process that tells what it holds: a line on its standard input is answered with a line of figures.

``python -m tests.support.churned_service direct|plain|tls [CERTIFICATE KEY]``; its first line is its address. Its
controller makes a large frame every few milliseconds while anybody watches.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
from pathlib import Path

import uvloop
from tests.support.fake_controller import FakeController
from tests.support.raw_viewers import numbered
from tests.support.surroundings import THIS_MACHINE

from photonic.service.config.fields import LogFormat
from photonic.service.config.settings import ServiceSettings
from photonic.service.server import serve_cameras
from photonic.service.support.logs import set_up_logging
from photonic.serving.certificates import CertificateFiles
from photonic.serving.listening import bind, url_of

FRAME_BYTES = 60_000
EVERY_SECONDS = 0.005


def figures(controller: FakeController) -> dict[str, int]:
    """What this process holds now, garbage taken out."""
    gc.collect()
    status = Path("/proc/self/status").read_text().splitlines()
    return {
        "viewers": controller.hub.viewers,
        "tasks": len(asyncio.all_tasks()),
        "descriptors": len(list(Path("/proc/self/fd").iterdir())),
        "rss_kb": next(int(line.split()[1]) for line in status if line.startswith("VmRSS")),
    }


async def publish(controller: FakeController) -> None:
    """Numbered frames while somebody watches."""
    number = 0
    while True:
        if controller.hub.wanted:
            number += 1
            controller.publish(numbered(number, FRAME_BYTES))
        await asyncio.sleep(EVERY_SECONDS)


async def main(path: str, *files: str) -> None:
    """Serve until told to stop."""
    set_up_logging(LogFormat.JSON, "warning")
    listener = bind("127.0.0.1", 0)
    controller = FakeController()
    loop = asyncio.get_running_loop()

    def answer() -> None:
        if sys.stdin.readline():
            say(json.dumps(figures(controller)))
        else:
            loop.remove_reader(sys.stdin)

    loop.add_reader(sys.stdin, answer)
    publishing = asyncio.create_task(publish(controller))
    try:
        settings = ServiceSettings(photo_root=Path("/dev/null/nowhere"))
        certificates = CertificateFiles(Path(files[0]), Path(files[1]), time=THIS_MACHINE.time) if files else None
        address = url_of(listener, tls=certificates is not None)
        await serve_cameras(
            settings,
            [controller],
            [listener],
            certificates=certificates,
            on_ready=lambda: say(address),
            direct=path != "plain",
        )
    finally:
        publishing.cancel()


def say(line: str) -> None:
    """One line, now."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(*sys.argv[1:]))
