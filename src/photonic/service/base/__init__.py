"""What every other package of the service may use: clocks, threads, shutdown, and failures that are survived.

The lowest package of the service: it imports none of the others. Nothing here knows cameras, photos or HTTP.

Imports: errors.
"""
