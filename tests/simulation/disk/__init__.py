"""A disk in memory, put under ``os``, ``open``, ``shutil`` and ``tempfile`` below one root.

``simulated.py`` is the disk. It is built on ``name_operations.py`` and ``numbered.py``, which counts operations and
lets them fail. ``nodes.py``: what lies on it; ``names.py``: its tree; ``power.py``: what a loss of power leaves;
``open_files.py``: descriptors and file objects; ``patches.py``: the functions that are replaced.
"""

from tests.simulation.disk.disturbance import Disturbance
from tests.simulation.disk.simulated import SimulatedDisk

__all__ = ["Disturbance", "SimulatedDisk"]
