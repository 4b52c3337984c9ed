"""Where the service is, and what it asks for: the options that every client command has."""

from __future__ import annotations

from typing import Annotated

import typer

DEFAULT_URL = "http://127.0.0.1:8000"

Url = Annotated[str, typer.Option("--url", envvar="PHOTONIC_URL", help="The service's address.")]
Camera = Annotated[
    str | None,
    typer.Option("--camera", help="Which camera, by its name or serial number.", show_default="the service's first"),
]
Json = Annotated[bool, typer.Option("--json", help="Print as JSON.")]
Token = Annotated[
    str | None,
    typer.Option("--token", envvar="PHOTONIC_TOKEN", help="What the service asks for.", show_default=False),
]
