"""The camera process: ``python -m photonic.drivers.gphoto2 --fd N``."""

import sys

from photonic.drivers.gphoto2.driver import GPhoto2Driver
from photonic.worker.child.process import run_child

if __name__ == "__main__":
    sys.exit(run_child(GPhoto2Driver, sys.argv))
