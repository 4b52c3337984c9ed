"""``python -m photonic.drivers.gphoto2.recording ADDRESS [--capture]``: what a camera says of itself, as JSON.

It changes no setting. With ``--capture``, it takes one photo, which stays where the camera puts it. It runs in its own
process, because the library may hang. Personal fields are still in the output: ``diagnosis.body_record`` replaces them.
"""

from __future__ import annotations

import json
import os
import sys

from photonic.drivers.gphoto2.port import PortKind, parse
from photonic.errors import PhotonicError


def main() -> None:
    """Record the camera of the command line."""
    address, *options = sys.argv[1:]
    try:
        port = parse(address)
        if port.kind is PortKind.VUSB:
            os.environ["VCAMERADIR"] = port.place
        # gphoto2 reads VCAMERADIR while it is imported.
        from photonic.drivers.gphoto2.recorded_camera import RecordedCamera  # noqa: PLC0415

        facts = RecordedCamera(port).facts(capture="--capture" in options)
    except PhotonicError as error:
        sys.exit(str(error))
    sys.stdout.write(json.dumps(facts, default=list) + "\n")


if __name__ == "__main__":
    main()
