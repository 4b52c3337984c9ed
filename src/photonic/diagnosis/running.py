"""Checks a camera that a running service holds, by querying the service instead of opening the camera."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx2

from photonic.client.address import ServiceAddress, bearer
from photonic.client.problem import service_error
from photonic.client.status_route import open_http
from photonic.client.trust import trust_of
from photonic.diagnosis.body import LOW_BATTERY_PERCENT
from photonic.diagnosis.finding import Check, DoctorCode, Finding, failed, passed, skipped, warning
from photonic.errors import ServiceError
from photonic.model.api import CaptureStatusAnswer, StatusAnswer
from photonic.model.health import CameraHealth
from photonic.model.status import CameraState, LiveState

if TYPE_CHECKING:
    from photonic.model.status import Snapshot
    from photonic.model.verification import VerifiedPhotos

ASK_SECONDS = 5.0

_CODES = {
    CameraState.ABSENT: DoctorCode.CAMERA_ABSENT,
    CameraState.BLOCKED: DoctorCode.CAMERA_BLOCKED,
    CameraState.RECOVERING: DoctorCode.CAMERA_FAULT,
}
_GOOD = frozenset({CameraState.READY, CameraState.CAPTURING})


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """What a running service reports.

    ``not_ready``: the reason that ``/readyz`` gives; ``None``: it is ready. ``refusal``: why it does not report its
    status, with the HTTP status (``None``: no answer). ``verified``: its checks of stored photos.
    """

    url: str
    snapshot: Snapshot | None = None
    battery: int | None = None
    storage_available: bool | None = None
    not_ready: str | None = None
    verified: VerifiedPhotos | None = None
    refusal: ServiceError | None = None


async def inspect_service(url: str, token: str | None, camera: str | None = None) -> ServiceFacts:
    """Ask the service at ``url`` for the state of ``camera``; ``None``: the default camera and the whole service."""
    address = ServiceAddress.parse(url, camera)
    try:
        async with open_http(bearer(token), timeout_seconds=ASK_SECONDS, trust=trust_of(url, None)) as http:
            status = await _got(http, address.camera_url("/capture/status"))
            snapshot = CaptureStatusAnswer.model_validate_json(status)
            body = StatusAnswer.model_validate_json(await _got(http, address.camera_url("/status")))
            health = CameraHealth.model_validate_json(await _got(http, address.camera_url("/health")))
            ready = await http.get(address.url("/readyz"), params={} if camera is None else {"camera": camera})
    except ServiceError as error:
        return ServiceFacts(url, refusal=error)
    except (httpx2.HTTPError, ValueError) as error:
        return ServiceFacts(url, refusal=ServiceError(f"unexpected answer: {error or type(error).__name__}"))
    not_ready = None if ready.is_success else service_error(ready).reason
    return ServiceFacts(url, snapshot, body.battery, body.storage_available, not_ready, health.verification)


def judge_service(facts: ServiceFacts) -> list[Finding]:
    """Judge the service's camera by what the service reports."""
    if facts.snapshot is None:
        return [_silent(facts)]
    camera = facts.snapshot.camera
    name = f"{camera.model or 'the camera'} ({camera.id}), held by the service at {facts.url}"
    if camera.state not in _GOOD:
        return [_camera_not_good(facts, name)]
    if facts.not_ready is not None:
        first = failed(
            Check.CAMERA,
            DoctorCode.SERVICE_NOT_READY,
            f"the service at {facts.url} is not ready: {facts.not_ready}",
            "captures are refused until it is ready",
            f"photonic status --url {facts.url}",
        )
    else:
        first = passed(Check.CAMERA, f"{name}, is {camera.state}")
    return [first, _power(facts), _card(facts), _live_view(facts), _verified(facts)]


