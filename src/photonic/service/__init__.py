"""The service: one process per machine, one event loop, the HTTP API over every camera.

Its packages, from top to bottom: ``http``, ``support``, ``config``, ``camera``, ``notify``, ``ingest``, ``sequence``,
``capture``, ``live``, ``library``, ``journal``, ``files``, ``photo``, ``media``, ``base``. Each imports only packages
below it. ``app`` and ``server`` connect them; the command line imports only ``server`` of these two. The service never
imports a driver: each camera runs in a process of its own, which ``photonic.worker`` starts and supervises.

Imports: access, errors, machine, model, protocol, recurring, serving, version, worker.host, worker.kinds, worker.link,
worker.supervision.
"""
