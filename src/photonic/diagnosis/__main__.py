"""The doctor that a service runs for itself: settings as JSON on stdin, findings as JSON on stdout.

It is a separate process for two reasons: reading the service's database inside the service would drop SQLite's locks
(closing any descriptor of a file releases the process's fcntl locks), and a separate process can be killed.
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
"""Live view has priority."""


async def _report(settings: ServiceSettings) -> str:
    findings = [finding async for finding in examine(settings, for_service=True)]
    return json.dumps({"code": exit_code(findings), "findings": [finding.as_json() for finding in findings]})


def main() -> None:
    """Read the settings, run the checks, write the findings."""
    os.nice(NICENESS)
    settings = ServiceSettings(**json.loads(sys.stdin.read()))
    sys.stdout.write(asyncio.run(_report(settings)))


if __name__ == "__main__":
    main()
