"""The service's settings: one frozen model, read once at the edge.

Sources, the first that has a value wins: flags, environment (``PHOTONIC_...``), TOML file, defaults.
"""

from __future__ import annotations

import difflib
import ipaddress
import os
import tomllib
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from photonic.errors import BadInput
from photonic.model.api import SessionId
from photonic.model.hook import Hook, Webhook
from photonic.model.name import Name
from photonic.model.profile import Profile
from photonic.model.refusal import words
from photonic.service.config import cameras
from photonic.service.config.fields import (
    CameraAddress,
    CaptureTarget,
    ImagePathForm,
    LogFormat,
    Names,
    OperatorPin,
    PhotoNameTemplate,
    PhotoRootPath,
    TableOrAddress,
    Token,
    default_photo_root,
)
from photonic.service.photo.template import BODY_SESSION, DEFAULT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pydantic_core import ErrorDetails

ENVIRONMENT_PREFIX = "PHOTONIC_"


class ServiceSettings(BaseSettings):
    """Everything that the service can be told; reads nothing by itself (``read_settings`` does).

    ``token``: ``None`` means that nobody is asked for one. ``camera_name``: ``None`` means the serial number.
    ``operator_pin``: ``None`` means that every page may change the camera's settings.
    ``cameras``: cameras by their names; with them, ``camera`` is one more only where it is given (``fleet``).
    ``allowed_hosts``: further names under which the service may be addressed. ``allowed_origins``: pages of other
    origins (``http://host:port``) that may use it from a browser. ``min_free_mb``: a capture is refused before the
    shutter when the photo root's disk has less. ``low_space_mb``: with less there is a warning.
    ``photo_name``: a template of names, ``body_session`` the session of photos of the camera's own button.
    ``retry_without_autofocus``: expose all the same where the lens finds no focus, for requests that do not say.
    ``delete_after_download``: the card's copy of a photo goes once the photo is on record. ``fetch_films``: films
    that the camera records are fetched, too; else they stay on its card. ``trash_days``: how long a
    photo that was deleted can be restored. ``profiles``: named settings of the camera, of which ``profile`` is held
    from the start. ``hooks``, ``webhooks``: who is told of each photo.
    """

    model_config: ClassVar[SettingsConfigDict] = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix=ENVIRONMENT_PREFIX,
        env_ignore_empty=True,
        validate_default=True,
        hide_input_in_errors=True,
    )

    host: str = Field(default="127.0.0.1", min_length=1, max_length=255)
    port: int = Field(default=8000, ge=0, le=65535)
    photo_root: PhotoRootPath = Field(default_factory=default_photo_root)
    camera: CameraAddress = "auto"
    camera_name: Name | None = None
    cameras: dict[Name, TableOrAddress] = Field(default_factory=dict)
    capture_target: CaptureTarget = CaptureTarget.CARD
    photo_name: PhotoNameTemplate = DEFAULT
    body_session: SessionId = BODY_SESSION
    image_path: ImagePathForm = ImagePathForm.ABSOLUTE
    token: Token | None = None
    allow_anonymous: bool = False
    operator_pin: OperatorPin | None = None
    allowed_hosts: Names = ()
    allowed_origins: Names = ()
    log_format: LogFormat = LogFormat.CONSOLE
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    queue_length: int = Field(default=8, ge=1, le=1000)
    preview_grace_seconds: float = Field(default=5.0, ge=0.0, le=3600.0)
    min_free_mb: int = Field(default=500, ge=0)
    low_space_mb: int = Field(default=2000, ge=0)
    retry_without_autofocus: bool = False
    delete_after_download: bool = False
    fetch_films: bool = False
    trash_days: int = Field(default=30, ge=1, le=36500)
    profiles: dict[Name, Profile] = Field(default_factory=dict)
    profile: str | None = None
    hooks: dict[Name, Hook] = Field(default_factory=dict)
    webhooks: dict[Name, Webhook] = Field(default_factory=dict)

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine can reach the service."""
        return is_loopback(self.host)

    @model_validator(mode="after")
    def _guarded_off_loopback(self) -> ServiceSettings:
        if not self.on_loopback and self.token is None and not self.allow_anonymous:
            raise ValueError(
                f"host {self.host} can be reached from other machines: set token, or allow_anonymous = true"
            )
        return self

    @model_validator(mode="after")
    def _of_known_profile(self) -> ServiceSettings:
        if self.profile is not None and self.profile not in self.profiles:
            known = ", ".join(self.profiles) or "none is configured"
            raise ValueError(f"profile {self.profile!r} is not among profiles: {known}")
        return self

    @model_validator(mode="after")
    def _of_distinct_cameras(self) -> ServiceSettings:
        cameras.check(self)
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the base class names it
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the base class names it
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the base class names it
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the base class names it
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what the constructor is given."""
        return (init_settings,)


