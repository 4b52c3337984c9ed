"""The options of every client command: the service's address, its token and the camera."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DEFAULT_URL = "http://127.0.0.1:8000"

Url = Annotated[str, typer.Option("--url", envvar="PHOTONIC_URL", help="The service's address.")]
Camera = Annotated[
    str | None,
    typer.Option("--camera", help="Camera, by name or serial number.", show_default="the service's first"),
]
Json = Annotated[bool, typer.Option("--json", help="Print as JSON.")]
Token = Annotated[
    str | None,
    typer.Option("--token", envvar="PHOTONIC_TOKEN", help="The service's access token.", show_default=False),
]
Ca = Annotated[
    Path | None,
    typer.Option(
        "--ca",
        metavar="FILE",
        envvar="PHOTONIC_CA",
        help="Authority (PEM) whose certificates to accept over https, such as the service's /authority.pem.",
        show_default=False,
    ),
]
