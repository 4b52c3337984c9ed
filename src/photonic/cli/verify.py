"""``photonic verify`` and ``photonic reindex``: check stored photos, repair them, list photos without a record."""

from __future__ import annotations

from dataclasses import dataclass
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from photonic.cli import options
from photonic.cli.outcome import ExitCode
from photonic.cli.service_address import DEFAULT_URL, Ca, Camera, Json, Token, Url
from photonic.cli.service_or_folder import from_service_or_folder
from photonic.cli.stored_cameras import existing_roots, indexed_cameras
from photonic.errors import CheckNotMade

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from photonic.client.verification import VerificationClient
    from photonic.model.verification import VerificationFinding, VerificationStatus
    from photonic.service.camera.controller_settings import ControllerSettings

    _Checked = tuple[str | None, VerificationStatus]
    """The camera's name, and what was found at it."""

POLL_SECONDS = 0.5


def verify(
    *,
    repair: Annotated[
        bool, typer.Option("--repair", help="Fetch what is missing or changed from the second copy or the card.")
    ] = False,
    photo_root: options.PhotoRoot = None,
    config: options.Config = None,
    url: Url = DEFAULT_URL,
    camera: Camera = None,
    token: Token = None,
    ca: Ca = None,
    json: Json = False,
) -> None:
    """Compare each stored photo with what the camera sent: missing, empty, changed, twice, or without a record.

    The running service does it; without one, or with --photo-root, this command does. Of several cameras, each one's
    photos are compared, unless --camera names one. Exits with 0 if every photo on record is whole, with 4 if one is
    not, and with 1 if they could not be compared. Files of other programs are never touched, and a file in the place
    of a photo is kept when the photo is repaired.
    """
    service = _Service(url, camera, token, ca)
    _run(service, photo_root, config, repair=repair, adopt=False, json=json)


def reindex(
    *,
    photo_root: options.PhotoRoot = None,
    config: options.Config = None,
    url: Url = DEFAULT_URL,
    camera: Camera = None,
    token: Token = None,
    ca: Ca = None,
    json: Json = False,
) -> None:
    """Make the photo index again if it is damaged or gone, and list the photos in the folder that no record mentions.

    An index is made again from its copies and from the record beside the photos, as each start of the service does it,
    too. Photos without a record get one, with the session and the number that their names say. No file is changed.
    """
    service = _Service(url, camera, token, ca)
    _run(service, photo_root, config, repair=False, adopt=True, json=json)


@dataclass(frozen=True)
class _Service:
    """Where the service is, and how it lets the command in."""

    url: str
    camera: str | None
    token: str | None
    ca: Path | None


def _run(
    service: _Service, photo_root: Path | None, config: Path | None, *, repair: bool, adopt: bool, json: bool
) -> None:
    import asyncio

    found = asyncio.run(
        from_service_or_folder(
            lambda: _asked(service, repair=repair, adopt=adopt),
            lambda cameras: _offline(cameras, repair=repair, adopt=adopt),
            url=service.url,
            photo_root=photo_root,
            cameras=lambda: (existing_roots if adopt else indexed_cameras)(photo_root, config),
        )
    )
    reports = [status.reindexed if adopt else status.last for _, status in found]
    several = len(found) > 1
    for (camera, status), report in zip(found, reports, strict=True):
        if json:
            facts = None if report is None else report.model_dump(mode="json")
            typer.echo(dumps({"camera": camera, "report": facts} if several else facts))
            continue
        for line in _lines(status, adopt=adopt):
            typer.echo(f"{camera}: {line}" if several else line)
    if None in reports:
        raise typer.Exit(ExitCode.FAILED)
    if not all(report is not None and report.clean for report in reports):
        raise typer.Exit(ExitCode.NOT_WHOLE)


async def _asked(service: _Service, *, repair: bool, adopt: bool) -> list[_Checked]:
    """Have the service check the photos of the camera, or of each; return what it found.

    Raises ``ServiceError``, ``CheckNotMade``.
    """
    from photonic.client.camera import CameraClient
    from photonic.client.trust import trusting

    trust = trusting(service.ca)
    names = [service.camera]
    if service.camera is None:
        async with CameraClient(service.url, None, service.token, ssl_context=trust) as client:
            names = [one.id for one in await client.cameras()]
    found: list[_Checked] = []
    for name in names:
        async with CameraClient(service.url, name, service.token, ssl_context=trust) as client:
            found.append((name, await _checked(client.verification, repair=repair, adopt=adopt)))
    return found


async def _checked(verification: VerificationClient, *, repair: bool, adopt: bool) -> VerificationStatus:
    """Request a check, and return what it found. Raises ``ServiceError``, ``CheckNotMade``."""
    import asyncio

    number = (await verification.request(repair=repair, adopt=adopt)).requested
    while True:
        await asyncio.sleep(POLL_SECONDS)
        status = await verification.status()
        if status.requested < number:
            raise CheckNotMade("the service was restarted, and the check ended with it: repeat it")
        if status.requests >= number:
            return status
        if status.reason is not None:
            raise CheckNotMade(f"the photos cannot be checked now ({status.reason}); the service tries again")


async def _offline(cameras: Sequence[ControllerSettings], *, repair: bool, adopt: bool) -> list[_Checked]:
    """Check the photos of each camera without the service. Raises ``StorageError``."""
    import logging

    from photonic.service.base.surroundings import Surroundings
    from photonic.service.camera.offline import offline_verification

    logging.getLogger("photonic").addHandler(logging.NullHandler())  # the report says it
    surroundings = Surroundings.of_this_machine()
    found: list[_Checked] = []
    for camera in cameras:
        async with offline_verification(camera, surroundings) as verification:
            found.append((camera.name, await verification.once(repair=repair, adopt=adopt)))
    return found


def _lines(status: VerificationStatus, *, adopt: bool) -> Iterator[str]:
    """What was found, for people."""
    report = status.reindexed if adopt else status.last
    if status.rebuilt is not None:
        yield f"the index: {status.rebuilt}"
    if report is None:
        yield "nothing was checked"
        return
    yield from map(_line, report.findings)
    more = sum(report.counts.values()) - len(report.findings)
    if more:
        yield f"... and {more} more"
    if adopt:
        yield f"{report.adopted} photos without a record are listed now"
        return
    repaired = f", {report.repaired} repaired" if report.repaired else ""
    open_text = "every photo is whole" if report.clean else f"{report.open_count} not whole"
    yield f"{report.files} files, {report.bytes / 1e9:.1f} GB: {open_text}{repaired}"
    if report.second_reason is not None:
        yield report.second_reason


def _line(finding: VerificationFinding) -> str:
    where = "" if finding.place == "photos" else " (second copy)"
    other = "" if finding.other is None else f", as {finding.other}"
    note = "" if finding.note is None else f": {finding.note}"
    return f"{finding.kind.value:10} {finding.path}{where}{other}{note}"
