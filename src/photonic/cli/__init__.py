"""The command line: one file a command. Wiring happens here; heavy imports happen inside the commands."""

from __future__ import annotations

import sys


def main() -> None:
    """Entry point of ``photonic``."""
    try:
        from photonic.cli.application import run

        run()
    except KeyboardInterrupt:
        # During the imports, before the command line has begun; 128 + SIGINT, as shells do.
        sys.exit(130)
