"""The HTTP side of the service: connections, middleware, streams, problems, the application context and the routes.

Only ``app`` and ``server`` import it. Invariants: a request costs a bounded amount of memory and time before its sender
is authorized; every failure is a problem document (RFC 9457); every stream ends when the service stops or its client
stops reading; and a slow client delays neither the camera nor another client.

Imports: access, base, config, errors, files, journal, library, live, machine, model, protocol, recurring,
sequence.kinds, sequence.report, sequence.service, sequence.timing, serving, support, version.
"""
