"""A service that other machines reach, as far as it knows, and that listens on loopback all the same.

``127.1`` is 127.0.0.1 for the resolver, and a name like any other for the service. A request to this name stands for
one from a phone; a request to 127.0.0.1 is one of a program on this machine.
"""

HOST = "127.1"


def for_phones(url: str) -> str:
    """The service's address as another machine sees it."""
    return url.replace("127.0.0.1", HOST)
