"""``photonic doctor``: reports problems, each with the command that fixes it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from photonic.cli import options
from photonic.cli.service_address import Ca, Token

if TYPE_CHECKING:
    from photonic.diagnosis.finding import Finding
    from photonic.service.config.settings import ServiceSettings

REMOTE_SECONDS = 60.0
"""Longer than the 45 s after which the service stops its own doctor."""

MARKS = {"ok": ("ok", "green"), "warning": ("warn", "yellow"), "failed": ("FAIL", "red"), "skipped": ("-", "dim")}


def doctor(
    *,
    camera: options.Cameras = None,
    host: options.Host = None,
    port: options.Port = None,
    photo_root: options.PhotoRoot = None,
    capture_target: options.CaptureTarget = None,
    json: Annotated[bool, typer.Option("--json", help="Print the findings as one JSON object.")] = False,
    fix: Annotated[
        bool,
        typer.Option("--fix", help="Show the udev rule for a camera that is locked; if agreed, install it."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --fix: install the rule without asking.")] = False,
    config: options.Config = None,
    url: Annotated[
        str | None,
        typer.Option(
            "--url", envvar="PHOTONIC_URL", help="The service's address.", show_default="as --host and --port"
        ),
    ] = None,
    token: Token = None,
    ca: Ca = None,
) -> None:
    """Report problems, each with the exact command that fixes it.

    Checks this machine with the settings of `photonic serve`; with the --url of a service on another machine, the
    checks run there. It changes nothing, except with --fix: that adds the missing udev rule, after a question or with
    --yes, and checks again. Exits with 0 if no check failed, otherwise with the code of the first check that failed
    (10 and up; docs/how-to/when-something-is-wrong.md lists the codes).
    """
    import asyncio
    from urllib.parse import urlsplit

    from photonic.access.names import is_loopback
    from photonic.cli import doctor_fix
    from photonic.cli.camera_flags import camera_flags
    from photonic.cli.hosting import run
    from photonic.client.address import ServiceAddress
    from photonic.diagnosis.finding import exit_code
    from photonic.errors import BadInput
    from photonic.service.config.sources import read_settings

    _check_fix(fix=fix, yes=yes, json=json)
    place = (
        None if url is None or host is not None or port is not None else urlsplit(ServiceAddress.parse(url).base_url)
    )
    if url is not None and place is not None and not is_loopback(place.hostname or ""):
        if fix:
            raise BadInput("--fix works on this machine only; run it where the camera is connected", field="fix")
        findings = asyncio.run(_remote_findings(url, token, ca))
        for finding in () if json else findings:
            _show(finding)
        _print_summary(findings, json=json)
        raise typer.Exit(exit_code(findings))
    if place is not None:
        host, port = place.hostname, place.port or {"http": 80, "https": 443}[place.scheme]
    flags: dict[str, Any] = {
        **camera_flags(camera or ()),
        "host": host,
        "port": port,
        "photo_root": photo_root,
        "capture_target": capture_target,
    }
    settings = read_settings(flags, config)
    findings: list[Finding] = []
    run(_report(settings, findings, json=json))
    if fix and doctor_fix.fix(settings, agreed=(lambda: True) if yes else doctor_fix.asked):
        findings = []
        run(_report(settings, findings, json=json))
    raise typer.Exit(exit_code(findings))


def _check_fix(*, fix: bool, yes: bool, json: bool) -> None:
    from photonic.errors import BadInput

    if yes and not fix:
        raise BadInput("--yes needs --fix", field="yes")
    if fix and json:
        raise BadInput("--fix cannot be combined with --json", field="fix")


async def _report(settings: ServiceSettings, findings: list[Finding], *, json: bool) -> None:
    from photonic.diagnosis.doctor import examine

    async for finding in examine(settings):
        findings.append(finding)
        if not json:
            _show(finding)
    _print_summary(findings, json=json)


async def _remote_findings(url: str, token: str | None, ca: Path | None = None) -> list[Finding]:
    """The findings of the doctor that the service at ``url`` runs on its machine. Raises ``ServiceError``."""
    import httpx2

    from photonic.client.address import ServiceAddress, bearer
    from photonic.client.problem import no_answer, parsed
    from photonic.client.status_route import open_http
    from photonic.client.trust import trust_of, trusting
    from photonic.diagnosis.finding import Check, DoctorCode, Finding, Outcome
    from photonic.errors import ServiceError
    from photonic.model.health import DoctorReport

    async with open_http(bearer(token), timeout_seconds=REMOTE_SECONDS, trust=trust_of(url, trusting(ca))) as http:
        try:
            answer = await http.get(ServiceAddress.parse(url).url("/api/v1/diagnosis/doctor"))
        except httpx2.HTTPError as error:
            raise no_answer(url, error) from error
    report = parsed(answer, DoctorReport)
    if report.failure is not None:
        raise ServiceError(report.failure, status=answer.status_code)
    try:
        return [
            Finding(Check(one.check), Outcome(one.outcome), one.what, one.why, one.mend, DoctorCode(one.code))
            for one in report.findings
        ]
    except ValueError as error:
        reason = f"the service at {url} runs another version of photonic ({error}): run `photonic doctor` there"
        raise ServiceError(reason, status=answer.status_code) from error


def _print_summary(findings: list[Finding], *, json: bool) -> None:
    from json import dumps

    from photonic.diagnosis.finding import exit_code

    if json:
        typer.echo(dumps({"code": exit_code(findings), "findings": [finding.as_json() for finding in findings]}))
    else:
        typer.echo(summary(findings))


def _show(finding: Finding) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(soft_wrap=True, highlight=False, markup=False)
    mark, style = MARKS[finding.outcome.value]
    console.print(Text.assemble((f"{mark:5}", style), f"{finding.check.value.replace('_', ' '):13}", finding.what))
    if finding.why is not None:
        console.print(Text(f"{'':18}{finding.why}", style="dim"))
    if finding.mend is not None:
        console.print(Text.assemble(f"{'':18}fix: ", (finding.mend, "bold")))


def summary(findings: list[Finding]) -> str:
    """The last line of the report."""
    failures = sum(finding.outcome.value == "failed" for finding in findings)
    warnings = sum(finding.outcome.value == "warning" for finding in findings)
    also = "" if not warnings else ", 1 warning" if warnings == 1 else f", {warnings} warnings"
    if failures:
        return f"{failures} of {len(findings)} checks failed{also}"
    return f"no check failed{also}" if warnings else "all checks passed"
