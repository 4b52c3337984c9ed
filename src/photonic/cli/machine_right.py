"""The right of a command on the service's own machine: its user may do there whatever the service's operator may.

A user who can write the service's state folder can add a token to it (``photonic token add``). Where the service asks
for a right and none was given, a command therefore adds a token for itself, waits until the service has read it, and
removes it at its end. It is sent to this machine only.
"""

from __future__ import annotations

import asyncio
import os
import re
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from photonic.access.credentials import new_id
from photonic.access.grant import COMMAND_PREFIX
from photonic.access.names import is_loopback
from photonic.access.permission import Role
from photonic.cli.times import made_now
from photonic.client.camera import CameraClient
from photonic.client.trust import trusting
from photonic.errors import BadInput
from photonic.serving.own_certificate import AUTHORITY_FILE, FOLDER
from photonic.serving.token_file import edited_tokens

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Generator

    from photonic.access.tokens import TokenRecord

Answered = TypeVar("Answered")

LIFETIME_SECONDS = 60.0
_OWN = re.compile(rf"{COMMAND_PREFIX}([0-9]+)-[0-9a-f]{{16}}")
FIRST_LOOK_SECONDS = 1.0
# Each look before the service has read the file counts as a wrong token, so there are few.
LOOK_EVERY_SECONDS = 2.0
LOOKS = 5


def as_operator(
    url: str, token: str | None, ca: Path | None, state_folder: Path, ask: Callable[[CameraClient], Awaitable[Answered]]
) -> Answered:
    """Ask the service for something with a right as in ``operator_client``, and return its answer."""

    async def answered() -> Answered:
        async with operator_client(url, token, ca, state_folder) as client:
            return await ask(client)

    return asyncio.run(answered())


@asynccontextmanager
async def operator_client(
    url: str, token: str | None, ca: Path | None, state_folder: Path
) -> AsyncGenerator[CameraClient]:
    """A client for what operators may do.

    Args:
        url: The service's address.
        token: The token to send; ``None``: none was given.
        ca: The authority to accept; ``None``: those that the machine knows, and on this machine the service's own.
        state_folder: The folder of the service's tokens, if it runs on this machine.

    Raises:
        ServiceError: The service is unreachable.
        BadInput: The state folder cannot be used, or is not the service's.
    """
    here = is_loopback(urlsplit(url).hostname or "")
    own_authority = state_folder / FOLDER / AUTHORITY_FILE
    trust = trusting(own_authority if ca is None and here and own_authority.is_file() else ca)
    async with CameraClient(url, token=token, ssl_context=trust) as client:
        if token is not None or not here or (await client.access.who()).role == Role.OPERATOR:
            yield client
            return
    with _own_token(state_folder) as own:
        async with CameraClient(url, token=own, ssl_context=trust) as client:
            await _until_operator(client, state_folder)
            yield client


@contextmanager
def _own_token(folder: Path) -> Generator[str]:
    name = f"{COMMAND_PREFIX}{os.getpid()}-{new_id()}"
    with edited_tokens(folder) as table:
        for record in table.records:
            if _is_left_over(record):
                table.remove(record.name)
        secret = table.add(name, Role.OPERATOR, LIFETIME_SECONDS, made_now())
    try:
        yield secret
    finally:
        with edited_tokens(folder) as table:
            table.remove(name)


def _is_left_over(record: TokenRecord) -> bool:
    """Whether a command that was killed left this token: its process is gone."""
    found = _OWN.fullmatch(record.name)
    return found is not None and not Path("/proc", found[1]).exists()


async def _until_operator(client: CameraClient, folder: Path) -> None:
    await asyncio.sleep(FIRST_LOOK_SECONDS)
    for _look in range(LOOKS):
        if (await client.access.who()).role == Role.OPERATOR:
            return
        await asyncio.sleep(LOOK_EVERY_SECONDS)
    raise BadInput(
        f"the service does not use the tokens in {folder}: run this as the service's user, name its folder with "
        "--state-folder, or give an operator's token with --token",
        field="state_folder",
    )
