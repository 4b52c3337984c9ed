"""Reads the settings: flags, environment (``PHOTONIC_...``), TOML file, defaults, in order of precedence."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from pydantic_settings import EnvSettingsSource, TomlConfigSettingsSource

from photonic.errors import BadInput
from photonic.model.refusal import refusal_text
from photonic.service.config.camera_tables import narrowed
from photonic.service.config.secret_files import with_secret_files
from photonic.service.config.settings import ENVIRONMENT_PREFIX, ServiceSettings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pydantic_core import ErrorDetails

_CHECKED_TOGETHER = ("profile", "cameras", "allowed_origins", "tls_key", "tls_certificate", "tls")
"""Fields with rules about several fields; the message of such a rule begins with the field."""


def read_settings(flags: Mapping[str, Any] | None = None, config_file: Path | None = None) -> ServiceSettings:
    """Read the settings from flags, environment and file.

    Args:
        flags: Command-line flags by setting; a value of ``None`` means not given. ``camera`` and ``cameras`` (addresses
            by name) replace the cameras of environment and file.
        config_file: The TOML file; ``None``: without one.

    Raises:
        BadInput: A setting is invalid; the message names its key, its source and the accepted values.
    """
    given = {key: value for key, value in (flags or {}).items() if value is not None}
    _refuse_misspelt_variables(os.environ)

    if config_file is not None and not config_file.is_file():
        raise BadInput(f"config file {config_file} does not exist", field="config")
    try:
        configured = {**_filed(config_file), **EnvSettingsSource(ServiceSettings)()}
        return ServiceSettings(**with_secret_files({**narrowed(configured, given), **given}))
    except ValidationError as error:
        raise _bad_input(error.errors(include_url=False)[0], given) from error
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"config file {config_file} is not valid TOML: {error}", field="config") from error
    except OSError as error:
        raise BadInput(f"config file {config_file} cannot be read: {error}", field="config") from error


def sources(config_file: Path | None) -> dict[str, str]:
    """The environment variable or the file that each setting comes from, as ``read_settings`` has accepted them.

    A setting that is missing has its default.
    """
    filed = dict.fromkeys(_filed(config_file), str(config_file))
    return filed | {name: ENVIRONMENT_PREFIX + name.upper() for name in EnvSettingsSource(ServiceSettings)()}


def _filed(config_file: Path | None) -> dict[str, Any]:
    return {} if config_file is None else TomlConfigSettingsSource(ServiceSettings, config_file)()


def variables() -> list[str]:
    """The environment variables of all settings; any of them may hold a secret."""
    return [ENVIRONMENT_PREFIX + name.upper() for name in ServiceSettings.model_fields]


def _refuse_misspelt_variables(environment: Mapping[str, str]) -> None:
    """Refuse a misspelt variable; other unknown ones with the prefix are allowed, since container links create them."""
    known = variables()
    for name in environment:
        if not name.startswith(ENVIRONMENT_PREFIX) or name in known:
            continue
        if near := difflib.get_close_matches(name, known, n=1, cutoff=0.9):
            raise BadInput(f"environment variable {name} is not a setting; did you mean {near[0]}?", field=name)


def _bad_input(error: ErrorDetails, given: Mapping[str, Any]) -> BadInput:
    place = error["loc"]
    key = str(place[0]) if place else None
    if key is None:
        message = refusal_text(error)
        named = [field for field in _CHECKED_TOGETHER if re.match(rf"{field}[ :]", message)]
        return BadInput(message, field=named[0] if named else "token")
    if len(place) > 1:
        where = ".".join(str(part) for part in place if part != "[key]")
        return BadInput(f"{where}: {refusal_text(error)}", field=key)
    if error["type"] == "extra_forbidden":
        near = difflib.get_close_matches(key, ServiceSettings.model_fields, n=1)
        known = f"; did you mean {near[0]}?" if near else f"; known settings: {', '.join(ServiceSettings.model_fields)}"
        return BadInput(f"{key} is not a setting{known}", field=key, choices=tuple(ServiceSettings.model_fields))
    variable = ENVIRONMENT_PREFIX + key.upper()
    shown = f"{key} (from {variable})" if key not in given and os.environ.get(variable) else key
    return BadInput(f"{shown}: {refusal_text(error)}", field=key)
