"""What every other package of the service may use: its surroundings, threads, shutdown, failures that are survived.

The lowest package of the service: it imports none of the others. Nothing here knows cameras, photos or HTTP.

Imports: errors, machine, worker.host, worker.supervision.
"""
