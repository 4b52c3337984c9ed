"""One camera of the service: its controller, its connection, its settings and its status.

``assembly`` builds the parts, ``controller`` owns and runs them, and ``dispatch`` passes on the events of the camera
process. Reading a status never touches the camera or the disk.

Imports: base, capture, errors, files, ingest, journal, library, live, machine, model, notify, photo, protocol,
recurring, sequence.lens_travel, sequence.service, worker.link, worker.supervision.
"""
