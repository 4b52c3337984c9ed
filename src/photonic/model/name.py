"""Names that are used in paths, addresses and settings."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

NAME_PATTERN = r"^[A-Za-z0-9_-]{1,64}$"
NAME_TAKES = "must be 1-64 letters, digits, _ and -"

Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
