"""The settings of the service: a frozen model that the command line reads once.

It uses ``photo`` for the template of file names, and ``worker`` for types of addresses. Packages below it get their
settings passed in. An invalid setting is refused with its key, its source and the accepted values. Only
``read_settings`` reads the environment or a file.

Imports: access, errors, machine, model, photo, serving, worker.kinds, worker.supervision.
"""
