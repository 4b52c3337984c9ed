"""The camera process: ``python -m photonic.drivers.webcam --fd N``."""

import sys

from photonic.drivers.webcam.driver import WebcamDriver
from photonic.worker.child.process import run_child

if __name__ == "__main__":
    sys.exit(run_child(WebcamDriver, sys.argv))
