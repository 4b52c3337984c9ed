"""``photonic doctor``: what is wrong, and the command that mends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from photonic.cli import options

if TYPE_CHECKING:
    from photonic.diagnosis.finding import Finding
    from photonic.service.config import ServiceSettings

MARKS = {"ok": ("ok", "green"), "warning": ("warn", "yellow"), "failed": ("FAIL", "red"), "skipped": ("-", "dim")}


def doctor(
    *,
    camera: options.Cameras = None,
    host: options.Host = None,
    port: options.Port = None,
    photo_root: options.PhotoRoot = None,
    capture_target: options.CaptureTarget = None,
    json: Annotated[bool, typer.Option("--json", help="Say the findings as one JSON object.")] = False,
    config: options.Config = None,
) -> None:
    """Say what is wrong, and the exact command that mends it.

    Takes the settings of `photonic serve`. Ends with 0 when nothing failed, else with the number of the first
    thing that did (10 and up; docs/how-to/when-something-is-wrong.md has the list).
    """
    from photonic.cli.camera_flags import camera_flags
    from photonic.cli.hosting import run
    from photonic.diagnosis.finding import exit_code
    from photonic.service.config import read_settings

    flags: dict[str, Any] = {
        **camera_flags(camera or ()),
        "host": host,
        "port": port,
        "photo_root": photo_root,
        "capture_target": capture_target,
    }
    # Nobody is served here: what a service off loopback must have is no matter.
    settings = read_settings({**flags, "allow_anonymous": True}, config)
    findings: list[Finding] = []
    run(_told(settings, findings, json=json))
    raise typer.Exit(exit_code(findings))


async def _told(settings: ServiceSettings, findings: list[Finding], *, json: bool) -> None:
    from json import dumps

    from rich.console import Console

    from photonic.diagnosis.doctor import examine
    from photonic.diagnosis.finding import exit_code

    console = Console(soft_wrap=True, highlight=False, markup=False)
    async for finding in examine(settings):
        findings.append(finding)
        if not json:
            _show(console, finding)
    if json:
        typer.echo(dumps({"code": exit_code(findings), "findings": [finding.as_json() for finding in findings]}))
    else:
        typer.echo(summary(findings))


def _show(console: Any, finding: Finding) -> None:
    from rich.text import Text

    mark, style = MARKS[finding.outcome.value]
    console.print(Text.assemble((f"{mark:5}", style), f"{finding.check.value.replace('_', ' '):13}", finding.what))
    if finding.why is not None:
        console.print(Text(f"{'':18}{finding.why}", style="dim"))
    if finding.mend is not None:
        console.print(Text.assemble(f"{'':18}mend: ", (finding.mend, "bold")))


def summary(findings: list[Finding]) -> str:
    """The last line."""
    failures = sum(finding.outcome.value == "failed" for finding in findings)
    warnings = sum(finding.outcome.value == "warning" for finding in findings)
    if failures:
        return f"{failures} of {len(findings)} checks failed" + (f", {warnings} with a warning" if warnings else "")
    return f"nothing failed, {warnings} with a warning" if warnings else "all is well"
