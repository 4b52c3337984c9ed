"""The doctor for a service that asks about itself: settings as JSON on standard input, findings on standard output.

A process of its own, because a look at the service's files from within would drop the locks that SQLite holds on them
(fcntl locks are lost when any descriptor of the file is closed), and because it can be killed.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys

from photonic.diagnosis.doctor import examine
from photonic.diagnosis.finding import exit_code
from photonic.service.config.settings import ServiceSettings

NICENESS = 10
"""Frames come first."""


async def _report(settings: ServiceSettings) -> str:
    findings = [finding async for finding in examine(settings, for_service=True)]
    return json.dumps({"code": exit_code(findings), "findings": [finding.as_json() for finding in findings]})


def main() -> None:
    """Read, look, write."""
    os.nice(NICENESS)
    settings = ServiceSettings(**json.loads(sys.stdin.read()))
    sys.stdout.write(asyncio.run(_report(settings)))


if __name__ == "__main__":
    main()
