"""What every server of photonic shares: listening, TLS, the gate before the routes, and problems as responses.

It is below the service, because a server without cameras needs it too: a service passes in its settings as plain
values, and its own HTTP protocol. ``gate`` applies ``photonic.access`` to each request; ``route_permissions`` knows
what each route needs.

Imports: access, errors, machine, model, protocol, recurring.
"""
