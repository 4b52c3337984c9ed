"""Notifications of saved photos: hooks run a command, webhooks send a request.

``outbox`` holds one ``delivery_worker`` for each target. Every photo is delivered at least once to each target, until
it fails permanently or was retried for long enough.

Imports: base, errors, files, journal, library, machine, model, protocol, recurring, worker.host.
"""
