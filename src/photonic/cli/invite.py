"""``photonic invite``: lets a phone in, with a QR code or a code to type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from photonic.access.permission import Role
from photonic.cli import options
from photonic.cli.service_address import DEFAULT_URL, Ca, Json, Token, Url

if TYPE_CHECKING:
    from photonic.client.camera import CameraClient
    from photonic.model.access import IssuedCode, RoleName


def invite(
    *,
    role: Annotated[Role, typer.Option(help="What the browser that uses the code may do.")] = Role.GUEST,
    url: Url = DEFAULT_URL,
    token: Token = None,
    ca: Ca = None,
    json: Json = False,
    state_folder: options.StateFolder = None,
    config: options.Config = None,
) -> None:
    """Let a phone in: print a QR code, its address, and a code to type. Each signs one browser in, within five minutes.

    On the service's own machine, its user needs no token.
    """
    from photonic.cli.machine_right import as_operator
    from photonic.cli.token import folder

    by_address, by_hand = as_operator(
        url, token, ca, folder(state_folder, config), lambda client: _codes(client, role.value)
    )
    if by_address.warning is not None:
        typer.echo(f"photonic: {by_address.warning}", err=True)
    if json:
        from json import dumps

        shown = {
            "role": by_address.role,
            "address": by_address.address,
            "typed_code": by_hand.code,
            "ends_in_seconds": by_address.ends_in_seconds,
            "warning": by_address.warning,
        }
        typer.echo(dumps(shown, indent=2, ensure_ascii=False))
        return
    from photonic.cli.qr_code import shown as qr

    minutes = f"{by_hand.ends_in_seconds / 60:.0f} minutes"
    typer.echo(f"To sign in as {by_address.role}, once, within {minutes}, scan or open this:")
    typer.echo(qr(by_address.address))
    typer.echo(f"Or open {by_address.address.partition('#')[0]} and type {by_hand.code}")


async def _codes(client: CameraClient, role: RoleName) -> tuple[IssuedCode, IssuedCode]:
    return await client.access.issue_code(role), await client.access.issue_code(role, typed=True)
