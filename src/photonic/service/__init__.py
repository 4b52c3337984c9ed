"""The service: one process per machine, one event loop, the HTTP API over every camera.

Its rooms, from top to bottom, an import looks down only: ``http``, ``support``, ``config``, ``camera``, ``notify``,
``ingest``, ``sequence``, ``capture``, ``live``, ``library``, ``journal``, ``files``, ``photo``, ``media``, ``base``.
``app`` and ``server`` wire them and are imported by the command line only. The service never imports a driver: each
camera runs in a process of its own, which ``photonic.worker`` starts and supervises.
"""
