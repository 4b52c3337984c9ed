"""``python -m photonic.drivers.gphoto2.versions``: the library's versions and port drivers, as one JSON object.

This runs in its own process, because importing the library loads all of it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import gphoto2


def versions() -> dict[str, str | list[str]]:
    """The library's version, the binding's, and the port drivers that were found."""
    library = gphoto2.gp_library_version(gphoto2.GP_VERSION_SHORT)[0]
    ports = gphoto2.PortInfoList()
    ports.load()
    kinds = {ports[index].get_path().partition(":")[0] for index in range(ports.count())}
    drivers = sorted(path.stem for path in Path(gphoto2.__file__).parent.glob("**/iolibs/*.so"))
    return {"library": library, "binding": gphoto2.__version__, "ports": sorted(kinds), "drivers": drivers}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(versions()) + "\n")
