"""A disk in memory, put under ``os``, ``open``, ``shutil`` and ``tempfile`` below one root.

``simulated.py`` is the disk and its numbered operations, ``nodes.py`` what lies on it, ``names.py`` its tree,
``power.py`` what a loss of power leaves, ``files.py`` open files, ``patches.py`` the functions that are replaced.
"""

from tests.simulation.disk.disturbance import Disturbance
from tests.simulation.disk.simulated import SimulatedDisk

__all__ = ["Disturbance", "SimulatedDisk"]
