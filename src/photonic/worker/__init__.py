"""One process per camera, since a camera library may crash or hang: the process itself, the link to it, its supervisor.

``child`` runs in the camera process, ``supervision`` in its parent, ``link`` in both; ``roles`` defines the interfaces
between them, and ``host`` what the parent needs of the machine. No driver is imported: a driver is named by its module.

Imports: errors, machine, model, protocol, recurring.
"""
