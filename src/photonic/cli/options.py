"""Options for settings of the service that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def _given_or_found(config: Path | None) -> Path | None:
    """The configuration file that applies; ``None``: there is none."""
    from photonic.service.config.fields import default_config_file

    return config or default_config_file()


Cameras = Annotated[
    list[str] | None,
    typer.Option(
        help="auto (the first camera found on USB), usb:SERIAL, usb:PORT, ptpip:HOST[:PORT], vusb:DIR, "
        "v4l2:/dev/video0, url:http://..., file:PATH or pattern: (a test image). "
        "With several cameras, give each a name: --camera left=usb:SERIAL --camera right=ptpip:HOST.",
        show_default="auto",
    ),
]
Host = Annotated[str | None, typer.Option(help="Address to listen on.", show_default="127.0.0.1")]
Port = Annotated[int | None, typer.Option(help="Port to listen on; 0 for any free port.", show_default="8000")]
PhotoRoot = Annotated[
    Path | None, typer.Option(help="Folder for the photos.", show_default="photonic, in your pictures folder")
]
CaptureTarget = Annotated[
    str | None,
    typer.Option(help="Where the camera stores photos first: card (if one is inserted) or ram.", show_default="card"),
]
StateFolder = Annotated[
    Path | None,
    typer.Option(help="Folder of tokens, browser sessions and links.", show_default="photonic, in your state folder"),
]
Config = Annotated[
    Path | None,
    typer.Option(
        help="TOML file with settings.",
        envvar="PHOTONIC_CONFIG",
        show_default="photonic/photonic.toml in your configuration folder, or /etc/photonic/photonic.toml",
        callback=_given_or_found,
    ),
]
