"""The HTTP side of the service: connections, middleware, streams, problems, the application context and the routes.

May import every package of ``service`` below it (``support``, ``config``, ``camera`` and lower); only ``app`` and
``server`` import it. Invariants: a request costs a bounded amount of memory and time before its sender is authorized;
every failure is a problem document (RFC 9457); every stream ends when the service stops or its client stops reading;
and a slow client delays neither the camera nor another client.
"""
