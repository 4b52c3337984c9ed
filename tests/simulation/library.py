"""Stands for libgphoto2 and its cable: the real driver's ``GphotoCamera`` on a simulated body.

Each call is announced with its limit, takes a moment, and may hang, crash the process or break the connection, exactly
where the library's could. Nothing in here knows what the service does.
"""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.simulation.body import storage_folder
from tests.support.driver import jpeg

from photonic.drivers.gphoto2 import faults
from photonic.drivers.gphoto2.camera import (
    CONFIG_SECONDS,
    BodyIdentity,
    CameraEvent,
    Details,
    ObjectAdded,
    Quiet,
    Setting,
    ShotDone,
    Storage,
)
from photonic.errors import CameraError

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Generator

    from tests.simulation.body import CameraBody, Report
    from tests.simulation.card import KeptFile
    from tests.simulation.driver_thread import DriverThread

    from photonic.worker.roles import ParentLink

FOREVER_SECONDS = 1e6
CALL_SECONDS = (0.001, 0.004)
PIECE_SECONDS = (0.002, 0.02)
FOCUS_SECONDS = (0.05, 0.3)
MOST_PIECES = 4
"""A photo is written to its staging file in up to so many pieces; the process can end between any two."""

LIMITS = {"list": 60.0, "close": 5.0, "open": 15.0, "event": 3.0}
"""Seconds, as in the driver's ``library.py``."""

LATE_SECONDS = (4.0, 60.0)
STUCK_SECONDS = (3.0, 20.0)
FREEZE_SECONDS = (1.0, 40.0)
IO_ERROR, NO_DEVICE, TIMED_OUT = -7, -52, -10


