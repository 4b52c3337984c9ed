"""``photonic doctor``: finds problems and names the command that fixes each.

Functions ``inspect_*`` collect facts and change nothing; functions ``judge_*`` turn facts into findings without I/O.
Every probe has a deadline.

Imports: client, errors, machine, model, service.config, service.files, service.journal, service.photo, version,
worker.kinds, worker.link, worker.serials, worker.supervision.
"""
