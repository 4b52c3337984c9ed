"""Findings about the camera: on USB, opening it, its power, its card, its live view."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from photonic.diagnosis.finding import Check, DoctorCode, Finding, failed, passed, skipped, warning
from photonic.diagnosis.network import PTPIP_PORT, network_advice
from photonic.diagnosis.udev_rule import command, rules_for
from photonic.errors import CameraError, FailureKind
from photonic.model.camera_address import is_source, redacted
from photonic.model.status import LiveState
from photonic.worker.supervision.lock import lock_name
from photonic.worker.supervision.ownership import AUTO

if TYPE_CHECKING:
    from photonic.diagnosis.camera import BusFacts, CameraFacts
    from photonic.worker.link.messages import CameraOpened, Facts
    from photonic.worker.supervision.holders import Holder
    from photonic.worker.supervision.usb import UsbCamera

SHORT_POWER_OFF_SECONDS = 120
LOW_BATTERY_PERCENT = 20
FEW_SHOTS = 50

_CODES = {
    FailureKind.CAMERA_ABSENT: DoctorCode.CAMERA_ABSENT,
    FailureKind.BLOCKED: DoctorCode.CAMERA_BLOCKED,
    FailureKind.BATTERY_LOW: DoctorCode.CAMERA_BLOCKED,
    FailureKind.NO_CARD: DoctorCode.CAMERA_BLOCKED,
    FailureKind.CAMERA_STORAGE_FULL: DoctorCode.CAMERA_BLOCKED,
    FailureKind.NOT_SUPPORTED: DoctorCode.CAMERA_BLOCKED,
}
_CLAIMED_CODES = (-53, -60)
_ADVICE = {
    DoctorCode.CAMERA_ABSENT: ("it is off, asleep or unplugged", "switch the camera on and plug it in"),
    DoctorCode.CAMERA_CLAIMED: (
        "only one program at a time can use a camera",
        "systemctl --user stop gvfs-gphoto2-volume-monitor.service",
    ),
    DoctorCode.CAMERA_BLOCKED: (
        "the camera refused for the reason above",
        "fix the problem above, then run: photonic doctor",
    ),
    DoctorCode.CAMERA_FAULT: (
        "a camera that hangs or fails during opening cannot be used",
        "switch the camera off and on again, check the cable or the network, then run: photonic doctor",
    ),
}
_SOURCE_ADVICE = {
    DoctorCode.CAMERA_ABSENT: (
        "a running service waits for the image source and connects as soon as it appears",
        "fix the problem above, then run: photonic doctor",
    ),
    DoctorCode.CAMERA_FAULT: (
        "an image source that fails during opening cannot be used",
        "check its network and cable, then run: photonic doctor",
    ),
}
_PLACES = {"card": "the card", "ram": "the camera's memory", "host": "this computer directly"}


def judge_bus(facts: BusFacts, address: str, group: str) -> Finding:
    """Judge the USB bus for a camera at this address; ``group``: the group that gets access to the device."""
    if not _on_usb(address):
        return skipped(Check.USB, f"not needed: the camera is at {redacted(address)}, not on USB")
    if not facts.cameras:
        return failed(
            Check.USB,
            DoctorCode.CAMERA_ABSENT,
            "no camera on USB",
            "it is off, asleep, unplugged, or in mass storage mode; one on the network needs --camera ptpip:HOST",
            "switch the camera on, plug it in, set its USB mode to PC or PTP",
        )
    cameras = _wanted(facts.cameras, address)
    if refused := locked(facts, address):
        return failed(
            Check.USB,
            DoctorCode.USB_PERMISSION,
            f"no permission for {refused[0].name} at {refused[0].node}",
            "this user may not open the camera; photonic doctor --fix installs the udev rule",
            command(rules_for(refused, group)),
        )
    nodes = {camera.node for camera in cameras}
    held_by = [holder for node, holder in facts.held_by if node in nodes]
    seen = ", ".join(f"{camera.name} ({camera.serial or 'no serial number'})" for camera in cameras)
    if held_by:
        return failed(
            Check.USB,
            DoctorCode.CAMERA_CLAIMED,
            f"{seen} is held by {', '.join(map(str, dict.fromkeys(held_by)))}",
            "only one program at a time can use a camera",
            " && ".join(dict.fromkeys(holder.remedy for holder in held_by)),
        )
    return passed(Check.USB, seen)


def locked(facts: BusFacts, address: str) -> tuple[UsbCamera, ...]:
    """The cameras on USB for this address that this user may not open."""
    if not _on_usb(address):
        return ()
    return tuple(camera for camera in _wanted(facts.cameras, address) if not camera.writable)


def _on_usb(address: str) -> bool:
    return address == AUTO or address.startswith("usb:")


def _wanted(cameras: tuple[UsbCamera, ...], address: str) -> tuple[UsbCamera, ...]:
    """The camera with the address's serial number or port; all cameras if none shows it: many have no number on USB."""
    same = tuple(
        camera
        for camera in cameras
        if lock_name(address) in {lock_name(f"usb:{place}") for place in (camera.serial, camera.path) if place}
    )
    return same or cameras


