"""The service itself: liveness, readiness, metrics and status events."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from photonic.access.permission import Permission
from photonic.errors import FailureKind
from photonic.model.api import HealthAnswer
from photonic.model.status import CameraState
from photonic.service.config.fields import CaptureTarget
from photonic.service.http.routes.dependencies import CAMERA_ID_LIMIT, CameraQuery, Context
from photonic.service.http.status_feed import MEDIA_TYPE, events
from photonic.service.http.streams import StreamResponse
from photonic.serving import problems
from photonic.serving.route_permissions import needs
from photonic.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from photonic.model.status import SecondDiskStatus
    from photonic.service.base.unexpected import Where
    from photonic.service.http.camera_control import CameraControl
    from photonic.service.http.context import AppContext

OneCameraQuery = Annotated[
    str | None,
    Query(max_length=CAMERA_ID_LIMIT, description="name or serial number of a camera; default: the default camera"),
]
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_READY = frozenset({CameraState.READY, CameraState.CAPTURING})
_NOT_READY = {CameraState.BLOCKED: FailureKind.BLOCKED, CameraState.DISCONNECTED: FailureKind.DISCONNECTED}


def health_router() -> APIRouter:
    """The routes at the root."""
    router = APIRouter(tags=["service"])

    @router.get("/health")
    @needs(Permission.OPEN)
    async def health(app_context: Context) -> HealthAnswer:
        """Answers while the service is running, regardless of the camera's state."""
        return HealthAnswer(timestamp=app_context.time.wall(), version=__version__)

    @router.get("/healthz", summary="Liveness", response_class=PlainTextResponse)
    @needs(Permission.OPEN)
    async def alive(app_context: Context, camera: CameraQuery = None) -> PlainTextResponse:
        """Liveness probe. With `camera`, 404 for an unknown camera; the camera's state does not matter."""
        if camera is not None and app_context.find(camera) is None:
            # Anyone may ask: names and serial numbers of the cameras are not for strangers.
            raise HTTPException(404, f"unknown camera {camera[:100]!r}; GET /api/v1/cameras lists the cameras")
        return PlainTextResponse("ok\n")

    @router.get("/readyz", summary="Readiness", response_class=PlainTextResponse)
    @needs(Permission.WATCH)
    async def ready(app_context: Context, camera: CameraQuery = None) -> Response:
        """Readiness probe: 200 if every camera, or `camera`, can take a photo and the disk can store it; else 503."""
        controllers = app_context.chosen(camera)
        reasons = await _not_ready(app_context, controllers)
        if reasons:
            return problems.ProblemResponse(reasons[0][0], "; ".join(reason for _, reason in reasons), status=503)
        return PlainTextResponse(
            "".join(["ready\n", *(f"warning: {warning}\n" for warning in _warnings(app_context, controllers))])
        )

    @router.get("/metrics", response_class=PlainTextResponse)
    @needs(Permission.WATCH)
    async def metrics(app_context: Context, camera: CameraQuery = None) -> Response:
        """Metrics of all cameras and the service, or of `camera`, in the Prometheus text format."""
        text = figures(app_context.chosen(camera), app_context if camera is None else None)
        return Response(text, headers={"Content-Type": METRICS_TYPE})

    return router


def events_router() -> APIRouter:
    """The status of one camera as a stream, to be included under the API prefix."""
    router = APIRouter(tags=["service"])

    @router.get("/events", summary="Status events", response_class=Response)
    @needs(Permission.WATCH)
    async def server_sent_events(request: Request, app_context: Context, camera: OneCameraQuery = None) -> Response:
        """Snapshots of `camera` (default: the default camera) as server-sent events."""
        lease = app_context.lease(request)
        return StreamResponse(events(app_context.controller(camera), lease.viewer), MEDIA_TYPE, lease)

    return router


async def _not_ready(app_context: AppContext, controllers: Sequence[CameraControl]) -> list[tuple[FailureKind, str]]:
    """The reasons why no photo can be taken, each with its type, the most permanent one first."""
    reasons = [(FailureKind.SHUTTING_DOWN, "the service is stopping")] if app_context.stopping.is_set() else []
    for controller in controllers:
        camera = controller.snapshot().camera
        if camera.state not in _READY:
            why = f"camera {camera.id} is {camera.state}" + (f": {camera.reason}" if camera.reason else "")
            reasons.append((_NOT_READY.get(camera.state, FailureKind.CAMERA_ABSENT), why))
    if (refusal := await app_context.root_probe.refusal()) is not None:
        reasons.append((refusal.kind, refusal.reason))
    return reasons


def _warnings(app_context: AppContext, controllers: Sequence[CameraControl]) -> list[str]:
    """Problems that do not prevent a photo yet."""
    snapshots = [controller.snapshot() for controller in controllers]
    found = {one.storage.warning for one in snapshots if one.storage is not None and one.storage.warning is not None}
    seconds = {one.saving.second.reason for one in snapshots if one.saving.second is not None}
    found = [*sorted(found), *sorted(filter(None, seconds))]
    if app_context.settings.capture_target is CaptureTarget.RAM:
        found.append(
            "capture_target is ram: a photo that has not been downloaded yet is lost if the camera process dies"
        )
    return [*found, *(app_context.access_state.warnings if app_context.access_state is not None else ())]


