"""The command line: one file per command.

``application`` puts the commands together, and ``outcome`` turns every error into one line and an exit code. Slow
imports are made inside the command that needs them, so that ``--help`` is fast.

Imports: access, client, compat.gphoto2, diagnosis, errors, machine, model, service.app, service.base, service.camera,
service.config, service.http.gallery_pages, service.journal, service.library, service.photo, service.server,
service.support, serving, simulator.body_settings, simulator.camera, simulator.card, simulator.control,
simulator.described, simulator.fault_syntax, simulator.makes, simulator.script, simulator.usb, simulator.video,
version, web, worker.supervision.
"""

from __future__ import annotations

import sys


def main() -> None:
    """Entry point of ``photonic``."""
    try:
        from photonic.cli.application import run

        run()
    except KeyboardInterrupt:
        # Ctrl-C during the imports, before the command line runs. 128 + SIGINT, as in a shell.
        sys.exit(130)