class SimulatedLibrary:
    """One opened camera; implements ``drivers.gphoto2.camera.GphotoCamera``.

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
        self._outbox = outbox
        self._thread = thread
        self._disturbances = body.disturbances
        self._draw = draw
        self._clock = clock
        self._fps = fps
        self._crash = crash
        self._connected = False
        self._session: object | None = None
        self._in_memory: dict[str, tuple[bytes, Report]] = {}
        self._listed: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
        self._frames = 0
        self._captured = 0
        self._frozen_until = 0.0
        self.asked_by: str | None = None

    @property
    def connected(self) -> bool:
        return self._connected

    def open(self) -> None:
        """Connect to the body.

        Raises ``CameraError``.
        """
        with self._outbox.calling("detect", LIMITS["open"]):
            self._pass(*CALL_SECONDS)
            if not self.body.reachable or self._disturbances.strikes("absent_at_open"):
                raise faults.classify(-105, (), "detect")
        with self._outbox.calling("init", LIMITS["open"]):
            if self._disturbances.strikes("hang_in_open"):
                self._thread.pause(FOREVER_SECONDS)
            if self._disturbances.strikes("stuck_at_open"):
                self.body.stuck_until = self._clock() + self._disturbances.seconds("stuck_at_open", *STUCK_SECONDS)
            self._pass(0.02, 0.2)
            if self._clock() < self.body.stuck_until or not self.body.reachable:
                raise faults.classify(IO_ERROR, (), "init")
            self._session = self.body.connect()
            self._connected = True

    def identity(self) -> BodyIdentity:
        with self._call("get_config serialnumber", CONFIG_SECONDS):
            return BodyIdentity(self.body.serial, "Canon EOS Simulated", "Canon Inc.", "1.0", preview=True)

    def preview(self, limit_seconds: float) -> bytes:
        with self._call("preview", limit_seconds):
            self._thread.pause(1 / self._fps)
            if self._disturbances.strikes("freeze"):
                self._frozen_until = self._clock() + self._disturbances.seconds("freeze", *FREEZE_SECONDS)
            if self._clock() < self._frozen_until and not self._disturbances.calm:
                return b""
            if self.body.busy:
                raise faults.classify(-110, ("Device Busy",), "preview")
        self._frames += 1
        return jpeg(f"frame {self.body.serial} {self._frames}")

    def trigger(self, limit_seconds: float) -> None:
        strikes = self._disturbances.strikes
        with self._call("trigger", limit_seconds):
            self.body.advance()
            if self.body.busy or strikes("busy"):
                raise faults.classify(-110, ("Device Busy",), "trigger")
            if self.body.full:
                raise faults.classify(-115, ("Store Full",), "trigger")
            self._pass(*FOCUS_SECONDS)
            if strikes("unfocused"):
                raise faults.classify(-1, ("Canon EOS Trigger Capture failed: perhaps no autofocus",), "trigger")
            if strikes("refused_before"):
                raise faults.classify(-1, (), "trigger")
            self.body.discard_reports()
            if strikes("deaf"):
                return
            late = strikes("late")
            self.body.report_seconds = self._disturbances.seconds("late", *LATE_SECONDS) if late else 0.0
            silent = strikes("silent") and not self.body.in_ram
            self.body.silent = silent
            self.body.press(self.asked_by)
            self.body.report_seconds, self.body.silent = 0.0, False
            if strikes("failed_after"):
                raise faults.classify(-1, (), "trigger")
            if strikes("lost_after"):
                raise faults.classify(IO_ERROR, (), "trigger")

    def prepare(self) -> bool:
        self.write("capture", 1)
        return True

    def next_event(self, wait_seconds: float, transfer_seconds: float = 0.0) -> CameraEvent:
        with self._call("wait_for_event", wait_seconds + LIMITS["event"] + transfer_seconds):
            until = self._clock() + wait_seconds
            while True:
                self.body.advance()
                heard = None if self.body.session is None else self.body.session.heard
                if heard:
                    return self._heard(heard.popleft())
                now = self._clock()
                if now >= until or self.body.session is not self._session:
                    return Quiet()
                due = self.body.next_due
                self._thread.pause(min(until, until if due is None else max(due, now)) - now)
                self._reach()

    def read(self, name: str) -> Setting | None:
        with self._call(f"get_config {name}", CONFIG_SECONDS):
            if name == "availableshots":
                card = self.body.card
                left = 0 if card is None else card.free_bytes // 8000
                return replace(self.body.settings[name], value=str(left))
            return self.body.settings.get(name)

    def tree(self) -> tuple[Setting, ...]:
        with self._call("get_config", 20.0):
            return tuple(self.body.settings.values())

    def names(self) -> tuple[str, ...]:
        with self._call("list_config", CONFIG_SECONDS):
            return tuple(self.body.settings)

    def write(self, name: str, value: str | int, limit_seconds: float = CONFIG_SECONDS) -> None:
        with self._call(f"set_config {name}", limit_seconds):
            setting = self.body.settings.get(name)
            if setting is None:
                raise CameraError(f"this camera has no setting {name}", code=faults.NOT_SUPPORTED)
            if self.body.busy and name != "viewfinder":
                raise faults.classify(-110, ("Device Busy",), f"set_config {name}")
            if setting.choices and str(value) not in setting.choices:
                raise faults.classify(-2, (), f"set_config {name}")
            self.body.settings[name] = replace(setting, value=str(value))

    def has_storage(self) -> bool:
        return bool(self.storages())

    def storages(self) -> tuple[Storage, ...]:
        with self._call("get_storageinfo", CONFIG_SECONDS):
            self.body.advance()
            return tuple(
                Storage(storage_folder(slot), card.label, card.capacity_bytes // 1024, card.free_bytes // 1024)
                for slot, card in enumerate(self.body.cards)
                if card is not None
            )

    def folders(self, folder: str) -> tuple[str, ...]:
        with self._call("folder_list_folders", LIMITS["list"]):
            return self._below(folder)[0]

    def files(self, folder: str) -> tuple[str, ...]:
        with self._call("folder_list_files", LIMITS["list"]):
            return self._below(folder)[1]

    def details(self, folder: str, name: str) -> Details:
        with self._call("file_get_info", CONFIG_SECONDS):
            if folder == "/" and name in self._in_memory:
                return Details(len(self._in_memory[name][0]), int(self._clock()))
            file = self._kept(folder, name)
            return Details() if file is None else Details(len(file.content), file.taken_at)

    def fetch(self, folder: str, name: str, descriptor: int, limit_seconds: float) -> None:
        with self._call("file_get", limit_seconds):
            content = self._content(folder, name)
            strikes = self._disturbances.strikes
            cut = strikes("cut_file")
            if strikes("crash_between_files"):
                self._crash(signal.SIGSEGV)
            crash, hang = strikes("crash_in_file"), strikes("hang_in_file")
            pieces = self._draw.randint(1, MOST_PIECES)
            size = -(-len(content) // pieces)
            for place in range(0, len(content), size):
                self._pass(*PIECE_SECONDS)
                if cut and place:
                    raise faults.classify(IO_ERROR, (), "file_get")
                try:
                    os.write(descriptor, content[place : place + size])
                except OSError:
                    return  # the library reports success even if its writes failed (gphoto2-file.c)
                if hang:
                    self._thread.pause(FOREVER_SECONDS)
                if crash:
                    self._crash(signal.SIGSEGV)
            if folder == "/":
                self.body.fetched(self._in_memory[name][1])

    def read_part(self, folder: str, name: str, offset: int, size_bytes: int, limit_seconds: float) -> bytes:
        with self._call("file_read", limit_seconds):
            return self._content(folder, name)[offset : offset + size_bytes]

    def forget(self, folder: str, name: str) -> None:
        with self._call("file_delete", CONFIG_SECONDS):
            if folder == "/":
                self._in_memory.pop(name, None)
                return
            if self._kept(folder, name) is None:
                raise faults.classify(-108, (), "file_delete")
            self.body.erase(folder, name)

    def close(self) -> None:
        if not self._connected:
            return
        self._connected = False
        with self._outbox.calling("exit", LIMITS["close"]):
            self._pass(0.01, 0.1)
            if self.body.session is self._session:
                self.body.disconnect()

    def _heard(self, report: Report) -> CameraEvent:
        if report.name is None:
            return ShotDone()
        if report.content is None:
            return ObjectAdded(report.folder or "/", report.name)
        self.body.taken_over(report)
        self._pass(*PIECE_SECONDS)
        suffix = report.name.rpartition(".")[2].lower()
        name = f"capt{self._captured:04d}.{suffix}"
        self._captured += 1
        self._in_memory[name] = report.content, report
        return ObjectAdded("/", name)

    def _below(self, folder: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What a folder contained when it was first listed, as the library remembers it."""
        if folder not in self._listed:
            self.body.advance()
            slot, path = self._split(folder)
            card = self.body.cards[slot] if slot is not None and slot < len(self.body.cards) else None
            self._listed[folder] = ((), ()) if card is None else card.below(path)
        return self._listed[folder]

    def _content(self, folder: str, name: str) -> bytes:
        if folder == "/" and name in self._in_memory:
            return self._in_memory[name][0]
        file = self._kept(folder, name)
        if file is None:
            raise faults.classify(-108, (), "file_get")
        return file.content

    def _kept(self, folder: str, name: str) -> KeptFile | None:
        self.body.advance()
        slot, path = self._split(folder)
        card = self.body.cards[slot] if slot is not None and slot < len(self.body.cards) else None
        return None if card is None else card.files.get((path, name))

    def _split(self, folder: str) -> tuple[int | None, str]:
        """The slot and the folder on its card."""
        for slot in range(len(self.body.cards)):
            if f"{folder}/".startswith(f"{storage_folder(slot)}/"):
                return slot, folder.removeprefix(storage_folder(slot)).strip("/")
        return None, folder

    @contextmanager
    def _call(self, name: str, limit_seconds: float) -> Generator[None]:
        self._thread.alive()
        strikes = self._disturbances.strikes
        with self._outbox.calling(name, limit_seconds):
            self._pass(*CALL_SECONDS)
            if strikes("hang"):
                self._thread.pause(FOREVER_SECONDS)
            if strikes("crash"):
                self._crash(signal.SIGABRT)
            if strikes("lost_connection"):
                raise faults.classify(IO_ERROR, (), name)
            self._reach()
            yield

    def _reach(self) -> None:
        """Raise ``CameraError`` if the cable is out, or another process has opened the camera."""
        if not self.body.reachable:
            raise faults.classify(NO_DEVICE, (), "port")
        if self.body.session is not self._session:
            raise faults.classify(IO_ERROR, (), "port")

    def _pass(self, least: float, most: float) -> None:
        self._thread.pause(self._draw.uniform(least, most))