def figures(controllers: Sequence[CameraControl], service: AppContext | None = None) -> str:
    """Metrics of ``controllers``, and of ``service`` where given, in the Prometheus text format."""
    snapshots = [controller.snapshot() for controller in controllers]
    hubs = [controller.hub for controller in controllers]
    checks = [controller.verification.status() for controller in controllers]
    rows: list[tuple[str, str, Sequence[float | None]]] = [
        ("photonic_camera_ready", "gauge", [float(one.camera.state in _READY) for one in snapshots]),
        ("photonic_live_fps", "gauge", [one.live.fps for one in snapshots]),
        ("photonic_live_viewers", "gauge", [one.live.viewers for one in snapshots]),
        ("photonic_live_frames_total", "counter", [one.live.seq for one in snapshots]),
        ("photonic_live_missed_frames_total", "counter", [hub.missed for hub in hubs]),
        ("photonic_live_dropped_frames_total", "counter", [hub.dropped for hub in hubs]),
        ("photonic_live_stuck_viewers_total", "counter", [hub.stuck for hub in hubs]),
        ("photonic_captures_total", "counter", [one.capture_count for one in snapshots]),
        ("photonic_recovery_rung", "gauge", [one.camera.rung for one in snapshots]),
        ("photonic_camera_outages_total", "counter", [controller.outages for controller in controllers]),
        *_of_second_disks([one.saving.second for one in snapshots]),
        ("photonic_verify_clean_timestamp_seconds", "gauge", [_unix(one.clean_at) for one in checks]),
        (
            "photonic_verify_open_findings",
            "gauge",
            [None if one.last is None else one.last.open_count for one in checks],
        ),
        ("photonic_verify_unread_photos", "gauge", [one.unread for one in checks]),
    ]
    # Tasks of the event loop: a count that keeps rising is a leak.
    lines = ["# TYPE photonic_tasks gauge", f"photonic_tasks {len(asyncio.all_tasks())}"]
    if service is not None:
        lines += _of_limits(service)
    for name, kind, values in rows:
        lines.append(f"# TYPE {name} {kind}")
        lines += [
            f'{name}{{camera="{_label(one.camera.id)}"}} {value:.15g}'
            for one, value in zip(snapshots, values, strict=True)
            if value is not None
        ]
    lines.append("# TYPE photonic_saved_level gauge")
    lines += [
        f'photonic_saved_level{{camera="{_label(one.camera.id)}",level="{one.saving.level}"}} 1' for one in snapshots
    ]
    lines.append("# TYPE photonic_saved_captures_total counter")
    lines += [
        f'photonic_saved_captures_total{{camera="{_label(one.camera.id)}",level="{level}"}} {count}'
        for one, controller in zip(snapshots, controllers, strict=True)
        for level, count in controller.saved_levels.items()
    ]
    counted = [
        (f'camera="{_label(one.camera.id)}",', controller.unexpected)
        for one, controller in zip(snapshots, controllers, strict=True)
    ]
    counted += [] if service is None else [("", service.unexpected)]
    lines += _by_place("photonic_refused_total", [(label, one.refusals) for label, one in counted])
    lines += _by_place("photonic_unexpected_total", [(label, one.failures) for label, one in counted])
    return "\n".join(lines) + "\n"


def _of_second_disks(
    disks: Sequence[SecondDiskStatus | None],
) -> list[tuple[str, str, Sequence[float | None]]]:
    """Of each camera's second disk; nothing where there is none."""
    if not any(disks):
        return []
    return [
        ("photonic_second_disk_ready", "gauge", [None if one is None else float(one.reason is None) for one in disks]),
        ("photonic_second_disk_free_bytes", "gauge", [None if one is None else one.free_bytes for one in disks]),
        ("photonic_second_copies_waiting", "gauge", [None if one is None else one.waiting for one in disks]),
    ]


def _of_limits(service: AppContext) -> list[str]:
    """What the service holds and refused: requests, connections and viewers."""
    connections, viewers, usage = service.connections, service.shares.viewers, service.shares.usage
    statuses, admissions = service.refused.counts.items(), connections.refused.items()
    return [
        "# TYPE photonic_refused_requests_total counter",
        *(f'photonic_refused_requests_total{{status="{status}"}} {count}' for status, count in statuses),
        "# TYPE photonic_wrong_tries_total counter",
        f'photonic_wrong_tries_total{{of="sign_in"}} {service.access.tries.wrong_total}',
        f'photonic_wrong_tries_total{{of="pin"}} {service.access.pin_tries.wrong_total}',
        "# TYPE photonic_connections gauge",
        f"photonic_connections {len(connections)}",
        "# TYPE photonic_connections_limit gauge",
        f"photonic_connections_limit {connections.limits.total}",
        "# TYPE photonic_refused_connections_total counter",
        *(f'photonic_refused_connections_total{{limit="{limit}"}} {count}' for limit, count in admissions),
        "# TYPE photonic_silent_connections_closed_total counter",
        f"photonic_silent_connections_closed_total {connections.evicted}",
        "# TYPE photonic_viewers gauge",
        f"photonic_viewers {viewers.taken}",
        "# TYPE photonic_viewers_limit gauge",
        f"photonic_viewers_limit {viewers.total}",
        "# TYPE photonic_refused_viewers_total counter",
        f"photonic_refused_viewers_total {viewers.refused}",
        "# TYPE photonic_refused_uses_total counter",
        *(f'photonic_refused_uses_total{{use="{use}"}} {count}' for use, count in usage.refused.items()),
    ]


def _by_place(name: str, counted: Sequence[tuple[str, Mapping[Where, int]]]) -> list[str]:
    rows = [f'{name}{{{label}where="{where}"}} {count}' for label, counts in counted for where, count in counts.items()]
    return [f"# TYPE {name} counter", *rows]


def _unix(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()


def _label(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
