"""``photonic serve``: the service with a camera."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer


def serve(
    *,
    camera: Annotated[
        str | None,
        typer.Option(help="auto (waits for one), usb:SERIAL, ptpip:HOST[:PORT] or vusb:DIR.", show_default="auto"),
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.", show_default="127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes any free one.", show_default="8000")] = None,
    photo_root: Annotated[
        Path | None, typer.Option(help="Folder that photos go to.", show_default="photonic, among your pictures")
    ] = None,
    capture_target: Annotated[
        str | None, typer.Option(help="card (where there is one) or ram.", show_default="card")
    ] = None,
    camera_name: Annotated[
        str | None, typer.Option(help="The camera's name in addresses.", show_default="its serial number")
    ] = None,
    image_path: Annotated[
        str | None, typer.Option(help="How answers name a photo: absolute or relative.", show_default="absolute")
    ] = None,
    allow_anonymous: Annotated[
        bool | None, typer.Option("--allow-anonymous", help="Ask nobody for a token, not even off loopback.")
    ] = None,
    log_level: Annotated[str | None, typer.Option(help="debug, info, warning or error.", show_default="info")] = None,
    json: Annotated[bool, typer.Option("--json", help="Write the log as JSON, one object a line.")] = False,
    config: Annotated[Path | None, typer.Option(help="TOML file with settings.", envvar="PHOTONIC_CONFIG")] = None,
) -> None:
    """Serve a camera: live view, captures, the page.

    Every flag is also a setting of the config file, and an environment variable (PHOTONIC_PORT); the flag wins.
    Ends with SIGTERM or Ctrl-C.
    """
    import structlog

    from photonic.cli.hosting import host as host_service
    from photonic.cli.hosting import run
    from photonic.service.config import read_settings

    flags: dict[str, Any] = {
        "camera": camera,
        "host": host,
        "port": port,
        "photo_root": photo_root,
        "capture_target": capture_target,
        "camera_name": camera_name,
        "image_path": image_path,
        "allow_anonymous": allow_anonymous,
        "log_level": log_level,
        "log_format": "json" if json else None,
    }
    settings = read_settings(flags, config)

    def on_ready(url: str) -> None:
        if json:
            structlog.stdlib.get_logger(__name__).info("serving", address=url)
        else:
            typer.echo(f"photonic: {url} serves camera {settings.camera}, photos go to {settings.photo_root}", err=True)

    run(host_service(settings, on_ready))
