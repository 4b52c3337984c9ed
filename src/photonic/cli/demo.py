"""``photonic demo``: a simulated camera and a service for it in one command."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from photonic.cli.outcome import one_line
from photonic.errors import CameraError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from photonic.cli.companion import Companion

PHOTO_ROOT = Path("photonic-demo")
"""Photos are stored in its subfolder ``photos``, the default of a capture request."""

FORMER_ROOT = Path("photos")
RESTART_AFTER_SECONDS = 1.0
ADDRESS = re.compile(r"ptpip:(?P<host>[^:\s]+):(?P<port>\d+)\b")


def demo(
    *,
    usb: Annotated[
        bool,
        typer.Option("--usb", help="Connect the simulated camera by USB instead of the network; needs umockdev."),
    ] = False,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 for any free port.")] = 8000,
    photo_root: Annotated[
        Path | None,
        typer.Option(help="Folder for the photos; they stay there when the demo ends.", show_default=str(PHOTO_ROOT)),
    ] = None,
    log_level: Annotated[str, typer.Option(help="Lowest level to log: debug, info, warning or error.")] = "error",
    json: Annotated[bool, typer.Option("--json", help="Print the addresses as one JSON line.")] = False,
) -> None:
    """Try photonic without a camera: run a simulated Canon EOS, driven by the real libgphoto2, and a service for it.

    Prints the addresses and does not open a browser. With --usb, the camera is on a simulated USB bus, for which
    Debian's package umockdev has to be installed; type unplug, plug or press to use its cable and its button. Stops on
    SIGTERM or Ctrl-C.
    """
    from photonic.cli import demo_on_usb
    from photonic.cli.hosting import run

    flags = {"host": host, "port": port, "photo_root": photo_root or default_root(), "log_level": log_level}
    introduction = announcement if json else welcome
    if not usb:
        run(_demonstrate(flags, introduction))
    elif demo_on_usb.simulated():
        camera = demo_on_usb.CAMERA if json else demo_on_usb.HOW_TO_PULL_THE_CABLE
        run(demo_on_usb.demonstrate(flags, introduction, camera))
    else:
        options = [text for name, value in flags.items() for text in (f"--{name.replace('_', '-')}", str(value))]
        demo_on_usb.start_again(["--usb", *options, *(["--json"] if json else [])])


def default_root() -> Path:
    """The default photo root, or that of an earlier version if it already contains photos."""
    from photonic.service.photo import naming

    return FORMER_ROOT if (FORMER_ROOT / naming.INDEX).is_dir() else PHOTO_ROOT


async def _demonstrate(flags: Mapping[str, object], introduction: Callable[[str, str, Path], str]) -> None:
    import asyncio

    from photonic.cli.companion import Companion
    from photonic.cli.hosting import host
    from photonic.machine.environment import forget
    from photonic.service.config.sources import read_settings, variables

    async with Companion(simulation(port=0)) as camera:
        address = camera_address(camera.first_line)
        settings = read_settings({**flags, "camera": address})
        forget(variables())
        keeper = asyncio.create_task(_keep_running(camera, port=int(address.rpartition(":")[2])))
        try:
            await host(settings, lambda url: typer.echo(introduction(url, address, settings.photo_root)))
        finally:
            keeper.cancel()
            await asyncio.wait([keeper])


async def _keep_running(camera: Companion, port: int) -> None:
    """Restart the simulated camera on the same port whenever it ends unexpectedly."""
    import asyncio

    from photonic.cli.companion import Companion

    ended = f"ended (exit code {await camera.ended()})"
    while True:
        typer.echo(f"photonic: the simulated camera {ended}; restarting it", err=True)
        await asyncio.sleep(RESTART_AFTER_SECONDS)
        try:
            async with Companion(simulation(port)) as another:
                ended = f"ended (exit code {await another.ended()})"
        except CameraError as error:
            ended = f"did not start ({one_line(error)})"


def simulation(port: int) -> list[str]:
    """The command line of the simulated camera; ``port`` 0 picks a free one."""
    return ["simulate", "--port", str(port)]


def camera_address(line: str) -> str:
    """The address in the first line that ``photonic simulate`` prints. Raises ``CameraError`` if it contains none."""
    found = ADDRESS.search(line)
    if found is None:
        raise CameraError(f"the simulated camera printed {line!r}, which contains no address")
    return f"ptpip:{found['host']}:{found['port']}"


def welcome(url: str, camera: str, photo_root: Path) -> str:
    """The text that the demo prints once it is running."""
    api = f"{url}/api/v1/camera"
    capture = '{"session_id": "first", "sequence_number": 1}'
    return "\n".join(
        (
            "photonic demo: a simulated camera, driven by the real libgphoto2. Ctrl-C stops it.",
            f"  page      {url}/",
            f"  API       {url}/docs",
            f"  MJPEG     {api}/liveview/stream.mjpg",
            f"  camera    {camera}",
            f"  photos    {photo_root}",
            f"  a photo:  curl {api}/capture -H 'Content-Type: application/json' -d '{capture}'",
        )
    )


def announcement(url: str, camera: str, photo_root: Path) -> str:
    """The JSON that the demo prints with ``--json``."""
    from json import dumps

    api = f"{url}/api/v1/camera"
    return dumps({"url": url, "api": api, "camera": camera, "photo_root": str(photo_root)}, ensure_ascii=False)
