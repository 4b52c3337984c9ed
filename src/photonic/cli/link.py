"""``photonic link``: makes, lists and revokes signed links, which open one thing for a time."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from photonic.cli import options
from photonic.cli.service_address import DEFAULT_URL, Ca, Json, Token, Url

DEFAULT_END = "2h"

link = typer.Typer(
    name="link",
    help="Signed links: addresses that show one photo, a session's photos or a live view to everyone who has "
    "them, for a time. On the service's own machine, its user needs no token.",
    no_args_is_help=True,
)


class LinkRole(StrEnum):
    """The roles that a link may have."""

    VIEWER = "viewer"
    GUEST = "guest"


@link.command("add")
def add(
    scope: Annotated[str, typer.Argument(help="What it opens: photo:ID, session:ID or live:CAMERA.")],
    *,
    role: Annotated[
        LinkRole | None,
        typer.Option(help="What its bearers may do within the scope.", show_default="viewer for live, else guest"),
    ] = None,
    expires: Annotated[
        str, typer.Option(metavar="DURATION", help="How long it opens, such as 2h or 7d, while the service runs.")
    ] = DEFAULT_END,
    streams: Annotated[
        int | None, typer.Option(help="How many live views may be open by it together.", show_default="50")
    ] = None,
    url: Url = DEFAULT_URL,
    token: Token = None,
    ca: Ca = None,
    json: Json = False,
    state_folder: options.StateFolder = None,
    config: options.Config = None,
) -> None:
    """Make a link and print whole addresses that it opens. They are shown only now."""
    from photonic.cli.machine_right import as_operator
    from photonic.cli.times import duration
    from photonic.cli.token import folder
    from photonic.client.access import addresses

    seconds = duration(expires, "--expires")
    wanted = None if role is None else role.value
    made = as_operator(
        url,
        token,
        ca,
        folder(state_folder, config),
        lambda client: client.access.make_link(scope, ends_in_seconds=seconds, role=wanted, streams=streams),
    )
    if made.warning is not None:
        typer.echo(f"photonic: {made.warning}", err=True)
    found = addresses(made)
    if json:
        from json import dumps

        typer.echo(dumps({**made.model_dump(), "addresses": found}, indent=2, ensure_ascii=False))
        return
    width = max(map(len, found))
    for what, address in found.items():
        typer.echo(f"{what:{width}}  {address}")
    typer.echo(f"photonic: `photonic link remove {made.id}` revokes it", err=True)


@link.command("list")
def list_links(
    *,
    url: Url = DEFAULT_URL,
    token: Token = None,
    ca: Ca = None,
    json: Json = False,
    state_folder: options.StateFolder = None,
    config: options.Config = None,
) -> None:
    """List the links: ids, scopes, roles, and how long each still opens."""
    from photonic.cli.cameras import lines
    from photonic.cli.machine_right import as_operator
    from photonic.cli.times import span
    from photonic.cli.token import folder

    found = as_operator(url, token, ca, folder(state_folder, config), lambda client: client.access.links()).links
    if json:
        from json import dumps

        typer.echo(dumps([one.model_dump() for one in found], indent=2, ensure_ascii=False))
        return
    if not found:
        typer.echo("no links: `photonic link add SCOPE` makes one")
        return
    rows = [
        (
            one.id,
            one.scope,
            one.role,
            f"for {span(one.ends_in_seconds)} of running time" if one.ends_in_seconds > 0 else "expired",
            f"made by {one.made_by}",
        )
        for one in found
    ]
    typer.echo("\n".join(lines(rows)))


@link.command("remove")
def remove(
    link_id: Annotated[str, typer.Argument(metavar="ID", help="The link's id.")],
    *,
    url: Url = DEFAULT_URL,
    token: Token = None,
    ca: Ca = None,
    state_folder: options.StateFolder = None,
    config: options.Config = None,
) -> None:
    """Revoke a link. It opens nothing from now on, and its streams end."""
    from photonic.cli.machine_right import as_operator
    from photonic.cli.token import folder

    as_operator(url, token, ca, folder(state_folder, config), lambda client: client.access.revoke_link(link_id))
