"""What follows from what was seen of the camera: on the bus, opened, its power, its card, its live view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.diagnosis.finding import Check, DoctorCode, Finding, failed, skipped, warning, well
from photonic.errors import CameraError, FailureKind
from photonic.worker.usb import permission_advice

if TYPE_CHECKING:
    from photonic.diagnosis.camera import BusFacts, CameraFacts
    from photonic.worker.messages import Facts, Opened

SHORT_POWER_OFF_SECONDS = 120
LOW_BATTERY_PERCENT = 20
FEW_SHOTS = 50

_CODES = {
    FailureKind.CAMERA_ABSENT: DoctorCode.CAMERA_ABSENT,
    FailureKind.BLOCKED: DoctorCode.CAMERA_BLOCKED,
    FailureKind.BATTERY_LOW: DoctorCode.CAMERA_BLOCKED,
    FailureKind.NO_CARD: DoctorCode.CAMERA_BLOCKED,
    FailureKind.CAMERA_STORAGE_FULL: DoctorCode.CAMERA_BLOCKED,
}
_CLAIMED_CODES = (-53, -60)


def judge_bus(facts: BusFacts, address: str) -> Finding:
    """What follows from a look at USB, for a camera at this address."""
    if not (address == "auto" or address.startswith("usb:")):
        return skipped(Check.USB, f"the camera is at {address}, not on USB")
    if not facts.cameras:
        return failed(
            Check.USB,
            DoctorCode.CAMERA_ABSENT,
            "no camera on USB",
            "it is off, asleep, not plugged in, or its USB mode is mass storage",
            "switch it on, plug it in, set its USB mode to PC or PTP, then look: lsusb (for a camera on the network: "
            "photonic doctor --camera ptpip:ITS-ADDRESS)",
        )
    seen = ", ".join(f"{camera.name} ({camera.serial or 'no serial number'})" for camera in facts.cameras)
    locked = next((camera for camera in facts.cameras if not camera.writable), None)
    if locked is not None:
        return failed(
            Check.USB,
            DoctorCode.USB_PERMISSION,
            f"no permission for {locked.name} at {locked.node}",
            "a camera that this user may not open cannot be used",
            permission_advice(locked).partition("with: ")[2],
        )
    if facts.held_by:
        return failed(
            Check.USB,
            DoctorCode.CAMERA_CLAIMED,
            f"{seen} is held by {', '.join(map(str, facts.held_by))}",
            "only one program at a time can have a camera",
            " && ".join(dict.fromkeys(holder.remedy for holder in facts.held_by)),
        )
    return well(Check.USB, seen)


def judge_camera(facts: CameraFacts, address: str) -> list[Finding]:
    """What follows from opening it; the checks in which it was not looked at are left out."""
    if facts.opened is None:
        return [_unopened(facts.failure or CameraError("the camera said nothing"), address)]
    opened, said = facts.opened, facts.facts
    where = "card" if opened.capture_target == "card" else "the camera's memory"
    findings = [well(Check.CAMERA, f"{opened.model}, serial number {opened.serial}, photos go to the {where}")]
    findings.append(_power(said))
    findings.append(_card(opened, said))
    findings.append(_live_view(facts, opened))
    return findings


def _unopened(failure: CameraError, address: str) -> Finding:
    code = _CODES.get(failure.kind, DoctorCode.CAMERA_FAULT)
    if failure.code in _CLAIMED_CODES:
        code = DoctorCode.CAMERA_CLAIMED
    mend = {
        DoctorCode.CAMERA_ABSENT: _come_back(address),
        DoctorCode.CAMERA_CLAIMED: "systemctl --user stop gvfs-gphoto2-volume-monitor.service",
        DoctorCode.CAMERA_BLOCKED: "see to what the camera or the line above says, then run photonic doctor again",
    }.get(code, "switch the camera off and on again, check the cable, then run photonic doctor again")
    return failed(Check.CAMERA, code, failure.reason, f"the camera at {address} cannot be used", mend)


def _come_back(address: str) -> str:
    if address.startswith("ptpip:"):
        host = address.split(":")[1]
        return f"ping -c 3 {host} (then switch the camera's network on, and set it to be controlled by a computer)"
    return "switch the camera on, plug it in, then look: lsusb"


def _power(said: Facts | None) -> Finding:
    if said is None:
        return skipped(Check.POWER, "the camera says nothing of its battery and its power-off time")
    battery = "battery unknown" if said.battery is None else f"battery {said.battery} %"
    if said.battery is not None and said.battery <= LOW_BATTERY_PERCENT:
        return warning(
            Check.POWER,
            battery,
            "an empty battery ends everything",
            "charge or change the battery; for a booth use a mains adapter (dummy battery)",
        )
    off = said.power_off_seconds
    if off is not None and 0 < off < SHORT_POWER_OFF_SECONDS:
        return warning(
            Check.POWER,
            f"{battery}, it switches itself off after {off} s",
            "photonic keeps it awake while it is connected; when the service is down it will be off",
            "gphoto2 --set-config autopoweroff=0 (or set auto power off to never in the camera's menu)",
        )
    return well(Check.POWER, f"{battery}, " + ("it never switches itself off" if off == 0 else _off_after(off)))


def _off_after(seconds: int | None) -> str:
    return "power-off time unknown" if seconds is None else f"it switches itself off after {seconds} s without use"


def _card(opened: Opened, said: Facts | None) -> Finding:
    if opened.capture_target == "ram":
        return warning(
            Check.CARD,
            "photos go to the camera's memory" + ("" if opened.has_card else ": there is no card"),
            "a photo that is on its way when the camera or its process fails is lost",
            "photonic serve --capture-target card" if opened.has_card else "put a card into the camera",
        )
    shots = None if said is None else said.shots_available
    if said is not None and said.storage_available is False:
        return failed(
            Check.CARD,
            DoctorCode.CAMERA_BLOCKED,
            "the card is full, locked or gone",
            "captures will fail",
            "change the card, unlock it, or format it in the camera",
        )
    if shots is not None and shots < FEW_SHOTS:
        return warning(
            Check.CARD, f"{shots} photos still fit the card", "captures will fail then", "change or format the card"
        )
    return well(Check.CARD, "a card is in" if shots is None else f"a card is in, {shots} photos still fit")


def _live_view(facts: CameraFacts, opened: Opened) -> Finding:
    if not opened.live_view:
        return warning(
            Check.LIVE_VIEW,
            f"{opened.model} has no live view over this connection",
            "captures work; viewers are told that there is none",
            "switch live view on in the camera's menu, or look whether it is known to work: gphoto2 --abilities",
        )
    if facts.frames:
        return well(Check.LIVE_VIEW, "pictures come")
    reason = (facts.live.reason if facts.live is not None else None) or (
        facts.failure.reason if facts.failure is not None else "no picture came"
    )
    return failed(
        Check.LIVE_VIEW,
        DoctorCode.LIVE_VIEW,
        f"live view gives no picture: {reason}",
        "viewers would see nothing",
        "take the lens cap off, let the camera cool down, switch it off and on again",
    )
