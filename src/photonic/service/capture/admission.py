"""Admission: whether a capture may be taken, and its way to the disk and into the queue.

Theory of operation. One capture is admitted at a time, under a lock, so that two requests with the same idempotency key
cannot both create a capture. It is recorded before it is queued: what a client was told is accepted survives a crash.
What refuses a capture is asked in this order: the service is stopping, the camera is not available, the queue is full;
a guest is refused earlier than others.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from photonic.errors import CaptureError
from photonic.model.requester import NOBODY
from photonic.service.capture import idempotency
from photonic.service.capture.job import CaptureJob

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import PurePosixPath

    from photonic.machine.timekeeping import Timekeeping
    from photonic.model.api import CaptureRequest
    from photonic.model.requester import Requester
    from photonic.protocol.capture import CaptureFailure
    from photonic.service.capture.camera import CaptureCamera
    from photonic.service.capture.queue import CaptureQueue
    from photonic.service.capture.recorder import CaptureRecorder
    from photonic.service.capture.running import RunningCaptures
    from photonic.service.files.photo_root import PhotoRoot
    from photonic.service.files.space import Space
    from photonic.service.journal.sequences import FrameBegun
    from photonic.service.library.index import CaptureIndex
    from photonic.service.photo.template import PhotoName


class CaptureAdmission:
    """Admits the captures of one camera; see ``CaptureService`` for the arguments.

    ``closed``: why no capture is admitted any more; ``None``: captures are admitted.
    """

    def __init__(
        self,
        camera: CaptureCamera,
        root: PhotoRoot,
        capture_index: CaptureIndex,
        *,
        recorder: CaptureRecorder,
        queue: CaptureQueue,
        running: RunningCaptures,
        space: Space,
        photo_name: PhotoName,
        time: Timekeeping,
        new_id: Callable[[], str],
        on_change: Callable[[], object],
        retry_without_autofocus: bool,
    ) -> None:
        self._camera = camera
        self._root = root
        self._capture_index = capture_index
        self._recorder = recorder
        self._queue = queue
        self._running = running
        self._space = space
        self._photo_name = photo_name
        self._time = time
        self._new_id = new_id
        self._on_change = on_change
        self._retry_without_autofocus = retry_without_autofocus
        self._one_at_a_time = asyncio.Lock()
        self.closed: CaptureFailure | None = None

    async def admit(
        self, request: CaptureRequest, folder: PurePosixPath, key: str | None, frame: FrameBegun | None, who: Requester
    ) -> CaptureJob:
        """Record and queue a capture; one whose key the requester has used before is returned as it is.

        Raises ``BadInput``, ``CaptureError``, ``StorageError``.
        """
        async with self._one_at_a_time:
            await self._capture_index.open()
            known = await idempotency.known(key, who, self._running.all, self._capture_index)
            if known is not None:
                return idempotency.same(known, request, folder)
            self.check(who)
            job = CaptureJob.of_request(
                request,
                folder,
                self._photo_name,
                capture_id=self._new_id(),
                camera_id=self._camera.camera_id,
                owner=who.owner,
                idempotency_key=key,
                frame=frame,
                created_at=self._time.wall(),
                accepted_at=self._time.monotonic(),
                retry_without_autofocus=self._retry_without_autofocus,
            )
            job.limit_key = who.limit_key
            await asyncio.to_thread(self._root.check, job.place.parent)
            await self._recorder.start(job, frame)
            self._queue.put(job)
            self._running.add(job)
        self._on_change()
        return job

    def check(self, requester: Requester = NOBODY) -> None:
        """Raises ``CaptureError`` if a capture would be refused now, ``StorageError`` for a guest on a full disk."""
        refusal = self.closed or self._camera.readiness().refusal
        if refusal is not None:
            raise CaptureError(refusal.reason, kind=refusal.kind)
        self._queue.check_room(requester)
        if requester.is_guest:
            self._space.check_for_guest()
