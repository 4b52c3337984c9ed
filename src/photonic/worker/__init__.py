"""One process per camera, since a camera library may crash or hang: the process itself, the link to it, its supervisor.

``child`` runs in the camera process, ``supervision`` in its parent, ``link`` in both; ``roles`` defines the interfaces
between them. Imports ``protocol``, ``model`` and ``errors``, and no driver.
"""