def judge_camera(facts: CameraFacts, address: str) -> list[Finding]:
    """Judge an opened camera; checks that were not made are left out."""
    if facts.opened is None:
        return [_unopened(facts, address)]
    opened, reported = facts.opened, facts.facts
    where = _PLACES.get(opened.capture_target, opened.capture_target)
    findings = [passed(Check.CAMERA, f"{opened.model}, serial number {opened.serial}, photos go to {where}")]
    findings.append(_power(reported, address))
    findings.append(_card(opened, reported))
    findings.append(_live_view(facts, opened, address))
    return findings


def judge_owned(holder: Holder, address: str) -> Finding:
    """The finding for a camera held by another photonic, that is, not by the service at the configured port."""
    return failed(
        Check.CAMERA,
        DoctorCode.CAMERA_CLAIMED,
        f"the camera at {redacted(address)} is in use by another photonic: {holder}",
        "only one program at a time can use a camera; to check that service instead: photonic doctor --port PORT",
        f"kill {holder.pid}",
    )


def _unopened(facts: CameraFacts, address: str) -> Finding:
    failure = facts.failure or CameraError("the camera did not answer")
    code = _CODES.get(failure.kind, DoctorCode.CAMERA_FAULT)
    why, mend = _ADVICE[code]
    if failure.code in _CLAIMED_CODES:
        code = DoctorCode.CAMERA_CLAIMED
        why, mend = _ADVICE[code]
    elif code is DoctorCode.CAMERA_ABSENT and facts.network is not None:
        why, mend = network_advice(facts.network)
    elif is_source(address):
        why, mend = _SOURCE_ADVICE.get(code, _ADVICE[code])
    elif failure.kind is FailureKind.BAD_INPUT and address.startswith("vusb:"):
        folder = shlex.quote(address.removeprefix("vusb:"))
        why, mend = (
            "the virtual camera shows the pictures of a folder",
            f"mkdir -p {folder} && cp A_PHOTO.jpg {folder}/",
        )
    return failed(Check.CAMERA, code, failure.reason, why, mend)


def _power(reported: Facts | None, address: str) -> Finding:
    if is_source(address):
        return skipped(Check.POWER, "this kind of camera does not report its battery")
    if reported is None:
        return skipped(Check.POWER, "the camera does not report its battery and power-off time")
    battery = "battery unknown" if reported.battery is None else f"battery {reported.battery} %"
    if reported.battery is not None and reported.battery <= LOW_BATTERY_PERCENT:
        return warning(
            Check.POWER,
            battery,
            "the session ends when the battery is empty",
            "charge or change the battery; for a booth use a mains adapter (dummy battery)",
        )
    off = reported.power_off_seconds
    if off is not None and 0 < off < SHORT_POWER_OFF_SECONDS:
        return warning(
            Check.POWER,
            f"{battery}, the camera switches off after {off} s",
            "photonic keeps it awake only while connected; you can also set auto power off to never in its menu",
            f"gphoto2 {_at(address)}--set-config autopoweroff=0",
        )
    return passed(Check.POWER, f"{battery}, " + ("the camera never switches off" if off == 0 else _off_after(off)))


def _at(address: str) -> str:
    """The options that give ``gphoto2`` the camera's address."""
    if not address.startswith("ptpip:"):
        return ""
    host, _, port = address.removeprefix("ptpip:").partition(":")
    port = port or str(PTPIP_PORT)
    return f'--port ptpip:{host}:{port}:{port} --camera "PTP/IP Camera" '


def _off_after(seconds: int | None) -> str:
    return "power-off time unknown" if seconds is None else f"the camera switches off after {seconds} s without use"


def _card(opened: CameraOpened, reported: Facts | None) -> Finding:
    if opened.capture_target == "host":
        return skipped(Check.CARD, "this kind of camera has no card: photos are made on this computer")
    if opened.capture_target == "ram":
        return warning(
            Check.CARD,
            "photos go to the camera's memory" + ("" if opened.has_card else ": there is no card"),
            "if the camera or its process fails during a transfer, that photo is lost",
            "photonic serve --capture-target card" if opened.has_card else "put a card into the camera",
        )
    shots = None if reported is None else reported.shots_available
    if reported is not None and reported.storage_available is False:
        return failed(
            Check.CARD,
            DoctorCode.CAMERA_BLOCKED,
            "the card is full, locked or missing",
            "captures will fail",
            "change the card, unlock it, or format it in the camera",
        )
    if shots is not None and shots < FEW_SHOTS:
        return warning(
            Check.CARD,
            f"room for {shots} more photos on the card",
            "captures fail when it is full",
            "change or format the card",
        )
    return passed(Check.CARD, "card inserted" if shots is None else f"card inserted, room for {shots} photos")


def _live_view(facts: CameraFacts, opened: CameraOpened, address: str) -> Finding:
    if not opened.live_view or (facts.live is not None and facts.live.state == LiveState.UNSUPPORTED):
        return warning(
            Check.LIVE_VIEW,
            f"{opened.model} has no live view over this connection",
            "captures work, but viewers see no frames; some cameras need live view enabled in the menu",
            f"gphoto2 {_at(address)}--abilities",
        )
    if facts.frames:
        return passed(Check.LIVE_VIEW, "frames arrive")
    reason = (facts.live.reason if facts.live is not None else None) or (
        facts.failure.reason if facts.failure is not None else "no frame arrived"
    )
    return failed(
        Check.LIVE_VIEW,
        DoctorCode.LIVE_VIEW,
        f"live view delivers no frames: {reason}",
        "viewers would see nothing",
        "fix what the camera reports, switch it off and on again, then run: photonic doctor",
    )
