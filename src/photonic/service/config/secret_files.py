"""Secrets that are read from files: a file can be protected, an environment and a command line cannot.

``token_file = "/etc/photonic/token"`` stands for ``token``. With systemd's ``LoadCredential=token:...``
(systemd.exec(5)) it is ``PHOTONIC_TOKEN_FILE=%d/token``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from photonic.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Mapping

SECRETS: Mapping[str, str] = {"token_file": "token", "operator_pin_file": "operator_pin"}
"""The setting that names a file, and the setting whose value is in it."""
LIMIT_BYTES = 4096


def with_secret_files(values: Mapping[str, Any]) -> dict[str, Any]:
    """These settings with the secrets from the files that they name.

    Raises ``BadInput`` for a file that cannot be read or is empty, and for a secret that is given twice.
    """
    found = dict(values)
    for setting, secret in SECRETS.items():
        if values.get(setting) is None:
            continue
        if values.get(secret) is not None:
            raise BadInput(f"{secret} and {setting} are both set: remove one of them", field=setting)
        found[secret] = _content(Path(str(values[setting])).expanduser(), setting)
    return found


def _content(path: Path, setting: str) -> str:
    try:
        with path.open("rb") as file:
            text = file.read(LIMIT_BYTES).decode()
    except UnicodeDecodeError as error:
        raise BadInput(f"{setting}: {path} is not a text file", field=setting) from error
    except OSError as error:
        raise BadInput(f"{setting}: {path} cannot be read: {error.strerror}", field=setting) from error
    if not text.strip():
        raise BadInput(f"{setting}: {path} is empty", field=setting)
    return text.strip()
