"""Options that more than one command takes: the settings of the service."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Cameras = Annotated[
    list[str] | None,
    typer.Option(
        help="auto (waits for one), usb:SERIAL, ptpip:HOST[:PORT], vusb:DIR, v4l2:/dev/video0, url:http://..., "
        "file:PATH or pattern: (no camera). "
        "Several, each with a name: --camera left=usb:SERIAL --camera right=ptpip:HOST.",
        show_default="auto",
    ),
]
Host = Annotated[str | None, typer.Option(help="Address to listen on.", show_default="127.0.0.1")]
Port = Annotated[int | None, typer.Option(help="Port; 0 takes any free one.", show_default="8000")]
PhotoRoot = Annotated[
    Path | None, typer.Option(help="Folder that photos go to.", show_default="photonic, among your pictures")
]
CaptureTarget = Annotated[str | None, typer.Option(help="card (where there is one) or ram.", show_default="card")]
Config = Annotated[Path | None, typer.Option(help="TOML file with settings.", envvar="PHOTONIC_CONFIG")]