def _silent(facts: ServiceFacts) -> Finding:
    reason = "no answer" if facts.refusal is None else facts.refusal.reason
    if facts.refusal is not None and facts.refusal.status in (httpx2.codes.UNAUTHORIZED, httpx2.codes.FORBIDDEN):
        return warning(
            Check.CAMERA,
            f"the service at {facts.url} holds the camera and requires a token",
            "without a token the camera cannot be checked",
            "PHOTONIC_TOKEN=ITS_TOKEN photonic doctor",
        )
    return failed(
        Check.CAMERA,
        DoctorCode.SERVICE_NOT_READY,
        f"the service at {facts.url} does not report its status: {reason}",
        "it hangs or runs another version of photonic; if photonic status fails too, restart it",
        f"photonic status --url {shlex.quote(facts.url)}",
    )


def _camera_not_good(facts: ServiceFacts, name: str) -> Finding:
    snapshot = facts.snapshot
    if snapshot is None or snapshot.camera.state is CameraState.STARTING:
        return warning(
            Check.CAMERA, f"{name}, is starting", "it is not ready yet", f"photonic status --url {facts.url}"
        )
    state, reason = snapshot.camera.state, snapshot.camera.reason
    what = f"{name}, is {state}" + (f": {reason}" if reason else "")
    if state is CameraState.DISCONNECTED:
        mend = f"curl -X POST {facts.url}/api/v1/camera/connect"
        return warning(
            Check.CAMERA, what, "it was disconnected on request; captures are refused until it is connected again", mend
        )
    mend = f"fix the reported reason, then check: photonic status --url {facts.url}"
    return failed(Check.CAMERA, _CODES.get(state, DoctorCode.CAMERA_FAULT), what, "captures do not work now", mend)


def _power(facts: ServiceFacts) -> Finding:
    if facts.battery is None:
        return skipped(Check.POWER, "the service does not know the battery's charge")
    charge = f"battery {facts.battery} %"
    if facts.battery <= LOW_BATTERY_PERCENT:
        why = "the session ends when the battery is empty"
        return warning(Check.POWER, charge, why, "charge or change the battery")
    return passed(Check.POWER, charge)


def _card(facts: ServiceFacts) -> Finding:
    if facts.storage_available is None:
        return skipped(Check.CARD, "the service does not know the card's state")
    if not facts.storage_available:
        return warning(
            Check.CARD,
            "no card with free space",
            "captures fail, or photos are kept in the camera's memory only",
            "put a card into the camera, change it, or format it in the camera",
        )
    return passed(Check.CARD, "card inserted")


def _live_view(facts: ServiceFacts) -> Finding:
    live = None if facts.snapshot is None else facts.snapshot.live
    match None if live is None else live.state:
        case LiveState.RUNNING | LiveState.PAUSED if live is not None:
            return passed(Check.LIVE_VIEW, f"{live.state}, {live.fps:.1f} frames/s to {live.viewers} viewers")
        case LiveState.UNSUPPORTED if live is not None:
            return warning(
                Check.LIVE_VIEW,
                live.reason or "this camera has no live view over this connection",
                "captures work, but viewers see no frames",
                "use a camera with live view support in libgphoto2: http://www.gphoto.org/proj/libgphoto2/support.php",
            )
        case LiveState.RECOVERING if live is not None:
            return failed(
                Check.LIVE_VIEW,
                DoctorCode.LIVE_VIEW,
                f"live view is recovering: {live.reason or 'no reason given'}",
                "viewers see no new frames until it has recovered",
                f"photonic status --url {facts.url}",
            )
        case _:
            return skipped(Check.LIVE_VIEW, "off: no viewers")


def _verified(facts: ServiceFacts) -> Finding:
    verified = facts.verified
    if verified is None:
        return skipped(Check.PHOTOS, "the service does not say whether the stored photos are whole")
    if verified.open_count:
        what = f"{verified.open_count} stored photos are missing or not what the camera sent"
        return warning(Check.PHOTOS, what, "the last check of the photos found them", "photonic verify --repair")
    if verified.clean_at is None:
        return passed(Check.PHOTOS, "not verified yet: this happens while nothing else does")
    return passed(Check.PHOTOS, f"all stored photos were whole on {verified.clean_at.date().isoformat()}")


async def _got(http: httpx2.AsyncClient, url: str) -> bytes:
    answer = await http.get(url)
    if not answer.is_success:
        raise service_error(answer)
    return answer.content
