"""The camera process: ``python -m photonic.drivers.pattern --fd N``."""

import sys

from photonic.drivers.pattern.driver import PatternDriver
from photonic.worker.child.process import run_child

if __name__ == "__main__":
    sys.exit(run_child(PatternDriver, sys.argv))
