"""Where the service is: the option that every client command has."""

from __future__ import annotations

from typing import Annotated

import typer

DEFAULT_URL = "http://127.0.0.1:8000"

Url = Annotated[str, typer.Option("--url", envvar="PHOTONIC_URL", help="The service's address.")]
