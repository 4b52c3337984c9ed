"""``photonic serve``: runs the service."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from photonic.cli import options


def serve(
    *,
    camera: options.Cameras = None,
    host: options.Host = None,
    port: options.Port = None,
    photo_root: options.PhotoRoot = None,
    capture_target: options.CaptureTarget = None,
    camera_name: Annotated[
        str | None, typer.Option(help="The camera's name in URLs.", show_default="its serial number")
    ] = None,
    photo_name: Annotated[
        str | None,
        typer.Option(
            metavar="TEMPLATE",
            help="Names of the photo files: fields in braces, slashes for folders.",
            show_default="{session}_{sequence}_{unix}",
        ),
    ] = None,
    body_session: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Session of photos taken with the camera's button.", show_default="body"),
    ] = None,
    image_path: Annotated[
        str | None, typer.Option(help="Photo paths in responses: absolute or relative.", show_default="absolute")
    ] = None,
    allow_anonymous: Annotated[
        str | None,
        typer.Option(
            metavar="[ROLE]",
            help="What strangers on the network may be: viewer, guest or operator. Without a role: operator, as long "
            "as there is no token.",
            show_default="nothing",
        ),
    ] = None,
    loopback_role: Annotated[
        str | None,
        typer.Option(
            metavar="ROLE",
            help="What programs on this machine may be without a token: operator, guest, viewer or none.",
            show_default="operator as long as there is no token",
        ),
    ] = None,
    state_folder: options.StateFolder = None,
    uds: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Unix socket to listen on instead of a port.", show_default=False),
    ] = None,
    tls: Annotated[
        str | None,
        typer.Option(
            metavar="auto|off", help="auto: make a certificate, signed by an authority of its own.", show_default="off"
        ),
    ] = None,
    tls_certificate: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Certificate for TLS, in PEM form; needs --tls-key.", show_default=False),
    ] = None,
    tls_key: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Key of the certificate, in PEM form.", show_default=False)
    ] = None,
    log_level: Annotated[
        str | None, typer.Option(help="Lowest level to log: debug, info, warning or error.", show_default="info")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Write the log as JSON, one object per line.")] = False,
    config: options.Config = None,
) -> None:
    """Serve one or more cameras: live view, captures and the web page.

    Every option is also a setting in the config file and an environment variable (such as PHOTONIC_PORT); the option
    takes precedence. Stops on SIGTERM or Ctrl-C.
    """
    import structlog

    from photonic.cli.camera_flags import camera_flags
    from photonic.cli.hosting import host as host_service
    from photonic.cli.hosting import run
    from photonic.machine.environment import forget
    from photonic.service.config import cameras
    from photonic.service.config.certificates import authority_fingerprint
    from photonic.service.config.sources import read_settings, variables

    flags: dict[str, Any] = {
        **camera_flags(camera or ()),
        "host": host,
        "port": port,
        "photo_root": photo_root,
        "capture_target": capture_target,
        "camera_name": camera_name,
        "photo_name": photo_name,
        "body_session": body_session,
        "image_path": image_path,
        "allow_anonymous": allow_anonymous,
        "loopback_role": loopback_role,
        "state_folder": state_folder,
        "uds": uds,
        "tls": tls,
        "tls_certificate": tls_certificate,
        "tls_key": tls_key,
        "log_level": log_level,
        "log_format": "json" if json else None,
    }
    settings = read_settings(flags, config)
    forget(variables())

    def on_ready(url: str) -> None:
        if json:
            structlog.stdlib.get_logger(__name__).info("serving", address=url)
        else:
            if config is not None:
                typer.echo(f"photonic: the settings are from {config}", err=True)
            names = cameras.summary(settings)
            typer.echo(f"photonic: {url} serves camera {names}, photos go to {settings.photo_root}", err=True)
            if (fingerprint := authority_fingerprint(settings)) is not None:
                typer.echo(f"photonic: its authority is at {url}/authority.pem, SHA-256 {fingerprint}", err=True)

    run(host_service(settings, on_ready))
