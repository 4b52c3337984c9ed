"""What every server of photonic shares: listening, TLS, the gate before the routes, and problems as responses.

It is below the service, because a server without cameras needs it too. ``gate`` applies ``photonic.access`` to
each request; ``route_permissions`` knows what each route needs.

Imports: access, errors, machine, model, recurring.
"""
