"""The HTTP side of the service: connections, middleware, streams, problems, the application context and the routes.

May import every room of ``service`` below it (``support``, ``config``, ``camera`` and lower); only ``app`` and
``server`` import it. What holds true here: a request costs a bounded amount of memory and time before its sender has
shown a right to anything; every failure is a problem document (RFC 9457); every stream ends when the service stops or
its client takes nothing; and a slow client delays neither the camera nor another client.
"""
