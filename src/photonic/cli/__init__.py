"""The command line: one file a command. Wiring happens here; heavy imports happen inside the commands."""

from __future__ import annotations


def main() -> None:
    """Entry point of ``photonic``."""
    from photonic.cli.application import run

    run()
