"""``photonic token``: makes, lists and removes the named tokens of this machine's services."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from photonic.access.permission import Role
from photonic.cli import options
from photonic.cli.service_address import Json
from photonic.cli.times import span

token = typer.Typer(
    name="token",
    help="Named access tokens: each has a role, and may have an end. Services on this machine apply changes at once.",
    no_args_is_help=True,
)


@token.command("add")
def add(
    name: Annotated[str, typer.Argument(help="A name for the token, such as the device that uses it.")],
    *,
    role: Annotated[Role, typer.Option(help="What its bearer may do.")] = Role.OPERATOR,
    expires: Annotated[
        str | None,
        typer.Option(metavar="DURATION", help="How long it is valid, such as 12h or 7d.", show_default="until removed"),
    ] = None,
    state_folder: options.StateFolder = None,
    config: options.Config = None,
) -> None:
    """Make a token and print it. It is shown only now: only its hash is stored."""
    from photonic.cli.times import duration, made_now
    from photonic.serving.token_file import edited_tokens

    lifetime_seconds = duration(expires, "--expires") if expires is not None else None
    with edited_tokens(folder(state_folder, config)) as table:
        secret = table.add(name, role, lifetime_seconds, made_now())
    typer.echo(secret)


@token.command("list")
def list_tokens(*, json: Json = False, state_folder: options.StateFolder = None, config: options.Config = None) -> None:
    """List the tokens: names, roles, and how long each is valid."""

    from photonic.cli.cameras import lines
    from photonic.serving.token_file import read_tokens

    records = read_tokens(folder(state_folder, config)).records
    if json:
        from json import dumps

        shown = [
            {"name": one.name, "role": one.role, "made_at": one.made_at, "lifetime_seconds": one.lifetime_seconds}
            for one in records
        ]
        typer.echo(dumps(shown, indent=2, ensure_ascii=False))
        return
    if not records:
        typer.echo("no tokens: `photonic token add NAME` makes one")
        return
    rows = [(one.name, one.role.value, f"made {one.made_at}", _lifetime(one.lifetime_seconds)) for one in records]
    typer.echo("\n".join(lines(rows)))


@token.command("remove")
def remove(
    name: Annotated[str, typer.Argument(help="The token's name.")],
    *,
    state_folder: options.StateFolder = None,
    config: options.Config = None,
) -> None:
    """Remove a token. Its users lose access within five seconds."""
    from photonic.serving.token_file import edited_tokens

    with edited_tokens(folder(state_folder, config)) as table:
        table.remove(name)


def folder(state_folder: Path | None, config: Path | None) -> Path:
    """The state folder: the option, or else the setting."""
    from photonic.service.config.sources import read_settings

    return read_settings({"state_folder": state_folder}, config).state_folder


def _lifetime(seconds: float | None) -> str:
    return "valid until removed" if seconds is None else f"valid for {span(seconds)} of running time"
