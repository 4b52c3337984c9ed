"""What sysfs and the device nodes show of a USB device and of the root hub above it; names and contents only.

All paths are relative to the root that umockdev's preload library looks them up in.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from photonic.simulator.usb.descriptors import INTERFACE_CLASS, all_descriptors
from photonic.simulator.usb.identity import UsbIdentity

if TYPE_CHECKING:
    from photonic.simulator.usb.identity import UsbSpeed

USB_MAJOR = 189
CONTROLLER = "devices/platform/photonic-usb"
_HUB_CLASS = b"\x09"


@dataclass(frozen=True, slots=True)
class UsbPlace:
    """Where a device is: the bus, its port path ("1", or "2.3" behind a hub), and its number on the bus."""

    bus: int
    ports: str
    number: int

    @property
    def name(self) -> str:
        """The kernel's name of the device, as in ``1-2.3``."""
        return f"{self.bus}-{self.ports}" if self.ports else f"usb{self.bus}"

    @property
    def node(self) -> str:
        """The device node, below ``/dev``."""
        return f"bus/usb/{self.bus:03}/{self.number:03}"

    @property
    def minor(self) -> int:
        """The minor number of the device node."""
        return (self.bus - 1) * 128 + self.number - 1

    @property
    def path(self) -> str:
        """The device's folder below ``/sys``: one folder for each hub above it."""
        parts = self.ports.split(".") if self.ports else []
        names = [f"{self.bus}-{'.'.join(parts[: depth + 1])}" for depth in range(len(parts))]
        return "/".join([CONTROLLER, f"usb{self.bus}", *names])


@dataclass(slots=True)
class SysfsEntries:
    """Files and symbolic links to be made below the root."""

    files: dict[str, bytes] = field(default_factory=dict[str, bytes])
    links: dict[str, str] = field(default_factory=dict[str, str])


def properties(identity: UsbIdentity, place: UsbPlace) -> dict[str, str]:
    """Return the properties that udev reports of the device."""
    return {
        "MAJOR": str(USB_MAJOR),
        "MINOR": str(place.minor),
        "DEVNAME": place.node,
        "DEVTYPE": "usb_device",
        "DRIVER": "usb",
        "PRODUCT": f"{identity.vendor_id:x}/{identity.product_id:x}/{identity.release:x}",
        "TYPE": "0/0/0" if place.ports else "9/0/1",
        "BUSNUM": f"{place.bus:03}",
        "DEVNUM": f"{place.number:03}",
    }


def device_entries(identity: UsbIdentity, place: UsbPlace) -> SysfsEntries:
    """Return what sysfs shows of a camera, to whose interface no driver is bound."""
    entries = _entries(identity, place, all_descriptors(identity))
    interface = f"sys/{place.path}/{place.name}:1.0"
    numbers = dict(zip(("bInterfaceClass", "bInterfaceSubClass", "bInterfaceProtocol"), INTERFACE_CLASS, strict=True))
    for name, number in {**numbers, "bInterfaceNumber": 0, "bAlternateSetting": 0, "bNumEndpoints": 3}.items():
        entries.files[f"{interface}/{name}"] = f"{number:02x}\n".encode()
    kinds = "/".join(map(str, INTERFACE_CLASS))
    entries.files[f"{interface}/uevent"] = f"DEVTYPE=usb_interface\nINTERFACE={kinds}\n".encode()
    entries.links[f"{interface}/subsystem"] = _up(interface, "sys/bus/usb")
    entries.links[f"sys/bus/usb/devices/{place.name}:1.0"] = _up("sys/bus/usb/devices", interface)
    return entries


def root_hub_entries(bus: int, speed: UsbSpeed) -> SysfsEntries:
    """Return what sysfs shows of the hub at the top of a bus."""
    identity = UsbIdentity(0x1D6B, 2, "Linux", "Simulated host controller", "photonic-usb", 0x0600, speed)
    return hub_entries(identity, UsbPlace(bus, "", 1))


def hub_entries(identity: UsbIdentity, place: UsbPlace) -> SysfsEntries:
    """Return what sysfs shows of a hub, which no program opens."""
    data = bytearray(all_descriptors(identity))
    data[4:5] = _HUB_CLASS
    entries = _entries(identity, place, bytes(data))
    entries.files[f"sys/{place.path}/bDeviceClass"] = b"09\n"
    return entries


def _entries(identity: UsbIdentity, place: UsbPlace, descriptors: bytes) -> SysfsEntries:
    folder = f"sys/{place.path}"
    texts = {
        "busnum": str(place.bus),
        "devnum": str(place.number),
        "devpath": place.ports or "0",
        "idVendor": f"{identity.vendor_id:04x}",
        "idProduct": f"{identity.product_id:04x}",
        "bcdDevice": f"{identity.release:04x}",
        "bDeviceClass": "00",
        "bDeviceSubClass": "00",
        "bDeviceProtocol": "00",
        "bConfigurationValue": "1",
        "bNumConfigurations": "1",
        "bNumInterfaces": " 1",
        "bMaxPacketSize0": "64",
        "bMaxPower": "2mA",
        "bmAttributes": "c0",
        "configuration": "",
        "rx_lanes": "1",
        "tx_lanes": "1",
        "speed": identity.speed.value,
        "version": " 2.00",
        "maxchild": "0",
        "manufacturer": identity.manufacturer,
        "product": identity.product,
        "dev": f"{USB_MAJOR}:{place.minor}",
        "uevent": "\n".join(f"{name}={value}" for name, value in properties(identity, place).items()),
    }
    if identity.serial is not None:
        texts["serial"] = identity.serial
    files = {f"{folder}/{name}": f"{text}\n".encode() for name, text in texts.items()}
    files[f"{folder}/descriptors"] = descriptors
    links = {
        f"{folder}/subsystem": _up(folder, "sys/bus/usb"),
        f"{folder}/driver": _up(folder, "sys/bus/usb/drivers/usb"),
        f"sys/bus/usb/devices/{place.name}": _up("sys/bus/usb/devices", folder),
        f"sys/dev/char/{USB_MAJOR}:{place.minor}": _up("sys/dev/char", folder),
        f"dev/.node/{place.node.replace('/', '_')}": f"{USB_MAJOR}:{place.minor}",
    }
    return SysfsEntries(files, links)


def _up(folder: str, target: str) -> str:
    """The relative link from a folder to a target."""
    return "../" * (folder.count("/") + 1) + target
