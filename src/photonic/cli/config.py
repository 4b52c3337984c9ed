"""``photonic config``: checks the settings, and shows them with where each comes from."""

from __future__ import annotations

import json as json_text
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from photonic.cli import options
from photonic.cli.service_address import Json

if TYPE_CHECKING:
    from pydantic import JsonValue

    from photonic.service.config.settings import ServiceSettings

DEFAULT_SOURCE = "default"

config = typer.Typer(
    name="config",
    help="The settings of `photonic serve`: from environment variables, the configuration file and the defaults.",
    no_args_is_help=True,
)


@config.command("check")
def check(*, config: options.Config = None) -> None:
    """Check the settings as `photonic serve` would, without starting it. Exit code 2: one is wrong."""
    from photonic.service.config import cameras

    settings = _checked(config)
    place = f"{config}" if config is not None else "no configuration file"
    typer.echo(
        f"{place}: the settings are valid; camera {cameras.summary(settings)}, photos go to {settings.photo_root}"
    )


@config.command("show")
def show(
    *,
    every: Annotated[bool, typer.Option("--all", help="Also the settings that have their defaults.")] = False,
    config: options.Config = None,
    json: Json = False,
) -> None:
    """Print the settings and where each comes from. Secrets are hidden."""
    from photonic.cli.cameras import lines
    from photonic.service.config.sources import sources
    from photonic.service.support.redaction import Redactor

    settings = _checked(config)
    found = sources(config)
    clean = cast(
        "dict[str, JsonValue]", Redactor.of(settings).value(settings.model_dump(mode="json", exclude_none=True))
    )
    values = {name: clean.get(name) for name in type(settings).model_fields if every or name in found}
    if json:
        shown = {name: {"value": value, "source": found.get(name, DEFAULT_SOURCE)} for name, value in values.items()}
        typer.echo(json_text.dumps(shown, indent=2, ensure_ascii=False))
    elif not values:
        typer.echo("every setting has its default: `photonic config show --all` prints them")
    else:
        rows = [(name, _text(value), found.get(name, DEFAULT_SOURCE)) for name, value in values.items()]
        typer.echo("\n".join(lines(rows)))


def _checked(config: Path | None) -> ServiceSettings:
    """The settings. Raises ``BadInput`` if the service would refuse them."""
    from photonic.service.config.access import refuse_weak_token
    from photonic.service.config.sources import read_settings

    settings = read_settings({}, config)
    refuse_weak_token(settings)
    return settings


def _text(value: JsonValue) -> str:
    return "none" if value is None else json_text.dumps(value, ensure_ascii=False)
