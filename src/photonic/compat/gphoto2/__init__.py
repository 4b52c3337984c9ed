"""The command line of gphoto2, carried out by a running service.

``arguments``, ``options``, ``run_options``, ``file_pattern``, ``file_numbers``, ``folders``, ``configuration``,
``results`` and ``texts`` are values and pure functions. The others are actions, which speak to the service through its
client and write what gphoto2 writes; ``program`` puts them together. Facts about gphoto2 are from the source of its
version 2.5.28 (``gphoto2/main.c``, ``actions.c``, ``gp-params.c``) and popt 1.19.

Imports: client, errors, model, version.
"""
