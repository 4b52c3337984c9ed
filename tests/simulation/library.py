"""Stands for libgphoto2 and its cable: the real driver's ``GphotoCamera`` on a simulated body.

Each call is announced with its limit, takes a moment, and may hang, crash the process or break the connection, exactly
where the library's could. Nothing in here knows what the service does.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.simulation.cable import CALL_SECONDS, IO_ERROR, Cable
from tests.simulation.card_access import CardAccess
from tests.support.driver import jpeg

from photonic.drivers.gphoto2 import faults
from photonic.drivers.gphoto2.camera import (
    CONFIG_SECONDS,
    TREE_SECONDS,
    BodyIdentity,
    CameraEvent,
    Details,
    ObjectAdded,
    OtherEvent,
    Quiet,
    Setting,
    ShotDone,
    Storage,
)
from photonic.errors import CameraError

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from tests.simulation.body import CameraBody, Report
    from tests.simulation.driver_thread import DriverThread

    from photonic.worker.roles import ParentLink

OPEN_SECONDS, LIST_SECONDS, CLOSE_SECONDS, EVENT_MARGIN_SECONDS = 15.0, 60.0, 5.0, 3.0
"""The limits that ``drivers.gphoto2.library`` announces."""

INIT_SECONDS = (0.02, 0.2)
FOCUS_SECONDS = (0.05, 0.3)
PIECE_SECONDS = (0.002, 0.02)
MOST_PIECES = 4
"""A photo is written to its staging file in up to so many pieces; the process can end between any two."""

LATE_SECONDS = (4.0, 60.0)
STUCK_SECONDS = (3.0, 20.0)
FREEZE_SECONDS = (1.0, 40.0)
ANY, ABSENT, BUSY, FULL = -1, -105, -110, -115


class SimulatedLibrary:
    """One camera; implements ``drivers.gphoto2.camera.GphotoCamera``.

    ``asked_by``: the capture in progress, which the real library does not know.

    Args:
        body: The camera.
        outbox: Is told of each call.
        thread: The process's main thread, whose time passes in each call.
        draw: How long things take.
        clock: Simulated seconds.
        fps: Live-view frames a second.
        crash: Ends the process with this signal.
    """

    def __init__(
        self,
        body: CameraBody,
        outbox: ParentLink,
        thread: DriverThread,
        draw: random.Random,
        *,
        clock: Callable[[], float],
        fps: float,
        crash: Callable[[int], None],
    ) -> None:
        self.body = body
        self.asked_by: str | None = None
        self._outbox = outbox
        self._thread = thread
        self._cable = Cable(body, outbox, thread, draw, crash)
        self._disturbances = body.disturbances
        self._strikes = body.disturbances.strikes
        self._draw = draw
        self._clock = clock
        self._fps = fps
        self._connected = False
        self._files = CardAccess(body, clock)
        self._frames = 0
        self._frozen_until = 0.0

    @property
    def connected(self) -> bool:
        return self._connected

    def open(self) -> None:
        """Connect to the body. Raises ``CameraError``."""
        with self._outbox.calling("detect", OPEN_SECONDS):
            self._cable.pass_time(CALL_SECONDS)
            if not self.body.reachable or self._strikes("absent_at_open"):
                raise faults.classify(ABSENT, (), "detect")
        with self._outbox.calling("init", OPEN_SECONDS):
            if self._strikes("hang_in_open"):
                self._cable.hang()
            if self._strikes("stuck_at_open"):
                self.body.stuck_until = self._clock() + self._disturbances.seconds("stuck_at_open", *STUCK_SECONDS)
            self._cable.pass_time(INIT_SECONDS)
            if self._clock() < self.body.stuck_until or not self.body.reachable:
                raise faults.classify(IO_ERROR, (), "init")
            self._cable.session = self.body.connect()
            self._connected = True

    def identity(self) -> BodyIdentity:
        # An EOS reports all its settings at once.
        settings = self.tree()
        return BodyIdentity(
            self.body.serial, "Canon EOS Simulated", "Canon Inc.", "1.0", preview=True, settings=settings
        )

    def preview(self, limit_seconds: float) -> bytes:
        with self._cable.call("preview", limit_seconds, waits=True):
            self._thread.pause(1 / self._fps)
            self._cable.reach()
            if self._strikes("freeze"):
                self._frozen_until = self._clock() + self._disturbances.seconds("freeze", *FREEZE_SECONDS)
            if self._clock() < self._frozen_until and not self._disturbances.calm:
                return b""
            if self.body.busy:
                raise faults.classify(BUSY, ("Device Busy",), "preview")
        self._frames += 1
        return jpeg(f"frame {self.body.serial} {self._frames}")

    def trigger(self, limit_seconds: float) -> None:
        with self._cable.call("trigger", limit_seconds):
            if self.body.busy or self._strikes("busy"):
                raise faults.classify(BUSY, ("Device Busy",), "trigger")
            if self.body.full:
                raise faults.classify(FULL, ("Store Full",), "trigger")
            self._cable.pass_time(FOCUS_SECONDS)
            self._cable.reach()
            if self._strikes("unfocused"):
                raise faults.classify(ANY, ("perhaps no autofocus",), "trigger")
            if self._strikes("refused_before"):
                raise faults.classify(ANY, (), "trigger")
            self.body.discard_reports()
            if self._strikes("deaf"):
                self._untold()
                return
            self._expose()
            if self._strikes("failed_after"):
                raise faults.classify(ANY, (), "trigger")
            if self._strikes("lost_after"):
                raise faults.classify(IO_ERROR, (), "trigger")

    def prepare(self) -> bool:
        with self._cable.call("set_config capture", CONFIG_SECONDS):
            return True

    def next_event(self, wait_seconds: float, transfer_seconds: float = 0.0) -> CameraEvent:
        limit_seconds = wait_seconds + EVENT_MARGIN_SECONDS + transfer_seconds
        with self._cable.call("wait_for_event", limit_seconds, waits=True):
            began = self._clock()
            until = began + max(wait_seconds, self._draw.uniform(*CALL_SECONDS))
            while True:
                self.body.advance()
                self._cable.reach()
                if self._cable.session is not None and self._cable.session.reports:
                    if self._clock() == began:  # no call is over at once
                        self._cable.pass_time(CALL_SECONDS)
                        self._cable.reach()
                    return self._heard(self._cable.session.reports.popleft())
                if (now := self._clock()) >= until:
                    return Quiet()
                due = self.body.next_due
                self._thread.pause((until if due is None else min(until, max(due, now))) - now)

    def read(self, name: str) -> Setting | None:
        with self._cable.call(f"get_config {name}", CONFIG_SECONDS):
            return self.body.setting(name)

    def tree(self) -> tuple[Setting, ...]:
        with self._cable.call("get_config", TREE_SECONDS):
            return tuple(setting for name in self.body.settings if (setting := self.body.setting(name)) is not None)

    def names(self) -> tuple[str, ...]:
        with self._cable.call("list_config", CONFIG_SECONDS):
            return tuple(self.body.settings)

    def write(self, name: str, value: str | int, limit_seconds: float = CONFIG_SECONDS) -> None:
        with self._cable.call(f"set_config {name}", limit_seconds):
            setting = self.body.settings.get(name)
            if setting is None:
                raise CameraError(f"this camera has no setting {name}", code=faults.NOT_SUPPORTED)
            if self.body.busy:
                raise faults.classify(BUSY, ("Device Busy",), f"set_config {name}")
            if setting.choices and str(value) not in setting.choices:
                raise faults.classify(faults.BAD_PARAMETERS, (), f"set_config {name}")
            self.body.settings[name] = replace(setting, value=str(value))

    def has_storage(self) -> bool:
        return bool(self.storages())

    def storages(self) -> tuple[Storage, ...]:
        with self._cable.call("get_storageinfo", CONFIG_SECONDS):
            return self._files.storages()

    def folders(self, folder: str) -> tuple[str, ...]:
        with self._cable.call("folder_list_folders", LIST_SECONDS):
            return self._files.below(folder)[0]

    def files(self, folder: str) -> tuple[str, ...]:
        with self._cable.call("folder_list_files", LIST_SECONDS):
            return self._files.below(folder)[1]

    def details(self, folder: str, name: str) -> Details:
        with self._cable.call("file_get_info", CONFIG_SECONDS):
            return self._files.details(folder, name)

    def fetch(self, folder: str, name: str, take: Callable[[memoryview], object], limit_seconds: float) -> None:
        with self._cable.call("file_get", limit_seconds):
            content, pieces = self._files.content(folder, name), self._draw.randint(1, MOST_PIECES)
            self._cable.transfer(content, pieces, take, PIECE_SECONDS)
            self._files.fetched(folder, name)

    def read_part(self, folder: str, name: str, offset: int, size_bytes: int, limit_seconds: float) -> bytes:
        with self._cable.call("file_read", limit_seconds):
            return self._files.content(folder, name)[offset : offset + size_bytes]

    def forget(self, folder: str, name: str) -> None:
        with self._cable.call("file_delete", CONFIG_SECONDS):
            self._files.forget(folder, name)

    def close(self) -> None:
        if not self._connected:
            return
        self._connected = False
        with self._outbox.calling("exit", CLOSE_SECONDS):
            self._cable.pass_time(INIT_SECONDS)
            if self._strikes("hang_in_close"):
                self._cable.hang()
            if self.body.session is self._cable.session:
                self.body.disconnect()

    def _expose(self) -> None:
        if self._strikes("unreported") and not self.body.in_ram:
            self.body.report_seconds = None
            self._untold()
        if self._strikes("late") and self.body.report_seconds is not None:
            self.body.report_seconds = self._disturbances.seconds("late", *LATE_SECONDS)
        self.body.press(self.asked_by)
        self.body.report_seconds = 0.0

    def _untold(self) -> None:
        if self.asked_by is not None:
            self.body.truth.untold.append(self.asked_by)

    def _heard(self, report: Report) -> CameraEvent:
        if report.text is not None:
            return OtherEvent(report.text)
        if report.name is None:
            return ShotDone()
        if report.content is None:
            return ObjectAdded(report.folder or "", report.name)
        added = self._files.take_over(report)
        self._cable.pass_time(PIECE_SECONDS)
        return added