def is_loopback(host: str) -> bool:
    """Whether ``host``, a name or an address, is this machine to itself only."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def read_settings(flags: Mapping[str, Any] | None = None, config_file: Path | None = None) -> ServiceSettings:
    """The settings from flags, environment and file.

    ``flags`` whose value is ``None`` were not given; ``camera`` and ``cameras`` (addresses by name) among them are all
    cameras that there are. ``config_file``: ``None`` means that there is none. Raises ``BadInput`` that names the key,
    where it came from and what it takes.
    """
    given = {key: value for key, value in (flags or {}).items() if value is not None}
    _refuse_misspelt_variables(os.environ)

    if config_file is not None and not config_file.is_file():
        raise BadInput(f"config file {config_file} does not exist", field="config")
    try:
        filed = TomlConfigSettingsSource(ServiceSettings, config_file)() if config_file is not None else {}
        told = {**filed, **EnvSettingsSource(ServiceSettings)()}
        return ServiceSettings(**{**cameras.narrowed(told, given), **given})
    except ValidationError as error:
        raise _bad_input(error.errors(include_url=False)[0], given) from error
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"config file {config_file} is no TOML: {error}", field="config") from error
    except OSError as error:
        raise BadInput(f"config file {config_file} cannot be read: {error}", field="config") from error


def _refuse_misspelt_variables(environment: Mapping[str, str]) -> None:
    """Other variables may start with our prefix (container links do); one that is nearly a setting is a mistake."""
    known = [ENVIRONMENT_PREFIX + name.upper() for name in ServiceSettings.model_fields]
    for name in environment:
        if not name.startswith(ENVIRONMENT_PREFIX) or name in known:
            continue
        if near := difflib.get_close_matches(name, known, n=1, cutoff=0.9):
            raise BadInput(f"environment variable {name} is no setting; did you mean {near[0]}?", field=name)


def _bad_input(error: ErrorDetails, given: Mapping[str, Any]) -> BadInput:
    place = error["loc"]
    key = str(place[0]) if place else None
    if key is None:
        message = words(error)
        said_of = [field for field in ("profile", "cameras") if message.startswith(f"{field} ")]
        return BadInput(message, field=said_of[0] if said_of else "token")
    if len(place) > 1:
        where = ".".join(str(part) for part in place if part != "[key]")
        return BadInput(f"{where}: {words(error)}", field=key)
    if error["type"] == "extra_forbidden":
        near = difflib.get_close_matches(key, ServiceSettings.model_fields, n=1)
        known = f"; did you mean {near[0]}?" if near else f"; it takes {', '.join(ServiceSettings.model_fields)}"
        return BadInput(f"{key} is no setting{known}", field=key, choices=tuple(ServiceSettings.model_fields))
    variable = ENVIRONMENT_PREFIX + key.upper()
    shown = f"{key} (from {variable})" if key not in given and os.environ.get(variable) else key
    return BadInput(f"{shown}: {words(error)}", field=key)
