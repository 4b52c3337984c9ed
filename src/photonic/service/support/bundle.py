"""The diagnosis bundle: everything needed to analyse a problem elsewhere, as one ZIP without secrets."""

from __future__ import annotations

import io
import json
import platform
import re
import zipfile
from importlib.metadata import PackageNotFoundError, requires, version
from typing import TYPE_CHECKING

from photonic.model.health import Versions
from photonic.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pydantic import JsonValue

    from photonic.model.health import LogLine, LogPage
    from photonic.service.support.redaction import Redactor

DISTRIBUTION = "photonic-camera"
_NAME = re.compile(r"[A-Za-z0-9._-]+")
README = """The state of a photonic service. Secrets (tokens, PINs, credentials in addresses, webhooks) are removed.

config.json      the service's settings
versions.json    versions of photonic, Python, the system and the packages
doctor.json      the report of `photonic doctor`
log.txt          the newest log lines, times in UTC
metrics.txt      the metrics, as in /metrics
camera-N/        for each camera: status.json and health.json (viewers, recovery attempts)
"""


def packed(documents: Mapping[str, JsonValue | str], redactor: Redactor, made_at: datetime) -> bytes:
    """Pack the documents, by file name, into a ZIP: text as it is, anything else as JSON, all without secrets.

    Takes some milliseconds: call it in a thread.
    """
    folder = f"photonic-diagnosis-{made_at:%Y%m%d-%H%M%S}"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {"README.txt": README, **documents}.items():
            clean = redactor.value(content)
            text = clean if isinstance(clean, str) else json.dumps(clean, indent=2, ensure_ascii=False) + "\n"
            member = zipfile.ZipInfo(f"{folder}/{name}", made_at.timetuple()[:6])
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, text)
    return buffer.getvalue()


def log_text(page: LogPage) -> str:
    """The log lines as the content of a text file."""
    return "".join(
        f"{line.at.isoformat()} {line.level:8} {line.logger}: {line.text}{_repeated(line)}\n" for line in page.lines
    )


def _repeated(line: LogLine) -> str:
    return f" ({line.count} times since {line.first_at.isoformat()})" if line.first_at is not None else ""


def versions() -> Versions:
    """The versions of photonic, Python, the system and the packages. Reads files: call it in a thread."""
    names = {found[0] for one in requires(DISTRIBUTION) or () if (found := _NAME.match(one)) is not None}
    packages: dict[str, str] = {}
    for name in sorted(names):
        try:
            packages[name] = version(name)
        except PackageNotFoundError:
            packages[name] = "not installed"
    return Versions(
        photonic=__version__, python=platform.python_version(), system=platform.platform(), packages=packages
    )
