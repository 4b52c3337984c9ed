"""The service's settings: one frozen model. ``config.sources`` reads it once at the start."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from photonic.access.names import is_loopback
from photonic.access.origins import ANY
from photonic.access.permission import Role
from photonic.model import guest
from photonic.model.api import SessionId
from photonic.model.capture_options import LONGEST_BULB_SECONDS
from photonic.model.hook import Hook, Webhook
from photonic.model.name import Name
from photonic.model.profile import Profile
from photonic.model.saved import SaveLevel
from photonic.model.sequence import COUNT_LIMIT, LONGEST_SECONDS
from photonic.model.verification import INDEX_COPIES, VERIFY_RATE_MB
from photonic.service.config.camera_tables import TableOrAddress, check
from photonic.service.config.fields import (
    AbsolutePath,
    CameraAddress,
    CaptureTarget,
    FileMode,
    ImagePathForm,
    LogFormat,
    LoopbackRole,
    Names,
    OperatorPin,
    Origins,
    PhotoNameTemplate,
    PhotoRootPath,
    ProxyAddresses,
    RootPath,
    SecondRootPath,
    StateFolderPath,
    Tls,
    Token,
    default_photo_root,
    default_state_folder,
)
from photonic.service.photo.template import BODY_SESSION, DEFAULT

ENVIRONMENT_PREFIX = "PHOTONIC_"


class ServiceSettings(BaseSettings):
    """All settings of the service. The constructor reads neither environment nor files; ``config.sources`` does.

    Args:
        host: The address to listen on.
        port: The port to listen on; 0: any free one.
        uds: The path of a Unix socket to listen on instead of a port; ``None``: none.
        tls_certificate: A PEM file with the certificate; ``None``: no certificate is configured.
        tls_key: A PEM file with its key; required with ``tls_certificate``.
        tls: ``auto``: an authority of the service's own signs the certificate.
        state_folder: The folder for what the service must remember: tokens, sessions, links and certificates.
        photo_root: The folder for photos.
        saved: When a photo counts as saved.
        second_root: The folder on the second disk, for ``disk+second``; it has to exist.
        camera: The camera's address; with ``cameras``, an additional camera, if it is set.
        camera_name: The name of ``camera``; ``None``: its serial number.
        cameras: Several cameras, by name (see ``config.cameras``).
        capture_target: Where a camera stores a photo first.
        photo_name: The template of file names.
        body_session: The session of photos taken with the camera's own button.
        image_path: The form of paths in responses.
        token: A token with the role operator; ``None``: only named tokens (``photonic token``).
        token_file: The file that contains ``token`` instead; ``None``: none does.
        allow_anonymous: The role of strangers, or ``True``: operator, as long as there is no token.
        loopback_role: The role of programs on this machine; ``None``: operator as long as there is no token.
        operator_pin: The PIN that a page requires to change the camera's settings; ``None``: no PIN is required.
        guest_exposure_seconds: The longest exposure of guests.
        guest_frames: The most photos in a sequence of guests.
        guest_wait_seconds: The longest wait of guests before a sequence and between two of its photos.
        guest_captures_a_minute: The most photos in a minute for each guest.
        operator_pin_file: The file that contains ``operator_pin`` instead; ``None``: none does.
        allowed_hosts: Additional host names of the service.
        allowed_origins: Origins (``http://host:port``) of other pages that may use the service from a browser; ``*``:
            all pages, as strangers.
        trusted_proxies: Addresses and networks of reverse proxies, or ``unix``, whose forwarding headers count.
        root_path: The path prefix under which a reverse proxy serves the service; empty: none.
        max_connections: Open connections in all; a part of them is reserved for operators and this computer.
        max_connections_per_address: Open connections from one address, except this computer and trusted proxies.
        max_viewers: Viewers of live view in all; a part of them is reserved for operators and this computer.
        log_format: For people or for machines.
        log_level: The lowest level that is logged.
        queue_length: The maximum number of waiting captures.
        streamer_addresses: Whether live view is also at the addresses of mjpg-streamer and uStreamer.
        preview_grace_seconds: How long live view continues after the last viewer has left.
        min_free_mb: With less free space on the disk, captures are refused before the shutter fires.
        low_space_mb: With less free space on the disk, there is a warning, and guests are refused.
        photo_mode: The permissions of a photo's file, octal.
        retry_without_autofocus: Expose even if autofocus fails, unless the request says otherwise.
        delete_after_download: Delete the card's copy of a photo once the photo is on record.
        fetch_films: Also download films; otherwise they stay on the card.
        trash_days: How long a deleted photo can be restored.
        verify_rate_mb: How many megabytes a second are read to verify photos in idle time; 0: none.
        index_copies: How many copies of the photo index are kept beside it.
        profiles: Named sets of camera settings.
        profile: The profile that is active from the start; ``None``: none.
        hooks: Commands to run for each photo.
        webhooks: Addresses to notify of each photo.
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
    uds: AbsolutePath | None = None
    tls_certificate: AbsolutePath | None = None
    tls_key: AbsolutePath | None = None
    tls: Tls = Tls.OFF
    state_folder: StateFolderPath = Field(default_factory=default_state_folder)
    photo_root: PhotoRootPath = Field(default_factory=default_photo_root)
    saved: SaveLevel = SaveLevel.DISK
    second_root: SecondRootPath | None = None
    camera: CameraAddress = "auto"
    camera_name: Name | None = None
    cameras: dict[Name, TableOrAddress] = Field(default_factory=dict)
    capture_target: CaptureTarget = CaptureTarget.CARD
    photo_name: PhotoNameTemplate = DEFAULT
    body_session: SessionId = BODY_SESSION
    image_path: ImagePathForm = ImagePathForm.ABSOLUTE
    token: Token | None = None
    token_file: Path | None = None
    allow_anonymous: bool | Role = False
    loopback_role: LoopbackRole | None = None
    operator_pin: OperatorPin | None = None
    guest_exposure_seconds: float = Field(default=guest.EXPOSURE_SECONDS, gt=0.0, le=LONGEST_BULB_SECONDS)
    guest_frames: int = Field(default=guest.FRAMES, ge=1, le=COUNT_LIMIT)
    guest_wait_seconds: float = Field(default=guest.WAIT_SECONDS, ge=0.0, le=LONGEST_SECONDS)
    guest_captures_a_minute: int = Field(default=guest.CAPTURES_A_MINUTE, ge=1, le=1000)
    operator_pin_file: Path | None = None
    allowed_hosts: Names = ()
    allowed_origins: Origins = ()
    trusted_proxies: ProxyAddresses = ()
    root_path: RootPath = ""
    max_connections: int = Field(default=1000, ge=16, le=100_000)
    max_connections_per_address: int = Field(default=128, ge=4, le=100_000)
    max_viewers: int = Field(default=300, ge=1, le=100_000)
    log_format: LogFormat = LogFormat.CONSOLE
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    queue_length: int = Field(default=8, ge=1, le=1000)
    streamer_addresses: bool = True
    preview_grace_seconds: float = Field(default=5.0, ge=0.0, le=3600.0)
    min_free_mb: int = Field(default=500, ge=0)
    low_space_mb: int = Field(default=2000, ge=0)
    photo_mode: FileMode = "0640"
    retry_without_autofocus: bool = False
    delete_after_download: bool = False
    fetch_films: bool = False
    trash_days: int = Field(default=30, ge=1, le=36500)
    verify_rate_mb: float = Field(default=VERIFY_RATE_MB, ge=0.0, le=100_000.0, allow_inf_nan=False)
    index_copies: int = Field(default=INDEX_COPIES, ge=0, le=100)
    profiles: dict[Name, Profile] = Field(default_factory=dict)
    profile: str | None = None
    hooks: dict[Name, Hook] = Field(default_factory=dict)
    webhooks: dict[Name, Webhook] = Field(default_factory=dict)

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine can reach the service."""
        return is_loopback(self.host)

    @property
    def guest_limits(self) -> guest.GuestLimits:
        """The limits for guests."""
        return guest.GuestLimits(
            exposure_seconds=self.guest_exposure_seconds,
            frames=self.guest_frames,
            wait_seconds=self.guest_wait_seconds,
            captures_a_minute=self.guest_captures_a_minute,
        )

    @property
    def speaks_tls(self) -> bool:
        """Whether the port speaks TLS."""
        return self.tls is Tls.AUTO or self.tls_certificate is not None

    @property
    def has_unnamed_camera(self) -> bool:
        """Whether the camera of ``camera`` is used: it is set, or there is no other camera."""
        return not self.cameras or "camera" in self.model_fields_set

    @model_validator(mode="after")
    def _of_guarded_origins(self) -> ServiceSettings:
        if ANY in self.allowed_origins and self.allow_anonymous is not Role.VIEWER:
            raise ValueError(
                'allowed_origins: "*" opens the service to every page of the web: it is accepted only together with '
                'allow_anonymous = "viewer"; otherwise, list the origins'
            )
        return self

    @model_validator(mode="after")
    def _of_one_certificate(self) -> ServiceSettings:
        if (self.tls_certificate is None) != (self.tls_key is None):
            given, missing = ("tls_key", "tls_certificate") if self.tls_key else ("tls_certificate", "tls_key")
            raise ValueError(f"{given} needs {missing}: set both")
        if self.tls is Tls.AUTO and self.tls_certificate is not None:
            raise ValueError("tls = auto makes its own certificate: remove tls_certificate and tls_key")
        return self

    @model_validator(mode="after")
    def _of_known_profile(self) -> ServiceSettings:
        if self.profile is not None and self.profile not in self.profiles:
            known = ", ".join(self.profiles) or "none is configured"
            raise ValueError(f"profile {self.profile!r} is not one of the profiles: {known}")
        return self

    @model_validator(mode="after")
    def _of_reachable_level(self) -> ServiceSettings:
        if (self.saved is SaveLevel.SECOND) != (self.second_root is not None):
            raise ValueError(
                'saved = "disk+second" and second_root, a folder on another disk, need each other: set both, or neither'
            )
        if self.second_root is not None and (
            self.second_root.is_relative_to(self.photo_root) or self.photo_root.is_relative_to(self.second_root)
        ):
            raise ValueError(
                f"second_root {self.second_root} and photo_root {self.photo_root} contain one another: "
                "choose a folder on another disk"
            )
        targets = {self.capture_target, *(table.capture_target for table in self.cameras.values())}
        if self.saved is SaveLevel.CARD and CaptureTarget.RAM in targets:
            raise ValueError(
                'saved = "disk+card" needs capture_target = "card": with ram, the camera keeps no copy of a photo'
            )
        return self

    @model_validator(mode="after")
    def _of_distinct_cameras(self) -> ServiceSettings:
        check(
            self.cameras,
            unnamed=self.camera if self.has_unnamed_camera else None,
            unnamed_name=self.camera_name,
            profiles=self.profiles,
        )
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
        """Use only the arguments of the constructor."""
        return (init_settings,)
