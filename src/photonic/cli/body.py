"""``photonic body``: records how a camera describes itself, for ``photonic simulate --body`` and the list of bodies."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from photonic.version import __version__

body = typer.Typer(
    name="body",
    help="Descriptions of cameras, without personal fields.",
    no_args_is_help=True,
)


@body.command("record")
def record(
    file: Annotated[Path, typer.Argument(help="The JSON file to write.")],
    *,
    camera: Annotated[str, typer.Option(help="The camera: auto, usb:SERIAL, ptpip:HOST or vusb:DIR.")] = "auto",
    capture: Annotated[
        bool, typer.Option("--capture", help="Also take one photo, to time it; it stays in the camera.")
    ] = False,
    simulated: Annotated[
        bool, typer.Option("--simulated", hidden=True, help="Say that this is not a real camera.")
    ] = False,
) -> None:
    """Record what libgphoto2 says of a camera, without changing it: abilities, settings, cards, times.

    Serial number, owner, artist, copyright, file names and the like are replaced. Stop photonic and every other program
    that uses the camera first. docs/reference/bodies.md says how to share the file.
    """
    import asyncio

    from photonic.diagnosis.body_record import record_body
    from photonic.errors import BadInput
    from photonic.model.body_description import RecordedFrom

    source = RecordedFrom.OWNER
    if simulated:
        source = RecordedFrom.VIRTUAL if camera.startswith("vusb:") else RecordedFrom.SIMULATED
    found = asyncio.run(record_body(camera, source, __version__, capture=capture))
    try:
        file.write_text(found.model_dump_json(indent=1, exclude_none=True) + "\n", encoding="utf-8")
    except OSError as error:
        raise BadInput(f"cannot write {file}: {error.strerror}", field="file") from error
    typer.echo(f"{found.abilities.model}: {len(found.settings)} settings recorded in {file}")
    for problem in found.problems:
        typer.echo(f"not recorded: {problem}", err=True)
